import JSON
import Kernel

/// A statement as a request carries it.
struct StatementRequest: Sendable {
    var text: String
    var parameters: Result<[AttributeValue], AWSError>
    var isConsistent: Bool
    var returnsItemOnFailure: Bool
    /// Stands for the text and the parameters.
    var fingerprint: String

    static func read(_ fields: inout Fields) throws(AWSError) -> StatementRequest {
        let text = try fields.requiredString("Statement", .length(min: 1, max: 8192))
        let documents = try fields.list("Parameters", .length(min: 1))
        let isConsistent = try fields.bool("ConsistentRead") ?? false
        let returnsItemOnFailure = try fields.returnsItemOnFailure()
        let fingerprint = Fingerprint.of(.array([.string(text)] + (documents ?? [])))
        return StatementRequest(
            text: text, parameters: try values(documents ?? []), isConsistent: isConsistent, returnsItemOnFailure: returnsItemOnFailure,
            fingerprint: fingerprint.uuid)
    }

    /// JSON of the wrong type throws; a value that isn't allowed is kept for later.
    private static func values(_ documents: [Document]) throws(AWSError) -> Result<[AttributeValue], AWSError> {
        var values: [AttributeValue] = []
        do throws(AWSError) {
            for document in documents { values.append(try AttributeValue(document, .current)) }
        } catch {
            guard error.code == "ValidationException" else { throw error }
            return .failure(error)
        }
        return .success(values)
    }

    /// - Throws: where a parameter isn't allowed, which AWS says first, where the statement isn't well formed, or has another number of
    ///   parameters. That too many are refused as too few are is a guess.
    func parse() throws(AWSError) -> (statement: StatementSyntax, binding: StatementBinding) {
        let values = try parameters.get()
        let (statement, count) = try StatementParser.parse(text)
        guard values.count == count else { throw StatementErrors.parameters }
        return (statement, StatementBinding(parameters: values))
    }

    /// A writing statement's request.
    @CloudActor
    func write(_ statement: StatementSyntax, _ binding: StatementBinding, on service: DynamoDBService, _ call: Call) throws(AWSError) -> WriteRequest {
        let table = try StatementSyntax.reference(statement.source)
        let keys = try service.withTable(table, call) { (table) throws(AWSError) in table.keys }
        return try statement.write(binding, keys: keys, returnsItemOnFailure: returnsItemOnFailure)
    }

    /// A writing statement that stands by itself.
    @CloudActor
    func singleWrite(
        _ statement: StatementSyntax, _ binding: StatementBinding, _ capacity: CapacityReport, on service: DynamoDBService, _ call: Call
    ) throws(AWSError) -> SingleWrite {
        if case .exists = statement { throw StatementErrors.existsOutside }
        guard statement.source.index == nil else { throw StatementErrors.indexWrite }
        let request = try write(statement, binding, on: service, call)
        return SingleWrite(request: request, returnValues: statement.returning?.returnValues ?? .none, capacity: capacity, metrics: false)
    }
}

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteStatement.html
enum ExecuteStatement: Operation {
    struct Input {
        var request: StatementRequest
        var limit: Int?
        var token: String?
        var capacity: CapacityReport
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let capacity = try fields.capacityReport()
        let limit = try fields.int("Limit", .range(min: 1))
        let token = try fields.string("NextToken", .length(min: 1, max: 32768))
        let request = try StatementRequest.read(&fields)
        return Input(request: request, limit: limit, token: token, capacity: capacity)
    }

    static func run(_ input: Input, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Answer {
        let (statement, binding) = try input.request.parse()
        var answer = Answer()
        guard case .select(let select) = statement else {
            let done = try input.request.singleWrite(statement, binding, input.capacity, on: service, call).run(on: service, call)
            answer.append("Items", done["Attributes"].map { [$0] } ?? [Document]())
            if let capacity = done["ConsumedCapacity"] { answer.append("ConsumedCapacity", capacity) }
            return answer
        }
        var read = try StatementRead(select, binding)
        read.isConsistent = input.request.isConsistent
        read.limit = input.limit
        if let token = input.token { read.start = try StatementRead.Start(token, input.request.fingerprint) }
        let page = try service.withTable(read.table, call) { (table) throws(AWSError) in try read.page(of: &table, on: service, call) }
        answer.append("Items", page.items)
        if let next = page.next {
            answer.append("NextToken", Document.string(next.token(input.request.fingerprint)))
            if let key = next.key { answer.append("LastEvaluatedKey", key) }
        }
        if let document = page.consumption.document(input.capacity, table: read.table.text) { answer.append("ConsumedCapacity", document) }
        return answer
    }

    static func write(_ output: Answer) -> Reply { Reply(output) }
}

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchExecuteStatement.html
enum BatchExecuteStatement: Operation {
    struct Input {
        var requests: [StatementRequest]
        var capacity: CapacityReport
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let capacity = try fields.capacityReport()
        let requests = try fields.structures("Statements", .length(min: 1, max: 25), read: StatementRequest.read)
        if requests == nil { fields.missing("Statements") }
        return Input(requests: requests ?? [], capacity: capacity)
    }

    static func run(_ input: Input, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        // A statement that isn't well formed fails by itself; reads and writes together fail as a whole. Its text is a guess, after that of transactions.
        let kinds = Set(input.requests.compactMap { try? $0.parse().statement.isRead })
        guard kinds.count < 2 else {
            throw .validation("BatchExecuteStatement API does not support both read and write operations in the same request.")
        }
        var responses: [Document] = []
        var reports = TableReports()
        for request in input.requests {
            responses.append(response(to: request, input.capacity, &reports, on: service, call))
        }
        var members: Members = ["Responses": .array(responses)]
        // One for each table where a statement succeeded, recorded of AWS; none at all where none did.
        let consumed = reports.tables.filter { !$0.consumption.isEmpty }.compactMap { $0.consumption.document(input.capacity, table: $0.name) }
        if !consumed.isEmpty { members.append("ConsumedCapacity", .array(consumed)) }
        return .object(members)
    }

    /// What a statement answers. The table is named where there is one, whatever else is wrong.
    private static func response(
        to request: StatementRequest, _ report: CapacityReport, _ reports: inout TableReports, on service: DynamoDBService, _ call: Call
    ) -> Document {
        var members = Members()
        do throws(AWSError) {
            let (statement, binding) = try request.parse()
            let name = try service.withTable(try StatementSyntax.reference(statement.source), call) { (table) throws(AWSError) in table.name }
            members.append("TableName", .string(name))
            if let item = try run(statement, binding, request, report, &reports, on: service, call) { members.append("Item", item) }
        } catch {
            members.append("Error", .object(self.members(of: error)))
        }
        return .object(members)
    }

    private static func run(
        _ statement: StatementSyntax, _ binding: StatementBinding, _ request: StatementRequest, _ report: CapacityReport, _ reports: inout TableReports,
        on service: DynamoDBService, _ call: Call
    ) throws(AWSError) -> Document? {
        guard case .select(let select) = statement else {
            return try write(try request.singleWrite(statement, binding, report, on: service, call), &reports, on: service, call)
        }
        var read = try StatementRead(select, binding)
        read.isConsistent = request.isConsistent
        return try service.withTable(read.table, call) { (table) throws(AWSError) in
            guard select.source.index == nil, try StatementRanges(read.condition, table.keys).key(table.keys) != nil else {
                throw .validation("Select statements within BatchExecuteStatement must specify the primary key in the where clause.")
            }
            let page = try read.page(of: &table, on: service, call)
            if report != .none { reports[read.table.text].add(page.consumption) }
            return page.items.first?.document
        }
    }

    /// - Returns: the item that `RETURNING` asks for.
    private static func write(_ write: SingleWrite, _ reports: inout TableReports, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document? {
        let table = write.request.table
        var answer = Members()
        do throws(AWSError) {
            let consumption = try write.perform(on: service, call, &answer)
            if write.capacity != .none { reports[table.text].add(consumption) }
        } catch {
            guard write.capacity != .none, error.isConditionalFailure else { throw error }
            reports[table.text].failed += try service.withTable(table, call) { (table) throws(AWSError) in
                write.request.units(table.item(at: try write.request.place(in: table)))
            }
            throw error
        }
        return answer["Attributes"]
    }

    private static func members(of error: AWSError) -> Members {
        var members: Members = ["Code": .string(error.reasonCode)]
        if let message = error.message { members.append("Message", .string(message)) }
        if let item = error.members["Item"] { members.append("Item", item) }
        return members
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}
