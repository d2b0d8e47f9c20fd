import JSON

/// DynamoDB's operations on items, with values instead of documents. Errors are the service's own (`ConditionalCheckFailedException` ...).
public struct DynamoDBClient: Sendable {
    let client: AWSClient

    /// What the placeholders of expressions stand for.
    public struct Placeholders: Sendable {
        /// `#pk` to attribute name.
        public var names: [String: String]
        /// `:evento` to value.
        public var values: Item

        public init(names: [String: String] = [:], values: Item = [:]) {
            self.names = names
            self.values = values
        }

        func add(to members: inout Members) {
            if !names.isEmpty {
                members.append("ExpressionAttributeNames", .object(Members(names.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: .string($0.value)) })))
            }
            if !values.isEmpty { members.append("ExpressionAttributeValues", AttributeValue.document(of: values)) }
        }
    }

    /// One write of a transaction.
    public enum Write: Sendable {
        case put(table: String, item: Item, condition: String? = nil, Placeholders = .init())
        case update(table: String, key: Item, update: String, condition: String? = nil, Placeholders = .init())
        case delete(table: String, key: Item, condition: String? = nil, Placeholders = .init())
        case check(table: String, key: Item, condition: String, Placeholders = .init())
    }

    /// The item of that key, or `nil` where there is none.
    public func getItem(_ table: String, key: Item, projection: String? = nil, _ placeholders: Placeholders = .init()) async throws(AWSServiceError) -> Item? {
        var input: Members = ["TableName": .string(table), "Key": AttributeValue.document(of: key)]
        if let projection { input.append("ProjectionExpression", .string(projection)) }
        placeholders.add(to: &input)
        return AttributeValue.item(try await call("GetItem", input)["Item"])
    }

    public func putItem(_ table: String, item: Item, condition: String? = nil, _ placeholders: Placeholders = .init()) async throws(AWSServiceError) {
        _ = try await call("PutItem", Self.put(table, item, condition, placeholders))
    }

    /// Which attributes an update answers.
    public enum ReturnValues: String, Sendable {
        case allNew = "ALL_NEW"
        case allOld = "ALL_OLD"
        case updatedNew = "UPDATED_NEW"
        case updatedOld = "UPDATED_OLD"
    }

    /// - Returns: the attributes that were asked for; empty where none were.
    @discardableResult
    public func updateItem(
        _ table: String, key: Item, update: String, condition: String? = nil, _ placeholders: Placeholders = .init(), returning: ReturnValues? = nil
    ) async throws(AWSServiceError) -> Item {
        var input = Self.update(table, key, update, condition, placeholders)
        if let returning { input.append("ReturnValues", .string(returning.rawValue)) }
        return AttributeValue.item(try await call("UpdateItem", input)["Attributes"]) ?? [:]
    }

    public func deleteItem(_ table: String, key: Item, condition: String? = nil, _ placeholders: Placeholders = .init()) async throws(AWSServiceError) {
        _ = try await call("DeleteItem", Self.delete(table, key, condition, placeholders))
    }

    /// Every item that a query finds, page after page.
    public func query(
        _ table: String, index: String? = nil, keyCondition: String, filter: String? = nil, projection: String? = nil, _ placeholders: Placeholders = .init()
    ) async throws(AWSServiceError) -> [Item] {
        var input: Members = ["TableName": .string(table)]
        if let index { input.append("IndexName", .string(index)) }
        input.append("KeyConditionExpression", .string(keyCondition))
        if let filter { input.append("FilterExpression", .string(filter)) }
        if let projection { input.append("ProjectionExpression", .string(projection)) }
        placeholders.add(to: &input)
        return try await pages("Query", input)
    }

    /// Every item of a table, page after page.
    public func scan(_ table: String, filter: String? = nil, projection: String? = nil, _ placeholders: Placeholders = .init()) async throws(AWSServiceError) -> [Item] {
        var input: Members = ["TableName": .string(table)]
        if let filter { input.append("FilterExpression", .string(filter)) }
        if let projection { input.append("ProjectionExpression", .string(projection)) }
        placeholders.add(to: &input)
        return try await pages("Scan", input)
    }

    /// All the writes or none of them. A token makes a repetition of the same request harmless.
    public func transactWrite(_ writes: [Write]) async throws(AWSServiceError) {
        let token = String(client.random.next(), radix: 16) + String(client.random.next(), radix: 16)
        _ = try await call("TransactWriteItems", ["TransactItems": .array(writes.map(Self.document)), "ClientRequestToken": .string(token)])
    }

    /// Any other operation.
    public func call(_ operation: String, _ input: Members) async throws(AWSServiceError) -> Document {
        try await client.call(.dynamoDB, operation, .object(input))
    }

    private func pages(_ operation: String, _ input: Members) async throws(AWSServiceError) -> [Item] {
        var input = input
        var items: [Item] = []
        while true {
            let page = try await call(operation, input)
            items += (page["Items"]?.array ?? []).compactMap { AttributeValue.item($0) }
            guard let last = page["LastEvaluatedKey"], !last.isNull else { return items }
            input["ExclusiveStartKey"] = last
        }
    }

    private static func document(_ write: Write) -> Document {
        switch write {
        case .put(let table, let item, let condition, let placeholders): ["Put": .object(put(table, item, condition, placeholders))]
        case .update(let table, let key, let update, let condition, let placeholders): ["Update": .object(Self.update(table, key, update, condition, placeholders))]
        case .delete(let table, let key, let condition, let placeholders): ["Delete": .object(delete(table, key, condition, placeholders))]
        case .check(let table, let key, let condition, let placeholders): ["ConditionCheck": .object(delete(table, key, condition, placeholders))]
        }
    }

    private static func put(_ table: String, _ item: Item, _ condition: String?, _ placeholders: Placeholders) -> Members {
        var input: Members = ["TableName": .string(table), "Item": AttributeValue.document(of: item)]
        if let condition { input.append("ConditionExpression", .string(condition)) }
        placeholders.add(to: &input)
        return input
    }

    private static func update(_ table: String, _ key: Item, _ update: String, _ condition: String?, _ placeholders: Placeholders) -> Members {
        var input: Members = ["TableName": .string(table), "Key": AttributeValue.document(of: key), "UpdateExpression": .string(update)]
        if let condition { input.append("ConditionExpression", .string(condition)) }
        placeholders.add(to: &input)
        return input
    }

    private static func delete(_ table: String, _ key: Item, _ condition: String?, _ placeholders: Placeholders) -> Members {
        var input: Members = ["TableName": .string(table), "Key": AttributeValue.document(of: key)]
        if let condition { input.append("ConditionExpression", .string(condition)) }
        placeholders.add(to: &input)
        return input
    }
}
