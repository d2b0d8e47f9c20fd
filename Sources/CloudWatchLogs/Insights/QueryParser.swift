import Kernel

/// Reads a query: commands between bars.
struct QueryParser {
    private let query: String
    private let tokens: [QueryToken]
    private var place = 0
    private var depth = 0
    private(set) var stages: [QueryStage] = []

    /// Commands of AWS's that aren't there.
    private static let unimplemented: Set<String> = ["pattern", "diff", "unmask", "unnest", "filterindex", "anomaly", "source", "lookup", "join", "addtotals", "expand"]

    /// - Throws: `MalformedQueryException`, or what names a command or function that isn't there.
    static func parse(_ query: String) throws(AWSError) -> [QueryStage] {
        do throws(QueryMistake) {
            var parser = try QueryParser(query)
            try parser.readStages()
            return parser.stages
        } catch {
            if let missing = error.unimplemented { throw .notImplemented("logs StartQuery \(missing)") }
            throw error.error(in: query)
        }
    }

    private init(_ query: String) throws(QueryMistake) {
        self.query = query
        tokens = try QueryLexer(query).tokens
    }

    private mutating func readStages() throws(QueryMistake) {
        while take(sign: "|") {}
        while token.kind != .end {
            stages.append(try stage())
            guard token.kind == .end || take(sign: "|") else { throw unexpected }
            guard stages.count <= 100 else { throw unexpected }
        }
    }

    private mutating func stage() throws(QueryMistake) -> QueryStage {
        guard case .word(let word) = token.kind else { throw unexpected }
        let name = word.lowercased()
        if Self.unimplemented.contains(name) { throw QueryMistake(unimplemented: "the command \(name)") }
        let start = token
        place += 1
        switch name {
        case "fields": return .fields(try columns())
        case "display": return .display(try columns())
        case "filter", "where": return .filter(try expression())
        case "parse": return try parse()
        case "sort", "order":
            if name == "order" { guard take(word: "by") else { throw unexpected } }
            return .sort(try orders())
        case "limit", "head": return .limit(try whole())
        case "stats": return try stats()
        case "dedup": return .dedup(try list { (parser) throws(QueryMistake) in try parser.expression() })
        default: throw QueryMistake("unexpected symbol found \(word) at line 1 and position \(start.start)", at: start.start)
        }
    }

    // MARK: Commands

    private mutating func list<Element>(_ element: (inout QueryParser) throws(QueryMistake) -> Element) throws(QueryMistake) -> [Element] {
        var elements = [try element(&self)]
        while take(sign: ",") { elements.append(try element(&self)) }
        return elements
    }

    private mutating func columns() throws(QueryMistake) -> [QueryStage.Column] { try list { (parser) throws(QueryMistake) in try parser.column() } }

    private mutating func column() throws(QueryMistake) -> QueryStage.Column {
        let (value, text) = try written { (parser) throws(QueryMistake) in try parser.expression() }
        if take(word: "as") { return QueryStage.Column(name: try word(), value: value) }
        if case .field(let name) = value { return QueryStage.Column(name: name, value: value) }
        return QueryStage.Column(name: text, value: value)
    }

    /// What is read, and how it is written: that is its name where it has no other.
    private mutating func written<Value>(_ read: (inout QueryParser) throws(QueryMistake) -> Value) throws(QueryMistake) -> (Value, String) {
        let start = token.start
        let value = try read(&self)
        return (value, QueryLexer.text(query, start, place > 0 ? tokens[place - 1].end : start))
    }

    private mutating func orders() throws(QueryMistake) -> [QueryStage.Order] {
        try list { (parser) throws(QueryMistake) in
            let value = try parser.expression()
            let isDescending = parser.take(word: "desc")
            if !isDescending { _ = parser.take(word: "asc") }
            return QueryStage.Order(value: value, isDescending: isDescending)
        }
    }

    private mutating func whole() throws(QueryMistake) -> Int {
        guard case .number(let value) = token.kind, let count = Int(exactly: value), (1...100_000).contains(count) else { throw unexpected }
        place += 1
        return count
    }

    private mutating func parse() throws(QueryMistake) -> QueryStage {
        var source = QueryExpression.field("@message")
        if case .word = token.kind { source = try primary() }
        switch token.kind {
        case .expression(let text):
            let at = token.start
            place += 1
            let expression = try regex(text, at)
            let names = expression.groups.compactMap { $0 }
            guard !names.isEmpty, names.count == expression.groups.count else { throw QueryMistake("parse needs named groups", at: at) }
            return .parse(source, expression, names: names)
        case .text(let text):
            let at = token.start
            place += 1
            guard take(word: "as") else { throw unexpected }
            let names = try list { (parser) throws(QueryMistake) in try parser.word() }
            let parts = text.split(separator: "*", omittingEmptySubsequences: false)
            guard parts.count == names.count + 1 else { throw QueryMistake("The number of names must be that of the asterisks", at: at) }
            let source2 = parts.map { Self.escaped(String($0)) }
            var glob = source2[0]
            for (index, part) in source2.dropFirst().enumerated() { glob += (index == names.count - 1 && part.isEmpty ? "([\\s\\S]*)" : "([\\s\\S]*?)") + part }
            return .parse(source, try regex(glob, at), names: names)
        default: throw unexpected
        }
    }

    /// A text as an expression that matches it alone.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if scalar.isASCII, !scalar.isOfWord { result += "\\" }
            result.unicodeScalars.append(scalar)
        }
        return result
    }

    private func regex(_ text: String, _ at: Int) throws(QueryMistake) -> QueryRegex {
        do throws(QueryMistake) { return try QueryRegex(text) } catch { throw QueryMistake(error.message, at: at) }
    }

    private mutating func stats() throws(QueryMistake) -> QueryStage {
        let aggregates = try list { (parser) throws(QueryMistake) -> (name: String, aggregate: Aggregate) in
            let (aggregate, text) = try parser.written { (parser) throws(QueryMistake) in try parser.aggregate() }
            return (parser.take(word: "as") ? try parser.word() : text, aggregate)
        }
        return .stats(aggregates, by: take(word: "by") ? try columns() : [])
    }

    private mutating func aggregate() throws(QueryMistake) -> Aggregate {
        let start = token
        let name = try word().lowercased()
        guard let function = Aggregate.Function(rawValue: name) else {
            throw QueryMistake("unexpected symbol found \(name) at line 1 and position \(start.start)", at: start.start)
        }
        try expect("(")
        var aggregate = Aggregate(function: function)
        if function == .count, take(sign: "*") || token.kind == .sign(")") {
            try expect(")")
            return aggregate
        }
        aggregate.value = try expression()
        if function == .pct {
            try expect(",")
            guard case .number(let percent) = token.kind else { throw unexpected }
            place += 1
            aggregate.percent = percent
        }
        try expect(")")
        return aggregate
    }

    // MARK: Expressions

    private mutating func expression() throws(QueryMistake) -> QueryExpression {
        depth += 1
        defer { depth -= 1 }
        guard depth <= 100 else { throw unexpected }
        var parts = [try conjunction()]
        while take(word: "or") || take(sign: "||") { parts.append(try conjunction()) }
        return parts.count == 1 ? parts[0] : .any(parts)
    }

    private mutating func conjunction() throws(QueryMistake) -> QueryExpression {
        var parts = [try negation()]
        while take(word: "and") || take(sign: "&&") { parts.append(try negation()) }
        return parts.count == 1 ? parts[0] : .all(parts)
    }

    private mutating func negation() throws(QueryMistake) -> QueryExpression {
        var isNegated = false
        while take(word: "not") || take(sign: "!") { isNegated.toggle() }
        let inner = try comparison()
        return isNegated ? .not(inner) : inner
    }

    private mutating func comparison() throws(QueryMistake) -> QueryExpression {
        let left = try sum()
        for sign in ["=", "!=", "<", "<=", ">", ">="] where take(sign: sign) {
            guard let comparison = PatternTest.Comparison(rawValue: sign) else { continue }
            return .compare(comparison, left, try sum())
        }
        if take(sign: "=~") { return try like(left) }
        if take(word: "like") { return try like(left) }
        if take(word: "in") { return try isIn(left) }
        guard take(word: "not") else { return left }
        if take(word: "like") { return .not(try like(left)) }
        if take(word: "in") { return .not(try isIn(left)) }
        throw unexpected
    }

    private mutating func like(_ left: QueryExpression) throws(QueryMistake) -> QueryExpression {
        let at = token.start
        switch token.kind {
        case .expression(let text):
            place += 1
            return .like(left, try regex(text, at))
        case .text(let text):
            place += 1
            return .contains(left, TextSearch(text))
        default: throw unexpected
        }
    }

    private mutating func isIn(_ left: QueryExpression) throws(QueryMistake) -> QueryExpression {
        try expect("[")
        let values = try list { (parser) throws(QueryMistake) in try parser.sum() }
        try expect("]")
        return .isIn(left, values)
    }

    private mutating func sum() throws(QueryMistake) -> QueryExpression {
        var left = try product()
        while true {
            if take(sign: "+") { left = .arithmetic(.add, left, try product()) } else if take(sign: "-") { left = .arithmetic(.subtract, left, try product()) } else { return left }
        }
    }

    private mutating func product() throws(QueryMistake) -> QueryExpression {
        var left = try power()
        while true {
            if take(sign: "*") {
                left = .arithmetic(.multiply, left, try power())
            } else if take(sign: "/") {
                left = .arithmetic(.divide, left, try power())
            } else if take(sign: "%") {
                left = .arithmetic(.remainder, left, try power())
            } else {
                return left
            }
        }
    }

    private mutating func power() throws(QueryMistake) -> QueryExpression {
        let base = try primary()
        return take(sign: "^") ? .arithmetic(.power, base, try primary()) : base
    }

    private mutating func primary() throws(QueryMistake) -> QueryExpression {
        let start = token
        switch token.kind {
        case .number(let value), .period(let value):
            place += 1
            return .constant(.number(value))
        case .text(let text):
            place += 1
            return .constant(.text(text))
        case .sign("-"):
            place += 1
            return .arithmetic(.subtract, .constant(.number(0)), try primary())
        case .sign("("):
            place += 1
            let inner = try expression()
            try expect(")")
            return inner
        case .word(let word):
            place += 1
            return take(sign: "(") ? try call(word, start) : .field(word)
        default: throw unexpected
        }
    }

    private mutating func call(_ name: String, _ start: QueryToken) throws(QueryMistake) -> QueryExpression {
        let arguments = token.kind == .sign(")") ? [] : try list { (parser) throws(QueryMistake) in try parser.expression() }
        try expect(")")
        if name.lowercased() == "bin", arguments.count == 1 { return .call(.datefloor, [.field("@timestamp")] + arguments) }
        if ["now", "log", "jsonparse", "jsonstringify", "isvalidip", "isvalidipv4", "isvalidipv6", "isipinsubnet", "isipv4insubnet", "isipv6insubnet"].contains(name.lowercased()) {
            throw QueryMistake(unimplemented: "the function \(name)")
        }
        guard let function = QueryFunction(rawValue: name.lowercased()), function.arguments.contains(arguments.count) else {
            throw QueryMistake("unexpected symbol found \(name) at line 1 and position \(start.start)", at: start.start)
        }
        return .call(function, arguments)
    }

    // MARK: Tokens

    private var token: QueryToken { tokens[min(place, tokens.count - 1)] }

    private var unexpected: QueryMistake {
        let found = token.kind == .end ? "<EOF>" : QueryLexer.text(query, token.start, token.end)
        return QueryMistake("unexpected symbol found \(found) at line 1 and position \(token.start)", at: token.start)
    }

    private mutating func take(sign: String) -> Bool {
        guard token.kind == .sign(sign) else { return false }
        place += 1
        return true
    }

    private mutating func take(word: String) -> Bool {
        guard case .word(let found) = token.kind, found.lowercased() == word else { return false }
        place += 1
        return true
    }

    private mutating func expect(_ sign: String) throws(QueryMistake) {
        guard take(sign: sign) else { throw unexpected }
    }

    private mutating func word() throws(QueryMistake) -> String {
        guard case .word(let word) = token.kind else { throw unexpected }
        place += 1
        return word
    }
}
