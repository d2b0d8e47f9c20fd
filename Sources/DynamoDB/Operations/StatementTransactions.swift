import JSON
import Kernel

/// Runs on the engine of TransactWriteItems and TransactGetItems.
/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteTransaction.html
enum ExecuteTransaction: Operation {
    struct Input {
        var requests: [StatementRequest]
        var capacity: CapacityReport
        var token: String?
        var fingerprint: RequestID
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let capacity = try fields.capacityReport()
        let token = try fields.string("ClientRequestToken", .length(min: 1, max: 36))
        let requests = try fields.structures("TransactStatements", .length(min: 1, max: 100), read: StatementRequest.read)
        if requests == nil { fields.missing("TransactStatements") }
        return Input(requests: requests ?? [], capacity: capacity, token: token, fingerprint: Fingerprint.of(fields["TransactStatements"]))
    }

    private struct Parsed {
        let request: StatementRequest
        let statement: StatementSyntax
        let binding: StatementBinding
    }

    static func run(_ input: Input, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        for request in input.requests { _ = try request.parameters.get() }
        let parsed = try each(input.requests) { (request) throws(AWSError) in
            let (statement, binding) = try request.parse()
            return Parsed(request: request, statement: statement, binding: binding)
        }
        let reads = parsed.count(where: { $0.statement.isRead })
        guard reads == 0 || reads == parsed.count else {
            throw .validation("ExecuteTransaction API does not support both read and write operations in the same request.")
        }
        return try reads > 0 ? get(parsed, input, on: service, call) : put(parsed, input, on: service, call)
    }

    /// What each of the statements is made into; what is wrong with one of them is said with its number.
    private static func each<Element, Value>(_ elements: [Element], _ body: (Element) throws(AWSError) -> Value) throws(AWSError) -> [Value] {
        var values: [Value] = []
        for (number, element) in elements.enumerated() {
            do throws(AWSError) { values.append(try body(element)) } catch { throw StatementErrors.member(number, of: "TransactStatements", error) }
        }
        return values
    }

    /// Makes a request of each statement. As recorded, a table that isn't there, and a key that isn't the table's, cancel the
    /// transaction, when nothing is wrong with the other statements in themselves.
    private static func requests<Value>(
        _ parsed: [Parsed], on service: DynamoDBService, _ call: Call, _ body: (Parsed, TableReference, KeySchema) throws(AWSError) -> Value
    ) throws(AWSError) -> [Value] {
        let results = try each(parsed) { (parsed) throws(AWSError) -> Result<Value, AWSError> in
            do throws(AWSError) {
                let table = try StatementSyntax.reference(parsed.statement.source)
                let keys = try service.withTable(table, call) { (table) throws(AWSError) in table.keys }
                return .success(try body(parsed, table, keys))
            } catch {
                if error.code == "ResourceNotFoundException" { return .failure(error) }
                guard StatementErrors.isOfKey(error) else { throw error }
                return .failure(KeySchema.mismatch)
            }
        }
        let reasons: [AWSError?] = results.map { if case .failure(let error) = $0 { error } else { nil } }
        guard reasons.allSatisfy({ $0 == nil }) else { throw .transactionCanceled(reasons) }
        return results.compactMap { try? $0.get() }
    }

    private static func put(_ parsed: [Parsed], _ input: Input, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        let writes = try requests(parsed, on: service, call) { (parsed, _, keys) throws(AWSError) in
            guard parsed.statement.returning == nil else { throw .validation("RETURNING clause is not supported in ExecuteTransaction.") }
            guard parsed.statement.source.index == nil else { throw .validation("Operations on indices are not supported in transactions") }
            return try parsed.statement.write(
                parsed.binding, keys: keys, returnsItemOnFailure: parsed.request.returnsItemOnFailure, isTransaction: true)
        }
        // Tokens of the two operations don't meet.
        let transaction = TransactWriteItems.Input(
            writes: writes, capacity: input.capacity, metrics: false, token: input.token.map { "ExecuteTransaction/\($0)" }, fingerprint: input.fingerprint)
        // As recorded: writes have no responses.
        return response([], try TransactWriteItems.run(transaction, on: service, call))
    }

    /// A transaction of reads, each of one item by its whole key.
    private static func get(_ parsed: [Parsed], _ input: Input, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        let reads = try requests(parsed, on: service, call) { (parsed, table, keys) throws(AWSError) -> (get: TransactGetItems.Get, read: StatementRead) in
            guard case .select(let select) = parsed.statement else { throw .validation("Unsupported operation in transaction.") }
            guard select.source.index == nil else { throw .validation("Reads on indices are not supported within transactions.") }
            let read = try StatementRead(select, parsed.binding)
            guard let key = try StatementRanges(read.condition, keys).key(keys) else {
                throw .validation("Select statements within ExecuteTransaction must specify the primary key in the where clause.")
            }
            return (TransactGetItems.Get(table: table, key: key), read)
        }
        let answer = try TransactGetItems.run(TransactGetItems.Input(gets: reads.map(\.get), capacity: input.capacity), on: service, call)
        var responses: [Document] = []
        for (found, (_, read)) in zip(answer["Responses"]?.array ?? [], reads) {
            guard let document = found["Item"] else {
                responses.append(found)
                continue
            }
            responses.append(["Item": read.answered(try Item(document)).document])
        }
        return response(responses, answer)
    }

    private static func response(_ responses: [Document], _ answer: Document) -> Document {
        var members: Members = ["Responses": .array(responses)]
        if let consumed = answer["ConsumedCapacity"] { members.append("ConsumedCapacity", consumed) }
        return .object(members)
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}
