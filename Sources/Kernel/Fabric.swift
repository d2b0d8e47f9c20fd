import Collections
import EventLoop
import JSON

/// How often and how long a delivery is tried.
package struct RetryPolicy: Sendable, Equatable {
    /// The pause before the second, third ... attempt; one more attempt than there are pauses.
    package var pauses: [Duration]
    /// How often the last pause comes again.
    package var repeats: Int
    /// A delivery older than this is given up.
    package var maximumAge: Duration?

    package init(pauses: [Duration], repeats: Int = 0, maximumAge: Duration? = nil) {
        self.pauses = pauses
        self.repeats = repeats
        self.maximumAge = maximumAge
    }

    /// The pause after so many attempts, of which there is at least one; `nil` where no other follows.
    func pause(after attempts: Int) -> Duration? {
        if attempts <= pauses.count { return pauses[attempts - 1] }
        return attempts - pauses.count <= repeats ? pauses.last : nil
    }

    package static let once = RetryPolicy(pauses: [])
}

/// Something on its way from one resource to another.
package struct Delivery: Sendable, Equatable {
    package var id: UInt64
    /// The ARN of the receiver.
    package var target: String
    /// The ARN of what caused it.
    package var source: String
    package var scope: Scope
    package var payload: [UInt8]
    package var policy: RetryPolicy
    /// Where it goes when it is given up: an ARN.
    package var deadLetterTarget: String?
    package var trace: TraceID
    package var created: Timestamp
    /// Attempts made so far.
    package var attempts: Int
    package var nextAttempt: Timestamp
    /// What its receiver keeps with it from one attempt to the next.
    package var notes: [UInt8] = []

    /// When its policy has it tried again after an attempt that has failed; `nil` where it doesn't.
    func retry(after error: AWSError, at now: Timestamp) -> Timestamp? {
        guard error.status >= 500 || error.status == 429, let pause = policy.pause(after: attempts), policy.maximumAge.map({ now - created < $0 }) ?? true
        else { return nil }
        return now + pause
    }
}

/// What takes deliveries to its ARNs.
@CloudActor
package protocol Receiver: AnyObject {
    /// Takes one delivery. What it changes last, after its last wait, is part of the commit in which the delivery is forgotten.
    func receive(_ delivery: Delivery) async throws(AWSError)

    /// When a delivery is tried again; `nil` where it is given up.
    /// - Parameters:
    ///   - delivery: with the failed attempt counted; what is noted on it stays.
    ///   - error: of the failed attempt.
    func retry(_ delivery: inout Delivery, after error: AWSError, at now: Timestamp) -> Timestamp?

    /// A delivery is given up, in the same commit in which it is forgotten.
    /// - Parameter error: of the last attempt.
    func giveUp(_ delivery: Delivery, _ error: AWSError)
}

extension Receiver {
    /// As the delivery's policy has it: an error with a status of 500 or more, or 429, is worth another attempt; any other is final.
    package func retry(_ delivery: inout Delivery, after error: AWSError, at now: Timestamp) -> Timestamp? { delivery.retry(after: error, at: now) }

    package func giveUp(_ delivery: Delivery, _ error: AWSError) {}
}

/// What carries effects from one service to another: deliveries with retries and dead letters, signals that something
/// changed, and the knowledge of whether anything is still under way.
///
/// A delivery is part of the commit of the change that caused it and starts after that commit, so it is made at least once.
@CloudActor
package final class Fabric {
    /// What is under way: it ends when ``end()`` is called.
    package struct Activity: Sendable {
        fileprivate let number: UInt64
    }

    /// Who is told when something at an ARN has changed.
    package struct Observation: Sendable, Hashable {
        fileprivate let number: UInt64
        fileprivate let arn: String
    }

    package struct State: Sendable {
        var deliveries = SortedMap<UInt64, Delivery>()
        var lastID: UInt64 = 0
    }

    package var state = State()
    let clock: CloudClock
    let journal: Journal
    private let random: Randomness

    private var receivers: [String: any Receiver] = [:]
    /// Deliveries whose commit is done and which aren't being attempted.
    private var schedule = Heap<Due>()
    /// Deliveries whose time has come: their attempts begin when the present step is over.
    private var starting: [(delivery: Delivery, activity: Activity)] = []
    private var activities: [UInt64: String] = [:]
    private var observers: [String: [UInt64: @CloudActor () -> Void]] = [:]
    /// What was signalled in this turn: in its order, and once.
    private var signals: [String] = []
    private var signalled: Set<String> = []
    private var lastNumber: UInt64 = 0
    private var idleWaiters: [@CloudActor () -> Void] = []
    private struct Due: Comparable {
        var time: Timestamp
        var id: UInt64

        static func < (left: Due, right: Due) -> Bool { (left.time, left.id) < (right.time, right.id) }
    }

    /// Distinguishes work of a state that was replaced from work of the present one.
    private var epoch: UInt64 = 0

    package init(clock: CloudClock, journal: Journal, random: Randomness) {
        self.clock = clock
        self.journal = journal
        self.random = random
    }

    // MARK: Deliveries

    /// Names what receives deliveries to ARNs of a service (`lambda`, `sqs`).
    package func register(_ receiver: any Receiver, forService service: String) { receivers[service] = receiver }

    /// Sends something on its way, as part of the present turn's commit.
    /// - Parameters:
    ///   - start: no attempt before this time; `nil` means at once.
    ///   - notes: what the receiver is to find on it.
    /// - Throws: where nothing receives at that ARN or at the dead letters': said at once, not lost later.
    package func deliver(
        _ payload: [UInt8], to target: String, from source: String, scope: Scope, policy: RetryPolicy, deadLetterTarget: String? = nil, trace: TraceID,
        start: Timestamp? = nil, notes: [UInt8] = []
    ) throws(AWSError) {
        for receiver in [target, deadLetterTarget] {
            if let receiver, self.receiver(of: receiver) == nil { throw .notImplemented("deliveries to \(receiver)") }
        }
        state.lastID += 1
        let delivery = Delivery(
            id: state.lastID, target: target, source: source, scope: scope, payload: payload, policy: policy, deadLetterTarget: deadLetterTarget,
            trace: trace, created: clock.now, attempts: 0, nextAttempt: max(start ?? clock.now, clock.now), notes: notes)
        keep(delivery)
        let epoch = epoch
        journal.afterCommit { [self] in
            guard epoch == self.epoch else { return }
            schedule.push(Due(time: delivery.nextAttempt, id: delivery.id))
            startDue()
        }
    }

    private func receiver(of arn: String) -> (any Receiver)? { ARN(arn).flatMap { receivers[$0.service] } }

    private func keep(_ delivery: Delivery) {
        state.deliveries[delivery.id] = delivery
        journal.put(name, Self.key(delivery.id), delivery.encoded)
    }

    private func drop(_ delivery: Delivery) {
        state.deliveries[delivery.id] = nil
        journal.delete(name, Self.key(delivery.id))
    }

    /// Starts every delivery whose time has come, in the order of their times, when the present step is over: whoever made them isn't done yet.
    private func startDue() {
        let now = clock.now
        let isArmed = !starting.isEmpty
        while let next = schedule.first, next.time <= now {
            _ = schedule.pop()
            guard let delivery = state.deliveries[next.id] else { continue }
            starting.append((delivery, begin("delivery to \(delivery.target)")))
        }
        guard !isArmed, !starting.isEmpty else { return }
        CloudActor.loop.execute { [self] in CloudActor.assumeIsolated { startAttempts() } }
    }

    private func startAttempts() {
        let begun = starting
        starting = []
        for (delivery, activity) in begun { attempt(delivery, activity) }
    }

    private func attempt(_ delivery: Delivery, _ activity: Activity) {
        guard let receiver = receiver(of: delivery.target) else {
            finish(delivery, .notImplemented("deliveries to \(delivery.target)"))
            return end(activity)
        }
        let epoch = epoch
        Task.immediate { @CloudActor in
            var failure: AWSError?
            do throws(AWSError) { try await receiver.receive(delivery) } catch { failure = error }
            if epoch == self.epoch {
                finish(delivery, failure)
            }
            end(activity)
        }
    }

    private func finish(_ delivery: Delivery, _ failure: AWSError?) {
        guard let failure else { return drop(delivery) }
        var next = delivery
        next.attempts += 1
        let now = clock.now
        let time = receiver(of: delivery.target).map { $0.retry(&next, after: failure, at: now) } ?? next.retry(after: failure, at: now)
        guard let time else { return giveUp(next, failure) }
        next.nextAttempt = time
        keep(next)
        schedule.push(Due(time: time, id: next.id))
        // A pause of nothing is no time at which the cloud is idle.
        if time <= now { startDue() }
    }

    private func giveUp(_ delivery: Delivery, _ failure: AWSError) {
        drop(delivery)
        receiver(of: delivery.target)?.giveUp(delivery, failure)
        guard let target = delivery.deadLetterTarget else { return }
        try? deliver(delivery.payload, to: target, from: delivery.target, scope: delivery.scope, policy: .once, trace: delivery.trace)
    }

    // MARK: Signals

    /// Asks to be told, soon after and once for many changes, when something at that ARN has changed.
    package func observe(_ arn: String, _ body: @escaping @CloudActor () -> Void) -> Observation {
        lastNumber += 1
        observers[arn, default: [:]][lastNumber] = body
        return Observation(number: lastNumber, arn: arn)
    }

    package func cancel(_ observation: Observation) {
        observers[observation.arn]?[observation.number] = nil
        if observers[observation.arn]?.isEmpty == true { observers[observation.arn] = nil }
    }

    /// Whether anybody observes anything: who would make an ARN only to signal it need not.
    package var hasObservers: Bool { !observers.isEmpty }

    /// Something at that ARN has changed: its observers are told when the change is committed.
    package func signal(_ arn: String) {
        guard observers[arn] != nil, signalled.insert(arn).inserted else { return }
        signals.append(arn)
    }

    /// Tells the observers of what was signalled in this turn.
    func endTurn() {
        // Observers signal in their turn; what doesn't come to rest soon gives the sockets a chance in between.
        for _ in 0..<16 where !signals.isEmpty { tellObservers() }
        if !signals.isEmpty { CloudActor.loop.execute {} }
    }

    private func tellObservers() {
        let told = signals
        signals = []
        signalled = []
        let activity = begin("signals")
        journal.afterCommit { [self] in
            for arn in told {
                // Looked up again before each: one observer may cancel another.
                for number in (observers[arn] ?? [:]).keys.sorted() { observers[arn]?[number]?() }
            }
            end(activity)
        }
    }

    // MARK: Idleness

    /// Says that something is under way which a settled cloud has finished.
    package func begin(_ what: String) -> Activity {
        lastNumber += 1
        activities[lastNumber] = what
        return Activity(number: lastNumber)
    }

    package func end(_ activity: Activity) {
        activities[activity.number] = nil
        guard isIdle else { return }
        let waiters = idleWaiters
        idleWaiters = []
        for waiter in waiters { waiter() }
    }

    /// Runs a body in the next turn of the event loop: what this turn answers leaves before, and doesn't wait for what the body changes to be committed.
    /// Until then it is under way.
    package func inNextTurn(_ what: String, _ body: @escaping @CloudActor () -> Void) {
        let activity = begin(what)
        CloudActor.loop.beforeWaiting {
            CloudActor.loop.execute { [self] in
                CloudActor.assumeIsolated {
                    body()
                    end(activity)
                }
            }
        }
    }

    /// What is under way, in the order in which it began.
    package var underway: [String] { activities.sorted { $0.key < $1.key }.map(\.value) }

    /// Whether nothing is under way. What waits for a deadline isn't under way.
    package var isIdle: Bool { activities.isEmpty && signals.isEmpty }

    /// Returns when nothing is under way.
    package func idle() async {
        while !isIdle || !journal.isCommitted {
            if !journal.isCommitted { await journal.commit() }
            guard !isIdle else { continue }
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                idleWaiters.append { continuation.resume() }
            }
        }
    }
}

extension Fabric: CloudService {
    package nonisolated var name: String { "fabric" }
    package var emptyState: State { State() }

    package var nextDeadline: Timestamp? { schedule.first?.time }

    package func advance(to now: Timestamp) { startDue() }

    package func load(key: [UInt8], value: [UInt8]) throws(AWSError) {
        guard let delivery = Delivery(encoded: value) else {
            throw AWSError("InternalFailure", "The store's entry of a delivery can't be read.", status: 500)
        }
        state.deliveries[delivery.id] = delivery
        state.lastID = max(state.lastID, delivery.id)
    }

    package func entries(_ body: ([UInt8], [UInt8]) -> Void) {
        for (_, delivery) in state.deliveries { body(Self.key(delivery.id), delivery.encoded) }
    }

    package func stateWasReplaced() {
        epoch += 1
        schedule = Heap()
        let dropped = starting
        starting = []
        for (_, activity) in dropped { end(activity) }
        let (epoch, pending) = (epoch, state.deliveries.map { Due(time: $0.value.nextAttempt, id: $0.key) })
        // A restored state is itself a change that must be committed before anything of it starts.
        journal.afterCommit { [self] in
            guard epoch == self.epoch else { return }
            for due in pending { schedule.push(due) }
        }
    }

    private static func key(_ id: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: id >> UInt64(56 - 8 * $0)) } }
}
