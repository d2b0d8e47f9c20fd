import Collections
import Kernel

/// Where a table or an index stands between two states.
package enum ResourceStatus: String, Sendable { case creating = "CREATING", updating = "UPDATING", deleting = "DELETING", active = "ACTIVE" }

/// What a table goes through while its status is UPDATING.
enum TableChange: String, Sendable { case throughput, billing, streamEnabling, streamDisabling, tableClass, indexes }

package enum BillingMode: String, Sendable { case provisioned = "PROVISIONED", payPerRequest = "PAY_PER_REQUEST" }

package struct Throughput: Sendable, Equatable {
    package var read: Int
    package var write: Int
    package var lastIncrease: Timestamp?
    package var lastDecrease: Timestamp?
    package var decreasesToday = 0

    package init(read: Int, write: Int) {
        self.read = read
        self.write = write
    }
}

/// The most that an on-demand table may use; -1 and `nil` set no limit.
package struct OnDemandThroughput: Sendable, Equatable {
    package var read: Int?
    package var write: Int?

    /// With another's limits where it has any.
    func merged(_ other: OnDemandThroughput) -> OnDemandThroughput { OnDemandThroughput(read: other.read ?? read, write: other.write ?? write) }

    /// Without those that -1 takes away; `nil` where none is left.
    var settled: OnDemandThroughput? {
        let settled = OnDemandThroughput(read: read == -1 ? nil : read, write: write == -1 ? nil : write)
        return settled.read == nil && settled.write == nil ? nil : settled
    }
}

/// A table: what it is, its items in the order of their keys, and its indexes.
package struct Table: Sendable {
    package private(set) var name: String
    package private(set) var arn: String
    package private(set) var id: String
    package private(set) var created: Timestamp
    package let keys: KeySchema
    /// The attributes that keys are made of, as they were defined.
    package var definitions: [KeyAttribute]
    package var status = ResourceStatus.active
    /// When a passing status ends.
    package var statusEnds: Timestamp?
    /// What it is updating.
    var change: TableChange?
    package var billing: BillingMode
    package var throughput: Throughput
    package var lastUpdateToPayPerRequest: Timestamp?
    package var onDemandThroughput: OnDemandThroughput?
    var warm: WarmThroughput
    var encryption = Encryption()
    package var isProtected = false
    package var tableClass: String?
    package var tableClassChanged: Timestamp?
    package var tags = Tags()
    /// The stream that takes its changes now; its ARN.
    package var stream: String?
    /// The last stream it had, on or off.
    package var latestStream: String?
    package var streamViewType: StreamViewType?
    /// Set by ``setTimeToLive(_:)``.
    package internal(set) var timeToLive: TimeToLive?
    var expiries = Expiries()
    /// Of the table and of its streams, by ARN.
    var policies: [String: ResourcePolicy] = [:]
    /// By index; the table's own under the empty name.
    var insights: [String: ContributorInsights] = [:]
    var recovery: PointInTimeRecovery?
    var restored: RestoreSummary?
    /// What throttling lets through; not in the journal.
    var meter = ThroughputMeter()
    /// Where it is a replica of a global table.
    package internal(set) var replication: Replication?

    package private(set) var items = SortedMap<Bytes, StoredItem>()
    package private(set) var byteCount = 0
    /// The sizes of the item collections by their partition keys, where the table has local indexes; followed by every write, so that none is counted through.
    private var collectionSizes = SortedMap<Bytes, Int>()
    /// Local indexes first, each kind in the order of creation.
    package internal(set) var indexes: [SecondaryIndex]

    package init(
        name: String, arn: String, id: String, created: Timestamp, keys: KeySchema, definitions: [KeyAttribute], billing: BillingMode,
        throughput: Throughput, indexes: [SecondaryIndex]
    ) {
        self.name = name
        self.arn = arn
        self.id = id
        self.created = created
        self.keys = keys
        self.definitions = definitions
        self.billing = billing
        self.throughput = throughput
        self.indexes = indexes
        warm = .initial(billing == .provisioned ? throughput : nil)
    }

    /// Most bytes of an item.
    package static let itemLimit = 400 * 1024

    package func index(_ name: String) -> SecondaryIndex? { indexes.first { $0.name == name } }

    package var hasLocalIndexes: Bool { indexes.contains { $0.isLocal } }
}

/// The change of one item: what a write did.
package struct ItemChange: Sendable {
    package let place: Bytes
    package let old: StoredItem?
    package let new: StoredItem?
    /// Whether anything is different now. A write that changes nothing leaves no stream record.
    package let isChange: Bool
    /// When the new item is to go.
    var expiry: Timestamp?
    /// Whether point-in-time recovery keeps what was replaced.
    var isKept = false
    /// Whether the other replicas of a global table are to have it.
    var isReplicated = false

    /// What counts for capacity: the larger of the item's sizes before and after.
    var bytes: Int { max(old?.size ?? 0, new?.size ?? 0) }

    package init(place: Bytes, old: StoredItem?, new: StoredItem?) {
        self.place = place
        self.old = old
        self.new = new
        isChange =
            switch (old, new) {
            case (nil, nil): false
            case (let old?, let new?): old.item != new.item
            default: true
            }
    }
}

/// Items.
extension Table {
    package func item(at place: Bytes) -> StoredItem? { items[place] }

    /// Refuses an item that the table's indexes could not hold. Of several, AWS names the index whose name comes first.
    func checkIndexKeys(_ item: Item) throws(AWSError) {
        var refusal: (name: String, error: AWSError)?
        for index in indexes {
            if let refusal, refusal.name < index.name { continue }
            do throws(AWSError) { try index.check(item) } catch { refusal = (index.name, error) }
        }
        if let refusal { throw refusal.error }
    }

    /// Puts an item in its place or, with `nil`, takes away what stands there.
    @discardableResult
    package mutating func write(_ new: StoredItem?, at place: Bytes) -> ItemChange {
        let old: StoredItem?
        if let new {
            old = items.updateValue(new, forKey: place)
        } else {
            old = items.removeValue(forKey: place)
        }
        var change = ItemChange(place: place, old: old, new: new)
        guard change.isChange else { return change }
        byteCount += (new?.size ?? 0) - (old?.size ?? 0)
        followCollection(change)
        for position in indexes.indices { indexes[position].follow(tablePlace: place, old: old, new: new) }
        if timeToLive != nil { change.expiry = followExpiry(old, new, at: place) }
        change.isKept = recovery != nil
        change.isReplicated = replication != nil
        return change
    }

    /// The sizes of all items (and of the local indexes' entries) with one partition key.
    func collectionSize(_ partition: AttributeValue) -> Int { collectionSizes[Bytes(KeyEncoding.key(partition: partition))] ?? 0 }

    private mutating func followCollection(_ change: ItemChange) {
        guard hasLocalIndexes, let partition = (change.new ?? change.old)?.item[keys.partition.name] else { return }
        let key = Bytes(KeyEncoding.key(partition: partition))
        let size = (collectionSizes[key] ?? 0) + collectionShare(change.new, change.place) - collectionShare(change.old, change.place)
        if change.new == nil, size <= 0 { collectionSizes.removeValue(forKey: key) } else { collectionSizes.updateValue(size, forKey: key) }
    }

    /// Refuses a write that makes an item collection grow beyond what it may hold. Only tables with local indexes have a limit.
    /// - Parameters:
    ///   - others: by how much the same request makes the collection grow otherwise.
    ///   - limit: bytes; 10 GB on AWS.
    /// - Returns: by how much the write makes its collection grow.
    @discardableResult
    func checkCollection(_ change: ItemChange, others: Int = 0, limit: Int) throws(AWSError) -> Int {
        guard let partition = (change.new ?? change.old)?.item[keys.partition.name] else { return 0 }
        let growth = collectionShare(change.new, change.place) - collectionShare(change.old, change.place)
        guard growth > 0, collectionSize(partition) + others + growth > limit else { return growth }
        throw AWSError("ItemCollectionSizeLimitExceededException", "Collection size exceeded.")
    }

    /// The same of one write by itself, which looks closer only where the limit is near.
    func checkCollection(of new: StoredItem?, replacing old: StoredItem?, at place: Bytes, limit: Int) throws(AWSError) {
        guard hasLocalIndexes, let new, let partition = new.item[keys.partition.name] else { return }
        guard collectionSize(partition) > limit - new.size * (1 + indexes.count) else { return }
        try checkCollection(ItemChange(place: place, old: old, new: new), limit: limit)
    }

    /// What an item adds to its collection: itself, and what each local index shows of it.
    private func collectionShare(_ stored: StoredItem?, _ place: Bytes) -> Int {
        guard let stored else { return 0 }
        var size = stored.size
        for index in indexes where index.isLocal && index.place(of: stored.item, tablePlace: place) != nil { size += index.view(of: stored.item).size }
        return size
    }
}

/// Indexes.
extension Table {
    /// Adds a global index and fills it from the items. An item with a value that can't be its key stays out.
    mutating func addIndex(_ index: SecondaryIndex) {
        var index = index
        for (place, stored) in items { index.follow(tablePlace: place, old: nil, new: stored) }
        indexes.append(index)
    }

    mutating func removeIndex(_ name: String) {
        indexes.removeAll { $0.name == name }
        forgetUnusedDefinitions()
    }

    /// Leaves these of the indexes of one kind.
    mutating func replaceIndexes(isLocal: Bool, by kept: [SecondaryIndex]) {
        let others = indexes.filter { $0.isLocal != isLocal }
        indexes = isLocal ? kept + others : others + kept
        forgetUnusedDefinitions()
        guard isLocal else { return }
        collectionSizes = SortedMap()
        for (place, stored) in items { followCollection(ItemChange(place: place, old: nil, new: stored)) }
    }

    private mutating func forgetUnusedDefinitions() {
        definitions.removeAll { definition in !keys.has(definition.name) && !indexes.contains { $0.keys.has(definition.name) } }
    }
}

/// Copies.
extension Table {
    /// Makes it another table with the same keys, items, indexes and capacity, and nothing else of this one.
    mutating func becomeNew(name: String, arn: String, id: String, created: Timestamp) {
        self = forBackup
        self.name = name
        self.arn = arn
        self.id = id
        self.created = created
        stream = nil
        latestStream = nil
        streamViewType = nil
        setTimeToLive(nil)
        restored = nil
    }

    /// What a backup keeps of it.
    var forBackup: Table {
        var table = self
        table.settle(at: Timestamp(microseconds: .max))
        table.isProtected = false
        table.tableClass = nil
        table.tableClassChanged = nil
        table.tags = Tags()
        table.policies = [:]
        table.insights = [:]
        table.recovery = nil
        table.meter = ThroughputMeter()
        for position in table.indexes.indices { table.indexes[position].meter = ThroughputMeter() }
        table.replication = nil
        return table
    }
}
