import HTTPServer
import JSON
import Kernel
import LambdaRuntime
import Synchronization

let noon = Timestamp(seconds: 1_638_761_644)

/// Answers the handlers' calls as a test says, and keeps what was called.
final class FakeAWS: HTTPTransport, Sendable {
    struct Called: Sendable, Equatable {
        /// `PutItem`, `Publish`; of S3 `GET /bucket/key`.
        var operation: String
        /// Of the query protocol, the form.
        var input: Document
        /// What the request is signed for: `cn-northwest-1/dynamodb`.
        var scope: String
    }

    typealias Answer = @Sendable (Called) -> (Int, String)

    private let answer: Answer
    private let all = Mutex<[Called]>([])
    private let lines = Mutex<[String]>([])

    init(_ answer: @escaping Answer = { _ in (200, "{}") }) { self.answer = answer }

    var calls: [Called] { all.withLock { $0 } }
    var operations: [String] { calls.map(\.operation) }
    var log: [String] { lines.withLock { $0 } }

    private func note(_ line: String) { lines.withLock { $0.append(line) } }

    func send(_ request: HTTPRequest, to origin: HTTPOrigin, timeout: Duration) async throws(HTTPClientError) -> HTTPResponse {
        let credential = request.headers["Authorization"]?.split(separator: " ").first { $0.hasPrefix("Credential=") } ?? ""
        let scope = credential.split(separator: "/").dropFirst(2).prefix(2).joined(separator: "/")
        let called: Called
        if let target = request.headers["X-Amz-Target"], let input = try? Document(json: request.body) {
            called = Called(operation: target.split(separator: ".").last.map(String.init) ?? target, input: input, scope: scope)
        } else if request.headers["Content-Type"]?.hasPrefix("application/x-www-form-urlencoded") == true {
            let form = Self.form(request.body)
            called = Called(operation: form["Action"]?.string ?? "", input: form, scope: scope)
        } else {
            called = Called(operation: "\(request.method) \(request.target)", input: .null, scope: scope)
        }
        all.withLock { $0.append(called) }
        let (status, body) = answer(called)
        return HTTPResponse(status: status, body: Array(body.utf8))
    }

    private static func form(_ body: [UInt8]) -> Document {
        .object(Members(String(decoding: body, as: UTF8.self).split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map { APIGatewayProxyRequest.unescaped(String($0)) }
            return Members.Member(name: parts[0], value: .string(parts.count > 1 ? parts[1] : ""))
        }))
    }

    func context(seed: UInt64 = 7, region: String = "eu-west-1", _ variables: [String: String] = [:]) -> LambdaContext {
        let environment = [
            "AWS_REGION": region, "AWS_ACCESS_KEY_ID": "440939667227", "AWS_SECRET_ACCESS_KEY": "s", "AWS_ENDPOINT_URL": "http://localhost:4566",
            "AWS_MAX_ATTEMPTS": "1",
        ]
        return LambdaContext(
            requestID: "id", functionARN: "arn:aws:lambda:eu-west-1:440939667227:function:f", functionName: "f", memorySize: 128, trace: "",
            environment: environment.merging(variables) { $1 }, deadline: noon, clock: { noon }, seed: seed, transport: self,
            write: { self.note($0) })
    }

    /// Runs an application's handler by its name, as Lambda does.
    func run(_ application: LambdaApplication, _ name: String, _ event: Document, _ context: LambdaContext? = nil) async throws -> Document {
        guard let handler = application.handlers.first(where: { $0.name == "\(application.name).\(name)" })?.handler else { throw NoHandler() }
        return try Document(json: try await handler.run(event.json(), context ?? self.context()))
    }

    struct NoHandler: Error {}
}

/// Counts from 0 up.
final class Counter: Sendable {
    private let count = Mutex(0)
    func next() -> Int { count.withLock { count in defer { count += 1 }; return count } }
}
