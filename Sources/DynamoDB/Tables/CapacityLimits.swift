import Kernel

/// The quotas of an account in a region that have not been raised, as DescribeLimits tells them.
/// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html#default-limits-throughput-capacity-modes
enum CapacityLimits {
    /// Most read, and most write, units of a table or an index.
    static let perTable = 40_000
    /// Most read, and most write, units that all tables and indexes have provisioned together.
    static let perAccount = 80_000

    private static let guide = "Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits."

    /// Refuses more than one table or index may have.
    static func check(_ throughput: Throughput, index: String? = nil, region: String) throws(AWSError) {
        let place = index.map { " for index \($0)" } ?? ""
        let kind = index == nil ? "table" : "index"
        for (name, value) in [("ReadCapacityUnits", throughput.read), ("WriteCapacityUnits", throughput.write)] where value > perTable {
            throw AWSError(
                "LimitExceededException",
                "The requested \(name)\(place), \(value), is above the per \(kind) maximum for the account in \(region). "
                    + "Per \(kind) maximum: \(perTable). \(guide)")
        }
    }

    /// Refuses what all tables together may not have.
    /// - Parameter reserved: what they have without the requested table.
    static func check(_ requested: Throughput, reserved: Throughput, region: String) throws(AWSError) {
        for (name, value, others) in [
            ("ReadCapacityUnits", requested.read, reserved.read), ("WriteCapacityUnits", requested.write, reserved.write),
        ] where value > perAccount - others {
            throw AWSError(
                "LimitExceededException",
                "This request would have caused the \(name) limit to be exceeded for the account in \(region). "
                    + "Current \(name) reserved by the account: \(others). Limit: \(perAccount). Requested: \(value). \(guide)")
        }
    }
}

extension Table {
    /// What it and its indexes have provisioned, all together.
    var provisioned: Throughput {
        var sum = Throughput(read: 0, write: 0)
        for each in [throughput] + indexes.compactMap(\.throughput) {
            // Each was checked against a limit that is far from overflowing.
            sum.read += each.read
            sum.write += each.write
        }
        return sum
    }
}

extension DynamoDBService {
    /// Refuses a table that would have more provisioned than the account may have in the region.
    func checkLimits(_ table: Table, in scope: Scope) throws(AWSError) {
        guard table.billing == .provisioned else { return }
        try CapacityLimits.check(table.throughput, region: scope.region)
        for index in table.indexes { if let throughput = index.throughput { try CapacityLimits.check(throughput, index: index.name, region: scope.region) } }
        var reserved = Throughput(read: 0, write: 0)
        for other in state.regions[scope]?.tables.values.filter({ $0.name != table.name && $0.billing == .provisioned }) ?? [] {
            reserved.read += other.provisioned.read
            reserved.write += other.provisioned.write
        }
        try CapacityLimits.check(table.provisioned, reserved: reserved, region: scope.region)
    }
}

extension AWSError {
    static func subscriberLimit(_ what: String) -> AWSError { AWSError("LimitExceededException", "Subscriber limit exceeded: \(what)") }
}
