import Boletia
import Cloud
import Compression
import Foundation
import HTTPServer
import JSON
import Kernel
import LambdaRuntime
import Lottery
import Testing
import Transactions

/// The same handlers registered in a cloud, served by ``LambdaMain`` in this process, and deployed as a zip with the program `bootstrap`, which runs in a
/// process of its own: the same answers and the same error documents, byte by byte.
@CloudActor
@Suite("One handler, three ways")
struct ThreeWaysTests {
    struct Invocation: Sendable, CustomTestStringConvertible {
        let handler: String
        let payload: String

        var testDescription: String { "\(handler) \(payload)" }
    }

    struct Outcome: Equatable, Sendable {
        var isError: Bool
        var payload: String
    }

    nonisolated static let applications = [BoletiaFunctions.application, LotteryFunctions.application, TransactionsFunctions.application]

    nonisolated static let invocations = [
        // Answers, with and without calls of AWS.
        Invocation(handler: "Lottery.InputWinners", payload: #"{"input": 2}"#),
        Invocation(handler: "Lottery.RecordWinners", payload: #"{"winner_details": [{"employee_id": "003", "employee_name": "Aaron", "lottery_serial": 3}]}"#),
        Invocation(handler: "Lottery.ValidateWinners", payload: #"{"num_of_winners": 1, "winner_details": [{"employee_id": "007", "employee_name": "Oscar"}]}"#),
        Invocation(handler: "Boletia.insertEvento", payload: #"{"httpMethod": "POST", "path": "/eventos", "body": "{"}"#),
        Invocation(handler: "Boletia.modificaInventarioEvento", payload: #"{"Records": []}"#),
        // Errors of the handler's own, of an event that can't be read, and of AWS.
        Invocation(handler: "Lottery.InputWinners", payload: #"{"input": 2, "exception": true}"#),
        Invocation(handler: "Lottery.InputWinners", payload: "{}"),
        Invocation(handler: "Lottery.RandomSelectWinners", payload: #"{"num_of_winners": 11}"#),
        Invocation(handler: "Transactions.TotalNotifier", payload: #"{"Records": [{"eventName": "INSERT"}]}"#),
        Invocation(handler: "Boletia.modificaInventarioEvento", payload: #"{"Records": [{"eventName": "INSERT", "dynamodb": {"Keys": {}, "NewImage": {}}}]}"#),
    ]

    @Test("answers and errors are the same, and what they leave in a table", arguments: invocations)
    func same(_ invocation: Invocation) async throws {
        let (registered, kept) = try await invoked(invocation, Self.applications, [:])
        let (process, keptByProcess) = try await invoked(invocation, [], ["bootstrap": Self.bootstrap])
        let (served, keptByServed) = try await served(invocation)
        #expect(served == registered)
        #expect(process == registered)
        #expect(keptByServed == kept)
        #expect(keptByProcess == kept)
    }

    /// What a function's package has to have: the program that is built with these tests. The package only leads to it, for it is large.
    private static var bootstrap: [UInt8] {
        let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appending(path: "bootstrap")
        return Array("#!/bin/sh\nexec '\(program.path())'\n".utf8)
    }

    private func cloud(_ applications: [LambdaApplication]) async throws -> Deployed {
        let deployed = try await Deployed(applications, region: "cn-northwest-1")
        _ = try await deployed.createTable("Lottery-Winners", hash: "employee_id")
        return deployed
    }

    /// By Invoke, of a function whose code is registered or brought along.
    private func invoked(_ invocation: Invocation, _ applications: [LambdaApplication], _ files: [String: [UInt8]]) async throws -> (Outcome, [Item]) {
        let deployed = try await cloud(applications)
        try await deployed.createFunction("f", handler: invocation.handler, timeout: 30, files: files)
        let answer = try await deployed.invoke("f", Document(json: invocation.payload))
        let items = try await deployed.client.dynamoDB.scan("Lottery-Winners")
        await deployed.cloud.shutdown()
        return (Outcome(isError: answer.functionError != nil, payload: String(decoding: answer.payload, as: UTF8.self)), items)
    }

    /// By ``LambdaMain``, in this process.
    private func served(_ invocation: Invocation) async throws -> (Outcome, [Item]) {
        let deployed = try await cloud([])
        let api = MockRuntimeAPI(invocation.payload)
        let environment = [
            "AWS_LAMBDA_RUNTIME_API": try api.start(), "AWS_ENDPOINT_URL": deployed.url, "AWS_REGION": deployed.region,
            "AWS_ACCESS_KEY_ID": Deployed.account, "AWS_SECRET_ACCESS_KEY": "test",
        ]
        let handler = try LambdaMain.named(invocation.handler, among: Self.applications.flatMap(\.handlers))
        try await LambdaMain(handler, environment).serveOne()
        let items = try await deployed.client.dynamoDB.scan("Lottery-Winners")
        await api.stop()
        await deployed.cloud.shutdown()
        return (try #require(api.report), items)
    }

    @Test("a program without the handler says so when it starts")
    func noHandler() async throws {
        let invocation = Invocation(handler: "Lottery.Nobody", payload: "{}")
        let (outcome, _) = try await invoked(invocation, [], ["bootstrap": Self.bootstrap])
        let document = #"{"errorMessage":"There is no handler 'Lottery.Nobody' here.","errorType":"Runtime.NoSuchHandler"}"#
        #expect(outcome == Outcome(isError: true, payload: document))
    }

    @Test("what the program prints is the function's log")
    func log() async throws {
        let deployed = try await cloud([])
        try await deployed.createFunction("f", handler: "Transactions.TransactionProcessor", timeout: 30, files: ["bootstrap": Self.bootstrap])
        let answer = try await deployed.invoke("f", ["Records": []])
        #expect(answer.failure == LambdaError(type: "IndexError", message: "list index out of range"))
        #expect(answer.logTail?.contains("Event received by Lambda function: {\n  \"Records\": []\n}\n") == true)
        await deployed.cloud.shutdown()
    }
}

/// Lambda's Runtime API with one invocation to give out.
@CloudActor
private final class MockRuntimeAPI {
    private let payload: String
    private var server: WebServer?
    private(set) var report: ThreeWaysTests.Outcome?

    init(_ payload: String) { self.payload = payload }

    /// - Returns: host and port.
    func start() throws -> String {
        let server = WebServer(now: { Timestamp(seconds: 0) }) { [weak self] request, responder in self?.answer(request, responder) }
        self.server = server
        return "127.0.0.1:\(try server.listen(port: 0))"
    }

    private func answer(_ request: HTTPRequest, _ responder: HTTPResponder) {
        if request.method == "GET" {
            let headers = HTTPHeaders([
                ("Lambda-Runtime-Aws-Request-Id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"), ("Lambda-Runtime-Deadline-Ms", "4102444800000"),
                ("Lambda-Runtime-Invoked-Function-Arn", "arn:aws-cn:lambda:cn-northwest-1:123456789012:function:f"),
            ])
            return responder.respond(HTTPResponse(status: 200, headers: headers, body: Array(payload.utf8)))
        }
        report = ThreeWaysTests.Outcome(isError: request.target.hasSuffix("/error"), payload: String(decoding: request.body, as: UTF8.self))
        responder.respond(HTTPResponse(status: 202, body: Array(#"{"status":"OK"}"#.utf8)))
    }

    func stop() async { await server?.shutdown(within: .zero) }
}
