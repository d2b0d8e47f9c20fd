import EventLoop
import HTTPServer
import JSON
import Kernel

/// A program that serves one function over Lambda's Runtime API, as `bootstrap` of `provided.al2023` does.
/// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
public struct LambdaMain: Sendable {
    private let handler: LambdaHandler
    private let environment: [String: String]
    private let origin: HTTPOrigin
    private let transport: any HTTPTransport
    private let clock: @Sendable () -> Timestamp

    /// Serves the handler for as long as the process lives.
    public static func run(_ handler: LambdaHandler) async -> Never { await run { () in handler } }

    /// Serves the handler that `_HANDLER` names; one program can so be the package of many functions.
    public static func run(_ handlers: [(name: String, handler: LambdaHandler)]) async -> Never {
        await run { () throws(LambdaError) in try named(ProcessEnvironment.variables["_HANDLER"] ?? "", among: handlers) }
    }

    /// Makes a handler and serves it. What is thrown while it is made is reported as an error of initialisation, and ends the process, as does a Runtime
    /// API that can't be reached: Lambda starts another one then.
    public static func run(_ make: () async throws -> LambdaHandler) async -> Never {
        StandardOutput.writesLineByLine()
        let environment = ProcessEnvironment.variables
        do {
            let handler: LambdaHandler
            do {
                handler = try await make()
            } catch {
                try await LambdaMain(LambdaHandler(bytes: { payload, _ in payload }), environment).refuse(LambdaError.describing(error))
                throw error
            }
            try await LambdaMain(handler, environment).serve()
            StandardOutput.end(status: 0)
        } catch {
            let error = LambdaError.describing(error)
            print("\(error.type): \(error.message)")
            StandardOutput.end(status: 1)
        }
    }

    /// - Throws: where there is no handler of that name.
    package static func named(_ name: String, among handlers: [(name: String, handler: LambdaHandler)]) throws(LambdaError) -> LambdaHandler {
        guard let handler = handlers.first(where: { $0.name == name })?.handler else {
            throw LambdaError(type: "Runtime.NoSuchHandler", message: "There is no handler '\(name)' here.")
        }
        return handler
    }

    package init(
        _ handler: LambdaHandler, _ environment: [String: String], transport: any HTTPTransport = LoopTransport(),
        clock: @escaping @Sendable () -> Timestamp = { CloudClock.systemTime }
    ) throws(LambdaError) {
        guard let address = environment["AWS_LAMBDA_RUNTIME_API"], let (origin, _) = try? HTTPOrigin.parse("http://\(address)") else {
            throw LambdaError(type: "Runtime.NoRuntimeAPI", message: "AWS_LAMBDA_RUNTIME_API must name the host and port of Lambda's Runtime API.")
        }
        self.handler = handler
        self.environment = environment
        self.origin = origin
        self.transport = transport
        self.clock = clock
    }

    /// One invocation after the other, until the task is cancelled.
    package func serve() async throws(LambdaError) {
        while !Task.isCancelled { try await serveOne() }
    }

    /// Waits for an invocation, runs it and reports what came of it.
    package func serveOne() async throws(LambdaError) {
        // The next invocation may be hours away.
        let next = try await send("GET", "invocation/next", timeout: .seconds(14 * 24 * 3600))
        guard next.status == 200, let id = next.headers["Lambda-Runtime-Aws-Request-Id"] else {
            throw LambdaError(type: "Runtime.UnexpectedAnswer", message: "The Runtime API answered \(next.status) to a request for the next invocation.")
        }
        let context = context(next.headers, id)
        if let streaming = handler.streaming { return try await stream(next.body, context, streaming) }
        let answer: [UInt8]
        do {
            answer = try await handler.run(next.body, context)
        } catch {
            return try await report(LambdaError.describing(error), id)
        }
        _ = try await send("POST", "invocation/\(id)/response", body: answer)
    }

    private func stream(_ payload: [UInt8], _ context: LambdaContext, _ streaming: LambdaHandler.Streaming) async throws(LambdaError) {
        let response = StreamedResponse(origin, path: Self.path("invocation/\(context.requestID)/response"))
        do {
            try await streaming(payload, LambdaResponseStream { type, piece in try await response.write(type, piece) }, context)
        } catch {
            let failure = LambdaError.describing(error)
            guard await response.hasBegun else { return try await report(failure, context.requestID) }
            return try await response.finish((failure.type, failure.document))
        }
        try await response.finish()
    }

    private func report(_ failure: LambdaError, _ id: String) async throws(LambdaError) {
        _ = try await send("POST", "invocation/\(id)/error", Self.errorHeaders(failure), body: failure.document)
    }

    /// Says that the function can't be initialised.
    package func refuse(_ error: LambdaError) async throws(LambdaError) {
        _ = try await send("POST", "init/error", Self.errorHeaders(error), body: error.document)
    }

    private func context(_ headers: HTTPHeaders, _ id: String) -> LambdaContext {
        let trace = headers["Lambda-Runtime-Trace-Id"] ?? ""
        let deadline = headers["Lambda-Runtime-Deadline-Ms"].flatMap { Int64($0) }.map { Timestamp(milliseconds: $0) } ?? clock()
        return LambdaContext(
            requestID: id, functionARN: headers["Lambda-Runtime-Invoked-Function-Arn"] ?? "", functionName: environment["AWS_LAMBDA_FUNCTION_NAME"] ?? "",
            memorySize: environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"].flatMap { Int($0) } ?? 0, trace: trace, environment: environment,
            clientContext: headers["Lambda-Runtime-Client-Context"], deadline: deadline, clock: clock, transport: transport, write: { print($0) })
    }

    private static func path(_ end: String) -> String { "/2018-06-01/runtime/\(end)" }

    private func send(_ method: String, _ path: String, _ headers: HTTPHeaders = HTTPHeaders(), body: [UInt8] = [], timeout: Duration = .seconds(60)) async throws(LambdaError) -> HTTPResponse {
        let request = HTTPRequest(method: method, target: Self.path(path), headers: headers, body: body)
        do throws(HTTPClientError) {
            return try await transport.send(request, to: origin, timeout: timeout)
        } catch {
            throw LambdaError(type: "Runtime.Unreachable", message: "\(error)")
        }
    }

    private static func errorHeaders(_ error: LambdaError) -> HTTPHeaders {
        HTTPHeaders([("Content-Type", "application/vnd.aws.lambda.error+json"), ("Lambda-Runtime-Function-Error-Type", error.type)])
    }
}

extension LambdaError {
    /// As a caller of the function sees it.
    fileprivate var document: [UInt8] { Document.object(["errorMessage": .string(message), "errorType": .string(type)]).json() }
}
