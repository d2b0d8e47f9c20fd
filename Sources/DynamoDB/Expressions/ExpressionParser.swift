import Kernel

/// Recursive descent over an expression's tokens; the grammars are in the files of their expressions.
///
/// A syntax error is thrown where it is met. What AWS reports only of expressions whose syntax is right (redundant
/// parentheses, unknown functions, reserved words) is noted on the way, and ``check()`` reports it in AWS's order.
struct ExpressionParser {
    let kind: ExpressionKind
    private let source: [UInt8]
    private let tokens: [Token]
    private(set) var position = 0
    private var operators = 0

    var hasRedundantParentheses = false
    var unknownFunction: String?
    /// A function of updates in a condition, or the other way round.
    var disallowedFunction: String?
    var misusedFunction: String?
    var reservedWord: String?
    var repeatedSection: String?

    init(_ text: String, _ kind: ExpressionKind, _ wording: ValueWording = .current) throws(AWSError) {
        self.kind = kind
        source = Array(text.utf8)
        guard source.count <= ExpressionLimits.size else {
            // As recorded: the older layer tells the size of conditions and filters.
            let size = wording == .older && (kind == .condition || kind == .filter) ? " expression size: \(source.count)" : ""
            throw kind.invalid("Expression size has exceeded the maximum allowed size;\(size)")
        }
        tokens = Lexer.tokens(source)
        guard tokens.count > 1 else { throw kind.invalid("The expression can not be empty;") }
    }

    /// Reports what was noted, once everything is read.
    func check() throws(AWSError) {
        guard token.kind == .end else { throw syntaxError() }
        if hasRedundantParentheses { throw kind.invalid("The expression has redundant parentheses;") }
        if kind == .update, let reservedWord { throw reserved(reservedWord) }
        if let unknownFunction { throw kind.invalid("Invalid function name; function: \(unknownFunction)") }
        if let disallowedFunction {
            throw kind.invalid("The function is not allowed in \(kind.described); function: \(disallowedFunction)")
        }
        if let misusedFunction {
            throw kind.invalid("The function is not allowed to be used this way in an expression; function: \(misusedFunction)")
        }
        if let reservedWord { throw reserved(reservedWord) }
        if let repeatedSection {
            throw kind.invalid("The \"\(repeatedSection)\" section can only be used once in an update expression;")
        }
    }

    private func reserved(_ word: String) -> AWSError {
        kind.invalid("Attribute name is a reserved keyword; reserved keyword: \(word)")
    }
}

extension ExpressionParser {
    var token: Token { tokens[min(position, tokens.count - 1)] }
    var nextToken: Token { tokens[min(position + 1, tokens.count - 1)] }

    mutating func advance() { position += 1 }

    func text(_ token: Token) -> String { String(decoding: source[token.start..<token.end], as: UTF8.self) }

    /// The token that can't stand here, and what stands around it: from the token before it to the one after.
    func syntaxError() -> AWSError {
        let start = position > 0 ? tokens[min(position, tokens.count) - 1].start : token.start
        let near = String(decoding: source[start..<max(start, nextToken.end)], as: UTF8.self)
        return kind.invalid("Syntax error; token: \"\(token.kind == .end ? "<EOF>" : text(token))\", near: \"\(trimmed(near))\"")
    }

    private func trimmed(_ text: String) -> String {
        var bytes = text.utf8[...]
        while let last = bytes.last, Lexer.isSpace(last) { bytes = bytes.dropLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Passes over the symbol if it stands here.
    mutating func take(_ symbol: Unicode.Scalar) -> Bool {
        guard token.isSymbol(symbol) else { return false }
        advance()
        return true
    }

    mutating func expect(_ symbol: Unicode.Scalar) throws(AWSError) {
        guard take(symbol) else { throw syntaxError() }
    }

    /// Whether this word is here, in any case.
    func isKeyword(_ word: StaticString) -> Bool { isKeyword(word, token) }

    func isKeyword(_ word: StaticString, _ token: Token) -> Bool {
        guard token.kind == .word, token.end - token.start == word.utf8CodeUnitCount else { return false }
        return word.withUTF8Buffer { word in
            zip(source[token.start..<token.end], word).allSatisfy { $0 & 0xDF == $1 }
        }
    }

    mutating func take(keyword word: StaticString) -> Bool {
        guard isKeyword(word) else { return false }
        advance()
        return true
    }

    /// Where the parenthesis opened by that token is closed.
    func closing(of opening: Int) -> Int? {
        var depth = 0
        for index in opening..<tokens.count {
            if tokens[index].isSymbol("(") { depth += 1 }
            if tokens[index].isSymbol(")") {
                depth -= 1
                if depth == 0 { return index }
            }
        }
        return nil
    }

    /// Whether a plus or minus stands between these two parentheses, outside any inner ones.
    func holdsSum(from opening: Int, to closing: Int) -> Bool {
        var depth = 0
        for index in opening..<closing {
            if tokens[index].isSymbol("(") { depth += 1 }
            if tokens[index].isSymbol(")") { depth -= 1 }
            if depth == 1, tokens[index].isSymbol("+") || tokens[index].isSymbol("-") { return true }
        }
        return false
    }

    mutating func countOperator() throws(AWSError) {
        operators += 1
        guard operators <= ExpressionLimits.operators else {
            throw kind.invalid("The expression contains too many operators; operator count: \(operators)")
        }
    }

    /// Words that are syntax, and so no attribute's name, in this kind of expression.
    func isSyntaxWord(_ token: Token) -> Bool {
        switch kind {
        case .update: isKeyword("SET", token) || isKeyword("REMOVE", token) || isKeyword("ADD", token) || isKeyword("DELETE", token)
        case .projection: false
        default:
            isKeyword("AND", token) || isKeyword("OR", token) || isKeyword("NOT", token) || isKeyword("BETWEEN", token) || isKeyword("IN", token)
        }
    }
}

extension ExpressionParser {
    /// `a.#b[3]`
    mutating func path() throws(AWSError) -> PathSyntax {
        var elements = [try pathName()]
        while true {
            if take(".") {
                elements.append(try pathName())
            } else if token.isSymbol("["), nextToken.kind == .digits {
                advance()
                let digits = text(token)
                guard let index = Int(digits), index <= ExpressionLimits.listIndex else {
                    throw kind.invalid("List index is not within the allowable range; index: [\(digits)]")
                }
                advance()
                try expect("]")
                elements.append(.index(index))
            } else if token.isSymbol("[") {
                advance()
                throw syntaxError()
            } else {
                break
            }
        }
        // The wording is a guess; the depth of items is documented.
        guard elements.count <= ExpressionLimits.pathElements else {
            throw kind.invalid("The document path has too many nesting elements; nesting levels: \(elements.count)")
        }
        return PathSyntax(elements: elements)
    }

    private mutating func pathName() throws(AWSError) -> PathSyntax.Element {
        let token = token
        switch token.kind {
        case .alias:
            advance()
            return .alias(text(token))
        case .word where !isSyntaxWord(token):
            if reservedWord == nil, ReservedWords.contains(source[token.start..<token.end]) { reservedWord = text(token) }
            advance()
            return .name(text(token))
        default:
            throw syntaxError()
        }
    }

    /// A path, a value or a function, with or without parentheses around it.
    mutating func operand(depth: Int = 0) throws(AWSError) -> OperandSyntax {
        // Each level beyond the first takes a function, which counts, or a parenthesis that is redundant.
        guard depth <= ExpressionLimits.operators else { throw kind.invalid("The expression has redundant parentheses;") }
        switch token.kind {
        case _ where token.isSymbol("("):
            advance()
            if token.isSymbol("("), kind != .update { hasRedundantParentheses = true }
            let inner = try operand(depth: depth + 1)
            try expect(")")
            return inner
        case .placeholder:
            let name = text(token)
            advance()
            return .value(name)
        case .word where nextToken.isSymbol("(") && !isSyntaxWord(token):
            return try function(depth: depth)
        default:
            return .path(try path())
        }
    }

    mutating func function(depth: Int) throws(AWSError) -> OperandSyntax {
        let name = text(token)
        advance()
        try expect("(")
        try countOperator()
        var arguments = [try operand(depth: depth + 1)]
        while take(",") { arguments.append(try operand(depth: depth + 1)) }
        try expect(")")
        if kind != .update {
            noteMisuse(arguments)
            note(name, isKnown: ConditionFunction(rawValue: name) != nil, isOthers: UpdateFunction(rawValue: name) != nil)
        } else {
            // As recorded: `if_not_exists` may be an operand of a function, `list_append` may not.
            for case .function(UpdateFunction.listAppend.rawValue, _) in arguments where misusedFunction == nil {
                misusedFunction = UpdateFunction.listAppend.rawValue
            }
            note(name, isKnown: UpdateFunction(rawValue: name) != nil, isOthers: ConditionFunction(rawValue: name) != nil)
        }
        return .function(name, arguments)
    }

    private mutating func note(_ function: String, isKnown: Bool, isOthers: Bool) {
        guard !isKnown, unknownFunction == nil, disallowedFunction == nil else { return }
        if isOthers { disallowedFunction = function } else { unknownFunction = function }
    }

    /// Of a condition's functions only `size` has a value that another operator can take.
    mutating func noteMisuse(_ operands: [OperandSyntax]) {
        for case .function(let name, _) in operands where name != ConditionFunction.size.rawValue {
            if misusedFunction == nil { misusedFunction = name }
        }
    }
}

enum ConditionFunction: String, Sendable {
    case attributeExists = "attribute_exists", attributeNotExists = "attribute_not_exists", attributeType = "attribute_type"
    case beginsWith = "begins_with", contains, size

    var operands: Int { self == .attributeExists || self == .attributeNotExists || self == .size ? 1 : 2 }
}

enum UpdateFunction: String, Sendable { case ifNotExists = "if_not_exists", listAppend = "list_append" }
