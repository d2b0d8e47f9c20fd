import JSON
import Kernel

/// What a function URL answers.
package enum FunctionURLAnswer: Sendable {
    case whole(HTTPResponse)
    case stream(HTTPResponse, Pipe<[UInt8]>)
}

/// Why a signature isn't accepted, as `SigV4` says it.
package enum FunctionURLRefusal: Error, Sendable {
    case unsigned
    case invalid(AWSError)
}

extension LambdaService {
    private static let forbidden = refusal(
        "AccessDeniedException", "Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html",
        status: 403)

    /// The words are those of Lambda's other operations; a guess.
    private static let tooLarge = refusal(
        "RequestEntityTooLargeException", "Request must be smaller than \(payloadLimit) bytes for the InvokeFunction operation", status: 413)

    private static func refusal(_ code: String, _ message: String, status: Int) -> AWSError {
        AWSError(code, message, status: status, members: ["Message": .string(message)])
    }

    /// The address that a request goes to.
    package func functionURL(_ address: FunctionURLAddress) -> FunctionURL? { state.urls[address.id] }

    /// Answers a request to a function URL. What it changed may not be committed yet: send the answer after the commit.
    /// - Parameters:
    ///   - call: of the client; its scope becomes the function's.
    ///   - signer: who signed the request, or why it isn't known; `nil` where nobody has looked.
    package func answer(
        _ address: FunctionURLAddress, _ request: HTTPRequest, _ call: Call, signer: Result<FunctionURLSigner, FunctionURLRefusal>?
    ) async -> FunctionURLAnswer {
        var call = call
        guard let url = state.urls[address.id] else {
            return .whole(Self.unknown(call))
        }
        call.scope = url.scope
        let signed = url.authentication == .iam ? try? signer?.get() : nil
        let request = FunctionURLRequest(url: url, address: address, request: request, call: call, signer: signed)
        if let preflight = request.preflight { return .whole(preflight) }
        if url.authentication == .iam {
            switch signer {
            case .failure(.unsigned): return .whole(request.refusal(Self.forbidden))
            case .failure(.invalid(let error)): return .whole(request.refusal(error))
            case .success, nil: break
            }
        }
        guard request.request.body.count <= Self.payloadLimit else { return .whole(request.refusal(Self.tooLarge)) }
        do throws(AWSError) {
            return try await invoke(request)
        } catch {
            return .whole(request.refusal(error))
        }
    }

    private static func unknown(_ call: Call) -> HTTPResponse {
        let headers = [("Content-Type", "application/json"), ("x-amzn-RequestId", call.requestID.uuid), ("x-amzn-ErrorType", "AccessDeniedException")]
        return HTTPResponse(status: 403, headers: HTTPHeaders(headers), body: Array(#"{"Message":null}"#.utf8))
    }

    private func invoke(_ request: FunctionURLRequest) async throws(AWSError) -> FunctionURLAnswer {
        let call = request.call
        let target = try target(request.url.functionARN, call)
        let payload = request.event().json()
        guard request.url.mode == .stream else {
            let outcome = try await invoke(target, payload, requestID: call.requestID.uuid, trace: call.trace)
            return .whole(outcome.functionError == nil ? request.response(outcome.payload) : request.failure)
        }
        let invocation = try await stream(target, payload, requestID: call.requestID.uuid, trace: call.trace)
        return await withCheckedContinuation { continuation in
            let body = StreamedBody(request) { continuation.resume(returning: $0) }
            invocation.parts.read { body.take($0) } end: { body.end($0) }
        }
    }
}

/// Takes a streamed answer apart. Where its type says so, it begins with a head: JSON, then eight zero bytes. Functions that can't say a type (on the JVM) begin
/// with one all the same, and then it is there in their first piece.
/// https://docs.aws.amazon.com/lambda/latest/dg/response-streaming-tutorial.html
@CloudActor
private final class StreamedBody {
    private static let type = "application/vnd.awslambda.http-integration-response"
    private static let unknownType = "application/octet-stream"
    private static let mark = [UInt8](repeating: 0, count: 8)
    /// So far a head is looked for.
    private static let longestHead = 64 << 10

    private let request: FunctionURLRequest
    private var answer: (@CloudActor (FunctionURLAnswer) -> Void)?
    private let body = Pipe<[UInt8]>()
    private var beginning: [UInt8] = []
    /// That of an answer that isn't streamed.
    private var contentType = "application/json"

    init(_ request: FunctionURLRequest, answer: @escaping @CloudActor (FunctionURLAnswer) -> Void) {
        self.request = request
        self.answer = answer
    }

    func take(_ part: StreamedInvocation.Part) {
        switch part {
        case .head(let type):
            contentType = type
            if !hasHead, type != Self.unknownType { beginWithoutHead() }
        case .bytes(let bytes):
            guard answer != nil else { return body.write(bytes) }
            beginning += bytes
            lookForHead()
        case .ended(let outcome):
            guard outcome.functionError == nil else { return fail() }
            // A head without its end is none.
            if answer != nil, hasHead { return fail() }
            beginWithoutHead()
            body.end()
        }
    }

    func end(_ end: PipeEnd) { if end == .broken { fail() } }

    private func fail() {
        body.end(.broken)
        answer?(.whole(request.failure))
        answer = nil
    }

    private var hasHead: Bool { contentType == Self.type }

    private func lookForHead() {
        guard hasHead || beginning.first == UInt8(ascii: "{") else { return beginWithoutHead() }
        guard let zero = beginning.firstIndex(of: 0), zero + Self.mark.count <= beginning.count else {
            if !hasHead { beginWithoutHead() } else if beginning.count > Self.longestHead { fail() }
            return
        }
        let end = zero + Self.mark.count
        guard beginning[zero..<end].elementsEqual(Self.mark), case .object(let members)? = try? Document(json: Array(beginning[..<zero])),
            let head = FunctionURLHead(members, members["statusCode"])
        else { return hasHead ? fail() : beginWithoutHead() }
        begin(head, rest: beginning[end...])
    }

    private func beginWithoutHead() { begin(FunctionURLHead(), rest: beginning[...]) }

    private func begin(_ head: FunctionURLHead, rest: ArraySlice<UInt8>) {
        guard let answer else { return }
        self.answer = nil
        if !rest.isEmpty { body.write(Array(rest)) }
        beginning = []
        answer(.stream(request.response(head, type: hasHead ? Self.unknownType : contentType), body))
    }
}
