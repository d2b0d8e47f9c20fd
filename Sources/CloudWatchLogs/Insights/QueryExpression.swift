import Kernel

/// Something that has a value for a record.
indirect enum QueryExpression: Sendable {
    enum Arithmetic: String, Sendable { case add = "+", subtract = "-", multiply = "*", divide = "/", remainder = "%", power = "^" }

    case field(String)
    case constant(QueryValue)
    case arithmetic(Arithmetic, QueryExpression, QueryExpression)
    case compare(PatternTest.Comparison, QueryExpression, QueryExpression)
    case like(QueryExpression, QueryRegex)
    case contains(QueryExpression, TextSearch)
    case isIn(QueryExpression, [QueryExpression])
    case not(QueryExpression)
    case all([QueryExpression])
    case any([QueryExpression])
    case call(QueryFunction, [QueryExpression])

    func value(_ record: QueryRecord) -> QueryValue {
        switch self {
        case .field(let name): return record[name]
        case .constant(let value): return value
        case .arithmetic(let sign, let left, let right):
            guard let left = left.value(record).number, let right = right.value(record).number else { return .missing }
            return Self.calculate(sign, left, right)
        case .compare(let comparison, let left, let right): return .bool(Self.holds(comparison, left.value(record), right.value(record)))
        case .like(let value, let expression): return .bool(value.value(record).text.map { expression.matches($0) } ?? false)
        case .contains(let value, let search): return .bool(value.value(record).text.map { search.isIn($0) } ?? false)
        case .isIn(let value, let values):
            let found = value.value(record)
            return .bool(!found.isMissing && values.contains { Self.holds(.equal, found, $0.value(record)) })
        case .not(let inner): return .bool(!inner.value(record).isTrue)
        case .all(let parts): return .bool(parts.allSatisfy { $0.value(record).isTrue })
        case .any(let parts): return .bool(parts.contains { $0.value(record).isTrue })
        case .call(let function, let arguments): return function.value(arguments.map { $0.value(record) })
        }
    }

    private static func calculate(_ sign: Arithmetic, _ left: Double, _ right: Double) -> QueryValue {
        let value: Double
        switch sign {
        case .add: value = left + right
        case .subtract: value = left - right
        case .multiply: value = left * right
        case .divide: value = left / right
        case .remainder: value = left.truncatingRemainder(dividingBy: right)
        case .power: value = power(left, right)
        }
        return value.isFinite ? .number(value) : .missing
    }

    /// Whole exponents; there is no other power without a mathematical library.
    private static func power(_ base: Double, _ exponent: Double) -> Double {
        if exponent == 0.5 { return base.squareRoot() }
        guard let count = Int(exactly: exponent), abs(count) <= 1024 else { return .nan }
        var result = 1.0
        for _ in 0..<abs(count) { result *= base }
        return count < 0 ? 1 / result : result
    }

    private static func holds(_ comparison: PatternTest.Comparison, _ left: QueryValue, _ right: QueryValue) -> Bool {
        if left.isMissing || right.isMissing { return comparison == .notEqual && left != right }
        let order = QueryValue.precedes(left, right)
        switch comparison {
        case .equal: return order == nil
        case .notEqual: return order != nil
        case .less: return order == true
        case .lessOrEqual: return order != false
        case .greater: return order == false
        case .greaterOrEqual: return order != true
        }
    }
}

/// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html
enum QueryFunction: String, Sendable {
    case abs, ceil, floor, greatest, least, sqrt
    case datefloor, dateceil, fromMillis = "frommillis", toMillis = "tomillis"
    case ispresent, coalesce, isempty, isblank, concat, ltrim, rtrim, trim, strlen, toupper, tolower, substr, replace, strcontains

    /// How many arguments it takes.
    var arguments: ClosedRange<Int> {
        switch self {
        case .abs, .ceil, .floor, .sqrt, .fromMillis, .toMillis, .ispresent, .isempty, .isblank, .strlen, .toupper, .tolower: 1...1
        case .ltrim, .rtrim, .trim: 1...2
        case .datefloor, .dateceil, .strcontains: 2...2
        case .substr: 2...3
        case .replace: 3...3
        case .greatest, .least, .coalesce, .concat: 1...100
        }
    }

    func value(_ arguments: [QueryValue]) -> QueryValue {
        guard let first = arguments.first else { return .missing }
        switch self {
        case .abs, .ceil, .floor, .sqrt: return number(first)
        case .greatest, .least:
            let numbers = arguments.compactMap(\.number)
            return (self == .greatest ? numbers.max() : numbers.min()).map { .number($0) } ?? .missing
        case .fromMillis: return first.number.map { .time($0) } ?? .missing
        case .toMillis: return first.number.map { .number($0) } ?? .missing
        case .datefloor, .dateceil: return rounded(first, arguments[1])
        case .ispresent: return .bool(!first.isMissing)
        case .coalesce: return arguments.first { !$0.isMissing } ?? .missing
        case .isempty: return .bool(first.text?.isEmpty ?? true)
        case .isblank: return .bool(first.text?.allSatisfy(\.isWhitespace) ?? true)
        case .concat: return .text(arguments.map { $0.text ?? "" }.joined())
        default: return first.text.map { text($0, arguments) } ?? .missing
        }
    }

    private func number(_ value: QueryValue) -> QueryValue {
        guard let value = value.number else { return .missing }
        let result = switch self {
        case .abs: Swift.abs(value)
        case .ceil: value.rounded(.up)
        case .floor: value.rounded(.down)
        default: value.squareRoot()
        }
        return result.isFinite ? .number(result) : .missing
    }

    private func rounded(_ time: QueryValue, _ period: QueryValue) -> QueryValue {
        guard let time = time.number, let period = period.number, period > 0 else { return .missing }
        return .time((time / period).rounded(self == .datefloor ? .down : .up) * period)
    }

    private func text(_ text: String, _ arguments: [QueryValue]) -> QueryValue {
        switch self {
        case .strlen: return .number(Double(text.unicodeScalars.count))
        case .toupper: return .text(text.uppercased())
        case .tolower: return .text(text.lowercased())
        case .strcontains: return .bool(arguments[1].text.map { TextSearch($0).isIn(text) } ?? false)
        case .substr:
            guard let start = arguments[1].number.flatMap({ Int(exactly: $0) }), start >= 0 else { return .missing }
            let length = arguments.count > 2 ? arguments[2].number.flatMap { Int(exactly: $0) } ?? 0 : text.count
            return .text(String(text.dropFirst(start).prefix(max(0, length))))
        case .replace:
            guard let old = arguments[1].text, !old.isEmpty, let new = arguments[2].text else { return .text(text) }
            return .text(Self.replaced(text, old, new))
        default:
            let characters = arguments.count > 1 ? arguments[1].text ?? "" : nil
            let isTaken: (Character) -> Bool = { character in characters.map { $0.contains(character) } ?? character.isWhitespace }
            var rest = text[...]
            if self != .rtrim { rest = rest.drop(while: isTaken) }
            if self != .ltrim { while let last = rest.last, isTaken(last) { rest.removeLast() } }
            return .text(String(rest))
        }
    }

    private static func replaced(_ text: String, _ old: String, _ new: String) -> String {
        var result = ""
        var rest = text[...]
        while let character = rest.first {
            if rest.hasPrefix(old) {
                result += new
                rest = rest.dropFirst(old.count)
            } else {
                result.append(character)
                rest = rest.dropFirst()
            }
        }
        return result
    }
}
