"""The node runtime interface client against a Runtime API of the test's own. Skipped where there is no node."""

import base64
import json
import os
import re

import pytest

from interpreters import node
from runtime_api import BOOTSTRAPS, Function, write

ID = "00000000-0000-4000-8000-000000000001"
STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
OLD = {"AWS_EXECUTION_ENV": "AWS_Lambda_nodejs20.x"}
NEW = {"AWS_EXECUTION_ENV": "AWS_Lambda_nodejs24.x"}

pytestmark = pytest.mark.skipif(node() is None, reason="there is no node")


@pytest.fixture
def function(tmp_path):
    """function({"index.js": "..."}, "index.handler") starts one."""
    started = []

    def start(files, handler="index.handler", environment=OLD, arguments=()):
        write(tmp_path, {"index.js": files} if isinstance(files, str) else files)
        command = [node(), os.path.join(BOOTSTRAPS, "bootstrap.cjs"), *arguments]
        started.append(Function(command, tmp_path, handler, environment))
        return started[-1]

    yield start
    for each in started:
        each.stop()


@pytest.fixture(params=[OLD, NEW], ids=["callbacks", "promises"])
def era(request):
    return request.param


def test_event_and_response_are_json(function, era):
    echo = function("exports.handler = async (event) => event", environment=era)
    for event in ({"a": [1, 2.5, None, True], "é": "日本"}, "text", None, []):
        post = echo.invoke(event)
        assert (post.kind, post.json) == ("response", event)
        assert post.headers["Content-Type"] == "application/json"
    assert len(echo.api.connections) == 1
    assert echo.end() == 1


def test_chunked_and_large_events(function):
    echo = function("exports.handler = async (event) => event")
    assert echo.invoke({"a": "b" * 100}, is_chunked=True).json == {"a": "b" * 100}
    large = {"x": "é" * 3_000_000}
    assert echo.invoke(large).json == large
    assert echo.invoke(1).json == 1


def test_module_globals_stay(function, era):
    counter = function("let count = 0; exports.handler = async () => ++count", environment=era)
    assert [counter.invoke().json for _ in range(3)] == [1, 2, 3]


@pytest.mark.parametrize(
    "files, handler",
    [
        ({"index.js": "exports.handler = async () => 'found'"}, "index.handler"),
        ({"index.mjs": "export const handler = async () => 'found'"}, "index.handler"),
        ({"index.cjs": "exports.handler = async () => 'found'"}, "index.handler"),
        ({"index.js": "export const handler = async () => 'found'", "package.json": '{"type": "module"}'}, "index.handler"),
        ({"index.js": "exports.handler = async () => 'found'", "package.json": '{"type": "commonjs"}'}, "index.handler"),
        ({"a/b/index.js": "export const handler = async () => 'found'", "package.json": '{"type": "module"}'}, "a/b/index.handler"),
        ({"a/index.js": "exports.at = {any: {depth: async () => 'found'}}"}, "a/index.at.any.depth"),
        ({"index.js": "exports.handler = async () => 'found'", "index.mjs": "throw new Error()"}, "index.handler"),
        ({"node_modules/one/index.js": "exports.handler = async () => 'found'"}, "one.handler"),
        ({"index.mjs": "import {value} from './other.mjs'; await null; export const handler = async () => value", "other.mjs": "export const value = 'found'"}, "index.handler"),
        ({"index/index.js": "exports.handler = async () => 'found'"}, "index.handler"),
    ],
)
def test_where_handlers_are_found(function, era, files, handler):
    assert function(files, handler, era).invoke().json == "found"


def test_layers(function, tmp_path):
    layers = tmp_path / "layers"
    write(layers, {"nodejs/node_modules/one/index.js": "exports.x = 1", "nodejs/node20/node_modules/two/index.js": "exports.x = 2"})
    source = "exports.handler = async () => [require('one').x + require('two').x, process.env.NODE_PATH, process.argv.length]"
    total, path, arguments = function(source, arguments=[str(layers)]).invoke().json
    assert (total, arguments) == (3, 2)
    assert path == f"{layers}/nodejs/node20/node_modules:{layers}/nodejs/node_modules:{tmp_path}"


def test_context(function, era):
    source = """
exports.handler = async (event, context) => {
  const remaining = context.getRemainingTimeInMillis();
  return {...context, remaining: remaining > 50000 && remaining <= 60000, keys: Object.keys(context), trace: process.env._X_AMZN_TRACE_ID};
};
"""
    headers = {
        "Lambda-Runtime-Client-Context": '{"client":{"app_title":"t"},"Custom":{"a":1},"env":{"b":2}}',
        "Lambda-Runtime-Cognito-Identity": '{"cognitoIdentityId":"i","cognitoIdentityPoolId":"p"}',
        "Lambda-Runtime-Trace-Id": "Root=1-2;Parent=3;Sampled=1",
        "Lambda-Runtime-Aws-Tenant-Id": "blue",
    }
    asked = function(source, environment=era)
    context = asked.invoke(headers=headers).json
    assert context["keys"][:4] == (
        ["callbackWaitsForEmptyEventLoop", "succeed", "fail", "done"]
        if era is OLD
        else ["functionVersion", "functionName", "memoryLimitInMB", "logGroupName"]
    )
    expected = {
        "functionVersion": "$LATEST",
        "functionName": "tried",
        "memoryLimitInMB": "128",
        "logGroupName": "/aws/lambda/tried",
        "logStreamName": "2026/01/01/[$LATEST]0123456789abcdef",
        "clientContext": {"client": {"app_title": "t"}, "Custom": {"a": 1}, "env": {"b": 2}},
        "identity": {"cognitoIdentityId": "i", "cognitoIdentityPoolId": "p"},
        "invokedFunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:tried",
        "awsRequestId": ID,
        "tenantId": "blue",
        "remaining": True,
        "trace": "Root=1-2;Parent=3;Sampled=1",
    }
    assert {name: context.get(name) for name in expected} == expected
    bare = asked.invoke().json
    assert "clientContext" not in bare and "identity" not in bare and "trace" not in bare


def test_callbacks(function):
    source = """
let after = 0;
exports.handler = (event, context, callback) => {
  if (event.wait === false) context.callbackWaitsForEmptyEventLoop = false;
  setTimeout(() => { after += 1; console.log('later'); }, 20);
  if (event.way === 'callback') callback(null, {after});
  if (event.way === 'error') callback(new RangeError('no'));
  if (event.way === 'text') callback('plain');
  if (event.way === 'done') context.done(null, {after});
  if (event.way === 'succeed') context.succeed({after});
  if (event.way === 'fail') context.fail(new RangeError('no'));
  if (event.way === 'nothing') context.fail();
  if (event.way === 'twice') { callback(null, 1); callback(null, 2); context.fail('late'); }
  if (event.way === 'throw') throw new RangeError('thrown');
  return 'ignored';
};
"""
    calling = function(source)
    assert calling.invoke({"way": "callback"}).json == {"after": 0}
    # The answer left when the timer had run.
    assert calling.line().endswith("\tlater\n")
    assert calling.invoke({"way": "callback", "wait": False}).json == {"after": 1}
    for way, error_type, message in [("error", "RangeError", "no"), ("text", "string", "plain"), ("fail", "RangeError", "no")]:
        post = calling.invoke({"way": way})
        assert (post.kind, post.json["errorType"], post.json["errorMessage"]) == ("error", error_type, message)
    assert calling.invoke({"way": "nothing"}).json == {"errorType": "string", "errorMessage": "handled", "trace": []}
    assert calling.invoke({"way": "throw"}).json["errorMessage"] == "thrown"
    assert calling.invoke({"way": "twice"}).json == 1
    assert calling.invoke({"way": "forgotten"}).json is None
    assert set(calling.invoke({"way": "done"}).json) == set(calling.invoke({"way": "succeed"}).json) == {"after"}


def test_a_promise_that_is_no_async_function(function, era):
    source = "exports.handler = (event) => event ? Promise.resolve({a: event}) : Promise.reject(new Error('no'))"
    promising = function(source, environment=era)
    assert promising.invoke(1).json == {"a": 1}
    assert promising.invoke(0).json["errorMessage"] == "no"


def test_an_async_handler_is_answered_when_it_resolves(function, era):
    source = "exports.handler = async () => { setTimeout(() => {}, 60000); return 'at once'; }"
    eager = function(source, environment=era)
    assert [eager.invoke().json for _ in range(2)] == ["at once"] * 2


def test_undefined_is_null(function, era):
    assert function("exports.handler = async () => {}", environment=era).invoke().body == b"null"


def test_a_promise_that_never_settles(function):
    hanging = function("exports.handler = async (event) => { if (event) await new Promise(() => {}); return 'fine'; }")
    post = hanging.invoke(1)
    assert post.json["errorType"] == "Runtime.NodeJsExit"
    assert post.json["errorMessage"].startswith("The Lambda runtime client detected an unexpected Node.js exit code.")
    assert hanging.invoke(0).json == "fine"


def test_a_promise_that_never_settles_ends_later_versions(function):
    hanging = function("exports.handler = async () => { await new Promise(() => {}); }", environment=NEW)
    hanging.api.send(1, "1")
    assert hanging.status() == 0
    assert hanging.api.posts.empty()


def test_an_exception(function, era, tmp_path):
    failing = function("class Mine extends Error { name = 'Mine' }\nexports.handler = async () => { throw new Mine('it\\nbroke'); };", environment=era)
    post = failing.invoke()
    assert (post.kind, post.headers["Lambda-Runtime-Function-Error-Type"]) == ("error", "Mine")
    assert list(post.json) == ["errorType", "errorMessage", "trace"]
    assert (post.json["errorType"], post.json["errorMessage"]) == ("Mine", "it\nbroke")
    assert post.json["trace"][:2] == ["Mine: it", "broke"]
    assert post.json["trace"][2] == f"    at exports.handler ({tmp_path}/index.js:2:39)"
    stamp, request, level, title, error = failing.line().split("\t")
    assert re.fullmatch(STAMP, stamp) and (request, level, title) == (ID, "ERROR", "Invoke Error ")
    assert json.loads(error) == {"errorType": "Mine", "errorMessage": "it\nbroke", "name": "Mine", "stack": post.json["trace"]}
    assert failing.invoke().kind == "error"


@pytest.mark.parametrize(
    "thrown, error_type, message",
    [("'text'", "string", "text"), ("{a: 1}", "object", "[object Object]"), ("5", "number", "5"), ("{name: 'N', message: 'm', stack: 's'}", "N", "m")],
)
def test_what_is_no_error_is_thrown(function, thrown, error_type, message):
    post = function(f"exports.handler = async () => {{ throw {thrown}; }}").invoke()
    assert (post.json["errorType"], post.json["errorMessage"]) == (error_type, message)


def test_what_can_not_be_written(function, era):
    failing = function("exports.handler = async () => { const loop = {}; loop.loop = loop; return loop; }", environment=era)
    error = failing.invoke().json
    assert error["errorMessage"] == "Unable to stringify response body"
    assert error["errorType"] == ("Error" if era is OLD else "Runtime.JSONStringifyError")


def test_an_uncaught_exception(function):
    failing = function("exports.handler = async () => { setTimeout(() => { throw new TypeError('late'); }, 1); await new Promise((r) => setTimeout(r, 60000)); }")
    post = failing.invoke()
    assert (post.kind, post.json["errorType"], post.json["errorMessage"]) == ("error", "TypeError", "late")
    assert failing.status() == 129
    assert re.match(rf"{STAMP}\t{ID}\tERROR\tUncaught Exception \t{{\"errorType\":\"TypeError\",\"errorMessage\":\"late\"", failing.line())


def test_an_unhandled_rejection(function):
    failing = function("exports.handler = async () => { Promise.reject(new Error('lost')); await new Promise((r) => setTimeout(r, 60000)); }")
    post = failing.invoke()
    assert (post.kind, post.json["errorType"], post.json["errorMessage"]) == ("error", "Runtime.UnhandledPromiseRejection", "Error: lost")
    assert post.json["trace"][0] == "Runtime.UnhandledPromiseRejection: Error: lost"
    assert failing.status() == 128
    assert re.match(rf"{STAMP}\t{ID}\tERROR\tUnhandled Promise Rejection \t{{", failing.line())


def test_leaving(function):
    leaving = function("exports.handler = async (status) => process.exit(status)")
    leaving.api.send(3, "1")
    assert leaving.status() == 3
    assert leaving.api.posts.empty()


@pytest.mark.parametrize(
    "handler, error_type, message",
    [
        ("absent.handler", "Runtime.ImportModuleError", r"Error: Cannot find module 'absent'\nRequire stack:\n- .*bootstrap\.cjs"),
        ("index.absent", "Runtime.HandlerNotFound", "index.absent is undefined or not exported"),
        ("index.value", "Runtime.HandlerNotFound", "index.value is not a function"),
        ("index", "Runtime.MalformedHandlerName", "Bad handler"),
        (
            "../index.handler",
            "Runtime.MalformedHandlerName",
            r"'\.\./index\.handler' is not a valid handler name\. Use absolute paths when specifying root directories in handler names\.",
        ),
        ("requiring.handler", "Runtime.ImportModuleError", r"Error: Cannot find module 'absent'\nRequire stack:\n- .*/requiring\.js\n- .*bootstrap\.cjs"),
        ("wrong.handler", "Runtime.UserCodeSyntaxError", r"SyntaxError: Unexpected token '\)'"),
        ("breaking.handler", "RangeError", "at the top"),
        ("rejecting.handler", "TypeError", "in a module"),
    ],
)
def test_handlers_that_can_not_be_loaded(function, era, handler, error_type, message):
    files = {
        "index.js": "exports.value = 1",
        "requiring.js": "require('absent')",
        "wrong.js": "const a = );",
        "breaking.js": "throw new RangeError('at the top')",
        "rejecting.mjs": "await Promise.reject(new TypeError('in a module')); export const handler = 1;",
    }
    failing = function(files, handler, era)
    post = failing.posted()
    assert (post.kind, post.json["errorType"]) == ("init/error", error_type)
    assert post.headers["Lambda-Runtime-Function-Error-Type"] == error_type
    assert re.fullmatch(message, post.json["errorMessage"])
    assert failing.status() == (129 if era is OLD else 1)
    no_id, title = ("undefined", "Uncaught Exception") if era is OLD else ("-", "Init Error")
    assert re.match(rf"{STAMP}\t{no_id}\tERROR\t{title} \t{{\"errorType\":\"{re.escape(error_type)}\"", failing.line())


def test_callbacks_are_refused_by_later_versions(function):
    failing = function("exports.handler = (event, context, callback) => callback(null, 1)", environment=NEW)
    error = failing.posted().json
    assert error["errorType"] == "Runtime.CallbackHandlerDeprecated"
    assert error["errorMessage"].startswith(
        "ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24."
    )


def test_console(function, era):
    source = """
console.log('loading');
exports.handler = async () => {
  console.log('a %s', 1, {b: 2});
  console.info('two\\nlines');
  console.debug('d'); console.trace('t'); console.warn('w'); console.error('e'); console.fatal('f');
  console.log();
  console.error(new Error('shown'));
  process.stdout.write('plain\\n');
  process.stderr.write('to stderr\\n');
};
"""
    logging = function(source, environment=era)
    logging.invoke()
    lines = [logging.line() for _ in range(11)]
    assert re.fullmatch(rf"{STAMP}\t{'undefined' if era is OLD else '-'}\tINFO\tloading\n", lines[0])
    expected = ["INFO\ta 1 { b: 2 }", "INFO\ttwo\rlines", "DEBUG\td", "TRACE\tt", "WARN\tw", "ERROR\te", "FATAL\tf", "INFO\tundefined"]
    for line, text in zip(lines[1:9], expected):
        assert re.fullmatch(rf"{STAMP}\t{ID}\t{re.escape(text)}\n", line), line
    assert re.match(rf"{STAMP}\t{ID}\tERROR\tError: shown\r    at ", lines[9])
    assert lines[10] == "plain\n"
    assert logging.errors.get(timeout=30) == "to stderr\n"


def test_json_logs(function, era):
    source = """
exports.handler = async () => {
  console.log({a: 1}); console.warn('w %d', 1); console.debug('hidden'); console.error('failed', new TypeError('x')); console.error(new RangeError('y'));
};
"""
    logging = function(source, environment={**era, "AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "INFO"})
    logging.invoke(headers={"Lambda-Runtime-Aws-Tenant-Id": "blue"})
    first, second, third, fourth = (json.loads(logging.line()) for _ in range(4))
    assert list(first) == ["timestamp", "level", "requestId", "tenantId", "message"]
    assert re.fullmatch(STAMP, first["timestamp"])
    assert (first["level"], first["requestId"], first["message"]) == ("INFO", ID, {"a": 1})
    assert (second["level"], second["message"]) == ("WARN", "w 1")
    assert (third["errorType"], third["errorMessage"], third["message"].split("\n")[0]) == ("TypeError", "x", "failed TypeError: x")
    assert third["stackTrace"][0] == "TypeError: x"
    assert (fourth["message"]["errorType"], fourth["message"]["errorMessage"]) == ("RangeError", "y")


STREAMING = """
exports.handler = awslambda.streamifyResponse(async (event, stream, context) => {
  if (event.metadata) stream = awslambda.HttpResponseStream.from(stream, event.metadata);
  else if (event.type) stream.setContentType(event.type);
  for (const part of event.parts || []) stream.write(part);
  if (event.error) throw new TypeError(event.error);
  if (event.late) try { stream.setContentType('x'); } catch (error) { stream.write(error.name + ': ' + error.message); }
  stream.end();
  return event.returned;
});
"""


def test_a_streamed_response(function, era):
    streaming = function(STREAMING, environment=era)
    post = streaming.invoke({"parts": ["a", "bé", {"c": 1}, "x" * 100000]})
    assert post.kind == "response"
    assert post.body == 'abé{"c":1}'.encode() + b"x" * 100000
    assert post.headers["Lambda-Runtime-Function-Response-Mode"] == "streaming"
    assert post.headers["Transfer-Encoding"] == "chunked"
    assert post.headers["Content-Type"] == "application/octet-stream"
    assert post.headers["Trailer"] == "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body"
    assert post.trailers == {}
    assert streaming.invoke({"type": "text/plain", "parts": ["b"]}).headers["Content-Type"] == "text/plain"
    assert streaming.invoke({}).body == b""
    assert streaming.invoke({"parts": ["q"], "late": 1}).body.decode() == "qRuntime.InvalidStreamingOperation: Cannot set content-type, too late."
    assert len(streaming.api.connections) == 1


def test_a_streamed_response_with_metadata(function):
    streaming = function(STREAMING)
    post = streaming.invoke({"metadata": {"statusCode": 201, "headers": {"a": "b"}, "cookies": ["c=d"]}, "parts": ["body"]})
    assert post.headers["Content-Type"] == "application/vnd.awslambda.http-integration-response"
    assert post.body == b'{"statusCode":201,"headers":{"a":"b"},"cookies":["c=d"]}' + bytes(8) + b"body"


def test_an_error_in_the_midst_of_a_stream(function, era):
    streaming = function(STREAMING, environment=era)
    for parts in (["begun"], []):
        post = streaming.invoke({"parts": parts, "error": "broke é"})
        assert post.body == "".join(parts).encode()
        assert post.trailers["Lambda-Runtime-Function-Error-Type"] == "TypeError"
        error = json.loads(base64.b64decode(post.trailers["Lambda-Runtime-Function-Error-Body"]))
        assert (error["errorType"], error["errorMessage"]) == ("TypeError", "broke é")
        assert error["trace"][0] == "TypeError: broke é"
    assert re.match(rf"{STAMP}\t{ID}\tERROR\tInvoke Error \t{{\"errorType\":\"TypeError\"", streaming.line())
    assert streaming.invoke({"parts": ["fine"]}).body == b"fine"


def test_a_streaming_handler_must_be_async(function):
    post = function("exports.handler = awslambda.streamifyResponse((event, stream) => { stream.write('a'); })").invoke()
    error = json.loads(base64.b64decode(post.trailers["Lambda-Runtime-Function-Error-Body"]))
    assert (error["errorType"], error["errorMessage"]) == ("string", "Streaming does not support non-async handlers.")


def test_a_pipeline_into_a_stream(function):
    source = """
const { pipeline } = require('stream/promises');
const { Readable } = require('stream');
exports.handler = awslambda.streamifyResponse(async (event, stream) => {
  await pipeline(Readable.from(Array.from({length: 200}, (_, index) => Buffer.alloc(1000, 97 + index % 26))), stream);
});
"""
    piping = function(source)
    body = b"".join(bytes([97 + index % 26]) * 1000 for index in range(200))
    assert [piping.invoke().body == body for _ in range(2)] == [True, True]


def test_what_a_streaming_handler_returns_is_ignored(function):
    streaming = function(STREAMING)
    assert streaming.invoke({"parts": ["a"], "returned": 5}).body == b"a"
    assert re.fullmatch(rf"{STAMP}\t{ID}\tWARN\tStreaming handlers ignore return values\.\n", streaming.line())


def test_it_ends_with_its_runtime_api(function):
    ended = function("setInterval(() => {}, 1000); exports.handler = async () => 1")
    assert ended.invoke().json == 1
    assert ended.end() == 1
