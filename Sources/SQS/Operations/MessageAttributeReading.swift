import JSON
import Kernel

/// Rules for a message's attributes.
/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
extension MessageAttribute {
    private enum Kind: String { case string = "String", number = "Number", binary = "Binary" }

    /// - Throws: `InvalidParameterValue`, `UnsupportedOperation`, in AWS's words.
    init(_ name: String, _ fields: inout Fields) throws(AWSError) {
        let dataType = try fields.string("DataType")
        let text = try fields.string("StringValue")
        let binary = try fields.string("BinaryValue")
        for list in ["StringListValues", "BinaryListValues"] where !(try fields.list(list) ?? []).isEmpty {
            throw AWSError("UnsupportedOperation", "Message attribute list values in SendMessage operation are not supported.")
        }
        try Self.check(name)
        guard dataType != nil || text != nil || binary != nil else {
            throw .invalidValue("The message (user) attribute '\(name)' must contain a non-empty message attribute value.")
        }
        guard let dataType, !dataType.isEmpty else { throw .invalidValue("The message (user) attribute '\(name)' must contain a non-empty message attribute type.") }
        let prefix = String(decoding: dataType.utf8.prefix { $0 != UInt8(ascii: ".") }, as: UTF8.self)
        guard let kind = Kind(rawValue: prefix) else {
            throw .invalidValue("The type of message (user) attribute '\(name)' is invalid. You must use only the following supported type prefixes: Binary, Number, String.")
        }
        guard dataType.utf8.count <= 256 else { throw .invalidValue("Message (user) attribute type must be shorter than 256 bytes.") }
        self.init(name: name, dataType: dataType, value: try Self.value(name, kind, text, binary))
    }

    private static func check(_ name: String) throws(AWSError) {
        guard !name.isEmpty else { throw .invalidValue("The request must contain non-empty message (user) attribute names.") }
        guard name.utf8.count <= 256 else { throw .invalidValue("Message (user) attribute name must be shorter than 256 bytes.") }
        guard name.unicodeScalars.allSatisfy(\.isAllowedInAttributeNames) else {
            throw .invalidValue("Message (user) attributes name can only contain upper and lower score characters, digits, periods, hyphens and underscores. ")
        }
        let lowered = name.lowercased()
        guard !lowered.hasPrefix("aws."), !lowered.hasPrefix("amazon."), !name.hasPrefix("."), !name.hasSuffix(".") else {
            throw .invalidValue("You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. These strings are reserved for internal use. Additionally, they cannot start or end with '.'.")
        }
        guard !name.contains("..") else { throw .invalidValue("Message (user) attribute name must not have successive '.' characters.") }
    }

    private static func value(_ name: String, _ kind: Kind, _ text: String?, _ binary: String?) throws(AWSError) -> Value {
        func empty() -> AWSError { .invalidValue("Message (user) attribute '\(name)' must contain a non-empty value of type '\(kind.rawValue)'.") }
        guard text == nil || binary == nil else { throw .invalidValue("Message (user) attribute '\(name)' must have a single value.") }
        if kind == .binary {
            guard text == nil else { throw .invalidValue("The message attribute '\(name)' with type 'Binary' must use field 'Binary'.") }
            guard let binary, !binary.isEmpty else { throw empty() }
            // Blobs are base 64 in both protocols.
            guard let bytes = try? Base64.decode(binary) else { throw .serialization(nil) }
            return .binary(bytes)
        }
        guard binary == nil else { throw .invalidValue("The message attribute '\(name)' with type '\(kind.rawValue)' must use field 'String'.") }
        guard let text, !text.isEmpty else { throw empty() }
        guard kind == .string || isNumber(text) else { throw .invalidValue("Can't cast the value of message (user) attribute '\(name)' to a number.") }
        guard text.unicodeScalars.allSatisfy(\.isAllowedInMessages) else { throw .invalidValue(AWSError.invalidCharacters) }
        return .string(text)
    }

    /// A decimal number of at most 38 digits from 10^-128 to 10^126, above zero or below it, or zero.
    private static func isNumber(_ text: String) -> Bool {
        var bytes = Array(text.utf8)[...]
        if bytes.first == UInt8(ascii: "-") || bytes.first == UInt8(ascii: "+") { bytes.removeFirst() }
        let parts = bytes.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 | 0x20 == UInt8(ascii: "e") }
        guard let mantissa = parts.first, let exponent = parts.count == 2 ? Int(String(decoding: parts[1], as: UTF8.self)) : 0, abs(exponent.clamped) <= 1000 else {
            return false
        }
        let halves = mantissa.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        let digits = halves.joined().map { $0 }
        guard !digits.isEmpty, digits.allSatisfy({ $0 &- 48 < 10 }), let whole = halves.first else { return false }
        guard let first = digits.firstIndex(where: { $0 != 48 }), let last = digits.lastIndex(where: { $0 != 48 }) else { return true }
        // The power of ten of the first digit that isn't zero.
        let power = whole.count - 1 - first + exponent
        return last - first < 38 && (-128...126).contains(power)
    }
}

extension Int {
    /// Far from where arithmetic ends.
    fileprivate var clamped: Int { Swift.max(-1_000_000, Swift.min(self, 1_000_000)) }
}

extension Unicode.Scalar {
    /// Letters, some of them with accents, digits, underscores, hyphens and points.
    fileprivate var isAllowedInAttributeNames: Bool {
        switch value {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0xC0...0x17F: true
        default: false
        }
    }
}
