"""Global tables of version 2019.11.21: replicas in the regions of one apus."""

import threading

import pytest
from conftest import Clients, refused

KEYS = [{"AttributeName": "pk", "AttributeType": "S"}]


def make_table(dynamodb, name="users", **more):
    dynamodb.create_table(
        TableName=name, AttributeDefinitions=KEYS, KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST", **more
    )


def add(dynamodb, region, name="users"):
    return dynamodb.update_table(TableName=name, ReplicaUpdates=[{"Create": {"RegionName": region}}])


@pytest.fixture
def regions(clients):
    """A client for each region."""
    return lambda region: Clients(clients.apus, clients.account, region).boto3("dynamodb")


def test_a_replica_is_made_written_to_and_taken_away(regions):
    here, there = regions("us-east-1"), regions("eu-west-1")
    make_table(here)
    here.put_item(TableName="users", Item={"pk": {"S": "before"}})
    answer = add(here, "eu-west-1")["TableDescription"]
    assert answer["TableStatus"] == "UPDATING"
    assert answer["Replicas"] == []
    assert answer["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    there.get_waiter("table_exists").wait(TableName="users")
    table = here.describe_table(TableName="users")["Table"]
    assert table["GlobalTableVersion"] == "2019.11.21"
    assert [(r["RegionName"], r["ReplicaStatus"]) for r in table["Replicas"]] == [("eu-west-1", "ACTIVE")]
    there.put_item(TableName="users", Item={"pk": {"S": "after"}})
    for client in (here, there):
        assert sorted(i["pk"]["S"] for i in client.scan(TableName="users")["Items"]) == ["after", "before"]
    with refused("ValidationException"):
        here.delete_table(TableName="users")
    here.update_table(TableName="users", ReplicaUpdates=[{"Delete": {"RegionName": "eu-west-1"}}])
    there.get_waiter("table_not_exists").wait(TableName="users")
    assert "Replicas" not in here.describe_table(TableName="users")["Table"]
    here.delete_table(TableName="users")


def test_errors_have_awss_words(regions):
    here = regions("us-east-1")
    make_table(here)
    with refused("ValidationException", "Cannot add or delete the local region through ReplicaUpdates. Use CreateTable, DeleteTable, or UpdateTable as required."):
        add(here, "us-east-1")
    make_table(regions("us-west-2"))
    with refused(
        "ValidationException",
        "Failed to create a the new replica of table with name: \u2018users\u2019 because one or more replicas already existed as tables.",
    ):
        add(here, "us-west-2")
    with refused("ResourceNotFoundException", "Requested resource not found: Table: none not found"):
        add(here, "us-west-2", "none")
    with refused("GlobalTableNotFoundException", "Global table not found: Global table with name: 'users' does not exist."):
        here.describe_global_table(GlobalTableName="users")
    assert here.list_global_tables()["GlobalTables"] == []


def test_the_cli_adds_a_replica(clients, regions):
    make_table(regions("us-east-1"))
    clients.cli("dynamodb", "update-table", "--table-name", "users", "--replica-updates", '[{"Create": {"RegionName": "us-east-2"}}]')
    answer = clients.cli("dynamodb", "describe-table", "--table-name", "users", "--query", "Table.Replicas[].RegionName")
    assert answer == ["us-east-2"]


def test_replicas_survive_kill_9_with_all_that_was_acknowledged(own_apus, tmp_path):
    apus = own_apus("--data", str(tmp_path / "data"))

    def client(region):
        return Clients(apus, "123456789012", region).boto3("dynamodb")

    make_table(client("us-east-1"))
    add(client("us-east-1"), "us-west-2")
    acknowledged = set()
    for kill in range(3):
        enough = threading.Semaphore(0)

        def write(region, kill=kill, enough=enough):
            dynamodb = client(region)
            try:
                for number in range(10_000):
                    name = f"{kill}-{region}-{number}"
                    dynamodb.put_item(TableName="users", Item={"pk": {"S": name}})
                    acknowledged.add(name)
                    enough.release()
            except Exception:  # the server is gone
                pass

        writers = [threading.Thread(target=write, args=(region,)) for region in ("us-east-1", "us-west-2")]
        for writer in writers:
            writer.start()
        for _ in range(40):
            assert enough.acquire(timeout=30)
        apus.kill()
        for writer in writers:
            writer.join()
        apus.start()
        items = {
            region: {i["pk"]["S"] for page in client(region).get_paginator("scan").paginate(TableName="users") for i in page["Items"]}
            for region in ("us-east-1", "us-west-2")
        }
        assert acknowledged <= items["us-east-1"]
        assert items["us-east-1"] == items["us-west-2"]
    assert client("us-west-2").describe_table(TableName="users")["Table"]["Replicas"][0]["RegionName"] == "us-east-1"
    assert apus.stop() == 0
