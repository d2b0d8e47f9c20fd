import JSON
import Kernel

/// A request's `ExpressionAttributeNames` and `ExpressionAttributeValues`, and which of them its expressions used.
///
/// The order of AWS's checks: ``init(names:values:)`` first, then each expression is parsed, then ``checkUnused()``.
package struct ExpressionAttributes: Sendable {
    private var names: [Substitute<String>] = []
    private var values: [Substitute<AttributeValue>] = []
    private var wording = ValueWording.older

    private struct Substitute<Value: Sendable>: Sendable {
        var key: String
        var value: Value
        var isUsed = false
    }

    package init() {}

    /// - Parameters:
    ///   - names: `ExpressionAttributeNames` as the request has it: an object of strings.
    ///   - values: `ExpressionAttributeValues`: an object of attribute values.
    ///   - wording: the older one names the key whose value is refused, the current one doesn't.
    package init(names: Document?, values: Document?, _ wording: ValueWording = .older) throws(AWSError) {
        self.wording = wording
        let nameMembers = try Self.members(names, of: "java.lang.String")
        let valueMembers = try Self.members(values, of: "com.amazonaws.dynamodb.v20120810.AttributeValue")
        for member in nameMembers ?? Members() { self.names.append(Substitute(key: member.name, value: try Shape.string(member.value))) }
        let invalidValue = try read(valueMembers ?? Members(), wording)
        if let nameMembers { try Self.checkKeys(nameMembers, "ExpressionAttributeNames", first: UInt8(ascii: "#")) }
        if let valueMembers { try Self.checkKeys(valueMembers, "ExpressionAttributeValues", first: UInt8(ascii: ":")) }
        for name in self.names { try checkName(name) }
        if let invalidValue { throw invalidValue }
    }

    /// Takes the values; the first that is none is answered and not thrown, since the keys are checked before.
    private mutating func read(_ members: Members, _ wording: ValueWording) throws(AWSError) -> AWSError? {
        var invalid: AWSError?
        for member in members {
            do throws(AWSError) {
                values.append(Substitute(key: member.name, value: try AttributeValue(ofExpression: member.value, wording)))
            } catch {
                guard error.code == "ValidationException" else { throw error }
                guard invalid == nil else { continue }
                switch wording {
                case .current: invalid = error
                case .older: invalid = .validation("ExpressionAttributeValues contains invalid value: \(error.message ?? "") for key \(member.name)")
                }
            }
        }
        return invalid
    }

    private func checkName(_ name: Substitute<String>) throws(AWSError) {
        do throws(AWSError) {
            try AttributeMap.checkName(name.value)
        } catch {
            if wording == .current { throw error }
            throw .validation("ExpressionAttributeNames contains invalid value: \(error.message ?? "") for key \(name.key)")
        }
    }

    private static func members(_ document: Document?, of type: String) throws(AWSError) -> Members? {
        switch document {
        case nil, .null: return nil
        case .object(let members): return members
        case .array: throw .serialization("Unrecognized collection type java.util.Map<java.lang.String, \(type)>")
        default: throw .serialization("Unexpected field type")
        }
    }

    /// `#` or `:`, then letters, digits and underscores.
    private static func checkKeys(_ members: Members, _ parameter: String, first: UInt8) throws(AWSError) {
        guard !members.isEmpty else { throw .validation("\(parameter) must not be empty") }
        for member in members {
            let bytes = member.name.utf8
            guard bytes.count <= ExpressionLimits.placeholder else {
                // As recorded: only of names the size is told.
                let size = first == UInt8(ascii: "#") ? " size of key: \(bytes.count)" : ""
                throw .validation("\(parameter) contains invalid key: The expression attribute map contains a key that is too long;\(size)")
            }
            guard bytes.first == first, bytes.count > 1, bytes.dropFirst().allSatisfy(Lexer.isWordPart) else {
                throw .validation("\(parameter) contains invalid key: Syntax error; key: \"\(member.name)\"")
            }
        }
    }

    /// Refuses names and values that come without any expression.
    /// - Parameter expressions: the expressions that may use values, in the order in which AWS's message names them, and whether each was given.
    ///   `otherExpression` is one that has only names (`ProjectionExpression`).
    package static func checkPresence(
        names: Document?, values: Document?, expressions: [(kind: ExpressionKind, isPresent: Bool)], otherExpression: Bool = false
    ) throws(AWSError) {
        let withValues = expressions.contains { $0.isPresent }
        if names?.isNull == false, !withValues, !otherExpression {
            throw .validation("ExpressionAttributeNames can only be specified when using expressions")
        }
        if values?.isNull == false, !withValues {
            let missing = expressions.map(\.kind.rawValue).joined(separator: " and ")
            throw .validation("ExpressionAttributeValues can only be specified when using expressions: \(missing) \(expressions.count > 1 ? "are" : "is") null")
        }
    }

    /// Refuses names and values that no expression used. To be called when all are parsed.
    package func checkUnused() throws(AWSError) {
        let unusedNames = names.lazy.filter { !$0.isUsed }.map(\.key)
        if !unusedNames.isEmpty {
            throw .validation("Value provided in ExpressionAttributeNames unused in expressions: keys: {\(unusedNames.joined(separator: ", "))}")
        }
        let unusedValues = values.lazy.filter { !$0.isUsed }.map(\.key)
        if !unusedValues.isEmpty {
            throw .validation("Value provided in ExpressionAttributeValues unused in expressions: keys: {\(unusedValues.joined(separator: ", "))}")
        }
    }
}

/// Resolution. The keys are few and short: a walk beats a dictionary.
extension ExpressionAttributes {
    mutating func path(_ syntax: PathSyntax, _ kind: ExpressionKind) throws(AWSError) -> DocumentPath {
        var attribute: String?
        var rest: [DocumentPath.Element] = []
        for element in syntax.elements {
            let name: String
            switch element {
            case .index(let index):
                rest.append(.index(index))
                continue
            case .name(let literal):
                name = literal
            case .alias(let alias):
                // Of a key written twice the last one counts.
                guard let position = names.lastIndex(where: { $0.key == alias }) else {
                    throw kind.invalid("An expression attribute name used in the document path is not defined; attribute name: \(alias)")
                }
                for index in names.indices where names[index].key == alias { names[index].isUsed = true }
                name = names[position].value
            }
            if attribute == nil { attribute = name } else { rest.append(.name(name)) }
        }
        return DocumentPath(attribute ?? "", rest)
    }

    mutating func value(_ placeholder: String, _ kind: ExpressionKind) throws(AWSError) -> AttributeValue {
        guard let position = values.lastIndex(where: { $0.key == placeholder }) else {
            throw kind.invalid("An expression attribute value used in expression is not defined; attribute value: \(placeholder)")
        }
        for index in values.indices where values[index].key == placeholder { values[index].isUsed = true }
        return values[position].value
    }
}

/// Parsing: syntax, then names and values, then types.
extension ExpressionAttributes {
    /// A ``ExpressionKind/condition`` or ``ExpressionKind/filter``.
    package mutating func parseCondition(_ text: String, _ kind: ExpressionKind = .condition) throws(AWSError) -> Condition {
        let wording = wording
        let syntax = try ExpressionCaches.conditions.syntax(of: text) { (text) throws(AWSError) in try ExpressionParser.condition(text, kind, wording) }
        return Condition(root: try bind(syntax, kind))
    }

    package mutating func parseKeyCondition(_ text: String) throws(AWSError) -> KeyCondition {
        let syntax = try ExpressionCaches.keyConditions.syntax(of: text) { (text) throws(AWSError) in try ExpressionParser.condition(text, .keyCondition) }
        return try KeyCondition(try bind(syntax, .keyCondition))
    }

    package mutating func parseProjection(_ text: String) throws(AWSError) -> Projection {
        var paths: [DocumentPath] = []
        for path in try ExpressionCaches.projections.syntax(of: text, parse: ExpressionParser.projection) { paths.append(try self.path(path, .projection)) }
        if let clash = DocumentPath.clashes(among: paths) { throw ExpressionKind.projection.invalid(clash) }
        return Projection(paths)
    }

    package mutating func parseUpdate(_ text: String) throws(AWSError) -> Update {
        try bind(try ExpressionCaches.updates.syntax(of: text, parse: ExpressionParser.update))
    }
}
