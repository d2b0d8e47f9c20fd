import JSON
import Kernel
import Testing
@testable import DynamoDB

@Suite("Rules for tables")
@CloudActor
struct TableRuleTests {
    let cloud = TestCloud()

    nonisolated static func element(_ name: String, _ type: String) -> Document { ["AttributeName": .string(name), "KeyType": .string(type)] }

    /// A table of partition key `a` and sort key `b`, on demand.
    func create(_ members: Members) async -> String? {
        var input: Members = [
            "TableName": "abc", "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [["AttributeName": "a", "AttributeType": "S"], ["AttributeName": "b", "AttributeType": "S"]],
            "KeySchema": [Self.element("a", "HASH"), Self.element("b", "RANGE")],
        ]
        for member in members { input[member.name] = member.value }
        return await cloud.message("CreateTable", .object(input))
    }

    @Test("keys of a table", arguments: [
        ([element("a", "HASH"), element("a", "RANGE")], "Both the Hash Key and the Range Key element in the KeySchema have the same name"),
        ([element("a", "RANGE"), element("b", "HASH")], "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"),
        ([element("a", "HASH"), element("b", "HASH")], "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type"),
        ([element("a", "HASH"), element("x", "RANGE")],
            "One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. Keys: [x, a], AttributeDefinitions: [b, a]"),
        ([element("a", "HASH"), element("b", "RANGE"), element("a", "RANGE")],
            "1 validation error detected: Value '[KeySchemaElement(attributeName=a, keyType=HASH), KeySchemaElement(attributeName=b, keyType=RANGE), "
                + "KeySchemaElement(attributeName=a, keyType=RANGE)]' at 'keySchema' failed to satisfy constraint: Member must have length less than or equal to 2"),
        ([element("a", "HASH")],
            "One or more parameter values were invalid: Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions"),
    ])
    func keys(keys: [Document], message: String) async {
        #expect(await create(["KeySchema": .array(keys)]) == message)
    }

    nonisolated static func index(_ name: String, _ keys: [Document], _ projection: Document = ["ProjectionType": "ALL"]) -> Document {
        ["IndexName": .string(name), "KeySchema": .array(keys), "Projection": projection]
    }

    @Test("projections", arguments: [
        ([:], "One or more parameter values were invalid: Unknown ProjectionType: null"),
        (["ProjectionType": "ALL", "NonKeyAttributes": ["x"]], "One or more parameter values were invalid: ProjectionType is ALL, but NonKeyAttributes is specified"),
        (["ProjectionType": "INCLUDE"], "One or more parameter values were invalid: ProjectionType is INCLUDE, but NonKeyAttributes is not specified"),
        (["ProjectionType": "INCLUDE", "NonKeyAttributes": []],
            "1 validation error detected: Value '[]' at 'globalSecondaryIndexes.1.member.projection.nonKeyAttributes' failed to satisfy constraint: "
                + "Member must have length greater than or equal to 1"),
        (["ProjectionType": "INCLUDE", "NonKeyAttributes": ["x", ""]],
            "1 validation error detected: Value '[x, ]' at 'globalSecondaryIndexes.1.member.projection.nonKeyAttributes' failed to satisfy constraint: "
                + "Member must satisfy constraint: [Member must have length less than or equal to 255, Member must have length greater than or equal to 1]"),
    ] as [(Document, String)])
    func projections(projection: Document, message: String) async {
        #expect(await create(["GlobalSecondaryIndexes": [Self.index("byB", [Self.element("b", "HASH")], projection)]]) == message)
    }

    @Test("all indexes of a table project 100 attributes by name together")
    func manyProjected() async {
        func indexes(_ count: Int, last: Int) -> Document {
            .array((1...count).map { number in
                let names = (0..<(number == count ? last : 20)).map { Document.string("x\($0)") }
                return Self.index("index\(number)", [Self.element("b", "HASH")], ["ProjectionType": "INCLUDE", "NonKeyAttributes": .array(names)])
            })
        }
        #expect(await create(["GlobalSecondaryIndexes": indexes(6, last: 1)])
            == "One or more parameter values were invalid: Number of NonKeyAttributes projected across all indexes exceeds per-table limit of 100")
        #expect(await create(["GlobalSecondaryIndexes": indexes(5, last: 20)]) == nil)
    }

    @Test("how many indexes a table may have")
    func manyIndexes() async {
        func indexes(_ count: Int, _ keys: [Document]) -> Document { .array((1...count).map { Self.index("index\($0)", keys) }) }
        let local = [Self.element("a", "HASH"), Self.element("b", "RANGE")]
        #expect(await create(["LocalSecondaryIndexes": indexes(6, local)])
            == "One or more parameter values were invalid: Number of LocalSecondaryIndexes exceeds per-table limit of 5")
        #expect(await create(["GlobalSecondaryIndexes": indexes(21, [Self.element("b", "HASH")])])
            == "One or more parameter values were invalid: GlobalSecondaryIndex count exceeds the per-table limit of 20")
        #expect(await create(["LocalSecondaryIndexes": indexes(5, local), "GlobalSecondaryIndexes": .array([Self.index("index1", [Self.element("b", "HASH")])])])
            == "One or more parameter values were invalid: Duplicate index name: index1")
    }

    @Test("an index without members: its name is missed first, its keys next, then its projection")
    func emptyIndexes() async {
        let message = await create(["LocalSecondaryIndexes": .array(Array(repeating: [:], count: 9))])
        let missed = [1, 1, 1, 2, 2, 2, 3, 3, 3, 4].enumerated().map { position, index in
            "Value null at 'localSecondaryIndexes.\(index).member.\(["indexName", "keySchema", "projection"][position % 3])' failed to satisfy constraint: Member must not be null"
        }
        #expect(message == "10 validation errors detected: " + missed.joined(separator: "; "))
    }

    @Test("an index's throughput goes with the table's billing, and is looked at after its keys")
    func throughput() async {
        var index = Self.index("byB", [Self.element("b", "HASH")]).object ?? Members()
        index["ProvisionedThroughput"] = ["ReadCapacityUnits": 1, "WriteCapacityUnits": 1]
        #expect(await create(["GlobalSecondaryIndexes": [.object(index)]])
            == "One or more parameter values were invalid: ProvisionedThroughput should not be specified for index: byB when BillingMode is PAY_PER_REQUEST")
        index["KeySchema"] = [Self.element("b", "RANGE")]
        #expect(await create(["GlobalSecondaryIndexes": [.object(index)]]) == "Invalid KeySchema: The first KeySchemaElement is not a HASH key type")
    }
}
