import CLinux
import EventLoop
import Glibc
@testable import HTTPServer
import Kernel
import Testing

/// A client that sends exactly the bytes it is given. It blocks, which is safe here: the server is on a thread of its own.
final class RawClient {
    let descriptor: Int32
    private var buffer: [UInt8] = []
    private(set) var ended = false
    private(set) var wasReset = false

    init(port: UInt16, receiveBuffer: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        if var receiveBuffer { setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, 4) }
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
        // Only so that a broken server fails a test rather than hanging it.
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let address = try #require(SocketAddress(numeric: "127.0.0.1", port: port))
        guard address.withPointer({ Glibc.connect(descriptor, $0, $1) }) == 0 else { throw SystemError("connect", errno) }
    }

    deinit { close(descriptor) }

    /// Containers often come without IPv6.
    static let hasIPv6: Bool = {
        guard let address = SocketAddress(numeric: "::1", port: 0), let socket = try? Socket.listen(address, backlog: 1) else { return false }
        Socket.close(socket.descriptor)
        return true
    }()

    /// - Returns: whether the server took it all.
    @discardableResult
    func send(_ bytes: some Collection<UInt8>) -> Bool {
        let bytes = Array(bytes)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Closes with a reset instead of an orderly end.
    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), descriptor)
    }

    private func fill() -> Bool {
        var piece = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &piece, piece.count, 0)
        guard count > 0 else {
            ended = count == 0 || errno == ECONNRESET
            wasReset = count < 0 && errno == ECONNRESET
            return false
        }
        buffer += piece[..<count]
        return true
    }

    /// Everything up to the end of the connection.
    func readToEnd() -> String {
        while fill() {}
        defer { buffer = [] }
        return String(decoding: buffer, as: UTF8.self)
    }

    /// Everything up to and with that text, or to the end of the connection.
    func read(through text: String) -> String {
        let wanted = Array(text.utf8)
        var start = 0
        while true {
            while start + wanted.count <= buffer.count {
                if buffer[start..<start + wanted.count].elementsEqual(wanted) {
                    defer { buffer.removeFirst(start + wanted.count) }
                    return String(decoding: buffer[..<(start + wanted.count)], as: UTF8.self)
                }
                start += 1
            }
            guard fill() else { return readToEnd() }
        }
    }

    struct Response: Equatable {
        var status: Int
        var head: String
        var body: String

        func header(_ name: String) -> String? {
            for line in head.split(separator: "\r\n").dropFirst() {
                let parts = line.split(separator: ":", maxSplits: 1)
                if parts.count == 2, parts[0].lowercased() == name.lowercased() { return String(parts[1].dropFirst()) }
            }
            return nil
        }
    }

    /// Reads one response by its Content-Length.
    func response(hasBody: Bool = true) throws -> Response {
        let separator = Array("\r\n\r\n".utf8)
        var end: Int?
        while true {
            end = buffer.indices.first { $0 + 4 <= buffer.count && Array(buffer[$0..<$0 + 4]) == separator }
            if end != nil { break }
            try #require(fill(), "the server closed the connection")
        }
        let bodyStart = try #require(end) + 4
        let head = String(decoding: buffer[..<(bodyStart - 2)], as: UTF8.self)
        let status = try #require(Int(head.dropFirst(9).prefix(3)))
        var response = Response(status: status, head: head, body: "")
        let length = hasBody ? Int(response.header("Content-Length") ?? "0") ?? 0 : 0
        while buffer.count < bodyStart + length { try #require(fill(), "the server closed the connection") }
        response.body = String(decoding: buffer[bodyStart..<bodyStart + length], as: UTF8.self)
        buffer.removeFirst(bodyStart + length)
        return response
    }

    func exchange(_ text: String, hasBody: Bool = true) throws -> Response {
        send(text)
        return try response(hasBody: hasBody)
    }
}

extension WebServer {
    /// Begins to stop before it returns: a test that blocks its thread next must not keep it from that.
    func beginShutdown() -> Task<Void, Never> { Task.immediate { await shutdown(within: .seconds(20)) } }
}

/// A server whose handler answers by the path.
@CloudActor
final class TestServer {
    let server: WebServer
    let port: UInt16
    /// Responders of `/hold/...`, by the target.
    private(set) var held: [String: HTTPResponder] = [:]
    private var waiters: [String: CheckedContinuation<Void, Never>] = [:]
    private(set) var gone: [String] = []
    private(set) var handled: [String] = []
    private var isTurnEnding = false

    init(_ configure: (inout WebServer.Configuration) -> Void = { _ in }) throws {
        var configuration = WebServer.Configuration()
        configure(&configuration)
        nonisolated(unsafe) weak var this: TestServer?
        server = WebServer(configuration, now: { Timestamp(seconds: 784_111_777) }, bodyLimit: { $0.path == "/small" ? 10 : 16 << 20 }) { request, responder in
            this?.handle(request, responder)
        }
        port = try server.listen(port: 0)
        this = self
    }

    private func handle(_ request: HTTPRequest, _ responder: HTTPResponder) {
        let path = String(request.path)
        handled.append(isTurnEnding ? path + " at a turn's end" : path)
        if path.hasPrefix("/hold/") {
            held[path] = responder
            responder.onClientGone { [weak self] in self?.note(path) }
            waiters.removeValue(forKey: path)?.resume()
        } else if path == "/drop" {
            return
        } else if path == "/twice" {
            responder.respond(HTTPResponse(status: 200, body: Array("first".utf8)))
            responder.respond(HTTPResponse(status: 200, body: Array("second".utf8)))
        } else if path == "/inject" {
            responder.respond(HTTPResponse(status: 200, headers: HTTPHeaders([("X-A", "1\r\nX-Evil: 2\r\n\r\nHTTP/1.1 200 OK")])))
        } else if path.hasPrefix("/status/") {
            responder.respond(HTTPResponse(status: Int(path.dropFirst(8)) ?? 0, body: Array("body".utf8)))
        } else if path.hasPrefix("/size/") {
            let count = Int(path.dropFirst(6)) ?? 0
            responder.respond(HTTPResponse(status: 200, body: Array((0..<count).lazy.map { UInt8(ascii: "a") + UInt8($0 % 26) })))
        } else if path == "/length" {
            responder.respond(HTTPResponse(status: 200, headers: HTTPHeaders([("Content-Length", "5000"), ("Date", "never"), ("ETag", "x")])))
        } else {
            let text = "\(request.method) \(request.target) \(request.headers["host"] ?? "-") \(String(decoding: request.body, as: UTF8.self))"
            responder.respond(HTTPResponse(status: 200, headers: HTTPHeaders([("Content-Type", "text/plain")]), body: Array(text.utf8)))
        }
    }

    private func note(_ path: String) {
        gone.append(path)
        waiters.removeValue(forKey: "gone" + path)?.resume()
    }

    /// Waits until the request is with the handler.
    func arrival(of path: String) async {
        if held[path] != nil { return }
        await withCheckedContinuation { waiters[path] = $0 }
    }

    func departure(of path: String) async {
        if gone.contains(path) { return }
        await withCheckedContinuation { waiters["gone" + path] = $0 }
    }

    /// Answers as a store does: at the end of a turn, when everything is committed.
    func releaseAtTurnEnd(_ path: String, _ text: String) {
        nonisolated(unsafe) var token: UInt64 = 0
        token = CloudActor.loop.onTurnEnd {
            CloudActor.assumeIsolated {
                self.isTurnEnding = true
                self.release(path, text)
                self.isTurnEnding = false
            }
            CloudActor.loop.removeTurnEnd(token)
        }
    }

    func release(_ path: String, _ text: String) {
        held.removeValue(forKey: path)?.respond(HTTPResponse(status: 200, body: Array(text.utf8)))
    }
}
