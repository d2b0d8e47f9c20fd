import JSON
import Kernel

@CloudActor let messageOperations: [OperationEntry<SQSService>] = [
    OperationEntry(SendMessage.self), OperationEntry(waiting: ReceiveMessage.self), OperationEntry(DeleteMessage.self), OperationEntry(ChangeMessageVisibility.self),
]

extension Fields {
    /// The queue URL that every operation on a queue has.
    mutating func queueURL() throws(AWSError) -> String {
        guard let url = try string("QueueUrl"), !url.isEmpty else { throw .missingParameter("QueueUrl") }
        return url
    }

    mutating func required(_ name: String) throws(AWSError) -> String {
        guard let value = try string(name) else { throw .missingParameter(name) }
        return value
    }

    /// A number of seconds within bounds.
    mutating func seconds(_ name: String, _ bounds: ClosedRange<Int>) throws(AWSError) -> Duration? {
        guard let value = try int(name) else { return nil }
        guard bounds.contains(value) else {
            throw .invalidValue("Value \(value) for parameter \(name) is invalid. Reason: Must be between \(bounds.lowerBound) and \(bounds.upperBound), if provided.")
        }
        return .seconds(value)
    }
}

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
enum SendMessage: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> (url: String, message: Outgoing) {
        let url = try fields.queueURL()
        guard let body = try fields.string("MessageBody") else { throw .missingParameter("MessageBody") }
        return (url, try Outgoing(body, &fields))
    }

    static func run(_ input: (url: String, message: Outgoing), on sqs: SQSService, _ call: Call) throws(AWSError) -> SendReceipt {
        try sqs.send(input.message, to: sqs.find(input.url, call), call)
    }

    static func write(_ receipt: SendReceipt) -> Reply { Reply(receipt) }
}

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
enum ReceiveMessage: WaitingOperation {
    struct Input: Sendable {
        var url: String
        var request: ReceiveRequest
        /// `nil` means the queue's.
        var wait: Duration?
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let url = try fields.queueURL()
        let limit = try fields.int("MaxNumberOfMessages") ?? 1
        guard (1...10).contains(limit) else {
            throw .invalidValue("Value \(limit) for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.")
        }
        let visibility = try fields.seconds("VisibilityTimeout", 0...43_200)
        let wait = try fields.seconds("WaitTimeSeconds", 0...20)
        let names = try fields.strings("AttributeNames") ?? []
        let request = ReceiveRequest(
            limit: limit, visibility: visibility, systemAttributes: try SystemAttributeSelection(names + (try fields.strings("MessageSystemAttributeNames") ?? [])),
            attributes: MessageAttributeSelection(try fields.strings("MessageAttributeNames") ?? []), attemptID: try fields.string("ReceiveRequestAttemptId"))
        return Input(url: url, request: request, wait: wait)
    }

    static func run(_ input: Input, on sqs: SQSService, _ call: Call) async throws(AWSError) -> [ReceivedMessage] {
        let name = try sqs.find(input.url, call)
        let wait = input.wait ?? sqs.state.queues[name]?.attributes.receiveMessageWaitTime ?? .zero
        return try await sqs.receive(input.request, from: name, waiting: wait, at: call.now)
    }

    static func write(_ messages: [ReceivedMessage]) -> Reply {
        guard !messages.isEmpty else { return Reply() }
        var answer = Answer()
        answer.append("Messages", messages)
        return Reply(answer)
    }
}

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html
enum DeleteMessage: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> (url: String, handle: String) {
        (try fields.queueURL(), try fields.required("ReceiptHandle"))
    }

    static func run(_ input: (url: String, handle: String), on sqs: SQSService, _ call: Call) throws(AWSError) {
        try sqs.delete(input.handle, from: sqs.find(input.url, call), at: call.now)
    }

    static func write(_ output: Void) -> Reply { Reply() }
}

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
enum ChangeMessageVisibility: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> (url: String, handle: String, timeout: Duration) {
        let url = try fields.queueURL()
        let handle = try fields.required("ReceiptHandle")
        guard let timeout = try fields.int("VisibilityTimeout") else { throw .missingParameter("VisibilityTimeout") }
        guard (0...43_200).contains(timeout) else {
            throw .invalidValue("Value \(timeout) for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and 43200.")
        }
        return (url, handle, .seconds(timeout))
    }

    static func run(_ input: (url: String, handle: String, timeout: Duration), on sqs: SQSService, _ call: Call) throws(AWSError) {
        try sqs.changeVisibility(input.handle, of: sqs.find(input.url, call), to: input.timeout, at: call.now)
    }

    static func write(_ output: Void) -> Reply { Reply() }
}
