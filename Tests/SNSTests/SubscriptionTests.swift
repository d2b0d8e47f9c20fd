import JSON
import Kernel
import Testing

@Suite("Subscriptions") @CloudActor struct SubscriptionTests {
    let cloud = TestCloud()
    let queue: Document = "arn:aws:sqs:us-east-1:000000000000:q"

    private func subscribe(_ topic: String, _ deliveryProtocol: Document, _ endpoint: Document, _ attributes: Document = [:]) -> Document {
        ["TopicArn": .string(topic), "Protocol": deliveryProtocol, "Endpoint": endpoint, "Attributes": attributes, "ReturnSubscriptionArn": true]
    }

    private func attributes(_ arn: Document) async throws -> Document {
        try #require(try await cloud("GetSubscriptionAttributes", ["SubscriptionArn": arn])["Attributes"])
    }

    @Test(
        "Each protocol has endpoints of its own",
        arguments: [
            ("ftp", "x", "Invalid parameter: Amazon SNS does not support this protocol string: ftp"),
            ("http", "https://a", "Invalid parameter: Endpoint must match the specified protocol"),
            ("sqs", "http://localhost/q", "Invalid parameter: SQS endpoint ARN"),
            ("sqs", "arn:aws:sqs:us-east-1:000000000000:q.fifo", "Invalid parameter: Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics"),
            ("email", "this is not an email", "Invalid parameter: Email address"), ("sms", "NAA+15551234567", "Invalid SMS endpoint: NAA+15551234567"),
            ("application", "invalid arn", "Invalid parameter: Application endpoint arn invalid:invalid arn"),
        ])
    func endpoints(_ deliveryProtocol: String, _ endpoint: String, _ message: String) async throws {
        let topic = try await cloud.topic("t")
        await cloud.refused("Subscribe", subscribe(topic, .string(deliveryProtocol), .string(endpoint)), "InvalidParameter", message)
    }

    @Test("Subscribing again takes the same attributes or none")
    func idempotency() async throws {
        let topic = try await cloud.topic("t")
        let first = try await cloud("Subscribe", subscribe(topic, "sqs", queue, ["RawMessageDelivery": "true"]))
        #expect(try await cloud("Subscribe", subscribe(topic, "sqs", queue, ["RawMessageDelivery": "True"])) == first)
        #expect(try await cloud("Subscribe", subscribe(topic, "sqs", queue)) == first)
        for other: Document in [["RawMessageDelivery": "false"], ["FilterPolicyScope": "MessageBody"]] {
            await cloud.refused(
                "Subscribe", subscribe(topic, "sqs", queue, other), "InvalidParameter",
                "Invalid parameter: Attributes Reason: Subscription already exists with different attributes")
        }
    }

    @Test(
        "An attribute that can't be so is refused in the same words by both operations",
        arguments: [
            ("RawMessageDelivery", "x", "RawMessageDelivery: Invalid value [x]. Must be true or false."),
            ("FilterPolicyScope", "x", "FilterPolicyScope: Invalid value [x]. Please use either MessageBody or MessageAttributes"),
            ("RedrivePolicy", #"{"deadLetterTargetArn":"fake"}"#, "RedrivePolicy: deadLetterTargetArn is an invalid arn"),
            ("RedrivePolicy", #"{"maxReceiveCount":1}"#, "RedrivePolicy: invalid JSON. Attribute maxReceiveCount is unknown."),
        ])
    func attributeRefusals(_ name: String, _ value: String, _ reason: String) async throws {
        let topic = try await cloud.topic("t")
        await cloud.refused(
            "Subscribe", subscribe(topic, "sqs", queue, .object(Members([.init(name: name, value: .string(value))]))), "InvalidParameter",
            "Invalid parameter: Attributes Reason: \(reason)")
        let arn = try #require(try await cloud("Subscribe", subscribe(topic, "sqs", queue))["SubscriptionArn"])
        await cloud.refused(
            "SetSubscriptionAttributes", ["SubscriptionArn": arn, "AttributeName": .string(name), "AttributeValue": .string(value)], "InvalidParameter",
            "Invalid parameter: \(reason)")
    }

    @Test("A filter's scope may stand behind it, and is told with it only")
    func scope() async throws {
        let topic = try await cloud.topic("t")
        let filter: Document = ["FilterPolicy": #"{"a":{"b":["c"]}}"#, "FilterPolicyScope": "MessageBody"]
        let arn = try #require(try await cloud("Subscribe", subscribe(topic, "sqs", queue, filter))["SubscriptionArn"])
        #expect(try await attributes(arn)["FilterPolicyScope"] == "MessageBody")
        await cloud.refused(
            "SetSubscriptionAttributes", ["SubscriptionArn": arn, "AttributeName": "FilterPolicyScope", "AttributeValue": "MessageAttributes"], "InvalidParameter",
            "Invalid parameter: Filter policy scope MessageAttributes does not support nested filter policy")
        try await cloud("SetSubscriptionAttributes", ["SubscriptionArn": arn, "AttributeName": "FilterPolicy", "AttributeValue": "{}"])
        #expect(try await attributes(arn)["FilterPolicyScope"] == nil)
        #expect(try await attributes(arn)["FilterPolicy"] == nil)
    }

    @Test("A subscription's delivery policy is kept as AWS keeps it, over its topic's")
    func deliveryPolicy() async throws {
        let topic = try await cloud.topic("t", ["DeliveryPolicy": #"{"http":{"defaultRequestPolicy":{"headerContentType":"application/json"}}}"#])
        let arn = try #require(try await cloud("Subscribe", subscribe(topic, "http", "http://a/b", [
            "DeliveryPolicy": #"{"healthyRetryPolicy":{"minDelayTarget":1,"maxDelayTarget":1,"numRetries":0},"throttlePolicy":{"maxReceivesPerSecond":1000}}"#,
        ]))["SubscriptionArn"])
        let retries = #"{"healthyRetryPolicy":{"minDelayTarget":1,"maxDelayTarget":1,"numRetries":0,"numMaxDelayRetries":0,"numNoDelayRetries":0,"numMinDelayRetries":0,"backoffFunction":"linear"},"#
        let throttle = #""sicklyRetryPolicy":null,"throttlePolicy":{"maxReceivesPerSecond":1000},"#
        let told = try await attributes(arn)
        #expect(told["DeliveryPolicy"] == .string(retries + throttle + #""requestPolicy":null,"guaranteed":false}"#))
        #expect(told["EffectiveDeliveryPolicy"] == .string(retries + throttle + #""requestPolicy":{"headerContentType":"application/json"},"guaranteed":false}"#))
        #expect(told["PendingConfirmation"] == "true")
        #expect(told["ConfirmationWasAuthenticated"] == "false")
    }

    @Test("Raw delivery is for queues, addresses and streams")
    func rawDelivery() async throws {
        let topic = try await cloud.topic("t")
        await cloud.refused(
            "Subscribe", subscribe(topic, "email", "a@example.com", ["RawMessageDelivery": "true"]), "InvalidParameter",
            "Invalid parameter: Attributes Reason: Delivery protocol [email] does not support raw message delivery.")
    }

    @Test("A FIFO queue's dead letters go to a FIFO queue")
    func deadLetters() async throws {
        let topic = try await cloud.topic("t.fifo", ["FifoTopic": "true"])
        let input = subscribe(topic, "sqs", "arn:aws:sqs:us-east-1:000000000000:q.fifo", ["RedrivePolicy": #"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:d"}"#])
        await cloud.refused(
            "Subscribe", input, "InvalidParameter",
            "Invalid parameter: Attributes Reason: RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.")
    }

    @Test("A topic has two hundred filters at most")
    func filterLimit() async throws {
        let topic = try await cloud.topic("t")
        let filter: Document = ["FilterPolicy": #"{"a":["b"]}"#]
        func address(_ number: Int) -> Document { .string("arn:aws:sqs:us-east-1:000000000000:q\(number)") }
        for number in 0..<200 { try await cloud("Subscribe", subscribe(topic, "sqs", address(number), filter)) }
        await cloud.refused(
            "Subscribe", subscribe(topic, "sqs", address(200), filter), "FilterPolicyLimitExceeded", "Filter policy limit exceeded for topic", status: 403)
        let arn = try #require(try await cloud("Subscribe", subscribe(topic, "sqs", address(200)))["SubscriptionArn"])
        await cloud.refused(
            "SetSubscriptionAttributes", ["SubscriptionArn": arn, "AttributeName": "FilterPolicy", "AttributeValue": #"{"a":["b"]}"#], "FilterPolicyLimitExceeded",
            "Filter policy limit exceeded for topic", status: 403)
    }

    @Test("A subscription's ARN has seven parts")
    func arns() async throws {
        await cloud.refused(
            "GetSubscriptionAttributes", ["SubscriptionArn": "x"], "InvalidParameter",
            "Invalid parameter: SubscriptionArn Reason: An ARN must have at least 6 elements, not 1")
        await cloud.refused("Unsubscribe", ["SubscriptionArn": "arn:aws:sns:us-east-1:000000000000:t"], "InvalidParameter", "Invalid parameter: SubscriptionId")
        let gone: Document = ["SubscriptionArn": "arn:aws:sns:us-east-1:000000000000:t:45f03920-f890-4a2f-bd77-32f9689b8013"]
        await cloud.refused("GetSubscriptionAttributes", gone, "NotFound", "Subscription does not exist", status: 404)
        try await cloud("Unsubscribe", gone)
    }
}
