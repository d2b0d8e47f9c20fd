"""What a topic's subscribers get: signatures, confirmations, posts and their retries, dead letters, FIFO topics, durability."""

import base64
import contextlib
import http.server
import json
import threading
import urllib.parse
import urllib.request
import xml.etree.ElementTree

import pytest
from conftest import Clients, refused
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

ACCOUNT = "123456789012"


class Endpoint:
    """An HTTP server that remembers what it was sent and answers what it is told to, in its order; then 200."""

    def __init__(self):
        self.requests, self.answers = [], []
        endpoint = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                endpoint.requests.append((self.path, dict(self.headers.items()), body))
                self.send_response(endpoint.answers.pop(0) if endpoint.answers else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def types(self):
        return [headers["x-amz-sns-message-type"] for _, headers, _ in self.requests]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def endpoint():
    serving = Endpoint()
    yield serving
    serving.close()


class Cloud:
    """An apus of the test's own, its clock at a standstill, with SNS and SQS clients. One that starts again has the system's time."""

    def __init__(self, apus, freeze="2026-01-01T00:00:00Z"):
        self.apus = apus
        self.connect()
        apus.own("POST", "/_apus/clock", {"freeze": freeze})

    def connect(self):
        clients = Clients(self.apus, ACCOUNT)
        self.sns, self.sqs, self.lambda_ = clients.boto3("sns"), clients.boto3("sqs"), clients.boto3("lambda")

    def queue(self, name, **attributes):
        url = self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        return url, f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"

    def topic(self, name="topic", **attributes):
        return self.sns.create_topic(Name=name, Attributes=attributes)["TopicArn"]

    def subscribe(self, topic, protocol, endpoint, **attributes):
        return self.sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint, Attributes=attributes, ReturnSubscriptionArn=True)["SubscriptionArn"]

    def receive(self, url):
        return self.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], AttributeNames=["All"]
        ).get("Messages", [])

    def outbox(self, kind=None):
        return [message for message in self.apus.own("GET", "/_apus/outbox")["messages"] if kind in (None, message["Kind"])]

    def confirmed(self, topic, endpoint, **attributes):
        """A confirmed subscription of an HTTP endpoint, whose requests begin after that."""
        arn = self.subscribe(topic, "http", endpoint.url, **attributes)
        self.apus.settle()
        self.sns.confirm_subscription(TopicArn=topic, Token=json.loads(endpoint.requests[-1][2])["Token"])
        endpoint.requests.clear()
        return arn

    def advance(self, duration):
        self.apus.own("POST", "/_apus/clock", {"advance": duration})
        self.apus.settle()


@pytest.fixture
def cloud(own_apus):
    return Cloud(own_apus())


def verify(message):
    """As AWS documents it, against the certificate at the message's own address."""
    names = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
    if message["Type"] != "Notification":
        names = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    text = "".join(f"{name}\n{message[name]}\n" for name in names if name in message)
    with urllib.request.urlopen(message["SigningCertURL"]) as response:
        certificate = x509.load_pem_x509_certificate(response.read())
    digest = {"1": hashes.SHA1(), "2": hashes.SHA256()}[message["SignatureVersion"]]
    certificate.public_key().verify(base64.b64decode(message["Signature"]), text.encode(), padding.PKCS1v15(), digest)


@pytest.mark.parametrize("version", ["1", "2"])
def test_signatures_of_every_message_type_hold_against_the_certificate(cloud, endpoint, version):
    topic = cloud.topic(SignatureVersion=version)
    arn = cloud.confirmed(topic, endpoint)
    url, queue = cloud.queue("queue")
    cloud.subscribe(topic, "sqs", queue)
    cloud.sns.publish(TopicArn=topic, Message="línea\n\"two\"", Subject="On")
    cloud.sns.publish(TopicArn=topic, Message="without a subject")
    cloud.apus.settle()
    cloud.sns.unsubscribe(SubscriptionArn=arn)
    cloud.sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url)
    cloud.apus.settle()
    messages = [json.loads(body) for _, _, body in endpoint.requests] + [json.loads(m["Body"]) for m in cloud.receive(url)]
    assert sorted(m["Type"] for m in messages) == ["Notification"] * 4 + ["SubscriptionConfirmation", "UnsubscribeConfirmation"]
    for message in messages:
        assert message["SignatureVersion"] == version
        verify(message)


def test_envelope_is_laid_out_as_aws_lays_it_out(cloud):
    topic = cloud.topic()
    url, queue = cloud.queue("queue")
    arn = cloud.subscribe(topic, "sqs", queue)
    identifier = cloud.sns.publish(
        TopicArn=topic, Message="hi", Subject="S", MessageAttributes={"n": {"DataType": "Number", "StringValue": "1"}, "b": {"DataType": "Binary", "BinaryValue": b"\x00"}}
    )["MessageId"]
    body = cloud.receive(url)[0]["Body"]
    signature = json.loads(body)["Signature"]
    assert body == (
        '{\n  "Type" : "Notification",\n  "MessageId" : "%s",\n  "TopicArn" : "%s",\n  "Subject" : "S",\n  "Message" : "hi",\n'
        '  "Timestamp" : "2026-01-01T00:00:00.000Z",\n  "SignatureVersion" : "1",\n  "Signature" : "%s",\n  "SigningCertURL" : "%s/SimpleNotificationService-apus.pem",\n'
        '  "UnsubscribeURL" : "%s/?Action=Unsubscribe&SubscriptionArn=%s",\n'
        '  "MessageAttributes" : {\n    "b" : {"Type":"Binary","Value":"AA=="},\n    "n" : {"Type":"Number","Value":"1"}\n  }\n}'
        % (identifier, topic, signature, cloud.apus.url, cloud.apus.url, arn)
    )


# Confirmation


def test_http_endpoint_confirms_by_visiting_the_subscribe_url(cloud, endpoint):
    topic = cloud.topic()
    assert cloud.sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url)["SubscriptionArn"] == "pending confirmation"
    assert cloud.sns.list_subscriptions()["Subscriptions"][0]["SubscriptionArn"] == "PendingConfirmation"
    cloud.apus.settle()
    path, headers, body = endpoint.requests.pop()
    message = json.loads(body)
    assert path == "/hook"
    assert headers["x-amz-sns-message-type"] == "SubscriptionConfirmation"
    assert headers["x-amz-sns-message-id"] == message["MessageId"]
    assert headers["x-amz-sns-topic-arn"] == topic
    assert headers["Content-Type"] == "text/plain; charset=UTF-8"
    assert headers["User-Agent"] == "Amazon Simple Notification Service Agent"
    assert "x-amz-sns-subscription-arn" not in headers
    assert list(message) == [
        "Type", "MessageId", "Token", "TopicArn", "Message", "SubscribeURL", "Timestamp", "SignatureVersion", "Signature", "SigningCertURL",
    ]  # fmt: skip
    assert message["Message"] == (
        f"You have chosen to subscribe to the topic {topic}.\nTo confirm the subscription, visit the SubscribeURL included in this message."
    )
    cloud.sns.publish(TopicArn=topic, Message="too early")
    status, _, answer = cloud.apus.request("GET", message["SubscribeURL"])
    assert status == 200
    root = xml.etree.ElementTree.fromstring(answer)
    namespace = "{http://sns.amazonaws.com/doc/2010-03-31/}"
    assert root.tag == f"{namespace}ConfirmSubscriptionResponse"
    arn = root.find(f".//{namespace}SubscriptionArn").text
    assert cloud.sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["PendingConfirmation"] == "false"
    assert cloud.sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["ConfirmationWasAuthenticated"] == "false"
    cloud.sns.publish(TopicArn=topic, Message="now")
    cloud.apus.settle()
    assert [json.loads(body)["Message"] for _, _, body in endpoint.requests] == ["now"]
    assert endpoint.requests[0][1]["x-amz-sns-subscription-arn"] == arn


def test_tokens_last_for_two_days_and_so_do_pending_subscriptions(cloud, endpoint):
    topic = cloud.topic()
    cloud.subscribe(topic, "http", endpoint.url)
    cloud.apus.settle()
    token = json.loads(endpoint.requests[0][2])["Token"]
    cloud.advance("47h")
    assert len(cloud.sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]) == 1
    cloud.advance("1h")
    assert cloud.sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []
    with refused("InvalidParameter", "Invalid parameter: Token"):
        cloud.sns.confirm_subscription(TopicArn=topic, Token=token)


def test_subscribing_again_while_pending_asks_again(cloud, endpoint):
    topic = cloud.topic()
    for _ in range(2):
        cloud.subscribe(topic, "http", endpoint.url)
        cloud.apus.settle()
    assert endpoint.types() == ["SubscriptionConfirmation"] * 2
    assert len(cloud.sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]) == 1
    token = json.loads(endpoint.requests[0][2])["Token"]
    first = cloud.sns.confirm_subscription(TopicArn=topic, Token=token)["SubscriptionArn"]
    assert cloud.sns.confirm_subscription(TopicArn=topic, Token=token)["SubscriptionArn"] == first


@pytest.mark.parametrize("protocol", ["email", "email-json"])
def test_mail_is_confirmed_from_the_outbox(cloud, protocol):
    topic = cloud.topic()
    cloud.subscribe(topic, protocol, "ann@example.com")
    mail = cloud.outbox("email")[0]
    assert mail["To"] == "ann@example.com"
    assert mail["Subject"] == "AWS Notification - Subscription Confirmation"
    assert mail["SubscribeURL"] in mail["Body"]
    if protocol == "email-json":
        verify(json.loads(mail["Body"]))
    arn = cloud.sns.confirm_subscription(TopicArn=topic, Token=mail["Token"])["SubscriptionArn"]
    cloud.sns.publish(TopicArn=topic, Message="hello", Subject="Greeting")
    sent = cloud.outbox("email")[1]
    assert (sent["Subject"], sent["To"]) == ("Greeting", "ann@example.com")
    assert sent["Body"] == "hello" if protocol == "email" else json.loads(sent["Body"])["Message"] == "hello"
    # Anybody may follow the link; then the reader can take it back.
    assert cloud.apus.request("GET", sent["UnsubscribeURL"])[0] == 200
    assert cloud.sns.list_subscriptions()["Subscriptions"] == []
    assert cloud.apus.request("GET", cloud.outbox("email")[2]["SubscribeURL"])[0] == 200
    assert [s["SubscriptionArn"] for s in cloud.sns.list_subscriptions()["Subscriptions"]] == [arn]


def test_authenticate_on_unsubscribe_wants_the_owners_signature(cloud, endpoint):
    topic = cloud.topic()
    cloud.subscribe(topic, "http", endpoint.url)
    cloud.apus.settle()
    message = json.loads(endpoint.requests[0][2])
    status, _, answer = cloud.apus.request("GET", message["SubscribeURL"] + "&AuthenticateOnUnsubscribe=true")
    assert status == 403 and b"AuthorizationError" in answer
    arn = cloud.sns.confirm_subscription(TopicArn=topic, Token=message["Token"], AuthenticateOnUnsubscribe="true")["SubscriptionArn"]
    assert cloud.sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["ConfirmationWasAuthenticated"] == "true"
    status, _, answer = cloud.apus.request("GET", "/?" + urllib.parse.urlencode({"Action": "Unsubscribe", "SubscriptionArn": arn}))
    assert status == 403 and b"AuthorizationError" in answer
    cloud.sns.unsubscribe(SubscriptionArn=arn)
    assert cloud.sns.list_subscriptions()["Subscriptions"] == []


def test_an_address_that_was_unsubscribed_can_come_back(cloud, endpoint):
    topic = cloud.topic()
    arn = cloud.confirmed(topic, endpoint)
    cloud.sns.unsubscribe(SubscriptionArn=arn)
    cloud.apus.settle()
    _, headers, body = endpoint.requests.pop()
    message = json.loads(body)
    assert headers["x-amz-sns-message-type"] == message["Type"] == "UnsubscribeConfirmation"
    assert headers["x-amz-sns-subscription-arn"] == arn
    assert message["Message"].startswith(f"You have chosen to deactivate subscription {arn}.\n")
    assert cloud.apus.request("GET", message["SubscribeURL"])[0] == 200
    cloud.sns.publish(TopicArn=topic, Message="back")
    cloud.apus.settle()
    assert [json.loads(body)["Message"] for _, _, body in endpoint.requests] == ["back"]


def test_links_need_neither_a_region_nor_a_signature(own_apus):
    apus = own_apus("--auth")
    sns = Clients(apus, ACCOUNT, region="eu-west-1").boto3("sns")
    topic = sns.create_topic(Name="topic")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ann@example.com")
    mail = apus.own("GET", "/_apus/outbox")["messages"][0]
    assert apus.request("GET", mail["SubscribeURL"])[0] == 200
    assert len(sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]) == 1
    sns.publish(TopicArn=topic, Message="hello")
    mail = apus.own("GET", "/_apus/outbox")["messages"][1]
    assert apus.request("GET", mail["UnsubscribeURL"])[0] == 200
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []
    status, _, answer = apus.request("GET", "/?" + urllib.parse.urlencode({"Action": "Publish", "TopicArn": topic, "Message": "hello"}))
    assert status == 403 and b"MissingAuthenticationToken" in answer


def test_a_queue_of_another_account_is_asked(cloud):
    other = Clients(cloud.apus, "999999999999").boto3("sqs")
    url = other.create_queue(QueueName="theirs")["QueueUrl"]
    topic = cloud.topic()
    assert cloud.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:999999999999:theirs")["SubscriptionArn"] == "pending confirmation"
    message = json.loads(other.receive_message(QueueUrl=url)["Messages"][0]["Body"])
    assert message["Type"] == "SubscriptionConfirmation"
    verify(message)
    cloud.sns.confirm_subscription(TopicArn=topic, Token=message["Token"])
    cloud.sns.publish(TopicArn=topic, Message="hello")
    assert json.loads(other.receive_message(QueueUrl=url)["Messages"][0]["Body"])["Message"] == "hello"


# Posts


def test_raw_posts_and_content_types(cloud, endpoint):
    topic = cloud.topic()
    policy = json.dumps({"requestPolicy": {"headerContentType": "application/json"}})
    arn = cloud.confirmed(topic, endpoint, RawMessageDelivery="true", DeliveryPolicy=policy)
    identifier = cloud.sns.publish(TopicArn=topic, Message='{"a":1}', MessageAttributes={"k": {"DataType": "String", "StringValue": "v"}})["MessageId"]
    cloud.apus.settle()
    _, headers, body = endpoint.requests[0]
    assert body == '{"a":1}'
    assert headers["Content-Type"] == "application/json"
    assert headers["x-amz-sns-rawdelivery"] == "true"
    assert headers["x-amz-sns-message-id"] == identifier
    assert headers["x-amz-sns-subscription-arn"] == arn


def test_three_retries_twenty_seconds_apart_then_the_dead_letter_queue(cloud, endpoint):
    topic = cloud.topic()
    url, queue = cloud.queue("dead")
    arn = cloud.confirmed(topic, endpoint, RedrivePolicy=json.dumps({"deadLetterTargetArn": queue}))
    endpoint.answers += [500, 429, 503, 500]
    identifier = cloud.sns.publish(TopicArn=topic, Message="hello")["MessageId"]
    cloud.apus.settle()
    for attempts in range(1, 4):
        assert len(endpoint.requests) == attempts
        cloud.advance(19)
        assert len(endpoint.requests) == attempts
        assert cloud.receive(url) == []
        cloud.advance(1)
    assert len(endpoint.requests) == 4
    assert len({body for _, _, body in endpoint.requests}) == 1
    assert cloud.receive(url)[0]["Body"] == endpoint.requests[0][2]
    undelivered = cloud.outbox("undelivered")[0]
    assert (undelivered["Id"], undelivered["SubscriptionArn"], undelivered["ErrorMessage"]) == (identifier, arn, "The endpoint answered 500.")
    assert cloud.apus.own("GET", "/_apus/health")["idle"]


def test_client_errors_are_not_tried_again(cloud, endpoint):
    topic = cloud.topic()
    url, queue = cloud.queue("dead")
    cloud.confirmed(topic, endpoint, RawMessageDelivery="true", RedrivePolicy=json.dumps({"deadLetterTargetArn": queue}))
    endpoint.answers += [404]
    cloud.sns.publish(TopicArn=topic, Message="hello", MessageAttributes={"k": {"DataType": "String", "StringValue": "v"}})
    cloud.apus.settle()
    message = cloud.receive(url)[0]
    assert message["Body"] == "hello"
    assert message["MessageAttributes"]["k"]["StringValue"] == "v"
    assert len(endpoint.requests) == 1


def test_delivery_policy_decides_on_retries(cloud, endpoint):
    topic = cloud.topic()
    retry = {
        "minDelayTarget": 10, "maxDelayTarget": 40, "numRetries": 6, "numNoDelayRetries": 1, "numMinDelayRetries": 1, "numMaxDelayRetries": 1,
        "backoffFunction": "linear",
    }  # fmt: skip
    cloud.confirmed(topic, endpoint, DeliveryPolicy=json.dumps({"healthyRetryPolicy": retry}))
    endpoint.answers += [500] * 7
    cloud.sns.publish(TopicArn=topic, Message="hello")
    cloud.apus.settle()
    assert len(endpoint.requests) == 2
    for attempts, pause in enumerate([10, 10, 25, 40, 40], start=3):
        cloud.advance(pause - 1)
        assert len(endpoint.requests) == attempts - 1
        cloud.advance(1)
        assert len(endpoint.requests) == attempts
    cloud.advance("1h")
    assert len(endpoint.requests) == 7


def test_throttle_policy_spreads_posts_over_time(cloud, endpoint):
    topic = cloud.topic(DeliveryPolicy=json.dumps({"http": {"defaultThrottlePolicy": {"maxReceivesPerSecond": 1}}}))
    cloud.confirmed(topic, endpoint)
    for number in range(3):
        cloud.sns.publish(TopicArn=topic, Message=str(number))
    cloud.apus.settle()
    for count in range(1, 4):
        assert [json.loads(body)["Message"] for _, _, body in endpoint.requests] == [str(number) for number in range(count)]
        cloud.advance(1)


def test_https_fails_loudly(cloud):
    topic = cloud.topic()
    url, queue = cloud.queue("dead")
    cloud.subscribe(topic, "https", "https://127.0.0.1:1/hook", RedrivePolicy=json.dumps({"deadLetterTargetArn": queue}))
    cloud.apus.settle()
    refusal = cloud.outbox("undelivered")[0]
    assert "TLS" in refusal["ErrorMessage"] and "https://127.0.0.1:1/hook" in refusal["ErrorMessage"]
    assert cloud.receive(url) == []
    cloud.sns.confirm_subscription(TopicArn=topic, Token=cloud.outbox("https")[0]["Token"])
    cloud.sns.publish(TopicArn=topic, Message="hello")
    cloud.apus.settle()
    assert json.loads(cloud.receive(url)[0]["Body"])["Message"] == "hello"


# Queues and functions that aren't there


@pytest.mark.parametrize("protocol", ["sqs", "lambda"])
def test_missing_targets_end_in_the_dead_letter_queue(cloud, protocol):
    topic = cloud.topic()
    url, queue = cloud.queue("dead")
    target = {"sqs": f"arn:aws:sqs:us-east-1:{ACCOUNT}:nowhere", "lambda": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:nobody"}[protocol]
    cloud.subscribe(topic, protocol, target, RedrivePolicy=json.dumps({"deadLetterTargetArn": queue}))
    cloud.sns.publish(TopicArn=topic, Message="hello")
    cloud.apus.settle()
    message = json.loads(cloud.receive(url)[0]["Body"])
    assert message["Message"] == "hello"
    verify(message)
    assert cloud.outbox("undelivered")[0]["Endpoint"] == target


def test_raw_delivery_carries_at_most_ten_attributes(cloud):
    topic = cloud.topic()
    raw, queue = cloud.queue("raw")
    cloud.subscribe(topic, "sqs", queue, RawMessageDelivery="true")
    enveloped, queue = cloud.queue("enveloped")
    cloud.subscribe(topic, "sqs", queue)
    attributes = {f"a{n:02}": {"DataType": "String", "StringValue": "x"} for n in range(11)}
    cloud.sns.publish(TopicArn=topic, Message="hello", MessageAttributes=attributes)
    assert cloud.receive(raw) == []
    assert len(json.loads(cloud.receive(enveloped)[0]["Body"])["MessageAttributes"]) == 11
    del attributes["a10"]
    attributes["a09"] = {"DataType": "String.Array", "StringValue": '["x",1]'}
    cloud.sns.publish(TopicArn=topic, Message="hello", MessageAttributes=attributes)
    assert cloud.receive(raw)[0]["MessageAttributes"]["a09"] == {"DataType": "String.Array", "StringValue": '["x",1]'}


def test_message_structure_gives_each_protocol_its_text(cloud):
    topic = cloud.topic()
    url, queue = cloud.queue("queue")
    cloud.subscribe(topic, "sqs", queue)
    cloud.subscribe(topic, "sms", "+34600000000")
    cloud.sns.publish(TopicArn=topic, Message=json.dumps({"default": "all", "sqs": "queue's"}), MessageStructure="json")
    cloud.sns.publish(TopicArn=topic, Message='{"as":"it is"}', MessageStructure="raw")
    assert sorted(json.loads(m["Body"])["Message"] for m in cloud.receive(url)) == sorted(["queue's", '{"as":"it is"}'])
    assert [m["Message"] for m in cloud.outbox("sms")] == ["all", '{"as":"it is"}']


# FIFO topics


def test_fifo_topics_keep_order_and_ids_into_fifo_and_standard_queues(cloud):
    topic = cloud.topic("topic.fifo", FifoTopic="true", ContentBasedDeduplication="true")
    fifo, queue = cloud.queue("queue.fifo", FifoQueue="true")
    cloud.subscribe(topic, "sqs", queue, RawMessageDelivery="true")
    standard, queue = cloud.queue("queue")
    cloud.subscribe(topic, "sqs", queue)
    answers = [cloud.sns.publish(TopicArn=topic, Message=text, MessageGroupId="g", MessageDeduplicationId=f"d{text}") for text in "abc"]
    again = cloud.sns.publish(TopicArn=topic, Message="other", MessageGroupId="g", MessageDeduplicationId="da")
    assert (again["MessageId"], again["SequenceNumber"]) == (answers[0]["MessageId"], answers[0]["SequenceNumber"])
    assert [a["SequenceNumber"] for a in answers] == sorted({a["SequenceNumber"] for a in answers})
    messages = cloud.receive(fifo)
    assert [(m["Body"], m["Attributes"]["MessageGroupId"], m["Attributes"]["MessageDeduplicationId"]) for m in messages] == [
        ("a", "g", "da"), ("b", "g", "db"), ("c", "g", "dc"),
    ]  # fmt: skip
    envelopes = [json.loads(m["Body"]) for m in cloud.receive(standard)]
    assert {e["Message"]: e["SequenceNumber"] for e in envelopes} == dict(zip("abc", [a["SequenceNumber"] for a in answers]))
    cloud.advance("5m")
    assert cloud.sns.publish(TopicArn=topic, Message="other", MessageGroupId="g", MessageDeduplicationId="da")["MessageId"] != answers[0]["MessageId"]


# Durability


def test_a_publish_that_was_answered_is_in_every_queue_after_a_kill(own_apus, tmp_path):
    cloud = Cloud(own_apus("--data", str(tmp_path)), freeze=True)
    topic = cloud.topic()
    urls = []
    for number in range(5):
        url, queue = cloud.queue(f"queue{number}")
        urls.append(url)
        cloud.subscribe(topic, "sqs", queue, RawMessageDelivery="true", **({} if number < 4 else {"FilterPolicy": '{"k":["v"]}'}))
    answered = []

    def publish(first):
        with contextlib.suppress(Exception):
            for number in range(first, first + 100_000):
                cloud.sns.publish(TopicArn=topic, Message=str(number), MessageAttributes={"k": {"DataType": "String", "StringValue": "v"}})
                answered.append(str(number))
                if len(answered) == 300:
                    enough.set()

    enough = threading.Event()
    threads = [threading.Thread(target=publish, args=(thread * 100_000,)) for thread in range(4)]
    for thread in threads:
        thread.start()
    assert enough.wait(60)
    cloud.apus.kill()
    for thread in threads:
        thread.join()
    cloud.apus.start()
    cloud.connect()
    expected = set(answered)
    held = []
    for number in range(5):
        url = cloud.sqs.get_queue_url(QueueName=f"queue{number}")["QueueUrl"]
        bodies = set()
        while messages := cloud.receive(url):
            bodies |= {message["Body"] for message in messages}
        assert expected <= bodies
        held.append(bodies)
    # What wasn't answered is in all of them or in none.
    assert all(bodies == held[0] for bodies in held)


def test_pending_posts_and_confirmations_outlive_a_kill(own_apus, tmp_path, endpoint):
    cloud = Cloud(own_apus("--data", str(tmp_path)), freeze=True)
    topic = cloud.topic()
    arn = cloud.confirmed(topic, endpoint)
    endpoint.answers += [500]
    cloud.sns.publish(TopicArn=topic, Message="hello")
    cloud.apus.settle()
    assert len(endpoint.requests) == 1
    cloud.subscribe(topic, "email", "ann@example.com")
    cloud.apus.kill()
    cloud.apus.start()
    cloud.connect()
    cloud.apus.settle(jump=60)
    assert [body for _, _, body in endpoint.requests[:1]] == [body for _, _, body in endpoint.requests[1:]]
    assert endpoint.requests[1][1]["x-amz-sns-subscription-arn"] == arn
    cloud.sns.confirm_subscription(TopicArn=topic, Token=cloud.outbox("email")[0]["Token"])


def test_pending_posts_are_part_of_snapshots(cloud, endpoint):
    topic = cloud.topic()
    cloud.confirmed(topic, endpoint)
    endpoint.answers += [500]
    cloud.sns.publish(TopicArn=topic, Message="hello")
    cloud.apus.settle()
    cloud.apus.own("POST", "/_apus/snapshots/pending")
    cloud.advance(20)
    assert len(endpoint.requests) == 2
    cloud.advance("1h")
    assert len(endpoint.requests) == 2
    cloud.apus.own("POST", "/_apus/snapshots/pending/restore")
    cloud.advance(20)
    assert len(endpoint.requests) == 3
