import JSON
import Kernel

@CloudActor let streamingOperations: [OperationEntry<LambdaService>] = [
    OperationEntry(
        waiting: InvokeWithResponseStream.self,
        http: HTTPBinding(
            "POST", "/2021-11-15/functions/{FunctionName}/response-streaming-invocations", query: ["Qualifier": "Qualifier"],
            headers: [
                "X-Amz-Invocation-Type": "InvocationType", "X-Amz-Log-Type": "LogType", "X-Amz-Client-Context": "ClientContext", "X-Amz-Tenant-Id": "TenantId",
            ],
            hasBlobPayload: true, responseHeaders: ["ExecutedVersion": "X-Amz-Executed-Version"], responseStatus: "StatusCode")),
]

/// https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html
enum InvokeWithResponseStream: WaitingOperation {
    struct Input {
        var function: FunctionSelection
        var isDryRun: Bool
        var wantsLog: Bool
        var clientContext: String?
        var payload: [UInt8]
    }

    enum Output {
        case dryRun
        case stream(StreamedInvocation, wantsLog: Bool)
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let function = try FunctionSelection(&fields)
        let kind = try fields.string("InvocationType", .oneOf(["RequestResponse", "DryRun"]))
        let logType = try fields.string("LogType", .oneOf(["None", "Tail"]))
        try fields.refuse("InvokeWithResponseStream", "TenantId")
        return Input(
            function: function, isDryRun: kind == "DryRun", wantsLog: logType == "Tail", clientContext: try fields.string("ClientContext"),
            payload: fields.payload ?? [])
    }

    static func run(_ input: Input, on lambda: LambdaService, _ call: Call) async throws(AWSError) -> Output {
        let target = try input.function.find(in: lambda, call)
        let payload = try Invoke.checked(input.payload, kind: .requestResponse)
        if input.isDryRun { return .dryRun }
        let invocation = try await lambda.stream(target, payload, requestID: call.requestID.uuid, trace: call.trace, clientContext: input.clientContext)
        return .stream(invocation, wantsLog: input.wantsLog)
    }

    static func write(_ output: Output) -> Reply {
        guard case .stream(let invocation, let wantsLog) = output else { return Reply(["StatusCode": 204]) }
        let events = Pipe<ReplyEvent>()
        invocation.parts.read { part in
            switch part {
            case .head: break
            case .bytes(let bytes): events.write(.blob(name: "PayloadChunk", bytes))
            case .ended(let outcome): events.write(.structure(name: "InvokeComplete", completion(outcome, wantsLog)))
            }
        } end: { end in
            if end == .broken { events.write(.exception(LambdaService.replaced)) }
            events.end()
        }
        return Reply(["StatusCode": 200, "ExecutedVersion": .string(invocation.executedVersion)], events: events)
    }

    /// AWS doesn't say which codes there are; that of a failed function is its error's type, and the details are the error as the function reported it.
    private static func completion(_ outcome: InvocationOutcome, _ wantsLog: Bool) -> Document {
        var members = Members()
        if outcome.functionError != nil {
            let type = (try? Document(json: outcome.payload))?["errorType"]?.string
            members.append("ErrorCode", .string(type ?? "Unhandled"))
            members.append("ErrorDetails", .string(String(decoding: outcome.payload, as: UTF8.self)))
        }
        if wantsLog { members.append("LogResult", .string(Base64.encode(Array(outcome.log.utf8)))) }
        return .object(members)
    }
}

/// An invocation whose answer comes bit by bit.
package struct StreamedInvocation: Sendable {
    package enum Part: Sendable {
        /// The first one of an answer that is streamed: the type that the function says it has.
        case head(contentType: String)
        case bytes([UInt8])
        /// The last one, unless the cloud's state was replaced meanwhile.
        case ended(InvocationOutcome)
    }

    package let executedVersion: String
    package let parts: Pipe<Part>
}

extension Pipe where Element == StreamedInvocation.Part {
    fileprivate func endTooLarge(_ version: FunctionVersion, _ trace: TraceID) {
        write(.ended(LambdaService.streamTooLarge(version, trace)))
        end()
    }
}

extension LambdaService {
    /// The most bytes of an answer that a function streams.
    /// https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
    static let streamLimit = 200 << 20

    /// Invokes a function, and returns as soon as there is something of its answer: its head, or the end. An answer that isn't streamed is one piece.
    /// - Throws: where the function could not be started.
    package func stream(
        _ target: Target, _ payload: [UInt8], requestID: String, trace: TraceID, clientContext: String? = nil
    ) async throws(AWSError) -> StreamedInvocation {
        var target = target
        target.version = chosen(target)
        // It has been chosen.
        target.alias = nil
        let parts = Pipe<StreamedInvocation.Part>()
        var rest = Self.streamLimit
        let result: Result<Void, AWSError> = await withCheckedContinuation { continuation in
            let beginning = StreamBeginning(continuation)
            Task.immediate { @CloudActor in
                do throws(AWSError) {
                    let outcome = try await invoke(target, payload, requestID: requestID, trace: trace, clientContext: clientContext) { part in
                        if case .bytes(let piece) = part { rest -= piece.count }
                        if rest >= 0 { parts.write(part) } else { parts.endTooLarge(target.version, trace) }
                        beginning.succeed()
                    }
                    if outcome.functionError == nil, !beginning.isOver, !outcome.payload.isEmpty { parts.write(.bytes(outcome.payload)) }
                    parts.write(.ended(outcome))
                    parts.end()
                    beginning.succeed()
                } catch {
                    // An answer that has begun can only break off.
                    parts.end(.broken)
                    beginning.fail(error)
                }
            }
        }
        try result.get()
        return StreamedInvocation(executedVersion: target.version.version, parts: parts)
    }

    /// The code and the words are those of an answer that isn't streamed, with the other limit: a guess.
    fileprivate static func streamTooLarge(_ version: FunctionVersion, _ trace: TraceID) -> InvocationOutcome {
        let message = "Response payload size exceeded maximum allowed payload size (\(streamLimit) bytes)."
        return InvocationOutcome(
            payload: error(type: "Function.ResponseSizeTooLarge", message), functionError: "Unhandled", log: "", executedVersion: version.version,
            trace: trace)
    }

    /// Resumes whoever waits for an answer to begin, once.
    @CloudActor
    private final class StreamBeginning {
        private var continuation: CheckedContinuation<Result<Void, AWSError>, Never>?
        var isOver: Bool { continuation == nil }

        init(_ continuation: CheckedContinuation<Result<Void, AWSError>, Never>) { self.continuation = continuation }

        func succeed() { end(.success(())) }
        func fail(_ error: AWSError) { end(.failure(error)) }

        private func end(_ result: Result<Void, AWSError>) {
            continuation?.resume(returning: result)
            continuation = nil
        }
    }
}
