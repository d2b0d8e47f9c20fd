import JSON

/// One thing that a field's value may be: an element of the array that a pattern gives for it.
indirect enum Matcher: Sendable {
    /// The very text. Where it is an IP address, also any other spelling of the address.
    case text(String, IPAddress?)
    /// A number equal in value or, beyond the comparable range, in text.
    case number(String, ComparableNumber?)
    case null
    case bool(Bool)
    case prefix(String)
    case suffix(String)
    case caseless(CaselessText)
    case caselessPrefix(CaselessText)
    case caselessSuffix(CaselessText)
    case wildcard(Wildcard)
    case range(NumericRange)
    case addresses(AddressRange)
    /// `exists: true`. `exists: false` is the field's own matter: there is no value to ask.
    case exists
    /// SNS: the value is neither `null` nor empty.
    case existsWithContent
    case anythingBut([Matcher])

    /// Whether a value that is no array and no object is that.
    func matches(_ value: Document) -> Bool {
        switch value {
        case .string(let text): matches(text: text)
        case .number(let text): matches(number: text)
        case .null:
            switch self {
            case .null, .exists: true
            case .anythingBut(let matchers): !matchers.contains { $0.matches(value) }
            default: false
            }
        case .bool(let bool):
            switch self {
            case .bool(let wanted): wanted == bool
            case .exists, .existsWithContent: true
            case .anythingBut(let matchers): !matchers.contains { $0.matches(value) }
            default: false
            }
        case .array, .object: false
        }
    }

    private func matches(text: String) -> Bool {
        switch self {
        case .text(let wanted, let address):
            if text.hasSameBytes(as: wanted) { return true }
            guard let address else { return false }
            return IPAddress(text) == address
        case .prefix(let prefix): return text.withBytes { text in prefix.withBytes { text.holds($0, at: 0) } }
        case .suffix(let suffix): return text.withBytes { text in suffix.withBytes { text.holds($0, at: text.count - $0.count) } }
        case .caseless(let wanted): return wanted.equals(text)
        case .caselessPrefix(let wanted): return wanted.starts(text)
        case .caselessSuffix(let wanted): return wanted.ends(text)
        case .wildcard(let wildcard): return wildcard.matches(text)
        case .addresses(let range): return IPAddress(text).map(range.contains) ?? false
        case .exists: return true
        case .existsWithContent: return !text.isEmpty
        case .anythingBut(let matchers): return !matchers.contains { $0.matches(text: text) }
        case .number, .null, .bool, .range: return false
        }
    }

    private func matches(number text: String) -> Bool {
        switch self {
        case .number(let wanted, let comparable):
            if let comparable, let value = ComparableNumber(text) { return value == comparable }
            return text.hasSameBytes(as: wanted)
        case .range(let range): return ComparableNumber(text).map(range.contains) ?? false
        case .exists, .existsWithContent: return true
        case .anythingBut(let matchers): return !matchers.contains { $0.matches(number: text) }
        default: return false
        }
    }
}

/// `numeric` with one or two bounds.
struct NumericRange: Equatable, Sendable {
    var bottom = ComparableNumber.lowest
    var isBottomOpen = false
    var top = ComparableNumber.highest
    var isTopOpen = false

    func contains(_ value: ComparableNumber) -> Bool {
        (isBottomOpen ? value > bottom : value >= bottom) && (isTopOpen ? value < top : value <= top)
    }
}
