import JSON
import Kernel
import Testing
@testable import DynamoDB

@Suite("Tables")
@CloudActor
struct TableTests {
    let cloud = TestCloud()

    func definition(_ members: Members = [:]) -> Document {
        var input: Members = [
            "TableName": "things", "AttributeDefinitions": [["AttributeName": "pk", "AttributeType": "S"]],
            "KeySchema": [["AttributeName": "pk", "KeyType": "HASH"]], "ProvisionedThroughput": ["ReadCapacityUnits": 1, "WriteCapacityUnits": 2],
        ]
        for member in members { input[member.name] = member.value.isNull ? nil : member.value }
        return .object(input)
    }

    @Test("a table's description, from its making to its end")
    func life() async throws {
        let made = try await cloud.call("CreateTable", definition())["TableDescription"]
        #expect(made == [
            "AttributeDefinitions": [["AttributeName": "pk", "AttributeType": "S"]], "TableName": "things",
            "KeySchema": [["AttributeName": "pk", "KeyType": "HASH"]], "TableStatus": "CREATING", "CreationDateTime": 1_795_248_000,
            "ProvisionedThroughput": ["NumberOfDecreasesToday": 0, "ReadCapacityUnits": 1, "WriteCapacityUnits": 2], "TableSizeBytes": 0, "ItemCount": 0,
            "TableArn": "arn:aws:dynamodb:us-west-2:440939667227:table/things", "TableId": made?["TableId"] ?? .null, "DeletionProtectionEnabled": false,
        ])
        try await cloud.put("things", ["pk": s("abc")])
        let described = try await cloud.call("DescribeTable", ["TableName": "things"])["Table"]
        #expect(described?["TableStatus"] == "ACTIVE")
        #expect(described?["ItemCount"] == 1)
        #expect(described?["TableSizeBytes"] == 5)
        #expect(await cloud.error("CreateTable", definition()) == AWSError("ResourceInUseException", "Table already exists: things"))
        #expect(try await cloud.call("DeleteTable", ["TableName": "things"])["TableDescription"]?["TableStatus"] == "DELETING")
        for operation in ["DescribeTable", "DeleteTable"] {
            #expect(await cloud.error(operation, ["TableName": "things"])
                == AWSError("ResourceNotFoundException", "Requested resource not found: Table: things not found"))
        }
    }

    @Test("realistic statuses pass after a while")
    func realistic() async throws {
        cloud.environment.hasRealisticStatus = true
        try await cloud.call("CreateTable", definition())
        func status() async -> Document? { try? await cloud.call("DescribeTable", ["TableName": "things"])["Table"]?["TableStatus"] }
        #expect(await status() == "CREATING")
        #expect(await cloud.error("PutItem", ["TableName": "things", "Item": ["pk": s("a")]])?.code == "ResourceNotFoundException")
        #expect(await cloud.error("DeleteTable", ["TableName": "things"])
            == AWSError("ResourceInUseException", "Attempt to change a resource which is still in use: Table is being created: things"))
        cloud.environment.advance(to: noon + .seconds(5))
        #expect(await status() == "ACTIVE")
        try await cloud.call("DeleteTable", ["TableName": "things"])
        #expect(await status() == "DELETING")
        cloud.environment.advance(to: noon + .seconds(10))
        #expect(await status() == nil)
    }

    @Test("names come in order, a page at a time")
    func list() async throws {
        for name in ["ccc", "aaa", "bbb"] { try await cloud.call("CreateTable", definition(["TableName": .string(name)])) }
        #expect(try await cloud.call("ListTables", [:]) == ["TableNames": ["aaa", "bbb", "ccc"]])
        #expect(try await cloud.call("ListTables", ["Limit": 2]) == ["TableNames": ["aaa", "bbb"], "LastEvaluatedTableName": "bbb"])
        #expect(try await cloud.call("ListTables", ["ExclusiveStartTableName": "bbb"]) == ["TableNames": ["ccc"]])
    }

    @Test("definitions that AWS refuses", arguments: [
        (["TableName": .null], "The parameter 'TableName' is required but was not present in the request"),
        (["TableName": "ab"], "1 validation error detected: Value 'ab' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3"),
        (["TableName": "abc;"], "1 validation error detected: Value 'abc;' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"),
        (["ProvisionedThroughput": .null],
            "One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"),
        (["BillingMode": "PAY_PER_REQUEST"],
            "One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"),
        (["KeySchema": [["AttributeName": "x", "KeyType": "HASH"]]],
            "One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. Keys: [x], AttributeDefinitions: [pk]"),
        (["KeySchema": [["AttributeName": "pk", "KeyType": "RANGE"]]], "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"),
        (["KeySchema": [["AttributeName": "pk", "KeyType": "HASH"], ["AttributeName": "pk", "KeyType": "RANGE"]]],
            "Invalid KeySchema: Some index key attribute have no definition"),
        (["AttributeDefinitions": [["AttributeName": "pk", "AttributeType": "S"], ["AttributeName": "x", "AttributeType": "S"]]],
            "One or more parameter values were invalid: Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions"),
        (["AttributeDefinitions": [["AttributeName": "pk", "AttributeType": "SS"]]],
            "1 validation error detected: Value 'SS' at 'attributeDefinitions.1.member.attributeType' failed to satisfy constraint: Member must satisfy enum value set: [B, N, S]"),
        (["LocalSecondaryIndexes": [["IndexName": "abc", "KeySchema": [["AttributeName": "pk", "KeyType": "HASH"]], "Projection": ["ProjectionType": "ALL"]]]],
            "One or more parameter values were invalid: Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex"),
        (["GlobalSecondaryIndexes": []], "One or more parameter values were invalid: List of GlobalSecondaryIndexes is empty"),
        (["GlobalSecondaryIndexes": [["IndexName": "abc", "KeySchema": [["AttributeName": "pk", "KeyType": "HASH"]], "Projection": ["ProjectionType": "ALL"]]]],
            "One or more parameter values were invalid: ProvisionedThroughput is not specified for index: abc"),
        (["StreamSpecification": ["StreamEnabled": true]],
            "One or more parameter values were invalid: Table is being created with a stream enabled, UpdateViewType is required"),
    ] as [(Members, String)])
    func refused(members: Members, message: String) async throws {
        #expect(await cloud.message("CreateTable", definition(members)) == message)
        #expect(try await cloud.call("ListTables", [:]) == ["TableNames": []])
    }

    @Test("an index made later has the items that were there, and is gone when deleted")
    func backfill() async throws {
        try await cloud.call("CreateTable", definition())
        try await cloud.put("things", ["pk": s("a"), "g": n(1)])
        try await cloud.put("things", ["pk": s("b"), "g": s("not a number")])
        let update: Document = [
            "TableName": "things", "AttributeDefinitions": [["AttributeName": "g", "AttributeType": "N"]],
            "GlobalSecondaryIndexUpdates": [["Create": [
                "IndexName": "by-g", "KeySchema": [["AttributeName": "g", "KeyType": "HASH"]], "Projection": ["ProjectionType": "ALL"],
                "ProvisionedThroughput": ["ReadCapacityUnits": 1, "WriteCapacityUnits": 1],
            ]]],
        ]
        let answer = try await cloud.call("UpdateTable", update)["TableDescription"]
        #expect(answer?["TableStatus"] == "UPDATING")
        #expect(answer?["GlobalSecondaryIndexes"]?[0]?["IndexStatus"] == "CREATING")
        #expect(await cloud.message("UpdateTable", update) == "Attempting to create an index which already exists")
        let query: Document = ["TableName": "things", "IndexName": "by-g", "KeyConditionExpression": "g = :g", "ExpressionAttributeValues": [":g": n(1)]]
        #expect(try await cloud.call("Query", query)["Items"] == [["pk": s("a"), "g": n(1)]])
        #expect(await cloud.message("PutItem", ["TableName": "things", "Item": ["pk": s("c"), "g": s("x")]])
            == "One or more parameter values were invalid: Type mismatch for Index Key g Expected: N Actual: S IndexName: by-g")
        try await cloud.call("UpdateTable", ["TableName": "things", "GlobalSecondaryIndexUpdates": [["Delete": ["IndexName": "by-g"]]]])
        #expect(await cloud.message("Query", query) == "The table does not have the specified index: by-g")
        let described = try await cloud.call("DescribeTable", ["TableName": "things"])["Table"]
        #expect(described?["GlobalSecondaryIndexes"] == nil)
        #expect(described?["AttributeDefinitions"] == [["AttributeName": "pk", "AttributeType": "S"]])
    }

    @Test("throughput and billing change, but not to what they are")
    func throughput() async throws {
        try await cloud.call("CreateTable", definition())
        let same: Document = ["TableName": "things", "ProvisionedThroughput": ["ReadCapacityUnits": 1, "WriteCapacityUnits": 2]]
        #expect(await cloud.message("UpdateTable", same)?.hasPrefix(
            "The provisioned throughput for the table will not change. The requested value equals the current value. "
                + "Current ReadCapacityUnits provisioned for the table: 1. Requested ReadCapacityUnits: 1. "
                + "Current WriteCapacityUnits provisioned for the table: 2. Requested WriteCapacityUnits: 2.") == true)
        try await cloud.call("UpdateTable", ["TableName": "things", "ProvisionedThroughput": ["ReadCapacityUnits": 5, "WriteCapacityUnits": 1]])
        let changed = try await cloud.call("DescribeTable", ["TableName": "things"])["Table"]?["ProvisionedThroughput"]
        #expect(changed == [
            "LastIncreaseDateTime": 1_795_248_000, "LastDecreaseDateTime": 1_795_248_000, "NumberOfDecreasesToday": 1, "ReadCapacityUnits": 5, "WriteCapacityUnits": 1,
        ])
        try await cloud.call("UpdateTable", ["TableName": "things", "BillingMode": "PAY_PER_REQUEST"])
        let onDemand = try await cloud.call("DescribeTable", ["TableName": "things"])["Table"]
        #expect(onDemand?["BillingModeSummary"] == ["BillingMode": "PAY_PER_REQUEST", "LastUpdateToPayPerRequestDateTime": 1_795_248_000])
    }

    @Test("a protected table stays until the protection goes")
    func protection() async throws {
        try await cloud.call("CreateTable", definition(["DeletionProtectionEnabled": true]))
        #expect(await cloud.message("DeleteTable", ["TableName": "things"])
            == "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.")
        try await cloud.call("UpdateTable", ["TableName": "things", "DeletionProtectionEnabled": false])
        #expect(await cloud.error("DeleteTable", ["TableName": "things"]) == nil)
    }

    @Test("writes count for the table and for each index that they touch")
    func capacity() async throws {
        try await cloud.makeTable("things", [
            "AttributeDefinitions": [["AttributeName": "g", "AttributeType": "S"], ["AttributeName": "l", "AttributeType": "S"]],
            "GlobalSecondaryIndexes": [["IndexName": "by-g", "KeySchema": [["AttributeName": "g", "KeyType": "HASH"]], "Projection": ["ProjectionType": "KEYS_ONLY"]]],
            "LocalSecondaryIndexes": [[
                "IndexName": "by-l", "KeySchema": [["AttributeName": "pk", "KeyType": "HASH"], ["AttributeName": "l", "KeyType": "RANGE"]], "Projection": ["ProjectionType": "ALL"],
            ]],
        ])
        func put(_ attributes: Members) async throws -> Document? {
            try await cloud.call("PutItem", [
                "TableName": "things", "Item": item("a", "1", attributes), "ReturnConsumedCapacity": "INDEXES", "ReturnItemCollectionMetrics": "SIZE",
            ])
        }
        func units(_ text: String) -> Document { ["CapacityUnits": .number(text)] }
        let large = s(String(repeating: "x", count: 1500))
        let first = try await put(["g": s("x"), "l": s("y"), "t": large])
        #expect(first?["ConsumedCapacity"] == [
            "TableName": "things", "CapacityUnits": .number("5.0"), "Table": units("2.0"), "LocalSecondaryIndexes": ["by-l": units("2.0")],
            "GlobalSecondaryIndexes": ["by-g": units("1.0")],
        ])
        #expect(first?["ItemCollectionMetrics"] == ["ItemCollectionKey": ["pk": s("a")], "SizeEstimateRangeGB": [.number("0.0"), .number("1.0")]])
        // What the global index has stays the same; its key changes; it goes.
        #expect(try await put(["g": s("x"), "t": s("small")])?["ConsumedCapacity"]?["GlobalSecondaryIndexes"] == nil)
        #expect(try await put(["g": s("z"), "t": s("small")])?["ConsumedCapacity"]?["GlobalSecondaryIndexes"] == ["by-g": units("2.0")])
        #expect(try await put(["t": s("small")])?["ConsumedCapacity"]?["GlobalSecondaryIndexes"] == ["by-g": units("1.0")])
    }
}
