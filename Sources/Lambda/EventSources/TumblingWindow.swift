import JSON
import Kernel

/// A span of time whose records a function aggregates: what it returns after each batch is given to it with the next.
/// https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-windows.html
struct TumblingWindow: Sendable, Equatable {
    /// The most bytes of what the function returns.
    static let stateLimit = 1 << 20

    let start: Timestamp
    let end: Timestamp
    /// JSON: what the function returned last.
    var state: [UInt8] = Array("{}".utf8)
    /// Its state has become too large: it ends before its time.
    var isTooLarge = false

    init(start: Timestamp, end: Timestamp) {
        self.start = start
        self.end = end
    }

    /// The window that a record belongs to: they follow each other from the epoch on.
    init(of created: Double, seconds: Int) {
        let start = (Int64(exactly: created.rounded(.down)) ?? 0) / Int64(max(1, seconds)) * Int64(max(1, seconds))
        self.init(start: Timestamp(seconds: start), end: Timestamp(seconds: start + Int64(seconds)))
    }

    /// What stands in an event beside its records.
    func members(_ shard: String, _ sourceARN: String, isFinal: Bool) -> [UInt8] {
        var json: [UInt8] = Array(#","window":{"start":"\#(start.iso8601)","end":"\#(end.iso8601)"},"state":"#.utf8)
        json += state
        let rest: Members = [
            "shardId": .string(shard), "eventSourceARN": .string(sourceARN), "isFinalInvokeForWindow": .bool(isFinal),
            "isWindowTerminatedEarly": .bool(isFinal && isTooLarge),
        ]
        json += Array(",".utf8) + Document.object(rest).json().dropFirst().dropLast()
        return json
    }

    var document: Document {
        [
            "start": .int(start.microseconds), "end": .int(end.microseconds), "state": .string(String(decoding: state, as: UTF8.self)),
            "isTooLarge": .bool(isTooLarge),
        ]
    }

    init?(document: Document) {
        guard let start = document["start"]?.int, let end = document["end"]?.int, let state = document["state"]?.string else { return nil }
        self.init(start: Timestamp(microseconds: Int64(start)), end: Timestamp(microseconds: Int64(end)))
        self.state = Array(state.utf8)
        isTooLarge = document["isTooLarge"]?.bool ?? false
    }
}
