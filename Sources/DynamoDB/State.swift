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

    private(set) var made: [String: Made] = [:]
    /// In the order in which they expire.
    private var order = Deque<String>()

    static let lifetime = Duration.seconds(10 * 60)

    func made(_ token: String, at now: Timestamp) -> Made? {
        guard let made = made[token], made.expires > now else { return nil }
        return made
    }

    mutating func add(_ token: String, _ entry: Made) {
        if made.updateValue(entry, forKey: token) == nil { order.append(token) }
    }

    /// Rounded up to the minute, so that many are forgotten at once.
    var nextExpiry: Timestamp? {
        order.first.flatMap { made[$0] }.map { Timestamp(seconds: ($0.expires.seconds / 60 + 1) * 60) }
    }

    /// Forgets what is too old.
    mutating func expire(at now: Timestamp) -> [String] {
        var expired: [String] = []
        while let first = order.first, let entry = made[first], entry.expires <= now {
            expired.append(first)
            made[first] = nil
            _ = order.popFirst()
        }
        return expired
    }
}
