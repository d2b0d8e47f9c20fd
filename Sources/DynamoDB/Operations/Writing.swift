import Collections
import JSON
import Kernel

/// What the operations that write one item have in common: PutItem, UpdateItem, DeleteItem and the parts of a transaction.
struct WriteRequest: Sendable {
    enum Action: Sendable {
        case put(Item)
        case update(key: Item, Update?)
        case delete(key: Item)
        /// Of transactions: nothing but the condition.
        case check(key: Item)
    }

    var table: TableReference
    var action: Action
    var condition: Condition?
    var returnsItemOnFailure = false
    /// Of PartiQL's INSERT: its condition fails where there is an item already, which has an error of its own.
    var isInsert = false

    /// Where it stands in the table.
    func place(in table: borrowing Table) throws(AWSError) -> Bytes {
        let place: Bytes
        switch action {
        case .put(let item):
            place = try table.keys.place(ofItem: item)
        case .update(let key, let update):
            place = try table.keys.place(ofKey: key)
            if let update { try table.checkKeys(update) }
        case .delete(let key), .check(let key):
            place = try table.keys.place(ofKey: key)
        }
        if let condition { try table.checkKeys(condition) }
        return place
    }

    /// What the item would be after the write. Changes nothing.
    /// - Throws: the conditional failure too, with the item where it is asked for.
    func outcome(_ old: StoredItem?, in table: borrowing Table) throws(AWSError) -> Outcome {
        if let condition, !condition.holds(for: old?.item) {
            throw isInsert ? .duplicateItem : .conditionFailed(returnsItemOnFailure ? old?.item : nil)
        }
        switch action {
        case .put(let item):
            try table.checkIndexKeys(item)
            return Outcome(new: StoredItem(item))
        case .delete: return Outcome(new: nil)
        case .check: return Outcome(new: old)
        case .update(let key, let update):
            guard let update else { return Outcome(new: old ?? StoredItem(key)) }
            let result = try update.apply(to: old?.item, key: key)
            guard old != nil || update.createsItem else { return Outcome(new: nil, update: result) }
            try table.checkUpdatedIndexKeys(result.new, update)
            let new = StoredItem(result.new)
            guard new.size <= Table.itemLimit else { throw .validation("Item size to update has exceeded the maximum allowed size") }
            return Outcome(new: new, update: result)
        }
    }

    /// Write units where the condition fails: of the larger of the item that is there and what the request has of it.
    func units(_ old: StoredItem?) -> Double {
        let own =
            switch action {
            case .put(let item): item.size
            case .update(let key, _), .delete(let key), .check(let key): key.size
            }
        return Capacity.writeUnits(max(own, old?.size ?? 0))
    }

    struct Outcome: Sendable {
        var new: StoredItem?
        var update: Update.Result?
    }

    static func checkSize(_ item: Item) throws(AWSError) {
        guard item.size <= Table.itemLimit else { throw .validation("Item size has exceeded the maximum allowed size") }
    }
}

extension AWSError {
    /// Whether a write's condition failed. AWS counts such a write.
    var isConditionalFailure: Bool { code == "ConditionalCheckFailedException" || code == "DuplicateItemException" }

    static func conditionFailed(_ item: Item?) -> AWSError {
        var members = Members()
        if let item { members.append("Item", item.document) }
        return AWSError("ConditionalCheckFailedException", "The conditional request failed", members: members)
    }
}

/// The expressions of a write, as the request has them.
struct WriteExpressions {
    var condition: String?
    var update: String?
    let names: Document?
    let values: Document?

    init(_ fields: inout Fields, update: Bool = false) throws(AWSError) {
        condition = try fields.string("ConditionExpression")
        self.update = update ? try fields.string("UpdateExpression") : nil
        names = fields["ExpressionAttributeNames"]
        values = fields["ExpressionAttributeValues"]
    }

    /// Names and values need an expression.
    func checkPresence(update hasUpdate: Bool = false) throws(AWSError) {
        guard names != nil || values != nil else { return }
        var expressions = [(kind: ExpressionKind.condition, isPresent: condition != nil)]
        if hasUpdate { expressions.insert((.update, update != nil), at: 0) }
        try ExpressionAttributes.checkPresence(names: names, values: values, expressions: expressions)
    }

    func parse(_ wording: ValueWording) throws(AWSError) -> (condition: Condition?, update: Update?) {
        guard condition != nil || update != nil || names != nil || values != nil else { return (nil, nil) }
        var attributes = try ExpressionAttributes(names: names, values: values, wording)
        var parsedUpdate: Update?
        var parsedCondition: Condition?
        if let update { parsedUpdate = try attributes.parseUpdate(update) }
        if let condition { parsedCondition = try attributes.parseCondition(condition) }
        // A transaction takes names and values that come without any expression.
        if condition != nil || update != nil { try attributes.checkUnused() }
        return (parsedCondition, parsedUpdate)
    }
}
