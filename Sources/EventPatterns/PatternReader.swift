/// Reads a pattern token by token, as the JSON parser of AWS's rule engine (Jackson) does: the column in an error is where that parser stands,
/// which is after the opening quotation mark of a string that nobody asked for yet, and after the value that follows a name.
struct PatternReader {
    enum Token: Equatable {
        case startObject, endObject, startArray, endArray, name, string, number, yes, no, null

        var isScalar: Bool { self == .string || self == .number || self == .yes || self == .no || self == .null }
    }

    /// An error in the JSON itself, with its place.
    struct SyntaxError: Error { var message: String }

    /// An open array or object, with the place of its bracket and whether something stands in it already.
    private struct Container { var isObject: Bool, start: Int, isEmpty = true }

    /// Deeper patterns are refused: what is read here is walked recursively.
    static let depthLimit = 100

    private let bytes: [UInt8]
    private let source: String
    private var position = 0
    private var containers: [Container] = []
    /// The value after a name, read together with the name.
    private var pending: Token?
    private var hasOpenString = false
    /// Where the current token's text begins; a string's after its quotation mark.
    private var textStart = 0
    private var finished = ""

    private(set) var token: Token?
    /// The last name.
    private(set) var name = ""

    init(_ text: String) {
        source = text
        bytes = Array(text.utf8)
    }

    /// The text of the current token; reads a string to its end.
    mutating func text() throws(SyntaxError) -> String {
        if hasOpenString { try finishString() }
        switch token {
        case .string, .number: return finished
        case .name: return name
        case .startObject: return "{"
        case .endObject: return "}"
        case .startArray: return "["
        case .endArray: return "]"
        case .yes: return "true"
        case .no: return "false"
        case .null, nil: return "null"
        }
    }

    /// The next token, `nil` at the end of the text.
    @discardableResult
    mutating func next() throws(SyntaxError) -> Token? {
        if let value = pending {
            pending = nil
            return open(value)
        }
        if hasOpenString { try finishString() }
        guard var byte = skipSpace() else {
            guard let last = containers.last else {
                token = nil
                return nil
            }
            throw endOfInput(": expected close marker for \(last.isObject ? "Object" : "Array") (start marker at \(place(last.start)))")
        }
        if byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}") { return try close(byte) }
        if let last = containers.indices.last {
            if !containers[last].isEmpty {
                guard byte == UInt8(ascii: ",") else {
                    throw unexpected(": was expecting comma to separate \(containers[last].isObject ? "Object" : "Array") entries")
                }
                guard let after = skipSpace() else { throw endOfInput(" within/between \(containers[last].isObject ? "Object" : "Array") entries") }
                byte = after
            }
            containers[last].isEmpty = false
            if containers[last].isObject { return try readName(byte) }
        }
        return open(try value(byte))
    }

    /// The message with the reader's place, as Jackson shows it.
    func located(_ message: String) -> String { message + "\n at " + place(position) }

    // MARK: Structure

    private mutating func open(_ value: Token) -> Token {
        if value == .startObject || value == .startArray { containers.append(Container(isObject: value == .startObject, start: position)) }
        token = value
        return value
    }

    private mutating func close(_ byte: UInt8) throws(SyntaxError) -> Token {
        let isObject = byte == UInt8(ascii: "}")
        guard let last = containers.last else { throw unexpected(": expected a valid value \(Self.values)") }
        guard last.isObject == isObject else {
            let (wrong, right) = isObject ? ("}", "]") : ("]", "}")
            let kind = last.isObject ? "Object" : "Array"
            throw SyntaxError(message: "Unexpected close marker '\(wrong)': expected '\(right)' (for \(kind) starting at \(place(last.start)))\n at \(place(position - 1))")
        }
        containers.removeLast()
        let closed: Token = isObject ? .endObject : .endArray
        token = closed
        return closed
    }

    private mutating func readName(_ byte: UInt8) throws(SyntaxError) -> Token {
        guard byte == UInt8(ascii: "\"") else { throw unexpected(": was expecting double-quote to start field name") }
        textStart = position
        name = try stringToEnd(in: "name")
        guard let colon = skipSpace() else { throw endOfInput(" within/between Object entries") }
        guard colon == UInt8(ascii: ":") else { throw unexpected(": was expecting a colon to separate field name and value") }
        guard let first = skipSpace() else { throw endOfInput(" within/between Object entries") }
        let following = try value(first)
        pending = following
        token = .name
        return .name
    }

    private mutating func value(_ byte: UInt8) throws(SyntaxError) -> Token {
        switch byte {
        case UInt8(ascii: "\""):
            hasOpenString = true
            textStart = position
            return .string
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            guard containers.count < Self.depthLimit else { throw SyntaxError(message: located("Document nesting depth (\(containers.count + 1)) exceeds the maximum allowed (\(Self.depthLimit))")) }
            return byte == UInt8(ascii: "{") ? .startObject : .startArray
        case UInt8(ascii: "t"): return try word("true", .yes)
        case UInt8(ascii: "f"): return try word("false", .no)
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number(byte)
        default:
            if isWordPart(byte), !isDigit(byte) { throw unrecognized(from: position - 1) }
            throw unexpected(": expected a valid value \(Self.values)")
        }
    }

    private static let values = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"

    private mutating func word(_ word: StaticString, _ value: Token) throws(SyntaxError) -> Token {
        let start = position - 1
        let end = start + word.utf8CodeUnitCount
        let isThere = end <= bytes.count && bytes[start..<end].elementsEqual(UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
        guard isThere, end == bytes.count || !isWordPart(bytes[end]) else { throw unrecognized(from: start) }
        position = end
        return value
    }

    private mutating func number(_ first: UInt8) throws(SyntaxError) -> Token {
        let start = position - 1
        if first == UInt8(ascii: "-") {
            guard let digit = peek, isDigit(digit) else {
                if peek == nil { throw endOfInput(" within/between \(containers.last?.isObject == true ? "Object" : "Array") entries") }
                position += 1
                throw unexpected(" in numeric value: No digit following minus sign")
            }
            position += 1
        }
        if bytes[position - 1] == UInt8(ascii: "0"), let digit = peek, isDigit(digit) {
            throw SyntaxError(message: located("Invalid numeric value: Leading zeroes not allowed"))
        }
        skipDigits()
        if peek == UInt8(ascii: ".") {
            position += 1
            try digits("Decimal point not followed by a digit")
        }
        if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
            position += 1
            if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { position += 1 }
            try digits("Exponent indicator not followed by a digit")
        }
        finished = String(decoding: bytes[start..<position], as: UTF8.self)
        return .number
    }

    private mutating func digits(_ complaint: String) throws(SyntaxError) {
        guard let digit = peek, isDigit(digit) else {
            if peek == nil { throw endOfInput(" in a Number value") }
            position += 1
            throw unexpected(" in numeric value: \(complaint)")
        }
        skipDigits()
    }

    // MARK: Strings

    private mutating func finishString() throws(SyntaxError) {
        finished = try stringToEnd(in: "string value")
        hasOpenString = false
    }

    /// From `textStart` to the closing quotation mark.
    private mutating func stringToEnd(in what: String) throws(SyntaxError) -> String {
        position = textStart
        var units: [UInt8] = []
        while let byte = take() {
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: units, as: UTF8.self)
            case UInt8(ascii: "\\"): try escape(&units)
            case 0..<0x20:
                throw SyntaxError(message: "Illegal unquoted character ((CTRL-CHAR, code \(byte))): has to be escaped using backslash to be included in \(what)\n at \(place(position))")
            default: units.append(byte)
            }
        }
        throw endOfInput(what == "name" ? ": was expecting closing '\"' for name" : ": was expecting closing quote for a string value")
    }

    private mutating func escape(_ units: inout [UInt8]) throws(SyntaxError) {
        guard let byte = take() else { throw endOfInput(" in character escape sequence") }
        switch byte {
        case UInt8(ascii: "n"): units.append(0x0A)
        case UInt8(ascii: "t"): units.append(0x09)
        case UInt8(ascii: "r"): units.append(0x0D)
        case UInt8(ascii: "b"): units.append(0x08)
        case UInt8(ascii: "f"): units.append(0x0C)
        case UInt8(ascii: "\""), UInt8(ascii: "/"), UInt8(ascii: "\\"): units.append(byte)
        case UInt8(ascii: "u"):
            var unit = try hexadecimal()
            var scalar = Unicode.Scalar(unit)
            if unit & 0xFC00 == 0xD800, peek == UInt8(ascii: "\\"), position + 1 < bytes.count, bytes[position + 1] == UInt8(ascii: "u") {
                let before = position
                position += 2
                let low = try hexadecimal()
                if low & 0xFC00 == 0xDC00 {
                    unit = 0x10000 + (unit & 0x3FF) << 10 + (low & 0x3FF)
                    scalar = Unicode.Scalar(unit)
                } else {
                    position = before
                }
            }
            // A lone surrogate, which a Swift string can't hold.
            units.append(contentsOf: String(Character(scalar ?? "\u{FFFD}")).utf8)
        default:
            throw SyntaxError(message: "Unrecognized character escape \(Self.shown(character(at: position - 1)))\n at \(place(position))")
        }
    }

    private mutating func hexadecimal() throws(SyntaxError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = take() else { throw endOfInput(" in character escape sequence") }
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw SyntaxError(message: "Unexpected character (\(Self.shown(character(at: position - 1)))): expected a hex-digit for character escape sequence\n at \(place(position - 1))")
            }
            value = value << 4 | UInt32(digit)
        }
        return value
    }

    // MARK: Bytes

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take() -> UInt8? {
        guard position < bytes.count else { return nil }
        position += 1
        return bytes[position - 1]
    }

    /// The next byte that isn't white space, taken.
    private mutating func skipSpace() -> UInt8? {
        while let byte = take() {
            if byte != 0x20, byte != 0x0A, byte != 0x0D, byte != 0x09 { return byte }
        }
        return nil
    }

    private mutating func skipDigits() { while let byte = peek, isDigit(byte) { position += 1 } }

    private func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    /// What Java lets stand in an identifier, so that the error shows the whole word.
    private func isWordPart(_ byte: UInt8) -> Bool {
        isDigit(byte) || byte >= 0x80 || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "$")
            || byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z")
    }

    // MARK: Errors

    /// About the byte just taken.
    private func unexpected(_ rest: String) -> SyntaxError {
        SyntaxError(message: "Unexpected character (\(Self.shown(character(at: position - 1))))\(rest)\n at \(place(position - 1))")
    }

    private func endOfInput(_ rest: String) -> SyntaxError { SyntaxError(message: located("Unexpected end-of-input\(rest)")) }

    private mutating func unrecognized(from start: Int) -> SyntaxError {
        position = start
        while let byte = peek, isWordPart(byte) { position += 1 }
        let word = String(decoding: bytes[start..<position], as: UTF8.self)
        return SyntaxError(message: located("Unrecognized token '\(word)': was expecting \(Self.values)"))
    }

    private func character(at offset: Int) -> Unicode.Scalar {
        String(decoding: bytes[max(0, offset)...].prefix(4), as: UTF8.self).unicodeScalars.first ?? " "
    }

    private static func shown(_ scalar: Unicode.Scalar) -> String {
        if scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) { return "(CTRL-CHAR, code \(scalar.value))" }
        let code = scalar.value > 255 ? "\(scalar.value) / 0x\(String(scalar.value, radix: 16))" : "\(scalar.value)"
        return "'\(scalar)' (code \(code))"
    }

    /// `[Source: (String)"..."; line: 1, column: 9]`, with the text's first 500 characters.
    private func place(_ offset: Int) -> String {
        var line = 1
        var lineStart = 0
        for index in 0..<min(offset, bytes.count) where bytes[index] == 0x0A || bytes[index] == 0x0D && !(index + 1 < bytes.count && bytes[index + 1] == 0x0A) {
            line += 1
            lineStart = index + 1
        }
        let column = String(decoding: bytes[lineStart..<max(lineStart, min(offset, bytes.count))], as: UTF8.self).utf16.count + 1
        let length = source.utf16.count
        let shown = length > 500 ? String(decoding: source.utf16.prefix(500), as: UTF16.self) : source
        let rest = length > 500 ? "[truncated \(length - 500) chars]" : ""
        return "[Source: (String)\"\(shown)\"\(rest); line: \(line), column: \(column)]"
    }
}
