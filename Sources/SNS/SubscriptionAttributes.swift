import EventPatterns
import JSON
import Kernel

/// What a subscription's owner sets, and what it says of itself.
/// https://docs.aws.amazon.com/sns/latest/api/API_SetSubscriptionAttributes.html
extension Subscription {
    /// - Throws: `InvalidParameter`.
    mutating func set(_ name: String, to value: String, isNew: Bool) throws(AWSError) {
        func invalid(_ reason: String) -> AWSError { .invalidAttribute(reason, isNew: isNew) }
        switch name {
        case "RawMessageDelivery":
            guard ["true", "false"].contains(value.lowercased()) else { throw invalid("RawMessageDelivery: Invalid value [\(value)]. Must be true or false.") }
            guard [.sqs, .http, .https, .firehose].contains(deliveryProtocol) || value.lowercased() == "false" else {
                throw invalid("Delivery protocol [\(deliveryProtocol.rawValue)] does not support raw message delivery.")
            }
            attributes[name] = value.lowercased()
        case "FilterPolicy":
            attributes[name] = try Self.compile(value, attributes["FilterPolicyScope"], isNew) == nil ? nil : value
        case "FilterPolicyScope":
            guard let scope = FilterPolicy.Scope(rawValue: value) else {
                throw invalid("FilterPolicyScope: Invalid value [\(value)]. Please use either MessageBody or MessageAttributes")
            }
            if let policy = attributes["FilterPolicy"] { _ = try Self.compile(policy, scope.rawValue, isNew) }
            attributes[name] = value
        case "RedrivePolicy": attributes[name] = try checkedRedrivePolicy(value, isNew)
        case "DeliveryPolicy":
            guard value.isEmpty || deliveryProtocol == .http || deliveryProtocol == .https else {
                throw invalid("Delivery protocol [\(deliveryProtocol.rawValue)] does not support delivery policies.")
            }
            attributes[name] = try DeliveryPolicy.subscription(value, isNew: isNew)
        case "ReplayPolicy": attributes[name] = try checkedReplayPolicy(value, isNew)
        case "SubscriptionRoleArn":
            guard deliveryProtocol == .firehose else { throw invalid("SubscriptionRoleArn: Delivery protocol [\(deliveryProtocol.rawValue)] does not support a role.") }
            guard ARN.isRole(value) else { throw invalid("SubscriptionRoleArn: \(value) is not a valid role ARN") }
            attributes[name] = value
        default: throw .invalidParameter(isNew ? "Attributes Reason: Unknown attribute: \(name)" : "AttributeName")
        }
    }

    /// Whether another subscription of the same endpoint says the same of an attribute. What isn't said is the default.
    func agrees(with other: Subscription, on name: String) -> Bool {
        switch name {
        case "RawMessageDelivery": isRaw == other.isRaw
        case "FilterPolicyScope": attributes[name] ?? "MessageAttributes" == other.attributes[name] ?? "MessageAttributes"
        default: attributes[name] == other.attributes[name]
        }
    }

    private static func compile(_ text: String, _ scope: String?, _ isNew: Bool) throws(AWSError) -> FilterPolicy? {
        do throws(EventPatternError) {
            return try FilterPolicy.compile(text, scope: scope.flatMap { FilterPolicy.Scope(rawValue: $0) } ?? .messageAttributes)
        } catch {
            throw error.answer(subscribing: isNew)
        }
    }

    private func checkedRedrivePolicy(_ value: String, _ isNew: Bool) throws(AWSError) -> String? {
        func invalid(_ reason: String) -> AWSError { .invalidAttribute("RedrivePolicy: \(reason)", isNew: isNew) }
        guard !value.isEmpty else { return nil }
        guard let policy = (try? Document(json: value))?.object else { throw invalid(Self.parseFailure(value)) }
        guard !policy.isEmpty else { return nil }
        for member in policy where member.name != "deadLetterTargetArn" { throw invalid("invalid JSON. Attribute \(member.name) is unknown.") }
        guard let target = policy["deadLetterTargetArn"]?.string.flatMap({ ARN($0) }), target.service == "sqs", target.region == topic.region else {
            throw invalid("deadLetterTargetArn is an invalid arn")
        }
        if topic.resource.hasSuffix(".fifo"), endpoint.hasSuffix(".fifo"), !target.resource.hasSuffix(".fifo") {
            throw invalid("must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.")
        }
        if !endpoint.hasSuffix(".fifo"), target.resource.hasSuffix(".fifo") { throw invalid("must use a standard queue as DLQ for a standard Subscription.") }
        return value
    }

    /// What the parser says of a text that is no JSON. It reads redrive policies from a stream, where it reads filter policies from a string.
    private static func parseFailure(_ text: String) -> String {
        do throws(EventPatternError) {
            _ = try FilterPolicy.compile(text, scope: .messageAttributes)
            return "failed to parse JSON."
        } catch {
            var reason = error.reason
            guard let start = reason.firstRange(of: "(String)\""), let end = reason.ranges(of: "\"; line: ").last, start.lowerBound < end.upperBound else { return reason }
            reason.replaceSubrange(start.lowerBound..<end.upperBound, with: "java.io.StringReader@469cc9aa; line: ")
            return reason
        }
    }

    /// `{"PointType": "Timestamp", "StartingPoint": ..., "EndingPoint": ...}`: kept; nothing is replayed.
    private func checkedReplayPolicy(_ value: String, _ isNew: Bool) throws(AWSError) -> String? {
        func invalid(_ reason: String) -> AWSError { .invalidAttribute("ReplayPolicy: \(reason)", isNew: isNew) }
        guard topic.resource.hasSuffix(".fifo") else { throw .invalidAttribute("ReplayPolicy can only be set for subscriptions to FIFO topics", isNew: isNew) }
        guard !value.isEmpty else { return nil }
        guard let policy = (try? Document(json: value))?.object else { throw invalid("failed to parse JSON.") }
        guard !policy.isEmpty else { return nil }
        for member in policy where !["PointType", "StartingPoint", "EndingPoint"].contains(member.name) { throw invalid("invalid JSON. Attribute \(member.name) is unknown.") }
        guard policy["PointType"]?.string == "Timestamp" else { throw invalid("PointType must be Timestamp") }
        guard let start = policy["StartingPoint"]?.string.flatMap({ Timestamp(iso8601: $0) }) else { throw invalid("StartingPoint must be a timestamp") }
        if let end = policy["EndingPoint"] {
            guard let end = end.string.flatMap({ Timestamp(iso8601: $0) }), start < end else { throw invalid("EndingPoint must be a timestamp after StartingPoint") }
        }
        return value
    }

    /// The queue for what can't be delivered.
    var deadLetterTarget: String? { attributes["RedrivePolicy"].flatMap { try? Document(json: $0) }?["deadLetterTargetArn"]?.string }

    /// As GetSubscriptionAttributes answers it.
    func description(_ topic: Topic?) -> Members {
        var members: Members = [
            "SubscriptionArn": .string(arn), "TopicArn": .string(self.topic.description), "Protocol": .string(deliveryProtocol.rawValue), "Endpoint": .string(endpoint),
            "Owner": .string(owner), "ConfirmationWasAuthenticated": .string("\(wasAuthenticated)"), "PendingConfirmation": .string("\(!isConfirmed)"),
            "RawMessageDelivery": .string("\(isRaw)"), "SubscriptionPrincipal": .string("arn:\(self.topic.partition):iam::\(owner):root"),
        ]
        for (name, value) in attributes.sorted(by: { $0.key < $1.key }) where members[name] == nil && name != "FilterPolicyScope" { members.append(name, .string(value)) }
        // The scope is said with the policy only.
        if attributes["FilterPolicy"] != nil { members.append("FilterPolicyScope", .string(attributes["FilterPolicyScope"] ?? "MessageAttributes")) }
        if deliveryProtocol == .http || deliveryProtocol == .https {
            let policy = DeliveryPolicy.effective(subscription: attributes["DeliveryPolicy"], topic: topic?.attributes["DeliveryPolicy"])
            members.append("EffectiveDeliveryPolicy", .string(policy.jsonString()))
        }
        return members
    }
}
