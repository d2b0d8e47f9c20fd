"""The handlers of Transactions and Lottery that apus brings, deployed and played with boto3; functions with the names of built-in ones."""

import io
import json
import pathlib
import zipfile

import pytest
from conftest import Clients

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "fixtures"
ROLE = "arn:aws:iam::123456789012:role/lab"


def package(**files):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        # An empty file, where the code is registered.
        for name, text in (files or {"empty": ""}).items():
            file.writestr(name.replace("_py", ".py"), text)
    return content.getvalue()


def invoke(lambda_, name, event):
    answer = lambda_.invoke(FunctionName=name, Payload=json.dumps(event))
    return answer.get("FunctionError"), json.loads(answer["Payload"].read())


def table(dynamodb, name, *keys, **more):
    kinds = zip(keys, ("HASH", "RANGE"))
    return dynamodb.create_table(
        TableName=name, AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in kinds], ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}, **more,
    )["TableDescription"]


def test_totals_and_one_alert_in_both_queues(apus, clients):
    dynamodb, sns, sqs, lambda_ = (clients.boto3(name) for name in ("dynamodb", "sns", "sqs", "lambda"))
    stream = table(dynamodb, "Transactions", "CustomerId", "TransactionId", StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"})
    table(dynamodb, "TransactionTotal", "CustomerId")
    topic = sns.create_topic(Name="HighBalanceAlert", Attributes={"DisplayName": "HighAlert"})["TopicArn"]
    queues = []
    for name in ("CustomerNotify", "CreditCollection"):
        queues.append(sqs.create_queue(QueueName=name)["QueueUrl"])
        arn = sqs.get_queue_attributes(QueueUrl=queues[-1], AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    lambda_.create_function(
        FunctionName="TotalNotifier", Runtime="provided.al2023", Handler="Transactions.TotalNotifier", Role=ROLE, Timeout=20, Code={"ZipFile": package()})
    lambda_.create_event_source_mapping(EventSourceArn=stream["LatestStreamArn"], FunctionName="TotalNotifier", StartingPosition="LATEST")

    def put_all():
        for line in (FIXTURES / "transactions/transactions.txt").read_text().splitlines()[1:]:
            customer, _, transaction, date, amount = line.split("|")
            dynamodb.put_item(TableName="Transactions", Item={
                "CustomerId": {"S": customer}, "TransactionId": {"S": transaction}, "TransactionDate": {"S": date}, "TransactionAmount": {"N": amount}})
        apus.settle()
        return {item["CustomerId"]["S"]: item["accountBalance"]["N"] for item in dynamodb.scan(TableName="TransactionTotal")["Items"]}

    # The second time nothing changes, so no record is left in the stream.
    for _ in range(2):
        assert put_all() == {"C1": "598", "C2": "1750"}
        for queue in queues:
            assert sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"] == {"ApproximateNumberOfMessages": "1"}
    for queue in queues:
        (message,) = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
        envelope = json.loads(message["Body"])
        assert (envelope["Type"], envelope["TopicArn"], envelope["Subject"]) == ("Notification", topic, "Warning! Account balance is very high")
        assert envelope["Message"] == '{"customerID": "C2", "accountBalance": "1750"}'


def test_the_lottery_s_functions_one_by_one(apus, clients):
    china = Clients(apus, clients.account, region="cn-northwest-1")
    dynamodb, lambda_ = china.boto3("dynamodb"), china.boto3("lambda")
    for name in ("Lottery-Winners", "Lottery-Employee"):
        table(dynamodb, name, "employee_id")
    items = FIXTURES / "lottery/request-items.json"
    assert china.cli("dynamodb", "batch-write-item", "--request-items", f"file://{items}")["UnprocessedItems"] == {}
    dynamodb.update_table(
        TableName="Lottery-Employee", AttributeDefinitions=[{"AttributeName": "lottery_serial", "AttributeType": "N"}],
        GlobalSecondaryIndexUpdates=[{"Create": {
            "IndexName": "lottery_serial-index", "KeySchema": [{"AttributeName": "lottery_serial", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"},
            "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}}}])
    apus.settle()
    for name in ("InputWinners", "RandomSelectWinners", "ValidateWinners", "RecordWinners"):
        made = lambda_.create_function(
            FunctionName=f"Lottery-{name}", Runtime="provided.al2023", Handler=f"Lottery.{name}", Role=ROLE.replace("aws", "aws-cn"), Code={"ZipFile": package()})
        assert made["FunctionArn"] == f"arn:aws-cn:lambda:cn-northwest-1:{clients.account}:function:Lottery-{name}"
    _, answer = invoke(lambda_, "Lottery-InputWinners", {"input": 2})
    _, answer = invoke(lambda_, "Lottery-RandomSelectWinners", answer["body"])
    drawn = answer["body"]["winner_details"]
    assert len({winner["employee_id"] for winner in drawn}) == 2
    assert all(isinstance(winner["lottery_serial"], int) for winner in drawn)
    _, answer = invoke(lambda_, "Lottery-ValidateWinners", answer["body"])
    names = " ".join(winner["employee_name"] for winner in drawn)
    assert (answer["status"], answer["sns"]) == (0, f"Congrats! [{names}] You have selected as the Lucky Champ!")
    assert invoke(lambda_, "Lottery-RecordWinners", answer["body"]) == (None, {"body": {"winners": drawn}, "status_code": "SUCCESS"})
    assert invoke(lambda_, "Lottery-ValidateWinners", answer["body"])[1]["status"] == 1
    failed, error = invoke(lambda_, "Lottery-InputWinners", {"input": 2, "exception": True})
    assert (failed, error) == ("Unhandled", {"errorMessage": "An error occurred!!", "errorType": "CustomError"})


@pytest.mark.parametrize("name", ["insertReserva", "TotalNotifier", "findAll"])
def test_a_function_named_as_a_built_in_one_runs_its_own_code(clients, name):
    lambda_ = clients.boto3("lambda")
    code = package(index_py="def handler(event, context):\n    return context.function_name + ' of my own'\n")
    lambda_.create_function(FunctionName=name, Runtime="python3.12", Handler="index.handler", Role=ROLE, Code={"ZipFile": code})
    assert invoke(lambda_, name, {}) == (None, f"{name} of my own")
