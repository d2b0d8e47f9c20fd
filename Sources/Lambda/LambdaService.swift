import EventPatterns
import JSON
import Kernel

/// AWS Lambda: functions that run Swift closures of this process, and the mappings that feed them from streams.
@CloudActor
package final class LambdaService: CloudService {
    package struct State: Sendable {
        package var functions: [FunctionKey: Function] = [:]
        /// The deployment packages' bytes: versions of the same code share one.
        var packages: [PackageKey: [UInt8]] = [:]
        var layers: [FunctionKey: Layer] = [:]
        /// The archives of layers' versions.
        var layerContents: [LayerVersionKey: [UInt8]] = [:]
        /// By ARN.
        var codeSigningConfigs: [String: CodeSigningConfig] = [:]
        /// By the id in their addresses.
        var urls: [String: FunctionURL] = [:]
        /// By UUID.
        package var mappings: [String: EventSourceMapping] = [:]

        package init() {}
    }

    package struct FunctionKey: Hashable, Sendable {
        var scope: Scope
        var name: String
    }

    package struct PackageKey: Hashable, Sendable {
        var function: FunctionKey
        /// Base64, as the version's configuration has it.
        var codeSHA256: String
    }

    package nonisolated var name: String { "lambda" }
    package var state = State()
    package var emptyState: State { State() }

    let environment: Environment
    /// Where functions find the cloud: `AWS_ENDPOINT_URL` of every invocation. `nil` while nothing listens.
    package var endpointURL: String? { didSet { registered = [:] } }
    /// The secret that goes with an account's number as access key id: what functions sign their own calls with.
    package var secretAccessKey: (_ account: String) -> String = { _ in "test" }
    private(set) var handlers: [String: RegisteredHandler] = [:]
    /// What runs processes; without one, functions are registered closures only.
    package var host: (any RuntimeHost)?

    /// What runs now. None of it is state: it is gone with the process, and begins again from what state has pending.
    var running: [UInt64: RunningInvocation] = [:]
    var lastInvocation: UInt64 = 0
    /// How many invocations run, by function, and those of functions without reserved concurrency.
    var active: [FunctionKey: Int] = [:]
    var reservedActive: [FunctionKey: Int] = [:]
    var unreservedActive: [Scope: Int] = [:]
    var environments = EnvironmentPool()
    /// Of closures, by version: what an execution environment is to a process.
    private var registered: [EnvironmentPool.Kind: RegisteredEnvironment] = [:]
    /// Functions of which a version is still being made or changed, with the time at which the first is ready.
    var settling: [FunctionKey: Timestamp] = [:]
    var consumers: [ConsumerKey: StreamConsumer] = [:]
    /// By the UUIDs of their mappings, as the next two.
    var queueConsumers: [String: QueueConsumer] = [:]
    var filters: [String: EventSourceFilter] = [:]
    var observations: [String: Fabric.Observation] = [:]
    /// When mappings have something to do by themselves, as their state says.
    var wakes = WakeSchedule()
    var lastBatch: UInt64 = 0
    /// Tells work of a state that was replaced from work of the present one.
    var epoch: UInt64 = 0
    private(set) var isHeld = false
    private var held: [CheckedContinuation<Void, Never>] = []

    package private(set) lazy var endpoints = [makeEndpoint()]

    package init(_ environment: Environment) {
        self.environment = environment
        environment.fabric.register(self, forService: "lambda")
    }

    /// Makes a closure available to functions. A function runs the one that is registered under its `Handler`, else the one under its own name.
    package func register(_ name: String, _ handler: RegisteredHandler) { handlers[name] = handler }

    func handler(of function: FunctionVersion) -> RegisteredHandler? {
        function.handler.flatMap { handlers[$0] } ?? handlers[function.name]
    }

    /// What a closure finds when it runs as a version.
    func registeredEnvironment(of version: FunctionVersion) -> RegisteredEnvironment {
        let kind = EnvironmentPool.Kind(version)
        if let known = registered[kind] { return known }
        // Those of earlier configurations are done with.
        registered = registered.filter { $0.key.function != kind.function || $0.key.version != kind.version }
        let log = LogStreamWriter(version, environment)
        let made = RegisteredEnvironment(log: log, variables: registeredVariables(of: version, log.name))
        registered[kind] = made
        return made
    }

    // MARK: Holding

    /// Lets nothing begin by itself until ``resume()``: a program that takes up a store has its handlers and its address only later.
    package func hold() { isHeld = true }

    /// Begins with everything that was held.
    package func resume() {
        isHeld = false
        for continuation in held { continuation.resume() }
        held = []
    }

    /// Returns when nothing is held.
    func ready() async {
        while isHeld { await withCheckedContinuation { held.append($0) } }
    }

    // MARK: Finding

    /// A deployment package as it was uploaded: what `GetFunction`'s `Location` leads to.
    /// - Parameter arn: of the function or one of its versions, or of a layer's version.
    package func deploymentPackage(_ arn: String) -> [UInt8]? {
        if let (layer, number) = LayerReference.names(arn) { return state.layerContents[LayerVersionKey(layer: layer, number: number)] }
        guard let scope = ARN(arn)?.scope, let reference = FunctionReference(arn) else { return nil }
        let function = state.functions[FunctionKey(scope: scope, name: reference.name)]
        return function?.version(reference.qualifier ?? FunctionReference.latest).flatMap { state.packages[$0.package] }
    }

    /// What a request names: a function, and one of its versions, perhaps by an alias.
    package struct Target: Sendable {
        package var function: Function
        package var version: FunctionVersion
        /// As the request said it.
        package var qualifier: String?
        package var alias: Alias?
        /// With the request's qualifier.
        package var arn: String { qualifier.map { "\(function.arn):\($0)" } ?? function.arn }
    }

    /// The function that a request names, in the ARN's account where it names one.
    /// - Parameters:
    ///   - qualifier: the request's own `Qualifier`, which must agree with one inside the name.
    ///   - namesAliases: whether the error for an alias that isn't there says so.
    package func target(_ text: String, qualifier: String? = nil, namesAliases: Bool = false, _ call: Call) throws(AWSError) -> Target {
        guard let reference = FunctionReference(text) else { throw .functionNotFound(FunctionReference.arn(text, in: call.scope)) }
        let found = try function(reference, call)
        if let derived = reference.qualifier, let qualifier, derived != qualifier {
            throw .qualifierMismatch
        }
        let qualifier = qualifier ?? reference.qualifier
        if let found {
            guard let qualifier else { return Target(function: found, version: found.latest) }
            if let version = found.version(qualifier) { return Target(function: found, version: version, qualifier: qualifier) }
            if let alias = found.aliases[qualifier], let version = found.version(alias.version) {
                return Target(function: found, version: version, qualifier: qualifier, alias: alias)
            }
        }
        let arn = reference.arn(for: call, qualifier: qualifier)
        if namesAliases, let qualifier, Alias.isName(qualifier) { throw .notFound("Cannot find alias arn: \(arn)") }
        throw .functionNotFound(arn)
    }

    /// The function that a name or an ARN names, whatever the qualifier.
    func function(_ reference: FunctionReference, _ call: Call) throws(AWSError) -> Function? {
        if let region = reference.region, region != call.region {
            throw .notFound("Functions from '\(region)' are not reachable in this region ('\(call.region)')")
        }
        return state.functions[FunctionKey(scope: Scope(account: reference.account ?? call.account, region: call.region), name: reference.name)]
    }

    // MARK: Keeping

    /// Keeps a function: everything but its published versions.
    /// - Parameter bytes: the deployment package of `$LATEST`, where it is a new one.
    func keep(_ function: Function, package bytes: [UInt8]? = nil) {
        let before = state.functions[function.key]
        state.functions[function.key] = function
        settling[function.key] = function.nextSettling
        environment.journal.put(name, Self.entry("function", function.key), function.encoded)
        if let bytes {
            let key = function.latest.package
            state.packages[key] = bytes
            environment.journal.put(name, Self.entry(key), bytes)
        }
        guard let before else { return feedMappings(of: function) }
        dropPackages(before.packages.subtracting(function.packages))
        dropUnusedLayers()
        if before.aliases.count > function.aliases.count { dropURLs(of: function.key) { $0.isEmpty || function.aliases[$0] != nil } }
        endOutdated()
    }

    /// Keeps a published version that is new or has changed. Its function is kept with it.
    func keep(_ version: FunctionVersion, of function: Function) {
        environment.journal.put(name, Self.entry(version), version.encoded)
        keep(function)
    }

    /// Removes a published version. Its function is kept without it.
    func unpublish(_ version: FunctionVersion, of function: Function) {
        environment.journal.delete(name, Self.entry(version))
        keep(function)
    }

    func drop(_ function: Function) {
        state.functions[function.key] = nil
        settling[function.key] = nil
        environment.journal.delete(name, Self.entry("function", function.key))
        for version in function.versions { environment.journal.delete(name, Self.entry(version)) }
        dropPackages(function.packages)
        dropUnusedLayers()
        dropURLs(of: function.key) { _ in false }
        endOutdated()
        registered = registered.filter { $0.key.function != function.key }
    }

    private func dropPackages(_ keys: Set<PackageKey>) {
        for key in keys {
            state.packages[key] = nil
            environment.journal.delete(name, Self.entry(key))
        }
    }

    private static func entry(_ kind: String, _ key: FunctionKey) -> [UInt8] {
        Array("\(kind)/\(key.scope.account)/\(key.scope.region)/\(key.name)".utf8)
    }

    private static func entry(_ version: FunctionVersion) -> [UInt8] { entry("version", version.key) + Array("/\(version.version)".utf8) }
    private static func entry(_ package: PackageKey) -> [UInt8] { entry("package", package.function) + Array("/\(package.codeSHA256)".utf8) }

    // MARK: Life

    package func load(key: [UInt8], value: [UInt8]) throws(AWSError) {
        let parts = String(decoding: key, as: UTF8.self).split(separator: "/", maxSplits: 4, omittingEmptySubsequences: false).map(String.init)
        switch (parts.first, parts.count) {
        case ("function", 4):
            guard let function = Function(encoded: value) else { break }
            state.functions[function.key] = function
            settling[function.key] = function.nextSettling
            return
        // After the functions, in the order of keys.
        case ("version", 5):
            guard let document = try? Document(json: value), let version = FunctionVersion(document: document) else { break }
            state.functions[version.key]?.take(version)
            if let end = version.status.end { settling[version.key] = min(settling[version.key] ?? end, end) }
            return
        case ("package", 5):
            let key = FunctionKey(scope: Scope(account: parts[1], region: parts[2]), name: parts[3])
            state.packages[PackageKey(function: key, codeSHA256: parts[4])] = value
            return
        case ("url", 2):
            guard let url = FunctionURL(encoded: value) else { break }
            state.urls[url.id] = url
            return
        case ("mapping", 2):
            guard let mapping = EventSourceMapping(encoded: value) else { break }
            state.mappings[mapping.uuid] = mapping
            return
        // After the mappings, in the order of keys.
        case ("shard", 3...4):
            guard let shard = StreamShard(encoded: value) else { break }
            state.mappings[parts[1]]?.keep(shard)
            return
        case ("codesigning", 4):
            guard let config = CodeSigningConfig(encoded: value) else { break }
            state.codeSigningConfigs[config.arn] = config
            return
        default:
            if loadLayer(parts, value) { return }
        }
        throw AWSError("InternalFailure", "Lambda's entry '\(String(decoding: key, as: UTF8.self))' in the store can't be read.", status: 500)
    }

    package func entries(_ body: ([UInt8], [UInt8]) -> Void) {
        for (key, function) in state.functions {
            body(Self.entry("function", key), function.encoded)
            for version in function.versions { body(Self.entry(version), version.encoded) }
        }
        for (key, bytes) in state.packages { body(Self.entry(key), bytes) }
        layerEntries(body)
        for config in state.codeSigningConfigs.values { body(config.entry, config.encoded) }
        for url in state.urls.values { body(url.entry, url.encoded) }
        for mapping in state.mappings.values {
            body(mapping.key, mapping.encoded)
            for shard in mapping.shards { body(mapping.key(of: shard), shard.encoded) }
        }
    }

    package func stateWasReplaced() {
        epoch += 1
        dropRunning()
        for environment in environments.all.values { environment.log.discard() }
        endEnvironments()
        for environment in registered.values { environment.log.discard() }
        registered = [:]
        settling = state.functions.compactMapValues(\.nextSettling)
        restartConsumers()
    }

    package var nextDeadline: Timestamp? {
        var earliest: Timestamp?
        for invocation in running.values where earliest.map({ invocation.deadline < $0 }) ?? true { earliest = invocation.deadline }
        if let settled = settling.values.min(), earliest.map({ settled < $0 }) ?? true { earliest = settled }
        if let wake = wakes.next, earliest.map({ wake < $0 }) ?? true { earliest = wake }
        return earliest
    }

    /// Idle environments end when nobody needs them: nothing that settling should wait or jump for.
    package var patience: Timestamp? { environments.nextEnd }

    package func advance(to now: Timestamp) {
        endOverdue(now)
        endIdle(now)
        settleFunctions(now)
        wakeMappings(now)
    }
}
