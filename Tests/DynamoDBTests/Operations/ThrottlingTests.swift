import JSON
import Kernel
import Testing
@testable import DynamoDB

@Suite("Throttling")
@CloudActor
struct ThrottlingTests {
    private let cloud = TestCloud(limits: DynamoDBService.Limits(isThrottled: true))

    private static let arn = "arn:aws:dynamodb:us-west-2:440939667227:table/things"
    private static let tableText =
        "The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API."
    private static let indexText =
        "The level of configured provisioned throughput for one or more global secondary indexes of the table was exceeded. "
        + "Consider increasing your provisioning level for the under-provisioned global secondary indexes with the UpdateTable API."

    private func makeTable(read: Int = 2, write: Int = 3, index: (read: Int, write: Int) = (2, 3)) async throws {
        try await cloud.makeTable("things", [
            "BillingMode": "PROVISIONED", "ProvisionedThroughput": ["ReadCapacityUnits": .int(read), "WriteCapacityUnits": .int(write)],
            "AttributeDefinitions": [["AttributeName": "g", "AttributeType": "S"]],
            "GlobalSecondaryIndexes": [[
                "IndexName": "by-g", "KeySchema": [["AttributeName": "g", "KeyType": "HASH"]], "Projection": ["ProjectionType": "KEYS_ONLY"],
                "ProvisionedThroughput": ["ReadCapacityUnits": .int(index.read), "WriteCapacityUnits": .int(index.write)],
            ]],
        ])
    }

    private func put(_ sk: String, _ attributes: Members = [:]) async -> AWSError? {
        await cloud.error("PutItem", ["TableName": "things", "Item": item("a", sk, attributes)])
    }

    private func get() async -> AWSError? { await cloud.error("GetItem", ["TableName": "things", "Key": key("a", "1"), "ConsistentRead": true]) }

    private func advance(_ seconds: Int64) { cloud.environment.advance(to: cloud.environment.clock.now + .seconds(seconds)) }

    private static func exceeded(_ text: String, _ reason: String, _ resource: String) -> AWSError {
        AWSError("ProvisionedThroughputExceededException", text, members: ["ThrottlingReasons": [["reason": .string(reason), "resource": .string(resource)]]])
    }

    @Test("a new table has the units of one second, and gets as many each second")
    func rate() async throws {
        try await makeTable()
        for number in 0..<3 { #expect(await put("\(number)") == nil) }
        let expected = Self.exceeded(Self.tableText, "TableWriteProvisionedThroughputExceeded", Self.arn)
        #expect(await put("3") == expected)
        advance(1)
        for number in 3..<6 { #expect(await put("\(number)") == nil) }
        #expect(await put("6") == expected)
        #expect(try await cloud.call("DescribeTable", ["TableName": "things"])["Table"]?["ItemCount"] == 6)
        // Reading has units of its own, and those of two seconds by now.
        for _ in 0..<4 { #expect(await get() == nil) }
        #expect(await get() == Self.exceeded(Self.tableText, "TableReadProvisionedThroughputExceeded", Self.arn))
    }

    @Test("what isn't used is kept for 300 seconds")
    func burst() async throws {
        try await makeTable(read: 2)
        advance(3600)
        for _ in 0..<600 { #expect(await get() == nil) }
        #expect(await get()?.code == "ProvisionedThroughputExceededException")
    }

    @Test("a request may take more than there is; the next waits until the debt is paid")
    func debt() async throws {
        try await makeTable(write: 3)
        #expect(await put("1", ["t": s(String(repeating: "x", count: 9000))]) == nil)
        advance(2)
        #expect(await put("2")?.code == "ProvisionedThroughputExceededException")
        advance(1)
        #expect(await put("2") == nil)
    }

    @Test("failed conditions take units, refused requests none")
    func failures() async throws {
        try await makeTable(write: 2)
        let failing: Document = ["TableName": "things", "Item": item("a", "1"), "ConditionExpression": "attribute_exists(pk)"]
        #expect(await cloud.error("PutItem", ["TableName": "things", "Item": ["pk": s("a")]])?.code == "ValidationException")
        for _ in 0..<2 { #expect(await cloud.error("PutItem", failing)?.code == "ConditionalCheckFailedException") }
        #expect(await cloud.error("PutItem", failing)?.code == "ProvisionedThroughputExceededException")
    }

    @Test("an index with nothing left stops the writes that touch it, and its reads")
    func index() async throws {
        try await makeTable(write: 9, index: (1, 1))
        #expect(await put("1", ["g": s("x")]) == nil)
        let resource = Self.arn + "/index/by-g"
        #expect(await put("2", ["g": s("x")]) == Self.exceeded(Self.indexText, "IndexWriteProvisionedThroughputExceeded", resource))
        #expect(await put("2") == nil)
        let query: Document = [
            "TableName": "things", "IndexName": "by-g", "KeyConditionExpression": "g = :g", "ExpressionAttributeValues": [":g": s("x")],
        ]
        for _ in 0..<2 { #expect(await cloud.error("Query", query) == nil) }
        #expect(await cloud.error("Query", query) == Self.exceeded(Self.indexText, "IndexReadProvisionedThroughputExceeded", resource))
        // The table has units all the same.
        #expect(await cloud.error("Scan", ["TableName": "things"]) == nil)
    }

    @Test("a batch does what it can, and fails where that is nothing")
    func batches() async throws {
        try await makeTable(read: 1, write: 3)
        let requests = (0..<5).map { number -> Document in ["PutRequest": ["Item": item("a", "\(number)")]] }
        let writes: Document = ["RequestItems": ["things": .array(requests)], "ReturnConsumedCapacity": "TOTAL"]
        let written = try await cloud.call("BatchWriteItem", writes)
        #expect(written["UnprocessedItems"] == ["things": .array(Array(requests[3...]))])
        #expect(written["ConsumedCapacity"] == [["TableName": "things", "CapacityUnits": .number("3.0")]])
        #expect(await cloud.error("BatchWriteItem", writes) == Self.exceeded(Self.tableText, "TableWriteProvisionedThroughputExceeded", Self.arn))
        let keys = (0..<4).map { key("a", "\($0)") }
        let reads: Document = ["RequestItems": ["things": ["Keys": .array(keys), "ProjectionExpression": "sk"]]]
        let read = try await cloud.call("BatchGetItem", reads)
        #expect(read["Responses"]?["things"]?.texts("sk") == ["0", "1"])
        #expect(read["UnprocessedKeys"] == ["things": ["Keys": .array(Array(keys[2...])), "ProjectionExpression": "sk"]])
        #expect(await cloud.error("BatchGetItem", reads)?.code == "ProvisionedThroughputExceededException")
    }

    @Test("transactions are cancelled")
    func transactions() async throws {
        try await makeTable(read: 1, write: 1)
        func write(_ sk: String) -> Document { ["TransactItems": [["Put": ["TableName": "things", "Item": item("a", sk)]]]] }
        #expect(await cloud.error("TransactWriteItems", write("1")) == nil)
        let error = await cloud.error("TransactWriteItems", write("2"))
        #expect(error?.message == "Transaction cancelled, please refer cancellation reasons for specific reasons [ProvisionedThroughputExceeded]")
        #expect(error?.members["CancellationReasons"] == [["Code": "ProvisionedThroughputExceeded", "Message": .string(Self.tableText)]])
        // It took two units a second that gives one.
        advance(1)
        #expect(await put("3")?.code == "ProvisionedThroughputExceededException")
        advance(1)
        #expect(await put("3") == nil)
        let read: Document = ["TransactItems": [["Get": ["TableName": "things", "Key": key("a", "1")]]]]
        advance(3)
        // Six units, of which each takes two.
        for _ in 0..<3 { #expect(await cloud.error("TransactGetItems", read) == nil) }
        #expect(await cloud.error("TransactGetItems", read)?.code == "TransactionCanceledException")
    }

    @Test("statements are throttled as what they do is")
    func statements() async throws {
        try await makeTable(read: 1, write: 1)
        #expect(await cloud.error("ExecuteStatement", ["Statement": "INSERT INTO things VALUE {'pk': 'a', 'sk': '1'}"]) == nil)
        #expect(await cloud.error("ExecuteStatement", ["Statement": "INSERT INTO things VALUE {'pk': 'a', 'sk': '2'}"])?.code == "ProvisionedThroughputExceededException")
        let select: Document = ["Statement": "SELECT * FROM things WHERE pk = 'a' AND sk = '1'"]
        for _ in 0..<2 { #expect(await cloud.error("ExecuteStatement", select) == nil) }
        #expect(await cloud.error("ExecuteStatement", select)?.code == "ProvisionedThroughputExceededException")
        let batch = try await cloud.call("BatchExecuteStatement", ["Statements": [select]])
        #expect(batch["Responses"]?[0]?["Error"] == ["Code": "ProvisionedThroughputExceeded", "Message": .string(Self.tableText)])
    }

    @Test("an on-demand table has the maximum that is set for it")
    func onDemand() async throws {
        try await cloud.makeTable("things", ["OnDemandThroughput": ["MaxReadRequestUnits": 1, "MaxWriteRequestUnits": 2]])
        for number in 0..<2 { #expect(await put("\(number)") == nil) }
        #expect(await put("2") == AWSError(
            "ThrottlingException", "Throughput exceeds the maximum OnDemandThroughput configured on table or index", namespace: "com.amazon.coral.availability",
            members: ["throttlingReasons": [["reason": "TableWriteMaxOnDemandThroughputExceeded", "resource": .string(Self.arn)]]]))
        #expect(await get() == nil)
        #expect(await get()?.code == "ThrottlingException")
        let transaction: Document = ["TransactItems": [["Put": ["TableName": "things", "Item": item("a", "2")]]]]
        #expect(await cloud.error("TransactWriteItems", transaction)?.members["CancellationReasons"]?[0]?["Code"] == "ThrottlingError")
    }

    @Test("a new rate holds from the change on")
    func change() async throws {
        try await makeTable(write: 1)
        #expect(await put("1") == nil)
        #expect(await put("2") != nil)
        try await cloud.call("UpdateTable", ["TableName": "things", "ProvisionedThroughput": ["ReadCapacityUnits": 2, "WriteCapacityUnits": 5]])
        advance(1)
        for number in 2..<7 { #expect(await put("\(number)") == nil) }
        #expect(await put("7") != nil)
    }

    @Test("what is left is part of a snapshot")
    func snapshots() async throws {
        try await makeTable(write: 2)
        #expect(await put("1") == nil)
        cloud.environment.takeSnapshot("one left")
        #expect(await put("2") == nil)
        #expect(await put("3") != nil)
        #expect(cloud.environment.restoreSnapshot("one left"))
        #expect(await put("2") == nil)
        #expect(await put("3") != nil)
    }

    @Test("without the option nothing is throttled")
    func off() async throws {
        let cloud = TestCloud()
        try await cloud.makeTable("things", ["BillingMode": "PROVISIONED", "ProvisionedThroughput": ["ReadCapacityUnits": 1, "WriteCapacityUnits": 1]])
        for number in 0..<9 { try await cloud.put("things", item("a", "\(number)")) }
    }
}
