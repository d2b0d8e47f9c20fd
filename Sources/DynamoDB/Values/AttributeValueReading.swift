import JSON
import Kernel

/// Reading DynamoDB JSON: `{"S": "a"}`, `{"N": "1"}`. A member of the wrong JSON type is a serialization error; a value
/// that the type doesn't allow is a validation error. Names of types that don't exist are passed over, as AWS does.
extension AttributeValue {
    /// How many levels a value may have, the attribute's own being the first.
    package static let maximumDepth = 32

    package init(_ document: Document, _ wording: ValueWording = .older) throws(AWSError) {
        try self.init(document, wording, depth: 0)
    }

    /// A value of an expression. The older layer doesn't look how deep it is: what is too deep fails where it is written. Held to a depth all the same.
    init(ofExpression document: Document, _ wording: ValueWording) throws(AWSError) {
        try self.init(document, wording, depth: wording == .older ? -2 * AttributeValue.maximumDepth : 0)
    }

    init(_ document: Document, _ wording: ValueWording, depth: Int) throws(AWSError) {
        guard depth < AttributeValue.maximumDepth else { throw .tooDeep }
        let members = try Shape.structure(document, "AttributeValue", as: "value")
        var value: AttributeValue?
        var count = 0
        for member in members where !member.value.isNull {
            guard let type = AttributeType(rawValue: member.name) else { continue }
            value = try AttributeValue(type, member.value, wording, depth: depth)
            count += 1
        }
        guard let value else {
            throw .validation("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")
        }
        guard count == 1 else {
            throw .validation("Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes")
        }
        self = value
    }

    private init(_ type: AttributeType, _ document: Document, _ wording: ValueWording, depth: Int) throws(AWSError) {
        switch type {
        case .string: self = .string(try Shape.string(document))
        case .number: self = .number(try DynamoDBNumber.reading(try Shape.string(document), wording))
        case .binary: self = .binary(try Shape.blob(document))
        case .bool: self = .bool(try Shape.bool(document))
        case .null:
            guard try Shape.bool(document) else { throw .invalidParameter("Null attribute value types must have the value of true") }
            self = .null
        case .stringSet: self = .stringSet(try AttributeSets.strings(document, wording))
        case .numberSet: self = .numberSet(try AttributeSets.numbers(document, wording))
        case .binarySet: self = .binarySet(try AttributeSets.binaries(document, wording))
        case .list:
            var values: [AttributeValue] = []
            let elements = try Shape.list(document)
            values.reserveCapacity(elements.count)
            for element in elements { values.append(try AttributeValue(element, wording, depth: depth + 1)) }
            self = .list(values)
        case .map:
            self = .map(try AttributeMap(document, wording, depth: depth + 1))
        }
    }
}

extension AttributeMap {
    /// An item, a key or a map's content: an object whose members are attribute values. Of two members with one name the last counts.
    package init(_ document: Document, _ wording: ValueWording = .older) throws(AWSError) {
        try self.init(document, wording, depth: 0)
    }

    init(_ document: Document, _ wording: ValueWording, depth: Int) throws(AWSError) {
        let members = try Shape.map(document)
        var list: [Attribute] = []
        list.reserveCapacity(members.count)
        for member in members where !member.value.isNull {
            try AttributeMap.checkName(member.name)
            list.append(Attribute(name: member.name, value: try AttributeValue(member.value, wording, depth: depth)))
        }
        self.init(list)
    }
}

extension AttributeMap {
    /// Most bytes of an attribute's name, nested ones too.
    static let nameLimit = 65535

    static func checkName(_ name: String) throws(AWSError) {
        let count = name.utf8.count
        guard count > 0 else { throw .validation("Empty attribute name") }
        guard count <= nameLimit else { throw .validation("Attribute name is too large, must be less than 65536 bytes") }
    }
}

extension DynamoDBNumber {
    static func reading(_ text: String, _ wording: ValueWording) throws(AWSError) -> DynamoDBNumber {
        do throws(DynamoDBNumberError) {
            return try DynamoDBNumber(parsing: text)
        } catch {
            throw wording == .current && error == .notANumber("") ? .validation(error.message + ": ") : .validation(error.message)
        }
    }
}

extension AWSError {
    static let tooDeep = AWSError.validation(
        "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit")

    /// A value that its type or its place doesn't allow.
    static func invalidParameter(_ message: String) -> AWSError {
        .validation("One or more parameter values were invalid: " + message)
    }
}
