import CLinux
import EventLoop
import Glibc
import Kernel

/// A running program that Apus started, with everything that it starts in turn.
///
/// It leads a session and a process group of its own, has nothing of Apus's open and inherits no variable. Whatever descends from it is recognised by a mark (see
/// ``ProcessMark``) and ends with it: when it is killed, when it ends by itself, and when Apus ends, however it does.
@CloudActor
package final class ChildProcess {
    package struct Launch: Sendable {
        /// An absolute path.
        package var executable: String
        /// Without the program's name.
        package var arguments: [String]
        /// All that it finds in its environment, in this order.
        package var environment: [(name: String, value: String)]
        /// Its working directory.
        package var directory: String
        /// Both outputs arrive as standard output, in the order in which they were written.
        package var joinsOutputs = false
        /// How many descriptors it may have open. AWS's number: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
        package var openFiles = 1024

        package init(_ executable: String, arguments: [String] = [], environment: [(name: String, value: String)], directory: String) {
            self.executable = executable
            self.arguments = arguments
            self.environment = environment
            self.directory = directory
        }
    }

    package enum OutputStream: Sendable {
        case standardOutput
        case standardError
    }

    package enum ExitStatus: Hashable, Sendable {
        /// The exit code, 0 to 255.
        case exited(Int)
        /// The number of the signal that ended it.
        case signalled(Int)
        /// Another part of this process has taken the status (it waits for any child).
        case unknown
    }

    package typealias OutputHandler = @CloudActor (_ stream: OutputStream, _ line: [UInt8]) -> Void

    /// A line longer than this arrives in pieces, in bytes.
    package nonisolated static let lineLimit = 256 << 10

    /// While it runs: afterwards the number may be another process's.
    package nonisolated let processID: Int32
    private let mark: ProcessMark
    private let descriptor: Int32
    private var outputs: [OutputPipe] = []
    private var exit: (@CloudActor (ExitStatus) -> Void)?
    package private(set) var hasEnded = false

    /// All that run, by process id.
    private static var running: [Int32: ChildProcess] = [:]
    private static var isEnding = false

    // MARK: Starting

    /// Starts a program. It has been entered when this returns: a file that is missing or can't be executed is an error here, with the call that failed
    /// (`execve`, `chdir`).
    /// - Parameters:
    ///   - output: called with each line, without its newline, as bytes: a program may write anything. What is behind the last newline comes when the stream ends.
    ///   - exit: called once, after the last line. It doesn't wait for descendants that keep the outputs open: they are killed.
    package static func start(_ launch: Launch, output: @escaping OutputHandler, exit: @escaping @CloudActor (ExitStatus) -> Void) throws(SystemError) -> ChildProcess {
        guard !isEnding else { throw SystemError("start", ECANCELED) }
        ProcessMark.startWarden()
        let first = try OutputPipe.make(.standardOutput, output)
        let second: (reader: OutputPipe, writeEnd: Int32)?
        do throws(SystemError) {
            second = launch.joinsOutputs ? nil : try OutputPipe.make(.standardError, output)
        } catch {
            first.reader.close()
            close(first.writeEnd)
            throw error
        }
        let mark = ProcessMark.next()
        let result = Result { () throws(SystemError) in
            try Launcher.launch(launch, mark, output: first.writeEnd, errorOutput: second?.writeEnd ?? first.writeEnd)
        }
        close(first.writeEnd)
        if let second { close(second.writeEnd) }
        let readers = [first.reader] + (second.map { [$0.reader] } ?? [])
        do throws(SystemError) {
            let (process, descriptor) = try result.get()
            let child = ChildProcess(process, mark, descriptor, readers, exit)
            try child.watch()
            return child
        } catch {
            for reader in readers { reader.close() }
            throw error
        }
    }

    private init(_ process: Int32, _ mark: ProcessMark, _ descriptor: Int32, _ outputs: [OutputPipe], _ exit: @escaping @CloudActor (ExitStatus) -> Void) {
        (processID, self.mark, self.descriptor, self.outputs, self.exit) = (process, mark, descriptor, outputs, exit)
    }

    private func watch() throws(SystemError) {
        do throws(SystemError) {
            for output in outputs { try output.open() }
            try CloudActor.loop.register(descriptor, for: .read, self)
        } catch {
            // No room in the loop's tables: it can't be watched, so it doesn't run.
            signal(SIGKILL)
            ProcessWait.end(of: processID)
            close(descriptor)
            mark.sweep()
            throw error
        }
        Self.running[processID] = self
    }

    // MARK: Signals

    /// Asks it and its process group to end (SIGTERM), frozen or not. A program may ignore that.
    package func terminate() {
        signal(SIGTERM)
        signal(SIGCONT)
    }

    /// Ends it and everything that it started. The exit follows.
    package func kill() { signal(SIGKILL) }

    /// Stops its process group where it stands, until ``thaw()``: it takes no time of the processor. Time goes on for it, as on AWS.
    package func freeze() { signal(SIGSTOP) }

    package func thaw() { signal(SIGCONT) }

    private func signal(_ number: Int32) {
        guard !hasEnded else { return }
        // Until it has been waited for, the number is its own, and its group's: it leads its session, so it can't leave the group.
        _ = Glibc.kill(-processID, number)
    }

    // MARK: Output

    /// Stops taking its output until ``resumeOutput()``: once the pipe is full (64 KB) the program waits. What is in the pipe at its end comes in any case.
    package func pauseOutput() { for output in outputs { output.pause() } }

    /// Takes what it has written so far, now rather than in a turn to come: what it wrote before it told something else is heard before that.
    package func takeOutput() { for output in outputs { output.takeWritten() } }

    package func resumeOutput() { for output in outputs { output.resume() } }

    // MARK: Memory

    /// The memory that it and its living descendants have in use now, in bytes; 0 after its end.
    package var residentBytes: Int { hasEnded ? 0 : ProcessMemory.resident(processID) }

    /// The most memory that the program itself (not its descendants) has ever had in use, in bytes; 0 after its end.
    package var peakResidentBytes: Int { hasEnded ? 0 : ProcessMemory.peak(processID) }

    // MARK: End

    fileprivate func end() {
        guard !hasEnded else { return }
        // Its group first: as long as it hasn't been waited for, the group's number can't be given to others.
        signal(SIGKILL)
        hasEnded = true
        CloudActor.loop.deregister(descriptor)
        let status = ProcessWait.end(of: processID)
        close(descriptor)
        Self.running[processID] = nil
        for output in outputs { output.finish() }
        outputs = []
        mark.sweep()
        exit?(status)
        exit = nil
    }

    /// Ends all children and everything that they started, and waits for it: some milliseconds. Exits are reported before it returns, and nothing can be started
    /// any more. For the end of the process.
    package static func endAll() {
        isEnding = true
        let children = running.values.sorted { $0.processID < $1.processID }
        for child in children { child.kill() }
        for child in children {
            // Killed processes end at once, but for those that hang in a driver or a dead network file system.
            if clinux_await_descriptor(child.descriptor, 2000) > 0 { child.end() }
        }
        ProcessMark.endAll()
    }
}

extension ChildProcess: @CloudActor EventHandler {
    package func ready(_ events: ReadyEvents) { end() }
}
