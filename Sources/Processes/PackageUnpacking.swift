import Compression
import EventLoop
import Glibc

/// Deployment packages on disk.
package enum PackageUnpacking {
    package enum Failure: Error, Equatable, Sendable {
        case archive(ZipArchive.Failure)
        /// The disk is full, the directory is there already and holds something, a name is too long for the system.
        case system(SystemError)
    }

    /// Writes what is in the archives into a new directory: all of it or, where anything fails, nothing. Blocks: call it off the loop.
    ///
    /// Files can be read by everybody and written by their owner, whatever the archive says; where it says that they can be executed, they can.
    /// - Parameters:
    ///   - archives: in this order, so that a later one's file replaces an earlier one's (as layers do).
    ///   - directory: made here; what is above it must exist. It may exist where it is empty.
    package static func unpack(_ archives: [ZipArchive], into directory: String) throws(Failure) {
        let partial = directory + ".partial"
        guard TemporaryDirectory.removeTree(partial) else { throw .system(SystemError("unlink", errno)) }
        do throws(Failure) {
            try makeDirectory(partial)
            for archive in archives { try write(archive, below: partial) }
            guard rename(partial, directory) == 0 else { throw .system(SystemError("rename", errno)) }
        } catch {
            _ = TemporaryDirectory.removeTree(partial)
            throw error
        }
    }

    private static func write(_ archive: ZipArchive, below root: String) throws(Failure) {
        var made: Set<Substring> = []
        for entry in archive.entries {
            try makeParents(of: entry.name, below: root, &made)
            let path = root + "/" + entry.name
            if entry.kind == .directory {
                try makeDirectory(path)
            } else {
                let content: [UInt8]
                do throws(ZipArchive.Failure) { content = try archive.contents(of: entry) } catch { throw .archive(error) }
                // What an earlier archive has put there; a directory with something in it stays and is an error.
                if unlink(path) != 0, errno == EISDIR { rmdir(path) }
                if entry.kind == .symbolicLink { try link(path, to: content, entry.name) } else { try write(content, to: path, entry.permissions) }
            }
        }
    }

    /// Archives needn't list the directories of their files.
    private static func makeParents(of name: String, below root: String, _ made: inout Set<Substring>) throws(Failure) {
        var position = name.startIndex
        while let slash = name.utf8[position...].firstIndex(of: 0x2f) {
            let parent = name[..<slash]
            if made.insert(parent).inserted { try makeDirectory(root + "/" + parent) }
            position = name.utf8.index(after: slash)
        }
    }

    /// A real directory: one archive's link must not lead another one's files elsewhere.
    private static func makeDirectory(_ path: String) throws(Failure) {
        guard mkdir(path, 0o755) != 0 else { return }
        let code = errno
        var information = stat()
        guard code == EEXIST, lstat(path, &information) == 0, information.st_mode & S_IFMT == S_IFDIR else { throw .system(SystemError("mkdir", code)) }
    }

    private static func link(_ path: String, to target: [UInt8], _ name: String) throws(Failure) {
        guard !target.isEmpty, target.count < 4096, !target.contains(0) else { throw .archive(.corrupt("the content of \(name)")) }
        let done = (target.map { CChar(bitPattern: $0) } + [0]).withUnsafeBufferPointer { bytes in bytes.baseAddress.map { symlink($0, path) } ?? -1 }
        guard done == 0 else { throw .system(SystemError("symlink", errno)) }
    }

    private static func write(_ content: [UInt8], to path: String, _ permissions: UInt16?) throws(Failure) {
        let mode = mode_t(permissions ?? 0) & 0o755 | 0o644
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw .system(SystemError("open", errno)) }
        var isWritten = fchmod(descriptor, mode) == 0
        var offset = 0
        while isWritten, offset < content.count {
            let count = content.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress.map { $0 + offset }, content.count - offset) }
            if count > 0 { offset += count } else if errno != EINTR { isWritten = false }
        }
        let code = errno
        close(descriptor)
        guard isWritten else { throw .system(SystemError("write", code)) }
    }
}
