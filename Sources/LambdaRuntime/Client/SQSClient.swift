import JSON
import Kernel

/// Queues. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/Welcome.html
public struct SQSClient: Sendable {
    let client: AWSClient

    /// A message to send.
    public struct Outgoing: Sendable {
        public var body: String
        public var attributes: [String: SQSEvent.Attribute]
        /// 0 to 900 seconds; the queue's own where it is `nil`.
        public var delaySeconds: Int?
        /// FIFO queues.
        public var groupID: String?
        /// FIFO queues without deduplication by content.
        public var deduplicationID: String?

        public init(
            _ body: String, attributes: [String: SQSEvent.Attribute] = [:], delaySeconds: Int? = nil, groupID: String? = nil, deduplicationID: String? = nil
        ) {
            self.body = body
            self.attributes = attributes
            self.delaySeconds = delaySeconds
            self.groupID = groupID
            self.deduplicationID = deduplicationID
        }

        fileprivate var members: Members {
            var members: Members = ["MessageBody": .string(body)]
            if let delaySeconds { members.append("DelaySeconds", .int(delaySeconds)) }
            if !attributes.isEmpty {
                members.append("MessageAttributes", .object(Members(attributes.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: $0.value.document) })))
            }
            if let groupID { members.append("MessageGroupId", .string(groupID)) }
            if let deduplicationID { members.append("MessageDeduplicationId", .string(deduplicationID)) }
            return members
        }
    }

    public struct Sent: Sendable, Equatable {
        public var messageID: String
        /// FIFO queues.
        public var sequenceNumber: String?
    }

    /// What became of one message of a batch.
    public enum BatchResult: Sendable, Equatable {
        case sent(Sent)
        case failed(code: String, message: String)
    }

    public struct Received: Sendable, Equatable {
        public var messageID: String
        public var receiptHandle: String
        public var body: String
        /// The queue's own, all as text.
        public var attributes: [String: String]
    }

    /// The address of a queue of that name in the caller's account.
    public func queueURL(_ name: String) async throws(AWSServiceError) -> String {
        try await client.call(.sqs, "GetQueueUrl", ["QueueName": .string(name)])["QueueUrl"]?.string ?? ""
    }

    @discardableResult
    public func send(_ message: Outgoing, to queueURL: String) async throws(AWSServiceError) -> Sent {
        var input: Members = ["QueueUrl": .string(queueURL)]
        for member in message.members { input.append(member.name, member.value) }
        return Self.sent(try await client.call(.sqs, "SendMessage", .object(input)))
    }

    /// Sends up to ten messages at once.
    /// - Returns: what became of each, in the messages' order.
    @discardableResult
    public func sendBatch(_ messages: [Outgoing], to queueURL: String) async throws(AWSServiceError) -> [BatchResult] {
        let entries = messages.enumerated().map { index, message in
            var entry: Members = ["Id": .string("m\(index)")]
            for member in message.members { entry.append(member.name, member.value) }
            return Document.object(entry)
        }
        let answer = try await client.call(.sqs, "SendMessageBatch", ["QueueUrl": .string(queueURL), "Entries": .array(entries)])
        var results: [String: BatchResult] = [:]
        for entry in answer["Successful"]?.array ?? [] { results[entry["Id"]?.string ?? ""] = .sent(Self.sent(entry)) }
        for entry in answer["Failed"]?.array ?? [] {
            results[entry["Id"]?.string ?? ""] = .failed(code: entry["Code"]?.string ?? "", message: entry["Message"]?.string ?? "")
        }
        return messages.indices.map { results["m\($0)"] ?? .failed(code: "UnreadableResponse", message: "The answer says nothing of this message.") }
    }

    /// - Parameters:
    ///   - maximum: 1 to 10 messages.
    ///   - waiting: how many seconds to wait for the first message, 0 to 20.
    ///   - visibilityTimeout: how many seconds nobody else sees the messages; the queue's own where it is `nil`.
    public func receive(_ queueURL: String, maximum: Int = 1, waiting: Int = 0, visibilityTimeout: Int? = nil) async throws(AWSServiceError) -> [Received] {
        var input: Members = [
            "QueueUrl": .string(queueURL), "MaxNumberOfMessages": .int(maximum), "WaitTimeSeconds": .int(waiting), "MessageSystemAttributeNames": ["All"],
        ]
        if let visibilityTimeout { input.append("VisibilityTimeout", .int(visibilityTimeout)) }
        let answer = try await client.call(.sqs, "ReceiveMessage", .object(input))
        return (answer["Messages"]?.array ?? []).map { message in
            Received(
                messageID: message["MessageId"]?.string ?? "", receiptHandle: message["ReceiptHandle"]?.string ?? "", body: message["Body"]?.string ?? "",
                attributes: message["Attributes"]?.textMembers ?? [:])
        }
    }

    public func delete(_ receiptHandle: String, from queueURL: String) async throws(AWSServiceError) {
        _ = try await client.call(.sqs, "DeleteMessage", ["QueueUrl": .string(queueURL), "ReceiptHandle": .string(receiptHandle)])
    }

    private static func sent(_ answer: Document) -> Sent {
        Sent(messageID: answer["MessageId"]?.string ?? "", sequenceNumber: answer["SequenceNumber"]?.string)
    }
}

extension SQSEvent.Attribute {
    fileprivate var document: Document {
        var members: Members = ["DataType": .string(dataType)]
        if let stringValue { members.append("StringValue", .string(stringValue)) }
        if let binaryValue { members.append("BinaryValue", .string(Base64.encode(binaryValue))) }
        return .object(members)
    }
}
