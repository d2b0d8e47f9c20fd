import JSON
import Kernel

/// What feeds a function from a stream or a queue, and how far it has come in each of the stream's shards.
package struct EventSourceMapping: Sendable, Equatable {
    package let uuid: String
    package let scope: Scope
    package let sourceARN: String
    package var functionARN: String
    /// Of a stream; a queue has no position.
    let startingPosition: StartingPosition?
    var options: MappingOptions
    package var isEnabled: Bool
    var tags: [FunctionVersion.Variable] = []
    let created: Timestamp
    var lastModified: Timestamp
    package var lastProcessingResult = "No records processed"
    /// The state that it passes through, where states are realistic.
    var transition: Transition?
    package private(set) var shards: [StreamShard] = []

    enum StartingPosition: String, Sendable, CaseIterable {
        case latest = "LATEST"
        case atTimestamp = "AT_TIMESTAMP"
        case trimHorizon = "TRIM_HORIZON"
    }

    /// A state on the way to another one: `Creating`, `Enabling`, `Disabling`, `Updating`, `Deleting`.
    struct Transition: Sendable, Equatable {
        var state: String
        var end: Timestamp
    }

    init(
        uuid: String, scope: Scope, sourceARN: String, functionARN: String, startingPosition: StartingPosition?, options: MappingOptions, isEnabled: Bool,
        created: Timestamp
    ) {
        self.uuid = uuid
        self.scope = scope
        self.sourceARN = sourceARN
        self.functionARN = functionARN
        self.startingPosition = startingPosition
        self.options = options
        self.isEnabled = isEnabled
        self.created = created
        lastModified = created
    }

    package var arn: String { ARN("lambda", "event-source-mapping:\(uuid)", in: scope).description }

    var isOfQueue: Bool { startingPosition == nil }

    /// Whether it reads now.
    var isActive: Bool { isEnabled && (transition == nil || transition?.state == "Updating") }

    /// As `State` says it.
    var stateName: String { transition?.state ?? (isEnabled ? "Enabled" : "Disabled") }

    // MARK: Shards

    func shard(_ id: String, _ lane: Int) -> StreamShard? { shards.first { $0.lane == lane && $0.id == id } }

    mutating func keep(_ shard: StreamShard) {
        if let index = shards.firstIndex(where: { $0.lane == shard.lane && $0.id == shard.id }) { shards[index] = shard } else { shards.append(shard) }
    }

    mutating func forget(_ shardID: String) { shards.removeAll { $0.id == shardID } }

    /// A shard waits until the one that it continues is read to its end: that is the order of the records of one item.
    func isReady(_ shard: StreamShard, at now: Timestamp) -> Bool {
        guard !shard.isFinished, shard.retry.map({ $0 <= now }) ?? true else { return false }
        return shards.allSatisfy { $0.id != shard.parent || $0.isFinished }
    }

    /// Shares each shard out among so many lanes as there may be batches of it at once: all of them begin where the last of the former ones stands.
    mutating func divide() {
        var ids: [String] = []
        for shard in shards where !ids.contains(shard.id) { ids.append(shard.id) }
        let before = shards
        shards = ids.flatMap { id in StreamShard.lanes(of: before.filter { $0.id == id }, count: options.parallelizationFactor) }
    }

    /// AWS's `EventSourceMappingConfiguration`.
    /// - Parameter state: where the answer shows another one than is kept.
    func configuration(state: String? = nil) -> Members {
        var members: Members = ["UUID": .string(uuid)]
        if let startingPosition { members.append("StartingPosition", .string(startingPosition.rawValue)) }
        members.append("BatchSize", .int(options.batchSize))
        members.append("MaximumBatchingWindowInSeconds", .int(options.batchingWindow))
        if !isOfQueue { members.append("ParallelizationFactor", .int(options.parallelizationFactor)) }
        members.append("EventSourceArn", .string(sourceARN))
        if !options.filters.isEmpty { members.append("FilterCriteria", ["Filters": .array(options.filters.map { ["Pattern": .string($0)] })]) }
        members.append("FunctionArn", .string(functionARN))
        members.append("LastModified", .double(Double(lastModified.milliseconds) / 1000))
        if !isOfQueue { members.append("LastProcessingResult", .string(lastProcessingResult)) }
        members.append("State", .string(state ?? stateName))
        members.append("StateTransitionReason", isOfQueue ? "USER_INITIATED" : "User action")
        if !isOfQueue { appendStreamOptions(to: &members) }
        members.append("FunctionResponseTypes", options.reportsItemFailures ? ["ReportBatchItemFailures"] : [])
        if let concurrency = options.maximumConcurrency { members.append("ScalingConfig", ["MaximumConcurrency": .int(concurrency)]) }
        if let key = options.kmsKeyARN { members.append("KMSKeyArn", .string(key)) }
        members.append("EventSourceMappingArn", .string(arn))
        if let metrics = options.metrics { members.append("MetricsConfig", ["Metrics": .array(metrics.map { .string($0) })]) }
        return members
    }

    private func appendStreamOptions(to members: inout Members) {
        members.append("DestinationConfig", ["OnFailure": .object(options.destination.map { ["Destination": .string($0)] } ?? [:])])
        members.append("MaximumRecordAgeInSeconds", .int(options.maximumRecordAge))
        members.append("BisectBatchOnFunctionError", .bool(options.bisectsBatches))
        members.append("MaximumRetryAttempts", .int(options.maximumRetryAttempts))
        members.append("TumblingWindowInSeconds", .int(options.tumblingWindow))
    }
}

/// What can be set of a mapping, and changed.
struct MappingOptions: Sendable, Equatable {
    var batchSize: Int
    /// Seconds.
    var batchingWindow = 0
    /// Patterns; without any every record goes to the function.
    var filters: [String] = []
    var reportsItemFailures = false
    var kmsKeyARN: String?
    var metrics: [String]?

    // Of streams.
    var parallelizationFactor = 1
    var bisectsBatches = false
    /// -1: until the record expires.
    var maximumRetryAttempts = -1
    /// Seconds; -1: for as long as the stream keeps them.
    var maximumRecordAge = -1
    /// Seconds; 0: no window.
    var tumblingWindow = 0
    /// The ARN where the news of batches that are given up go.
    var destination: String?

    // Of queues.
    var maximumConcurrency: Int?

    init(batchSize: Int) { self.batchSize = batchSize }
}

// MARK: The journal's form

extension EventSourceMapping {
    var key: [UInt8] { Array("mapping/\(uuid)".utf8) }
    func key(of shard: StreamShard) -> [UInt8] { Array("shard/\(uuid)/\(shard.id)/\(shard.lane)".utf8) }
    func key(ofShard id: String) -> [UInt8] { Array("shard/\(uuid)/\(id)/".utf8) }
    var shardsPrefix: [UInt8] { Array("shard/\(uuid)/".utf8) }

    /// Everything but the shards, which have entries of their own.
    var encoded: [UInt8] {
        var members: Members = [
            "uuid": .string(uuid), "account": .string(scope.account), "region": .string(scope.region), "sourceARN": .string(sourceARN),
            "functionARN": .string(functionARN), "isEnabled": .bool(isEnabled), "created": .int(created.microseconds),
            "lastModified": .int(lastModified.microseconds), "lastProcessingResult": .string(lastProcessingResult), "options": options.document,
            "tags": .object(Members(tags)),
        ]
        members["startingPosition"] = startingPosition.map { .string($0.rawValue) }
        if let transition { members.append("transition", ["state": .string(transition.state), "end": .int(transition.end.microseconds)]) }
        return Document.object(members).json()
    }

    init?(encoded: [UInt8]) {
        guard let document = try? Document(json: encoded), let uuid = document["uuid"]?.string, let account = document["account"]?.string,
            let region = document["region"]?.string, let sourceARN = document["sourceARN"]?.string, let functionARN = document["functionARN"]?.string,
            let isEnabled = document["isEnabled"]?.bool, let created = document["created"]?.int, let lastModified = document["lastModified"]?.int,
            let result = document["lastProcessingResult"]?.string, let options = MappingOptions(document: document["options"] ?? document)
        else { return nil }
        self.init(
            uuid: uuid, scope: Scope(account: account, region: region), sourceARN: sourceARN, functionARN: functionARN,
            startingPosition: document["startingPosition"]?.string.flatMap { StartingPosition(rawValue: $0) }, options: options, isEnabled: isEnabled,
            created: Timestamp(microseconds: Int64(created)))
        self.lastModified = Timestamp(microseconds: Int64(lastModified))
        lastProcessingResult = result
        tags = document["tags"]?.object.map(FunctionVersion.variables) ?? []
        if let state = document["transition"]?["state"]?.string, let end = document["transition"]?["end"]?.int {
            transition = Transition(state: state, end: Timestamp(microseconds: Int64(end)))
        }
    }
}

extension MappingOptions {
    fileprivate var document: Document {
        var members: Members = [
            "batchSize": .int(batchSize), "batchingWindow": .int(batchingWindow), "filters": .array(filters.map { .string($0) }),
            "reportsItemFailures": .bool(reportsItemFailures), "parallelizationFactor": .int(parallelizationFactor), "bisectsBatches": .bool(bisectsBatches),
            "maximumRetryAttempts": .int(maximumRetryAttempts), "maximumRecordAge": .int(maximumRecordAge), "tumblingWindow": .int(tumblingWindow),
        ]
        members["kmsKeyARN"] = kmsKeyARN.map { .string($0) }
        members["metrics"] = metrics.map { .array($0.map { .string($0) }) }
        members["destination"] = destination.map { .string($0) }
        members["maximumConcurrency"] = maximumConcurrency.map { .int($0) }
        return .object(members)
    }

    fileprivate init?(document: Document) {
        guard let batchSize = document["batchSize"]?.int else { return nil }
        self.init(batchSize: batchSize)
        batchingWindow = document["batchingWindow"]?.int ?? 0
        filters = (document["filters"]?.array ?? []).compactMap(\.string)
        reportsItemFailures = document["reportsItemFailures"]?.bool ?? false
        parallelizationFactor = document["parallelizationFactor"]?.int ?? 1
        bisectsBatches = document["bisectsBatches"]?.bool ?? false
        maximumRetryAttempts = document["maximumRetryAttempts"]?.int ?? -1
        maximumRecordAge = document["maximumRecordAge"]?.int ?? -1
        tumblingWindow = document["tumblingWindow"]?.int ?? 0
        kmsKeyARN = document["kmsKeyARN"]?.string
        metrics = document["metrics"]?.array?.compactMap(\.string)
        destination = document["destination"]?.string
        maximumConcurrency = document["maximumConcurrency"]?.int
    }
}
