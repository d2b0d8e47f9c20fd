import JSON
import Kernel

/// The document around a message on its way to queues, functions and addresses.
/// https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
struct Envelope {
    private let publication: Publication
    private let topic: Topic
    private let baseURL: String
    /// The latest signature: most subscriptions of a topic get the same text.
    private var signed: (message: String, signature: String)?

    init(_ publication: Publication, _ topic: Topic, _ call: Call) {
        self.publication = publication
        self.topic = topic
        baseURL = call.baseURL
    }

    /// As queues and addresses get it.
    mutating func text(for subscription: Subscription) -> String {
        String(decoding: Document.object(members(subscription, certificateURL: "SigningCertURL", unsubscribeURL: "UnsubscribeURL")).json(), as: UTF8.self)
    }

    /// As functions get it, in `Records`.
    mutating func record(for subscription: Subscription) -> Document {
        var notification = members(subscription, certificateURL: "SigningCertUrl", unsubscribeURL: "UnsubscribeUrl")
        notification["Subject"] = publication.subject.map { .string($0) } ?? .null
        if notification["MessageAttributes"] == nil { notification.append("MessageAttributes", .object(Members())) }
        return [
            "EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": .string(subscription.arn), "Sns": .object(notification),
        ]
    }

    private mutating func members(_ subscription: Subscription, certificateURL: String, unsubscribeURL: String) -> Members {
        let message = publication.text(for: subscription.deliveryProtocol)
        var members: Members = ["Type": "Notification", "MessageId": .string(publication.messageID)]
        members["SequenceNumber"] = publication.sequenceNumber.map { .string($0) }
        members.append("TopicArn", .string(publication.topic.description))
        members["Subject"] = publication.subject.map { .string($0) }
        members.append("Message", .string(message))
        members.append("Timestamp", .string(publication.published.iso8601Milliseconds))
        if !topic.isFIFO {
            members.append("SignatureVersion", .string(topic.signatureVersion))
            members.append("Signature", .string(signature(of: message)))
            members.append(certificateURL, .string(baseURL + SigningKey.certificatePath))
        }
        members.append(unsubscribeURL, .string(self.unsubscribeURL(for: subscription)))
        if !publication.attributes.isEmpty { members.append("MessageAttributes", attributes) }
        return members
    }

    private mutating func signature(of message: String) -> String {
        if let signed, signed.message == message { return signed.signature }
        let signature = SigningKey.signature(of: canonicalText(message), version: topic.signatureVersion)
        signed = (message, signature)
        return signature
    }

    /// What is signed: names and values, a line each.
    /// https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
    private func canonicalText(_ message: String) -> String {
        var text = "Message\n\(message)\nMessageId\n\(publication.messageID)\n"
        if let subject = publication.subject { text += "Subject\n\(subject)\n" }
        return text + "Timestamp\n\(publication.published.iso8601Milliseconds)\nTopicArn\n\(publication.topic)\nType\nNotification\n"
    }

    private var attributes: Document {
        .object(Members(publication.attributes.map { .init(name: $0.name, value: ["Type": .string($0.dataType), "Value": .string($0.value)]) }))
    }

    func unsubscribeURL(for subscription: Subscription) -> String { "\(baseURL)/?Action=Unsubscribe&SubscriptionArn=\(subscription.arn)" }
}

/// A notification on its way to an address.
struct NotificationPost {
    var url: String
    var headers: [(name: String, value: String)]
    var body: String

    init(_ publication: Publication, _ subscription: Subscription, _ envelope: inout Envelope) {
        url = subscription.endpoint
        body = subscription.isRaw ? publication.text(for: subscription.deliveryProtocol) : envelope.text(for: subscription)
        headers = [
            ("x-amz-sns-message-type", "Notification"), ("x-amz-sns-message-id", publication.messageID), ("x-amz-sns-topic-arn", publication.topic.description),
            ("x-amz-sns-subscription-arn", subscription.arn), ("Content-Type", "text/plain; charset=UTF-8"), ("User-Agent", "Amazon Simple Notification Service Agent"),
        ]
        if subscription.isRaw { headers.append(("x-amz-sns-rawdelivery", "true")) }
    }

    /// As a delivery carries it.
    var encoded: [UInt8] {
        Document.object([
            "url": .string(url), "headers": .object(Members(headers.map { .init(name: $0.name, value: .string($0.value)) })), "body": .string(body),
        ]).json()
    }

    init?(encoded: [UInt8]) {
        guard let document = try? Document(json: encoded), let url = document["url"]?.string, let body = document["body"]?.string,
            let headers = document["headers"]?.object
        else { return nil }
        self.url = url
        self.body = body
        self.headers = headers.compactMap { header in header.value.string.map { (header.name, $0) } }
    }
}

extension SNSService: Receiver {
    /// Posts to the address of a subscription. Anything but a 2xx is worth another attempt, save a 4xx.
    package func receive(_ delivery: Delivery) async throws(AWSError) {
        guard let notification = NotificationPost(encoded: delivery.payload) else { return }
        guard let post else { throw .notImplemented("deliveries to \(notification.url)") }
        let status = try await post(notification.url, notification.headers.map { ($0.name, $0.value) }, Array(notification.body.utf8))
        guard (200..<300).contains(status) else { throw AWSError("DeliveryFailed", "The endpoint answered \(status).", status: status >= 500 || status == 429 ? 500 : 400) }
    }
}
