import JSON
import Kernel
import Testing

@Suite("Topics") @CloudActor struct TopicTests {
    let cloud = TestCloud()

    private func attributes(_ topic: String) async throws -> Document {
        try #require(try await cloud("GetTopicAttributes", ["TopicArn": .string(topic)])["Attributes"])
    }

    private func set(_ topic: String, _ name: String, _ value: String) async throws {
        try await cloud("SetTopicAttributes", ["TopicArn": .string(topic), "AttributeName": .string(name), "AttributeValue": .string(value)])
    }

    @Test("Names are letters, digits, hyphens and underscores, and .fifo only of FIFO topics")
    func names() async throws {
        for name in ["a@b", "", "a.fifo", String(repeating: "a", count: 257)] {
            await cloud.refused("CreateTopic", ["Name": .string(name)], "InvalidParameter", "Invalid parameter: Topic Name")
        }
        #expect(try await cloud.topic("a.fifo", ["FifoTopic": "true"]) == "arn:aws:sns:us-east-1:000000000000:a.fifo")
        await cloud.refused(
            "CreateTopic", [:], "ValidationException",
            "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null")
    }

    @Test("Creating a topic again takes the same attributes and any of its tags")
    func idempotency() async throws {
        let tags: Document = [["Key": "a", "Value": "1"], ["Key": "b", "Value": "2"]]
        let first = try await cloud("CreateTopic", ["Name": "t", "Attributes": ["DisplayName": "D"], "Tags": tags])
        #expect(try await cloud("CreateTopic", ["Name": "t"]) == first)
        #expect(try await cloud("CreateTopic", ["Name": "t", "Attributes": ["FifoTopic": "false"], "Tags": [["Key": "b", "Value": "2"]]]) == first)
        await cloud.refused(
            "CreateTopic", ["Name": "t", "Attributes": ["DisplayName": "E"]], "InvalidParameter",
            "Invalid parameter: Attributes Reason: Topic already exists with different attributes")
        await cloud.refused(
            "CreateTopic", ["Name": "t", "Tags": [["Key": "c", "Value": "2"]]], "InvalidParameter",
            "Invalid parameter: Tags Reason: Topic already exists with different tags")
    }

    @Test(
        "An attribute that can't be so is refused by name",
        arguments: [
            ("Nonsense", "1", "Unknown attribute Nonsense"),
            ("ContentBasedDeduplication", "true", "Content-based deduplication can only be set for FIFO topics"),
            ("SQSSuccessFeedbackSampleRate", "500", "SQSSuccessFeedbackSampleRate: 500 value provided is not an integer between 0-100"),
            ("Policy", #"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"SNS:Publishx"}]}"#, "Policy statement action out of service scope!"),
            ("Policy", "{", "Policy Error: null"),
            (
                "DeliveryPolicy", #"{"http":{"defaultHealthyRetryPolicy":{"numRetries":300}}}"#,
                "DeliveryPolicy: http.defaultHealthyRetryPolicy.numRetries must be less than or equal to 100"
            ),
            ("DeliveryPolicy", #"{"throttlePolicy":{}}"#, "DeliveryPolicy: Unexpected JSON member: throttlePolicy"),
        ])
    func attributeRefusals(_ name: String, _ value: String, _ reason: String) async throws {
        await cloud.refused(
            "CreateTopic", ["Name": "t", "Attributes": .object(Members([.init(name: name, value: .string(value))]))], "InvalidParameter",
            "Invalid parameter: Attributes Reason: \(reason)")
        let topic = try await cloud.topic("t")
        await cloud.refused(
            "SetTopicAttributes", ["TopicArn": .string(topic), "AttributeName": .string(name), "AttributeValue": .string(value)], "InvalidParameter",
            "Invalid parameter: \(name == "Nonsense" ? "AttributeName" : reason)")
        await cloud.refused(
            "SetTopicAttributes", ["TopicArn": .string(topic), "AttributeName": "FifoTopic", "AttributeValue": "true"], "InvalidParameter",
            "Invalid parameter: AttributeName")
    }

    @Test("A delivery policy is kept as AWS keeps it, and merged with the defaults")
    func deliveryPolicy() async throws {
        let topic = try await cloud.topic("t")
        let defaults = #"{"minDelayTarget":20,"maxDelayTarget":20,"numRetries":3,"numMaxDelayRetries":0,"numNoDelayRetries":0,"numMinDelayRetries":0,"backoffFunction":"linear"}"#
        let plain = #""disableSubscriptionOverrides":false,"defaultRequestPolicy":{"headerContentType":"text/plain; charset=UTF-8"}}}"#
        #expect(try await attributes(topic)["EffectiveDeliveryPolicy"] == .string(#"{"http":{"defaultHealthyRetryPolicy":"# + defaults + "," + plain))
        try await set(topic, "DeliveryPolicy", #"{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":5,"maxDelayTarget":6,"numRetries":1}}}"#)
        #expect(try await attributes(topic)["DeliveryPolicy"] == #"{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":5,"maxDelayTarget":6,"numRetries":1},"disableSubscriptionOverrides":false}}"#)
        let merged = #"{"minDelayTarget":5,"maxDelayTarget":6,"numRetries":1,"numMaxDelayRetries":0,"numNoDelayRetries":0,"numMinDelayRetries":0,"backoffFunction":"linear"}"#
        #expect(try await attributes(topic)["EffectiveDeliveryPolicy"] == .string(#"{"http":{"defaultHealthyRetryPolicy":"# + merged + "," + plain))
        try await set(topic, "DeliveryPolicy", #"{"http":{"defaultHealthyRetryPolicy":null}}"#)
        #expect(try await attributes(topic)["DeliveryPolicy"] == #"{"http":{"disableSubscriptionOverrides":false}}"#)
        try await set(topic, "DeliveryPolicy", "")
        #expect(try await attributes(topic)["DeliveryPolicy"] == nil)
    }

    @Test("ARNs are judged by their parts, their region and what there is")
    func arns() async throws {
        for operation in ["GetTopicAttributes", "DeleteTopic", "ListSubscriptionsByTopic"] {
            await cloud.refused(
                operation, ["TopicArn": "a:b:c"], "InvalidParameter", "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 3")
            await cloud.refused(operation, ["TopicArn": "arn:aws:sns:eu-west-1:000000000000:t"], "InvalidParameter", "Invalid parameter: TopicArn")
        }
        let gone: Document = ["TopicArn": "arn:aws:sns:us-east-1:000000000000:t"]
        await cloud.refused("GetTopicAttributes", gone, "NotFound", "Topic does not exist", status: 404)
        try await cloud("DeleteTopic", gone)
    }

    @Test("A FIFO topic's archive has a beginning, and keeps the topic from being deleted")
    func archive() async throws {
        let topic = try await cloud.topic("a.fifo", ["FifoTopic": "true", "ArchivePolicy": #"{"MessageRetentionPeriod":"30"}"#])
        #expect(try await attributes(topic)["BeginningArchiveTime"] == "2023-11-14T22:13:20.000Z")
        await cloud.refused("DeleteTopic", ["TopicArn": .string(topic)], "InvalidState", "Invalid state: Cannot delete a topic with an ArchivePolicy")
        try await set(topic, "ArchivePolicy", "{}")
        #expect(try await attributes(topic)["BeginningArchiveTime"] == nil)
        try await cloud("DeleteTopic", ["TopicArn": .string(topic)])
    }

    @Test("Lists have a hundred topics a page")
    func paging() async throws {
        for index in 0..<101 { _ = try await cloud.topic("t\(index)") }
        let first = try await cloud("ListTopics", [:])
        #expect(first["Topics"]?.array?.count == 100)
        let second = try await cloud("ListTopics", ["NextToken": first["NextToken"] ?? .null])
        #expect(second["Topics"]?.array?.count == 1)
        #expect(second["NextToken"] == nil)
        await cloud.refused("ListTopics", ["NextToken": "?"], "InvalidParameter", "Invalid parameter: NextToken")
    }

    @Test("Permissions are statements of the topic's policy")
    func permissions() async throws {
        let topic = try await cloud.topic("t")
        let grant: Document = ["TopicArn": .string(topic), "Label": "L", "AWSAccountId": ["111122223333"], "ActionName": ["Publish"]]
        try await cloud("AddPermission", grant)
        let policy = try Document(json: try #require(try await attributes(topic)["Policy"]?.string))
        #expect(policy["Statement"]?[1] == [
            "Sid": "L", "Effect": "Allow", "Principal": ["AWS": "arn:aws:iam::111122223333:root"], "Action": "SNS:Publish", "Resource": .string(topic),
        ])
        await cloud.refused("AddPermission", grant, "InvalidParameter", "Invalid parameter: Statement already exists")
        try await cloud("RemovePermission", ["TopicArn": .string(topic), "Label": "L"])
        #expect(try Document(json: try #require(try await attributes(topic)["Policy"]?.string))["Statement"]?.array?.count == 1)
        await cloud.refused(
            "AddPermission", ["TopicArn": .string(topic), "Label": "L", "AWSAccountId": ["111122223333"], "ActionName": ["CreateTopic"]], "InvalidParameter",
            "Invalid parameter: Policy statement action out of service scope!")
    }

    @Test("Tags are set over each other, fifty at most")
    func tags() async throws {
        let topic = try await cloud.topic("t")
        func tag(_ tags: Document) -> Document { ["ResourceArn": .string(topic), "Tags": tags] }
        try await cloud("TagResource", tag([["Key": "k1", "Value": "v1"], ["Key": "k2", "Value": "v2"]]))
        try await cloud("TagResource", tag([["Key": "k2", "Value": "v2b"]]))
        try await cloud("UntagResource", ["ResourceArn": .string(topic), "TagKeys": ["k1", "k9"]])
        #expect(try await cloud("ListTagsForResource", ["ResourceArn": .string(topic)]) == ["Tags": [["Key": "k2", "Value": "v2b"]]])
        await cloud.refused(
            "TagResource", tag([["Key": "k", "Value": "1"], ["Key": "k", "Value": "2"]]), "InvalidParameter", "Invalid parameter: Duplicated keys are not allowed.")
        await cloud.refused(
            "TagResource", tag(.array((0..<50).map { ["Key": .string("t\($0)"), "Value": ""] })), "TagLimitExceeded",
            "Could not complete request: tag quota of per resource exceeded")
        await cloud.refused(
            "ListTagsForResource", ["ResourceArn": "arn:aws:sns:us-east-1:000000000000:gone"], "ResourceNotFound", "Resource does not exist", status: 404)
        let long = String(repeating: "k", count: 129)
        await cloud.refused(
            "TagResource", tag([["Key": .string(long), "Value": ""]]), "ValidationException",
            "1 validation error detected: Value '\(long)' at 'tags.1.member.key' failed to satisfy constraint: Member must have length less than or equal to 128")
    }

    @Test("A data protection policy is kept where its form is right")
    func dataProtection() async throws {
        let topic = try await cloud.topic("t")
        func policy(_ direction: String) -> Document {
            .string(#"{"Name":"n","Version":"2021-06-01","Statement":[{"Sid":"s","DataDirection":""# + direction
                + #"","Principal":["*"],"DataIdentifier":["arn:aws:dataprotection::aws:data-identifier/Name"],"Operation":{"Deny":{}}}]}"#)
        }
        try await cloud("PutDataProtectionPolicy", ["ResourceArn": .string(topic), "DataProtectionPolicy": policy("Inbound")])
        #expect(try await cloud("GetDataProtectionPolicy", ["ResourceArn": .string(topic)])["DataProtectionPolicy"] == policy("Inbound"))
        await cloud.refused(
            "PutDataProtectionPolicy", ["ResourceArn": .string(topic), "DataProtectionPolicy": policy("Inbxound")], "InvalidParameter",
            "Invalid parameter: DataProtectionPolicy Reason: Statement DataDirection must be either Inbound or Outbound")
    }
}
