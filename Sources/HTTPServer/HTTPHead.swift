import Kernel

/// Finds the end of a message's head in bytes that arrive bit by bit, without looking at a byte twice.
///
/// Line ends are CRLF and nothing else: a lone LF or CR is what request smuggling is made of.
struct HeadScanner {
    private var scanned = 0
    private var lineStart = 0

    /// - Parameter bytes: all that has arrived of the head so far.
    /// - Returns: the offset behind the empty line that ends the head; `nil` while it isn't there.
    mutating func end(in bytes: Span<UInt8>, limit: Int) throws(HTTPParseError) -> Int? {
        let count = min(bytes.count, limit)
        while true {
            let index = bytes.position(of: UInt8(ascii: "\n"), in: min(scanned, count)..<count)
            scanned = index
            guard index < count else { break }
            guard index > 0, bytes[index - 1] == UInt8(ascii: "\r") else { throw .bad("A line ends in LF without CR.") }
            if index - 1 == lineStart { return index + 1 }
            lineStart = index + 1
            scanned = index + 1
        }
        if bytes.count >= limit {
            throw lineStart == 0
                ? HTTPParseError(414, "The request line is longer than \(limit) bytes.")
                : HTTPParseError(431, "The header fields are longer than \(limit) bytes.")
        }
        return nil
    }
}

/// What the header fields say about where the message ends and what happens to the connection then.
struct Framing {
    var contentLength: Int?
    var isChunked = false
    var hasTransferEncoding = false
    var saysClose = false
    var saysKeepAlive = false
    var expectsContinue = false
    var expectsOther = false
    var hosts = 0
}

/// Reads header fields strictly: what other software on the way might read differently is an error, not a guess.
enum FieldParser {
    /// - Parameters:
    ///   - bytes: the head, ending in an empty line.
    ///   - start: the offset of the first field's line.
    static func parse(_ bytes: Span<UInt8>, from start: Int) throws(HTTPParseError) -> (HTTPHeaders, Framing) {
        let end = bytes.count - 2
        guard start <= end else { throw .bad("The head has no end.") }
        var fields: [HTTPHeaders.Field] = []
        fields.reserveCapacity(16)
        var framing = Framing()
        var position = start
        while position < end {
            let nameStart = position
            while position < end, bytes[position].isTokenByte { position += 1 }
            guard position > nameStart, position < end, bytes[position] == UInt8(ascii: ":") else {
                let first = bytes[nameStart]
                throw .bad(first == 32 || first == 9 ? "A header field is folded over two lines." : "A header field's name is malformed.")
            }
            let nameEnd = position
            position += 1
            while position < end, bytes[position] == 32 || bytes[position] == 9 { position += 1 }
            let valueStart = position
            position = bytes.positionOfControl(in: position..<end)
            // A tab is one, and may stand in a value.
            while position < end, bytes[position] == 9 { position = bytes.positionOfControl(in: position + 1..<end) }
            guard position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\r"), bytes[position + 1] == UInt8(ascii: "\n") else {
                throw .bad("A header field's value has a control character.")
            }
            var valueEnd = position
            while valueEnd > valueStart, bytes[valueEnd - 1] == 32 || bytes[valueEnd - 1] == 9 { valueEnd -= 1 }
            try framing.read(bytes, name: nameStart..<nameEnd, value: valueStart..<valueEnd)
            fields.append(HTTPHeaders.Field(name: nameStart - start..<nameEnd - start, value: valueStart - start..<valueEnd - start))
            position += 2
        }
        return (HTTPHeaders(block: Array(bytes.extracting(start..<end)), fields: fields), framing)
    }
}

extension FieldParser {
    /// Reads the trailer section of a chunked body.
    /// - Parameter bytes: the section with the empty line that ends it.
    static func trailers(_ bytes: Span<UInt8>) throws(HTTPParseError) -> HTTPHeaders {
        let (trailers, framing) = try parse(bytes, from: 0)
        // RFC 9110, 6.5.1: what says where a message ends or leads may not come behind it.
        guard framing.contentLength == nil, !framing.hasTransferEncoding, framing.hosts == 0 else { throw .bad("A trailer field may not be about the message's framing.") }
        return trailers
    }
}

extension Framing {
    /// Takes note of a field that is about the message's framing; the length of the name tells most others apart.
    mutating func read(_ bytes: Span<UInt8>, name: Range<Int>, value: Range<Int>) throws(HTTPParseError) {
        switch name.count {
        case 4:
            if bytes.equals("host", at: name) { hosts += 1 }
        case 6:
            guard bytes.equals("expect", at: name) else { return }
            if bytes.equals("100-continue", at: value) { expectsContinue = true } else { expectsOther = true }
        case 10:
            guard bytes.equals("connection", at: name) else { return }
            bytes.forEachListElement(in: value) { element in
                if bytes.equals("close", at: element) { saysClose = true }
                if bytes.equals("keep-alive", at: element) { saysKeepAlive = true }
            }
        case 14:
            guard bytes.equals("content-length", at: name) else { return }
            guard contentLength == nil else { throw .bad("Content-Length is there twice.") }
            contentLength = try Self.length(bytes, value)
        case 17:
            guard bytes.equals("transfer-encoding", at: name) else { return }
            guard !hasTransferEncoding else { throw .bad("Transfer-Encoding is there twice.") }
            hasTransferEncoding = true
            guard bytes.equals("chunked", at: value) else {
                throw HTTPParseError(501, "Transfer-Encoding '\(bytes.string(value))' is not implemented; 'chunked' is.")
            }
            isChunked = true
        default: return
        }
    }

    /// One or more digits and nothing else (no sign, no list), as far as it fits an `Int`.
    private static func length(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(HTTPParseError) -> Int {
        guard !range.isEmpty else { throw .bad("Content-Length is empty.") }
        var length = 0
        for index in range {
            let digit = bytes[index] &- UInt8(ascii: "0")
            guard digit < 10 else { throw .bad("Content-Length is not a number.") }
            let (product, overflow) = length.multipliedReportingOverflow(by: 10)
            let (sum, overflow2) = product.addingReportingOverflow(Int(digit))
            guard !overflow, !overflow2 else { throw .bad("Content-Length is too large.") }
            length = sum
        }
        return length
    }
}
