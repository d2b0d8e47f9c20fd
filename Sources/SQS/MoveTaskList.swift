import Collections
import Kernel

/// Every queue's move tasks: those that run, by when they go on, and the latest of those that are over.
struct MoveTaskList: Sendable {
    private struct Due: Comparable, Sendable {
        var time: Timestamp
        var handle: String

        static func < (left: Due, right: Due) -> Bool { left.time != right.time ? left.time < right.time : left.handle < right.handle }
    }

    /// So many of a queue are remembered.
    /// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListMessageMoveTasks.html
    static let limit = 10

    private var byHandle: [String: MoveTask] = [:]
    private var due = SortedMap<Due, Void>()

    subscript(handle: String) -> MoveTask? { byHandle[handle] }

    var all: some Collection<MoveTask> { byHandle.values }

    /// When a task that runs has its next messages to move.
    var nextMove: Timestamp? { due.first?.key.time }

    /// A task that runs and has messages to move at that time.
    func next(at now: Timestamp) -> MoveTask? {
        guard let first = due.first?.key, first.time <= now else { return nil }
        return byHandle[first.handle]
    }

    /// A queue's tasks, the latest first.
    func tasks(of source: String) -> [MoveTask] {
        byHandle.values.filter { $0.source == source }.sorted { ($0.started, $0.handle) > ($1.started, $1.handle) }
    }

    /// A task that is new, or has gone on.
    mutating func keep(_ task: MoveTask) {
        remove(task.handle)
        byHandle[task.handle] = task
        if task.status == .running { due.updateValue((), forKey: Due(time: task.next, handle: task.handle)) }
    }

    mutating func remove(_ handle: String) {
        guard let task = byHandle.removeValue(forKey: handle) else { return }
        due.removeValue(forKey: Due(time: task.next, handle: handle))
    }
}
