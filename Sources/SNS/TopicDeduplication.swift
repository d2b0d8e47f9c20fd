import Collections
import Kernel

/// What a FIFO topic has taken in the last five minutes, by deduplication id.
/// https://docs.aws.amazon.com/sns/latest/dg/fifo-message-dedup.html
struct TopicDeduplication: Sendable {
    /// What the first one was answered.
    struct Answer: Sendable, Equatable {
        var messageID: String
        var sequenceNumber: String
        var taken: Timestamp
    }

    private struct Age: Comparable, Sendable {
        var taken: Timestamp
        var key: String

        static func < (left: Age, right: Age) -> Bool { left.taken != right.taken ? left.taken < right.taken : left.key < right.key }
    }

    static let window = Duration.seconds(300)

    private var answers = SortedMap<String, Answer>()
    /// The same, oldest first.
    private var ages = SortedMap<Age, Bool>()

    /// The answer to the message that had this key within the window.
    func answer(_ key: String, at now: Timestamp) -> Answer? { answers[key].flatMap { $0.taken + Self.window > now ? $0 : nil } }

    mutating func keep(_ answer: Answer, _ key: String) {
        if let old = answers[key] { ages[Age(taken: old.taken, key: key)] = nil }
        answers[key] = answer
        ages[Age(taken: answer.taken, key: key)] = true
    }

    /// Forgets what is older than the window.
    /// - Returns: the keys.
    mutating func forget(at now: Timestamp) -> [String] {
        var old: [String] = []
        while let oldest = ages.first?.key, oldest.taken + Self.window <= now {
            ages[oldest] = nil
            answers[oldest.key] = nil
            old.append(oldest.key)
        }
        return old
    }

    var all: [(key: String, answer: Answer)] { answers.map { ($0.key, $0.value) } }
}
