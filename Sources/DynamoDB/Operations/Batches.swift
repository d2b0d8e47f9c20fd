import Collections
import JSON
import Kernel

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
enum BatchWriteItem: Operation {
    struct Input {
        /// By table as the request names them, in its order.
        var tables: [(name: String, table: TableReference, writes: [WriteRequest], elements: [Document])]
        var capacity: CapacityReport
        var metrics: Bool
    }

    /// Most writes of a batch, and most tables.
    static let limit = 25

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let capacity = try fields.capacityReport()
        let metrics = try fields.collectionMetrics()
        let requested = try fields.requestItems()
        if requested.count > limit {
            fields.violate(Document.object(requested).coralText, "RequestItems", "Member must have length less than or equal to \(limit)")
        }
        if requested.contains(where: { member in member.value.array.map { $0.isEmpty || $0.count > limit } ?? false }) {
            fields.violate(
                Document.object(requested).coralText, "RequestItems",
                "Map value must satisfy constraint: [Member must have length less than or equal to \(limit), Member must have length greater than or equal to 1]")
        }
        for member in requested {
            guard let writes = member.value.array else { throw .serialization(member.value.coralCollectionName) }
            for (number, element) in writes.enumerated() {
                for (request, content) in [("DeleteRequest", "Key"), ("PutRequest", "Item")] {
                    guard let members = element[request]?.object, members[content]?.isNull ?? true else { continue }
                    try fields.nested(members, "requestItems.\(member.name).member.\(number + 1).member.\(request.lowerCamelCase).") { $0.missing(content) }
                }
            }
        }
        try fields.check()
        guard !requested.isEmpty else { throw .validation("The requestItems parameter is required for BatchWriteItem") }
        guard requested.reduce(0, { $0 + ($1.value.array?.count ?? 0) }) <= limit else {
            throw .validation("Too many items requested for the BatchWriteItem call")
        }
        var tables: [(name: String, table: TableReference, writes: [WriteRequest], elements: [Document])] = []
        for member in requested {
            let table = try TableReference(member.name)
            var writes: [WriteRequest] = []
            let elements = member.value.array ?? []
            for element in elements { writes.append(try readWrite(element, table)) }
            tables.append((member.name, table, writes, elements))
        }
        return Input(tables: tables, capacity: capacity, metrics: metrics)
    }

    private static func readWrite(_ document: Document, _ table: TableReference) throws(AWSError) -> WriteRequest {
        let members = try Shape.structure(document, "WriteRequest", as: "value")
        let put = members["PutRequest"].flatMap { $0.isNull ? nil : $0 }
        let delete = members["DeleteRequest"].flatMap { $0.isNull ? nil : $0 }
        switch (put, delete) {
        case (let put?, nil):
            let item = try Item(try Shape.structure(put, "PutRequest", as: "field")["Item"] ?? .object(Members()))
            try WriteRequest.checkSize(item)
            return WriteRequest(table: table, action: .put(item))
        case (nil, let delete?):
            return WriteRequest(table: table, action: .delete(key: try Item(try Shape.structure(delete, "DeleteRequest", as: "field")["Key"] ?? .object(Members()))))
        // Neither is answered as both are: so it was recorded.
        default: throw .validation("Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes")
        }
    }

    static func run(_ input: Input, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        let places = try checked(input, on: service, call)
        var reports = TableReports()
        var unprocessed = Members()
        var throttle: AWSError?
        var isDone = false
        for (part, places) in zip(input.tables, places) {
            if input.capacity != .none { reports[part.name] = Consumption() }
            var left: [Document] = []
            for (number, write) in part.writes.enumerated() {
                do throws(AWSError) {
                    try perform(write, at: places[number], input, part.name, &reports, on: service, call)
                    isDone = true
                } catch {
                    guard error.isThrottle else { throw error }
                    throttle = throttle ?? error
                    left.append(part.elements[number])
                }
            }
            if !left.isEmpty { unprocessed.append(part.name, .array(left)) }
        }
        // As documented: an error only where nothing could be done.
        if let throttle, !isDone { throw throttle }
        var members: Members = ["UnprocessedItems": .object(unprocessed)]
        for member in reports.document(input.capacity, kind: .plain).object ?? Members() { members.append(member.name, member.value) }
        return .object(members)
    }

    /// Everything is checked before anything is written.
    /// - Returns: where the items of each table stand.
    private static func checked(_ input: Input, on service: DynamoDBService, _ call: Call) throws(AWSError) -> [[Bytes]] {
        // That the tables are there comes before what is written to them.
        for part in input.tables { try service.withTable(part.table, call) { (_) throws(AWSError) in } }
        // A table can be named twice, by its name and by its ARN.
        var targets = Set<Target>()
        var growth = CollectionGrowth(limit: service.limits.collectionBytes)
        var places: [[Bytes]] = []
        for part in input.tables {
            places.append(
                try service.withTable(part.table, call) { (table) throws(AWSError) in
                    var places: [Bytes] = []
                    for write in part.writes {
                        let place: Bytes
                        if case .put(let item) = write.action {
                            place = try table.keys.place(ofBatchItem: item)
                            try table.checkIndexKeys(item)
                        } else {
                            place = try write.place(in: table)
                        }
                        guard targets.insert(Target(table: table.arn, place: place)).inserted else { throw .duplicateKeys }
                        places.append(place)
                    }
                    return places
                })
        }
        for (part, places) in zip(input.tables, places) {
            try service.withTable(part.table, call) { (table) throws(AWSError) in
                guard table.hasLocalIndexes else { return }
                for (write, place) in zip(part.writes, places) { try growth.add(ItemChange(place: place, old: table.item(at: place), new: write.stored), to: table) }
            }
        }
        return places
    }

    private static func perform(
        _ write: WriteRequest, at place: Bytes, _ input: Input, _ name: String, _ reports: inout TableReports, on service: DynamoDBService, _ call: Call
    ) throws(AWSError) {
        var change: ItemChange?
        let stream = try service.withTable(write.table, call) { (table) throws(AWSError) in
            let new = write.stored
            if input.capacity != .none || service.limits.isThrottled {
                var consumption = Consumption()
                consumption.addWrite(ItemChange(place: place, old: table.item(at: place), new: new), of: table)
                if service.limits.isThrottled {
                    try table.admit(.write, now: call.now)
                    try table.admitIndexes(consumption, now: call.now)
                    table.charge(consumption, .write)
                }
                if input.capacity != .none { reports[name].add(consumption) }
            }
            let made = table.write(new, at: place)
            if input.metrics, let item = (made.new ?? made.old)?.item { reports.add(ItemCollectionMetrics.document(item, table), to: name) }
            change = made
            return table.stream
        }
        if let change { service.commit(change, table: write.table.name, stream: stream, in: write.table.scope ?? call.scope, now: call.now) }
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
enum BatchGetItem: Operation {
    struct TableKeys {
        var name: String
        var table: TableReference
        var keys: [Item]
        var isConsistent: Bool
        var projection: Projection?
        /// As it was asked for, to be answered in `UnprocessedKeys`.
        var request: Members
    }

    struct Input {
        var tables: [TableKeys]
        var capacity: CapacityReport
    }

    /// An answer has at most that many bytes of items; the rest is left unprocessed.
    static let bytes = 16 << 20
    /// Most keys of a batch, and most tables.
    static let limit = 100

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let capacity = try fields.capacityReport()
        let requested = try fields.requestItems()
        var parts: [(name: String, members: Members, keys: [Document], isConsistent: Bool, projection: String?, attributesToGet: AttributesToGet?, mixed: AWSError?)] = []
        for member in requested {
            let members = try Shape.structure(member.value, "KeysAndAttributes", as: "value")
            let part = try fields.nested(members, "requestItems.\(member.name).member.") { (fields) throws(AWSError) in
                let attributesToGet = try fields.attributesToGet()
                let keys = try fields.list("Keys")
                if keys == nil { fields.missing("Keys") }
                return (
                    keys: keys ?? [], isConsistent: try fields.bool("ConsistentRead") ?? false, projection: try fields.string("ProjectionExpression"),
                    attributesToGet: attributesToGet, mixed: fields.mixed(["AttributesToGet"], with: ["ProjectionExpression"])
                )
            }
            parts.append((member.name, members, part.keys, part.isConsistent, part.projection, part.attributesToGet, part.mixed))
        }
        try fields.check()
        try checkLength(requested.count, "RequestItems")
        for part in parts { try checkLength(part.keys.count, "RequestItems.\(part.name).member.Keys") }
        guard parts.reduce(0, { $0 + $1.keys.count }) <= limit else { throw .validation("Too many items requested for the BatchGetItem call") }
        var tables: [TableKeys] = []
        for part in parts {
            if let mixed = part.mixed { throw mixed }
            let names = part.members["ExpressionAttributeNames"]
            if let names, !names.isNull {
                try ExpressionAttributes.checkPresence(names: names, values: nil, expressions: [], otherExpression: part.projection != nil)
            }
            var keys: [Item] = []
            for key in part.keys { keys.append(try Item(key, .current)) }
            let legacyProjection = try part.attributesToGet?.projection()
            let projection = try Projection.reading(part.projection, names: names, .current) ?? legacyProjection
            tables.append(
                TableKeys(
                    name: part.name, table: try TableReference(part.name), keys: keys, isConsistent: part.isConsistent, projection: projection, request: part.members))
        }
        return Input(tables: tables, capacity: capacity)
    }

    /// In the words of the layer that BatchGetItem has passed to in 2026.
    private static func checkLength(_ count: Int, _ path: String) throws(AWSError) {
        guard count < 1 || count > limit else { return }
        throw .validation(
            "1 validation error detected: Value at '\(path)' failed to satisfy constraint: "
                + "Member must have length \(count < 1 ? "greater than or equal to 1" : "less than or equal to \(limit)")")
    }

    static func run(_ input: Input, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        do throws(AWSError) {
            return try answer(input, on: service, call)
        } catch {
            // Keys that are written alike are told before anything about tables and their schemas.
            if input.tables.contains(where: { Set($0.keys).count < $0.keys.count }) { throw .duplicateKeys }
            throw error
        }
    }

    private static func answer(_ input: Input, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        let places = try checked(input, on: service, call)
        var responses = Members()
        var unprocessed = Members()
        var reports = TableReports()
        var bytes = 0
        var throttle: AWSError?
        var isDone = false
        for (part, places) in zip(input.tables, places) {
            var items: [Document] = []
            var left: [Document] = []
            var consumption = Consumption()
            try service.withTable(part.table, call) { (table) throws(AWSError) in
                for (key, place) in zip(part.keys, places) {
                    let stored = table.item(at: place)
                    guard bytes + (stored?.size ?? 0) <= Self.bytes else {
                        left.append(key.document)
                        continue
                    }
                    let units = Capacity.readUnits(stored?.size ?? 0, consistent: part.isConsistent)
                    if service.limits.isThrottled {
                        do throws(AWSError) { try table.admit(.read, now: call.now) } catch {
                            throttle = throttle ?? error
                            left.append(key.document)
                            continue
                        }
                        table.charge(Consumption(table: units), .read)
                    }
                    isDone = true
                    bytes += stored?.size ?? 0
                    consumption.table += units
                    if let stored { items.append((part.projection?.applied(to: stored.item) ?? stored.item).document) }
                }
            }
            reports[part.name] = consumption
            responses.append(part.name, .array(items))
            guard !left.isEmpty else { continue }
            var request = part.request
            request["Keys"] = .array(left)
            unprocessed.append(part.name, .object(request))
        }
        // As documented: an error only where nothing could be read.
        if let throttle, !isDone { throw throttle }
        var members: Members = ["Responses": .object(responses), "UnprocessedKeys": .object(unprocessed)]
        if input.capacity != .none { members.append("ConsumedCapacity", .array(reports.consumed(input.capacity))) }
        return .object(members)
    }

    /// Where the items of each table stand.
    private static func checked(_ input: Input, on service: DynamoDBService, _ call: Call) throws(AWSError) -> [[Bytes]] {
        var targets = Set<Target>()
        var places: [[Bytes]] = []
        for part in input.tables {
            places.append(
                try service.withTable(part.table, call) { (table) throws(AWSError) in
                    var places: [Bytes] = []
                    for key in part.keys {
                        let place = try table.keys.place(ofKey: key)
                        guard targets.insert(Target(table: table.arn, place: place)).inserted else { throw .duplicateKeys }
                        places.append(place)
                    }
                    if let projection = part.projection { try table.checkKeyPaths(projection.paths) }
                    return places
                })
        }
        return places
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

extension WriteRequest {
    /// What a batch puts: there are no updates in batches.
    fileprivate var stored: StoredItem? { if case .put(let item) = action { StoredItem(item) } else { nil } }
}

/// An item that a request with several is about.
struct Target: Hashable {
    var table: String
    var place: Bytes
}

extension AWSError {
    fileprivate static let duplicateKeys = AWSError.validation("Provided list of item keys contains duplicates")
}

extension Fields {
    /// `RequestItems` of the batch operations.
    fileprivate mutating func requestItems() throws(AWSError) -> Members {
        guard let requested = try object("RequestItems") else {
            missing("RequestItems")
            return Members()
        }
        return requested
    }
}
