"""SQS under load and under kill -9: nothing lost, nothing doubled, groups in order; and looks at queues that change nothing."""

import collections
import itertools
import json
import socket
import threading
import time
import urllib.parse

import boto3
import botocore.exceptions
import pytest
from conftest import Clients

ACCOUNT = "123456789012"


@pytest.fixture
def sqs(clients):
    return clients.boto3("sqs", max_pool_connections=1)


def entries(messages):
    return [{"Id": str(n), **message} for n, message in enumerate(messages)]


class Failures(list):
    """What threads found wrong; a thread's own exception would go unseen."""

    def thread(self, work, *arguments):
        def run():
            try:
                work(*arguments)
            except BaseException as error:
                self.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        return thread


def run_all(pairs):
    failures = Failures()
    threads = [failures.thread(work, *arguments) for work, *arguments in pairs]
    for thread in threads:
        thread.join(timeout=120)
    assert failures == []


def test_80_000_messages_through_a_standard_queue_none_lost_none_doubled(clients):
    senders, receivers, each = 4, 4, 20_000
    url = clients.boto3("sqs").create_queue(QueueName="load", Attributes={"VisibilityTimeout": "600"})["QueueUrl"]
    seen, lock, done = collections.Counter(), threading.Lock(), threading.Event()

    def send(number):
        sqs = clients.boto3("sqs")
        for start in range(0, each, 10):
            batch = entries({"MessageBody": f"{number}-{n}"} for n in range(start, start + 10))
            assert len(sqs.send_message_batch(QueueUrl=url, Entries=batch)["Successful"]) == 10

    def receive():
        sqs = clients.boto3("sqs")
        while not done.is_set():
            messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", [])
            if not messages:
                continue
            with lock:
                seen.update(m["Body"] for m in messages)
                if seen.total() >= senders * each:
                    done.set()
            handles = entries({"ReceiptHandle": m["ReceiptHandle"]} for m in messages)
            assert len(sqs.delete_message_batch(QueueUrl=url, Entries=handles)["Successful"]) == len(messages)

    run_all([(send, n) for n in range(senders)] + [(receive,) for _ in range(receivers)])
    assert set(seen.values()) == {1}
    assert seen.keys() == {f"{s}-{n}" for s in range(senders) for n in range(each)}
    assert counts(clients.boto3("sqs"), url) == [0, 0, 0]


def test_20_000_messages_through_a_fifo_queue_each_group_in_order(clients):
    senders, receivers, each, groups = 2, 4, 10_000, 20
    attributes = {"FifoQueue": "true", "VisibilityTimeout": "600"}
    url = clients.boto3("sqs").create_queue(QueueName="load.fifo", Attributes=attributes)["QueueUrl"]
    arrived, lock, done = collections.defaultdict(list), threading.Lock(), threading.Event()
    count = itertools.count(1)

    def send(number):
        sqs = clients.boto3("sqs")
        for start in range(0, each, 10):
            batch = entries(
                {"MessageBody": str(n), "MessageGroupId": f"{number}-{n % groups}", "MessageDeduplicationId": f"{number}-{n}"}
                for n in range(start, start + 10)
            )
            answers = sqs.send_message_batch(QueueUrl=url, Entries=batch)["Successful"]
            assert len(answers) == 10
            # Some come twice: the second time they are duplicates.
            if start % 100 == 0:
                again = sqs.send_message_batch(QueueUrl=url, Entries=batch)["Successful"]
                assert [a["SequenceNumber"] for a in again] == [a["SequenceNumber"] for a in answers]

    def receive():
        sqs = clients.boto3("sqs")
        while not done.is_set():
            answer = sqs.receive_message(
                QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1, MessageSystemAttributeNames=["MessageGroupId"]
            )
            messages = answer.get("Messages", [])
            if not messages:
                continue
            # Before it is deleted nobody else gets another of the group: so this is the order in which they are handed out.
            with lock:
                for message in messages:
                    arrived[message["Attributes"]["MessageGroupId"]].append(int(message["Body"]))
                    if next(count) == senders * each:
                        done.set()
            sqs.delete_message_batch(QueueUrl=url, Entries=entries({"ReceiptHandle": m["ReceiptHandle"]} for m in messages))

    run_all([(send, n) for n in range(senders)] + [(receive,) for _ in range(receivers)])
    assert len(arrived) == senders * groups
    for group, numbers in arrived.items():
        assert numbers == list(range(int(group.split("-")[1]), each, groups))


def counts(sqs, url):
    answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return [int(answer[f"ApproximateNumberOfMessages{what}"]) for what in ("", "NotVisible", "Delayed")]


def test_kills_in_the_middle_lose_no_message_and_double_none(own_apus, tmp_path):
    """Senders, receivers and deleters until the server dies, four times: what was answered holds."""
    apus = own_apus("--data", str(tmp_path / "data"))
    clients = Clients(apus, ACCOUNT)
    url = clients.boto3("sqs").create_queue(QueueName="q", Attributes={"VisibilityTimeout": "3600"})["QueueUrl"]
    # Clients reach it by another port after each start: the path is what counts.
    name = urllib.parse.urlsplit(url).path
    sent, received, deleted = set(), collections.Counter(), set()
    asked_to_delete, lock = set(), threading.Lock()
    number = itertools.count()
    for round in range(4):
        enough, dying = threading.Semaphore(0), threading.Event()

        def quiet(work):
            def run():
                sqs = clients.boto3("sqs", retries={"total_max_attempts": 1})
                try:
                    while True:
                        work(sqs)
                except (botocore.exceptions.HTTPClientError, botocore.exceptions.ConnectionError):
                    if not dying.is_set():
                        raise

            return run

        def send(sqs):
            bodies = [str(next(number)) for _ in range(10)]
            sqs.send_message_batch(QueueUrl=apus.url + name, Entries=entries({"MessageBody": b} for b in bodies))
            with lock:
                sent.update(bodies)
            enough.release()

        def receive(sqs):
            messages = sqs.receive_message(QueueUrl=apus.url + name, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", [])
            with lock:
                received.update(m["Body"] for m in messages)
            some = messages[::2]
            if some:
                with lock:
                    asked_to_delete.update(m["Body"] for m in some)
                sqs.delete_message_batch(QueueUrl=apus.url + name, Entries=entries({"ReceiptHandle": m["ReceiptHandle"]} for m in some))
                with lock:
                    deleted.update(m["Body"] for m in some)

        failures = Failures()
        threads = [failures.thread(quiet(work)) for work in (send, send, receive, receive)]
        for _ in range(100):
            assert enough.acquire(timeout=30)
        dying.set()
        apus.kill()
        for thread in threads:
            thread.join(timeout=30)
        assert failures == []
        apus.start()
    assert set(received.values()) == {1}
    # What nobody deleted comes back when its time is up, and nothing else does.
    apus.own("POST", "/_apus/clock", {"advance": "2h"})
    sqs, present = clients.boto3("sqs"), set()
    while messages := sqs.receive_message(QueueUrl=apus.url + name, MaxNumberOfMessages=10).get("Messages", []):
        bodies = {m["Body"] for m in messages}
        assert not bodies & present
        present |= bodies
    assert not present & deleted
    assert sent - asked_to_delete <= present
    assert apus.stop() == 0


def test_a_waiting_receive_gets_a_message_the_moment_it_is_sent(clients, sqs):
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    arrived = []

    def wait():
        answer = clients.boto3("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=20)
        arrived.append((time.monotonic(), answer["Messages"][0]["Body"]))

    thread = threading.Thread(target=wait)
    thread.start()
    # Whether it waits already or not, it arrives.
    sqs.send_message(QueueUrl=url, MessageBody="x")
    sent = time.monotonic()
    thread.join(timeout=30)
    assert arrived[0][1] == "x"
    assert arrived[0][0] - sent < 5


def test_a_message_does_not_go_to_a_receive_whose_client_has_left(apus, clients, sqs):
    url = sqs.create_queue(QueueName="q")["QueueUrl"]

    def request(operation, **members):
        body = json.dumps(members)
        return (
            f"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: AmazonSQS.{operation}\r\nContent-Type: application/x-amz-json-1.0\r\n"
            f"Authorization: AWS4-HMAC-SHA256 Credential={clients.account}/20261121/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        ).encode()

    for _ in range(20):
        with socket.create_connection(("localhost", apus.port)) as connection:
            # Once answered, the connection is known: what it sends is then read before what another sends later.
            connection.sendall(request("ListQueues"))
            assert connection.recv(65536).startswith(b"HTTP/1.1 200")
            connection.sendall(request("ReceiveMessage", QueueUrl=url, WaitTimeSeconds=20))
            sqs.list_queues()
        # Once this is answered, the end of the other connection has been read, whichever of the two the system told of first.
        sqs.list_queues()
        sqs.send_message(QueueUrl=url, MessageBody="x")
        message = sqs.receive_message(QueueUrl=url)["Messages"][0]
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def test_a_queue_that_is_deleted_ends_the_receives_that_wait_at_it(clients, sqs):
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    codes = []

    def wait():
        try:
            clients.boto3("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=20)
        except Exception as error:
            codes.append(error.response["Error"]["Code"])

    thread = threading.Thread(target=wait)
    thread.start()
    sqs.delete_queue(QueueUrl=url)
    thread.join(timeout=15)
    assert codes == ["AWS.SimpleQueueService.NonExistentQueue"]


# A look at queues, as LocalStack has it.


def look(apus, path, accept="application/json"):
    status, headers, body = apus.request("GET", path, headers={"Accept": accept})
    return status, headers["Content-Type"], body.decode()


def attributes(message):
    return {a["Name"]: a["Value"] for a in message["Attribute"]}


@pytest.fixture
def looked_at(clients, sqs):
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    for body in ("message-1", "message-2"):
        sqs.send_message(QueueUrl=url, MessageBody=body)
    return url


@pytest.mark.parametrize("prefix", ["/_aws", "/_apus"])
def test_a_look_changes_nothing(apus, sqs, looked_at, prefix):
    path = f"{prefix}/sqs/messages?QueueUrl={urllib.parse.quote(looked_at, safe='')}"
    for _ in range(2):
        status, kind, body = look(apus, path)
        assert (status, kind) == (200, "application/json")
        messages = json.loads(body)["ReceiveMessageResponse"]["ReceiveMessageResult"]["Message"]
        assert [m["Body"] for m in messages] == ["message-1", "message-2"]
        assert messages[0]["MD5OfBody"] == "3d6b824fd8c1520e9a047d21fee6fb1f"
        assert messages[0]["ReceiptHandle"] == "SQS/BACKDOOR/ACCESS"
        assert attributes(messages[0])["ApproximateReceiveCount"] == "0"
        assert attributes(messages[0])["IsVisible"] == "true"
    assert counts(sqs, looked_at) == [2, 0, 0]


def test_a_look_in_xml(apus, looked_at):
    status, kind, body = look(apus, f"/_aws/sqs/messages?QueueUrl={urllib.parse.quote(looked_at, safe='')}", accept="*/*")
    assert (status, kind) == (200, "text/xml")
    assert body.count("<Message>") == 2
    assert "<Body>message-2</Body>" in body


def test_a_look_at_a_queue_that_the_path_names(apus, clients, looked_at):
    account, name = looked_at.split("/")[-2:]
    status, _, body = look(apus, f"/_aws/sqs/messages/us-east-1/{account}/{name}")
    assert len(json.loads(body)["ReceiveMessageResponse"]["ReceiveMessageResult"]["Message"]) == 2
    status, _, body = look(apus, f"/_aws/sqs/messages/us-east-2/{account}/{name}")
    assert status == 400
    assert json.loads(body)["ErrorResponse"]["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"


def test_a_look_shows_what_is_hidden_when_asked(apus, sqs, looked_at):
    sqs.send_message(QueueUrl=looked_at, MessageBody="later", DelaySeconds=600)
    sqs.receive_message(QueueUrl=looked_at, MaxNumberOfMessages=1)

    def bodies(**choice):
        query = urllib.parse.urlencode({"QueueUrl": looked_at, **choice})
        messages = json.loads(look(apus, f"/_aws/sqs/messages?{query}")[2])["ReceiveMessageResponse"]["ReceiveMessageResult"]["Message"]
        messages = messages if isinstance(messages, list) else [messages]
        return [(m["Body"], attributes(m)["IsVisible"], attributes(m)["IsDelayed"]) for m in messages]

    assert bodies() == [("message-2", "true", "false")]
    assert bodies(ShowInvisible=True) == [("message-1", "false", "false"), ("message-2", "true", "false")]
    assert bodies(ShowDelayed="true") == [("message-2", "true", "false"), ("later", "true", "true")]


@pytest.mark.parametrize(
    "query, status, code",
    [
        ("", 400, "AWS.SimpleQueueService.NonExistentQueue"),
        ("?QueueUrl=http://localhost:4566/nonsense", 404, "InvalidAddress"),
        ("?QueueUrl=http://localhost:4566/000000000000/none", 400, "AWS.SimpleQueueService.NonExistentQueue"),
        ("?Action=SendMessage", 400, "InvalidRequest"),
    ],
)
def test_a_look_at_nothing(apus, query, status, code):
    answer = look(apus, "/_aws/sqs/messages" + query)
    assert (answer[0], json.loads(answer[2])["ErrorResponse"]["Error"]["Code"]) == (status, code)


def test_boto3_receives_from_the_address_of_looks(apus, clients, looked_at):
    client = boto3.client(
        "sqs", endpoint_url=f"{apus.url}/_aws/sqs/messages", region_name="us-east-1", aws_access_key_id=clients.account, aws_secret_access_key="test"
    )
    messages = client.receive_message(QueueUrl=looked_at, MaxNumberOfMessages=1)["Messages"]
    assert [m["Body"] for m in messages] == ["message-1", "message-2"]
    assert messages[0]["Attributes"]["ApproximateReceiveCount"] == "0"
    with pytest.raises(client.exceptions.ClientError, match="This endpoint only accepts ReceiveMessage calls") as error:
        client.send_message(QueueUrl=looked_at, MessageBody="x")
    assert error.value.response["Error"]["Code"] == "InvalidRequest"
