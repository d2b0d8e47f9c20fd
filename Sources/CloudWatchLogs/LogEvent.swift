/// Where an event stands in its stream: by its time, and by its arrival among those of one time.
struct EventPosition: Comparable, Sendable, Hashable {
    /// Milliseconds since the epoch.
    var timestamp: Int64
    /// The number of its batch, then its place in it, then whether it is the batch's last: once that one is dropped, the whole batch is.
    var order: UInt64

    init(timestamp: Int64, order: UInt64) {
        self.timestamp = timestamp
        self.order = order
    }

    init(timestamp: Int64, batch: UInt64, index: Int, isLast: Bool) {
        self.init(timestamp: timestamp, order: batch << 15 | UInt64(truncatingIfNeeded: index) << 1 | (isLast ? 1 : 0))
    }

    /// Before every event of that time.
    static func start(of timestamp: Int64) -> EventPosition { EventPosition(timestamp: timestamp, order: 0) }

    var batch: UInt64 { order >> 15 }
    var isLastOfBatch: Bool { order & 1 == 1 }

    static func < (left: EventPosition, right: EventPosition) -> Bool {
        left.timestamp != right.timestamp ? left.timestamp < right.timestamp : left.order < right.order
    }
}

/// A line of a log as it is kept; its time is its place (``EventPosition``).
struct LogEvent: Sendable {
    var message: String
    /// When it came, in milliseconds since the epoch.
    var ingested: Int64

    /// What AWS counts for an event beside its message.
    static let overhead = 26

    var size: Int { message.utf8.count + Self.overhead }
}

/// A line of a log as it is sent.
package struct InputLogEvent: Sendable, Equatable {
    /// Milliseconds since the epoch.
    package var timestamp: Int64
    package var message: String

    package init(timestamp: Int64, message: String) {
        self.timestamp = timestamp
        self.message = message
    }
}
