import HTTPServer
import Kernel

/// The answer to one invocation, sent to the Runtime API while the handler writes it.
/// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming
@CloudActor
final class StreamedResponse {
    private let origin: HTTPOrigin
    private let path: String
    private var stream: HTTPRequestStream?
    private var outcome: Result<HTTPResponse, HTTPClientError>?
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// More than so many bytes that the Runtime API hasn't taken make the handler wait.
    private static let highWater = 256 << 10

    nonisolated init(_ origin: HTTPOrigin, path: String) {
        self.origin = origin
        self.path = path
    }

    var hasBegun: Bool { stream != nil }

    /// Writes a piece. The first one begins the answer.
    func write(_ contentType: String, _ piece: [UInt8]) async throws(LambdaError) {
        let stream = begin(contentType)
        if let outcome { throw Self.ended(outcome) }
        stream.write(piece)
        guard stream.unsent > Self.highWater else { return }
        stream.onDrained { self.wake() }
        await withCheckedContinuation { waiting.append($0) }
        if let outcome { throw Self.ended(outcome) }
    }

    /// Ends the answer and waits until the Runtime API has it.
    /// - Parameter failure: where the handler failed half-way: its type and document go behind the pieces.
    func finish(_ failure: (type: String, document: [UInt8])? = nil) async throws(LambdaError) {
        var trailers = HTTPHeaders()
        if let failure {
            trailers.append("Lambda-Runtime-Function-Error-Type", failure.type)
            trailers.append("Lambda-Runtime-Function-Error-Body", Base64.encode(failure.document))
        }
        begin("application/octet-stream").finish(trailers: trailers)
        while outcome == nil { await withCheckedContinuation { waiting.append($0) } }
        if case .failure(let error)? = outcome { throw LambdaError(type: "Runtime.Unreachable", message: "\(error)") }
    }

    private func begin(_ contentType: String) -> HTTPRequestStream {
        if let stream { return stream }
        let headers = HTTPHeaders([
            ("Content-Type", contentType), ("Lambda-Runtime-Function-Response-Mode", "streaming"),
            ("Trailer", "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body"),
        ])
        // As long as a function may run.
        let begun = LoopTransport.begin(HTTPRequest(method: "POST", target: path, headers: headers), to: origin, timeout: .seconds(16 * 60)) { result in
            self.outcome = result
            self.wake()
        }
        stream = begun
        return begun
    }

    private func wake() {
        let all = waiting
        waiting = []
        for continuation in all { continuation.resume() }
    }

    private static func ended(_ outcome: Result<HTTPResponse, HTTPClientError>) -> LambdaError {
        LambdaError(type: "Runtime.StreamHasEnded", message: "The Runtime API takes no more of the answer: \(outcome)")
    }
}
