/// A UUID of version 1: its time, then chance where a network card's address would stand (RFC 9562, section 5.1).
enum TimeUUID {
    /// Seconds from 1582-10-15, when the calendar was reformed, to 1970-01-01.
    private static let epochDistance: UInt64 = 12_219_292_800

    /// - Parameters:
    ///   - seconds: since 1970-01-01T00:00:00Z.
    ///   - chance: twelve random bytes: three for the fraction of the second, two for the clock's sequence, six for the node, one to spare.
    static func make(at seconds: Int64, chance: [UInt8]) -> String {
        let chance = chance + [UInt8](repeating: 0, count: max(0, 12 - chance.count))
        let fraction = chance[..<3].reduce(UInt64(0)) { $0 << 8 | UInt64($1) } % 10_000_000
        let time = (epochDistance &+ UInt64(max(0, seconds))) &* 10_000_000 &+ fraction
        let low = hex(time & 0xFFFF_FFFF, 8), middle = hex(time >> 32 & 0xFFFF, 4), high = hex(time >> 48 & 0x0FFF | 0x1000, 4)
        let sequence = hex((UInt64(chance[3]) & 0x3F | 0x80) << 8 | UInt64(chance[4]), 4)
        // The bit that says that this is no card's address.
        let node = ([chance[5] | 1] + chance[6..<11]).map { hex(UInt64($0), 2) }.joined()
        return "\(low)-\(middle)-\(high)-\(sequence)-\(node)"
    }

    private static func hex(_ value: UInt64, _ digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
