"""Event source mappings through boto3 and the AWS CLI: queues and streams that feed functions of python."""

import io
import json
import zipfile

import pytest
from conftest import Clients, refused

ROLE = "arn:aws:iam::440939667227:role/worker"

PRINTS = "import json\ndef handler(event, context):\n    print('SEEN ' + json.dumps(event))\n"
FAILS = "import json\ndef handler(event, context):\n    print('SEEN ' + json.dumps(event))\n    raise ValueError('no')\n"


def function(clients, code=PRINTS, name="worker", **more):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr("index.py", code)
    settings = {"Runtime": "python3.11", "Handler": "index.handler", "Role": ROLE, "Timeout": 10, **more}
    return clients.boto3("lambda").create_function(FunctionName=name, Code={"ZipFile": content.getvalue()}, **settings)["FunctionArn"]


def seen(clients, name="worker"):
    """The events that a function got, in order."""
    logs = clients.boto3("logs")
    try:
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{name}", filterPattern="SEEN")
        return [json.loads(event["message"].split("SEEN ", 1)[1]) for page in pages for event in page["events"]]
    except logs.exceptions.ResourceNotFoundException:
        return []


def queue(clients, name="queue", **attributes):
    sqs = clients.boto3("sqs")
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def stream(clients, name="table"):
    made = clients.boto3("dynamodb").create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST", AttributeDefinitions=[{"AttributeName": "PK", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}], StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    return made["TableDescription"]["LatestStreamArn"]


def counts(clients, url):
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes = clients.boto3("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return [int(attributes[name]) for name in names]


@pytest.fixture
def cloud(own_apus):
    """A cloud whose clock may be moved."""
    return Clients(own_apus(), "440939667227")


# Queues


def test_a_queue_feeds_a_function(clients, lambda_):
    url, arn = queue(clients)
    function_arn = function(clients)
    made = lambda_.create_event_source_mapping(EventSourceArn=arn, FunctionName="worker", Tags={"a": "b"})
    uuid = made["UUID"]
    read = lambda_.get_event_source_mapping(UUID=uuid)
    del read["ResponseMetadata"], read["LastModified"]
    assert read == {
        "UUID": uuid, "BatchSize": 10, "MaximumBatchingWindowInSeconds": 0, "EventSourceArn": arn, "FunctionArn": function_arn, "State": "Enabled",
        "StateTransitionReason": "USER_INITIATED", "FunctionResponseTypes": [],
        "EventSourceMappingArn": f"arn:aws:lambda:us-east-1:{clients.account}:event-source-mapping:{uuid}",
    }
    attributes = {"kind": {"DataType": "String", "StringValue": "x"}, "raw": {"DataType": "Binary", "BinaryValue": b"\x00\x01"}}
    sent = clients.boto3("sqs").send_message(QueueUrl=url, MessageBody="hello", MessageAttributes=attributes)
    clients.apus.settle()
    [event] = seen(clients)
    [record] = event["Records"]
    assert (record["messageId"], record["body"], record["md5OfBody"]) == (sent["MessageId"], "hello", sent["MD5OfMessageBody"])
    assert (record["md5OfMessageAttributes"], record["eventSource"], record["eventSourceARN"], record["awsRegion"]) == (
        sent["MD5OfMessageAttributes"], "aws:sqs", arn, "us-east-1")
    assert record["messageAttributes"] == {
        "kind": {"stringValue": "x", "stringListValues": [], "binaryListValues": [], "dataType": "String"},
        "raw": {"binaryValue": "AAE=", "stringListValues": [], "binaryListValues": [], "dataType": "Binary"},
    }
    assert set(record["attributes"]) == {"ApproximateReceiveCount", "SentTimestamp", "SenderId", "ApproximateFirstReceiveTimestamp"}
    assert counts(clients, url) == [0, 0]


def test_messages_that_fail_come_back_and_end_in_the_dead_letter_queue(cloud):
    dead_url, dead = queue(cloud, "dead")
    url, arn = queue(cloud, RedrivePolicy=json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 3}))
    function(cloud, "def handler(event, context):\n    return {'batchItemFailures': [{'itemIdentifier': r['messageId']} for r in event['Records'] if r['body'] == 'bad']}\n")
    cloud.boto3("lambda").create_event_source_mapping(EventSourceArn=arn, FunctionName="worker", FunctionResponseTypes=["ReportBatchItemFailures"])
    entries = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(("good", "bad", "better"))]
    cloud.boto3("sqs").send_message_batch(QueueUrl=url, Entries=entries)
    cloud.apus.settle()
    assert counts(cloud, url) == [0, 1]
    cloud.apus.settle("10m")
    assert (counts(cloud, url), counts(cloud, dead_url)) == ([0, 0], [1, 0])


def test_a_window_gathers_messages(cloud):
    url, arn = queue(cloud)
    function(cloud)
    cloud.boto3("lambda").create_event_source_mapping(EventSourceArn=arn, FunctionName="worker", BatchSize=100, MaximumBatchingWindowInSeconds=20)
    for number in range(30):
        cloud.boto3("sqs").send_message(QueueUrl=url, MessageBody=str(number))
    cloud.apus.settle()
    assert seen(cloud) == []
    assert counts(cloud, url) == [0, 30]
    cloud.apus.settle("30s")
    [event] = seen(cloud)
    assert [record["body"] for record in event["Records"]] == [str(number) for number in range(30)]
    assert counts(cloud, url) == [0, 0]


def test_a_fifo_queue_keeps_its_order(clients, lambda_):
    url, arn = queue(clients, "queue.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    function(clients)
    lambda_.create_event_source_mapping(EventSourceArn=arn, FunctionName="worker", BatchSize=2)
    sqs = clients.boto3("sqs")
    for number in range(6):
        sqs.send_message(QueueUrl=url, MessageBody=str(number), MessageGroupId="g")
    clients.apus.settle()
    records = [record for event in seen(clients) for record in event["Records"]]
    assert [record["body"] for record in records] == [str(number) for number in range(6)]
    assert {"SequenceNumber", "MessageGroupId", "MessageDeduplicationId"} < set(records[0]["attributes"])
    assert counts(clients, url) == [0, 0]


def test_messages_in_flight_at_a_kill_come_back(own_apus, tmp_path):
    apus = own_apus("--data", str(tmp_path))
    clients = Clients(apus, "440939667227")
    url, arn = queue(clients, VisibilityTimeout="60")
    function(clients, "import time\ndef handler(event, context):\n    time.sleep(30)\n", Timeout=60)
    clients.boto3("lambda").create_event_source_mapping(EventSourceArn=arn, FunctionName="worker")
    clients.boto3("sqs").send_message(QueueUrl=url, MessageBody="hello")
    # Each look is a request: the cloud isn't idle while the function runs, so there is nothing to settle for.
    while counts(clients, url) != [0, 1]:
        pass
    apus.kill()
    again = Clients(own_apus("--data", str(tmp_path)), "440939667227")
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr("index.py", PRINTS)
    again.boto3("lambda").update_function_code(FunctionName="worker", ZipFile=content.getvalue())
    assert counts(again, url) == [0, 1]
    again.apus.settle("2m")
    [event] = seen(again)
    assert event["Records"][0]["attributes"]["ApproximateReceiveCount"] == "2"
    assert counts(again, url) == [0, 0]


def test_what_a_queue_can_not_have(clients, lambda_):
    _, arn = queue(clients)
    _, fifo = queue(clients, "queue.fifo", FifoQueue="true")
    function(clients, Timeout=31)
    make = lambda_.create_event_source_mapping
    with refused("InvalidParameterValueException", "Queue visibility timeout: 30 seconds is less than Function timeout: 31 seconds"):
        make(EventSourceArn=arn, FunctionName="worker")
    lambda_.update_function_configuration(FunctionName="worker", Timeout=30)
    with refused("InvalidParameterValueException", "StartingPosition is not valid for SQS event sources."):
        make(EventSourceArn=arn, FunctionName="worker", StartingPosition="LATEST")
    with refused("InvalidParameterValueException", "Unsupported ParallelizationFactor parameter for given event source mapping type."):
        make(EventSourceArn=arn, FunctionName="worker", ParallelizationFactor=2)
    with refused("InvalidParameterValueException", "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"):
        make(EventSourceArn=arn, FunctionName="worker", BatchSize=11)
    with refused("InvalidParameterValueException", "Batching window is not supported for FIFO queues"):
        make(EventSourceArn=fifo, FunctionName="worker", MaximumBatchingWindowInSeconds=1)
    with refused("InvalidParameterValueException", "Invalid filter pattern definition."):
        make(EventSourceArn=arn, FunctionName="worker", FilterCriteria={"Filters": [{"Pattern": '{"body": "x"}'}]})
    text = "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist."
    with refused("InvalidParameterValueException", text):
        make(EventSourceArn=arn + "-nope", FunctionName="worker")
    uuid = make(EventSourceArn=arn, FunctionName="worker")["UUID"]
    text = f'An event source mapping with SQS arn (" {arn} ") and function (" worker ") already exists. Please update or delete the existing mapping with UUID {uuid}'
    with refused("ResourceConflictException", text, 409):
        make(EventSourceArn=arn, FunctionName="worker")


# Streams


def test_a_filtered_stream_tells_its_destination_what_it_gives_up(cloud):
    url, destination = queue(cloud, "failed")
    source = stream(cloud)
    arn = function(cloud, FAILS)
    criteria = {"Filters": [{"Pattern": json.dumps({"eventName": ["INSERT"], "dynamodb": {"NewImage": {"n": {"N": ["2"]}}}})}]}
    made = cloud.boto3("lambda").create_event_source_mapping(
        EventSourceArn=source, FunctionName="worker", StartingPosition="TRIM_HORIZON", FilterCriteria=criteria, MaximumRetryAttempts=1,
        DestinationConfig={"OnFailure": {"Destination": destination}})
    assert made["FilterCriteria"] == criteria
    for number in (1, 2, 1):
        cloud.boto3("dynamodb").put_item(TableName="table", Item={"PK": {"S": f"{number}"}, "n": {"N": f"{number}"}})
    cloud.apus.settle("1m")
    events = seen(cloud)
    assert [[record["dynamodb"]["Keys"]["PK"]["S"] for record in event["Records"]] for event in events] == [["2"], ["2"]]
    [message] = cloud.boto3("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    record = json.loads(message["Body"])
    number = events[0]["Records"][0]["dynamodb"]["SequenceNumber"]
    assert record["requestContext"] == {
        "requestId": record["requestContext"]["requestId"], "functionArn": arn, "condition": "RetryAttemptsExhausted", "approximateInvokeCount": 2}
    assert record["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"}
    info = record["DDBStreamBatchInfo"]
    assert (info["startSequenceNumber"], info["endSequenceNumber"], info["batchSize"], info["streamArn"]) == (number, number, 1, source)
    assert record["version"] == "1.0"


def test_a_tumbling_window_adds_up(cloud):
    cloud.apus.own("POST", "/_apus/clock", {"freeze": "2030-01-01T00:00:10Z"})
    source = stream(cloud)
    code = (
        "import json\ndef handler(event, context):\n"
        "    state = event['state']\n    state['n'] = state.get('n', 0) + len(event['Records'])\n"
        "    if event['isFinalInvokeForWindow']: print('SEEN ' + json.dumps(state))\n    return {'state': state}\n"
    )
    function(cloud, code)
    cloud.boto3("lambda").create_event_source_mapping(
        EventSourceArn=source, FunctionName="worker", StartingPosition="TRIM_HORIZON", TumblingWindowInSeconds=60, BatchSize=2)
    for number in range(5):
        cloud.boto3("dynamodb").put_item(TableName="table", Item={"PK": {"S": f"{number}"}})
    cloud.apus.settle("2m")
    assert seen(cloud) == [{"n": 5}]


def test_a_large_batch_and_lanes_see_everything_once(clients, lambda_):
    source = stream(clients)
    function(clients)
    dynamodb = clients.boto3("dynamodb")
    for start in range(0, 200, 25):
        requests = [{"PutRequest": {"Item": {"PK": {"S": f"{start + n}"}}}} for n in range(25)]
        dynamodb.batch_write_item(RequestItems={"table": requests})
    lambda_.create_event_source_mapping(EventSourceArn=source, FunctionName="worker", StartingPosition="TRIM_HORIZON", ParallelizationFactor=4, BatchSize=10_000)
    clients.apus.settle()
    events = seen(clients)
    keys = [record["dynamodb"]["Keys"]["PK"]["S"] for event in events for record in event["Records"]]
    assert sorted(map(int, keys)) == list(range(200))
    assert len(events) == 4


# The API


def test_mappings_are_listed_page_by_page(clients, lambda_):
    function(clients)
    made = [lambda_.create_event_source_mapping(EventSourceArn=queue(clients, f"q{n}")[1], FunctionName="worker")["UUID"] for n in range(5)]
    pages = list(lambda_.get_paginator("list_event_source_mappings").paginate(FunctionName="worker", PaginationConfig={"PageSize": 2}))
    assert [len(page["EventSourceMappings"]) for page in pages] == [2, 2, 1]
    assert sorted(m["UUID"] for page in pages for m in page["EventSourceMappings"]) == sorted(made)


def test_states_pass_by_the_clock_where_they_are_realistic(own_apus):
    clients = Clients(own_apus("--realistic-status"), "440939667227")
    lambda_ = clients.boto3("lambda")
    url, arn = queue(clients)
    function(clients)
    clients.apus.settle("1m")
    uuid = lambda_.create_event_source_mapping(EventSourceArn=arn, FunctionName="worker")["UUID"]
    state = lambda: lambda_.get_event_source_mapping(UUID=uuid)["State"]
    assert state() == "Creating"
    with refused("ResourceInUseException", "Cannot delete the event source mapping because it is in use."):
        lambda_.delete_event_source_mapping(UUID=uuid)
    clients.apus.settle("10s")
    assert state() == "Enabled"
    assert lambda_.update_event_source_mapping(UUID=uuid, BatchSize=5)["State"] == "Updating"
    clients.apus.settle("10s")
    assert lambda_.delete_event_source_mapping(UUID=uuid)["State"] == "Deleting"
    clients.apus.settle("10s")
    with refused("ResourceNotFoundException", "The resource you requested does not exist.", 404):
        state()


def test_the_command_line(clients):
    _, arn = queue(clients)
    function(clients)
    made = clients.cli(
        "lambda", "create-event-source-mapping", "--event-source-arn", arn, "--function-name", "worker", "--batch-size", "5", "--scaling-config",
        "MaximumConcurrency=3", "--function-response-types", "ReportBatchItemFailures")
    assert (made["ScalingConfig"], made["FunctionResponseTypes"], made["BatchSize"]) == ({"MaximumConcurrency": 3}, ["ReportBatchItemFailures"], 5)
    changed = clients.cli("lambda", "update-event-source-mapping", "--uuid", made["UUID"], "--no-enabled", "--scaling-config", "{}")
    assert changed["State"] == "Disabled"
    assert "ScalingConfig" not in changed
    assert clients.cli("lambda", "delete-event-source-mapping", "--uuid", made["UUID"])["State"] == "Deleting"
    assert clients.cli("lambda", "list-event-source-mappings")["EventSourceMappings"] == []
