import JSON
import Kernel

@CloudActor let queryOperations: [OperationEntry<CloudWatchLogsService>] = [
    .logs(StartQuery.self), .logs(GetQueryResults.self), .logs(StopQuery.self), .logs(DescribeQueries.self),
]

/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html
enum StartQuery: Operation {
    struct Input {
        var groups: [String]
        /// Seconds since the epoch.
        var start: Int
        var end: Int
        var text: String
        var limit: Int
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        if let language = try fields.string("queryLanguage", .oneOf(["CWLI", "SQL", "PPL"])), language == "SQL" || language == "PPL" {
            throw .notImplemented("logs StartQuery queryLanguage \(language)")
        }
        let named = try fields.optionalGroupName("logGroupName")
        let names = try fields.strings("logGroupNames")
        let identifiers = try fields.strings("logGroupIdentifiers")
        let start = try fields.requiredInt("startTime", .range(min: 0))
        let end = try fields.requiredInt("endTime", .range(min: 0))
        let text = try fields.requiredString("queryString", .length(min: 0, max: 10_000))
        let limit = try fields.int("limit", .range(min: 1, max: 100_000)) ?? 10_000
        try fields.check()
        guard [named != nil, names != nil, identifiers != nil].count(where: { $0 }) == 1 else {
            throw .invalidParameter("Exactly one of the parameters logGroupName, logGroupNames, and logGroupIdentifiers must be given.")
        }
        let groups = named.map { [$0] } ?? names ?? identifiers ?? []
        guard (1...50).contains(groups.count) else { throw .invalidParameter("A query takes between 1 and 50 log groups.") }
        guard start <= end else { throw .invalidParameter("The start time of a query can't be later than its end time.") }
        return Input(groups: groups, start: start, end: end, text: text, limit: limit)
    }

    static func run(_ input: Input, on logs: CloudWatchLogsService, _ call: Call) throws(AWSError) -> String {
        var names: [String] = []
        for identifier in input.groups {
            let name = try GroupName(identifier: identifier, call)
            guard name.scope == call.scope else { throw .noSuchGroup }
            _ = try logs.group(name)
            if !names.contains(name.name) { names.append(name.name) }
        }
        let query = Query(
            id: logs.environment.random.uuid(), text: input.text, scope: call.scope, groups: names, start: Timestamp(seconds: Int64(input.start)).milliseconds,
            end: (Timestamp(seconds: Int64(input.end)) + .milliseconds(999)).milliseconds, limit: input.limit, created: call.now.milliseconds)
        try logs.start(query)
        return query.id
    }

    static func write(_ id: String) -> Reply { Reply(["queryId": .string(id)]) }
}

extension CloudWatchLogsService {
    fileprivate func query(_ id: String, _ call: Call) throws(AWSError) -> Query {
        guard let query = state.queries[id], query.scope == call.scope, query.created + Query.lifetime >= call.now.milliseconds else {
            throw .notFound("Query with id \(id) does not exist.")
        }
        return query
    }
}

/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetQueryResults.html
enum GetQueryResults: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> (id: String, token: String?, limit: Int) {
        let id = try fields.requiredString("queryId", .length(min: 1, max: 256))
        let token = try fields.string("nextToken", .length(max: 1024))
        let limit = try fields.int("maxItems", .range(min: 0, max: 10_000)) ?? 0
        return (id, token, limit == 0 ? 10_000 : limit)
    }

    static func run(_ input: (id: String, token: String?, limit: Int), on logs: CloudWatchLogsService, _ call: Call) throws(AWSError) -> (query: Query, places: ArraySlice<Int>, next: String?) {
        let query = try logs.query(input.id, call)
        var start = 0
        if let text = try PageToken.decode(input.token) {
            guard let place = Int(text), query.rows.indices.contains(place) else { throw .invalidToken }
            start = place
        }
        let places = Array(query.rows.indices)[start...].prefix(input.limit)
        let next = places.last.map { $0 + 1 } ?? 0
        return (query, places, next > 0 && next < query.rows.count ? PageToken.encode("\(next)") : nil)
    }

    static func write(_ output: (query: Query, places: ArraySlice<Int>, next: String?)) -> Reply {
        let query = output.query
        let rows = output.places.map { Document.array(query.rows[$0].map { ["field": .string($0.field), "value": .string($0.value)] }) }
        var members: Members = [
            "queryLanguage": "CWLI", "results": .array(rows), "status": .string(query.status.rawValue),
            "statistics": [
                "recordsMatched": .double(Double(query.matched)), "recordsScanned": .double(Double(query.scanned)), "estimatedRecordsSkipped": 0,
                "bytesScanned": .double(Double(query.bytes)), "estimatedBytesSkipped": 0, "logGroupsScanned": .double(Double(query.groups.count)),
            ],
        ]
        members["nextToken"] = output.next.map { .string($0) }
        return Reply(.object(members))
    }
}

/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StopQuery.html
enum StopQuery: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> String { try fields.requiredString("queryId", .length(min: 1, max: 256)) }

    static func run(_ id: String, on logs: CloudWatchLogsService, _ call: Call) throws(AWSError) {
        var query = try logs.query(id, call)
        guard query.status == .running || query.status == .scheduled else {
            throw .invalidParameter("Query with id \(id) is not in a cancellable state: \(query.status.rawValue).")
        }
        query.status = .cancelled
        logs.keep(query)
    }

    static func write(_ output: Void) -> Reply { Reply(["success": true]) }
}

/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeQueries.html
enum DescribeQueries: Operation {
    struct Input {
        var group: String?
        var status: String?
        var token: String?
        var limit: Int
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let group = try fields.optionalGroupName("logGroupName")
        let status = try fields.string("status", .oneOf(Query.Status.allCases.map(\.rawValue)))
        let limit = try fields.int("maxResults", .range(min: 1, max: 1000)) ?? 1000
        _ = try fields.string("queryLanguage", .oneOf(["CWLI", "SQL", "PPL"]))
        return Input(group: group, status: status, token: try fields.token(), limit: limit)
    }

    static func run(_ input: Input, on logs: CloudWatchLogsService, _ call: Call) throws(AWSError) -> Page<Query> {
        let after = try PageToken.decode(input.token)
        // The latest first.
        let key: (Query) -> String = { "\(String(repeating: "0", count: max(0, 20 - "\(Int64.max - $0.created)".count)))\(Int64.max - $0.created)|\($0.id)" }
        let found = logs.state.queries.values.filter { query in
            query.scope == call.scope && query.created + Query.lifetime >= call.now.milliseconds && (input.group.map { query.groups.contains($0) } ?? true)
                && (input.status.map { $0 == query.status.rawValue } ?? true)
        }
        return Page(found.map { (key($0), $0) }.sorted { $0.0 < $1.0 }.filter { entry in after.map { $0 < entry.0 } ?? true }.map(\.1), limit: input.limit, name: key)
    }

    static func write(_ page: Page<Query>) -> Reply {
        page.reply("queries") { query in
            var members: Members = [
                "queryLanguage": "CWLI", "queryId": .string(query.id), "queryString": .string(query.text), "status": .string(query.status.rawValue),
                "createTime": .int(query.created),
            ]
            members["logGroupName"] = query.groups.first.map { .string($0) }
            if query.status == .complete { members["bytesScanned"] = .double(Double(query.bytes)) }
            return .object(members)
        }
    }
}
