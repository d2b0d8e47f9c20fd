import Collections
import Kernel

/// What a FIFO queue remembers for five minutes by a key that its client chose: what it has taken, and what it has handed out. Coming again within them
/// makes them no longer.
struct Window<Value: Sendable>: Sendable {
    static var length: Duration { .seconds(300) }

    private struct Entry: Sendable {
        var value: Value
        var begun: Timestamp
    }

    private struct Begun: Comparable, Sendable {
        var time: Timestamp
        var key: String

        static func < (left: Begun, right: Begun) -> Bool { left.time != right.time ? left.time < right.time : left.key < right.key }
    }

    private var entries = SortedMap<String, Entry>()
    private var byTime = SortedMap<Begun, Void>()

    /// What had this key within the last five minutes.
    func value(_ key: String, at now: Timestamp) -> Value? {
        guard let entry = entries[key], entry.begun + Self.length > now else { return nil }
        return entry.value
    }

    /// When what had this key began.
    func begun(_ key: String) -> Timestamp? { entries[key]?.begun }

    mutating func keep(_ value: Value, _ key: String, since begun: Timestamp) {
        if let old = entries.updateValue(Entry(value: value, begun: begun), forKey: key) { byTime.removeValue(forKey: Begun(time: old.begun, key: key)) }
        byTime.updateValue((), forKey: Begun(time: begun, key: key))
    }

    /// Forgets what is older than five minutes.
    /// - Returns: the keys.
    mutating func forget(at now: Timestamp) -> [String] {
        var forgotten: [String] = []
        while let first = byTime.first?.key, first.time + Self.length <= now {
            byTime.removeValue(forKey: first)
            entries[first.key] = nil
            forgotten.append(first.key)
        }
        return forgotten
    }

    mutating func removeAll() { self = Window() }

    /// Everything, with its key and when it began.
    var all: [(key: String, value: Value, begun: Timestamp)] { entries.map { ($0.key, $0.value.value, $0.value.begun) } }
}

/// What the first message with a deduplication id was answered; one that comes again is answered the same, and not queued.
/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html
struct TakenMessage: Sendable, Equatable {
    var messageID: String
    var sequenceNumber: String
}

/// What a receive with a `ReceiveRequestAttemptId` was given. Asking again gives the same messages with the same receipt handles, as long as none of them
/// was deleted, changed, or came back.
/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-receiverequestattemptid-request-parameter.html
struct ReceiveAttempt: Sendable, Equatable {
    /// When the messages come back unless they are asked for again.
    var end: Timestamp
    var messages: [Message]

    struct Message: Sendable, Equatable {
        var order: UInt64
        /// The number of the receive, as the receipt handle has it.
        var receive: Int
    }
}
