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
    /// Since when it has nothing to do.
    private(set) var idleSince: Timestamp?

    private unowned let lambda: LambdaService
    private let host: any RuntimeHost
    private var process: (any RuntimeProcess)?
    private var listener: (any RuntimeListener)?
    private var temporaryDirectory: String?
    private var root: RuntimeRoot?
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
            log.write("INIT_START Runtime Version: \(version.runtime ?? "image")")
            process = try host.start(
                RuntimeLaunch(
                    command: command, environment: lambda.processVariables(of: version, root, directory, listener.address, log), directory: root.task,
                    marker: "AWS_LAMBDA_RUNTIME_API", memoryLimit: version.memorySize << 20),
                output: { [weak self] line in self?.wrote(line, generation) },
                exit: { [weak self] exit in self?.exited(exit, generation) })
        } catch {
            // Nothing that could be executed, as the runtime's own supervisor would say it.
            failToStart(LambdaService.sandboxError("Runtime.InvalidEntrypoint", "RequestId: \(requestID) Error: \(error.message ?? error.code)"), "Runtime.InvalidEntrypoint")
        }
    }

    /// The directory and the address of its own, which outlast a second start.
    private func places() throws(AWSError) -> (directory: String, listener: any RuntimeListener) {
        if let temporaryDirectory, let listener { return (temporaryDirectory, listener) }
        let directory = try host.temporaryDirectory()
        temporaryDirectory = directory
        let listener = try host.listen { [weak self] request, responder in self?.handle(request, responder) }
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
        log.write("INIT_REPORT Init Duration: \(InvocationReport.milliseconds(lasted)) ms\tPhase: \(phase)\tStatus: error\tError Type: \(type)")
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
        log.write("INIT_REPORT Init Duration: \(InvocationReport.milliseconds(now - startedAt)) ms\tPhase: init\tStatus: timeout")
        stopProcess()
        start()
        return true
    }

    // MARK: Output

    private func wrote(_ line: ArraySlice<UInt8>, _ generation: Int) {
        guard generation == self.generation else { return }
        let text = String(decoding: line, as: UTF8.self)
        log.write(text)
        if phase == .busy, let invocation { lambda.running[invocation]?.log.note(text) }
    }

    // MARK: Invocations

    /// Takes an invocation while idle.
    func take(_ number: UInt64) {
        invocation = number
        idleSince = nil
        process?.thaw()
        phase = .busy
        deliver()
    }

    /// The runtime asks for an invocation.
    func next(_ responder: RuntimeResponder) {
        switch phase {
        case .initializing:
            guard let number = invocation, lambda.running[number] != nil else {
                // Its invocation is gone.
                waiting = responder
                return rest()
            }
            if starts == 1 { lambda.running[number]?.initialization = lambda.environment.clock.now - startedAt }
            waiting = responder
            phase = .busy
            deliver()
        case .finishing:
            waiting = responder
            rest()
        case .busy:
            // It asks again without having answered: what it has is not coming.
            responder.respond(.runtimeError(403, "InvalidStateTransition", "Transition from InvocationResponse to Ready is not allowed"))
        case .preparing, .idle, .ended:
            responder.respond(.runtimeError(403, "InvalidStateTransition", "Transition is not allowed"))
        }
    }

    private func rest() {
        process?.drainOutput()
        invocation = nil
        phase = .idle
        idleSince = lambda.environment.clock.now
        guard lambda.isCurrent(version) else { return end() }
        waiting?.onClientGone { [weak self] in self?.waiting = nil }
        process?.freeze()
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
        responder.respond(.invocation(running, deadline: deadline))
    }

    private func logStart() {
        guard let number = invocation, let running = lambda.running[number], !running.isLogged else { return }
        lambda.running[number]?.isLogged = true
        log.write(LogStreamWriter.start(running))
    }

    /// Whether a request of the runtime is about the invocation that it has.
    func has(_ requestID: String) -> Bool { phase == .busy && !requestID.isEmpty && requestID == self.requestID }

    func answered(_ payload: [UInt8]) {
        guard let number = invocation else { return }
        process?.drainOutput()
        phase = .finishing
        lambda.succeed(number, payload, memory: peakMemory)
    }

    func failed(_ error: [UInt8]) {
        guard let number = invocation else { return }
        process?.drainOutput()
        phase = .finishing
        lambda.fail(number, error, memory: peakMemory)
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
            end()
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
    }

    /// Ends the process and everything that it started.
    func end() {
        guard phase != .ended else { return }
        phase = .ended
        stopProcess()
        listener?.close()
        listener = nil
        if let temporaryDirectory { host.discard(temporaryDirectory) }
        lambda.environments.ended(self)
        invocation = nil
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
}
