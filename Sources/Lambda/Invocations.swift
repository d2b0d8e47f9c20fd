import JSON
import Kernel

/// What came of one invocation.
package struct InvocationOutcome: Sendable, Equatable {
    /// The handler's answer, or AWS's error document.
    package var payload: [UInt8]
    /// `Unhandled` where the function failed.
    package var functionError: String?
    /// The end of the log, at most 4 KB.
    package var log: String
    /// The version that ran.
    package var executedVersion: String
    /// What the function was given of the trace, and passes on.
    package var trace: TraceID
}

/// What is asked of a function.
struct InvocationRequest {
    var payload: [UInt8]
    var requestID: String
    var trace: TraceID
    /// The base64 of `X-Amz-Client-Context`, as it was sent.
    var clientContext: String?
    /// Takes an answer that the function streams: its head and its pieces; where there is none, it is gathered.
    var onPart: (@CloudActor (StreamedInvocation.Part) -> Void)?
}

/// An invocation that is under way.
struct RunningInvocation {
    let request: InvocationRequest
    let version: FunctionVersion
    /// With the qualifier by which it was invoked.
    let arn: String
    let log: InvocationLog
    /// When the handler was given the event; `nil` while its execution environment isn't there yet.
    var started: Timestamp?
    /// When it has taken too long: its handler, or the start of its execution environment.
    var deadline: Timestamp
    /// Ends what runs: nobody waits for it any more.
    var stop: @CloudActor () -> Void = {}
    let finish: @CloudActor (Result<InvocationOutcome, AWSError>) -> Void
    /// Its log is written as it comes, rather than at the end.
    var isLogged = false
    /// How long the execution environment took to start, where it was started for this invocation.
    var initialization: Duration?

    var requestID: String { request.requestID }
}

extension LambdaService {
    /// The most bytes of a payload, either way, of an invocation that is waited for.
    nonisolated static let payloadLimit = 6 << 20
    /// The most bytes of a payload of an invocation that isn't.
    /// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    static let eventPayloadLimit = 1 << 20

    /// Runs a function once, after everything that led to it is committed, and waits for what comes of it: at the latest when its timeout is over.
    /// - Parameter onPart: takes the head and the pieces of an answer that the function streams.
    /// - Throws: where the function could not be started, or the cloud's state was replaced meanwhile.
    package func invoke(
        _ target: Target, _ payload: [UInt8], requestID: String, trace: TraceID, clientContext: String? = nil,
        onPart: (@CloudActor (StreamedInvocation.Part) -> Void)? = nil
    ) async throws(AWSError) -> InvocationOutcome {
        let version = chosen(target)
        do throws(AWSError) { try checkRunnable(version) } catch { throw .lambda("InvalidRuntimeException", error.message ?? error.code, status: 502) }
        var trace = try target.function.follow(trace)
        // A segment of the trace: the function's own.
        trace.parent = environment.random.next()
        try enter(target.function)
        defer { leave(target.function.key) }
        let activity = environment.fabric.begin("invocation of \(target.arn)")
        defer { environment.fabric.end(activity) }
        let epoch = epoch
        if !environment.journal.isCommitted { await environment.journal.commit() }
        guard epoch == self.epoch else { throw Self.replaced }
        let request = InvocationRequest(payload: payload, requestID: requestID, trace: trace, clientContext: clientContext, onPart: onPart)
        let result: Result<InvocationOutcome, AWSError> = await withCheckedContinuation { continuation in
            start(request, version, target.arn) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    /// The version that is run: an alias may share its invocations out.
    func chosen(_ target: Target) -> FunctionVersion {
        guard let alias = target.alias, !alias.weights.isEmpty else { return target.version }
        var lot = Double(environment.random.next() >> 11) / Double(1 << 53)
        for weight in alias.weights {
            if lot < weight.share, let version = target.function.version(weight.version) { return version }
            lot -= weight.share
        }
        return target.version
    }

    private func start(
        _ request: InvocationRequest, _ version: FunctionVersion, _ arn: String, finish: @escaping @CloudActor (Result<InvocationOutcome, AWSError>) -> Void
    ) {
        lastInvocation += 1
        let number = lastInvocation
        let now = environment.clock.now
        running[number] = RunningInvocation(
            request: request, version: version, arn: arn, log: InvocationLog(), deadline: now + .seconds(version.timeout), finish: finish)
        if let handler = handler(of: version) { return run(handler, number) }
        run(inProcess: number)
    }

    // MARK: Registered handlers

    private func run(_ handler: RegisteredHandler, _ number: UInt64) {
        guard let invocation = running[number] else { return }
        let (version, request, now) = (invocation.version, invocation.request, environment.clock.now)
        let context = InvocationContext(
            requestID: request.requestID, functionARN: invocation.arn, functionName: version.name, memorySize: version.memorySize,
            deadline: invocation.deadline, started: now, trace: request.trace.header, environment: registeredEnvironment(of: version).variables,
            clientContext: request.clientContext, log: invocation.log, clock: environment.clock.reader, seed: environment.random.next())
        // Detached: the handler is the user's code and must not hold up the cloud's thread.
        let task = Task.detached { [weak self] in
            let result: Result<[UInt8], any Error>
            do { result = .success(try await handler.run(request.payload, context)) } catch { result = .failure(error) }
            await self?.handlerReturned(number, result)
        }
        running[number]?.started = now
        running[number]?.stop = { task.cancel() }
    }

    /// A result that nobody waits for any more is dropped.
    private func handlerReturned(_ number: UInt64, _ result: Result<[UInt8], any Error>) {
        switch result {
        case .success(let payload): succeed(number, payload)
        case .failure(let error as FunctionError): fail(number, Self.error(type: error.type, error.message))
        case .failure(let error): fail(number, Self.error(type: String(describing: type(of: error)), String(describing: error)))
        }
    }

    // MARK: Ends

    /// The handler has answered.
    func succeed(_ number: UInt64, _ payload: [UInt8], memory: Int? = nil) {
        guard payload.count <= Self.payloadLimit else {
            // 100 bytes more than the limit that AWS documents: its own figure.
            let message = "Response payload size exceeded maximum allowed payload size (6291556 bytes)."
            return fail(number, Self.error(type: "Function.ResponseSizeTooLarge", message), memory: memory)
        }
        end(number, payload, functionError: nil, memory: memory)
    }

    /// The function has failed.
    /// - Parameters:
    ///   - logged: a line for the log, before its end.
    ///   - status: what stands behind the figures in the log: `error` with a type, `timeout`.
    func fail(_ number: UInt64, _ payload: [UInt8], logged: String? = nil, status: String? = nil, memory: Int? = nil) {
        end(number, payload, functionError: "Unhandled", logged: logged, status: status, memory: memory)
    }

    /// Ends every invocation whose time is over.
    func endOverdue(_ now: Timestamp) {
        for (number, invocation) in running.sorted(by: { $0.key < $1.key }) where invocation.deadline <= now {
            // Where the environment is still starting it may get a second chance.
            if let environment = environments[invocation: number] {
                if environment.invocation != number, environment.passOn() { continue }
                if environment.initializationTimedOut(now) { continue }
            }
            let text = "Task timed out after \(invocation.version.timeout).00 seconds"
            let error = Self.sandboxError("Sandbox.Timedout", "RequestId: \(invocation.requestID) Error: \(text)")
            let line = "\(now.iso8601Milliseconds) \(invocation.requestID) \(text)\n"
            let memory = environments[invocation: number]?.peakMemory
            fail(number, error, logged: line, status: "timeout", memory: memory)
            invocation.stop()
        }
    }

    /// Ends every invocation because what started it is gone.
    func dropRunning() {
        let dropped = running
        running = [:]
        for (_, invocation) in dropped.sorted(by: { $0.key < $1.key }) {
            invocation.stop()
            invocation.finish(.failure(Self.replaced))
        }
    }

    /// Ends an invocation without an answer of its function: it could not be run.
    func abandon(_ number: UInt64, _ error: AWSError) {
        environments.release(number)
        running.removeValue(forKey: number)?.finish(.failure(error))
    }

    private func end(_ number: UInt64, _ payload: [UInt8], functionError: String?, logged: String? = nil, status: String? = nil, memory: Int?) {
        guard let invocation = running.removeValue(forKey: number) else { return }
        var report = InvocationReport(invocation, ended: environment.clock.now)
        report.status = status
        report.hasFailed = functionError != nil
        report.memory = memory
        let stream = environments[invocation: number]?.log ?? registeredEnvironment(of: invocation.version).log
        let tail = stream.end(invocation, report, logged: logged)
        environments.release(number)
        invocation.finish(
            .success(InvocationOutcome(payload: payload, functionError: functionError, log: tail, executedVersion: invocation.version.version, trace: invocation.request.trace)))
    }

    nonisolated static func error(type: String, _ message: String) -> [UInt8] {
        Document.object(["errorMessage": .string(message), "errorType": .string(type)]).json()
    }

    /// As the supervisor of processes writes it: the type first.
    nonisolated static func sandboxError(_ type: String, _ message: String) -> [UInt8] {
        Document.object(["errorType": .string(type), "errorMessage": .string(message)]).json()
    }

    nonisolated static let replaced = AWSError.lambda("ServiceException", "The cloud's state was replaced while the function ran.", status: 500)
}

// MARK: Concurrency

extension LambdaService {
    /// How many invocations of an account may run at once in a region.
    static let accountConcurrency = 1000

    /// Takes up one of the places that a function has.
    private func enter(_ function: Function) throws(AWSError) {
        let own = active[function.key] ?? 0
        if let reserved = function.reservedConcurrency {
            guard own < reserved else { throw .tooManyRequests("ReservedFunctionConcurrentInvocationLimitExceeded") }
        } else {
            let all = unreservedActive[function.scope] ?? 0
            // A hundred are always left by reservations: until then there is nothing to add up.
            guard all < Self.unreservableConcurrency || all < unreservedConcurrency(in: function.scope) else { throw .tooManyRequests("ConcurrentInvocationLimitExceeded") }
            unreservedActive[function.scope] = all + 1
        }
        active[function.key] = own + 1
        if function.reservedConcurrency != nil { reservedActive[function.key, default: 0] += 1 }
    }

    private func leave(_ key: FunctionKey) {
        active[key] = active[key].flatMap { $0 > 1 ? $0 - 1 : nil }
        // The limit may have been set or lifted meanwhile: what entered as reserved leaves first.
        if let reserved = reservedActive[key] {
            reservedActive[key] = reserved > 1 ? reserved - 1 : nil
        } else {
            unreservedActive[key.scope] = unreservedActive[key.scope].flatMap { $0 > 1 ? $0 - 1 : nil }
        }
    }
}

extension AWSError {
    /// - Parameter reason: as the service model's `ThrottleReason` has it.
    static func tooManyRequests(_ reason: String) -> AWSError {
        AWSError("TooManyRequestsException", "Rate Exceeded.", status: 429, members: ["Reason": .string(reason), "Type": "User", "retryAfterSeconds": "1"])
    }
}
