import JSON
import Kernel

/// Queries run beside everything else, some thousand events at a time.
extension CloudWatchLogsService {
    private static let slice = (events: 2000, bytes: 256 << 10)

    /// Keeps a query and starts it.
    func start(_ query: Query) throws(AWSError) {
        let stages = try QueryParser.parse(query.text)
        for (id, old) in state.queries where old.created + Query.lifetime < query.created { forget(id) }
        keep(query)
        run(query, stages)
    }

    func keep(_ query: Query) {
        state.queries[query.id] = query
        environment.journal.put(name, JournalKey.query(query.id), query.document.json())
    }

    private func forget(_ id: String) {
        state.queries[id] = nil
        environment.journal.delete(name, JournalKey.query(id))
    }

    /// Takes up what was under way.
    func resumeQueries() {
        queryEpoch += 1
        for query in state.queries.values.sorted(by: { $0.id < $1.id }) where query.status == .running {
            if let stages = try? QueryParser.parse(query.text) { run(query, stages) }
        }
    }

    private func run(_ query: Query, _ stages: [QueryStage]) {
        let groups = query.groups.compactMap { try? group(GroupName($0, in: query.scope)) }
        var run = QueryRun(query, stages, groups, at: environment.clock.now.milliseconds)
        let activity = environment.fabric.begin("query \(query.id)")
        let epoch = queryEpoch
        Task { @CloudActor in
            // Who stops it, or replaces the state, has nothing more of it.
            while epoch == queryEpoch, state.queries[query.id]?.status == .running {
                guard run.advance(by: Self.slice.events, bytes: Self.slice.bytes) else {
                    finish(query.id, run)
                    break
                }
                await Task.yield()
            }
            environment.fabric.end(activity)
        }
    }

    private func finish(_ id: String, _ run: QueryRun) {
        guard var query = state.queries[id] else { return }
        query.rows = run.rows()
        query.matched = run.matched
        query.scanned = run.scanned
        query.bytes = run.bytes
        query.status = .complete
        keep(query)
    }
}
