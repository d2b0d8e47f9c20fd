import Collections
import JSON
import Kernel

/// The events of many streams that match a pattern, in the order of their times.
/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
enum FilterLogEvents: Operation {
    struct Input {
        var group: GroupReference
        var streams: [String]?
        var prefix: String?
        var start: Int64?
        var end: Int64?
        var pattern: String?
        var token: String?
        var limit: Int
    }

    struct Found: JSONWritable {
        var stream: String
        var id: EventID
        var event: LogEvent

        var document: Document {
            [
                "logStreamName": .string(stream), "timestamp": .int(id.timestamp), "message": .string(event.message), "ingestionTime": .int(event.ingested),
                "eventId": .string(id.text),
            ]
        }

        func write(to json: inout JSONWriter) { json.write(document) }
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let group = try fields.group()
        let streams = try fields.strings("logStreamNames", .length(min: 1, max: 100))
        let prefix = try fields.optionalStreamName("logStreamNamePrefix")
        let start = try fields.time("startTime")
        let end = try fields.time("endTime")
        let pattern = try fields.filterPattern()
        let token = try fields.token()
        let limit = try fields.limit(most: 10_000) ?? 10_000
        // Events have been interleaved always since 2019.
        _ = try fields.bool("interleaved")
        _ = try fields.bool("unmask")
        return Input(group: group, streams: streams, prefix: prefix, start: start, end: end, pattern: pattern, token: token, limit: limit)
    }

    static func run(_ input: Input, on logs: CloudWatchLogsService, _ call: Call) throws(AWSError) -> (events: [Found], next: EventID?) {
        let name = try input.group.resolve(call)
        if input.streams != nil, input.prefix != nil {
            throw .invalidParameter("logStreamNamePrefix and logStreamNames are mutually exclusive parameters.")
        }
        let pattern = try FilterPattern(input.pattern ?? "")
        let after = try input.token.map { (token) throws(AWSError) in try Token.decode(token) }
        let group = try logs.group(name)
        let start = max(input.start ?? 0, group.cutoff(at: call.now.milliseconds))
        var search = EventSearch(try streams(input, of: group), from: start, to: input.end, after: after)
        return search.page(pattern, limit: input.limit)
    }

    private static func streams(_ input: Input, of group: LogGroup) throws(AWSError) -> [LogStream] {
        if let names = input.streams {
            var streams: [LogStream] = []
            for name in Set(names).sorted() {
                guard let stream = group.streams[Bytes(utf8: name)] else { throw .noSuchStream }
                streams.append(stream)
            }
            return streams
        }
        guard let prefix = input.prefix.map({ Bytes(utf8: $0) }) else { return group.streams.map(\.value) }
        let end = prefix.prefixSuccessor.map { SortedMap<Bytes, LogStream>.Bound.excluding($0) } ?? .unbounded
        return group.streams.ascending(from: .including(prefix), to: end).map(\.value)
    }

    static func write(_ output: (events: [Found], next: EventID?)) -> Reply {
        var answer = Answer()
        answer.append("events", output.events)
        // Since May 2020 nothing is told of them.
        answer.append("searchedLogStreams", Document.array([]))
        if let next = output.next { answer.append("nextToken", Document.string(Token.encode(next))) }
        return Reply(answer)
    }

    /// Where a search goes on: behind the event of that id.
    enum Token {
        static func encode(_ id: EventID) -> String { PageToken.encode(id.text) }

        static func decode(_ token: String) throws(AWSError) -> EventID {
            guard let id = try PageToken.decode(token).flatMap({ EventID($0) }) else { throw .invalidToken }
            return id
        }
    }
}

extension Fields {
    mutating func filterPattern() throws(AWSError) -> String? { try string("filterPattern", .length(min: 0, max: 1024)) }
}

/// A walk over the events of many streams in the order of their times.
struct EventSearch {
    private struct Cursor: Comparable {
        var id: EventID
        var event: LogEvent
        var stream: Int
        var rest: SortedMap<EventPosition, LogEvent>.Ascending

        static func < (left: Cursor, right: Cursor) -> Bool { left.id < right.id }
        static func == (left: Cursor, right: Cursor) -> Bool { left.id == right.id }
    }


    private let streams: [LogStream]
    private var cursors = Heap<Cursor>()

    /// - Parameters:
    ///   - end: the time of the last event.
    ///   - after: the event behind which it begins.
    init(_ streams: [LogStream], from start: Int64, to end: Int64?, after: EventID?) {
        self.streams = streams
        let first = EventPosition.start(of: start)
        for (index, stream) in streams.enumerated() {
            guard let last = stream.lastEventTimestamp, last >= start, last >= (after?.timestamp ?? 0) else { continue }
            var from = SortedMap<EventPosition, LogEvent>.Bound.including(first)
            if let after, first < after.position {
                // In the event's time, streams of a smaller number were gone through already.
                if stream.id < after.stream { from = .including(.start(of: after.timestamp + 1)) }
                if stream.id == after.stream { from = .excluding(after.position) }
                if stream.id > after.stream { from = .including(.start(of: after.timestamp)) }
            }
            let bound = end.map { $0 < Int64.max ? SortedMap<EventPosition, LogEvent>.Bound.excluding(.start(of: $0 + 1)) : .unbounded } ?? .unbounded
            var rest = stream.events.ascending(from: from, to: bound)
            if let event = rest.next() { cursors.push(Cursor(id: EventID(event.key, in: stream.id), event: event.value, stream: index, rest: rest)) }
        }
    }

    /// The next event, whether or not it is wanted.
    mutating func next() -> (stream: LogStream, id: EventID, event: LogEvent)? {
        guard var cursor = cursors.pop() else { return nil }
        let found = (streams[cursor.stream], cursor.id, cursor.event)
        if let event = cursor.rest.next() {
            cursor.id = EventID(event.key, in: streams[cursor.stream].id)
            cursor.event = event.value
            cursors.push(cursor)
        }
        return found
    }

    /// The next events that match, no more than a megabyte of them.
    /// - Returns: them and, where there may be more, the last event that was looked at.
    mutating func page(_ pattern: FilterPattern, limit: Int) -> (events: [FilterLogEvents.Found], next: EventID?) {
        var found: [FilterLogEvents.Found] = []
        var scanned = 0
        var size = 0
        while let (stream, id, event) = next() {
            scanned += event.size
            if pattern.matches(event.message) {
                size += event.size
                found.append(FilterLogEvents.Found(stream: stream.name, id: id, event: event))
            }
            let isFull = found.count >= limit || size >= EventPage.bytes || scanned >= pattern.scanLimit
            if isFull { return (found, cursors.isEmpty ? nil : id) }
        }
        return (found, nil)
    }
}
