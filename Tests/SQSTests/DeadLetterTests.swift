import JSON
import Kernel
import SQS
import Testing

@Suite("Dead letters") @CloudActor struct DeadLetterTests {
    let cloud = TestCloud()

    /// A queue whose messages go to the queue `dead` when they were received so often.
    private func pair(_ count: Int = 1) async throws -> (url: String, dead: String) {
        let dead = try await cloud.queue("dead")
        return (try await cloud.queue("q", ["RedrivePolicy": cloud.redrivePolicy("dead", count)]), dead)
    }

    /// Lets messages be received once, and then once more.
    private func bury(_ bodies: String..., from url: String) async throws {
        for body in bodies { try await cloud.send(body, to: url) }
        _ = try await cloud.receive(url, visibility: 0)
        #expect(try await cloud.receive(url) == [])
    }

    @Test("A message goes when it would be received once more than its queue allows")
    func moment() async throws {
        let (url, dead) = try await pair(2)
        try await cloud.send("x", to: url)
        #expect(try await cloud.bodies(url, visibility: 0) == ["x"])
        cloud.advance(by: .seconds(1))
        #expect(try await cloud.bodies(url, visibility: 0) == ["x"])
        #expect(try await cloud.counts(dead) == [0, 0, 0])
        #expect(try await cloud.bodies(url) == [])
        cloud.advance(by: .seconds(1))
        let letter = try #require(try await cloud.receive(dead).first)
        #expect(letter.attribute("DeadLetterQueueSourceArn") == cloud.arn("q"))
        #expect(letter.attribute("ApproximateReceiveCount") == "3")
        #expect(letter.attribute("SentTimestamp") == "1700000000000")
        #expect(letter.attribute("ApproximateFirstReceiveTimestamp") == "1700000002000")
    }

    @Test("Dead letters take no place in an answer")
    func noPlace() async throws {
        let (url, dead) = try await pair()
        for number in 0..<12 { try await cloud.send("\(number)", to: url) }
        _ = try await cloud.receive(url, 10, visibility: 0)
        #expect(Set(try await cloud.bodies(url, 10)) == ["10", "11"])
        #expect(try await cloud.counts(dead) == [10, 0, 0])
    }

    @Test("A dead letter's age counts from its sending")
    func retention() async throws {
        let (url, dead) = try await pair()
        try await cloud("SetQueueAttributes", ["QueueUrl": .string(dead), "Attributes": ["MessageRetentionPeriod": "100"]])
        try await cloud.send("x", to: url)
        cloud.advance(by: .seconds(60))
        _ = try await cloud.receive(url, visibility: 0)
        #expect(try await cloud.bodies(url) == [])
        #expect(try await cloud.counts(dead) == [1, 0, 0])
        cloud.advance(by: .seconds(40))
        #expect(try await cloud.counts(dead) == [0, 0, 0])
    }

    @Test("Dead letters of dead letters: each queue counts for itself, the receive count for all")
    func chain() async throws {
        let last = try await cloud.queue("last")
        let middle = try await cloud.queue("middle", ["RedrivePolicy": cloud.redrivePolicy("last", 2)])
        let first = try await cloud.queue("first", ["RedrivePolicy": cloud.redrivePolicy("middle", 1)])
        try await cloud.send("x", to: first)
        _ = try await cloud.receive(first, visibility: 0)
        #expect(try await cloud.bodies(first) == [])
        #expect(try await cloud.bodies(middle, visibility: 0) == ["x"])
        #expect(try await cloud.bodies(middle, visibility: 0) == ["x"])
        #expect(try await cloud.bodies(middle) == [])
        let letter = try #require(try await cloud.receive(last).first)
        #expect(letter.attribute("DeadLetterQueueSourceArn") == cloud.arn("middle"))
        #expect(letter.attribute("ApproximateReceiveCount") == "4")
    }

    @Test("A queue that is its own dead-letter queue, and two that are each other's, keep their messages")
    func cycles() async throws {
        let url = try await cloud.queue("q")
        try await cloud("SetQueueAttributes", ["QueueUrl": .string(url), "Attributes": ["RedrivePolicy": cloud.redrivePolicy("q", 1)]])
        try await cloud.send("x", to: url)
        for _ in 0..<3 { #expect(try await cloud.bodies(url, visibility: 0) == ["x"]) }
        #expect(try await cloud.counts(url) == [1, 0, 0])
    }

    @Test("Without its dead-letter queue a queue goes on handing out")
    func deletedTarget() async throws {
        let (url, dead) = try await pair()
        try await cloud("DeleteQueue", ["QueueUrl": .string(dead)])
        try await cloud.send("x", to: url)
        for _ in 0..<3 { #expect(try await cloud.bodies(url, visibility: 0) == ["x"]) }
    }

    @Test("A receive that waits at the dead-letter queue gets what is moved there")
    func waitingThere() async throws {
        let (url, dead) = try await pair()
        try await cloud.send("x", to: url)
        async let letter = cloud("ReceiveMessage", ["QueueUrl": .string(dead), "WaitTimeSeconds": 20])
        await cloud.untilReceiving()
        _ = try await cloud.receive(url, visibility: 0)
        #expect(try await cloud.bodies(url) == [])
        #expect(try await letter["Messages"]?[0]?["Body"]?.string == "x")
    }

    // MARK: Move tasks

    @Test("Messages go back to where they came from, as new messages")
    func moveBack() async throws {
        let (url, dead) = try await pair()
        let id = try await cloud.send("x", to: url)["MessageId"]
        try await bury("y", from: url)
        cloud.advance(by: .seconds(50))
        _ = try await cloud.move("dead")
        cloud.advance(by: .zero)
        let task = try #require(try await cloud.moveTasks("dead").first)
        #expect(task == [
            "Status": "COMPLETED", "SourceArn": .string(cloud.arn("dead")), "ApproximateNumberOfMessagesMoved": 2, "ApproximateNumberOfMessagesToMove": 2,
            "StartedTimestamp": 1_700_000_050_000,
        ])
        let back = try await cloud.receive(url)
        #expect(back.map(\.body) == ["x", "y"])
        #expect(back[0]["MessageId"] != id)
        #expect(back[0].attribute("SentTimestamp") == "1700000050000")
        #expect(back[0].attribute("ApproximateReceiveCount") == "1")
        #expect(back[0].attribute("DeadLetterQueueSourceArn") == nil)
        #expect(try await cloud.counts(dead) == [0, 0, 0])
    }

    @Test("A task with a rate moves so many a second, says how far it is, and can be cancelled")
    func rate() async throws {
        let (url, dead) = try await pair()
        let other = try await cloud.queue("other")
        try await bury("1", "2", "3", "4", "5", from: url)
        let handle = try await cloud.move("dead", to: "other", rate: 2)
        cloud.advance(by: .zero)
        #expect(try await cloud.counts(other) == [2, 0, 0])
        let second = try await cloud.refusal("StartMessageMoveTask", ["SourceArn": .string(cloud.arn("dead"))])
        #expect(second?.code == "InvalidParameterValueException")
        #expect(second?.message == "There is already a task running. Only one active task is allowed for a source queue arn at a given time.")
        cloud.advance(by: .seconds(1))
        #expect(try await cloud.moveTasks("dead") == [[
            "TaskHandle": .string(handle), "Status": "RUNNING", "SourceArn": .string(cloud.arn("dead")), "DestinationArn": .string(cloud.arn("other")),
            "MaxNumberOfMessagesPerSecond": 2, "ApproximateNumberOfMessagesMoved": 4, "ApproximateNumberOfMessagesToMove": 5, "StartedTimestamp": 1_700_000_000_000,
        ]])
        #expect(try await cloud("CancelMessageMoveTask", ["TaskHandle": .string(handle)])["ApproximateNumberOfMessagesMoved"]?.int == 4)
        cloud.advance(by: .seconds(10))
        #expect(try await cloud.moveTasks("dead").first?["Status"]?.string == "CANCELLED")
        #expect(try await cloud.moveTasks("dead").first?["TaskHandle"] == nil)
        #expect(try await cloud.counts(dead) == [1, 0, 0])
        #expect(try await cloud.refusal("CancelMessageMoveTask", ["TaskHandle": .string(handle)])?.message == "Only active tasks can be cancelled.")
    }

    @Test("A message that no queue has sent there has nowhere to go back to")
    func noSource() async throws {
        let (url, dead) = try await pair()
        try await bury("x", from: url)
        try await cloud.send("direct", to: dead)
        _ = try await cloud.move("dead")
        cloud.advance(by: .zero)
        let task = try #require(try await cloud.moveTasks("dead").first)
        #expect(task["Status"]?.string == "FAILED")
        #expect(task["FailureReason"]?.string == "CouldNotDetermineMessageSource")
        #expect(task["ApproximateNumberOfMessagesMoved"]?.int == 1)
        #expect(try await cloud.bodies(dead) == ["direct"])
    }

    @Test("A task whose destination is deleted while it runs fails, and what it has moved stays moved")
    func deletedDestination() async throws {
        let (url, dead) = try await pair()
        let other = try await cloud.queue("other")
        try await bury("1", "2", "3", from: url)
        _ = try await cloud.move("dead", to: "other", rate: 1)
        cloud.advance(by: .zero)
        try await cloud("DeleteQueue", ["QueueUrl": .string(other)])
        cloud.advance(by: .seconds(1))
        let task = try #require(try await cloud.moveTasks("dead").first)
        #expect(task["Status"]?.string == "FAILED")
        #expect(task["FailureReason"]?.string == "AWS.SimpleQueueService.NonExistentQueue")
        #expect(task["ApproximateNumberOfMessagesMoved"]?.int == 1)
        #expect(try await cloud.counts(dead) == [2, 0, 0])
    }

    @Test("The latest ten tasks of a queue are remembered, the latest first")
    func latestTen() async throws {
        let (url, _) = try await pair()
        for number in 0..<12 {
            try await bury("\(number)", from: url)
            _ = try await cloud.move("dead")
            cloud.advance(by: .seconds(1))
            _ = try await cloud.receive(url)
            try await cloud("PurgeQueue", ["QueueUrl": .string(url)])
            cloud.advance(by: .seconds(60))
        }
        let started = try await cloud.moveTasks("dead").map { $0["StartedTimestamp"]?.int ?? 0 }
        #expect(started.count == 10)
        #expect(started == started.sorted(by: >))
        #expect(started.first == 1_700_000_000_000 + 11 * 61_000)
    }

    @Test("What a handle must be to cancel its task")
    func handles() async throws {
        let nonsense = try await cloud.refusal("CancelMessageMoveTask", ["TaskHandle": "foobared"])
        #expect(nonsense?.message == "Value for parameter TaskHandle is invalid.")
        let unknown = Base64.encode(Array(#"{"taskId":"10f57157-fc38-4da9-a113-4de7e12d05dd","sourceArn":"arn:aws:sqs:us-east-1:000000000000:q"}"#.utf8))
        #expect(try await cloud.refusal("CancelMessageMoveTask", ["TaskHandle": .string(unknown)])?.message == "The resource that you specified for the SourceArn parameter doesn't exist.")
        _ = try await cloud.queue("q")
        let noTask = try await cloud.refusal("CancelMessageMoveTask", ["TaskHandle": .string(unknown)])
        #expect(noTask?.code == "ResourceNotFoundException")
        #expect(noTask?.message == "Task does not exist.")
    }
}
