"""Whatever a client sends is answered: as AWS answers mistakes, never by a failure of the server's own, and by no other account's data."""

import random
import threading

import botocore.exceptions
import pytest
from conftest import Clients

TEXTS = [
    "", "a", "PK", "table", "S", "N", "é", "😀", "x" * 300, "#a", ":v", "a.b[0]", "SET a = :v", "attribute_exists(PK)", "PK = :v", "1", "-1", "1e400",
    "ALL_OLD", "arn:aws:dynamodb:us-east-1:111122223333:table/table", "findOne", "[", "{}", "null", "a/b", "%2F", "..", "fn:1:2", "*",
]
BLOBS = [b"", b"{}", b"\x00\xff", b"PK\x05\x06" + bytes(18), b"a: &b [*b, *b]", b'{"openapi":"3.0.1","info":{"title":"t"},"paths":{"/a/{b}":{"get":{}}}}']
SIMPLE = {
    "integer": [0, 1, 2, -1, 2**31, 2**63], "long": [0, 1, -1, 2**63], "float": [0.0, -1.5], "double": [0.0, 1.5], "boolean": [True, False],
    "blob": BLOBS, "timestamp": [0, 1.6e9],
}
# Of these types boto3 can write any value; others it would refuse itself.
STRANGE = {"string": ["x" * 5_000], "integer": [2**70, -(2**63)]}


def any_value(shape, choose, depth=0):
    """A value for a shape of a service model: of the right form, seldom of a sensible content."""
    kind = shape.type_name
    if kind in STRANGE and choose.random() < 0.03:
        return choose.choice(STRANGE[kind])
    if kind == "string":
        return choose.choice(list(shape.enum) * 3 + TEXTS[:3]) if shape.enum else choose.choice(TEXTS)
    if kind in SIMPLE:
        return choose.choice(SIMPLE[kind])
    deeper = depth < 6
    if kind == "list":
        return [any_value(shape.member, choose, depth + 1) for _ in range(choose.choice([0, 1, 1, 2, 30 if depth < 2 else 2]) * deeper)]
    if kind == "map":
        return {choose.choice(TEXTS[1:]): any_value(shape.value, choose, depth + 1) for _ in range(choose.choice([0, 1, 1, 2]) * deeper)}
    names = [choose.choice(list(shape.members))] if shape.name == "AttributeValue" else [
        n for n in shape.members if (n in shape.required_members and choose.random() < 0.97) or choose.random() < 0.25 * deeper]
    return {name: any_value(shape.members[name], choose, depth + 1) for name in names}


@pytest.mark.parametrize("service", ["dynamodb", "dynamodbstreams", "lambda", "apigateway", "logs", "ses", "sns", "sqs"])
def test_requests_of_any_content_are_answered(clients, service):
    choose = random.Random(service)
    clients.boto3("dynamodb").create_table(
        TableName="table", AttributeDefinitions=[{"AttributeName": "PK", "AttributeType": "S"}], BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}], StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"})
    client = clients.boto3(service, parameter_validation=False)
    operations, absent, done = list(client.meta.service_model.operation_names), {}, 0
    while done < 400:
        operation = choose.choice(operations)
        model = client.meta.service_model.operation_model(operation)
        parameters = any_value(model.input_shape, choose) if model.input_shape else {}
        try:
            client._make_api_call(operation, parameters)
        except botocore.exceptions.ClientError as error:
            status, code = error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"]
            # As recorded of AWS: a region that isn't one is the server's own fault there.
            if (operation, code) == ("ListGlobalTables", "InternalServerError"):
                continue
            assert status in range(400, 500) or (status, code) == (501, "NotImplementedException"), (operation, parameters, error.response)
            assert code and not code.isdigit(), (operation, parameters, error.response)
            absent[operation] = absent.get(operation, 0) + (1 if status == 501 else -1000)
            if absent[operation] == 2:
                operations.remove(operation)
        except botocore.exceptions.HTTPClientError:
            raise
        except (botocore.exceptions.BotoCoreError, AttributeError, KeyError, TypeError, ValueError):
            continue  # boto3 couldn't write it.
        done += 1


def test_accounts_at_work_at_once_see_their_own(apus, clients):
    """Eight clients write and read tables of the same name."""
    wrong = []

    def work(who):
        dynamodb = who.boto3("dynamodb")
        dynamodb.create_table(
            TableName="same", AttributeDefinitions=[{"AttributeName": "PK", "AttributeType": "S"}], BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}])
        for n in range(40):
            dynamodb.put_item(TableName="same", Item={"PK": {"S": str(n)}, "owner": {"S": who.account + who.region}})
        owners = {i["owner"]["S"] for i in dynamodb.scan(TableName="same")["Items"]}
        if owners != {who.account + who.region}:
            wrong.append(owners)

    everyone = [Clients(apus, clients.account, region) for region in ("us-east-1", "us-west-2", "eu-west-1", "sa-east-1")]
    everyone += [Clients(apus, f"9{n}{clients.account[2:]}", "us-east-1") for n in range(4)]
    threads = [threading.Thread(target=work, args=(who,)) for who in everyone]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert [Clients(apus, w.account, w.region).boto3("dynamodb").describe_table(TableName="same")["Table"]["ItemCount"] for w in everyone] == [40] * 8
