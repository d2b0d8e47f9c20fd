import JSON
import Kernel

/// A topic: its settings and its subscriptions.
struct Topic: Sendable {
    let arn: ARN
    /// What SetTopicAttributes took, by name, checked: `DisplayName`, `Policy`, `DeliveryPolicy`, `KmsMasterKeyId`, `SignatureVersion` ...
    var attributes: [String: String] = [:]
    var tags: [(key: String, value: String)] = []
    var dataProtectionPolicy: String?
    /// In the order in which they were made.
    var subscriptions: [SubscriptionID] = []
    /// Subscriptions that are gone, for `SubscriptionsDeleted`.
    var deletedSubscriptions = 0
    var deduplication = TopicDeduplication()
    /// What the latest message's sequence number was made of.
    var lastSequence: UInt64 = 0

    init(arn: ARN) { self.arn = arn }

    /// The number of a FIFO topic's next message: it goes with the time and never twice. Not consecutive, as at AWS.
    mutating func nextSequenceNumber(at now: Timestamp) -> String {
        lastSequence = max(lastSequence &+ 1, UInt64(clamping: now.microseconds))
        return "\(Self.sequenceBase + UInt128(lastSequence) * 256)"
    }

    /// What a sequence number was made of.
    static func sequence(_ number: String) -> UInt64? {
        UInt128(number).flatMap { $0 >= sequenceBase ? UInt64(clamping: ($0 - sequenceBase) / 256) : nil }
    }

    private static let sequenceBase: UInt128 = 10_000_000_000_000_000_000

    var name: String { arn.resource }
    var isFIFO: Bool { attributes["FifoTopic"] == "true" }
    /// `MessageGroup` with high throughput, else the whole topic.
    var deduplicatesInGroups: Bool { attributes["FifoThroughputScope"] == "MessageGroup" }
    var hasContentBasedDeduplication: Bool { attributes["ContentBasedDeduplication"] == "true" }
    var signatureVersion: String { attributes["SignatureVersion"] ?? "1" }
}

/// The part of a subscription's ARN behind its topic's: a UUID.
typealias SubscriptionID = String

/// Who gets what is published on a topic.
struct Subscription: Sendable {
    /// The protocols that Subscribe takes.
    enum DeliveryProtocol: String, Sendable, CaseIterable {
        case http, https, email, sms, sqs, lambda, firehose, application
        case emailJSON = "email-json"
    }

    let id: SubscriptionID
    let topic: ARN
    let deliveryProtocol: DeliveryProtocol
    /// An address, a number or an ARN.
    let endpoint: String
    /// The account that made it.
    let owner: String
    /// What confirms it; `nil` where it needed no confirmation.
    var token: String?
    var isConfirmed: Bool
    /// When the token was made, where that was after the subscription.
    var tokenMade: Timestamp?
    /// Whether the request that confirmed it was signed.
    var wasAuthenticated = true
    /// Whether only a signature of the owner ends it (`AuthenticateOnUnsubscribe`).
    var authenticatesUnsubscribe = false
    /// What SetSubscriptionAttributes took, by name, checked.
    var attributes: [String: String] = [:]
    var created: Timestamp

    var arn: String { "\(topic):\(id)" }
    var isRaw: Bool { attributes["RawMessageDelivery"]?.lowercased() == "true" }
}

/// A message as somebody published it: one for all subscriptions of a topic.
struct Publication: Sendable {
    var messageID: String
    /// The topic; the endpoint or phone number of a direct message is in the delivery.
    var topic: ARN
    var message: String
    var subject: String?
    /// With `MessageStructure` `json`: the text for each protocol, `default` among them.
    var perProtocol: [String: String]?
    /// In the order of their names.
    var attributes: [MessageAttribute]
    var groupID: String?
    var deduplicationID: String?
    var sequenceNumber: String?
    var published: Timestamp

    /// The text that a protocol gets.
    func text(for deliveryProtocol: Subscription.DeliveryProtocol) -> String {
        guard let perProtocol else { return message }
        return perProtocol[deliveryProtocol.rawValue] ?? perProtocol["default"] ?? message
    }
}

/// An attribute beside a published message.
/// https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html
struct MessageAttribute: Sendable, Equatable {
    var name: String
    /// `String`, `String.Array`, `Number`, `Binary`, or with a custom part.
    var dataType: String
    /// Of binary attributes the base 64 text.
    var value: String
    var isBinary: Bool { dataType.hasPrefix("Binary") }
}
