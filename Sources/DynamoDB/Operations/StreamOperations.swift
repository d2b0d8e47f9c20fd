import JSON
import Kernel

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_ListStreams.html
enum ListStreams: Operation {
    struct Input {
        var table: String?
        var limit: Int
        var start: String?
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let table = try fields.string("TableName", .namePattern, .length(min: 3, max: 255))
        let limit = try fields.int("Limit", .range(min: 1, max: 100)) ?? 100
        let start = try fields.string("ExclusiveStartStreamArn", .length(min: 37, max: 1024))
        try fields.check()
        if let start { try DynamoDBService.checkStreamARN(start) }
        return Input(table: table, limit: limit, start: start)
    }

    static func run(_ input: Input, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        let all = service.state.regions[call.scope]?.streams.values.filter { stream in input.table.map { stream.tableName == $0 } ?? true } ?? []
        var streams = all.sorted { $0.arn < $1.arn }
        if let start = input.start { streams.removeAll { $0.arn <= start } }
        let page = streams.prefix(input.limit)
        var members: Members = [
            "Streams": .array(page.map { ["StreamArn": .string($0.arn), "TableName": .string($0.tableName), "StreamLabel": .string($0.label)] })
        ]
        if page.count < streams.count, let last = page.last { members.append("LastEvaluatedStreamArn", .string(last.arn)) }
        return .object(members)
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_DescribeStream.html
enum DescribeStream: Operation {
    struct Input {
        var arn: String
        var limit: Int
        var start: String?
        /// Only the shards that follow that one.
        var parent: String?
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let arn = try fields.requiredString("StreamArn", .length(min: 37, max: 1024))
        let limit = try fields.int("Limit", .range(min: 1, max: 100)) ?? 100
        let start = try fields.string("ExclusiveStartShardId", .length(min: 28, max: 65))
        let filter = try fields.structure("ShardFilter") { (fields) throws(AWSError) in
            let type = try fields.string("Type", .oneOf(["CHILD_SHARDS"]))
            return (type: type, shard: try fields.string("ShardId", .length(min: 28, max: 65)))
        }
        try fields.check()
        if let filter {
            // The words are a guess: AWS documents only that the two belong together.
            guard filter.type != nil, filter.shard != nil else {
                throw .validation("One or more parameter values were invalid: ShardFilter requires both Type and ShardId")
            }
        }
        return Input(arn: arn, limit: limit, start: start, parent: filter?.shard)
    }

    static func run(_ input: Input, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        let stream = try service.stream(input.arn, call)
        // A start that doesn't exist is no error: shards are listed in the order of their ids, behind it.
        let shards = stream.shards.filter { shard in
            (input.start.map { $0 < shard.id } ?? true) && (input.parent.map { $0 == shard.parent } ?? true)
        }
        let page = shards.prefix(input.limit)
        var description: Members = [
            "StreamArn": .string(stream.arn), "StreamLabel": .string(stream.label),
            "StreamStatus": .string(stream.status(at: call.now, isRealistic: service.environment.hasRealisticStatus)),
            "StreamViewType": .string(stream.view.rawValue), "CreationRequestDateTime": stream.created.document,
            "TableName": .string(stream.tableName), "KeySchema": stream.keys.document, "Shards": .array(page.map(\.document)),
        ]
        if page.count < shards.count, let last = page.last { description.append("LastEvaluatedShardId", .string(last.id)) }
        return ["StreamDescription": .object(description)]
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetShardIterator.html
enum GetShardIterator: Operation {
    struct Input {
        var arn: String
        var shard: String
        var type: String
        var sequence: String?

        var namesRecord: Bool { type == "AT_SEQUENCE_NUMBER" || type == "AFTER_SEQUENCE_NUMBER" }
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let arn = try fields.requiredString("StreamArn", .length(min: 37, max: 1024))
        let shard = try fields.requiredString("ShardId", .length(min: 28, max: 65))
        let types = ["TRIM_HORIZON", "LATEST", "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"]
        let type = try fields.requiredString("ShardIteratorType", .oneOf(types))
        let sequence = try fields.string("SequenceNumber", .length(min: 21, max: 40))
        try fields.check()
        let input = Input(arn: arn, shard: shard, type: type, sequence: sequence)
        try checkSequence(input)
        return input
    }

    /// A sequence number belongs to two of the types, and only to them. That AWS refuses both is recorded, its words aren't.
    private static func checkSequence(_ input: Input) throws(AWSError) {
        if input.namesRecord {
            guard let text = input.sequence else {
                throw .validation("Invalid Request: SequenceNumber is required for ShardIteratorType \(input.type)")
            }
            guard text.utf8.allSatisfy({ $0 &- 48 < 10 }) else { throw .validation("Invalid SequenceNumber: \(text)") }
        } else if input.sequence != nil {
            throw .validation("Invalid Request: SequenceNumber is not allowed for ShardIteratorType \(input.type)")
        }
    }

    static func run(_ input: Input, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        let stream = try service.stream(input.arn, call)
        guard let shard = stream.shard(input.shard) else { throw DynamoDBService.noSuchShard }
        let position: UInt64
        switch input.type {
        case "TRIM_HORIZON": position = stream.horizon(of: shard)
        case "LATEST": position = stream.end(of: shard)
        default: position = try named(input, shard, of: stream)
        }
        let iterator = ShardIterator(stream: stream.arn, shard: shard.id, position: position, expires: ShardIterator.expiry(for: call))
        return ["ShardIterator": .string(iterator.text)]
    }

    /// The position at or after a sequence number. The one that the shard starts with is good before its record is there.
    private static func named(_ input: Input, _ shard: Shard, of stream: Stream) throws(AWSError) -> UInt64 {
        guard let text = input.sequence, let number = SequenceNumber.number(text), number >= shard.start,
            number < stream.end(of: shard) || number == shard.start
        else { throw .validation("Invalid SequenceNumber for the shard") }
        let position = input.type == "AT_SEQUENCE_NUMBER" || number >= stream.end(of: shard) ? number : number + 1
        guard position >= stream.horizon(of: shard) else { throw DynamoDBService.trimmed }
        return position
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html
enum GetRecords: Operation {
    struct Input {
        var iterator: String
        var limit: Int
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let iterator = try fields.requiredString("ShardIterator", .length(min: 1, max: 2048))
        return Input(iterator: iterator, limit: try fields.int("Limit", .range(min: 1, max: 1000)) ?? 1000)
    }

    static func run(_ input: Input, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        guard let iterator = ShardIterator(input.iterator), ARN(iterator.stream) != nil else { throw .validation("Invalid ShardIterator") }
        let stream = try service.stream(iterator.stream, call)
        if let expires = iterator.expires, expires <= call.now { throw AWSError("ExpiredIteratorException", "Shard iterator has expired") }
        guard let shard = stream.shard(iterator.shard) else {
            throw iterator.position < stream.horizon ? DynamoDBService.trimmed : DynamoDBService.noSuchShard
        }
        guard iterator.position >= shard.start, iterator.position <= stream.end(of: shard) else { throw .validation("Invalid ShardIterator") }
        guard iterator.position >= stream.horizon(of: shard) else { throw DynamoDBService.trimmed }
        let records = stream.page(of: shard, from: iterator.position, limit: input.limit)
        let position = records.last.map { $0.sequence + 1 } ?? iterator.position
        var members: Members = ["Records": .array(records.map { $0.document(stream.view, region: ARN(stream.arn)?.region ?? call.region) })]
        // A closed shard that was read to its end has no next iterator.
        if shard.isOpen || position < stream.end(of: shard) && !records.isEmpty {
            let next = ShardIterator(stream: stream.arn, shard: iterator.shard, position: position, expires: ShardIterator.expiry(for: call))
            members.append("NextShardIterator", .string(next.text))
        }
        return .object(members)
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

extension ShardIterator {
    /// Services inside the cloud keep theirs for as long as they like.
    static func expiry(for call: Call) -> Timestamp? { call.source == nil ? call.now + lifetime : nil }
}

extension Stream {
    /// Where statuses are realistic a stream takes a few seconds to be turned on and off; what it takes meanwhile is in it all the same.
    @CloudActor
    func status(at now: Timestamp, isRealistic: Bool) -> String {
        if let closed { return isRealistic && now < closed + DynamoDBService.statusDuration ? "DISABLING" : "DISABLED" }
        return isRealistic && now < created + DynamoDBService.statusDuration ? "ENABLING" : "ENABLED"
    }
}

extension DynamoDBService {
    static let trimmed = AWSError("TrimmedDataAccessException", "The data you are trying to access has been trimmed")
    static let noSuchShard = AWSError("ResourceNotFoundException", "Requested resource not found: Shard does not exist")

    /// `arn:aws:dynamodb:REGION:ACCOUNT:table/NAME/stream/LABEL`
    static func checkStreamARN(_ text: String) throws(AWSError) {
        let parts = ARN(text).map { $0.service == "dynamodb" ? $0.resource.split(separator: "/", omittingEmptySubsequences: false) : [] } ?? []
        guard parts.count == 4, parts[0] == "table", parts[2] == "stream", !parts[1].isEmpty, !parts[3].isEmpty else { throw .validation("Invalid StreamArn") }
    }

    /// A stream by its ARN.
    func stream(_ arn: String, _ call: Call) throws(AWSError) -> Stream {
        try Self.checkStreamARN(arn)
        guard let stream = state.regions[ARN(arn)?.scope ?? call.scope]?.streams[arn] else {
            throw AWSError("ResourceNotFoundException", "Requested resource not found: Stream: \(arn) not found")
        }
        return stream
    }
}
