import EventLoop
import Kernel

/// The way back to the client for one request. Keep it for as long as the answer takes.
///
/// The first call of ``respond(_:)`` counts, later ones do nothing. Where it is dropped unused, the client gets a 500.
@CloudActor
package final class HTTPResponder {
    private let connection: ServerConnection
    private let number: UInt64
    private var isAnswered = false

    init(_ connection: ServerConnection, _ number: UInt64) {
        self.connection = connection
        self.number = number
    }

    deinit {
        guard !isAnswered else { return }
        let (connection, number) = (connection, number)
        CloudActor.loop.execute {
            CloudActor.assumeIsolated {
                connection.respond(to: number, HTTPResponse(status: 500, headers: HTTPHeaders([("Content-Type", "text/plain")]), body: Array("The request was not answered.\n".utf8)))
            }
        }
    }

    /// Answers. The response leaves as soon as those of earlier requests on the same connection have left.
    package func respond(_ response: HTTPResponse) {
        guard !isAnswered else { return }
        isAnswered = true
        connection.respond(to: number, response)
    }

    /// Answers bit by bit: in chunks, or up to the connection's end for clients of HTTP/1.0. Only the first answer counts: after another one, what is
    /// written to the stream goes nowhere.
    /// - Parameter headers: where trailer fields are to follow, `Trailer` names them.
    package func begin(status: Int, headers: HTTPHeaders = HTTPHeaders()) -> HTTPResponseStream {
        let stream = HTTPResponseStream(connection, number, isEnded: isAnswered)
        if !isAnswered {
            isAnswered = true
            connection.begin(number, StreamedAnswer(status: status, headers: headers))
        }
        return stream
    }

    /// Reads no more of the body that a receiver takes in pieces, until ``resumeBody()`` or the answer; a piece or two that were read already still come.
    package func holdBody() { connection.holdBody(number, true) }

    package func resumeBody() { connection.holdBody(number, false) }

    /// The connection is gone, or the client has said that it sends nothing more and may not be listening.
    package var isClientGone: Bool { connection.isClientGone }

    /// Calls the body once when the client goes away before the answer; at once where it has gone already.
    /// One body is kept; a later one takes its place.
    package func onClientGone(_ body: @escaping @CloudActor () -> Void) {
        guard !isAnswered else { return }
        connection.onClientGone(number, body)
    }
}
