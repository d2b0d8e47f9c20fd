import JSON
import Kernel

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html
enum UpdateTimeToLive: Operation {
    struct Input {
        var table: TableReference
        var isEnabled: Bool
        var attribute: String
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let table = try fields.controlTableName()
        if fields["TimeToLiveSpecification"] == nil { fields.missing("TimeToLiveSpecification") }
        let specification = try fields.structure("TimeToLiveSpecification") { (fields) throws(AWSError) -> (Bool, String) in
            let attribute = try fields.requiredString("AttributeName", .length(min: 1, max: 255))
            if fields["Enabled"] == nil { fields.missing("Enabled") }
            return (try fields.bool("Enabled") ?? false, attribute)
        }
        return Input(table: table, isEnabled: specification?.0 ?? false, attribute: specification?.1 ?? "")
    }

    static func run(_ input: Input, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        let scope = try input.table.scope(call)
        let name = input.table.name
        guard let table = service.state.regions[scope]?.tables[name], table.status != .creating else { throw .noSuchTable(name) }
        if table.replication?.isStrong ?? false { throw .strong("Time to live is") }
        let setting = try TimeToLive.changing(table.timeToLive, to: input.isEnabled, input.attribute, now: call.now)
        service.state.regions[scope]?.tables[name]?.setTimeToLive(setting)
        service.note(service.state.regions[scope]?.tables[name]?.nextExpiry)
        service.journalTable(name, in: scope)
        service.shareTimeToLive(of: name, in: scope)
        return ["TimeToLiveSpecification": ["AttributeName": .string(input.attribute), "Enabled": .bool(input.isEnabled)]]
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTimeToLive.html
enum DescribeTimeToLive: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> TableReference { try fields.controlTableName() }

    static func run(_ input: TableReference, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        guard let table = service.state.regions[try input.scope(call)]?.tables[input.name] else { throw .noSuchTable(input.name) }
        if table.status == .creating || table.status == .deleting {
            let status = table.status.rawValue
            throw .validation("Cannot describe time to live while table is in \(status) state: Current table state is \(status)")
        }
        return ["TimeToLiveDescription": table.timeToLive.description]
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

extension TimeToLive? {
    /// One that was turned off isn't told from one that never was on.
    var description: Document {
        guard let self, self.isEnabled else { return ["TimeToLiveStatus": "DISABLED"] }
        return ["TimeToLiveStatus": "ENABLED", "AttributeName": .string(self.attribute)]
    }
}

/// Items whose time has come.
extension DynamoDBService {
    /// So many items of a table go at once; the rest in the next turn, for the loop must not stall.
    private static let expiriesPerTurn = 1000

    func expireItems(_ scope: Scope, _ now: Timestamp) {
        let due = state.regions[scope]?.tables.values.filter { table in table.nextExpiry.map { $0 <= now } ?? false }.map(\.name) ?? []
        for name in due.sorted() {
            let places = state.regions[scope]?.tables[name]?.takeDue(at: now, limit: Self.expiriesPerTurn) ?? []
            let stream = state.regions[scope]?.tables[name]?.stream
            for place in places {
                guard let change = state.regions[scope]?.tables[name]?.write(nil, at: place) else { continue }
                commit(change, table: name, stream: stream, in: scope, now: now, isExpiry: true)
            }
        }
    }
}
