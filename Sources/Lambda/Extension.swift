import JSON
import Kernel

/// A companion of a function's runtime: a program of a layer (`extensions/NAME`, external), or a part of the runtime's own process (internal).
/// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
@CloudActor
final class Extension {
    enum Event: String, Sendable, CaseIterable {
        case invoke = "INVOKE"
        case shutdown = "SHUTDOWN"
    }

    let name: String
    let id: String
    var events: Set<Event> = []
    /// The process of an external one.
    var process: (any RuntimeProcess)?
    let isExternal: Bool
    var isRegistered = false
    /// Its question for the next event, while there is none: it is ready then.
    var waiting: RuntimeResponder?

    init(_ name: String, id: String, isExternal: Bool) {
        self.name = name
        self.id = id
        self.isExternal = isExternal
    }

    func tell(_ event: Members, _ number: String) {
        guard let waiting else { return }
        self.waiting = nil
        let headers = HTTPHeaders([("Content-Type", "application/json"), ("Lambda-Extension-Event-Identifier", number)])
        waiting.respond(HTTPResponse(status: 200, headers: headers, body: Document.object(event).json()))
    }
}

/// The Extensions API of one execution environment.
extension ExecutionEnvironment {
    private static let identifier = "Lambda-Extension-Identifier"

    /// At most ten register.
    private static let extensionLimit = 10

    func handleExtension(_ request: HTTPRequest, _ path: ArraySlice<Substring>, _ responder: RuntimeResponder) {
        if request.method == "POST", path.elementsEqual(["register"]) { return register(request, responder) }
        guard let companion = companion(of: request, responder) else { return }
        switch (request.method, path.joined(separator: "/")) {
        case ("GET", "event/next"):
            companion.waiting = responder
            proceed()
        case ("POST", "init/error"), ("POST", "exit/error"):
            responder.respond(.runtimeStatus(202))
            let type = request.headers["Lambda-Extension-Function-Error-Type"] ?? "UnknownReason"
            extensionFailed("Extension.\(path.first == "init" ? "InitError" : "ExitError")", type)
        default: responder.respond(.runtimeError(404, "NotFound", "There is no \(request.method) \(request.path)."))
        }
    }

    /// The extension that a request comes from; where it can't be told, the error is answered.
    func companion(of request: HTTPRequest, _ responder: RuntimeResponder) -> Extension? {
        guard let id = request.headers[Self.identifier] else {
            responder.respond(.runtimeError(403, "Extension.MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header"))
            return nil
        }
        guard let companion = extensions.first(where: { $0.id == id && $0.isRegistered }) else {
            responder.respond(.runtimeError(403, "Extension.UnknownExtensionIdentifier", "Unknown extension \(id)"))
            return nil
        }
        return companion
    }

    private func register(_ request: HTTPRequest, _ responder: RuntimeResponder) {
        guard let name = request.headers["Lambda-Extension-Name"], !name.isEmpty else {
            return responder.respond(.runtimeError(403, "Extension.InvalidExtensionName", "Empty extension name"))
        }
        guard let document = try? Document(json: request.body), let wanted = document["events"]?.array ?? (document["events"] == nil ? [] : nil) else {
            return responder.respond(.runtimeError(400, "InvalidRequestFormat", "Invalid request format"))
        }
        var events: Set<Extension.Event> = []
        for event in wanted {
            guard let event = event.string.flatMap({ Extension.Event(rawValue: $0) }) else {
                return responder.respond(.runtimeError(400, "Extension.InvalidEventType", "\(event.string ?? "event") is not a valid event type"))
            }
            events.insert(event)
        }
        let companion: Extension
        if let external = extensions.first(where: { $0.name == name }) {
            companion = external
        } else {
            // An internal one: it has until the runtime is ready, and nothing tells it of the end.
            guard phase == .initializing, extensions.count < Self.extensionLimit else {
                return responder.respond(.runtimeError(403, "Extension.TooManyExtensions", "Extension limit (\(Self.extensionLimit)) reached"))
            }
            guard !events.contains(.shutdown) else {
                return responder.respond(.runtimeError(400, "ShutdownEventNotSupportedForInternalExtension", "SHUTDOWN event not supported for internal extensions"))
            }
            companion = Extension(name, id: newExtensionID(), isExternal: false)
            extensions.append(companion)
        }
        guard !companion.isRegistered else { return responder.respond(.runtimeError(403, "Extension.AlreadyRegistered", "Extension with this name already registered")) }
        companion.events = events
        companion.isRegistered = true
        var answer: Members = [
            "functionName": .string(version.name), "functionVersion": .string(version.version), "handler": .string(version.handler ?? ""),
        ]
        if request.headers["Lambda-Extension-Accept-Feature"]?.contains("accountId") == true { answer.append("accountId", .string(version.scope.account)) }
        let headers = HTTPHeaders([("Content-Type", "application/json"), (Self.identifier, companion.id)])
        responder.respond(HTTPResponse(status: 200, headers: headers, body: Document.object(answer).json()))
        if companion.isExternal { startRuntimeWhenRegistered() }
    }

    /// Tells those who asked for it that an invocation begins.
    func tellExtensions(_ invocation: RunningInvocation, deadline: Timestamp) {
        for companion in extensions where companion.events.contains(.invoke) {
            companion.tell(
                [
                    "eventType": "INVOKE", "deadlineMs": .int(Int(deadline.milliseconds)), "requestId": .string(invocation.requestID),
                    "invokedFunctionArn": .string(invocation.arn), "tracing": ["type": "X-Amzn-Trace-Id", "value": .string(invocation.request.trace.header)],
                ], newExtensionID())
        }
    }

    /// Tells those who asked for it that the environment ends, and gives them time for it.
    /// - Parameter reason: `SPINDOWN`, `TIMEOUT` or `FAILURE`.
    func shutDownExtensions(_ reason: String, now: Timestamp) {
        for companion in extensions {
            companion.tell(
                ["eventType": "SHUTDOWN", "shutdownReason": .string(reason), "deadlineMs": .int(Int((now + Self.shutdownLimit).milliseconds))], newExtensionID())
        }
    }
}

extension HTTPResponse {
    static func runtimeStatus(_ status: Int) -> HTTPResponse {
        HTTPResponse(status: status, headers: HTTPHeaders([("Content-Type", "application/json")]), body: Array(#"{"status":"OK"}"#.utf8) + [0x0A])
    }
}
