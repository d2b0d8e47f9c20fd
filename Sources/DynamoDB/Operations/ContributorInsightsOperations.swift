import JSON
import Kernel

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateContributorInsights.html
enum UpdateContributorInsights: Operation {
    struct Input {
        var table: TableReference
        var index: String?
        var enables: Bool
        var mode: ContributorInsights.Mode?
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let table = try fields.controlTableName()
        let index = try fields.insightsIndex()
        let action = try fields.requiredString("ContributorInsightsAction", .oneOf(["ENABLE", "DISABLE"]))
        let mode = try fields.string("ContributorInsightsMode", .oneOf(["THROTTLED_KEYS", "ACCESSED_AND_THROTTLED_KEYS"]))
        return Input(table: table, index: index, enables: action == "ENABLE", mode: mode.flatMap(ContributorInsights.Mode.init))
    }

    static func run(_ input: Input, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        let scope = try input.table.scope(call)
        let table = try service.insightsTable(input.table, input.index, call)
        let key = input.index ?? ""
        let current = table.insights[key]
        var members = ContributorInsights.names(input.table, input.index)
        // Without a mode, one that was set before is not kept.
        let mode = input.enables ? input.mode ?? .all : current?.mode ?? .all
        guard (current?.isEnabled ?? false) != input.enables || (input.enables && current?.mode != mode) else {
            members.append("ContributorInsightsStatus", input.enables ? "ENABLED" : "DISABLED")
            if current != nil { members.append("ContributorInsightsMode", .string(mode.rawValue)) }
            return .object(members)
        }
        if input.enables { try checkActive(table, input.index) }
        let since = (current?.isEnabled ?? false) ? current?.enabled ?? call.now : call.now
        let insights = ContributorInsights(isEnabled: input.enables, mode: mode, changed: call.now, enabled: since)
        service.state.regions[scope]?.tables[table.name]?.insights[key] = insights
        service.journalTable(table.name, in: scope)
        members.append("ContributorInsightsStatus", input.enables ? "ENABLING" : "DISABLING")
        members.append("ContributorInsightsMode", .string(mode.rawValue))
        return .object(members)
    }

    private static func checkActive(_ table: Table, _ index: String?) throws(AWSError) {
        let what = "Table or Index is not in a valid state to update Key Access Insights: "
        if table.status == .creating { throw .validation(what + "TableStatus must be ACTIVE to enable ContributorInsights.") }
        if let index, table.index(index)?.status == .creating { throw .validation(what + "IndexStatus must be ACTIVE to enable ContributorInsights.") }
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeContributorInsights.html
enum DescribeContributorInsights: Operation {
    struct Input {
        var table: TableReference
        var index: String?
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        Input(table: try fields.controlTableName(), index: try fields.insightsIndex())
    }

    static func run(_ input: Input, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        let table = try service.insightsTable(input.table, input.index, call)
        var members = ContributorInsights.names(input.table, input.index)
        guard let insights = table.insights[input.index ?? ""] else {
            members.append("ContributorInsightsStatus", "DISABLED")
            return .object(members)
        }
        if insights.isEnabled {
            let keys = input.index.flatMap { table.index($0)?.keys } ?? table.keys
            members.append("ContributorInsightsRuleList", .array(insights.rules(table.name, hasSort: keys.sort != nil).map { .string($0) }))
        }
        members.append("ContributorInsightsStatus", insights.isEnabled ? "ENABLED" : "DISABLED")
        members.append("LastUpdateDateTime", insights.changed.document)
        members.append("ContributorInsightsMode", .string(insights.mode.rawValue))
        return .object(members)
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListContributorInsights.html
enum ListContributorInsights: Operation {
    struct Input {
        var table: TableReference?
        var token: String?
        var limit: Int
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let table = fields["TableName"] == nil ? nil : try fields.controlTableName()
        let token = try fields.string("NextToken")
        return Input(table: table, token: token, limit: try fields.int("MaxResults", .range(max: 100)) ?? 100)
    }

    static func run(_ input: Input, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        var tables = service.state.regions[input.table?.scope ?? call.scope].map { Array($0.tables.values) } ?? []
        if let reference = input.table { tables = [try service.insightsTable(reference, nil, call)] }
        var entries: [(token: String, document: Document)] = []
        for table in tables.sorted(by: { $0.name < $1.name }) {
            // What is disabled isn't listed. The table itself comes before its indexes.
            for (index, insights) in table.insights.sorted(by: { $0.key < $1.key }) where insights.isEnabled {
                var members: Members = ["TableName": .string(table.name)]
                if !index.isEmpty { members.append("IndexName", .string(index)) }
                members.append("ContributorInsightsStatus", "ENABLED")
                members.append("ContributorInsightsMode", .string(insights.mode.rawValue))
                entries.append(("\(table.name)/\(index)", .object(members)))
            }
        }
        if let token = input.token {
            guard let position = entries.firstIndex(where: { $0.token == token }) else { throw .validation("Invalid NextToken") }
            entries.removeFirst(position + 1)
        }
        let page = entries.prefix(max(1, input.limit))
        var members: Members = ["ContributorInsightsSummaries": .array(page.map(\.document))]
        if page.count < entries.count, let last = page.last { members.append("NextToken", .string(last.token)) }
        return .object(members)
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

extension ContributorInsights {
    fileprivate static func names(_ table: TableReference, _ index: String?) -> Members {
        var members: Members = ["TableName": .string(table.name)]
        if let index { members.append("IndexName", .string(index)) }
        return members
    }
}

extension DynamoDBService {
    fileprivate func insightsTable(_ reference: TableReference, _ index: String?, _ call: Call) throws(AWSError) -> Table {
        guard let table = state.regions[try reference.scope(call)]?.tables[reference.name] else { throw .noSuchTable(reference.name) }
        if let index, table.index(index)?.isLocal ?? true {
            throw AWSError("ResourceNotFoundException", "Requested resource not found: Index: \(index) not found for table: \(table.name)")
        }
        return table
    }
}

extension Fields {
    /// Its length AWS checks by itself, with words of its own.
    fileprivate mutating func insightsIndex() throws(AWSError) -> String? {
        guard let name = try string("IndexName", .namePattern) else { return nil }
        guard (3...255).contains(name.utf8.count) else { throw .validation("IndexName must be at least 3 characters long and at most 255 characters long") }
        return name
    }
}
