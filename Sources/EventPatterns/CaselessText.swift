/// A text of `equals-ignore-case`: each of its characters stands for its lower and its upper case form, as the rule engine has it
/// (`ß` for `ß` and `SS`, but `k` not for the Kelvin sign).
struct CaselessText: Sendable, Equatable {
    private struct Letter: Equatable, Sendable { var lower: [UInt8], upper: [UInt8] }

    /// All lower case, where every character is ASCII: the usual text, compared byte by byte.
    private let ascii: [UInt8]?
    private let letters: [Letter]

    init(_ text: String) {
        if text.utf8.allSatisfy({ $0 < 0x80 }) {
            ascii = text.utf8.map(Self.lowercased)
            letters = []
        } else {
            ascii = nil
            letters = text.unicodeScalars.map { scalar in
                // Beyond the basic plane the engine sees surrogates, which have no case.
                guard scalar.value < 0x10000 else { return Letter(lower: Array(String(scalar).utf8), upper: Array(String(scalar).utf8)) }
                return Letter(lower: Array(scalar.properties.lowercaseMapping.utf8), upper: Array(scalar.properties.uppercaseMapping.utf8))
            }
        }
    }

    func equals(_ text: String) -> Bool { text.withBytes { length($0, from: 0) == $0.count } }

    func starts(_ text: String) -> Bool { text.withBytes { length($0, from: 0) != nil } }

    func ends(_ text: String) -> Bool {
        text.withBytes { bytes in
            if let ascii { return length(bytes, from: bytes.count - ascii.count) != nil }
            var end = bytes.count
            for letter in letters.reversed() {
                if Self.holds(bytes, letter.lower, at: end - letter.lower.count) {
                    end -= letter.lower.count
                } else if Self.holds(bytes, letter.upper, at: end - letter.upper.count) {
                    end -= letter.upper.count
                } else {
                    return false
                }
            }
            return true
        }
    }

    /// How many bytes from `start` this text stands for; `nil` where it doesn't stand there.
    private func length(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        if let ascii {
            guard start >= 0, ascii.count <= bytes.count - start else { return nil }
            for index in ascii.indices where Self.lowercased(bytes[start + index]) != ascii[index] { return nil }
            return ascii.count
        }
        var end = start
        for letter in letters {
            if Self.holds(bytes, letter.lower, at: end) {
                end += letter.lower.count
            } else if Self.holds(bytes, letter.upper, at: end) {
                end += letter.upper.count
            } else {
                return nil
            }
        }
        return end - start
    }

    private static func holds(_ bytes: UnsafeBufferPointer<UInt8>, _ part: [UInt8], at offset: Int) -> Bool {
        part.withUnsafeBufferPointer { bytes.holds($0, at: offset) }
    }

    @inline(__always)
    private static func lowercased(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }
}
