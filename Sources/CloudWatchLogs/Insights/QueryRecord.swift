import JSON
import Kernel

/// An event, or a row of statistics, on its way through a query.
struct QueryRecord: Sendable {
    /// `nil` for a row of statistics.
    private(set) var event: Event?
    /// What the query has made.
    private(set) var made: [(name: String, value: QueryValue)] = []
    private var json: Document?

    struct Event: Sendable {
        var id: EventID
        var message: String
        var ingested: Int64
        var stream: String
        var group: String
        var account: String
    }

    init(_ event: Event) {
        self.event = event
        let message = event.message
        if message.utf8.first(where: { $0 > 0x20 }) == UInt8(ascii: "{") { json = try? Document(json: message) }
    }

    init(row: [(name: String, value: QueryValue)]) { made = row }

    mutating func set(_ name: String, _ value: QueryValue) {
        if let index = made.firstIndex(where: { $0.name == name }) { made[index].value = value } else { made.append((name, value)) }
    }

    /// The value of a field: one that the query has made, one of the system's, or one that is found in the message.
    subscript(name: String) -> QueryValue {
        if let found = made.first(where: { $0.name == name }) { return found.value }
        guard let event else { return .missing }
        switch name {
        case "@timestamp": return .time(Double(event.id.timestamp))
        case "@ingestionTime": return .time(Double(event.ingested))
        case "@message": return .text(event.message)
        case "@logStream": return .text(event.stream)
        case "@log": return .text("\(event.account):\(event.group)")
        case "@ptr": return .text(pointer)
        default: break
        }
        if name.hasPrefix("@") { return LambdaFields.value(name, event.message) }
        guard let json else { return .missing }
        return json[name].map { QueryValue($0) } ?? nested(name, json)
    }

    /// What is told of the event beside a row of results.
    var pointer: String { event.map { Base64.encode(Array("\($0.account):\($0.group)@\($0.id.text)".utf8)) } ?? "" }

    /// `a.b.0`: members of objects and elements of arrays.
    private func nested(_ name: String, _ json: Document) -> QueryValue {
        var found: Document? = json
        for part in name.split(separator: ".", omittingEmptySubsequences: false) {
            guard let document = found else { return .missing }
            if document.array != nil {
                found = Int(part).flatMap { document[$0] }
            } else {
                found = document[String(part)]
            }
        }
        return found.map { QueryValue($0) } ?? .missing
    }
}

extension Double {
    /// Of milliseconds since the epoch: `2019-04-01 12:34:56.789`.
    var asTime: String {
        let time = CalendarTime(Timestamp(milliseconds: Int64(exactly: rounded(.down)) ?? 0))
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let milliseconds = String(time.microsecond / 1000 + 1000).dropFirst()
        return "\(time.year)-\(two(time.month))-\(two(time.day)) \(two(time.hour)):\(two(time.minute)):\(two(time.second)).\(milliseconds)"
    }
}

/// What is discovered in the lines that Lambda writes.
/// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html
enum LambdaFields {
    static func value(_ name: String, _ message: String) -> QueryValue {
        let kind = message.prefix { $0 != " " && $0 != "\t" }
        switch name {
        case "@type": return ["START", "END", "REPORT"].contains(kind) && message.contains("RequestId: ") ? .text(String(kind)) : .missing
        case "@requestId": return text(behind: "RequestId: ", in: message)
        case "@duration": return kind == "REPORT" ? number(behind: "\tDuration: ", in: message) : .missing
        case "@billedDuration": return kind == "REPORT" ? number(behind: "Billed Duration: ", in: message) : .missing
        case "@initDuration": return kind == "REPORT" ? number(behind: "Init Duration: ", in: message) : .missing
        // Bytes.
        case "@memorySize": return kind == "REPORT" ? number(behind: "Memory Size: ", in: message, times: 1_000_000) : .missing
        case "@maxMemoryUsed": return kind == "REPORT" ? number(behind: "Max Memory Used: ", in: message, times: 1_000_000) : .missing
        default: return .missing
        }
    }

    private static func text(behind label: String, in message: String) -> QueryValue {
        guard let rest = message.behind(label) else { return .missing }
        return .text(String(rest.prefix { $0 != " " && $0 != "\t" && $0 != "\n" }))
    }

    private static func number(behind label: String, in message: String, times factor: Double = 1) -> QueryValue {
        guard case .text(let text) = text(behind: label, in: message), let value = PatternNumber.read(text) else { return .missing }
        return .number(value * factor)
    }
}

extension String {
    /// What stands behind the first occurrence of a text.
    func behind(_ text: String) -> Substring? {
        var rest = self[...]
        while let first = text.first, let start = rest.firstIndex(of: first) {
            if rest[start...].hasPrefix(text) { return rest[start...].dropFirst(text.count) }
            rest = rest[rest.index(after: start)...]
        }
        return nil
    }
}
