import Collections
import EventPatterns
import JSON
import Kernel

/// Amazon Simple Notification Service.
/// https://docs.aws.amazon.com/sns/latest/api/welcome.html
@CloudActor
package final class SNSService: CloudService {
    package struct State: Sendable {
        /// By ARN.
        var topics: [String: Topic] = [:]
        /// By ARN.
        var subscriptions: [String: Subscription] = [:]
        /// The filters of those that have one, by the subscription's ARN. Made of their policies, never kept.
        var filters: [String: FilterPolicy] = [:]
        /// What accounts have set for their text messages, by account and region.
        var accounts: [Scope: AccountSettings] = [:]
        /// Subscriptions that were left and can be had back, by ARN.
        var deactivated: [String: Subscription] = [:]
        /// When subscriptions that wait for their confirmation, and those that were left, are gone. Made of them, never kept.
        var expirations = SortedMap<Expiration, Bool>()
        /// When a throttled subscription takes its next message, by ARN. Deliveries under way know their times, so this isn't kept.
        var slots: [String: Timestamp] = [:]
        /// Platform applications by ARN.
        var applications: [String: PlatformApplication] = [:]
        /// Their endpoints by ARN.
        var endpoints: [String: PlatformEndpoint] = [:]
    }

    package nonisolated var name: String { "sns" }
    package var state = State()
    package var emptyState: State { State() }
    let environment: Environment
    /// Posts over HTTP and answers the status; set by who has a client. Without one, deliveries to addresses fail.
    package var post: (@CloudActor (_ url: String, _ headers: [(String, String)], _ body: [UInt8]) async throws(AWSError) -> Int)?

    /// What the journal says that topics have taken, until the topics are read.
    var loadedAnswers: [(topic: String, key: String, answer: TopicDeduplication.Answer)] = []

    /// Who gets the messages of a topic, by its ARN: made ready when they are first needed.
    private var recipients: [String: [Recipient]] = [:]

    package init(_ environment: Environment) {
        self.environment = environment
        environment.fabric.register(self, forService: "sns")
    }

    private static var model: ServiceModel {
        var model = ServiceModel(
            signingName: "sns", protocols: [.query], apiVersion: "2010-03-31", xmlNamespace: "http://sns.amazonaws.com/doc/2010-03-31/",
            errorNamespace: "com.amazonaws.sns", xmlMaps: ["Attributes", "attributes"])
        model.unsignedOperations = ["ConfirmSubscription", "Unsubscribe"]
        return model
    }

    package lazy var endpoints = [
        Endpoint(
            "sns", Self.model, service: self,
            operations: topicOperations + subscriptionOperations + publishOperations + permissionOperations + tagOperations + dataProtectionOperations
                + phoneNumberOperations + sandboxOperations + applicationOperations + endpointOperations)
    ]

    // MARK: Finding

    /// The topic of an ARN.
    /// - Throws: `InvalidParameter` for what is no topic's ARN in the caller's region, `NotFound` where there is none.
    func topic(_ text: String, parameter: String = "TopicArn", _ call: Call) throws(AWSError) -> Topic {
        let arn = try ARN.read(text, parameter)
        guard !arn.resource.contains(":"), !arn.resource.contains("/"), arn.region == call.region else { throw .invalidParameter(parameter) }
        guard let topic = state.topics[text] else { throw .notFound("Topic does not exist") }
        return topic
    }

    /// The subscription of an ARN.
    /// - Throws: `InvalidParameter` for what is no subscription's ARN, `NotFound` where there is none.
    func subscription(_ text: String) throws(AWSError) -> Subscription {
        let arn = try ARN.read(text, "SubscriptionArn")
        guard arn.resource.split(separator: ":").count == 2 else { throw .invalidParameter("SubscriptionId") }
        guard let subscription = state.subscriptions[text] else { throw .notFound("Subscription does not exist") }
        return subscription
    }

    /// The subscriptions of a topic in the order in which they were made.
    func subscriptions(of topic: Topic) -> [Subscription] { topic.subscriptions.compactMap { state.subscriptions["\(topic.arn):\($0)"] } }

    /// Who gets a topic's messages, in the order in which they subscribed.
    func recipients(of topic: Topic) -> [Recipient] {
        let arn = topic.arn.description
        if let known = recipients[arn] { return known }
        let made = subscriptions(of: topic).filter(\.isConfirmed).map { Recipient($0, state.filters[$0.arn]) }
        recipients[arn] = made
        return made
    }

    func forgetRecipients() { recipients = [:] }

    // MARK: Changes

    /// Keeps a topic as it is now.
    func keep(_ topic: Topic) {
        state.topics[topic.arn.description] = topic
        environment.journal.put(name, JournalKey.topic(topic.arn.description), topic.document.json())
    }

    /// Keeps a subscription as it is now, with its filter.
    func keep(_ subscription: Subscription) {
        scheduleExpiration(of: subscription, instead: state.subscriptions[subscription.arn])
        recipients[subscription.topic.description] = nil
        state.subscriptions[subscription.arn] = subscription
        state.filters[subscription.arn] = subscription.filter
        environment.journal.put(name, JournalKey.subscription(subscription.arn), subscription.document.json())
    }

    /// A subscription is gone.
    func remove(_ subscription: Subscription) {
        drop(subscription)
        guard var topic = state.topics[subscription.topic.description] else { return }
        topic.subscriptions.removeAll { $0 == subscription.id }
        if subscription.isConfirmed { topic.deletedSubscriptions += 1 }
        keep(topic)
    }

    private func drop(_ subscription: Subscription) {
        let arn = subscription.arn
        if !subscription.isConfirmed { state.expirations[Expiration(time: subscription.tokenEnd, subscription: arn)] = nil }
        recipients[subscription.topic.description] = nil
        state.subscriptions[arn] = nil
        state.filters[arn] = nil
        state.slots[arn] = nil
        environment.journal.delete(name, JournalKey.subscription(arn))
    }

    /// A topic is gone with all of its subscriptions.
    func remove(_ topic: Topic) {
        for subscription in subscriptions(of: topic) { drop(subscription) }
        for arn in state.deactivated.filter({ $0.value.topic == topic.arn }).keys.sorted() { forget(deactivated: arn) }
        for key in topic.deduplication.all.map(\.key) { environment.journal.delete(name, JournalKey.deduplication(topic.arn.description, key)) }
        state.topics[topic.arn.description] = nil
        environment.journal.delete(name, JournalKey.topic(topic.arn.description))
    }
}
