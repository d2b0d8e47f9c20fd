import JSON
import Kernel

/// What Lambda keeps with an event while it waits between its attempts.
struct PendingEvent {
    /// One for all attempts: what `Invoke` has answered.
    var requestID: String
    /// The base64 of `X-Amz-Client-Context`.
    var clientContext: String?
    /// How often the function has run.
    var runs = 0
    /// How often it could not be run.
    var refusals = 0
    /// What came of the last run.
    var last: Response?

    struct Response {
        var version: String
        var functionError: String?
        var payload: [UInt8]
    }

    init(requestID: String, clientContext: String? = nil) {
        self.requestID = requestID
        self.clientContext = clientContext
    }

    /// Of a delivery that somebody else has made, too, which has no notes yet.
    init(_ delivery: Delivery) {
        guard let kept = try? Document(json: delivery.notes), let requestID = kept["requestID"]?.string else {
            // The same again after a restart, though nothing of it was kept.
            self.requestID = RequestID(high: delivery.trace.low, low: delivery.id &* 0x9E37_79B9_7F4A_7C15 ^ UInt64(delivery.trace.high)).uuid
            return
        }
        self.requestID = requestID
        clientContext = kept["clientContext"]?.string
        runs = kept["runs"]?.int ?? 0
        refusals = kept["refusals"]?.int ?? 0
        guard let response = kept["last"], let version = response["version"]?.string else { return }
        last = Response(
            version: version, functionError: response["functionError"]?.string,
            payload: response["payload"]?.string.flatMap { try? Base64.decode($0) } ?? [])
    }

    var encoded: [UInt8] {
        var members: Members = ["requestID": .string(requestID)]
        members["clientContext"] = clientContext.map { .string($0) }
        if runs > 0 { members.append("runs", .int(runs)) }
        if refusals > 0 { members.append("refusals", .int(refusals)) }
        if let last {
            var response: Members = ["version": .string(last.version), "payload": .string(Base64.encode(last.payload))]
            response["functionError"] = last.functionError.map { .string($0) }
            members.append("last", .object(response))
        }
        return Document.object(members).json()
    }
}

/// The queue of events: each is a delivery of the fabric to its function's ARN, whoever made it, and how it is tried is decided here.
/// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
extension LambdaService: Receiver {
    /// The pauses before a function that has failed is tried again.
    static let functionErrorPauses = [Duration.seconds(60), .seconds(120)]
    /// The longest pause before an event is tried again that could not be given to its function: they grow from one second.
    static let longestRefusalPause = Duration.seconds(300)

    /// Puts an event into the queue.
    func enqueue(_ payload: [UInt8], for target: Target, _ event: PendingEvent, _ call: Call) throws(AWSError) {
        try environment.fabric.deliver(
            payload, to: target.arn, from: call.source ?? target.arn, scope: call.scope, policy: .once, trace: call.trace, notes: event.encoded)
    }

    /// Gives an event to its function, and tells what came of it where that is to be told.
    package func receive(_ delivery: Delivery) async throws(AWSError) {
        await ready()
        let target = try target(of: delivery)
        guard environment.clock.now < end(of: delivery, target) else { throw .eventAgeExceeded }
        // What reaches a function that may never run isn't tried again.
        guard target.function.reservedConcurrency != 0 else { throw .tooManyRequests("ReservedFunctionConcurrentInvocationLimitExceeded") }
        let event = PendingEvent(delivery)
        let outcome = try await invoke(
            target, delivery.payload, requestID: event.requestID, trace: delivery.trace, clientContext: event.clientContext)
        guard outcome.functionError == nil else { throw .functionFailed(outcome) }
        report(outcome, of: delivery)
    }

    package func retry(_ delivery: inout Delivery, after error: AWSError, at now: Timestamp) -> Timestamp? {
        guard let target = try? target(of: delivery) else { return nil }
        var event = PendingEvent(delivery)
        let end = end(of: delivery, target)
        guard let response = error.response else {
            guard error.status >= 500 || error.status == 429, target.function.reservedConcurrency != 0, now < end else { return nil }
            event.refusals += 1
            delivery.notes = event.encoded
            let pause = event.refusals > 9 ? Self.longestRefusalPause : min(.seconds(1 << (event.refusals - 1)), Self.longestRefusalPause)
            return min(now + pause, end)
        }
        event.runs += 1
        event.last = response
        delivery.notes = event.encoded
        let retries = config(of: target)?.maximumRetryAttempts ?? EventInvokeConfig.defaultRetryAttempts
        guard event.runs <= min(retries, Self.functionErrorPauses.count) else { return nil }
        // What would be too old by then isn't kept until then.
        let next = now + Self.functionErrorPauses[event.runs - 1]
        return next < end ? next : nil
    }

    /// The function that a delivery is for, in the ARN's account and region.
    func target(of delivery: Delivery) throws(AWSError) -> Target {
        var call = environment.call(in: delivery.scope, source: delivery.source, trace: delivery.trace)
        if let arn = ARN(delivery.target) { call.scope = arn.scope }
        return try target(delivery.target, call)
    }

    func config(of target: Target) -> EventInvokeConfig? { target.function.eventInvokeConfigs[Self.eventQualifier(target)] }

    /// When a delivery is too old.
    private func end(of delivery: Delivery, _ target: Target) -> Timestamp {
        delivery.created + .seconds(config(of: target)?.maximumEventAge ?? EventInvokeConfig.defaultEventAge)
    }
}

extension AWSError {
    /// An event was too old before it was tried (again).
    static let eventAgeExceeded = AWSError("EventAgeExceeded", "The event is older than the function's events may become.", status: 400)

    var isEventAgeExceeded: Bool { code == Self.eventAgeExceeded.code }

    /// A function ran and failed: worth another attempt.
    static func functionFailed(_ outcome: InvocationOutcome) -> AWSError {
        AWSError(
            "FunctionFailed", outcome.functionError, status: 500,
            members: ["version": .string(outcome.executedVersion), "payload": .string(Base64.encode(outcome.payload))])
    }

    /// What the function had answered, where one ran and failed.
    var response: PendingEvent.Response? {
        guard code == "FunctionFailed", let version = members["version"]?.string else { return nil }
        return PendingEvent.Response(version: version, functionError: message, payload: members["payload"]?.string.flatMap { try? Base64.decode($0) } ?? [])
    }
}
