import Kernel

/// Puts the parameters into a statement's expressions and makes of them what the engine works with: values, conditions, updates.
struct StatementBinding {
    typealias Expression = StatementSyntax.Expression

    let parameters: [AttributeValue]

    // MARK: Values

    /// A value with everything in it known.
    /// - Parameter key: where it is to stand, for messages.
    func value(_ expression: Expression, under key: String) throws(AWSError) -> AttributeValue {
        let value = try unchecked(expression, under: key)
        guard value.depth <= AttributeValue.maximumDepth else { throw .tooDeep }
        return value
    }

    private func unchecked(_ expression: Expression, under key: String) throws(AWSError) -> AttributeValue {
        switch expression {
        case .literal(let value): return value
        case .parameter(let number):
            guard parameters.indices.contains(number) else { throw StatementErrors.parameters }
            return parameters[number]
        case .list(let elements):
            var values: [AttributeValue] = []
            for element in elements { values.append(try unchecked(element, under: key)) }
            return .list(values)
        case .tuple(let members):
            var map = AttributeMap()
            for (name, member) in members {
                guard map[name] == nil else { throw .validation("Duplicate keys in tuple. Key: \(name) under \(key)") }
                map[name] = try unchecked(member, under: name)
            }
            return .map(map)
        case .bag(let elements): return try set(elements, under: key)
        case .missing: throw .validation("Unsupported data type: MISSING under key \(key)")
        default: throw .validation("Unsupported data type: UNKNOWN under key \(key)")
        }
    }

    /// `<<1, 2>>`: a set of numbers or of strings.
    private func set(_ elements: [Expression], under key: String) throws(AWSError) -> AttributeValue {
        guard !elements.isEmpty else { throw .validation("Empty bags are not supported") }
        var strings: [String] = []
        var numbers: [DynamoDBNumber] = []
        var binaries: [[UInt8]] = []
        for element in elements {
            switch try unchecked(element, under: key) {
            case .string(let text): strings.append(text)
            case .number(let number): numbers.append(number)
            case .binary(let bytes): binaries.append(bytes)
            default: throw Self.mixedBag
            }
        }
        let count = elements.count
        // As recorded of sets elsewhere; that PartiQL words repeats so too is a guess.
        let repeats = AWSError.invalidParameter("Input collection contains duplicates.")
        if strings.count == count {
            let set = AttributeValue.strings(strings)
            if case .stringSet(let sorted) = set, !zip(sorted, sorted.dropFirst()).allSatisfy({ !ByteOrder.equal($0, $1) }) { throw repeats }
            return set
        }
        if numbers.count == count {
            guard Set(numbers).count == count else { throw repeats }
            return .numbers(numbers)
        }
        guard binaries.count == count else { throw Self.mixedBag }
        guard Set(binaries).count == count else { throw repeats }
        return .binaries(binaries)
    }

    private static let mixedBag = AWSError.validation(
        "Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags")

    // MARK: Conditions

    func condition(_ expression: Expression) throws(AWSError) -> Condition.Node {
        switch expression {
        case .and(let parts): return .and(try conditions(parts))
        case .or(let parts): return .or(try conditions(parts))
        case .not(let part):
            guard Self.isBoolean(part) else { throw .validation("The argument to NOT must be a Type or Expression") }
            return .not(try condition(part))
        case .comparison(let comparator, let left, let right):
            return .comparison(comparator, try operand(left), try operand(right))
        case .between(let operand, let lower, let upper):
            return .between(try self.operand(operand), try self.operand(lower), try self.operand(upper))
        case .isIn(let operand, let choices): return .isIn(try self.operand(operand), try self.choices(operand, choices))
        case .isOf(let operand, let type): return try isOf(operand, type)
        case .call(let name, let arguments): return try function(name, arguments)
        default: throw .validation("WHERE clause must contain an expression that resolves to a boolean")
        }
    }

    private func conditions(_ parts: [Expression]) throws(AWSError) -> [Condition.Node] {
        var nodes: [Condition.Node] = []
        for part in parts {
            guard Self.isBoolean(part) else { throw .validation("The arguments to AND/OR must be Expressions") }
            nodes.append(try condition(part))
        }
        return nodes
    }

    private static func isBoolean(_ expression: Expression) -> Bool {
        switch expression {
        case .and, .or, .not, .comparison, .between, .isIn, .isOf, .call: true
        default: false
        }
    }

    private func choices(_ operand: Expression, _ choices: Expression) throws(AWSError) -> [Condition.Operand] {
        let elements: [Expression]
        switch choices {
        case .list(let list), .bag(let list): elements = list
        default: elements = []
        }
        guard case .path = operand, !elements.isEmpty else {
            throw .validation(
                "IN operator must have a left hand argument of type Variable Reference and right hand argument of type Seq with at least one member")
        }
        var operands: [Condition.Operand] = []
        for element in elements { operands.append(try self.operand(element)) }
        return operands
    }

    private func operand(_ expression: Expression) throws(AWSError) -> Condition.Operand {
        switch expression {
        case .path(let path): return .path(path)
        case .missing: throw .validation("MISSING must be compared using IS operator")
        case .call("SIZE", let arguments):
            guard arguments.count == 1, let argument = arguments.first else { throw OperandRules.count("size", arguments.count, .condition) }
            return .size(try operand(argument))
        case .call(let name, _): throw .validation("Unrecognized function: \(name.lowercased())")
        case .plus: throw .validation("Unsupported operator in Condition Expression. Operator: +")
        case .minus: throw .validation("Unsupported operator in Condition Expression. Operator: -")
        case .and, .or, .not, .comparison, .between, .isIn, .isOf:
            throw .validation("Unsupported token in expression")
        default: return .value(try value(expression, under: ""))
        }
    }

    private func isOf(_ operand: Expression, _ type: String) throws(AWSError) -> Condition.Node {
        guard case .path(let path) = operand else {
            throw .validation("The left hand side argument to IS must be a Variable Reference, Literal, or Path")
        }
        let types: [String: AttributeType] = [
            "NULL": .null, "BOOLEAN": .bool, "BOOL": .bool, "BLOB": .binary, "STRING": .string, "NUMERIC": .number, "STRUCT": .map, "TUPLE": .map, "LIST": .list,
        ]
        if type == "MISSING" { return .notExists(path) }
        guard let type = types[type] else {
            throw .validation(
                "Unsupported data type for IS operator: \(type). Supported data types are [MISSING, NULL, BOOLEAN, BLOB, STRING, NUMERIC, STRUCT, TUPLE, LIST]")
        }
        return .isType(.path(path), type)
    }

    private func function(_ name: String, _ arguments: [Expression]) throws(AWSError) -> Condition.Node {
        guard let function = ConditionFunction(rawValue: name.lowercased()), function != .size else {
            if name == "SIZE" { throw .validation("WHERE clause must contain an expression that resolves to a boolean") }
            throw .validation("Unrecognized function: \(name.lowercased())")
        }
        guard arguments.count == function.operands else { throw OperandRules.count(function.rawValue, arguments.count, .condition) }
        var operands: [Condition.Operand] = []
        for argument in arguments { operands.append(try operand(argument)) }
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

    // MARK: Updates

    func update(_ actions: [StatementSyntax.Action]) throws(AWSError) -> Update {
        var bound: [Update.Action] = []
        for action in actions { bound.append(Update.Action(path: action.path, change: try change(action))) }
        if let clash = DocumentPath.clashes(among: bound.map(\.path)) { throw ExpressionKind.update.invalid(clash) }
        return Update(actions: bound)
    }

    private func change(_ action: StatementSyntax.Action) throws(AWSError) -> Update.Action.Change {
        switch action.value {
        case nil: return .remove
        case .call(let name, let arguments) where name == "SET_ADD" || name == "SET_DELETE":
            guard arguments.count == 2 else { throw .validation("\(name) must have exactly two arguments") }
            guard case .path(let path) = arguments[0], path == action.path else {
                throw .validation("The first argument to \(name) must equal the assignment value")
            }
            let operand = try value(arguments[1], under: action.path.attribute)
            guard operand.type.isSet else { throw .validation("The second argument to \(name) must be a value with type SET") }
            return name == "SET_ADD" ? .add(operand) : .delete(operand)
        case .plus(let left, let right)?:
            return .set(.plus(try updateOperand(left, action, "+"), try updateOperand(right, action, "+")))
        case .minus(let left, let right)?:
            return .set(.minus(try updateOperand(left, action, "-"), try updateOperand(right, action, "-")))
        case let value?: return .set(.operand(try updateOperand(value, action, "=")))
        }
    }

    private func updateOperand(_ expression: Expression, _ action: StatementSyntax.Action, _ operation: String) throws(AWSError) -> Update.Operand {
        switch expression {
        case .path(let path): return .path(path)
        case .call("LIST_APPEND", let arguments):
            guard arguments.count == 2 else { throw OperandRules.count("list_append", arguments.count, .update) }
            return .listAppend(try updateOperand(arguments[0], action, "list_append"), try updateOperand(arguments[1], action, "list_append"))
        case .call(let name, _): throw .validation("Unrecognized function: \(name.lowercased())")
        case .plus, .minus: throw .validation("Unsupported operator in Update Expression. Operator: \(operation)")
        case .isOf: throw .validation("IS operator is not supported in update expressions")
        default: return .value(try value(expression, under: action.path.attribute))
        }
    }
}
