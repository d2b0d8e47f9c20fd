import Bootstraps
import JSON
import Kernel
import Lambda
import Processes

/// Which commands of this machine run which of Lambda's runtimes.
/// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
struct Runtimes: Sendable {
    /// `--runtime NAME=COMMAND`: by a runtime's name, or the beginning of several (`java`).
    var commands: [String: [String]] = [:]
    /// `--image NAME=PATH`: by an image's URI, or its name in it.
    var images: [String: String] = [:]

    /// The command of a function.
    /// - Parameters:
    ///   - root: where its files are; `nil` asks whether there is a command at all.
    ///   - path: where a script of ours is.
    /// - Throws: naming what is to be installed.
    @CloudActor
    func command(of selection: RuntimeSelection, root: RuntimeRoot?, path: (Bootstrap) throws(AWSError) -> String) throws(AWSError) -> [String] {
        guard let runtime = selection.runtime else { return try image(selection) }
        let layers = root?.layers.map { [$0] } ?? []
        if let command = mapped(runtime) { return command }
        if runtime.hasPrefix("python") {
            let interpreter = try python(runtime)
            return [interpreter, try path(runtime == "python2.7" ? .python2 : .python)] + layers
        }
        if runtime.hasPrefix("nodejs") {
            guard let node = ExecutableSearch.find("node") ?? ExecutableSearch.find("nodejs") else { throw Self.missing(runtime, "node", "nodejs") }
            return [node, try path(.node)] + layers
        }
        if runtime.hasPrefix("provided") { return [try bootstrap(root)] }
        if runtime == "go1.x" { return ["\(root?.task ?? "")/\(selection.handler ?? "bootstrap")"] }
        throw .invalidRuntime("Apus has no command for functions of the runtime \(runtime). Start it with --runtime \(runtime)=COMMAND, where COMMAND speaks Lambda's Runtime API.")
    }

    /// The function's own, or that of a layer.
    private func bootstrap(_ root: RuntimeRoot?) throws(AWSError) -> String {
        guard let root else { return "" }
        for directory in [root.task, root.layers].compactMap({ $0 }) where ExecutableSearch.exists("\(directory)/bootstrap") { return "\(directory)/bootstrap" }
        throw AWSError("Runtime.InvalidEntrypoint", "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]", status: 500)
    }

    /// The version that the runtime names, else the machine's own Python 3: documents name older ones than machines have.
    private func python(_ runtime: String) throws(AWSError) -> String {
        if let exact = ExecutableSearch.find(runtime) { return exact }
        guard runtime.hasPrefix("python3"), let any = ExecutableSearch.find("python3") else { throw Self.missing(runtime, runtime, runtime) }
        return any
    }

    private func mapped(_ runtime: String) -> [String]? {
        if let exact = commands[runtime] { return exact }
        return commands.filter { runtime.hasPrefix($0.key) }.max { $0.key.utf8.count < $1.key.utf8.count }?.value
    }

    private func image(_ selection: RuntimeSelection) throws(AWSError) -> [String] {
        let uri = selection.imageURI ?? ""
        let repository = uri.split(separator: "/").last.map(String.init) ?? uri
        let name = repository.split { $0 == ":" || $0 == "@" }.first.map(String.init) ?? repository
        guard let path = selection.commandTag ?? images[uri] ?? images[repository] ?? images[name] else {
            throw .invalidRuntime(
                "Apus runs no images. Name the local command for \(uri) with --image \(name)=PATH, or with the function's tag apus:command.")
        }
        return [path] + selection.imageCommand
    }

    private static func missing(_ runtime: String, _ program: String, _ package: String) -> AWSError {
        .invalidRuntime("Functions of the runtime \(runtime) need \(program), which isn't on this machine's PATH: install \(package), or start Apus with --runtime \(runtime)=COMMAND.")
    }
}

extension AWSError {
    fileprivate static func invalidRuntime(_ message: String) -> AWSError {
        AWSError("InvalidParameterValueException", message, status: 400, members: ["Type": "User"])
    }
}
