import JSON
import Kernel
import Testing
@testable import DynamoDB

/// Figures measured of AWS.
@Suite("PartiQL: capacity")
@CloudActor
struct StatementCapacityTests {
    private let cloud = TestCloud()

    private func makeTable(_ name: String = "things") async throws {
        try await cloud.makeTable(name, [
            "AttributeDefinitions": [["AttributeName": "g", "AttributeType": "S"]],
            "GlobalSecondaryIndexes": [[
                "IndexName": "global", "KeySchema": [["AttributeName": "g", "KeyType": "HASH"]], "Projection": ["ProjectionType": "KEYS_ONLY"],
            ]],
        ])
    }

    private func batch(_ statements: [String]) async throws -> Document? {
        try await cloud.call("BatchExecuteStatement", [
            "Statements": .array(statements.map { ["Statement": .string($0)] }), "ReturnConsumedCapacity": "INDEXES",
        ])["ConsumedCapacity"]
    }

    private static func units(_ units: Double) -> Document { ["CapacityUnits": .number("\(units)")] }

    private static func consumed(_ total: Double, table: Double, global: Double, name: Document = "things") -> Document {
        [
            "TableName": name, "CapacityUnits": .number("\(total)"), "Table": units(table),
            "GlobalSecondaryIndexes": ["global": units(global)],
        ]
    }

    @Test("a batch of statements sums by table, in the order in which tables come")
    func sums() async throws {
        try await makeTable()
        try await makeTable("others")
        let consumed = try await batch([
            "INSERT INTO others VALUE {'pk': 'a', 'sk': '1', 'g': 'x'}", "INSERT INTO things VALUE {'pk': 'a', 'sk': '1', 'g': 'x'}",
            "INSERT INTO others VALUE {'pk': 'b', 'sk': '1', 'g': 'x'}",
        ])
        #expect(consumed == [Self.consumed(4, table: 2, global: 2, name: "others"), Self.consumed(2, table: 1, global: 1)])
    }

    @Test("a failed statement of a batch is in the total alone, at the size of the item that is there")
    func failures() async throws {
        try await makeTable()
        try await cloud.put("things", item("u1", "1", ["t": s(String(repeating: "x", count: 3000))]))
        for pk in ["u3", "u4"] { try await cloud.put("things", item(pk, "1")) }
        func insert(_ pk: String) -> String { "INSERT INTO things VALUE {'pk': '\(pk)', 'sk': '1', 'g': 'x'}" }
        #expect(try await batch([insert("u3"), insert("u4"), insert("u1"), insert("u5")]) == [Self.consumed(7, table: 1, global: 1)])
        // Where nothing succeeds nothing is said.
        #expect(try await batch([insert("u3")]) == nil)
        #expect(try await batch(["SELECT"]) == nil)
    }

    @Test("a transaction of statements doubles the table's units and no index's")
    func transaction() async throws {
        try await makeTable()
        let answer = try await cloud.call("ExecuteTransaction", [
            "TransactStatements": [["Statement": "INSERT INTO things VALUE {'pk': 'a', 'sk': '1', 'g': 'x'}"]], "ReturnConsumedCapacity": "INDEXES",
        ])
        func units(_ text: String) -> Document { ["WriteCapacityUnits": .number(text), "CapacityUnits": .number(text)] }
        #expect(answer["ConsumedCapacity"] == [[
            "TableName": "things", "WriteCapacityUnits": .number("3.0"), "CapacityUnits": .number("3.0"), "Table": units("2.0"),
            "GlobalSecondaryIndexes": ["global": units("1.0")],
        ]])
    }
}
