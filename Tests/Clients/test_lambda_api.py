"""Lambda's API: versions, aliases, policies, settings, layers, concurrency, tags, waiters and paginators, through boto3 and the AWS CLI."""

import base64
import hashlib
import io
import json
import sys
import urllib.request
import zipfile

import pytest
from conftest import Clients, refused

ROLE = "arn:aws:iam::440939667227:role/r"


def package(name="bootstrap", text=""):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr(zipfile.ZipInfo(name, (2021, 12, 6, 0, 0, 0)), text)
    return content.getvalue()


def function(lambda_, name="findOne", **more):
    return lambda_.create_function(
        **{"FunctionName": name, "Role": ROLE, "Runtime": "provided.al2023", "Handler": "Boletia.findOne", "Code": {"ZipFile": package()}, **more}
    )


@pytest.fixture
def arn(clients):
    return f"arn:aws:lambda:us-east-1:{clients.account}:function:findOne"


# Versions and aliases


def test_versions_are_published_listed_and_deleted(lambda_, arn):
    made = function(lambda_)
    first = lambda_.publish_version(FunctionName="findOne", Description="one", CodeSha256=made["CodeSha256"])
    assert first["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert (first["FunctionArn"], first["Version"], first["Description"]) == (f"{arn}:1", "1", "one")
    assert lambda_.publish_version(FunctionName="findOne")["Version"] == "1"
    lambda_.update_function_configuration(FunctionName="findOne", Timeout=7)
    assert lambda_.publish_version(FunctionName="findOne")["Version"] == "2"
    pages = lambda_.get_paginator("list_versions_by_function").paginate(FunctionName="findOne", PaginationConfig={"PageSize": 2})
    assert [v["FunctionArn"] for p in pages for v in p["Versions"]] == [f"{arn}:$LATEST", f"{arn}:1", f"{arn}:2"]
    lambda_.get_waiter("published_version_active").wait(FunctionName="findOne", Qualifier="2", WaiterConfig={"Delay": 1, "MaxAttempts": 3})
    assert lambda_.get_function(FunctionName="findOne", Qualifier="1")["Configuration"]["Timeout"] == 3
    lambda_.delete_function(FunctionName="findOne", Qualifier="1")
    with refused("ResourceNotFoundException", f"Function not found: {arn}:1", 404):
        lambda_.get_function(FunctionName="findOne", Qualifier="1")
    with refused("PreconditionFailedException", status=412):
        lambda_.publish_version(FunctionName="findOne", RevisionId="x")
    with refused("InvalidParameterValueException", "$LATEST version cannot be deleted without deleting the function."):
        lambda_.delete_function(FunctionName="findOne", Qualifier="$LATEST")


def test_aliases_are_made_shared_out_moved_and_deleted(lambda_, arn):
    function(lambda_, Publish=True)
    lambda_.update_function_code(FunctionName="findOne", ZipFile=package(text="other"), Publish=True)
    made = lambda_.create_alias(
        FunctionName="findOne", Name="live", FunctionVersion="1", Description="d", RoutingConfig={"AdditionalVersionWeights": {"2": 0.25}}
    )
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert (made["AliasArn"], made["RoutingConfig"]) == (f"{arn}:live", {"AdditionalVersionWeights": {"2": 0.25}})
    assert lambda_.get_alias(FunctionName="findOne", Name="live")["RevisionId"] == made["RevisionId"]
    moved = lambda_.update_alias(FunctionName="findOne", Name="live", FunctionVersion="2", RoutingConfig={}, RevisionId=made["RevisionId"])
    assert moved["FunctionVersion"] == "2" and "RoutingConfig" not in moved
    lambda_.create_alias(FunctionName="findOne", Name="old", FunctionVersion="1")
    pages = lambda_.get_paginator("list_aliases").paginate(FunctionName="findOne", PaginationConfig={"PageSize": 1})
    assert [a["Name"] for p in pages for a in p["Aliases"]] == ["live", "old"]
    assert [a["Name"] for a in lambda_.list_aliases(FunctionName="findOne", FunctionVersion="1")["Aliases"]] == ["old"]
    answer = lambda_.invoke(FunctionName="findOne", Qualifier="live", Payload=b"{}")
    assert answer["ExecutedVersion"] == "2"
    with refused("ResourceConflictException", "Unable to delete version because the following aliases reference it: [live]", 409):
        lambda_.delete_function(FunctionName="findOne", Qualifier="2")
    with refused("ResourceConflictException", f"Alias already exists: {arn}:live", 409):
        lambda_.create_alias(FunctionName="findOne", Name="live", FunctionVersion="1")
    assert lambda_.delete_alias(FunctionName="findOne", Name="live")["ResponseMetadata"]["HTTPStatusCode"] == 204
    with refused("ResourceNotFoundException", f"Cannot find alias arn: {arn}:live", 404):
        lambda_.get_alias(FunctionName="findOne", Name="live")


def test_policies_are_per_qualifier(lambda_, arn):
    function(lambda_, Publish=True)
    allow = {"StatementId": "s", "Action": "lambda:InvokeFunctionUrl", "Principal": "*", "FunctionUrlAuthType": "NONE", "PrincipalOrgID": "o-1234567890"}
    lambda_.add_permission(FunctionName="findOne", Qualifier="1", **allow)
    policy = lambda_.get_policy(FunctionName="findOne", Qualifier="1")
    (statement,) = json.loads(policy["Policy"])["Statement"]
    assert statement["Condition"] == {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE", "aws:PrincipalOrgID": "o-1234567890"}}
    assert statement["Resource"] == f"{arn}:1"
    with refused("ResourceNotFoundException", "The resource you requested does not exist.", 404):
        lambda_.get_policy(FunctionName="findOne")
    lambda_.remove_permission(FunctionName="findOne", StatementId="s", Qualifier="1", RevisionId=policy["RevisionId"])
    with refused("ResourceNotFoundException", "No policy is associated with the given resource.", 404):
        lambda_.remove_permission(FunctionName="findOne", StatementId="s", Qualifier="1")


# Settings


def test_settings_are_kept_and_shown(lambda_):
    made = function(
        lambda_, Architectures=["arm64"], DeadLetterConfig={"TargetArn": "arn:aws:sqs:us-east-1:000000000000:q"}, EphemeralStorage={"Size": 1024},
        KMSKeyArn="arn:aws:kms:us-east-1:000000000000:key/k", LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "WARN"}, Runtime="java21",
        SnapStart={"ApplyOn": "PublishedVersions"}, TracingConfig={"Mode": "Active"}, VpcConfig={"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
    )
    assert made["Architectures"] == ["arm64"]
    assert made["DeadLetterConfig"] == {"TargetArn": "arn:aws:sqs:us-east-1:000000000000:q"}
    assert made["EphemeralStorage"] == {"Size": 1024}
    assert made["KMSKeyArn"] == "arn:aws:kms:us-east-1:000000000000:key/k"
    assert made["LoggingConfig"] == {"LogFormat": "JSON", "ApplicationLogLevel": "WARN", "SystemLogLevel": "INFO", "LogGroup": "/aws/lambda/findOne"}
    assert made["SnapStart"] == {"ApplyOn": "PublishedVersions", "OptimizationStatus": "Off"}
    assert made["TracingConfig"] == {"Mode": "Active"}
    assert made["VpcConfig"]["SubnetIds"] == ["subnet-1"] and made["VpcConfig"]["VpcId"].startswith("vpc-")
    assert made["RuntimeVersionConfig"]["RuntimeVersionArn"].startswith("arn:aws:lambda:us-east-1::runtime:")
    version = lambda_.publish_version(FunctionName="findOne")
    assert version["SnapStart"]["OptimizationStatus"] == "On"
    bare = lambda_.update_function_configuration(
        FunctionName="findOne", DeadLetterConfig={}, KMSKeyArn="", LoggingConfig={"LogFormat": "Text"}, VpcConfig={"SubnetIds": [], "SecurityGroupIds": []}
    )
    assert "DeadLetterConfig" not in bare and "KMSKeyArn" not in bare
    assert bare["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": "/aws/lambda/findOne"}
    assert bare["VpcConfig"]["VpcId"] == ""


@pytest.mark.parametrize(
    "changes, code, message",
    [
        ({"Code": {"ZipFile": package()[:-8]}}, "InvalidParameterValueException", "Could not unzip uploaded file."),
        ({"Code": {"ZipFile": b"PK\x05\x06" + bytes(18)}}, "InvalidParameterValueException", "Uploaded file must be a non-empty zip"),
        ({"Code": {"S3Bucket": "bucket", "S3Key": "key"}}, "NotImplementedException", "S3"),
        ({"Layers": ["arn:aws:lambda:us-east-1:000000000000:layer:gone:1"]}, "InvalidParameterValueException", "layer:gone:1 does not exist."),
        ({"Architectures": ["mips"]}, "ValidationException", "[x86_64, arm64], Member must not be null]"),
        ({"VpcConfig": {"SubnetIds": ["subnet-1"]}}, "InvalidParameterValueException", "SubnetIds and SecurityGroupIds must coexist or be both empty list."),
        ({"SnapStart": {"ApplyOn": "PublishedVersions"}}, "InvalidParameterValueException", "provided.al2023 is not supported for SnapStart enabled functions."),
        ({"PackageType": "Image", "Code": {"ImageUri": "x"}}, "InvalidParameterValueException", "Please don't provide Handler or Runtime or Layer"),
        ({"FunctionName": "a" * 65}, "InvalidParameterValueException", "Member must have length less than or equal to 64"),
    ],
)
def test_a_function_that_is_wrong_is_not_made(clients, changes, code, message):
    unchecked = clients.boto3("lambda", parameter_validation=False)
    with refused(code, status=501 if code == "NotImplementedException" else 400) as caught:
        function(unchecked, **changes)
    assert message in caught.value.response["Error"]["Message"]
    assert unchecked.list_functions()["Functions"] == []


def test_the_package_can_be_had_where_the_answer_says(lambda_):
    code = package(text="hello")
    function(lambda_, Code={"ZipFile": code})
    with urllib.request.urlopen(lambda_.get_function(FunctionName="findOne")["Code"]["Location"]) as answer:
        assert answer.read() == code


# Layers


def test_layers_are_published_used_and_deleted(clients, lambda_):
    content = package("python/tool.py", "x = 1")
    made = lambda_.publish_layer_version(
        LayerName="tools", Description="d", Content={"ZipFile": content}, CompatibleRuntimes=["python3.12"], CompatibleArchitectures=["x86_64"], LicenseInfo="MIT"
    )
    layer = f"arn:aws:lambda:us-east-1:{clients.account}:layer:tools"
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert (made["LayerArn"], made["LayerVersionArn"], made["Version"]) == (layer, f"{layer}:1", 1)
    assert made["Content"]["CodeSha256"] == base64.b64encode(hashlib.sha256(content).digest()).decode()
    assert made["Content"]["CodeSize"] == len(content)
    with urllib.request.urlopen(made["Content"]["Location"]) as answer:
        assert answer.read() == content
    assert lambda_.get_layer_version(LayerName="tools", VersionNumber=1)["CompatibleRuntimes"] == ["python3.12"]
    assert lambda_.get_layer_version_by_arn(Arn=f"{layer}:1")["LicenseInfo"] == "MIT"
    lambda_.publish_layer_version(LayerName="tools", Content={"ZipFile": content})
    pages = lambda_.get_paginator("list_layer_versions").paginate(LayerName="tools", PaginationConfig={"PageSize": 1})
    assert [v["Version"] for p in pages for v in p["LayerVersions"]] == [2, 1]
    assert [(l["LayerName"], l["LatestMatchingVersion"]["Version"]) for l in lambda_.list_layers()["Layers"]] == [("tools", 2)]
    assert lambda_.list_layers(CompatibleArchitecture="arm64")["Layers"] == []
    used = function(lambda_, Layers=[f"{layer}:1"])
    assert used["Layers"] == [{"Arn": f"{layer}:1", "CodeSize": len(content)}]
    lambda_.delete_layer_version(LayerName="tools", VersionNumber=1)
    with refused("ResourceNotFoundException", "The resource you requested does not exist.", 404):
        lambda_.get_layer_version(LayerName="tools", VersionNumber=1)
    assert lambda_.get_function_configuration(FunctionName="findOne")["Layers"] == used["Layers"]
    assert "Layers" not in lambda_.update_function_configuration(FunctionName="findOne", Layers=[])


def test_layers_have_policies(lambda_):
    lambda_.publish_layer_version(LayerName="tools", Content={"ZipFile": package()})
    allow = {"LayerName": "tools", "VersionNumber": 1, "StatementId": "s", "Action": "lambda:GetLayerVersion", "Principal": "*", "OrganizationId": "o-1234567890"}
    added = lambda_.add_layer_version_permission(**allow)
    assert json.loads(added["Statement"])["Condition"] == {"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}}
    policy = lambda_.get_layer_version_policy(LayerName="tools", VersionNumber=1)
    assert policy["RevisionId"] == added["RevisionId"]
    lambda_.remove_layer_version_permission(LayerName="tools", VersionNumber=1, StatementId="s", RevisionId=added["RevisionId"])
    with refused("ResourceNotFoundException", "No policy is associated with the given resource.", 404):
        lambda_.get_layer_version_policy(LayerName="tools", VersionNumber=1)


# Tags


def test_tags_are_added_listed_and_removed(lambda_, arn):
    function(lambda_, Tags={"a": "1"})
    assert lambda_.tag_resource(Resource=arn, Tags={"b": "2", "c d": "é"})["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert lambda_.list_tags(Resource=arn)["Tags"] == {"a": "1", "b": "2", "c d": "é"}
    lambda_.untag_resource(Resource=arn, TagKeys=["a", "c d"])
    lambda_.untag_resource(Resource=arn, TagKeys=["nothing"])
    assert lambda_.get_function(FunctionName="findOne")["Tags"] == {"b": "2"}
    with refused("InvalidParameterValueException", "Number of tags exceeds resource tag limit."):
        lambda_.tag_resource(Resource=arn, Tags={str(n): "v" for n in range(51)})
    with refused("InvalidParameterValueException", "Tags on function aliases and versions are not supported. Please specify a function ARN."):
        lambda_.tag_resource(Resource=f"{arn}:1", Tags={"a": "b"})


# By the clock


def test_waiters_wait_for_functions_that_take_their_time(own_apus):
    apus = own_apus("--realistic-status")
    lambda_ = Clients(apus, "000000000000").boto3("lambda")
    made = function(lambda_)
    assert (made["State"], made["StateReasonCode"]) == ("Pending", "Creating")
    with refused("ResourceConflictException", status=409) as caught:
        lambda_.update_function_configuration(FunctionName="findOne", Timeout=9)
    assert "The function is currently in the following state: Pending" in caught.value.response["Error"]["Message"]
    lambda_.get_waiter("function_active_v2").wait(FunctionName="findOne", WaiterConfig={"Delay": 1, "MaxAttempts": 10})
    assert lambda_.update_function_configuration(FunctionName="findOne", Timeout=9)["LastUpdateStatus"] == "InProgress"
    with refused("ResourceConflictException", status=409) as caught:
        lambda_.publish_version(FunctionName="findOne")
    assert "An update is in progress for resource: " in caught.value.response["Error"]["Message"]
    apus.own("POST", "/_apus/clock", {"advance": "3s"})
    lambda_.get_waiter("function_updated_v2").wait(FunctionName="findOne", WaiterConfig={"Delay": 1, "MaxAttempts": 2})
    lambda_.publish_version(FunctionName="findOne")
    lambda_.get_waiter("published_version_active").wait(FunctionName="findOne", Qualifier="1", WaiterConfig={"Delay": 1, "MaxAttempts": 4})


def test_everything_survives_a_kill(own_apus, tmp_path):
    apus = own_apus("--data", str(tmp_path))
    lambda_ = Clients(apus, "000000000000").boto3("lambda")
    layer = lambda_.publish_layer_version(LayerName="tools", Content={"ZipFile": package()})["LayerVersionArn"]
    function(lambda_, Layers=[layer], Publish=True, Tags={"a": "b"})
    lambda_.create_alias(FunctionName="findOne", Name="live", FunctionVersion="1")
    before = lambda_.get_function(FunctionName="findOne", Qualifier="live")
    apus.kill()
    apus.start()
    lambda_ = Clients(apus, "000000000000").boto3("lambda")
    after = lambda_.get_function(FunctionName="findOne", Qualifier="live")
    assert after["Configuration"] == before["Configuration"]
    assert lambda_.get_layer_version_by_arn(Arn=layer)["Version"] == 1


# AWS CLI


def test_the_aws_cli_deploys_a_function(clients, arn, tmp_path):
    code = tmp_path / "function.zip"
    code.write_bytes(package())
    made = clients.cli(
        "lambda", "create-function", "--function-name", "findOne", "--runtime", "provided.al2023", "--handler", "Boletia.findOne", "--role", ROLE,
        "--zip-file", f"fileb://{code}", "--tags", "a=b",
    )
    assert made["FunctionArn"] == arn
    clients.cli("lambda", "wait", "function-active-v2", "--function-name", "findOne")
    assert clients.cli("lambda", "publish-version", "--function-name", "findOne", "--description", "one")["Version"] == "1"
    alias = clients.cli("lambda", "create-alias", "--function-name", "findOne", "--name", "live", "--function-version", "1")
    assert alias["AliasArn"] == f"{arn}:live"
    shared = clients.cli("lambda", "get-function", "--function-name", "findOne:live")
    assert shared["Configuration"]["Version"] == "1" and shared["Tags"] == {"a": "b"}
    layer = clients.cli("lambda", "publish-layer-version", "--layer-name", "tools", "--zip-file", f"fileb://{code}")
    assert layer["Version"] == 1
    clients.cli("lambda", "tag-resource", "--resource", arn, "--tags", "c=d")
    assert clients.cli("lambda", "list-tags", "--resource", arn)["Tags"] == {"a": "b", "c": "d"}


# Concurrency and other configurations


def test_concurrency_is_reserved_and_provisioned(lambda_, arn):
    function(lambda_, Publish=True)
    assert "ReservedConcurrentExecutions" not in lambda_.get_function_concurrency(FunctionName="findOne")
    assert lambda_.put_function_concurrency(FunctionName="findOne", ReservedConcurrentExecutions=5)["ReservedConcurrentExecutions"] == 5
    assert lambda_.get_function(FunctionName="findOne")["Concurrency"] == {"ReservedConcurrentExecutions": 5}
    settings = lambda_.get_account_settings()
    assert (settings["AccountLimit"]["UnreservedConcurrentExecutions"], settings["AccountUsage"]["FunctionCount"]) == (995, 1)
    with refused("InvalidParameterValueException") as caught:
        lambda_.put_function_concurrency(FunctionName="findOne", ReservedConcurrentExecutions=901)
    assert caught.value.response["Error"]["Message"].endswith("UnreservedConcurrentExecution below its minimum value of [100].")
    put = lambda_.put_provisioned_concurrency_config(FunctionName="findOne", Qualifier="1", ProvisionedConcurrentExecutions=2)
    assert (put["ResponseMetadata"]["HTTPStatusCode"], put["Status"], put["AllocatedProvisionedConcurrentExecutions"]) == (202, "READY", 2)
    assert lambda_.get_provisioned_concurrency_config(FunctionName="findOne", Qualifier="1")["RequestedProvisionedConcurrentExecutions"] == 2
    (listed,) = lambda_.list_provisioned_concurrency_configs(FunctionName="findOne")["ProvisionedConcurrencyConfigs"]
    assert listed["FunctionArn"] == f"{arn}:1"
    lambda_.delete_provisioned_concurrency_config(FunctionName="findOne", Qualifier="1")
    with refused("ProvisionedConcurrencyConfigNotFoundException", "No Provisioned Concurrency Config found for this function", 404):
        lambda_.get_provisioned_concurrency_config(FunctionName="findOne", Qualifier="1")
    lambda_.delete_function_concurrency(FunctionName="findOne")


def test_a_function_without_concurrency_is_throttled(lambda_):
    function(lambda_)
    lambda_.put_function_concurrency(FunctionName="findOne", ReservedConcurrentExecutions=0)
    with refused("TooManyRequestsException", "Rate Exceeded.", 429):
        lambda_.invoke(FunctionName="findOne")


def test_code_signing_configurations_are_kept(lambda_, arn):
    publishers = {"SigningProfileVersionArns": ["arn:aws:signer:us-east-1:440939667227:/signing-profiles/test"]}
    config = lambda_.create_code_signing_config(AllowedPublishers=publishers, Tags={"a": "b"})["CodeSigningConfig"]
    name = config["CodeSigningConfigArn"]
    function(lambda_, CodeSigningConfigArn=name)
    assert lambda_.get_function_code_signing_config(FunctionName="findOne")["CodeSigningConfigArn"] == name
    assert lambda_.list_functions_by_code_signing_config(CodeSigningConfigArn=name)["FunctionArns"] == [arn]
    assert [c["CodeSigningConfigArn"] for c in lambda_.list_code_signing_configs()["CodeSigningConfigs"]] == [name]
    changed = lambda_.update_code_signing_config(CodeSigningConfigArn=name, CodeSigningPolicies={"UntrustedArtifactOnDeployment": "Enforce"})
    assert changed["CodeSigningConfig"]["CodeSigningPolicies"] == {"UntrustedArtifactOnDeployment": "Enforce"}
    assert lambda_.list_tags(Resource=name)["Tags"] == {"a": "b"}
    lambda_.delete_function_code_signing_config(FunctionName="findOne")
    assert "CodeSigningConfigArn" not in lambda_.get_function_code_signing_config(FunctionName="findOne")
    lambda_.put_function_code_signing_config(FunctionName="findOne", CodeSigningConfigArn=name)
    lambda_.delete_function(FunctionName="findOne")
    lambda_.delete_code_signing_config(CodeSigningConfigArn=name)
    with refused("ResourceNotFoundException", f"The Lambda code signing configuration {name} can not be found.", 404):
        lambda_.get_code_signing_config(CodeSigningConfigArn=name)


def test_runtimes_recursion_and_scaling_are_configured(lambda_, arn):
    function(lambda_, Publish=True)
    assert lambda_.get_runtime_management_config(FunctionName="findOne")["UpdateRuntimeOn"] == "Auto"
    lambda_.put_runtime_management_config(FunctionName="findOne", Qualifier="1", UpdateRuntimeOn="FunctionUpdate")
    got = lambda_.get_runtime_management_config(FunctionName="findOne", Qualifier="1")
    assert (got["UpdateRuntimeOn"], got["FunctionArn"]) == ("FunctionUpdate", f"{arn}:1")
    assert lambda_.put_function_recursion_config(FunctionName="findOne", RecursiveLoop="Allow")["RecursiveLoop"] == "Allow"
    assert lambda_.get_function_recursion_config(FunctionName="findOne")["RecursiveLoop"] == "Allow"
    lambda_.put_function_scaling_config(FunctionName="findOne", Qualifier="1", FunctionScalingConfig={"MinExecutionEnvironments": 1})
    scaling = lambda_.get_function_scaling_config(FunctionName="findOne", Qualifier="1")
    assert scaling["AppliedFunctionScalingConfig"] == {"MinExecutionEnvironments": 1}


def test_an_event_is_sent_in_the_old_way(clients, lambda_):
    function(lambda_)
    assert lambda_.invoke_async(FunctionName="findOne", InvokeArgs=b"{}")["Status"] == 202
    clients.apus.settle()


# What processes see of it


def result(lambda_, name, **more):
    answer = lambda_.invoke(FunctionName=name, Payload=b"{}", **more)
    return json.loads(answer["Payload"].read())


def test_layers_lie_over_each_other_beside_the_code(lambda_):
    layers = []
    for name, text in (("first", "first"), ("second", "second")):
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as file:
            file.writestr("python/tool.py", f"WHO = '{text}'")
            file.writestr(f"{name}.txt", text)
        layers.append(lambda_.publish_layer_version(LayerName=name, Content={"ZipFile": content.getvalue()})["LayerVersionArn"])
    code = package("index.py", "import os, tool\ndef handler(event, context):\n    return [tool.WHO, os.environ.get('AWS_LAMBDA_LOG_LEVEL'), context.function_version]\n")
    made = lambda_.create_function(
        FunctionName="layered", Role=ROLE, Runtime="python3.11", Handler="index.handler", Code={"ZipFile": code}, Layers=layers, Timeout=20,
        LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "WARN"}, Publish=True,
    )
    assert [layer["Arn"] for layer in made["Layers"]] == layers
    assert result(lambda_, "layered") == ["second", "WARN", "$LATEST"]
    lambda_.update_function_configuration(FunctionName="layered", Layers=layers[:1])
    assert result(lambda_, "layered") == ["first", "WARN", "$LATEST"]
    assert result(lambda_, "layered", Qualifier="1") == ["second", "WARN", "1"]


def test_an_image_is_a_local_command(lambda_, tmp_path):
    command = tmp_path / "image"
    command.write_text(
        f"#!{sys.executable}\n"
        "import json, os, sys, urllib.request\n"
        "api = 'http://' + os.environ['AWS_LAMBDA_RUNTIME_API'] + '/2018-06-01/runtime/invocation/'\n"
        "while True:\n"
        "    with urllib.request.urlopen(api + 'next') as event:\n"
        "        name = event.headers['Lambda-Runtime-Aws-Request-Id']\n"
        "    urllib.request.urlopen(api + name + '/response', json.dumps(sys.argv[1:]).encode())\n"
    )
    command.chmod(0o755)
    image = {"PackageType": "Image", "Code": {"ImageUri": "1.dkr.ecr.us-east-1.amazonaws.com/app:v1"}}
    with refused("InvalidParameterValueException") as caught:
        lambda_.create_function(FunctionName="imaged", Role=ROLE, **image)
    assert "--image app=PATH" in caught.value.response["Error"]["Message"]
    made = lambda_.create_function(
        FunctionName="imaged", Role=ROLE, Tags={"apus:command": str(command)}, ImageConfig={"Command": ["a", "b"]}, Timeout=20, **image
    )
    assert made["ImageConfigResponse"] == {"ImageConfig": {"Command": ["a", "b"]}}
    assert result(lambda_, "imaged") == ["a", "b"]
    code = lambda_.get_function(FunctionName="imaged")["Code"]
    assert code["RepositoryType"] == "ECR"
    assert code["ResolvedImageUri"] == f"1.dkr.ecr.us-east-1.amazonaws.com/app@sha256:{made['CodeSha256']}"
