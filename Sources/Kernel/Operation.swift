import JSON

/// What an operation answers: a document with AWS's member names and, where AWS's answer has a blob, its bytes beside it.
package struct Reply: Sendable {
    private let answer: any JSONWritable
    package var payload: [UInt8]?
    /// Headers of the answer that are no members of it.
    package var headers: [(name: String, value: String)] = []
    /// The answer's member that is a stream of events, where AWS's answer has one: they come when there are any.
    package var events: Pipe<ReplyEvent>?

    package init(_ document: Document = .object(Members()), payload: [UInt8]? = nil) {
        answer = document
        self.payload = payload
    }

    package init(_ document: Document, events: Pipe<ReplyEvent>) {
        answer = document
        self.events = events
    }

    package init(_ answer: some JSONWritable) { self.answer = answer }

    package var document: Document { answer.document }

    /// The document as JSON.
    package func json() -> [UInt8] {
        var json = JSONWriter(capacity: 4096)
        answer.write(to: &json)
        return json.bytes
    }
}

/// One event of an answer that is a stream of them.
package enum ReplyEvent: Sendable, Equatable {
    /// An event whose content is a blob.
    case blob(name: String, [UInt8])
    /// An event with members.
    case structure(name: String, Document)
    /// Ends the stream.
    case exception(AWSError)
}

/// An operation of a service, named exactly as AWS names it. It reads its input from a document, acts on its service and
/// writes its answer as a document, and knows nothing of the protocol that carried either.
@CloudActor
package protocol Operation {
    associatedtype Service
    associatedtype Input
    associatedtype Output

    /// Reads members in AWS's order. A member of the wrong type throws at once; broken constraints gather in `fields`, and
    /// are thrown together after `read`, so `run` sees none.
    static func read(_ fields: inout Fields) throws(AWSError) -> Input

    /// Acts, or throws and leaves everything as it was.
    static func run(_ input: Input, on service: Service, _ call: Call) throws(AWSError) -> Output

    static func write(_ output: Output) -> Reply
}

/// An operation whose answer can take time: `ReceiveMessage` waits for a message, `Invoke` for a handler.
@CloudActor
package protocol WaitingOperation {
    associatedtype Service
    associatedtype Input
    associatedtype Output

    static func read(_ fields: inout Fields) throws(AWSError) -> Input
    static func run(_ input: Input, on service: Service, _ call: Call) async throws(AWSError) -> Output
    static func write(_ output: Output) -> Reply
}

/// Where HTTP binds the members of a REST operation, as the service model says (`http`, `location`, `locationName`).
package struct HTTPBinding: Sendable {
    package var method: String
    /// `/2015-03-31/functions/{FunctionName}/invocations`; `{proxy+}` takes the rest of the path. Behind a `?` stand
    /// parameters that the request must have (`/restapis?mode=import`).
    package var uri: String
    /// Query parameter to member. A member written `name[]` is a list even when one value is sent; the parameter `*` stands for the map
    /// of all that have no member of their own.
    package var query: [String: String]
    /// Request header to member.
    package var headers: [String: String]
    /// Whether the body is a blob (``Fields/payload``) instead of a JSON document.
    package var hasBlobPayload: Bool
    /// The status of success.
    package var status: Int
    /// Member to response header; such members leave the body.
    package var responseHeaders: [String: String]
    /// The member that holds the response's status, where the service chooses it.
    package var responseStatus: String?

    package init(
        _ method: String, _ uri: String, query: [String: String] = [:], headers: [String: String] = [:], hasBlobPayload: Bool = false,
        status: Int = 200, responseHeaders: [String: String] = [:], responseStatus: String? = nil
    ) {
        self.method = method
        self.uri = uri
        self.query = query
        self.headers = headers
        self.hasBlobPayload = hasBlobPayload
        self.status = status
        self.responseHeaders = responseHeaders
        self.responseStatus = responseStatus
    }
}

/// An operation in its service's list, with its types gone: what ``Endpoint`` calls.
package struct OperationEntry<Service>: Sendable {
    typealias Immediate = @CloudActor @Sendable (inout Fields, Service, Call) throws(AWSError) -> Reply
    typealias Waiting = @CloudActor @Sendable (inout Fields, Service, Call) async throws(AWSError) -> Reply

    enum Body: Sendable {
        case immediate(Immediate)
        case waiting(Waiting)
    }

    package let name: String
    package let http: HTTPBinding?
    private(set) var body: Body

    package init<O: Operation>(_ type: O.Type, http: HTTPBinding? = nil) where O.Service == Service {
        name = Self.name(of: type)
        self.http = http
        let call: Immediate = { (fields, service, call) throws(AWSError) in
            let input = try O.read(&fields)
            try fields.check()
            return O.write(try O.run(input, on: service, call))
        }
        body = .immediate(call)
    }

    /// `String(describing:)` says the same, but searches every conformance of the program first: a third of the time to start, for some hundred operations.
    private static func name(of type: Any.Type) -> String { _typeName(type, qualified: false) }

    /// Looks at a request's members before the operation does (without an error), and again where the operation has thrown. What it throws is answered.
    package typealias Guard = @Sendable (Members, AWSError?) throws(AWSError) -> Void

    /// The operation with a look at its requests that comes before its own.
    package func guarded(by look: @escaping Guard) -> OperationEntry {
        guard case .immediate(let call) = body else { return self }
        let guarded: Immediate = { (fields, service, context) throws(AWSError) in
            try look(fields.members, nil)
            do throws(AWSError) {
                return try call(&fields, service, context)
            } catch {
                try look(fields.members, error)
                throw error
            }
        }
        var entry = self
        entry.body = .immediate(guarded)
        return entry
    }

    package init<O: WaitingOperation>(waiting type: O.Type, http: HTTPBinding? = nil) where O.Service == Service {
        name = Self.name(of: type)
        self.http = http
        let call: Waiting = { (fields, service, call) async throws(AWSError) in
            let input = try O.read(&fields)
            try fields.check()
            return O.write(try await O.run(input, on: service, call))
        }
        body = .waiting(call)
    }
}
