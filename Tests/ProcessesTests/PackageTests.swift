import CLinux
import Compression
import EventLoop
import Foundation
import Glibc
@testable import Processes
import Testing

/// What is in a directory: a line per name, with the mode and the content or the link's target.
func listing(_ path: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: path).sorted().map { name in
        var information = stat()
        lstat(path + "/" + name, &information)
        let mode = String(information.st_mode & 0o777, radix: 8)
        switch information.st_mode & S_IFMT {
        case S_IFDIR: return "\(name)/ \(mode)"
        case S_IFLNK: return "\(name) -> \(try FileManager.default.destinationOfSymbolicLink(atPath: path + "/" + name))"
        default: return "\(name) \(mode) \(String(decoding: FileManager.default.contents(atPath: path + "/" + name) ?? Data(), as: UTF8.self))"
        }
    }
}

func archive(_ build: (inout ZipWriter) -> Void) throws -> ZipArchive {
    var writer = ZipWriter()
    build(&writer)
    return try ZipArchive(writer.finished(), limit: 1 << 20)
}

@Suite("Deployment packages on disk")
struct PackageTests {
    @Test("a package is written with its links, readable by all and executable where it says so")
    func unpack() throws {
        let directory = try TemporaryDirectory("package")
        defer { directory.remove() }
        let package = try archive {
            $0.addFile("bootstrap", Array("#!/bin/sh".utf8), permissions: 0o700)
            $0.addFile("secret", Array("s".utf8), permissions: 0o600)
            $0.addFile("a/b/c", [], permissions: 0o777)
            $0.addSymbolicLink("a/l", to: "b/c")
            $0.addDirectory("e", permissions: 0o000)
        }
        try PackageUnpacking.unpack([package], into: directory.path + "/task")
        #expect(try listing(directory.path) == [
            "task/ 755", "task/a/ 755", "task/a/b/ 755", "task/a/b/c 755 ", "task/a/l -> b/c", "task/bootstrap 744 #!/bin/sh", "task/e/ 755", "task/secret 644 s",
        ])
    }

    @Test("several packages lie over each other, the later one's files last")
    func layers() throws {
        let directory = try TemporaryDirectory("layers")
        defer { directory.remove() }
        let first = try archive { $0.addFile("python/a.py", [49]); $0.addFile("python/b.py", [49]); $0.addSymbolicLink("l", to: "/etc") }
        let second = try archive { $0.addFile("python/b.py", [50], permissions: 0o755); $0.addFile("l", [50]) }
        try PackageUnpacking.unpack([first, second], into: directory.path + "/opt")
        #expect(try listing(directory.path + "/opt") == ["l 644 2", "python/ 755", "python/a.py 644 1", "python/b.py 755 2"])
    }

    @Test("where anything is wrong nothing is written")
    func nothing() throws {
        let directory = try TemporaryDirectory("nothing")
        defer { directory.remove() }
        var writer = ZipWriter()
        writer.addFile("a", [1])
        writer.addFile("b", [2, 3])
        var bytes = writer.finished()
        // The last byte of the content of `b`.
        bytes[62 + 2] ^= 1
        let spoilt = try ZipArchive(bytes, limit: 100)
        #expect(throws: PackageUnpacking.Failure.archive(.corrupt("the checksum of b"))) { try PackageUnpacking.unpack([spoilt], into: directory.path + "/task") }
        #expect(try listing(directory.path) == [])
        let link = try archive { $0.addSymbolicLink("x", to: "/etc") }, through = try archive { $0.addFile("x/passwd", [1]) }
        #expect(throws: PackageUnpacking.Failure.system(.init("mkdir", EEXIST))) { try PackageUnpacking.unpack([link, through], into: directory.path + "/task") }
        let long = try archive { $0.addFile(String(repeating: "n", count: 300), [1]) }
        #expect(throws: PackageUnpacking.Failure.system(.init("open", ENAMETOOLONG))) { try PackageUnpacking.unpack([long], into: directory.path + "/task") }
        #expect(try listing(directory.path) == [])
        try PackageUnpacking.unpack([link], into: directory.path + "/task")
        #expect(throws: PackageUnpacking.Failure.system(.init("rename", ENOTEMPTY))) { try PackageUnpacking.unpack([link], into: directory.path + "/task") }
        #expect(try listing(directory.path) == ["task/ 755", "task/x -> /etc"])
    }
}

@Suite("Temporary directories")
struct TemporaryDirectoryTests {
    @Test("it is removed with all that is in it, however deep and whatever its modes, and links aren't followed")
    func remove() throws {
        let kept = try TemporaryDirectory("kept")
        let directory = try TemporaryDirectory("removed")
        defer { kept.remove() }
        #expect(FileManager.default.createFile(atPath: kept.path + "/file", contents: Data()))
        try FileManager.default.createSymbolicLink(atPath: directory.path + "/link", withDestinationPath: kept.path)
        // Deeper than a path can be long, and than a process may have descriptors.
        var descriptor = open(directory.path, O_RDONLY | O_DIRECTORY)
        for level in 0..<600 {
            #expect(mkdirat(descriptor, "a directory", 0o700) == 0)
            if level % 100 == 0 { close(openat(descriptor, "file", O_CREAT | O_WRONLY, 0o000)) }
            let next = openat(descriptor, "a directory", O_RDONLY | O_DIRECTORY)
            if level % 500 == 0 { fchmod(descriptor, 0) }
            close(descriptor)
            descriptor = next
        }
        close(descriptor)
        for number in 0..<400 { close(open(directory.path + "/\(number)", O_CREAT | O_WRONLY, 0o400)) }
        #expect(directory.remove())
        #expect(access(directory.path, F_OK) != 0)
        #expect(try listing(kept.path) == ["file 644 "])
        #expect(directory.remove())
    }

    @Test("those of processes that have ended are removed, others stay")
    func leftovers() throws {
        let base = try TemporaryDirectory("base")
        defer { base.remove() }
        let own = try TemporaryDirectory("own", below: base.path)
        let age = clinux_process_age(getpid())
        for name in ["apus-\(getpid())-\(age + 1)-old.abcdef", "apus-999999-1-old.abcdef", "apus-x", "apus-1-2", "other-999999-1-x.abcdef"] {
            try FileManager.default.createDirectory(atPath: base.path + "/" + name + "/below", withIntermediateDirectories: true)
        }
        TemporaryDirectory.removeLeftovers(below: base.path)
        let left = try FileManager.default.contentsOfDirectory(atPath: base.path).map { base.path + "/" + $0 }
        #expect(left.sorted() == [own.path, base.path + "/apus-1-2", base.path + "/apus-x", base.path + "/other-999999-1-x.abcdef"].sorted())
    }
}
