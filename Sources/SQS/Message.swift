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

    init(
        id: String, body: String, attributes: [MessageAttribute], traceHeader: String?, senderID: String, sent: Timestamp, groupID: String?,
        deduplicationID: String?, sequenceNumber: String?, md5OfBody: String, md5OfAttributes: String?, deadLetterSource: String? = nil
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
    }

    /// The same message on its way to another queue: as a dead letter, or back from there.
    func moved(from source: String?, sent: Timestamp, sequenceNumber: String?) -> SentMessage {
        SentMessage(
            id: id, body: body, attributes: attributes, traceHeader: traceHeader, senderID: senderID, sent: sent, groupID: groupID,
            deduplicationID: deduplicationID, sequenceNumber: sequenceNumber, md5OfBody: md5OfBody, md5OfAttributes: md5OfAttributes, deadLetterSource: source)
    }
}

/// A message in a queue: what was sent, and what has become of it there.
struct Message: Sendable {
    enum Place: Sendable, Equatable {
        case available
        case delayed(until: Timestamp)
        case inFlight(until: Timestamp)

        /// When it becomes available by itself.
        var end: Timestamp? {
            switch self {
            case .available: nil
            case .delayed(let end), .inFlight(let end): end
            }
        }
    }

    let sent: SentMessage
    var place: Place
    /// `ApproximateReceiveCount`.
    var receiveCount = 0
    var firstReceived: Timestamp?
    /// What tells the latest receipt from those before it.
    var receipt: UInt64 = 0
}
