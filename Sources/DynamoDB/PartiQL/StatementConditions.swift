import Kernel

/// Conditions of statements: the expressions of other operations, and comparisons of conditions with what is true and false.
extension StatementBinding {
    func condition(_ expression: Expression) throws(AWSError) -> Condition.Node {
        try StatementErrors.unprefixed { () throws(AWSError) in try node(expression) }
    }

    private func node(_ expression: Expression) throws(AWSError) -> Condition.Node {
        switch expression {
        case .and(let parts): return .and(try nodes(parts))
        case .or(let parts): return .or(try nodes(parts))
        case .not(let part):
            guard Self.isBoolean(part) else { throw .validation("The argument to NOT must be a Type or Expression") }
            return .not(try node(part))
        case .comparison(let comparator, let left, let right): return try comparison(comparator, left, right)
        case .between(let operand, let lower, let upper):
            let operands = [try self.operand(operand), try self.operand(lower), try self.operand(upper)]
            try OperandRules.check(between: operands, .condition)
            return .between(operands[0], operands[1], operands[2])
        case .isIn(let operand, let choices): return try isIn(operand, choices)
        case .isOf(let operand, let type): return try isOf(operand, type)
        case .call(let call): return try function(call)
        default: throw .validation("WHERE clause must contain an expression that resolves to a boolean")
        }
    }

    private func nodes(_ parts: [Expression]) throws(AWSError) -> [Condition.Node] {
        var nodes: [Condition.Node] = []
        for part in parts {
            guard Self.isBoolean(part) else { throw .validation("The arguments to AND/OR must be Expressions") }
            nodes.append(try node(part))
        }
        return nodes
    }

    private static func isBoolean(_ expression: Expression) -> Bool {
        switch expression {
        case .and, .or, .not, .comparison, .between, .isIn, .isOf, .call: true
        default: false
        }
    }

    private func comparison(_ comparator: Comparator, _ left: Expression, _ right: Expression) throws(AWSError) -> Condition.Node {
        let operands = [try operand(left), try operand(right)]
        try OperandRules.check(comparator: comparator, operands[0], operands[1], .condition)
        return .comparison(comparator, operands[0], operands[1])
    }

    private func isIn(_ operand: Expression, _ choices: Expression) throws(AWSError) -> Condition.Node {
        let elements: [Expression]
        switch choices {
        case .list(let list), .bag(let list): elements = list
        default: elements = []
        }
        let operand = try self.operand(operand)
        var isFound = operand.path != nil
        if case .condition = operand { isFound = true }
        guard isFound, !elements.isEmpty else {
            throw .validation(
                "IN operator must have a left hand argument of type Variable Reference and right hand argument of type Seq with at least one member")
        }
        guard elements.count <= 100 else {
            throw .validation("The IN operator is provided with too many operands; number of operands: \(elements.count)")
        }
        var operands: [Condition.Operand] = []
        for element in elements { operands.append(try self.operand(element)) }
        return .isIn(operand, operands)
    }

    private func operand(_ expression: Expression) throws(AWSError) -> Condition.Operand {
        switch expression {
        case .path(let path): return .path(path)
        case .missing: throw .validation("MISSING must be compared using IS operator")
        case .call(let call) where call.name == "SIZE":
            guard call.arguments.count == 1, let argument = call.arguments.first else { throw OperandRules.count("size", call.arguments.count, .condition) }
            let sized = try operand(argument)
            if let type = sized.type, !OperandRules.hasSize(type) { throw OperandRules.type("size", type, .condition) }
            return .size(sized)
        case .plus: throw .validation("Unsupported operator in Condition Expression. Operator: +")
        case .minus: throw .validation("Unsupported operator in Condition Expression. Operator: -")
        case .and, .or, .not, .comparison, .between, .isIn, .isOf, .call: return .condition(try node(expression))
        default: return .value(try value(expression))
        }
    }

    private static let types: [String: AttributeType] = [
        "NULL": .null, "BOOLEAN": .bool, "BOOL": .bool, "BLOB": .binary, "STRING": .string, "NUMERIC": .number, "STRUCT": .map, "TUPLE": .map, "LIST": .list,
    ]

    private func isOf(_ operand: Expression, _ type: String) throws(AWSError) -> Condition.Node {
        guard case .path(let path) = operand else {
            throw .validation("The left hand side argument to IS must be a Variable Reference, Literal, or Path")
        }
        if type == "MISSING" { return .notExists(path) }
        guard let type = Self.types[type] else {
            throw .validation(
                "Unsupported data type for IS operator: \(type). Supported data types are [MISSING, NULL, BOOLEAN, BLOB, STRING, NUMERIC, STRUCT, TUPLE, LIST]")
        }
        return .isType(.path(path), type)
    }

    private func function(_ call: StatementSyntax.Call) throws(AWSError) -> Condition.Node {
        guard let function = ConditionFunction(rawValue: call.name.lowercased()), function != .size else {
            if call.name == "SIZE" { throw .validation("WHERE clause must contain an expression that resolves to a boolean") }
            throw .validation("Unrecognized function: \(call.name.lowercased())")
        }
        guard call.arguments.count == function.operands else { throw OperandRules.count(function.rawValue, call.arguments.count, .condition) }
        var operands: [Condition.Operand] = []
        for argument in call.arguments { operands.append(try operand(argument)) }
        switch function {
        case .attributeExists, .attributeNotExists:
            guard let path = operands[0].path else {
                throw ExpressionKind.condition.invalid("Operator or function requires a document path; operator or function: \(function.rawValue)")
            }
            return function == .attributeExists ? .exists(path) : .notExists(path)
        case .attributeType: return .isType(operands[0], try OperandRules.typeName(operands[1], .condition))
        case .beginsWith:
            for operand in operands {
                if let type = operand.type, type != .string, type != .binary { throw OperandRules.type(function.rawValue, type, .condition) }
            }
            return .beginsWith(operands[0], operands[1])
        case .contains, .size: return .contains(operands[0], operands[1])
        }
    }
}
