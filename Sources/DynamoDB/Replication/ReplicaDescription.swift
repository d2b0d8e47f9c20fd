import JSON
import Kernel

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ReplicaDescription.html
extension DynamoDBService {
    /// A table's description with its replicas.
    func describe(_ table: Table, _ answer: TableAnswer = .describe, at now: Timestamp) -> Document {
        let document = table.description(answer, at: now)
        guard table.replication != nil, var members = document.object else { return document }
        for member in describeReplication(table) { members.append(member.name, member.value) }
        return .object(members)
    }

    /// What a replica's description has besides an ordinary table's. It never lists itself.
    private func describeReplication(_ table: Table) -> Members {
        guard let replication = table.replication, let scope = ARN(table.arn)?.scope else { return [:] }
        var replicas: [Document] = []
        for region in replication.regions {
            guard let peer = state.regions[Scope(account: scope.account, region: region)]?.tables[table.name] else { continue }
            replicas.append(.object(table.description(ofReplica: peer, in: region)))
        }
        var members: Members = ["GlobalTableVersion": .string(Replication.version), "Replicas": .array(replicas)]
        members.append("GlobalTableSettingsReplicationMode", "ENABLED_WITH_OVERRIDES")
        if !replication.witnesses.isEmpty {
            members.append("GlobalTableWitnesses", .array(replication.witnesses.map { ["RegionName": .string($0), "WitnessStatus": "ACTIVE"] }))
        }
        if replication.isStrong { members.append("MultiRegionConsistency", "STRONG") }
        return members
    }
}

extension Table {
    /// Another replica as this one shows it: what is the same in both is left out.
    fileprivate func description(ofReplica peer: Table, in region: String) -> Members {
        var members: Members = ["RegionName": .string(region), "ReplicaStatus": .string(peer.replicaStatus.rawValue)]
        if let read = peer.onDemandThroughput?.read, read != onDemandThroughput?.read {
            members.append("OnDemandThroughputOverride", ["MaxReadRequestUnits": .int(read)])
        }
        let indexes = peer.indexes.filter { !$0.isLocal }.map { index -> Document in
            var members: Members = ["IndexName": .string(index.name)]
            let own = self.index(index.name)
            if let read = index.onDemandThroughput?.read, read != own?.onDemandThroughput?.read {
                members.append("OnDemandThroughputOverride", ["MaxReadRequestUnits": .int(read)])
            }
            members.append("WarmThroughput", index.warm.document)
            return .object(members)
        }
        if !indexes.isEmpty { members.append("GlobalSecondaryIndexes", .array(indexes)) }
        if let tableClass = peer.tableClass {
            var summary: Members = ["TableClass": .string(tableClass)]
            if let changed = peer.tableClassChanged { summary.append("LastUpdateDateTime", changed.document) }
            members.append("ReplicaTableClassSummary", .object(summary))
        }
        if let key = peer.encryption.key { members.append("KMSMasterKeyId", .string(key)) }
        members.append("WarmThroughput", peer.warm.document)
        members.append("GlobalTableSettingsReplicationMode", "ENABLED_WITH_OVERRIDES")
        return members
    }

    /// While its table is updated a replica stays `ACTIVE`.
    var replicaStatus: ResourceStatus { status == .updating ? .active : status }
}
