import JSON
import Kernel

// Version 2017.11.29 of global tables. AWS makes no new ones (recorded in 2026, of every region), and these operations don't
// see those of version 2019.11.21: so there is none to describe, list or change.

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateGlobalTable.html
enum CreateGlobalTable: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> [String?] {
        _ = try fields.globalTableName()
        let group = try fields.structures("ReplicationGroup") { (fields) throws(AWSError) in try fields.string("RegionName") }
        if group == nil { fields.missing("ReplicationGroup") }
        return group ?? []
    }

    static func run(_ input: [String?], on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        guard !input.isEmpty else { throw .invalidParameter("Global table must have atleast one replica") }
        guard !input.contains(nil) else { throw .invalidParameter("ReplicationGroup members must specify RegionName") }
        throw .noLegacyGlobalTables(call.region)
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateGlobalTable.html
enum UpdateGlobalTable: Operation {
    struct Input {
        var name: String
        /// Of each element, whether it creates and whether it deletes.
        var updates: [(creates: Bool, deletes: Bool)]
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let name = try fields.globalTableName()
        let updates = try fields.structures("ReplicaUpdates") { (fields) throws(AWSError) in
            let created = try fields.structure("Create") { (fields) throws(AWSError) in try fields.requiredString("RegionName") }
            let deleted = try fields.structure("Delete") { (fields) throws(AWSError) in try fields.requiredString("RegionName") }
            return (creates: created != nil, deletes: deleted != nil)
        }
        if updates == nil { fields.missing("ReplicaUpdates") }
        return Input(name: name, updates: updates ?? [])
    }

    static func run(_ input: Input, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        guard !input.updates.isEmpty, !input.updates.contains(where: { !$0.creates && !$0.deletes }) else {
            throw .validation("One or more parameter values were invalid")
        }
        if input.updates.contains(where: { $0.creates && $0.deletes }) {
            throw .invalidParameter("A ReplicaUpdate structure cannot contain both a create replica action and a delete replica action")
        }
        // Whether one could be made is told before whether it is there.
        if input.updates.contains(where: \.creates) { throw .noLegacyGlobalTables(call.region) }
        throw .noGlobalTable(input.name, "Global table not found: ")
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeGlobalTable.html
enum DescribeGlobalTable: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> String { try fields.globalTableName() }

    static func run(_ input: String, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        throw .noGlobalTable(input, "Global table not found: ")
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeGlobalTableSettings.html
enum DescribeGlobalTableSettings: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> String { try fields.globalTableName() }

    static func run(_ input: String, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document { throw .noGlobalTable(input) }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateGlobalTableSettings.html
enum UpdateGlobalTableSettings: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> String {
        let name = try fields.globalTableName()
        _ = try fields.string("GlobalTableBillingMode", .oneOf(["PROVISIONED", "PAY_PER_REQUEST"]))
        _ = try fields.int("GlobalTableProvisionedWriteCapacityUnits", .range(min: 1))
        _ = try fields.structures("GlobalTableGlobalSecondaryIndexSettingsUpdate", .length(min: 1, max: 20)) { (fields) throws(AWSError) in
            _ = try fields.requiredString("IndexName", .namePattern, .length(min: 3, max: 255))
            _ = try fields.int("ProvisionedWriteCapacityUnits", .range(min: 1))
        }
        _ = try fields.structures("ReplicaSettingsUpdate", .length(min: 1, max: 50)) { (fields) throws(AWSError) in
            _ = try fields.requiredString("RegionName")
            _ = try fields.int("ReplicaProvisionedReadCapacityUnits", .range(min: 1))
        }
        return name
    }

    static func run(_ input: String, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document { throw .noGlobalTable(input) }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListGlobalTables.html
enum ListGlobalTables: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> String? {
        _ = try fields.string("ExclusiveStartGlobalTableName", .namePattern, .length(min: 3, max: 255))
        _ = try fields.int("Limit", .range(min: 1))
        return try fields.string("RegionName")
    }

    static func run(_ input: String?, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        // As recorded: a region that isn't one is nobody's fault but the server's.
        if let input, !GlobalTableRegions.isSupported(input, with: call.region) {
            throw AWSError("InternalServerError", "Internal server error", status: 500)
        }
        return ["GlobalTables": []]
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

extension Fields {
    fileprivate mutating func globalTableName() throws(AWSError) -> String {
        try requiredString("GlobalTableName", .namePattern, .length(min: 3, max: 255))
    }
}

extension AWSError {
    fileprivate static func noLegacyGlobalTables(_ region: String) -> AWSError {
        guard GlobalTableRegions.legacy.contains(region) else {
            return .invalidParameter(
                "DynamoDB global tables version 2017.11.29 is not supported in this region '\(region)', "
                    + "supported regions are : [\(GlobalTableRegions.legacy.joined(separator: ", "))]")
        }
        return .invalidParameter(
            "DynamoDB global tables version 2017.11.29 is not supported. "
                + "We recommend using DynamoDB global tables version 2019.11.21, instead of version 2017.11.29 (Legacy).")
    }

    fileprivate static func noGlobalTable(_ name: String, _ beginning: String = "") -> AWSError {
        AWSError("GlobalTableNotFoundException", "\(beginning)Global table with name: '\(name)' does not exist.")
    }
}
