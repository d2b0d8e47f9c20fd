"""DynamoDB through boto3's upper layers: the resource's tables and conditions, batch writers, paginators, waiters, exception classes."""

import decimal
import operator

import boto3.dynamodb.conditions
import pytest
from boto3.dynamodb.conditions import Attr, Key
from boto3.dynamodb.types import Binary
from conftest import Clients

POLL = {"Delay": 0, "MaxAttempts": 10}


@pytest.fixture
def resource(clients):
    return clients.resource("dynamodb")


@pytest.fixture
def things(resource):
    """A table of the resource layer, with an index."""
    made = resource.create_table(
        TableName="things",
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": t} for n, t in (("group", "S"), ("n", "N"), ("colour", "S"))],
        KeySchema=[{"AttributeName": "group", "KeyType": "HASH"}, {"AttributeName": "n", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-colour",
                "KeySchema": [{"AttributeName": "colour", "KeyType": "HASH"}, {"AttributeName": "n", "KeyType": "RANGE"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    made.wait_until_exists()
    made.load()
    return made


# Tables and items


def test_a_table_s_attributes(clients, things):
    assert (things.table_status, things.item_count, things.table_arn) == ("ACTIVE", 0, f"arn:aws:dynamodb:us-east-1:{clients.account}:table/things")
    things.put_item(Item={"group": "a", "n": 1})
    things.reload()
    assert things.item_count == 1
    assert [index["IndexName"] for index in things.global_secondary_indexes] == ["by-colour"]
    assert things.creation_date_time.tzinfo is not None


def test_every_type_of_python_comes_back_as_it_was(things):
    item = {
        "group": "a",
        "n": decimal.Decimal("-1.5"),
        "large": decimal.Decimal("9" * 38),
        "small": decimal.Decimal("1E-130"),
        "exact": decimal.Decimal("0." + "1234567890" * 3 + "12345678"),
        "bytes": Binary(bytes(range(256))),
        "none": None,
        "true": True,
        "false": False,
        "list": ["x", decimal.Decimal(1), [None, {}], Binary(b"\x00")],
        "map": {"é": {"deep": [{"deeper": {"x"}}]}},
        "texts": {"a", "b", "é"},
        "numbers": {decimal.Decimal(1), decimal.Decimal("2.5"), decimal.Decimal(-3)},
        "binaries": {Binary(b"a"), Binary(b"\xff")},
    }
    things.put_item(Item=item)
    assert things.get_item(Key={"group": "a", "n": decimal.Decimal("-1.5")}, ConsistentRead=True)["Item"] == item


def test_an_update_and_a_deletion_answer_values_of_python(things):
    key = {"group": "a", "n": 1}
    changed = things.update_item(
        Key=key,
        UpdateExpression="SET #c = :c, tags = :t ADD visits :one",
        ExpressionAttributeNames={"#c": "colour"},
        ExpressionAttributeValues={":c": "red", ":t": {"x", "y"}, ":one": 1},
        ReturnValues="UPDATED_NEW",
    )
    assert changed["Attributes"] == {"colour": "red", "tags": {"x", "y"}, "visits": 1}
    assert things.delete_item(Key=key, ReturnValues="ALL_OLD")["Attributes"] == {**key, **changed["Attributes"]}
    assert "Item" not in things.get_item(Key=key)


def test_conditions_of_writes(things):
    fresh = Attr("group").not_exists()
    things.put_item(Item={"group": "a", "n": 1, "visits": 3}, ConditionExpression=fresh)
    with pytest.raises(things.meta.client.exceptions.ConditionalCheckFailedException):
        things.put_item(Item={"group": "a", "n": 1}, ConditionExpression=fresh)
    change = dict(Key={"group": "a", "n": 1}, UpdateExpression="SET visits = visits + :one", ExpressionAttributeValues={":one": 1})
    things.update_item(**change, ConditionExpression=Attr("visits").between(1, 3) & Attr("group").begins_with("a"))
    with pytest.raises(things.meta.client.exceptions.ConditionalCheckFailedException):
        things.update_item(**change, ConditionExpression=Attr("visits").lt(4) | ~Attr("visits").attribute_type("N"))
    things.delete_item(Key={"group": "a", "n": 1}, ConditionExpression=Attr("visits").is_in([4, 5]))


ITEMS = [
    {"group": "a", "n": decimal.Decimal(n), "colour": ("red", "green", "blue")[n % 3], "text": "x" * n, "tags": {"even"} if n % 2 == 0 else {"odd"}, "list": list(range(n))}
    for n in range(8)
]
N = operator.itemgetter("n")


@pytest.fixture
def filled(things):
    with things.batch_writer() as batch:
        for item in ITEMS:
            batch.put_item(Item=item)
    return things


@pytest.mark.parametrize(
    "condition, holds",
    [
        (Attr("colour").eq("red"), lambda i: i["colour"] == "red"),
        (Attr("colour").ne("red"), lambda i: i["colour"] != "red"),
        (Attr("n").lt(3), lambda i: N(i) < 3),
        (Attr("n").lte(3), lambda i: N(i) <= 3),
        (Attr("n").gt(3), lambda i: N(i) > 3),
        (Attr("n").gte(decimal.Decimal("3.0")), lambda i: N(i) >= 3),
        (Attr("n").between(2, 5), lambda i: 2 <= N(i) <= 5),
        (Attr("n").is_in([1, 3, 99]), lambda i: N(i) in (1, 3, 99)),
        (Attr("colour").begins_with("gr"), lambda i: i["colour"] == "green"),
        (Attr("colour").contains("e"), lambda i: True),
        (Attr("tags").contains("odd"), lambda i: N(i) % 2 == 1),
        (Attr("list").contains(4), lambda i: N(i) > 4),
        (Attr("text").size().gt(5), lambda i: N(i) > 5),
        (Attr("list[2]").exists(), lambda i: N(i) > 2),
        (Attr("list[2]").not_exists(), lambda i: N(i) <= 2),
        (Attr("tags").attribute_type("SS"), lambda i: True),
        (Attr("n").gt(1) & Attr("n").lt(6) & Attr("colour").ne("blue"), lambda i: 1 < N(i) < 6 and i["colour"] != "blue"),
        (Attr("n").eq(1) | Attr("n").eq(7) | Attr("n").eq(9), lambda i: N(i) in (1, 7)),
        (~(Attr("n").eq(1) | Attr("colour").eq("red")), lambda i: N(i) != 1 and i["colour"] != "red"),
    ],
    ids=lambda value: boto3.dynamodb.conditions.ConditionExpressionBuilder().build_expression(value)[0] if not callable(value) else "",
)
def test_conditions_of_a_scan(filled, condition, holds):
    found = filled.scan(FilterExpression=condition)
    assert sorted(found["Items"], key=N) == [i for i in ITEMS if holds(i)]
    assert found["ScannedCount"] == 8


@pytest.mark.parametrize(
    "condition, expected",
    [
        (Key("n").eq(3), [3]),
        (Key("n").lt(3), [0, 1, 2]),
        (Key("n").lte(3), [0, 1, 2, 3]),
        (Key("n").gt(5), [6, 7]),
        (Key("n").gte(5), [5, 6, 7]),
        (Key("n").between(2, 4), [2, 3, 4]),
    ],
)
def test_conditions_of_keys(filled, condition, expected):
    query = lambda **more: [int(N(i)) for i in filled.query(KeyConditionExpression=Key("group").eq("a") & condition, **more)["Items"]]
    assert query() == expected
    assert query(ScanIndexForward=False) == expected[::-1]


def test_a_query_of_an_index_with_everything(filled):
    found = filled.query(
        IndexName="by-colour",
        KeyConditionExpression=Key("colour").eq("red") & Key("n").gte(0),
        FilterExpression=Attr("tags").contains("odd"),
        ProjectionExpression="#n, tags",
        ExpressionAttributeNames={"#n": "n"},
        ReturnConsumedCapacity="INDEXES",
    )
    assert found["Items"] == [{"n": 3, "tags": {"odd"}}]
    assert (found["Count"], found["ScannedCount"]) == (1, 3)
    assert found["ConsumedCapacity"]["GlobalSecondaryIndexes"] == {"by-colour": {"CapacityUnits": 0.5}}


# Several items


def test_batches_of_the_resource_and_what_didn_t_fit(resource, things):
    with things.batch_writer(overwrite_by_pkeys=["group", "n"]) as batch:
        for n in range(60):
            batch.put_item(Item={"group": "b", "n": n, "filling": "x" * 300_000})
            batch.put_item(Item={"group": "b", "n": n, "filling": "y" * 300_000})
    wanted = {"things": {"Keys": [{"group": "b", "n": n} for n in range(60)], "ProjectionExpression": "n"}}
    found, rounds = [], 0
    while wanted:
        answer = resource.batch_get_item(RequestItems=wanted)
        found += answer["Responses"].get("things", [])
        wanted = answer["UnprocessedKeys"]
        rounds += 1
    assert sorted(int(N(i)) for i in found) == list(range(60))
    assert rounds == 2
    assert all(i["filling"][0] == "y" for i in things.scan(Limit=3)["Items"])


def test_transactions_through_the_resource_s_client(resource, things):
    client = resource.meta.client
    client.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": "things", "Item": {"group": "t", "n": 1}, "ConditionExpression": "attribute_not_exists(n)"}},
            {"Update": {"TableName": "things", "Key": {"group": "t", "n": 2}, "UpdateExpression": "SET x = :x", "ExpressionAttributeValues": {":x": {"a"}}}},
        ]
    )
    answer = client.transact_get_items(TransactItems=[{"Get": {"TableName": "things", "Key": {"group": "t", "n": n}}} for n in (2, 1, 3)])
    assert answer["Responses"] == [{"Item": {"group": "t", "n": 2, "x": {"a"}}}, {"Item": {"group": "t", "n": 1}}, {}]


# Collections and paginators


def test_the_collection_of_tables(resource, table):
    for name in ("aaa", "bbb", "ccc", "ddd"):
        table(name)
    assert [t.name for t in resource.tables.all()] == ["aaa", "bbb", "ccc", "ddd"]
    assert [t.name for t in resource.tables.limit(3)] == ["aaa", "bbb", "ccc"]
    assert [[t.name for t in page] for page in resource.tables.page_size(3).pages()] == [["aaa", "bbb", "ccc"], ["ddd"]]
    assert [t.name for t in resource.tables.filter(ExclusiveStartTableName="bbb")] == ["ccc", "ddd"]


def arguments(operation, account):
    return {
        "list_tables": ({}, "TableNames", "TableNames[]"),
        "list_backups": ({}, "BackupSummaries", "BackupSummaries[].BackupName"),
        "query": (dict(TableName="one0", KeyConditionExpression="PK = :p", ExpressionAttributeValues={":p": {"S": "p"}}), "Items", "Items[].SK.N"),
        "scan": (dict(TableName="one0"), "Items", "Items[].SK.N"),
        "list_tags_of_resource": (dict(ResourceArn=f"arn:aws:dynamodb:us-east-1:{account}:table/one0"), "Tags", "Tags[].Key"),
    }[operation]


@pytest.mark.parametrize("operation, size", [("list_tables", 5), ("list_backups", 5), ("query", 5), ("scan", 5), ("list_tags_of_resource", 5)])
def test_every_paginator(clients, dynamodb, table, operation, size):
    for n in range(5):
        table(f"one{n}", (("PK", "S"), ("SK", "N")))
        dynamodb.put_item(TableName="one0", Item={"PK": {"S": "p"}, "SK": {"N": str(n)}})
        dynamodb.create_backup(TableName="one0", BackupName=f"backup{n}")
    dynamodb.tag_resource(ResourceArn=f"arn:aws:dynamodb:us-east-1:{clients.account}:table/one0", Tags=[{"Key": f"k{n}", "Value": "v"} for n in range(5)])
    parameters, key, search = arguments(operation, clients.account)
    paginator = dynamodb.get_paginator(operation)
    every = list(paginator.paginate(**parameters).search(search))
    assert len(set(every)) == len(every) == 5
    if operation != "list_tags_of_resource":
        pages = [len(page[key]) for page in paginator.paginate(**parameters, PaginationConfig={"PageSize": 2})]
        assert [count for count in pages if count] == [2, 2, 1]
    first = paginator.paginate(**parameters, PaginationConfig={"MaxItems": 3}).build_full_result()
    assert len(first[key]) == 3
    rest = paginator.paginate(**parameters, PaginationConfig={"StartingToken": first["NextToken"]}).build_full_result()
    assert len(rest[key]) == 2 and "NextToken" not in rest


# Waiters


def test_waiters_end_where_statuses_pass(own_apus):
    apus = own_apus("--realistic-status")
    apus.own("POST", "/_apus/clock", {"freeze": "2026-11-21T12:00:00Z"})
    clients = Clients(apus, "111122223333")
    resource = clients.resource("dynamodb")
    client = resource.meta.client
    statuses = []
    client.meta.events.register("after-call.dynamodb.DescribeTable", lambda parsed, **_: statuses.append(parsed.get("Table", {}).get("TableStatus")))
    client.meta.events.register("after-call.dynamodb.DescribeTable", lambda **_: apus.own("POST", "/_apus/clock", {"advance": "2s"}))
    made = resource.create_table(
        TableName="slow",
        AttributeDefinitions=[{"AttributeName": "PK", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client.get_waiter("table_exists").wait(TableName="slow", WaiterConfig=POLL)
    assert statuses[0] == "CREATING" and statuses[-1] == "ACTIVE"
    made.delete()
    client.get_waiter("table_not_exists").wait(TableName="slow", WaiterConfig=POLL)
    assert "DELETING" in statuses and statuses[-1] is None


def test_the_waiter_for_contributor_insights(dynamodb, table):
    table("watched")
    dynamodb.update_contributor_insights(TableName="watched", ContributorInsightsAction="ENABLE")
    dynamodb.get_waiter("contributor_insights_enabled").wait(TableName="watched", WaiterConfig=POLL)


# Exception classes


def exceptions(client):
    """Calls that fail, by the class of the client's that they must raise."""
    key = {"PK": {"S": "a"}}
    put = {"Put": {"TableName": "one", "Item": key, "ConditionExpression": "attribute_not_exists(PK)"}}
    arn = client.describe_table(TableName="one")["Table"]["TableArn"]
    return {
        "ConditionalCheckFailedException": lambda: client.put_item(TableName="one", Item=key, ConditionExpression="attribute_not_exists(PK)"),
        "ResourceNotFoundException": lambda: client.get_item(TableName="nope", Key=key),
        "ResourceInUseException": lambda: client.create_table(
            TableName="one",
            AttributeDefinitions=[{"AttributeName": "PK", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        ),
        "TransactionCanceledException": lambda: client.transact_write_items(TransactItems=[put]),
        "IdempotentParameterMismatchException": lambda: [
            client.transact_write_items(ClientRequestToken="token", TransactItems=[{"Put": {"TableName": "one", "Item": {"PK": {"S": n}}}}]) for n in "bc"
        ],
        "DuplicateItemException": lambda: client.execute_statement(Statement="INSERT INTO one VALUE {'PK': 'a'}"),
        "BackupNotFoundException": lambda: client.describe_backup(BackupArn=f"{arn}/backup/01576616366715-b4e58d3a"),
        "TableNotFoundException": lambda: client.create_backup(TableName="nope", BackupName="backup"),
        "TableAlreadyExistsException": lambda: client.restore_table_from_backup(
            TargetTableName="one", BackupArn=client.create_backup(TableName="one", BackupName="backup")["BackupDetails"]["BackupArn"]
        ),
        "PointInTimeRecoveryUnavailableException": lambda: client.restore_table_to_point_in_time(
            SourceTableName="one", TargetTableName="other", UseLatestRestorableTime=True
        ),
        "PolicyNotFoundException": lambda: client.get_resource_policy(ResourceArn=arn),
    }


@pytest.mark.parametrize("name", [
    "ConditionalCheckFailedException", "ResourceNotFoundException", "ResourceInUseException", "TransactionCanceledException", "IdempotentParameterMismatchException",
    "DuplicateItemException", "BackupNotFoundException", "TableNotFoundException", "TableAlreadyExistsException", "PointInTimeRecoveryUnavailableException",
    "PolicyNotFoundException",
])
def test_errors_are_of_the_client_s_classes(dynamodb, table, name):
    table("one")
    dynamodb.put_item(TableName="one", Item={"PK": {"S": "a"}})
    with pytest.raises(getattr(dynamodb.exceptions, name)) as caught:
        exceptions(dynamodb)[name]()
    assert caught.value.response["Error"]["Code"] == name
    assert caught.value.response["Error"]["Message"]
    assert caught.value.response["ResponseMetadata"]["RequestId"]


def test_errors_carry_their_own_members(dynamodb, table):
    table("one")
    key = {"PK": {"S": "a"}}
    dynamodb.put_item(TableName="one", Item={**key, "n": {"N": "1"}})
    condition = dict(ConditionExpression="attribute_not_exists(PK)", ReturnValuesOnConditionCheckFailure="ALL_OLD")
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException) as caught:
        dynamodb.put_item(TableName="one", Item=key, **condition)
    assert caught.value.response["Item"] == {**key, "n": {"N": "1"}}
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as caught:
        dynamodb.transact_write_items(TransactItems=[{"Put": {"TableName": "one", "Item": {"PK": {"S": "b"}}}}, {"Put": {"TableName": "one", "Item": key, **condition}}])
    assert caught.value.response["CancellationReasons"] == [
        {"Code": "None"},
        {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed", "Item": {**key, "n": {"N": "1"}}},
    ]


# Streams


def test_a_stream_through_its_client(clients, dynamodb, table):
    arn = table("watched", StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})["LatestStreamArn"]
    streams = clients.boto3("dynamodbstreams")
    for n in range(5):
        dynamodb.put_item(TableName="watched", Item={"PK": {"S": "a"}, "n": {"N": str(n)}, "b": {"B": b"\xff"}})
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    numbers = []
    for _ in range(4):
        answer = streams.get_records(ShardIterator=iterator, Limit=2)
        numbers += [record["dynamodb"]["NewImage"]["n"]["N"] for record in answer["Records"]]
        assert all(record["dynamodb"]["NewImage"]["b"]["B"] == b"\xff" for record in answer["Records"])
        iterator = answer["NextShardIterator"]
    assert numbers == ["0", "1", "2", "3", "4"]
    with pytest.raises(streams.exceptions.ResourceNotFoundException):
        streams.describe_stream(StreamArn=arn.replace("watched", "nothing"))
    with pytest.raises(streams.exceptions.ResourceNotFoundException):
        streams.get_shard_iterator(StreamArn=arn, ShardId="shardId-00000000000000000000-00000000", ShardIteratorType="LATEST")
