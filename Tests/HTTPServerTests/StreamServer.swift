import EventLoop
@testable import HTTPServer
import Kernel
import Testing

/// A server whose answers a test writes bit by bit, and which takes the bodies of `/take/...` in pieces.
@CloudActor
final class StreamServer {
    let server: WebServer
    let port: UInt16
    private var responders: [String: HTTPResponder] = [:]
    private(set) var streams: [String: HTTPResponseStream] = [:]
    private(set) var bodies: [String: Body] = [:]
    private(set) var events: [String] = []
    private var waiters: [(event: String, continuation: CheckedContinuation<Void, Never>)] = []

    init(_ configure: (inout WebServer.Configuration) -> Void = { _ in }) throws {
        var configuration = WebServer.Configuration()
        configure(&configuration)
        nonisolated(unsafe) weak var this: StreamServer?
        server = WebServer(
            configuration, now: { Timestamp(seconds: 784_111_777) },
            receiver: { request in request.path.hasPrefix("/take/") ? this.map { Body(String(request.path), $0) } : nil }
        ) { request, responder in this?.handle(request, responder) }
        port = try server.listen(port: 0)
        this = self
    }

    private func handle(_ request: HTTPRequest, _ responder: HTTPResponder) {
        let path = String(request.path)
        guard path.hasPrefix("/hold/") else {
            return responder.respond(HTTPResponse(status: 200, body: Array("\(request.method) \(path) \(String(decoding: request.body, as: UTF8.self))".utf8)))
        }
        responders[path] = responder
        note("arrived \(path)")
    }

    func note(_ event: String) {
        events.append(event)
        for waiter in waiters where waiter.event == event { waiter.continuation.resume() }
        waiters.removeAll { $0.event == event }
    }

    /// Waits until that has happened.
    func wait(for event: String) async {
        if events.contains(event) { return }
        await withCheckedContinuation { waiters.append((event, $0)) }
    }

    func begin(_ path: String, status: Int = 200, _ headers: [(String, String)] = []) async {
        await wait(for: "arrived \(path)")
        let stream = responders.removeValue(forKey: path)?.begin(status: status, headers: HTTPHeaders(headers))
        stream?.onClientGone { [weak self] in self?.note("gone \(path)") }
        streams[path] = stream
    }

    func write(_ path: String, _ text: String) { streams[path]?.write(Array(text.utf8)) }
    func finish(_ path: String, _ trailers: [(String, String)] = []) { streams.removeValue(forKey: path)?.finish(trailers: HTTPHeaders(trailers)) }
    func abort(_ path: String) { streams.removeValue(forKey: path)?.abort() }
    func drop(_ path: String) { streams[path] = nil }
    func noteDrained(_ path: String) { streams[path]?.onDrained { [weak self] in self?.note("drained \(path)") } }
    func unsent(_ path: String) -> Int { streams[path]?.unsent ?? 0 }
    func forget(_ path: String) { responders[path] = nil }
    func respond(_ path: String, _ text: String, _ headers: [(String, String)] = []) {
        (responders.removeValue(forKey: path) ?? bodies[path]?.responder)?.respond(HTTPResponse(status: 200, headers: HTTPHeaders(headers), body: Array(text.utf8)))
    }

    /// Writes for ever, as fast as the client takes it. - Returns: never more than so much unsent.
    func pour(_ path: String, piece: Int) {
        guard let stream = streams[path] else { return }
        while stream.unsent < 256 << 10 { stream.write([UInt8](repeating: 120, count: piece)) }
        most = max(most, stream.unsent)
        stream.onDrained { [weak self] in self?.pour(path, piece: piece) }
    }

    private(set) var most = 0

    final class Body: HTTPBodyReceiver {
        let path: String
        private weak var server: StreamServer?
        private(set) var responder: HTTPResponder?
        private(set) var bytes: [UInt8] = []
        private(set) var pieces = 0

        init(_ path: String, _ server: StreamServer) { (self.path, self.server) = (path, server) }

        func begin(_ request: HTTPRequest, _ responder: HTTPResponder) {
            self.responder = responder
            server?.bodies[path] = self
            server?.responders[path] = responder
            if path == "/take/refused" { responder.respond(HTTPResponse(status: 409, body: Array("no".utf8))) }
            server?.note("arrived \(path)")
        }

        func receive(_ piece: [UInt8]) {
            bytes += piece
            pieces += 1
            if path == "/take/held", pieces == 1 { responder?.holdBody() }
            server?.note("\(path) has \(bytes.count)")
            if path == "/take/enough" { responder?.respond(HTTPResponse(status: 413, headers: HTTPHeaders([("Connection", "close")]), body: Array("enough".utf8))) }
        }

        func end(trailers: HTTPHeaders) {
            let fields = trailers.pairs.map { "\($0.name)=\($0.value)" }.joined(separator: ";")
            server?.note("ended \(path) [\(fields)]")
            let text = bytes.count > 100 ? "\(bytes.count) bytes" : String(decoding: bytes, as: UTF8.self)
            responder?.respond(HTTPResponse(status: 200, body: Array("\(text) [\(fields)]".utf8)))
            drop()
        }

        func fail(_ failure: HTTPBodyFailure) {
            server?.note("failed \(path): \(failure.reason)")
            drop()
        }

        private func drop() {
            responder = nil
            server?.responders[path] = nil
        }
    }
}
