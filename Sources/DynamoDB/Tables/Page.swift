import Collections
import Kernel

/// One page of a Query or a Scan: what it reads, and how far.
struct PageRequest: Sendable {
    /// The first and the last key that may be read, in the direction of reading.
    var range: (from: SortedMap<Bytes, StoredItem>.Bound, to: SortedMap<Bytes, StoredItem>.Bound)
    var isForward = true
    var limit: Int?
    var filter: Condition?
    var selection: Selection

    /// What is answered of each item.
    enum Selection: Sendable {
        case count
        /// Everything that the table or the index has.
        case everything
        case projection(Projection)
    }

    /// A page ends when it has read that many bytes.
    static let bytes = 1 << 20
}

/// What a page read.
struct Page: Sendable {
    var items: [Item] = []
    var count = 0
    var scannedCount = 0
    /// What the next page starts behind.
    var last: Item?
    /// Bytes read of the table or the index.
    fileprivate(set) var bytes = 0
    /// Units for fetching from the table what a local index doesn't have, each item by itself.
    fileprivate(set) var fetchUnits = 0.0

    /// What reading it used. What is read is counted, whatever a filter or a projection leaves of it.
    func consumption(of index: SecondaryIndex?, consistent: Bool) -> Consumption {
        var consumption = Consumption(table: fetchUnits)
        let units = Capacity.readUnits(bytes, consistent: consistent)
        if let index { consumption.add(units, to: index) } else { consumption.table += units }
        return consumption
    }
}

extension Table {
    /// Reads a page of the table or of one of its indexes.
    /// - Parameter fetches: whether attributes that a local index doesn't have are read from the table.
    func page(_ request: PageRequest, index: SecondaryIndex?, fetches: Bool, consistent: Bool) -> Page {
        let map = index?.entries ?? items
        var page = Page()
        if request.isForward {
            var cursor = map.ascending(from: request.range.from, to: request.range.to)
            while let (_, stored) = cursor.next(), read(stored, request, index, fetches, consistent, &page) {}
        } else {
            var cursor = map.descending(from: request.range.from, to: request.range.to)
            while let (_, stored) = cursor.next(), read(stored, request, index, fetches, consistent, &page) {}
        }
        return page
    }

    /// Takes one item into the page.
    /// - Returns: whether the page has room for more.
    private func read(_ stored: StoredItem, _ request: PageRequest, _ index: SecondaryIndex?, _ fetches: Bool, _ consistent: Bool, _ page: inout Page) -> Bool {
        var view = stored.item
        if let index, index.projected != nil {
            let indexed = index.view(of: stored.item)
            page.bytes += indexed.size
            if fetches { page.fetchUnits += Capacity.readUnits(stored.size, consistent: consistent) } else { view = indexed }
        } else {
            page.bytes += stored.size
        }
        page.scannedCount += 1
        if request.filter?.holds(for: view) ?? true {
            page.count += 1
            switch request.selection {
            case .count: break
            case .everything: page.items.append(view)
            case .projection(let projection): page.items.append(projection.applied(to: view))
            }
        }
        guard page.scannedCount == request.limit || page.bytes >= PageRequest.bytes else { return true }
        page.last = startKey(of: stored.item, index: index)
        return false
    }

    /// The key by which a page says where it ended: the index's and the table's key attributes.
    private func startKey(of item: Item, index: SecondaryIndex?) -> Item {
        var key = keys.key(of: item)
        for name in index?.keys.names ?? [] { key[name] = item[name] }
        return key
    }
}

/// `ExclusiveStartKey`
extension Table {
    static let invalidStart = "The provided starting key is invalid"

    /// How many attributes a `LastEvaluatedKey` of the table or the index has.
    func startCount(_ index: SecondaryIndex?) -> Int {
        guard let index else { return keys.count }
        return keys.count + index.keys.names.count(where: { !keys.has($0) })
    }

    /// Checks what a start has for one of the keys that are read.
    static func checkStart(_ key: Item, _ attribute: KeyAttribute, isPartition: Bool) throws(AWSError) {
        guard let value = key[attribute.name] else { throw .validation(invalidStart) }
        guard value.type == attribute.type else { throw KeySchema.mismatch }
        try KeySchema.checkSize(value, isPartition: isPartition)
    }

    /// Where an item of that key stands in the table or the index.
    /// - Throws: where the table's part of it is no key of the table.
    func place(ofStart key: Item, index: SecondaryIndex?) throws(AWSError) -> Bytes {
        var tableKey = key
        if index != nil {
            tableKey = Item()
            for name in keys.names { tableKey[name] = key[name] }
        }
        let tablePlace: Bytes
        do throws(AWSError) { tablePlace = try keys.place(ofKey: tableKey) } catch { throw .validation("\(Self.invalidStart): \(error.message ?? "")") }
        guard let index else { return tablePlace }
        guard let place = index.place(of: key, tablePlace: tablePlace) else { throw .validation(Self.invalidStart) }
        return place
    }
}
