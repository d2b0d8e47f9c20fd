import Collections
import JSON
import Kernel

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html
extension Table {
    /// - Parameter answer: which operation answers with it.
    func description(_ answer: TableAnswer = .describe, at now: Timestamp) -> Document {
        var members: Members = [
            "AttributeDefinitions": .array(definitions.sorted { ByteOrder.compare($0.name, $1.name) < 0 }.map { ["AttributeName": .string($0.name), "AttributeType": .string($0.type.rawValue)] }),
            "TableName": .string(name),
            "KeySchema": keys.document,
            "TableStatus": .string(status.rawValue),
            "CreationDateTime": created.document,
            "ProvisionedThroughput": throughput.document(at: now),
            "TableSizeBytes": .int(byteCount),
            "ItemCount": .int(items.count),
            "TableArn": .string(arn),
            "TableId": .string(id),
        ]
        if billing == .payPerRequest || lastUpdateToPayPerRequest != nil || restored != nil {
            var summary: Members = ["BillingMode": .string(billing.rawValue)]
            if let lastUpdateToPayPerRequest, answer.showsSwitch, status != .creating { summary.append("LastUpdateToPayPerRequestDateTime", lastUpdateToPayPerRequest.document) }
            members.append("BillingModeSummary", .object(summary))
        }
        let local = indexes.filter(\.isLocal)
        let global = indexes.filter { !$0.isLocal }
        if !local.isEmpty { members.append("LocalSecondaryIndexes", .array(local.map { $0.description(of: arn, answer, at: now) })) }
        if !global.isEmpty { members.append("GlobalSecondaryIndexes", .array(global.map { $0.description(of: arn, answer, at: now) })) }
        if let streamViewType, stream != nil {
            members.append("StreamSpecification", ["StreamEnabled": true, "StreamViewType": .string(streamViewType.rawValue)])
        }
        if let latestStream {
            members.append("LatestStreamLabel", .string(Stream.label(of: latestStream)))
            members.append("LatestStreamArn", .string(latestStream))
        }
        if let restored { members.append("RestoreSummary", restored.document(isInProgress: status == .creating)) }
        if let encryption = encryption.document { members.append("SSEDescription", encryption) }
        if let tableClass {
            var summary: Members = ["TableClass": .string(tableClass)]
            if let tableClassChanged { summary.append("LastUpdateDateTime", tableClassChanged.document) }
            members.append("TableClassSummary", .object(summary))
        }
        members.append("DeletionProtectionEnabled", .bool(isProtected))
        if let onDemandThroughput { members.append("OnDemandThroughput", onDemandThroughput.document) }
        if answer.showsWarm(nil) { members.append("WarmThroughput", warm.document) }
        return .object(members)
    }
}

/// What an answer with a table's description shows besides what DescribeTable does.
enum TableAnswer {
    case describe
    /// `warm`: the indexes (the table under the empty name) for which the request had a `WarmThroughput`; it isn't shown of others.
    case create(warm: [String])
    case delete
    /// `goesOnDemand`: whether its billing becomes PAY_PER_REQUEST, which is dated when that is done.
    case update(goesOnDemand: Bool)

    var showsSwitch: Bool {
        switch self {
        case .describe, .delete: true
        case .create: false
        case .update(let goesOnDemand): !goesOnDemand
        }
    }

    /// - Parameter index: an index, or `nil` for the table itself.
    func showsWarm(_ index: String?) -> Bool {
        switch self {
        case .describe, .update: true
        case .create(let warm): warm.contains(index ?? "")
        case .delete: false
        }
    }
}

extension SecondaryIndex {
    func description(of table: String, _ answer: TableAnswer, at now: Timestamp) -> Document {
        var members: Members = ["IndexName": .string(name), "KeySchema": keys.document, "Projection": projection.document]
        if !isLocal {
            members.append("IndexStatus", .string(status.rawValue))
            if status == .creating, let isBackfilling { members.append("Backfilling", .bool(isBackfilling)) }
            members.append("ProvisionedThroughput", (throughput ?? Throughput(read: 0, write: 0)).document(at: now))
        }
        members.append("IndexSizeBytes", .int(byteCount))
        members.append("ItemCount", .int(entries.count))
        members.append("IndexArn", .string("\(table)/index/\(name)"))
        if let onDemandThroughput { members.append("OnDemandThroughput", onDemandThroughput.document) }
        if !isLocal, answer.showsWarm(name) { members.append("WarmThroughput", warm.document) }
        return .object(members)
    }
}

extension IndexProjection {
    var document: Document {
        var members: Members = ["ProjectionType": .string(kind.rawValue)]
        if kind == .include { members.append("NonKeyAttributes", .array(nonKeyAttributes.map { .string($0) })) }
        return .object(members)
    }
}

extension KeySchema {
    var document: Document {
        func elements(_ keys: [KeyAttribute], _ type: Document) -> [Document] { keys.map { ["AttributeName": .string($0.name), "KeyType": type] } }
        return .array(elements(partitions, "HASH") + elements(sorts, "RANGE"))
    }
}

extension Throughput {
    func document(at now: Timestamp) -> Document {
        var members: Members = [:]
        if let lastIncrease { members.append("LastIncreaseDateTime", lastIncrease.document) }
        if let lastDecrease { members.append("LastDecreaseDateTime", lastDecrease.document) }
        members.append("NumberOfDecreasesToday", .int(decreases(on: now)))
        members.append("ReadCapacityUnits", .int(read))
        members.append("WriteCapacityUnits", .int(write))
        return .object(members)
    }
}

extension OnDemandThroughput {
    var document: Document {
        var members = Members()
        if let read { members.append("MaxReadRequestUnits", .int(read)) }
        if let write { members.append("MaxWriteRequestUnits", .int(write)) }
        return .object(members)
    }
}

extension Timestamp {
    /// Seconds since the epoch with milliseconds, as DynamoDB writes times.
    var document: Document {
        let fraction = milliseconds % 1000
        guard fraction != 0, milliseconds >= 0 else { return .int(seconds) }
        return .number("\(seconds).\(CalendarTime.padded(Int(fraction), 3))")
    }
}

extension Stream {
    /// The last part of a stream's ARN.
    static func label(of arn: String) -> String {
        arn.split(separator: "/").last.map(String.init) ?? ""
    }
}
