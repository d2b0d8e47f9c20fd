import Kernel

/// The execution environments that there are: those with an invocation by its number, idle ones by their version.
@CloudActor
struct EnvironmentPool {
    /// What environments of one kind have in common: a changed configuration is another kind.
    struct Kind: Hashable {
        let function: LambdaService.FunctionKey
        let version: String
        let deployment: Int

        init(_ version: FunctionVersion) {
            function = version.key
            self.version = version.version
            deployment = version.deployment
        }
    }

    /// How long an environment is kept without work. AWS doesn't say how long it does.
    static let idleLimit = Duration.seconds(600)

    private(set) var all: [ObjectIdentifier: ExecutionEnvironment] = [:]
    private var byInvocation: [UInt64: ExecutionEnvironment] = [:]
    /// The one that was used last is last, and taken first.
    private var idle: [Kind: [ExecutionEnvironment]] = [:]

    /// Have answered and will soon ask for more: an invocation that comes now waits for one rather than for a new process.
    private var finishing: [Kind: [ExecutionEnvironment]] = [:]

    nonisolated init() {}

    subscript(invocation number: UInt64) -> ExecutionEnvironment? { byInvocation[number] }

    mutating func add(_ environment: ExecutionEnvironment, for invocation: UInt64) {
        all[ObjectIdentifier(environment)] = environment
        byInvocation[invocation] = environment
    }

    /// An idle one, which has the invocation now.
    mutating func takeIdle(_ version: FunctionVersion, for invocation: UInt64) -> ExecutionEnvironment? {
        guard let environment = idle[Kind(version)]?.popLast() else { return nil }
        byInvocation[invocation] = environment
        return environment
    }

    /// One that is about to be idle, which the invocation is for now.
    mutating func takeFinishing(_ version: FunctionVersion, for invocation: UInt64) -> ExecutionEnvironment? {
        guard let environment = finishing[Kind(version)]?.popLast() else { return nil }
        byInvocation[invocation] = environment
        return environment
    }

    mutating func becameFinishing(_ environment: ExecutionEnvironment) { finishing[Kind(environment.version), default: []].append(environment) }

    mutating func isFinished(_ environment: ExecutionEnvironment) {
        let kind = Kind(environment.version)
        finishing[kind]?.removeAll { $0 === environment }
        if finishing[kind]?.isEmpty == true { finishing[kind] = nil }
    }

    mutating func release(_ invocation: UInt64) { byInvocation[invocation] = nil }

    mutating func becameIdle(_ environment: ExecutionEnvironment) { idle[Kind(environment.version), default: []].append(environment) }

    mutating func ended(_ environment: ExecutionEnvironment) {
        all[ObjectIdentifier(environment)] = nil
        if let invocation = environment.invocation { byInvocation[invocation] = nil }
        isFinished(environment)
        let kind = Kind(environment.version)
        idle[kind]?.removeAll { $0 === environment }
        if idle[kind]?.isEmpty == true { idle[kind] = nil }
    }

    /// When the first idle one has been so for long enough.
    var nextEnd: Timestamp? { all.values.lazy.compactMap(\.idleSince).min().map { $0 + Self.idleLimit } }
}

extension LambdaService {
    /// Gives an invocation to an execution environment: an idle one, or a new one.
    func run(inProcess number: UInt64) {
        guard let invocation = running[number], let host else { return }
        let environment: ExecutionEnvironment
        if let idle = environments.takeIdle(invocation.version, for: number) {
            environment = idle
            idle.take(number)
        } else if let finishing = environments.takeFinishing(invocation.version, for: number) {
            environment = finishing
            finishing.follow(with: number)
        } else {
            environment = ExecutionEnvironment(invocation.version, for: number, self, host)
            environments.add(environment, for: number)
            Task.immediate { @CloudActor in await environment.prepare() }
        }
        running[number]?.stop = { [weak environment] in environment?.stop(number) }
    }

    /// Whether a version is still what it was: environments of an older configuration end.
    func isCurrent(_ version: FunctionVersion) -> Bool {
        state.functions[version.key]?.version(version.version)?.deployment == version.deployment
    }

    /// Removes the unpacked code of an environment that has ended, where it won't be run again.
    func discardFiles(of environment: ExecutionEnvironment) {
        guard let directory = environment.root?.task, !isCurrent(environment.version), environments.all.values.allSatisfy({ $0.root?.task != directory }) else { return }
        host?.discard(directory)
    }

    /// Ends the idle environments of what isn't there any more.
    func endOutdated() {
        for environment in environments.all.values where environment.phase == .idle && !isCurrent(environment.version) { environment.end() }
    }

    /// Ends the environments that have been idle for long.
    func endIdle(_ now: Timestamp) {
        for environment in environments.all.values {
            if let since = environment.idleSince, since + EnvironmentPool.idleLimit <= now { environment.end() }
        }
    }

    /// Ends every process, whatever it does.
    package func endEnvironments() {
        for environment in environments.all.values { environment.end(nil) }
    }
}
