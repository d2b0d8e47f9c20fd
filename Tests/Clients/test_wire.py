"""What goes over the wire, beyond what SDKs send: plain and broken HTTP, AWS's protocols with unusual requests."""

import gzip
import http.client
import json
import re
import socket
import subprocess
import zlib

import pytest
from conftest import Clients


def headers(clients, target="DynamoDB_20120810.ListTables", **more):
    scope = f"{clients.account}/20261121/{clients.region}/dynamodb/aws4_request"
    return {
        "X-Amz-Target": target,
        "Content-Type": "application/x-amz-json-1.0",
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
        **more,
    }


def post(clients, body, target="DynamoDB_20120810.ListTables", **more):
    """A POST as an SDK would send it: status, headers and body."""
    present = {name.replace("_", "-"): value for name, value in headers(clients, target, **more).items() if value is not None}
    return clients.apus.request("POST", "/", body, present)


def raw(apus, *parts):
    """Sends bytes as they are; returns everything that comes back until the server closes or has nothing more to say."""
    with socket.create_connection(("localhost", apus.port), timeout=10) as connection:
        for part in parts:
            connection.sendall(part)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def status_of(answer):
    return int(answer.split(b" ", 2)[1])


# awsJson


@pytest.mark.parametrize("body", ["{", "[1,", "nonsense", '{"TableName": "a"} x', '{"a": "\x01"}', b'{"a": "\xff"}', "[" * 100_000, ""])
def test_what_is_not_json_is_a_serialization_exception(clients, body):
    status, answered, answer = post(clients, body)
    assert (status, json.loads(answer)) == (400, {"__type": "com.amazon.coral.service#SerializationException"})
    assert answered["Content-Type"] == "application/x-amz-json-1.0"


def test_members_of_the_wrong_type_are_a_serialization_exception(clients):
    for body in ('{"TableName": {"a": 1}}', '{"TableName": ["a"]}', '{"Limit": "ten"}'):
        target = "DynamoDB_20120810.DescribeTable" if "TableName" in body else "DynamoDB_20120810.ListTables"
        status, _, answer = post(clients, body, target)
        assert (status, json.loads(answer)["__type"]) == (400, "com.amazon.coral.service#SerializationException")


def test_answers_carry_their_checksum_and_request_id(clients):
    for body in ("{}", "{"):
        _, answered, answer = post(clients, body)
        assert int(answered["x-amz-crc32"]) == zlib.crc32(answer)
        assert re.fullmatch(r"[0-9A-Z]{52}", answered["x-amzn-RequestId"])


@pytest.mark.parametrize("target", ["DynamoDB_20120810.Nonsense", "DynamoDB_20120810.listTables", "DynamoDB_20999999.ListTables", "Nonsense", ""])
def test_an_unknown_operation_is_named(clients, target):
    status, _, answer = post(clients, "{}", target)
    error = json.loads(answer)
    assert (status, error["__type"]) == (400, "com.amazon.coral.service#UnknownOperationException")
    assert not target or target.split(".")[-1] in error.get("message", ""), error


def test_a_missing_target_is_an_unknown_operation(clients):
    status, _, answer = post(clients, "{}", None)
    assert (status, json.loads(answer)["__type"]) == (400, "com.amazon.coral.service#UnknownOperationException")


def test_what_is_not_implemented_says_so_by_name(clients):
    scope = f"{clients.account}/20261121/us-east-1/kinesis/aws4_request"
    authorization = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
    status, _, answer = post(clients, "{}", "Kinesis_20131202.ListShards", Authorization=authorization)
    error = json.loads(answer)
    assert status == 501
    assert error["__type"].endswith("NotImplementedException")
    assert "Kinesis" in error["message"]


def test_a_service_that_is_not_there_is_named(clients):
    for service in ("kinesis", "s3"):
        client = clients.boto3(service)
        with pytest.raises(client.exceptions.ClientError) as caught:
            client.list_streams() if service == "kinesis" else client.list_buckets()
        response = caught.value.response
        assert response["Error"]["Code"] == "NotImplementedException"
        assert service in response["Error"]["Message"]
        assert response["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_a_request_that_names_nothing_hears_what_there_is(apus):
    status, _, answer = apus.request("GET", "/nothing/here")
    assert status == 404
    assert "It has: apigateway, dynamodb" in json.loads(answer)["message"]


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-amz-json-1.1", "application/xml"])
def test_another_content_type_is_answered_as_dynamodb_does(clients, content_type):
    status, answered, answer = post(clients, "{}", **{"Content-Type": content_type})
    assert (status, answer) == (404, b"<UnknownOperationException/>\n")
    assert int(answered["x-amz-crc32"]) == zlib.crc32(answer)


def test_a_charset_does_not_matter(clients):
    assert post(clients, "{}", **{"Content-Type": "application/x-amz-json-1.0; charset=utf-8"})[0] == 200


# Bodies


def test_a_gzip_body_is_read(clients, table):
    table("zipped")
    status, _, answer = post(clients, gzip.compress(b'{"Limit": 1}'), Content_Encoding="gzip")
    assert (status, json.loads(answer)) == (200, {"TableNames": ["zipped"]})


def test_a_gzip_body_that_is_none_or_explodes_is_refused(clients):
    status, _, answer = post(clients, b'{"Limit": 1}', Content_Encoding="gzip")
    assert (status, json.loads(answer)["__type"]) == (400, "com.amazon.coral.service#SerializationException")
    status, _, _ = post(clients, gzip.compress(b" " * (64 << 20)), Content_Encoding="gzip")
    assert status == 413
    assert post(clients, b"{}", Content_Encoding="br")[0] == 415


def test_a_chunked_body_is_read(clients):
    connection = http.client.HTTPConnection("localhost", clients.apus.port, timeout=10)
    connection.request("POST", "/", iter([b"{", b'"Lim', b'it": 1', b"}"]), {**headers(clients), "Transfer-Encoding": "chunked"}, encode_chunked=True)
    response = connection.getresponse()
    assert (response.status, json.loads(response.read())) == (200, {"TableNames": []})
    # The connection goes on.
    connection.request("POST", "/", b"{}", headers(clients))
    assert connection.getresponse().status == 200


def test_curl_waits_for_100_continue(clients, tmp_path):
    body = tmp_path / "body"
    body.write_text('{"Limit": 1' + " " * 100_000 + "}")
    options = [part for name, value in headers(clients, Expect="100-continue").items() for part in ("-H", f"{name}: {value}")]
    result = subprocess.run(
        ["curl", "-sv", "--http1.1", "--expect100-timeout", "30", *options, "--data-binary", f"@{body}", clients.apus.url], capture_output=True, text=True, timeout=25
    )
    assert "< HTTP/1.1 100 Continue" in result.stderr, result.stderr
    assert json.loads(result.stdout) == {"TableNames": []}


def test_a_body_over_16_megabytes_is_refused_before_it_is_sent(clients):
    head = "".join(f"{n}: {v}\r\n" for n, v in {**headers(clients), "Host": "localhost", "Content-Length": (16 << 20) + 1}.items())
    answer = raw(clients.apus, f"POST / HTTP/1.1\r\n{head}\r\n".encode())
    assert status_of(answer) == 413
    # One of the full size is read to its end: it is no JSON.
    status, _, answer = post(clients, b" " * (16 << 20))
    assert (status, json.loads(answer)["__type"]) == (400, "com.amazon.coral.service#SerializationException")


def test_a_chunked_body_that_grows_over_16_megabytes_is_refused(clients):
    connection = http.client.HTTPConnection("localhost", clients.apus.port, timeout=10)
    try:
        connection.request("POST", "/", (b" " * (1 << 20) for _ in range(18)), {**headers(clients), "Transfer-Encoding": "chunked"}, encode_chunked=True)
    except OSError:
        pass  # It needn't listen to the end.
    assert connection.getresponse().status == 413


# HTTP


@pytest.mark.parametrize(
    "request_bytes, status",
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nBad Name: x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n folded\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        (b"GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 70_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: a\r\n" * 20_000 + b"\r\n", 431),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    ],
)
def test_malformed_http_is_refused_and_the_server_goes_on(apus, request_bytes, status):
    assert status_of(raw(apus, request_bytes)) == status
    assert apus.own("GET", "/_apus/health")["status"] == "running"


def test_a_header_block_under_64_kilobytes_is_read(clients):
    many = {f"X-Filler-{n}": "x" * 6000 for n in range(10)}
    assert post(clients, "{}", **many)[0] == 200


def test_pipelined_requests_are_answered_in_their_order(clients, table):
    for n in range(3):
        table(f"table-{n}")

    def request(number, last):
        body = json.dumps({"TableName": f"table-{number}"})
        fields = {**headers(clients, "DynamoDB_20120810.DescribeTable"), "Host": "localhost", "Content-Length": len(body), **({"Connection": "close"} if last else {})}
        return ("POST / HTTP/1.1\r\n" + "".join(f"{n}: {v}\r\n" for n, v in fields.items()) + "\r\n" + body).encode()

    order = [2, 0, 1, 0, 2, 1] * 5
    answer = raw(clients.apus, b"".join(request(n, i == len(order) - 1) for i, n in enumerate(order))).decode()
    assert answer.count("HTTP/1.1 200") == len(order)
    assert [int(n) for n in re.findall(r'"TableName":"table-(\d)"', answer)] == order


def test_one_byte_at_a_time(clients):
    body = b"{}"
    fields = {**headers(clients), "Host": "localhost", "Content-Length": 2, "Connection": "close"}
    whole = ("POST / HTTP/1.1\r\n" + "".join(f"{n}: {v}\r\n" for n, v in fields.items()) + "\r\n").encode() + body
    answer = raw(clients.apus, *(whole[i : i + 1] for i in range(len(whole))))
    assert status_of(answer) == 200


def test_head_answers_without_a_body(apus):
    got = apus.request("GET", "/_apus/health")
    answer = raw(apus, b"HEAD /_apus/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert (status_of(answer), body) == (got[0], b"")
    assert f"content-length: {len(got[2])}" in head.decode().lower()


def test_http_1_0_is_answered_and_closed(apus):
    answer = raw(apus, b"GET /_apus/health HTTP/1.0\r\nHost: localhost\r\n\r\n")
    assert status_of(answer) == 200
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["status"] == "running"


# The query protocol


def test_the_query_protocol_answers_in_xml(clients):
    scope = f"{clients.account}/20261121/us-east-1/ses/aws4_request"
    signed = {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0", "Content-Type": "application/x-www-form-urlencoded"}
    status, answered, answer = clients.apus.request("POST", "/", "Action=ListIdentities&Version=2010-12-01", signed)
    assert (status, answered["Content-Type"]) == (200, "text/xml")
    assert b'<ListIdentitiesResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/">' in answer
    assert b"<ListIdentitiesResult>" in answer and b"<RequestId>" in answer
    for form, code in (("Action=Nonsense&Version=2010-12-01", "InvalidAction"), ("Version=2010-12-01", "MissingAction")):
        status, _, answer = clients.apus.request("POST", "/", form, signed)
        assert status == 400
        assert "<Type>Sender</Type>" in answer.decode() and f"<Code>{code}</Code>" in answer.decode()


def test_another_client_s_data_is_never_answered(apus, clients, table):
    """Two accounts on one kept connection each see their own."""
    table("mine")
    other = Clients(apus, f"{int(clients.account) + 1:012d}", "eu-central-1")
    connection = http.client.HTTPConnection("localhost", apus.port, timeout=10)
    for who, names in ((clients, ["mine"]), (other, []), (clients, ["mine"])):
        connection.request("POST", "/", b"{}", headers(who))
        assert json.loads(connection.getresponse().read())["TableNames"] == names
