import Kernel

/// The reads that a `SELECT`'s condition is taken apart into: `IN` and `OR` of key attributes make several, and where each of them
/// names its partition they are ranges of keys. Otherwise everything is read.
struct StatementRanges {
    struct Range {
        var keys: KeyRange
        /// What must hold besides.
        var rest: [Condition.Node] = []
    }

    /// `nil` where everything is read.
    private(set) var ranges: [Range]?

    /// As documented of the partition key's values, and recorded of all reads together.
    private static let limit = 50
    /// How many alternatives are looked at before it is known whether each names its partition. Of Apus's own.
    private static let alternativeLimit = 1000

    /// - Throws: where a key attribute is compared with a value of another type than its own, where there are too many ranges, and
    ///   where two of them have keys in common.
    init(_ condition: Condition.Node?, _ keys: KeySchema) throws(AWSError) {
        guard let condition, Self.mayNamePartition(condition, keys) else { return }
        let alternatives = try Self.alternatives(condition, keys)
        var ranges: [Range] = []
        for alternative in alternatives {
            guard let range = try Self.range(alternative, keys) else { return }
            ranges.append(range)
        }
        guard ranges.count <= Self.limit else { throw StatementErrors.tooManyReads }
        for (number, range) in ranges.enumerated() where ranges[..<number].contains(where: { Self.overlap($0.keys, range.keys) }) {
            throw StatementErrors.overlap
        }
        self.ranges = ranges
    }

    /// The only item of a table that the condition may let pass, where it says nothing else.
    func key(_ keys: KeySchema) -> Item? {
        guard let ranges, ranges.count == 1, let range = ranges.first, range.rest.isEmpty else { return nil }
        var key = Item()
        key[keys.partition.name] = range.keys.partition
        guard let sortKey = keys.sort else { return key }
        guard case .equal(let value)? = range.keys.sort else { return nil }
        key[sortKey.name] = value
        return key
    }

    /// How many attributes of the sort key are the same in all that is read.
    var fixedSorts: Int {
        guard let ranges, ranges.count == 1, let keys = ranges.first?.keys else { return 0 }
        guard case .equal? = keys.sort else { return keys.prefix.count }
        return keys.prefix.count + 1
    }

    /// Whether every alternative may have a value for the partition key: without it there is nothing to take apart.
    private static func mayNamePartition(_ node: Condition.Node, _ keys: KeySchema) -> Bool {
        switch node {
        case .and(let parts): parts.contains { mayNamePartition($0, keys) }
        case .or(let parts): !parts.isEmpty && parts.allSatisfy { mayNamePartition($0, keys) }
        case .isIn(let operand, _): StatementKeys.isAttribute(operand, keys.partition.name)
        default: StatementKeys.value(node, keys.partition.name) != nil
        }
    }

    /// Conditions one of which must hold, each as a list of conditions that all must.
    private static func alternatives(_ node: Condition.Node, _ keys: KeySchema) throws(AWSError) -> [[Condition.Node]] {
        switch node {
        case .and(let parts):
            var all: [[Condition.Node]] = [[]]
            for part in parts {
                let more = try alternatives(part, keys)
                guard all.count * more.count <= alternativeLimit else { throw StatementErrors.tooManyReads }
                all = all.flatMap { one in more.map { one + $0 } }
            }
            return all
        case .or(let parts):
            guard namesKey(node, keys) else { return [[node]] }
            var all: [[Condition.Node]] = []
            for part in parts {
                all += try alternatives(part, keys)
                guard all.count <= alternativeLimit else { throw StatementErrors.tooManyReads }
            }
            return all
        case .isIn(let operand, let choices):
            guard keys.names.contains(where: { StatementKeys.isAttribute(operand, $0) }), choices.allSatisfy({ $0.immediate != nil }) else { return [[node]] }
            return choices.map { [.comparison(.equal, operand, $0)] }
        default:
            return [[node]]
        }
    }

    private static func namesKey(_ node: Condition.Node, _ keys: KeySchema) -> Bool {
        var names = false
        node.visitPaths { if $0.rest.isEmpty, keys.has($0.attribute) { names = true } }
        return names
    }

    /// The keys of one alternative: values of the partition key, and of the sort key from the left. `nil` where it doesn't name its
    /// partition, or asks an attribute to have two values.
    private static func range(_ conditions: [Condition.Node], _ keys: KeySchema) throws(AWSError) -> Range? {
        let names = try StatementKeys(conditions, keys)
        let partitions = names.values.prefix(keys.partitions.count).compactMap(\.self)
        guard let first = partitions.first, partitions.count == keys.partitions.count, names.conflict == nil else { return nil }
        var range = Range(keys: KeyRange(partition: first, furtherPartitions: Array(partitions.dropFirst())), rest: names.rest)
        var mayFollow = true
        for (key, value) in zip(keys.sorts, names.values.dropFirst(partitions.count)) {
            if let value, mayFollow {
                if case .equal(let before)? = range.keys.sort { range.keys.prefix.append(before) }
                range.keys.sort = .equal(value)
            } else if let value {
                range.rest.append(.comparison(.equal, .path(DocumentPath(key.name)), .value(value)))
            } else if mayFollow {
                mayFollow = false
                guard let position = range.rest.firstIndex(where: { StatementKeys.test($0, key.name) != nil }),
                    let test = StatementKeys.test(range.rest.remove(at: position), key.name)
                else { continue }
                for value in test.values where value.type != key.type { throw StatementErrors.keyType(key.name) }
                if case .equal(let before)? = range.keys.sort { range.keys.prefix.append(before) }
                range.keys.sort = test
            }
        }
        return range
    }

    private static func overlap(_ left: KeyRange, _ right: KeyRange) -> Bool {
        guard left.partitions == right.partitions else { return false }
        let (left, right) = (left.bounds, right.bounds)
        func begins(_ start: [UInt8], before end: [UInt8]?) -> Bool { end.map { start.lexicographicallyPrecedes($0) } ?? true }
        return begins(left.lower, before: right.upper) && begins(right.lower, before: left.upper)
    }
}

extension KeyRange {
    /// The values of the partition key's attributes.
    var partitions: [AttributeValue] { [partition] + furtherPartitions }
}
