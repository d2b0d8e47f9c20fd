import Collections
import JSON
import Kernel

@CloudActor let streamOperations: [OperationEntry<CloudWatchLogsService>] = [
    .logs(CreateLogStream.self), .logs(DeleteLogStream.self), .logs(DescribeLogStreams.self),
]

/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogStream.html
enum CreateLogStream: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> (group: String, stream: String) {
        let group = try fields.groupName()
        return (group, try fields.streamName())
    }

    static func run(_ input: (group: String, stream: String), on logs: CloudWatchLogsService, _ call: Call) throws(AWSError) {
        let key = Bytes(utf8: input.stream)
        let id = logs.state.lastID + 1
        let (stream, group) = try logs.withGroup(GroupName(input.group, in: call.scope)) { (group) throws(AWSError) in
            guard !group.streams.contains(key) else { throw .streamExists }
            let stream = LogStream(id: id, name: input.stream, created: call.now.milliseconds)
            group.streams.updateValue(stream, forKey: key)
            return (stream, group.id)
        }
        logs.state.lastID = id
        logs.keep(stream, of: group)
    }

    static func write(_ output: Void) -> Reply { Reply() }
}

/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogStream.html
enum DeleteLogStream: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> (group: String, stream: String) {
        let group = try fields.groupName()
        return (group, try fields.streamName())
    }

    static func run(_ input: (group: String, stream: String), on logs: CloudWatchLogsService, _ call: Call) throws(AWSError) {
        let (group, stream) = try logs.withGroup(GroupName(input.group, in: call.scope)) { (group) throws(AWSError) in
            guard let stream = group.streams.removeValue(forKey: Bytes(utf8: input.stream)) else { throw .noSuchStream }
            group.storedBytes -= stream.events.reduce(0) { $0 + $1.value.size }
            return (group.id, stream.id)
        }
        logs.environment.journal.delete(logs.name, JournalKey.stream(group, stream))
        logs.environment.journal.deletePrefix(logs.name, JournalKey.batches(of: group, stream))
    }

    static func write(_ output: Void) -> Reply { Reply() }
}

/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogStreams.html
enum DescribeLogStreams: Operation {
    struct Input {
        var group: GroupReference
        var prefix: String?
        var isByTime: Bool
        var isDescending: Bool
        var token: String?
        var limit: Int
    }

    struct Output {
        var group: LogGroup
        var page: Page<LogStream>
        /// The time before which events are expired.
        var cutoff: Int64
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let group = try fields.group()
        let prefix = try fields.optionalStreamName("logStreamNamePrefix")
        let order = try fields.string("orderBy", .oneOf(["LogStreamName", "LastEventTime"]))
        let isDescending = try fields.bool("descending") ?? false
        return Input(
            group: group, prefix: prefix, isByTime: order == "LastEventTime", isDescending: isDescending, token: try fields.token(),
            limit: try fields.limit(most: 50) ?? 50)
    }

    static func run(_ input: Input, on logs: CloudWatchLogsService, _ call: Call) throws(AWSError) -> Output {
        let name = try input.group.resolve(call)
        if input.isByTime, input.prefix != nil { throw .invalidParameter("Cannot order by LastEventTime with a logStreamNamePrefix.") }
        let after = try PageToken.decode(input.token)
        let group = try logs.group(name)
        let page = input.isByTime ? try byTime(group, input, after) : byName(group, input, after)
        return Output(group: group, page: page, cutoff: group.cutoff(at: call.now.milliseconds))
    }

    private static func byName(_ group: LogGroup, _ input: Input, _ after: String?) -> Page<LogStream> {
        typealias Bound = SortedMap<Bytes, LogStream>.Bound
        let after = after.map { Bytes(utf8: $0) }
        let prefix = input.prefix.map { Bytes(utf8: $0) }
        let low = prefix.map { Bound.including($0) } ?? .unbounded
        let high = prefix?.prefixSuccessor.map { Bound.excluding($0) } ?? .unbounded
        let name: (LogStream) -> String = { $0.name }
        if input.isDescending {
            let start = after.map { Bound.excluding($0) } ?? high
            return Page(group.streams.descending(from: start, to: low).lazy.map(\.value), limit: input.limit, name: name)
        }
        let start = after.map { Bound.excluding($0) } ?? low
        return Page(group.streams.ascending(from: start, to: high).lazy.map(\.value), limit: input.limit, name: name)
    }

    /// Streams by their last event, those without one as the oldest; of the same time by their names.
    private struct Recency: Comparable {
        var time: Int64
        var name: Bytes

        static func < (left: Recency, right: Recency) -> Bool { left.time != right.time ? left.time < right.time : left.name < right.name }
    }

    private static func byTime(_ group: LogGroup, _ input: Input, _ after: String?) throws(AWSError) -> Page<LogStream> {
        var start: Recency?
        if let after {
            let parts = after.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let time = Int64(parts[0]) else { throw .invalidToken }
            start = Recency(time: time, name: Bytes(utf8: String(parts[1])))
        }
        let isDescending = input.isDescending
        let precedes: (Recency, Recency) -> Bool = { isDescending ? $1 < $0 : $0 < $1 }
        // One pass keeps the page's streams and one more: no order of all is made.
        var first: [(Recency, LogStream)] = []
        for (key, stream) in group.streams {
            let recency = Recency(time: stream.lastEventTimestamp ?? -1, name: key)
            if let start, !precedes(start, recency) { continue }
            if first.count > input.limit, let last = first.last, !precedes(recency, last.0) { continue }
            first.insert((recency, stream), at: first.firstIndex { precedes(recency, $0.0) } ?? first.endIndex)
            if first.count > input.limit + 1 { first.removeLast() }
        }
        return Page(first.lazy.map(\.1), limit: input.limit) { "\($0.lastEventTimestamp ?? -1)/\($0.name)" }
    }

    static func write(_ output: Output) -> Reply {
        output.page.reply("logStreams") { stream in
            var members: Members = [
                "logStreamName": .string(stream.name), "creationTime": .int(stream.created), "arn": .string(output.group.arn(ofStream: stream.name).description),
                // Since 2019 there is no more to it.
                "storedBytes": 0,
            ]
            members["firstEventTimestamp"] = stream.firstEventTimestamp(from: output.cutoff).map { .int($0) }
            members["lastEventTimestamp"] = stream.lastEventTimestamp.map { .int($0) }
            members["lastIngestionTime"] = stream.lastIngestion.map { .int($0) }
            if stream.lastIngestion != nil { members["uploadSequenceToken"] = .string(stream.sequenceToken) }
            return .object(members)
        }
    }
}

extension LogStream {
    /// Nobody needs it any more, but it is answered.
    var sequenceToken: String { EventID(timestamp: lastIngestion ?? created, stream: id, order: lastBatch).text }
}
