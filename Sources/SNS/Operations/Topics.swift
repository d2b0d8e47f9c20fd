import JSON
import Kernel

@CloudActor let topicOperations: [OperationEntry<SNSService>] = [
    OperationEntry(CreateTopic.self), OperationEntry(DeleteTopic.self), OperationEntry(ListTopics.self), OperationEntry(GetTopicAttributes.self),
    OperationEntry(SetTopicAttributes.self),
]

extension Fields {
    /// A member that must be there and not be empty.
    mutating func required(_ name: String) throws(AWSError) -> String {
        let value = try requiredString(name)
        try check()
        return value
    }

    /// The page that a list begins with: what stands behind that name.
    mutating func pageStart(_ name: String = "NextToken") throws(AWSError) -> String? {
        guard let token = try string(name), !token.isEmpty else { return nil }
        guard let bytes = try? Base64.decode(token), !bytes.isEmpty else { throw .invalidParameter("\(name)") }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// A page of at most a hundred of a list, in the order of their names.
struct Page<Element> {
    var elements: [Element]
    var next: String?

    /// - Parameters:
    ///   - all: in the order of their names.
    ///   - after: the name behind which the page begins.
    ///   - limit: the most elements of a page.
    init(_ all: [Element], after: String?, limit: Int = 100, name: (Element) -> String) {
        let rest = after.map { after in all.filter { name($0) > after } } ?? all
        elements = Array(rest.prefix(limit))
        next = elements.count < rest.count ? elements.last.map { Base64.encode(name($0).utf8) } : nil
    }

    func reply(_ name: String, token: String = "NextToken", _ document: (Element) -> Document) -> Reply {
        var members: Members = [name: .array(elements.map(document))]
        members[token] = next.map { .string($0) }
        return Reply(.object(members))
    }
}

/// Creating a topic that is there with the same attributes answers its ARN.
/// https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
enum CreateTopic: Operation {
    struct Input {
        var name: String
        var attributes: [(key: String, value: String)]
        var tags: [(key: String, value: String)]
        var dataProtectionPolicy: String?
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let name = try fields.required("Name")
        let attributes = try fields.stringMap("Attributes") ?? []
        return Input(name: name, attributes: attributes, tags: try fields.tags() ?? [], dataProtectionPolicy: try fields.string("DataProtectionPolicy"))
    }

    static func run(_ input: Input, on sns: SNSService, _ call: Call) throws(AWSError) -> String {
        let isFIFO = input.attributes.contains { $0.key == "FifoTopic" && $0.value.lowercased() == "true" }
        try checkName(input.name, isFIFO: isFIFO)
        var topic = Topic(arn: ARN("sns", input.name, in: call.scope))
        // Others depend on it.
        for (key, value) in input.attributes where key == "FifoTopic" { try topic.set(key, to: value, isNew: true) }
        for (key, value) in input.attributes where key != "FifoTopic" { try topic.set(key, to: value, isNew: true) }
        topic.tags = try TopicTags.merged([], input.tags)
        if let policy = input.dataProtectionPolicy { topic.dataProtectionPolicy = try DataProtectionPolicy.check(policy) }
        if let known = sns.state.topics[topic.arn.description] {
            for (key, _) in input.attributes where known.attributes[key] != topic.attributes[key] {
                throw .invalidParameter("Attributes Reason: Topic already exists with different attributes")
            }
            guard input.tags.allSatisfy({ tag in known.tags.contains { $0 == tag } }) else {
                throw .invalidParameter("Tags Reason: Topic already exists with different tags")
            }
            return known.arn.description
        }
        topic.beginArchive(at: call.now)
        sns.keep(topic)
        return topic.arn.description
    }

    static func write(_ arn: String) -> Reply { Reply(["TopicArn": .string(arn)]) }

    /// Letters, digits, hyphens and underscores, at most 256; a FIFO topic's ends with `.fifo`.
    private static func checkName(_ name: String, isFIFO: Bool) throws(AWSError) {
        let stem = isFIFO && name.hasSuffix(".fifo") ? name.utf8.dropLast(5) : name.utf8[...]
        let isPlain = !stem.isEmpty && name.utf8.count <= 256
            && stem.allSatisfy { $0 &- 48 < 10 || ($0 | 0x20) &- 97 < 26 || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }
        guard isPlain, !isFIFO || name.hasSuffix(".fifo") else {
            throw .invalidParameter(isFIFO
                ? "Fifo Topic names must end with .fifo and must be made up of only uppercase and lowercase ASCII letters, numbers, underscores, and hyphens, and must be between 1 and 256 characters long."
                : "Topic Name")
        }
    }
}

/// Deleting what isn't there succeeds. https://docs.aws.amazon.com/sns/latest/api/API_DeleteTopic.html
enum DeleteTopic: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> String { try fields.required("TopicArn") }

    static func run(_ arn: String, on sns: SNSService, _ call: Call) throws(AWSError) {
        do throws(AWSError) {
            let topic = try sns.topic(arn, call)
            guard topic.attributes["ArchivePolicy"] == nil else {
                throw AWSError("InvalidState", "Invalid state: Cannot delete a topic with an ArchivePolicy")
            }
            sns.remove(topic)
        } catch where error.code == "NotFound" {}
    }

    static func write(_ output: Void) -> Reply { Reply() }
}

/// https://docs.aws.amazon.com/sns/latest/api/API_ListTopics.html
enum ListTopics: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> String? { try fields.pageStart() }

    static func run(_ after: String?, on sns: SNSService, _ call: Call) throws(AWSError) -> Page<String> {
        Page(sns.state.topics.values.filter { $0.arn.scope == call.scope }.map(\.arn.description).sorted(), after: after) { $0 }
    }

    static func write(_ page: Page<String>) -> Reply { page.reply("Topics") { ["TopicArn": .string($0)] } }
}

/// https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html
enum GetTopicAttributes: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> String { try fields.required("TopicArn") }

    static func run(_ arn: String, on sns: SNSService, _ call: Call) throws(AWSError) -> Members {
        let topic = try sns.topic(arn, call)
        return topic.description(sns.subscriptions(of: topic))
    }

    static func write(_ attributes: Members) -> Reply { Reply(["Attributes": .object(attributes)]) }
}

/// https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html
enum SetTopicAttributes: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> (arn: String, name: String, value: String) {
        (try fields.required("TopicArn"), try fields.required("AttributeName"), try fields.string("AttributeValue") ?? "")
    }

    static func run(_ input: (arn: String, name: String, value: String), on sns: SNSService, _ call: Call) throws(AWSError) {
        var topic = try sns.topic(input.arn, call)
        try topic.set(input.name, to: input.value, isNew: false)
        topic.beginArchive(at: call.now)
        sns.keep(topic)
    }

    static func write(_ output: Void) -> Reply { Reply() }
}
