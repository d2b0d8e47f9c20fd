import JSON
import Kernel

/// What a topic's owner sets, and what a topic says of itself.
/// https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html
extension Topic {
    private static let feedback: [String] = ["HTTP", "Firehose", "Lambda", "Application", "SQS"].flatMap {
        ["\($0)SuccessFeedbackRoleArn", "\($0)SuccessFeedbackSampleRate", "\($0)FailureFeedbackRoleArn"]
    }

    /// - Parameter isNew: whether it is being created: then it may become a FIFO topic.
    mutating func set(_ name: String, to value: String, isNew: Bool) throws(AWSError) {
        switch name {
        case "FifoTopic":
            guard isNew else { throw .invalidParameter("AttributeName") }
            attributes[name] = try Self.flag(name, value)
        case "ContentBasedDeduplication":
            guard isFIFO || (isNew && self.name.hasSuffix(".fifo")) else { throw .invalidParameter("Content-based deduplication can only be set for FIFO topics") }
            attributes[name] = try Self.flag(name, value)
        case "FifoThroughputScope":
            guard value == "Topic" || value == "MessageGroup" else { throw .invalidParameter("FifoThroughputScope") }
            attributes[name] = value
        case "DisplayName":
            guard value.unicodeScalars.count <= 100 else { throw .invalidParameter("DisplayName") }
            attributes[name] = value
        case "Policy", "DeliveryPolicy", "ArchivePolicy":
            guard value.isEmpty || (try? Document(json: value))?.object != nil else { throw .invalidParameter("\(name): failed to parse JSON.") }
            attributes[name] = value.isEmpty ? nil : value
        case "KmsMasterKeyId": attributes[name] = value.isEmpty ? nil : value
        case "SignatureVersion":
            guard value == "1" || value == "2" else { throw .invalidParameter("SignatureVersion") }
            attributes[name] = value
        case "TracingConfig":
            guard value == "PassThrough" || value == "Active" else { throw .invalidParameter("TracingConfig") }
            attributes[name] = value
        default:
            guard Self.feedback.contains(name) else { throw .invalidParameter("AttributeName") }
            attributes[name] = value
        }
    }

    private static func flag(_ name: String, _ value: String) throws(AWSError) -> String {
        switch value.lowercased() {
        case "true": return "true"
        case "false": return "false"
        default: throw .invalidParameter("\(name)")
        }
    }

    /// As GetTopicAttributes answers it.
    func description(_ subscriptions: [Subscription]) -> Members {
        let confirmed = subscriptions.count { $0.isConfirmed }
        var members: Members = [
            "TopicArn": .string(arn.description), "Owner": .string(arn.account), "Policy": .string(attributes["Policy"] ?? defaultPolicy),
            "DisplayName": .string(attributes["DisplayName"] ?? ""), "SubscriptionsConfirmed": .string("\(confirmed)"),
            "SubscriptionsPending": .string("\(subscriptions.count - confirmed)"), "SubscriptionsDeleted": .string("\(deletedSubscriptions)"),
            "EffectiveDeliveryPolicy": .string(attributes["DeliveryPolicy"] ?? Self.defaultDeliveryPolicy),
        ]
        for (name, value) in attributes.sorted(by: { $0.key < $1.key }) where members[name] == nil { members.append(name, .string(value)) }
        if isFIFO, attributes["ContentBasedDeduplication"] == nil { members.append("ContentBasedDeduplication", "false") }
        return members
    }

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

    static let defaultDeliveryPolicy = """
        {"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":20,"maxDelayTarget":20,"numRetries":3,"numMaxDelayRetries":0,"numNoDelayRetries":0,\
        "numMinDelayRetries":0,"backoffFunction":"linear"},"disableSubscriptionOverrides":false,"defaultRequestPolicy":{"headerContentType":"text/plain; charset=UTF-8"}}}
        """
}
