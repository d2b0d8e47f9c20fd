"""Lambda's function URLs and InvokeWithResponseStream, as boto3, the AWS CLI and plain HTTP clients see them. The function is Boletia's, which apus brings."""

import base64
import http.client
import io
import json
import shutil
import sys
import urllib.request
import zipfile

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest
from conftest import Clients, refused
from test_lambda import boletia_tables, function, put_event, request


def url_of(clients, name="findOne", **more):
    return clients.boto3("lambda").create_function_url_config(**{"FunctionName": name, "AuthType": "NONE", **more})


@pytest.fixture
def made(apus, clients):
    boletia_tables(clients)
    put_event(clients.boto3("dynamodb"), "Opera Aida")
    function(clients.boto3("lambda"))
    return clients


# InvokeWithResponseStream


def test_a_buffered_answer_is_one_chunk_and_a_completion(made):
    lambda_ = made.boto3("lambda")
    payload = request(pathParameters={"evento": "Opera Aida"})
    answer = lambda_.invoke_with_response_stream(FunctionName="findOne", Payload=payload, LogType="Tail")
    assert answer["StatusCode"] == 200
    assert answer["ExecutedVersion"] == "$LATEST"
    assert answer["ResponseStreamContentType"] == "application/vnd.amazon.eventstream"
    events = list(answer["EventStream"])
    assert [list(event) for event in events] == [["PayloadChunk"], ["InvokeComplete"]]
    whole = lambda_.invoke(FunctionName="findOne", Payload=payload)
    assert events[0]["PayloadChunk"]["Payload"] == whole["Payload"].read()
    assert "START RequestId" in base64.b64decode(events[1]["InvokeComplete"]["LogResult"]).decode()
    assert "ErrorCode" not in events[1]["InvokeComplete"]


def test_dry_run_and_refusals(made):
    lambda_ = made.boto3("lambda")
    assert lambda_.invoke_with_response_stream(FunctionName="findOne", InvocationType="DryRun")["StatusCode"] == 204
    with refused("ResourceNotFoundException", status=404):
        lambda_.invoke_with_response_stream(FunctionName="nobody")
    with refused("InvalidRequestContentException"):
        lambda_.invoke_with_response_stream(FunctionName="findOne", Payload=b"{")


# Function URLs


def test_life_of_a_configuration(made):
    lambda_ = made.boto3("lambda")
    lambda_.publish_version(FunctionName="findOne")
    lambda_.create_alias(FunctionName="findOne", Name="live", FunctionVersion="1")
    cors = {"AllowOrigins": ["https://boletia.example"], "AllowMethods": ["GET"], "MaxAge": 60}
    plain = url_of(made, Cors=cors)
    assert plain["FunctionUrl"].endswith("/") and len(plain["FunctionUrl"]) >= 40
    assert "InvokeMode" not in plain and plain["Cors"] == cors
    live = url_of(made, Qualifier="live", AuthType="AWS_IAM", InvokeMode="RESPONSE_STREAM")
    assert live["FunctionArn"].endswith(":findOne:live")
    arn = plain["FunctionArn"]
    with refused(
        "ResourceConflictException",
        f"Failed to create function url config for [functionArn = {arn}]. Error message:  FunctionUrlConfig exists for this Lambda function", 409,
    ):
        url_of(made)
    with refused("ResourceNotFoundException", "Function does not exist", 404):
        url_of(made, Qualifier="dead")
    with refused("ValidationException"):
        url_of(made, Qualifier="1")
    changed = lambda_.update_function_url_config(FunctionName="findOne", InvokeMode="BUFFERED")
    assert changed["Cors"] == cors and changed["InvokeMode"] == "BUFFERED"
    pages = lambda_.get_paginator("list_function_url_configs").paginate(FunctionName="findOne", PaginationConfig={"PageSize": 1})
    urls = [page["FunctionUrlConfigs"][0]["FunctionUrl"] for page in pages]
    assert sorted(urls) == sorted([plain["FunctionUrl"], live["FunctionUrl"]])
    lambda_.delete_function_url_config(FunctionName="findOne", Qualifier="live")
    with refused("ResourceNotFoundException", "The resource you requested does not exist.", 404):
        lambda_.get_function_url_config(FunctionName="findOne", Qualifier="live")
    lambda_.delete_function(FunctionName="findOne")
    with refused("ResourceNotFoundException", "The resource you requested does not exist.", 404):
        lambda_.get_function_url_config(FunctionName="findOne")


ECHO = """
def handler(event, context):
    query = event.get("queryStringParameters", {})
    if "fail" in query:
        raise KeyError("no seats")
    if "page" in query:
        return {"statusCode": 201, "headers": {"Content-Type": "image/gif"}, "cookies": ["a=1", "b=2"], "body": "R0lGODlh", "isBase64Encoded": True}
    return event
"""


def echo(clients, **more):
    """A function that answers its event, and its URL."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr("app.py", ECHO)
    function(
        clients.boto3("lambda"), "echo", Runtime=f"python3.{sys.version_info.minor}", Handler="app.handler", Code={"ZipFile": content.getvalue()})
    return url_of(clients, "echo", **more)["FunctionUrl"]


def test_a_url_answers_by_path_and_by_host(apus, clients):
    url = echo(clients)
    assert url.startswith(apus.url + "/_apus/lambda-url/")
    id = url.rstrip("/").split("/")[-1]
    status, headers, body = apus.request("POST", url + "my/path%20x?a=1&a=2", b"\x00\xff", {"Content-Type": "application/octet-stream", "Cookie": "c=1; d=2", "X-Y": "z"})
    event = json.loads(body)
    assert (status, headers["Content-Type"]) == (200, "application/json")
    assert (event["version"], event["routeKey"], event["rawPath"], event["rawQueryString"]) == ("2.0", "$default", "/my/path%20x", "a=1&a=2")
    assert (event["queryStringParameters"], event["cookies"], event["headers"]["x-y"]) == ({"a": "1,2"}, ["c=1", "d=2"], "z")
    assert (event["body"], event["isBase64Encoded"]) == ("AP8=", True)
    context = event["requestContext"]
    assert (context["accountId"], context["apiId"], context["domainPrefix"], context["stage"]) == ("anonymous", id, id, "$default")
    assert (context["requestId"], context["http"]["method"], context["http"]["sourceIp"]) == (headers["x-amzn-RequestId"], "POST", "127.0.0.1")
    for host in (f"{id}.lambda-url.us-east-1.on.aws", f"{id}.lambda-url.localhost:{apus.port}", f"{id}.lambda-url.us-east-1.localhost.localstack.cloud:{apus.port}"):
        status, headers, body = apus.request("GET", apus.url + "/eventos?x=1", headers={"Host": host})
        event = json.loads(body)
        assert (status, event["rawPath"], event["requestContext"]["domainName"]) == (200, "/eventos", host.split(":")[0])
    status, headers, body = apus.request("GET", apus.url + "/", headers={"Host": "0123456789abcdefghijklmnopqrstuv.lambda-url.us-east-1.on.aws"})
    assert (status, body, headers["x-amzn-ErrorType"]) == (403, b'{"Message":null}', "AccessDeniedException")


def test_answers_and_failures_of_a_function(apus, clients):
    url = echo(clients)
    status, headers, body = apus.request("GET", url + "?page")
    assert (status, headers["Content-Type"], headers.get_all("Set-Cookie"), body) == (201, "image/gif", ["a=1", "b=2"], b"GIF89a")
    status, _, body = apus.request("GET", url + "?fail")
    assert (status, body) == (502, b"Internal Server Error")
    status, _, _ = apus.request("POST", url, b"x" * (6 * 1024 * 1024 + 1))
    assert status == 413


def test_preflights_are_answered_by_the_configuration(apus, made):
    url = url_of(made, Cors={"AllowOrigins": ["https://boletia.example"], "AllowMethods": ["GET"], "AllowHeaders": ["x-one"], "MaxAge": 60})["FunctionUrl"]
    status, headers, body = apus.request("OPTIONS", url, headers={"Origin": "https://boletia.example", "Access-Control-Request-Method": "GET"})
    assert (status, body) == (200, b"")
    assert headers["Access-Control-Allow-Origin"] == "https://boletia.example"
    assert headers["Access-Control-Allow-Methods"] == "GET"
    assert headers["Access-Control-Max-Age"] == "60"


def signed(url, key, secret, service="lambda", method="GET", body=b""):
    head = botocore.awsrequest.AWSRequest(method=method, url=url, data=body)
    botocore.auth.SigV4Auth(botocore.credentials.Credentials(key, secret), service, "us-east-1").add_auth(head)
    return dict(head.headers)


def test_iam_urls_want_a_right_signature_where_the_cloud_does(own_apus):
    apus = own_apus("--auth")
    clients = Clients(apus, "111122223333")
    function(clients.boto3("lambda"))
    url = url_of(clients, AuthType="AWS_IAM")["FunctionUrl"]
    status, headers, body = apus.request("GET", url)
    assert status == 403 and json.loads(body)["Message"].startswith("Forbidden")
    status, headers, body = apus.request("GET", url, headers=signed(url, "111122223333", "wrong"))
    assert status == 403 and headers["x-amzn-ErrorType"] == "InvalidSignatureException"
    status, headers, body = apus.request("GET", url, headers=signed(url, "111122223333", "test", service="s3"))
    assert status == 403 and b"correct service: 'lambda'" in body
    status, headers, body = apus.request("GET", url, headers=signed(url, "111122223333", "test"))
    assert status != 403
    # Without IAM nobody signs.
    clients.boto3("lambda").update_function_url_config(FunctionName="findOne", AuthType="NONE")
    assert apus.request("GET", url)[0] != 403


def test_the_cli_makes_a_url(made):
    made_url = made.cli("lambda", "create-function-url-config", "--function-name", "findOne", "--auth-type", "NONE", "--cors", "AllowOrigins=*")
    shown = made.cli("lambda", "get-function-url-config", "--function-name", "findOne")
    assert shown["FunctionUrl"] == made_url["FunctionUrl"]
    statement = made.cli(
        "lambda", "add-permission", "--function-name", "findOne", "--statement-id", "FunctionURLAllowPublicAccess", "--action", "lambda:InvokeFunctionUrl",
        "--principal", "*", "--function-url-auth-type", "NONE")["Statement"]
    assert json.loads(statement)["Condition"] == {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}


# Functions that stream

STREAMS = """
const fs = require('fs');
const exists = async (path) => { while (!fs.existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 5)); };
exports.handler = awslambda.streamifyResponse(async (event, stream) => {
  const query = event.queryStringParameters || event;
  if (query.head) stream = awslambda.HttpResponseStream.from(stream, { statusCode: 201, headers: { 'X-Streamed': 'yes' }, cookies: ['a=1'] });
  else stream.setContentType('text/event-stream');
  stream.write('one');
  if (query.fail) throw new TypeError('no seats');
  if (query.path) await exists(query.path);
  stream.write('two');
  stream.end();
});
"""

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="node isn't installed")


def streaming(clients):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr("index.js", STREAMS)
    function(clients.boto3("lambda"), "streams", Runtime="nodejs20.x", Handler="index.handler", Timeout=30, Code={"ZipFile": content.getvalue()})


@needs_node
def test_chunks_arrive_while_the_function_runs(clients, tmp_path):
    streaming(clients)
    go = tmp_path / "go"
    answer = clients.boto3("lambda").invoke_with_response_stream(FunctionName="streams", Payload=json.dumps({"path": str(go)}), LogType="Tail")
    events = iter(answer["EventStream"])
    assert next(events)["PayloadChunk"]["Payload"] == b"one"
    go.write_text("")
    rest = list(events)
    assert b"".join(event["PayloadChunk"]["Payload"] for event in rest[:-1]) == b"two"
    assert "REPORT RequestId" in base64.b64decode(rest[-1]["InvokeComplete"]["LogResult"]).decode()
    # Who doesn't stream gets it whole.
    assert clients.boto3("lambda").invoke(FunctionName="streams", Payload="{}")["Payload"].read() == b"onetwo"


@needs_node
def test_an_error_in_the_middle_of_a_stream(clients):
    streaming(clients)
    events = list(clients.boto3("lambda").invoke_with_response_stream(FunctionName="streams", Payload=json.dumps({"fail": 1}))["EventStream"])
    assert events[0]["PayloadChunk"]["Payload"] == b"one"
    complete = events[-1]["InvokeComplete"]
    assert complete["ErrorCode"] == "TypeError"
    assert json.loads(complete["ErrorDetails"])["errorMessage"] == "no seats"


@needs_node
def test_a_url_streams_with_the_functions_own_head(apus, clients, tmp_path):
    streaming(clients)
    url = url_of(clients, "streams", InvokeMode="RESPONSE_STREAM")["FunctionUrl"]
    go = tmp_path / "go"
    with urllib.request.urlopen(f"{url}?path={go}") as response:
        assert response.headers["Content-Type"] == "text/event-stream" and response.headers["Transfer-Encoding"] == "chunked"
        assert response.read(3) == b"one"
        go.write_text("")
        assert response.read() == b"two"
    with urllib.request.urlopen(f"{url}?head=1") as response:
        assert (response.status, response.headers["X-Streamed"], response.headers["Set-Cookie"]) == (201, "yes", "a=1")
        assert response.read() == b"onetwo"
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        urllib.request.urlopen(f"{url}?fail=1").read()
