import JSON
import Kernel
@testable import Lambda
import Testing

@Suite("Execution environments")
@CloudActor
struct ExecutionEnvironmentTests {
    let cloud: TestCloud
    let host = FakeHost()

    init() async throws {
        cloud = TestCloud()
        cloud.lambda.host = host
        try await cloud.call("CreateFunction", creation("f", ["Runtime": "python3.13", "Handler": "app.handler", "Timeout": 5]))
    }

    private func invoke(_ payload: String = "{}", _ settings: Members = [:]) async throws(AWSError) -> Reply {
        var input: Members = ["FunctionName": "f"]
        for member in settings { input[member.name] = member.value }
        return try await cloud.call("Invoke", .object(input), payload: Array(payload.utf8))
    }

    /// Milliseconds.
    private func remaining(_ event: HTTPResponse) -> Int64 {
        (event.headers["Lambda-Runtime-Deadline-Ms"].flatMap { Int64($0) } ?? 0) - CloudClock.systemTime.milliseconds
    }

    @Test("a process asks for its event, answers, and gets the next one")
    func warm() async throws {
        async let first = invoke(#"{"n":1}"#)
        let process = await host.process(0)
        let event = await process.next()
        #expect(event.status == 200)
        #expect(event.body == Array(#"{"n":1}"#.utf8))
        // By the process's own clock, though the cloud's stands in 2021.
        #expect(remaining(event) > 0 && remaining(event) <= 5000)
        #expect(event.headers["Lambda-Runtime-Invoked-Function-Arn"] == "arn:aws:lambda:us-west-2:440939667227:function:f")
        #expect(event.headers["Lambda-Runtime-Trace-Id"]?.hasPrefix("Root=1-") == true)
        #expect(await process.answers("1", to: event) == 202)
        #expect(try await first.payload == Array("1".utf8))
        async let asked = process.next()
        async let second = invoke(#"{"n":2}"#)
        let other = await asked
        #expect(other.body == Array(#"{"n":2}"#.utf8))
        await process.answers("2", to: other)
        #expect(try await second.payload == Array("2".utf8))
        #expect(host.processes.count == 1)
    }

    @Test("between invocations a process is frozen")
    func frozen() async throws {
        async let answer = invoke()
        let process = await host.process(0)
        await process.answers("1", to: await process.next())
        _ = try await answer
        #expect(!process.isFrozen)
        process.rests()
        #expect(process.isFrozen)
        async let second = cloud.error("Invoke", ["FunctionName": "f"])
        await cloud.lambda.untilRunning()
        #expect(!process.isFrozen)
        process.ends(.exited(1))
        #expect(await second == nil)
    }

    @Test("an invocation waits for a process that has just answered, and gets another one where that ends or doesn't ask for it")
    func following() async throws {
        async let first = invoke()
        let process = await host.process(0)
        await process.answers("1", to: await process.next())
        _ = try await first
        async let second = invoke("2")
        await cloud.lambda.until { !cloud.lambda.running.isEmpty }
        let event = await process.next()
        #expect(event.body == Array("2".utf8))
        await process.answers("2", to: event)
        #expect(try await second.payload == Array("2".utf8))
        async let third = invoke("3")
        await cloud.lambda.until { !cloud.lambda.running.isEmpty }
        process.ends(.exited(0))
        let other = await host.process(1)
        await other.answers("3", to: await other.next())
        #expect(try await third.payload == Array("3".utf8))
        async let fourth = invoke("4")
        await cloud.lambda.until { !cloud.lambda.running.isEmpty }
        cloud.environment.advance(to: noon + .seconds(5))
        let last = await host.process(2)
        await last.answers("4", to: await last.next())
        #expect(try await fourth.payload == Array("4".utf8))
    }

    @Test("invocations at the same time run in processes of their own")
    func concurrent() async throws {
        async let first = invoke("1")
        let one = await host.process(0)
        async let second = invoke("2")
        let two = await host.process(1)
        let (event1, event2) = (await one.next(), await two.next())
        await two.answers(String(decoding: event2.body, as: UTF8.self), to: event2)
        await one.answers(String(decoding: event1.body, as: UTF8.self), to: event1)
        #expect(try await first.payload == Array("1".utf8))
        #expect(try await second.payload == Array("2".utf8))
    }

    @Test("past the function's timeout its process is killed, and the next invocation has a new one")
    func timeout() async throws {
        async let answer = invoke("{}", ["LogType": "Tail"])
        let process = await host.process(0)
        let event = await process.next()
        process.prints("still here")
        cloud.environment.advance(to: noon + .seconds(5))
        let reply = try await answer
        let id = event.headers["Lambda-Runtime-Aws-Request-Id"] ?? ""
        #expect(reply.document["FunctionError"] == "Unhandled")
        #expect(reply.payload == Array(#"{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: \#(id) Error: Task timed out after 5.00 seconds"}"#.utf8))
        #expect(process.isKilled)
        #expect(host.discarded == ["/temporary/0"])
        async let second = invoke()
        let other = await host.process(1)
        await other.answers("1", to: await other.next())
        _ = try await second
    }

    @Test("a process that ends in the middle is an exit error", arguments: [
        (RuntimeExit.exited(1), "Runtime.ExitError", "Runtime exited with error: exit status 1"), (.exited(0), "Runtime.ExitError", "Runtime exited without providing a reason"),
        (.signalled("segmentation fault"), "Runtime.ExitError", "Runtime exited with error: signal: segmentation fault"),
        (.outOfMemory, "Runtime.OutOfMemory", "Runtime exited with error: signal: killed"),
    ])
    func exits(_ exit: RuntimeExit, _ type: String, _ text: String) async throws {
        async let answer = invoke()
        let process = await host.process(0)
        let id = await process.next().headers["Lambda-Runtime-Aws-Request-Id"] ?? ""
        process.ends(exit)
        let reply = try await answer
        #expect(reply.document["FunctionError"] == "Unhandled")
        #expect(reply.payload == Array(#"{"errorType":"\#(type)","errorMessage":"RequestId: \#(id) Error: \#(text)"}"#.utf8))
    }

    @Test("what a runtime reports is the function's error")
    func reported() async throws {
        async let answer = invoke()
        let process = await host.process(0)
        let id = await process.next().headers["Lambda-Runtime-Aws-Request-Id"] ?? ""
        let error = #"{"errorMessage":"30 of 30","errorType":"SoldOut","requestId":"\#(id)","stackTrace":[]}"#
        #expect(await process.asks("POST", "invocation/\(id)/error", body: Array(error.utf8)).status == 202)
        let reply = try await answer
        #expect(reply.document["FunctionError"] == "Unhandled")
        #expect(reply.payload == Array(error.utf8))
    }

    @Test("a runtime that can't start is started once more; then its error is the invocation's")
    func initializationError() async throws {
        async let answer = invoke()
        let error = #"{"errorMessage":"Unable to import module 'app': No module named 'app'","errorType":"Runtime.ImportModuleError"}"#
        for index in 0...1 {
            let process = await host.process(index)
            #expect(await process.asks("POST", "init/error", body: Array(error.utf8)).status == 202)
            process.ends(.exited(1))
        }
        let reply = try await answer
        #expect(reply.document["FunctionError"] == "Unhandled")
        #expect(reply.payload == Array(error.utf8))
        #expect(host.processes.count == 2)
    }

    @Test("a runtime that takes ten seconds to start is started once more, within the function's timeout")
    func slowInitialization() async throws {
        async let answer = invoke()
        let first = await host.process(0)
        cloud.environment.advance(to: noon + .seconds(10))
        #expect(first.isKilled)
        let second = await host.process(1)
        cloud.environment.advance(to: noon + .seconds(12))
        let event = await second.next()
        #expect(remaining(event) > 0 && remaining(event) <= 3000)
        cloud.environment.advance(to: noon + .seconds(15))
        let reply = try await answer
        #expect(String(decoding: reply.payload ?? [], as: UTF8.self).contains("Task timed out after 5.00 seconds"))
    }

    @Test("what can't be executed is an invalid entrypoint")
    func invalidEntrypoint() async throws {
        host.startError = AWSError("Runtime.InvalidEntrypoint", "fork/exec /code/1/bootstrap: exec format error", status: 500)
        let reply = try await invoke()
        let text = String(decoding: reply.payload ?? [], as: UTF8.self)
        #expect(text.hasPrefix(#"{"errorType":"Runtime.InvalidEntrypoint","errorMessage":"RequestId: "#))
        #expect(text.hasSuffix(#" Error: fork/exec /code/1/bootstrap: exec format error"}"#))
    }

    @Test("a changed function runs in a new process, and the old one ends")
    func changed() async throws {
        async let answer = invoke()
        let process = await host.process(0)
        await process.answers("1", to: await process.next())
        _ = try await answer
        process.rests()
        try await cloud.call("UpdateFunctionConfiguration", ["FunctionName": "f", "MemorySize": 256])
        async let second = invoke()
        let other = await host.process(1)
        #expect(process.isKilled)
        #expect(host.discarded == ["/temporary/0", "/code/1"])
        #expect(other.launch.memoryLimit == 256 << 20)
        await other.answers("1", to: await other.next())
        _ = try await second
    }

    @Test("the log has the lines of the process between START and END, and the report its memory")
    func log() async throws {
        async let answer = invoke("{}", ["LogType": "Tail"])
        let process = await host.process(0)
        cloud.environment.clock.move(to: noon + .milliseconds(120))
        let event = await process.next()
        process.prints("hello")
        process.prints("world")
        cloud.environment.clock.move(to: noon + .milliseconds(125))
        await process.answers("1", to: event)
        let id = event.headers["Lambda-Runtime-Aws-Request-Id"] ?? ""
        let tail = try Base64.decode(try await answer.document["LogResult"]?.string ?? "")
        #expect(
            String(decoding: tail, as: UTF8.self) == """
                START RequestId: \(id) Version: $LATEST
                hello
                world
                END RequestId: \(id)
                REPORT RequestId: \(id)\tDuration: 5.00 ms\tBilled Duration: 125 ms\tMemory Size: 128 MB\tMax Memory Used: 30 MB\tInit Duration: 120.00 ms\t

                """)
    }

    @Test("a process finds AWS's variables, and nothing of this process's")
    func variables() async throws {
        async let answer = invoke()
        let process = await host.process(0)
        let names = process.launch.environment.map(\.name).sorted()
        #expect(
            names == [
                "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_NAME",
                "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
                "AWS_LAMBDA_RUNTIME_API", "AWS_REGION", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_XRAY_CONTEXT_MISSING", "AWS_XRAY_DAEMON_ADDRESS", "LAMBDA_RUNTIME_DIR",
                "LAMBDA_TASK_ROOT", "LANG", "LD_LIBRARY_PATH", "PATH", "PWD", "PYTHONPATH", "SHLVL", "TMPDIR", "TZ",
                "_AWS_XRAY_DAEMON_ADDRESS", "_AWS_XRAY_DAEMON_PORT", "_HANDLER",
            ])
        #expect(process.variable("_HANDLER") == "app.handler")
        #expect(process.variable("AWS_EXECUTION_ENV") == "AWS_Lambda_python3.13")
        #expect(process.variable("AWS_LAMBDA_LOG_STREAM_NAME")?.hasPrefix("2021/12/06/[$LATEST]") == true)
        #expect(process.variable("LAMBDA_TASK_ROOT") == "/code/1")
        #expect(process.launch.directory == "/code/1")
        #expect(process.launch.command == ["/runtimes/python3.13", "/code/1"])
        await process.answers("1", to: await process.next())
        _ = try await answer
    }

    @Test("a machine without the interpreter refuses the function, by name")
    func missing() async throws {
        host.missing = ["nodejs22.x"]
        let error = await cloud.error("CreateFunction", creation("g", ["Runtime": "nodejs22.x", "Handler": "index.handler"]))
        #expect(error?.code == "InvalidParameterValueException")
        #expect(error?.message == "Functions of the runtime nodejs22.x need nodejs22.x.")
        #expect(await cloud.error("GetFunction", ["FunctionName": "g"])?.code == "ResourceNotFoundException")
    }

    @Test("idle processes end after ten minutes, for which settling doesn't wait")
    func idle() async throws {
        async let answer = invoke()
        let process = await host.process(0)
        await process.answers("1", to: await process.next())
        _ = try await answer
        process.rests()
        #expect(await cloud.environment.settle(jumping: .seconds(3600)) == .zero)
        #expect(!process.isKilled)
        cloud.environment.advance(to: noon + .seconds(601))
        #expect(process.isKilled)
    }

    @Test("an answer to an invocation that isn't the process's is refused")
    func foreignAnswer() async throws {
        async let answer = invoke()
        let process = await host.process(0)
        let event = await process.next()
        #expect(await process.asks("POST", "invocation/8476a536-e9f4-11e8-9739-2dfe598c3fcd/response").status == 400)
        await process.answers("1", to: event)
        #expect(await process.answers("2", to: event) == 400)
        #expect(try await answer.payload == Array("1".utf8))
    }

    @Test("reserved concurrency is the most that runs at once")
    func throttled() async throws {
        guard var function = cloud.lambda.state.functions.values.first else { return }
        function.reservedConcurrency = 1
        cloud.lambda.keep(function)
        async let answer = invoke()
        let process = await host.process(0)
        let event = await process.next()
        let error = await cloud.error("Invoke", ["FunctionName": "f"])
        #expect(error?.code == "TooManyRequestsException")
        #expect(error?.status == 429)
        #expect(error?.members["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded")
        await process.answers("1", to: event)
        _ = try await answer
    }

    @Test("what is reserved for one function is not there for the others")
    func unreserved() async throws {
        try await cloud.call("CreateFunction", creation("g", ["Runtime": "python3.13", "Handler": "app.handler"]))
        try await cloud.call("PutFunctionConcurrency", ["FunctionName": "g", "ReservedConcurrentExecutions": 899])
        cloud.lambda.unreservedActive[scope] = 101
        let error = await cloud.error("Invoke", ["FunctionName": "f"])
        #expect(error?.members["Reason"] == "ConcurrentInvocationLimitExceeded")
        cloud.lambda.unreservedActive[scope] = 100
        async let answer = invoke()
        let process = await host.process(0)
        await process.answers("1", to: await process.next())
        #expect(try await answer.payload == Array("1".utf8))
    }

    @Test("after a reset the processes of what was are gone")
    func reset() async throws {
        async let answer = cloud.error("Invoke", ["FunctionName": "f"])
        let process = await host.process(0)
        _ = await process.next()
        cloud.environment.reset()
        #expect(await answer?.code == "ServiceException")
        #expect(process.isKilled)
    }
}

@Suite("Extensions")
@CloudActor
struct ExtensionTests {
    let cloud: TestCloud
    let host = FakeHost()

    init() async throws {
        cloud = TestCloud()
        cloud.lambda.host = host
        host.extensionPaths = ["/opt/extensions/watcher"]
        try await cloud.call("CreateFunction", creation("f", ["Runtime": "python3.13", "Handler": "app.handler", "Timeout": 5]))
    }

    private func register(_ process: FakeProcess, _ name: String, _ events: Document) async -> HTTPResponse {
        await process.asksAt(
            "POST", "/2020-01-01/extension/register", headers: HTTPHeaders([("Lambda-Extension-Name", name)]), body: Document.object(["events": events]).json())
    }

    private func id(_ response: HTTPResponse) -> HTTPHeaders { HTTPHeaders([("Lambda-Extension-Identifier", response.headers["Lambda-Extension-Identifier"] ?? "")]) }

    @Test("a layer's extension starts before the runtime, hears of invocations, and holds the next one up until it asks for it")
    func external() async throws {
        async let answer = cloud.call("Invoke", ["FunctionName": "f"])
        let watcher = await host.process(0)
        #expect(watcher.launch.command == ["/opt/extensions/watcher"])
        #expect(watcher.variable("_HANDLER") == nil)
        #expect(host.processes.count == 1)
        let registered = await register(watcher, "watcher", ["INVOKE", "SHUTDOWN"])
        #expect(try Document(json: registered.body) == ["functionName": "f", "functionVersion": "$LATEST", "handler": "app.handler"])
        let runtime = await host.process(1)
        async let event = watcher.asksAt("GET", "/2020-01-01/extension/event/next", headers: id(registered))
        let invocation = await runtime.next()
        let told = try Document(json: await event.body)
        #expect(told["eventType"] == "INVOKE")
        #expect(told["requestId"]?.string == invocation.headers["Lambda-Runtime-Aws-Request-Id"])
        #expect(told["deadlineMs"]?.int.map { String($0) } == invocation.headers["Lambda-Runtime-Deadline-Ms"])
        await runtime.answers("1", to: invocation)
        _ = try await answer
        runtime.rests()
        #expect(!runtime.isFrozen)
        async let last = watcher.asksAt("GET", "/2020-01-01/extension/event/next", headers: id(registered))
        await cloud.lambda.until { runtime.isFrozen }
        cloud.environment.advance(to: noon + .seconds(601))
        let end = try Document(json: await last.body)
        #expect(end["eventType"] == "SHUTDOWN")
        #expect(end["shutdownReason"] == "SPINDOWN")
        #expect(runtime.isTerminated)
        #expect(watcher.endsSoon && !watcher.isTerminated)
        #expect(!runtime.isFrozen)
    }

    @Test("an extension that ends takes the invocation with it")
    func crash() async throws {
        async let answer = cloud.call("Invoke", ["FunctionName": "f"])
        let watcher = await host.process(0)
        let registered = await register(watcher, "watcher", ["INVOKE"])
        let runtime = await host.process(1)
        async let event = watcher.asksAt("GET", "/2020-01-01/extension/event/next", headers: id(registered))
        let invocation = await runtime.next()
        _ = await event
        watcher.ends(.exited(3))
        let requestID = invocation.headers["Lambda-Runtime-Aws-Request-Id"] ?? ""
        let reply = try await answer
        #expect(reply.payload == Array(#"{"errorType":"Extension.Crash","errorMessage":"RequestId: \#(requestID) Error: exit status 3"}"#.utf8))
        #expect(runtime.isKilled)
    }

    @Test("subscribers of telemetry get platform and function events")
    func telemetry() async throws {
        async let answer = cloud.call("Invoke", ["FunctionName": "f"])
        let watcher = await host.process(0)
        let registered = await register(watcher, "watcher", ["INVOKE"])
        let subscription: Document = [
            "schemaVersion": "2022-12-13", "types": ["platform", "function"], "destination": ["protocol": "HTTP", "URI": "http://sandbox.localdomain:8080/"],
        ]
        let subscribed = await watcher.asksAt("PUT", "/2022-07-01/telemetry", headers: id(registered), body: subscription.json())
        #expect(subscribed.status == 200)
        let runtime = await host.process(1)
        async let event = watcher.asksAt("GET", "/2020-01-01/extension/event/next", headers: id(registered))
        let invocation = await runtime.next()
        _ = await event
        runtime.prints("hello")
        await runtime.answers("1", to: invocation)
        _ = try await answer
        runtime.rests()
        watcher.restsAt("/2020-01-01/extension/event/next", headers: id(registered))
        await cloud.lambda.until { !host.posts.isEmpty }
        let types = try Document(json: host.posts[0].body).array?.compactMap { $0["type"]?.string }
        #expect(host.posts[0].url == "http://127.0.0.1:8080/")
        #expect(types == ["platform.telemetrySubscription", "platform.initRuntimeDone", "platform.start", "function", "platform.runtimeDone", "platform.report"])
        cloud.environment.reset()
    }

    @Test("who isn't registered gets nothing")
    func unknown() async throws {
        async let answer = cloud.error("Invoke", ["FunctionName": "f"])
        let watcher = await host.process(0)
        #expect(await watcher.asksAt("GET", "/2020-01-01/extension/event/next").status == 403)
        #expect(await register(watcher, "watcher", ["NONE"]).status == 400)
        cloud.environment.reset()
        #expect(await answer?.code == "ServiceException")
    }
}
