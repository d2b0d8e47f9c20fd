import JSON
import Kernel

/// A stream that tests write into and close: as much of the DynamoDB Streams API as a consumer uses.
@CloudActor
final class FakeStreams: CloudService {
    static let arn = "arn:aws:dynamodb:us-west-2:440939667227:table/eventos/stream/2021-12-06T02:01:51.000"

    struct Shard: Sendable {
        var id: String
        var parent: String?
        var records: [Document] = []
        var firstKept = 0
        var isClosed = false
    }

    struct State: Sendable { var shards = [Shard(id: "shardId-1")] }

    nonisolated var name: String { "fakestreams" }
    var state = State()
    var emptyState: State { State() }
    var reads = 0
    /// Iterators made before are expired.
    var generation = 0
    let environment: Environment
    private(set) lazy var endpoints = [
        Endpoint(
            "dynamodbstreams", ServiceModel(signingName: "dynamodb", protocols: [.awsJSON10], apiVersion: "2012-08-10"), service: self,
            operations: [OperationEntry(DescribeStream.self), OperationEntry(GetShardIterator.self), OperationEntry(GetRecords.self)])
    ]

    init(_ environment: Environment) { self.environment = environment }

    func load(key: [UInt8], value: [UInt8]) throws(AWSError) {}
    func entries(_ body: ([UInt8], [UInt8]) -> Void) {}

    /// Writes records with the next sequence numbers and says so.
    func write(_ names: String..., shard: Int = 0, padding: Int = 0) { write(names, shard: shard, padding: padding) }

    /// - Parameter padding: bytes that each record has more.
    func write(_ names: [String], shard: Int = 0, padding: Int = 0) {
        let filler = String(repeating: "x", count: padding)
        for name in names {
            let number = state.shards.reduce(0) { $0 + $1.records.count } + 1
            state.shards[shard].records.append([
                "awsRegion": "us-west-2", "eventID": .string("id-\(name)"), "eventName": "INSERT", "eventSource": "aws:dynamodb", "eventVersion": "1.1",
                "dynamodb": [
                    "ApproximateCreationDateTime": .int(environment.clock.now.seconds), "Keys": ["PK": ["S": .string(name)]],
                    "NewImage": .object((["PK": ["S": .string(name)]] as Members).adding(filler)), "SequenceNumber": .string("\(number)00"), "SizeBytes": 12, "StreamViewType": "NEW_IMAGE",
                ],
            ])
        }
        environment.fabric.signal(Self.arn)
    }

    /// The first shard becomes too old.
    func forgetFirst() { state.shards.removeFirst() }

    func split() {
        state.shards[0].isClosed = true
        state.shards.append(Shard(id: "shardId-2", parent: "shardId-1"))
        environment.fabric.signal(Self.arn)
    }
}

extension FakeStreams {
    enum DescribeStream: Operation {
        static func read(_ fields: inout Fields) throws(AWSError) -> String { try fields.requiredString("StreamArn") }
        static func run(_ arn: String, on streams: FakeStreams, _ call: Call) throws(AWSError) -> Document {
            guard arn == FakeStreams.arn else { throw AWSError("ResourceNotFoundException", "Requested resource not found: Stream: \(arn) not found") }
            let shards = streams.state.shards.map { shard -> Document in
                var members: Members = ["ShardId": .string(shard.id), "SequenceNumberRange": shard.isClosed ? ["EndingSequenceNumber": "900"] : [:]]
                if let parent = shard.parent { members.append("ParentShardId", .string(parent)) }
                return .object(members)
            }
            return ["StreamDescription": ["StreamArn": .string(arn), "Shards": .array(shards)]]
        }
        static func write(_ output: Document) -> Reply { Reply(output) }
    }

    enum GetShardIterator: Operation {
        static func read(_ fields: inout Fields) throws(AWSError) -> (shard: String, kind: String, after: String?) {
            (try fields.requiredString("ShardId"), try fields.requiredString("ShardIteratorType"), try fields.string("SequenceNumber"))
        }
        static func run(_ input: (shard: String, kind: String, after: String?), on streams: FakeStreams, _ call: Call) throws(AWSError) -> Document {
            guard let index = streams.state.shards.firstIndex(where: { $0.id == input.shard }) else { throw AWSError("ResourceNotFoundException", "no shard") }
            let shard = streams.state.shards[index]
            let position: Int
            switch input.kind {
            case "TRIM_HORIZON": position = shard.firstKept
            case "LATEST": position = shard.records.count
            default:
                let found = shard.records.firstIndex { $0["dynamodb"]?["SequenceNumber"]?.string == input.after } ?? -1
                if found + 1 < shard.firstKept { throw AWSError("TrimmedDataAccessException", "trimmed") }
                position = found + 1
            }
            return ["ShardIterator": .string("\(index)/\(position)/\(streams.generation)")]
        }
        static func write(_ output: Document) -> Reply { Reply(output) }
    }

    enum GetRecords: Operation {
        static func read(_ fields: inout Fields) throws(AWSError) -> (iterator: String, limit: Int) {
            (try fields.requiredString("ShardIterator"), try fields.requiredInt("Limit", .range(min: 1, max: 1000)))
        }
        static func run(_ input: (iterator: String, limit: Int), on streams: FakeStreams, _ call: Call) throws(AWSError) -> Document {
            streams.reads += 1
            let parts = input.iterator.split(separator: "/").compactMap { Int($0) }
            guard parts[2] == streams.generation else { throw AWSError("ExpiredIteratorException", "expired") }
            let shard = streams.state.shards[parts[0]]
            let records = Array(shard.records.dropFirst(parts[1]).prefix(input.limit))
            let end = parts[1] + records.count
            var answer: Members = ["Records": .array(records)]
            if !(shard.isClosed && end == shard.records.count) {
                answer.append("NextShardIterator", .string("\(parts[0])/\(end)/\(streams.generation)"))
            }
            return .object(answer)
        }
        static func write(_ output: Document) -> Reply { Reply(output) }
    }
}

extension Members {
    fileprivate func adding(_ filler: String) -> Members {
        guard !filler.isEmpty else { return self }
        var members = self
        members.append("Filler", ["S": .string(filler)])
        return members
    }
}
