/// Cuts a stream of bytes that comes in pieces into lines.
struct LineSplitter {
    /// The most bytes of a line that are kept together.
    let limit: Int
    /// The line that hasn't ended.
    private var open: [UInt8] = []

    init(limit: Int) { self.limit = limit }

    /// Hands out each line that the bytes end, without its newline, and of one that grows beyond the limit each full piece.
    mutating func add(_ bytes: UnsafeRawBufferPointer, _ body: ([UInt8]) -> Void) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let end = rest.firstIndex(of: 10)
            let line = rest[..<(end ?? rest.endIndex)]
            let room = limit - open.count
            if line.count > room {
                hand(line.prefix(room), body)
                rest = rest.dropFirst(room)
            } else if let end {
                hand(line, body)
                rest = rest[(end + 1)...]
            } else {
                open += line
                return
            }
        }
    }

    private mutating func hand(_ line: Slice<UnsafeRawBufferPointer>, _ body: ([UInt8]) -> Void) {
        guard !open.isEmpty else { return body(Array(line)) }
        open += line
        let whole = open
        open = []
        body(whole)
    }

    /// What is behind the last newline; `nil` where nothing is.
    mutating func takeRest() -> [UInt8]? {
        defer { open = [] }
        return open.isEmpty ? nil : open
    }
}
