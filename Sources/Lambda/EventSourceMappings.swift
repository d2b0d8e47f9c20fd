import JSON
import Kernel

/// The members that making and changing a mapping share.
struct MappingSettings {
    var functionName: String?
    var isEnabled: Bool?
    var batchSize: Int?
    var maximumRetryAttempts: Int?
    var maximumRecordAge: Int?

    init(_ fields: inout Fields, of operation: String) throws(AWSError) {
        isEnabled = try fields.bool("Enabled")
        batchSize = try fields.int("BatchSize", .range(min: 1, max: 10_000))
        maximumRecordAge = try fields.int("MaximumRecordAgeInSeconds", .range(min: -1, max: 604_800))
        maximumRetryAttempts = try fields.int("MaximumRetryAttempts", .range(min: -1, max: 10_000))
        try fields.refuse(
            operation, "Topics", "Queues", "SourceAccessConfigurations", "SelfManagedEventSource", "FunctionResponseTypes",
            "AmazonManagedKafkaEventSourceConfig", "SelfManagedKafkaEventSourceConfig", "ScalingConfig", "DocumentDBEventSourceConfig", "KMSKeyArn",
            "MetricsConfig", "LoggingConfig", "ProvisionedPollerConfig", "BisectBatchOnFunctionError")
        for (name, neutral) in [("MaximumBatchingWindowInSeconds", 0), ("ParallelizationFactor", 1), ("TumblingWindowInSeconds", 0)] {
            if let value = try fields.int(name), value != neutral { throw .notImplemented("Lambda \(operation) with \(name)") }
        }
        _ = try fields.structure("FilterCriteria") { (inner) throws(AWSError) in try inner.refuse("\(operation) with FilterCriteria", "Filters") }
        _ = try fields.structure("DestinationConfig") { (inner) throws(AWSError) in
            _ = try inner.structure("OnFailure") { (target) throws(AWSError) in try target.refuse("\(operation) with DestinationConfig.OnFailure", "Destination") }
            try inner.refuse("\(operation) with DestinationConfig", "OnSuccess")
        }
    }

    func check() throws(AWSError) {
        // The service model says -1 to 604800, the documentation that a bound is at least a minute. The words are a guess.
        if let age = maximumRecordAge, age != -1, age < 60 {
            throw .invalidParameter("MaximumRecordAgeInSeconds must be -1 or a value between 60 and 604800.")
        }
    }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
enum CreateEventSourceMapping: Operation {
    struct Input {
        var functionName: String
        var sourceARN: String?
        var settings: MappingSettings
        var startingPosition: EventSourceMapping.StartingPosition?
        var hasTimestamp: Bool
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let pattern = Constraint.pattern("arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:([a-z]{2}(-gov)?-[a-z]+-\\d{1})?:(\\d{12})?:(.*)") { ARN($0) != nil }
        let sourceARN = try fields.string("EventSourceArn", pattern)
        let functionName = try fields.requiredString("FunctionName", .length(min: 1, max: 256), FunctionReference.constraint)
        let settings = try MappingSettings(&fields, of: "CreateEventSourceMapping")
        let position = try fields.string("StartingPosition", .oneOf(EventSourceMapping.StartingPosition.allCases.map(\.rawValue)))
        try fields.refuse("CreateEventSourceMapping", "Tags")
        return Input(
            functionName: functionName, sourceARN: sourceARN, settings: settings,
            startingPosition: position.flatMap { EventSourceMapping.StartingPosition(rawValue: $0) }, hasTimestamp: fields["StartingPositionTimestamp"] != nil)
    }

    static func run(_ input: Input, on lambda: LambdaService, _ call: Call) throws(AWSError) -> Members {
        guard let sourceARN = input.sourceARN, let arn = ARN(sourceARN) else { throw .invalidParameter("Unrecognized event source.") }
        guard arn.service == "dynamodb" else { throw .notImplemented("Lambda event source mappings for \(arn.service)") }
        guard let position = input.startingPosition else {
            throw .invalidParameter("1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.")
        }
        if input.hasTimestamp, position != .atTimestamp { throw .invalidParameter("Timestamp only valid with StartingPosition AT_TIMESTAMP") }
        guard position != .atTimestamp else { throw .invalidParameter("Unsupported starting position for arn type: \(sourceARN)") }
        try input.settings.check()
        guard let target = try? lambda.target(input.functionName, call) else { throw .invalidParameter("Function does not exist") }
        let functionARN = target.arn
        if let existing = lambda.state.mappings.values.first(where: { $0.sourceARN == sourceARN && $0.functionARN == functionARN }) {
            throw .conflict(
                "The event source arn (\" \(sourceARN) \") and function (\" \(target.function.name) \") provided mapping already exists. "
                    + "Please update or delete the existing mapping with UUID \(existing.uuid)")
        }
        var mapping = EventSourceMapping(
            uuid: lambda.environment.random.uuid(), scope: call.scope, sourceARN: sourceARN, functionARN: functionARN,
            batchSize: input.settings.batchSize ?? 100, isEnabled: input.settings.isEnabled ?? true, startingPosition: position,
            maximumRetryAttempts: input.settings.maximumRetryAttempts ?? -1, maximumRecordAge: input.settings.maximumRecordAge ?? -1, created: call.now)
        try lambda.begin(&mapping)
        lambda.keepWhole(mapping)
        lambda.observe(mapping)
        return mapping.configuration(state: lambda.environment.hasRealisticStatus ? "Creating" : nil)
    }

    static func write(_ output: Members) -> Reply { Reply(.object(output)) }
}

/// Names one mapping.
struct MappingSelection {
    var uuid: String

    init(_ fields: inout Fields) throws(AWSError) { uuid = try fields.requiredString("UUID") }

    @CloudActor
    func find(in lambda: LambdaService, _ call: Call) throws(AWSError) -> EventSourceMapping {
        guard let mapping = lambda.state.mappings[uuid], mapping.scope == call.scope else {
            throw .notFound("The resource you requested does not exist.")
        }
        return mapping
    }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_GetEventSourceMapping.html
enum GetEventSourceMapping: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> MappingSelection { try MappingSelection(&fields) }
    static func run(_ input: MappingSelection, on lambda: LambdaService, _ call: Call) throws(AWSError) -> Members { try input.find(in: lambda, call).configuration() }
    static func write(_ output: Members) -> Reply { Reply(.object(output)) }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_ListEventSourceMappings.html
enum ListEventSourceMappings: Operation {
    struct Input {
        var sourceARN: String?
        var functionName: String?
        var marker: String?
        var maxItems: Int?
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        Input(
            sourceARN: try fields.string("EventSourceArn"),
            functionName: try fields.string("FunctionName", .length(min: 1, max: 256), FunctionReference.constraint), marker: try fields.string("Marker"),
            maxItems: try fields.int("MaxItems", .range(min: 1, max: 10_000)))
    }

    static func run(_ input: Input, on lambda: LambdaService, _ call: Call) throws(AWSError) -> (mappings: [EventSourceMapping], next: String?) {
        var all = lambda.state.mappings.values.filter { $0.scope == call.scope }
        if let sourceARN = input.sourceARN { all.removeAll { $0.sourceARN != sourceARN } }
        if let name = input.functionName, let reference = FunctionReference(name) {
            let arn = reference.arn(for: call)
            all.removeAll { $0.functionARN != arn }
        }
        // At most 100 a page, whatever is asked for.
        let (page, next) = try Page.take(all.sorted { $0.uuid < $1.uuid }, after: input.marker, limit: min(input.maxItems ?? 100, 100), name: \.uuid)
        return (page, next)
    }

    static func write(_ output: (mappings: [EventSourceMapping], next: String?)) -> Reply {
        var answer: Members = ["EventSourceMappings": .array(output.mappings.map { .object($0.configuration()) })]
        if let next = output.next { answer.append("NextMarker", .string(next)) }
        return Reply(.object(answer))
    }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html
enum UpdateEventSourceMapping: Operation {
    struct Input {
        var mapping: MappingSelection
        var functionName: String?
        var settings: MappingSettings
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        Input(
            mapping: try MappingSelection(&fields),
            functionName: try fields.string("FunctionName", .length(min: 1, max: 256), FunctionReference.constraint),
            settings: try MappingSettings(&fields, of: "UpdateEventSourceMapping"))
    }

    static func run(_ input: Input, on lambda: LambdaService, _ call: Call) throws(AWSError) -> Members {
        var mapping = try input.mapping.find(in: lambda, call)
        try input.settings.check()
        if let name = input.functionName {
            guard let target = try? lambda.target(name, call) else { throw .invalidParameter("Function does not exist") }
            mapping.functionARN = target.arn
        }
        let wasEnabled = mapping.isEnabled
        mapping.isEnabled = input.settings.isEnabled ?? mapping.isEnabled
        mapping.batchSize = input.settings.batchSize ?? mapping.batchSize
        mapping.maximumRetryAttempts = input.settings.maximumRetryAttempts ?? mapping.maximumRetryAttempts
        mapping.maximumRecordAge = input.settings.maximumRecordAge ?? mapping.maximumRecordAge
        mapping.lastModified = call.now
        lambda.keep(mapping)
        lambda.observe(mapping)
        let transition = mapping.isEnabled == wasEnabled ? "Updating" : mapping.isEnabled ? "Enabling" : "Disabling"
        return mapping.configuration(state: lambda.environment.hasRealisticStatus ? transition : nil)
    }

    static func write(_ output: Members) -> Reply { Reply(.object(output)) }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteEventSourceMapping.html
enum DeleteEventSourceMapping: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> MappingSelection { try MappingSelection(&fields) }

    static func run(_ input: MappingSelection, on lambda: LambdaService, _ call: Call) throws(AWSError) -> Members {
        let mapping = try input.find(in: lambda, call)
        lambda.drop(mapping)
        return mapping.configuration(state: "Deleting")
    }

    static func write(_ output: Members) -> Reply { Reply(.object(output)) }
}
