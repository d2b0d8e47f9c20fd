import JSON
import Kernel

/// A value in DynamoDB. Numbers are kept as the text that was sent.
/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
public enum AttributeValue: Sendable, Equatable {
    case string(String)
    case number(String)
    case binary([UInt8])
    case bool(Bool)
    case null
    case list([AttributeValue])
    case map([String: AttributeValue])
    case stringSet([String])
    case numberSet([String])
    case binarySet([[UInt8]])

    public static func int(_ value: Int) -> AttributeValue { .number(String(value)) }

    public var string: String? { if case .string(let value) = self { value } else { nil } }
    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    public var list: [AttributeValue]? { if case .list(let value) = self { value } else { nil } }
    public var map: [String: AttributeValue]? { if case .map(let value) = self { value } else { nil } }

    /// The number, where it is a whole one that fits.
    public var int: Int? { if case .number(let text) = self { Document.number(text).int } else { nil } }
    public var double: Double? { if case .number(let text) = self { Double(text) } else { nil } }
}

/// An item of a table: attribute name to value.
public typealias Item = [String: AttributeValue]

extension AttributeValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int) { self = .int(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension AttributeValue {
    /// DynamoDB nests values at most this deep.
    private static let depthLimit = 32

    /// Reads DynamoDB JSON: `{"S": "Opera Aida"}`. `nil` where it isn't.
    public init?(_ document: Document) { self.init(document, depth: 0) }

    private init?(_ document: Document, depth: Int) {
        guard depth <= Self.depthLimit, let members = document.object, members.count == 1, let member = members.first else { return nil }
        switch (member.name, member.value) {
        case ("S", .string(let text)): self = .string(text)
        case ("N", .string(let text)): self = .number(text)
        case ("B", .string(let text)):
            guard let bytes = try? Base64.decode(text) else { return nil }
            self = .binary(bytes)
        case ("BOOL", .bool(let value)): self = .bool(value)
        case ("NULL", .bool(true)): self = .null
        case ("L", .array(let elements)):
            let values = elements.compactMap { AttributeValue($0, depth: depth + 1) }
            guard values.count == elements.count else { return nil }
            self = .list(values)
        case ("M", .object(let members)):
            var values: [String: AttributeValue] = [:]
            for member in members {
                guard let value = AttributeValue(member.value, depth: depth + 1) else { return nil }
                values[member.name] = value
            }
            self = .map(values)
        case ("SS", .array(let elements)): self = .stringSet(elements.compactMap(\.string))
        case ("NS", .array(let elements)): self = .numberSet(elements.compactMap(\.string))
        case ("BS", .array(let elements)): self = .binarySet(elements.compactMap { $0.string.flatMap { try? Base64.decode($0) } })
        default: return nil
        }
    }

    /// DynamoDB JSON.
    public var document: Document {
        switch self {
        case .string(let text): ["S": .string(text)]
        case .number(let text): ["N": .string(text)]
        case .binary(let bytes): ["B": .string(Base64.encode(bytes))]
        case .bool(let value): ["BOOL": .bool(value)]
        case .null: ["NULL": true]
        case .list(let values): ["L": .array(values.map(\.document))]
        case .map(let values): ["M": Self.document(of: values)]
        case .stringSet(let values): ["SS": .array(values.map { .string($0) })]
        case .numberSet(let values): ["NS": .array(values.map { .string($0) })]
        case .binarySet(let values): ["BS": .array(values.map { .string(Base64.encode($0)) })]
        }
    }

    /// The value as programs have it, without types: numbers as numbers, sets as lists, bytes as base64.
    public var plain: Document {
        switch self {
        case .string(let text): .string(text)
        case .number(let text): .number(text)
        case .binary(let bytes): .string(Base64.encode(bytes))
        case .bool(let value): .bool(value)
        case .null: .null
        case .list(let values): .array(values.map(\.plain))
        case .map(let values): Self.plain(values)
        case .stringSet(let values): .array(values.map { .string($0) })
        case .numberSet(let values): .array(values.map { .number($0) })
        case .binarySet(let values): .array(values.map { .string(Base64.encode($0)) })
        }
    }

    /// An item without types, by attribute name.
    public static func plain(_ item: Item) -> Document {
        .object(Members(item.sorted { $0.key < $1.key }.map { Members.Member(name: $0.key, value: $0.value.plain) }))
    }

    /// The value that a plain one becomes in DynamoDB: there are no sets and no bytes among them.
    public init(plain: Document) {
        switch plain {
        case .null: self = .null
        case .bool(let value): self = .bool(value)
        case .number(let text): self = .number(text)
        case .string(let text): self = .string(text)
        case .array(let elements): self = .list(elements.map { AttributeValue(plain: $0) })
        case .object(let members): self = .map(Dictionary(members.map { ($0.name, AttributeValue(plain: $0.value)) }, uniquingKeysWith: { $1 }))
        }
    }

    /// An item as DynamoDB JSON, by attribute name so that equal items have equal bytes.
    public static func document(of item: Item) -> Document {
        .object(Members(item.sorted { $0.key < $1.key }.map { Members.Member(name: $0.key, value: $0.value.document) }))
    }

    /// Reads an item of DynamoDB JSON. `nil` where any value isn't.
    public static func item(_ document: Document?) -> Item? {
        guard let members = document?.object else { return nil }
        var item: Item = [:]
        for member in members {
            guard let value = AttributeValue(member.value) else { return nil }
            item[member.name] = value
        }
        return item
    }
}
