import Crypto
import JSON
import Kernel

/// https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
enum CreateFunction: Operation {
    struct Input {
        var name: String
        var settings: FunctionSettings
        var package: [UInt8]?
        var architecture: String?
        var tags: [FunctionVersion.Variable]
        var publishes: Bool
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let name = try fields.requiredString("FunctionName", .length(min: 1, max: 140), FunctionReference.constraint)
        if fields["Role"] == nil { fields.missing("Role") }
        if fields["Code"] == nil { fields.missing("Code") }
        let settings = try FunctionSettings(&fields, of: "CreateFunction")
        let package = try fields.structure("Code") { (code) throws(AWSError) in try DeploymentPackage.read(&code, "CreateFunction") } ?? nil
        let type = try fields.string("PackageType", .oneOf(["Zip", "Image"]))
        if type == "Image" { throw .notImplemented("Lambda CreateFunction with PackageType Image") }
        try fields.refuse("CreateFunction", "CodeSigningConfigArn", "PublishTo", "TenancyConfig")
        let architecture = try fields.strings("Architectures", .length(min: 1, max: 1))?.first
        if let architecture, !DeploymentPackage.architectures.contains(architecture) {
            fields.violate("[\(architecture)]", "Architectures", "Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64]]")
        }
        let tags = (try fields.stringMap("Tags") ?? []).map { FunctionVersion.Variable(name: $0.key, value: $0.value) }
        return Input(
            name: name, settings: settings, package: package, architecture: architecture, tags: tags, publishes: try fields.bool("Publish") ?? false)
    }

    static func run(_ input: Input, on lambda: LambdaService, _ call: Call) throws(AWSError) -> Members {
        let name = FunctionReference(input.name)?.name ?? input.name
        guard name.utf8.count <= 64 else { throw .constraint(name, "functionName", "Member must have length less than or equal to 64") }
        try input.settings.check()
        guard input.settings.runtime != nil else { throw .invalidParameter("Runtime is mandatory for Zip Packages.") }
        guard input.settings.handler != nil else { throw .invalidParameter("Handler is mandatory for Zip Packages.") }
        guard let package = input.package else { throw .invalidParameter("Please provide a source for function code.") }
        try DeploymentPackage.check(package)
        if lambda.state.functions[LambdaService.FunctionKey(scope: call.scope, name: name)] != nil { throw .conflict("Function already exist: \(name)") }
        var version = FunctionVersion(
            name: name, scope: call.scope, role: input.settings.role ?? "", revisionID: lambda.environment.random.uuid(), lastModified: call.now)
        input.settings.apply(to: &version)
        version.architecture = input.architecture ?? version.architecture
        version.take(package)
        version.status = lambda.created(call.now)
        try lambda.checkRunnable(version)
        var function = Function(version)
        function.tags = input.tags
        lambda.keep(function, package: package)
        guard input.publishes else { return version.configuration() }
        // The ARN is the function's own all the same.
        var answer = lambda.publish(&function, status: version.status).configuration()
        answer["FunctionArn"] = .string(function.arn)
        return answer
    }

    static func write(_ output: Members) -> Reply { Reply(.object(output)) }
}

/// The code that a request brings.
enum DeploymentPackage {
    static let architectures = ["x86_64", "arm64"]

    static func read(_ code: inout Fields, _ operation: String) throws(AWSError) -> [UInt8]? {
        try code.refuse(operation, "S3Bucket", "S3Key", "S3ObjectVersion", "ImageUri", "SourceKMSKeyArn")
        guard let text = try code.string("ZipFile") else { return nil }
        guard let bytes = try? Base64.decode(text) else { throw .serialization("Invalid length for a base64-encoded blob") }
        // 50 MB zipped, uploaded directly: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
        guard bytes.count <= 50 << 20 else {
            throw .lambda("RequestEntityTooLargeException", "Request must be smaller than 69905067 bytes for the \(operation) operation", status: 413)
        }
        return bytes
    }

    /// Throws where the bytes are no zip: one ends with the record of its directory and a comment. Nothing in it is run, so nothing else is read.
    static func check(_ package: [UInt8]) throws(AWSError) {
        guard !package.isEmpty else { throw .invalidParameter("Uploaded file must be a non-empty zip") }
        let mark: [UInt8] = [0x50, 0x4B, 0x05, 0x06]
        let end = package.suffix(endRecord + longestComment)
        guard end.count >= endRecord, end.indices.dropLast(endRecord - 1).contains(where: { end[$0...].starts(with: mark) }) else {
            throw .invalidParameter("Could not unzip uploaded file. Please check your file, then try to upload again.")
        }
    }

    /// Bytes of a zip's last record without its comment, and the most that the comment may have.
    private static let endRecord = 22, longestComment = 65_535
}

extension FunctionVersion {
    mutating func take(_ package: [UInt8]) {
        codeSize = package.count
        codeSHA256 = Base64.encode(SHA256.hash(package))
    }

    @CloudActor
    mutating func touch(_ lambda: LambdaService, _ now: Timestamp) {
        revisionID = lambda.environment.random.uuid()
        lastModified = now
        deployment += 1
        status = lambda.updated(now)
    }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html
enum GetFunction: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> FunctionSelection { try FunctionSelection(&fields) }

    static func run(_ input: FunctionSelection, on lambda: LambdaService, _ call: Call) throws(AWSError) -> Members {
        let target = try input.find(in: lambda, call)
        // AWS signs an address in S3. Where the package can be had here is the composition root's to serve.
        var answer: Members = [
            "Configuration": .object(target.version.configuration(qualifier: target.qualifier)),
            "Code": ["RepositoryType": "S3", "Location": .string("\(call.baseURL)/_apus/lambda/packages/\(target.version.arn)")],
        ]
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

    init(name: String) { self.name = name }

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

/// https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html
enum UpdateFunctionConfiguration: Operation {
    struct Input {
        var name: String
        var settings: FunctionSettings
        var revisionID: String?
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let name = try fields.requiredString("FunctionName", .length(min: 1, max: 140), FunctionReference.constraint)
        let settings = try FunctionSettings(&fields, of: "UpdateFunctionConfiguration")
        return Input(name: name, settings: settings, revisionID: try fields.string("RevisionId"))
    }

    static func run(_ input: Input, on lambda: LambdaService, _ call: Call) throws(AWSError) -> FunctionVersion {
        var function = try lambda.target(input.name, call).function
        try function.latest.check(input.revisionID)
        try lambda.checkSettled(function.latest)
        try input.settings.check()
        input.settings.apply(to: &function.latest)
        try lambda.checkRunnable(function.latest)
        function.latest.touch(lambda, call.now)
        lambda.keep(function)
        return function.latest
    }

    static func write(_ version: FunctionVersion) -> Reply { Reply(.object(version.configuration())) }
}

extension FunctionVersion {
    func check(_ expected: String?) throws(AWSError) {
        guard let expected, expected != revisionID else { return }
        throw .staleRevision()
    }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html
enum UpdateFunctionCode: Operation {
    struct Input {
        var name: String
        var package: [UInt8]?
        var architecture: String?
        var isDryRun: Bool
        var publishes: Bool
        var revisionID: String?
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let name = try fields.requiredString("FunctionName", .length(min: 1, max: 140), FunctionReference.constraint)
        let package = try DeploymentPackage.read(&fields, "UpdateFunctionCode")
        try fields.refuse("UpdateFunctionCode", "PublishTo")
        return Input(
            name: name, package: package, architecture: try fields.strings("Architectures", .length(min: 1, max: 1))?.first,
            isDryRun: try fields.bool("DryRun") ?? false, publishes: try fields.bool("Publish") ?? false, revisionID: try fields.string("RevisionId"))
    }

    static func run(_ input: Input, on lambda: LambdaService, _ call: Call) throws(AWSError) -> FunctionVersion {
        var function = try lambda.target(input.name, call).function
        try function.latest.check(input.revisionID)
        try lambda.checkSettled(function.latest)
        guard let package = input.package else { throw .invalidParameter("Please provide a source for function code.") }
        try DeploymentPackage.check(package)
        function.latest.take(package)
        if let architecture = input.architecture {
            guard DeploymentPackage.architectures.contains(architecture) else {
                throw .constraint("[\(architecture)]", "architectures", "Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64]]")
            }
            function.latest.architecture = architecture
        }
        function.latest.touch(lambda, call.now)
        if input.isDryRun { return function.latest }
        lambda.keep(function, package: package)
        return input.publishes ? lambda.publish(&function, status: lambda.created(call.now)) : function.latest
    }

    static func write(_ version: FunctionVersion) -> Reply { Reply(.object(version.configuration())) }
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
