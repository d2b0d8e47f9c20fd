import JSON
import Kernel

/// How far a mapping has come in one shard, or in one of the lanes into which it divides the shard by the items' keys: each lane reads the whole shard,
/// takes what is its own, and has a position of its own. So each position is right, in whatever order the lanes' batches end.
package struct StreamShard: Sendable, Equatable {
    enum Position: Sendable, Equatable {
        case trimHorizon
        /// The iterator that stood at the shard's end when the mapping was made: no record has a sequence number to remember yet.
        case latest(iterator: String)
        case after(sequenceNumber: String)
    }

    /// A batch that has failed and is tried again as it was, or a part of it.
    struct Batch: Sendable, Equatable {
        /// The sequence number of its last record; its first is what comes next.
        var end: String
        /// How often it has failed, as far as that counts against `MaximumRetryAttempts`.
        var failures = 0
        /// How often its records were with the function.
        var invocations = 0
    }

    let id: String
    let parent: String?
    let lane: Int
    var position: Position
    /// Closed, and read to its end.
    var isFinished = false
    /// What is to be tried again, in order: the batch that failed, and where it was divided, those that it was divided into.
    var failed: [Batch] = []
    /// When it is tried again.
    var retry: Timestamp?
    /// How often in a row the function could not be run.
    var refusals = 0
    /// Until when records are gathered for a batch.
    var gathering: Timestamp?
    /// The tumbling window that is open.
    var window: TumblingWindow?

    init(id: String, parent: String?, lane: Int = 0, position: Position, isFinished: Bool = false) {
        self.id = id
        self.parent = parent
        self.lane = lane
        self.position = position
        self.isFinished = isFinished
    }

    /// When it has something to do by itself.
    var deadline: Timestamp? {
        guard !isFinished else { return nil }
        return retry ?? gathering ?? window?.end
    }

    /// Goes on behind a record.
    mutating func advance(past sequenceNumber: String) {
        position = .after(sequenceNumber: sequenceNumber)
        (retry, refusals, gathering) = (nil, 0, nil)
        failed.removeAll { !SequenceNumber.isBefore(sequenceNumber, $0.end) }
    }

    /// The same shard in so many lanes, none of them before any of the former ones.
    static func lanes(of shards: [StreamShard], count: Int) -> [StreamShard] {
        guard let first = shards.first else { return [] }
        guard shards.count != count else { return shards }
        let unfinished = shards.filter { !$0.isFinished }
        let position = unfinished.map(\.position).min { $0.isBefore($1) }
        return (0..<count).map { lane in
            StreamShard(id: first.id, parent: first.parent, lane: lane, position: position ?? first.position, isFinished: unfinished.isEmpty)
        }
    }
}

extension StreamShard.Position {
    func isBefore(_ other: Self) -> Bool {
        switch (self, other) {
        case (.after(let number), .after(let otherNumber)): SequenceNumber.isBefore(number, otherNumber)
        case (.after, _): false
        case (_, .after): true
        default: false
        }
    }
}

/// Sequence numbers are decimal numbers of any length, as text.
enum SequenceNumber {
    static func isBefore(_ left: String, _ right: String) -> Bool {
        let (left, right) = (left.utf8.drop { $0 == UInt8(ascii: "0") }, right.utf8.drop { $0 == UInt8(ascii: "0") })
        return left.count != right.count ? left.count < right.count : left.lexicographicallyPrecedes(right)
    }
}

// MARK: The journal's form

extension StreamShard {
    var encoded: [UInt8] {
        var members: Members = ["id": .string(id), "lane": .int(lane), "isFinished": .bool(isFinished)]
        members["parent"] = parent.map { .string($0) }
        if !failed.isEmpty {
            members.append(
                "failed", .array(failed.map { ["end": .string($0.end), "failures": .int($0.failures), "invocations": .int($0.invocations)] }))
        }
        members["retry"] = retry.map { .int($0.microseconds) }
        if refusals > 0 { members.append("refusals", .int(refusals)) }
        members["gathering"] = gathering.map { .int($0.microseconds) }
        members["window"] = window?.document
        switch position {
        case .trimHorizon: break
        case .latest(let iterator): members["iterator"] = .string(iterator)
        case .after(let sequenceNumber): members["after"] = .string(sequenceNumber)
        }
        return Document.object(members).json()
    }

    init?(encoded: [UInt8]) {
        guard let document = try? Document(json: encoded), let id = document["id"]?.string, let isFinished = document["isFinished"]?.bool else { return nil }
        let position: Position =
            if let sequenceNumber = document["after"]?.string {
                .after(sequenceNumber: sequenceNumber)
            } else if let iterator = document["iterator"]?.string {
                .latest(iterator: iterator)
            } else {
                .trimHorizon
            }
        self.init(id: id, parent: document["parent"]?.string, lane: document["lane"]?.int ?? 0, position: position, isFinished: isFinished)
        failed = (document["failed"]?.array ?? []).compactMap { batch in
            guard let end = batch["end"]?.string else { return nil }
            return Batch(end: end, failures: batch["failures"]?.int ?? 0, invocations: batch["invocations"]?.int ?? 0)
        }
        retry = document["retry"]?.int.map { Timestamp(microseconds: Int64($0)) }
        refusals = document["refusals"]?.int ?? 0
        gathering = document["gathering"]?.int.map { Timestamp(microseconds: Int64($0)) }
        window = document["window"].flatMap { TumblingWindow(document: $0) }
    }
}
