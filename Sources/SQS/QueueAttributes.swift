import JSON
import Kernel

/// What a queue's owner sets: each attribute with its bounds and its default.
/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
struct QueueAttributes: Sendable, Equatable {
    /// 0 to 900 seconds.
    var delay = Duration.zero
    /// 1,024 to 1,048,576 bytes.
    var maximumMessageSize = 1_048_576
    /// 60 seconds to 14 days.
    var messageRetentionPeriod = Duration.seconds(345_600)
    /// 0 to 20 seconds.
    var receiveMessageWaitTime = Duration.zero
    /// 0 seconds to 12 hours.
    var visibilityTimeout = Duration.seconds(30)
    var policy: String?
    var redrivePolicy: RedrivePolicy?
    var redriveAllowPolicy: RedriveAllowPolicy?
    var isFIFO = false
    var hasContentBasedDeduplication = false
    /// `queue` or `messageGroup`.
    var deduplicationScope: String?
    /// `perQueue` or `perMessageGroupId`.
    var fifoThroughputLimit: String?
    var kmsMasterKeyID: String?
    /// 60 seconds to 24 hours.
    var kmsDataKeyReusePeriod: Duration?
    var isEncryptedBySQS = true

    /// Every name that SetQueueAttributes takes.
    static let settable = [
        "Policy", "VisibilityTimeout", "MaximumMessageSize", "MessageRetentionPeriod", "DelaySeconds", "ReceiveMessageWaitTimeSeconds", "RedrivePolicy",
        "RedriveAllowPolicy", "FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit", "KmsMasterKeyId",
        "KmsDataKeyReusePeriodSeconds", "SqsManagedSseEnabled",
    ]

    /// Sets attributes, of which some go only together and others only alone.
    /// - Throws: `InvalidAttributeName`, `InvalidAttributeValue`, and what the policies among them break.
    mutating func set(_ pairs: [(key: String, value: String)]) throws(AWSError) {
        var usesSQS = false
        var usesKMS = false
        for (name, value) in pairs {
            try set(name, to: value)
            if name == "SqsManagedSseEnabled" { usesSQS = value.lowercased() == "true" }
            if name == "KmsMasterKeyId" { usesKMS = !value.isEmpty }
        }
        if usesSQS && usesKMS {
            throw .invalidAttributeName("You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.")
        }
        if fifoThroughputLimit == "perMessageGroupId", deduplicationScope != "messageGroup" {
            throw AWSError("InvalidAttributeValue", "The perMessageGroupId value is allowed only when the value for DeduplicationScope is messageGroup.")
        }
    }

    /// Sets one attribute.
    /// - Throws: `InvalidAttributeName`, `InvalidAttributeValue`.
    mutating func set(_ name: String, to value: String) throws(AWSError) {
        switch name {
        case "DelaySeconds": delay = try .seconds(Self.number(name, value, 0...900))
        case "MaximumMessageSize": maximumMessageSize = try Self.number(name, value, 1024...1_048_576)
        case "MessageRetentionPeriod": messageRetentionPeriod = try .seconds(Self.number(name, value, 60...1_209_600))
        case "ReceiveMessageWaitTimeSeconds": receiveMessageWaitTime = try .seconds(Self.number(name, value, 0...20))
        case "VisibilityTimeout": visibilityTimeout = try .seconds(Self.number(name, value, 0...43_200))
        case "KmsDataKeyReusePeriodSeconds": kmsDataKeyReusePeriod = try .seconds(Self.number(name, value, 60...86_400))
        case "Policy": try setPolicy(value)
        case "RedrivePolicy": redrivePolicy = value.isEmpty ? nil : try RedrivePolicy(value)
        case "RedriveAllowPolicy": redriveAllowPolicy = value.isEmpty ? nil : try RedriveAllowPolicy(value)
        case "KmsMasterKeyId":
            kmsMasterKeyID = value.isEmpty ? nil : value
            if kmsMasterKeyID != nil { isEncryptedBySQS = false }
        case "SqsManagedSseEnabled":
            isEncryptedBySQS = try Self.flag(name, value)
            if isEncryptedBySQS { kmsMasterKeyID = nil }
        default: try setForFIFO(name, to: value)
        }
    }

    private mutating func setForFIFO(_ name: String, to value: String) throws(AWSError) {
        switch name {
        case "FifoQueue":
            guard isFIFO else { throw .invalidAttributeName("Unknown Attribute FifoQueue.") }
            guard value.lowercased() == "true" else { throw .invalidAttributeValue(name, "Reason: Modifying queue type is not supported.") }
        case "ContentBasedDeduplication":
            guard isFIFO else { throw .invalidAttributeName("Unknown Attribute ContentBasedDeduplication.") }
            hasContentBasedDeduplication = try Self.flag(name, value)
        case "DeduplicationScope":
            guard isFIFO else { throw .invalidAttributeName("You can specify the DeduplicationScope only when FifoQueue is set to true.") }
            guard value == "queue" || value == "messageGroup" else { throw .invalidAttributeValue(name) }
            deduplicationScope = value
        case "FifoThroughputLimit":
            guard isFIFO else { throw .invalidAttributeName("You can specify the FifoThroughputLimit only when FifoQueue is set to true.") }
            guard value == "perQueue" || value == "perMessageGroupId" else { throw .invalidAttributeValue(name) }
            fifoThroughputLimit = value
        default: throw .invalidAttributeName("Unknown Attribute \(name).")
        }
    }

    private mutating func setPolicy(_ value: String) throws(AWSError) {
        if !value.isEmpty { _ = try QueuePolicy(value) }
        policy = value.isEmpty ? nil : value
    }

    private static func number(_ name: String, _ value: String, _ bounds: ClosedRange<Int>) throws(AWSError) -> Int {
        guard let number = Int(value), bounds.contains(number) else { throw .invalidAttributeValue(name) }
        return number
    }

    private static func flag(_ name: String, _ value: String) throws(AWSError) -> Bool {
        switch value.lowercased() {
        case "true": return true
        case "false": return false
        default: throw .invalidAttributeValue(name)
        }
    }

    /// An attribute as GetQueueAttributes answers it; `nil` where the queue has none.
    subscript(name: String) -> String? {
        switch name {
        case "DelaySeconds": delay.text
        case "MaximumMessageSize": "\(maximumMessageSize)"
        case "MessageRetentionPeriod": messageRetentionPeriod.text
        case "ReceiveMessageWaitTimeSeconds": receiveMessageWaitTime.text
        case "VisibilityTimeout": visibilityTimeout.text
        case "Policy": policy
        case "RedrivePolicy": redrivePolicy?.text
        case "RedriveAllowPolicy": redriveAllowPolicy?.text
        case "FifoQueue": isFIFO ? "true" : nil
        case "ContentBasedDeduplication": isFIFO ? "\(hasContentBasedDeduplication)" : nil
        case "DeduplicationScope": isFIFO ? deduplicationScope ?? "queue" : nil
        case "FifoThroughputLimit": isFIFO ? fifoThroughputLimit ?? "perQueue" : nil
        case "KmsMasterKeyId": kmsMasterKeyID
        case "KmsDataKeyReusePeriodSeconds": kmsMasterKeyID == nil ? nil : (kmsDataKeyReusePeriod ?? .seconds(300)).text
        case "SqsManagedSseEnabled": "\(isEncryptedBySQS)"
        default: nil
        }
    }

    /// The attributes as the journal keeps them.
    var document: Document {
        .object(Members(Self.settable.compactMap { name in self[name].map { .init(name: name, value: .string($0)) } }))
    }

    /// `nil` where an entry of the journal can't be read.
    init?(_ document: Document) {
        guard let members = document.object else { return nil }
        isFIFO = members["FifoQueue"] != nil
        do throws(AWSError) {
            // A policy was held against its rules when it was set.
            for member in members where member.name != "Policy" { try set(member.name, to: member.value.string ?? "") }
            policy = members["Policy"]?.string
        } catch {
            return nil
        }
    }

    init(isFIFO: Bool = false) { self.isFIFO = isFIFO }
}

extension Duration {
    /// In whole seconds.
    fileprivate var text: String { "\(components.seconds)" }
}
