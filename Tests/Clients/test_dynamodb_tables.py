"""CreateTable, DescribeTable, UpdateTable, DeleteTable, ListTables."""

import re

import pytest
from conftest import Clients, refused

ABSENT = "Requested resource not found: Table: nope not found"


def attribute(name, kind="S"):
    return {"AttributeName": name, "AttributeType": kind}


def key(hash, range=None):
    keys = [{"AttributeName": hash, "KeyType": "HASH"}]
    return keys if range is None else [*keys, {"AttributeName": range, "KeyType": "RANGE"}]


def index(name="by-city", hash="city", range=None, projection="ALL", **more):
    return {"IndexName": name, "KeySchema": key(hash, range), "Projection": {"ProjectionType": projection}, **more}


def definition(name="orders", **changes):
    """CreateTable's parameters for a table that is right, but for the changes; a change to None leaves a parameter out."""
    parameters = {"TableName": name, "AttributeDefinitions": [attribute("id")], "KeySchema": key("id"), "BillingMode": "PAY_PER_REQUEST", **changes}
    return {n: v for n, v in parameters.items() if v is not None}


def test_a_provisioned_table_is_described_as_it_was_defined(clients, dynamodb):
    created = dynamodb.create_table(
        TableName="eventos",
        AttributeDefinitions=[attribute("PK"), attribute("SK", "N"), attribute("Evento"), attribute("Email")],
        KeySchema=key("PK", "SK"),
        ProvisionedThroughput={"ReadCapacityUnits": 3, "WriteCapacityUnits": 2},
        GlobalSecondaryIndexes=[
            index("evento-email", "Evento", "Email", ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}),
        ],
        LocalSecondaryIndexes=[
            {"IndexName": "email", "KeySchema": key("PK", "Email"), "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["Estado"]}}
        ],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )["TableDescription"]
    dynamodb.get_waiter("table_exists").wait(TableName="eventos", WaiterConfig={"Delay": 1, "MaxAttempts": 3})
    described = dynamodb.describe_table(TableName="eventos")["Table"]

    arn = f"arn:aws:dynamodb:us-east-1:{clients.account}:table/eventos"
    assert described["TableArn"] == created["TableArn"] == arn
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", described["TableId"])
    assert described["TableId"] == created["TableId"]
    assert described["TableStatus"] == "ACTIVE"
    assert described["KeySchema"] == key("PK", "SK")
    assert sorted(d["AttributeName"] for d in described["AttributeDefinitions"]) == ["Email", "Evento", "PK", "SK"]
    assert (described["ItemCount"], described["TableSizeBytes"]) == (0, 0)
    throughput = described["ProvisionedThroughput"]
    assert (throughput["ReadCapacityUnits"], throughput["WriteCapacityUnits"], throughput["NumberOfDecreasesToday"]) == (3, 2, 0)
    assert described["DeletionProtectionEnabled"] is False
    assert described["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    assert described["LatestStreamArn"] == f"{arn}/stream/{described['LatestStreamLabel']}"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}", described["LatestStreamLabel"])

    (gsi,) = described["GlobalSecondaryIndexes"]
    assert (gsi["IndexName"], gsi["IndexStatus"], gsi["IndexArn"]) == ("evento-email", "ACTIVE", f"{arn}/index/evento-email")
    assert gsi["KeySchema"] == key("Evento", "Email")
    assert gsi["Projection"] == {"ProjectionType": "ALL"}
    assert gsi["ProvisionedThroughput"]["ReadCapacityUnits"] == 1
    (lsi,) = described["LocalSecondaryIndexes"]
    assert (lsi["IndexName"], lsi["IndexArn"]) == ("email", f"{arn}/index/email")
    assert lsi["Projection"] == {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["Estado"]}


def test_an_on_demand_table_has_no_throughput(dynamodb):
    dynamodb.create_table(**definition())
    described = dynamodb.describe_table(TableName="orders")["Table"]
    assert described["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    throughput = described["ProvisionedThroughput"]
    assert (throughput["ReadCapacityUnits"], throughput["WriteCapacityUnits"]) == (0, 0)


def test_a_table_may_be_named_by_its_arn(clients, dynamodb):
    arn = dynamodb.create_table(**definition())["TableDescription"]["TableArn"]
    assert dynamodb.describe_table(TableName=arn)["Table"]["TableName"] == "orders"
    dynamodb.put_item(TableName=arn, Item={"id": {"S": "1"}})
    assert dynamodb.get_item(TableName="orders", Key={"id": {"S": "1"}})["Item"] == {"id": {"S": "1"}}


def test_item_count_and_size_follow_the_items(dynamodb):
    dynamodb.create_table(**definition())
    dynamodb.put_item(TableName="orders", Item={"id": {"S": "abc"}, "n": {"N": "12"}})
    described = dynamodb.describe_table(TableName="orders")["Table"]
    assert (described["ItemCount"], described["TableSizeBytes"]) == (1, 2 + 3 + 1 + 2)
    dynamodb.delete_item(TableName="orders", Key={"id": {"S": "abc"}})
    described = dynamodb.describe_table(TableName="orders")["Table"]
    assert (described["ItemCount"], described["TableSizeBytes"]) == (0, 0)


def test_the_resource_layer_makes_and_deletes_a_table(clients):
    resource = clients.resource("dynamodb")
    made = resource.create_table(**definition("things"))
    made.wait_until_exists()
    made.reload()
    assert (made.table_status, made.item_count, made.key_schema) == ("ACTIVE", 0, key("id"))
    assert [t.name for t in resource.tables.all()] == ["things"]
    made.delete()
    made.wait_until_not_exists()
    assert list(resource.tables.all()) == []


@pytest.mark.parametrize(
    "changes, message",
    [
        (
            {"BillingMode": None},
            "One or more parameter values were invalid: "
            "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED",
        ),
        (
            {"ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}},
            "One or more parameter values were invalid: "
            "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST",
        ),
        (
            {"AttributeDefinitions": [attribute("id"), attribute("spare")]},
            "One or more parameter values were invalid: "
            "Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions",
        ),
        (
            {"AttributeDefinitions": [attribute("other")]},
            "One or more parameter values were invalid: "
            "Some index key attributes are not defined in AttributeDefinitions. Keys: [id], AttributeDefinitions: [other]",
        ),
        (
            {"KeySchema": [{"AttributeName": "id", "KeyType": "RANGE"}]},
            "Invalid KeySchema: The first KeySchemaElement is not a HASH key type",
        ),
        (
            {
                "AttributeDefinitions": [attribute("id"), attribute("at")],
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "HASH"}],
            },
            "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type",
        ),
        (
            {"KeySchema": key("id", "id")},
            "Invalid KeySchema: Some index key attribute have no definition",
        ),
        (
            {"GlobalSecondaryIndexes": [index()]},
            "One or more parameter values were invalid: "
            "Some index key attributes are not defined in AttributeDefinitions. Keys: [city], AttributeDefinitions: [id]",
        ),
        (
            {"AttributeDefinitions": [attribute("id"), attribute("city")], "GlobalSecondaryIndexes": [index(), index()]},
            "One or more parameter values were invalid: Duplicate index name: by-city",
        ),
        (
            {"StreamSpecification": {"StreamEnabled": True}},
            "One or more parameter values were invalid: Table is being created with a stream enabled, UpdateViewType is required",
        ),
        (
                {"TableName": "ab"},
                "1 validation error detected: Value 'ab' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3",
            ),
    ],
)
def test_a_definition_that_is_wrong_makes_no_table(unchecked, changes, message):
    with refused("ValidationException", message):
        unchecked.create_table(**definition(**changes))
    assert unchecked.list_tables()["TableNames"] == []


def test_unknown_values_of_an_enumeration_are_all_reported(unchecked):
    wrong = definition(AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "X"}], BillingMode="FREE")
    with refused("ValidationException") as caught:
        unchecked.create_table(**wrong)
    message = caught.value.response["Error"]["Message"]
    assert message.startswith("2 validation errors detected: ")
    assert "Value 'FREE' at 'billingMode' failed to satisfy constraint: Member must satisfy enum value set: " in message
    assert "Value 'X' at 'attributeDefinitions.1.member.attributeType' failed to satisfy constraint: Member must satisfy enum value set: " in message


def test_a_name_is_taken_once(dynamodb):
    dynamodb.create_table(**definition())
    with refused("ResourceInUseException", "Table already exists: orders"):
        dynamodb.create_table(**definition())


def test_tables_that_do_not_exist(dynamodb):
    for operation in (dynamodb.describe_table, dynamodb.delete_table):
        with refused("ResourceNotFoundException", ABSENT):
            operation(TableName="nope")
    with refused("ResourceNotFoundException", ABSENT):
        dynamodb.update_table(TableName="nope", BillingMode="PAY_PER_REQUEST")


def test_a_deleted_table_is_gone_with_its_items(dynamodb):
    dynamodb.create_table(**definition())
    dynamodb.put_item(TableName="orders", Item={"id": {"S": "1"}})
    deleted = dynamodb.delete_table(TableName="orders")["TableDescription"]
    assert (deleted["TableName"], deleted["TableStatus"]) == ("orders", "DELETING")
    dynamodb.get_waiter("table_not_exists").wait(TableName="orders", WaiterConfig={"Delay": 1, "MaxAttempts": 3})
    with refused("ResourceNotFoundException", "Requested resource not found"):
        dynamodb.get_item(TableName="orders", Key={"id": {"S": "1"}})
    dynamodb.create_table(**definition())
    assert dynamodb.scan(TableName="orders")["Count"] == 0


def test_a_protected_table_is_not_deleted(clients, dynamodb):
    dynamodb.create_table(**definition(DeletionProtectionEnabled=True))
    with refused(
        "ValidationException",
        "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.",
    ):
        dynamodb.delete_table(TableName="orders")
    dynamodb.update_table(TableName="orders", DeletionProtectionEnabled=False)
    dynamodb.delete_table(TableName="orders")
    assert dynamodb.list_tables()["TableNames"] == []


def test_tables_are_listed_by_name_in_pages(dynamodb):
    names = [f"table-{n:02}" for n in range(7)]
    for name in reversed(names):
        dynamodb.create_table(**definition(name))
    first = dynamodb.list_tables(Limit=3)
    assert (first["TableNames"], first["LastEvaluatedTableName"]) == (names[:3], "table-02")
    rest = dynamodb.list_tables(ExclusiveStartTableName="table-02", Limit=4)
    assert rest["TableNames"] == names[3:]
    # A start that isn't a table is a place in the order of the names.
    assert dynamodb.list_tables(ExclusiveStartTableName="table-04x")["TableNames"] == names[5:]
    pages = dynamodb.get_paginator("list_tables").paginate(PaginationConfig={"PageSize": 2})
    assert [n for page in pages for n in page["TableNames"]] == names


def test_a_page_of_tables_has_1_to_100(unchecked):
    for limit, bound in ((0, "greater than or equal to 1"), (101, "less than or equal to 100")):
        with refused(
            "ValidationException",
            f"1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint: Member must have value {bound}",
        ):
            unchecked.list_tables(Limit=limit)


def test_throughput_is_changed_and_billing_with_it(dynamodb):
    dynamodb.create_table(**definition(BillingMode="PROVISIONED", ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}))
    dynamodb.update_table(TableName="orders", ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 6})
    throughput = dynamodb.describe_table(TableName="orders")["Table"]["ProvisionedThroughput"]
    assert (throughput["ReadCapacityUnits"], throughput["WriteCapacityUnits"]) == (5, 6)
    with refused("ValidationException") as caught:
        dynamodb.update_table(TableName="orders", ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 6})
    assert caught.value.response["Error"]["Message"].startswith(
        "The provisioned throughput for the table will not change. The requested value equals the current value. "
        "Current ReadCapacityUnits provisioned for the table: 5. Requested ReadCapacityUnits: 5."
    )
    dynamodb.update_table(TableName="orders", BillingMode="PAY_PER_REQUEST")
    described = dynamodb.describe_table(TableName="orders")["Table"]
    assert described["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert described["ProvisionedThroughput"]["ReadCapacityUnits"] == 0


def test_a_stream_is_turned_on_and_off(dynamodb):
    dynamodb.create_table(**definition())
    on = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    updated = dynamodb.update_table(TableName="orders", StreamSpecification=on)["TableDescription"]
    assert updated["StreamSpecification"] == on
    with refused("ValidationException", "Table already has an enabled stream: TableName: orders"):
        dynamodb.update_table(TableName="orders", StreamSpecification=on)
    dynamodb.update_table(TableName="orders", StreamSpecification={"StreamEnabled": False})
    described = dynamodb.describe_table(TableName="orders")["Table"]
    assert "StreamSpecification" not in described
    # The last stream can still be read for a day.
    assert described["LatestStreamArn"] == updated["LatestStreamArn"]
    with refused("ValidationException", "Table has no stream to disable: TableName: orders"):
        dynamodb.update_table(TableName="orders", StreamSpecification={"StreamEnabled": False})


def test_a_new_index_holds_the_items_that_were_there_before_it(dynamodb):
    dynamodb.create_table(**definition())
    for id, city in (("1", "Lima"), ("2", "Quito"), ("3", None), ("4", "Lima")):
        dynamodb.put_item(TableName="orders", Item={"id": {"S": id}, **({"city": {"S": city}} if city else {})})
    # An attribute of another type than the index's key leaves the item out of it.
    dynamodb.put_item(TableName="orders", Item={"id": {"S": "5"}, "city": {"N": "5"}})
    dynamodb.update_table(
        TableName="orders", AttributeDefinitions=[attribute("id"), attribute("city")],
        GlobalSecondaryIndexUpdates=[{"Create": index(projection="KEYS_ONLY")}],
    )
    (gsi,) = dynamodb.describe_table(TableName="orders")["Table"]["GlobalSecondaryIndexes"]
    assert (gsi["IndexName"], gsi["IndexStatus"], gsi["ItemCount"]) == ("by-city", "ACTIVE", 3)
    found = dynamodb.query(
        TableName="orders", IndexName="by-city", KeyConditionExpression="city = :c", ExpressionAttributeValues={":c": {"S": "Lima"}}
    )
    assert sorted(i["id"]["S"] for i in found["Items"]) == ["1", "4"]

    with refused("ValidationException", "Attempting to create an index which already exists"):
        dynamodb.update_table(
            TableName="orders", AttributeDefinitions=[attribute("city")], GlobalSecondaryIndexUpdates=[{"Create": index()}]
        )
    dynamodb.update_table(TableName="orders", GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-city"}}])
    described = dynamodb.describe_table(TableName="orders")["Table"]
    assert "GlobalSecondaryIndexes" not in described
    assert described["AttributeDefinitions"] == [attribute("id")]
    with refused("ValidationException", "The table does not have the specified index: by-city"):
        dynamodb.query(
            TableName="orders", IndexName="by-city", KeyConditionExpression="city = :c", ExpressionAttributeValues={":c": {"S": "Lima"}}
        )
    with refused("ResourceNotFoundException"):
        dynamodb.update_table(TableName="orders", GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-city"}}])


def test_one_index_is_made_at_a_time(dynamodb):
    dynamodb.create_table(**definition())
    with refused(
        "LimitExceededException", "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table"
    ):
        dynamodb.update_table(
            TableName="orders", AttributeDefinitions=[attribute("a"), attribute("b")],
            GlobalSecondaryIndexUpdates=[{"Create": index("one", "a")}, {"Create": index("two", "b")}],
        )
    assert "GlobalSecondaryIndexes" not in dynamodb.describe_table(TableName="orders")["Table"]


def test_an_update_that_says_nothing_is_refused(dynamodb):
    dynamodb.create_table(**definition())
    with refused("ValidationException") as caught:
        dynamodb.update_table(TableName="orders")
    assert caught.value.response["Error"]["Message"].startswith("At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, ")


def test_statuses_pass_as_on_aws_where_asked_for(own_apus):
    apus = own_apus("--realistic-status")
    dynamodb = Clients(apus, "111122223333").boto3("dynamodb")
    assert dynamodb.create_table(**definition())["TableDescription"]["TableStatus"] == "CREATING"
    apus.settle(jump=60)
    assert dynamodb.describe_table(TableName="orders")["Table"]["TableStatus"] == "ACTIVE"
    assert dynamodb.delete_table(TableName="orders")["TableDescription"]["TableStatus"] == "DELETING"
    apus.settle(jump=60)
    assert dynamodb.list_tables()["TableNames"] == []


def test_a_kinesis_destination_is_refused_by_name(dynamodb):
    dynamodb.create_table(**definition())
    with refused("NotImplementedException", status=501) as caught:
        dynamodb.enable_kinesis_streaming_destination(TableName="orders", StreamArn="arn:aws:kinesis:us-east-1:111122223333:stream/changes")
    assert "EnableKinesisStreamingDestination" in caught.value.response["Error"]["Message"]
