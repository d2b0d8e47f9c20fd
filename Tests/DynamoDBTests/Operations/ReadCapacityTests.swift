import JSON
import Kernel
import Testing
@testable import DynamoDB

@Suite("Read capacity")
@CloudActor
struct ReadCapacityTests {
    private let cloud = TestCloud()

    /// Four items of a little over 3 KB under one partition key, in a local index that has the keys and a global one that has `tag`.
    private func makeItems(_ bytes: Int = 3000) async throws {
        try await cloud.makeTable("things", [
            "AttributeDefinitions": [["AttributeName": "tag", "AttributeType": "S"]],
            "LocalSecondaryIndexes": [[
                "IndexName": "local", "KeySchema": [["AttributeName": "pk", "KeyType": "HASH"], ["AttributeName": "tag", "KeyType": "RANGE"]],
                "Projection": ["ProjectionType": "KEYS_ONLY"],
            ]],
            "GlobalSecondaryIndexes": [["IndexName": "global", "KeySchema": [["AttributeName": "tag", "KeyType": "HASH"]], "Projection": ["ProjectionType": "ALL"]]],
        ])
        for number in 0..<4 { try await cloud.put("things", item("p", "\(number)", ["tag": s(number == 0 ? "one" : "many"), "filler": s(String(repeating: "x", count: bytes))])) }
    }

    private func consumed(_ operation: String, _ members: Members) async throws -> Document? {
        var members = members
        if operation != "ExecuteStatement" { members["TableName"] = "things" }
        members["ReturnConsumedCapacity"] = "INDEXES"
        return try await cloud.call(operation, .object(members))["ConsumedCapacity"]
    }

    private static func units(_ units: Double) -> Document { ["CapacityUnits": .number("\(units)")] }
    private static func table(_ units: Double) -> Document { ["TableName": "things", "CapacityUnits": .number("\(units)"), "Table": Self.units(units)] }

    nonisolated static let wholePartition: Members = ["KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": [":p": s("p")]]

    @Test("a read counts what it evaluates, not what it returns", arguments: [
        ("Scan", [:], 1.5), ("Scan", ["ConsistentRead": true], 3), ("Scan", ["Select": "COUNT"], 1.5), ("Scan", ["ProjectionExpression": "sk"], 1.5),
        ("Scan", ["FilterExpression": "tag = :t", "ExpressionAttributeValues": [":t": s("absent")]], 1.5), ("Scan", ["Limit": 1], 0.5),
        ("Query", wholePartition, 1.5),
        ("Query", ["KeyConditionExpression": "pk = :p AND sk = :s", "ExpressionAttributeValues": [":p": s("p"), ":s": s("0")]], 0.5),
        ("Query", ["KeyConditionExpression": "pk = :p", "FilterExpression": "tag = :t", "ExpressionAttributeValues": [":p": s("p"), ":t": s("one")]], 1.5),
        ("Query", ["KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": [":p": s("nobody")]], 0.5),
        ("Query", ["KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": [":p": s("nobody")], "ConsistentRead": true], 1),
        ("GetItem", ["Key": key("p", "0")], 0.5), ("GetItem", ["Key": key("p", "0"), "ConsistentRead": true], 1), ("GetItem", ["Key": key("p", "9")], 0.5),
        ("GetItem", ["Key": key("p", "9"), "ConsistentRead": true], 1), ("GetItem", ["Key": key("p", "0"), "ProjectionExpression": "sk"], 0.5),
        ("ExecuteStatement", ["Statement": "SELECT * FROM things"], 1.5), ("ExecuteStatement", ["Statement": "SELECT sk FROM things WHERE tag = 'absent'"], 1.5),
        ("ExecuteStatement", ["Statement": "SELECT * FROM things WHERE tag = 'one'", "ConsistentRead": true], 3),
        ("ExecuteStatement", ["Statement": "SELECT * FROM things WHERE pk = 'p' AND tag = 'one'"], 1.5),
        ("ExecuteStatement", ["Statement": "SELECT * FROM things WHERE pk = 'p' AND sk = '0'"], 0.5),
        ("ExecuteStatement", ["Statement": "SELECT * FROM things WHERE tag = 'absent'", "Limit": 1], 0.5),
    ] as [(String, Members, Double)])
    func evaluated(operation: String, members: Members, expected: Double) async throws {
        try await makeItems()
        #expect(try await consumed(operation, members) == Self.table(expected))
    }

    @Test("a table without items still costs a read")
    func empty() async throws {
        try await cloud.makeTable()
        #expect(try await consumed("Scan", [:]) == Self.table(0.5))
        #expect(try await consumed("Scan", ["ConsistentRead": true]) == Self.table(1))
    }

    @Test("an index has the read, and the table nothing")
    func indexes() async throws {
        try await makeItems()
        let query = try await consumed("Query", ["IndexName": "global", "KeyConditionExpression": "tag = :t", "ExpressionAttributeValues": [":t": s("many")]])
        #expect(query == ["TableName": "things", "CapacityUnits": .number("1.5"), "Table": Self.units(0), "GlobalSecondaryIndexes": ["global": Self.units(1.5)]])
        var local = Self.wholePartition
        local["IndexName"] = "local"
        #expect(try await consumed("Query", local)
            == ["TableName": "things", "CapacityUnits": .number("0.5"), "Table": Self.units(0), "LocalSecondaryIndexes": ["local": Self.units(0.5)]])
    }

    @Test("what a local index fetches from the table counts for each item by its size", arguments: [(100, false, 2.0), (9000, false, 6), (9000, true, 12)])
    func fetches(bytes: Int, isConsistent: Bool, table: Double) async throws {
        try await makeItems(bytes)
        var members = Self.wholePartition
        members["IndexName"] = "local"
        members["Select"] = "ALL_ATTRIBUTES"
        members["ConsistentRead"] = .bool(isConsistent)
        let local = isConsistent ? 1 : 0.5
        let expected: Document = [
            "TableName": "things", "CapacityUnits": .number("\(table + local)"), "Table": Self.units(table), "LocalSecondaryIndexes": ["local": Self.units(local)],
        ]
        #expect(try await consumed("Query", members) == expected)
        let statement: Members = ["Statement": "SELECT filler FROM things.\"local\" WHERE pk = 'p'", "ConsistentRead": .bool(isConsistent)]
        #expect(try await consumed("ExecuteStatement", statement) == expected)
    }

    @Test("batches and transactions of reads count each item by itself, those that aren't there too")
    func several() async throws {
        try await makeItems()
        let batch = try await cloud.call("BatchGetItem", [
            "RequestItems": ["things": ["Keys": [key("p", "0"), key("p", "1"), key("p", "9")]]], "ReturnConsumedCapacity": "INDEXES",
        ])
        #expect(batch["ConsumedCapacity"] == [Self.table(1.5)])
        let gets = ["0", "1", "9"].map { sk -> Document in ["Get": ["TableName": "things", "Key": key("p", sk)]] }
        let transaction = try await cloud.call("TransactGetItems", ["TransactItems": .array(gets), "ReturnConsumedCapacity": "TOTAL"])
        #expect(transaction["ConsumedCapacity"] == [["TableName": "things", "ReadCapacityUnits": .number("6.0"), "CapacityUnits": .number("6.0")]])
    }

    @Test("counts and sizes of a table and its indexes are those of what they hold")
    func sizes() async throws {
        try await makeItems(10)
        func description() async throws -> Document? { try await cloud.call("DescribeTable", ["TableName": "things"])["Table"] }
        // pk p, sk 0, tag one or many, filler of 10: 3 + 3 + 6 or 7 + 16.
        var table = try await description()
        #expect(table?["ItemCount"] == 4)
        #expect(table?["TableSizeBytes"] == .int(28 + 3 * 29))
        #expect(table?["LocalSecondaryIndexes"]?[0]?["IndexSizeBytes"] == .int(12 + 3 * 13))
        #expect(table?["LocalSecondaryIndexes"]?[0]?["ItemCount"] == 4)
        #expect(table?["GlobalSecondaryIndexes"]?[0]?["IndexSizeBytes"] == .int(28 + 3 * 29))
        try await cloud.call("UpdateItem", ["TableName": "things", "Key": key("p", "0"), "UpdateExpression": "REMOVE tag"])
        try await cloud.call("DeleteItem", ["TableName": "things", "Key": key("p", "1")])
        table = try await description()
        #expect(table?["ItemCount"] == 3)
        #expect(table?["TableSizeBytes"] == .int(22 + 2 * 29))
        #expect(table?["LocalSecondaryIndexes"]?[0]?["IndexSizeBytes"] == .int(2 * 13))
        #expect(table?["LocalSecondaryIndexes"]?[0]?["ItemCount"] == 2)
        #expect(table?["GlobalSecondaryIndexes"]?[0]?["ItemCount"] == 2)
    }
}
