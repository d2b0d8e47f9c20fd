"""Python functions: real packages through boto3 and the AWS CLI, run as processes of this machine."""

import base64
import json
import os
import re
import tempfile
import threading

import pytest
from deployments import OWN_VARIABLES, STAMP, VARIABLES, Deployment, is_report, package
from interpreters import pythons

RUNTIME = "python%d.%d" % max(version for version in pythons() if version[0] == 3 and version <= (3, 14))


@pytest.fixture
def deploy(lambda_):
    def make(source, handler="lambda_function.lambda_handler", runtime=RUNTIME, name="tried", **more):
        files = {"lambda_function.py": source} if isinstance(source, str) else source
        return Deployment(lambda_, name, runtime, handler, files, **more)

    return make


def test_an_event_comes_back(deploy):
    echo = deploy("def lambda_handler(event, context):\n    return {'got': event, 'by': context.function_name}")
    answer = echo.invoke({"é": [1, 2.5, None]})
    assert (answer.status, answer.error, answer.version) == (200, None, "$LATEST")
    assert answer.json == {"got": {"é": [1, 2.5, None]}, "by": "tried"}
    assert echo.made["Runtime"] == RUNTIME


def test_the_aws_cli_deploys_and_invokes(clients, tmp_path):
    archive, answer = tmp_path / "function.zip", tmp_path / "answer.json"
    archive.write_bytes(package({"index.py": "def handler(event, context): return {'sum': event['a'] + event['b']}"}))
    role = "arn:aws:iam::123456789012:role/r"
    clients.cli("lambda", "create-function", "--function-name", "cli", "--runtime", RUNTIME, "--handler", "index.handler", "--role", role, "--zip-file", f"fileb://{archive}")
    clients.cli("lambda", "wait", "function-active-v2", "--function-name", "cli")
    result = clients.cli("lambda", "invoke", "--function-name", "cli", "--payload", '{"a": 1, "b": 2}', str(answer))
    assert (result["StatusCode"], json.loads(answer.read_text())) == (200, {"sum": 3})
    archive.write_bytes(package({"index.py": "def handler(event, context): return 'changed'"}))
    clients.cli("lambda", "update-function-code", "--function-name", "cli", "--zip-file", f"fileb://{archive}")
    clients.cli("lambda", "wait", "function-updated-v2", "--function-name", "cli")
    clients.cli("lambda", "invoke", "--function-name", "cli", str(answer))
    assert json.loads(answer.read_text()) == "changed"


def test_globals_stay_while_it_is_warm_and_go_with_new_code(deploy, lambda_):
    source = "import os\ncount = 0\ndef lambda_handler(event, context):\n    global count\n    count += 1\n    return [count, os.getpid()]"
    counter = deploy(source)
    first, second = counter.call(), counter.call()
    assert (first[0], second[0]) == (1, 2) and first[1] == second[1]
    lambda_.update_function_code(FunctionName="tried", ZipFile=package({"lambda_function.py": source.replace("count = 0", "count = 100")}))
    lambda_.get_waiter("function_updated_v2").wait(FunctionName="tried", WaiterConfig={"Delay": 1, "MaxAttempts": 20})
    third = counter.call()
    assert third[0] == 101 and third[1] != first[1]


def test_the_environment_is_that_of_aws(deploy, clients):
    source = "import os\ndef lambda_handler(event, context):\n    return [dict(os.environ), os.getcwd(), os.path.dirname(os.path.abspath(__file__))]"
    told = deploy(source, Environment={"Variables": {"MINE": "é", "LANG": "C.UTF-8"}})
    variables, directory, file = told.call()
    # python itself adds its locale.
    assert set(variables) - OWN_VARIABLES - {"MINE", "LC_CTYPE"} == VARIABLES | {"PYTHONPATH", "PWD", "SHLVL"}
    root = variables["LAMBDA_TASK_ROOT"]
    assert directory == file == root == variables["PWD"]
    expected = {
        "_HANDLER": "lambda_function.lambda_handler",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{RUNTIME}",
        "AWS_LAMBDA_FUNCTION_NAME": "tried",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/tried",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{clients.apus.port}",
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
        "PYTHONPATH": "/var/runtime",
        "TZ": ":UTC",
        "LANG": "C.UTF-8",
        "MINE": "é",
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
    }
    assert {name: variables[name] for name in expected} == expected
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", variables["AWS_LAMBDA_LOG_STREAM_NAME"])
    assert re.fullmatch(r"127\.0\.0\.1:\d+", variables["AWS_LAMBDA_RUNTIME_API"])
    assert re.match(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24};", variables["_X_AMZN_TRACE_ID"])


def test_temporary_files_stay_with_the_environment(deploy):
    source = """
import os, tempfile
def lambda_handler(event, context):
    path = os.path.join(tempfile.gettempdir(), "kept")
    before = os.path.exists(path)
    open(path, "a").write("x")
    return [before, tempfile.gettempdir(), os.path.getsize(path)]
"""
    one, other = deploy(source, name="one"), deploy(source, name="other")
    first, second, theirs = one.call(), one.call(), other.call()
    assert (first[0], second[0], second[2]) == (False, True, 2)
    assert first[1] == second[1] != theirs[1]
    assert theirs[0] is False


def test_context(deploy, clients, lambda_):
    source = """
def lambda_handler(event, context):
    return [context.aws_request_id, context.invoked_function_arn, context.memory_limit_in_mb, context.log_stream_name,
            context.get_remaining_time_in_millis(), context.client_context and context.client_context.custom]
"""
    told = deploy(source)
    answer = told.invoke(ClientContext=base64.b64encode('{"custom":\r\n{"a": "é"}}'.encode()).decode())
    request_id, arn, memory, stream, remaining, custom = answer.json
    assert request_id == answer.request_id
    assert arn == f"arn:aws:lambda:us-east-1:{clients.account}:function:tried"
    assert (memory, custom) == ("512", {"a": "é"})
    assert 10000 < remaining <= 20000
    assert told.call()[5] is None


def test_services_are_reached_with_boto3(deploy, clients, table):
    table("things")
    source = """
import boto3
things = boto3.resource("dynamodb").Table("things")
def lambda_handler(event, context):
    things.put_item(Item={"PK": "a", "n": event["n"]})
    return things.get_item(Key={"PK": "a"})["Item"]
"""
    runtime = "python%d.%d" % next(version for version, path in pythons().items() if version[0] == 3 and has_boto3(path))
    writing = deploy(source, runtime=runtime, Timeout=60)
    # Decimals come back as numbers.
    assert writing.call({"n": 12}) == {"PK": "a", "n": 12}
    assert clients.boto3("dynamodb").get_item(TableName="things", Key={"PK": {"S": "a"}})["Item"]["n"] == {"N": "12"}


def has_boto3(path):
    return os.system(f"{path} -c 'import boto3' 2>/dev/null") == 0


def test_an_exception(deploy):
    failing = deploy("def lambda_handler(event, context):\n    raise KeyError('missing')")
    answer = failing.invoke({})
    assert (answer.status, answer.error) == (200, "Unhandled")
    error = answer.json
    trace = error.pop("stackTrace")
    assert error == {"errorMessage": "'missing'", "errorType": "KeyError", "requestId": answer.request_id}
    assert len(trace) == 1
    assert re.fullmatch(r'  File "/.*/lambda_function\.py", line 2, in lambda_handler\n    raise KeyError\(\'missing\'\)\n', trace[0])
    assert answer.lines[0] == "[ERROR] KeyError: 'missing'"
    assert answer.lines[1] == "Traceback (most recent call last):"
    # The process goes on.
    assert failing.fail()["errorType"] == "KeyError"


def test_an_answer_that_is_no_json(deploy):
    error = deploy("def lambda_handler(event, context): return {1, 2}").fail()
    assert (error["errorType"], error["errorMessage"]) == (
        "Runtime.MarshalError",
        "Unable to marshal response: Object of type set is not JSON serializable",
    )


@pytest.mark.parametrize(
    "source, handler, error_type, message",
    [
        ("import absent", "lambda_function.lambda_handler", "Runtime.ImportModuleError", "Unable to import module 'lambda_function': No module named 'absent'"),
        ("", "lambda_function.lambda_handler", "Runtime.HandlerNotFound", "Handler 'lambda_handler' missing on module 'lambda_function'"),
        ("", "nothing.handler", "Runtime.ImportModuleError", "Unable to import module 'nothing': No module named 'nothing'"),
        ("x = (", "lambda_function.lambda_handler", "Runtime.UserCodeSyntaxError", "Syntax error in module 'lambda_function': "),
        ("raise OSError('disk')", "lambda_function.lambda_handler", "OSError", "disk"),
    ],
)
def test_handlers_that_can_not_be_loaded(deploy, source, handler, error_type, message):
    failing = deploy(source, handler)
    for _ in range(2):
        error = failing.fail()
        assert error["errorType"] == error_type
        assert error["errorMessage"].startswith(message)


def test_leaving(deploy):
    leaving = deploy("import sys\ndef lambda_handler(event, context):\n    if event: sys.exit(event)\n    return 'here'")
    answer = leaving.invoke(3)
    assert answer.json == {"errorType": "Runtime.ExitError", "errorMessage": f"RequestId: {answer.request_id} Error: Runtime exited with error: exit status 3"}
    # The next invocation finds a new process.
    assert leaving.call(0) == "here"


def test_a_crash(deploy):
    crashing = deploy("import os, signal\ndef lambda_handler(event, context): os.kill(os.getpid(), signal.SIGSEGV)")
    answer = crashing.invoke()
    assert answer.json["errorType"] == "Runtime.ExitError"
    assert answer.json["errorMessage"] == f"RequestId: {answer.request_id} Error: Runtime exited with error: signal: segmentation fault"


def test_a_timeout(deploy):
    looping = deploy("def lambda_handler(event, context):\n    while event: pass\n    return 'fine'", Timeout=1)
    answer = looping.invoke(1)
    assert answer.error == "Unhandled"
    assert answer.json["errorMessage"].endswith("Task timed out after 1.00 seconds")
    assert looping.call(0) == "fine"


def test_the_end_of_the_log(deploy):
    source = """
import logging
logging.getLogger().setLevel(logging.INFO)
def lambda_handler(event, context):
    print("printed", event)
    logging.info("recorded\\nin two lines")
    logging.debug("not shown")
    print("a\\nb")
"""
    logging = deploy(source)
    answer = logging.invoke(7)
    id = answer.request_id
    start = answer.log.index(f"START RequestId: {id} Version: $LATEST")
    lines = answer.log[start + 1 :]
    assert lines[0] == "printed 7"
    assert re.fullmatch(rf"\[INFO\]\t{STAMP}\t{id}\trecorded", lines[1])
    assert lines[2:6] == ["in two lines", "a", "b", f"END RequestId: {id}"]
    assert is_report(lines[6], id)


def test_events_in_cloudwatch_logs(deploy, clients):
    source = "def lambda_handler(event, context):\n    print('one\\ntwo')\n    raise ValueError('broken')"
    failing = deploy(source)
    id = failing.invoke().request_id
    clients.apus.settle()
    logs = clients.boto3("logs")
    streams = logs.describe_log_streams(logGroupName="/aws/lambda/tried")["logStreams"]
    assert len(streams) == 1
    events = logs.get_log_events(logGroupName="/aws/lambda/tried", logStreamName=streams[0]["logStreamName"], startFromHead=True)["events"]
    messages = [event["message"].rstrip("\n") for event in events]
    assert f"START RequestId: {id} Version: $LATEST" in messages
    printed = messages.index("one")
    assert messages[printed + 1] == "two"
    # An error with its trace is one event.
    error = messages[printed + 2].split("\n")
    assert error[:2] == ["[ERROR] ValueError: broken", "Traceback (most recent call last):"]
    assert len(error) == 4


def test_invocations_at_once_have_processes_of_their_own(deploy, clients):
    source = """
import os, time
def lambda_handler(event, context):
    here = os.path.join(event, str(os.getpid()))
    open(here, "w").close()
    until = time.time() + 10
    while len(os.listdir(event)) < 3 and time.time() < until: time.sleep(0.01)
    return [os.getpid(), len(os.listdir(event))]
"""
    meeting = deploy(source)
    with tempfile.TemporaryDirectory() as place:
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(meeting.call(place))) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len({pid for pid, _ in answers}) == 3
    assert {met for _, met in answers} == {3}


def test_an_event_invocation_does_its_work_later(deploy, clients, table, lambda_):
    table("done")
    source = """
import json, os, urllib.request
def lambda_handler(event, context):
    body = json.dumps({"TableName": "done", "Item": {"PK": {"S": event["key"]}}}).encode()
    credential = "AWS4-HMAC-SHA256 Credential=%s/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0" % os.environ["AWS_ACCESS_KEY_ID"]
    headers = {"X-Amz-Target": "DynamoDB_20120810.PutItem", "Content-Type": "application/x-amz-json-1.0", "Authorization": credential}
    urllib.request.urlopen(urllib.request.Request(os.environ["AWS_ENDPOINT_URL"], data=body, headers=headers)).read()
"""
    deploy(source)
    answer = lambda_.invoke(FunctionName="tried", InvocationType="Event", Payload=b'{"key": "k"}')
    assert (answer["StatusCode"], answer["Payload"].read()) == (202, b"")
    clients.apus.settle()
    assert clients.boto3("dynamodb").scan(TableName="done")["Items"] == [{"PK": {"S": "k"}}]


@pytest.mark.skipif((2, 7) not in pythons(), reason="there is no python2.7")
def test_python2(deploy):
    source = "def lambda_handler(event, context):\n    print 'got', event['a']\n    return {'type': type(event['a']).__name__, 'sum': 1 / 2}"
    answer = deploy(source, runtime="python2.7").invoke({"a": "é"})
    assert answer.json == {"type": "unicode", "sum": 0}
    assert answer.lines == ["got é"]


def test_logs_in_json(deploy):
    source = """
import logging
def lambda_handler(event, context):
    logging.debug("fine")
    logging.warning({"a": event})
    raise ValueError("broken")
"""
    failing = deploy(source, LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "DEBUG", "SystemLogLevel": "INFO"})
    answer = failing.invoke(1)
    records = [json.loads(line) for line in answer.log]
    mine = [record for record in records if "level" in record]
    assert [(record["level"], record.get("message"), record.get("errorType")) for record in mine] == [
        ("DEBUG", "fine", None),
        ("WARNING", {"a": 1}, None),
        ("ERROR", None, "ValueError"),
    ]
    assert {record["requestId"] for record in mine} == {answer.request_id}
    assert [record["type"] for record in records if "type" in record][-1] == "platform.report"


def test_layers(deploy, lambda_):
    layers = []
    for number, files in enumerate([{"python/first.py": "x = 1", "python/both.py": "x = 'first'"}, {"python/both.py": "x = 'second'", "data.txt": "d"}]):
        layers.append(lambda_.publish_layer_version(LayerName=f"layer{number}", Content={"ZipFile": package(files)})["LayerVersionArn"])
    source = "import first, both\ndef lambda_handler(event, context): return [first.x, both.x]"
    assert deploy(source, Layers=layers).call() == [1, "second"]
