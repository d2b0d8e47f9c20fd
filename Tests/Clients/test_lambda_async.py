"""Events for functions: retries by the clock, what becomes of them, dead letters, kills; and what Invoke says beside its answer."""

import base64
import http.client
import json

import pytest
from conftest import Clients, refused
from test_lambda import boletia_tables, function, request
from test_lambda_logs import package_of

ACCOUNT = "123456789012"
# What no handler of Boletia's can read as its event: they fail.
SPOILT = json.dumps(["spoilt"])


class Cloud:
    """An apus of the test's own; its clock stands still unless it is to live through kills: a new process has the system's time again."""

    def __init__(self, apus, frozen=True):
        self.apus = apus
        self.clients = Clients(apus, ACCOUNT)
        self.lambda_, self.sqs, self.sns = (self.clients.boto3(name) for name in ("lambda", "sqs", "sns"))
        if frozen:
            apus.own("POST", "/_apus/clock", {"freeze": "2021-12-06T02:00:00Z"})

    def queue(self, name):
        self.sqs.create_queue(QueueName=name)
        return f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"

    def messages(self, name):
        answer = self.sqs.receive_message(
            QueueUrl=self.sqs.get_queue_url(QueueName=name)["QueueUrl"], MaxNumberOfMessages=10, MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
        )
        return answer.get("Messages", [])

    def records(self, name):
        return [json.loads(message["Body"]) for message in self.messages(name)]

    def event(self, payload=SPOILT, name="findOne", **more):
        """Sends an event; returns the request id that was answered."""
        answer = self.lambda_.invoke(FunctionName=name, InvocationType="Event", Payload=payload, **more)
        assert (answer["StatusCode"], answer["Payload"].read()) == (202, b"")
        return answer["ResponseMetadata"]["RequestId"]


@pytest.fixture
def cloud(own_apus):
    return Cloud(own_apus())


def config(cloud, **settings):
    return cloud.lambda_.put_function_event_invoke_config(FunctionName="findOne", **settings)


def test_a_configuration_through_its_life(cloud):
    function(cloud.lambda_)
    queue = cloud.queue("failures")
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:findOne:$LATEST"
    made = config(cloud, MaximumRetryAttempts=1, DestinationConfig={"OnFailure": {"Destination": queue}})
    assert (made["FunctionArn"], made["MaximumRetryAttempts"]) == (arn, 1)
    assert made["DestinationConfig"] == {"OnSuccess": {}, "OnFailure": {"Destination": queue}}
    assert made["LastModified"].isoformat() == "2021-12-06T02:00:00+00:00"
    changed = cloud.lambda_.update_function_event_invoke_config(FunctionName="findOne", Qualifier="$LATEST", MaximumEventAgeInSeconds=60)
    assert (changed["MaximumRetryAttempts"], changed["MaximumEventAgeInSeconds"]) == (1, 60)
    read = cloud.lambda_.get_function_event_invoke_config(FunctionName=arn)
    assert read["DestinationConfig"]["OnFailure"] == {"Destination": queue}
    listed = cloud.lambda_.list_function_event_invoke_configs(FunctionName="findOne")["FunctionEventInvokeConfigs"]
    assert [c["FunctionArn"] for c in listed] == [arn]
    cloud.lambda_.delete_function_event_invoke_config(FunctionName="findOne")
    with refused("ResourceNotFoundException", f"The function {arn} doesn't have an EventInvokeConfig", 404):
        cloud.lambda_.get_function_event_invoke_config(FunctionName="findOne")
    with refused("InvalidParameterValueException", "You must specify at least one of error handling or destination setting."):
        config(cloud)
    with refused("InvalidParameterValueException", f"The destination ARN {queue}x is invalid."):
        config(cloud, DestinationConfig={"OnSuccess": {"Destination": queue + "x"}})
    with refused("NotImplementedException", status=501):
        config(cloud, DestinationConfig={"OnFailure": {"Destination": "arn:aws:s3:::bucket"}})


def test_the_aws_cli_configures_too(cloud):
    function(cloud.lambda_)
    made = cloud.clients.cli("lambda", "put-function-event-invoke-config", "--function-name", "findOne", "--maximum-retry-attempts", "0")
    assert made["MaximumRetryAttempts"] == 0
    assert cloud.clients.cli("lambda", "delete-function-event-invoke-config", "--function-name", "findOne") == ""


def test_a_failing_event_is_tried_after_one_and_two_minutes_and_then_told_of(cloud):
    queue, dead = cloud.queue("failures"), cloud.queue("dead")
    function(cloud.lambda_, DeadLetterConfig={"TargetArn": dead})
    config(cloud, DestinationConfig={"OnFailure": {"Destination": queue}})
    sent = cloud.event()
    cloud.apus.settle("59s")
    assert cloud.records("failures") == []
    cloud.apus.settle("1h")
    assert cloud.apus.own("GET", "/_apus/clock")["now"].startswith("2021-12-06T02:03:00")
    (record,) = cloud.records("failures")
    assert record.pop("responsePayload")["errorType"]
    assert record == {
        "version": "1.0",
        "timestamp": "2021-12-06T02:03:00.000Z",
        "requestContext": {
            "requestId": sent, "functionArn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:findOne:$LATEST", "condition": "RetriesExhausted",
            "approximateInvokeCount": 3,
        },
        "requestPayload": ["spoilt"],
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
    }
    (letter,) = cloud.messages("dead")
    assert letter["Body"] == SPOILT
    attributes = {name: (value["DataType"], value["StringValue"]) for name, value in letter["MessageAttributes"].items()}
    assert attributes["RequestID"] == ("String", sent)
    assert attributes["ErrorCode"] == ("Number", "200")
    assert attributes["ErrorMessage"][1]


def test_a_success_is_told_to_a_topic_and_a_function(cloud):
    queue = cloud.queue("inbox")
    topic = cloud.sns.create_topic(Name="t")["TopicArn"]
    cloud.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes={"RawMessageDelivery": "true"})
    boletia_tables(cloud.clients)
    function(cloud.lambda_)
    config(cloud, DestinationConfig={"OnSuccess": {"Destination": topic}})
    payload = request(pathParameters={"id": "x"})
    sent = cloud.event(payload)
    cloud.apus.settle()
    (record,) = cloud.records("inbox")
    assert record["requestContext"]["requestId"] == sent
    assert record["requestContext"]["condition"] == "Success"
    assert record["requestPayload"] == json.loads(payload)
    assert record["responsePayload"]["statusCode"]


def test_events_survive_a_kill(own_apus, tmp_path):
    cloud = Cloud(own_apus("--data", str(tmp_path / "data")), frozen=False)
    queue = cloud.queue("failures")
    function(cloud.lambda_)
    config(cloud, MaximumRetryAttempts=2, DestinationConfig={"OnFailure": {"Destination": queue}})
    sent = {cloud.event() for _ in range(20)}
    cloud.apus.kill()
    cloud.apus.start()
    cloud = Cloud(cloud.apus, frozen=False)
    cloud.apus.settle("61s")
    cloud.apus.kill()
    cloud.apus.start()
    cloud = Cloud(cloud.apus, frozen=False)
    cloud.apus.settle("1h")
    records = []
    while page := cloud.records("failures"):
        records += page
    assert {r["requestContext"]["requestId"] for r in records} == sent
    assert len(records) == 20
    assert {r["requestContext"]["approximateInvokeCount"] for r in records} == {3}


def test_invoke_tells_the_trace_and_takes_one(apus, clients, lambda_):
    boletia_tables(clients)
    function(lambda_)
    connection = http.client.HTTPConnection("localhost", apus.port, timeout=20)
    root = "1-5759e988-bd862e3fe1be46a994272793"
    headers = {
        "X-Amzn-Trace-Id": f"Root={root};Sampled=1",
        "Authorization": f"AWS4-HMAC-SHA256 Credential={clients.account}/20261121/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0",
    }
    connection.request("POST", "/2015-03-31/functions/findOne/invocations", request(pathParameters={"id": "x"}), headers)
    answer = connection.getresponse()
    answer.read()
    trace = dict(part.split("=") for part in answer.headers["X-Amzn-Trace-Id"].split(";"))
    assert (trace["Root"], trace["Sampled"]) == (root, "1")
    assert trace["Lineage"].startswith("1:") and trace["Lineage"].endswith(":0") and len(trace["Parent"]) == 16
    assert answer.headers["X-Amz-Executed-Version"] == "$LATEST"


def test_invoke_refuses_what_it_cant_pass_on(lambda_):
    function(lambda_)
    with refused("InvalidRequestContentException", "Client context must be a valid Base64-encoded JSON object."):
        lambda_.invoke(FunctionName="findOne", ClientContext=base64.b64encode(b"no json").decode())
    with refused(
        "RequestEntityTooLargeException", "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)", 413
    ):
        lambda_.invoke(FunctionName="findOne", InvocationType="Event", Payload=b"1" * 1_048_577)
    with refused("InvalidRequestContentException") as caught:
        lambda_.invoke(FunctionName="findOne", Payload=b"nonsense")
    message = "Could not parse request body into json: Could not parse payload into json: Unrecognized token 'nonsense': was expecting "
    assert caught.value.response["Error"]["Message"].startswith(message)
    assert lambda_.invoke(FunctionName="findOne", InvocationType="DryRun")["StatusCode"] == 204


# Sends a message as an SDK does: with the trace that it was given.
LOOP = """
import json
import os
import urllib.request


def handler(event, context):
    print("round")
    body = json.dumps({"QueueUrl": os.environ["QUEUE"], "MessageBody": "again"}).encode()
    credential = os.environ["AWS_ACCESS_KEY_ID"] + "/20261121/us-east-1/sqs/aws4_request"
    headers = {
        "X-Amz-Target": "AmazonSQS.SendMessage", "Content-Type": "application/x-amz-json-1.0", "X-Amzn-Trace-Id": os.environ["_X_AMZN_TRACE_ID"],
        "Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0",
    }
    urllib.request.urlopen(urllib.request.Request(os.environ["AWS_ENDPOINT_URL"], body, headers)).read()
"""


def test_a_function_and_its_queue_end_their_loop_after_sixteen_rounds(cloud):
    queue = cloud.queue("q")
    url = cloud.sqs.get_queue_url(QueueName="q")["QueueUrl"]
    function(
        cloud.lambda_, "loop", Runtime="python3.12", Handler="index.handler", Code={"ZipFile": package_of(LOOP)}, Timeout=30,
        Environment={"Variables": {"QUEUE": url}},
    )
    cloud.lambda_.create_event_source_mapping(EventSourceArn=queue, FunctionName="loop", BatchSize=1)
    cloud.sqs.send_message(QueueUrl=url, MessageBody="first")
    cloud.apus.settle()
    events = cloud.clients.boto3("logs").filter_log_events(logGroupName="/aws/lambda/loop", filterPattern="round")["events"]
    assert len(events) == 16
    # The seventeenth is still there: it was received and not taken.
    attributes = cloud.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert (attributes["ApproximateNumberOfMessages"], attributes["ApproximateNumberOfMessagesNotVisible"]) == ("0", "1")


def test_an_event_for_a_function_without_concurrency_goes_to_the_dead_letters_at_once(cloud):
    dead = cloud.queue("dead")
    function(cloud.lambda_, DeadLetterConfig={"TargetArn": dead})
    cloud.lambda_.put_function_concurrency(FunctionName="findOne", ReservedConcurrentExecutions=0)
    with refused("TooManyRequestsException", "Rate Exceeded.", 429) as caught:
        cloud.lambda_.invoke(FunctionName="findOne")
    assert caught.value.response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    assert caught.value.response["ResponseMetadata"]["HTTPHeaders"]["retry-after"] == "1"
    sent = cloud.event("{}")
    cloud.apus.settle()
    (letter,) = cloud.messages("dead")
    assert letter["MessageAttributes"]["RequestID"]["StringValue"] == sent
    assert letter["MessageAttributes"]["ErrorCode"]["StringValue"] == "429"
