"""Terraform's AWS provider against apus: DynamoDB's and SQS's resources are made, planned to be as they are, changed in place, and taken away.

Needs the command `terraform` and the provider, unpacked in a folder as a filesystem mirror has it (TF_PLUGINS, /opt/tf-plugins): skipped where either isn't.
The provider takes seconds to start, so one runs for all commands, as its authors debug it.
"""

import io
import os
import pathlib
import re
import shutil
import subprocess
import zipfile

import pytest
from test_lambda import function as make_function

PLUGINS = pathlib.Path(os.environ.get("TF_PLUGINS", "/opt/tf-plugins"))
PROVIDERS = sorted(PLUGINS.glob("registry.terraform.io/hashicorp/aws/*/*/terraform-provider-aws*"))

pytestmark = [
    pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform isn't installed"),
    pytest.mark.skipif(not PROVIDERS, reason=f"Terraform's AWS provider isn't in {PLUGINS}"),
]

SETTINGS = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region                      = "us-west-2"
  access_key                  = "ACCOUNT"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
  skip_region_validation      = true
  endpoints {
    cloudwatchlogs = "URL"
    dynamodb       = "URL"
    lambda         = "URL"
    sns            = "URL"
    sqs            = "URL"
  }
}
"""


class Terraform:
    """A folder with a configuration, and the command."""

    def __init__(self, folder, clients, provider):
        self.folder = folder
        (folder / "settings.tf").write_text(SETTINGS.replace("URL", clients.apus.url).replace("ACCOUNT", clients.account))
        self.environment = {**os.environ, "TF_REATTACH_PROVIDERS": provider, "TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "CHECKPOINT_DISABLE": "1"}
        self.run("init")

    def run(self, *arguments, expected=(0,)):
        command = ["terraform", arguments[0], "-no-color", *arguments[1:]]
        result = subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=120)
        assert result.returncode in expected, result.stdout + result.stderr
        return result.stdout

    def apply(self, configuration):
        """Makes it so; the plan after it must be empty. Returns what was done to which resource."""
        (self.folder / "main.tf").write_text(configuration)
        said = self.run("apply", "-auto-approve")
        left = self.run("plan", "-detailed-exitcode", expected=(0, 2))
        assert "No changes." in left, left
        return set(re.findall(r"aws_(?:dynamodb_)?(\S+): (Creating|Modifying|Destroying)\.\.\.", said))


@pytest.fixture(scope="module")
def provider():
    """A running provider: how Terraform reaches it."""
    # It can't be configured twice in one process where certificates are told; nothing here is encrypted.
    environment = {name: value for name, value in os.environ.items() if name != "AWS_CA_BUNDLE"}
    process = subprocess.Popen([PROVIDERS[-1], "-debug"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    for line in process.stdout:
        if match := re.search("TF_REATTACH_PROVIDERS='(.*)'", line):
            yield match.group(1)
            break
    process.terminate()
    process.wait(timeout=20)
    process.stdout.close()


@pytest.fixture
def terraform(tmp_path, clients, provider):
    return Terraform(tmp_path, clients, provider)


@pytest.fixture
def west(clients):
    return type(clients)(clients.apus, clients.account, "us-west-2").boto3("dynamodb")


FIRST = """
resource "aws_dynamodb_table" "games" {
  name           = "GameScores"
  billing_mode   = "PROVISIONED"
  read_capacity  = 5
  write_capacity = 5
  hash_key       = "UserId"
  range_key      = "GameTitle"

  attribute {
    name = "UserId"
    type = "S"
  }
  attribute {
    name = "GameTitle"
    type = "S"
  }
  attribute {
    name = "TopScore"
    type = "N"
  }

  global_secondary_index {
    name               = "GameTitleIndex"
    hash_key           = "GameTitle"
    range_key          = "TopScore"
    write_capacity     = 5
    read_capacity      = 5
    projection_type    = "INCLUDE"
    non_key_attributes = ["Wins"]
  }
  local_secondary_index {
    name            = "TopScoreIndex"
    range_key       = "TopScore"
    projection_type = "ALL"
  }

  ttl {
    attribute_name = "TimeToExist"
    enabled        = true
  }
  point_in_time_recovery {
    enabled = true
  }
  stream_enabled   = true
  stream_view_type = "NEW_AND_OLD_IMAGES"
  tags = {
    Name        = "games"
    Environment = "production"
  }
}

resource "aws_dynamodb_table_item" "score" {
  table_name = aws_dynamodb_table.games.name
  hash_key   = aws_dynamodb_table.games.hash_key
  range_key  = aws_dynamodb_table.games.range_key
  item       = jsonencode({
    UserId    = { S = "alice" }
    GameTitle = { S = "Chess" }
    TopScore  = { N = "12.5" }
    Wins      = { L = [{ N = "1" }, { M = { a = { BOOL = true } } }] }
    Tags      = { SS = ["a", "b"] }
    Image     = { B = "AP8=" }
  })
}

resource "aws_dynamodb_resource_policy" "games" {
  resource_arn = aws_dynamodb_table.games.arn
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = "*" }, Action = "dynamodb:GetItem", Resource = aws_dynamodb_table.games.arn }]
  })
}

resource "aws_dynamodb_table" "plain" {
  name         = "Plain"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "Id"
  attribute {
    name = "Id"
    type = "S"
  }
  lifecycle {
    ignore_changes = [tags]
  }
}

resource "aws_dynamodb_tag" "plain" {
  resource_arn = aws_dynamodb_table.plain.arn
  key          = "team"
  value        = "blue"
}

resource "aws_dynamodb_table" "kept" {
  name                        = "Kept"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "Id"
  deletion_protection_enabled = true
  attribute {
    name = "Id"
    type = "S"
  }
}

resource "aws_dynamodb_table" "replaced" {
  name         = "Replaced"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "OldId"
  attribute {
    name = "OldId"
    type = "S"
  }
}
"""

INDEX = """
  attribute {
    name = "Colour"
    type = "S"
  }
  global_secondary_index {
    name            = "by-colour"
    hash_key        = "Colour"
    projection_type = "ALL"
  }
"""

# What is changed in place.
CHANGES = [
    ("more capacity", 'read_capacity  = 5\n  write_capacity = 5', 'read_capacity  = 10\n  write_capacity = 7'),
    ("an index's capacity", "write_capacity     = 5", "write_capacity     = 6"),
    ("tags", 'Environment = "production"', 'Owner = "blue"'),
    ("the stream's view", "NEW_AND_OLD_IMAGES", "KEYS_ONLY"),
    ("recovery", "point_in_time_recovery {\n    enabled = true", "point_in_time_recovery {\n    enabled = false"),
    ("an item", 'N = "12.5"', 'N = "13"'),
    ("a policy", "dynamodb:GetItem", "dynamodb:Query"),
    ("a tag", 'value        = "blue"', 'value        = "red"'),
    ("the protection, which must be the only change", "deletion_protection_enabled = true", "deletion_protection_enabled = false"),
    ("the key, which makes another table", '"OldId"', '"NewId"'),
    ("an index", "  lifecycle {", INDEX + "  lifecycle {"),
]


def test_tables_items_policies_and_tags(terraform, west):
    names = {"table.games", "table.plain", "table.kept", "table.replaced", "table_item.score", "resource_policy.games", "tag.plain"}
    assert terraform.apply(FIRST) == {(name, "Creating") for name in names}
    found = west.describe_table(TableName="GameScores")["Table"]
    assert found["GlobalSecondaryIndexes"][0]["Projection"] == {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["Wins"]}
    assert found["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    assert west.describe_table(TableName="Kept")["Table"]["DeletionProtectionEnabled"] is True
    assert west.describe_time_to_live(TableName="GameScores")["TimeToLiveDescription"] == {"TimeToLiveStatus": "ENABLED", "AttributeName": "TimeToExist"}
    item = west.get_item(TableName="GameScores", Key={"UserId": {"S": "alice"}, "GameTitle": {"S": "Chess"}})["Item"]
    assert (item["TopScore"], item["Image"]) == ({"N": "12.5"}, {"B": b"\x00\xff"})

    west.put_item(TableName="Plain", Item={"Id": {"S": "a"}, "Colour": {"S": "red"}})
    changed = FIRST
    for what, before, after in CHANGES:
        assert before in changed, what
        changed = changed.replace(before, after)
    assert terraform.apply(changed) == {(name, "Modifying") for name in names - {"table.replaced"}} | {("table.replaced", "Destroying"), ("table.replaced", "Creating")}
    found = west.describe_table(TableName="GameScores")["Table"]
    assert (found["ProvisionedThroughput"]["ReadCapacityUnits"], found["ProvisionedThroughput"]["WriteCapacityUnits"]) == (10, 7)
    assert found["StreamSpecification"]["StreamViewType"] == "KEYS_ONLY"
    query = dict(KeyConditionExpression="Colour = :c", ExpressionAttributeValues={":c": {"S": "red"}})
    assert west.query(TableName="Plain", IndexName="by-colour", **query)["Count"] == 1
    assert west.describe_table(TableName="Replaced")["Table"]["KeySchema"] == [{"AttributeName": "NewId", "KeyType": "HASH"}]

    terraform.run("destroy", "-auto-approve")
    assert west.list_tables()["TableNames"] == []


QUEUES = """
resource "aws_sqs_queue" "orders" {
  name                       = "orders"
  delay_seconds              = 5
  visibility_timeout_seconds = 60
  redrive_policy             = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead.arn, maxReceiveCount = 4 })
  tags                       = { team = "a" }
}

resource "aws_sqs_queue" "dead" {
  name = "dead"
}

resource "aws_sqs_queue" "ordered" {
  name                        = "ordered.fifo"
  fifo_queue                  = true
  content_based_deduplication = true
  deduplication_scope         = "messageGroup"
  fifo_throughput_limit       = "perMessageGroupId"
}

resource "aws_sqs_queue_redrive_allow_policy" "dead" {
  queue_url            = aws_sqs_queue.dead.id
  redrive_allow_policy = jsonencode({ redrivePermission = "byQueue", sourceQueueArns = [aws_sqs_queue.orders.arn] })
}

resource "aws_sqs_queue_policy" "orders" {
  queue_url = aws_sqs_queue.orders.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = "s", Effect = "Allow", Principal = "*", Action = "sqs:SendMessage", Resource = aws_sqs_queue.orders.arn }]
  })
}
"""


def test_queues(terraform, clients):
    """One apply: after each change the provider watches a queue's attributes for half a minute."""
    done = terraform.apply(QUEUES)
    assert ("sqs_queue.ordered", "Creating") in done
    sqs = type(clients)(clients.apus, clients.account, "us-west-2").boto3("sqs")
    url = sqs.get_queue_url(QueueName="orders")["QueueUrl"]
    assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["DelaySeconds"])["Attributes"] == {"DelaySeconds": "5"}
    assert len(sqs.list_queues()["QueueUrls"]) == 3


TOPICS = """
resource "aws_sns_topic" "alerts" {
  name         = "alerts"
  display_name = "NAME"
  tags         = { team = "a" }
}

resource "aws_sns_topic" "ordered" {
  name                        = "ordered.fifo"
  fifo_topic                  = true
  content_based_deduplication = true
}

resource "aws_sns_topic_policy" "alerts" {
  arn = aws_sns_topic.alerts.arn
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = "s", Effect = "Allow", Principal = "*", Action = "SNS:Publish", Resource = aws_sns_topic.alerts.arn }]
  })
}

resource "aws_sns_topic_subscription" "inbox" {
  topic_arn            = aws_sns_topic.alerts.arn
  protocol             = "sqs"
  endpoint             = "arn:aws:sqs:us-west-2:ACCOUNT:inbox"
  raw_message_delivery = true
  filter_policy        = jsonencode({ kind = ["order"] })
  redrive_policy       = jsonencode({ deadLetterTargetArn = "arn:aws:sqs:us-west-2:ACCOUNT:dead" })
}
"""


def test_topics(terraform, clients):
    configuration = TOPICS.replace("ACCOUNT", clients.account)
    west = type(clients)(clients.apus, clients.account, "us-west-2")
    for name in ("inbox", "dead"):
        west.boto3("sqs").create_queue(QueueName=name)
    done = terraform.apply(configuration.replace("NAME", "Alerts"))
    assert ("sns_topic_subscription.inbox", "Creating") in done
    assert terraform.apply(configuration.replace("NAME", "Alarms")) == {("sns_topic.alerts", "Modifying")}
    sns = west.boto3("sns")
    topic = f"arn:aws:sns:us-west-2:{clients.account}:alerts"
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["DisplayName"] == "Alarms"
    assert [found["Endpoint"] for found in sns.list_subscriptions()["Subscriptions"]] == [f"arn:aws:sqs:us-west-2:{clients.account}:inbox"]
    terraform.apply("")
    assert sns.list_topics()["Topics"] == []


LOG_GROUPS = """
resource "aws_cloudwatch_log_group" "app" {
  name              = "/app/orders"
  retention_in_days = DAYS
  tags              = { team = "a" }
}

resource "aws_cloudwatch_log_stream" "main" {
  name           = "main"
  log_group_name = aws_cloudwatch_log_group.app.name
}

resource "aws_cloudwatch_log_resource_policy" "dns" {
  policy_name = "dns"
  policy_document = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = "s", Effect = "Allow", Principal = { Service = "route53.amazonaws.com" }, Action = "logs:PutLogEvents", Resource = "*" }]
  })
}

resource "aws_cloudwatch_log_metric_filter" "errors" {
  name           = "errors"
  pattern        = "{ $.level = \\"ERROR\\" }"
  log_group_name = aws_cloudwatch_log_group.app.name

  metric_transformation {
    name      = "errors"
    namespace = "app"
    value     = "1"
  }
}

resource "aws_cloudwatch_log_subscription_filter" "errors" {
  name            = "errors"
  log_group_name  = aws_cloudwatch_log_group.app.name
  filter_pattern  = "?ERROR ?WARN"
  destination_arn = "FUNCTION"
}
"""


def test_log_groups(terraform, clients):
    west = type(clients)(clients.apus, clients.account, "us-west-2")
    # A handler that apus brings.
    with zipfile.ZipFile(terraform.folder / "function.zip", "w") as file:
        file.writestr("bootstrap", "")
    function = west.boto3("lambda").create_function(
        FunctionName="errors",
        Runtime="provided.al2023",
        Role="arn:aws:iam::000000000000:role/r",
        Handler="findAll",
        Code={"ZipFile": (terraform.folder / "function.zip").read_bytes()},
    )
    configuration = LOG_GROUPS.replace("FUNCTION", function["FunctionArn"])
    done = terraform.apply(configuration.replace("DAYS", "7"))
    assert ("cloudwatch_log_subscription_filter.errors", "Creating") in done
    assert terraform.apply(configuration.replace("DAYS", "14")) == {("cloudwatch_log_group.app", "Modifying")}
    logs = west.boto3("logs")
    group = logs.describe_log_groups(logGroupNamePrefix="/app")["logGroups"][0]
    assert (group["retentionInDays"], group["metricFilterCount"]) == (14, 1)
    assert [found["logStreamName"] for found in logs.describe_log_streams(logGroupName="/app/orders")["logStreams"]] == ["main"]
    terraform.apply("")
    assert logs.describe_log_groups()["logGroups"] == []
    assert logs.describe_resource_policies()["resourcePolicies"] == []


FUNCTIONS = """
resource "aws_lambda_layer_version" "tools" {
  layer_name               = "tools"
  filename                 = "CODE"
  source_code_hash         = filebase64sha256("CODE")
  compatible_runtimes      = ["provided.al2023"]
  compatible_architectures = ["arm64"]
  license_info             = "MIT"
}

resource "aws_lambda_function" "orders" {
  function_name    = "orders"
  role             = "arn:aws:iam::440939667227:role/r"
  runtime          = "provided.al2023"
  handler          = "Boletia.findOne"
  filename         = "CODE"
  source_code_hash = filebase64sha256("CODE")
  layers           = [aws_lambda_layer_version.tools.arn]
  architectures    = ["arm64"]
  publish          = true
  timeout          = TIMEOUT
  tags             = { team = "a" }

  reserved_concurrent_executions = 20

  environment {
    variables = { TABLE = "orders" }
  }
  dead_letter_config {
    target_arn = "arn:aws:sqs:us-west-2:440939667227:dead"
  }
  ephemeral_storage {
    size = 1024
  }
  logging_config {
    log_format            = "JSON"
    application_log_level = "WARN"
    system_log_level      = "INFO"
  }
  tracing_config {
    mode = "Active"
  }
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  description      = "what customers use"
  function_name    = aws_lambda_function.orders.function_name
  function_version = aws_lambda_function.orders.version
}

resource "aws_lambda_permission" "topic" {
  statement_id  = "topic"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.orders.function_name
  qualifier     = aws_lambda_alias.live.name
  principal     = "sns.amazonaws.com"
  source_arn    = "arn:aws:sns:us-west-2:440939667227:orders"
}

resource "aws_lambda_provisioned_concurrency_config" "live" {
  function_name                     = aws_lambda_function.orders.function_name
  qualifier                         = aws_lambda_alias.live.name
  provisioned_concurrent_executions = 2
}

resource "aws_lambda_code_signing_config" "trusted" {
  description = "d"
  allowed_publishers {
    signing_profile_version_arns = ["arn:aws:signer:us-west-2:440939667227:/signing-profiles/test/version"]
  }
}
"""


def test_functions(terraform, clients):
    """A function with a layer, an alias, a permission and provisioned concurrency; changed in place with a new version; taken away."""
    code = terraform.folder / "function.zip"
    with zipfile.ZipFile(code, "w") as file:
        file.writestr("bootstrap", "x")
    configuration = FUNCTIONS.replace("CODE", str(code))
    names = {
        "lambda_layer_version.tools", "lambda_function.orders", "lambda_alias.live", "lambda_permission.topic",
        "lambda_provisioned_concurrency_config.live", "lambda_code_signing_config.trusted",
    }
    assert terraform.apply(configuration.replace("TIMEOUT", "5")) == {(name, "Creating") for name in names}
    lambda_ = type(clients)(clients.apus, clients.account, "us-west-2").boto3("lambda")
    function = lambda_.get_function(FunctionName="orders:live")
    assert function["Configuration"]["Version"] == "1"
    assert (function["Concurrency"], function["Tags"]) == ({"ReservedConcurrentExecutions": 20}, {"team": "a"})
    changed = terraform.apply(configuration.replace("TIMEOUT", "6"))
    assert changed == {("lambda_function.orders", "Modifying"), ("lambda_alias.live", "Modifying")}
    assert lambda_.get_alias(FunctionName="orders", Name="live")["FunctionVersion"] == "2"
    terraform.run("destroy", "-auto-approve")
    assert lambda_.list_functions()["Functions"] == []
    assert lambda_.list_layers()["Layers"] == []


EVENT_SOURCES = """
resource "aws_sqs_queue" "orders" {
  name = "orders"
}

resource "aws_dynamodb_table" "orders" {
  name             = "orders"
  billing_mode     = "PAY_PER_REQUEST"
  hash_key         = "PK"
  stream_enabled   = true
  stream_view_type = "NEW_IMAGE"
  attribute {
    name = "PK"
    type = "S"
  }
}

resource "aws_lambda_event_source_mapping" "queue" {
  event_source_arn                   = aws_sqs_queue.orders.arn
  function_name                      = "worker"
  batch_size                         = SIZE
  maximum_batching_window_in_seconds = 5
  function_response_types            = ["ReportBatchItemFailures"]
  scaling_config {
    maximum_concurrency = 4
  }
  filter_criteria {
    filter {
      pattern = jsonencode({ body = { kind = ["order"] } })
    }
  }
  tags = { team = "a" }
}

resource "aws_lambda_event_source_mapping" "stream" {
  event_source_arn               = aws_dynamodb_table.orders.stream_arn
  function_name                  = "worker"
  starting_position              = "LATEST"
  batch_size                     = 1000
  parallelization_factor         = 2
  bisect_batch_on_function_error = true
  maximum_retry_attempts         = 3
  maximum_record_age_in_seconds  = 3600
  tumbling_window_in_seconds     = 0
  destination_config {
    on_failure {
      destination_arn = aws_sqs_queue.orders.arn
    }
  }
}
"""


def test_event_source_mappings(terraform, clients):
    lambda_ = type(clients)(clients.apus, clients.account, "us-west-2").boto3("lambda")
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as file:
        file.writestr("index.py", "def handler(event, context):\n    pass\n")
    lambda_.create_function(
        FunctionName="worker", Runtime="python3.11", Handler="index.handler", Role="arn:aws:iam::440939667227:role/worker", Code={"ZipFile": package.getvalue()})
    done = terraform.apply(EVENT_SOURCES.replace("SIZE", "10"))
    names = {"lambda_event_source_mapping.queue", "lambda_event_source_mapping.stream"}
    assert {(name, "Creating") for name in names} <= done
    sizes = sorted(mapping["BatchSize"] for mapping in lambda_.list_event_source_mappings()["EventSourceMappings"])
    assert sizes == [10, 1000]
    assert terraform.apply(EVENT_SOURCES.replace("SIZE", "50")) == {("lambda_event_source_mapping.queue", "Modifying")}
    terraform.run("destroy", "-auto-approve")
    assert lambda_.list_event_source_mappings()["EventSourceMappings"] == []


FUNCTION_URL = """
resource "aws_lambda_function_url" "orders" {
  function_name      = "orders"
  authorization_type = "NONE"
  invoke_mode        = "BUFFERED"
  cors {
    allow_origins = ["https://boletia.example"]
    allow_methods = ["GET"]
    allow_headers = ["x-one"]
    max_age       = 60
  }
}
"""


def test_function_urls(terraform, clients):
    lambda_ = type(clients)(clients.apus, clients.account, "us-west-2").boto3("lambda")
    make_function(lambda_, "orders", Handler="Boletia.findOne")
    assert terraform.apply(FUNCTION_URL) == {("lambda_function_url.orders", "Creating")}
    shown = lambda_.get_function_url_config(FunctionName="orders")
    assert (shown["AuthType"], shown["InvokeMode"], shown["Cors"]["MaxAge"]) == ("NONE", "BUFFERED", 60)
    changed = terraform.apply(FUNCTION_URL.replace("BUFFERED", "RESPONSE_STREAM").replace("60", "61"))
    assert changed == {("lambda_function_url.orders", "Modifying")}
    shown = lambda_.get_function_url_config(FunctionName="orders")
    assert (shown["InvokeMode"], shown["Cors"]["MaxAge"]) == ("RESPONSE_STREAM", 61)
    terraform.run("destroy", "-auto-approve")
    assert lambda_.list_function_url_configs(FunctionName="orders")["FunctionUrlConfigs"] == []
