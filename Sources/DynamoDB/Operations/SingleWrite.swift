import JSON
import Kernel

/// A write of one item with what its answer is to contain.
struct SingleWrite: Sendable {
    var request: WriteRequest
    var returnValues: ReturnValues
    var capacity: CapacityReport
    var metrics: Bool

    init(request: WriteRequest, returnValues: ReturnValues, capacity: CapacityReport, metrics: Bool) {
        self.request = request
        self.returnValues = returnValues
        self.capacity = capacity
        self.metrics = metrics
    }

    enum Kind: Sendable { case put, update, delete }

    /// Reads PutItem, UpdateItem or DeleteItem: their members and checks in AWS's order, which is the same for all three save where it says so.
    init(_ fields: inout Fields, _ kind: Kind) throws(AWSError) {
        let tableName = try fields.leadingTableName()
        let returnValues: ReturnValues
        if kind == .update {
            // As recorded in 2026: it tells the first broken choice alone, the others all of them.
            returnValues = try ReturnValues.read(&fields)
            try fields.check()
            capacity = try fields.capacityReport()
            try fields.check()
            metrics = try fields.collectionMetrics()
            try fields.check()
        } else {
            capacity = try fields.capacityReport()
            metrics = try fields.collectionMetrics()
            returnValues = try ReturnValues.read(&fields)
        }
        let returnsItemOnFailure = try fields.returnsItemOnFailure()
        let item = try fields.requiredItem(kind == .put ? "Item" : "Key", .current)
        let expressions = try WriteExpressions(&fields, update: kind == .update)
        let legacy = try LegacyWrite(&fields, update: kind == .update)
        try fields.check()
        let table = try TableReference(tableName)
        self.returnValues = returnValues
        request = try AWSError.enveloped { () throws(AWSError) in
            try legacy.checkMixing()
            try expressions.checkPresence(update: kind == .update)
            try legacy.checkConditionalOperator()
            let item = try item.get()
            if kind != .update { try returnValues.checkOldOnly() }
            if kind == .put { try WriteRequest.checkSize(item) }
            let legacyUpdate = try legacy.update()
            let legacyCondition = try legacy.condition()
            let (condition, update) = try expressions.parse(.current)
            let action: WriteRequest.Action =
                switch kind {
                case .put: .put(item)
                case .update: .update(key: item, legacyUpdate ?? update)
                case .delete: .delete(key: item)
                }
            return WriteRequest(
                table: table, action: action, condition: condition ?? legacyCondition, returnsItemOnFailure: returnsItemOnFailure)
        }
    }

    /// Writes, or throws and leaves everything as it was.
    @CloudActor
    func run(on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        var change: ItemChange?
        var stream: String?
        let answer = try service.withTable(request.table, call) { (table) throws(AWSError) -> Document in
            let place = try request.place(in: table)
            let old = table.item(at: place)
            let outcome = try request.outcome(old, in: table)
            let made = table.write(outcome.new, at: place)
            change = made
            stream = table.stream
            return self.answer(made, outcome, table)
        }
        if let change { service.commit(change, table: request.table.name, stream: stream, in: request.table.scope ?? call.scope, now: call.now) }
        return answer
    }

    private func answer(_ change: ItemChange, _ outcome: WriteRequest.Outcome, _ table: borrowing Table) -> Document {
        var members = Members()
        if let attributes = attributes(change, outcome) { members.append("Attributes", attributes.document) }
        if capacity != .none {
            var consumption = Consumption()
            consumption.addWrite(change, of: table)
            if let document = consumption.document(capacity, table: table.name) { members.append("ConsumedCapacity", document) }
        }
        if metrics, let item = (change.new ?? change.old)?.item, let document = ItemCollectionMetrics.document(item, table) {
            members.append("ItemCollectionMetrics", document)
        }
        return .object(members)
    }

    private func attributes(_ change: ItemChange, _ outcome: WriteRequest.Outcome) -> Item? {
        let item: Item?
        switch returnValues {
        case .none: item = nil
        case .allOld: item = change.old?.item
        case .allNew: item = change.new?.item
        case .updatedOld: item = outcome.update?.updatedOld
        case .updatedNew: item = outcome.update?.updatedNew
        }
        guard let item, !item.isEmpty else { return nil }
        return item
    }
}
