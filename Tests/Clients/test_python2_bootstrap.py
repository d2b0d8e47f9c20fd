"""The python2.7 runtime interface client against a Runtime API of the test's own. Skipped where there is no python2.7."""

import os
import re

import pytest

from interpreters import pythons
from runtime_api import BOOTSTRAPS, Function, write

ID = "00000000-0000-4000-8000-000000000001"
HEADER = "# -*- coding: utf-8 -*-\n"

pytestmark = pytest.mark.skipif((2, 7) not in pythons(), reason="there is no python2.7")


@pytest.fixture
def function(tmp_path):
    started = []

    def start(files, handler="index.handler", environment=None, arguments=()):
        write(tmp_path, {"index.py": HEADER + files} if isinstance(files, str) else files)
        command = [pythons()[2, 7], os.path.join(BOOTSTRAPS, "bootstrap2.py"), *arguments]
        started.append(Function(command, tmp_path, handler, environment))
        return started[-1]

    yield start
    for each in started:
        each.stop()


def test_event_and_response_are_json(function):
    echo = function("def handler(event, context): return event")
    for event in ({"a": [1, 2.5, None, True], "é": "日本"}, "text", None, [], 12345678901234567890):
        post = echo.invoke(event)
        assert (post.kind, post.json) == ("response", event)
    assert len(echo.api.connections) == 1
    large = {"x": "é" * 3_000_000}
    assert echo.invoke(large).json == large
    assert echo.invoke({"a": "b" * 100}, is_chunked=True).json == {"a": "b" * 100}
    assert echo.end() == 1


def test_strings_of_events_are_unicode(function):
    source = "def handler(event, context): return [type(event['a']).__name__, event['a'] == u'é', 'é' == str(event['a'])]"
    assert function(source).invoke({"a": "é"}).json == ["unicode", True, True]


def test_what_is_written(function):
    source = "import decimal\ndef handler(event, context): return [decimal.Decimal('1.10'), decimal.Decimal(7), 'é', (1,)]"
    assert function(source).invoke().body == b'[1.1, 7.0, "\\u00e9", [1]]'


def test_context(function, tmp_path):
    source = """
def handler(event, context):
    names = "aws_request_id function_name function_version invoked_function_arn memory_limit_in_mb log_group_name log_stream_name"
    client = context.client_context
    return [[getattr(context, name) for name in names.split()], client and [client.client.app_title, client.custom, client.env],
            context.identity.cognito_identity_id, 50000 < context.get_remaining_time_in_millis() <= 60000]
"""
    headers = {
        "Lambda-Runtime-Client-Context": '{"client":{"app_title":"t"},"custom":{"a":1},"env":{"b":2}}',
        "Lambda-Runtime-Cognito-Identity": '{"cognitoIdentityId":"i"}',
    }
    names, client, identity, remaining = function(source).invoke(headers=headers).json
    assert names[:3] + names[4:5] == [ID, "tried", "$LATEST", "128"]
    assert (client, identity, remaining) == (["t", {"a": 1}, {"b": 2}], "i", True)


def test_an_exception(function, tmp_path):
    failing = function("def handler(event, context):\n    raise ValueError('it broke')\n")
    post = failing.invoke()
    assert post.headers["Lambda-Runtime-Function-Error-Type"] == "ValueError"
    frame = [str(tmp_path / "index.py"), 3, "handler", "raise ValueError('it broke')"]
    assert post.json == {"errorMessage": "it broke", "errorType": "ValueError", "stackTrace": [frame]}
    assert failing.line() == (
        f'it broke: ValueError\rTraceback (most recent call last):\r  File "{tmp_path}/index.py", line 3, in handler'
        "\r    raise ValueError('it broke')\rValueError: it broke\n"
    )


def test_what_can_not_be_written(function):
    failing = function("def handler(event, context): return set([1])")
    error = failing.invoke().json
    assert (error["errorType"], error["errorMessage"]) == ("TypeError", "set([1]) is not JSON serializable")
    assert failing.line().startswith("An error occurred during JSON serialization of response: set([1]) is not JSON serializable\r")


@pytest.mark.parametrize(
    "handler, message, line",
    [
        ("absent.handler", "Unable to import module 'absent'", "Unable to import module 'absent': No module named absent"),
        ("importing.handler", "Unable to import module 'importing'", "Unable to import module 'importing': No module named absent"),
        (
            "index.absent",
            "Handler 'absent' missing on module 'index'",
            "Handler 'absent' missing on module 'index': 'module' object has no attribute 'absent'",
        ),
        ("index", "Bad handler 'index'", "Bad handler 'index': need more than 1 value to unpack"),
        ("breaking.handler", "module initialization error", "module initialization error: disk"),
        ("wrong.handler", "Syntax error in module 'wrong'", r"Syntax error in module 'wrong': invalid syntax (wrong.py, line 1)"),
    ],
)
def test_handlers_that_can_not_be_loaded(function, handler, message, line):
    files = {"index.py": "", "importing.py": "import absent", "breaking.py": "raise OSError('disk')", "wrong.py": "if:"}
    failing = function(files, handler)
    for _ in range(2):
        assert failing.invoke().json == {"errorMessage": message}
        assert failing.line().startswith(line)


def test_modules_in_folders_and_layers(function, tmp_path):
    layers = tmp_path / "layers"
    write(layers, {"python/inlayer.py": "x = 'found'"})
    files = {"folder/deep.py": "import inlayer\ndef handler(event, context): return inlayer.x"}
    assert function(files, "folder/deep.handler", arguments=[str(layers)]).invoke().json == "found"


def test_logs(function):
    source = """
import logging
def handler(event, context):
    print "a", 1
    print u"é"
    logging.warning("two\\nlines")
    context.log("logged")
"""
    logging = function(source)
    logging.invoke()
    assert [logging.line(), logging.line()] == ["a 1\n", "é\n"]
    assert re.fullmatch(rf"\[WARNING\]\t\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z\t{ID}\ttwo\rlines\n", logging.line())
    assert logging.line() == "logged\n"
