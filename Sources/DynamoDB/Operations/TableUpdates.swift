import JSON
import Kernel

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
enum UpdateTable: Operation {
    enum IndexUpdate {
        case create(IndexDefinition)
        case update(name: String, Throughput?, OnDemandThroughput?)
        case delete(String)

        var name: String {
            switch self {
            case .create(let index): index.name
            case .update(let name, _, _), .delete(let name): name
            }
        }
    }

    struct Input {
        var table: TableReference
        var definitions: [KeyAttribute]
        var billing: BillingMode?
        var throughput: Throughput?
        var onDemandThroughput: OnDemandThroughput?
        var indexes: [IndexUpdate]
        var stream: StreamSpecification?
        var isProtected: Bool?
        var tableClass: String?
    }

    static let unimplemented = [
        "SSESpecification", "ReplicaUpdates", "WarmThroughput", "MultiRegionConsistency", "GlobalTableWitnessUpdates", "GlobalTableSettingsReplicationMode",
    ]

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let table = try fields.controlTableName()
        try fields.refuse(unimplemented, of: "UpdateTable")
        let definitions = try fields.attributeDefinitions() ?? []
        let billing = try fields.string("BillingMode", .oneOf(["PROVISIONED", "PAY_PER_REQUEST"])).flatMap(BillingMode.init)
        let throughput = try fields.throughput()
        let updates = try fields.structures("GlobalSecondaryIndexUpdates", read: readIndexUpdate) ?? []
        let stream = try fields.streamSpecification()
        let isProtected = try fields.bool("DeletionProtectionEnabled")
        let tableClass = try fields.tableClass()
        let onDemandThroughput = try fields.onDemandThroughput()
        try fields.check()
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
        let input = Input(
            table: table, definitions: definitions, billing: billing, throughput: throughput, onDemandThroughput: onDemandThroughput, indexes: indexes,
            stream: stream, isProtected: isProtected, tableClass: tableClass)
        try checkCombination(input)
        return input
    }

    private static func readIndexUpdate(_ fields: inout Fields) throws(AWSError) -> IndexUpdate? {
        let update = try fields.structure("Update") { (fields) throws(AWSError) -> IndexUpdate in
            if fields["WarmThroughput"] != nil { throw .notImplemented("the parameter WarmThroughput of an index") }
            let name = try fields.requiredString("IndexName", .namePattern, .length(min: 3, max: 255))
            return .update(name: name, try fields.throughput(), try fields.onDemandThroughput())
        }
        let create = try fields.structure("Create") { (fields) throws(AWSError) -> IndexUpdate in .create(try IndexDefinition.readGlobal(&fields)) }
        let delete = try fields.structure("Delete") { (fields) throws(AWSError) -> IndexUpdate in
            .delete(try fields.requiredString("IndexName", .namePattern, .length(min: 3, max: 255)))
        }
        guard [update, create, delete].compactMap(\.self).count <= 1 else {
            throw .invalidParameter("Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object")
        }
        return update ?? create ?? delete
    }

    /// What may be changed together.
    private static func checkCombination(_ input: Input) throws(AWSError) {
        let changesIndexes = input.indexes.contains { if case .update = $0 { false } else { true } }
        let isEmpty = input.billing == nil && input.throughput == nil && input.indexes.isEmpty && input.stream == nil && input.isProtected == nil
            && input.tableClass == nil && input.onDemandThroughput == nil
        if isEmpty {
            throw .validation(
                "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, "
                    + "MultiAccountReplicaReady, ReplicaTransitRoleArn, MultiRegionConsistency, DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or "
                    + "TableClass is required")
        }
        try input.throughput?.checkBounds()
        if input.billing == .payPerRequest, input.throughput != nil {
            throw .invalidParameter("Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST")
        }
        try checkAlone(input)
        if input.throughput != nil, input.stream != nil { throw .invalidParameter("You cannot modify stream status while updating table IOPS") }
        if input.throughput != nil, changesIndexes { throw .invalidParameter("You cannot create or delete index while updating table IOPS") }
        if input.stream != nil, changesIndexes { throw .invalidParameter("You cannot create or delete index while changing stream status") }
        if let stream = input.stream {
            if stream.isEnabled, stream.view == nil { throw .invalidParameter("If stream is being enabled then UpdateViewType is required") }
            if !stream.isEnabled, stream.view != nil { throw .invalidParameter("If stream is being disabled, then UpdateViewType must not be specified") }
        }
    }

    /// What may not be changed together with anything else.
    private static func checkAlone(_ input: Input) throws(AWSError) {
        let others = [input.throughput != nil, !input.indexes.isEmpty, input.stream != nil]
        let alone = [
            ("TableClass modification must be the only operation in the request", input.tableClass != nil),
            ("DeletionProtection modification must be the only operation in the request", input.isProtected != nil),
        ]
        let count = (others + [input.billing != nil, input.onDemandThroughput != nil] + alone.map(\.1)).count { $0 }
        if count > 1, let (message, _) = alone.first(where: \.1) { throw .invalidParameter(message) }
        if input.onDemandThroughput != nil, others.contains(true) {
            throw .invalidParameter("OnDemandThroughput can only be combined with BillingMode in an UpdateTable request")
        }
    }

    static func run(_ input: Input, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        let scope = input.table.scope ?? call.scope
        let name = input.table.name
        guard let table = service.state.regions[scope]?.tables[name] else { throw .noSuchTable(name) }
        try table.checkNotInUse()
        // Works on the value beside the state, so that an error leaves the state as it was.
        var changed = table
        try changed.changeThroughput(input, now: call.now)
        if let isProtected = input.isProtected { changed.isProtected = isProtected }
        if let tableClass = input.tableClass { changed.tableClass = tableClass }
        if let onDemand = input.onDemandThroughput {
            try onDemand.check(input.billing ?? table.billing)
            changed.onDemandThroughput = onDemand
        }
        if let stream = input.stream { try checkStream(stream, of: table) }
        try changed.changeIndexes(input)
        service.state.regions[scope]?.tables[name] = changed
        if let stream = input.stream { change(stream, of: changed, in: scope, on: service, now: call.now) }
        let answer = service.describe((service.state.regions[scope]?.tables[name] ?? changed).showing(table), as: .updating)
        service.begin(.updating, name, in: scope, now: call.now)
        return ["TableDescription": answer]
    }

    private static func checkStream(_ specification: StreamSpecification, of table: Table) throws(AWSError) {
        if specification.isEnabled, table.stream != nil { throw .validation("Table already has an enabled stream: TableName: \(table.name)") }
        if !specification.isEnabled, table.stream == nil { throw .validation("Table has no stream to disable: TableName: \(table.name)") }
    }

    private static func change(_ specification: StreamSpecification, of table: Table, in scope: Scope, on service: DynamoDBService, now: Timestamp) {
        if let view = specification.view {
            service.openStream(of: table.name, view: view, in: scope, now: now)
        } else if let stream = table.stream {
            service.closeStream(stream, in: scope, now: now)
            service.state.regions[scope]?.tables[table.name]?.stream = nil
            service.state.regions[scope]?.tables[table.name]?.streamViewType = nil
        }
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

extension Throughput {
    fileprivate mutating func showUnits(of old: Throughput) {
        read = old.read
        write = old.write
    }
}

extension Table {
    fileprivate mutating func changeThroughput(_ input: UpdateTable.Input, now: Timestamp) throws(AWSError) {
        let mode = input.billing ?? billing
        if mode == .payPerRequest {
            if input.throughput != nil {
                throw .invalidParameter("Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST")
            }
            if billing == .provisioned {
                lastUpdateToPayPerRequest = now
                throughput = Throughput(read: 0, write: 0)
                for index in indexes where !index.isLocal { changeIndex(index.name) { $0.throughput = nil } }
            }
        } else if billing == .payPerRequest, input.throughput == nil {
            throw .invalidParameter("ProvisionedThroughput must be specified when BillingMode is PROVISIONED")
        }
        let wasProvisioned = billing == .provisioned
        billing = mode
        guard let wanted = input.throughput else { return }
        if wasProvisioned, wanted.read == throughput.read, wanted.write == throughput.write, input.billing == nil, input.indexes.isEmpty {
            throw .validation(throughput.unchanged("the table"))
        }
        throughput.change(to: wanted, now: now)
    }

    /// While it changes, a table shows the throughput that it had.
    fileprivate func showing(_ old: Table) -> Table {
        guard billing == .provisioned, old.billing == .provisioned else { return self }
        var shown = self
        shown.throughput.showUnits(of: old.throughput)
        for index in old.indexes {
            guard let throughput = index.throughput else { continue }
            shown.changeIndex(index.name) { $0.throughput?.showUnits(of: throughput) }
        }
        return shown
    }

    fileprivate mutating func changeIndexes(_ input: UpdateTable.Input) throws(AWSError) {
        let structural = input.indexes.filter { if case .update = $0 { false } else { true } }
        guard structural.count <= 1 else {
            throw AWSError("LimitExceededException", "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table")
        }
        for update in input.indexes {
            switch update {
            case .create(let definition): try create(definition, input)
            case .delete(let name):
                guard try globalIndex(name, "delete") != nil else { throw .noSuchResource }
                changeIndex(name) { $0.status = .deleting }
            case .update(let name, let wanted, let onDemand):
                guard let index = try globalIndex(name, "update") else { throw .noSuchResource }
                try self.update(index, wanted, onDemand)
            }
        }
    }

    /// The global index of that name, if there is one.
    private func globalIndex(_ name: String, _ verb: String) throws(AWSError) -> SecondaryIndex? {
        guard let index = index(name) else { return nil }
        if index.isLocal { throw .validation("Cannot \(verb) an index that is not a GlobalSecondaryIndex: \(name)") }
        return index
    }

    private mutating func create(_ definition: IndexDefinition, _ input: UpdateTable.Input) throws(AWSError) {
        guard index(definition.name) == nil else { throw .validation("Attempting to create an index which already exists") }
        guard indexes.filter({ !$0.isLocal }).count < 20 else {
            throw AWSError("LimitExceededException", "GlobalSecondaryIndex count exceeds the per-table limit of 20")
        }
        guard !input.definitions.isEmpty else { throw .invalidParameter("AttributeDefinitions is not specified for index: \(definition.name)") }
        if billing == .provisioned {
            guard let throughput = definition.throughput else { throw .invalidParameter("ProvisionedThroughput must be specified for index: \(definition.name)") }
            try throughput.checkBounds(index: definition.name)
        } else if definition.throughput != nil {
            throw .invalidParameter(
                "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: \(definition.name) when BillingMode is PAY_PER_REQUEST")
        }
        var known = definitions
        for definition in input.definitions where !known.contains(where: { ByteOrder.equal($0.name, definition.name) }) { known.append(definition) }
        var index = try definition.globalIndex(known, table: keys)
        index.status = .creating
        try (indexes + [index]).checkProjections()
        definitions = known.filter { definition in keys.has(definition.name) || indexes.contains { $0.keys.has(definition.name) } || index.keys.has(definition.name) }
        addIndex(index)
    }

    private mutating func update(_ index: SecondaryIndex, _ wanted: Throughput?, _ onDemand: OnDemandThroughput?) throws(AWSError) {
        guard let wanted else {
            changeIndex(index.name) { if let onDemand { $0.onDemandThroughput = onDemand } }
            return
        }
        guard billing == .provisioned else {
            throw .invalidParameter(
                "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: \(index.name) when BillingMode is PAY_PER_REQUEST")
        }
        try wanted.checkBounds(index: index.name)
        if let current = index.throughput, current.read == wanted.read, current.write == wanted.write {
            throw .validation(current.unchanged("the index \(index.name)"))
        }
        changeIndex(index.name) { index in
            index.throughput = wanted
            index.status = .updating
        }
    }
}

extension Throughput {
    fileprivate mutating func change(to wanted: Throughput, now: Timestamp) {
        if wanted.read > read || wanted.write > write { lastIncrease = now }
        if wanted.read < read || wanted.write < write {
            lastDecrease = now
            decreasesToday += 1
        }
        read = wanted.read
        write = wanted.write
    }

    fileprivate func unchanged(_ what: String) -> String {
        "The provisioned throughput for \(what) will not change. The requested value equals the current value. "
            + "Current ReadCapacityUnits provisioned for \(what): \(read). Requested ReadCapacityUnits: \(read). "
            + "Current WriteCapacityUnits provisioned for \(what): \(write). Requested WriteCapacityUnits: \(write). "
            + "Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits."
    }
}
