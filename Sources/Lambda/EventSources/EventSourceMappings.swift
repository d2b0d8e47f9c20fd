import JSON
import Kernel

/// https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
enum CreateEventSourceMapping: Operation {
    struct Input {
        var functionName: String
        var sourceARN: String?
        var settings: MappingSettings
        var startingPosition: EventSourceMapping.StartingPosition?
        var hasTimestamp: Bool
        var tags: [FunctionVersion.Variable]
    }

    static let arnPattern = Constraint.pattern("arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:([a-z]{2}(-gov)?-[a-z]+-\\d{1})?:(\\d{12})?:(.*)") { ARN($0) != nil }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let sourceARN = try fields.string("EventSourceArn", arnPattern)
        let functionName = try fields.requiredString("FunctionName", .length(min: 1, max: 256), FunctionReference.constraint)
        let settings = try MappingSettings(&fields, of: "CreateEventSourceMapping")
        let position = try fields.string("StartingPosition", .oneOf(EventSourceMapping.StartingPosition.allCases.map(\.rawValue)))
        let tags = (try fields.stringMap("Tags") ?? []).map { FunctionVersion.Variable(name: $0.key, value: $0.value) }
        if fields["SelfManagedEventSource"] != nil { throw .notImplemented("Lambda event source mappings for self-managed Apache Kafka") }
        return Input(
            functionName: functionName, sourceARN: sourceARN, settings: settings,
            startingPosition: position.flatMap { EventSourceMapping.StartingPosition(rawValue: $0) }, hasTimestamp: fields["StartingPositionTimestamp"] != nil,
            tags: tags)
    }

    static func run(_ input: Input, on lambda: LambdaService, _ call: Call) throws(AWSError) -> Members {
        let source = try EventSource(input.sourceARN)
        let sourceARN = input.sourceARN ?? ""
        try checkPosition(input, source, sourceARN)
        let options = try input.settings.options(nil, source: source)
        guard let target = try? lambda.target(input.functionName, call) else { throw .invalidParameter("Function does not exist") }
        try lambda.checkUnmapped(sourceARN, target, source)
        if case .queue(let arn) = source { try lambda.check(queue: arn, for: target, call) }
        var mapping = EventSourceMapping(
            uuid: lambda.environment.random.uuid(), scope: call.scope, sourceARN: sourceARN, functionARN: target.arn,
            startingPosition: input.startingPosition, options: options, isEnabled: input.settings.isEnabled ?? true, created: call.now)
        mapping.tags = input.tags
        if !source.isQueue { try lambda.begin(&mapping) }
        lambda.pass(&mapping, through: "Creating")
        lambda.keepWhole(mapping)
        lambda.observe(mapping)
        return mapping.configuration()
    }

    private static func checkPosition(_ input: Input, _ source: EventSource, _ sourceARN: String) throws(AWSError) {
        if source.isQueue {
            if input.startingPosition != nil { throw .invalidParameter("StartingPosition is not valid for SQS event sources.") }
            if input.hasTimestamp { throw .invalidParameter("StartingPositionTimestamp is not valid for SQS event sources.") }
            return
        }
        guard let position = input.startingPosition else {
            throw .invalidParameter("1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.")
        }
        if input.hasTimestamp, position != .atTimestamp { throw .invalidParameter("Timestamp only valid with StartingPosition AT_TIMESTAMP") }
        guard position != .atTimestamp else { throw .invalidParameter("Unsupported starting position for arn type: \(sourceARN)") }
    }

    static func write(_ output: Members) -> Reply { Reply(.object(output)) }
}

extension LambdaService {
    /// Throws where a source feeds the function already.
    /// - Parameter uuid: of the mapping that is being changed.
    func checkUnmapped(_ sourceARN: String, _ target: Target, _ source: EventSource, except uuid: String? = nil) throws(AWSError) {
        let functionARN = target.arn
        guard let existing = state.mappings.values.first(where: { $0.sourceARN == sourceARN && $0.functionARN == functionARN && $0.uuid != uuid }) else { return }
        let names = "(\" \(sourceARN) \") and function (\" \(target.function.name) \")"
        let advice = "already exists. Please update or delete the existing mapping with UUID \(existing.uuid)"
        throw .conflict(source.isQueue ? "An event source mapping with SQS arn \(names) \(advice)" : "The event source arn \(names) provided mapping \(advice)")
    }

    /// Throws where a queue isn't there, or shows its messages again before the function is done with them.
    func check(queue arn: ARN, for target: Target, _ call: Call) throws(AWSError) {
        let attributes: Document
        do throws(AWSError) {
            let input: Document = ["QueueUrl": .string(QueueAddress.url(arn)), "AttributeNames": ["VisibilityTimeout"]]
            attributes = try environment.endpoint("sqs").callNow("GetQueueAttributes", input, environment.call(in: arn.scope, source: target.arn)).document
        } catch {
            guard error.code == "QueueDoesNotExist" else { throw error }
            throw .invalidParameter(
                "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. "
                    + "SQS Error Message: \(error.message ?? "The specified queue does not exist.")")
        }
        guard let visibility = attributes["Attributes"]?["VisibilityTimeout"]?.string.flatMap({ Int($0) }), visibility < target.version.timeout else { return }
        throw .invalidParameter("Queue visibility timeout: \(visibility) seconds is less than Function timeout: \(target.version.timeout) seconds")
    }
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

    /// The mapping, where it isn't on the way to another state.
    @CloudActor
    func findAtRest(in lambda: LambdaService, _ call: Call, to verb: String) throws(AWSError) -> EventSourceMapping {
        let mapping = try find(in: lambda, call)
        guard mapping.transition == nil else {
            throw .lambda("ResourceInUseException", "Cannot \(verb) the event source mapping because it is in use.", status: 400)
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
            sourceARN: try fields.string("EventSourceArn", CreateEventSourceMapping.arnPattern),
            functionName: try fields.string("FunctionName", .length(min: 1, max: 256), FunctionReference.constraint), marker: try fields.string("Marker"),
            maxItems: try fields.int("MaxItems", .range(min: 1, max: 10_000)))
    }

    static func run(_ input: Input, on lambda: LambdaService, _ call: Call) throws(AWSError) -> (mappings: [EventSourceMapping], next: String?) {
        var all = lambda.state.mappings.values.filter { $0.scope == call.scope }
        if let sourceARN = input.sourceARN { all.removeAll { $0.sourceARN != sourceARN } }
        if let name = input.functionName, let reference = FunctionReference(name) {
            let arn = reference.arn(for: call, qualifier: reference.qualifier)
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
        var mapping = try input.mapping.findAtRest(in: lambda, call, to: "update")
        let former = mapping
        let source = try EventSource(mapping.sourceARN)
        mapping.options = try input.settings.options(mapping.options, source: source)
        if let name = input.functionName {
            guard let target = try? lambda.target(name, call) else { throw .invalidParameter("Function does not exist") }
            try lambda.checkUnmapped(mapping.sourceARN, target, source, except: mapping.uuid)
            if case .queue(let arn) = source { try lambda.check(queue: arn, for: target, call) }
            mapping.functionARN = target.arn
        }
        mapping.isEnabled = input.settings.isEnabled ?? mapping.isEnabled
        mapping.lastModified = call.now
        lambda.pass(&mapping, through: mapping.isEnabled == former.isEnabled ? "Updating" : mapping.isEnabled ? "Enabling" : "Disabling")
        lambda.change(mapping, from: former)
        return mapping.configuration()
    }

    static func write(_ output: Members) -> Reply { Reply(.object(output)) }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteEventSourceMapping.html
enum DeleteEventSourceMapping: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> MappingSelection { try MappingSelection(&fields) }

    static func run(_ input: MappingSelection, on lambda: LambdaService, _ call: Call) throws(AWSError) -> Members {
        var mapping = try input.findAtRest(in: lambda, call, to: "delete")
        lambda.pass(&mapping, through: "Deleting")
        if mapping.transition == nil {
            lambda.drop(mapping)
        } else {
            lambda.keep(mapping)
            lambda.observe(mapping)
        }
        return mapping.configuration(state: "Deleting")
    }

    static func write(_ output: Members) -> Reply { Reply(.object(output)) }
}
