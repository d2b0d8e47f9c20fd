import Kernel

/// A message as it was sent: nothing of this changes while it lies in a queue. Queues and their snapshots share it.
final class SentMessage: Sendable {
    /// A UUID.
    let id: String
    let body: String
    /// In the order of their names.
    let attributes: [MessageAttribute]
    /// The system attribute `AWSTraceHeader`.
    let traceHeader: String?
    let senderID: String
    let sent: Timestamp
    let groupID: String?
    let deduplicationID: String?
    /// Of FIFO queues only: twenty digits.
    let sequenceNumber: String?
    let md5OfBody: String
    /// `nil` without attributes.
    let md5OfAttributes: String?
    /// The ARN of the queue that it was a dead letter of.
    let deadLetterSource: String?
    /// So often was it received in the queues that it was in before.
    let earlierReceives: Int

    init(
        id: String, body: String, attributes: [MessageAttribute], traceHeader: String?, senderID: String, sent: Timestamp, groupID: String?,
        deduplicationID: String?, sequenceNumber: String?, md5OfBody: String, md5OfAttributes: String?, deadLetterSource: String? = nil, earlierReceives: Int = 0
    ) {
        self.id = id
        self.body = body
        self.attributes = attributes
        self.traceHeader = traceHeader
        self.senderID = senderID
        self.sent = sent
        self.groupID = groupID
        self.deduplicationID = deduplicationID
        self.sequenceNumber = sequenceNumber
        self.md5OfBody = md5OfBody
        self.md5OfAttributes = md5OfAttributes
        self.deadLetterSource = deadLetterSource
        self.earlierReceives = earlierReceives
    }

    /// The same message as a dead letter of a queue. Where it lies from now on in a FIFO queue, which counts its age from now, its own id takes the place of its
    /// deduplication id.
    /// - Parameter sequenceNumber: of the FIFO queue that it goes to; `nil` for a standard queue.
    func deadLetter(of source: ARN, receives: Int, sequenceNumber: String?, at now: Timestamp) -> SentMessage {
        SentMessage(
            id: id, body: body, attributes: attributes, traceHeader: traceHeader, senderID: senderID, sent: sequenceNumber == nil ? sent : now, groupID: groupID,
            deduplicationID: sequenceNumber == nil ? deduplicationID : id, sequenceNumber: sequenceNumber, md5OfBody: md5OfBody,
            md5OfAttributes: md5OfAttributes, deadLetterSource: source.description, earlierReceives: earlierReceives + receives)
    }

    /// What a move task makes of a dead letter: a new message with an id and an age of its own.
    func redriven(id: String, sequenceNumber: String?, at now: Timestamp) -> SentMessage {
        SentMessage(
            id: id, body: body, attributes: attributes, traceHeader: traceHeader, senderID: senderID, sent: now, groupID: groupID,
            deduplicationID: deduplicationID, sequenceNumber: sequenceNumber, md5OfBody: md5OfBody, md5OfAttributes: md5OfAttributes)
    }

    /// Tells its receipt handles from those of a message that had its number before it.
    var tag: UInt32 { id.utf8.reduce(2_166_136_261) { ($0 ^ UInt32($1)) &* 16_777_619 } }
}

/// A message in a queue: what was sent, and what has become of it there.
struct Message: Sendable {
    enum Place: Sendable, Equatable {
        case available
        case delayed(until: Timestamp)
        case inFlight(until: Timestamp)

        var isInFlight: Bool { if case .inFlight = self { true } else { false } }
    }

    let sent: SentMessage
    var place: Place
    /// So often was it received from this queue; the number of the latest receive.
    var receiveCount = 0
    var firstReceived: Timestamp?
    var lastReceived: Timestamp?

    /// `ApproximateReceiveCount`: across all queues.
    var receivesInAll: Int { sent.earlierReceives + receiveCount }
}
