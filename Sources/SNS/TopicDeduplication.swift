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

    static let window = Duration.seconds(300)

    private var answers = SortedMap<String, Answer>()

    /// The answer to the message that had this key within the window.
    func answer(_ key: String, at now: Timestamp) -> Answer? { answers[key].flatMap { $0.taken + Self.window > now ? $0 : nil } }

    mutating func keep(_ answer: Answer, _ key: String) { answers[key] = answer }

    /// Forgets what is older than the window.
    /// - Returns: the keys.
    mutating func forget(at now: Timestamp) -> [String] {
        let old = answers.filter { $0.value.taken + Self.window <= now }.map(\.key)
        for key in old { answers[key] = nil }
        return old
    }

    var all: [(key: String, answer: Answer)] { answers.map { ($0.key, $0.value) } }
}
