import JSON
import Kernel
@testable import Lambda
import Testing

@Suite("Event source mappings of queues")
@CloudActor
struct QueueMappingTests {
    struct Trouble: Error {}

    private nonisolated static func bodies(_ payload: [UInt8]) throws -> String {
        try (Document(json: payload)["Records"]?.array ?? []).compactMap { $0["body"]?.string }.joined(separator: ",")
    }

    private func cloud(store: (any JournalStore)? = nil) -> TestCloud {
        let cloud = TestCloud(store: store)
        cloud.addQueues()
        return cloud
    }

    private func listener(_ cloud: TestCloud, answer: String = "", failing: @escaping @Sendable (String) -> Bool = { _ in false }) async throws -> Seen<String> {
        let seen = Seen<String>()
        try await cloud.function("listen") { payload, _ in
            let bodies = try Self.bodies(payload)
            seen.append(bodies)
            if failing(bodies) { throw Trouble() }
            return Array(answer.utf8)
        }
        return seen
    }

    private func mapping(_ cloud: TestCloud, _ queue: String, _ settings: Members = [:]) async throws(AWSError) -> Document {
        var all: Members = ["EventSourceArn": .string(queue), "StartingPosition": .null]
        for member in settings { all[member.name] = member.value }
        return try await cloud.mapping("listen", all)
    }

    @Test("a mapping is answered with the members that AWS answers for a queue")
    func create() async throws {
        let cloud = cloud()
        defer { cloud.close() }
        _ = try await listener(cloud)
        let queue = try await cloud.queue("q")
        let answer = try await mapping(cloud, queue, ["ScalingConfig": ["MaximumConcurrency": 2], "Tags": ["a": "b"]])
        let uuid = try #require(answer["UUID"]?.string)
        let expected: Members = [
            "UUID": .string(uuid), "BatchSize": 10, "MaximumBatchingWindowInSeconds": 0, "EventSourceArn": .string(queue),
            "FunctionArn": "arn:aws:lambda:us-west-2:440939667227:function:listen", "LastModified": 1_638_756_111, "State": "Enabled",
            "StateTransitionReason": "USER_INITIATED", "FunctionResponseTypes": [], "ScalingConfig": ["MaximumConcurrency": 2],
            "EventSourceMappingArn": .string("arn:aws:lambda:us-west-2:440939667227:event-source-mapping:\(uuid)"),
        ]
        #expect(answer == .object(expected))
        #expect(cloud.lambda.state.mappings[uuid]?.tags == [.init(name: "a", value: "b")])
    }

    @Test("what a function receives is Lambda's queue event, and the message is deleted")
    func event() async throws {
        let cloud = cloud()
        defer { cloud.close() }
        let seen = Seen<String>()
        try await cloud.function("listen") { payload, _ in seen.append(String(decoding: payload, as: UTF8.self)); return [] }
        let queue = try await cloud.queue("q")
        _ = try await mapping(cloud, queue)
        let attributes: Document = ["n": ["DataType": "Number", "StringValue": "1"], "raw": ["DataType": "Binary", "BinaryValue": "AAE="]]
        let id = try await cloud.send("hello", to: queue, ["MessageAttributes": attributes])
        _ = await cloud.environment.settle()
        let event = try Document(json: Array(try #require(seen.all.first).utf8))["Records"]?.array?.first
        let handle = try #require(event?["receiptHandle"]?.string)
        let md5 = try #require(event?["md5OfMessageAttributes"]?.string)
        let time = "1638756111000"
        let record =
            #"{"messageId":"\#(id)","receiptHandle":"\#(handle)","body":"hello","attributes":{"ApproximateReceiveCount":"1","SentTimestamp":"\#(time)","#
            + #""SenderId":"440939667227","ApproximateFirstReceiveTimestamp":"\#(time)"},"messageAttributes":{"n":{"stringValue":"1","stringListValues":[],"#
            + #""binaryListValues":[],"dataType":"Number"},"raw":{"binaryValue":"AAE=","stringListValues":[],"binaryListValues":[],"dataType":"Binary"}},"#
            + #""md5OfMessageAttributes":"\#(md5)","md5OfBody":"5d41402abc4b2a76b9719d911017c592","eventSource":"aws:sqs","eventSourceARN":"\#(queue)","awsRegion":"us-west-2"}"#
        let expected = #"{"Records":["# + record + "]}"
        #expect(seen.all == [expected])
        #expect(md5.utf8.count == 32)
        #expect(try await cloud.counts(queue) == ["0", "0", "0"])
    }

    @Test("messages that are there already, and those that become visible, go to the function")
    func arrivals() async throws {
        let cloud = cloud()
        defer { cloud.close() }
        let seen = try await listener(cloud)
        let queue = try await cloud.queue("q")
        try await cloud.send("before", to: queue)
        _ = try await mapping(cloud, queue)
        try await cloud.send("delayed", to: queue, ["DelaySeconds": 7])
        _ = await cloud.environment.settle()
        #expect(seen.all == ["before"])
        cloud.environment.advance(to: noon + .seconds(7))
        _ = await cloud.environment.settle()
        #expect(seen.all == ["before", "delayed"])
    }

    @Test("messages of a failed batch come back after the visibility timeout and end in the dead-letter queue")
    func deadLetters() async throws {
        let cloud = cloud()
        defer { cloud.close() }
        let seen = Seen<String>()
        try await cloud.function("listen") { payload, context in
            let count = try Document(json: payload)["Records"]?.array?.first?["attributes"]?["ApproximateReceiveCount"]?.string ?? ""
            seen.append("\(context.started.seconds - noon.seconds) \(try Self.bodies(payload)) \(count)")
            throw Trouble()
        }
        let dead = try await cloud.queue("dead")
        let queue = try await cloud.queue("q", ["VisibilityTimeout": "20", "RedrivePolicy": .string(#"{"deadLetterTargetArn":"\#(dead)","maxReceiveCount":2}"#)])
        _ = try await mapping(cloud, queue)
        try await cloud.send("bad", to: queue)
        _ = await cloud.environment.settle(jumping: .seconds(200))
        #expect(seen.all == ["0 bad 1", "20 bad 2"])
        #expect(try await cloud.messages(dead).first?["Body"] == "bad")
        #expect(try await cloud.counts(queue) == ["0", "0", "0"])
    }

    @Test("ReportBatchItemFailures keeps the messages that failed", arguments: [
        (#"{"batchItemFailures":[{"itemIdentifier":"ID"}]}"#, "1"), (#"{"batchItemFailures":[{"itemIdentifier":"nope"}]}"#, "3"),
        (#"{"batchItemFailures":[{"itemIdentifier":""}]}"#, "3"), (#"{"batchItemFailures":[{"foo":"ID"}]}"#, "3"), ("{", "3"),
        (#"{"batchItemFailures":[]}"#, "0"), ("{}", "0"), ("null", "0"), ("", "0"),
    ])
    func itemFailures(answer: String, left: String) async throws {
        let cloud = cloud()
        defer { cloud.close() }
        try await cloud.function("listen") { payload, _ in
            let id = try Document(json: payload)["Records"]?.array?.last?["messageId"]?.string ?? ""
            return Array(answer.split(separator: "ID", omittingEmptySubsequences: false).joined(separator: id).utf8)
        }
        let queue = try await cloud.queue("q")
        let uuid = try await mapping(cloud, queue, ["FunctionResponseTypes": ["ReportBatchItemFailures"], "Enabled": false])["UUID"] ?? .null
        for body in ["a", "b", "c"] { try await cloud.send(body, to: queue) }
        try await cloud.call("UpdateEventSourceMapping", ["UUID": uuid, "Enabled": true])
        _ = await cloud.environment.settle()
        #expect(try await cloud.counts(queue) == ["0", left, "0"])
    }

    @Test("messages that the filter doesn't want are deleted")
    func filters() async throws {
        let cloud = cloud()
        defer { cloud.close() }
        let seen = try await listener(cloud)
        let queue = try await cloud.queue("q")
        _ = try await mapping(cloud, queue, ["FilterCriteria": ["Filters": [["Pattern": #"{"body":{"kind":["good"]}}"#]]]])
        for body in [#"{"kind":"bad"}"#, #"{"kind":"good"}"#, "no JSON"] { try await cloud.send(body, to: queue) }
        _ = await cloud.environment.settle()
        #expect(seen.all == [#"{"kind":"good"}"#])
        #expect(try await cloud.counts(queue) == ["0", "0", "0"])
    }

    @Test("messages are gathered for MaximumBatchingWindowInSeconds; a full batch goes at once")
    func batchingWindow() async throws {
        let cloud = cloud()
        defer { cloud.close() }
        let counts = Seen<Int>()
        try await cloud.function("listen") { payload, _ in counts.append(try Document(json: payload)["Records"]?.array?.count ?? 0); return [] }
        let queue = try await cloud.queue("q")
        _ = try await mapping(cloud, queue, ["BatchSize": 25, "MaximumBatchingWindowInSeconds": 10])
        for number in 0..<30 { try await cloud.send("\(number)", to: queue) }
        _ = await cloud.environment.settle()
        #expect(counts.all == [25])
        #expect(try await cloud.counts(queue) == ["0", "5", "0"])
        cloud.environment.advance(to: noon + .seconds(9))
        _ = await cloud.environment.settle()
        #expect(counts.all == [25])
        cloud.environment.advance(to: noon + .seconds(10))
        _ = await cloud.environment.settle()
        #expect(counts.all == [25, 5])
        #expect(try await cloud.counts(queue) == ["0", "0", "0"])
    }

    @Test("so many batches are with the function at once as MaximumConcurrency says", arguments: [(2, 2), (nil, 5), (7, 7)])
    func concurrency(maximum: Int?, expected: Int) async throws {
        let cloud = cloud()
        defer { cloud.close() }
        let (entered, gate) = (Seen<String>(), Gate())
        try await cloud.function("listen") { payload, _ in
            entered.append(try Self.bodies(payload))
            await gate.pass()
            return []
        }
        let queue = try await cloud.queue("q")
        _ = try await mapping(cloud, queue, ["BatchSize": 1, "ScalingConfig": maximum.map { ["MaximumConcurrency": .int($0)] } ?? [:]])
        for number in 0..<10 { try await cloud.send("\(number)", to: queue) }
        while entered.all.count < expected { await Task.yield() }
        for _ in 0..<50 { await Task.yield() }
        #expect(entered.all.count == expected)
        #expect(try await cloud.counts(queue) == ["\(10 - expected)", "\(expected)", "0"])
        for _ in 0..<10 { gate.open() }
        _ = await cloud.environment.settle()
        #expect(entered.all.sorted() == (0..<10).map { "\($0)" })
        #expect(try await cloud.counts(queue) == ["0", "0", "0"])
    }

    @Test("of a FIFO queue's group one batch is with the function at a time, in order, whatever fails")
    func fifo() async throws {
        let cloud = cloud()
        defer { cloud.close() }
        let seen = Seen<String>()
        try await cloud.function("listen") { payload, _ in
            let bodies = try Self.bodies(payload)
            if seen.count(bodies) == 1, bodies == "a1" { throw Trouble() }
            return []
        }
        let queue = try await cloud.queue("q.fifo", ["FifoQueue": "true", "ContentBasedDeduplication": "true"])
        _ = try await mapping(cloud, queue, ["BatchSize": 1])
        for body in ["a1", "a2", "b1", "a3"] { try await cloud.send(body, to: queue, ["MessageGroupId": .string(String(body.prefix(1)))]) }
        _ = await cloud.environment.settle()
        #expect(seen.all.sorted() == ["a1", "b1"])
        _ = await cloud.environment.settle(jumping: .seconds(30))
        #expect(seen.all.filter { $0.hasPrefix("a") } == ["a1", "a1", "a2", "a3"])
        #expect(try await cloud.counts(queue) == ["0", "0", "0"])
    }

    @Test("messages that were with the function when the program ended come back after their visibility timeout")
    func restart() async throws {
        let store = MemoryStore()
        let before = cloud(store: store)
        let (gate, entered) = (Gate(), Gate())
        try await before.function("listen") { _, _ in
            entered.open()
            await gate.pass()
            return []
        }
        let queue = try await before.queue("q")
        _ = try await mapping(before, queue)
        try await before.send("a", to: queue)
        await entered.pass()
        await before.environment.journal.commit()
        before.close()

        let after = cloud(store: store)
        defer { after.close() }
        let seen = Seen<String>()
        after.register("listen") { payload, context in seen.append("\(context.started.seconds - noon.seconds) \(try Self.bodies(payload))"); return [] }
        try after.environment.load()
        #expect(after.lambda.state.mappings == before.lambda.state.mappings)
        _ = await after.environment.settle()
        #expect(seen.all == [])
        _ = await after.environment.settle(jumping: .seconds(60))
        #expect(seen.all == ["30 a"])
        #expect(try await after.counts(queue) == ["0", "0", "0"])
        gate.open()
    }

    @Test("a restored snapshot begins with what its queue had")
    func snapshot() async throws {
        let cloud = cloud()
        defer { cloud.close() }
        let seen = try await listener(cloud)
        let queue = try await cloud.queue("q")
        let uuid = try await mapping(cloud, queue, ["Enabled": false])["UUID"] ?? .null
        try await cloud.send("a", to: queue)
        cloud.environment.takeSnapshot("s")
        try await cloud.call("UpdateEventSourceMapping", ["UUID": uuid, "Enabled": true])
        _ = await cloud.environment.settle()
        #expect(cloud.environment.restoreSnapshot("s"))
        _ = await cloud.environment.settle()
        #expect(try await cloud.counts(queue) == ["1", "0", "0"])
        try await cloud.call("UpdateEventSourceMapping", ["UUID": uuid, "Enabled": true])
        _ = await cloud.environment.settle()
        #expect(seen.all == ["a", "a"])
    }

    @Test("a function that is throttled is left alone for a while, its messages come back")
    func throttled() async throws {
        let cloud = cloud()
        defer { cloud.close() }
        let seen = try await listener(cloud)
        let queue = try await cloud.queue("q")
        _ = try await mapping(cloud, queue, ["BatchSize": 1])
        let key = try #require(cloud.lambda.state.functions.keys.first)
        cloud.lambda.state.functions[key]?.reservedConcurrency = 0
        for body in ["a", "b"] { try await cloud.send(body, to: queue) }
        _ = await cloud.environment.settle()
        #expect(try await cloud.counts(queue) == ["1", "1", "0"])
        cloud.lambda.state.functions[key]?.reservedConcurrency = nil
        _ = await cloud.environment.settle(jumping: .seconds(60))
        #expect(seen.all.sorted() == ["a", "b"])
    }

    @Test("without its function a mapping leaves messages where they are")
    func functionGone() async throws {
        let cloud = cloud()
        defer { cloud.close() }
        let seen = try await listener(cloud)
        let queue = try await cloud.queue("q")
        let uuid = try await mapping(cloud, queue)["UUID"] ?? .null
        try await cloud.call("DeleteFunction", ["FunctionName": "listen"])
        try await cloud.send("a", to: queue)
        _ = await cloud.environment.settle()
        #expect(try await cloud.counts(queue) == ["1", "0", "0"])
        #expect(try await cloud.call("GetEventSourceMapping", ["UUID": uuid]).document["State"] == "Enabled")
        try await cloud.call("CreateFunction", creation("listen"))
        _ = await cloud.environment.settle()
        #expect(seen.all == ["a"])
    }

    @Test("what can't be mapped is told as AWS tells it")
    func errors() async throws {
        let cloud = cloud()
        defer { cloud.close() }
        _ = try await listener(cloud)
        let (queue, fifo) = (try await cloud.queue("q"), try await cloud.queue("q.fifo", ["FifoQueue": "true"]))
        func failure(_ settings: Members, _ source: String? = nil) async -> String? {
            do { _ = try await mapping(cloud, source ?? queue, settings) } catch { return (error as AWSError).message }
            return nil
        }
        #expect(await failure([:], queue + "-nope")
            == "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.")
        #expect(await failure(["StartingPosition": "LATEST"]) == "StartingPosition is not valid for SQS event sources.")
        for (name, value) in [
            ("ParallelizationFactor", 2), ("BisectBatchOnFunctionError", true), ("MaximumRetryAttempts", 1), ("MaximumRecordAgeInSeconds", 60),
            ("TumblingWindowInSeconds", 1), ("DestinationConfig", ["OnFailure": ["Destination": .string(queue)]]), ("Queues", ["x"]),
        ] as [(String, Document)] {
            var settings = Members()
            settings.append(name, value)
            #expect(await failure(settings) == "Unsupported \(name) parameter for given event source mapping type.")
        }
        #expect(await failure(["BatchSize": 11]) == "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10")
        #expect(await failure(["MaximumBatchingWindowInSeconds": 1], fifo) == "Batching window is not supported for FIFO queues")
        #expect(await failure(["ScalingConfig": ["MaximumConcurrency": 1]])
            == "1 validation error detected: Value '1' at 'scalingConfig.maximumConcurrency' failed to satisfy constraint: Member must have value greater than or equal to 2")
        try await cloud.call("UpdateFunctionConfiguration", ["FunctionName": "listen", "Timeout": 60])
        #expect(await failure([:]) == "Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds")
        try await cloud.call("UpdateFunctionConfiguration", ["FunctionName": "listen", "Timeout": 30])
        #expect(cloud.lambda.state.mappings.isEmpty)
        let uuid = try await mapping(cloud, queue)["UUID"]?.string ?? ""
        let text = "An event source mapping with SQS arn (\" \(queue) \") and function (\" listen \") already exists. Please update or delete the existing mapping with UUID \(uuid)"
        #expect(await failure([:]) == text)
        #expect(await cloud.error("UpdateEventSourceMapping", ["UUID": .string(uuid), "BatchSize": 11])?.message
            == "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10")
        #expect(await cloud.error("UpdateEventSourceMapping", ["UUID": .string(uuid), "FunctionName": "nope"])?.message == "Function does not exist")
    }

    @Test("with realistic states a mapping passes through them by the clock")
    func states() async throws {
        let cloud = cloud()
        defer { cloud.close() }
        cloud.environment.hasRealisticStatus = true
        let seen = try await listener(cloud)
        let queue = try await cloud.queue("q")
        let created = try await mapping(cloud, queue)
        let uuid = created["UUID"] ?? .null
        func state() async -> Document? { try? await cloud.call("GetEventSourceMapping", ["UUID": uuid]).document["State"] }
        #expect(created["State"] == "Creating")
        try await cloud.send("a", to: queue)
        _ = await cloud.environment.settle()
        #expect(seen.all == [])
        #expect(await cloud.error("DeleteEventSourceMapping", ["UUID": uuid])?.message == "Cannot delete the event source mapping because it is in use.")
        #expect(await cloud.error("UpdateEventSourceMapping", ["UUID": uuid])?.code == "ResourceInUseException")
        _ = await cloud.environment.settle(jumping: .seconds(5))
        #expect(await state() == "Enabled")
        #expect(seen.all == ["a"])
        #expect(try await cloud.call("UpdateEventSourceMapping", ["UUID": uuid, "Enabled": false]).document["State"] == "Disabling")
        _ = await cloud.environment.settle(jumping: .seconds(5))
        #expect(await state() == "Disabled")
        #expect(try await cloud.call("DeleteEventSourceMapping", ["UUID": uuid]).document["State"] == "Deleting")
        #expect(await state() == "Deleting")
        _ = await cloud.environment.settle(jumping: .seconds(5))
        #expect(await state() == nil)
        #expect(cloud.lambda.nextDeadline == nil)
    }

    @Test("a disabled mapping receives nothing; a deleted one neither")
    func disabled() async throws {
        let cloud = cloud()
        defer { cloud.close() }
        let seen = try await listener(cloud)
        let queue = try await cloud.queue("q")
        let uuid = try await mapping(cloud, queue)["UUID"] ?? .null
        #expect(try await cloud.call("UpdateEventSourceMapping", ["UUID": uuid, "Enabled": false]).document["State"] == "Disabled")
        try await cloud.send("a", to: queue)
        _ = await cloud.environment.settle()
        try await cloud.call("DeleteEventSourceMapping", ["UUID": uuid])
        try await cloud.send("b", to: queue)
        _ = await cloud.environment.settle()
        #expect(seen.all == [])
        #expect(try await cloud.counts(queue) == ["2", "0", "0"])
    }
}
