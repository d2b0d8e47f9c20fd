@testable import Compression
import Foundation
import Testing

@Suite("Zip files")
struct ZipTests {
    static let limit = 1 << 20

    func text(_ archive: ZipArchive, _ name: String) throws -> String {
        let entry = try #require(archive.entries.first { $0.name == name })
        return String(decoding: try archive.contents(of: entry), as: UTF8.self)
    }

    func failure(_ bytes: [UInt8], limit: Int = Self.limit) -> ZipArchive.Failure? {
        do throws(ZipArchive.Failure) {
            let archive = try ZipArchive(bytes, limit: limit)
            for entry in archive.entries { _ = try archive.contents(of: entry) }
            return nil
        } catch { return error }
    }

    func zip(_ build: (inout ZipWriter) -> Void) -> [UInt8] {
        var writer = ZipWriter()
        build(&writer)
        return writer.finished()
    }

    @Test("what was written is read: files, directories, links, modes")
    func roundTrip() throws {
        let long = [UInt8](repeating: 65, count: 100_000)
        let bytes = zip {
            $0.addDirectory("lib")
            $0.addFile("lib/año.py", Array("def handler(): pass\n".utf8))
            $0.addFile("bootstrap", long, permissions: 0o755)
            $0.addFile("empty", [])
            $0.addSymbolicLink("lib/link", to: "../bootstrap")
        }
        #expect(bytes.count < 2000)
        let archive = try ZipArchive(bytes, limit: Self.limit)
        #expect(archive.entries.map(\.name) == ["lib", "lib/año.py", "bootstrap", "empty", "lib/link"])
        #expect(archive.entries.map(\.kind) == [.directory, .file, .file, .file, .symbolicLink])
        #expect(archive.entries.map(\.permissions) == [0o755, 0o644, 0o755, 0o644, 0o777])
        #expect(archive.entries.map(\.size) == [0, 20, 100_000, 0, 12])
        #expect(try archive.contents(of: archive.entries[2]) == long)
        #expect(try text(archive, "lib/link") == "../bootstrap")
        #expect(try text(archive, "empty") == "")
    }

    @Test("an archive without entries is one")
    func empty() throws {
        #expect(try ZipArchive(zip { _ in }, limit: 1).entries.isEmpty)
        #expect(failure([]) == .notAnArchive)
        #expect(failure(Array("PK".utf8)) == .notAnArchive)
        #expect(failure([UInt8](repeating: 0, count: 1000)) == .notAnArchive)
    }

    @Test("of several entries with one name the last counts")
    func duplicates() throws {
        let archive = try ZipArchive(zip { $0.addFile("a", [1]); $0.addFile("b", [2]); $0.addFile("./a", [3]) }, limit: Self.limit)
        #expect(archive.entries.map(\.name) == ["b", "a"])
        #expect(try archive.contents(of: archive.entries[1]) == [3])
    }

    @Test("a name that leads out of the archive is refused", arguments: ["/etc/passwd", "..", "../x", "a/../../x", "a/..", "x\0y", "../\u{301}x", "a/..\u{0}"])
    func unsafeNames(name: String) {
        #expect(failure(zip { $0.addFile(name, [1]) }) == .unsafeName(name))
    }

    @Test("names mean what the system makes of them", arguments: [
        ("./a", "a"), ("a//b", "a/b"), ("a/./b", "a/b"), ("a\\b", "a\\b"), ("...", "..."), ("..a", "..a"), (" ", " "),
    ])
    func names(name: String, path: String) throws {
        #expect(try ZipArchive(zip { $0.addFile(name, [1]) }, limit: Self.limit).entries.map(\.name) == [path])
    }

    @Test("names that the system would not take are refused")
    func longNames() {
        let long = String(repeating: "a", count: 4097), deep = String(repeating: "a/", count: 257) + "x"
        #expect(failure(zip { $0.addFile(long, [1]) }) == .unsafeName(long))
        #expect(failure(zip { $0.addFile(deep, [1]) }) == .unsafeName(deep))
    }

    @Test("nothing lies behind a link or in a file, in whichever order they come")
    func behindLinks() {
        #expect(failure(zip { $0.addSymbolicLink("a", to: "/etc"); $0.addFile("a/passwd", [1]) }) == .unsafeName("a/passwd"))
        #expect(failure(zip { $0.addFile("a/b/passwd", [1]); $0.addSymbolicLink("a", to: "/etc") }) == .unsafeName("a/b/passwd"))
        #expect(failure(zip { $0.addFile("a", [1]); $0.addFile("a/b", [1]) }) == .unsafeName("a/b"))
        #expect(failure(zip { $0.addSymbolicLink("a", to: "/etc"); $0.addDirectory("a"); $0.addFile("a/b", [1]) }) == nil)
    }

    @Test("all contents together stay below the limit, before anything is unpacked")
    func limit() {
        let bytes = zip { $0.addFile("a", [UInt8](repeating: 0, count: 600)); $0.addFile("b", [UInt8](repeating: 0, count: 400)) }
        #expect(failure(bytes, limit: 1001) == nil)
        #expect(failure(bytes, limit: 1000) == .tooLarge(limit: 1000))
        #expect(failure(bytes, limit: 1) == .tooLarge(limit: 1))
    }

    @Test("a size or a checksum that isn't the content's is found")
    func wrongSizes() throws {
        let bytes = zip { $0.addFile("a", [UInt8](repeating: 7, count: 1000)) }
        let central = try #require(bytes.indices.first { bytes[$0...].starts(with: [0x50, 0x4b, 1, 2]) })
        for (offset, value) in [(24, UInt8(0xe7)), (24, 0xe9), (25, 0x83), (26, 1), (27, 0x0f)] {
            var spoilt = bytes
            spoilt[central + offset] = value
            #expect(failure(spoilt, limit: 1 << 40) == .corrupt("the content of a"))
        }
        var spoilt = bytes
        spoilt[central + 16] ^= 1
        #expect(failure(spoilt) == .corrupt("the checksum of a"))
        spoilt = bytes
        spoilt[central + 20] -= 1
        #expect(failure(spoilt) == .corrupt("the content of a"))
        spoilt = bytes
        spoilt[central + 8] |= 1
        #expect(failure(spoilt) == .encrypted("a"))
        spoilt = bytes
        spoilt[central + 10] = 12
        #expect(failure(spoilt) == .unsupportedMethod("a"))
        spoilt = bytes
        spoilt[central + 42] = 1
        #expect(failure(spoilt) == .corrupt("the local header of a"))
        for end in bytes.indices { #expect(failure(Array(bytes[..<end])) == .notAnArchive) }
        for index in bytes.indices {
            spoilt = bytes
            spoilt[index] = ~spoilt[index]
            _ = failure(spoilt)
        }
    }

    @Test("what stands before an archive is skipped, and a comment may follow")
    func prefixAndComment() throws {
        let plain = zip { $0.addFile("__main__.py", Array("print(1)".utf8)) }
        #expect(try text(ZipArchive(Array("#!/usr/bin/env python3\n".utf8) + plain, limit: Self.limit), "__main__.py") == "print(1)")
        var commented = plain
        commented[commented.count - 2] = 5
        #expect(try text(ZipArchive(commented + Array("hello".utf8), limit: Self.limit), "__main__.py") == "print(1)")
        #expect(failure(commented + Array("hell".utf8)) == .notAnArchive)
    }

    @Test("names without the UTF-8 flag are UTF-8 where they can be, else code page 437")
    func codePage() throws {
        #expect(ZipName.text([0xc3, 0xa9], isUTF8: false) == "é")
        #expect(ZipName.text([0x61, 0x82, 0x80, 0xff], isUTF8: false) == "aéÇ\u{a0}")
        #expect(ZipName.text([0x61, 0x82], isUTF8: true) == "a\u{fffd}")
    }

    // MARK: Other programs' archives

    /// Runs a program in an empty directory and hands over the file `a.zip` that it made there; `nil` where the program isn't on this machine.
    func made(by program: String, _ arguments: [String]) throws -> [UInt8]? {
        let directory = FileManager.default.temporaryDirectory.appending(path: "zip-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.currentDirectoryURL = directory
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus != 127 else { return nil }
        #expect(process.terminationStatus == 0)
        return [UInt8](try Data(contentsOf: directory.appending(path: "a.zip")))
    }

    @Test("archives of Python's zipfile are read, zip64 and written as a stream too")
    func python() throws {
        let script = """
            import io, zipfile
            class Stream(io.RawIOBase):
                def __init__(self, file): self.file = file
                def writable(self): return True
                def write(self, data): return self.file.write(data)
            with open("a.zip", "wb") as file, zipfile.ZipFile(Stream(file), "w", zipfile.ZIP_DEFLATED) as z:
                z.writestr("handler.py", "def handler(event, context): return event" * 10)
                info = zipfile.ZipInfo("bin/tool"); info.external_attr = 0o100755 << 16
                z.writestr(info, b"\\x7fELF", zipfile.ZIP_STORED)
                with z.open(zipfile.ZipInfo("large"), "w", force_zip64=True) as f: f.write(b"x" * 70000)
                z.writestr("ñ/", b"")
                z.comment = b"a comment"
            """
        guard let bytes = try made(by: "python3", ["-c", script]) else { return }
        let archive = try ZipArchive(bytes, limit: Self.limit)
        #expect(archive.entries.map(\.name) == ["handler.py", "bin/tool", "large", "ñ"])
        #expect(archive.entries.map(\.kind) == [.file, .file, .file, .directory])
        #expect(archive.entries.map(\.permissions) == [0o600, 0o755, 0o600, 0o775])
        #expect(try text(archive, "handler.py").count == 410)
        #expect(try text(archive, "bin/tool") == "\u{7f}ELF")
        #expect(try text(archive, "large").count == 70_000)
        let many = "import zipfile\nwith zipfile.ZipFile('a.zip', 'w') as z:\n for i in range(70000): z.writestr(f'f{i}', '')"
        guard let bytes = try made(by: "python3", ["-c", many]) else { return }
        #expect(try ZipArchive(bytes, limit: Self.limit).entries.count == 70_000)
    }

    @Test("archives of Info-ZIP are read, with links and from a pipe")
    func infoZip() throws {
        guard let bytes = try made(by: "sh", ["-c", """
            command -v zip >/dev/null || exit 127
            mkdir -p node_modules/.bin; printf 'exports.handler = 1' > index.js; printf '#!/bin/sh' > bootstrap; chmod 755 bootstrap; ln -s ../../index.js node_modules/.bin/x
            zip -q -y -r a.zip index.js bootstrap node_modules
            printf streamed | zip -q -u a.zip -
            """]) else { return }
        let archive = try ZipArchive(bytes, limit: Self.limit)
        #expect(Set(archive.entries.map(\.name)) == ["index.js", "bootstrap", "node_modules", "node_modules/.bin", "node_modules/.bin/x", "-"])
        let link = try #require(archive.entries.first { $0.kind == .symbolicLink })
        #expect(try text(archive, link.name) == "../../index.js")
        #expect(archive.entries.first { $0.name == "bootstrap" }?.permissions == 0o755)
        #expect(try text(archive, "index.js") == "exports.handler = 1")
        #expect(try text(archive, "-") == "streamed")
    }

    @Test("other programs read what was written")
    func readElsewhere() throws {
        let bytes = zip {
            $0.addDirectory("d")
            $0.addFile("d/a", Array("hello hello hello hello".utf8), permissions: 0o755)
            $0.addFile("é", [])
            $0.addSymbolicLink("l", to: "d/a")
        }
        let file = FileManager.default.temporaryDirectory.appending(path: "written-\(UUID().uuidString).zip")
        try Data(bytes).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let script = """
            import zipfile, sys
            z = zipfile.ZipFile(sys.argv[1])
            assert z.testzip() is None
            assert [(i.filename, oct(i.external_attr >> 16), z.read(i)) for i in z.infolist()] == [
                ("d/", "0o40755", b""), ("d/a", "0o100755", b"hello hello hello hello"), ("é", "0o100644", b""), ("l", "0o120777", b"d/a")], z.infolist()
            z.close(); open("a.zip", "w").close()
            """
        _ = try made(by: "python3", ["-c", script, file.path])
    }
}
