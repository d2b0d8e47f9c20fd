"""Node functions: real packages through boto3 and the AWS CLI, run as processes of this machine. Skipped where there is no node."""

import json
import re

import pytest
from deployments import OWN_VARIABLES, STAMP, VARIABLES, Deployment, package
from interpreters import node

pytestmark = pytest.mark.skipif(node() is None, reason="there is no node")


@pytest.fixture
def deploy(lambda_):
    def make(source, handler="index.handler", runtime="nodejs20.x", name="tried", **more):
        files = {"index.js": source} if isinstance(source, str) else source
        return Deployment(lambda_, name, runtime, handler, files, **more)

    return make


@pytest.mark.parametrize(
    "files",
    [
        {"index.js": "exports.handler = async (event) => ({got: event})"},
        {"index.mjs": "export const handler = async (event) => ({got: event})"},
        {"index.js": "export const handler = async (event) => ({got: event})", "package.json": '{"type": "module"}'},
        {"index.js": "exports.handler = (event, context, callback) => callback(null, {got: event})"},
        {"index.js": "exports.handler = (event, context) => context.succeed({got: event})"},
        {"index.js": "const {wrap} = require('wrapped'); exports.handler = async (event) => wrap(event)", "node_modules/wrapped/index.js": "exports.wrap = (got) => ({got})"},
    ],
    ids=["commonjs", "mjs", "module", "callback", "succeed", "node_modules"],
)
def test_an_event_comes_back(deploy, files):
    assert deploy(files).call({"é": [1, 2.5, None]}) == {"got": {"é": [1, 2.5, None]}}


def test_the_aws_cli_deploys_and_invokes(clients, tmp_path):
    archive, answer = tmp_path / "function.zip", tmp_path / "answer.json"
    archive.write_bytes(package({"index.mjs": "export const handler = async ({a, b}) => ({sum: a + b})"}))
    role = "arn:aws:iam::123456789012:role/r"
    clients.cli("lambda", "create-function", "--function-name", "cli", "--runtime", "nodejs22.x", "--handler", "index.handler", "--role", role, "--zip-file", f"fileb://{archive}")
    clients.cli("lambda", "wait", "function-active-v2", "--function-name", "cli")
    clients.cli("lambda", "invoke", "--function-name", "cli", "--payload", '{"a": 1, "b": 2}', str(answer))
    assert json.loads(answer.read_text()) == {"sum": 3}


def test_globals_stay_while_it_is_warm(deploy):
    counter = deploy("let count = 0; exports.handler = async () => [++count, process.pid]")
    first, second = counter.call(), counter.call()
    assert (first[0], second[0]) == (1, 2) and first[1] == second[1]


def test_the_environment_is_that_of_aws(deploy, clients):
    told = deploy("exports.handler = async () => [process.env, process.cwd(), __dirname]", Environment={"Variables": {"MINE": "é"}})
    variables, directory, file = told.call()
    assert set(variables) - OWN_VARIABLES - {"MINE"} == VARIABLES | {"NODE_PATH", "PWD", "SHLVL"}
    root = variables["LAMBDA_TASK_ROOT"]
    assert directory == file == root
    assert variables["AWS_EXECUTION_ENV"] == "AWS_Lambda_nodejs20.x"
    assert variables["NODE_PATH"] == f"/opt/nodejs/node20/node_modules:/opt/nodejs/node_modules:/var/runtime/node_modules:/var/runtime:{root}"
    assert (variables["MINE"], variables["AWS_ENDPOINT_URL"], variables["LANG"]) == ("é", f"http://127.0.0.1:{clients.apus.port}", "en_US.UTF-8")


def test_context(deploy, clients):
    source = """
exports.handler = async (event, context) => ({...context, remaining: context.getRemainingTimeInMillis()});
"""
    answer = deploy(source).invoke(ClientContext="eyJjdXN0b20iOiB7ImEiOiAxfX0=")
    context = answer.json
    assert 10000 < context.pop("remaining") <= 20000
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", context.pop("logStreamName"))
    assert context == {
        "callbackWaitsForEmptyEventLoop": True,
        "functionVersion": "$LATEST",
        "functionName": "tried",
        "memoryLimitInMB": "512",
        "logGroupName": "/aws/lambda/tried",
        "clientContext": {"custom": {"a": 1}},
        "invokedFunctionArn": f"arn:aws:lambda:us-east-1:{clients.account}:function:tried",
        "awsRequestId": answer.request_id,
    }


def test_an_exception(deploy):
    failing = deploy("exports.handler = async () => { throw new RangeError('too far'); }")
    answer = failing.invoke()
    assert (answer.status, answer.error) == (200, "Unhandled")
    assert (answer.json["errorType"], answer.json["errorMessage"], answer.json["trace"][0]) == ("RangeError", "too far", "RangeError: too far")
    assert re.match(r"    at exports\.handler \(/.*/index\.js:1:\d+\)", answer.json["trace"][1])
    assert re.match(rf"{STAMP}\t{answer.request_id}\tERROR\tInvoke Error \t{{\"errorType\":\"RangeError\"", answer.lines[0])
    assert failing.fail()["errorType"] == "RangeError"


@pytest.mark.parametrize(
    "files, error_type, message",
    [
        ({"index.js": "require('absent')"}, "Runtime.ImportModuleError", "Error: Cannot find module 'absent'\nRequire stack:\n- "),
        ({"index.js": ""}, "Runtime.HandlerNotFound", "index.handler is undefined or not exported"),
        ({"other.js": ""}, "Runtime.ImportModuleError", "Error: Cannot find module 'index'\nRequire stack:\n- "),
        ({"index.js": "const = 1"}, "Runtime.UserCodeSyntaxError", "SyntaxError: Unexpected token '='"),
        ({"index.js": "throw new TypeError('top')"}, "TypeError", "top"),
    ],
)
def test_handlers_that_can_not_be_loaded(deploy, files, error_type, message):
    failing = deploy(files)
    for _ in range(2):
        error = failing.fail()
        assert error["errorType"] == error_type
        assert error["errorMessage"].startswith(message)


def test_uncaught_errors_end_the_process_and_the_next_one_serves(deploy):
    source = """
exports.handler = async (event) => {
  if (event === 'rejection') Promise.reject(new Error('lost'));
  if (event === 'exception') setTimeout(() => { throw new TypeError('late'); }, 1);
  if (event === 'exit') process.exit(5);
  if (event) await new Promise((resolve) => setTimeout(resolve, 10000));
  return process.pid;
};
"""
    failing = deploy(source)
    before = failing.call()
    assert failing.fail("rejection")["errorType"] == "Runtime.UnhandledPromiseRejection"
    assert failing.fail("exception")["errorMessage"] == "late"
    answer = failing.invoke("exit")
    assert answer.json == {"errorType": "Runtime.ExitError", "errorMessage": f"RequestId: {answer.request_id} Error: Runtime exited with error: exit status 5"}
    assert failing.call() != before


def test_console(deploy):
    source = """
console.log('loading');
exports.handler = async (event) => { console.log('got', event); console.warn('two\\nlines'); process.stdout.write('plain\\n'); };
"""
    answer = deploy(source).invoke({"a": 1})
    id = answer.request_id
    assert re.fullmatch(rf"{STAMP}\t{id}\tINFO\tgot {{ a: 1 }}", answer.lines[0])
    assert re.fullmatch(rf"{STAMP}\t{id}\tWARN\ttwo", answer.lines[1])
    assert answer.lines[2:] == ["lines", "plain"]


def test_an_answer_waits_for_the_event_loop_of_a_callback(deploy):
    source = """
let after = 0;
exports.handler = (event, context, callback) => { setTimeout(() => { after += 1; }, 50); callback(null, after); };
"""
    waiting = deploy(source)
    assert [waiting.call() for _ in range(3)] == [0, 1, 2]


def test_later_versions_have_no_callbacks(deploy):
    error = deploy("exports.handler = (event, context, callback) => callback(null, 1)", runtime="nodejs24.x").fail()
    assert error["errorType"] == "Runtime.CallbackHandlerDeprecated"


STREAMING = """
exports.handler = awslambda.streamifyResponse(async (event, stream) => {
  stream.write('begun ');
  if (event.error) throw new TypeError(event.error);
  stream.write('done');
  stream.end();
});
"""


def test_a_streamed_response_is_buffered_by_invoke(deploy):
    assert deploy(STREAMING).invoke({}).body == b"begun done"


def test_logs_in_json(deploy):
    source = "exports.handler = async () => { console.debug('hidden'); console.log({a: 1}); console.error('failed', new TypeError('x')); }"
    answer = deploy(source, LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"}).invoke()
    records = [json.loads(line) for line in answer.log]
    mine = [record for record in records if "level" in record]
    assert [(record["level"], record.get("errorType")) for record in mine] == [("INFO", None), ("ERROR", "TypeError")]
    assert mine[0]["message"] == {"a": 1}


def test_layers(deploy, lambda_):
    files = {"nodejs/node_modules/one/index.js": "exports.x = 1", "nodejs/node20/node_modules/two/index.js": "exports.x = 2"}
    layer = lambda_.publish_layer_version(LayerName="layer", Content={"ZipFile": package(files)})["LayerVersionArn"]
    assert deploy("exports.handler = async () => require('one').x + require('two').x", Layers=[layer]).call() == 3
