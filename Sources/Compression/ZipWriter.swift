/// Makes zip files of less than 4 GB. The same entries give the same bytes: all have the format's first date, the beginning of 1980.
package struct ZipWriter: Sendable {
    private var body: [UInt8] = []
    private var directory: [UInt8] = []
    private var count = 0

    package init() {}

    /// - Parameters:
    ///   - name: the path, parts separated by `/`.
    ///   - permissions: the nine bits of a Unix mode.
    package mutating func addFile(_ name: String, _ content: [UInt8], permissions: UInt16 = 0o644) { add(name, content, mode: 0o100000 | permissions & 0o777) }

    package mutating func addDirectory(_ name: String, permissions: UInt16 = 0o755) { add(name + "/", [], mode: 0o040000 | permissions & 0o777) }

    /// - Parameter target: the path that the link leads to.
    package mutating func addSymbolicLink(_ name: String, to target: String) { add(name, Array(target.utf8), mode: 0o120777) }

    private mutating func add(_ name: String, _ content: [UInt8], mode: UInt16) {
        let packed = Deflate.compress(content)
        let stored = packed ?? content
        let name = Array(name.utf8)
        // Version 2.0; names are UTF-8; the method; 0:00 o'clock of 1980-01-01.
        var header: [UInt8] = []
        header.append(uint16: 20)
        header.append(uint16: 0x800)
        header.append(uint16: packed == nil ? 0 : 8)
        header.append(uint16: 0)
        header.append(uint16: 1 << 5 | 1)
        header.append(uint32: CRC32.checksum(content))
        header.append(uint32: UInt32(clamping: stored.count))
        header.append(uint32: UInt32(clamping: content.count))
        header.append(uint16: UInt16(clamping: name.count))
        header.append(uint16: 0)

        directory.append(uint32: 0x0201_4b50)
        // Made by version 2.0 on Unix.
        directory.append(uint16: 3 << 8 | 20)
        directory += header
        directory.append(uint16: 0)
        directory.append(uint16: 0)
        directory.append(uint16: 0)
        directory.append(uint32: UInt32(mode) << 16)
        directory.append(uint32: UInt32(clamping: body.count))
        directory += name

        body.append(uint32: 0x0403_4b50)
        body += header
        body += name
        body += stored
        count += 1
    }

    /// The whole archive.
    package func finished() -> [UInt8] {
        var bytes = body + directory
        bytes.append(uint32: 0x0605_4b50)
        bytes.append(uint16: 0)
        bytes.append(uint16: 0)
        bytes.append(uint16: UInt16(clamping: count))
        bytes.append(uint16: UInt16(clamping: count))
        bytes.append(uint32: UInt32(clamping: directory.count))
        bytes.append(uint32: UInt32(clamping: body.count))
        bytes.append(uint16: 0)
        return bytes
    }
}

extension [UInt8] {
    fileprivate mutating func append(uint16 value: UInt16) {
        append(UInt8(truncatingIfNeeded: value))
        append(UInt8(truncatingIfNeeded: value >> 8))
    }

    fileprivate mutating func append(uint32 value: UInt32) {
        append(uint16: UInt16(truncatingIfNeeded: value))
        append(uint16: UInt16(truncatingIfNeeded: value >> 16))
    }
}
