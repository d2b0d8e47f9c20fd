"""PartiQL: ExecuteStatement, BatchExecuteStatement and ExecuteTransaction, through boto3 and the AWS CLI."""

import json

import pytest
from conftest import refused


@pytest.fixture
def db(dynamodb, table):
    table("Music", (("Artist", "S"), ("SongTitle", "S")))
    dynamodb.execute_statement(
        Statement="""INSERT INTO "Music" VALUE {'Artist': ?, 'SongTitle': ?, 'Awards': 1}""",
        Parameters=[{"S": "Acme Band"}, {"S": "PartiQL Rocks"}],
    )
    return dynamodb


KEY = "WHERE Artist='Acme Band' AND SongTitle='PartiQL Rocks'"


def test_the_developer_guide_s_statements(db):
    db.execute_statement(Statement=f"""UPDATE "Music" SET AwardsWon=1 SET AwardDetail={{'Grammys':[2020, 2018]}} {KEY}""")
    db.execute_statement(Statement=f"""UPDATE "Music" SET AwardDetail.Grammys =list_append(AwardDetail.Grammys,[2016]) {KEY}""")
    db.execute_statement(Statement=f"""UPDATE "Music" SET BandMembers =<<'member1', 'member2'>> {KEY}""")
    db.execute_statement(Statement=f"""UPDATE "Music" SET BandMembers =set_add(BandMembers, <<'newbandmember'>>) {KEY}""")
    db.execute_statement(Statement=f"""UPDATE "Music" REMOVE AwardDetail.Grammys[2] {KEY}""")
    answer = db.execute_statement(Statement=f"""SELECT AwardDetail, BandMembers FROM "Music" {KEY}""")
    assert answer["Items"] == [
        {
            "AwardDetail": {"M": {"Grammys": {"L": [{"N": "2020"}, {"N": "2018"}]}}},
            "BandMembers": {"SS": ["member1", "member2", "newbandmember"]},
        }
    ]
    old = db.execute_statement(Statement=f"""DELETE FROM "Music" {KEY} RETURNING ALL OLD *""")["Items"]
    assert old[0]["AwardsWon"] == {"N": "1"}


def test_an_insert_of_a_key_that_exists(db):
    with pytest.raises(db.exceptions.DuplicateItemException) as caught:
        db.execute_statement(Statement="""INSERT INTO Music VALUE {'Artist':'Acme Band','SongTitle':'PartiQL Rocks'}""")
    assert caught.value.response["Error"]["Message"] == "Duplicate primary key exists in table"


def test_a_condition_that_fails_answers_the_item(db):
    with pytest.raises(db.exceptions.ConditionalCheckFailedException) as caught:
        db.execute_statement(Statement=f"UPDATE Music SET Awards = 2 {KEY} AND Awards > 5", ReturnValuesOnConditionCheckFailure="ALL_OLD")
    assert caught.value.response["Item"]["Awards"] == {"N": "1"}


def test_pages(db):
    for number in range(5):
        db.execute_statement(Statement=f"INSERT INTO Music VALUE {{'Artist': 'b', 'SongTitle': '{number}'}}")
    titles, token = [], {}
    while True:
        page = db.execute_statement(Statement="SELECT SongTitle FROM Music WHERE Artist = 'b' ORDER BY SongTitle DESC", Limit=2, **token)
        titles += [item["SongTitle"]["S"] for item in page["Items"]]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert titles == ["4", "3", "2", "1", "0"]


def test_a_batch_answers_one_by_one(clients, db):
    answer = clients.resource("dynamodb").meta.client.batch_execute_statement(
        Statements=[
            {"Statement": "INSERT INTO Music VALUE {'Artist': ?, 'SongTitle': ?}", "Parameters": ["c", "1"]},
            {"Statement": "INSERT INTO Music VALUE {'Artist': ?, 'SongTitle': ?}", "Parameters": ["c", "1"]},
        ]
    )
    assert answer["Responses"] == [
        {"TableName": "Music"},
        {"TableName": "Music", "Error": {"Code": "DuplicateItem", "Message": "Duplicate primary key exists in table"}},
    ]


def test_a_transaction_that_is_cancelled(db):
    with pytest.raises(db.exceptions.TransactionCanceledException) as caught:
        db.execute_transaction(
            TransactStatements=[
                {"Statement": "INSERT INTO Music VALUE {'Artist': 'd', 'SongTitle': '1'}"},
                {"Statement": f"UPDATE Music SET Awards = 2 {KEY} AND Awards = 5"},
            ]
        )
    assert [reason["Code"] for reason in caught.value.response["CancellationReasons"]] == ["None", "ConditionalCheckFailed"]
    assert db.execute_statement(Statement="SELECT * FROM Music WHERE Artist = 'd'")["Items"] == []


def test_a_statement_that_isn_t_well_formed(db):
    with refused("ValidationException", "Statement wasn't well formed, can't be processed: Expected data manipulation"):
        db.execute_statement(Statement="SLECT * FROM Music")


def test_a_transaction_of_writes_answers_nothing_and_one_of_reads_each_item(db):
    writes = [{"Statement": "INSERT INTO Music VALUE {'Artist': 'e', 'SongTitle': ?}", "Parameters": [{"S": title}]} for title in "12"]
    assert db.execute_transaction(TransactStatements=writes)["Responses"] == []
    reads = [{"Statement": "SELECT SongTitle FROM Music WHERE Artist = 'e' AND SongTitle = ?", "Parameters": [{"S": title}]} for title in "13"]
    assert db.execute_transaction(TransactStatements=reads)["Responses"] == [{"Item": {"SongTitle": {"S": "1"}}}, {}]
    with refused("ValidationException", "Validation failed in TransactStatements[1]: RETURNING clause is not supported in ExecuteTransaction."):
        db.execute_transaction(TransactStatements=[{"Statement": f"UPDATE Music SET n = 1 {KEY}"}, {"Statement": f"DELETE FROM Music {KEY} RETURNING ALL OLD *"}])


def test_statements_from_the_shell(clients, db, tmp_path):
    def file(content):
        path = tmp_path / "input.json"
        path.write_text(json.dumps(content))
        return f"file://{path}"

    def cli(*arguments):
        return clients.cli("dynamodb", *arguments)

    insert = [
        {"Statement": "INSERT INTO Music VALUE {'Artist': ?, 'SongTitle': ?, 'Year': ?}", "Parameters": [{"S": "f"}, {"S": title}, {"N": str(year)}]}
        for year, title in enumerate(["one", "two", "three"], 2001)
    ]
    assert cli("batch-execute-statement", "--statements", file(insert), "--query", "Responses[].TableName") == ["Music"] * 3
    answer = cli("execute-statement", "--statement", "SELECT * FROM Music WHERE Artist = ? AND Year > ?", "--parameters", '[{"S": "f"}, {"N": "2001"}]', "--query", "Items[].Year.N")
    assert answer == ["2003", "2002"]
    changes = [{"Statement": "UPDATE Music SET Year = Year + 10 WHERE Artist = 'f' AND SongTitle = 'one'"}, {"Statement": "DELETE FROM Music WHERE Artist = 'f' AND SongTitle = 'two'"}]
    assert cli("execute-transaction", "--transact-statements", file(changes), "--client-request-token", "once") == {"Responses": []}
    assert cli("execute-transaction", "--transact-statements", file(changes), "--client-request-token", "once") == {"Responses": []}
    select = ("execute-statement", "--statement", "SELECT Year FROM Music WHERE Artist = 'f' ORDER BY SongTitle DESC", "--limit", "1")
    years, token = [], ()
    for _ in range(4):
        page = cli(*select, *token)
        years += [item["Year"]["N"] for item in page["Items"]]
        if "NextToken" not in page:
            break
        token = ("--next-token", page["NextToken"])
    assert years == ["2003", "2011"]
    failed = clients.run_cli("dynamodb", "execute-statement", "--statement", "SELECT * FROM Music WHERE Artist = 1")
    assert failed.returncode != 0 and "Key attribute's data type should match its data type in table's schema: Key Artist" in failed.stderr
