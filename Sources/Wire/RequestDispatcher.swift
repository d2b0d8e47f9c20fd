import JSON
import Kernel
import SigV4

/// Between HTTP and the services: finds the service and operation that a request means, reads its input out of whichever protocol it
/// came in, calls the endpoint, and writes the answer or the error as that protocol has it.
@CloudActor
package final class RequestDispatcher {
    package typealias Respond = @CloudActor (HTTPResponse) -> Void
    /// Takes an answer's head, and its body bit by bit.
    package typealias Stream = @CloudActor (HTTPResponse, Pipe<[UInt8]>) -> Void

    private let environment: Environment
    private let verifier: Verifier?
    private var callers: Callers
    private var directory: Directory

    /// - Parameter verifier: refuses requests whose signature isn't right; without one, no signature is looked at.
    package init(environment: Environment, verifier: Verifier? = nil) {
        self.environment = environment
        self.verifier = verifier
        callers = Callers(defaultAccount: environment.defaultAccount)
        directory = Directory(Array(environment.endpoints.values))
    }

    /// The most bytes that the body of a request may have, by its service; where its head names none, what the most generous one takes.
    /// - Parameter head: a request of which the body hasn't been read.
    package func bodyLimit(for head: HTTPRequest) -> Int {
        refreshDirectory()
        if let target = head.headers.bytes(of: "X-Amz-Target"), let endpoint = directory.endpoint(target: target) { return endpoint.model.bodyLimit }
        return directory.endpoint(of: callers.caller(of: head))?.model.bodyLimit ?? directory.largestBody
    }

    /// Answers a request to an AWS API. Operations that don't wait are answered before this returns, unless the store must commit first.
    /// - Parameters:
    ///   - stream: called once instead of `respond` where the answer is a stream; without it, such an answer is gathered until it has ended.
    ///   - respond: called once, on the event loop.
    /// - Returns: the operation where it waits: cancel it when the client goes away.
    @discardableResult
    package func handle(_ request: HTTPRequest, isSecure: Bool = false, stream: Stream? = nil, respond: @escaping Respond) -> Task<Void, Never>? {
        refreshDirectory()
        let caller = callers.caller(of: request)
        let call = call(for: request, caller, isSecure)
        let target: Exchange
        switch directory.detect(request, caller) {
        case .success(let found): target = found
        case .failure(let unknown):
            finish(unknown.response(call.requestID), respond)
            return nil
        }
        do throws(AWSError) {
            return try perform(target, request, call, stream, respond)
        } catch {
            finish(target.response(error, call.requestID), respond)
            return nil
        }
    }

    /// Services may be added after this was made.
    private func refreshDirectory() {
        if directory.count != environment.endpoints.count { directory = Directory(Array(environment.endpoints.values)) }
    }

    private func perform(
        _ exchange: Exchange, _ request: HTTPRequest, _ call: Call, _ stream: Stream?, _ respond: @escaping Respond
    ) throws(AWSError) -> Task<Void, Never>? {
        let body = try RequestBody.decoded(request, limit: exchange.endpoint.model.bodyLimit)
        if verifier != nil, !exchange.readsBeforeAuthentication { try authenticate(exchange, request, call) }
        var input = try exchange.read(request, body)
        if verifier != nil, exchange.readsBeforeAuthentication { try authenticate(exchange, request, call) }
        let exchange = input.exchange
        switch input.operation.body {
        case .immediate(let run):
            let reply = try run(&input.fields, call)
            finish(exchange.response(reply, call.requestID), respond)
            return nil
        case .waiting(let run):
            let fields = input.fields
            return Task.immediate { @CloudActor in
                let response: HTTPResponse
                do throws(AWSError) {
                    var fields = fields
                    let reply = try await run(&fields, call)
                    response = exchange.response(reply, call.requestID)
                    if let events = reply.events { return self.finish(response, EventStream.bytes(of: events), stream, respond) }
                } catch {
                    response = exchange.response(error, call.requestID)
                }
                self.finish(response, respond)
            }
        }
    }

    /// The answer leaves after what it reports is on disk.
    func finish(_ response: HTTPResponse, _ respond: @escaping Respond) {
        if environment.journal.isCommitted { return respond(response) }
        environment.journal.afterCommit { respond(response) }
    }

    private func finish(_ head: HTTPResponse, _ body: Pipe<[UInt8]>, _ stream: Stream?, _ respond: @escaping Respond) {
        environment.journal.afterCommit {
            if let stream { return stream(head, body) }
            var response = head
            body.read { response.body += $0 } end: { _ in respond(response) }
        }
    }

    /// What an operation that this request asks for knows besides its input.
    package func call(for request: HTTPRequest) -> Call { call(for: request, callers.caller(of: request), false) }

    private func call(for request: HTTPRequest, _ caller: Caller, _ isSecure: Bool) -> Call {
        let now = environment.clock.now
        let trace = request.headers["X-Amzn-Trace-Id"].flatMap { TraceID(header: $0) } ?? environment.random.trace(at: now)
        return Call(
            scope: caller.scope, accessKeyID: caller.accessKeyID, requestID: environment.random.requestID(), now: now, trace: trace,
            host: caller.host, isSecure: isSecure)
    }

    private func authenticate(_ exchange: Exchange, _ request: HTTPRequest, _ call: Call) throws(AWSError) {
        guard let verifier else { return }
        if call.accessKeyID == nil, case .query(let form) = exchange.dialect, exchange.endpoint.model.unsignedOperations.contains(form.action) { return }
        do throws(SignatureFailure) {
            // What was signed is what was sent: a compressed body as it came.
            try verifier.verify(SignableRequest(request), service: exchange.endpoint.model.signingName, now: call.now)
        } catch {
            throw error.error(exchange.errorFamily)
        }
    }
}

extension HTTPRequest {
    /// The target up to the first `?`, found by its bytes.
    var rawPath: Substring { target[..<(target.utf8.firstIndex(of: UInt8(ascii: "?")) ?? target.endIndex)] }
}
