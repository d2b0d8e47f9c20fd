import Kernel
import Synchronization

/// A store in memory: what a journal's changes leave behind.
final class MemoryStore: JournalStore {
    private let entries = Mutex<[[UInt8]: [UInt8]]>([:])

    func load(_ entry: (String, [UInt8], [UInt8]) throws(AWSError) -> Void) throws(AWSError) {
        for (key, value) in all { try entry("sqs", key, value) }
    }

    func commit(_ changes: [Change], completion: @escaping @Sendable () -> Void) {
        entries.withLock { entries in
            for change in changes {
                switch change {
                case .put("sqs", let key, let value): entries[key] = value
                case .delete("sqs", let key): entries[key] = nil
                case .deletePrefix("sqs", let prefix): entries = entries.filter { !$0.key.starts(with: prefix) }
                default: break
                }
            }
        }
        completion()
    }

    func close() {}

    var all: [(key: [UInt8], value: [UInt8])] { entries.withLock { $0 }.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { ($0.key, $0.value) } }
}
