import Kernel

/// What replicas have in common besides their items: whichever of them it is changed in, it changes in all.
/// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
extension DynamoDBService {
    /// Refuses a change of shared settings while any replica of the group is between two states, and what replicas can't have.
    func checkShared(_ input: UpdateTable.Input, of table: Table, in scope: Scope) throws(AWSError) {
        guard let replication = table.replication else { return }
        if let stream = input.stream, !stream.isEnabled, !replication.isStrong {
            throw .invalidParameter("Disabling Stream is not allowed for a Global Table replica.")
        }
        for peer in peers(of: table.name, in: scope) {
            guard let replica = state.regions[peer]?.tables[table.name], !replica.isSettled else { continue }
            throw .inUse
        }
        if input.encryption?.key != nil, table.encryption.key == nil { throw .replicaKey }
        // Nothing scales tables here, so a provisioned one can't be what AWS asks of a replica.
        if input.billing == .provisioned { throw .validation("Table write capacity should either be Pay-Per-Request or AutoScaled.") }
    }

    /// Takes an UpdateTable's change of shared settings to the other replicas.
    /// - Parameters:
    ///   - old: the table before the change.
    ///   - new: the table after it.
    func shareSettings(_ input: UpdateTable.Input, _ old: Table, _ new: Table, in scope: Scope, _ call: Call) throws(AWSError) {
        let isShared = input.tableClass != nil || input.onDemandThroughput != nil || input.warm != nil || !input.indexes.isEmpty
        let fansOut = input.encryption.map { $0.key == nil } ?? false
        guard isShared || fansOut else { return }
        let ends = statusEnd(call.now)
        var replicas: [(Scope, Table)] = []
        for peer in peers(of: new.name, in: scope) {
            guard var replica = state.regions[peer]?.tables[new.name] else { continue }
            replica.follow(old, new, input, ends: ends, now: call.now)
            if fansOut, let encryption = input.encryption {
                var there = call
                there.scope = peer
                try replica.encryption.begin(encryption, there, ends: ends)
            }
            replicas.append((peer, replica))
        }
        for (peer, replica) in replicas { settle(replica, in: peer, now: call.now) }
    }

    /// Takes a table's time to live to the other replicas.
    func shareTimeToLive(of name: String, in scope: Scope) {
        guard let table = state.regions[scope]?.tables[name], table.replication != nil else { return }
        for peer in peers(of: name, in: scope) {
            state.regions[peer]?.tables[name]?.setTimeToLive(table.timeToLive)
            note(state.regions[peer]?.tables[name]?.nextExpiry)
            journalTable(name, in: peer)
        }
    }
}

extension Table {
    mutating func changeIndex(_ name: String, _ change: (inout SecondaryIndex) -> Void) {
        guard let position = indexes.firstIndex(where: { $0.name == name }) else { return }
        change(&indexes[position])
    }

    /// Takes over what changed in another replica. What was different here before stays so: it is an override.
    fileprivate mutating func follow(_ old: Table, _ new: Table, _ input: UpdateTable.Input, ends: Timestamp, now: Timestamp) {
        if let wanted = input.tableClass, tableClass == old.tableClass { changeTableClass(wanted, ends: ends, now: now) }
        if input.onDemandThroughput != nil {
            onDemandThroughput = onDemandThroughput.following(old.onDemandThroughput, new.onDemandThroughput?.settled)
        }
        if let wanted = input.warm, !wanted.isEmpty { warm.begin(wanted, ends: ends) }
        for update in input.indexes {
            switch update {
            case .create(let definition):
                guard let made = new.index(definition.name) else { continue }
                for definition in new.definitions where !definitions.contains(where: { ByteOrder.equal($0.name, definition.name) }) {
                    definitions.append(definition)
                }
                addIndex(made.withoutEntries(of: keys))
                begin(.updating, .indexes, ends: ends)
            case .update(let name, _, _, let wanted):
                let (before, after) = (old.index(name)?.onDemandThroughput, new.index(name)?.onDemandThroughput)
                changeIndex(name) { index in
                    index.onDemandThroughput = index.onDemandThroughput.following(before, after)
                    if let wanted { index.warm.begin(wanted, ends: ends) }
                }
            case .delete(let name):
                changeIndex(name) { $0.begin(.deleting, ends: ends) }
                begin(.updating, .indexes, ends: ends)
            }
        }
    }
}

extension OnDemandThroughput? {
    /// The most to be written is shared, the most to be read only where it was the same.
    fileprivate func following(_ old: OnDemandThroughput?, _ new: OnDemandThroughput?) -> OnDemandThroughput? {
        guard self?.read != old?.read else { return new }
        return OnDemandThroughput(read: self?.read, write: new?.write).settled
    }
}

extension SecondaryIndex {
    /// The same index of another table.
    fileprivate func withoutEntries(of table: KeySchema) -> SecondaryIndex {
        var index = SecondaryIndex(name: name, isLocal: false, keys: keys, projection: projection, table: table, throughput: throughput)
        index.onDemandThroughput = onDemandThroughput
        index.status = status
        index.statusEnds = statusEnds
        index.isBackfilling = isBackfilling
        index.warm = warm
        return index
    }
}
