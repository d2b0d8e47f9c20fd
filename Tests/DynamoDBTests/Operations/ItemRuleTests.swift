import JSON
import Kernel
import Testing
@testable import DynamoDB

private let scalars = "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: "

private let mismatch = "One or more parameter values were invalid: Type mismatch for Index Key g Expected: S Actual: "

@Suite("Rules for writing one item")
@CloudActor
struct ItemRuleTests {
    let cloud = TestCloud()

    /// A table with an index on `g` (a string) made last to first by their names, one on `n` (a number) and one with `r` (a string) as its sort key.
    init() async throws {
        func index(_ name: String, _ hash: String, _ range: String? = nil) -> Document {
            var keys: [Document] = [["AttributeName": .string(hash), "KeyType": "HASH"]]
            if let range { keys.append(["AttributeName": .string(range), "KeyType": "RANGE"]) }
            return ["IndexName": .string(name), "KeySchema": .array(keys), "Projection": ["ProjectionType": "ALL"]]
        }
        try await cloud.makeTable("things", sort: "S", [
            "AttributeDefinitions": [
                ["AttributeName": "g", "AttributeType": "S"], ["AttributeName": "n", "AttributeType": "N"], ["AttributeName": "r", "AttributeType": "S"],
            ],
            "GlobalSecondaryIndexes": [index("zoo", "g", "r"), index("bee", "n"), index("ant", "g")],
        ])
    }

    func put(_ attributes: Members) async -> String? { await cloud.message("PutItem", ["TableName": "things", "Item": item("a", "1", attributes)]) }

    func update(_ expression: String, _ value: Document, names: Document? = nil) async -> String? {
        var input: Members = [
            "TableName": "things", "Key": key("a", "1"), "UpdateExpression": .string(expression), "ExpressionAttributeValues": [":v": value],
        ]
        if let names { input["ExpressionAttributeNames"] = names }
        return await cloud.message("UpdateItem", .object(input))
    }

    @Test("of several indexes that an item doesn't fit, the first by name is told")
    func indexes() async {
        #expect(await put(["g": n(1)])
            == "One or more parameter values were invalid: Type mismatch for Index Key g Expected: S Actual: N IndexName: ant")
        #expect(await put(["r": n(1), "n": s("x")])
            == "One or more parameter values were invalid: Type mismatch for Index Key n Expected: N Actual: S IndexName: bee")
        #expect(await put(["g": s("")]) == "One or more parameter values are not valid. A value specified for a secondary index key is not supported. "
            + "The AttributeValue for a key attribute cannot contain an empty string value. IndexName: ant, IndexKey: g")
        #expect(await put(["g": s("x"), "r": s("y"), "n": n(1)]) == nil)
    }

    @Test("an update says in words of its own that an index can't hold what it sets")
    func updatedIndexKeys() async {
        let attempted = "The update expression attempted to update the secondary index key"
        let empty = "One or more parameter values are not valid. The update expression attempted to update a secondary index key to a value that is not supported. "
            + "The AttributeValue for a key attribute cannot contain an empty string value."
        #expect(await update("SET g = :v", s("")) == empty)
        #expect(await update("SET x = :v", n(1)) == nil)
        #expect(await update("SET g = x, y = :v", n(1)) == "\(attempted) to unsupported type")
        #expect(await cloud.message("TransactWriteItems", ["TransactItems": [["Update": [
            "TableName": "things", "Key": key("a", "1"), "UpdateExpression": "SET g = :v", "ExpressionAttributeValues": [":v": s("")],
        ]]]]) == empty)
        #expect(await update("SET g = :v", s(String(repeating: "x", count: 2049))) == "\(attempted) beyond allowed size limits")
        #expect(await update("SET r = :v", s(String(repeating: "x", count: 1025))) == "\(attempted) beyond allowed size limits")
        #expect(await update("SET g = :v, r = :v", s(String(repeating: "x", count: 1024))) == nil)
    }

    @Test("an update may leave alone what an index can't hold")
    func untouchedIndexKeys() async throws {
        try await cloud.makeTable("plain")
        try await cloud.put("plain", item("a", "1", ["x": n(1)]))
        try await cloud.call("UpdateTable", [
            "TableName": "plain", "AttributeDefinitions": [["AttributeName": "x", "AttributeType": "S"]],
            "GlobalSecondaryIndexUpdates": [["Create": [
                "IndexName": "late", "KeySchema": [["AttributeName": "x", "KeyType": "HASH"]], "Projection": ["ProjectionType": "ALL"],
            ]]],
        ])
        func update(_ expression: String) async -> String? {
            await cloud.message("UpdateItem", [
                "TableName": "plain", "Key": key("a", "1"), "UpdateExpression": .string(expression), "ExpressionAttributeValues": [":v": n(2)],
            ])
        }
        #expect(await update("SET y = :v") == nil)
        #expect(await update("SET x = :v") == "One or more parameter values were invalid: Type mismatch for Index Key x Expected: S Actual: N IndexName: late")
    }


    @Test("an update shows by itself that an index can't hold what it sets", arguments: [
        ("SET g = :v", mismatch + "N IndexName: ant"), ("ADD g :v", mismatch + "N IndexName: ant"), ("SET g = x - :v", mismatch + "N IndexName: ant"),
        ("SET g = if_not_exists(x, :v)", mismatch + "N IndexName: ant"), ("SET g = list_append(x, y), z = :v", mismatch + "L IndexName: ant"),
        ("SET g.a = :v", scalars + "IndexKey: g"), ("SET x = r[1], y = :v", scalars + "IndexKey: r"), ("SET x = pk.a, y = :v", scalars + "Key: pk"),
        ("SET r.x = :v, g = :v", mismatch + "N IndexName: ant"),
        ("SET pk.a = :v", "One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key"),
    ] as [(String, String)])
    func statically(expression: String, message: String) async {
        #expect(await cloud.message("UpdateItem", [
            "TableName": "things", "Key": key("nowhere", "1"), "UpdateExpression": .string(expression), "ExpressionAttributeValues": [":v": n(1)],
            "ConditionExpression": "attribute_exists(pk)",
        ]) == message)
    }

    @Test("conditions and projections don't look inside keys")
    func paths() async {
        let condition: Document = ["TableName": "things", "Key": key("a", "1"), "ConditionExpression": "attribute_exists(g.x)"]
        #expect(await cloud.message("DeleteItem", condition) == scalars + "IndexKey: g")
        let projection: Document = ["TableName": "things", "Key": key("a", "1"), "ProjectionExpression": "sk[0]"]
        #expect(await cloud.message("GetItem", projection) == scalars + "Key: sk")
        #expect(await cloud.message("BatchGetItem", ["RequestItems": ["things": ["Keys": [key("a", "1")], "ProjectionExpression": "a, sk.b"]]]) == scalars + "Key: sk")
    }

    @Test("names of attributes have a byte at least and 65,535 at most, nested ones too")
    func names() async {
        func long(_ count: Int) -> String { String(repeating: "x", count: count) }
        let tooLong = "1 validation error detected: Attribute name is too large, must be less than 65536 bytes"
        #expect(await put([long(65535): s("a")]) == nil)
        #expect(await put([long(65536): s("a")]) == tooLong)
        #expect(await put(["m": ["M": [long(65536): s("a")]]]) == tooLong)
        #expect(await put(["": s("a")]) == "1 validation error detected: Empty attribute name")
        #expect(await update("SET m = :v", ["M": [long(65536): s("a")]]) == tooLong)
        #expect(await update("SET #x = :v", s("a"), names: ["#x": .string(long(65536))]) == tooLong)
        #expect(await update("SET #x = :v", s("a"), names: ["#x": ""]) == "1 validation error detected: Empty attribute name")
    }

    @Test("placeholders have 255 bytes at most")
    func placeholders() async {
        let long = String(repeating: "x", count: 255)
        let beginning = "The expression attribute map contains a key that is too long;"
        #expect(await update("SET a = :v", s("a"), names: ["#\(long)": "a"])
            == "1 validation error detected: ExpressionAttributeNames contains invalid key: \(beginning) size of key: 256")
        #expect(await cloud.message("UpdateItem", [
            "TableName": "things", "Key": key("a", "1"), "UpdateExpression": "SET a = :v", "ExpressionAttributeValues": [":\(long)": s("a")],
        ]) == "1 validation error detected: ExpressionAttributeValues contains invalid key: \(beginning)")
    }

    @Test("what is wrong with the table's name is told alone", arguments: ["PutItem", "UpdateItem", "DeleteItem", "GetItem"])
    func tableName(operation: String) async {
        #expect(await cloud.message(operation, ["TableName": "", "ReturnValues": "x", "ReturnConsumedCapacity": "y"])
            == "1 validation error detected: Value '' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 1")
    }

    @Test("UpdateItem tells the first wrong choice, PutItem all of them")
    func choices() async {
        func told(_ operation: String, _ item: String) async -> String? {
            await cloud.message(operation, ["TableName": "things", item: key("a", "1"), "ReturnValues": "x", "ReturnConsumedCapacity": "y"])
        }
        let values = "Value 'x' at 'returnValues' failed to satisfy constraint: Member must satisfy enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]"
        let capacity = "Value 'y' at 'returnConsumedCapacity' failed to satisfy constraint: Member must satisfy enum value set: [INDEXES, TOTAL, NONE]"
        #expect(await told("UpdateItem", "Key") == "1 validation error detected: \(values)")
        #expect(await told("PutItem", "Item") == "2 validation errors detected: \(capacity); \(values)")
    }

    @Test("null in a set", arguments: [
        ("SS", "a", "An string set may not have a null string as a member"), ("NS", "1", "An number set may not have a null string as a member"),
        ("BS", "YQ==", "Binary sets may not contain null or empty values"),
    ])
    func nullInSets(type: String, element: Document, message: String) async {
        #expect(await put(["set": [type: [element, .null]]]) == "1 validation error detected: One or more parameter values were invalid: \(message)")
    }

    @Test("only the older layer tells how long an expression is")
    func expressionSize() async {
        let long = "attribute_exists(\(String(repeating: "x", count: 4096)))"
        let told = "Invalid ConditionExpression: Expression size has exceeded the maximum allowed size;"
        #expect(await cloud.message("PutItem", ["TableName": "things", "Item": key("a", "1"), "ConditionExpression": .string(long)])
            == "1 validation error detected: " + told)
        #expect(await cloud.message("TransactWriteItems", [
            "TransactItems": [["Put": ["TableName": "things", "Item": key("a", "1"), "ConditionExpression": .string(long)]]],
        ]) == told + " expression size: \(long.utf8.count)")
    }
}
