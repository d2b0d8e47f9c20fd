"""Hostile handlers: whatever a function's process does, apus stays up, errors are AWS's, and nothing that it started is left."""

import io
import json
import os
import select
import shutil
import signal
import uuid
import zipfile

import pytest
from conftest import Clients

HANDLER = '''
import ctypes, json, os, signal, subprocess, sys, threading, time, urllib.request

if os.environ.get("IN_INIT") == "exits": os._exit(5)
if os.environ.get("IN_INIT") == "raises": raise ValueError("not today")
if os.environ.get("IN_INIT") == "loops":
    while True: pass

calls = 0
MARK = os.environ["MARK"]


def handler(event, context):
    global calls
    calls += 1
    return globals()[event["do"]](**event.get("with", {}))


def answers(): return {"calls": calls, "process": os.getpid()}

def loops():
    while True: pass

def waits(): time.sleep(1000)

def leaks():
    kept = []
    while True: kept.append(bytearray(os.urandom(1) * (4 << 20)))

def exits(status): os._exit(status)

def kills_itself(number): os.kill(os.getpid(), number)

def crashes(): ctypes.string_at(0)

def prints(count, text="x"):
    print(text * count)
    return count

def prints_garbage():
    os.write(1, bytes(range(256)) * 100)
    return "printed"

def prints_for_ever():
    while True: os.write(1, b"line\\n" * 1000)

def closes_outputs():
    for number in (0, 1, 2): os.close(number)
    return "closed"

def ignores_signals():
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT): signal.signal(number, signal.SIG_IGN)
    loops()

def forks(count=1):
    """In the group, in sessions of their own, adopted by init without an environment; all deaf to what can be ignored."""
    script = f"trap : HUP INT TERM; : {MARK}; while :; do sleep 1000; done"
    for _ in range(count):
        subprocess.Popen(["sh", "-c", script])
        subprocess.Popen(["setsid", "sh", "-c", script])
        subprocess.run(["sh", "-c", f"(setsid env -i /bin/sh -c '{script}' >/dev/null 2>&1 &)"])
    return count

def forks_and_loops():
    forks()
    loops()

def forks_and_exits():
    forks()
    os._exit(1)

def forks_itself():
    """The child runs the handler's process a second time, with its connection to the Runtime API."""
    if os.fork() == 0: return "the child"
    return "the parent"

def hops():
    """A process that is another one every moment."""
    if os.fork() == 0:
        os.setsid()
        while True:
            if os.fork(): os._exit(0)
    return "hopping"

def threads(count):
    for _ in range(count): threading.Thread(target=waits, daemon=True).start()
    return count

def descriptors():
    kept = []
    try:
        while True: kept.append(os.open("/dev/null", os.O_RDONLY))
    except OSError as error: return error.errno

def posts(path, body="{}", method="POST"):
    request = urllib.request.Request(f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}{path}", data=body.encode(), method=method)
    try:
        with urllib.request.urlopen(request) as response: return response.status
    except urllib.error.HTTPError as error: return error.code

def returns_much(count): return "x" * count

def returns_nonsense(): return object()

def fills_its_directory(depth):
    directory = os.environ.get("TMPDIR", "/tmp")
    for number in range(depth):
        directory += "/directory"
        os.mkdir(directory)
        open(directory + "/file", "w").write("x")
    os.chmod(directory, 0)
    return depth
'''


@pytest.fixture
def mark():
    """A text that stands in the environment or the arguments of everything that the functions of one test start."""
    return f"mark-{uuid.uuid4().hex}"


def marked(mark):
    """The living processes that have the mark, and whether one ends can be waited for: their ids and pidfds."""
    found = {}
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) == os.getpid():
            continue
        try:
            descriptor = os.pidfd_open(int(name))
        except OSError:
            continue
        try:
            texts = [open(f"/proc/{name}/{part}", "rb").read() for part in ("environ", "cmdline")]
            state = open(f"/proc/{name}/stat").read().rpartition(") ")[2][0]
        except OSError:
            texts, state = [], "X"
        if state not in "ZX" and any(mark.encode() in text for text in texts):
            found[int(name)] = descriptor
        else:
            os.close(descriptor)
    return found


def close(processes):
    for descriptor in processes.values():
        os.close(descriptor)


def expect_end(processes, seconds=10):
    """Waits until they have ended, all of them."""
    for process, descriptor in processes.items():
        ready, _, _ = select.select([descriptor], [], [], seconds)
        os.close(descriptor)
        assert ready, f"{process} runs"


def none_left(mark):
    """Waits until nothing has the mark: what forks all the time has a new process whenever one has ended."""
    for _ in range(100):
        left = marked(mark)
        if not left:
            return
        expect_end(left)
    raise AssertionError("something is left")


@pytest.fixture
def function(clients, mark):
    """Makes a function of the handler above; the answer invokes it."""
    return lambda variables=None, **settings: Function(clients, mark, variables, **settings)


class Function:
    def __init__(self, clients, mark, variables=None, **settings):
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as file:
            file.writestr("hostile.py", HANDLER)
        self.lambda_ = clients.boto3("lambda", read_timeout=60)
        self.logs = clients.boto3("logs")
        self.name = f"hostile-{uuid.uuid4().hex[:8]}"
        settings = {"Timeout": 30, "MemorySize": 128, **settings}
        self.lambda_.create_function(
            FunctionName=self.name, Role="arn:aws:iam::000000000000:role/r", Runtime="python3.11", Handler="hostile.handler", Code={"ZipFile": content.getvalue()},
            Environment={"Variables": {"MARK": mark, **(variables or {})}}, **settings,
        )

    def __call__(self, do, **arguments):
        """What the handler returns; of a failure its type and its message, without the request's id."""
        answer = self.lambda_.invoke(FunctionName=self.name, Payload=json.dumps({"do": do, "with": arguments}))
        payload = json.loads(answer["Payload"].read() or "null")
        if "FunctionError" not in answer:
            return payload
        assert answer["FunctionError"] == "Unhandled"
        return payload["errorType"], payload["errorMessage"].replace(f"RequestId: {answer['ResponseMetadata']['RequestId']} ", "")

    def delete(self):
        self.lambda_.delete_function(FunctionName=self.name)

    def lines(self):
        return [event["message"] for event in self.logs.filter_log_events(logGroupName=f"/aws/lambda/{self.name}")["events"]]


# One invocation


@pytest.mark.parametrize("do, arguments, reason", [
    ("exits", {"status": 0}, "Runtime exited without providing a reason"),
    ("exits", {"status": 3}, "Runtime exited with error: exit status 3"),
    ("kills_itself", {"number": 9}, "Runtime exited with error: signal: killed"),
    ("kills_itself", {"number": 15}, "Runtime exited with error: signal: terminated"),
    ("crashes", {}, "Runtime exited with error: signal: segmentation fault"),
])
def test_a_process_that_ends_is_an_exit_error_and_the_next_invocation_has_a_new_one(function, mark, do, arguments, reason):
    invoke = function()
    assert invoke("answers")["calls"] == 1
    assert invoke("answers")["calls"] == 2
    assert invoke(do, **arguments) == ("Runtime.ExitError", f"Error: {reason}")
    assert invoke("answers")["calls"] == 1
    invoke.delete()
    none_left(mark)


def test_a_process_that_takes_too_much_memory_is_killed(function):
    invoke = function(MemorySize=128)
    assert invoke("leaks") == ("Runtime.OutOfMemory", "Error: Runtime exited with error: signal: killed")
    assert invoke("answers")["calls"] == 1


@pytest.mark.parametrize("do", ["loops", "waits", "ignores_signals", "forks_and_loops", "prints_for_ever"])
def test_a_handler_without_end_is_ended_at_its_timeout(function, mark, do):
    invoke = function(Timeout=1)
    assert invoke(do) == ("Sandbox.Timedout", "Error: Task timed out after 1.00 seconds")
    none_left(mark)
    assert invoke("answers")["calls"] == 1
    invoke.delete()
    none_left(mark)


@pytest.mark.parametrize("how, error", [
    ("exits", ("Runtime.ExitError", "Error: Runtime exited with error: exit status 5")),
    ("raises", ("ValueError", "not today")),
])
def test_a_handler_that_fails_before_its_first_event(function, mark, how, error):
    invoke = function({"IN_INIT": how})
    assert invoke("answers") == error
    assert invoke("answers") == error
    none_left(mark)


def test_a_handler_that_never_gets_to_its_first_event(function, mark):
    invoke = function({"IN_INIT": "loops"}, Timeout=1)
    assert invoke("answers") == ("Sandbox.Timedout", "Error: Task timed out after 1.00 seconds")
    none_left(mark)


def test_a_megabyte_printed_is_in_the_log(function):
    invoke = function()
    assert invoke("prints", count=1_000_000) == 1_000_000
    text = "".join(line.rstrip("\n") for line in invoke.lines() if line.startswith("x"))
    assert text == "x" * 1_000_000
    assert invoke("prints", count=20_000, text="line\n") == 20_000
    assert invoke("answers")["calls"] == 3


def test_bytes_that_are_no_text_are_printed(function):
    invoke = function()
    assert invoke("prints_garbage") == "printed"
    assert invoke("answers")["calls"] == 2
    assert any("ABCDEFG" in line for line in invoke.lines())


def test_a_handler_that_closes_its_outputs_still_answers(function):
    invoke = function()
    assert invoke("closes_outputs") == "closed"
    assert invoke("answers")["calls"] == 2


def test_a_process_has_the_descriptors_and_threads_that_aws_gives(function):
    invoke = function(MemorySize=1024)
    assert invoke("descriptors") == 24
    assert invoke("threads", count=200) == 200
    assert invoke("answers")["calls"] == 3


@pytest.mark.parametrize("path, status", [
    ("/2018-06-01/runtime/invocation/no-such-id/response", 400),
    ("/2018-06-01/runtime/invocation/no-such-id/error", 400),
    ("/2018-06-01/runtime/init/error", None),
    ("/", 404),
    ("/2018-06-01/runtime/invocation//response", None),
])
def test_nonsense_told_to_the_runtime_api(function, path, status):
    invoke = function()
    told = invoke("posts", path=path, body="\0{" * 100)
    assert told == status if status else (isinstance(told, int) and told < 500) or told[0].startswith("Runtime.")
    assert invoke("answers")["process"]


def test_an_answer_beyond_six_megabytes(function):
    invoke = function(MemorySize=512)
    assert invoke("returns_much", count=6 * 1024 * 1024) == (
        "Function.ResponseSizeTooLarge", "Response payload size exceeded maximum allowed payload size (6291556 bytes).")
    assert invoke("returns_nonsense")[0] == "Runtime.MarshalError"
    assert invoke("answers")["calls"] == 3


# What it leaves behind


def test_what_a_handler_has_started_is_frozen_or_runs_on_until_its_environment_ends(function, mark):
    invoke = function()
    assert invoke("forks", count=3) == 3
    process = invoke("answers")["process"]
    processes = marked(mark)
    # The shells' own `sleep`s have neither the mark in their arguments nor always an environment.
    assert len(processes) >= 10
    with open(f"/proc/{process}/stat") as file:
        assert file.read().rpartition(") ")[2][0] == "T"
    invoke.delete()
    expect_end(processes)
    none_left(mark)


@pytest.mark.parametrize("do", ["forks_and_exits", "hops"])
def test_what_a_process_leaves_when_it_ends_is_ended_too(function, mark, do):
    invoke = function()
    invoke(do)
    if do == "hops":
        invoke("exits", status=1)
    none_left(mark)
    assert invoke("answers")["calls"] == 1


def test_a_process_that_forks_itself_answers_once(function, mark):
    invoke = function()
    assert invoke("forks_itself") in ("the child", "the parent")
    invoke.delete()
    none_left(mark)


def test_a_directory_of_any_depth_is_removed(function, mark):
    invoke = function()
    assert invoke("fills_its_directory", depth=150) == 150
    invoke.delete()
    none_left(mark)


# The end of apus


def hostile_cloud(apus, mark):
    """Functions of every kind, warm, busy and hidden; the processes that they are."""
    clients = Clients(apus, "123456789012")
    for do in ["answers", "forks", "hops"]:
        Function(clients, mark)(do)
    busy = Function(clients, mark)
    busy.lambda_.invoke(FunctionName=busy.name, InvocationType="Event", Payload=json.dumps({"do": "ignores_signals"}))
    deaf = Function(clients, mark)
    deaf.lambda_.invoke(FunctionName=deaf.name, InvocationType="Event", Payload=json.dumps({"do": "forks_and_loops"}))
    Function(clients, mark)("answers")
    return marked(mark)


def children(process):
    """Of any of its threads."""
    found = []
    for thread in os.listdir(f"/proc/{process}/task"):
        with open(f"/proc/{process}/task/{thread}/children") as file:
            found += [int(number) for number in file.read().split()]
    return found


def directories(process):
    return [name for name in os.listdir(os.environ.get("TMPDIR", "/tmp")) if name.startswith(f"apus-{process}-")]


def test_nothing_is_left_after_sigterm(own_apus, mark):
    apus = own_apus()
    close(hostile_cloud(apus, mark))
    started = {process: os.pidfd_open(process) for process in children(apus.process.pid)}
    assert apus.stop() == 0
    left = marked(mark)
    assert not left
    expect_end(started, seconds=0)
    assert directories(apus.process.pid) == []


def test_nothing_is_left_after_kill_9(own_apus, mark):
    apus = own_apus()
    processes = hostile_cloud(apus, mark)
    started = {process: os.pidfd_open(process) for process in children(apus.process.pid)}
    apus.kill()
    expect_end(processes)
    none_left(mark)
    expect_end(started)


def test_nothing_is_left_after_a_signal_that_apus_does_not_watch_for(own_apus, mark):
    apus = own_apus()
    processes = hostile_cloud(apus, mark)
    apus.process.send_signal(signal.SIGHUP)
    assert apus.process.wait(timeout=20) == -signal.SIGHUP
    expect_end(processes)
    none_left(mark)


def test_what_a_killed_apus_left_on_disk_is_removed_by_the_next_one(own_apus, mark):
    first = own_apus()
    Function(Clients(first, "123456789012"), mark)("answers")
    assert directories(first.process.pid)
    first.kill()
    second = own_apus()
    Function(Clients(second, "123456789012"), mark)("answers")
    for _ in range(100):
        if not directories(first.process.pid):
            break
        select.select([], [], [], 0.05)
    assert directories(first.process.pid) == []
    second.stop()
    assert directories(second.process.pid) == []


def test_functions_run_again_after_a_kill(own_apus, mark, tmp_path):
    apus = own_apus("--data", str(tmp_path / "data"))
    invoke = Function(Clients(apus, "123456789012"), mark)
    assert invoke("answers")["calls"] == 1
    apus.kill()
    apus.start()
    again = Clients(apus, "123456789012").boto3("lambda")
    answer = again.invoke(FunctionName=invoke.name, Payload=json.dumps({"do": "answers"}))
    assert json.loads(answer["Payload"].read())["calls"] == 1
    assert apus.stop() == 0
    none_left(mark)
    shutil.rmtree(tmp_path)
