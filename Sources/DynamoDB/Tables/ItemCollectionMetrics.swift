import JSON

/// `ItemCollectionMetrics`: how large the items of one partition key are together. Only tables with local indexes have it.
enum ItemCollectionMetrics {
    static func document(_ item: Item, _ table: borrowing Table) -> Document? {
        guard table.hasLocalIndexes, let partition = item[table.keys.partition.name] else { return nil }
        let gigabytes = Double(table.collectionSize(partition) / (1 << 30))
        return [
            "ItemCollectionKey": .object([table.keys.partition.name: partition.document]),
            "SizeEstimateRangeGB": [.number("\(gigabytes)"), .number("\(gigabytes + 1)")],
        ]
    }
    /// Of several writes to one collection the last one tells.
    static func add(_ document: Document, to collections: inout [Document]) {
        let key = document["ItemCollectionKey"]?.json()
        if let place = collections.firstIndex(where: { $0["ItemCollectionKey"]?.json() == key }) {
            collections[place] = document
        } else {
            collections.append(document)
        }
    }
}
