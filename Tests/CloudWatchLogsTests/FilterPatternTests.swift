@testable import CloudWatchLogs
import JSON
import Kernel
import Testing

/// A pattern, what it matches and what it doesn't.
struct PatternCase: Sendable, CustomTestStringConvertible {
    var pattern: String
    var matching: [String]
    var others: [String]

    init(_ pattern: String, _ matching: [String], not others: [String] = []) {
        (self.pattern, self.matching, self.others) = (pattern, matching, others)
    }

    var testDescription: String { pattern }
}

/// The documentation's own examples, and what they say about the rest.
/// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
@Suite("Filter patterns") struct FilterPatternTests {
    static let terms = [
        PatternCase("", ["anything", " "]),
        PatternCase(" ", ["anything"]),
        PatternCase(
            "ERROR", ["[ERROR 400] BAD REQUEST", "[ERROR 401] UNAUTHORIZED REQUEST", "Exiting with ERRORCODE: -1"], not: ["[error 400] bad request", "[INFO] fine"]),
        PatternCase("ERROR ARGUMENTS", ["[ERROR 419] MISSING ARGUMENTS", "[ERROR 420] INVALID ARGUMENTS"], not: ["[ERROR 400] BAD REQUEST", "ARGUMENTS"]),
        PatternCase(
            "?ERROR ?ARGUMENTS", ["[ERROR 400] BAD REQUEST", "[ERROR 419] MISSING ARGUMENTS", "[WARNING] INVALID ARGUMENTS"], not: ["[INFO] REQUEST FAILED"]),
        // Beside a required term the optional ones mean nothing.
        PatternCase("?ERROR ?WARN REQUEST", ["[INFO] REQUEST FAILED", "[WARN] UNAUTHORIZED REQUEST", "[ERROR] 400 BAD REQUEST"], not: ["[ERROR] FAILED"]),
        PatternCase("\"INTERNAL SERVER ERROR\"", ["[ERROR 500] INTERNAL SERVER ERROR"], not: ["INTERNAL ERROR OF THE SERVER"]),
        PatternCase("ERROR -ARGUMENTS", ["[ERROR 400] BAD REQUEST", "[ERROR 401] UNAUTHORIZED REQUEST"], not: ["[ERROR 419] MISSING ARGUMENTS", "[INFO]"]),
        PatternCase("-ERROR", ["fine"], not: ["ERROR"]),
        PatternCase("\"a \\\"quoted\\\" word\"", ["a \"quoted\" word"], not: ["a quoted word"]),
        PatternCase("-\"a b\" c", ["c"], not: ["a b c"]),
        PatternCase("größe", ["die größe"], not: ["die grösse"]),
    ]

    static let expressions = [
        PatternCase("%AUTHORIZED%", ["[ERROR 401] UNAUTHORIZED REQUEST", "[SUCCESS 200] AUTHORIZED REQUEST"], not: ["[ERROR 401] authorized"]),
        PatternCase("%^[hc]at%", ["hat", "cat", "cats"], not: ["a hat", "bat"]),
        PatternCase("%[hc]at$%", ["hat", "a cat"], not: ["hats"]),
        PatternCase("%colou?r%", ["color", "colour"], not: ["colouur"]),
        PatternCase("%[abc]%", ["a", "xxb"], not: ["x"]),
        PatternCase("%[a-z]%", ["1a"], not: ["A1"]),
        PatternCase("%^[abcx-z]$%", ["a", "y"], not: ["d", "ab"]),
        PatternCase("%^a{3,5}$%", ["aaa", "aaaaa"], not: ["aa", "aaaaaa"]),
        PatternCase("%^a{2}$%", ["aa"], not: ["a", "aaa"]),
        PatternCase("%^a{2,}b$%", ["aab", "aaaaab"], not: ["ab"]),
        PatternCase("%gra|ey%", ["gra", "hey"], not: ["gr"]),
        PatternCase("%10\\.10\\.0\\.1%", ["10.10.0.1"], not: ["10a10b0c1"]),
        PatternCase("%ab*c%", ["ac", "abc", "abbbc"], not: ["adc"]),
        PatternCase("%^ab+c$%", ["abc", "abbc"], not: ["ac"]),
        PatternCase("%^.at$%", ["cat", "hat", "ßat"], not: ["at", "flat"]),
        PatternCase("%\\d%", ["a1"], not: ["a"]),
        PatternCase("%^\\D+$%", ["abc"], not: ["a1"]),
        PatternCase("%a\\sb%", ["a b", "a\tb"], not: ["ab"]),
        PatternCase("%^\\S+$%", ["ab"], not: ["a b"]),
        PatternCase("%^\\w+$%", ["a_1"], not: ["a-1"]),
        PatternCase("%\\W%", ["a-1"], not: ["a_1"]),
        PatternCase("%\\x28x\\x29%", ["f(x)"], not: ["fx"]),
        PatternCase("%^[^0-9]%", ["a1"], not: ["1a"]),
        PatternCase("%\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}%", ["from 127.0.0.1"], not: ["from 127.0.0"]),
        PatternCase("%^$%", [""], not: ["a"]),
        PatternCase("%a*%", ["", "b"]),
    ]

    private static let event = """
        {"eventType":"UpdateTrail","sourceIPAddress":"111.111.111.111","arrayKey":["value","another value"],
         "objectList":[{"name":"a","id":1},{"name":"b","id":2}],"SomeObject":null,"cluster.name":"c",
         "errorCode":400,"latency":1.5,"ThisFlag":true,"bandwidth":75,"detail-type":"x","users":[{"email":"a@b.c"},{"email":"d@e.f"}]}
        """

    static let json = [
        PatternCase("{ $.eventType = \"UpdateTrail\" }", [event, " \n" + event + "\n"], not: ["{\"eventType\":\"x\"}", "UpdateTrail", "[1]", "{broken", ""]),
        PatternCase("{ $.eventType = UpdateTrail }", [event]),
        PatternCase("{$.eventType=\"Update*\"}", [event], not: ["{\"eventType\":\"Delete\"}"]),
        PatternCase("{ $.eventType = *Trail }", [event]),
        PatternCase("{ $.eventType = \"*ate*ai*\" }", [event]),
        PatternCase("{ $.sourceIPAddress != 123.123.* }", [event], not: ["{\"sourceIPAddress\":\"123.123.1.1\"}", "{}"]),
        PatternCase("{ $.arrayKey[0] = \"value\" }", [event], not: ["{\"arrayKey\":[\"x\",\"value\"]}", "{\"arrayKey\":\"value\"}"]),
        PatternCase("{ $.objectList[1].id = 2 }", [event], not: ["{\"objectList\":[{\"id\":2}]}"]),
        PatternCase("{ $.eventType = %^Update% }", [event], not: ["{\"eventType\":\"NoUpdate\"}"]),
        PatternCase("{ $.sourceIPAddress = %111.[0-9]{1,3}.% }", [event]),
        PatternCase("{ $.SomeObject IS NULL }", [event], not: ["{}", "{\"SomeObject\":1}"]),
        PatternCase("{ $.SomeOtherObject NOT EXISTS }", [event], not: ["{\"SomeOtherObject\":null}"]),
        PatternCase("{ $.ThisFlag IS TRUE }", [event], not: ["{\"ThisFlag\":false}", "{\"ThisFlag\":\"true\"}"]),
        PatternCase("{ $.ThisFlag IS FALSE }", ["{\"ThisFlag\":false}"], not: [event, "{}"]),
        PatternCase("{ $.bandwidth > 75 }", ["{\"bandwidth\":75.1}", "{\"bandwidth\":1e3}"], not: [event, "{\"bandwidth\":\"80\"}", "{}"]),
        PatternCase("{ $.bandwidth >= 75 }", [event], not: ["{\"bandwidth\":74}"]),
        PatternCase("{ $.latency < 50 }", [event], not: ["{\"latency\":50}"]),
        PatternCase("{ $.latency <= 1.5e0 }", [event]),
        PatternCase("{ $.errorCode = 400 }", [event, "{\"errorCode\":4e2}", "{\"errorCode\":\"400\"}"], not: ["{\"errorCode\":401}"]),
        PatternCase("{ $.errorCode = 4* }", [event, "{\"errorCode\":\"4xx\"}"], not: ["{\"errorCode\":500}"]),
        PatternCase("{ $.errorCode != 400 }", ["{\"errorCode\":401}"], not: [event]),
        PatternCase("{ ($.user.id = 1) && ($.users[0].email = \"John.Doe@example.com\") }", ["{\"user\":{\"id\":1},\"users\":[{\"email\":\"John.Doe@example.com\"}]}"], not: [event]),
        PatternCase(
            "{ ($.user.email = \"John.Stiles@example.com\" || $.coordinates[0][1] = nonmatch) && $.actions[2] = nonmatch }",
            ["{\"user\":{\"email\":\"John.Stiles@example.com\"},\"actions\":[0,0,\"nonmatch\"]}"], not: ["{\"user\":{\"email\":\"John.Stiles@example.com\"}}"]),
        // `&&` binds more tightly.
        PatternCase("{ $.a = 1 || $.b = 1 && $.c = 1 }", ["{\"a\":1}", "{\"b\":1,\"c\":1}"], not: ["{\"b\":1}", "{\"c\":1}"]),
        PatternCase("{ $.users[*].email = \"d@e.f\" }", [event], not: ["{\"users\":{\"email\":\"d@e.f\"}}"]),
        PatternCase("{ $.*.id = 1 }", ["{\"any\":{\"id\":1}}"], not: ["{\"id\":1}"]),
        PatternCase("{ $.['cluster.name'] = \"c\" }", [event]),
        PatternCase("{ $['cluster.name'] = \"c\" }", [event]),
        PatternCase("{ $.detail-type = \"x\" }", [event]),
        PatternCase("{ $.errorCode = * }", [event], not: ["{}", "{\"errorCode\":null}"]),
        PatternCase("{ $.name = \"a && b\" }", ["{\"name\":\"a && b\"}"]),
    ]

    private static let apache = "127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] \"GET /apache_pb.gif HTTP/1.0\" 404 1534"
    private static let good = "127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] \"GET /apache_pb.gif HTTP/1.0\" 200 1534"

    static let delimited = [
        PatternCase("[]", [apache, "anything"]),
        PatternCase("[ip, user, username, timestamp, request, status_code, bytes]", [apache], not: ["127.0.0.1 - frank", apache + " more"]),
        PatternCase("[ip, user, username, timestamp, request, status_code = 404, bytes > 1000]", [apache], not: [good]),
        PatternCase("[ip, user, username, timestamp, request, status_code = 4*, bytes]", [apache], not: [good]),
        PatternCase("[..., status_code = 4*, bytes]", [apache, "404 1"], not: [good, "1"]),
        PatternCase("[ip=%127\\.0\\.0\\.[1-9]%, user, username, timestamp, request =*.gif*, status_code = 4*, bytes]", [apache], not: [good]),
        PatternCase("[ip, ..., bytes >= 1534]", [apache], not: ["127.0.0.1 1533", "1534"]),
        PatternCase("[w1=ERROR, w2]", ["ERROR 1"], not: ["ERROR", "INFO 1"]),
        PatternCase("[w1=ERROR || w1=%WARN%, w2]", ["ERROR 1", "WARNING 1"], not: ["INFO 1"]),
        PatternCase("[w1!=ERROR&&w1!=WARN, w2]", ["INFO 1"], not: ["ERROR 1", "WARN 1"]),
        PatternCase("[r=REPORT, ...]", ["REPORT RequestId: 1 Duration: 2 ms", "REPORT"], not: ["START RequestId: 1"]),
        PatternCase("[a, b=\"x, y\"]", ["1 \"x, y\""], not: ["1 x"]),
        PatternCase("[(a = 1 || a = 2) && a != 1]", ["2"], not: ["1", "3"]),
    ]

    @Test("match what they say", arguments: terms + expressions + json + delimited)
    func matching(_ example: PatternCase) throws {
        let pattern = try FilterPattern(example.pattern)
        for message in example.matching { #expect(pattern.matches(message), "\(message)") }
        for message in example.others { #expect(!pattern.matches(message), "\(message)") }
    }

    @Test("are refused where they can't be", arguments: [
        ("{ $.a = 1", "If a filter pattern starts with '{' it must end with '}'"), ("[a, b", "If a filter pattern starts with '[' it must end with ']'"),
        ("?Status: timeout", "Invalid character(s) in term ':'"), ("message (1)", "Invalid character(s) in term '('"), ("`x", "Invalid character(s) in term '`'"),
        ("{ $.\"sc-status\" = 5* }", "Invalid character(s) in term '$.\"'"), ("abc-def", "Invalid character(s) in term '-'"), ("\"open", "Invalid filter pattern"),
        ("%open", "Invalid filter pattern"), ("%%", "Invalid filter pattern"), ("%a!%", "Invalid character(s) in term '!'"), ("%(a)%", "Invalid character(s) in term '('"),
        ("%[a%", "Invalid filter pattern"), ("%a{2,1}%", "Invalid filter pattern"), ("%a{99999}%", "Invalid filter pattern"), ("%a{0,200}b{0,200}%", "Invalid filter pattern"), ("%*a%", "Invalid filter pattern"),
        ("%a\\%", "Invalid filter pattern"), ("{}", "Invalid filter pattern"), ("{ $ = 1 }", "Invalid character(s) in term '$'"),
        ("{ $.a = }", "Invalid filter pattern"), ("{ $.a > b }", "Invalid filter pattern"), ("{ $.a[x] = 1 }", "Invalid filter pattern"),
        ("{ ($.a = 1 }", "Invalid filter pattern"), ("{ $.a IS }", "Invalid filter pattern"), ("{ $.a = 1 && }", "Invalid filter pattern"),
        ("[..., a, ...]", "Invalid filter pattern"), ("[a = 1 && b = 2]", "Invalid filter pattern"), ("?", "Invalid filter pattern"),
        ("{ $.a = %a% && $.b = %b% && $.c = %c% }", "Invalid filter pattern: at most 2 regular expressions are allowed."),
    ])
    func refused(_ pattern: String, _ message: String) {
        #expect { try FilterPattern(pattern) } throws: { error in
            let error = error as? AWSError
            #expect(error?.message == message)
            return error?.code == "InvalidParameterException"
        }
    }

    @Test("An expression takes time in proportion to the text")
    func time() throws {
        let pattern = try FilterPattern("%^a{0,150}a{0,150}$%")
        #expect(!pattern.matches(String(repeating: "a", count: 301)))
        #expect(pattern.matches(String(repeating: "a", count: 300)))
        let nested = try FilterPattern("{ " + String(repeating: "(", count: 90) + "$.a = 1" + String(repeating: ")", count: 90) + " }")
        #expect(nested.matches("{\"a\":1}"))
        #expect(throws: AWSError.self) { try FilterPattern("{ " + String(repeating: "(", count: 400) + "$.a = 1" + String(repeating: ")", count: 400) + " }") }
    }

    @Test("TestMetricFilter tells what matches, and what is in it") @CloudActor
    func metricFilter() async throws {
        let cloud = TestCloud()
        #expect(try await cloud("TestMetricFilter", ["filterPattern": "[..., size]", "logEventMessages": ["x y", .string(Self.good)]]) == [
            "matches": [
                ["eventNumber": 1, "eventMessage": "x y", "extractedValues": ["$1": "x", "$size": "y"]],
                [
                    "eventNumber": 2, "eventMessage": .string(Self.good),
                    "extractedValues": [
                        "$1": "127.0.0.1", "$2": "-", "$3": "frank", "$4": "10/Oct/2000:13:25:15 -0700", "$5": "GET /apache_pb.gif HTTP/1.0", "$6": "200",
                        "$size": "1534",
                    ],
                ],
            ]
        ])
        let json = try await cloud("TestMetricFilter", [
            "filterPattern": "{ $.eventType = \"Update*\" && $.arrayKey[0] = * }",
            "logEventMessages": ["no JSON", .string(Self.event)],
        ])
        #expect(json["matches"]?.array?.count == 1)
        #expect(json["matches"]?[0]?["eventNumber"] == 2)
        #expect(json["matches"]?[0]?["extractedValues"] == ["$.eventType": "UpdateTrail", "$.arrayKey[0]": "value"])
        let terms = try await cloud("TestMetricFilter", ["filterPattern": "b", "logEventMessages": ["a", "b"]])
        #expect(terms == ["matches": [["eventNumber": 2, "eventMessage": "b", "extractedValues": [:]]]])
    }
}
