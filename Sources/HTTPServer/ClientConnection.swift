import EventLoop
import Kernel

/// A connection of a client to one origin: carries one request at a time, and waits in the client's pool in between.
@CloudActor
final class ClientConnection: @CloudActor EventHandler {
    let origin: HTTPOrigin
    /// With so many bytes unsent, or fewer, a streamed body is drained.
    private static let drained = 64 << 10

    private let descriptor: Int32
    private let client: HTTPClient
    /// The request being carried; `nil` while it waits in the pool.
    private var exchange: HTTPExchange?
    private var isConnected = false
    private var isClosed = false
    /// It has carried a request before this one.
    private var isReused = false
    private var output = OutputQueue()
    /// Not all of the request could be written.
    private var isBroken = false
    private var parser = ResponseParser(answersHead: false, bodyLimit: 0)
    private var hasSent = false
    private var hasReceived = false
    private var idleTimer: Loop.Timer?

    init(_ descriptor: Int32, _ origin: HTTPOrigin, _ client: HTTPClient) {
        (self.descriptor, self.origin, self.client) = (descriptor, origin, client)
    }

    /// Sends the request as soon as the connection is made.
    func open(_ exchange: HTTPExchange) throws(SystemError) {
        do throws(SystemError) {
            try CloudActor.loop.register(descriptor, for: .write, self)
        } catch {
            isClosed = true
            Socket.close(descriptor)
            throw error
        }
        self.exchange = exchange
    }

    func send(_ exchange: HTTPExchange) {
        self.exchange = exchange
        idleTimer?.cancel()
        parser = ResponseParser(answersHead: exchange.request.method == "HEAD", bodyLimit: client.configuration.bodyLimit)
        (hasSent, hasReceived) = (false, false)
        output.append { RequestEncoder.encode(exchange.request, to: origin, isChunked: exchange.body != nil, into: &$0) }
        if exchange.body != nil { return writeBody(of: exchange) }
        output.append(body: exchange.request.body)
        write()
    }

    /// Writes what there is of a body that is written bit by bit.
    func writeBody(of exchange: HTTPExchange) {
        guard !isClosed, isConnected, !isBroken, self.exchange === exchange, let body = exchange.body else { return }
        body.move(to: &output)
        write()
        if !isClosed, output.count <= Self.drained { body.tellDrained(exchange) }
    }

    /// How many bytes are to be written.
    var unsent: Int { output.count }

    func ready(_ events: ReadyEvents) {
        guard !isClosed else { return }
        guard isConnected else { return finishConnecting() }
        // Whatever a server says unasked ends the connection.
        guard exchange != nil else { return close() }
        // Read first: a server may answer and close before it has taken the whole request.
        if !events.isDisjoint(with: [.readable, .hungUp, .failed]) { read() }
        if !isClosed, let exchange, events.contains(.writable) { if exchange.body == nil { write() } else { writeBody(of: exchange) } }
    }

    private func finishConnecting() {
        guard let exchange else { return close() }
        let code = Socket.pendingError(descriptor)
        guard code == 0 else {
            close()
            return exchange.connectionFailed(SystemError("connect", code))
        }
        isConnected = true
        exchange.connected()
        send(exchange)
    }

    private func write() {
        let before = output.count
        let isWhole = output.send(to: descriptor)
        if output.count < before { hasSent = true }
        if !isWhole {
            // A response may have been sent before the connection broke: reading tells, until its end or error is read.
            isBroken = true
            output = OutputQueue()
        }
        CloudActor.loop.modify(descriptor, to: output.isEmpty ? .read : [.read, .write])
    }

    private func read() {
        while let exchange {
            switch Socket.receive(descriptor, into: &client.readBuffer) {
            case .bytes(let count):
                hasReceived = true
                let buffer = client.readBuffer
                take(buffer.span.extracting(0..<count), exchange)
                // Less than there was room for: nothing more is there now.
                if count < buffer.count { return }
            case .wouldBlock: return
            case .endOfStream:
                if parser.end() { complete(exchange, leavesNothing: false) } else { fail(exchange) }
            case .failed: fail(exchange)
            }
        }
    }

    private func take(_ bytes: Span<UInt8>, _ exchange: HTTPExchange) {
        do throws(HTTPParseError) {
            let used = try parser.parse(bytes)
            if parser.isComplete { complete(exchange, leavesNothing: used == bytes.count) }
        } catch {
            close()
            exchange.finish(.failure(error.status == 413
                ? .responseTooLarge(origin, limit: client.configuration.bodyLimit)
                : .malformedResponse(origin, reason: error.reason)))
        }
    }

    private func complete(_ exchange: HTTPExchange, leavesNothing: Bool) {
        let response = parser.response
        self.exchange = nil
        isReused = true
        if parser.keepsAlive, leavesNothing, output.isEmpty, !isBroken, exchange.body?.isWritten ?? true, client.keep(self) {
            CloudActor.loop.modify(descriptor, to: .read)
            armIdleTimer()
        } else {
            close()
        }
        exchange.finish(.success(response))
    }

    private func fail(_ exchange: HTTPExchange) {
        close()
        if isReused, !hasReceived, exchange.retry(wasSent: hasSent) { return }
        exchange.finish(.failure(.connectionClosed(origin)))
    }

    private func armIdleTimer() {
        let timer = idleTimer ?? Loop.Timer(on: CloudActor.loop) { [weak self] in
            CloudActor.assumeIsolated { self?.close() }
        }
        timer.arm(after: client.configuration.idleTimeout)
        idleTimer = timer
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        exchange = nil
        idleTimer?.cancel()
        CloudActor.loop.deregister(descriptor)
        Socket.close(descriptor)
        client.forget(self)
    }
}
