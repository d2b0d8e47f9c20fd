/// Telephone numbers as E.164 has them.
enum PhoneNumber {
    /// Five to fifteen digits, a plus before them or not, with what people write between digits.
    static func isValid(_ text: String) -> Bool {
        let rest = text.hasPrefix("+") ? text.utf8.dropFirst() : text.utf8[...]
        return (5...15).contains(rest.count { $0 &- 48 < 10 }) && rest.first.map { $0 &- 48 < 10 || $0 == UInt8(ascii: "(") } == true
            && rest.allSatisfy { $0 &- 48 < 10 || "-(). ".utf8.contains($0) }
    }

    /// A plus and the digits.
    static func plain(_ text: String) -> String { "+" + String(decoding: text.utf8.filter { $0 &- 48 < 10 }, as: UTF8.self) }
}
