import Crypto
import Kernel

/// What functions find in their environment.
/// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
extension LambdaService {
    /// What a closure of this process is told.
    func registeredVariables(of version: FunctionVersion, _ logStream: String) -> [String: String] {
        var variables = Dictionary(commonVariables(of: version, logStream)) { $1 }
        for variable in version.variables ?? [] { variables[variable.name] = variable.value }
        return variables
    }

    /// All that a process finds.
    func processVariables(of version: FunctionVersion, _ root: RuntimeRoot, _ temporaryDirectory: String, _ runtimeAPI: String, _ log: LogStreamWriter) -> [RuntimeLaunch.Variable] {
        let layers = root.layers
        let inLayers = { (path: String) in layers.map { "\($0)/\(path)" } }
        let libraries = [root.task, "\(root.task)/lib", inLayers("lib")].compactMap { $0 }.joined(separator: ":")
        var variables = commonVariables(of: version, log.name) + [
            ("AWS_LAMBDA_RUNTIME_API", runtimeAPI), ("LAMBDA_TASK_ROOT", root.task),
            ("LAMBDA_RUNTIME_DIR", "/var/runtime"), ("AWS_SESSION_TOKEN", sessionToken(of: version.scope)), ("LANG", "en_US.UTF-8"),
            ("PATH", (["/usr/local/bin", "/usr/bin", "/bin"] + [inLayers("bin")].compactMap { $0 }).joined(separator: ":")), ("LD_LIBRARY_PATH", libraries),
            ("AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR"), ("AWS_XRAY_DAEMON_ADDRESS", "169.254.79.129:2000"),
            ("_AWS_XRAY_DAEMON_ADDRESS", "169.254.79.129"), ("_AWS_XRAY_DAEMON_PORT", "2000"), ("TMPDIR", temporaryDirectory),
        ]
        variables += Self.variables(of: version.runtime ?? "", root)
        var all: [RuntimeLaunch.Variable] = []
        var own: [String: String] = [:]
        for variable in version.variables ?? [] { own[variable.name] = variable.value }
        for (name, value) in variables { all.append(.init(name: name, value: own.removeValue(forKey: name) ?? value)) }
        for variable in version.variables ?? [] where own[variable.name] != nil { all.append(.init(name: variable.name, value: variable.value)) }
        return all
    }

    /// What is there from runtime to runtime. Layers stand where AWS has `/opt`.
    private static func variables(of runtime: String, _ root: RuntimeRoot) -> [(String, String)] {
        guard !runtime.isEmpty, !runtime.hasPrefix("provided") else { return [] }
        // A shell starts AWS's managed runtimes, and leaves its own.
        var variables = [("AWS_EXECUTION_ENV", "AWS_Lambda_\(runtime)"), ("PWD", root.task), ("SHLVL", "0")]
        if runtime.hasPrefix("python") {
            let layers = root.layers.map { ":\($0)/python/lib/\(runtime)/site-packages:\($0)/python" } ?? ""
            variables.append(("PYTHONPATH", "/var/runtime\(layers)"))
        }
        if runtime.hasPrefix("nodejs") {
            let layers = root.layers ?? "/opt"
            let version = runtime.dropFirst("nodejs".count).prefix { $0.isNumber }
            let modules = ["\(layers)/nodejs/node\(version)/node_modules", "\(layers)/nodejs/node_modules", "/var/runtime/node_modules", "/var/runtime", root.task]
            variables.append(("NODE_PATH", modules.joined(separator: ":")))
        }
        return variables
    }

    /// AWS's functions have temporary credentials, which come with a token.
    private func sessionToken(of scope: Scope) -> String { Base64.encode(Array("apus \(scope.account)".utf8)) }

    private func commonVariables(of version: FunctionVersion, _ logStream: String) -> [(String, String)] {
        let scope = version.scope
        var variables = [
            ("AWS_REGION", scope.region), ("AWS_DEFAULT_REGION", scope.region), ("AWS_LAMBDA_FUNCTION_NAME", version.name),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", String(version.memorySize)), ("AWS_LAMBDA_FUNCTION_VERSION", version.version),
            ("AWS_LAMBDA_LOG_GROUP_NAME", version.effectiveLogGroup), ("AWS_LAMBDA_LOG_STREAM_NAME", logStream),
            ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"), ("TZ", ":UTC"),
            // The cloud reads the account from the access key id.
            ("AWS_ACCESS_KEY_ID", scope.account), ("AWS_SECRET_ACCESS_KEY", secretAccessKey(scope.account)),
        ]
        if version.logging.isJSON {
            variables += [("AWS_LAMBDA_LOG_FORMAT", "JSON"), ("AWS_LAMBDA_LOG_LEVEL", version.logging.applicationLevel ?? "INFO")]
        }
        if let handler = version.handler { variables.append(("_HANDLER", handler)) }
        if let endpointURL { variables.append(("AWS_ENDPOINT_URL", endpointURL)) }
        return variables
    }
}

extension LambdaService {
    /// Where a version's files are, unpacked where they aren't yet.
    func root(of version: FunctionVersion, _ host: any RuntimeHost) async throws(AWSError) -> RuntimeRoot {
        // An image brings nothing that could be unpacked.
        guard version.settings.imageURI == nil else { return RuntimeRoot(task: try await host.directory(named: "image", of: [])) }
        guard let package = state.packages[version.package] else { throw .lambda("ServiceException", "The function's code is gone.", status: 500) }
        let task = try await host.directory(named: Hexadecimal.encode(SHA256.hash(Array("code \(version.codeSHA256)".utf8))), of: [package])
        let layers = try contents(of: version.settings.layers)
        guard !layers.isEmpty else { return RuntimeRoot(task: task) }
        let name = "layers " + layers.map(\.sha256).joined(separator: " ")
        return RuntimeRoot(task: task, layers: try await host.directory(named: Hexadecimal.encode(SHA256.hash(Array(name.utf8))), of: layers.map(\.bytes)))
    }

    /// Throws where nothing on this machine runs the version.
    /// - Parameter tags: the function's, where it isn't kept yet.
    func checkRunnable(_ version: FunctionVersion, tags: [FunctionVersion.Variable]? = nil) throws(AWSError) {
        guard handler(of: version) == nil else { return }
        guard let host else { throw Self.nothingRegistered(for: version) }
        _ = try host.command(of: version.selection(tags ?? state.functions[version.key]?.tags ?? []), root: nil)
    }

    private static func nothingRegistered(for version: FunctionVersion) -> AWSError {
        let names = [version.handler, version.name].compactMap { $0 }.map { "'\($0)'" }.joined(separator: " or ")
        return .invalidParameter("No Swift handler is registered in this Apus under \(names), and it runs no processes.")
    }
}

extension FunctionVersion {
    /// The tag of an image function that names the local command to run in its place.
    static let commandTag = "apus:command"

    func selection(_ tags: [Variable]) -> RuntimeSelection {
        RuntimeSelection(
            runtime: runtime, handler: handler, imageURI: settings.imageURI, entryPoint: settings.image.entryPoint ?? [],
            imageCommand: settings.image.command ?? [], commandTag: tags.first { $0.name == Self.commandTag }?.value)
    }
}
