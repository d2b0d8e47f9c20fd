import EventLoop

/// What waits to be written to a connection. Heads and small bodies are gathered in one buffer, so that a response, or many
/// pipelined ones, leave with one call; large bodies are kept as they are and not copied.
struct OutputQueue {
    private static let copied = 8 * 1024
    /// An idle connection keeps no more memory than this.
    private static let kept = 4 * 1024
    /// What was sent is forgotten by so much at a time, where there is always something left to be sent.
    private static let forgotten = 64 * 1024

    private struct Body {
        var bytes: [UInt8]
        /// How much of ``gathered`` goes before it.
        var position: Int
        var sent = 0
    }

    private var gathered: [UInt8] = []
    private var gatheredSent = 0
    private var bodies: [Body] = []
    private var bodiesHead = 0
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    /// Lets the writer append a head in place.
    mutating func append(_ write: (inout [UInt8]) -> Void) {
        let before = gathered.count
        write(&gathered)
        count += gathered.count - before
    }

    mutating func append(_ text: StaticString) { append { $0.append(text) } }

    /// Appends a chunk of a chunked body (RFC 9112, 7.1).
    mutating func append(chunk: [UInt8]) {
        guard !chunk.isEmpty else { return }
        append { $0.append(contentsOf: "\(String(chunk.count, radix: 16))\r\n".utf8) }
        append(body: chunk)
        append("\r\n")
    }

    mutating func append(body: [UInt8]) {
        guard !body.isEmpty else { return }
        count += body.count
        if body.count <= Self.copied {
            gathered.append(contentsOf: body)
        } else {
            bodies.append(Body(bytes: body, position: gathered.count))
        }
    }

    /// Writes as much as the connection takes.
    /// - Returns: whether it is still whole.
    mutating func send(to descriptor: Int32) -> Bool {
        while count > 0 {
            switch sendOnce(to: descriptor) {
            case .bytes(let sent): advance(sent)
            case .wouldBlock: return true
            case .endOfStream, .failed: return false
            }
        }
        return true
    }

    private func sendOnce(to descriptor: Int32) -> Socket.Transfer {
        gathered.withUnsafeBytes { gathered in
            guard bodiesHead < bodies.count else {
                return Socket.send(descriptor, UnsafeRawBufferPointer(rebasing: gathered[gatheredSent...]), UnsafeRawBufferPointer(rebasing: gathered[..<0]))
            }
            let body = bodies[bodiesHead]
            return body.bytes.withUnsafeBytes { bytes in
                let rest = UnsafeRawBufferPointer(rebasing: bytes[body.sent...])
                guard gatheredSent < body.position else { return Socket.send(descriptor, rest, UnsafeRawBufferPointer(rebasing: bytes[..<0])) }
                return Socket.send(descriptor, UnsafeRawBufferPointer(rebasing: gathered[gatheredSent..<body.position]), rest)
            }
        }
    }

    private mutating func advance(_ sent: Int) {
        count -= sent
        guard count > 0 else { return clear() }
        defer { forgetSent() }
        var sent = sent
        let gatheredEnd = bodiesHead < bodies.count ? bodies[bodiesHead].position : gathered.count
        let step = min(sent, gatheredEnd - gatheredSent)
        gatheredSent += step
        sent -= step
        guard sent > 0, bodiesHead < bodies.count else { return }
        bodies[bodiesHead].sent += sent
        if bodies[bodiesHead].sent == bodies[bodiesHead].bytes.count {
            bodies[bodiesHead].bytes = []
            bodiesHead += 1
        }
    }

    /// Keeps a queue that never runs empty from growing.
    private mutating func forgetSent() {
        if gatheredSent >= Self.forgotten, gatheredSent * 2 >= gathered.count {
            gathered.removeFirst(gatheredSent)
            for index in bodiesHead..<bodies.count { bodies[index].position -= gatheredSent }
            gatheredSent = 0
        }
        if bodiesHead >= 256, bodiesHead * 2 >= bodies.count {
            bodies.removeFirst(bodiesHead)
            bodiesHead = 0
        }
    }

    private mutating func clear() {
        gathered.removeAll(keepingCapacity: gathered.capacity <= Self.kept)
        gatheredSent = 0
        if !bodies.isEmpty { bodies.removeAll() }
        bodiesHead = 0
    }
}
