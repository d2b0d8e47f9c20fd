import JSON
import Kernel

/// A table's description in the journal: everything but its items.
extension Table {
    var stored: Document {
        var members: Members = [
            "name": .string(name), "arn": .string(arn), "id": .string(id), "created": .int(created.microseconds), "keys": keys.stored,
            "definitions": .array(definitions.map { [.string($0.name), .string($0.type.rawValue)] }), "status": .string(status.rawValue),
            "billing": .string(billing.rawValue), "throughput": throughput.stored, "protected": .bool(isProtected),
            "tags": .array(tags.all.map { [.string($0.key), .string($0.value)] }), "indexes": .array(indexes.map(\.stored)),
            "warm": warm.stored,
        ]
        if let change { members.append("change", .string(change.rawValue)) }
        if encryption != Encryption() { members.append("encryption", encryption.stored) }
        if let tableClassChanged { members.append("classChanged", .int(tableClassChanged.microseconds)) }
        if let statusEnds { members.append("statusEnds", .int(statusEnds.microseconds)) }
        if let lastUpdateToPayPerRequest { members.append("onDemandSince", .int(lastUpdateToPayPerRequest.microseconds)) }
        if let onDemandThroughput { members.append("onDemand", onDemandThroughput.stored) }
        if let tableClass { members.append("class", .string(tableClass)) }
        if let stream { members.append("stream", .string(stream)) }
        if let latestStream { members.append("latestStream", .string(latestStream)) }
        if let timeToLive { members.append("timeToLive", timeToLive.stored) }
        if !policies.isEmpty {
            members.append("policies", .array(policies.sorted { $0.key < $1.key }.map { [.string($0.key), .string($0.value.text), .int($0.value.revision)] }))
        }
        if !insights.isEmpty { members.append("insights", .array(insights.sorted { $0.key < $1.key }.map { [.string($0.key), $0.value.stored] })) }
        if let recovery { members.append("recovery", recovery.stored) }
        if let restored { members.append("restored", restored.stored) }
        if let replication { members.append("replication", replication.stored) }
        if let streamViewType { members.append("view", .string(streamViewType.rawValue)) }
        return .object(members)
    }

    init?(stored document: Document) {
        guard let name = document["name"]?.string, let arn = document["arn"]?.string, let id = document["id"]?.string,
            let created = document["created"]?.int, let keys = document["keys"].flatMap(KeySchema.init(stored:)),
            let status = document["status"]?.string.flatMap(ResourceStatus.init), let billing = document["billing"]?.string.flatMap(BillingMode.init),
            let throughput = document["throughput"].flatMap(Throughput.init(stored:)), let indexes = document["indexes"]?.array
        else { return nil }
        let definitions = (document["definitions"]?.array ?? []).compactMap { pair -> KeyAttribute? in
            guard let name = pair[0]?.string, let type = pair[1]?.string.flatMap(AttributeType.init) else { return nil }
            return KeyAttribute(name: name, type: type)
        }
        self.init(
            name: name, arn: arn, id: id, created: Timestamp(microseconds: Int64(created)), keys: keys, definitions: definitions, billing: billing,
            throughput: throughput, indexes: indexes.compactMap { SecondaryIndex(stored: $0, table: keys) })
        self.status = status
        statusEnds = document["statusEnds"]?.int.map { Timestamp(microseconds: Int64($0)) }
        change = document["change"]?.string.flatMap(TableChange.init)
        if let warm = document["warm"].flatMap(WarmThroughput.init(stored:)) { self.warm = warm }
        if let encryption = document["encryption"] { self.encryption = Encryption(stored: encryption) }
        tableClassChanged = document["classChanged"]?.int.map { Timestamp(microseconds: Int64($0)) }
        lastUpdateToPayPerRequest = document["onDemandSince"]?.int.map { Timestamp(microseconds: Int64($0)) }
        onDemandThroughput = document["onDemand"].map(OnDemandThroughput.init(stored:))
        isProtected = document["protected"]?.bool ?? false
        tableClass = document["class"]?.string
        tags = Tags((document["tags"]?.array ?? []).compactMap { pair in pair[0]?.string.flatMap { key in pair[1]?.string.map { Tags.Tag(key: key, value: $0) } } })
        stream = document["stream"]?.string
        latestStream = document["latestStream"]?.string
        timeToLive = document["timeToLive"].flatMap(TimeToLive.init(stored:))
        recovery = document["recovery"].flatMap(PointInTimeRecovery.init(stored:))
        restored = document["restored"].flatMap(RestoreSummary.init(stored:))
        replication = document["replication"].flatMap(Replication.init(stored:))
        for entry in document["policies"]?.array ?? [] {
            guard let arn = entry[0]?.string, let text = entry[1]?.string, let revision = entry[2]?.int else { continue }
            policies[arn] = ResourcePolicy(text: text, revision: Int64(revision))
        }
        for entry in document["insights"]?.array ?? [] {
            guard let index = entry[0]?.string, let setting = entry[1].flatMap(ContributorInsights.init(stored:)) else { continue }
            insights[index] = setting
        }
        streamViewType = document["view"]?.string.flatMap(StreamViewType.init)
    }
}

extension TimeToLive {
    var stored: Document { ["attribute": .string(attribute), "enabled": .bool(isEnabled), "changed": .int(changed.microseconds)] }

    init?(stored document: Document) {
        guard let attribute = document["attribute"]?.string, let isEnabled = document["enabled"]?.bool, let changed = document["changed"]?.int else { return nil }
        self.init(attribute: attribute, isEnabled: isEnabled, changed: Timestamp(microseconds: Int64(changed)))
    }
}

extension SecondaryIndex {
    var stored: Document {
        var members: Members = [
            "name": .string(name), "local": .bool(isLocal), "keys": keys.stored, "projection": .string(projection.kind.rawValue),
            "include": .array(projection.nonKeyAttributes.map { .string($0) }), "status": .string(status.rawValue), "warm": warm.stored,
        ]
        if let statusEnds { members.append("statusEnds", .int(statusEnds.microseconds)) }
        if let isBackfilling { members.append("backfilling", .bool(isBackfilling)) }
        if let throughput { members.append("throughput", throughput.stored) }
        if let onDemandThroughput { members.append("onDemand", onDemandThroughput.stored) }
        return .object(members)
    }

    init?(stored document: Document, table: KeySchema) {
        guard let name = document["name"]?.string, let isLocal = document["local"]?.bool, let keys = document["keys"].flatMap(KeySchema.init(stored:)),
            let kind = document["projection"]?.string.flatMap(IndexProjection.Kind.init), let status = document["status"]?.string.flatMap(ResourceStatus.init)
        else { return nil }
        let projection = IndexProjection(kind, nonKeyAttributes: (document["include"]?.array ?? []).compactMap(\.string))
        self.init(name: name, isLocal: isLocal, keys: keys, projection: projection, table: table, throughput: document["throughput"].flatMap(Throughput.init(stored:)))
        self.status = status
        statusEnds = document["statusEnds"]?.int.map { Timestamp(microseconds: Int64($0)) }
        isBackfilling = document["backfilling"]?.bool
        if let warm = document["warm"].flatMap(WarmThroughput.init(stored:)) { self.warm = warm }
        onDemandThroughput = document["onDemand"].map(OnDemandThroughput.init(stored:))
    }
}

extension Throughput {
    var stored: Document {
        var members: Members = ["read": .int(read), "write": .int(write), "decreases": .int(decreasesToday)]
        if let lastIncrease { members.append("increased", .int(lastIncrease.microseconds)) }
        if let lastDecrease { members.append("decreased", .int(lastDecrease.microseconds)) }
        return .object(members)
    }

    init?(stored document: Document) {
        guard let read = document["read"]?.int, let write = document["write"]?.int else { return nil }
        self.init(read: read, write: write)
        decreasesToday = document["decreases"]?.int ?? 0
        lastIncrease = document["increased"]?.int.map { Timestamp(microseconds: Int64($0)) }
        lastDecrease = document["decreased"]?.int.map { Timestamp(microseconds: Int64($0)) }
    }
}

extension OnDemandThroughput {
    var stored: Document {
        var members = Members()
        if let read { members.append("read", .int(read)) }
        if let write { members.append("write", .int(write)) }
        return .object(members)
    }

    init(stored document: Document) {
        read = document["read"]?.int
        write = document["write"]?.int
    }
}
