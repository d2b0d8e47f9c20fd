"""External extensions: programs of a layer that speak the Extensions API beside a function's runtime."""

import io
import shutil
import zipfile

import pytest
from deployments import Deployment

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl isn't installed")

# What it hears of, it puts where the function finds it, and its end into a file that outlives the function.
WATCHER = """#!/usr/bin/env bash
api="http://$AWS_LAMBDA_RUNTIME_API/2020-01-01/extension"
id=$(curl -sS -D - -o /dev/null -X POST "$api/register" -H "Lambda-Extension-Name: ${0##*/}" -d '{"events": ["INVOKE", "SHUTDOWN"]}' \\
  | tr -d '\\r' | grep -i '^lambda-extension-identifier:' | cut -d' ' -f2)
while true; do
  event=$(curl -sS "$api/event/next" -H "Lambda-Extension-Identifier: $id") || exit 1
  echo "$event" >> "$TMPDIR/heard"
  case "$event" in *SHUTDOWN*) echo "$event" > "$END"; exit 0;; esac
done
"""

HANDLER = """
import json, os
def handler(event, context):
    path = os.path.join(os.environ["TMPDIR"], "heard")
    return [json.loads(line) for line in open(path)] if os.path.exists(path) else []
"""


def watched(lambda_, end, script=WATCHER):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        entry = zipfile.ZipInfo("extensions/watcher")
        entry.external_attr = 0o755 << 16
        file.writestr(entry, script)
    layer = lambda_.publish_layer_version(LayerName="watcher", Content={"ZipFile": content.getvalue()})["LayerVersionArn"]
    return Deployment(lambda_, "watched", "python3.13", "app.handler", {"app.py": HANDLER}, Layers=[layer], Environment={"Variables": {"END": str(end)}})


def test_an_extension_hears_of_invocations_and_of_the_end(lambda_, tmp_path):
    end = tmp_path / "end"
    function = watched(lambda_, end)
    first = function.invoke()
    assert first.error is None
    # While an extension is busy with what it heard, another invocation has another environment: that of the first has heard when it is free again.
    asked, heard = [first.request_id], []
    while not heard:
        answer = function.invoke()
        asked.append(answer.request_id)
        heard = answer.json
    assert heard[0]["eventType"] == "INVOKE"
    assert heard[0]["requestId"] in asked
    assert heard[0]["invokedFunctionArn"] == function.made["FunctionArn"]
    assert heard[0]["tracing"]["type"] == "X-Amzn-Trace-Id"
    # A changed function has other environments: the old one is spun down, and its extension told so.
    lambda_.update_function_configuration(FunctionName="watched", Description="changed")
    for _ in range(500):
        if end.exists() and end.read_text():
            break
        assert function.invoke().error is None
    assert '"shutdownReason":"SPINDOWN"' in end.read_text()


def test_an_extension_that_fails_fails_the_function(lambda_, tmp_path):
    function = watched(lambda_, tmp_path / "end", "#!/bin/sh\nexit 3\n")
    answer = function.invoke()
    assert answer.error == "Unhandled"
    assert answer.json["errorType"] == "Extension.Crash"
    assert answer.json["errorMessage"].endswith("Error: exit status 3")
