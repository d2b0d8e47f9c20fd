import JSON
import Kernel

/// Why a request was throttled. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ThrottlingReason.html
struct Throttle: Sendable {
    enum Use: String, Sendable { case read = "Read", write = "Write" }
    enum Limit: String, Sendable {
        case provisioned = "ProvisionedThroughputExceeded", onDemand = "MaxOnDemandThroughputExceeded", account = "AccountLimitExceeded"
    }

    var use: Use
    var limit: Limit
    var isIndex: Bool
    /// The table's or the index's ARN.
    var resource: String

    /// What the request is answered. That the account's limit is answered with `RequestLimitExceeded` is a guess.
    var error: AWSError {
        let reasons: Document = [["reason": .string("\(isIndex ? "Index" : "Table")\(use.rawValue)\(limit.rawValue)"), "resource": .string(resource)]]
        switch limit {
        case .provisioned:
            return AWSError("ProvisionedThroughputExceededException", isIndex ? Self.indexExceeded : Self.tableExceeded, members: ["ThrottlingReasons": reasons])
        case .onDemand:
            return AWSError(
                "ThrottlingException", "Throughput exceeds the maximum OnDemandThroughput configured on table or index", namespace: "com.amazon.coral.availability",
                members: ["throttlingReasons": reasons])
        case .account:
            return AWSError(
                "RequestLimitExceeded",
                "Throughput exceeds the current throughput limit for your account. To request a limit increase, contact AWS Support at https://aws.amazon.com/support.",
                members: ["ThrottlingReasons": reasons])
        }
    }

    private static let tableExceeded =
        "The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API."
    private static let indexExceeded =
        "The level of configured provisioned throughput for one or more global secondary indexes of the table was exceeded. "
        + "Consider increasing your provisioning level for the under-provisioned global secondary indexes with the UpdateTable API."
}

extension AWSError {
    /// Whether the throughput, and nothing in the request, is why it was refused.
    var isThrottle: Bool { ["ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded"].contains(code) }
}

/// Throttling, where the cloud has it. What is left lives in the table's value and so in snapshots; the journal has none of it, and after a restart
/// everything has been idle since the table was made.
extension Table {
    /// Units a second that an on-demand table or index may use where it has no maximum of its own: the account's quota.
    private static let accountRate = 40_000

    /// Lets a request in, or throws what AWS answers where nothing is left.
    /// - Parameter index: the index that is read or written; local ones use the table's throughput.
    mutating func admit(_ use: Throttle.Use, index name: String? = nil, now: Timestamp) throws(AWSError) {
        guard let position = indexes.firstIndex(where: { $0.name == name && !$0.isLocal }) else {
            let (rate, limit) = rate(use, throughput, onDemandThroughput)
            guard meter.hasUnits(use, rate: rate, since: created, now: now) else { throw Throttle(use: use, limit: limit, isIndex: false, resource: arn).error }
            return
        }
        let (rate, limit) = rate(use, indexes[position].throughput ?? throughput, indexes[position].onDemandThroughput)
        guard indexes[position].meter.hasUnits(use, rate: rate, since: created, now: now) else {
            throw Throttle(use: use, limit: limit, isIndex: true, resource: "\(arn)/index/\(indexes[position].name)").error
        }
    }

    /// Lets a write into the global indexes that it touches: where one has nothing left, the write isn't done.
    mutating func admitIndexes(_ consumption: Consumption, now: Timestamp) throws(AWSError) {
        for (name, _) in consumption.global { try admit(.write, index: name, now: now) }
    }

    /// Takes what a request used. It was let in before.
    mutating func charge(_ consumption: Consumption, _ use: Throttle.Use) {
        meter.take(consumption.total - consumption.global.reduce(0) { $0 + $1.units }, use)
        for (name, units) in consumption.global {
            if let position = indexes.firstIndex(where: { $0.name == name }) { indexes[position].meter.take(units, use) }
        }
    }

    private func rate(_ use: Throttle.Use, _ throughput: Throughput, _ onDemand: OnDemandThroughput?) -> (Double, Throttle.Limit) {
        if billing == .provisioned { return (Double(use == .read ? throughput.read : throughput.write), .provisioned) }
        guard let most = use == .read ? onDemand?.read : onDemand?.write, most > 0 else { return (Double(Self.accountRate), .account) }
        return (Double(most), .onDemand)
    }
}

extension ThroughputMeter {
    fileprivate mutating func hasUnits(_ use: Throttle.Use, rate: Double, since created: Timestamp, now: Timestamp) -> Bool {
        switch use {
        case .read:
            read.fill(rate: rate, since: created, now: now)
            return read.units > 0
        case .write:
            write.fill(rate: rate, since: created, now: now)
            return write.units > 0
        }
    }

    fileprivate mutating func take(_ units: Double, _ use: Throttle.Use) {
        switch use {
        case .read: read.take(units)
        case .write: write.take(units)
        }
    }
}
