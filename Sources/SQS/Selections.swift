import JSON
import Kernel

/// Which system attributes a receive asks for.
struct SystemAttributeSelection: Sendable {
    static let names = [
        "SenderId", "SentTimestamp", "ApproximateReceiveCount", "ApproximateFirstReceiveTimestamp", "SequenceNumber", "MessageDeduplicationId", "MessageGroupId",
        "AWSTraceHeader", "DeadLetterQueueSourceArn",
    ]

    private var isAll = false
    private var chosen: [String] = []

    var isEmpty: Bool { !isAll && chosen.isEmpty }

    /// Every attribute that a message has.
    static let all: SystemAttributeSelection = {
        var selection = SystemAttributeSelection()
        selection.isAll = true
        return selection
    }()

    private init() {}

    /// - Throws: `InvalidAttributeName`.
    init(_ names: [String]) throws(AWSError) {
        for name in names {
            if name == "All" {
                isAll = true
            } else if Self.names.contains(name) {
                chosen.append(name)
            } else if !QueueAttributes.settable.contains(name) {
                throw .invalidAttributeName("Unknown Attribute \(name).")
            }
        }
    }

    func document(_ message: Message) -> Members {
        var members = Members()
        guard !isEmpty else { return members }
        for name in Self.names where isAll || chosen.contains(name) {
            if let value = Self.value(name, message) { members.append(name, .string(value)) }
        }
        return members
    }

    private static func value(_ name: String, _ message: Message) -> String? {
        switch name {
        case "SenderId": message.sent.senderID
        case "SentTimestamp": "\(message.sent.sent.milliseconds)"
        case "ApproximateReceiveCount": "\(message.receivesInAll)"
        case "ApproximateFirstReceiveTimestamp": message.firstReceived.map { "\($0.milliseconds)" }
        case "SequenceNumber": message.sent.sequenceNumber
        case "MessageDeduplicationId": message.sent.deduplicationID
        case "MessageGroupId": message.sent.groupID
        case "AWSTraceHeader": message.sent.traceHeader
        case "DeadLetterQueueSourceArn": message.sent.deadLetterSource
        default: nil
        }
    }
}

/// Which of a message's own attributes a receive asks for: names, `All` or `.*`, or beginnings (`order.*`).
struct MessageAttributeSelection: Sendable {
    private var isAll = false
    private var names: [String] = []
    private var prefixes: [String] = []

    init(_ names: [String]) {
        for name in names {
            if name == "All" || name == ".*" {
                isAll = true
            } else if name.hasSuffix(".*") {
                prefixes.append(String(name.dropLast(2)))
            } else {
                self.names.append(name)
            }
        }
    }

    func chosen(_ attributes: [MessageAttribute]) -> [MessageAttribute] {
        if isAll { return attributes }
        return attributes.filter { attribute in names.contains(attribute.name) || prefixes.contains { attribute.name.hasPrefix($0) } }
    }
}
