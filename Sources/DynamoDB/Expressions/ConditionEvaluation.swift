extension Condition {
    /// Whether the item fulfils the condition; `nil` is the item that doesn't exist, which has no attributes.
    package func holds(for item: Item?) -> Bool { root.holds(for: item ?? Item()) }
}

extension Condition.Node {
    func holds(for item: Item) -> Bool {
        switch self {
        case .and(let nodes): nodes.allSatisfy { $0.holds(for: item) }
        case .or(let nodes): nodes.contains { $0.holds(for: item) }
        case .not(let node): !node.holds(for: item)
        case .comparison(let comparator, let left, let right):
            Self.compare(comparator, left.value(in: item), right.value(in: item))
        case .between(let operand, let lower, let upper):
            Self.isBetween(operand.value(in: item), lower.value(in: item), upper.value(in: item))
        case .isIn(let operand, let choices): Self.isIn(operand.value(in: item), choices, item)
        case .exists(let path): path.value(in: item) != nil
        case .notExists(let path): path.value(in: item) == nil
        case .isType(let operand, let type): operand.value(in: item)?.type == type
        case .beginsWith(let operand, let prefix): Self.begins(operand.value(in: item), with: prefix.value(in: item))
        case .contains(let operand, let part): Self.contains(operand.value(in: item), part.value(in: item))
        }
    }

    /// A missing operand is different from everything, another missing one too; values of different types are different and not ordered.
    static func compare(_ comparator: Comparator, _ left: AttributeValue?, _ right: AttributeValue?) -> Bool {
        guard let left, let right else { return comparator == .notEqual }
        switch comparator {
        case .equal: return left == right
        case .notEqual: return left != right
        case .less: return left.compare(right).map { $0 < 0 } ?? false
        case .lessOrEqual: return left.compare(right).map { $0 <= 0 } ?? false
        case .greater: return left.compare(right).map { $0 > 0 } ?? false
        case .greaterOrEqual: return left.compare(right).map { $0 >= 0 } ?? false
        }
    }

    static func isBetween(_ value: AttributeValue?, _ lower: AttributeValue?, _ upper: AttributeValue?) -> Bool {
        compare(.greaterOrEqual, value, lower) && compare(.lessOrEqual, value, upper)
    }

    static func isIn(_ value: AttributeValue?, _ choices: [Condition.Operand], _ item: Item) -> Bool {
        guard let value else { return false }
        return choices.contains { $0.value(in: item) == value }
    }

    static func begins(_ value: AttributeValue?, with prefix: AttributeValue?) -> Bool {
        switch (value, prefix) {
        case (.string(let text), .string(let prefix)): ByteOrder.starts(text, with: prefix)
        case (.binary(let bytes), .binary(let prefix)): bytes.starts(with: prefix)
        default: false
        }
    }

    /// A part of a string or binary, or an element of a set or list.
    static func contains(_ value: AttributeValue?, _ part: AttributeValue?) -> Bool {
        guard let part else { return false }
        switch (value, part) {
        case (.string(let text), .string(let part)): return ByteOrder.contains(Array(text.utf8), Array(part.utf8))
        case (.binary(let bytes), .binary(let part)): return ByteOrder.contains(bytes, part)
        case (.stringSet(let elements), .string(let part)): return elements.contains { ByteOrder.equal($0, part) }
        case (.numberSet(let elements), .number(let part)): return elements.contains(part)
        case (.binarySet(let elements), .binary(let part)): return elements.contains(part)
        case (.list(let elements), _): return elements.contains(part)
        default: return false
        }
    }
}

extension Condition.Operand {
    func value(in item: Item) -> AttributeValue? {
        switch self {
        case .path(let path): path.value(in: item)
        case .value(let value): value
        case .size(let operand): operand.value(in: item).flatMap(Self.size).map { .number(DynamoDBNumber($0)) }
        case .condition(let node): .bool(node.holds(for: item))
        }
    }

    /// Bytes of a binary, UTF-16 units of a string (as recorded; it isn't the UTF-8 length that items are measured by), elements of anything else that has some.
    private static func size(_ value: AttributeValue) -> Int? {
        switch value {
        case .string(let text): text.utf16.count
        case .binary(let bytes): bytes.count
        case .stringSet(let elements): elements.count
        case .numberSet(let elements): elements.count
        case .binarySet(let elements): elements.count
        case .list(let elements): elements.count
        case .map(let map): map.count
        case .number, .bool, .null: nil
        }
    }
}
