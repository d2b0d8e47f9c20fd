import Collections
import JSON
import Kernel

/// What RestoreTableFromBackup and RestoreTableToPointInTime have in common.
struct RestoreTarget: Sendable {
    var name: String
    var billing: BillingMode?
    var throughput: Throughput?
    var onDemandThroughput: OnDemandThroughput?
    var encryption: EncryptionSpecification?
    var global: [IndexDefinition]?
    var local: [IndexDefinition]?

    static func read(_ fields: inout Fields) throws(AWSError) -> RestoreTarget {
        let name = try fields.requiredString("TargetTableName", .namePattern)
        // So long, AWS has words of its own for it.
        if fields["TargetTableName"] != nil, !(3...255).contains(name.utf8.count) {
            throw .validation("TableName must be at least 3 characters long and at most 255 characters long")
        }
        let billing = try fields.string("BillingModeOverride", .oneOf(["PROVISIONED", "PAY_PER_REQUEST"])).flatMap(BillingMode.init)
        let global = try fields.structures("GlobalSecondaryIndexOverride", read: IndexDefinition.readGlobal)
        let local = try fields.structures("LocalSecondaryIndexOverride", read: IndexDefinition.readLocal)
        let throughput = try fields.throughput("ProvisionedThroughputOverride")
        let onDemand = try fields.onDemandThroughput("OnDemandThroughputOverride")
        let encryption = try fields.encryption("SSESpecificationOverride")
        return RestoreTarget(
            name: name, billing: billing, throughput: throughput, onDemandThroughput: onDemand, encryption: encryption, global: global, local: local)
    }

    /// The new table: keys, items, indexes, capacity and key of the source. Tags, stream, time to live, protection and policies are not taken over, as on AWS.
    func table(from source: Table, id: String, _ call: Call) throws(AWSError) -> Table {
        if encryption == nil, ARN(source.arn)?.region != call.region {
            throw .invalidRequest("sseSpecificationOverride must be provided for cross-region restores")
        }
        try encryption?.check()
        var table = source
        table.becomeNew(name: name, arn: ARN("dynamodb", "table/\(name)", in: call.scope).description, id: id, created: call.now)
        if let global { try keep(global, isLocal: false, in: &table) }
        if let local { try keep(local, isLocal: true, in: &table) }
        try setCapacity(of: &table, now: call.now)
        if let encryption { table.encryption = Encryption(key: try encryption.keyARN(call)) }
        return table
    }

    private func setCapacity(of table: inout Table, now: Timestamp) throws(AWSError) {
        let wasProvisioned = table.billing == .provisioned
        table.billing = billing ?? table.billing
        switch table.billing {
        case .payPerRequest:
            if throughput != nil {
                throw .invalidRequest(
                    billing == nil ? "Cannot override ProvisionedThroughput unless BillingMode is PROVISIONED" : Self.noThroughput)
            }
            for index in global ?? [] where index.throughput != nil { throw .invalidRequest("\(Self.noThroughput) for index \(index.name)") }
            try onDemandThroughput?.checkOverride()
            table.throughput = Throughput(read: 0, write: 0)
            for position in table.indexes.indices { table.indexes[position].throughput = nil }
            table.lastUpdateToPayPerRequest = now
            if let onDemandThroughput { table.onDemandThroughput = onDemandThroughput.settled }
        case .provisioned:
            if !wasProvisioned, throughput == nil { throw .invalidRequest("Must override ProvisionedThroughput if BillingMode is overridden to PROVISIONED") }
            for (name, value) in [("MaxReadRequestUnits", onDemandThroughput?.read), ("MaxWriteRequestUnits", onDemandThroughput?.write)] where value != nil {
                throw .invalidRequest("Cannot override \(name) for OnDemandThroughput unless BillingModeOverride is PAY_PER_REQUEST")
            }
            table.lastUpdateToPayPerRequest = nil
            table.onDemandThroughput = nil
            let provisioned = throughput ?? table.throughput
            table.throughput = Throughput(read: provisioned.read, write: provisioned.write)
            for position in table.indexes.indices where !table.indexes[position].isLocal { try provision(&table.indexes[position]) }
        }
        table.warm = .initial(table.billing == .provisioned ? table.throughput : nil)
        for position in table.indexes.indices { table.indexes[position].warm = .initial(table.indexes[position].throughput) }
    }

    private static let noThroughput = "Cannot override ProvisionedThroughput if BillingMode is overridden to PAY_PER_REQUEST"

    private func provision(_ index: inout SecondaryIndex) throws(AWSError) {
        // Indexes that are named say anew how much they have.
        let wanted = global == nil ? index.throughput : global?.first { $0.name == index.name }?.throughput
        guard let wanted else { throw .invalidRequest("Must specify provisioned throughput for index \(index.name)") }
        index.throughput = Throughput(read: wanted.read, write: wanted.write)
    }

    /// Keeps the indexes that are wanted: keys and projections are as they were, names may be new.
    private func keep(_ wanted: [IndexDefinition], isLocal: Bool, in table: inout Table) throws(AWSError) {
        var kept: [SecondaryIndex] = []
        for definition in wanted {
            let projection = try definition.projection()
            guard let index = table.indexes.first(where: { index in
                index.isLocal == isLocal && index.projection == projection && index.keys.names == definition.keys.map(\.name)
                    && index.keys.partitions.count == definition.keys.prefix(while: \.isPartition).count
            }) else {
                throw .invalidRequest(
                    "Index \(definition.name) does not match a secondary index that existed in the source table and cannot be created during the restore operation")
            }
            guard !kept.contains(where: { $0.name == definition.name }) else { throw .invalidParameter("Duplicate index name: \(definition.name)") }
            kept.append(index.named(definition.name))
        }
        table.replaceIndexes(isLocal: isLocal, by: kept)
    }
}

extension OnDemandThroughput {
    fileprivate func checkOverride() throws(AWSError) {
        for (name, value) in [("MaxReadRequestUnits", read), ("MaxWriteRequestUnits", write)] {
            guard let value, value < 1 else { continue }
            throw .invalidRequest("Requested \(name) for OnDemandThroughput is outside of valid range")
        }
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
    /// Refuses a name that a table has already.
    func checkRestores(to name: String, _ call: Call) throws(AWSError) {
        guard let table = state.regions[call.scope]?.tables[name] else { return }
        guard table.status == .creating, let restored = table.restored else { throw .tableExists(name) }
        throw AWSError("TableInUseException", "Table: \(name) is already being restored from \(restored.backup.map { "backup: \($0)" } ?? "table: \(restored.table)")")
    }

    /// Puts a restored table in its place.
    func finishRestore(_ restored: Table, in scope: Scope, now: Timestamp) throws(AWSError) -> Document {
        try checkLimits(restored, in: scope)
        var table = restored
        table.begin(.creating, ends: statusEnd(now))
        settle(table, in: scope, now: now)
        journalItems(of: table, in: scope)
        return ["TableDescription": table.description(.create(warm: []), at: now)]
    }

    func journalItems(of table: Table, in scope: Scope) {
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
