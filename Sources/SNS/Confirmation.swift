import Collections
import JSON
import Kernel

/// Asking an endpoint's owner whether it wants a topic's messages, or whether it wants them back.
/// https://docs.aws.amazon.com/sns/latest/dg/http-subscription-confirmation-json.html
/// https://docs.aws.amazon.com/sns/latest/dg/http-unsubscribe-confirmation-json.html
struct ConfirmationMessage {
    enum Kind: String { case subscription = "SubscriptionConfirmation", unsubscription = "UnsubscribeConfirmation" }

    let kind: Kind
    let id: String
    let token: String
    let topic: String
    let text: String
    let subscribeURL: String
    let sent: Timestamp
    private let certificateURL: String
    private let signatureVersion: String

    init(_ kind: Kind, of subscription: Subscription, token: String, id: String, signatureVersion: String, _ call: Call) {
        self.kind = kind
        self.id = id
        self.token = token
        topic = subscription.topic.description
        text =
            switch kind {
            case .subscription:
                "You have chosen to subscribe to the topic \(topic).\nTo confirm the subscription, visit the SubscribeURL included in this message."
            case .unsubscription:
                "You have chosen to deactivate subscription \(subscription.arn).\nTo cancel this operation and restore the subscription, visit the SubscribeURL included in this message."
            }
        subscribeURL = "\(call.baseURL)/?Action=ConfirmSubscription&TopicArn=\(topic)&Token=\(token)"
        sent = call.now
        certificateURL = call.baseURL + SigningKey.certificatePath
        self.signatureVersion = signatureVersion
    }

    /// As addresses get it, and queues of other accounts.
    var json: String {
        let timestamp = sent.iso8601Milliseconds
        let signature = SigningKey.signature(
            of: [
                ("Message", text), ("MessageId", id), ("SubscribeURL", subscribeURL), ("Timestamp", timestamp), ("Token", token), ("TopicArn", topic),
                ("Type", kind.rawValue),
            ], version: signatureVersion)
        var writer = EnvelopeWriter(type: kind.rawValue)
        writer.member("MessageId", id)
        writer.member("Token", token)
        writer.member("TopicArn", topic)
        writer.member("Message", text)
        writer.member("SubscribeURL", subscribeURL)
        writer.member("Timestamp", timestamp)
        writer.member("SignatureVersion", signatureVersion)
        writer.member("Signature", signature)
        writer.member("SigningCertURL", certificateURL)
        return writer.text + "\n}"
    }

    /// As people get it.
    var mail: (subject: String, body: String) {
        switch kind {
        case .subscription:
            (
                "AWS Notification - Subscription Confirmation",
                "You have chosen to subscribe to the topic:\n\(topic)\n\nTo confirm this subscription, visit the link below. If this was in error, nothing needs to be done.\n\(subscribeURL)\n"
            )
        case .unsubscription:
            ("AWS Notification - Unsubscribe Confirmation", "Your subscription to the topic below has been deactivated:\n\(topic)\n\nTo restore it, visit the link below.\n\(subscribeURL)\n")
        }
    }
}

extension Subscription {
    /// Tokens are valid for two days, and so long a subscription waits for its confirmation.
    /// https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
    static let tokenLifetime = Duration.seconds(48 * 3600)

    /// When its token is worth nothing any more.
    var tokenEnd: Timestamp { (tokenMade ?? created) + Self.tokenLifetime }
}

/// A subscription that waits for its confirmation, or could be restored, ends at a time.
struct Expiration: Comparable, Sendable {
    var time: Timestamp
    var subscription: String

    static func < (left: Expiration, right: Expiration) -> Bool { left.time != right.time ? left.time < right.time : left.subscription < right.subscription }
}

extension SNSService {
    /// Asks the owner of an endpoint whether it wants the topic's messages.
    func askForConfirmation(_ subscription: Subscription, _ call: Call) { ask(.subscription, subscription, call) }

    /// The outbox has what confirms, whatever the endpoint.
    private func ask(_ kind: ConfirmationMessage.Kind, _ subscription: Subscription, _ call: Call) {
        guard let token = subscription.token else { return }
        let version = state.topics[subscription.topic.description]?.signatureVersion ?? "1"
        let message = ConfirmationMessage(kind, of: subscription, token: token, id: environment.random.uuid(), signatureVersion: version, call)
        let body = subscription.deliveryProtocol == .email ? message.mail.body : message.json
        let isMail = subscription.deliveryProtocol == .email || subscription.deliveryProtocol == .emailJSON
        environment.outbox.put(OutboxMessage(
            kind: isMail ? "email" : subscription.deliveryProtocol.rawValue, id: message.id, scope: subscription.topic.scope, sent: call.now,
            content: [
                "Type": .string(kind.rawValue), "Topic": .string(message.topic), "To": .string(subscription.endpoint), "Subject": .string(message.mail.subject),
                "Token": .string(token), "SubscribeURL": .string(message.subscribeURL), "SubscriptionArn": .string(subscription.arn), "Body": .string(body),
            ]))
        var delivery = SubscriptionDelivery(message, subscription, body)
        switch subscription.deliveryProtocol {
        case .http, .https:
            let policy = httpPolicy(of: subscription)
            delivery.setHeaders(type: kind.rawValue, contentType: "text/plain; charset=UTF-8", isRaw: false)
            send(delivery, subscription, policy: RetryPolicy(pauses: policy.pauses, maximumAge: HTTPDeliveryPolicy.longest), call)
        case .sqs:
            do throws(AWSError) { try put(delivery, into: QueueEndpoint(subscription.endpoint), call) } catch { fail(delivery, error, call) }
        default: break
        }
    }

    func httpPolicy(of subscription: Subscription) -> HTTPDeliveryPolicy {
        HTTPDeliveryPolicy(
            topic: state.topics[subscription.topic.description]?.attributes["DeliveryPolicy"], subscription: subscription.attributes["DeliveryPolicy"])
    }

    // MARK: Confirming

    /// The token's subscription gets messages from now on. A second time changes nothing.
    /// - Throws: `InvalidParameter` for a token that is unknown or too old, `AuthorizationError` where unsubscribing shall need a signature and there is none.
    func confirm(_ token: String, of topic: Topic, authenticatesUnsubscribe: Bool, _ call: Call) throws(AWSError) -> Subscription {
        let isSigned = call.accessKeyID != nil
        guard !authenticatesUnsubscribe || isSigned else { throw .authorization("Anonymous users can't confirm with AuthenticateOnUnsubscribe") }
        if var subscription = subscriptions(of: topic).first(where: { $0.token == token }), subscription.tokenEnd > call.now {
            guard !subscription.isConfirmed else { return subscription }
            subscription.isConfirmed = true
            subscription.wasAuthenticated = isSigned
            subscription.authenticatesUnsubscribe = authenticatesUnsubscribe
            keep(subscription)
            return subscription
        }
        guard let subscription = state.deactivated.values.first(where: { $0.token == token && $0.topic == topic.arn }), subscription.tokenEnd > call.now,
            var topic = state.topics[topic.arn.description]
        else { throw .invalidParameter("Token") }
        forget(deactivated: subscription.arn)
        topic.subscriptions.append(subscription.id)
        keep(topic)
        keep(subscription)
        return subscription
    }

    // MARK: Leaving

    /// A subscription gets nothing any more. Whoever has an address is told and can have it back; a mail's reader only where somebody else than the owner
    /// did it.
    /// https://docs.aws.amazon.com/sns/latest/api/API_Unsubscribe.html
    func unsubscribe(_ subscription: Subscription, _ call: Call) throws(AWSError) {
        let isOwner = call.accessKeyID != nil && (call.account == subscription.owner || call.account == subscription.topic.account)
        guard isOwner || !subscription.authenticatesUnsubscribe else { throw .authorization("Unsubscribing needs the owner's signature") }
        remove(subscription)
        let isTold =
            switch subscription.deliveryProtocol {
            case .http, .https: true
            case .email, .emailJSON: !isOwner
            default: false
            }
        guard isTold, subscription.isConfirmed else { return }
        var deactivated = subscription
        deactivated.token = environment.random.hex(256)
        deactivated.tokenMade = call.now
        state.deactivated[deactivated.arn] = deactivated
        state.expirations[Expiration(time: deactivated.tokenEnd, subscription: deactivated.arn)] = true
        environment.journal.put(name, JournalKey.deactivated(deactivated.arn), deactivated.document.json())
        ask(.unsubscription, deactivated, call)
    }

    /// A subscription that was left can't be restored any more, or is.
    func forget(deactivated arn: String) {
        guard let subscription = state.deactivated.removeValue(forKey: arn) else { return }
        state.expirations[Expiration(time: subscription.tokenEnd, subscription: arn)] = nil
        environment.journal.delete(name, JournalKey.deactivated(arn))
    }

    // MARK: Time

    package var nextDeadline: Timestamp? { state.expirations.first?.key.time }

    package func advance(to now: Timestamp) {
        while let next = state.expirations.first?.key, next.time <= now {
            state.expirations[next] = nil
            forget(deactivated: next.subscription)
            if let subscription = state.subscriptions[next.subscription], !subscription.isConfirmed { remove(subscription) }
        }
    }

    /// Only what waits for its confirmation ends by itself.
    func scheduleExpiration(of subscription: Subscription, instead old: Subscription?) {
        if let old, !old.isConfirmed { state.expirations[Expiration(time: old.tokenEnd, subscription: old.arn)] = nil }
        if !subscription.isConfirmed { state.expirations[Expiration(time: subscription.tokenEnd, subscription: subscription.arn)] = true }
    }
}
