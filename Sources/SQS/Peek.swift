import Collections
import JSON
import Kernel

/// A look at a queue that changes nothing in it: LocalStack's `/_aws/sqs/messages`.
enum Peek {
    /// The messages of a queue as ReceiveMessage would answer them, all at once, with all attributes and two more: `IsVisible` and `IsDelayed`.
    enum ReceiveMessage: Operation {
        struct Input {
            var url: String
            /// Those in flight, too.
            var showsInvisible: Bool
            /// Those that are delayed, too.
            var showsDelayed: Bool
        }

        static func read(_ fields: inout Fields) throws(AWSError) -> Input {
            func flag(_ name: String) -> Bool { fields.members[name]?.bool ?? (fields.members[name]?.string?.lowercased() == "true") }
            return Input(
                url: try fields.string("QueueUrl") ?? "", showsInvisible: flag("ShowInvisible"), showsDelayed: flag("ShowDelayed"))
        }

        static func run(_ input: Input, on sqs: SQSService, _ call: Call) throws(AWSError) -> [Document] {
            guard !input.url.isEmpty else { throw .queueDoesNotExist }
            guard QueueName(url: input.url, call.scope) != nil else { throw .invalidAddress(input.url) }
            return try sqs.withQueue(sqs.find(input.url, call), at: call.now) { (queue) throws(AWSError) in
                let hidden = input.showsInvisible ? [] : queue.blocked
                return queue.messages.compactMap { order, message -> Document? in
                    switch message.place {
                    case .available where hidden.contains(order): nil
                    case .inFlight where !input.showsInvisible: nil
                    case .delayed where !input.showsDelayed: nil
                    default: message.peeked
                    }
                }
            }
        }

        static func write(_ messages: [Document]) -> Reply { messages.isEmpty ? Reply() : Reply(["Messages": .array(messages)]) }
    }
}

extension Message {
    fileprivate var peeked: Document {
        let handle = ReceiptHandle(queue: 0, order: 0, tag: 0, receive: 0)
        let received = ReceivedMessage(message: self, handle: handle, systemAttributes: .all, attributes: MessageAttributeSelection(["All"]))
        guard var members = received.document.object, var attributes = members["Attributes"]?.object else { return received.document }
        // No handle: nothing was received.
        members["ReceiptHandle"] = "SQS/BACKDOOR/ACCESS"
        if attributes["ApproximateFirstReceiveTimestamp"] == nil { attributes.append("ApproximateFirstReceiveTimestamp", "0") }
        var (isVisible, isDelayed) = (true, false)
        switch place {
        case .available: break
        case .inFlight: isVisible = false
        case .delayed: isDelayed = true
        }
        attributes.append("IsVisible", .string("\(isVisible)"))
        attributes.append("IsDelayed", .string("\(isDelayed)"))
        members["Attributes"] = .object(attributes)
        return .object(members)
    }
}

extension Queue {
    /// The messages that wait behind one of their group that is in flight.
    fileprivate var blocked: Set<UInt64> {
        guard isFIFO else { return [] }
        var locked: Set<String> = []
        var blocked: Set<UInt64> = []
        for (order, message) in messages {
            let group = message.sent.groupID ?? ""
            if case .inFlight = message.place { locked.insert(group) } else if locked.contains(group) { blocked.insert(order) }
        }
        return blocked
    }
}
