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
    package var sort: KeyCondition.Test?

    package init(partition: AttributeValue, sort: KeyCondition.Test? = nil) {
        self.partition = partition
        self.sort = sort
    }

    /// The encoded keys from `lower` up to, not including, `upper` (none: no end). Whatever follows the sort key in a key doesn't matter.
    package var bounds: (lower: [UInt8], upper: [UInt8]?) {
        let start = KeyEncoding.key(partition: partition)
        func key(_ sort: AttributeValue) -> [UInt8] { KeyEncoding.key(partition: partition, sort: sort) }
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
    package func range(hash: KeyAttribute, range: KeyAttribute?) throws(AWSError) -> KeyRange {
        let keys = range == nil ? 1 : 2
        guard tests.count <= keys else {
            throw .validation("The number of query conditions (\(tests.count)) exceeds the number of key attributes defined in the schema (\(keys))")
        }
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
