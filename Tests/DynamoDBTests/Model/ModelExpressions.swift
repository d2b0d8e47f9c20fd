import JSON

/// What a request's expressions say with names and values.
struct ModelAttributes {
    var names = Members()
    var values = Members()

    mutating func value(_ value: ModelValue) -> String {
        let name = ":v\(values.count)"
        values.append(name, value.document)
        return name
    }

    /// Sometimes by a placeholder.
    mutating func text(_ path: ModelPath, placeholder: Bool) -> String {
        var text = path.attribute
        if placeholder {
            text = "#n\(names.count)"
            names.append(text, .string(path.attribute))
        }
        switch path.element {
        case nil: return text
        case .name(let name): return "\(text).\(name)"
        case .index(let index): return "\(text)[\(index)]"
        }
    }

    func add(to request: inout Members) {
        if !names.isEmpty { request.append("ExpressionAttributeNames", .object(names)) }
        if !values.isEmpty { request.append("ExpressionAttributeValues", .object(values)) }
    }
}

/// A condition, evaluated as AWS's documentation says, one leaf after the other.
indirect enum ModelCondition {
    case compare(ModelPath, String, ModelValue)
    case comparePaths(ModelPath, String, ModelPath)
    case between(ModelPath, ModelValue, ModelValue)
    case isIn(ModelPath, [ModelValue])
    case exists(ModelPath), missing(ModelPath)
    case type(ModelPath, String)
    case begins(ModelPath, String)
    case contains(ModelPath, ModelValue)
    case size(ModelPath, String, Int)
    case and(ModelCondition, ModelCondition), or(ModelCondition, ModelCondition), not(ModelCondition)

    func holds(for item: ModelItem) -> Bool {
        switch self {
        case .compare(let path, let sign, let value): Self.compare(path.value(in: item), sign, value)
        case .comparePaths(let left, let sign, let right): Self.compare(left.value(in: item), sign, right.value(in: item))
        case .between(let path, let low, let high):
            Self.compare(path.value(in: item), ">=", low) && Self.compare(path.value(in: item), "<=", high)
        case .isIn(let path, let values): path.value(in: item).map(values.contains) ?? false
        case .exists(let path): path.value(in: item) != nil
        case .missing(let path): path.value(in: item) == nil
        case .type(let path, let type): path.value(in: item)?.type == type
        case .begins(let path, let start): if case .string(let text)? = path.value(in: item) { text.hasPrefix(start) } else { false }
        case .contains(let path, let value): path.value(in: item)?.contains(value) ?? false
        case .size(let path, let sign, let size): Self.compare(path.value(in: item)?.size.map(ModelValue.number), sign, .number(size))
        case .and(let left, let right): left.holds(for: item) && right.holds(for: item)
        case .or(let left, let right): left.holds(for: item) || right.holds(for: item)
        case .not(let condition): !condition.holds(for: item)
        }
    }

    private static func compare(_ left: ModelValue?, _ sign: String, _ right: ModelValue?) -> Bool {
        guard let left, let right else { return sign == "<>" }
        if sign == "=" { return left == right }
        if sign == "<>" { return left != right }
        guard let order = left.order(right) else { return false }
        switch sign {
        case "<": return order < 0
        case "<=": return order <= 0
        case ">": return order > 0
        default: return order >= 0
        }
    }

    func text(_ attributes: inout ModelAttributes, _ placeholder: Bool) -> String {
        func path(_ path: ModelPath) -> String { attributes.text(path, placeholder: placeholder) }
        switch self {
        case .compare(let left, let sign, let value): return "\(path(left)) \(sign) \(attributes.value(value))"
        case .comparePaths(let left, let sign, let right): return "\(path(left)) \(sign) \(path(right))"
        case .between(let left, let low, let high): return "\(path(left)) BETWEEN \(attributes.value(low)) AND \(attributes.value(high))"
        case .isIn(let left, let values): return "\(path(left)) IN (\(values.map { attributes.value($0) }.joined(separator: ", ")))"
        case .exists(let left): return "attribute_exists(\(path(left)))"
        case .missing(let left): return "attribute_not_exists(\(path(left)))"
        case .type(let left, let type): return "attribute_type(\(path(left)), \(attributes.value(.string(type))))"
        case .begins(let left, let start): return "begins_with(\(path(left)), \(attributes.value(.string(start))))"
        case .contains(let left, let value): return "contains(\(path(left)), \(attributes.value(value)))"
        case .size(let left, let sign, let size): return "size(\(path(left))) \(sign) \(attributes.value(.number(size)))"
        case .and(let left, let right): return "\(left.inner(&attributes, placeholder)) AND \(right.inner(&attributes, placeholder))"
        case .or(let left, let right): return "\(left.inner(&attributes, placeholder)) OR \(right.inner(&attributes, placeholder))"
        case .not(let condition): return "NOT \(condition.inner(&attributes, placeholder))"
        }
    }

    /// Within another condition: what is composed stands in parentheses, what isn't would stand in redundant ones.
    private func inner(_ attributes: inout ModelAttributes, _ placeholder: Bool) -> String {
        switch self {
        case .and, .or, .not, .between: "(\(text(&attributes, placeholder)))"
        default: text(&attributes, placeholder)
        }
    }
}

/// One action of an update. Every value is taken from the item as it was.
enum ModelAction {
    case set(ModelPath, ModelValue)
    case copy(ModelPath, from: ModelPath)
    case plus(ModelPath, ModelPath, Int)
    case ifMissing(ModelPath, ModelPath, ModelValue)
    case append(ModelPath, ModelPath, [ModelValue])
    case remove(ModelPath)
    case add(ModelPath, ModelValue)
    case delete(ModelPath, ModelValue)

    var path: ModelPath {
        switch self {
        case .set(let path, _), .copy(let path, _), .plus(let path, _, _), .ifMissing(let path, _, _), .append(let path, _, _), .remove(let path),
            .add(let path, _), .delete(let path, _):
            path
        }
    }

    var clause: String {
        switch self {
        case .set, .copy, .plus, .ifMissing, .append: "SET"
        case .remove: "REMOVE"
        case .add: "ADD"
        case .delete: "DELETE"
        }
    }

    func text(_ attributes: inout ModelAttributes, _ placeholder: Bool) -> String {
        func name(_ path: ModelPath) -> String { attributes.text(path, placeholder: placeholder) }
        switch self {
        case .set(let path, let value): return "\(name(path)) = \(attributes.value(value))"
        case .copy(let path, let source): return "\(name(path)) = \(name(source))"
        case .plus(let path, let source, let number):
            return "\(name(path)) = \(name(source)) \(number < 0 ? "-" : "+") \(attributes.value(.number(abs(number))))"
        case .ifMissing(let path, let source, let value): return "\(name(path)) = if_not_exists(\(name(source)), \(attributes.value(value)))"
        case .append(let path, let source, let values): return "\(name(path)) = list_append(\(name(source)), \(attributes.value(.list(values))))"
        case .remove(let path): return name(path)
        case .add(let path, let value), .delete(let path, let value): return "\(name(path)) \(attributes.value(value))"
        }
    }

    /// The type that it shows by itself: what it writes to an index's key is held against that before anything else.
    var type: String? {
        switch self {
        case .set(_, let value), .ifMissing(_, _, let value), .add(_, let value), .delete(_, let value): value.type
        case .plus: "N"
        case .append: "L"
        case .copy, .remove: nil
        }
    }

    /// The new value at the path; `nil` where there is none left.
    func result(in item: ModelItem, isNew: Bool) throws(ModelRefusal) -> ModelValue? {
        switch self {
        case .set(_, let value): return value
        case .copy(_, let source): return try Self.there(source, in: item)
        case .plus(_, let source, let number):
            guard case .number(let old) = try Self.there(source, in: item) else { throw .invalid }
            return .number(old + number)
        case .ifMissing(_, let source, let value): return source.value(in: item) ?? value
        case .append(_, let source, let values):
            guard case .list(let old) = try Self.there(source, in: item) else { throw .invalid }
            return .list(old + values)
        case .remove(let path):
            guard isNew || path.hasParent(in: item) else { throw .invalid }
            return nil
        case .add(let path, let value): return try Self.sum(path.value(in: item), value)
        case .delete(let path, let value):
            guard isNew || path.hasParent(in: item) else { throw .invalid }
            return try path.value(in: item).flatMap { (old) throws(ModelRefusal) in try Self.difference(old, value) }
        }
    }

    private static func there(_ path: ModelPath, in item: ModelItem) throws(ModelRefusal) -> ModelValue {
        guard let value = path.value(in: item) else { throw .invalid }
        return value
    }

    private static func sum(_ old: ModelValue?, _ value: ModelValue) throws(ModelRefusal) -> ModelValue {
        switch (old, value) {
        case (nil, _): return value
        case (.number(let left)?, .number(let right)): return .number(left + right)
        case (.strings(let left)?, .strings(let right)): return .strings(left.union(right))
        case (.numbers(let left)?, .numbers(let right)): return .numbers(left.union(right))
        default: throw .invalid
        }
    }

    private static func difference(_ old: ModelValue, _ value: ModelValue) throws(ModelRefusal) -> ModelValue? {
        switch (old, value) {
        case (.strings(let left), .strings(let right)): return left.subtracting(right).isEmpty ? nil : .strings(left.subtracting(right))
        case (.numbers(let left), .numbers(let right)): return left.subtracting(right).isEmpty ? nil : .numbers(left.subtracting(right))
        default: throw .invalid
        }
    }
}

/// The actions of one update, on an attribute each.
struct ModelUpdate {
    var actions: [ModelAction]

    func text(_ attributes: inout ModelAttributes, _ placeholder: Bool) -> String {
        ["SET", "REMOVE", "ADD", "DELETE"].compactMap { clause in
            let texts = actions.filter { $0.clause == clause }.map { $0.text(&attributes, placeholder) }
            return texts.isEmpty ? nil : "\(clause) \(texts.joined(separator: ", "))"
        }.joined(separator: " ")
    }

    /// The item that an update leaves; `nil` where there was none and none is made.
    func apply(to old: ModelItem?, key: ModelItem) throws(ModelRefusal) -> ModelItem? {
        let item = old ?? key
        var new = item
        for action in actions {
            let value = try action.result(in: item, isNew: old == nil)
            let path = action.path
            switch (path.element, new[path.attribute], value) {
            case (nil, _, _): new[path.attribute] = value
            case (.name(let name)?, .map(var values)?, _):
                values[name] = value
                new[path.attribute] = .map(values)
            case (.index(let index)?, .list(var values)?, let value?):
                if index < values.count { values[index] = value } else { values.append(value) }
                new[path.attribute] = .list(values)
            case (.index(let index)?, .list(var values)?, nil):
                if index < values.count { values.remove(at: index) }
                new[path.attribute] = .list(values)
            case (_?, _, nil): break
            default: throw .invalid
            }
        }
        if old == nil, !actions.contains(where: { $0.clause == "SET" || $0.clause == "ADD" }) { return nil }
        return new
    }
}

/// Why a write is refused.
enum ModelRefusal: Error, Equatable {
    /// A ValidationException.
    case invalid
    /// The same for an empty key, which a transaction's request is refused for.
    case emptyKey
    /// A condition that didn't hold.
    case failed

    var code: String { self == .failed ? "ConditionalCheckFailedException" : "ValidationException" }
    /// In a transaction's reasons.
    var reason: String { self == .failed ? "ConditionalCheckFailed" : "ValidationError" }
}
