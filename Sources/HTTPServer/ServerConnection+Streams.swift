import EventLoop
import Kernel

// MARK: Answers that are written bit by bit

extension ServerConnection {
    private func index(of number: UInt64) -> Int? {
        let index = Int(truncatingIfNeeded: number &- firstNumber)
        return exchanges.indices.contains(index) ? index : nil
    }

    func begin(_ number: UInt64, _ stream: StreamedAnswer) {
        guard !isClosed, let index = index(of: number), !exchanges[index].isAnswered else { return }
        exchanges[index].stream = stream
        if index == 0 { writeAnswered() }
        settleAtTurnEnd()
    }

    func write(_ number: UInt64, _ bytes: [UInt8]) {
        guard let index = index(of: number), let stream = exchanges[index].stream else { return }
        guard let framing = stream.framing else {
            stream.held.append(bytes)
            stream.heldCount += bytes.count
            return
        }
        write(bytes, framing)
        settleAtTurnEnd()
    }

    private func write(_ bytes: [UInt8], _ framing: StreamedAnswer.Framing) {
        switch framing {
        case .chunked: output.append(chunk: bytes)
        case .untilClose: output.append(body: bytes)
        case .none: break
        }
    }

    func end(_ number: UInt64, _ end: StreamedAnswer.End) {
        guard !isClosed, let index = index(of: number), let stream = exchanges[index].stream, stream.end == nil else { return }
        stream.end = end
        exchanges[index].onClientGone = nil
        if isBodyHeld, number == bodyNumber { isBodyHeld = false }
        if index == 0 { writeAnswered() }
        settleAtTurnEnd()
    }

    /// Writes what is there of the first exchange's answer.
    /// - Returns: whether that was all of it.
    func write(_ stream: StreamedAnswer, _ exchange: Exchange) -> Bool {
        let framing = stream.framing ?? writeHead(stream, exchange)
        switch stream.end {
        case nil: return false
        case .finished(let trailers):
            if framing == .chunked { output.append { ResponseEncoder.encodeEnd(trailers: trailers, into: &$0) } }
        case .broken:
            isBroken = true
            closeAfterFirst()
        }
        return true
    }

    private func writeHead(_ stream: StreamedAnswer, _ exchange: Exchange) -> StreamedAnswer.Framing {
        let hasBody = !exchange.answersHead && ResponseEncoder.hasBody(status: stream.status)
        let framing: StreamedAnswer.Framing = !hasBody ? .none : exchange.http10 ? .untilClose : .chunked
        stream.framing = framing
        if exchange.http10 { closeAfterFirst() }
        endsByClose = framing == .untilClose
        let closes = beginAnswer(stream.headers)
        let isChunked = framing == .chunked || exchange.answersHead && !exchange.http10 && ResponseEncoder.hasBody(status: stream.status)
        output.append { [encoder = server.encoder] in
            encoder.encode(status: stream.status, stream.headers, isChunked: isChunked, closes: closes, into: &$0)
        }
        for piece in stream.held { write(piece, framing) }
        (stream.held, stream.heldCount) = ([], 0)
        if stream.onDrained != nil { awaitsDrain = true }
        return framing
    }

    func unsent(_ number: UInt64) -> Int {
        guard let index = index(of: number), let stream = exchanges[index].stream else { return 0 }
        return output.count + stream.heldCount
    }

    func onDrained(_ number: UInt64, _ body: @escaping @CloudActor () -> Void) {
        guard let index = index(of: number), let stream = exchanges[index].stream else { return }
        stream.onDrained = body
        if stream.framing != nil { awaitsDrain = true }
        settleAtTurnEnd()
    }

    /// Tells the owner of the answer that is being written to go on, in a job of its own: at a turn's end nothing is to be changed any more.
    func tellDrained() {
        guard output.count <= server.configuration.drained else { return }
        awaitsDrain = false
        guard let stream = exchanges.first?.stream, let body = stream.onDrained else { return }
        stream.onDrained = nil
        CloudActor.loop.execute {
            CloudActor.assumeIsolated {
                if !self.isClosed, stream.end == nil { body() }
            }
        }
    }
}

// MARK: Bodies that are taken in pieces

extension ServerConnection {
    func beginBody(for receiver: any HTTPBodyReceiver, arrived: Bool) throws(HTTPParseError) {
        try parser.acceptBody(limit: .max, keepsTrailers: true)
        self.receiver = receiver
        bodyNumber = firstNumber &+ UInt64(exchanges.count)
        var request = parser.request
        request.remoteAddress = address
        exchanges.append(Exchange(answersHead: request.method == "HEAD", http10: parser.isHTTP10))
        owesContinue = parser.expectsContinue && !arrived
        receiver.begin(request, HTTPResponder(self, bodyNumber))
        writeContinue()
    }

    /// Hands the receiver what has arrived.
    func passOn(_ outcome: RequestParser.Outcome) {
        // Whoever sends doesn't wait for an invitation any more.
        owesContinue = false
        let piece = parser.takePiece()
        if !piece.isEmpty { receiver?.receive(piece) }
        guard case .complete = outcome, let receiver else { return }
        endRequest()
        let trailers = parser.trailers
        _ = parser.takeRequest()
        self.receiver = nil
        isBodyHeld = false
        receiver.end(trailers: trailers)
    }

    func failBody(_ failure: HTTPBodyFailure) {
        guard let receiver else { return }
        self.receiver = nil
        isBodyHeld = false
        owesContinue = false
        receiver.fail(failure)
    }

    /// What came is no body, or it didn't come in time. Answers with the refusal, or breaks off the answer that was begun.
    func breakBody(_ error: HTTPParseError, _ refusal: HTTPResponse) {
        let number = bodyNumber
        failBody(HTTPBodyFailure(error.reason))
        if let index = index(of: number) {
            if !exchanges[index].isAnswered { exchanges[index].response = refusal } else { exchanges[index].stream?.end = exchanges[index].stream?.end ?? .broken }
        }
        writeAnswered()
    }

    func holdBody(_ number: UInt64, _ isHeld: Bool) {
        guard receiver != nil, number == bodyNumber, let index = index(of: number), exchanges[index].response == nil else { return }
        isBodyHeld = isHeld
        settleAtTurnEnd()
    }
}
