import JSON
import Kernel

@CloudActor let concurrencyOperations: [OperationEntry<LambdaService>] = [
    OperationEntry(PutFunctionConcurrency.self, http: HTTPBinding("PUT", "/2017-10-31/functions/{FunctionName}/concurrency")),
    OperationEntry(GetFunctionConcurrency.self, http: HTTPBinding("GET", "/2019-09-30/functions/{FunctionName}/concurrency")),
    OperationEntry(DeleteFunctionConcurrency.self, http: HTTPBinding("DELETE", "/2017-10-31/functions/{FunctionName}/concurrency", status: 204)),
    OperationEntry(PutProvisionedConcurrencyConfig.self, http: HTTPBinding("PUT", provisionedURI, query: ["Qualifier": "Qualifier"], status: 202)),
    OperationEntry(GetProvisionedConcurrencyConfig.self, http: HTTPBinding("GET", provisionedURI, query: ["Qualifier": "Qualifier"])),
    OperationEntry(DeleteProvisionedConcurrencyConfig.self, http: HTTPBinding("DELETE", provisionedURI, query: ["Qualifier": "Qualifier"], status: 204)),
    OperationEntry(
        ListProvisionedConcurrencyConfigs.self, http: HTTPBinding("GET", provisionedURI + "?List=ALL", query: ["Marker": "Marker", "MaxItems": "MaxItems"])),
    OperationEntry(GetAccountSettings.self, http: HTTPBinding("GET", "/2016-08-19/account-settings")),
]

private let provisionedURI = "/2019-09-30/functions/{FunctionName}/provisioned-concurrency"

// MARK: What an account has

extension LambdaService {
    /// How many of an account's concurrent invocations no function may reserve.
    static let unreservableConcurrency = 100

    /// What of an account's concurrency no function has for itself.
    /// - Parameter key: a function that isn't counted.
    func unreservedConcurrency(in scope: Scope, without key: FunctionKey? = nil) -> Int {
        state.functions.values.reduce(Self.accountConcurrency) { rest, function in
            guard function.scope == scope, function.key != key else { return rest }
            return rest - (function.reservedConcurrency ?? function.provisionedConcurrency)
        }
    }
}

extension Function {
    /// What its versions and aliases have provisioned together.
    var provisionedConcurrency: Int { provisioned.values.reduce(0) { $0 + $1.requested } }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html
enum GetAccountSettings: Operation {
    /// Bytes of all packages of an account.
    static let storageLimit = 75 << 30

    static func read(_ fields: inout Fields) throws(AWSError) {}

    static func run(_ input: Void, on lambda: LambdaService, _ call: Call) throws(AWSError) -> Document {
        let functions = lambda.state.functions.values.filter { $0.scope == call.scope }
        let layers = lambda.state.layers.values.filter { $0.key.scope == call.scope }
        let code = functions.reduce(0) { sum, function in ([function.latest] + function.versions).reduce(sum) { $0 + $1.codeSize } }
        let size = layers.reduce(code) { sum, layer in layer.present.reduce(sum) { $0 + $1.codeSize } }
        return [
            "AccountLimit": [
                "TotalCodeSize": .int(storageLimit), "CodeSizeUnzipped": .int(DeploymentPackage.unzippedLimit), "CodeSizeZipped": .int(DeploymentPackage.zippedLimit),
                "ConcurrentExecutions": .int(LambdaService.accountConcurrency),
                "UnreservedConcurrentExecutions": .int(lambda.unreservedConcurrency(in: call.scope)),
            ],
            "AccountUsage": ["TotalCodeSize": .int(size), "FunctionCount": .int(functions.count)],
        ]
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

// MARK: Reserved

/// A function as such: no version of it, and no alias.
struct WholeFunction {
    var name: String

    init(_ fields: inout Fields) throws(AWSError) {
        name = try fields.requiredString("FunctionName", .length(min: 1, max: 140), FunctionReference.constraint)
    }

    @CloudActor
    func find(in lambda: LambdaService, _ call: Call) throws(AWSError) -> Function {
        let reference = FunctionReference(name)
        guard reference?.qualifier == nil else {
            throw .invalidParameter(
                "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. "
                    + "Please specify either a function name or an unqualified function ARN.")
        }
        guard let reference, let function = try lambda.function(reference, call) else {
            throw .functionNotFound((reference?.arn(for: call) ?? name) + ":\(FunctionReference.latest)")
        }
        return function
    }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html
enum PutFunctionConcurrency: Operation {
    struct Input {
        var function: WholeFunction
        var reserved: Int
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        Input(function: try WholeFunction(&fields), reserved: try fields.requiredInt("ReservedConcurrentExecutions", .range(min: 0)))
    }

    static func run(_ input: Input, on lambda: LambdaService, _ call: Call) throws(AWSError) -> Int {
        var function = try input.function.find(in: lambda, call)
        let rest = lambda.unreservedConcurrency(in: function.scope, without: function.key)
        guard input.reserved <= rest - LambdaService.unreservableConcurrency else {
            throw .invalidParameter(
                "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of "
                    + "[\(LambdaService.unreservableConcurrency)].")
        }
        guard input.reserved >= function.provisionedConcurrency else {
            throw .invalidParameter(
                "ReservedConcurrentExecutions  \(input.reserved) should not be lower than function's total provisioned concurrency [\(function.provisionedConcurrency)].")
        }
        function.reservedConcurrency = input.reserved
        lambda.keep(function)
        return input.reserved
    }

    static func write(_ reserved: Int) -> Reply { Reply(["ReservedConcurrentExecutions": .int(reserved)]) }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConcurrency.html
enum GetFunctionConcurrency: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> WholeFunction { try WholeFunction(&fields) }
    static func run(_ input: WholeFunction, on lambda: LambdaService, _ call: Call) throws(AWSError) -> Int? { try input.find(in: lambda, call).reservedConcurrency }
    static func write(_ reserved: Int?) -> Reply { reserved.map { Reply(["ReservedConcurrentExecutions": .int($0)]) } ?? Reply() }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionConcurrency.html
enum DeleteFunctionConcurrency: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> WholeFunction { try WholeFunction(&fields) }

    static func run(_ input: WholeFunction, on lambda: LambdaService, _ call: Call) throws(AWSError) {
        var function = try input.find(in: lambda, call)
        function.reservedConcurrency = nil
        lambda.keep(function)
    }

    static func write(_ output: Void) -> Reply { Reply() }
}

// MARK: Provisioned

/// Execution environments that a version or an alias is to have ready. Kept and shown: environments start in milliseconds here.
/// https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
struct ProvisionedConcurrency: Sendable, Equatable {
    var requested: Int
    var lastModified: Timestamp
    /// Until then they are being made.
    var ready: Timestamp

    func members(at now: Timestamp) -> Members {
        let isReady = ready <= now
        let there: Document = .int(isReady ? requested : 0)
        return [
            "RequestedProvisionedConcurrentExecutions": .int(requested), "AvailableProvisionedConcurrentExecutions": there,
            "AllocatedProvisionedConcurrentExecutions": there, "Status": isReady ? "READY" : "IN_PROGRESS",
            "LastModified": .string(lastModified.iso8601Milliseconds.dropLast() + "+0000"),
        ]
    }

    // MARK: The journal's form

    func kept(_ qualifier: String) -> Document {
        ["qualifier": .string(qualifier), "requested": .int(requested), "lastModified": .int(lastModified.microseconds), "ready": .int(ready.microseconds)]
    }

    init(requested: Int, lastModified: Timestamp, ready: Timestamp) {
        self.requested = requested
        self.lastModified = lastModified
        self.ready = ready
    }

    init?(kept: Document) {
        guard let requested = kept["requested"]?.int, let lastModified = kept["lastModified"]?.int, let ready = kept["ready"]?.int else { return nil }
        self.init(requested: requested, lastModified: Timestamp(microseconds: Int64(lastModified)), ready: Timestamp(microseconds: Int64(ready)))
    }
}

/// A version or an alias for which environments are provisioned.
struct ProvisionedSelection {
    var name: String
    var qualifier: String

    init(_ fields: inout Fields) throws(AWSError) {
        name = try fields.requiredString("FunctionName", .length(min: 1, max: 140), FunctionReference.constraint)
        qualifier = try fields.requiredString("Qualifier", .length(min: 1, max: 128), .pattern("(|[a-zA-Z0-9$_-]+)") { text in
            text.utf8.allSatisfy { ($0 | 0x20) &- 97 < 26 || $0 &- 48 < 10 || "$_-".utf8.contains($0) }
        })
    }

    /// - Parameter latest: what is said of `$LATEST`, which can't have any.
    @CloudActor
    func find(
        in lambda: LambdaService, _ call: Call, latest: String = "The function resource provided must be an alias or a published version."
    ) throws(AWSError) -> LambdaService.Target {
        guard qualifier != FunctionReference.latest else { throw .invalidParameter(latest) }
        return try lambda.target(name, qualifier: qualifier, namesAliases: true, call)
    }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_PutProvisionedConcurrencyConfig.html
enum PutProvisionedConcurrencyConfig: Operation {
    struct Input {
        var selection: ProvisionedSelection
        var requested: Int
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        Input(selection: try ProvisionedSelection(&fields), requested: try fields.requiredInt("ProvisionedConcurrentExecutions", .range(min: 1)))
    }

    static func run(_ input: Input, on lambda: LambdaService, _ call: Call) throws(AWSError) -> Members {
        let target = try input.selection.find(
            in: lambda, call, latest: "Provisioned Concurrency Configs cannot be applied to unpublished function versions.")
        var function = target.function
        let qualifier = input.selection.qualifier
        if target.alias == nil {
            guard !function.aliases.values.contains(where: { $0.version == qualifier && function.provisioned[$0.name] != nil }) else {
                throw .conflict("Version is pointed by a Provisioned Concurrency alias")
            }
        } else if function.provisioned[target.version.version] != nil {
            throw .conflict("Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version")
        }
        // More than an account has is too much, however much it is.
        let total = function.provisionedConcurrency - (function.provisioned[qualifier]?.requested ?? 0) + min(input.requested, LambdaService.accountConcurrency + 1)
        if let reserved = function.reservedConcurrency {
            guard total <= reserved else {
                throw .invalidParameter("Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function")
            }
        } else {
            let rest = lambda.unreservedConcurrency(in: function.scope, without: function.key)
            guard total <= rest else {
                throw .invalidParameter("Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [\(rest)].")
            }
            guard total <= rest - LambdaService.unreservableConcurrency else {
                throw .invalidParameter(
                    "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of "
                        + "[\(LambdaService.unreservableConcurrency)].")
            }
        }
        let ready = lambda.environment.hasRealisticStatus ? call.now + LambdaService.statusDuration : call.now
        let config = ProvisionedConcurrency(requested: input.requested, lastModified: call.now, ready: ready)
        function.provisioned[qualifier] = config
        lambda.keep(function)
        return config.members(at: call.now)
    }

    static func write(_ output: Members) -> Reply { Reply(.object(output)) }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_GetProvisionedConcurrencyConfig.html
enum GetProvisionedConcurrencyConfig: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> ProvisionedSelection { try ProvisionedSelection(&fields) }

    static func run(_ input: ProvisionedSelection, on lambda: LambdaService, _ call: Call) throws(AWSError) -> Members {
        guard let config = try input.find(in: lambda, call).function.provisioned[input.qualifier] else {
            throw .lambda("ProvisionedConcurrencyConfigNotFoundException", "No Provisioned Concurrency Config found for this function", status: 404)
        }
        return config.members(at: call.now)
    }

    static func write(_ output: Members) -> Reply { Reply(.object(output)) }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteProvisionedConcurrencyConfig.html
enum DeleteProvisionedConcurrencyConfig: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> ProvisionedSelection { try ProvisionedSelection(&fields) }

    static func run(_ input: ProvisionedSelection, on lambda: LambdaService, _ call: Call) throws(AWSError) {
        var function = try input.find(in: lambda, call).function
        guard function.provisioned.removeValue(forKey: input.qualifier) != nil else { return }
        lambda.keep(function)
    }

    static func write(_ output: Void) -> Reply { Reply() }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_ListProvisionedConcurrencyConfigs.html
enum ListProvisionedConcurrencyConfigs: Operation {
    struct Input {
        var name: String
        var marker: String?
        var maxItems: Int?
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        Input(
            name: try fields.requiredString("FunctionName", .length(min: 1, max: 140), FunctionReference.constraint), marker: try fields.string("Marker"),
            maxItems: try fields.int("MaxItems", .range(min: 1, max: 50)))
    }

    static func run(_ input: Input, on lambda: LambdaService, _ call: Call) throws(AWSError) -> (configs: [Members], next: String?) {
        let function = try lambda.target(input.name, call).function
        let all = function.provisioned.sorted { $0.key < $1.key }
        let (page, next) = try Page.take(all, after: input.marker, limit: input.maxItems ?? 50, name: \.key)
        let configs = page.map { entry in
            var members: Members = ["FunctionArn": .string("\(function.arn):\(entry.key)")]
            for member in entry.value.members(at: call.now) { members.append(member.name, member.value) }
            return members
        }
        return (configs, next)
    }

    static func write(_ output: (configs: [Members], next: String?)) -> Reply {
        var answer: Members = ["ProvisionedConcurrencyConfigs": .array(output.configs.map { .object($0) })]
        if let next = output.next { answer.append("NextMarker", .string(next)) }
        return Reply(.object(answer))
    }
}
