import JSON
import Kernel

/// Conditions on messages that are JSON objects: `{ ($.eventName = "Put*") && ($.count > 3 || $.error IS NULL) }`.
/// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-json-log-events.html
struct JSONPattern: Sendable {
    private let condition: PatternCondition<JSONSelector>

    init(_ text: Substring) throws(AWSError) {
        var reader = ConditionReader(text)
        condition = try reader.condition { (rest) throws(AWSError) in try JSONSelector(&rest) }
    }

    func matches(_ message: String) -> Bool {
        guard let document = Self.object(message) else { return false }
        return condition.holds { selector, test in Self.holds(test, selector.values(in: document)) }
    }

    /// What the selectors find, by the selectors as they are written.
    func values(in message: String) -> [(key: String, value: String)] {
        guard let document = Self.object(message) else { return [] }
        var found: [(key: String, value: String)] = []
        for selector in condition.subjects where !found.contains(where: { $0.key == selector.text }) {
            if let value = selector.values(in: document).first { found.append((selector.text, value.patternText ?? value.jsonText)) }
        }
        return found
    }

    private static func object(_ message: String) -> Document? {
        guard message.utf8.first(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }) == UInt8(ascii: "{"), let document = try? Document(json: message),
            document.object != nil
        else { return nil }
        return document
    }

    private static func holds(_ test: PatternTest, _ values: [Document]) -> Bool {
        switch test {
        case .notExists: values.isEmpty
        case .any: !values.isEmpty
        case .isNull: values.contains(where: \.isNull)
        case .isTrue: values.contains { $0.bool == true }
        case .isFalse: values.contains { $0.bool == false }
        case .compare(let comparison, let operand): values.contains { holds(comparison, $0, operand) }
        }
    }

    private static func holds(_ comparison: PatternTest.Comparison, _ value: Document, _ operand: Operand) -> Bool {
        if comparison == .equal, operand.isAnything { return !value.isNull }
        switch comparison {
        case .less, .lessOrEqual, .greater, .greaterOrEqual:
            guard case .number(let text) = value else { return false }
            return comparison.holds(text, operand)
        default:
            guard let text = value.patternText else { return comparison == .notEqual }
            return comparison.holds(text, operand)
        }
    }
}

extension Document {
    /// What patterns compare: of texts, numbers, true and false.
    fileprivate var patternText: String? {
        switch self {
        case .string(let text), .number(let text): text
        case .bool(let value): value ? "true" : "false"
        default: nil
        }
    }

    fileprivate var jsonText: String { String(decoding: json(), as: UTF8.self) }
}

/// `$.a.b[0]`, `$.users[*].name`, `$.*.id`, `$['a name']`.
struct JSONSelector: Sendable {
    private enum Step: Sendable {
        case member(String)
        case element(Int)
        case anyMember
        case anyElement
    }

    private var steps: [Step] = []
    /// As it is written.
    private(set) var text = ""

    /// - Parameter rest: begins with it; what follows it is left.
    init(_ rest: inout Substring) throws(AWSError) {
        guard rest.first == "$" else { throw ConditionReader.unexpected(rest) }
        let start = rest
        rest = rest.dropFirst()
        while let first = rest.first, first == "." || first == "[" {
            if first == "." { rest = rest.dropFirst() }
            if rest.first == "[" { try readBrackets(&rest) } else { try readName(&rest, start) }
        }
        guard !steps.isEmpty else { throw ConditionReader.unexpected(start) }
        text = String(start[..<rest.startIndex])
    }

    private mutating func readName(_ rest: inout Substring, _ start: Substring) throws(AWSError) {
        if rest.first == "*" {
            steps.append(.anyMember)
            rest = rest.dropFirst()
            return
        }
        let name = rest.prefix { $0 == "-" || $0.unicodeScalars.allSatisfy(\.isOfWord) }
        guard !name.isEmpty else {
            // The selector's signs before the one that can't be are told too.
            let isFirst = steps.isEmpty
            throw .invalidTerm((isFirst ? "$." : ".") + rest.prefix { $0 != " " && !$0.unicodeScalars.allSatisfy(\.isOfWord) })
        }
        steps.append(.member(String(name)))
        rest = rest[name.endIndex...]
    }

    private mutating func readBrackets(_ rest: inout Substring) throws(AWSError) {
        rest = rest.dropFirst()
        if let quote = rest.first, quote == "'" || quote == "\"" {
            let body = rest.dropFirst()
            guard let end = body.firstIndex(of: quote), body[end...].dropFirst().first == "]" else { throw .invalidPattern }
            steps.append(.member(String(body[..<end])))
            rest = body[end...].dropFirst(2)
            return
        }
        guard let end = rest.firstIndex(of: "]") else { throw .invalidPattern }
        let inside = rest[..<end]
        rest = rest[end...].dropFirst()
        if inside == "*" {
            steps.append(.anyElement)
        } else if let index = Int(inside), index >= 0 {
            steps.append(.element(index))
        } else {
            throw .invalidPattern
        }
    }

    /// What it finds: several values where it has an asterisk.
    func values(in document: Document) -> [Document] {
        var found = [document]
        for step in steps {
            switch step {
            case .member(let name): found = found.compactMap { $0[name] }
            case .element(let index): found = found.compactMap { $0[index] }
            case .anyMember: found = found.flatMap { $0.object?.map(\.value) ?? $0.array ?? [] }
            case .anyElement: found = found.flatMap { $0.array ?? [] }
            }
        }
        return found
    }
}
