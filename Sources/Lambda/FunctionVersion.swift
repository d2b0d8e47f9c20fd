import JSON
import Kernel

/// One version of a function: its configuration, and which code it runs. `$LATEST` is changed, published versions never are.
/// https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html
package struct FunctionVersion: Sendable, Equatable {
    package var name: String
    package var scope: Scope
    /// `$LATEST`, or a number from 1.
    package var version = FunctionReference.latest
    var runtime: String?
    var role: String
    package var handler: String?
    var description = ""
    /// Seconds.
    var timeout = 3
    /// Megabytes.
    var memorySize = 128
    var codeSize = 0
    /// Base64 of the SHA-256 of the deployment package.
    var codeSHA256 = ""
    var variables: [Variable]?
    var kmsKeyARN: String?
    var tracingMode = "PassThrough"
    var architecture = "x86_64"
    /// Megabytes of `/tmp`.
    var ephemeralStorage = 512
    var logging = LoggingSettings()
    /// The ARN of the queue or the topic for events that were given up.
    var deadLetterTarget: String?
    var settings = VersionSettings()
    /// Changes with every change of it, of its status and of its policy.
    var revisionID: String
    var lastModified: Timestamp
    var status = FunctionStatus.active
    /// Changes with every change of code and configuration, and is another for another function of the name: execution environments of an earlier one are outdated.
    var deployment = 0

    /// A name and its value, in the order in which they were given.
    struct Variable: Sendable, Equatable {
        var name: String
        var value: String
    }

    /// The function's own ARN, without a qualifier.
    package var functionARN: String { FunctionReference.arn(name, in: scope) }

    /// As AWS names the version: `$LATEST` by the function's own ARN.
    package var arn: String { isLatest ? functionARN : "\(functionARN):\(version)" }

    var isLatest: Bool { version == FunctionReference.latest }
    var key: LambdaService.FunctionKey { LambdaService.FunctionKey(scope: scope, name: name) }
    var package: LambdaService.PackageKey { LambdaService.PackageKey(function: key, codeSHA256: codeSHA256) }

    /// The group that the function's log goes to.
    var effectiveLogGroup: String { logging.group ?? "/aws/lambda/\(name)" }

    init(name: String, scope: Scope, role: String, revisionID: String, lastModified: Timestamp) {
        self.name = name
        self.scope = scope
        self.role = role
        self.revisionID = revisionID
        self.lastModified = lastModified
    }
}

extension FunctionVersion {
    /// AWS's `FunctionConfiguration`.
    /// - Parameters:
    ///   - qualifier: as the request named the version, where it did: it stands in the ARN of the answer.
    ///   - isListed: whether it is one of a list, which says less of each.
    func configuration(qualifier: String? = nil, isListed: Bool = false) -> Members {
        var members = Members()
        members.append("FunctionName", .string(name))
        members.append("FunctionArn", .string(qualifier.map { "\(functionARN):\($0)" } ?? arn))
        if let runtime { members.append("Runtime", .string(runtime)) }
        members.append("Role", .string(role))
        if let handler { members.append("Handler", .string(handler)) }
        members.append("CodeSize", .int(codeSize))
        members.append("Description", .string(description))
        members.append("Timeout", .int(timeout))
        members.append("MemorySize", .int(memorySize))
        // Lambda alone writes the zone so.
        members.append("LastModified", .string(lastModified.iso8601Milliseconds.dropLast() + "+0000"))
        members.append("CodeSha256", .string(codeSHA256))
        members.append("Version", .string(version))
        if let vpc = settings.vpc { members.append("VpcConfig", vpc.document) }
        if let deadLetterTarget { members.append("DeadLetterConfig", ["TargetArn": .string(deadLetterTarget)]) }
        if let variables { members.append("Environment", ["Variables": .object(Members(variables))]) }
        if let kmsKeyARN { members.append("KMSKeyArn", .string(kmsKeyARN)) }
        members.append("TracingConfig", ["Mode": .string(tracingMode)])
        members.append("RevisionId", .string(revisionID))
        if !settings.layers.isEmpty { members.append("Layers", .array(settings.layers.map(\.document))) }
        if !isListed { for member in status.members { members.append(member.name, member.value) } }
        if !settings.fileSystems.isEmpty { members.append("FileSystemConfigs", .array(settings.fileSystems.map(\.document))) }
        members.append("PackageType", settings.imageURI == nil ? "Zip" : "Image")
        if !settings.image.isEmpty { members.append("ImageConfigResponse", ["ImageConfig": settings.image.document]) }
        members.append("Architectures", [.string(architecture)])
        members.append("EphemeralStorage", ["Size": .int(ephemeralStorage)])
        members.append(
            "SnapStart",
            [
                "ApplyOn": settings.appliesSnapStart ? "PublishedVersions" : "None",
                "OptimizationStatus": settings.appliesSnapStart && !isLatest ? "On" : "Off",
            ])
        if !isListed, let runtime {
            members.append("RuntimeVersionConfig", ["RuntimeVersionArn": .string(Self.runtimeVersionARN(runtime, in: scope))])
        }
        members.append("LoggingConfig", .object(logging.answer(group: effectiveLogGroup)))
        return members
    }
}

extension Members {
    init(_ variables: [FunctionVersion.Variable]) { self.init(variables.map { Member(name: $0.name, value: .string($0.value)) }) }
}

// MARK: The journal's form

extension FunctionVersion {
    var encoded: [UInt8] { document.json() }

    /// What is kept of a version.
    var document: Document {
        var members: Members = [
            "name": .string(name), "account": .string(scope.account), "region": .string(scope.region), "role": .string(role),
            "description": .string(description), "timeout": .int(timeout), "memorySize": .int(memorySize), "codeSize": .int(codeSize),
            "codeSHA256": .string(codeSHA256), "tracingMode": .string(tracingMode), "architecture": .string(architecture),
            "ephemeralStorage": .int(ephemeralStorage), "version": .string(version), "revisionID": .string(revisionID),
            "lastModified": .int(lastModified.microseconds), "deployment": .int(deployment),
        ]
        members["runtime"] = runtime.map { .string($0) }
        members["handler"] = handler.map { .string($0) }
        members["variables"] = variables.map { .object(Members($0)) }
        members["kmsKeyARN"] = kmsKeyARN.map { .string($0) }
        members["settings"] = settings.kept
        members["status"] = status.kept
        if logging != LoggingSettings() { members.append("logging", logging.document) }
        members["deadLetterTarget"] = deadLetterTarget.map { .string($0) }
        return .object(members)
    }

    init?(document: Document) {
        guard let name = document["name"]?.string, let account = document["account"]?.string,
            let region = document["region"]?.string, let role = document["role"]?.string, let revisionID = document["revisionID"]?.string,
            let lastModified = document["lastModified"]?.int
        else { return nil }
        self.init(
            name: name, scope: Scope(account: account, region: region), role: role, revisionID: revisionID,
            lastModified: Timestamp(microseconds: Int64(lastModified)))
        runtime = document["runtime"]?.string
        handler = document["handler"]?.string
        description = document["description"]?.string ?? ""
        timeout = document["timeout"]?.int ?? timeout
        memorySize = document["memorySize"]?.int ?? memorySize
        codeSize = document["codeSize"]?.int ?? 0
        codeSHA256 = document["codeSHA256"]?.string ?? ""
        variables = document["variables"]?.object.map(Self.variables)
        kmsKeyARN = document["kmsKeyARN"]?.string
        tracingMode = document["tracingMode"]?.string ?? tracingMode
        architecture = document["architecture"]?.string ?? architecture
        ephemeralStorage = document["ephemeralStorage"]?.int ?? ephemeralStorage
        if let kept = document["logging"] { logging = LoggingSettings(document: kept) }
        deadLetterTarget = document["deadLetterTarget"]?.string
        version = document["version"]?.string ?? version
        settings = document["settings"].map { VersionSettings(kept: $0) } ?? settings
        status = FunctionStatus(kept: document["status"])
        deployment = document["deployment"]?.int ?? 0
    }

    static func variables(_ members: Members) -> [Variable] {
        members.compactMap { member in member.value.string.map { Variable(name: member.name, value: $0) } }
    }
}
