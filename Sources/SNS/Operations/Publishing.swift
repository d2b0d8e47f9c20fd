import Crypto
import JSON
import Kernel

@CloudActor let publishOperations: [OperationEntry<SNSService>] = [OperationEntry(Publish.self), OperationEntry(PublishBatch.self)]

/// What somebody wants to publish.
struct PublishRequest {
    var message: String
    var subject: String?
    var structure: String?
    var attributes: [MessageAttribute]
    var groupID: String?
    var deduplicationID: String?

    /// Bytes of message and attributes.
    var size: Int { attributes.reduce(message.utf8.count) { $0 + $1.name.utf8.count + $1.dataType.utf8.count + $1.value.utf8.count } }

    /// 256 KiB, of a whole batch too.
    static let sizeLimit = 262_144

    init(_ fields: inout Fields) throws(AWSError) {
        message = try fields.requiredString("Message")
        try fields.check()
        subject = try fields.string("Subject")
        structure = try fields.string("MessageStructure")
        attributes = try fields.messageAttributes()
        groupID = try fields.string("MessageGroupId")
        deduplicationID = try fields.string("MessageDeduplicationId")
    }

    /// With `json`, the text for each protocol; any other structure means nothing.
    func perProtocol() throws(AWSError) -> [String: String]? {
        guard structure == "json" else { return nil }
        guard let members = (try? Document(json: message))?.object else { throw .invalidParameter("Message Structure - JSON message body failed to parse") }
        var texts: [String: String] = [:]
        // What isn't text is left out.
        for member in members { texts[member.name] = member.value.string }
        guard texts["default"] != nil else { throw .invalidParameter("Message Structure - No default entry in JSON message body") }
        return texts
    }

    func check() throws(AWSError) {
        guard !message.isEmpty else { throw .invalidParameter("Empty message") }
        guard size <= Self.sizeLimit else { throw .invalidParameter("Message too long") }
        if let subject {
            // One line of printable text.
            guard (1...100).contains(subject.unicodeScalars.count), subject.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) else {
                throw .invalidParameter("Subject")
            }
        }
    }
}

extension Fields {
    /// In the order of their names.
    fileprivate mutating func messageAttributes() throws(AWSError) -> [MessageAttribute] {
        guard let members = try object("MessageAttributes") else { return [] }
        var attributes: [MessageAttribute] = []
        for member in members {
            guard let value = member.value.object else { throw .invalidParameter("The message attribute '\(member.name)' must contain non-empty message attribute value.") }
            attributes.append(try nested(value, "") { (fields) throws(AWSError) in try MessageAttribute(member.name, &fields) })
        }
        return attributes.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }
}

extension MessageAttribute {
    /// - Throws: `ParameterValueInvalid` in AWS's words.
    fileprivate init(_ name: String, _ fields: inout Fields) throws(AWSError) {
        func invalid(_ message: String) -> AWSError { AWSError("ParameterValueInvalid", message) }
        guard let dataType = try fields.string("DataType"), !dataType.isEmpty else {
            throw invalid("The message attribute '\(name)' must contain non-empty message attribute type.")
        }
        guard ["String", "Number", "Binary"].contains(where: { dataType == $0 || dataType.hasPrefix("\($0).") }) else {
            throw invalid("The message attribute '\(name)' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.")
        }
        let isBinary = dataType.hasPrefix("Binary")
        guard let value = try fields.string(isBinary ? "BinaryValue" : "StringValue"), !value.isEmpty else {
            throw invalid("The message attribute '\(name)' must contain non-empty message attribute value for message attribute type '\(dataType)'.")
        }
        if dataType.hasPrefix("Number"), Double(value) == nil { throw invalid("Could not cast message attribute '\(name)' value to number.") }
        if isBinary, (try? Base64.decode(value)) == nil { throw .serialization("Unable to decode the base64 data of BinaryValue") }
        self.init(name: name, dataType: dataType, value: value)
    }
}

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
        var phoneNumber: String?
        var request: PublishRequest
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let topic = try fields.string("TopicArn")
        let target = try fields.string("TargetArn")
        let phoneNumber = try fields.string("PhoneNumber")
        guard topic == nil || target == nil else { throw .invalidParameter("TopicArn or TargetArn Reason: both were specified") }
        guard topic != nil || target != nil || phoneNumber != nil else { throw .invalidParameter("TopicArn or TargetArn Reason: no value for required parameter") }
        return Input(topic: topic ?? target, phoneNumber: phoneNumber, request: try PublishRequest(&fields))
    }

    static func run(_ input: Input, on sns: SNSService, _ call: Call) throws(AWSError) -> PublishReceipt {
        try input.request.check()
        if let phoneNumber = input.phoneNumber { return try sns.text(input.request, to: phoneNumber, call) }
        guard let target = input.topic else { throw .invalidParameter("TopicArn or TargetArn Reason: no value for required parameter") }
        return try sns.publish(input.request, on: sns.topic(target, parameter: "TopicArn"), call)
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
        _ = try sns.topic(input.topic)
        guard !input.entries.isEmpty else { throw AWSError("EmptyBatchRequest", "The batch request doesn't contain any entries.") }
        guard input.entries.count <= 10 else { throw AWSError("TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible.") }
        guard Set(input.entries.map(\.id)).count == input.entries.count else {
            throw AWSError("BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id.")
        }
        guard input.entries.reduce(0, { $0 + $1.request.size }) <= PublishRequest.sizeLimit else {
            throw AWSError("BatchRequestTooLong", "The length of all the messages put together is more than the limit.")
        }
        var output = Output()
        for (id, request) in input.entries {
            do throws(AWSError) {
                try request.check()
                let receipt = try sns.publish(request, on: sns.topic(input.topic), call)
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

    static func write(_ output: Output) -> Reply { Reply(["Successful": .array(output.successful), "Failed": .array(output.failed)]) }
}

extension SNSService {
    /// Publishes on a topic: every subscription that wants it has it, or a delivery of it, in this same commit.
    func publish(_ request: PublishRequest, on topic: Topic, _ call: Call) throws(AWSError) -> PublishReceipt {
        let perProtocol = try request.perProtocol()
        var topic = topic
        var publication = Publication(
            messageID: "", topic: topic.arn, message: request.message, subject: request.subject, perProtocol: perProtocol, attributes: request.attributes,
            groupID: request.groupID, deduplicationID: request.deduplicationID, published: call.now)
        if topic.isFIFO {
            if let known = try deduplicate(&publication, &topic, at: call.now) { return PublishReceipt(messageID: known.messageID, sequenceNumber: known.sequenceNumber) }
        } else {
            guard request.deduplicationID == nil else {
                throw .invalidParameter("MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type")
            }
            publication.messageID = environment.random.uuid()
        }
        distribute(publication, on: topic, call)
        return PublishReceipt(messageID: publication.messageID, sequenceNumber: publication.sequenceNumber)
    }

    /// Gives a FIFO topic's message its ids; answers what the first one got where it comes again.
    private func deduplicate(_ publication: inout Publication, _ topic: inout Topic, at now: Timestamp) throws(AWSError) -> TopicDeduplication.Answer? {
        guard let group = publication.groupID else { throw .invalidParameter("The MessageGroupId parameter is required for FIFO topics") }
        guard publication.deduplicationID != nil || topic.hasContentBasedDeduplication else {
            throw .invalidParameter("The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly")
        }
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
        let digits = number.utf8.filter { $0 &- 48 < 10 }
        guard number.hasPrefix("+"), (5...15).contains(digits.count), number.utf8.dropFirst().allSatisfy({ $0 &- 48 < 10 || "-(). ".utf8.contains($0) }) else {
            throw .invalidParameter("PhoneNumber Reason: \(number) is not valid to publish to")
        }
        let text = try request.perProtocol().flatMap { $0["sms"] ?? $0["default"] } ?? request.message
        let id = environment.random.uuid()
        putSMS(text, to: number, id: id, topic: nil, call)
        return PublishReceipt(messageID: id)
    }
}
