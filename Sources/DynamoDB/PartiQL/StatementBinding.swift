import Kernel

/// Puts the parameters into a statement's expressions and makes of them what the engine works with: values, conditions, updates.
struct StatementBinding {
    typealias Expression = StatementSyntax.Expression

    let parameters: [AttributeValue]

    // MARK: Values

    /// A value with everything in it known.
    func value(_ expression: Expression) throws(AWSError) -> AttributeValue {
        guard case .parameter(let number, _) = expression else { return try constant(expression, under: "root", depth: 0) }
        guard parameters.indices.contains(number) else { throw StatementErrors.parameters }
        return parameters[number]
    }

    /// The item of an `INSERT`: a tuple whose members may be parameters, or a parameter.
    func item(_ expression: Expression) throws(AWSError) -> Item {
        if case .tuple(let members) = expression { return try map(members, under: "root") { (value, _) throws(AWSError) in try self.value(value) } }
        guard case .parameter = expression, case .map(let item) = try value(expression) else {
            throw .validation("Unsupported format in item expression. Please use struct format {...} to express item values for insert statement.")
        }
        return item
    }

    /// A value as the statement writes it. As recorded, nothing in it may be a parameter.
    /// - Parameter key: where it stands, for messages: `root.a[0]`.
    private func constant(_ expression: Expression, under key: String, depth: Int) throws(AWSError) -> AttributeValue {
        guard depth < AttributeValue.maximumDepth else { throw .validation("Nesting Levels have exceeded supported limits under \(key)") }
        switch expression {
        case .literal(let value): return value
        case .number(let number, _): return .number(number)
        case .list(let elements):
            var values: [AttributeValue] = []
            for (index, element) in elements.enumerated() { values.append(try constant(element, under: "\(key)[\(index)]", depth: depth + 1)) }
            return .list(values)
        case .tuple(let members):
            return .map(try map(members, under: key) { (value, key) throws(AWSError) in try constant(value, under: key, depth: depth + 1) })
        case .bag(let elements): return try StatementBags.set(elements, under: key)
        case .parameter(_, let location): throw .validation("Unsupported data type: Parameter under key \(key) at \(location)")
        case .missing: throw .validation("Unsupported data type: MISSING under key \(key)")
        default: throw .validation("Unsupported data type: UNKNOWN under key \(key)")
        }
    }

    private func map(
        _ members: [(name: String, value: Expression)], under key: String, _ value: (Expression, String) throws(AWSError) -> AttributeValue
    ) throws(AWSError) -> AttributeMap {
        var map = AttributeMap()
        for member in members {
            guard map[member.name] == nil else { throw .validation("Duplicate keys in tuple. Key: \(member.name) under \(key)") }
            map[member.name] = try value(member.value, "\(key).\(member.name)")
        }
        return map
    }

    // MARK: Updates

    func update(_ actions: [StatementSyntax.Action]) throws(AWSError) -> Update {
        var bound: [Update.Action] = []
        for action in actions {
            let made = try StatementErrors.unprefixed { () throws(AWSError) in try change(action) }
            bound.append(Update.Action(path: action.path, change: made))
        }
        if let clash = DocumentPath.clashes(among: bound.map(\.path)) { throw .validation(clash) }
        return Update(actions: bound, tooDeep: .validation("Nesting Levels have exceeded supported limits"))
    }

    private func change(_ action: StatementSyntax.Action) throws(AWSError) -> Update.Action.Change {
        switch action.value {
        case nil: return .remove
        case .call(let call) where call.name == "SET_ADD" || call.name == "SET_DELETE":
            guard call.arguments.count == 2 else { throw .validation("\(call.name) must have exactly two arguments") }
            guard case .path(let path) = call.arguments[0], path == action.path else {
                throw .validation("The first argument to \(call.name) must equal the assignment value at \(call.location)")
            }
            let operand = try value(call.arguments[1])
            guard operand.type.isSet else {
                throw .validation("The second argument to \(call.name) must be a value with type SET at \(call.argument)")
            }
            return call.name == "SET_ADD" ? .add(operand) : .delete(operand)
        case .plus(let left, let right)?:
            return .set(.plus(try number(left, "+"), try number(right, "+")))
        case .minus(let left, let right)?:
            return .set(.minus(try number(left, "-"), try number(right, "-")))
        case let value?: return .set(.operand(try updateOperand(value, "=")))
        }
    }

    private func number(_ expression: Expression, _ sign: String) throws(AWSError) -> Update.Operand {
        try Self.checked(try updateOperand(expression, sign), sign, .number)
    }

    private static func checked(_ operand: Update.Operand, _ name: String, _ type: AttributeType) throws(AWSError) -> Update.Operand {
        if case .value(let value) = operand, value.type != type { throw OperandRules.type(name, value.type, .update) }
        return operand
    }

    private func updateOperand(_ expression: Expression, _ operation: String) throws(AWSError) -> Update.Operand {
        switch expression {
        case .path(let path): return .path(path)
        case .call(let call) where call.name == "LIST_APPEND":
            guard call.arguments.count == 2 else { throw OperandRules.count("list_append", call.arguments.count, .update) }
            let lists = (try updateOperand(call.arguments[0], "list_append"), try updateOperand(call.arguments[1], "list_append"))
            return .listAppend(try Self.checked(lists.0, "list_append", .list), try Self.checked(lists.1, "list_append", .list))
        case .call(let call): throw .validation("Unrecognized function: \(call.name.lowercased())")
        case .plus, .minus: throw .validation("Unsupported operator in Update Expression. Operator: \(operation)")
        case .isOf: throw .validation("IS operator is not supported in update expressions")
        default: return .value(try value(expression))
        }
    }
}
