import JSON
import Kernel
import Testing
@testable import DynamoDB

@Suite("PartiQL: batches and transactions")
@CloudActor
struct StatementBatchTests {
    let cloud = TestCloud()

    init() async throws {
        try await cloud.makeTable()
        try await cloud.put("things", item("a", "1", ["n": n(1)]))
    }

    private func batch(_ statements: [String], _ members: Members = [:]) -> Document {
        var input: Members = ["Statements": .array(statements.map { ["Statement": .string($0)] })]
        for member in members { input.append(member.name, member.value) }
        return .object(input)
    }

    private func transaction(_ statements: [String], _ members: Members = [:]) -> Document {
        var input: Members = ["TransactStatements": .array(statements.map { ["Statement": .string($0)] })]
        for member in members { input.append(member.name, member.value) }
        return .object(input)
    }

    // MARK: Batches

    @Test("each statement of a batch answers or fails by itself")
    func writes() async throws {
        let answer = try await cloud.call("BatchExecuteStatement", batch([
            "INSERT INTO things VALUE {'pk': 'b', 'sk': '1'}", "INSERT INTO things VALUE {'pk': 'a', 'sk': '1'}",
            "UPDATE things SET n = 2 WHERE pk = 'a' AND sk = '1' RETURNING ALL NEW *", "SLECT", "DELETE FROM nowhere WHERE pk = 'a'",
            "UPDATE things SET n = 2 WHERE pk = 'z' AND sk = '1'",
        ]))
        #expect(answer["Responses"] == [
            ["TableName": "things"], ["TableName": "things", "Error": ["Code": "DuplicateItem", "Message": "Duplicate primary key exists in table"]],
            ["TableName": "things", "Item": item("a", "1", ["n": n(2)])],
            ["Error": ["Code": "ValidationError", "Message": .string(malformed + "Expected data manipulation")]],
            ["Error": ["Code": "ResourceNotFound", "Message": "Requested resource not found"]],
            ["TableName": "things", "Error": ["Code": "ConditionalCheckFailed", "Message": "The conditional request failed"]],
        ] as Document)
        #expect(try await cloud.get("things", key("b", "1")) == key("b", "1"))
    }

    @Test("reads of a batch name whole keys, and report the table's capacity")
    func reads() async throws {
        let answer = try await cloud.call(
            "BatchExecuteStatement",
            batch(
                ["SELECT n FROM things WHERE pk = 'a' AND sk = '1'", "SELECT * FROM things WHERE pk = 'z' AND sk = '1'", "SELECT * FROM things WHERE pk = 'a'"],
                ["ReturnConsumedCapacity": "TOTAL"]))
        #expect(answer["Responses"]?[0] == ["TableName": "things", "Item": ["n": n(1)]])
        #expect(answer["Responses"]?[1] == ["TableName": "things"])
        #expect(answer["Responses"]?[2] == [
            "TableName": "things",
            "Error": [
                "Code": "ValidationError", "Message": "Select statements within BatchExecuteStatement must specify the primary key in the where clause.",
            ],
        ])
        #expect(answer["ConsumedCapacity"] == [["TableName": "things", "CapacityUnits": .number("1.0")]])
    }

    @Test("a batch has 1 to 25 statements, all reads or all writes")
    func limits() async {
        let read = "SELECT * FROM things WHERE pk = 'a' AND sk = '1'"
        #expect(await cloud.error("BatchExecuteStatement", batch([read, "DELETE FROM things WHERE pk = 'a' AND sk = '1'"]))?.code == "ValidationException")
        #expect(await cloud.message("BatchExecuteStatement", batch([]))?.hasSuffix("Member must have length greater than or equal to 1") == true)
        #expect(await cloud.message("BatchExecuteStatement", batch(Array(repeating: read, count: 26)))?.hasSuffix("Member must have length less than or equal to 25") == true)
    }

    // MARK: Transactions

    @Test("a transaction of writes is done whole or not at all")
    func atomic() async throws {
        let statements = [
            "EXISTS(SELECT * FROM things WHERE pk = 'a' AND sk = '1' AND n = 1)", "INSERT INTO things VALUE {'pk': 'b', 'sk': '1'}",
            "INSERT INTO things VALUE {'pk': 'c', 'sk': '1'}",
        ]
        #expect(try await cloud.call("ExecuteTransaction", transaction(statements)) == ["Responses": []])
        let error = await cloud.error("ExecuteTransaction", transaction([
            "UPDATE things SET n = 5 WHERE pk = 'a' AND sk = '1'", "INSERT INTO things VALUE {'pk': 'b', 'sk': '1'}",
            "EXISTS(SELECT * FROM things WHERE pk = 'c' AND sk = '1' AND n = 1)",
        ]))
        #expect(error?.code == "TransactionCanceledException")
        #expect(error?.message == "Transaction cancelled, please refer cancellation reasons for specific reasons [None, DuplicateItem, ConditionalCheckFailed]")
        #expect(error?.members["CancellationReasons"]?[1] == ["Code": "DuplicateItem", "Message": "Duplicate primary key exists in table"])
        #expect(try await cloud.get("things", key("a", "1"))?["n"] == n(1))
    }

    @Test("a transaction of reads answers each item, or nothing")
    func transactionReads() async throws {
        let answer = try await cloud.call(
            "ExecuteTransaction",
            transaction(
                ["SELECT n FROM things WHERE pk = 'a' AND sk = '1'", "SELECT * FROM things WHERE pk = 'z' AND sk = '1'"], ["ReturnConsumedCapacity": "TOTAL"]))
        #expect(answer["Responses"] == [["Item": ["n": n(1)]], [:]])
        #expect(answer["ConsumedCapacity"]?[0]?["ReadCapacityUnits"] == .number("4.0"))
    }

    @Test("a token makes a transaction once; with other statements it is refused")
    func token() async throws {
        let input = transaction(["UPDATE things SET n = n + 1 WHERE pk = 'a' AND sk = '1'"], ["ClientRequestToken": "token"])
        try await cloud.call("ExecuteTransaction", input)
        try await cloud.call("ExecuteTransaction", input)
        #expect(try await cloud.get("things", key("a", "1"))?["n"] == n(2))
        let other = transaction(["UPDATE things SET n = 7 WHERE pk = 'a' AND sk = '1'"], ["ClientRequestToken": "token"])
        #expect(await cloud.error("ExecuteTransaction", other)?.code == "IdempotentParameterMismatchException")
        cloud.environment.clock.freeze(at: noon + .seconds(601))
        try await cloud.call("ExecuteTransaction", other)
        #expect(try await cloud.get("things", key("a", "1"))?["n"] == n(7))
    }

    @Test("what a transaction can't be", arguments: [
        (["SELECT * FROM things WHERE pk = 'a' AND sk = '1'", "DELETE FROM things WHERE pk = 'a' AND sk = '1'"],
            "ExecuteTransaction API does not support both read and write operations in the same request."),
        (["SELECT * FROM things WHERE pk = 'a' AND sk = '1'", "SELECT * FROM things WHERE pk = 'a' AND sk = '2' AND n = 1"],
            "Validation failed in TransactStatements[1]: Select statements within ExecuteTransaction must specify the primary key in the where clause."),
        (["SELECT * FROM things WHERE pk = 'a'"], "Validation failed in TransactStatements[0]: Select statements within ExecuteTransaction must specify the primary key in the where clause."),
        (["SELECT * FROM things.byColor WHERE pk = 'a'"], "Validation failed in TransactStatements[0]: Reads on indices are not supported within transactions."),
        (["EXISTS(SELECT * FROM things WHERE pk = 'a' AND sk = '1')"], "Validation failed in TransactStatements[0]: EXISTS() must contain a single item read with additional condition"),
        (["UPDATE things SET n = 1 WHERE pk = 'a' AND sk = '1'", "DELETE FROM things WHERE pk = 'a' AND sk = '1'"],
            "Transaction request cannot include multiple operations on one item"),
        (["SLECT"], "Validation failed in TransactStatements[0]: " + malformed + "Expected data manipulation"),
    ])
    func refusals(statements: [String], expected: String) async {
        #expect(await cloud.message("ExecuteTransaction", transaction(statements)) == expected)
    }
}
