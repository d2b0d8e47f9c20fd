"""The runtime interface client of python3.x functions: asks the Runtime API for events, hands them to the handler, posts what it answers.

Run as `python3.x /dir/bootstrap.py [layers]` with the environment of a Lambda function; `layers` is where its layers are unpacked (/opt).
What a handler can see (texts, formats, the order of things) is as AWS's own client has it.
"""

import importlib
import json
import logging
import os
import site
import sys
import time
import traceback

# The C module below `socket`: everything needed here, without the milliseconds that `socket` itself takes to import.
import _socket

HERE = os.path.abspath(__file__)

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
        self.received = b""

    def next(self):
        """Waits for an event. Its headers, named in lower case, and its bytes."""
        status, headers, body = self.exchange("GET", "/invocation/next")
        if status != 200:
            raise RuntimeError("Failed to get next: the Runtime API answered {}".format(status))
        return headers, body

    def respond(self, request_id, body, content_type):
        self.exchange("POST", "/invocation/{}/response".format(request_id), body, content_type)

    def fail(self, path, error):
        self.exchange("POST", path, encode_json(error).encode("utf-8", "replace"), "application/json", error["errorType"])

    def exchange(self, method, path, body=b"", content_type=None, error_type=None):
        head = ["{} {}{} HTTP/1.1\r\nHost: {}\r\n".format(method, self.root, path, self.address)]
        if content_type is not None:
            head.append("Content-Type: {}\r\nContent-Length: {}\r\n".format(content_type, len(body)))
        if error_type is not None:
            head.append("Lambda-Runtime-Function-Error-Type: {}\r\n".format(" ".join(error_type.split())))
        head.append("\r\n")
        message = "".join(head).encode("utf-8") + body
        try:
            return self.attempt(message)
        except (Disconnected, OSError):
            # A connection that was kept may have been closed meanwhile: once more on a new one.
            self.connect()
            return self.attempt(message)

    def attempt(self, message):
        self.socket.sendall(message)
        head = self.read_until(b"\r\n\r\n").decode("utf-8").split("\r\n")
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
            size = int(self.read_until(b"\r\n").split(b";")[0], 16)
            if size == 0:
                while self.read_until(b"\r\n"):
                    pass
                return b"".join(chunks)
            chunks.append(self.read(size))
            self.read_until(b"\r\n")

    def read_until(self, mark):
        start = 0
        while True:
            end = self.received.find(mark, start)
            if end >= 0:
                found, self.received = self.received[:end], self.received[end + len(mark):]
                return found
            start = max(0, len(self.received) - len(mark))
            self.received += self.receive()

    def read(self, size):
        parts, missing = [self.received], size - len(self.received)
        while missing > 0:
            parts.append(self.receive())
            missing -= len(parts[-1])
        everything = b"".join(parts)
        self.received = everything[size:]
        return everything[:size]

    def receive(self):
        data = self.socket.recv(262144)
        if not data:
            raise Disconnected()
        return data


# --- JSON ------------------------------------------------------------------------------------------------------------
# AWS's client writes with simplejson: decimals keep their digits, named tuples are objects, bytes within are text.

ASCII_ONLY = os.environ.get("AWS_EXECUTION_ENV") not in (
    "AWS_Lambda_python3.12",
    "AWS_Lambda_python3.13",
    "AWS_Lambda_python3.14",
    "AWS_Lambda_python3.15",
)
encode_string = json.encoder.encode_basestring_ascii if ASCII_ONLY else json.encoder.encode_basestring


def encode_json(value):
    parts = []
    encode_into(parts, value, set())
    return "".join(parts)


def encode_into(parts, value, containers):
    if isinstance(value, str):
        parts.append(encode_string(value))
    elif value is None or value is True or value is False or isinstance(value, (int, float)):
        parts.append(encode_scalar(value))
    elif isinstance(value, bytes):
        parts.append(encode_string(value.decode("utf-8")))
    elif isinstance(value, dict):
        encode_object(parts, value, value, containers)
    elif isinstance(value, (list, tuple)) and not callable(getattr(value, "_asdict", None)):
        encode_array(parts, value, containers)
    elif callable(getattr(value, "_asdict", None)) and not isinstance(value, type):
        encode_object(parts, value, value._asdict(), containers)
    elif is_decimal(value):
        parts.append("NaN" if value.is_nan() else str(value))
    else:
        raise TypeError("Object of type {} is not JSON serializable".format(type(value).__name__))


def encode_scalar(value):
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, int):
        return int.__repr__(value)
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    return float.__repr__(value)


def encode_key(key):
    if isinstance(key, str):
        return encode_string(key)
    if isinstance(key, bytes):
        return encode_string(key.decode("utf-8"))
    if key is None or isinstance(key, (int, float)):
        return encode_string(encode_scalar(key))
    raise TypeError("keys must be str, int, float, bool or None, not {}".format(type(key).__name__))


def encode_object(parts, owner, members, containers):
    if not members:
        parts.append("{}")
        return
    enter(owner, containers)
    separator = "{"
    for key, value in members.items():
        parts.append(separator)
        parts.append(encode_key(key))
        parts.append(": ")
        encode_into(parts, value, containers)
        separator = ", "
    parts.append("}")
    containers.discard(id(owner))


def encode_array(parts, values, containers):
    if not values:
        parts.append("[]")
        return
    enter(values, containers)
    separator = "["
    for value in values:
        parts.append(separator)
        encode_into(parts, value, containers)
        separator = ", "
    parts.append("]")
    containers.discard(id(values))


def enter(container, containers):
    if id(container) in containers:
        raise ValueError("Circular reference detected")
    containers.add(id(container))


def is_decimal(value):
    # Who has no decimals hasn't imported them, and needn't pay for it.
    decimal = sys.modules.get("decimal")
    return decimal is not None and isinstance(value, decimal.Decimal)


# --- Logs ------------------------------------------------------------------------------------------------------------
# Standard output is read line by line, so what must stay one log event is one line here: its lines are joined by \r.

request_id_of_log = None
tenant_id_of_log = None


class Unbuffered(object):
    """A standard stream that keeps nothing back."""

    def __init__(self, stream):
        self.stream = stream
        self.within_line = False

    def __getattr__(self, name):
        return getattr(self.stream, name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def write(self, text):
        written = self.stream.write(text)
        self.stream.flush()
        if text:
            self.within_line = not text.endswith("\n")
        return written

    def writelines(self, lines):
        for line in lines:
            self.write(line)


class LogSink(object):
    """Where records and errors go, whatever `sys.stdout` has become: one event, one line."""

    def __init__(self, stream):
        self.stream = stream

    def log(self, text, frame_type=None):
        event = text[:-1] if text.endswith("\n") else text
        self.stream.write(("\n" if self.stream.within_line else "") + event.replace("\n", "\r") + "\n")

    def log_error(self, lines):
        self.log("\n".join(lines))


class LambdaLoggerHandler(logging.Handler):
    def __init__(self, log_sink):
        logging.Handler.__init__(self)
        self.log_sink = log_sink

    def emit(self, record):
        self.log_sink.log(self.format(record))


class LambdaLoggerFilter(logging.Filter):
    def filter(self, record):
        record.aws_request_id = request_id_of_log or ""
        record.tenant_id = tenant_id_of_log
        return True


class JSONFormatter(logging.Formatter):
    """A record as AWS's JSON log format has it."""

    reserved = frozenset(
        "name msg args levelname levelno pathname filename module exc_info exc_text stack_info lineno funcName created msecs"
        " relativeCreated thread threadName processName process taskName aws_request_id tenant_id _frame_type".split()
    )
    encode = staticmethod(json.JSONEncoder(ensure_ascii=False, default=str).encode)

    def __init__(self):
        super().__init__(datefmt="%Y-%m-%dT%H:%M:%SZ")

    def format(self, record):
        record.levelno = min(50, max(0, record.levelno)) // 10 * 10
        record.levelname = logging.getLevelName(record.levelno)
        error = record.exc_info or (None, None, None)
        fields = {
            "timestamp": self.formatTime(record, self.datefmt),
            "level": record.levelname,
            "message": record.msg if isinstance(record.msg, dict) and not record.args else record.getMessage(),
            "logger": record.name,
            "stackTrace": traceback.format_tb(error[2]) if record.exc_info else None,
            "errorType": error[0].__name__ if error[0] else None,
            "errorMessage": str(error[1]) if record.exc_info else None,
            "requestId": getattr(record, "aws_request_id", None),
            "location": "{}:{}:{}".format(record.pathname, record.funcName, record.lineno) if record.exc_info else None,
            "tenantId": getattr(record, "tenant_id", None),
        }
        for name, value in record.__dict__.items():
            if name not in self.reserved and name not in fields:
                fields[name] = value
        return self.encode({name: value for name, value in fields.items() if value is not None}) + "\n"


def set_up_logging(sink):
    logging.Formatter.converter = time.gmtime
    handler = LambdaLoggerHandler(sink)
    if logs_are_json():
        handler.setFormatter(JSONFormatter())
    else:
        text = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n"
        handler.setFormatter(logging.Formatter(text, "%Y-%m-%dT%H:%M:%S"))
    handler.addFilter(LambdaLoggerFilter())
    root = logging.getLogger()
    root.addHandler(handler)
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
    level = "DEBUG" if level == "TRACE" else level
    if level in logging._nameToLevel:
        root.setLevel(level)


def logs_are_json():
    return os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"


def log_error(error, sink):
    if logs_are_json():
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        sink.log_error([encode_json(dict({"timestamp": stamp, "level": "ERROR"}, **error))])
        return
    first = "[ERROR]"
    if error["errorType"]:
        first += " " + error["errorType"]
    if error["errorMessage"]:
        first += (": " if error["errorType"] else " ") + error["errorMessage"]
    lines = [first, "Traceback (most recent call last):"]
    for element in error["stackTrace"]:
        for line in element.splitlines() or [""]:
            text = line.lstrip(" ")
            # Indentation survives on CloudWatch as no-break spaces.
            lines.append("\u00a0" * (len(line) - len(text)) + text)
    sink.log_error(lines)


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

    def __repr__(self):
        members = ",".join("{}={}".format(name, getattr(self, name)) for name in self.__slots__)
        return "{}([{}])".format(type(self).__name__, members)


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
        self.tenant_id = headers.get("lambda-runtime-aws-tenant-id")
        client = parse_header(headers.get("lambda-runtime-client-context"), "Client Context")
        identity = parse_header(headers.get("lambda-runtime-cognito-identity"), "Cognito Identity") or {}
        self._w3c_fields = trace_context(client)
        self.client_context = ClientContext.of(client)
        if self.client_context is not None:
            self.client_context.client = Client.of(self.client_context.client)
        self.identity = CognitoIdentity.of(
            {
                "cognito_identity_id": identity.get("cognitoIdentityId"),
                "cognito_identity_pool_id": identity.get("cognitoIdentityPoolId"),
            }
        )
        self._epoch_deadline_time_in_ms = int(headers.get("lambda-runtime-deadline-ms", 0))
        self._log_sink = sink

    def get_remaining_time_in_millis(self):
        return max(0, self._epoch_deadline_time_in_ms - int(time.time() * 1000))

    def w3c(self):
        """The W3C trace context of the invocation."""
        return dict(self._w3c_fields)

    def log(self, msg):
        self._log_sink.log(str(msg))

    def __repr__(self):
        names = (
            "aws_request_id log_group_name log_stream_name function_name memory_limit_in_mb function_version"
            " invoked_function_arn client_context identity tenant_id"
        )
        return "LambdaContext([{}])".format(",".join("{}={}".format(name, getattr(self, name)) for name in names.split()))


def parse_header(text, name):
    if not text:
        return None
    try:
        return json.loads(text)
    except Exception as error:
        raise Fault("Runtime.LambdaContextUnmarshalError", "Unable to parse {} JSON: {}".format(name, error))


def trace_context(client):
    fields = client.pop("w3c", None) if isinstance(client, dict) else None
    if not isinstance(fields, dict):
        return {}
    return {name: fields[name] for name in ("traceparent", "tracestate", "baggage") if isinstance(fields.get(name), str)}


# --- Errors ----------------------------------------------------------------------------------------------------------


class Fault(Exception):
    """An error with a name of the runtime's."""

    def __init__(self, error_type, message, trace=None):
        super().__init__(message)
        self.error_type = error_type
        self.message = message
        self.trace = trace


def error_of(error_type, message, trace=None, request_id=None):
    return {"errorMessage": message or "", "errorType": error_type or "", "requestId": request_id or "", "stackTrace": trace or []}


def error_of_exception(request_id=None):
    """The exception being handled, without the frames of this file that lead to it."""
    kind, value, trace = sys.exc_info()
    if isinstance(value, Fault):
        return error_of(value.error_type, value.message, value.trace, request_id)
    frames = [(frame.filename, frame.lineno, frame.name, frame.line) for frame in traceback.extract_tb(trace)]
    first = next((index for index, frame in enumerate(frames) if os.path.abspath(frame[0]) != HERE), 0)
    return error_of(kind.__name__, str(value), traceback.format_list(frames[first:]), request_id)


# --- Loading and calling ---------------------------------------------------------------------------------------------


def set_up_search_path():
    """The task's root first, then its layers, then what the machine's python has."""
    task = os.environ.get("LAMBDA_TASK_ROOT") or os.getcwd()
    layers = sys.argv[1] if len(sys.argv) > 1 else "/opt"
    version = "python{}.{}".format(*sys.version_info[:2])
    ahead = [task, os.path.join(layers, "python/lib", version, "site-packages"), os.path.join(layers, "python")]
    sys.path[:] = ahead + [path for path in sys.path if os.path.abspath(path or ".") != os.path.dirname(HERE)]
    for path in ahead:
        if os.path.isdir(path):
            site.addsitedir(path)
    del sys.argv[1:]


def load_handler(handler):
    try:
        module_name, function_name = handler.rsplit(".", 1)
    except ValueError as error:
        raise Fault("Runtime.MalformedHandlerName", "Bad handler '{}': {}".format(handler, error))
    if module_name.split(".")[0] in sys.builtin_module_names:
        message = "Cannot use built-in module {} as a handler module".format(module_name)
        raise Fault("Runtime.BuiltInModuleConflict", message)
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise Fault("Runtime.ImportModuleError", "Unable to import module '{}': {}".format(module_name, error))
    except SyntaxError as error:
        where = '  File "%s" Line %s\n    %s' % (error.filename, error.lineno, error.text)
        raise Fault("Runtime.UserCodeSyntaxError", "Syntax error in module '{}': {}".format(module_name, error), [where])
    try:
        return getattr(module, function_name)
    except AttributeError:
        message = "Handler '{}' missing on module '{}'".format(function_name, module_name)
        raise Fault("Runtime.HandlerNotFound", message)


def read_event(body):
    try:
        return json.loads(body.decode("utf-8"))
    except Exception as error:
        raise Fault("Runtime.UnmarshalError", "Unable to unmarshal input: {}".format(error))


def write_response(response):
    if isinstance(response, bytes):
        return response, "application/unknown"
    try:
        return encode_json(response).encode("utf-8"), "application/json"
    except Exception as error:
        raise Fault("Runtime.MarshalError", "Unable to marshal response: {}".format(error))


def invoke(api, handler, headers, body, sink):
    request_id = headers.get("lambda-runtime-aws-request-id")
    try:
        context = LambdaContext(headers, sink)
        answer, content_type = write_response(handler(read_event(body), context))
    except Exception:
        error = error_of_exception(request_id)
        log_error(error, sink)
        api.fail("/invocation/{}/error".format(request_id), error)
        return
    api.respond(request_id, answer, content_type)


def standard_streams():
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if (stream.encoding or "").lower().replace("-", "") != "utf8":
            stream = open(stream.fileno(), "w", encoding="utf-8", errors="backslashreplace", closefd=False)
        setattr(sys, name, Unbuffered(stream))
    return LogSink(sys.stdout)


UNHANDLED = (
    "LAMBDA_WARNING: Unhandled exception. The most likely cause is an issue in the function code. However, in rare cases, a Lambda"
    " runtime update can cause unexpected function behavior. For functions using managed runtimes, runtime updates can be triggered by a"
    " function change, or can be applied automatically. To determine if the runtime has been updated, check the runtime version in the"
    " INIT_START log entry. If this error correlates with a change in the runtime version, you may be able to mitigate this error by"
    " temporarily rolling back to the previous runtime version. For more information, see"
    " https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html\r"
)


def main():
    global request_id_of_log, tenant_id_of_log
    sink = standard_streams()
    set_up_logging(sink)
    api = RuntimeAPI(os.environ["AWS_LAMBDA_RUNTIME_API"])
    set_up_search_path()
    try:
        handler = load_handler(os.environ.get("_HANDLER", ""))
    except Exception:
        error = error_of_exception()
        logging.warning(UNHANDLED)
        log_error(error, sink)
        api.fail("/init/error", error)
        sys.exit(1)
    while True:
        try:
            headers, body = api.next()
        except (Disconnected, OSError):
            # Whoever started this process is gone: nothing is left to do, nor anyone to tell.
            os._exit(1)
        request_id_of_log = headers.get("lambda-runtime-aws-request-id")
        tenant_id_of_log = headers.get("lambda-runtime-aws-tenant-id")
        trace = headers.get("lambda-runtime-trace-id")
        if trace is None:
            os.environ.pop("_X_AMZN_TRACE_ID", None)
        else:
            os.environ["_X_AMZN_TRACE_ID"] = trace
        invoke(api, handler, headers, body, sink)


if __name__ == "__main__":
    main()
