/// Takes a chunked body apart (RFC 9112, 7.1), however it is cut into pieces. Chunk extensions and trailer fields are
/// checked for form and size; extensions are dropped, and trailer fields too unless they are asked for.
struct ChunkedDecoder {
    private enum State {
        case size, extensions, sizeEnd, data, dataCarriageReturn, dataLineFeed
        /// In the trailer section: how many bytes of its current line were seen.
        case trailer(lineLength: Int), trailerEnd(lineLength: Int)
        case done
    }

    /// A chunk's line with its extensions, and a trailer section that is dropped, each.
    private static let lineLimit = 16 * 1024
    /// A trailer section that is kept.
    private static let trailerLimit = 64 * 1024

    private var state = State.size
    private var remaining = 0
    private var digits = 0
    private var overhead = 0
    /// The trailer section up to the empty line that ends it, where it was asked for.
    private(set) var trailerSection: [UInt8]?

    init(keepsTrailers: Bool = false) {
        if keepsTrailers { trailerSection = [] }
    }

    var isDone: Bool { if case .done = state { true } else { false } }

    /// Appends the data to the body.
    /// - Returns: how many bytes were used; all of them unless the body has come to its end.
    mutating func decode(_ bytes: Span<UInt8>, into body: inout [UInt8], limit: Int) throws(HTTPParseError) -> Int {
        var position = 0
        while position < bytes.count {
            if case .done = state { break }
            if case .data = state {
                let count = min(remaining, bytes.count - position)
                guard body.count + count <= limit else { throw .tooLarge(limit) }
                body.append(bytes.extracting(position..<position + count))
                position += count
                remaining -= count
                if remaining == 0 { state = .dataCarriageReturn }
                continue
            }
            try step(bytes[position], limit: limit)
            position += 1
        }
        return position
    }

    private var isInTrailer: Bool {
        switch state {
        case .trailer, .trailerEnd: true
        default: false
        }
    }

    private mutating func step(_ byte: UInt8, limit: Int) throws(HTTPParseError) {
        overhead += 1
        guard overhead <= Self.lineLimit || isInTrailer && trailerSection != nil && overhead <= Self.trailerLimit else { throw .bad("A chunk's line or the trailer section is too long.") }
        switch state {
        case .size: try readSize(byte, limit: limit)
        case .extensions:
            if byte == 13 { state = .sizeEnd } else if !byte.isFieldValueByte { throw .bad("A chunk's extension is malformed.") }
        case .sizeEnd:
            guard byte == 10 else { throw .bad("A chunk's line is not ended by CRLF.") }
            overhead = 0
            state = remaining == 0 ? .trailer(lineLength: 0) : .data
        case .dataCarriageReturn:
            guard byte == 13 else { throw .bad("A chunk is longer than it says.") }
            state = .dataLineFeed
        case .dataLineFeed:
            guard byte == 10 else { throw .bad("A chunk is not ended by CRLF.") }
            (state, digits, overhead) = (.size, 0, 0)
        case .trailer(let length):
            trailerSection?.append(byte)
            if byte == 13 { state = .trailerEnd(lineLength: length); return }
            guard byte.isFieldValueByte, length > 0 || byte.isTokenByte else { throw .bad("A trailer field is malformed.") }
            state = .trailer(lineLength: length + 1)
        case .trailerEnd(let length):
            guard byte == 10 else { throw .bad("A trailer field is not ended by CRLF.") }
            trailerSection?.append(byte)
            state = length == 0 ? .done : .trailer(lineLength: 0)
        case .data, .done: break
        }
    }

    private mutating func readSize(_ byte: UInt8, limit: Int) throws(HTTPParseError) {
        if let digit = byte.hexadecimalDigit {
            // 15 digits always fit; a body of that size is refused by the limit anyway.
            guard digits < 15 else { throw .bad("A chunk's size is too large.") }
            remaining = (digits == 0 ? 0 : remaining) << 4 | digit
            digits += 1
            guard remaining <= limit else { throw .tooLarge(limit) }
            return
        }
        guard digits > 0 else { throw .bad("A chunk's size is not a hexadecimal number.") }
        switch byte {
        case 13: state = .sizeEnd
        case UInt8(ascii: ";"), 32, 9: state = .extensions
        default: throw .bad("A chunk's size is not a hexadecimal number.")
        }
    }
}

extension HTTPParseError {
    static func tooLarge(_ limit: Int) -> HTTPParseError { HTTPParseError(413, "The body is larger than \(limit) bytes.") }
}

extension UInt8 {
    fileprivate var hexadecimalDigit: Int? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(self) - 48
        case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(self) - 87
        case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(self) - 55
        default: nil
        }
    }
}
