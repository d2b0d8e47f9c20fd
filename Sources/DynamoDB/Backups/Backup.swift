import Collections
import JSON
import Kernel

/// A table as it was at one instant. The items are the table's own, shared until either changes: making one costs the same however many there are.
/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BackupDescription.html
package struct Backup: Sendable {
    package enum Kind: String, Sendable { case user = "USER", system = "SYSTEM" }

    package let arn: String
    package let name: String
    package let kind: Kind
    package let created: Timestamp
    /// When a system's backup goes.
    package let expires: Timestamp?
    package internal(set) var table: Table

    /// How long DynamoDB keeps its own backup of a deleted table.
    static let systemRetention = Duration.seconds(35 * 86400)

    /// - Parameter suffix: tells backups of the same millisecond apart.
    init(of table: Table, name: String, kind: Kind, suffix: String, now: Timestamp) {
        arn = "\(table.arn)/backup/\(CalendarTime.padded(Int(now.milliseconds), 14))-\(suffix)"
        self.name = name
        self.kind = kind
        // To the millisecond, as it is answered.
        created = Timestamp(milliseconds: now.milliseconds)
        expires = kind == .system ? now + Self.systemRetention : nil
        self.table = table
    }

    fileprivate init(arn: String, name: String, kind: Kind, created: Timestamp, expires: Timestamp?, table: Table) {
        self.arn = arn
        self.name = name
        self.kind = kind
        self.created = created
        self.expires = expires
        self.table = table
    }

    func details(_ status: String) -> Members {
        var members: Members = [
            "BackupArn": .string(arn), "BackupName": .string(name), "BackupSizeBytes": .int(table.byteCount), "BackupStatus": .string(status),
            "BackupType": .string(kind.rawValue), "BackupCreationDateTime": created.document,
        ]
        if let expires { members.append("BackupExpiryDateTime", expires.document) }
        return members
    }

    /// What ListBackups shows.
    var summary: Document {
        var members = details("AVAILABLE")
        members.append("TableName", .string(table.name))
        members.append("TableId", .string(table.id))
        members.append("TableArn", .string(table.arn))
        return .object(members)
    }

    func description(_ status: String) -> Document {
        ["BackupDetails": .object(details(status)), "SourceTableDetails": source, "SourceTableFeatureDetails": kind == .system ? .object(Members()) : features]
    }

    private var source: Document {
        var members: Members = [
            "TableName": .string(table.name), "TableId": .string(table.id), "TableArn": .string(table.arn), "TableSizeBytes": .int(table.byteCount),
            "KeySchema": table.keys.document, "TableCreationDateTime": table.created.document,
            "ProvisionedThroughput": ["ReadCapacityUnits": .int(table.throughput.read), "WriteCapacityUnits": .int(table.throughput.write)],
            "ItemCount": .int(table.items.count), "BillingMode": .string(table.billing.rawValue),
        ]
        if let onDemand = table.onDemandThroughput { members.append("OnDemandThroughput", onDemand.document) }
        return .object(members)
    }

    /// Only what is on is shown.
    private var features: Document {
        var members = Members()
        let local = table.indexes.filter(\.isLocal)
        let global = table.indexes.filter { !$0.isLocal }
        if !local.isEmpty { members.append("LocalSecondaryIndexes", .array(local.map { .object($0.info) })) }
        if !global.isEmpty {
            members.append("GlobalSecondaryIndexes", .array(global.map { index in
                var info = index.info
                let throughput = index.throughput ?? Throughput(read: 0, write: 0)
                info.append("ProvisionedThroughput", ["ReadCapacityUnits": .int(throughput.read), "WriteCapacityUnits": .int(throughput.write)])
                return .object(info)
            }))
        }
        if let view = table.streamViewType, table.stream != nil {
            members.append("StreamDescription", ["StreamEnabled": true, "StreamViewType": .string(view.rawValue)])
        }
        if let encryption = table.encryption.document { members.append("SSEDescription", encryption) }
        if let timeToLive = table.timeToLive, timeToLive.isEnabled { members.append("TimeToLiveDescription", table.timeToLive.description) }
        return .object(members)
    }
}

extension SecondaryIndex {
    fileprivate var info: Members {
        ["IndexName": .string(name), "KeySchema": keys.document, "Projection": projection.document]
    }
}

/// In the journal.
extension Backup {
    /// The backup without its items.
    var stored: Document {
        var members: Members = [
            "arn": .string(arn), "name": .string(name), "kind": .string(kind.rawValue), "created": .int(created.microseconds), "table": table.stored,
        ]
        if let expires { members.append("expires", .int(expires.microseconds)) }
        return .object(members)
    }

    init?(stored document: Document) {
        guard let arn = document["arn"]?.string, let name = document["name"]?.string, let kind = document["kind"]?.string.flatMap(Kind.init),
            let created = document["created"]?.int, let table = document["table"].flatMap(Table.init(stored:))
        else { return nil }
        self.init(
            arn: arn, name: name, kind: kind, created: Timestamp(microseconds: Int64(created)),
            expires: document["expires"]?.int.map { Timestamp(microseconds: Int64($0)) }, table: table)
    }
}
