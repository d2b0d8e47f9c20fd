import JSON
import Kernel
import Testing
@testable import DynamoDB

/// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LSI.html#LSI.ItemCollections.SizeLimit
@Suite("The size limit of item collections")
@CloudActor
struct CollectionLimitTests {
    /// An item `pk` a, `sk` one digit, `l` L and 100 bytes in `t` has 109 bytes, and 8 in the local index.
    private let cloud = TestCloud(limits: DynamoDBService.Limits(collectionBytes: 250))

    private func makeTable() async throws {
        try await cloud.makeTable("things", [
            "AttributeDefinitions": [["AttributeName": "l", "AttributeType": "S"]],
            "LocalSecondaryIndexes": [[
                "IndexName": "local", "KeySchema": [["AttributeName": "pk", "KeyType": "HASH"], ["AttributeName": "l", "KeyType": "RANGE"]],
                "Projection": ["ProjectionType": "KEYS_ONLY"],
            ]],
        ])
        for sk in ["1", "2"] { try await cloud.put("things", Self.item("a", sk)) }
    }

    private static func item(_ pk: String, _ sk: String, _ bytes: Int = 100) -> Document {
        DynamoDBTests.item(pk, sk, ["l": s("L"), "t": s(String(repeating: "x", count: bytes))])
    }

    static let exceeded = AWSError("ItemCollectionSizeLimitExceededException", "Collection size exceeded.")

    @Test("nothing makes a collection grow beyond it")
    func grows() async throws {
        try await makeTable()
        #expect(await cloud.error("PutItem", ["TableName": "things", "Item": Self.item("a", "3")]) == Self.exceeded)
        #expect(await cloud.error("PutItem", ["TableName": "things", "Item": Self.item("a", "2", 117)]) == Self.exceeded)
        let update: Document = [
            "TableName": "things", "Key": key("a", "1"), "UpdateExpression": "SET t = :t", "ExpressionAttributeValues": [":t": s(String(repeating: "x", count: 117))],
        ]
        #expect(await cloud.error("UpdateItem", update) == Self.exceeded)
        #expect(await cloud.error("ExecuteStatement", ["Statement": "INSERT INTO things VALUE {'pk': 'a', 'sk': '3', 'l': 'L', 't': '0123456789'}"]) == Self.exceeded)
        #expect(try await cloud.call("Scan", ["TableName": "things"])["Count"] == 2)
    }

    @Test("to the last byte it may be filled, and shrink at any size")
    func shrinks() async throws {
        try await makeTable()
        #expect(await cloud.error("PutItem", ["TableName": "things", "Item": Self.item("a", "2", 116)]) == nil)
        #expect(await cloud.error("PutItem", ["TableName": "things", "Item": Self.item("a", "2", 117)]) == Self.exceeded)
        #expect(await cloud.error("PutItem", ["TableName": "things", "Item": Self.item("a", "2", 90)]) == nil)
        #expect(await cloud.error("DeleteItem", ["TableName": "things", "Key": key("a", "1")]) == nil)
        #expect(await cloud.error("PutItem", ["TableName": "things", "Item": Self.item("a", "3")]) == nil)
    }

    @Test("other collections, and tables without local indexes, have room")
    func others() async throws {
        try await makeTable()
        #expect(await cloud.error("PutItem", ["TableName": "things", "Item": Self.item("b", "1")]) == nil)
        try await cloud.makeTable("plain")
        for number in 0..<9 { #expect(await cloud.error("PutItem", ["TableName": "plain", "Item": Self.item("a", "\(number)")]) == nil) }
    }

    @Test("writes of one request are counted together")
    func together() async throws {
        try await makeTable()
        func put(_ sk: String) -> Document { ["PutRequest": ["Item": Self.item("b", sk)]] }
        #expect(await cloud.error("BatchWriteItem", ["RequestItems": ["things": [put("1"), put("2"), put("3")]]]) == Self.exceeded)
        #expect(await cloud.error("BatchWriteItem", ["RequestItems": ["things": [put("1"), put("2")]]]) == nil)
        let error = await cloud.error("TransactWriteItems", ["TransactItems": .array(["1", "2", "3"].map { ["Put": ["TableName": "things", "Item": Self.item("c", $0)]] })])
        #expect(error?.message == "Transaction cancelled, please refer cancellation reasons for specific reasons [None, None, ItemCollectionSizeLimitExceeded]")
        #expect(error?.members["CancellationReasons"]?[2] == ["Code": "ItemCollectionSizeLimitExceeded", "Message": "Collection size exceeded."])
        #expect(try await cloud.call("Scan", ["TableName": "things"])["Count"] == 4)
    }

    @Test("a batch shows each collection once, with its size")
    func metrics() async throws {
        try await makeTable()
        func put(_ pk: String, _ sk: String) -> Document { ["PutRequest": ["Item": DynamoDBTests.item(pk, sk)]] }
        let answer = try await cloud.call("BatchWriteItem", [
            "RequestItems": ["things": [put("a", "4"), put("b", "1"), put("b", "2")]], "ReturnItemCollectionMetrics": "SIZE",
        ])
        let range: Document = [.number("0.0"), .number("1.0")]
        #expect(answer["ItemCollectionMetrics"] == [
            "things": [["ItemCollectionKey": ["pk": s("a")], "SizeEstimateRangeGB": range], ["ItemCollectionKey": ["pk": s("b")], "SizeEstimateRangeGB": range]],
        ])
    }
}
