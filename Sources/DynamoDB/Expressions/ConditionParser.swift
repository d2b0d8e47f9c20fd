import Kernel

/// The grammar of condition, filter and key condition expressions.
///
///     condition ::= condition OR condition | condition AND condition | NOT condition | ( condition )
///                 | operand comparator operand | operand BETWEEN operand AND operand | operand IN ( operand, ... ) | function
extension ExpressionParser {
    /// A parenthesis may hold a condition or an operand; which, is known only after it was read.
    private enum Piece {
        case condition(ConditionSyntax)
        case operand(OperandSyntax)
    }

    static func condition(_ text: String, _ kind: ExpressionKind, _ wording: ValueWording = .current) throws(AWSError) -> ConditionSyntax {
        var parser = try ExpressionParser(text, kind, wording)
        let condition = try parser.condition(try parser.disjunction(depth: 0))
        try parser.check()
        return condition
    }

    /// What is left when only conditions will do: a function may stand alone, a path or a value needs an operator.
    private mutating func condition(_ piece: Piece) throws(AWSError) -> ConditionSyntax {
        switch piece {
        case .condition(let condition): return condition
        case .operand(.function(let name, let arguments)):
            if name == ConditionFunction.size.rawValue, misusedFunction == nil { misusedFunction = name }
            return .function(name, arguments)
        case .operand: throw syntaxError()
        }
    }

    private mutating func disjunction(depth: Int) throws(AWSError) -> Piece {
        let first = try conjunction(depth: depth)
        guard isKeyword("OR") else { return first }
        var conditions = [try condition(first)]
        while take(keyword: "OR") {
            try countOperator()
            conditions.append(try condition(try conjunction(depth: depth)))
        }
        return .condition(.or(conditions))
    }

    private mutating func conjunction(depth: Int) throws(AWSError) -> Piece {
        let first = try negation(depth: depth)
        guard isKeyword("AND") else { return first }
        var conditions = [try condition(first)]
        while take(keyword: "AND") {
            try countOperator()
            conditions.append(try condition(try negation(depth: depth)))
        }
        return .condition(.and(conditions))
    }

    private mutating func negation(depth: Int) throws(AWSError) -> Piece {
        var negations = 0
        while take(keyword: "NOT") {
            try countOperator()
            negations += 1
        }
        let piece = try predicate(depth: depth)
        guard negations > 0 else { return piece }
        var condition = try condition(piece)
        for _ in 0..<negations { condition = .not(condition) }
        return .condition(condition)
    }

    private mutating func predicate(depth: Int) throws(AWSError) -> Piece {
        let left: OperandSyntax
        if token.isSymbol("(") {
            switch try parenthesised(depth: depth) {
            case .condition(let condition): return .condition(condition)
            case .operand(let operand): left = operand
            }
        } else {
            left = try operand()
        }
        if let comparator = takeComparator() {
            try countOperator()
            let right = try operand()
            noteMisuse([left, right])
            return .condition(.comparison(comparator, left, right))
        }
        if take(keyword: "BETWEEN") {
            try countOperator()
            let lower = try operand()
            guard take(keyword: "AND") else { throw syntaxError() }
            let upper = try operand()
            noteMisuse([left, lower, upper])
            return .condition(.between(left, lower, upper))
        }
        if take(keyword: "IN") {
            try countOperator()
            try expect("(")
            var choices = [try operand()]
            while take(",") { choices.append(try operand()) }
            try expect(")")
            noteMisuse([left] + choices)
            return .condition(.isIn(left, choices))
        }
        return .operand(left)
    }

    private mutating func parenthesised(depth: Int) throws(AWSError) -> Piece {
        // A parenthesis that isn't redundant holds an operator, and of those there are no more than 300.
        guard depth <= ExpressionLimits.operators else { throw kind.invalid("The expression has redundant parentheses;") }
        let opening = position
        advance()
        let startsWithParenthesis = token.isSymbol("(")
        let inner = try disjunction(depth: depth + 1)
        let end = position
        try expect(")")
        if startsWithParenthesis, closing(of: opening + 1) == end - 1 { hasRedundantParentheses = true }
        return inner
    }

    private mutating func takeComparator() -> Comparator? {
        guard case .symbol = token.kind, let comparator = Comparator(rawValue: text(token)) else { return nil }
        advance()
        return comparator
    }
}
