import DynamoDB
import Kernel
import Testing

@Suite("Updates")
struct UpdateTests {
    static let key: Item = ["pk": "k"]

    func updated(_ item: Item?, _ text: String, _ values: [String: AttributeValue] = [:], names: [String: String] = [:]) throws(AWSError) -> Item {
        var item = item
        item?["pk"] = "k"
        var new = try Request(values, names: names).update(text).apply(to: item, key: Self.key).new
        new["pk"] = nil
        return new
    }

    @Test("every value is taken from the item as it was")
    func readsBefore() throws {
        #expect(try updated(["a": 1, "b": 2], "SET a = b, b = a") == ["a": 2, "b": 1])
        #expect(try updated(["a": "hello"], "REMOVE a SET b = a") == ["b": "hello"])
        #expect(try updated(["a": 1], "SET a = a + :v, b = a, c = a - :v ADD d :v", [":v": 1]) == ["a": 2, "b": 1, "c": 0, "d": 1])
    }

    @Test("SET computes", arguments: [
        ("SET x = :n", ["x": 5]), ("set x = (:n)", ["x": 5]), ("SET x = :n + :n", ["x": 10]), ("SET x = (n - :n)", ["x": 2]), ("SET x = ((n)+(:n))", ["x": 12]), ("SET x = if_not_exists(q, :n) + :n", ["x": 10]), ("SET x = if_not_exists(n, :n)", ["x": 7]),
        ("SET x = if_not_exists(q, n)", ["x": 7]), ("SET x = if_not_exists(q, if_not_exists(r, :n))", ["x": 5]), ("SET x = list_append(l, :l)", ["x": .list([1, 2, 9])]), ("SET x = list_append(:l, l)", ["x": .list([9, 1, 2])]),
        ("SET x = list_append(if_not_exists(q, :l), :l)", ["x": .list([9, 9])]), ("SET x = m.y.z", ["x": "deep"]), ("SET x = l[1]", ["x": 2]), ("SET x=:n-n", ["x": -2]),
    ] as [(String, Item)])
    func sets(text: String, expected: Item) throws {
        let item: Item = ["n": 7, "l": .list([1, 2]), "m": .map(["y": .map(["z": "deep"])])]
        let values: [String: AttributeValue] = [":n": 5, ":l": .list([9])].filter { text.contains($0.key) }
        #expect(try updated(item, text, values)["x"] == expected["x"])
    }

    @Test("paths reach into maps and lists")
    func nested() throws {
        let item: Item = ["a": .map(["x": 3, "y": 4, "c": .map(["y": 3])]), "b": .map(["x": 1, "y": 2]), "l": .list([1, .list([3, 5, 7])])]
        #expect(try updated(item, "SET a.b = :1, a.c.d = :2, b.x = :3 REMOVE a.x, b.y, l[1][1]", [":1": 10, ":2": "dog", ":3": 17])
            == ["a": .map(["y": 4, "b": 10, "c": .map(["y": 3, "d": "dog"])]), "b": .map(["x": 17]), "l": .list([1, .list([3, 7])])])
        #expect(try updated(["a": .map(["b": 1]), "l": .list([1])], "REMOVE a.b, l[0]") == ["a": .map([:]), "l": .list([])])
        #expect(try updated([:], "SET #a = :v", [":v": 3], names: ["#a": "a.b"]) == ["a.b": 3])
    }

    @Test("an index beyond the end appends, several in the order of their indexes")
    func appending() throws {
        #expect(try updated(["a": .list(["one"])], "SET a[7] = :v", [":v": "x"]) == ["a": .list(["one", "x"])])
        #expect(try updated(["a": .list(["one"])], "SET a[84] = :1, a[37] = :2, a[17] = :3, a[50] = :4", [":1": 1, ":2": 2, ":3": 3, ":4": 4]) == ["a": .list(["one", 3, 2, 4, 1])])
        #expect(try updated(["a": .list([])], "SET a[0] = :v", [":v": 1]) == ["a": .list([1])])
    }

    @Test("indexes count in the list as it was")
    func removing() throws {
        let list: Item = ["a": .list([2, 3, 4, 5, 6, 7])]
        #expect(try updated(list, "REMOVE a[1] SET a[3] = :v", [":v": 17]) == ["a": .list([2, 4, 17, 6, 7])])
        #expect(try updated(list, "SET a[3] = :v REMOVE a[1]", [":v": 17]) == ["a": .list([2, 4, 17, 6, 7])])
        #expect(try updated(list, "REMOVE a[0], a[5], a[2], a[10]") == ["a": .list([3, 5, 6])])
        #expect(try updated(list, "REMOVE a[1] SET a[9] = :v", [":v": 17]) == ["a": .list([2, 4, 5, 6, 7, 17])])
        #expect(try updated(["a": .list([.list([1, 2]), .list([3, 4])])], "REMOVE a[1][0], a[0]") == ["a": .list([.list([4])])])
    }

    @Test("removing what isn't there does nothing where its parent is")
    func removingNothing() throws {
        let item: Item = ["a": .map(["x": 3]), "b": .list(["hi"])]
        #expect(try updated(item, "REMOVE a.y, b[7], c") == item)
        #expect(try updated(nil, "REMOVE x.y, z[0], w") == [:])
    }

    @Test("ADD sums numbers and unites sets, or begins them", arguments: [
        ([:], 4, 4), (["a": 3], 4, 7), (["a": 3], -4, -1), ([:], .strings(["x"]), .strings(["x"])), (["a": .strings(["x", "y"])], .strings(["z", "x"]), .strings(["x", "y", "z"])),
        (["a": .numbers([DynamoDBNumber(1)])], .numbers([DynamoDBNumber(0), DynamoDBNumber(1)]), .numbers([DynamoDBNumber(0), DynamoDBNumber(1)])), (["a": .binaries([[1]])], .binaries([[0]]), .binaries([[0], [1]])),
    ] as [(Item, AttributeValue, AttributeValue)])
    func adding(item: Item, operand: AttributeValue, expected: AttributeValue) throws {
        #expect(try updated(item, "ADD a :v", [":v": operand]) == ["a": expected])
    }

    @Test("DELETE takes elements out of a set, and with the last one the attribute")
    func deleting() throws {
        let item: Item = ["a": .strings(["x", "y"]), "m": .map(["s": .numbers([DynamoDBNumber(1)])]), "l": .list([.binaries([[1]]), 5])]
        #expect(try updated(item, "DELETE a :v", [":v": .strings(["x", "q"])])["a"] == .strings(["y"]))
        #expect(try updated(item, "DELETE a :v", [":v": .strings(["x", "y"])])["a"] == nil)
        #expect(try updated(item, "DELETE q :v", [":v": .strings(["x"])]) == item)
        #expect(try updated(item, "DELETE m.s :v", [":v": .numbers([DynamoDBNumber(1)])])["m"] == .map([:]))
        #expect(try updated(item, "DELETE l[0] :v", [":v": .binaries([[1]])])["l"] == .list([5]))
        #expect(try updated(nil, "DELETE m.s :v", [":v": .strings(["x"])]) == [:])
    }

    @Test("what the item doesn't allow is an error, in AWS's words", arguments: [
        ("SET x = q", "The provided expression refers to an attribute that does not exist in the item"), ("SET x = q + :n", "The provided expression refers to an attribute that does not exist in the item"),
        ("SET x = m.q", "The provided expression refers to an attribute that does not exist in the item"), ("SET x = list_append(q, :l)", "The provided expression refers to an attribute that does not exist in the item"),
        ("SET x = s + :n", "An operand in the update expression has an incorrect data type"), ("SET x = list_append(s, :l)", "An operand in the update expression has an incorrect data type"),
        ("ADD s :n", "An operand in the update expression has an incorrect data type"), ("ADD l :n", "An operand in the update expression has an incorrect data type"), ("DELETE s :ss", "An operand in the update expression has an incorrect data type"),
        ("DELETE ns :ss", "An operand in the update expression has an incorrect data type"), ("ADD ns :ss", "An operand in the update expression has an incorrect data type"),
        ("SET s.c = :n", "The document path provided in the update expression is invalid for update"), ("SET l.c = :n", "The document path provided in the update expression is invalid for update"), ("SET q.c = :n", "The document path provided in the update expression is invalid for update"),
        ("SET m.q.c = :n", "The document path provided in the update expression is invalid for update"), ("SET s[0] = :n", "The document path provided in the update expression is invalid for update"), ("SET m[0] = :n", "The document path provided in the update expression is invalid for update"),
        ("SET q[0] = :n", "The document path provided in the update expression is invalid for update"), ("SET l[5].x = :n", "The document path provided in the update expression is invalid for update"), ("REMOVE s.c", "The document path provided in the update expression is invalid for update"),
        ("REMOVE q.c", "The document path provided in the update expression is invalid for update"), ("REMOVE q[0]", "The document path provided in the update expression is invalid for update"), ("REMOVE m[0]", "The document path provided in the update expression is invalid for update"),
        ("ADD q.c :n", "The document path provided in the update expression is invalid for update"), ("DELETE q.c :ss", "The document path provided in the update expression is invalid for update"),
        ("ADD big :n", "Attempting to store more than 38 significant digits in a Number"),
    ])
    func itemErrors(text: String, expected: String) throws {
        let item: Item = ["s": "text", "l": .list([1]), "m": .map(["x": 1]), "ns": .numbers([DynamoDBNumber(1)]), "big": .number(try DynamoDBNumber(parsing: "1e40"))]
        let values: [String: AttributeValue] = [":n": 5, ":l": .list([9]), ":ss": .strings(["a"])]
        #expect(message { () throws(AWSError) in try updated(item, text, values) } == expected)
    }

    @Test("on an item that doesn't exist a path below nothing is invalid for SET")
    func newItem() {
        #expect(message { () throws(AWSError) in try updated(nil, "SET c.c = :v", [":v": 1]) } == "The document path provided in the update expression is invalid for update")
        #expect(message { () throws(AWSError) in try updated(nil, "SET c = :v", [":v": 1]) } == "(accepted)")
    }

    @Test("an update that only removes makes no item", arguments: [("SET a = :v", true), ("ADD a :v", true), ("REMOVE a", false), ("DELETE a :s", false), ("REMOVE a SET b = :v", true)])
    func creation(text: String, creates: Bool) throws {
        #expect(try Request([":v": 1, ":s": .strings(["x"])]).update(text).createsItem == creates)
    }

    @Test("a value may not end deeper than 32 levels")
    func nesting() throws {
        func nested(_ levels: Int) -> AttributeValue { (0..<levels).reduce("leaf") { value, _ in .map(["n": value]) } }
        let item: Item = ["m": .map([:])]
        #expect(message { () throws(AWSError) in try updated(item, "SET m.x = :v", [":v": nested(30)]) } == "(accepted)")
        #expect(message { () throws(AWSError) in try updated(item, "SET m.x = :v", [":v": nested(31)]) }
            == "Nesting Levels have exceeded supported limits")
    }

    @Test("UPDATED_OLD and UPDATED_NEW are the written paths in the old and the new item")
    func returnValues() throws {
        func result(_ item: Item?, _ text: String, _ values: [String: AttributeValue] = [:]) throws -> (old: Item, new: Item) {
            let result = try Request(values).update(text).apply(to: item, key: Self.key)
            return (result.updatedOld, result.updatedNew)
        }
        let item: Item = ["pk": "k", "a": .map(["b": "dog", "c": .list([1, 2, 3])]), "d": "cat"]
        #expect(try result(item, "SET a.b = :v", [":v": "hi"]) == (["a": .map(["b": "dog"])], ["a": .map(["b": "hi"])]))
        #expect(try result(item, "SET a.c[1] = :v, a.b = :w", [":v": 8, ":w": "x"]) == (["a": .map(["b": "dog", "c": .list([2])])], ["a": .map(["b": "x", "c": .list([8])])]))
        #expect(try result(item, "REMOVE a.c[1], a.c[3]") == (["a": .map(["c": .list([2])])], ["a": .map(["c": .list([3])])]))
        #expect(try result(item, "SET a.c[100] = :v", [":v": 70]) == ([:], [:]))
        #expect(try result(item, "SET e = :v REMOVE d", [":v": 1]) == (["d": "cat"], ["e": 1]))
        #expect(try result(nil, "SET e = :v", [":v": 1]) == ([:], ["e": 1]))
    }

    @Test("an update knows its paths")
    func paths() throws {
        #expect(try Request([":v": 1]).update("SET a.b = :v, c = :v REMOVE d[1]").paths.map(\.description) == ["[a, b]", "[c]", "[d, [1]]"])
    }
}
