import EventPatterns
import JSON
import Kernel

/// From a topic to its subscriptions. Queues get their message, mails and text messages reach the outbox, in the publish's own commit; what goes to functions
/// and addresses is a delivery of that commit.
extension SNSService {
    func distribute(_ publication: Publication, on topic: Topic, _ call: Call) {
        var envelope = Envelope(publication, topic, call)
        var filterable = Filterable(publication)
        let inner = callOnBehalf(of: publication.topic, in: publication.topic.scope, call)
        for recipient in recipients(of: topic) {
            if let filter = recipient.filter, !filterable.passes(filter) { continue }
            deliver(publication, to: recipient, &envelope, inner)
        }
    }

    private func deliver(_ publication: Publication, to recipient: Recipient, _ envelope: inout Envelope, _ call: Call) {
        let subscription = recipient.subscription
        switch subscription.deliveryProtocol {
        case .sqs: toQueue(publication, recipient, &envelope, call)
        case .email: putMail(publication, subscription, publication.text(for: .email), envelope, call)
        case .emailJSON: putMail(publication, subscription, envelope.text(for: subscription), envelope, call)
        case .sms: putSMS(publication.text(for: .sms), to: subscription.endpoint, id: publication.messageID, topic: publication.topic, call)
        case .lambda: toFunction(publication, subscription, &envelope, call)
        case .http, .https: toAddress(publication, subscription, &envelope, call)
        case .application: toDevice(publication, subscription, &envelope, call)
        case .firehose:
            let error = AWSError("NotImplementedException", "Apus doesn't deliver to \(subscription.endpoint) yet.", status: 501)
            fail(SubscriptionDelivery(publication, subscription, &envelope), error, call)
        }
    }

    /// A call that the topic makes.
    func callOnBehalf(of topic: ARN, in scope: Scope, _ call: Call) -> Call {
        var inner = call
        inner.scope = scope
        inner.source = topic.description
        inner.accessKeyID = nil
        return inner
    }

    // MARK: Queues

    /// Puts the message into a queue, in this commit.
    private func toQueue(_ publication: Publication, _ recipient: Recipient, _ envelope: inout Envelope, _ call: Call) {
        let subscription = recipient.subscription
        do throws(AWSError) {
            let body = recipient.isRaw ? publication.text(for: .sqs) : envelope.text(for: subscription)
            try put(
                body, recipient.isRaw ? envelope.queueAttributes : .null, group: publication.groupID, deduplication: publication.deduplicationID,
                into: recipient.queue, call)
        } catch {
            fail(SubscriptionDelivery(publication, subscription, &envelope), error, call)
        }
    }

    /// Puts what couldn't be delivered, or what asks to confirm, into a queue.
    func put(_ message: SubscriptionDelivery, into queue: QueueEndpoint?, _ call: Call) throws(AWSError) {
        try put(message.body, message.attributes.sqs, group: message.groupID, deduplication: message.deduplicationID, into: queue, call)
    }

    private func put(
        _ body: String, _ attributes: Document, group: String?, deduplication: String?, into queue: QueueEndpoint?, _ call: Call
    ) throws(AWSError) {
        guard let queue else { throw .invalidParameter("SQS endpoint ARN") }
        let count = attributes.object?.count ?? 0
        guard count <= 10 else { throw .invalidParameter("Raw message delivery carries at most 10 message attributes, not \(count)") }
        var input: Members = ["QueueUrl": queue.url, "MessageBody": .string(body)]
        if count > 0 { input.append("MessageAttributes", attributes) }
        if let group { input.append("MessageGroupId", .string(group)) }
        if queue.isFIFO, let deduplication { input.append("MessageDeduplicationId", .string(deduplication)) }
        var call = call
        call.scope = queue.scope
        _ = try environment.endpoint("sqs").callNow("SendMessage", .object(input), call)
    }

    // MARK: Functions and addresses

    private func toFunction(_ publication: Publication, _ subscription: Subscription, _ envelope: inout Envelope, _ call: Call) {
        var message = SubscriptionDelivery(publication, subscription, &envelope)
        message.event = String(decoding: envelope.event(for: subscription).json(), as: UTF8.self)
        send(message, subscription, policy: Self.managedEndpointRetries, call)
    }

    private func toAddress(_ publication: Publication, _ subscription: Subscription, _ envelope: inout Envelope, _ call: Call) {
        let policy = httpPolicy(of: subscription)
        var message = SubscriptionDelivery(publication, subscription, &envelope)
        message.setHeaders(type: "Notification", contentType: policy.contentType, isRaw: subscription.isRaw)
        let start = policy.receivesPerSecond.map { slot(of: subscription, rate: $0, at: call.now) }
        send(message, subscription, policy: RetryPolicy(pauses: policy.pauses, maximumAge: HTTPDeliveryPolicy.longest), start: start, call)
    }

    /// Puts a delivery under way that this service receives itself.
    func send(_ message: SubscriptionDelivery, _ subscription: Subscription, policy: RetryPolicy, start: Timestamp? = nil, _ call: Call) {
        do throws(AWSError) {
            try environment.fabric.deliver(
                message.encoded, to: message.subscription, from: message.topic, scope: subscription.topic.scope, policy: policy, trace: call.trace, start: start)
        } catch {
            fail(message, error, call)
        }
    }

    /// When a subscription that takes so many messages a second takes its next one.
    private func slot(of subscription: Subscription, rate: Int, at now: Timestamp) -> Timestamp {
        let slot = max(state.slots[subscription.arn] ?? now, now)
        state.slots[subscription.arn] = slot + .microseconds(1_000_000 / Int64(clamping: rate))
        return slot
    }

    // MARK: People

    private func putMail(_ publication: Publication, _ subscription: Subscription, _ body: String, _ envelope: Envelope, _ call: Call) {
        environment.outbox.put(OutboxMessage(
            kind: "email", id: publication.messageID, scope: publication.topic.scope, sent: call.now,
            content: [
                "Topic": .string(publication.topic.description), "To": .string(subscription.endpoint),
                "Subject": .string(publication.subject ?? "AWS Notification Message"), "Body": .string(body),
                "UnsubscribeURL": .string(envelope.unsubscribeURL(for: subscription.arn)),
            ]))
    }

    func putSMS(_ text: String, to number: String, id: String, topic: ARN?, _ call: Call) {
        var content: Members = ["PhoneNumber": .string(number), "Message": .string(text)]
        content["Topic"] = topic.map { .string($0.description) }
        environment.outbox.put(OutboxMessage(kind: "sms", id: id, scope: call.scope, sent: call.now, content: .object(content)))
    }
}

/// Who gets a topic's messages, made ready: what every publish needs of a subscription.
struct Recipient {
    let subscription: Subscription
    let filter: FilterPolicy?
    let isRaw: Bool
    /// Of the protocol `sqs`.
    let queue: QueueEndpoint?

    init(_ subscription: Subscription, _ filter: FilterPolicy?) {
        self.subscription = subscription
        self.filter = filter
        isRaw = subscription.isRaw
        queue = subscription.deliveryProtocol == .sqs ? QueueEndpoint(subscription.endpoint) : nil
    }
}

/// A queue as SendMessage finds it.
struct QueueEndpoint {
    let url: Document
    let scope: Scope
    let isFIFO: Bool

    /// - Parameter arn: of the queue.
    init?(_ arn: String) {
        guard let arn = ARN(arn), arn.service == "sqs" else { return nil }
        url = .string("\(arn.account)/\(arn.resource)")
        scope = arn.scope
        isFIFO = arn.resource.hasSuffix(".fifo")
    }
}

/// What filters look at, made once for all subscriptions of a topic and only where one has a filter.
private struct Filterable {
    private let publication: Publication
    private var attributes: Document?
    private var body: Document??

    init(_ publication: Publication) { self.publication = publication }

    mutating func passes(_ filter: FilterPolicy) -> Bool {
        switch filter.scope {
        case .messageAttributes:
            let attributes = attributes ?? FilterPolicy.attributes(publication.attributes.map { (name: $0.name, type: $0.dataType, value: $0.value) })
            self.attributes = attributes
            return filter.matches(attributes: attributes)
        case .messageBody:
            let body = body ?? (try? Document(json: publication.message))
            self.body = .some(body)
            // A body that isn't JSON matches nothing.
            return body.map { filter.matches(body: $0) } ?? false
        }
    }
}

extension [MessageAttribute] {
    /// As SendMessage takes them. `String.Array` is text to a queue.
    var sqs: Document {
        .object(Members(map { attribute in
            .init(name: attribute.name, value: ["DataType": .string(attribute.dataType), attribute.isBinary ? "BinaryValue" : "StringValue": .string(attribute.value)])
        }))
    }
}
