import DynamoDB
import JSON
import Kernel
import Testing

@Suite("Attribute values")
struct AttributeValueTests {
    @Test("DynamoDB JSON is read and written back in canonical form")
    func roundTrip() throws {
        let document: Document = [
            "s": ["S": "ñ"], "n": ["N": "1.50"], "b": ["B": "Yg=="], "t": ["BOOL": true], "z": ["NULL": true],
            "l": ["L": [["S": ""], ["N": "1e2"]]], "m": ["M": ["x": ["BOOL": false]]],
            "ss": ["SS": ["b", "a"]], "ns": ["NS": ["10", "9"]], "bs": ["BS": ["Yg==", "YQ=="]],
        ]
        #expect(try Item(document).document == [
            "b": ["B": "Yg=="], "bs": ["BS": ["YQ==", "Yg=="]], "l": ["L": [["S": ""], ["N": "100"]]], "m": ["M": ["x": ["BOOL": false]]],
            "n": ["N": "1.5"], "ns": ["NS": ["9", "10"]], "s": ["S": "ñ"], "ss": ["SS": ["a", "b"]], "t": ["BOOL": true], "z": ["NULL": true],
        ])
    }

    @Test("an item's JSON is its document's, for every type of value")
    func json() throws {
        let document: Document = [
            "b": ["B": "Yg=="], "bs": ["BS": ["YQ==", "Yg=="]], "e": ["M": [:]], "l": ["L": [["S": ""], ["N": "100"], ["L": []], ["M": ["\"": ["NULL": true]]]]],
            "m": ["M": ["x": ["BOOL": false]]], "n": ["N": "-1.5"], "ns": ["NS": ["9", "10"]], "s": ["S": "ñ\n\"long enough for two words\""],
            "ss": ["SS": ["a", "b"]], "t": ["BOOL": true], "z": ["NULL": true],
        ]
        let item = try Item(document)
        var json = JSONWriter()
        [item, Item()].write(to: &json)
        #expect(json.text == Document.array([document, [:]]).jsonString())
    }

    @Test("values that their type doesn't allow are refused in AWS's words", arguments: [
        ([:], "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"),
        (["a": ""], "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"),
        (["M": ["a": [:]]], "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"),
        (["L": [[:]]], "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"),
        (["S": nil], "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"),
        (["S": "a", "N": "1"], "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"),
        (["S": "a", "N": ""], "The parameter cannot be converted to a numeric value"),
        (["S": "a", "N": "b"], "The parameter cannot be converted to a numeric value: b"),
        (["NS": ["1", ""]], "The parameter cannot be converted to a numeric value"),
        (["NS": ["1", "1.0"]], "Input collection contains duplicates"),
        (["NULL": "no"], "One or more parameter values were invalid: Null attribute value types must have the value of true"),
        (["NULL": false], "One or more parameter values were invalid: Null attribute value types must have the value of true"),
        (["SS": []], "One or more parameter values were invalid: An string set  may not be empty"),
        (["NS": []], "One or more parameter values were invalid: An number set  may not be empty"),
        (["BS": []], "One or more parameter values were invalid: Binary sets should not be empty"),
        (["SS": ["a", "a"]], "One or more parameter values were invalid: Input collection [a, a] contains duplicates."),
        (["BS": ["Yg==", "Yg=="]], "One or more parameter values were invalid: Input collection [Yg==, Yg==]of type BS contains duplicates."),
    ] as [(Document, String)])
    func validation(document: Document, message: String) {
        #expect(throws: AWSError.validation(message)) { try AttributeValue(document) }
    }

    @Test("the current layer words some refusals differently", arguments: [
        (["N": ""], "The parameter cannot be converted to a numeric value: "),
        (["N": "b"], "The parameter cannot be converted to a numeric value: b"),
        (["SS": ["b", "a", "b"]], #"One or more parameter values were invalid: Input collection ["a", "b", "b"] contains duplicates."#),
        (["SS": ["b", "a", "b", "a"]], #"One or more parameter values were invalid: Input collection ["a", "b", "b", "a"] contains duplicates."#),
        (["BS": ["/w==", "AA==", "AA=="]], #"One or more parameter values were invalid: Input collection ["AA==","/w==","AA=="]of type BS contains duplicates."#),
        (["L": [["NS": ["2", "1", "2"]]]], "One or more parameter values were invalid: Input collection contains duplicates."),
    ] as [(Document, String)])
    func currentWording(document: Document, message: String) {
        #expect(throws: AWSError.validation(message)) { try AttributeValue(document, .current) }
        #expect(throws: AWSError.validation(message)) { try ExpressionAttributes(names: nil, values: [":v": document], .current) }
    }

    static let wrongTypes: [(Document, String)] = [
        (["S": true], "TRUE_VALUE cannot be converted to String"), (["S": false], "FALSE_VALUE cannot be converted to String"),
        (["S": 23], "NUMBER_VALUE cannot be converted to String"), (["N": .number("34.56")], "DECIMAL_VALUE cannot be converted to String"),
        (["N": []], "Unrecognized collection type class java.lang.String"), (["N": [:]], "Start of structure or map found where not expected"),
        (["BOOL": "23"], "Unexpected token received from parser"), (["BOOL": 23], "NUMBER_VALUE cannot be converted to Boolean"),
        (["NULL": []], "Unrecognized collection type class java.lang.Boolean"),
        (["B": true], "only base-64-encoded strings are convertible to bytes"), (["B": []], "Unrecognized collection type class java.nio.ByteBuffer"),
        (["B": "23456"], "Base64 encoded length is expected a multiple of 4 bytes but found: 5"),
        (["B": "=+/="], "Invalid last non-pad Base64 character dectected"), (["BS": ["+/+="]], "Invalid last non-pad Base64 character dectected"),
        (["SS": "a"], "Unexpected field type"), (["SS": [:]], "Start of structure or map found where not expected"), (["SS": [1]], "NUMBER_VALUE cannot be converted to String"),
        (["L": "a"], "Unexpected field type"), (["L": ["a"]], "Unexpected value type in payload"),
        (["L": [[]]], "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.AttributeValue"),
        (["M": "a"], "Unexpected field type"), (["M": ["a": 1]], "Unexpected value type in payload"),
        (["M": []], "Unrecognized collection type java.util.Map<java.lang.String, com.amazonaws.dynamodb.v20120810.AttributeValue>"),
        ("a", "Unexpected value type in payload"),
    ]

    @Test("a member of the wrong JSON type is a serialization error", arguments: wrongTypes)
    func serialization(document: Document, message: String) {
        #expect(throws: AWSError.serialization(message)) { try AttributeValue(document) }
    }

    static func nested(_ levels: Int) -> Document {
        (0..<levels).reduce(["S": "leaf"]) { value, _ in ["M": ["n": value]] }
    }

    @Test("a value may have 32 levels and no more")
    func nesting() {
        #expect(throws: Never.self) { try AttributeValue(Self.nested(31)) }
        #expect(throws: AWSError.validation("Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit")) {
            try AttributeValue(Self.nested(32))
        }
    }

    @Test("sets and maps are equal in any order, lists are not; two spellings of a character are two strings")
    func equality() throws {
        #expect(try AttributeValue(["SS": ["a", "b"]]) == AttributeValue(["SS": ["b", "a"]]))
        #expect(try AttributeValue(["NS": ["1", "2"]]) == AttributeValue(["NS": ["2.0", "1"]]))
        #expect(try AttributeValue(["L": [["S": "a"], ["S": "b"]]]) != AttributeValue(["L": [["S": "b"], ["S": "a"]]]))
        #expect(["a": 1, "b": 2] as Item == ["b": 2, "a": 1])
        #expect(AttributeValue.string("\u{E9}") != .string("e\u{301}"))
        #expect((["\u{E9}": 1, "e\u{301}": 2] as Item).count == 2)
    }

    @Test("of two attributes with one name the last counts")
    func duplicates() throws {
        let members = Members([.init(name: "b", value: ["N": "1"]), .init(name: "a", value: ["N": "2"]), .init(name: "b", value: ["N": "3"])])
        #expect(try Item(.object(members)) == ["a": 2, "b": 3])
    }

    @Test("attributes are found, changed, added and removed by name")
    func attributes() {
        var item: Item = ["b": 2, "a": 1, "ñ": 3]
        #expect(item["a"] == 1)
        #expect(item["ñ"] == 3)
        #expect(item["c"] == nil)
        item["c"] = "x"
        item["a"] = nil
        item["zz"] = nil
        item["b"] = 5
        #expect(item == ["b": 5, "c": "x", "ñ": 3])
        #expect(item.names == ["b", "c", "ñ"])
    }

    @Test("sizes are counted as AWS documents", arguments: [
        (["abc": "ñ"], 5), (["n": 12], 3), (["t": true], 2), (["l": .list([])], 4), (["l": .list(["ab", 1])], 10), (["m": .map([:])], 4),
        (["m": .map(["ab": "cd"])], 9), (["b": .binary([1, 2, 3])], 4), (["s": .strings(["a", "bc"])], 4), (["s": .numbers([DynamoDBNumber(1), DynamoDBNumber(234)])], 6),
        (["z": .null, "y": "abc"], 6),
    ] as [(Item, Int)])
    func sizes(item: Item, size: Int) {
        #expect(item.size == size)
    }
}

@Suite("Key encoding")
struct KeyEncodingTests {
    static func encoded(_ value: AttributeValue) -> [UInt8] {
        var bytes: [UInt8] = []
        KeyEncoding.append(value, to: &bytes)
        return bytes
    }

    @Test("encoded strings and binaries keep the order of their bytes and none is another's prefix")
    func order() {
        let texts = ["", "\0", "\0\0", "\0a", "a", "a\0", "a\0\0", "a\0b", "a\u{1}", "aa", "ab", "b", "ñ", "\u{10FFFF}"]
        let groups: [[AttributeValue]] = [texts.map { .string($0) }, texts.map { .binary(Array($0.utf8)) } + [.binary([0xFF]), .binary([0xFF, 0]), .binary([0xFF, 0xFF])]]
        for values in groups {
            for left in values.indices {
                for right in values.indices {
                    let (a, b) = (Self.encoded(values[left]), Self.encoded(values[right]))
                    #expect(a.lexicographicallyPrecedes(b) == (left < right))
                    #expect((values[left].compare(values[right]) ?? 0).signum() == (left - right).signum())
                    if left != right { #expect(!b.starts(with: a)) }
                }
            }
        }
    }

    @Test("a key is the partition's hash, the partition and the sort key")
    func layout() {
        let partition = KeyEncoding.key(partition: "a")
        let key = KeyEncoding.key(partition: "a", sort: 1)
        #expect(key.starts(with: partition))
        #expect(Array(key.dropFirst(8)) == [0x61, 0, 0, 0x81, 130, 11, 0])
        let hash = KeyEncoding.hash("a")
        #expect(Array(key.prefix(8)) == (0..<8).map { UInt8(truncatingIfNeeded: hash >> (56 - 8 * UInt64($0))) })
        #expect(hash == KeyEncoding.hash(.binary([0x61])))
    }

    @Test("a hash is the same in every run")
    func stableHash() {
        #expect(KeyEncoding.hash("a") == 17_750_249_986_546_065_122)
    }

    @Test("partitions are in the order in which AWS scans the developer guide's ProductCatalog")
    func scanOrder() {
        let ids = [101, 102, 103, 201, 202, 203, 204, 205].sorted { KeyEncoding.hash(.number(DynamoDBNumber($0))) < KeyEncoding.hash(.number(DynamoDBNumber($1))) }
        #expect(ids == [205, 203, 202, 201, 204, 102, 103, 101])
    }

    @Test("a number's bytes for the hash: an exponent of a hundred, then pairs of digits", arguments: [
        ("0", [0x80]), ("1", [0xC1, 2]), ("-1", [0x3E, 100, 102]), ("10", [0xC1, 11]), ("100", [0xC2, 2]), ("123.5", [0xC2, 2, 24, 51]),
        ("0.05", [0xC0, 6]), ("-99", [0x3E, 2, 102]),
    ] as [(String, [UInt8])])
    func base100(_ text: String, _ bytes: [UInt8]) throws {
        #expect(try DynamoDBNumber(parsing: text).base100 == bytes)
    }

    @Test("the end of a prefix is the least key above all that begin with it")
    func prefixEnd() {
        #expect(KeyEncoding.end(ofPrefix: [1, 2]) == [1, 3])
        #expect(KeyEncoding.end(ofPrefix: [1, 0xFF]) == [2])
        #expect(KeyEncoding.end(ofPrefix: [0xFF, 0xFF]) == nil)
        var prefix: [UInt8] = []
        KeyEncoding.appendPrefix("a\0", to: &prefix)
        #expect(Self.encoded("a\0b").starts(with: prefix))
        #expect(Self.encoded("a\0").starts(with: prefix))
        #expect(!Self.encoded("a").starts(with: prefix))
    }
}

@Suite("Base64")
struct Base64Tests {
    @Test("the vectors of RFC 4648", arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy")])
    func vectors(text: String, encoded: String) throws {
        #expect(Base64.encode(Array(text.utf8)) == encoded)
        #expect(try Base64.decode(encoded) == Array(text.utf8))
    }

    @Test("every byte survives, and what isn't strict base64 is refused")
    func strictness() throws {
        let bytes = (0...255).map { UInt8($0) }
        #expect(try Base64.decode(Base64.encode(bytes)) == bytes)
        #expect(throws: Base64.DecodingError.length(3)) { try Base64.decode("Zg=") }
        #expect(throws: Base64.DecodingError.character) { try Base64.decode("Zg=a") }
        #expect(throws: Base64.DecodingError.character) { try Base64.decode("Z===") }
        #expect(throws: Base64.DecodingError.character) { try Base64.decode("====") }
        #expect(throws: Base64.DecodingError.character) { try Base64.decode("Zm9-") }
        #expect(throws: Base64.DecodingError.trailingBits) { try Base64.decode("Zh==") }
        #expect(throws: Base64.DecodingError.trailingBits) { try Base64.decode("Zm9=") }
    }
}
