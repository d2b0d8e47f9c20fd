import Collections
import EventLoop
import Kernel

/// The receives that wait for messages, queue by queue in the order in which they came.
@CloudActor
final class Pollers {
    /// One receive that waits.
    struct Poller {
        var request: ReceiveRequest
        /// When it has waited long enough, by the cloud's clock.
        var end: Timestamp
        /// The same by the client's clock: a cloud whose time stands still answers all the same.
        var timer: Loop.Timer
        var answer: CheckedContinuation<Result<[ReceivedMessage], AWSError>, Never>
    }

    private struct End: Comparable {
        var time: Timestamp
        var number: UInt64

        static func < (left: End, right: End) -> Bool { left.time != right.time ? left.time < right.time : left.number < right.number }
    }

    /// By number, hence in the order in which they came.
    private var waiting: [QueueName: SortedMap<UInt64, Poller>] = [:]
    private var queues: [UInt64: QueueName] = [:]
    private var ends = SortedMap<End, Void>()
    private var lastNumber: UInt64 = 0

    var isEmpty: Bool { waiting.isEmpty }
    var count: Int { queues.count }
    var names: [QueueName] { waiting.keys.sorted() }
    /// When the first of them has waited long enough.
    var nextEnd: Timestamp? { ends.first?.key.time }

    func first(_ name: QueueName) -> (number: UInt64, poller: Poller)? { waiting[name]?.first.map { ($0.key, $0.value) } }

    /// A number for a receive that is going to wait.
    func newNumber() -> UInt64 {
        lastNumber += 1
        return lastNumber
    }

    func add(_ poller: Poller, _ number: UInt64, _ name: QueueName) {
        waiting[name, default: SortedMap()][number] = poller
        queues[number] = name
        ends.updateValue((), forKey: End(time: poller.end, number: number))
    }

    /// Answers a receive that waits; nothing where it has been answered.
    func answer(_ number: UInt64, _ result: Result<[ReceivedMessage], AWSError>) {
        guard let name = queues.removeValue(forKey: number), let poller = waiting[name]?.removeValue(forKey: number) else { return }
        if waiting[name]?.isEmpty == true { waiting[name] = nil }
        ends.removeValue(forKey: End(time: poller.end, number: number))
        poller.timer.cancel()
        poller.answer.resume(returning: result)
    }

    /// Answers those that have waited long enough.
    func answerDue(at now: Timestamp) {
        while let end = ends.first?.key, end.time <= now { answer(end.number, .success([])) }
    }

    /// Answers all that wait at a queue.
    func refuse(_ name: QueueName, _ error: AWSError) {
        while let (number, _) = first(name) { answer(number, .failure(error)) }
    }
}
