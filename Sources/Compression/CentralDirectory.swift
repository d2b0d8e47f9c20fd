/// The end of a zip file, which says what is in it and where.
struct CentralDirectory {
    private let reader: LittleEndianReader
    /// Where its first entry is.
    private let start: Int
    private let size: Int
    /// What stands before the archive in the file (a program that unpacks it, a `#!` line): all offsets count from behind that.
    private let prefix: Int

    init(_ bytes: [UInt8]) throws(ZipArchive.Failure) {
        reader = LittleEndianReader(bytes)
        guard let end = Self.endRecord(reader) else { throw .notAnArchive }
        var last = end
        guard var size = reader.uint32(end + 12).map(Int.init), var offset = reader.uint32(end + 16).map(Int.init), let disk = reader.uint16(end + 4) else { throw .notAnArchive }
        // A zip64 end record stands before its locator, which stands before this one.
        if reader.uint32(end - 20) == 0x0706_4b50 {
            // The locator's own offset doesn't know of a prefix; the record is looked for where it must be.
            last = end - 20 - 56
            guard reader.uint32(last) == 0x0606_4b50, let size64 = reader.int(last + 40), let offset64 = reader.int(last + 48) else { throw .notAnArchive }
            (size, offset) = (size64, offset64)
        } else if disk != 0 {
            throw .notAnArchive
        }
        guard size <= last, offset <= last - size else { throw .notAnArchive }
        (self.size, start, prefix) = (size, last - size, last - size - offset)
    }

    /// The last end record whose comment ends where the file does.
    private static func endRecord(_ reader: LittleEndianReader) -> Int? {
        let count = reader.bytes.count
        guard count >= 22 else { return nil }
        for position in stride(from: count - 22, through: max(0, count - 22 - 0xffff), by: -1) where reader.uint32(position) == 0x0605_4b50 {
            if let comment = reader.uint16(position + 20), position + 22 + Int(comment) == count { return position }
        }
        return nil
    }

    func entries(limit: Int) throws(ZipArchive.Failure) -> [ZipArchive.Entry] {
        var entries: [ZipArchive.Entry] = []
        var position = start
        var total = 0
        while position < start + size {
            let (entry, length) = try entry(at: position)
            position += length
            guard let entry else { continue }
            // Sizes were checked to be positive, so the difference can't overflow.
            guard entry.size < limit - total else { throw .tooLarge(limit: limit) }
            total += entry.size
            entries.append(entry)
        }
        guard position == start + size else { throw .corrupt("the central directory") }
        return entries
    }

    /// - Returns: no entry for the root itself, which some programs pack as `./`.
    private func entry(at position: Int) throws(ZipArchive.Failure) -> (entry: ZipArchive.Entry?, length: Int) {
        guard reader.uint32(position) == 0x0201_4b50, let madeBy = reader.uint16(position + 4), let flags = reader.uint16(position + 8), let method = reader.uint16(position + 10),
              let checksum = reader.uint32(position + 16), let packed = reader.uint32(position + 20), let size = reader.uint32(position + 24),
              let nameLength = reader.uint16(position + 28).map(Int.init), let extraLength = reader.uint16(position + 30).map(Int.init),
              let commentLength = reader.uint16(position + 32).map(Int.init), let attributes = reader.uint32(position + 38), let offset = reader.uint32(position + 42),
              let nameBytes = reader.slice(position + 46, nameLength), let extra = reader.slice(position + 46 + nameLength, extraLength)
        else { throw .corrupt("the central directory") }
        let length = 46 + nameLength + extraLength + commentLength
        let text = ZipName.text(nameBytes, isUTF8: flags & 0x800 != 0)
        guard let name = ZipName.path(text) else { throw .unsafeName(text) }
        guard flags & 1 == 0 else { throw .encrypted(name) }
        guard method == 0 || method == 8 else { throw .unsupportedMethod(name) }
        guard let large = Zip64(extra, size: size, packed: packed, offset: offset) else { throw .corrupt("the sizes of \(name)") }
        // Unix and macOS keep the file's mode in the upper half.
        let mode = [3, 19].contains(madeBy >> 8) ? UInt16(attributes >> 16) : 0
        var kind = ZipArchive.Kind.file
        if text.utf8.last == 0x2f || mode & 0o170000 == 0o040000 { kind = .directory } else if mode & 0o170000 == 0o120000 { kind = .symbolicLink }
        guard large.offset <= reader.bytes.count - prefix else { throw .corrupt("the place of \(name)") }
        guard !name.isEmpty else {
            guard kind == .directory else { throw .unsafeName(text) }
            return (nil, length)
        }
        let entry = ZipArchive.Entry(
            name: name, kind: kind, permissions: mode == 0 ? nil : mode & 0o777, size: large.size, packedSize: large.packed, method: method, checksum: checksum,
            offset: large.offset + prefix)
        return (entry, length)
    }
}

/// What doesn't fit 32 bits, from the extra field where the usual one says so.
private struct Zip64 {
    var size: Int
    var packed: Int
    var offset: Int

    init?(_ extra: ArraySlice<UInt8>, size: UInt32, packed: UInt32, offset: UInt32) {
        var values: [Int] = []
        if [size, packed, offset].contains(.max) {
            let reader = LittleEndianReader(Array(extra))
            var position = 0
            while let kind = reader.uint16(position), let length = reader.uint16(position + 2).map(Int.init), kind != 1 { position += 4 + length }
            guard let length = reader.uint16(position + 2).map(Int.init) else { return nil }
            for index in 0..<length / 8 {
                guard let value = reader.int(position + 4 + 8 * index) else { return nil }
                values.append(value)
            }
            values.reverse()
        }
        func full(_ short: UInt32) -> Int? { short == .max ? values.popLast() : Int(short) }
        guard let size = full(size), let packed = full(packed), let offset = full(offset) else { return nil }
        (self.size, self.packed, self.offset) = (size, packed, offset)
    }
}

/// Numbers at any place of the bytes; `nil` beyond their end.
struct LittleEndianReader {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func slice(_ position: Int, _ count: Int) -> ArraySlice<UInt8>? {
        guard position >= 0, position <= bytes.count, count <= bytes.count - position else { return nil }
        return bytes[position..<position + count]
    }

    private func number(_ position: Int, _ count: Int) -> UInt64? {
        guard let slice = slice(position, count) else { return nil }
        return slice.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    func uint16(_ position: Int) -> UInt16? { number(position, 2).map { UInt16(truncatingIfNeeded: $0) } }
    func uint32(_ position: Int) -> UInt32? { number(position, 4).map { UInt32(truncatingIfNeeded: $0) } }
    /// 64 bits; also `nil` where they aren't a size that a file could have.
    func int(_ position: Int) -> Int? { number(position, 8).flatMap { $0 < 1 << 60 ? Int($0) : nil } }
}

enum ZipName {
    /// UTF-8 where the entry says so or it is; else the character set of the first PCs, which the format begins with.
    static func text(_ bytes: ArraySlice<UInt8>, isUTF8: Bool) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        if isUTF8 { return String(decoding: bytes, as: UTF8.self) }
        return String(bytes.map { $0 < 0x80 ? Character(Unicode.Scalar($0)) : codePage437[Int($0) - 0x80] })
    }

    private static let codePage437 = Array(
        "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}")

    /// The system's own limit for a path, in bytes, and more parts than any package has.
    private static let longest = 4096
    private static let deepest = 256

    /// Without what means nothing (`./`, `//`, the `/` at a directory's end); `nil` where it would lead out of where the archive is unpacked.
    static func path(_ text: String) -> String? {
        guard !text.isEmpty, text.utf8.count <= longest, text.utf8.first != 0x2f, !text.utf8.contains(0) else { return nil }
        var parts: [Substring] = []
        // By bytes, as the system sees it: among characters, a slash with an accent is no slash.
        for part in text.utf8.split(separator: 0x2f).map({ Substring($0) }) where part != "." {
            guard part != "..", parts.count < deepest else { return nil }
            parts.append(part)
        }
        return parts.joined(separator: "/")
    }
}
