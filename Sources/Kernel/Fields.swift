import JSON

/// A rule that the service model sets for a member, with AWS's words for breaking it.
package enum Constraint: Sendable {
    /// Of a string's characters, a blob's bytes, a list's or map's elements.
    case length(min: Int? = nil, max: Int? = nil)
    case range(min: Int? = nil, max: Int? = nil)
    case oneOf([String])
    /// The model's regular expression, as AWS prints it, and a function that decides the same.
    case pattern(String, @Sendable (String) -> Bool)
}

/// The members of an operation's input as they are read: types are checked at once, constraints are gathered and
/// thrown together, as AWS does ("2 validation errors detected: ...").
package struct Fields {
    package let members: Members
    /// The body where the operation takes a blob instead of a document.
    package let payload: [UInt8]?
    /// The path of the structure that is being read, for messages: `keySchema.1.member.`
    package let path: String
    /// Whether every scalar is text and an empty list or map is an empty text, as in the query protocol.
    package var hasOnlyText = false
    /// What was broken so far, as AWS words each.
    package private(set) var violations: [String] = []

    /// Reads an operation's input; `null` counts as an input without members.
    package init(_ input: Document, payload: [UInt8]? = nil) throws(AWSError) {
        switch input {
        case .object(let members): self.init(members: members, payload: payload)
        case .null: self.init(members: Members(), payload: payload)
        default: throw .serialization("Unexpected token: the input must be a JSON object.")
        }
    }

    package init(members: Members, payload: [UInt8]? = nil, path: String = "") {
        self.members = members
        self.payload = payload
        self.path = path
    }

    /// Throws what was broken, all of it at once.
    package func check() throws(AWSError) {
        guard !violations.isEmpty else { return }
        let count = violations.count == 1 ? "1 validation error detected: " : "\(violations.count) validation errors detected: "
        throw .validation(count + violations.joined(separator: "; "))
    }

    /// The member's document; `nil` where it is absent or null.
    package subscript(name: String) -> Document? {
        guard let value = members[name], !value.isNull else { return nil }
        return value
    }

    // MARK: Scalars

    package mutating func string(_ name: String, _ constraints: Constraint...) throws(AWSError) -> String? {
        guard let value = try text(name) else { return nil }
        for constraint in constraints { check(value, name, constraint) }
        return value
    }

    /// An absent member is a broken constraint; what is returned then is never used.
    package mutating func requiredString(_ name: String, _ constraints: Constraint...) throws(AWSError) -> String {
        guard let value = try text(name) else {
            missing(name)
            return ""
        }
        for constraint in constraints { check(value, name, constraint) }
        return value
    }

    package mutating func int(_ name: String, _ constraints: Constraint...) throws(AWSError) -> Int? {
        guard let value = try whole(name) else { return nil }
        for constraint in constraints { check(value, name, constraint) }
        return value
    }

    package mutating func requiredInt(_ name: String, _ constraints: Constraint...) throws(AWSError) -> Int {
        guard let value = try whole(name) else {
            missing(name)
            return 0
        }
        for constraint in constraints { check(value, name, constraint) }
        return value
    }

    package mutating func bool(_ name: String) throws(AWSError) -> Bool? {
        switch self[name] {
        case nil: return nil
        case .bool(let value): return value
        // The query protocol has nothing but text.
        case .string("true"): return true
        case .string("false"): return false
        case .some(let other): throw .serialization("\(other.coralTokenName) cannot be converted to Boolean")
        }
    }

    /// A double, as timestamps in JSON protocols are.
    package mutating func double(_ name: String) throws(AWSError) -> Double? {
        switch self[name] {
        case nil: return nil
        case .number(let text), .string(let text):
            guard let value = Double(text), value.isFinite else { throw .serialization("STRING_VALUE cannot be converted to Double") }
            return value
        case .some(let other): throw .serialization("\(other.coralTokenName) cannot be converted to Double")
        }
    }

    private func text(_ name: String) throws(AWSError) -> String? {
        switch self[name] {
        case nil: return nil
        case .string(let value): return value
        case .object: throw .serialization("Start of structure or map found where not expected.")
        case .some(let other): throw .serialization("\(other.coralTokenName) cannot be converted to String")
        }
    }

    private func whole(_ name: String) throws(AWSError) -> Int? {
        switch self[name] {
        case nil: return nil
        case .number(let text):
            if let value = Int(text) { return value }
            // Coral truncates a fraction and clamps nothing: what doesn't fit is no integer.
            guard let value = Double(text), let whole = Int(exactly: value.rounded(.towardZero)) else {
                throw .serialization("NUMBER_VALUE cannot be converted to Integer")
            }
            return whole
        // The query protocol has nothing but text.
        case .string(let text):
            guard let value = Int(text) else { throw .serialization("STRING_VALUE cannot be converted to Integer") }
            return value
        case .object: throw .serialization("Start of structure or map found where not expected.")
        case .some(let other): throw .serialization("\(other.coralTokenName) cannot be converted to Integer")
        }
    }

    // MARK: Lists, maps, structures

    /// The list's elements, none of them interpreted.
    package mutating func list(_ name: String, _ constraints: Constraint...) throws(AWSError) -> [Document]? {
        switch self[name] {
        case nil: return nil
        case .array(let elements):
            for constraint in constraints { check(count: elements.count, name, constraint) }
            return elements
        case .string("") where hasOnlyText: return []
        case .object: throw .serialization("Start of structure or map found where not expected.")
        case .some(let other): throw .serialization("\(other.coralCollectionName)")
        }
    }

    /// A list of strings.
    package mutating func strings(_ name: String, _ constraints: Constraint...) throws(AWSError) -> [String]? {
        guard let elements = try list(name) else { return nil }
        for constraint in constraints { check(count: elements.count, name, constraint) }
        var strings: [String] = []
        strings.reserveCapacity(elements.count)
        for element in elements {
            guard case .string(let value) = element else { throw .serialization("\(element.coralTokenName) cannot be converted to String") }
            strings.append(value)
        }
        return strings
    }

    /// The members of a map or a structure, none of them interpreted.
    package mutating func object(_ name: String) throws(AWSError) -> Members? {
        switch self[name] {
        case nil: return nil
        case .object(let members): return members
        case .string("") where hasOnlyText: return Members()
        case .array: throw .serialization("Unexpected value type in payload")
        case .some(let other): throw .serialization("\(other.coralCollectionName)")
        }
    }

    /// A map of strings.
    package mutating func stringMap(_ name: String) throws(AWSError) -> [(key: String, value: String)]? {
        guard let members = try object(name) else { return nil }
        var pairs: [(key: String, value: String)] = []
        for member in members {
            guard case .string(let value) = member.value else { throw .serialization("\(member.value.coralTokenName) cannot be converted to String") }
            pairs.append((member.name, value))
        }
        return pairs
    }

    /// A structure, read by a function of its own; what it breaks counts with the rest.
    package mutating func structure<Value>(_ name: String, _ read: (inout Fields) throws(AWSError) -> Value) throws(AWSError) -> Value? {
        guard let members = try object(name) else { return nil }
        return try nested(members, "\(path)\(name.lowerCamelCase).", read)
    }

    /// A list of structures, each read by that function.
    package mutating func structures<Value>(_ name: String, _ constraints: Constraint..., read: (inout Fields) throws(AWSError) -> Value) throws(AWSError) -> [Value]? {
        guard let elements = try list(name) else { return nil }
        for constraint in constraints { check(count: elements.count, name, constraint) }
        var values: [Value] = []
        values.reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            guard case .object(let members) = element else { throw .serialization("Unexpected value type in payload") }
            values.append(try nested(members, "\(path)\(name.lowerCamelCase).\(index + 1).member.", read))
        }
        return values
    }

    package mutating func nested<Value>(_ members: Members, _ path: String, _ read: (inout Fields) throws(AWSError) -> Value) throws(AWSError) -> Value {
        var inner = Fields(members: members, path: path)
        inner.hasOnlyText = hasOnlyText
        let value = try read(&inner)
        violations += inner.violations.prefix(max(0, Self.violationLimit - violations.count))
        return value
    }

    // MARK: Violations

    /// AWS stops at the tenth broken constraint.
    package static let violationLimit = 10

    /// Counts an absent required member.
    package mutating func missing(_ name: String) {
        violate(nil, name, "Member must not be null")
    }

    /// Counts a broken constraint, in AWS's form.
    /// - Parameter value: as AWS prints it, without quotes; `nil` for an absent one.
    package mutating func violate(_ value: String?, _ name: String, _ rule: String) {
        guard violations.count < Self.violationLimit else { return }
        let shown = value.map { "'\($0)'" } ?? "null"
        violations.append("Value \(shown) at '\(path)\(name.lowerCamelCase)' failed to satisfy constraint: \(rule)")
    }

    private mutating func check(_ value: String, _ name: String, _ constraint: Constraint) {
        switch constraint {
        case .length(let min, let max): checkLength(value.unicodeScalars.count, value, name, min, max)
        case .oneOf(let values):
            if !values.contains(value) { violate(value, name, "Member must satisfy enum value set: [\(values.joined(separator: ", "))]") }
        case .pattern(let text, let matches):
            if !matches(value) { violate(value, name, "Member must satisfy regular expression pattern: \(text)") }
        case .range: break
        }
    }

    private mutating func check(_ value: Int, _ name: String, _ constraint: Constraint) {
        guard case .range(let min, let max) = constraint else { return }
        if let min, value < min { violate("\(value)", name, "Member must have value greater than or equal to \(min)") }
        if let max, value > max { violate("\(value)", name, "Member must have value less than or equal to \(max)") }
    }

    private mutating func check(count: Int, _ name: String, _ constraint: Constraint) {
        guard case .length(let min, let max) = constraint else { return }
        let value = self[name]
        checkLength(count, value?.coralText ?? "", name, min, max)
    }

    private mutating func checkLength(_ length: Int, _ value: @autoclosure () -> String, _ name: String, _ min: Int?, _ max: Int?) {
        if let min, length < min { violate(value(), name, "Member must have length greater than or equal to \(min)") }
        if let max, length > max { violate(value(), name, "Member must have length less than or equal to \(max)") }
    }
}

extension String {
    /// A member's name as AWS's validation messages print it: `TableName` becomes `tableName`.
    package var lowerCamelCase: String {
        guard let first = utf8.first, first &- 65 < 26 else { return self }
        return String(decoding: CollectionOfOne(first | 0x20), as: UTF8.self) + dropFirst()
    }
}

extension Document {
    /// What AWS's parser calls such a token in its messages.
    package var coralTokenName: String {
        switch self {
        case .null: "NULL_VALUE"
        case .bool(let value): value ? "TRUE_VALUE" : "FALSE_VALUE"
        case .number(let text): text.utf8.contains { $0 == UInt8(ascii: ".") || $0 | 0x20 == UInt8(ascii: "e") } ? "DECIMAL_VALUE" : "NUMBER_VALUE"
        case .string: "STRING_VALUE"
        case .array: "START_ARRAY"
        case .object: "START_OBJECT"
        }
    }

    /// The message for a scalar where a list or a map belongs.
    package var coralCollectionName: String {
        switch self {
        case .bool: "Unrecognized collection type class java.lang.Boolean"
        case .number(let text): Int32(text) != nil ? "Unrecognized collection type class java.lang.Integer" : "Unrecognized collection type class java.math.BigDecimal"
        case .string: "Unrecognized collection type class java.lang.String"
        default: "Unexpected value type in payload"
        }
    }

    /// The value as Java's `toString` prints it inside validation messages: `[a, b]`, `{k=v}`.
    package var coralText: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .number(let text), .string(let text): text
        case .array(let elements): "[" + elements.map(\.coralText).joined(separator: ", ") + "]"
        case .object(let members): "{" + members.map { "\($0.name)=\($0.value.coralText)" }.joined(separator: ", ") + "}"
        }
    }
}
