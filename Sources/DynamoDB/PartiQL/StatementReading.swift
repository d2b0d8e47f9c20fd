import Collections
import JSON
import Kernel

/// A `SELECT` with its parameters put in.
struct StatementRead: Sendable {
    var select: StatementSyntax.Select
    var condition: Condition.Node?
    var table: TableReference
    var isConsistent = false
    var limit: Int?
    /// Where the page before ended.
    var start: Start?

    /// A place among the partitions that are read.
    struct Start: Sendable {
        /// `nil` is a partition's beginning.
        var key: Item?
        var partition: Int
    }

    /// A page: items as they are answered, and where the next one starts.
    struct Result: Sendable {
        var items: [Item] = []
        var consumption = Consumption()
        var next: Start?
    }

    init(_ select: StatementSyntax.Select, _ binding: StatementBinding) throws(AWSError) {
        self.select = select
        table = try StatementSyntax.reference(select.source)
        condition = try select.condition.map { (expression) throws(AWSError) in try binding.condition(expression) }
    }

    /// What is answered of an item.
    func answered(_ item: Item) -> Item {
        guard let paths = select.paths else { return item }
        var attributes: [AttributeMap.Attribute] = []
        for path in paths {
            if let value = path.value(in: item) { attributes.append(AttributeMap.Attribute(name: path.answered, value: value)) }
        }
        return AttributeMap(attributes)
    }

    /// Reads a page: of the partitions that the condition names, or of everything.
    func page(of table: borrowing Table) throws(AWSError) -> Result {
        let index = try index(of: table)
        let keys = index?.keys ?? table.keys
        let split = try StatementKeys(condition, keys)
        let isDescending = try direction(split, keys)
        let filter = Condition(all: split.rest)
        let fetches = index.map { index in
            index.isLocal && index.projected != nil && (select.paths ?? []).contains { !index.projects($0.attribute) }
        } ?? false
        let reader = Reader(read: self, index: index, filter: filter, fetches: fetches, isForward: !isDescending.sort)
        guard var partitions = split.partitions else { return try reader.scan(table) }
        guard partitions.count <= StatementKeys.partitionLimit else { throw StatementKeys.tooManyPartitions }
        if let isDescending = isDescending.partition {
            partitions.sort { isDescending ? Self.precedes($1, $0) : Self.precedes($0, $1) }
        }
        for partition in partitions {
            for (value, key) in zip(partition, keys.partitions) { try KeySchema.checkNotEmpty(value, key) }
        }
        let isSingle = index == nil && split.key(table.keys) != nil
        return try reader.query(table, partitions.compactMap { split.range($0) }, isSingle: isSingle)
    }

    /// Whether a partition's values come before another's, the first that differ deciding.
    private static func precedes(_ left: [AttributeValue], _ right: [AttributeValue]) -> Bool {
        for (one, other) in zip(left, right) {
            if let order = one.compare(other), order != 0 { return order < 0 }
        }
        return false
    }

    private func index(of table: borrowing Table) throws(AWSError) -> SecondaryIndex? {
        guard let name = select.source.index else { return nil }
        guard let index = table.index(name), index.status != .creating, index.status != .deleting else {
            throw .validation("The table does not have the specified index")
        }
        guard !index.isLocal else { return index }
        if isConsistent { throw .validation("Strongly consistent read is not supported on Global Secondary Indexes") }
        let missing = (select.paths ?? []).map(\.attribute).filter { !index.projects($0) }
        if !missing.isEmpty { throw .invalidParameter("Global secondary index \(name) does not project [\(missing.joined(separator: ", "))]") }
        return index
    }

    /// `ORDER BY`: which way partitions and sort keys go.
    private func direction(_ split: StatementKeys, _ keys: KeySchema) throws(AWSError) -> (partition: Bool?, sort: Bool) {
        guard !select.order.isEmpty else { return (nil, false) }
        guard condition != nil else { throw .validation("Must have WHERE clause in the statement when using ORDER BY clause.") }
        guard let partitions = split.partitions else {
            throw .validation("Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.")
        }
        if keys.isMultiAttribute { return try multiAttributeDirection(split, keys, partitions.count) }
        var partition: Bool?
        var sort = false
        for (path, isDescending) in select.order {
            guard keys.has(path.attribute) else {
                throw .validation("Variable reference \(path.attribute) in ORDER BY clause must be part of the primary key")
            }
            if ByteOrder.equal(path.attribute, keys.partition.name) { partition = isDescending } else { sort = isDescending }
        }
        guard partitions.count == 1 || partition != nil else {
            throw .validation("Must have hash key in ORDER BY clause when more than one hash key condition specified in WHERE clause.")
        }
        return (partition, sort)
    }

    /// `ORDER BY` of keys with several attributes: only the order that the index has, or its reverse.
    private func multiAttributeDirection(_ split: StatementKeys, _ keys: KeySchema, _ partitionCount: Int) throws(AWSError) -> (partition: Bool?, sort: Bool) {
        var partition: Bool?
        var sort: Bool?
        var following = keys.sorts[...]
        for (path, isDescending) in select.order {
            if keys.partitions.contains(where: { ByteOrder.equal($0.name, path.attribute) }) {
                guard partition ?? isDescending == isDescending else { throw Self.mixedOrder }
                partition = isDescending
                continue
            }
            guard keys.has(path.attribute) else {
                throw .validation("Variable reference \(path.attribute) in ORDER BY clause must be part of the primary key")
            }
            // What is the same in all that is read has no order.
            while let next = following.first, !ByteOrder.equal(next.name, path.attribute), keys.sorts.count - following.count < split.fixedSorts {
                following.removeFirst()
            }
            guard let next = following.popFirst(), ByteOrder.equal(next.name, path.attribute), sort ?? isDescending == isDescending else { throw Self.mixedOrder }
            sort = isDescending
        }
        guard partitionCount == 1 || partition != nil else {
            throw .validation("Must have hash key in ORDER BY clause when more than one hash key condition specified in WHERE clause.")
        }
        return (partition, sort ?? false)
    }

    private static var mixedOrder: AWSError { .notImplemented("an ORDER BY clause in another order than that of the index's key attributes") }
}

extension StatementRead {
    /// Reads of a table or an index what a statement wants.
    fileprivate struct Reader {
        let read: StatementRead
        let index: SecondaryIndex?
        let filter: Condition?
        let fetches: Bool
        let isForward: Bool

        private typealias Bound = SortedMap<Bytes, StoredItem>.Bound

        func scan(_ table: borrowing Table) throws(AWSError) -> Result {
            var result = Result()
            var from = Bound.unbounded
            if let key = read.start?.key { from = .excluding(try place(key, table)) }
            let page = table.page(request(from, .unbounded, read.limit), index: index, fetches: fetches, consistent: read.isConsistent)
            take(page, partition: 0, &result)
            return result
        }

        func query(_ table: borrowing Table, _ ranges: [KeyRange], isSingle: Bool) throws(AWSError) -> Result {
            var result = Result()
            var scanned = 0
            var bytes = 0
            for (position, range) in ranges.enumerated() where position >= read.start?.partition ?? 0 {
                var (low, high) = (Bound.including(Bytes(range.bounds.lower)), range.bounds.upper.map { Bound.excluding(Bytes($0)) } ?? .unbounded)
                if let start = read.start, start.partition == position, let key = start.key {
                    let place = Bound.excluding(try place(key, table))
                    if isForward { low = place } else { high = place }
                }
                let request = isForward ? request(low, high, read.limit.map { $0 - scanned }) : request(high, low, read.limit.map { $0 - scanned })
                let page = table.page(request, index: index, fetches: fetches, consistent: read.isConsistent)
                take(page, partition: position, &result)
                scanned += page.scannedCount
                bytes += page.bytes
                if page.last != nil { break }
                if bytes >= PageRequest.bytes, position + 1 < ranges.count {
                    result.next = Start(key: nil, partition: position + 1)
                    break
                }
            }
            // One item by its whole key: nothing can follow. That AWS leaves the token out then is a guess.
            if isSingle { result.next = nil }
            return result
        }

        private func request(_ from: Bound, _ to: Bound, _ limit: Int?) -> PageRequest {
            PageRequest(range: (from, to), isForward: isForward, limit: limit, filter: filter, selection: .everything)
        }

        private func take(_ page: Page, partition: Int, _ result: inout Result) {
            for item in page.items { result.items.append(read.answered(item)) }
            let units = Capacity.readUnits(page.bytes, consistent: read.isConsistent)
            if let index { result.consumption.add(units, to: index) } else { result.consumption.table += units }
            result.consumption.table += page.fetchUnits
            result.next = page.last.map { Start(key: $0, partition: partition) }
        }

        private func place(_ key: Item, _ table: borrowing Table) throws(AWSError) -> Bytes {
            do throws(AWSError) { return try table.place(ofStart: key, index: index) } catch { throw .validation(Table.invalidStart) }
        }
    }
}

extension StatementSyntax {
    static func reference(_ source: Source) throws(AWSError) -> TableReference {
        do throws(AWSError) { return try TableReference(source.table) } catch { throw StatementErrors.tableName }
    }
}

/// `NextToken`: the statement that it belongs to, and where its page ended.
extension StatementRead.Start {
    func token(_ fingerprint: String) -> String {
        var members: Members = ["s": .string(fingerprint), "p": .int(partition)]
        if let key { members.append("k", key.document) }
        let document = Document.object(members)
        return Base64.encode(document.json())
    }

    init(_ token: String, _ fingerprint: String) throws(AWSError) {
        guard let bytes = try? Base64.decode(token), let document = try? Document(json: bytes), let partition = document["p"]?.int, partition >= 0 else {
            throw Self.invalid
        }
        guard document["s"]?.string == fingerprint else { throw .validation("NextToken does not match request") }
        guard let key = document["k"] else {
            self.init(key: nil, partition: partition)
            return
        }
        guard let key = try? Item(key) else { throw Self.invalid }
        self.init(key: key, partition: partition)
    }

    private static let invalid = AWSError.validation("Invalid NextToken")
}
