"""CloudWatch Logs through boto3 and the AWS CLI."""

import time

import botocore.exceptions
import pytest
from conftest import refused


@pytest.fixture
def logs(clients):
    return clients.boto3("logs")


@pytest.fixture
def stream(logs):
    """A group `g` with a stream `s`; puts messages into it, a millisecond apart."""
    logs.create_log_group(logGroupName="g")
    logs.create_log_stream(logGroupName="g", logStreamName="s")
    start = round(time.time() * 1000) - 60_000

    def put(*messages, stream="s", at=0):
        events = [{"timestamp": start + at + index, "message": message} for index, message in enumerate(messages)]
        return logs.put_log_events(logGroupName="g", logStreamName=stream, logEvents=events)

    put.start = start
    return put


def messages(answer):
    return [event["message"] for event in answer["events"]]


def test_events_come_back_page_by_page(logs, stream):
    answer = stream(*(f"message {index} \N{GRINNING FACE}" for index in range(25)))
    assert len(answer["nextSequenceToken"]) == 56
    assert "rejectedLogEventsInfo" not in answer
    token, seen = None, []
    while True:
        extra = {"nextToken": token} if token else {}
        page = logs.get_log_events(logGroupName="g", logStreamName="s", startFromHead=True, limit=10, **extra)
        seen += messages(page)
        if page["nextForwardToken"] == token:
            break
        token = page["nextForwardToken"]
    assert seen == [f"message {index} \N{GRINNING FACE}" for index in range(25)]
    assert messages(logs.get_log_events(logGroupName="g", logStreamName="s", limit=2)) == seen[-2:]


def test_every_paginator_reaches_the_end(logs, stream):
    for index in range(7):
        logs.create_log_group(logGroupName=f"/many/{index}")
        logs.create_log_stream(logGroupName="g", logStreamName=f"stream-{index}")
        stream(f"line {index}", stream=f"stream-{index}", at=index)
        logs.put_metric_filter(
            logGroupName="g",
            filterName=f"f{index}",
            filterPattern="ERROR",
            metricTransformations=[{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}],
        )
        logs.put_resource_policy(policyName=f"p{index}", policyDocument="{}")

    def everything(operation, key, **parameters):
        pages = logs.get_paginator(operation).paginate(**parameters, PaginationConfig={"PageSize": 2})
        return [element for page in pages for element in page[key]]

    groups = everything("describe_log_groups", "logGroups", logGroupNamePrefix="/many")
    assert [group["logGroupName"] for group in groups] == [f"/many/{index}" for index in range(7)]
    assert len(everything("describe_log_streams", "logStreams", logGroupName="g")) == 8
    recent = everything("describe_log_streams", "logStreams", logGroupName="g", orderBy="LastEventTime", descending=True)
    assert [found["logStreamName"] for found in recent] == [f"stream-{index}" for index in reversed(range(7))] + ["s"]
    assert messages({"events": everything("filter_log_events", "events", logGroupName="g")}) == [f"line {index}" for index in range(7)]
    assert len(everything("describe_metric_filters", "metricFilters", logGroupName="g")) == 7
    assert everything("describe_subscription_filters", "subscriptionFilters", logGroupName="g") == []
    assert len(everything("describe_resource_policies", "resourcePolicies")) == 7


def test_following_a_group_sees_each_event_once(logs, stream):
    """As `aws logs tail --follow` does it: FilterLogEvents again and again from the last event's time, ids telling what was seen."""
    start, seen = stream.start, {}

    def poll():
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName="g", startTime=max(seen.values(), default=start), interleaved=True):
            for event in page["events"]:
                seen[event["eventId"]] = event["timestamp"]

    for turn in range(3):
        stream("a", "b", at=turn * 2)
        # Of the same time as one that was seen.
        stream("c", at=turn * 2 + 1)
        poll()
        assert len(seen) == (turn + 1) * 3


PATTERNS = [
    ("ERROR", ["ERROR one", '{"level":"ERROR","code":500}', "10.0.0.1 ERROR 404"]),
    ("?one ?two", ["ERROR one", "WARN two"]),
    ("ERROR -one", ['{"level":"ERROR","code":500}', "10.0.0.1 ERROR 404"]),
    ('"WARN two"', ["WARN two"]),
    ("%^[A-Z]+ (one|two)%", None),
    ("%^[A-Z]{4,5} t?%", ["ERROR one", "WARN two"]),
    ('{ $.level = "E*" && $.code >= 500 }', ['{"level":"ERROR","code":500}']),
    ("[ip, level, code = 4*]", ["10.0.0.1 ERROR 404"]),
]


@pytest.mark.parametrize("pattern, expected", PATTERNS)
def test_patterns_pick_events(logs, stream, pattern, expected):
    stream("ERROR one", "WARN two", '{"level":"ERROR","code":500}', "10.0.0.1 ERROR 404")
    if expected is None:
        with refused("InvalidParameterException", "Invalid character(s) in term '('"):
            logs.filter_log_events(logGroupName="g", filterPattern=pattern)
        return
    assert messages(logs.filter_log_events(logGroupName="g", filterPattern=pattern)) == expected
    tested = logs.test_metric_filter(filterPattern=pattern, logEventMessages=["ERROR one", "WARN two", '{"level":"ERROR","code":500}', "10.0.0.1 ERROR 404"])
    assert [match["eventMessage"] for match in tested["matches"]] == expected


def test_errors_are_of_their_types(logs):
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.create_log_stream(logGroupName="nobody", logStreamName="s")
    logs.create_log_group(logGroupName="g")
    with pytest.raises(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_group(logGroupName="g")
    with pytest.raises(logs.exceptions.InvalidParameterException):
        logs.put_retention_policy(logGroupName="g", retentionInDays=2)
    with refused("NotImplementedException", "Apus does not implement logs CreateExportTask yet.", status=501):
        logs.create_export_task(logGroupName="g", fromTime=0, to=1, destination="b")


def test_too_old_and_too_new_events_are_rejected(logs, stream):
    day = 86_400_000
    assert stream("old", at=-15 * day)["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 1}
    assert stream("new", at=day // 2)["rejectedLogEventsInfo"] == {"tooNewLogEventStartIndex": 0}


def test_the_command_line(clients):
    clients.cli("logs", "create-log-group", "--log-group-name", "/aws/lambda/f", "--tags", "team=a")
    clients.cli("logs", "create-log-stream", "--log-group-name", "/aws/lambda/f", "--log-stream-name", "2026/01/01/[$LATEST]0")
    now = round(time.time() * 1000)
    clients.cli(
        "logs", "put-log-events", "--log-group-name", "/aws/lambda/f", "--log-stream-name", "2026/01/01/[$LATEST]0",
        "--log-events", f"timestamp={now},message=hello", f"timestamp={now + 1},message=world",
    )
    found = clients.cli("logs", "filter-log-events", "--log-group-name", "/aws/lambda/f", "--filter-pattern", "world", "--query", "events[].message")
    assert found == ["world"]
    described = clients.cli("logs", "describe-log-groups", "--log-group-name-prefix", "/aws/lambda")["logGroups"]
    arn = f"arn:aws:logs:us-east-1:{clients.account}:log-group:/aws/lambda/f"
    assert [(group["arn"], group["logGroupArn"]) for group in described] == [(arn + ":*", arn)]
    assert clients.cli("logs", "list-tags-for-resource", "--resource-arn", arn) == {"tags": {"team": "a"}}
    text = clients.cli(
        "logs", "get-log-events", "--log-group-name", "/aws/lambda/f", "--log-stream-name", "2026/01/01/[$LATEST]0", "--query", "events[].message", output="text")
    assert text.split() == ["hello", "world"]
    assert clients.run_cli("logs", "delete-log-group", "--log-group-name", "nobody").stderr.strip().endswith(
        "An error occurred (ResourceNotFoundException) when calling the DeleteLogGroup operation: The specified log group does not exist.")


def test_queries(apus, logs, stream, clients):
    stream('{"level":"ERROR","code":500}', '{"level":"INFO","code":200}', '{"level":"ERROR","code":503}')
    now = int(time.time())
    text = "filter level = 'ERROR' | stats count(*) as n, max(code) as worst by level"
    query = logs.start_query(logGroupName="g", startTime=now - 3600, endTime=now, queryString=text)["queryId"]
    apus.settle()
    answer = logs.get_query_results(queryId=query)
    assert answer["status"] == "Complete"
    assert [{column["field"]: column["value"] for column in row} for row in answer["results"]] == [{"level": "ERROR", "n": "2", "worst": "503"}]
    assert answer["statistics"]["recordsMatched"] == 2.0
    pages = logs.get_paginator("describe_queries").paginate(logGroupName="g", PaginationConfig={"PageSize": 1})
    assert [found["queryId"] for page in pages for found in page["queries"]] == [query]
    with pytest.raises(logs.exceptions.MalformedQueryException):
        logs.start_query(logGroupName="g", startTime=now - 3600, endTime=now, queryString="nonsense")
    started = clients.cli("logs", "start-query", "--log-group-name", "g", "--start-time", "0", "--end-time", str(now), "--query-string", "fields @message | limit 1")
    apus.settle()
    assert len(clients.cli("logs", "get-query-results", "--query-id", started["queryId"])["results"]) == 1


def test_events_survive_a_kill(own_apus, tmp_path):
    from conftest import Clients

    apus = own_apus("--data", str(tmp_path / "data"))
    logs = Clients(apus, "111122223333").boto3("logs")
    logs.create_log_group(logGroupName="g")
    logs.create_log_stream(logGroupName="g", logStreamName="s")
    now = round(time.time() * 1000)
    for index in range(50):
        logs.put_log_events(logGroupName="g", logStreamName="s", logEvents=[{"timestamp": now + index, "message": f"line {index}"}])
    before = logs.filter_log_events(logGroupName="g")["events"]
    apus.kill()
    apus.start()
    logs = Clients(apus, "111122223333").boto3("logs")
    assert logs.filter_log_events(logGroupName="g")["events"] == before
    assert len(before) == 50


def test_retention_goes_by_the_cloud_s_clock(own_apus):
    from conftest import Clients

    apus = own_apus()
    logs = Clients(apus, "111122223333").boto3("logs")
    logs.create_log_group(logGroupName="g")
    logs.create_log_stream(logGroupName="g", logStreamName="s")
    logs.put_retention_policy(logGroupName="g", retentionInDays=1)
    logs.put_log_events(logGroupName="g", logStreamName="s", logEvents=[{"timestamp": round(time.time() * 1000), "message": "m"}])
    assert len(logs.filter_log_events(logGroupName="g")["events"]) == 1
    apus.own("POST", "/_apus/clock", {"advance": 86_460})
    assert logs.filter_log_events(logGroupName="g")["events"] == []
    assert logs.get_log_events(logGroupName="g", logStreamName="s")["events"] == []


@pytest.mark.parametrize("operation, parameters", [
    ("PutLogEvents", {"logGroupName": "g", "logStreamName": "s", "logEvents": "no list"}),
    ("PutLogEvents", {"logGroupName": "g", "logStreamName": "s", "logEvents": [1, 2]}),
    ("PutLogEvents", {"logGroupName": "g", "logStreamName": "s", "logEvents": [{"timestamp": "x", "message": {}}]}),
    ("PutLogEvents", {"logGroupName": "g", "logStreamName": "s", "logEvents": [{"timestamp": 1e300, "message": "m"}]}),
    ("PutLogEvents", {"logGroupName": 1}),
    ("FilterLogEvents", {"logGroupName": "g", "startTime": 2**63 - 1, "endTime": 2**63 - 1}),
    ("GetLogEvents", {"logGroupName": "g", "logStreamName": "s", "startTime": 2**63 - 1, "endTime": 0}),
    ("GetLogEvents", {"logGroupName": "g", "logStreamName": "s", "nextToken": "f/" + "9" * 56 + "/s"}),
    ("DescribeLogGroups", {"nextToken": "////"}),
    ("TestMetricFilter", {"filterPattern": "{ $" + ".a" * 400 + " = 1 }", "logEventMessages": ["{" * 1000]}),
])
def test_nothing_that_is_sent_stops_it(apus, clients, stream, operation, parameters):
    import json

    headers = {
        "X-Amz-Target": f"Logs_20140328.{operation}", "Content-Type": "application/x-amz-json-1.1",
        "Authorization": f"AWS4-HMAC-SHA256 Credential={clients.account}/20260101/us-east-1/logs/aws4_request, SignedHeaders=host, Signature=0",
    }
    status, _, answer = apus.request("POST", "/", json.dumps(parameters), headers)
    assert status in (200, 400), answer
    assert status == 200 or json.loads(answer)["__type"]
    stream("still there")
