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
        #expect(plain.head.status == 200 && plain.body == #"{"statusCode": 201, "body": "x"}"# && plain.head.headers["Content-Type"] == "application/octet-stream")
        let headed = try await streamed("/head")
        #expect(headed.head.status == 201 && headed.body == "rest" && headed.head.headers["X-A"] == "1" && headed.head.headers["Set-Cookie"] == "c=1")
        #expect(try await streamed("/text").body == "text\u{0}")
        #expect(try await cloud.whole(id, "GET", "/fail").status == 502)
    }
}
