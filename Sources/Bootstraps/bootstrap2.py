# -*- coding: utf-8 -*-
"""The runtime interface client of python2.7 functions: asks the Runtime API for events, hands them to the handler, posts what it answers.

Run as `python2.7 /dir/bootstrap2.py [layers]` with the environment of a Lambda function; `layers` is where its layers are unpacked (/opt).
What a handler can see (texts, formats, the order of things) is as the runtime had it while AWS supported python2.7.
"""

import _socket
import decimal
import errno
import imp
import json
import logging
import os
import sys
import time
import traceback

HERE = os.path.splitext(os.path.abspath(__file__))[0]

# --- The Runtime API ------------------------------------------------------------------------------------------------


class Disconnected(Exception):
    """The Runtime API closed the connection."""


class RuntimeAPI(object):
    """HTTP/1.1 over one connection that is kept."""

    root = "/2018-06-01/runtime"

    def __init__(self, address):
        host, _, port = address.rpartition(":")
        self.host, self.port = host.strip("[]"), int(port)
        self.address = address
        self.connect()

    def connect(self):
        family = _socket.AF_INET6 if ":" in self.host else _socket.AF_INET
        self.socket = _socket.socket(family, _socket.SOCK_STREAM)
        self.socket.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
        self.socket.connect((self.host, self.port))
        self.received = ""

    def next(self):
        """Waits for an event. Its headers, named in lower case, and its bytes."""
        status, headers, body = self.exchange("GET", "/invocation/next")
        if status != 200:
            raise RuntimeError("Failed to get next: the Runtime API answered {}".format(status))
        return headers, body

    def respond(self, request_id, body):
        self.exchange("POST", "/invocation/{}/response".format(request_id), body)

    def fail(self, request_id, error):
        path = "/invocation/{}/error".format(request_id)
        self.exchange("POST", path, to_json(error), str(error.get("errorType", "Unhandled")))

    def exchange(self, method, path, body=None, error_type=None):
        head = ["{} {}{} HTTP/1.1\r\nHost: {}\r\n".format(method, self.root, path, self.address)]
        if body is not None:
            head.append("Content-Type: application/json\r\nContent-Length: {}\r\n".format(len(body)))
        if error_type is not None:
            head.append("Lambda-Runtime-Function-Error-Type: {}\r\n".format(" ".join(error_type.split())))
        message = "".join(head) + "\r\n" + (body or "")
        try:
            return self.attempt(message)
        except (Disconnected, _socket.error):
            # A connection that was kept may have been closed meanwhile: once more on a new one.
            self.connect()
            return self.attempt(message)

    def attempt(self, message):
        self.socket.sendall(message)
        head = self.read_until("\r\n\r\n").split("\r\n")
        headers = {}
        for line in head[1:]:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        if "chunked" in headers.get("transfer-encoding", "").lower():
            body = self.read_chunks()
        else:
            body = self.read(int(headers.get("content-length", 0)))
        if headers.get("connection", "").lower() == "close":
            self.socket.close()
            self.connect()
        return int(head[0].split(" ", 2)[1]), headers, body

    def read_chunks(self):
        chunks = []
        while True:
            size = int(self.read_until("\r\n").split(";")[0], 16)
            if size == 0:
                while self.read_until("\r\n"):
                    pass
                return "".join(chunks)
            chunks.append(self.read(size))
            self.read_until("\r\n")

    def read_until(self, mark):
        while mark not in self.received:
            self.received += self.receive()
        found, _, self.received = self.received.partition(mark)
        return found

    def read(self, size):
        parts, missing = [self.received], size - len(self.received)
        while missing > 0:
            parts.append(self.receive())
            missing -= len(parts[-1])
        everything = "".join(parts)
        self.received = everything[size:]
        return everything[:size]

    def receive(self):
        while True:
            try:
                data = self.socket.recv(262144)
            except _socket.error as error:
                if error.args[0] == errno.EINTR:
                    continue
                raise
            if not data:
                raise Disconnected()
            return data


# --- JSON ------------------------------------------------------------------------------------------------------------


def to_json(value):
    return json.dumps(value, default=decimal_serializer)


def decimal_serializer(value):
    if isinstance(value, decimal.Decimal):
        return float(value)
    raise TypeError(repr(value) + " is not JSON serializable")


# --- Logs ------------------------------------------------------------------------------------------------------------
# Standard output is read line by line, so what must stay one log event is one line here: its lines are joined by \r.

request_id_of_log = None


class Unbuffered(object):
    """A standard stream that keeps nothing back."""

    def __init__(self, stream):
        self.stream = stream
        self.within_line = False

    def __getattr__(self, name):
        return getattr(self.stream, name)

    def write(self, text):
        self.stream.write(text.encode("utf-8") if isinstance(text, unicode) else text)
        self.stream.flush()
        if text:
            self.within_line = not text.endswith("\n")

    def writelines(self, lines):
        for line in lines:
            self.write(line)


class LogSink(object):
    """Where records and errors go, whatever `sys.stdout` has become: one event, one line."""

    def __init__(self, stream):
        self.stream = stream

    def log(self, text):
        event = text[:-1] if text.endswith("\n") else text
        self.stream.write(("\n" if self.stream.within_line else "") + event.replace("\n", "\r") + "\n")


class LambdaLoggerHandler(logging.Handler):
    def __init__(self, sink):
        logging.Handler.__init__(self)
        self.sink = sink

    def emit(self, record):
        self.sink.log(self.format(record))


class LambdaLoggerFilter(logging.Filter):
    def filter(self, record):
        record.aws_request_id = request_id_of_log or ""
        return True


def set_up_logging(sink):
    logging.Formatter.converter = time.gmtime
    handler = LambdaLoggerHandler(sink)
    text = "[%(levelname)s]\t%(asctime)s.%(msecs)dZ\t%(aws_request_id)s\t%(message)s\n"
    handler.setFormatter(logging.Formatter(text, "%Y-%m-%dT%H:%M:%S"))
    handler.addFilter(LambdaLoggerFilter())
    logging.getLogger().addHandler(handler)


# --- The handler's context -------------------------------------------------------------------------------------------


class Slotted(object):
    """An object of named members, each None where the source has none."""

    __slots__ = ()

    @classmethod
    def of(cls, members):
        if members is None:
            return None
        made = cls()
        for name in cls.__slots__:
            setattr(made, name, members.get(name))
        return made


class CognitoIdentity(Slotted):
    __slots__ = ("cognito_identity_id", "cognito_identity_pool_id")


class Client(Slotted):
    __slots__ = ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")


class ClientContext(Slotted):
    __slots__ = ("custom", "env", "client")


class LambdaContext(object):
    """https://docs.aws.amazon.com/lambda/latest/dg/python-context.html"""

    def __init__(self, headers, sink):
        self.aws_request_id = headers.get("lambda-runtime-aws-request-id")
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = headers.get("lambda-runtime-invoked-function-arn")
        client = headers.get("lambda-runtime-client-context")
        self.client_context = ClientContext.of(attempt("Unable to parse client context", json.loads, client) if client else None)
        if self.client_context is not None:
            self.client_context.client = Client.of(self.client_context.client)
        identity = json.loads(headers.get("lambda-runtime-cognito-identity") or "{}")
        self.identity = CognitoIdentity.of(
            {
                "cognito_identity_id": identity.get("cognitoIdentityId"),
                "cognito_identity_pool_id": identity.get("cognitoIdentityPoolId"),
            }
        )
        self._deadline = int(headers.get("lambda-runtime-deadline-ms", 0))
        self._sink = sink

    def get_remaining_time_in_millis(self):
        return max(0, self._deadline - int(time.time() * 1000))

    def log(self, msg):
        self._sink.log(str(msg))


# --- Errors ----------------------------------------------------------------------------------------------------------


class Fault(Exception):
    """The handler can't be called, since it couldn't be loaded."""

    def __init__(self, message, reason, trace=""):
        Exception.__init__(self, message)
        self.message = message
        self.reason = reason
        self.trace = trace


class JSONError(Exception):
    """What was sent or answered isn't JSON: the log says which, the answer is the error itself."""

    def __init__(self, message):
        Exception.__init__(self, message)
        self.message = message
        self.cause = sys.exc_info()


def attempt(message, action, argument):
    try:
        return action(argument)
    except Exception:
        raise JSONError(message)


def report_fault(sink, message, reason, trace):
    sink.log("{}: {}\n{}".format(message, reason, trace))


def report_exception(sink, cause, message=None):
    """Logs an exception and returns its error, both without the frames of this file that lead to it."""
    kind, value, trace = cause
    frames = traceback.extract_tb(trace)
    first = next((index for index, frame in enumerate(frames) if os.path.splitext(os.path.abspath(frame[0]))[0] != HERE), 0)
    frames = frames[first:]
    lines = "".join(traceback.format_list(frames) + traceback.format_exception_only(kind, value))
    about = (message, str(value)) if message else (str(value), kind.__name__)
    report_fault(sink, about[0], about[1], "Traceback (most recent call last):\n" + lines)
    error = {"errorType": kind.__name__}
    if str(value):
        error["errorMessage"] = str(value)
    if frames:
        error["stackTrace"] = frames
    return error


# --- Loading and calling ---------------------------------------------------------------------------------------------


def set_up_search_path():
    """The task's root first, then its layers, then what the machine's python has."""
    task = os.environ.get("LAMBDA_TASK_ROOT") or os.getcwd()
    layers = sys.argv[1] if len(sys.argv) > 1 else "/opt"
    ahead = [task, os.path.join(layers, "python/lib/python2.7/site-packages"), os.path.join(layers, "python")]
    sys.path[:] = ahead + [path for path in sys.path if os.path.abspath(path or ".") != os.path.dirname(HERE)]
    del sys.argv[1:]


def load_handler(handler):
    try:
        module_name, function_name = handler.rsplit(".", 1)
    except ValueError as error:
        raise Fault("Bad handler '{}'".format(handler), str(error))
    try:
        module = load_module(module_name)
    except Fault:
        raise
    except ImportError as error:
        raise Fault("Unable to import module '{}'".format(module_name), str(error))
    except SyntaxError as error:
        trace = 'File "%s" Line %s\n\t%s' % (error.filename, error.lineno, error.text)
        raise Fault("Syntax error in module '{}'".format(module_name), str(error), trace)
    except Exception as error:
        trace = traceback.format_list(traceback.extract_tb(sys.exc_info()[2]))
        raise Fault("module initialization error", str(error), "".join(trace[2:]))
    try:
        return getattr(module, function_name)
    except AttributeError as error:
        raise Fault("Handler '{}' missing on module '{}'".format(function_name, module_name), str(error))


def load_module(name):
    source, path, description = None, None, None
    try:
        for segment in name.split("."):
            source, path, description = imp.find_module(segment, None if path is None else [path])
        if source is None and description[2] == imp.C_BUILTIN:
            raise Fault("Cannot use built-in module {} as a handler module".format(name), None)
        return imp.load_module(name, source, path, description)
    finally:
        if source is not None:
            source.close()


def invoke(api, handler, headers, body, sink):
    request_id = headers.get("lambda-runtime-aws-request-id")
    try:
        context = LambdaContext(headers, sink)
        response = handler(attempt("Unable to parse input as json", json.loads, body), context)
        answer = attempt("An error occurred during JSON serialization of response", to_json, response)
    except Fault as fault:
        report_fault(sink, fault.message, fault.reason, fault.trace)
        error = {"errorMessage": fault.message}
    except JSONError as problem:
        error = report_exception(sink, problem.cause, problem.message)
    except Exception:
        error = report_exception(sink, sys.exc_info())
    else:
        api.respond(request_id, answer)
        return
    api.fail(request_id, error)


def main():
    global request_id_of_log
    reload(sys)
    sys.setdefaultencoding("utf-8")
    sys.stdout, sys.stderr = Unbuffered(sys.stdout), Unbuffered(sys.stderr)
    sink = LogSink(sys.stdout)
    set_up_logging(sink)
    api = RuntimeAPI(os.environ["AWS_LAMBDA_RUNTIME_API"])
    set_up_search_path()
    try:
        handler = load_handler(os.environ.get("_HANDLER", ""))
    except Fault as fault:
        unusable = fault

        def handler(event, context):
            raise unusable

    while True:
        try:
            headers, body = api.next()
        except (Disconnected, _socket.error):
            # Whoever started this process is gone: nothing is left to do, nor anyone to tell.
            os._exit(1)
        request_id_of_log = headers.get("lambda-runtime-aws-request-id")
        trace = headers.get("lambda-runtime-trace-id")
        if trace is None:
            os.environ.pop("_X_AMZN_TRACE_ID", None)
        else:
            os.environ["_X_AMZN_TRACE_ID"] = trace
        invoke(api, handler, headers, body, sink)


if __name__ == "__main__":
    main()
