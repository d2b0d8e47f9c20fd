import CLinux
import EventLoop
import Glibc

/// Brings a launch into the shape that the system wants.
enum Launcher {
    /// - Returns: the process id, and a pidfd that becomes readable when it ends.
    static func launch(_ launch: ChildProcess.Launch, _ mark: ProcessMark, output: Int32, errorOutput: Int32) throws(SystemError) -> (process: Int32, descriptor: Int32) {
        // A zero byte would silently cut a string.
        let texts = [launch.executable, launch.directory] + launch.arguments + launch.environment.flatMap { [$0.name, $0.value] }
        guard !texts.contains(where: { $0.utf8.contains(0) }) else { throw SystemError("execve", EINVAL) }
        let arguments = ([launch.executable] + launch.arguments).map { strdup($0) }
        let environment = launch.environment.map { strdup($0.name + "=" + $0.value) }
        defer { for text in arguments + environment { free(text) } }
        var request = clinux_launch()
        (request.output, request.error_output) = (output, errorOutput)
        request.open_files = UInt(clamping: launch.openFiles)
        request.mark = mark.value
        let process = launch.executable.withCString { executable in
            launch.directory.withCString { directory in
                (arguments + [nil]).withUnsafeBufferPointer { arguments in
                    (environment + [nil]).withUnsafeBufferPointer { environment in
                        (request.executable, request.directory) = (executable, directory)
                        (request.arguments, request.environment) = (arguments.baseAddress, environment.baseAddress)
                        return clinux_launch(&request)
                    }
                }
            }
        }
        guard process > 0 else { throw SystemError(request.failed_call.map { String(cString: $0) } ?? "clone", request.failed_code) }
        return (process, request.descriptor)
    }
}

enum ProcessWait {
    /// Waits for the end of a child that was seen to end, or was killed, and takes it out of the process table.
    @discardableResult
    static func end(of process: Int32) -> ChildProcess.ExitStatus {
        var (code, signal): (Int32, Int32) = (0, 0)
        guard clinux_wait(process, &code, &signal) == 0 else { return .unknown }
        return signal == 0 ? .exited(Int(code)) : .signalled(Int(signal))
    }
}
