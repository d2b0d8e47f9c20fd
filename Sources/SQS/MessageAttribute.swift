import Crypto
import JSON
import Kernel

/// An attribute that a sender puts beside the body.
/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
struct MessageAttribute: Sendable, Equatable {
    enum Value: Sendable, Equatable {
        case string(String)
        case binary([UInt8])
    }

    var name: String
    /// `String`, `Number` or `Binary`, with a custom part behind a point: `Number.int`.
    var dataType: String
    var value: Value

    /// Bytes of name, type and value, as they count towards the size of the message.
    var size: Int {
        let valueSize = switch value {
        case .string(let text): text.utf8.count
        case .binary(let bytes): bytes.count
        }
        return name.utf8.count + dataType.utf8.count + valueSize
    }

    /// As `MessageAttributes` has it.
    var document: Document {
        switch value {
        case .string(let text): ["StringValue": .string(text), "DataType": .string(dataType)]
        case .binary(let bytes): ["BinaryValue": .string(Base64.encode(bytes)), "DataType": .string(dataType)]
        }
    }
}

extension [MessageAttribute] {
    /// The digest that SDKs hold against what they sent: of each attribute in the order of its name the lengths and bytes of name and type, a byte for the
    /// kind of value, and its length and bytes.
    /// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation
    var md5: String? {
        guard !isEmpty else { return nil }
        var digest = MD5()
        func add(_ bytes: [UInt8]) {
            let count = UInt32(truncatingIfNeeded: bytes.count)
            digest.update((0..<4).map { UInt8(truncatingIfNeeded: count >> UInt32(24 - 8 * $0)) })
            digest.update(bytes)
        }
        for attribute in self {
            add(Array<UInt8>(attribute.name.utf8))
            add(Array<UInt8>(attribute.dataType.utf8))
            switch attribute.value {
            case .string(let text):
                digest.update([1])
                add(Array<UInt8>(text.utf8))
            case .binary(let bytes):
                digest.update([2])
                add(bytes)
            }
        }
        return Hexadecimal.encode(digest.finalize())
    }

    /// As `MessageAttributes` has them.
    var document: Document { .object(Members(map { .init(name: $0.name, value: $0.document) })) }
}
