import Kernel

/// What an update shows of itself, before an item is looked at.
extension Update {
    /// All paths that it reads or writes.
    func visitPaths(_ visit: (DocumentPath) -> Void) {
        for action in actions {
            visit(action.path)
            guard case .set(let value) = action.change else { continue }
            switch value {
            case .operand(let operand): operand.visitPaths(visit)
            case .plus(let left, let right), .minus(let left, let right):
                left.visitPaths(visit)
                right.visitPaths(visit)
            }
        }
    }
}

extension Update.Operand {
    func visitPaths(_ visit: (DocumentPath) -> Void) {
        switch self {
        case .path(let path): visit(path)
        case .value: break
        case .ifNotExists(let path, let other):
            visit(path)
            other.visitPaths(visit)
        case .listAppend(let first, let second):
            first.visitPaths(visit)
            second.visitPaths(visit)
        }
    }

    /// The type that it will have, where no item is needed to tell.
    var type: AttributeType? {
        switch self {
        case .path: nil
        case .value(let value): value.type
        case .ifNotExists(_, let other): other.type
        case .listAppend: .list
        }
    }
}

extension Update.Action.Change {
    var type: AttributeType? {
        switch self {
        case .set(.operand(let operand)): operand.type
        case .set(.plus), .set(.minus): .number
        case .remove: nil
        case .add(let value), .delete(let value): value.type
        }
    }

    /// What it puts there whatever the item is.
    var value: AttributeValue? {
        switch self {
        case .set(.operand(.value(let value))), .add(let value): value
        default: nil
        }
    }
}

/// What may not be done to key attributes, told before the item is looked at, in AWS's order.
extension Table {
    func checkKeys(_ update: Update) throws(AWSError) {
        for action in update.actions where keys.has(action.path.attribute) {
            throw .invalidParameter("Cannot update attribute \(action.path.attribute). This attribute is part of the key")
        }
        try checkIndexTypes(update)
        var paths: [DocumentPath] = []
        update.visitPaths { if !$0.rest.isEmpty { paths.append($0) } }
        try checkKeyPaths(paths)
    }

    /// A condition may not look inside key attributes.
    func checkKeys(_ condition: Condition) throws(AWSError) {
        var paths: [DocumentPath] = []
        condition.root.visitPaths { if !$0.rest.isEmpty { paths.append($0) } }
        try checkKeyPaths(paths)
    }

    /// Of several indexes AWS names the one whose name comes first.
    private func checkIndexTypes(_ update: Update) throws(AWSError) {
        var refusal: (name: String, error: AWSError)?
        for index in indexes {
            if let refusal, refusal.name < index.name { continue }
            do throws(AWSError) {
                try index.checkType(of: index.keys.partition, in: update)
                for key in index.keys.furtherPartitions { try index.checkType(of: key, in: update) }
                if let sort = index.keys.sort { try index.checkType(of: sort, in: update) }
                for key in index.keys.furtherSorts { try index.checkType(of: key, in: update) }
            } catch {
                refusal = (index.name, error)
            }
        }
        if let refusal { throw refusal.error }
    }

    /// As ``checkIndexKeys(_:)`` of the item that an update makes, as far as the update touches its keys.
    func checkUpdatedIndexKeys(_ item: Item, _ update: Update) throws(AWSError) {
        for index in indexes {
            try index.checkUpdated(item, index.keys.partition, update, isPartition: true)
            for key in index.keys.furtherPartitions { try index.checkUpdated(item, key, update, isPartition: true) }
            if let sort = index.keys.sort { try index.checkUpdated(item, sort, update, isPartition: false) }
            for key in index.keys.furtherSorts { try index.checkUpdated(item, key, update, isPartition: false) }
        }
    }
}

extension SecondaryIndex {
    private static let attempted = "The update expression attempted to update the secondary index key"

    fileprivate func checkType(of key: KeyAttribute, in update: Update) throws(AWSError) {
        for action in update.actions where action.path.rest.isEmpty && ByteOrder.equal(action.path.attribute, key.name) {
            if let type = action.change.type, type != key.type { throw mismatch(key, type) }
            if let kind = action.change.value?.emptyKind { throw Self.emptyUpdate(kind) }
        }
    }

    fileprivate func checkUpdated(_ item: Item, _ key: KeyAttribute, _ update: Update, isPartition: Bool) throws(AWSError) {
        guard let value = item[key.name], update.actions.contains(where: { ByteOrder.equal($0.path.attribute, key.name) }) else { return }
        guard value.type == key.type else { throw .validation("\(Self.attempted) to unsupported type") }
        if let kind = value.emptyKind { throw Self.emptyUpdate(kind) }
        guard KeySchema.isWithinLimit(value, isPartition: isPartition) else { throw .validation("\(Self.attempted) beyond allowed size limits") }
    }

    private static func emptyUpdate(_ kind: String) -> AWSError {
        .emptyKey(
            "One or more parameter values are not valid. The update expression attempted to update a secondary index key to a value that is not supported.", kind, "")
    }
}
