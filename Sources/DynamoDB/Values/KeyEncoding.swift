import Crypto

/// Keys as bytes: compared byte by byte they are in DynamoDB's order.
///
/// A table's map is keyed by `hash(partition) . partition . sort`. Eight bytes of AWS's own hash come first, so that a Scan
/// sees partitions in AWS's order and parallel segments are ranges. Every part is
/// self-delimiting, so what follows it (the sort key, a base table's key in an index) can't disturb the order.
package enum KeyEncoding {
    /// The beginning of the MD5 of `Outliers` and the value's bytes: the order in which AWS's Scan is recorded to go through partitions.
    package static func hash(_ partition: AttributeValue, _ further: [AttributeValue] = []) -> UInt64 {
        var digest = seed
        guard further.isEmpty else {
            // How AWS makes one hash of several attributes isn't known.
            var bytes: [UInt8] = []
            append(partition, to: &bytes)
            for value in further { append(value, to: &bytes) }
            digest.update(bytes)
            return digest.leadingWord()
        }
        add(partition, to: &digest)
        return digest.leadingWord()
    }

    private static let seed: MD5 = {
        var digest = MD5()
        digest.update("Outliers")
        return digest
    }()

    private static func add(_ value: AttributeValue, to digest: inout MD5) {
        switch value {
        case .string(let text): digest.update(text)
        case .binary(let bytes): bytes.withUnsafeBytes { digest.update($0) }
        case .number(let number): digest.update(number.base100)
        default: break
        }
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
        let hash = hash(first, further)
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
