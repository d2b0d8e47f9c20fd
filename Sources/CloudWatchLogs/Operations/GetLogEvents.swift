import Collections
import JSON
import Kernel

/// The events of one stream, forwards or backwards from a place.
/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html
enum GetLogEvents: Operation {
    struct Input {
        var group: GroupReference
        var stream: String
        var start: Int64?
        var end: Int64?
        var token: String?
        var limit: Int?
        var isFromHead: Bool
    }

    struct Output {
        var events: [(key: EventPosition, value: LogEvent)]
        /// Where the next pages begin: behind the last event and before the first, or where this page did when it is empty.
        var forward: EventID
        var backward: EventID
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let group = try fields.group()
        let stream = try fields.streamName()
        let start = try fields.time("startTime")
        let end = try fields.time("endTime")
        let token = try fields.token()
        let limit = try fields.limit(most: 10_000)
        let isFromHead = try fields.bool("startFromHead") ?? false
        _ = try fields.bool("unmask")
        return Input(group: group, stream: stream, start: start, end: end, token: token, limit: limit, isFromHead: isFromHead)
    }

    static func run(_ input: Input, on logs: CloudWatchLogsService, _ call: Call) throws(AWSError) -> Output {
        let name = try input.group.resolve(call)
        let now = call.now.milliseconds
        logs.expire(input.stream, of: name, at: now)
        let group = try logs.group(name)
        guard let stream = group.streams[Bytes(utf8: input.stream)] else { throw .noSuchStream }
        let page = EventPage(from: max(input.start ?? 0, group.cutoff(at: now)), to: input.end, limit: input.limit ?? 10_000)
        let token = try input.token.map { (text) throws(AWSError) in try Token(text) }
        let events: [EventPage.Event]
        switch token {
        case nil: events = input.isFromHead ? page.ascending(stream, after: nil) : page.descending(stream, before: nil)
        case .forward(let id): events = page.ascending(stream, after: id.position)
        case .backward(let id): events = page.descending(stream, before: id.position)
        }
        let here = token?.id ?? EventID(timestamp: page.start, stream: stream.id, order: 0)
        return Output(
            events: events, forward: events.last.map { EventID($0.key, in: stream.id) } ?? here, backward: events.first.map { EventID($0.key, in: stream.id) } ?? here)
    }

    static func write(_ output: Output) -> Reply {
        var answer = Answer()
        answer.append("events", output.events.map { OutputLogEvent(timestamp: $0.key.timestamp, event: $0.value) })
        answer.append("nextForwardToken", Document.string(Token.forward(output.forward).text))
        answer.append("nextBackwardToken", Document.string(Token.backward(output.backward).text))
        return Reply(answer)
    }

    /// `f/` or `b/`, an event's id, `/s`.
    enum Token {
        case forward(EventID)
        case backward(EventID)

        init(_ text: String) throws(AWSError) {
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 3, parts[2] == "s", let id = EventID(parts[1]) else { throw .invalidToken }
            switch parts[0] {
            case "f": self = .forward(id)
            case "b": self = .backward(id)
            default: throw .invalidToken
            }
        }

        var id: EventID {
            switch self {
            case .forward(let id), .backward(let id): id
            }
        }

        var text: String {
            switch self {
            case .forward(let id): "f/\(id.text)/s"
            case .backward(let id): "b/\(id.text)/s"
            }
        }
    }
}

/// A page of a stream: no more events than were asked for, and no more than a megabyte.
struct EventPage {
    typealias Event = SortedMap<EventPosition, LogEvent>.Element
    private typealias Bound = SortedMap<EventPosition, LogEvent>.Bound

    /// The time of the first event, and that behind the last one.
    let start: Int64
    let end: Int64?
    let limit: Int
    static let bytes = 1_048_576

    init(from start: Int64, to end: Int64?, limit: Int) {
        (self.start, self.end, self.limit) = (start, end, limit)
    }

    func ascending(_ stream: LogStream, after position: EventPosition?) -> [Event] {
        let first = EventPosition.start(of: start)
        let from = position.flatMap { first < $0 ? Bound.excluding($0) : nil } ?? .including(first)
        return gather(stream.events.ascending(from: from, to: end.map { .excluding(.start(of: $0)) } ?? .unbounded))
    }

    /// In ascending order too.
    func descending(_ stream: LogStream, before position: EventPosition?) -> [Event] {
        let last = end.map { EventPosition.start(of: $0) }
        let bound = [position, last].compactMap { $0 }.min()
        return gather(stream.events.descending(from: bound.map { .excluding($0) } ?? .unbounded, to: .including(.start(of: start)))).reversed()
    }

    private func gather(_ events: some Sequence<Event>) -> [Event] {
        var page: [Event] = []
        var size = 0
        for event in events {
            size += event.value.size
            guard page.count < limit, size <= Self.bytes || page.isEmpty else { break }
            page.append(event)
        }
        return page
    }
}

/// An event as GetLogEvents answers it.
struct OutputLogEvent: JSONWritable {
    var timestamp: Int64
    var event: LogEvent

    var document: Document { ["timestamp": .int(timestamp), "message": .string(event.message), "ingestionTime": .int(event.ingested)] }

    func write(to json: inout JSONWriter) {
        json.write(raw: "{\"timestamp\":")
        json.write(raw: "\(timestamp)".utf8)
        json.write(raw: ",\"message\":")
        json.write(string: event.message)
        json.write(raw: ",\"ingestionTime\":")
        json.write(raw: "\(event.ingested)".utf8)
        json.write(raw: "}")
    }
}
