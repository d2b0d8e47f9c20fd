import EventLoop
import Kernel

/// An HTTP/1.1 client on the event loop. Connections are kept per origin and used again.
@CloudActor
package final class HTTPClient {
    package struct Configuration: Sendable {
        package var connectTimeout = Duration.seconds(5)
        /// From the start to the last byte of the response, connecting included.
        package var requestTimeout = Duration.seconds(60)
        /// How long an unused connection is kept.
        package var idleTimeout = Duration.seconds(30)
        package var maxIdlePerOrigin = 32
        /// How large the body of a response may be, in bytes.
        package var bodyLimit = 64 << 20

        nonisolated package init() {}
    }

    let configuration: Configuration
    var readBuffer = [UInt8](repeating: 0, count: 64 * 1024)
    private var idle: [HTTPOrigin: [ClientConnection]] = [:]

    package init(_ configuration: Configuration = Configuration()) { self.configuration = configuration }

    /// Sends a request and waits for its response. `Host`, `Content-Length` and `Connection` are added.
    ///
    /// Where a kept connection turns out to have been closed by the server before anything was answered, the request is sent once more on a new one,
    /// if its method is idempotent or none of it had been sent. Cancelling the task ends the request.
    package func send(_ request: HTTPRequest, to origin: HTTPOrigin, timeout: Duration? = nil) async throws(HTTPClientError) -> HTTPResponse {
        let running = Running()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Result<HTTPResponse, HTTPClientError>, Never>) in
                running.exchange = start(request, to: origin, timeout: timeout) { continuation.resume(returning: $0) }
                if Task.isCancelled { running.exchange?.cancel() }
            }
        } onCancel: {
            CloudActor.loop.execute { CloudActor.assumeIsolated { running.exchange?.cancel() } }
        }
        return try result.get()
    }

    /// Sends a request to a URL; its target is the URL's path and query.
    package func send(_ method: String, _ url: String, headers: HTTPHeaders = HTTPHeaders(), body: [UInt8] = []) async throws(HTTPClientError) -> HTTPResponse {
        let (origin, target) = try HTTPOrigin.parse(url)
        return try await send(HTTPRequest(method: method, target: target, headers: headers, body: body), to: origin)
    }

    /// Starts a request without a task; the completion is called once, never before this returns.
    @discardableResult
    package func start(
        _ request: HTTPRequest, to origin: HTTPOrigin, timeout: Duration? = nil,
        completion: @escaping @CloudActor (Result<HTTPResponse, HTTPClientError>) -> Void
    ) -> HTTPExchange {
        let exchange = HTTPExchange(request, origin, self, completion)
        exchange.start(timeout: timeout ?? configuration.requestTimeout)
        return exchange
    }

    /// Starts a request whose body is written bit by bit, in chunks, on a connection of its own. The response may come before the body's end, and ends it.
    /// - Parameters:
    ///   - request: its own body is what the stream begins with. Where trailer fields are to follow, `Trailer` names them.
    ///   - timeout: for all of it, the writing included.
    ///   - completion: called once, never before this returns.
    package func begin(
        _ request: HTTPRequest, to origin: HTTPOrigin, timeout: Duration? = nil,
        completion: @escaping @CloudActor (Result<HTTPResponse, HTTPClientError>) -> Void
    ) -> HTTPRequestStream {
        let exchange = HTTPExchange(request, origin, self, streams: true, completion)
        exchange.start(timeout: timeout ?? configuration.requestTimeout)
        return HTTPRequestStream(exchange)
    }

    /// Closes the connections that are not in use.
    package func closeIdleConnections() {
        for connection in idle.values.joined() { connection.close() }
        idle = [:]
    }

    /// How many connections wait to be used again.
    package var idleConnectionCount: Int { idle.values.reduce(0) { $0 + $1.count } }

    // MARK: Pool

    func takeIdle(_ origin: HTTPOrigin) -> ClientConnection? { idle[origin]?.popLast() }

    /// - Returns: whether there was room.
    func keep(_ connection: ClientConnection) -> Bool {
        guard idle[connection.origin, default: []].count < configuration.maxIdlePerOrigin else { return false }
        idle[connection.origin, default: []].append(connection)
        return true
    }

    func forget(_ connection: ClientConnection) {
        idle[connection.origin]?.removeAll { $0 === connection }
        if idle[connection.origin]?.isEmpty == true { idle[connection.origin] = nil }
    }

    /// What a task waits for, for its cancellation to find.
    @CloudActor
    private final class Running {
        var exchange: HTTPExchange?
    }
}
