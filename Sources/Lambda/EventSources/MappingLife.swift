import EventPatterns
import JSON
import Kernel

/// How mappings are kept, change their state, and begin and cease to listen to their sources.
extension LambdaService {
    // MARK: Keeping

    func keep(_ mapping: EventSourceMapping) {
        state.mappings[mapping.uuid] = mapping
        environment.journal.put(name, mapping.key, mapping.encoded)
        wakes.set(.mapping(mapping.uuid), mapping.transition?.end)
    }

    func keepWhole(_ mapping: EventSourceMapping) {
        keep(mapping)
        for shard in mapping.shards { environment.journal.put(name, mapping.key(of: shard), shard.encoded) }
    }

    func keep(_ shard: StreamShard, of uuid: String) {
        state.mappings[uuid]?.keep(shard)
        guard let mapping = state.mappings[uuid] else { return }
        environment.journal.put(name, mapping.key(of: shard), shard.encoded)
        schedule(shard, of: mapping)
    }

    private func schedule(_ shard: StreamShard, of mapping: EventSourceMapping) {
        wakes.set(.shard(ConsumerKey(mapping.uuid, shard)), mapping.isActive ? shard.deadline : nil)
    }

    func note(_ result: String, _ uuid: String) {
        guard var mapping = state.mappings[uuid], mapping.lastProcessingResult != result else { return }
        mapping.lastProcessingResult = result
        keep(mapping)
    }

    func drop(_ mapping: EventSourceMapping) {
        forgetConsumers(of: mapping)
        state.mappings[mapping.uuid] = nil
        environment.journal.delete(name, mapping.key)
        environment.journal.deletePrefix(name, mapping.shardsPrefix)
        wakes.set(.mapping(mapping.uuid), nil)
    }

    private func forgetConsumers(of mapping: EventSourceMapping) {
        if let observation = observations.removeValue(forKey: mapping.uuid) { environment.fabric.cancel(observation) }
        for shard in mapping.shards { forgetConsumer(ConsumerKey(mapping.uuid, shard)) }
        queueConsumers[mapping.uuid] = nil
        filters[mapping.uuid] = nil
        wakes.set(.queue(mapping.uuid), nil)
    }

    func forgetConsumer(_ key: ConsumerKey) {
        consumers[key] = nil
        wakes.set(.shard(key), nil)
    }

    /// The mapping's filter, compiled once.
    func filter(of mapping: EventSourceMapping) -> EventSourceFilter? {
        guard !mapping.options.filters.isEmpty else { return nil }
        if let filter = filters[mapping.uuid] { return filter }
        // They were compiled when they were set.
        let filter = try? EventSourceFilter(mapping.options.filters)
        filters[mapping.uuid] = filter
        return filter
    }

    // MARK: States

    /// How long a passing state lasts where states are realistic.
    static let transitionDuration = Duration.seconds(5)

    /// Lets a mapping pass through a state, where states are realistic.
    func pass(_ mapping: inout EventSourceMapping, through state: String) {
        guard environment.hasRealisticStatus else { return }
        mapping.transition = .init(state: state, end: environment.clock.now + Self.transitionDuration)
    }

    private func endTransition(_ uuid: String) {
        guard var mapping = state.mappings[uuid], let transition = mapping.transition, transition.end <= environment.clock.now else { return }
        guard transition.state != "Deleting" else { return drop(mapping) }
        mapping.transition = nil
        keep(mapping)
        observe(mapping)
    }

    /// Keeps a changed mapping; what is with the function goes on.
    func change(_ mapping: EventSourceMapping, from former: EventSourceMapping) {
        var mapping = mapping
        filters[mapping.uuid] = nil
        if mapping.options.parallelizationFactor != former.options.parallelizationFactor {
            forgetConsumers(of: former)
            environment.journal.deletePrefix(name, former.shardsPrefix)
            mapping.divide()
        }
        if mapping.options.tumblingWindow != former.options.tumblingWindow {
            for var shard in mapping.shards {
                shard.window = nil
                mapping.keep(shard)
            }
        }
        for shard in mapping.shards { consumers[ConsumerKey(mapping.uuid, shard)]?.readAgain() }
        keepWhole(mapping)
        observe(mapping)
    }

    /// Begins or ceases to listen to the mapping's source, and begins with what is there already.
    func observe(_ mapping: EventSourceMapping) {
        if let observation = observations.removeValue(forKey: mapping.uuid) { environment.fabric.cancel(observation) }
        for shard in mapping.shards { schedule(shard, of: mapping) }
        guard mapping.isActive else { return }
        listen(mapping)
        feedSoon([mapping.uuid])
    }

    private func listen(_ mapping: EventSourceMapping) {
        let uuid = mapping.uuid
        observations[uuid] = environment.fabric.observe(mapping.sourceARN) { [weak self] in self?.feed(uuid) }
    }

    /// The state is another one: every consumer begins again from what that state knows.
    func restartConsumers() {
        for observation in observations.values { environment.fabric.cancel(observation) }
        observations = [:]
        consumers = [:]
        queueConsumers = [:]
        filters = [:]
        wakes = WakeSchedule()
        let all = state.mappings.values.sorted { $0.uuid < $1.uuid }
        for mapping in all {
            wakes.set(.mapping(mapping.uuid), mapping.transition?.end)
            for shard in mapping.shards { schedule(shard, of: mapping) }
            if mapping.isActive { listen(mapping) }
        }
        feedSoon(all.filter(\.isActive).map(\.uuid))
    }

    /// Feeds when the present step is over and committed: other services may not have their state yet.
    private func feedSoon(_ uuids: [String]) {
        guard !uuids.isEmpty else { return }
        let activity = environment.fabric.begin("start of event source mappings")
        let epoch = epoch
        Task { @CloudActor in
            await environment.journal.commit()
            await ready()
            if epoch == self.epoch {
                for uuid in uuids { feed(uuid) }
            }
            environment.fabric.end(activity)
        }
    }

    /// Gives a mapping's function what its source has.
    func feed(_ uuid: String) {
        // What is held begins in `feedSoon`.
        guard !isHeld, let mapping = state.mappings[uuid], mapping.isActive else { return }
        if mapping.isOfQueue { feedQueue(uuid) } else { feedShards(uuid) }
    }

    /// A function is there again that mappings may have been waiting for.
    func feedMappings(of function: Function) {
        let arn = function.arn
        feedSoon(state.mappings.values.filter { $0.isActive && ($0.functionARN == arn || $0.functionARN.hasPrefix("\(arn):")) }.map(\.uuid).sorted())
    }

    // MARK: Time

    /// Does what mappings have to do by now.
    func wakeMappings(_ now: Timestamp) {
        while let wake = wakes.popDue(now) {
            switch wake {
            case .mapping(let uuid): endTransition(uuid)
            case .shard(let key): if !isHeld { feed(key) }
            case .queue(let uuid): if !isHeld { feed(uuid) }
            }
        }
    }
}
