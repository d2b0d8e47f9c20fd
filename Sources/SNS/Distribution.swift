import EventPatterns
import JSON
import Kernel

/// From a topic to its subscriptions. Queues get their message, mails and text messages reach the outbox, in the publish's own commit; what goes to functions
/// and addresses is a delivery of that commit.
extension SNSService {
    func distribute(_ publication: Publication, on topic: Topic, _ call: Call) {
        var envelope = Envelope(publication, topic, call)
        var filterable = Filterable(publication)
        for subscription in subscriptions(of: topic) where subscription.isConfirmed {
            if let filter = state.filters[subscription.arn], !filterable.passes(filter) { continue }
            deliver(publication, to: subscription, &envelope, call)
        }
    }

    private func deliver(_ publication: Publication, to subscription: Subscription, _ envelope: inout Envelope, _ call: Call) {
        switch subscription.deliveryProtocol {
        case .sqs: toQueue(publication, subscription, &envelope, call)
        case .email: putMail(publication, subscription, publication.text(for: .email), &envelope, call)
        case .emailJSON: putMail(publication, subscription, envelope.text(for: subscription), &envelope, call)
        case .sms: putSMS(publication.text(for: .sms), to: subscription.endpoint, id: publication.messageID, topic: publication.topic, call)
        case .lambda: toFunction(publication, subscription, &envelope, call)
        case .http, .https: toAddress(publication, subscription, &envelope, call)
        case .application, .firehose: fail(publication, subscription, envelope.text(for: subscription), call)
        }
    }

    // MARK: Queues

    /// Puts the message into a queue, in this commit.
    private func toQueue(_ publication: Publication, _ subscription: Subscription, _ envelope: inout Envelope, _ call: Call) {
        let body = subscription.isRaw ? publication.text(for: .sqs) : envelope.text(for: subscription)
        let attributes = subscription.isRaw ? publication.attributes : []
        do throws(AWSError) {
            try put(body, attributes, into: subscription.endpoint, publication, call)
        } catch {
            fail(publication, subscription, body, call)
        }
    }

    private func put(_ body: String, _ attributes: [MessageAttribute], into queue: String, _ publication: Publication, _ call: Call) throws(AWSError) {
        guard let arn = ARN(queue) else { throw .invalidParameter("SQS endpoint ARN") }
        var input: Members = ["QueueUrl": .string("\(arn.account)/\(arn.resource)"), "MessageBody": .string(body)]
        if !attributes.isEmpty { input.append("MessageAttributes", attributes.sqs) }
        input["MessageGroupId"] = publication.groupID.map { .string($0) }
        if arn.resource.hasSuffix(".fifo") { input["MessageDeduplicationId"] = publication.deduplicationID.map { .string($0) } }
        _ = try environment.endpoint("sqs").callNow("SendMessage", .object(input), callOnBehalf(of: publication.topic, in: arn.scope, call))
    }

    /// A call that the topic makes.
    func callOnBehalf(of topic: ARN, in scope: Scope, _ call: Call) -> Call {
        var inner = call
        inner.scope = scope
        inner.source = topic.description
        inner.accessKeyID = nil
        return inner
    }

    /// What can't be delivered goes to the subscription's dead-letter queue, where it has one.
    func fail(_ publication: Publication, _ subscription: Subscription, _ body: String, _ call: Call) {
        guard let target = subscription.deadLetterTarget else { return }
        try? put(body, subscription.isRaw ? publication.attributes : [], into: target, publication, call)
    }

    // MARK: Functions and addresses

    /// Three attempts at once, two with a second between, ten with growing pauses up to 20 seconds, and then for 23 days: of AWS's 100,015 the first fifty.
    /// https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
    static let managedEndpointRetries = RetryPolicy(
        pauses: Array(repeating: .zero, count: 3) + Array(repeating: .seconds(1), count: 2) + (1...10).map { .seconds(2 * $0) }
            + Array(repeating: .seconds(20), count: 35))

    private func toFunction(_ publication: Publication, _ subscription: Subscription, _ envelope: inout Envelope, _ call: Call) {
        let event = Document.object(["Records": [envelope.record(for: subscription)]]).json()
        do throws(AWSError) {
            try environment.fabric.deliver(
                event, to: subscription.endpoint, from: publication.topic.description, scope: subscription.topic.scope, policy: Self.managedEndpointRetries,
                deadLetterTarget: subscription.deadLetterTarget, trace: call.trace)
        } catch {
            fail(publication, subscription, envelope.text(for: subscription), call)
        }
    }

    private func toAddress(_ publication: Publication, _ subscription: Subscription, _ envelope: inout Envelope, _ call: Call) {
        let post = NotificationPost(publication, subscription, &envelope)
        do throws(AWSError) {
            try environment.fabric.deliver(
                post.encoded, to: subscription.arn, from: publication.topic.description, scope: subscription.topic.scope,
                policy: RetryPolicy(pauses: Array(repeating: .seconds(20), count: 3)), deadLetterTarget: subscription.deadLetterTarget, trace: call.trace)
        } catch {
            fail(publication, subscription, post.body, call)
        }
    }

    // MARK: People

    private func putMail(_ publication: Publication, _ subscription: Subscription, _ body: String, _ envelope: inout Envelope, _ call: Call) {
        environment.outbox.put(OutboxMessage(
            kind: "email", id: publication.messageID, scope: publication.topic.scope, sent: call.now,
            content: [
                "Topic": .string(publication.topic.description), "To": .string(subscription.endpoint),
                "Subject": .string(publication.subject ?? "AWS Notification Message"), "Body": .string(body),
                "UnsubscribeURL": .string(envelope.unsubscribeURL(for: subscription)),
            ]))
    }

    func putSMS(_ text: String, to number: String, id: String, topic: ARN?, _ call: Call) {
        var content: Members = ["PhoneNumber": .string(number), "Message": .string(text)]
        content["Topic"] = topic.map { .string($0.description) }
        environment.outbox.put(OutboxMessage(kind: "sms", id: id, scope: call.scope, sent: call.now, content: .object(content)))
    }

    /// Asks the owner of an endpoint whether it wants the topic's messages.
    func askForConfirmation(_ subscription: Subscription, _ call: Call) {
        guard let token = subscription.token else { return }
        let url = "\(call.baseURL)/?Action=ConfirmSubscription&TopicArn=\(subscription.topic)&Token=\(token)"
        environment.outbox.put(OutboxMessage(
            kind: "email", id: environment.random.uuid(), scope: subscription.topic.scope, sent: call.now,
            content: [
                "Topic": .string(subscription.topic.description), "To": .string(subscription.endpoint), "Subject": "AWS Notification - Subscription Confirmation",
                "Token": .string(token), "SubscribeURL": .string(url),
                "Body": .string("You have chosen to subscribe to the topic \(subscription.topic). To confirm this subscription, visit \(url)"),
            ]))
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
    fileprivate var sqs: Document {
        .object(Members(map { attribute in
            .init(name: attribute.name, value: ["DataType": .string(attribute.dataType), attribute.isBinary ? "BinaryValue" : "StringValue": .string(attribute.value)])
        }))
    }
}
