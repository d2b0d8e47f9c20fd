"""The python3 runtime interface client against a Runtime API of the test's own, with every interpreter that the machine has."""

import json
import os
import re

import pytest

from interpreters import pythons
from runtime_api import BOOTSTRAPS, Function, write

PYTHONS = {version: path for version, path in pythons().items() if version[0] == 3}
ID = "00000000-0000-4000-8000-000000000001"
STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


@pytest.fixture(params=sorted(PYTHONS), ids=lambda version: "python%d.%d" % version)
def version(request):
    return request.param


@pytest.fixture
def function(tmp_path, version):
    """function({"index.py": "..."}, "index.handler") starts one."""
    started = []

    def start(files, handler="index.handler", environment=None, arguments=()):
        write(tmp_path, {"index.py": files} if isinstance(files, str) else files)
        command = [PYTHONS[version], os.path.join(BOOTSTRAPS, "bootstrap.py"), *arguments]
        started.append(Function(command, tmp_path, handler, environment))
        return started[-1]

    yield start
    for each in started:
        each.stop()


def test_event_and_response_are_json(function):
    echo = function("def handler(event, context): return event")
    for event in ({"a": [1, 2.5, None, True], "é": "日本"}, "text", None, [], 12345678901234567890):
        post = echo.invoke(event)
        assert (post.kind, post.json) == ("response", event)
        assert post.headers["Content-Type"] == "application/json"
    assert len(echo.api.connections) == 1
    assert echo.rest() == [] if echo.end() == 1 else False


def test_chunked_and_large_events(function):
    echo = function("def handler(event, context): return event")
    assert echo.invoke({"a": "b" * 100}, is_chunked=True).json == {"a": "b" * 100}
    large = {"x": "é" * 3_000_000}
    assert echo.invoke(large).json == large
    assert echo.invoke(1).json == 1


def test_module_globals_stay(function):
    counter = function("count = 0\ndef handler(event, context):\n    global count\n    count += 1\n    return count\n")
    assert [counter.invoke().json for _ in range(3)] == [1, 2, 3]


@pytest.mark.parametrize("handler", ["folder/deep.handler", "folder.deep.handler"])
def test_modules_in_folders(function, handler):
    files = {"folder/deep.py": "import beside\ndef handler(event, context): return beside.name", "beside.py": "name = 'found'"}
    assert function(files, handler).invoke().json == "found"


def test_search_path(function, tmp_path, version):
    layers = tmp_path / "layers"
    write(layers, {"python/inlayer.py": "x = 1", "python/lib/python%d.%d/site-packages/insite.py" % version: "x = 2"})
    source = "import sys, inlayer, insite\ndef handler(event, context): return [sys.path, sys.argv, inlayer.x + insite.x]"
    looked = function(source, arguments=[str(layers)])
    path, argv, total = looked.invoke().json
    assert path[0] == str(tmp_path)
    assert path[1:3] == [str(layers / "python/lib" / ("python%d.%d" % version) / "site-packages"), str(layers / "python")]
    assert os.path.abspath(BOOTSTRAPS) not in map(os.path.abspath, path)
    assert any(entry.endswith(("site-packages", "dist-packages")) for entry in path[3:])
    assert (len(argv), total) == (1, 3)


def test_a_handler_named_like_the_bootstrap(function):
    clash = function({"bootstrap.py": "def handler(event, context): raise ValueError('mine')"}, "bootstrap.handler")
    trace = clash.invoke().json["stackTrace"]
    assert len(trace) == 1 and "in handler" in trace[0]


def test_context(function):
    source = """
def handler(event, context):
    names = "aws_request_id function_name function_version invoked_function_arn memory_limit_in_mb log_group_name log_stream_name tenant_id"
    remaining = context.get_remaining_time_in_millis()
    client, identity = context.client_context, context.identity
    return {
        "names": [getattr(context, name) for name in names.split()],
        "remaining": isinstance(remaining, int) and 50000 < remaining <= 60000,
        "client": client and [client.client.app_title, client.client.installation_id, client.custom, client.env],
        "identity": [identity.cognito_identity_id, identity.cognito_identity_pool_id],
        "w3c": context.w3c(),
        "text": repr(context),
    }
"""
    whole = function(source)
    plain = whole.invoke().json
    assert plain["names"] == [
        ID,
        "tried",
        "$LATEST",
        "arn:aws:lambda:us-east-1:123456789012:function:tried",
        "128",
        "/aws/lambda/tried",
        "2026/01/01/[$LATEST]0123456789abcdef",
        None,
    ]
    assert (plain["remaining"], plain["client"], plain["identity"], plain["w3c"]) == (True, None, [None, None], {})
    assert plain["text"].startswith("LambdaContext([aws_request_id=" + ID + ",log_group_name=/aws/lambda/tried,")
    headers = {
        "Lambda-Runtime-Client-Context": '{"client":{"app_title":"t"},"custom":{"a":1},"env":{"b":"é"},"w3c":{"traceparent":"00","x":"y"}}',
        "Lambda-Runtime-Cognito-Identity": '{"cognitoIdentityId":"i","cognitoIdentityPoolId":"p"}',
        "Lambda-Runtime-Aws-Tenant-Id": "blue",
    }
    headers["Lambda-Runtime-Client-Context"] = headers["Lambda-Runtime-Client-Context"].encode().decode("latin-1")
    full = whole.invoke(headers=headers).json
    assert full["client"] == ["t", None, {"a": 1}, {"b": "é"}]
    assert (full["identity"], full["names"][-1], full["w3c"]) == (["i", "p"], "blue", {"traceparent": "00"})


def test_client_context_that_is_no_json(function):
    post = function("def handler(event, context): pass").invoke(headers={"Lambda-Runtime-Client-Context": "{"})
    assert post.json["errorType"] == "Runtime.LambdaContextUnmarshalError"
    assert post.json["errorMessage"].startswith("Unable to parse Client Context JSON: ")


def test_deadline_that_has_passed(function):
    late = function("def handler(event, context): return context.get_remaining_time_in_millis()")
    assert late.invoke(headers={"Lambda-Runtime-Deadline-Ms": "1"}).json == 0


def test_trace_id_is_of_the_invocation(function):
    traced = function("import os\ndef handler(event, context): return os.environ.get('_X_AMZN_TRACE_ID')")
    assert traced.invoke(headers={"Lambda-Runtime-Trace-Id": "Root=1-2;Parent=3;Sampled=1"}).json == "Root=1-2;Parent=3;Sampled=1"
    assert traced.invoke().json is None


@pytest.mark.parametrize(
    "expression, body",
    [
        ("decimal.Decimal('1.10')", "1.10"),
        ("[decimal.Decimal('1E+3'), decimal.Decimal('NaN')]", "[1E+3, NaN]"),
        ("Point(1, b'x')", '{"x": 1, "y": "x"}'),
        ("{1: 2, None: 3, 1.5: 4, b'k': 5}", '{"1": 2, "null": 3, "1.5": 4, "k": 5}'),
        ("(float('nan'), float('inf'), -float('inf'), 1e22)", "[NaN, Infinity, -Infinity, 1e+22]"),
        ("[(), {}, [[]], True]", "[[], {}, [[]], true]"),
        ("Kind.a", "1"),
        ("collections.OrderedDict(b=1, a=2)", '{"b": 1, "a": 2}'),
        (r"'é\n\"/\x7f\u2028'", r'"\u00e9\n\"/\u007f\u2028"'),
        ("None", "null"),
    ],
)
def test_what_is_written(function, expression, body):
    source = f"""
import collections, decimal, enum
Point = collections.namedtuple("Point", "x y")
class Kind(enum.IntEnum):
    a = 1
def handler(event, context): return {expression}
"""
    assert function(source).invoke().body.decode() == body


def test_bytes_are_sent_as_they_are(function):
    post = function("def handler(event, context): return b'\\x00\\xff'").invoke()
    assert (post.body, post.headers["Content-Type"]) == (b"\x00\xff", "application/unknown")


def test_later_versions_write_characters_unescaped(function):
    source = "def handler(event, context): return 'é日\\n'"
    assert function(source, environment={"AWS_EXECUTION_ENV": "AWS_Lambda_python3.12"}).invoke().body.decode() == '"é日\\n"'
    assert function(source, environment={"AWS_EXECUTION_ENV": "AWS_Lambda_python3.11"}).invoke().body == b'"\\u00e9\\u65e5\\n"'


@pytest.mark.parametrize(
    "expression, reason",
    [
        ("{'a': {1, 2}}", "Object of type set is not JSON serializable"),
        ("object()", "Object of type object is not JSON serializable"),
        ("datetime.date(2026, 1, 1)", "Object of type date is not JSON serializable"),
        ("bytearray(b'x')", "Object of type bytearray is not JSON serializable"),
        ("{(1, 2): 3}", "keys must be str, int, float, bool or None, not tuple"),
        ("[b'\\xff']", "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
        ("loop", "Circular reference detected"),
    ],
)
def test_what_can_not_be_written(function, expression, reason):
    source = f"import datetime\nloop = []\nloop.append(loop)\ndef handler(event, context): return {expression}"
    post = function(source).invoke()
    assert post.kind == "error"
    assert post.headers["Lambda-Runtime-Function-Error-Type"] == "Runtime.MarshalError"
    message = "Unable to marshal response: " + reason
    assert post.json == {"errorMessage": message, "errorType": "Runtime.MarshalError", "requestId": ID, "stackTrace": []}


def test_an_event_that_is_no_json(function):
    post = function("def handler(event, context): return 1").invoke(b"{")
    assert post.json["errorType"] == "Runtime.UnmarshalError"
    assert post.json["errorMessage"].startswith("Unable to unmarshal input: Expecting property name enclosed in double quotes")


def test_an_exception(function, tmp_path):
    source = "class Mine(Exception): pass\ndef handler(event, context):\n    below()\ndef below():\n    raise Mine('it\\nbroke')\n"
    failing = function(source)
    post = failing.invoke()
    assert post.headers["Lambda-Runtime-Function-Error-Type"] == "Mine"
    file = tmp_path / "index.py"
    frames = [f'  File "{file}", line 3, in handler\n    below()\n', f"  File \"{file}\", line 5, in below\n    raise Mine('it\\nbroke')\n"]
    assert post.json == {"errorMessage": "it\nbroke", "errorType": "Mine", "requestId": ID, "stackTrace": frames}
    assert list(post.json) == ["errorMessage", "errorType", "requestId", "stackTrace"]
    space = "\u00a0"
    assert failing.line() == (
        f'[ERROR] Mine: it\rbroke\rTraceback (most recent call last):\r{space * 2}File "{file}", line 3, in handler\r{space * 4}below()'
        f"\r{space * 2}File \"{file}\", line 5, in below\r{space * 4}raise Mine('it\\nbroke')\n"
    )
    assert failing.invoke().kind == "error"


def test_an_exception_without_a_message(function):
    failing = function("def handler(event, context): raise KeyError()")
    assert failing.invoke().json["errorMessage"] == ""
    assert failing.line().startswith("[ERROR] KeyError\rTraceback (most recent call last):\r")


def test_prints(function):
    source = """
import sys
print("loading")
def handler(event, context):
    print("a", 1, end="|")
    print("b\\nc é")
    sys.stderr.write("to stderr\\n")
    print("open", end="")
    context.log("logged")
    context.log("twice\\n")
"""
    printing = function(source)
    printing.invoke()
    assert [printing.line() for _ in range(6)] == ["loading\n", "a 1|b\n", "c é\n", "open\n", "logged\n", "twice\n"]
    assert printing.errors.get(timeout=30) == "to stderr\n"


def test_what_is_printed_can_be_read_at_once(function):
    waiting = function("import sys\ndef handler(event, context):\n    print('half', end='')\n    sys.stdin.read()\n    import os; os._exit(7)")
    waiting.api.send({}, "1")
    assert waiting.line() == "half"
    assert waiting.status() == 7


def test_records_of_logging(function):
    source = """
import logging
def handler(event, context):
    logging.warning("warned %s", "once")
    logging.info("not shown")
    logging.getLogger().setLevel("DEBUG")
    logging.getLogger("other").debug("two\\nlines")
    try:
        1 / 0
    except Exception:
        logging.exception("caught")
"""
    logging = function(source)
    logging.invoke()
    assert re.fullmatch(rf"\[WARNING\]\t{STAMP}\t{ID}\twarned once\n", logging.line())
    assert re.fullmatch(rf"\[DEBUG\]\t{STAMP}\t{ID}\ttwo\rlines\n", logging.line())
    assert re.fullmatch(rf"\[ERROR\]\t{STAMP}\t{ID}\tcaught\rTraceback \(most recent call last\):\r  File .*\rZeroDivisionError: .*\n", logging.line())


def test_a_level_by_the_environment(function):
    source = "import logging\ndef handler(event, context): return logging.getLogger().level"
    assert function(source).invoke().json == 30
    assert function(source, environment={"AWS_LAMBDA_LOG_LEVEL": "trace"}).invoke().json == 10
    assert function(source, environment={"AWS_LAMBDA_LOG_LEVEL": "ERROR"}).invoke().json == 40


def test_json_logs(function, tmp_path):
    source = """
import logging
def handler(event, context):
    logging.warning("warned %s", "é", extra={"more": {1: object}})
    logging.getLogger("mine").error({"a": 1})
    try:
        1 / 0
    except Exception:
        logging.exception("caught")
    print("plain")
    raise ValueError("x")
"""
    logging = function(source, environment={"AWS_LAMBDA_LOG_FORMAT": "JSON"})
    logging.invoke(headers={"Lambda-Runtime-Aws-Tenant-Id": "blue"})
    first, second, third = (json.loads(logging.line()) for _ in range(3))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", first.pop("timestamp"))
    common = {"requestId": ID, "tenantId": "blue"}
    assert first == {"level": "WARNING", "message": "warned é", "logger": "root", "more": {"1": "<class 'object'>"}, **common}
    assert list(second) == ["timestamp", "level", "message", "logger", "requestId", "tenantId"]
    assert (second["message"], second["logger"]) == ({"a": 1}, "mine")
    assert (third["errorType"], third["errorMessage"], third["location"]) == (
        "ZeroDivisionError",
        "division by zero",
        f"{tmp_path}/index.py:handler:9",
    )
    assert third["stackTrace"][0].startswith(f'  File "{tmp_path}/index.py", line 7, in handler\n    1 / 0\n')
    assert logging.line() == "plain\n"
    error = json.loads(logging.line())
    assert list(error) == ["timestamp", "level", "errorMessage", "errorType", "requestId", "stackTrace"]
    assert (error["level"], error["errorType"]) == ("ERROR", "ValueError")


UNHANDLED = "LAMBDA_WARNING: Unhandled exception. The most likely cause is an issue in the function code."


def init_error(failing, error_type, message):
    post = failing.posted()
    assert post.kind == "init/error"
    assert post.headers["Lambda-Runtime-Function-Error-Type"] == error_type
    assert (post.json["errorType"], post.json["requestId"]) == (error_type, "")
    assert re.fullmatch(message, post.json["errorMessage"], re.DOTALL)
    assert failing.status() == 1
    lines = failing.rest()
    assert re.match(rf"\[WARNING\]\t{STAMP}\t\t" + UNHANDLED, lines[0]) and lines[0].endswith("\r\n")
    assert lines[1].startswith(f"[ERROR] {error_type}: ")
    assert len(lines) == 2
    return post.json["stackTrace"]


@pytest.mark.parametrize(
    "handler, error_type, message",
    [
        ("absent.handler", "Runtime.ImportModuleError", "Unable to import module 'absent': No module named 'absent'"),
        ("index.absent", "Runtime.HandlerNotFound", "Handler 'absent' missing on module 'index'"),
        ("index", "Runtime.MalformedHandlerName", r"Bad handler 'index': not enough values to unpack \(expected 2, got 1\)"),
        ("importing.handler", "Runtime.ImportModuleError", "Unable to import module 'importing': No module named 'absent'"),
        ("sys.exit", "Runtime.BuiltInModuleConflict", "Cannot use built-in module sys as a handler module"),
    ],
)
def test_handlers_that_can_not_be_loaded(function, handler, error_type, message):
    assert init_error(function({"index.py": "", "importing.py": "import absent"}, handler), error_type, message) == []


def test_a_syntax_error(function, tmp_path):
    trace = init_error(
        function("\nif:\n"), "Runtime.UserCodeSyntaxError", r"Syntax error in module 'index': invalid syntax \(index\.py, line 2\)"
    )
    assert trace == [f'  File "{tmp_path}/index.py" Line 2\n    if:\n']


def test_an_error_while_loading(function, tmp_path):
    trace = init_error(function("raise OSError('disk')"), "OSError", "disk")
    assert "import_module" in trace[0]
    assert trace[-1] == f"  File \"{tmp_path}/index.py\", line 1, in <module>\n    raise OSError('disk')\n"


def test_leaving(function):
    leaving = function("import sys\ndef handler(event, context): sys.exit(event)")
    leaving.api.send(3, "1")
    assert leaving.status() == 3
    assert leaving.api.posts.empty()
    loading = function({"leaves.py": "import sys; sys.exit(4)"}, "leaves.handler")
    assert loading.status() == 4
    assert loading.api.posts.empty()


def test_it_ends_with_its_runtime_api(function):
    ended = function("import threading\nthreading.Thread(target=threading.Event().wait).start()\ndef handler(event, context): return 1")
    assert ended.invoke().json == 1
    assert ended.end() == 1
