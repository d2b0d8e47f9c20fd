import Collections
import EventPatterns
import JSON
import Kernel

/// How SNS stands in the journal.
extension SNSService {
    package func load(key: [UInt8], value: [UInt8]) throws(AWSError) {
        let parts = String(decoding: key, as: UTF8.self).split(separator: "|", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 2, let document = try? Document(json: value), take(parts, document) else {
            throw AWSError("InternalFailure", "The store's entry '\(String(decoding: key, as: UTF8.self))' of SNS can't be read.", status: 500)
        }
    }

    private func take(_ key: [String], _ document: Document) -> Bool {
        switch key[0] {
        case "topic":
            guard let topic = Topic(document) else { return false }
            // What it has taken may have been read before it.
            state.topics[key[1]] = topic
            return true
        case "subscription":
            guard let subscription = Subscription(document) else { return false }
            state.subscriptions[key[1]] = subscription
            state.filters[key[1]] = subscription.filter
            scheduleExpiration(of: subscription, instead: nil)
            return true
        case "deactivated":
            guard let subscription = Subscription(document) else { return false }
            state.deactivated[key[1]] = subscription
            state.expirations[Expiration(time: subscription.tokenEnd, subscription: key[1])] = true
            return true
        case "taken":
            guard key.count == 3, let answer = TopicDeduplication.Answer(document) else { return false }
            loadedAnswers.append((key[1], key[2], answer))
            return true
        case "account":
            guard key.count == 3, let settings = AccountSettings(document) else { return false }
            state.accounts[Scope(account: key[1], region: key[2])] = settings
            return true
        case "application":
            guard let application = PlatformApplication(document) else { return false }
            state.applications[key[1]] = application
            return true
        case "endpoint":
            guard let endpoint = PlatformEndpoint(document) else { return false }
            state.endpoints[key[1]] = endpoint
            // Keys are read in their order, and `application` is before `endpoint`.
            state.applications[endpoint.application]?.endpoints[endpoint.token] = key[1]
            return true
        default: return false
        }
    }

    package func entries(_ body: ([UInt8], [UInt8]) -> Void) {
        for (arn, topic) in state.topics {
            body(JournalKey.topic(arn), topic.document.json())
            for (key, answer) in topic.deduplication.all { body(JournalKey.deduplication(arn, key), answer.document.json()) }
        }
        for (arn, subscription) in state.deactivated { body(JournalKey.deactivated(arn), subscription.document.json()) }
        for (arn, subscription) in state.subscriptions { body(JournalKey.subscription(arn), subscription.document.json()) }
        for (scope, settings) in state.accounts { body(JournalKey.account(scope), settings.document.json()) }
        for (arn, application) in state.applications { body(JournalKey.application(arn), application.document.json()) }
        for (arn, endpoint) in state.endpoints { body(JournalKey.endpoint(arn), endpoint.document.json()) }
    }

    package func stateWasReplaced() {
        for (topic, key, answer) in loadedAnswers {
            state.topics[topic]?.deduplication.keep(answer, key)
            // Sequence numbers go on rising, wherever the clock stands.
            if let last = Topic.sequence(answer.sequenceNumber), let topicLast = state.topics[topic]?.lastSequence {
                state.topics[topic]?.lastSequence = max(topicLast, last)
            }
        }
        loadedAnswers = []
        forgetRecipients()
    }
}

extension Topic {
    var document: Document {
        var members: Members = [
            "arn": .string(arn.description), "attributes": .object(Members(attributes.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: .string($0.value)) })),
            "tags": .array(tags.map { .array([.string($0.key), .string($0.value)]) }), "subscriptions": .array(subscriptions.map { .string($0) }),
            "deleted": .int(deletedSubscriptions),
        ]
        members["dataProtectionPolicy"] = dataProtectionPolicy.map { .string($0) }
        return .object(members)
    }

    init?(_ document: Document) {
        guard let arn = document["arn"]?.string.flatMap({ ARN($0) }), let attributes = document["attributes"]?.object else { return nil }
        self.init(arn: arn)
        for member in attributes { self.attributes[member.name] = member.value.string }
        for tag in document["tags"]?.array ?? [] {
            if let key = tag[0]?.string, let value = tag[1]?.string { tags.append((key, value)) }
        }
        subscriptions = document["subscriptions"]?.array?.compactMap(\.string) ?? []
        deletedSubscriptions = document["deleted"]?.int ?? 0
        dataProtectionPolicy = document["dataProtectionPolicy"]?.string
    }
}

extension Subscription {
    var document: Document {
        var members: Members = [
            "id": .string(id), "topic": .string(topic.description), "protocol": .string(deliveryProtocol.rawValue), "endpoint": .string(endpoint),
            "owner": .string(owner), "confirmed": .bool(isConfirmed), "authenticated": .bool(wasAuthenticated), "created": .int(created.microseconds),
            "attributes": .object(Members(attributes.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: .string($0.value)) })),
        ]
        members["token"] = token.map { .string($0) }
        members["tokenMade"] = tokenMade.map { .int($0.microseconds) }
        if authenticatesUnsubscribe { members.append("authenticatesUnsubscribe", true) }
        return .object(members)
    }

    init?(_ document: Document) {
        guard let id = document["id"]?.string, let topic = document["topic"]?.string.flatMap({ ARN($0) }),
            let deliveryProtocol = document["protocol"]?.string.flatMap({ DeliveryProtocol(rawValue: $0) }), let endpoint = document["endpoint"]?.string,
            let owner = document["owner"]?.string, let isConfirmed = document["confirmed"]?.bool, let created = document["created"]?.int
        else { return nil }
        self.init(
            id: id, topic: topic, deliveryProtocol: deliveryProtocol, endpoint: endpoint, owner: owner, token: document["token"]?.string,
            isConfirmed: isConfirmed, wasAuthenticated: document["authenticated"]?.bool ?? true, created: Timestamp(microseconds: Int64(created)))
        for member in document["attributes"]?.object ?? Members() { attributes[member.name] = member.value.string }
        tokenMade = document["tokenMade"]?.int.map { Timestamp(microseconds: Int64($0)) }
        authenticatesUnsubscribe = document["authenticatesUnsubscribe"]?.bool ?? false
    }

    /// Its filter policy, compiled; `nil` without one. Checked when it was set.
    var filter: FilterPolicy? {
        guard let text = attributes["FilterPolicy"] else { return nil }
        let scope = attributes["FilterPolicyScope"].flatMap { FilterPolicy.Scope(rawValue: $0) } ?? .messageAttributes
        return (try? FilterPolicy.compile(text, scope: scope)) ?? nil
    }
}

extension TopicDeduplication.Answer {
    var document: Document { ["message": .string(messageID), "sequence": .string(sequenceNumber), "taken": .int(taken.microseconds)] }

    init?(_ document: Document) {
        guard let id = document["message"]?.string, let sequence = document["sequence"]?.string, let taken = document["taken"]?.int else { return nil }
        self.init(messageID: id, sequenceNumber: sequence, taken: Timestamp(microseconds: Int64(taken)))
    }
}
