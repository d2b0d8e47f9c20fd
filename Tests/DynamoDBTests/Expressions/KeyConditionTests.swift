import DynamoDB
import Kernel
import Testing

@Suite("Key conditions")
struct KeyConditionTests {
    static let values: [String: AttributeValue] = [":p": "q", ":s": "b", ":t": "d", ":n": 1, ":m": 5, ":b": true, ":x": .binary([1]), ":type": "S"]
    static let hash = KeyAttribute(name: "pk", type: .string)
    static let range = KeyAttribute(name: "sk", type: .string)

    func resolved(_ text: String, range: KeyAttribute? = Self.range) throws(AWSError) -> KeyRange {
        try Request(Self.values, names: ["#pk": "pk", "#sk": "sk"]).keyCondition(text).range(KeySchema(partition: Self.hash, sort: range))
    }

    @Test("a partition and what is wanted of the sort key", arguments: [
        ("pk = :p", nil), (":p = pk", nil), ("(pk = :p)", nil), ("#pk = :p AND #sk = :s", .equal("b")), ("sk < :s and pk = :p", .less("b")), ("(pk = :p) AND (sk <= :s)", .lessOrEqual("b")), ("(pk = :p AND sk > :s)", .greater("b")),
        ("pk = :p AND sk >= :s", .greaterOrEqual("b")), ("pk = :p AND :s <= sk", .greaterOrEqual("b")), ("pk = :p AND :s > sk", .less("b")), ("pk = :p AND sk BETWEEN :s AND :t", .between("b", "d")), ("pk = :p AND begins_with(sk, :s)", .beginsWith("b")),
    ] as [(String, KeyCondition.Test?)])
    func ranges(text: String, sort: KeyCondition.Test?) throws {
        #expect(try resolved(text) == KeyRange(partition: "q", sort: sort))
    }

    @Test("what no key condition may be", arguments: [
        ("pk = :p OR sk = :s", "Invalid operator used in KeyConditionExpression: OR"), ("NOT pk = :p", "Invalid operator used in KeyConditionExpression: NOT"), ("pk <> :p", "Invalid operator used in KeyConditionExpression: <>"),
        ("pk IN (:p)", "Invalid operator used in KeyConditionExpression: IN"), ("pk = :p AND contains(sk, :s)", "Invalid operator used in KeyConditionExpression: contains"), ("attribute_exists(pk)", "Invalid operator used in KeyConditionExpression: attribute_exists"),
        ("attribute_not_exists(pk)", "Invalid operator used in KeyConditionExpression: attribute_not_exists"), ("attribute_type(pk, :type)", "Invalid operator used in KeyConditionExpression: attribute_type"),
        (":n BETWEEN size(b) AND size(a)", "Invalid condition in KeyConditionExpression: BETWEEN operator must have the key attribute as its first operand"),
        ("begins_with(:s, b)", "Invalid condition in KeyConditionExpression: begins_with operator must have the key attribute as its first operand"),
        ("size(pk) = :n", "KeyConditionExpressions cannot contain nested operations"), ("a between size(b) and size(c)", "KeyConditionExpressions cannot contain nested operations"),
        ("pk = sk", "Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition"), ("b > a.b", "Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition"),
        ("pk = :p AND #sk.foo = :s", "Invalid KeyConditionExpression: KeyConditionExpressions cannot have conditions on nested attributes"), ("b[0] > a", "Invalid KeyConditionExpression: KeyConditionExpressions cannot have conditions on nested attributes"),
        (":s > :p AND pk = :p", "Invalid condition in KeyConditionExpression: No key attribute specified"),
        ("pk = :p AND sk > :s AND sk < :t", "Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition per key"),
        ("pk = :p AND #pk = :p", "Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition per key"),
        ("((pk = :p))", "Invalid KeyConditionExpression: The expression has redundant parentheses;"), ("", "Invalid KeyConditionExpression: The expression can not be empty;"),
        ("pk = :missing AND begins_with(sk, :n)", "Invalid KeyConditionExpression: An expression attribute value used in expression is not defined; attribute value: :missing"),
        ("begins_with(sk, :n) AND pk = :missing", "Invalid KeyConditionExpression: Incorrect operand type for operator or function; operator or function: begins_with, operand type: N"),
        ("pk = :p AND sk < :b", "Invalid KeyConditionExpression: Incorrect operand type for operator or function; operator or function: <, operand type: BOOL"),
        ("pk = :p AND :b >= sk", "Invalid KeyConditionExpression: Incorrect operand type for operator or function; operator or function: >=, operand type: BOOL"),
        ("a between :t and :s", "Invalid KeyConditionExpression: The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {S:d}, upper bound operand: AttributeValue: {S:b}"),
        ("a-b", #"Invalid KeyConditionExpression: Syntax error; token: "-", near: "a-b""#),
    ])
    func refusals(text: String, expected: String) {
        #expect(message { () throws(AWSError) in try resolved(text) } == expected)
    }

    @Test("the key schema decides which attributes and types there may be", arguments: [
        ("sk = :s", "Query condition missed key schema element: pk"), ("attr1 = :s", "Query condition missed key schema element: pk"), ("pk = :p AND extra = :s", "Query condition missed key schema element: sk"),
        ("pk > :p", "Query key condition not supported"), ("begins_with(pk, :p) AND sk = :s", "Query key condition not supported"),
        ("pk = :n", "One or more parameter values were invalid: Condition parameter type does not match schema type"), ("pk = :p AND sk = :b", "One or more parameter values were invalid: Condition parameter type does not match schema type"),
        ("pk = :p AND sk BETWEEN :n AND :m", "One or more parameter values were invalid: Condition parameter type does not match schema type"),
        ("pk = :p AND sk > :s AND extra = :s", "The number of query conditions (3) exceeds the number of key attributes defined in the schema (2)"),
    ])
    func schema(text: String, expected: String) {
        #expect(message { () throws(AWSError) in try resolved(text) } == expected)
    }

    @Test("a table without a sort key takes one condition")
    func hashOnly() {
        #expect(message { () throws(AWSError) in try resolved("pk = :p AND sk = :s", range: nil) }
            == "The number of query conditions (2) exceeds the number of key attributes defined in the schema (1)")
    }

    @Test("the encoded bounds hold exactly the keys whose sort key is in the range")
    func bounds() {
        let sorts: [AttributeValue] = ["", "\0", "a", "b", "b\0", "b\0\0x", "ba", "bz", "c", "cz", "d", "d\0", "da", "e", "\u{10FFFF}"]
        let tests: [KeyCondition.Test?] = [nil, .equal("b"), .less("b"), .lessOrEqual("b"), .greater("b"), .greaterOrEqual("b"), .between("b", "d"), .beginsWith("b"), .beginsWith(""), .beginsWith("b\0")]
        for test in tests {
            let range = KeyRange(partition: "q", sort: test)
            let (lower, upper) = range.bounds
            for partition in ["q", "p", "q\0", "qq"] as [AttributeValue] {
                for sort in sorts {
                    // As an index's key: the base table's key follows.
                    var key = KeyEncoding.key(partition: partition, sort: sort)
                    KeyEncoding.append("base", to: &key)
                    let isInside = !key.lexicographicallyPrecedes(lower) && (upper.map { key.lexicographicallyPrecedes($0) } ?? true)
                    #expect(isInside == (partition == "q" && range.containsSort(sort)), "\(String(describing: test)) \(sort)")
                }
            }
        }
        #expect(KeyRange(partition: "q", sort: .between("b", "d")).containsSort("d"))
        #expect(!KeyRange(partition: "q", sort: .between("b", "d")).containsSort("d\0"))
        #expect(KeyRange(partition: "q", sort: .beginsWith("b\0")).containsSort("b\0\0x"))
    }

    @Test("negative numbers as keys")
    func numbers() {
        let numbers = [-100, -10, -2, -1, 0, 1, 2, 10, 100]
        for bound in numbers {
            let (lower, upper) = KeyRange(partition: -7, sort: .greater(AttributeValue(integerLiteral: bound))).bounds
            for number in numbers {
                let key = KeyEncoding.key(partition: -7, sort: AttributeValue(integerLiteral: number))
                #expect((!key.lexicographicallyPrecedes(lower) && key.lexicographicallyPrecedes(upper ?? [])) == (number > bound))
            }
        }
    }
}
