import Collections
import JSON
import Kernel

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html
enum Scan: Operation {
    struct Input {
        var table: TableReference
        var read: ReadRequest
        var start: Item?
        var segment: Segment
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let segment = try fields.int("Segment", .range(min: 0, max: 999_999))
        let totalSegments = try fields.int("TotalSegments", .range(min: 1, max: 1_000_000))
        var read = try ReadRequest(&fields, .older, itemFilter: "ScanFilter")
        try fields.check()
        let names = fields["ExpressionAttributeNames"]
        let values = fields["ExpressionAttributeValues"]
        let table = try TableReference(read.tableName)
        if let mixed = fields.mixed(["AttributesToGet", "ScanFilter", "ConditionalOperator"], with: ["ProjectionExpression", "FilterExpression"]) { throw mixed }
        try ExpressionAttributes.checkPresence(
            names: names, values: values, expressions: [(.filter, read.filterText != nil)], otherExpression: read.projectionText != nil)
        read.projection = try read.attributesToGet?.projection()
        read.filter = try read.itemFilter.condition()
        let start = try read.startKey()
        try read.checkSelect()
        let part = try Segment(segment, of: totalSegments)
        var attributes = try ExpressionAttributes(names: names, values: values)
        if let text = read.filterText { read.filter = try attributes.parseCondition(text, .filter) }
        if let text = read.projectionText { read.projection = try attributes.parseProjection(text) }
        try attributes.checkUnused()
        return Input(table: table, read: read, start: start, segment: part)
    }

    static func run(_ input: Input, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Answer {
        try service.withTable(input.table, call) { (table) throws(AWSError) in
            let index = try input.read.index(of: table)
            var (from, to) = input.segment.bounds
            if let start = input.start { try checkStart(start, table, index) }
            try input.read.checkProjected(index)
            if let start = input.start { from = .excluding(try startPlace(start, input.segment, table, index)) }
            try table.checkKeyPaths((input.read.projection?.paths ?? []) + (input.read.filter?.paths ?? []))
            let request = PageRequest(range: (from, to), limit: input.read.limit, filter: input.read.filter, selection: input.read.selection)
            let page = try input.read.page(request, of: &table, index: index, on: service, call)
            return input.read.answer(page, index: index, table: input.table.text)
        }
    }

    private static func checkStart(_ key: Item, _ table: borrowing Table, _ index: SecondaryIndex?) throws(AWSError) {
        guard key.count == table.startCount(index) else {
            throw .validation(index == nil ? "\(Table.invalidStart): \(KeySchema.mismatch.message ?? "")" : Table.invalidStart)
        }
        guard let index else { return }
        try Table.checkStart(key, index.keys.partition, isPartition: true)
        for attribute in index.keys.furtherPartitions { try Table.checkStart(key, attribute, isPartition: true) }
        for attribute in index.keys.sorts { try Table.checkStart(key, attribute, isPartition: false) }
    }

    private static func startPlace(_ key: Item, _ segment: Segment, _ table: borrowing Table, _ index: SecondaryIndex?) throws(AWSError) -> Bytes {
        let place = try table.place(ofStart: key, index: index)
        guard segment.contains(place) else {
            throw .validation(
                "\(Table.invalidStart): Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. "
                    + "TotalSegments: \(segment.total) Segment: \(segment.number)")
        }
        return place
    }

    static func write(_ output: Answer) -> Reply { Reply(output) }
}

/// A part of a parallel scan: a range of the hashes of partition keys.
struct Segment: Sendable {
    let number: Int
    let total: Int

    init(_ segment: Int?, of totalSegments: Int?) throws(AWSError) {
        guard let segment, let totalSegments else {
            if segment != nil { throw .validation("The TotalSegments parameter is required but was not present in the request when Segment parameter is present") }
            if totalSegments != nil { throw .validation("The Segment parameter is required but was not present in the request when parameter TotalSegments is present") }
            (number, total) = (0, 1)
            return
        }
        guard segment < totalSegments else {
            throw .validation(
                "The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: \(segment) is not less than TotalSegments: \(totalSegments)")
        }
        (number, total) = (segment, totalSegments)
    }

    /// The first hash of a segment.
    private func start(_ segment: Int) -> Bytes {
        let hash = UInt64(truncatingIfNeeded: (UInt128(segment) << 64) / UInt128(total))
        return Bytes((0..<8).map { UInt8(truncatingIfNeeded: hash >> UInt64(56 - 8 * $0)) })
    }

    var bounds: (from: SortedMap<Bytes, StoredItem>.Bound, to: SortedMap<Bytes, StoredItem>.Bound) {
        (number == 0 ? .unbounded : .including(start(number)), number + 1 == total ? .unbounded : .excluding(start(number + 1)))
    }

    func contains(_ place: Bytes) -> Bool {
        (number == 0 || !(place < start(number))) && (number + 1 == total || place < start(number + 1))
    }
}
