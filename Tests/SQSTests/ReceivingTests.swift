import JSON
import Kernel
import SQS
import Testing

@Suite("Receiving") @CloudActor struct ReceivingTests {
    let cloud = TestCloud()

    @Test("A standard queue with too much in flight says so; a FIFO queue gives nothing")
    func inFlightLimit() async throws {
        cloud.sqs.inFlightLimit = 2
        let url = try await cloud.queue("q")
        let fifo = try await cloud.fifoQueue("q.fifo")
        for body in ["1", "2", "3"] {
            try await cloud.send(body, to: url)
            try await cloud.send(body, to: fifo, group: body)
        }
        #expect(try await cloud.bodies(url) == ["1", "2"])
        #expect(try await cloud.refusal("ReceiveMessage", ["QueueUrl": .string(url)])?.code == "OverLimit")
        let held = try await cloud.receive(fifo)
        #expect(held.map(\.body) == ["1", "2"])
        #expect(try await cloud.bodies(fifo) == [])
        try await cloud.delete(held[0], from: fifo)
        #expect(try await cloud.bodies(fifo) == ["3"])
    }

    @Test("Who waits longest gets the first message")
    func fairness() async throws {
        let url = try await cloud.queue("q")
        let wait: Document = ["QueueUrl": .string(url), "WaitTimeSeconds": 20]
        async let first = cloud("ReceiveMessage", wait)
        await cloud.untilReceiving()
        async let second = cloud("ReceiveMessage", wait)
        await cloud.untilReceiving(2)
        for body in ["1", "2", "3"] { try await cloud.send(body, to: url) }
        #expect(try await [first.messages, second.messages] == [["1"], ["2"]])
        #expect(try await cloud.bodies(url) == ["3"])
    }

    @Test("A receive that waits gets a delayed message when its delay is over, and one whose visibility timeout is")
    func waitingForTime() async throws {
        let url = try await cloud.queue("q", ["VisibilityTimeout": "12"])
        try await cloud.send("x", to: url, delay: 3)
        async let delayed = cloud("ReceiveMessage", ["QueueUrl": .string(url), "WaitTimeSeconds": 20])
        await cloud.untilReceiving()
        cloud.advance(by: .seconds(3))
        #expect(try await delayed.messages == ["x"])
        async let again = cloud("ReceiveMessage", ["QueueUrl": .string(url), "WaitTimeSeconds": 20])
        await cloud.untilReceiving()
        cloud.advance(by: .seconds(12))
        #expect(try await again.messages == ["x"])
    }

    @Test("A queue's own wait holds where a receive names none, and zero means not to wait")
    func queueWait() async throws {
        let url = try await cloud.queue("q", ["ReceiveMessageWaitTimeSeconds": "10"])
        #expect(try await cloud("ReceiveMessage", ["QueueUrl": .string(url), "WaitTimeSeconds": 0]).messages == [])
        async let received = cloud("ReceiveMessage", ["QueueUrl": .string(url)])
        await cloud.untilReceiving()
        try await cloud.send("x", to: url)
        #expect(try await received.messages == ["x"])
    }

    @Test("A deleted queue ends the receives that wait at it")
    func deletedQueue() async throws {
        let url = try await cloud.queue("q")
        async let refusal = cloud.refusal("ReceiveMessage", ["QueueUrl": .string(url), "WaitTimeSeconds": 20])
        await cloud.untilReceiving()
        try await cloud("DeleteQueue", ["QueueUrl": .string(url)])
        #expect(try await refusal?.code == "QueueDoesNotExist")
    }

    @Test("In a standard queue the handle of an earlier receive changes and deletes, too")
    func earlierHandles() async throws {
        let url = try await cloud.queue("q")
        try await cloud.send("x", to: url)
        let first = try #require(try await cloud.receive(url, visibility: 0).first)
        let second = try #require(try await cloud.receive(url, visibility: 3).first)
        #expect(first["ReceiptHandle"] != second["ReceiptHandle"])
        try await cloud.changeVisibility(first, of: url, to: 0)
        #expect(try await cloud.bodies(url) == ["x"])
        try await cloud.delete(first, from: url)
        try await cloud.delete(second, from: url)
        #expect(try await cloud.counts(url) == [0, 0, 0])
    }

    @Test("A visibility timeout goes on as long as it is renewed, at most twelve hours from the receive on")
    func visibility() async throws {
        let url = try await cloud.queue("q", ["VisibilityTimeout": "2"])
        try await cloud.send("x", to: url)
        let message = try #require(try await cloud.receive(url).first)
        for _ in 0..<4 {
            cloud.advance(by: .seconds(1))
            try await cloud.changeVisibility(message, of: url, to: 2)
            #expect(try await cloud.bodies(url) == [])
        }
        let error = try await cloud.refusal(
            "ChangeMessageVisibility", ["QueueUrl": .string(url), "ReceiptHandle": message["ReceiptHandle"] ?? "", "VisibilityTimeout": 43_200])
        #expect(error?.message == "Value 43200 for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds]")
        try await cloud.changeVisibility(message, of: url, to: 43_196)
        cloud.advance(by: .seconds(43_196))
        // It is the queue's timeout that the next receive has.
        #expect(try await cloud.bodies(url) == ["x"])
        cloud.advance(by: .seconds(2))
        #expect(try await cloud.counts(url) == [1, 0, 0])
    }

    @Test("The latest receipt hides a message again that has come back; an earlier one doesn't")
    func notInFlight() async throws {
        let url = try await cloud.queue("q")
        try await cloud.send("x", to: url)
        let first = try #require(try await cloud.receive(url).first)
        cloud.advance(by: .seconds(30))
        try await cloud.changeVisibility(first, of: url, to: 5)
        #expect(try await cloud.bodies(url) == [])
        cloud.advance(by: .seconds(5))
        #expect(try await cloud.bodies(url) == ["x"])
        cloud.advance(by: .seconds(30))
        let error = try await cloud.refusal(
            "ChangeMessageVisibility", ["QueueUrl": .string(url), "ReceiptHandle": first["ReceiptHandle"] ?? "", "VisibilityTimeout": 5])
        #expect(error?.code == "MessageNotInflight")
    }

    @Test("What is too old goes, in flight or not; a shorter retention period holds for what is there")
    func retention() async throws {
        let url = try await cloud.queue("q", ["MessageRetentionPeriod": "100", "VisibilityTimeout": "1000"])
        try await cloud.send("1", to: url)
        let held = try #require(try await cloud.receive(url).first)
        try await cloud.send("2", to: url)
        cloud.advance(by: .seconds(100))
        #expect(try await cloud.counts(url) == [0, 0, 0])
        try await cloud.delete(held, from: url)
        try await cloud.send("3", to: url)
        cloud.advance(by: .seconds(70))
        try await cloud("SetQueueAttributes", ["QueueUrl": .string(url), "Attributes": ["MessageRetentionPeriod": "60"]])
        #expect(try await cloud.bodies(url) == [])
    }

    @Test("A purge takes all messages, and their handles delete nothing any more")
    func purge() async throws {
        let url = try await cloud.queue("q")
        for (body, delay) in [("1", 0), ("2", 0), ("3", 60)] { try await cloud.send(body, to: url, delay: delay) }
        let held = try #require(try await cloud.receive(url, 1).first)
        #expect(try await cloud.counts(url) == [1, 1, 1])
        try await cloud("PurgeQueue", ["QueueUrl": .string(url)])
        #expect(try await cloud.counts(url) == [0, 0, 0])
        try await cloud.delete(held, from: url)
        try await cloud.send("4", to: url)
        #expect(try await cloud.bodies(url) == ["4"])
    }

    @Test("A standard queue's new delay holds for what comes, its new visibility timeout for what is received")
    func newAttributes() async throws {
        let url = try await cloud.queue("q", ["DelaySeconds": "10"])
        try await cloud.send("1", to: url)
        try await cloud("SetQueueAttributes", ["QueueUrl": .string(url), "Attributes": ["DelaySeconds": "0", "VisibilityTimeout": "5"]])
        try await cloud.send("2", to: url)
        #expect(try await cloud.bodies(url) == ["2"])
        cloud.advance(by: .seconds(5))
        #expect(try await cloud.counts(url) == [1, 0, 1])
        cloud.advance(by: .seconds(5))
        #expect(try await cloud.counts(url) == [2, 0, 0])
    }

    @Test("A standard queue gives the group of its messages back, and holds nobody up for it")
    func fairQueues() async throws {
        let url = try await cloud.queue("q")
        for body in ["1", "2"] { try await cloud.send(body, to: url, group: "tenant-1") }
        #expect(try await cloud.receive(url, 1).map { $0.attribute("MessageGroupId") } == ["tenant-1"])
        #expect(try await cloud.bodies(url) == ["2"])
    }
}

extension Document {
    fileprivate var messages: [String] { self["Messages"]?.array?.map(\.body) ?? [] }
}
