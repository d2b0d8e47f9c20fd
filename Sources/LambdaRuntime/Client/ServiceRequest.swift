import HTTPServer
import JSON
import Kernel

/// A request before it has an address and a signature.
struct ServiceRequest {
    var method: String
    /// Percent-encoded, from the service's root.
    var path: String
    /// Percent-encoded, without `?`.
    var query = ""
    var headers: [(name: String, value: String)]
    var body: [UInt8]

    init(method: String, path: String, query: [(name: String, value: String)] = [], headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body
        var text: [UInt8] = []
        for (name, value) in query {
            if !text.isEmpty { text.append(UInt8(ascii: "&")) }
            PercentEncoding.encode(name.utf8, to: &text)
            text.append(UInt8(ascii: "="))
            PercentEncoding.encode(value.utf8, to: &text)
        }
        self.query = String(decoding: text, as: UTF8.self)
    }

    /// An operation of a service whose requests are all POSTs to one address.
    init(_ service: AWSService, _ operation: String, _ input: Document) throws(AWSServiceError) {
        switch service.dialect {
        case .json(let version, let prefix):
            let headers = [("Content-Type", "application/x-amz-json-\(version)"), ("X-Amz-Target", "\(prefix).\(operation)")]
            self.init(method: "POST", path: "/", headers: headers, body: input.json())
        case .query(let apiVersion):
            let headers = [("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")]
            self.init(method: "POST", path: "/", headers: headers, body: QueryDialect.form(operation, apiVersion, input))
        case .restJSON, .restXML:
            throw AWSServiceError(
                code: "InvalidConfiguration",
                message: "\(operation) is of a REST service: its method and path have to be said, see AWSClient.send(_:_:_:query:headers:body:timeout:).")
        }
    }

    /// One part of a path, with every byte encoded that could be taken for something else.
    static func label(_ text: String, keepingSlash: Bool = false) -> String {
        var encoded: [UInt8] = []
        PercentEncoding.encode(text.utf8, keepingSlash: keepingSlash, to: &encoded)
        return String(decoding: encoded, as: UTF8.self)
    }
}

/// What a REST service answered.
public struct ServiceResponse: Sendable {
    public var status: Int
    public var body: [UInt8]
    let headers: HTTPHeaders

    /// A header, compared without regard to case.
    public func header(_ name: String) -> String? { headers[name] }

    /// The headers whose names begin so, by the rest of their names in lower case: `x-amz-meta-`.
    func headers(beginning prefix: String) -> [String: String] {
        var found: [String: String] = [:]
        for (name, value) in headers.pairs where name.lowercased().hasPrefix(prefix) { found[String(name.lowercased().dropFirst(prefix.count))] = value }
        return found
    }

    /// The body as JSON. `nil` where it is none.
    public var document: Document? { try? Document(json: body) }
}

extension AWSClient {
    /// Sends a request to a REST service (Lambda, API Gateway, S3): method and path are the operation's own.
    /// - Parameters:
    ///   - path: percent-encoded, from the root.
    ///   - timeout: for each attempt.
    /// - Throws: the service's error for every status but 2xx.
    public func send(
        _ service: AWSService, _ method: String, _ path: String, query: [(name: String, value: String)] = [], headers: [(name: String, value: String)] = [],
        body: [UInt8] = [], timeout: Duration = .seconds(60)
    ) async throws(AWSServiceError) -> ServiceResponse {
        let request = ServiceRequest(method: method, path: path, query: query, headers: headers, body: body)
        return try await attempt(service, request, timeout: timeout) { (response) throws(AWSServiceError) in
            guard 200..<300 ~= response.status else { throw ServiceAnswer.error(response, service, "\(method) \(path)") }
            return ServiceResponse(status: response.status, body: response.body, headers: response.headers)
        }
    }

    /// Sends JSON to a REST service and reads JSON back.
    /// - Parameter input: the request's body; `nil` for none.
    public func send(_ service: AWSService, _ method: String, _ path: String, json input: Document?) async throws(AWSServiceError) -> Document {
        let headers: [(name: String, value: String)] = input == nil ? [] : [("Content-Type", "application/json")]
        let response = try await send(service, method, path, headers: headers, body: input?.json() ?? [])
        if response.body.isEmpty { return [:] }
        guard let document = response.document else {
            throw ServiceAnswer.unreadable(HTTPResponse(status: response.status, headers: response.headers, body: response.body), "\(method) \(path)")
        }
        return document
    }
}

/// Answers of services, in their dialects.
enum ServiceAnswer {
    static func document(_ response: HTTPResponse, _ service: AWSService, _ operation: String) throws(AWSServiceError) -> Document {
        guard 200..<300 ~= response.status else { throw error(response, service, operation) }
        switch service.dialect {
        case .query, .restXML:
            guard let result = QueryDialect.result(of: operation, response.body) else { throw error(response, service, operation) }
            return result
        case .json, .restJSON:
            if response.body.isEmpty { return [:] }
            guard let document = try? Document(json: response.body) else { throw unreadable(response, operation) }
            return document
        }
    }

    /// - Parameter what: the operation, or method and path.
    static func error(_ response: HTTPResponse, _ service: AWSService, _ what: String) -> AWSServiceError {
        switch service.dialect {
        case .query: QueryDialect.error(response.body, status: response.status) ?? unreadable(response, what)
        case .restXML: xmlError(response) ?? unreadable(response, what)
        case .json, .restJSON: jsonError(response) ?? unreadable(response, what)
        }
    }

    static func unreadable(_ response: HTTPResponse, _ what: String) -> AWSServiceError {
        AWSServiceError(
            code: "UnreadableResponse", message: "\(what) was answered with what can't be read: \(String(decoding: response.body.prefix(200), as: UTF8.self))",
            status: response.status, requestID: requestID(response))
    }

    private static func requestID(_ response: HTTPResponse) -> String? { response.headers["x-amzn-RequestId"] ?? response.headers["x-amz-request-id"] }

    /// The type stands in the body or, of REST services, in a header; with a namespace before it or an address behind it, or without.
    private static func jsonError(_ response: HTTPResponse) -> AWSServiceError? {
        let document = try? Document(json: response.body)
        guard let type = response.headers["x-amzn-ErrorType"] ?? document?["__type"]?.string ?? document?["code"]?.string else { return nil }
        // `com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException`, `ResourceNotFoundException:http://internal.amazon.com/...`
        let name = type.split(separator: "#").last ?? ""
        let code = name.split(separator: ":").first.map(String.init) ?? type
        return AWSServiceError(
            code: code, message: document?["message"]?.string ?? document?["Message"]?.string ?? "", status: response.status,
            requestID: requestID(response), document: document ?? [:])
    }

    /// `<Error><Code>`; of an answer to HEAD, which has no body, the status says all.
    private static func xmlError(_ response: HTTPResponse) -> AWSServiceError? {
        if response.body.isEmpty {
            let names = [301: "PermanentRedirect", 403: "AccessDenied", 404: "NotFound", 412: "PreconditionFailed"]
            return AWSServiceError(
                code: names[response.status] ?? "HTTP\(response.status)", message: "The answer has status \(response.status) and no body.",
                status: response.status, requestID: requestID(response))
        }
        guard let root = XMLReader.read(response.body), root.name == "Error", let code = root.value["Code"]?.string else { return nil }
        return AWSServiceError(
            code: code, message: root.value["Message"]?.string ?? "", status: response.status,
            requestID: root.value["RequestId"]?.string ?? requestID(response), document: root.value)
    }
}
