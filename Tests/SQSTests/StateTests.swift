import JSON
import Kernel
import SQS
import Testing

/// All that the service knows outlives the process, and comes back with a snapshot.
@Suite("State") @CloudActor struct StateTests {
    let store = MemoryStore()
    let cloud: TestCloud
    let url = "http://localhost:4566/000000000000/q"
    let fifo = "http://localhost:4566/000000000000/q.fifo"
    let dead = "http://localhost:4566/000000000000/dead"

    init() async throws {
        cloud = TestCloud(store: store)
        _ = try await cloud.queue("dead")
        _ = try await cloud.queue("q", ["RedrivePolicy": cloud.redrivePolicy("dead", 1), "VisibilityTimeout": "30"])
        _ = try await cloud.fifoQueue("q.fifo")
    }

    /// The cloud after a restart at the same time.
    private func restarted() throws -> TestCloud {
        cloud.environment.endTurn()
        let later = TestCloud(store: store)
        later.environment.clock.freeze(at: cloud.environment.clock.now)
        try later.environment.load()
        return later
    }

    @Test("Available, delayed and in-flight messages, and those that came back, stand where they stood")
    func messages() async throws {
        try await cloud.send("in flight", to: url)
        let held = try #require(try await cloud.receive(url).first)
        try await cloud.send("delayed", to: url, delay: 10)
        try await cloud("SendMessage", [
            "QueueUrl": .string(url), "MessageBody": "waiting",
            "MessageAttributes": ["b": ["DataType": "Binary", "BinaryValue": "AAEC"], "n": ["DataType": "Number.int", "StringValue": "7"]],
            "MessageSystemAttributes": ["AWSTraceHeader": ["DataType": "String", "StringValue": "Root=1-5759e988-bd862e3fe1be46a994272793"]],
        ])
        let later = try restarted()
        #expect(try await later.counts(url) == [1, 1, 1])
        let all: Document = ["QueueUrl": .string(url), "MessageAttributeNames": ["All"], "AttributeNames": ["All"]]
        #expect(try await later("ReceiveMessage", all) == cloud("ReceiveMessage", all))
        later.advance(by: .seconds(10))
        #expect(try await later.bodies(url) == ["delayed"])
        try await later.delete(held, from: url)
        #expect(try await later.counts(url) == [0, 2, 0])
    }

    @Test("A receive count goes on, and with it a message to the dead letters")
    func receiveCounts() async throws {
        try await cloud.send("x", to: url)
        _ = try await cloud.receive(url, visibility: 0)
        let later = try restarted()
        #expect(try await later.bodies(url) == [])
        #expect(try await later.bodies(dead) == ["x"])
        let latest = TestCloud(store: store)
        later.environment.endTurn()
        try latest.environment.load()
        #expect(try await latest.counts(dead) == [0, 1, 0])
    }

    @Test("A handle of a message that is gone doesn't reach one that got its number after a restart")
    func numbersUsedAgain() async throws {
        try await cloud.send("x", to: url)
        let old = try #require(try await cloud.receive(url).first)
        try await cloud.delete(old, from: url)
        let later = try restarted()
        try await later.send("y", to: url)
        try await later.delete(old, from: url)
        #expect(try await later.bodies(url) == ["y"])
    }

    @Test("What a FIFO queue has taken and handed out, its order and its locks")
    func fifoQueues() async throws {
        let first = try await cloud.send("a1", to: fifo, group: "a")
        for body in ["a2", "b1"] { try await cloud.send(body, to: fifo, group: String(body.prefix(1))) }
        let attempt = try await cloud.receive(fifo, 1, attempt: "t")
        let later = try restarted()
        #expect(try await later.send("a1", to: fifo, group: "a")["MessageId"] == first["MessageId"])
        let next = try await later.send("a3", to: fifo, group: "a")
        #expect(next["SequenceNumber"]?.string ?? "" > first["SequenceNumber"]?.string ?? "x")
        #expect(try await later.receive(fifo, 1, attempt: "t") == attempt)
        #expect(try await later.bodies(fifo) == ["b1"])
        later.advance(by: .seconds(30))
        #expect(try await later.bodies(fifo) == ["a1", "a2", "a3", "b1"])
    }

    @Test("A move task goes on")
    func moveTasks() async throws {
        for body in ["1", "2", "3"] { try await cloud.send(body, to: url) }
        _ = try await cloud.receive(url, visibility: 0)
        _ = try await cloud.receive(url)
        _ = try await cloud.move("dead", rate: 1)
        cloud.advance(by: .zero)
        let later = try restarted()
        #expect(try await later.moveTasks("dead") == cloud.moveTasks("dead"))
        later.advance(by: .seconds(2))
        #expect(try await later.moveTasks("dead").first?["Status"]?.string == "COMPLETED")
        #expect(try await later.counts(url) == [3, 0, 0])
    }

    @Test("The minute after a purge and the minute after a deletion")
    func minutes() async throws {
        cloud.sqs.keepsDeletedNames = true
        try await cloud("PurgeQueue", ["QueueUrl": .string(url)])
        try await cloud("DeleteQueue", ["QueueUrl": .string(dead)])
        let later = try restarted()
        later.sqs.keepsDeletedNames = true
        #expect(try await later.refusal("PurgeQueue", ["QueueUrl": .string(url)])?.code == "PurgeQueueInProgress")
        #expect(try await later.refusal("CreateQueue", ["QueueName": "dead"])?.code == "QueueDeletedRecently")
        later.advance(by: .seconds(60))
        try await later("PurgeQueue", ["QueueUrl": .string(url)])
        _ = try await later.queue("dead")
    }

    @Test("A purged and a deleted queue leave nothing in the store")
    func nothingLeft() async throws {
        try await cloud.send("a1", to: fifo, group: "a")
        try await cloud.send("a2", to: fifo, group: "a")
        _ = try await cloud.receive(fifo, 1, attempt: "t")
        for queue in [url, dead, fifo] { try await cloud("DeleteQueue", ["QueueUrl": .string(queue)]) }
        cloud.environment.endTurn()
        #expect(store.all.map(\.key) == [])
    }

    @Test("The store holds what the state does, after all kinds of changes")
    func journalAndState() async throws {
        for number in 0..<30 {
            try await cloud.send("\(number)", to: url, delay: number % 3)
            try await cloud.send("\(number)", to: fifo, group: "\(number % 4)")
        }
        cloud.advance(by: .seconds(1))
        for (index, message) in try await cloud.receive(url).enumerated() where index % 2 == 0 { try await cloud.delete(message, from: url) }
        let some = try await cloud.receive(fifo, 5, attempt: "t")
        try await cloud.changeVisibility(some[4], of: fifo, to: 0)
        try await cloud.delete(some[0], from: fifo)
        cloud.advance(by: .seconds(31))
        _ = try await cloud.receive(url)
        _ = try await cloud.move("dead", rate: 2)
        cloud.advance(by: .zero)
        let later = try restarted()
        #expect(try await later.counts(url) == cloud.counts(url))
        #expect(try await later.counts(fifo) == cloud.counts(fifo))
        #expect(entries(later) == entries(cloud))
        #expect(later.sqs.nextDeadline == cloud.sqs.nextDeadline)
    }

    private func entries(_ cloud: TestCloud) -> [[UInt8]: [UInt8]] {
        var entries: [[UInt8]: [UInt8]] = [:]
        cloud.sqs.entries { entries[$0] = $1 }
        return entries
    }

    @Test("A snapshot has every message where it stood, whatever becomes of them after")
    func snapshots() async throws {
        for body in ["1", "2", "3"] { try await cloud.send(body, to: url) }
        let held = try #require(try await cloud.receive(url, 1).first)
        try await cloud.send("a", to: fifo, group: "a")
        cloud.environment.takeSnapshot("s")
        let before = entries(cloud)
        try await cloud.delete(held, from: url)
        _ = try await cloud.receive(fifo)
        cloud.advance(by: .seconds(100))
        try await cloud("DeleteQueue", ["QueueUrl": .string(url)])
        #expect(cloud.environment.restoreSnapshot("s"))
        #expect(entries(cloud) == before)
        #expect(try await cloud.counts(url) == [2, 1, 0])
        cloud.advance(by: .seconds(30))
        #expect(try await cloud.counts(url) == [3, 0, 0])
    }
}
