import Kernel
import Synchronization

/// A store in memory: what a journal's changes leave behind.
final class MemoryStore: JournalStore {
    private struct Key: Hashable {
        var service: String
        var key: [UInt8]
    }

    private let entries = Mutex<[Key: [UInt8]]>([:])

    func load(_ entry: (String, [UInt8], [UInt8]) throws(AWSError) -> Void) throws(AWSError) {
        let all = entries.withLock { $0 }.sorted { ($0.key.service, Hex.ordered($0.key.key)) < ($1.key.service, Hex.ordered($1.key.key)) }
        for (key, value) in all { try entry(key.service, key.key, value) }
    }

    func commit(_ changes: [Change], completion: @escaping @Sendable () -> Void) {
        entries.withLock { entries in
            for change in changes {
                switch change {
                case .put(let service, let key, let value): entries[Key(service: service, key: key)] = value
                case .delete(let service, let key): entries[Key(service: service, key: key)] = nil
                case .deletePrefix(let service, let prefix): entries = entries.filter { $0.key.service != service || !$0.key.key.starts(with: prefix) }
                }
            }
        }
        completion()
    }

    func close() {}

    /// The keys of a service's entries, in their order.
    func keys(of service: String) -> [[UInt8]] {
        entries.withLock { $0 }.keys.filter { $0.service == service }.map(\.key).sorted { $0.lexicographicallyPrecedes($1) }
    }
}

extension Hex {
    /// Text whose order is that of the bytes.
    fileprivate static func ordered(_ bytes: [UInt8]) -> String { bytes.map { Hex.text(UInt64($0), digits: 2) }.joined() }
}
