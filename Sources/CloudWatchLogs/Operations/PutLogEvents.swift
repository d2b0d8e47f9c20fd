import Collections
import JSON
import Kernel

@CloudActor let eventOperations: [OperationEntry<CloudWatchLogsService>] = [
    .logs(PutLogEvents.self), .logs(GetLogEvents.self), .logs(FilterLogEvents.self), .logs(TestMetricFilter.self),
]

/// Puts a batch into a stream. Sequence tokens are answered and, when they come back, not looked at.
/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
enum PutLogEvents: Operation {
    struct Input {
        var group: String
        var stream: String
        var events: [InputLogEvent]
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let group = try fields.groupName()
        let stream = try fields.streamName()
        let events = try events(&fields)
        _ = try fields.string("sequenceToken", .length(min: 1))
        try readEntity(&fields)
        return Input(group: group, stream: stream, events: events)
    }

    private static func events(_ fields: inout Fields) throws(AWSError) -> [InputLogEvent] {
        guard let list = try fields.list("logEvents") else {
            fields.missing("logEvents")
            return []
        }
        // Its elements aren't printed: there may be millions of characters.
        if list.isEmpty { fields.violate("[]", "logEvents", "Member must have length greater than or equal to 1") }
        if list.count > 10_000 { fields.violate("[...]", "logEvents", "Member must have length less than or equal to 10000") }
        var events: [InputLogEvent] = []
        events.reserveCapacity(min(list.count, 10_000))
        for (index, element) in list.enumerated() {
            guard case .object(let members) = element else { throw .serialization("Unexpected value type in payload") }
            if case .number(let time)? = members["timestamp"], let timestamp = Int64(time), timestamp >= 0, case .string(let message)? = members["message"],
                !message.isEmpty
            {
                events.append(InputLogEvent(timestamp: timestamp, message: message))
            } else {
                // A number in another form, or what is wrong with it.
                events.append(try fields.nested(members, "logEvents.\(index + 1).member.") { (event) throws(AWSError) in
                    let time = try event.requiredInt("timestamp", .range(min: 0))
                    return InputLogEvent(timestamp: Int64(time), message: try event.requiredString("message", .length(min: 1)))
                })
            }
        }
        return events
    }

    /// Entities tell what events are about. They have the right shape, or the request is refused; nothing is made of them.
    private static func readEntity(_ fields: inout Fields) throws(AWSError) {
        _ = try fields.structure("entity") { (entity) throws(AWSError) in
            for name in ["keyAttributes", "attributes"] { _ = try entity.stringMap(name) }
        }
    }

    static func run(_ input: Input, on logs: CloudWatchLogsService, _ call: Call) throws(AWSError) -> BatchReceipt {
        try logs.put(input.events, into: input.stream, of: GroupName(input.group, in: call.scope), call)
    }

    static func write(_ receipt: BatchReceipt) -> Reply {
        var members: Members = ["nextSequenceToken": .string(receipt.sequenceToken)]
        var rejected = Members()
        rejected["tooNewLogEventStartIndex"] = receipt.tooNewStart.map { .int($0) }
        rejected["tooOldLogEventEndIndex"] = receipt.tooOldEnd.map { .int($0) }
        rejected["expiredLogEventEndIndex"] = receipt.expiredEnd.map { .int($0) }
        if !rejected.isEmpty { members["rejectedLogEventsInfo"] = .object(rejected) }
        return Reply(.object(members))
    }
}

/// What became of a batch: where the events that were taken begin and end.
struct BatchReceipt: Sendable {
    var sequenceToken = ""
    /// The first event that is too far in the future.
    var tooNewStart: Int?
    /// The first event that isn't too old any more.
    var tooOldEnd: Int?
    /// The first event that hasn't outlived the group's retention.
    var expiredEnd: Int?
}

/// What a batch may be. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
enum BatchLimits {
    static let bytes = 1_048_576
    static let span: Int64 = 86_400_000
    static let oldest: Int64 = 14 * 86_400_000
    static let newest: Int64 = 2 * 3_600_000

    static func check(_ batch: [InputLogEvent]) throws(AWSError) {
        var size = 0
        var previous: Int64 = 0
        for event in batch {
            let bytes = event.message.utf8.count + LogEvent.overhead
            guard bytes <= Self.bytes else { throw .invalidParameter("Log event too large: \(bytes) bytes exceeds limit of \(Self.bytes)") }
            size += bytes
            guard event.timestamp >= previous else {
                throw .invalidParameter("Log events in a single PutLogEvents request must be in chronological order.")
            }
            previous = event.timestamp
        }
        guard size <= bytes else { throw .invalidParameter("Upload too large: \(size) bytes exceeds limit of \(bytes)") }
        if let first = batch.first, let last = batch.last, last.timestamp - first.timestamp > span {
            throw .invalidParameter("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")
        }
    }
}

extension CloudWatchLogsService {
    /// Puts a batch into a stream: one entry of the journal, and a delivery for each subscription that wants some of it.
    /// - Throws: `InvalidParameterException` for a batch that can't be, `ResourceNotFoundException`.
    func put(_ batch: [InputLogEvent], into stream: String, of name: GroupName, _ call: Call) throws(AWSError) -> BatchReceipt {
        try BatchLimits.check(batch)
        let now = call.now.milliseconds
        let key = Bytes(utf8: stream)
        var receipt = BatchReceipt()
        var taken = batch[...]
        var expires = false
        let (groupID, streamID, number, filters) = try withGroup(name) { (group) throws(AWSError) in
            guard group.streams.contains(key) else { throw .noSuchStream }
            taken = Self.accepted(batch, retention: group.retentionDays == nil ? nil : group.cutoff(at: now), at: now, &receipt)
            expires = group.retentionDays != nil
            let (id, number, size) = group.streams.withValue(forKey: key, default: LogStream(id: 0, name: stream, created: now)) { stream in
                let number = stream.lastBatch + 1
                let size = stream.append(taken, number: number, at: now)
                receipt.sequenceToken = stream.sequenceToken
                return (stream.id, number, size)
            }
            group.storedBytes += size
            return (group.id, id, number, group.subscriptionFilters)
        }
        guard !taken.isEmpty else { return receipt }
        keep(taken, number: number, of: streamID, in: groupID, at: now)
        if expires { expire(stream, of: name, at: now) }
        for filter in filters { deliver(taken, number: number, of: streamID, stream, in: name, to: filter, call) }
        return receipt
    }

    /// The events that are neither too old, nor expired, nor too new.
    private static func accepted(_ batch: [InputLogEvent], retention: Int64?, at now: Int64, _ receipt: inout BatchReceipt) -> ArraySlice<InputLogEvent> {
        let oldest = now - BatchLimits.oldest
        let newest = now + BatchLimits.newest
        let tooOld = batch.firstIndex { $0.timestamp >= oldest } ?? batch.count
        let expired = retention.map { cutoff in batch.firstIndex { $0.timestamp >= cutoff } ?? batch.count } ?? 0
        let tooNew = batch.firstIndex { $0.timestamp > newest } ?? batch.count
        if tooOld > 0 { receipt.tooOldEnd = tooOld }
        if expired > 0 { receipt.expiredEnd = expired }
        if tooNew < batch.count { receipt.tooNewStart = tooNew }
        let start = max(tooOld, expired)
        return start < tooNew ? batch[start..<tooNew] : []
    }
}
