import EventLoop
import Kernel

/// Writes the heads of responses. What all have in common (status lines, the date) is kept as bytes.
@CloudActor
final class ResponseEncoder {
    private let now: @CloudActor () -> Timestamp
    private var date: [UInt8] = []
    private var dateSecond = Int64.min
    private var dateTurn = MonotonicTime(nanoseconds: .min)
    private var statusLines: [[UInt8]?] = Array(repeating: nil, count: 1000)

    init(now: @escaping @CloudActor () -> Timestamp) { self.now = now }

    /// Appends status line and header fields up to the empty line.
    /// - Parameters:
    ///   - answersHead: the request's method was HEAD: its `Content-Length` may stand for a body that isn't sent.
    ///   - http10: the client speaks HTTP/1.0 and must be told where the connection stays open.
    func encode(_ response: HTTPResponse, closes: Bool, answersHead: Bool, http10: Bool, into output: inout [UInt8]) {
        let status = (200...999).contains(response.status) ? response.status : 500
        output.append(contentsOf: statusLine(status))
        let ownLength = appendFields(response.headers, keepsLength: answersHead && response.body.isEmpty, into: &output)
        refreshDateField()
        output.append(contentsOf: date)
        // RFC 9110, 8.6: none with 204. With 304 it would be that of the body which isn't sent, and unknown here.
        if !ownLength, status != 204, status != 304 {
            output.append("Content-Length: ")
            output.append(decimal: response.body.count)
            output.append("\r\n")
        }
        if closes { output.append("Connection: close\r\n") } else if http10 { output.append("Connection: keep-alive\r\n") }
        output.append("\r\n")
    }

    /// The same for a response whose body follows bit by bit.
    /// - Parameter isChunked: else it has no body, or one that goes on up to the connection's end.
    func encode(status: Int, _ headers: HTTPHeaders, isChunked: Bool, closes: Bool, into output: inout [UInt8]) {
        output.append(contentsOf: statusLine((200...999).contains(status) ? status : 500))
        _ = appendFields(headers, keepsLength: false, into: &output)
        refreshDateField()
        output.append(contentsOf: date)
        if isChunked { output.append("Transfer-Encoding: chunked\r\n") }
        if closes { output.append("Connection: close\r\n") }
        output.append("\r\n")
    }

    /// Appends the end of a chunked body. Fields that are the head's to say are left out.
    nonisolated static func encodeEnd(trailers: HTTPHeaders, into output: inout [UInt8]) {
        output.append("0\r\n")
        for field in trailers.fields where !isReserved(trailers.block, field) {
            output.append(contentsOf: trailers.block[field.name])
            output.append(": ")
            output.append(contentsOf: trailers.block[field.value])
            output.append("\r\n")
        }
        output.append("\r\n")
    }

    /// Whether a response of this status has a body at all.
    nonisolated static func hasBody(status: Int) -> Bool { status != 204 && status != 304 }

    /// Copies the fields but those that are the server's to say.
    /// - Returns: whether a `Content-Length` of the handler was kept.
    private func appendFields(_ headers: HTTPHeaders, keepsLength: Bool, into output: inout [UInt8]) -> Bool {
        var keptLength = false
        guard Self.hasReserved(headers) else {
            output.append(contentsOf: headers.block)
            return false
        }
        for field in headers.fields {
            if Self.isReserved(headers.block, field) {
                guard keepsLength, field.name.count == 14, !keptLength else { continue }
                keptLength = true
            }
            output.append(contentsOf: headers.block[field.name])
            output.append(": ")
            output.append(contentsOf: headers.block[field.value])
            output.append("\r\n")
        }
        return keptLength
    }

    private nonisolated static func hasReserved(_ headers: HTTPHeaders) -> Bool {
        for field in headers.fields where isReserved(headers.block, field) { return true }
        return false
    }

    private nonisolated static func isReserved(_ block: [UInt8], _ field: HTTPHeaders.Field) -> Bool {
        switch field.name.count {
        case 4: block.span.equals("date", at: field.name)
        case 10: block.span.equals("connection", at: field.name) || block.span.equals("keep-alive", at: field.name)
        case 14: block.span.equals("content-length", at: field.name)
        case 17: block.span.equals("transfer-encoding", at: field.name)
        default: false
        }
    }

    private func statusLine(_ status: Int) -> [UInt8] {
        if let line = statusLines[status] { return line }
        let line = Array("HTTP/1.1 \(status) \(Self.reasons[status] ?? "")\r\n".utf8)
        statusLines[status] = line
        return line
    }

    /// The clock is asked once per turn, and the text made once per second.
    private func refreshDateField() {
        let turn = CloudActor.loop.turnTime
        guard turn != dateTurn else { return }
        dateTurn = turn
        let time = now()
        guard time.seconds != dateSecond else { return }
        dateSecond = time.seconds
        date = Array("Date: \(Self.format(time))\r\n".utf8)
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 5.6.7).
    nonisolated static func format(_ time: Timestamp) -> String {
        let calendar = CalendarTime(time)
        let clock = [calendar.hour, calendar.minute, calendar.second].map { CalendarTime.padded($0, 2) }.joined(separator: ":")
        let weekday = CalendarTime.weekdayNames[calendar.weekday]
        let month = CalendarTime.monthNames[calendar.month - 1]
        return "\(weekday), \(CalendarTime.padded(calendar.day, 2)) \(month) \(CalendarTime.padded(calendar.year, 4)) \(clock) GMT"
    }

    private static let reasons: [Int: String] = [
        200: "OK", 201: "Created", 202: "Accepted", 203: "Non-Authoritative Information", 204: "No Content", 205: "Reset Content",
        206: "Partial Content", 207: "Multi-Status", 300: "Multiple Choices", 301: "Moved Permanently", 302: "Found", 303: "See Other",
        304: "Not Modified", 307: "Temporary Redirect", 308: "Permanent Redirect", 400: "Bad Request", 401: "Unauthorized",
        402: "Payment Required", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable",
        407: "Proxy Authentication Required", 408: "Request Timeout", 409: "Conflict", 410: "Gone", 411: "Length Required",
        412: "Precondition Failed", 413: "Content Too Large", 414: "URI Too Long", 415: "Unsupported Media Type",
        416: "Range Not Satisfiable", 417: "Expectation Failed", 421: "Misdirected Request", 422: "Unprocessable Content",
        423: "Locked", 424: "Failed Dependency", 426: "Upgrade Required", 428: "Precondition Required", 429: "Too Many Requests",
        431: "Request Header Fields Too Large", 500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway",
        503: "Service Unavailable", 504: "Gateway Timeout", 505: "HTTP Version Not Supported", 507: "Insufficient Storage",
    ]
}
