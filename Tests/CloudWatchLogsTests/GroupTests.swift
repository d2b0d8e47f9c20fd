import JSON
import Kernel
import Testing

@Suite("Groups and streams") @CloudActor struct GroupTests {
    private let account = "000000000000"

    @Test("A group is described as AWS does")
    func describe() async throws {
        let cloud = TestCloud()
        try await cloud("CreateLogGroup", ["logGroupName": "/aws/lambda/f"])
        let created = cloud.now
        #expect(try await cloud("DescribeLogGroups") == [
            "logGroups": [
                [
                    "logGroupName": "/aws/lambda/f", "creationTime": .int(created), "metricFilterCount": 0,
                    "arn": "arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/f:*", "storedBytes": 0, "logGroupClass": "STANDARD",
                    "logGroupArn": "arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/f", "deletionProtectionEnabled": false,
                ]
            ]
        ])
        try await cloud("PutRetentionPolicy", ["logGroupName": "/aws/lambda/f", "retentionInDays": 14])
        try await cloud.stream("s", of: "/aws/lambda/f")
        try await cloud.put("12345", of: "/aws/lambda/f")
        let group = try await cloud("DescribeLogGroups")["logGroups"]?[0]
        #expect(group?["retentionInDays"] == 14)
        #expect(group?["storedBytes"] == 31)
    }

    @Test("A stream is described as AWS does")
    func describeStream() async throws {
        let cloud = TestCloud()
        try await cloud.stream("2026/01/01/[$LATEST]abc", of: "g")
        #expect(try await cloud("DescribeLogStreams", ["logGroupName": "g"]) == [
            "logStreams": [
                [
                    "logStreamName": "2026/01/01/[$LATEST]abc", "creationTime": .int(cloud.now),
                    "arn": "arn:aws:logs:us-east-1:000000000000:log-group:g:log-stream:2026/01/01/[$LATEST]abc", "storedBytes": 0,
                ]
            ]
        ])
    }

    @Test("There is one group or stream of a name")
    func duplicates() async throws {
        let cloud = TestCloud()
        try await cloud.stream()
        await cloud.refused("CreateLogGroup", ["logGroupName": "g"], "ResourceAlreadyExistsException", "The specified log group already exists")
        await cloud.refused(
            "CreateLogStream", ["logGroupName": "g", "logStreamName": "s"], "ResourceAlreadyExistsException", "The specified log stream already exists")
        await cloud.refused(
            "CreateLogStream", ["logGroupName": "h", "logStreamName": "s"], "ResourceNotFoundException", "The specified log group does not exist.")
        // Names are the same when their bytes are.
        try await cloud.stream("e\u{301}")
        try await cloud.stream("\u{e9}")
        #expect(try await cloud("DescribeLogStreams", ["logGroupName": "g"])["logStreams"]?.array?.count == 3)
    }

    @Test("What is deleted is gone")
    func deleting() async throws {
        let cloud = TestCloud()
        try await cloud.stream()
        try await cloud.put("12345")
        try await cloud("DeleteLogStream", ["logGroupName": "g", "logStreamName": "s"])
        #expect(try await cloud("DescribeLogGroups")["logGroups"]?[0]?["storedBytes"] == 0)
        await cloud.refused(
            "DeleteLogStream", ["logGroupName": "g", "logStreamName": "s"], "ResourceNotFoundException", "The specified log stream does not exist.")
        try await cloud("DeleteLogGroup", ["logGroupName": "g"])
        await cloud.refused("DeleteLogGroup", ["logGroupName": "g"], "ResourceNotFoundException", "The specified log group does not exist.")
        #expect(try await cloud("DescribeLogGroups") == ["logGroups": []])
    }

    @Test("A protected group can't be deleted")
    func protection() async throws {
        let cloud = TestCloud()
        try await cloud("CreateLogGroup", ["logGroupName": "g", "deletionProtectionEnabled": true])
        await cloud.refused(
            "DeleteLogGroup", ["logGroupName": "g"], "ValidationException",
            "Cannot delete log group with deletion protection enabled. Disable deletion protection and try again.")
        try await cloud(
            "PutLogGroupDeletionProtection", ["logGroupIdentifier": "arn:aws:logs:us-east-1:000000000000:log-group:g", "deletionProtectionEnabled": false])
        try await cloud("DeleteLogGroup", ["logGroupName": "g"])
    }

    @Test("Names have their forms", arguments: [
        ("CreateLogGroup", ["logGroupName": ""], "Value '' at 'logGroupName' failed to satisfy constraint: Member must have length greater than or equal to 1; "
            + "Value '' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+"),
        ("CreateLogGroup", ["logGroupName": "a b"], "Value 'a b' at 'logGroupName' failed to satisfy constraint: "
            + "Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+"),
        ("CreateLogGroup", [:], "Value null at 'logGroupName' failed to satisfy constraint: Member must not be null"),
        ("CreateLogStream", ["logGroupName": "g", "logStreamName": "a:b"], "Value 'a:b' at 'logStreamName' failed to satisfy constraint: "
            + "Member must satisfy regular expression pattern: [^:*]*"),
        ("DescribeLogGroups", ["limit": 51], "Value '51' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 50"),
        ("GetLogEvents", ["logGroupName": "g", "logStreamName": "s", "limit": 10_001],
            "Value '10001' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 10000"),
        ("CreateLogGroup", ["logGroupName": "g", "logGroupClass": "COLD"], "Value 'COLD' at 'logGroupClass' failed to satisfy constraint: "
            + "Member must satisfy enum value set: [STANDARD, INFREQUENT_ACCESS, DELIVERY]"),
    ] as [(String, Document, String)])
    func validation(_ operation: String, _ input: Document, _ text: String) async throws {
        let count = text.contains("; ") ? "2 validation errors" : "1 validation error"
        await TestCloud().refused(operation, input, "InvalidParameterException", "\(count) detected: \(text)")
    }

    @Test("Names are no longer than 512 characters")
    func lengths() async throws {
        let cloud = TestCloud()
        let long = Document.string(String(repeating: "a", count: 513))
        let text = "Invalid LogGroup or LogStream, both must have length less than or equal to 512."
        await cloud.refused("CreateLogGroup", ["logGroupName": long], "InvalidParameterException", text)
        await cloud.refused("CreateLogGroup", ["logGroupName": "aws/x"], "InvalidParameterException", "Log groups starting with AWS/ are reserved for AWS.")
        await cloud.refused("DeleteMetricFilter", ["logGroupName": long, "filterName": "f"], "InvalidParameterException", text)
    }

    // MARK: Lists

    @Test("Groups are listed by a prefix, a pattern, or page by page")
    func groups() async throws {
        let cloud = TestCloud()
        for name in ["/a/one", "/a/two", "/b/one", "/B/DataLogs"] { try await cloud("CreateLogGroup", ["logGroupName": .string(name)]) }
        func names(_ input: Document) async throws -> [String] {
            try await cloud("DescribeLogGroups", input)["logGroups"]?.array?.compactMap { $0["logGroupName"]?.string } ?? []
        }
        #expect(try await names([:]) == ["/B/DataLogs", "/a/one", "/a/two", "/b/one"])
        #expect(try await names(["logGroupNamePrefix": "/a/"]) == ["/a/one", "/a/two"])
        #expect(try await names(["logGroupNamePattern": "one"]) == ["/a/one", "/b/one"])
        #expect(try await names(["logGroupNamePattern": "datalogs"]) == [])
        #expect(try await names(["logGroupIdentifiers": ["/a/one", "arn:aws:logs:us-east-1:000000000000:log-group:/b/one"]]) == ["/a/one", "/b/one"])
        await cloud.refused(
            "DescribeLogGroups", ["logGroupNamePrefix": "a", "logGroupNamePattern": "b"], "InvalidParameterException",
            "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
        let first = try await cloud("DescribeLogGroups", ["limit": 3, "logGroupNamePrefix": "/"])
        #expect(first["logGroups"]?.array?.count == 3)
        let second = try await cloud("DescribeLogGroups", ["limit": 3, "logGroupNamePrefix": "/", "nextToken": first["nextToken"] ?? .null])
        #expect(second["logGroups"]?.array?.compactMap { $0["logGroupName"]?.string } == ["/b/one"])
        #expect(second["nextToken"] == nil)
        await cloud.refused("DescribeLogGroups", ["nextToken": "x"], "InvalidParameterException", "The specified nextToken is invalid.")
        // A search by a pattern tells less.
        #expect(try await cloud("DescribeLogGroups", ["logGroupNamePattern": "Data"])["logGroups"]?[0]?["storedBytes"] == nil)
        let listed = try await cloud("ListLogGroups", ["logGroupNamePattern": "^/a/o|DataL"])
        #expect(listed == [
            "logGroups": [
                ["logGroupName": "/B/DataLogs", "logGroupArn": "arn:aws:logs:us-east-1:000000000000:log-group:/B/DataLogs", "logGroupClass": "STANDARD"],
                ["logGroupName": "/a/one", "logGroupArn": "arn:aws:logs:us-east-1:000000000000:log-group:/a/one", "logGroupClass": "STANDARD"],
            ]
        ])
    }

    @Test("Streams are listed by their names or their last events, either way round")
    func streams() async throws {
        let cloud = TestCloud()
        for (name, time) in [("a", 30), ("b", 10), ("c", 20), ("d", nil)] as [(String, Int?)] {
            try await cloud.stream(name)
            if let time { try await cloud.put("m", into: name, at: time) }
        }
        func names(_ members: Members) async throws -> [String] {
            var found: [String] = []
            var token: Document?
            repeat {
                var input: Members = ["logGroupName": "g", "limit": 3]
                for member in members { input[member.name] = member.value }
                input["nextToken"] = token
                let page = try await cloud("DescribeLogStreams", .object(input))
                found += page["logStreams"]?.array?.compactMap { $0["logStreamName"]?.string } ?? []
                token = page["nextToken"]
            } while token != nil
            return found
        }
        #expect(try await names([:]) == ["a", "b", "c", "d"])
        #expect(try await names(["descending": true]) == ["d", "c", "b", "a"])
        #expect(try await names(["orderBy": "LastEventTime"]) == ["d", "b", "c", "a"])
        #expect(try await names(["orderBy": "LastEventTime", "descending": true]) == ["a", "c", "b", "d"])
        #expect(try await names(["orderBy": "LastEventTime", "descending": true, "limit": 1]) == ["a", "c", "b", "d"])
        #expect(try await names(["logStreamNamePrefix": "c"]) == ["c"])
        #expect(try await names(["logStreamNamePrefix": "c", "descending": true]) == ["c"])
        await cloud.refused(
            "DescribeLogStreams", ["logGroupName": "g", "logStreamNamePrefix": "c", "orderBy": "LastEventTime"], "InvalidParameterException",
            "Cannot order by LastEventTime with a logStreamNamePrefix.")
    }

    @Test("A group is named by its name or its ARN")
    func identifiers() async throws {
        let cloud = TestCloud()
        try await cloud.stream()
        try await cloud.put("m")
        let arn = "arn:aws:logs:us-east-1:000000000000:log-group:g"
        for identifier in ["g", arn] {
            #expect(try await cloud("GetLogEvents", ["logGroupIdentifier": .string(identifier), "logStreamName": "s"]).messages == ["m"])
            #expect(try await cloud("FilterLogEvents", ["logGroupIdentifier": .string(identifier)]).messages == ["m"])
            #expect(try await cloud("DescribeLogStreams", ["logGroupIdentifier": .string(identifier)])["logStreams"]?.array?.count == 1)
        }
        await cloud.refused(
            "DescribeLogStreams", ["logGroupName": "g", "logGroupIdentifier": "g"], "ValidationException",
            "LogGroup name and LogGroup ARN are mutually exclusive parameters.")
        await cloud.refused(
            "GetLogEvents", ["logGroupIdentifier": "arn:aws:logs:eu-west-1:000000000000:log-group:g", "logStreamName": "s"], "ResourceNotFoundException",
            "The specified log group does not exist.")
    }

    // MARK: Settings

    @Test("Tags by the group's name and by its ARN are the same")
    func tags() async throws {
        let cloud = TestCloud()
        let arn: Document = "arn:aws:logs:us-east-1:000000000000:log-group:g"
        try await cloud("CreateLogGroup", ["logGroupName": "g", "tags": ["env": "testing1"]])
        try await cloud("TagResource", ["resourceArn": arn, "tags": ["test1": "val1", "test2": "val2"]])
        try await cloud("TagLogGroup", ["logGroupName": "g", "tags": ["test3": "val3"]])
        let all: Document = ["tags": ["env": "testing1", "test1": "val1", "test2": "val2", "test3": "val3"]]
        #expect(try await cloud("ListTagsLogGroup", ["logGroupName": "g"]) == all)
        #expect(try await cloud("ListTagsForResource", ["resourceArn": arn]) == all)
        try await cloud("UntagLogGroup", ["logGroupName": "g", "tags": ["test3"]])
        try await cloud("UntagResource", ["resourceArn": arn, "tagKeys": ["env", "test1", "nobody's"]])
        #expect(try await cloud("ListTagsForResource", ["resourceArn": arn]) == ["tags": ["test2": "val2"]])
        let many = Document.object(Members((0..<50).map { .init(name: "k\($0)", value: "v") }))
        await cloud.refused("TagResource", ["resourceArn": arn, "tags": many], "TooManyTagsException", "The maximum number of tags for a log group is 50.")
    }

    @Test("Policies are an account's by name, or a group's")
    func policies() async throws {
        let cloud = TestCloud()
        let text: Document = #"{"Version":"2012-10-17","Statement":[]}"#
        #expect(try await cloud("PutResourcePolicy", ["policyName": "p", "policyDocument": text]) == [
            "resourcePolicy": ["policyName": "p", "policyDocument": text, "lastUpdatedTime": .int(cloud.now), "policyScope": "ACCOUNT"]
        ])
        try await cloud("CreateLogGroup", ["logGroupName": "g"])
        let arn: Document = "arn:aws:logs:us-east-1:000000000000:log-group:g"
        let made = try await cloud("PutResourcePolicy", ["resourceArn": "arn:aws:logs:us-east-1:000000000000:log-group:g:*", "policyDocument": text])
        #expect(made["resourcePolicy"]?["policyScope"] == "RESOURCE")
        #expect(made["resourcePolicy"]?["resourceArn"] == arn)
        #expect(try await cloud("DescribeResourcePolicies")["resourcePolicies"]?.array?.count == 1)
        #expect(try await cloud("DescribeResourcePolicies", ["resourceArn": arn])["resourcePolicies"]?.array?.count == 1)
        for index in 0..<9 { try await cloud("PutResourcePolicy", ["policyName": .string("p\(index)"), "policyDocument": text]) }
        await cloud.refused("PutResourcePolicy", ["policyName": "q", "policyDocument": text], "LimitExceededException", "Resource limit exceeded.")
        try await cloud("PutResourcePolicy", ["policyName": "p", "policyDocument": "{}"])
        try await cloud("DeleteResourcePolicy", ["policyName": "p"])
        await cloud.refused("DeleteResourcePolicy", ["policyName": "p"], "ResourceNotFoundException", "Policy with name [p] does not exist.")
    }

    @Test("Metric filters are kept")
    func metricFilters() async throws {
        let cloud = TestCloud()
        for group in ["g", "h"] {
            try await cloud("CreateLogGroup", ["logGroupName": .string(group)])
            try await cloud("PutMetricFilter", [
                "logGroupName": .string(group), "filterName": .string("f-\(group)"), "filterPattern": " ",
                "metricTransformations": [["metricName": .string("m-\(group)"), "metricNamespace": "A.B-c_d/1#2:n", "metricValue": "1", "defaultValue": 0]],
            ])
        }
        #expect(try await cloud("DescribeMetricFilters", ["logGroupName": "g"]) == [
            "metricFilters": [
                [
                    "filterName": "f-g", "filterPattern": " ", "logGroupName": "g", "creationTime": .int(cloud.now), "applyOnTransformedLogs": false,
                    "metricTransformations": [["metricName": "m-g", "metricNamespace": "A.B-c_d/1#2:n", "metricValue": "1", "defaultValue": 0]],
                ]
            ]
        ])
        #expect(try await cloud("DescribeMetricFilters", ["filterNamePrefix": "f-"])["metricFilters"]?.array?.count == 2)
        let named = try await cloud("DescribeMetricFilters", ["metricName": "m-h", "metricNamespace": "A.B-c_d/1#2:n"])
        #expect(named["metricFilters"]?.array?.map { $0["filterName"] } == ["f-h"])
        #expect(try await cloud("DescribeLogGroups")["logGroups"]?[0]?["metricFilterCount"] == 1)
        try await cloud("DeleteMetricFilter", ["logGroupName": "g", "filterName": "f-g"])
        await cloud.refused(
            "DeleteMetricFilter", ["logGroupName": "g", "filterName": "f-g"], "ResourceNotFoundException", "The specified metric filter does not exist.")
        await cloud.refused(
            "PutMetricFilter", [
                "logGroupName": "g", "filterName": "f", "filterPattern": "{ $.a",
                "metricTransformations": [["metricName": "m", "metricNamespace": "n", "metricValue": "1"]],
            ], "InvalidParameterException", "If a filter pattern starts with '{' it must end with '}'")
        await cloud.refused(
            "PutMetricFilter", [
                "logGroupName": "g", "filterName": "f", "filterPattern": "ERROR",
                "metricTransformations": [["metricName": "m", "metricNamespace": "n", "metricValue": "1", "dimensions": ["d": "$.d"]]],
            ], "InvalidParameterException", "The specified filter pattern does not support dimensions")
    }

    @Test("What isn't there is refused by its name", arguments: ["GetLogRecord", "CreateExportTask", "StartLiveTail", "PutDestination"])
    func unimplemented(_ operation: String) async throws {
        await TestCloud().refused(operation, [:], "NotImplementedException", "Apus does not implement logs \(operation) yet.", status: 501)
    }
}
