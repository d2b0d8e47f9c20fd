import Kernel

/// What an UpdateTable asks of a table's replicas and witnesses, and what of it is wrong in itself.
/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ReplicationGroupUpdate.html
struct ReplicaUpdates: Sendable {
    enum Kind: Sendable { case create, update, delete }

    struct IndexOverride: Sendable {
        var name: String
        var read: Int?
        var onDemandRead: Int?
    }

    /// One element of `ReplicaUpdates`.
    struct Action: Sendable {
        var kind: Kind
        var region: String
        var key: String?
        var read: Int?
        var onDemandRead: Int?
        var tableClass: String?
        var indexes: [IndexOverride] = []

        var isEmpty: Bool {
            key == nil && read == nil && onDemandRead == nil && tableClass == nil && indexes.allSatisfy { $0.read == nil && $0.onDemandRead == nil }
        }
    }

    var actions: [Action]
    /// `MultiRegionConsistency`, where it is given.
    var consistency: String?
    var createdWitness: String?
    var deletedWitness: String?

    var created: [String] { actions.filter { $0.kind == .create }.map(\.region) }
    var deleted: [String] { actions.filter { $0.kind == .delete }.map(\.region) }
    var asksForStrong: Bool { consistency == "STRONG" }
    var hasWitness: Bool { createdWitness != nil || deletedWitness != nil }
}

extension ReplicaUpdates {
    static func read(_ fields: inout Fields) throws(AWSError) -> Parts {
        let consistency = try fields.string("MultiRegionConsistency", .oneOf(["EVENTUAL", "STRONG"]))
        let elements = try fields.structures("ReplicaUpdates", .length(min: 1), read: readElement)
        let witnesses = try fields.structures("GlobalTableWitnessUpdates", .length(min: 1, max: 1)) { (fields) throws(AWSError) in
            let created = try fields.structure("Create") { (fields) throws(AWSError) in try fields.requiredString("RegionName") }
            let deleted = try fields.structure("Delete") { (fields) throws(AWSError) in try fields.requiredString("RegionName") }
            return (created, deleted)
        }
        return Parts(elements: elements, consistency: consistency, createdWitness: witnesses?.first?.0, deletedWitness: witnesses?.first?.1)
    }

    /// As they were sent: each element with the actions in it, which should be one.
    struct Parts: Sendable {
        var elements: [[Action]]?
        var consistency: String?
        var createdWitness: String?
        var deletedWitness: String?

        /// - Returns: `nil` where no replica is to be changed. A consistency or a witness alone is no change.
        func checked() throws(AWSError) -> ReplicaUpdates? {
            guard let elements else { return nil }
            var actions: [Action] = []
            for element in elements {
                guard let action = element.first, action.kind != .update || !action.isEmpty else {
                    throw .validation("There are no actions specified in the Replica Update Action of the request.")
                }
                guard element.count == 1, actions.first?.kind ?? action.kind == action.kind else {
                    throw .validation("Update table operation with more than one type of replica actions not allowed.")
                }
                // The same region twice is once, as on AWS.
                if !actions.contains(where: { $0.region == action.region }) { actions.append(action) }
            }
            return ReplicaUpdates(actions: actions, consistency: consistency, createdWitness: createdWitness, deletedWitness: deletedWitness)
        }
    }

    private static func readElement(_ fields: inout Fields) throws(AWSError) -> [Action] {
        let create = try fields.structure("Create") { (fields) throws(AWSError) in
            // As recorded: the only one of the three that says no more.
            guard fields["RegionName"] != nil else { throw .validation("One or more parameter values were invalid") }
            return try readMember(&fields, .create)
        }
        let update = try fields.structure("Update") { (fields) throws(AWSError) in try readMember(&fields, .update) }
        let delete = try fields.structure("Delete") { (fields) throws(AWSError) in
            Action(kind: .delete, region: try fields.requiredString("RegionName"))
        }
        return [create, update, delete].compactMap(\.self)
    }

    private static func readMember(_ fields: inout Fields, _ kind: Kind) throws(AWSError) -> Action {
        var action = Action(kind: kind, region: try fields.requiredString("RegionName"))
        action.key = try fields.string("KMSMasterKeyId")
        action.read = try fields.readOverride()
        action.onDemandRead = try fields.onDemandReadOverride()
        action.indexes = try fields.structures("GlobalSecondaryIndexes", .length(min: 1)) { (fields) throws(AWSError) in
            let name = try fields.requiredString("IndexName", .namePattern, .length(min: 3, max: 255))
            return IndexOverride(name: name, read: try fields.readOverride(), onDemandRead: try fields.onDemandReadOverride())
        } ?? []
        action.tableClass = try fields.tableClass("TableClassOverride")
        return action
    }

    /// What can be told without looking at any table, in AWS's order as far as it is known.
    func check(from region: String) throws(AWSError) {
        if consistency != nil, actions.contains(where: { $0.kind != .create }) {
            throw .validation("Only Replica Create actions are supported when MultiRegionConsistency parameter is provided.")
        }
        if createdWitness != nil, !asksForStrong {
            throw .validation("MultiRegionConsistency must be set as STRONG when GlobalTableWitnessUpdates parameter is present.")
        }
        if asksForStrong { try checkStrong(from: region) }
        if actions.contains(where: { $0.region == region }) {
            throw .validation("Cannot add or delete the local region through ReplicaUpdates. Use CreateTable, DeleteTable, or UpdateTable as required.")
        }
        for action in actions where !GlobalTableRegions.isSupported(action.region, with: region) {
            let regions = GlobalTableRegions.supported(with: region).joined(separator: ", ")
            throw .validation("Region \(action.region) is not supported. The latest version of global tables are only supported in the following regions: [\(regions)]")
        }
    }

    /// A strong group is made in one call: three regions, one of them a witness or none.
    private func checkStrong(from region: String) throws(AWSError) {
        let witnesses = [createdWitness].compactMap(\.self)
        guard created.count + witnesses.count == 2 else { throw .strongReplicaCount }
        if let createdWitness {
            if created.contains(createdWitness) { throw .validation("Cannot target multiple regions with the same action") }
            if createdWitness == region {
                throw .validation("Cannot add a witness in the same region as an existing replica when creating a global table with MultiRegionConsistency set to STRONG.")
            }
        }
        let others = (created + witnesses).filter { !GlobalTableRegions.strong.contains($0) }
        guard others.isEmpty else {
            throw .validation("Unsupported Region(s) specified for global tables with MultiRegionConsistency set to STRONG: [\(others.joined(separator: ", "))].")
        }
    }
}

extension Fields {
    fileprivate mutating func readOverride() throws(AWSError) -> Int? {
        try structure("ProvisionedThroughputOverride") { (fields) throws(AWSError) in try fields.int("ReadCapacityUnits", .range(min: 1)) } ?? nil
    }

    fileprivate mutating func onDemandReadOverride() throws(AWSError) -> Int? {
        try structure("OnDemandThroughputOverride") { (fields) throws(AWSError) in try fields.int("MaxReadRequestUnits") } ?? nil
    }
}

extension AWSError {
    static let strongReplicaCount = AWSError.validation("Unsupported replica count for global tables with MultiRegionConsistency set to STRONG.")

    static func notInGroup(_ what: String, _ regions: [String]) -> AWSError {
        .validation(
            "Update global table operation failed because one or more \(what) were not part of the global table. "
                + "Please retry the request without these \(what): [\(regions.joined(separator: ", "))].")
    }

    static let inUse = AWSError("ResourceInUseException", "The resource which you are attempting to change is in use.")
    static let wasSource = AWSError.validation(
        "Replica cannot be deleted because it has acted as a source region for new replica(s) being added to the table in the last 24 hours.")
    static let onlyOneOfStrong = AWSError.validation(
        "Deletion of only one table replica is not supported for global tables with MultiRegionConsistency set to STRONG.")

    static func protectedReplica(_ name: String, _ region: String) -> AWSError {
        .validation("Cannot delete table \(name) in region \(region) because it has deletion protection enabled. Disable deletion protection first.")
    }
}
