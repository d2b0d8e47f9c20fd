import Bootstraps
import Compression
import EventLoop
import HTTPServer
import Kernel
import Lambda
import Processes

/// Runs functions as child processes of this one: their files in temporary directories, their Runtime APIs on ports of the loopback interface.
@CloudActor
final class FunctionHost: RuntimeHost {
    private let clock: CloudClock
    private let runtimes: Runtimes
    private var directories: [String: Task<Void, any Error>] = [:]
    private let client = HTTPClient()
    /// Made when the first function runs; removed with everything in it when the cloud ends.
    private var root: TemporaryDirectory?
    private var lastDirectory = 0
    private var bootstraps: [String: String] = [:]
    /// Runtimes that the machine has commands for.
    private var runnable: Set<String> = []
    /// The most bytes of a function's files, layers included: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    private nonisolated static let unpackedLimit = 262_144_000

    init(clock: CloudClock, runtimes: Runtimes) {
        self.clock = clock
        self.runtimes = runtimes
    }

    func command(of selection: RuntimeSelection, root: RuntimeRoot?) throws(AWSError) -> [String] {
        // Whether there is one is asked before each invocation: the disk isn't searched again for that.
        if root == nil, let runtime = selection.runtime, runnable.contains(runtime) { return [] }
        let command = try runtimes.command(of: selection, root: root) { (bootstrap) throws(AWSError) in
            // Nothing is written where nothing will run.
            root == nil ? bootstrap.fileName : try path(of: bootstrap)
        }
        if let runtime = selection.runtime { runnable.insert(runtime) }
        return command
    }

    /// Where a bootstrap of ours is, written once.
    private func path(of bootstrap: Bootstrap) throws(AWSError) -> String {
        if let path = bootstraps[bootstrap.fileName] { return path }
        let path = "\(try ownDirectory())/\(bootstrap.fileName)"
        do throws(SystemError) { try TemporaryDirectory.write(bootstrap.bytes, to: path) } catch { throw Self.noDisk(error) }
        bootstraps[bootstrap.fileName] = path
        return path
    }

    // MARK: Files

    func directory(named name: String, of archives: [[UInt8]]) async throws(AWSError) -> String {
        let path = "\(try ownDirectory())/\(name)"
        let unpacking = directories[name] ?? Task { try await Self.unpack(archives, into: path) }
        directories[name] = unpacking
        do {
            try await unpacking.value
            return path
        } catch {
            directories[name] = nil
            throw AWSError("ServiceException", "The function's files can't be unpacked: \(error)", status: 500)
        }
    }

    /// On a thread of its own: a large package takes a while.
    private nonisolated static func unpack(_ archives: [[UInt8]], into path: String) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            let started = Loop.runBlocking {
                continuation.resume(with: Result { try PackageUnpacking.unpack(archives.map { try ZipArchive($0, limit: unpackedLimit) }, into: path) })
            }
            if !started { continuation.resume(throwing: AWSError("ServiceException", "the system has no thread left", status: 500)) }
        }
    }

    func temporaryDirectory() throws(AWSError) -> String {
        lastDirectory += 1
        let path = "\(try ownDirectory())/tmp\(lastDirectory)"
        do throws(SystemError) { try TemporaryDirectory.makeDirectory(path) } catch { throw Self.noDisk(error) }
        return path
    }

    func discard(_ directory: String) {
        if let name = directory.split(separator: "/").last { directories[String(name)] = nil }
        TemporaryDirectory.removeSoon(directory)
    }

    func extensions(of root: RuntimeRoot) -> [String] { root.layers.map { ExecutableSearch.executables(in: "\($0)/extensions") } ?? [] }

    private func ownDirectory() throws(AWSError) -> String {
        if let root { return root.path }
        do throws(SystemError) {
            // Of those that were killed.
            _ = Loop.runBlocking { TemporaryDirectory.removeLeftovers() }
            let made = try TemporaryDirectory("functions")
            root = made
            // Of clouds that could not tidy up after themselves.
            _ = Loop.runBlocking { TemporaryDirectory.removeLeftovers() }
            return made.path
        } catch {
            throw Self.noDisk(error)
        }
    }

    private static func noDisk(_ error: SystemError) -> AWSError { AWSError("ServiceException", "Functions have no place on the disk: \(error)", status: 500) }

    // MARK: Programs

    func post(_ body: [UInt8], to url: String) async {
        _ = try? await client.send("POST", url, headers: HTTPHeaders([("Content-Type", "application/json")]), body: body)
    }

    func listen(
        _ handle: @escaping @CloudActor (HTTPRequest, RuntimeResponder) -> Void, stream: @escaping @CloudActor (HTTPRequest, RuntimeResponder) -> RuntimeAnswer?
    ) throws(AWSError) -> any RuntimeListener {
        try RuntimeDoor(clock: clock, handle, stream)
    }

    func start(
        _ launch: RuntimeLaunch, output: @escaping @CloudActor (ArraySlice<UInt8>) -> Void, exit: @escaping @CloudActor (RuntimeExit) -> Void
    ) throws(AWSError) -> any RuntimeProcess {
        do throws(SystemError) {
            return try FunctionProcess(launch, output: output, exit: exit)
        } catch {
            // As Go says it, in which AWS's supervisor is written; and where the files are on AWS.
            let program = (launch.command.first ?? "").replacing(launch.directory, with: "/var/task")
            throw AWSError("Runtime.InvalidEntrypoint", "fork/exec \(program): \(error.reason.lowercased())", status: 500)
        }
    }

    /// Removes every file.
    func close() { root?.remove() }
}

/// The address of one execution environment's Runtime API.
@CloudActor
private final class RuntimeDoor: RuntimeListener {
    let address: String
    private let server: WebServer

    init(
        clock: CloudClock, _ handle: @escaping @CloudActor (HTTPRequest, RuntimeResponder) -> Void,
        _ stream: @escaping @CloudActor (HTTPRequest, RuntimeResponder) -> RuntimeAnswer?
    ) throws(AWSError) {
        server = WebServer(
            now: { clock.now }, bodyLimit: { _ in 64 << 20 },
            receiver: { request in RuntimeAnswer.isStreamed(request) ? AnswerReceiver(stream) : nil },
            handler: { request, responder in handle(request, RuntimeResponder(responder)) })
        do throws(HTTPServerError) { address = "127.0.0.1:\(try server.listen(port: 0))" } catch {
            throw AWSError("ServiceException", "A function has no port for its Runtime API: \(error)", status: 500)
        }
    }

    func close() {
        let server = server
        Task.immediate { @CloudActor in await server.shutdown(within: .seconds(2)) }
    }
}

/// The body of a request in which a runtime streams its answer.
@CloudActor
private final class AnswerReceiver: HTTPBodyReceiver {
    private let stream: @CloudActor (HTTPRequest, RuntimeResponder) -> RuntimeAnswer?
    private var answer: RuntimeAnswer?

    init(_ stream: @escaping @CloudActor (HTTPRequest, RuntimeResponder) -> RuntimeAnswer?) { self.stream = stream }

    func begin(_ request: HTTPRequest, _ responder: HTTPResponder) { answer = stream(request, RuntimeResponder(responder)) }
    func receive(_ piece: [UInt8]) { answer?.receive(piece) }
    func end(trailers: HTTPHeaders) { answer?.end(trailers: trailers) }
    func fail(_ failure: HTTPBodyFailure) { answer?.fail() }
}

extension RuntimeResponder {
    fileprivate init(_ responder: HTTPResponder) {
        self.init(respond: { responder.respond($0) }, onClientGone: { responder.onClientGone($0) })
    }
}

/// One process of a function, and the watch over its memory.
@CloudActor
private final class FunctionProcess: RuntimeProcess {
    /// Memory grows fast, but a look at it costs some microseconds of every process.
    private static let lookEvery = Duration.milliseconds(50)

    private var child: ChildProcess?
    private let limit: Int
    private var sampledPeak = 0
    private var hasTooMuch = false
    private var timer: Loop.Timer?

    init(_ launch: RuntimeLaunch, output: @escaping @CloudActor (ArraySlice<UInt8>) -> Void, exit: @escaping @CloudActor (RuntimeExit) -> Void) throws(SystemError) {
        limit = launch.memoryLimit
        var settings = ChildProcess.Launch(
            launch.command.first ?? "", arguments: Array(launch.command.dropFirst()), environment: launch.environment.map { ($0.name, $0.value) },
            directory: launch.directory)
        settings.joinsOutputs = true
        child = try ChildProcess.start(
            settings, output: { _, line in output(line[...]) },
            exit: { [self] status in
                self.timer?.cancel()
                child = nil
                exit(hasTooMuch ? .outOfMemory : RuntimeExit(status))
            })
        let timer = Loop.Timer(on: CloudActor.loop) { [weak self] in
            CloudActor.assumeIsolated { self?.look() }
        }
        self.timer = timer
        timer.arm(after: Self.lookEvery)
    }

    private func look() {
        guard let child, !child.hasEnded else { return }
        sampledPeak = max(sampledPeak, child.residentBytes)
        if sampledPeak > limit {
            hasTooMuch = true
            return child.kill()
        }
        timer?.arm(after: Self.lookEvery)
    }

    func kill() { child?.kill() }

    func terminate(within limit: Duration) {
        child?.terminate()
        kill(after: limit)
    }

    func kill(after limit: Duration) {
        guard let child else { return }
        self.timer?.cancel()
        let timer = Loop.Timer(on: CloudActor.loop) { CloudActor.assumeIsolated { child.kill() } }
        self.timer = timer
        timer.arm(after: limit)
    }

    func freeze() {
        timer?.cancel()
        child?.freeze()
    }

    func thaw() {
        child?.thaw()
        timer?.arm(after: Self.lookEvery)
    }

    func drainOutput() { child?.takeOutput() }

    var peakMemory: Int { min(limit, max(sampledPeak, child?.peakResidentBytes ?? 0)) }
}

extension RuntimeExit {
    init(_ status: ChildProcess.ExitStatus) {
        switch status {
        case .exited(let code): self = .exited(Int32(clamping: code))
        case .signalled(let number): self = .signalled(Self.names[number] ?? "signal \(number)")
        case .unknown: self = .exited(0)
        }
    }

    /// As Go's `os.Signal` has them.
    private static let names: [Int: String] = [
        1: "hangup", 2: "interrupt", 3: "quit", 4: "illegal instruction", 5: "trace/breakpoint trap", 6: "aborted", 7: "bus error",
        8: "floating point exception", 9: "killed", 10: "user defined signal 1", 11: "segmentation fault", 12: "user defined signal 2", 13: "broken pipe",
        14: "alarm clock", 15: "terminated",
    ]
}
