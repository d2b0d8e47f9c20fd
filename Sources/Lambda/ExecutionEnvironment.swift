import JSON
import Kernel

/// A process that runs one version of a function, one invocation at a time, with its own Runtime API, directory and log stream.
///
/// It starts for an invocation, is frozen between invocations, and ends when it times out, fails, has been idle for long, or its version is gone.
/// None of it is state.
/// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
@CloudActor
final class ExecutionEnvironment {
    enum Phase: Equatable {
        /// Its files are being unpacked.
        case preparing
        /// The process runs and hasn't asked for an invocation yet.
        case initializing
        /// Asked for an invocation; frozen.
        case idle
        /// Has one.
        case busy
        /// Has answered, and is still to ask for the next.
        case finishing
        case ended
    }

    /// How long a process may take to ask for its first invocation. Then it is started once more, within the function's own timeout.
    /// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib
    static let initializationLimit = Duration.seconds(10)

    let version: FunctionVersion
    let log: LogStreamWriter
    private(set) var phase = Phase.preparing
    /// The invocation that it has, or was started for.
    private(set) var invocation: UInt64?
    /// What it gets next.
    private var following: UInt64?
    /// Since when it has nothing to do.
    private(set) var idleSince: Timestamp?

    /// How long extensions have for their end.
    static let shutdownLimit = Duration.seconds(2)

    private unowned let lambda: LambdaService
    let host: any RuntimeHost
    var extensions: [Extension] = []
    /// By the extension's identifier.
    var telemetry: [String: TelemetrySubscription] = [:]
    private var process: (any RuntimeProcess)?
    /// How the runtime is started.
    private var runtime: RuntimeLaunch?
    private var listener: (any RuntimeListener)?
    private var temporaryDirectory: String?
    private(set) var root: RuntimeRoot?
    /// The runtime's question for the next invocation, while there is none.
    private var waiting: RuntimeResponder?
    private var starts = 0
    private var startedAt: Timestamp
    private var hasDelivered = false
    /// What the runtime reported as the reason why it can't start.
    private var initializationError: [UInt8]?
    /// Distinguishes the process from one before it.
    private var generation = 0

    init(_ version: FunctionVersion, for invocation: UInt64, _ lambda: LambdaService, _ host: any RuntimeHost) {
        self.version = version
        self.invocation = invocation
        self.lambda = lambda
        self.host = host
        startedAt = lambda.environment.clock.now
        log = LogStreamWriter(version, lambda.environment)
    }

    var peakMemory: Int? { process?.peakMemory }

    // MARK: Start

    /// Unpacks what is to be unpacked, and starts the process.
    func prepare() async {
        do throws(AWSError) {
            root = try await lambda.root(of: version, host)
            guard phase == .preparing else { return }
            start()
        } catch {
            guard phase == .preparing, let number = invocation else { return }
            end()
            lambda.abandon(number, error)
        }
    }

    private func start() {
        guard let number = invocation, let root else { return end() }
        starts += 1
        generation += 1
        startedAt = lambda.environment.clock.now
        phase = .initializing
        let limit = starts == 1 ? Self.initializationLimit : .seconds(version.timeout)
        lambda.running[number]?.deadline = startedAt + limit
        let generation = generation
        do throws(AWSError) {
            let command = try host.command(of: version.selection(lambda.state.functions[version.key]?.tags ?? []), root: root)
            let (directory, listener) = try places()
            log.initializationBegan(version)
            let launch = RuntimeLaunch(
                command: command, environment: lambda.processVariables(of: version, root, directory, listener.address, log), directory: root.task,
                marker: "AWS_LAMBDA_RUNTIME_API", memoryLimit: version.memorySize << 20)
            runtime = launch
            for path in host.extensions(of: root) { try startExtension(path, launch, generation) }
            startRuntimeWhenRegistered()
        } catch {
            failToStart(error)
        }
    }

    private func startExtension(_ path: String, _ launch: RuntimeLaunch, _ generation: Int) throws(AWSError) {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        var launch = launch
        launch.command = [path]
        // The handler's name and the credentials' old name are the runtime's alone.
        launch.environment.removeAll { ["_HANDLER", "AWS_EXECUTION_ENV", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME"].contains($0.name) }
        let companion = Extension(name, id: newExtensionID(), isExternal: true)
        extensions.append(companion)
        companion.process = try host.start(
            launch, output: { [weak self] line in self?.wrote(line, generation, from: .companion) },
            exit: { [weak self] exit in
                guard let self, generation == self.generation, phase != .ended else { return }
                extensionFailed("Extension.Crash", exit.extensionReason)
            })
    }

    func newExtensionID() -> String { lambda.environment.random.uuid() }

    /// The runtime starts when every external extension has registered.
    func startRuntimeWhenRegistered() {
        guard phase == .initializing, process == nil, let runtime, extensions.allSatisfy({ $0.isRegistered || !$0.isExternal }) else { return }
        let generation = generation
        do throws(AWSError) {
            process = try host.start(
                runtime, output: { [weak self] line in self?.wrote(line, generation, from: .function) },
                exit: { [weak self] exit in self?.exited(exit, generation) })
        } catch {
            failToStart(error)
        }
    }

    /// Nothing that could be executed, as AWS's supervisor says it.
    private func failToStart(_ error: AWSError) {
        let type = "Runtime.InvalidEntrypoint"
        failToStart(LambdaService.sandboxError(type, "RequestId: \(requestID) Error: \(error.message ?? error.code)"), type)
    }

    /// An extension ended or reports that it can't go on: so can't the environment.
    func extensionFailed(_ type: String, _ reason: String) {
        let error = LambdaService.sandboxError(type, "RequestId: \(requestID) Error: \(reason)")
        guard phase != .initializing else { return failToStart(error, type) }
        let number = phase == .busy ? invocation : nil
        let memory = peakMemory
        end("FAILURE")
        if let number { lambda.fail(number, error, status: "error\tError Type: \(type)", memory: memory) }
    }

    var now: Timestamp { lambda.environment.clock.now }

    /// The directory and the address of its own, which outlast a second start.
    private func places() throws(AWSError) -> (directory: String, listener: any RuntimeListener) {
        if let temporaryDirectory, let listener { return (temporaryDirectory, listener) }
        let directory = try host.temporaryDirectory()
        temporaryDirectory = directory
        let listener = try host.listen { [weak self] request, responder in
            self?.handle(request, responder)
        } stream: { [weak self] request, responder in
            self?.beginStream(request, responder)
        }
        self.listener = listener
        return (directory, listener)
    }

    private var requestID: String { invocation.flatMap { lambda.running[$0]?.requestID } ?? "" }

    /// The process could not start, or has ended before it asked for an invocation.
    private func failToStart(_ error: [UInt8], _ type: String) {
        let number = invocation
        let memory = peakMemory
        let lasted = lambda.environment.clock.now - startedAt
        let phase = starts == 1 ? "init" : "invoke"
        log.initializationFailed(after: lasted, phase: phase, status: "error", type: type)
        // AWS starts it once more, as part of the invocation.
        if starts == 1, self.phase == .initializing, process != nil {
            stopProcess()
            initializationError = nil
            return start()
        }
        logStart()
        end()
        if let number { lambda.fail(number, error, status: "error\tError Type: \(type)", memory: memory) }
    }

    /// - Returns: whether it is given a second chance.
    func initializationTimedOut(_ now: Timestamp) -> Bool {
        guard phase == .initializing, starts == 1 else { return false }
        log.initializationFailed(after: now - startedAt, phase: "init", status: "timeout")
        stopProcess()
        start()
        return true
    }

    // MARK: Output

    private func wrote(_ line: ArraySlice<UInt8>, _ generation: Int, from kind: TelemetrySubscription.Kind) {
        guard generation == self.generation else { return }
        // What is one event of several lines comes as one line, with carriage returns between.
        let text = String(decoding: line.map { $0 == 13 ? 10 : $0 }, as: UTF8.self)
        log.write(text)
        report(kind, kind.rawValue, .string(text))
        if phase == .busy, let invocation { lambda.running[invocation]?.log.note(text) }
    }

    // MARK: Invocations

    /// Takes an invocation while idle.
    func take(_ number: UInt64) {
        invocation = number
        idleSince = nil
        for companion in extensions { companion.process?.thaw() }
        process?.thaw()
        phase = .busy
        deliver()
    }

    /// Takes an invocation as soon as it asks for one.
    func follow(with number: UInt64) { following = number }

    /// An invocation is given up.
    func stop(_ number: UInt64) {
        if following == number { following = nil } else { end("TIMEOUT") }
    }

    /// Gives what it was to get next to another one: it takes too long, or has ended.
    /// - Returns: whether there was something.
    func passOn() -> Bool {
        guard let number = following else { return false }
        following = nil
        lambda.environments.release(number)
        guard let running = lambda.running[number] else { return false }
        lambda.running[number]?.deadline = now + .seconds(running.version.timeout)
        lambda.run(inProcess: number)
        return true
    }

    /// The runtime asks for an invocation.
    func next(_ responder: RuntimeResponder) {
        switch phase {
        case .initializing, .finishing:
            waiting = responder
            proceed()
        case .busy:
            // It asks again without having answered: what it has is not coming.
            responder.respond(.runtimeError(403, "InvalidStateTransition", "Transition from InvocationResponse to Ready is not allowed"))
        case .preparing, .idle, .ended:
            responder.respond(.runtimeError(403, "InvalidStateTransition", "Transition is not allowed"))
        }
    }

    /// Goes on when the runtime and every extension have asked for what comes next.
    func proceed() {
        guard waiting != nil, extensions.allSatisfy({ $0.waiting != nil }) else { return }
        if phase == .finishing { return rest() }
        guard phase == .initializing else { return }
        let lasted = now - startedAt
        report(.platform, "platform.initRuntimeDone", ["initializationType": "on-demand", "phase": .string(starts == 1 ? "init" : "invoke"), "status": "success"])
        // Its invocation may be gone.
        guard let number = invocation, lambda.running[number] != nil else { return rest() }
        if starts == 1 { lambda.running[number]?.initialization = lasted }
        phase = .busy
        deliver()
    }

    private func rest() {
        process?.drainOutput()
        postTelemetry()
        lambda.environments.isFinished(self)
        invocation = following
        if following != nil, lambda.isCurrent(version) {
            following = nil
            phase = .busy
            return deliver()
        }
        invocation = nil
        phase = .idle
        idleSince = lambda.environment.clock.now
        guard lambda.isCurrent(version) else { return end() }
        process?.freeze()
        for companion in extensions { companion.process?.freeze() }
        lambda.environments.becameIdle(self)
    }

    private func deliver() {
        guard let number = invocation, let running = lambda.running[number], let responder = waiting else { return end() }
        waiting = nil
        let now = lambda.environment.clock.now
        lambda.running[number]?.started = now
        // The function's time begins now, unless its start was part of it.
        let deadline = starts > 1 && !hasDelivered ? running.deadline : now + .seconds(version.timeout)
        hasDelivered = true
        lambda.running[number]?.deadline = deadline
        logStart()
        // The process has the system's clock, wherever the cloud's stands.
        let ownDeadline = deadline + (.zero - lambda.environment.clock.offset)
        tellExtensions(running, deadline: ownDeadline)
        report(.platform, "platform.start", ["requestId": .string(running.requestID), "version": .string(version.version)])
        responder.respond(.invocation(running, deadline: ownDeadline))
    }

    private func logStart() {
        guard let number = invocation, let running = lambda.running[number], !running.isLogged else { return }
        lambda.running[number]?.isLogged = true
        log.begin(running)
    }

    /// Whether a request of the runtime is about the invocation that it has.
    func has(_ requestID: String) -> Bool { phase == .busy && !requestID.isEmpty && requestID == self.requestID }

    /// Who takes the answer to the invocation that it has piece by piece; `nil` where it is gathered.
    var taker: (@CloudActor (StreamedInvocation.Part) -> Void)? { invocation.flatMap { lambda.running[$0]?.request.onPart } }

    func answered(_ payload: [UInt8]) {
        guard let number = invocation else { return }
        process?.drainOutput()
        finish()
        reportDone("success")
        lambda.succeed(number, payload, memory: peakMemory)
    }

    func failed(_ error: [UInt8]) {
        guard let number = invocation else { return }
        process?.drainOutput()
        finish()
        reportDone("error")
        lambda.fail(number, error, memory: peakMemory)
    }

    private func finish() {
        phase = .finishing
        // Extensions may take long after the answer.
        if extensions.isEmpty { lambda.environments.becameFinishing(self) }
    }

    /// Tells of an invocation's end what its log says.
    private func reportDone(_ status: String) {
        guard !telemetry.isEmpty, let running = invocation.flatMap({ lambda.running[$0] }) else { return }
        let figures = InvocationReport(running, ended: now)
        let milliseconds = Document.double(Double(figures.duration.wholeMicroseconds) / 1000)
        report(.platform, "platform.runtimeDone", ["requestId": .string(running.requestID), "status": .string(status), "metrics": ["durationMs": milliseconds]])
        report(
            .platform, "platform.report",
            [
                "requestId": .string(running.requestID), "status": .string(status),
                "metrics": [
                    "durationMs": milliseconds, "billedDurationMs": .int(Int(figures.duration.wholeMicroseconds + 999) / 1000),
                    "memorySizeMB": .int(version.memorySize), "maxMemoryUsedMB": .int((peakMemory ?? 0) >> 20),
                ],
            ])
    }

    /// The runtime can't start; it ends by itself.
    func initializationFailed(_ error: [UInt8]) { if phase == .initializing { initializationError = error } }

    // MARK: End

    private func exited(_ exit: RuntimeExit, _ generation: Int) {
        guard generation == self.generation, phase != .ended else { return }
        let type = exit == .outOfMemory ? "Runtime.OutOfMemory" : "Runtime.ExitError"
        let error = LambdaService.sandboxError(type, "RequestId: \(requestID) Error: \(exit.reason)")
        switch phase {
        case .initializing:
            let reported = initializationError.flatMap { try? Document(json: $0) }?["errorType"]?.string
            failToStart(initializationError ?? error, reported ?? type)
        case .busy:
            let number = invocation
            let memory = peakMemory
            end("FAILURE")
            if let number { lambda.fail(number, error, status: "error\tError Type: \(type)", memory: memory) }
        default: end()
        }
    }

    private func stopProcess() {
        generation += 1
        process?.drainOutput()
        process?.kill()
        process = nil
        waiting = nil
        for companion in extensions { companion.process?.kill() }
        extensions = []
        telemetry = [:]
    }

    /// Ends the processes and everything that they started. Extensions that asked for it are told before, and get some time.
    /// - Parameter reason: `SPINDOWN`, `TIMEOUT`, `FAILURE`; `nil` ends them at once.
    func end(_ reason: String? = "SPINDOWN") {
        guard phase != .ended else { return }
        phase = .ended
        if let reason, extensions.contains(where: { $0.events.contains(.shutdown) }) { shutDown(reason) } else { stopProcess() }
        listener?.close()
        listener = nil
        // Extensions that are told of the end may still use it: it goes with the cloud's other files then.
        if let temporaryDirectory, extensions.isEmpty { host.discard(temporaryDirectory) }
        lambda.environments.ended(self)
        lambda.discardFiles(of: self)
        invocation = nil
        _ = passOn()
    }

    private func shutDown(_ reason: String) {
        generation += 1
        process?.thaw()
        for companion in extensions { companion.process?.thaw() }
        process?.drainOutput()
        report(.platform, "platform.runtimeDone", ["status": .string(reason.lowercased())])
        postTelemetry()
        if reason == "SPINDOWN" { process?.terminate(within: Self.shutdownLimit) } else { process?.kill() }
        shutDownExtensions(reason, now: CloudClock.systemTime)
        for companion in extensions where companion.isExternal { companion.process?.kill(after: Self.shutdownLimit) }
        process = nil
        waiting = nil
    }
}

extension RuntimeExit {
    /// As AWS's supervisor says it.
    fileprivate var reason: String {
        switch self {
        case .exited(0): "Runtime exited without providing a reason"
        case .exited(let status): "Runtime exited with error: exit status \(status)"
        case .signalled(let signal): "Runtime exited with error: signal: \(signal)"
        case .outOfMemory: "Runtime exited with error: signal: killed"
        }
    }

    fileprivate var extensionReason: String {
        switch self {
        case .exited(let status): "exit status \(status)"
        case .signalled(let signal): "signal: \(signal)"
        case .outOfMemory: "signal: killed"
        }
    }
}
