import Collections
import Kernel

/// How move tasks go on: a second's worth of messages each second, or all at once where no rate was asked for.
extension SQSService {
    /// So many messages go in one turn where no rate was asked for: AWS's own most a second.
    private static let messagesAtOnce = 500

    func moveDue(at now: Timestamp) {
        // Each once in a turn, however much it has to do.
        var gone: Set<String> = []
        while let task = state.moveTasks.next(at: now), gone.insert(task.handle).inserted { goOn(task, at: now) }
    }

    private func goOn(_ task: MoveTask, at now: Timestamp) {
        var task = task
        let count = min(task.rate ?? Self.messagesAtOnce, task.toMove - task.moved)
        do throws(AWSError) {
            guard let source = QueueName(arn: task.source) else { throw .queueDoesNotExist }
            // What came after the task began isn't its to move: it may have come from where the task moves to.
            let orders = try withQueue(source, at: now) { queue in queue.receivable(max(count, 0)).filter { $0 <= task.last } }
            for order in orders {
                try redrive(order, of: source, to: destination(order, of: source, task), at: now)
                task.moved += 1
            }
            if orders.isEmpty || task.moved >= task.toMove {
                task.status = .completed
            } else {
                task.next = task.rate == nil ? now : task.next + .seconds(1)
            }
        } catch {
            task.status = .failed
            task.failureReason = queryErrorCodes[error.code] ?? error.code
        }
        state.moveTasks.keep(task)
        keep(task)
    }

    /// Where a dead letter goes: where the task says, or to the queue that it came from.
    private func destination(_ order: UInt64, of source: QueueName, _ task: MoveTask) throws(AWSError) -> QueueName {
        guard let arn = task.destination ?? state.queues[source]?.messages[order]?.sent.deadLetterSource else {
            throw AWSError("CouldNotDetermineMessageSource", nil)
        }
        guard let name = QueueName(arn: arn), state.queues[name] != nil else { throw .queueDoesNotExist }
        return name
    }

    /// Forgets what is over of a queue's tasks, but for the latest.
    func forgetOldTasks(of source: String) {
        for task in state.moveTasks.tasks(of: source).dropFirst(MoveTaskList.limit) where task.status != .running { forget(task) }
    }

    func forget(_ task: MoveTask) {
        state.moveTasks.remove(task.handle)
        environment.journal.delete(name, JournalKey.moveTask(task.handle))
    }
}
