import Kernel

/// What API Gateway gives a function behind a REST API (payload format 1.0; HTTP APIs can be set to it too).
/// https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
public struct APIGatewayProxyRequest: LambdaEvent {
    /// `/eventos/{evento}`
    public var resource: String
    public var path: String
    public var method: String
    /// Of a header that came several times, the last value.
    public var headers: [String: String]
    public var multiValueHeaders: [String: [String]]
    /// Of a parameter that came several times, the last value.
    public var query: [String: String]
    public var multiValueQuery: [String: [String]]
    /// As they stood in the path, percent-encoded: see ``pathParameter(_:)``.
    public var pathParameters: [String: String]
    public var stageVariables: [String: String]
    public var context: Context
    public var body: String?
    public var isBase64Encoded: Bool

    public init(event: Document) throws(LambdaError) {
        let fields = try EventFields(event)
        method = try fields.requiredString("httpMethod")
        path = try fields.requiredString("path")
        resource = try fields.string("resource") ?? path
        headers = try fields.stringMap("headers")
        multiValueHeaders = try fields.stringLists("multiValueHeaders")
        query = try fields.stringMap("queryStringParameters")
        multiValueQuery = try fields.stringLists("multiValueQueryStringParameters")
        pathParameters = try fields.stringMap("pathParameters")
        stageVariables = try fields.stringMap("stageVariables")
        context = try Context(fields)
        body = try fields.string("body")
        isBase64Encoded = try fields.bool("isBase64Encoded") ?? false
        if isBase64Encoded { _ = try fields.bytes("body") }
    }

    /// A path parameter with its percent-encoding (and `+` for a space) undone.
    public func pathParameter(_ name: String) -> String? { pathParameters[name].map(Self.unescaped) }

    /// The first value of a header, compared without regard to case.
    public func header(_ name: String) -> String? { HeaderLookup.value(name, in: headers) ?? HeaderLookup.value(name, in: multiValueHeaders)?.first }

    /// The body's bytes, out of base64 where it is binary.
    public var bodyBytes: [UInt8] {
        guard let body else { return [] }
        return isBase64Encoded ? (try? Base64.decode(body)) ?? [] : Array(body.utf8)
    }

    /// Undoes the encoding of a query: `Opera%20Aida` and `Opera+Aida` are `Opera Aida`. A `%` without two digits stays as it is.
    public static func unescaped(_ text: String) -> String { PercentEncoding.text(text.utf8, plusIsSpace: true) }
}

extension APIGatewayProxyRequest {
    /// Where a request came through, and who sent it.
    /// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
    public struct Context: Sendable, Equatable {
        public var accountID: String
        public var apiID: String
        public var domainName: String
        public var requestID: String
        public var extendedRequestID: String?
        /// The path with its stage.
        public var path: String
        /// `HTTP/1.1`
        public var `protocol`: String
        public var resourceID: String
        public var stage: String
        /// Milliseconds since the epoch.
        public var requestTimeMilliseconds: Int?
        public var identity: Identity
        /// What the authorizer said; empty where there is none.
        public var authorizer: Authorizer
        /// Everything as it came.
        public var document: Document
    }

    public struct Identity: Sendable, Equatable {
        public var sourceIP: String
        public var userAgent: String?
        public var apiKey: String?
        /// Callers that sign with Signature Version 4.
        public var accessKey: String?
        public var accountID: String?
        public var caller: String?
        public var user: String?
        public var userARN: String?
        public var cognitoIdentityID: String?
        public var cognitoIdentityPoolID: String?
    }

    public struct Authorizer: Sendable, Equatable {
        /// What a Lambda authorizer named.
        public var principalID: String?
        /// The token's claims, from a user pool.
        public var claims: [String: String]
        /// Of OAuth.
        public var scopes: [String]
        /// Everything as it came, with the context that a Lambda authorizer added.
        public var document: Document
    }
}

extension APIGatewayProxyRequest.Context {
    fileprivate init(_ event: EventFields) throws(LambdaError) {
        let fields = try event.objectOrEmpty("requestContext")
        accountID = try fields.string("accountId") ?? ""
        apiID = try fields.string("apiId") ?? ""
        domainName = try fields.string("domainName") ?? ""
        requestID = try fields.string("requestId") ?? ""
        extendedRequestID = try fields.string("extendedRequestId")
        path = try fields.string("path") ?? ""
        self.protocol = try fields.string("protocol") ?? ""
        resourceID = try fields.string("resourceId") ?? ""
        stage = try fields.string("stage") ?? ""
        requestTimeMilliseconds = try fields.int("requestTimeEpoch")
        identity = try APIGatewayProxyRequest.Identity(fields.objectOrEmpty("identity"))
        authorizer = try APIGatewayProxyRequest.Authorizer(fields.objectOrEmpty("authorizer"))
        document = fields.document
    }
}

extension APIGatewayProxyRequest.Identity {
    fileprivate init(_ fields: EventFields) throws(LambdaError) {
        sourceIP = try fields.string("sourceIp") ?? ""
        userAgent = try fields.string("userAgent")
        apiKey = try fields.string("apiKey")
        accessKey = try fields.string("accessKey")
        accountID = try fields.string("accountId")
        caller = try fields.string("caller")
        user = try fields.string("user")
        userARN = try fields.string("userArn")
        cognitoIdentityID = try fields.string("cognitoIdentityId")
        cognitoIdentityPoolID = try fields.string("cognitoIdentityPoolId")
    }
}

extension APIGatewayProxyRequest.Authorizer {
    fileprivate init(_ fields: EventFields) throws(LambdaError) {
        principalID = try fields.string("principalId")
        claims = fields.document("claims").textMembers
        scopes = fields.document("scopes").array?.compactMap(\.string) ?? []
        document = fields.document
    }
}

/// What a function answers API Gateway (payload format 1.0).
/// https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-output-format
public struct APIGatewayProxyResponse: LambdaAnswer, Equatable {
    public var status: Int
    public var headers: [String: String]
    public var multiValueHeaders: [String: [String]]
    public var body: String
    public var isBase64Encoded: Bool

    public init(
        status: Int = 200, headers: [String: String] = [:], multiValueHeaders: [String: [String]] = [:], body: String = "", isBase64Encoded: Bool = false
    ) {
        self.status = status
        self.headers = headers
        self.multiValueHeaders = multiValueHeaders
        self.body = body
        self.isBase64Encoded = isBase64Encoded
    }

    /// A text, which is `text/html` unless said otherwise.
    public static func text(_ status: Int, _ body: String, contentType: String = "text/html") -> APIGatewayProxyResponse {
        APIGatewayProxyResponse(status: status, headers: ["Content-Type": contentType], body: body)
    }

    /// A document as `application/json`, for a person to read: indented by two spaces.
    public static func json(_ status: Int = 200, _ document: Document) -> APIGatewayProxyResponse {
        APIGatewayProxyResponse(status: status, headers: ["Content-Type": "application/json"], body: document.prettyJSONString())
    }

    /// Bytes, which the API has to have among its binary media types.
    public static func binary(_ status: Int, _ body: [UInt8], contentType: String) -> APIGatewayProxyResponse {
        APIGatewayProxyResponse(status: status, headers: ["Content-Type": contentType], body: Base64.encode(body), isBase64Encoded: true)
    }

    public var answer: Document {
        var members: Members = ["statusCode": .int(status), "headers": .strings(headers)]
        if !multiValueHeaders.isEmpty {
            let lists = multiValueHeaders.sorted { $0.key < $1.key }.map { Members.Member(name: $0.key, value: .array($0.value.map { .string($0) })) }
            members.append("multiValueHeaders", .object(Members(lists)))
        }
        members.append("body", .string(body))
        if isBase64Encoded { members.append("isBase64Encoded", true) }
        return .object(members)
    }
}
