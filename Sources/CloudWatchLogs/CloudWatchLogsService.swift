import Collections
import JSON
import Kernel

/// Amazon CloudWatch Logs.
/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/Welcome.html
@CloudActor
package final class CloudWatchLogsService: CloudService {
    package struct State: Sendable {
        /// By account and region, then by name.
        var groups: [Scope: SortedMap<Bytes, LogGroup>] = [:]
        /// By account and region, then by name or ARN.
        var policies: [Scope: [ResourcePolicy]] = [:]
        /// By their ids.
        var queries: [String: Query] = [:]
        /// Of a group or a stream.
        var lastID: UInt64 = 0
    }

    package nonisolated var name: String { "logs" }
    package var state = State()
    package var emptyState: State { State() }
    let environment: Environment
    /// Where the groups and streams of the journal are, while it is read.
    var loading = LoadingIndex()
    /// Tells queries of a state that was replaced from those of the present one.
    var queryEpoch: UInt64 = 0

    package init(_ environment: Environment) {
        self.environment = environment
        environment.fabric.register(self, forService: "logs")
    }

    private static let model = ServiceModel(signingName: "logs", protocols: [.awsJSON11], targetPrefix: "Logs_20140328", apiVersion: "2014-03-28")

    package lazy var endpoints = [
        Endpoint(
            "logs", Self.model, service: self,
            operations: groupOperations + streamOperations + eventOperations + retentionOperations + tagOperations + policyOperations
                + subscriptionFilterOperations + metricFilterOperations + queryOperations,
            unimplemented: unimplementedOperations)
    ]

    // MARK: Finding

    /// A group as it is.
    /// - Throws: `ResourceNotFoundException`.
    func group(_ name: GroupName) throws(AWSError) -> LogGroup {
        guard let group = state.groups[name.scope]?[name.key] else { throw .noSuchGroup }
        return group
    }

    /// Changes a group in place.
    /// - Throws: `ResourceNotFoundException`, and what the change throws.
    func withGroup<Result>(_ name: GroupName, _ change: (inout LogGroup) throws(AWSError) -> Result) throws(AWSError) -> Result {
        guard let index = state.groups.index(forKey: name.scope), state.groups.values[index].contains(name.key) else { throw .noSuchGroup }
        // It is there: the default is never made.
        return try state.groups.values[index].withValue(
            forKey: name.key, default: LogGroup(id: 0, name: name.name, scope: name.scope, created: 0), change)
    }

    /// Changes a stream in place.
    /// - Throws: `ResourceNotFoundException`, and what the change throws.
    func withStream<Result>(
        _ stream: String, of group: GroupName, _ change: (inout LogStream) throws(AWSError) -> Result
    ) throws(AWSError) -> Result {
        let key = Bytes(utf8: stream)
        return try withGroup(group) { (group) throws(AWSError) in
            guard group.streams.contains(key) else { throw .noSuchStream }
            return try group.streams.withValue(forKey: key, default: LogStream(id: 0, name: stream, created: 0), change)
        }
    }

    // MARK: Changes

    func newID() -> UInt64 {
        state.lastID += 1
        return state.lastID
    }

    /// A new group, in the state and the journal.
    func add(_ group: LogGroup) {
        state.groups[group.scope, default: SortedMap()].updateValue(group, forKey: Bytes(utf8: group.name))
        keep(group)
    }

    /// A group with its streams and their events is gone.
    func remove(_ group: LogGroup) {
        state.groups[group.scope]?.removeValue(forKey: Bytes(utf8: group.name))
        if state.groups[group.scope]?.isEmpty == true { state.groups[group.scope] = nil }
        environment.journal.delete(name, JournalKey.group(group.id))
        environment.journal.deletePrefix(name, JournalKey.streams(of: group.id))
        environment.journal.deletePrefix(name, JournalKey.batches(of: group.id))
    }

    /// So many expired events are dropped at once; readers pass over the others meanwhile.
    private static let dropLimit = 10_000

    /// Drops what a stream's retention has expired.
    func expire(_ stream: String, of name: GroupName, at now: Int64) {
        _ = try? withGroup(name) { group in
            guard group.retentionDays != nil else { return }
            var limit = Self.dropLimit
            expire(Bytes(utf8: stream), of: &group, at: now, &limit)
        }
    }

    /// Drops what a group's retention has expired.
    func expire(_ name: GroupName, at now: Int64) {
        _ = try? withGroup(name) { group in
            guard group.retentionDays != nil else { return }
            var limit = Self.dropLimit
            let cutoff = group.cutoff(at: now)
            let due = group.streams.filter { $0.value.events.first.map { $0.key.timestamp < cutoff } ?? false }.map(\.key)
            for key in due where limit > 0 { expire(key, of: &group, at: now, &limit) }
        }
    }

    private func expire(_ key: Bytes, of group: inout LogGroup, at now: Int64, _ limit: inout Int) {
        let cutoff = group.cutoff(at: now)
        guard let stream = group.streams[key], let first = stream.events.first, first.key.timestamp < cutoff else { return }
        let most = limit
        let dropped = group.streams.withValue(forKey: key, default: stream) { $0.drop(before: cutoff, limit: most) }
        limit -= dropped.count
        group.storedBytes -= dropped.bytes
        for batch in dropped.batches { environment.journal.delete(self.name, JournalKey.batch(group.id, stream.id, batch)) }
        // Where the last events were is known without them.
        if !dropped.batches.isEmpty { keep(stream, of: group.id) }
    }
}

/// A group as operations name it.
struct GroupName: Hashable, Sendable {
    var scope: Scope
    var name: String
    var key: Bytes

    init(_ name: String, in scope: Scope) {
        self.scope = scope
        self.name = name
        key = Bytes(utf8: name)
    }
}
