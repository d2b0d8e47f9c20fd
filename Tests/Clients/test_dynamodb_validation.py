"""What DynamoDB refuses, in which order and in which words."""

import pytest
from conftest import refused


def test_a_wrong_type_anywhere_comes_first(unchecked):
    with refused("SerializationException", "NUMBER_VALUE cannot be converted to String"):
        unchecked.create_table(TableName="a;", KeySchema=[{"AttributeName": 1}])
    with refused("SerializationException", "STRING_VALUE cannot be converted to Integer"):
        unchecked.query(TableName="a;", Limit="1")


def test_ten_broken_constraints_are_told(unchecked):
    with refused("ValidationException") as caught:
        unchecked.create_table(TableName="abc", AttributeDefinitions=[{"AttributeType": "S"}] * 11, KeySchema=[])
    missing = [f"Value null at 'attributeDefinitions.{n}.member.attributeName' failed to satisfy constraint: Member must not be null" for n in range(1, 11)]
    assert caught.value.response["Error"]["Message"] == "10 validation errors detected: " + "; ".join(missing)


@pytest.mark.parametrize(
    "keys, message",
    [
        ([("PK", "HASH"), ("SK", "RANGE")], "Invalid KeySchema: Some index key attribute have no definition"),
        ([("PK", "RANGE")], "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"),
        (
            [("x", "HASH")],
            "One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. "
            "Keys: [x], AttributeDefinitions: [PK]",
        ),
    ],
)
def test_keys_must_be_defined(dynamodb, keys, message):
    with refused("ValidationException", message):
        dynamodb.create_table(
            TableName="table",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "PK", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
        )
    assert dynamodb.list_tables()["TableNames"] == []


def test_one_item_in_a_batch_by_name_and_by_arn(dynamodb, table):
    table()
    arn = dynamodb.describe_table(TableName="table")["Table"]["TableArn"]
    puts = [{"PutRequest": {"Item": {"PK": {"S": "a"}}}}]
    with refused("ValidationException", "Provided list of item keys contains duplicates"):
        dynamodb.batch_write_item(RequestItems={"table": puts, arn: puts})
    assert dynamodb.scan(TableName="table")["Count"] == 0


@pytest.mark.parametrize(
    "operation, parameters, message",
    [
        ("batch_write_item", {"RequestItems": {}}, "The requestItems parameter is required for BatchWriteItem"),
        (
            "batch_get_item",
            {"RequestItems": {}},
            "1 validation error detected: Value at 'RequestItems' failed to satisfy constraint: Member must have length greater than or equal to 1",
        ),
        (
            "batch_get_item",
            {"RequestItems": {"table": {"Keys": [{"PK": {"S": str(n)}} for n in range(101)]}}},
            "1 validation error detected: Value at 'RequestItems.table.member.Keys' failed to satisfy constraint: "
            "Member must have length less than or equal to 100",
        ),
        (
            "batch_write_item",
            {"RequestItems": {"table": [{"PutRequest": {"Item": {"PK": {"N": "1"}}}}]}},
            "The provided key element does not match the schema",
        ),
        (
            "put_item",
            {"TableName": "", "Item": {}, "ReturnValues": "x"},
            "1 validation error detected: Value '' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 1",
        ),
        (
            "put_item",
            {"TableName": "table", "Item": {"PK": {"S": "a"}, "x" * 65536: {"S": "a"}}},
            "1 validation error detected: Attribute name is too large, must be less than 65536 bytes",
        ),
        (
            "update_item",
            {"TableName": "table", "Key": {"PK": {"S": "a"}}, "ReturnValues": "x", "ReturnConsumedCapacity": "y"},
            "1 validation error detected: Value 'x' at 'returnValues' failed to satisfy constraint: "
            "Member must satisfy enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]",
        ),
        (
            "transact_write_items",
            {"TransactItems": [{"Delete": {"TableName": "table", "Key": {"PK": {"S": ""}}}}]},
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: PK",
        ),
    ],
)
def test_what_writes_and_batches_refuse(unchecked, table, operation, parameters, message):
    table()
    with refused("ValidationException", message):
        getattr(unchecked, operation)(**parameters)


def test_a_transaction_takes_names_without_an_expression(dynamodb, table):
    table()
    put = {"TableName": "table", "Item": {"PK": {"S": "a"}}, "ExpressionAttributeNames": {"#a": "b"}}
    dynamodb.transact_write_items(TransactItems=[{"Put": put}])
    with refused("ValidationException", "1 validation error detected: ExpressionAttributeNames can only be specified when using expressions"):
        dynamodb.put_item(**put)
