import EventLoop
import Kernel

/// The body of a client's request, written bit by bit. Keep it until the body is finished: where it is dropped before, the request is cancelled.
@CloudActor
package final class HTTPRequestStream {
    private let exchange: HTTPExchange

    init(_ exchange: HTTPExchange) { self.exchange = exchange }

    deinit {
        let exchange = exchange
        CloudActor.loop.execute { CloudActor.assumeIsolated { if exchange.body?.end == nil { exchange.cancel() } } }
    }

    /// Writes a piece: one chunk. Does nothing for an empty one, and when the request has ended.
    package func write(_ bytes: [UInt8]) {
        guard let body = exchange.body, body.end == nil, !exchange.isFinished else { return }
        body.append(bytes)
        exchange.bodyGrew()
    }

    /// Ends the body.
    /// - Parameter trailers: fields behind it.
    package func finish(trailers: HTTPHeaders = HTTPHeaders()) {
        guard let body = exchange.body, body.end == nil else { return }
        body.end = trailers
        exchange.bodyGrew()
    }

    /// Ends the request, if it hasn't ended: its completion is called with `cancelled`.
    package func cancel() { exchange.cancel() }

    /// How many bytes the server has still to take.
    package var unsent: Int { exchange.unsent }

    /// Calls the body once, not before this returns, when so few bytes are unsent that more should be written; not any more when the request has ended.
    package func onDrained(_ body: @escaping @CloudActor () -> Void) {
        exchange.body?.onDrained = body
        CloudActor.loop.execute { CloudActor.assumeIsolated { self.exchange.bodyGrew() } }
    }
}

/// What was written of a request's body and isn't the connection's yet.
@CloudActor
final class StreamedBody {
    private var held: [[UInt8]] = []
    private(set) var heldCount = 0
    /// The trailer fields, when all is written.
    var end: HTTPHeaders?
    /// All of it is the connection's.
    private(set) var isWritten = false
    var onDrained: (@CloudActor () -> Void)?

    init(_ bytes: [UInt8]) { append(bytes) }

    func append(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        held.append(bytes)
        heldCount += bytes.count
    }

    func move(to output: inout OutputQueue) {
        for piece in held { output.append(chunk: piece) }
        (held, heldCount) = ([], 0)
        guard let end, !isWritten else { return }
        isWritten = true
        output.append { ResponseEncoder.encodeEnd(trailers: end, into: &$0) }
    }

    func tellDrained(_ exchange: HTTPExchange) {
        guard let body = onDrained else { return }
        onDrained = nil
        CloudActor.loop.execute { CloudActor.assumeIsolated { if !exchange.isFinished, self.end == nil { body() } } }
    }
}
