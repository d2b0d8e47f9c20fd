import Kernel

/// Reads HTTP/1.1 requests from bytes that arrive in any pieces (RFC 9112). It knows no socket and no time.
struct RequestParser {
    /// What the bytes taken so far amount to.
    enum Outcome {
        /// All bytes were taken; the request goes on.
        case incomplete
        /// The head is there and a body follows: call ``acceptBody(limit:keepsTrailers:)`` before going on.
        case head
        /// A whole request, taken with ``takeRequest()``.
        case complete
    }

    private enum State {
        case head, bodyAnnounced
        case fixed(remaining: Int)
        case chunked(ChunkedDecoder)
        case complete
    }

    static let headLimit = 64 * 1024

    private var state = State.head
    private var scanner = HeadScanner()
    /// What has arrived of a head that came in pieces.
    private var partial: [UInt8] = []
    private var framing = Framing()
    private var limit = 0
    /// The request being read; its body grows while it arrives.
    private(set) var request = HTTPRequest(method: "", target: "")
    private(set) var isHTTP10 = false
    /// The trailer fields of a complete request, where ``acceptBody(limit:keepsTrailers:)`` asked for them.
    private(set) var trailers = HTTPHeaders()

    /// Not one byte of the next request has arrived.
    var isAtStart: Bool { if case .head = state { partial.isEmpty } else { false } }

    var isReadingHead: Bool { if case .head = state { true } else { false } }

    /// Whether the client waits for `100 Continue` before it sends the body.
    var expectsContinue: Bool { framing.expectsContinue && !isHTTP10 }

    /// Whether the connection may carry another request after this one.
    var keepsAlive: Bool { !framing.saysClose && (!isHTTP10 || framing.saysKeepAlive) }

    /// Takes bytes up to the end of a head or of a request.
    mutating func parse(_ bytes: Span<UInt8>) throws(HTTPParseError) -> (used: Int, outcome: Outcome) {
        switch state {
        case .head: return try parseHead(bytes)
        case .fixed(let remaining):
            let count = min(remaining, bytes.count)
            request.body.append(bytes.extracting(0..<count))
            state = count == remaining ? .complete : .fixed(remaining: remaining - count)
            return (count, count == remaining ? .complete : .incomplete)
        case .chunked(var decoder):
            // Out of the state while it works, so that it is changed in place.
            state = .complete
            let used = try decoder.decode(bytes, into: &request.body, limit: limit)
            guard decoder.isDone else {
                state = .chunked(decoder)
                return (used, .incomplete)
            }
            if let section = decoder.trailerSection { trailers = try FieldParser.trailers(section.span) }
            return (used, .complete)
        case .bodyAnnounced, .complete: return (0, .incomplete)
        }
    }

    /// Goes on to read the body that the head announced.
    /// - Parameters:
    ///   - limit: how many bytes ``request`` may hold of it at a time.
    ///   - keepsTrailers: whether the fields behind a chunked body are kept; else they are dropped.
    mutating func acceptBody(limit: Int, keepsTrailers: Bool = false) throws(HTTPParseError) {
        self.limit = limit
        if framing.isChunked {
            state = .chunked(ChunkedDecoder(keepsTrailers: keepsTrailers))
            return
        }
        let length = framing.contentLength ?? 0
        guard length <= limit else { throw .tooLarge(limit) }
        // A claim alone gets no memory: beyond this the body grows as it arrives.
        request.body.reserveCapacity(min(length, 64 * 1024))
        state = .fixed(remaining: length)
    }

    /// Hands out what has arrived of the body since the last time.
    mutating func takePiece() -> [UInt8] {
        let piece = request.body
        request.body = []
        return piece
    }

    /// Hands out the complete request and starts over.
    mutating func takeRequest() -> HTTPRequest {
        let taken = request
        request = HTTPRequest(method: "", target: "")
        if !trailers.fields.isEmpty { trailers = HTTPHeaders() }
        state = .head
        return taken
    }

    // MARK: Head

    private mutating func parseHead(_ bytes: Span<UInt8>) throws(HTTPParseError) -> (used: Int, outcome: Outcome) {
        var skipped = 0
        if partial.isEmpty {
            // An empty line before a request is allowed (RFC 9112, 2.2).
            while skipped + 1 < bytes.count, bytes[skipped] == 13, bytes[skipped + 1] == 10 { skipped += 2 }
            guard skipped < bytes.count else { return (skipped, .incomplete) }
            let first = bytes[skipped]
            guard first.isTokenByte || first == 13 && skipped + 1 == bytes.count else { throw .bad("This is not an HTTP request.") }
            let rest = bytes.extracting(skipped..<bytes.count)
            scanner = HeadScanner()
            if let end = try scanner.end(in: rest, limit: Self.headLimit) {
                return (skipped + end, try read(rest.extracting(0..<end)))
            }
            partial.append(rest)
            return (bytes.count, .incomplete)
        }
        // A lone CR was kept, and turns out to be an empty line or the start of nonsense.
        if partial.count == 1, partial[0] == 13 {
            guard bytes[0] == 10 else { throw .bad("This is not an HTTP request.") }
            partial.removeAll(keepingCapacity: true)
            return (1, .incomplete)
        }
        let before = partial.count
        partial.append(bytes.extracting(0..<min(bytes.count, Self.headLimit + 1 - before)))
        let head = partial
        guard let end = try scanner.end(in: head.span, limit: Self.headLimit) else { return (bytes.count, .incomplete) }
        partial = []
        return (end - before, try read(head.span.extracting(0..<end)))
    }

    private mutating func read(_ head: Span<UInt8>) throws(HTTPParseError) -> Outcome {
        let line = try RequestLine(head)
        let (headers, framing) = try FieldParser.parse(head, from: line.end)
        self.framing = framing
        isHTTP10 = line.isHTTP10
        guard framing.hosts == 1 || isHTTP10 && framing.hosts == 0 else {
            throw .bad(framing.hosts == 0 ? "The Host header field is missing." : "The Host header field is there twice.")
        }
        if framing.hasTransferEncoding {
            guard framing.contentLength == nil else { throw .bad("Both Transfer-Encoding and Content-Length are there.") }
            guard !isHTTP10 else { throw .bad("HTTP/1.0 has no Transfer-Encoding.") }
        }
        guard !framing.expectsOther || isHTTP10 else { throw HTTPParseError(417, "Only '100-continue' can be expected.") }
        request = HTTPRequest(method: line.method, target: line.target, headers: headers)
        if let authority = line.authority { request.headers.replaceHost(with: authority) }
        if framing.isChunked || framing.contentLength ?? 0 > 0 {
            state = .bodyAnnounced
            return .head
        }
        state = .complete
        return .complete
    }
}

/// `POST /path?query HTTP/1.1`
private struct RequestLine {
    var method: String
    var target: String
    /// The host and port of an absolute-form target, which stand above the Host header field.
    var authority: String?
    var isHTTP10: Bool
    /// The offset of the next line.
    var end: Int

    init(_ bytes: Span<UInt8>) throws(HTTPParseError) {
        var position = 0
        while position < bytes.count, bytes[position].isTokenByte { position += 1 }
        guard position > 0, position <= 32, position < bytes.count, bytes[position] == 32 else { throw .bad("The method is malformed.") }
        method = bytes.string(0..<position)
        let start = position + 1
        position = start
        while position < bytes.count, bytes[position].isVisible { position += 1 }
        let target = start..<position
        guard !target.isEmpty, position < bytes.count, bytes[position] == 32 else { throw .bad("The request target is malformed.") }
        isHTTP10 = try Self.version(bytes, at: position + 1)
        end = position + 11
        (self.target, authority) = try Self.target(bytes, target, method)
    }

    /// `HTTP/1.1` CRLF, exactly; whatever looks like another version gets 505.
    private static func version(_ bytes: Span<UInt8>, at start: Int) throws(HTTPParseError) -> Bool {
        let malformed = HTTPParseError.bad("The HTTP version is malformed.")
        guard start + 10 <= bytes.count, bytes[start + 8] == 13, bytes[start + 9] == 10 else { throw malformed }
        let name: StaticString = "HTTP/"
        let isNamed = name.withUTF8Buffer { name in
            for offset in 0..<5 where bytes[start + offset] != name[offset] { return false }
            return true
        }
        let (major, dot, minor) = (bytes[start + 5] &- 48, bytes[start + 6], bytes[start + 7] &- 48)
        guard isNamed, major < 10, dot == UInt8(ascii: "."), minor < 10 else { throw malformed }
        guard major == 1, minor <= 1 else { throw HTTPParseError(505, "HTTP/\(major).\(minor) is not spoken here; HTTP/1.1 is.") }
        return minor == 0
    }

    /// Origin form stays as it is; absolute form is split (RFC 9112, 3.2).
    private static func target(_ bytes: Span<UInt8>, _ range: Range<Int>, _ method: String) throws(HTTPParseError) -> (String, String?) {
        if bytes[range.lowerBound] == UInt8(ascii: "/") { return (bytes.string(range), nil) }
        let text = bytes.string(range)
        if text == "*" {
            guard method == "OPTIONS" else { throw .bad("The target '*' is for OPTIONS only.") }
            return (text, nil)
        }
        guard method != "CONNECT" else { throw HTTPParseError(501, "CONNECT is not implemented.") }
        let lowercased = text.lowercased()
        guard let scheme = ["http://", "https://"].first(where: lowercased.hasPrefix) else { throw .bad("The request target is malformed.") }
        let rest = text.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard !authority.isEmpty else { throw .bad("The request target names no host.") }
        let path = rest[authority.endIndex...]
        return (path.hasPrefix("/") ? String(path) : "/" + path, String(authority))
    }
}

extension HTTPHeaders {
    fileprivate mutating func replaceHost(with authority: String) {
        let others = pairs.filter { $0.name.lowercased() != "host" }
        self = HTTPHeaders([("Host", authority)] + others.map { ($0.name, $0.value) })
    }
}
