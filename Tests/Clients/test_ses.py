"""SES: identities, sending, and where the mails are read."""

import email.mime.multipart
import email.mime.text
import json
import re

import pytest
from conftest import refused

MAIL = {"Subject": {"Data": "Confirmación de reserva", "Charset": "UTF-8"}, "Body": {"Text": {"Data": "Su reserva está confirmada", "Charset": "UTF-8"}}}


@pytest.fixture
def sender(clients, ses):
    """An address of the test's own that may send."""
    address = f"boletia-{clients.account}@example.com"
    ses.verify_email_identity(EmailAddress=address)
    return address


def outbox(clients, sender):
    return [m for m in clients.apus.own("GET", "/_apus/outbox")["messages"] if m.get("Source") == sender]


def test_identities_are_verified_listed_and_deleted(ses):
    ses.verify_email_identity(EmailAddress="b@example.com")
    ses.verify_email_identity(EmailAddress="a@example.com")
    ses.verify_email_identity(EmailAddress="a@example.com")
    assert re.fullmatch(r"[A-Za-z0-9+/]{43}=", ses.verify_domain_identity(Domain="example.org")["VerificationToken"])
    assert sorted(ses.list_identities()["Identities"]) == ["a@example.com", "b@example.com", "example.org"]
    assert ses.list_identities(IdentityType="Domain")["Identities"] == ["example.org"]
    assert sorted(ses.list_identities(IdentityType="EmailAddress")["Identities"]) == ["a@example.com", "b@example.com"]
    attributes = ses.get_identity_verification_attributes(Identities=["a@example.com", "example.org"])["VerificationAttributes"]
    assert attributes["a@example.com"] == {"VerificationStatus": "Success"}
    assert attributes["example.org"]["VerificationStatus"] == "Success"
    ses.get_waiter("identity_exists").wait(Identities=["a@example.com"], WaiterConfig={"Delay": 1, "MaxAttempts": 2})
    ses.delete_identity(Identity="a@example.com")
    assert sorted(ses.list_identities()["Identities"]) == ["b@example.com", "example.org"]


def test_identities_come_in_pages(ses):
    addresses = [f"a{n}@example.com" for n in range(5)]
    for address in addresses:
        ses.verify_email_identity(EmailAddress=address)
    first = ses.list_identities(MaxItems=2)
    assert len(first["Identities"]) == 2
    pages = list(ses.get_paginator("list_identities").paginate(PaginationConfig={"PageSize": 2}))
    assert [len(p["Identities"]) for p in pages] == [2, 2, 1]
    assert sorted(i for p in pages for i in p["Identities"]) == addresses


def test_a_mail_ends_in_the_outbox(clients, ses, sender):
    destination = {"ToAddresses": ["cliente.uno@example.com"], "CcAddresses": ["copia@example.com"], "BccAddresses": ["oculta@example.com"]}
    answer = ses.send_email(Source=sender, Destination=destination, Message=MAIL, ReplyToAddresses=["ayuda@example.com"])
    (mail,) = outbox(clients, sender)
    assert mail["Subject"]["Data"] == "Confirmación de reserva"
    assert mail["Body"]["Text"]["Data"] == "Su reserva está confirmada"
    assert mail["Destination"] == destination
    assert mail["ReplyToAddresses"] == ["ayuda@example.com"]
    assert answer["MessageId"] in json.dumps(mail)
    assert re.fullmatch(r"[0-9a-f]{16}-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}-000000", answer["MessageId"])


def test_mails_are_read_in_localstack_s_form(clients, ses, sender):
    id = ses.send_email(Source=sender, Destination={"ToAddresses": ["x@example.com"]}, Message={**MAIL, "Body": {"Html": {"Data": "<b>Hola</b>"}}})["MessageId"]
    status, _, answer = clients.apus.request("GET", f"/_aws/ses?email={sender}")
    assert status == 200
    (mail,) = json.loads(answer)["messages"]
    assert (mail["Id"], mail["Region"], mail["Source"], mail["Subject"]) == (id, "us-east-1", sender, "Confirmación de reserva")
    assert mail["Destination"]["ToAddresses"] == ["x@example.com"]
    assert mail["Body"]["html_part"] == "<b>Hola</b>"
    assert json.loads(clients.apus.request("GET", f"/_aws/ses?id={id}")[2])["messages"] == [mail]


def test_a_raw_mail_names_its_people_in_its_headers(clients, ses, sender):
    message = email.mime.multipart.MIMEMultipart()
    message["From"], message["To"], message["Subject"] = sender, "a@example.com, B <b@example.com>", "Cancelación"
    message.attach(email.mime.text.MIMEText("Texto"))
    ses.send_raw_email(RawMessage={"Data": message.as_bytes()})
    (mail,) = outbox(clients, sender)
    assert "a@example.com" in json.dumps(mail["Destination"]) and "b@example.com" in json.dumps(mail["Destination"])
    assert "Cancelación" in json.dumps(mail, ensure_ascii=False)


def test_a_sender_must_be_verified(clients, ses):
    stranger = f"stranger-{clients.account}@example.com"
    with refused(
        "MessageRejected",
        f"Email address is not verified. The following identities failed the check in region US-EAST-1: {stranger}",
    ):
        ses.send_email(Source=stranger, Destination={"ToAddresses": ["x@example.com"]}, Message=MAIL)
    assert outbox(clients, stranger) == []


def test_a_verified_domain_is_enough(clients, ses):
    ses.verify_domain_identity(Domain=f"d{clients.account}.example.com")
    source = f"anyone@d{clients.account}.example.com"
    ses.send_email(Source=source, Destination={"ToAddresses": ["x@example.com"]}, Message=MAIL)
    assert len(outbox(clients, source)) == 1


@pytest.mark.parametrize(
    "changes, code, message",
    [
        ({"Destination": {"ToAddresses": []}}, "InvalidParameterValue", "Missing required header 'To'."),
        ({"Destination": {"ToAddresses": ["nobody"]}}, "InvalidParameterValue", "Missing final '@domain'"),
        ({"Destination": {"ToAddresses": [f"a{n}@example.com" for n in range(51)]}}, "InvalidParameterValue", "Recipient count exceeds 50."),
        ({"ConfigurationSetName": "nope"}, "ConfigurationSetDoesNotExist", "Configuration set <nope> does not exist."),
    ],
)
def test_a_mail_that_is_wrong_is_not_sent(clients, ses, sender, changes, code, message):
    with refused(code, message):
        ses.send_email(**{"Source": sender, "Destination": {"ToAddresses": ["x@example.com"]}, "Message": MAIL, **changes})
    assert outbox(clients, sender) == []


def test_missing_parameters_are_named(clients, sender):
    unchecked = clients.boto3("ses", parameter_validation=False)
    with refused("ValidationError") as caught:
        unchecked.send_email(Source=sender, Destination={"ToAddresses": ["x@example.com"]})
    assert "'message'" in caught.value.response["Error"]["Message"]


def test_quota_and_statistics_count_what_was_sent(ses, sender):
    ses.send_email(Source=sender, Destination={"ToAddresses": ["a@example.com", "b@example.com"]}, Message=MAIL)
    assert ses.get_send_quota()["SentLast24Hours"] == 2.0
    # Recipients count for the quota, mails for the statistics.
    (point,) = ses.get_send_statistics()["SendDataPoints"]
    assert (point["DeliveryAttempts"], point["Bounces"], point["Complaints"], point["Rejects"]) == (1, 0, 0, 0)


def test_the_aws_cli_verifies_and_sends(clients, ses, sender):
    sent = clients.cli(
        "ses", "send-email", "--from", sender, "--to", "a@example.com", "b@example.com", "--subject", "Hola", "--text", "Qué tal"
    )
    (mail,) = outbox(clients, sender)
    assert sent["MessageId"] in json.dumps(mail)
    assert mail["Destination"]["ToAddresses"] == ["a@example.com", "b@example.com"]
    assert mail["Body"]["Text"]["Data"] == "Qué tal"


def test_what_is_not_implemented_says_so_by_name(ses):
    with refused("NotImplementedException", status=501) as caught:
        ses.list_templates()
    assert "ListTemplates" in caught.value.response["Error"]["Message"]
