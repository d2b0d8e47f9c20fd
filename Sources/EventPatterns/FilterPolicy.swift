import JSON

/// The filter policy of an SNS subscription.
///
/// https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
package struct FilterPolicy: Sendable {
    package enum Scope: String, Sendable {
        case messageAttributes = "MessageAttributes"
        case messageBody = "MessageBody"

        var dialect: EventPattern.Dialect { self == .messageAttributes ? .snsMessageAttributes : .snsMessageBody }
    }

    /// Bytes of a policy.
    package static let sizeLimit = 256 * 1024
    /// Names at its top.
    package static let keyLimit = 5
    /// Combinations of values: the product of the numbers of values of each name, each times the depth at which it stands; alternatives add up.
    package static let combinationLimit = 150

    static let tooComplex = "Filter policy is too complex"

    package let scope: Scope
    private let pattern: EventPattern

    /// Checks and compiles a policy.
    /// - Parameter text: the attribute `FilterPolicy`.
    /// - Returns: `nil` for an empty policy, which takes the filter away.
    package static func compile(_ text: String, scope: Scope) throws(EventPatternError) -> FilterPolicy? {
        let fail = { (kind: EventPatternError.Kind, reason: String) in EventPatternError(dialect: scope.dialect, kind: kind, reason: reason) }
        guard !text.isEmpty else { return nil }
        guard text.utf8.count <= sizeLimit else { throw fail(.invalid, "Filter policy is too large") }
        guard let document = try? Document(json: text), case .object(let members) = document else { throw fail(.invalid, parseFailure(text)) }
        guard !members.isEmpty else { return nil }
        // SNS writes the policy anew before its engine reads it: errors show it without white space.
        let pattern = try EventPattern(document, dialect: scope.dialect)
        guard members.count <= keyLimit else { throw fail(.invalid, "Filter policy can not have more than \(keyLimit) keys") }
        if scope == .messageAttributes, nests(members) { throw fail(.nestedAttributes, "Filter policy scope MessageAttributes does not support nested filter policy") }
        guard combinations(members, depth: 1, before: 1) <= combinationLimit else { throw fail(.invalid, tooComplex) }
        return FilterPolicy(scope: scope, pattern: pattern)
    }

    /// Whether the subscription takes a message with these attributes, in scope `MessageAttributes`.
    /// - Parameter attributes: as ``attributes(_:)`` makes them, once for all subscriptions of a topic.
    package func matches(attributes: Document) -> Bool { pattern.matches(attributes) }

    /// Whether the subscription takes a message with this body, in scope `MessageBody`.
    /// - Parameter body: the body read as JSON; what is no JSON object matches nothing.
    package func matches(body: Document) -> Bool { pattern.matches(body) }

    /// Message attributes as an event: `String` is a string, `Number` a number, arrays (`String.Array`, `Number.Array`) their elements. `Binary` is
    /// left out, as SNS ignores it. An array that can't be read has no elements.
    package static func attributes(_ attributes: some Sequence<(name: String, type: String, value: String)>) -> Document {
        var members = Members()
        for (name, type, value) in attributes {
            let kind = type.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
            if kind.count == 2, kind[1] == "Array" {
                members.append(name, .array((try? Document(json: value))?.array ?? []))
            } else if kind.first == "String" {
                members.append(name, .string(value))
            } else if kind.first == "Number" {
                members.append(name, .number(value))
            }
        }
        return .object(members)
    }

    // MARK: Limits

    private static func parseFailure(_ text: String) -> String {
        var reader = PatternReader(text)
        do throws(PatternReader.SyntaxError) {
            while try reader.next() != nil {}
        } catch {
            return "failed to parse JSON. \(error.message)"
        }
        return "failed to parse JSON."
    }

    private static func nests(_ members: Members) -> Bool {
        members.contains { member in
            if case .object = member.value { return true }
            guard member.name == "$or", case .array(let alternatives) = member.value else { return false }
            return alternatives.contains { $0.object.map(nests) ?? false }
        }
    }

    private static func combinations(_ members: Members, depth: Int, before: Int) -> Int {
        var total = before
        for member in members {
            switch member.value {
            case .object(let inner): total = combinations(inner, depth: depth + 1, before: total)
            case .array(let values):
                let alternatives = member.name == "$or" ? values.compactMap(\.object) : []
                if alternatives.count >= 2, alternatives.count == values.count {
                    total = alternatives.reduce(0) { min($0 + combinations($1, depth: depth, before: total), enough) }
                } else {
                    total = min(total * values.count * depth, enough)
                }
            default: break
            }
        }
        return total
    }

    /// Well past the limit, and far from overflowing.
    private static let enough = 1_000_000
}
