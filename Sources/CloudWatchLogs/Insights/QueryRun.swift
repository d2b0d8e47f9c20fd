import Collections
import Kernel

/// A query on its way through the events, some of them at a time.
struct QueryRun {
    private struct Source: Sendable {
        var group: String
        var account: String
        /// The time before which events are expired.
        var cutoff: Int64
    }

    private let limit: Int
    /// Commands that take each record by itself, and those behind them.
    private let leading: [QueryStage]
    private let rest: [QueryStage]
    /// Statistics that are made while events are read.
    private var statistics: QueryStatistics?
    /// So many of the last records are needed; `nil` for all.
    private let needed: Int?
    private var search: EventSearch
    private var sources: [UInt64: Source] = [:]
    private var records: [QueryRecord] = []
    private(set) var matched = 0
    private(set) var scanned = 0
    private(set) var bytes = 0

    init(_ query: Query, _ stages: [QueryStage], _ groups: [LogGroup], at now: Int64) {
        limit = query.limit
        let split = stages.firstIndex { stage in
            switch stage {
            case .sort, .limit, .stats, .dedup: true
            case .fields, .display, .filter, .parse: false
            }
        } ?? stages.endIndex
        leading = Array(stages[..<split])
        var behind = Array(stages[split...])
        var needed: Int?
        switch behind.first {
        case .stats(let aggregates, let keys):
            statistics = QueryStatistics(aggregates, by: keys)
            behind.removeFirst()
        case .limit(let count): needed = count
        case nil: needed = query.limit
        default: break
        }
        (rest, self.needed) = (behind, needed)
        for group in groups {
            for (_, stream) in group.streams {
                sources[stream.id] = Source(group: group.name, account: group.scope.account, cutoff: group.cutoff(at: now))
            }
        }
        search = EventSearch(groups.flatMap { $0.streams.map(\.value) }, from: query.start, to: query.end, after: nil)
    }

    /// Reads some more events, so many of them or of their bytes.
    /// - Returns: whether there are more.
    mutating func advance(by count: Int, bytes limit: Int) -> Bool {
        let end = bytes + limit
        for _ in 0..<count where bytes < end {
            guard let (stream, id, event) = search.next() else { return false }
            guard let source = sources[stream.id], id.timestamp >= source.cutoff else { continue }
            scanned += 1
            bytes += event.size
            var record = QueryRecord(QueryRecord.Event(
                id: id, message: event.message, ingested: event.ingested, stream: stream.name, group: source.group, account: source.account))
            guard Self.pass(&record, leading) else { continue }
            matched += 1
            if statistics == nil { keep(record) } else { statistics?.take(record) }
        }
        return true
    }

    private mutating func keep(_ record: QueryRecord) {
        records.append(record)
        // Half of them can go now and then: events come in the order of their times, and the latest are wanted.
        if let needed, records.count > 2 * needed + 1000 { records.removeFirst(records.count - needed) }
    }

    /// Leads a record through commands that look at nothing else.
    /// - Returns: whether it is left.
    private static func pass(_ record: inout QueryRecord, _ stages: [QueryStage]) -> Bool {
        for stage in stages {
            switch stage {
            case .filter(let condition): if !condition.value(record).isTrue { return false }
            case .fields(let columns), .display(let columns): set(columns, &record)
            case .parse(let source, let expression, let names):
                guard let text = source.value(record).text, let found = expression.captures(in: text) else { continue }
                for (name, value) in zip(names, found) { record.set(name, value.map { .text($0) } ?? .missing) }
            case .sort, .limit, .stats, .dedup: break
            }
        }
        return true
    }

    private static func set(_ columns: [QueryStage.Column], _ record: inout QueryRecord) {
        for column in columns {
            if case .field(let name) = column.value, name == column.name { continue }
            record.set(column.name, column.value.value(record))
        }
    }

    // MARK: The end

    /// The rows, once every event was read.
    func rows() -> [[(field: String, value: String)]] {
        var records: [QueryRecord]
        var columns = Self.columns(leading)
        if let statistics {
            records = statistics.rows
            columns = statistics.columns
        } else {
            // The latest first, as it is without another order.
            records = self.records.reversed()
        }
        for stage in rest { Self.apply(stage, &records, &columns) }
        return records.prefix(limit).map { Self.row($0, columns) }
    }

    private static func apply(_ stage: QueryStage, _ records: inout [QueryRecord], _ columns: inout [String]) {
        switch stage {
        case .limit(let count): records = Array(records.prefix(count))
        case .sort(let orders): sort(&records, orders)
        case .dedup(let keys): dedup(&records, keys)
        case .stats(let aggregates, let keys):
            var statistics = QueryStatistics(aggregates, by: keys)
            for record in records { statistics.take(record) }
            records = statistics.rows
            columns = statistics.columns
        case .fields, .display, .filter, .parse:
            records = records.compactMap { record in
                var record = record
                return pass(&record, [stage]) ? record : nil
            }
            columns = Self.columns([stage], after: columns)
        }
    }

    private static func sort(_ records: inout [QueryRecord], _ orders: [QueryStage.Order]) {
        let keyed = records.enumerated().map { (place: $0.offset, keys: orders.map { [record = $0.element] in $0.value.value(record) }, record: $0.element) }
        records = keyed.sorted { left, right in
            for (index, order) in orders.enumerated() {
                if let precedes = QueryValue.precedes(left.keys[index], right.keys[index]) { return precedes != order.isDescending }
            }
            return left.place < right.place
        }.map(\.record)
    }

    private static func dedup(_ records: inout [QueryRecord], _ keys: [QueryExpression]) {
        var seen: Set<[String?]> = []
        records = records.filter { record in seen.insert(keys.map { $0.value(record).text }).inserted }
    }

    /// What is shown: time and message where nothing is asked for.
    private static func columns(_ stages: [QueryStage], after before: [String]? = nil) -> [String] {
        var columns = before
        for stage in stages {
            switch stage {
            case .fields(let added): columns = (columns ?? []) + added.map(\.name).filter { !(columns ?? []).contains($0) }
            case .display(let shown): columns = shown.map(\.name)
            default: break
            }
        }
        return columns ?? ["@timestamp", "@message"]
    }

    private static func row(_ record: QueryRecord, _ columns: [String]) -> [(field: String, value: String)] {
        var row = columns.compactMap { name in record[name].text.map { (field: name, value: $0) } }
        if record.event != nil, !columns.contains("@ptr") { row.append(("@ptr", record.pointer)) }
        return row
    }
}

/// Aggregates of the records that have the same keys.
struct QueryStatistics: Sendable {
    private let aggregates: [(name: String, aggregate: Aggregate)]
    private let keys: [QueryStage.Column]
    private var places: [[String?]: Int] = [:]
    private var groups: [(keys: [QueryValue], memories: [Aggregate.Memory])] = []

    init(_ aggregates: [(name: String, aggregate: Aggregate)], by keys: [QueryStage.Column]) {
        self.aggregates = aggregates
        self.keys = keys
        if keys.isEmpty { groups.append(([], aggregates.map { _ in Aggregate.Memory() })) }
    }

    mutating func take(_ record: QueryRecord) {
        var place = 0
        if !keys.isEmpty {
            let values = keys.map { $0.value.value(record) }
            let texts = values.map(\.text)
            place = places[texts] ?? groups.count
            if place == groups.count {
                places[texts] = place
                groups.append((values, aggregates.map { _ in Aggregate.Memory() }))
            }
        }
        for index in aggregates.indices { aggregates[index].aggregate.take(record, &groups[place].memories[index]) }
    }

    var columns: [String] { keys.map(\.name) + aggregates.map(\.name) }

    var rows: [QueryRecord] {
        groups.map { group in
            let names = zip(keys, group.keys).map { (name: $0.name, value: $1) }
            return QueryRecord(row: names + zip(aggregates, group.memories).map { (name: $0.name, value: $0.aggregate.result($1)) })
        }
    }
}
