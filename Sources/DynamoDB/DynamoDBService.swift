import Collections
import JSON
import Kernel

/// Amazon DynamoDB and DynamoDB Streams.
@CloudActor
package final class DynamoDBService: CloudService {
    package struct State: Sendable {
        package internal(set) var regions: [Scope: RegionState] = [:]
        /// Nothing is due before that time.
        var nextDeadline: Timestamp?
    }

    package nonisolated var name: String { "dynamodb" }
    package var state = State()
    package var emptyState: State { State() }
    let environment: Environment

    package private(set) lazy var endpoints = [
        Endpoint("dynamodb", Self.model, service: self, operations: Self.operations.map(\.typed)),
        Endpoint("dynamodbstreams", Self.streamsModel, service: self, operations: Self.streamsOperations),
    ]

    package let limits: Limits

    package init(_ environment: Environment, limits: Limits = Limits()) {
        self.environment = environment
        self.limits = limits
    }

    /// Which of AWS's limits are in force.
    package struct Limits: Sendable {
        /// Whether requests beyond a table's throughput are refused.
        package var isThrottled: Bool
        /// Most bytes of an item collection of a table with local indexes; 10 GB on AWS.
        package var collectionBytes: Int

        package init(isThrottled: Bool = false, collectionBytes: Int = 10 << 30) {
            self.isThrottled = isThrottled
            self.collectionBytes = max(0, collectionBytes)
        }
    }

    // MARK: Time

    package var nextDeadline: Timestamp? { state.nextDeadline }

    /// Takes note of something that becomes due.
    func note(_ deadline: Timestamp?) {
        guard let deadline else { return }
        if let next = state.nextDeadline, next <= deadline { return }
        state.nextDeadline = deadline
    }

    package func advance(to now: Timestamp) {
        for scope in state.regions.keys.sorted() {
            settleStatuses(scope, now)
            expireItems(scope, now)
            trimStreams(scope, now)
            trimRecovery(scope, now)
            expireBackups(scope, now)
            for token in state.regions[scope]?.tokens.expire(at: now) ?? [] { journal.delete(name, JournalKey.token(token, scope)) }
        }
        state.nextDeadline = state.regions.values.compactMap(\.nextDeadline).min()
    }

    private func settleStatuses(_ scope: Scope, _ now: Timestamp) {
        let due = state.regions[scope]?.tables.values.filter { table in table.nextSettling.map { $0 <= now } ?? false }.map { ($0.name, $0.status) } ?? []
        for (name, status) in due.sorted(by: { $0.0 < $1.0 }) {
            if status == .deleting {
                dropTable(name, in: scope, now: now)
            } else {
                state.regions[scope]?.tables[name]?.settle(at: now)
                journalTable(name, in: scope)
            }
        }
    }

    private func trimStreams(_ scope: Scope, _ now: Timestamp) {
        let due = state.regions[scope]?.streams.values.filter { stream in stream.nextDeadline.map { $0 <= now } ?? false }.map(\.arn) ?? []
        for arn in due.sorted() {
            guard var stream = state.regions[scope]?.streams.removeValue(forKey: arn) else { continue }
            if stream.isGone(at: now) {
                journal.deletePrefix(name, JournalKey.stream(arn, scope))
                continue
            }
            for sequence in stream.trim(at: now) { journal.delete(name, JournalKey.record(sequence, of: arn, scope)) }
            journal.put(name, JournalKey.description(ofStream: arn, scope), stream.document.json())
            state.regions[scope]?.streams[arn] = stream
        }
    }

    // MARK: Finding and changing

    var journal: Journal { environment.journal }

    /// Runs with the table in place, where no copy of it is made. Data-plane operations come through here: a table that is
    /// being created or deleted isn't there for them.
    func withTable<Result>(
        _ reference: TableReference, _ call: Call, _ body: (inout Table) throws(AWSError) -> Result
    ) throws(AWSError) -> Result {
        guard let region = state.regions.index(forKey: reference.scope ?? call.scope),
            let table = state.regions.values[region].tables.index(forKey: reference.name)
        else { throw .noSuchResource }
        return try Self.whereActive(&state.regions.values[region].tables.values[table], body)
    }

    private static func whereActive<Result>(_ table: inout Table, _ body: (inout Table) throws(AWSError) -> Result) throws(AWSError) -> Result {
        guard table.status != .creating, table.status != .deleting else { throw .noSuchResource }
        return try body(&table)
    }

    /// Records an item's change: its entry in the journal, its stream record, and the word to whoever watches the stream.
    /// - Parameter isExpiry: whether DynamoDB itself took the item away because its time had come.
    func commit(_ change: ItemChange, table: String, stream arn: String?, in scope: Scope, now: Timestamp, isExpiry: Bool = false) {
        guard change.isChange else { return }
        note(change.expiry)
        if change.isKept { recordReplaced(change, table: table, in: scope, now: now) }
        if change.isReplicated { replicate(change, of: table, from: scope, now: now) }
        if let new = change.new {
            journal.put(name, JournalKey.item(change.place, of: table, scope), new.item.document.json())
        } else {
            journal.delete(name, JournalKey.item(change.place, of: table, scope))
        }
        guard let arn else { return }
        if state.regions[scope]?.streams[arn]?.isRollDue(at: now) ?? false {
            state.regions[scope]?.streams[arn]?.roll(to: Shard.id(at: now, random: environment.random.hex(8)), at: now)
            journalStream(arn, in: scope)
        }
        let eventID = environment.random.requestID()
        guard let record = state.regions[scope]?.streams[arn]?.append(change, now: now, eventID: eventID, isExpiry: isExpiry) else { return }
        journal.put(name, JournalKey.record(record.sequence, of: arn, scope), record.stored.json())
        note(now + Stream.retention)
        environment.fabric.signal(arn)
    }

    func journalTable(_ name: String, in scope: Scope) {
        guard journal.isDurable, let table = state.regions[scope]?.tables[name] else { return }
        journal.put(self.name, JournalKey.description(ofTable: name, scope), table.stored.json())
    }

    func journalStream(_ arn: String, in scope: Scope) {
        guard journal.isDurable, let stream = state.regions[scope]?.streams[arn] else { return }
        journal.put(name, JournalKey.description(ofStream: arn, scope), stream.document.json())
    }

    /// Takes a table away; its stream can be read for a day more.
    func dropTable(_ name: String, in scope: Scope, now: Timestamp) {
        guard let table = state.regions[scope]?.tables.removeValue(forKey: name) else { return }
        journal.deletePrefix(self.name, JournalKey.table(name, scope))
        if let stream = table.stream { closeStream(stream, in: scope, now: now) }
        if table.replication != nil { leaveGroup(table, in: scope) }
        // What point-in-time recovery could restore stays restorable: the table as it was last.
        guard table.recovery != nil else { return }
        keep(Backup(of: table.forBackup, name: "\(name)$DeletedTableBackup", kind: .system, suffix: "00000000", now: now), in: scope)
    }

    func closeStream(_ arn: String, in scope: Scope, now: Timestamp) {
        state.regions[scope]?.streams[arn]?.close(at: now)
        journalStream(arn, in: scope)
        note(now + Stream.retention)
        environment.fabric.signal(arn)
    }
}

extension AWSError {
    /// Data-plane operations say no more than that.
    static let noSuchResource = AWSError("ResourceNotFoundException", "Requested resource not found")

    /// Control-plane operations name the table.
    static func noSuchTable(_ name: String) -> AWSError {
        AWSError("ResourceNotFoundException", "Requested resource not found: Table: \(name) not found")
    }
}
