import Kernel

/// Conditions on the fields of messages that are divided by spaces: `[ip, user, ..., status = 4*, bytes > 1000]`.
/// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-space-delimited-log-events.html
struct DelimitedPattern: Sendable {
    private struct Field: Sendable {
        var name: String?
        var condition: PatternCondition<String>?
    }

    private var leading: [Field] = []
    /// Behind the `...`; `nil` without one.
    private var trailing: [Field]?

    init(_ text: Substring) throws(AWSError) {
        guard !text.trimmed.isEmpty else {
            trailing = []
            return
        }
        for part in try Self.split(text) {
            let part = part.trimmed
            if part == "..." {
                guard trailing == nil else { throw .invalidPattern }
                trailing = []
                continue
            }
            let field = try Self.field(part)
            if trailing == nil { leading.append(field) } else { trailing?.append(field) }
        }
    }

    /// The parts between commas that are neither within quotes nor within an expression.
    private static func split(_ text: Substring) throws(AWSError) -> [Substring] {
        var parts: [Substring] = []
        var rest = text
        var start = text.startIndex
        while let character = rest.first {
            switch character {
            case "\"": _ = try QuotedText.read(&rest)
            case "%":
                let body = rest.dropFirst()
                guard let end = body.firstIndex(of: "%") else { throw .invalidPattern }
                rest = body[body.index(after: end)...]
            case ",":
                parts.append(text[start..<rest.startIndex])
                rest = rest.dropFirst()
                start = rest.startIndex
            default: rest = rest.dropFirst()
            }
        }
        parts.append(text[start...])
        return parts
    }

    private static func field(_ text: Substring) throws(AWSError) -> Field {
        guard !text.isEmpty else { return Field() }
        var reader = ConditionReader(text)
        let condition = try reader.condition { (rest) throws(AWSError) -> String in
            let name = rest.prefix { $0 == "-" || $0 == "." || $0.unicodeScalars.allSatisfy(\.isOfWord) }
            guard !name.isEmpty else { throw ConditionReader.unexpected(rest) }
            rest = rest[name.endIndex...]
            return String(name)
        }
        let names = Set(condition.subjects)
        guard let name = names.first, names.count == 1 else { throw .invalidPattern }
        return Field(name: name, condition: condition)
    }

    func matches(_ message: String) -> Bool {
        let values = Self.values(message)
        guard let matched = align(values.count) else { return false }
        return matched.allSatisfy { field, index in field.condition.map { Self.holds($0, values[index]) } ?? true }
    }

    /// The fields and the values that they stand for; `nil` where there are too many or too few of these.
    private func align(_ count: Int) -> [(field: Field, index: Int)]? {
        guard let trailing else { return leading.count == count ? leading.enumerated().map { ($0.element, $0.offset) } : nil }
        guard leading.count + trailing.count <= count else { return nil }
        return leading.enumerated().map { ($0.element, $0.offset) } + trailing.enumerated().map { ($0.element, count - trailing.count + $0.offset) }
    }

    private static func holds(_ condition: PatternCondition<String>, _ value: String) -> Bool {
        condition.holds { _, test in
            switch test {
            case .any: true
            case .compare(let comparison, let operand): comparison.holds(value, operand)
            case .isTrue, .isFalse, .isNull, .notExists: false
            }
        }
    }

    func fields(of message: String) -> [(key: String, value: String)] {
        let values = Self.values(message)
        guard let matched = align(values.count) else { return [] }
        let names = Dictionary(matched.map { ($0.index, $0.field.name) }, uniquingKeysWith: { first, _ in first })
        return values.enumerated().map { (names[$0.offset].flatMap { $0 } ?? "\($0.offset + 1)", $0.element) }
    }

    /// The fields of a message: what stands between quotes or in brackets is one.
    private static func values(_ message: String) -> [String] {
        var values: [String] = []
        var rest = message[...].trimmed
        while let first = rest.first {
            let close: Character? = first == "\"" ? "\"" : first == "[" ? "]" : nil
            if let close, let end = rest.dropFirst().firstIndex(of: close) {
                values.append(String(rest[rest.index(after: rest.startIndex)..<end]))
                rest = rest[end...].dropFirst()
            } else {
                let value = rest.prefix { $0 != " " && $0 != "\t" && $0 != "\n" && $0 != "\r" && $0 != "\r\n" }
                values.append(String(value))
                rest = rest[value.endIndex...]
            }
            rest = rest.drop { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r" || $0 == "\r\n" }
        }
        return values
    }
}
