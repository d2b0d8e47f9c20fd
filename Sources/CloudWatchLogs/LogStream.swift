import Collections

/// A sequence of events from one source.
/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_LogStream.html
struct LogStream: Sendable {
    let id: UInt64
    let name: String
    /// Milliseconds since the epoch, as all times here.
    let created: Int64
    var events = SortedMap<EventPosition, LogEvent>()
    /// Batches are counted, and never by the same number again.
    var lastBatch: UInt64 = 0
    var lastEventTimestamp: Int64?
    var lastIngestion: Int64?

    init(id: UInt64, name: String, created: Int64) {
        self.id = id
        self.name = name
        self.created = created
    }

    /// Takes a batch in.
    /// - Parameters:
    ///   - batch: in the order of their times.
    ///   - now: when it came.
    /// - Returns: its size in bytes.
    @discardableResult
    mutating func append(_ batch: some RandomAccessCollection<InputLogEvent>, number: UInt64, at now: Int64) -> Int {
        guard let last = batch.last else { return 0 }
        var size = 0
        var index = 0
        for event in batch {
            let kept = LogEvent(message: event.message, ingested: now)
            size += kept.size
            let position = EventPosition(timestamp: event.timestamp, batch: number, index: index, isLast: index == batch.count - 1)
            events.updateValue(kept, forKey: position)
            index += 1
        }
        lastBatch = max(lastBatch, number)
        lastEventTimestamp = max(lastEventTimestamp ?? last.timestamp, last.timestamp)
        lastIngestion = max(lastIngestion ?? now, now)
        return size
    }

    /// Drops the oldest events, those before a point in time, no more than so many at once.
    /// - Returns: the numbers of the batches of which none is left, and the bytes that are free.
    mutating func drop(before cutoff: Int64, limit: Int) -> (batches: [UInt64], count: Int, bytes: Int) {
        var dropped: (batches: [UInt64], count: Int, bytes: Int) = ([], 0, 0)
        while dropped.count < limit, let first = events.first, first.key.timestamp < cutoff {
            events.removeValue(forKey: first.key)
            dropped.count += 1
            dropped.bytes += first.value.size
            if first.key.isLastOfBatch { dropped.batches.append(first.key.batch) }
        }
        return dropped
    }

    /// The time of the first event that isn't older than that.
    func firstEventTimestamp(from cutoff: Int64) -> Int64? {
        var events = events.ascending(from: .including(.start(of: cutoff)))
        return events.next()?.key.timestamp
    }
}
