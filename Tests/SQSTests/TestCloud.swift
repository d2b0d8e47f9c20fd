import JSON
import Kernel
import SQS

/// A cloud with nothing in it but SQS, at a time that stands still.
@CloudActor
final class TestCloud {
    let environment: Environment
    let sqs: SQSService

    init(store: (any JournalStore)? = nil) {
        environment = Environment(store: store, seed: 1)
        sqs = SQSService(environment)
        sqs.endsWaitsByMachineTime = false
        environment.add(sqs)
        environment.clock.freeze(at: Timestamp(seconds: 1_700_000_000))
    }

    @discardableResult
    func callAsFunction(_ operation: String, _ input: Document) async throws -> Document {
        try await environment.endpoint("sqs").call(operation, input, environment.call(in: Scope(account: "000000000000", region: "us-east-1"))).document
    }

    /// Returns when so many receives wait.
    func untilReceiving(_ count: Int = 1) async { while sqs.waitingReceives < count { await Task.yield() } }

    /// A new queue.
    /// - Returns: its URL.
    func queue(_ name: String, _ attributes: Document = [:]) async throws -> String {
        try await self("CreateQueue", ["QueueName": .string(name), "Attributes": attributes])["QueueUrl"]?.string ?? ""
    }

    /// A new FIFO queue with content-based deduplication.
    func fifoQueue(_ name: String, _ attributes: Members = [:]) async throws -> String {
        var members: Members = ["FifoQueue": "true", "ContentBasedDeduplication": "true"]
        for member in attributes { members.append(member.name, member.value) }
        return try await queue(name, .object(members))
    }

    /// What a caller is answered where it isn't served.
    func refusal(_ operation: String, _ input: Document) async throws -> AWSError? {
        do {
            try await self(operation, input)
            return nil
        } catch let error as AWSError {
            return error
        }
    }

    @discardableResult
    func send(_ body: String, to url: String, group: String? = nil, deduplication: String? = nil, delay: Int? = nil) async throws -> Document {
        var members: Members = ["QueueUrl": .string(url), "MessageBody": .string(body)]
        members["MessageGroupId"] = group.map { .string($0) }
        members["MessageDeduplicationId"] = deduplication.map { .string($0) }
        members["DelaySeconds"] = delay.map { .int($0) }
        return try await self("SendMessage", .object(members))
    }

    func receive(_ url: String, _ limit: Int = 10, visibility: Int? = nil, attempt: String? = nil) async throws -> [Document] {
        var members: Members = ["QueueUrl": .string(url), "MaxNumberOfMessages": .int(limit), "MessageSystemAttributeNames": ["All"]]
        members["VisibilityTimeout"] = visibility.map { .int($0) }
        members["ReceiveRequestAttemptId"] = attempt.map { .string($0) }
        return try await self("ReceiveMessage", .object(members))["Messages"]?.array ?? []
    }

    func bodies(_ url: String, _ limit: Int = 10, visibility: Int? = nil) async throws -> [String] {
        try await receive(url, limit, visibility: visibility).map(\.body)
    }

    func delete(_ message: Document, from url: String) async throws {
        try await self("DeleteMessage", ["QueueUrl": .string(url), "ReceiptHandle": message["ReceiptHandle"] ?? ""])
    }

    func changeVisibility(_ message: Document, of url: String, to seconds: Int) async throws {
        try await self("ChangeMessageVisibility", ["QueueUrl": .string(url), "ReceiptHandle": message["ReceiptHandle"] ?? "", "VisibilityTimeout": .int(seconds)])
    }

    func attribute(_ name: String, of url: String) async throws -> String? {
        try await self("GetQueueAttributes", ["QueueUrl": .string(url), "AttributeNames": ["All"]])["Attributes"]?[name]?.string
    }

    /// How many messages are available, in flight and delayed.
    func counts(_ url: String) async throws -> [Int] {
        let attributes = try await self("GetQueueAttributes", ["QueueUrl": .string(url), "AttributeNames": ["All"]])["Attributes"]
        return ["", "NotVisible", "Delayed"].map { attributes?["ApproximateNumberOfMessages\($0)"]?.string.flatMap { Int($0) } ?? -1 }
    }

    func advance(by duration: Duration) { environment.advance(to: environment.clock.now + duration) }

    // MARK: Dead letters

    func redrivePolicy(_ target: String, _ count: Int) -> Document {
        .string("{\"deadLetterTargetArn\":\"\(arn(target))\",\"maxReceiveCount\":\(count)}")
    }

    func arn(_ name: String) -> String { "arn:aws:sqs:us-east-1:000000000000:\(name)" }

    /// Starts a task that moves a queue's messages back.
    /// - Returns: its handle.
    func move(_ source: String, to destination: String? = nil, rate: Int? = nil) async throws -> String {
        var members: Members = ["SourceArn": .string(arn(source))]
        members["DestinationArn"] = destination.map { .string(arn($0)) }
        members["MaxNumberOfMessagesPerSecond"] = rate.map { .int($0) }
        return try await self("StartMessageMoveTask", .object(members))["TaskHandle"]?.string ?? ""
    }

    func moveTasks(_ source: String) async throws -> [Document] {
        try await self("ListMessageMoveTasks", ["SourceArn": .string(arn(source)), "MaxResults": 10])["Results"]?.array ?? []
    }
}

extension Document {
    var body: String { self["Body"]?.string ?? "" }

    /// A system attribute of a message.
    func attribute(_ name: String) -> String? { self["Attributes"]?[name]?.string }
}
