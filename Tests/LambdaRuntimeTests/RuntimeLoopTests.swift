import HTTPServer
import JSON
import Kernel
@testable import LambdaRuntime
import Testing

/// Lambda's Runtime API as far as a runtime sees it: one invocation to give out, and what was reported.
@CloudActor
final class FakeRuntimeAPI {
    var reports: [(path: String, type: String?, body: String)] = []
    private var server: WebServer?
    private let payload: String

    init(payload: String) { self.payload = payload }

    /// - Returns: host and port.
    func start() throws -> String {
        let server = WebServer(now: { noon }) { [weak self] request, responder in
            guard let self else { return }
            if request.method == "GET", request.target == "/2018-06-01/runtime/invocation/next" {
                let headers = HTTPHeaders([
                    ("Lambda-Runtime-Aws-Request-Id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"), ("Lambda-Runtime-Deadline-Ms", "1638756114000"),
                    ("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-west-2:440939667227:function:f"), ("Lambda-Runtime-Trace-Id", "Root=1-2-3"),
                ])
                return responder.respond(HTTPResponse(status: 200, headers: headers, body: Array(payload.utf8)))
            }
            reports.append((request.target, request.headers["Lambda-Runtime-Function-Error-Type"], String(decoding: request.body, as: UTF8.self)))
            responder.respond(HTTPResponse(status: 202, body: Array(#"{"status":"OK"}"#.utf8)))
        }
        self.server = server
        return "127.0.0.1:\(try server.listen(port: 0))"
    }

    func stop() async { await server?.shutdown(within: .zero) }
}

@Suite("Runtime API")
@CloudActor
struct RuntimeLoopTests {
    struct SoldOut: Error {}

    private func serve(_ payload: String, _ handler: LambdaHandler) async throws -> [(path: String, type: String?, body: String)] {
        let api = FakeRuntimeAPI(payload: payload)
        let address = try api.start()
        let main = try LambdaMain(
            handler, ["AWS_LAMBDA_RUNTIME_API": address, "AWS_LAMBDA_FUNCTION_NAME": "f", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256"], clock: { noon })
        try await main.serveOne()
        await api.stop()
        return api.reports
    }

    @Test("an invocation is taken, run with its context and answered")
    func success() async throws {
        let handler = LambdaHandler { (event: Document, context: LambdaContext) in
            [
                "event": event, "id": .string(context.requestID), "arn": .string(context.functionARN), "name": .string(context.functionName),
                "memory": .int(context.memorySize), "trace": .string(context.trace), "remaining": .int(context.remainingTime.components.seconds),
            ] as Document
        }
        let reports = try await serve(#"{"a":1}"#, handler)
        #expect(reports.map(\.path) == ["/2018-06-01/runtime/invocation/8476a536-e9f4-11e8-9739-2dfe598c3fcd/response"])
        let body =
            #"{"event":{"a":1},"id":"8476a536-e9f4-11e8-9739-2dfe598c3fcd","arn":"arn:aws:lambda:us-west-2:440939667227:function:f","#
            + #""name":"f","memory":256,"trace":"Root=1-2-3","remaining":3}"#
        #expect(reports.first?.body == body)
    }

    @Test("what a handler throws is reported as an error")
    func failure() async throws {
        let reports = try await serve("{}", LambdaHandler { (_: Document, _: LambdaContext) -> Document in throw SoldOut() })
        #expect(reports.map(\.path) == ["/2018-06-01/runtime/invocation/8476a536-e9f4-11e8-9739-2dfe598c3fcd/error"])
        #expect(reports.first?.type == "SoldOut")
        #expect(reports.first?.body == #"{"errorMessage":"SoldOut()","errorType":"SoldOut"}"#)
    }

    @Test("without a Runtime API there is nothing to serve")
    func unreachable() async throws {
        #expect(throws: LambdaError.self) { try LambdaMain(LambdaHandler(bytes: { bytes, _ in bytes }), [:]) }
        let api = FakeRuntimeAPI(payload: "")
        let address = try api.start()
        await api.stop()
        let main = try LambdaMain(LambdaHandler(bytes: { bytes, _ in bytes }), ["AWS_LAMBDA_RUNTIME_API": address])
        await #expect(throws: LambdaError.self) { try await main.serveOne() }
    }

    @Test("the client's calls go over real connections")
    func loopback() async throws {
        let server = WebServer(now: { noon }) { request, responder in
            let target = request.headers["X-Amz-Target"] ?? ""
            responder.respond(HTTPResponse(status: 200, body: Document.object(["target": .string(target), "host": .string(request.headers["Host"] ?? "")]).json()))
        }
        let port = try server.listen(port: 0)
        let client = AWSClient(environment: [
            "AWS_REGION": "us-west-2", "AWS_ACCESS_KEY_ID": "440939667227", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_ENDPOINT_URL": "http://127.0.0.1:\(port)",
        ])
        #expect(try await client.call(.dynamoDB, "ListTables", [:]) == ["target": "DynamoDB_20120810.ListTables", "host": .string("127.0.0.1:\(port)")])
        await server.shutdown(within: .zero)
    }
}
