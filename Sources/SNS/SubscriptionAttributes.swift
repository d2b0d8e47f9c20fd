import EventPatterns
import JSON
import Kernel

/// What a subscription's owner sets, and what it says of itself.
/// https://docs.aws.amazon.com/sns/latest/api/API_SetSubscriptionAttributes.html
extension Subscription {
    /// - Throws: `InvalidParameter`.
    mutating func set(_ name: String, to value: String, isNew: Bool) throws(AWSError) {
        switch name {
        case "RawMessageDelivery":
            guard ["true", "false"].contains(value.lowercased()) else {
                throw .invalidParameter("Attributes Reason: RawMessageDelivery: Invalid value [\(value)]. Must be true or false.")
            }
            guard [.sqs, .http, .https, .firehose].contains(deliveryProtocol) else {
                throw .invalidParameter("Attributes Reason: Delivery protocol [\(deliveryProtocol.rawValue)] does not support raw message delivery.")
            }
            attributes[name] = value.lowercased()
        case "FilterPolicy":
            attributes[name] = try Self.compile(value, attributes["FilterPolicyScope"], isNew) == nil ? nil : value
        case "FilterPolicyScope":
            guard let scope = FilterPolicy.Scope(rawValue: value) else {
                throw .invalidParameter("FilterPolicyScope: Invalid value [\(value)]. Please use either MessageBody or MessageAttributes")
            }
            if let policy = attributes["FilterPolicy"] { _ = try Self.compile(policy, scope.rawValue, isNew) }
            attributes[name] = value
        case "RedrivePolicy": try setRedrivePolicy(value)
        case "DeliveryPolicy", "ReplayPolicy":
            guard value.isEmpty || (try? Document(json: value))?.object != nil else { throw .invalidParameter("\(name): failed to parse JSON.") }
            attributes[name] = value.isEmpty ? nil : value
        case "SubscriptionRoleArn": attributes[name] = value
        default: throw .invalidParameter(isNew ? "Attributes Reason: Unknown attribute: \(name)" : "AttributeName")
        }
    }

    private static func compile(_ text: String, _ scope: String?, _ isNew: Bool) throws(AWSError) -> FilterPolicy? {
        do throws(EventPatternError) {
            return try FilterPolicy.compile(text, scope: scope.flatMap { FilterPolicy.Scope(rawValue: $0) } ?? .messageAttributes)
        } catch {
            throw error.answer(subscribing: isNew)
        }
    }

    private mutating func setRedrivePolicy(_ value: String) throws(AWSError) {
        guard !value.isEmpty, value != "{}" else {
            attributes["RedrivePolicy"] = nil
            return
        }
        guard let policy = (try? Document(json: value))?.object else { throw .invalidParameter("RedrivePolicy: failed to parse JSON.") }
        guard let target = policy["deadLetterTargetArn"]?.string, ARN(target)?.service == "sqs" else {
            throw .invalidParameter("RedrivePolicy: deadLetterTargetArn is an invalid arn")
        }
        attributes["RedrivePolicy"] = value
    }

    /// The queue for what can't be delivered.
    var deadLetterTarget: String? { attributes["RedrivePolicy"].flatMap { try? Document(json: $0) }?["deadLetterTargetArn"]?.string }

    /// As GetSubscriptionAttributes answers it.
    var description: Members {
        var members: Members = [
            "SubscriptionArn": .string(arn), "TopicArn": .string(topic.description), "Protocol": .string(deliveryProtocol.rawValue), "Endpoint": .string(endpoint),
            "Owner": .string(owner), "ConfirmationWasAuthenticated": .string("\(wasAuthenticated)"), "PendingConfirmation": .string("\(!isConfirmed)"),
            "RawMessageDelivery": .string("\(isRaw)"), "SubscriptionPrincipal": .string("arn:\(topic.partition):iam::\(owner):root"),
        ]
        for (name, value) in attributes.sorted(by: { $0.key < $1.key }) where members[name] == nil { members.append(name, .string(value)) }
        if attributes["FilterPolicy"] != nil, attributes["FilterPolicyScope"] == nil { members.append("FilterPolicyScope", "MessageAttributes") }
        return members
    }
}
