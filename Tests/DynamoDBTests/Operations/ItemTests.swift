import JSON
import Kernel
import Testing
@testable import DynamoDB

@Suite("Items")
@CloudActor
struct ItemTests {
    let cloud = TestCloud()

    init() async throws { try await cloud.makeTable() }

    @Test("an item is put, got, changed and deleted")
    func life() async throws {
        try await cloud.put("things", item("a", "1", ["n": n(1), "t": s("x")]))
        #expect(try await cloud.get("things", key("a", "1")) == item("a", "1", ["n": n(1), "t": s("x")]))
        #expect(try await cloud.call("GetItem", ["TableName": "things", "Key": key("a", "2")]) == [:])
        let projected = try await cloud.call("GetItem", [
            "TableName": "things", "Key": key("a", "1"), "ProjectionExpression": "#n, nowhere", "ExpressionAttributeNames": ["#n": "n"],
        ])
        #expect(projected == ["Item": ["n": n(1)]])
        #expect(try await cloud.call("DeleteItem", ["TableName": "things", "Key": key("a", "1"), "ReturnValues": "ALL_OLD"])
            == ["Attributes": item("a", "1", ["n": n(1), "t": s("x")])])
        #expect(try await cloud.get("things", key("a", "1")) == nil)
        #expect(try await cloud.call("DeleteItem", ["TableName": "things", "Key": key("a", "1"), "ReturnValues": "ALL_OLD"]) == [:])
    }

    @Test("a table is found by its ARN too")
    func arn() async throws {
        let arn: Document = "arn:aws:dynamodb:us-west-2:440939667227:table/things"
        try await cloud.call("PutItem", ["TableName": arn, "Item": item("a", "1")])
        #expect(try await cloud.call("GetItem", ["TableName": arn, "Key": key("a", "1")])["Item"] == item("a", "1"))
    }

    @Test("state is separate per account and region")
    func scopes() async throws {
        let elsewhere = cloud.environment.call(in: Scope(account: "440939667227", region: "us-east-1"))
        await #expect(throws: AWSError("ResourceNotFoundException", "Requested resource not found")) {
            try await cloud.environment.endpoint("dynamodb").call("GetItem", ["TableName": "things", "Key": key("a", "1")], elsewhere)
        }
    }

    @Test("what an update answers", arguments: [
        ("NONE", nil), ("ALL_OLD", item("a", "1", ["n": n(1), "t": s("x")])), ("ALL_NEW", item("a", "1", ["n": n(3), "t": s("x"), "u": s("y")])),
        ("UPDATED_OLD", ["n": n(1)]), ("UPDATED_NEW", ["n": n(3), "u": s("y")]),
    ] as [(String, Document?)])
    func returnValues(kind: String, expected: Document?) async throws {
        try await cloud.put("things", item("a", "1", ["n": n(1), "t": s("x")]))
        let answer = try await cloud.call("UpdateItem", [
            "TableName": "things", "Key": key("a", "1"), "ReturnValues": .string(kind), "UpdateExpression": "SET n = n + :two, u = :u",
            "ExpressionAttributeValues": [":two": n(2), ":u": s("y")],
        ])
        #expect(answer["Attributes"] == expected)
    }

    @Test("an update makes the item that isn't there, also without an expression")
    func upsert() async throws {
        let answer = try await cloud.call("UpdateItem", ["TableName": "things", "Key": key("a", "1"), "ReturnValues": "ALL_NEW"])
        #expect(answer == ["Attributes": key("a", "1")])
        #expect(try await cloud.get("things", key("a", "1")) == key("a", "1"))
    }

    @Test("a condition that fails changes nothing, and answers the item where it is asked for")
    func condition() async throws {
        try await cloud.put("things", item("a", "1", ["n": n(1)]))
        var input: Members = [
            "TableName": "things", "Item": item("a", "1", ["n": n(2)]), "ConditionExpression": "attribute_not_exists(pk)",
        ]
        let plain = await cloud.error("PutItem", .object(input))
        #expect(plain == AWSError("ConditionalCheckFailedException", "The conditional request failed"))
        input.append("ReturnValuesOnConditionCheckFailure", "ALL_OLD")
        let detailed = await cloud.error("PutItem", .object(input))
        #expect(detailed?.members["Item"] == item("a", "1", ["n": n(1)]))
        #expect(try await cloud.get("things", key("a", "1"))?["n"] == n(1))
    }

    @Test("keys must fit the schema", arguments: [
        ("PutItem", ["pk": s("a")], "One or more parameter values were invalid: Missing the key sk in the item"),
        ("PutItem", ["pk": n(1), "sk": s("a")], "One or more parameter values were invalid: Type mismatch for key pk expected: S actual: N"),
        ("PutItem", ["pk": s(""), "sk": s("a")],
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk"),
        ("PutItem", ["pk": s(String(repeating: "x", count: 2049)), "sk": s("a")],
            "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes"),
        ("PutItem", ["pk": s("a"), "sk": s(String(repeating: "x", count: 1025))],
            "One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes"),
        ("GetItem", ["pk": s("a")], "The provided key element does not match the schema"),
        ("GetItem", ["pk": s("a"), "sk": n(1)], "The provided key element does not match the schema"),
        ("DeleteItem", ["pk": s("a"), "sk": s("1"), "x": s("y")], "The provided key element does not match the schema"),
        ("UpdateItem", ["pk": s("a"), "sk": s("")],
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: sk"),
    ] as [(String, Document, String)])
    func keys(operation: String, value: Document, message: String) async throws {
        let member = operation == "PutItem" ? "Item" : "Key"
        let error = await cloud.error(operation, .object(["TableName": "things", member: value]))
        #expect(error == .validation(message))
        #expect(try await cloud.call("Scan", ["TableName": "things"])["Count"] == 0)
    }

    @Test("a key can't be updated, and an item has at most 400 KB")
    func limits() async throws {
        #expect(await cloud.message("UpdateItem", [
            "TableName": "things", "Key": key("a", "1"), "UpdateExpression": "SET sk = :s", "ExpressionAttributeValues": [":s": s("2")],
        ]) == "One or more parameter values were invalid: Cannot update attribute sk. This attribute is part of the key")
        // Names and values: pk + a + sk + 1 + t makes 7 bytes beside the text.
        let fits = String(repeating: "x", count: 400 * 1024 - 7)
        #expect(await cloud.error("PutItem", ["TableName": "things", "Item": item("a", "1", ["t": s(fits)])]) == nil)
        #expect(await cloud.message("PutItem", ["TableName": "things", "Item": item("a", "2", ["t": s(fits + "x")])])
            == "1 validation error detected: Item size has exceeded the maximum allowed size")
        #expect(await cloud.message("UpdateItem", [
            "TableName": "things", "Key": key("a", "1"), "UpdateExpression": "SET t = :t", "ExpressionAttributeValues": [":t": s(fits + "x")],
        ]) == "Item size to update has exceeded the maximum allowed size")
    }

    @Test("PutItem and DeleteItem know only the old item")
    func oldOnly() async throws {
        #expect(await cloud.message("PutItem", ["TableName": "things", "Item": key("a", "1"), "ReturnValues": "ALL_NEW"])
            == "1 validation error detected: ReturnValues can only be ALL_OLD or NONE")
        #expect(await cloud.message("DeleteItem", ["TableName": "things", "Key": key("a", "1"), "ReturnValues": "woop"])
            == "1 validation error detected: Value 'woop' at 'returnValues' failed to satisfy constraint: Member must satisfy enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]")
    }

    @Test("a table that isn't there, and one that can't be")
    func noTable() async throws {
        #expect(await cloud.error("GetItem", ["TableName": "nothing", "Key": key("a", "1")]) == AWSError("ResourceNotFoundException", "Requested resource not found"))
        #expect(await cloud.message("GetItem", ["Key": key("a", "1")])
            == "1 validation error detected: Value null at 'tableName' failed to satisfy constraint: Member must not be null")
        #expect(await cloud.message("GetItem", ["TableName": "a;", "Key": key("a", "1")])
            == "Invalid table/index name.  Table/index names must be between 3 and 255 characters long, and may contain only the characters a-z, A-Z, 0-9, '_', '-', and '.'")
    }

    @Test("an operation that isn't there yet says so")
    func unimplemented() async throws {
        #expect(await cloud.error("Nonsense", [:])?.code == "UnknownOperationException")
    }
}
