"""Real deployment packages, made and called through boto3 as a user does."""

import base64
import io
import json
import re
import zipfile

ROLE = "arn:aws:iam::123456789012:role/lambda-role"
STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


def package(files):
    """A zip of these files; what a shell or the kernel must start is executable."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (0o755 if name.split("/")[-1] in ("bootstrap", "main") else 0o644) << 16
            file.writestr(entry, data)
    return content.getvalue()


class Invocation:
    """What `Invoke` with the end of the log answered."""

    def __init__(self, answer):
        self.status, self.error, self.version = answer["StatusCode"], answer.get("FunctionError"), answer.get("ExecutedVersion")
        self.body = answer["Payload"].read()
        self.log = base64.b64decode(answer.get("LogResult", "")).decode().splitlines()
        self.request_id = answer["ResponseMetadata"]["RequestId"]

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def lines(self):
        """The log's lines between START and END."""
        starts = [index for index, line in enumerate(self.log) if line.startswith("START RequestId: ")]
        ends = [index for index, line in enumerate(self.log) if line.startswith("END RequestId: ")]
        return self.log[starts[-1] + 1 : ends[-1]]


class Deployment:
    """A function of one package."""

    def __init__(self, lambda_, name, runtime, handler, files, **more):
        self.lambda_, self.name = lambda_, name
        settings = {"FunctionName": name, "Role": ROLE, "Runtime": runtime, "Handler": handler, "Timeout": 20, "MemorySize": 512, **more}
        self.made = lambda_.create_function(Code={"ZipFile": package(files)}, **settings)
        self.wait()

    def wait(self):
        self.lambda_.get_waiter("function_active_v2").wait(FunctionName=self.name, WaiterConfig={"Delay": 1, "MaxAttempts": 20})

    def invoke(self, event=None, **more):
        payload = event if isinstance(event, bytes) else json.dumps(event).encode()
        return Invocation(self.lambda_.invoke(FunctionName=self.name, Payload=payload, LogType="Tail", **more))

    def call(self, event=None, **more):
        """The answer of an invocation that must succeed."""
        answer = self.invoke(event, **more)
        assert answer.error is None, (answer.body, answer.log)
        return answer.json

    def fail(self, event=None, **more):
        """The error of an invocation that must fail."""
        answer = self.invoke(event, **more)
        assert answer.error == "Unhandled", (answer.body, answer.log)
        return answer.json


def is_report(line, request_id):
    return re.fullmatch(
        rf"REPORT RequestId: {request_id}\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\tMemory Size: 512 MB\tMax Memory Used: \d+ MB\t.*", line
    )


# What AWS's documentation names, and what functions of managed runtimes were seen to have besides.
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
VARIABLES = set(
    """
    _HANDLER _X_AMZN_TRACE_ID AWS_DEFAULT_REGION AWS_REGION AWS_EXECUTION_ENV AWS_LAMBDA_FUNCTION_NAME AWS_LAMBDA_FUNCTION_MEMORY_SIZE
    AWS_LAMBDA_FUNCTION_VERSION AWS_LAMBDA_INITIALIZATION_TYPE AWS_LAMBDA_LOG_GROUP_NAME AWS_LAMBDA_LOG_STREAM_NAME AWS_ACCESS_KEY_ID
    AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_LAMBDA_RUNTIME_API LAMBDA_TASK_ROOT LAMBDA_RUNTIME_DIR LANG PATH LD_LIBRARY_PATH
    AWS_XRAY_CONTEXT_MISSING AWS_XRAY_DAEMON_ADDRESS TZ _AWS_XRAY_DAEMON_ADDRESS _AWS_XRAY_DAEMON_PORT
    """.split()
)
# Apus's own: where its services are, and where `/tmp` is.
OWN_VARIABLES = {"AWS_ENDPOINT_URL", "TMPDIR"}
