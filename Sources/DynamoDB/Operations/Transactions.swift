import Collections
import JSON
import Kernel

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
enum TransactWriteItems: Operation {
    struct Input {
        var writes: [WriteRequest]
        var capacity: CapacityReport
        var metrics: Bool
        var token: String?
        var fingerprint: RequestID
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let capacity = try fields.capacityReport()
        let metrics = try fields.collectionMetrics()
        let token = try fields.string("ClientRequestToken", .length(min: 1, max: 36))
        let parts = try fields.structures("TransactItems", .length(min: 1, max: 100), read: Part.read)
        if parts == nil { fields.missing("TransactItems") }
        try fields.check()
        var writes: [WriteRequest] = []
        writes.reserveCapacity(parts?.count ?? 0)
        for part in parts ?? [] {
            guard let first = part.first else { throw .validation("Invalid Request: TransactWriteRequest should contain Delete or Put or Update request") }
            guard part.count == 1 else { throw .validation("TransactItems can only contain one of Check, Put, Update or Delete") }
            writes.append(try first.write())
        }
        let fingerprint = token == nil ? RequestID(high: 0, low: 0) : Fingerprint.of(fields["TransactItems"])
        return Input(writes: writes, capacity: capacity, metrics: metrics, token: token, fingerprint: fingerprint)
    }

    /// One of the requests, its members read and not yet judged.
    private struct Part {
        enum Kind: String, CaseIterable { case check = "ConditionCheck", put = "Put", update = "Update", delete = "Delete" }

        var kind: Kind
        var table: String
        var item: Result<Item, AWSError>
        var expressions: WriteExpressions
        var returnsItemOnFailure: Bool

        /// Answers all requests that stand in one place, where there should be one: what is missing in any of them is told first.
        static func read(_ fields: inout Fields) throws(AWSError) -> [Part] {
            var parts: [Part] = []
            for kind in Kind.allCases where fields[kind.rawValue] != nil {
                if let part = try read(kind, &fields) { parts.append(part) }
            }
            return parts
        }

        private static func read(_ kind: Kind, _ fields: inout Fields) throws(AWSError) -> Part? {
            try fields.structure(kind.rawValue) { (fields) throws(AWSError) in
                let item = try fields.requiredItem(kind == .put ? "Item" : "Key", .older)
                let table = try fields.tableName()
                let expressions = try WriteExpressions(&fields, update: kind == .update)
                if kind == .update, expressions.update == nil { fields.missing("UpdateExpression") }
                if kind == .check, expressions.condition == nil { fields.missing("ConditionExpression") }
                return Part(kind: kind, table: table, item: item, expressions: expressions, returnsItemOnFailure: try fields.returnsItemOnFailure())
            }
        }

        func write() throws(AWSError) -> WriteRequest {
            let item = try item.get()
            let action: WriteRequest.Action
            let (condition, update) = try expressions.parse(.older)
            switch kind {
            case .put:
                try WriteRequest.checkSize(item)
                action = .put(item)
            case .update: action = .update(key: item, update)
            case .delete: action = .delete(key: item)
            case .check: action = .check(key: item)
            }
            return WriteRequest(table: try TableReference(table), action: action, condition: condition, returnsItemOnFailure: returnsItemOnFailure)
        }
    }

    static func run(_ input: Input, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        if let token = input.token, let made = service.state.regions[call.scope]?.tokens.made(token, at: call.now) {
            guard made.fingerprint == input.fingerprint else {
                throw AWSError("IdempotentParameterMismatchException", "The request uses the same client token as a previous, but non-identical request.")
            }
            return TableReports(made.reads).document(input.capacity, kind: .read)
        }
        let planned = try plan(input, on: service, call)
        return try perform(input, planned, on: service, call)
    }

    private struct Planned {
        var place: Bytes
        var new: StoredItem?
        /// The larger of the item's sizes before and after.
        var bytes: Int
    }

    /// Judges every request against the state as it is, and cancels if one can't be done.
    private static func plan(_ input: Input, on service: DynamoDBService, _ call: Call) throws(AWSError) -> [Planned] {
        var planned: [Planned] = []
        var reasons: [AWSError?] = []
        var targets = Set<Target>()
        var isDuplicate = false
        var growth = CollectionGrowth(limit: service.limits.collectionBytes)
        for write in input.writes {
            try service.withTable(write.table, call) { (table) throws(AWSError) in
                try table.checkTransactions()
                do throws(AWSError) {
                    let place = try write.place(in: table)
                    if !targets.insert(Target(table: table.arn, place: place)).inserted { isDuplicate = true }
                    let old = table.item(at: place)
                    if service.limits.isThrottled { try table.admit(.write, now: call.now) }
                    let change = ItemChange(place: place, old: old, new: try write.outcome(old, in: table).new)
                    try growth.add(change, to: table)
                    if service.limits.isThrottled { try charge(change, table: &table, call.now) }
                    planned.append(Planned(place: place, new: change.new, bytes: change.bytes))
                    reasons.append(nil)
                } catch {
                    // Empty keys are refused with the request, before it is run.
                    if error.isEmptyKey { throw error }
                    reasons.append(error)
                }
            }
        }
        if isDuplicate { throw .validation("Transaction request cannot include multiple operations on one item") }
        if reasons.contains(where: { $0 != nil }) { throw .transactionCanceled(reasons) }
        try AWSError.checkAggregate(planned.map(\.bytes))
        return planned
    }

    /// What a transaction takes it takes when it is judged, whether it is then done or not.
    private static func charge(_ change: ItemChange, table: inout Table, _ now: Timestamp) throws(AWSError) {
        var consumption = Consumption()
        consumption.addWrite(change, of: table, isTransactional: true)
        try table.admitIndexes(consumption, now: now)
        table.charge(consumption, .write)
    }

    private static func perform(_ input: Input, _ planned: [Planned], on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        var report = TableReports()
        for (write, planned) in zip(input.writes, planned) {
            var change: ItemChange?
            let stream = try service.withTable(write.table, call) { (table) throws(AWSError) in
                if case .check = write.action {
                    if input.capacity != .none { report[write.table.text].table += Capacity.writeUnits(planned.bytes) * Capacity.transactionFactor }
                    return table.stream
                }
                let made = table.write(planned.new, at: planned.place)
                if input.capacity != .none { report[write.table.text].addWrite(made, of: table, isTransactional: true) }
                if input.metrics, let item = (made.new ?? made.old)?.item { report.add(ItemCollectionMetrics.document(item, table), to: write.table.text) }
                change = made
                return table.stream
            }
            if let change { service.commit(change, table: write.table.name, stream: stream, in: write.table.scope ?? call.scope, now: call.now) }
        }
        if let token = input.token { service.remember(token, input.fingerprint, reads(input, planned), call) }
        return report.document(input.capacity, kind: .write)
    }

    /// What the same request takes once more: it reads the items as the first one saw and left them, the larger of both. Recorded of AWS.
    private static func reads(_ input: Input, _ planned: [Planned]) -> [TransactionTokens.TableRead] {
        var report = TableReports()
        for (write, planned) in zip(input.writes, planned) {
            report[write.table.text].table += Capacity.readUnits(planned.bytes, consistent: true) * Capacity.transactionFactor
        }
        return report.tables.map { TransactionTokens.TableRead(table: $0.name, units: $0.consumption.table) }
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactGetItems.html
enum TransactGetItems: Operation {
    struct Get {
        var table: TableReference
        var key: Item
        var projection: Projection?
    }

    struct Input {
        var gets: [Get]
        var capacity: CapacityReport
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let capacity = try fields.capacityReport()
        let parts = try fields.structures("TransactItems", .length(min: 1, max: 100)) { (fields) throws(AWSError) in
            let part = try fields.structure("Get") { (fields) throws(AWSError) in
                let key = try fields.requiredItem("Key", .older)
                let table = try fields.tableName()
                return (table: table, key: key, projection: try fields.string("ProjectionExpression"), names: fields["ExpressionAttributeNames"])
            }
            if part == nil { fields.missing("Get") }
            return part
        }
        if parts == nil { fields.missing("TransactItems") }
        try fields.check()
        var gets: [Get] = []
        for case let part? in parts ?? [] {
            let projection = try Projection.reading(part.projection, names: part.names, .older)
            gets.append(Get(table: try TableReference(part.table), key: try part.key.get(), projection: projection))
        }
        return Input(gets: gets, capacity: capacity)
    }

    static func run(_ input: Input, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        var report = TableReports()
        var found: [StoredItem?] = []
        var reasons: [AWSError?] = []
        var seen = Set<Bytes>()
        for get in input.gets {
            try service.withTable(get.table, call) { (table) throws(AWSError) in
                try table.checkTransactions()
                do throws(AWSError) {
                    let place = try table.keys.place(ofKey: get.key)
                    if let projection = get.projection { try table.checkKeyPaths(projection.paths) }
                    guard seen.insert(Bytes(Array(table.arn.utf8) + place.array)).inserted else {
                        throw .duplicateTarget
                    }
                    if service.limits.isThrottled { try table.admit(.read, now: call.now) }
                    let stored = table.item(at: place)
                    found.append(stored)
                    reasons.append(nil)
                    let units = Capacity.readUnits(stored?.size ?? 0, consistent: true) * Capacity.transactionFactor
                    if service.limits.isThrottled { table.charge(Consumption(table: units), .read) }
                    if input.capacity != .none { report[get.table.text].table += units }
                } catch {
                    if error == .duplicateTarget { throw error }
                    reasons.append(error)
                }
            }
        }
        if reasons.contains(where: { $0 != nil }) { throw .transactionCanceled(reasons) }
        try AWSError.checkAggregate(found.map { $0?.size ?? 0 })
        let responses = zip(input.gets, found).map { get, stored -> Document in
            guard let stored else { return .object(Members()) }
            return ["Item": (get.projection?.applied(to: stored.item) ?? stored.item).document]
        }
        var members: Members = [:]
        if case .object(let reported) = report.document(input.capacity, kind: .read) { members = reported }
        members.append("Responses", .array(responses))
        return .object(members)
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

extension AWSError {
    fileprivate static let duplicateTarget = AWSError.validation("Transaction request cannot include multiple operations on one item")

    /// Most bytes of all items of a transaction together. What counts as an item's size (the larger one) and the wording are guesses.
    fileprivate static func checkAggregate(_ sizes: [Int]) throws(AWSError) {
        guard sizes.reduce(0, +) <= 4 << 20 else { throw .validation("The aggregate size of the items in the transaction exceeds 4 MB") }
    }

    /// How the parts of a transaction and of a batch of statements name the error.
    var reasonCode: String {
        switch code {
        case "ConditionalCheckFailedException": "ConditionalCheckFailed"
        case "DuplicateItemException": "DuplicateItem"
        case "ResourceNotFoundException": "ResourceNotFound"
        case "ItemCollectionSizeLimitExceededException": "ItemCollectionSizeLimitExceeded"
        case "ProvisionedThroughputExceededException": "ProvisionedThroughputExceeded"
        case "RequestLimitExceeded": "RequestLimitExceeded"
        case "ThrottlingException": "ThrottlingError"
        default: "ValidationError"
        }
    }

    /// Why each request of a transaction was, or wasn't, what cancelled it.
    static func transactionCanceled(_ reasons: [AWSError?]) -> AWSError {
        var codes: [String] = []
        var documents: [Document] = []
        for reason in reasons {
            guard let reason else {
                codes.append("None")
                documents.append(["Code": "None"])
                continue
            }
            let code = reason.reasonCode
            var members = Members()
            if let item = reason.members["Item"] { members.append("Item", item) }
            members.append("Code", .string(code))
            if let message = reason.message { members.append("Message", .string(message)) }
            codes.append(code)
            documents.append(.object(members))
        }
        return AWSError(
            "TransactionCanceledException",
            "Transaction cancelled, please refer cancellation reasons for specific reasons [\(codes.joined(separator: ", "))]",
            members: ["CancellationReasons": .array(documents)])
    }
}

/// 128 bits that stand for a request's content.
enum Fingerprint {
    static func of(_ document: Document?) -> RequestID {
        // Two FNV-1a hashes with different beginnings: not meant to withstand somebody who wants two requests to look alike.
        var high: UInt64 = 0xCBF2_9CE4_8422_2325
        var low: UInt64 = 0x84222325_CBF29CE4
        for byte in document?.json() ?? [] {
            high = (high ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
            low = (low ^ UInt64(byte &+ 0x5B)) &* 0x0000_0100_0000_01B3
        }
        return RequestID(high: high, low: low)
    }
}

extension DynamoDBService {
    fileprivate func remember(_ token: String, _ fingerprint: RequestID, _ reads: [TransactionTokens.TableRead], _ call: Call) {
        let made = TransactionTokens.Made(fingerprint: fingerprint, reads: reads, expires: call.now + TransactionTokens.lifetime)
        state.regions[call.scope, default: RegionState()].tokens.add(token, made)
        journal.put(name, JournalKey.token(token, call.scope), made.stored.json())
        note(state.regions[call.scope]?.tokens.nextExpiry)
    }
}
