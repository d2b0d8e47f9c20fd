import Kernel

/// What UpdateTable does to a table's value.
extension Table {
    /// Refuses what can't be begun because of what is under way.
    func checkIsReady(for input: UpdateTable.Input) throws(AWSError) {
        try checkNotInUse()
        if input.throughput != nil || input.billing.map({ $0 != billing }) ?? false { try checkThroughputChange() }
        if input.stream != nil { try checkStreamChange() }
        if input.tableClass != nil { try checkTableClassChange() }
        if input.onDemandThroughput != nil { try checkOnDemandChange() }
        if input.encryption != nil { try checkEncryptionChange() }
    }

    mutating func changeThroughput(_ input: UpdateTable.Input, ends: Timestamp, now: Timestamp) throws(AWSError) {
        guard input.billing != nil || input.throughput != nil else { return }
        let was = billing
        billing = input.billing ?? billing
        switch billing {
        case .payPerRequest:
            if input.throughput != nil {
                throw .invalidParameter("Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST")
            }
            guard was == .provisioned else {
                // Nothing changes; only the answer says that it does.
                if status == .active { begin(.updating, .billing, ends: now) }
                return
            }
            goOnDemand(now: now)
        case .provisioned:
            guard let wanted = input.throughput else { throw .invalidParameter("ProvisionedThroughput must be specified when BillingMode is PROVISIONED") }
            if was == .payPerRequest {
                try checkIndexesAreProvisioned(input)
                onDemandThroughput = nil
                throughput.read = wanted.read
                throughput.write = wanted.write
            } else {
                if wanted.read == throughput.read, wanted.write == throughput.write, input.indexes.isEmpty { throw throughput.unchanged(index: nil) }
                try throughput.change(to: wanted, now: now)
            }
            warm.raise(to: throughput)
        }
        begin(.updating, billing == was ? .throughput : .billing, ends: ends)
    }

    private mutating func goOnDemand(now: Timestamp) {
        lastUpdateToPayPerRequest = now
        throughput.read = 0
        throughput.write = 0
        warm.raise(to: nil)
        for position in indexes.indices where !indexes[position].isLocal {
            indexes[position].throughput = nil
            indexes[position].warm.raise(to: nil)
        }
    }

    /// A table that goes from on demand to provisioned says how much for each global index.
    private func checkIndexesAreProvisioned(_ input: UpdateTable.Input) throws(AWSError) {
        for index in indexes where !index.isLocal {
            let hasThroughput = input.indexes.contains { if case .update(index.name, .some, _, _) = $0 { true } else { false } }
            if !hasThroughput { throw .invalidParameter("ProvisionedThroughput must be specified for index: \(index.name)") }
        }
    }

    /// - Parameter resources: when an index that is made has its resources.
    mutating func changeIndexes(_ input: UpdateTable.Input, resources: Timestamp, ends: Timestamp, now: Timestamp) throws(AWSError) {
        guard input.indexes.count(where: \.isStructural) <= 1 else { throw .oneIndexAtATime }
        for update in input.indexes {
            switch update {
            case .create(let definition):
                try create(definition, input, ends: ends)
                begin(.updating, .indexes, ends: resources)
            case .delete(let name):
                let position = try globalIndex(name, "delete")
                try checkIndexChange(removing: indexes[position])
                indexes[position].begin(.deleting, ends: resources)
                begin(.updating, .indexes, ends: resources)
            case .update(let name, let wanted, let onDemand, let warm):
                let position = try globalIndex(name, "update")
                try checkIndexUpdate(indexes[position])
                var index = indexes[position]
                try self.update(&index, wanted, onDemand, warm, ends: resources, now: now)
                indexes[position] = index
            }
        }
    }

    /// Where the global index of that name stands.
    private func globalIndex(_ name: String, _ verb: String) throws(AWSError) -> Int {
        guard let position = indexes.firstIndex(where: { $0.name == name }) else {
            throw AWSError("ResourceNotFoundException", "Requested resource not found: Index \(name) for table \(self.name)")
        }
        if indexes[position].isLocal { throw .validation("Cannot \(verb) an index that is not a GlobalSecondaryIndex: \(name)") }
        return position
    }

    private mutating func create(_ definition: IndexDefinition, _ input: UpdateTable.Input, ends: Timestamp) throws(AWSError) {
        guard index(definition.name) == nil else { throw .validation("Attempting to create an index which already exists") }
        guard !input.definitions.isEmpty else { throw .invalidParameter("AttributeDefinitions is not specified for index: \(definition.name)") }
        if billing == .provisioned {
            guard let throughput = definition.throughput else { throw .invalidParameter("ProvisionedThroughput must be specified for index: \(definition.name)") }
            try throughput.checkBounds(index: definition.name)
        } else if definition.throughput != nil {
            throw .invalidParameter(
                "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: \(definition.name) when BillingMode is PAY_PER_REQUEST")
        }
        try definition.onDemandThroughput?.checkNew(billing, index: definition.name)
        try definition.warm?.checkInitial(definition.throughput, index: definition.name)
        var known = definitions
        for definition in input.definitions where !known.contains(where: { ByteOrder.equal($0.name, definition.name) }) { known.append(definition) }
        var index = try definition.globalIndex(known, table: keys)
        try (indexes + [index]).checkProjections()
        try checkIndexChange(removing: nil)
        guard indexes.count(where: { !$0.isLocal }) < 20 else { throw .subscriberLimit("Number of global secondary indexes exceeds per-table limit of 20") }
        index.begin(.creating, ends: ends)
        index.isBackfilling = false
        definitions = known.filter { definition in keys.has(definition.name) || indexes.contains { $0.keys.has(definition.name) } || index.keys.has(definition.name) }
        addIndex(index)
    }

    private func update(
        _ index: inout SecondaryIndex, _ wanted: Throughput?, _ onDemand: OnDemandThroughput?, _ warm: WarmThroughputRequest?, ends: Timestamp, now: Timestamp
    ) throws(AWSError) {
        if let warm {
            try warm.checkRaise(index.warm, index: index.name)
            index.warm.begin(warm, ends: ends)
        }
        if let onDemand {
            try onDemand.checkChange(billing, index: index.name)
            index.onDemandThroughput = (index.onDemandThroughput ?? OnDemandThroughput()).merged(onDemand).settled
        }
        guard let wanted else {
            if warm == nil, onDemand.map({ $0.read == nil && $0.write == nil }) ?? true { throw nothingToUpdate(index.name) }
            return
        }
        guard billing == .provisioned else {
            throw .invalidParameter(
                "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: \(index.name) when BillingMode is PAY_PER_REQUEST")
        }
        try wanted.checkBounds(index: index.name)
        var throughput = index.throughput ?? wanted
        if index.throughput != nil {
            if throughput.read == wanted.read, throughput.write == wanted.write { throw throughput.unchanged(index: index.name) }
            try throughput.change(to: wanted, now: now)
        }
        index.throughput = throughput
        index.warm.raise(to: throughput)
        index.begin(.updating, ends: ends)
    }

    private func nothingToUpdate(_ index: String) -> AWSError {
        billing == .provisioned
            ? .invalidParameter("Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: \(index)")
            : .invalidParameter(
                "The only Updates for index: \(index) when TableThroughputMode is PAY_PER_REQUEST can be to OnDemandThroughput, WarmThroughput")
    }

    mutating func changeLimits(_ input: UpdateTable.Input, region: String) throws(AWSError) {
        for case .update(let name, _, let onDemand, let warm) in input.indexes {
            try onDemand?.checkLimit(index: name, region: region)
            try warm?.checkLimit(index: name, region: region)
        }
        guard let onDemand = input.onDemandThroughput else { return }
        try onDemand.checkChange(billing)
        try onDemand.checkLimit(region: region)
        onDemandThroughput = (onDemandThroughput ?? OnDemandThroughput()).merged(onDemand)
    }

    mutating func changeTableClass(_ wanted: String?, ends: Timestamp, now: Timestamp) {
        guard let wanted else { return }
        let isChange = wanted != tableClass ?? "STANDARD"
        begin(.updating, .tableClass, ends: isChange ? ends : now)
        guard isChange else { return }
        tableClass = wanted
        tableClassChanged = now
    }

    /// While it changes, a table shows the throughput and the class that it had.
    func showing(_ old: Table, at now: Timestamp) -> Table {
        var shown = self
        shown.tableClass = old.tableClass
        shown.tableClassChanged = old.tableClassChanged
        guard billing == .provisioned else { return shown }
        guard old.billing == .provisioned else {
            shown.throughput.lastIncrease = now
            return shown
        }
        shown.throughput.show(old.throughput, at: now)
        shown.warm.units = old.warm.units
        for position in shown.indexes.indices {
            guard let before = old.index(shown.indexes[position].name), let throughput = before.throughput else { continue }
            shown.indexes[position].throughput?.show(throughput, at: now)
            shown.indexes[position].warm.units = before.warm.units
        }
        return shown
    }
}
