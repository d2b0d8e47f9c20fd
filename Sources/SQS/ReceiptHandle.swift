import Kernel

/// What a receive hands out and a delete takes: text that names the queue, the message's place in it and the one receive it comes from.
/// It means the same after a restart. Its form at AWS is opaque.
struct ReceiptHandle: Equatable {
    var queue: UInt64
    var order: UInt64
    /// The message's tag.
    var tag: UInt32
    /// The how manyth receive of the message it was.
    var receive: UInt32

    init(queue: UInt64, order: UInt64, tag: UInt32, receive: UInt32) {
        self.queue = queue
        self.order = order
        self.tag = tag
        self.receive = receive
    }

    /// Of a message's latest receive.
    init(queue: UInt64, order: UInt64, _ message: Message) {
        self.init(queue: queue, order: order, tag: message.sent.tag, receive: UInt32(truncatingIfNeeded: message.receiveCount))
    }

    private static let prefix = "AQEB"

    /// `nil` where the text was never handed out by any queue.
    init?(_ text: String) {
        guard text.utf8.starts(with: Self.prefix.utf8), let bytes = try? Base64.decode(String(text.dropFirst(Self.prefix.utf8.count))), bytes.count == 32 else { return nil }
        func word(_ index: Int) -> UInt64 { bytes[(8 * index)..<(8 * index + 8)].reduce(0) { $0 << 8 | UInt64($1) } }
        self.init(queue: word(0), order: word(1), tag: UInt32(truncatingIfNeeded: word(2) >> 32), receive: UInt32(truncatingIfNeeded: word(2)))
        guard word(3) == check else { return nil }
    }

    var text: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        for word in [queue, order, receipt, check] { bytes += word.bigEndianBytes }
        return Self.prefix + Base64.encode(bytes)
    }

    private var receipt: UInt64 { UInt64(tag) << 32 | UInt64(receive) }

    /// Tells a handle from other text of the same form.
    private var check: UInt64 {
        var mixed = queue ^ 0x9E37_79B9_7F4A_7C15
        for word in [order, receipt] { mixed = ((mixed ^ word) &* 0xBF58_476D_1CE4_E5B9) ^ (mixed >> 31) }
        return mixed
    }

    /// Whether it comes from a receive of that message.
    func isOf(_ message: Message) -> Bool { tag == message.sent.tag }

    /// Whether it comes from that message's latest receive.
    func isLatest(of message: Message) -> Bool { isOf(message) && receive == UInt32(truncatingIfNeeded: message.receiveCount) }
}

extension UInt64 {
    var bigEndianBytes: [UInt8] { withUnsafeBytes(of: bigEndian) { Array($0) } }

    /// `nil` where there aren't eight bytes.
    init?(bigEndianBytes bytes: some Collection<UInt8>) {
        guard bytes.count == 8 else { return nil }
        self = bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }
}
