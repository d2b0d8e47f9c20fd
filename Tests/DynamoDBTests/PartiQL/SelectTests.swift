import JSON
import Kernel
import Testing
@testable import DynamoDB

@Suite("PartiQL: SELECT")
@CloudActor
struct SelectTests {
    let cloud = TestCloud()

    /// Three partitions of three items, and an index by `color`.
    init() async throws {
        let index: Document = [
            "IndexName": "byColor", "KeySchema": [["AttributeName": "color", "KeyType": "HASH"], ["AttributeName": "sk", "KeyType": "RANGE"]],
            "Projection": ["ProjectionType": "INCLUDE", "NonKeyAttributes": ["n"]],
        ]
        try await cloud.makeTable(
            sort: "S", ["AttributeDefinitions": [["AttributeName": "color", "AttributeType": "S"]], "GlobalSecondaryIndexes": [index]])
        for (number, pk) in ["a", "b", "c"].enumerated() {
            for sk in 1...3 {
                var members: Members = [
                    "n": n(number * 10 + sk), "color": s(sk == 3 ? "red" : "blue"),
                    "m": ["M": ["list": ["L": [n(sk), s("x")]], "deep": ["M": ["name": s("\(pk)\(sk)")]]]],
                ]
                if sk == 2 { members.append("tags", ["SS": ["x", "y"]]) }
                if sk == 3 { members.append("nothing", ["NULL": true]) }
                try await cloud.put("things", item(pk, "\(sk)", members))
            }
        }
    }

    private func numbers(_ items: [Document]) -> [Int] { items.compactMap { $0["n"]?["N"]?.string.flatMap { Int($0) } } }

    @Test("conditions", arguments: [
        ("pk = 'a'", [1, 2, 3]),
        ("pk = 'a' AND sk = '2'", [2]),
        ("'a' = pk AND '2' <= sk", [2, 3]),
        ("pk = 'a' AND sk BETWEEN '2' AND '9'", [2, 3]),
        ("pk = 'a' AND begins_with(sk, '3')", [3]),
        ("pk = 'a' AND sk > '1' AND sk < '3'", [2]),
        ("pk = 'a' AND n <> 2", [1, 3]),
        ("pk = 'a' AND n != 2", [1, 3]),
        ("pk = 'a' AND NOT n = 2", [1, 3]),
        ("pk = 'a' AND (n = 1 OR n = 3)", [1, 3]),
        ("pk IN ['a', 'b'] AND sk = '1'", [1, 11]),
        ("pk IN ('a', 'b') AND sk = '1'", [1, 11]),
        ("pk = 'a' OR pk = 'c'", [1, 2, 3, 21, 22, 23]),
        ("n IN [1, 22]", [1, 22]),
        ("n NOT IN [1, 2, 3, 11, 12, 13]", [21, 22, 23]),
        ("n BETWEEN 12 AND 21", [12, 13, 21]),
        ("n NOT BETWEEN 2 AND 22", [1, 23]),
        ("tags IS MISSING AND pk = 'b'", [11, 13]),
        ("tags IS NOT MISSING", [2, 12, 22]),
        ("nothing IS NULL", [3, 13, 23]),
        ("pk = 'a' AND contains(tags, 'x')", [2]),
        ("pk = 'a' AND CONTAINS(\"color\", 'lu')", [1, 2]),
        ("pk = 'a' AND attribute_type(tags, 'SS')", [2]),
        ("pk = 'a' AND size(tags) = 2", [2]),
        ("m.\"list\"[0] = 3", [3, 13, 23]),
        ("m.deep.\"name\" = 'b2'", [12]),
        ("n > -1 AND n < 1.5e0", [1]),
        ("sk = '1' AND pk = 'b' -- the middle\n", [11]),
        ("pk /* partition */ = 'b' AND sk = '1';", [11]),
    ] as [(String, [Int])])
    func conditions(condition: String, expected: [Int]) async throws {
        #expect(numbers(try await cloud.items("SELECT * FROM things WHERE \(condition)")).sorted() == expected)
        #expect(numbers(try await cloud.items("select * from \"things\" where \(condition)")).sorted() == expected)
    }

    @Test("a selected path is answered under its last name and the indexes behind it")
    func paths() async throws {
        let items = try await cloud.items("SELECT n, m.\"list\"[1], m.deep.\"name\", nowhere FROM things WHERE pk = 'a' AND sk = '1'")
        #expect(items == [["list[1]": s("x"), "n": n(1), "name": s("a1")]])
        #expect(try await cloud.items("SELECT nowhere FROM things WHERE pk = 'a' AND sk = '1'") == [[:]])
    }

    @Test("parameters stand for values of every type")
    func parameters() async throws {
        #expect(numbers(try await cloud.items("SELECT * FROM things WHERE pk = ? AND n IN [?, ?]", [s("a"), n(1), n(3)])) == [1, 3])
        #expect(numbers(try await cloud.items("SELECT * FROM things WHERE pk = ? AND tags = ?", [s("a"), ["SS": ["y", "x"]]])) == [2])
        #expect(await cloud.refusal("SELECT * FROM things WHERE pk = ?") == "Number of parameters in request and statement don't match.")
        #expect(await cloud.refusal("SELECT * FROM things WHERE pk = '?'", [s("a")]) == "Number of parameters in request and statement don't match.")
    }

    @Test("an index is read for what it projects")
    func index() async throws {
        let items = try await cloud.items("SELECT * FROM \"things\".\"byColor\" WHERE color = 'red' AND sk = '3' AND n > 10")
        #expect(numbers(items).sorted() == [13, 23])
        #expect(items.allSatisfy { $0["m"] == nil })
        #expect(await cloud.refusal("SELECT m FROM things.byColor WHERE color = 'red'")
            == "One or more parameter values were invalid: Global secondary index byColor does not project [m]")
        #expect(await cloud.refusal("SELECT * FROM things.byColor WHERE color = 'red'", [], ["ConsistentRead": true])
            == "Strongly consistent read is not supported on Global Secondary Indexes")
        #expect(await cloud.refusal("SELECT * FROM things.nothing") == "The table does not have the specified index")
    }

    @Test("ORDER BY goes by the key, and needs the partition key in the condition")
    func order() async throws {
        #expect(numbers(try await cloud.items("SELECT * FROM things WHERE pk = 'a' ORDER BY sk DESC")) == [3, 2, 1])
        #expect(numbers(try await cloud.items("SELECT * FROM things WHERE pk IN ['c', 'a'] ORDER BY pk ASC, sk DESC")) == [3, 2, 1, 23, 22, 21])
        #expect(numbers(try await cloud.items("SELECT * FROM things WHERE pk IN ['a', 'c'] ORDER BY pk DESC")) == [23, 22, 21, 3, 2, 1])
        #expect(numbers(try await cloud.items("SELECT * FROM things WHERE pk = 'a' ORDER BY pk ASC")) == [3, 2, 1])
        #expect(numbers(try await cloud.items("SELECT * FROM things WHERE pk = 'a' AND sk IN ['1', '3'] ORDER BY sk DESC")) == [3, 1])
        #expect(await cloud.refusal("SELECT * FROM things ORDER BY sk") == "Must have WHERE clause in the statement when using ORDER BY clause.")
        #expect(await cloud.refusal("SELECT * FROM things WHERE n = 1 ORDER BY sk")
            == "Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.")
        #expect(await cloud.refusal("SELECT * FROM things WHERE pk = 'a' ORDER BY n")
            == "Attribute n in ORDER BY clause must be part of the primary key")
        #expect(await cloud.refusal("SELECT * FROM things WHERE pk IN ['a', 'b'] ORDER BY sk")
            == "Must have hash key in ORDER BY clause when more than one hash key condition specified in WHERE clause.")
    }

    @Test("pages of any length hold every item once", arguments: ["pk IN ['a', 'c'] ORDER BY pk, sk DESC", "n > 0", "pk = 'b'", "pk IN ['a', 'b'] AND n > 2"], [1, 2, 3, 4, 5])
    func pages(condition: String, limit: Int) async throws {
        let statement = "SELECT * FROM things WHERE \(condition)"
        let whole = try await cloud.items(statement)
        var items: [Document] = []
        var members: Members = ["Limit": .int(limit)]
        var pages = 0
        while pages < 20 {
            let page = try await cloud.run(statement, [], members)
            items += page["Items"]?.array ?? []
            pages += 1
            guard let token = page["NextToken"] else { break }
            members["NextToken"] = token
        }
        #expect(items == whole)
        #expect(pages < 20)
    }

    @Test("a token belongs to its statement")
    func tokens() async throws {
        let first = try await cloud.run("SELECT * FROM things WHERE pk = 'a'", [], ["Limit": 1])
        #expect(first["LastEvaluatedKey"] == key("a", "1"))
        let token = first["NextToken"] ?? .null
        #expect(await cloud.refusal("SELECT * FROM things WHERE pk = 'b'", [], ["NextToken": token]) == "NextToken does not match request")
        #expect(await cloud.refusal("SELECT * FROM things WHERE pk = 'a'", [], ["NextToken": "nonsense"]) == "Invalid NextToken")
    }

    @Test("a key in the condition reads no more than its items; without one the whole table is read")
    func capacity() async throws {
        func units(_ condition: String, _ members: Members = [:]) async throws -> Document? {
            var members = members
            members["ReturnConsumedCapacity"] = "INDEXES"
            return try await cloud.run("SELECT * FROM things\(condition)", [], members)["ConsumedCapacity"]
        }
        #expect(try await units(" WHERE pk = 'a' AND sk = '1'")
            == ["TableName": "things", "CapacityUnits": .number("0.5"), "Table": ["CapacityUnits": .number("0.5")]])
        #expect(try await units(" WHERE pk IN ['a', 'b', 'z']", ["ConsistentRead": true])?["CapacityUnits"] == .number("3.0"))
        #expect(try await units(".byColor WHERE color = 'red'")?["GlobalSecondaryIndexes"] == ["byColor": ["CapacityUnits": .number("0.5")]])
    }

    @Test("what a SELECT can't be", arguments: [
        ("SELECT * FROM nowhere", "Requested resource not found"),
        ("SELECT * FROM ab", "Table name should be within the length [3, 255] and only contain 'a-z', 'A-Z', '0-9', '-', '_', '.'."),
        ("SELECT n, m.n FROM things", "Duplicate identifiers in select clause: n"),
        ("SELECT * FROM things LIMIT 3", "Unsupported clause: LIMIT"),
        ("SELECT n AS x FROM things", "Aliasing is not supported"),
        ("SELECT * FROM things t", "Aliasing is not supported"),
        ("SELECT * FROM things, others", "Only select from a single table or index is supported."),
        ("SELECT * FROM a1.b2.c3", "A path may contain at most 2 components in the FROM clause"),
        ("SELECT * FROM 'things'", "Unexpected from source"),
        ("SELECT * FROM things WHERE pk = 1", "Key attribute's data type should match its data type in table's schema: Key pk"),
        ("SELECT * FROM things WHERE pk = MISSING", "MISSING must be compared using IS operator"),
        ("SELECT * FROM things WHERE pk", "WHERE clause must contain an expression that resolves to a boolean"),
        ("SELECT * FROM things WHERE pk = 'a' AND n", "The arguments to AND/OR must be Expressions"),
        ("SELECT * FROM things WHERE soundex(pk) = 'a'", "Unrecognized function: soundex"),
        ("SELECT * FROM things WHERE EXISTS(SELECT * FROM things)", malformed + "Unexpected keyword"),
        ("EXISTS(SELECT * FROM things WHERE pk = 'a' AND sk = '1' AND n = 1)", "EXISTS can only be used in ExecuteTransaction write requests."),
    ])
    func refusals(statement: String, expected: String) async {
        #expect(await cloud.refusal(statement) == expected)
    }
}
