import CLinux
import EventLoop
import Glibc
import Kernel

/// The reading end of what a child writes to, cut into lines.
@CloudActor
final class OutputPipe: @CloudActor EventHandler {
    /// At most so many bytes are taken in one turn of the loop, so that a child that writes without end holds nobody up.
    private static let bytesPerTurn = 32 << 10
    /// One for all: what was read is cut into lines at once.
    private static let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bytesPerTurn, alignment: 16)

    private let stream: ChildProcess.OutputStream
    private let descriptor: Int32
    private let output: ChildProcess.OutputHandler
    private var lines = LineSplitter(limit: ChildProcess.lineLimit)
    private var isPaused = false
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

    func open() throws(SystemError) { try CloudActor.loop.register(descriptor, for: .read, self) }

    func ready(_ events: ReadyEvents) { _ = read(atMost: Self.bytesPerTurn) }

    /// - Returns: how many bytes came.
    private func read(atMost count: Int) -> Int {
        guard !isClosed, let base = Self.buffer.baseAddress else { return 0 }
        let length = Glibc.read(descriptor, base, min(count, Self.buffer.count))
        if length > 0 {
            lines.add(UnsafeRawBufferPointer(start: base, count: length)) { output(stream, $0) }
        } else if length == 0 || (errno != EAGAIN && errno != EINTR) {
            endStream()
        }
        return max(length, 0)
    }

    /// Not by closing what the loop looks at with no interest: a pipe whose writers are gone is always ready.
    func pause() {
        guard !isPaused, !isClosed else { return }
        isPaused = true
        CloudActor.loop.deregister(descriptor)
    }

    func resume() {
        guard isPaused, !isClosed else { return }
        isPaused = false
        do throws(SystemError) { try open() } catch { endStream() }
    }

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

    /// Takes what is in the pipe now, and closes it, whoever still has its other end.
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
        CloudActor.loop.deregister(descriptor)
        Glibc.close(descriptor)
    }
}
