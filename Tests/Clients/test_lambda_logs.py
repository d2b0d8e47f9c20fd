"""What functions leave in CloudWatch Logs: their own lines between START, END and REPORT, as text and as JSON."""

import io
import json
import re
import zipfile

import pytest
from conftest import Clients, refused
from test_lambda import function

ACCOUNT = "123456789012"
HELLO = """
def handler(event, context):
    print("hello", event)
    if event == "fail":
        raise ValueError("no seats")
    return event
"""


def package_of(source):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr("index.py", source)
    return content.getvalue()


class Cloud:
    def __init__(self, apus):
        self.apus = apus
        self.clients = Clients(apus, ACCOUNT)
        self.lambda_, self.logs = self.clients.boto3("lambda"), self.clients.boto3("logs")

    def function(self, **settings):
        function(self.lambda_, "hello", Runtime="python3.12", Handler="index.handler", Code={"ZipFile": package_of(HELLO)}, Timeout=30, **settings)

    def invoke(self, payload=1):
        answer = self.lambda_.invoke(FunctionName="hello", Payload=json.dumps(payload))
        answer["Payload"].read()
        self.apus.settle()
        return answer["ResponseMetadata"]["RequestId"]

    def lines(self, group="/aws/lambda/hello"):
        return [event["message"].rstrip() for event in self.logs.filter_log_events(logGroupName=group)["events"]]


@pytest.fixture
def cloud(own_apus):
    return Cloud(own_apus())


def test_an_invocation_stands_between_its_start_and_its_report(cloud):
    cloud.function()
    first, second = cloud.invoke(1), cloud.invoke(2)
    lines = cloud.lines()
    assert lines[0].startswith("INIT_START Runtime Version: python")
    assert lines[1:4] == [f"START RequestId: {first} Version: $LATEST", "hello 1", f"END RequestId: {first}"]
    report = r"REPORT RequestId: \S+\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB\tMax Memory Used: \d+ MB(\tInit Duration: \d+\.\d\d ms)?"
    assert re.fullmatch(report, lines[4]) and "Init Duration" in lines[4]
    assert lines[5:8] == [f"START RequestId: {second} Version: $LATEST", "hello 2", f"END RequestId: {second}"]
    assert re.fullmatch(report, lines[8]) and "Init Duration" not in lines[8]
    # One execution environment, one stream.
    (stream,) = cloud.logs.describe_log_streams(logGroupName="/aws/lambda/hello")["logStreams"]
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", stream["logStreamName"])
    found = cloud.clients.cli("logs", "filter-log-events", "--log-group-name", "/aws/lambda/hello", "--filter-pattern", "hello")["events"]
    assert [event["message"].rstrip() for event in found] == ["hello 1", "hello 2"]


def test_a_group_that_was_deleted_is_made_anew(cloud):
    cloud.function()
    cloud.invoke(1)
    cloud.logs.delete_log_group(logGroupName="/aws/lambda/hello")
    cloud.invoke(2)
    assert [line for line in cloud.lines() if line.startswith("hello")] == ["hello 2"]


def test_a_group_of_the_users_choice_has_the_functions_name_in_its_streams(cloud):
    cloud.function(LoggingConfig={"LogGroup": "shared"})
    cloud.invoke(1)
    assert "hello 1" in cloud.lines("shared")
    (stream,) = cloud.logs.describe_log_streams(logGroupName="shared")["logStreams"]
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/hello\[\$LATEST\][0-9a-f]{32}", stream["logStreamName"])
    with refused("ResourceNotFoundException"):
        cloud.lines()


def test_a_log_in_json_has_records(cloud):
    cloud.function(LoggingConfig={"LogFormat": "JSON"})
    kept = cloud.lambda_.get_function_configuration(FunctionName="hello")["LoggingConfig"]
    assert kept == {"LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO", "LogGroup": "/aws/lambda/hello"}
    succeeded, failed = cloud.invoke(1), cloud.invoke("fail")
    records = [json.loads(line) for line in cloud.lines() if line.startswith('{"time":')]
    assert [record["type"] for record in records] == [
        "platform.initStart", "platform.start", "platform.report", "platform.start", "platform.report",
    ]
    start, report = records[1]["record"], records[2]["record"]
    assert start == {"requestId": succeeded, "functionArn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:hello", "version": "$LATEST"}
    assert (report["requestId"], report["status"]) == (succeeded, "success")
    assert report["metrics"].keys() == {"durationMs", "billedDurationMs", "memorySizeMB", "maxMemoryUsedMB", "initDurationMs"}
    assert (records[4]["record"]["requestId"], records[4]["record"]["status"]) == (failed, "error")
    assert records[4]["record"]["metrics"].keys() == {"durationMs", "billedDurationMs", "memorySizeMB", "maxMemoryUsedMB"}
    assert "hello 1" in cloud.lines()
