import JSON
import Kernel

/// The document around a message on its way to queues, functions and addresses, laid out as AWS lays it out. Its text is made once for each text of
/// the message: subscriptions differ in the address that ends them only.
/// https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
struct Envelope {
    private let publication: Publication
    private let topic: Topic
    private let baseURL: String
    private let timestamp: String
    /// The latest text and signature: most subscriptions of a topic get the same message.
    private var frame: (message: String, head: String, tail: String)?
    private var rawAttributes: Document?
    private var signed: (message: String, signature: String)?

    init(_ publication: Publication, _ topic: Topic, _ call: Call) {
        self.publication = publication
        self.topic = topic
        baseURL = call.baseURL
        timestamp = publication.published.iso8601Milliseconds
    }

    /// As queues and addresses get it.
    mutating func text(for subscription: Subscription) -> String {
        let message = publication.text(for: subscription.deliveryProtocol)
        let frame: (message: String, head: String, tail: String)
        if let latest = self.frame, latest.message == message {
            frame = latest
        } else {
            frame = makeFrame(message)
            self.frame = frame
        }
        var text = ""
        let arn = Self.escaped(subscription.arn)
        text.reserveCapacity(frame.head.utf8.count + arn.utf8.count + frame.tail.utf8.count)
        text += frame.head
        text += arn
        text += frame.tail
        return text
    }

    /// A text between quotation marks. Nearly every ARN stays as it is, but clients name their regions.
    private static func escaped(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 < 32 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) else { return text }
        var writer = JSONWriter()
        writer.write(string: text)
        return String(writer.text.dropFirst().dropLast())
    }

    /// The message's attributes as queues with raw delivery get them.
    var queueAttributes: Document {
        mutating get {
            let attributes = rawAttributes ?? publication.attributes.sqs
            rawAttributes = attributes
            return attributes
        }
    }

    /// The text before and behind the subscription's ARN.
    private mutating func makeFrame(_ message: String) -> (message: String, head: String, tail: String) {
        var head = EnvelopeWriter(type: "Notification", capacity: message.utf8.count + 1200)
        head.member("MessageId", publication.messageID)
        if let sequenceNumber = publication.sequenceNumber { head.member("SequenceNumber", sequenceNumber) }
        head.member("TopicArn", publication.topic.description)
        if let subject = publication.subject { head.member("Subject", subject) }
        head.member("Message", message)
        head.member("Timestamp", timestamp)
        if !topic.isFIFO {
            head.member("SignatureVersion", topic.signatureVersion)
            head.member("Signature", signature(of: message))
            head.member("SigningCertURL", baseURL + SigningKey.certificatePath)
        }
        head.member("UnsubscribeURL", unsubscribeURL(for: ""))
        // The address's closing quotation mark comes behind the ARN.
        let start = String(head.text.dropLast())
        return (message, start, "\"" + attributesText + "\n}")
    }

    private var attributesText: String {
        guard !publication.attributes.isEmpty else { return "" }
        var writer = JSONWriter()
        writer.write(raw: ",\n  \"MessageAttributes\" : {")
        var isFirst = true
        for attribute in publication.attributes {
            if isFirst { writer.write(raw: "\n    ") } else { writer.write(raw: ",\n    ") }
            isFirst = false
            writer.write(string: attribute.name)
            writer.write(raw: " : ")
            writer.write(["Type": .string(attribute.dataType), "Value": .string(attribute.value)])
        }
        writer.write(raw: "\n  }")
        return writer.text
    }

    /// As functions get it, in `Records`.
    /// https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
    mutating func event(for subscription: Subscription) -> Document {
        let message = publication.text(for: subscription.deliveryProtocol)
        let attributes = publication.attributes.map {
            Members.Member(name: $0.name, value: ["Type": .string($0.dataType), "Value": .string($0.value)])
        }
        return ["Records": [[
            "EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": .string(subscription.arn),
            "Sns": [
                "Type": "Notification", "MessageId": .string(publication.messageID), "TopicArn": .string(publication.topic.description),
                "Subject": publication.subject.map { .string($0) } ?? .null, "Message": .string(message), "Timestamp": .string(timestamp),
                "SignatureVersion": .string(topic.signatureVersion), "Signature": .string(signature(of: message)),
                "SigningCertUrl": .string(baseURL + SigningKey.certificatePath), "UnsubscribeUrl": .string(unsubscribeURL(for: subscription.arn)),
                "MessageAttributes": .object(Members(attributes)),
            ],
        ]]]
    }

    func unsubscribeURL(for subscription: String) -> String { "\(baseURL)/?Action=Unsubscribe&SubscriptionArn=\(subscription)" }

    private mutating func signature(of message: String) -> String {
        if let signed, signed.message == message { return signed.signature }
        var lines = [("Message", message), ("MessageId", publication.messageID)]
        if let subject = publication.subject { lines.append(("Subject", subject)) }
        lines += [("Timestamp", timestamp), ("TopicArn", publication.topic.description), ("Type", "Notification")]
        let signature = SigningKey.signature(of: lines, version: topic.signatureVersion)
        signed = (message, signature)
        return signature
    }
}

/// Writes the members of a document of SNS: one a line, a blank on both sides of the colon.
struct EnvelopeWriter: ~Copyable {
    private var writer: JSONWriter

    init(type: String, capacity: Int = 1200) {
        writer = JSONWriter(capacity: capacity)
        writer.write(raw: "{\n  \"Type\" : ")
        writer.write(string: type)
    }

    mutating func member(_ name: StaticString, _ value: String) {
        writer.write(raw: ",\n  \"")
        writer.write(raw: name)
        writer.write(raw: "\" : ")
        writer.write(string: value)
    }

    /// What was written so far; the closing brace isn't there yet.
    var text: String { writer.text }
}
