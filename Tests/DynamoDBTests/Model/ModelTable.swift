import DynamoDB
/// A table with its indexes, as the model sees them: the items by their keys, and every question answered by looking at all of them.
struct ModelTable {
    struct Key: Hashable, Comparable {
        var partition: String
        var sort: String

        /// Partitions are in the order of their hashes.
        static func < (left: Key, right: Key) -> Bool { (left.hash, left.sort) < (right.hash, right.sort) }

        private var hash: UInt64 { KeyEncoding.hash(.string(partition)) }

        var item: ModelItem { ["pk": .string(partition), "sk": .string(sort)] }
    }

    /// The table itself, or an index.
    struct View {
        var index: String?
        var partition: String
        var sort: String?
        var keysOnly = false

        static let table = View(partition: "pk", sort: "sk")
        static let local = View(index: "local", partition: "pk", sort: "n")
        static let global = View(index: "global", partition: "g", sort: "n")
        static let keys = View(index: "keys", partition: "g", keysOnly: true)
        static let all = [table, local, global, keys]

        var keyNames: Set<String> { [partition, sort ?? partition] }

        func shows(_ item: ModelItem) -> ModelItem {
            keysOnly ? item.filter { keyNames.contains($0.key) || $0.key == "pk" || $0.key == "sk" } : item
        }
    }

    enum Write {
        case put(ModelItem)
        case update(ModelUpdate)
        case delete
        case check
    }

    var items: [Key: ModelItem] = [:]
    /// What the stream should show: every change of an item, old and new.
    var changes: [(old: ModelItem?, new: ModelItem?)] = []

    /// The item that a write would leave.
    func outcome(_ write: Write, _ key: Key, _ condition: ModelCondition?) throws(ModelRefusal) -> ModelItem? {
        let old = items[key]
        if case .update(let update) = write {
            for action in update.actions where action.path.element == nil {
                if let type = action.type, action.path.attribute == "g" && type != "S" || action.path.attribute == "n" && type != "N" { throw .invalid }
                if case .set(_, .string("")) = action, action.path.attribute == "g" { throw .emptyKey }
            }
        }
        if let condition, !condition.holds(for: old ?? [:]) { throw .failed }
        switch write {
        case .put(let item): return item
        case .delete: return nil
        case .check: return old
        case .update(let update):
            let new = try update.apply(to: old, key: key.item)
            if let new, !Self.fitsIndexes(new) { throw new["g"] == .string("") ? .emptyKey : .invalid }
            return new
        }
    }

    /// Keys of indexes have their types, where an item has them at all.
    static func fitsIndexes(_ item: ModelItem) -> Bool {
        switch item["g"] {
        case nil: break
        case .string(let text)?: if text.isEmpty { return false }
        default: return false
        }
        switch item["n"] {
        case nil, .number?: return true
        default: return false
        }
    }

    mutating func set(_ new: ModelItem?, at key: Key) {
        let old = items[key]
        items[key] = new
        if old != new { changes.append((old, new)) }
    }

    /// Those that a view has, in the order of its sort key and then of the table's keys.
    func rows(_ view: View, _ holds: (ModelItem) -> Bool) -> [ModelItem] {
        let sort = view.sort ?? view.partition
        return items.values.filter { $0[view.partition] != nil && $0[sort] != nil && holds($0) }.sorted { left, right in
            let order = left[sort].flatMap { value in right[sort].flatMap(value.order) } ?? 0
            return order == 0 ? left.key < right.key : order < 0
        }
    }
}

extension ModelItem {
    var key: ModelTable.Key {
        guard case .string(let partition)? = self["pk"], case .string(let sort)? = self["sk"] else { return .init(partition: "", sort: "") }
        return .init(partition: partition, sort: sort)
    }
}
