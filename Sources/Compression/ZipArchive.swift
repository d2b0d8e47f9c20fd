/// A zip file (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT) in memory, as its central directory has it.
///
/// Nothing that the file says of itself is believed: names that lead out of the archive are refused, sizes are added up before anything is unpacked, each content must
/// have its size and its checksum, and memory is taken in proportion to what was sent.
package struct ZipArchive: Sendable {
    package enum Failure: Error, Equatable, Sendable {
        /// There is no end of a central directory, or one that doesn't fit the file.
        case notAnArchive
        /// A header, a content or its checksum is wrong; says which.
        case corrupt(String)
        /// The entry of that name needs a password.
        case encrypted(String)
        /// The entry of that name is packed by another method than `store` and `deflate`.
        case unsupportedMethod(String)
        /// A name that is absolute, climbs, is empty, holds a zero byte or is longer or deeper than the system takes; or one that lies in a file or behind a symbolic link.
        case unsafeName(String)
        /// The contents together aren't smaller than the limit, in bytes.
        case tooLarge(limit: Int)
    }

    package enum Kind: Sendable {
        case file
        case directory
        /// Its content is the path that it leads to.
        case symbolicLink
    }

    package struct Entry: Sendable {
        /// Its path: parts separated by `/`, no part `.` or `..`, nothing at either end.
        package let name: String
        package let kind: Kind
        /// The nine bits of a Unix mode; `nil` where the archive was made on another system.
        package let permissions: UInt16?
        /// The length of its content in bytes.
        package let size: Int
        let packedSize: Int
        let method: UInt16
        let checksum: UInt32
        /// Where its local header begins.
        let offset: Int
    }

    /// In the archive's order; of several with one name only the last.
    package let entries: [Entry]
    private let bytes: [UInt8]

    /// Reads the directory of the archive.
    /// - Parameter limit: the size in bytes below which all contents together must stay.
    package init(_ bytes: [UInt8], limit: Int) throws(Failure) {
        self.bytes = bytes
        let all = try CentralDirectory(bytes).entries(limit: limit)
        var last: [String: Int] = [:]
        for (index, entry) in all.enumerated() { last[entry.name] = index }
        for entry in all {
            var rest = entry.name[...]
            while let slash = rest.utf8.lastIndex(of: 0x2f) {
                rest = rest[..<slash]
                if let above = last[String(rest)], all[above].kind != .directory { throw .unsafeName(entry.name) }
            }
        }
        entries = all.indices.filter { last[all[$0].name] == $0 }.map { all[$0] }
    }

    /// The entry's content. It has the entry's size and checksum.
    package func contents(of entry: Entry) throws(Failure) -> [UInt8] {
        let reader = LittleEndianReader(bytes)
        guard reader.uint32(entry.offset) == 0x0403_4b50, let nameLength = reader.uint16(entry.offset + 26), let extraLength = reader.uint16(entry.offset + 28) else {
            throw .corrupt("the local header of \(entry.name)")
        }
        let start = entry.offset + 30 + Int(nameLength) + Int(extraLength)
        guard start <= bytes.count, entry.packedSize <= bytes.count - start else { throw .corrupt("the end of \(entry.name)") }
        let packed = bytes[start..<start + entry.packedSize]
        let content: [UInt8]?
        switch entry.method {
        case 0: content = packed.count == entry.size ? Array(packed) : nil
        case 8: content = Deflate.decompress(packed, size: entry.size)
        default: throw .unsupportedMethod(entry.name)
        }
        guard let content else { throw .corrupt("the content of \(entry.name)") }
        guard CRC32.checksum(content) == entry.checksum else { throw .corrupt("the checksum of \(entry.name)") }
        return content
    }
}
