import JSON
import Kernel

/// Reads and writes a second that a table or an index serves at once. They only grow.
/// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput.html
package struct WarmThroughput: Sendable, Equatable {
    package struct Units: Sendable, Equatable {
        var read: Int
        var write: Int

        func raised(to other: Units) -> Units { Units(read: max(read, other.read), write: max(write, other.write)) }
    }

    package var units: Units
    /// While they are raised: to what, and until when.
    var change: Change?

    struct Change: Sendable, Equatable {
        var units: Units
        var ends: Timestamp
    }

    /// What every table on demand begins with.
    static let onDemand = Units(read: 12000, write: 4000)

    /// What a table or an index begins with.
    /// - Parameter throughput: `nil` for one on demand.
    static func initial(_ throughput: Throughput?) -> WarmThroughput {
        WarmThroughput(units: throughput.map { Units(read: $0.read, write: $0.write) } ?? onDemand)
    }

    /// Follows what was provisioned, or begun on demand.
    mutating func raise(to throughput: Throughput?) { units = units.raised(to: Self.initial(throughput).units) }

    mutating func begin(_ request: WarmThroughputRequest, ends: Timestamp) {
        let base = change?.units ?? units
        change = Change(units: Units(read: request.read ?? base.read, write: request.write ?? base.write), ends: ends)
    }

    /// Makes a new table's or index's what its request wants.
    mutating func create(_ request: WarmThroughputRequest?, ends: Timestamp) {
        guard let request, !request.isEmpty else { return }
        begin(request, ends: ends)
        if let change { units = change.units }
    }

    mutating func settle(at now: Timestamp) {
        guard let change, change.ends <= now else { return }
        units = units.raised(to: change.units)
        self.change = nil
    }

    var document: Document {
        ["ReadUnitsPerSecond": .int(units.read), "WriteUnitsPerSecond": .int(units.write), "Status": change == nil ? "ACTIVE" : "UPDATING"]
    }
}

/// `WarmThroughput` as requests have it.
struct WarmThroughputRequest: Sendable {
    var read: Int?
    var write: Int?

    var isEmpty: Bool { read == nil && write == nil }

    private var values: [(name: String, value: Int?, isRead: Bool)] { [("ReadUnitsPerSecond", read, true), ("WriteUnitsPerSecond", write, false)] }

    private static func place(_ index: String?) -> String { index.map { "index \($0)" } ?? "table" }

    /// For a new table or index: no less than it has anyway.
    /// - Parameter throughput: `nil` for one on demand.
    func checkInitial(_ throughput: Throughput?, index: String? = nil) throws(AWSError) {
        let least = WarmThroughput.initial(throughput).units
        for (name, value, isRead) in values {
            guard let value, value < (isRead ? least.read : least.write) else { continue }
            let capacity = isRead ? "ReadCapacityUnits" : "WriteCapacityUnits"
            throw .invalidParameter(
                "Requested \(name) for WarmThroughput for \(Self.place(index)) is lower than "
                    + (throughput != nil ? "\(capacity) of ProvisionedThroughput"
                        : "initial throughput for OnDemand. See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"
                            + "on-demand-capacity-mode.html#on-demand-capacity-mode-initial"))
        }
    }

    /// For one that is there: no less than it has.
    func checkRaise(_ current: WarmThroughput, index: String? = nil) throws(AWSError) {
        for (name, value, isRead) in values {
            guard let value, value < (isRead ? current.units.read : current.units.write) else { continue }
            throw .invalidParameter(
                "Requested \(name) for WarmThroughput for \(Self.place(index)) is lower than current WarmThroughput, decreasing WarmThroughput is not supported")
        }
    }

    func checkLimit(index: String? = nil, region: String) throws(AWSError) {
        for (name, value, isRead) in values {
            guard let value, value > CapacityLimits.perTable else { continue }
            throw .subscriberLimit(
                "Requested \(name) for WarmThroughput for \(Self.place(index)) exceeds TableMax\(isRead ? "Read" : "Write")CapacityUnits of the account in region \(region)")
        }
    }
}

extension Fields {
    mutating func warmThroughput() throws(AWSError) -> WarmThroughputRequest? {
        try structure("WarmThroughput") { (fields) throws(AWSError) in
            WarmThroughputRequest(read: try fields.int("ReadUnitsPerSecond"), write: try fields.int("WriteUnitsPerSecond"))
        }
    }
}

/// In the journal.
extension WarmThroughput {
    var stored: Document {
        var values: [Document] = [.int(units.read), .int(units.write)]
        if let change { values += [.int(change.units.read), .int(change.units.write), .int(change.ends.microseconds)] }
        return .array(values)
    }

    init?(stored document: Document) {
        guard let read = document[0]?.int, let write = document[1]?.int else { return nil }
        self.init(units: Units(read: read, write: write))
        guard let nextRead = document[2]?.int, let nextWrite = document[3]?.int, let ends = document[4]?.int else { return }
        change = Change(units: Units(read: nextRead, write: nextWrite), ends: Timestamp(microseconds: Int64(ends)))
    }
}
