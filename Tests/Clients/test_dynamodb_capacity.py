"""What DynamoDB counts, and what it refuses when that is too much."""

import pytest

from conftest import Clients, refused

TABLE_EXCEEDED = (
    "The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API."
)


@pytest.fixture
def indexed(table):
    table(
        "things",
        (("pk", "S"), ("sk", "S")),
        attributes=[{"AttributeName": "g", "AttributeType": "S"}, {"AttributeName": "l", "AttributeType": "S"}],
        GlobalSecondaryIndexes=[{"IndexName": "global", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}}],
        LocalSecondaryIndexes=[
            {
                "IndexName": "local",
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "l", "KeyType": "RANGE"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
    )


def item(sk, **attributes):
    return {"pk": {"S": "a"}, "sk": {"S": sk}, **{name: {"S": value} for name, value in attributes.items()}}


def units(number):
    return {"CapacityUnits": number}


def test_a_write_counts_for_the_table_and_its_indexes(dynamodb, indexed):
    answer = dynamodb.put_item(TableName="things", Item=item("1", g="x", l="y"), ReturnConsumedCapacity="INDEXES", ReturnItemCollectionMetrics="SIZE")
    assert answer["ConsumedCapacity"] == {
        "TableName": "things",
        "CapacityUnits": 3.0,
        "Table": units(1.0),
        "GlobalSecondaryIndexes": {"global": units(1.0)},
        "LocalSecondaryIndexes": {"local": units(1.0)},
    }
    assert answer["ItemCollectionMetrics"] == {"ItemCollectionKey": {"pk": {"S": "a"}}, "SizeEstimateRangeGB": [0.0, 1.0]}


def test_a_transaction_doubles_the_table_alone(dynamodb, indexed):
    put = {"Put": {"TableName": "things", "Item": item("1", g="x")}}
    request = {"TransactItems": [put], "ReturnConsumedCapacity": "INDEXES", "ClientRequestToken": "token"}
    both = {"WriteCapacityUnits": 2.0, "CapacityUnits": 2.0}
    assert dynamodb.transact_write_items(**request)["ConsumedCapacity"] == [
        {
            "TableName": "things",
            "CapacityUnits": 3.0,
            "WriteCapacityUnits": 3.0,
            "Table": both,
            "GlobalSecondaryIndexes": {"global": {"WriteCapacityUnits": 1.0, "CapacityUnits": 1.0}},
        }
    ]
    assert dynamodb.transact_write_items(**request)["ConsumedCapacity"][0]["ReadCapacityUnits"] == 2.0


def test_reads_count_what_they_evaluate(dynamodb, indexed):
    for number in range(4):
        dynamodb.put_item(TableName="things", Item=item(str(number), t="x" * 3000))
    request = {"TableName": "things", "ReturnConsumedCapacity": "TOTAL", "FilterExpression": "t = :t", "ExpressionAttributeValues": {":t": {"S": "no"}}}
    assert dynamodb.scan(**request)["ConsumedCapacity"]["CapacityUnits"] == 1.5
    assert dynamodb.scan(**request, ConsistentRead=True)["ConsumedCapacity"]["CapacityUnits"] == 3.0


def test_a_collection_has_a_limit(own_apus):
    dynamodb = Clients(own_apus("--collection-limit", "200"), "123456789012").boto3("dynamodb")
    dynamodb.create_table(
        TableName="things",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "l")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        LocalSecondaryIndexes=[
            {
                "IndexName": "local",
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "l", "KeyType": "RANGE"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.put_item(TableName="things", Item=item("1", t="x" * 100))
    with refused("ItemCollectionSizeLimitExceededException", "Collection size exceeded."):
        dynamodb.put_item(TableName="things", Item=item("2", t="x" * 100))
    dynamodb.delete_item(TableName="things", Key=item("1"))
    dynamodb.put_item(TableName="things", Item=item("2", t="x" * 100))


def test_throttling_by_the_clock(own_apus):
    apus = own_apus("--throttle")
    dynamodb = Clients(apus, "123456789012").boto3("dynamodb")
    apus.own("POST", "/_apus/clock", {"freeze": True})
    dynamodb.create_table(
        TableName="things",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 2},
    )
    for number in range(2):
        dynamodb.put_item(TableName="things", Item=item(str(number)))
    with refused("ProvisionedThroughputExceededException", TABLE_EXCEEDED) as caught:
        dynamodb.put_item(TableName="things", Item=item("2"))
    assert caught.value.response["ThrottlingReasons"] == [
        {"reason": "TableWriteProvisionedThroughputExceeded", "resource": "arn:aws:dynamodb:us-east-1:123456789012:table/things"}
    ]
    apus.own("POST", "/_apus/clock", {"advance": "1s"})
    requests = [{"PutRequest": {"Item": item(str(number))}} for number in range(5)]
    assert len(dynamodb.batch_write_item(RequestItems={"things": requests})["UnprocessedItems"]["things"]) == 3
    with refused("ProvisionedThroughputExceededException", TABLE_EXCEEDED):
        dynamodb.batch_write_item(RequestItems={"things": requests})
    with refused("TransactionCanceledException") as caught:
        dynamodb.transact_write_items(TransactItems=[{"Put": {"TableName": "things", "Item": item("1")}}])
    assert caught.value.response["CancellationReasons"] == [{"Code": "ProvisionedThroughputExceeded", "Message": TABLE_EXCEEDED}]
    # Five minutes of what isn't used are kept: 600 units.
    apus.own("POST", "/_apus/clock", {"advance": "1h"})
    for _ in range(24):
        assert dynamodb.batch_write_item(RequestItems={"things": [{"PutRequest": {"Item": item(str(number))}} for number in range(25)]})["UnprocessedItems"] == {}
    with refused("ProvisionedThroughputExceededException", TABLE_EXCEEDED):
        dynamodb.put_item(TableName="things", Item=item("2"))
