import JSON
import Kernel
@testable import Lambda

/// A machine on which tests are the runtimes.
@CloudActor
final class FakeHost: RuntimeHost {
    /// Every process that was started, in order.
    private(set) var processes: [FakeProcess] = []
    private var started: [CheckedContinuation<Void, Never>] = []
    private var lastPort = 9000
    private var handlers: [String: @CloudActor (HTTPRequest, RuntimeResponder) -> Void] = [:]
    private var streams: [String: @CloudActor (HTTPRequest, RuntimeResponder) -> RuntimeAnswer?] = [:]
    var discarded: [String] = []
    /// Runtimes that the machine hasn't got.
    var missing: Set<String> = []
    /// What happens when a process is to be started.
    var startError: AWSError?

    func command(of selection: RuntimeSelection, root: RuntimeRoot?) throws(AWSError) -> [String] {
        let runtime = selection.runtime ?? "image"
        if missing.contains(runtime) { throw .invalidParameter("Functions of the runtime \(runtime) need \(runtime).") }
        return ["/runtimes/\(runtime)", root?.task ?? ""]
    }

    func directory(named name: String, of archives: [[UInt8]]) async throws(AWSError) -> String { "/code/\(archives.count)" }

    func temporaryDirectory() throws(AWSError) -> String { "/temporary/\(processes.count)" }
    func discard(_ directory: String) { discarded.append(directory) }

    var extensionPaths: [String] = []
    func extensions(of root: RuntimeRoot) -> [String] { extensionPaths }

    private(set) var posts: [(url: String, body: [UInt8])] = []
    func post(_ body: [UInt8], to url: String) async { posts.append((url, body)) }

    func listen(
        _ handle: @escaping @CloudActor (HTTPRequest, RuntimeResponder) -> Void, stream: @escaping @CloudActor (HTTPRequest, RuntimeResponder) -> RuntimeAnswer?
    ) throws(AWSError) -> any RuntimeListener {
        lastPort += 1
        let address = "127.0.0.1:\(lastPort)"
        handlers[address] = handle
        streams[address] = stream
        return FakeListener(address: address)
    }

    func start(
        _ launch: RuntimeLaunch, output: @escaping @CloudActor (ArraySlice<UInt8>) -> Void, exit: @escaping @CloudActor (RuntimeExit) -> Void
    ) throws(AWSError) -> any RuntimeProcess {
        if let startError { throw startError }
        let address = launch.environment.first { $0.name == "AWS_LAMBDA_RUNTIME_API" }?.value ?? ""
        let process = FakeProcess(launch, handlers[address] ?? { _, _ in }, output, exit)
        process.stream = streams[address]
        processes.append(process)
        for continuation in started { continuation.resume() }
        started = []
        return process
    }

    /// The process of that number, when it has been started.
    func process(_ index: Int) async -> FakeProcess {
        while processes.count <= index { await withCheckedContinuation { started.append($0) } }
        return processes[index]
    }
}

@CloudActor
private final class FakeListener: RuntimeListener {
    let address: String
    init(address: String) { self.address = address }
    func close() {}
}

/// A process that does what the test says.
@CloudActor
final class FakeProcess: RuntimeProcess {
    let launch: RuntimeLaunch
    private let handle: @CloudActor (HTTPRequest, RuntimeResponder) -> Void
    private let output: @CloudActor (ArraySlice<UInt8>) -> Void
    private let exit: @CloudActor (RuntimeExit) -> Void
    private(set) var isKilled = false
    private(set) var isFrozen = false
    var stream: (@CloudActor (HTTPRequest, RuntimeResponder) -> RuntimeAnswer?)?
    /// What its streamed answers were answered with.
    private(set) var statuses: [Int] = []
    /// Written, and not yet heard by anybody.
    private var unread: [String] = []
    var peakMemory = 30 << 20

    init(
        _ launch: RuntimeLaunch, _ handle: @escaping @CloudActor (HTTPRequest, RuntimeResponder) -> Void,
        _ output: @escaping @CloudActor (ArraySlice<UInt8>) -> Void, _ exit: @escaping @CloudActor (RuntimeExit) -> Void
    ) {
        (self.launch, self.handle, self.output, self.exit) = (launch, handle, output, exit)
    }

    func kill() { isKilled = true }
    func terminate(within limit: Duration) { isTerminated = true }
    func kill(after limit: Duration) { endsSoon = true }
    private(set) var endsSoon = false
    private(set) var isTerminated = false
    func freeze() { isFrozen = true }
    func thaw() { isFrozen = false }

    func drainOutput() {
        let lines = unread
        unread = []
        for line in lines { output(Array(line.utf8)[...]) }
    }

    // MARK: What it does

    func prints(_ line: String) { unread.append(line) }
    func ends(_ status: RuntimeExit) {
        drainOutput()
        exit(status)
    }

    func asks(_ method: String, _ path: String, headers: HTTPHeaders = HTTPHeaders(), body: [UInt8] = []) async -> HTTPResponse {
        await asksAt(method, "/2018-06-01/runtime/\(path)", headers: headers, body: body)
    }

    func asksAt(_ method: String, _ path: String, headers: HTTPHeaders = HTTPHeaders(), body: [UInt8] = []) async -> HTTPResponse {
        await withCheckedContinuation { continuation in
            let responder = RuntimeResponder(respond: { continuation.resume(returning: $0) }, onClientGone: { _ in })
            handle(HTTPRequest(method: method, target: path, headers: headers, body: body), responder)
        }
    }

    func next() async -> HTTPResponse { await asks("GET", "invocation/next") }

    /// Asks for an invocation that doesn't come.
    func rests() { restsAt("/2018-06-01/runtime/invocation/next") }

    func restsAt(_ path: String, headers: HTTPHeaders = HTTPHeaders()) {
        handle(HTTPRequest(method: "GET", target: path, headers: headers), RuntimeResponder(respond: { _ in }, onClientGone: { _ in }))
    }

    @discardableResult
    func answers(_ text: String, to invocation: HTTPResponse) async -> Int {
        await asks("POST", "invocation/\(invocation.headers["Lambda-Runtime-Aws-Request-Id"] ?? "")/response", body: Array(text.utf8)).status
    }

    /// Begins to stream an answer.
    func streams(to invocation: HTTPResponse, contentType: String? = nil) -> RuntimeAnswer? {
        let id = invocation.headers["Lambda-Runtime-Aws-Request-Id"] ?? ""
        var headers = HTTPHeaders([("Lambda-Runtime-Function-Response-Mode", "streaming")])
        if let contentType { headers.append("Content-Type", contentType) }
        let request = HTTPRequest(method: "POST", target: "/2018-06-01/runtime/invocation/\(id)/response", headers: headers)
        return stream?(request, RuntimeResponder(respond: { self.statuses.append($0.status) }, onClientGone: { _ in }))
    }

    func variable(_ name: String) -> String? { launch.environment.first { $0.name == name }?.value }
}

extension LambdaService {
    /// Returns when an invocation has begun.
    func untilRunning() async { await until { running.values.contains { $0.started != nil } } }

    func until(_ condition: @CloudActor () -> Bool) async { while !condition() { await Task.yield() } }
}
