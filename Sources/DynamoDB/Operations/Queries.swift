import Collections
import JSON
import Kernel

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
enum Query: Operation {
    struct Input {
        var table: TableReference
        var read: ReadRequest
        var keyCondition: KeyCondition
        var start: Item?
        var isForward: Bool
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let isForward = try fields.bool("ScanIndexForward") ?? true
        let keyConditionText = try fields.string("KeyConditionExpression")
        let keyConditions = try fields.comparisons("KeyConditions", .current).map { KeyConditions(comparisons: $0) }
        var read = try ReadRequest(&fields, .current, itemFilter: "QueryFilter")
        try fields.check()
        let names = fields["ExpressionAttributeNames"]
        let values = fields["ExpressionAttributeValues"]
        let table = try TableReference(read.tableName)
        // KeyConditions go with the other expressions.
        let mixed = fields.mixed(
            ["AttributesToGet", "QueryFilter", "ConditionalOperator"] + (keyConditionText == nil ? [] : ["KeyConditions"]),
            with: ["ProjectionExpression", "FilterExpression", "KeyConditionExpression"])
        return try AWSError.enveloped { () throws(AWSError) in
            if let mixed { throw mixed }
            try ExpressionAttributes.checkPresence(
                names: names, values: values, expressions: [(.filter, read.filterText != nil), (.keyCondition, keyConditionText != nil)],
                otherExpression: read.projectionText != nil)
            read.filter = try read.itemFilter.condition()
            read.projection = try read.attributesToGet?.projection()
            let start = try read.startKey()
            try read.checkSelect()
            guard keyConditionText != nil || keyConditions != nil else {
                throw .validation("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.")
            }
            var attributes = try ExpressionAttributes(names: names, values: values, .current)
            let parsed = if let keyConditionText { try attributes.parseKeyCondition(keyConditionText) } else { KeyCondition([]) }
            if let text = read.filterText { read.filter = try attributes.parseCondition(text, .filter) }
            if let text = read.projectionText { read.projection = try attributes.parseProjection(text) }
            try attributes.checkUnused()
            let keyCondition = try keyConditions?.keyCondition(most: read.indexName == nil ? 2 : 2 * KeySchema.attributeLimit) ?? parsed
            return Input(table: table, read: read, keyCondition: keyCondition, start: start, isForward: isForward)
        }
    }

    static func run(_ input: Input, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Answer {
        try service.withTable(input.table, call) { (table) throws(AWSError) in
            let index = try input.read.index(of: table)
            let keys = index?.keys ?? table.keys
            if let start = input.start {
                guard start.count == table.startCount(index) else { throw .validation(Table.invalidStart) }
                try Table.checkStart(start, keys.partition, isPartition: true)
                for key in keys.furtherPartitions { try Table.checkStart(start, key, isPartition: true) }
            }
            let range = try input.keyCondition.range(keys)
            let bounds = try bounds(input, range, table, index, keys)
            try table.checkKeyPaths(input.read.projection?.paths ?? [])
            try checkFilter(input.read, keys)
            try input.read.checkProjected(index)
            try table.checkKeyPaths(input.read.filter?.paths ?? [])
            try KeySchema.checkNotEmpty(range.partition, keys.partition)
            for (value, key) in zip(range.furtherPartitions, keys.furtherPartitions) { try KeySchema.checkNotEmpty(value, key) }
            let request = PageRequest(
                range: bounds, isForward: input.isForward, limit: input.read.limit, filter: input.read.filter, selection: input.read.selection)
            let page = try input.read.page(request, of: &table, index: index, on: service, call)
            return input.read.answer(page, index: index, table: input.table.text)
        }
    }

    /// A filter is applied after the key condition, and may not name what belongs there.
    private static func checkFilter(_ read: ReadRequest, _ keys: KeySchema) throws(AWSError) {
        guard let attributes = read.filter?.attributes else { return }
        for key in keys.names where attributes.contains(where: { ByteOrder.equal($0, key) }) {
            let what = read.filterText == nil ? "QueryFilter" : "Filter Expression"
            throw .validation("\(what) can only contain non-primary key attributes: Primary key attribute: \(key)")
        }
    }

    private typealias Bound = SortedMap<Bytes, StoredItem>.Bound

    private static func bounds(
        _ input: Input, _ range: KeyRange, _ table: borrowing Table, _ index: SecondaryIndex?, _ keys: KeySchema
    ) throws(AWSError) -> (Bound, Bound) {
        let (lower, upper) = range.bounds
        let low = Bound.including(Bytes(lower))
        let high = upper.map { Bound.excluding(Bytes($0)) } ?? .unbounded
        guard let key = input.start else { return input.isForward ? (low, high) : (high, low) }
        let start = Bound.excluding(try startPlace(key, range, table, index, keys))
        return (start, input.isForward ? high : low)
    }

    private static func startPlace(
        _ key: Item, _ range: KeyRange, _ table: borrowing Table, _ index: SecondaryIndex?, _ keys: KeySchema
    ) throws(AWSError) -> Bytes {
        for sort in keys.sorts { try Table.checkStart(key, sort, isPartition: false) }
        let place = try table.place(ofStart: key, index: index)
        let isInPartition = range.hasPartition(key, keys)
        if range.sort != nil {
            guard range.containsSort(of: key, keys) else { throw .validation("The provided starting key does not match the range key predicate") }
            guard isInPartition else { throw .validation("The query can return at most one row and cannot be restarted") }
        }
        guard isInPartition else {
            throw .validation("The provided starting key is outside query boundaries based on provided conditions")
        }
        return place
    }

    static func write(_ output: Answer) -> Reply { Reply(output) }
}
