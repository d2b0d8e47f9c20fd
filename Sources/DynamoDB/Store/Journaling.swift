import Collections
import JSON
import Kernel

/// The state as entries of the journal.
extension DynamoDBService {
    package func load(key: [UInt8], value: [UInt8]) throws(AWSError) {
        guard let (scope, entry) = JournalKey.read(key) else { throw Self.unreadable }
        let document: Document
        do throws(JSONError) { document = try Document(json: value) } catch { throw Self.unreadable }
        switch entry {
        case .token(let token):
            guard let made = TransactionTokens.Made(stored: document) else { throw Self.unreadable }
            state.regions[scope, default: RegionState()].tokens.add(token, made)
        case .table(let name):
            guard let table = Table(stored: document) else { throw Self.unreadable }
            state.regions[scope, default: RegionState()].tables[name] = table
        case .item(let name, let place):
            let item = StoredItem(try Item(document))
            state.regions[scope]?.tables[name]?.write(item, at: place)
        case .replaced(let name, let number):
            guard let replaced = PointInTimeRecovery.Replaced(stored: document) else { throw Self.unreadable }
            state.regions[scope]?.tables[name]?.recovery?.restore(replaced, number)
        case .backup(let arn):
            guard let backup = Backup(stored: document) else { throw Self.unreadable }
            state.regions[scope, default: RegionState()].backups[arn] = backup
        case .backupItem(let arn, let place):
            let item = StoredItem(try Item(document))
            state.regions[scope]?.backups[arn]?.table.write(item, at: place)
        case .stream(let arn):
            guard let stream = Stream(stored: document) else { throw Self.unreadable }
            state.regions[scope, default: RegionState()].streams[arn] = stream
        case .record(let arn, let sequence):
            guard let record = StreamRecord(stored: document, sequence: sequence) else { throw Self.unreadable }
            state.regions[scope]?.streams[arn]?.restore(record)
        }
    }

    private static let unreadable = AWSError("InternalFailure", "The store's entry of a table can't be read.", status: 500)

    package func entries(_ body: (_ key: [UInt8], _ value: [UInt8]) -> Void) {
        for (scope, region) in state.regions.sorted(by: { $0.key < $1.key }) {
            for (token, made) in region.tokens.made { body(JournalKey.token(String(decoding: token.array, as: UTF8.self), scope), made.stored.json()) }
            for (arn, stream) in region.streams.sorted(by: { $0.key < $1.key }) {
                body(JournalKey.description(ofStream: arn, scope), stream.document.json())
                for (sequence, record) in stream.records { body(JournalKey.record(sequence, of: arn, scope), record.stored.json()) }
            }
            for (name, table) in region.tables.sorted(by: { $0.key < $1.key }) {
                body(JournalKey.description(ofTable: name, scope), table.stored.json())
                for (place, stored) in table.items { body(JournalKey.item(place, of: name, scope), stored.item.document.json()) }
                guard let recovery = table.recovery else { continue }
                for (number, replaced) in recovery.log { body(JournalKey.replaced(number, of: name, scope), replaced.stored.json()) }
            }
            for (arn, backup) in region.backups.sorted(by: { $0.key < $1.key }) {
                body(JournalKey.description(ofBackup: arn, scope), backup.stored.json())
                for (place, stored) in backup.table.items { body(JournalKey.item(place, ofBackup: arn, scope), stored.item.document.json()) }
            }
        }
    }

    package func stateWasReplaced() {
        state.nextDeadline = state.regions.values.compactMap(\.nextDeadline).min()
    }
}

extension TransactionTokens.Made {
    var stored: Document {
        [
            "fingerprint": .string(Hex.text(fingerprint.high, digits: 16) + Hex.text(fingerprint.low, digits: 16)), "expires": .int(expires.microseconds),
            "reads": .array(reads.map { [.string($0.table), .int(Int($0.units))] }),
        ]
    }

    init?(stored document: Document) {
        guard let text = document["fingerprint"]?.string, text.utf8.count == 32, let high = UInt64(text.prefix(16), radix: 16),
            let low = UInt64(text.suffix(16), radix: 16), let expires = document["expires"]?.int
        else { return nil }
        let reads = (document["reads"]?.array ?? []).compactMap { read -> TransactionTokens.TableRead? in
            guard let table = read[0]?.string, let units = read[1]?.int else { return nil }
            return TransactionTokens.TableRead(table: table, units: Double(units))
        }
        self.init(fingerprint: RequestID(high: high, low: low), reads: reads, expires: Timestamp(microseconds: Int64(expires)))
    }
}

extension StreamRecord {
    var stored: Document {
        var members: Members = [
            "event": .string(event.rawValue), "id": .string(Hex.text(eventID.high, digits: 16) + Hex.text(eventID.low, digits: 16)),
            "created": .int(created.microseconds), "keys": keys.document,
        ]
        if let newImage { members.append("new", newImage.document) }
        if let oldImage { members.append("old", oldImage.document) }
        if isExpiry { members.append("expiry", true) }
        return .object(members)
    }

    init?(stored document: Document, sequence: UInt64) {
        guard let event = document["event"]?.string.flatMap(Event.init), let id = document["id"]?.string, id.utf8.count == 32,
            let high = UInt64(id.prefix(16), radix: 16), let low = UInt64(id.suffix(16), radix: 16),
            let created = document["created"]?.int, let keys = document["keys"].flatMap({ try? Item($0) })
        else { return nil }
        self.init(
            sequence: sequence, event: event, eventID: RequestID(high: high, low: low), created: Timestamp(microseconds: Int64(created)), keys: keys,
            newImage: document["new"].flatMap { try? Item($0) }, oldImage: document["old"].flatMap { try? Item($0) },
            isExpiry: document["expiry"]?.bool ?? false)
    }
}

extension Stream {
    /// The stream without its records.
    var document: Document {
        var members: Members = [
            "arn": .string(arn), "label": .string(label), "table": .string(tableName), "view": .string(view.rawValue), "keys": keys.stored,
            "created": .int(created.microseconds), "shards": .array(shards.map(\.stored)), "horizon": .string("\(horizon)"),
        ]
        if let closed { members.append("closed", .int(closed.microseconds)) }
        return .object(members)
    }

    init?(stored document: Document) {
        guard let arn = document["arn"]?.string, let label = document["label"]?.string, let table = document["table"]?.string,
            let view = document["view"]?.string.flatMap(StreamViewType.init), let keys = document["keys"].flatMap(KeySchema.init(stored:)),
            let created = document["created"]?.int, let shards = document["shards"]?.array?.compactMap({ Shard(stored: $0) }), !shards.isEmpty,
            let horizon = document["horizon"]?.string.flatMap({ UInt64($0) })
        else { return nil }
        self.init(
            arn: arn, label: label, tableName: table, view: view, keys: keys, created: Timestamp(microseconds: Int64(created)),
            closed: document["closed"]?.int.map { Timestamp(microseconds: Int64($0)) }, shards: shards, horizon: horizon)
    }
}

extension Shard {
    var stored: Document {
        var members: Members = ["id": .string(id), "start": .string("\(start)"), "opened": .int(opened.microseconds)]
        if let parent { members.append("parent", .string(parent)) }
        if let end { members.append("end", .string("\(end)")) }
        if let closed { members.append("closed", .int(closed.microseconds)) }
        return .object(members)
    }

    init?(stored document: Document) {
        guard let id = document["id"]?.string, let start = document["start"]?.string.flatMap({ UInt64($0) }), let opened = document["opened"]?.int else { return nil }
        self.init(
            id: id, parent: document["parent"]?.string, start: start, opened: Timestamp(microseconds: Int64(opened)),
            end: document["end"]?.string.flatMap { UInt64($0) }, closed: document["closed"]?.int.map { Timestamp(microseconds: Int64($0)) })
    }
}

extension KeySchema {
    /// Names and types by turns: the partition key and the sort key. With several attributes, a list of such lists for each.
    var stored: Document {
        guard isMultiAttribute else { return Self.stored([partition] + (sort.map { [$0] } ?? [])) }
        return .array([Self.stored(partitions), Self.stored(sorts)])
    }

    init?(stored document: Document) {
        guard let parts = document.array else { return nil }
        if parts.first?.string == nil {
            guard parts.count == 2, let partitions = Self.attributes(parts[0]), let sorts = Self.attributes(parts[1]) else { return nil }
            self.init(partitions: partitions, sorts: sorts)
        } else {
            guard let keys = Self.attributes(document), let partition = keys.first, keys.count <= 2 else { return nil }
            self.init(partition: partition, sort: keys.count == 2 ? keys[1] : nil)
        }
    }

    private static func stored(_ keys: [KeyAttribute]) -> Document {
        .array(keys.flatMap { [.string($0.name), .string($0.type.rawValue)] })
    }

    private static func attributes(_ document: Document) -> [KeyAttribute]? {
        guard let texts = document.array?.compactMap(\.string), texts.count % 2 == 0 else { return nil }
        var keys: [KeyAttribute] = []
        for position in stride(from: 0, to: texts.count, by: 2) {
            guard let type = AttributeType(rawValue: texts[position + 1]) else { return nil }
            keys.append(KeyAttribute(name: texts[position], type: type))
        }
        return keys
    }
}
