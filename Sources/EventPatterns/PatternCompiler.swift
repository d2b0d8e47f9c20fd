/// Why a pattern isn't one: the reason with its place, as the rule engine words it.
struct CompileError: Error {
    var reason: String
    var isLimit = false
}

/// Reads a pattern into rules: each is a set of fields that must all match; a pattern matches where one of its rules does.
/// Without `$or` there is one rule; with it, one for each way of choosing an alternative.
struct PatternCompiler {
    /// A field's path, its names joined by points (so `{"a": {"b": ...}}` and `{"a.b": ...}` are one field, as they are to AWS), and its match by position.
    typealias Rule = [String: Int]

    let dialect: EventPattern.Dialect
    var reader: PatternReader
    private(set) var rules: [Rule] = []
    private(set) var matches: [FieldMatch] = []
    private var path: [String] = []

    init(_ text: String, dialect: EventPattern.Dialect) {
        self.dialect = dialect
        reader = PatternReader(text)
    }

    mutating func compile() throws(CompileError) {
        guard try next() == .startObject else { throw refuse("Filter is not an object") }
        try object(insideOr: false)
        // What follows the object, AWS's engine doesn't read.
    }

    func refuse(_ reason: String) -> CompileError { CompileError(reason: reader.located(reason)) }

    @discardableResult
    mutating func next() throws(CompileError) -> PatternReader.Token? {
        do {
            return try reader.next()
        } catch {
            throw CompileError(reason: error.message)
        }
    }

    mutating func text() throws(CompileError) -> String {
        do {
            return try reader.text()
        } catch {
            throw CompileError(reason: error.message)
        }
    }

    private mutating func object(insideOr: Bool) throws(CompileError) {
        var isEmpty = true
        while try next() == .name {
            isEmpty = false
            let name = reader.name
            if name == "$or", isAlternative() {
                try alternatives()
                continue
            }
            if insideOr, !dialect.isSNS, Self.reservedNames.contains(name) {
                throw refuse("\(name) is Ruler reserved fieldName which cannot be used inside $or.")
            }
            path.append(name)
            switch try next() {
            case .startObject: try object(insideOr: insideOr)
            case .startArray: try field()
            default: throw refuse("\"\(name)\" must be an object or an array")
            }
            path.removeLast()
        }
        if isEmpty { throw refuse("Empty objects are not allowed") }
    }

    private mutating func field() throws(CompileError) {
        matches.append(try fieldMatch())
        if rules.isEmpty { rules.append([:]) }
        let field = path.joined(separator: ".")
        // The last one counts where a field stands twice.
        for index in rules.indices { rules[index][field] = matches.count - 1 }
    }

    /// `$or`: every rule so far once for each alternative, with the alternative's fields.
    private mutating func alternatives() throws(CompileError) {
        let before = rules
        var all: [Rule] = []
        guard try next() == .startArray else { throw refuse("It must be an Array followed with $or.") }
        var count = 0
        while let token = try next(), token != .endArray {
            count += 1
            guard token == .startObject else { throw refuse("Only JSON object is allowed in array of $or relationship.") }
            rules = before.isEmpty ? [[:]] : before
            try object(insideOr: true)
            all += rules
            // Past the limit, before there are more than memory holds.
            guard all.count <= EventPattern.combinationLimit else { throw CompileError(reason: dialect.combinationComplaint, isLimit: true) }
        }
        guard count >= 2 else { throw refuse("There must have at least 2 Objects in $or relationship.") }
        rules = all
    }

    /// Whether `$or`, just read, is the operator. To SNS it is a name like any other unless an array of two or more objects follows
    /// whose names aren't reserved; the other services take it for the operator always.
    private func isAlternative() -> Bool {
        guard dialect.isSNS else { return true }
        var ahead = reader
        var depth = 0
        var count = 0
        while let token = try? ahead.next() {
            switch token {
            case .startArray: depth += 1
            case .startObject:
                if depth == 0 { return false }
                if depth == 1 { count += 1 }
                depth += 1
            case .endArray, .endObject:
                depth -= 1
                if depth == 0 { return count >= 2 }
            case .name: if depth == 2, Self.reservedNames.contains(ahead.name) { return false }
            default: if depth <= 1 { return false }
            }
            if token == .startArray, depth == 2 { return false }
        }
        return false
    }

    /// What may not be a field's name inside `$or`: operators, present and to come.
    private static let reservedNames: Set<String> = [
        "exactly", "equals-ignore-case", "prefix", "suffix", "anything-but", "exists", "wildcard", "numeric", "cidr", "html", "=", "<", "<=", ">", ">=",
        "regex", "not-wildcard", "not-equals-ignore-case", "date-after", "date-on-or-after", "date-before", "date-on-or-before", "in-date-range",
        "ip-address-in-range", "ip-address-not-in-range",
    ]
}
