import JSON
import Kernel
import SQS
import Testing

@Suite("FIFO queues") @CloudActor struct FIFOTests {
    let cloud = TestCloud()

    private func send(_ messages: String..., to url: String) async throws {
        for message in messages { try await cloud.send(message, to: url, group: String(message.prefix(2))) }
    }

    @Test("A receive takes as many messages of one group as it can, then goes to the next")
    func groupAfterGroup() async throws {
        let url = try await cloud.fifoQueue("q.fifo")
        try await send("g1-m1", "g2-m1", "g1-m2", "g1-m3", to: url)
        #expect(try await cloud.bodies(url) == ["g1-m1", "g1-m2", "g1-m3", "g2-m1"])
    }

    @Test("A group of which something is in flight gives nothing; others do; who was handed out comes back behind those who weren't")
    func blockedGroups() async throws {
        let url = try await cloud.fifoQueue("q.fifo", ["VisibilityTimeout": "1"])
        try await send("g1-m1", "g1-m2", "g1-m3", "g1-m4", "g2-m1", "g3-m1", to: url)
        #expect(try await cloud.bodies(url, 2) == ["g1-m1", "g1-m2"])
        #expect(try await cloud.bodies(url, 1) == ["g2-m1"])
        cloud.advance(by: .seconds(2))
        #expect(try await cloud.bodies(url, visibility: 0) == ["g3-m1", "g1-m1", "g1-m2", "g1-m3", "g1-m4", "g2-m1"])
    }

    @Test("A visibility timeout of zero gives a group back at once, behind the others")
    func zeroVisibility() async throws {
        let url = try await cloud.fifoQueue("q.fifo")
        try await send("g1-m1", "g2-m1", "g2-m2", "g3-m1", "g1-m2", to: url)
        #expect(try await cloud.bodies(url, 3, visibility: 0) == ["g1-m1", "g1-m2", "g2-m1"])
        #expect(try await cloud.bodies(url, visibility: 0) == ["g3-m1", "g1-m1", "g1-m2", "g2-m1", "g2-m2"])
    }

    @Test("A message given back can be received before a later one of its group that is in flight, and never after")
    func orderWithinAGroup() async throws {
        let url = try await cloud.fifoQueue("q.fifo")
        try await send("g1-m1", "g1-m2", "g2-m1", to: url)
        let pair = try await cloud.receive(url, 2)
        try await cloud.changeVisibility(pair[1], of: url, to: 0)
        #expect(try await cloud.bodies(url, visibility: 0) == ["g2-m1"])
        try await cloud.changeVisibility(pair[0], of: url, to: 0)
        #expect(try await cloud.bodies(url) == ["g2-m1", "g1-m1", "g1-m2"])
    }

    @Test("A group opens again when all that was received of it is deleted, not before")
    func deleting() async throws {
        let url = try await cloud.fifoQueue("q.fifo")
        try await send("g1-m1", "g2-m1", "g1-m2", "g2-m2", "g1-m3", "g1-m4", "g3-m1", to: url)
        let pair = try await cloud.receive(url, 2)
        try await cloud.delete(pair[0], from: url)
        #expect(try await cloud.bodies(url, visibility: 0) == ["g2-m1", "g2-m2", "g3-m1"])
        try await cloud.delete(pair[1], from: url)
        #expect(Set(try await cloud.bodies(url)) == ["g1-m3", "g1-m4", "g2-m1", "g2-m2", "g3-m1"])
    }

    @Test("A message that comes again within five minutes is answered as the first was, also after that was deleted; coming again makes them no longer")
    func deduplication() async throws {
        let url = try await cloud.fifoQueue("q.fifo")
        let first = try await cloud.send("x", to: url, group: "a")
        cloud.advance(by: .seconds(200))
        try await cloud.delete(try #require(try await cloud.receive(url).first), from: url)
        let again = try await cloud.send("x", to: url, group: "b")
        #expect(again["MessageId"] == first["MessageId"])
        #expect(again["SequenceNumber"] == first["SequenceNumber"])
        #expect(try await cloud.bodies(url) == [])
        cloud.advance(by: .seconds(100))
        let later = try await cloud.send("x", to: url, group: "a")
        #expect(later["MessageId"] != first["MessageId"])
        #expect(try await cloud.bodies(url) == ["x"])
    }

    @Test("The id that content-based deduplication makes is the SHA-256 of the body, and an explicit one is the same id")
    func contentBasedDeduplication() async throws {
        let url = try await cloud.fifoQueue("q.fifo")
        let first = try await cloud.send("hello", to: url, group: "a")
        let id = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
        #expect(try await cloud.send("other", to: url, group: "a", deduplication: id)["MessageId"] == first["MessageId"])
        #expect(try await cloud.receive(url).map { $0.attribute("MessageDeduplicationId") } == [id])
    }

    @Test("With the scope messageGroup the same id in two groups is two messages")
    func deduplicationScope() async throws {
        let url = try await cloud.fifoQueue("q.fifo", ["DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId"])
        for group in ["a", "b", "a"] { try await cloud.send("x", to: url, group: group, deduplication: "1") }
        #expect(try await cloud.receive(url).map { $0.attribute("MessageGroupId") } == ["a", "b"])
    }

    @Test("Sequence numbers have twenty digits and rise")
    func sequenceNumbers() async throws {
        let url = try await cloud.fifoQueue("q.fifo")
        var numbers: [String] = []
        for body in ["1", "2", "3"] { numbers.append(try await cloud.send(body, to: url, group: "a")["SequenceNumber"]?.string ?? "") }
        #expect(numbers.map(\.count) == [20, 20, 20])
        #expect(numbers == numbers.sorted() && Set(numbers).count == 3)
        #expect(try await cloud.receive(url).map { $0.attribute("SequenceNumber") ?? "" } == numbers)
    }

    @Test("A receive asked for again by its attempt id gets the same messages and handles, hidden anew")
    func attempts() async throws {
        let url = try await cloud.fifoQueue("q.fifo", ["VisibilityTimeout": "30"])
        try await send("g1-m1", "g1-m2", "g2-m1", to: url)
        let first = try await cloud.receive(url, 2, attempt: "a")
        cloud.advance(by: .seconds(20))
        #expect(try await cloud.receive(url, 2, attempt: "a") == first)
        cloud.advance(by: .seconds(20))
        #expect(try await cloud.bodies(url) == ["g2-m1"])
        #expect(try await cloud.receive(url, 2, attempt: "a") == first)
    }

    @Test("A changed message, a message that came back and five minutes end an attempt", arguments: ["deleted", "changed", "back", "old"])
    func endedAttempts(_ how: String) async throws {
        let url = try await cloud.fifoQueue("q.fifo", ["VisibilityTimeout": how == "old" ? "1000" : "30"])
        try await send("g1-m1", "g1-m2", "g2-m1", to: url)
        let first = try await cloud.receive(url, 2, attempt: "a")
        switch how {
        case "deleted": try await cloud.delete(first[0], from: url)
        case "changed": try await cloud.changeVisibility(first[0], of: url, to: 100)
        case "back": cloud.advance(by: .seconds(30))
        default: cloud.advance(by: .seconds(300))
        }
        let again = try await cloud.receive(url, 2, attempt: "a")
        #expect(again.map(\.body) == (how == "back" ? ["g2-m1", "g1-m1"] : ["g2-m1"]))
    }

    @Test("A standard queue takes no attempt id")
    func attemptOnStandardQueue() async throws {
        let url = try await cloud.queue("q")
        let error = try await cloud.refusal("ReceiveMessage", ["QueueUrl": .string(url), "ReceiveRequestAttemptId": "a"])
        #expect(error?.code == "InvalidParameterValueException")
        #expect(error?.message == "Value a for parameter ReceiveRequestAttemptId is invalid. Reason: The request include parameter that is not valid for this queue type.")
    }

    @Test("The handle of a message whose visibility timeout is over deletes and changes nothing")
    func expiredHandle() async throws {
        let url = try await cloud.fifoQueue("q.fifo")
        try await send("g1-m1", to: url)
        let message = try #require(try await cloud.receive(url).first)
        cloud.advance(by: .seconds(30))
        let handle = message["ReceiptHandle"]?.string ?? ""
        let error = try await cloud.refusal("DeleteMessage", ["QueueUrl": .string(url), "ReceiptHandle": .string(handle)])
        #expect(error?.message == "Value \(handle) for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.")
        let change = try await cloud.refusal("ChangeMessageVisibility", ["QueueUrl": .string(url), "ReceiptHandle": .string(handle), "VisibilityTimeout": 5])
        #expect(change?.code == "InvalidParameterValueException")
        #expect(try await cloud.counts(url) == [1, 0, 0])
    }

    @Test("The queue's delay holds for every message, and a new delay for those that are in the queue")
    func delay() async throws {
        let url = try await cloud.fifoQueue("q.fifo", ["DelaySeconds": "10"])
        try await send("g1-m1", "g1-m2", to: url)
        #expect(try await cloud.counts(url) == [0, 0, 2])
        try await cloud("SetQueueAttributes", ["QueueUrl": .string(url), "Attributes": ["DelaySeconds": "4"]])
        cloud.advance(by: .seconds(4))
        #expect(try await cloud.bodies(url) == ["g1-m1", "g1-m2"])
    }

    @Test("A dead letter doesn't block its group")
    func deadLetter() async throws {
        let dead = try await cloud.fifoQueue("dead.fifo")
        let url = try await cloud.fifoQueue("q.fifo", ["RedrivePolicy": cloud.redrivePolicy("dead.fifo", 1)])
        let sent = try await cloud.send("g1-m1", to: url, group: "g1", deduplication: "mine")
        try await send("g1-m2", to: url)
        #expect(try await cloud.bodies(url, 1, visibility: 0) == ["g1-m1"])
        cloud.advance(by: .seconds(5))
        #expect(try await cloud.bodies(url, 1) == ["g1-m2"])
        let letter = try #require(try await cloud.receive(dead).first)
        #expect(letter["MessageId"] == sent["MessageId"])
        #expect(letter.attribute("MessageDeduplicationId") == sent["MessageId"]?.string)
        #expect(letter.attribute("MessageGroupId") == "g1")
        #expect(letter.attribute("SentTimestamp") == "1700000005000")
        #expect(letter.attribute("SequenceNumber") != sent["SequenceNumber"]?.string)
    }
}
