import EventLoop
import Kernel

/// An answer that is written bit by bit. Keep it until the answer is finished: where it is dropped before, the answer is broken off.
///
/// What is written leaves at the end of the event loop's turn, or, behind answers to earlier requests on the same connection, when these have left.
/// Whoever writes much looks at ``unsent``, and waits with ``onDrained(_:)`` where the client is slow: everything that is written is kept until it is taken.
@CloudActor
package final class HTTPResponseStream {
    private let connection: ServerConnection
    private let number: UInt64
    private var isEnded: Bool

    init(_ connection: ServerConnection, _ number: UInt64, isEnded: Bool) {
        self.connection = connection
        self.number = number
        self.isEnded = isEnded
    }

    deinit {
        guard !isEnded else { return }
        let (connection, number) = (connection, number)
        CloudActor.loop.execute { CloudActor.assumeIsolated { connection.end(number, .broken) } }
    }

    /// Writes a piece of the body: one chunk. Does nothing for an empty one, for answers without a body (to `HEAD`, 204, 304), and when the client is gone.
    package func write(_ bytes: [UInt8]) {
        guard !isEnded, !bytes.isEmpty else { return }
        connection.write(number, bytes)
    }

    /// Ends the answer.
    /// - Parameter trailers: fields behind the body, which the head's `Trailer` should have named. A client of HTTP/1.0 doesn't get them.
    package func finish(trailers: HTTPHeaders = HTTPHeaders()) {
        guard !isEnded else { return }
        isEnded = true
        connection.end(number, .finished(trailers))
    }

    /// Breaks the answer off: the connection is closed when what was written has left, and in such a way that the client sees that something is missing.
    package func abort() {
        guard !isEnded else { return }
        isEnded = true
        connection.end(number, .broken)
    }

    /// How many bytes the client has still to take before it gets what is written next; 0 when the client is gone or the answer has ended.
    package var unsent: Int { isEnded ? 0 : connection.unsent(number) }

    /// Calls the body once, not before this returns, when so few bytes are unsent that more should be written (``WebServer/Configuration/drained``).
    /// Not called any more when the client is gone or the answer has ended. One body is kept; a later one takes its place.
    package func onDrained(_ body: @escaping @CloudActor () -> Void) {
        guard !isEnded else { return }
        connection.onDrained(number, body)
    }

    /// The connection is gone, or the client has said that it sends nothing more and may not be listening.
    package var isClientGone: Bool { connection.isClientGone }

    /// Calls the body once when the client goes away before the answer's end; at once where it has gone already. Takes the place of the responder's.
    package func onClientGone(_ body: @escaping @CloudActor () -> Void) {
        guard !isEnded else { return }
        connection.onClientGone(number, body)
    }
}

/// What a connection knows of an answer that is written bit by bit.
@CloudActor
final class StreamedAnswer {
    enum Framing { case chunked, untilClose, none }

    enum End {
        case finished(HTTPHeaders)
        case broken
    }

    let status: Int
    let headers: HTTPHeaders
    /// `nil` until the head is written.
    var framing: Framing?
    /// What was written before it was this answer's turn.
    var held: [[UInt8]] = []
    var heldCount = 0
    var end: End?
    var onDrained: (@CloudActor () -> Void)?

    init(status: Int, headers: HTTPHeaders) {
        self.status = status
        self.headers = headers
    }
}
