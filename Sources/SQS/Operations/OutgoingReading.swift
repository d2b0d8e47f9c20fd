import JSON
import Kernel

extension Outgoing {
    /// Reads what SendMessage and an entry of SendMessageBatch have beside the body.
    /// - Parameter bodyName: what AWS calls a body that isn't there.
    init(_ body: String, _ fields: inout Fields, bodyName: String = "MessageBody") throws(AWSError) {
        let seconds = try fields.number("DelaySeconds")
        let attributes = try fields.messageAttributes("MessageAttributes")
        let systemAttributes = try fields.messageAttributes("MessageSystemAttributes")
        deduplicationID = try fields.token("MessageDeduplicationId")
        groupID = try fields.token("MessageGroupId")
        guard !body.isEmpty else { throw .missingParameter(bodyName) }
        guard body.unicodeScalars.allSatisfy(\.isAllowedInMessages) else { throw AWSError("InvalidMessageContents", AWSError.invalidCharacters) }
        if let seconds, !(0...900).contains(seconds) {
            throw .invalidValue("Value \(seconds) for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.")
        }
        delay = seconds.map { .seconds($0) }
        traceHeader = try Self.traceHeader(systemAttributes)
        self.attributes = attributes
        self.body = body
    }

    private static func traceHeader(_ attributes: [MessageAttribute]) throws(AWSError) -> String? {
        for attribute in attributes where attribute.name != "AWSTraceHeader" {
            throw .invalidValue("Message system attribute name '\(attribute.name)' is invalid.")
        }
        guard let header = attributes.first else { return nil }
        guard case .string(let text) = header.value, header.dataType == "String" else {
            throw .invalidValue("The message system attribute 'AWSTraceHeader' must be of type String.")
        }
        return text
    }
}

extension Unicode.Scalar {
    /// What XML 1.0 has a place for.
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
