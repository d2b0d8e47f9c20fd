import DynamoDB
import Kernel
import Testing

@Suite("Syntax and validation of updates")
struct UpdateSyntaxTests {
    static let request = Request([
        ":s": "a", ":n": 1, ":b": .binary([0x61]), ":t": true, ":z": .null, ":l": .list([]), ":m": .map([:]), ":ss": .strings(["a"]), ":ns": .numbers([DynamoDBNumber(1)]),
    ], names: ["#a": "a", "#c": "c", "#d": "[3]"])

    func expect(_ text: String, _ expected: String) {
        #expect(message { () throws(AWSError) in try Self.request.update(text) } == (expected == "" ? "(accepted)" : "Invalid UpdateExpression: \(expected)"))
    }

    @Test("syntax errors show the token and what is around it", arguments: [
        ("INVALID SYNTAX HERE", ##"token: "INVALID", near: "INVALID SYNTAX""##), ("set a", ##"token: "<EOF>", near: "a""##), ("SET", ##"token: "<EOF>", near: "SET""##), ("add a", ##"token: "<EOF>", near: "a""##), ("set a=set", ##"token: "set", near: "=set""##),
        ("remove a = b", ##"token: "=", near: "a = b""##), ("add a b", ##"token: "b", near: "a b""##), ("delete a if_not_exists(b)", ##"token: "if_not_exists", near: "a if_not_exists(""##), ("remove a b", ##"token: "b", near: "a b""##),
        ("set :a = b", ##"token: ":a", near: "set :a =""##), ("remove :a", ##"token: ":a", near: "remove :a""##), ("set a = b / c", ##"token: "/", near: "b / c""##), ("set a = b * c", ##"token: "*", near: "b * c""##),
        ("set a[1] = \"eight\"", ##"token: """, near: "= "eight""##), ("set a[1] = 1", ##"token: "1", near: "= 1""##), ("SET a = if_not_exists(a, 100)", ##"token: "100", near: ", 100)""##), ("SET if_not_exists(a, b) = a", ##"token: "(", near: "if_not_exists(a""##),
        ("set (a = (b + c))", ##"token: "(", near: "set (a""##), ("set a = b + c + d", ##"token: "+", near: "c + d""##), ("SET a = if_not_exists(c, :n+:n)", ##"token: "+", near: ":n+:n""##), ("SET a = _f(b)", ##"token: "_", near: "= _f""##),
        ("SET a = :n,", ##"token: "<EOF>", near: ",""##), ("SET a[:n] = :n", ##"token: ":n", near: "[:n]""##), ("SET a[#a] = :n", ##"token: "#a", near: "[#a]""##), ("set a = (b.c).d + e", ##"token: ".", near: ").d""##),
    ])
    func syntaxErrors(text: String, shown: String) {
        expect(text, "Syntax error; \(shown)")
    }

    @Test("an update may not be empty or longer than 4096 bytes")
    func size() {
        expect("", "The expression can not be empty;")
        expect("SET " + String(repeating: "a", count: 4087) + " = :n", "")
        expect("SET " + String(repeating: "a", count: 4088) + " = :n", "Expression size has exceeded the maximum allowed size;")
    }

    @Test("a section comes once")
    func sections() {
        expect("SET a = :n REMOVE b ADD c :n DELETE d :ss", "")
        expect("set a = :n sET c = :n", "The \"SET\" section can only be used once in an update expression;")
        expect("remove x set a = :n remove e", "The \"REMOVE\" section can only be used once in an update expression;")
        expect("add x :n set a = :n add e :n", "The \"ADD\" section can only be used once in an update expression;")
        expect("delete x :ss set a = :n delete e :ss", "The \"DELETE\" section can only be used once in an update expression;")
    }

    @Test("the faults of an update that can be read are reported in AWS's order")
    func order() {
        expect(" set #x = :x set abOrt = true ", "Attribute name is a reserved keyword; reserved keyword: abOrt")
        expect("set #x = if_not_exist(:x) set c = d", "Invalid function name; function: if_not_exist")
        expect("set #x = :x set c = :n", "The \"SET\" section can only be used once in an update expression;")
        expect("SET #x = if_not_exists(:x)", "An expression attribute name used in the document path is not defined; attribute name: #x")
        expect("SET b = if_not_exists(:x), #x = :n", "An expression attribute name used in the document path is not defined; attribute name: #x")
        expect("SET a = if_not_exists(:x), a = :n", "An expression attribute value used in expression is not defined; attribute value: :x")
        expect("SET a = if_not_exists(b), a = :n", "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a]")
        expect("set b = list_append(:s, a), c = if_not_exists(a) add a.b :s", "Incorrect operand type for operator or function; operator: ADD, operand type: STRING")
        expect("set b = list_append(:s, a), c = if_not_exists(a)", "Incorrect operand type for operator or function; operator or function: list_append, operand type: S")
    }

    @Test("paths may not overlap or conflict", arguments: [
        ("set d[1] = a, d.b = a, c[1].a = a, #c = if_not_exists(a)", "overlap", "[c, [1], a]", "[c]"), ("set #c[3].#d = a, #c[3] = a", "overlap", "[c, [3], [3]]", "[c, [3]]"), ("SET a = :n REMOVE a", "overlap", "[a]", "[a]"),
        ("SET a.b = :n, a.b.c.d.e = :n", "overlap", "[a, b]", "[a, b, c, d, e]"), ("SET a[1][1] = :n, a[1] = :n", "overlap", "[a, [1], [1]]", "[a, [1]]"), ("SET a = :n, #a = :n", "overlap", "[a]", "[a]"),
        ("set #c[3].#d = a, #c.#d[3] = if_not_exists(a)", "conflict", "[c, [3], [3]]", "[c, [3], [3]]"), ("remove a.#c set a[1] = #d", "conflict", "[a, c]", "[a, [1]]"), ("SET a.b.c = :n, a.b[2] = :n", "conflict", "[a, b, c]", "[a, b, [2]]"),
    ])
    func clashes(text: String, what: String, one: String, two: String) {
        expect(text, "Two document paths \(what) with each other; must remove or rewrite one of these paths; path one: \(one), path two: \(two)")
    }

    @Test("ADD and DELETE take numbers and sets")
    func operands() {
        for (value, type) in [(":s", "STRING"), (":b", "BINARY"), (":t", "BOOLEAN"), (":z", "NULL"), (":l", "LIST"), (":m", "MAP")] {
            expect("ADD a \(value)", "Incorrect operand type for operator or function; operator: ADD, operand type: \(type)")
            expect("DELETE a \(value)", "Incorrect operand type for operator or function; operator: DELETE, operand type: \(type)")
        }
        expect("DELETE a :n", "Incorrect operand type for operator or function; operator: DELETE, operand type: NUMBER")
        expect("ADD a :n, b :ss DELETE c :ns", "")
    }

    @Test("functions and signs check their operands")
    func functions() {
        expect("SET a = foo(b)", "Invalid function name; function: foo")
        expect("SET a = LIST_APPEND(:l, :l)", "Invalid function name; function: LIST_APPEND")
        expect("SET a = size(b)", "The function is not allowed in an update expression; function: size")
        expect("SET a = if_not_exists(c)", "Incorrect number of operands for operator or function; operator or function: if_not_exists, number of operands: 1")
        expect("SET a = list_append(:l, :l, :l)", "Incorrect number of operands for operator or function; operator or function: list_append, number of operands: 3")
        expect("SET a = if_not_exists(:n, c)", "Operator or function requires a document path; operator or function: if_not_exists")
        expect("SET a = if_not_exists(if_not_exists(a, b), c)", "Operator or function requires a document path; operator or function: if_not_exists")
        expect("SET a = list_append(list_append(:l, :l), :l)", "The function is not allowed to be used this way in an expression; function: list_append")
        expect("SET a = list_append(if_not_exists(a, :l), :l)", "")
        for (value, type) in [(":s", "S"), (":b", "B"), (":t", "BOOL"), (":z", "NULL"), (":ss", "SS"), (":ns", "NS"), (":m", "M")] {
            expect("SET a = list_append(\(value), a)", "Incorrect operand type for operator or function; operator or function: list_append, operand type: \(type)")
            expect("SET a = a + \(value)", "Incorrect operand type for operator or function; operator or function: +, operand type: \(type)")
            expect("SET a = \(value) - a", "Incorrect operand type for operator or function; operator or function: -, operand type: \(type)")
        }
        expect("SET a = list_append(a, :n)", "Incorrect operand type for operator or function; operator or function: list_append, operand type: N")
        expect("SET a = a - :l", "Incorrect operand type for operator or function; operator or function: -, operand type: L")
    }
}
