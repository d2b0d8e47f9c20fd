import JSON
import Kernel
import Testing
@testable import DynamoDB

private let mismatch = "The provided key element does not match the schema"
private let long = String(repeating: "x", count: 2049)
private let hashkey = "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes"
private let empty = "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk"

@Suite("Rules for batches and transactions")
@CloudActor
struct SeveralItemsRuleTests {
    let cloud = TestCloud()
    nonisolated static let arn = "arn:aws:dynamodb:us-west-2:440939667227:table/things"

    init() async throws { try await cloud.makeTable() }

    @Test("an item comes once in a batch, also where its table is named by name and by ARN")
    func duplicates() async throws {
        let put: Document = [["PutRequest": ["Item": key("a", "1")]]]
        #expect(await cloud.message("BatchWriteItem", ["RequestItems": ["things": put, Self.arn: put]]) == "Provided list of item keys contains duplicates")
        #expect(try await cloud.get("things", key("a", "1")) == nil)
        let get: Document = ["Keys": [key("a", "1")]]
        #expect(await cloud.message("BatchGetItem", ["RequestItems": ["things": get, Self.arn: get]]) == "Provided list of item keys contains duplicates")
    }

    @Test("a batch's requests must have an item or a key, and all that have none are told")
    func missing() async {
        #expect(await cloud.message("BatchWriteItem", ["RequestItems": ["things": [["PutRequest": [:]], ["DeleteRequest": [:]]]]])
            == "2 validation errors detected: Value null at 'requestItems.things.member.1.member.putRequest.item' failed to satisfy constraint: Member must not be null; "
            + "Value null at 'requestItems.things.member.2.member.deleteRequest.key' failed to satisfy constraint: Member must not be null")
    }

    @Test("the items of a transaction have 4 MB together, written or read")
    func aggregate() async throws {
        let big = s(String(repeating: "x", count: 380_000))
        func puts(_ range: ClosedRange<Int>) -> Document {
            .array(range.map { ["Put": ["TableName": "things", "Item": item("big", "\($0)", ["x": big])]] })
        }
        let message = "The aggregate size of the items in the transaction exceeds 4 MB"
        #expect(await cloud.message("TransactWriteItems", ["TransactItems": puts(1...12)]) == message)
        #expect(try await cloud.get("things", key("big", "1")) == nil)
        try await cloud.call("TransactWriteItems", ["TransactItems": puts(1...6)])
        try await cloud.call("TransactWriteItems", ["TransactItems": puts(7...12)])
        let gets = Document.array((1...12).map { ["Get": ["TableName": "things", "Key": key("big", "\($0)")]] })
        #expect(await cloud.message("TransactGetItems", ["TransactItems": gets]) == message)
    }

    @Test("how many tables, writes and keys a batch has", arguments: [
        ("BatchWriteItem", [:], "The requestItems parameter is required for BatchWriteItem"),
        ("BatchWriteItem", ["things": [], "others": []], "1 validation error detected: Value '{things=[], others=[]}' at 'requestItems' failed to satisfy constraint: "
            + "Map value must satisfy constraint: [Member must have length less than or equal to 25, Member must have length greater than or equal to 1]"),
        ("BatchGetItem", [:], "1 validation error detected: Value at 'RequestItems' failed to satisfy constraint: Member must have length greater than or equal to 1"),
        ("BatchGetItem", ["things": ["Keys": []]],
            "1 validation error detected: Value at 'RequestItems.things.member.Keys' failed to satisfy constraint: Member must have length greater than or equal to 1"),
        ("BatchGetItem", ["things": ["Keys": .array((0..<101).map { key("a", "\($0)") })]],
            "1 validation error detected: Value at 'RequestItems.things.member.Keys' failed to satisfy constraint: Member must have length less than or equal to 100"),
        ("BatchGetItem", ["things": ["Keys": .array((0..<100).map { key("a", "\($0)") })], "others": ["Keys": [key("a", "1")]]],
            "Too many items requested for the BatchGetItem call"),
    ] as [(String, Document, String)])
    func counts(operation: String, requested: Document, message: String) async {
        #expect(await cloud.message(operation, ["RequestItems": requested]) == message)
    }

    @Test("a batch of more tables than it may have requests")
    func tables() async {
        let writes = Members((0..<26).map { Members.Member(name: "table\($0)", value: [["DeleteRequest": ["Key": key("a", "1")]]]) })
        #expect(await cloud.message("BatchWriteItem", ["RequestItems": .object(writes)])?.hasSuffix(
            "]}' at 'requestItems' failed to satisfy constraint: Member must have length less than or equal to 25") == true)
        let reads = Members((0..<101).map { Members.Member(name: "table\($0)", value: ["Keys": [key("a", "1")]]) })
        #expect(await cloud.message("BatchGetItem", ["RequestItems": .object(reads)])
            == "1 validation error detected: Value at 'RequestItems' failed to satisfy constraint: Member must have length less than or equal to 100")
    }

    @Test("what is wrong with a key of a batch's write", arguments: [
        (["PutRequest": ["Item": ["sk": s("1")]]] as Document, mismatch),
        (["PutRequest": ["Item": ["pk": n(1), "sk": s("1")]]] as Document, mismatch),
        (["PutRequest": ["Item": ["pk": ["L": []], "sk": s("1")]]] as Document, mismatch),
        (["DeleteRequest": ["Key": ["pk": s("a")]]] as Document, mismatch),
        (["PutRequest": ["Item": key("", "1")]],
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk"),
        ([:], "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"),
        (["PutRequest": ["Item": key("a", "1")], "DeleteRequest": ["Key": key("a", "1")]],
            "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"),
    ] as [(Document, String)])
    func batchKeys(write: Document, message: String) async {
        #expect(await cloud.message("BatchWriteItem", ["RequestItems": ["things": [write]]]) == message)
    }

    @Test("a batch's tables are looked for before its writes are looked at, its keys before its tables")
    func order() async {
        let put: Document = [["PutRequest": ["Item": key("", "1")]]]
        #expect(await cloud.error("BatchWriteItem", ["RequestItems": ["things": put, "nothing": put]])?.code == "ResourceNotFoundException")
        #expect(await cloud.message("BatchGetItem", ["RequestItems": ["nothing": ["Keys": [key("a", "1"), key("a", "1")]]]])
            == "Provided list of item keys contains duplicates")
        #expect(await cloud.error("BatchGetItem", ["RequestItems": ["nothing": ["Keys": [key("a", "1"), key("a", "2")]]]])?.code == "ResourceNotFoundException")
    }

    /// The reason for which a transaction of that one write is cancelled, or else its error's code and message.
    func outcome(_ write: Document, _ operation: String = "TransactWriteItems") async -> String {
        guard let error = await cloud.error(operation, ["TransactItems": [write]]) else { return "(done)" }
        guard error.code == "TransactionCanceledException" else { return "\(error.code): \(error.message ?? "")" }
        return "cancelled: \(error.members["CancellationReasons"]?[0]?["Message"]?.string ?? "")"
    }

    @Test("empty keys are refused with a transaction's request, other keys cancel it", arguments: [
        (["Put": ["TableName": "things", "Item": key("", "1")]], "ValidationException: " + empty),
        (["Delete": ["TableName": "things", "Key": key("", "1")]], "ValidationException: " + empty),
        (["Update": ["TableName": "things", "Key": key("", "1"), "UpdateExpression": "REMOVE a"]], "ValidationException: " + empty),
        (["ConditionCheck": ["TableName": "things", "Key": key("", "1"), "ConditionExpression": "attribute_exists(a)"]], "ValidationException: " + empty),
        (["Put": ["TableName": "things", "Item": ["pk": n(1), "sk": s("1")]]],
            "cancelled: One or more parameter values were invalid: Type mismatch for key pk expected: S actual: N"),
        (["Delete": ["TableName": "things", "Key": ["pk": n(1), "sk": s("1")]]], "cancelled: " + mismatch),
        (["Put": ["TableName": "things", "Item": key(long, "1")]], "cancelled: " + hashkey),
        (["Delete": ["TableName": "things", "Key": key(long, "1")]], "cancelled: " + hashkey),
    ] as [(Document, String)])
    func transactionKeys(write: Document, expected: String) async {
        #expect(await outcome(write) == expected)
    }

    @Test("a transaction takes names and values without expressions, if they are well formed", arguments: [
        (["ExpressionAttributeNames": ["#a": "b"]], "(done)"),
        (["ExpressionAttributeValues": [":a": s("b")]], "(done)"),
        (["ExpressionAttributeNames": [:]], "ValidationException: ExpressionAttributeNames must not be empty"),
        (["ExpressionAttributeValues": ["a": s("b")]], #"ValidationException: ExpressionAttributeValues contains invalid key: Syntax error; key: "a""#),
        (["ConditionExpression": "attribute_not_exists(pk)", "ExpressionAttributeNames": ["#a": "b"]],
            "ValidationException: Value provided in ExpressionAttributeNames unused in expressions: keys: {#a}"),
    ] as [(Members, String)])
    func namesAlone(members: Members, expected: String) async {
        var put: Members = ["TableName": "things", "Item": item("names", "1")]
        for member in members { put[member.name] = member.value }
        #expect(await outcome(["Put": .object(put)]) == expected)
    }

    @Test("values that are too deep cancel a transaction where they are written, and only there")
    func depth() async {
        var deep: Document = s("x")
        for _ in 0..<32 { deep = ["M": ["n": deep]] }
        let key = key("deep", "1")
        #expect(await outcome(["Update": ["TableName": "things", "Key": key, "UpdateExpression": "SET a = :v", "ExpressionAttributeValues": [":v": deep]]])
            == "cancelled: Nesting Levels have exceeded supported limits")
        #expect(await outcome(["ConditionCheck": ["TableName": "things", "Key": key, "ConditionExpression": "a <> :v", "ExpressionAttributeValues": [":v": deep]]]) == "(done)")
        let beyond = "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit"
        #expect(await outcome(["Put": ["TableName": "things", "Item": item("deep", "1", ["a": deep])]]) == "ValidationException: " + beyond)
        #expect(await cloud.message("UpdateItem", ["TableName": "things", "Key": key, "UpdateExpression": "SET a = :v", "ExpressionAttributeValues": [":v": deep]])
            == "1 validation error detected: " + beyond)
        for _ in 0..<70 { deep = ["M": ["n": deep]] }
        #expect(await outcome(["ConditionCheck": ["TableName": "things", "Key": key, "ConditionExpression": "a <> :v", "ExpressionAttributeValues": [":v": deep]]])
            == "ValidationException: ExpressionAttributeValues contains invalid value: \(beyond) for key :v")
    }

    @Test("an element of a transaction is one request, what it lacks is told before")
    func oneRequest() async {
        let null = "failed to satisfy constraint: Member must not be null"
        #expect(await outcome([:]) == "ValidationException: Invalid Request: TransactWriteRequest should contain Delete or Put or Update request")
        #expect(await outcome(["Put": ["TableName": "things", "Item": key("a", "1")], "Delete": ["TableName": "things", "Key": key("a", "1")]])
            == "ValidationException: TransactItems can only contain one of Check, Put, Update or Delete")
        #expect(await outcome(["Put": ["TableName": "things"], "Delete": ["TableName": "things"]])
            == "ValidationException: 2 validation errors detected: Value null at 'transactItems.1.member.put.item' \(null); Value null at 'transactItems.1.member.delete.key' \(null)")
    }
}
