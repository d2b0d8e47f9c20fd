import JSON
import Kernel

/// That a table is a replica of a global table: what it knows of the group that it belongs to.
/// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
///
/// Every replica is a table of its own in its region. What one of them has of its own (units of reading, table class) is an
/// override where it differs from the replica that is asked, and needs no record.
package struct Replication: Sendable, Equatable {
    /// The regions of the other replicas, in the order in which this one came to know them.
    package internal(set) var regions: [String]
    /// The region that this replica was made from; `nil` for the table that the group began with.
    var source: String?
    /// When this replica was made.
    var added: Timestamp
    /// Whether the group has multi-Region strong consistency.
    package internal(set) var isStrong = false
    /// Regions that only witness the writes of a strong group: there is no table in them.
    package internal(set) var witnesses: [String] = []

    init(regions: [String] = [], source: String? = nil, added: Timestamp) {
        self.regions = regions
        self.source = source
        self.added = added
    }

    static let version = "2019.11.21"

    /// A replica from which another was made can't be deleted for that long.
    static let sourcePeriod = Duration.seconds(24 * 60 * 60)
}

/// In the journal.
extension Replication {
    var stored: Document {
        var members: Members = ["regions": .array(regions.map { .string($0) }), "added": .int(added.microseconds)]
        if let source { members.append("source", .string(source)) }
        if isStrong { members.append("strong", true) }
        if !witnesses.isEmpty { members.append("witnesses", .array(witnesses.map { .string($0) })) }
        return .object(members)
    }

    init?(stored document: Document) {
        guard let regions = document["regions"]?.array, let added = document["added"]?.int else { return nil }
        self.init(regions: regions.compactMap(\.string), source: document["source"]?.string, added: Timestamp(microseconds: Int64(added)))
        isStrong = document["strong"]?.bool ?? false
        witnesses = (document["witnesses"]?.array ?? []).compactMap(\.string)
    }
}

extension DynamoDBService {
    /// The other replicas of a table, with their places.
    func peers(of name: String, in scope: Scope) -> [Scope] {
        (state.regions[scope]?.tables[name]?.replication?.regions ?? []).map { Scope(account: scope.account, region: $0) }
    }

    /// Makes an item's change in all other replicas, in the same step and so in the same commit: whoever writes last wins.
    /// Their streams tell of it as of any write.
    func replicate(_ change: ItemChange, of table: String, from scope: Scope, now: Timestamp) {
        for peer in peers(of: table, in: scope) {
            guard var made = state.regions[peer]?.tables[table]?.write(change.new, at: change.place) else { continue }
            made.isReplicated = false
            commit(made, table: table, stream: state.regions[peer]?.tables[table]?.stream, in: peer, now: now)
        }
    }

    /// Tells the other replicas that one is gone. The last one left is an ordinary table again.
    func leaveGroup(_ table: Table, in scope: Scope) {
        for region in table.replication?.regions ?? [] {
            let peer = Scope(account: scope.account, region: region)
            guard var replication = state.regions[peer]?.tables[table.name]?.replication else { continue }
            replication.regions.removeAll { $0 == scope.region }
            state.regions[peer]?.tables[table.name]?.replication = replication.regions.isEmpty ? nil : replication
            journalTable(table.name, in: peer)
        }
    }
}
