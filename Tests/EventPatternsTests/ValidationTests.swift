import EventPatterns
import JSON
import Kernel
import Testing

@Suite("Validation")
struct ValidationTests {
    /// The message with its place; `@` stands for the source.
    struct Refusal: CustomTestStringConvertible, Sendable {
        let pattern: String
        let reason: String

        init(_ pattern: String, _ reason: String) {
            self.pattern = pattern
            self.reason = reason
        }

        /// With the place appended as AWS does.
        init(_ pattern: String, _ reason: String, column: Int) {
            self.init(pattern, reason + "\n at [Source: (String)\"\(pattern)\"; line: 1, column: \(column)]")
        }

        var testDescription: String { pattern }
    }

    static func reason(_ pattern: String, _ dialect: EventPattern.Dialect) -> String? {
        do throws(EventPatternError) {
            _ = try EventPattern(pattern, dialect: dialect)
            return nil
        } catch {
            return error.reason
        }
    }

    /// As EventBridge answered on 5 December 2024.
    @Test("EventBridge's recorded answers", arguments: [
        Refusal(#"{"int": 42}"#, #""int" must be an object or an array"#, column: 11),
        Refusal(#"{"string": "my-value"}"#, #""string" must be an object or an array"#, column: 13),
        Refusal(#"{"resources": []}"#, "Empty arrays are not allowed", column: 17),
        Refusal(#"{"detail": {"equal": [{"NUMERIC": ["=", 5]}]}}"#, "Unrecognized match type NUMERIC", column: 36),
        Refusal(#"{"my_key": [{"EXISTS": true}]}"#, "Unrecognized match type EXISTS", column: 28),
        Refusal(#"{"detail": {"c-count": [{"numeric": [">", 0, ">", 0]}]}}"#, "Bad numeric range operator: >", column: 49),
        Refusal(#"{"detail": {"c-count": [{"numeric": [">", 0, "<"]}]}}"#, "Value of < must be numeric", column: 50),
        Refusal(#"{"EventBusArn": [{"wildcard": "arn:aws:events:us-east-1:**:event-bus/*"}]}"#, "Consecutive wildcard characters at pos 26", column: 72),
        Refusal(#"{"detail-type": [{"equals-ignore-case": ["ec2 instance state-change notification"]}]}"#, "equals-ignore-case match pattern must be a string", column: 42),
        Refusal(#"{"detail-type": [{"equals-ignore-case": {"prefix": "ec2"}}]}"#, "equals-ignore-case match pattern must be a string", column: 42),
        Refusal(
            #"{"detail": {"state": [{"anything-but": {"equals-ignore-case": 123}}]}}"#,
            "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.", column: 66),
        Refusal(#"{"EventBusArn": [{"wildcard": 123}]}"#, "wildcard match pattern must be a string", column: 34),
        Refusal(#"{"detail": {"FilePath": [{"anything-but": {"wildcard": 123}}]}}"#, "wildcard match pattern must be a string", column: 59),
        Refusal(#"{"detail": {"FileName": [{"anything-but": {"suffix": 123}}]}}"#, "prefix/suffix match pattern must be a string", column: 57),
        Refusal(#"{"time": [{"prefix": ["2022-07-13"]}]}"#, "prefix match pattern must be a string", column: 23),
        Refusal(#"{"time": [{"prefix": 123}]}"#, "prefix match pattern must be a string", column: 25),
        Refusal(#"{"FileName": [{"suffix": [".png"]}]}"#, "suffix match pattern must be a string", column: 27),
        Refusal(
            #"{"detail": {"FileName": [{"anything-but": {"prefix": {"equals-ignore-case": "file"}}}]}}"#,
            "Value of anything-but must be an array or single string/number value.", column: 55),
        Refusal(#"{"detail": {"sourceIPAddress": [{"cidr": ["bad-type"]}]}}"#, "prefix match pattern must be a string", column: 43),
        Refusal(#"{"a": [{"cidr": "10.0.0.0"}]}"#, "Malformed CIDR, one '/' required"),
        Refusal(#"{"a": [{"cidr": "10.0.0.0/xx"}]}"#, "Malformed CIDR, mask bits must be an integer"),
        Refusal(#"{"a": [{"cidr": "xx.11.xx/8"}]}"#, "Nonstandard IP address: xx.11.xx"),
        Refusal(#"{"a": [{"cidr": "xxxx:db8:1234:1a00::/56"}]}"#, "Nonstandard IP address: xxxx:db8:1234:1a00::"),
        Refusal(
            #"{"EventBusArn": [{"wildcard": "*:*:*:*:*:event-bus/*"}]}"#,
            "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character"),
        Refusal(
            "this is valid json but not a dict", "Unrecognized token 'this': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')", column: 5),
        Refusal("{'bad': 'quotation'}", "Unexpected character (''' (code 39)): was expecting double-quote to start field name", column: 2),
        Refusal(
            #"{"not": closed mark""#, "Unrecognized token 'closed': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')", column: 15),
        Refusal(#"["not", "a", "dict", "but valid json"]"#, "Filter is not an object", column: 2),
    ])
    func recorded(_ refusal: Refusal) { #expect(Self.reason(refusal.pattern, .eventBridge) == refusal.reason) }

    @Test("a mistake in a list of anything-but has its place twice", arguments: [
        (#"{"detail": {"state": [{"anything-but": {"equals-ignore-case": [123, 456]}}]}}"#, "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.", 67),
        (#"{"detail": {"state": [{"anything-but": {"wildcard": [123, "*/dir/*"]}}]}}"#, "wildcard match pattern must be a string", 57),
        (#"{"detail": {"FileName": [{"anything-but": {"suffix": [123, ".txt"]}}]}}"#, "prefix/suffix match pattern must be a string", 58),
    ])
    func twice(_ pattern: String, _ reason: String, _ column: Int) {
        let place = "\n at [Source: (String)\"\(pattern)\"; line: 1, column: \(column)]"
        #expect(Self.reason(pattern, .eventBridge) == reason + place + place)
    }

    @Test("the rule engine's other answers", arguments: [
        Refusal("{}", "Empty objects are not allowed", column: 3),
        Refusal(#"{"a": {}}"#, "Empty objects are not allowed", column: 9),
        Refusal(#"{"a": [{}]}"#, "Match expression name not found", column: 10),
        Refusal(#"{"a": [{"exactly": 33}]}"#, "exact match pattern must be a string", column: 22),
        Refusal(#"{"a": [{"prefix": "child", "foo": []}]}"#, "Only one key allowed in match expression", column: 36),
        Refusal(#"{"a": [{"anything-but": null}]}"#, "Value of anything-but must be an array or single string/number value.", column: 29),
        Refusal(#"{"a": [{"anything-but": []}]}"#, "Inside anything but list, either all values are number or string, mixed type is not supported", column: 27),
        Refusal(#"{"a": [{"anything-but": ["x", 1]}]}"#, "Inside anything but list, either all values are number or string, mixed type is not supported", column: 33),
        Refusal(#"{"a": [{"anything-but": {"prefix": ""}}]}"#, "Null prefix/suffix not allowed", column: 38),
        Refusal(#"{"a": [{"anything-but": {"exists": true}}]}"#, "Unsupported anything-but pattern: exists", column: 40),
        Refusal(#"{"a": [{"prefix": {"suffix": "x"}}]}"#, "Unsupported prefix pattern: suffix", column: 31),
        Refusal(#"{"a": [{"wildcard": "a\\b"}]}"#, "Invalid escape character at pos 2", column: 27),
        Refusal(#"{"a": [{"numeric": 5}]}"#, "Value of numeric must be an array.", column: 21),
        Refusal(#"{"a": [{"numeric": ["=", 6e9]}]}"#, "Value must be between -5.0E9 and 5.0E9, inclusive", column: 30),
        Refusal(#"{"a": [{"cidr": "10.0.0.0/32"}]}"#, "IPv4 mask bits must be < 32"),
        Refusal(#"{"a": [{"cidr": "10.0.0.0/-1"}]}"#, "Malformed CIDR, mask bits must not be negative"),
        Refusal(#"{"a": [{"cidr": "::/128"}]}"#, "IPv6 mask bits must be < 128"),
        Refusal(#"{"a": [{"cidr": "300.0.0.0/8"}]}"#, "Invalid IP address: 300.0.0.0"),
        Refusal(#"{"$or": {"a": [1]}}"#, "It must be an Array followed with $or.", column: 10),
        Refusal(#"{"$or": [{"a": [1]}]}"#, "There must have at least 2 Objects in $or relationship.", column: 21),
        Refusal(#"{"$or": [{"a": [1]}, 2]}"#, "Only JSON object is allowed in array of $or relationship.", column: 23),
        Refusal(#"{"$or": [{"prefix": [1]}, {"a": [1]}]}"#, "prefix is Ruler reserved fieldName which cannot be used inside $or.", column: 22),
    ])
    func engine(_ refusal: Refusal) { #expect(Self.reason(refusal.pattern, .eventBridge) == refusal.reason) }

    @Test("JSON that isn't", arguments: [
        Refusal("", "Filter is not an object", column: 1),
        Refusal(#"{"a": [1,]}"#, "Unexpected character (']' (code 93)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')", column: 10),
        Refusal(#"{"a" [1]}"#, "Unexpected character ('[' (code 91)): was expecting a colon to separate field name and value", column: 6),
        Refusal(#"{"a": [1 2]}"#, "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries", column: 10),
        Refusal(#"{"a": [01]}"#, "Invalid numeric value: Leading zeroes not allowed", column: 9),
        Refusal(
            #"{"a": ["x""#,
            "Unexpected end-of-input: expected close marker for Array (start marker at [Source: (String)\"{\"a\": [\"x\"\"; line: 1, column: 8])\n at [Source: (String)\"{\"a\": [\"x\"\"; line: 1, column: 11]"),
        Refusal(#"{"a": ["x"#, "Unexpected end-of-input: was expecting closing quote for a string value", column: 10),
        Refusal("{\"a\":\n  [tru]}", "Unrecognized token 'tru': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')\n at [Source: (String)\"{\"a\":\n  [tru]}\"; line: 2, column: 7]"),
    ])
    func json(_ refusal: Refusal) { #expect(Self.reason(refusal.pattern, .eventBridge) == refusal.reason) }

    @Test("a long source is shown by its first 500 characters")
    func longSource() {
        let pattern = #"{"a": [], "b": ""# + String(repeating: "x", count: 600) + "\"}"
        #expect(Self.reason(pattern, .eventBridge) == "Empty arrays are not allowed\n at [Source: (String)\"\(pattern.prefix(500))\"[truncated \(pattern.count - 500) chars]; line: 1, column: 9]")
    }

    @Test("each service has its error")
    func errors() throws {
        let errors = EventPattern.Dialect.allCases.compactMap { dialect -> AWSError? in
            do throws(EventPatternError) {
                _ = try EventPattern("[]", dialect: dialect)
                return nil
            } catch {
                return error.answer()
            }
        }
        #expect(errors.map(\.code) == ["InvalidEventPatternException", "InvalidParameter", "InvalidParameter", "InvalidParameterValueException"])
        #expect(errors.map(\.status) == [400, 400, 400, 400])
        #expect(errors.first?.message == "Event pattern is not valid. Reason: Filter is not an object\n at [Source: (String)\"[]\"; line: 1, column: 2]")
        #expect(errors.last?.message == "Invalid filter pattern definition.")
    }

    @Test("more than 1,000 combinations of $or are refused before they are made")
    func combinations() {
        let or = { (name: String) in "\"\(name)\": {\"$or\": [" + (0..<10).map { "{\"f\($0)\": [1]}" }.joined(separator: ",") + "]}" }
        #expect(Self.reason("{\(["a", "b", "c"].map(or).joined(separator: ","))}", .eventBridge) == nil)
        let four = "{\(["a", "b", "c", "d"].map(or).joined(separator: ","))}"
        #expect(Self.reason(four, .eventBridge) == "The event pattern has more than 1000 combinations of $or.")
        #expect(throws: EventPatternError.self) { try EventPattern(four, dialect: .snsMessageBody) }
    }

    @Test("deep patterns are refused")
    func depth() {
        let pattern = String(repeating: #"{"a":"#, count: 5_000) + "[1]" + String(repeating: "}", count: 5_000)
        #expect(Self.reason(pattern, .eventBridge) != nil)
        let fair = String(repeating: #"{"a":"#, count: 90) + "[1]" + String(repeating: "}", count: 90)
        #expect(Self.reason(fair, .eventBridge) == nil)
    }
}
