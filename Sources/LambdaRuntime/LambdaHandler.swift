import JSON

/// A function's code: an event goes in, an answer comes out. The same handler runs inside Apus and, through ``LambdaMain``, on AWS.
public struct LambdaHandler: Sendable {
    /// The handler with its types gone: the payload's bytes to the answer's bytes.
    public let run: @Sendable (_ payload: [UInt8], _ context: LambdaContext) async throws -> [UInt8]

    /// Writes the answer piece by piece. See ``init(streaming:)``.
    package typealias Streaming = @Sendable (_ payload: [UInt8], _ response: LambdaResponseStream, _ context: LambdaContext) async throws -> Void

    /// Of a handler that can.
    package let streaming: Streaming?

    /// Takes the payload's bytes as they are.
    public init(bytes run: @escaping @Sendable ([UInt8], LambdaContext) async throws -> [UInt8]) { self.init(bytes: run, streaming: nil) }

    init(bytes run: @escaping @Sendable ([UInt8], LambdaContext) async throws -> [UInt8], streaming: Streaming?) {
        self.run = run
        self.streaming = streaming
    }

    /// Takes a typed event and gives a typed answer.
    public init<Event: LambdaEvent, Answer: LambdaAnswer>(_ body: @escaping @Sendable (Event, LambdaContext) async throws -> Answer) {
        self.init(bytes: { payload, context in try await body(Self.event(payload), context).answer.json() })
    }

    /// Takes a typed event and answers `null`.
    public init<Event: LambdaEvent>(_ body: @escaping @Sendable (Event, LambdaContext) async throws -> Void) {
        self.init(bytes: { payload, context in
            try await body(Self.event(payload), context)
            return Array("null".utf8)
        })
    }

    static func event<Event: LambdaEvent>(_ payload: [UInt8]) throws(LambdaError) -> Event {
        let document: Document
        do throws(JSONError) { document = try Document(json: payload) } catch { throw .unreadable("the payload is no JSON: \(error)") }
        return try Event(event: document)
    }
}

/// What a handler can be given.
public protocol LambdaEvent: Sendable {
    init(event: Document) throws(LambdaError)
}

/// What a handler can answer.
public protocol LambdaAnswer: Sendable {
    var answer: Document { get }
}

extension Document: LambdaEvent, LambdaAnswer {
    public init(event: Document) { self = event }
    public var answer: Document { self }
}

/// A string, as JSON.
extension String: LambdaEvent, LambdaAnswer {
    public init(event: Document) throws(LambdaError) {
        guard let text = event.string else { throw .unreadable("it is no string") }
        self = text
    }

    public var answer: Document { .string(self) }
}

/// An error that is answered with a type of its own; of any other error, the Swift type's name is the type.
public struct LambdaError: Error, Sendable, Equatable {
    /// `errorType`
    public var type: String
    /// `errorMessage`
    public var message: String

    public init(type: String, message: String) {
        self.type = type
        self.message = message
    }

    /// What AWS shows of any error that a handler throws.
    package static func describing(_ error: any Error) -> LambdaError {
        (error as? LambdaError) ?? LambdaError(type: String(describing: Swift.type(of: error)), message: String(describing: error))
    }
}
