import JSON
import Kernel

extension Outgoing {
    /// Reads what SendMessage and an entry of SendMessageBatch have beside the body.
    init(_ body: String, _ fields: inout Fields) throws(AWSError) {
        delay = try fields.seconds("DelaySeconds", 0...900)
        attributes = try fields.messageAttributes("MessageAttributes")
        let systemAttributes = try fields.messageAttributes("MessageSystemAttributes")
        guard systemAttributes.allSatisfy({ $0.name == "AWSTraceHeader" }) else {
            throw .invalidValue("Message system attribute name '\(systemAttributes.first { $0.name != "AWSTraceHeader" }?.name ?? "")' is invalid.")
        }
        if let header = systemAttributes.first {
            guard case .string(let text) = header.value, header.dataType == "String" else { throw .invalidValue("The message system attribute 'AWSTraceHeader' must be of type String.") }
            traceHeader = text
        }
        deduplicationID = try fields.token("MessageDeduplicationId")
        groupID = try fields.token("MessageGroupId")
        try Self.check(body)
        self.body = body
    }

    /// What XML 1.0 has a place for.
    private static func check(_ body: String) throws(AWSError) {
        guard !body.isEmpty else { throw .missingParameter("MessageBody") }
        guard body.unicodeScalars.allSatisfy({ $0.isAllowedInMessages }) else {
            throw AWSError("InvalidMessageContents", "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF")
        }
    }
}

extension Unicode.Scalar {
    var isAllowedInMessages: Bool {
        switch value {
        case 0x9, 0xA, 0xD, 0x20...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: true
        default: false
        }
    }
}

extension Fields {
    /// Up to 128 letters, digits and punctuation.
    fileprivate mutating func token(_ name: String) throws(AWSError) -> String? {
        guard let value = try string(name) else { return nil }
        guard (1...128).contains(value.utf8.count), value.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .invalidValue("Value \(value) for parameter \(name) is invalid. Reason: \(name) can only include alphanumeric and punctuation characters. 1 to 128 in length.")
        }
        return value
    }

    /// In the order of their names.
    fileprivate mutating func messageAttributes(_ name: String) throws(AWSError) -> [MessageAttribute] {
        guard let members = try object(name), !members.isEmpty else { return [] }
        guard members.count <= 10 else { throw .invalidValue("Number of message attributes [\(members.count)] exceeds the allowed maximum [10].") }
        var attributes: [MessageAttribute] = []
        for member in members {
            guard let value = member.value.object else { throw .serialization("\(member.value.coralCollectionName)") }
            attributes.append(try nested(value, "") { (fields) throws(AWSError) in try MessageAttribute(member.name, &fields) })
        }
        return attributes.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }
}

extension MessageAttribute {
    /// - Throws: `InvalidParameterValue` in AWS's words.
    init(_ name: String, _ fields: inout Fields) throws(AWSError) {
        try Self.check(name)
        guard let dataType = try fields.string("DataType"), !dataType.isEmpty else {
            throw .invalidValue("The message attribute '\(name)' must contain non-empty message attribute type.")
        }
        guard let kind = dataType.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).first, ["String", "Number", "Binary"].contains(kind) else {
            throw .invalidValue("The message attribute '\(name)' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.")
        }
        guard dataType.utf8.count <= 256 else { throw .invalidValue("The message attribute '\(name)' has a message attribute type that exceeds 256 bytes.") }
        for list in ["StringListValues", "BinaryListValues"] where !(try fields.list(list) ?? []).isEmpty {
            throw AWSError("UnsupportedOperation", "Message attribute list values in SendMessage operation are not supported.")
        }
        let text = try fields.string("StringValue")
        let binary = try fields.string("BinaryValue")
        self.init(name: name, dataType: dataType, value: try Self.value(name, String(kind), text, binary))
    }

    private static func check(_ name: String) throws(AWSError) {
        guard !name.isEmpty else { throw .invalidValue("Message (user) attributes name can not be empty.") }
        let lowered = name.lowercased()
        guard name.utf8.count <= 256 else { throw .invalidValue("Length of message attribute name must be less than 256 bytes.") }
        guard !lowered.hasPrefix("aws.") && !lowered.hasPrefix("amazon.") else {
            throw .invalidValue("You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. These strings are reserved for internal use.")
        }
        guard !name.hasPrefix("."), !name.hasSuffix("."), !name.contains("..") else {
            throw .invalidValue("You can't use message attribute names beginning with a period, ending with one, or with two in a row.")
        }
        let isValid = name.utf8.allSatisfy { $0 &- 48 < 10 || ($0 | 0x20) &- 97 < 26 || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }
        guard isValid else {
            throw .invalidValue("Message (user) attributes name can only contain upper and lower score characters, digits, periods, hyphens and underscores.")
        }
    }

    private static func value(_ name: String, _ kind: String, _ text: String?, _ binary: String?) throws(AWSError) -> Value {
        if kind == "Binary" {
            guard text == nil, let binary else {
                throw .invalidValue("The message attribute '\(name)' with type 'Binary' must use field 'Binary'.")
            }
            guard let bytes = try? Base64.decode(binary), !bytes.isEmpty else {
                throw .invalidValue("The message attribute '\(name)' must contain non-empty message attribute value for message attribute type 'Binary'.")
            }
            return .binary(bytes)
        }
        guard binary == nil, let text else { throw .invalidValue("The message attribute '\(name)' with type '\(kind)' must use field 'String'.") }
        guard !text.isEmpty else {
            throw .invalidValue("The message attribute '\(name)' must contain non-empty message attribute value for message attribute type '\(kind)'.")
        }
        if kind == "Number", Double(text) == nil { throw .invalidValue("Can't cast the value of message (user) attribute '\(name)' to a number.") }
        guard text.unicodeScalars.allSatisfy({ $0.isAllowedInMessages }) else {
            throw AWSError("InvalidMessageContents", "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF")
        }
        return .string(text)
    }
}
