import JSON
import Kernel

@CloudActor let runtimeManagementOperations: [OperationEntry<LambdaService>] = [
    OperationEntry(
        PutRuntimeManagementConfig.self,
        http: HTTPBinding("PUT", "/2021-07-20/functions/{FunctionName}/runtime-management-config", query: ["Qualifier": "Qualifier"])),
    OperationEntry(
        GetRuntimeManagementConfig.self,
        http: HTTPBinding("GET", "/2021-07-20/functions/{FunctionName}/runtime-management-config", query: ["Qualifier": "Qualifier"])),
    OperationEntry(PutFunctionRecursionConfig.self, http: HTTPBinding("PUT", "/2024-08-31/functions/{FunctionName}/recursion-config")),
    OperationEntry(GetFunctionRecursionConfig.self, http: HTTPBinding("GET", "/2024-08-31/functions/{FunctionName}/recursion-config")),
    OperationEntry(
        PutFunctionScalingConfig.self,
        http: HTTPBinding("PUT", "/2025-11-30/functions/{FunctionName}/function-scaling-config", query: ["Qualifier": "Qualifier"], status: 202)),
    OperationEntry(
        GetFunctionScalingConfig.self,
        http: HTTPBinding("GET", "/2025-11-30/functions/{FunctionName}/function-scaling-config", query: ["Qualifier": "Qualifier"])),
]

/// When a version's runtime is to be replaced by a newer one. Kept and shown: the machine has one of each.
/// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html
struct RuntimeManagement: Sendable, Equatable {
    /// `Auto`, `FunctionUpdate` or `Manual`.
    var mode: String
    /// Only with `Manual`.
    var runtimeVersionARN: String?

    // MARK: The journal's form

    func kept(_ qualifier: String) -> Document {
        var members: Members = ["qualifier": .string(qualifier), "mode": .string(mode)]
        members["runtimeVersionARN"] = runtimeVersionARN.map { .string($0) }
        return .object(members)
    }

    init(mode: String = "Auto", runtimeVersionARN: String? = nil) {
        self.mode = mode
        self.runtimeVersionARN = runtimeVersionARN
    }

    init(kept: Document) { self.init(mode: kept["mode"]?.string ?? "Auto", runtimeVersionARN: kept["runtimeVersionARN"]?.string) }

    func members(_ version: FunctionVersion) -> Members {
        var members: Members = ["UpdateRuntimeOn": .string(mode), "FunctionArn": .string("\(version.functionARN):\(version.version)")]
        members["RuntimeVersionArn"] = runtimeVersionARN.map { .string($0) }
        return members
    }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_PutRuntimeManagementConfig.html
enum PutRuntimeManagementConfig: Operation {
    struct Input {
        var function: FunctionSelection
        var management: RuntimeManagement
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let function = try FunctionSelection(&fields)
        let mode = try fields.requiredString("UpdateRuntimeOn", .oneOf(["Auto", "Manual", "FunctionUpdate"]))
        let arn = try fields.string(
            "RuntimeVersionArn", .length(min: 26, max: 2048), .pattern("arn:(aws[a-zA-Z-]*):lambda:[a-z]{2}((-gov)|(-iso(b?)))?-[a-z]+-\\d{1}::runtime:.+") { text in
                guard let arn = ARN(text) else { return false }
                return arn.service == "lambda" && arn.account.isEmpty && arn.resource.hasPrefix("runtime:") && arn.resource.utf8.count > 8
            })
        return Input(function: function, management: RuntimeManagement(mode: mode, runtimeVersionARN: arn))
    }

    static func run(_ input: Input, on lambda: LambdaService, _ call: Call) throws(AWSError) -> Members {
        let target = try input.function.find(in: lambda, call)
        guard target.alias == nil else { throw .invalidParameter("An alias has no runtime management configuration. Specify a version.") }
        guard (input.management.mode == "Manual") == (input.management.runtimeVersionARN != nil) else {
            // The rule is AWS's; its words aren't known.
            throw .invalidParameter("RuntimeVersionArn must be specified with UpdateRuntimeOn Manual, and with no other.")
        }
        var function = target.function
        function.runtimeManagement[target.version.version] = input.management
        lambda.keep(function)
        return input.management.members(target.version)
    }

    static func write(_ output: Members) -> Reply { Reply(.object(output)) }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_GetRuntimeManagementConfig.html
enum GetRuntimeManagementConfig: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> FunctionSelection { try FunctionSelection(&fields) }

    static func run(_ input: FunctionSelection, on lambda: LambdaService, _ call: Call) throws(AWSError) -> Members {
        let target = try input.find(in: lambda, call)
        return (target.function.runtimeManagement[target.version.version] ?? RuntimeManagement()).members(target.version)
    }

    static func write(_ output: Members) -> Reply { Reply(.object(output)) }
}

// MARK: Recursion

/// https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionRecursionConfig.html
enum PutFunctionRecursionConfig: Operation {
    struct Input {
        var name: String
        var allowsRecursion: Bool
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let name = try FunctionReference.unqualified(&fields)
        return Input(name: name, allowsRecursion: try fields.requiredString("RecursiveLoop", .oneOf(["Allow", "Terminate"])) == "Allow")
    }

    static func run(_ input: Input, on lambda: LambdaService, _ call: Call) throws(AWSError) -> Bool {
        var function = try lambda.target(input.name, call).function
        function.allowsRecursion = input.allowsRecursion
        lambda.keep(function)
        return input.allowsRecursion
    }

    static func write(_ allowsRecursion: Bool) -> Reply { Reply(["RecursiveLoop": allowsRecursion ? "Allow" : "Terminate"]) }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionRecursionConfig.html
enum GetFunctionRecursionConfig: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> String { try FunctionReference.unqualified(&fields) }
    static func run(_ name: String, on lambda: LambdaService, _ call: Call) throws(AWSError) -> Bool { try lambda.target(name, call).function.allowsRecursion }
    static func write(_ allowsRecursion: Bool) -> Reply { PutFunctionRecursionConfig.write(allowsRecursion) }
}

extension FunctionReference {
    /// A function's name that may have no qualifier.
    static func unqualified(_ fields: inout Fields) throws(AWSError) -> String {
        let pattern = "(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)"
        return try fields.requiredString("FunctionName", .length(min: 1, max: 140), .pattern(pattern) { text in
            FunctionReference(text).map { $0.qualifier == nil } ?? false
        })
    }
}

// MARK: Scaling

/// How many execution environments a version has at least and at most. Kept and shown.
/// https://docs.aws.amazon.com/lambda/latest/api/API_FunctionScalingConfig.html
struct FunctionScaling: Sendable, Equatable {
    var minimum: Int?
    var maximum: Int?

    var document: Document {
        var members = Members()
        members["MinExecutionEnvironments"] = minimum.map { .int($0) }
        members["MaxExecutionEnvironments"] = maximum.map { .int($0) }
        return .object(members)
    }

    // MARK: The journal's form

    func kept(_ qualifier: String) -> Document { ["qualifier": .string(qualifier), "scaling": document] }

    init(minimum: Int? = nil, maximum: Int? = nil) {
        self.minimum = minimum
        self.maximum = maximum
    }

    init(kept: Document) {
        self.init(minimum: kept["scaling"]?["MinExecutionEnvironments"]?.int, maximum: kept["scaling"]?["MaxExecutionEnvironments"]?.int)
    }
}

/// A published version by its number.
struct PublishedSelection {
    var name: String
    var qualifier: String

    init(_ fields: inout Fields) throws(AWSError) {
        name = try FunctionReference.unqualified(&fields)
        qualifier = try fields.requiredString("Qualifier", .length(min: 1, max: 128), .pattern("(\\$LATEST\\.PUBLISHED|[0-9]+)") { text in
            text == "$LATEST.PUBLISHED" || FunctionReference.isNumber(text)
        })
    }

    @CloudActor
    func find(in lambda: LambdaService, _ call: Call) throws(AWSError) -> LambdaService.Target { try lambda.target(name, qualifier: qualifier, call) }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionScalingConfig.html
enum PutFunctionScalingConfig: Operation {
    struct Input {
        var version: PublishedSelection
        var scaling: FunctionScaling?
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let version = try PublishedSelection(&fields)
        let scaling = try fields.structure("FunctionScalingConfig") { (inner) throws(AWSError) in
            FunctionScaling(
                minimum: try inner.int("MinExecutionEnvironments", .range(min: 0, max: 15_000)),
                maximum: try inner.int("MaxExecutionEnvironments", .range(min: 0, max: 15_000)))
        }
        return Input(version: version, scaling: scaling)
    }

    static func run(_ input: Input, on lambda: LambdaService, _ call: Call) throws(AWSError) {
        let target = try input.version.find(in: lambda, call)
        if let minimum = input.scaling?.minimum, let maximum = input.scaling?.maximum, minimum > maximum {
            throw .invalidParameter("MinExecutionEnvironments must not be greater than MaxExecutionEnvironments.")
        }
        var function = target.function
        function.scaling[target.version.version] = input.scaling
        lambda.keep(function)
    }

    static func write(_ output: Void) -> Reply { Reply(["FunctionState": "Active"]) }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionScalingConfig.html
enum GetFunctionScalingConfig: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> PublishedSelection { try PublishedSelection(&fields) }
    static func run(_ input: PublishedSelection, on lambda: LambdaService, _ call: Call) throws(AWSError) -> LambdaService.Target { try input.find(in: lambda, call) }

    static func write(_ target: LambdaService.Target) -> Reply {
        let scaling = (target.function.scaling[target.version.version] ?? FunctionScaling()).document
        return Reply(["FunctionArn": .string(target.arn), "AppliedFunctionScalingConfig": scaling, "RequestedFunctionScalingConfig": scaling])
    }
}
