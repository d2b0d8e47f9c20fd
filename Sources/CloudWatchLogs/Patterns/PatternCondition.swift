import Kernel

/// What a pattern says of a value.
enum PatternTest: Sendable {
    enum Comparison: String, Sendable {
        case equal = "="
        case notEqual = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
    }

    case compare(Comparison, Operand)
    case isTrue
    case isFalse
    case isNull
    case notExists
    /// Nothing: the value need only be there.
    case any
}

/// What a value is compared with.
enum Operand: Sendable {
    /// Parts between asterisks, and the number that the text is, where it is one.
    case text(parts: [String], number: Double?)
    case expression(RegularExpression)

    init(_ text: String, isQuoted: Bool) {
        self = .text(parts: text.split(separator: "*", omittingEmptySubsequences: false).map(String.init), number: isQuoted ? nil : PatternNumber.read(text))
    }

    /// Whether everything is equal to it.
    var isAnything: Bool {
        if case .text(let parts, _) = self { parts.count > 1 && parts.allSatisfy(\.isEmpty) } else { false }
    }

    func isEqual(to text: String) -> Bool {
        switch self {
        case .expression(let expression): expression.matches(text)
        case .text(let parts, let number):
            Self.matches(parts, text) || number.map { $0 == PatternNumber.read(text) } ?? false
        }
    }

    /// `nil` where there is no order between them.
    func order(of text: String) -> (value: Double, operand: Double)? {
        guard case .text(_, let number?) = self, let value = PatternNumber.read(text) else { return nil }
        return (value, number)
    }

    private static func matches(_ parts: [String], _ text: String) -> Bool {
        guard let first = parts.first, let last = parts.last else { return false }
        guard parts.count > 1 else { return first == text }
        var rest = Array(text.utf8)[...]
        guard rest.starts(with: first.utf8) else { return false }
        rest = rest.dropFirst(first.utf8.count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let end = Self.end(of: Array(part.utf8), in: rest) else { return false }
            rest = rest[end...]
        }
        return rest.count >= last.utf8.count && rest.suffix(last.utf8.count).elementsEqual(last.utf8)
    }

    private static func end(of part: [UInt8], in text: ArraySlice<UInt8>) -> Int? {
        guard let first = part.first else { return text.startIndex }
        var start = text.startIndex
        while let candidate = text[start...].firstIndex(of: first) {
            if text[candidate...].starts(with: part) { return candidate + part.count }
            start = candidate + 1
        }
        return nil
    }
}

extension PatternTest.Comparison {
    /// Whether a text stands so to an operand.
    func holds(_ text: String, _ operand: Operand) -> Bool {
        switch self {
        case .equal: return operand.isEqual(to: text)
        case .notEqual: return !operand.isEqual(to: text)
        case .less, .lessOrEqual, .greater, .greaterOrEqual:
            guard let (value, limit) = operand.order(of: text) else { return false }
            switch self {
            case .less: return value < limit
            case .lessOrEqual: return value <= limit
            case .greater: return value > limit
            default: return value >= limit
            }
        }
    }
}

/// Numbers as patterns and messages write them: `4`, `-1.5`, `1e3`.
enum PatternNumber {
    static func read(_ text: String) -> Double? {
        // Names of what is no number, and hexadecimal digits, are texts.
        guard let first = text.utf8.first, first &- 48 < 10 || first == UInt8(ascii: "-") || first == UInt8(ascii: "+") || first == UInt8(ascii: "."),
            text.utf8.allSatisfy({ $0 &- 48 < 10 || "+-.eE".utf8.contains($0) }), let value = Double(text), value.isFinite
        else { return nil }
        return value
    }
}

/// Tests joined by `&&` and `||`; `&&` binds more tightly.
indirect enum PatternCondition<Subject: Sendable>: Sendable {
    case all([PatternCondition])
    case any([PatternCondition])
    case test(Subject, PatternTest)

    func holds(_ test: (Subject, PatternTest) -> Bool) -> Bool {
        switch self {
        case .all(let conditions): conditions.allSatisfy { $0.holds(test) }
        case .any(let conditions): conditions.contains { $0.holds(test) }
        case .test(let subject, let what): test(subject, what)
        }
    }

    /// In the order in which they are written.
    var subjects: [Subject] {
        switch self {
        case .all(let conditions), .any(let conditions): conditions.flatMap(\.subjects)
        case .test(let subject, _): [subject]
        }
    }
}

/// Reads conditions. What their subjects look like is the caller's matter.
struct ConditionReader {
    var rest: Substring
    private var expressions = 0
    private var depth = 0

    init(_ text: Substring) { rest = text }

    typealias SubjectReader<Subject> = (inout Substring) throws(AWSError) -> Subject

    mutating func condition<Subject>(_ subject: SubjectReader<Subject>) throws(AWSError) -> PatternCondition<Subject> {
        let condition = try alternatives(subject)
        skipSpaces()
        guard rest.isEmpty else { throw Self.unexpected(rest) }
        return condition
    }

    private mutating func alternatives<Subject>(_ subject: SubjectReader<Subject>) throws(AWSError) -> PatternCondition<Subject> {
        var parts = [try conjunction(subject)]
        while take("||") { parts.append(try conjunction(subject)) }
        return parts.count == 1 ? parts[0] : .any(parts)
    }

    private mutating func conjunction<Subject>(_ subject: SubjectReader<Subject>) throws(AWSError) -> PatternCondition<Subject> {
        var parts = [try single(subject)]
        while take("&&") { parts.append(try single(subject)) }
        return parts.count == 1 ? parts[0] : .all(parts)
    }

    private mutating func single<Subject>(_ subject: SubjectReader<Subject>) throws(AWSError) -> PatternCondition<Subject> {
        guard take("(") else {
            skipSpaces()
            let subject = try subject(&rest)
            return .test(subject, try test())
        }
        depth += 1
        guard depth <= 100 else { throw .invalidPattern }
        let inner = try alternatives(subject)
        guard take(")") else { throw .invalidPattern }
        depth -= 1
        return inner
    }

    private mutating func test() throws(AWSError) -> PatternTest {
        skipSpaces()
        if take(word: "IS") {
            if take(word: "NULL") { return .isNull }
            if take(word: "TRUE") { return .isTrue }
            if take(word: "FALSE") { return .isFalse }
            throw .invalidPattern
        }
        if take(word: "NOT") {
            guard take(word: "EXISTS") else { throw .invalidPattern }
            return .notExists
        }
        // The longer signs first.
        for sign in ["!=", "<=", ">=", "=", "<", ">"] where take(sign) {
            guard let comparison = PatternTest.Comparison(rawValue: sign) else { continue }
            let operand = try operand()
            if comparison != .equal, comparison != .notEqual {
                guard case .text(_, .some) = operand else { throw .invalidPattern }
            }
            return .compare(comparison, operand)
        }
        return .any
    }

    private mutating func operand() throws(AWSError) -> Operand {
        skipSpaces()
        switch rest.first {
        case "\"": return Operand(try QuotedText.read(&rest), isQuoted: true)
        case "%":
            expressions += 1
            guard expressions <= 2 else { throw .invalidParameter("Invalid filter pattern: at most 2 regular expressions are allowed.") }
            return .expression(try QuotedText.readExpression(&rest))
        default:
            let word = rest.prefix { !" \t\r\n&|()\"%,={}[]<>!'`".contains($0) && $0 != "\r\n" }
            guard !word.isEmpty else { throw Self.unexpected(rest) }
            rest = rest[word.endIndex...]
            return Operand(String(word), isQuoted: false)
        }
    }

    // MARK: Tokens

    mutating func skipSpaces() { rest = rest.drop { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r" || $0 == "\r\n" } }

    private mutating func take(_ token: String) -> Bool {
        skipSpaces()
        guard rest.hasPrefix(token) else { return false }
        rest = rest.dropFirst(token.count)
        return true
    }

    private mutating func take(word: String) -> Bool {
        skipSpaces()
        guard rest.hasPrefix(word) else { return false }
        let behind = rest.dropFirst(word.count)
        if let next = behind.unicodeScalars.first, next.isOfWord { return false }
        rest = behind
        return true
    }

    /// What can't stand there.
    static func unexpected(_ rest: Substring) -> AWSError {
        let characters = rest.prefix { $0 != " " && !$0.unicodeScalars.allSatisfy(\.isOfWord) }
        return characters.isEmpty ? .invalidPattern : .invalidTerm(String(characters))
    }
}
