import CLinux
import EventLoop
import Glibc
import Kernel
@testable import Processes
import Synchronization
import Testing

@Suite("What a child has started ends with it")
struct DescendantTests {
    /// Runs the script until it prints the process ids of what it has started, `end`s the child, and expects that all of them end.
    func expectNothingLeft(_ script: String, sourceLocation: SourceLocation = #_sourceLocation, end: @escaping @CloudActor (ChildProcess) -> Void = { $0.kill() }) async throws {
        let watched = Mutex<[Watched]>([])
        let box = Box(watched)
        let ended = try await run(script) { child, line in
            if line == "ready" { return end(child) }
            let found = Int32(line).flatMap { Watched($0) }
            if let found { box.value.withLock { $0.append(found) } }
        }
        #expect(ended.standardOutput.contains("ready"), sourceLocation: sourceLocation)
        let all = box.value.withLock { $0 }
        #expect(!all.isEmpty, sourceLocation: sourceLocation)
        for process in all { #expect(process.ends(), sourceLocation: sourceLocation) }
    }

    final class Box: Sendable {
        let value: Mutex<[Watched]>
        init(_ value: consuming Mutex<[Watched]>) { self.value = value }
    }

    @Test("one in its group")
    func group() async throws {
        try await expectNothingLeft("sleep 1000 & echo $!; echo ready; wait")
    }

    @Test("one with a session of its own")
    func session() async throws {
        try await expectNothingLeft("setsid sh -c 'echo $$; echo ready; exec sleep 1000' & wait")
    }

    @Test("one that was adopted by init, has cleared its environment, ignores signals and has closed its outputs")
    func daemon() async throws {
        let daemon = "(setsid env -i /bin/sh -c \"trap : HUP TERM INT; echo \\$\\$; exec >/dev/null 2>&1; cd /; while :; do sleep 1000; done\" &)"
        try await expectNothingLeft("\(daemon); \(daemon); sh -c 'echo ready'; sleep 1000")
    }

    @Test("the child ends by itself, and the one that keeps its outputs open doesn't delay that")
    func leftBehind() async throws {
        let parent = "trap 'exit 0' USR1; while :; do sleep 1000 & wait; done"
        try await expectNothingLeft("setsid sh -c 'echo $$; echo ready; exec sleep 1000' & \(parent)") { kill($0.processID, SIGUSR1) }
        try await expectNothingLeft("sleep 1000 & echo $!; echo ready; \(parent)") { kill($0.processID, SIGUSR1) }
    }

    @Test("one that writes without end after the child has ended is cut off")
    func endlessWriter() async throws {
        let ended = try await run("setsid yes & exit 4")
        #expect(ended.status == .exited(4))
        // What fits the pipe, and what was read before.
        #expect(ended.standardOutput.allSatisfy { $0 == "y" })
    }

    @Test("one that forks and ends, over and over")
    func hopper() async throws {
        guard ExecutableSearch.find("python3") != nil else { return }
        let mark = "HOPPER_\(getpid())"
        let ended = try await run("""
            python3 -c '
            import os
            if os.fork() == 0:
                os.setsid()
                print("ready", flush=True)
                while True:
                    if os.fork(): os._exit(0)
            os.wait()
            '
            """, environment: [(mark, "1")]) { child, _ in child.kill() }
        #expect(ended.standardOutput == ["ready"])
        await ProcessMark.swept()
        #expect(processes(with: mark + "=1") == [])
    }

    @Test("200 that were started and ended leave no descriptor and no process behind")
    func many() async throws {
        func descriptors() -> Int {
            var count = 0
            for number in 0..<4096 {
                var target = [CChar](repeating: 0, count: 64)
                guard readlink("/proc/self/fd/\(number)", &target, 63) > 0 else { continue }
                let text = String(decoding: target.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
                if text.hasPrefix("pipe:") || text.contains("pidfd") { count += 1 }
            }
            return count
        }
        let mark = "MANY_\(getpid())"
        let before = descriptors()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask {
                    let ended = try await run("(setsid sleep 1000 &) ; exit \(number)", environment: [(mark, "1")])
                    #expect(ended.status == .exited(number))
                }
            }
            try await group.waitForAll()
        }
        await ProcessMark.swept()
        #expect(processes(with: mark + "=1") == [])
        // Other tests have some of their own open at any time.
        #expect(descriptors() - before < 100)
    }

    @Test("no two processes that start children give them the same marks, nor does a child of theirs")
    func marks() {
        let own = ProcessMark.own
        #expect(own >> 40 == 1 << 22 | UInt(getpid()))
        #expect(own & 0xf_ffff == 0)
        #expect(own == ProcessMark.prefix(of: getpid()))
        #expect(own != ProcessMark.prefix(of: getppid()))
        #expect(ProcessMark.prefix(of: 1) >> 40 == 1 << 22 | 1)
        #expect((own >> 20) & 0xf_ffff == clinux_process_age(getpid()) & 0xf_ffff)
    }

    /// Those that have the variable in their environment and are no zombies.
    func processes(with variable: String) -> [Int32] {
        guard let directory = opendir("/proc") else { return [] }
        defer { closedir(directory) }
        var found: [Int32] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) } }
            guard let process = Int32(name) else { continue }
            let descriptor = open("/proc/\(name)/environ", O_RDONLY)
            guard descriptor >= 0 else { continue }
            defer { close(descriptor) }
            var bytes = [UInt8](repeating: 0, count: 64 << 10)
            bytes.removeLast(bytes.count - max(0, read(descriptor, &bytes, bytes.count)))
            if bytes.split(separator: 0).contains(where: { $0.elementsEqual(variable.utf8) }) { found.append(process) }
        }
        return found
    }
}
