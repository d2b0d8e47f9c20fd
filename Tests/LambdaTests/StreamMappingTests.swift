import JSON
import Kernel
@testable import Lambda
import SNS
import SQS
import Testing

@Suite("Event source mappings of streams")
@CloudActor
struct StreamMappingTests {
    struct Trouble: Error {}

    private nonisolated static func names(_ payload: [UInt8]) throws -> String { try EventSourceMappingTests.names(payload) }

    private func listener(_ cloud: TestCloud, failing: @escaping @Sendable (String) -> Bool = { _ in false }) async throws -> Seen<String> {
        let seen = Seen<String>()
        try await cloud.function("listen") { payload, _ in
            let names = try Self.names(payload)
            seen.append(names)
            if failing(names) { throw Trouble() }
            return []
        }
        return seen
    }

    private func result(_ cloud: TestCloud, _ mapping: Document) async throws -> String? {
        try await cloud.call("GetEventSourceMapping", ["UUID": mapping["UUID"] ?? .null]).document["LastProcessingResult"]?.string
    }

    // MARK: Batches

    @Test("a batch may have more records than GetRecords gives at once")
    func largeBatches() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        let counts = Seen<Int>()
        try await cloud.function("listen") { payload, _ in counts.append(try Document(json: payload)["Records"]?.array?.count ?? 0); return [] }
        _ = try await cloud.mapping("listen", ["BatchSize": 10_000, "StartingPosition": "TRIM_HORIZON", "Enabled": false])
        cloud.streams.write((0..<2500).map { "\($0)" })
        let uuid = try #require(cloud.lambda.state.mappings.keys.first)
        try await cloud.call("UpdateEventSourceMapping", ["UUID": .string(uuid), "Enabled": true])
        _ = await cloud.environment.settle()
        #expect(counts.all == [2500])
    }

    @Test("a batch that would be larger than 6 MB is two")
    func payloadLimit() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        let seen = try await listener(cloud)
        _ = try await cloud.mapping("listen", ["StartingPosition": "TRIM_HORIZON"])
        cloud.streams.write("a", "b", "c", padding: 2_500_000)
        _ = await cloud.environment.settle()
        #expect(seen.all == ["a,b", "c"])
    }

    @Test("records are gathered for MaximumBatchingWindowInSeconds, by the clock; a full batch goes at once")
    func batchingWindow() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        let seen = try await listener(cloud)
        _ = try await cloud.mapping("listen", ["BatchSize": 3, "MaximumBatchingWindowInSeconds": 10])
        _ = await cloud.environment.settle()
        cloud.streams.write("a")
        _ = await cloud.environment.settle()
        cloud.environment.advance(to: noon + .seconds(9))
        cloud.streams.write("b")
        _ = await cloud.environment.settle()
        #expect(seen.all == [])
        #expect(cloud.lambda.nextDeadline == noon + .seconds(10))
        cloud.environment.advance(to: noon + .seconds(10))
        _ = await cloud.environment.settle()
        #expect(seen.all == ["a,b"])
        #expect(cloud.lambda.nextDeadline == nil)
        cloud.streams.write("c", "d", "e", "f")
        _ = await cloud.environment.settle()
        #expect(seen.all == ["a,b", "c,d,e"])
        _ = await cloud.environment.settle(jumping: .seconds(10))
        #expect(seen.all == ["a,b", "c,d,e", "f"])
    }

    @Test("a window that was open goes on after a restart")
    func batchingWindowRestart() async throws {
        let store = MemoryStore()
        let before = TestCloud(store: store)
        _ = try await listener(before)
        _ = try await before.mapping("listen", ["StartingPosition": "TRIM_HORIZON", "MaximumBatchingWindowInSeconds": 10])
        before.streams.write("a")
        _ = await before.environment.settle()
        await before.environment.journal.commit()
        before.close()

        let after = TestCloud(store: store)
        defer { after.close() }
        let seen = Seen<String>()
        after.register("listen") { payload, _ in seen.append(try Self.names(payload)); return [] }
        after.streams.state = before.streams.state
        after.environment.advance(to: noon + .seconds(4))
        try after.environment.load()
        #expect(after.lambda.nextDeadline == noon + .seconds(10))
        after.streams.write("b")
        #expect(await after.environment.settle(jumping: .seconds(60)) == .seconds(6))
        #expect(seen.all == ["a,b"])
    }

    @Test("lanes keep the order of each item's records, and run side by side")
    func parallelization() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        let (seen, gate, entered) = (Seen<String>(), Gate(), Gate())
        try await cloud.function("listen") { payload, _ in
            let names = try Self.names(payload)
            seen.append(names)
            if names.contains("slow") {
                entered.open()
                await gate.pass()
            }
            return []
        }
        let mapping = try await cloud.mapping("listen", ["ParallelizationFactor": 10, "BatchSize": 1])
        #expect(mapping["ParallelizationFactor"] == 10)
        cloud.streams.write("slow", "a", "b", "c", "slow", "a", "b", "c")
        await entered.pass()
        // The others don't wait for it.
        while seen.all.count < 7 { await Task.yield() }
        #expect(seen.all.filter { $0 == "slow" }.count == 1)
        gate.open()
        gate.open()
        _ = await cloud.environment.settle()
        #expect(seen.all.sorted() == ["a", "a", "b", "b", "c", "c", "slow", "slow"])
    }

    @Test("after a restart each lane goes on behind its own last batch")
    func lanesRestart() async throws {
        let store = MemoryStore()
        let before = TestCloud(store: store)
        let (gate, entered) = (Gate(), Gate())
        let first = Seen<String>()
        try await before.function("listen") { payload, _ in
            let names = try Self.names(payload)
            if names == "slow" {
                entered.open()
                await gate.pass()
            } else {
                first.append(names)
            }
            return []
        }
        _ = try await before.mapping("listen", ["ParallelizationFactor": 10, "BatchSize": 1, "StartingPosition": "TRIM_HORIZON"])
        before.streams.write("slow", "a", "b", "c")
        await entered.pass()
        while first.all.count < 3 { await Task.yield() }
        // Killed while a batch is with the function.
        while before.lambda.consumers.values.filter({ $0.batch != nil }).count > 1 { await Task.yield() }
        await before.environment.journal.commit()
        before.close()

        let after = TestCloud(store: store)
        defer { after.close() }
        let seen = Seen<String>()
        after.register("listen") { payload, _ in seen.append(try Self.names(payload)); return [] }
        after.streams.state = before.streams.state
        try after.environment.load()
        _ = await after.environment.settle()
        #expect(seen.all == ["slow"])
        gate.open()
    }

    @Test("another ParallelizationFactor loses nothing")
    func divided() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        let seen = try await listener(cloud)
        let mapping = try await cloud.mapping("listen", ["BatchSize": 1])
        cloud.streams.write("a", "b")
        _ = await cloud.environment.settle()
        for factor in [4, 1] {
            try await cloud.call("UpdateEventSourceMapping", ["UUID": mapping["UUID"] ?? .null, "ParallelizationFactor": .int(factor)])
            _ = await cloud.environment.settle()
            cloud.streams.write("c\(factor)", "d\(factor)")
            _ = await cloud.environment.settle()
        }
        #expect(seen.all.sorted() == ["a", "b", "c1", "c4", "d1", "d4"])
    }

    @Test("filtered records advance the position without an invocation")
    func filters() async throws {
        let store = MemoryStore()
        let cloud = TestCloud(store: store)
        defer { cloud.close() }
        let seen = try await listener(cloud)
        let pattern = #"{"dynamodb":{"Keys":{"PK":{"S":[{"prefix":"good"}]}}}}"#
        let criteria: Document = ["Filters": [["Pattern": .string(pattern)], ["Pattern": #"{"eventName":["REMOVE"]}"#]]]
        let mapping = try await cloud.mapping("listen", ["FilterCriteria": criteria, "StartingPosition": "TRIM_HORIZON"])
        #expect(mapping["FilterCriteria"] == criteria)
        cloud.streams.write("bad", "good1", "bad", "good2", "bad")
        _ = await cloud.environment.settle()
        #expect(seen.all == ["good1,good2"])
        #expect(cloud.lambda.state.mappings.values.first?.shards.first?.position == .after(sequenceNumber: "500"))
        cloud.streams.write("bad")
        _ = await cloud.environment.settle()
        #expect(cloud.lambda.state.mappings.values.first?.shards.first?.position == .after(sequenceNumber: "600"))
        let changed = try await cloud.call("UpdateEventSourceMapping", ["UUID": mapping["UUID"] ?? .null, "FilterCriteria": [:]]).document
        #expect(changed["FilterCriteria"] == nil)
        cloud.streams.write("bad")
        _ = await cloud.environment.settle()
        #expect(seen.all == ["good1,good2", "bad"])
    }

    // MARK: Failures

    @Test("BisectBatchOnFunctionError divides a failed batch until the record that fails is alone")
    func bisect() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        let seen = try await listener(cloud) { $0.contains("bad") }
        _ = try await cloud.mapping("listen", ["BisectBatchOnFunctionError": true, "MaximumRetryAttempts": 1])
        _ = await cloud.environment.settle()
        cloud.streams.write("a", "b", "bad", "d", "e")
        _ = await cloud.environment.settle(jumping: .seconds(600))
        #expect(seen.all == ["a,b,bad,d,e", "a,b", "bad,d,e", "bad", "bad", "d,e"])
    }

    @Test("what is left of a divided batch goes on after a restart")
    func bisectRestart() async throws {
        let store = MemoryStore()
        let before = TestCloud(store: store)
        _ = try await listener(before) { $0.contains("bad") }
        _ = try await before.mapping("listen", ["BisectBatchOnFunctionError": true, "MaximumRetryAttempts": 1, "StartingPosition": "TRIM_HORIZON"])
        before.streams.write("a", "b", "bad", "d")
        _ = await before.environment.settle()
        await before.environment.journal.commit()
        before.close()

        let after = TestCloud(store: store)
        defer { after.close() }
        let seen = Seen<String>()
        after.register("listen") { payload, _ in
            let names = try Self.names(payload)
            seen.append(names)
            if names.contains("bad") { throw Trouble() }
            return []
        }
        after.streams.state = before.streams.state
        after.streams.write("e")
        try after.environment.load()
        #expect(after.lambda.state.mappings == before.lambda.state.mappings)
        _ = await after.environment.settle(jumping: .seconds(600))
        #expect(seen.all == ["a,b", "bad,d", "bad", "bad", "d", "e"])
    }

    @Test("ReportBatchItemFailures retries from the lowest failed record on", arguments: [
        (#"{"batchItemFailures":[{"itemIdentifier":"300"},{"itemIdentifier":"200"}]}"#, ["a,b,c", "b,c"]),
        (#"{"batchItemFailures":[{"itemIdentifier":""}]}"#, ["a,b,c", "a,b,c"]),
        (#"{"batchItemFailures":[{"itemIdentifier":null}]}"#, ["a,b,c", "a,b,c"]),
        (#"{"batchItemFailures":[{"foo":"300"}]}"#, ["a,b,c", "a,b,c"]),
        (#"{"batchItemFailures":[{"itemIdentifier":"nope"}]}"#, ["a,b,c", "a,b,c"]),
        (#"{"batchItemFailures":"#, ["a,b,c", "a,b,c"]),
        (#""text""#, ["a,b,c", "a,b,c"]),
        (#"{"batchItemFailures":[]}"#, ["a,b,c"]), (#"{"batchItemFailures":null}"#, ["a,b,c"]), ("{}", ["a,b,c"]), ("null", ["a,b,c"]), ("[]", ["a,b,c"]),
        ("", ["a,b,c"]),
    ])
    func itemFailures(answer: String, batches: [String]) async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        let seen = Seen<String>()
        try await cloud.function("listen") { payload, _ in
            let names = try Self.names(payload)
            seen.append(names)
            return seen.all.count == 1 ? Array(answer.utf8) : []
        }
        let mapping = try await cloud.mapping("listen", ["FunctionResponseTypes": ["ReportBatchItemFailures"]])
        #expect(mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"])
        _ = await cloud.environment.settle()
        cloud.streams.write("a", "b", "c")
        _ = await cloud.environment.settle()
        #expect(try await result(cloud, mapping) == (batches.count == 1 ? "OK" : "PROBLEM: Function call failed"))
        _ = await cloud.environment.settle(jumping: .seconds(5))
        #expect(seen.all == batches)
        #expect(try await result(cloud, mapping) == "OK")
    }

    @Test("what is given up is told to the destination, in AWS's record", arguments: ["sqs", "sns"])
    func destination(service: String) async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        cloud.addQueues()
        let queue = try await cloud.queue("failed")
        var target = queue
        if service == "sns" {
            let sns = try cloud.environment.endpoint("sns")
            target = try await sns.call("CreateTopic", ["Name": "failed"], cloud.call).document["TopicArn"]?.string ?? ""
            _ = try await sns.call(
                "Subscribe", ["TopicArn": .string(target), "Protocol": "sqs", "Endpoint": .string(queue), "Attributes": ["RawMessageDelivery": "true"]], cloud.call)
        }
        _ = try await listener(cloud) { $0.contains("bad") }
        let mapping = try await cloud.mapping("listen", ["MaximumRetryAttempts": 1, "DestinationConfig": ["OnFailure": ["Destination": .string(target)]]])
        #expect(mapping["DestinationConfig"] == ["OnFailure": ["Destination": .string(target)]])
        _ = await cloud.environment.settle()
        cloud.streams.write("bad", "b")
        _ = await cloud.environment.settle(jumping: .seconds(60))
        let body = try #require(try await cloud.messages(queue).first?["Body"]?.string)
        let record = try Document(json: Array(body.utf8))
        let id = try #require(record["requestContext"]?["requestId"]?.string)
        #expect(
            body
                == #"{"requestContext":{"requestId":"\#(id)","functionArn":"arn:aws:lambda:us-west-2:440939667227:function:listen","#
                + #""condition":"RetryAttemptsExhausted","approximateInvokeCount":2},"#
                + #""responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"},"version":"1.0","#
                + #""timestamp":"2021-12-06T02:01:52.000Z","DDBStreamBatchInfo":{"shardId":"shardId-1","startSequenceNumber":"100","endSequenceNumber":"200","#
                + #""approximateArrivalOfFirstRecord":"2021-12-06T02:01:51Z","approximateArrivalOfLastRecord":"2021-12-06T02:01:51Z","batchSize":2,"#
                + #""streamArn":"\#(FakeStreams.arn)"}}"#)
    }

    @Test("records that become too old while they are retried are told to the destination")
    func expired() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        cloud.addQueues()
        let queue = try await cloud.queue("failed")
        let seen = try await listener(cloud) { $0.contains("bad") }
        _ = try await cloud.mapping("listen", ["MaximumRecordAgeInSeconds": 60, "DestinationConfig": ["OnFailure": ["Destination": .string(queue)]]])
        _ = await cloud.environment.settle()
        cloud.streams.write("bad")
        _ = await cloud.environment.settle(jumping: .seconds(300))
        #expect(seen.all == ["bad", "bad", "bad", "bad", "bad", "bad"])
        let body = try #require(try await cloud.messages(queue).first?["Body"]?.string)
        let record = try Document(json: Array(body.utf8))
        #expect(record["requestContext"]?["condition"] == "RecordAgeExceeded")
        #expect(record["requestContext"]?["approximateInvokeCount"] == 6)
        #expect(record["DDBStreamBatchInfo"]?["batchSize"] == 1)
        cloud.streams.write("good")
        _ = await cloud.environment.settle()
        #expect(seen.all.last == "good")
    }

    @Test("a function that is throttled or gone costs no attempt")
    func refused() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        let seen = try await listener(cloud)
        let mapping = try await cloud.mapping("listen", ["MaximumRetryAttempts": 0])
        _ = await cloud.environment.settle()
        let key = try #require(cloud.lambda.state.functions.keys.first)
        cloud.lambda.state.functions[key]?.reservedConcurrency = 0
        cloud.streams.write("a")
        _ = await cloud.environment.settle(jumping: .seconds(20))
        #expect(seen.all == [])
        #expect(try await result(cloud, mapping) == "PROBLEM: Function call failed")
        cloud.lambda.state.functions[key]?.reservedConcurrency = nil
        _ = await cloud.environment.settle(jumping: .seconds(60))
        #expect(seen.all == ["a"])
        try await cloud.call("DeleteFunction", ["FunctionName": "listen"])
        cloud.streams.write("b")
        _ = await cloud.environment.settle()
        #expect(try await cloud.call("GetEventSourceMapping", ["UUID": mapping["UUID"] ?? .null]).document["State"] == "Enabled")
        try await cloud.call("CreateFunction", creation("listen"))
        _ = await cloud.environment.settle(jumping: .seconds(2))
        #expect(seen.all == ["a", "b"])
    }

    // MARK: Windows

    @Test("a tumbling window hands on its state and ends with a final invocation")
    func tumbling() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        let seen = Seen<String>()
        try await cloud.function("listen") { payload, _ in
            let event = try Document(json: payload)
            let count = (event["state"]?["n"]?.int ?? 0) + (event["Records"]?.array?.count ?? 0)
            let window = "\(event["window"]?["start"]?.string ?? "")/\(event["window"]?["end"]?.string ?? "")"
            seen.append("\(window) \(try Self.names(payload)) \(event["state"]?.jsonString() ?? "") final \(event["isFinalInvokeForWindow"]?.bool ?? false)")
            return Array(#"{"state":{"n":\#(count)}}"#.utf8)
        }
        _ = try await cloud.mapping("listen", ["TumblingWindowInSeconds": 30])
        _ = await cloud.environment.settle()
        cloud.streams.write("a", "b")
        _ = await cloud.environment.settle()
        cloud.streams.write("c")
        _ = await cloud.environment.settle()
        let first = "2021-12-06T02:01:30Z/2021-12-06T02:02:00Z"
        #expect(seen.all == [#"\#(first) a,b {} final false"#, #"\#(first) c {"n":2} final false"#])
        #expect(cloud.lambda.nextDeadline == noon + .seconds(9))
        _ = await cloud.environment.settle(jumping: .seconds(60))
        #expect(seen.all.last == #"\#(first)  {"n":3} final true"#)
        cloud.streams.write("d")
        _ = await cloud.environment.settle()
        #expect(seen.all.last == #"2021-12-06T02:02:00Z/2021-12-06T02:02:30Z d {} final false"#)
        #expect(seen.all.count == 4)
    }

    @Test("an answer without state has failed; a state of more than 1 MB ends the window early; a window goes on after a restart")
    func tumblingTrouble() async throws {
        let store = MemoryStore()
        let before = TestCloud(store: store)
        let seen = Seen<String>()
        let handler: @Sendable ([UInt8], InvocationContext) async throws -> [UInt8] = { payload, _ in
            let event = try Document(json: payload)
            seen.append("\(try Self.names(payload)) \(event["isFinalInvokeForWindow"]?.bool ?? false) \(event["isWindowTerminatedEarly"]?.bool ?? false)")
            switch seen.all.count {
            case 1: return []
            case 3: return Document.object(["state": ["x": .string(String(repeating: "x", count: 1 << 20))]]).json()
            default: return Array(#"{"state":{"kept":1}}"#.utf8)
            }
        }
        try await before.function("listen", [:], handler)
        _ = try await before.mapping("listen", ["TumblingWindowInSeconds": 60, "StartingPosition": "TRIM_HORIZON"])
        before.streams.write("a")
        _ = await before.environment.settle(jumping: .seconds(1))
        #expect(seen.all == ["a false false", "a false false"])
        before.streams.write("b")
        _ = await before.environment.settle()
        #expect(seen.all == ["a false false", "a false false", "b false false", " true true"])
        before.streams.write("c")
        _ = await before.environment.settle()
        await before.environment.journal.commit()
        before.close()

        let after = TestCloud(store: store)
        defer { after.close() }
        after.register("listen", handler)
        after.streams.state = before.streams.state
        try after.environment.load()
        #expect(after.lambda.state.mappings == before.lambda.state.mappings)
        _ = await after.environment.settle(jumping: .seconds(60))
        #expect(seen.all.suffix(2) == ["c false false", " true false"])
    }

    // MARK: Cost

    @Test("a thousand idle mappings are asked nothing")
    func idle() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        _ = try await listener(cloud)
        for _ in 0..<1000 {
            let uuid = cloud.environment.random.uuid()
            var mapping = EventSourceMapping(
                uuid: uuid, scope: scope, sourceARN: FakeStreams.arn + uuid, functionARN: "arn:aws:lambda:us-west-2:440939667227:function:listen",
                startingPosition: .latest, options: MappingOptions(batchSize: 100), isEnabled: true, created: noon)
            mapping.keep(StreamShard(id: "shardId-1", parent: nil, position: .trimHorizon))
            cloud.lambda.keepWhole(mapping)
        }
        let clock = ContinuousClock()
        let taken = clock.measure { for _ in 0..<100_000 { _ = cloud.lambda.nextDeadline } }
        #expect(taken < .seconds(5), "nextDeadline must not look at every mapping")
        #expect(cloud.lambda.nextDeadline == nil)
    }
}

extension TestCloud {
    /// Adds the real SQS and SNS.
    func addQueues() {
        environment.add(SQSService(environment))
        environment.add(SNSService(environment))
    }

    /// Makes a queue.
    /// - Returns: its ARN.
    func queue(_ name: String, _ attributes: Members = [:]) async throws -> String {
        _ = try await environment.endpoint("sqs").call("CreateQueue", ["QueueName": .string(name), "Attributes": .object(attributes)], call)
        return "arn:aws:sqs:us-west-2:440939667227:\(name)"
    }

    private func url(_ arn: String) -> Document { .string("http://localhost:4566/440939667227/\(ARN(arn)?.resource ?? "")") }

    @discardableResult
    func send(_ body: String, to arn: String, _ settings: Members = [:]) async throws -> String {
        var input: Members = ["QueueUrl": url(arn), "MessageBody": .string(body)]
        for member in settings { input[member.name] = member.value }
        return try await environment.endpoint("sqs").call("SendMessage", .object(input), call).document["MessageId"]?.string ?? ""
    }

    /// What can be received at once.
    func messages(_ arn: String) async throws -> [Document] {
        try await environment.endpoint("sqs").call("ReceiveMessage", ["QueueUrl": url(arn), "MaxNumberOfMessages": 10], call).document["Messages"]?.array ?? []
    }

    /// Available, in flight, delayed.
    func counts(_ arn: String) async throws -> [String] {
        let names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"]
        let input: Document = ["QueueUrl": url(arn), "AttributeNames": .array(names.map { .string($0) })]
        let answer = try await environment.endpoint("sqs").call("GetQueueAttributes", input, call).document["Attributes"]
        return names.map { answer?[$0]?.string ?? "" }
    }
}
