import Collections
import Kernel

/// What holders of a receipt handle may do.
extension SQSService {
    /// Deletes a message. Doing it again succeeds; so does deleting by the receipt of an earlier receive in a standard queue, where AWS calls the outcome
    /// undetermined.
    func delete(_ text: String, from name: QueueName, at now: Timestamp) throws(AWSError) {
        try withQueue(name, at: now) { (queue) throws(AWSError) in
            let handle = try Self.handle(text, of: queue)
            guard let message = queue.messages[handle.order] else { return }
            if queue.isFIFO {
                guard case .inFlight = message.place, message.receipt == handle.receipt else {
                    throw .deadReceiptHandle(text, "The receipt handle has expired.")
                }
            }
            queue.remove(handle.order)
            forget([handle.order], of: queue.id)
        }
        // The next message of its group may have become available.
        serve(name, at: now)
    }

    /// Sets how long from now on nobody else gets a message; zero gives it back at once.
    func changeVisibility(_ text: String, of name: QueueName, to timeout: Duration, at now: Timestamp) throws(AWSError) {
        try withQueue(name, at: now) { (queue) throws(AWSError) in
            let handle = try Self.handle(text, of: queue)
            guard let message = queue.messages[handle.order] else {
                throw .deadReceiptHandle(text, "Message does not exist or is not available for visibility timeout change.")
            }
            guard case .inFlight = message.place else {
                throw AWSError("MessageNotInflight", nil)
            }
            guard message.receipt == handle.receipt else { throw .deadReceiptHandle(text, "The receipt handle has expired.") }
            queue.move(handle.order, to: timeout > .zero ? .inFlight(until: now + timeout) : .available)
            keepPlace(handle.order, of: queue)
        }
        serve(name, at: now)
    }

    private static func handle(_ text: String, of queue: Queue) throws(AWSError) -> ReceiptHandle {
        guard let handle = ReceiptHandle(text), handle.queue == queue.id else { throw .invalidReceiptHandle(text) }
        return handle
    }
}
