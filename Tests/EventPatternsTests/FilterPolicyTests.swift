import EventPatterns
import JSON
import Kernel
import Testing

/// https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html and the pages below it.
@Suite("SNS filter policies")
struct FilterPolicyTests {
    typealias Attribute = (name: String, type: String, value: String)

    static func takes(_ policy: String, _ attributes: [Attribute]) throws -> Bool {
        try #require(try FilterPolicy.compile(policy, scope: .messageAttributes)).matches(attributes: FilterPolicy.attributes(attributes))
    }

    static func takes(_ policy: String, body: String) throws -> Bool {
        try #require(try FilterPolicy.compile(policy, scope: .messageBody)).matches(body: Document(json: body))
    }

    static func refusal(_ policy: String, _ scope: FilterPolicy.Scope = .messageAttributes, subscribing: Bool = false) -> String? {
        do throws(EventPatternError) {
            _ = try FilterPolicy.compile(policy, scope: scope)
            return nil
        } catch {
            return error.answer(subscribing: subscribing).message
        }
    }

    @Test("strings", arguments: [
        (#"{"customer_interests": ["rugby", "tennis"]}"#, "String", "rugby", true),
        (#"{"customer_interests": ["rugby", "tennis"]}"#, "String.Array", #"["rugby", "tennis"]"#, true),
        (#"{"customer_interests": ["rugby", "tennis"]}"#, "String", "baseball", false),
        (#"{"customer_interests": ["rugby", "tennis"]}"#, "String.Array", #"["baseball"]"#, false),
        (#"{"customer_interests": [{"anything-but": ["rugby", "tennis"]}]}"#, "String", "football", true),
        (#"{"customer_interests": [{"anything-but": ["rugby", "tennis"]}]}"#, "String.Array", #"["rugby", "baseball"]"#, true),
        (#"{"customer_interests": [{"anything-but": ["rugby", "tennis"]}]}"#, "String", "rugby", false),
        (#"{"customer_interests": [{"anything-but": ["rugby", "tennis"]}]}"#, "String.Array", #"["rugby"]"#, false),
        (#"{"event": [{"anything-but": {"prefix": "order-"}}]}"#, "String", "data-entry", true),
        (#"{"event": [{"anything-but": {"prefix": "order-"}}]}"#, "String", "order-cancelled", false),
        (#"{"customer_interests": [{"equals-ignore-case": "tennis"}]}"#, "String", "TENNIS", true),
        (#"{"customer_interests": [{"equals-ignore-case": "tennis"}]}"#, "String", "Tennis2", false),
        (#"{"source_ip": [{"cidr": "10.0.0.0/24"}]}"#, "String", "10.0.0.0", true),
        (#"{"source_ip": [{"cidr": "10.0.0.0/24"}]}"#, "String", "10.0.0.255", true),
        (#"{"source_ip": [{"cidr": "10.0.0.0/24"}]}"#, "String", "10.1.1.0", false),
        (#"{"customer_interests": [{"prefix": "bas"}]}"#, "String", "basketball", true),
        (#"{"customer_interests": [{"prefix": "bas"}]}"#, "String", "rugby", false),
        (#"{"customer_interests": [{"suffix": "ball"}]}"#, "String", "baseball", true),
        (#"{"customer_interests": [{"suffix": "ball"}]}"#, "String", "rugby", false),
        (#"{"customer_interests": [{"wildcard": "*ball*"}]}"#, "String", "ballroom", true),
        (#"{"customer_interests": ["true"]}"#, "String", "true", true),
        (#"{"customer_interests": [true, null]}"#, "String", "true", false),
        (#"{"customer_interests": [true, null]}"#, "String.Array", "[true]", true),
        (#"{"customer_interests": [true, null]}"#, "String.Array", "[1, null]", true),
        (#"{"customer_interests": ["x"]}"#, "String.Array", "no array", false),
        (#"{"customer_interests": ["x"]}"#, "Binary", "x", false),
        (#"{"customer_interests": ["x"]}"#, "String.Custom", "x", true),
    ])
    func strings(_ policy: String, _ type: String, _ value: String, _ matches: Bool) throws {
        let name = policy.split(separator: "\"")[1]
        #expect(try Self.takes(policy, [(String(name), type, value)]) == matches)
    }

    @Test("numbers", arguments: [
        (#"{"price": [{"numeric": ["=", 301.5]}]}"#, "Number", "301.5", true),
        (#"{"price": [{"numeric": ["=", 301.5]}]}"#, "Number", "3.015e2", true),
        (#"{"price": [{"numeric": ["=", 301.5]}]}"#, "String", "301.5", false),
        (#"{"price": [{"anything-but": [100, 500]}]}"#, "Number", "101", true),
        (#"{"price": [{"anything-but": [100, 500]}]}"#, "Number", "100.1", true),
        (#"{"price": [{"anything-but": [100, 500]}]}"#, "Number.Array", "[100, 50]", true),
        (#"{"price": [{"anything-but": [100, 500]}]}"#, "Number", "100", false),
        (#"{"price": [{"numeric": ["<", 0]}]}"#, "Number", "-0.00001", true),
        (#"{"price": [{"numeric": [">", 0, "<=", 150]}]}"#, "Number", "150", true),
        (#"{"price": [{"numeric": [">", 0, "<=", 150]}]}"#, "Number", "0", false),
        (#"{"price": [{"numeric": [">", 0, "<=", 100]}]}"#, "Number", "111", false),
        (#"{"price": [99]}"#, "Number", "99.0", true),
        (#"{"price": ["99"]}"#, "Number", "99", false),
        (#"{"price": [{"numeric": [">", 0]}]}"#, "String.Array", "[1, -1]", true),
    ])
    func numbers(_ policy: String, _ type: String, _ value: String, _ matches: Bool) throws {
        #expect(try Self.takes(policy, [("price", type, value)]) == matches)
    }

    @Test("keys: present with content, or absent beside another attribute")
    func keys() throws {
        let present = #"{"store": [{"exists": true}]}"#
        #expect(try Self.takes(present, [("store", "String", "fans"), ("customer_interests", "String.Array", #"["baseball"]"#)]))
        #expect(try !Self.takes(present, [("customer_interests", "String.Array", #"["baseball"]"#)]))
        #expect(try Self.takes(present, body: #"{"store": "fans"}"#))
        #expect(try !Self.takes(present, body: #"{"store": null}"#))
        #expect(try !Self.takes(present, body: #"{"store": ""}"#))
        let absent = #"{"store": [{"exists": false}]}"#
        #expect(try !Self.takes(absent, [("store", "Number", "99"), ("def", "Number", "99")]))
        #expect(try Self.takes(absent, [("def", "Number", "99")]))
        #expect(try !Self.takes(absent, []))
        #expect(try !Self.takes(#"{"attr1": [null, {"anything-but": "whatever"}]}"#, []))
    }

    static let order = #"{"store": ["example_corp"], "event": [{"anything-but": "order_cancelled"}], "customer_interests": ["rugby", "football", "baseball"], "price_usd": [{"numeric": [">=", 100]}]}"#

    @Test("the documented message", arguments: [
        ("order_placed", "210.75", true), ("order_cancelled", "210.75", false), ("order_placed", "99.99", false),
    ])
    func example(_ event: String, _ price: String, _ matches: Bool) throws {
        let attributes: [Attribute] = [
            ("customer_interests", "String.Array", #"["soccer", "rugby", "hockey"]"#), ("store", "String", "example_corp"), ("event", "String", event),
            ("price_usd", "Number", price),
        ]
        #expect(try Self.takes(Self.order, attributes) == matches)
        #expect(try Self.takes(Self.order, body: #"{"store": "example_corp", "event": "\#(event)", "customer_interests": ["soccer", "rugby"], "price_usd": \#(price)}"#) == matches)
    }

    @Test("$or between attributes, and as a name where it is no operator")
    func alternatives() throws {
        let policy = #"{"source": ["aws.cloudwatch"], "$or": [{"metricName": ["CPUUtilization"]}, {"namespace": ["AWS/EC2"]}]}"#
        #expect(try Self.takes(policy, [("source", "String", "aws.cloudwatch"), ("namespace", "String", "AWS/EC2")]))
        #expect(try !Self.takes(policy, [("source", "String", "aws.cloudwatch"), ("namespace", "String", "AWS/ES")]))
        #expect(try Self.takes(#"{"$or": ["x"]}"#, [("$or", "String", "x")]))
        #expect(try Self.takes(#"{"$or": [{"prefix": "abc"}, {"suffix": "x"}]}"#, [("$or", "String", "abcd")]))
        #expect(try Self.takes(#"{"$or": {"a": ["x"]}}"#, body: #"{"$or": {"a": "x"}}"#))
        #expect(Self.refusal(#"{"$or":[{"numeric":123},{"prefix":"abc"}]}"#)?.hasPrefix("Invalid parameter: FilterPolicy: Value of numeric must be an array.") == true)
        let nested = #"{"$or": [{"metricName": ["CPUUtilization", "ReadLatency"]}, {"namespace": ["AWS/EC2", "AWS/ES"]}], "detail": {"scope": ["Service"], "$or": [{"source": ["aws.cloudwatch"]}, {"type": ["CloudWatch Alarm State Change"]}]}}"#
        #expect(try Self.takes(nested, body: #"{"namespace": "AWS/ES", "detail": {"scope": "Service", "source": "aws.cloudwatch"}}"#))
        #expect(try !Self.takes(nested, body: #"{"metricName": "CPUUtilization", "detail": {"scope": "Service", "type": "CPUUtilization"}}"#))
        #expect(try !Self.takes(nested, body: #"{"metricName": "CPUUtilization", "detail": {"type": "CloudWatch Alarm State Change"}}"#))
    }

    /// As SNS answered on 14 May 2024: the policy is shown without the white space it came with.
    @Test("recorded answers", arguments: [
        (#"{"key": [["value"]]}"#, "Match value must be String, number, true, false, or null", 10),
        (#"{"key": [{"wrong-operator": true}]}"#, "Unrecognized match type wrong-operator", 31),
        (#"{"key": [{"suffix": "value", "prefix": "value2"}]}"#, "Only one key allowed in match expression", 37),
        (#"{"key": [{"suffix": 100}]}"#, "suffix match pattern must be a string", 22),
        (#"{"key": [{"suffix": null}]}"#, "suffix match pattern must be a string", 23),
        (#"{"key": {"suffix": "value"}}"#, #""suffix" must be an object or an array"#, 19),
        (#"{"key": [{"suffix": []}]}"#, "suffix match pattern must be a string", 20),
        (#"{"key": {"not-an-operator": "value"}}"#, #""not-an-operator" must be an object or an array"#, 28),
        (#"{"key_a": "value_one"}"#, #""key_a" must be an object or an array"#, 11),
        (#"{"key": [{"numeric": []}]}"#, "Invalid member in numeric match: ]", 22),
        (#"{"key": [{"numeric": ["operator"]}]}"#, "Unrecognized numeric range operator: operator", 32),
        (#"{"key": [{"numeric": [1, "<="]}]}"#, "Invalid member in numeric match: 1", 22),
        (#"{"key": [{"numeric": ["=", "000"]}]}"#, "Value of equals must be numeric", 26),
        (#"{"key": [{"numeric": [">="]}]}"#, "Value of >= must be numeric", 26),
        (#"{"key": [{"numeric": ["<", 100, ">", 10]}]}"#, "Too many elements in numeric expression", 30),
        (#"{"key": [{"numeric": [">=", 1, ">", 2]}]}"#, "Bad numeric range operator: >", 31),
        (#"{"key": [{"numeric": [">", 3, "<", 1]}]}"#, "Bottom must be less than top", 33),
        (#"{"key": [{"numeric": [">", 20, "<="]}]}"#, "Value of <= must be numeric", 33),
        (#"{"key": [{"numeric": [">", 20, 30]}]}"#, "Bad value in numeric range: 30", 30),
        (#"{"key": [{"numeric": [">", 20, "test"]}]}"#, "Bad numeric range operator: test", 34),
        (#"{"key": [{"numeric": [">", "20", "<", "30"]}]}"#, "Value of > must be numeric", 26),
        (#"{"key": [{"numeric": [">", 20, "<", "30"]}]}"#, "Value of < must be numeric", 33),
        (#"{"key": [{"numeric": [">", 20, "<", 30, "<", 50]}]}"#, "Too many terms in numeric range expression", 36),
        (#"{"key": [{"exists": null}]}"#, "exists match pattern must be either true or false.", 23),
        (#"{"key": [{"exists": "no"}]}"#, "exists match pattern must be either true or false.", 20),
        (#"{"key": [{"anything-but": {"wrong-operator": null}}]}"#, "Unsupported anything-but pattern: wrong-operator", 47),
        (#"{"key": [{"anything-but": {"suffix": "test"}}]}"#, "Unsupported anything-but pattern: suffix", 36),
        (#"{"key": [{"anything-but": {"exists": false}}]}"#, "Unsupported anything-but pattern: exists", 40),
        (#"{"key": [{"anything-but": {"prefix": false}}]}"#, "prefix match pattern must be a string", 40),
    ])
    func recorded(_ policy: String, _ reason: String, _ column: Int) {
        let shown = policy.replacing(" ", with: "")
        #expect(Self.refusal(policy, subscribing: true) == "Invalid parameter: Attributes Reason: FilterPolicy: \(reason)\n at [Source: (String)\"\(shown)\"; line: 1, column: \(column)]")
    }

    static func list(_ count: Int) -> String { "[" + (0..<count).map { "\"value\($0)\"" }.joined(separator: ",") + "]" }

    @Test("limits")
    func limits() {
        let complex = "Invalid parameter: FilterPolicy: Filter policy is too complex"
        #expect(Self.refusal("{\"key\": \(Self.list(150))}") == nil)
        #expect(Self.refusal("{\"key\": \(Self.list(151))}") == complex)
        #expect(Self.refusal("{\"key1\": \(Self.list(100)), \"key2\": \(Self.list(51))}") == complex)
        let six = "{" + (1...6).map { "\"key\($0)\": [\"value\($0)\"]" }.joined(separator: ",") + "}"
        #expect(Self.refusal(six) == "Invalid parameter: FilterPolicy: Filter policy can not have more than 5 keys")
        let nested = #"{"key_a": {"key_b": {"key_c": ["1", "2", "3", "4"]}}, "key_d": {"key_e": ["1", "2", "3"]}"#
        #expect(Self.refusal(nested + "}", .messageBody) == nil)
        #expect(Self.refusal(nested + #", "key_f": ["1", "2", "3"]}"#, .messageBody) == complex)
        #expect(Self.refusal("{\"Records\":{\"s3\":{\"object\":{\"key\":\(Self.list(36))}}}}", .messageBody) == nil)
        #expect(Self.refusal("{\"Records\":{\"s3\":{\"object\":{\"key\":\(Self.list(40))}}}}", .messageBody) == complex)
        let or = { (last: Int) in
            "{\"source\": \(Self.list(4)), \"$or\": [{\"metricName\": \(Self.list(6))}, {\"metricType\": \(Self.list(4)), \"$or\": [{\"metricId\": \(Self.list(4))}, {\"spaceId\": \(Self.list(last))}]}]}"
        }
        #expect(Self.refusal(or(3)) == nil)
        #expect(Self.refusal(or(4)) == complex)
        #expect(
            Self.refusal(#"{"object": {"key": [{"prefix": "auto-"}]}}"#)
                == "Invalid parameter: Filter policy scope MessageAttributes does not support nested filter policy")
        #expect(Self.refusal("{\"a\": [\"" + String(repeating: "x", count: 256 * 1024) + "\"]}") == "Invalid parameter: FilterPolicy: Filter policy is too large")
    }

    @Test("wildcards of four sites are taken, of five refused")
    func wildcards() {
        let policy = { (count: Int) in "{\"key\": [" + (0..<count).map { "{\"wildcard\": \"*/K00\($0)/*\"}" }.joined(separator: ",") + "]}" }
        #expect(Self.refusal(policy(4)) == nil)
        #expect(Self.refusal(policy(5)) == "Invalid parameter: FilterPolicy: Filter policy is too complex")
    }

    @Test("what is no JSON, and what takes the filter away")
    func json() throws {
        #expect(
            Self.refusal("{invalidjson}")
                == "Invalid parameter: FilterPolicy: failed to parse JSON. Unexpected character ('i' (code 105)): was expecting double-quote to start field name\n at [Source: (String)\"{invalidjson}\"; line: 1, column: 2]")
        #expect(Self.refusal("[]") == "Invalid parameter: FilterPolicy: failed to parse JSON.")
        #expect(try FilterPolicy.compile("", scope: .messageBody).map { _ in 1 } == nil)
        #expect(try FilterPolicy.compile("{}", scope: .messageBody).map { _ in 1 } == nil)
    }
}
