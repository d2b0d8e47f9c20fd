import JSON
import Kernel

/// Members as SQS reads them.
extension Fields {
    /// The queue URL that every operation on a queue has. In JSON what is no queue's address is the address of a queue that doesn't exist.
    /// - Throws: `InvalidAddress` in the query protocol, where the address of the request itself counts.
    mutating func queueURL() throws(AWSError) -> String {
        let url = try string("QueueUrl") ?? ""
        guard hasOnlyText, QueueName(url: url, Scope(account: "", region: "")) == nil else { return url }
        throw .invalidAddress(url)
    }

    /// A member that must be there, and not be empty.
    /// - Parameter shown: what AWS calls it in the error, where that is something else.
    mutating func required(_ name: String, as shown: String? = nil) throws(AWSError) -> String {
        guard let value = try string(name), !value.isEmpty else { throw .missingParameter(shown ?? name) }
        return value
    }

    /// A whole number. JSON's must be one: text of digits isn't.
    mutating func number(_ name: String) throws(AWSError) -> Int? {
        if !hasOnlyText, case .string = self[name] { throw .serialization("STRING_VALUE can not be converted to an Integer") }
        return try int(name)
    }

    /// A number within bounds.
    /// - Parameter rule: what AWS says to those outside.
    mutating func number(_ name: String, _ bounds: ClosedRange<Int>, _ rule: String) throws(AWSError) -> Int? {
        guard let value = try number(name) else { return nil }
        guard bounds.contains(value) else { throw .invalidValue("Value \(value) for parameter \(name) is invalid. Reason: \(rule)") }
        return value
    }

    /// A map of texts; values that are null aren't there.
    mutating func texts(_ name: String) throws(AWSError) -> [(key: String, value: String)]? {
        guard let members = try object(name) else { return nil }
        var inner = Fields(members: members)
        inner.hasOnlyText = hasOnlyText
        var pairs: [(key: String, value: String)] = []
        for member in members {
            if let value = try inner.string(member.name) { pairs.append((member.name, value)) }
        }
        return pairs
    }
}

extension Reply {
    /// Of operations that answer nothing: in JSON not even an empty object.
    static var none: Reply { Reply(payload: []) }
}
