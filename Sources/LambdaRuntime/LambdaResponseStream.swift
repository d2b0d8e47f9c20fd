import JSON
import Synchronization

/// Where a streaming handler writes its answer, piece by piece.
/// https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
public final class LambdaResponseStream: Sendable {
    /// Takes a piece; the content type is the same for all of them.
    typealias Sink = @Sendable (_ contentType: String, _ piece: [UInt8]) async throws -> Void

    private let sink: Sink
    /// Set by what is written first.
    private let contentType = Mutex<String?>(nil)

    init(_ sink: @escaping Sink) { self.sink = sink }

    /// Writes bytes. Waits while the caller is far behind.
    public func write(_ bytes: [UInt8]) async throws { try await sink(type(), bytes) }

    /// Writes a text as UTF-8.
    public func write(_ text: String) async throws { try await write(Array(text.utf8)) }

    /// Says with which status and headers a function's URL answers; before anything else is written.
    /// - Throws: ``LambdaError`` where something was written before.
    public func start(status: Int = 200, headers: [String: String] = [:], cookies: [String] = []) async throws {
        guard contentType.withLock({ type in
            defer { type = type ?? Self.httpIntegration }
            return type == nil
        }) else { throw LambdaError(type: "Runtime.StreamHasStarted", message: "Status and headers come before everything else.") }
        var prelude: Members = ["statusCode": .int(status)]
        if !headers.isEmpty { prelude.append("headers", .strings(headers)) }
        if !cookies.isEmpty { prelude.append("cookies", .array(cookies.map { .string($0) })) }
        // Eight zero bytes end the prelude.
        try await sink(Self.httpIntegration, Document.object(prelude).json() + [UInt8](repeating: 0, count: 8))
    }

    private static let httpIntegration = "application/vnd.awslambda.http-integration-response"

    private func type() -> String {
        contentType.withLock { type in
            let known = type ?? "application/octet-stream"
            type = known
            return known
        }
    }
}

extension LambdaHandler {
    /// Takes a typed event and writes its answer piece by piece. A caller that can't take pieces is given all of them at the end.
    public init<Event: LambdaEvent>(streaming body: @escaping @Sendable (Event, LambdaResponseStream, LambdaContext) async throws -> Void) {
        let stream: Streaming = { payload, writer, context in try await body(Self.event(payload), writer, context) }
        self.init(bytes: { payload, context in
            let pieces = Pieces()
            try await stream(payload, LambdaResponseStream { _, piece in pieces.append(piece) }, context)
            return pieces.all
        }, streaming: stream)
    }

    private final class Pieces: Sendable {
        private let bytes = Mutex<[UInt8]>([])
        func append(_ piece: [UInt8]) { bytes.withLock { $0 += piece } }
        var all: [UInt8] { bytes.withLock { $0 } }
    }
}
