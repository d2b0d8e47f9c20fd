import Collections
import Kernel

/// By how much a request with several writes makes item collections grow, held against what they may hold.
struct CollectionGrowth {
    /// Bytes.
    let limit: Int
    private var growth: [Target: Int] = [:]

    init(limit: Int) { self.limit = limit }

    /// - Throws: where the collection would become too large.
    mutating func add(_ change: ItemChange, to table: borrowing Table) throws(AWSError) {
        guard table.hasLocalIndexes, let partition = (change.new ?? change.old)?.item[table.keys.partition.name] else { return }
        let collection = Target(table: table.arn, place: Bytes(KeyEncoding.key(partition: partition)))
        growth[collection, default: 0] += try table.checkCollection(change, others: growth[collection] ?? 0, limit: limit)
    }
}
