import Kernel

/// What a `WHERE` says of the key, and what else it says.
struct StatementKeys {
    /// The partition keys that may fulfil it, each with the values of all its attributes; `nil` where any may.
    private(set) var partitions: [[AttributeValue]]?
    /// Of a sort key with several attributes: the values of those before the one that is tested.
    private(set) var prefix: [AttributeValue] = []
    private(set) var sort: KeyCondition.Test?
    /// The conditions that don't go into the key.
    private(set) var rest: [Condition.Node] = []

    /// The conditions that a condition is made of, all of which must hold.
    static func conjuncts(_ node: Condition.Node?) -> [Condition.Node] {
        guard let node else { return [] }
        guard case .and(let parts) = node else { return [node] }
        return parts.flatMap { conjuncts($0) }
    }

    /// - Throws: where a key attribute is compared with a value of another type than its own.
    init(_ condition: Condition.Node?, _ keys: KeySchema) throws(AWSError) {
        if keys.isMultiAttribute {
            try readMultiAttribute(condition, keys)
            return
        }
        for node in Self.conjuncts(condition) {
            if partitions == nil, let values = try Self.partitionValues(node, keys.partition) {
                partitions = values.map { [$0] }
            } else if let sortKey = keys.sort, sort == nil, let test = Self.test(node, sortKey.name) {
                for value in test.values where value.type != sortKey.type { throw StatementErrors.keyType(sortKey.name) }
                sort = test
            } else {
                rest.append(node)
            }
        }
        // Without a partition the sort key's condition is one like the others.
        if partitions == nil, sort != nil {
            rest = Self.conjuncts(condition)
            sort = nil
        }
    }

    /// As above, of keys with several attributes: all of the partition key's must be given, and the sort key's from the left.
    private mutating func readMultiAttribute(_ condition: Condition.Node?, _ keys: KeySchema) throws(AWSError) {
        rest = Self.conjuncts(condition)
        var choices: [[AttributeValue]] = []
        var unused = rest
        for key in keys.partitions {
            guard let position = unused.firstIndex(where: { Self.equalities($0, key.name) != nil }),
                let values = try Self.partitionValues(unused.remove(at: position), key)
            else { return }
            choices.append(values)
        }
        for key in keys.sorts {
            guard let position = unused.firstIndex(where: { Self.test($0, key.name) != nil }), let test = Self.test(unused[position], key.name) else { break }
            for value in test.values where value.type != key.type { throw StatementErrors.keyType(key.name) }
            unused.remove(at: position)
            if case .equal(let value)? = sort { prefix.append(value) }
            sort = test
            guard case .equal = test else { break }
        }
        rest = unused
        partitions = try Self.combinations(choices)
    }

    /// How many attributes of the sort key are the same in all that is read.
    var fixedSorts: Int {
        guard case .equal? = sort else { return prefix.count }
        return prefix.count + 1
    }

    /// What is read of a partition.
    func range(_ partition: [AttributeValue]) -> KeyRange? {
        guard let first = partition.first else { return nil }
        return KeyRange(partition: first, furtherPartitions: Array(partition.dropFirst()), prefix: prefix, sort: sort)
    }

    /// As documented: a statement reads up to 50 partitions.
    static let partitionLimit = 50
    static var tooManyPartitions: AWSError { .validation("Too many decomposed read operations for a given query.") }

    private static func combinations(_ choices: [[AttributeValue]]) throws(AWSError) -> [[AttributeValue]] {
        var combinations: [[AttributeValue]] = [[]]
        for values in choices {
            guard values.count * combinations.count <= partitionLimit else { throw tooManyPartitions }
            combinations = combinations.flatMap { combination in values.map { combination + [$0] } }
        }
        return combinations
    }

    /// The values that a condition lets a partition key's attribute have, each once; `nil` where it says nothing of it.
    private static func partitionValues(_ node: Condition.Node, _ key: KeyAttribute) throws(AWSError) -> [AttributeValue]? {
        guard let values = equalities(node, key.name) else { return nil }
        for value in values where value.type != key.type { throw StatementErrors.keyType(key.name) }
        var seen = Set<AttributeValue>()
        return values.filter { seen.insert($0).inserted }
    }

    /// The only item of a table that may fulfil the condition.
    func key(_ keys: KeySchema) -> Item? {
        guard let partitions, partitions.count == 1 else { return nil }
        var key = Item()
        key[keys.partition.name] = partitions[0].first
        guard let sortKey = keys.sort else { return key }
        guard case .equal(let value)? = sort else { return nil }
        key[sortKey.name] = value
        return key
    }

    /// The values that an attribute must have one of: `a = 1`, `a IN [1, 2]`, `a = 1 OR a = 2`.
    private static func equalities(_ node: Condition.Node, _ attribute: String) -> [AttributeValue]? {
        switch node {
        case .comparison(.equal, let left, let right):
            if isAttribute(left, attribute), let value = right.immediate { return [value] }
            if isAttribute(right, attribute), let value = left.immediate { return [value] }
            return nil
        case .isIn(let operand, let choices):
            guard isAttribute(operand, attribute) else { return nil }
            let values = choices.compactMap(\.immediate)
            return values.count == choices.count ? values : nil
        case .or(let parts):
            var values: [AttributeValue] = []
            for part in parts {
                guard let some = equalities(part, attribute) else { return nil }
                values += some
            }
            return values
        default: return nil
        }
    }

    private static func test(_ node: Condition.Node, _ attribute: String) -> KeyCondition.Test? {
        switch node {
        case .comparison(let comparator, let left, let right):
            if isAttribute(left, attribute), let value = right.immediate { return test(comparator, value) }
            if isAttribute(right, attribute), let value = left.immediate { return test(comparator.mirrored, value) }
            return nil
        case .between(let operand, let lower, let upper):
            guard isAttribute(operand, attribute), let lower = lower.immediate, let upper = upper.immediate else { return nil }
            guard let order = lower.compare(upper), order <= 0 else { return nil }
            return .between(lower, upper)
        case .beginsWith(let operand, let prefix):
            guard isAttribute(operand, attribute), let prefix = prefix.immediate else { return nil }
            return .beginsWith(prefix)
        default: return nil
        }
    }

    private static func test(_ comparator: Comparator, _ value: AttributeValue) -> KeyCondition.Test? {
        switch comparator {
        case .equal: .equal(value)
        case .less: .less(value)
        case .lessOrEqual: .lessOrEqual(value)
        case .greater: .greater(value)
        case .greaterOrEqual: .greaterOrEqual(value)
        case .notEqual: nil
        }
    }

    private static func isAttribute(_ operand: Condition.Operand, _ attribute: String) -> Bool {
        guard let path = operand.path else { return false }
        return path.rest.isEmpty && ByteOrder.equal(path.attribute, attribute)
    }
}

extension Condition {
    /// All of the conditions; `nil` where there are none.
    init?(all nodes: [Node]) {
        guard let first = nodes.first else { return nil }
        self.init(root: nodes.count == 1 ? first : .and(nodes))
    }
}
