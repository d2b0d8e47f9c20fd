"""No byte that a client sends may crash apus, keep it busy, or change anything when the answer is an error.

Bounded and seeded. For a long run: HOSTILE_ROUNDS=100 HOSTILE_SEED=$RANDOM pytest Tests/Clients/test_hostile_input.py; HOSTILE_LOG names a file
for findings as they come.
"""

import gzip
import json
import os
import random
import re
import socket
import time

import hostile_examples
import hostile_inputs
import pytest
from conftest import Clients
from hostile_victim import QUICK, PATIENCE, Broken, Connection, Victim, well_formed

ROUNDS = int(os.environ.get("HOSTILE_ROUNDS", "1"))
SEED = int(os.environ.get("HOSTILE_SEED", "1"))
READS = re.compile("^(Get|List|Describe|Query|Scan|BatchGet|TransactGet|Invoke|Test|Flush|Generate)")


@pytest.fixture
def victim():
    it = Victim()
    yield it
    it.conclude()


# Setting up what inputs refer to


def prepare(victim, inputs, account):
    """A cloud in which examples are accepted; the clock stands, so that only requests change anything."""
    victim.died = False
    for path, body in (("/_apus/reset", b""), ("/_apus/clock", b'{"freeze": "2021-12-06T02:01:51Z"}')):
        victim.ask("POST", path, body)
    clients = Clients(victim.apus, account)
    dynamodb, lambda_, apigateway, ses = (clients.boto3(n) for n in ("dynamodb", "lambda", "apigateway", "ses"))
    attribute = lambda n, t: {"AttributeName": n, "AttributeType": t}
    key = lambda *names: [{"AttributeName": n, "KeyType": t} for n, t in zip(names, ("HASH", "RANGE"))]
    everything = {"ProjectionType": "ALL"}
    common = {"BillingMode": "PAY_PER_REQUEST", "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}}
    table = dynamodb.create_table(
        TableName="hostile", AttributeDefinitions=[attribute("PK", "S"), attribute("SK", "N"), attribute("G", "S"), attribute("L", "N")], KeySchema=key("PK", "SK"),
        GlobalSecondaryIndexes=[{"IndexName": "by-g", "KeySchema": key("G"), "Projection": everything}],
        LocalSecondaryIndexes=[{"IndexName": "by-l", "KeySchema": key("PK", "L"), "Projection": everything}], **common,
    )["TableDescription"]
    simple = dynamodb.create_table(TableName="simple", AttributeDefinitions=[attribute("PK", "S")], KeySchema=key("PK"), **common)["TableDescription"]
    dynamodb.create_table(TableName="binary", AttributeDefinitions=[attribute("PK", "B"), attribute("SK", "B")], KeySchema=key("PK", "SK"), BillingMode="PAY_PER_REQUEST")
    victim.ask("POST", "/_apus/clock", b'{"advance": "1m"}')
    streams = clients.boto3("dynamodbstreams")
    stream = streams.describe_stream(StreamArn=table["LatestStreamArn"])["StreamDescription"]
    shard = stream["Shards"][0]["ShardId"]
    iterators = [streams.get_shard_iterator(StreamArn=stream["StreamArn"], ShardId=shard, ShardIteratorType=t)["ShardIterator"] for t in ("TRIM_HORIZON", "LATEST")]
    functions = ["findOne", "findAll"]
    for name in functions:
        lambda_.create_function(FunctionName=name, Role="arn:aws:iam::123456789012:role/r", Runtime="provided.al2023", Handler="Boletia.findOne", Code={"ZipFile": hostile_examples.zipped()})
    mapping = lambda_.create_event_source_mapping(FunctionName="findAll", EventSourceArn=simple["LatestStreamArn"], StartingPosition="LATEST", Enabled=False)
    mock = hostile_examples.openapi(random.Random(1))
    api = apigateway.import_rest_api(body=json.dumps(mock))["id"]
    deployment = apigateway.create_deployment(restApiId=api, stageName="prod", variables={"f": "findOne"})["id"]
    resources = [r["id"] for r in apigateway.get_resources(restApiId=api)["items"]]
    ses.verify_email_identity(EmailAddress="a@example.com")
    ses.verify_domain_identity(Domain="example.com")
    inputs.known = {
        "TableName": ["hostile", "simple", "binary", table["TableArn"], "made-1", "missing"], "IndexName": ["by-g", "by-l"], "StreamArn": [stream["StreamArn"]], "ShardId": [shard], "ShardIterator": iterators,
        "ExclusiveStartShardId": [shard], "ResourceArn": [table["TableArn"]], "FunctionName": [*functions, f"arn:aws:lambda:us-east-1:{account}:function:findOne", f"{account}:function:findOne", "made-1"],
        "UUID": [mapping["UUID"]], "restApiId": [api], "resourceId": resources, "parentId": resources, "deploymentId": [deployment], "stageName": ["prod"],
        "httpMethod": ["GET", "ANY", "POST"], "statusCode": ["200"], "resourceArn": [f"arn:aws:apigateway:us-east-1::/restapis/{api}"], "EventSourceArn": [simple["LatestStreamArn"]],
        "Identities": [["a@example.com"], ["example.com", "b@c.d"]], "Identity": ["a@example.com"], "EmailAddress": ["a@example.com", "c@example.com"], "Domain": ["example.com"],
    }


def observed(victim, service, account):
    """All that can be seen of a service's state."""
    clients = Clients(victim.apus, account)

    def pages(client, name, **parameters):
        answers = client.get_paginator(name).paginate(**parameters)
        return [{n: v for n, v in page.items() if n != "ResponseMetadata"} for page in answers]

    client = clients.boto3("dynamodb" if service == "dynamodbstreams" else service)
    seen = []
    if service.startswith("dynamodb"):
        for table in (t for page in pages(client, "list_tables") for t in page["TableNames"]):
            seen += [client.describe_table(TableName=table)["Table"], *pages(client, "scan", TableName=table)]
    elif service == "lambda":
        seen += pages(client, "list_functions") + pages(client, "list_event_source_mappings")
    elif service == "apigateway":
        seen += pages(client, "get_rest_apis")
        for api in [a["id"] for page in seen for a in page["items"]]:
            seen += pages(client, "get_resources", restApiId=api, embed=["methods"]) + pages(client, "get_deployments", restApiId=api)
            seen += [client.get_stages(restApiId=api)["item"]]
    else:
        seen += pages(client, "list_identities") + [victim.ask("GET", "/_apus/outbox")]
    return repr(seen)


@pytest.mark.parametrize("service, share", [("dynamodb", 3000), ("dynamodbstreams", 200), ("lambda", 700), ("apigateway", 1500), ("ses", 400)])
def test_spoilt_inputs_are_answered_and_what_is_refused_changes_nothing(victim, service, share):
    for number in range(ROUNDS):
        generator = random.Random(f"{SEED}/{service}/{number}")
        models = hostile_inputs.Models(victim.ask("GET", "/_apus/health")["services"])
        inputs = hostile_inputs.Inputs(generator, models)
        account = f"{generator.randrange(10**11, 10**12)}"
        prepare(victim, inputs, account)
        protocol = models.services[service].metadata["protocol"]
        operations = implemented(victim, inputs, service, account)
        favourites = [o for o in operations if hasattr(hostile_examples.Examples, o)]
        for count in range(share):
            operation = generator.choice(favourites if favourites and generator.random() < 0.75 else operations)
            tree = inputs.input(service, operation)
            if generator.random() < 0.75:
                tree = inputs.spoilt(tree)
            request = inputs.request(service, operation, tree, account)
            is_sample = not READS.match(operation) and generator.random() < 0.01
            if is_sample:
                victim.ask("POST", "/_apus/settle")
                before = observed(victim, service, account)
            answer = victim.exchange(request, operation, well_formed(protocol, operation))
            if is_sample and answer and answer.status >= 400 and observed(victim, service, account) != before:
                victim.find(operation, request, f"refused with {answer.body[:200]!r}, but changed something")
            if answer and answer.status < 300:
                learn(inputs, operation, answer)
            if count % 200 == 199:
                victim.ask("POST", "/_apus/clock", b'{"advance": "1h"}')
                victim.is_well()
            if victim.died or not still_there(victim, inputs, service, account, count):
                prepare(victim, inputs, account)


def still_there(victim, inputs, service, account, count):
    """Whether what examples refer to is still there now and then; accepted requests may have deleted it."""
    if count % 50 != 49:
        return True
    clients = Clients(victim.apus, account)
    match service:
        case "dynamodb": return {"hostile", "simple", "binary"} <= set(clients.boto3("dynamodb").list_tables()["TableNames"])
        case "lambda": return {"findOne", "findAll"} <= {f["FunctionName"] for f in clients.boto3("lambda").list_functions()["Functions"]}
        case "apigateway":
            apis = clients.boto3("apigateway").get_rest_apis(limit=500)["items"]
            return len(apis) < 30 and inputs.known["restApiId"][0] in {a["id"] for a in apis}
        case "ses": return count % 1000 != 999
    return True


def implemented(victim, inputs, service, account):
    """The operations that aren't answered with 501."""
    found = []
    for name in inputs.models.services[service].operation_names:
        answers = [victim.exchange(inputs.request(service, name, inputs.input(service, name), account), name) for _ in range(3)]
        if any(answer and answer.status != 501 for answer in answers):
            found.append(name)
    prepare(victim, inputs, account)
    return found


def learn(inputs, operation, answer):
    """Ids that the server made are good for further requests."""
    try:
        document = json.loads(answer.body)
    except ValueError:
        return
    if not isinstance(document, dict):
        return
    names = {"ImportRestApi": "restApiId", "CreateRestApi": "restApiId", "CreateResource": "resourceId", "CreateDeployment": "deploymentId"}
    pairs = [(names.get(operation), document.get("id")), ("UUID", document.get("UUID")), ("ShardIterator", document.get("ShardIterator")), ("ShardIterator", document.get("NextShardIterator"))]
    for name, value in pairs:
        if name and isinstance(value, str) and value not in (values := inputs.known.setdefault(name, [])):
            values.append(value)
            del values[1:-8]


# Beneath the protocols


def good_requests(account, api):
    """Requests of every kind, in bytes."""
    headers = lambda service: [("Host", "localhost"), ("Authorization", f"AWS4-HMAC-SHA256 Credential={account}/20261121/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0")]
    json_headers = [*headers("dynamodb"), ("X-Amz-Target", "DynamoDB_20120810.PutItem"), ("Content-Type", "application/x-amz-json-1.0")]
    item = b'{"TableName":"simple","Item":{"PK":{"S":"a"},"n":{"N":"1"}}}'
    make = hostile_inputs.http_bytes
    chunked = make("POST", "/", json_headers, b"").replace(b"Content-Length: 0", b"Transfer-Encoding: chunked") + b"10\r\n" + item[:16] + b"\r\n%x;a=b\r\n" % len(item[16:]) + item[16:] + b"\r\n0\r\nX: y\r\n\r\n"
    return [
        make("POST", "/", json_headers, item),
        chunked,
        make("POST", "/", [*json_headers, ("Content-Encoding", "gzip")], gzip.compress(item)),
        make("POST", "/", [*json_headers, ("Expect", "100-continue")], item),
        make("POST", "/", [*headers("ses"), ("Content-Type", "application/x-www-form-urlencoded")], b"Action=ListIdentities&Version=2010-12-01"),
        make("GET", "/2015-03-31/functions/findOne?Qualifier=%24LATEST", headers("lambda"), b""),
        make("POST", "/2015-03-31/functions/findOne/invocations", [*headers("lambda"), ("X-Amz-Invocation-Type", "DryRun")], b"{}"),
        make("GET", f"/restapis/{api}/resources?embed=methods", headers("apigateway"), b""),
        make("GET", f"/_apus/execute-api/{api}/prod/items/7?a=b&a=c", [("Host", "localhost"), ("X-Amzn-Trace-Id", "Root=1-61ad6e4f-0123456789abcdef01234567"), ("Accept", "text/html")], b""),
        make("POST", "/prod/items/7", [("Host", f"{api}.execute-api.localhost.localstack.cloud:4566"), ("Content-Type", "image/png")], b"\xff\x00"),
        make("GET", "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a%2F20261121%2Fus-east-1%2Fses%2Faws4_request&Action=GetSendQuota&Version=2010-12-01", [("Host", "email.us-east-1.amazonaws.com")], b""),
        make("POST", "/_apus/clock", [("Host", "localhost")], b'{"advance": "1s"}'),
        make("GET", "/_apus/health", [("Host", "localhost")], b""),
        make("PUT", "/nothing/here", [("Host", "localhost")], b"x" * 300),
    ]


WORDS = [
    b"Content-Length: 5\r\n", b"Content-Length: -1\r\n", b"Content-Length: 99999999999999999999\r\n", b"Content-Length: 0x5\r\n", b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: gzip, chunked\r\n",
    b"Content-Encoding: gzip\r\n", b"Content-Encoding: deflate\r\n", b"Expect: x\r\n", b"Connection: close\r\n", b"Connection: upgrade\r\nUpgrade: websocket\r\n", b"Host: a\r\n", b"Host: \r\n", b"X-Amz-Target: \r\n",
    b"X-Amz-Target: DynamoDB_20120810.\r\n", b"X-Amz-Target: .....\r\n", b"X-Amz-Target: " + b"a" * 9000 + b"\r\n", b"Authorization: AWS4-HMAC-SHA256\r\n", b"Authorization: AWS4-HMAC-SHA256 Credential=////\r\n",
    b"Authorization: AWS4-HMAC-SHA256 Credential=\xff/\xff/\xff/dynamodb/aws4_request\r\n", b"Authorization: Basic Og==\r\n", b"Content-Type: application/x-amz-json-1.1\r\n", b"Content-Type: \r\n", b"a" * 70_000 + b": b\r\n",
    b" folded\r\n", b": \r\n", b"\x00: a\r\n", b"X-Amzn-Trace-Id: Root=1-zz-zz;;;=;Parent\r\n", b"X-Forwarded-For: ,,,\r\n", b"X-Amz-Date: x\r\n", b"Range: bytes=5-1\r\n", b"Cookie: a=b; c\r\n" * 200,
]
TARGETS = [b"*", b"", b"/", b"//", b"/%", b"/%00", b"/?%", b"/?=&=&", b"/..", b"http://localhost/", b"http://", b"\xff", b"/" + b"a/" * 20_000, b"/?" + b"a&" * 20_000, b"/_apus", b"/_apus/", b"/_aws/ses?id=%", b"/restapis/", b"/_apus/snapshots/%00"]


def spoilt_http(generator, inputs, requests):
    """Requests beyond recognition, some of them, often several in one go."""
    data = b""
    for _ in range(generator.choice((1, 1, 1, 2, 5))):
        request = generator.choice(requests)
        match generator.randrange(9):
            case 0: request = inputs.spoilt_bytes(request)
            case 1 | 2:
                lines = request.split(b"\r\n")
                lines.insert(generator.randrange(1, max(2, min(len(lines), 6))), generator.choice(WORDS).removesuffix(b"\r\n"))
                request = b"\r\n".join(lines)
            case 3:
                head, _, rest = request.partition(b"\r\n")
                method, target, version = head.split(b" ")
                target = generator.choice(TARGETS) if generator.random() < 0.5 else inputs.spoilt_bytes(target)
                request = b" ".join((generator.choice((method, b"GET", b"HEAD", b"OPTIONS", b"CONNECT", b"get", b"PATCH", b"")), target, generator.choice((version, version, b"HTTP/1.0", b"HTTP/9.9", b"")))) + b"\r\n" + rest
            case 4: request = request[: generator.randrange(len(request))]
            case 5:
                head, _, body = request.partition(b"\r\n\r\n")
                spoilt = inputs.spoilt_bytes(body)
                request = re.sub(rb"Content-Length: \d+", b"Content-Length: %d" % len(spoilt), head) + b"\r\n\r\n" + spoilt
            case 6: request = re.sub(rb"(Host|X-Amz-Target|Authorization|Content-Type): [^\r]*", lambda m: m[1] + b": " + inputs.text().encode("utf-8", "surrogatepass")[:9000], request, count=1)
            case 7: request = generator.randbytes(generator.choice((1, 10, 1000)))
        data += request
    return data


def converse(victim, data, generator):
    """Sends it in pieces, maybe breaks off, and reads whatever comes: only whole answers may."""
    victim.sent += 1
    began = time.monotonic()
    try:
        connection = Connection(victim.apus.port)
        connection.socket.settimeout(PATIENCE)
        cut = generator.randrange(len(data) + 1)
        try:
            connection.send(data[:cut])
            connection.send(data[cut:])
            if generator.random() < 0.2:
                return connection.close()
            connection.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        try:
            while True:
                connection.more()
        except (Broken, ConnectionError):
            pass
        rest = connection.pending
        connection.close()
        while rest:
            rest = check_answer(rest, data)
    except Broken as error:
        if victim.is_alive():
            victim.find("http", data, str(error))
    except TimeoutError:
        victim.find("http", data, "no end")
    except OSError as error:
        if victim.is_alive():
            victim.find("http", data, repr(error))
    if not victim.is_alive():
        victim.find("http", data, "apus died")
        victim.restart()
    elif time.monotonic() - began > 2 * QUICK:
        victim.find("http", data, f"slow: {time.monotonic() - began:.1f} s")


def check_answer(data, request):
    """Takes one answer off; whether one answers HEAD, which has no body, can't be told when several requests were spoilt."""
    head, separator, rest = data.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    status = re.fullmatch(rb"HTTP/1\.1 ([1-5]\d\d) [\t -\xff]*", lines[0])
    if not separator or not status:
        raise Broken(f"no answer: {data[:300]!r}")
    # API Gateway says why it fails.
    if int(status[1]) == 500 and b"\r\nx-apus-reason: " not in head:
        raise Broken(f"a failure: {data[:300]!r}")
    length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
    if int(status[1]) in (100, 204, 304) or not length:
        return rest
    if rest.startswith(b"HTTP/1.1 ") or (b"HEAD " in request and len(rest) < int(length[1])):
        return rest
    if len(rest) < int(length[1]):
        raise Broken(f"an answer cut short: {data[:300]!r}")
    return rest[int(length[1]):]


def test_spoilt_http_is_answered_or_closed(victim):
    for number in range(ROUNDS):
        generator = random.Random(f"{SEED}/http/{number}")
        inputs = hostile_inputs.Inputs(generator, hostile_inputs.Models(["dynamodb", "ses"]))
        account = f"{generator.randrange(10**11, 10**12)}"
        prepare(victim, inputs, account)
        requests = good_requests(account, inputs.known["restApiId"][0])
        for count in range(1500):
            converse(victim, spoilt_http(generator, inputs, requests), generator)
            if count % 100 == 99:
                victim.is_well()
                if victim.died:
                    prepare(victim, inputs, account)


def test_bombs_are_refused(victim):
    """Bodies that grow: gzip of gzip, chunks of one byte, aliases of aliases, megabytes of nothing."""
    headers = [("Host", "localhost"), ("X-Amz-Target", "DynamoDB_20120810.PutItem"), ("Content-Type", "application/x-amz-json-1.0")]
    bomb = gzip.compress(b" " * 300_000_000, 1)
    make = hostile_inputs.http_bytes
    check = well_formed("json", "PutItem")
    for body, encoding in ((bomb, "gzip"), (gzip.compress(bomb), "gzip"), (bomb[:-9], "gzip"), (bomb[:50], "gzip"), (b"", "gzip"), (b"[" * 1_000_000, "identity"), (b" " * 15_000_000, "identity"), (b'{"a":' * 100_000, "identity")):
        answer = victim.exchange(make("POST", "/", [*headers, ("Content-Encoding", encoding)], body), "bomb", check)
        assert answer.status in (400, 413), answer.body
    for nested in ('{"L":[' * 40 + '{"S":""}' + "]}" * 40, '{"M":{"a":' * 40 + '{"S":""}' + "}}" * 40):
        answer = victim.exchange(make("POST", "/", headers, b'{"TableName":"nothing","Item":{"a":%s}}' % nested.encode()), "nested", check)
        assert answer.status == 400
    expressions = ["(" * 4000 + "a" + ")" * 4000, "NOT " * 900 + "attribute_exists(a)", "a" + ".a" * 2000, " AND ".join(["attribute_exists(a)"] * 190), "size(" * 800, "a" + "[0]" * 1300]
    for text in expressions:
        tree = {"TableName": "nothing", "Key": {"a": {"S": "b"}}, "ConditionExpression": text}
        assert victim.exchange(make("POST", "/", [*headers[:1], ("X-Amz-Target", "DynamoDB_20120810.DeleteItem"), headers[2]], json.dumps(tree).encode()), "expression", check).status == 400
    chunked = make("POST", "/", headers, b"").replace(b"Content-Length: 0", b"Transfer-Encoding: chunked") + b"1\r\n \r\n" * 200_000 + b"2\r\n{}\r\n0\r\n\r\n"
    assert victim.exchange(chunked, "chunks", check).status == 400
    rest = [("Host", "localhost"), ("Authorization", "AWS4-HMAC-SHA256 Credential=123456789012/20261121/us-east-1/apigateway/aws4_request, SignedHeaders=host, Signature=0")]
    deep = [hostile_examples.BOMB, b"a: " * 3000 + b"b", b"[" * 20_000, b"{a: " * 20_000, b"- " * 20_000 + b"a", b"&a [*a]", b"? " * 5000, b"a: &a {<<: *a}", b"!!binary x", b'{"a":' * 100_000, b"--- a\n" * 5000]
    for body in deep:
        answer = victim.exchange(make("POST", "/restapis?mode=import", rest, body), "definition", well_formed("rest-json", "ImportRestApi"))
        assert answer.status == 400, (body[:50], answer.status, answer.body)


# Calls of APIs, and Apus's own paths


def test_spoilt_calls_of_apis_and_of_apus_itself_are_answered(victim):
    for number in range(ROUNDS):
        generator = random.Random(f"{SEED}/own/{number}")
        inputs = hostile_inputs.Inputs(generator, hostile_inputs.Models(["apigateway"]))
        account = f"{generator.randrange(10**11, 10**12)}"
        prepare(victim, inputs, account)
        # Requests restore it.
        victim.ask("POST", "/_apus/snapshots/a")
        api = inputs.known["restApiId"][0]
        apigateway = Clients(victim.apus, account).boto3("apigateway")
        for count in range(800):
            if count % 100 == 0:
                # Another definition, whichever is accepted.
                document = hostile_examples.openapi(generator)
                victim.exchange(inputs.request("apigateway", "PutRestApi", {"restApiId": api, "mode": "overwrite", "body": inputs.json(inputs.spoilt(document) if generator.random() < 0.5 else document)}, account), "PutRestApi")
                try:
                    apigateway.create_deployment(restApiId=api, stageName="prod", variables={"f": generator.choice(("findOne", "", "x y", "nothing"))})
                except apigateway.exceptions.ClientError:
                    pass
            if generator.random() < 0.5:
                call_api(victim, inputs, generator, api)
            else:
                call_apus(victim, inputs, generator)
            if count % 100 == 99:
                victim.is_well()
            if victim.died:
                return


def target_text(inputs, text):
    return inputs.quoted(text, safe="/{}")[:20_000]


def call_api(victim, inputs, generator, api):
    path = generator.choice(("/items/7",) * 6 + ("/items/", "/items/7/8", "/", "", "/r", "/x/y/z", "/items/" + target_text(inputs, inputs.text())))
    query = generator.choice(("", "?", "?a=b", "?a=b&a=c&=&%zz&b=%00", "?" + target_text(inputs, inputs.text())))
    headers = [("Host", generator.choice(("localhost", f"{api}.execute-api.us-east-1.amazonaws.com", f"{api}.execute-api.", f".execute-api.x", "execute-api", f"{api}.execute-api.localhost:99999999")))]
    prefix = f"/_apus/execute-api/{api}/prod" if generator.random() < 0.6 else generator.choice((f"/_apus/execute-api/{api}/prod", f"/_aws/execute-api/{api}/prod", f"/restapis/{api}/prod/_user_request_", "/prod", f"/_apus/execute-api/{api}/{target_text(inputs, inputs.text())}", "/_apus/execute-api", f"/_apus/execute-api/{target_text(inputs, inputs.text())}"))
    headers += [(generator.choice(("Content-Type", "Accept", "X-Forwarded-For", "X-Amzn-Trace-Id", "X-A", "Cookie")), inputs.text().encode("utf-8", "replace").decode("latin-1").translate({10: None, 13: None, 0: None})[:5000]) for _ in range(generator.randrange(3))]
    body = generator.choice((b"", b"{}", b"\xff\xfe", b"x" * 1000, generator.randbytes(30)))

    def check(answer):
        # API Gateway has 500, 502 and 504 of its own.
        return "an unexpected status" if answer.status not in (200, 500, 501, 502, 504) and not 400 <= answer.status < 500 else None

    victim.exchange(hostile_inputs.http_bytes(generator.choice(("GET", "POST", "OPTIONS", "DELETE")), prefix + path + query, headers, body), "execute-api", check)


def call_apus(victim, inputs, generator):
    paths = ["clock", "clock", "settle", "snapshots/a", "snapshots/a/restore", "snapshots", "outbox", "health", "reset/x", "lambda/packages/" + target_text(inputs, inputs.text()), "snapshots/" + target_text(inputs, inputs.text()), target_text(inputs, inputs.text())]
    durations = ["1s", "-1s", "999999999d", "9999999999999999999s", "1e9s", "s", "", "0ms", hostile_inputs.Raw("9999999999"), hostile_inputs.Raw("1e10"), hostile_inputs.Raw("-9e9"), hostile_inputs.Raw("1e-7")]
    times = ["2021-12-06T02:01:51Z", "9999-12-31T23:59:59Z", "0000-01-01T00:00:00Z", "-1-1-1", "2021-13-45T99:99:99Z", hostile_inputs.Raw("99999999999"), hostile_inputs.Raw("-99999999999"), hostile_inputs.Raw("1e11")]
    tree = generator.choice((
        {"advance": generator.choice(durations)}, {"to": generator.choice(times)}, {"freeze": generator.choice([True, False, *times])}, {"jump": generator.choice(durations[:3] + durations[7:8])}, {"reset": True}, {}, inputs.junk(),
        {"advance": generator.choice(durations), "to": generator.choice(times), "freeze": generator.choice([True, *times])}, {"advance": inputs.junk()}, {"jump": inputs.junk()}))
    service = generator.choice(("/_apus/",) * 8 + ("/_localstack/", "/_aws/ses", "/moto-api/"))
    request = hostile_inputs.http_bytes(generator.choice(("GET", "POST", "POST", "POST", "DELETE")), service + generator.choice(paths), [("Host", "localhost")], inputs.json(tree) if generator.random() < 0.9 else b"")

    def check(answer):
        if answer.status != 200 and not 400 <= answer.status < 500 and answer.status != 501:
            return "an unexpected status"
        try:
            document = json.loads(answer.body.decode("utf-8"))
        except ValueError as error:
            return f"a malformed body ({error})"
        return None if answer.status == 200 or isinstance(document.get("message", document.get("Message")), str) else "an error without message"

    victim.exchange(request, "own", check)
