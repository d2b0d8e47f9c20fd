import JSON
import Kernel
import Testing
@testable import DynamoDB

/// What AWS answered to statements in September 2026 (eu-west-2).
@Suite("PartiQL: as recorded of AWS")
@CloudActor
struct RecordedStatementTests {
    let cloud = TestCloud()

    init() async throws {
        try await cloud.makeTable("edges")
        try await cloud.put("edges", item("ranges", "1", ["flag": s("one")]))
        try await cloud.put("edges", item("ranges", "2", ["flag": s("two")]))
        let index: Document = [
            "IndexName": "gsi-inc", "KeySchema": [["AttributeName": "gsiPk", "KeyType": "HASH"]],
            "Projection": ["ProjectionType": "INCLUDE", "NonKeyAttributes": ["projattr"]],
        ]
        let local: Document = [
            "IndexName": "lsi-keys", "KeySchema": [["AttributeName": "pk", "KeyType": "HASH"], ["AttributeName": "lsiSk", "KeyType": "RANGE"]],
            "Projection": ["ProjectionType": "KEYS_ONLY"],
        ]
        try await cloud.makeTable("views", [
            "AttributeDefinitions": [["AttributeName": "gsiPk", "AttributeType": "S"], ["AttributeName": "lsiSk", "AttributeType": "S"]],
            "GlobalSecondaryIndexes": [index], "LocalSecondaryIndexes": [local],
        ])
        for (number, key) in [(1, "y"), (2, "y2")] {
            try await cloud.put("views", item("p", "s\(number)", ["gsiPk": s(key), "lsiSk": s("k\(number)"), "nonproj": s("np\(number)")]))
        }
    }

    private func sorts(_ statement: String) async throws -> [String] {
        try await cloud.items(statement).compactMap { $0["sk"]?["S"]?.string }.sorted()
    }

    private func transaction(_ statements: [String]) -> Document {
        ["TransactStatements": .array(statements.map { ["Statement": .string($0)] })]
    }

    private nonisolated static func values(_ count: Int) -> String { (0..<count).map { "'v\($0)'" }.joined(separator: ",") }
    private nonisolated static let first = "Validation failed in TransactStatements[0]: "
    private nonisolated static let overlap = "Overlapping conditions with range keys are not supported in where clause"
    private nonisolated static let tooMany = "Too many decomposed read operations for a given query."
    private nonisolated static let operands = "The IN operator is provided with too many operands; number of operands: 101"

    @Test("conditions of a SELECT and the sort keys of the items that it answers", arguments: [
        ("pk='ranges' AND (sk='1' OR sk='2')", ["1", "2"]),
        ("pk='ranges' AND sk IN ['1','2']", ["1", "2"]),
        ("pk='ranges' AND (sk < '1' OR sk > '1' OR sk='1')", ["1", "2"]),
        ("pk='ranges' AND attribute_exists(pk)", ["1", "2"]),
        ("pk='ranges' AND NOT sk='1'", ["2"]),
        ("pk='ranges' AND sk <> '1'", ["2"]),
        ("pk='ranges' AND sk > '0' AND sk <> '1'", ["2"]),
        ("pk='ranges' AND sk='1' AND sk > '0'", ["1"]),
        ("pk='ranges' OR sk='1'", ["1", "2"]),
        ("pk > '1'", ["1", "2"]),
        ("pk > 1", []),
        ("pk='ranges' AND (flag='one' OR flag='x')", ["1"]),
        ("pk IN [\(values(50))] AND flag IN [\(values(100))]", []),
        ("pk IN [\(values(51))] OR flag='one'", ["1"]),
        ("(pk='ranges' AND sk='1') AND flag='one'", ["1"]),
    ])
    func selects(condition: String, expected: [String]) async throws {
        #expect(try await sorts("SELECT sk FROM edges WHERE \(condition)") == expected)
    }

    @Test("conditions that a SELECT can't have", arguments: [
        ("pk IN ['ranges','ranges']", overlap), ("pk='ranges' OR pk='ranges'", overlap), ("pk='ranges' AND (sk > '0' OR sk < '5')", overlap),
        ("pk='ranges' AND (sk='1' OR flag='two')", overlap), ("(pk='ranges' AND flag='one') OR (pk='ranges' AND flag='two')", overlap),
        ("pk = 1 OR pk = 'ranges'", "Key attribute's data type should match its data type in table's schema: Key pk"),
        ("pk = 'ranges' AND sk IN ['1', 2]", "Key attribute's data type should match its data type in table's schema: Key sk"),
        ("pk IN [\(values(51))]", tooMany), ("pk='ranges' AND sk IN [\(values(51))]", tooMany), ("pk IN [\(values(26))] AND sk IN ['1','2']", tooMany),
        ("pk='ranges' AND flag IN [\(values(101))]", operands),
        ("pk='ranges' AND attribute_type(flag, 1)", "Incorrect operand type for operator or function; operator or function: attribute_type, operand type: N"),
        ("pk='ranges' AND attribute_type(flag, true)", "Incorrect operand type for operator or function; operator or function: attribute_type, operand type: BOOL"),
        ("pk='ranges' AND flag = <<'a','a'>>", "One or more parameter values were invalid: Input collection [a, a] contains duplicates."),
        ("pk='ranges' AND attribute_exists(flag) > false", "Incorrect operand type for operator or function; operator or function: >, operand type: BOOL"),
        ("pk='ranges' AND attribute_exists('m')", "Operator or function requires a document path; operator or function: attribute_exists"),
    ])
    func refusedSelects(condition: String, expected: String) async {
        #expect(await cloud.refusal("SELECT sk FROM edges WHERE \(condition)") == expected)
    }

    @Test("alternatives without end are refused, not gathered")
    func alternatives() async {
        let group = "(sk='1' OR sk='2')"
        let product = "pk='ranges' AND " + Array(repeating: group, count: 300).joined(separator: " AND ")
        #expect(await cloud.refusal("SELECT sk FROM edges WHERE \(product)") == Self.tooMany)
        let ten = "pk='a' AND " + Array(repeating: group, count: 9).joined(separator: " AND ")
        let sum = Array(repeating: "(\(ten))", count: 30).joined(separator: " OR ")
        #expect(await cloud.refusal("SELECT sk FROM edges WHERE \(sum)") == Self.tooMany)
    }

    @Test("a condition compared with what is true and false", arguments: [
        ("attribute_exists(nope) = false", true), ("true = attribute_exists(n)", true), ("attribute_exists(n) <> 1", true), ("contains(nope, 'z') = false", true),
        ("(n BETWEEN 0 AND 5) = true", true), ("(n = 5 OR flag = 'x') = false", true), ("attribute_exists(nope) IN [true, false]", true),
        ("attribute_exists(n) = attribute_exists(flag)", true), ("attribute_exists(n) = yes", true), ("attribute_exists(n) = 1", false),
        ("NOT attribute_exists(n) = true", false), ("(attribute_exists(n) = true) = false", false), ("attribute_exists(n) = flag", false),
        ("n = - - 1", true), ("n > -/* c */-1", false), ("n BETWEEN - 2 AND +5 AND n IN [- 1, 1]", true),
    ])
    func booleans(condition: String, holds: Bool) async throws {
        try await cloud.put("edges", item("booleans", "1", ["n": n(1), "flag": s("right"), "yes": ["BOOL": true]]))
        #expect(try await sorts("SELECT sk FROM edges WHERE pk='booleans' AND sk='1' AND \(condition)") == (holds ? ["1"] : []))
    }

    @Test("an index is filtered by what it shows, and asked with its key only for that")
    func indexes() async throws {
        let gsi = "SELECT sk FROM views.\"gsi-inc\" WHERE "
        #expect(try await sorts(gsi + "nonproj='np1'") == [])
        #expect(try await sorts("SELECT sk FROM views.\"lsi-keys\" WHERE nonproj='np1'") == [])
        #expect(try await sorts(gsi + "NOT nonproj='np1'") == ["s1", "s2"])
        #expect(try await sorts(gsi + "(gsiPk='y' AND nonproj='np1') OR gsiPk='y2'") == ["s2"])
        #expect(try await sorts(gsi + "(gsiPk='y' AND projattr='1') OR (gsiPk='z' AND aa='1')") == [])
        #expect(try await sorts(gsi + "gsiPk='y' AND (gsiPk='z' OR zz='1')") == [])
        #expect(try await sorts(gsi + "gsiPk > 'a' AND zz='1'") == [])
        #expect(try await sorts(gsi + "(gsiPk='y' AND zz='1') OR aa='1'") == [])
        #expect(await cloud.refusal(gsi + "(gsiPk='y' AND zz='1') OR (gsiPk='y' AND aa='1')") == Self.overlap)
    }

    @Test("attributes that an index lacks, asked with its key", arguments: [
        ("gsiPk='y' AND NOT (nonproj='np1' OR projattr='x')", "nonproj"), ("gsiPk='y' AND b='1' AND (a='2' OR projattr='3')", "a, b"),
        ("gsiPk='y' AND (zz='1' OR aa='2' OR mm='3')", "zz, aa, mm"),
        ("(gsiPk='b' AND u1='1') OR (gsiPk='q' AND u2='1')", "u2"), ("(gsiPk='q' AND u1='1') OR (gsiPk='b' AND u2='1')", "u1"), ("(gsiPk='y' OR gsiPk='z') AND zz='1'", "zz"),
    ])
    func unprojected(condition: String, names: String) async {
        #expect(await cloud.refusal("SELECT pk FROM views.\"gsi-inc\" WHERE \(condition)")
            == "One or more parameter values were invalid: Secondary index gsi-inc does not project one or more filter attributes: [\(names)]")
    }

    @Test("list indexes")
    func listIndexes() async throws {
        try await cloud.put("edges", item("index", "1", ["l": ["L": [s("a"), s("b")]]]))
        #expect(await cloud.refusal("SELECT l[-1] FROM edges WHERE pk='index' AND sk='1'") == "List index is not within the allowable range; index: [-1] at 1:11:1")
        #expect(await cloud.refusal("SELECT l[2147483648] FROM edges WHERE pk='index' AND sk='1'")
            == "List index is not within the allowable range; index: [2147483648] at 1:10:10")
        #expect(try await cloud.items("SELECT l[-0] FROM edges WHERE pk='index' AND sk='1'") == [["l[0]": s("a")]])
        #expect(try await cloud.items("SELECT l[2147483647] FROM edges WHERE pk='index' AND sk='1'") == [[:]])
    }

    @Test("updates that are refused", arguments: [
        ("UPDATE edges\nSET flag = set_add(flag, 'x')\n", "The second argument to SET_ADD must be a value with type SET at 2:20:4"),
        ("UPDATE edges SET \"flag\" = set_delete(\"flag\", ['x'])", "The second argument to SET_DELETE must be a value with type SET at 1:38:6"),
        ("UPDATE edges SET other = set_add(flag, <<'x'>>)", "The first argument to SET_ADD must equal the assignment value at 1:26:7"),
        ("UPDATE edges SET flag = set_add(flag, <<'b','b'>>)", "One or more parameter values were invalid: Input collection [b, b] contains duplicates."),
        ("UPDATE edges SET n = set_add(n, <<2, 2.0>>)", "One or more parameter values were invalid: Input collection [2, 2.0] contains duplicates! under root"),
        ("UPDATE edges SET n = 'a' + 1", "Incorrect operand type for operator or function; operator or function: +, operand type: S"),
        ("UPDATE edges SET n = n - null", "Incorrect operand type for operator or function; operator or function: -, operand type: NULL"),
        ("UPDATE edges SET d = " + String(repeating: "{'a':", count: 32) + "1" + String(repeating: "}", count: 32),
            "Nesting Levels have exceeded supported limits under root" + String(repeating: ".a", count: 32)),
        ("UPDATE edges SET d = {'a':" + String(repeating: "[", count: 31) + "1" + String(repeating: "]", count: 31) + "}",
            "Nesting Levels have exceeded supported limits under root.a" + String(repeating: "[0]", count: 31)),
        ("UPDATE edges SET n = n--1", "Where clause does not contain a mandatory equality on all key attributes"),
        ("UPDATE edges SET NoList = list_append(NoList, [1])", "The provided expression refers to an attribute that does not exist in the item"),
        ("UPDATE edges SET flag = set_add(flag, <<1>>)", "An operand in the update expression has an incorrect data type"),
    ])
    func updates(statement: String, expected: String) async {
        let place = " WHERE pk='ranges' AND sk='1'"
        #expect(await cloud.refusal(statement + place) == expected)
        guard !statement.contains("--") else { return }
        // A transaction says what is wrong with a statement with its number, and what is wrong with the item as its reason.
        let error = await cloud.error("ExecuteTransaction", transaction([statement + place]))
        let isOfItem = expected.hasPrefix("The provided") || expected.hasPrefix("An operand")
        #expect(isOfItem ? error?.members["CancellationReasons"]?[0]?["Message"] == .string(expected) : error?.message == Self.first + expected)
    }

    @Test("nothing inside a list or a tuple is a parameter")
    func parameters() async throws {
        let update = "UPDATE edges SET x = "
        #expect(await cloud.refusal(update + "[?] WHERE pk='ranges' AND sk='1'", [s("v")])
            == "Unsupported data type: Parameter under key root[0] at 1:\(update.count + 2):1")
        #expect(await cloud.refusal("INSERT INTO edges VALUE {'pk':'literals','sk':'1','m':{'k':?}}", [s("v")])
            == "Unsupported data type: Parameter under key root.k at 1:60:1")
        try await cloud.run("INSERT INTO edges VALUE {'pk':?,'sk':'1','n':1}", [s("literals")])
        #expect(try await cloud.items("SELECT sk FROM edges WHERE pk='literals' AND n IN [?, 2]", [n(1)]).count == 1)
    }

    @Test("a parameter that isn't allowed is refused before the statement is read")
    func invalidParameters() async throws {
        let duplicates = "One or more parameter values were invalid: Input collection [a, a] contains duplicates."
        let twice: Document = ["SS": ["a", "a"]]
        #expect(await cloud.refusal("UPDATE edges SET WHERE", [["NS": []]]) == "One or more parameter values were invalid: An number set  may not be empty")
        #expect(await cloud.message("ExecuteTransaction", ["TransactStatements": [
            ["Statement": "SLECT", "Parameters": [n(1)]], ["Statement": "INSERT INTO edges VALUE ?", "Parameters": [["SS": []]]],
        ]]) == "One or more parameter values were invalid: An string set  may not be empty")
        let answer = try await cloud.call("BatchExecuteStatement", ["Statements": [["Statement": "SLECT", "Parameters": [["SS": []]]]]])
        #expect(answer["Responses"] == [["Error": ["Code": "ValidationError", "Message": "One or more parameter values were invalid: An string set  may not be empty"]]])
        #expect(await cloud.message("ExecuteTransaction", transaction(["INSERT INTO edges VALUE {'pk':'bags','sk':'1','x':[<<'a','a'>>]}"])) == Self.first + duplicates)
        #expect(await cloud.refusal("INSERT INTO edges VALUE ?", [twice])?.contains("contains duplicates.") == true)
    }

    @Test("a key that must have two values")
    func conflicts() async throws {
        let several = "Multiple conditions on same key pk. Only single item Update/Insert/Delete are supported"
        #expect(await cloud.refusal("UPDATE edges SET a=1 WHERE pk='ranges' AND sk='1' AND pk='other'") == several)
        #expect(await cloud.refusal("DELETE FROM edges WHERE pk='ranges' AND sk='1' AND pk='other'") == several)
        try await cloud.run("UPDATE edges SET a=2 WHERE pk='ranges' AND sk='1' AND pk='ranges'")
        let error = await cloud.error("ExecuteTransaction", transaction([
            "EXISTS(SELECT * FROM edges WHERE pk='ranges' AND sk='1' AND pk='other' AND flag='one')", "UPDATE edges SET b=1 WHERE pk='ranges' AND sk='2'",
        ]))
        #expect(error?.members["CancellationReasons"]?[0]?["Code"] == "ConditionalCheckFailed")
        #expect(error?.members["CancellationReasons"]?[1] == ["Code": "None"])
    }

    @Test("reads by the key in a transaction and in a batch", arguments: [
        ("pk IN ['ranges'] AND sk IN ['1']", true), ("(pk IN ['ranges']) AND pk='ranges' AND sk='2'", true), ("(sk='1') AND pk='ranges' AND pk='ranges'", true),
        ("pk IN ['other'] AND pk='ranges' AND sk='1'", false), ("pk='ranges' AND sk='1' AND flag='one'", false), ("pk='ranges' AND sk='1' AND pk='other'", false),
        ("pk='ranges'", false),
    ])
    func keyReads(condition: String, isAllowed: Bool) async throws {
        let statement = "SELECT sk FROM edges WHERE \(condition)"
        let refused = "Select statements within ExecuteTransaction must specify the primary key in the where clause."
        #expect(await cloud.message("ExecuteTransaction", transaction([statement])) == (isAllowed ? nil : Self.first + refused))
        let answer = try await cloud.call("BatchExecuteStatement", ["Statements": [["Statement": .string(statement)]]])["Responses"]?[0]
        #expect(answer?["Error"]?["Message"]
            == (isAllowed ? nil : "Select statements within BatchExecuteStatement must specify the primary key in the where clause."))
    }

    @Test("what cancels a transaction, and what it says first")
    func transactions() async throws {
        let select = "SELECT * FROM edges WHERE pk='ranges' AND sk='1'"
        func codes(_ statements: [String]) async -> [String?]? {
            await cloud.error("ExecuteTransaction", transaction(statements))?.members["CancellationReasons"]?.array?.map { $0["Code"]?.string }
        }
        #expect(await codes(["UPDATE absent SET a=1 WHERE pk='x' AND sk='1' RETURNING ALL NEW *", "DELETE FROM absent WHERE pk='x' AND sk='1'"])
            == ["ResourceNotFound", "ResourceNotFound"])
        #expect(await codes([select, "SELECT * FROM absent.\"idx\" WHERE pk='x' AND sk='1'"]) == ["None", "ResourceNotFound"])
        #expect(await cloud.message("ExecuteTransaction", transaction([
            "UPDATE absent SET a=1 WHERE pk='x' AND sk='1'", "UPDATE edges SET a=1 WHERE pk='ranges' AND sk='1' RETURNING ALL NEW *",
        ])) == "Validation failed in TransactStatements[1]: RETURNING clause is not supported in ExecuteTransaction.")
        #expect(await cloud.message("ExecuteTransaction", transaction(["SELECT * FROM absent WHERE pk='x' AND sk='1'", "SELECT * FROM edges.\"idx\" WHERE pk='x' AND sk='1'"]))
            == "Validation failed in TransactStatements[1]: Reads on indices are not supported within transactions.")
        #expect(await cloud.message("ExecuteTransaction", transaction([select, "SELECT flag FROM edges WHERE sk='1' AND pk='ranges'"]))
            == "Transaction request cannot include multiple operations on one item")
        #expect(await codes([select, select, "SELECT * FROM edges WHERE pk=1 AND sk='1'"]) == ["None", "None", "ValidationError"])
        let update = "UPDATE edges SET a=1 WHERE "
        let error = await cloud.error("ExecuteTransaction", transaction([
            update + "pk='keys'", update + "pk IN ['keys'] AND sk='1'", update + "pk='keys' AND sk='1' AND pk='other'", update + "pk='keys' AND sk=1",
            update + "pk='ranges' AND sk='1'",
        ]))
        let mismatch: Document = ["Code": "ValidationError", "Message": "The provided key element does not match the schema"]
        #expect(error?.members["CancellationReasons"] == [mismatch, mismatch, mismatch, mismatch, ["Code": "None"]])
        let insert = await cloud.error("ExecuteTransaction", transaction(["INSERT INTO edges VALUE {'pk':'keys-insert'}"]))
        #expect(insert?.members["CancellationReasons"]?[0]?["Message"] == "One or more parameter values were invalid: Missing the key sk in the item")
        #expect(await cloud.message("ExecuteTransaction", transaction([
            "EXISTS(SELECT sk FROM edges WHERE pk IN ['ranges'] AND sk='1' AND flag='one')", update + "pk='ranges' AND sk='2'",
        ])) == Self.first + "EXISTS() must contain a single item read with additional condition")
        #expect(await cloud.message("ExecuteTransaction", transaction(["SELECT * FROM edges WHERE pk IN [\(Self.values(101))] AND sk='1'"])) == Self.first + Self.operands)
        #expect(await cloud.message("ExecuteTransaction", transaction(["SELECT sk FROM edges WHERE pk IN ['ranges','ranges'] AND sk='1'"])) == Self.first + Self.overlap)
    }

    @Test("an update that makes its item too deep")
    func depth() async throws {
        try await cloud.put("edges", item("deep-path", "1", ["m": ["M": [:]]]))
        var value = s("x")
        for _ in 0..<31 { value = ["M": ["a": value]] }
        let update = "UPDATE edges SET m.deep = ? WHERE pk='deep-path' AND sk='1'"
        #expect(await cloud.refusal(update, [value]) == "Nesting Levels have exceeded supported limits")
        let answer = try await cloud.call("BatchExecuteStatement", ["Statements": [TestCloud.statement(update, [value])]])
        #expect(answer["Responses"] == [
            ["TableName": "edges", "Error": ["Code": "ValidationError", "Message": "Nesting Levels have exceeded supported limits"]],
        ])
        try await cloud.run("INSERT INTO edges VALUE {'pk':'nested','sk':'1','d':" + String(repeating: "{'a':", count: 31) + "1" + String(repeating: "}", count: 32))
    }
}
