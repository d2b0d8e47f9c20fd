/// A text in which `*` stands for any characters, none included; `\*` and `\\` are the characters themselves.
/// Matching takes time in proportion to the text, whatever the pattern.
struct Wildcard: Sendable, Equatable {
    /// A literal part and, for each of its prefixes, the length of the longest proper prefix that also ends it (Knuth, Morris, Pratt).
    private struct Part: Equatable, Sendable {
        let bytes: [UInt8]
        let failure: [Int]

        init(_ bytes: [UInt8]) {
            self.bytes = bytes
            var failure = [Int](repeating: 0, count: bytes.count)
            var length = 0
            for index in bytes.indices.dropFirst() {
                while length > 0, bytes[index] != bytes[length] { length = failure[length - 1] }
                if bytes[index] == bytes[length] { length += 1 }
                failure[index] = length
            }
            self.failure = failure
        }

        /// Where the first occurrence between `start` and `limit` ends.
        func end(in text: UnsafeBufferPointer<UInt8>, from start: Int, limit: Int) -> Int? {
            guard !bytes.isEmpty else { return start }
            var length = 0
            var index = start
            while index < limit {
                while length > 0, text[index] != bytes[length] { length = failure[length - 1] }
                if text[index] == bytes[length] { length += 1 }
                index += 1
                if length == bytes.count { return index }
            }
            return nil
        }
    }

    /// The parts between the asterisks; one where there is none.
    private let parts: [Part]

    /// A byte of the pattern, or an asterisk.
    typealias Symbol = UInt8?
    /// As written, for the pattern's complexity.
    let symbols: [Symbol]

    /// - Throws: the mistake, with its place in the quoted text as AWS counts it (the first character is at 1).
    init(_ text: String) throws(Complaint) {
        let bytes = Array(text.utf8)
        var parts: [[UInt8]] = [[]]
        var symbols: [Symbol] = []
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "*") {
                if index + 1 < bytes.count, bytes[index + 1] == byte { throw Complaint("Consecutive wildcard characters at pos \(index + 1)") }
                parts.append([])
                symbols.append(nil)
            } else if byte == UInt8(ascii: "\\") {
                guard index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "*") || bytes[index + 1] == byte else {
                    throw Complaint("Invalid escape character at pos \(index + 1)")
                }
                index += 1
                parts[parts.count - 1].append(bytes[index])
                symbols.append(bytes[index])
            } else {
                parts[parts.count - 1].append(byte)
                symbols.append(byte)
            }
            index += 1
        }
        self.parts = parts.map(Part.init)
        self.symbols = symbols
    }

    func matches(_ text: String) -> Bool { text.withBytes { matches($0) } }

    private func matches(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let first = parts.first, let last = parts.last else { return text.isEmpty }
        guard first.bytes.withUnsafeBufferPointer({ text.holds($0, at: 0) }) else { return false }
        if parts.count == 1 { return text.count == first.bytes.count }
        let limit = text.count - last.bytes.count
        guard limit >= first.bytes.count, last.bytes.withUnsafeBufferPointer({ text.holds($0, at: limit) }) else { return false }
        var position = first.bytes.count
        for index in 1..<parts.count - 1 {
            guard let end = parts[index].end(in: text, from: position, limit: limit) else { return false }
            position = end
        }
        return true
    }
}

/// How many beginnings of wildcard patterns one text can match at once, which is what AWS limits as a pattern's complexity.
/// A pattern that ends in an asterisk is done with before it.
enum WildcardComplexity {
    /// From here on a field's wildcards are refused. AWS doesn't publish the figure: it refuses `*:*:*:*:*:event-bus/*` (10) and
    /// five of `*/name/*` (11) and takes four (9).
    static let limit = 10

    /// Sets of positions looked at. A pattern that has more is let through: matching here costs no more for it.
    private static let searchLimit = 400

    /// Whether some text matches at least `limit` beginnings at once.
    static func reaches(_ limit: Int, in wildcards: [Wildcard]) -> Bool {
        let symbols = wildcards.map(\.symbols)
        guard symbols.contains(where: { $0.contains(nil) }) else { return false }
        var alphabet = Set(symbols.joined().compactMap { $0 })
        // Some byte that no pattern names.
        if let other = (UInt8.min...UInt8.max).first(where: { !alphabet.contains($0) }) { alphabet.insert(other) }
        let start = closure(Set(symbols.indices.map { Position(pattern: $0, consumed: 0) }), symbols)
        var seen: Set<Set<Position>> = [start]
        var queue = [start]
        while let current = queue.popLast() {
            if current.count(where: { $0.consumed > 0 }) >= limit { return true }
            for byte in alphabet {
                let next = closure(step(current, byte, symbols), symbols)
                guard !next.isEmpty, seen.insert(next).inserted else { continue }
                guard seen.count < searchLimit else { return false }
                queue.append(next)
            }
        }
        return false
    }

    private struct Position: Hashable { var pattern: Int, consumed: Int }

    private static func step(_ positions: Set<Position>, _ byte: UInt8, _ symbols: [[Wildcard.Symbol]]) -> Set<Position> {
        var next: Set<Position> = []
        for position in positions {
            let symbols = symbols[position.pattern]
            // After an asterisk, any byte stays there.
            if position.consumed > 0, symbols[position.consumed - 1] == nil { next.insert(position) }
            if position.consumed < symbols.count, symbols[position.consumed] == byte { next.insert(Position(pattern: position.pattern, consumed: position.consumed + 1)) }
        }
        return next
    }

    /// With the asterisks that stand for nothing, but for last ones.
    private static func closure(_ positions: Set<Position>, _ symbols: [[Wildcard.Symbol]]) -> Set<Position> {
        var all = positions
        for position in positions where position.consumed < symbols[position.pattern].count - 1 && symbols[position.pattern][position.consumed] == nil {
            all.insert(Position(pattern: position.pattern, consumed: position.consumed + 1))
        }
        return all
    }
}
