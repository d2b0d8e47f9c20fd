import JSON
import Kernel

// Auto scaling of replicas is a view of Application Auto Scaling, which isn't here: no table is scaled, and so every replica is on demand.

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTableReplicaAutoScaling.html
enum DescribeTableReplicaAutoScaling: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> TableReference { try fields.controlTableName() }

    static func run(_ input: TableReference, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        try service.autoScaling(of: input, call)
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTableReplicaAutoScaling.html
enum UpdateTableReplicaAutoScaling: Operation {
    /// One of the settings: all are told that they can't be, save those that turn scaling off.
    struct Setting {
        var parameter: String
        /// The names of what it needs and doesn't have.
        var missing: [String]
        var disables: Bool
    }

    struct Region {
        var name: String
        var settings: [Setting]
    }

    struct Input {
        var table: TableReference
        var settings: [Setting]
        var regions: [Region]
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let table = try fields.controlTableName()
        var settings: [Setting] = []
        if let write = try fields.autoScaling("ProvisionedWriteCapacityAutoScalingUpdate", "GlobalTableProvisionedWriteCapacityAutoScalingSettingsUpdate") {
            settings.append(write)
        }
        let indexes = try fields.structures("GlobalSecondaryIndexUpdates", .length(min: 1)) { (fields) throws(AWSError) in
            _ = try fields.string("IndexName", .namePattern, .length(min: 3, max: 255))
            return try fields.autoScaling("ProvisionedWriteCapacityAutoScalingUpdate", "ProvisionedWriteCapacityAutoScalingSettingsUpdate")
        }
        settings += (indexes ?? []).compactMap(\.self)
        let regions = try fields.structures("ReplicaUpdates", .length(min: 1)) { (fields) throws(AWSError) in
            let name = try fields.requiredString("RegionName")
            var settings: [Setting] = []
            if let read = try fields.autoScaling("ReplicaProvisionedReadCapacityAutoScalingUpdate", "ReplicaProvisionedReadCapacityAutoScalingSettingsUpdate") {
                settings.append(read)
            }
            let indexes = try fields.structures("ReplicaGlobalSecondaryIndexUpdates") { (fields) throws(AWSError) in
                _ = try fields.string("IndexName", .namePattern, .length(min: 3, max: 255))
                return try fields.autoScaling("ProvisionedReadCapacityAutoScalingUpdate", "ProvisionedReadCapacityAutoScalingSettingsUpdate")
            }
            return Region(name: name, settings: settings + (indexes ?? []).compactMap(\.self))
        }
        return Input(table: table, settings: settings, regions: regions ?? [])
    }

    static func run(_ input: Input, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        let answer = try service.autoScaling(of: input.table, call)
        let scope = try input.table.scope(call)
        let name = input.table.name
        let failed = "Failed to update settings for global table with name: \u{2018}\(name)\u{2019}"
        guard !input.settings.isEmpty || !input.regions.isEmpty else {
            throw .validation("\(failed) because at least one update parameter must be specified.")
        }
        let members = ([scope] + service.peers(of: name, in: scope)).map(\.region)
        var seen: [String] = []
        for region in input.regions {
            if seen.contains(region.name) { throw .validation("\(failed) because the regions: \u{2018}[\(region.name)]\u{2019} were specified more than once.") }
            seen.append(region.name)
            if region.settings.isEmpty {
                throw .validation("\(failed) because at least one update parameter must be specified for region: \u{2018}\(region.name)\u{2019}.")
            }
            // The wording is a guess.
            guard members.contains(region.name) else { throw AWSError("ResourceNotFoundException", "Replica not found: \(region.name)") }
        }
        let settings = input.settings + input.regions.flatMap(\.settings)
        for setting in settings where !setting.disables && !setting.missing.isEmpty {
            let missing = setting.missing.map { "'\($0)'" }.joined(separator: ", ")
            throw .validation("\(failed): Parameters \(missing) are required unless auto scaling is being disabled.")
        }
        if let setting = settings.first(where: { !$0.disables }) {
            let regions = members.sorted().map { "'\($0.uppercased())'" }.joined(separator: ", ")
            throw .validation(
                "Failed to update global table with name \u{2018}\(name)\u{2018}. Replicas \(regions) BillingMode is PayPerRequest. "
                    + "You must convert table's BillingMode to PROVISIONED to set parameters: '\(setting.parameter)'.")
        }
        return answer
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

extension Fields {
    /// An `AutoScalingSettingsUpdate`.
    /// - Parameter parameter: as AWS calls it in errors.
    fileprivate mutating func autoScaling(_ name: String, _ parameter: String) throws(AWSError) -> UpdateTableReplicaAutoScaling.Setting? {
        try structure(name) { (fields) throws(AWSError) in
            let minimum = try fields.int("MinimumUnits", .range(min: 1))
            let maximum = try fields.int("MaximumUnits", .range(min: 1))
            let disables = try fields.bool("AutoScalingDisabled") ?? false
            _ = try fields.string("AutoScalingRoleArn", .length(min: 1, max: 1600))
            try fields.structure("ScalingPolicyUpdate") { (fields) throws(AWSError) in
                _ = try fields.string("PolicyName", .length(min: 1, max: 256))
                if fields["TargetTrackingScalingPolicyConfiguration"] == nil { fields.missing("TargetTrackingScalingPolicyConfiguration") }
                try fields.structure("TargetTrackingScalingPolicyConfiguration") { (fields) throws(AWSError) in
                    if try fields.double("TargetValue") == nil { fields.missing("TargetValue") }
                }
            }
            var missing: [String] = []
            if maximum == nil { missing.append("MaximumUnits") }
            if fields["ScalingPolicyUpdate"] == nil { missing.append("ScalingPolicyUpdate") }
            if minimum == nil { missing.append("MinimumUnits") }
            return UpdateTableReplicaAutoScaling.Setting(parameter: parameter, missing: missing, disables: disables)
        }
    }
}

extension DynamoDBService {
    /// All replicas of a global table, the one that is asked included, in the order of their regions.
    fileprivate func autoScaling(of reference: TableReference, _ call: Call) throws(AWSError) -> Document {
        let scope = try reference.scope(call)
        guard let table = state.regions[scope]?.tables[reference.name], table.replication != nil else {
            throw AWSError("ResourceNotFoundException", "Global table with name: '\(reference.name)' does not exist.")
        }
        let disabled: Document = ["AutoScalingDisabled": true, "ScalingPolicies": []]
        var replicas: [Document] = []
        for member in ([scope] + peers(of: reference.name, in: scope)).sorted() {
            guard let replica = state.regions[member]?.tables[reference.name] else { continue }
            let indexes = replica.indexes.filter { !$0.isLocal }.map { index -> Document in
                [
                    "IndexName": .string(index.name), "IndexStatus": .string(index.status.rawValue),
                    "ProvisionedReadCapacityAutoScalingSettings": disabled, "ProvisionedWriteCapacityAutoScalingSettings": disabled,
                ]
            }
            replicas.append([
                "RegionName": .string(member.region), "GlobalSecondaryIndexes": .array(indexes), "ReplicaStatus": .string(replica.replicaStatus.rawValue),
                "ReplicaProvisionedReadCapacityAutoScalingSettings": disabled, "ReplicaProvisionedWriteCapacityAutoScalingSettings": disabled,
            ])
        }
        return [
            "TableAutoScalingDescription": [
                "TableName": .string(reference.name), "TableStatus": .string(table.status.rawValue), "Replicas": .array(replicas),
            ]
        ]
    }
}
