import JSON
import Kernel
import SQS
import Testing

@Suite("Queues") @CloudActor struct QueueTests {
    let cloud = TestCloud()

    @Test("A message is sent, received, hidden, back after its visibility timeout, and deleted")
    func lifeOfAMessage() async throws {
        let url = try await cloud.queue("orders")
        let sent = try await cloud("SendMessage", ["QueueUrl": .string(url), "MessageBody": "hello"])
        #expect(sent["MD5OfMessageBody"]?.string == "5d41402abc4b2a76b9719d911017c592")
        let first = try await cloud("ReceiveMessage", ["QueueUrl": .string(url)])
        #expect(first["Messages"]?[0]?["Body"]?.string == "hello")
        #expect(try await cloud("ReceiveMessage", ["QueueUrl": .string(url)])["Messages"] == nil)
        cloud.advance(by: .seconds(30))
        let again = try await cloud("ReceiveMessage", ["QueueUrl": .string(url), "AttributeNames": ["All"]])
        #expect(again["Messages"]?[0]?["Attributes"]?["ApproximateReceiveCount"]?.string == "2")
        let handle = try #require(again["Messages"]?[0]?["ReceiptHandle"]?.string)
        _ = try await cloud("DeleteMessage", ["QueueUrl": .string(url), "ReceiptHandle": .string(handle)])
        cloud.advance(by: .seconds(30))
        #expect(try await cloud("ReceiveMessage", ["QueueUrl": .string(url)])["Messages"] == nil)
    }

    @Test("A receive that waits gets a message the moment it is sent")
    func longPolling() async throws {
        let url = try await cloud.queue("orders")
        async let received = cloud("ReceiveMessage", ["QueueUrl": .string(url), "WaitTimeSeconds": 20])
        await cloud.untilReceiving()
        _ = try await cloud("SendMessage", ["QueueUrl": .string(url), "MessageBody": "hello"])
        #expect(try await received["Messages"]?[0]?["Body"]?.string == "hello")
    }

    @Test("A receive that waits ends with nothing when its time is up")
    func longPollingEnds() async throws {
        let url = try await cloud.queue("orders")
        async let received = cloud("ReceiveMessage", ["QueueUrl": .string(url), "WaitTimeSeconds": 20])
        await cloud.untilReceiving()
        cloud.advance(by: .seconds(20))
        #expect(try await received["Messages"] == nil)
    }
}
