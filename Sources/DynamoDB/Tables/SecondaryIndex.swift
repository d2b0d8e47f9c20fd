import Collections
import Kernel

/// What an index holds of each item besides the keys.
package struct IndexProjection: Sendable, Equatable {
    package enum Kind: String, Sendable { case all = "ALL", keysOnly = "KEYS_ONLY", include = "INCLUDE" }

    package var kind: Kind
    package var nonKeyAttributes: [String]

    package init(_ kind: Kind, nonKeyAttributes: [String] = []) {
        self.kind = kind
        self.nonKeyAttributes = nonKeyAttributes
    }
}

/// An item where it stands in a map, with its size, which reading counts.
package struct StoredItem: Sendable {
    package let item: Item
    package let size: Int

    package init(_ item: Item) {
        self.item = item
        size = item.size
    }
}

/// A local or a global secondary index.
///
/// An entry refers to the whole item of the table (one reference, whatever the projection), and reading shows of it what
/// the index projects. Entries stand under `index key . table key`.
package struct SecondaryIndex: Sendable {
    package private(set) var name: String
    package let isLocal: Bool
    package let keys: KeySchema
    package let projection: IndexProjection
    package var throughput: Throughput?
    package var onDemandThroughput: OnDemandThroughput?
    package var status = ResourceStatus.active
    /// When a passing status ends.
    var statusEnds: Timestamp?
    /// Of an index that was added to a table: whether it takes in the items that were there, once it has its resources.
    var isBackfilling: Bool?
    var warm: WarmThroughput
    /// What throttling lets through, of a global index.
    var meter = ThroughputMeter()
    /// What the index shows of an item, in the order of the names' bytes; `nil` where it shows everything.
    let projected: [String]?

    package private(set) var entries = SortedMap<Bytes, StoredItem>()
    /// The sum of the sizes of what the entries show.
    package private(set) var byteCount = 0

    package init(name: String, isLocal: Bool, keys: KeySchema, projection: IndexProjection, table: KeySchema, throughput: Throughput? = nil) {
        self.name = name
        self.isLocal = isLocal
        self.keys = keys
        self.projection = projection
        self.throughput = throughput
        warm = .initial(throughput)
        if projection.kind == .all {
            projected = nil
        } else {
            let names = Set(keys.names + table.names + (projection.kind == .include ? projection.nonKeyAttributes : []))
            projected = names.sorted { ByteOrder.compare($0, $1) < 0 }
        }
    }

    /// The same index under another name.
    func named(_ name: String) -> SecondaryIndex {
        var index = self
        index.name = name
        return index
    }

    /// What the index has of an item.
    package func view(of item: Item) -> Item {
        guard let projected else { return item }
        var attributes: [AttributeMap.Attribute] = []
        attributes.reserveCapacity(projected.count)
        for name in projected {
            if let value = item[name] { attributes.append(AttributeMap.Attribute(name: name, value: value)) }
        }
        return AttributeMap(attributes)
    }

    /// Whether it has everything that a reader names.
    package func projects(_ attribute: String) -> Bool {
        projected.map { $0.contains { ByteOrder.equal($0, attribute) } } ?? true
    }

    private func viewSize(of stored: StoredItem) -> Int {
        projected == nil ? stored.size : view(of: stored.item).size
    }

    /// Where the item stands in the index; `nil` where it has not the index's key attributes in their types.
    package func place(of item: Item, tablePlace: Bytes) -> Bytes? {
        guard let partition = Self.value(of: keys.partition, in: item, isPartition: true) else { return nil }
        var sortValue: AttributeValue?
        if let sort = keys.sort {
            guard let value = Self.value(of: sort, in: item, isPartition: false) else { return nil }
            sortValue = value
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(64 + tablePlace.count)
        if keys.isMultiAttribute {
            guard let partitions = Self.values(of: keys.furtherPartitions, in: item, isPartition: true),
                let sorts = Self.values(of: keys.furtherSorts, in: item, isPartition: false)
            else { return nil }
            KeyEncoding.appendPartition(partition, partitions, to: &bytes)
            if let sortValue { KeyEncoding.append(sortValue, to: &bytes) }
            for value in sorts { KeyEncoding.append(value, to: &bytes) }
        } else {
            KeyEncoding.appendKey(partition: partition, sort: sortValue, to: &bytes)
        }
        bytes.append(contentsOf: tablePlace.array)
        return Bytes(bytes)
    }

    /// The item's value for a key attribute; `nil` where it can't be a key.
    private static func value(of key: KeyAttribute, in item: Item, isPartition: Bool) -> AttributeValue? {
        guard let value = item[key.name], value.type == key.type, value.emptyKind == nil, KeySchema.isWithinLimit(value, isPartition: isPartition) else { return nil }
        return value
    }

    private static func values(of keys: [KeyAttribute], in item: Item, isPartition: Bool) -> [AttributeValue]? {
        var values: [AttributeValue] = []
        for key in keys {
            guard let value = value(of: key, in: item, isPartition: isPartition) else { return nil }
            values.append(value)
        }
        return values
    }

    /// Refuses an item whose value for one of the index's keys can't be a key.
    func check(_ item: Item) throws(AWSError) {
        try check(item, keys.partition, isPartition: true)
        for key in keys.furtherPartitions { try check(item, key, isPartition: true) }
        if let sort = keys.sort { try check(item, sort, isPartition: false) }
        for key in keys.furtherSorts { try check(item, key, isPartition: false) }
    }

    func mismatch(_ key: KeyAttribute, _ type: AttributeType) -> AWSError {
        .invalidParameter("Type mismatch for Index Key \(key.name) Expected: \(key.type.rawValue) Actual: \(type.rawValue) IndexName: \(name)")
    }

    private func check(_ item: Item, _ key: KeyAttribute, isPartition: Bool) throws(AWSError) {
        guard let value = item[key.name] else { return }
        guard value.type == key.type else {
            throw mismatch(key, value.type)
        }
        if let kind = value.emptyKind {
            throw .emptyKey(
                "One or more parameter values are not valid. A value specified for a secondary index key is not supported.", kind,
                " IndexName: \(name), IndexKey: \(key.name)")
        }
        try KeySchema.checkSize(value, isPartition: isPartition)
    }
}

/// Keeping up with the table.
extension SecondaryIndex {
    /// Follows the change of one item.
    mutating func follow(tablePlace: Bytes, old: StoredItem?, new: StoredItem?) {
        let oldPlace = old.flatMap { place(of: $0.item, tablePlace: tablePlace) }
        let newPlace = new.flatMap { place(of: $0.item, tablePlace: tablePlace) }
        if let oldPlace {
            if let old { byteCount -= viewSize(of: old) }
            if oldPlace != newPlace { entries.removeValue(forKey: oldPlace) }
        }
        if let newPlace, let new {
            byteCount += viewSize(of: new)
            entries.updateValue(new, forKey: newPlace)
        }
    }

    /// Write units that following the change takes: nothing where what the index has stays the same, one write where it
    /// changes or comes or goes, two (a removal and an insertion) where the index's key changes.
    /// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.ThroughputConsiderations.Writes
    func writeUnits(tablePlace: Bytes, old: StoredItem?, new: StoredItem?) -> Double {
        let oldPlace = old.flatMap { place(of: $0.item, tablePlace: tablePlace) }
        let newPlace = new.flatMap { place(of: $0.item, tablePlace: tablePlace) }
        let oldView = oldPlace == nil ? nil : old.map { view(of: $0.item) }
        let newView = newPlace == nil ? nil : new.map { view(of: $0.item) }
        switch (oldView, newView) {
        case (nil, nil): return 0
        case (let one?, nil), (nil, let one?): return Capacity.writeUnits(one.size)
        case (let one?, let other?):
            if oldPlace != newPlace { return Capacity.writeUnits(one.size) + Capacity.writeUnits(other.size) }
            return one == other ? 0 : Capacity.writeUnits(max(one.size, other.size))
        }
    }
}
