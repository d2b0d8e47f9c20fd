import Collections
import Kernel

/// Messages that nobody could handle.
/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
extension SQSService {
    /// Moves a message to the end of its queue's dead-letter queue.
    func bury(_ order: UInt64, of name: QueueName, in target: QueueName, at now: Timestamp) throws(AWSError) {
        let (message, source) = try withQueue(name, at: now) { (queue) throws(AWSError) in (takeOut(order, of: &queue), queue.arn) }
        guard let message else { return }
        try withQueue(target, at: now) { (queue) throws(AWSError) in
            let sequenceNumber = queue.isFIFO ? queue.nextSequenceNumber(at: now) : nil
            let letter = message.sent.deadLetter(of: source, receives: message.receiveCount, sequenceNumber: sequenceNumber, at: now)
            keep(queue.put(letter, delay: .zero, at: now), of: queue)
        }
    }

    /// Moves a dead letter to the end of a queue.
    func redrive(_ order: UInt64, of name: QueueName, to target: QueueName, at now: Timestamp) throws(AWSError) {
        guard let message = try withQueue(name, at: now, { (queue) throws(AWSError) in takeOut(order, of: &queue) }) else { return }
        let id = environment.random.uuid()
        try withQueue(target, at: now) { (queue) throws(AWSError) in
            let sent = message.sent.redriven(id: id, sequenceNumber: queue.isFIFO ? queue.nextSequenceNumber(at: now) : nil, at: now)
            keep(queue.put(sent, delay: .zero, at: now), of: queue)
        }
        serve(target, at: now)
    }

    private func takeOut(_ order: UInt64, of queue: inout Queue) -> Message? {
        forget([order], of: queue.id)
        return queue.remove(order)
    }
}
