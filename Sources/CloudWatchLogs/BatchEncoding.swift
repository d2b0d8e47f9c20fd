/// How a batch of events stands in the journal: when it came, then each event's time, its message's length, and the message.
enum BatchEncoding {
    static func encode(_ batch: ArraySlice<InputLogEvent>, at time: Int64) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(batch.reduce(8) { $0 + 12 + $1.message.utf8.count })
        append(UInt64(bitPattern: time), 8, to: &bytes)
        for event in batch {
            append(UInt64(bitPattern: event.timestamp), 8, to: &bytes)
            append(UInt64(event.message.utf8.count), 4, to: &bytes)
            bytes.append(contentsOf: event.message.utf8)
        }
        return bytes
    }

    private static func append(_ number: UInt64, _ count: Int, to bytes: inout [UInt8]) {
        for shift in stride(from: (count - 1) * 8, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(shift))) }
    }

    /// `nil` where the bytes aren't a batch.
    static func decode(_ bytes: [UInt8]) -> (events: [InputLogEvent], time: Int64)? {
        var rest = bytes[...]
        guard let time = number(&rest, 8) else { return nil }
        var events: [InputLogEvent] = []
        while !rest.isEmpty {
            guard let timestamp = number(&rest, 8), let length = number(&rest, 4), length <= UInt64(rest.count) else { return nil }
            events.append(InputLogEvent(timestamp: Int64(bitPattern: timestamp), message: String(decoding: rest.prefix(Int(length)), as: UTF8.self)))
            rest = rest.dropFirst(Int(length))
        }
        return (events, Int64(bitPattern: time))
    }

    private static func number(_ bytes: inout ArraySlice<UInt8>, _ count: Int) -> UInt64? {
        guard bytes.count >= count else { return nil }
        defer { bytes = bytes.dropFirst(count) }
        return bytes.prefix(count).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
