"""SNS through boto3 and the AWS CLI: topics, subscriptions, filters, devices and phone numbers."""

import json

import pytest
from conftest import refused


@pytest.fixture
def sns(clients):
    return clients.boto3("sns")


@pytest.fixture
def sqs(clients):
    return clients.boto3("sqs")


def queue(sqs, name):
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def bodies(sqs, url):
    return sorted(m["Body"] for m in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []))


ATTRIBUTE_FILTERS = [
    ('{"a":["x"]}', {"a": "x"}, {"a": "y"}),
    ('{"a":[{"prefix":"x"}]}', {"a": "xy"}, {"a": "yx"}),
    ('{"a":[{"suffix":"x"}]}', {"a": "yx"}, {"a": "xy"}),
    ('{"a":[{"anything-but":["x"]}]}', {"a": "y"}, {"a": "x"}),
    ('{"a":[{"anything-but":{"prefix":"x"}}]}', {"a": "y"}, {"a": "xy"}),
    ('{"a":[{"equals-ignore-case":"X"}]}', {"a": "x"}, {"a": "y"}),
    ('{"a":[{"exists":false}]}', {"b": "x"}, {"a": "x"}),
    ('{"a":[{"cidr":"10.0.0.0/24"}]}', {"a": "10.0.0.9"}, {"a": "10.0.1.9"}),
    ('{"a":[{"numeric":[">",0,"<=",5]}]}', {"a": 5}, {"a": 6}),
    ('{"$or":[{"a":["x"]},{"b":["x"]}]}', {"b": "x"}, {"c": "x"}),
]


@pytest.mark.parametrize("policy, taken, left", ATTRIBUTE_FILTERS)
def test_filters_decide_by_attributes_and_by_body(sns, sqs, policy, taken, left):
    topic = sns.create_topic(Name="t")["TopicArn"]
    by_attributes, arn = queue(sqs, "attributes")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true", "FilterPolicy": policy})
    by_body, arn = queue(sqs, "body")
    subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true", "FilterPolicyScope": "MessageBody"})
    sns.set_subscription_attributes(SubscriptionArn=subscription["SubscriptionArn"], AttributeName="FilterPolicy", AttributeValue=policy)
    for values in (taken, left):
        attributes = {n: {"DataType": "String" if isinstance(v, str) else "Number", "StringValue": str(v)} for n, v in values.items()}
        sns.publish(TopicArn=topic, Message=json.dumps(values), MessageAttributes=attributes)
    assert bodies(sqs, by_attributes) == [json.dumps(taken)]
    assert bodies(sqs, by_body) == [json.dumps(taken)]


def test_the_resource_layer_and_the_paginators(clients, sns):
    resource = clients.resource("sns")
    topic = resource.create_topic(Name="t", Tags=[{"Key": "k", "Value": "v"}])
    assert topic.attributes["Owner"] == clients.account
    for number in range(101):
        topic.subscribe(Protocol="sms", Endpoint=f"+1555000{number:04d}")
    assert len(list(topic.subscriptions.all())) == 101
    assert len(list(sns.get_paginator("list_subscriptions").paginate().search("Subscriptions"))) == 101
    assert sns.list_tags_for_resource(ResourceArn=topic.arn)["Tags"] == [{"Key": "k", "Value": "v"}]
    topic.add_permission(Label="L", AWSAccountId=["111122223333"], ActionName=["Publish"])
    topic.reload()
    assert json.loads(topic.attributes["Policy"])["Statement"][1]["Sid"] == "L"
    topic.delete()
    with refused("NotFound", "Topic does not exist", 404):
        sns.get_topic_attributes(TopicArn=topic.arn)


def test_devices_get_pushes(clients, sns):
    with refused("ValidationError"):
        sns.create_platform_application(Name="app", Platform="GCM", Attributes={})
    application = sns.create_platform_application(Name="app", Platform="GCM", Attributes={"PlatformCredential": "key"})["PlatformApplicationArn"]
    endpoint = sns.create_platform_endpoint(PlatformApplicationArn=application, Token="token", CustomUserData="mine")["EndpointArn"]
    message = f"Invalid parameter: Token Reason: Endpoint {endpoint} already exists with the same Token, but different attributes."
    with refused("InvalidParameter", message):
        sns.create_platform_endpoint(PlatformApplicationArn=application, Token="token")
    listed = sns.list_endpoints_by_platform_application(PlatformApplicationArn=application)["Endpoints"]
    assert listed == [{"EndpointArn": endpoint, "Attributes": {"CustomUserData": "mine", "Enabled": "true", "Token": "token"}}]
    sent = sns.publish(TargetArn=endpoint, Message="hello")["MessageId"]
    outbox = clients.apus.own("GET", "/_apus/outbox")["messages"]
    assert [m["Message"] for m in outbox if m["Kind"] == "push" and m["Id"] == sent] == ["hello"]


def test_settings_for_text_messages(sns):
    sns.set_sms_attributes(attributes={"DefaultSMSType": "Transactional"})
    assert sns.get_sms_attributes()["attributes"] == {"DefaultSMSType": "Transactional", "MonthlySpendLimit": "1"}
    assert sns.get_sms_attributes(attributes=["DefaultSMSType"])["attributes"] == {"DefaultSMSType": "Transactional"}
    assert sns.check_if_phone_number_is_opted_out(phoneNumber="+15551234567")["isOptedOut"] is False
    assert sns.list_phone_numbers_opted_out()["phoneNumbers"] == []
    with refused("InvalidParameter", "DefaultSMSType is invalid"):
        sns.set_sms_attributes(attributes={"DefaultSMSType": "x"})


def test_the_cli_makes_topics_and_tells_their_errors(clients):
    topic = clients.cli("sns", "create-topic", "--name", "t.fifo", "--attributes", "FifoTopic=true,ContentBasedDeduplication=true")["TopicArn"]
    assert clients.cli("sns", "list-topics") == {"Topics": [{"TopicArn": topic}]}
    assert "SequenceNumber" in clients.cli("sns", "publish", "--topic-arn", topic, "--message", "m", "--message-group-id", "g")
    result = clients.run_cli("sns", "publish", "--topic-arn", topic, "--message", "m")
    assert "InvalidParameter" in result.stderr and "The MessageGroupId parameter is required for FIFO topics" in result.stderr
