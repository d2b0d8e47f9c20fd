import JSON
import Kernel

/// What picks events: terms, conditions on JSON, or conditions on fields between spaces.
/// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
struct FilterPattern: Sendable {
    private enum Kind: Sendable {
        case all
        case terms(TermPattern)
        case json(JSONPattern)
        case delimited(DelimitedPattern)
    }

    private let kind: Kind

    /// - Throws: `InvalidParameterException` where it can't be.
    init(_ text: String) throws(AWSError) {
        let text = text.trimmed
        // An expression may take long.
        scanLimit = text.contains("%") ? 2 << 20 : 8 << 20
        switch text.utf8.first {
        case nil: kind = .all
        case UInt8(ascii: "{"):
            guard text.utf8.last == UInt8(ascii: "}") else { throw .invalidParameter("If a filter pattern starts with '{' it must end with '}'") }
            kind = .json(try JSONPattern(text.dropFirst().dropLast()))
        case UInt8(ascii: "["):
            guard text.utf8.last == UInt8(ascii: "]") else { throw .invalidParameter("If a filter pattern starts with '[' it must end with ']'") }
            kind = .delimited(try DelimitedPattern(text.dropFirst().dropLast()))
        default: kind = .terms(try TermPattern(text))
        }
    }

    func matches(_ message: String) -> Bool {
        switch kind {
        case .all: true
        case .terms(let pattern): pattern.matches(message)
        case .json(let pattern): pattern.matches(message)
        case .delimited(let pattern): pattern.matches(message)
        }
    }

    /// The values that a pattern's selectors or fields have in a message that it matches: `$.selector`, `$field`, `$1`.
    func extract(_ message: String) -> [(key: String, value: String)] {
        switch kind {
        case .all, .terms: []
        case .json(let pattern): pattern.values(in: message)
        case .delimited: fields(of: message).map { ("$" + $0.key, $0.value) }
        }
    }

    /// The fields between spaces, where the pattern names them; by their places where it doesn't.
    func fields(of message: String) -> [(key: String, value: String)] {
        guard case .delimited(let pattern) = kind else { return [] }
        return pattern.fields(of: message)
    }

    /// So many bytes of events one request goes through, matching or not: what is left is for the next page.
    let scanLimit: Int

    /// Whether it can pick values for a metric's dimensions.
    var hasValues: Bool {
        switch kind {
        case .all, .terms: false
        case .json, .delimited: true
        }
    }
}

extension AWSError {
    static var invalidPattern: AWSError { invalidParameter("Invalid filter pattern") }
    static func invalidTerm(_ characters: String) -> AWSError { invalidParameter("Invalid character(s) in term '\(characters)'") }
}

extension String {
    var trimmed: Substring { self[...].trimmed }
}

extension Substring {
    /// Without the spaces at both ends.
    var trimmed: Substring {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r" || $0 == "\r\n" }
        var rest = drop(while: isSpace)
        while let last = rest.last, isSpace(last) { rest.removeLast() }
        return rest
    }
}
