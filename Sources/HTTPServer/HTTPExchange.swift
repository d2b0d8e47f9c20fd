import EventLoop
import Kernel

/// One request of a client on its way to a response: finds an address, connects or takes a kept connection, and tries again where that was stale.
@CloudActor
package final class HTTPExchange {
    let request: HTTPRequest
    let origin: HTTPOrigin
    /// Where the body is written bit by bit: what was written and isn't the connection's yet.
    let body: StreamedBody?
    private let client: HTTPClient
    private var completion: (@CloudActor (Result<HTTPResponse, HTTPClientError>) -> Void)?
    private var connection: ClientConnection?
    private var addresses: ArraySlice<SocketAddress> = []
    private var isRetry = false
    private var deadline: Loop.Timer?
    private var connectDeadline: Loop.Timer?

    init(
        _ request: HTTPRequest, _ origin: HTTPOrigin, _ client: HTTPClient, streams: Bool = false,
        _ completion: @escaping @CloudActor (Result<HTTPResponse, HTTPClientError>) -> Void
    ) {
        (self.request, self.origin, self.client, self.completion) = (request, origin, client, completion)
        body = streams ? StreamedBody(request.body) : nil
        // What was written is not kept, so it can't be sent a second time, as a stale connection would have it.
        isRetry = streams
    }

    /// Ends it, if it hasn't ended: the completion is called with `cancelled`.
    package func cancel() { finish(.failure(.cancelled)) }

    func start(timeout: Duration) {
        deadline = timer(after: timeout) { [origin] in .requestTimeout(origin) }
        // Not at once, so that the completion never precedes the return.
        CloudActor.loop.execute { CloudActor.assumeIsolated { self.begin() } }
    }

    private func begin() {
        guard completion != nil else { return }
        if let reason = RequestEncoder.fault(of: request) { return finish(.failure(.invalidRequest(reason))) }
        if !isRetry, let kept = client.takeIdle(origin) {
            connection = kept
            kept.send(self)
        } else {
            resolve()
        }
    }

    /// Something was written to the body.
    func bodyGrew() {
        if completion != nil { connection?.writeBody(of: self) }
    }

    /// How many bytes of the body the server has still to take.
    var unsent: Int { completion == nil ? 0 : (body?.heldCount ?? 0) + (connection?.unsent ?? 0) }

    var isFinished: Bool { completion == nil }

    // MARK: Connecting

    private func resolve() {
        connectDeadline = timer(after: client.configuration.connectTimeout) { [origin] in .connectTimeout(origin) }
        if let known = SocketAddress.known(origin.host, port: origin.port) { return connect(known[...]) }
        // The system's resolver blocks.
        let started = Loop.runBlocking { [origin, self] in
            let (addresses, failure) = SocketAddress.resolve(origin.host, port: origin.port)
            CloudActor.loop.execute {
                CloudActor.assumeIsolated {
                    if let failure { self.finish(.failure(.unknownHost(origin.host, reason: failure))) } else { self.connect(addresses[...]) }
                }
            }
        }
        if !started { finish(.failure(.unknownHost(origin.host, reason: "no thread is left to ask for it"))) }
    }

    private func connect(_ addresses: ArraySlice<SocketAddress>, failure: String = "it has no address") {
        guard completion != nil else { return }
        var failure = failure
        var rest = addresses
        while let address = rest.popFirst() {
            do throws(SystemError) {
                let descriptor = try Socket.connect(address)
                self.addresses = rest
                let connection = ClientConnection(descriptor, origin, client)
                self.connection = connection
                return try connection.open(self)
            } catch {
                failure = error.description
            }
        }
        finish(.failure(.cannotConnect(origin, reason: failure)))
    }

    /// The connection's attempt failed: the next address.
    func connectionFailed(_ error: SystemError) {
        connection = nil
        connect(addresses, failure: error.description)
    }

    func connected() {
        connectDeadline?.cancel()
        connectDeadline = nil
    }

    // MARK: End

    /// A kept connection ended before a byte of the response: the server closed it while the request was on its way.
    /// - Returns: whether the request is tried again.
    func retry(wasSent: Bool) -> Bool {
        guard !isRetry, completion != nil, !wasSent || RequestEncoder.isIdempotent(request.method) else { return false }
        isRetry = true
        connection = nil
        begin()
        return true
    }

    func finish(_ result: Result<HTTPResponse, HTTPClientError>) {
        guard let completion else { return }
        self.completion = nil
        deadline?.cancel()
        connectDeadline?.cancel()
        (deadline, connectDeadline) = (nil, nil)
        if case .failure = result { connection?.close() }
        connection = nil
        completion(result)
    }

    private func timer(after duration: Duration, _ error: @escaping @Sendable () -> HTTPClientError) -> Loop.Timer {
        let timer = Loop.Timer(on: CloudActor.loop) { [weak self] in
            CloudActor.assumeIsolated { self?.finish(.failure(error())) }
        }
        timer.arm(after: duration)
        return timer
    }
}

/// Writes the heads of a client's requests.
enum RequestEncoder {
    /// Why the request can't be written, where it could be read as something else.
    static func fault(of request: HTTPRequest) -> String? {
        guard !request.method.isEmpty, request.method.utf8.allSatisfy(\.isTokenByte) else { return "its method is malformed." }
        guard request.target.hasPrefix("/") || request.target == "*", request.target.utf8.allSatisfy(\.isVisible) else {
            return "its target is not an encoded path."
        }
        return nil
    }

    /// - Parameter isChunked: the body follows in chunks.
    static func encode(_ request: HTTPRequest, to origin: HTTPOrigin, isChunked: Bool, into output: inout [UInt8]) {
        output.append(contentsOf: "\(request.method) \(request.target) HTTP/1.1\r\n".utf8)
        if !request.headers.contains("host") { output.append(contentsOf: "Host: \(origin.authority)\r\n".utf8) }
        for (name, value) in request.headers.pairs {
            switch name.lowercased() {
            case "content-length", "transfer-encoding", "connection", "expect": continue
            default: output.append(contentsOf: "\(name): \(value)\r\n".utf8)
            }
        }
        if isChunked {
            output.append("Transfer-Encoding: chunked\r\n")
        } else if !request.body.isEmpty || ["POST", "PUT", "PATCH"].contains(request.method) {
            output.append(contentsOf: "Content-Length: \(request.body.count)\r\n".utf8)
        }
        output.append("\r\n")
    }

    /// RFC 9110, 9.2.2.
    static func isIdempotent(_ method: String) -> Bool { ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"].contains(method) }
}
