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
        var answer = Members()
        let consumption = try perform(on: service, call, &answer)
        if let document = consumption.document(capacity, table: request.table.text) { answer.append("ConsumedCapacity", document) }
        return .object(answer)
    }

    /// Writes, and adds the members of the answer but the capacity.
    /// - Returns: what it used, where that is asked for.
    @CloudActor
    func perform(on service: DynamoDBService, _ call: Call, _ answer: inout Members) throws(AWSError) -> Consumption {
        var change: ItemChange?
        var stream: String?
        let consumption = try service.withTable(request.table, call) { (table) throws(AWSError) -> Consumption in
            let place = try request.place(in: table)
            let old = table.item(at: place)
            let isThrottled = service.limits.isThrottled
            if isThrottled { try table.admit(.write, now: call.now) }
            let outcome: WriteRequest.Outcome
            do throws(AWSError) { outcome = try request.outcome(old, in: table) } catch {
                if isThrottled, error.isConditionalFailure { table.charge(Consumption(table: request.units(old)), .write) }
                throw error
            }
            try table.checkCollection(of: outcome.new, replacing: old, at: place, limit: service.limits.collectionBytes)
            var consumption = Consumption()
            if capacity != .none || isThrottled { consumption.addWrite(ItemChange(place: place, old: old, new: outcome.new), of: table) }
            if isThrottled {
                try table.admitIndexes(consumption, now: call.now)
                table.charge(consumption, .write)
            }
            let made = table.write(outcome.new, at: place)
            change = made
            stream = table.stream
            if let attributes = attributes(made, outcome) { answer.append("Attributes", attributes.document) }
            if metrics, let item = (made.new ?? made.old)?.item, let document = ItemCollectionMetrics.document(item, table) {
                answer.append("ItemCollectionMetrics", document)
            }
            return consumption
        }
        if let change { service.commit(change, table: request.table.name, stream: stream, in: request.table.scope ?? call.scope, now: call.now) }
        return consumption
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
