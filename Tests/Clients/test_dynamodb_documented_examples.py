"""AWS's documented requests to DynamoDB and DynamoDB Streams: the same request gets the same answer.

`documented_examples/` has them as data, one file per source. `tables.json` has the tables that they speak of, by name: the steps that make them. An example is

    name         where in the source it stands
    region       us-west-2 unless told
    tables       which of the tables are there
    before       further steps, each [operation, request] or [operation, request, {name: path in the answer}]; `$name` stands for what was kept
    operation, request
    answer       the documented answer, member for member, but for the marks below; or
    error        [code, message], where AWS documents a refusal
    today        {path in the answer: value}: what AWS says today, or of this very request, in place of what is documented; null where nothing
    why          the reason for each `today`
    unordered    paths of the lists whose order AWS doesn't promise

Marks stand for what AWS makes: `<time>` (a number of seconds), `<id>` (a UUID), `<label>` (a stream's), `<digits>`, `<text>`. The accounts of AWS's documentation stand for the test's own.
"""

import json
import pathlib
import re

import pytest
from conftest import Clients

FOLDER = pathlib.Path(__file__).parent / "documented_examples"
STREAMS = {"ListStreams", "DescribeStream", "GetShardIterator", "GetRecords"}
MARKS = {
    "<id>": "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "<label>": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}",
    "<digits>": r"\d+",
    "<text>": ".+",
}
SETS = {"SS", "NS", "BS"}
SOURCES = sorted(path.stem for path in FOLDER.glob("*.json") if path.stem != "tables")
EXAMPLES = [pytest.param(example, id=f"{source} {example['name']}") for source in SOURCES for example in json.loads((FOLDER / f"{source}.json").read_text())]


class Conversation:
    """Requests as the wire carries them, in one account and region; what was kept of earlier answers goes into later ones."""

    def __init__(self, clients):
        self.clients = clients
        self.kept = {}

    def fill(self, value):
        """Puts the test's account and what was kept into the data's text."""
        text = re.sub("123456789012|111122223333", self.clients.account, json.dumps(value))
        for name, kept in self.kept.items():
            text = text.replace(f"${name}", json.dumps(kept)[1:-1])
        return json.loads(text)

    def ask(self, operation, request):
        service = "DynamoDBStreams_20120810" if operation in STREAMS else "DynamoDB_20120810"
        scope = f"{self.clients.account}/20261121/{self.clients.region}/dynamodb/aws4_request"
        headers = {
            "X-Amz-Target": f"{service}.{operation}",
            "Content-Type": "application/x-amz-json-1.0",
            "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
        }
        status, _, body = self.clients.apus.request("POST", "/", json.dumps(self.fill(request)), headers)
        return status, json.loads(body)

    def step(self, operation, request, keep={}):
        status, answer = self.ask(operation, request)
        assert status == 200, (operation, answer)
        for name, path in keep.items():
            self.kept[name] = follow(answer, path.split("."))


def follow(value, path):
    for part in path:
        value = value[int(part) if isinstance(value, list) else part]
    return value


def change(answer, path, value):
    """Sets, or with `None` removes, what stands at a path."""
    *above, last = path.split(".")
    holder = follow(answer, above)
    if isinstance(holder, list):
        last = int(last)
    if value is None:
        del holder[last]
    elif last == len(holder):
        holder.append(value)
    else:
        holder[last] = value


def paired(documented, given, unordered):
    """What was given, in the order in which it matches what is documented."""
    left, pairs = list(given), []
    for one in documented:
        same = next((n for n, other in enumerate(left) if not differences(one, other, [""], unordered)), 0)
        pairs.append(left.pop(same))
    return pairs


# Members that AWS has added to its answers since it wrote the examples.
YOUNGER = {"WarmThroughput"}


def differences(documented, given, path, unordered):
    """What of an answer isn't as documented, in words."""
    where = ".".join(path)
    if documented == "<time>":
        return [] if isinstance(given, (int, float)) and given > 0 else [f"{where}: {given!r} is no time"]
    if isinstance(documented, dict) and isinstance(given, dict):
        found = [f"{where}.{name}: missing" for name in documented.keys() - given.keys()]
        found += [f"{where}.{name}: extra, {given[name]!r}" for name in given.keys() - documented.keys() - YOUNGER]
        for name in documented.keys() & given.keys():
            found += differences(documented[name], given[name], [*path, name], unordered)
        return found
    if isinstance(documented, list) and isinstance(given, list) and len(documented) == len(given):
        if where in unordered or path[-1] in SETS:
            given = paired(documented, given, unordered)
        return [d for n, (one, other) in enumerate(zip(documented, given)) for d in differences(one, other, [*path, str(n)], unordered)]
    if isinstance(documented, str) and isinstance(given, str):
        pattern = re.escape(documented)
        for mark, means in MARKS.items():
            pattern = pattern.replace(re.escape(mark), means)
        if re.fullmatch(pattern, given):
            return []
    elif documented == given and type(documented) is not bool:
        return []
    return [] if documented is given else [f"{where}: {given!r}, not {documented!r}"]


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_same_request_gets_the_same_answer(clients, example):
    conversation = Conversation(Clients(clients.apus, clients.account, example.get("region", "us-west-2")))
    tables = json.loads((FOLDER / "tables.json").read_text())
    for step in [step for name in example.get("tables", []) for step in tables[name]] + example.get("before", []):
        conversation.step(*step)
    status, answer = conversation.ask(example["operation"], example["request"])
    if answer.get("__type", "").endswith("#NotImplementedException"):
        pytest.skip(f"{example['operation']} isn't implemented")
    if "error" in example:
        code, message = conversation.fill(example["error"])
        assert (status, answer["__type"].split("#")[1], answer["message"]) == (400, code, message)
        return
    expected = conversation.fill(example["answer"])
    for path, value in conversation.fill(example.get("today", {})).items():
        change(expected, path, value)
    assert "today" not in example or example["why"]
    assert status == 200, answer
    assert not differences(expected, answer, [""], {f".{path}" for path in example.get("unordered", [])})
