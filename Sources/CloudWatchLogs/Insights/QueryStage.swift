import Kernel

/// A command of a query.
/// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
enum QueryStage: Sendable {
    struct Column: Sendable {
        var name: String
        var value: QueryExpression
    }

    struct Order: Sendable {
        var value: QueryExpression
        var isDescending: Bool
    }

    case fields([Column])
    case display([Column])
    case filter(QueryExpression)
    case parse(QueryExpression, QueryRegex, names: [String])
    case sort([Order])
    case limit(Int)
    case stats([(name: String, aggregate: Aggregate)], by: [Column])
    case dedup([QueryExpression])
}

/// What is made of many records.
/// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Stats.html
struct Aggregate: Sendable {
    enum Function: String, Sendable {
        case count, countDistinct = "count_distinct", sum, avg, min, max, stddev, pct, median
        case earliest, latest, sortsFirst = "sortsfirst", sortsLast = "sortslast"
    }

    var function: Function
    /// `nil` counts every record.
    var value: QueryExpression?
    /// Of `pct`.
    var percent = 50.0

    /// What it knows of the records so far.
    struct Memory: Sendable {
        var count = 0
        var sum = 0.0
        var squares = 0.0
        var numbers: [Double] = []
        var distinct: Set<String> = []
        var chosen = QueryValue.missing
        var chosenTime = 0.0
    }

    func take(_ record: QueryRecord, _ memory: inout Memory) {
        guard let value else {
            memory.count += 1
            return
        }
        let found = value.value(record)
        guard !found.isMissing else { return }
        switch function {
        case .count: memory.count += 1
        case .countDistinct: memory.distinct.insert(found.text ?? "")
        case .min, .max: choose(found, found.number, ascending: function == .min, &memory)
        case .earliest, .latest:
            let time = record["@timestamp"].number ?? 0
            let isBetter = function == .earliest ? time < memory.chosenTime : time >= memory.chosenTime
            if memory.chosen.isMissing || isBetter { (memory.chosen, memory.chosenTime) = (found, time) }
        case .sortsFirst, .sortsLast:
            if memory.chosen.isMissing || QueryValue.precedes(found, memory.chosen) == (function == .sortsFirst) { memory.chosen = found }
        case .sum, .avg, .stddev, .pct, .median:
            guard let number = found.number else { return }
            memory.count += 1
            memory.sum += number
            memory.squares += number * number
            if function == .pct || function == .median { memory.numbers.append(number) }
        }
    }

    private func choose(_ found: QueryValue, _ number: Double?, ascending: Bool, _ memory: inout Memory) {
        // Times are told as numbers here.
        let value = number.map { QueryValue.number($0) } ?? found
        if memory.chosen.isMissing || QueryValue.precedes(value, memory.chosen) == ascending { memory.chosen = value }
    }

    func result(_ memory: Memory) -> QueryValue {
        let count = Double(memory.count)
        switch function {
        case .count: return .number(count)
        case .countDistinct: return .number(Double(memory.distinct.count))
        case .sum: return .number(memory.sum)
        case .avg: return memory.count > 0 ? .number(memory.sum / count) : .missing
        case .stddev:
            guard memory.count > 0 else { return .missing }
            let mean = memory.sum / count
            return .number(max(0, memory.squares / count - mean * mean).squareRoot())
        case .pct, .median: return percentile(memory.numbers.sorted())
        case .min, .max, .earliest, .latest, .sortsFirst, .sortsLast: return memory.chosen
        }
    }

    /// Between the two values around the place.
    private func percentile(_ sorted: [Double]) -> QueryValue {
        guard let last = sorted.last else { return .missing }
        let place = min(max(percent, 0), 100) / 100 * Double(sorted.count - 1)
        guard let low = Int(exactly: place.rounded(.down)), low + 1 < sorted.count else { return .number(last) }
        let part = place - Double(low)
        return .number(sorted[low] + (sorted[low + 1] - sorted[low]) * part)
    }
}
