import Kernel

/// Takes the body of one request in pieces, as they arrive. After ``begin(_:_:)``, either ``end(trailers:)`` or ``fail(_:)`` comes once, and nothing after it.
@CloudActor
package protocol HTTPBodyReceiver: AnyObject {
    /// The head is there.
    /// - Parameters:
    ///   - request: without a body.
    ///   - responder: may be used at any time. An answer before the body's end leaves at once, and pieces still come; one that says `Connection: close` ends
    ///     them. ``HTTPResponder/holdBody()`` stops them for a while.
    func begin(_ request: HTTPRequest, _ responder: HTTPResponder)

    /// - Parameter piece: never empty; how the body is cut says nothing.
    func receive(_ piece: [UInt8])

    /// The body is complete.
    /// - Parameter trailers: the fields that stood behind it.
    func end(trailers: HTTPHeaders)

    /// The body won't be complete. Where it isn't answered yet, the client gets an answer that says so, if it is still there.
    func fail(_ failure: HTTPBodyFailure)
}

/// Why a body did not come to its end.
package struct HTTPBodyFailure: Error, Equatable, Sendable {
    /// In a sentence.
    package let reason: String

    init(_ reason: String) { self.reason = reason }
}
