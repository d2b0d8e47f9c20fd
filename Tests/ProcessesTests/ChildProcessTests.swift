import CLinux
import EventLoop
import Glibc
import Kernel
@testable import Processes
import Testing

@Suite("Child processes")
struct ChildProcessTests {
    // MARK: Ends

    @Test("the exit code comes after all lines, those without newline too", arguments: [0, 1, 3, 255])
    func exitCode(code: Int) async throws {
        let ended = try await run("echo one; echo two >&2; printf three; exit \(code)")
        #expect(ended.status == .exited(code))
        #expect(ended.standardOutput == ["one", "three"])
        #expect(ended.standardError == ["two"])
    }

    @Test("a signal that ends it is told", arguments: [("SEGV", 11), ("KILL", 9), ("ABRT", 6), ("PIPE", 13), ("TERM", 15), ("USR1", 10)])
    func signals(name: String, number: Int) async throws {
        #expect(try await run("kill -\(name) $$").status == .signalled(number))
    }

    @Test("one that catches SIGTERM may go on; SIGKILL ends it")
    func ignoredTermination() async throws {
        let ended = try await run("trap 'echo caught' TERM; echo ready; while :; do sleep 1000 & wait; done") { child, line in
            if line == "ready" { child.terminate() } else { child.kill() }
        }
        #expect(ended.standardOutput == ["ready", "caught"])
        #expect(ended.status == .signalled(9))
    }

    @Test("SIGTERM reaches one that is frozen; SIGKILL does so anyway")
    func frozen() async throws {
        let ended = try await run("echo ready; while :; do sleep 1000; done") { child, _ in
            child.freeze()
            child.terminate()
        }
        #expect(ended.status == .signalled(15))
        let killed = try await run("echo ready; while :; do sleep 1000; done") { child, _ in
            child.freeze()
            child.kill()
        }
        #expect(killed.status == .signalled(9))
    }

    @Test("freezing stops the whole group, thawing lets it go on")
    func freeze() async throws {
        let listener = Listener()
        let child = try await start(shell("sleep 1000 & echo $!; wait; echo over"), listener)
        let other = try #require(Int32(await listener.firstLine()))
        func state(_ process: Int32) -> Character? {
            var text = [UInt8](repeating: 0, count: 512)
            let descriptor = open("/proc/\(process)/stat", O_RDONLY)
            defer { close(descriptor) }
            text.removeLast(512 - max(0, read(descriptor, &text, 512)))
            return String(decoding: text, as: UTF8.self).split(separator: ")").last?.dropFirst().first
        }
        var information = siginfo_t()
        await child.freeze()
        #expect(waitid(P_PID, id_t(child.processID), &information, WSTOPPED | WNOWAIT) == 0)
        #expect(state(child.processID) == "T")
        // Not a child of ours, so there is nothing to wait for; it was stopped by the same call.
        while state(other) != "T" { sched_yield() }
        await child.thaw()
        #expect(waitid(P_PID, id_t(child.processID), &information, WCONTINUED | WNOWAIT) == 0)
        while state(other) == "T" { sched_yield() }
        kill(other, SIGKILL)
        #expect(await listener.ended().standardOutput.last == "over")
    }

    // MARK: Starting

    @Test("a program that can't be started is an error of the start, with the call that failed")
    func failures() async throws {
        let directory = try TemporaryDirectory("failures")
        defer { directory.remove() }
        func file(_ name: String, _ content: String, mode: mode_t) -> String {
            let path = directory.path + "/" + name
            let descriptor = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
            _ = write(descriptor, content, content.utf8.count)
            close(descriptor)
            chmod(path, mode)
            return path
        }
        func failure(_ executable: String, directory: String = "/", arguments: [String] = [], environment: [(name: String, value: String)] = []) async -> SystemError? {
            let listener = Listener()
            do {
                _ = try await start(ChildProcess.Launch(executable, arguments: arguments, environment: environment, directory: directory), listener)
                return nil
            } catch { return error as? SystemError }
        }
        #expect(await failure(directory.path + "/missing") == SystemError("execve", ENOENT))
        #expect(await failure(file("plain", "#!/bin/sh\n", mode: 0o644)) == SystemError("execve", EACCES))
        #expect(await failure(file("bare", "echo no shebang\n", mode: 0o755)) == SystemError("execve", ENOEXEC))
        #expect(await failure(file("empty", "", mode: 0o755)) == SystemError("execve", ENOEXEC))
        #expect(await failure(file("lost", "#!/nonexistent/interpreter\n", mode: 0o755)) == SystemError("execve", ENOENT))
        #expect(await failure(directory.path) == SystemError("execve", EACCES))
        #expect(await failure("/bin/sh", directory: directory.path + "/missing") == SystemError("chdir", ENOENT))
        #expect(await failure("/bin/sh", arguments: ["a\0b"]) == SystemError("execve", EINVAL))
        #expect(await failure("/bin/sh", environment: [("LARGE", String(repeating: "x", count: 200_000))]) == SystemError("execve", E2BIG))
    }

    @Test("its environment is what was given, in order and of any size, and nothing else")
    func environment() async throws {
        let large = String(repeating: "x", count: 100_000)
        let listener = Listener()
        let variables = [("_X_HANDLER", "a.b"), ("EMPTY", ""), ("EQUALS", "a=b=c"), ("UNICODE", "año"), ("LARGE", large)]
        _ = try await start(ChildProcess.Launch("/usr/bin/env", environment: variables.map { (name: $0.0, value: $0.1) }, directory: "/"), listener)
        #expect(await listener.ended().standardOutput == variables.map { "\($0.0)=\($0.1)" })
    }

    @Test("it has three descriptors, an empty input, its own session, default signals and the limits of AWS")
    func surroundings() async throws {
        let ended = try await run("""
            ls /proc/$$/fd; cat; pwd; ulimit -n; ulimit -c; umask; echo $$; cut -d' ' -f5,6 /proc/$$/stat; sed -n '/^Sig[BIC]/p' /proc/self/status
            """)
        let process = try #require(ended.standardOutput.dropFirst(7).first)
        #expect(ended.standardOutput == [
            "0", "1", "2", "/", "1024", "0", "0022", process, "\(process) \(process)", "SigBlk:\t0000000000000000", "SigIgn:\t0000000000000000",
            "SigCgt:\t0000000000000000",
        ])
    }

    @Test("arguments and directory arrive as they are")
    func arguments() async throws {
        let directory = try TemporaryDirectory("arguments")
        defer { directory.remove() }
        let listener = Listener()
        _ = try await start(ChildProcess.Launch("/bin/sh", arguments: ["-c", "pwd; for a; do echo \"$a\"; done", "x", "", "a b", "ñ"], environment: [], directory: directory.path), listener)
        #expect(await listener.ended().standardOutput == [directory.path, "", "a b", "ñ"])
    }

    // MARK: Output

    @Test("ten megabytes without a newline come in pieces")
    func longLine() async throws {
        let ended = try await run("head -c 10000000 /dev/zero | tr '\\0' x; echo; echo end")
        #expect(ended.standardOutput.map(\.utf8.count) == [Int](repeating: ChildProcess.lineLimit, count: 38) + [10_000_000 - 38 * ChildProcess.lineLimit, 3])
    }

    @Test("both outputs in one arrive in the order in which they were written")
    func joined() async throws {
        let listener = Listener()
        var launch = shell("echo 1; echo 2 >&2; printf 3; printf 4 >&2; echo; echo 5 >&2")
        launch.joinsOutputs = true
        _ = try await start(launch, listener)
        #expect(await listener.ended().standardOutput == ["1", "2", "34", "5"])
    }

    @Test("one that closes its outputs is still heard to end")
    func closedOutputs() async throws {
        let ended = try await run("echo last; exec >&- 2>&-; exit 7")
        #expect(ended.standardOutput == ["last"])
        #expect(ended.status == .exited(7))
    }

    @Test("one that writes without end holds nobody up and ends when it is killed")
    func flood() async throws {
        let count = Counter()
        let ended = try await run("exec yes") { child, _ in
            count.value += 1
            if count.value == 100_000 { child.kill() }
        }
        #expect(ended.status == .signalled(9))
        #expect(ended.standardOutput.count >= 100_000)
        #expect(ended.standardOutput.allSatisfy { $0 == "y" })
    }

    @Test("output that is paused waits, and none is lost")
    func paused() async throws {
        let count = Counter()
        let ended = try await run("seq 1 50000") { child, line in
            count.value += 1
            guard count.value % 5000 == 1 else { return }
            child.pauseOutput()
            CloudActor.loop.execute { CloudActor.assumeIsolated { child.resumeOutput() } }
        }
        #expect(ended.standardOutput == (1...50_000).map { String($0) })
        let never = try await run("seq 1 1000") { child, _ in child.pauseOutput() }
        #expect(never.standardOutput.count == 1000)
    }

    @Test("lines are cut where they end, in whatever pieces they come", arguments: [1, 2, 3, 5, 100])
    func lines(piece: Int) {
        var splitter = LineSplitter(limit: 4)
        var lines: [String] = []
        let text = Array("ab\n\nabcd\nabcde\nabcdefghij\nxy".utf8)
        for start in stride(from: 0, to: text.count, by: piece) {
            text[start..<min(start + piece, text.count)].withUnsafeBytes { splitter.add($0) { lines.append(String(decoding: $0, as: UTF8.self)) } }
        }
        if let rest = splitter.takeRest() { lines.append(String(decoding: rest, as: UTF8.self)) }
        #expect(lines == ["ab", "", "abcd", "abcd", "e", "abcd", "efgh", "ij", "xy"])
        #expect(splitter.takeRest() == nil)
    }

    // MARK: Memory

    @Test("its memory and its descendants' is told")
    func memory() async throws {
        let figures = Counter()
        try await run("x=$(head -c 20000000 /dev/zero | tr '\\0' x); sh -c 'y=$(head -c 10000000 /dev/zero | tr \"\\0\" y); echo ready; cat /dev/stdin; while :; do sleep 1000; done'; echo $x") { child, _ in
            figures.value = child.residentBytes
            figures.other = child.peakResidentBytes
            child.kill()
            figures.isSet = true
        }
        #expect(figures.isSet)
        #expect(figures.value > 30_000_000 && figures.value < 200_000_000, "\(figures.value)")
        #expect(figures.other > 20_000_000 && figures.other < 150_000_000, "\(figures.other)")
    }
}

/// What callbacks on the loop count; read when they are over.
final class Counter: @unchecked Sendable {
    // Sound: written on the loop only, and read after what the reader has waited for on the loop.
    var value = 0
    var other = 0
    var isSet = false
}
