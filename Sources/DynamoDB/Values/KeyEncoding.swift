/// Keys as bytes: compared byte by byte they are in DynamoDB's order.
///
/// A table's map is keyed by `hash(partition) . partition . sort`. Eight bytes of a stable hash come first, so that a Scan
/// sees partitions in an order that has nothing to do with their names and parallel segments are ranges. Every part is
/// self-delimiting, so what follows it (the sort key, a base table's key in an index) can't disturb the order.
package enum KeyEncoding {
    /// A stable 64-bit hash (FNV-1a over the type and the value, mixed) of a partition key.
    package static func hash(_ partition: AttributeValue) -> UInt64 {
        var bytes: [UInt8] = []
        append(partition, to: &bytes)
        return hash(bytes[...])
    }

    private static func hash(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        // FNV's upper bits are weak for short keys, and the upper bits decide segments.
        hash = (hash ^ (hash >> 30)) &* 0xBF58_476D_1CE4_E5B9
        hash = (hash ^ (hash >> 27)) &* 0x94D0_49BB_1331_11EB
        return hash ^ (hash >> 31)
    }

    /// `hash(partition) . partition`, then `sort` where there is one. All items of a partition begin with the key without `sort`.
    package static func key(partition: AttributeValue, sort: AttributeValue? = nil) -> [UInt8] {
        var bytes: [UInt8] = []
        appendKey(partition: partition, sort: sort, to: &bytes)
        return bytes
    }

    package static func appendKey(partition: AttributeValue, sort: AttributeValue?, to bytes: inout [UInt8]) {
        bytes.reserveCapacity(bytes.count + 24 + partition.size + (sort?.size ?? 0))
        appendPartition(partition, to: &bytes)
        if let sort { append(sort, to: &bytes) }
    }

    /// `hash(partition) . partition`, where the partition key has several attributes: the hash of all of them, then one after the other.
    package static func appendPartition(_ first: AttributeValue, _ further: [AttributeValue] = [], to bytes: inout [UInt8]) {
        let start = bytes.count
        bytes.append(contentsOf: [0, 0, 0, 0, 0, 0, 0, 0])
        append(first, to: &bytes)
        for value in further { append(value, to: &bytes) }
        let hash = hash(bytes[(start + 8)...])
        for index in 0..<8 { bytes[start + index] = UInt8(truncatingIfNeeded: hash >> UInt64(56 - 8 * index)) }
    }

    /// The value, self-delimiting. Only strings, numbers and binaries are keys; anything else adds nothing.
    package static func append(_ value: AttributeValue, to bytes: inout [UInt8]) {
        switch value {
        case .string(let text):
            appendEscaped(text.utf8, to: &bytes)
            bytes.append(0)
            bytes.append(0)
        case .binary(let value):
            appendEscaped(value, to: &bytes)
            bytes.append(0)
            bytes.append(0)
        case .number(let number):
            number.appendOrdered(to: &bytes)
        default:
            break
        }
    }

    /// What every string or binary that begins with `prefix` begins with when encoded.
    package static func appendPrefix(_ prefix: AttributeValue, to bytes: inout [UInt8]) {
        switch prefix {
        case .string(let text): appendEscaped(text.utf8, to: &bytes)
        case .binary(let value): appendEscaped(value, to: &bytes)
        default: append(prefix, to: &bytes)
        }
    }

    /// The least key above every key that begins with `prefix`; `nil` where there is none.
    package static func end(ofPrefix prefix: [UInt8]) -> [UInt8]? {
        var end = prefix
        while let last = end.last {
            if last < 0xFF {
                end[end.count - 1] = last + 1
                return end
            }
            end.removeLast()
        }
        return nil
    }

    /// A zero byte becomes 00 FF, so that 00 00 can end the value and come before any continuation.
    private static func appendEscaped(_ value: some Collection<UInt8>, to bytes: inout [UInt8]) {
        let start = bytes.count
        bytes.append(contentsOf: value)
        // Few keys have a zero byte: look for one in what is already there, and only then take it apart.
        guard let zero = bytes[start...].firstIndex(of: 0) else { return }
        let rest = Array(bytes[zero...])
        bytes.removeSubrange(zero...)
        for byte in rest {
            bytes.append(byte)
            if byte == 0 { bytes.append(0xFF) }
        }
    }
}
