import JSON
import Kernel
@testable import LambdaRuntime
import Testing

@Suite("Events of API Gateway and function URLs")
struct RequestEventTests {
    private func unreadable(_ reason: String) -> LambdaError { LambdaError(type: "Runtime.UnmarshalError", message: "The event can't be read: \(reason)") }

    @Test("a request of a REST API has values in lists, its context, and the authorizer's claims")
    func proxy() throws {
        let request = try APIGatewayProxyRequest(event: Document(json: """
            {"resource":"/my/path","path":"/my/path","httpMethod":"POST","headers":{"header1":"value2","Content-Type":"image/png"},
            "multiValueHeaders":{"header1":["value1","value2"],"Content-Type":["image/png"]},"queryStringParameters":{"parameter1":"value2"},
            "multiValueQueryStringParameters":{"parameter1":["value1","value2"],"parameter2":["value"]},
            "requestContext":{"accountId":"123456789012","apiId":"id","authorizer":{"claims":{"sub":"u-1","cognito:groups":"admin","exp":1700000000},"scopes":null},
            "domainName":"id.execute-api.us-east-1.amazonaws.com","domainPrefix":"id","extendedRequestId":"x=","httpMethod":"POST",
            "identity":{"accessKey":null,"accountId":null,"caller":null,"cognitoIdentityId":"c-1","sourceIp":"10.1.2.3","user":null,"userAgent":"curl/8","userArn":null,
            "apiKey":"k"},"path":"/prod/my/path","protocol":"HTTP/1.1","requestId":"r-1","requestTime":"04/Mar/2020:19:15:17 +0000","requestTimeEpoch":1583349317135,
            "resourceId":"abc","resourcePath":"/my/path","stage":"prod"},"pathParameters":null,"stageVariables":{"a":"b"},"body":"AAEC","isBase64Encoded":true}
            """))
        #expect((request.header("HEADER1"), request.header("content-type"), request.header("absent")) == ("value2", "image/png", nil))
        #expect(request.multiValueHeaders["header1"] == ["value1", "value2"])
        #expect(request.multiValueQuery == ["parameter1": ["value1", "value2"], "parameter2": ["value"]])
        #expect(request.bodyBytes == [0, 1, 2])
        #expect((request.context.stage, request.context.accountID, request.context.requestTimeMilliseconds) == ("prod", "123456789012", 1_583_349_317_135))
        #expect((request.context.identity.sourceIP, request.context.identity.cognitoIdentityID, request.context.identity.apiKey) == ("10.1.2.3", "c-1", "k"))
        #expect(request.context.authorizer.claims == ["sub": "u-1", "cognito:groups": "admin", "exp": "1700000000"])
        #expect(request.context.authorizer.principalID == nil)
        let binary = APIGatewayProxyResponse.binary(200, [0, 1], contentType: "image/png").answer.jsonString()
        #expect(binary == #"{"statusCode":200,"headers":{"Content-Type":"image/png"},"body":"AAE=","isBase64Encoded":true}"#)
    }

    @Test("a request that API Gateway wouldn't send is named", arguments: [
        (#"{"path":"/"}"#, "httpMethod is missing"), (#"{"httpMethod":"GET"}"#, "path is missing"),
        (#"{"httpMethod":"GET","path":"/","headers":{"a":1}}"#, "headers.a is no string"),
        (#"{"httpMethod":"GET","path":"/","multiValueHeaders":{"a":["b",1]}}"#, "multiValueHeaders.a is no list of strings"),
        (#"{"httpMethod":"GET","path":"/","body":"*","isBase64Encoded":true}"#, "body is no base64"),
        (#"{"httpMethod":"GET","path":"/","requestContext":{"identity":{"sourceIp":1}}}"#, "requestContext.identity.sourceIp is no string"),
    ])
    func unreadableProxy(text: String, reason: String) throws {
        let document = try Document(json: text)
        #expect(throws: unreadable(reason)) { try APIGatewayProxyRequest(event: document) }
    }

    static let payload = """
        {"version":"2.0","routeKey":"POST /orders/{id}","rawPath":"/orders/7","rawQueryString":"a=1&a=2&b=%20","cookies":["c1=x","c2=y"],
        "headers":{"content-type":"application/json","header2":"v1,v2"},"queryStringParameters":{"a":"1,2","b":" "},
        "requestContext":{"accountId":"123456789012","apiId":"api-id","authorizer":AUTHORIZER,"domainName":"id.execute-api.us-east-1.amazonaws.com","domainPrefix":"id",
        "http":{"method":"POST","path":"/orders/7","protocol":"HTTP/1.1","sourceIp":"192.0.2.1","userAgent":"agent"},"requestId":"id=","routeKey":"POST /orders/{id}",
        "stage":"$default","time":"12/Mar/2020:19:03:58 +0000","timeEpoch":1583348638390},"body":"eyJhIjoxfQ==","pathParameters":{"id":"7"},
        "isBase64Encoded":true,"stageVariables":{"s":"v"}}
        """

    private func request(_ authorizer: String) throws -> HTTPAPIRequest {
        let parts = Self.payload.split(separator: "AUTHORIZER", maxSplits: 1)
        return try HTTPAPIRequest(event: Document(json: "\(parts[0])\(authorizer)\(parts[1])"))
    }

    @Test("a request of an HTTP API has its route, cookies and token")
    func httpAPI() throws {
        let request = try request(#"{"jwt":{"claims":{"sub":"u","admin":true},"scopes":["read","write"]}}"#)
        #expect((request.routeKey, request.method, request.rawPath, request.rawQuery) == ("POST /orders/{id}", "POST", "/orders/7", "a=1&a=2&b=%20"))
        #expect((request.cookies, request.query, request.pathParameters) == (["c1=x", "c2=y"], ["a": "1,2", "b": " "], ["id": "7"]))
        #expect((request.header("Content-Type"), request.bodyBytes) == ("application/json", Array(#"{"a":1}"#.utf8)))
        #expect(request.context.authorizer.jwtClaims == ["sub": "u", "admin": "true"])
        #expect((request.context.authorizer.jwtScopes, request.context.authorizer.iam, request.context.timeMilliseconds) == (["read", "write"], nil, 1_583_348_638_390))
        #expect(try self.request(#"{"lambda":{"tenant":"t"}}"#).context.authorizer.lambda == ["tenant": "t"])
    }

    @Test("a request of a function's URL has who signed it")
    func functionURL() throws {
        let request: FunctionURLRequest = try request("""
            {"iam":{"accessKey":"AKIA","accountId":"111122223333","callerId":"AIDA","cognitoIdentity":null,"principalOrgId":null,
            "userArn":"arn:aws:iam::111122223333:user/u","userId":"AIDA2"}}
            """)
        let iam = try #require(request.context.authorizer.iam)
        #expect((iam.accessKey, iam.accountID, iam.callerID, iam.userARN, iam.userID) == ("AKIA", "111122223333", "AIDA", "arn:aws:iam::111122223333:user/u", "AIDA2"))
        #expect(iam.organizationID == nil)
    }

    @Test("an HTTP API's event of another format, or without its request, is named", arguments: [
        (#"{"version":"1.0"}"#, "version is not 2.0"), (#"{"version":"2.0","rawPath":"/"}"#, "requestContext is missing"),
        (#"{"rawPath":"/","requestContext":{"http":{}}}"#, "requestContext.http.method is missing"),
        (#"{"requestContext":{"http":{"method":"GET"}}}"#, "rawPath is missing"),
    ])
    func unreadableHTTPAPI(text: String, reason: String) throws {
        let document = try Document(json: text)
        #expect(throws: unreadable(reason)) { try HTTPAPIRequest(event: document) }
    }

    @Test("an HTTP API is answered in full, or with anything that is JSON")
    func answers() {
        let full = HTTPAPIResponse(status: 201, headers: ["content-type": "text/plain"], cookies: ["a=b; Secure"], body: "hi").answer.jsonString()
        #expect(full == #"{"statusCode":201,"headers":{"content-type":"text/plain"},"cookies":["a=b; Secure"],"body":"hi"}"#)
        #expect(HTTPAPIResponse(status: 204).answer.jsonString() == #"{"statusCode":204,"headers":{}}"#)
        #expect(HTTPAPIResponse.binary(200, [1], contentType: "a/b").answer["isBase64Encoded"] == true)
        #expect(HTTPAPIResponse.json(200, ["a": 1]).answer["body"] == #"{"a":1}"#)
        #expect("Hello".answer.jsonString() == #""Hello""#)
    }
}
