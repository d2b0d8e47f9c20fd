import Collections
import JSON
import Kernel

/// Replicas that come, change and go.
extension DynamoDBService {
    /// Does what an UpdateTable asks of a table's replicas; an error leaves everything as it was.
    /// - Returns: the table's description as AWS answers it: with the replicas as they were before.
    func updateReplicas(_ updates: ReplicaUpdates, of name: String, in scope: Scope, _ call: Call) throws(AWSError) -> Document {
        try updates.check(from: scope.region)
        guard var table = state.regions[scope]?.tables[name] else { throw .noSuchTable(name) }
        try checkStrength(updates, table)
        let isCreation = updates.actions.first?.kind == .create
        if isCreation { try checkCreation(updates, table, scope) } else { try checkMembership(updates, table, scope, call.now) }
        guard ([table] + peers(of: name, in: scope).compactMap { state.regions[$0]?.tables[name] }).allSatisfy(\.isSettled) else { throw .inUse }
        var replicas: [(Scope, Table)] = []
        if isCreation {
            join(updates, &table, scope, call.now)
            for action in updates.actions {
                let peer = Scope(account: scope.account, region: action.region)
                replicas.append((peer, try replica(action, of: table, in: peer, from: scope, call)))
            }
        }
        table.begin(.updating, ends: statusEnd(call.now))
        let answer = describe(table, .update(goesOnDemand: false), at: call.now)
        settle(table, in: scope, now: call.now)
        for (peer, replica) in replicas { place(replica, in: peer, now: call.now) }
        for action in updates.actions {
            let peer = Scope(account: scope.account, region: action.region)
            switch action.kind {
            case .create: break
            case .update: changeReplica(action, of: name, in: peer, now: call.now)
            case .delete: deleteTable(name, in: peer, now: call.now)
            }
        }
        return answer
    }

    // MARK: Rules

    private func checkStrength(_ updates: ReplicaUpdates, _ table: Table) throws(AWSError) {
        guard let replication = table.replication else {
            if updates.deletedWitness != nil {
                throw .validation("MultiRegionConsistency must be set as STRONG when GlobalTableWitnessUpdates parameter is present.")
            }
            return
        }
        guard updates.consistency == nil else { throw .validation("MultiRegionConsistency parameter is unsupported on existing global table") }
        guard replication.isStrong else { return }
        if !updates.created.isEmpty { throw .validation("Cannot add replicas to a global table with strong MultiRegionConsistency") }
    }

    private func checkCreation(_ updates: ReplicaUpdates, _ table: Table, _ scope: Scope) throws(AWSError) {
        guard updates.asksForStrong || updates.created.count == 1 else { throw .severalActions }
        // Nothing scales tables here, so no provisioned table is what AWS asks for.
        if table.billing == .provisioned { throw .validation("Table write capacity should either be Pay-Per-Request or AutoScaled.") }
        for action in updates.actions { try OnDemandThroughput(read: action.onDemandRead, write: nil).checkChange(table.billing) }
        for region in updates.created {
            guard let there = state.regions[Scope(account: scope.account, region: region)]?.tables[table.name] else { continue }
            if there.status == .creating, table.replication?.regions.contains(region) ?? false { throw .inUse }
            throw .validation(
                "Failed to create a the new replica of table with name: \u{2018}\(table.name)\u{2019} because one or more replicas already existed as tables.")
        }
        guard updates.asksForStrong else { return }
        // That AWS refuses these is documented; its words are not known.
        if !table.items.isEmpty { throw .validation("Table must be empty to create a global table with MultiRegionConsistency set to STRONG.") }
        if table.hasLocalIndexes { throw .strong("Local secondary indexes are") }
        if table.timeToLive?.isEnabled ?? false { throw .strong("Time to live is") }
    }

    private func checkMembership(_ updates: ReplicaUpdates, _ table: Table, _ scope: Scope, _ now: Timestamp) throws(AWSError) {
        let members = table.replication?.regions ?? []
        let unknown = updates.actions.map(\.region).filter { !members.contains($0) }
        guard unknown.isEmpty else { throw .notInGroup("replicas", unknown) }
        guard !updates.deleted.isEmpty else {
            for action in updates.actions { try checkOverrides(action, table) }
            return
        }
        if let replication = table.replication, replication.isStrong {
            if let witness = updates.deletedWitness, !replication.witnesses.contains(witness) { throw .notInGroup("witnesses", [witness]) }
            if !replication.witnesses.isEmpty, updates.deletedWitness == nil {
                throw .validation("Update table delete operation does not include all witnesses.")
            }
            guard Set(updates.deleted) == Set(members) else { throw .onlyOneOfStrong }
        } else {
            guard updates.deleted.count == 1 else { throw .severalActions }
        }
        for region in updates.deleted {
            let peer = Scope(account: scope.account, region: region)
            guard let replica = state.regions[peer]?.tables[table.name] else { continue }
            if replica.isProtected { throw .protectedReplica(table.name, region) }
            try checkNotSource(replica, in: peer, now: now)
        }
    }

    private func checkOverrides(_ action: ReplicaUpdates.Action, _ table: Table) throws(AWSError) {
        if action.key != nil { throw .replicaKey }
        if action.read != nil || action.indexes.contains(where: { $0.read != nil }) {
            throw .validation("Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST")
        }
        try OnDemandThroughput(read: action.onDemandRead, write: nil).checkChange(table.billing)
        for index in action.indexes {
            guard let known = table.index(index.name), !known.isLocal else { throw .noSuchResource }
            try OnDemandThroughput(read: index.onDemandRead, write: nil).checkChange(table.billing, index: index.name)
        }
    }

    /// A replica from which another was made lately stays as long as that one does.
    func checkNotSource(_ table: Table, in scope: Scope, now: Timestamp) throws(AWSError) {
        for peer in peers(of: table.name, in: scope) {
            guard let replication = state.regions[peer]?.tables[table.name]?.replication, replication.source == scope.region else { continue }
            if now < replication.added + Replication.sourcePeriod { throw .wasSource }
        }
    }

    /// Refuses a DeleteTable in a replica's region that the group doesn't allow.
    func checkReplicaCanBeDeleted(_ table: Table, in scope: Scope, now: Timestamp) throws(AWSError) {
        try table.checkNotInUse()
        if table.replication?.isStrong ?? false { throw .onlyOneOfStrong }
        if table.isProtected { throw .protectedReplica(table.name, scope.region) }
        try checkNotSource(table, in: scope, now: now)
    }

    // MARK: Effects

    /// The table that a replica is made of needs a stream, whatever it shows, and knows what group it is in.
    private func join(_ updates: ReplicaUpdates, _ table: inout Table, _ scope: Scope, _ now: Timestamp) {
        var replication = table.replication ?? Replication(added: now)
        if updates.asksForStrong {
            replication.isStrong = true
            replication.witnesses = [updates.createdWitness].compactMap(\.self)
        } else if table.stream == nil {
            openStream(of: &table, view: .newAndOldImages, in: scope, now: now)
        }
        table.replication = replication
    }

    /// A table with the keys, items, indexes, capacity and time to live of its source, and nothing else of it.
    private func replica(
        _ action: ReplicaUpdates.Action, of source: Table, in peer: Scope, from scope: Scope, _ call: Call
    ) throws(AWSError) -> Table {
        var replica = source
        replica.becomeNew(
            name: source.name, arn: ARN("dynamodb", "table/\(source.name)", in: peer).description, id: environment.random.uuid(), created: call.now)
        replica.setTimeToLive(source.timeToLive)
        replica.tableClass = action.tableClass ?? source.tableClass
        replica.streamViewType = source.streamViewType
        if let read = action.onDemandRead { replica.onDemandThroughput = OnDemandThroughput(read: read, write: source.onDemandThroughput?.write).settled }
        for index in action.indexes { replica.changeIndex(index.name) { $0.overrideRead(index.onDemandRead) } }
        replica.lastUpdateToPayPerRequest = call.now
        replica.encryption = Encryption(key: try key(action, of: source, in: peer, from: scope, call))
        replica.replication = Replication(source: scope.region, added: call.now)
        return replica
    }

    /// Each replica has a key of its own region, all of them of the same kind.
    private func key(_ action: ReplicaUpdates.Action, of source: Table, in peer: Scope, from scope: Scope, _ call: Call) throws(AWSError) -> String? {
        guard let own = source.encryption.key else {
            if action.key != nil { throw .replicaKey }
            return nil
        }
        let managed = EncryptionSpecification(isEnabled: true, type: "KMS")
        let isManaged = try managed.keyARN(call.at(scope)) == own
        guard let wanted = action.key else {
            guard isManaged else { throw .replicaKey }
            return try managed.keyARN(call.at(peer))
        }
        let key: String?
        do throws(AWSError) {
            key = try EncryptionSpecification(isEnabled: true, type: "KMS", key: wanted).keyARN(call.at(peer))
        } catch {
            throw .validation((error.message ?? "").replacingFirst("KMS validation error:", with: "KMS validation error for region \(peer.region):"))
        }
        guard (try managed.keyARN(call.at(peer)) == key) == isManaged else {
            throw .invalidParameter("All replica keys must either be Customer Managed CMK or AWS Managed CMK.")
        }
        return key
    }

    /// Puts a new replica in its region, and tells the others of it.
    private func place(_ made: Table, in peer: Scope, now: Timestamp) {
        var replica = made
        guard let source = replica.replication?.source, let group = state.regions[Scope(account: peer.account, region: source)]?.tables[made.name]?.replication
        else { return }
        // In the order of their making, as AWS has them.
        let members = ([source] + group.regions).sorted { left, right in age(of: left, made.name, peer.account) < age(of: right, made.name, peer.account) }
        replica.replication?.regions = members
        replica.replication?.isStrong = group.isStrong
        replica.replication?.witnesses = group.witnesses
        for region in members {
            let member = Scope(account: peer.account, region: region)
            state.regions[member]?.tables[made.name]?.replication?.regions.append(peer.region)
            journalTable(made.name, in: member)
        }
        if let view = replica.streamViewType, !group.isStrong { openStream(of: &replica, view: view, in: peer, now: now) } else { replica.streamViewType = nil }
        replica.begin(.creating, ends: statusEnd(now))
        settle(replica, in: peer, now: now)
        note(replica.nextExpiry)
        journalItems(of: replica, in: peer)
    }

    /// When a replica was made; the one that the group began with comes first of those of one moment.
    private func age(of region: String, _ name: String, _ account: String) -> (Timestamp, Int) {
        guard let table = state.regions[Scope(account: account, region: region)]?.tables[name] else { return (Timestamp(microseconds: 0), 0) }
        return (table.created, table.replication?.source == nil ? 0 : 1)
    }

    private func changeReplica(_ action: ReplicaUpdates.Action, of name: String, in peer: Scope, now: Timestamp) {
        guard var replica = state.regions[peer]?.tables[name] else { return }
        let ends = statusEnd(now)
        if let tableClass = action.tableClass { replica.changeTableClass(tableClass, ends: ends, now: now) }
        if let read = action.onDemandRead { replica.onDemandThroughput = OnDemandThroughput(read: read, write: replica.onDemandThroughput?.write).settled }
        for index in action.indexes { replica.changeIndex(index.name) { $0.overrideRead(index.onDemandRead) } }
        if replica.status == .active { replica.begin(.updating, ends: ends) }
        settle(replica, in: peer, now: now)
    }

    /// Begins to delete a table; where statuses aren't realistic it is gone at once.
    private func deleteTable(_ name: String, in scope: Scope, now: Timestamp) {
        guard var table = state.regions[scope]?.tables[name] else { return }
        table.begin(.deleting, ends: statusEnd(now))
        settle(table, in: scope, now: now)
        if !environment.hasRealisticStatus { dropTable(name, in: scope, now: now) }
    }
}

extension SecondaryIndex {
    /// Gives a replica's index a limit of its own for reading.
    fileprivate mutating func overrideRead(_ onDemandRead: Int?) {
        if let onDemandRead { onDemandThroughput = OnDemandThroughput(read: onDemandRead, write: onDemandThroughput?.write).settled }
    }
}

extension AWSError {
    fileprivate static let severalActions = AWSError.validation("Update table operation with more than one create or delete replica actions not allowed")
    static let replicaKey = AWSError.invalidParameter("KMSMasterKeyId must be specified for each replica.")

    /// The wording is a guess.
    static func strong(_ what: String) -> AWSError {
        .validation("\(what) not supported for global tables with MultiRegionConsistency set to STRONG.")
    }
}

extension Table {
    /// Whether nothing of it is under way.
    var isSettled: Bool { status == .active && indexes.allSatisfy { $0.status == .active } }

    /// Strong consistency knows no transactions.
    func checkTransactions() throws(AWSError) {
        if replication?.isStrong ?? false { throw .strong("Transactions are") }
    }
}

extension Call {
    fileprivate func at(_ scope: Scope) -> Call {
        var call = self
        call.scope = scope
        return call
    }
}

extension String {
    /// Where it begins so, another beginning.
    fileprivate func replacingFirst(_ beginning: String, with other: String) -> String {
        hasPrefix(beginning) ? other + dropFirst(beginning.count) : self
    }
}
