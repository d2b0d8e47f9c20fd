import JSON

/// What a pattern's array holds for one field, as it is read.
struct FieldMatch: Sendable {
    var matchers: [Matcher] = []
    /// `exists: false` is among them.
    var mayBeAbsent = false
}

/// Match expressions: `{"prefix": "a"}` and the like. The order of checks and their words are those of AWS's published rule engine.
extension PatternCompiler {
    mutating func fieldMatch() throws(CompileError) -> FieldMatch {
        var match = FieldMatch()
        var isEmpty = true
        while let token = try next(), token != .endArray {
            isEmpty = false
            switch token {
            case .startObject:
                if let matcher = try matchExpression() { match.matchers.append(matcher) } else { match.mayBeAbsent = true }
            case .string:
                let text = try text()
                match.matchers.append(.text(text, IPAddress.looksLikeAddress(text) ? IPAddress(text) : nil))
            case .number:
                let text = try text()
                match.matchers.append(.number(text, ComparableNumber(text)))
            case .yes: match.matchers.append(.bool(true))
            case .no: match.matchers.append(.bool(false))
            case .null: match.matchers.append(.null)
            default: throw refuse("Match value must be String, number, true, false, or null")
            }
        }
        if isEmpty { throw refuse("Empty arrays are not allowed") }
        return match
    }

    /// After the expression's opening brace; `nil` for `exists: false`.
    private mutating func matchExpression() throws(CompileError) -> Matcher? {
        guard try next() == .name else { throw refuse("Match expression name not found") }
        let name = reader.name
        guard dialect.allows(name) else { throw refuse("Unrecognized match type \(name)") }
        switch name {
        case "exactly": return .text(try onlyText("exact match pattern must be a string"), nil)
        case "prefix": return try affix("prefix", "Prefix", plain: Matcher.prefix, caseless: Matcher.caselessPrefix)
        case "suffix": return try affix("suffix", "Suffix", plain: Matcher.suffix, caseless: Matcher.caselessSuffix)
        case "equals-ignore-case": return .caseless(CaselessText(try onlyText("equals-ignore-case match pattern must be a string")))
        case "wildcard": return .wildcard(try wildcard())
        case "cidr": return .addresses(try addresses())
        case "numeric": return try numeric()
        case "anything-but": return try anythingBut()
        case "exists": return try exists()
        default: throw refuse("Unrecognized match type \(name)")
        }
    }

    /// The expression's value, which must be a string, and its closing brace.
    private mutating func onlyText(_ complaint: String) throws(CompileError) -> String {
        guard try next() == .string else { throw refuse(complaint) }
        let text = try text()
        try closeExpression()
        return text
    }

    private mutating func closeExpression() throws(CompileError) {
        guard try next() == .endObject else { throw refuse("Only one key allowed in match expression") }
    }

    private mutating func affix(
        _ name: String, _ title: String, plain: (String) -> Matcher, caseless: (CaselessText) -> Matcher
    ) throws(CompileError) -> Matcher {
        let token = try next()
        if token == .startObject, dialect.allowsCaselessAffixes {
            guard try next() == .name else { throw refuse("\(title) expression name not found") }
            guard reader.name == "equals-ignore-case" else { throw refuse("Unsupported \(name) pattern: \(reader.name)") }
            let text = try onlyText("equals-ignore-case match pattern must be a string")
            try closeExpression()
            return caseless(CaselessText(text))
        }
        guard token == .string else { throw refuse("\(name) match pattern must be a string") }
        let text = try text()
        try closeExpression()
        return plain(text)
    }

    private mutating func wildcard() throws(CompileError) -> Wildcard {
        guard try next() == .string else { throw refuse("wildcard match pattern must be a string") }
        let wildcard = try wildcard(try text())
        try closeExpression()
        return wildcard
    }

    private mutating func wildcard(_ text: String) throws(CompileError) -> Wildcard {
        do {
            return try Wildcard(text)
        } catch {
            throw refuse(error.text)
        }
    }

    private mutating func addresses() throws(CompileError) -> AddressRange {
        // AWS's own words, from another operator.
        guard try next() == .string else { throw refuse("prefix match pattern must be a string") }
        let range: AddressRange
        do {
            range = try AddressRange(cidr: try text())
        } catch let complaint as Complaint {
            throw CompileError(reason: complaint.text)
        } catch let error as CompileError {
            throw error
        } catch {
            throw refuse("Invalid CIDR")
        }
        try closeExpression()
        return range
    }

    private mutating func exists() throws(CompileError) -> Matcher? {
        let token = try next()
        guard token == .yes || token == .no else { throw refuse("exists match pattern must be either true or false.") }
        try closeExpression()
        guard token == .yes else { return nil }
        return dialect.isSNS ? .existsWithContent : .exists
    }

    // MARK: Numbers

    private mutating func numeric() throws(CompileError) -> Matcher {
        guard try next() == .startArray else { throw refuse("Value of numeric must be an array.") }
        let token = try next()
        guard token == .string else { throw refuse("Invalid member in numeric match: \(try text())") }
        let symbol = try text()
        let following = try next()
        let range = try numericRange(symbol, following)
        guard try next() == .endObject else { throw refuse(Self.tooManyElements) }
        return .range(range)
    }

    private static let tooManyElements = "Too many elements in numeric expression"

    /// After the first operator and the token that follows it.
    private mutating func numericRange(_ symbol: String, _ token: PatternReader.Token?) throws(CompileError) -> NumericRange {
        guard ["=", ">=", ">", "<=", "<"].contains(symbol) else { throw refuse("Unrecognized numeric range operator: \(symbol)") }
        guard token == .number else { throw refuse("Value of \(symbol == "=" ? "equals" : symbol) must be numeric") }
        let bound = try text()
        let following = try next()
        if symbol == ">" || symbol == ">=" {
            let isOpen = symbol == ">"
            guard following != .endArray else { return NumericRange(bottom: try comparable(bound), isBottomOpen: isOpen) }
            return try secondBound(following, bottom: bound, isBottomOpen: isOpen)
        }
        guard following == .endArray else { throw refuse(Self.tooManyElements) }
        let value = try comparable(bound)
        return symbol == "=" ? NumericRange(bottom: value, top: value) : NumericRange(top: value, isTopOpen: symbol == "<")
    }

    private mutating func secondBound(_ token: PatternReader.Token?, bottom: String, isBottomOpen: Bool) throws(CompileError) -> NumericRange {
        guard token == .string else { throw refuse("Bad value in numeric range: \(try text())") }
        let symbol = try text()
        guard symbol == "<" || symbol == "<=" else { throw refuse("Bad numeric range operator: \(symbol)") }
        guard try next() == .number else { throw refuse("Value of \(symbol) must be numeric") }
        let top = try text()
        guard try next() == .endArray else { throw refuse("Too many terms in numeric range expression") }
        let range = NumericRange(bottom: try comparable(bottom), isBottomOpen: isBottomOpen, top: try comparable(top), isTopOpen: symbol == "<")
        guard range.bottom < range.top else { throw refuse("Bottom must be less than top") }
        return range
    }

    private mutating func comparable(_ text: String) throws(CompileError) -> ComparableNumber {
        guard let number = ComparableNumber(text) else { throw refuse(Self.outOfRange) }
        return number
    }

    private static let outOfRange = "Value must be between -5.0E9 and 5.0E9, inclusive"

    // MARK: Anything but

    private mutating func anythingBut() throws(CompileError) -> Matcher {
        var token = try next()
        guard token == .startObject else {
            let matcher = try anythingBut(token)
            guard try next() == .endObject else { throw refuse(Self.tooManyElements) }
            return matcher
        }
        guard try next() == .name else { throw refuse("Anything-But expression name not found") }
        let name = reader.name
        guard dialect.allowsInAnythingBut(name) else { throw refuse("Unsupported anything-but pattern: \(name)") }
        token = try next()
        if dialect.isSNS { return try anythingButOnePrefix(token) }
        guard token == .startArray || token == .string || token == .number else { throw refuse(Self.anythingButValue) }
        let matchers = try anythingButTexts(name, token)
        guard try next() == .endObject else { throw refuse(Self.tooManyElements) }
        guard try next() == .endObject else { throw refuse(Self.tooManyElements) }
        return .anythingBut(matchers)
    }

    private static let anythingButValue = "Value of anything-but must be an array or single string/number value."

    /// A value or a list of values of one kind.
    private mutating func anythingBut(_ token: PatternReader.Token?) throws(CompileError) -> Matcher {
        switch token {
        case .string: return .anythingBut([.text(try text(), nil)])
        case .number:
            let text = try text()
            guard let number = ComparableNumber(text) else { throw CompileError(reason: Self.outOfRange) }
            return .anythingBut([.number(text, number)])
        case .startArray: break
        default: throw refuse(Self.anythingButValue)
        }
        var matchers: [Matcher] = []
        var hasText = false
        var hasNumber = false
        while let token = try nextInList(), token != .endArray {
            if token == .string {
                matchers.append(.text(try text(), nil))
                hasText = true
            } else if token == .number {
                let text = try text()
                guard let number = ComparableNumber(text) else { throw refuse(Self.outOfRange) }
                matchers.append(.number(text, number))
                hasNumber = true
            } else {
                throw refuseInList("Inside anything but list, start|null|boolean is not supported.")
            }
        }
        guard hasText != hasNumber else { throw refuse("Inside anything but list, either all values are number or string, mixed type is not supported") }
        return .anythingBut(matchers)
    }

    /// One text or a list of texts under an operator.
    private mutating func anythingButTexts(_ name: String, _ token: PatternReader.Token?) throws(CompileError) -> [Matcher] {
        let complaint =
            switch name {
            case "equals-ignore-case": "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported."
            case "wildcard": "wildcard match pattern must be a string"
            default: "prefix/suffix match pattern must be a string"
            }
        guard token == .startArray else {
            guard token == .string else { throw refuse(complaint) }
            return [try matcher(name, try text(), isInList: false)]
        }
        var matchers: [Matcher] = []
        while let token = try nextInList(), token != .endArray {
            guard token == .string else { throw refuseInList(complaint) }
            matchers.append(try matcher(name, try text(), isInList: true))
        }
        return matchers
    }

    private mutating func matcher(_ name: String, _ text: String, isInList: Bool) throws(CompileError) -> Matcher {
        switch name {
        case "equals-ignore-case": return .caseless(CaselessText(text))
        case "wildcard": return .wildcard(try wildcard(text))
        default:
            if text.isEmpty { throw isInList ? refuseInList("Null prefix/suffix not allowed") : refuse("Null prefix/suffix not allowed") }
            return name == "prefix" ? .prefix(text) : .suffix(text)
        }
    }

    /// SNS's engine is an older one, which knows one prefix.
    private mutating func anythingButOnePrefix(_ token: PatternReader.Token?) throws(CompileError) -> Matcher {
        guard token == .string else { throw refuse("prefix match pattern must be a string") }
        let text = try text()
        if text.isEmpty { throw refuse("Null prefix not allowed") }
        try closeExpression()
        try closeExpression()
        return .anythingBut([.prefix(text)])
    }

    /// What AWS says of a mistake inside these lists names its place twice.
    private func refuseInList(_ reason: String) -> CompileError { refuse(reader.located(reason)) }

    private mutating func nextInList() throws(CompileError) -> PatternReader.Token? {
        do {
            return try reader.next()
        } catch {
            throw refuse(error.message)
        }
    }
}
