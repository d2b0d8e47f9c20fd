import Collections
import JSON
import Kernel

/// Which group and stream an id of the journal means.
struct LoadingIndex {
    var groups: [UInt64: GroupName] = [:]
    var streams: [UInt64: String] = [:]
}

/// How CloudWatch Logs stand in the journal: groups with their settings, streams, and what was put into them, one entry a batch.
extension CloudWatchLogsService {
    func keep(_ group: LogGroup) { environment.journal.put(name, JournalKey.group(group.id), group.document.json()) }

    func keep(_ stream: LogStream, of group: UInt64) {
        environment.journal.put(name, JournalKey.stream(group, stream.id), stream.document.json())
    }

    func keep(_ batch: ArraySlice<InputLogEvent>, number: UInt64, of stream: UInt64, in group: UInt64, at now: Int64) {
        environment.journal.put(name, JournalKey.batch(group, stream, number), BatchEncoding.encode(batch, at: now))
    }

    func keepPolicies(in scope: Scope) {
        let policies = state.policies[scope] ?? []
        guard !policies.isEmpty else { return environment.journal.delete(name, JournalKey.policies(scope)) }
        environment.journal.put(name, JournalKey.policies(scope), Document.array(policies.map(\.document)).json())
    }

    package func load(key: [UInt8], value: [UInt8]) throws(AWSError) {
        guard let kind = key.first, take(kind, key.dropFirst(), value) else {
            throw AWSError("InternalFailure", "An entry of CloudWatch Logs in the store can't be read.", status: 500)
        }
    }

    private func take(_ kind: UInt8, _ key: ArraySlice<UInt8>, _ value: [UInt8]) -> Bool {
        switch kind {
        case 1: takeGroup(key, value)
        case 2: takeStream(key, value)
        case 3: takeBatch(key, value)
        case 4: takePolicies(key, value)
        case 5: takeQuery(key, value)
        default: false
        }
    }

    private func takeGroup(_ key: ArraySlice<UInt8>, _ value: [UInt8]) -> Bool {
        guard let id = JournalKey.number(key, at: 0), let document = try? Document(json: value), let group = LogGroup(id: id, document) else { return false }
        let name = GroupName(group.name, in: group.scope)
        loading.groups[id] = name
        state.lastID = max(state.lastID, id)
        state.groups[group.scope, default: SortedMap()].updateValue(group, forKey: name.key)
        return true
    }

    private func takeStream(_ key: ArraySlice<UInt8>, _ value: [UInt8]) -> Bool {
        guard let group = JournalKey.number(key, at: 0).flatMap({ loading.groups[$0] }), let id = JournalKey.number(key, at: 1),
            let document = try? Document(json: value), let stream = LogStream(id: id, document)
        else { return false }
        loading.streams[id] = stream.name
        state.lastID = max(state.lastID, id)
        return (try? withGroup(group) { _ = $0.streams.updateValue(stream, forKey: Bytes(utf8: stream.name)) }) != nil
    }

    private func takeBatch(_ key: ArraySlice<UInt8>, _ value: [UInt8]) -> Bool {
        guard let group = JournalKey.number(key, at: 0).flatMap({ loading.groups[$0] }), let stream = JournalKey.number(key, at: 1).flatMap({ loading.streams[$0] }),
            let number = JournalKey.number(key, at: 2), let (batch, time) = BatchEncoding.decode(value),
            let size = try? withStream(stream, of: group, { $0.append(batch, number: number, at: time) })
        else { return false }
        return (try? withGroup(group) { $0.storedBytes += size }) != nil
    }

    private func takePolicies(_ key: ArraySlice<UInt8>, _ value: [UInt8]) -> Bool {
        let parts = String(decoding: key, as: UTF8.self).split(separator: "|").map(String.init)
        guard parts.count == 2, let list = (try? Document(json: value))?.array else { return false }
        state.policies[Scope(account: parts[0], region: parts[1])] = list.compactMap { ResourcePolicy($0) }
        return true
    }

    private func takeQuery(_ key: ArraySlice<UInt8>, _ value: [UInt8]) -> Bool {
        let id = String(decoding: key, as: UTF8.self)
        guard let document = try? Document(json: value), let query = Query(id: id, document) else { return false }
        state.queries[id] = query
        return true
    }

    package func entries(_ body: ([UInt8], [UInt8]) -> Void) {
        for group in state.groups.values.flatMap({ $0.map(\.value) }) {
            body(JournalKey.group(group.id), group.document.json())
            for (_, stream) in group.streams {
                body(JournalKey.stream(group.id, stream.id), stream.document.json())
                for (number, batch, time) in stream.batches { body(JournalKey.batch(group.id, stream.id, number), BatchEncoding.encode(batch[...], at: time)) }
            }
        }
        for query in state.queries.values { body(JournalKey.query(query.id), query.document.json()) }
        for (scope, policies) in state.policies { body(JournalKey.policies(scope), Document.array(policies.map(\.document)).json()) }
    }

    package func stateWasReplaced() {
        loading = LoadingIndex()
        resumeQueries()
    }
}

extension LogStream {
    /// What it was given, batch by batch, without what has expired.
    var batches: [(number: UInt64, events: [InputLogEvent], time: Int64)] {
        var batches: [UInt64: (events: [InputLogEvent], time: Int64)] = [:]
        for (position, event) in events {
            batches[position.batch, default: ([], event.ingested)].events.append(InputLogEvent(timestamp: position.timestamp, message: event.message))
        }
        return batches.sorted { $0.key < $1.key }.map { ($0.key, $0.value.events, $0.value.time) }
    }

    var document: Document {
        var members: Members = ["name": .string(name), "created": .int(created), "batch": .int(lastBatch)]
        members["lastEvent"] = lastEventTimestamp.map { .int($0) }
        members["lastIngestion"] = lastIngestion.map { .int($0) }
        return .object(members)
    }

    init?(id: UInt64, _ document: Document) {
        guard let name = document["name"]?.string, let created = document["created"]?.int else { return nil }
        self.init(id: id, name: name, created: Int64(created))
        lastBatch = UInt64(clamping: document["batch"]?.int ?? 0)
        lastEventTimestamp = document["lastEvent"]?.int.map { Int64($0) }
        lastIngestion = document["lastIngestion"]?.int.map { Int64($0) }
    }
}

extension LogGroup {
    var document: Document {
        var members: Members = [
            "name": .string(name), "account": .string(scope.account), "region": .string(scope.region), "created": .int(created), "class": .string(logClass.rawValue),
        ]
        members["retention"] = retentionDays.map { .int($0) }
        members["kmsKey"] = kmsKeyID.map { .string($0) }
        if isProtected { members.append("protected", true) }
        if !tags.isEmpty { members.append("tags", .tags(tags)) }
        if !subscriptionFilters.isEmpty { members.append("subscriptionFilters", .array(subscriptionFilters.map(\.document))) }
        if !metricFilters.isEmpty { members.append("metricFilters", .array(metricFilters.map(\.document))) }
        return .object(members)
    }

    init?(id: UInt64, _ document: Document) {
        guard let name = document["name"]?.string, let account = document["account"]?.string, let region = document["region"]?.string,
            let created = document["created"]?.int, let logClass = document["class"]?.string.flatMap({ Class(rawValue: $0) })
        else { return nil }
        self.init(id: id, name: name, scope: Scope(account: account, region: region), created: Int64(created))
        self.logClass = logClass
        retentionDays = document["retention"]?.int
        kmsKeyID = document["kmsKey"]?.string
        isProtected = document["protected"]?.bool ?? false
        for member in document["tags"]?.object ?? Members() { tags[member.name] = member.value.string }
        subscriptionFilters = document["subscriptionFilters"]?.array?.compactMap { SubscriptionFilter($0) } ?? []
        metricFilters = document["metricFilters"]?.array?.compactMap { MetricFilter($0) } ?? []
    }
}

extension Document {
    /// Tags in the order of their keys.
    static func tags(_ tags: [String: String]) -> Document {
        .object(Members(tags.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: .string($0.value)) }))
    }
}
