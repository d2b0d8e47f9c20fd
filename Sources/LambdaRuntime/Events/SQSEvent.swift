/// What Lambda gives a function that is mapped to a queue.
/// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
public struct SQSEvent: LambdaEvent {
    public struct Message: Sendable, Equatable {
        public var messageID: String
        public var receiptHandle: String
        public var body: String
        /// The queue's own attributes, all as text: `SenderId`, `SentTimestamp`, `MessageGroupId` ...
        public var attributes: [String: String]
        /// What the sender added.
        public var messageAttributes: [String: Attribute]
        public var md5OfBody: String
        public var md5OfMessageAttributes: String?
        /// The queue's ARN.
        public var eventSourceARN: String
        public var region: String

        /// How often the message was received, this time included.
        public var receiveCount: Int? { attributes["ApproximateReceiveCount"].flatMap { Int($0) } }
        /// When the message was sent: milliseconds since the epoch.
        public var sentMilliseconds: Int64? { attributes["SentTimestamp"].flatMap { Int64($0) } }
        /// FIFO queues.
        public var messageGroupID: String? { attributes["MessageGroupId"] }
        /// FIFO queues.
        public var deduplicationID: String? { attributes["MessageDeduplicationId"] }
        /// FIFO queues.
        public var sequenceNumber: String? { attributes["SequenceNumber"] }

        /// The body as JSON. `nil` where it is none.
        public var json: Document? { try? Document(json: body) }
    }

    /// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_MessageAttributeValue.html
    public struct Attribute: Sendable, Equatable {
        /// `String`, `Number`, `Binary`, or one of these with a label behind a dot.
        public var dataType: String
        public var stringValue: String?
        public var binaryValue: [UInt8]?

        public init(dataType: String, stringValue: String? = nil, binaryValue: [UInt8]? = nil) {
            self.dataType = dataType
            self.stringValue = stringValue
            self.binaryValue = binaryValue
        }
    }

    public var records: [Message]

    public init(event: Document) throws(LambdaError) {
        records = []
        for record in try EventFields(event).requiredObjects("Records") { records.append(try Message(record)) }
    }
}

extension SQSEvent.Message {
    fileprivate init(_ fields: EventFields) throws(LambdaError) {
        messageID = try fields.requiredString("messageId")
        receiptHandle = try fields.string("receiptHandle") ?? ""
        body = try fields.requiredString("body")
        attributes = try fields.stringMap("attributes")
        messageAttributes = [:]
        if let all = try fields.object("messageAttributes") {
            for member in all.members { messageAttributes[member.name] = try SQSEvent.Attribute(try all.requiredObject(member.name)) }
        }
        md5OfBody = try fields.string("md5OfBody") ?? ""
        md5OfMessageAttributes = try fields.string("md5OfMessageAttributes")
        eventSourceARN = try fields.string("eventSourceARN") ?? ""
        region = try fields.string("awsRegion") ?? ""
    }
}

extension SQSEvent.Attribute {
    fileprivate init(_ fields: EventFields) throws(LambdaError) {
        self.init(
            dataType: try fields.requiredString("dataType"), stringValue: try fields.string("stringValue"), binaryValue: try fields.bytes("binaryValue"))
    }
}
