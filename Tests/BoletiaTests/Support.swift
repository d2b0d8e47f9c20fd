@testable import Boletia
import HTTPServer
import JSON
import Kernel
import LambdaRuntime
import Synchronization

let noon = Timestamp(seconds: 1_638_761_644)

/// Answers the handlers' calls as a test says, and keeps what was called.
final class FakeAWS: HTTPTransport, Sendable {
    struct Called: Sendable, Equatable {
        var operation: String
        var input: Document
    }

    typealias Answer = @Sendable (Called) -> (Int, String)

    private let answer: Answer
    private let all = Mutex<[Called]>([])
    let log = Lines()

    init(_ answer: @escaping Answer = { _ in (200, "{}") }) { self.answer = answer }

    var calls: [Called] { all.withLock { $0 } }
    var operations: [String] { calls.map(\.operation) }

    func send(_ request: HTTPRequest, to origin: HTTPOrigin, timeout: Duration) async throws(HTTPClientError) -> HTTPResponse {
        let called: Called
        if let target = request.headers["X-Amz-Target"], let input = try? Document(json: request.body) {
            called = Called(operation: target.split(separator: ".").last.map(String.init) ?? target, input: input)
        } else {
            called = Called(operation: "SendEmail", input: Self.form(request.body))
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

    var context: LambdaContext {
        let log = log
        return LambdaContext(
            requestID: "id", functionARN: "arn:aws:lambda:us-west-2:440939667227:function:f", functionName: "f", memorySize: 128, trace: "",
            environment: [
                "AWS_REGION": "us-west-2", "AWS_ACCESS_KEY_ID": "440939667227", "AWS_SECRET_ACCESS_KEY": "s", "AWS_ENDPOINT_URL": "http://localhost:4566",
                "AWS_MAX_ATTEMPTS": "1", "SENDER_EMAIL": "boletia@example.com",
            ], deadline: noon, clock: { noon }, seed: 7, transport: self, write: { log.append($0) })
    }

    /// Runs a handler by its name, as Lambda does.
    func run(_ name: String, _ event: Document) async throws -> Document {
        guard let handler = BoletiaFunctions.application.functions.first(where: { $0.name == name })?.handler else { throw NoHandler() }
        return try Document(json: try await handler.run(event.json(), context))
    }

    /// Runs a handler with a request of API Gateway.
    func request(_ name: String, body: String? = nil, path: [String: String] = [:]) async throws -> (status: Int?, type: String?, body: String) {
        let answer = try await run(name, [
            "httpMethod": "GET", "path": "/", "body": body.map { .string($0) } ?? .null,
            "pathParameters": path.isEmpty ? .null : .object(Members(path.map { .init(name: $0.key, value: .string($0.value)) })),
        ])
        return (answer["statusCode"]?.int, answer["headers"]?["Content-Type"]?.string, answer["body"]?.string ?? "")
    }

    struct NoHandler: Error {}
}

final class Lines: Sendable {
    private let all = Mutex<[String]>([])
    func append(_ line: String) { all.withLock { $0.append(line) } }
    var values: [String] { all.withLock { $0 } }
}

let conditionFailed = (400, #"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"The conditional request failed"}"#)
let aida = #"{"PK":{"S":"E"},"SK":{"S":"Opera Aida"},"Capacidad":{"N":"30"},"Categoria":{"S":"Opera"},"Estado":{"S":"A"}}"#
let queen = #"{"PK":{"S":"E"},"SK":{"S":"Queen Live"},"Capacidad":{"N":"500"},"Categoria":{"S":"Rock"},"Estado":{"S":"A"}}"#
let reserva =
    #"{"PK":{"S":"I"},"SK":{"S":"21tYJ9WFytF1KRq73EtsGjWrUE4"},"Evento":{"S":"Opera Aida"},"Estado":{"S":"X"},"Email":{"S":"cliente.ii@example.com"},"Cantidad":{"N":"10"}}"#
