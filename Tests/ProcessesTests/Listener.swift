import CLinux
import EventLoop
import Glibc
import Kernel
@testable import Processes
import Testing

/// A child, with all that is heard of it.
struct Ended: Sendable {
    var standardOutput: [String] = []
    var standardError: [String] = []
    var status: ChildProcess.ExitStatus = .unknown
}

@CloudActor
final class Listener {
    var heard = Ended()
    var onLine: (@CloudActor (String) -> Void)?
    private var waiting: [CheckedContinuation<Ended, Never>] = []
    private var hasEnded = false

    func line(_ stream: ChildProcess.OutputStream, _ line: [UInt8]) {
        let text = String(decoding: line, as: UTF8.self)
        if stream == .standardOutput { heard.standardOutput.append(text) } else { heard.standardError.append(text) }
        onLine?(text)
    }

    func end(_ status: ChildProcess.ExitStatus) {
        #expect(!hasEnded, "an exit is reported once")
        heard.status = status
        hasEnded = true
        for continuation in waiting { continuation.resume(returning: heard) }
        waiting = []
    }

    func firstLine() async -> String {
        if let line = heard.standardOutput.first { return line }
        return await withCheckedContinuation { continuation in
            onLine = { [self] line in
                onLine = nil
                continuation.resume(returning: line)
            }
        }
    }

    func ended() async -> Ended {
        if hasEnded { return heard }
        return await withCheckedContinuation { waiting.append($0) }
    }
}

@CloudActor
func start(_ launch: ChildProcess.Launch, _ listener: Listener) throws -> ChildProcess {
    try ChildProcess.start(launch, output: { listener.line($0, $1) }, exit: { listener.end($0) })
}

/// Runs a script of the shell to its end.
@CloudActor
@discardableResult
func run(_ script: String, environment: [(name: String, value: String)] = [], onLine: (@CloudActor (ChildProcess, String) -> Void)? = nil) async throws -> Ended {
    let listener = Listener()
    let child = try start(shell(script, environment: environment), listener)
    if let onLine { listener.onLine = { onLine(child, $0) } }
    return await listener.ended()
}

func shell(_ script: String, environment: [(name: String, value: String)] = []) -> ChildProcess.Launch {
    ChildProcess.Launch("/bin/sh", arguments: ["-c", script], environment: [("PATH", "/usr/local/bin:/usr/bin:/bin")] + environment, directory: "/")
}

/// Somebody else's process, which can be seen to end.
struct Watched {
    private let descriptor: Int32

    init?(_ process: Int32) {
        descriptor = clinux_open_process(process)
        guard descriptor >= 0 else { return nil }
    }

    /// Waits for its end.
    /// - Returns: whether it came within ten seconds.
    func ends() -> Bool {
        defer { close(descriptor) }
        return clinux_await_descriptor(descriptor, 10_000) == 1
    }
}
