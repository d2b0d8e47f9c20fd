"""A change and what it causes are one commit: whatever was acknowledged before kill -9 is delivered to the stream's functions after it."""

import base64
import random
import threading

from conftest import Clients
from test_durability import ACCOUNT, Writer

ARCHIVE = base64.b64decode(
    "UEsDBBQAAAAAAAAAhlMAAAAAAAAAAAAAAAABAAAAZlBLAQIUAxQAAAAAAAAAhlMAAAAAAAAAAAAAAAABAAAAAAAAAAAAAACAAQAAAABmUEsFBgAAAAABAAEALwAAAB8AAAAAAA=="
)


def deploy(clients):
    """The events table, whose stream's function copies each event into the inventory: a part of Boletia."""
    dynamodb = clients.boto3("dynamodb")
    for name, keys, stream in (("eventos", ["PK"], True), ("inventario", ["PK", "SK"], False)):
        arn = dynamodb.create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"))],
            BillingMode="PAY_PER_REQUEST",
            **({"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}} if stream else {}),
        )["TableDescription"].get("LatestStreamArn")
        stream_arn = arn if stream else stream_arn
    lambda_ = clients.boto3("lambda")
    lambda_.create_function(
        FunctionName="modificaInventarioEvento", Runtime="provided.al2023", Handler="Boletia.modificaInventarioEvento",
        Role=f"arn:aws:iam::{ACCOUNT}:role/r", Code={"ZipFile": ARCHIVE},
    )
    lambda_.create_event_source_mapping(
        EventSourceArn=stream_arn, FunctionName="modificaInventarioEvento", StartingPosition="LATEST", BatchSize=10
    )


class EventWriter(Writer):
    """Puts two events on sale in each transaction."""

    def put(self, pk, sk):
        item = {"PK": {"S": f"{pk} {sk}"}, "Capacidad": {"N": "30"}, "Categoria": {"S": "Opera"}, "Estado": {"S": "A"}}
        return {"Put": {"TableName": "eventos", "Item": item}}


def test_events_acknowledged_before_a_kill_reach_the_inventory_after_it(own_apus, tmp_path):
    apus = own_apus("--data", str(tmp_path / "data"))
    clients = Clients(apus, ACCOUNT)
    deploy(clients)
    acknowledged = set()
    first = 0
    for kill in range(5):
        enough = threading.Semaphore(0)
        writers = [EventWriter(apus.port, f"w{n}", first, enough) for n in range(3)]
        for writer in writers:
            writer.start()
        for _ in range(random.Random(kill).randrange(10, 60)):
            assert enough.acquire(timeout=30)
        apus.kill()
        for writer in writers:
            writer.join()
            acknowledged |= {f"{writer.name}-{half} {number}" for number in writer.acknowledged for half in "ab"}
        first = max(writer.next for writer in writers) + 1
        apus.start()
        apus.settle()
        pages = clients.boto3("dynamodb").get_paginator("scan").paginate(TableName="inventario")
        copied = {item["SK"]["S"] for page in pages for item in page["Items"]}
        assert acknowledged <= copied
    mapping = clients.boto3("lambda").list_event_source_mappings()["EventSourceMappings"][0]
    assert mapping["State"] == "Enabled"
    assert mapping["LastProcessingResult"] == "OK"
