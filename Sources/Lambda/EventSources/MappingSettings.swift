import EventPatterns
import JSON
import Kernel

/// The members that making and changing a mapping share; `nil` where absent.
struct MappingSettings {
    var isEnabled: Bool?
    var batchSize: Int?
    var batchingWindow: Int?
    var filters: [String]?
    var reportsItemFailures: Bool?
    var kmsKeyARN: String?
    var metrics: [String]?
    var parallelizationFactor: Int?
    var bisectsBatches: Bool?
    var maximumRetryAttempts: Int?
    var maximumRecordAge: Int?
    var tumblingWindow: Int?
    /// Empty where it is to be taken away.
    var destination: String?
    var hasSuccessDestination = false
    var scaling: Scaling?
    /// The members that no kind of source which is here has.
    var foreign: [String] = []

    struct Scaling {
        var maximumConcurrency: Int?
    }

    init(_ fields: inout Fields, of operation: String) throws(AWSError) {
        isEnabled = try fields.bool("Enabled")
        batchSize = try fields.int("BatchSize", .range(min: 1, max: 10_000))
        filters = try fields.structure("FilterCriteria") { (inner) throws(AWSError) in
            try inner.structures("Filters") { (filter) throws(AWSError) in try filter.string("Pattern", .length(min: 0, max: 4096)) ?? "" } ?? []
        }
        batchingWindow = try fields.int("MaximumBatchingWindowInSeconds", .range(min: 0, max: 300))
        parallelizationFactor = try fields.int("ParallelizationFactor", .range(min: 1, max: 10))
        try readDestinations(&fields)
        maximumRecordAge = try fields.int("MaximumRecordAgeInSeconds", .range(min: -1, max: 604_800))
        bisectsBatches = try fields.bool("BisectBatchOnFunctionError")
        maximumRetryAttempts = try fields.int("MaximumRetryAttempts", .range(min: -1, max: 10_000))
        tumblingWindow = try fields.int("TumblingWindowInSeconds", .range(min: 0, max: 900))
        let types = try fields.strings("FunctionResponseTypes", .length(min: 0, max: 1))
        if let type = types?.first, type != "ReportBatchItemFailures" {
            fields.violate("[\(type)]", "FunctionResponseTypes", "Member must satisfy constraint: [Member must satisfy enum value set: [ReportBatchItemFailures]]")
        }
        reportsItemFailures = types.map { !$0.isEmpty }
        scaling = try fields.structure("ScalingConfig") { (inner) throws(AWSError) in
            Scaling(maximumConcurrency: try inner.int("MaximumConcurrency", .range(min: 2, max: 1000)))
        }
        kmsKeyARN = try fields.string("KMSKeyArn", .pattern("(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()") { $0.isEmpty || $0.hasPrefix("arn:") })
        metrics = try fields.structure("MetricsConfig") { (inner) throws(AWSError) in try inner.strings("Metrics", .length(min: 0, max: 3)) ?? [] }
        let known = ["EventCount", "ErrorCount", "KafkaMetrics"]
        if let metrics, let unknown = metrics.first(where: { !known.contains($0) }) {
            fields.violate("[\(unknown)]", "MetricsConfig.metrics", "Member must satisfy constraint: [Member must satisfy enum value set: [\(known.joined(separator: ", "))]]")
        }
        for name in ["Topics", "Queues", "SourceAccessConfigurations", "AmazonManagedKafkaEventSourceConfig", "SelfManagedKafkaEventSourceConfig", "DocumentDBEventSourceConfig"] {
            switch fields[name] {
            case nil: continue
            case .array(let elements) where elements.isEmpty: continue
            case .some: foreign.append(name)
            }
        }
        try fields.refuse(operation, "LoggingConfig", "ProvisionedPollerConfig")
    }

    private mutating func readDestinations(_ fields: inout Fields) throws(AWSError) {
        let pattern = Constraint.pattern(
            "$|kafka://([^.]([a-zA-Z0-9\\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1})?:(\\d{12})?:(.*)"
        ) { $0.isEmpty || $0.hasPrefix("kafka://") || ARN($0) != nil }
        let found = try fields.structure("DestinationConfig") { (inner) throws(AWSError) -> (success: String?, failure: String?) in
            let success = try inner.structure("OnSuccess") { (target) throws(AWSError) in try target.string("Destination", .length(min: 0, max: 350), pattern) } ?? nil
            let failure = try inner.structure("OnFailure") { (target) throws(AWSError) in try target.string("Destination", .length(min: 0, max: 350), pattern) } ?? nil
            return (success, failure)
        }
        guard let found else { return }
        hasSuccessDestination = found.success != nil
        destination = found.failure ?? ""
    }

    // MARK: Rules

    /// The rules of a source's kind, and the options that come of these settings and the former ones.
    /// - Parameter former: `nil` for a new mapping.
    func options(_ former: MappingOptions?, source: EventSource) throws(AWSError) -> MappingOptions {
        try refuseForeign(source)
        try checkFilters()
        var options = former ?? MappingOptions(batchSize: source.isQueue ? 10 : 100)
        apply(to: &options)
        switch source {
        case .queue(let arn): try check(options, queue: arn)
        case .stream: try checkStream(options)
        }
        return options
    }

    private func refuseForeign(_ source: EventSource) throws(AWSError) {
        var names = foreign
        if source.isQueue {
            let own: [(String, Bool)] = [
                ("ParallelizationFactor", parallelizationFactor != nil), ("DestinationConfig", destination.map { !$0.isEmpty } ?? false || hasSuccessDestination),
                ("MaximumRecordAgeInSeconds", maximumRecordAge != nil), ("BisectBatchOnFunctionError", bisectsBatches != nil),
                ("MaximumRetryAttempts", maximumRetryAttempts != nil), ("TumblingWindowInSeconds", tumblingWindow != nil),
            ]
            names += own.filter(\.1).map(\.0)
        } else {
            if scaling != nil { names.append("ScalingConfig") }
            if hasSuccessDestination { names.append("DestinationConfig") }
        }
        guard let name = names.first else { return }
        throw .invalidParameter("Unsupported \(name) parameter for given event source mapping type.")
    }

    private func checkFilters() throws(AWSError) {
        guard let filters else { return }
        // The quota is five unless it was raised. The words are a guess.
        guard filters.count <= Self.filterLimit else {
            throw .invalidParameter("The number of filters exceeds the limit of \(Self.filterLimit) filters for each event source mapping.")
        }
        do { _ = try EventSourceFilter(filters) } catch { throw .invalidParameter(error.answer().message ?? "") }
        // What is empty lets nothing be told from it.
        if filters.contains("") { throw .invalidParameter("Invalid filter pattern definition.") }
    }

    /// https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
    private static let filterLimit = 5

    private func check(_ options: MappingOptions, queue arn: ARN) throws(AWSError) {
        if options.batchSize > 10, options.batchingWindow == 0 {
            throw .invalidParameter("Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10")
        }
        if options.batchingWindow > 0, arn.resource.hasSuffix(".fifo") { throw .invalidParameter("Batching window is not supported for FIFO queues") }
    }

    private func checkStream(_ options: MappingOptions) throws(AWSError) {
        // The service model says -1 to 604800, the documentation that a bound is at least a minute. The words are a guess.
        if options.maximumRecordAge != -1, options.maximumRecordAge < 60 {
            throw .invalidParameter("MaximumRecordAgeInSeconds must be -1 or a value between 60 and 604800.")
        }
        guard let destination = options.destination else { return }
        guard let arn = ARN(destination) else { throw .notImplemented("Lambda event source mappings with the destination \(destination)") }
        switch arn.service {
        case "sqs", "sns":
            // Standard queues and topics only. The words are a guess.
            if arn.resource.hasSuffix(".fifo") { throw .invalidParameter("The destination ARN \(destination) is invalid.") }
        case "s3": throw .notImplemented("Lambda event source mappings with a destination in S3")
        default: throw .invalidParameter("The destination ARN \(destination) is invalid.")
        }
    }

    private func apply(to options: inout MappingOptions) {
        options.batchSize = batchSize ?? options.batchSize
        options.batchingWindow = batchingWindow ?? options.batchingWindow
        options.filters = filters ?? options.filters
        options.reportsItemFailures = reportsItemFailures ?? options.reportsItemFailures
        options.parallelizationFactor = parallelizationFactor ?? options.parallelizationFactor
        options.bisectsBatches = bisectsBatches ?? options.bisectsBatches
        options.maximumRetryAttempts = maximumRetryAttempts ?? options.maximumRetryAttempts
        options.maximumRecordAge = maximumRecordAge ?? options.maximumRecordAge
        options.tumblingWindow = tumblingWindow ?? options.tumblingWindow
        if let destination { options.destination = destination.isEmpty ? nil : destination }
        if let kmsKeyARN { options.kmsKeyARN = kmsKeyARN.isEmpty ? nil : kmsKeyARN }
        if let metrics { options.metrics = metrics.isEmpty ? nil : metrics }
        if let scaling { options.maximumConcurrency = scaling.maximumConcurrency }
    }
}

/// Where a mapping's records come from.
enum EventSource {
    case stream
    case queue(ARN)

    var isQueue: Bool { if case .queue = self { true } else { false } }

    /// - Throws: what isn't here is refused by its name, what no mapping can be made for as AWS does.
    init(_ text: String?) throws(AWSError) {
        guard let text, let arn = ARN(text) else { throw .invalidParameter("Unrecognized event source.") }
        switch arn.service {
        case "dynamodb": self = .stream
        case "sqs": self = .queue(arn)
        case "kinesis": throw .notImplemented("Lambda event source mappings for Kinesis")
        case "kafka": throw .notImplemented("Lambda event source mappings for Amazon MSK")
        case "mq": throw .notImplemented("Lambda event source mappings for Amazon MQ")
        case "rds": throw .notImplemented("Lambda event source mappings for Amazon DocumentDB")
        default: throw .invalidParameter("Unrecognized event source.")
        }
    }
}
