import Kernel

/// A `KeyConditionExpression`: conditions that each compare one key attribute with values.
package struct KeyCondition: Sendable {
    /// What the sort key must be.
    package enum Test: Sendable, Equatable {
        case equal(AttributeValue)
        case less(AttributeValue)
        case lessOrEqual(AttributeValue)
        case greater(AttributeValue)
        case greaterOrEqual(AttributeValue)
        case between(AttributeValue, AttributeValue)
        case beginsWith(AttributeValue)

        package var values: [AttributeValue] {
            switch self {
            case .equal(let value), .less(let value), .lessOrEqual(let value), .greater(let value), .greaterOrEqual(let value), .beginsWith(let value):
                [value]
            case .between(let lower, let upper): [lower, upper]
            }
        }
    }

    /// In the order in which they were written, one per attribute.
    package private(set) var tests: [(attribute: String, test: Test)] = []

    /// Whether it comes from `KeyConditions`.
    var isLegacy = false

    /// Attributes that `KeyConditions` compare by an operator that no key can be found by.
    var unindexable: [String] = []

    package init(_ tests: [(attribute: String, test: Test)]) { self.tests = tests }

    init(_ node: Condition.Node) throws(AWSError) {
        try Self.checkOperators(node)
        for condition in Self.conjuncts(node) {
            let (attribute, test) = try Self.test(condition)
            guard !tests.contains(where: { ByteOrder.equal($0.attribute, attribute) }) else {
                throw ExpressionKind.keyCondition.invalid("KeyConditionExpressions must only contain one condition per key")
            }
            tests.append((attribute, test))
        }
    }

    private static func conjuncts(_ node: Condition.Node) -> [Condition.Node] {
        guard case .and(let nodes) = node else { return [node] }
        return nodes.flatMap { conjuncts($0) }
    }

    private static func checkOperators(_ node: Condition.Node) throws(AWSError) {
        let name: String
        switch node {
        case .and(let nodes):
            for node in nodes { try checkOperators(node) }
            return
        case .comparison(let comparator, _, _):
            guard comparator == .notEqual else { return }
            name = comparator.rawValue
        case .between, .beginsWith: return
        case .or: name = "OR"
        case .not: name = "NOT"
        case .isIn: name = "IN"
        case .exists: name = ConditionFunction.attributeExists.rawValue
        case .notExists: name = ConditionFunction.attributeNotExists.rawValue
        case .isType: name = ConditionFunction.attributeType.rawValue
        case .contains: name = ConditionFunction.contains.rawValue
        }
        throw .validation("Invalid operator used in KeyConditionExpression: \(name)")
    }

    private static func test(_ node: Condition.Node) throws(AWSError) -> (String, Test) {
        switch node {
        case .comparison(let comparator, let left, let right):
            let (attribute, values) = try attribute(of: [left, right])
            guard let value = values.first else { throw noAttribute }
            return (attribute, compared(left.path == nil ? comparator.mirrored : comparator, value))
        case .between(let operand, let lower, let upper):
            guard operand.immediate == nil else { throw mustBeFirst("BETWEEN") }
            let (attribute, values) = try attribute(of: [operand, lower, upper])
            guard values.count == 2 else { throw noAttribute }
            return (attribute, .between(values[0], values[1]))
        case .beginsWith(let operand, let prefix):
            guard operand.immediate == nil else { throw mustBeFirst("begins_with") }
            let (attribute, values) = try attribute(of: [operand, prefix])
            guard let value = values.first else { throw noAttribute }
            return (attribute, .beginsWith(value))
        default:
            throw noAttribute
        }
    }

    private static func compared(_ comparator: Comparator, _ value: AttributeValue) -> Test {
        switch comparator {
        case .less: .less(value)
        case .lessOrEqual: .lessOrEqual(value)
        case .greater: .greater(value)
        case .greaterOrEqual: .greaterOrEqual(value)
        case .equal, .notEqual: .equal(value)
        }
    }

    /// The one attribute among the operands, and the values.
    private static func attribute(of operands: [Condition.Operand]) throws(AWSError) -> (String, [AttributeValue]) {
        var attribute: String?
        var values: [AttributeValue] = []
        for operand in operands {
            switch operand {
            case .size, .condition: throw .validation("KeyConditionExpressions cannot contain nested operations")
            case .value(let value): values.append(value)
            case .path(let path):
                guard attribute == nil else {
                    throw .validation("Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition")
                }
                guard path.rest.isEmpty else {
                    throw ExpressionKind.keyCondition.invalid("KeyConditionExpressions cannot have conditions on nested attributes")
                }
                attribute = path.attribute
            }
        }
        guard let attribute else { throw noAttribute }
        return (attribute, values)
    }

    private static var noAttribute: AWSError { .validation("Invalid condition in KeyConditionExpression: No key attribute specified") }

    private static func mustBeFirst(_ name: String) -> AWSError {
        .validation("Invalid condition in KeyConditionExpression: \(name) operator must have the key attribute as its first operand")
    }
}
