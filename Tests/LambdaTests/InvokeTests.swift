import JSON
import Kernel
@testable import Lambda
import Testing

@Suite("Invoke")
@CloudActor
struct InvokeTests {
    struct Trouble: Error, CustomStringConvertible { var description: String { "no seats" } }

    @Test("the handler's answer is the payload, and the handler sees its function's environment")
    func requestResponse() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        cloud.lambda.endpointURL = "http://localhost:4566"
        let seen = Seen<InvocationContext>()
        try await cloud.function("echo", ["Environment": ["Variables": ["TABLE": "eventos"]], "Timeout": 7, "MemorySize": 256]) { payload, context in
            seen.append(context)
            return payload
        }
        let reply = try await cloud.call("Invoke", ["FunctionName": "echo"], payload: Array(#"{"a":1}"#.utf8))
        #expect(reply.document == ["StatusCode": 200, "ExecutedVersion": "$LATEST"])
        #expect(reply.payload == Array(#"{"a":1}"#.utf8))
        let context = try #require(seen.all.first)
        #expect(context.functionARN == "arn:aws:lambda:us-west-2:440939667227:function:echo")
        #expect(context.deadline == noon + .seconds(7))
        #expect(context.requestID.utf8.count == 36)
        #expect(context.environment["AWS_REGION"] == "us-west-2")
        #expect(context.environment["AWS_ACCESS_KEY_ID"] == "440939667227")
        #expect(context.environment["AWS_ENDPOINT_URL"] == "http://localhost:4566")
        #expect(context.environment["AWS_LAMBDA_FUNCTION_NAME"] == "echo")
        #expect(context.environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256")
        #expect(context.environment["TABLE"] == "eventos")
        #expect(cloud.environment.fabric.isIdle)
    }

    @Test("a changed or remade function's variables are the new ones")
    func changedVariables() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        let value = { (text: String) -> Members in ["Environment": ["Variables": ["VALUE": .string(text)]]] }
        try await cloud.function("f", value("1")) { _, context in Array((context.environment["VALUE"] ?? "").utf8) }
        #expect(try await cloud.call("Invoke", ["FunctionName": "f"]).payload == Array("1".utf8))
        var update = value("2")
        update.append("FunctionName", "f")
        try await cloud.call("UpdateFunctionConfiguration", .object(update))
        #expect(try await cloud.call("Invoke", ["FunctionName": "f"]).payload == Array("2".utf8))
        try await cloud.call("DeleteFunction", ["FunctionName": "f"])
        try await cloud.call("CreateFunction", creation("f", value("3")))
        #expect(try await cloud.call("Invoke", ["FunctionName": "f"]).payload == Array("3".utf8))
    }

    @Test("a function runs the handler of its Handler setting before that of its name")
    func handlerNames() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        cloud.register("f") { _, _ in Array("1".utf8) }
        cloud.register("other") { _, _ in Array("2".utf8) }
        try await cloud.call("CreateFunction", creation("f", ["Handler": "other"]))
        try await cloud.call("CreateFunction", creation("other", ["Handler": "bootstrap"]))
        #expect(try await cloud.call("Invoke", ["FunctionName": "f"]).payload == Array("2".utf8))
        #expect(try await cloud.call("Invoke", ["FunctionName": "other"]).payload == Array("2".utf8))
        try await cloud.call("UpdateFunctionConfiguration", ["FunctionName": "f", "Handler": "bootstrap"])
        #expect(try await cloud.call("Invoke", ["FunctionName": "f"]).payload == Array("1".utf8))
    }

    @Test("what a handler throws is AWS's error document")
    func thrown() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        try await cloud.function("fails") { _, _ in throw Trouble() }
        try await cloud.function("names") { _, _ in throw FunctionError(type: "SoldOut", message: "30 of 30") }
        let reply = try await cloud.call("Invoke", ["FunctionName": "fails"])
        #expect(reply.document == ["StatusCode": 200, "FunctionError": "Unhandled", "ExecutedVersion": "$LATEST"])
        #expect(reply.payload == Array(#"{"errorMessage":"no seats","errorType":"Trouble"}"#.utf8))
        #expect(try await cloud.call("Invoke", ["FunctionName": "names"]).payload == Array(#"{"errorMessage":"30 of 30","errorType":"SoldOut"}"#.utf8))
    }

    @Test("a handler past its timeout is cancelled, answered for, and its late result dropped")
    func timeout() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        let (started, late, returned) = (Gate(), Gate(), Gate())
        let wasCancelled = Seen<Bool>()
        try await cloud.function("slow") { payload, _ in
            started.open()
            await late.pass()
            wasCancelled.append(Task.isCancelled)
            returned.open()
            return payload
        }
        async let answer = cloud.call("Invoke", ["FunctionName": "slow"])
        await started.pass()
        cloud.environment.advance(to: noon + .seconds(3))
        let reply = try await answer
        #expect(reply.document["FunctionError"] == "Unhandled")
        let error = try Document(json: reply.payload ?? [])
        #expect(error["errorType"] == "Sandbox.Timedout")
        let message = error["errorMessage"]?.string ?? ""
        #expect(message.hasPrefix("RequestId: "))
        #expect(message.hasSuffix(" Error: Task timed out after 3.00 seconds"))
        #expect(message.utf8.count == 88)
        late.open()
        await returned.pass()
        await cloud.environment.fabric.idle()
        #expect(wasCancelled.all == [true])
    }

    @Test("a dry run checks and doesn't run")
    func dryRun() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        let seen = Seen<Int>()
        try await cloud.function("f") { payload, _ in seen.append(1); return payload }
        #expect(try await cloud.call("Invoke", ["FunctionName": "f", "InvocationType": "DryRun"]).document == ["StatusCode": 204])
        #expect(seen.all.isEmpty)
    }

    @Test("the tail of the log is answered on request")
    func tail() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        try await cloud.function("f") { payload, context in context.log.write("hello"); return payload }
        let reply = try await cloud.call("Invoke", ["FunctionName": "f", "LogType": "Tail"])
        let log = String(decoding: try Base64.decode(reply.document["LogResult"]?.string ?? ""), as: UTF8.self)
        #expect(log.hasPrefix("START RequestId: "))
        #expect(log.contains(" Version: $LATEST\nhello\nEND RequestId: "))
        #expect(log.contains("\tDuration: 0.00 ms\tBilled Duration: 0 ms\tMemory Size: 128 MB\t\n"))
    }

    @Test("payloads that are too large or no JSON never reach the handler")
    func badPayloads() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        let seen = Seen<Int>()
        try await cloud.function("f") { payload, _ in seen.append(1); return payload }
        let large = await cloud.error("Invoke", ["FunctionName": "f"], payload: [UInt8](repeating: 49, count: 6_291_457))
        #expect(large?.status == 413)
        #expect(large?.message == "6291457 byte payload is too large for the RequestResponse invocation type (limit 6291456 bytes)")
        let event = await cloud.error("Invoke", ["FunctionName": "f", "InvocationType": "Event"], payload: [UInt8](repeating: 49, count: 1_048_577))
        #expect(event?.message == "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)")
        let broken = await cloud.error("Invoke", ["FunctionName": "f"], payload: Array("{".utf8))
        #expect(broken?.code == "InvalidRequestContentException")
        #expect(broken?.message?.hasPrefix("Could not parse request body into json: Could not parse payload into json: ") == true)
        #expect(seen.all.isEmpty)
    }

    @Test("a payload that begins with a word that JSON doesn't have is told in the words of AWS's parser")
    func unrecognizedToken() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        try await cloud.function("f") { payload, _ in payload }
        let error = await cloud.error("Invoke", ["FunctionName": "f", "InvocationType": "Event"], payload: Array("not json".utf8))
        #expect(error == .lambda(
            "InvalidRequestContentException",
            "Could not parse request body into json: Could not parse payload into json: Unrecognized token 'not': was expecting (JSON String, Number, Array, Object or "
                + "token 'null', 'true' or 'false')\n at [Source: (byte[])\"not json\"; line: 1, column: 4]", status: 400))
    }

    @Test("a client context is base64 of a JSON object, and reaches the handler of an event too", arguments: ["RequestResponse", "Event"])
    func clientContext(_ kind: String) async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        let seen = Seen<String?>()
        try await cloud.function("f") { payload, context in seen.append(context.clientContext); return payload }
        let invoke = { (context: String) in
            await cloud.error("Invoke", ["FunctionName": "f", "InvocationType": .string(kind), "ClientContext": .string(context)])
        }
        let message = "Client context must be a valid Base64-encoded JSON object."
        let refusal = AWSError("InvalidRequestContentException", message, status: 400, members: ["Type": .null])
        for wrong in ["!", Base64.encode(Array("not json".utf8)), Base64.encode(Array("[1]".utf8))] { #expect(await invoke(wrong) == refusal) }
        #expect(await invoke(Base64.encode(Array("{\"a\":\"\(String(repeating: "b", count: 2700))\"}".utf8)))?.code == "InvalidRequestContentException")
        let right = Base64.encode(Array(#"{"client":{}}"#.utf8))
        #expect(await invoke(right) == nil)
        await cloud.environment.fabric.idle()
        #expect(seen.all == [right])
    }

    @Test("a function that has no place left is throttled with the reason and a hint when to come again")
    func throttled() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        try await cloud.function("f") { payload, _ in payload }
        cloud.lambda.state.functions[LambdaService.FunctionKey(scope: scope, name: "f")]?.reservedConcurrency = 0
        let error = await cloud.error("Invoke", ["FunctionName": "f"])
        #expect(error == AWSError(
            "TooManyRequestsException", "Rate Exceeded.", status: 429,
            members: ["Reason": "ReservedFunctionConcurrentInvocationLimitExceeded", "Type": "User", "retryAfterSeconds": "1"]))
    }

    @Test("a log in JSON has records in place of lines")
    func jsonLog() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        try await cloud.function("f", ["LoggingConfig": ["LogFormat": "JSON"]]) { payload, context in context.log.write("hello"); return payload }
        let reply = try await cloud.call("Invoke", ["FunctionName": "f", "LogType": "Tail"])
        let log = String(decoding: try Base64.decode(reply.document["LogResult"]?.string ?? ""), as: UTF8.self)
        let lines = log.split(separator: "\n")
        #expect(lines.count == 3)
        let start = try Document(json: Array(lines[0].utf8))
        #expect(start["time"] == "2021-12-06T02:01:51.000Z")
        #expect(start["type"] == "platform.start")
        #expect(start["record"]?["functionArn"] == "arn:aws:lambda:us-west-2:440939667227:function:f")
        #expect(start["record"]?["version"] == "$LATEST")
        #expect(lines[1] == "hello")
        let report = try Document(json: Array(lines[2].utf8))
        #expect(report["type"] == "platform.report")
        #expect(report["record"]?["requestId"] == start["record"]?["requestId"])
        #expect(report["record"]?["status"] == "success")
        #expect(report["record"]?["metrics"] == ["durationMs": .number("0.00"), "billedDurationMs": 0, "memorySizeMB": 128])
    }

    @Test("of a log in JSON the level WARN has only what went wrong")
    func jsonLogLevel() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        try await cloud.function("f", ["LoggingConfig": ["LogFormat": "JSON", "SystemLogLevel": "WARN"]]) { payload, _ in payload }
        #expect(try await cloud.call("Invoke", ["FunctionName": "f", "LogType": "Tail"]).document["LogResult"] == "")
    }

    @Test("an answer of more than six megabytes is an error of the function")
    func largeAnswer() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        try await cloud.function("f") { _, _ in [UInt8](repeating: 49, count: 6_291_457) }
        let reply = try await cloud.call("Invoke", ["FunctionName": "f"])
        #expect(
            reply.payload
                == Array(
                    #"{"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).","errorType":"Function.ResponseSizeTooLarge"}"#.utf8))
    }

    @Test("an event is answered at once and tried three times, a minute and two minutes apart")
    func event() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        let seen = Seen<String>()
        try await cloud.function("f") { payload, context in
            seen.append("\(context.started.seconds - noon.seconds) \(String(decoding: payload, as: UTF8.self)) \(context.requestID)")
            throw Trouble()
        }
        let reply = try await cloud.call("Invoke", ["FunctionName": "f", "InvocationType": "Event"], payload: Array("7".utf8))
        #expect(reply.document == ["StatusCode": 202])
        _ = await cloud.environment.settle(jumping: .seconds(3600))
        let id = try #require(seen.all.first?.split(separator: " ").last)
        #expect(seen.all == ["0 7 \(id)", "60 7 \(id)", "180 7 \(id)"])
    }

    @Test("after a reset, what ran before is answered as gone")
    func reset() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        let (started, never) = (Gate(), Gate())
        try await cloud.function("slow") { payload, _ in
            started.open()
            // Until it is cancelled.
            await never.pass()
            return payload
        }
        async let failure = cloud.error("Invoke", ["FunctionName": "slow"])
        await started.pass()
        cloud.environment.reset()
        #expect(await failure?.message == "The cloud's state was replaced while the function ran.")
        #expect(cloud.lambda.running.isEmpty)
        #expect(await cloud.error("Invoke", ["FunctionName": "slow"])?.code == "ResourceNotFoundException")
    }

    @Test("functions outlive the process, with their code")
    func restart() async throws {
        let store = MemoryStore()
        let before = TestCloud(store: store)
        try await before.function("f", ["Tags": ["team": "a"], "Environment": ["Variables": ["KEY": "V"]]]) { payload, _ in payload }
        try await before.call(
            "AddPermission", ["FunctionName": "f", "StatementId": "s", "Action": "lambda:*", "Principal": "*"])
        await before.environment.journal.commit()
        before.close()
        let after = TestCloud(store: store)
        defer { after.close() }
        try after.environment.load()
        #expect(after.lambda.state.functions == before.lambda.state.functions)
        #expect(after.lambda.state.packages == before.lambda.state.packages)
        // Nothing is registered in the new process: said, not pretended.
        #expect(await after.error("Invoke", ["FunctionName": "f"])?.code == "InvalidRuntimeException")
    }
}
