import HTTPServer
import JSON
import Kernel
@testable import LambdaRuntime
import Testing

@Suite("Streamed answers")
@CloudActor
struct StreamingTests {
    struct SoldOut: Error {}

    /// What the Runtime API was sent for the one invocation that it gives out.
    @CloudActor
    private final class Report: HTTPBodyReceiver {
        var path = ""
        var headers: [String: String] = [:]
        var body = ""
        var trailers: [String: String] = [:]
        private var responder: HTTPResponder?

        func begin(_ request: HTTPRequest, _ responder: HTTPResponder) {
            path = request.target
            for (name, value) in request.headers.pairs { headers[name.lowercased()] = value }
            self.responder = responder
        }

        func receive(_ piece: [UInt8]) { body += String(decoding: piece, as: UTF8.self) }

        func end(trailers: HTTPHeaders) {
            for (name, value) in trailers.pairs { self.trailers[name] = value }
            responder?.respond(HTTPResponse(status: 202))
        }

        func fail(_ failure: HTTPBodyFailure) { Issue.record("\(failure.reason)") }
    }

    private func serve(_ handler: LambdaHandler) async throws -> Report {
        let report = Report()
        let server = WebServer(now: { noon }, receiver: { $0.method == "POST" ? report : nil }) { _, responder in
            let headers = HTTPHeaders([("Lambda-Runtime-Aws-Request-Id", "id"), ("Lambda-Runtime-Deadline-Ms", "1638756114000")])
            responder.respond(HTTPResponse(status: 200, headers: headers, body: Array(#"{"n":3}"#.utf8)))
        }
        let address = "127.0.0.1:\(try server.listen(port: 0))"
        try await LambdaMain(handler, ["AWS_LAMBDA_RUNTIME_API": address], clock: { noon }).serveOne()
        await server.shutdown(within: .zero)
        return report
    }

    @Test("pieces are sent as they are written")
    func pieces() async throws {
        let handler = LambdaHandler(streaming: { (event: Document, response: LambdaResponseStream, _: LambdaContext) in
            for number in 1...(event["n"]?.int ?? 0) { try await response.write("\(number)\n") }
        })
        let report = try await serve(handler)
        #expect((report.path, report.body) == ("/2018-06-01/runtime/invocation/id/response", "1\n2\n3\n"))
        #expect(report.headers["lambda-runtime-function-response-mode"] == "streaming")
        #expect((report.headers["transfer-encoding"], report.headers["content-type"]) == ("chunked", "application/octet-stream"))
        #expect(try await handler.run(Array(#"{"n":2}"#.utf8), context()) == Array("1\n2\n".utf8))
    }

    @Test("status and headers come first, ended by eight zero bytes")
    func prelude() async throws {
        let report = try await serve(LambdaHandler(streaming: { (_: Document, response: LambdaResponseStream, _: LambdaContext) in
            try await response.start(status: 201, headers: ["Content-Type": "text/plain"], cookies: ["a=b"])
            try await response.write("hi")
            await #expect(throws: LambdaError.self) { try await response.start() }
        }))
        let prelude = #"{"statusCode":201,"headers":{"Content-Type":"text/plain"},"cookies":["a=b"]}"#
        #expect(report.body == prelude + String(repeating: "\0", count: 8) + "hi")
        #expect(report.headers["content-type"] == "application/vnd.awslambda.http-integration-response")
    }

    @Test("an error before the first piece is an error as any other, one after it goes behind the pieces")
    func errors() async throws {
        let early = try await serve(LambdaHandler(streaming: { (_: Document, _: LambdaResponseStream, _: LambdaContext) in throw SoldOut() }))
        #expect((early.path, early.body) == ("/2018-06-01/runtime/invocation/id/error", #"{"errorMessage":"SoldOut()","errorType":"SoldOut"}"#))
        let late = try await serve(LambdaHandler(streaming: { (_: Document, response: LambdaResponseStream, _: LambdaContext) in
            try await response.write("half")
            throw SoldOut()
        }))
        #expect((late.path, late.body) == ("/2018-06-01/runtime/invocation/id/response", "half"))
        #expect(late.headers["trailer"] == "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body")
        let document = Base64.encode(Array(#"{"errorMessage":"SoldOut()","errorType":"SoldOut"}"#.utf8))
        #expect(late.trailers == ["Lambda-Runtime-Function-Error-Type": "SoldOut", "Lambda-Runtime-Function-Error-Body": document])
    }

    @Test("an answer may be empty, and large")
    func sizes() async throws {
        let empty = try await serve(LambdaHandler(streaming: { (_: Document, _: LambdaResponseStream, _: LambdaContext) in }))
        #expect((empty.path, empty.body) == ("/2018-06-01/runtime/invocation/id/response", ""))
        let piece = String(repeating: "0123456789abcdef", count: 4096)
        let large = try await serve(LambdaHandler(streaming: { (_: Document, response: LambdaResponseStream, _: LambdaContext) in
            for _ in 0..<40 { try await response.write(piece) }
        }))
        #expect(large.body.utf8.count == 40 * 65536)
    }
}
