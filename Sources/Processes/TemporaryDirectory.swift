import CLinux
import EventLoop
import Glibc
import Kernel

/// A directory of this process, which is removed with all that is in it.
///
/// Its name tells whose it is, `apus-PID-START-NAME.XXXXXX`, so that a later process removes what one has left behind that could not do so itself.
package struct TemporaryDirectory: Sendable {
    package let path: String

    /// Makes it below `TMPDIR`, else `/tmp`; nobody but the user may enter it.
    /// - Parameter name: to recognise it by; letters and digits.
    package init(_ name: String) throws(SystemError) { try self.init(name, below: Self.base) }

    init(_ name: String, below base: String) throws(SystemError) {
        let process = getpid()
        var template = Array("\(base)/apus-\(process)-\(clinux_process_age(process))-\(name).XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError("mkdtemp", errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Removes it and all that is in it. Blocks.
    /// - Returns: whether it is gone.
    @discardableResult
    package func remove() -> Bool { Self.removeTree(path) }

    // MARK: What is in it

    /// Makes a directory; nobody but the user may enter it. What is above it must exist.
    package static func makeDirectory(_ path: String) throws(SystemError) {
        guard mkdir(path, 0o700) == 0 else { throw SystemError("mkdir", errno) }
    }

    /// Writes a small file, anew.
    package static func write(_ bytes: [UInt8], to path: String) throws(SystemError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw SystemError("open", errno) }
        defer { close(descriptor) }
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress.map { $0 + offset }, bytes.count - offset) }
            guard count > 0 || errno == EINTR else { throw SystemError("write", errno) }
            offset += max(count, 0)
        }
    }

    @CloudActor private static var removed = 0

    /// Removes what is at a path, with all that is in it: it has left its place at once, and is gone soon.
    @CloudActor
    package static func removeSoon(_ path: String) {
        removed += 1
        let aside = "\(path).removed\(removed)"
        guard rename(path, aside) == 0 else { return }
        _ = Loop.runBlocking { _ = removeTree(aside) }
    }

    /// The temporary directory of the system, without a slash at its end.
    static var base: String {
        var base = ProcessEnvironment.variables["TMPDIR"] ?? ""
        while base.utf8.last == 0x2f { base.removeLast() }
        return base.utf8.first == 0x2f ? base : "/tmp"
    }

    /// Removes the directories of processes that have ended. Blocks.
    package static func removeLeftovers() { removeLeftovers(below: base) }

    static func removeLeftovers(below base: String) {
        for name in names(in: base) where name.hasPrefix("apus-") {
            let parts = name.split(separator: "-", maxSplits: 3)
            guard parts.count == 4, let process = Int32(parts[1]), let start = UInt(parts[2]), clinux_process_age(process) != start else { continue }
            var information = stat()
            // In a directory that all may write to, another user's are his.
            guard lstat(base + "/" + name, &information) == 0, information.st_uid == geteuid() else { continue }
            _ = removeTree(base + "/" + name)
        }
    }

    private static func names(in path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            names.append(withUnsafePointer(to: &entry.pointee.d_name) { $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) } })
        }
        return names
    }

    /// Removes the file or directory of that path, if there is one. What is in it may be of any depth and without any right; links are removed, not followed. Blocks.
    /// - Returns: whether nothing is there afterwards.
    static func removeTree(_ path: String) -> Bool { clinux_remove_tree(path) == 0 }
}
