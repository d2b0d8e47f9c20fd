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
        /// What an account has set for its text messages and its applications, by account and region.
        var accounts: [Scope: AccountSettings] = [:]
        /// Subscriptions that were left and can be had back, by ARN.
        var deactivated: [String: Subscription] = [:]
        /// When subscriptions that wait for their confirmation, and those that were left, are gone. Made of them, never kept.
        var expirations = SortedMap<Expiration, Bool>()
        /// When a throttled subscription takes its next message, by ARN. Deliveries under way know their times, so this isn't kept.
        var slots: [String: Timestamp] = [:]
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
            "sns", Self.model, service: self, operations: topicOperations + subscriptionOperations + publishOperations, unimplemented: unimplementedOperations)
    ]

    // MARK: Finding

    /// The topic of an ARN.
    /// - Throws: `InvalidParameter` for what is no topic's ARN, `NotFound` where there is none.
    func topic(_ text: String, parameter: String = "TopicArn") throws(AWSError) -> Topic {
        guard let arn = ARN(text), arn.service == "sns", !arn.resource.contains(":") else {
            throw .invalidParameter("\(parameter) Reason: An ARN must have at least 6 elements, not \(text.split(separator: ":", omittingEmptySubsequences: false).count)")
        }
        guard let topic = state.topics[text] else { throw .notFound("Topic does not exist") }
        return topic
    }

    func subscription(_ arn: String) throws(AWSError) -> Subscription {
        guard let parsed = ARN(arn), parsed.service == "sns", parsed.resource.contains(":") else {
            throw .invalidParameter("SubscriptionArn Reason: An ARN must have at least 6 elements, not \(arn.split(separator: ":", omittingEmptySubsequences: false).count)")
        }
        guard let subscription = state.subscriptions[arn] else { throw .notFound("Subscription does not exist") }
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

/// What an account has set in a region: for text messages, and its platform applications.
struct AccountSettings: Sendable {
    var smsAttributes: [String: String] = [:]
    /// Numbers that want no messages.
    var optedOut: Set<String> = []
}
