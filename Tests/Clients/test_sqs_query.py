"""SQS's query protocol, as old SDKs and plain HTTP clients speak it: forms in, XML or JSON out, signed or not."""

import base64
import hashlib
import json
import urllib.parse
import xml.etree.ElementTree

import pytest

NAMESPACE = "{http://queue.amazonaws.com/doc/2012-11-05/}"


class Query:
    """Requests in an account of their own: what signs them names it, and nothing checks the signature."""

    def __init__(self, clients):
        self.apus = clients.apus
        self.account = clients.account
        self.credential = f"AWS4-HMAC-SHA256 Credential={clients.account}/20261121/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=x"

    def raw(self, action, path="/", method="POST", headers=None, **parameters):
        form = urllib.parse.urlencode({"Action": action, "Version": "2012-11-05", **{name.replace("__", "."): value for name, value in parameters.items()}})
        headers = {"Authorization": self.credential, **(headers or {})}
        if method == "GET":
            return self.apus.request("GET", f"{path}?{form}", headers=headers)
        return self.apus.request("POST", path, form, {"Content-Type": "application/x-www-form-urlencoded", **headers})

    def __call__(self, action, path="/", **parameters):
        status, headers, body = self.raw(action, path, **parameters)
        root = xml.etree.ElementTree.fromstring(body)
        assert status == 200, body
        assert root.tag == f"{NAMESPACE}{action}Response"
        assert root.findtext(f"{NAMESPACE}ResponseMetadata/{NAMESPACE}RequestId") == headers["x-amzn-RequestId"]
        return root.find(f"{NAMESPACE}{action}Result")

    def refused(self, action, path="/", **parameters):
        status, _, body = self.raw(action, path, **parameters)
        root = xml.etree.ElementTree.fromstring(body)
        error = root.find(f"{NAMESPACE}Error")
        assert [child.tag.removeprefix(NAMESPACE) for child in error] == ["Type", "Code", "Message", "Detail"]
        return status, error.findtext(f"{NAMESPACE}Type"), error.findtext(f"{NAMESPACE}Code"), error.findtext(f"{NAMESPACE}Message")

    def json(self, action, path="/", **parameters):
        status, headers, body = self.raw(action, path, headers={"Accept": "application/json"}, **parameters)
        assert headers["Content-Type"] == "application/json"
        return status, json.loads(body)


def texts(element, *path):
    return [found.text for found in element.findall("/".join(NAMESPACE + part for part in path))]


def pairs(element, name, key, value):
    return {item.findtext(NAMESPACE + key): item.findtext(NAMESPACE + value) for item in element.findall(NAMESPACE + name)}


@pytest.fixture
def query(clients):
    return Query(clients)


@pytest.fixture
def path(query):
    query("CreateQueue", QueueName="orders")
    return f"/{query.account}/orders"


def test_queues_with_attributes_and_tags(query):
    created = query("CreateQueue", QueueName="a", Attribute__1__Name="DelaySeconds", Attribute__1__Value="5", Tag__1__Key="k", Tag__1__Value="v & w")
    url, = texts(created, "QueueUrl")
    assert url == f"{query.apus.url}/{query.account}/a"
    assert pairs(query("ListQueueTags", f"/{query.account}/a"), "Tag", "Key", "Value") == {"k": "v & w"}
    chosen = query("GetQueueAttributes", QueueUrl=url, AttributeName__1="DelaySeconds", AttributeName__2="QueueArn")
    assert pairs(chosen, "Attribute", "Name", "Value") == {"DelaySeconds": "5", "QueueArn": f"arn:aws:sqs:us-east-1:{query.account}:a"}
    assert query("SetQueueAttributes", QueueUrl=url, Attribute__Name="VisibilityTimeout", Attribute__Value="7") is None
    assert pairs(query("GetQueueAttributes", QueueUrl=url, AttributeName="VisibilityTimeout"), "Attribute", "Name", "Value") == {"VisibilityTimeout": "7"}
    assert query("UntagQueue", QueueUrl=url, TagKey__1="k") is None
    assert query("TagQueue", QueueUrl=url, Tag__1__Key="m", Tag__1__Value="") is None
    assert pairs(query("ListQueueTags", QueueUrl=url), "Tag", "Key", "Value") == {"m": ""} or None
    assert texts(query("ListQueues", QueueNamePrefix="a"), "QueueUrl") == [url]
    assert texts(query("GetQueueUrl", QueueName="a"), "QueueUrl") == [url]
    assert query("DeleteQueue", QueueUrl=url) is None
    assert texts(query("ListQueues"), "QueueUrl") == []


def test_messages_by_the_path_of_their_queue(query, path):
    sent = query(
        "SendMessage", path, MessageBody="a <b> & \r\n\"c\"", MessageAttribute__1__Name="n", MessageAttribute__1__Value__DataType="Number.int",
        MessageAttribute__1__Value__StringValue="12", MessageAttribute__2__Name="b", MessageAttribute__2__Value__DataType="Binary",
        MessageAttribute__2__Value__BinaryValue=base64.b64encode(b"\0\1\xff").decode(), MessageSystemAttribute__1__Name="AWSTraceHeader",
        MessageSystemAttribute__1__Value__DataType="String", MessageSystemAttribute__1__Value__StringValue="some-trace-id")
    assert texts(sent, "MD5OfMessageBody") == [hashlib.md5(b"a <b> & \r\n\"c\"").hexdigest()]
    assert texts(sent, "MD5OfMessageSystemAttributes") == ["fdce4f2818803f2f73becc09a54792c0"]
    received = query("ReceiveMessage", path, MaxNumberOfMessages="10", AttributeName__1="All", MessageAttributeName__1="All")
    message, = received.findall(f"{NAMESPACE}Message")
    assert texts(message, "Body") == ["a <b> & \r\n\"c\""]
    assert texts(message, "MD5OfMessageAttributes") == texts(sent, "MD5OfMessageAttributes")
    assert pairs(message, "Attribute", "Name", "Value")["AWSTraceHeader"] == "some-trace-id"
    attributes = {item.findtext(f"{NAMESPACE}Name"): item.find(f"{NAMESPACE}Value") for item in message.findall(f"{NAMESPACE}MessageAttribute")}
    assert texts(attributes["n"], "StringValue") + texts(attributes["n"], "DataType") == ["12", "Number.int"]
    assert base64.b64decode(attributes["b"].findtext(f"{NAMESPACE}BinaryValue")) == b"\0\1\xff"
    handle, = texts(message, "ReceiptHandle")
    assert query("ChangeMessageVisibility", path, ReceiptHandle=handle, VisibilityTimeout="5") is None
    assert query("DeleteMessage", path, ReceiptHandle=handle) is None
    assert query("PurgeQueue", path) is None


def test_batches(query, path):
    sent = query(
        "SendMessageBatch", path, SendMessageBatchRequestEntry__1__Id="a", SendMessageBatchRequestEntry__1__MessageBody="one",
        SendMessageBatchRequestEntry__1__MessageAttribute__1__Name="n", SendMessageBatchRequestEntry__1__MessageAttribute__1__Value__DataType="String",
        SendMessageBatchRequestEntry__1__MessageAttribute__1__Value__StringValue="v", SendMessageBatchRequestEntry__2__Id="b",
        SendMessageBatchRequestEntry__2__MessageBody="two", SendMessageBatchRequestEntry__2__DelaySeconds="901")
    assert texts(sent, "SendMessageBatchResultEntry", "Id") == ["a"]
    failed = sent.find(f"{NAMESPACE}BatchResultErrorEntry")
    assert {child.tag.removeprefix(NAMESPACE): child.text for child in failed} == {
        "Id": "b", "SenderFault": "true", "Code": "InvalidParameterValue", "Message": "Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900."}
    handle, = texts(query("ReceiveMessage", path), "Message", "ReceiptHandle")
    changed = query("ChangeMessageVisibilityBatch", path, ChangeMessageVisibilityBatchRequestEntry__1__Id="a",
                    ChangeMessageVisibilityBatchRequestEntry__1__ReceiptHandle=handle, ChangeMessageVisibilityBatchRequestEntry__1__VisibilityTimeout="9")
    assert texts(changed, "ChangeMessageVisibilityBatchResultEntry", "Id") == ["a"]
    deleted = query("DeleteMessageBatch", path, DeleteMessageBatchRequestEntry__1__Id="a", DeleteMessageBatchRequestEntry__1__ReceiptHandle=handle)
    assert texts(deleted, "DeleteMessageBatchResultEntry", "Id") == ["a"]
    assert query.refused("DeleteMessageBatch", path) == (
        400, "Sender", "AWS.SimpleQueueService.EmptyBatchRequest", "There should be at least one DeleteMessageBatchRequestEntry in the request.")


def test_permissions_dead_letters_and_move_tasks(query, path):
    assert query("AddPermission", path, Label="l", AWSAccountId__1="111111111111", ActionName__1="SendMessage") is None
    assert query("RemovePermission", path, Label="l") is None
    arn = f"arn:aws:sqs:us-east-1:{query.account}:"
    policy = json.dumps({"deadLetterTargetArn": arn + "orders", "maxReceiveCount": 1})
    url, = texts(query("CreateQueue", QueueName="source", Attribute__1__Name="RedrivePolicy", Attribute__1__Value=policy), "QueueUrl")
    assert texts(query("ListDeadLetterSourceQueues", path), "QueueUrl") == [url]
    handle, = texts(query("StartMessageMoveTask", SourceArn=arn + "orders"), "TaskHandle")
    listed = query("ListMessageMoveTasks", SourceArn=arn + "orders")
    assert texts(listed, "ListMessageMoveTasksResultEntry", "SourceArn") == [arn + "orders"]


def test_errors(query, path):
    assert query.refused("GetQueueUrl", QueueName="nope") == (
        400, "Sender", "AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist for this wsdl version.")
    assert query.refused("SendMessage", path) == (400, "Sender", "MissingParameter", "The request must contain the parameter MessageBody.")
    assert query.refused("SendMessage", MessageBody="a") == (404, "Sender", "InvalidAddress", "The address / is not valid for this endpoint.")
    assert query.refused("ReceiveMessage", path, MaxNumberOfMessages="11")[2:] == (
        "InvalidParameterValue", "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.")
    assert query.refused("ReceiveMessage", path, MaxNumberOfMessages="x")[:3] == (400, "Sender", "MalformedInput")
    assert query.refused("CreateQueue")[2:] == ("InvalidParameterValue", "Value for parameter QueueName is invalid. Reason: Must specify a queue name.")
    assert query.refused("DeleteMessage", path, ReceiptHandle="x")[:3] == (404, "Sender", "ReceiptHandleIsInvalid")
    assert query.refused("Fly")[2] == "InvalidAction"


def test_answers_as_json(query, path):
    status, answer = query.json("SendMessage", path, MessageBody="hello")
    assert status == 200
    result = answer["SendMessageResponse"]["SendMessageResult"]
    assert list(answer["SendMessageResponse"]) == ["ResponseMetadata", "SendMessageResult"]
    assert list(result) == ["MD5OfMessageAttributes", "MD5OfMessageBody", "MD5OfMessageSystemAttributes", "MessageId", "SequenceNumber"]
    assert result["MD5OfMessageBody"] == "5d41402abc4b2a76b9719d911017c592" and result["SequenceNumber"] is None
    message, = query.json("ReceiveMessage", path, VisibilityTimeout="0")[1]["ReceiveMessageResponse"]["ReceiveMessageResult"]["messages"]
    assert list(message) == ["Attributes", "Body", "MD5OfBody", "MD5OfMessageAttributes", "MessageAttributes", "MessageId", "ReceiptHandle"]
    assert message["Attributes"] is None and message["Body"] == "hello"
    message, = query.json("ReceiveMessage", path, AttributeName__1="ApproximateReceiveCount")[1]["ReceiveMessageResponse"]["ReceiveMessageResult"]["messages"]
    assert message["Attributes"] == [{"Name": "ApproximateReceiveCount", "Value": "2"}]
    assert query.json("ReceiveMessage", path)[1]["ReceiveMessageResponse"]["ReceiveMessageResult"] == {"messages": None}
    assert query.json("ListQueues")[1]["ListQueuesResponse"]["ListQueuesResult"] == {
        "NextExclusiveStartQueueName": None, "NextToken": None, "queueUrls": [query.apus.url + path]}
    assert list(query.json("DeleteQueue", path)[1]["DeleteQueueResponse"]) == ["ResponseMetadata"]
    status, answer = query.json("GetQueueUrl", QueueName="orders")
    assert status == 400
    assert answer["Error"] == {
        "Code": "AWS.SimpleQueueService.NonExistentQueue", "Message": "The specified queue does not exist for this wsdl version.", "Type": "Sender"}


def test_get_and_no_signature(query, path):
    status, _, body = query.apus.request("GET", f"{path}?Action=SendMessage&MessageBody=a%20b")
    assert status == 200, body
    assert texts(query("ReceiveMessage", path, method="GET"), "Message", "Body") == ["a b"]


@pytest.mark.parametrize("host", ["sqs.us-east-1.amazonaws.com", "us-east-1.queue.amazonaws.com", "queue.amazonaws.com", "sqs.us-east-1.localhost.localstack.cloud:4566"])
def test_queue_urls_have_the_host_that_the_client_used(query, host):
    def post(path, **parameters):
        status, _, body = query.raw(path=path, headers={"Host": host}, **parameters)
        assert status == 200, body
        return xml.etree.ElementTree.fromstring(body)

    url = post("/", action="CreateQueue", QueueName="orders").findtext(f".//{NAMESPACE}QueueUrl")
    assert url == f"http://{host}/{query.account}/orders"
    post("/", action="SendMessage", QueueUrl=url, MessageBody="a")
    assert post(f"/{query.account}/orders", action="ReceiveMessage").findtext(f".//{NAMESPACE}Body") == "a"


def test_json_is_taken_at_a_queues_address_too(query, path):
    def call(operation, body, target=path):
        status, headers, answer = query.apus.request("POST", target, json.dumps(body) if not isinstance(body, str) else body, {
            "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"AmazonSQS.{operation}", "Authorization": query.credential})
        return status, headers.get("x-amzn-query-error"), json.loads(answer) if answer else None

    url = query.apus.url + path
    assert call("SendMessage", {"QueueUrl": url, "MessageBody": "a", "Unknown": 1})[0] == 200
    assert call("ReceiveMessage", {"QueueUrl": url})[2]["Messages"][0]["Body"] == "a"
    assert call("PurgeQueue", {"QueueUrl": url}) == (200, None, None)
    assert call("SendMessage", {"MessageBody": "a"}) == (400, "AWS.SimpleQueueService.NonExistentQueue;Sender", {
        "__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "The specified queue does not exist."})
    assert call("SendMessage", {"QueueUrl": url}) == (400, "MissingParameter;Sender", {
        "__type": "com.amazon.coral.service#MissingRequiredParameterException", "message": "The request must contain the parameter MessageBody."})
    assert call("DeleteMessageBatch", {"QueueUrl": url})[1:] == ("MissingParameter;Sender", {
        "__type": "com.amazon.coral.service#MissingRequiredParameterException", "message": "The request must contain the parameter Entries."})
    serialization = "com.amazon.coral.service#SerializationException"
    for body in [{"QueueUrl": 5}, {"QueueUrl": url, "MessageBody": {}}, {"QueueUrl": url, "MessageBody": "a", "DelaySeconds": "5"},
                 {"QueueUrl": url, "MessageBody": "a", "MessageAttributes": []}, {"QueueUrl": url, "MessageBody": "a", "MessageAttributes": {"a": "b"}}, "{", "[]"]:
        status, error, answer = call("SendMessage", body)
        assert (status, error, answer["__type"]) == (400, "MalformedInput;Sender", serialization), body
    entry = {"Id": "1", "MessageBody": "a"}
    assert call("SendMessageBatch", {"QueueUrl": url, "Entries": [entry, {"Id": "2", "MessageBody": {}}]})[2]["__type"] == serialization
    assert call("SendMessageBatch", {"QueueUrl": url, "Entries": [entry, {"MessageBody": "a"}]})[2]["message"] == (
        "The request must contain the parameter SendMessageBatchRequestEntry.2.Id.")
    assert call("ReceiveMessage", {"QueueUrl": url})[2] == {}
    assert call("Fly", {})[:2] == (400, "InvalidAction;Sender")
