import EventPatterns
import JSON
import Kernel

@CloudActor let subscriptionOperations: [OperationEntry<SNSService>] = [
    OperationEntry(Subscribe.self), OperationEntry(ConfirmSubscription.self), OperationEntry(Unsubscribe.self), OperationEntry(ListSubscriptions.self),
    OperationEntry(ListSubscriptionsByTopic.self), OperationEntry(GetSubscriptionAttributes.self), OperationEntry(SetSubscriptionAttributes.self),
]

/// https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
enum Subscribe: Operation {
    struct Input {
        var topic: String
        var deliveryProtocol: String
        var endpoint: String?
        var attributes: [(key: String, value: String)]
        var returnsARN: Bool
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let topic = try fields.required("TopicArn")
        let deliveryProtocol = try fields.required("Protocol")
        return Input(
            topic: topic, deliveryProtocol: deliveryProtocol, endpoint: try fields.string("Endpoint"), attributes: try fields.stringMap("Attributes") ?? [],
            returnsARN: try fields.bool("ReturnSubscriptionArn") ?? false)
    }

    static func run(_ input: Input, on sns: SNSService, _ call: Call) throws(AWSError) -> String {
        guard let deliveryProtocol = Subscription.DeliveryProtocol(rawValue: input.deliveryProtocol) else {
            throw .invalidParameter("Amazon SNS does not support this protocol string: \(input.deliveryProtocol)")
        }
        guard let endpoint = input.endpoint, !endpoint.isEmpty else { throw .invalidParameter("Endpoint") }
        try deliveryProtocol.check(endpoint, isFIFO: input.topic.hasSuffix(".fifo"))
        let topic = try sns.topic(input.topic, call)
        if deliveryProtocol == .application, sns.state.endpoints[endpoint] == nil {
            throw .invalidParameter("Endpoint Reason: Endpoint does not exist for endpoint \(endpoint)")
        }
        let needsConfirmation = deliveryProtocol.needsConfirmation(of: endpoint, by: call)
        var subscription = Subscription(
            id: sns.environment.random.uuid(), topic: topic.arn, deliveryProtocol: deliveryProtocol, endpoint: endpoint, owner: call.account,
            isConfirmed: !needsConfirmation, wasAuthenticated: !needsConfirmation, created: call.now)
        // What a filter may be depends on its scope.
        for (key, value) in input.attributes where key == "FilterPolicyScope" { try subscription.set(key, to: value, isNew: true) }
        for (key, value) in input.attributes where key != "FilterPolicyScope" { try subscription.set(key, to: value, isNew: true) }
        if deliveryProtocol == .firehose, subscription.attributes["SubscriptionRoleArn"] == nil {
            throw .invalidAttribute("SubscriptionRoleArn is required for Firehose subscriptions", isNew: true)
        }
        if let known = sns.subscriptions(of: topic).first(where: { $0.deliveryProtocol == deliveryProtocol && $0.endpoint == endpoint }) {
            for (key, _) in input.attributes where !known.agrees(with: subscription, on: key) {
                throw .invalidParameter("Attributes Reason: Subscription already exists with different attributes")
            }
            if !known.isConfirmed { sns.askForConfirmation(known, call) }
            return known.isConfirmed || input.returnsARN ? known.arn : pending
        }
        try sns.checkFilterLimit(subscription, of: topic)
        if needsConfirmation { subscription.token = sns.environment.random.hex(256) }
        sns.add(subscription, to: topic)
        if !subscription.isConfirmed { sns.askForConfirmation(subscription, call) }
        return subscription.isConfirmed || input.returnsARN ? subscription.arn : pending
    }

    /// What is answered instead of an ARN until somebody confirms.
    static let pending = "pending confirmation"

    static func write(_ arn: String) -> Reply { Reply(["SubscriptionArn": .string(arn)]) }
}

extension Subscription.DeliveryProtocol {
    /// Whether the endpoint's owner must agree first: the owner of a queue has where it is who subscribes.
    func needsConfirmation(of endpoint: String, by call: Call) -> Bool {
        switch self {
        case .http, .https, .email, .emailJSON: true
        case .sqs: ARN(endpoint)?.account != call.account
        case .sms, .lambda, .firehose, .application: false
        }
    }

    /// - Throws: `InvalidParameter`.
    func check(_ endpoint: String, isFIFO: Bool) throws(AWSError) {
        func arn(_ service: String) -> Bool { ARN(endpoint)?.service == service }
        switch self {
        case .http: guard endpoint.hasPrefix("http://") else { throw .invalidParameter("Endpoint must match the specified protocol") }
        case .https: guard endpoint.hasPrefix("https://") else { throw .invalidParameter("Endpoint must match the specified protocol") }
        case .email, .emailJSON: guard Self.isMailAddress(endpoint) else { throw .invalidParameter("Email address") }
        case .sms:
            guard PhoneNumber.isValid(endpoint) else {
                throw AWSError("InvalidParameter", "Invalid SMS endpoint: \(endpoint)")
            }
        case .sqs:
            guard arn("sqs") else { throw .invalidParameter("SQS endpoint ARN") }
            guard isFIFO || !endpoint.hasSuffix(".fifo") else {
                throw .invalidParameter("Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics")
            }
        case .lambda: guard arn("lambda") else { throw .invalidParameter("Lambda endpoint ARN") }
        case .firehose: guard arn("firehose") else { throw .invalidParameter("Firehose endpoint ARN") }
        case .application: guard arn("sns"), endpoint.contains(":endpoint/") else { throw .invalidParameter("Application endpoint arn invalid:\(endpoint)") }
        }
        guard !isFIFO || self == .sqs else {
            throw .invalidParameter("Invalid protocol type: \(rawValue). FIFO topics support only the sqs protocol.")
        }
    }

    /// A name, an at sign and a domain.
    private static func isMailAddress(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && !parts[0].isEmpty && !parts[1].isEmpty && !text.unicodeScalars.contains { $0.properties.isWhitespace || $0.value < 0x20 }
    }
}

extension SNSService {
    /// Makes a subscription.
    fileprivate func add(_ subscription: Subscription, to topic: Topic) {
        var topic = topic
        topic.subscriptions.append(subscription.id)
        keep(topic)
        keep(subscription)
    }

    /// A topic has 200 filter policies at most.
    /// https://docs.aws.amazon.com/general/latest/gr/sns.html
    /// - Throws: `FilterPolicyLimitExceeded`.
    func checkFilterLimit(_ subscription: Subscription, of topic: Topic) throws(AWSError) {
        guard subscription.attributes["FilterPolicy"] != nil, state.filters[subscription.arn] == nil, topic.subscriptions.count >= 200 else { return }
        guard topic.subscriptions.count(where: { state.filters["\(topic.arn):\($0)"] != nil }) < 200 else {
            throw AWSError("FilterPolicyLimitExceeded", "Filter policy limit exceeded for topic", status: 403)
        }
    }
}

/// https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html
enum ConfirmSubscription: Operation {
    struct Input {
        var topic: String
        var token: String
        var authenticates: Bool
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        Input(
            topic: try fields.required("TopicArn"), token: try fields.required("Token"),
            authenticates: try fields.string("AuthenticateOnUnsubscribe")?.lowercased() == "true")
    }

    static func run(_ input: Input, on sns: SNSService, _ call: Call) throws(AWSError) -> String {
        // Who follows a link signs nothing and so names no region: the topic's is meant.
        var local = call
        if call.accessKeyID == nil, let arn = ARN(input.topic) { local.scope = arn.scope }
        return try sns.confirm(input.token, of: try sns.topic(input.topic, local), authenticatesUnsubscribe: input.authenticates, call).arn
    }

    static func write(_ arn: String) -> Reply { Reply(["SubscriptionArn": .string(arn)]) }
}

/// Unsubscribing what isn't there succeeds. https://docs.aws.amazon.com/sns/latest/api/API_Unsubscribe.html
enum Unsubscribe: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> String { try fields.required("SubscriptionArn") }

    static func run(_ arn: String, on sns: SNSService, _ call: Call) throws(AWSError) {
        do throws(AWSError) {
            try sns.unsubscribe(try sns.subscription(arn), call)
        } catch where error.code == "NotFound" {}
    }

    static func write(_ output: Void) -> Reply { Reply() }
}

extension Subscription {
    /// As the lists have it.
    var listed: Document {
        [
            "SubscriptionArn": .string(isConfirmed ? arn : "PendingConfirmation"), "Owner": .string(owner), "Protocol": .string(deliveryProtocol.rawValue),
            "Endpoint": .string(endpoint), "TopicArn": .string(topic.description),
        ]
    }
}

/// https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptions.html
enum ListSubscriptions: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> String? { try fields.pageStart() }

    static func run(_ after: String?, on sns: SNSService, _ call: Call) throws(AWSError) -> Page<Subscription> {
        Page(sns.state.subscriptions.values.filter { $0.topic.scope == call.scope }.sorted { $0.arn < $1.arn }, after: after, name: \.arn)
    }

    static func write(_ page: Page<Subscription>) -> Reply { page.reply("Subscriptions", \.listed) }
}

/// https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html
enum ListSubscriptionsByTopic: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> (topic: String, after: String?) {
        (try fields.required("TopicArn"), try fields.pageStart())
    }

    static func run(_ input: (topic: String, after: String?), on sns: SNSService, _ call: Call) throws(AWSError) -> Page<Subscription> {
        Page(sns.subscriptions(of: try sns.topic(input.topic, call)).sorted { $0.arn < $1.arn }, after: input.after, name: \.arn)
    }

    static func write(_ page: Page<Subscription>) -> Reply { page.reply("Subscriptions", \.listed) }
}

/// https://docs.aws.amazon.com/sns/latest/api/API_GetSubscriptionAttributes.html
enum GetSubscriptionAttributes: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> String { try fields.required("SubscriptionArn") }
    static func run(_ arn: String, on sns: SNSService, _ call: Call) throws(AWSError) -> Members {
        let subscription = try sns.subscription(arn)
        return subscription.description(sns.state.topics[subscription.topic.description])
    }

    static func write(_ attributes: Members) -> Reply { Reply(["Attributes": .object(attributes)]) }
}

/// https://docs.aws.amazon.com/sns/latest/api/API_SetSubscriptionAttributes.html
enum SetSubscriptionAttributes: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> (arn: String, name: String, value: String) {
        (try fields.required("SubscriptionArn"), try fields.required("AttributeName"), try fields.string("AttributeValue") ?? "")
    }

    static func run(_ input: (arn: String, name: String, value: String), on sns: SNSService, _ call: Call) throws(AWSError) {
        var subscription = try sns.subscription(input.arn)
        try subscription.set(input.name, to: input.value, isNew: false)
        if let topic = sns.state.topics[subscription.topic.description] { try sns.checkFilterLimit(subscription, of: topic) }
        sns.keep(subscription)
    }

    static func write(_ output: Void) -> Reply { Reply() }
}
