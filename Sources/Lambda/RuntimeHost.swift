import Kernel

/// What runs the processes of functions: the composition root's to supply. Lambda says what is to run; the host knows the machine.
@CloudActor
package protocol RuntimeHost: AnyObject {
    /// The command that runs functions of a runtime.
    /// - Parameter root: where the function's code is; `nil` asks only whether there is a command.
    /// - Throws: where the machine hasn't what it takes: the message names what to install.
    func command(of selection: RuntimeSelection, root: RuntimeRoot?) throws(AWSError) -> [String]

    /// A directory with the files of these archives, the later ones over the earlier ones.
    /// - Parameter name: the same name has the same files: they are unpacked once.
    func directory(named name: String, of archives: [[UInt8]]) async throws(AWSError) -> String

    /// A directory for one execution environment alone.
    func temporaryDirectory() throws(AWSError) -> String

    /// Removes a directory that nothing uses any more, of either kind. Where its files are wanted again they are unpacked again.
    func discard(_ directory: String)

    /// The programs of the layers' `extensions` folder, by their paths.
    func extensions(of root: RuntimeRoot) -> [String]

    /// Posts JSON to an address of an extension; what it answers is of no interest.
    func post(_ body: [UInt8], to url: String) async

    /// Opens an address of its own on which one execution environment finds its Runtime API.
    /// - Parameter stream: called in place of `handle` with the head of a request that ``RuntimeAnswer/isStreamed(_:)``.
    func listen(
        _ handle: @escaping @CloudActor (HTTPRequest, RuntimeResponder) -> Void, stream: @escaping @CloudActor (HTTPRequest, RuntimeResponder) -> RuntimeAnswer?
    ) throws(AWSError) -> any RuntimeListener

    /// Starts a process.
    /// - Parameters:
    ///   - output: called with each line that it writes.
    ///   - exit: called once, after all its output.
    func start(
        _ launch: RuntimeLaunch, output: @escaping @CloudActor (ArraySlice<UInt8>) -> Void, exit: @escaping @CloudActor (RuntimeExit) -> Void
    ) throws(AWSError) -> any RuntimeProcess
}

/// What decides about the command of a function.
package struct RuntimeSelection: Sendable, Equatable {
    /// `python3.13`; `nil` for an image.
    package var runtime: String?
    package var handler: String?
    /// The image of a function that is one.
    package var imageURI: String?
    /// What takes the place of an image's own `ENTRYPOINT` and `CMD`.
    package var entryPoint: [String] = []
    package var imageCommand: [String] = []
    /// The function's tag that names a local command for its image.
    package var commandTag: String?
}

/// Where a function's files are.
package struct RuntimeRoot: Sendable, Equatable {
    /// `LAMBDA_TASK_ROOT`
    package var task: String
    /// Where layers are; `nil` without layers.
    package var layers: String?
}

/// One process to start.
package struct RuntimeLaunch: Sendable, Equatable {
    /// The executable and its arguments.
    package var command: [String]
    /// All of it: nothing is inherited.
    package var environment: [Variable]
    /// Its working directory.
    package var directory: String
    /// The variable whose value no other process has.
    package var marker: String
    /// Bytes that it and what it starts may use; more is its end.
    package var memoryLimit: Int

    package struct Variable: Sendable, Equatable {
        package var name: String
        package var value: String
    }
}

/// How a process ended.
package enum RuntimeExit: Sendable, Equatable {
    case exited(Int32)
    /// By a signal, named as Go names it: `killed`, `segmentation fault`.
    case signalled(String)
    case outOfMemory
}

@CloudActor
package protocol RuntimeProcess: AnyObject {
    /// Ends it and everything that it started.
    func kill()
    /// Asks it to end, and ends it after that time of the machine's own clock if it hasn't.
    func terminate(within limit: Duration)
    /// Ends it after that time of the machine's own clock, if it hasn't ended by then.
    func kill(after limit: Duration)
    /// Nothing of it runs until ``thaw()``.
    func freeze()
    func thaw()
    /// Reads what it has written so far.
    func drainOutput()
    /// The most bytes of memory that it had at once.
    var peakMemory: Int { get }
}

@CloudActor
package protocol RuntimeListener: AnyObject {
    /// `127.0.0.1:9001`
    var address: String { get }
    func close()
}

/// The way back to a runtime for one request.
package struct RuntimeResponder {
    package let respond: @CloudActor (HTTPResponse) -> Void
    /// Calls a body when the client goes away before it is answered.
    package let onClientGone: @CloudActor (@escaping @CloudActor () -> Void) -> Void

    package init(respond: @escaping @CloudActor (HTTPResponse) -> Void, onClientGone: @escaping @CloudActor (@escaping @CloudActor () -> Void) -> Void) {
        self.respond = respond
        self.onClientGone = onClientGone
    }
}
