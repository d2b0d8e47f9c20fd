import EventLoop
import Kernel

/// An HTTP/1.1 server on the event loop: requests are read, handled and answered on its thread, with no hop.
@CloudActor
package final class WebServer {
    /// Answers a request, at once or later.
    package typealias Handler = @CloudActor (HTTPRequest, HTTPResponder) -> Void

    /// Asked for each request with a body when its head is there: who takes the body in pieces; `nil` where it is to be read whole.
    package typealias Receiver = @CloudActor (HTTPRequest) -> (any HTTPBodyReceiver)?

    package struct Configuration: Sendable {
        /// How long a connection may stay open between requests.
        package var idleTimeout = Duration.seconds(75)
        /// From the first byte of a request to the end of its head.
        package var headTimeout = Duration.seconds(10)
        /// How long a body may make no progress.
        package var bodyTimeout = Duration.seconds(30)
        /// How long a client may take nothing of what is written to it.
        package var writeTimeout = Duration.seconds(30)
        /// How long a refused client's bytes are still read (and thrown away), so that it sees the answer and not a reset.
        package var lingerTimeout = Duration.seconds(2)
        /// Beyond this, new connections wait in the system's backlog.
        package var maxConnections = 10_000
        /// So many requests of one connection are worked on at a time; then no more of its bytes are read.
        package var maxPipelined = 16
        /// With so many bytes not yet taken by the client, no more of its requests are read.
        package var maxUnsent = 1 << 20
        /// With so many bytes not yet taken by the client, or fewer, a streamed answer is drained.
        package var drained = 64 << 10
        package var backlog: Int32 = 511

        nonisolated package init() {}
    }

    let configuration: Configuration
    let encoder: ResponseEncoder
    let handler: Handler
    let bodyLimit: @CloudActor (HTTPRequest) -> Int
    let receiver: Receiver?
    /// What is read of any connection goes through here and is taken apart at once.
    var readBuffer = [UInt8](repeating: 0, count: 64 * 1024)
    private var listeners: [HTTPListener] = []
    private var connections: [ServerConnection] = []
    /// Something has happened to them in this turn.
    private var unsettled: [ServerConnection] = []
    private(set) var isStopping = false
    private var stopped: [CheckedContinuation<Void, Never>] = []
    private var stopTimer: Loop.Timer?

    /// - Parameters:
    ///   - now: the time for `Date`.
    ///   - bodyLimit: how large a body may be, in bytes, given the request's head. Asked before any of it is read.
    ///   - receiver: may take requests away from the handler whose bodies it wants in pieces. For these there is neither a limit nor a timeout.
    ///   - handler: called once for each complete request.
    package init(
        _ configuration: Configuration = Configuration(), now: @escaping @CloudActor () -> Timestamp,
        bodyLimit: @escaping @CloudActor (HTTPRequest) -> Int = { _ in 16 << 20 }, receiver: Receiver? = nil, handler: @escaping Handler
    ) {
        self.configuration = configuration
        self.bodyLimit = bodyLimit
        self.receiver = receiver
        self.handler = handler
        encoder = ResponseEncoder(now: now)
    }

    /// How many clients are connected.
    package var connectionCount: Int { connections.count }

    /// Starts to accept connections. May be called for several addresses.
    /// - Parameters:
    ///   - host: an address in figures (`127.0.0.1`, `0.0.0.0`, `::` for both families), or `localhost`.
    ///   - port: 0 for any free one.
    /// - Returns: the port.
    @discardableResult
    package func listen(host: String = "127.0.0.1", port: UInt16) throws(HTTPServerError) -> UInt16 {
        guard let address = SocketAddress.known(host, port: port)?.first else { throw .unknownHost(host) }
        do throws(SystemError) {
            let (descriptor, port) = try Socket.listen(address, backlog: configuration.backlog)
            listeners.append(try HTTPListener(descriptor, self))
            return port
        } catch {
            throw error.isAddressInUse ? .portTaken(host: host, port: port) : .cannotListen(host: host, port: port, reason: error.description)
        }
    }

    /// Stops: accepts nothing more, closes idle connections, lets requests in flight be answered, then returns.
    /// - Parameter deadline: what isn't finished then is cut off.
    package func shutdown(within deadline: Duration) async {
        if !isStopping {
            isStopping = true
            for listener in listeners { listener.close() }
            listeners = []
            // A copy: closing takes them out of the list.
            for connection in connections { connection.stop() }
            let timer = Loop.Timer(on: CloudActor.loop) { [weak self] in
                CloudActor.assumeIsolated { self?.cutOff() }
            }
            timer.arm(after: deadline)
            stopTimer = timer
        }
        guard !connections.isEmpty else { return finishStopping() }
        await withCheckedContinuation { stopped.append($0) }
    }

    private func cutOff() {
        for connection in connections { connection.close() }
    }

    private func finishStopping() {
        stopTimer?.cancel()
        stopTimer = nil
        let waiting = stopped
        stopped = []
        for continuation in waiting { continuation.resume() }
    }

    // MARK: Connections

    /// Lets a connection settle when the turn is over. Answers leave together: written one by one they would wake the clients one by
    /// one, which costs more than making most answers.
    func settleAtTurnEnd(_ connection: ServerConnection) {
        if unsettled.isEmpty {
            CloudActor.loop.beforeWaiting { CloudActor.assumeIsolated { self.settle() } }
        }
        unsettled.append(connection)
    }

    private func settle() {
        let connections = unsettled
        unsettled.removeAll(keepingCapacity: true)
        for connection in connections { connection.settle() }
    }

    var isFull: Bool { connections.count >= configuration.maxConnections }

    func accept(_ descriptor: Int32, from address: String) {
        let connection = ServerConnection(descriptor, address, self)
        guard connection.start() else { return Socket.close(descriptor) }
        connection.position = connections.count
        connections.append(connection)
    }

    func remove(_ connection: ServerConnection) {
        guard connections.indices.contains(connection.position), connections[connection.position] === connection else { return }
        let last = connections.removeLast()
        if last !== connection {
            connections[connection.position] = last
            last.position = connection.position
        }
        for listener in listeners { listener.resume() }
        if isStopping, connections.isEmpty { finishStopping() }
    }
}

/// Why a server can't listen.
package enum HTTPServerError: Error, Equatable, Sendable, CustomStringConvertible {
    case portTaken(host: String, port: UInt16)
    case unknownHost(String)
    case cannotListen(host: String, port: UInt16, reason: String)

    package var description: String {
        switch self {
        case .portTaken(let host, let port): "Port \(port) on \(host) is already in use by another program."
        case .unknownHost(let host): "Can't listen on '\(host)': it is not an IP address, nor 'localhost'."
        case .cannotListen(let host, let port, let reason): "Can't listen on \(host), port \(port): \(reason)."
        }
    }
}

/// One listening socket.
@CloudActor
final class HTTPListener: @CloudActor EventHandler {
    /// A turn accepts no more than this, so that connected clients are heard too.
    private static let acceptedPerTurn = 64

    private let descriptor: Int32
    private let server: WebServer
    private var isPaused = false
    private lazy var retry = Loop.Timer(on: CloudActor.loop) { [weak self] in
        CloudActor.assumeIsolated { self?.resume() }
    }

    init(_ descriptor: Int32, _ server: WebServer) throws(SystemError) {
        self.descriptor = descriptor
        self.server = server
        do {
            try CloudActor.loop.register(descriptor, for: .read, self)
        } catch {
            Socket.close(descriptor)
            throw error
        }
    }

    func ready(_ events: ReadyEvents) {
        for _ in 0..<Self.acceptedPerTurn {
            guard !server.isFull else { return pause() }
            switch Socket.accept(descriptor) {
            case .connection(let descriptor, let address): server.accept(descriptor, from: address)
            case .none: return
            case .exhausted:
                pause()
                // A descriptor may also come free elsewhere in the process, which nobody tells.
                retry.arm(after: .milliseconds(100))
                return
            }
        }
    }

    private func pause() {
        isPaused = true
        CloudActor.loop.modify(descriptor, to: [])
    }

    /// Goes on accepting, if it had stopped.
    func resume() {
        guard isPaused else { return }
        isPaused = false
        CloudActor.loop.modify(descriptor, to: .read)
    }

    func close() {
        isPaused = false
        retry.cancel()
        CloudActor.loop.deregister(descriptor)
        Socket.close(descriptor)
    }
}
