import JSON
import Kernel

/// What a topic's owner sets, and what a topic says of itself.
/// https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html
extension Topic {
    private static let feedback: [String] = ["HTTP", "Firehose", "Lambda", "Application", "SQS"].flatMap {
        ["\($0)SuccessFeedbackRoleArn", "\($0)SuccessFeedbackSampleRate", "\($0)FailureFeedbackRoleArn"]
    }

    /// - Parameter isNew: whether it is being created: then it may become a FIFO topic.
    /// - Throws: `InvalidParameter`.
    mutating func set(_ name: String, to value: String, isNew: Bool) throws(AWSError) {
        func invalid(_ reason: String) -> AWSError { .invalidAttribute(reason, isNew: isNew) }
        switch name {
        case "FifoTopic":
            guard isNew else { throw .invalidParameter("AttributeName") }
            // That a topic is none is nothing to be kept.
            attributes[name] = try Self.flag(name, value, isNew) ? "true" : nil
        case "ContentBasedDeduplication":
            guard isFIFO else { throw invalid("Content-based deduplication can only be set for FIFO topics") }
            attributes[name] = try Self.flag(name, value, isNew) ? "true" : "false"
        case "FifoThroughputScope":
            guard isFIFO else { throw invalid("FifoThroughputScope can only be set for FIFO topics") }
            guard value == "Topic" || value == "MessageGroup" else { throw invalid("FifoThroughputScope: Invalid value [\(value)]. Must be Topic or MessageGroup") }
            attributes[name] = value
        case "ArchivePolicy": attributes[name] = try archivePolicy(value, isNew)
        case "DisplayName":
            guard value.unicodeScalars.count <= 100 else { throw invalid("DisplayName") }
            attributes[name] = value
        case "Policy":
            if !value.isEmpty { try TopicPolicy.check(value, isNew: isNew) }
            attributes[name] = value.isEmpty ? nil : value
        case "DeliveryPolicy": attributes[name] = try DeliveryPolicy.topic(value, isNew: isNew)
        case "KmsMasterKeyId":
            guard value.utf8.count <= 2048 else { throw invalid("KmsMasterKeyId") }
            attributes[name] = value.isEmpty ? nil : value
        case "SignatureVersion":
            guard value == "1" || value == "2" else { throw invalid("SignatureVersion") }
            attributes[name] = value
        case "TracingConfig":
            guard value == "PassThrough" || value == "Active" else { throw invalid("TracingConfig: Invalid value [\(value)]. Must be PassThrough or Active") }
            attributes[name] = value
        default:
            guard Self.feedback.contains(name) else { throw .invalidParameter(isNew ? "Attributes Reason: Unknown attribute \(name)" : "AttributeName") }
            attributes[name] = try Self.checkedFeedback(name, value, isNew)
        }
    }

    private static func flag(_ name: String, _ value: String, _ isNew: Bool) throws(AWSError) -> Bool {
        switch value.lowercased() {
        case "true": return true
        case "false": return false
        default: throw .invalidAttribute("\(name): Invalid value [\(value)]. Must be true or false.", isNew: isNew)
        }
    }

    /// Where deliveries are logged, and how many of them in a hundred. Nothing logs them.
    private static func checkedFeedback(_ name: String, _ value: String, _ isNew: Bool) throws(AWSError) -> String? {
        if name.hasSuffix("SampleRate") {
            guard let rate = Int(value), (0...100).contains(rate) else {
                throw .invalidAttribute("\(name): \(value) value provided is not an integer between 0-100", isNew: isNew)
            }
        } else if !value.isEmpty, !ARN.isRole(value) {
            throw .invalidAttribute("\(name): \(value) is not a valid role to allow SNS to write to Cloudwatch Logs", isNew: isNew)
        }
        return value.isEmpty ? nil : value
    }

    /// `{"MessageRetentionPeriod": "30"}`, in days; an empty object ends the archive.
    private func archivePolicy(_ value: String, _ isNew: Bool) throws(AWSError) -> String? {
        guard isFIFO else { throw .invalidAttribute("ArchivePolicy can only be set for FIFO topics", isNew: isNew) }
        guard !value.isEmpty else { return nil }
        guard let policy = (try? Document(json: value))?.object else { throw .invalidAttribute("ArchivePolicy: failed to parse JSON.", isNew: isNew) }
        guard !policy.isEmpty else { return nil }
        let period = policy["MessageRetentionPeriod"]
        guard policy.count == 1, let days = period?.string.flatMap({ Int($0) }) ?? period?.int, (1...365).contains(days) else {
            throw .invalidAttribute("ArchivePolicy: MessageRetentionPeriod must be an integer between 1 and 365", isNew: isNew)
        }
        return value
    }

    /// An archive that was begun knows since when it is.
    mutating func beginArchive(at now: Timestamp) {
        let isArchived = attributes["ArchivePolicy"] != nil
        attributes["BeginningArchiveTime"] = isArchived ? attributes["BeginningArchiveTime"] ?? now.iso8601Milliseconds : nil
    }

    /// As GetTopicAttributes answers it.
    func description(_ subscriptions: [Subscription]) -> Members {
        let confirmed = subscriptions.count { $0.isConfirmed }
        var members: Members = [
            "TopicArn": .string(arn.description), "Owner": .string(arn.account), "Policy": .string(policy),
            "DisplayName": .string(attributes["DisplayName"] ?? ""), "SubscriptionsConfirmed": .string("\(confirmed)"),
            "SubscriptionsPending": .string("\(subscriptions.count - confirmed)"), "SubscriptionsDeleted": .string("\(deletedSubscriptions)"),
            "EffectiveDeliveryPolicy": .string(DeliveryPolicy.effective(topic: attributes["DeliveryPolicy"]).jsonString()),
        ]
        for (name, value) in attributes.sorted(by: { $0.key < $1.key }) where members[name] == nil { members.append(name, .string(value)) }
        if isFIFO, attributes["ContentBasedDeduplication"] == nil { members.append("ContentBasedDeduplication", "false") }
        return members
    }

    /// Its own, or the one of every new topic.
    var policy: String { attributes["Policy"] ?? defaultPolicy }

    /// The owner may do everything.
    private var defaultPolicy: String {
        let actions = ["GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic", "Subscribe", "ListSubscriptionsByTopic", "Publish"]
        let policy: Document = [
            "Version": "2008-10-17", "Id": "__default_policy_ID",
            "Statement": [[
                "Sid": "__default_statement_ID", "Effect": "Allow", "Principal": ["AWS": "*"], "Action": .array(actions.map { .string("SNS:\($0)") }),
                "Resource": .string(arn.description), "Condition": ["StringEquals": ["AWS:SourceOwner": .string(arn.account)]],
            ]],
        ]
        return String(decoding: policy.json(), as: UTF8.self)
    }
}
