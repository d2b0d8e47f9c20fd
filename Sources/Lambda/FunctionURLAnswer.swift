import JSON
import Kernel

/// What a function's answer is in HTTP.
/// https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-response-payload
extension FunctionURLRequest {
    /// What every answer has: the invocation's id, and the trace.
    private func answer(_ status: Int, _ headers: [(String, String)], _ body: [UInt8]) -> HTTPResponse {
        HTTPResponse(status: status, headers: HTTPHeaders(headers + [("x-amzn-RequestId", call.requestID.uuid), ("X-Amzn-Trace-Id", "Root=\(call.trace.root)")]), body: body)
    }

    /// The function has failed. AWS sends these words as they are; which type it says of them is a guess.
    var failure: HTTPResponse { answer(502, [("Content-Type", "application/json")] + corsHeaders, Array("Internal Server Error".utf8)) }

    func refusal(_ error: AWSError) -> HTTPResponse {
        var members = error.members
        if let message = error.message, members["message"] == nil, members["Message"] == nil { members.append("message", .string(message)) }
        // The service model has this one in a header.
        let pause = members["retryAfterSeconds"]?.string.map { [("Retry-After", $0)] } ?? []
        members["retryAfterSeconds"] = nil
        return answer(error.status, [("Content-Type", "application/json"), ("x-amzn-ErrorType", error.code)] + pause, Document.object(members).json())
    }

    /// An answer that is all there.
    func response(_ payload: [UInt8]) -> HTTPResponse {
        guard let document = try? Document(json: payload) else { return answer(200, [("Content-Type", "application/json")] + corsHeaders, payload) }
        guard case .object(let members) = document, let status = members["statusCode"] else {
            // A value that isn't an answer is the body.
            let body = document.string.map { Array($0.utf8) } ?? document.json()
            return answer(200, [("Content-Type", "application/json")] + corsHeaders, body)
        }
        guard let head = FunctionURLHead(members, status) else { return failure }
        guard let body = Self.body(members) else { return failure }
        return answer(head.status, headers(head, type: "application/json"), body)
    }

    private static func body(_ members: Members) -> [UInt8]? {
        let isEncoded = members["isBase64Encoded"]?.bool ?? false
        switch members["body"] {
        case nil, .null?: return []
        case .string(let text)?: return isEncoded ? try? Base64.decode(text) : Array(text.utf8)
        case .some(let other): return isEncoded ? nil : other.json()
        }
    }

    /// The head of an answer that is streamed.
    func response(_ head: FunctionURLHead, type: String) -> HTTPResponse { answer(head.status, headers(head, type: type), []) }

    /// The function's headers, its cookies, and CORS as it is configured, which goes before the function's.
    private func headers(_ head: FunctionURLHead, type: String) -> [(String, String)] {
        var headers = head.headers
        if !headers.contains(where: { $0.0.lowercased() == "content-type" }) { headers.insert(("Content-Type", type), at: 0) }
        headers += head.cookies.map { ("Set-Cookie", $0) }
        let cors = corsHeaders
        if !cors.isEmpty { headers.removeAll { $0.0.lowercased().hasPrefix("access-control-") } }
        return headers + cors
    }
}

/// Status, headers and cookies as a function says them: in its answer, or in what goes before a streamed body.
struct FunctionURLHead {
    var status = 200
    var headers: [(String, String)] = []
    var cookies: [String] = []

    init() {}

    /// `nil` where the status is none.
    init?(_ members: Members, _ status: Document?) {
        if let status {
            // A number in quotes is one as well.
            guard let value = status.int ?? status.string.flatMap({ Int($0) }), (100...599).contains(value) else { return nil }
            self.status = value
        }
        for header in members["headers"]?.object ?? Members() where Self.isName(header.name) {
            switch header.value {
            case .string(let text), .number(let text): headers.append((header.name, text))
            case .bool(let value): headers.append((header.name, value ? "true" : "false"))
            case .array(let values): headers += values.compactMap(\.string).map { (header.name, $0) }
            case .null, .object: break
            }
        }
        cookies = members["cookies"]?.array?.compactMap(\.string) ?? []
    }

    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { ($0 | 0x20) &- 97 < 26 || $0 &- 48 < 10 || "!#$%&'*+-.^_`|~".utf8.contains($0) }
    }
}

// MARK: CORS

extension FunctionURLRequest {
    /// The origin that asks, as the answer names it; `nil` where it isn't one of those that may.
    private var allowedOrigin: String? {
        guard let cors = url.cors, let origin = request.headers["Origin"], let origins = cors.origins else { return nil }
        if origins.contains("*") { return cors.allowsCredentials == true ? origin : "*" }
        return origins.contains { $0.lowercased() == origin.lowercased() } ? origin : nil
    }

    private var corsHeaders: [(String, String)] {
        guard let cors = url.cors, let origin = allowedOrigin else { return [] }
        var headers = [("Access-Control-Allow-Origin", origin)]
        if origin != "*" { headers.append(("Vary", "Origin")) }
        if cors.allowsCredentials == true { headers.append(("Access-Control-Allow-Credentials", "true")) }
        if let exposed = cors.exposedHeaders, !exposed.isEmpty { headers.append(("Access-Control-Expose-Headers", exposed.joined(separator: ","))) }
        return headers
    }

    /// The answer to a browser's question whether it may ask: the function isn't invoked for it. `nil` where the request is none, or the function has to
    /// answer it itself, as nothing is configured.
    var preflight: HTTPResponse? {
        guard request.method == "OPTIONS", let cors = url.cors, request.headers.contains("Origin"), request.headers.contains("Access-Control-Request-Method") else {
            return nil
        }
        var headers = corsHeaders
        if !headers.isEmpty {
            if let methods = cors.methods, !methods.isEmpty { headers.append(("Access-Control-Allow-Methods", methods.joined(separator: ","))) }
            if let allowed = cors.headers, !allowed.isEmpty { headers.append(("Access-Control-Allow-Headers", allowed.joined(separator: ","))) }
            if let age = cors.maximumAge { headers.append(("Access-Control-Max-Age", "\(age)")) }
        }
        return answer(200, headers, [])
    }
}
