import JSON
import Kernel
import Testing
@testable import DynamoDB

/// `ExclusiveStartKey`, key conditions and filters against the table that is read: what AWS says, and what it says first.
@Suite("Query and Scan: what doesn't fit the table")
@CloudActor
struct StartKeyTests {
    let cloud = TestCloud()

    /// `a`, `b` are the table's key; `index1` is local (`c`), `index3` global by `c`, `index4` global by `c` and `d` with `e`.
    init() async throws {
        func index(_ name: String, _ keys: [(String, String)], _ projection: Document) -> Document {
            ["IndexName": .string(name), "KeySchema": .array(keys.map { ["AttributeName": .string($0.0), "KeyType": .string($0.1)] }), "Projection": projection]
        }
        let all: Document = ["ProjectionType": "ALL"]
        try await cloud.call("CreateTable", [
            "TableName": "ranges", "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": .array(["a", "b", "c", "d"].map { ["AttributeName": $0, "AttributeType": "S"] }),
            "KeySchema": [["AttributeName": "a", "KeyType": "HASH"], ["AttributeName": "b", "KeyType": "RANGE"]],
            "LocalSecondaryIndexes": [index("index1", [("a", "HASH"), ("c", "RANGE")], all)],
            "GlobalSecondaryIndexes": [
                index("index3", [("c", "HASH")], all),
                index("index4", [("c", "HASH"), ("d", "RANGE")], ["ProjectionType": "INCLUDE", "NonKeyAttributes": ["e"]]),
            ],
        ])
        try await cloud.call("CreateTable", [
            "TableName": "hashes", "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": [["AttributeName": "a", "AttributeType": "S"]],
            "KeySchema": [["AttributeName": "a", "KeyType": "HASH"]],
        ])
    }

    nonisolated static let invalid = "The provided starting key is invalid"
    nonisolated static let mismatch = "The provided key element does not match the schema"
    nonisolated static func missed(_ key: String) -> String { "Query condition missed key schema element: \(key)" }

    private func query(_ table: String, _ index: String?, _ condition: String, _ start: Document?, _ members: Members = [:]) async -> String? {
        let values: [(name: String, value: Document)] = [(":a", s("a")), (":b", s("b")), (":n", n(1))].filter { value in
            condition.contains(value.0) || members.contains { $0.value.string?.contains(value.0) == true }
        }
        var input: Members = [
            "TableName": .string(table), "KeyConditionExpression": .string(condition),
            "ExpressionAttributeValues": .object(Members(values.map { .init(name: $0.name, value: $0.value) })),
        ]
        if let index { input.append("IndexName", .string(index)) }
        if let start { input.append("ExclusiveStartKey", start) }
        for member in members { input.append(member.name, member.value) }
        return await cloud.message("Query", .object(input))
    }

    @Test("the start of a Query", arguments: [
        ("hashes", nil, "z = :n", [:], invalid),
        ("hashes", nil, "z = :n", ["b": s("a")], invalid),
        ("hashes", nil, "z = :n", ["a": s("a"), "b": s("a")], invalid),
        ("hashes", nil, "z = :n", ["a": n(1)], mismatch),
        ("hashes", nil, "z = :n", ["a": ["BOOL": true]], mismatch),
        ("ranges", nil, "z = :n", ["a": s("a")], invalid),
        ("ranges", nil, "z = :n", ["a": n(1), "z": s("a")], mismatch),
        ("ranges", nil, "z = :n", ["a": s("a"), "b": n(1)], missed("a")),
        ("ranges", nil, "z = :n", ["a": s("a"), "c": n(1)], missed("a")),
        ("ranges", nil, "a = :b", ["a": s("a"), "z": s("1")], invalid),
        ("ranges", nil, "a = :b", ["a": s("a"), "b": n(1)], mismatch),
        ("ranges", "index1", "z = :n", ["a": s("a"), "b": s("a")], invalid),
        ("ranges", "index1", "z = :n", ["a": n(1), "x": s("1"), "y": s("1")], mismatch),
        ("ranges", "index1", "a = :b", ["a": s("a"), "b": s("a"), "c": n(1)], mismatch),
        ("ranges", "index1", "a = :b", ["a": s("1"), "b": n(1), "c": s("a")], "\(invalid): \(mismatch)"),
        ("ranges", "index3", "z = :n", ["c": s("1")], invalid),
        ("ranges", "index3", "c = :b", ["x": n(1), "y": n(1), "c": s("a")], "\(invalid): \(mismatch)"),
        ("ranges", nil, "a = :a AND c = :n", ["a": s("a"), "b": s("a")], missed("b")),
        ("ranges", nil, "a = :b", ["a": s("a"), "b": s("a")], "The provided starting key is outside query boundaries based on provided conditions"),
        ("ranges", "index4", "c = :b", ["a": s("a"), "b": s("a"), "c": s("a"), "d": s("a")],
            "The provided starting key is outside query boundaries based on provided conditions"),
        ("ranges", nil, "a = :b AND b > :b", ["a": s("b"), "b": s("a")], "The provided starting key does not match the range key predicate"),
        ("ranges", nil, "a = :b AND b > :b", ["a": s("a"), "b": s("a")], "The provided starting key does not match the range key predicate"),
        ("ranges", nil, "a = :b AND b < :b", ["a": s("a"), "b": s("a")], "The query can return at most one row and cannot be restarted"),
        ("ranges", nil, "a = :b AND b < :b", ["a": s("b"), "b": s("a")], nil),
    ] as [(String, String?, String, Document, String?)])
    func queryStart(table: String, index: String?, condition: String, start: Document, expected: String?) async {
        #expect(await query(table, index, condition, start) == expected)
    }

    @Test("the start of a Scan", arguments: [
        ("hashes", nil, [:], "\(invalid): \(mismatch)"),
        ("hashes", nil, ["a": n(1)], "\(invalid): \(mismatch)"),
        ("ranges", nil, ["a": s("a"), "b": n(1)], "\(invalid): \(mismatch)"),
        ("ranges", nil, ["a": s("a"), "z": s("1")], "\(invalid): \(mismatch)"),
        ("ranges", "whatever", ["a": s("a")], "The table does not have the specified index: whatever"),
        ("ranges", "index1", [:], invalid),
        ("ranges", "index1", ["a": s("a"), "b": s("1"), "c": s("1"), "d": s("1")], invalid),
        ("ranges", "index3", ["a": s("a"), "b": s("a"), "z": s("a")], invalid),
        ("ranges", "index3", ["x": s("1"), "y": s("1"), "c": n(1)], mismatch),
        ("ranges", "index4", ["x": n(1), "y": n(1), "c": s("1"), "d": n(1)], mismatch),
        ("ranges", "index4", ["x": n(1), "y": n(1), "c": s("1"), "d": s("1")], "\(invalid): \(mismatch)"),
        ("ranges", "index1", ["a": s("1"), "b": n(1), "c": s("a")], "\(invalid): \(mismatch)"),
        ("ranges", nil, ["a": ["SS": []]], "\(invalid): One or more parameter values were invalid: An string set  may not be empty"),
        ("ranges", nil, ["a": ["NULL": false]], "\(invalid): One or more parameter values were invalid: Null attribute value types must have the value of true"),
        ("ranges", nil, ["a": [:]], "\(invalid): Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"),
        ("ranges", nil, ["a": ["NS": []]], "One or more parameter values were invalid: An number set  may not be empty"),
        ("ranges", nil, ["a": ["SS": ["a", "a"]]], "One or more parameter values were invalid: Input collection [a, a] contains duplicates."),
        ("ranges", nil, ["a": ["N": "b"]], "The parameter cannot be converted to a numeric value: b"),
    ] as [(String, String?, Document, String)])
    func scanStart(table: String, index: String?, start: Document, expected: String) async {
        var input: Members = ["TableName": .string(table), "ExclusiveStartKey": start]
        if let index { input.append("IndexName", .string(index)) }
        #expect(await cloud.message("Scan", .object(input)) == expected)
    }

    @Test("what a global index lacks is said after the start's shape and before the table's part of it")
    func scanSelect() async {
        let start: Document = ["x": n(1), "y": n(1), "c": s("a"), "d": s("a")]
        #expect(await cloud.message("Scan", ["TableName": "ranges", "IndexName": "index4", "Select": "ALL_ATTRIBUTES", "ExclusiveStartKey": start])
            == "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index index4 because its projection type is not ALL")
        #expect(await cloud.message("Scan", ["TableName": "ranges", "IndexName": "index4", "Select": "ALL_ATTRIBUTES", "ExclusiveStartKey": ["c": s("1")]])
            == Self.invalid)
    }

    @Test("Scan looks at AttributesToGet before the filter")
    func scanOrder() async {
        #expect(await cloud.message("Scan", [
            "TableName": "ranges", "AttributesToGet": ["a", "a"], "ScanFilter": ["a": ["ComparisonOperator": "EQ", "AttributeValueList": [[:]]]],
        ]) == "One or more parameter values were invalid: Duplicate value in attribute name: a")
    }

    nonisolated static let scalars = "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: "

    @Test("keys in filters and projections", arguments: [
        (nil, "a = :a", "b = :b AND a = :b", "Filter Expression can only contain non-primary key attributes: Primary key attribute: a"),
        (nil, "a = :a", "b[1] = :b", "Filter Expression can only contain non-primary key attributes: Primary key attribute: b"),
        (nil, "a = :a", "attribute_exists(d.c) AND c = :b", scalars + "IndexKey: d"),
        ("index4", "c = :a", "a = :b AND a.b = :a", scalars + "Key: a"),
        ("index4", "c = :a", "d = :b", "Filter Expression can only contain non-primary key attributes: Primary key attribute: d"),
    ] as [(String?, String, String, String)])
    func filters(index: String?, condition: String, filter: String, expected: String) async {
        #expect(await query("ranges", index, condition, nil, ["FilterExpression": .string(filter)]) == expected)
    }

    @Test("a filter's keys are refused before what a global index lacks, paths into keys after it")
    func filterOrder() async {
        #expect(await query("ranges", "index4", "c = :a", nil, ["Select": "ALL_ATTRIBUTES", "FilterExpression": "d = :b"])
            == "Filter Expression can only contain non-primary key attributes: Primary key attribute: d")
        #expect(await query("ranges", "index4", "c = :a", nil, ["Select": "ALL_ATTRIBUTES", "FilterExpression": "a = :b AND a.b = :a"])?.contains("Select type ALL_ATTRIBUTES") == true)
    }

    @Test("paths into keys", arguments: [("a.b", "Key: a"), ("b[0]", "Key: b"), ("d.x", "IndexKey: d")])
    func projections(path: String, key: String) async {
        #expect(await query("ranges", nil, "a = :a", nil, ["ProjectionExpression": .string(path)]) == Self.scalars + key)
        #expect(await cloud.message("Scan", ["TableName": "ranges", "ProjectionExpression": .string(path)]) == Self.scalars + key)
        #expect(await cloud.message("Scan", ["TableName": "ranges", "FilterExpression": .string("attribute_exists(\(path))")]) == Self.scalars + key)
    }

    @Test("a key condition's type is looked at before its operator")
    func conditionType() async {
        #expect(await query("hashes", nil, ":n > a", nil) == "One or more parameter values were invalid: Condition parameter type does not match schema type")
        #expect(await query("hashes", nil, ":a > a", nil) == "Query key condition not supported")
    }
}
