import EventLoop
import Kernel

/// One client's connection: reads its requests, hands them to the handler, writes the responses in the order of the requests.
/// What is streamed, either way, is in `ServerConnection+Streams.swift`.
/// Everything that was read or is to be written belongs to this object alone.
@CloudActor
final class ServerConnection: @CloudActor EventHandler {
    /// A request that was handed to the handler, or refused, and whose response has not yet been written.
    struct Exchange {
        var answersHead: Bool
        var http10: Bool
        var response: HTTPResponse?
        /// In place of ``response``: an answer that is written bit by bit.
        var stream: StreamedAnswer?
        var onClientGone: (@CloudActor () -> Void)?

        var isAnswered: Bool { response != nil || stream != nil }
    }

    /// What the connection waits for: decides its timeout.
    private enum Phase {
        case idle, head, body, handler, writing, lingering
    }


    private let descriptor: Int32
    let address: String
    let server: WebServer
    /// Its place in the server's list.
    var position = 0

    var parser = RequestParser()
    /// Takes the body that is being read, where it is taken in pieces; its exchange is the last one, if it isn't answered yet.
    var receiver: (any HTTPBodyReceiver)?
    /// The number of that exchange.
    var bodyNumber: UInt64 = 0
    /// The receiver wants no more for now.
    var isBodyHeld = false
    /// Bytes that were read but can't be looked at yet, as too much is in flight.
    private var pending: [UInt8] = []
    var exchanges: [Exchange] = []
    /// The number of the first of ``exchanges``.
    var firstNumber: UInt64 = 0
    var output = OutputQueue()
    var owesContinue = false
    private var isUnsettled = false
    /// No further request is read: the client or the server has said so, or what came was no request.
    var refusesRequests = false
    /// The client may still be sending: its bytes are thrown away before the connection is closed, as it would otherwise see a reset.
    var lingers = false
    /// An answer was broken off: the connection is closed when what was written has left.
    var isBroken = false
    /// The connection's end is the end of an answer: where the answer isn't whole, the connection has to end by a reset.
    var endsByClose = false
    /// A stream's owner waits for its bytes to be taken.
    var awaitsDrain = false
    private var inputEnded = false
    private(set) var isClosed = false
    private var phase = Phase.idle
    private var timer: Loop.Timer?

    init(_ descriptor: Int32, _ address: String, _ server: WebServer) {
        self.descriptor = descriptor
        self.address = address
        self.server = server
    }

    /// - Returns: whether the loop took it.
    func start() -> Bool {
        guard (try? CloudActor.loop.register(descriptor, for: .read, self)) != nil else { return false }
        // Unowned is sound: closing the connection, which precedes its end, cancels the timer.
        let timer = Loop.Timer(on: CloudActor.loop) { [unowned self] in
            CloudActor.assumeIsolated { timeOut() }
        }
        timer.arm(after: server.configuration.idleTimeout)
        self.timer = timer
        return true
    }

    func ready(_ events: ReadyEvents) {
        guard !isClosed else { return }
        guard !events.contains(.failed), !events.contains(.hungUp) else { return close() }
        if events.contains(.readable) { read() }
        settleAtTurnEnd()
    }

    // MARK: Reading

    private func read() {
        switch Socket.receive(descriptor, into: &server.readBuffer) {
        case .bytes(let count):
            guard !refusesRequests else { return }
            let buffer = server.readBuffer
            take(buffer.span.extracting(0..<count))
        case .endOfStream: endInput()
        case .wouldBlock: break
        case .failed: close()
        }
    }

    private func take(_ bytes: Span<UInt8>) {
        guard pending.isEmpty else { return pending.append(bytes) }
        let used = process(bytes)
        if used < bytes.count, !refusesRequests { pending.append(bytes.extracting(used..<bytes.count)) }
    }

    private func takePending() {
        let bytes = pending
        pending = []
        take(bytes.span)
    }

    private var canTakeMore: Bool {
        !refusesRequests && !isClosed && output.count < server.configuration.maxUnsent
            && (receiver == nil ? exchanges.count < server.configuration.maxPipelined : !isBodyHeld)
    }

    /// - Returns: how many of the bytes are done with.
    private func process(_ bytes: Span<UInt8>) -> Int {
        var used = 0
        while used < bytes.count, canTakeMore {
            do throws(HTTPParseError) {
                let (count, outcome) = try parser.parse(bytes.extracting(used..<bytes.count))
                used += count
                if receiver != nil {
                    passOn(outcome)
                    continue
                }
                switch outcome {
                case .incomplete: continue
                case .head: try beginBody(arrived: used < bytes.count)
                case .complete: handOver()
                }
            } catch {
                refuse(error)
                return bytes.count
            }
        }
        return used
    }

    private func beginBody(arrived: Bool) throws(HTTPParseError) {
        if let receiver = server.receiver?(parser.request) { return try beginBody(for: receiver, arrived: arrived) }
        try parser.acceptBody(limit: server.bodyLimit(parser.request))
        guard parser.expectsContinue, !arrived else { return }
        owesContinue = true
        writeContinue()
    }

    /// Only when the responses before it are written: it would be read as one of them.
    func writeContinue() {
        guard owesContinue, exchanges.count == (receiver == nil ? 0 : 1) else { return }
        owesContinue = false
        output.append("HTTP/1.1 100 Continue\r\n\r\n")
    }

    private func handOver() {
        endRequest()
        let http10 = parser.isHTTP10
        var request = parser.takeRequest()
        request.remoteAddress = address
        let number = firstNumber &+ UInt64(exchanges.count)
        exchanges.append(Exchange(answersHead: request.method == "HEAD", http10: http10))
        server.handler(request, HTTPResponder(self, number))
    }

    /// The request was read to its end.
    func endRequest() {
        owesContinue = false
        if !parser.keepsAlive || server.isStopping { refusesRequests = true }
        if parser.keepsAlive, server.isStopping { lingers = true }
    }

    /// Answers what is not a request, or not one that this server takes, and closes.
    private func refuse(_ error: HTTPParseError) {
        refusesRequests = true
        lingers = true
        pending = []
        let headers = HTTPHeaders([("Content-Type", "text/plain; charset=utf-8")])
        let response = HTTPResponse(status: error.status, headers: headers, body: Array("\(error.reason)\n".utf8))
        guard receiver == nil else { return breakBody(error, response) }
        exchanges.append(Exchange(answersHead: false, http10: false, response: response))
        writeAnswered()
    }

    /// The client sends nothing more. It may still listen, so what is in flight is answered.
    private func endInput() {
        inputEnded = true
        refusesRequests = true
        failBody(HTTPBodyFailure("The client ended its request before the body was complete."))
        tellClientGone()
    }

    // MARK: Writing

    func respond(to number: UInt64, _ response: HTTPResponse) {
        let index = Int(truncatingIfNeeded: number &- firstNumber)
        guard !isClosed, exchanges.indices.contains(index), !exchanges[index].isAnswered else { return }
        exchanges[index].response = response
        if isBodyHeld, number == bodyNumber { isBodyHeld = false }
        exchanges[index].onClientGone = nil
        if index == 0 { writeAnswered() }
        settleAtTurnEnd()
    }

    /// Queues the responses that are there and whose turn it is.
    func writeAnswered() {
        while let exchange = exchanges.first {
            if let response = exchange.response {
                write(response, exchange)
            } else {
                guard let stream = exchange.stream, write(stream, exchange) else { break }
            }
            exchanges.removeFirst()
            firstNumber &+= 1
        }
        writeContinue()
    }

    private func write(_ response: HTTPResponse, _ exchange: Exchange) {
        let closes = beginAnswer(response.headers)
        output.append { [encoder = server.encoder] in
            encoder.encode(response, closes: closes, answersHead: exchange.answersHead, http10: exchange.http10, into: &$0)
        }
        if !exchange.answersHead, ResponseEncoder.hasBody(status: response.status) { output.append(body: response.body) }
    }

    /// The head of the first exchange's answer is about to be written.
    /// - Returns: whether the connection closes behind this answer.
    func beginAnswer(_ headers: HTTPHeaders) -> Bool {
        if headers.says("close", in: "connection") { closeAfterFirst() }
        guard exchanges.count == 1 else { return false }
        guard receiver != nil else { return refusesRequests }
        // Whether a client that waits for `100 Continue` still sends its body is not to be known: what follows might be read as something else.
        if owesContinue { closeAfterFirst() }
        return refusesRequests || !parser.keepsAlive || server.isStopping
    }

    /// Nothing more is read, and later requests are dropped: they can't be answered behind a response that closes the connection.
    func closeAfterFirst() {
        refusesRequests = true
        lingers = true
        owesContinue = false
        let dropped = exchanges.dropFirst()
        exchanges.removeLast(dropped.count)
        failBody(HTTPBodyFailure("The connection is closed by an answer."))
        for exchange in dropped { exchange.onClientGone?() }
    }

    // MARK: After each event

    func settleAtTurnEnd() {
        guard !isUnsettled, !isClosed else { return }
        isUnsettled = true
        server.settleAtTurnEnd(self)
    }

    /// Writes what can be written, then says what is waited for.
    func settle() {
        isUnsettled = false
        guard !isClosed else { return }
        let unsent = output.count
        guard unsent == 0 || output.send(to: descriptor) else { return close() }
        if awaitsDrain { tellDrained() }
        // What waits behind an answer is taken in a job of its own: at a turn's end no request is to be handled any more, as what
        // it changes would not be committed with the turn.
        if canTakeMore, !pending.isEmpty { CloudActor.loop.execute { CloudActor.assumeIsolated { self.resume() } } }
        if refusesRequests, exchanges.isEmpty, output.isEmpty, phase != .lingering {
            guard lingers, !inputEnded, !isBroken else { return close() }
            Socket.finishWriting(descriptor)
        } else if phase == .lingering, inputEnded {
            return close()
        }
        var interest: Interest = output.isEmpty ? .none : .write
        // Where requests are refused it still reads, to hear when the client goes away.
        if !inputEnded, refusesRequests || canTakeMore && pending.isEmpty { interest.insert(.read) }
        CloudActor.loop.modify(descriptor, to: interest)
        armTimer(hasSent: output.count < unsent)
    }

    private func resume() {
        guard !isClosed else { return }
        if canTakeMore, !pending.isEmpty { takePending() }
        settleAtTurnEnd()
    }

    /// - Parameter hasSent: whether the client has just taken something.
    private func armTimer(hasSent: Bool) {
        let configuration = server.configuration
        let before = phase
        if !output.isEmpty {
            phase = .writing
            // Not put off by more that is to be written.
            if before != .writing || hasSent { timer?.arm(after: configuration.writeTimeout) }
        } else if !exchanges.isEmpty || isBodyHeld {
            // A handler may take its time; a timer left armed is ignored.
            phase = .handler
        } else if refusesRequests {
            phase = .lingering
            if before != .lingering { timer?.arm(after: configuration.lingerTimeout) }
        } else if parser.isAtStart {
            phase = .idle
            timer?.arm(after: configuration.idleTimeout)
        } else if parser.isReadingHead {
            phase = .head
            // Not put off by each byte: a head that trickles in has one deadline.
            if before != .head { timer?.arm(after: configuration.headTimeout) }
        } else {
            phase = .body
            timer?.arm(after: configuration.bodyTimeout)
        }
    }

    private func timeOut() {
        switch phase {
        case .handler: break
        case .idle, .writing, .lingering: close()
        case .head: refuse(HTTPParseError(408, "The head of the request did not arrive in time.")); settle()
        case .body: refuse(HTTPParseError(408, "The body of the request did not arrive in time.")); settle()
        }
    }

    // MARK: End

    var isClientGone: Bool { isClosed || inputEnded }

    func onClientGone(_ number: UInt64, _ body: @escaping @CloudActor () -> Void) {
        guard !isClientGone else { return body() }
        let index = Int(truncatingIfNeeded: number &- firstNumber)
        guard exchanges.indices.contains(index), exchanges[index].response == nil else { return }
        exchanges[index].onClientGone = body
    }

    private func tellClientGone() {
        // Looked for anew each time, as a body may answer, which removes exchanges.
        while let index = exchanges.firstIndex(where: { $0.onClientGone != nil }) {
            let body = exchanges[index].onClientGone
            exchanges[index].onClientGone = nil
            body?()
        }
    }

    /// The server stops: what was asked is answered, nothing more is.
    func stop() {
        guard parser.isAtStart else { return }
        if exchanges.isEmpty, output.isEmpty { return close() }
        refusesRequests = true
        lingers = true
        pending = []
        settle()
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        refusesRequests = true
        timer?.cancel()
        timer = nil
        CloudActor.loop.deregister(descriptor)
        if endsByClose, isBroken || !exchanges.isEmpty || !output.isEmpty { Socket.resetOnClose(descriptor) }
        Socket.close(descriptor)
        let unanswered = exchanges
        exchanges = []
        pending = []
        output = OutputQueue()
        server.remove(self)
        failBody(HTTPBodyFailure("The connection was closed before the body was complete."))
        for exchange in unanswered { exchange.onClientGone?() }
    }
}
