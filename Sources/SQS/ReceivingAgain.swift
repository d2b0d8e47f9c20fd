import Collections
import Kernel

/// Receives that are asked for again by their `ReceiveRequestAttemptId`.
extension SQSService {
    func checkAttempt(_ request: ReceiveRequest, _ queue: Queue) throws(AWSError) {
        guard let id = request.attemptID else { return }
        func invalid(_ reason: String) -> AWSError { .invalidValue("Value \(id) for parameter ReceiveRequestAttemptId is invalid. Reason: \(reason)") }
        guard queue.isFIFO else { throw invalid("The request include parameter that is not valid for this queue type.") }
        guard (1...128).contains(id.utf8.count), id.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw invalid("ReceiveRequestAttemptId can only include alphanumeric and punctuation characters. 1 to 128 in length.")
        }
    }

    /// The messages that the attempt of that id was given, hidden for another visibility timeout from now on. `nil` where it is a new one, or one of its
    /// messages is no longer as it was then.
    func receiveAgain(_ id: String, from queue: inout Queue, _ visibility: Duration, at now: Timestamp) -> [UInt64]? {
        for old in queue.attempts.forget(at: now) { environment.journal.delete(name, JournalKey.attempt(queue.id, old)) }
        guard var attempt = queue.attempts.value(id, at: now) else { return nil }
        let isUnchanged = attempt.messages.allSatisfy { given in
            guard let message = queue.messages[given.order] else { return false }
            return message.place == .inFlight(until: attempt.end) && message.receiveCount == given.receive
        }
        guard isUnchanged, visibility > .zero else { return nil }
        let orders = attempt.messages.map(\.order)
        attempt.end = now + visibility
        for order in orders {
            queue.move(order, to: .inFlight(until: attempt.end)) { $0.lastReceived = now }
            keepPlace(order, of: queue)
        }
        let begun = queue.attempts.begun(id) ?? now
        queue.attempts.keep(attempt, id, since: begun)
        keep(attempt, id, begun, of: queue.id)
        return orders
    }

    func remember(_ id: String, _ orders: [UInt64], in queue: inout Queue, until end: Timestamp, at now: Timestamp) {
        let given = orders.map { ReceiveAttempt.Message(order: $0, receive: queue.messages[$0]?.receiveCount ?? 0) }
        let attempt = ReceiveAttempt(end: end, messages: given)
        queue.attempts.keep(attempt, id, since: now)
        keep(attempt, id, now, of: queue.id)
    }
}
