import Collections
import JSON
import Kernel

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeContinuousBackups.html
enum DescribeContinuousBackups: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> TableReference { try fields.controlTableName() }

    static func run(_ input: TableReference, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        guard let table = service.state.regions[try input.scope(call)]?.tables[input.name], table.status != .creating else { throw .tableNotFound(input.name) }
        return table.recovery.description(at: call.now)
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateContinuousBackups.html
enum UpdateContinuousBackups: Operation {
    struct Input {
        var table: TableReference
        var isEnabled: Bool
        var days: Int?
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let table = try fields.controlTableName()
        if fields["PointInTimeRecoverySpecification"] == nil { fields.missing("PointInTimeRecoverySpecification") }
        let specification = try fields.structure("PointInTimeRecoverySpecification") { (fields) throws(AWSError) -> (Bool, Int?) in
            if fields["PointInTimeRecoveryEnabled"] == nil { fields.missing("PointInTimeRecoveryEnabled") }
            let isEnabled = try fields.bool("PointInTimeRecoveryEnabled") ?? false
            return (isEnabled, try fields.int("RecoveryPeriodInDays", .range(min: 1, max: PointInTimeRecovery.longest)))
        }
        try fields.check()
        if let specification, !specification.0, specification.1 != nil {
            throw .invalidRequest("Cannot specify RecoveryPeriodInDays when disabling point-in-time recovery.")
        }
        return Input(table: table, isEnabled: specification?.0 ?? false, days: specification?.1)
    }

    static func run(_ input: Input, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        let scope = try input.table.scope(call)
        let name = input.table.name
        guard let table = service.state.regions[scope]?.tables[name] else { throw .tableNotFound(name) }
        guard table.status != .creating else {
            throw AWSError("ContinuousBackupsUnavailableException", "Backups are being enabled for the table: \(name). Please retry later")
        }
        if !input.isEnabled {
            service.state.regions[scope]?.tables[name]?.recovery = nil
            service.journal.deletePrefix(service.name, JournalKey.log(ofTable: name, scope))
        } else if table.recovery == nil {
            service.state.regions[scope]?.tables[name]?.recovery = PointInTimeRecovery(enabled: call.now, days: input.days ?? PointInTimeRecovery.longest)
        } else {
            service.state.regions[scope]?.tables[name]?.recovery?.days = input.days ?? PointInTimeRecovery.longest
        }
        service.journalTable(name, in: scope)
        service.note(service.state.regions[scope]?.tables[name]?.recovery?.nextDeadline)
        return (service.state.regions[scope]?.tables[name]?.recovery).description(at: call.now)
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreTableToPointInTime.html
enum RestoreTableToPointInTime: Operation {
    struct Input {
        var source: TableReference
        var time: Timestamp?
        var target: RestoreTarget
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let arn = try fields.string("SourceTableArn")
        let name = try fields.string("SourceTableName", .namePattern, .length(min: 3, max: 255))
        let isLatest = try fields.bool("UseLatestRestorableTime") ?? false
        let time = try fields.timestamp("RestoreDateTime")
        let target = try RestoreTarget.read(&fields)
        try fields.check()
        guard let text = arn ?? name else { throw .validation("The parameter 'TableName' is required but was not present in the request") }
        guard arn == nil || name == nil else { throw .invalidRequest("Must provide exactly one of: sourceTableArn, sourceTableName") }
        if let arn, ARN(arn) == nil { throw .validation("sourceTableArn is not a valid ARN") }
        if isLatest, time != nil {
            throw .invalidRequest(
                "Both RestoreDateTime and UseLatestRestorableTime cannot be set for point-in-time restore request. Please specify only one of them.")
        }
        guard isLatest || time != nil else {
            throw .invalidRequest("Either one of RestoreDateTime or UseLatestRestorableTime must be specified, but not both")
        }
        return Input(source: try TableReference(text), time: time, target: target)
    }

    static func run(_ input: Input, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        // The source may be in another region, but not in another account.
        let scope = input.source.scope ?? call.scope
        guard scope.account == call.account else { throw .otherAccount }
        guard let table = service.state.regions[scope]?.tables[input.source.name], table.status != .creating else { throw .tableNotFound(input.source.name) }
        guard let recovery = table.recovery else {
            throw AWSError("PointInTimeRecoveryUnavailableException", "Point in time recovery is not enabled for table '\(table.name)'")
        }
        let earliest = recovery.earliest(at: call.now)
        let time = input.time ?? call.now
        // Bounds are answered in whole seconds, so what is within a bound's second is within.
        guard time.seconds >= earliest.seconds, time.seconds <= call.now.seconds else {
            throw AWSError(
                "InvalidRestoreTimeException",
                "RestoreDateTime '\(time.iso8601)' must be within EarliestRestorableDateTime '\(earliest.iso8601)' "
                    + "and LatestRestorableDateTime '\(call.now.iso8601)'")
        }
        try service.checkRestores(to: input.target.name, call)
        let source = table.rolledBack(to: time)
        var restored = try input.target.table(from: source, id: service.environment.random.uuid(), call)
        restored.restored = RestoreSummary(backup: nil, table: table.arn, time: time)
        return try service.finishRestore(restored, in: call.scope, now: call.now)
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

/// Keeping the log.
extension DynamoDBService {
    /// Records what a write replaced, where the table has point-in-time recovery.
    func recordReplaced(_ change: ItemChange, table: String, in scope: Scope, now: Timestamp) {
        guard let number = state.regions[scope]?.tables[table]?.recovery?.record(change, at: now) else { return }
        note(state.regions[scope]?.tables[table]?.recovery?.nextDeadline)
        guard journal.isDurable, let replaced = state.regions[scope]?.tables[table]?.recovery?.log[number] else { return }
        journal.put(name, JournalKey.replaced(number, of: table, scope), replaced.stored.json())
    }

    func trimRecovery(_ scope: Scope, _ now: Timestamp) {
        let due = state.regions[scope]?.tables.values.filter { table in table.recovery?.nextDeadline.map { $0 <= now } ?? false }.map(\.name) ?? []
        for table in due.sorted() {
            for number in state.regions[scope]?.tables[table]?.recovery?.trim(at: now) ?? [] { journal.delete(name, JournalKey.replaced(number, of: table, scope)) }
        }
    }
}
