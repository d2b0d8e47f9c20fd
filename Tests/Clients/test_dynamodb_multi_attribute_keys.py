"""Global indexes whose partition and sort keys have several attributes: AWS's documented example of a tournament, and its rules."""

import json
from decimal import Decimal

import pytest
from boto3.dynamodb.conditions import Attr, Key
from conftest import refused

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.DesignPattern.MultiAttributeKeys.html
MATCHES = [
    ("match-001", "WINTER2024", "NA-EAST", "FINALS", "CHAMPIONSHIP", "101", "103", "2024-01-20"),
    ("match-002", "WINTER2024", "NA-EAST", "SEMIFINALS", "UPPER", "101", "105", "2024-01-18"),
    ("match-003", "WINTER2024", "NA-EAST", "SEMIFINALS", "LOWER", "103", "107", "2024-01-18"),
    ("match-004", "WINTER2024", "NA-EAST", "QUARTERFINALS", "UPPER", "101", "109", "2024-01-15"),
    ("match-005", "WINTER2024", "NA-WEST", "FINALS", "CHAMPIONSHIP", "102", "104", "2024-01-20"),
    ("match-006", "SPRING2024", "NA-EAST", "QUARTERFINALS", "UPPER", "101", "108", "2024-03-15"),
]
NAMES = ("matchId", "tournamentId", "region", "round", "bracket", "player1Id", "player2Id", "matchDate")


def schema(hash, range=()):
    return [{"AttributeName": n, "KeyType": "HASH"} for n in hash] + [{"AttributeName": n, "KeyType": "RANGE"} for n in range]


REGIONS = {
    "IndexName": "TournamentRegionIndex",
    "KeySchema": schema(("tournamentId", "region"), ("round", "bracket", "matchId")),
    "Projection": {"ProjectionType": "ALL"},
}
HISTORY = {
    "IndexName": "PlayerMatchHistoryIndex",
    "KeySchema": schema(("player1Id",), ("matchDate", "round")),
    "Projection": {"ProjectionType": "KEYS_ONLY"},
}


@pytest.fixture
def matches(clients):
    """The resource layer's table with the matches in it."""
    used = ("matchId", "tournamentId", "region", "round", "bracket", "player1Id", "matchDate")
    table = clients.resource("dynamodb").create_table(
        TableName="TournamentMatches",
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in used],
        KeySchema=schema(("matchId",)),
        GlobalSecondaryIndexes=[REGIONS, HISTORY],
        BillingMode="PAY_PER_REQUEST",
    )
    table.wait_until_exists()
    with table.batch_writer() as batch:
        for match in MATCHES:
            batch.put_item(Item=dict(zip(NAMES, match)))
    return table


def found(answer):
    return [item["matchId"] for item in answer["Items"]]


def test_description(matches):
    assert [index["KeySchema"] for index in matches.global_secondary_indexes] == [REGIONS["KeySchema"], HISTORY["KeySchema"]]
    matches.reload()
    assert [index["ItemCount"] for index in matches.global_secondary_indexes] == [6, 6]


@pytest.mark.parametrize(
    "condition, expected",
    [
        (Key("region").eq("NA-EAST"), ["match-001", "match-004", "match-003", "match-002"]),
        (Key("region").eq("NA-EAST") & Key("round").eq("SEMIFINALS"), ["match-003", "match-002"]),
        (Key("region").eq("NA-EAST") & Key("round").eq("SEMIFINALS") & Key("bracket").eq("UPPER"), ["match-002"]),
        (Key("region").eq("NA-EAST") & Key("round").begins_with("QUARTER"), ["match-004"]),
        (Key("region").eq("NA-EAST") & Key("round").gt("FINALS"), ["match-004", "match-003", "match-002"]),
        (Key("round").eq("FINALS") & Key("bracket").between("A", "D") & Key("region").eq("NA-WEST"), ["match-005"]),
        (Key("region").eq("EU"), []),
    ],
)
def test_queries(matches, condition, expected):
    condition = Key("tournamentId").eq("WINTER2024") & condition
    answer = matches.query(IndexName="TournamentRegionIndex", KeyConditionExpression=condition)
    assert found(answer) == expected
    answer = matches.query(IndexName="TournamentRegionIndex", KeyConditionExpression=condition, ScanIndexForward=False)
    assert found(answer) == expected[::-1]


def test_history(matches):
    answer = matches.query(
        IndexName="PlayerMatchHistoryIndex", KeyConditionExpression=Key("player1Id").eq("101") & Key("matchDate").between("2024-01-01", "2024-01-31")
    )
    assert answer["Items"] == [
        {"matchId": "match-004", "player1Id": "101", "matchDate": "2024-01-15", "round": "QUARTERFINALS"},
        {"matchId": "match-002", "player1Id": "101", "matchDate": "2024-01-18", "round": "SEMIFINALS"},
        {"matchId": "match-001", "player1Id": "101", "matchDate": "2024-01-20", "round": "FINALS"},
    ]


@pytest.mark.parametrize(
    "condition, message",
    [
        (Key("tournamentId").eq("W"), "HASH key attributes region must have equality conditions specified in the query"),
        (Key("tournamentId").eq("W") & Key("region").gt("N"), "HASH key attributes region must have equality conditions specified in the query"),
        (
            Key("tournamentId").eq("W") & Key("region").eq("N") & Key("bracket").eq("UPPER"),
            "RANGE key attributes round must have equality conditions specified in the query because a condition is present on key attribute bracket",
        ),
        (
            Key("tournamentId").eq("W") & Key("region").eq("N") & Key("round").begins_with("F") & Key("bracket").eq("UPPER"),
            "RANGE key attributes round must have equality conditions specified in the query because a condition is present on key attribute bracket",
        ),
        (
            Key("tournamentId").eq("W") & Key("region").eq(1),
            "One or more parameter values were invalid: Condition parameter type does not match schema type",
        ),
    ],
)
def test_refused_queries(matches, condition, message):
    with refused("ValidationException", message):
        matches.query(IndexName="TournamentRegionIndex", KeyConditionExpression=condition)


def test_filters(matches):
    partition = Key("tournamentId").eq("WINTER2024") & Key("region").eq("NA-EAST")
    with refused("ValidationException", "Filter Expression can only contain non-primary key attributes: Primary key attribute: bracket"):
        matches.query(IndexName="TournamentRegionIndex", KeyConditionExpression=partition, FilterExpression=Attr("bracket").eq("UPPER"))
    answer = matches.query(IndexName="TournamentRegionIndex", KeyConditionExpression=partition, FilterExpression=Attr("player2Id").gt("105"))
    assert found(answer) == ["match-004", "match-003"]
    with refused("ValidationException", "Consistent reads are not supported on global secondary indexes"):
        matches.query(IndexName="TournamentRegionIndex", KeyConditionExpression=partition, ConsistentRead=True)


def test_pages_and_scans(matches, dynamodb):
    request = {
        "TableName": "TournamentMatches",
        "IndexName": "TournamentRegionIndex",
        "KeyConditionExpression": "tournamentId = :t AND #r = :r",
        "ExpressionAttributeNames": {"#r": "region"},
        "ExpressionAttributeValues": {":t": {"S": "WINTER2024"}, ":r": {"S": "NA-EAST"}},
    }
    pages = list(dynamodb.get_paginator("query").paginate(**request, PaginationConfig={"PageSize": 3}))
    assert [len(page["Items"]) for page in pages] == [3, 1]
    assert set(pages[0]["LastEvaluatedKey"]) == {"matchId", "tournamentId", "region", "round", "bracket"}
    half = {name: value for name, value in pages[0]["LastEvaluatedKey"].items() if name != "region"}
    with refused("ValidationException", "The provided starting key is invalid"):
        dynamodb.query(**request, ExclusiveStartKey=half)
    scanned = []
    for segment in range(4):
        for page in dynamodb.get_paginator("scan").paginate(
            TableName="TournamentMatches", IndexName="TournamentRegionIndex", Segment=segment, TotalSegments=4, PaginationConfig={"PageSize": 1}
        ):
            scanned += [item["matchId"]["S"] for item in page["Items"]]
    assert sorted(scanned) == [match[0] for match in MATCHES]


def test_sparse(matches):
    matches.update_item(Key={"matchId": "match-003"}, UpdateExpression="REMOVE bracket")
    matches.put_item(Item={"matchId": "match-007", "tournamentId": "WINTER2024", "region": "NA-EAST", "round": "FINALS"})
    answer = matches.query(
        IndexName="TournamentRegionIndex", KeyConditionExpression=Key("tournamentId").eq("WINTER2024") & Key("region").eq("NA-EAST")
    )
    assert found(answer) == ["match-001", "match-004", "match-002"]
    with refused("ValidationException"):
        matches.put_item(Item={"matchId": "match-008", "region": 1})
    with refused("ValidationException"):
        matches.put_item(Item={"matchId": "match-008", "region": ""})


def test_types_keep_their_order(clients):
    table = clients.resource("dynamodb").create_table(
        TableName="typed",
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": t} for n, t in (("p", "S"), ("h", "N"), ("i", "B"), ("a", "N"), ("b", "B"))],
        KeySchema=schema(("p",)),
        GlobalSecondaryIndexes=[{"IndexName": "typed", "KeySchema": schema(("h", "i"), ("a", "b")), "Projection": {"ProjectionType": "ALL"}}],
        BillingMode="PAY_PER_REQUEST",
    )
    values = [(Decimal(a), bytes([b])) for a in (-100, -5, 0, 5, 50, 1000) for b in (0, 127, 255)]
    for number, (a, b) in enumerate(reversed(values)):
        table.put_item(Item={"p": str(number), "h": 1, "i": b"\0", "a": a, "b": b})
    items = table.query(IndexName="typed", KeyConditionExpression=Key("h").eq(1) & Key("i").eq(b"\0"))["Items"]
    assert [(item["a"], bytes(item["b"])) for item in items] == values
    condition = Key("h").eq(Decimal("1.0")) & Key("i").eq(b"\0") & Key("a").eq(5) & Key("b").gte(b"\x7f")
    assert [bytes(item["b"]) for item in table.query(IndexName="typed", KeyConditionExpression=condition)["Items"]] == [b"\x7f", b"\xff"]


@pytest.mark.parametrize(
    "keys, message",
    [
        (schema("abcde"), "One or more parameter values were invalid: The KeySchema exceeds the maximum allowed number of HASH key attributes"),
        (schema("a", "bcdef"), "One or more parameter values were invalid: The KeySchema exceeds the maximum allowed number of RANGE key attributes"),
        (
            schema("a", "b") + schema("c"),
            "One or more parameter values were invalid: All HASH key attributes must precede RANGE key attributes in the KeySchema",
        ),
        (schema("ab", "a"), "The KeySchema contains multiple key attributes with the same name"),
        (schema("", "ab"), "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"),
    ],
)
def test_refused_schemas(dynamodb, table, keys, message):
    table()
    names = sorted({element["AttributeName"] for element in keys})
    definitions = [{"AttributeName": name, "AttributeType": "S"} for name in names]
    index = {"IndexName": "index", "KeySchema": keys, "Projection": {"ProjectionType": "ALL"}}
    with refused("ValidationException", message):
        dynamodb.update_table(TableName="table", AttributeDefinitions=definitions, GlobalSecondaryIndexUpdates=[{"Create": index}])
    assert "GlobalSecondaryIndexes" not in dynamodb.describe_table(TableName="table")["Table"]


def test_eight_attributes_by_update_and_cli(clients, dynamodb, table, tmp_path):
    table()
    names = "abcdefgh"
    for number in range(3):
        item = {"PK": {"S": str(number)}} | {name: {"S": name} for name in names} | {"h": {"S": str(9 - number)}}
        dynamodb.put_item(TableName="table", Item=item)
    update = [{"Create": {"IndexName": "eight", "KeySchema": schema(names[:4], names[4:]), "Projection": {"ProjectionType": "ALL"}}}]
    path = tmp_path / "update.json"
    path.write_text(json.dumps(update))
    clients.cli(
        "dynamodb", "update-table", "--table-name", "table", "--global-secondary-index-updates", f"file://{path}",
        "--attribute-definitions", *[f"AttributeName={name},AttributeType=S" for name in names],
    )
    found = clients.cli(
        "dynamodb", "query", "--table-name", "table", "--index-name", "eight",
        "--key-condition-expression", " AND ".join(f"{name} = :{name}" for name in names[:7]) + " AND h > :h",
        "--expression-attribute-values", json.dumps({f":{name}": {"S": name} for name in names[:7]} | {":h": {"S": "7"}}),
        "--query", "Items[].PK.S",
    )
    assert found == ["1", "0"]


def test_statements(matches, dynamodb):
    def select(condition, *parameters):
        statement = f'SELECT matchId FROM "TournamentMatches"."TournamentRegionIndex" WHERE {condition}'
        values = {"Parameters": [{"S": value} for value in parameters]} if parameters else {}
        return [item["matchId"]["S"] for item in dynamodb.execute_statement(Statement=statement, **values)["Items"]]

    assert select("tournamentId = ? AND region = ? AND \"round\" = ?", "WINTER2024", "NA-EAST", "SEMIFINALS") == ["match-003", "match-002"]
    assert select("tournamentId = 'WINTER2024' AND region IN ['NA-WEST', 'NA-EAST'] AND \"round\" = 'FINALS'") == ["match-005", "match-001"]
    assert sorted(select("tournamentId = 'SPRING2024'")) == ["match-006"]


def test_restart(own_apus, tmp_path):
    from conftest import Clients

    running = own_apus("--data", str(tmp_path))
    client = Clients(running, "123456789012").boto3("dynamodb")
    client.create_table(
        TableName="table",
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in "pabc"],
        KeySchema=schema("p"),
        GlobalSecondaryIndexes=[{"IndexName": "index", "KeySchema": schema("ab", "c"), "Projection": {"ProjectionType": "ALL"}}],
        BillingMode="PAY_PER_REQUEST",
    )
    for number in range(5):
        client.put_item(TableName="table", Item={name: {"S": value} for name, value in zip("pabc", (str(number), "x", "y", str(5 - number)))})
    arn = client.create_backup(TableName="table", BackupName="backup")["BackupDetails"]["BackupArn"]
    running.kill()
    running.start()
    client = Clients(running, "123456789012").boto3("dynamodb")
    client.restore_table_from_backup(BackupArn=arn, TargetTableName="restored")
    for name in ("table", "restored"):
        answer = client.query(
            TableName=name,
            IndexName="index",
            KeyConditionExpression="a = :a AND b = :b",
            ExpressionAttributeValues={":a": {"S": "x"}, ":b": {"S": "y"}},
        )
        assert [item["p"]["S"] for item in answer["Items"]] == ["4", "3", "2", "1", "0"]
