import JSON
import Kernel

/// One shard of one mapping.
struct ConsumerKey: Hashable {
    var uuid: String
    var shard: String
}

/// What is known of a shard's consumer only while it runs.
struct StreamConsumer {
    /// A batch is with the function: the next one waits for it.
    var isBusy = false
    /// Stands behind the position that state knows, so that it need not be asked for again.
    var iterator: String?
}

/// How mappings feed functions: a signal of the stream (never a timer) makes each shard's consumer read what is behind its position and hand it
/// to the function; the position moves when the function has succeeded, or the batch is given up.
extension LambdaService {
    // MARK: Beginning

    /// Finds the stream's shards and where to begin in each.
    func begin(_ mapping: inout EventSourceMapping) throws(AWSError) {
        do {
            for shard in try shards(of: mapping) {
                guard mapping.startingPosition == .latest else {
                    mapping.keep(.init(id: shard.id, parent: shard.parent, position: .trimHorizon))
                    continue
                }
                if shard.isClosed {
                    mapping.keep(.init(id: shard.id, parent: shard.parent, position: .trimHorizon, isFinished: true))
                } else {
                    let iterator = try iterator(mapping, shard.id, ["ShardIteratorType": "LATEST"])
                    mapping.keep(.init(id: shard.id, parent: shard.parent, position: .latest(iterator: iterator)))
                }
            }
        } catch {
            guard error.code == "ResourceNotFoundException" else { throw error }
            throw .invalidParameter("Stream not found: \(mapping.sourceARN)")
        }
    }

    /// Begins or ceases to listen to the mapping's stream, and begins with what is there already.
    func observe(_ mapping: EventSourceMapping) {
        if let observation = observations.removeValue(forKey: mapping.uuid) { environment.fabric.cancel(observation) }
        guard mapping.isEnabled else { return }
        let uuid = mapping.uuid
        observations[uuid] = environment.fabric.observe(mapping.sourceARN) { [weak self] in self?.feed(uuid) }
        feedSoon([uuid])
    }

    /// The state is another one: every consumer begins again from what that state knows.
    func restartConsumers() {
        for observation in observations.values { environment.fabric.cancel(observation) }
        observations = [:]
        consumers = [:]
        let enabled = state.mappings.values.filter(\.isEnabled).sorted { $0.uuid < $1.uuid }
        for mapping in enabled {
            let uuid = mapping.uuid
            observations[uuid] = environment.fabric.observe(mapping.sourceARN) { [weak self] in self?.feed(uuid) }
        }
        feedSoon(enabled.map(\.uuid))
    }

    /// Feeds when the present step is over and committed: other services may not have their state yet.
    private func feedSoon(_ uuids: [String]) {
        guard !uuids.isEmpty else { return }
        let activity = environment.fabric.begin("start of event source mappings")
        Task { @CloudActor in
            await environment.journal.commit()
            await ready()
            for uuid in uuids { feed(uuid) }
            environment.fabric.end(activity)
        }
    }

    // MARK: Keeping

    func keep(_ mapping: EventSourceMapping) {
        state.mappings[mapping.uuid] = mapping
        environment.journal.put(name, mapping.key, mapping.encoded)
    }

    func keepWhole(_ mapping: EventSourceMapping) {
        keep(mapping)
        for shard in mapping.shards { environment.journal.put(name, mapping.key(of: shard), shard.encoded) }
    }

    private func keep(_ shard: EventSourceMapping.Shard, of uuid: String) {
        state.mappings[uuid]?.keep(shard)
        guard let mapping = state.mappings[uuid] else { return }
        environment.journal.put(name, mapping.key(of: shard), shard.encoded)
    }

    private func note(_ result: String, _ uuid: String) {
        guard var mapping = state.mappings[uuid], mapping.lastProcessingResult != result else { return }
        mapping.lastProcessingResult = result
        keep(mapping)
    }

    func drop(_ mapping: EventSourceMapping) {
        state.mappings[mapping.uuid] = nil
        environment.journal.delete(name, mapping.key)
        environment.journal.deletePrefix(name, mapping.shardsPrefix)
        if let observation = observations.removeValue(forKey: mapping.uuid) { environment.fabric.cancel(observation) }
        for shard in mapping.shards { consumers[ConsumerKey(uuid: mapping.uuid, shard: shard.id)] = nil }
    }

    // MARK: Feeding

    /// Reads what there is for a mapping, in every shard that isn't busy or waiting.
    func feed(_ uuid: String) {
        // What is held begins in `feedSoon`.
        guard !isHeld, let mapping = state.mappings[uuid], mapping.isEnabled else { return }
        if mapping.shards.isEmpty { discoverShards(of: uuid) }
        for shard in state.mappings[uuid]?.shards ?? [] where mapping.isReady(shard) { feed(uuid, shard.id) }
    }

    private func feed(_ uuid: String, _ shardID: String) {
        let key = ConsumerKey(uuid: uuid, shard: shardID)
        // Each round either starts a batch or moves on; a stream that has nothing more ends it.
        while consumers[key]?.isBusy != true, let mapping = state.mappings[uuid], mapping.isEnabled, var shard = mapping.shard(shardID), mapping.isReady(shard) {
            let page: StreamPage
            do throws(AWSError) {
                page = try read(mapping, shard)
            } catch {
                guard error.code == "ResourceNotFoundException", isGone(shard, from: mapping) else { return note("PROBLEM: \(error.message ?? error.code)", uuid) }
                return finish(shard, of: uuid)
            }
            let records = page.records.filter { $0.isYoung(enough: mapping, now: environment.clock.now) }
            if !records.isEmpty {
                return start(StreamBatch(key: key, records: records, next: page.next))
            }
            if let last = page.records.last {
                // All of them too old.
                shard.advance(past: last.sequenceNumber)
                keep(shard, of: uuid)
            }
            consumers[key, default: StreamConsumer()].iterator = page.next
            guard page.next == nil else {
                if page.isEmpty { return }
                continue
            }
            return finish(shard, of: uuid)
        }
    }

    /// A shard was read to its end: those that continue it are next.
    private func finish(_ shard: EventSourceMapping.Shard, of uuid: String) {
        var shard = shard
        shard.isFinished = true
        keep(shard, of: uuid)
        consumers[ConsumerKey(uuid: uuid, shard: shard.id)] = nil
        discoverShards(of: uuid)
        feed(uuid)
    }

    /// Whether the stream is there without the shard: it became too old before it was read.
    private func isGone(_ shard: EventSourceMapping.Shard, from mapping: EventSourceMapping) -> Bool {
        guard let present = try? shards(of: mapping) else { return false }
        return !present.contains { $0.id == shard.id }
    }

    /// Takes up the shards that the stream has got since, and forgets those that were read and are gone from it.
    private func discoverShards(of uuid: String) {
        guard let mapping = state.mappings[uuid], let present = try? shards(of: mapping) else { return }
        for shard in mapping.shards where shard.isFinished && !present.contains(where: { $0.id == shard.id }) {
            state.mappings[uuid]?.forget(shard.id)
            environment.journal.delete(name, mapping.key(of: shard))
        }
        for shard in present where mapping.shard(shard.id) == nil {
            keep(EventSourceMapping.Shard(id: shard.id, parent: shard.parent, position: .trimHorizon), of: uuid)
        }
    }

    private func start(_ batch: StreamBatch) {
        guard let mapping = state.mappings[batch.key.uuid] else { return }
        consumers[batch.key, default: StreamConsumer()].isBusy = true
        let activity = environment.fabric.begin("batch of \(mapping.sourceARN) for \(mapping.functionARN)")
        let epoch = epoch
        Task { @CloudActor in
            let succeeded = await hand(batch, to: mapping)
            if epoch == self.epoch {
                consumers[batch.key]?.isBusy = false
                finish(batch, succeeded: succeeded)
                feed(batch.key.uuid)
            }
            environment.fabric.end(activity)
        }
    }

    private func hand(_ batch: StreamBatch, to mapping: EventSourceMapping) async -> Bool {
        let call = environment.call(in: ARN(mapping.functionARN)?.scope ?? mapping.scope, source: mapping.arn)
        guard let target = try? target(mapping.functionARN, call) else { return false }
        let outcome = try? await invoke(target, batch.payload(from: mapping.sourceARN), requestID: call.requestID.uuid, trace: call.trace)
        return outcome.map { $0.functionError == nil } ?? false
    }

    private func finish(_ batch: StreamBatch, succeeded: Bool) {
        guard let mapping = state.mappings[batch.key.uuid], var shard = mapping.shard(batch.key.shard), let last = batch.records.last else { return }
        note(succeeded ? "OK" : "PROBLEM: Function call failed", mapping.uuid)
        shard.failures += 1
        if succeeded || mapping.maximumRetryAttempts >= 0 && shard.failures > mapping.maximumRetryAttempts {
            shard.advance(past: last.sequenceNumber)
            consumers[batch.key, default: StreamConsumer()].iterator = batch.next
            if batch.next == nil { consumers[batch.key]?.iterator = nil }
        } else {
            shard.failedCount = batch.records.count
            shard.retry = environment.clock.now + EventSourceMapping.pause(after: shard.failures)
            consumers[batch.key]?.iterator = nil
        }
        keep(shard, of: mapping.uuid)
    }

    // MARK: Retries

    /// When the next failed batch is tried again.
    var nextRetry: Timestamp? {
        var earliest: Timestamp?
        for mapping in state.mappings.values where mapping.isEnabled {
            for shard in mapping.shards {
                if let retry = shard.retry, earliest.map({ retry < $0 }) ?? true { earliest = retry }
            }
        }
        return earliest
    }

    func retryDue(_ now: Timestamp) {
        for mapping in state.mappings.values.filter(\.isEnabled).sorted(by: { $0.uuid < $1.uuid }) {
            for var shard in mapping.shards {
                guard let retry = shard.retry, retry <= now else { continue }
                shard.retry = nil
                keep(shard, of: mapping.uuid)
                if !isHeld { feed(mapping.uuid, shard.id) }
            }
        }
    }
}
