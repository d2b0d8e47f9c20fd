import JSON
import Kernel

/// A message on its way to one subscription: what its endpoint gets, and what a dead-letter queue gets where it can't.
struct SubscriptionDelivery {
    var messageID: String
    var topic: String
    /// The ARN.
    var subscription: String
    var deliveryProtocol: Subscription.DeliveryProtocol
    var endpoint: String
    /// The envelope; with raw delivery the message.
    var body: String
    /// With raw delivery, those of the message.
    var attributes: [MessageAttribute] = []
    var groupID: String?
    var deduplicationID: String?
    /// Of posts.
    var headers: [(name: String, value: String)] = []
    /// What a function gets.
    var event: String?
    /// Whether it asks somebody to confirm: no dead-letter queue wants that.
    var isConfirmation = false

    init(_ publication: Publication, _ subscription: Subscription, _ envelope: inout Envelope) {
        messageID = publication.messageID
        topic = publication.topic.description
        self.subscription = subscription.arn
        deliveryProtocol = subscription.deliveryProtocol
        endpoint = subscription.endpoint
        body = subscription.isRaw ? publication.text(for: deliveryProtocol) : envelope.text(for: subscription)
        attributes = subscription.isRaw ? publication.attributes : []
        groupID = publication.groupID
        deduplicationID = publication.deduplicationID
    }

    /// A message that asks to confirm.
    init(_ confirmation: ConfirmationMessage, _ subscription: Subscription, _ body: String) {
        messageID = confirmation.id
        topic = subscription.topic.description
        self.subscription = subscription.arn
        deliveryProtocol = subscription.deliveryProtocol
        endpoint = subscription.endpoint
        self.body = body
        isConfirmation = true
    }

    /// The headers of a post.
    /// https://docs.aws.amazon.com/sns/latest/dg/http-header.html
    mutating func setHeaders(type: String, contentType: String, isRaw: Bool) {
        headers = [
            ("x-amz-sns-message-type", type), ("x-amz-sns-message-id", messageID), ("x-amz-sns-topic-arn", topic), ("x-amz-sns-subscription-arn", subscription),
            ("Content-Type", contentType), ("User-Agent", "Amazon Simple Notification Service Agent"),
        ]
        // Nobody has an ARN before somebody confirms.
        if type == "SubscriptionConfirmation" { headers.removeAll { $0.name == "x-amz-sns-subscription-arn" } }
        if isRaw { headers.append(("x-amz-sns-rawdelivery", "true")) }
    }

    // MARK: As the fabric carries it

    var encoded: [UInt8] {
        var members: Members = [
            "id": .string(messageID), "topic": .string(topic), "subscription": .string(subscription), "protocol": .string(deliveryProtocol.rawValue),
            "endpoint": .string(endpoint), "body": .string(body),
            "attributes": .array(attributes.map { [.string($0.name), .string($0.dataType), .string($0.value)] }),
            "headers": .array(headers.map { [.string($0.name), .string($0.value)] }), "confirmation": .bool(isConfirmation),
        ]
        members["group"] = groupID.map { .string($0) }
        members["deduplication"] = deduplicationID.map { .string($0) }
        members["event"] = event.map { .string($0) }
        return Document.object(members).json()
    }

    init?(encoded: [UInt8]) {
        guard let document = try? Document(json: encoded), let id = document["id"]?.string, let topic = document["topic"]?.string,
            let subscription = document["subscription"]?.string, let endpoint = document["endpoint"]?.string, let body = document["body"]?.string,
            let deliveryProtocol = document["protocol"]?.string.flatMap({ Subscription.DeliveryProtocol(rawValue: $0) })
        else { return nil }
        messageID = id
        self.topic = topic
        self.subscription = subscription
        self.deliveryProtocol = deliveryProtocol
        self.endpoint = endpoint
        self.body = body
        for attribute in document["attributes"]?.array ?? [] {
            guard let name = attribute[0]?.string, let type = attribute[1]?.string, let value = attribute[2]?.string else { return nil }
            attributes.append(MessageAttribute(name: name, dataType: type, value: value))
        }
        for header in document["headers"]?.array ?? [] {
            guard let name = header[0]?.string, let value = header[1]?.string else { return nil }
            headers.append((name, value))
        }
        groupID = document["group"]?.string
        deduplicationID = document["deduplication"]?.string
        event = document["event"]?.string
        isConfirmation = document["confirmation"]?.bool ?? false
    }
}

extension SNSService: Receiver {
    /// How often functions are tried where Lambda doesn't take the event: at once, every second, with growing pauses up to 20 seconds, and so on for
    /// 23 days. AWS adds jitter.
    /// https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
    static let managedEndpointRetries = RetryPolicy(
        pauses: Array(repeating: .zero, count: 3) + Array(repeating: .seconds(1), count: 2)
            + HTTPDeliveryPolicy.growing(10, from: 1, to: 20, .geometric) + [.seconds(20)],
        repeats: 99_999)

    /// Invokes a function or posts to an address.
    package func receive(_ delivery: Delivery) async throws(AWSError) {
        guard let message = SubscriptionDelivery(encoded: delivery.payload) else {
            throw AWSError("InternalFailure", "The delivery \(delivery.id) can't be read.", status: 400)
        }
        switch message.deliveryProtocol {
        case .lambda: try await invoke(message, delivery)
        default: try await send(message)
        }
    }

    /// As an event: what becomes of it is Lambda's matter once it has it.
    private func invoke(_ message: SubscriptionDelivery, _ delivery: Delivery) async throws(AWSError) {
        guard let function = ARN(message.endpoint) else { throw .invalidParameter("Lambda endpoint ARN") }
        let call = environment.call(in: function.scope, source: message.topic, trace: delivery.trace)
        _ = try await environment.endpoint("lambda").call(
            "Invoke", ["FunctionName": .string(message.endpoint), "InvocationType": "Event"], payload: Array((message.event ?? "{}").utf8), call)
    }

    /// 5xx and 429 are worth another attempt, and so is an address that nobody answers at.
    /// https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.prepare.html
    private func send(_ message: SubscriptionDelivery) async throws(AWSError) {
        guard let post else { throw AWSError("NotImplementedException", "Apus can't post to \(message.endpoint).", status: 400) }
        let status = try await post(message.endpoint, message.headers.map { ($0.name, $0.value) }, Array(message.body.utf8))
        guard (200..<300).contains(status) else {
            throw AWSError("DeliveryFailed", "The endpoint answered \(status).", status: status >= 500 || status == 429 ? 500 : 400)
        }
    }

    package func giveUp(_ delivery: Delivery, _ error: AWSError) {
        guard let message = SubscriptionDelivery(encoded: delivery.payload) else { return }
        fail(message, error, environment.call(in: delivery.scope, source: message.topic, trace: delivery.trace))
    }

    /// What can't be delivered goes to the subscription's dead-letter queue, where it has one, as it would have gone to a queue. The outbox tells of it.
    func fail(_ message: SubscriptionDelivery, _ error: AWSError, _ call: Call) {
        var content: Members = [
            "Topic": .string(message.topic), "SubscriptionArn": .string(message.subscription), "Protocol": .string(message.deliveryProtocol.rawValue),
            "Endpoint": .string(message.endpoint), "ErrorCode": .string(error.code), "ErrorMessage": .string(error.message ?? ""), "Body": .string(message.body),
        ]
        if !message.isConfirmation, let target = state.subscriptions[message.subscription]?.deadLetterTarget {
            content.append("DeadLetterTargetArn", .string(target))
            do throws(AWSError) {
                try put(message, into: QueueEndpoint(target), call)
            } catch {
                content.append("DeadLetterError", .string("\(error.code): \(error.message ?? "")"))
            }
        }
        environment.outbox.put(OutboxMessage(
            kind: "undelivered", id: message.messageID, scope: ARN(message.topic)?.scope ?? call.scope, sent: environment.clock.now, content: .object(content)))
    }
}
