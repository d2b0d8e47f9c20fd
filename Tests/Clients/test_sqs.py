"""SQS through boto3 and the AWS CLI. botocore checks the digests of bodies and attributes itself."""

import hashlib
import json
import pathlib

import botocore.exceptions
import pytest

from conftest import Apus, Clients


@pytest.fixture
def sqs(clients):
    return clients.boto3("sqs")


def queue(sqs, name="orders", **attributes):
    return sqs.create_queue(QueueName=name, Attributes={key: str(value) for key, value in attributes.items()})["QueueUrl"]


def refusal(call, **arguments):
    """What boto3 makes of an error: class, code, text and status."""
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**arguments)
    answer = caught.value.response
    return type(caught.value).__name__, answer["Error"]["Code"], answer["Error"]["Message"], answer["ResponseMetadata"]["HTTPStatusCode"]


def test_messages_go_through_with_attributes_of_every_type(sqs):
    url = queue(sqs)
    attributes = {
        "text": {"DataType": "String", "StringValue": "Aïda & <Radamès>"},
        "json": {"DataType": "String.json", "StringValue": "{}"},
        "count": {"DataType": "Number", "StringValue": "-12.50e3"},
        "id": {"DataType": "Number.bigint", "StringValue": "1234567890123456789012"},
        "bytes": {"DataType": "Binary.png", "BinaryValue": bytes(range(256))},
    }
    trace = {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"}}
    sent = sqs.send_message(QueueUrl=url, MessageBody="hó\tla\r\n\U0001f3ad", MessageAttributes=attributes, MessageSystemAttributes=trace)
    assert sent["MD5OfMessageBody"] == hashlib.md5("hó\tla\r\n\U0001f3ad".encode()).hexdigest()
    message, = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"], MessageSystemAttributeNames=["All"])["Messages"]
    assert message["Body"] == "hó\tla\r\n\U0001f3ad"
    assert message["MessageAttributes"] == attributes
    assert message["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
    assert message["Attributes"]["AWSTraceHeader"] == trace["AWSTraceHeader"]["StringValue"]


def test_digests_are_those_recorded(sqs):
    url = queue(sqs)
    sent = sqs.send_message(
        QueueUrl=url, MessageBody="Test Message", MessageAttributes={"UserId": {"DataType": "Number.bigint", "StringValue": "1234567890123456789012"}},
        MessageSystemAttributes={"AWSTraceHeader": {"DataType": "String", "StringValue": "some-trace-id"}})
    assert sent["MD5OfMessageBody"] == "d1d4180b7e411c4be86b00fb2ee103eb"
    assert sent["MD5OfMessageAttributes"] == "797ab158d73dcb5242dedc4412c8e855"
    assert sent["MD5OfMessageSystemAttributes"] == "fdce4f2818803f2f73becc09a54792c0"


def test_which_attributes_a_receive_asks_for(sqs):
    url = queue(sqs)
    attributes = {name: {"DataType": "String", "StringValue": value} for name, value in [("Hello", "There"), ("General", "Kenobi"), ("Help.Me", "Me")]}
    assert sqs.send_message(QueueUrl=url, MessageBody="msg", MessageAttributes=attributes)["MD5OfMessageAttributes"] == "4c360f3fdafd970e05fae2f149d997f5"

    def received(*names):
        message, = sqs.receive_message(QueueUrl=url, VisibilityTimeout=0, MessageAttributeNames=list(names))["Messages"]
        return sorted(message.get("MessageAttributes", {})), message.get("MD5OfMessageAttributes")

    everything = (["General", "Hello", "Help.Me"], "4c360f3fdafd970e05fae2f149d997f5")
    assert received() == ([], None)
    assert received("All") == everything
    assert received(".*") == everything
    assert received("Hello", "General") == (["General", "Hello"], "fca026605781cb4126a1e9044df24232")
    assert received("Hello", "Nope") == (["Hello"], "a311262e065454b75da111d535b8dacd")
    assert received("Hel.*") == (["Hello", "Help.Me"], "83fee93c1bcd8b9a5a923ffacdc636c7")
    assert received("Foo") == ([], None)


def test_creating_a_queue_again_answers_it_where_attributes_are_the_same(sqs):
    url = queue(sqs, DelaySeconds=7)
    assert queue(sqs) == url
    assert queue(sqs, DelaySeconds=7) == url
    assert refusal(sqs.create_queue, QueueName="orders", Attributes={"DelaySeconds": "8"}) == (
        "QueueNameExists", "QueueAlreadyExists", "A queue already exists with the same name and a different value for attribute DelaySeconds", 400)
    with pytest.raises(sqs.exceptions.QueueNameExists):
        queue(sqs, DelaySeconds=8)


@pytest.mark.parametrize("name, attributes, message", [
    ("", {}, "Queue name cannot be empty"),
    ("a b", {}, "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"),
    ("a" * 81, {}, "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"),
    ("a.fifo", {}, "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"),
    ("a", {"FifoQueue": "true"}, "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length."),
])
def test_names_that_no_queue_has(sqs, name, attributes, message):
    assert refusal(sqs.create_queue, QueueName=name, Attributes=attributes)[1:3] == ("InvalidParameterValue", message)


@pytest.mark.parametrize("attribute, wrong", [
    ("DelaySeconds", ["-1", "901", "", " 6", "1.5", "x"]), ("MaximumMessageSize", ["1023", "1048577"]), ("MessageRetentionPeriod", ["59", "1209601"]),
    ("ReceiveMessageWaitTimeSeconds", ["-1", "21"]), ("VisibilityTimeout", ["-1", "43201"]), ("KmsDataKeyReusePeriodSeconds", ["59", "86401"]),
    ("SqsManagedSseEnabled", ["yes"]),
    ("Policy", ["x", "[]", '{"Version": "2012-10-17", "Statement": []}', '{"Version": "1999-01-01", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "sqs:*"}}',
                '{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sqs:*"}, "More": 1}']),
])
def test_attributes_out_of_bounds(sqs, attribute, wrong):
    url = queue(sqs)
    for value in wrong:
        expected = ("InvalidAttributeValue", "InvalidAttributeValue", f"Invalid value for the parameter {attribute}.", 400)
        assert refusal(sqs.set_queue_attributes, QueueUrl=url, Attributes={attribute: value}) == expected
        assert refusal(sqs.create_queue, QueueName="other", Attributes={attribute: value}) == expected
    assert "QueueUrls" not in sqs.list_queues(QueueNamePrefix="other")


def test_attributes_that_a_queue_doesnt_have(sqs):
    url = queue(sqs)
    for name in ["FifoQueue", "ContentBasedDeduplication", "Nope", "QueueArn"]:
        expected = ("InvalidAttributeName", "InvalidAttributeName", f"Unknown Attribute {name}.", 400)
        assert refusal(sqs.set_queue_attributes, QueueUrl=url, Attributes={name: "true"}) == expected
    assert refusal(sqs.get_queue_attributes, QueueUrl=url, AttributeNames=["Nope"])[1:3] == ("InvalidAttributeName", "Unknown Attribute Nope.")
    fifo = queue(sqs, "orders.fifo", FifoQueue="true")
    sqs.set_queue_attributes(QueueUrl=fifo, Attributes={"FifoQueue": "true"})
    assert refusal(sqs.set_queue_attributes, QueueUrl=fifo, Attributes={"FifoQueue": "false"})[1:3] == (
        "InvalidAttributeValue", "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.")
    assert refusal(sqs.set_queue_attributes, QueueUrl=fifo, Attributes={"FifoThroughputLimit": "perMessageGroupId"})[2] == (
        "The perMessageGroupId value is allowed only when the value for DeduplicationScope is messageGroup.")
    sqs.set_queue_attributes(QueueUrl=fifo, Attributes={"FifoThroughputLimit": "perMessageGroupId", "DeduplicationScope": "messageGroup"})


def test_one_encryption_at_a_time(sqs):
    url = queue(sqs)
    names = ["SqsManagedSseEnabled", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds"]

    def encryption():
        return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]

    assert encryption() == {"SqsManagedSseEnabled": "true"}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"KmsMasterKeyId": "alias/aws/sqs"})
    assert encryption() == {"SqsManagedSseEnabled": "false", "KmsMasterKeyId": "alias/aws/sqs", "KmsDataKeyReusePeriodSeconds": "300"}
    assert refusal(sqs.set_queue_attributes, QueueUrl=url, Attributes={"KmsMasterKeyId": "k", "SqsManagedSseEnabled": "true"})[1:3] == (
        "InvalidAttributeName", "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"SqsManagedSseEnabled": "true"})
    assert encryption() == {"SqsManagedSseEnabled": "true"}


def test_redrive_policies(clients, sqs):
    arn = f"arn:aws:sqs:us-east-1:{clients.account}:"
    url = queue(sqs)
    queue(sqs, "dead")
    queue(sqs, "closed", RedriveAllowPolicy='{"redrivePermission": "denyAll"}')

    def refused(policy):
        text = policy if isinstance(policy, str) else json.dumps(policy)
        name, code, message, _ = refusal(sqs.set_queue_attributes, QueueUrl=url, Attributes={"RedrivePolicy": text})
        return code, message.replace(f"Value {text} for parameter RedrivePolicy is invalid. Reason: ", "")

    assert refused("x") == ("InvalidAttributeValue", "Invalid value for the parameter RedrivePolicy. Reason: Redrive policy is not a valid JSON map.")
    wrong = [
        ({}, "Redrive policy does not contain mandatory attribute: maxReceiveCount."),
        ({"maxReceiveCount": 5}, "Redrive policy does not contain mandatory attribute: deadLetterTargetArn."),
        ({"deadLetterTargetArn": "dummy", "maxReceiveCount": 42}, "Invalid value for deadLetterTargetArn."),
        ({"deadLetterTargetArn": "arn:aws:sns:us-east-1:123456789012:t", "maxReceiveCount": 5}, "Only SQS queues are valid resources for deadLetterTargetArn."),
        ({"deadLetterTargetArn": arn + "dead", "maxReceiveCount": 0}, "Invalid value for maxReceiveCount: 0, valid values are from 1 to 1000 both inclusive."),
        ({"deadLetterTargetArn": arn + "dead", "maxReceiveCount": 1001}, "Invalid value for maxReceiveCount: 1001, valid values are from 1 to 1000 both inclusive."),
        ({"deadLetterTargetArn": arn + "dead", "maxReceiveCount": 5, "x": 1}, "Only following attributes are supported: [deadLetterTargetArn, maxReceiveCount]."),
        ({"deadLetterTargetArn": arn + "nope", "maxReceiveCount": 5}, "Dead letter target does not exist."),
        ({"deadLetterTargetArn": arn + "dead.fifo", "maxReceiveCount": 5}, "Dead-letter queue must be same type of queue as the source."),
        ({"deadLetterTargetArn": arn + "closed", "maxReceiveCount": 5}, f"Queue does not have permission to use {arn}closed as a dead letter queue"),
    ]
    for policy, message in wrong:
        assert refused(policy) == ("InvalidParameterValue", message)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": json.dumps({"maxReceiveCount": "5", "deadLetterTargetArn": arn + "dead"})})
    kept = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])["Attributes"]["RedrivePolicy"]
    assert kept == f'{{"deadLetterTargetArn":"{arn}dead","maxReceiveCount":5}}'
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": ""})
    assert "Attributes" not in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])


def test_redrive_allow_policies(sqs):
    url = queue(sqs)
    start = "Amazon SQS can't create the redrive allow policy"

    def refused(policy):
        text = json.dumps(policy)
        _, code, message, _ = refusal(sqs.set_queue_attributes, QueueUrl=url, Attributes={"RedriveAllowPolicy": text})
        return code, message.replace(f"Value {text} for parameter RedriveAllowPolicy is invalid. Reason: {start}. ", "")

    unsupported = ("InvalidAttributeValue", f"Invalid value for the parameter RedriveAllowPolicy. Reason: {start}, as it\u2019s in an unsupported format.")
    for policy in [[], {}, {"redrivePermission": "x"}, {"redrivePermission": "allowAll", "x": 1}, {"redrivePermission": "byQueue", "sourceQueueArns": [1]}]:
        assert refused(policy) == unsupported
    assert refused({"redrivePermission": "byQueue"}) == (
        "InvalidParameterValue", "When you specify the byQueue permission type, you must also specify one or more sourceQueueArns values.")
    assert refused({"redrivePermission": "byQueue", "sourceQueueArns": ["arn"] * 11})[1] == "The maximum number of source queue ARNs you can specify is 10."
    assert refused({"redrivePermission": "denyAll", "sourceQueueArns": ["arn"]})[1] == "To specify one or more source queue ARNs, you must set redrivePermission to byQueue."


@pytest.mark.parametrize("arguments, code, message", [
    ({"MessageBody": ""}, "MissingParameter", "The request must contain the parameter MessageBody."),
    ({"MessageBody": "\x08"}, "InvalidMessageContents", "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF"),
    ({"DelaySeconds": 901}, "InvalidParameterValue", "Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900."),
    ({"DelaySeconds": -1}, "InvalidParameterValue", "Value -1 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900."),
    ({"MessageDeduplicationId": "a"}, "InvalidParameterValue", "Value a for parameter MessageDeduplicationId is invalid. Reason: The request include parameter that is not valid for this queue type."),
    ({"MessageGroupId": "a b"}, "InvalidParameterValue", "Value a b for parameter MessageGroupId is invalid. Reason: MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length."),
    ({"MessageBody": "a" * 1025}, "InvalidParameterValue", "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes."),
    ({"MessageAttributes": {f"a{n}": {"DataType": "String", "StringValue": "b"} for n in range(11)}}, "InvalidParameterValue", "Number of message attributes [11] exceeds the allowed maximum [10]."),
])
def test_messages_that_arent_taken(sqs, arguments, code, message):
    url = queue(sqs, MaximumMessageSize=1024)
    assert refusal(sqs.send_message, **{"QueueUrl": url, "MessageBody": "hello", **arguments})[1:3] == (code, message)
    assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"] == {"ApproximateNumberOfMessages": "0"}


@pytest.mark.parametrize("name, value, message", [
    ("a", {"DataType": "String", "StringValue": ""}, "Message (user) attribute 'a' must contain a non-empty value of type 'String'."),
    ("a", {"DataType": "Binary", "BinaryValue": b""}, "Message (user) attribute 'a' must contain a non-empty value of type 'Binary'."),
    ("a", {"DataType": "Text", "StringValue": "b"}, "The type of message (user) attribute 'a' is invalid. You must use only the following supported type prefixes: Binary, Number, String."),
    ("a", {"DataType": "string", "StringValue": "b"}, "The type of message (user) attribute 'a' is invalid. You must use only the following supported type prefixes: Binary, Number, String."),
    ("a", {"DataType": "Stringy", "StringValue": "b"}, "The type of message (user) attribute 'a' is invalid. You must use only the following supported type prefixes: Binary, Number, String."),
    ("a", {"DataType": "String." + "b" * 250, "StringValue": "b"}, "Message (user) attribute type must be shorter than 256 bytes."),
    ("a b", {"DataType": "String", "StringValue": "b"}, "Message (user) attributes name can only contain upper and lower score characters, digits, periods, hyphens and underscores. "),
    ("a..b", {"DataType": "String", "StringValue": "b"}, "Message (user) attribute name must not have successive '.' characters."),
    *[(name, {"DataType": "String", "StringValue": "b"},
       "You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. These strings are reserved for internal use. Additionally, they cannot start or end with '.'.")
      for name in ["AWS.a", "amazon.a", ".a", "a."]],
    *[("a", {"DataType": "Number", "StringValue": number}, "Can't cast the value of message (user) attribute 'a' to a number.")
      for number in ["x", "nan", "inf", "0x10", "1e", ".", "1 ", "1" * 39, "1e127", "1e-129", "1e99999999999999999999", "--1"]],
])
def test_attributes_that_arent_taken(sqs, name, value, message):
    url = queue(sqs)
    assert refusal(sqs.send_message, QueueUrl=url, MessageBody="a", MessageAttributes={name: value})[1:3] == ("InvalidParameterValue", message)


@pytest.mark.parametrize("number", ["0", "-0.0", "+1", "1e126", "1E-128", "0." + "0" * 127 + "1", "1" * 38, "1" + "0" * 126, ".5", "5."])
def test_numbers_that_are_taken(sqs, number):
    url = queue(sqs)
    sqs.send_message(QueueUrl=url, MessageBody="a", MessageAttributes={"n": {"DataType": "Number", "StringValue": number}})


def test_lists_in_attributes_are_not_supported(sqs):
    value = {"DataType": "StringList", "StringListValues": ["a"]}
    assert refusal(sqs.send_message, QueueUrl=queue(sqs), MessageBody="a", MessageAttributes={"a": value})[:3] == (
        "UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation", "Message attribute list values in SendMessage operation are not supported.")


def test_a_message_of_a_mebibyte_goes_through_and_no_more(sqs):
    url = queue(sqs)
    sqs.send_message(QueueUrl=url, MessageBody="a" * 1_048_576)
    attribute = {"n": {"DataType": "String", "StringValue": "b"}}
    assert refusal(sqs.send_message, QueueUrl=url, MessageBody="a" * (1_048_576 - 7), MessageAttributes=attribute)[2] == (
        "One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.")
    sqs.send_message(QueueUrl=url, MessageBody="a" * (1_048_576 - 8), MessageAttributes=attribute)


def test_fifo_queues_want_group_and_deduplication(sqs):
    url = queue(sqs, "orders.fifo", FifoQueue="true")
    assert refusal(sqs.send_message, QueueUrl=url, MessageBody="a", MessageDeduplicationId="d")[1:3] == (
        "MissingParameter", "The request must contain the parameter MessageGroupId.")
    no_id = "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"
    assert refusal(sqs.send_message, QueueUrl=url, MessageBody="a", MessageGroupId="g")[1:3] == ("InvalidParameterValue", no_id)
    assert refusal(sqs.send_message, QueueUrl=url, MessageBody="a", MessageGroupId="g", MessageDeduplicationId="d", DelaySeconds=2)[2] == (
        "Value 2 for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type.")
    # A batch is taken whole or not at all.
    good = {"Id": "1", "MessageBody": "a", "MessageGroupId": "g", "MessageDeduplicationId": "d"}
    for wrong, message in [({"MessageDeduplicationId": "e"}, "The request must contain the parameter MessageGroupId."), ({"MessageGroupId": "g"}, no_id)]:
        assert refusal(sqs.send_message_batch, QueueUrl=url, Entries=[good, {"Id": "2", "MessageBody": "a", **wrong}])[1:3] == ("InvalidParameterValue", message)
    assert "Messages" not in sqs.receive_message(QueueUrl=url)


@pytest.mark.parametrize("arguments, message", [
    ({"MaxNumberOfMessages": 0}, "Value 0 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided."),
    ({"MaxNumberOfMessages": 11}, "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided."),
    ({"WaitTimeSeconds": 21}, "Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided."),
    ({"VisibilityTimeout": 43201}, "Value 43201 for parameter VisibilityTimeout is invalid. Reason: Must be >= 0 and <= 43200, if provided."),
])
def test_receives_that_arent_served(sqs, arguments, message):
    assert refusal(sqs.receive_message, QueueUrl=queue(sqs), **arguments)[1:3] == ("InvalidParameterValue", message)


def test_receipt_handles(sqs):
    url = queue(sqs)
    for call, arguments in [(sqs.delete_message, {}), (sqs.change_message_visibility, {"VisibilityTimeout": 5})]:
        assert refusal(call, QueueUrl=url, ReceiptHandle="x", **arguments) == (
            "ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid", 'The input receipt handle "x" is not a valid receipt handle.', 404)
        assert refusal(call, QueueUrl=url, ReceiptHandle="", **arguments)[1:3] == ("MissingParameter", "The request must contain the parameter ReceiptHandle.")
    sqs.send_message(QueueUrl=url, MessageBody="a")
    handle = sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
    assert refusal(sqs.change_message_visibility, QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=43201)[2] == (
        "Value 43201 for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and 43200.")
    sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
    assert refusal(sqs.change_message_visibility, QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=5)[1] == "InvalidParameterValue"


def test_batches_as_a_whole(sqs):
    url = queue(sqs)

    def refused(entries, call=sqs.delete_message_batch):
        return refusal(call, QueueUrl=url, Entries=entries)

    def entry(name):
        return {"Id": name, "ReceiptHandle": "x"}

    assert refused([]) == ("EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest", "There should be at least one DeleteMessageBatchRequestEntry in the request.", 400)
    assert refused([entry(str(n)) for n in range(20)])[:3] == (
        "TooManyEntriesInBatchRequest", "AWS.SimpleQueueService.TooManyEntriesInBatchRequest", "Maximum number of entries per request are 10. You have sent 20.")
    for name in ["", "a:b", "a" * 81]:
        assert refused([entry(name)])[:3] == (
            "InvalidBatchEntryId", "AWS.SimpleQueueService.InvalidBatchEntryId",
            "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.")
    assert refused([entry("a"), entry("b"), entry("a")])[:3] == ("BatchEntryIdsNotDistinct", "AWS.SimpleQueueService.BatchEntryIdsNotDistinct", "Id a repeated.")
    large = [{"Id": "1", "MessageBody": "a" * 524_288}, {"Id": "2", "MessageBody": "b" * 524_289}]
    assert refused(large, sqs.send_message_batch)[:3] == (
        "BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong", "Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes.")


def test_what_is_wrong_with_one_entry_leaves_the_others_alone(sqs):
    url = queue(sqs)
    sent = sqs.send_message_batch(QueueUrl=url, Entries=[
        {"Id": "good", "MessageBody": "a", "MessageAttributes": {"n": {"DataType": "Number", "StringValue": "1"}}}, {"Id": "empty", "MessageBody": ""},
        {"Id": "late", "MessageBody": "a", "DelaySeconds": 901}, {"Id": "odd", "MessageBody": "\x01"}])
    assert [entry["Id"] for entry in sent["Successful"]] == ["good"]
    assert [(entry["Id"], entry["Code"], entry["SenderFault"], entry["Message"]) for entry in sent["Failed"]] == [
        ("empty", "MissingParameter", True, "The request must contain the parameter SendMessageBatchRequestEntry.2.MessageBody."),
        ("late", "InvalidParameterValue", True, "Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900."),
        ("odd", "InvalidMessageContents", True, "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF"),
    ]
    handle = sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
    changed = sqs.change_message_visibility_batch(QueueUrl=url, Entries=[
        {"Id": "1", "ReceiptHandle": handle, "VisibilityTimeout": 20}, {"Id": "2", "ReceiptHandle": "x", "VisibilityTimeout": 20},
        {"Id": "3", "ReceiptHandle": handle, "VisibilityTimeout": -20}, {"Id": "4", "ReceiptHandle": handle}])
    assert changed["Successful"] == [{"Id": "1"}]
    assert [(entry["Id"], entry["Code"], entry["Message"]) for entry in changed["Failed"]] == [
        ("2", "ReceiptHandleIsInvalid", 'The input receipt handle "x" is not a valid receipt handle.'),
        ("3", "InvalidParameterValue", "Value -20 for parameter VisibilityTimeout is invalid. Reason: VisibilityTimeout must be an integer between 0 and 43200."),
        ("4", "MissingParameter", "The request must contain the parameter ChangeMessageVisibilityBatchRequestEntry.4.VisibilityTimeout."),
    ]
    deleted = sqs.delete_message_batch(QueueUrl=url, Entries=[{"Id": "1", "ReceiptHandle": handle}, {"Id": "2", "ReceiptHandle": "x"}])
    assert deleted["Successful"] == [{"Id": "1"}]
    assert [entry["Code"] for entry in deleted["Failed"]] == ["ReceiptHandleIsInvalid"]


def test_queues_that_arent_there(clients, sqs):
    url = f"{clients.apus.url}/{clients.account}/nope"
    missing = ("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.", 400)
    assert refusal(sqs.get_queue_url, QueueName="nope") == missing
    assert refusal(sqs.send_message, QueueUrl=url, MessageBody="a") == missing
    for call in [sqs.delete_queue, sqs.purge_queue, sqs.receive_message, sqs.get_queue_attributes, sqs.list_queue_tags, sqs.list_dead_letter_source_queues]:
        assert refusal(call, QueueUrl=url) == missing
        assert refusal(call, QueueUrl="") == missing
    assert refusal(sqs.get_queue_url, QueueName="")[1:3] == ("InvalidParameterValue", "Value for parameter QueueName is invalid. Reason: Must specify a queue name.")


def test_lists_come_in_pages(sqs):
    for n in range(5):
        queue(sqs, f"a{n}")
    queue(sqs, "b")
    pages = list(sqs.get_paginator("list_queues").paginate(QueueNamePrefix="a", PaginationConfig={"PageSize": 2}))
    assert [[url.rsplit("/")[-1] for url in page["QueueUrls"]] for page in pages] == [["a0", "a1"], ["a2", "a3"], ["a4"]]
    assert refusal(sqs.list_queues, MaxResults=1001)[1:3] == (
        "InvalidParameterValue", "Value for parameter MaxResults is invalid. Reason: MaxResults must be an integer between 1 and 1000.")
    assert refusal(sqs.list_queues, MaxResults=2, NextToken="bm9wZQ==")[1:3] == ("InvalidParameterValue", "Invalid or expired next token.")


def test_sources_of_a_dead_letter_queue_come_in_pages(clients, sqs):
    dead = queue(sqs, "dead")
    policy = json.dumps({"deadLetterTargetArn": f"arn:aws:sqs:us-east-1:{clients.account}:dead", "maxReceiveCount": 1})
    urls = [queue(sqs, f"source{n}", RedrivePolicy=policy) for n in range(3)]
    pages = list(sqs.get_paginator("list_dead_letter_source_queues").paginate(QueueUrl=dead, PaginationConfig={"PageSize": 2}))
    assert [page["queueUrls"] for page in pages] == [urls[:2], urls[2:]]


def test_one_purge_a_minute(clients, sqs):
    url = queue(sqs)
    sqs.send_message(QueueUrl=url, MessageBody="a")
    sqs.purge_queue(QueueUrl=url)
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    assert refusal(sqs.purge_queue, QueueUrl=url) == (
        "PurgeQueueInProgress", "AWS.SimpleQueueService.PurgeQueueInProgress", "Only one PurgeQueue operation on orders is allowed every 60 seconds.", 403)


def test_tags(sqs):
    url = sqs.create_queue(QueueName="tagged", tags={"a": "1", "b": ""})["QueueUrl"]
    sqs.tag_queue(QueueUrl=url, Tags={"b": "2", "c": "3"})
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"a": "1", "b": "2", "c": "3"}
    sqs.untag_queue(QueueUrl=url, TagKeys=["a", "b", "nope"])
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"c": "3"}
    assert refusal(sqs.tag_queue, QueueUrl=url, Tags={f"k{n}": "v" for n in range(50)})[1:3] == ("InvalidParameterValue", "Too many tags added for queue.")
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"c": "3"}


def test_permissions_are_the_policys_statements(clients, sqs):
    url = queue(sqs)
    arn = f"arn:aws:sqs:us-east-1:{clients.account}:orders"

    def policy():
        return json.loads(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"]).get("Attributes", {}).get("Policy", "null"))

    def add(label="one", accounts=("668614515564", "111111111111"), actions=("ReceiveMessage",)):
        sqs.add_permission(QueueUrl=url, Label=label, AWSAccountIds=list(accounts), Actions=list(actions))

    assert refusal(sqs.remove_permission, QueueUrl=url, Label="one")[1:3] == ("InvalidParameterValue", "Value one for parameter Label is invalid. Reason: can't find label.")
    add()
    assert policy() == {"Version": "2008-10-17", "Id": f"{arn}/SQSDefaultPolicy", "Statement": [{
        "Sid": "one", "Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::668614515564:root", "arn:aws:iam::111111111111:root"]},
        "Action": "SQS:ReceiveMessage", "Resource": arn}]}
    add()
    assert refusal(add, accounts=["111111111111"])[1:3] == ("InvalidParameterValue", "Value one for parameter Label is invalid. Reason: Already exists.")
    assert refusal(add, label="two", actions=["Fly"])[2] == (
        "Value SQS:Fly for parameter ActionName is invalid. Reason: Please refer to the appropriate WSDL for a list of valid actions.")
    assert refusal(add, label="two", actions=["CreateQueue"])[2] == (
        "Value SQS:CreateQueue for parameter ActionName is invalid. Reason: Only the queue owner is allowed to invoke this action.")
    assert len(policy()["Statement"]) == 1
    for n in range(19):
        add(label=f"more{n}")
    assert refusal(add, label="last") == ("OverLimit", "OverLimit", "21 Statements were found, maximum allowed is 20.", 403)
    assert refusal(sqs.remove_permission, QueueUrl=url, Label="two")[2] == "Value two for parameter Label is invalid. Reason: can't find label on existing policy."
    for label in ["one", *(f"more{n}" for n in range(19))]:
        sqs.remove_permission(QueueUrl=url, Label=label)
    assert policy() is None


def test_move_tasks_that_arent_started(clients, sqs):
    arn = f"arn:aws:sqs:us-east-1:{clients.account}:"
    queue(sqs, "dead")
    queue(sqs, "other")
    queue(sqs, "other.fifo", FifoQueue="true")
    start = sqs.start_message_move_task
    form = "You must use this format to specify the {}: arn:<partition>:<service>:<region>:<account-id>:<resource-id>"
    assert refusal(start, SourceArn="x")[1:3] == ("InvalidParameterValue", form.format("SourceArn"))
    assert refusal(start, SourceArn=arn + "nope") == (
        "ResourceNotFoundException", "ResourceNotFoundException", "The resource that you specified for the SourceArn parameter doesn't exist.", 404)
    assert refusal(start, SourceArn=arn + "dead")[1:3] == ("InvalidParameterValue", "Source queue must be configured as a Dead Letter Queue.")
    queue(sqs, "source", RedrivePolicy=json.dumps({"deadLetterTargetArn": arn + "dead", "maxReceiveCount": 1}))
    assert refusal(start, SourceArn=arn + "dead", DestinationArn="x")[2] == form.format("DestinationArn")
    assert refusal(start, SourceArn=arn + "dead", DestinationArn=arn + "nope")[1:3] == (
        "ResourceNotFoundException", "The resource that you specified for the DestinationArn parameter doesn't exist.")
    assert refusal(start, SourceArn=arn + "dead", DestinationArn=arn + "dead")[2] == "Source queue arn and destination queue arn cannot be the same."
    assert refusal(start, SourceArn=arn + "dead", DestinationArn=arn + "other.fifo")[2] == "The source queue and destination queue must be of the same queue type."
    for rate in [0, 501]:
        assert refusal(start, SourceArn=arn + "dead", MaxNumberOfMessagesPerSecond=rate)[2] == (
            "Value for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: You must enter a number that's between 1 and 500.")
    assert refusal(sqs.cancel_message_move_task, TaskHandle="x")[1:3] == ("InvalidParameterValue", "Value for parameter TaskHandle is invalid.")


def test_a_deleted_queues_name_is_kept_for_a_minute_where_that_is_asked_for(tmp_path):
    apus = Apus("--keep-queue-names", "--data", str(tmp_path))
    try:
        apus.own("POST", "/_apus/clock", {"freeze": True})
        sqs = Clients(apus, "000000000001").boto3("sqs")
        sqs.delete_queue(QueueUrl=queue(sqs))
        recently = (
            "QueueDeletedRecently", "AWS.SimpleQueueService.QueueDeletedRecently",
            "You must wait 60 seconds after deleting a queue before you can create another with the same name.", 400)
        assert refusal(sqs.create_queue, QueueName="orders") == recently
        apus.kill()
        apus.start()
        sqs = Clients(apus, "000000000001").boto3("sqs")
        assert refusal(sqs.create_queue, QueueName="orders") == recently
        apus.own("POST", "/_apus/clock", {"advance": "61s"})
        queue(sqs)
    finally:
        apus.kill()


def test_resources(clients):
    sqs = clients.resource("sqs")
    orders = sqs.create_queue(QueueName="orders", Attributes={"DelaySeconds": "0"})
    assert orders.attributes["QueueArn"] == f"arn:aws:sqs:us-east-1:{clients.account}:orders"
    assert sqs.get_queue_by_name(QueueName="orders").url == orders.url
    orders.send_messages(Entries=[{"Id": str(n), "MessageBody": f"m{n}"} for n in range(3)])
    messages = orders.receive_messages(MaxNumberOfMessages=10, AttributeNames=["All"])
    assert sorted(message.body for message in messages) == ["m0", "m1", "m2"]
    messages[0].change_visibility(VisibilityTimeout=5)
    messages[0].delete()
    orders.delete_messages(Entries=[{"Id": str(n), "ReceiptHandle": message.receipt_handle} for n, message in enumerate(messages[1:])])
    orders.reload()
    assert orders.attributes["ApproximateNumberOfMessagesNotVisible"] == "0"
    dead = sqs.create_queue(QueueName="dead")
    orders.set_attributes(Attributes={"RedrivePolicy": json.dumps({"deadLetterTargetArn": dead.attributes["QueueArn"], "maxReceiveCount": 3})})
    assert [queue.url for queue in dead.dead_letter_source_queues.all()] == [orders.url]
    assert [queue.url for queue in sqs.queues.filter(QueueNamePrefix="or")] == [orders.url]
    orders.delete()
    assert [queue.url for queue in sqs.queues.all()] == [dead.url]


def test_the_command_line(clients, tmp_path):
    def sqs(*arguments):
        # This service's address isn't taken from the environment.
        return clients.cli("sqs", *arguments, "--endpoint-url", clients.apus.url)

    attributes = pathlib.Path(tmp_path / "attributes.json")
    attributes.write_text(json.dumps({"VisibilityTimeout": "60", "Policy": json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}]})}))
    url = sqs("create-queue", "--queue-name", "cli", "--attributes", f"file://{attributes}", "--tags", "team=a")["QueueUrl"]
    sent = sqs(
        "send-message", "--queue-url", url, "--message-body", "hello", "--message-attributes",
        '{"n": {"DataType": "Number", "StringValue": "1"}, "b": {"DataType": "Binary", "BinaryValue": "AAEC"}}')
    assert sent["MD5OfMessageBody"] == "5d41402abc4b2a76b9719d911017c592"
    batch = sqs("send-message-batch", "--queue-url", url, "--entries", "Id=a,MessageBody=one", "Id=b,MessageBody=two")
    assert [entry["Id"] for entry in batch["Successful"]] == ["a", "b"]
    messages = sqs(
        "receive-message", "--queue-url", url, "--max-number-of-messages", "10", "--message-attribute-names", "All", "--attribute-names", "All")["Messages"]
    assert sorted(message["Body"] for message in messages) == ["hello", "one", "two"]
    hello, = [message for message in messages if message["Body"] == "hello"]
    assert hello["MessageAttributes"] == {"b": {"BinaryValue": "QUFFQw==", "DataType": "Binary"}, "n": {"StringValue": "1", "DataType": "Number"}}
    entries = json.dumps([{"Id": str(n), "ReceiptHandle": message["ReceiptHandle"]} for n, message in enumerate(messages)])
    assert len(sqs("delete-message-batch", "--queue-url", url, "--entries", entries)["Successful"]) == 3
    assert sqs("list-queue-tags", "--queue-url", url) == {"Tags": {"team": "a"}}
    assert sqs("list-queues") == {"QueueUrls": [url]}
