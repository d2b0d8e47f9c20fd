import JSON
import Kernel

/// A query: what it asks, how far it is, and what it found.
/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_QueryInfo.html
struct Query: Sendable {
    enum Status: String, Sendable, CaseIterable {
        case scheduled = "Scheduled"
        case running = "Running"
        case complete = "Complete"
        case failed = "Failed"
        case cancelled = "Cancelled"
        case timeout = "Timeout"
        case unknown = "Unknown"
    }

    let id: String
    let text: String
    let scope: Scope
    /// The names of the groups.
    let groups: [String]
    /// In milliseconds since the epoch; the last one is part of it.
    let start: Int64
    let end: Int64
    /// The most rows that it answers.
    let limit: Int
    /// Milliseconds since the epoch.
    let created: Int64
    var status = Status.running
    /// The fields of each row.
    var rows: [[(field: String, value: String)]] = []
    var matched = 0
    var scanned = 0
    var bytes = 0

    /// So long its results can be had.
    static let lifetime: Int64 = 7 * 86_400_000

    init(id: String, text: String, scope: Scope, groups: [String], start: Int64, end: Int64, limit: Int, created: Int64) {
        (self.id, self.text, self.scope, self.groups) = (id, text, scope, groups)
        (self.start, self.end, self.limit, self.created) = (start, end, limit, created)
    }

    // MARK: In the journal

    var document: Document {
        [
            "text": .string(text), "account": .string(scope.account), "region": .string(scope.region), "groups": .array(groups.map { .string($0) }),
            "start": .int(start), "end": .int(end), "limit": .int(limit), "created": .int(created), "status": .string(status.rawValue),
            "rows": .array(rows.map { .array($0.flatMap { [.string($0.field), .string($0.value)] }) }), "matched": .int(matched), "scanned": .int(scanned),
            "bytes": .int(bytes),
        ]
    }

    init?(id: String, _ document: Document) {
        guard let text = document["text"]?.string, let account = document["account"]?.string, let region = document["region"]?.string,
            let groups = document["groups"]?.array, let start = document["start"]?.int, let end = document["end"]?.int, let limit = document["limit"]?.int,
            let created = document["created"]?.int, let status = document["status"]?.string.flatMap({ Status(rawValue: $0) })
        else { return nil }
        self.init(
            id: id, text: text, scope: Scope(account: account, region: region), groups: groups.compactMap(\.string), start: Int64(start), end: Int64(end),
            limit: limit, created: Int64(created))
        self.status = status
        matched = document["matched"]?.int ?? 0
        scanned = document["scanned"]?.int ?? 0
        bytes = document["bytes"]?.int ?? 0
        rows = (document["rows"]?.array ?? []).map { row in
            let texts = row.array?.compactMap(\.string) ?? []
            return stride(from: 0, to: texts.count - 1, by: 2).map { (texts[$0], texts[$0 + 1]) }
        }
    }
}
