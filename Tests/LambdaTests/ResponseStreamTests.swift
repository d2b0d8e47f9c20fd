import JSON
import Kernel
@testable import Lambda
import Testing

/// What came out of a pipe.
@CloudActor
final class Received<Element: Sendable> {
    private(set) var elements: [Element] = []
    private(set) var end: PipeEnd?

    init(_ pipe: Pipe<Element>) {
        pipe.read { self.elements.append($0) } end: { self.end = $0 }
    }
}

@Suite("InvokeWithResponseStream")
@CloudActor
struct ResponseStreamTests {
    @Test("an answer that isn't streamed is one chunk; the end tells the log where it was asked for")
    func buffered() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        try await cloud.function("f") { payload, context in
            context.log.write("seen")
            return payload
        }
        let reply = try await cloud.call("InvokeWithResponseStream", ["FunctionName": "f", "LogType": "Tail"], payload: Array(#"{"a":1}"#.utf8))
        #expect(reply.document == ["StatusCode": 200, "ExecutedVersion": "$LATEST"])
        let received = Received(try #require(reply.events))
        #expect(received.end == .finished && received.elements.count == 2)
        #expect(received.elements.first == .blob(name: "PayloadChunk", Array(#"{"a":1}"#.utf8)))
        guard case .structure("InvokeComplete", let completion)? = received.elements.last else { Issue.record("no end"); return }
        let log = try Base64.decode(try #require(completion["LogResult"]?.string))
        #expect(String(decoding: log, as: UTF8.self).contains("seen"))
        #expect(completion["ErrorCode"] == nil)
        let quiet = Received(try #require(try await cloud.call("InvokeWithResponseStream", ["FunctionName": "f"]).events))
        #expect(quiet.elements.last == .structure(name: "InvokeComplete", [:]))
    }

    @Test("a failed function ends the stream with its error")
    func failing() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        try await cloud.function("f") { _, _ in throw FunctionError(type: "Sold.Out", message: "no seats") }
        let received = Received(try #require(try await cloud.call("InvokeWithResponseStream", ["FunctionName": "f"]).events))
        #expect(received.end == .finished)
        #expect(received.elements == [
            .structure(name: "InvokeComplete", ["ErrorCode": "Sold.Out", "ErrorDetails": #"{"errorMessage":"no seats","errorType":"Sold.Out"}"#])
        ])
    }

    @Test("DryRun checks and runs nothing; what Invoke refuses is refused before the stream")
    func refusals() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        let seen = Seen<Int>()
        try await cloud.function("f") { payload, _ in
            seen.append(1)
            return payload
        }
        let dry = try await cloud.call("InvokeWithResponseStream", ["FunctionName": "f", "InvocationType": "DryRun"])
        #expect(dry.document == ["StatusCode": 204] && dry.events == nil)
        #expect(await cloud.error("InvokeWithResponseStream", ["FunctionName": "g"])?.code == "ResourceNotFoundException")
        #expect(await cloud.error("InvokeWithResponseStream", ["FunctionName": "f"], payload: Array("{".utf8))?.code == "InvalidRequestContentException")
        #expect(await cloud.error("InvokeWithResponseStream", ["FunctionName": "f"], payload: [UInt8](repeating: 49, count: 6 << 20 + 1))?.code == "RequestEntityTooLargeException")
        #expect(await cloud.error("InvokeWithResponseStream", ["FunctionName": "f", "InvocationType": "Event"])?.message
            == "1 validation error detected: Value 'Event' at 'invocationType' failed to satisfy constraint: Member must satisfy enum value set: [RequestResponse, DryRun]")
        var function = try #require(cloud.lambda.state.functions.values.first)
        function.reservedConcurrency = 0
        cloud.lambda.keep(function)
        #expect(await cloud.error("InvokeWithResponseStream", ["FunctionName": "f"])?.code == "TooManyRequestsException")
        #expect(seen.all.isEmpty)
    }

    @Test("a function URL in streaming mode sends what isn't streamed as it is, and a failure as 502")
    func urls() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        try await cloud.function("f") { payload, _ in
            if String(decoding: payload, as: UTF8.self).contains("/fail") { throw FunctionError(type: "E", message: "no") }
            if String(decoding: payload, as: UTF8.self).contains("/head") { return Array(#"{"statusCode":201,"headers":{"X-A":"1"},"cookies":["c=1"]}"#.utf8) + [UInt8](repeating: 0, count: 8) + Array("rest".utf8) }
            if String(decoding: payload, as: UTF8.self).contains("/text") { return Array("text\u{0}".utf8) }
            return Array(#"{"statusCode": 201, "body": "x"}"#.utf8)
        }
        let id = try await cloud.url("f", ["InvokeMode": "RESPONSE_STREAM"])
        func streamed(_ path: String) async throws -> (head: HTTPResponse, body: String) {
            guard case .stream(let head, let pipe) = try await cloud.ask(id, "GET", path) else { throw FunctionError(type: "", message: "not streamed") }
            let received = Received(pipe)
            #expect(received.end == .finished)
            return (head, String(decoding: received.elements.joined(), as: UTF8.self))
        }
        let plain = try await streamed("/")
        #expect(plain.head.status == 200 && plain.body == #"{"statusCode": 201, "body": "x"}"# && plain.head.headers["Content-Type"] == "application/json")
        let headed = try await streamed("/head")
        #expect(headed.head.status == 201 && headed.body == "rest" && headed.head.headers["X-A"] == "1" && headed.head.headers["Set-Cookie"] == "c=1")
        #expect(try await streamed("/text").body == "text\u{0}")
        #expect(try await cloud.whole(id, "GET", "/fail").status == 502)
    }
}

@Suite("Answers that a runtime streams")
@CloudActor
struct RuntimeStreamTests {
    let cloud: TestCloud
    let host = FakeHost()

    init() async throws {
        cloud = TestCloud()
        cloud.lambda.host = host
        try await cloud.call("CreateFunction", creation("f", ["Runtime": "nodejs22.x", "Handler": "index.handler", "Timeout": 5]))
    }

    static let integration = "application/vnd.awslambda.http-integration-response"

    private func trailers(_ type: String, _ document: String) -> HTTPHeaders {
        HTTPHeaders([("Lambda-Runtime-Function-Error-Type", type), ("Lambda-Runtime-Function-Error-Body", Base64.encode(Array(document.utf8)))])
    }

    @Test("pieces are events as they come; the process is free when the answer has ended")
    func pieces() async throws {
        async let asked = cloud.call("InvokeWithResponseStream", ["FunctionName": "f"])
        let process = await host.process(0)
        let event = await process.next()
        let answer = try #require(process.streams(to: event))
        let received = Received(try #require(try await asked.events))
        #expect(received.elements.isEmpty)
        answer.receive(Array("one".utf8))
        #expect(received.elements == [.blob(name: "PayloadChunk", Array("one".utf8))])
        answer.receive(Array("two".utf8))
        answer.end(trailers: HTTPHeaders())
        #expect(process.statuses == [202])
        while received.end == nil { await Task.yield() }
        #expect(received.elements.dropFirst() == [.blob(name: "PayloadChunk", Array("two".utf8)), .structure(name: "InvokeComplete", [:])])
        process.rests()
        #expect(process.isFrozen)
        // Another one, of an invocation that is over.
        #expect(process.streams(to: event) == nil)
        #expect(process.statuses == [202, 400])
    }

    @Test("Invoke gathers what is streamed, up to its limit")
    func gathered() async throws {
        async let small = cloud.call("Invoke", ["FunctionName": "f"])
        let process = await host.process(0)
        let answer = try #require(process.streams(to: await process.next()))
        answer.receive(Array("on".utf8))
        answer.receive(Array("e".utf8))
        answer.end(trailers: HTTPHeaders())
        #expect(try await small.payload == Array("one".utf8))
        async let event = process.next()
        async let large = cloud.call("Invoke", ["FunctionName": "f"])
        let second = try #require(process.streams(to: await event))
        for _ in 0..<7 { second.receive([UInt8](repeating: 49, count: 1 << 20)) }
        second.end(trailers: HTTPHeaders())
        #expect(try Document(json: try #require(try await large.payload))["errorType"] == "Function.ResponseSizeTooLarge")
    }

    @Test("an error in the trailer fields, a broken connection and a timeout end the stream with an error")
    func errors() async throws {
        async let first = cloud.call("InvokeWithResponseStream", ["FunctionName": "f"])
        let process = await host.process(0)
        let answer = try #require(process.streams(to: await process.next()))
        let received = Received(try #require(try await first.events))
        answer.receive(Array("half".utf8))
        answer.end(trailers: trailers("Error", #"{"errorType":"Error","errorMessage":"no seats"}"#))
        while received.end == nil { await Task.yield() }
        #expect(received.elements.last == .structure(name: "InvokeComplete", ["ErrorCode": "Error", "ErrorDetails": #"{"errorType":"Error","errorMessage":"no seats"}"#]))
        async let event = process.next()
        async let second = cloud.call("InvokeWithResponseStream", ["FunctionName": "f"])
        let cut = try #require(process.streams(to: await event))
        let cutOff = Received(try #require(try await second.events))
        cut.fail()
        while cutOff.end == nil { await Task.yield() }
        guard case .structure("InvokeComplete", let completion)? = cutOff.elements.last else { Issue.record("no end"); return }
        #expect(completion["ErrorCode"] == "Runtime.TruncatedResponse")
        async let third = process.next()
        async let late = cloud.call("InvokeWithResponseStream", ["FunctionName": "f"])
        let slow = try #require(process.streams(to: await third))
        let timedOut = Received(try #require(try await late.events))
        slow.receive(Array("x".utf8))
        cloud.environment.advance(to: noon + .seconds(6))
        while timedOut.end == nil { await Task.yield() }
        guard case .structure("InvokeComplete", let timeout)? = timedOut.elements.last else { Issue.record("no end"); return }
        #expect(timeout["ErrorCode"] == "Sandbox.Timedout" && process.isKilled)
        slow.receive(Array("y".utf8))
        slow.fail()
    }

    @Test("a streamed answer of a function URL begins with its head, however it is cut")
    func urls() async throws {
        let id = try await cloud.url("f", ["InvokeMode": "RESPONSE_STREAM"])
        let head = Array(#"{"statusCode":201,"headers":{"Content-Type":"text/plain"}}"#.utf8)
        let mark = [UInt8](repeating: 0, count: 8)
        var process: FakeProcess?
        for pieces in [[head, mark, Array("body".utf8)], [head + mark + Array("body".utf8)], (head + mark + Array("body".utf8)).map { [$0] }] {
            async let asked = cloud.ask(id)
            let runtime: FakeProcess
            if let process { runtime = process } else { runtime = await host.process(0) }
            process = runtime
            let answer = try #require(runtime.streams(to: await runtime.next(), contentType: Self.integration))
            for piece in pieces { answer.receive(piece) }
            guard case .stream(let response, let body) = try await asked else { Issue.record("not streamed"); return }
            #expect(response.status == 201 && response.headers.all("Content-Type") == ["text/plain"])
            let received = Received(body)
            #expect(received.elements.joined().elementsEqual("body".utf8) && received.end == nil)
            answer.receive(Array(" more".utf8))
            #expect(received.elements.joined().elementsEqual("body more".utf8))
            answer.end(trailers: HTTPHeaders())
            while received.end == nil { await Task.yield() }
            #expect(received.end == .finished)
        }
        let runtime = try #require(process)
        // Of a type that has no head, at once and whole; a failure breaks it off.
        async let asked = cloud.ask(id)
        let answer = try #require(runtime.streams(to: await runtime.next(), contentType: "text/event-stream"))
        guard case .stream(let response, let body) = try await asked else { Issue.record("not streamed"); return }
        #expect(response.status == 200 && response.headers["Content-Type"] == "text/event-stream")
        let received = Received(body)
        answer.receive(head + mark)
        #expect(received.elements.joined().elementsEqual(head + mark))
        answer.end(trailers: trailers("Error", "{}"))
        while received.end == nil { await Task.yield() }
        #expect(received.end == .broken)
        // A head that isn't one.
        async let wrong = cloud.whole(id)
        let third = try #require(runtime.streams(to: await runtime.next(), contentType: Self.integration))
        third.receive(Array("{no".utf8) + mark)
        #expect(try await wrong.status == 502)
        third.end(trailers: HTTPHeaders())
    }
}
