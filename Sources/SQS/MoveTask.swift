import JSON
import Kernel

/// Messages on their way from a dead-letter queue back to where they came from, or to another queue.
/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
struct MoveTask: Sendable, Equatable {
    enum Status: String, Sendable { case running = "RUNNING", completed = "COMPLETED", cancelling = "CANCELLING", cancelled = "CANCELLED", failed = "FAILED" }

    var handle: String
    var source: String
    /// `nil` means each message's own source.
    var destination: String?
    /// Messages a second; `nil` means as fast as it goes.
    var rate: Int?
    var status = Status.running
    var moved = 0
    /// The messages that were available when it began.
    var toMove: Int
    /// The number of the last of them.
    var last: UInt64
    var started: Timestamp
    /// When the next second's messages go.
    var next: Timestamp
    var failureReason: String?

    var document: Document {
        var members: Members = [
            "handle": .string(handle), "source": .string(source), "status": .string(status.rawValue), "moved": .int(moved), "toMove": .int(toMove), "last": .string("\(last)"),
            "started": .int(started.microseconds), "next": .int(next.microseconds),
        ]
        members["destination"] = destination.map { .string($0) }
        members["rate"] = rate.map { .int($0) }
        members["failure"] = failureReason.map { .string($0) }
        return .object(members)
    }
}

extension MoveTask {
    /// `nil` where an entry of the journal can't be read.
    init?(_ document: Document) {
        guard let handle = document["handle"]?.string, let source = document["source"]?.string,
            let status = document["status"]?.string.flatMap({ Status(rawValue: $0) }), let moved = document["moved"]?.int,
            let toMove = document["toMove"]?.int, let started = document["started"]?.int, let next = document["next"]?.int,
            let last = document["last"]?.string.flatMap({ UInt64($0) })
        else { return nil }
        self.init(
            handle: handle, source: source, destination: document["destination"]?.string, rate: document["rate"]?.int, status: status, moved: moved,
            toMove: toMove, last: last, started: Timestamp(microseconds: Int64(started)), next: Timestamp(microseconds: Int64(next)), failureReason: document["failure"]?.string)
    }
}
