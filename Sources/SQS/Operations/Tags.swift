import JSON
import Kernel

@CloudActor let tagOperations: [OperationEntry<SQSService>] = [
    OperationEntry(TagQueue.self), OperationEntry(UntagQueue.self), OperationEntry(ListQueueTags.self),
]

/// Rules for a queue's tags.
/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-tags.html
enum QueueTags {
    static func check(_ tags: [String: String]) throws(AWSError) {
        guard tags.count <= 50 else { throw .invalidValue("Too many tags added for queue.") }
        for (key, value) in tags {
            guard (1...128).contains(key.unicodeScalars.count) else { throw .invalidValue("Tag keys must be between 1 and 128 characters in length.") }
            guard value.unicodeScalars.count <= 256 else { throw .invalidValue("Tag values must be between 0 and 256 characters in length.") }
            guard !key.lowercased().hasPrefix("aws:") else { throw .invalidValue("Tag keys and values can't start with aws:") }
        }
    }
}

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_TagQueue.html
enum TagQueue: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> (url: String, tags: [(key: String, value: String)]) {
        let url = try fields.queueURL()
        guard let tags = try fields.texts("Tags"), !tags.isEmpty else { throw .missingParameter("Tags") }
        return (url, tags)
    }

    static func run(_ input: (url: String, tags: [(key: String, value: String)]), on sqs: SQSService, _ call: Call) throws(AWSError) {
        try sqs.withQueue(sqs.find(input.url, call), at: call.now) { (queue) throws(AWSError) in
            var tags = queue.tags
            for (key, value) in input.tags { tags[key] = value }
            try QueueTags.check(tags)
            queue.tags = tags
            sqs.keep(queue)
        }
    }

    static func write(_ output: Void) -> Reply { .none }
}

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_UntagQueue.html
enum UntagQueue: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> (url: String, keys: [String]) {
        let url = try fields.queueURL()
        guard let keys = try fields.strings("TagKeys"), !keys.isEmpty else { throw .missingParameter("TagKeys") }
        return (url, keys)
    }

    static func run(_ input: (url: String, keys: [String]), on sqs: SQSService, _ call: Call) throws(AWSError) {
        try sqs.withQueue(sqs.find(input.url, call), at: call.now) { queue in
            for key in input.keys { queue.tags[key] = nil }
            sqs.keep(queue)
        }
    }

    static func write(_ output: Void) -> Reply { .none }
}

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueueTags.html
enum ListQueueTags: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> String { try fields.queueURL() }

    static func run(_ url: String, on sqs: SQSService, _ call: Call) throws(AWSError) -> [String: String] {
        sqs.state.queues[try sqs.find(url, call)]?.tags ?? [:]
    }

    static func write(_ tags: [String: String]) -> Reply {
        guard !tags.isEmpty else { return Reply() }
        return Reply(["Tags": .object(Members(tags.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: .string($0.value)) }))])
    }
}
