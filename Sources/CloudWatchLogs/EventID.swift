/// The 56 digits by which AWS names an event, and within which its tokens are: its time, its stream and its place there as one number, so that
/// numbers stand in the order of the events.
struct EventID: Comparable, Sendable {
    var timestamp: Int64
    var stream: UInt64
    var order: UInt64

    init(timestamp: Int64, stream: UInt64, order: UInt64) {
        self.timestamp = min(max(timestamp, 0), Self.latest)
        self.stream = stream
        self.order = order
    }

    init(_ position: EventPosition, in stream: UInt64) {
        self.init(timestamp: position.timestamp, stream: stream, order: position.order)
    }

    /// Times have 40 bits and a few more: the number's 144 lower bits belong to the stream and the order.
    static let latest: Int64 = (1 << 44) - 1

    var position: EventPosition { EventPosition(timestamp: timestamp, order: order) }

    static func < (left: EventID, right: EventID) -> Bool {
        (left.timestamp, left.stream, left.order) < (right.timestamp, right.stream, right.order)
    }

    private static let digits = 56

    /// As 32-bit digits, the highest first.
    private var words: [UInt32] {
        let time = UInt64(timestamp) << 16
        return [time, stream, order].flatMap { [UInt32(truncatingIfNeeded: $0 >> 32), UInt32(truncatingIfNeeded: $0)] }
    }

    /// Fifty-six decimal digits.
    var text: String {
        var words = words
        return String(unsafeUninitializedCapacity: Self.digits) { buffer in
            var index = Self.digits
            while index > 0 {
                var rest: UInt64 = 0
                for place in words.indices {
                    let value = rest << 32 | UInt64(words[place])
                    words[place] = UInt32(truncatingIfNeeded: value / 100_000_000)
                    rest = value % 100_000_000
                }
                for _ in 0..<min(8, index) {
                    index -= 1
                    buffer[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                    rest /= 10
                }
            }
            return Self.digits
        }
    }

    /// `nil` for what isn't one.
    init?(_ text: some StringProtocol) {
        guard text.utf8.count == Self.digits, text.utf8.allSatisfy({ $0 &- 48 < 10 }) else { return nil }
        var words = [UInt32](repeating: 0, count: 6)
        for digit in text.utf8 {
            var carry = UInt64(digit &- 48)
            for place in words.indices.reversed() {
                let value = UInt64(words[place]) * 10 + carry
                words[place] = UInt32(truncatingIfNeeded: value)
                carry = value >> 32
            }
            guard carry == 0 else { return nil }
        }
        let parts = stride(from: 0, to: 6, by: 2).map { UInt64(words[$0]) << 32 | UInt64(words[$0 + 1]) }
        guard parts[0] & 0xFFFF == 0, let time = Int64(exactly: parts[0] >> 16), time <= Self.latest else { return nil }
        (timestamp, stream, order) = (time, parts[1], parts[2])
    }
}
