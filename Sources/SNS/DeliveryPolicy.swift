import JSON
import Kernel

/// How deliveries to addresses are tried again: what a topic's or a subscription's owner may say of it, and what comes of it.
/// https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html#creating-delivery-policy
enum DeliveryPolicy {
    /// Numbers of attempts and seconds between them, where nobody says otherwise.
    static let retries: Members = [
        "minDelayTarget": 20, "maxDelayTarget": 20, "numRetries": 3, "numMaxDelayRetries": 0, "numNoDelayRetries": 0, "numMinDelayRetries": 0,
        "backoffFunction": "linear",
    ]
    static let request: Members = ["headerContentType": "text/plain; charset=UTF-8"]

    // MARK: A topic's

    /// Checks a topic's policy.
    /// - Returns: the policy as AWS keeps it; `nil` where it says nothing.
    /// - Throws: `InvalidParameter`.
    static func topic(_ text: String, isNew: Bool) throws(AWSError) -> String? {
        let reader = Reader(isNew: isNew)
        guard let policy = try reader.object(text) else { return nil }
        try reader.check(policy, "", ["http"])
        guard let http = try reader.part(policy, "http", "") else { return nil }
        guard !http.isEmpty else { return nil }
        try reader.check(http, "http.", ["defaultHealthyRetryPolicy", "disableSubscriptionOverrides", "defaultThrottlePolicy", "defaultRequestPolicy"])
        var kept = Members()
        if let retries = try reader.retries(http, "defaultHealthyRetryPolicy", "http.") { kept.append("defaultHealthyRetryPolicy", .object(retries)) }
        switch http["disableSubscriptionOverrides"] {
        case .some(.bool(let value)): kept.append("disableSubscriptionOverrides", .bool(value))
        case nil, .some(.null): kept.append("disableSubscriptionOverrides", false)
        default: throw reader.invalid("http.disableSubscriptionOverrides must be a boolean")
        }
        if let throttle = try reader.throttle(http, "defaultThrottlePolicy", "http.") { kept.append("defaultThrottlePolicy", .object(throttle)) }
        if let request = try reader.request(http, "defaultRequestPolicy", "http.") { kept.append("defaultRequestPolicy", .object(request)) }
        return Document.object(["http": .object(kept)]).jsonString()
    }

    /// What holds for a topic.
    /// - Parameter text: as ``topic(_:isNew:)`` returned it.
    static func effective(topic text: String?) -> Document {
        let http = text.flatMap { try? Document(json: $0) }?["http"]
        var effective: Members = [
            "defaultHealthyRetryPolicy": .object(merged(retries, http?["defaultHealthyRetryPolicy"]?.object)),
            "disableSubscriptionOverrides": http?["disableSubscriptionOverrides"] ?? false,
        ]
        effective["defaultThrottlePolicy"] = http?["defaultThrottlePolicy"]
        effective.append("defaultRequestPolicy", .object(merged(request, http?["defaultRequestPolicy"]?.object)))
        return ["http": .object(effective)]
    }

    // MARK: A subscription's

    private static let subscriptionParts = ["healthyRetryPolicy", "sicklyRetryPolicy", "throttlePolicy", "requestPolicy", "guaranteed"]

    /// Checks a subscription's policy.
    /// - Returns: the policy as AWS keeps it; `nil` where it says nothing.
    /// - Throws: `InvalidParameter`.
    static func subscription(_ text: String, isNew: Bool) throws(AWSError) -> String? {
        let reader = Reader(isNew: isNew)
        guard let policy = try reader.object(text), !policy.isEmpty else { return nil }
        try reader.check(policy, "", Set(subscriptionParts))
        func shown(_ members: Members?, over defaults: Members = Members()) -> Document { members.map { .object(merged(defaults, $0)) } ?? .null }
        let kept: Document = [
            "healthyRetryPolicy": shown(try reader.retries(policy, "healthyRetryPolicy", ""), over: retries),
            "sicklyRetryPolicy": shown(try reader.retries(policy, "sicklyRetryPolicy", "")),
            "throttlePolicy": shown(try reader.throttle(policy, "throttlePolicy", "")),
            "requestPolicy": shown(try reader.request(policy, "requestPolicy", "")),
            "guaranteed": policy["guaranteed"] ?? false,
        ]
        return kept.jsonString()
    }

    /// What holds for a subscription of a topic. A topic can forbid its subscriptions to differ.
    /// - Parameter text: as ``subscription(_:isNew:)`` returned it.
    static func effective(subscription text: String?, topic: String?) -> Document {
        let defaults = effective(topic: topic)["http"]
        let isOverridden = defaults?["disableSubscriptionOverrides"]?.bool == true
        let own = isOverridden ? nil : text.flatMap { try? Document(json: $0) }
        return [
            "healthyRetryPolicy": .object(merged(defaults?["defaultHealthyRetryPolicy"]?.object ?? retries, own?["healthyRetryPolicy"]?.object)),
            "sicklyRetryPolicy": own?["sicklyRetryPolicy"] ?? .null,
            "throttlePolicy": own?["throttlePolicy"]?.object.map { .object($0) } ?? defaults?["defaultThrottlePolicy"] ?? .null,
            "requestPolicy": .object(merged(defaults?["defaultRequestPolicy"]?.object ?? request, own?["requestPolicy"]?.object)),
            "guaranteed": own?["guaranteed"] ?? false,
        ]
    }

    private static func merged(_ defaults: Members, _ own: Members?) -> Members {
        var merged = defaults
        for member in own ?? Members() { merged[member.name] = member.value }
        return merged
    }
}

/// Reads a delivery policy's parts, in AWS's words where one is wrong.
private struct Reader {
    let isNew: Bool

    private static let retryMembers: Set<String> = [
        "minDelayTarget", "maxDelayTarget", "numRetries", "numMaxDelayRetries", "numNoDelayRetries", "numMinDelayRetries", "backoffFunction",
    ]
    private static let backoffFunctions = ["linear", "arithmetic", "geometric", "exponential"]
    private static let contentTypes: Set<String> = [
        "application/json", "application/octet-stream", "application/soap+xml", "application/x-www-form-urlencoded", "application/xml", "text/css", "text/csv",
        "text/html", "text/plain", "text/xml",
    ]

    func invalid(_ reason: String) -> AWSError { .invalidAttribute("DeliveryPolicy: \(reason)", isNew: isNew) }

    /// `nil` for an empty text.
    func object(_ text: String) throws(AWSError) -> Members? {
        guard !text.isEmpty else { return nil }
        guard let members = (try? Document(json: text))?.object else { throw invalid("failed to parse JSON.") }
        return members
    }

    func check(_ members: Members, _ path: String, _ known: Set<String>) throws(AWSError) {
        for member in members where !known.contains(member.name) { throw invalid("Unexpected JSON member: \(path)\(member.name)") }
    }

    func part(_ members: Members, _ name: String, _ path: String) throws(AWSError) -> Members? {
        switch members[name] {
        case nil, .some(.null): return nil
        case .some(.object(let part)): return part
        default: throw invalid("\(path)\(name) must be a JSON object")
        }
    }

    private func number(_ members: Members, _ name: String, _ path: String, _ range: ClosedRange<Int>) throws(AWSError) -> Int? {
        guard let value = members[name], !value.isNull else { return nil }
        guard let number = value.int else { throw invalid("\(path)\(name) must be an integer") }
        guard number >= range.lowerBound else { throw invalid("\(path)\(name) must be greater than or equal to \(range.lowerBound)") }
        guard number <= range.upperBound else { throw invalid("\(path)\(name) must be less than or equal to \(range.upperBound)") }
        return number
    }

    func retries(_ members: Members, _ name: String, _ path: String) throws(AWSError) -> Members? {
        guard let part = try part(members, name, path) else { return nil }
        let path = "\(path)\(name)."
        try check(part, path, Self.retryMembers)
        let total = try number(part, "numRetries", path, 0...100) ?? 3
        let least = try number(part, "minDelayTarget", path, 1...3600)
        let most = try number(part, "maxDelayTarget", path, 1...3600)
        if (least ?? 20) > (most ?? 20) { throw invalid("\(path)maxDelayTarget must be greater than or equal to minDelayTarget") }
        var phases = 0
        for name in ["numNoDelayRetries", "numMinDelayRetries", "numMaxDelayRetries"] { phases += try number(part, name, path, 0...100) ?? 0 }
        guard phases <= total else {
            throw invalid("\(path)numRetries must be greater than or equal to total of numMinDelayRetries, numNoDelayRetries and numMaxDelayRetries")
        }
        if let function = part["backoffFunction"], !function.isNull, !Self.backoffFunctions.contains(function.string ?? "") {
            throw invalid("\(path)backoffFunction must be one of \(Self.backoffFunctions.joined(separator: ", "))")
        }
        return Members(part.filter { !$0.value.isNull })
    }

    func throttle(_ members: Members, _ name: String, _ path: String) throws(AWSError) -> Members? {
        guard let part = try part(members, name, path) else { return nil }
        try check(part, "\(path)\(name).", ["maxReceivesPerSecond"])
        _ = try number(part, "maxReceivesPerSecond", "\(path)\(name).", 1...1_000_000)
        return Members(part.filter { !$0.value.isNull })
    }

    func request(_ members: Members, _ name: String, _ path: String) throws(AWSError) -> Members? {
        guard let part = try part(members, name, path) else { return nil }
        try check(part, "\(path)\(name).", ["headerContentType"])
        if let type = part["headerContentType"], !type.isNull {
            // A character set may follow.
            let media = type.string?.split(separator: ";").first.map { $0.trimmed } ?? ""
            guard Self.contentTypes.contains(media) else { throw invalid("\(path)\(name).headerContentType must be a supported content type") }
        }
        return Members(part.filter { !$0.value.isNull })
    }
}

extension Substring {
    /// Without blanks around it.
    fileprivate var trimmed: String { String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
}
