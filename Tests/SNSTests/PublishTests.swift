import JSON
import Kernel
import Testing

@Suite("Publishing") @CloudActor struct PublishTests {
    let cloud = TestCloud()

    @Test("A message is in every queue of its topic when the publish is answered")
    func fanOut() async throws {
        let topic = try await cloud.topic("alerts")
        let raw = try await cloud.queue("raw", of: topic, ["RawMessageDelivery": "true"])
        let enveloped = try await cloud.queue("enveloped", of: topic)
        let answer = try await cloud("Publish", ["TopicArn": .string(topic), "Message": "hello", "Subject": "S"])
        #expect(try await cloud.bodies(raw) == ["hello"])
        let envelope = try Document(json: try #require(try await cloud.bodies(enveloped).first))
        #expect(envelope["Type"] == "Notification")
        #expect(envelope["MessageId"] == answer["MessageId"])
        #expect(envelope["Message"] == "hello")
        #expect(envelope["Subject"] == "S")
        #expect(envelope["TopicArn"] == .string(topic))
        #expect(envelope["Timestamp"] == "2023-11-14T22:13:20.000Z")
    }

    @Test("A subscription's filter policy decides what it gets")
    func filtering() async throws {
        let topic = try await cloud.topic("alerts")
        let url = try await cloud.queue("orders", of: topic, ["RawMessageDelivery": "true", "FilterPolicy": #"{"kind":["order"]}"#])
        for kind in ["order", "refund"] {
            let attributes: Document = ["kind": ["DataType": "String", "StringValue": .string(kind)]]
            try await cloud("Publish", ["TopicArn": .string(topic), "Message": .string(kind), "MessageAttributes": attributes])
        }
        #expect(try await cloud.bodies(url) == ["order"])
    }
}
