import JSON
import Kernel

@CloudActor let messageOperations: [OperationEntry<SQSService>] = [
    OperationEntry(SendMessage.self), OperationEntry(waiting: ReceiveMessage.self), OperationEntry(DeleteMessage.self), OperationEntry(ChangeMessageVisibility.self),
]

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
enum SendMessage: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> (url: String, message: Outgoing) {
        let url = try fields.queueURL()
        return (url, try Outgoing(fields.string("MessageBody") ?? "", &fields))
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
        let limit = try fields.number("MaxNumberOfMessages", 1...10, "Must be between 1 and 10, if provided.") ?? 1
        let visibility = try fields.number("VisibilityTimeout", 0...43_200, "Must be >= 0 and <= 43200, if provided.").map { Duration.seconds($0) }
        let wait = try fields.number("WaitTimeSeconds", 0...20, "Must be >= 0 and <= 20, if provided.").map { Duration.seconds($0) }
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

    static func write(_ output: Void) -> Reply { .none }
}

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
enum ChangeMessageVisibility: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> (url: String, handle: String, timeout: Duration) {
        let url = try fields.queueURL()
        let handle = try fields.required("ReceiptHandle")
        guard let timeout = try fields.number("VisibilityTimeout", 0...43_200, "Must be between 0 and 43200.") else { throw .missingParameter("VisibilityTimeout") }
        return (url, handle, .seconds(timeout))
    }

    static func run(_ input: (url: String, handle: String, timeout: Duration), on sqs: SQSService, _ call: Call) throws(AWSError) {
        try sqs.changeVisibility(input.handle, of: sqs.find(input.url, call), to: input.timeout, at: call.now)
    }

    static func write(_ output: Void) -> Reply { .none }
}
