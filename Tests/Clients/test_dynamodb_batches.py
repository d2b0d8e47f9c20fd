"""BatchWriteItem and BatchGetItem."""

import pytest
from conftest import refused


@pytest.fixture
def db(dynamodb, table):
    table()
    table("other", (("PK", "S"), ("SK", "N")))
    return dynamodb


def key(name):
    return {"PK": {"S": str(name)}}


def put(item):
    return {"PutRequest": {"Item": item}}


def delete(key):
    return {"DeleteRequest": {"Key": key}}


def test_a_batch_puts_and_deletes_in_several_tables(db):
    db.put_item(TableName="table", Item=key("old"))
    answer = db.batch_write_item(
        RequestItems={
            "table": [put({**key("a"), "x": {"N": "1"}}), delete(key("old")), delete(key("never"))],
            "other": [put({**key("a"), "SK": {"N": "1"}})],
        }
    )
    assert answer["UnprocessedItems"] == {}
    assert db.scan(TableName="table")["Items"] == [{**key("a"), "x": {"N": "1"}}]
    assert db.scan(TableName="other")["Items"] == [{**key("a"), "SK": {"N": "1"}}]


def test_the_resource_layer_s_batch_writer_goes_beyond_25(clients, db):
    table = clients.resource("dynamodb").Table("table")
    with table.batch_writer(overwrite_by_pkeys=["PK"]) as batch:
        for n in range(60):
            batch.put_item(Item={"PK": f"p{n:02}", "n": n})
        batch.put_item(Item={"PK": "p59", "n": 0})
        batch.delete_item(Key={"PK": "p00"})
    items = {i["PK"]: int(i["n"]) for i in table.scan()["Items"]}
    assert items == {f"p{n:02}": n % 59 for n in range(1, 60)}


@pytest.mark.parametrize(
    "requests, message",
    [
        ([put(key("a")), delete(key("a"))], "Provided list of item keys contains duplicates"),
        ([put({"x": {"S": "no key"}})], "The provided key element does not match the schema"),
        ([put(key("a")), put({"PK": {"N": "1"}})], "The provided key element does not match the schema"),
        ([put(key("a")), delete({"PK": {"S": "b"}, "SK": {"S": "c"}})], "The provided key element does not match the schema"),
        ([put(key("a")), put({**key("b"), "n": {"N": "x"}})], "The parameter cannot be converted to a numeric value: x"),
        ([put(key("a")), {}], "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"),
        (
            [{**put(key("a")), **delete(key("b"))}],
            "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes",
        ),
    ],
)
def test_a_batch_with_one_wrong_request_writes_nothing(db, requests, message):
    with refused("ValidationException", message):
        db.batch_write_item(RequestItems={"table": requests})
    assert db.scan(TableName="table")["Count"] == 0


def test_more_than_25_writes_are_too_many(db, unchecked):
    with refused("ValidationException") as caught:
        unchecked.batch_write_item(RequestItems={"table": [put(key(n)) for n in range(26)]})
    assert "Member must have length less than or equal to 25" in caught.value.response["Error"]["Message"]
    with refused("ValidationException", "Too many items requested for the BatchWriteItem call"):
        unchecked.batch_write_item(
            RequestItems={"table": [put(key(n)) for n in range(13)], "other": [put({**key(n), "SK": {"N": "1"}}) for n in range(13)]}
        )
    assert db.scan(TableName="table")["Count"] == 0


def test_a_batch_on_a_table_that_is_not_there(db):
    with refused("ResourceNotFoundException", "Requested resource not found"):
        db.batch_write_item(RequestItems={"table": [put(key("a"))], "nope": [put(key("a"))]})
    assert db.scan(TableName="table")["Count"] == 0
    with refused("ResourceNotFoundException", "Requested resource not found"):
        db.batch_get_item(RequestItems={"nope": {"Keys": [key("a")]}})


def test_a_batch_gets_from_several_tables_what_is_there(db):
    for name in ("a", "b"):
        db.put_item(TableName="table", Item={**key(name), "x": {"S": name}, "y": {"S": "y"}})
    db.put_item(TableName="other", Item={**key("a"), "SK": {"N": "1"}})
    answer = db.batch_get_item(
        RequestItems={
            "table": {
                "Keys": [key("a"), key("missing"), key("b")],
                "ProjectionExpression": "#x",
                "ExpressionAttributeNames": {"#x": "x"},
                "ConsistentRead": True,
            },
            "other": {"Keys": [{**key("a"), "SK": {"N": "1.0"}}]},
        },
        ReturnConsumedCapacity="TOTAL",
    )
    assert sorted(i["x"]["S"] for i in answer["Responses"]["table"]) == ["a", "b"]
    assert all(set(i) == {"x"} for i in answer["Responses"]["table"])
    assert answer["Responses"]["other"] == [{**key("a"), "SK": {"N": "1"}}]
    assert answer["UnprocessedKeys"] == {}
    assert {c["TableName"]: c["CapacityUnits"] for c in answer["ConsumedCapacity"]} == {"table": 3.0, "other": 0.5}


def test_nothing_found_is_an_empty_list(db):
    answer = db.batch_get_item(RequestItems={"table": {"Keys": [key("a")]}})
    assert answer["Responses"] == {"table": []}


def test_batch_gets_that_are_wrong(db, unchecked):
    with refused("ValidationException", "Provided list of item keys contains duplicates"):
        db.batch_get_item(RequestItems={"table": {"Keys": [key("a"), key("a")]}})
    with refused("ValidationException", "The provided key element does not match the schema"):
        db.batch_get_item(RequestItems={"table": {"Keys": [{"other": {"S": "a"}}]}})
    with refused("ValidationException") as caught:
        unchecked.batch_get_item(RequestItems={"table": {"Keys": [key(n) for n in range(101)]}})
    assert "Member must have length less than or equal to 100" in caught.value.response["Error"]["Message"]


def test_an_answer_beyond_16_megabytes_leaves_keys_unprocessed(clients, db):
    for n in range(45):
        db.put_item(TableName="table", Item={**key(n), "x": {"S": "x" * 390_000}})
    wanted = {"table": {"Keys": [key(n) for n in range(45)]}}
    first = db.batch_get_item(RequestItems=wanted)
    left = first["UnprocessedKeys"]["table"]["Keys"]
    assert 0 < len(left) < 10
    assert sum(len(i["x"]["S"]) for i in first["Responses"]["table"]) <= 16 * 1024 * 1024
    second = db.batch_get_item(RequestItems=first["UnprocessedKeys"])
    found = [i["PK"]["S"] for i in first["Responses"]["table"] + second["Responses"]["table"]]
    assert sorted(found) == sorted(str(n) for n in range(45))


def test_a_batch_leaves_stream_records(clients, dynamodb, table, streams):
    arn = table("streamed", StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})["LatestStreamArn"]
    dynamodb.batch_write_item(RequestItems={"streamed": [put(key("a")), put(key("b")), delete(key("never"))]})
    (shard,) = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    records = streams.get_records(ShardIterator=iterator)["Records"]
    assert [(r["eventName"], r["dynamodb"]["Keys"]) for r in records] == [("INSERT", key("a")), ("INSERT", key("b"))]
