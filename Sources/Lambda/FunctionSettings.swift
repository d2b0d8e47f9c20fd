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
    /// Empty: none any more.
    var kmsKeyARN: String?
    var tracingMode: String?
    var ephemeralStorage: Int?
    var vpc: VPCConfiguration?
    var fileSystems: [FileSystem]?
    /// Empty: none any more.
    var deadLetterTarget: String?
    /// ARNs of layers' versions.
    var layers: [String]?
    var image: ImageConfiguration?
    var appliesSnapStart: Bool?
    var logging: Logging?

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
        try fields.refuse(operation, "CapacityProviderConfig", "DurableConfig")
        vpc = try fields.structure("VpcConfig") { (inner) throws(AWSError) in
            VPCConfiguration(
                subnets: try inner.strings("SubnetIds", .length(max: 16)) ?? [], securityGroups: try inner.strings("SecurityGroupIds", .length(max: 5)) ?? [],
                allowsIPv6: try inner.bool("Ipv6AllowedForDualStack") ?? false)
        }
        deadLetterTarget = try fields.structure("DeadLetterConfig") { (inner) throws(AWSError) in
            try inner.string("TargetArn", .pattern("(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()", Self.isResource)) ?? ""
        }
        variables = try fields.structure("Environment") { (inner) throws(AWSError) in
            (try inner.stringMap("Variables") ?? []).map { FunctionVersion.Variable(name: $0.key, value: $0.value) }
        }
        kmsKeyARN = try fields.string("KMSKeyArn", .pattern("(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()", Self.isResource))
        tracingMode = try fields.structure("TracingConfig") { (inner) throws(AWSError) in
            try inner.string("Mode", .oneOf(["Active", "PassThrough"]))
        } ?? nil
        layers = try Self.layers(&fields)
        fileSystems = try Self.fileSystems(&fields)
        image = try fields.structure("ImageConfig") { (inner) throws(AWSError) in
            ImageConfiguration(
                entryPoint: try inner.strings("EntryPoint", .length(max: 1500)), command: try inner.strings("Command", .length(max: 1500)),
                workingDirectory: try inner.string("WorkingDirectory", .length(max: 1000)))
        }
        ephemeralStorage = try fields.structure("EphemeralStorage") { (inner) throws(AWSError) in
            try inner.requiredInt("Size", .range(min: 512, max: 10240))
        }
        appliesSnapStart = try fields.structure("SnapStart") { (inner) throws(AWSError) in
            try inner.string("ApplyOn", .oneOf(["PublishedVersions", "None"])) == "PublishedVersions"
        }
        logging = try fields.structure("LoggingConfig") { (inner) throws(AWSError) in
            Logging(
                format: try inner.string("LogFormat", .oneOf(["JSON", "Text"])),
                applicationLevel: try inner.string("ApplicationLogLevel", .oneOf(["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"])),
                systemLevel: try inner.string("SystemLogLevel", .oneOf(["DEBUG", "INFO", "WARN"])),
                group: try inner.string("LogGroup", .length(min: 1, max: 512), .pattern("[\\.\\-_/#A-Za-z0-9]+", Self.isLogGroup)))
        }
    }

    private static func layers(_ fields: inout Fields) throws(AWSError) -> [String]? {
        guard let layers = try fields.strings("Layers") else { return nil }
        if !layers.allSatisfy({ LayerReference.names($0) != nil && $0.utf8.count <= 140 }) {
            fields.violate(
                "[\(layers.joined(separator: ", "))]", "Layers",
                "Member must satisfy constraint: [Member must have length less than or equal to 140, Member must have length greater than or equal to 1, "
                    + "Member must satisfy regular expression pattern: (arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)"
                    + "|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+), Member must not be null]")
        }
        return layers
    }

    private static func fileSystems(_ fields: inout Fields) throws(AWSError) -> [FileSystem]? {
        try fields.structures("FileSystemConfigs", .length(max: 1)) { (inner) throws(AWSError) in
            FileSystem(
                arn: try inner.requiredString(
                    "Arn", .length(max: 256),
                    .pattern("arn:aws[a-zA-Z-]*:elasticfilesystem:[a-z]{2}((-gov)|(-iso(b?)))?-[a-z]+-\\d{1}:\\d{12}:access-point/fsap-[a-f0-9]{17}", Self.isAccessPoint)),
                path: try inner.requiredString("LocalMountPath", .length(max: 160), .pattern("/mnt/[a-zA-Z0-9-_.]+") { text in
                    text.hasPrefix("/mnt/") && text.utf8.count > 5 && text.utf8.dropFirst(5).allSatisfy { ($0 | 0x20) &- 97 < 26 || $0 &- 48 < 10 || "-_.".utf8.contains($0) }
                }))
        }
    }

    private static func isAccessPoint(_ text: String) -> Bool {
        guard let arn = ARN(text), arn.partition.hasPrefix("aws"), arn.service == "elasticfilesystem", arn.account.utf8.count == 12 else { return false }
        let prefix = "access-point/fsap-"
        let name = arn.resource.utf8.dropFirst(prefix.utf8.count)
        return arn.resource.hasPrefix(prefix) && name.count == 17 && name.allSatisfy { $0 &- 48 < 10 || $0 &- 97 < 6 }
    }

    private static func isResource(_ text: String) -> Bool {
        text.isEmpty || text.hasPrefix("arn:") && text.split(separator: ":", maxSplits: 3, omittingEmptySubsequences: false).count == 4
    }

    private static func isLogGroup(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { ($0 | 0x20) &- 97 < 26 || $0 &- 48 < 10 || ".-_/#".utf8.contains($0) }
    }

    private static func isRole(_ text: String) -> Bool {
        guard let arn = ARN(text), arn.partition.hasPrefix("aws"), arn.service == "iam", arn.region.isEmpty,
            arn.account.utf8.count == 12, arn.account.utf8.allSatisfy({ $0 &- 48 < 10 }), arn.resource.hasPrefix("role")
        else { return false }
        let name = arn.resource.dropFirst(4)
        return !name.isEmpty && name.utf8.allSatisfy { ($0 | 0x20) &- 97 < 26 || $0 &- 48 < 10 || "_+=,.@-/".utf8.contains($0) }
    }
}

// MARK: What the service checks after its model

extension FunctionSettings {
    /// - Parameter version: as it is with these settings.
    func check(_ version: FunctionVersion) throws(AWSError) {
        if let runtime, !Self.runtimes.contains(runtime) {
            // The order of the set is the service model's; AWS prints another one.
            throw .invalidParameter(
                "Value \(runtime) at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [\(Self.runtimes.joined(separator: ", "))] or be a valid ARN")
        }
        try checkPackageType(version)
        try checkVariables()
        if let vpc = version.settings.vpc, vpc.subnets.isEmpty != vpc.securityGroups.isEmpty {
            throw .invalidParameter("SubnetIds and SecurityGroupIds must coexist or be both empty list.")
        }
        if let system = version.settings.fileSystems.first, version.settings.vpc?.subnets.isEmpty ?? true {
            throw .invalidParameter("Function must be configured to execute in a VPC to reference access point \(system.arn).")
        }
        if let deadLetterTarget, !deadLetterTarget.isEmpty, !["sqs", "sns"].contains(ARN(deadLetterTarget)?.service) {
            // The rule is AWS's; its words aren't known.
            throw .invalidParameter("The dead letter target \(deadLetterTarget) is invalid: it must be an Amazon SQS queue or an Amazon SNS topic.")
        }
        if version.settings.appliesSnapStart, let runtime = version.runtime, !Self.supportsSnapStart(runtime) {
            throw .invalidParameter("\(runtime) is not supported for SnapStart enabled functions.")
        }
        if let logging, !version.logging.isJSON, logging.applicationLevel != nil || logging.systemLevel != nil {
            throw .invalidParameter(
                "LogLevel is not supported when LogFormat is set to \"Text\". Remove LogLevel from your request or change the LogFormat to \"Json\" and try again.")
        }
    }

    private func checkPackageType(_ version: FunctionVersion) throws(AWSError) {
        if version.settings.imageURI != nil {
            guard version.runtime == nil, version.handler == nil, version.settings.layers.isEmpty, layers ?? [] == [] else {
                throw .invalidParameter("Please don't provide Handler or Runtime or Layer when the intended function PackageType is Image.")
            }
        } else {
            guard version.runtime != nil, version.handler != nil else {
                throw .invalidParameter("Runtime and Handler are mandatory parameters for functions created with deployment packages.")
            }
            guard image?.isEmpty ?? true else { throw .invalidParameter("Please don't provide ImageConfig when the intended function PackageType is Zip.") }
        }
    }

    private func checkVariables() throws(AWSError) {
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

    /// https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html
    private static func supportsSnapStart(_ runtime: String) -> Bool {
        ["java11", "java17", "java21", "java25", "python3.12", "python3.13", "python3.14", "dotnet8", "dotnet10"].contains(runtime)
    }

    /// Everything but the layers, which are to be found first.
    func apply(to version: inout FunctionVersion) {
        if let runtime { version.runtime = runtime }
        if let role { version.role = role }
        if let handler { version.handler = handler }
        if let description { version.description = description }
        if let timeout { version.timeout = timeout }
        if let memorySize { version.memorySize = memorySize }
        if let variables { version.variables = variables }
        if let kmsKeyARN { version.kmsKeyARN = kmsKeyARN.isEmpty ? nil : kmsKeyARN }
        if let tracingMode { version.tracingMode = tracingMode }
        if let ephemeralStorage { version.ephemeralStorage = ephemeralStorage }
        if let vpc { version.settings.vpc = vpc }
        if let fileSystems { version.settings.fileSystems = fileSystems }
        if let deadLetterTarget { version.deadLetterTarget = deadLetterTarget.isEmpty ? nil : deadLetterTarget }
        if let logging { version.logging.take(logging) }
        if let image { version.settings.image = image }
        if let appliesSnapStart { version.settings.appliesSnapStart = appliesSnapStart }
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
