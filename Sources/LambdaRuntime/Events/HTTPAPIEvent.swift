import Kernel

/// What an HTTP API of API Gateway, or a function's own URL, gives a function: payload format 2.0.
/// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
public struct HTTPAPIRequest: LambdaEvent {
    /// `GET /orders/{id}`, or `$default`.
    public var routeKey: String
    /// As it was sent.
    public var rawPath: String
    /// As it was sent, without `?`.
    public var rawQuery: String
    /// Each as `name=value`.
    public var cookies: [String]
    /// Names in lower case; of a header that came several times, the values with commas between them.
    public var headers: [String: String]
    /// Of a parameter that came several times, the values with commas between them.
    public var query: [String: String]
    public var pathParameters: [String: String]
    public var stageVariables: [String: String]
    public var context: Context
    public var body: String?
    public var isBase64Encoded: Bool

    public init(event: Document) throws(LambdaError) {
        let fields = try EventFields(event)
        guard try fields.string("version") ?? "2.0" == "2.0" else { throw .unreadable("version is not 2.0") }
        let context = try fields.requiredObject("requestContext")
        self.context = try Context(context)
        routeKey = try fields.string("routeKey") ?? "$default"
        rawPath = try fields.requiredString("rawPath")
        rawQuery = try fields.string("rawQueryString") ?? ""
        cookies = try fields.strings("cookies")
        headers = try fields.stringMap("headers")
        query = try fields.stringMap("queryStringParameters")
        pathParameters = try fields.stringMap("pathParameters")
        stageVariables = try fields.stringMap("stageVariables")
        body = try fields.string("body")
        isBase64Encoded = try fields.bool("isBase64Encoded") ?? false
        if isBase64Encoded { _ = try fields.bytes("body") }
    }

    public var method: String { context.method }

    /// A header, compared without regard to case.
    public func header(_ name: String) -> String? { HeaderLookup.value(name, in: headers) }

    /// The body's bytes, out of base64 where it is binary.
    public var bodyBytes: [UInt8] {
        guard let body else { return [] }
        return isBase64Encoded ? (try? Base64.decode(body)) ?? [] : Array(body.utf8)
    }
}

/// What a function's own URL gives it: the format of HTTP APIs, with `$default` as the route and `authorizer.iam` where callers sign.
/// https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
public typealias FunctionURLRequest = HTTPAPIRequest

/// What a function answers to a request of its own URL.
public typealias FunctionURLResponse = HTTPAPIResponse

extension HTTPAPIRequest {
    public struct Context: Sendable, Equatable {
        public var accountID: String
        public var apiID: String
        public var domainName: String
        public var domainPrefix: String
        public var method: String
        public var path: String
        /// `HTTP/1.1`
        public var `protocol`: String
        public var sourceIP: String
        public var userAgent: String
        public var requestID: String
        public var stage: String
        /// Milliseconds since the epoch.
        public var timeMilliseconds: Int?
        public var authorizer: Authorizer
        /// Everything as it came.
        public var document: Document
    }

    /// What let the request through; everything is empty where nothing had to.
    public struct Authorizer: Sendable, Equatable {
        /// The claims of a JSON Web Token; lists as the text that they came as.
        public var jwtClaims: [String: String]
        public var jwtScopes: [String]
        /// What a Lambda authorizer added.
        public var lambda: Document
        /// Who signed.
        public var iam: IAM?
    }

    public struct IAM: Sendable, Equatable {
        public var accessKey: String
        public var accountID: String
        public var callerID: String
        public var userARN: String
        public var userID: String
        public var organizationID: String?
    }
}

extension HTTPAPIRequest.Context {
    fileprivate init(_ fields: EventFields) throws(LambdaError) {
        accountID = try fields.string("accountId") ?? ""
        apiID = try fields.string("apiId") ?? ""
        domainName = try fields.string("domainName") ?? ""
        domainPrefix = try fields.string("domainPrefix") ?? ""
        let http = try fields.requiredObject("http")
        method = try http.requiredString("method")
        path = try http.string("path") ?? ""
        self.protocol = try http.string("protocol") ?? ""
        sourceIP = try http.string("sourceIp") ?? ""
        userAgent = try http.string("userAgent") ?? ""
        requestID = try fields.string("requestId") ?? ""
        stage = try fields.string("stage") ?? ""
        timeMilliseconds = try fields.int("timeEpoch")
        authorizer = try HTTPAPIRequest.Authorizer(fields.objectOrEmpty("authorizer"))
        document = fields.document
    }
}

extension HTTPAPIRequest.Authorizer {
    fileprivate init(_ fields: EventFields) throws(LambdaError) {
        let jwt = try fields.object("jwt")
        jwtClaims = jwt?.document("claims").textMembers ?? [:]
        jwtScopes = try jwt?.strings("scopes") ?? []
        lambda = fields.document("lambda")
        iam = try fields.object("iam").map { (iam) throws(LambdaError) in
            HTTPAPIRequest.IAM(
                accessKey: try iam.string("accessKey") ?? "", accountID: try iam.string("accountId") ?? "", callerID: try iam.string("callerId") ?? "",
                userARN: try iam.string("userArn") ?? "", userID: try iam.string("userId") ?? "", organizationID: try iam.string("principalOrgId"))
        }
    }
}

/// What a function answers an HTTP API or a caller of its URL, in full.
///
/// A document without `statusCode`, or a string, is a whole answer too: it is sent as it is, with 200 and `application/json`.
/// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html#http-api-develop-integrations-lambda.response
public struct HTTPAPIResponse: LambdaAnswer, Equatable {
    public var status: Int
    /// Of several values for one name, the text with commas between them.
    public var headers: [String: String]
    /// Each as `name=value; attributes`; each becomes a `set-cookie`.
    public var cookies: [String]
    public var body: String?
    public var isBase64Encoded: Bool

    public init(status: Int = 200, headers: [String: String] = [:], cookies: [String] = [], body: String? = nil, isBase64Encoded: Bool = false) {
        self.status = status
        self.headers = headers
        self.cookies = cookies
        self.body = body
        self.isBase64Encoded = isBase64Encoded
    }

    public static func text(_ status: Int, _ body: String, contentType: String = "text/plain") -> HTTPAPIResponse {
        HTTPAPIResponse(status: status, headers: ["Content-Type": contentType], body: body)
    }

    public static func json(_ status: Int = 200, _ document: Document) -> HTTPAPIResponse {
        HTTPAPIResponse(status: status, headers: ["Content-Type": "application/json"], body: document.jsonString())
    }

    public static func binary(_ status: Int, _ body: [UInt8], contentType: String) -> HTTPAPIResponse {
        HTTPAPIResponse(status: status, headers: ["Content-Type": contentType], body: Base64.encode(body), isBase64Encoded: true)
    }

    public var answer: Document {
        var members: Members = ["statusCode": .int(status), "headers": .strings(headers)]
        if !cookies.isEmpty { members.append("cookies", .array(cookies.map { .string($0) })) }
        if let body { members.append("body", .string(body)) }
        if isBase64Encoded { members.append("isBase64Encoded", true) }
        return .object(members)
    }
}

/// Headers by their name in any case.
enum HeaderLookup {
    static func value<Value>(_ name: String, in headers: [String: Value]) -> Value? {
        headers[name] ?? headers[name.lowercased()] ?? headers.first { $0.key.lowercased() == name.lowercased() }?.value
    }
}

extension Document {
    /// An object of strings, by name so that equal ones have equal bytes.
    static func strings(_ map: [String: String]) -> Document {
        .object(Members(map.sorted { $0.key < $1.key }.map { Members.Member(name: $0.key, value: .string($0.value)) }))
    }

    /// The members of an object as texts, other values than strings as their JSON: claims may be numbers and booleans.
    var textMembers: [String: String] {
        var texts: [String: String] = [:]
        for member in object ?? Members() where !member.value.isNull { texts[member.name] = member.value.string ?? member.value.jsonString() }
        return texts
    }
}
