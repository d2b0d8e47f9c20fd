import JSON
import Kernel

/// What somebody wants to publish.
struct PublishRequest {
    var message: String
    var subject: String?
    var structure: String?
    /// In the order of their names.
    var attributes: [MessageAttribute]
    var groupID: String?
    var deduplicationID: String?

    /// Bytes of message and attributes.
    var size: Int { attributes.reduce(message.utf8.count) { $0 + $1.size } }

    /// Bytes: 256 KiB, of a whole batch too.
    static let sizeLimit = 262_144

    init(_ fields: inout Fields) throws(AWSError) {
        message = try fields.requiredString("Message")
        try fields.check()
        subject = try fields.string("Subject")
        structure = try fields.string("MessageStructure")
        attributes = try fields.messageAttributes()
        groupID = try fields.string("MessageGroupId")
        deduplicationID = try fields.string("MessageDeduplicationId")
    }

    /// With the structure `json`, the text for each protocol; any other structure means nothing.
    /// - Parameter needsDefault: whether there must be a text for those that have none of their own, as on topics.
    /// - Throws: `InvalidParameter`.
    func perProtocol(needsDefault: Bool = true) throws(AWSError) -> [String: String]? {
        guard structure == "json" else { return nil }
        guard let members = (try? Document(json: message))?.object else { throw .invalidParameter("Message Structure - JSON message body failed to parse") }
        var texts: [String: String] = [:]
        // What isn't text is left out.
        for member in members { texts[member.name] = member.value.string }
        guard !needsDefault || texts["default"] != nil else { throw .invalidParameter("Message Structure - No default entry in JSON message body") }
        return texts
    }

    /// - Throws: `InvalidParameter`.
    func check() throws(AWSError) {
        if let subject {
            // One line of text.
            guard (1...100).contains(subject.unicodeScalars.count), subject.unicodeScalars.allSatisfy({ !Self.isControl($0) }) else { throw .invalidParameter("Subject") }
        }
        guard !message.isEmpty else { throw .invalidParameter("Empty message") }
        guard size <= Self.sizeLimit else { throw .invalidParameter("Message too long") }
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar.value == 0x2028 || scalar.value == 0x2029
    }

    /// What a topic's kind asks of group and deduplication id. A standard topic hands the group on to its standard queues.
    /// - Throws: `InvalidParameter`.
    func checkGrouping(on topic: Topic) throws(AWSError) {
        if topic.isFIFO {
            guard groupID?.isEmpty == false else { throw .invalidParameter("The MessageGroupId parameter is required for FIFO topics") }
            guard deduplicationID != nil || topic.hasContentBasedDeduplication else {
                throw .invalidParameter("The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly")
            }
        } else if deduplicationID != nil {
            throw .invalidParameter("MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type")
        }
        try Self.checkID("MessageGroupId", groupID)
        try Self.checkID("MessageDeduplicationId", deduplicationID)
    }

    private static func checkID(_ name: String, _ id: String?) throws(AWSError) {
        guard let id, !(1...128).contains(id.utf8.count) || !id.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return }
        throw .invalidParameter("\(name) Reason: \(name) can only include alphanumeric and punctuation characters. 1 to 128 in length")
    }
}

extension Fields {
    /// In the order of their names.
    fileprivate mutating func messageAttributes() throws(AWSError) -> [MessageAttribute] {
        guard let members = try object("MessageAttributes") else { return [] }
        var attributes: [MessageAttribute] = []
        for member in members {
            try MessageAttribute.checkName(member.name)
            let value = member.value.object ?? Members()
            attributes.append(try nested(value, "") { (fields) throws(AWSError) in try MessageAttribute(member.name, &fields) })
        }
        return attributes.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }
}

/// What a message attribute must be, in AWS's words (`ParameterValueInvalid`).
/// https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html
extension MessageAttribute {
    /// Bytes of name, type and value.
    var size: Int {
        let padding = isBinary ? value.utf8.suffix(2).count { $0 == UInt8(ascii: "=") } : 0
        return name.utf8.count + dataType.utf8.count + (isBinary ? max(0, value.utf8.count / 4 * 3 - padding) : value.utf8.count)
    }

    fileprivate static func checkName(_ name: String) throws(AWSError) {
        guard !name.isEmpty else { throw .invalidValue("The message attribute name must not be empty.") }
        guard name.utf8.count <= 256 else { throw .invalidValue("Length of message attribute name must be less than 256 bytes.") }
        for scalar in name.unicodeScalars where !isAllowed(scalar) {
            throw .invalidValue(
                "Invalid non-alphanumeric character '#x\(String(scalar.value, radix: 16, uppercase: true))' was found in the message attribute name. "
                    + "Can only include alphanumeric characters, hyphens, underscores, or dots.")
        }
        guard !name.hasPrefix(".") else { throw .invalidValue("Invalid message attribute name starting with character '.' was found.") }
        guard !name.hasSuffix(".") else { throw .invalidValue("Invalid message attribute name ending with character '.' was found.") }
        guard !name.contains("..") else { throw .invalidValue("Message attribute name can not have successive '.' character.") }
    }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_", "-", ".": true
        default: false
        }
    }

    fileprivate init(_ name: String, _ fields: inout Fields) throws(AWSError) {
        guard let dataType = try fields.string("DataType"), !dataType.isEmpty else {
            throw .invalidValue("The message attribute '\(name)' must contain non-empty message attribute type.")
        }
        guard ["String", "Number", "Binary"].contains(where: { dataType == $0 || dataType.hasPrefix("\($0).") }) else {
            throw .invalidValue(
                "The message attribute '\(name)' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.")
        }
        let isBinary = dataType.hasPrefix("Binary")
        let value = try fields.string(isBinary ? "BinaryValue" : "StringValue")
        if value == nil, try fields.string(isBinary ? "StringValue" : "BinaryValue") != nil {
            throw .invalidValue("The message attribute '\(name)' with type '\(dataType)' must use field '\(isBinary ? "Binary" : "String")'.")
        }
        guard let value, !value.isEmpty else {
            throw .invalidValue("The message attribute '\(name)' must contain non-empty message attribute value for message attribute type '\(dataType)'.")
        }
        if dataType.hasPrefix("Number"), dataType != "Number.Array", !Self.isNumber(value) {
            throw .invalidValue("Could not cast message attribute '\(name)' value to number.")
        }
        if isBinary, (try? Base64.decode(value)) == nil { throw .serialization("Unable to decode the base64 data of BinaryValue") }
        self.init(name: name, dataType: dataType, value: value)
    }

    /// A decimal number, with or without an exponent.
    private static func isNumber(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 &- 48 < 10 || "+-.eE".utf8.contains($0) } && Double(text) != nil
    }
}
