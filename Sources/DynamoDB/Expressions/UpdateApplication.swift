import Kernel

extension Update {
    /// Changes a copy of the item. Every value is taken from the item as it was before the update.
    /// - Parameters:
    ///   - existing: the item, or `nil` where there is none yet. Then removing below something that isn't there is no error.
    ///   - key: the key, which a new item begins with.
    package func apply(to existing: Item?, key: Item) throws(AWSError) -> Result {
        let item = existing ?? key
        var new = item
        var writes: [(path: DocumentPath, value: AttributeValue)] = []
        var removals: [DocumentPath] = []
        for action in actions {
            switch action.change {
            case .set(let value):
                writes.append((action.path, try Self.value(value, in: item)))
            case .remove:
                guard existing == nil || Self.parentExists(action.path, in: item) else { throw UpdateErrors.path }
                removals.append(action.path)
            case .add(let operand):
                writes.append((action.path, try Self.sum(action.path.value(in: item), operand, typeMismatch)))
            case .delete(let operand):
                guard existing == nil || Self.parentExists(action.path, in: item) else { throw UpdateErrors.path }
                guard let current = action.path.value(in: item) else { continue }
                if let rest = try Self.difference(current, operand, typeMismatch) { writes.append((action.path, rest)) } else { removals.append(action.path) }
            }
        }
        try write(writes, to: &new)
        // Lists close up as elements leave them: from the back, so that the indexes of the others stay what they were.
        for path in removals.sorted(by: { Self.precedes($1, $0) }) { new.remove(at: path) }
        return Result(old: existing, new: new, paths: paths)
    }

    /// Writes values, in the order of their indexes: one beyond a list's end is its end, and several keep their order.
    private func write(_ writes: [(path: DocumentPath, value: AttributeValue)], to item: inout Item) throws(AWSError) {
        for (path, value) in writes.sorted(by: { Self.precedes($0.path, $1.path) }) {
            guard path.rest.count + value.depth <= AttributeValue.maximumDepth else { throw tooDeep }
            guard item.write(value, at: path) else { throw UpdateErrors.path }
        }
    }

    /// Order by indexes where two paths go into one list; names by their bytes.
    private static func precedes(_ left: DocumentPath, _ right: DocumentPath) -> Bool {
        for (left, right) in zip(left.elements, right.elements) {
            switch (left, right) {
            case (.index(let left), .index(let right)): if left != right { return left < right }
            case (.name(let left), .name(let right)):
                let order = ByteOrder.compare(left, right)
                if order != 0 { return order < 0 }
            case (.name, .index), (.index, .name): return false
            }
        }
        return left.rest.count < right.rest.count
    }

    /// Whether what holds the path's last element is there and of the right kind.
    private static func parentExists(_ path: DocumentPath, in item: Item) -> Bool {
        guard let last = path.rest.last else { return true }
        let parent = DocumentPath(path.attribute, Array(path.rest.dropLast())).value(in: item)
        switch (last, parent) {
        case (.name, .map), (.index, .list): return true
        default: return false
        }
    }
}

enum UpdateErrors {
    static let path = AWSError.validation("The document path provided in the update expression is invalid for update")
    static let missing = AWSError.validation("The provided expression refers to an attribute that does not exist in the item")
    static let type = AWSError.validation("An operand in the update expression has an incorrect data type")
    /// Shorter than what is said of a request's own values.
    static let nesting = AWSError.validation("Nesting Levels have exceeded supported limits")
}

/// Values.
extension Update {
    private static func value(_ value: Value, in item: Item) throws(AWSError) -> AttributeValue {
        switch value {
        case .operand(let operand): return try self.value(operand, in: item)
        case .plus(let left, let right):
            return try arithmetic(self.value(left, in: item), self.value(right, in: item)) { left, right throws(DynamoDBNumberError) in try left.adding(right) }
        case .minus(let left, let right):
            return try arithmetic(self.value(left, in: item), self.value(right, in: item)) { left, right throws(DynamoDBNumberError) in try left.subtracting(right) }
        }
    }

    private static func value(_ operand: Operand, in item: Item) throws(AWSError) -> AttributeValue {
        switch operand {
        case .value(let value): return value
        case .path(let path):
            guard let value = path.value(in: item) else { throw UpdateErrors.missing }
            return value
        case .ifNotExists(let path, let other):
            if let value = path.value(in: item) { return value }
            return try value(other, in: item)
        case .listAppend(let first, let second):
            guard case .list(let left) = try value(first, in: item), case .list(let right) = try value(second, in: item) else { throw UpdateErrors.type }
            return .list(left + right)
        }
    }

    private static func arithmetic(
        _ left: AttributeValue, _ right: AttributeValue,
        _ operation: (DynamoDBNumber, DynamoDBNumber) throws(DynamoDBNumberError) -> DynamoDBNumber
    ) throws(AWSError) -> AttributeValue {
        guard case .number(let left) = left, case .number(let right) = right else { throw UpdateErrors.type }
        do throws(DynamoDBNumberError) {
            return .number(try operation(left, right))
        } catch {
            throw .validation(error.message)
        }
    }

    /// ADD: a number's sum, a set's union, a list's continuation, or the operand where there is nothing.
    private static func sum(_ current: AttributeValue?, _ operand: AttributeValue, _ mismatch: AWSError) throws(AWSError) -> AttributeValue {
        switch (current, operand) {
        case (nil, _): return operand
        case (.number?, .number): return try arithmetic(current ?? operand, operand) { left, right throws(DynamoDBNumberError) in try left.adding(right) }
        // Of `AttributeUpdates`: in an expression ADD takes no list.
        case (.list(let left)?, .list(let right)): return .list(left + right)
        case (.stringSet(let left)?, .stringSet(let right)):
            return .strings(left + right.filter { new in !left.contains { ByteOrder.equal($0, new) } })
        case (.numberSet(let left)?, .numberSet(let right)): return .numbers(left + Set(right).subtracting(left))
        case (.binarySet(let left)?, .binarySet(let right)): return .binaries(left + Set(right).subtracting(left))
        default: throw mismatch
        }
    }

    /// DELETE: what is left of a set; `nil` where nothing is, since no set is empty.
    private static func difference(_ current: AttributeValue, _ operand: AttributeValue, _ mismatch: AWSError) throws(AWSError) -> AttributeValue? {
        switch (current, operand) {
        case (.stringSet(let left), .stringSet(let right)):
            let rest = left.filter { element in !right.contains { ByteOrder.equal($0, element) } }
            return rest.isEmpty ? nil : .stringSet(rest)
        case (.numberSet(let left), .numberSet(let right)):
            let rest = left.filter { !right.contains($0) }
            return rest.isEmpty ? nil : .numberSet(rest)
        case (.binarySet(let left), .binarySet(let right)):
            let rest = left.filter { !right.contains($0) }
            return rest.isEmpty ? nil : .binarySet(rest)
        default: throw mismatch
        }
    }
}
