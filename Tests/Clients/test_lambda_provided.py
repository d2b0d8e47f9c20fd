"""Functions of the `provided` runtimes: a `bootstrap` of their own, a shell script or a compiled program, that speaks the Runtime API."""

import re
import shutil
import subprocess

import pytest
from deployments import OWN_VARIABLES, VARIABLES, Deployment

SHELL = """#!/usr/bin/env bash
set -u
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime"
count=0
while true; do
  head="$TMPDIR/head"
  event=$(curl -sS -D "$head" "$api/invocation/next") || exit 1
  id=$(tr -d '\\r' < "$head" | grep -i '^lambda-runtime-aws-request-id:' | cut -d' ' -f2)
  count=$((count + 1))
  echo "shell got $event"
  case "$event" in
    *fail*) curl -sS -o /dev/null -H 'Lambda-Runtime-Function-Error-Type: Shell.Failure' "$api/invocation/$id/error" -d '{"errorMessage": "as asked", "errorType": "Shell.Failure"}';;
    *leave*) exit 9;;
    *env*) env | cut -d= -f1 | tr '\\n' ' ' | curl -sS -o /dev/null "$api/invocation/$id/response" --data-binary @-;;
    *) curl -sS -o /dev/null "$api/invocation/$id/response" -d "{\\"count\\": $count, \\"handler\\": \\"$_HANDLER\\", \\"event\\": $event}";;
  esac
done
"""

PROGRAM = r"""
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static char buffer[1 << 20];

/* Sends a request on a connection of its own; what is received stands in `buffer`. */
static int exchange(const char *request) {
    char host[64];
    snprintf(host, sizeof host, "%s", getenv("AWS_LAMBDA_RUNTIME_API"));
    char *colon = strrchr(host, ':');
    *colon = 0;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(colon + 1))};
    inet_pton(AF_INET, host, &address.sin_addr);
    int connection = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(connection, (struct sockaddr *)&address, sizeof address)) return -1;
    if (write(connection, request, strlen(request)) < 0) return -1;
    size_t size = 0;
    ssize_t count;
    while ((count = read(connection, buffer + size, sizeof buffer - 1 - size)) > 0) size += count;
    buffer[size] = 0;
    close(connection);
    return size == 0 ? -1 : 0;
}

int main(void) {
    static char request[1 << 20], answer[1 << 19];
    for (;;) {
        if (exchange("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: api\r\nConnection: close\r\n\r\n")) return 1;
        char *body = strstr(buffer, "\r\n\r\n") + 4, id[64] = "";
        for (char *line = buffer; line < body; line = strchr(line, '\n') + 1)
            if (!strncasecmp(line, "Lambda-Runtime-Aws-Request-Id:", 30)) sscanf(line + 30, " %63[^\r]", id);
        printf("compiled got %s\n", body);
        fflush(stdout);
        snprintf(answer, sizeof answer, "{\"compiled\": %s}", body);
        snprintf(request, sizeof request,
            "POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: api\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n%s", id,
            strlen(answer), answer);
        if (exchange(request)) return 1;
    }
}
"""


def deploy(lambda_, bootstrap, runtime="provided.al2023", **more):
    return Deployment(lambda_, "tried", runtime, "any.name", {"bootstrap": bootstrap}, **more)


@pytest.fixture(scope="session")
def compiled(tmp_path_factory):
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("there is no C compiler")
    folder = tmp_path_factory.mktemp("compiled")
    (folder / "bootstrap.c").write_text(PROGRAM)
    subprocess.run([compiler, "-O1", "-o", folder / "bootstrap", folder / "bootstrap.c"], check=True)
    return (folder / "bootstrap").read_bytes()


@pytest.mark.parametrize("runtime", ["provided.al2", "provided.al2023"])
@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
def test_a_shell_script(lambda_, runtime):
    script = deploy(lambda_, SHELL, runtime)
    answer = script.invoke({"a": 1})
    assert answer.json == {"count": 1, "handler": "any.name", "event": {"a": 1}}
    assert answer.lines == ['shell got {"a": 1}']
    assert script.call(2) == {"count": 2, "handler": "any.name", "event": 2}
    assert script.fail("fail") == {"errorMessage": "as asked", "errorType": "Shell.Failure"}
    answer = script.invoke("leave")
    assert answer.json == {"errorType": "Runtime.ExitError", "errorMessage": f"RequestId: {answer.request_id} Error: Runtime exited with error: exit status 9"}
    assert script.call(3)["count"] == 1


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
def test_the_environment_has_no_name_of_a_managed_runtime(lambda_):
    names = set(deploy(lambda_, SHELL).invoke("env").body.decode().split())
    # What a shell adds, and the trace id, which comes with each event.
    assert names - OWN_VARIABLES - {"PWD", "SHLVL", "_"} == VARIABLES - {"AWS_EXECUTION_ENV", "_X_AMZN_TRACE_ID"}


def test_a_compiled_program(lambda_, compiled):
    program = deploy(lambda_, compiled)
    for number in range(3):
        answer = program.invoke({"n": number})
        assert answer.json == {"compiled": {"n": number}}
        assert answer.lines == [f'compiled got {{"n": {number}}}']


def test_a_package_without_a_bootstrap(lambda_):
    error = Deployment(lambda_, "tried", "provided.al2023", "any.name", {"other": "x"}).fail()
    assert error["errorType"] == "Runtime.InvalidEntrypoint"
    assert re.fullmatch(r"RequestId: [0-9a-f-]{36} Error: Couldn't find valid bootstrap\(s\): .*", error["errorMessage"])
