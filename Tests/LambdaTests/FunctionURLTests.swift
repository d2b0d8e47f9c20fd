import JSON
import Kernel
@testable import Lambda
import Testing

extension TestCloud {
    /// A request to a function URL by its path.
    func ask(
        _ id: String, _ method: String = "GET", _ path: String = "/", _ headers: [(String, String)] = [], _ body: String = "",
        signer: Result<FunctionURLSigner, FunctionURLRefusal>? = nil
    ) async throws -> FunctionURLAnswer {
        var request = HTTPRequest(method: method, target: "/_apus/lambda-url/\(id)\(path)", headers: HTTPHeaders([("Host", "localhost:4566")] + headers), body: Array(body.utf8))
        request.remoteAddress = "10.1.2.3"
        return await lambda.answer(try #require(FunctionURLAddress(request)), request, environment.call(in: scope, host: "localhost:4566"), signer: signer)
    }

    func whole(
        _ id: String, _ method: String = "GET", _ path: String = "/", _ headers: [(String, String)] = [], _ body: String = "",
        signer: Result<FunctionURLSigner, FunctionURLRefusal>? = nil
    ) async throws -> HTTPResponse {
        guard case .whole(let response) = try await ask(id, method, path, headers, body, signer: signer) else {
            Issue.record("it was streamed")
            return HTTPResponse(status: 0)
        }
        return response
    }

    /// Makes a function's URL and answers its id.
    func url(_ function: String, _ settings: Members = [:]) async throws -> String {
        var input: Members = ["FunctionName": .string(function), "AuthType": "NONE"]
        for member in settings { input[member.name] = member.value }
        let address = try #require(try await call("CreateFunctionUrlConfig", .object(input)).document["FunctionUrl"]?.string)
        return String(try #require(address.split(separator: "/").last))
    }
}

extension HTTPResponse {
    var text: String { String(decoding: body, as: UTF8.self) }
}

@Suite("Function URLs: their configuration")
@CloudActor
struct FunctionURLConfigurationTests {
    @Test("an address is made, shown, changed, listed and deleted")
    func life() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        try await cloud.function("f") { payload, _ in payload }
        try await cloud.call("PublishVersion", ["FunctionName": "f"])
        try await cloud.call("CreateAlias", ["FunctionName": "f", "Name": "live", "FunctionVersion": "1"])
        let made = try await cloud.call("CreateFunctionUrlConfig", [
            "FunctionName": "f", "AuthType": "NONE", "Cors": ["AllowOrigins": ["*"], "MaxAge": 10, "AllowCredentials": false],
        ]).document
        let id = try #require(made["FunctionUrl"]?.string?.split(separator: "/").last.map(String.init))
        #expect(id.utf8.count == 32 && id.utf8.allSatisfy { $0 &- 97 < 26 || $0 &- 48 < 10 })
        let address = try #require(made["FunctionUrl"]?.string)
        #expect(address.hasPrefix("http://") && address.hasSuffix("/_apus/lambda-url/\(id)/") && address.utf8.count >= 40)
        #expect(made["FunctionArn"] == "arn:aws:lambda:us-west-2:440939667227:function:f")
        #expect(made["CreationTime"] == "2021-12-06T02:01:51.000000Z")
        #expect(made["LastModifiedTime"] == nil && made["InvokeMode"] == nil)
        #expect(made["Cors"] == ["AllowCredentials": false, "AllowOrigins": ["*"], "MaxAge": 10])
        #expect(await cloud.error("CreateFunctionUrlConfig", ["FunctionName": "f", "AuthType": "NONE"])?.message
            == "Failed to create function url config for [functionArn = arn:aws:lambda:us-west-2:440939667227:function:f]. Error message:  FunctionUrlConfig exists for this Lambda function")
        _ = try await cloud.url("f:live", ["AuthType": "AWS_IAM", "InvokeMode": "RESPONSE_STREAM"])
        cloud.environment.advance(to: noon + .seconds(60))
        let changed = try await cloud.call("UpdateFunctionUrlConfig", ["FunctionName": "f", "InvokeMode": "BUFFERED", "Cors": [:]]).document
        #expect(changed["LastModifiedTime"] == "2021-12-06T02:02:51.000000Z" && changed["CreationTime"] == "2021-12-06T02:01:51.000000Z")
        #expect(changed["Cors"] == [:] && changed["InvokeMode"] == "BUFFERED" && changed["AuthType"] == "NONE")
        #expect(try await cloud.call("GetFunctionUrlConfig", ["FunctionName": "f"]).document == changed)
        let live = try await cloud.call("GetFunctionUrlConfig", ["FunctionName": "f", "Qualifier": "live"]).document
        #expect(live["FunctionArn"] == "arn:aws:lambda:us-west-2:440939667227:function:f:live" && live["AuthType"] == "AWS_IAM")
        let first = try await cloud.call("ListFunctionUrlConfigs", ["FunctionName": "f", "MaxItems": 1]).document
        #expect(first["FunctionUrlConfigs"]?.array == [changed])
        let second = try await cloud.call("ListFunctionUrlConfigs", ["FunctionName": "f", "Marker": first["NextMarker"] ?? nil]).document
        #expect(second["FunctionUrlConfigs"]?.array == [live] && second["NextMarker"] == nil)
        try await cloud.call("DeleteFunctionUrlConfig", ["FunctionName": "f"])
        #expect(await cloud.error("DeleteFunctionUrlConfig", ["FunctionName": "f"])?.message == "The resource you requested does not exist.")
        // What hangs on an alias goes with it, and all with the function.
        try await cloud.call("DeleteAlias", ["FunctionName": "f", "Name": "live"])
        #expect(cloud.lambda.state.urls.isEmpty)
        _ = try await cloud.url("f")
        try await cloud.call("DeleteFunction", ["FunctionName": "f"])
        #expect(cloud.lambda.state.urls.isEmpty)
    }

    @Test("what isn't there and what isn't allowed is refused in AWS's words, and nothing is made")
    func refusals() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        try await cloud.function("f") { payload, _ in payload }
        let cases: [(String, Members, String, String)] = [
            ("CreateFunctionUrlConfig", ["FunctionName": "g", "AuthType": "NONE"], "ResourceNotFoundException", "Function does not exist"),
            ("CreateFunctionUrlConfig", ["FunctionName": "f", "AuthType": "NONE", "Qualifier": "no"], "ResourceNotFoundException", "Function does not exist"),
            ("GetFunctionUrlConfig", ["FunctionName": "g"], "ResourceNotFoundException", "The resource you requested does not exist."),
            ("GetFunctionUrlConfig", ["FunctionName": "f"], "ResourceNotFoundException", "The resource you requested does not exist."),
            ("UpdateFunctionUrlConfig", ["FunctionName": "g"], "ResourceNotFoundException", "Function does not exist"),
            ("UpdateFunctionUrlConfig", ["FunctionName": "f"], "ResourceNotFoundException", "The resource you requested does not exist."),
            ("ListFunctionUrlConfigs", ["FunctionName": "g"], "ResourceNotFoundException", "Function does not exist"),
            ("CreateFunctionUrlConfig", ["FunctionName": "f", "AuthType": "NONE", "Qualifier": "1"], "ValidationException",
             "1 validation error detected: Value '1' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: ((?!^\\d+$)^[0-9a-zA-Z-_]+$)"),
            ("CreateFunctionUrlConfig", ["FunctionName": "f", "AuthType": "NONE", "Qualifier": "$LATEST"], "ValidationException",
             "1 validation error detected: Value '$LATEST' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: ((?!^\\d+$)^[0-9a-zA-Z-_]+$)"),
            ("CreateFunctionUrlConfig", ["FunctionName": "f"], "ValidationException",
             "1 validation error detected: Value null at 'authType' failed to satisfy constraint: Member must not be null"),
            ("CreateFunctionUrlConfig", ["FunctionName": "f", "AuthType": "NONE", "InvokeMode": "UNKNOWN"], "ValidationException",
             "1 validation error detected: Value 'UNKNOWN' at 'invokeMode' failed to satisfy constraint: Member must satisfy enum value set: [BUFFERED, RESPONSE_STREAM]"),
            ("CreateFunctionUrlConfig", ["FunctionName": "f", "AuthType": "NONE", "Cors": ["MaxAge": 86_401, "AllowMethods": ["POST", "OPTIONS"]]], "ValidationException",
             "2 validation errors detected: Value '[POST, OPTIONS]' at 'cors.allowMethods' failed to satisfy constraint: Member must satisfy constraint: [Member must have "
                 + "length less than or equal to 6, Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: .*, Member must not be null]; "
                 + "Value '86401' at 'cors.maxAge' failed to satisfy constraint: Member must have value less than or equal to 86400"),
        ]
        for (operation, input, code, message) in cases {
            let error = await cloud.error(operation, .object(input))
            #expect(error?.code == code && error?.message == message, "\(operation) \(input): \(error?.code ?? "") \(error?.message ?? "")")
        }
        #expect(cloud.lambda.state.urls.isEmpty)
    }

    @Test("a tag asks for an id; another's id is refused")
    func customIDs() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        try await cloud.function("f", ["Tags": ["_custom_id_": "orders"]]) { payload, _ in payload }
        try await cloud.function("g", ["Tags": ["_custom_id_": "orders"]]) { payload, _ in payload }
        try await cloud.function("h", ["Tags": ["_custom_id_": "No Label"]]) { payload, _ in payload }
        #expect(try await cloud.url("f") == "orders")
        #expect(await cloud.error("CreateFunctionUrlConfig", ["FunctionName": "g", "AuthType": "NONE"])?.code == "ResourceConflictException")
        #expect(await cloud.error("CreateFunctionUrlConfig", ["FunctionName": "h", "AuthType": "NONE"])?.code == "InvalidParameterValueException")
    }

    @Test("addresses survive a restart and a snapshot")
    func persistence() async throws {
        let store = MemoryStore()
        let cloud = TestCloud(store: store)
        try await cloud.function("f") { payload, _ in payload }
        let id = try await cloud.url("f", ["Cors": ["AllowHeaders": ["a"], "ExposeHeaders": ["b"], "AllowMethods": ["GET"]], "InvokeMode": "RESPONSE_STREAM"])
        let before = cloud.lambda.state.urls
        cloud.environment.takeSnapshot("s")
        try await cloud.call("UpdateFunctionUrlConfig", ["FunctionName": "f", "AuthType": "AWS_IAM"])
        #expect(cloud.environment.restoreSnapshot("s"))
        #expect(cloud.lambda.state.urls == before && before[id] != nil)
        await cloud.environment.journal.commit()
        cloud.close()
        let again = TestCloud(store: store)
        defer { again.close() }
        try again.environment.load()
        #expect(again.lambda.state.urls == before)
    }

    @Test("a client that came by a host name that leads here gets one")
    func forms() {
        let key = LambdaService.FunctionKey(scope: scope, name: "f")
        let url = FunctionURL(id: "abc", function: key, alias: "", authentication: .none, created: noon, modified: noon)
        func address(_ host: String) -> String {
            url.address(for: Call(scope: scope, requestID: RequestID(high: 0, low: 0), now: noon, trace: TraceID(seconds: 0, high: 0, low: 0), host: host))
        }
        #expect(address("127.0.0.1:4566") == "http://127.0.0.1:4566/_apus/lambda-url/abc/")
        #expect(address("lambda.us-west-2.localhost.localstack.cloud:4566") == "http://abc.lambda-url.us-west-2.localhost.localstack.cloud:4566/")
        #expect(address("lambda.us-west-2.amazonaws.com") == "https://abc.lambda-url.us-west-2.on.aws/")
        func route(_ host: String, _ target: String) -> FunctionURLAddress? {
            FunctionURLAddress(HTTPRequest(method: "GET", target: target, headers: HTTPHeaders([("Host", host)])))
        }
        for host in ["abc.lambda-url.us-west-2.on.aws", "ABC.Lambda-Url.localhost:4566", "abc.lambda-url.eu-west-1.localhost.localstack.cloud:4566"] {
            let found = route(host, "/a%20b?x=1")
            #expect(found?.id == "abc" && found?.path == "/a%20b" && found?.domainName == host.lowercased().split(separator: ":").first.map(String.init))
        }
        let byPath = route("localhost:4566", "/_apus/lambda-url/abc/a?x")
        #expect(byPath?.id == "abc" && byPath?.path == "/a" && byPath?.domainName == nil)
        #expect(route("localhost:4566", "/_apus/lambda-url/abc")?.path == "/")
        for (host, target) in [("localhost:4566", "/"), ("lambda-url.localhost", "/x"), ("a.lambda-urls.x", "/"), ("a", "/_apus/lambda")] { #expect(route(host, target) == nil) }
    }
}

@Suite("Function URLs: requests and answers")
@CloudActor
struct FunctionURLTests {
    @Test("the event is payload format 2.0")
    func event() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        let seen = Seen<[UInt8]>()
        try await cloud.function("f") { payload, _ in
            seen.append(payload)
            return payload
        }
        let id = try await cloud.url("f")
        let answer = try await cloud.whole(
            id, "POST", "/my/path%20x?parameter1=value1&parameter1=value%202&parameter2=&b",
            [("Cookie", "cookie1=a; cookie2=b"), ("Header2", "value1"), ("header2", "value2"), ("User-Agent", "agent"), ("Content-Type", "text/plain"), ("Connection", "close")],
            "Hello, cliente ñ")
        let event = try Document(json: try #require(seen.all.first))
        let requestID = try #require(answer.headers["x-amzn-RequestId"])
        let trace = try #require(answer.headers["X-Amzn-Trace-Id"])
        #expect(event == [
            "version": "2.0", "routeKey": "$default", "rawPath": "/my/path%20x", "rawQueryString": "parameter1=value1&parameter1=value%202&parameter2=&b",
            "cookies": ["cookie1=a", "cookie2=b"],
            "headers": [
                "content-type": "text/plain", "header2": "value1,value2", "host": "localhost:4566", "user-agent": "agent", "x-amzn-trace-id": .string(trace),
                "x-forwarded-for": "10.1.2.3", "x-forwarded-port": "4566", "x-forwarded-proto": "http",
            ],
            "queryStringParameters": ["parameter1": "value1,value 2", "parameter2": "", "b": ""],
            "requestContext": [
                "accountId": "anonymous", "apiId": .string(id), "domainName": .string("\(id).lambda-url.us-west-2.on.aws"), "domainPrefix": .string(id),
                "http": ["method": "POST", "path": "/my/path%20x", "protocol": "HTTP/1.1", "sourceIp": "10.1.2.3", "userAgent": "agent"],
                "requestId": .string(requestID), "routeKey": "$default", "stage": "$default", "time": "06/Dec/2021:02:01:51 +0000", "timeEpoch": 1_638_756_111_000,
            ],
            "body": "Hello, cliente ñ", "isBase64Encoded": false,
        ])
        // Neither body nor query.
        _ = try await cloud.whole(id)
        let bare = try Document(json: try #require(seen.all.last))
        #expect(bare["body"] == nil && bare["queryStringParameters"] == nil && bare["cookies"] == nil && bare["isBase64Encoded"] == false && bare["rawQueryString"] == "")
        // What isn't said to be text is sent as base64.
        for (type, body) in [("application/x-www-form-urlencoded", "a=b"), ("image/png", "x"), ("", "x")] {
            _ = try await cloud.whole(id, "POST", "/", type.isEmpty ? [] : [("Content-Type", type)], body)
            let event = try Document(json: try #require(seen.all.last))
            #expect(event["isBase64Encoded"] == true && event["body"]?.string == Base64.encode(Array(body.utf8)))
        }
    }

    @Test("what a function returns becomes the answer that AWS makes of it", arguments: [
        (#"{"hello": "world"}"#, 200, #"{"hello":"world"}"#, "application/json"), (#"{"statusCode": 200, "body": "body123"}"#, 200, "body123", "application/json"),
        (#"["hello", 3, true]"#, 200, #"["hello",3,true]"#, "application/json"), (#""hello""#, 200, "hello", "application/json"), ("3.1", 200, "3.1", "application/json"),
        ("true", 200, "true", "application/json"), ("null", 200, "null", "application/json"), (#"{"statusCode": "418", "body": "i'm a teapot"}"#, 418, "i'm a teapot", "application/json"),
        (#"{"statusCode": 201, "headers": {"content-type": "text/html"}, "body": "PGI+", "isBase64Encoded": true}"#, 201, "<b>", "text/html"),
        (#"{"statusCode": 204}"#, 204, "", "application/json"), (#"{"statusCode": 200, "body": {"a": [1, 2]}}"#, 200, #"{"a":[1,2]}"#, "application/json"),
        (#"{"statusCode": 99}"#, 502, "Internal Server Error", "application/json"), (#"{"statusCode": true}"#, 502, "Internal Server Error", "application/json"),
        (#"{"statusCode": 200, "body": "=", "isBase64Encoded": true}"#, 502, "Internal Server Error", "application/json"),
    ])
    func answers(_ returned: String, _ status: Int, _ body: String, _ type: String) async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        try await cloud.function("f") { _, _ in Array(returned.utf8) }
        let answer = try await cloud.whole(try await cloud.url("f"))
        #expect(answer.status == status && answer.text == body)
        #expect(answer.headers["content-type"] == type)
    }

    @Test("headers and cookies reach the client; line ends in them don't")
    func headers() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        try await cloud.function("f") { _, _ in
            Array(#"{"statusCode":200,"headers":{"X-A":"1\r\nX-Evil: 2","X-N":5,"bad name":"x","X-L":["a","b"]},"cookies":["a=1; Secure","b=2"],"body":""}"#.utf8)
        }
        let answer = try await cloud.whole(try await cloud.url("f"))
        #expect(answer.headers.all("Set-Cookie") == ["a=1; Secure", "b=2"])
        #expect(answer.headers["X-A"] == "1  X-Evil: 2" && answer.headers["X-N"] == "5" && answer.headers.all("X-L") == ["a", "b"] && answer.headers["bad name"] == nil)
    }

    @Test("a failing function is 502, one without a place 429, an unknown address 403; a body above 6 MB is 413")
    func failures() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        let gate = Gate()
        try await cloud.function("f") { payload, _ in
            if String(decoding: payload, as: UTF8.self).contains("/fail") { throw FunctionError(type: "E", message: "no") }
            if String(decoding: payload, as: UTF8.self).contains("/wait") { await gate.pass() }
            return payload
        }
        let id = try await cloud.url("f")
        let failed = try await cloud.whole(id, "GET", "/fail")
        #expect(failed.status == 502 && failed.text == "Internal Server Error")
        var function = try #require(cloud.lambda.state.functions.values.first)
        function.reservedConcurrency = 1
        cloud.lambda.keep(function)
        async let waiting = cloud.whole(id, "GET", "/wait")
        while cloud.lambda.running.isEmpty { await Task.yield() }
        let refused = try await cloud.whole(id)
        #expect(refused.status == 429)
        #expect(try Document(json: refused.body) == ["Reason": "ReservedFunctionConcurrentInvocationLimitExceeded", "Type": "User", "message": "Rate Exceeded."])
        gate.open()
        #expect(try await waiting.status == 200)
        let unknown = try await cloud.whole("0123456789abcdefghijklmnopqrstuv")
        #expect(unknown.status == 403 && unknown.text == #"{"Message":null}"# && unknown.headers["x-amzn-ErrorType"] == "AccessDeniedException")
        let large = try await cloud.whole(id, "POST", "/", [], String(repeating: "x", count: 6 << 20 + 1))
        #expect(large.status == 413)
    }

    @Test("a function that takes too long is 502 at its timeout")
    func timeout() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        let gate = Gate()
        try await cloud.function("f", ["Timeout": 3]) { payload, _ in
            await gate.pass()
            return payload
        }
        let id = try await cloud.url("f")
        async let waiting = cloud.whole(id)
        while cloud.lambda.running.isEmpty { await Task.yield() }
        cloud.environment.advance(to: noon + .seconds(4))
        #expect(try await waiting.status == 502)
        gate.open()
    }

    @Test("AWS_IAM wants a signature, and the event says whose it is")
    func signatures() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        try await cloud.function("f") { payload, _ in payload }
        let id = try await cloud.url("f", ["AuthType": "AWS_IAM"])
        let unsigned = try await cloud.whole(id, signer: .failure(.unsigned))
        #expect(unsigned.status == 403)
        #expect(unsigned.text == #"{"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}"#)
        let wrong = try await cloud.whole(id, signer: .failure(.invalid(AWSError("InvalidSignatureException", "wrong", status: 403))))
        #expect(wrong.status == 403 && wrong.text == #"{"message":"wrong"}"# && wrong.headers["x-amzn-ErrorType"] == "InvalidSignatureException")
        let signed = try await cloud.whole(id, signer: .success(FunctionURLSigner(accessKeyID: "AKIA", account: "111122223333")))
        let context = try #require(try Document(json: signed.body)["requestContext"])
        #expect(context["accountId"] == "111122223333")
        #expect(context["authorizer"] == ["iam": [
            "accessKey": "AKIA", "accountId": "111122223333", "callerId": "111122223333", "cognitoIdentity": nil, "principalOrgId": nil,
            "userArn": "arn:aws:iam::111122223333:root", "userId": "111122223333",
        ]])
    }

    @Test("browsers are answered by the configuration, before the function")
    func cors() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        try await cloud.function("f") { _, _ in Array(#"{"statusCode":200,"headers":{"Access-Control-Allow-Origin":"https://own"},"body":"x"}"#.utf8) }
        let id = try await cloud.url("f", ["Cors": [
            "AllowOrigins": ["https://a.example", "https://b.example"], "AllowMethods": ["GET", "POST"], "AllowHeaders": ["x-one", "x-two"], "ExposeHeaders": ["x-out"],
            "AllowCredentials": true, "MaxAge": 300,
        ]])
        let question = [("Origin", "https://a.example"), ("Access-Control-Request-Method", "POST")]
        let preflight = try await cloud.whole(id, "OPTIONS", "/", question)
        #expect(preflight.status == 200 && preflight.body.isEmpty)
        #expect(preflight.headers["Access-Control-Allow-Origin"] == "https://a.example" && preflight.headers["Vary"] == "Origin")
        #expect(preflight.headers["Access-Control-Allow-Methods"] == "GET,POST" && preflight.headers["Access-Control-Allow-Headers"] == "x-one,x-two")
        #expect(preflight.headers["Access-Control-Max-Age"] == "300" && preflight.headers["Access-Control-Allow-Credentials"] == "true")
        let stranger = try await cloud.whole(id, "OPTIONS", "/", [("Origin", "https://c.example"), ("Access-Control-Request-Method", "POST")])
        #expect(stranger.status == 200 && stranger.headers["Access-Control-Allow-Origin"] == nil && stranger.headers["Access-Control-Allow-Methods"] == nil)
        let answer = try await cloud.whole(id, "GET", "/", [("Origin", "https://b.example")])
        #expect(answer.headers.all("Access-Control-Allow-Origin") == ["https://b.example"] && answer.headers["Access-Control-Expose-Headers"] == "x-out")
        // Without a page's origin, or without a configuration, the function's own words count.
        #expect(try await cloud.whole(id).headers["Access-Control-Allow-Origin"] == "https://own")
        try await cloud.call("UpdateFunctionUrlConfig", ["FunctionName": "f", "Cors": ["AllowOrigins": ["*"]]])
        #expect(try await cloud.whole(id, "GET", "/", [("Origin", "https://any")]).headers["Access-Control-Allow-Origin"] == "*")
        try await cloud.call("UpdateFunctionUrlConfig", ["FunctionName": "f", "Cors": [:]])
        #expect(try await cloud.whole(id, "GET", "/", question).headers["Access-Control-Allow-Origin"] == "https://own")
    }
}
