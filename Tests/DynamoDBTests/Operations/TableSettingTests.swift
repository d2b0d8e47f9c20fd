import JSON
import Kernel
import Testing
@testable import DynamoDB

@Suite("Resource policies")
@CloudActor
struct ResourcePolicyTests {
    let cloud = TestCloud()
    let arn = "arn:aws:dynamodb:us-west-2:440939667227:table/things"

    func put(_ policy: String, expecting revision: String? = nil) -> Document {
        var input: Members = ["ResourceArn": .string(arn), "Policy": .string(policy)]
        if let revision { input.append("ExpectedRevisionId", .string(revision)) }
        return .object(input)
    }

    @Test("a policy has revisions, and only the expected one is replaced")
    func revisions() async throws {
        try await cloud.makeTable()
        let missing = AWSError("PolicyNotFoundException", "Resource-based policy not found for the provided ResourceArn: \(arn)")
        #expect(await cloud.error("GetResourcePolicy", ["ResourceArn": .string(arn)]) == missing)
        let (one, two) = ("{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"dynamodb:GetItem\",\"Resource\":\"*\"}]}", "{\"Statement\":[{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"dynamodb:GetItem\",\"Resource\":\"*\"}]}")
        let first = try await cloud.call("PutResourcePolicy", put(one, expecting: "NO_POLICY"))["RevisionId"]?.string ?? ""
        #expect(try await cloud.call("PutResourcePolicy", put(one))["RevisionId"]?.string == first)
        let second = try await cloud.call("PutResourcePolicy", put(two, expecting: first))["RevisionId"]?.string ?? ""
        #expect(second > first)
        #expect(try await cloud.call("GetResourcePolicy", ["ResourceArn": .string(arn)]) == ["Policy": .string(two), "RevisionId": .string(second)])
        let start = "Resource-based policy not found for the provided ResourceArn: "
        #expect(await cloud.message("PutResourcePolicy", put(one, expecting: first))
            == start + "Requested update for policy with revision id \(first), but the policy associated to target table things has revision id \(second).")
        #expect(await cloud.message("PutResourcePolicy", put(one, expecting: "NO_POLICY"))
            == start + "Requested policy update expecting none to be present for table things, but a policy exists with revision id \(second).")
        try await cloud.call("DeleteResourcePolicy", ["ResourceArn": .string(arn), "ExpectedRevisionId": .string(second)])
        #expect(await cloud.error("GetResourcePolicy", ["ResourceArn": .string(arn)]) == missing)
        #expect(await cloud.error("DeleteResourcePolicy", ["ResourceArn": .string(arn)]) == nil)
    }

    @Test("policies and resources that AWS refuses")
    func refused() async throws {
        try await cloud.makeTable()
        for (text, reason) in [
            ("{", "This policy contains invalid Json"), ("[]", "This policy contains invalid Json"), ("{}", "Syntax error at position (1,3)"),
            ("null", "This text appears not to be a policy"), ("{\"Statement\":[]}", "Could not parse the policy: Statement is empty!"),
            ("{\"Statement\":[{}]}", "Missing required field Effect"),
        ] { #expect(await cloud.message("PutResourcePolicy", put(text)) == "One or more parameter values were invalid: Invalid policy document: \(reason)") }
        #expect(await cloud.message("PutResourcePolicy", put(String(repeating: " ", count: 20481)))
            == "One or more parameter values were invalid: Maximum policy size of 20480 bytes exceeded")
        #expect(await cloud.error("GetResourcePolicy", ["ResourceArn": "arn:aws:dynamodb:us-west-2:440939667227:table/nope"]) == .noSuchTable("nope"))
        #expect(await cloud.message("GetResourcePolicy", ["ResourceArn": "arn:aws:dynamodb:us-west-2:111111111111:table/things"])
            == "This action is only supported by accounts that match the resource owner’s account.")
        #expect(await cloud.message("GetResourcePolicy", ["ResourceArn": "arn:aws:dynamodb:us-east-1:440939667227:table/things"])
            == "One or more parameter values were invalid: Invalid resource Arn: arn:aws:dynamodb:us-east-1:440939667227:table/things")
    }

    @Test("a table is made with its policy")
    func creation() async throws {
        try await cloud.makeTable("things", ["ResourcePolicy": "{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"dynamodb:GetItem\",\"Resource\":\"*\"}]}"])
        #expect(try await cloud.call("GetResourcePolicy", ["ResourceArn": .string(arn)])["Policy"] == "{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"dynamodb:GetItem\",\"Resource\":\"*\"}]}")
    }
}

@Suite("Contributor Insights")
@CloudActor
struct ContributorInsightsTests {
    let cloud = TestCloud()

    func set(_ action: String, index: String? = nil, mode: String? = nil) -> Document {
        var input: Members = ["TableName": "things", "ContributorInsightsAction": .string(action)]
        if let index { input.append("IndexName", .string(index)) }
        if let mode { input.append("ContributorInsightsMode", .string(mode)) }
        return .object(input)
    }

    @Test("the setting of a table and of an index")
    func setting() async throws {
        try await cloud.makeTable("things", [
            "AttributeDefinitions": [["AttributeName": "g", "AttributeType": "N"]],
            "GlobalSecondaryIndexes": [["IndexName": "by-g", "KeySchema": [["AttributeName": "g", "KeyType": "HASH"]], "Projection": ["ProjectionType": "ALL"]]],
        ])
        let describe: Document = ["TableName": "things"]
        #expect(try await cloud.call("DescribeContributorInsights", describe) == ["TableName": "things", "ContributorInsightsStatus": "DISABLED"])
        #expect(try await cloud.call("UpdateContributorInsights", set("DISABLE")) == ["TableName": "things", "ContributorInsightsStatus": "DISABLED"])
        #expect(try await cloud.call("UpdateContributorInsights", set("ENABLE"))
            == ["TableName": "things", "ContributorInsightsStatus": "ENABLING", "ContributorInsightsMode": "ACCESSED_AND_THROTTLED_KEYS"])
        #expect(try await cloud.call("UpdateContributorInsights", set("ENABLE"))["ContributorInsightsStatus"] == "ENABLED")
        #expect(try await cloud.call("DescribeContributorInsights", describe) == [
            "TableName": "things", "ContributorInsightsRuleList": .array(["PKC", "SKC", "PKT", "SKT"].map { .string("DynamoDBContributorInsights-\($0)-things-1795248000000") }),
            "ContributorInsightsStatus": "ENABLED", "LastUpdateDateTime": 1_795_248_000, "ContributorInsightsMode": "ACCESSED_AND_THROTTLED_KEYS",
        ])
        try await cloud.call("UpdateContributorInsights", set("ENABLE", index: "by-g", mode: "THROTTLED_KEYS"))
        let table: Document = ["TableName": "things", "ContributorInsightsStatus": "ENABLED", "ContributorInsightsMode": "ACCESSED_AND_THROTTLED_KEYS"]
        let index: Document = ["TableName": "things", "IndexName": "by-g", "ContributorInsightsStatus": "ENABLED", "ContributorInsightsMode": "THROTTLED_KEYS"]
        let page = try await cloud.call("ListContributorInsights", ["MaxResults": 1])
        #expect(page["ContributorInsightsSummaries"] == .array([table]))
        #expect(try await cloud.call("ListContributorInsights", ["MaxResults": 1, "NextToken": page["NextToken"] ?? .null]) == ["ContributorInsightsSummaries": .array([index])])
        try await cloud.call("UpdateContributorInsights", set("DISABLE"))
        #expect(try await cloud.call("ListContributorInsights", ["TableName": "things"]) == ["ContributorInsightsSummaries": .array([index])])
        #expect(await cloud.message("UpdateContributorInsights", set("ENABLE", index: "nope")) == "Requested resource not found: Index: nope not found for table: things")
    }

    @Test("a table has no Kinesis destination")
    func kinesis() async throws {
        try await cloud.makeTable()
        #expect(try await cloud.call("DescribeKinesisStreamingDestination", ["TableName": "things"]) == ["TableName": "things", "KinesisDataStreamDestinations": []])
        let stream: Document = "arn:aws:kinesis:us-west-2:440939667227:stream/changes"
        #expect(await cloud.message("DisableKinesisStreamingDestination", ["TableName": "things", "StreamArn": stream])
            == "Table is not in a valid state to enable Kinesis Streaming Destination: KinesisStreamingDestination must be ACTIVE to perform DISABLE operation.")
        #expect(await cloud.error("EnableKinesisStreamingDestination", ["TableName": "things", "StreamArn": stream])?.status == 501)
    }
}

@Suite("What UpdateTable changes at once")
@CloudActor
struct TableChangeTests {
    let cloud = TestCloud()
    nonisolated static let prefix = "One or more parameter values were invalid: "

    @Test("changes that must come alone, and values out of range", arguments: [
        (["DeletionProtectionEnabled": true, "TableClass": "STANDARD"], prefix + "TableClass modification must be the only operation in the request"),
        (["DeletionProtectionEnabled": true, "BillingMode": "PAY_PER_REQUEST"], prefix + "DeletionProtection modification must be the only operation in the request"),
        (["OnDemandThroughput": ["MaxReadRequestUnits": 5], "StreamSpecification": ["StreamEnabled": true, "StreamViewType": "KEYS_ONLY"]],
            prefix + "OnDemandThroughput can only be combined with BillingMode in an UpdateTable request"),
        (["OnDemandThroughput": ["MaxReadRequestUnits": 0]], prefix + "Requested MaxReadRequestUnits for OnDemandThroughput for table is outside of valid range"),
        (["TableClass": "GLACIER"], "Invalid table-class parameter provided. Please try again with a valid table-class value: [STANDARD, STANDARD_INFREQUENT_ACCESS]."),
    ] as [(Members, String)])
    func refused(members: Members, message: String) async throws {
        try await cloud.makeTable()
        var input: Members = ["TableName": "things"]
        for member in members { input.append(member.name, member.value) }
        let before = try await cloud.call("DescribeTable", ["TableName": "things"])
        #expect(await cloud.message("UpdateTable", .object(input)) == message)
        #expect(try await cloud.call("DescribeTable", ["TableName": "things"]) == before)
    }

    @Test("limits on demand, and none for provisioned tables")
    func onDemand() async throws {
        try await cloud.makeTable()
        func limits() async throws -> Document? { try await cloud.call("DescribeTable", ["TableName": "things"])["Table"]?["OnDemandThroughput"] }
        func set(_ limits: Document) async throws -> Document? {
            try await cloud.call("UpdateTable", ["TableName": "things", "OnDemandThroughput": limits])["TableDescription"]?["OnDemandThroughput"]
        }
        #expect(try await set(["MaxReadRequestUnits": 100, "MaxWriteRequestUnits": 50]) == ["MaxReadRequestUnits": 100, "MaxWriteRequestUnits": 50])
        #expect(try await set(["MaxWriteRequestUnits": -1]) == ["MaxReadRequestUnits": 100, "MaxWriteRequestUnits": -1])
        #expect(try await limits() == ["MaxReadRequestUnits": 100])
        _ = try await set(["MaxReadRequestUnits": -1])
        #expect(try await limits() == nil)
        #expect(await cloud.message("UpdateTable", [
            "TableName": "things", "BillingMode": "PROVISIONED", "ProvisionedThroughput": ["ReadCapacityUnits": 1, "WriteCapacityUnits": 1],
            "OnDemandThroughput": ["MaxReadRequestUnits": 100],
        ]) == Self.prefix + "OnDemandThroughput can only be combined with BillingMode in an UpdateTable request")
    }
}
