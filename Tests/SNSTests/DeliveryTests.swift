import JSON
import Kernel
import Testing

@testable import SNS

@Suite("Deliveries") @CloudActor struct DeliveryTests {
    /// Answers posts with what it is given, then 200.
    final class Poster {
        var answers: [Int] = []
        var bodies: [String] = []
    }

    private func post(_ cloud: TestCloud) -> Poster {
        let poster = Poster()
        cloud.sns.post = { (_, _, body) throws(AWSError) in
            poster.bodies.append(String(decoding: body, as: UTF8.self))
            return poster.answers.isEmpty ? 200 : poster.answers.removeFirst()
        }
        return poster
    }

    private func confirmed(_ cloud: TestCloud, _ topic: String) async throws -> String {
        let arn = try #require(
            try await cloud("Subscribe", ["TopicArn": .string(topic), "Protocol": "http", "Endpoint": "http://a.example/", "ReturnSubscriptionArn": true])["SubscriptionArn"]?.string)
        _ = await cloud.environment.settle()
        let token = try #require(cloud.environment.outbox.state.messages.last?.content["Token"])
        try await cloud("ConfirmSubscription", ["TopicArn": .string(topic), "Token": token])
        return arn
    }

    @Test("A post that fails is tried again at its time, also by a cloud that starts from the store")
    func restart() async throws {
        let store = MemoryStore()
        let cloud = TestCloud(store: store)
        cloud.environment.attach()
        let poster = post(cloud)
        let topic = try await cloud.topic("alerts")
        _ = try await confirmed(cloud, topic)
        poster.bodies = []
        poster.answers = [500]
        try await cloud("Publish", ["TopicArn": .string(topic), "Message": "hello"])
        _ = await cloud.environment.settle()
        #expect(poster.bodies.count == 1)
        await cloud.environment.journal.commit()
        cloud.environment.detach()

        let again = TestCloud(store: store)
        let second = post(again)
        try again.environment.load()
        again.environment.attach()
        defer { again.environment.detach() }
        _ = await again.environment.settle(jumping: .seconds(20))
        #expect(second.bodies == poster.bodies)
        #expect(again.environment.fabric.isIdle)
    }

    @Test("Subscriptions that wait, that were left, and what FIFO topics have taken outlive the process")
    func stateOutlives() async throws {
        let store = MemoryStore()
        let cloud = TestCloud(store: store)
        cloud.environment.attach()
        _ = post(cloud)
        let topic = try await cloud.topic("alerts")
        let arn = try await confirmed(cloud, topic)
        try await cloud("Unsubscribe", ["SubscriptionArn": .string(arn)])
        let restore = try #require(cloud.environment.outbox.state.messages.last?.content["Token"])
        try await cloud("Subscribe", ["TopicArn": .string(topic), "Protocol": "email", "Endpoint": "a@example.com"])
        let fifo = try await cloud.topic("topic.fifo", ["FifoTopic": "true", "ContentBasedDeduplication": "true"])
        let message: Document = ["TopicArn": .string(fifo), "Message": "once", "MessageGroupId": "g"]
        let first = try await cloud("Publish", message)
        await cloud.environment.journal.commit()
        cloud.environment.detach()

        let again = TestCloud(store: store)
        _ = post(again)
        try again.environment.load()
        #expect(try await again("Publish", message) == first)
        let next = try await again("Publish", ["TopicArn": .string(fifo), "Message": "twice", "MessageGroupId": "g"])
        #expect(try #require(next["SequenceNumber"]?.string) > (try #require(first["SequenceNumber"]?.string)))
        #expect(try await again("ConfirmSubscription", ["TopicArn": .string(topic), "Token": restore])["SubscriptionArn"] == .string(arn))
        #expect(try await again("ListSubscriptionsByTopic", ["TopicArn": .string(topic)])["Subscriptions"]?.array?.count == 2)
        again.advance(by: Subscription.tokenLifetime)
        #expect(try await again("ListSubscriptionsByTopic", ["TopicArn": .string(topic)])["Subscriptions"]?.array?.count == 1)
    }

    @Test("A filter set later holds for the next message, one removed no more")
    func changedFilters() async throws {
        let cloud = TestCloud()
        let topic = try await cloud.topic("alerts")
        let url = try await cloud.queue("orders", of: topic, ["RawMessageDelivery": "true"])
        let arn = try #require(try await cloud("ListSubscriptions", [:])["Subscriptions"]?[0]?["SubscriptionArn"])
        try await cloud("Publish", ["TopicArn": .string(topic), "Message": "1"])
        try await cloud("SetSubscriptionAttributes", ["SubscriptionArn": arn, "AttributeName": "FilterPolicy", "AttributeValue": #"{"k":["v"]}"#])
        try await cloud("Publish", ["TopicArn": .string(topic), "Message": "2"])
        try await cloud("SetSubscriptionAttributes", ["SubscriptionArn": arn, "AttributeName": "FilterPolicy", "AttributeValue": ""])
        try await cloud("Publish", ["TopicArn": .string(topic), "Message": "3"])
        #expect(try await cloud.bodies(url).sorted() == ["1", "3"])
    }

    @Test("A restored snapshot delivers to the subscriptions that it holds")
    func snapshots() async throws {
        let cloud = TestCloud()
        let topic = try await cloud.topic("alerts")
        let url = try await cloud.queue("orders", of: topic, ["RawMessageDelivery": "true"])
        try await cloud("Publish", ["TopicArn": .string(topic), "Message": "1"])
        cloud.environment.takeSnapshot("one")
        let other = try await cloud.queue("more", of: topic, ["RawMessageDelivery": "true"])
        try await cloud("Publish", ["TopicArn": .string(topic), "Message": "2"])
        #expect(try await cloud.bodies(other) == ["2"])
        #expect(cloud.environment.restoreSnapshot("one"))
        try await cloud("Publish", ["TopicArn": .string(topic), "Message": "3"])
        #expect(try await cloud.bodies(url).sorted() == ["1", "3"])
    }

    @Test("The deliveries of managed endpoints are tried 100,015 times, over 23 days")
    func managedEndpoints() {
        let policy = SNSService.managedEndpointRetries
        #expect(policy.pauses.count + policy.repeats == 100_015)
        #expect(policy.pauses.prefix(5) == [.zero, .zero, .zero, .seconds(1), .seconds(1)])
        #expect(policy.pauses.last == .seconds(20))
    }

    @Test("What can't be delivered is said in the outbox")
    func undelivered() async throws {
        let cloud = TestCloud()
        let topic = try await cloud.topic("alerts")
        try await cloud("Subscribe", ["TopicArn": .string(topic), "Protocol": "sqs", "Endpoint": "arn:aws:sqs:us-east-1:000000000000:nowhere"])
        try await cloud("Publish", ["TopicArn": .string(topic), "Message": "hello"])
        let message = try #require(cloud.environment.outbox.state.messages.first)
        #expect(message.kind == "undelivered")
        #expect(message.content["ErrorCode"] == "QueueDoesNotExist")
        #expect(message.content["Endpoint"] == "arn:aws:sqs:us-east-1:000000000000:nowhere")
    }
}
