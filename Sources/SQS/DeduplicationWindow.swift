import Collections
import Kernel

/// What a FIFO queue has taken in the last five minutes, by deduplication id: a message that comes again is answered as the first was, and not queued.
/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html
struct DeduplicationWindow: Sendable {
    /// What the first one was answered.
    struct Answer: Sendable, Equatable {
        var messageID: String
        var sequenceNumber: String
        var taken: Timestamp
    }

    static let length = Duration.seconds(300)

    private var answers = SortedMap<String, Answer>()
    private var byTime = SortedMap<Taken, Void>()

    private struct Taken: Comparable, Sendable {
        var time: Timestamp
        var key: String

        static func < (left: Taken, right: Taken) -> Bool { left.time != right.time ? left.time < right.time : left.key < right.key }
    }

    /// The answer to the message that had this key within the window.
    func answer(_ key: String, at now: Timestamp) -> Answer? {
        guard let answer = answers[key], answer.taken + Self.length > now else { return nil }
        return answer
    }

    mutating func keep(_ answer: Answer, _ key: String) {
        if let old = answers.updateValue(answer, forKey: key) { byTime.removeValue(forKey: Taken(time: old.taken, key: key)) }
        byTime.updateValue((), forKey: Taken(time: answer.taken, key: key))
    }

    /// Forgets what is older than the window.
    /// - Returns: the keys.
    mutating func forget(at now: Timestamp) -> [String] {
        var forgotten: [String] = []
        while let first = byTime.first?.key, first.time + Self.length <= now {
            byTime.removeValue(forKey: first)
            answers[first.key] = nil
            forgotten.append(first.key)
        }
        return forgotten
    }

    /// Every answer with its key.
    var all: [(key: String, answer: Answer)] { answers.map { ($0.key, $0.value) } }
}
