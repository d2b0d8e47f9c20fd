import JSON
import Kernel

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
enum CreateTable: Operation {
    struct Input {
        var table: TableReference
        var definitions: [KeyAttribute]
        var keys: KeySchema
        var indexes: [SecondaryIndex]
        var billing: BillingMode
        var throughput: Throughput
        var onDemandThroughput: OnDemandThroughput?
        var warm: WarmThroughputRequest?
        var encryption: EncryptionSpecification?
        /// Whose `WarmThroughput` the request has: the table's under the empty name.
        var warmNames: [String]
        var view: StreamViewType?
        var isProtected: Bool
        var tableClass: String?
        var tags: [Tags.Tag]
        var policy: String?
    }

    static let unimplemented = ["GlobalTableSourceArn", "GlobalTableSettingsReplicationMode"]

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let table = try fields.controlTableName()
        try fields.refuse(unimplemented, of: "CreateTable")
        let definitions = try fields.attributeDefinitions()
        if definitions == nil { fields.missing("AttributeDefinitions") }
        let billing = try fields.string("BillingMode", .oneOf(["PROVISIONED", "PAY_PER_REQUEST"])).flatMap(BillingMode.init) ?? .provisioned
        let throughput = try fields.throughput()
        let elements = try fields.keySchema()
        if elements == nil { fields.missing("KeySchema") }
        let local = try fields.structures("LocalSecondaryIndexes", read: IndexDefinition.readLocal)
        let global = try fields.structures("GlobalSecondaryIndexes", read: IndexDefinition.readGlobal)
        let stream = try fields.streamSpecification()
        let isProtected = try fields.bool("DeletionProtectionEnabled") ?? false
        let tableClass = try fields.tableClass()
        let onDemandThroughput = try fields.onDemandThroughput()
        let warm = try fields.warmThroughput()
        let encryption = try fields.encryption()
        let tags = try fields.tags() ?? []
        let policy = try fields.string("ResourcePolicy")
        try fields.check()
        try checkBilling(billing, throughput)
        try onDemandThroughput?.checkNew(billing)
        for index in global ?? [] { try index.onDemandThroughput?.checkNew(billing, index: index.name) }
        try warm?.checkInitial(throughput)
        try encryption?.check()
        let keys = try KeySchemaElement.keys(elements ?? [], definitions ?? [], of: .table)
        let indexes = try readIndexes(local, global, definitions ?? [], keys, billing)
        try checkDefinitions(definitions ?? [], keys, indexes)
        let warmNames = (warm == nil ? [] : [""]) + (global ?? []).filter { $0.warm != nil }.map(\.name)
        return Input(
            table: table, definitions: definitions ?? [], keys: keys, indexes: indexes, billing: billing, throughput: throughput ?? Throughput(read: 0, write: 0),
            onDemandThroughput: onDemandThroughput, warm: warm, encryption: encryption, warmNames: warmNames, view: try view(stream), isProtected: isProtected,
            tableClass: tableClass, tags: try Tags.checked(tags), policy: policy)
    }

    static func checkBilling(_ billing: BillingMode, _ throughput: Throughput?) throws(AWSError) {
        switch billing {
        case .provisioned:
            guard let throughput else { throw .invalidParameter("ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED") }
            try throughput.checkBounds()
        case .payPerRequest:
            if throughput != nil {
                throw .invalidParameter("Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST")
            }
        }
    }

    static func readIndexes(
        _ local: [IndexDefinition]?, _ global: [IndexDefinition]?, _ definitions: [KeyAttribute], _ keys: KeySchema, _ billing: BillingMode
    ) throws(AWSError) -> [SecondaryIndex] {
        if local == nil, global == nil, definitions.count != keys.count {
            throw .invalidParameter("Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions")
        }
        if let local, local.isEmpty { throw .invalidParameter("List of LocalSecondaryIndexes is empty") }
        if let global, global.isEmpty { throw .invalidParameter("List of GlobalSecondaryIndexes is empty") }
        if local != nil, keys.sort == nil {
            throw .invalidParameter("Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex")
        }
        var indexes: [SecondaryIndex] = []
        for index in local ?? [] { try append(try index.localIndex(definitions, table: keys), to: &indexes) }
        if indexes.count > 5 { throw .invalidParameter("Number of LocalSecondaryIndexes exceeds per-table limit of 5") }
        for index in global ?? [] {
            let made = try index.globalIndex(definitions, table: keys)
            try index.checkThroughput(billing)
            try index.warm?.checkInitial(index.throughput, index: index.name)
            try append(made, to: &indexes)
        }
        if let global, global.count > 20 { throw .invalidParameter("GlobalSecondaryIndex count exceeds the per-table limit of 20") }
        try indexes.checkProjections()
        return indexes
    }

    private static func append(_ index: SecondaryIndex, to indexes: inout [SecondaryIndex]) throws(AWSError) {
        guard !indexes.contains(where: { $0.name == index.name }) else { throw .invalidParameter("Duplicate index name: \(index.name)") }
        indexes.append(index)
    }

    /// Every defined attribute is a key somewhere.
    static func checkDefinitions(_ definitions: [KeyAttribute], _ keys: KeySchema, _ indexes: [SecondaryIndex]) throws(AWSError) {
        let used = keys.names + indexes.flatMap(\.keys.names)
        guard definitions.contains(where: { definition in !used.contains { ByteOrder.equal($0, definition.name) } }) else { return }
        var distinct: [String] = []
        for name in used where !distinct.contains(name) { distinct.append(name) }
        let defined = definitions.map(\.name).joined(separator: ", ")
        throw .invalidParameter("Some AttributeDefinitions are not used. AttributeDefinitions: [\(defined)], keys used: [\(distinct.joined(separator: ", "))]")
    }

    private static func view(_ specification: StreamSpecification?) throws(AWSError) -> StreamViewType? {
        guard let specification else { return nil }
        if specification.isEnabled, specification.view == nil {
            throw .invalidParameter("Table is being created with a stream enabled, UpdateViewType is required")
        }
        if !specification.isEnabled, specification.view != nil {
            throw .invalidParameter("Table is being created with a stream disabled, UpdateViewType should not be specified")
        }
        return specification.view
    }

    static func run(_ input: Input, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        let scope = try input.table.scope(call)
        let name = input.table.name
        try service.state.regions[scope]?.tables[name]?.checkNameIsFree()
        var table = Table(
            name: name, arn: ARN("dynamodb", "table/\(name)", in: scope).description, id: service.environment.random.uuid(), created: call.now,
            keys: input.keys, definitions: input.definitions, billing: input.billing, throughput: input.throughput, indexes: input.indexes)
        try service.checkLimits(table, in: scope)
        try input.onDemandThroughput?.checkLimit(region: scope.region)
        try input.warm?.checkLimit(region: scope.region)
        table.onDemandThroughput = input.onDemandThroughput?.settled
        table.warm.create(input.warm, ends: service.statusEnd(call.now))
        table.encryption.key = try input.encryption?.keyARN(call)
        table.isProtected = input.isProtected
        table.tableClass = input.tableClass
        table.tags = Tags(input.tags)
        if let policy = input.policy { table.policies[table.arn] = try ResourcePolicy.revised(policy, after: nil, now: call.now) }
        if input.billing == .payPerRequest { table.lastUpdateToPayPerRequest = call.now }
        table.begin(.creating, ends: service.statusEnd(call.now))
        if let view = input.view { service.openStream(of: &table, view: view, in: scope, now: call.now) }
        service.settle(table, in: scope, now: call.now)
        return ["TableDescription": table.description(.create(warm: input.warmNames), at: call.now)]
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTable.html
enum DescribeTable: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> TableReference { try fields.controlTableName() }

    static func run(_ input: TableReference, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        guard let table = service.state.regions[try input.scope(call)]?.tables[input.name] else { throw .noSuchTable(input.name) }
        return ["Table": service.describe(table, at: call.now)]
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteTable.html
enum DeleteTable: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> TableReference { try fields.controlTableName() }

    static func run(_ input: TableReference, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        let scope = try input.scope(call)
        guard var table = service.state.regions[scope]?.tables[input.name] else { throw .noSuchTable(input.name) }
        if table.replication != nil { try service.checkReplicaCanBeDeleted(table, in: scope, now: call.now) }
        try table.checkCanBeDeleted()
        table.begin(.deleting, ends: service.statusEnd(call.now))
        // What AWS answers here says less than DescribeTable.
        let hidden = ["AttributeDefinitions", "KeySchema", "CreationDateTime"]
        var members = Members()
        for member in service.describe(table, .delete, at: call.now).object ?? Members() where !hidden.contains(member.name) {
            members.append(member.name, member.value)
        }
        service.settle(table, in: scope, now: call.now)
        if !service.environment.hasRealisticStatus { service.dropTable(input.name, in: scope, now: call.now) }
        return ["TableDescription": .object(members)]
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListTables.html
enum ListTables: Operation {
    struct Input {
        var start: String?
        var limit: Int
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let start = try fields.string("ExclusiveStartTableName", .namePattern, .length(min: 3, max: 255))
        return Input(start: start, limit: try fields.int("Limit", .range(min: 1, max: 100)) ?? 100)
    }

    static func run(_ input: Input, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        var names = service.state.regions[call.scope].map { Array($0.tables.keys) } ?? []
        if let start = input.start { names.removeAll { $0 <= start } }
        names.sort()
        let page = names.prefix(input.limit)
        var members: Members = ["TableNames": .array(page.map { .string($0) })]
        if page.count < names.count, let last = page.last { members.append("LastEvaluatedTableName", .string(last)) }
        return .object(members)
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}
