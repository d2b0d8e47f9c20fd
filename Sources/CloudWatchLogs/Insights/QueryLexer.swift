import Kernel

/// A part of a query.
struct QueryToken: Sendable {
    enum Kind: Sendable, Equatable {
        case word(String)
        case number(Double)
        /// `5m`, in milliseconds.
        case period(Double)
        case text(String)
        case expression(String)
        case sign(String)
        case end
    }

    var kind: Kind
    /// Where it begins and ends, in characters.
    var start: Int
    var end: Int
}

/// Takes a query apart.
struct QueryLexer {
    private let scalars: [Unicode.Scalar]
    private var place = 0
    private(set) var tokens: [QueryToken] = []

    init(_ query: String) throws(QueryMistake) {
        scalars = Array(query.unicodeScalars)
        while try next() {}
    }

    /// What stands between two characters, as it was written.
    static func text(_ query: String, _ start: Int, _ end: Int) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: query.unicodeScalars.dropFirst(start).prefix(max(0, end - start)))
        return String(view)
    }

    private mutating func next() throws(QueryMistake) -> Bool {
        skipSpaces()
        let start = place
        guard place < scalars.count else {
            tokens.append(QueryToken(kind: .end, start: start, end: start))
            return false
        }
        let kind = try kind()
        tokens.append(QueryToken(kind: kind, start: start, end: place))
        return true
    }

    private mutating func skipSpaces() {
        while place < scalars.count {
            if scalars[place] == "#" {
                while place < scalars.count, scalars[place] != "\n" { place += 1 }
            } else if scalars[place].properties.isWhitespace {
                place += 1
            } else {
                return
            }
        }
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { scalar.value &- 48 < 10 }
    private static func isWord(_ scalar: Unicode.Scalar) -> Bool { scalar.isOfWord || scalar == "@" || scalar == "." }

    private mutating func kind() throws(QueryMistake) -> QueryToken.Kind {
        let scalar = scalars[place]
        if Self.isDigit(scalar) { return try number() }
        if Self.isWord(scalar) { return .word(take(while: Self.isWord)) }
        switch scalar {
        case "\"", "'", "`":
            let text = try quoted(scalar)
            return scalar == "`" ? .word(text) : .text(text)
        case "/" where expectsOperand: return .expression(try quoted("/"))
        default: break
        }
        for sign in ["!=", "<=", ">=", "=~", "||", "&&"] where starts(with: sign) {
            place += 2
            return .sign(sign)
        }
        guard "|,()[]=<>+-*/%^!".unicodeScalars.contains(scalar) else {
            throw QueryMistake("unexpected symbol found \(scalar) at line 1 and position \(place)", at: place)
        }
        place += 1
        return .sign(String(scalar))
    }

    /// Whether what comes is a value: a slash is a division's elsewhere.
    private var expectsOperand: Bool {
        switch tokens.last?.kind {
        case .word(let word): ["like", "parse"].contains(word.lowercased()) || tokens.dropLast().last.map { $0.kind == .word("parse") } ?? false
        case .number, .period, .text, .expression: false
        case .sign(let sign): sign != ")" && sign != "]"
        case nil, .end: true
        }
    }

    private func starts(with sign: String) -> Bool { scalars[place...].starts(with: sign.unicodeScalars) }

    private mutating func take(while isPart: (Unicode.Scalar) -> Bool) -> String {
        var view = String.UnicodeScalarView()
        while place < scalars.count, isPart(scalars[place]) {
            view.append(scalars[place])
            place += 1
        }
        return String(view)
    }

    private mutating func number() throws(QueryMistake) -> QueryToken.Kind {
        let start = place
        let text = take { Self.isDigit($0) || $0 == "." }
        guard let value = Double(text) else { throw QueryMistake("unexpected symbol found \(text) at line 1 and position \(start)", at: start) }
        let unit = take { $0.isOfWord }
        guard !unit.isEmpty else { return .number(value) }
        guard let milliseconds = Self.units[unit] else {
            throw QueryMistake("unexpected symbol found \(text)\(unit) at line 1 and position \(start)", at: start)
        }
        return .period(value * milliseconds)
    }

    private static let units: [String: Double] = [
        "ms": 1, "millisecond": 1, "milliseconds": 1, "msec": 1, "s": 1000, "sec": 1000, "second": 1000, "seconds": 1000, "m": 60_000, "min": 60_000,
        "minute": 60_000, "minutes": 60_000, "h": 3_600_000, "hr": 3_600_000, "hour": 3_600_000, "hours": 3_600_000, "d": 86_400_000, "day": 86_400_000,
        "days": 86_400_000, "w": 604_800_000, "week": 604_800_000, "weeks": 604_800_000,
    ]

    /// What stands until the same sign again. An expression keeps its backslashes.
    private mutating func quoted(_ quote: Unicode.Scalar) throws(QueryMistake) -> String {
        let start = place
        var view = String.UnicodeScalarView()
        place += 1
        while place < scalars.count {
            let scalar = scalars[place]
            place += 1
            if scalar == quote { return String(view) }
            if scalar == "\\", place < scalars.count, scalars[place] == quote || (quote != "/" && scalars[place] == "\\") {
                view.append(scalars[place])
                place += 1
            } else {
                view.append(scalar)
            }
        }
        throw QueryMistake("unexpected symbol found \(quote) at line 1 and position \(start)", at: start)
    }
}
