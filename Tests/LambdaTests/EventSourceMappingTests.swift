import JSON
import Kernel
@testable import Lambda
import Testing

@Suite("Event source mappings")
@CloudActor
struct EventSourceMappingTests {
    struct Trouble: Error {}

    /// The names of a batch's records.
    nonisolated static func names(_ payload: [UInt8]) throws -> String {
        try (Document(json: payload)["Records"]?.array ?? []).compactMap { $0["dynamodb"]?["Keys"]?["PK"]?["S"]?.string }.joined(separator: ",")
    }

    /// A function that notes what it is given.
    private func listener(_ cloud: TestCloud, _ name: String = "listen") async throws -> Seen<String> {
        let seen = Seen<String>()
        try await cloud.function(name) { payload, _ in seen.append(try Self.names(payload)); return [] }
        return seen
    }

    @Test("a mapping is answered with every member that AWS answers")
    func create() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        _ = try await listener(cloud)
        let mapping = try await cloud.mapping("listen", ["BatchSize": 1])
        let uuid = try #require(mapping["UUID"]?.string)
        let expected: Members = [
            "UUID": .string(uuid), "StartingPosition": "LATEST", "BatchSize": 1, "MaximumBatchingWindowInSeconds": 0, "ParallelizationFactor": 1,
            "EventSourceArn": .string(FakeStreams.arn), "FunctionArn": "arn:aws:lambda:us-west-2:440939667227:function:listen",
            "LastModified": 1_638_756_111, "LastProcessingResult": "No records processed", "State": "Enabled", "StateTransitionReason": "User action",
            "DestinationConfig": ["OnFailure": [:]], "MaximumRecordAgeInSeconds": -1, "BisectBatchOnFunctionError": false, "MaximumRetryAttempts": -1,
            "TumblingWindowInSeconds": 0, "FunctionResponseTypes": [],
            "EventSourceMappingArn": .string("arn:aws:lambda:us-west-2:440939667227:event-source-mapping:\(uuid)"),
        ]
        #expect(mapping == .object(expected))
        #expect(try await cloud.call("GetEventSourceMapping", ["UUID": .string(uuid)]).document == mapping)
        let list = try await cloud.call("ListEventSourceMappings", ["FunctionName": "listen", "EventSourceArn": .string(FakeStreams.arn)]).document
        #expect(list["EventSourceMappings"] == [mapping])
        #expect(try await cloud.call("DeleteEventSourceMapping", ["UUID": .string(uuid)]).document["State"] == "Deleting")
        #expect(await cloud.error("GetEventSourceMapping", ["UUID": .string(uuid)])?.message == "The resource you requested does not exist.")
    }

    @Test("what a function receives is Lambda's stream event")
    func event() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        let seen = Seen<String>()
        try await cloud.function("listen") { payload, _ in seen.append(String(decoding: payload, as: UTF8.self)); return [] }
        let mapping = try await cloud.mapping("listen")
        cloud.streams.write("a")
        _ = await cloud.environment.settle()
        let record =
            #"{"eventID":"id-a","eventName":"INSERT","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"us-west-2","#
            + #""dynamodb":{"ApproximateCreationDateTime":1638756111,"Keys":{"PK":{"S":"a"}},"NewImage":{"PK":{"S":"a"}},"#
            + #""SequenceNumber":"100","SizeBytes":12,"StreamViewType":"NEW_IMAGE"},"eventSourceARN":"\#(FakeStreams.arn)"}"#
        let event = #"{"Records":["# + record + "]}"
        #expect(seen.all == [event])
        #expect(try await cloud.call("GetEventSourceMapping", ["UUID": mapping["UUID"] ?? .null]).document["LastProcessingResult"] == "OK")
    }

    @Test("LATEST begins behind what is there, TRIM_HORIZON before it")
    func positions() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        let latest = try await listener(cloud, "latest")
        let all = try await listener(cloud, "all")
        cloud.streams.write("a", "b")
        _ = try await cloud.mapping("latest")
        _ = try await cloud.mapping("all", ["StartingPosition": "TRIM_HORIZON"])
        _ = await cloud.environment.settle()
        cloud.streams.write("c")
        _ = await cloud.environment.settle()
        #expect(latest.all == ["c"])
        #expect(all.all == ["a,b", "c"])
    }

    @Test("a batch has at most BatchSize records, in order, and one is under way at a time")
    func batches() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        let seen = Seen<String>()
        let gate = Gate()
        let entered = Gate()
        try await cloud.function("listen") { payload, _ in
            seen.append("<" + (try Self.names(payload)))
            entered.open()
            await gate.pass()
            seen.append(">")
            return []
        }
        _ = try await cloud.mapping("listen", ["BatchSize": 2])
        cloud.streams.write("a", "b", "c")
        await entered.pass()
        cloud.streams.write("d")
        for _ in 0..<2 { gate.open() }
        _ = await cloud.environment.settle()
        #expect(seen.all == ["<a,b", ">", "<c,d", ">"])
    }

    @Test("two consumers of one stream each get everything")
    func twoConsumers() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        let first = try await listener(cloud, "first")
        let attempts = Seen<String>()
        try await cloud.function("second") { payload, _ in
            if attempts.count(try Self.names(payload)) == 1 { throw Trouble() }
            return []
        }
        _ = try await cloud.mapping("first")
        _ = try await cloud.mapping("second")
        cloud.streams.write("a")
        _ = await cloud.environment.settle()
        cloud.streams.write("b")
        _ = await cloud.environment.settle(jumping: .seconds(10))
        #expect(first.all == ["a", "b"])
        #expect(attempts.all == ["a", "a", "b"])
    }

    @Test("a failed batch is tried again as it was, after 1, 2, 4 ... seconds")
    func retries() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        let seen = Seen<String>()
        try await cloud.function("listen") { payload, context in
            let count = seen.count("\(context.started.seconds - noon.seconds) \(try Self.names(payload))")
            if count < 5 { throw Trouble() }
            return []
        }
        let mapping = try await cloud.mapping("listen")
        cloud.streams.write("a")
        _ = await cloud.environment.settle()
        #expect(try await cloud.call("GetEventSourceMapping", ["UUID": mapping["UUID"] ?? .null]).document["LastProcessingResult"] == "PROBLEM: Function call failed")
        cloud.streams.write("b")
        _ = await cloud.environment.settle()
        #expect(seen.all == ["0 a"])
        _ = await cloud.environment.settle(jumping: .seconds(60))
        #expect(seen.all == ["0 a", "1 a", "3 a", "7 a", "15 a", "15 b"])
    }

    @Test("a batch is given up after its retries")
    func exhausted() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        let seen = Seen<String>()
        try await cloud.function("listen") { payload, _ in
            let names = try Self.names(payload)
            seen.append(names)
            if names.contains("a") { throw Trouble() }
            return []
        }
        _ = try await cloud.mapping("listen", ["MaximumRetryAttempts": 2])
        cloud.streams.write("a")
        _ = await cloud.environment.settle(jumping: .seconds(60))
        cloud.streams.write("b")
        _ = await cloud.environment.settle()
        #expect(seen.all == ["a", "a", "a", "b"])
    }

    @Test("records older than MaximumRecordAgeInSeconds never reach the function")
    func tooOld() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        let seen = try await listener(cloud)
        let mapping = try await cloud.mapping("listen", ["MaximumRecordAgeInSeconds": 60, "Enabled": false])
        #expect(mapping["State"] == "Disabled")
        cloud.streams.write("a")
        _ = await cloud.environment.settle()
        cloud.environment.advance(to: noon + .seconds(61))
        cloud.streams.write("b")
        try await cloud.call("UpdateEventSourceMapping", ["UUID": mapping["UUID"] ?? .null, "Enabled": true])
        _ = await cloud.environment.settle()
        #expect(seen.all == ["b"])
    }

    @Test("a shard is continued in its children when it is read to its end")
    func resharding() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        let seen = try await listener(cloud)
        _ = try await cloud.mapping("listen", ["BatchSize": 1])
        cloud.streams.write("a", "b")
        cloud.streams.split()
        cloud.streams.write("c", shard: 1)
        _ = await cloud.environment.settle()
        cloud.streams.write("d", shard: 1)
        _ = await cloud.environment.settle()
        #expect(seen.all == ["a", "b", "c", "d"])
    }

    @Test("a shard that went before it was read to its end is continued in its children")
    func vanishedShard() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        let seen = try await listener(cloud)
        _ = try await cloud.mapping("listen")
        cloud.streams.write("a")
        _ = await cloud.environment.settle()
        // All at once, so that the consumer never sees the first shard closed.
        cloud.streams.generation += 1
        cloud.streams.state.shards.append(.init(id: "shardId-2", parent: "shardId-1"))
        cloud.streams.forgetFirst()
        cloud.streams.write("b")
        _ = await cloud.environment.settle()
        #expect(seen.all == ["a", "b"])
    }

    @Test("iterators that expire lose nothing")
    func expiredIterators() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        cloud.streams.write("before")
        cloud.environment.advance(to: noon + .seconds(5))
        let seen = try await listener(cloud)
        _ = try await cloud.mapping("listen")
        _ = await cloud.environment.settle()
        cloud.streams.generation += 1
        cloud.streams.write("a")
        _ = await cloud.environment.settle()
        cloud.streams.generation += 1
        cloud.streams.write("b")
        _ = await cloud.environment.settle()
        #expect(seen.all == ["a", "b"])
    }

    @Test("mappings go on after a restart behind the last batch that succeeded")
    func restart() async throws {
        let store = MemoryStore()
        let before = TestCloud(store: store)
        let seen = try await listener(before)
        _ = try await before.mapping("listen", ["StartingPosition": "TRIM_HORIZON"])
        before.streams.write("a")
        _ = await before.environment.settle()
        #expect(seen.all == ["a"])
        await before.environment.journal.commit()
        before.close()

        let after = TestCloud(store: store)
        defer { after.close() }
        let later = Seen<String>()
        after.register("listen") { payload, _ in later.append(try Self.names(payload)); return [] }
        // What the stream got while the mapping slept.
        after.streams.state = before.streams.state
        after.streams.write("b")
        try after.environment.load()
        #expect(after.lambda.state.mappings == before.lambda.state.mappings)
        _ = await after.environment.settle()
        after.streams.write("c")
        _ = await after.environment.settle()
        #expect(later.all == ["b", "c"])
    }

    @Test("what a restart has pending waits for the handlers, without losing an attempt")
    func holding() async throws {
        let store = MemoryStore()
        let before = TestCloud(store: store)
        _ = try await listener(before)
        _ = try await before.mapping("listen", ["StartingPosition": "TRIM_HORIZON", "MaximumRetryAttempts": 0])
        await before.environment.journal.commit()
        before.close()

        let after = TestCloud(store: store)
        defer { after.close() }
        after.lambda.hold()
        after.streams.write("a")
        try after.environment.load()
        try after.environment.fabric.deliver(
            Array(#"{"Records":[]}"#.utf8), to: "arn:aws:lambda:us-west-2:440939667227:function:listen", from: "test", scope: scope, policy: .once,
            trace: after.call.trace)
        // Several turns of the loop, in which nothing may happen.
        for _ in 0..<20 { await Task.yield() }
        #expect(!after.environment.fabric.isIdle)
        let seen = Seen<String>()
        after.register("listen") { payload, _ in seen.append(try Self.names(payload)); return [] }
        after.lambda.resume()
        _ = await after.environment.settle()
        #expect(seen.all.sorted() == ["", "a"])
    }

    @Test("a restored snapshot goes on from its own position, and what ran for the other state counts for nothing")
    func snapshot() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        let (seen, gate, entered) = (Seen<String>(), Gate(), Gate())
        try await cloud.function("listen") { payload, _ in
            if seen.count(try Self.names(payload)) == 2 {
                entered.open()
                await gate.pass()
            }
            return []
        }
        _ = try await cloud.mapping("listen")
        cloud.streams.write("a")
        _ = await cloud.environment.settle()
        cloud.environment.takeSnapshot("s")
        cloud.streams.write("b")
        await entered.pass()
        #expect(cloud.environment.restoreSnapshot("s"))
        gate.open()
        _ = await cloud.environment.settle()
        cloud.streams.write("c")
        _ = await cloud.environment.settle()
        #expect(seen.all == ["a", "b", "c"])
    }

    @Test("what can't be mapped is told as AWS tells it")
    func errors() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        _ = try await listener(cloud)
        func failure(_ settings: Members) async -> String? {
            do { _ = try await cloud.mapping("listen", settings) } catch { return (error as AWSError).message }
            return nil
        }
        let gone = "arn:aws:dynamodb:us-west-2:440939667227:table/nope/stream/2021-12-06T02:01:51.000"
        #expect(await failure(["EventSourceArn": .string(gone)]) == "Stream not found: \(gone)")
        #expect(await failure(["FunctionName": "nope"]) == "Function does not exist")
        #expect(await failure(["StartingPosition": "AT_TIMESTAMP"]) == "Unsupported starting position for arn type: \(FakeStreams.arn)")
        #expect(
            await failure(["StartingPosition": "0"])
                == "1 validation error detected: Value '0' at 'startingPosition' failed to satisfy constraint: Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]")
        #expect(await failure(["StartingPositionTimestamp": 7]) == "Timestamp only valid with StartingPosition AT_TIMESTAMP")
        #expect(await failure(["EventSourceArn": "arn:aws:kinesis:us-west-2:440939667227:stream/s"]) == "Apus does not implement Lambda event source mappings for Kinesis yet.")
        #expect(await failure(["EventSourceArn": "arn:aws:kafka:us-west-2:440939667227:cluster/c/1"]) == "Apus does not implement Lambda event source mappings for Amazon MSK yet.")
        #expect(await failure(["EventSourceArn": "arn:aws:s3:::bucket"]) == "Unrecognized event source.")
        #expect(await failure(["EventSourceArn": .null]) == "Unrecognized event source.")
        #expect(await failure(["SelfManagedEventSource": [:]]) == "Apus does not implement Lambda event source mappings for self-managed Apache Kafka yet.")
        #expect(await failure(["StartingPosition": .null])
            == "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.")
        #expect(await failure(["FilterCriteria": ["Filters": [["Pattern": "single-string"]]]]) == "Invalid filter pattern definition.")
        #expect(await failure(["FilterCriteria": ["Filters": [["Pattern": #"{"eventName": "INSERT"}"#]]]]) == "Invalid filter pattern definition.")
        #expect(await failure(["FilterCriteria": ["Filters": [[:]]]]) == "Invalid filter pattern definition.")
        #expect(await failure(["ScalingConfig": ["MaximumConcurrency": 2]]) == "Unsupported ScalingConfig parameter for given event source mapping type.")
        #expect(await failure(["Topics": ["t"]]) == "Unsupported Topics parameter for given event source mapping type.")
        #expect(await failure(["DestinationConfig": ["OnSuccess": ["Destination": "arn:aws:sqs:us-west-2:440939667227:q"]]])
            == "Unsupported DestinationConfig parameter for given event source mapping type.")
        #expect(await failure(["DestinationConfig": ["OnFailure": ["Destination": "arn:aws:s3:::bucket"]]])
            == "Apus does not implement Lambda event source mappings with a destination in S3 yet.")
        #expect(await failure(["BatchSize": 10_001, "ParallelizationFactor": 11])
            == "2 validation errors detected: Value '10001' at 'batchSize' failed to satisfy constraint: Member must have value less than or equal to 10000; "
            + "Value '11' at 'parallelizationFactor' failed to satisfy constraint: Member must have value less than or equal to 10")
        #expect(await failure(["MaximumRecordAgeInSeconds": 59]) == "MaximumRecordAgeInSeconds must be -1 or a value between 60 and 604800.")
        #expect(await failure(["LoggingConfig": ["SystemLogLevel": "INFO"]]) == "Apus does not implement Lambda CreateEventSourceMapping with LoggingConfig yet.")
        #expect(cloud.lambda.state.mappings.isEmpty)
        let uuid = try await cloud.mapping("listen")["UUID"]?.string ?? ""
        let text = "The event source arn (\" \(FakeStreams.arn) \") and function (\" listen \") provided mapping already exists. Please update or delete the existing mapping with UUID \(uuid)"
        #expect(await failure([:]) == text)
    }

    @Test("a stream that nothing happens on is not read")
    func noPolling() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        _ = try await listener(cloud)
        _ = try await cloud.mapping("listen")
        _ = await cloud.environment.settle()
        let reads = cloud.streams.reads
        cloud.environment.advance(to: noon + .seconds(3600))
        _ = await cloud.environment.settle()
        #expect(cloud.streams.reads == reads)
        #expect(cloud.lambda.nextDeadline == nil)
    }
}
