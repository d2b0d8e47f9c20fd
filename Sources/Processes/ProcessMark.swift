import CLinux
import EventLoop
import Kernel
import Synchronization

/// What a child and everything that descends from it are recognised by, whatever a descendant does: fork twice, lead a session, clear its environment.
///
/// It is a value of one of the limits of the system that nobody uses (see `processes.h`), seen in `/proc/PID/limits`. Its upper part is Apus's own process (id and
/// start), the lower 20 bits number the children.
struct ProcessMark {
    let value: UInt

    /// Of this process and no other that runs: bit 62, 22 bits of the process id, 20 of when it was started.
    static let own: UInt = prefix(of: getpid())
    private static let childBits: UInt = 0xf_ffff

    static func prefix(of process: Int32) -> UInt {
        let number = UInt(truncatingIfNeeded: process) & 0x3f_ffff, age = clinux_process_age(process) & 0xf_ffff
        return 1 << 62 | (number << 40) | (age << 20)
    }

    @CloudActor private static var count: UInt = 0
    @CloudActor private static var warden: Int32?

    @CloudActor
    static func next() -> ProcessMark {
        count = (count + 1) & childBits
        return ProcessMark(value: own | count)
    }

    /// Starts, with the first child, the process that ends all children should this one be killed.
    @CloudActor
    static func startWarden() {
        guard warden == nil else { return }
        // Without it only what a killed Apus's children started outlives it.
        warden = clinux_start_warden(own, ~childBits)
    }

    /// Kills all that have this mark, soon, on another thread.
    func sweep() { Self.sweeper.add(value) }

    /// Waits until what was asked for so far has been done.
    static func swept() async {
        await withCheckedContinuation { continuation in sweeper.whenDone { continuation.resume() } }
    }

    private static let sweeper = Sweeper()

    /// Kills all that have any mark of this process, at once, and sends the warden home.
    @CloudActor
    static func endAll() {
        var mark = own
        _ = clinux_end_marked(&mark, 1, ~childBits, 2000)
        guard let warden, warden > 0 else { return }
        _ = kill(warden, SIGKILL)
        ProcessWait.end(of: warden)
        Self.warden = 0
    }
}

/// Looks through the process table for what ended children have left behind; one look serves all that ended meanwhile.
private final class Sweeper: Sendable {
    private struct State {
        var marks: [UInt] = []
        var isRunning = false
        var waiting: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())

    func add(_ mark: UInt) {
        let starts = state.withLock { state in
            state.marks.append(mark)
            defer { state.isRunning = true }
            return !state.isRunning
        }
        if starts, !Loop.runBlocking({ [self] in run() }) { run() }
    }

    func whenDone(_ body: @escaping @Sendable () -> Void) {
        let isDone = state.withLock { state in
            if state.isRunning { state.waiting.append(body) }
            return !state.isRunning
        }
        if isDone { body() }
    }

    private func run() {
        while true {
            let (marks, waiting) = state.withLock { state -> ([UInt], [@Sendable () -> Void]) in
                defer { state.marks = [] }
                state.isRunning = !state.marks.isEmpty
                guard !state.isRunning else { return (state.marks, []) }
                defer { state.waiting = [] }
                return ([], state.waiting)
            }
            guard !marks.isEmpty else {
                for body in waiting { body() }
                return
            }
            // A fork bomb may need more than one look; what hangs in the system beyond a second can't be ended by anybody.
            _ = clinux_end_marked(marks, marks.count, .max, 1000)
        }
    }
}
