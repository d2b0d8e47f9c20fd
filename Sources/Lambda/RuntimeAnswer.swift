import JSON
import Kernel

/// Takes the answer that a runtime streams, piece by piece.
/// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming
@CloudActor
package final class RuntimeAnswer {
    private weak var environment: ExecutionEnvironment?
    private let requestID: String
    private let responder: RuntimeResponder
    private let onPart: (@CloudActor (StreamedInvocation.Part) -> Void)?
    /// Where nobody takes the pieces; a little more than an answer may have, so that it shows.
    private var gathered: [UInt8] = []

    /// Whether a request of a runtime, of which the head is there, brings an answer that is streamed.
    nonisolated package static func isStreamed(_ request: HTTPRequest) -> Bool {
        request.method == "POST" && request.headers.says("streaming", in: "Lambda-Runtime-Function-Response-Mode")
    }

    init(_ environment: ExecutionEnvironment, _ requestID: String, _ responder: RuntimeResponder, contentType: String?) {
        (self.environment, self.requestID, self.responder) = (environment, requestID, responder)
        onPart = environment.taker
        onPart?(.head(contentType: contentType ?? "application/octet-stream"))
    }

    /// Whether it is still wanted: the invocation may have timed out.
    private var isCurrent: Bool { environment?.has(requestID) ?? false }

    package func receive(_ piece: [UInt8]) {
        guard isCurrent else { return }
        if let onPart { return onPart(.bytes(piece)) }
        gathered += piece.prefix(LambdaService.payloadLimit + 1 - gathered.count)
    }

    /// - Parameter trailers: tell where the function has failed meanwhile.
    package func end(trailers: HTTPHeaders) {
        let type = trailers["Lambda-Runtime-Function-Error-Type"]
        let body = trailers["Lambda-Runtime-Function-Error-Body"].flatMap { try? Base64.decode($0) } ?? []
        environment?.finish(requestID, responder) {
            guard type != nil || !body.isEmpty else { return environment?.answered(gathered) ?? () }
            let isDocument = (try? Document(json: body)) != nil
            environment?.failed(isDocument ? body : LambdaService.error(type: type ?? "Runtime.UnknownReason", String(decoding: body, as: UTF8.self)))
        }
    }

    /// The runtime's connection has ended before the answer.
    package func fail() {
        guard isCurrent else { return }
        environment?.failed(LambdaService.error(type: "Runtime.TruncatedResponse", "RequestId: \(requestID) Error: The response was cut off."))
    }
}

extension ExecutionEnvironment {
    /// A runtime begins to stream an answer.
    /// - Returns: who takes it; `nil` where it is refused.
    func beginStream(_ request: HTTPRequest, _ responder: RuntimeResponder) -> RuntimeAnswer? {
        let segments = request.path.split(separator: "/")
        guard segments.count == 5, segments[..<3] == ["2018-06-01", "runtime", "invocation"], segments[4] == "response" else {
            responder.respond(.runtimeError(404, "NotFound", "There is no \(request.method) \(request.path) that can be streamed."))
            return nil
        }
        let requestID = String(segments[3])
        guard has(requestID) else {
            responder.respond(.runtimeError(400, "InvalidRequestID", "Invalid request ID"))
            return nil
        }
        return RuntimeAnswer(self, requestID, responder, contentType: request.headers["Content-Type"])
    }
}
