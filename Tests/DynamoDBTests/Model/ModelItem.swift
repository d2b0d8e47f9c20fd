import JSON

/// A value as the model has it: plain Swift, nothing of the engine. Sets have no order, numbers are whole.
indirect enum ModelValue: Hashable {
    case string(String), number(Int), bool(Bool), null
    case list([ModelValue]), map([String: ModelValue])
    case strings(Set<String>), numbers(Set<Int>)

    var document: Document {
        switch self {
        case .string(let text): ["S": .string(text)]
        case .number(let number): ["N": .string("\(number)")]
        case .bool(let isTrue): ["BOOL": .bool(isTrue)]
        case .null: ["NULL": true]
        case .list(let values): ["L": .array(values.map(\.document))]
        case .map(let values): ["M": values.document]
        case .strings(let texts): ["SS": .array(texts.sorted().map { .string($0) })]
        case .numbers(let numbers): ["NS": .array(numbers.sorted().map { .string("\($0)") })]
        }
    }

    init?(_ document: Document) {
        guard case .object(let members) = document, let member = members.first else { return nil }
        switch (member.name, member.value) {
        case ("S", .string(let text)): self = .string(text)
        case ("N", .string(let digits)): self = .number(Int(digits) ?? .min)
        case ("BOOL", .bool(let isTrue)): self = .bool(isTrue)
        case ("NULL", _): self = .null
        case ("L", .array(let values)): self = .list(values.compactMap(ModelValue.init))
        case ("M", let value): self = .map(ModelItem(document: value))
        case ("SS", .array(let texts)): self = .strings(Set(texts.compactMap(\.string)))
        case ("NS", .array(let digits)): self = .numbers(Set(digits.compactMap { $0.string.flatMap { Int($0) } }))
        default: return nil
        }
    }

    /// The name that `attribute_type` knows it by.
    var type: String {
        switch self {
        case .string: "S"
        case .number: "N"
        case .bool: "BOOL"
        case .null: "NULL"
        case .list: "L"
        case .map: "M"
        case .strings: "SS"
        case .numbers: "NS"
        }
    }

    /// What `size` is of it; nothing where it has none.
    var size: Int? {
        switch self {
        case .string(let text): text.utf16.count
        case .list(let values): values.count
        case .map(let values): values.count
        case .strings(let texts): texts.count
        case .numbers(let numbers): numbers.count
        case .number, .bool, .null: nil
        }
    }

    /// Before, same or after, where both are strings or both numbers.
    func order(_ other: ModelValue) -> Int? {
        switch (self, other) {
        case (.string(let left), .string(let right)): left == right ? 0 : left < right ? -1 : 1
        case (.number(let left), .number(let right)): (left - right).signum()
        default: nil
        }
    }

    func contains(_ value: ModelValue) -> Bool {
        switch (self, value) {
        case (.string(let text), .string(let part)): text.contains(part)
        case (.strings(let texts), .string(let text)): texts.contains(text)
        case (.numbers(let numbers), .number(let number)): numbers.contains(number)
        case (.list(let values), _): values.contains(value)
        default: false
        }
    }
}

typealias ModelItem = [String: ModelValue]

extension ModelItem {
    var document: Document {
        .object(Members(sorted { $0.key < $1.key }.map { Members.Member(name: $0.key, value: $0.value.document) }))
    }

    init(document: Document?) {
        self = [:]
        guard case .object(let members)? = document else { return }
        for member in members { self[member.name] = ModelValue(member.value) }
    }
}

/// A path of at most two elements: an attribute, a name in it or a place in it.
struct ModelPath: Hashable {
    enum Element: Hashable { case name(String), index(Int) }

    var attribute: String
    var element: Element?

    func value(in item: ModelItem) -> ModelValue? {
        switch (element, item[attribute]) {
        case (nil, let value): value
        case (.name(let name)?, .map(let values)?): values[name]
        case (.index(let index)?, .list(let values)?): index < values.count ? values[index] : nil
        default: nil
        }
    }

    /// Whether what would hold it is there.
    func hasParent(in item: ModelItem) -> Bool {
        switch (element, item[attribute]) {
        case (nil, _), (.name?, .map?), (.index?, .list?): true
        default: false
        }
    }

    /// An attribute whole, an element in what it has of its attribute.
    func project(_ item: ModelItem, into result: inout ModelItem) {
        guard let value = value(in: item) else { return }
        switch element {
        case nil: result[attribute] = value
        case .name(let name): result[attribute] = .map([name: value])
        case .index: result[attribute] = .list([value])
        }
    }
}
