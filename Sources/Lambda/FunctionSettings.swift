import JSON
import Kernel

/// The members that `CreateFunction` and `UpdateFunctionConfiguration` share; `nil` where absent.
struct FunctionSettings {
    var runtime: String?
    var role: String?
    var handler: String?
    var description: String?
    var timeout: Int?
    var memorySize: Int?
    var variables: [FunctionVersion.Variable]?
    var kmsKeyARN: String?
    var tracingMode: String?
    var ephemeralStorage: Int?
    /// Empty where there is to be none.
    var deadLetterTarget: String?
    var logging: Logging?

    /// `LoggingConfig`: what is absent stays as it was.
    struct Logging {
        var format: String?
        var applicationLevel: String?
        var systemLevel: String?
        var group: String?
    }

    init(_ fields: inout Fields, of operation: String) throws(AWSError) {
        runtime = try fields.string("Runtime")
        role = try fields.string("Role", .pattern("arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+", Self.isRole))
        handler = try fields.string("Handler", .length(max: 128), .pattern("[^\\s]+") { !$0.isEmpty && !$0.contains(where: \.isWhitespace) })
        description = try fields.string("Description", .length(max: 256))
        timeout = try fields.int("Timeout", .range(min: 1, max: 900))
        memorySize = try fields.int("MemorySize", .range(min: 128, max: 10240))
        try fields.refuse(operation, "Layers", "FileSystemConfigs", "ImageConfig", "CapacityProviderConfig", "DurableConfig")
        try Self.refuseVPC(&fields, operation)
        variables = try fields.structure("Environment") { (inner) throws(AWSError) in
            (try inner.stringMap("Variables") ?? []).map { FunctionVersion.Variable(name: $0.key, value: $0.value) }
        }
        kmsKeyARN = try fields.string("KMSKeyArn")
        tracingMode = try fields.structure("TracingConfig") { (inner) throws(AWSError) in
            try inner.string("Mode", .oneOf(["Active", "PassThrough"]))
        } ?? nil
        ephemeralStorage = try fields.structure("EphemeralStorage") { (inner) throws(AWSError) in
            try inner.requiredInt("Size", .range(min: 512, max: 10240))
        }
        let snapStart = try fields.structure("SnapStart") { (inner) throws(AWSError) in
            try inner.string("ApplyOn", .oneOf(["PublishedVersions", "None"]))
        } ?? nil
        if snapStart == "PublishedVersions" { throw .notImplemented("Lambda \(operation) with SnapStart") }
        deadLetterTarget = try fields.structure("DeadLetterConfig") { (inner) throws(AWSError) in
            try inner.string("TargetArn", .pattern("(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()", Self.isResource))
        }.map { $0 ?? "" }
        logging = try fields.structure("LoggingConfig") { (inner) throws(AWSError) in
            Logging(
                format: try inner.string("LogFormat", .oneOf(["JSON", "Text"])),
                applicationLevel: try inner.string("ApplicationLogLevel", .oneOf(["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"])),
                systemLevel: try inner.string("SystemLogLevel", .oneOf(["DEBUG", "INFO", "WARN"])),
                group: try inner.string("LogGroup", .length(min: 1, max: 512), .pattern("[\\.\\-_/#A-Za-z0-9]+") { text in
                    text.utf8.allSatisfy { ($0 | 0x20) &- 97 < 26 || $0 &- 48 < 10 || ".-_/#".utf8.contains($0) }
                }))
        }
    }

    private static func refuseVPC(_ fields: inout Fields, _ operation: String) throws(AWSError) {
        _ = try fields.structure("VpcConfig") { (inner) throws(AWSError) in
            try inner.refuse(operation, "SubnetIds", "SecurityGroupIds", "Ipv6AllowedForDualStack")
        }
    }

    private static func isResource(_ text: String) -> Bool {
        let parts = text.split(separator: ":", maxSplits: 3, omittingEmptySubsequences: false)
        return text.isEmpty || parts.count == 4 && parts[0] == "arn" && (parts[1].isEmpty || parts[1].hasPrefix("aws")) && !parts[2].isEmpty
    }

    private static func isRole(_ text: String) -> Bool {
        guard let arn = ARN(text), arn.partition.hasPrefix("aws"), arn.service == "iam", arn.region.isEmpty,
            arn.account.utf8.count == 12, arn.account.utf8.allSatisfy({ $0 &- 48 < 10 }), arn.resource.hasPrefix("role")
        else { return false }
        let name = arn.resource.dropFirst(4)
        return !name.isEmpty && name.utf8.allSatisfy { ($0 | 0x20) &- 97 < 26 || $0 &- 48 < 10 || "_+=,.@-/".utf8.contains($0) }
    }

    /// The rules that the service checks after those of its model.
    func check() throws(AWSError) {
        if let runtime, !Self.runtimes.contains(runtime) {
            // The order of the set is the service model's; AWS prints another one.
            throw .invalidParameter(
                "Value \(runtime) at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [\(Self.runtimes.joined(separator: ", "))] or be a valid ARN")
        }
        if let deadLetterTarget, !deadLetterTarget.isEmpty, !["sqs", "sns"].contains(ARN(deadLetterTarget)?.service) {
            // The rule is AWS's; its words aren't known.
            throw .invalidParameter("The dead letter target \(deadLetterTarget) is invalid: it must be an Amazon SQS queue or an Amazon SNS topic.")
        }
        if let logging, logging.applicationLevel != nil || logging.systemLevel != nil, logging.format == "Text" {
            throw .invalidParameter("The ApplicationLogLevel and SystemLogLevel can only be set when the LogFormat is JSON.")
        }
        guard let variables else { return }
        for variable in variables {
            guard let first = variable.name.utf8.first, (first | 0x20) &- 97 < 26, variable.name.utf8.count > 1,
                variable.name.utf8.allSatisfy({ ($0 | 0x20) &- 97 < 26 || $0 &- 48 < 10 || $0 == UInt8(ascii: "_") })
            else {
                throw .validation(
                    "1 validation error detected: Value at 'environment.variables' failed to satisfy constraint: Map keys must satisfy constraint: "
                        + "[Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]")
            }
        }
        let reserved = variables.map(\.name).filter(Self.reservedVariables.contains)
        guard reserved.isEmpty else {
            throw .invalidParameter(
                "Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys "
                    + "that are currently not supported for modification. Reserved keys used in this request: \(reserved.joined(separator: ", "))")
        }
        let measured = Document.object(Members(variables)).jsonString()
        guard measured.utf8.count <= 4096 else {
            throw .invalidParameter(
                "Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. "
                    + "String measured: \(measured)")
        }
    }

    func apply(to function: inout FunctionVersion) {
        if let runtime { function.runtime = runtime }
        if let role { function.role = role }
        if let handler { function.handler = handler }
        if let description { function.description = description }
        if let timeout { function.timeout = timeout }
        if let memorySize { function.memorySize = memorySize }
        if let variables { function.variables = variables }
        if let kmsKeyARN { function.kmsKeyARN = kmsKeyARN.isEmpty ? nil : kmsKeyARN }
        if let tracingMode { function.tracingMode = tracingMode }
        if let ephemeralStorage { function.ephemeralStorage = ephemeralStorage }
        if let deadLetterTarget { function.deadLetterTarget = deadLetterTarget.isEmpty ? nil : deadLetterTarget }
        if let logging { function.logging.take(logging) }
    }

    static let runtimes = [
        "nodejs", "nodejs4.3", "nodejs6.10", "nodejs8.10", "nodejs10.x", "nodejs12.x", "nodejs14.x", "nodejs16.x", "java8", "java8.al2", "java11",
        "python2.7", "python3.6", "python3.7", "python3.8", "python3.9", "dotnetcore1.0", "dotnetcore2.0", "dotnetcore2.1", "dotnetcore3.1", "dotnet6",
        "dotnet8", "nodejs4.3-edge", "go1.x", "ruby2.5", "ruby2.7", "provided", "provided.al2", "nodejs18.x", "python3.10", "java17", "ruby3.2",
        "ruby3.3", "ruby3.4", "python3.11", "nodejs20.x", "provided.al2023", "python3.12", "java21", "python3.13", "nodejs22.x", "nodejs24.x",
        "python3.14", "java25", "dotnet10", "ruby4.0",
    ]

    /// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
    static let reservedVariables: Set<String> = [
        "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API",
        "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
    ]
}
