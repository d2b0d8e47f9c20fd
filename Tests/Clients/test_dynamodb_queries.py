"""Query and Scan: on the table, on global and on local secondary indexes."""

import pytest
from boto3.dynamodb.conditions import Attr, Key
from conftest import refused


@pytest.fixture
def games(dynamodb, table):
    """Scores of players: two partitions of ten and one item; `league` is in some only; b2 (an LSI) sorts by score."""
    keys = lambda hash, range: [{"AttributeName": hash, "KeyType": "HASH"}, {"AttributeName": range, "KeyType": "RANGE"}]
    table(
        keys=(("player", "S"), ("at", "N")),
        attributes=[{"AttributeName": "league", "AttributeType": "S"}, {"AttributeName": "score", "AttributeType": "N"}],
        GlobalSecondaryIndexes=[
            {"IndexName": "league", "KeySchema": keys("league", "score"), "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["note"]}}
        ],
        LocalSecondaryIndexes=[{"IndexName": "score", "KeySchema": keys("player", "score"), "Projection": {"ProjectionType": "KEYS_ONLY"}}],
    )
    for player in ("ana", "eva"):
        for at in range(10):
            item = {"player": {"S": player}, "at": {"N": str(at)}, "score": {"N": str(100 - at * 10)}, "note": {"S": f"n{at}"}, "more": {"S": "m"}}
            if at % 2 == 0:
                item["league"] = {"S": "gold"}
            dynamodb.put_item(TableName="table", Item=item)
    dynamodb.put_item(TableName="table", Item={"player": {"S": "zoe"}, "at": {"N": "-1.5"}})
    return dynamodb


def query(db, condition="player = :p", values=None, **options):
    values = {":p": {"S": "ana"}, **(values or {})}
    return db.query(TableName="table", KeyConditionExpression=condition, ExpressionAttributeValues=values, **options)


def at(answer):
    return [int(i["at"]["N"]) for i in answer["Items"]]


@pytest.mark.parametrize(
    "condition, values, found",
    [
        ("player = :p", {}, list(range(10))),
        ("player = :p AND #a = :x", {":x": "3"}, [3]),
        ("#a < :x AND player = :p", {":x": "3"}, [0, 1, 2]),
        ("player = :p AND #a <= :x", {":x": "3"}, [0, 1, 2, 3]),
        ("player = :p AND #a > :x", {":x": "7.5"}, [8, 9]),
        ("(player = :p) AND (#a >= :x)", {":x": "8"}, [8, 9]),
        ("player = :p AND #a BETWEEN :x AND :y", {":x": "2", ":y": "4"}, [2, 3, 4]),
        ("player = :p AND #a = :x", {":x": "99"}, []),
    ],
)
def test_key_conditions_select_in_the_order_of_the_sort_key(games, condition, values, found):
    names = {"ExpressionAttributeNames": {"#a": "at"}} if "#a" in condition else {}
    answer = query(games, condition, {n: {"N": v} for n, v in values.items()}, **names)
    assert at(answer) == found
    assert (answer["Count"], answer["ScannedCount"]) == (len(found), len(found))
    assert "LastEvaluatedKey" not in answer


def test_numbers_sort_as_numbers_strings_by_bytes_binaries_unsigned(dynamodb, table):
    for name, kind, ordered in (
        ("numbers", "N", ["-1E+100", "-10", "-9.5", "0", "0.001", "2", "10", "1E+125"]),
        ("strings", "S", [" ", "10", "9", "A", "Z", "a", "é", "￿", "😀"]),
        ("bytes", "B", [b"\x00", b"\x00\x00", b"\x01", b"\x7f", b"\x80", b"\xff"]),
    ):
        table(name, (("p", "S"), ("s", kind)))
        for value in ordered[::-1]:
            dynamodb.put_item(TableName=name, Item={"p": {"S": "p"}, "s": {kind: value}, "given": {kind: value}})
        options = {"TableName": name, "KeyConditionExpression": "p = :p", "ExpressionAttributeValues": {":p": {"S": "p"}}}
        found = dynamodb.query(**options)["Items"]
        if kind == "N":
            assert [float(i["s"]["N"]) for i in found] == [float(v) for v in ordered]
        else:
            assert [i["s"][kind] for i in found] == ordered
        assert dynamodb.query(ScanIndexForward=False, **options)["Items"] == found[::-1]


def test_begins_with_on_strings_and_bytes(dynamodb, table):
    table(keys=(("p", "S"), ("s", "S")))
    for s in ("a", "ab", "ab#1", "ab#2", "ac", "b"):
        dynamodb.put_item(TableName="table", Item={"p": {"S": "x"}, "s": {"S": s}})
    options = {"TableName": "table", "KeyConditionExpression": "p = :p AND begins_with(s, :s)"}
    found = dynamodb.query(**options, ExpressionAttributeValues={":p": {"S": "x"}, ":s": {"S": "ab"}})
    assert [i["s"]["S"] for i in found["Items"]] == ["ab", "ab#1", "ab#2"]
    with refused("ValidationException") as caught:
        dynamodb.query(**options, ExpressionAttributeValues={":p": {"S": "x"}, ":s": {"N": "1"}})
    assert caught.value.response["Error"]["Message"] == (
        "1 validation error detected: Invalid KeyConditionExpression: "
        "Incorrect operand type for operator or function; operator or function: begins_with, operand type: N"
    )


def test_the_resource_layer_s_conditions(clients, games):
    table = clients.resource("dynamodb").Table("table")
    found = table.query(KeyConditionExpression=Key("player").eq("eva") & Key("at").between(3, 6), FilterExpression=Attr("note").is_in(["n4", "n6"]))
    assert [int(i["at"]) for i in found["Items"]] == [4, 6]
    assert (found["Count"], found["ScannedCount"]) == (2, 4)
    assert table.scan(FilterExpression=Attr("league").not_exists() & Attr("score").gte(50))["Count"] == 6


def test_a_global_index_is_sparse_and_holds_its_projection(games):
    options = {"IndexName": "league"}
    found = query(games, "league = :p", {":p": {"S": "gold"}}, **options)
    assert [int(i["score"]["N"]) for i in found["Items"]] == [20, 20, 40, 40, 60, 60, 80, 80, 100, 100]
    assert found["Count"] == 10
    assert set(found["Items"][0]) == {"player", "at", "league", "score", "note"}
    few = query(games, "league = :p AND score >= :s", {":p": {"S": "gold"}, ":s": {"N": "80"}}, **options, ScanIndexForward=False)
    assert [int(i["score"]["N"]) for i in few["Items"]] == [100, 100, 80, 80]
    with refused("ValidationException", "Consistent reads are not supported on global secondary indexes"):
        query(games, "league = :p", **options, ConsistentRead=True)
    with refused("ValidationException"):
        query(games, "league = :p", **options, Select="ALL_ATTRIBUTES")
    with refused("ValidationException") as caught:
        query(games, "league = :p", **options, ProjectionExpression="more")
    assert caught.value.response["Error"]["Message"] == (
        "One or more parameter values were invalid: Global secondary index league does not project [more]"
    )


def test_an_index_follows_its_items(games):
    key = {"player": {"S": "ana"}, "at": {"N": "0"}}
    count = lambda: query(games, "league = :p", {":p": {"S": "gold"}}, IndexName="league", Select="COUNT")["Count"]
    games.update_item(TableName="table", Key=key, UpdateExpression="REMOVE league")
    assert count() == 9
    games.update_item(TableName="table", Key=key, UpdateExpression="SET league = :l", ExpressionAttributeValues={":l": {"S": "iron"}})
    assert count() == 9
    games.update_item(TableName="table", Key=key, UpdateExpression="SET league = :l", ExpressionAttributeValues={":l": {"S": "gold"}})
    assert count() == 10
    games.delete_item(TableName="table", Key=key)
    assert count() == 9


def test_a_local_index_sorts_a_partition_otherwise_and_fetches_what_it_does_not_hold(games):
    found = query(games, "player = :p AND score < :s", {":s": {"N": "40"}}, IndexName="score", ConsistentRead=True)
    assert at(found) == [9, 8, 7]
    assert set(found["Items"][0]) == {"player", "at", "score"}
    fetched = query(games, "player = :p AND score < :s", {":s": {"N": "40"}}, IndexName="score", Select="ALL_ATTRIBUTES")
    assert set(fetched["Items"][0]) == {"player", "at", "score", "note", "more"}


def test_pages_end_at_the_limit_and_go_on_after_the_last_key(games):
    first = query(games, Limit=4)
    assert at(first) == [0, 1, 2, 3]
    assert first["LastEvaluatedKey"] == {"player": {"S": "ana"}, "at": {"N": "3"}}
    rest = query(games, ExclusiveStartKey=first["LastEvaluatedKey"], Limit=6)
    assert at(rest) == [4, 5, 6, 7, 8, 9]
    # The limit was reached with the last item: whether there is more only the next page shows.
    last = query(games, ExclusiveStartKey=rest["LastEvaluatedKey"])
    assert (last["Items"], last["Count"], "LastEvaluatedKey" in last) == ([], 0, False)
    back = query(games, ExclusiveStartKey=first["LastEvaluatedKey"], ScanIndexForward=False)
    assert at(back) == [2, 1, 0]
    # The item of the key need not be there any more.
    games.delete_item(TableName="table", Key=first["LastEvaluatedKey"])
    assert at(query(games, ExclusiveStartKey=first["LastEvaluatedKey"], Limit=1)) == [4]


def test_the_limit_counts_before_the_filter(games):
    page = query(games, FilterExpression="note = :n", values={":n": {"S": "n4"}}, Limit=3)
    assert (page["Items"], page["Count"], page["ScannedCount"]) == ([], 0, 3)
    assert page["LastEvaluatedKey"]["at"] == {"N": "2"}


def test_index_pages_go_on_by_index_and_table_keys(games):
    pages = list(
        games.get_paginator("query").paginate(
            TableName="table", IndexName="league", KeyConditionExpression="league = :l", ExpressionAttributeValues={":l": {"S": "gold"}},
            PaginationConfig={"PageSize": 3},
        )
    )
    assert [p["Count"] for p in pages] == [3, 3, 3, 1]
    assert set(pages[0]["LastEvaluatedKey"]) == {"player", "at", "league", "score"}
    keys = [(i["player"]["S"], i["at"]["N"]) for p in pages for i in p["Items"]]
    assert len(set(keys)) == 10


@pytest.mark.parametrize(
    "options, message",
    [
        ({"ExclusiveStartKey": {"player": {"S": "ana"}}}, "The provided starting key is invalid"),
        ({"ExclusiveStartKey": {"player": {"S": "ana"}, "at": {"S": "1"}}}, "The provided key element does not match the schema"),
        (
            {"ExclusiveStartKey": {"player": {"S": "eva"}, "at": {"N": "1"}}},
            "The provided starting key is outside query boundaries based on provided conditions",
        ),
        ({"IndexName": "nope"}, "The table does not have the specified index: nope"),
        ({"Select": "SPECIFIC_ATTRIBUTES"}, None),
        ({"ProjectionExpression": "player.x"}, "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: player"),
        ({"FilterExpression": "player = :p"}, "Filter Expression can only contain non-primary key attributes: Primary key attribute: player"),
        ({"KeyConditionExpression": "note = :p"}, "Query condition missed key schema element: player"),
        ({"KeyConditionExpression": "player > :p"}, "Query key condition not supported"),
    ],
)
def test_a_query_that_is_wrong_is_refused(games, options, message):
    request = {"KeyConditionExpression": "player = :p", "ExpressionAttributeValues": {":p": {"S": "ana"}}, **options}
    with refused("ValidationException", message):
        games.query(TableName="table", **request)


def test_a_limit_is_at_least_1(clients, games):
    with refused("ValidationException") as caught:
        clients.boto3("dynamodb", parameter_validation=False).scan(TableName="table", Limit=0)
    assert "Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1" in caught.value.response["Error"]["Message"]


def test_select_count_answers_no_items(games):
    answer = query(games, Select="COUNT", FilterExpression="score >= :s", values={":s": {"N": "60"}})
    assert "Items" not in answer
    assert (answer["Count"], answer["ScannedCount"]) == (5, 10)


def test_a_scan_reads_everything_once(games):
    answer = games.scan(TableName="table")
    assert (answer["Count"], answer["ScannedCount"]) == (21, 21)
    assert len({(i["player"]["S"], i["at"]["N"]) for i in answer["Items"]}) == 21
    # A partition's items lie together, in the order of the sort key.
    players = [i["player"]["S"] for i in answer["Items"]]
    assert sum(a != b for a, b in zip(players, players[1:])) == 2
    pages = list(games.get_paginator("scan").paginate(TableName="table", PaginationConfig={"PageSize": 4}))
    assert [i for p in pages for i in p["Items"]] == answer["Items"]


def test_a_scan_of_an_index_and_its_projection(games):
    answer = games.scan(TableName="table", IndexName="league", ProjectionExpression="score", FilterExpression="begins_with(note, :n)",
                        ExpressionAttributeValues={":n": {"S": "n8"}})
    assert answer["Items"] == [{"score": {"N": "20"}}] * 2
    assert answer["ScannedCount"] == 10


def test_segments_of_a_parallel_scan_share_the_table_out(games):
    for n in range(60):
        games.put_item(TableName="table", Item={"player": {"S": f"p{n}"}, "at": {"N": "0"}})
    segments = [
        [i["player"]["S"] + i["at"]["N"] for page in games.get_paginator("scan").paginate(
            TableName="table", Segment=s, TotalSegments=4, PaginationConfig={"PageSize": 5}) for i in page["Items"]]
        for s in range(4)
    ]
    everything = [k for segment in segments for k in segment]
    assert len(everything) == len(set(everything)) == 81
    assert all(segments)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"Segment": 0}, "The TotalSegments parameter is required but was not present in the request when Segment parameter is present"),
        ({"TotalSegments": 2}, "The Segment parameter is required but was not present in the request when parameter TotalSegments is present"),
        (
            {"Segment": 2, "TotalSegments": 2},
            "The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: 2 is not less than TotalSegments: 2",
        ),
        ({"ExclusiveStartKey": {"player": {"S": "ana"}}}, "The provided starting key is invalid"),
        ({"FilterExpression": "score >"}, 'Invalid FilterExpression: Syntax error; token: "<EOF>", near: ">"'),
    ],
)
def test_a_scan_that_is_wrong_is_refused(games, options, message):
    with refused("ValidationException") as caught:
        games.scan(TableName="table", **options)
    assert message in caught.value.response["Error"]["Message"]


def test_a_page_is_a_megabyte(dynamodb, table):
    table(keys=(("p", "S"), ("s", "N")))
    for n in range(12):
        dynamodb.put_item(TableName="table", Item={"p": {"S": "p"}, "s": {"N": str(n)}, "x": {"S": "x" * 99_990}})
    first = dynamodb.query(TableName="table", KeyConditionExpression="p = :p", ExpressionAttributeValues={":p": {"S": "p"}},
                           ReturnConsumedCapacity="TOTAL")
    # Some 99,997 bytes each: the page ends with the item that takes it over 1,048,576.
    assert first["Count"] == 11
    assert "LastEvaluatedKey" in first
    assert first["ConsumedCapacity"]["CapacityUnits"] == 134.5
    pages = dynamodb.get_paginator("scan").paginate(TableName="table")
    assert [int(i["s"]["N"]) for p in pages for i in p["Items"]] == list(range(12))
    # A filter that keeps nothing doesn't make the page any longer.
    empty = dynamodb.scan(TableName="table", FilterExpression="attribute_exists(nothing)")
    assert (empty["Count"], empty["ScannedCount"]) == (0, first["Count"])
    assert "LastEvaluatedKey" in empty


def test_consumed_capacity_is_of_what_was_read(games):
    answer = query(games, IndexName="league", condition="league = :p", values={":p": {"S": "gold"}}, ReturnConsumedCapacity="INDEXES")
    assert answer["ConsumedCapacity"] == {
        "TableName": "table", "CapacityUnits": 0.5, "Table": {"CapacityUnits": 0.0}, "GlobalSecondaryIndexes": {"league": {"CapacityUnits": 0.5}},
    }
    assert games.scan(TableName="table", ConsistentRead=True, ReturnConsumedCapacity="TOTAL")["ConsumedCapacity"]["CapacityUnits"] == 1.0
