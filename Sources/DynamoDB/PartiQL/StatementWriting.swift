import Collections
import Kernel

/// Makes of a writing statement the request of the item that it writes.
extension StatementSyntax {
    /// - Parameters:
    ///   - keys: the table's.
    ///   - isTransaction: whether what is wrong with an item's key is left to the transaction, which names it as its reason.
    func write(_ binding: StatementBinding, keys: KeySchema, returnsItemOnFailure: Bool, isTransaction: Bool = false) throws(AWSError) -> WriteRequest {
        let table = try Self.reference(source)
        let exists = Condition.Node.exists(DocumentPath(keys.partition.name))
        switch self {
        case .insert(_, let expression):
            let item = try binding.item(expression)
            if !isTransaction { try Self.check(item, keys) }
            try WriteRequest.checkSize(item)
            let absent = Condition(root: .notExists(DocumentPath(keys.partition.name)))
            return WriteRequest(table: table, action: .put(item), condition: absent, returnsItemOnFailure: returnsItemOnFailure, isInsert: true)
        case .update(let update):
            let change = try binding.update(update.actions)
            let (key, rest) = try Self.key(update.condition, binding, keys)
            return WriteRequest(
                table: table, action: .update(key: key, change), condition: Condition(all: [exists] + rest), returnsItemOnFailure: returnsItemOnFailure)
        case .delete(let delete):
            let (key, rest) = try Self.key(delete.condition, binding, keys)
            // Where there is no item nothing is deleted, whatever else is asked of it.
            let condition = Condition(all: rest).map { Condition(root: .or([.notExists(DocumentPath(keys.partition.name)), $0.root])) }
            return WriteRequest(table: table, action: .delete(key: key), condition: condition, returnsItemOnFailure: returnsItemOnFailure)
        case .exists(let select):
            let condition = try select.condition.map { (expression) throws(AWSError) in try binding.condition(expression) }
            let names = try StatementKeys(StatementKeys.conjuncts(condition), keys)
            guard let key = names.key(keys), !names.rest.isEmpty else {
                throw .validation("EXISTS() must contain a single item read with additional condition")
            }
            // The item must be there: documented as the test for a collection that isn't empty.
            let holds = Condition(all: [exists] + names.rest)
            return WriteRequest(table: table, action: .check(key: key), condition: holds, returnsItemOnFailure: returnsItemOnFailure)
        case .select:
            throw .validation("Unsupported operation: SELECT")
        }
    }

    private static func check(_ item: Item, _ keys: KeySchema) throws(AWSError) {
        for key in [keys.partition, keys.sort].compactMap(\.self) {
            guard let value = item[key.name] else { throw StatementErrors.keyMissing(key.name) }
            guard value.type == key.type else { throw StatementErrors.keyType(key.name) }
        }
    }

    private static func key(_ expression: Expression?, _ binding: StatementBinding, _ keys: KeySchema) throws(AWSError) -> (key: Item, rest: [Condition.Node]) {
        guard let expression else { throw StatementErrors.incompleteKey }
        let names = try StatementKeys(StatementKeys.conjuncts(try binding.condition(expression)), keys)
        guard let key = names.key(keys) else { throw StatementErrors.incompleteKey }
        if let conflict = names.conflict { throw StatementErrors.severalConditions(conflict) }
        return (key, names.rest)
    }

    var returning: Returning? {
        switch self {
        case .update(let update): update.returning
        case .delete(let delete): delete.returning
        default: nil
        }
    }
}

extension StatementSyntax.Returning {
    var returnValues: ReturnValues {
        switch (isModified, isNew) {
        case (false, false): .allOld
        case (false, true): .allNew
        case (true, false): .updatedOld
        case (true, true): .updatedNew
        }
    }
}
