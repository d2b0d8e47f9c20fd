import Kernel

/// Which function URL a plain HTTP request goes to, and the path below it.
package struct FunctionURLAddress: Sendable, Equatable {
    package var id: String
    /// As it was sent, percent-encoded, with its leading slash.
    package var path: String
    /// The host name by which the client called, where it names the URL.
    package var domainName: String?

    /// By host, whatever the name ends in: `{id}.lambda-url.{region}.on.aws`, `{id}.lambda-url.{region}.localhost.localstack.cloud:4566`,
    /// `{id}.lambda-url.localhost:4566`. By path, on any host: `/_apus/lambda-url/{id}/path`.
    package init?(_ request: HTTPRequest) {
        guard Self.isPossible(request) else { return nil }
        let path = request.path
        if path.hasPrefix(Self.prefix) {
            let rest = path.dropFirst(Self.prefix.count)
            let id = rest.prefix { $0 != "/" }
            let below = rest.dropFirst(id.count)
            self.id = String(id)
            self.path = below.isEmpty ? "/" : String(below)
        } else {
            let name = (request.headers["Host"] ?? "").prefix { $0 != ":" }
            id = name.prefix { $0 != "." }.lowercased()
            self.path = String(path)
            domainName = name.lowercased()
        }
    }

    private static let prefix = "/_apus/lambda-url/"

    /// Asked of every request that comes in, so it makes no string.
    private static func isPossible(_ request: HTTPRequest) -> Bool {
        let target = request.target.utf8
        if target.count > 1, target.starts(with: prefix.utf8) { return true }
        guard let host = request.headers.bytes(of: "Host"), let dot = host.firstIndex(of: UInt8(ascii: ".")) else { return false }
        let label = host[(dot + 1)...].prefix("lambda-url.".utf8.count)
        return label.count == "lambda-url.".utf8.count && zip(label, "lambda-url.".utf8).allSatisfy { $0.asciiLowercased == $1 }
    }
}
