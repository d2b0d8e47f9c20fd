import JSON
import Kernel
import Testing

@testable import SNS

@Suite("FIFO topics") @CloudActor struct FIFOTopicTests {
    let cloud = TestCloud()

    private func publish(_ topic: String, _ message: String, group: String, deduplication: String? = nil) async throws -> Document {
        var input: Members = ["TopicArn": .string(topic), "Message": .string(message), "MessageGroupId": .string(group)]
        input["MessageDeduplicationId"] = deduplication.map { .string($0) }
        return try await cloud("Publish", .object(input))
    }

    @Test("What comes again within five minutes is answered as the first time and delivered once")
    func deduplication() async throws {
        let topic = try await cloud.topic("topic.fifo", ["FifoTopic": "true", "ContentBasedDeduplication": "true"])
        let url = try await cloud.queue("queue", of: topic, ["RawMessageDelivery": "true"])
        let first = try await publish(topic, "hello", group: "g")
        cloud.advance(by: .seconds(299))
        #expect(try await publish(topic, "hello", group: "h") == first)
        cloud.advance(by: .seconds(1))
        #expect(try await publish(topic, "hello", group: "g") != first)
        #expect(try await cloud.bodies(url) == ["hello", "hello"])
    }

    @Test("With high throughput a message is known in its group only")
    func groups() async throws {
        let topic = try await cloud.topic("topic.fifo", ["FifoTopic": "true", "ContentBasedDeduplication": "true", "FifoThroughputScope": "MessageGroup"])
        let first = try await publish(topic, "hello", group: "g")
        #expect(try await publish(topic, "hello", group: "h")["MessageId"] != first["MessageId"])
        #expect(try await publish(topic, "hello", group: "g") == first)
    }

    @Test("Sequence numbers have twenty digits and rise, also where the time stands still")
    func sequenceNumbers() async throws {
        let topic = try await cloud.topic("topic.fifo", ["FifoTopic": "true"])
        var last = ""
        for number in 0..<5 {
            let next = try #require(try await publish(topic, "m", group: "g", deduplication: "\(number)")["SequenceNumber"]?.string)
            #expect(next.utf8.count == 20 && next > last)
            last = next
        }
    }

    @Test("The envelope of a FIFO topic has the sequence number and no signature")
    func envelope() async throws {
        let topic = try await cloud.topic("topic.fifo", ["FifoTopic": "true"])
        let url = try await cloud.queue("queue", of: topic)
        let answer = try await publish(topic, "hello", group: "g", deduplication: "d")
        let envelope = try Document(json: try #require(try await cloud.bodies(url).first))
        #expect(envelope["SequenceNumber"] == answer["SequenceNumber"])
        #expect(envelope.object?.map(\.name) == ["Type", "MessageId", "SequenceNumber", "TopicArn", "Message", "Timestamp", "UnsubscribeURL"])
    }

    @Test("A group id of a standard topic's message reaches standard queues")
    func fairQueues() async throws {
        let topic = try await cloud.topic("topic")
        let url = try await cloud.queue("queue", of: topic)
        _ = try await publish(topic, "hello", group: "tenant")
        let answer = try await cloud.call("sqs", "ReceiveMessage", ["QueueUrl": .string(url), "MessageSystemAttributeNames": ["All"]])
        #expect(answer["Messages"]?[0]?["Attributes"]?["MessageGroupId"] == "tenant")
    }

    @Test("The window forgets the oldest first")
    func window() {
        var window = TopicDeduplication()
        let start = Timestamp(seconds: 1000)
        func answer(_ seconds: Int) -> TopicDeduplication.Answer { .init(messageID: "m", sequenceNumber: "1", taken: start + .seconds(seconds)) }
        window.keep(answer(1), "b")
        window.keep(answer(0), "a")
        #expect(window.forget(at: start + .seconds(299)).isEmpty)
        #expect(window.forget(at: start + .seconds(300)) == ["a"])
        #expect(window.answer("b", at: start + .seconds(300)) != nil)
        window.keep(answer(300), "b")
        #expect(window.forget(at: start + .seconds(301)).isEmpty)
        #expect(window.all.map(\.key) == ["b"])
    }
}
