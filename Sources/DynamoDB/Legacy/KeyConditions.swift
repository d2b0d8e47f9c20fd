import Kernel

/// `KeyConditions` of a Query.
/// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.KeyConditions.html
struct KeyConditions: Sendable {
    let comparisons: [AttributeComparison]

    /// - Parameter most: how many conditions there may be.
    func keyCondition(most: Int) throws(AWSError) -> KeyCondition {
        var tests: [(attribute: String, test: KeyCondition.Test)] = []
        var unindexable: [String] = []
        for comparison in comparisons {
            let values = try comparison.checkedValues()
            if !comparison.comparison.isIndexable { unindexable.append(comparison.attribute) }
            tests.append((comparison.attribute, Self.test(comparison.comparison, values)))
        }
        guard !tests.isEmpty, tests.count <= most else { throw Self.count }
        var condition = KeyCondition(tests)
        condition.unindexable = unindexable
        condition.isLegacy = true
        return condition
    }

    static var count: AWSError { .validation("Conditions can be of length 1 or 2 only") }

    private static func test(_ comparison: ComparisonOperator, _ values: [AttributeValue]) -> KeyCondition.Test {
        guard let first = values.first, let last = values.last else { return .equal(.null) }
        switch comparison {
        case .lessOrEqual: return .lessOrEqual(first)
        case .less: return .less(first)
        case .greaterOrEqual: return .greaterOrEqual(first)
        case .greater: return .greater(first)
        case .beginsWith: return .beginsWith(first)
        case .between: return .between(first, last)
        case .equal, .notEqual, .null, .notNull, .contains, .notContains, .isIn: return .equal(first)
        }
    }
}
