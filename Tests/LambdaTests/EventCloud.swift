import JSON
import Kernel
@testable import Lambda
import SNS
import SQS

/// A cloud with Lambda, and the queues and topics that events end up in.
@CloudActor
final class EventCloud {
    let environment: Environment
    let lambda: LambdaService

    init(store: (any JournalStore)? = nil) {
        environment = Environment(store: store, seed: 7)
        lambda = LambdaService(environment)
        environment.add(lambda)
        environment.add(SQSService(environment))
        environment.add(SNSService(environment))
        environment.clock.freeze(at: noon)
        environment.attach()
    }

    func close() { environment.detach() }

    @discardableResult
    func call(_ operation: String, _ input: Document, payload: [UInt8]? = nil, service: String = "lambda", trace: TraceID? = nil) async throws(AWSError) -> Reply {
        try await environment.endpoint(service).call(operation, input, payload: payload, environment.call(in: scope, trace: trace))
    }

    func error(_ operation: String, _ input: Document, payload: [UInt8]? = nil) async -> AWSError? {
        do throws(AWSError) { try await call(operation, input, payload: payload) } catch { return error }
        return nil
    }

    func register(_ name: String, _ body: @escaping @Sendable ([UInt8], InvocationContext) async throws -> [UInt8]) {
        lambda.register(name, RegisteredHandler(body))
    }

    func function(_ name: String, _ settings: Members = [:], _ body: @escaping @Sendable ([UInt8], InvocationContext) async throws -> [UInt8]) async throws(AWSError) {
        register(name, body)
        try await call("CreateFunction", creation(name, settings))
    }

    /// An alias of `$LATEST`.
    func alias(_ name: String, of function: String) {
        let key = LambdaService.FunctionKey(scope: scope, name: function)
        lambda.state.functions[key]?.aliases[name] = Alias(name: name, version: "$LATEST", revisionID: "1")
    }

    func reserve(_ count: Int?, for function: String) {
        lambda.state.functions[LambdaService.FunctionKey(scope: scope, name: function)]?.reservedConcurrency = count
    }

    /// - Returns: the ARN of a new queue.
    func queue(_ name: String) async throws(AWSError) -> String {
        try await call("CreateQueue", ["QueueName": .string(name)], service: "sqs")
        return "arn:aws:sqs:us-west-2:440939667227:\(name)"
    }

    /// - Returns: the request id that was answered.
    @discardableResult
    func send(_ event: String, to function: String, trace: TraceID? = nil) async throws(AWSError) -> String {
        let call = environment.call(in: scope, trace: trace)
        let reply = try await environment.endpoint("lambda").call(
            "Invoke", ["FunctionName": .string(function), "InvocationType": "Event"], payload: Array(event.utf8), call)
        guard reply.document == ["StatusCode": 202] else { throw AWSError("Test", "\(reply.document)") }
        return call.requestID.uuid
    }

    /// Every message of a queue, which then has none.
    func messages(_ queue: String) async throws(AWSError) -> [Document] {
        var all: [Document] = []
        while true {
            let input: Document = [
                "QueueUrl": .string("440939667227/\(queue)"), "MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"], "MessageSystemAttributeNames": ["All"],
            ]
            let page = try await call("ReceiveMessage", input, service: "sqs").document["Messages"]?.array ?? []
            if page.isEmpty { return all }
            all += page
        }
    }

    /// The bodies of a queue's messages, as JSON.
    func records(_ queue: String) async throws -> [Document] {
        try await messages(queue).map { try Document(json: Array(($0["Body"]?.string ?? "").utf8)) }
    }
}
