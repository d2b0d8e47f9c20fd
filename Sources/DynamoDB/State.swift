import Collections
import Kernel

/// What one account has in one region.
package struct RegionState: Sendable {
    package internal(set) var tables: [String: Table] = [:]
    /// By ARN; also those of tables that are gone.
    package internal(set) var streams: [String: Stream] = [:]
    /// By ARN.
    package internal(set) var backups: [String: Backup] = [:]
    package internal(set) var tokens = TransactionTokens()

    /// The earliest of all deadlines.
    var nextDeadline: Timestamp? {
        var deadlines = tables.values.compactMap(\.nextSettling) + tables.values.compactMap(\.nextExpiry) + streams.values.compactMap(\.nextDeadline)
        deadlines += tables.values.compactMap { $0.recovery?.nextDeadline } + backups.values.compactMap(\.expires)
        if let expiry = tokens.nextExpiry { deadlines.append(expiry) }
        return deadlines.min()
    }
}

/// Transactions that were made with a `ClientRequestToken`, remembered for ten minutes.
///
/// Both maps share their parts with a snapshot's, so that the first transaction after one copies no more than any other.
package struct TransactionTokens: Sendable {
    package struct Made: Sendable, Equatable {
        /// Stands for the request's content: with the same token it must be the same.
        var fingerprint: RequestID
        /// What the same request takes when it comes again.
        var reads: [TableRead]
        var expires: Timestamp
    }

    /// Read units of one table.
    package struct TableRead: Sendable, Equatable {
        var table: String
        var units: Double
    }

    /// By the tokens' bytes.
    private(set) var made = SortedMap<Bytes, Made>()
    /// The tokens in the order in which they expire.
    private var order = SortedMap<Bytes, Bytes>()

    static let lifetime = Duration.seconds(10 * 60)

    func made(_ token: String, at now: Timestamp) -> Made? {
        guard let made = made[Bytes(utf8: token)], made.expires > now else { return nil }
        return made
    }

    mutating func add(_ token: String, _ entry: Made) {
        let token = Bytes(utf8: token)
        if let old = made.updateValue(entry, forKey: token) { order.removeValue(forKey: Self.place(old, token)) }
        order.updateValue(token, forKey: Self.place(entry, token))
    }

    /// `expires . token`
    private static func place(_ made: Made, _ token: Bytes) -> Bytes {
        let microseconds = UInt64(bitPattern: made.expires.microseconds) ^ (1 << 63)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(8 + token.count)
        for shift in stride(from: UInt64(56), through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: microseconds >> shift)) }
        bytes.append(contentsOf: token.array)
        return Bytes(bytes)
    }

    /// Rounded up to the minute, so that many are forgotten at once.
    var nextExpiry: Timestamp? {
        order.first.flatMap { made[$0.value] }.map { Timestamp(seconds: ($0.expires.seconds / 60 + 1) * 60) }
    }

    /// Forgets what is too old.
    mutating func expire(at now: Timestamp) -> [String] {
        var expired: [String] = []
        while let (place, token) = order.first, let entry = made[token], entry.expires <= now {
            expired.append(String(decoding: token.array, as: UTF8.self))
            made.removeValue(forKey: token)
            order.removeValue(forKey: place)
        }
        return expired
    }
}
