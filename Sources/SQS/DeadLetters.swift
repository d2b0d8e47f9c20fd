import Collections
import Kernel

/// Messages that nobody could handle.
/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
extension SQSService {
    /// Which of these messages have been received as often as their queue allows, and have somewhere to go.
    func deadLetters(_ orders: [UInt64], of name: QueueName, _ policy: RedrivePolicy) -> [UInt64] {
        guard let queue = state.queues[name], let target = QueueName(arn: policy.deadLetterTargetARN), state.queues[target] != nil else { return [] }
        return orders.filter { (queue.messages[$0]?.receiveCount ?? 0) >= policy.maxReceiveCount }
    }

    /// Moves a message to its queue's dead-letter queue.
    func bury(_ order: UInt64, of name: QueueName, at now: Timestamp) throws(AWSError) {
        guard let policy = state.queues[name]?.attributes.redrivePolicy, let target = QueueName(arn: policy.deadLetterTargetARN), let arn = state.queues[name]?.arn
        else { return }
        try move(order, of: name, to: target, source: arn.description, at: now)
    }

    /// Moves a message to the end of another queue, in one commit. A standard queue's message keeps the time of its sending, from which its age counts.
    /// - Parameter source: the queue that it is a dead letter of.
    func move(_ order: UInt64, of name: QueueName, to target: QueueName, source: String?, at now: Timestamp) throws(AWSError) {
        let (id, message) = try withQueue(name, at: now) { (queue) throws(AWSError) in (queue.id, queue.remove(order)) }
        guard let message else { return }
        forget([order], of: id)
        try withQueue(target, at: now) { (queue) throws(AWSError) in
            let sent = message.sent.moved(
                from: source, sent: queue.isFIFO ? now : message.sent.sent, sequenceNumber: queue.isFIFO ? queue.nextSequenceNumber(at: now) : nil)
            let order = queue.put(sent, delay: .zero, at: now)
            keep(order, of: queue)
        }
        serve(target, at: now)
    }
}
