import HTTPServer
import Kernel

/// What carries a request to a server and its response back.
package protocol HTTPTransport: Sendable {
    func send(_ request: HTTPRequest, to origin: HTTPOrigin, timeout: Duration) async throws(HTTPClientError) -> HTTPResponse
}

/// The process's HTTP client, which keeps its connections.
package struct LoopTransport: HTTPTransport {
    @CloudActor private static let client = HTTPClient()

    package init() {}

    package func send(_ request: HTTPRequest, to origin: HTTPOrigin, timeout: Duration) async throws(HTTPClientError) -> HTTPResponse {
        try await Self.onLoop(request, origin, timeout)
    }

    /// Begins a request whose body is written later.
    @CloudActor
    static func begin(
        _ request: HTTPRequest, to origin: HTTPOrigin, timeout: Duration, completion: @escaping @CloudActor (Result<HTTPResponse, HTTPClientError>) -> Void
    ) -> HTTPRequestStream {
        client.begin(request, to: origin, timeout: timeout, completion: completion)
    }

    @CloudActor
    private static func onLoop(_ request: HTTPRequest, _ origin: HTTPOrigin, _ timeout: Duration) async throws(HTTPClientError) -> HTTPResponse {
        try await client.send(request, to: origin, timeout: timeout)
    }
}

extension HTTPClientError {
    /// Whether the same request may succeed later.
    var isRetryable: Bool {
        switch self {
        case .cannotConnect, .connectTimeout, .requestTimeout, .connectionClosed: true
        default: false
        }
    }
}
