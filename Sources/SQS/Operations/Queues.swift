import JSON
import Kernel

@CloudActor let queueOperations: [OperationEntry<SQSService>] = [
    OperationEntry(CreateQueue.self), OperationEntry(GetQueueUrl.self), OperationEntry(ListQueues.self), OperationEntry(DeleteQueue.self),
    OperationEntry(PurgeQueue.self),
]

extension QueueName {
    /// The address at which the caller reaches the queue: by the host that it used itself.
    func url(_ call: Call) -> String { "\(call.baseURL)/\(scope.account)/\(name)" }

    /// Letters, digits, hyphens and underscores, at most eighty; a FIFO queue's ends with `.fifo`.
    static func check(_ name: String, isFIFO: Bool) throws(AWSError) {
        let isLong = name.utf8.count > 80 || name.isEmpty
        let stem = isFIFO && name.hasSuffix(".fifo") ? name.utf8.dropLast(5) : name.utf8[...]
        let isPlain = stem.allSatisfy(\.isNameByte)
        if isFIFO {
            guard !isLong, isPlain, !stem.isEmpty, name.hasSuffix(".fifo") else {
                throw .invalidValue("The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.")
            }
        } else {
            guard !isLong, isPlain else { throw .invalidValue("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length") }
        }
    }
}

/// Creating a queue that is there with the same attributes answers its URL.
/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
enum CreateQueue: Operation {
    struct Input {
        var name: String
        var attributes: [(key: String, value: String)]
        var tags: [String: String]
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let name = try fields.queueName()
        let attributes = try fields.texts("Attributes") ?? []
        // The one member that begins with a small letter, in JSON.
        let tags = try fields.texts(fields.hasOnlyText ? "Tags" : "tags") ?? []
        return Input(name: name, attributes: attributes, tags: Dictionary(tags.map { ($0.key, $0.value) }) { _, last in last })
    }

    static func run(_ input: Input, on sqs: SQSService, _ call: Call) throws(AWSError) -> String {
        let isFIFO = input.attributes.contains { $0.key == "FifoQueue" && $0.value.lowercased() == "true" }
        guard !input.name.isEmpty else { throw .invalidValue("Queue name cannot be empty") }
        try QueueName.check(input.name, isFIFO: isFIFO)
        try QueueTags.check(input.tags)
        let name = QueueName(input.name, in: call.scope)
        var attributes = QueueAttributes(isFIFO: isFIFO)
        try attributes.set(input.attributes)
        if let queue = sqs.state.queues[name] {
            for (key, _) in input.attributes where queue.attributes[key] != attributes[key] {
                throw AWSError("QueueNameExists", "A queue already exists with the same name and a different value for attribute \(key)")
            }
            return name.url(call)
        }
        try sqs.checkDeleted(name, at: call.now)
        try sqs.checkRedrive(attributes, of: name)
        sqs.create(name, attributes, tags: input.tags, at: call.now)
        return name.url(call)
    }

    static func write(_ url: String) -> Reply { Reply(["QueueUrl": .string(url)]) }
}

extension SQSService {
    /// A name is free again a minute after its queue was deleted, where the option says so.
    func checkDeleted(_ name: QueueName, at now: Timestamp) throws(AWSError) {
        guard let deleted = state.deleted[name] else { return }
        guard keepsDeletedNames, deleted + .seconds(60) > now else {
            forgetDeleted(name)
            return
        }
        throw AWSError("QueueDeletedRecently", "You must wait 60 seconds after deleting a queue before you can create another with the same name.")
    }

    /// A dead-letter queue must be there, in the same account and region and of the same kind, and want this source.
    func checkRedrive(_ attributes: QueueAttributes, of name: QueueName) throws(AWSError) {
        guard let policy = attributes.redrivePolicy, let target = QueueName(arn: policy.deadLetterTargetARN) else { return }
        func invalid(_ reason: String) -> AWSError { .invalidRedrivePolicy(policy.given, reason) }
        guard target.name.hasSuffix(".fifo") == attributes.isFIFO else { throw invalid("Dead-letter queue must be same type of queue as the source.") }
        guard target.scope == name.scope, target == name || state.queues[target] != nil else { throw invalid("Dead letter target does not exist.") }
        let allowed = target == name ? attributes.redriveAllowPolicy : state.queues[target]?.attributes.redriveAllowPolicy
        guard allowed?.allows(ARN("sqs", name.name, in: name.scope)) != false else {
            throw invalid("Queue does not have permission to use \(policy.deadLetterTargetARN) as a dead letter queue")
        }
    }
}

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueUrl.html
enum GetQueueUrl: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> (name: String, owner: String?) {
        let name = try fields.queueName()
        guard !name.isEmpty else { throw .missingQueueName }
        return (name, try fields.string("QueueOwnerAWSAccountId"))
    }

    static func run(_ input: (name: String, owner: String?), on sqs: SQSService, _ call: Call) throws(AWSError) -> String {
        let name = QueueName(input.name, in: Scope(account: input.owner ?? call.account, region: call.region))
        guard sqs.state.queues[name] != nil else { throw .queueDoesNotExist }
        return name.url(call)
    }

    static func write(_ url: String) -> Reply { Reply(["QueueUrl": .string(url)]) }
}

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueues.html
enum ListQueues: Operation {
    struct Input {
        var prefix: String
        var after: String?
        /// At most this many on a page; without it up to 1,000 and no token.
        var limit: Int?
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let limit = try fields.pageLimit()
        return Input(prefix: try fields.string("QueueNamePrefix") ?? "", after: try fields.pageStart(), limit: limit)
    }

    static func run(_ input: Input, on sqs: SQSService, _ call: Call) throws(AWSError) -> (urls: [String], next: String?) {
        var names = sqs.state.queues.keys.filter { $0.scope == call.scope && $0.name.utf8.starts(with: input.prefix.utf8) }.map(\.name).sorted()
        if let after = input.after { names = names.filter { $0 > after } }
        let page = names.prefix(input.limit ?? 1000)
        let next = input.limit != nil && page.count < names.count ? page.last.map { PageToken.text($0) } : nil
        return (page.map { QueueName($0, in: call.scope).url(call) }, next)
    }

    static func write(_ page: (urls: [String], next: String?)) -> Reply {
        var members = Members()
        if !page.urls.isEmpty { members.append("QueueUrls", .array(page.urls.map { .string($0) })) }
        members["NextToken"] = page.next.map { .string($0) }
        return Reply(.object(members))
    }
}

extension Fields {
    /// `MaxResults`, 1 to 1,000.
    mutating func pageLimit() throws(AWSError) -> Int? {
        guard let limit = try number("MaxResults") else { return nil }
        guard (1...1000).contains(limit) else {
            throw .invalidValue("Value for parameter MaxResults is invalid. Reason: MaxResults must be an integer between 1 and 1000.")
        }
        return limit
    }

    /// What the `NextToken` of the page before says.
    mutating func pageStart() throws(AWSError) -> String? {
        guard let token = try string("NextToken"), !token.isEmpty else { return nil }
        guard let last = PageToken.last(token) else { throw .invalidValue("Invalid or expired next token.") }
        return last
    }

    fileprivate mutating func queueName() throws(AWSError) -> String {
        guard let name = try string("QueueName") else { throw .missingQueueName }
        return name
    }
}

extension AWSError {
    fileprivate static let missingQueueName = AWSError.invalidValue("Value for parameter QueueName is invalid. Reason: Must specify a queue name.")
}

/// What the next page begins behind.
enum PageToken {
    private static let mark = "queue/"

    static func text(_ last: String) -> String { Base64.encode((mark + last).utf8) }

    /// `nil` where no page ended with it.
    static func last(_ token: String) -> String? {
        guard let bytes = try? Base64.decode(token), bytes.starts(with: mark.utf8) else { return nil }
        return String(decoding: bytes.dropFirst(mark.utf8.count), as: UTF8.self)
    }
}

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteQueue.html
enum DeleteQueue: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> String { try fields.queueURL() }
    static func run(_ url: String, on sqs: SQSService, _ call: Call) throws(AWSError) { sqs.delete(try sqs.find(url, call), at: call.now) }
    static func write(_ output: Void) -> Reply { .none }
}

/// Once a minute. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_PurgeQueue.html
enum PurgeQueue: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> String { try fields.queueURL() }

    static func run(_ url: String, on sqs: SQSService, _ call: Call) throws(AWSError) {
        let name = try sqs.find(url, call)
        try sqs.withQueue(name, at: call.now) { (queue) throws(AWSError) in
            if let last = queue.lastPurge, last + .seconds(60) > call.now {
                throw AWSError("PurgeQueueInProgress", "Only one PurgeQueue operation on \(name.name) is allowed every 60 seconds.", status: 403)
            }
            queue.lastPurge = call.now
            queue.removeAll()
            sqs.environment.journal.deletePrefix(sqs.name, JournalKey.attempts(of: queue.id))
            sqs.environment.journal.deletePrefix(sqs.name, JournalKey.messages(of: queue.id))
            sqs.keep(queue)
        }
    }

    static func write(_ output: Void) -> Reply { .none }
}
