import JSON
import Kernel

/// A function with all that hangs on it: its versions, aliases, tags, policies and limits. What can be invoked is one of its versions.
package struct Function: Sendable, Equatable {
    package var latest: FunctionVersion
    /// The published versions, oldest first.
    var versions: [FunctionVersion] = []
    /// The number of the last version that was published: numbers aren't used again.
    var lastVersion = 0
    var aliases: [String: Alias] = [:]
    var tags: [FunctionVersion.Variable] = []
    /// What the last published version was made from.
    var publishedFingerprint: String?
    /// The statements of resource policies by qualifier; the function's own are under the empty one.
    var policies: [String: [PolicyStatement]] = [:]
    /// How many invocations may run at once, where it is limited and reserved.
    var reservedConcurrency: Int?
    /// Whether it may be invoked again and again in one chain of causes.
    var allowsRecursion = false
    /// By qualifier; the function's own is under `$LATEST`.
    var eventInvokeConfigs: [String: EventInvokeConfig] = [:]
    /// By version or alias.
    var provisioned: [String: ProvisionedConcurrency] = [:]
    /// By version.
    var runtimeManagement: [String: RuntimeManagement] = [:]
    var scaling: [String: FunctionScaling] = [:]
    var codeSigningConfigARN: String?

    package var name: String { latest.name }
    package var scope: Scope { latest.scope }
    /// Without a qualifier.
    package var arn: String { latest.functionARN }
    var key: LambdaService.FunctionKey { latest.key }

    init(_ latest: FunctionVersion) { self.latest = latest }

    /// The version of a number, or `$LATEST`.
    func version(_ text: String) -> FunctionVersion? {
        text == FunctionReference.latest ? latest : versions.first { $0.version == text }
    }

    /// Takes a published version in its place.
    mutating func take(_ version: FunctionVersion) {
        let number = Int(version.version) ?? 0
        let place = versions.firstIndex { (Int($0.version) ?? 0) >= number } ?? versions.endIndex
        versions.insert(version, at: place)
    }

    /// Drops what hangs on a version or an alias that is gone.
    mutating func forget(qualifier: String) {
        policies[qualifier] = nil
        eventInvokeConfigs[qualifier] = nil
        provisioned[qualifier] = nil
        runtimeManagement[qualifier] = nil
        scaling[qualifier] = nil
    }

    /// The deployment packages that a version of it runs.
    var packages: Set<LambdaService.PackageKey> { Set(([latest] + versions).map(\.package)) }
}

/// A name for a version, or for two of which each gets a share of the invocations.
/// https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html
package struct Alias: Sendable, Equatable {
    var name: String
    var version: String
    var description = ""
    /// Other versions with their shares, from 0 to 1; the rest is the alias's own version's.
    var weights: [Weight] = []
    var revisionID: String

    struct Weight: Sendable, Equatable {
        var version: String
        var share: Double
    }
}

// MARK: The journal's form

extension Function {
    /// Everything but the published versions, which have entries of their own.
    var encoded: [UInt8] {
        var members: Members = [
            "latest": latest.document, "lastVersion": .int(lastVersion), "aliases": .array(aliases.values.sorted { $0.name < $1.name }.map(\.kept)),
            "tags": .object(Members(tags)),
            "policies": .array(policies.sorted { $0.key < $1.key }.map { qualifier, statements in
                ["qualifier": .string(qualifier), "statements": .array(statements.map(\.document))]
            }),
        ]
        members["publishedFingerprint"] = publishedFingerprint.map { .string($0) }
        members["reservedConcurrency"] = reservedConcurrency.map { .int($0) }
        if allowsRecursion { members.append("allowsRecursion", true) }
        if !eventInvokeConfigs.isEmpty {
            members.append("eventInvokeConfigs", .array(eventInvokeConfigs.sorted { $0.key < $1.key }.map { $0.value.document($0.key) }))
        }
        if !provisioned.isEmpty { members["provisioned"] = .array(provisioned.sorted { $0.key < $1.key }.map { $0.value.kept($0.key) }) }
        if !runtimeManagement.isEmpty {
            members["runtimeManagement"] = .array(runtimeManagement.sorted { $0.key < $1.key }.map { $0.value.kept($0.key) })
        }
        if !scaling.isEmpty { members["scaling"] = .array(scaling.sorted { $0.key < $1.key }.map { $0.value.kept($0.key) }) }
        members["codeSigningConfigARN"] = codeSigningConfigARN.map { .string($0) }
        return Document.object(members).json()
    }

    init?(encoded: [UInt8]) {
        guard let document = try? Document(json: encoded), let latest = document["latest"].flatMap({ FunctionVersion(document: $0) }) else { return nil }
        self.init(latest)
        lastVersion = document["lastVersion"]?.int ?? 0
        for alias in (document["aliases"]?.array ?? []).compactMap({ Alias(document: $0) }) { aliases[alias.name] = alias }
        tags = document["tags"]?.object.map(FunctionVersion.variables) ?? []
        for policy in document["policies"]?.array ?? [] {
            guard let qualifier = policy["qualifier"]?.string else { continue }
            policies[qualifier] = (policy["statements"]?.array ?? []).compactMap { PolicyStatement(document: $0) }
        }
        publishedFingerprint = document["publishedFingerprint"]?.string
        reservedConcurrency = document["reservedConcurrency"]?.int
        allowsRecursion = document["allowsRecursion"] == true
        for config in document["eventInvokeConfigs"]?.array ?? [] {
            if let qualifier = config["qualifier"]?.string { eventInvokeConfigs[qualifier] = EventInvokeConfig(document: config) }
        }
        codeSigningConfigARN = document["codeSigningConfigARN"]?.string
        for kept in document["provisioned"]?.array ?? [] {
            if let qualifier = kept["qualifier"]?.string { provisioned[qualifier] = ProvisionedConcurrency(kept: kept) }
        }
        for kept in document["runtimeManagement"]?.array ?? [] {
            if let qualifier = kept["qualifier"]?.string { runtimeManagement[qualifier] = RuntimeManagement(kept: kept) }
        }
        for kept in document["scaling"]?.array ?? [] {
            if let qualifier = kept["qualifier"]?.string { scaling[qualifier] = FunctionScaling(kept: kept) }
        }
    }
}

extension Alias {
    fileprivate var kept: Document {
        [
            "name": .string(name), "version": .string(version), "description": .string(description), "revisionID": .string(revisionID),
            "weights": .array(weights.map { ["version": .string($0.version), "share": .double($0.share)] }),
        ]
    }

    fileprivate init?(document: Document) {
        guard let name = document["name"]?.string, let version = document["version"]?.string, let revisionID = document["revisionID"]?.string else { return nil }
        self.init(name: name, version: version, description: document["description"]?.string ?? "", revisionID: revisionID)
        weights = (document["weights"]?.array ?? []).compactMap { weight in
            guard let version = weight["version"]?.string, let share = weight["share"]?.double else { return nil }
            return Weight(version: version, share: share)
        }
    }
}
