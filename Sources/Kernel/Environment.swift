import EventLoop

/// What every service is given: the clock, chance, the journal, the fabric, and the doors of the other services.
@CloudActor
package final class Environment {
    package let clock = CloudClock()
    package let random: Randomness
    package let journal: Journal
    package let fabric: Fabric
    package let outbox: Outbox
    /// The account of calls whose access key id isn't twelve digits.
    package let defaultAccount: String
    /// Statuses pass through CREATING, UPDATING, DELETING as on AWS instead of being final at once.
    package var hasRealisticStatus = false

    package private(set) var endpoints: [String: Endpoint] = [:]
    package private(set) var services: [any CloudService] = []
    private let seed: UInt64?
    private var snapshots: [String: Snapshot] = [:]
    private var timer: Loop.Timer?
    private var turnEnd: UInt64?
    private var armedFor: Timestamp?

    /// - Parameter seed: makes every id and every choice repeatable.
    package init(store: (any JournalStore)? = nil, seed: UInt64? = nil, defaultAccount: String = "000000000000") {
        self.seed = seed
        self.defaultAccount = defaultAccount
        random = Randomness(seed: seed)
        journal = Journal(store: store)
        fabric = Fabric(clock: clock, journal: journal, random: random)
        outbox = Outbox(journal: journal)
        services = [fabric, outbox]
    }

    /// Adds a service and its doors.
    package func add(_ service: some CloudService) {
        services.append(service)
        for endpoint in service.endpoints { endpoints[endpoint.name] = endpoint }
    }

    /// The door of a service, by the name that botocore gives it.
    package func endpoint(_ name: String) throws(AWSError) -> Endpoint {
        guard let endpoint = endpoints[name] else { throw .notImplemented("the service \(name)") }
        return endpoint
    }

    /// A call that comes from inside the cloud: one service on behalf of a resource.
    /// - Parameter source: the ARN of the resource that causes it.
    package func call(in scope: Scope, source: String? = nil, trace: TraceID? = nil, host: String = "localhost:4566") -> Call {
        let now = clock.now
        return Call(scope: scope, requestID: random.requestID(), now: now, trace: trace ?? random.trace(at: now), host: host, source: source)
    }

    // MARK: Life

    /// Reads the store into the services. Once, after every service was added.
    package func load() throws(AWSError) {
        guard let store = journal.store else { return }
        let byName = Dictionary(services.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        try store.load { (name, key, value) throws(AWSError) in
            guard let service = byName[name] else {
                throw AWSError("InternalFailure", "The store has entries of a service '\(name)' that this program doesn't have.", status: 500)
            }
            try service.load(key: key, value: value)
        }
        for service in services { service.stateWasReplaced() }
    }

    /// Begins to take part in the event loop: from now on every turn ends with ``endTurn()``.
    package func attach() {
        guard turnEnd == nil else { return }
        turnEnd = CloudActor.loop.onTurnEnd { [weak self] in
            CloudActor.assumeIsolated { self?.endTurn() }
        }
    }

    /// Leaves the event loop: nothing happens by itself any more.
    package func detach() {
        if let turnEnd { CloudActor.loop.removeTurnEnd(turnEnd) }
        turnEnd = nil
        timer?.cancel()
        armedFor = nil
    }

    /// Ends a turn of the event loop: commits what changed, tells who wants to know, arms the timer for the next deadline.
    package func endTurn() {
        fabric.endTurn()
        journal.endTurn()
        arm()
    }

    // MARK: Time

    /// The earliest deadline of any service.
    package var nextDeadline: Timestamp? { earliest { $0.nextDeadline } }

    /// That, or the earliest end of a client's patience.
    private var nextWake: Timestamp? { earliest { $0.nextWake } }

    private func earliest(_ time: (any CloudService) -> Timestamp?) -> Timestamp? {
        var earliest: Timestamp?
        for service in services {
            if let time = time(service), earliest.map({ time < $0 }) ?? true { earliest = time }
        }
        return earliest
    }

    private func arm() {
        // Frozen time reaches no deadline, but what is due already is due.
        let deadline = nextWake.flatMap { clock.isFrozen && $0 > clock.now ? nil : $0 }
        guard deadline != armedFor else { return }
        armedFor = deadline
        guard let deadline else {
            timer?.cancel()
            return
        }
        let timer = timer ?? Loop.Timer(on: CloudActor.loop) { [weak self] in
            CloudActor.assumeIsolated {
                self?.armedFor = nil
                self?.act()
            }
        }
        self.timer = timer
        timer.arm(after: max(deadline - clock.now, .zero))
    }

    /// Lets every service do what is due now, the longest due first.
    package func act() { _ = actOnce() }

    /// - Returns: whether there was anything to do.
    private func actOnce() -> Bool {
        let now = clock.now
        var due: [(deadline: Timestamp, service: any CloudService)] = []
        for service in services {
            if let deadline = service.nextWake, deadline <= now { due.append((deadline, service)) }
        }
        for (_, service) in due.sorted(by: { $0.deadline < $1.deadline }) { service.advance(to: now) }
        return !due.isEmpty
    }

    /// So often may services act at one point of time: what they do can be due at once for another, but time must not stand still for ever
    /// because of one whose deadline doesn't move.
    private static let roundsAtOnePoint = 1000

    /// Moves the time forward, stopping at each deadline on the way so that what is due happens in its order and at its time.
    package func advance(to end: Timestamp) {
        let wasFrozen = clock.isFrozen
        clock.freeze()
        while true {
            for _ in 0..<Self.roundsAtOnePoint where !actOnce() { break }
            guard let stop = services.compactMap({ $0.nextWake }).filter({ $0 > clock.now && $0 <= end }).min() else { break }
            clock.move(to: stop)
        }
        if end > clock.now { clock.move(to: end) }
        if !wasFrozen { clock.run() }
        rearm()
    }

    /// The clock was set, frozen or released.
    package func rearm() {
        armedFor = nil
        timer?.cancel()
        arm()
    }

    /// Waits until nothing is under way and nothing is due; then, where a bound is given, jumps to the next deadline within it and
    /// waits again, until there is none.
    /// - Parameter bound: how far the time may be moved in all.
    /// - Returns: how far it was moved.
    package func settle(jumping bound: Duration? = nil) async -> Duration {
        let end = clock.now + (bound ?? .zero)
        var moved = Duration.zero
        var latest: Timestamp?
        var rounds = 0
        await fabric.idle()
        while let deadline = nextDeadline, deadline <= end {
            rounds = latest.map { deadline <= $0 } ?? false ? rounds + 1 : 0
            guard rounds < Self.roundsAtOnePoint else { break }
            latest = max(deadline, latest ?? deadline)
            let jump = deadline - clock.now
            if jump > .zero {
                clock.move(to: deadline)
                moved += jump
            }
            act()
            rearm()
            await fabric.idle()
        }
        return moved
    }

    // MARK: Snapshots

    /// The state of the whole cloud under a name. Taking one costs the same however much there is.
    package struct Snapshot: Sendable {
        package let name: String
        package let taken: Timestamp
        fileprivate let states: [String: any Sendable]
        fileprivate let clock: CloudClock.Setting
        fileprivate let random: Randomness.State
    }

    /// Keeps the present state under a name, replacing an earlier one of that name.
    @discardableResult
    package func takeSnapshot(_ name: String) -> Snapshot {
        var states: [String: any Sendable] = [:]
        for service in services { states[service.name] = Self.state(of: service) }
        let snapshot = Snapshot(name: name, taken: clock.now, states: states, clock: clock.setting, random: random.state)
        snapshots[name] = snapshot
        return snapshot
    }

    /// Every snapshot, by name.
    package var allSnapshots: [Snapshot] { snapshots.values.sorted { $0.name < $1.name } }

    /// - Returns: whether there was one.
    package func deleteSnapshot(_ name: String) -> Bool { snapshots.removeValue(forKey: name) != nil }

    /// Makes a snapshot the present state; the clock stands as it stood then, and with a seed chance goes on as it went then.
    /// - Returns: whether there is one of that name.
    package func restoreSnapshot(_ name: String) -> Bool {
        guard let snapshot = snapshots[name] else { return false }
        clock.setting = snapshot.clock
        if seed != nil { random.state = snapshot.random }
        for service in services { Self.replace(service, with: snapshot.states[service.name]) }
        stateWasReplaced()
        return true
    }

    /// Makes the cloud new: no resource, the system's time, and the seed from its start. Snapshots stay.
    package func reset() {
        clock.reset()
        if let seed { random.reseed(seed) }
        for service in services { Self.replace(service, with: nil) }
        stateWasReplaced()
    }

    private static func state<S: CloudService>(of service: S) -> any Sendable { service.state }

    private static func replace<S: CloudService>(_ service: S, with state: (any Sendable)?) {
        service.state = (state as? S.State) ?? service.emptyState
    }

    private func stateWasReplaced() {
        for service in services {
            journal.deletePrefix(service.name, [])
            if journal.isDurable { service.entries { key, value in journal.put(service.name, key, value) } }
        }
        for service in services { service.stateWasReplaced() }
        rearm()
    }
}
