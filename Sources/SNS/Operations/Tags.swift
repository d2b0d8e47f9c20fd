import JSON
import Kernel

@CloudActor let tagOperations: [OperationEntry<SNSService>] = [
    OperationEntry(TagResource.self), OperationEntry(UntagResource.self), OperationEntry(ListTagsForResource.self),
]

/// Rules for a topic's tags. https://docs.aws.amazon.com/sns/latest/dg/sns-tags.html
enum TopicTags {
    /// Tags with others set over them.
    static func merged(_ tags: [(key: String, value: String)], _ new: [(key: String, value: String)]) throws(AWSError) -> [(key: String, value: String)] {
        guard Set(new.map(\.key)).count == new.count else { throw .invalidParameter("Duplicated keys are not allowed.") }
        if new.contains(where: { $0.key.lowercased().hasPrefix("aws:") }) { throw .invalidParameter("Tags Reason: aws: prefixed tag key names are not allowed for external use.") }
        var tags = tags
        for tag in new {
            if let index = tags.firstIndex(where: { $0.key == tag.key }) { tags[index] = tag } else { tags.append(tag) }
        }
        guard tags.count <= 50 else { throw AWSError("TagLimitExceeded", "Could not complete request: tag quota of per resource exceeded") }
        return tags
    }
}

extension SNSService {
    /// The topic that has tags.
    /// - Throws: `ResourceNotFound`.
    fileprivate func tagged(_ arn: String, _ call: Call) throws(AWSError) -> Topic {
        do throws(AWSError) {
            return try topic(arn, parameter: "ResourceArn", call)
        } catch where error.code == "NotFound" {
            throw .resourceNotFound("Resource does not exist")
        }
    }
}

extension Fields {
    mutating func tags() throws(AWSError) -> [(key: String, value: String)]? {
        try structures("Tags") { (fields) throws(AWSError) in
            (key: try fields.requiredString("Key", .length(min: 1, max: 128)), value: try fields.requiredString("Value", .length(min: 0, max: 256)))
        }
    }

    fileprivate mutating func taggedARN() throws(AWSError) -> String { try requiredString("ResourceArn", .length(min: 1, max: 1011)) }
}

/// https://docs.aws.amazon.com/sns/latest/api/API_TagResource.html
enum TagResource: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> (arn: String, tags: [(key: String, value: String)]) {
        let arn = try fields.taggedARN()
        guard let tags = try fields.tags() else {
            fields.missing("Tags")
            return (arn, [])
        }
        return (arn, tags)
    }

    static func run(_ input: (arn: String, tags: [(key: String, value: String)]), on sns: SNSService, _ call: Call) throws(AWSError) {
        var topic = try sns.tagged(input.arn, call)
        topic.tags = try TopicTags.merged(topic.tags, input.tags)
        sns.keep(topic)
    }

    static func write(_ output: Void) -> Reply { Reply() }
}

/// Taking away what isn't there succeeds. https://docs.aws.amazon.com/sns/latest/api/API_UntagResource.html
enum UntagResource: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> (arn: String, keys: [String]) {
        let arn = try fields.taggedARN()
        return (arn, try fields.requiredStrings("TagKeys"))
    }

    static func run(_ input: (arn: String, keys: [String]), on sns: SNSService, _ call: Call) throws(AWSError) {
        var topic = try sns.tagged(input.arn, call)
        topic.tags.removeAll { input.keys.contains($0.key) }
        sns.keep(topic)
    }

    static func write(_ output: Void) -> Reply { Reply() }
}

/// https://docs.aws.amazon.com/sns/latest/api/API_ListTagsForResource.html
enum ListTagsForResource: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> String { try fields.taggedARN() }

    static func run(_ arn: String, on sns: SNSService, _ call: Call) throws(AWSError) -> [(key: String, value: String)] { try sns.tagged(arn, call).tags }

    static func write(_ tags: [(key: String, value: String)]) -> Reply {
        Reply(["Tags": .array(tags.map { ["Key": .string($0.key), "Value": .string($0.value)] })])
    }
}
