/// What SNS gives a function that is subscribed to a topic. AWS sends one record at a time.
/// https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
public struct SNSEvent: LambdaEvent {
    public struct Record: Sendable, Equatable {
        public var subscriptionARN: String
        public var message: Message
    }

    public struct Message: Sendable, Equatable {
        public var messageID: String
        public var topicARN: String
        /// `nil` where the message was published without one.
        public var subject: String?
        public var message: String
        /// `2019-01-02T12:45:07.000Z`
        public var timestamp: String
        /// `Notification`
        public var type: String
        public var attributes: [String: Attribute]
        public var signatureVersion: String
        public var signature: String
        public var signingCertURL: String
        public var unsubscribeURL: String

        /// The message as JSON. `nil` where it is none.
        public var json: Document? { try? Document(json: message) }
    }

    public struct Attribute: Sendable, Equatable {
        /// `String`, `String.Array`, `Number`, `Binary` (base64).
        public var type: String
        public var value: String

        public init(type: String, value: String) {
            self.type = type
            self.value = value
        }
    }

    public var records: [Record]

    public init(event: Document) throws(LambdaError) {
        records = []
        for record in try EventFields(event).requiredObjects("Records") {
            let message = try Message(try record.requiredObject("Sns"))
            records.append(Record(subscriptionARN: try record.string("EventSubscriptionArn") ?? "", message: message))
        }
    }
}

extension SNSEvent.Message {
    fileprivate init(_ fields: EventFields) throws(LambdaError) {
        messageID = try fields.requiredString("MessageId")
        topicARN = try fields.requiredString("TopicArn")
        subject = try fields.string("Subject")
        message = try fields.requiredString("Message")
        timestamp = try fields.string("Timestamp") ?? ""
        type = try fields.string("Type") ?? "Notification"
        attributes = [:]
        if let all = try fields.object("MessageAttributes") {
            for member in all.members {
                let attribute = try all.requiredObject(member.name)
                attributes[member.name] = SNSEvent.Attribute(type: try attribute.requiredString("Type"), value: try attribute.requiredString("Value"))
            }
        }
        signatureVersion = try fields.string("SignatureVersion") ?? ""
        signature = try fields.string("Signature") ?? ""
        signingCertURL = try fields.string("SigningCertUrl") ?? ""
        unsubscribeURL = try fields.string("UnsubscribeUrl") ?? ""
    }
}
