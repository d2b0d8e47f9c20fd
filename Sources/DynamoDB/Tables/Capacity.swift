import JSON
import Kernel

/// Capacity units, and how an answer reports them.
/// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
package enum Capacity {
    /// Units that reading that many bytes takes: one per 4 KB begun, half of it where the read is eventually consistent.
    package static func readUnits(_ bytes: Int, consistent: Bool) -> Double {
        let units = Double(max(1, (bytes + 4095) / 4096))
        return consistent ? units : units / 2
    }

    /// Units that writing an item of that many bytes takes: one per KB begun.
    package static func writeUnits(_ bytes: Int) -> Double { Double(max(1, (bytes + 1023) / 1024)) }

    /// A transaction reads and writes an item twice: to prepare and to commit.
    static let transactionFactor = 2.0
}

/// `ReturnConsumedCapacity`
package enum CapacityReport: String, Sendable {
    case indexes = "INDEXES", total = "TOTAL", none = "NONE"
    static let values = ["INDEXES", "TOTAL", "NONE"]
}

/// What a request used of one table and its indexes.
package struct Consumption: Sendable {
    /// Which member besides `CapacityUnits` an answer of transactions has.
    package enum Kind: String, Sendable { case plain = "", read = "ReadCapacityUnits", write = "WriteCapacityUnits" }

    var table: Double = 0
    /// What a batch's failed statements took: part of the total and of nothing else.
    var failed: Double = 0
    var local: [(name: String, units: Double)] = []
    var global: [(name: String, units: Double)] = []

    var total: Double { table + failed + local.reduce(0) { $0 + $1.units } + global.reduce(0) { $0 + $1.units } }

    mutating func add(_ units: Double, to index: SecondaryIndex) {
        guard units > 0 else { return }
        if index.isLocal { Self.add(units, index.name, &local) } else { Self.add(units, index.name, &global) }
    }

    private static func add(_ units: Double, _ name: String, _ list: inout [(name: String, units: Double)]) {
        if let position = list.firstIndex(where: { $0.name == name }) { list[position].units += units } else { list.append((name, units)) }
    }

    mutating func add(_ other: Consumption) {
        table += other.table
        failed += other.failed
        for (name, units) in other.local { Self.add(units, name, &local) }
        for (name, units) in other.global { Self.add(units, name, &global) }
    }

    /// Whether nothing was done.
    var isEmpty: Bool { table == 0 && local.isEmpty && global.isEmpty }

    /// What a write took of the table and of each index that it touched.
    /// - Parameter isTransactional: doubles what it took of the table; recorded of AWS: indexes take no more than from any other write.
    mutating func addWrite(_ change: ItemChange, of table: borrowing Table, isTransactional: Bool = false) {
        self.table += Capacity.writeUnits(change.bytes) * (isTransactional ? Capacity.transactionFactor : 1)
        for index in table.indexes { add(index.writeUnits(tablePlace: change.place, old: change.old, new: change.new), to: index) }
    }

    /// `ConsumedCapacity` of one table; `nil` where none is asked for.
    func document(_ report: CapacityReport, table name: String, kind: Kind = .plain) -> Document? {
        guard report != .none else { return nil }
        var members = Members()
        members.append("TableName", .string(name))
        Self.append(total, kind, to: &members)
        guard report == .indexes else { return .object(members) }
        members.append("Table", Self.units(table, kind))
        if !local.isEmpty { members.append("LocalSecondaryIndexes", .object(Members(local.map { .init(name: $0.name, value: Self.units($0.units, kind)) }))) }
        if !global.isEmpty { members.append("GlobalSecondaryIndexes", .object(Members(global.map { .init(name: $0.name, value: Self.units($0.units, kind)) }))) }
        return .object(members)
    }

    private static func units(_ units: Double, _ kind: Kind) -> Document {
        var members = Members()
        append(units, kind, to: &members)
        return .object(members)
    }

    private static func append(_ units: Double, _ kind: Kind, to members: inout Members) {
        let number = Document.number("\(units)")
        if kind != .plain { members.append(kind.rawValue, number) }
        members.append("CapacityUnits", number)
    }
}
