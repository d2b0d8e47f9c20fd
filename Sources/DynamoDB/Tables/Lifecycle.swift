import JSON
import Kernel

/// Tables and indexes between two states.
extension Table {
    /// Puts it into a passing status.
    mutating func begin(_ status: ResourceStatus, _ change: TableChange? = nil, ends: Timestamp) {
        self.status = status
        self.change = change
        statusEnds = ends
        guard status == .creating else { return }
        for position in indexes.indices where !indexes[position].isLocal { indexes[position].begin(.creating, ends: ends) }
    }

    /// Ends every passing status whose time has come.
    mutating func settle(at now: Timestamp) {
        if let ends = statusEnds, ends <= now {
            status = .active
            statusEnds = nil
            change = nil
            restored = nil
            // An index that was added has its resources now, and takes in the items.
            for position in indexes.indices where indexes[position].isBackfilling == false { indexes[position].isBackfilling = true }
        }
        encryption.settle(at: now)
        warm.settle(at: now)
        let leaving = indexes.filter { index in index.status == .deleting && index.statusEnds.map { $0 <= now } ?? true }.map(\.name)
        for name in leaving { removeIndex(name) }
        for position in indexes.indices { indexes[position].settle(at: now) }
    }

    /// When the next passing status ends.
    var nextSettling: Timestamp? {
        var next = [statusEnds, encryption.change?.ends, warm.change?.ends].compactMap(\.self).min()
        for index in indexes {
            for ends in [index.statusEnds, index.warm.change?.ends] { if let ends { next = min(next ?? ends, ends) } }
        }
        return next
    }
}

extension SecondaryIndex {
    mutating func begin(_ status: ResourceStatus, ends: Timestamp) {
        self.status = status
        statusEnds = ends
    }

    fileprivate mutating func settle(at now: Timestamp) {
        warm.settle(at: now)
        guard let ends = statusEnds, ends <= now else { return }
        status = .active
        statusEnds = nil
        isBackfilling = nil
    }
}

extension DynamoDBService {
    /// How long a passing status lasts where statuses are realistic. AWS takes about as long for a small table.
    static let statusDuration = Duration.seconds(5)

    /// When a status that begins now ends: at once where statuses aren't realistic, so that it only shows in the answer that begins it.
    func statusEnd(_ now: Timestamp) -> Timestamp { environment.hasRealisticStatus ? now + Self.statusDuration : now }

    /// Puts a changed table in its place, with the passing statuses that are over already ended.
    func settle(_ table: Table, in scope: Scope, now: Timestamp) {
        var table = table
        if table.status != .deleting { table.settle(at: now) }
        note(table.nextSettling)
        state.regions[scope, default: RegionState()].tables[table.name] = table
        journalTable(table.name, in: scope)
    }
}

/// Streams of tables.
extension DynamoDBService {
    /// Gives a table, which isn't in its place yet, a new stream.
    func openStream(of table: inout Table, view: StreamViewType, in scope: Scope, now: Timestamp) {
        // The label is the time; two within a millisecond must differ.
        var time = now
        func arn() -> String { "\(table.arn)/stream/\(String(time.iso8601Milliseconds.dropLast()))" }
        while state.regions[scope]?.streams[arn()] != nil { time = time + .milliseconds(1) }
        let shardID = Shard.id(at: now, random: environment.random.hex(8))
        let stream = Stream(
            arn: arn(), label: Stream.label(of: arn()), tableName: table.name, view: view, keys: table.keys, created: now, shardID: shardID)
        state.regions[scope, default: RegionState()].streams[stream.arn] = stream
        table.stream = stream.arn
        table.latestStream = stream.arn
        table.streamViewType = view
        journalStream(stream.arn, in: scope)
    }
}
