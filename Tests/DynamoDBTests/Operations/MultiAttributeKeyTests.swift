import JSON
import Kernel
import Testing
@testable import DynamoDB

/// A table of matches (`pk`, `sk`) with an index by tournament and region, sorted by round, court and number.
@Suite("Multi-attribute keys")
@CloudActor
struct MultiAttributeKeyTests {
    let cloud = TestCloud()

    nonisolated static func schema(_ partitions: [String], _ sorts: [String]) -> Document {
        .array(
            partitions.map { ["AttributeName": .string($0), "KeyType": "HASH"] } + sorts.map { ["AttributeName": .string($0), "KeyType": "RANGE"] })
    }

    nonisolated static func index(_ schema: Document, _ projection: Document = ["ProjectionType": "ALL"]) -> Document {
        ["IndexName": "matches", "KeySchema": schema, "Projection": projection]
    }

    nonisolated static let definitions: Document = .array(
        [("t", "S"), ("r", "S"), ("round", "S"), ("court", "B"), ("n", "N")].map { ["AttributeName": .string($0.0), "AttributeType": .string($0.1)] })

    func makeTable(_ projection: Document = ["ProjectionType": "ALL"], on cloud: TestCloud) async throws {
        try await cloud.makeTable("things", [
            "AttributeDefinitions": Self.definitions,
            "GlobalSecondaryIndexes": [Self.index(Self.schema(["t", "r"], ["round", "court", "n"]), projection)],
        ])
    }

    /// Courts are written in base64: `AA==` and `AQ==` are the bytes 0 and 1.
    func put(_ sk: String, _ t: String, _ r: String, _ round: String, _ court: String, _ number: Int, on cloud: TestCloud) async throws {
        try await cloud.put("things", item("a", sk, ["t": s(t), "r": s(r), "round": s(round), "court": ["B": .string(court)], "n": n(number), "x": s("x\(sk)")]))
    }

    func makeMatches(_ projection: Document = ["ProjectionType": "ALL"]) async throws {
        try await makeTable(projection, on: cloud)
        try await put("1", "cup", "eu", "final", "AQ==", 9, on: cloud)
        try await put("2", "cup", "eu", "final", "AA==", 10, on: cloud)
        try await put("3", "cup", "eu", "final", "AA==", -2, on: cloud)
        try await put("4", "cup", "eu", "fin", "AQ==", 5, on: cloud)
        try await put("5", "cup", "us", "final", "AA==", 1, on: cloud)
        try await put("6", "cu", "peu", "final", "AA==", 1, on: cloud)
        try await cloud.put("things", item("a", "7", ["t": s("cup"), "r": s("eu"), "round": s("final"), "n": n(1)]))
    }

    nonisolated static let values: Members = [
        ":t": s("cup"), ":r": s("eu"), ":f": s("final"), ":p": s("fin"), ":c": ["B": "AA=="], ":n": n(0), ":m": n(10), ":e": s(""),
    ]

    func request(_ condition: String, _ members: Members = [:]) -> Document {
        var input: Members = ["TableName": "things", "IndexName": "matches", "KeyConditionExpression": .string(condition)]
        var values = Members()
        for value in Self.values where condition.contains(value.name) || members["FilterExpression"]?.string?.contains(value.name) == true { values[value.name] = value.value }
        input["ExpressionAttributeValues"] = .object(values)
        for member in members { input[member.name] = member.value }
        return .object(input)
    }

    func found(_ condition: String, _ members: Members = [:]) async throws -> [String]? {
        try await cloud.call("Query", request(condition, members))["Items"]?.texts("sk")
    }

    @Test("the index is described as it was asked for")
    func description() async throws {
        let schema = Self.schema(["t", "r"], ["round", "court", "n"])
        try await makeTable(on: cloud)
        let table = try await cloud.call("DescribeTable", ["TableName": "things"])["Table"]
        #expect(table?["GlobalSecondaryIndexes"]?[0]?["KeySchema"] == schema)
        #expect(table?["AttributeDefinitions"]?.array?.count == 7)
    }

    @Test("what no key schema of an index may be", arguments: [
        (schema(["a", "b", "c", "d", "e"], []), "One or more parameter values were invalid: The KeySchema exceeds the maximum allowed number of HASH key attributes"),
        (schema(["a"], ["b", "c", "d", "e", "f"]), "One or more parameter values were invalid: The KeySchema exceeds the maximum allowed number of RANGE key attributes"),
        ([["AttributeName": "a", "KeyType": "HASH"], ["AttributeName": "b", "KeyType": "RANGE"], ["AttributeName": "c", "KeyType": "HASH"]],
            "One or more parameter values were invalid: All HASH key attributes must precede RANGE key attributes in the KeySchema"),
        (schema(["a", "b"], ["a"]), "The KeySchema contains multiple key attributes with the same name"),
        (schema(["a", "a"], []), "The KeySchema contains multiple key attributes with the same name"),
        (schema([], ["a", "b"]), "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"),
    ] as [(Document, String)])
    func refusedSchemas(schema: Document, message: String) async throws {
        let names = Set((schema.array ?? []).compactMap { $0["AttributeName"]?.string })
        let definitions: [Document] = names.sorted().map { ["AttributeName": .string($0), "AttributeType": "S"] }
        try await cloud.makeTable("plain")
        #expect(await cloud.message("UpdateTable", [
            "TableName": "plain", "AttributeDefinitions": .array(definitions), "GlobalSecondaryIndexUpdates": [["Create": Self.index(schema)]],
        ]) == message)
        #expect(await cloud.message("CreateTable", [
            "TableName": "things", "BillingMode": "PAY_PER_REQUEST", "KeySchema": Self.schema(["pk"], []),
            "AttributeDefinitions": .array([["AttributeName": "pk", "AttributeType": "S"]] + definitions), "GlobalSecondaryIndexes": [Self.index(schema)],
        ]) == message)
        #expect(try await cloud.call("ListTables", [:])["TableNames"] == ["plain"])
        #expect(try await cloud.call("DescribeTable", ["TableName": "plain"])["Table"]?["GlobalSecondaryIndexes"] == nil)
    }

    @Test("every attribute of a key must be defined")
    func undefined() async {
        #expect(await cloud.message("CreateTable", [
            "TableName": "things", "BillingMode": "PAY_PER_REQUEST", "KeySchema": Self.schema(["pk"], []),
            "AttributeDefinitions": [["AttributeName": "pk", "AttributeType": "S"], ["AttributeName": "a", "AttributeType": "S"]],
            "GlobalSecondaryIndexes": [Self.index(Self.schema(["a", "b"], []))],
        ]) == "One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. Keys: [b, a], AttributeDefinitions: [a, pk]")
    }

    @Test("tables and local indexes keep one attribute each")
    func onlyGlobal() async {
        let three = "[KeySchemaElement(attributeName=pk, keyType=HASH), KeySchemaElement(attributeName=sk, keyType=RANGE), KeySchemaElement(attributeName=x, keyType=RANGE)]"
        func make(_ keys: Document, _ local: Document) -> Document {
            [
                "TableName": "things", "BillingMode": "PAY_PER_REQUEST", "KeySchema": keys,
                "AttributeDefinitions": .array(["pk", "sk", "x"].map { ["AttributeName": .string($0), "AttributeType": "S"] }), "LocalSecondaryIndexes": [local],
            ]
        }
        let (two, many) = (Self.schema(["pk"], ["sk"]), Self.schema(["pk"], ["sk", "x"]))
        #expect(await cloud.message("CreateTable", make(many, Self.index(Self.schema(["pk"], ["x"]))))
            == "1 validation error detected: Value '\(three)' at 'keySchema' failed to satisfy constraint: Member must have length less than or equal to 2")
        #expect(await cloud.message("CreateTable", make(two, Self.index(many)))
            == "1 validation error detected: Value '\(three)' at 'localSecondaryIndexes.1.member.keySchema' failed to satisfy constraint: Member must have length less than or equal to 2")
        #expect(await cloud.message("CreateTable", make(Self.schema(["pk", "sk"], []), Self.index(two))) == "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type")
    }

    @Test("a partition, sorted by the attributes from left to right", arguments: [
        ("t = :t AND r = :r", ["4", "3", "2", "1"]),
        ("t = :t AND r = :r AND round = :f", ["3", "2", "1"]),
        ("round = :f AND r = :r AND court = :c AND t = :t", ["3", "2"]),
        ("t = :t AND r = :r AND round = :f AND court = :c AND n = :m", ["2"]),
        ("t = :t AND r = :r AND round = :f AND court = :c AND n > :n", ["2"]),
        ("t = :t AND r = :r AND round = :f AND court = :c AND n < :n", ["3"]),
        ("t = :t AND r = :r AND round = :f AND court > :c", ["1"]),
        ("t = :t AND r = :r AND round = :f AND court <= :c", ["3", "2"]),
        ("t = :t AND r = :r AND round < :f", ["4"]),
        ("t = :t AND r = :r AND round >= :f", ["3", "2", "1"]),
        ("t = :t AND r = :r AND begins_with(round, :p)", ["4", "3", "2", "1"]),
        ("t = :t AND r = :r AND round = :f AND begins_with(court, :c)", ["3", "2"]),
        ("t = :t AND r = :r AND round BETWEEN :p AND :p", ["4"]),
        ("t = :t AND r = :r AND round = :f AND court = :c AND n BETWEEN :n AND :m", ["2"]),
    ])
    func queries(condition: String, expected: [String]) async throws {
        try await makeMatches()
        #expect(try await found(condition) == expected)
        #expect(try await found(condition, ["ScanIndexForward": false]) == expected.reversed())
    }

    @Test("what no key condition may be", arguments: [
        ("t = :t", "HASH key attributes r must have equality conditions specified in the query"),
        ("r = :r AND round = :f", "HASH key attributes t must have equality conditions specified in the query"),
        ("round = :f", "HASH key attributes t, r must have equality conditions specified in the query"),
        ("t = :t AND r > :r", "HASH key attributes r must have equality conditions specified in the query"),
        ("t = :t AND begins_with(r, :r)", "HASH key attributes r must have equality conditions specified in the query"),
        ("t = :t AND r = :r AND court = :c",
            "RANGE key attributes round must have equality conditions specified in the query because a condition is present on key attribute court"),
        ("t = :t AND r = :r AND round > :f AND court = :c",
            "RANGE key attributes round must have equality conditions specified in the query because a condition is present on key attribute court"),
        ("t = :t AND r = :r AND round = :f AND n = :n",
            "RANGE key attributes court must have equality conditions specified in the query because a condition is present on key attribute n"),
        ("t = :t AND r = :r AND pk = :f", "Query condition missed key schema element: round"),
        ("t = :t AND r = :r AND round = :f AND court = :c AND n = :n AND pk = :t",
            "The number of query conditions (6) exceeds the number of key attributes defined in the schema (5)"),
        ("t = :t AND r = :n", "One or more parameter values were invalid: Condition parameter type does not match schema type"),
        ("t = :t AND r = :r AND round = :f AND court = :f", "One or more parameter values were invalid: Condition parameter type does not match schema type"),
        ("t = :t AND r = :e", "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: r"),
        ("t = :t AND r = :r AND round > :f AND round < :p", "1 validation error detected: Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition per key"),
    ])
    func refusals(condition: String, message: String) async throws {
        try await makeMatches()
        #expect(await cloud.message("Query", request(condition)) == message)
    }

    @Test("a filter may name no attribute of the index's key, but those of the table's", arguments: ["t", "r", "round", "court", "n"])
    func filters(name: String) async throws {
        try await makeMatches()
        #expect(await cloud.message("Query", request("t = :t AND r = :r", ["FilterExpression": .string("\(name) <> :t")]))
            == "Filter Expression can only contain non-primary key attributes: Primary key attribute: \(name)")
        #expect(try await found("t = :t AND r = :r", ["FilterExpression": "pk <> :t"]) == ["4", "3", "2", "1"])
    }

    @Test("KeyConditions find the same as a key condition")
    func keyConditions() async throws {
        try await makeMatches()
        func condition(_ comparison: String, _ values: Document...) -> Document { ["ComparisonOperator": .string(comparison), "AttributeValueList": .array(values)] }
        func input(_ conditions: Members) -> Document { ["TableName": "things", "IndexName": "matches", "KeyConditions": .object(conditions)] }
        let partition: Members = ["t": condition("EQ", s("cup")), "r": condition("EQ", s("eu"))]
        #expect(try await cloud.call("Query", input(partition))["Items"]?.texts("sk") == ["4", "3", "2", "1"])
        var conditions = partition
        conditions["round"] = condition("EQ", s("final"))
        conditions["court"] = condition("LT", ["B": "AQ=="])
        #expect(try await cloud.call("Query", input(conditions))["Items"]?.texts("sk") == ["3", "2"])
        conditions["round"] = condition("BEGINS_WITH", s("f"))
        #expect(await cloud.message("Query", input(conditions))?.hasSuffix(
            "RANGE key attributes round must have equality conditions specified in the query because a condition is present on key attribute court") == true)
        conditions["round"] = condition("CONTAINS", s("f"))
        #expect(await cloud.message("Query", input(conditions)) == "Attempted conditional constraint is not an indexable operation")
    }

    @Test("pages end and go on with every attribute of both keys", arguments: [true, false])
    func pages(isForward: Bool) async throws {
        try await makeMatches(["ProjectionType": "KEYS_ONLY"])
        var read: [String] = []
        var start: Document?
        repeat {
            var members: Members = ["Limit": 1, "ScanIndexForward": .bool(isForward)]
            if let start { members.append("ExclusiveStartKey", start) }
            let page = try await cloud.call("Query", request("t = :t AND r = :r AND round = :f", members))
            read += page["Items"]?.texts("sk") ?? []
            start = page["LastEvaluatedKey"]
            if let start, case .object(let members) = start { #expect(Set(members.map(\.name)) == ["pk", "sk", "t", "r", "round", "court", "n"]) }
        } while start != nil && read.count < 10
        #expect(read == (isForward ? ["3", "2", "1"] : ["1", "2", "3"]))
    }

    @Test("a start key must have every attribute, and lie in what is read")
    func startKeys() async throws {
        try await makeMatches()
        let start: Members = ["pk": s("a"), "sk": s("2"), "t": s("cup"), "r": s("eu"), "round": s("final"), "court": ["B": "AA=="], "n": n(10)]
        func message(_ condition: String, _ changed: String? = nil, _ value: Document? = nil) async -> String? {
            var key = start
            if let changed { key[changed] = value }
            let message = await cloud.message("Query", request(condition, ["ExclusiveStartKey": .object(key)]))
            return message.map { $0.replacing("1 validation error detected: ", with: "") }
        }
        #expect(await message("t = :t AND r = :r") == nil)
        #expect(await message("t = :t AND r = :r AND round = :f AND court = :c AND n >= :n") == nil)
        for name in ["pk", "t", "r", "round", "court", "n"] { #expect(await message("t = :t AND r = :r", name, nil) == "The provided starting key is invalid") }
        #expect(await message("t = :t AND r = :r", "n", s("1")) == "The provided key element does not match the schema")
        #expect(await message("t = :t AND r = :r", "r", s("us")) == "The provided starting key is outside query boundaries based on provided conditions")
        #expect(await message("t = :t AND r = :r AND round = :p") == "The provided starting key does not match the range key predicate")
        #expect(await message("t = :t AND r = :r AND round = :f AND court > :c") == "The provided starting key does not match the range key predicate")
    }

    @Test("a scan and a parallel scan of the index see the items that have all of its key")
    func scans() async throws {
        try await makeMatches()
        #expect(Set(try await cloud.call("Scan", ["TableName": "things", "IndexName": "matches"])["Items"]?.texts("sk") ?? []) == ["1", "2", "3", "4", "5", "6"])
        var read: [String] = []
        for segment in 0..<5 {
            var start: Document?
            repeat {
                var input: Members = ["TableName": "things", "IndexName": "matches", "Segment": .int(segment), "TotalSegments": 5, "Limit": 1]
                if let start { input.append("ExclusiveStartKey", start) }
                let page = try await cloud.call("Scan", .object(input))
                read += page["Items"]?.texts("sk") ?? []
                start = page["LastEvaluatedKey"]
            } while start != nil && read.count < 20
        }
        #expect(read.sorted() == ["1", "2", "3", "4", "5", "6"])
    }

    @Test("every projection has all attributes of the keys")
    func projections() async throws {
        try await makeMatches(["ProjectionType": "INCLUDE", "NonKeyAttributes": ["y"]])
        #expect(try await cloud.call("Query", request("t = :t AND r = :r AND round = :p"))["Items"] == [
            ["court": ["B": "AQ=="], "n": n(5), "pk": s("a"), "r": s("eu"), "round": s("fin"), "sk": s("4"), "t": s("cup")]
        ])
        #expect(await cloud.message("Query", request("t = :t AND r = :r", ["ProjectionExpression": "court, n, x"]))
            == "One or more parameter values were invalid: Global secondary index matches does not project [x]")
    }

    @Test("an update moves an item in the index, takes it out and puts it back")
    func updates() async throws {
        try await makeMatches()
        func update(_ expression: String, _ values: Members = [:]) async throws -> Document? {
            var input: Members = ["TableName": "things", "Key": key("a", "4"), "UpdateExpression": .string(expression), "ReturnConsumedCapacity": "INDEXES"]
            if !values.isEmpty { input.append("ExpressionAttributeValues", .object(values)) }
            return try await cloud.call("UpdateItem", .object(input))["ConsumedCapacity"]?["GlobalSecondaryIndexes"]?["matches"]?["CapacityUnits"]
        }
        #expect(try await update("SET court = :c", [":c": ["B": "AA=="]]) == .number("2.0"))
        #expect(try await update("SET x = :c", [":c": s("other")]) == .number("1.0"))
        #expect(try await update("REMOVE n") == .number("1.0"))
        #expect(try await found("t = :t AND r = :r") == ["3", "2", "1"])
        #expect(try await update("SET y = :c", [":c": s("y")]) == nil)
        #expect(try await update("SET n = :c", [":c": n(1)]) == .number("1.0"))
        #expect(try await found("t = :t AND r = :r") == ["4", "3", "2", "1"])
        let capacity = try await cloud.call("Query", request("t = :t AND r = :r", ["ReturnConsumedCapacity": "INDEXES"]))["ConsumedCapacity"]
        #expect(capacity?["GlobalSecondaryIndexes"]?["matches"]?["CapacityUnits"] == .number("0.5"))
    }

    @Test("each attribute is checked as a key by itself", arguments: [
        ("r", n(1), "One or more parameter values were invalid: Type mismatch for Index Key r Expected: S Actual: N IndexName: matches"),
        ("n", s("1"), "One or more parameter values were invalid: Type mismatch for Index Key n Expected: N Actual: S IndexName: matches"),
        ("r", s(""),
            "One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty string value. IndexName: matches, IndexKey: r"),
        ("r", s(String(repeating: "x", count: 2049)), "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes"),
        ("court", ["B": .string(String(repeating: "AAAA", count: 342))],
            "One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes"),
    ] as [(String, Document, String)])
    func values(name: String, value: Document, message: String) async throws {
        try await makeTable(on: cloud)
        // Even where the item lacks others.
        #expect(await cloud.message("PutItem", ["TableName": "things", "Item": item("a", "1", [name: value])])?.hasSuffix(message) == true)
        #expect(try await cloud.get("things", key("a", "1")) == nil)
    }

    @Test("an index that is added takes in what there is, and goes with its definitions")
    func backfill() async throws {
        try await cloud.makeTable("things")
        for number in 1...3 { try await cloud.put("things", item("a", "\(number)", ["t": s("cup"), "r": s("eu"), "round": s("r\(4 - number)")])) }
        let definitions = Document.array((Self.definitions.array ?? []).filter { ["t", "r", "round"].contains($0["AttributeName"]?.string) })
        try await cloud.call("UpdateTable", [
            "TableName": "things", "AttributeDefinitions": definitions,
            "GlobalSecondaryIndexUpdates": [["Create": Self.index(Self.schema(["t", "r"], ["round"]))]],
        ])
        #expect(try await found("t = :t AND r = :r") == ["3", "2", "1"])
        try await cloud.call("UpdateTable", ["TableName": "things", "GlobalSecondaryIndexUpdates": [["Delete": ["IndexName": "matches"]]]])
        #expect(try await cloud.call("DescribeTable", ["TableName": "things"])["Table"]?["AttributeDefinitions"]?.array?.count == 2)
    }

    @Test("a restart leaves the index as it was")
    func restart() async throws {
        let store = MemoryStore()
        let before = TestCloud(store: store)
        before.environment.attach()
        try await makeTable(on: before)
        try await put("1", "cup", "eu", "final", "AQ==", 9, on: before)
        try await put("2", "cup", "eu", "final", "AA==", 10, on: before)
        await before.environment.journal.commit()
        before.environment.detach()
        let after = TestCloud(store: store)
        try after.environment.load()
        #expect(after.dynamoDB.state.regions[scope]?.tables["things"]?.index("matches")?.keys == before.dynamoDB.state.regions[scope]?.tables["things"]?.index("matches")?.keys)
        #expect(try await after.call("Query", request("t = :t AND r = :r"))["Items"]?.texts("sk") == ["2", "1"])
    }

    @Test("a backup has the index")
    func backup() async throws {
        try await makeMatches()
        let made = try await cloud.call("CreateBackup", ["TableName": "things", "BackupName": "nightly"])["BackupDetails"]?["BackupArn"] ?? .null
        let described = try await cloud.call("DescribeBackup", ["BackupArn": made])["BackupDescription"]?["SourceTableFeatureDetails"]
        #expect(described?["GlobalSecondaryIndexes"]?[0]?["KeySchema"] == Self.schema(["t", "r"], ["round", "court", "n"]))
        func restore(_ schema: Document) -> Document {
            ["BackupArn": made, "TargetTableName": "again", "GlobalSecondaryIndexOverride": [Self.index(schema)]]
        }
        #expect(await cloud.message("RestoreTableFromBackup", restore(Self.schema(["t", "r", "round"], ["court", "n"])))?.contains("does not match a secondary index") == true)
        try await cloud.call("RestoreTableFromBackup", restore(Self.schema(["t", "r"], ["round", "court", "n"])))
        #expect(try await cloud.call("Query", request("t = :t AND r = :r", ["TableName": "again"]))["Items"]?.texts("sk") == ["4", "3", "2", "1"])
    }

    @Test("PartiQL reads partitions where it has the whole partition key", arguments: [
        ("t = 'cup' AND r = 'eu'", ["1", "2", "3", "4"]),
        ("t = 'cup' AND r IN ['eu', 'us'] AND round = 'final'", ["1", "2", "3", "5"]),
        ("t IN ['cup', 'cu'] AND r IN ['eu', 'peu']", ["1", "2", "3", "4", "6"]),
        ("t = 'cup' AND r = 'eu' AND round = 'final' AND n > 0", ["1", "2"]),
        ("t = 'cup'", ["1", "2", "3", "4", "5"]),
        ("t = 'cup' AND round = 'fin'", ["4"]),
        ("t = 'cup' AND r = 'eu' AND begins_with(round, 'fin') AND n = 5", ["4"]),
    ])
    func statements(condition: String, expected: [String]) async throws {
        try await makeMatches()
        let statement = #"SELECT sk FROM things.matches WHERE \#(condition)"#
        #expect(try await cloud.items(statement).compactMap { $0["sk"]?["S"]?.string }.sorted() == expected)
    }

    @Test("PartiQL orders as the index does, or the other way")
    func order() async throws {
        try await makeMatches()
        func keys(_ rest: String) async throws -> [String] {
            try await cloud.items("SELECT * FROM things.matches WHERE t = 'cup' AND r = 'eu'" + rest).compactMap { $0["sk"]?["S"]?.string }
        }
        #expect(try await keys(" ORDER BY round DESC") == ["1", "2", "3", "4"])
        #expect(try await keys(" ORDER BY round, court, n") == ["4", "3", "2", "1"])
        #expect(try await keys(" AND round = 'final' ORDER BY court DESC") == ["1", "2", "3"])
        #expect(await cloud.refusal("SELECT * FROM things.matches WHERE t = 'cup' AND r = 'eu' ORDER BY court") != nil)
        #expect(await cloud.refusal("SELECT * FROM things.matches WHERE t = 'cup' AND r = 'eu' ORDER BY round, court DESC") != nil)
        let many = Array(repeating: 0, count: 8).indices.map { "'\($0)'" }.joined(separator: ", ")
        #expect(await cloud.refusal("SELECT * FROM things.matches WHERE t IN [\(many)] AND r IN [\(many)]")
            == "Too many decomposed read operations for a given query.")
    }
}

@Suite("The encoding of multi-attribute keys")
struct MultiAttributeKeyEncodingTests {
    @Test("partitions are hashed over all their attributes, and told apart by where one ends and the next begins")
    func partitions() {
        func key(_ first: AttributeValue, _ further: AttributeValue...) -> [UInt8] {
            var bytes: [UInt8] = []
            KeyEncoding.appendPartition(first, further, to: &bytes)
            return bytes
        }
        let keys = [key("ab", "c"), key("a", "bc"), key("abc"), key("c", "ab"), key("ab\0", "c"), key(1, 2), key(12), key(2, 1)]
        #expect(Set(keys).count == keys.count)
        #expect(Set(keys.map { Array($0.prefix(8)) }).count == keys.count)
        #expect(key("a") == KeyEncoding.key(partition: "a"))
    }

    @Test("the bounds hold exactly the keys in the range")
    func bounds() {
        let texts: [AttributeValue] = ["a", "a\0", "ab", "b", "b\0c", "c"]
        let numbers: [AttributeValue] = [-10, -1, 0, 2, 10]
        let tests: [KeyCondition.Test?] = [nil, .equal("b"), .less("b"), .lessOrEqual("b"), .greater("b"), .greaterOrEqual("b"), .between("ab", "b"), .beginsWith("a")]
        for first in numbers {
            for test in tests {
                let range = KeyRange(partition: "p", furtherPartitions: [1], prefix: [first], sort: test)
                let (lower, upper) = range.bounds
                for partition in [1, 2] as [AttributeValue] {
                    for number in numbers {
                        for text in texts {
                            var key: [UInt8] = []
                            KeyEncoding.appendPartition("p", [partition], to: &key)
                            for value in [number, text, "further"] { KeyEncoding.append(value, to: &key) }
                            let isInside = !key.lexicographicallyPrecedes(lower) && (upper.map { key.lexicographicallyPrecedes($0) } ?? true)
                            #expect(isInside == (partition == 1 && number == first && range.containsSort(text)))
                        }
                    }
                }
            }
        }
    }
}
