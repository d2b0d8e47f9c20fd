import EventPatterns
import JSON
import Kernel

/// A shard as `DescribeStream` lists it.
struct ListedShard {
    var id: String
    var parent: String?
    var isClosed: Bool
}

/// One record of a stream, in the form in which functions receive it.
/// https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
struct StreamRecord {
    var sequenceNumber: String
    /// Seconds since the epoch, as the stream wrote it.
    var created: Double?
    /// JSON.
    var event: [UInt8]

    func isYoung(enough mapping: EventSourceMapping, now: Timestamp) -> Bool {
        guard mapping.options.maximumRecordAge >= 0, let created else { return true }
        return Double(now.milliseconds) / 1000 - created <= Double(mapping.options.maximumRecordAge)
    }
}

/// One record as `GetRecords` gives it.
struct ReadRecord {
    var members: Members
    var sequenceNumber: String
    var created: Double?

    init?(_ document: Document) {
        guard let members = document.object, let data = members["dynamodb"], let sequenceNumber = data["SequenceNumber"]?.string else { return nil }
        self.members = members
        self.sequenceNumber = sequenceNumber
        created = data["ApproximateCreationDateTime"]?.double
    }

    func event(from sourceARN: String) -> Document {
        var event = Members()
        for name in ["eventID", "eventName", "eventVersion", "eventSource", "awsRegion", "dynamodb"] {
            if let value = members[name] { event.append(name, value) }
        }
        // The streams' API has other names than events.
        if let identity = members["userIdentity"] {
            event.append("userIdentity", ["type": identity["Type"] ?? .null, "principalId": identity["PrincipalId"] ?? .null])
        }
        event.append("eventSourceARN", .string(sourceARN))
        return .object(event)
    }

    /// Which of so many lanes the record's item belongs to: always the same for the same key.
    func lane(of count: Int) -> Int {
        guard count > 1, let keys = members["dynamodb"]?["Keys"]?.object else { return 0 }
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func add(_ bytes: some Sequence<UInt8>) { for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 } }
        for member in keys.sorted(by: { $0.name < $1.name }) {
            add(member.name.utf8)
            add(member.value.json())
        }
        // The low bits of such a hash alone spread short keys badly.
        return Int((hash ^ (hash >> 32)) % UInt64(count))
    }
}

private struct StreamPage {
    var records: [ReadRecord]
    /// `nil` at the end of a closed shard.
    var next: String?
}

extension LambdaService {
    /// The most records that `GetRecords` gives at once.
    private static let pageLimit = 1000
    private static let pagesAtOnce = 100

    private func streams(_ operation: String, _ input: Document, for mapping: EventSourceMapping) throws(AWSError) -> Document {
        let call = environment.call(in: ARN(mapping.sourceARN)?.scope ?? mapping.scope, source: mapping.arn)
        return try environment.endpoint("dynamodbstreams").callNow(operation, input, call).document
    }

    func shards(of mapping: EventSourceMapping) throws(AWSError) -> [ListedShard] {
        var shards: [ListedShard] = []
        var last: Document?
        repeat {
            var input: Members = ["StreamArn": .string(mapping.sourceARN)]
            if let last { input.append("ExclusiveStartShardId", last) }
            let description = try streams("DescribeStream", .object(input), for: mapping)["StreamDescription"]
            for shard in description?["Shards"]?.array ?? [] {
                guard let id = shard["ShardId"]?.string else { continue }
                let isClosed = shard["SequenceNumberRange"]?["EndingSequenceNumber"]?.string != nil
                shards.append(ListedShard(id: id, parent: shard["ParentShardId"]?.string, isClosed: isClosed))
            }
            last = description?["LastEvaluatedShardId"]
        } while last?.string != nil
        return shards
    }

    func iterator(_ mapping: EventSourceMapping, _ shard: String, _ position: Members) throws(AWSError) -> String {
        var input: Members = ["StreamArn": .string(mapping.sourceARN), "ShardId": .string(shard)]
        for member in position { input.append(member.name, member.value) }
        guard let iterator = try streams("GetShardIterator", .object(input), for: mapping)["ShardIterator"]?.string else {
            throw AWSError("InternalFailure", "GetShardIterator answered no iterator.", status: 500)
        }
        return iterator
    }

    /// Reads on until there is a batch, or nothing more.
    func fill(_ key: ConsumerKey, _ mapping: EventSourceMapping, _ shard: StreamShard) throws(AWSError) {
        var consumer = consumers[key] ?? StreamConsumer()
        defer { consumers[key] = consumer }
        let filter = filter(of: mapping)
        let lanes = mapping.options.parallelizationFactor
        // Of records that nobody wants there may be any number.
        for _ in 0..<Self.pagesAtOnce where !consumer.isAtEnd && !consumer.has(mapping.options.batchSize, shard.failed.first?.end) {
            let limit = min(max(mapping.options.batchSize - consumer.records.count, 1), Self.pageLimit)
            let page = try read(mapping, shard, &consumer, limit)
            for record in page.records {
                consumer.lastRead = record.sequenceNumber
                guard record.lane(of: lanes) == shard.lane else { continue }
                let event = record.event(from: mapping.sourceARN)
                if let filter, !filter.matches(event) { continue }
                consumer.take(StreamRecord(sequenceNumber: record.sequenceNumber, created: record.created, event: event.json()))
            }
            consumer.iterator = page.next
            consumer.isAtEnd = page.next == nil
            if page.records.isEmpty { return }
        }
    }

    /// The records behind those that were read already.
    private func read(_ mapping: EventSourceMapping, _ shard: StreamShard, _ consumer: inout StreamConsumer, _ limit: Int) throws(AWSError) -> StreamPage {
        if let iterator = consumer.iterator {
            do {
                return try page(mapping, iterator, limit)
            } catch {
                // Iterators live for fifteen minutes; the position lives on.
                guard error.code == "ExpiredIteratorException" || error.code == "TrimmedDataAccessException" else { throw error }
                consumer = StreamConsumer()
            }
        }
        do {
            return try page(mapping, try begin(mapping, shard), limit)
        } catch {
            switch (error.code, shard.position) {
            case ("TrimmedDataAccessException", _):
                // What was to come next has expired: the oldest that is left follows.
                return try page(mapping, try iterator(mapping, shard.id, ["ShardIteratorType": "TRIM_HORIZON"]), limit)
            case ("ExpiredIteratorException", .latest):
                // Nothing came for so long that the place is lost: everything since the mapping was made is new.
                var page = try page(mapping, try iterator(mapping, shard.id, ["ShardIteratorType": "TRIM_HORIZON"]), Self.pageLimit)
                page.records.removeAll { ($0.created ?? .infinity) < Double(mapping.created.seconds) }
                return page
            default: throw error
            }
        }
    }

    private func begin(_ mapping: EventSourceMapping, _ shard: StreamShard) throws(AWSError) -> String {
        switch shard.position {
        case .trimHorizon: try iterator(mapping, shard.id, ["ShardIteratorType": "TRIM_HORIZON"])
        case .latest(let iterator): iterator
        case .after(let number):
            try iterator(mapping, shard.id, ["ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": .string(number)])
        }
    }

    private func page(_ mapping: EventSourceMapping, _ iterator: String, _ limit: Int) throws(AWSError) -> StreamPage {
        let answer = try streams("GetRecords", ["ShardIterator": .string(iterator), "Limit": .int(limit)], for: mapping)
        return StreamPage(records: (answer["Records"]?.array ?? []).compactMap { ReadRecord($0) }, next: answer["NextShardIterator"]?.string)
    }
}

extension StreamConsumer {
    /// Whether a batch of that size was read, or the whole of the one that failed.
    fileprivate func has(_ batchSize: Int, _ failedEnd: String?) -> Bool {
        if let failedEnd { return lastRead.map { !SequenceNumber.isBefore($0, failedEnd) } ?? false }
        return records.count >= batchSize || size >= LambdaService.payloadLimit
    }
}
