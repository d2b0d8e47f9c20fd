import JSON
import Kernel

/// AWS checks values in one of two layers, which word some refusals differently. As recorded in four regions in 2026, PutItem, UpdateItem, DeleteItem,
/// GetItem, BatchGetItem and Query run the current one (the first three with `1 validation error detected: ` before the message), BatchWriteItem,
/// Scan and, in most regions, the transactions the older one.
package enum ValueWording: Sendable {
    case older
    case current
}

/// Reading sets: none empty, nothing twice.
enum AttributeSets {
    static func strings(_ document: Document, _ wording: ValueWording) throws(AWSError) -> [String] {
        var values: [String] = []
        for element in try Shape.list(document) {
            if element.isNull { throw .invalidParameter("An string set may not have a null string as a member") }
            values.append(try Shape.string(element))
        }
        guard !values.isEmpty else { throw .invalidParameter("An string set  may not be empty") }
        let sorted = values.sorted { ByteOrder.compare($0, $1) < 0 }
        guard zip(sorted, sorted.dropFirst()).allSatisfy({ !ByteOrder.equal($0, $1) }) else {
            let printed = wording == .older ? values : upToRepeat(values) { ByteOrder.compare($0, $1) }.map { "\"\($0)\"" }
            throw .invalidParameter("Input collection [\(printed.joined(separator: ", "))] contains duplicates.")
        }
        return sorted
    }

    static func numbers(_ document: Document, _ wording: ValueWording) throws(AWSError) -> [DynamoDBNumber] {
        var values: [DynamoDBNumber] = []
        for element in try Shape.list(document) {
            // A guess, after the string set's.
            if element.isNull { throw .invalidParameter("An number set may not have a null string as a member") }
            values.append(try DynamoDBNumber.reading(try Shape.string(element), wording))
        }
        guard !values.isEmpty else { throw .invalidParameter("An number set  may not be empty") }
        values.sort()
        guard zip(values, values.dropFirst()).allSatisfy({ $0 != $1 }) else {
            throw wording == .older ? .validation("Input collection contains duplicates") : .invalidParameter("Input collection contains duplicates.")
        }
        return values
    }

    static func binaries(_ document: Document, _ wording: ValueWording) throws(AWSError) -> [[UInt8]] {
        var values: [[UInt8]] = []
        for element in try Shape.list(document) {
            if element.isNull { throw .invalidParameter("Binary sets may not contain null or empty values") }
            values.append(try Shape.blob(element))
        }
        guard !values.isEmpty else { throw .invalidParameter("Binary sets should not be empty") }
        let sorted = values.sorted { ByteOrder.compare($0, $1) < 0 }
        guard zip(sorted, sorted.dropFirst()).allSatisfy({ $0 != $1 }) else {
            let printed = wording == .older
                ? values.map { Base64.encode($0) }.joined(separator: ", ")
                : upToRepeat(values) { ByteOrder.compare($0, $1) }.map { "\"\(Base64.encode($0))\"" }.joined(separator: ",")
            throw .invalidParameter("Input collection [\(printed)]of type BS contains duplicates.")
        }
        return sorted
    }

    /// The values up to the first repeat in order, then that and the rest as sent: what the current layer prints.
    private static func upToRepeat<Value>(_ values: [Value], _ compare: (Value, Value) -> Int) -> [Value] {
        var sorted: [Value] = []
        for (position, value) in values.enumerated() {
            let place = sorted.firstIndex { compare($0, value) >= 0 } ?? sorted.count
            if place < sorted.count, compare(sorted[place], value) == 0 { return sorted + values[position...] }
            sorted.insert(value, at: place)
        }
        return sorted
    }
}
