import Kernel

/// Terms that are in a message somewhere, or aren't: `ERROR "a phrase" -DEBUG`, or `?ERROR ?WARN` for any of them.
struct TermPattern: Sendable {
    private enum Term: Sendable {
        case text(TextSearch)
        case expression(RegularExpression)

        func isIn(_ message: String) -> Bool {
            switch self {
            case .text(let text): text.isIn(message)
            case .expression(let expression): expression.matches(message)
            }
        }
    }

    private var required: [Term] = []
    private var optional: [Term] = []
    private var excluded: [Term] = []

    init(_ text: Substring) throws(AWSError) {
        var rest = text
        while !rest.isEmpty {
            let mark = rest.first
            if mark == "?" || mark == "-" { rest.removeFirst() }
            let term = try Self.term(&rest)
            switch mark {
            case "?": optional.append(term)
            case "-": excluded.append(term)
            default: required.append(term)
            }
            rest = rest.trimmed
        }
    }

    private static func term(_ rest: inout Substring) throws(AWSError) -> Term {
        switch rest.first {
        case "\"": return .text(TextSearch(try QuotedText.read(&rest)))
        case "%": return .expression(try QuotedText.readExpression(&rest))
        default:
            let word = rest.prefix { $0 != " " && $0 != "\t" && $0 != "\n" && $0 != "\r" && $0 != "\r\n" && $0 != "\"" }
            guard !word.isEmpty else { throw .invalidPattern }
            if let bad = word.unicodeScalars.firstIndex(where: { !$0.isOfWord }) { throw .invalidTerm(String(word[bad...].prefix { $0.unicodeScalars.allSatisfy { !$0.isOfWord } })) }
            rest = rest[word.endIndex...]
            return .text(TextSearch(word))
        }
    }

    func matches(_ message: String) -> Bool {
        guard required.allSatisfy({ $0.isIn(message) }), !excluded.contains(where: { $0.isIn(message) }) else { return false }
        // Beside others, optional terms mean nothing.
        guard required.isEmpty, excluded.isEmpty, !optional.isEmpty else { return true }
        return optional.contains { $0.isIn(message) }
    }
}

extension Unicode.Scalar {
    /// Whether it may stand in a term without quotes.
    var isOfWord: Bool { value >= 128 || (value | 0x20) &- 97 < 26 || value &- 48 < 10 || value == 0x5F }
}

/// Texts between quotes and expressions between percent signs.
enum QuotedText {
    /// - Parameter rest: begins with the quote; what follows the text is left.
    static func read(_ rest: inout Substring) throws(AWSError) -> String {
        var text = ""
        var place = rest.index(after: rest.startIndex)
        while place < rest.endIndex {
            let character = rest[place]
            if character == "\"" {
                rest = rest[rest.index(after: place)...]
                return text
            }
            if character == "\\", rest.index(after: place) < rest.endIndex {
                let next = rest.index(after: place)
                if rest[next] == "\"" || rest[next] == "\\" { place = next }
            }
            text.append(rest[place])
            place = rest.index(after: place)
        }
        throw .invalidPattern
    }

    static func readExpression(_ rest: inout Substring) throws(AWSError) -> RegularExpression {
        let body = rest.dropFirst()
        guard let end = body.firstIndex(of: "%"), end > body.startIndex else { throw .invalidPattern }
        rest = body[body.index(after: end)...]
        return try RegularExpression(body[..<end])
    }
}
