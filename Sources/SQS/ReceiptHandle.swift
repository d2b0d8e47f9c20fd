import Kernel

/// What a receive hands out and a delete takes: text that names the queue, the message's place in it and the one receive it comes from.
/// It means the same after a restart. Its form at AWS is opaque.
struct ReceiptHandle: Equatable {
    var queue: UInt64
    var order: UInt64
    var receipt: UInt64

    init(queue: UInt64, order: UInt64, receipt: UInt64) {
        self.queue = queue
        self.order = order
        self.receipt = receipt
    }

    private static let prefix = "AQEB"

    /// `nil` where the text was never handed out by any queue.
    init?(_ text: String) {
        guard text.hasPrefix(Self.prefix), let bytes = try? Base64.decode(String(text.dropFirst(Self.prefix.utf8.count))), bytes.count == 32 else { return nil }
        func word(_ index: Int) -> UInt64 { bytes[(8 * index)..<(8 * index + 8)].reduce(0) { $0 << 8 | UInt64($1) } }
        self.init(queue: word(0), order: word(1), receipt: word(2))
        guard word(3) == check else { return nil }
    }

    var text: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        for word in [queue, order, receipt, check] { bytes += word.bigEndianBytes }
        return Self.prefix + Base64.encode(bytes)
    }

    /// Tells a handle from other text of the same form.
    private var check: UInt64 {
        var mixed = queue ^ 0x9E37_79B9_7F4A_7C15
        for word in [order, receipt] { mixed = ((mixed ^ word) &* 0xBF58_476D_1CE4_E5B9) ^ (mixed >> 31) }
        return mixed
    }
}

extension UInt64 {
    var bigEndianBytes: [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: self >> UInt64(56 - 8 * $0)) } }

    /// `nil` where there aren't eight bytes.
    init?(bigEndianBytes bytes: some Collection<UInt8>) {
        guard bytes.count == 8 else { return nil }
        self = bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }
}
