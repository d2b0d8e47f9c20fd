"""Lambda's function URLs and InvokeWithResponseStream, as boto3, the AWS CLI and plain HTTP clients see them. The function is Boletia's, which apus brings."""

import base64
import json

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


def test_a_url_answers_by_path_and_by_host(apus, made):
    url = url_of(made)["FunctionUrl"]
    assert url.startswith(apus.url + "/_apus/lambda-url/")
    status, headers, body = apus.request("GET", url + "eventos?x=1")
    # Boletia's handler reads events of API Gateway: what is no answer in its eyes is one all the same.
    assert status in (200, 400, 404, 500) and headers["x-amzn-RequestId"]
    id = url.rstrip("/").split("/")[-1]
    for host in (f"{id}.lambda-url.us-east-1.on.aws", f"{id}.lambda-url.localhost:{apus.port}", f"{id}.lambda-url.us-east-1.localhost.localstack.cloud:{apus.port}"):
        again = apus.request("GET", apus.url + "/eventos?x=1", headers={"Host": host})
        assert (again[0], again[2]) == (status, body)
    status, headers, body = apus.request("GET", apus.url + "/", headers={"Host": "0123456789abcdefghijklmnopqrstuv.lambda-url.us-east-1.on.aws"})
    assert (status, body, headers["x-amzn-ErrorType"]) == (403, b'{"Message":null}', "AccessDeniedException")


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
