import JSON
import Kernel

/// The Runtime API of one execution environment.
/// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
extension ExecutionEnvironment {
    func handle(_ request: HTTPRequest, _ responder: RuntimeResponder) {
        let segments = request.path.split(separator: "/")
        switch segments.prefix(2) {
        case ["2020-01-01", "extension"]: return handleExtension(request, segments.dropFirst(2), responder)
        case ["2022-07-01", "telemetry"]: return handleTelemetry(request, isLogsAPI: false, responder)
        case ["2020-08-15", "logs"]: return handleTelemetry(request, isLogsAPI: true, responder)
        default: break
        }
        guard segments.count >= 3, segments[0] == "2018-06-01", segments[1] == "runtime" else {
            return responder.respond(.runtimeError(404, "NotFound", "There is nothing at \(request.path)."))
        }
        switch (request.method, segments.count, segments[2], segments.last) {
        case ("GET", 4, "invocation", "next"): next(responder)
        case ("POST", 5, "invocation", "response"): finish(String(segments[3]), responder) { answered(request.body) }
        case ("POST", 5, "invocation", "error"):
            let error = Self.error(request)
            finish(String(segments[3]), responder) { failed(error) }
        case ("POST", 4, "init", "error"):
            initializationFailed(Self.error(request))
            responder.respond(.runtimeStatus(202))
        default: responder.respond(.runtimeError(404, "NotFound", "There is no \(request.method) \(request.path)."))
        }
    }

    func finish(_ requestID: String, _ responder: RuntimeResponder, _ body: () -> Void) {
        guard has(requestID) else { return responder.respond(.runtimeError(400, "InvalidRequestID", "Invalid request ID")) }
        body()
        responder.respond(.runtimeStatus(202))
    }

    /// What a runtime says of an error: its document, or, where there is none, the type in the header.
    private static func error(_ request: HTTPRequest) -> [UInt8] {
        if !request.body.isEmpty, (try? Document(json: request.body)) != nil { return request.body }
        let type = request.headers["Lambda-Runtime-Function-Error-Type"] ?? "Runtime.UnknownReason"
        return LambdaService.error(type: type, String(decoding: request.body, as: UTF8.self))
    }
}

extension HTTPResponse {
    static func runtimeError(_ status: Int, _ type: String, _ message: String) -> HTTPResponse {
        HTTPResponse(status: status, headers: HTTPHeaders([("Content-Type", "application/json")]), body: LambdaService.error(type: type, message))
    }

    /// The answer to a request for the next invocation.
    static func invocation(_ invocation: RunningInvocation, deadline: Timestamp) -> HTTPResponse {
        var headers = HTTPHeaders(fields: 8, bytes: 512)
        headers.append("Content-Type", "application/json")
        headers.append("Lambda-Runtime-Aws-Request-Id", invocation.requestID)
        headers.append("Lambda-Runtime-Deadline-Ms", String(deadline.milliseconds))
        headers.append("Lambda-Runtime-Invoked-Function-Arn", invocation.arn)
        headers.append("Lambda-Runtime-Trace-Id", invocation.request.trace.header)
        if let context = invocation.request.clientContext.flatMap({ try? Base64.decode($0) }) {
            headers.append("Lambda-Runtime-Client-Context", String(decoding: context, as: UTF8.self))
        }
        return HTTPResponse(status: 200, headers: headers, body: invocation.request.payload)
    }
}
