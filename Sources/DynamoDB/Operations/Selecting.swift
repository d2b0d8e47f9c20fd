import JSON
import Kernel

/// What Query and Scan share: which attributes, how many, from where.
struct ReadRequest: Sendable {
    enum Select: String, Sendable {
        case specific = "SPECIFIC_ATTRIBUTES", count = "COUNT", all = "ALL_ATTRIBUTES", allProjected = "ALL_PROJECTED_ATTRIBUTES"
        static let values = ["SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"]
    }

    let tableName: String
    let indexName: String?
    let limit: Int?
    let select: Select?
    let isConsistent: Bool
    let capacity: CapacityReport
    let start: Result<Item, AWSError>?
    let projectionText: String?
    let filterText: String?
    let attributesToGet: AttributesToGet?
    /// `QueryFilter` or `ScanFilter`.
    let itemFilter: ItemFilter

    var filter: Condition?
    var projection: Projection?

    /// - Parameter itemFilter: the name of the filter from before expressions.
    init(_ fields: inout Fields, _ wording: ValueWording, itemFilter name: String) throws(AWSError) {
        attributesToGet = try fields.attributesToGet()
        let comparisons = try fields.comparisons(name, wording)
        limit = try fields.int("Limit", .range(min: 1))
        capacity = try fields.capacityReport()
        start = try fields.item("ExclusiveStartKey", wording)
        isConsistent = try fields.bool("ConsistentRead") ?? false
        tableName = try fields.tableName()
        select = try fields.string("Select", .oneOf(Select.values)).flatMap(Select.init)
        indexName = try fields.indexName()
        projectionText = try fields.string("ProjectionExpression")
        filterText = try fields.string("FilterExpression")
        itemFilter = ItemFilter(comparisons: comparisons ?? [], conditionalOperator: try fields.conditionalOperator(wording))
    }

    /// The start key's values. As recorded, AWS says of some that the start is invalid, and of others only what is wrong with them.
    func startKey() throws(AWSError) -> Item? {
        guard let start else { return nil }
        switch start {
        case .success(let key): return key
        case .failure(let error):
            let message = error.message ?? ""
            let named = ["Supplied AttributeValue", "Null attribute value", "An string set", "Binary sets"]
            guard named.contains(where: { message.contains($0) }) else { throw error }
            throw .validation("\(Table.invalidStart): \(message)")
        }
    }

    /// Whether `Select` goes with the index and the projection.
    func checkSelect() throws(AWSError) {
        guard let select else { return }
        if projectionText != nil || attributesToGet != nil, select != .specific {
            let what = select == .count ? "only the Count" : select.rawValue
            throw .validation("Cannot specify the \(projectionText != nil ? "ProjectionExpression" : "AttributesToGet") when choosing to get \(what)")
        }
        if select == .specific, projectionText == nil, attributesToGet == nil {
            throw .validation("Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES")
        }
        if select == .allProjected, indexName == nil {
            throw .validation("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName")
        }
    }

    /// The index that is read.
    func index(of table: borrowing Table) throws(AWSError) -> SecondaryIndex? {
        guard let indexName else { return nil }
        guard let index = table.index(indexName), index.isBackfilling != false, index.status != .deleting else {
            throw .validation("The table does not have the specified index: \(indexName)")
        }
        if index.isBackfilling == true { throw .validation("Cannot read from backfilling global secondary index: \(indexName)") }
        if isConsistent, !index.isLocal { throw .validation("Consistent reads are not supported on global secondary indexes") }
        return index
    }

    /// Refuses what a global index doesn't have.
    func checkProjected(_ index: SecondaryIndex?) throws(AWSError) {
        guard let index, !index.isLocal else { return }
        if select == .all, index.projection.kind != .all {
            throw .invalidParameter("Select type ALL_ATTRIBUTES is not supported for global secondary index \(index.name) because its projection type is not ALL")
        }
        if let projection {
            let missing = projection.attributes.filter { !index.projects($0) }
            if !missing.isEmpty { throw .invalidParameter("Global secondary index \(index.name) does not project [\(missing.joined(separator: ", "))]") }
        }
    }

    /// Whether a local index must look into the table for attributes that it doesn't have.
    func fetches(_ index: SecondaryIndex?) -> Bool {
        guard let index, index.isLocal, index.projected != nil else { return false }
        if select == .all { return true }
        return projection?.attributes.contains { !index.projects($0) } ?? false
    }

    var selection: PageRequest.Selection {
        if select == .count { return .count }
        return projection.map { .projection($0) } ?? .everything
    }

    /// The answer of a page.
    func answer(_ page: Page, index: SecondaryIndex?, table: String) -> Answer {
        var answer = Answer()
        if select != .count { answer.append("Items", page.items) }
        answer.append("Count", Document.int(page.count))
        answer.append("ScannedCount", Document.int(page.scannedCount))
        if let last = page.last { answer.append("LastEvaluatedKey", last) }
        if capacity != .none {
            if let document = page.consumption(of: index, consistent: isConsistent).document(capacity, table: table) { answer.append("ConsumedCapacity", document) }
        }
        return answer
    }

    /// Reads a page of the table or the index, as far as the throughput allows any reading.
    @CloudActor
    func page(_ request: PageRequest, of table: inout Table, index: SecondaryIndex?, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Page {
        guard service.limits.isThrottled else { return table.page(request, index: index, fetches: fetches(index), consistent: isConsistent) }
        try table.admit(.read, index: index?.name, now: call.now)
        let page = table.page(request, index: index, fetches: fetches(index), consistent: isConsistent)
        table.charge(page.consumption(of: index, consistent: isConsistent), .read)
        return page
    }
}
