"""Lambda: functions of registered handlers (Boletia's are those that apus brings), Invoke, event source mappings."""

import base64
import hashlib
import io
import json
import re
import zipfile

import pytest
from conftest import Clients, refused

ROLE = "arn:aws:iam::440939667227:role/boletia"


def package(text=""):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr("bootstrap", text)
    return content.getvalue()


def function(lambda_, name="findOne", **more):
    return lambda_.create_function(
        **{"FunctionName": name, "Role": ROLE, "Runtime": "provided.al2023", "Handler": f"Boletia.{name}", "Code": {"ZipFile": package()}, **more}
    )


def request(**members):
    """An event of API Gateway as Boletia's handlers read it."""
    return json.dumps({"resource": "/", "path": "/", "httpMethod": "GET", "headers": None, "pathParameters": None, "body": None, **members})


def invoke(lambda_, name, payload, **more):
    answer = lambda_.invoke(FunctionName=name, Payload=payload, **more)
    return answer, json.loads(answer["Payload"].read() or "null")


def boletia_tables(clients):
    """The tables that Boletia's functions know; returns their streams' ARNs."""
    dynamodb = clients.boto3("dynamodb")
    attribute = lambda n: {"AttributeName": n, "AttributeType": "S"}
    key = lambda h, r: [{"AttributeName": h, "KeyType": "HASH"}, {"AttributeName": r, "KeyType": "RANGE"}]
    common = {"BillingMode": "PAY_PER_REQUEST", "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}}
    eventos = dynamodb.create_table(TableName="eventos", AttributeDefinitions=[attribute("PK")], KeySchema=key("PK", "x")[:1], **common)
    inventario = dynamodb.create_table(
        TableName="inventario", AttributeDefinitions=[attribute(n) for n in ("PK", "SK", "Evento", "Email")], KeySchema=key("PK", "SK"), **common,
        GlobalSecondaryIndexes=[{"IndexName": "evento-email", "KeySchema": key("Evento", "Email"), "Projection": {"ProjectionType": "ALL"}}],
    )
    return eventos["TableDescription"]["LatestStreamArn"], inventario["TableDescription"]["LatestStreamArn"]


def put_event(dynamodb, name):
    item = {"PK": {"S": name}, "Capacidad": {"N": "30"}, "Categoria": {"S": "Opera"}, "Estado": {"S": "A"}}
    dynamodb.put_item(TableName="eventos", Item=item)


# Functions


def test_a_function_is_made_read_changed_and_deleted(clients, lambda_):
    code = package("x")
    made = function(lambda_, Code={"ZipFile": code}, Environment={"Variables": {"SENDER_EMAIL": "a@example.com"}}, Timeout=10, MemorySize=256, Tags={"a": "b"})
    arn = f"arn:aws:lambda:us-east-1:{clients.account}:function:findOne"
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert (made["FunctionName"], made["FunctionArn"], made["Role"], made["Handler"]) == ("findOne", arn, ROLE, "Boletia.findOne")
    assert (made["Runtime"], made["Timeout"], made["MemorySize"], made["Version"]) == ("provided.al2023", 10, 256, "$LATEST")
    assert (made["CodeSize"], made["CodeSha256"]) == (len(code), base64.b64encode(hashlib.sha256(code).digest()).decode())
    assert made["Environment"] == {"Variables": {"SENDER_EMAIL": "a@example.com"}}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000", made["LastModified"])
    lambda_.get_waiter("function_active_v2").wait(FunctionName="findOne", WaiterConfig={"Delay": 1, "MaxAttempts": 3})
    read = lambda_.get_function(FunctionName=arn)
    assert read["Configuration"]["State"] == "Active"
    assert (read["Configuration"]["RevisionId"], read["Tags"]) == (made["RevisionId"], {"a": "b"})
    changed = lambda_.update_function_configuration(FunctionName="findOne", Timeout=20, Environment={"Variables": {}})
    assert (changed["Timeout"], changed["MemorySize"]) == (20, 256)
    assert changed["RevisionId"] != made["RevisionId"]
    assert lambda_.get_function_configuration(FunctionName="findOne")["Timeout"] == 20
    assert lambda_.delete_function(FunctionName="findOne")["ResponseMetadata"]["HTTPStatusCode"] == 204
    with refused("ResourceNotFoundException", f"Function not found: {arn}", 404):
        lambda_.get_function(FunctionName="findOne")


def test_functions_are_listed_in_pages(lambda_):
    names = ["findAll", "findAllEventos", "findOne", "findOneEvento", "findReservaId"]
    for name in reversed(names):
        function(lambda_, name)
    assert [f["FunctionName"] for f in lambda_.list_functions()["Functions"]] == names
    first = lambda_.list_functions(MaxItems=2)
    assert len(first["Functions"]) == 2 and first["NextMarker"]
    pages = lambda_.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 2})
    assert [f["FunctionName"] for p in pages for f in p["Functions"]] == names


def test_a_runtime_that_nothing_runs_is_refused(lambda_):
    with refused("InvalidParameterValueException") as caught:
        function(lambda_, "unheard-of", Handler="index.handler", Runtime="dotnet8")
    assert "--runtime dotnet8=COMMAND" in caught.value.response["Error"]["Message"]
    assert lambda_.list_functions()["Functions"] == []


@pytest.mark.parametrize(
    "changes, code, message",
    [
        ({"Timeout": 901}, "ValidationException", "Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900"),
        ({"MemorySize": 64}, "ValidationException", "Value '64' at 'memorySize' failed to satisfy constraint: Member must have value greater than or equal to 128"),
        ({"Role": "nonsense"}, "ValidationException", "Value 'nonsense' at 'role' failed to satisfy constraint: Member must satisfy regular expression pattern"),
        ({"Environment": {"Variables": {"AWS_REGION": "x"}}}, "InvalidParameterValueException", "Reserved keys used in this request: AWS_REGION"),
        ({"Environment": {"Variables": {"LONG": "x" * 5000}}}, "InvalidParameterValueException", "exceeded the 4KB limit"),
        (
            {"Code": {"ZipFile": b"no zip" * 10}}, "InvalidParameterValueException",
            "Could not unzip uploaded file. Please check your file, then try to upload again.",
        ),
        ({"Code": {}}, "InvalidParameterValueException", "Please provide a source for function code."),
        ({"Code": {"S3Bucket": "bucket", "S3Key": "key"}}, "NotImplementedException", "S3"),
        ({"DurableConfig": {"ExecutionTimeout": 1}}, "NotImplementedException", "DurableConfig"),
    ],
)
def test_a_function_that_is_wrong_is_not_made(clients, changes, code, message):
    unchecked = clients.boto3("lambda", parameter_validation=False)
    with refused(code, status=501 if code == "NotImplementedException" else 400) as caught:
        function(unchecked, **changes)
    assert message in caught.value.response["Error"]["Message"]
    assert unchecked.list_functions()["Functions"] == []


def test_names_that_are_taken_or_free(clients, lambda_):
    function(lambda_)
    with refused("ResourceConflictException", "Function already exist: findOne", 409):
        function(lambda_)
    absent = f"Function not found: arn:aws:lambda:us-east-1:{clients.account}:function:nope"
    for call in (
        lambda: lambda_.delete_function(FunctionName="nope"),
        lambda: lambda_.update_function_configuration(FunctionName="nope", Timeout=1),
        lambda: lambda_.invoke(FunctionName="nope"),
        lambda: lambda_.get_function_configuration(FunctionName="nope"),
    ):
        with refused("ResourceNotFoundException", absent, 404):
            call()


def test_permissions_are_kept_as_a_policy(clients, lambda_):
    function(lambda_)
    allow = {"FunctionName": "findOne", "StatementId": "api", "Action": "lambda:InvokeFunction", "Principal": "apigateway.amazonaws.com"}
    lambda_.add_permission(**allow)
    (statement,) = json.loads(lambda_.get_policy(FunctionName="findOne")["Policy"])["Statement"]
    assert (statement["Sid"], statement["Principal"]) == ("api", {"Service": "apigateway.amazonaws.com"})
    with refused("ResourceConflictException", status=409):
        lambda_.add_permission(**allow)
    lambda_.remove_permission(FunctionName="findOne", StatementId="api")
    with refused("ResourceNotFoundException", status=404):
        lambda_.get_policy(FunctionName="findOne")


def test_what_is_not_implemented_says_so_by_name(lambda_):
    with refused("NotImplementedException", status=501) as caught:
        lambda_.list_capacity_providers()
    assert "ListCapacityProviders" in caught.value.response["Error"]["Message"]


# Invoke


def test_a_function_is_invoked_and_works_in_its_account(clients, lambda_, dynamodb):
    boletia_tables(clients)
    for name in ("insertEvento", "findOne"):
        function(lambda_, name)
    answer, result = invoke(lambda_, "insertEvento", request(body='{"evento": "Opera Aida", "capacidad": 30, "categoria": "Opera"}'))
    assert (answer["StatusCode"], answer["ExecutedVersion"], "FunctionError" in answer) == (200, "$LATEST", False)
    assert result["statusCode"] == 200
    assert json.loads(result["body"]) == {"Evento": "Opera Aida", "Capacidad": 30, "Categoria": "Opera", "Estado": "A"}
    assert dynamodb.get_item(TableName="eventos", Key={"PK": {"S": "Opera Aida"}})["Item"]["Capacidad"] == {"N": "30"}
    _, result = invoke(lambda_, "findOne", request(pathParameters={"evento": "Opera%20Aida"}))
    assert (result["statusCode"], json.loads(result["body"])["Capacidad"]) == (200, 30)


def test_an_event_is_answered_before_it_is_handled(clients, lambda_, dynamodb):
    boletia_tables(clients)
    function(lambda_, "insertEvento")
    body = '{"evento": "Queen Live", "capacidad": 500, "categoria": "Rock"}'
    answer, result = invoke(lambda_, "insertEvento", request(body=body), InvocationType="Event")
    assert (answer["StatusCode"], result) == (202, None)
    clients.apus.settle()
    assert "Item" in dynamodb.get_item(TableName="eventos", Key={"PK": {"S": "Queen Live"}})


def test_a_dry_run_runs_nothing(clients, lambda_, dynamodb):
    boletia_tables(clients)
    function(lambda_, "insertEvento")
    body = '{"evento": "Queen Live", "capacidad": 500, "categoria": "Rock"}'
    assert invoke(lambda_, "insertEvento", request(body=body), InvocationType="DryRun")[0]["StatusCode"] == 204
    assert dynamodb.scan(TableName="eventos")["Count"] == 0


def test_what_a_function_throws_is_its_error(lambda_):
    function(lambda_, "modificaInventarioEvento")
    answer, error = invoke(lambda_, "modificaInventarioEvento", '{"Records": "none"}', LogType="Tail")
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert set(error) >= {"errorMessage", "errorType"}
    log = base64.b64decode(answer["LogResult"]).decode()
    assert log.startswith("START RequestId: ") and "REPORT RequestId: " in log


def test_a_payload_must_be_json(lambda_):
    function(lambda_)
    with refused("InvalidRequestContentException") as caught:
        lambda_.invoke(FunctionName="findOne", Payload="{")
    assert caught.value.response["Error"]["Message"].startswith("Could not parse request body into json: ")
    with refused("RequestEntityTooLargeException", status=413):
        lambda_.invoke(FunctionName="findOne", Payload=json.dumps("x" * (6 << 20)))


def test_the_aws_cli_makes_and_invokes(clients, tmp_path):
    boletia_tables(clients)
    code, out = tmp_path / "code.zip", tmp_path / "out.json"
    code.write_bytes(package())
    made = clients.cli("lambda", "create-function", "--function-name", "findAll", "--runtime", "provided.al2023", "--role", ROLE,
                       "--handler", "Boletia.findAll", "--zip-file", f"fileb://{code}")
    assert made["State"] == "Active"
    answer = clients.cli("lambda", "invoke", "--function-name", "findAll", "--payload", request(), str(out))
    assert answer["StatusCode"] == 200
    assert json.loads(out.read_text())["body"] == "null"


# Event source mappings


def test_a_mapping_is_made_read_listed_changed_and_deleted(clients, lambda_):
    eventos, inventario = boletia_tables(clients)
    name = "modificaInventarioEvento"
    arn = function(lambda_, name)["FunctionArn"]
    made = lambda_.create_event_source_mapping(EventSourceArn=eventos, FunctionName=name, StartingPosition="LATEST", BatchSize=1)
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert (made["EventSourceArn"], made["FunctionArn"], made["BatchSize"], made["StartingPosition"]) == (eventos, arn, 1, "LATEST")
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", made["UUID"])
    read = lambda_.get_event_source_mapping(UUID=made["UUID"])
    assert (read["State"], read["MaximumRetryAttempts"], read["LastProcessingResult"]) == ("Enabled", -1, "No records processed")
    second = lambda_.create_event_source_mapping(EventSourceArn=inventario, FunctionName=arn, StartingPosition="TRIM_HORIZON")
    assert second["BatchSize"] == 100
    of = lambda **filter: sorted(m["UUID"] for m in lambda_.list_event_source_mappings(**filter)["EventSourceMappings"])
    assert of() == of(FunctionName=name) == sorted([made["UUID"], second["UUID"]])
    assert of(EventSourceArn=eventos) == [made["UUID"]]
    lambda_.update_event_source_mapping(UUID=made["UUID"], Enabled=False)
    assert lambda_.get_event_source_mapping(UUID=made["UUID"])["State"] == "Disabled"
    lambda_.delete_event_source_mapping(UUID=made["UUID"])
    with refused("ResourceNotFoundException", "The resource you requested does not exist.", 404):
        lambda_.get_event_source_mapping(UUID=made["UUID"])
    assert of() == [second["UUID"]]


def test_mappings_that_are_wrong(clients, lambda_):
    eventos, _ = boletia_tables(clients)
    function(lambda_, "modificaInventarioEvento")
    right = {"EventSourceArn": eventos, "FunctionName": "modificaInventarioEvento", "StartingPosition": "LATEST"}
    made = lambda_.create_event_source_mapping(**right)
    with refused("ResourceConflictException", status=409) as caught:
        lambda_.create_event_source_mapping(**right)
    assert caught.value.response["Error"]["Message"].endswith(f"Please update or delete the existing mapping with UUID {made['UUID']}")
    with refused("InvalidParameterValueException", "Function does not exist"):
        lambda_.create_event_source_mapping(**{**right, "FunctionName": "nope"})
    missing = eventos.replace("/eventos/", "/nope/")
    with refused("InvalidParameterValueException", f"Stream not found: {missing}"):
        lambda_.create_event_source_mapping(**{**right, "EventSourceArn": missing})
    with refused("NotImplementedException", status=501) as caught:
        lambda_.create_event_source_mapping(**{**right, "EventSourceArn": f"arn:aws:kinesis:us-east-1:{clients.account}:stream/s"})
    assert "kinesis" in caught.value.response["Error"]["Message"].lower()
    assert len(lambda_.list_event_source_mappings()["EventSourceMappings"]) == 1


@pytest.mark.parametrize("position, copied", [("LATEST", ["after"]), ("TRIM_HORIZON", ["after", "before"])])
def test_a_mapping_feeds_a_function_from_its_position(clients, lambda_, dynamodb, position, copied):
    eventos, _ = boletia_tables(clients)
    function(lambda_, "modificaInventarioEvento")
    put_event(dynamodb, "before")
    mapping = lambda_.create_event_source_mapping(EventSourceArn=eventos, FunctionName="modificaInventarioEvento", StartingPosition=position)
    clients.apus.settle()
    put_event(dynamodb, "after")
    clients.apus.settle()
    assert sorted(i["SK"]["S"] for i in dynamodb.scan(TableName="inventario")["Items"]) == copied
    assert lambda_.get_event_source_mapping(UUID=mapping["UUID"])["LastProcessingResult"] == "OK"


def test_two_consumers_of_one_stream_each_get_everything(clients, lambda_, dynamodb):
    eventos, _ = boletia_tables(clients)
    for name in ("modificaInventarioEvento", "modificaInventarioReserva"):
        function(lambda_, name)
        lambda_.create_event_source_mapping(EventSourceArn=eventos, FunctionName=name, StartingPosition="LATEST", BatchSize=1)
    put_event(dynamodb, "Aida")
    reservation = {"PK": {"S": "I"}, "SK": {"S": "1"}, "Evento": {"S": "Aida"}, "Email": {"S": "a@example.com"}, "Estado": {"S": "A"}, "Cantidad": {"N": "1"}}
    dynamodb.put_item(TableName="inventario", Item=reservation)
    clients.apus.settle()
    dynamodb.update_item(TableName="eventos", Key={"PK": {"S": "Aida"}}, UpdateExpression="SET Estado = :c", ExpressionAttributeValues={":c": {"S": "C"}})
    clients.apus.settle()
    states = {i["PK"]["S"]: i["Estado"]["S"] for i in dynamodb.scan(TableName="inventario")["Items"]}
    assert states == {"E": "C", "I": "C"}


def test_a_failed_batch_is_tried_again_until_it_succeeds(own_apus):
    clients = Clients(own_apus(), "111122223333")
    lambda_, dynamodb = clients.boto3("lambda"), clients.boto3("dynamodb")
    eventos, _ = boletia_tables(clients)
    dynamodb.delete_table(TableName="inventario")
    function(lambda_, "modificaInventarioEvento")
    uuid = lambda_.create_event_source_mapping(
        EventSourceArn=eventos, FunctionName="modificaInventarioEvento", StartingPosition="LATEST", BatchSize=1)["UUID"]
    for name in ("first", "second"):
        put_event(dynamodb, name)
    clients.apus.settle(jump=30)
    assert lambda_.get_event_source_mapping(UUID=uuid)["LastProcessingResult"] == "PROBLEM: Function call failed"
    dynamodb.create_table(
        TableName="inventario", AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("PK", "SK")], BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}],
    )
    clients.apus.settle(jump=120)
    assert [i["SK"]["S"] for i in dynamodb.scan(TableName="inventario")["Items"]] == ["first", "second"]
    assert lambda_.get_event_source_mapping(UUID=uuid)["LastProcessingResult"] == "OK"


def test_a_batch_is_given_up_after_its_retries(own_apus):
    clients = Clients(own_apus(), "111122223333")
    lambda_, dynamodb = clients.boto3("lambda"), clients.boto3("dynamodb")
    eventos, _ = boletia_tables(clients)
    function(lambda_, "modificaInventarioEvento")
    lambda_.create_event_source_mapping(
        EventSourceArn=eventos, FunctionName="modificaInventarioEvento", StartingPosition="LATEST", BatchSize=1, MaximumRetryAttempts=1)
    put_event(dynamodb, "x" * 2000)
    put_event(dynamodb, "good")
    clients.apus.settle(jump=60)
    assert [i["SK"]["S"] for i in dynamodb.scan(TableName="inventario")["Items"]] == ["good"]
