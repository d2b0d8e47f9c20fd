import JSON
import Kernel

@CloudActor let subscriptionFilterOperations: [OperationEntry<CloudWatchLogsService>] = [
    .logs(PutSubscriptionFilter.self), .logs(DescribeSubscriptionFilters.self), .logs(DeleteSubscriptionFilter.self),
]

extension Fields {
    mutating func requiredFilterPattern() throws(AWSError) -> String { try requiredString("filterPattern", .length(min: 0, max: 1024)) }

    /// What belongs to transformers and to log groups of a whole organization, which aren't there.
    mutating func refuseTransformations(_ operation: String) throws(AWSError) {
        if try bool("applyOnTransformedLogs") == true { throw .notImplemented("logs \(operation) applyOnTransformedLogs") }
        if try string("fieldSelectionCriteria", .length(min: 0, max: 2000))?.isEmpty == false { throw .notImplemented("logs \(operation) fieldSelectionCriteria") }
    }
}

/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutSubscriptionFilter.html
enum PutSubscriptionFilter: Operation {
    struct Input {
        var group: String
        var name: String
        var pattern: String
        var destination: String
        var role: String?
        var distribution: String
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let group = try fields.groupName()
        let name = try fields.filterName()
        let pattern = try fields.requiredFilterPattern()
        let destination = try fields.requiredString("destinationArn", .length(min: 1))
        let role = try fields.string("roleArn", .length(min: 1))
        let distribution = try fields.string("distribution", .oneOf(["Random", "ByLogStream"])) ?? "ByLogStream"
        try fields.refuseTransformations("PutSubscriptionFilter")
        if try fields.strings("emitSystemFields")?.isEmpty == false { throw .notImplemented("logs PutSubscriptionFilter emitSystemFields") }
        return Input(group: group, name: name, pattern: pattern, destination: destination, role: role, distribution: distribution)
    }

    static func run(_ input: Input, on logs: CloudWatchLogsService, _ call: Call) throws(AWSError) {
        try checkDestination(input, call)
        let name = GroupName(input.group, in: call.scope)
        var filters = try logs.group(name).subscriptionFilters
        try checkFunction(input.destination, logs, call)
        var filter = try SubscriptionFilter(
            name: input.name, pattern: input.pattern, destination: input.destination, distribution: input.distribution, created: call.now.milliseconds)
        if let known = filters.firstIndex(where: { $0.name == input.name }) {
            filter.created = filters[known].created
            filters[known] = filter
        } else {
            guard filters.count < 2 else { throw .limitExceeded("Resource limit exceeded.") }
            filters.insert(filter, at: filters.firstIndex { input.name < $0.name } ?? filters.endIndex)
        }
        logs.keep(try logs.withGroup(name) { group in
            group.subscriptionFilters = filters
            return group
        })
    }

    private static func checkDestination(_ input: Input, _ call: Call) throws(AWSError) {
        guard let arn = ARN(input.destination) else { throw .invalidParameter("destinationArn is not a valid ARN.") }
        switch arn.service {
        case "lambda":
            guard arn.account == call.account else {
                throw AWSError(
                    "AccessDeniedException",
                    "Cross-account lambda invocation passing is not allowed. You must use DestinationPolicies to create cross account lambda triggers.")
            }
            guard input.role == nil else { throw .invalidParameter("destinationArn for vendor lambda cannot be used with roleArn") }
        case "kinesis", "firehose":
            guard input.role != nil else { throw .invalidParameter("destinationArn for vendor \(arn.service) cannot be used without roleArn") }
            throw .notImplemented("logs subscription filters whose destination is \(arn.service)")
        case "logs": throw .notImplemented("logs subscription filters whose destination is of another account")
        default: throw .invalidParameter("Unsupported destination vendor: \(arn.service)")
        }
    }

    /// Whether there is such a function.
    private static func checkFunction(_ arn: String, _ logs: CloudWatchLogsService, _ call: Call) throws(AWSError) {
        do throws(AWSError) {
            _ = try logs.environment.endpoint("lambda").callNow("GetFunctionConfiguration", ["FunctionName": .string(arn)], call)
        } catch where error.code == "ResourceNotFoundException" {
            throw .invalidParameter("Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.")
        }
    }

    static func write(_ output: Void) -> Reply { Reply() }
}

/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeSubscriptionFilters.html
enum DescribeSubscriptionFilters: Operation {
    struct Input {
        var group: String
        var prefix: String?
        var token: String?
        var limit: Int
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let group = try fields.groupName()
        let prefix = try fields.optionalFilterName("filterNamePrefix")
        let token = try fields.token()
        return Input(group: group, prefix: prefix, token: token, limit: try fields.limit(most: 50) ?? 50)
    }

    static func run(_ input: Input, on logs: CloudWatchLogsService, _ call: Call) throws(AWSError) -> (Page<SubscriptionFilter>, group: String) {
        let after = try PageToken.decode(input.token)
        let found = try logs.group(GroupName(input.group, in: call.scope)).subscriptionFilters.filter { filter in
            (input.prefix.map { filter.name.hasPrefix($0) } ?? true) && (after.map { $0 < filter.name } ?? true)
        }
        return (Page(found, limit: input.limit) { $0.name }, input.group)
    }

    static func write(_ output: (Page<SubscriptionFilter>, group: String)) -> Reply {
        output.0.reply("subscriptionFilters") {
            [
                "filterName": .string($0.name), "logGroupName": .string(output.group), "filterPattern": .string($0.pattern),
                "destinationArn": .string($0.destination), "distribution": .string($0.distribution), "applyOnTransformedLogs": false,
                "creationTime": .int($0.created),
            ]
        }
    }
}

/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteSubscriptionFilter.html
enum DeleteSubscriptionFilter: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> (group: String, name: String) {
        let group = try fields.groupName()
        return (group, try fields.filterName())
    }

    static func run(_ input: (group: String, name: String), on logs: CloudWatchLogsService, _ call: Call) throws(AWSError) {
        logs.keep(try logs.withGroup(GroupName(input.group, in: call.scope)) { (group) throws(AWSError) in
            guard let index = group.subscriptionFilters.firstIndex(where: { $0.name == input.name }) else {
                throw .notFound("The specified subscription filter does not exist.")
            }
            group.subscriptionFilters.remove(at: index)
            return group
        })
    }

    static func write(_ output: Void) -> Reply { Reply() }
}
