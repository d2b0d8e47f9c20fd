import Kernel

/// The keys of CloudWatch Logs in the journal: what it is, then which. Groups are read before their streams, and streams before their events.
enum JournalKey {
    static func group(_ id: UInt64) -> [UInt8] { [1] + bytes(id) }
    static func streams(of group: UInt64) -> [UInt8] { [2] + bytes(group) }
    static func stream(_ group: UInt64, _ id: UInt64) -> [UInt8] { streams(of: group) + bytes(id) }
    static func batches(of group: UInt64) -> [UInt8] { [3] + bytes(group) }
    static func batches(of group: UInt64, _ stream: UInt64) -> [UInt8] { batches(of: group) + bytes(stream) }
    static func batch(_ group: UInt64, _ stream: UInt64, _ number: UInt64) -> [UInt8] { batches(of: group, stream) + bytes(number) }
    /// Of an account in a region.
    static func policies(_ scope: Scope) -> [UInt8] { [4] + Array("\(scope.account)|\(scope.region)".utf8) }

    static func query(_ id: String) -> [UInt8] { [5] + Array(id.utf8) }

    /// The number at that place of a key.
    static func number(_ key: ArraySlice<UInt8>, at place: Int) -> UInt64? {
        let part = key.dropFirst(place * 8).prefix(8)
        guard part.count == 8 else { return nil }
        return part.reduce(0) { $0 << 8 | UInt64($1) }
    }

    static func bytes(_ number: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: number >> UInt64(56 - 8 * $0)) } }
}
