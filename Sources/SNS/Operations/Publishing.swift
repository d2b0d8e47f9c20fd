import Crypto
import JSON
import Kernel

@CloudActor let publishOperations: [OperationEntry<SNSService>] = [OperationEntry(Publish.self), OperationEntry(PublishBatch.self)]

/// What a publish is answered.
struct PublishReceipt {
    var messageID: String
    var sequenceNumber: String?

    var members: Members {
        var members: Members = ["MessageId": .string(messageID)]
        members["SequenceNumber"] = sequenceNumber.map { .string($0) }
        return members
    }
}

/// To a topic, to an application's endpoint, or to a phone number.
/// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
enum Publish: Operation {
    struct Input {
        var topic: String?
        var target: String?
        var phoneNumber: String?
        var request: PublishRequest
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let topic = try fields.string("TopicArn")
        let target = try fields.string("TargetArn")
        let phoneNumber = try fields.string("PhoneNumber")
        guard topic == nil || target == nil else { throw .invalidParameter("TopicArn or TargetArn Reason: both were specified") }
        guard topic != nil || target != nil || phoneNumber != nil else { throw .invalidParameter("TopicArn or TargetArn Reason: no value for required parameter") }
        return Input(topic: topic, target: target, phoneNumber: phoneNumber, request: try PublishRequest(&fields))
    }

    static func run(_ input: Input, on sns: SNSService, _ call: Call) throws(AWSError) -> PublishReceipt {
        try input.request.check()
        if let phoneNumber = input.phoneNumber { return try sns.text(input.request, to: phoneNumber, call) }
        if let target = input.target, ARN(target)?.resource.hasPrefix("endpoint/") == true { return try sns.push(input.request, to: target, call) }
        guard let topic = input.topic ?? input.target else { throw .invalidParameter("TopicArn or TargetArn Reason: no value for required parameter") }
        return try sns.publish(input.request, on: sns.topic(topic, parameter: input.topic == nil ? "TargetArn" : "TopicArn", call), call)
    }

    static func write(_ receipt: PublishReceipt) -> Reply { Reply(.object(receipt.members)) }
}

/// https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html
enum PublishBatch: Operation {
    struct Input {
        var topic: String
        var entries: [(id: String, request: PublishRequest)]
    }

    struct Output {
        var successful: [Document] = []
        var failed: [Document] = []
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let topic = try fields.required("TopicArn")
        let entries = try fields.structures("PublishBatchRequestEntries") { (fields) throws(AWSError) in
            (id: try fields.requiredString("Id"), request: try PublishRequest(&fields))
        }
        return Input(topic: topic, entries: entries ?? [])
    }

    static func run(_ input: Input, on sns: SNSService, _ call: Call) throws(AWSError) -> Output {
        let topic = try sns.topic(input.topic, call)
        try check(input.entries, on: topic)
        var output = Output()
        for (id, request) in input.entries {
            do throws(AWSError) {
                try request.check()
                let receipt = try sns.publish(request, on: sns.topic(input.topic, call), call)
                var members: Members = ["Id": .string(id)]
                for member in receipt.members { members.append(member.name, member.value) }
                output.successful.append(.object(members))
            } catch {
                output.failed.append([
                    "Id": .string(id), "Code": .string(error.code), "Message": .string(error.message ?? ""), "SenderFault": .bool(error.fault == .client),
                ])
            }
        }
        return output
    }

    /// What fails the whole batch.
    private static func check(_ entries: [(id: String, request: PublishRequest)], on topic: Topic) throws(AWSError) {
        guard !entries.isEmpty else { throw AWSError("EmptyBatchRequest", "The batch request doesn't contain any entries.") }
        guard entries.count <= 10 else { throw AWSError("TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible.") }
        for entry in entries where !isID(entry.id) {
            throw AWSError("InvalidBatchEntryId", "The Id of a batch entry in a batch request doesn't comply with specifications.")
        }
        guard Set(entries.map(\.id)).count == entries.count else {
            throw AWSError("BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id.")
        }
        guard entries.reduce(0, { $0 + $1.request.size }) <= PublishRequest.sizeLimit else {
            throw AWSError("BatchRequestTooLong", "The length of all the messages put together is more than the limit.")
        }
        for (_, request) in entries {
            _ = try request.perProtocol()
            try request.checkGrouping(on: topic)
        }
    }

    /// Letters, digits, hyphens and underscores, 80 at most.
    private static func isID(_ text: String) -> Bool {
        (1...80).contains(text.utf8.count)
            && text.utf8.allSatisfy { $0 &- 48 < 10 || ($0 | 0x20) &- 97 < 26 || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }
    }

    static func write(_ output: Output) -> Reply { Reply(["Successful": .array(output.successful), "Failed": .array(output.failed)]) }
}

extension SNSService {
    /// Publishes on a topic: every subscription that wants it has it, or a delivery of it, in this same commit.
    func publish(_ request: PublishRequest, on topic: Topic, _ call: Call) throws(AWSError) -> PublishReceipt {
        let perProtocol = try request.perProtocol()
        try request.checkGrouping(on: topic)
        var topic = topic
        var publication = Publication(
            messageID: "", topic: topic.arn, message: request.message, subject: request.subject, perProtocol: perProtocol, attributes: request.attributes,
            groupID: request.groupID, deduplicationID: request.deduplicationID, published: call.now)
        if topic.isFIFO {
            if let known = try deduplicate(&publication, &topic, at: call.now) { return PublishReceipt(messageID: known.messageID, sequenceNumber: known.sequenceNumber) }
        } else {
            publication.messageID = environment.random.uuid()
        }
        distribute(publication, on: topic, call)
        return PublishReceipt(messageID: publication.messageID, sequenceNumber: publication.sequenceNumber)
    }

    /// Gives a FIFO topic's message its ids; answers what the first one got where it comes again.
    private func deduplicate(_ publication: inout Publication, _ topic: inout Topic, at now: Timestamp) throws(AWSError) -> TopicDeduplication.Answer? {
        guard let group = publication.groupID else { throw .invalidParameter("The MessageGroupId parameter is required for FIFO topics") }
        let id = publication.deduplicationID ?? Hexadecimal.encode(SHA256.hash(publication.message))
        let key = topic.deduplicatesInGroups ? "\(group)\u{0}\(id)" : id
        let arn = topic.arn.description
        for old in topic.deduplication.forget(at: now) { environment.journal.delete(name, JournalKey.deduplication(arn, old)) }
        if let known = topic.deduplication.answer(key, at: now) { return known }
        let answer = TopicDeduplication.Answer(messageID: environment.random.uuid(), sequenceNumber: topic.nextSequenceNumber(at: now), taken: now)
        topic.deduplication.keep(answer, key)
        state.topics[arn] = topic
        environment.journal.put(name, JournalKey.deduplication(arn, key), answer.document.json())
        (publication.messageID, publication.sequenceNumber, publication.deduplicationID) = (answer.messageID, answer.sequenceNumber, id)
        return nil
    }

    /// A text message to a number.
    func text(_ request: PublishRequest, to number: String, _ call: Call) throws(AWSError) -> PublishReceipt {
        guard number.hasPrefix("+"), PhoneNumber.isValid(number) else { throw .invalidParameter("PhoneNumber Reason: \(number) is not valid to publish to") }
        if settings(call).optedOut.contains(PhoneNumber.plain(number)) { throw .invalidParameter("PhoneNumber Reason: \(number) is opted out") }
        let text = try request.perProtocol().flatMap { $0["sms"] ?? $0["default"] } ?? request.message
        let id = environment.random.uuid()
        putSMS(text, to: number, id: id, topic: nil, call)
        return PublishReceipt(messageID: id)
    }
}
