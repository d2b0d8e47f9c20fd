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

    /// A place in the ranges that are read.
    struct Start: Sendable {
        /// `nil` is a range's beginning.
        var key: Item?
        var range: Int
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

    /// Reads a page: of the ranges that the condition is taken apart into, or of everything.
    func page(of table: borrowing Table) throws(AWSError) -> Result {
        let index = try index(of: table)
        let keys = index?.keys ?? table.keys
        try Self.checkKeyPaths((select.paths ?? []) + (condition.map { Condition(root: $0).paths } ?? []), table.keys)
        let condition = try StatementRanges(condition, keys)
        let order = try order(condition, keys)
        let fetches = index.map { index in
            index.isLocal && index.projected != nil && (select.paths ?? []).contains { !index.projects($0.attribute) }
        } ?? false
        let reader = Reader(read: self, index: index, fetches: fetches, isForward: !order.sort)
        guard var ranges = condition.ranges else { return try reader.scan(table) }
        if let index, !index.isLocal { try Self.checkProjected(ranges, index) }
        if !select.order.isEmpty { ranges.sort { Self.precedes($0.keys, $1.keys, order) } }
        for range in ranges {
            for (value, key) in zip(range.keys.partitions, keys.partitions) { try KeySchema.checkNotEmpty(value, key) }
        }
        let isSingle = index == nil && condition.key(table.keys) != nil
        return try reader.query(table, ranges, isSingle: isSingle)
    }

    /// The order of ranges: their partitions', then where they begin.
    private static func precedes(_ left: KeyRange, _ right: KeyRange, _ order: (partition: Bool?, sort: Bool)) -> Bool {
        for (left, right) in zip(left.partitions, right.partitions) where left != right {
            guard let partition = order.partition, let comparison = left.compare(right) else { return false }
            return partition ? comparison > 0 : comparison < 0
        }
        let isBefore = left.bounds.lower.lexicographicallyPrecedes(right.bounds.lower)
        return order.sort ? !isBefore : isBefore
    }

    private static func checkKeyPaths(_ paths: [DocumentPath], _ keys: KeySchema) throws(AWSError) {
        for path in paths where !path.rest.isEmpty && keys.has(path.attribute) { throw StatementErrors.keyPath(path.attribute) }
    }

    /// What a global index doesn't have can't be asked of it with its key. As recorded, that holds where each of the reads asks for
    /// something, and one of them is named; that it is the one of the highest partition is a guess from two.
    private static func checkProjected(_ ranges: [StatementRanges.Range], _ index: SecondaryIndex) throws(AWSError) {
        var named: (partition: AttributeValue, names: [String])?
        for range in ranges {
            var names: [String] = []
            for name in Condition(root: .and(range.rest)).attributes where !index.projects(name) && !names.contains(where: { ByteOrder.equal($0, name) }) {
                names.append(name)
            }
            if names.isEmpty { return }
            if let other = named, range.keys.partition.compare(other.partition).map({ $0 <= 0 }) ?? true { continue }
            named = (range.keys.partition, names)
        }
        guard let named else { return }
        let names = JavaHashSet.order(named.names).joined(separator: ", ")
        throw .invalidParameter("Secondary index \(index.name) does not project one or more filter attributes: [\(names)]")
    }

    /// Reads a page as far as the throughput allows any reading.
    @CloudActor
    func page(of table: inout Table, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Result {
        guard service.limits.isThrottled else { return try page(of: table) }
        try table.admit(.read, index: select.source.index, now: call.now)
        let page = try page(of: table)
        table.charge(page.consumption, .read)
        return page
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

    /// `ORDER BY`: which way partitions and sort keys go. As recorded, sort keys that aren't named then go backward.
    private func order(_ condition: StatementRanges, _ keys: KeySchema) throws(AWSError) -> (partition: Bool?, sort: Bool) {
        guard !select.order.isEmpty else { return (nil, false) }
        guard self.condition != nil else { throw .validation("Must have WHERE clause in the statement when using ORDER BY clause.") }
        guard let ranges = condition.ranges, let first = ranges.first else {
            throw .validation("Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.")
        }
        let isOnePartition = ranges.allSatisfy { $0.keys.partitions == first.keys.partitions }
        let order = try keys.isMultiAttribute ? multiAttributeOrder(condition, keys) : keyOrder(keys)
        guard order.partition != nil || isOnePartition else {
            throw .validation("Must have hash key in ORDER BY clause when more than one hash key condition specified in WHERE clause.")
        }
        return (order.partition, order.sort ?? true)
    }

    private static func notOfKey(_ path: DocumentPath) -> AWSError {
        .validation("Attribute \(path.attribute) in ORDER BY clause must be part of the primary key")
    }

    private func keyOrder(_ keys: KeySchema) throws(AWSError) -> (partition: Bool?, sort: Bool?) {
        var partition: Bool?
        var sort: Bool?
        for (path, isDescending) in select.order {
            guard keys.has(path.attribute) else { throw Self.notOfKey(path) }
            if ByteOrder.equal(path.attribute, keys.partition.name) { partition = isDescending } else { sort = isDescending }
        }
        return (partition, sort)
    }

    /// Of keys with several attributes: only the order that the index has, or its reverse.
    private func multiAttributeOrder(_ condition: StatementRanges, _ keys: KeySchema) throws(AWSError) -> (partition: Bool?, sort: Bool?) {
        let mixed = AWSError.notImplemented("an ORDER BY clause in another order than that of the index's key attributes")
        var partition: Bool?
        var sort: Bool?
        var following = keys.sorts[...]
        for (path, isDescending) in select.order {
            if keys.partitions.contains(where: { ByteOrder.equal($0.name, path.attribute) }) {
                guard partition ?? isDescending == isDescending else { throw mixed }
                partition = isDescending
                continue
            }
            guard keys.has(path.attribute) else { throw Self.notOfKey(path) }
            // What is the same in all that is read has no order.
            while let next = following.first, !ByteOrder.equal(next.name, path.attribute), keys.sorts.count - following.count < condition.fixedSorts {
                following.removeFirst()
            }
            guard let next = following.popFirst(), ByteOrder.equal(next.name, path.attribute), sort ?? isDescending == isDescending else { throw mixed }
            sort = isDescending
        }
        return (partition, sort)
    }
}

extension StatementRead {
    /// Reads of a table or an index what a statement wants.
    fileprivate struct Reader {
        let read: StatementRead
        let index: SecondaryIndex?
        let fetches: Bool
        let isForward: Bool

        private typealias Bound = SortedMap<Bytes, StoredItem>.Bound

        func scan(_ table: borrowing Table) throws(AWSError) -> Result {
            var result = Result()
            var from = Bound.unbounded
            if let key = read.start?.key { from = .excluding(try place(key, table)) }
            let filter = read.condition.map { Condition(root: $0) }
            let page = table.page(request(from, .unbounded, read.limit, filter), index: index, fetches: fetches, consistent: read.isConsistent)
            take(page, range: 0, &result)
            return result
        }

        func query(_ table: borrowing Table, _ ranges: [StatementRanges.Range], isSingle: Bool) throws(AWSError) -> Result {
            var result = Result()
            var scanned = 0
            var bytes = 0
            for (position, range) in ranges.enumerated() where position >= read.start?.range ?? 0 {
                let (lower, upper) = range.keys.bounds
                var (low, high) = (Bound.including(Bytes(lower)), upper.map { Bound.excluding(Bytes($0)) } ?? .unbounded)
                if let start = read.start, start.range == position, let key = start.key {
                    let place = Bound.excluding(try place(key, table))
                    if isForward { low = place } else { high = place }
                }
                let (from, to) = isForward ? (low, high) : (high, low)
                let request = request(from, to, read.limit.map { $0 - scanned }, Condition(all: range.rest))
                let page = table.page(request, index: index, fetches: fetches, consistent: read.isConsistent)
                take(page, range: position, &result)
                scanned += page.scannedCount
                bytes += page.bytes
                if page.last != nil { break }
                if bytes >= PageRequest.bytes, position + 1 < ranges.count {
                    result.next = Start(key: nil, range: position + 1)
                    break
                }
            }
            // One item by its whole key: nothing can follow. That AWS leaves the token out then is a guess.
            if isSingle { result.next = nil }
            return result
        }

        private func request(_ from: Bound, _ to: Bound, _ limit: Int?, _ filter: Condition?) -> PageRequest {
            PageRequest(range: (from, to), isForward: isForward, limit: limit, filter: filter, selection: .everything)
        }

        private func take(_ page: Page, range: Int, _ result: inout Result) {
            for item in page.items { result.items.append(read.answered(item)) }
            result.consumption.add(page.consumption(of: index, consistent: read.isConsistent))
            result.next = page.last.map { Start(key: $0, range: range) }
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
        var members: Members = ["s": .string(fingerprint), "p": .int(range)]
        if let key { members.append("k", key.document) }
        let document = Document.object(members)
        return Base64.encode(document.json())
    }

    init(_ token: String, _ fingerprint: String) throws(AWSError) {
        guard let bytes = try? Base64.decode(token), let document = try? Document(json: bytes), let range = document["p"]?.int, range >= 0 else {
            throw Self.invalid
        }
        guard document["s"]?.string == fingerprint else { throw .validation("NextToken does not match request") }
        guard let key = document["k"] else {
            self.init(key: nil, range: range)
            return
        }
        guard let key = try? Item(key) else { throw Self.invalid }
        self.init(key: key, range: range)
    }

    private static let invalid = AWSError.validation("Invalid NextToken")
}
