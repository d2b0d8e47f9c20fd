import Crypto
import JSON
import Kernel

/// A message that somebody sends, as it was read from a request.
struct Outgoing: Sendable {
    var body: String
    /// In the order of their names.
    var attributes: [MessageAttribute]
    var traceHeader: String?
    var delay: Duration?
    var deduplicationID: String?
    var groupID: String?

    /// Bytes of body and attributes.
    var size: Int { attributes.reduce(body.utf8.count) { $0 + $1.size } }
}

/// What a send is answered.
struct SendReceipt: JSONWritable {
    var messageID: String
    var md5OfBody: String
    var md5OfAttributes: String?
    var md5OfSystemAttributes: String?
    var sequenceNumber: String?

    var document: Document { .object(members) }

    func write(to json: inout JSONWriter) {
        json.write(raw: "{\"MD5OfMessageBody\":")
        json.write(string: md5OfBody)
        if let md5OfAttributes { Self.write(",\"MD5OfMessageAttributes\":", md5OfAttributes, to: &json) }
        if let md5OfSystemAttributes { Self.write(",\"MD5OfMessageSystemAttributes\":", md5OfSystemAttributes, to: &json) }
        Self.write(",\"MessageId\":", messageID, to: &json)
        if let sequenceNumber { Self.write(",\"SequenceNumber\":", sequenceNumber, to: &json) }
        json.write(raw: "}")
    }

    private static func write(_ name: StaticString, _ value: String, to json: inout JSONWriter) {
        json.write(raw: name)
        json.write(string: value)
    }

    /// In the order of the query protocol's members.
    var members: Members {
        var members: Members = ["MD5OfMessageBody": .string(md5OfBody)]
        members["MD5OfMessageAttributes"] = md5OfAttributes.map { .string($0) }
        members["MD5OfMessageSystemAttributes"] = md5OfSystemAttributes.map { .string($0) }
        members.append("MessageId", .string(messageID))
        members["SequenceNumber"] = sequenceNumber.map { .string($0) }
        return members
    }
}

extension SQSService {
    /// Puts a message into a queue.
    func send(_ outgoing: Outgoing, to name: QueueName, _ call: Call) throws(AWSError) -> SendReceipt {
        let now = call.now
        let receipt = try withQueue(name, at: now) { (queue) throws(AWSError) in
            try queue.check(outgoing)
            let md5OfBody = Hexadecimal.encode(MD5.hash(outgoing.body))
            var receipt = SendReceipt(
                messageID: "", md5OfBody: md5OfBody, md5OfAttributes: outgoing.attributes.md5, md5OfSystemAttributes: outgoing.systemAttributes.md5)
            let deduplication = queue.isFIFO ? outgoing.deduplicationID ?? SHA256.hexadecimal(outgoing.body) : nil
            if let deduplication, let known = forgetAndFind(deduplication, outgoing, &queue, now) {
                receipt.messageID = known.messageID
                receipt.sequenceNumber = known.sequenceNumber
                return receipt
            }
            receipt.messageID = environment.random.uuid()
            receipt.sequenceNumber = queue.isFIFO ? queue.nextSequenceNumber(at: now) : nil
            let sent = SentMessage(
                id: receipt.messageID, body: outgoing.body, attributes: outgoing.attributes, traceHeader: outgoing.traceHeader ?? call.trace.carried, senderID: senderID(call), sent: now,
                groupID: outgoing.groupID, deduplicationID: deduplication, sequenceNumber: receipt.sequenceNumber, md5OfBody: md5OfBody,
                md5OfAttributes: receipt.md5OfAttributes)
            let order = queue.put(sent, delay: outgoing.delay ?? queue.attributes.delay, at: now)
            keep(order, of: queue)
            if let deduplication, let sequence = receipt.sequenceNumber {
                let answer = TakenMessage(messageID: receipt.messageID, sequenceNumber: sequence)
                let key = queue.deduplicationKey(deduplication, outgoing.groupID)
                queue.taken.keep(answer, key, since: now)
                keep(answer, key, now, of: queue.id)
            }
            return receipt
        }
        serve(name, at: now)
        return receipt
    }

    private func forgetAndFind(_ deduplication: String, _ outgoing: Outgoing, _ queue: inout Queue, _ now: Timestamp) -> TakenMessage? {
        for key in queue.taken.forget(at: now) { environment.journal.delete(name, JournalKey.deduplication(queue.id, key)) }
        return queue.taken.value(queue.deduplicationKey(deduplication, outgoing.groupID), at: now)
    }

    /// `SenderId`: at AWS the unique id of the user or role, which for the account's own user is the account.
    private func senderID(_ call: Call) -> String { call.accessKeyID.map { $0.hasPrefix("AKIA") || $0.hasPrefix("ASIA") ? $0 : call.account } ?? call.account }
}

extension Outgoing {
    /// Those that a sender may set.
    var systemAttributes: [MessageAttribute] {
        traceHeader.map { [MessageAttribute(name: "AWSTraceHeader", dataType: "String", value: .string($0))] } ?? []
    }
}

extension TraceID {
    /// What a message that a function sends tells of the trace, without being asked to.
    fileprivate var carried: String? { lineage == nil ? nil : header }
}

extension AWSError {
    fileprivate static func wrongQueueType(_ value: String, _ name: String) -> AWSError {
        .invalidValue("Value \(value) for parameter \(name) is invalid. Reason: The request include parameter that is not valid for this queue type.")
    }
}

extension Queue {
    /// Holds a message against the queue's own rules.
    func check(_ outgoing: Outgoing) throws(AWSError) {
        guard outgoing.size <= attributes.maximumMessageSize else {
            throw .invalidValue("One or more parameters are invalid. Reason: Message must be shorter than \(attributes.maximumMessageSize) bytes.")
        }
        guard isFIFO else {
            if let id = outgoing.deduplicationID { throw .wrongQueueType(id, "MessageDeduplicationId") }
            return
        }
        guard outgoing.groupID != nil else { throw .missingParameter("MessageGroupId") }
        guard outgoing.deduplicationID != nil || attributes.hasContentBasedDeduplication else {
            throw .invalidValue("The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly")
        }
        if let delay = outgoing.delay { throw .wrongQueueType("\(delay.components.seconds)", "DelaySeconds") }
    }

    /// A deduplication id means something in the whole queue, or with high throughput in a group.
    func deduplicationKey(_ id: String, _ group: String?) -> String {
        attributes.deduplicationScope == "messageGroup" ? "\(group ?? "")\u{0}\(id)" : id
    }

    /// Twenty digits, greater than those before, also after a restart: they go with the time. Not consecutive, as at AWS.
    mutating func nextSequenceNumber(at now: Timestamp) -> String {
        lastSequence = max(lastSequence &+ 1, UInt64(clamping: now.microseconds))
        return "\(Self.sequenceBase + UInt128(lastSequence) * 256)"
    }

    /// Numbers go on behind one that was there before a restart.
    mutating func passed(_ sequenceNumber: String) {
        guard let number = UInt128(sequenceNumber), number > Self.sequenceBase else { return }
        lastSequence = max(lastSequence, UInt64(clamping: (number - Self.sequenceBase) / 256))
    }

    private static let sequenceBase: UInt128 = 18_400_000_000_000_000_000
}

extension SHA256 {
    static func hexadecimal(_ text: String) -> String { Hexadecimal.encode(hash(text)) }
}
