import JSON
import Kernel

@CloudActor let metricFilterOperations: [OperationEntry<CloudWatchLogsService>] = [
    .logs(PutMetricFilter.self), .logs(DescribeMetricFilters.self), .logs(DeleteMetricFilter.self),
]

extension Fields {
    private static let units = [
        "Seconds", "Microseconds", "Milliseconds", "Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes", "Bits", "Kilobits", "Megabits", "Gigabits",
        "Terabits", "Percent", "Count", "Bytes/Second", "Kilobytes/Second", "Megabytes/Second", "Gigabytes/Second", "Terabytes/Second", "Bits/Second",
        "Kilobits/Second", "Megabits/Second", "Gigabits/Second", "Terabits/Second", "Count/Second", "None",
    ]

    fileprivate mutating func transformations() throws(AWSError) -> [MetricFilter.Transformation] {
        let found = try structures("metricTransformations", .length(min: 1, max: 1)) { (fields) throws(AWSError) in
            let name = try fields.requiredString("metricName", .length(max: 255))
            let namespace = try fields.requiredString("metricNamespace", .length(max: 255))
            let value = try fields.requiredString("metricValue", .length(max: 100))
            let defaultValue = try fields.double("defaultValue")
            let dimensions = try fields.stringMap("dimensions") ?? []
            return MetricFilter.Transformation(
                name: name, namespace: namespace, value: value, defaultValue: defaultValue, dimensions: dimensions,
                unit: try fields.string("unit", .oneOf(Self.units)))
        }
        if found == nil { missing("metricTransformations") }
        return found ?? []
    }
}

/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html
enum PutMetricFilter: Operation {
    struct Input {
        var group: String
        var name: String
        var pattern: String
        var transformations: [MetricFilter.Transformation]
        var systemFields: [String]
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let group = try fields.groupName()
        let name = try fields.filterName()
        let pattern = try fields.requiredFilterPattern()
        let transformations = try fields.transformations()
        try fields.refuseTransformations("PutMetricFilter")
        return Input(
            group: group, name: name, pattern: pattern, transformations: transformations, systemFields: try fields.strings("emitSystemFieldDimensions") ?? [])
    }

    static func run(_ input: Input, on logs: CloudWatchLogsService, _ call: Call) throws(AWSError) {
        let pattern = try FilterPattern(input.pattern)
        for transformation in input.transformations {
            guard transformation.dimensions.count <= 3 else { throw .invalidParameter("Invalid metric transformation: at most 3 dimensions are allowed.") }
            if !transformation.dimensions.isEmpty, !pattern.hasValues { throw .invalidParameter("The specified filter pattern does not support dimensions") }
            if !transformation.dimensions.isEmpty, transformation.defaultValue != nil {
                throw .invalidParameter("Invalid metric transformation: dimensions and default value are mutually exclusive properties.")
            }
        }
        logs.keep(try logs.withGroup(GroupName(input.group, in: call.scope)) { (group) throws(AWSError) in
            var filter = MetricFilter(
                name: input.name, pattern: input.pattern, transformations: input.transformations, systemFields: input.systemFields, created: call.now.milliseconds)
            if let known = group.metricFilters.firstIndex(where: { $0.name == input.name }) {
                filter.created = group.metricFilters[known].created
                group.metricFilters[known] = filter
            } else {
                guard group.metricFilters.count < 100 else { throw .limitExceeded("Resource limit exceeded.") }
                group.metricFilters.insert(filter, at: group.metricFilters.firstIndex { input.name < $0.name } ?? group.metricFilters.endIndex)
            }
            return group
        })
    }

    static func write(_ output: Void) -> Reply { Reply() }
}

/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeMetricFilters.html
enum DescribeMetricFilters: Operation {
    struct Input {
        var group: String?
        var prefix: String?
        var metric: String?
        var namespace: String?
        var token: String?
        var limit: Int
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let group = try fields.optionalGroupName("logGroupName")
        let prefix = try fields.optionalFilterName("filterNamePrefix")
        let token = try fields.token()
        let limit = try fields.limit(most: 50) ?? 50
        let metric = try fields.string("metricName", .length(max: 255))
        return Input(group: group, prefix: prefix, metric: metric, namespace: try fields.string("metricNamespace", .length(max: 255)), token: token, limit: limit)
    }

    static func run(_ input: Input, on logs: CloudWatchLogsService, _ call: Call) throws(AWSError) -> Page<(group: String, filter: MetricFilter)> {
        guard (input.metric == nil) == (input.namespace == nil) else {
            throw .invalidParameter("If you include the metricName parameter in your request, you must also include the metricNamespace parameter.")
        }
        let after = try PageToken.decode(input.token)
        let groups = if let group = input.group { [try logs.group(GroupName(group, in: call.scope))] } else { Array(logs.groups(in: call.scope, prefix: nil, after: nil)) }
        let key: ((group: String, filter: MetricFilter)) -> String = { "\($0.filter.name)|\($0.group)" }
        let found = groups.flatMap { group in group.metricFilters.map { (group: group.name, filter: $0) } }.filter { entry in
            (input.prefix.map { entry.filter.name.hasPrefix($0) } ?? true)
                && (input.metric.map { metric in entry.filter.transformations.contains { $0.name == metric && $0.namespace == input.namespace } } ?? true)
                && (after.map { $0 < key(entry) } ?? true)
        }
        return Page(found.sorted { key($0) < key($1) }, limit: input.limit, name: key)
    }

    static func write(_ page: Page<(group: String, filter: MetricFilter)>) -> Reply {
        page.reply("metricFilters") { entry in
            var members: Members = [
                "filterName": .string(entry.filter.name), "filterPattern": .string(entry.filter.pattern),
                "metricTransformations": .array(entry.filter.transformations.map(\.document)), "creationTime": .int(entry.filter.created),
                "logGroupName": .string(entry.group), "applyOnTransformedLogs": false,
            ]
            if !entry.filter.systemFields.isEmpty { members["emitSystemFieldDimensions"] = .array(entry.filter.systemFields.map { .string($0) }) }
            return .object(members)
        }
    }
}

/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteMetricFilter.html
enum DeleteMetricFilter: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> (group: String, name: String) {
        let group = try fields.groupName()
        return (group, try fields.filterName())
    }

    static func run(_ input: (group: String, name: String), on logs: CloudWatchLogsService, _ call: Call) throws(AWSError) {
        logs.keep(try logs.withGroup(GroupName(input.group, in: call.scope)) { (group) throws(AWSError) in
            guard let index = group.metricFilters.firstIndex(where: { $0.name == input.name }) else {
                throw .notFound("The specified metric filter does not exist.")
            }
            group.metricFilters.remove(at: index)
            return group
        })
    }

    static func write(_ output: Void) -> Reply { Reply() }
}

/// Which of some messages a pattern matches, and what it takes out of them.
/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TestMetricFilter.html
enum TestMetricFilter: Operation {
    struct Match {
        var number: Int
        var message: String
        var values: [(key: String, value: String)]
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> (pattern: String, messages: [String]) {
        let pattern = try fields.requiredFilterPattern()
        guard let messages = try fields.strings("logEventMessages", .length(min: 1, max: 50)) else {
            fields.missing("logEventMessages")
            return (pattern, [])
        }
        if messages.contains("") {
            fields.violate(
                fields["logEventMessages"]?.coralText, "logEventMessages", "Member must satisfy constraint: [Member must have length greater than or equal to 1]")
        }
        return (pattern, messages)
    }

    static func run(_ input: (pattern: String, messages: [String]), on logs: CloudWatchLogsService, _ call: Call) throws(AWSError) -> [Match] {
        let pattern = try FilterPattern(input.pattern)
        var matches: [Match] = []
        for (index, message) in input.messages.enumerated() where pattern.matches(message) {
            matches.append(Match(number: index + 1, message: message, values: pattern.extract(message)))
        }
        return matches
    }

    static func write(_ matches: [Match]) -> Reply {
        Reply([
            "matches": .array(matches.map { match in
                [
                    "eventNumber": .int(match.number), "eventMessage": .string(match.message),
                    "extractedValues": .object(Members(match.values.map { .init(name: $0.key, value: .string($0.value)) })),
                ]
            })
        ])
    }
}
