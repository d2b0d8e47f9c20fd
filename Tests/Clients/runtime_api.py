"""The Runtime API (2018-06-01) as a runtime interface client sees it, played by the test: what it posts can be looked at byte by byte.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import http.server
import json
import os
import queue
import subprocess
import sys
import threading
import time

BOOTSTRAPS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "Sources", "Bootstraps")
PREFIX = "/2018-06-01/runtime"
PATIENCE = 30


class Post:
    """What a client posted: `kind` is response, error or init/error."""

    def __init__(self, kind, request_id, headers, body, trailers):
        self.kind, self.request_id, self.headers, self.body, self.trailers = kind, request_id, headers, body, trailers

    @property
    def json(self):
        return json.loads(self.body.decode())

    def __repr__(self):
        return f"{self.kind} {self.request_id} {dict(self.headers)} {self.body!r} {self.trailers}"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def log_message(self, *_):
        pass

    def do_GET(self):
        api = self.server.api
        api.connections.add(self.client_address)
        assert self.path == f"{PREFIX}/invocation/next", self.path
        event = api.events.get()
        if event is None:
            self.close_connection = True
            return
        headers, body, is_chunked = event
        self.send_response(200)
        for name, value in headers.items():
            self.send_header(name, value)
        if is_chunked:
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for start in range(0, len(body), 7):
                chunk = body[start : start + 7]
                self.wfile.write(b"%x;x=y\r\n%s\r\n" % (len(chunk), chunk))
                self.wfile.flush()
            self.wfile.write(b"0\r\nSome-Trailer: x\r\n\r\n")
        else:
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def do_POST(self):
        body, trailers = self.read_body()
        path = self.path
        assert path.startswith(PREFIX + "/"), path
        parts = path[len(PREFIX) + 1 :].split("/")
        kind, request_id = ("/".join(parts), None) if parts[0] == "init" else (parts[2], parts[1])
        # Answered first: a client may end itself as soon as the test has seen what it posted.
        self.send_response(202)
        self.send_header("Content-Length", "16")
        self.end_headers()
        self.wfile.write(b'{"status": "OK"}')
        self.wfile.flush()
        self.server.api.posts.put(Post(kind, request_id, self.headers, body, trailers))

    def read_body(self):
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0))), {}
        body, trailers = b"", {}
        while True:
            size = int(self.rfile.readline().split(b";")[0], 16)
            if size == 0:
                break
            body += self.rfile.read(size)
            assert self.rfile.readline() == b"\r\n"
        while True:
            line = self.rfile.readline().decode().strip()
            if not line:
                return body, trailers
            name, _, value = line.partition(":")
            trailers[name] = value.strip()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """A client that ended is no news."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(*_)


class RuntimeAPI:
    def __init__(self):
        self.events, self.posts, self.connections = queue.Queue(), queue.Queue(), set()
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.api = self
        self.address = "127.0.0.1:%d" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def send(self, event, request_id, headers=None, is_chunked=False):
        body = event if isinstance(event, bytes) else json.dumps(event, ensure_ascii=False).encode()
        everything = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": request_id,
            "Lambda-Runtime-Deadline-Ms": str(int(time.time() * 1000) + 60000),
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:123456789012:function:tried",
        }
        everything.update(headers or {})
        self.events.put(({name: value for name, value in everything.items() if value is not None}, body, is_chunked))


class Function:
    """A function whose files lie in `folder`, run by `command` against a Runtime API of its own."""

    def __init__(self, command, folder, handler, environment=None):
        self.api, self.folder, self.count = RuntimeAPI(), str(folder), 0
        variables = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "AWS_LAMBDA_RUNTIME_API": self.api.address,
            "_HANDLER": handler,
            "LAMBDA_TASK_ROOT": self.folder,
            "AWS_LAMBDA_FUNCTION_NAME": "tried",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
            "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/tried",
            "AWS_LAMBDA_LOG_STREAM_NAME": "2026/01/01/[$LATEST]0123456789abcdef",
        }
        variables.update(environment or {})
        self.process = subprocess.Popen(
            command, cwd=self.folder, env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self.lines, self.errors = queue.Queue(), queue.Queue()
        for stream, into in ((self.process.stdout, self.lines), (self.process.stderr, self.errors)):
            threading.Thread(target=self.read, args=(stream, into), daemon=True).start()

    @staticmethod
    def read(stream, into):
        for line in stream:
            into.put(line.decode())
        into.put(None)

    def invoke(self, event=None, headers=None, is_chunked=False):
        """Sends an event and waits for what is posted about it."""
        self.count += 1
        request_id = f"00000000-0000-4000-8000-{self.count:012d}"
        self.api.send(event, request_id, headers, is_chunked)
        post = self.posted()
        assert post.request_id == request_id, post
        return post

    def posted(self):
        return self.api.posts.get(timeout=PATIENCE)

    def line(self):
        """The next line of standard output."""
        return self.lines.get(timeout=PATIENCE)

    def end(self):
        """Closes the Runtime API, waits for the end of the process; its exit status."""
        self.api.events.put(None)
        self.api.close()
        return self.status()

    def status(self):
        return self.process.wait(timeout=PATIENCE)

    def rest(self, of=None):
        """Every line that is left, of a process that has ended or will."""
        return list(iter(lambda: (of or self.lines).get(timeout=PATIENCE), None))

    def stop(self):
        self.process.kill()
        self.process.wait(timeout=PATIENCE)
        self.api.close()


def write(folder, files):
    """Writes the files of a deployment package."""
    for name, text in files.items():
        path = os.path.join(str(folder), name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
