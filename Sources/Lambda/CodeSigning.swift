import JSON
import Kernel

@CloudActor let codeSigningOperations: [OperationEntry<LambdaService>] = [
    OperationEntry(CreateCodeSigningConfig.self, http: HTTPBinding("POST", "/2020-04-22/code-signing-configs", status: 201)),
    OperationEntry(GetCodeSigningConfig.self, http: HTTPBinding("GET", configURI)),
    OperationEntry(UpdateCodeSigningConfig.self, http: HTTPBinding("PUT", configURI)),
    OperationEntry(DeleteCodeSigningConfig.self, http: HTTPBinding("DELETE", configURI, status: 204)),
    OperationEntry(
        ListCodeSigningConfigs.self, http: HTTPBinding("GET", "/2020-04-22/code-signing-configs", query: ["Marker": "Marker", "MaxItems": "MaxItems"])),
    OperationEntry(
        ListFunctionsByCodeSigningConfig.self, http: HTTPBinding("GET", configURI + "/functions", query: ["Marker": "Marker", "MaxItems": "MaxItems"])),
    OperationEntry(PutFunctionCodeSigningConfig.self, http: HTTPBinding("PUT", functionURI)),
    OperationEntry(GetFunctionCodeSigningConfig.self, http: HTTPBinding("GET", functionURI)),
    OperationEntry(DeleteFunctionCodeSigningConfig.self, http: HTTPBinding("DELETE", functionURI, status: 204)),
]

private let configURI = "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}"
private let functionURI = "/2020-06-30/functions/{FunctionName}/code-signing-config"

/// Whose signatures a function's code must bear. Kept and shown: packages aren't looked at for signatures, so that nothing is refused, nor warned of.
/// https://docs.aws.amazon.com/lambda/latest/dg/configuration-codesigning.html
struct CodeSigningConfig: Sendable, Equatable {
    let scope: Scope
    /// `csc-` and 17 characters.
    let id: String
    var description = ""
    /// ARNs of signing profiles' versions.
    var publishers: [String]
    /// `Warn` or `Enforce`.
    var policy = "Warn"
    var lastModified: Timestamp
    var tags: [FunctionVersion.Variable] = []

    var arn: String { ARN("lambda", "code-signing-config:\(id)", in: scope).description }

    var members: Members {
        [
            "CodeSigningConfigId": .string(id), "CodeSigningConfigArn": .string(arn), "Description": .string(description),
            "AllowedPublishers": ["SigningProfileVersionArns": .array(publishers.map { .string($0) })],
            "CodeSigningPolicies": ["UntrustedArtifactOnDeployment": .string(policy)],
            "LastModified": .string(lastModified.iso8601Milliseconds.dropLast() + "+0000"),
        ]
    }

    // MARK: The journal's form

    var entry: [UInt8] { Array("codesigning/\(scope.account)/\(scope.region)/\(id)".utf8) }

    var encoded: [UInt8] {
        let document: Document = [
            "account": .string(scope.account), "region": .string(scope.region), "id": .string(id), "description": .string(description),
            "publishers": .array(publishers.map { .string($0) }), "policy": .string(policy), "lastModified": .int(lastModified.microseconds),
            "tags": .object(Members(tags)),
        ]
        return document.json()
    }

    init(scope: Scope, id: String, publishers: [String], lastModified: Timestamp) {
        self.scope = scope
        self.id = id
        self.publishers = publishers
        self.lastModified = lastModified
    }

    init?(encoded: [UInt8]) {
        guard let document = try? Document(json: encoded), let account = document["account"]?.string, let region = document["region"]?.string,
            let id = document["id"]?.string, let lastModified = document["lastModified"]?.int
        else { return nil }
        self.init(
            scope: Scope(account: account, region: region), id: id, publishers: document["publishers"]?.array?.compactMap(\.string) ?? [],
            lastModified: Timestamp(microseconds: Int64(lastModified)))
        description = document["description"]?.string ?? ""
        policy = document["policy"]?.string ?? policy
        tags = document["tags"]?.object.map(FunctionVersion.variables) ?? []
    }
}

extension LambdaService {
    func keep(_ config: CodeSigningConfig) {
        state.codeSigningConfigs[config.arn] = config
        environment.journal.put(name, config.entry, config.encoded)
    }

    /// The config that a function is to have.
    func codeSigningConfig(forFunction arn: String) throws(AWSError) -> CodeSigningConfig {
        guard let config = state.codeSigningConfigs[arn] else {
            throw .lambda(
                "CodeSigningConfigNotFoundException",
                "The code signing configuration cannot be found. Check that the provided configuration is not deleted: \(arn).", status: 404)
        }
        return config
    }
}

/// Names a config.
struct CodeSigningSelection {
    var arn: String

    init(_ fields: inout Fields) throws(AWSError) {
        arn = try fields.requiredString("CodeSigningConfigArn", .length(max: 200), Self.constraint)
    }

    static let constraint = Constraint.pattern(
        "arn:(aws[a-zA-Z-]*)?:lambda:[a-z]{2}((-gov)|(-iso(b?)))?-[a-z]+-\\d{1}:\\d{12}:code-signing-config:csc-[a-z0-9]{17}"
    ) { text in
        guard let arn = ARN(text), arn.service == "lambda", arn.account.utf8.count == 12 else { return false }
        let prefix = "code-signing-config:csc-"
        let id = arn.resource.utf8.dropFirst(prefix.utf8.count)
        return arn.resource.hasPrefix(prefix) && id.count == 17 && id.allSatisfy { $0 &- 48 < 10 || $0 &- 97 < 26 }
    }

    @CloudActor
    func find(in lambda: LambdaService, _ call: Call) throws(AWSError) -> CodeSigningConfig {
        guard let config = lambda.state.codeSigningConfigs[arn], config.scope == call.scope else {
            // Without a type, unlike Lambda's other errors.
            let text = "The Lambda code signing configuration \(arn) can not be found."
            throw AWSError("ResourceNotFoundException", text, status: 404, members: ["Message": .string(text)])
        }
        return config
    }
}

/// The settings of a config; `nil` where absent.
struct CodeSigningSettings {
    var description: String?
    var publishers: [String]?
    var policy: String?

    init(_ fields: inout Fields) throws(AWSError) {
        description = try fields.string("Description", .length(max: 256))
        publishers = try fields.structure("AllowedPublishers") { (inner) throws(AWSError) in
            if inner["SigningProfileVersionArns"] == nil { inner.missing("SigningProfileVersionArns") }
            return try inner.strings("SigningProfileVersionArns", .length(min: 1, max: 20)) ?? []
        }
        policy = try fields.structure("CodeSigningPolicies") { (inner) throws(AWSError) in
            try inner.string("UntrustedArtifactOnDeployment", .oneOf(["Warn", "Enforce"]))
        } ?? nil
    }

    func apply(to config: inout CodeSigningConfig) {
        config.description = description ?? config.description
        config.publishers = publishers ?? config.publishers
        config.policy = policy ?? config.policy
    }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_CreateCodeSigningConfig.html
enum CreateCodeSigningConfig: Operation {
    struct Input {
        var settings: CodeSigningSettings
        var tags: [FunctionVersion.Variable]
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        if fields["AllowedPublishers"] == nil { fields.missing("AllowedPublishers") }
        let settings = try CodeSigningSettings(&fields)
        return Input(settings: settings, tags: (try fields.stringMap("Tags") ?? []).map { FunctionVersion.Variable(name: $0.key, value: $0.value) })
    }

    static func run(_ input: Input, on lambda: LambdaService, _ call: Call) throws(AWSError) -> CodeSigningConfig {
        try Tag.check(input.tags)
        var config = CodeSigningConfig(
            scope: call.scope, id: "csc-" + lambda.environment.random.lowercaseAlphanumeric(17), publishers: input.settings.publishers ?? [], lastModified: call.now)
        input.settings.apply(to: &config)
        config.tags = input.tags
        lambda.keep(config)
        return config
    }

    static func write(_ config: CodeSigningConfig) -> Reply { Reply(["CodeSigningConfig": .object(config.members)]) }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_GetCodeSigningConfig.html
enum GetCodeSigningConfig: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> CodeSigningSelection { try CodeSigningSelection(&fields) }
    static func run(_ input: CodeSigningSelection, on lambda: LambdaService, _ call: Call) throws(AWSError) -> CodeSigningConfig { try input.find(in: lambda, call) }
    static func write(_ config: CodeSigningConfig) -> Reply { Reply(["CodeSigningConfig": .object(config.members)]) }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_UpdateCodeSigningConfig.html
enum UpdateCodeSigningConfig: Operation {
    struct Input {
        var config: CodeSigningSelection
        var settings: CodeSigningSettings
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input { Input(config: try CodeSigningSelection(&fields), settings: try CodeSigningSettings(&fields)) }

    static func run(_ input: Input, on lambda: LambdaService, _ call: Call) throws(AWSError) -> CodeSigningConfig {
        var config = try input.config.find(in: lambda, call)
        input.settings.apply(to: &config)
        config.lastModified = call.now
        lambda.keep(config)
        return config
    }

    static func write(_ config: CodeSigningConfig) -> Reply { Reply(["CodeSigningConfig": .object(config.members)]) }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteCodeSigningConfig.html
enum DeleteCodeSigningConfig: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> CodeSigningSelection { try CodeSigningSelection(&fields) }

    static func run(_ input: CodeSigningSelection, on lambda: LambdaService, _ call: Call) throws(AWSError) {
        let config = try input.find(in: lambda, call)
        guard !lambda.state.functions.values.contains(where: { $0.codeSigningConfigARN == config.arn }) else {
            // The rule is AWS's; its words aren't known.
            throw .conflict("The code signing configuration \(config.arn) is in use by functions.")
        }
        lambda.state.codeSigningConfigs[config.arn] = nil
        lambda.environment.journal.delete(lambda.name, config.entry)
    }

    static func write(_ output: Void) -> Reply { Reply() }
}

/// Where a list goes on.
struct ListPosition {
    var marker: String?
    var maxItems: Int?

    init(_ fields: inout Fields) throws(AWSError) {
        marker = try fields.string("Marker")
        maxItems = try fields.int("MaxItems", .range(min: 1, max: 10_000))
    }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_ListCodeSigningConfigs.html
enum ListCodeSigningConfigs: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> ListPosition { try ListPosition(&fields) }

    static func run(_ input: ListPosition, on lambda: LambdaService, _ call: Call) throws(AWSError) -> (configs: [CodeSigningConfig], next: String?) {
        let all = lambda.state.codeSigningConfigs.values.filter { $0.scope == call.scope }.sorted { $0.id < $1.id }
        let (page, next) = try Page.take(all, after: input.marker, limit: min(input.maxItems ?? 50, 50), name: \.id)
        return (page, next)
    }

    static func write(_ output: (configs: [CodeSigningConfig], next: String?)) -> Reply {
        var answer: Members = ["CodeSigningConfigs": .array(output.configs.map { .object($0.members) })]
        if let next = output.next { answer.append("NextMarker", .string(next)) }
        return Reply(.object(answer))
    }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionsByCodeSigningConfig.html
enum ListFunctionsByCodeSigningConfig: Operation {
    struct Input {
        var config: CodeSigningSelection
        var position: ListPosition
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input { Input(config: try CodeSigningSelection(&fields), position: try ListPosition(&fields)) }

    static func run(_ input: Input, on lambda: LambdaService, _ call: Call) throws(AWSError) -> (arns: [String], next: String?) {
        let config = try input.config.find(in: lambda, call)
        let all = lambda.state.functions.values.filter { $0.codeSigningConfigARN == config.arn }.map(\.arn).sorted()
        let (page, next) = try Page.take(all, after: input.position.marker, limit: min(input.position.maxItems ?? 50, 50), name: \.self)
        return (page, next)
    }

    static func write(_ output: (arns: [String], next: String?)) -> Reply {
        var answer: Members = ["FunctionArns": .array(output.arns.map { .string($0) })]
        if let next = output.next { answer.append("NextMarker", .string(next)) }
        return Reply(.object(answer))
    }
}

// MARK: Of functions

/// https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionCodeSigningConfig.html
enum PutFunctionCodeSigningConfig: Operation {
    struct Input {
        var config: CodeSigningSelection
        var function: String
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        Input(config: try CodeSigningSelection(&fields), function: try fields.requiredString("FunctionName", .length(min: 1, max: 140), FunctionReference.constraint))
    }

    static func run(_ input: Input, on lambda: LambdaService, _ call: Call) throws(AWSError) -> Function {
        let config = try lambda.codeSigningConfig(forFunction: input.config.arn)
        var function = try lambda.target(input.function, call).function
        function.codeSigningConfigARN = config.arn
        lambda.keep(function)
        return function
    }

    static func write(_ function: Function) -> Reply { GetFunctionCodeSigningConfig.write(function) }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionCodeSigningConfig.html
enum GetFunctionCodeSigningConfig: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> String {
        try fields.requiredString("FunctionName", .length(min: 1, max: 140), FunctionReference.constraint)
    }

    static func run(_ input: String, on lambda: LambdaService, _ call: Call) throws(AWSError) -> Function { try lambda.target(input, call).function }

    static func write(_ function: Function) -> Reply {
        guard let arn = function.codeSigningConfigARN else { return Reply() }
        return Reply(["CodeSigningConfigArn": .string(arn), "FunctionName": .string(function.name)])
    }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionCodeSigningConfig.html
enum DeleteFunctionCodeSigningConfig: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> String { try GetFunctionCodeSigningConfig.read(&fields) }

    static func run(_ input: String, on lambda: LambdaService, _ call: Call) throws(AWSError) {
        var function = try lambda.target(input, call).function
        guard function.codeSigningConfigARN != nil else { return }
        function.codeSigningConfigARN = nil
        lambda.keep(function)
    }

    static func write(_ output: Void) -> Reply { Reply() }
}
