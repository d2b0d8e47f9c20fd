import JSON
import Kernel
import Testing
@testable import DynamoDB

@Suite("Shards and their iterators")
@CloudActor
struct ShardTests {
    let cloud: TestCloud
    static let hour: Int64 = 3600

    func table(_ members: Members = [:]) async throws -> Document {
        var all: Members = ["StreamSpecification": ["StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"]]
        for member in members { all[member.name] = member.value }
        try await cloud.makeTable("things", all)
        return try await arn()
    }

    func arn() async throws -> Document { try await cloud.call("DescribeTable", ["TableName": "things"])["Table"]?["LatestStreamArn"] ?? .null }

    func pass(hours: Int64) { cloud.environment.advance(to: cloud.environment.clock.now + .seconds(hours * Self.hour)) }

    func describe(_ arn: Document, _ more: Members = [:]) async throws -> Document {
        var input: Members = ["StreamArn": arn]
        for member in more { input.append(member.name, member.value) }
        return try await cloud.call("DescribeStream", .object(input))["StreamDescription"] ?? .null
    }

    func shards(_ arn: Document, _ more: Members = [:]) async throws -> [Document] { try await describe(arn, more)["Shards"]?.array ?? [] }

    func iterator(_ arn: Document, _ shard: Document?, _ type: String, _ sequence: Document? = nil) -> Document {
        var input: Members = ["StreamArn": arn, "ShardId": shard?["ShardId"] ?? .null, "ShardIteratorType": .string(type)]
        if let sequence { input.append("SequenceNumber", sequence) }
        return .object(input)
    }

    func read(_ arn: Document, _ shard: Document?, _ type: String = "TRIM_HORIZON", _ sequence: Document? = nil) async throws -> (keys: [String?], next: Document?) {
        let start = try await cloud.call("GetShardIterator", iterator(arn, shard, type, sequence))["ShardIterator"] ?? .null
        let page = try await cloud.call("GetRecords", ["ShardIterator": start])
        return ((page["Records"]?.array ?? []).map { $0["dynamodb"]?["Keys"]?["sk"]?["S"]?.string }, page["NextShardIterator"])
    }

    /// A stream of three shards: records 1 and 2 in the first, 3 in the second, 4 in the third, which is open.
    func threeShards() async throws -> Document {
        let arn = try await table()
        try await cloud.put("things", item("a", "1"))
        pass(hours: 3)
        try await cloud.put("things", item("a", "2"))
        pass(hours: 1)
        try await cloud.put("things", item("a", "3"))
        pass(hours: 4)
        try await cloud.put("things", item("a", "4"))
        return arn
    }

    @Test("a shard takes records for four hours; then a child begins where it ends")
    func rolling() async throws {
        let arn = try await threeShards()
        let shards = try await shards(arn)
        #expect(shards.map { $0["SequenceNumberRange"] } == [
            ["StartingSequenceNumber": "100000000000000000100", "EndingSequenceNumber": "100000000000000000101"],
            ["StartingSequenceNumber": "100000000000000000102", "EndingSequenceNumber": "100000000000000000102"],
            ["StartingSequenceNumber": "100000000000000000103"],
        ])
        #expect(shards.map { $0["ParentShardId"] } == [nil, shards[0]["ShardId"], shards[1]["ShardId"]])
        let ids = shards.compactMap { $0["ShardId"]?.string }
        #expect(ids == ids.sorted())
        #expect(ids[1].hasPrefix("shardId-00000001795262400000-"))
        #expect(try await read(arn, shards[0]).keys == ["1", "2"])
        #expect(try await read(arn, shards[1]).keys == ["3"])
        #expect(try await read(arn, shards[2]).keys == ["4"])
    }

    @Test("a stream in which nothing is written keeps its shard")
    func quiet() async throws {
        let arn = try await table()
        pass(hours: 9)
        try await cloud.put("things", item("a", "1"))
        #expect(try await shards(arn).count == 1)
    }

    @Test("the end of a closed shard has no next iterator, an open one has always")
    func ends() async throws {
        let arn = try await threeShards()
        let shards = try await shards(arn)
        #expect(try await read(arn, shards[0]).next == nil)
        #expect(try await read(arn, shards[0], "LATEST").next == nil)
        let last = shards[0]["SequenceNumberRange"]?["EndingSequenceNumber"]
        #expect(try await read(arn, shards[0], "AT_SEQUENCE_NUMBER", last).keys == ["2"])
        #expect(try await read(arn, shards[0], "AFTER_SEQUENCE_NUMBER", last) == (keys: [], next: nil))
        #expect(try await read(arn, shards[2], "LATEST").next != nil)
        let start = try await cloud.call("GetShardIterator", iterator(arn, shards[0], "TRIM_HORIZON"))["ShardIterator"] ?? .null
        let first = try await cloud.call("GetRecords", ["ShardIterator": start, "Limit": 1])
        #expect(first["NextShardIterator"] != nil)
        let second = try await cloud.call("GetRecords", ["ShardIterator": first["NextShardIterator"] ?? .null, "Limit": 1])
        #expect(second["Records"]?[0]?["dynamodb"]?["Keys"] == key("a", "2"))
        #expect(second["NextShardIterator"] == nil)
    }

    @Test("shards are described in pages, behind a start that need not exist, and as children of one")
    func describing() async throws {
        let arn = try await threeShards()
        let all = try await shards(arn)
        let first = try await describe(arn, ["Limit": 2])
        #expect(first["Shards"]?.array == Array(all[..<2]))
        #expect(first["LastEvaluatedShardId"] == all[1]["ShardId"])
        let rest = try await describe(arn, ["Limit": 2, "ExclusiveStartShardId": all[1]["ShardId"] ?? .null])
        #expect(rest["Shards"]?.array == [all[2]])
        #expect(rest["LastEvaluatedShardId"] == nil)
        #expect(try await shards(arn, ["ExclusiveStartShardId": "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"]).isEmpty)
        #expect(try await shards(arn, ["ShardFilter": ["Type": "CHILD_SHARDS", "ShardId": all[0]["ShardId"] ?? .null]]) == [all[1]])
        #expect(try await shards(arn, ["ShardFilter": ["Type": "CHILD_SHARDS", "ShardId": all[2]["ShardId"] ?? .null]]).isEmpty)
    }

    @Test("a shard goes 24 hours after its end, and the child that names it stays")
    func trimming() async throws {
        let arn = try await threeShards()
        let all = try await shards(arn)
        let old = try await cloud.environment.endpoint("dynamodbstreams").call(
            "GetShardIterator", iterator(arn, all[0], "TRIM_HORIZON"), cloud.environment.call(in: scope, source: "arn:aws:lambda:us-west-2:440939667227:function:f")
        ).document["ShardIterator"] ?? .null
        pass(hours: 18)
        // 26 hours after the first record, 23 after the second, 22 after the shard's end.
        #expect(try await read(arn, all[0]).keys == ["2"])
        #expect(await cloud.message("GetShardIterator", iterator(arn, all[0], "AT_SEQUENCE_NUMBER", "100000000000000000100"))
            == "The data you are trying to access has been trimmed")
        #expect(await cloud.error("GetRecords", ["ShardIterator": old])?.code == "TrimmedDataAccessException")
        pass(hours: 2)
        #expect(try await shards(arn) == Array(all[1...]))
        let gone = await cloud.error("GetShardIterator", iterator(arn, all[0], "TRIM_HORIZON"))
        #expect(gone?.code == "ResourceNotFoundException")
        #expect(gone?.message == "Requested resource not found: Shard does not exist")
        #expect(await cloud.error("GetRecords", ["ShardIterator": old])?.code == "TrimmedDataAccessException")
    }

    @Test("an iterator expires after fifteen minutes, in AWS's words")
    func expiry() async throws {
        let arn = try await table()
        let input = iterator(arn, try await shards(arn).first, "LATEST")
        let start = try await cloud.call("GetShardIterator", input)["ShardIterator"] ?? .null
        cloud.environment.advance(to: noon + .milliseconds(15 * 60 * 1000 - 1))
        #expect(await cloud.error("GetRecords", ["ShardIterator": start]) == nil)
        cloud.environment.advance(to: noon + .seconds(15 * 60))
        let expired = await cloud.error("GetRecords", ["ShardIterator": start])
        #expect(expired?.code == "ExpiredIteratorException")
        #expect(expired?.message == "Shard iterator has expired")
    }

    @Test("the number that a shard starts with is good before its record is there")
    func emptyShard() async throws {
        let arn = try await table()
        let shard = try #require(try await shards(arn).first)
        let start = shard["SequenceNumberRange"]?["StartingSequenceNumber"]
        #expect(try await read(arn, shard, "AT_SEQUENCE_NUMBER", start).keys.isEmpty)
        #expect(try await read(arn, shard, "AFTER_SEQUENCE_NUMBER", start).keys.isEmpty)
    }

    @Test("what the operations refuse", arguments: [
        ("ListStreams", ["Limit": 0], "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1"),
        ("ListStreams", ["Limit": 101], "1 validation error detected: Value '101' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 100"),
        ("ListStreams", ["ExclusiveStartStreamArn": "nothing-like-the-name-of-a-stream-at-all"], "Invalid StreamArn"),
        ("DescribeStream", ["StreamArn": "nothing-like-the-name-of-a-stream-at-all"], "Invalid StreamArn"),
        ("DescribeStream", ["StreamArn": "arn:aws:dynamodb:us-west-2:440939667227:table/things"], "Invalid StreamArn"),
        ("DescribeStream", ["StreamArn": "arn:aws:dynamodb:us-west-2:440939667227:table/things/stream/2020-01-01T00:00:00.000"],
            "Requested resource not found: Stream: arn:aws:dynamodb:us-west-2:440939667227:table/things/stream/2020-01-01T00:00:00.000 not found"),
        ("GetRecords", ["ShardIterator": "nonsense"], "Invalid ShardIterator"),
        ("GetRecords", ["ShardIterator": "a|1|YXxifGM="], "Invalid ShardIterator"),
        ("GetRecords", ["ShardIterator": "x", "Limit": 1001],
            "1 validation error detected: Value '1001' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 1000"),
    ] as [(String, Document, String)])
    func refusals(operation: String, input: Document, message: String) async {
        #expect(await cloud.message(operation, input) == message)
    }

    @Test("sequence numbers go with the types that name a record, and with no other")
    func sequenceNumbers() async throws {
        let arn = try await table()
        let shard = try await shards(arn).first
        for type in ["TRIM_HORIZON", "LATEST"] {
            #expect(await cloud.error("GetShardIterator", iterator(arn, shard, type, "100000000000000000100"))?.code == "ValidationException")
        }
        for type in ["AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"] {
            #expect(await cloud.error("GetShardIterator", iterator(arn, shard, type))?.code == "ValidationException")
            #expect(await cloud.error("GetShardIterator", iterator(arn, shard, type, "sdfsafglldfngjdafnasdflgnald"))?.code == "ValidationException")
            #expect(await cloud.error("GetShardIterator", iterator(arn, shard, type, "900000000000000000100"))?.code == "ValidationException")
        }
    }

    /// https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-example.html shows these three records with 26, 59 and 38 bytes.
    @Test("a record's size is that of its keys and images, as AWS's example counts it")
    func size() {
        let keys = AttributeMap([.init(name: "Id", value: .number(DynamoDBNumber(101)))])
        func image(_ message: String) -> Item { AttributeMap([.init(name: "Id", value: .number(DynamoDBNumber(101))), .init(name: "Message", value: .string(message))]) }
        func size(_ event: StreamRecord.Event, _ new: Item?, _ old: Item?) -> Int {
            StreamRecord(sequence: 1, event: event, eventID: RequestID(high: 0, low: 0), created: noon, keys: keys, newImage: new, oldImage: old).size
        }
        #expect(size(.insert, image("New item!"), nil) == 26)
        #expect(size(.modify, image("This item has changed"), image("New item!")) == 59)
        #expect(size(.remove, nil, image("This item has changed")) == 38)
    }

    @Test("a page is a thousand records at most, and one megabyte")
    func pages() async throws {
        let arn = try await table()
        let large = String(repeating: "x", count: 300_000)
        for number in 1...5 { try await cloud.put("things", item("a", "\(number)", ["x": s(large)])) }
        let shard = try await shards(arn).first
        #expect(try await read(arn, shard).keys == ["1", "2", "3"])
        for number in 0..<1005 { try await cloud.put("things", item("b", "\(number)")) }
        let after = try await cloud.call("GetShardIterator", iterator(arn, shard, "AT_SEQUENCE_NUMBER", "100000000000000000105"))["ShardIterator"] ?? .null
        #expect(try await cloud.call("GetRecords", ["ShardIterator": after])["Records"]?.array?.count == 1000)
    }

    @Test("images show attributes of every type")
    func types() async throws {
        let arn = try await table()
        let whole = item("a", "1", [
            "n": ["N": "12.5"], "b": ["B": "AAEC"], "t": ["BOOL": true], "z": ["NULL": true], "ss": ["SS": ["a", "b"]], "ns": ["NS": ["1", "2"]],
            "bs": ["BS": ["AA=="]], "m": ["M": ["l": ["L": [["S": ""], ["M": [:]]]]]],
        ])
        try await cloud.put("things", whole)
        try await cloud.call("DeleteItem", ["TableName": "things", "Key": key("a", "1")])
        let start = try await cloud.call("GetShardIterator", iterator(arn, try await shards(arn).first, "TRIM_HORIZON"))["ShardIterator"] ?? .null
        let records = try await cloud.call("GetRecords", ["ShardIterator": start])["Records"]
        let stored = try await { try await cloud.put("things", whole); return try await cloud.get("things", key("a", "1")) }()
        #expect(records?[0]?["dynamodb"]?["NewImage"] == stored)
        #expect(records?[1]?["dynamodb"]?["OldImage"] == stored)
    }

    @Test("shards, parents and horizon are there after a restart")
    func restart() async throws {
        let store = MemoryStore()
        let first = ShardTests(store)
        first.cloud.environment.attach()
        let arn = try await first.threeShards()
        first.pass(hours: 18)
        await first.cloud.environment.journal.commit()
        first.cloud.environment.detach()
        let second = ShardTests(store)
        second.cloud.environment.clock.freeze(at: first.cloud.environment.clock.now)
        try second.cloud.environment.load()
        #expect(try await second.describe(arn) == first.describe(arn))
        let shard = try await first.shards(arn).first
        #expect(try await second.read(arn, shard) == first.read(arn, shard))
        #expect(await second.cloud.error("GetShardIterator", iterator(arn, shard, "AT_SEQUENCE_NUMBER", "100000000000000000100"))?.code == "TrimmedDataAccessException")
        try await second.cloud.put("things", item("a", "5"))
        #expect(try await second.shards(arn).last?["SequenceNumberRange"]?["StartingSequenceNumber"] == "100000000000000000104")
        let entries = { (tests: ShardTests) in
            var entries: [String] = []
            tests.cloud.dynamoDB.entries { key, value in entries.append("\(key) \(String(decoding: value, as: UTF8.self))") }
            return entries.sorted()
        }
        #expect(entries(first) == store.all.sorted())
    }

    init() { cloud = TestCloud() }
    init(_ store: MemoryStore) { cloud = TestCloud(store: store) }

    @Test("a sequence number must be one of the shard's")
    func misplaced() async throws {
        let arn = try await table()
        try await cloud.put("things", item("a", "1"))
        let shard = try await shards(arn).first
        for type in ["AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"] {
            for number in ["100000000000000000001", "199999999999999999999", "999999999999999999999"] {
                #expect(await cloud.message("GetShardIterator", iterator(arn, shard, type, .string(number))) == "Invalid SequenceNumber for the shard")
            }
        }
    }
}
