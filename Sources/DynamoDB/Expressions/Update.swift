/// An update of an item, its names and values put in and its types checked.
package struct Update: Sendable {
    struct Action: Sendable {
        enum Change: Sendable {
            case set(Value)
            case remove
            case add(AttributeValue)
            case delete(AttributeValue)
        }

        var path: DocumentPath
        var change: Change
    }

    enum Value: Sendable {
        case operand(Operand)
        case plus(Operand, Operand)
        case minus(Operand, Operand)
    }

    indirect enum Operand: Sendable {
        case path(DocumentPath)
        case value(AttributeValue)
        case ifNotExists(DocumentPath, Operand)
        case listAppend(Operand, Operand)
    }

    let actions: [Action]
    /// What is answered where the item has another type than ADD or DELETE needs.
    var typeMismatch = UpdateErrors.type
    /// What is answered where the item would be nested too deep.
    var tooDeep = UpdateErrors.nesting

    /// What the update changes: none of it may be a key attribute or below one.
    package var paths: [DocumentPath] { actions.map(\.path) }
}

extension Update {
    /// Whether the update makes an item where there is none: one that only removes leaves nothing behind.
    package var createsItem: Bool {
        actions.contains { action in
            switch action.change {
            case .set, .add: true
            case .remove, .delete: false
            }
        }
    }

    /// An update, applied.
    package struct Result: Sendable {
        /// The item before the update, if there was one.
        package let old: Item?
        package let new: Item
        let paths: [DocumentPath]

        /// `UPDATED_OLD`: what lay at the paths of the update before it.
        package var updatedOld: Item { Projection(paths).applied(to: old ?? Item()) }

        /// `UPDATED_NEW`: what lies at the paths of the update after it. Taken literally, as AWS does: an element set beyond a
        /// list's end isn't found at that index, and where one was removed its follower is.
        package var updatedNew: Item { Projection(paths).applied(to: new) }
    }
}
