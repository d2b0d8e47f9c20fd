import JSON
import Kernel

/// A value within a query: everything is a text, and a number where it reads as one.
enum QueryValue: Sendable, Equatable {
    case missing
    case text(String)
    case number(Double)
    /// Milliseconds since the epoch.
    case time(Double)
    case bool(Bool)

    init(_ document: Document) {
        switch document {
        case .null: self = .missing
        case .bool(let value): self = .bool(value)
        case .number(let text): self = .text(text)
        case .string(let text): self = .text(text)
        case .array, .object: self = .text(String(decoding: document.json(), as: UTF8.self))
        }
    }

    var isMissing: Bool { self == .missing }

    /// `nil` where it isn't one.
    var number: Double? {
        switch self {
        case .number(let value), .time(let value): value
        case .text(let text): PatternNumber.read(text)
        case .missing, .bool: nil
        }
    }

    /// As results have it; `nil` where there is none.
    var text: String? {
        switch self {
        case .missing: nil
        case .text(let text): text
        case .bool(let value): value ? "1" : "0"
        case .number(let value): Self.text(of: value)
        case .time(let value): value.asTime
        }
    }

    var isTrue: Bool {
        switch self {
        case .missing: false
        case .bool(let value): value
        case .number(let value), .time(let value): value != 0
        case .text(let text): !text.isEmpty && text != "0" && text != "false"
        }
    }

    /// Whole numbers without a fraction, others with four digits of it at most.
    private static func text(of value: Double) -> String {
        if let whole = Int64(exactly: value) { return String(whole) }
        guard abs(value) < 1e15 else { return "\(value)" }
        let rounded = (value * 10_000).rounded()
        guard let scaled = Int64(exactly: rounded) else { return "\(value)" }
        // The smallest number has no opposite.
        let (whole, fraction) = (scaled.magnitude / 10_000, scaled.magnitude % 10_000)
        var digits = String(fraction + 10_000).dropFirst()
        while digits.last == "0" { digits.removeLast() }
        return (scaled < 0 ? "-" : "") + "\(whole)" + (digits.isEmpty ? "" : ".\(digits)")
    }

    /// Numbers before texts, and what is missing before all.
    static func precedes(_ left: QueryValue, _ right: QueryValue) -> Bool? {
        switch (left.number, right.number) {
        case (let left?, let right?): return left == right ? nil : left < right
        case (.some, nil): return !right.isMissing
        case (nil, .some): return left.isMissing
        case (nil, nil):
            let (left, right) = (left.text ?? "", right.text ?? "")
            return left.utf8.elementsEqual(right.utf8) ? nil : left.utf8.lexicographicallyPrecedes(right.utf8)
        }
    }
}
