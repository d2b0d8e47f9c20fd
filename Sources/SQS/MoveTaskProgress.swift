import Collections
import Kernel

/// How move tasks go on: a second's worth of messages each second, or all at once where no rate was asked for.
extension SQSService {
    /// When a move task that runs has its next messages to move.
    var nextMove: Timestamp? { state.moveTasks.values.lazy.filter { $0.status == .running }.map(\.next).min() }

    /// So many messages go in one turn where no rate was asked for: AWS's own most a second.
    private static let messagesAtOnce = 500

    func moveDue(at now: Timestamp) {
        let due = state.moveTasks.values.filter { $0.status == .running && $0.next <= now }.sorted { ($0.next, $0.handle) < ($1.next, $1.handle) }
        for task in due { goOn(task, at: now) }
    }

    private func goOn(_ task: MoveTask, at now: Timestamp) {
        var task = task
        let count = task.rate ?? Self.messagesAtOnce
        do throws(AWSError) {
            guard let source = QueueName(arn: task.source) else { throw .queueDoesNotExist }
            let orders = try withQueue(source, at: now) { $0.receivable(count) }
            for order in orders {
                try moveBack(order, of: source, task, at: now)
                task.moved += 1
            }
            if orders.count < count {
                task.status = .completed
            } else {
                task.next = task.rate == nil ? now : task.next + .seconds(1)
            }
        } catch {
            task.status = .failed
            task.failureReason = error.code
        }
        state.moveTasks[task.handle] = task
        keep(task)
    }

    private func moveBack(_ order: UInt64, of source: QueueName, _ task: MoveTask, at now: Timestamp) throws(AWSError) {
        let origin = state.queues[source]?.messages[order]?.sent.deadLetterSource
        guard let target = (task.destination ?? origin).flatMap({ QueueName(arn: $0) }), state.queues[target] != nil else {
            throw AWSError("AWS.SimpleQueueService.NonExistentQueue", nil)
        }
        try move(order, of: source, to: target, source: nil, at: now)
    }
}
