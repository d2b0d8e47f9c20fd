import EventPatterns
import JSON
import Testing

/// A pattern, an event, and whether they match.
struct Case: CustomTestStringConvertible, Sendable {
    let pattern: String
    let event: String
    let matches: Bool

    init(_ pattern: String, _ event: String, _ matches: Bool) {
        self.pattern = pattern
        self.event = event
        self.matches = matches
    }

    var testDescription: String { "\(pattern) \(matches ? "matches" : "doesn't match") \(event)" }

    func check(_ dialect: EventPattern.Dialect = .eventBridge) throws {
        #expect(try EventPattern(pattern, dialect: dialect).matches(Document(json: event)) == matches)
    }
}

/// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html and the pages beside it.
@Suite("Operators")
struct OperatorTests {
    @Test("an exact value is compared byte by byte, with its type", arguments: [
        Case(#"{"Name": ["Alice"]}"#, #"{"Name": "Alice"}"#, true),
        Case(#"{"Name": ["Alice"]}"#, #"{"Name": "alice"}"#, false),
        Case(#"{"LastName": [""]}"#, #"{"LastName": ""}"#, true),
        Case(#"{"LastName": [""]}"#, #"{"LastName": null}"#, false),
        Case(#"{"UserID": [null]}"#, #"{"UserID": null}"#, true),
        Case(#"{"UserID": [null]}"#, #"{"UserID": ""}"#, false),
        Case(#"{"UserID": [null]}"#, #"{"UserID": "null"}"#, false),
        Case(#"{"UserID": [null]}"#, #"{}"#, false),
        Case(#"{"a": [true]}"#, #"{"a": true}"#, true),
        Case(#"{"a": [true]}"#, #"{"a": false}"#, false),
        Case(#"{"a": [true]}"#, #"{"a": "true"}"#, false),
        Case(#"{"a": ["true"]}"#, #"{"a": true}"#, false),
        Case(#"{"PaymentType": ["Credit", "Debit"]}"#, #"{"PaymentType": "Debit"}"#, true),
        Case(#"{"Location": ["New York"], "Day": ["Monday"]}"#, #"{"Location": "New York", "Day": "Monday"}"#, true),
        Case(#"{"Location": ["New York"], "Day": ["Monday"]}"#, #"{"Location": "New York", "Day": "Sunday"}"#, false),
        Case(#"{"a": [{"exactly": "x"}]}"#, #"{"a": "x"}"#, true),
        Case(#"{"a": ["\u00e9"]}"#, "{\"a\": \"\u{e9}\"}", true),
        Case("{\"a\": [\"\u{e9}\"]}", "{\"a\": \"e\u{301}\"}", false),
        Case(#"{"\u0061": ["x\ud83d\ude00"]}"#, "{\"a\": \"x\u{1F600}\"}", true),
    ])
    func exact(_ test: Case) throws { try test.check() }

    @Test("numbers are equal by value where they are comparable, else by their text", arguments: [
        Case(#"{"number": [300]}"#, #"{"number": 300.0}"#, true),
        Case(#"{"number": [300]}"#, #"{"number": 3.0e2}"#, true),
        Case(#"{"number": [300]}"#, #"{"number": "300"}"#, false),
        Case(#"{"number": ["300"]}"#, #"{"number": 300}"#, false),
        Case(#"{"number": [0.000001]}"#, #"{"number": 1e-6}"#, true),
        Case(#"{"number": [-0.0]}"#, #"{"number": 0}"#, true),
        Case(#"{"account": [123456789012]}"#, #"{"account": 123456789012}"#, true),
        Case(#"{"account": [123456789012]}"#, #"{"account": 123456789012.0}"#, false),
        Case(#"{"number": [5000000000]}"#, #"{"number": 5e9}"#, true),
        Case(#"{"number": [1e400]}"#, #"{"number": 1e400}"#, true),
    ])
    func numbers(_ test: Case) throws { try test.check() }

    @Test("prefix and suffix, with and without regard to case", arguments: [
        Case(#"{"time": [{"prefix": "2017-10-02"}]}"#, #"{"time": "2017-10-02T18:43:48Z"}"#, true),
        Case(#"{"time": [{"prefix": "2017-10-02"}]}"#, #"{"time": "2017-10-03"}"#, false),
        Case(#"{"time": [{"prefix": "2"}]}"#, #"{"time": 2}"#, false),
        Case(#"{"a": [{"prefix": ""}]}"#, #"{"a": ""}"#, true),
        Case(#"{"FileName": [{"suffix": ".png"}]}"#, #"{"FileName": "a.png"}"#, true),
        Case(#"{"FileName": [{"suffix": ".png"}]}"#, #"{"FileName": "png"}"#, false),
        Case(#"{"service": [{"prefix": {"equals-ignore-case": "EventB"}}]}"#, #"{"service": "EVENTBridge"}"#, true),
        Case(#"{"service": [{"prefix": {"equals-ignore-case": "EventB"}}]}"#, #"{"service": "events"}"#, false),
        Case(#"{"FileName": [{"suffix": {"equals-ignore-case": ".png"}}]}"#, #"{"FileName": "a.PnG"}"#, true),
        Case(#"{"FileName": [{"suffix": {"equals-ignore-case": ".png"}}]}"#, #"{"FileName": "g"}"#, false),
        Case(#"{"detail-type": [{"equals-ignore-case": "ec2 instance state-change notification"}]}"#, #"{"detail-type": "EC2 Instance State-change Notification"}"#, true),
        Case(#"{"a": [{"equals-ignore-case": ""}]}"#, #"{"a": ""}"#, true),
        Case(#"{"a": [{"equals-ignore-case": ""}]}"#, #"{"a": "x"}"#, false),
        Case("{\"a\": [{\"equals-ignore-case\": \"STRASSE\"}]}", "{\"a\": \"stra\u{df}e\"}", false),
        Case("{\"a\": [{\"equals-ignore-case\": \"stra\u{df}e\"}]}", "{\"a\": \"STRASSE\"}", true),
        Case("{\"a\": [{\"equals-ignore-case\": \"k\u{e9}\"}]}", "{\"a\": \"K\u{c9}\"}", true),
        Case("{\"a\": [{\"equals-ignore-case\": \"k\"}]}", "{\"a\": \"\u{212A}\"}", false),
        Case("{\"a\": [{\"suffix\": {\"equals-ignore-case\": \"\u{e9}x\"}}]}", "{\"a\": \"abc\u{c9}X\"}", true),
    ])
    func affixes(_ test: Case) throws { try test.check() }

    @Test("anything-but takes every value that isn't listed, and no absent one", arguments: [
        Case(#"{"state": [{"anything-but": "initializing"}]}"#, #"{"state": "running"}"#, true),
        Case(#"{"state": [{"anything-but": "initializing"}]}"#, #"{"state": "initializing"}"#, false),
        Case(#"{"state": [{"anything-but": "initializing"}]}"#, #"{"state": null}"#, true),
        Case(#"{"state": [{"anything-but": "initializing"}]}"#, #"{}"#, false),
        Case(#"{"state": [{"anything-but": ["stopped", "overloaded"]}]}"#, #"{"state": "overloaded"}"#, false),
        Case(#"{"x-limit": [{"anything-but": 123}]}"#, #"{"x-limit": 123.0}"#, false),
        Case(#"{"x-limit": [{"anything-but": 0}]}"#, #"{"x-limit": 1}"#, true),
        Case(#"{"x-limit": [{"anything-but": [100, 200, 300]}]}"#, #"{"x-limit": 2e2}"#, false),
        Case(#"{"x-limit": [{"anything-but": [100, 200, 300]}]}"#, #"{"x-limit": "100"}"#, true),
        Case(#"{"x-limit": [{"anything-but": [100, 200, 300]}]}"#, #"{"x-limit": 1e99}"#, true),
        Case(#"{"Region": [{"anything-but": {"prefix": "us-"}}]}"#, #"{"Region": "eu-west-1"}"#, true),
        Case(#"{"Region": [{"anything-but": {"prefix": "us-"}}]}"#, #"{"Region": "us-east-1"}"#, false),
        Case(#"{"state": [{"anything-but": {"prefix": ["init", "error"]}}]}"#, #"{"state": "error2"}"#, false),
        Case(#"{"state": [{"anything-but": {"prefix": "init"}}]}"#, #"{"state": 123}"#, true),
        Case(#"{"FileName": [{"anything-but": {"suffix": [".txt", ".rtf"]}}]}"#, #"{"FileName": "a.txt"}"#, false),
        Case(#"{"FileName": [{"anything-but": {"suffix": ".txt"}}]}"#, #"{"FileName": "a.txt.png"}"#, true),
        Case(#"{"state": [{"anything-but": {"equals-ignore-case": "initializing"}}]}"#, #"{"state": "INITIALIZING"}"#, false),
        Case(#"{"state": [{"anything-but": {"equals-ignore-case": ["initializing", "stopped"]}}]}"#, #"{"state": "Running"}"#, true),
        Case(#"{"FilePath": [{"anything-but": {"wildcard": "*/lib/*"}}]}"#, #"{"FilePath": "/usr/lib/x"}"#, false),
        Case(#"{"FilePath": [{"anything-but": {"wildcard": ["*/lib/*", "*/bin/*"]}}]}"#, #"{"FilePath": "/etc/x"}"#, true),
        Case(#"{"FilePath": [{"anything-but": {"wildcard": "*/dir/*"}}]}"#, #"{"FilePath": 123}"#, true),
        Case(#"{"state": [{"anything-but": "a"}]}"#, #"{"state": ["a", "b"]}"#, true),
        Case(#"{"state": [{"anything-but": "a"}]}"#, #"{"state": ["a"]}"#, false),
    ])
    func anythingBut(_ test: Case) throws { try test.check() }

    @Test("numeric ranges", arguments: [
        Case(#"{"c-count": [{"numeric": [">", 0, "<=", 5]}]}"#, #"{"c-count": 5}"#, true),
        Case(#"{"c-count": [{"numeric": [">", 0, "<=", 5]}]}"#, #"{"c-count": 0}"#, false),
        Case(#"{"c-count": [{"numeric": [">", 0, "<=", 5]}]}"#, #"{"c-count": 5.000001}"#, false),
        Case(#"{"d-count": [{"numeric": ["<", 10]}]}"#, #"{"d-count": 9.999999}"#, true),
        Case(#"{"x-limit": [{"numeric": ["=", 3.018e2]}]}"#, #"{"x-limit": 301.8}"#, true),
        Case(#"{"x-limit": [{"numeric": ["=", 3.018e2]}]}"#, #"{"x-limit": 301.81}"#, false),
        Case(#"{"number": [{"numeric": [">", 100]}]}"#, #"{"number": 101.0}"#, true),
        Case(#"{"number": [{"numeric": [">", 100]}]}"#, #"{"number": "101"}"#, false),
        Case(#"{"number": [{"numeric": [">", 100]}]}"#, #"{"number": null}"#, false),
        Case(#"{"number": [{"numeric": [">=", -5e9]}]}"#, #"{"number": -5000000000}"#, true),
        Case(#"{"number": [{"numeric": [">", 0]}]}"#, #"{"number": 5000000001}"#, false),
        Case(#"{"number": [{"numeric": [">", 0.1]}]}"#, #"{"number": 0.1000001}"#, false),
    ])
    func numeric(_ test: Case) throws { try test.check() }

    @Test("exists asks for a leaf", arguments: [
        Case(#"{"detail": {"c-count": [{"exists": false}]}}"#, #"{"detail": {"state": ["initializing", "running"]}}"#, true),
        Case(#"{"detail": {"c-count": [{"exists": false}]}}"#, #"{"detail": {"c-count": {"c1": 100}}}"#, true),
        Case(#"{"detail": {"c-count": [{"exists": false}]}}"#, #"{"detail": {"c-count": null}}"#, false),
        Case(#"{"detail": {"c-count": [{"exists": false}]}}"#, #"{"other": 1}"#, true),
        Case(#"{"detail": {"state": [{"exists": true}]}}"#, #"{"detail": {"state": ""}}"#, true),
        Case(#"{"dynamodb": {"presentKey": [{"exists": true}]}}"#, #"{"dynamodb": {"presentKey": {"S": "test123"}}}"#, false),
        Case(#"{"resources": [{"exists": true}]}"#, #"{"resources": []}"#, false),
        Case(#"{"resources": [{"exists": false}]}"#, #"{"resources": []}"#, true),
        Case(#"{"dynamodb": {"NewImage": {"homemade": {"S": [{"anything-but": ["roses"]}, {"exists": false}]}}}}"#, #"{"dynamodb": {"NewImage": {"purchased": {"N": "789"}}}}"#, true),
        Case(#"{"dynamodb": {"NewImage": {"homemade": {"S": [{"anything-but": ["roses"]}, {"exists": false}]}}}}"#, #"{"dynamodb": {"NewImage": {"homemade": {"S": "roses"}}}}"#, false),
    ])
    func exists(_ test: Case) throws { try test.check() }

    @Test("cidr takes addresses of its block, and a written address any spelling of it", arguments: [
        Case(#"{"sourceIPAddress": [{"cidr": "10.0.0.0/24"}]}"#, #"{"sourceIPAddress": "10.0.0.255"}"#, true),
        Case(#"{"sourceIPAddress": [{"cidr": "10.0.0.0/24"}]}"#, #"{"sourceIPAddress": "10.0.1.0"}"#, false),
        Case(#"{"sourceIPAddress": [{"cidr": "10.0.0.0/24"}]}"#, #"{"sourceIPAddress": 123}"#, false),
        Case(#"{"sourceIPAddress": [{"cidr": "10.0.0.0/24"}]}"#, #"{"sourceIPAddress": "10.0.0"}"#, false),
        Case(#"{"sourceIPAddress": [{"cidr": "0.0.0.0/0"}]}"#, #"{"sourceIPAddress": "255.255.255.255"}"#, true),
        Case(#"{"sourceIPAddress": [{"cidr": "0.0.0.0/0"}]}"#, #"{"sourceIPAddress": "::1"}"#, false),
        Case(#"{"sourceIPAddress": [{"cidr": "2001:db8:1234:1a00::/56"}]}"#, #"{"sourceIPAddress": "2001:0db8:1234:1aff::ffff"}"#, true),
        Case(#"{"sourceIPAddress": [{"cidr": "2001:db8:1234:1a00::/56"}]}"#, #"{"sourceIPAddress": "2001:db8:1234:1b00::"}"#, false),
        Case(#"{"ip": ["::1"]}"#, #"{"ip": "0:0:0:0:0:0:0:1"}"#, true),
        Case(#"{"ip": ["192.0.2.0"]}"#, #"{"ip": "192.0.2.1"}"#, false),
    ])
    func cidr(_ test: Case) throws { try test.check() }

    @Test("wildcards", arguments: [
        Case(#"{"EventBusArn": [{"wildcard": "arn:aws:events:us-east-1:*:event-bus/*"}]}"#, #"{"EventBusArn": "arn:aws:events:us-east-1:123456789012:event-bus/myEventBus"}"#, true),
        Case(#"{"EventBusArn": [{"wildcard": "arn:aws:events:us-east-1:*:event-bus/*"}]}"#, #"{"EventBusArn": "arn:aws:events:us-east-1:123456789012:rule/x"}"#, false),
        Case(#"{"FileName": [{"wildcard": "dir/*.png"}]}"#, #"{"FileName": "dir/a/b.png"}"#, true),
        Case(#"{"FileName": [{"wildcard": "dir/*.png"}]}"#, #"{"FileName": "dir/.png"}"#, true),
        Case(#"{"a": [{"wildcard": "*"}]}"#, #"{"a": ""}"#, true),
        Case(#"{"a": [{"wildcard": "*"}]}"#, #"{"a": 1}"#, false),
        Case(#"{"a": [{"wildcard": ""}]}"#, #"{"a": ""}"#, true),
        Case(#"{"a": [{"wildcard": "a*a"}]}"#, #"{"a": "a"}"#, false),
        Case(#"{"a": [{"wildcard": "a*b*a"}]}"#, #"{"a": "aabba"}"#, true),
        Case(#"{"a": [{"wildcard": "a\\*b"}]}"#, #"{"a": "a*b"}"#, true),
        Case(#"{"a": [{"wildcard": "a\\*b"}]}"#, #"{"a": "axb"}"#, false),
        Case(#"{"a": [{"wildcard": "a\\\\*"}]}"#, #"{"a": "a\\b"}"#, true),
        Case(#"{"a": [{"wildcard": "*abab*"}]}"#, #"{"a": "aabaabab"}"#, true),
    ])
    func wildcard(_ test: Case) throws { try test.check() }

    static let or = #"{"detail": {"$or": [{"c-count": [{"numeric": [">", 0, "<=", 5]}]}, {"d-count": [{"numeric": ["<", 10]}]}, {"x-limit": [{"numeric": ["=", 3.018e2]}]}]}}"#
    static let nestedOr = #"""
        {"source": ["aws.cloudwatch"], "$or": [{"metricName": ["CPUUtilization", "ReadLatency"]}, {"metricType": ["MetricType"], "namespace": ["AWS/EC2", "AWS/ES"],
        "$or": [{"metricId": [1234]}, {"spaceId": [1000]}]}, {"scope": ["Service"]}]}
        """#

    @Test("$or takes one alternative", arguments: [
        Case(or, #"{"detail": {"c-count": 6, "d-count": 9}}"#, true),
        Case(or, #"{"detail": {"c-count": 6, "d-count": 10}}"#, false),
        Case(or, #"{"detail": {"x-limit": 301.8}}"#, true),
        Case(nestedOr, #"{"source": "aws.cloudwatch", "metricName": "ReadLatency"}"#, true),
        Case(nestedOr, #"{"source": "aws.cloudwatch", "metricType": "MetricType", "namespace": "AWS/ES"}"#, false),
        Case(nestedOr, #"{"source": "aws.cloudwatch", "metricType": "MetricType", "namespace": "AWS/ES", "spaceId": 1000}"#, true),
        Case(nestedOr, #"{"source": "aws.ec2", "scope": "Service"}"#, false),
        Case(#"{"$or": [{"a": [1]}, {"b": [1]}], "d": {"$or": [{"x": [1]}, {"y": [1]}]}}"#, #"{"b": 1, "d": {"x": 1}}"#, true),
        Case(#"{"$or": [{"a": [1]}, {"b": [1]}], "d": {"$or": [{"x": [1]}, {"y": [1]}]}}"#, #"{"a": 1, "b": 1, "d": {"x": 2}}"#, false),
        Case(#"{"a": [1], "$or": [{"a": [2]}, {"b": [1]}]}"#, #"{"a": 2}"#, true),
    ])
    func alternatives(_ test: Case) throws { try test.check() }

    @Test("the documented examples as a whole")
    func documented() throws {
        let event = #"""
            {"version": "0", "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718", "detail-type": "EC2 Instance State-change Notification", "source": "aws.ec2",
            "account": "111122223333", "time": "2017-12-22T18:43:48Z", "region": "us-west-1",
            "resources": ["arn:aws:ec2:us-west-1:123456789012:instance/i-1234567890abcdef0"],
            "detail": {"instance-id": "i-1234567890abcdef0", "state": "terminated", "c-count": 5, "d-count": 3, "x-limit": 301.8}}
            """#
        for (pattern, matches) in [
            (#"{"source": ["aws.ec2"], "detail-type": ["EC2 Instance State-change Notification"], "detail": {"state": ["terminated"]}}"#, true),
            (#"{"source": ["aws.ec2", "aws.fargate"]}"#, true),
            (#"{"resources": ["a", "arn:aws:ec2:us-west-1:123456789012:instance/i-1234567890abcdef0"]}"#, true),
            (
                #"{"time": [{"prefix": "2017-12-22"}], "detail": {"state": [{"anything-but": "initializing"}], "c-count": [{"numeric": [">", 0, "<=", 5]}], "d-count": [{"numeric": ["<", 10]}], "x-limit": [{"anything-but": [100, 200, 300]}]}}"#,
                true
            ),
            (#"{"detail": {"state": ["running"]}}"#, false),
            (#"{"source": ["aws.ec2"], "absent": ["x"]}"#, false),
        ] { try Case(pattern, event, matches).check() }
    }
}
