import Collections
import Kernel

/// What holders of a receipt handle may do.
extension SQSService {
    /// The longest that a message stays hidden from the receive on, however often its timeout is changed.
    private static let longestVisibility = Duration.seconds(43_200)

    /// Deletes a message. Doing it again succeeds; so does deleting by the receipt of an earlier receive in a standard queue, where AWS calls the outcome
    /// undetermined. A FIFO queue takes the receipt of the latest receive only, and only while the message is in flight.
    func delete(_ text: String, from name: QueueName, at now: Timestamp) throws(AWSError) {
        try withQueue(name, at: now) { (queue) throws(AWSError) in
            let handle = try Self.handle(text, of: queue)
            guard let message = queue.messages[handle.order], handle.isOf(message) else { return }
            if queue.isFIFO { try Self.checkLatest(handle, text, message) }
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
            guard let message = queue.messages[handle.order], handle.isOf(message) else {
                throw .deadReceiptHandle(text, "Message does not exist or is not available for visibility timeout change.")
            }
            if queue.isFIFO { try Self.checkLatest(handle, text, message) }
            // The latest receipt hides a message again that has come back meanwhile, as recorded of AWS.
            guard handle.isLatest(of: message) || message.place.isInFlight else { throw AWSError("MessageNotInflight", nil) }
            guard now + timeout <= (message.lastReceived ?? now) + Self.longestVisibility else {
                throw .invalidValue(
                    "Value \(timeout.components.seconds) for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds]")
            }
            queue.move(handle.order, to: timeout > .zero ? .inFlight(until: now + timeout) : .available)
            keepPlace(handle.order, of: queue)
        }
        serve(name, at: now)
    }

    private static func checkLatest(_ handle: ReceiptHandle, _ text: String, _ message: Message) throws(AWSError) {
        guard case .inFlight = message.place, handle.isLatest(of: message) else { throw .deadReceiptHandle(text, "The receipt handle has expired.") }
    }

    private static func handle(_ text: String, of queue: Queue) throws(AWSError) -> ReceiptHandle {
        guard let handle = ReceiptHandle(text), handle.queue == queue.id else { throw .invalidReceiptHandle(text) }
        return handle
    }
}
