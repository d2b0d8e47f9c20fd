import CLinux
import EventLoop
import Glibc
import Kernel

/// The reading end of what a child writes to, cut into lines.
@CloudActor
final class OutputPipe: @CloudActor EventHandler {
    /// At most so many bytes are taken in one turn of the loop, so that a child that writes without end holds nobody up.
    private static let bytesPerTurn = 16 << 10
    /// So many bytes are taken as fast as they come, then so many in a second: a child that writes without end would else fill the memory with its log.
    private static let burst = 32 << 20
    private static let bytesPerSecond = 2 << 20
    /// Once that was too much, the next look is so much later.
    private static let pauseLength = Duration.milliseconds(50)

    private let stream: ChildProcess.OutputStream
    private let descriptor: Int32
    private let output: ChildProcess.OutputHandler
    private var lines = LineSplitter(limit: ChildProcess.lineLimit)
    private var allowance = burst
    private var allowanceTime = CloudActor.loop.turnTime
    private var timer: Loop.Timer?
    private var isPaused = false
    private var isThrottled = false
    private var isRegistered = false
    private var isReading = false
    private var isEnded = false
    private var isClosed = false

    private init(_ stream: ChildProcess.OutputStream, _ descriptor: Int32, _ output: @escaping ChildProcess.OutputHandler) {
        (self.stream, self.descriptor, self.output) = (stream, descriptor, output)
    }

    /// - Returns: the reader, which doesn't read yet, and the end that the child gets.
    static func make(_ stream: ChildProcess.OutputStream, _ output: @escaping ChildProcess.OutputHandler) throws(SystemError) -> (reader: OutputPipe, writeEnd: Int32) {
        var ends: [Int32] = [-1, -1]
        guard clinux_output_pipe(&ends) == 0 else { throw SystemError("pipe", errno) }
        return (OutputPipe(stream, ends[0], output), ends[1])
    }

    func open() throws(SystemError) {
        try CloudActor.loop.register(descriptor, for: .read, self)
        isRegistered = true
    }

    func ready(_ events: ReadyEvents) {
        _ = read(atMost: Self.bytesPerTurn)
        if allowance <= 0 { throttle() }
    }

    /// - Returns: how many bytes came.
    private func read(atMost count: Int) -> Int {
        // Whoever hears a line may ask for what has been written: the next line is cut first.
        guard !isClosed, !isReading else { return 0 }
        isReading = true
        let bytes = [UInt8](unsafeUninitializedCapacity: min(count, Self.bytesPerTurn)) { buffer, count in
            count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            isEnded = count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)
            count = max(count, 0)
        }
        allowance -= bytes.count
        bytes.withUnsafeBytes { lines.add($0) { output(stream, $0) } }
        isReading = false
        if isEnded { endStream() }
        return bytes.count
    }

    // MARK: Pauses

    func pause() {
        isPaused = true
        watch()
    }

    func resume() {
        isPaused = false
        watch()
    }

    private func throttle() {
        let now = CloudActor.loop.turnTime
        let (seconds, attoseconds) = (now - allowanceTime).components
        allowanceTime = now
        let earned = Int(clamping: min(seconds, 3600)) * Self.bytesPerSecond + Int(attoseconds / 1_000_000_000) * Self.bytesPerSecond / 1_000_000_000
        allowance = min(Self.burst, allowance + earned)
        isThrottled = allowance <= 0
        watch()
        guard isThrottled else { return }
        let timer = timer ?? Loop.Timer(on: CloudActor.loop) { [weak self] in
            CloudActor.assumeIsolated { self?.throttle() }
        }
        self.timer = timer
        timer.arm(after: Self.pauseLength)
    }

    /// By registering or not, rather than by looking without interest: a pipe whose writers are gone is always ready.
    private func watch() {
        let isWanted = !isPaused && !isThrottled && !isClosed
        guard isWanted != isRegistered else { return }
        if isWanted {
            do throws(SystemError) { try open() } catch { endStream() }
        } else {
            isRegistered = false
            CloudActor.loop.deregister(descriptor)
        }
    }

    // MARK: End

    /// Takes what is in the pipe now, which is no more than a pipe holds.
    func takeWritten() {
        guard !isClosed else { return }
        var rest: Int32 = 0
        _ = ioctl(descriptor, UInt(FIONREAD), &rest)
        while rest > 0, !isClosed {
            let count = read(atMost: Int(rest))
            guard count > 0 else { break }
            rest -= Int32(clamping: count)
        }
    }

    /// Takes what is in the pipe now and closes it, whoever still has its other end.
    func finish() {
        takeWritten()
        endStream()
    }

    private func endStream() {
        guard !isClosed else { return }
        close()
        if let line = lines.takeRest() { output(stream, line) }
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        timer?.cancel()
        watch()
        Glibc.close(descriptor)
    }
}
