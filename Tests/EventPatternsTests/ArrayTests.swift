import EventPatterns
import JSON
import Testing

@Suite("Arrays and paths")
struct ArrayTests {
    @Test("a value of an array matches where any element does", arguments: [
        Case(#"{"a": ["x", "y"]}"#, #"{"a": ["z", "y"]}"#, true),
        Case(#"{"a": ["x"]}"#, #"{"a": []}"#, false),
        Case(#"{"a": [null]}"#, #"{"a": []}"#, false),
        Case(#"{"a": ["x"]}"#, #"{"a": [[["x"]]]}"#, true),
        Case(#"{"a": {"b": ["x"]}}"#, #"{"a": ["x", {"b": "x"}]}"#, true),
        Case(#"{"a": {"b": ["x"]}}"#, #"{"a": [[{"c": 1}], [{"b": "x"}]]}"#, true),
        Case(#"{"a": ["x"]}"#, #"{"a": {"b": "x"}}"#, false),
        Case(#"{"a": {"b": ["x"]}}"#, #"{"a": "x"}"#, false),
    ])
    func anyElement(_ test: Case) throws { try test.check() }

    @Test("fields below an array match in one element together", arguments: [
        Case(#"{"a": {"b": [1], "c": [2]}}"#, #"{"a": [{"b": 1, "c": 3}, {"b": 4, "c": 2}]}"#, false),
        Case(#"{"a": {"b": [1], "c": [2]}}"#, #"{"a": [{"b": 1, "c": 3}, {"b": 1, "c": 2}]}"#, true),
        Case(#"{"a": {"b": {"x": [1]}, "c": [2]}}"#, #"{"a": [{"b": [{"x": 2}, {"x": 1}], "c": 2}]}"#, true),
        Case(#"{"a": {"b": {"x": [1], "y": [1]}}}"#, #"{"a": [{"b": [{"x": 1}]}, {"b": [{"y": 1}]}]}"#, false),
        Case(#"{"a": {"b": [1]}, "c": {"b": [2]}}"#, #"{"a": [{"b": 2}, {"b": 1}], "c": [{"b": 2}]}"#, true),
        Case(#"{"$or": [{"a": {"b": [1]}}, {"d": [1]}], "a": {"c": [2]}}"#, #"{"a": [{"b": 1}, {"c": 2}]}"#, false),
        Case(#"{"$or": [{"a": {"b": [1]}}, {"d": [1]}], "a": {"c": [2]}}"#, #"{"a": [{"b": 1, "c": 2}]}"#, true),
        Case(
            #"{"Records": {"s3": {"object": {"key": [{"prefix": "auto-"}]}}, "eventName": [{"prefix": "ObjectCreated:"}]}}"#,
            #"{"Records": [{"eventName": "ObjectCreated:Put", "s3": {"object": [[{"key": "auto-insurance-2314.xml"}]]}}, {"eventName": "ObjectRemoved:Delete", "s3": {"object": {"key": "home"}}}]}"#, true),
        Case(
            #"{"Records": {"s3": {"object": {"key": [{"prefix": "auto-"}]}}, "eventName": [{"prefix": "ObjectCreated:"}]}}"#,
            #"{"Records": [{"eventName": "ObjectRemoved:Delete", "s3": {"object": {"key": "auto-1"}}}, {"eventName": "ObjectCreated:Put", "s3": {"object": {"key": "home"}}}]}"#, false),
    ])
    func consistency(_ test: Case) throws { try test.check() }

    @Test("an absent field is absent from the element that was settled on, or from all of them where none was yet", arguments: [
        Case(#"{"a": {"b": [{"exists": false}]}}"#, #"{"a": [{"c": 1}, {"b": 1}]}"#, false),
        Case(#"{"a": {"b": [{"exists": false}]}}"#, #"{"a": [{"c": 1}, {"d": 1}]}"#, true),
        Case(#"{"a": {"b": [{"exists": false}]}}"#, #"{"a": []}"#, true),
        Case(#"{"a": {"b": [{"exists": false}]}}"#, #"{"a": [1, "x"]}"#, true),
        Case(#"{"a": {"b": [1], "c": [{"exists": false}]}}"#, #"{"a": [{"b": 1}, {"c": 1}]}"#, true),
        Case(#"{"a": {"b": [1], "c": [{"exists": false}]}}"#, #"{"a": [{"b": 1, "c": 1}]}"#, false),
        Case(#"{"a": {"b": [{"exists": false}], "c": [1]}}"#, #"{"a": [{"b": 1}, {"c": 1}]}"#, false),
        Case(#"{"a": {"b": [{"exists": false}], "c": [1]}}"#, #"{"a": [{"d": 1}, {"c": 1}]}"#, true),
        Case(#"{"a": {"b": [1], "c": {"x": [{"exists": false}]}}}"#, #"{"a": [{"b": 1, "c": [{"x": 1}, {}]}]}"#, false),
        Case(#"{"a": {"b": [1], "c": {"x": [{"exists": false}]}}}"#, #"{"a": [{"b": 1, "c": [{"y": 1}]}]}"#, true),
    ])
    func absence(_ test: Case) throws { try test.check() }

    @Test("names with points and objects within objects are one path", arguments: [
        Case(#"{"object.nested": ["string.value"]}"#, #"{"object": {"nested": "string.value"}}"#, true),
        Case(#"{"object.nested": ["string.value"]}"#, #"{"object.nested": "string.value"}"#, true),
        Case(#"{"object": {"nested": ["string.value"]}}"#, #"{"object.nested": "string.value"}"#, true),
        Case(#"{"object.nested": ["string.value"]}"#, #"{"object": {"nested": "test-auto"}}"#, false),
        Case(#"{"object.nested.test": ["string.value"]}"#, #"{"object.nested": {"test": "string.value"}}"#, true),
        Case(#"{"object.nested.test": ["string.value"]}"#, #"{"object": {"nested.test": "string.value"}}"#, true),
        Case(#"{"object.nested.test": ["string.value"]}"#, #"{"object": {"nested": {"test": "string.notvalue"}}}"#, false),
        Case(#"{"a": {"b": [1], "c": [2]}}"#, #"{"a.b": 1, "a": {"c": 2}}"#, true),
        Case(#"{"a": {"b": [1], "c": [2]}}"#, #"{"a": {"c": 2}, "a.b": 1}"#, true),
        Case(#"{"a": [1], "a.b": [2]}"#, #"{"a": 1, "a.b": 2}"#, true),
        Case(#"{"a": [1], "a.b": [2]}"#, #"{"a": 1, "a.b": 3}"#, false),
        Case(#"{"a": {"b": [{"exists": false}]}}"#, #"{"a.b": 1}"#, false),
        Case(#"{"a..b": [1]}"#, #"{"a": {"": {"b": 1}}}"#, true),
        Case(#"{"ab": [1]}"#, #"{"a.b": 1}"#, false),
    ])
    func paths(_ test: Case) throws { try test.check() }

    @Test("a field twice in the pattern: the last counts; twice in the event: either", arguments: [
        Case(#"{"a": [1], "a": [2]}"#, #"{"a": 2}"#, true),
        Case(#"{"a": [1], "a": [2]}"#, #"{"a": 1}"#, false),
        Case(#"{"d": {"a": [1]}, "d": {"b": [2]}}"#, #"{"d": {"a": 1, "b": 2}}"#, true),
        Case(#"{"d": {"a": [1]}, "d": {"b": [2]}}"#, #"{"d": {"b": 2}}"#, false),
        Case(#"{"a": [1]}"#, #"{"a": 2, "a": 1}"#, true),
    ])
    func duplicates(_ test: Case) throws { try test.check() }

    @Test("what is no object matches nothing", arguments: ["1", "[]", "null", #""x""#])
    func noObject(_ event: String) throws { try Case(#"{"a": [{"exists": false}]}"#, event, false).check() }

    @Test("a hundred thousand elements below nested arrays take no combinations")
    func bounded() throws {
        let elements: [Document] = (0..<100_000).map { ["b": .int($0), "c": [["x": 1], ["x": 2]]] }
        let event: Document = ["a": .array(elements), "z": 1]
        let pattern = try EventPattern(#"{"a": {"b": [{"numeric": [">=", 0]}], "c": {"x": [3]}, "d": [{"exists": false}]}, "z": [2]}"#, dialect: .eventBridge)
        #expect(!pattern.matches(event))
    }
}
