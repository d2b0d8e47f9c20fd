import JSON

/// What a request with several items did to each of its tables, in the order in which they came.
struct TableReports {
    private(set) var tables: [(name: String, consumption: Consumption)] = []
    private var metrics = Members()

    init(_ reads: [TransactionTokens.TableRead] = []) { tables = reads.map { ($0.table, Consumption(table: $0.units)) } }

    /// - Parameter name: the table as the request names it.
    subscript(name: String) -> Consumption {
        get { tables.first { $0.name == name }?.consumption ?? Consumption() }
        set {
            if let position = tables.firstIndex(where: { $0.name == name }) { tables[position].consumption = newValue } else { tables.append((name, newValue)) }
        }
    }

    /// Each collection is shown once, as it was after the last write.
    mutating func add(_ document: Document?, to name: String) {
        guard let document else { return }
        var collections = metrics[name]?.array ?? []
        ItemCollectionMetrics.add(document, to: &collections)
        metrics[name] = .array(collections)
    }

    /// `ConsumedCapacity`, one entry a table.
    func consumed(_ report: CapacityReport, kind: Consumption.Kind = .plain) -> [Document] {
        tables.compactMap { $0.consumption.document(report, table: $0.name, kind: kind) }
    }

    func document(_ report: CapacityReport, kind: Consumption.Kind) -> Document {
        var members = Members()
        if report != .none { members.append("ConsumedCapacity", .array(consumed(report, kind: kind))) }
        if !metrics.isEmpty { members.append("ItemCollectionMetrics", .object(metrics)) }
        return .object(members)
    }
}
