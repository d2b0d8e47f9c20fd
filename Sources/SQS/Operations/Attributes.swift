import JSON
import Kernel

@CloudActor let attributeOperations: [OperationEntry<SQSService>] = [
    OperationEntry(GetQueueAttributes.self), OperationEntry(SetQueueAttributes.self), OperationEntry(ListDeadLetterSourceQueues.self),
]

extension Queue {
    /// Every attribute that GetQueueAttributes can be asked for.
    static let attributeNames = [
        "QueueArn", "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed", "CreatedTimestamp",
        "LastModifiedTimestamp", "VisibilityTimeout", "MaximumMessageSize", "MessageRetentionPeriod", "DelaySeconds", "ReceiveMessageWaitTimeSeconds", "Policy",
        "RedrivePolicy", "RedriveAllowPolicy", "FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit", "KmsMasterKeyId",
        "KmsDataKeyReusePeriodSeconds", "SqsManagedSseEnabled",
    ]

    /// An attribute; `nil` where the queue has none.
    subscript(attribute name: String) -> String? {
        switch name {
        case "QueueArn": arn.description
        case "ApproximateNumberOfMessages": "\(availableCount)"
        case "ApproximateNumberOfMessagesNotVisible": "\(inFlightCount)"
        case "ApproximateNumberOfMessagesDelayed": "\(delayedCount)"
        case "CreatedTimestamp": "\(created.seconds)"
        case "LastModifiedTimestamp": "\(modified.seconds)"
        default: attributes[name]
        }
    }
}

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html
enum GetQueueAttributes: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> (url: String, names: [String]) {
        (try fields.queueURL(), try fields.strings("AttributeNames") ?? [])
    }

    static func run(_ input: (url: String, names: [String]), on sqs: SQSService, _ call: Call) throws(AWSError) -> Members {
        let name = try sqs.find(input.url, call)
        for attribute in input.names where attribute != "All" && !Queue.attributeNames.contains(attribute) {
            throw .invalidAttributeName("Unknown Attribute \(attribute).")
        }
        let isAll = input.names.contains("All")
        return try sqs.withQueue(name, at: call.now) { queue in
            var members = Members()
            for attribute in Queue.attributeNames where isAll || input.names.contains(attribute) {
                if let value = queue[attribute: attribute] { members.append(attribute, .string(value)) }
            }
            return members
        }
    }

    static func write(_ attributes: Members) -> Reply { attributes.isEmpty ? Reply() : Reply(["Attributes": .object(attributes)]) }
}

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
enum SetQueueAttributes: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> (url: String, attributes: [(key: String, value: String)]) {
        let url = try fields.queueURL()
        guard let attributes = try fields.texts("Attributes"), !attributes.isEmpty else { throw .missingParameter("Attribute.Name") }
        return (url, attributes)
    }

    static func run(_ input: (url: String, attributes: [(key: String, value: String)]), on sqs: SQSService, _ call: Call) throws(AWSError) {
        let name = try sqs.find(input.url, call)
        guard var attributes = sqs.state.queues[name]?.attributes else { throw .queueDoesNotExist }
        try attributes.set(input.attributes)
        try sqs.checkRedrive(attributes, of: name)
        let delay = sqs.state.queues[name]?.attributes.delay
        try sqs.withQueue(name, at: call.now) { queue in
            queue.attributes = attributes
            queue.modified = call.now
            sqs.keep(queue)
            guard delay != attributes.delay else { return }
            for order in queue.delayChanged(at: call.now) { sqs.keepPlace(order, of: queue) }
        }
        sqs.serve(name, at: call.now)
    }

    static func write(_ output: Void) -> Reply { .none }
}

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListDeadLetterSourceQueues.html
enum ListDeadLetterSourceQueues: Operation {
    struct Input {
        var url: String
        var after: String?
        var limit: Int?
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let url = try fields.queueURL()
        let limit = try fields.pageLimit()
        return Input(url: url, after: try fields.pageStart(), limit: limit)
    }

    static func run(_ input: Input, on sqs: SQSService, _ call: Call) throws(AWSError) -> (urls: [String], next: String?) {
        let arn = ARN("sqs", try sqs.find(input.url, call).name, in: call.scope).description
        var sources = sqs.state.queues.values.filter { $0.attributes.redrivePolicy?.deadLetterTargetARN == arn }.map(\.name).sorted()
        if let after = input.after { sources = sources.filter { $0.name > after } }
        let page = sources.prefix(input.limit ?? 1000)
        let next = input.limit != nil && page.count < sources.count ? page.last.map { PageToken.text($0.name) } : nil
        return (page.map { $0.url(call) }, next)
    }

    /// The other member that begins with a small letter.
    static func write(_ page: (urls: [String], next: String?)) -> Reply {
        var members: Members = ["queueUrls": .array(page.urls.map { .string($0) })]
        members["NextToken"] = page.next.map { .string($0) }
        return Reply(.object(members))
    }
}
