import JSON
import Kernel

/// One lane of one shard of one mapping.
struct ConsumerKey: Hashable {
    var uuid: String
    var shard: String
    var lane: Int

    init(_ uuid: String, _ shard: StreamShard) {
        self.uuid = uuid
        self.shard = shard.id
        lane = shard.lane
    }
}

/// What is known of a lane's consumer only while it runs: state knows the position behind which all of it can be read again.
struct StreamConsumer {
    /// The number of the batch that is with the function: the next one waits for it.
    var batch: UInt64?
    /// Read and wanted, in order.
    var records: [StreamRecord] = []
    /// Bytes of their events.
    var size = 0
    /// Of the last record that was read, wanted or not.
    var lastRead: String?
    /// Stands behind it.
    var iterator: String?
    /// The shard is closed, and nothing is left to be read of it.
    var isAtEnd = false
    /// What was read was chosen by settings that have changed meanwhile.
    private var isOutdated = false

    /// Forgets what was read, now or when the batch that is with the function is done.
    mutating func readAgain() {
        if batch == nil { self = StreamConsumer() } else { isOutdated = true }
    }

    /// The batch that was with the function is done.
    mutating func end() {
        batch = nil
        if isOutdated { self = StreamConsumer() }
    }

    mutating func take(_ record: StreamRecord) {
        records.append(record)
        size += record.event.count
    }

    mutating func drop(_ count: Int) {
        size -= records.prefix(count).reduce(0) { $0 + $1.event.count }
        records.removeFirst(count)
    }
}

/// How mappings feed functions from streams: a signal of the stream (never a timer) makes each shard's consumer read what is behind its position and
/// hand it to the function; the position moves when the function has succeeded, or the batch is given up.
extension LambdaService {
    // MARK: Beginning

    /// Finds the stream's shards and where to begin in each.
    func begin(_ mapping: inout EventSourceMapping) throws(AWSError) {
        do {
            for shard in try shards(of: mapping) {
                guard mapping.startingPosition == .latest else {
                    mapping.keep(StreamShard(id: shard.id, parent: shard.parent, position: .trimHorizon))
                    continue
                }
                if shard.isClosed {
                    mapping.keep(StreamShard(id: shard.id, parent: shard.parent, position: .trimHorizon, isFinished: true))
                } else {
                    let iterator = try iterator(mapping, shard.id, ["ShardIteratorType": "LATEST"])
                    mapping.keep(StreamShard(id: shard.id, parent: shard.parent, position: .latest(iterator: iterator)))
                }
            }
            mapping.divide()
        } catch {
            guard error.code == "ResourceNotFoundException" else { throw error }
            throw .invalidParameter("Stream not found: \(mapping.sourceARN)")
        }
    }

    // MARK: Feeding

    /// Reads what there is for a mapping, in every shard that isn't busy or waiting.
    func feedShards(_ uuid: String) {
        guard let mapping = state.mappings[uuid] else { return }
        if mapping.shards.isEmpty { discoverShards(of: uuid) }
        for shard in state.mappings[uuid]?.shards ?? [] where !shard.isFinished { feed(ConsumerKey(uuid, shard)) }
    }

    /// So often a consumer moves on over records that nobody wants before others have their turn.
    private static let roundsPerTurn = 8

    func feed(_ key: ConsumerKey) {
        var rounds = 0
        // Each round either starts a batch, waits, or moves on; a stream that has nothing more ends it.
        while consumers[key]?.batch == nil, let mapping = state.mappings[key.uuid], mapping.isActive, let shard = mapping.shard(key.shard, key.lane),
            mapping.isReady(shard, at: environment.clock.now)
        {
            do throws(AWSError) {
                try fill(key, mapping, shard)
            } catch {
                guard error.code == "ResourceNotFoundException", isGone(shard, from: mapping) else { return note("PROBLEM: \(error.message ?? error.code)", key.uuid) }
                return finish(shard, of: mapping)
            }
            guard let consumer = consumers[key] else { return }
            rounds += 1
            guard rounds <= Self.roundsPerTurn else { return feedLater(key) }
            switch step(mapping, shard, consumer) {
            case .wait(let shard):
                if shard != mapping.shard(key.shard, key.lane) { keep(shard, of: key.uuid) }
                return
            case .move(let shard): keep(shard, of: key.uuid)
            case .discard(let count): discardExpired(count, key, mapping, shard)
            case .start(let batch, let shard):
                if shard != mapping.shard(key.shard, key.lane) { keep(shard, of: key.uuid) }
                return start(batch, mapping)
            case .finish: return finish(shard, of: mapping)
            }
        }
    }

    private func feedLater(_ key: ConsumerKey) {
        let activity = environment.fabric.begin("event source mapping \(key.uuid)")
        let epoch = epoch
        Task { @CloudActor in
            if epoch == self.epoch { feed(key) }
            environment.fabric.end(activity)
        }
    }

    /// What a consumer does next.
    private enum Step {
        /// Nothing, until something comes or a time has come.
        case wait(StreamShard)
        /// On: what was read is nobody's.
        case move(StreamShard)
        /// The first records have become too old.
        case discard(Int)
        case start(StreamBatch, StreamShard)
        case finish
    }

    private func step(_ mapping: EventSourceMapping, _ shard: StreamShard, _ consumer: StreamConsumer) -> Step {
        let now = environment.clock.now
        var shard = shard
        let expired = consumer.records.prefix { !$0.isYoung(enough: mapping, now: now) }.count
        if expired > 0 { return .discard(expired) }
        if mapping.options.tumblingWindow > 0, let step = windowStep(mapping, &shard, consumer, now) { return step }
        guard !consumer.records.isEmpty else {
            // The last of them had been the batch's that failed.
            if let last = consumer.lastRead, shard.position != .after(sequenceNumber: last) {
                shard.advance(past: last)
                return consumer.isAtEnd ? .finish : .move(shard)
            }
            return consumer.isAtEnd ? .finish : .wait(shard)
        }
        let count = batchCount(mapping, shard, consumer)
        if shard.failed.isEmpty, !isFull(count, mapping, consumer), mapping.options.batchingWindow > 0 {
            let end = shard.gathering ?? now + .seconds(mapping.options.batchingWindow)
            shard.gathering = end
            guard end <= now else { return .wait(shard) }
        }
        shard.retry = nil
        shard.gathering = nil
        return .start(StreamBatch(key: ConsumerKey(mapping.uuid, shard), records: Array(consumer.records.prefix(count)), window: shard.window), shard)
    }

    /// Opens the window of the next record, or closes the one that is over.
    private func windowStep(_ mapping: EventSourceMapping, _ shard: inout StreamShard, _ consumer: StreamConsumer, _ now: Timestamp) -> Step? {
        let next = consumer.records.first.map { TumblingWindow(of: $0.created ?? Double(now.seconds), seconds: mapping.options.tumblingWindow) }
        if let open = shard.window {
            let isOver = open.isTooLarge || next.map { $0.start >= open.end } ?? (open.end <= now || consumer.isAtEnd)
            guard isOver else { return nil }
            shard.retry = nil
            return .start(StreamBatch(key: ConsumerKey(mapping.uuid, shard), records: [], window: open, isFinal: true), shard)
        }
        shard.window = next
        return nil
    }

    /// How many of the records that were read are the next batch: what failed is tried again as it was.
    private func batchCount(_ mapping: EventSourceMapping, _ shard: StreamShard, _ consumer: StreamConsumer) -> Int {
        if let failed = shard.failed.first { return max(1, consumer.records.prefix { !SequenceNumber.isBefore(failed.end, $0.sequenceNumber) }.count) }
        var count = 0
        var size = StreamBatch.envelope + (shard.window?.state.count ?? 0)
        for record in consumer.records.prefix(mapping.options.batchSize) {
            size += record.event.count + 1
            if count > 0, size > Self.payloadLimit { break }
            if let window = shard.window, let created = record.created, created >= Double(window.end.seconds) { break }
            count += 1
        }
        return count
    }

    /// Whether nothing that comes can join the batch.
    private func isFull(_ count: Int, _ mapping: EventSourceMapping, _ consumer: StreamConsumer) -> Bool {
        count >= mapping.options.batchSize || count < consumer.records.count || consumer.isAtEnd
    }

    // MARK: Shards

    /// A shard was read to its end: those that continue it are next.
    private func finish(_ shard: StreamShard, of mapping: EventSourceMapping) {
        var shard = shard
        shard.isFinished = true
        (shard.retry, shard.gathering, shard.failed, shard.window) = (nil, nil, [], nil)
        keep(shard, of: mapping.uuid)
        forgetConsumer(ConsumerKey(mapping.uuid, shard))
        discoverShards(of: mapping.uuid)
        feed(mapping.uuid)
    }

    /// Whether the stream is there without the shard: it became too old before it was read.
    private func isGone(_ shard: StreamShard, from mapping: EventSourceMapping) -> Bool {
        guard let present = try? shards(of: mapping) else { return false }
        return !present.contains { $0.id == shard.id }
    }

    /// Takes up the shards that the stream has got since, and forgets those that were read and are gone from it.
    private func discoverShards(of uuid: String) {
        guard let mapping = state.mappings[uuid], let present = try? shards(of: mapping) else { return }
        for shard in mapping.shards where shard.isFinished && !present.contains(where: { $0.id == shard.id }) {
            guard mapping.shards.allSatisfy({ $0.id != shard.id || $0.isFinished }) else { continue }
            state.mappings[uuid]?.forget(shard.id)
            environment.journal.deletePrefix(name, mapping.key(ofShard: shard.id))
        }
        for shard in present where !mapping.shards.contains(where: { $0.id == shard.id }) {
            for lane in 0..<mapping.options.parallelizationFactor {
                keep(StreamShard(id: shard.id, parent: shard.parent, lane: lane, position: .trimHorizon), of: uuid)
            }
        }
    }

    // MARK: Running

    private func start(_ batch: StreamBatch, _ mapping: EventSourceMapping) {
        lastBatch += 1
        let number = lastBatch
        consumers[batch.key, default: StreamConsumer()].batch = number
        let activity = environment.fabric.begin("batch of \(mapping.sourceARN) for \(mapping.functionARN)")
        let epoch = epoch
        Task.immediate { @CloudActor in
            let answer = await hand(batch, to: mapping)
            // The mapping may be gone, or divided in another way.
            if epoch == self.epoch, consumers[batch.key]?.batch == number {
                finish(batch, answer)
                consumers[batch.key]?.end()
                feed(batch.key)
            }
            environment.fabric.end(activity)
        }
    }

    private func hand(_ batch: StreamBatch, to mapping: EventSourceMapping) async -> BatchAnswer {
        let call = environment.call(in: ARN(mapping.functionARN)?.scope ?? mapping.scope, source: mapping.arn)
        var answer = BatchAnswer(requestID: call.requestID.uuid)
        guard let target = try? target(mapping.functionARN, call) else { return answer }
        let payload = batch.payload(from: mapping.sourceARN)
        answer.outcome = try? await invoke(target, payload, requestID: answer.requestID, trace: call.trace)
        return answer
    }
}
