import JSON
import Kernel
import Testing
@testable import DynamoDB

@Suite("Transactions and batches")
@CloudActor
struct TransactionTests {
    let cloud = TestCloud()

    init() async throws {
        try await cloud.makeTable()
        try await cloud.put("things", item("a", "1", ["n": n(1)]))
    }

    func put(_ sk: String, _ members: Members = [:]) -> Document {
        var put: Members = ["TableName": "things", "Item": item("a", sk, ["n": n(7)])]
        for member in members { put[member.name] = member.value }
        return ["Put": .object(put)]
    }

    func write(_ items: [Document], _ members: Members = [:]) -> Document {
        var input: Members = ["TransactItems": .array(items)]
        for member in members { input[member.name] = member.value }
        return .object(input)
    }

    @Test("all or nothing, with every reason in its place")
    func reasons() async throws {
        let error = await cloud.error("TransactWriteItems", write([
            put("2"),
            put("1", ["ConditionExpression": "attribute_not_exists(pk)", "ReturnValuesOnConditionCheckFailure": "ALL_OLD"]),
            ["ConditionCheck": ["TableName": "things", "Key": key("a", "9"), "ConditionExpression": "attribute_exists(pk)"]],
            ["Delete": ["TableName": "things", "Key": ["pk": s("a")]]],
        ]))
        #expect(error?.code == "TransactionCanceledException")
        #expect(error?.message
            == "Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed, ConditionalCheckFailed, ValidationError]")
        #expect(error?.members["CancellationReasons"] == [
            ["Code": "None"],
            ["Item": item("a", "1", ["n": n(1)]), "Code": "ConditionalCheckFailed", "Message": "The conditional request failed"],
            ["Code": "ConditionalCheckFailed", "Message": "The conditional request failed"],
            ["Code": "ValidationError", "Message": "The provided key element does not match the schema"],
        ])
        #expect(try await cloud.call("Scan", ["TableName": "things"])["Count"] == 1)
    }

    @Test("all four kinds in one transaction")
    func kinds() async throws {
        try await cloud.put("things", item("a", "old"))
        #expect(try await cloud.call("TransactWriteItems", write([
            put("2"), ["Delete": ["TableName": "things", "Key": key("a", "old")]],
            ["Update": [
                "TableName": "things", "Key": key("a", "1"), "UpdateExpression": "ADD n :one", "ExpressionAttributeValues": [":one": n(1)],
            ]],
            ["ConditionCheck": ["TableName": "things", "Key": key("a", "3"), "ConditionExpression": "attribute_not_exists(pk)"]],
        ])) == [:])
        #expect(try await cloud.call("Scan", ["TableName": "things"])["Items"] == [item("a", "1", ["n": n(2)]), item("a", "2", ["n": n(7)])])
    }

    @Test("an item is written once in a transaction")
    func duplicates() async throws {
        #expect(await cloud.message("TransactWriteItems", write([put("2"), ["Delete": ["TableName": "things", "Key": key("a", "2")]]]))
            == "Transaction request cannot include multiple operations on one item")
        let many = (0..<101).map { put("\($0)") }
        #expect(await cloud.message("TransactWriteItems", write(many))?.hasSuffix(
            "at 'transactItems' failed to satisfy constraint: Member must have length less than or equal to 100") == true)
        #expect(await cloud.message("TransactWriteItems", write([]))
            == "1 validation error detected: Value '[]' at 'transactItems' failed to satisfy constraint: Member must have length greater than or equal to 1")
        #expect(await cloud.message("TransactWriteItems", write([["Put": [:]]]))
            == "2 validation errors detected: Value null at 'transactItems.1.member.put.item' failed to satisfy constraint: Member must not be null; "
            + "Value null at 'transactItems.1.member.put.tableName' failed to satisfy constraint: Member must not be null")
    }

    @Test("a token makes a transaction happen once in ten minutes, and mean the same")
    func tokens() async throws {
        func add(_ amount: Int) -> Document {
            write([["Update": [
                "TableName": "things", "Key": key("a", "1"), "UpdateExpression": "ADD n :v", "ExpressionAttributeValues": [":v": n(amount)],
            ]]], ["ClientRequestToken": "token", "ReturnConsumedCapacity": "TOTAL"])
        }
        func count() async throws -> Document? { try await cloud.get("things", key("a", "1"))?["n"] }
        #expect(try await cloud.call("TransactWriteItems", add(1))["ConsumedCapacity"]
            == [["TableName": "things", "WriteCapacityUnits": .number("2.0"), "CapacityUnits": .number("2.0")]])
        #expect(try await cloud.call("TransactWriteItems", add(1))["ConsumedCapacity"]
            == [["TableName": "things", "ReadCapacityUnits": .number("2.0"), "CapacityUnits": .number("2.0")]])
        #expect(try await count() == n(2))
        #expect(await cloud.error("TransactWriteItems", add(2))?.code == "IdempotentParameterMismatchException")
        cloud.environment.advance(to: noon + .seconds(10 * 60))
        try await cloud.call("TransactWriteItems", add(2))
        #expect(try await count() == n(4))
    }

    @Test("reading several at once, in the order asked")
    func get() async throws {
        let answer = try await cloud.call("TransactGetItems", [
            "ReturnConsumedCapacity": "INDEXES",
            "TransactItems": [
                ["Get": ["TableName": "things", "Key": key("a", "9")]], ["Get": ["TableName": "things", "Key": key("a", "1"), "ProjectionExpression": "n"]],
            ],
        ])
        #expect(answer["Responses"] == [[:], ["Item": ["n": n(1)]]])
        #expect(answer["ConsumedCapacity"] == [[
            "TableName": "things", "ReadCapacityUnits": .number("4.0"), "CapacityUnits": .number("4.0"),
            "Table": ["ReadCapacityUnits": .number("4.0"), "CapacityUnits": .number("4.0")],
        ]])
    }

    @Test("a batch writes and deletes, in several tables")
    func batchWrite() async throws {
        try await cloud.makeTable("others", sort: nil)
        let answer = try await cloud.call("BatchWriteItem", ["ReturnConsumedCapacity": "TOTAL", "RequestItems": [
            "things": [["PutRequest": ["Item": item("b", "1")]], ["DeleteRequest": ["Key": key("a", "1")]]], "others": [["PutRequest": ["Item": ["pk": s("x")]]]],
        ]])
        #expect(answer == [
            "UnprocessedItems": [:],
            "ConsumedCapacity": [["TableName": "things", "CapacityUnits": .number("2.0")], ["TableName": "others", "CapacityUnits": .number("1.0")]],
        ])
        #expect(try await cloud.call("Scan", ["TableName": "things"])["Items"] == [item("b", "1")])
        #expect(await cloud.message("BatchWriteItem", ["RequestItems": ["things": [["PutRequest": ["Item": item("b", "1")]], ["DeleteRequest": ["Key": key("b", "1")]]]]])
            == "Provided list of item keys contains duplicates")
        #expect(await cloud.message("BatchWriteItem", ["RequestItems": [:]])
            == "The requestItems parameter is required for BatchWriteItem")
        #expect(await cloud.error("BatchWriteItem", ["RequestItems": ["things": [["PutRequest": ["Item": item("c", "1")]]], "nothing": [["PutRequest": ["Item": ["pk": s("x")]]]]]])
            == AWSError("ResourceNotFoundException", "Requested resource not found"))
        #expect(try await cloud.get("things", key("c", "1")) == nil)
    }

    @Test("a batch of reads")
    func batchGet() async throws {
        let answer = try await cloud.call("BatchGetItem", ["RequestItems": ["things": ["Keys": [key("a", "1"), key("a", "2")], "ConsistentRead": true]], "ReturnConsumedCapacity": "TOTAL"])
        #expect(answer == [
            "Responses": ["things": [item("a", "1", ["n": n(1)])]], "UnprocessedKeys": [:],
            "ConsumedCapacity": [["TableName": "things", "CapacityUnits": .number("2.0")]],
        ])
        #expect(await cloud.message("BatchGetItem", ["RequestItems": ["things": ["Keys": [key("a", "1"), key("a", "1")]]]]) == "Provided list of item keys contains duplicates")
    }
}
