import Kernel

/// A key attribute's name and type, as a table or an index defines it.
package struct KeyAttribute: Sendable, Equatable {
    package var name: String
    package var type: AttributeType

    package init(name: String, type: AttributeType) {
        self.name = name
        self.type = type
    }
}

/// The items that a Query reads: one partition, and which sort keys.
package struct KeyRange: Sendable, Equatable {
    package var partition: AttributeValue
    /// The values of the partition key's further attributes.
    package var furtherPartitions: [AttributeValue]
    /// Of a sort key with several attributes: the values of those before the one that is tested.
    package var prefix: [AttributeValue]
    package var sort: KeyCondition.Test?

    package init(
        partition: AttributeValue, furtherPartitions: [AttributeValue] = [], prefix: [AttributeValue] = [], sort: KeyCondition.Test? = nil
    ) {
        self.partition = partition
        self.furtherPartitions = furtherPartitions
        self.prefix = prefix
        self.sort = sort
    }

    /// The encoded keys from `lower` up to, not including, `upper` (none: no end). Whatever follows the sort key in a key doesn't matter.
    package var bounds: (lower: [UInt8], upper: [UInt8]?) {
        var start: [UInt8] = []
        KeyEncoding.appendPartition(partition, furtherPartitions, to: &start)
        for value in prefix { KeyEncoding.append(value, to: &start) }
        func key(_ sort: AttributeValue) -> [UInt8] {
            var bytes = start
            KeyEncoding.append(sort, to: &bytes)
            return bytes
        }
        func end(_ prefix: [UInt8]) -> [UInt8]? { KeyEncoding.end(ofPrefix: prefix) }
        switch sort {
        case nil: return (start, end(start))
        case .equal(let value): return (key(value), end(key(value)))
        case .less(let value): return (start, key(value))
        case .lessOrEqual(let value): return (start, end(key(value)))
        case .greater(let value): return (end(key(value)) ?? key(value), end(start))
        case .greaterOrEqual(let value): return (key(value), end(start))
        case .between(let lower, let upper): return (key(lower), end(key(upper)))
        case .beginsWith(let prefix):
            var bytes = start
            KeyEncoding.appendPrefix(prefix, to: &bytes)
            return (bytes, end(bytes))
        }
    }

    /// Whether a key has the partition.
    func hasPartition(_ key: Item, _ keys: KeySchema) -> Bool {
        guard key[keys.partition.name] == partition else { return false }
        return zip(keys.furtherPartitions, furtherPartitions).allSatisfy { key[$0.name] == $1 }
    }

    /// Whether the sort key of a key of this partition is in the range.
    func containsSort(of key: Item, _ keys: KeySchema) -> Bool {
        guard let first = keys.sort else { return true }
        guard keys.isMultiAttribute else { return key[first.name].map { containsSort($0) } ?? true }
        let sorts = keys.sorts
        guard zip(sorts, prefix).allSatisfy({ key[$0.name] == $1 }) else { return false }
        guard sort != nil, prefix.count < sorts.count, let value = key[sorts[prefix.count].name] else { return true }
        return containsSort(value)
    }

    /// Whether a key of this partition has a sort key in the range (`ExclusiveStartKey` must).
    package func containsSort(_ value: AttributeValue) -> Bool {
        switch sort {
        case nil: true
        case .equal(let wanted): value == wanted
        case .less(let bound): Condition.Node.compare(.less, value, bound)
        case .lessOrEqual(let bound): Condition.Node.compare(.lessOrEqual, value, bound)
        case .greater(let bound): Condition.Node.compare(.greater, value, bound)
        case .greaterOrEqual(let bound): Condition.Node.compare(.greaterOrEqual, value, bound)
        case .between(let lower, let upper): Condition.Node.isBetween(value, lower, upper)
        case .beginsWith(let prefix): Condition.Node.begins(value, with: prefix)
        }
    }
}

extension KeyCondition {
    /// Checks the conditions against the key schema of the table or index that is queried.
    package func range(_ keys: KeySchema) throws(AWSError) -> KeyRange {
        if isLegacy, tests.count > 2, !keys.isMultiAttribute { throw KeyConditions.count }
        guard tests.count <= keys.count else {
            throw .validation("The number of query conditions (\(tests.count)) exceeds the number of key attributes defined in the schema (\(keys.count))")
        }
        if keys.isMultiAttribute { return try multiAttributeRange(keys) }
        let (hash, range) = (keys.partition, keys.sort)
        guard let hashTest = test(of: hash.name) else {
            throw .validation("Query condition missed key schema element: \(hash.name)")
        }
        try checkIndexable(hash.name)
        try Self.check(hashTest, hash)
        guard case .equal(let partition) = hashTest else { throw .validation("Query key condition not supported") }
        var sort: Test?
        if let range, tests.count == 2 {
            guard let test = test(of: range.name) else {
                throw .validation("Query condition missed key schema element: \(range.name)")
            }
            try checkIndexable(range.name)
            try Self.check(test, range)
            sort = test
        }
        return KeyRange(partition: partition, sort: sort)
    }

    /// All attributes of the partition key with `=`, those of the sort key from the left, and all but the last that is used with `=`.
    /// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.DesignPattern.MultiAttributeKeys.html
    private func multiAttributeRange(_ keys: KeySchema) throws(AWSError) -> KeyRange {
        for key in keys.attributes {
            try checkIndexable(key.name)
            if let test = test(of: key.name) { try Self.check(test, key) }
        }
        let partitions = keys.partitions.compactMap { equality(of: $0.name) }
        guard partitions.count == keys.partitions.count, let first = partitions.first else {
            let missing = keys.partitions.filter { equality(of: $0.name) == nil }.map(\.name).joined(separator: ", ")
            throw .validation("HASH key attributes \(missing) must have equality conditions specified in the query")
        }
        let sorts = keys.sorts
        // A condition on what is no key stands for one on the next attribute, as with other keys.
        if let stranger = tests.first(where: { !keys.has($0.attribute) }) {
            let missed = sorts.first { test(of: $0.name) == nil }?.name ?? stranger.attribute
            throw .validation("Query condition missed key schema element: \(missed)")
        }
        var prefix: [AttributeValue] = []
        var sort: Test?
        if let last = sorts.lastIndex(where: { test(of: $0.name) != nil }) {
            prefix = sorts[..<last].compactMap { equality(of: $0.name) }
            guard prefix.count == last else {
                let loose = sorts[..<last].filter { equality(of: $0.name) == nil }.map(\.name).joined(separator: ", ")
                throw .validation(
                    "RANGE key attributes \(loose) must have equality conditions specified in the query "
                        + "because a condition is present on key attribute \(sorts[last].name)")
            }
            sort = test(of: sorts[last].name)
        }
        return KeyRange(partition: first, furtherPartitions: Array(partitions.dropFirst()), prefix: prefix, sort: sort)
    }

    private func equality(of attribute: String) -> AttributeValue? {
        guard case .equal(let value)? = test(of: attribute) else { return nil }
        return value
    }

    private func checkIndexable(_ attribute: String) throws(AWSError) {
        guard unindexable.contains(where: { ByteOrder.equal($0, attribute) }) else { return }
        throw .validation("Attempted conditional constraint is not an indexable operation")
    }

    private func test(of attribute: String) -> Test? {
        tests.first { ByteOrder.equal($0.attribute, attribute) }?.test
    }

    private static func check(_ test: Test, _ key: KeyAttribute) throws(AWSError) {
        guard test.values.allSatisfy({ $0.type == key.type }) else {
            throw .invalidParameter("Condition parameter type does not match schema type")
        }
    }
}
