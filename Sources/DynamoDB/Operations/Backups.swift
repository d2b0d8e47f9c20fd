import Collections
import JSON
import Kernel

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateBackup.html
enum CreateBackup: Operation {
    struct Input {
        var table: TableReference
        var name: String
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let table = try fields.controlTableName()
        return Input(table: table, name: try fields.requiredString("BackupName", .namePattern, .length(min: 3, max: 255)))
    }

    static func run(_ input: Input, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        let scope = try input.table.scope(call)
        guard let table = service.state.regions[scope]?.tables[input.table.name], table.status != .creating else { throw .tableNotFound(input.table.name) }
        let backup = Backup(of: table.forBackup, name: input.name, kind: .user, suffix: service.environment.random.hex(8), now: call.now)
        service.keep(backup, in: scope)
        return ["BackupDetails": .object(backup.details("CREATING"))]
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeBackup.html
enum DescribeBackup: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> String { try fields.requiredString("BackupArn") }

    static func run(_ input: String, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        ["BackupDescription": try service.backup(input, call).description("AVAILABLE")]
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteBackup.html
enum DeleteBackup: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> String { try fields.requiredString("BackupArn") }

    static func run(_ input: String, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        let backup = try service.backup(input, call)
        if let expires = backup.expires {
            throw .invalidRequest(
                "User is not allowed to delete the system backup with arn \(backup.arn). It will automatically expire on \(expires.iso8601Milliseconds)")
        }
        if service.isBeingRestored(backup, in: call.scope) {
            throw AWSError("BackupInUseException", "Backup is being used to restore table: \(backup.arn)")
        }
        service.drop(backup, in: call.scope)
        return ["BackupDescription": backup.description("DELETED")]
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListBackups.html
enum ListBackups: Operation {
    struct Input {
        var table: TableReference?
        var limit: Int
        var from: Timestamp?
        var to: Timestamp?
        var start: String?
        var type: String
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let table = fields["TableName"] == nil ? nil : try fields.controlTableName()
        let limit = try fields.int("Limit", .range(min: 1, max: 100)) ?? 100
        let from = try fields.timestamp("TimeRangeLowerBound")
        let to = try fields.timestamp("TimeRangeUpperBound")
        let start = try fields.string("ExclusiveStartBackupArn", .length(min: 37, max: 1024))
        let type = try fields.string("BackupType", .oneOf(["USER", "SYSTEM", "AWS_BACKUP", "ALL"])) ?? "USER"
        try fields.check()
        if let from, let to, from > to { throw .invalidParameter("Time range lower bound must be less than or equal to upper bound") }
        return Input(table: table, limit: limit, from: from, to: to, start: start, type: type)
    }

    static func run(_ input: Input, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        let scope = input.table?.scope ?? call.scope
        var backups = service.state.regions[scope].map { Array($0.backups.values) } ?? []
        backups.removeAll { backup in
            if let table = input.table, backup.table.name != table.name { return true }
            if input.type != "ALL", backup.kind.rawValue != input.type { return true }
            if let from = input.from, backup.created < from { return true }
            if let to = input.to, backup.created >= to { return true }
            return false
        }
        // Oldest first. A position is what a backup's ARN ends in, whether there is such a backup or not.
        var listed = backups.map { (position: Self.position($0.arn), backup: $0) }.sorted { $0.position < $1.position }
        if let start = input.start {
            guard ARN(start)?.region == call.region else { throw .invalidRequest("The supplied ExclusiveStartBackupArn does not match the region") }
            let position = Self.position(start)
            listed.removeAll { $0.position <= position }
        }
        let page = listed.prefix(input.limit)
        var members: Members = ["BackupSummaries": .array(page.map(\.backup.summary))]
        if page.count < listed.count, let last = page.last { members.append("LastEvaluatedBackupArn", .string(last.backup.arn)) }
        return .object(members)
    }

    private static func position(_ arn: String) -> String { "\(arn.split(separator: "/").last ?? "") \(arn)" }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreTableFromBackup.html
enum RestoreTableFromBackup: Operation {
    struct Input {
        var backup: String
        var target: RestoreTarget
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let target = try RestoreTarget.read(&fields)
        return Input(backup: try fields.requiredString("BackupArn"), target: target)
    }

    static func run(_ input: Input, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        let backup = try service.backup(input.backup, call, inAnyRegion: true)
        try service.checkRestores(to: input.target.name, call)
        if service.isBeingRestored(backup, in: call.scope) {
            throw AWSError("BackupInUseException", "Backup is being used to restore another table: \(backup.arn)")
        }
        var table = try input.target.table(from: backup.table, id: service.environment.random.uuid(), call)
        table.restored = RestoreSummary(backup: backup.arn, table: backup.table.arn, time: backup.created)
        return try service.finishRestore(table, in: call.scope, now: call.now)
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

/// Backups.
extension DynamoDBService {
    func backup(_ arn: String, _ call: Call, inAnyRegion: Bool = false) throws(AWSError) -> Backup {
        guard let parsed = ARN(arn), parsed.service == "dynamodb", parsed.resource.hasPrefix("table/"), parsed.resource.contains("/backup/") else {
            throw .validation("Invalid Backup ARN")
        }
        guard parsed.account == call.scope.account else { throw AWSError("AccessDeniedException", "Access is denied") }
        guard inAnyRegion || parsed.region == call.region, let backup = state.regions[parsed.scope]?.backups[arn] else {
            throw AWSError("BackupNotFoundException", "Backup not found: \(arn)")
        }
        return backup
    }

    func keep(_ backup: Backup, in scope: Scope) {
        state.regions[scope, default: RegionState()].backups[backup.arn] = backup
        note(backup.expires)
        guard journal.isDurable else { return }
        journal.put(name, JournalKey.description(ofBackup: backup.arn, scope), backup.stored.json())
        for (place, stored) in backup.table.items { journal.put(name, JournalKey.item(place, ofBackup: backup.arn, scope), stored.item.document.json()) }
    }

    func drop(_ backup: Backup, in scope: Scope) {
        state.regions[scope]?.backups[backup.arn] = nil
        journal.deletePrefix(name, JournalKey.backup(backup.arn, scope))
    }

    /// A backup restores one table at a time.
    func isBeingRestored(_ backup: Backup, in scope: Scope) -> Bool {
        state.regions[scope]?.tables.values.contains { $0.status == .creating && $0.restored?.backup == backup.arn } ?? false
    }

    func expireBackups(_ scope: Scope, _ now: Timestamp) {
        let due = state.regions[scope]?.backups.values.filter { backup in backup.expires.map { $0 <= now } ?? false } ?? []
        for backup in due.sorted(by: { $0.arn < $1.arn }) { drop(backup, in: scope) }
    }
}

extension Fields {
    /// A time in seconds since the epoch, kept to the millisecond.
    mutating func timestamp(_ name: String) throws(AWSError) -> Timestamp? {
        guard let seconds = try double(name) else { return nil }
        return Timestamp(milliseconds: Int64(exactly: (seconds * 1000).rounded()) ?? (seconds < 0 ? .min : .max))
    }
}
