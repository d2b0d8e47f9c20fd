import JSON
import Kernel
import Testing
@testable import DynamoDB

/// Figures measured of AWS: a table `pk`, `sk` with a global index on `g` that includes `proj`, and a local one on `l` that has everything.
@Suite("Write capacity")
@CloudActor
struct WriteCapacityTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// The item that is there before.
        var before: Members?
        var write: Write
        var table: Double
        var global: Double?
        var local: Double?

        init(_ name: String, _ before: Members?, _ write: Write, _ table: Double, global: Double? = nil, local: Double? = nil) {
            (testDescription, self.before, self.write, self.table, self.global, self.local) = (name, before, write, table, global, local)
        }
    }

    enum Write: Sendable {
        case put(Members)
        case update(String, Members)
        case delete
    }

    nonisolated static func text(_ count: Int) -> Document { s(String(repeating: "x", count: count)) }
    nonisolated static let both: Members = ["g": s("g1"), "l": s("L1"), "proj": s("p"), "rest": s("o")]

    nonisolated static let cases = [
        Case("an item in neither index", nil, .put(["rest": s("o")]), 1),
        Case("an item in the global index", nil, .put(["g": s("g1")]), 1, global: 1),
        Case("an item in the local index", nil, .put(["l": s("L1")]), 1, local: 1),
        Case("an item in both", nil, .put(both), 1, global: 1, local: 1),
        Case("an overwriting that changes nothing", both, .put(both), 1),
        Case("a large overwriting that changes nothing", ["g": s("g1"), "proj": text(3000)], .put(["g": s("g1"), "proj": text(3000)]), 3),
        Case("a set in another order", ["g": s("g1"), "proj": ["SS": ["a", "b"]]], .put(["g": s("g1"), "proj": ["SS": ["b", "a"]]]), 1),
        Case("what the global index doesn't project", both, .update("SET rest = :v", [":v": s("o2")]), 1, local: 1),
        Case("what both project", both, .update("SET proj = :v", [":v": s("p2")]), 1, global: 1, local: 1),
        Case("the global index's key moves", both, .update("SET g = :v", [":v": s("g2")]), 1, global: 2, local: 1),
        Case("the global index's key goes", both, .update("REMOVE g", [:]), 1, global: 1, local: 1),
        Case("the local index's key moves", both, .update("SET l = :v", [":v": s("L2")]), 1, local: 2),
        Case("an update makes the item", nil, .update("SET g = :g, l = :l", [":g": s("g1"), ":l": s("L1")]), 1, global: 1, local: 1),
        Case("an update that changes nothing", both, .update("SET rest = :v", [":v": s("o")]), 1),
        Case("a deletion from both", both, .delete, 1, global: 1, local: 1),
        Case("a deletion from neither", ["rest": s("o")], .delete, 1),
        Case("a deletion of nothing", nil, .delete, 1),
        Case("the table's item large, the index's small", nil, .put(["g": s("g"), "proj": s("p"), "rest": text(3000)]), 3, global: 1),
        Case("an entry grows", ["g": s("g"), "proj": s("p")], .update("SET proj = :v", [":v": text(3000)]), 3, global: 3),
        Case("an entry shrinks", ["g": s("g"), "proj": text(3000)], .update("SET proj = :v", [":v": s("p")]), 3, global: 3),
        Case("an item shrinks", ["rest": text(3000)], .put([:]), 3),
        Case("a moved entry, each half by itself", ["g": s("A"), "proj": text(1500)], .update("SET g = :v", [":v": s("B")]), 2, global: 4),
        Case("a moved entry that shrinks", ["g": s("A"), "proj": text(3000)], .update("SET g = :g, proj = :v", [":g": s("B"), ":v": s("p")]), 3, global: 4),
        Case("a large item is deleted", ["g": s("g"), "proj": text(3000)], .delete, 3, global: 3),
        Case("a large entry goes", ["g": s("g"), "proj": text(3000)], .update("REMOVE g", [:]), 3, global: 3),
        Case("exactly a kilobyte", nil, .put(["o": text(1024 - 7)]), 1),
        Case("a byte more", nil, .put(["o": text(1024 - 6)]), 2),
    ]

    private let cloud = TestCloud()

    private func makeTable() async throws {
        try await cloud.makeTable("things", [
            "AttributeDefinitions": [["AttributeName": "g", "AttributeType": "S"], ["AttributeName": "l", "AttributeType": "S"]],
            "GlobalSecondaryIndexes": [[
                "IndexName": "global", "KeySchema": [["AttributeName": "g", "KeyType": "HASH"]], "Projection": ["ProjectionType": "INCLUDE", "NonKeyAttributes": ["proj"]],
            ]],
            "LocalSecondaryIndexes": [[
                "IndexName": "local", "KeySchema": [["AttributeName": "pk", "KeyType": "HASH"], ["AttributeName": "l", "KeyType": "RANGE"]],
                "Projection": ["ProjectionType": "ALL"],
            ]],
        ])
    }

    private static func item(_ members: Members) -> Document { DynamoDBTests.item("a", "1", members) }

    private func arrange(_ example: Case) async throws {
        try await makeTable()
        if let before = example.before { try await cloud.put("things", Self.item(before)) }
    }

    /// The members of a request for the write, with those that every kind has.
    private static func request(_ write: Write, _ others: Members) -> (operation: String, members: Members) {
        var members: Members = ["TableName": "things"]
        let operation: String
        switch write {
        case .put(let attributes):
            operation = "Put"
            members.append("Item", item(attributes))
        case .update(let expression, let values):
            operation = "Update"
            members.append("Key", key("a", "1"))
            members.append("UpdateExpression", .string(expression))
            if !values.isEmpty { members.append("ExpressionAttributeValues", .object(values)) }
        case .delete:
            operation = "Delete"
            members.append("Key", key("a", "1"))
        }
        for other in others { members.append(other.name, other.value) }
        return (operation, members)
    }

    /// What `ConsumedCapacity` must be.
    private static func consumed(_ example: Case, factor: Double = 1, member: String? = nil, name: Document = "things") -> Document {
        func units(_ units: Double) -> Members {
            var members = Members()
            if let member { members.append(member, .number("\(units)")) }
            members.append("CapacityUnits", .number("\(units)"))
            return members
        }
        let table = example.table * factor
        var members: Members = ["TableName": name]
        for unit in units(table + (example.global ?? 0) + (example.local ?? 0)) { members.append(unit.name, unit.value) }
        members.append("Table", .object(units(table)))
        if let local = example.local { members.append("LocalSecondaryIndexes", ["local": .object(units(local))]) }
        if let global = example.global { members.append("GlobalSecondaryIndexes", ["global": .object(units(global))]) }
        return .object(members)
    }

    @Test("one item: by the change of what the table and each index hold", arguments: cases)
    func single(example: Case) async throws {
        try await arrange(example)
        let (operation, members) = Self.request(example.write, ["ReturnConsumedCapacity": "INDEXES"])
        #expect(try await cloud.call("\(operation)Item", .object(members))["ConsumedCapacity"] == Self.consumed(example))
    }

    @Test("the total alone is the same", arguments: cases)
    func total(example: Case) async throws {
        try await arrange(example)
        let (operation, members) = Self.request(example.write, ["ReturnConsumedCapacity": "TOTAL"])
        let total = example.table + (example.global ?? 0) + (example.local ?? 0)
        #expect(try await cloud.call("\(operation)Item", .object(members))["ConsumedCapacity"] == ["TableName": "things", "CapacityUnits": .number("\(total)")])
    }

    @Test("a transaction doubles the table's units and no index's", arguments: cases)
    func transaction(example: Case) async throws {
        try await arrange(example)
        let (operation, members) = Self.request(example.write, [:])
        let answer = try await cloud.call("TransactWriteItems", [
            "TransactItems": [.object(Members([.init(name: operation, value: .object(members))]))], "ReturnConsumedCapacity": "INDEXES",
        ])
        #expect(answer["ConsumedCapacity"] == [Self.consumed(example, factor: 2, member: "WriteCapacityUnits")])
    }

    @Test("a batch counts as its writes by themselves do", arguments: cases)
    func batch(example: Case) async throws {
        let request: Document
        switch example.write {
        case .put(let attributes): request = ["PutRequest": ["Item": Self.item(attributes)]]
        case .delete: request = ["DeleteRequest": ["Key": key("a", "1")]]
        case .update: return
        }
        try await arrange(example)
        let answer = try await cloud.call("BatchWriteItem", ["RequestItems": ["things": [request]], "ReturnConsumedCapacity": "INDEXES"])
        #expect(answer["ConsumedCapacity"] == [Self.consumed(example)])
    }

    @Test("a batch sums each table's arms, and tables keep their order")
    func sums() async throws {
        try await makeTable()
        try await cloud.makeTable("others")
        func put(_ sk: String, _ attributes: Members) -> Document { ["PutRequest": ["Item": DynamoDBTests.item("a", sk, attributes)]] }
        let answer = try await cloud.call("BatchWriteItem", [
            "RequestItems": [
                "others": [put("1", [:])],
                "things": [put("1", ["g": s("g"), "l": s("l")]), put("2", ["g": s("g")]), put("3", [:])],
            ],
            "ReturnConsumedCapacity": "INDEXES",
        ])
        let sum = Case("", nil, .delete, 3, global: 2, local: 1)
        #expect(answer["ConsumedCapacity"] == [
            ["TableName": "others", "CapacityUnits": .number("1.0"), "Table": ["CapacityUnits": .number("1.0")]], Self.consumed(sum),
        ])
    }

    @Test("a check in a transaction counts as a write of the item that it looks at")
    func check() async throws {
        try await makeTable()
        try await cloud.put("things", DynamoDBTests.item("a", "1", ["rest": Self.text(3000), "g": s("g")]))
        let answer = try await cloud.call("TransactWriteItems", [
            "TransactItems": [["ConditionCheck": ["TableName": "things", "Key": key("a", "1"), "ConditionExpression": "attribute_exists(pk)"]]],
            "ReturnConsumedCapacity": "INDEXES",
        ])
        #expect(answer["ConsumedCapacity"] == [Self.consumed(Case("", nil, .delete, 6), member: "WriteCapacityUnits")])
    }

    @Test("the same transaction again reads what the first one saw or left, the larger", arguments: [
        (Write.put([:]), 9000, 18.0, 6.0), (.put(["proj": text(9000)]), 1, 18, 6), (.delete, 9000, 18, 6), (.put(["proj": text(1500)]), 1, 4, 2), (.delete, 1, 2, 2),
    ])
    func replay(write: Write, before: Int, first: Double, again: Double) async throws {
        let store = MemoryStore()
        let cloud = TestCloud(store: store)
        cloud.environment.attach()
        defer { cloud.environment.detach() }
        try await cloud.makeTable()
        try await cloud.put("things", DynamoDBTests.item("a", "1", ["proj": Self.text(before)]))
        let (operation, members) = Self.request(write, [:])
        let request: Document = [
            "TransactItems": [.object(Members([.init(name: operation, value: .object(members))]))], "ClientRequestToken": "token", "ReturnConsumedCapacity": "TOTAL",
        ]
        func units(_ member: String, _ units: Double) -> Document {
            [.object(Members([.init(name: "TableName", value: "things"), .init(name: member, value: .number("\(units)")), .init(name: "CapacityUnits", value: .number("\(units)"))]))]
        }
        #expect(try await cloud.call("TransactWriteItems", request)["ConsumedCapacity"] == units("WriteCapacityUnits", first))
        #expect(try await cloud.call("TransactWriteItems", request)["ConsumedCapacity"] == units("ReadCapacityUnits", again))
        // What it takes is remembered with the token.
        await cloud.environment.journal.commit()
        let restarted = TestCloud(store: store)
        try restarted.environment.load()
        #expect(try await restarted.call("TransactWriteItems", request)["ConsumedCapacity"] == units("ReadCapacityUnits", again))
    }

    @Test("answers name a table as the request does: by its ARN where it did")
    func arn() async throws {
        try await makeTable()
        let arn: Document = "arn:aws:dynamodb:us-west-2:440939667227:table/things"
        let capacity: Document = ["TableName": arn, "CapacityUnits": .number("1.0")]
        let put = try await cloud.call("PutItem", ["TableName": arn, "Item": Self.item([:]), "ReturnConsumedCapacity": "TOTAL"])
        #expect(put["ConsumedCapacity"] == capacity)
        let get = try await cloud.call("GetItem", ["TableName": arn, "Key": key("a", "1"), "ConsistentRead": true, "ReturnConsumedCapacity": "TOTAL"])
        #expect(get["ConsumedCapacity"] == capacity)
        let scan = try await cloud.call("Scan", ["TableName": arn, "ConsistentRead": true, "ReturnConsumedCapacity": "TOTAL"])
        #expect(scan["ConsumedCapacity"] == capacity)
    }
}
