import JSON
import Kernel

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
enum UpdateTable: Operation {
    enum IndexUpdate {
        case create(IndexDefinition)
        case update(name: String, Throughput?, OnDemandThroughput?, WarmThroughputRequest?)
        case delete(String)

        var name: String {
            switch self {
            case .create(let index): index.name
            case .update(let name, _, _, _), .delete(let name): name
            }
        }

        /// Whether it makes an index or takes one away.
        var isStructural: Bool { if case .update = self { false } else { true } }
    }

    struct Input {
        var table: TableReference
        var definitions: [KeyAttribute]
        var billing: BillingMode?
        var throughput: Throughput?
        var onDemandThroughput: OnDemandThroughput?
        var warm: WarmThroughputRequest?
        var encryption: EncryptionSpecification?
        var indexes: [IndexUpdate]
        var stream: StreamSpecification?
        var isProtected: Bool?
        var tableClass: String?
        var replicas: ReplicaUpdates?
    }

    static let unimplemented = ["GlobalTableSettingsReplicationMode"]

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let table = try fields.controlTableName()
        try fields.refuse(unimplemented, of: "UpdateTable")
        let definitions = try fields.attributeDefinitions() ?? []
        let billing = try fields.string("BillingMode", .oneOf(["PROVISIONED", "PAY_PER_REQUEST"])).flatMap(BillingMode.init)
        let throughput = try fields.throughput()
        let updates = try fields.structures("GlobalSecondaryIndexUpdates", read: readIndexUpdate)
        let stream = try fields.streamSpecification()
        let encryption = try fields.encryption()
        let isProtected = try fields.bool("DeletionProtectionEnabled")
        let tableClass = try fields.tableClass()
        let onDemandThroughput = try fields.onDemandThroughput()
        let warm = try fields.warmThroughput()
        let replicas = try ReplicaUpdates.read(&fields)
        try fields.check()
        var input = Input(
            table: table, definitions: definitions, billing: billing, throughput: throughput, onDemandThroughput: onDemandThroughput, warm: warm,
            encryption: encryption, indexes: try distinct(updates ?? []), stream: stream, isProtected: isProtected, tableClass: tableClass)
        try UpdateCombination(input).check(replicas, hasEmptyList: updates?.isEmpty ?? false)
        input.replicas = try replicas.checked()
        return input
    }

    private static func distinct(_ updates: [IndexUpdate?]) throws(AWSError) -> [IndexUpdate] {
        var indexes: [IndexUpdate] = []
        for update in updates {
            guard let update else {
                throw .invalidParameter(
                    "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete must not be null")
            }
            guard !indexes.contains(where: { $0.name == update.name }) else {
                throw .invalidParameter("Only one global secondary index update per index is allowed simultaneously. Index: \(update.name)")
            }
            indexes.append(update)
        }
        return indexes
    }

    private static func readIndexUpdate(_ fields: inout Fields) throws(AWSError) -> IndexUpdate? {
        let update = try fields.structure("Update") { (fields) throws(AWSError) -> IndexUpdate in
            let name = try fields.newIndexName()
            return .update(name: name, try fields.throughput(), try fields.onDemandThroughput(), try fields.warmThroughput())
        }
        let create = try fields.structure("Create") { (fields) throws(AWSError) -> IndexUpdate in .create(try IndexDefinition.readGlobal(&fields)) }
        let delete = try fields.structure("Delete") { (fields) throws(AWSError) -> IndexUpdate in .delete(try fields.newIndexName()) }
        guard [update, create, delete].compactMap(\.self).count <= 1 else {
            throw .invalidParameter("Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object")
        }
        return update ?? create ?? delete
    }

    static func run(_ input: Input, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        let scope = try input.table.scope(call)
        if let updates = input.replicas { return ["TableDescription": try service.updateReplicas(updates, of: input.table.name, in: scope, call)] }
        guard let table = service.state.regions[scope]?.tables[input.table.name] else { throw .noSuchTable(input.table.name) }
        if table.replication != nil { try service.checkShared(input, of: table, in: scope) }
        try table.checkIsReady(for: input)
        // Works on the value beside the state, so that an error leaves the state as it was.
        var changed = table
        let ends = service.statusEnd(call.now)
        try changed.changeThroughput(input, ends: ends, now: call.now)
        try changed.changeIndexes(input, resources: ends, ends: service.statusEnd(ends), now: call.now)
        if input.throughput != nil || input.indexes.contains(where: { if case .delete = $0 { false } else { true } }) { try service.checkLimits(changed, in: scope) }
        try changed.changeLimits(input, region: scope.region)
        if let encryption = input.encryption { try changed.encryption.begin(encryption, call, ends: ends) }
        if let warm = input.warm, !warm.isEmpty {
            try warm.checkRaise(table.warm)
            try warm.checkLimit(region: scope.region)
            changed.warm.begin(warm, ends: ends)
        }
        if let isProtected = input.isProtected { changed.isProtected = isProtected }
        changed.changeTableClass(input.tableClass, ends: ends, now: call.now)
        if let stream = input.stream { try change(stream, of: &changed, ends: ends, in: scope, on: service, now: call.now) }
        if changed.replication != nil { try service.shareSettings(input, table, changed, in: scope, call) }
        let goesOnDemand = changed.billing == .payPerRequest && table.billing == .provisioned
        let answer = service.describe(changed.showing(table, at: call.now), .update(goesOnDemand: goesOnDemand), at: call.now)
        changed.onDemandThroughput = changed.onDemandThroughput?.settled
        service.settle(changed, in: scope, now: call.now)
        return ["TableDescription": answer]
    }

    private static func change(
        _ specification: StreamSpecification, of table: inout Table, ends: Timestamp, in scope: Scope, on service: DynamoDBService, now: Timestamp
    ) throws(AWSError) {
        switch (specification.view, table.stream) {
        case (.some, .some): throw .validation("Table already has an enabled stream: TableName: \(table.name)")
        case (nil, nil): throw .validation("Table has no stream to disable: TableName: \(table.name)")
        case (let view?, nil):
            service.openStream(of: &table, view: view, in: scope, now: now)
            table.begin(.updating, .streamEnabling, ends: ends)
        case (nil, let stream?):
            service.closeStream(stream, in: scope, now: now)
            table.stream = nil
            table.streamViewType = nil
            table.begin(.updating, .streamDisabling, ends: ends)
        }
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

/// What one request may change together: most things come alone.
private struct UpdateCombination {
    let input: UpdateTable.Input

    init(_ input: UpdateTable.Input) { self.input = input }

    private var changesIndexes: Bool { input.indexes.contains(where: \.isStructural) }
    private var changesThroughput: Bool { input.throughput != nil || input.billing == .provisioned }

    /// - Parameter hasEmptyList: whether there is a list of index updates with nothing in it, which counts as none where there is nothing else.
    func check(_ replicas: ReplicaUpdates.Parts, hasEmptyList: Bool) throws(AWSError) {
        if replicas.elements != nil { return try checkReplicasAlone(replicas) }
        try checkIndexUpdates()
        if count == 0 {
            let consistency = replicas.consistency == nil ? "MultiRegionConsistency, " : ""
            throw .validation(
                "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, "
                    + "MultiAccountReplicaReady, ReplicaTransitRoleArn, \(consistency)DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or "
                    + "TableClass is required")
        }
        if hasEmptyList { throw .invalidParameter("List of GlobalSecondaryIndexUpdates is empty") }
        try input.throughput?.checkBounds()
        try input.encryption?.check()
        try checkAlone()
        if input.billing == .payPerRequest, input.throughput != nil {
            throw .invalidParameter("Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST")
        }
        if changesThroughput, input.stream != nil { throw .invalidParameter("You cannot modify stream status while updating table IOPS") }
        if changesThroughput, changesIndexes { throw .invalidParameter("You cannot create or delete index while updating table IOPS") }
        if input.stream != nil, changesIndexes { throw .invalidParameter("You cannot create or delete index while changing stream status") }
        if let stream = input.stream {
            if stream.isEnabled, stream.view == nil { throw .invalidParameter("If stream is being enabled then UpdateViewType is required") }
            if !stream.isEnabled, stream.view != nil { throw .invalidParameter("If stream is being disabled, then UpdateViewType must not be specified") }
        }
    }

    /// Replicas are changed with nothing else.
    private func checkReplicasAlone(_ replicas: ReplicaUpdates.Parts) throws(AWSError) {
        guard count > 0 else { return }
        guard replicas.consistency == nil, replicas.createdWitness == nil, replicas.deletedWitness == nil else {
            throw .validation("Requests that modify replicas or witnesses must not also modify other fields")
        }
        throw .invalidParameter("Replica modification must be the only operation in the request")
    }

    private var hasOnDemand: Bool { input.onDemandThroughput.map { $0.read != nil || $0.write != nil } ?? false }
    private var hasWarm: Bool { input.warm.map { !$0.isEmpty } ?? false }

    /// How many things it changes. A structure without members is none.
    private var count: Int {
        [
            input.billing != nil, input.throughput != nil, !input.indexes.isEmpty, input.stream != nil, input.isProtected != nil, input.tableClass != nil,
            input.encryption != nil, hasOnDemand, hasWarm,
        ].count { $0 }
    }

    private func checkAlone() throws(AWSError) {
        guard count > 1 else { return }
        if input.encryption != nil { throw .invalidParameter("Server-Side Encryption modification must be the only operation in the request") }
        if input.tableClass != nil { throw .invalidParameter("TableClass modification must be the only operation in the request") }
        if input.isProtected != nil { throw .invalidParameter("DeletionProtection modification must be the only operation in the request") }
        if hasOnDemand, count > (input.billing == nil ? 1 : 2) {
            throw .invalidParameter("OnDemandThroughput can only be combined with BillingMode in an UpdateTable request")
        }
        guard hasWarm else { return }
        if input.indexes.contains(where: { if case .create = $0 { true } else { false } }) {
            throw .invalidParameter("Create global secondary index cannot be specified when updating WarmThroughput")
        }
        throw .invalidParameter("WarmThroughput must be the only operation in the request")
    }

    private func checkIndexUpdates() throws(AWSError) {
        for case .update(let name, _, _, let warm?) in input.indexes where warm.isEmpty {
            throw .invalidParameter("WarmThroughput must have at least one of ReadUnitsPerSecond or WriteUnitsPerSecond specified for index: \(name)")
        }
    }
}
