import JSON
import Kernel
import Testing
@testable import DynamoDB

/// Random requests to DynamoDB and to a model of it that looks at every item: both must answer the same.
@Suite("Random requests, against a model")
@CloudActor
struct ModelTests {
    @Test("writes, transactions, reads, pages, snapshots and the stream", arguments: 1...16)
    func differential(seed: UInt64) async throws {
        let run = ModelRun(seed: seed)
        try await run.makeTable()
        var snapshot = (run.cloud.dynamoDB.state, run.model)
        for step in 0..<160 {
            // Going back to how it was takes nothing from it.
            if step % 40 == 39, run.dice.isLucky(2) { (run.cloud.dynamoDB.state, run.model) = snapshot }
            if step % 40 == 20 { snapshot = (run.cloud.dynamoDB.state, run.model) }
            try await run.write()
            if step % 4 == 0 { try await run.transact() }
            if step % 6 == 0 { try await run.batch() }
            try await run.get()
            try await run.query()
            if step % 5 == 0 { try await run.scan() }
        }
        try await run.compareStream()
    }
}

/// One cloud and its model.
@CloudActor
final class ModelRun {
    let cloud = TestCloud()
    let dice: Dice
    let seed: UInt64
    var model = ModelTable()

    init(seed: UInt64) {
        self.seed = seed
        dice = Dice(seed: seed)
    }

    func makeTable() async throws {
        func keys(_ partition: String, _ sort: String?) -> Document {
            .array([["AttributeName": .string(partition), "KeyType": "HASH"]] + (sort.map { [["AttributeName": .string($0), "KeyType": "RANGE"]] } ?? []))
        }
        func index(_ view: ModelTable.View) -> Document {
            ["IndexName": .string(view.index ?? ""), "KeySchema": keys(view.partition, view.sort), "Projection": ["ProjectionType": view.keysOnly ? "KEYS_ONLY" : "ALL"]]
        }
        try await cloud.makeTable("things", [
            "AttributeDefinitions": [["AttributeName": "g", "AttributeType": "S"], ["AttributeName": "n", "AttributeType": "N"]],
            "GlobalSecondaryIndexes": [index(.global), index(.keys)],
            "LocalSecondaryIndexes": [index(.local)],
            "StreamSpecification": ["StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"],
        ])
    }

    // Writes

    /// A write's own members and the name of its operation.
    private func request(_ write: ModelTable.Write, _ key: ModelTable.Key, _ condition: ModelCondition?) -> (name: String, members: Members) {
        var members: Members = ["TableName": "things"]
        var attributes = ModelAttributes()
        var name = "Delete"
        switch write {
        case .put(let item):
            name = "Put"
            members.append("Item", item.document)
        case .update(let update):
            name = "Update"
            members.append("Key", key.item.document)
            members.append("UpdateExpression", .string(update.text(&attributes, dice.isLucky(2))))
        case .delete: members.append("Key", key.item.document)
        case .check:
            name = "ConditionCheck"
            members.append("Key", key.item.document)
        }
        if let condition { members.append("ConditionExpression", .string(condition.text(&attributes, dice.isLucky(2)))) }
        attributes.add(to: &members)
        return (name, members)
    }

    private func roll(_ key: ModelTable.Key) -> ModelTable.Write {
        switch dice.below(5) {
        case 0, 1: .put(item(key))
        case 2, 3: .update(dice.update)
        default: .delete
        }
    }

    /// One that its indexes take.
    private func item(_ key: ModelTable.Key) -> ModelItem {
        var item = dice.item(key)
        if !ModelTable.fitsIndexes(item) {
            item["g"] = nil
            item["n"] = nil
        }
        return item
    }

    func write() async throws {
        let key = dice.key
        let write = roll(key)
        let condition = dice.perhapsCondition
        var (name, members) = request(write, key, condition)
        let values = name == "Update" ? dice.one(["ALL_NEW", "ALL_OLD", "NONE"]) : dice.one(["ALL_OLD", "NONE"])
        members.append("ReturnValues", .string(values))
        let request = Document.object(members)
        let old = model.items[key]
        do throws(ModelRefusal) {
            let new = try model.outcome(write, key, condition)
            let answer = try? await cloud.call("\(name)Item", request)
            let expected = values == "ALL_NEW" ? new : values == "ALL_OLD" ? old : nil
            #expect(answer != nil && ModelItem(document: answer?["Attributes"]) == expected ?? [:], "\(trace(request))")
            model.set(new, at: key)
        } catch {
            #expect(await cloud.error("\(name)Item", request)?.code == error.code, "\(trace(request))")
        }
    }

    func transact() async throws {
        var writes: [(ModelTable.Key, ModelTable.Write, ModelCondition?)] = []
        for _ in 0...dice.below(4) {
            let key = dice.key
            guard !writes.contains(where: { $0.0 == key }) else { continue }
            let isCheck = dice.isLucky(5)
            writes.append((key, isCheck ? .check : roll(key), isCheck ? dice.condition() : dice.perhapsCondition))
        }
        let request: Document = ["TransactItems": .array(writes.map { key, write, condition in
            let (name, members) = self.request(write, key, condition)
            return .object([name: .object(members)])
        })]
        var reasons: [String] = []
        var isRefused = false
        var results: [(ModelTable.Key, ModelItem?)] = []
        for (key, write, condition) in writes {
            do throws(ModelRefusal) {
                results.append((key, try model.outcome(write, key, condition)))
                reasons.append("None")
            } catch {
                isRefused = isRefused || error == .emptyKey
                reasons.append(error.reason)
            }
        }
        let error = await cloud.error("TransactWriteItems", request)
        if isRefused {
            #expect(error?.code == "ValidationException", "\(trace(request))")
            return
        }
        guard !reasons.contains(where: { $0 != "None" }) else {
            #expect(error?.members["CancellationReasons"]?.array?.map { $0["Code"]?.string } == reasons, "\(trace(request))")
            return
        }
        #expect(error == nil, "\(trace(request))")
        for (key, new) in results { model.set(new, at: key) }
    }

    func batch() async throws {
        var requests: [Document] = []
        var results: [(ModelTable.Key, ModelItem?)] = []
        for _ in 0...dice.below(6) {
            let key = dice.key
            guard !results.contains(where: { $0.0 == key }) else { continue }
            let new = dice.isLucky(4) ? nil : item(key)
            requests.append(new.map { ["PutRequest": ["Item": $0.document]] } ?? ["DeleteRequest": ["Key": key.item.document]])
            results.append((key, new))
        }
        try await cloud.call("BatchWriteItem", ["RequestItems": ["things": .array(requests)]])
        for (key, new) in results { model.set(new, at: key) }
    }

    // Reads

    /// Paths of different attributes.
    private func projection(_ view: ModelTable.View) -> [ModelPath]? {
        guard dice.isLucky(3), !view.keysOnly else { return nil }
        var paths: [ModelPath] = []
        for attribute in Dice.attributes + ["pk", "sk"] where dice.isLucky(3) { paths.append(dice.path(attribute)) }
        return paths.isEmpty ? nil : paths
    }

    private func shown(_ item: ModelItem, _ paths: [ModelPath]?) -> ModelItem {
        guard let paths else { return item }
        var result: ModelItem = [:]
        for path in paths { path.project(item, into: &result) }
        return result
    }

    func get() async throws {
        let key = dice.key
        let paths = projection(.table)
        var attributes = ModelAttributes()
        var members: Members = ["TableName": "things", "Key": key.item.document]
        if let paths { members.append("ProjectionExpression", .string(paths.map { attributes.text($0, placeholder: dice.isLucky(2)) }.joined(separator: ", "))) }
        attributes.add(to: &members)
        let answer = try await cloud.call("GetItem", .object(members))
        #expect((answer["Item"] != nil) == (model.items[key] != nil), "\(trace(.object(members)))")
        #expect(ModelItem(document: answer["Item"]) == shown(model.items[key] ?? [:], paths), "\(trace(.object(members)))")
    }

    func query() async throws {
        let view = dice.one(ModelTable.View.all)
        let partition = view.partition == "pk" ? dice.partition : dice.one(["x", "y"])
        var attributes = ModelAttributes()
        var condition: ModelCondition = .compare(ModelPath(attribute: view.partition), "=", .string(partition))
        if let sort = view.sort, dice.isLucky(2) { condition = .and(condition, sortCondition(sort)) }
        var members: Members = ["TableName": "things"]
        if let index = view.index { members.append("IndexName", .string(index)) }
        members.append("KeyConditionExpression", .string(condition.text(&attributes, dice.isLucky(2))))
        let filter = dice.isLucky(2) ? self.filter(view, without: view.keyNames) : nil
        let isForward = dice.isLucky(2)
        members.append("ScanIndexForward", .bool(isForward))
        let rows = model.rows(view) { condition.holds(for: $0) }
        try await compare("Query", members, attributes, view, isForward ? rows : rows.reversed(), filter)
    }

    private func sortCondition(_ sort: String) -> ModelCondition {
        let path = ModelPath(attribute: sort)
        let isText = sort == "sk"
        switch dice.below(isText ? 4 : 3) {
        case 0, 1: return .compare(path, dice.one(["=", "<", "<=", ">", ">="]), isText ? .string(dice.sort) : .number(dice.number))
        case 2:
            let texts = [dice.sort, dice.sort].sorted()
            return isText ? .between(path, .string(texts[0]), .string(texts[1])) : .between(path, .number(dice.number - 2), .number(dice.number + 8))
        default: return .begins(path, dice.one(["a", "ab", "c", "é"]))
        }
    }

    /// On what the view shows, but for its keys.
    private func filter(_ view: ModelTable.View, without keys: Set<String>) -> ModelCondition {
        dice.condition(without: view.keysOnly ? keys.union(Dice.attributes) : keys)
    }

    func scan() async throws {
        let view = dice.one(ModelTable.View.all)
        var members: Members = ["TableName": "things"]
        if let index = view.index { members.append("IndexName", .string(index)) }
        let filter = dice.isLucky(2) ? self.filter(view, without: []) : nil
        try await compare("Scan", members, ModelAttributes(), view, model.rows(view) { _ in true }, filter)
    }

    /// Reads all pages, of any size, and compares them with the rows that the model has: in their order for Query.
    private func compare(
        _ operation: String, _ request: Members, _ begun: ModelAttributes, _ view: ModelTable.View, _ rows: [ModelItem], _ filter: ModelCondition?
    ) async throws {
        var members = request
        var attributes = begun
        if let filter { members.append("FilterExpression", .string(filter.text(&attributes, dice.isLucky(2)))) }
        let paths = projection(view)
        if let paths { members.append("ProjectionExpression", .string(paths.map { attributes.text($0, placeholder: dice.isLucky(2)) }.joined(separator: ", "))) }
        attributes.add(to: &members)
        let segments = operation == "Scan" ? 1 + dice.below(3) : 1
        var found: [ModelItem] = []
        var scanned = 0
        for segment in 0..<segments {
            if segments > 1 {
                members["Segment"] = .int(segment)
                members["TotalSegments"] = .int(segments)
            }
            members["ExclusiveStartKey"] = nil
            repeat {
                let limit = dice.isLucky(3) ? nil : 1 + dice.below(4)
                members["Limit"] = limit.map { .int($0) }
                let answer = try await cloud.call(operation, .object(members))
                let items = answer["Items"]?.array ?? []
                let count = Int(answer["ScannedCount"]?.int ?? -1)
                #expect(answer["Count"] == .int(items.count) && count <= limit ?? .max && items.count <= count, "\(trace(.object(members)))")
                scanned += count
                found += items.map { ModelItem(document: $0) }
                members["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
            } while members["ExclusiveStartKey"] != nil
        }
        let expected = rows.map(view.shows).filter { filter?.holds(for: $0) ?? true }.map { shown($0, paths) }
        #expect(scanned == rows.count, "\(trace(.object(members)))")
        if operation == "Query" {
            #expect(found == expected, "\(trace(.object(members)))")
        } else {
            #expect(counted(found) == counted(expected), "\(trace(.object(members)))")
        }
    }

    private func counted(_ items: [ModelItem]) -> [ModelItem: Int] {
        items.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }

    // The stream

    func compareStream() async throws {
        let records = try await cloud.records()
        let expected = model.changes.prefix(records.count)
        #expect(records.count == min(model.changes.count, 1000))
        for (record, change) in zip(records, expected) {
            let name = change.old == nil ? "INSERT" : change.new == nil ? "REMOVE" : "MODIFY"
            #expect(record["eventName"]?.string == name)
            #expect(ModelItem(document: record["dynamodb"]?["OldImage"]) == change.old ?? [:])
            #expect(ModelItem(document: record["dynamodb"]?["NewImage"]) == change.new ?? [:])
        }
    }

    private func trace(_ request: Document) -> String { "seed \(seed): \(String(decoding: request.json(), as: UTF8.self))" }
}
