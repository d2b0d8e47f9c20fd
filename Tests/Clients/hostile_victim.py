"""The apus that hostile inputs go to, and what its answers must look like."""

import json
import os
import re
import socket
import time
import xml.etree.ElementTree

import hostile_inputs
from conftest import Apus

LOG = os.environ.get("HOSTILE_LOG")
# A good request's answer, and any answer at all, in seconds: generous enough for a busy machine.
QUICK, PATIENCE = float(os.environ.get("HOSTILE_QUICK", "1")), 20

# Errors whose text AWS leaves out.
WORDLESS = {"SerializationException", "UnknownOperationException"}


class Broken(Exception):
    """What came back is no HTTP, or nothing came back."""


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body


class Connection:
    """One connection that reads answers strictly."""

    def __init__(self, port):
        self.socket = socket.create_connection(("localhost", port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.pending = b""

    def send(self, data):
        self.socket.sendall(data)

    def more(self):
        data = self.socket.recv(262_144)
        if not data:
            raise Broken(f"the connection was closed after {self.pending[:200]!r}")
        self.pending += data

    def read(self):
        while (end := self.pending.find(b"\r\n\r\n")) < 0:
            self.more()
        lines = self.pending[:end].split(b"\r\n")
        status = re.fullmatch(rb"HTTP/1\.1 ([1-5]\d\d) [\t -\xff]*", lines[0])
        if not status:
            raise Broken(f"a bad status line: {lines[0][:200]!r}")
        headers = {}
        for line in lines[1:]:
            field = re.fullmatch(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+): ?([\t -\x7e\x80-\xff]*)", line)
            if not field:
                raise Broken(f"a bad header: {line[:200]!r}")
            headers[field[1].decode().lower()] = field[2].decode("latin-1")
        self.pending = self.pending[end + 4:]
        code = int(status[1])
        if code < 200:
            return self.read()
        length = 0 if code in (204, 304) else int(headers["content-length"])
        while len(self.pending) < length:
            self.more()
        body, self.pending = self.pending[:length], self.pending[length:]
        return Answer(code, headers, body)

    def close(self):
        self.socket.close()


class Victim:
    """An apus, the connection on which requests go to it, and what was found wrong with it."""

    def __init__(self):
        self.findings, self.sent, self.statuses, self.connection = {}, 0, {}, None
        self.start()

    def start(self):
        self.apus = Apus()
        self.connection = None

    def exchange(self, request, what, check=None):
        """Sends a request and reads its answer, which may come with the end of the connection. None: a finding."""
        self.sent += 1
        began = time.monotonic()
        for attempt in (1, 2):
            fresh = self.connection is None
            try:
                self.connection = self.connection or Connection(self.apus.port)
                self.connection.send(request)
                answer = self.connection.read()
                if answer.headers.get("connection") == "close":
                    self.disconnect()
                break
            except (OSError, Broken, KeyError, ValueError) as error:
                self.disconnect()
                # A connection that was closed while it was idle is no mistake of the server.
                if self.is_alive() and not fresh and attempt == 1 and not isinstance(error, TimeoutError):
                    continue
                self.find(what, request, f"{type(error).__name__}: {error}" if self.is_alive() else "apus died")
                if not self.is_alive() or isinstance(error, TimeoutError):
                    self.restart()
                return None
        if time.monotonic() - began > QUICK + len(request) / 1e6:
            self.find(what, request, f"slow: {time.monotonic() - began:.1f} s")
        self.statuses.setdefault(what, {}).setdefault(answer.status, 0)
        self.statuses[what][answer.status] += 1
        problem = check(answer) if check else None
        if problem:
            self.find(what, request, f"{problem}: {answer.status} {answer.headers} {answer.body[:400]!r}")
        return answer

    def disconnect(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def is_alive(self):
        try:
            self.apus.process.wait(timeout=0.05 if self.connection is None else 0)
            return False
        except Exception:
            return True

    def restart(self):
        self.died = True
        if self.apus.process.poll() is None:
            self.apus.kill()
        else:
            self.find("trace", b"", self.apus.process.stderr.read()[:3000])
        self.start()

    died = False

    def find(self, what, request, problem):
        key = (what, re.sub(r"\d+|'[^']*'", "", problem)[:60])
        if key in self.findings:
            return
        self.findings[key] = f"{what}: {problem}\n    {request[:3000]!r}"
        if LOG:
            with open(LOG, "a") as log:
                log.write(self.findings[key] + "\n")

    def ask(self, method, path, body=b""):
        """A good request to Apus's own API."""
        request = hostile_inputs.http_bytes(method, path, [("Host", "localhost")], body)
        answer = self.exchange(request, f"{method} {path}")
        return json.loads(answer.body) if answer else None

    def is_well(self):
        began = time.monotonic()
        health = self.ask("GET", "/_apus/health")
        if health is None or health["status"] != "running" or time.monotonic() - began > QUICK:
            self.find("health", b"", f"a good request took {time.monotonic() - began:.1f} s")

    def conclude(self):
        self.is_well()
        self.disconnect()
        if self.is_alive():
            self.apus.kill()
        if LOG:
            with open(LOG, "a") as log:
                log.write(f"{self.sent} requests\n" + "".join(f"  {what} {dict(sorted(counts.items()))}\n" for what, counts in sorted(self.statuses.items())))
        assert not self.findings, "\n".join(list(self.findings.values())[:10])


# What an answer must look like


def well_formed(protocol, operation):
    def check(answer):
        # As recorded of AWS: a region that isn't one is the server's own fault there.
        if (operation, answer.status) == ("ListGlobalTables", 500):
            return None
        if answer.status >= 500 and answer.status != 501:
            return "a failure"
        if answer.status not in (200, 201, 202, 204, 501) and not 400 <= answer.status < 500:
            return "an unexpected status"
        if answer.status >= 400 and answer.headers["content-type"].startswith("text/plain") and answer.headers.get("connection") == "close":
            # The HTTP server's own answer to what is no HTTP.
            return None
        try:
            text = answer.body.decode("utf-8")
            if protocol == "query":
                root = xml.etree.ElementTree.fromstring(text)
                return None if answer.status == 200 or root.find(".//{*}Code") is not None else "an error without code"
            if operation == "Invoke" and answer.status == 200 or not text and answer.status in (201, 202, 204):
                return None
            document = json.loads(text)
        except (UnicodeDecodeError, ValueError, xml.etree.ElementTree.ParseError) as error:
            return f"a malformed body ({error})"
        if answer.status < 300:
            return None
        if protocol == "json":
            name = document.get("__type", "").split("#")[-1]
            if not name:
                return "an error without name"
        else:
            name = answer.headers.get("x-amzn-errortype")
            if not name:
                return "an error without name"
        if not isinstance(document.get("message", document.get("Message")), str) and name not in WORDLESS:
            return "an error without message"

    return check
