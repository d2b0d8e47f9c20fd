/// Who calls, from where, when: what an operation knows besides its input.
package struct Call: Sendable {
    package var scope: Scope
    /// The access key id that the request was signed with.
    package var accessKeyID: String?
    package var requestID: RequestID
    package var now: Timestamp
    package var trace: TraceID
    /// Host and port by which the client reached the cloud (`localhost:4566`): addresses in answers are built from it.
    package var host: String
    /// Whether the client came over TLS.
    package var isSecure: Bool
    /// The ARN of the function whose credentials signed the request, or of the service that calls on a user's behalf.
    package var source: String?

    package init(scope: Scope, accessKeyID: String? = nil, requestID: RequestID, now: Timestamp, trace: TraceID, host: String, isSecure: Bool = false, source: String? = nil) {
        self.scope = scope
        self.accessKeyID = accessKeyID
        self.requestID = requestID
        self.now = now
        self.trace = trace
        self.host = host
        self.isSecure = isSecure
        self.source = source
    }

    package var account: String { scope.account }
    package var region: String { scope.region }
    package var partition: Partition { Partition(region: scope.region) }
    /// `http://localhost:4566`
    package var baseURL: String { (isSecure ? "https://" : "http://") + host }
}

/// 128 random bits that name a request; its text depends on the service.
package struct RequestID: Hashable, Sendable {
    package var high: UInt64
    package var low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The form of most services: a version 4 UUID in lower case.
    package var uuid: String { Hex.uuid(high, low) }

    /// DynamoDB's form: 52 upper-case base 32 characters.
    package var base32: String {
        String(unsafeUninitializedCapacity: 52) { buffer in
            var state = high
            // Twelve digits of five bits are what a word has.
            for start in stride(from: 0, to: 52, by: 12) {
                state = (state ^ (low &+ UInt64(start))) &* 0x9E37_79B9_7F4A_7C15
                state ^= state >> 29
                for index in start..<min(start + 12, 52) {
                    let digit = UInt8(truncatingIfNeeded: state >> 59)
                    state <<= 5
                    buffer[index] = digit &+ (digit < 10 ? 48 : 55)
                }
            }
            return 52
        }
    }
}

/// An X-Ray trace header: `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1`.
/// https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
package struct TraceID: Hashable, Sendable {
    /// Seconds since the epoch at which the trace began.
    package var seconds: UInt32
    package var high: UInt32
    package var low: UInt64
    package var parent: UInt64?
    package var isSampled: Bool
    /// The functions that it has led to; `nil` before the first.
    package var lineage: Lineage?

    package init(seconds: UInt32, high: UInt32, low: UInt64, parent: UInt64? = nil, isSampled: Bool = false, lineage: Lineage? = nil) {
        self.seconds = seconds
        self.high = high
        self.low = low
        self.parent = parent
        self.isSampled = isSampled
        self.lineage = lineage
    }

    /// `nil` where the header has no well-formed root.
    package init?(header: String) {
        var root: (UInt32, UInt32, UInt64)?
        var parent: UInt64?
        var isSampled = false
        var lineage: Lineage?
        for part in header.split(separator: ";") {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2 else { continue }
            switch pair[0].drop(while: { $0 == " " }) {
            case "Root": root = Self.root(pair[1])
            case "Parent": parent = Hex.number(pair[1], digits: 16)
            case "Sampled": isSampled = pair[1] == "1"
            case "Lineage": lineage = Lineage(pair[1])
            default: break
            }
        }
        guard let root else { return nil }
        self.init(seconds: root.0, high: root.1, low: root.2, parent: parent, isSampled: isSampled, lineage: lineage)
    }

    private static func root(_ text: Substring) -> (UInt32, UInt32, UInt64)? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "1", let seconds = Hex.number(parts[1], digits: 8),
            let high = Hex.number(parts[2].prefix(8), digits: 8), let low = Hex.number(parts[2].dropFirst(8), digits: 16)
        else { return nil }
        return (UInt32(truncatingIfNeeded: seconds), UInt32(truncatingIfNeeded: high), low)
    }

    /// `1-5759e988-bd862e3fe1be46a994272793`
    package var root: String { "1-\(Hex.text(UInt64(seconds), digits: 8))-\(Hex.text(UInt64(high), digits: 8))\(Hex.text(low, digits: 16))" }

    package var header: String {
        "Root=\(root);" + (parent.map { "Parent=\(Hex.text($0, digits: 16));" } ?? "") + "Sampled=\(isSampled ? 1 : 0)" + (lineage.map { ";Lineage=\($0.text)" } ?? "")
    }
}

/// Hexadecimal text, in lower case.
package enum Hex {
    private static func digit(_ value: UInt64) -> UInt8 {
        let nibble = UInt8(truncatingIfNeeded: value & 15)
        return nibble < 10 ? 48 + nibble : 87 + nibble
    }

    /// The last `digits` (at most 16) hexadecimal digits of a number.
    package static func text(_ value: UInt64, digits: Int) -> String {
        let digits = min(max(digits, 0), 16)
        return String(unsafeUninitializedCapacity: digits) { buffer in
            for index in 0..<digits { buffer[index] = digit(value >> UInt64(4 * (digits - 1 - index))) }
            return digits
        }
    }

    /// Reads exactly that many (at most 16) hexadecimal digits, in upper or lower case.
    static func number(_ text: Substring, digits: Int) -> UInt64? {
        guard text.utf8.count == digits, text.utf8.allSatisfy({ $0 &- 48 < 10 || ($0 | 0x20) &- 97 < 6 }) else { return nil }
        return UInt64(text, radix: 16)
    }

    /// A version 4 UUID made of 128 random bits.
    package static func uuid(_ high: UInt64, _ low: UInt64) -> String {
        let high = high & ~0xF000 | 0x4000
        let low = low & ~(3 << 62) | 1 << 63
        return String(unsafeUninitializedCapacity: 36) { buffer in
            var position = 0
            for index in 0..<32 {
                if index == 8 || index == 12 || index == 16 || index == 20 {
                    buffer[position] = UInt8(ascii: "-")
                    position += 1
                }
                let word = index < 16 ? high : low
                buffer[position] = digit(word >> UInt64(60 - 4 * (index % 16)))
                position += 1
            }
            return position
        }
    }
}
