import Kernel

/// Where something stands in a statement, as AWS's messages name it: line and column from 1, and how many characters it has.
struct StatementLocation: Sendable, Equatable, CustomStringConvertible {
    var line = 1
    var column = 1
    var length = 0

    var description: String { "\(line):\(column):\(length)" }
}

/// One word of a PartiQL statement.
struct StatementToken: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
        /// A bare word: a keyword or a name.
        case word
        /// A name in double quotes.
        case quoted
        /// Text in single quotes.
        case string
        case number
        case symbol
        case parameter
        case end
    }

    var kind: Kind
    /// What stands in the statement, quotes taken away and doubled ones halved.
    var text: String
    /// A word in capitals, as keywords are compared.
    var keyword = ""
    var location = StatementLocation()

    func isSymbol(_ symbol: String) -> Bool { kind == .symbol && text == symbol }
}

/// Takes a PartiQL statement apart into words, byte by byte. Comments (`--` to the line's end, `/* */`) are passed over.
struct StatementLexer {
    private let bytes: [UInt8]
    private var position = 0
    /// Up to where lines and columns were counted, and what they are there.
    private var counted = 0
    private var location = StatementLocation()

    init(_ text: String) { bytes = Array(text.utf8) }

    static func tokens(_ text: String) throws(AWSError) -> [StatementToken] {
        var lexer = StatementLexer(text)
        var tokens: [StatementToken] = []
        while let token = try lexer.next() { tokens.append(token) }
        tokens.append(StatementToken(kind: .end, text: ""))
        return tokens
    }

    private func byte(_ offset: Int = 0) -> UInt8? {
        let index = position + offset
        return bytes.indices.contains(index) ? bytes[index] : nil
    }

    private mutating func next() throws(AWSError) -> StatementToken? {
        try skipSpace()
        guard let first = byte() else { return nil }
        let location = count(to: position)
        let start = position
        var token = try token(first)
        token.location = location
        token.location.length = bytes[start..<position].count(where: Self.isCharacterStart)
        return token
    }

    /// The line and the column of a position behind the one that was asked for before.
    private mutating func count(to position: Int) -> StatementLocation {
        for byte in bytes[counted..<position] {
            if byte == UInt8(ascii: "\n") {
                location.line += 1
                location.column = 1
            } else if Self.isCharacterStart(byte) {
                location.column += 1
            }
        }
        counted = position
        return location
    }

    private static func isCharacterStart(_ byte: UInt8) -> Bool { byte & 0xC0 != 0x80 }

    private mutating func token(_ first: UInt8) throws(AWSError) -> StatementToken {
        switch first {
        case UInt8(ascii: "'"): return StatementToken(kind: .string, text: try quoted(first))
        case UInt8(ascii: "\""): return StatementToken(kind: .quoted, text: try quoted(first))
        case UInt8(ascii: "?"):
            position += 1
            return StatementToken(kind: .parameter, text: "?")
        case UInt8(ascii: "`"): throw .statement("Ion Literals are not supported")
        case let digit where Self.isDigit(digit): return number()
        case UInt8(ascii: ".") where byte(1).map(Self.isDigit) ?? false: return number()
        case let letter where Self.isWordStart(letter): return word()
        default: return try symbol(first)
        }
    }

    private mutating func skipSpace() throws(AWSError) {
        while let first = byte() {
            if first == UInt8(ascii: " ") || (first >= 9 && first <= 13) {
                position += 1
            } else if first == UInt8(ascii: "-"), byte(1) == UInt8(ascii: "-") {
                while let next = byte(), next != UInt8(ascii: "\n") { position += 1 }
            } else if first == UInt8(ascii: "/"), byte(1) == UInt8(ascii: "*") {
                position += 2
                while byte() != nil, byte() != UInt8(ascii: "*") || byte(1) != UInt8(ascii: "/") { position += 1 }
                guard byte() != nil else { throw .statement("") }
                position += 2
            } else {
                return
            }
        }
    }

    private mutating func quoted(_ quote: UInt8) throws(AWSError) -> String {
        position += 1
        var text: [UInt8] = []
        while let next = byte() {
            position += 1
            guard next == quote else {
                text.append(next)
                continue
            }
            guard byte() == quote else { return String(decoding: text, as: UTF8.self) }
            text.append(quote)
            position += 1
        }
        throw .statement("")
    }

    private mutating func number() -> StatementToken {
        let start = position
        while let next = byte(), Self.isDigit(next) { position += 1 }
        if byte() == UInt8(ascii: ".") {
            position += 1
            while let next = byte(), Self.isDigit(next) { position += 1 }
        }
        if let next = byte(), next | 0x20 == UInt8(ascii: "e") {
            let sign = byte(1) == UInt8(ascii: "-") || byte(1) == UInt8(ascii: "+") ? 1 : 0
            if byte(1 + sign).map(Self.isDigit) ?? false {
                position += 1 + sign
                while let next = byte(), Self.isDigit(next) { position += 1 }
            }
        }
        return StatementToken(kind: .number, text: String(decoding: bytes[start..<position], as: UTF8.self))
    }

    private mutating func word() -> StatementToken {
        let start = position
        while let next = byte(), Self.isWordStart(next) || Self.isDigit(next) { position += 1 }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        let upper = bytes[start..<position].map { $0 &- 97 < 26 ? $0 & 0xDF : $0 }
        return StatementToken(kind: .word, text: text, keyword: String(decoding: upper, as: UTF8.self))
    }

    private static let pairs = ["<<", ">>", "<=", ">=", "<>", "!=", "||"]
    private static let singles = "(){}[],.:*+-=<>;"

    private mutating func symbol(_ first: UInt8) throws(AWSError) -> StatementToken {
        if let second = byte(1) {
            let pair = String(decoding: [first, second], as: UTF8.self)
            if Self.pairs.contains(pair) {
                position += 2
                return StatementToken(kind: .symbol, text: pair)
            }
        }
        guard Self.singles.utf8.contains(first) else { throw .statement("") }
        position += 1
        return StatementToken(kind: .symbol, text: String(decoding: CollectionOfOne(first), as: UTF8.self))
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }

    private static func isWordStart(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- 97 < 26 || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "$")
    }
}
