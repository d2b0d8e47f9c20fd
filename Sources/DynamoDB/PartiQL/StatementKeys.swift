import Kernel

/// What conditions, all of which must hold, ask the key attributes to be, and what else they say.
struct StatementKeys {
    /// The values of the key schema's attributes, in its order.
    private(set) var values: [AttributeValue?]
    /// A key attribute that must have two values. All but the first are among ``rest``.
    private(set) var conflict: String?
    /// The conditions that don't go into the key.
    private(set) var rest: [Condition.Node] = []

    /// - Throws: where a key attribute is compared with a value of another type than its own.
    init(_ conditions: [Condition.Node], _ keys: KeySchema) throws(AWSError) {
        let attributes = keys.attributes
        values = Array(repeating: nil, count: attributes.count)
        for condition in conditions {
            guard let position = attributes.firstIndex(where: { Self.value(condition, $0.name) != nil }),
                let value = Self.value(condition, attributes[position].name)
            else {
                rest.append(condition)
                continue
            }
            guard value.type == attributes[position].type else { throw StatementErrors.keyType(attributes[position].name) }
            guard let taken = values[position] else {
                values[position] = value
                continue
            }
            guard taken != value else { continue }
            if conflict == nil { conflict = attributes[position].name }
            rest.append(condition)
        }
    }

    /// The item of a table that the conditions name.
    func key(_ keys: KeySchema) -> Item? {
        var key = Item()
        for (attribute, value) in zip(keys.attributes, values) {
            guard let value else { return nil }
            key[attribute.name] = value
        }
        return key
    }

    /// The conditions that a condition is made of, all of which must hold.
    static func conjuncts(_ node: Condition.Node?) -> [Condition.Node] {
        guard let node else { return [] }
        guard case .and(let parts) = node else { return [node] }
        return parts.flatMap { conjuncts($0) }
    }

    /// The value that the condition asks an attribute to be.
    static func value(_ condition: Condition.Node, _ attribute: String) -> AttributeValue? {
        guard case .equal(let value)? = test(condition, attribute) else { return nil }
        return value
    }

    /// The condition as a sort key's.
    static func test(_ condition: Condition.Node, _ attribute: String) -> KeyCondition.Test? {
        switch condition {
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

    static func isAttribute(_ operand: Condition.Operand, _ attribute: String) -> Bool {
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
