import JSON
import Kernel

/// https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
enum CreateFunction: Operation {
    struct Input {
        var name: String
        var settings: FunctionSettings
        var code: CodeSource?
        var isImage: Bool
        var architecture: String?
        var tags: [FunctionVersion.Variable]
        var publishes: Bool
        var codeSigningConfigARN: String?
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let name = try fields.requiredString("FunctionName", .length(min: 1, max: 140), FunctionReference.constraint)
        if fields["Role"] == nil { fields.missing("Role") }
        if fields["Code"] == nil { fields.missing("Code") }
        let settings = try FunctionSettings(&fields, of: "CreateFunction")
        let code = try fields.structure("Code") { (code) throws(AWSError) in try CodeSource(&code) }
        let type = try fields.string("PackageType", .oneOf(["Zip", "Image"]))
        try fields.refuse("CreateFunction", "PublishTo", "TenancyConfig")
        let tags = (try fields.stringMap("Tags") ?? []).map { FunctionVersion.Variable(name: $0.key, value: $0.value) }
        return Input(
            name: name, settings: settings, code: code, isImage: type == "Image", architecture: try DeploymentPackage.architecture(&fields), tags: tags,
            publishes: try fields.bool("Publish") ?? false,
            codeSigningConfigARN: try fields.string("CodeSigningConfigArn", .length(max: 200), CodeSigningSelection.constraint))
    }

    static func run(_ input: Input, on lambda: LambdaService, _ call: Call) throws(AWSError) -> Members {
        let name = try Self.name(input.name, call)
        var version = FunctionVersion(
            name: name, scope: call.scope, role: input.settings.role ?? "", revisionID: lambda.environment.random.uuid(), lastModified: call.now)
        input.settings.apply(to: &version)
        version.architecture = input.architecture ?? version.architecture
        version.status = lambda.created(call.now)
        version.deployment = Int(truncatingIfNeeded: lambda.environment.random.next() >> 1)
        version.settings.imageURI = input.isImage ? input.code?.imageURI ?? "" : nil
        try input.settings.check(version)
        try Tag.check(input.tags)
        let package = try Self.package(input, &version, lambda, call)
        version.settings.layers = try lambda.layers(input.settings.layers ?? [], of: version)
        guard lambda.state.functions[version.key] == nil else { throw .conflict("Function already exist: \(name)") }
        try lambda.checkRunnable(version, tags: input.tags)
        var function = Function(version)
        function.tags = input.tags
        if let arn = input.codeSigningConfigARN { function.codeSigningConfigARN = try lambda.codeSigningConfig(forFunction: arn).arn }
        lambda.keep(function, package: package)
        guard input.publishes else { return version.configuration() }
        // The ARN is the function's own all the same.
        var answer = lambda.publish(&function, status: version.status).configuration()
        answer["FunctionArn"] = .string(function.arn)
        return answer
    }

    private static func name(_ text: String, _ call: Call) throws(AWSError) -> String {
        let reference = FunctionReference(text)
        if let region = reference?.region, region != call.region {
            throw .notFound("Functions from '\(region)' are not reachable in this region ('\(call.region)')")
        }
        if let account = reference?.account, account != call.account { throw AWSError("AccessDeniedException", nil, status: 403) }
        let name = reference?.name ?? text
        guard name.utf8.count <= 64 else {
            throw .invalidParameter(
                "1 validation error detected: Value '\(name)' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64")
        }
        return name
    }

    /// - Returns: the archive's bytes; `nil` for an image.
    private static func package(_ input: Input, _ version: inout FunctionVersion, _ lambda: LambdaService, _ call: Call) throws(AWSError) -> [UInt8]? {
        version.settings.sourceKeyARN = input.code?.keyARN
        guard input.isImage else {
            guard let code = input.code, code.imageURI == nil else {
                throw .invalidParameter("Please don't provide ImageUri when creating a function with packageType Zip.")
            }
            let package = try code.package(lambda, call, for: "CreateFunction")
            version.take(package)
            return package.bytes
        }
        guard let uri = input.code?.imageURI, !uri.isEmpty else { throw .invalidParameter("Please provide ImageUri when creating a function with packageType Image.") }
        version.take(imageURI: uri)
        return nil
    }

    static func write(_ output: Members) -> Reply { Reply(.object(output)) }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html
enum GetFunction: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> FunctionSelection { try FunctionSelection(&fields) }

    static func run(_ input: FunctionSelection, on lambda: LambdaService, _ call: Call) throws(AWSError) -> Members {
        let target = try input.find(in: lambda, call)
        var answer: Members = ["Configuration": .object(target.version.configuration(qualifier: target.qualifier))]
        if let image = target.version.settings.imageURI, let resolved = target.version.resolvedImageURI {
            answer.append("Code", ["RepositoryType": "ECR", "ImageUri": .string(image), "ResolvedImageUri": .string(resolved)])
        } else {
            // AWS signs an address in S3. Where the package can be had here is the composition root's to serve.
            var code: Members = ["RepositoryType": "S3", "Location": .string("\(call.baseURL)/_apus/lambda/packages/\(target.version.arn)")]
            code["SourceKMSKeyArn"] = target.version.settings.sourceKeyARN.map { .string($0) }
            answer.append("Code", .object(code))
        }
        if let reserved = target.function.reservedConcurrency { answer.append("Concurrency", ["ReservedConcurrentExecutions": .int(reserved)]) }
        if !target.function.tags.isEmpty { answer.append("Tags", .object(Members(target.function.tags))) }
        return answer
    }

    static func write(_ output: Members) -> Reply { Reply(.object(output)) }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html
enum GetFunctionConfiguration: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> FunctionSelection { try FunctionSelection(&fields) }
    static func run(_ input: FunctionSelection, on lambda: LambdaService, _ call: Call) throws(AWSError) -> LambdaService.Target { try input.find(in: lambda, call) }
    static func write(_ target: LambdaService.Target) -> Reply { Reply(.object(target.version.configuration(qualifier: target.qualifier))) }
}

/// A function's name and, beside it, which version is meant.
struct FunctionSelection {
    var name: String
    var qualifier: String?

    init(name: String, qualifier: String? = nil) {
        self.name = name
        self.qualifier = qualifier
    }

    init(_ fields: inout Fields) throws(AWSError) {
        name = try fields.requiredString("FunctionName", .length(min: 1, max: 256), FunctionReference.constraint)
        qualifier = try fields.string("Qualifier", .length(min: 1, max: 128), .pattern("\\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+") { text in
            text == FunctionReference.latest || text == "$LATEST.PUBLISHED"
                || !text.isEmpty && text.utf8.allSatisfy { ($0 | 0x20) &- 97 < 26 || $0 &- 48 < 10 || "-_$".utf8.contains($0) }
        })
    }

    /// - Parameter namesAliases: whether the error for an alias that isn't there says so.
    @CloudActor
    func find(in lambda: LambdaService, namesAliases: Bool = false, _ call: Call) throws(AWSError) -> LambdaService.Target {
        try lambda.target(name, qualifier: qualifier, namesAliases: namesAliases, call)
    }

    /// The qualifier of the request or of the name, which must be the same where both are.
    func agreedQualifier() throws(AWSError) -> String? {
        let derived = FunctionReference(name)?.qualifier
        if let derived, let qualifier, derived != qualifier { throw .qualifierMismatch }
        return qualifier ?? derived
    }

    /// A name without the qualifier that may be behind it.
    static func unqualified(_ name: String) -> String {
        guard let qualifier = FunctionReference(name)?.qualifier else { return name }
        return String(name.dropLast(qualifier.count + 1))
    }
}

extension AWSError {
    static var qualifierMismatch: AWSError { invalidParameter("The derived qualifier from the function name does not match the specified qualifier.") }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html
enum ListFunctions: Operation {
    struct Input {
        var masterRegion: String?
        var listsVersions: Bool
        var marker: String?
        var maxItems: Int?
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let masterRegion = try fields.string("MasterRegion", .pattern("ALL|[a-z]{2}(-gov)?-[a-z]+-\\d{1}") { $0 == "ALL" || FunctionReference.isRegion($0[...]) })
        return Input(
            masterRegion: masterRegion, listsVersions: try fields.string("FunctionVersion", .oneOf(["ALL"])) != nil,
            marker: try fields.string("Marker"), maxItems: try fields.int("MaxItems", .range(min: 1, max: 10_000)))
    }

    static func run(_ input: Input, on lambda: LambdaService, _ call: Call) throws(AWSError) -> (versions: [FunctionVersion], listsVersions: Bool, next: String?) {
        if input.masterRegion != nil, !input.listsVersions { throw .invalidParameter("FunctionVersion must be set to ALL if MasterRegion is specified") }
        // Only replicas of functions at the edge have a master, and there are none.
        let functions = input.masterRegion.map { $0 != "ALL" } ?? false ? [] : lambda.state.functions.values.filter { $0.scope == call.scope }
        let all = functions.flatMap { input.listsVersions ? [$0.latest] + $0.versions : [$0.latest] }
        let name = { (version: FunctionVersion) in "\(version.name)\u{1}\(version.orderedVersion)" }
        // At most 50 a page, whatever is asked for.
        let (page, next) = try Page.take(all.sorted { name($0) < name($1) }, after: input.marker, limit: min(input.maxItems ?? 50, 50), name: name)
        return (page, input.listsVersions, next)
    }

    static func write(_ output: (versions: [FunctionVersion], listsVersions: Bool, next: String?)) -> Reply {
        let versions = output.versions.map { Document.object($0.configuration(qualifier: output.listsVersions ? $0.version : nil, isListed: true)) }
        var answer: Members = ["Functions": .array(versions)]
        if let next = output.next { answer.append("NextMarker", .string(next)) }
        return Reply(.object(answer))
    }
}

/// Pages of a sorted list. A marker is the base64 of the name that the page before ended with.
enum Page {
    static func take<Element>(_ all: [Element], after marker: String?, limit: Int, name: (Element) -> String) throws(AWSError) -> ([Element], String?) {
        var start = 0
        if let marker, !marker.isEmpty {
            guard let bytes = try? Base64.decode(marker) else { throw .invalidParameter("Invalid value for Marker") }
            let last = String(decoding: bytes, as: UTF8.self)
            start = all.firstIndex { name($0) > last } ?? all.count
        }
        let page = Array(all[start...].prefix(limit))
        let isLast = start + page.count >= all.count
        return (page, isLast ? nil : page.last.map { Base64.encode(Array(name($0).utf8)) })
    }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html
enum DeleteFunction: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> FunctionSelection { try FunctionSelection(&fields) }

    static func run(_ input: FunctionSelection, on lambda: LambdaService, _ call: Call) throws(AWSError) {
        var function = try lambda.target(FunctionSelection.unqualified(input.name), call).function
        guard let qualifier = try input.agreedQualifier() else { return lambda.drop(function) }
        guard qualifier != FunctionReference.latest else { throw .invalidParameter("$LATEST version cannot be deleted without deleting the function.") }
        guard FunctionReference.isNumber(qualifier) else { throw .invalidParameter("Deletion of aliases is not currently supported.") }
        let aliases = function.aliases.values.filter { $0.version == qualifier || $0.weights.contains { $0.version == qualifier } }
        guard aliases.isEmpty else {
            let names = aliases.map(\.name).sorted().joined(separator: ", ")
            throw .conflict("Unable to delete version because the following aliases reference it: [\(names)]")
        }
        // A version that isn't there is gone already.
        guard let version = function.version(qualifier) else { return }
        function.versions.removeAll { $0.version == qualifier }
        function.forget(qualifier: qualifier)
        lambda.unpublish(version, of: function)
    }

    static func write(_ output: Void) -> Reply { Reply(["StatusCode": 204]) }
}
