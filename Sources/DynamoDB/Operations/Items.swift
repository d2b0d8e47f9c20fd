import JSON
import Kernel

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html
enum PutItem: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> SingleWrite { try SingleWrite(&fields, .put) }

    static func run(_ input: SingleWrite, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        try input.run(on: service, call)
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteItem.html
enum DeleteItem: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> SingleWrite { try SingleWrite(&fields, .delete) }

    static func run(_ input: SingleWrite, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        try input.run(on: service, call)
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
enum UpdateItem: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> SingleWrite { try SingleWrite(&fields, .update) }

    static func run(_ input: SingleWrite, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        try input.run(on: service, call)
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html
enum GetItem: Operation {
    struct Input {
        var table: TableReference
        var key: Item
        var isConsistent: Bool
        var projection: Projection?
        var capacity: CapacityReport
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let tableName = try fields.leadingTableName()
        let attributesToGet = try fields.attributesToGet()
        let capacity = try fields.capacityReport()
        let isConsistent = try fields.bool("ConsistentRead") ?? false
        let key = try fields.requiredItem("Key", .current)
        let projection = try fields.string("ProjectionExpression")
        try fields.check()
        let table = try TableReference(tableName)
        if let mixed = fields.mixed(["AttributesToGet"], with: ["ProjectionExpression"]) { throw mixed }
        let names = fields["ExpressionAttributeNames"]
        if names != nil { try ExpressionAttributes.checkPresence(names: names, values: nil, expressions: [], otherExpression: projection != nil) }
        let item = try key.get()
        let legacyProjection = try attributesToGet?.projection()
        let wanted = try Projection.reading(projection, names: names, .current) ?? legacyProjection
        return Input(table: table, key: item, isConsistent: isConsistent, projection: wanted, capacity: capacity)
    }

    static func run(_ input: Input, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Answer {
        let stored = try service.withTable(input.table, call) { (table) throws(AWSError) in
            let place = try table.keys.place(ofKey: input.key)
            if let projection = input.projection { try table.checkKeyPaths(projection.paths) }
            if service.limits.isThrottled { try table.admit(.read, now: call.now) }
            let stored = table.item(at: place)
            if service.limits.isThrottled { table.charge(Consumption(table: Capacity.readUnits(stored?.size ?? 0, consistent: input.isConsistent)), .read) }
            return stored
        }
        var answer = Answer()
        if let stored { answer.append("Item", input.projection?.applied(to: stored.item) ?? stored.item) }
        if input.capacity != .none {
            let consumption = Consumption(table: Capacity.readUnits(stored?.size ?? 0, consistent: input.isConsistent))
            if let document = consumption.document(input.capacity, table: input.table.text) { answer.append("ConsumedCapacity", document) }
        }
        return answer
    }

    static func write(_ output: Answer) -> Reply { Reply(output) }
}

extension Projection {
    /// A `ProjectionExpression` that stands alone with its names.
    static func reading(_ text: String?, names: Document?, _ wording: ValueWording) throws(AWSError) -> Projection? {
        // Names alone are refused where that is an error: here they need only be names.
        guard text != nil || names?.isNull == false else { return nil }
        var attributes = try ExpressionAttributes(names: names, values: nil, wording)
        guard let text else { return nil }
        let projection = try attributes.parseProjection(text)
        try attributes.checkUnused()
        return projection
    }
}
