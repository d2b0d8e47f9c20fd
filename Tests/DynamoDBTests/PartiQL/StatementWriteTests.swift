import JSON
import Kernel
import Testing
@testable import DynamoDB

@Suite("PartiQL: INSERT, UPDATE, DELETE")
@CloudActor
struct StatementWriteTests {
    let cloud = TestCloud()
    nonisolated static let place = "WHERE pk = 'a' AND sk = '1'"

    init() async throws {
        try await cloud.makeTable("things", sort: "S", ["StreamSpecification": ["StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"]])
        try await cloud.put("things", item("a", "1", ["n": n(1), "l": ["L": [n(1)]], "t": ["SS": ["x", "y"]], "m": ["M": ["k": s("v"), "o": s("p")]]]))
    }

    private var stored: Document? { get async throws { try await cloud.get("things", key("a", "1")) } }

    @Test("a literal of each type is stored as that type")
    func literals() async throws {
        let answer = try await cloud.run(
            """
            INSERT INTO "things" VALUE {'pk': 'b', 'sk': 'it''s', 'n': -1.50, 'e': 12e2, 'yes': TRUE, 'no': false, 'nothing': NULL,
              'l': [1, 'a', ['x']], 'm': {'k': {}}, 'ns': <<2, 1>>, 'ss': <<'b', 'a'>>, 'empty': '', 'bytes': ?}
            """, [["B": "Ag=="]])
        #expect(answer == ["Items": []])
        #expect(try await cloud.get("things", key("b", "it's")) == [
            "pk": s("b"), "sk": s("it's"), "n": ["N": "-1.5"], "e": ["N": "1200"], "yes": ["BOOL": true], "no": ["BOOL": false], "nothing": ["NULL": true],
            "l": ["L": [n(1), s("a"), ["L": [s("x")]]]], "m": ["M": ["k": ["M": [:]]]], "ns": ["NS": ["1", "2"]], "ss": ["SS": ["a", "b"]],
            "empty": s(""), "bytes": ["B": "Ag=="],
        ] as Document)
    }

    @Test("an item can be one parameter")
    func parameter() async throws {
        try await cloud.run("INSERT INTO things VALUE ?", [["M": ["pk": s("p"), "sk": s("q")]]])
        #expect(try await cloud.get("things", key("p", "q")) == key("p", "q"))
    }

    @Test("an insert never replaces")
    func duplicate() async throws {
        let error = await cloud.error("ExecuteStatement", ["Statement": "INSERT INTO things VALUE {'pk': 'a', 'sk': '1'}"])
        #expect(error == AWSError("DuplicateItemException", "Duplicate primary key exists in table"))
        #expect(try await stored?["n"] == n(1))
    }

    @Test("updates", arguments: [
        ("SET n = 5", "n", n(5)),
        ("SET n = n + 2", "n", n(3)),
        ("SET n = n - 2", "n", n(-1)),
        ("SET fresh = n", "fresh", n(1)),
        ("SET l = list_append(l, [2])", "l", ["L": [n(1), n(2)]]),
        ("SET l = LIST_APPEND([0], l)", "l", ["L": [n(0), n(1)]]),
        ("SET l[0] = 'first'", "l", ["L": [s("first")]]),
        ("SET t = set_add(t, <<'z'>>)", "t", ["SS": ["x", "y", "z"]]),
        ("SET t = set_delete(t, <<'x'>>)", "t", ["SS": ["y"]]),
        ("SET m.k = {'deep': [1]}", "m", ["M": ["k": ["M": ["deep": ["L": [n(1)]]]], "o": s("p")]]),
        ("SET n = 2 SET other = 3", "other", n(3)),
        ("SET n = 2, other = 3", "other", n(3)),
        ("REMOVE n", "n", nil),
        ("REMOVE m.o REMOVE l", "m", ["M": ["k": s("v")]]),
    ] as [(String, String, Document?)])
    func updates(change: String, attribute: String, expected: Document?) async throws {
        #expect(try await cloud.run("UPDATE things \(change) \(Self.place)") == ["Items": []])
        #expect(try await stored?[attribute] == expected)
    }

    @Test("RETURNING", arguments: [
        ("SET n = 2 \(place) RETURNING MODIFIED OLD *", [["n": n(1)]]),
        ("SET n = 2 \(place) RETURNING MODIFIED NEW *", [["n": n(2)]]),
        ("SET m.k = 'w' \(place) RETURNING MODIFIED NEW *", [["m": ["M": ["k": s("w")]]]]),
        ("REMOVE n \(place) RETURNING MODIFIED NEW *", []),
        ("SET fresh = 1 \(place) RETURNING MODIFIED OLD *", []),
        ("REMOVE n REMOVE l REMOVE t REMOVE m \(place) RETURNING ALL NEW *", [key("a", "1")]),
    ] as [(String, [Document])])
    func returning(update: String, expected: [Document]) async throws {
        #expect(try await cloud.items("UPDATE things \(update)") == expected)
    }

    @Test("an update makes no item, and its condition must hold")
    func conditions() async throws {
        let missing = await cloud.error("ExecuteStatement", ["Statement": "UPDATE things SET n = 1 WHERE pk = 'z' AND sk = 'z'"])
        #expect(missing == AWSError("ConditionalCheckFailedException", "The conditional request failed"))
        let failed = await cloud.error("ExecuteStatement", [
            "Statement": .string("UPDATE things SET n = 9 \(Self.place) AND n > 5"), "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        ])
        #expect(failed?.code == "ConditionalCheckFailedException")
        #expect(failed?.members["Item"] == (try await stored))
        try await cloud.run("UPDATE things SET n = 9 \(Self.place) AND (n > 5 OR contains(t, 'x'))")
        #expect(try await stored?["n"] == n(9))
    }

    @Test("a delete answers what was there if it is asked for")
    func delete() async throws {
        #expect(try await cloud.items("DELETE FROM things WHERE pk = 'z' AND sk = 'z' AND n = 1 RETURNING ALL OLD *") == [])
        #expect(await cloud.error("ExecuteStatement", ["Statement": .string("DELETE FROM things \(Self.place) AND n = 7")])?.code == "ConditionalCheckFailedException")
        let old = try await stored
        #expect(try await cloud.items("DELETE FROM things \(Self.place) AND n = 1 RETURNING ALL OLD *") == [old])
        #expect(try await stored == nil)
        #expect(await cloud.refusal("DELETE FROM things \(Self.place) RETURNING MODIFIED NEW *")
            == "Invalid returning clause: RETURNING MODIFIED NEW *. Only RETURNING ALL OLD * is allowed in DELETE statements.")
    }

    @Test("a statement's write has its stream record and its capacity as any other")
    func causes() async throws {
        let answer = try await cloud.run("UPDATE things SET n = 2 \(Self.place)", [], ["ReturnConsumedCapacity": "TOTAL"])
        #expect(answer["ConsumedCapacity"] == ["TableName": "things", "CapacityUnits": .number("1.0")])
        #expect(try await cloud.records().map { $0["eventName"] } == ["INSERT", "MODIFY"])
    }

    @Test("what a write can't be", arguments: [
        ("UPDATE things SET n = 1", "Where clause does not contain a mandatory equality on all key attributes"),
        ("UPDATE things SET n = 1 WHERE pk = 'a'", "Where clause does not contain a mandatory equality on all key attributes"),
        ("UPDATE things SET n = 1 WHERE pk = 'a' AND sk > '1'", "Where clause does not contain a mandatory equality on all key attributes"),
        ("DELETE FROM things", "Where clause does not contain a mandatory equality on all key attributes"),
        ("DELETE FROM things WHERE pk IN ['a', 'b'] AND sk = '1'", "Where clause does not contain a mandatory equality on all key attributes"),
        ("UPDATE things.anIndex SET n = 1 \(place)", "This operation is not supported on an index"),
        ("UPDATE things SET pk = 'b' \(place)", "One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key"),
        ("UPDATE things SET n = n + t \(place)", "An operand in the update expression has an incorrect data type"),
        ("UPDATE things SET t = set_add(l, <<'a'>>) \(place)", "The first argument to SET_ADD must equal the assignment value at 1:23:7"),
        ("UPDATE things SET t = set_delete(t, 'a') \(place)", "The second argument to SET_DELETE must be a value with type SET at 1:34:1"),
        ("INSERT INTO things VALUE {'pk': 'a'}", "Key attribute should be present in the item: Key sk"),
        ("INSERT INTO things VALUE {'pk': 1, 'sk': '1'}", "Key attribute's data type should match its data type in table's schema: Key pk"),
        ("INSERT INTO things VALUE 3",
            "Unsupported format in item expression. Please use struct format {...} to express item values for insert statement."),
        ("INSERT INTO things VALUE {'pk': 'a', 'sk': 'b', 's': <<>>}", "Empty bags are not supported"),
        ("INSERT INTO things VALUE {'pk': 'a', 'sk': 'b', 's': <<1, 'a'>>}",
            "Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags"),
        ("INSERT INTO things VALUE {'pk': 'a', 'sk': 'b'} RETURNING ALL OLD *", "RETURNING is not supported in INSERT"),
        ("INSERT INTO things VALUES ('a', 'b')",
            "Unsupported operation: Inserting multiple items in a single statement is not supported, use \"INSERT INTO tableName VALUE item\" instead"),
        ("INSERT INTO things VALUE {'pk': 'b', 'sk': '1', 'n': 1e126}",
            "Number overflow. Attempting to store a number with magnitude larger than supported range"),
    ])
    func refusals(statement: String, expected: String) async throws {
        let before = try await stored
        #expect(await cloud.refusal(statement) == expected)
        #expect(try await stored == before)
    }
}
