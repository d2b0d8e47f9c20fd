import Kernel

/// Conditions and values of statements.
///
///     expression ::= and [OR and] ...
///     and ::= not [AND not] ...
///     not ::= NOT not | additive [comparator additive | [NOT] BETWEEN additive AND additive | [NOT] IN list | IS [NOT] type]
///     additive ::= term [(+ | -) term] ...
///     term ::= path | literal | ? | list | tuple | bag | function(expression, ...) | (expression)
extension StatementParser {
    typealias Expression = StatementSyntax.Expression

    mutating func expression() throws(AWSError) -> Expression {
        try deeper { (parser) throws(AWSError) in
            var operands = [try parser.conjunction()]
            while parser.take(keyword: "OR") { operands.append(try parser.conjunction()) }
            return operands.count == 1 ? operands[0] : .or(operands)
        }
    }

    private mutating func conjunction() throws(AWSError) -> Expression {
        var operands = [try negation()]
        while take(keyword: "AND") { operands.append(try negation()) }
        return operands.count == 1 ? operands[0] : .and(operands)
    }

    private mutating func negation() throws(AWSError) -> Expression {
        guard take(keyword: "NOT") else { return try comparison() }
        return .not(try deeper { (parser) throws(AWSError) in try parser.negation() })
    }

    private static let comparators: [String: Comparator] = [
        "=": .equal, "<>": .notEqual, "!=": .notEqual, "<": .less, "<=": .lessOrEqual, ">": .greater, ">=": .greaterOrEqual,
    ]

    private mutating func comparison() throws(AWSError) -> Expression {
        let left = try additive()
        if token.kind == .symbol, let comparator = Self.comparators[token.text] {
            advance()
            guard token.kind != .end else { throw .statement("Missing right-hand side expression of infix operator") }
            return .comparison(comparator, left, try additive())
        }
        if take(keyword: "IS") {
            let isNegated = take(keyword: "NOT")
            guard token.kind == .word, StatementKeywords.types.contains(token.keyword) else { throw .statement("Expected type name") }
            let type = token.keyword
            advance()
            return isNegated ? .not(.isOf(left, type)) : .isOf(left, type)
        }
        let isNegated = at(keyword: "NOT") && ["BETWEEN", "IN"].contains(peek(1).keyword)
        if isNegated { advance() }
        var result: Expression
        if take(keyword: "BETWEEN") {
            let lower = try additive()
            guard take(keyword: "AND") else { throw .statement("Expected and") }
            guard token.kind != .end else { throw .statement("Expected expression after AND") }
            result = .between(left, lower, try additive())
        } else if take(keyword: "IN") {
            result = .isIn(left, try choices())
        } else {
            if at(keyword: "LIKE") { throw .validation("Unsupported operator in Condition Expression. Operator: LIKE") }
            return left
        }
        if isNegated { result = .not(result) }
        return result
    }

    /// `[a, b]`, `(a, b)` or `<<a, b>>`
    private mutating func choices() throws(AWSError) -> Expression {
        guard take("(") else { return try additive() }
        return .list(try elements(until: ")", "RIGHT_PAREN"))
    }

    mutating func additive() throws(AWSError) -> Expression {
        var left = try term()
        // A sum has two operands: more are refused when it is used, and not gathered without end here.
        var operators = 0
        while true {
            if take("+") {
                left = .plus(left, try term())
            } else if take("-") {
                left = .minus(left, try term())
            } else {
                return left
            }
            operators += 1
            guard operators < Self.maximumDepth else { throw .statement("Nesting is too deep") }
        }
    }

    mutating func term() throws(AWSError) -> Expression {
        let token = self.token
        switch token.kind {
        case .end: throw .statement("Unexpected term")
        case .parameter:
            advance()
            parameters += 1
            return .parameter(parameters - 1, token.location)
        case .string:
            advance()
            return .literal(.string(token.text))
        case .number:
            advance()
            return try Self.number(token.text)
        case .quoted:
            return try path().asExpression
        case .word: return try word(token)
        case .symbol: return try symbol(token)
        }
    }

    private mutating func word(_ token: StatementToken) throws(AWSError) -> Expression {
        switch token.keyword {
        case "TRUE", "FALSE":
            advance()
            return .literal(.bool(token.keyword == "TRUE"))
        case "NULL":
            advance()
            return .literal(.null)
        case "MISSING":
            advance()
            return .missing
        default: break
        }
        if peek(1).isSymbol("("), !StatementKeywords.contains(token.keyword) || StatementKeywords.functions.contains(token.keyword) {
            advance()
            advance()
            let argument = self.token.location
            let arguments = try elements(until: ")", "RIGHT_PAREN")
            return .call(StatementSyntax.Call(name: token.keyword, arguments: arguments, location: token.location, argument: argument))
        }
        guard !StatementKeywords.contains(token.keyword) else { throw .statement("Unexpected keyword") }
        return try path().asExpression
    }

    private mutating func symbol(_ token: StatementToken) throws(AWSError) -> Expression {
        advance()
        switch token.text {
        case "(":
            guard !self.token.isSymbol(")") else { throw .statement("Expression group cannot be empty") }
            let inner = try elements(until: ")", "RIGHT_PAREN")
            return inner.count == 1 ? inner[0] : .list(inner)
        case "[": return .list(try elements(until: "]", "RIGHT_BRACKET"))
        case "<<": return .bag(try elements(until: ">>", "RIGHT_DOUBLE_ANGLE_BRACKET"))
        case "{": return .tuple(try members())
        case "-", "+":
            var isNegative = token.text == "-"
            while self.token.isSymbol("-") || self.token.isSymbol("+") {
                if self.token.isSymbol("-") { isNegative.toggle() }
                advance()
            }
            guard self.token.kind == .number else { throw .statement("Unexpected operator") }
            let text = self.token.text
            advance()
            return try Self.number(isNegative ? "-" + text : text)
        case "=", "<", ">", "<=", ">=", "<>", "!=", "||": throw .statement("Unexpected operator")
        default: throw .statement("Unexpected term")
        }
    }

    private mutating func elements(until end: String, _ name: String) throws(AWSError) -> [Expression] {
        if take(end) { return [] }
        var elements: [Expression] = []
        repeat { elements.append(try expression()) } while take(",")
        try expect(end, name)
        return elements
    }

    /// A tuple's members behind its brace.
    private mutating func members() throws(AWSError) -> [(name: String, value: Expression)] {
        var members: [(name: String, value: Expression)] = []
        if take("}") { return members }
        repeat {
            guard token.kind == .string else {
                throw token.kind == .end ? .statement("Unexpected term") : .validation("Tuple keys must be of type String.")
            }
            let name = token.text
            advance()
            try expect(":", "COLON")
            members.append((name, try expression()))
        } while take(",")
        try expect("}", "RIGHT_CURLY")
        return members
    }

    mutating func path() throws(AWSError) -> DocumentPath {
        var path = DocumentPath(token.text)
        advance()
        while true {
            if take(".") {
                guard token.kind == .quoted || (token.kind == .word && !StatementKeywords.contains(token.keyword)) else {
                    if token.isSymbol("*") { throw .validation("Unpivot path component like a.*.b are not supported") }
                    throw .statement("Invalid path dot component")
                }
                path.rest.append(.name(token.text))
                advance()
            } else if take("[") {
                path.rest.append(try index())
            } else {
                return path
            }
        }
    }

    private mutating func index() throws(AWSError) -> DocumentPath.Element {
        var sign = ""
        if token.isSymbol("-"), peek(1).kind == .number {
            sign = "-"
            advance()
        }
        let token = self.token
        advance()
        switch token.kind {
        case .number:
            guard let index = Int(sign + token.text), index >= 0, index <= ExpressionLimits.listIndex else {
                throw .validation("List index is not within the allowable range; index: [\(sign)\(token.text)] at \(token.location)")
            }
            try expect("]", "RIGHT_BRACKET")
            return .index(index)
        case .string:
            try expect("]", "RIGHT_BRACKET")
            return .name(token.text)
        default:
            if token.isSymbol("*") { throw .validation("Wildcard path component like a[*].b are not supported") }
            throw .validation("Unexpected path component")
        }
    }

    private static func number(_ text: String) throws(AWSError) -> Expression {
        do throws(DynamoDBNumberError) {
            return .number(try DynamoDBNumber(parsing: text.utf8.last == UInt8(ascii: ".") ? String(text.dropLast()) : text), text)
        } catch {
            throw .validation(error.message)
        }
    }
}

extension DocumentPath {
    fileprivate var asExpression: StatementSyntax.Expression { .path(self) }
}

/// Words that are no names unless quoted: those of SQL-92 and PartiQL's own.
/// https://partiql.org/assets/PartiQL-Specification.pdf
enum StatementKeywords {
    static func contains(_ word: String) -> Bool { words.contains(word) }

    /// What may stand behind `IS`.
    static let types: Set<String> = [
        "MISSING", "NULL", "BOOLEAN", "BOOL", "BLOB", "CLOB", "STRING", "SYMBOL", "NUMERIC", "DECIMAL", "INTEGER", "INT", "SMALLINT", "FLOAT", "REAL", "STRUCT",
        "TUPLE", "LIST", "SEXP", "BAG", "CHAR", "VARCHAR", "CHARACTER", "TIMESTAMP", "DATE", "TIME",
    ]

    /// Keywords that are functions where a parenthesis follows.
    static let functions: Set<String> = ["EXISTS", "COUNT", "SUM", "AVG", "MIN", "MAX", "UPPER", "LOWER", "COALESCE", "CHAR_LENGTH", "CHARACTER_LENGTH"]

    private static let words = Set(
        """
        ABSOLUTE ACTION ADD ALL ALLOCATE ALTER AND ANY ARE AS ASC ASSERTION AT AUTHORIZATION AVG BEGIN BETWEEN BIT BIT_LENGTH BY CASCADE CASCADED CASE CAST
        CATALOG CHAR CHARACTER CHARACTER_LENGTH CHAR_LENGTH CHECK CLOSE COALESCE COLLATE COLLATION COLUMN COMMIT CONNECT CONNECTION CONSTRAINT CONSTRAINTS
        CONTINUE CONVERT CORRESPONDING COUNT CREATE CROSS CURRENT CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER CURSOR DATE DEALLOCATE DEC DECIMAL
        DECLARE DEFAULT DEFERRABLE DEFERRED DELETE DESC DESCRIBE DESCRIPTOR DIAGNOSTICS DISCONNECT DISTINCT DOMAIN DOUBLE DROP ELSE END ESCAPE EXCEPT
        EXCEPTION EXEC EXECUTE EXISTS EXTERNAL EXTRACT FALSE FETCH FIRST FLOAT FOR FOREIGN FOUND FROM FULL GET GLOBAL GO GOTO GRANT GROUP HAVING IDENTITY
        IMMEDIATE IN INDICATOR INITIALLY INNER INPUT INSENSITIVE INSERT INT INTEGER INTERSECT INTERVAL INTO IS ISOLATION JOIN KEY LANGUAGE LAST LEFT LEVEL LIKE
        LOCAL LOWER MATCH MAX MIN MODULE NAMES NATIONAL NATURAL NCHAR NEXT NO NOT NULL NULLIF NUMERIC OCTET_LENGTH OF ON ONLY OPEN OPTION OR ORDER OUTER
        OUTPUT OVERLAPS PAD PARTIAL POSITION PRECISION PREPARE PRESERVE PRIMARY PRIOR PRIVILEGES PROCEDURE PUBLIC READ REAL REFERENCES RELATIVE RESTRICT REVOKE
        RIGHT ROLLBACK ROWS SCHEMA SCROLL SECTION SELECT SESSION SESSION_USER SET SMALLINT SOME SPACE SQL SQLCODE SQLERROR SQLSTATE SUBSTRING SUM
        SYSTEM_USER TABLE TEMPORARY THEN TIME TIMESTAMP TO TRANSACTION TRANSLATE TRANSLATION TRIM TRUE UNION UNIQUE UNKNOWN UPDATE UPPER USAGE USER USING VALUE
        VALUES VARCHAR VARYING VIEW WHEN WHENEVER WHERE WITH WORK WRITE ZONE
        MISSING PIVOT UNPIVOT LIMIT OFFSET TUPLE STRUCT LIST BAG SEXP STRING SYMBOL CLOB BLOB BOOL BOOLEAN REMOVE RETURNING LET
        """.split(whereSeparator: \.isWhitespace).map(String.init))
}
