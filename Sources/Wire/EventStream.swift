import Compression
import JSON
import Kernel

/// The form of answers that are streams of events: messages one after another, each with headers, a payload and sums over both.
/// https://smithy.io/2.0/aws/amazon-eventstream.html
enum EventStream {
    static let contentType = "application/vnd.amazon.eventstream"

    /// Prelude with its sum, and the sum at the end.
    private static let overhead = 16
    /// Of a header's value: the only type that is needed.
    private static let stringType: UInt8 = 7

    /// The bytes of a stream of events, as they come.
    @CloudActor
    static func bytes(of events: Pipe<ReplyEvent>) -> Pipe<[UInt8]> {
        let bytes = Pipe<[UInt8]>()
        events.read { bytes.write(encode($0)) } end: { bytes.end($0) }
        return bytes
    }

    static func encode(_ event: ReplyEvent) -> [UInt8] {
        switch event {
        case .blob(let name, let payload):
            return message([(":event-type", name), (":content-type", "application/octet-stream"), (":message-type", "event")], payload)
        case .structure(let name, let document):
            return message([(":event-type", name), (":content-type", "application/json"), (":message-type", "event")], document.json())
        case .exception(let error):
            var members = error.members
            if let message = error.message, members["message"] == nil, members["Message"] == nil { members.append("message", .string(message)) }
            let headers = [(":exception-type", error.code), (":content-type", "application/json"), (":message-type", "exception")]
            return message(headers, Document.object(members).json())
        }
    }

    private static func message(_ headers: [(name: String, value: String)], _ payload: [UInt8]) -> [UInt8] {
        let headerLength = headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 4 }
        let length = headerLength + payload.count + overhead
        var message: [UInt8] = []
        message.reserveCapacity(length)
        message.append(bigEndian: UInt32(truncatingIfNeeded: length))
        message.append(bigEndian: UInt32(truncatingIfNeeded: headerLength))
        message.append(bigEndian: CRC32.checksum(message))
        for (name, value) in headers {
            message.append(UInt8(truncatingIfNeeded: name.utf8.count))
            message.append(contentsOf: name.utf8)
            message.append(stringType)
            message.append(UInt8(truncatingIfNeeded: value.utf8.count >> 8))
            message.append(UInt8(truncatingIfNeeded: value.utf8.count))
            message.append(contentsOf: value.utf8)
        }
        message.append(contentsOf: payload)
        message.append(bigEndian: CRC32.checksum(message))
        return message
    }
}

extension [UInt8] {
    fileprivate mutating func append(bigEndian value: UInt32) {
        for shift in [24, 16, 8, 0] { append(UInt8(truncatingIfNeeded: value >> UInt32(shift))) }
    }
}
