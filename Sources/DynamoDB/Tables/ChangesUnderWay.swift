import Kernel

/// What can't be done to a table while something else is under way: each pair has its own words on AWS.
extension Table {
    /// Refuses every change of a table that is being made or taken away.
    func checkNotInUse() throws(AWSError) {
        switch status {
        case .active, .updating: return
        case .creating: throw .stillInUse("Table is being created: \(name)")
        case .deleting: throw .stillInUse("Table is being deleted: \(name)")
        }
    }

    /// Refuses a second table of the name.
    func checkNameIsFree() throws(AWSError) {
        guard status == .creating else { throw AWSError("ResourceInUseException", "Table already exists: \(name)") }
        throw .stillInUse(restored == nil ? "Table is being created: \(name)" : "Table is being used: \(name)")
    }

    func checkCanBeDeleted() throws(AWSError) {
        try checkNotInUse()
        if isProtected {
            throw .validation("Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.")
        }
        if indexes.contains(where: { $0.status != .active }) {
            throw .stillInUse("Cannot delete table while indexes are being created, updated, or deleted.")
        }
        switch change {
        case .streamEnabling, .streamDisabling: throw .stillInUse("Cannot delete table while stream is being enabled/disabled.")
        case .none where encryption.change == nil && warm.change == nil: return
        default: throw .stillInUse("Table: \(name) is in the process of being updated.")
        }
    }

    /// Whether it was encrypted anew, and isn't yet.
    func checkEncryptionChange() throws(AWSError) {
        if encryption.change != nil { throw .stillInUse("Server-Side Encryption is still being updated") }
    }

    /// Refuses a change of throughput or billing.
    func checkThroughputChange() throws(AWSError) {
        switch change {
        case .throughput, .billing: throw .stillInUse("Table IOPS are currently being updated. Table: \(name)")
        case .streamEnabling, .streamDisabling: throw .stillInUse("Can't change table IOPS when stream status is being updated. \(streamPlace)")
        case .tableClass: throw .stillInUse("Can't change table IOPS when a table class update is in progress. \(classPlace)")
        case .indexes, .none: try checkIndexes { "Can't change table IOPS when an index is being \($0). Table: \(name) Indexes: [\($1)]" }
        }
    }

    func checkStreamChange() throws(AWSError) {
        switch change {
        case .throughput, .billing: throw .stillInUse("Can't enable or disable stream while table IOPS are being updated. Table: \(name)")
        case .streamEnabling, .streamDisabling: throw .stillInUse("A stream status change is currently in progress. \(streamPlace)")
        case .tableClass: throw .stillInUse("Can't change stream status when a table class update is in progress. \(classPlace)")
        case .indexes, .none: try checkIndexes { "Can't change stream status when an index is being \($0). Table: \(name) Indexes: [\($1)]" }
        }
    }

    func checkTableClassChange() throws(AWSError) {
        switch change {
        case .throughput, .billing: throw .stillInUse("Can't update table class while table IOPS are being updated. Table: \(name)")
        case .streamEnabling, .streamDisabling: throw .stillInUse("Can't update table class when stream status is being updated. \(streamPlace)")
        case .tableClass: throw .stillInUse("Can't update table class when a table class update is in progress. \(classPlace)")
        case .indexes, .none: try checkIndexes { "Can't update table class when an index is being \($0). Table: \(name) Indexes: [\($1)]" }
        }
    }

    func checkOnDemandChange() throws(AWSError) {
        let start = "OnDemandThroughput cannot be updated while"
        switch change {
        case .throughput, .billing: throw .stillInUse("\(start) BillingMode update is in progress")
        case .streamEnabling, .streamDisabling: throw .stillInUse("\(start) stream status update is in progress")
        case .tableClass:
            throw .stillInUse("\(start) TableClass update is in progress. TableClassUpdateInProgress: \(tableClass ?? "STANDARD")")
        case .indexes, .none: try checkIndexes { "\(start) index \($0 == "created" ? "creation" : "deletion") is in progress for indexes: [\($1)]" }
        }
    }

    /// Refuses another index, or the removal of one. An index that has its resources can be removed while it takes in the items.
    func checkIndexChange(removing index: SecondaryIndex?) throws(AWSError) {
        switch change {
        case .throughput, .billing: throw .stillInUse("Can't create or delete indexes while table IOPS are being updated. Table: \(name)")
        case .streamEnabling, .streamDisabling: throw .stillInUse("Can't create or delete an index when stream status is being updated. \(streamPlace)")
        case .tableClass: throw .stillInUse("Can't create or delete an index when a table class update is in progress. \(classPlace)")
        case .indexes, .none: break
        }
        if let index {
            if index.isBackfilling == true { return }
            if index.isBackfilling == false {
                throw .stillInUse(
                    "Index creation is in resource allocation phase. Retry deletion during backfilling phase or when the index is active. "
                        + "Table: \(name) Index: \(index.name)")
            }
            try checkIndexUpdate(index)
        }
        if indexes.contains(where: { $0.status == .creating || $0.status == .deleting }) { throw .oneIndexAtATime }
    }

    func checkIndexUpdate(_ index: SecondaryIndex) throws(AWSError) {
        switch index.status {
        case .active: return
        case .creating where index.isBackfilling == true: return
        case .creating: throw .stillInUse("Index is being created but is not backfilling yet. Table: \(name) Index: \(index.name)")
        case .updating: throw .stillInUse("Index is being updated. Table: \(name) Index: \(index.name)")
        case .deleting: throw .stillInUse("Index is being deleted. Table: \(name) Index: \(index.name)")
        }
    }

    /// - Parameter message: of `created` or `deleted` and the indexes' names.
    private func checkIndexes(_ message: (String, String) -> String) throws(AWSError) {
        for (status, word) in [(ResourceStatus.creating, "created"), (.deleting, "deleted")] {
            let names = indexes.filter { $0.status == status }.map(\.name)
            if !names.isEmpty { throw .stillInUse(message(word, names.joined(separator: ", "))) }
        }
    }

    private var streamPlace: String {
        "Table: \(name) Stream: \(latestStream.map(Stream.label) ?? "") Operation: \(change == .streamDisabling ? "DISABLE" : "ENABLE")"
    }

    private var classPlace: String { "Table: \(name) TableClassUpdateInProgress: \(tableClass ?? "STANDARD")" }
}

extension AWSError {
    static func stillInUse(_ what: String) -> AWSError {
        AWSError("ResourceInUseException", "Attempt to change a resource which is still in use: \(what)")
    }

    static let oneIndexAtATime = subscriberLimit("Only 1 online index can be created or deleted simultaneously per table")
}
