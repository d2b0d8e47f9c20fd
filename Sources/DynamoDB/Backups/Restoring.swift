import Collections
import JSON
import Kernel

/// What RestoreTableFromBackup and RestoreTableToPointInTime have in common.
struct RestoreTarget: Sendable {
    var name: String
    var billing: BillingMode?
    var throughput: Throughput?
    var onDemandThroughput: OnDemandThroughput?
    var global: [IndexDefinition]?
    var local: [IndexDefinition]?

    static func read(_ fields: inout Fields, of operation: String) throws(AWSError) -> RestoreTarget {
        try fields.refuse(["SSESpecificationOverride"], of: operation)
        let name = try fields.requiredString("TargetTableName", .namePattern, .length(min: 3, max: 255))
        let billing = try fields.string("BillingModeOverride", .oneOf(["PROVISIONED", "PAY_PER_REQUEST"])).flatMap(BillingMode.init)
        let global = try fields.structures("GlobalSecondaryIndexOverride", read: IndexDefinition.readGlobal)
        let local = try fields.structures("LocalSecondaryIndexOverride", read: IndexDefinition.readLocal)
        let throughput = try fields.structure("ProvisionedThroughputOverride") { (fields) throws(AWSError) in
            Throughput(read: try fields.requiredInt("ReadCapacityUnits", .range(min: 1)), write: try fields.requiredInt("WriteCapacityUnits", .range(min: 1)))
        }
        let onDemand = try fields.structure("OnDemandThroughputOverride") { (fields) throws(AWSError) in
            OnDemandThroughput(read: try fields.int("MaxReadRequestUnits"), write: try fields.int("MaxWriteRequestUnits"))
        }
        return RestoreTarget(name: name, billing: billing, throughput: throughput, onDemandThroughput: onDemand, global: global, local: local)
    }

    /// The new table: keys, items, indexes and capacity of the source. Tags, stream, time to live, protection and policies are not taken over, as on AWS.
    func table(from source: Table, id: String, in scope: Scope, now: Timestamp) throws(AWSError) -> Table {
        var table = source
        table.becomeNew(name: name, arn: ARN("dynamodb", "table/\(name)", in: scope).description, id: id, created: now)
        try setCapacity(of: &table, now: now)
        if let global { try keep(global, isLocal: false, in: &table) }
        if let local { try keep(local, isLocal: true, in: &table) }
        return table
    }

    private func setCapacity(of table: inout Table, now: Timestamp) throws(AWSError) {
        let wasProvisioned = table.billing == .provisioned
        let mode = billing ?? table.billing
        switch mode {
        case .payPerRequest:
            if throughput != nil {
                throw .invalidRequest(
                    billing == nil ? "Cannot override ProvisionedThroughput unless BillingMode is PROVISIONED"
                        : "Cannot override ProvisionedThroughput if BillingMode is overridden to PAY_PER_REQUEST")
            }
            if wasProvisioned {
                table.throughput = Throughput(read: 0, write: 0)
                for index in table.indexes where !index.isLocal { table.changeIndex(index.name) { $0.throughput = nil } }
            }
            table.lastUpdateToPayPerRequest = now
            if let onDemandThroughput { table.onDemandThroughput = onDemandThroughput }
        case .provisioned:
            if !wasProvisioned, throughput == nil { throw .invalidRequest("Must override ProvisionedThroughput if BillingMode is overridden to PROVISIONED") }
            if onDemandThroughput?.read != nil { throw .invalidRequest("Cannot override MaxReadRequestUnits for OnDemandThroughput unless BillingModeOverride is PAY_PER_REQUEST") }
            if onDemandThroughput?.write != nil { throw .invalidRequest("Cannot override MaxWriteRequestUnits for OnDemandThroughput unless BillingModeOverride is PAY_PER_REQUEST") }
            table.lastUpdateToPayPerRequest = nil
            table.onDemandThroughput = nil
            if let throughput { table.throughput = throughput }
            for index in table.indexes where !index.isLocal && index.throughput == nil {
                if let global, !global.contains(where: { $0.name == index.name && $0.throughput == nil }) { continue }
                throw .invalidRequest("Must specify provisioned throughput for index \(index.name)")
            }
        }
        table.billing = mode
    }

    /// Keeps the indexes that are named, which must be as they were.
    private func keep(_ wanted: [IndexDefinition], isLocal: Bool, in table: inout Table) throws(AWSError) {
        for definition in wanted {
            guard let index = table.index(definition.name), index.isLocal == isLocal, index.projection == (try definition.projection()),
                index.keys.names == definition.keys.map(\.name), index.keys.partitions.count == definition.keys.prefix(while: \.isPartition).count
            else {
                throw .invalidRequest(
                    "Index \(definition.name) does not match a secondary index that existed in the source table and cannot be created during the restore operation")
            }
            if let throughput = definition.throughput, table.billing == .provisioned { table.changeIndex(definition.name) { $0.throughput = throughput } }
        }
        for index in table.indexes where index.isLocal == isLocal && !wanted.contains(where: { $0.name == index.name }) { table.removeIndex(index.name) }
    }
}

/// Where a restored table came from.
package struct RestoreSummary: Sendable, Equatable {
    var backup: String?
    var table: String
    var time: Timestamp

    func document(isInProgress: Bool) -> Document {
        var members = Members()
        if let backup { members.append("SourceBackupArn", .string(backup)) }
        members.append("SourceTableArn", .string(table))
        members.append("RestoreDateTime", time.document)
        members.append("RestoreInProgress", .bool(isInProgress))
        return .object(members)
    }

    var stored: Document {
        var members: Members = ["table": .string(table), "time": .int(time.microseconds)]
        if let backup { members.append("backup", .string(backup)) }
        return .object(members)
    }
}

extension RestoreSummary {
    init?(stored document: Document) {
        guard let table = document["table"]?.string, let time = document["time"]?.int else { return nil }
        self.init(backup: document["backup"]?.string, table: table, time: Timestamp(microseconds: Int64(time)))
    }
}

extension DynamoDBService {
    /// Puts a restored table in its place.
    func finishRestore(_ restored: Table, in scope: Scope, now: Timestamp) -> Document {
        state.regions[scope, default: RegionState()].tables[restored.name] = restored
        journalItems(of: restored, in: scope)
        begin(.creating, restored.name, in: scope, now: now)
        return ["TableDescription": description(of: restored.name, in: scope, as: .creating)]
    }

    private func journalItems(of table: Table, in scope: Scope) {
        guard journal.isDurable else { return }
        for (place, stored) in table.items { journal.put(name, JournalKey.item(place, of: table.name, scope), stored.item.document.json()) }
    }
}

extension AWSError {
    static func invalidRequest(_ what: String) -> AWSError { .validation("Invalid Request: \(what)") }
    static func tableNotFound(_ name: String) -> AWSError { AWSError("TableNotFoundException", "Table not found: \(name)") }
    static func tableExists(_ name: String) -> AWSError { AWSError("TableAlreadyExistsException", "Table already exists: \(name)") }
}

extension Timestamp {
    func earlier(by span: Duration) -> Timestamp { self + (.zero - span) }
}
