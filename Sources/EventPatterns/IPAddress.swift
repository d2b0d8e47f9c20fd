/// An IPv4 or IPv6 address as a number.
struct IPAddress: Comparable, Sendable {
    let isV6: Bool
    let high: UInt64
    let low: UInt64

    init(isV6: Bool, high: UInt64, low: UInt64) {
        self.isV6 = isV6
        self.high = high
        self.low = low
    }

    /// - Parameter text: four decimal numbers, or hexadecimal groups with at most one `::`. An IPv4 address written as IPv6 (`::ffff:a00:1`) is IPv4.
    init?(_ text: String) {
        guard text.utf8.count <= 64 else { return nil }
        let address = text.utf8.withContiguousStorageIfAvailable { Self.parse($0) } ?? Array(text.utf8).withUnsafeBufferPointer { Self.parse($0) }
        guard let address else { return nil }
        self = address
    }

    /// Whether AWS takes the text for an address at all: only digits and points, or only hexadecimal digits and colons.
    static func looksLikeAddress(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        if parts.count == 4, parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") } }) { return true }
        return text.utf8.contains(UInt8(ascii: ":")) && text.utf8.allSatisfy { $0 == UInt8(ascii: ":") || hexadecimal($0) != nil }
    }

    static func < (left: IPAddress, right: IPAddress) -> Bool { (left.high, left.low) < (right.high, right.low) }

    /// This address with all bits set after the first `prefix`.
    func last(prefix: Int) -> IPAddress {
        let free = (isV6 ? 128 : 32) - prefix
        let lowMask: UInt64 = free >= 64 ? .max : (1 << UInt64(max(0, free))) - 1
        let highMask: UInt64 = free <= 64 ? 0 : free >= 128 ? .max : (1 << UInt64(free - 64)) - 1
        return IPAddress(isV6: isV6, high: high | highMask, low: low | lowMask)
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A")) + 10
        default: nil
        }
    }

    private static func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> IPAddress? {
        guard let first = bytes.first, first == UInt8(ascii: ":") || hexadecimal(first) != nil else { return nil }
        return bytes.contains(UInt8(ascii: ":")) ? parseV6(bytes) : parseV4(bytes)
    }

    private static func parseV4(_ bytes: UnsafeBufferPointer<UInt8>) -> IPAddress? {
        var value: UInt64 = 0
        var part: UInt64?
        var parts = 0
        for byte in bytes {
            if byte == UInt8(ascii: ".") {
                guard let whole = part, parts < 3 else { return nil }
                value = value << 8 | whole
                part = nil
                parts += 1
            } else {
                guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
                let next = (part ?? 0) * 10 + UInt64(byte - UInt8(ascii: "0"))
                guard next <= 255 else { return nil }
                part = next
            }
        }
        guard let whole = part, parts == 3 else { return nil }
        return IPAddress(isV6: false, high: 0, low: value << 8 | whole)
    }

    private static func parseV6(_ bytes: UnsafeBufferPointer<UInt8>) -> IPAddress? {
        // Groups before and after `::`, as 128 bits each, filled from the right.
        var head: (high: UInt64, low: UInt64) = (0, 0)
        var tail: (high: UInt64, low: UInt64) = (0, 0)
        var headCount = 0
        var tailCount = 0
        var hasGap = false
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: ":") {
                guard index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: ":"), !hasGap, index == 0 || bytes[index - 1] != UInt8(ascii: ":") else { return nil }
                hasGap = true
                index += 2
                continue
            }
            var group: UInt64 = 0
            var digits = 0
            while index < bytes.count, let digit = hexadecimal(bytes[index]) {
                group = group << 4 | digit
                digits += 1
                guard digits <= 4 else { return nil }
                index += 1
            }
            guard digits > 0 else { return nil }
            if hasGap {
                tail = (tail.high << 16 | tail.low >> 48, tail.low << 16 | group)
                tailCount += 1
            } else {
                head = (head.high << 16 | head.low >> 48, head.low << 16 | group)
                headCount += 1
            }
            guard headCount + tailCount <= 8 else { return nil }
            // One colon between two groups; two are the gap's and are read above; none may end the text.
            if index < bytes.count {
                guard bytes[index] == UInt8(ascii: ":") else { return nil }
                if index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: ":") { continue }
                index += 1
                guard index < bytes.count else { return nil }
            }
        }
        guard hasGap ? headCount + tailCount < 8 : headCount == 8 else { return nil }
        let shift = UInt64(16 * (8 - headCount))
        if headCount == 0 {
            head = (0, 0)
        } else if shift >= 64 {
            head = (head.low << (shift - 64), 0)
        } else if shift > 0 {
            head = (head.high << shift | head.low >> (64 - shift), head.low << shift)
        }
        let high = head.high | tail.high
        let low = head.low | tail.low
        if high == 0, low >> 32 == 0xFFFF { return IPAddress(isV6: false, high: 0, low: low & 0xFFFF_FFFF) }
        return IPAddress(isV6: true, high: high, low: low)
    }
}

/// From one address to another, both inclusive.
struct AddressRange: Equatable, Sendable {
    let first: IPAddress
    let last: IPAddress

    /// The addresses from the one given to the end of its block, as AWS's engine has it: the address isn't masked.
    /// - Throws: what is wrong with it, in AWS's words.
    init(cidr: String) throws(Complaint) {
        var parts = cidr.split(separator: "/", omittingEmptySubsequences: false)
        while parts.count > 1, parts.last?.isEmpty == true { parts.removeLast() }
        guard parts.count == 2 else { throw Complaint("Malformed CIDR, one '/' required") }
        guard let bits = Int32(parts[1]) else { throw Complaint("Malformed CIDR, mask bits must be an integer") }
        guard bits >= 0 else { throw Complaint("Malformed CIDR, mask bits must not be negative") }
        let text = String(parts[0])
        guard IPAddress.looksLikeAddress(text) else { throw Complaint("Nonstandard IP address: \(text)") }
        guard let address = IPAddress(text) else { throw Complaint("Invalid IP address: \(text)") }
        guard address.isV6 || bits < 32 else { throw Complaint("IPv4 mask bits must be < 32") }
        guard bits < 128 else { throw Complaint("IPv6 mask bits must be < 128") }
        first = address
        last = address.last(prefix: Int(bits))
    }

    func contains(_ address: IPAddress) -> Bool { address.isV6 == first.isV6 && address >= first && address <= last }
}

/// What is wrong with a value inside a pattern, without a place.
struct Complaint: Error, Equatable {
    var text: String

    init(_ text: String) { self.text = text }
}
