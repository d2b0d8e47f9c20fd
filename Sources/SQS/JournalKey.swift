import Kernel

/// The keys of SQS in the journal. They begin with a digit for what they are, in the order in which they must be read.
enum JournalKey {
    static func queue(_ id: UInt64) -> [UInt8] { [1] + id.bigEndianBytes }
    static func messages(of queue: UInt64) -> [UInt8] { [2] + queue.bigEndianBytes }
    /// What was sent.
    static func message(_ queue: UInt64, _ order: UInt64) -> [UInt8] { messages(of: queue) + order.bigEndianBytes + [0] }
    /// Where it stands.
    static func place(_ queue: UInt64, _ order: UInt64) -> [UInt8] { messages(of: queue) + order.bigEndianBytes + [1] }
    static func deduplication(of queue: UInt64) -> [UInt8] { [3] + queue.bigEndianBytes }
    static func deduplication(_ queue: UInt64, _ key: String) -> [UInt8] { deduplication(of: queue) + key.utf8 }
    static func attempts(of queue: UInt64) -> [UInt8] { [5] + queue.bigEndianBytes }
    static func attempt(_ queue: UInt64, _ id: String) -> [UInt8] { attempts(of: queue) + id.utf8 }
    /// A queue that was deleted.
    static func deleted(_ queue: QueueName) -> [UInt8] { [6] + "\(queue.scope.account)/\(queue.scope.region)/\(queue.name)".utf8 }
    static func moveTask(_ handle: String) -> [UInt8] { [4] + handle.utf8 }
}
