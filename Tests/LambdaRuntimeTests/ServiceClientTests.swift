import HTTPServer
import JSON
import Kernel
@testable import LambdaRuntime
import Testing

@Suite("Clients of single services")
struct ServiceClientTests {
    private func sent(_ transport: FakeTransport) -> Document { (transport.requests.last?.request.body).flatMap { try? Document(json: $0) } ?? .null }

    private func form(_ transport: FakeTransport) -> String { String(decoding: transport.requests.last?.request.body ?? [], as: UTF8.self) }

    @Test("messages go to queues, one or ten at a time, come back and are deleted")
    func queues() async throws {
        let transport = FakeTransport(
            .response(200, #"{"MessageId":"m-1","SequenceNumber":"18"}"#),
            .response(200, #"{"Successful":[{"Id":"m1","MessageId":"x"}],"Failed":[{"Id":"m0","Code":"InvalidMessageContents","Message":"no","SenderFault":true}]}"#),
            .response(200, #"{"Messages":[{"MessageId":"m-1","ReceiptHandle":"r","Body":"hi","Attributes":{"SentTimestamp":"7"}}]}"#), .response(200, ""))
        let sqs = client(transport).sqs
        let message = SQSClient.Outgoing("hi", attributes: ["a": .init(dataType: "Binary", binaryValue: [0])], delaySeconds: 3, groupID: "g", deduplicationID: "d")
        #expect(try await sqs.send(message, to: "http://q") == .init(messageID: "m-1", sequenceNumber: "18"))
        #expect(sent(transport) == [
            "QueueUrl": "http://q", "MessageBody": "hi", "DelaySeconds": 3, "MessageAttributes": ["a": ["DataType": "Binary", "BinaryValue": "AA=="]],
            "MessageGroupId": "g", "MessageDeduplicationId": "d",
        ])
        #expect(transport.requests.last?.request.headers["X-Amz-Target"] == "AmazonSQS.SendMessage")
        #expect(try await sqs.sendBatch([.init("bad"), .init("good")], to: "http://q") == [
            .failed(code: "InvalidMessageContents", message: "no"), .sent(.init(messageID: "x", sequenceNumber: nil)),
        ])
        #expect(sent(transport)["Entries"] == [["Id": "m0", "MessageBody": "bad"], ["Id": "m1", "MessageBody": "good"]])
        let received = try await sqs.receive("http://q", maximum: 10, waiting: 20)
        #expect(received == [.init(messageID: "m-1", receiptHandle: "r", body: "hi", attributes: ["SentTimestamp": "7"])])
        try await sqs.delete("r", from: "http://q")
        #expect(sent(transport) == ["QueueUrl": "http://q", "ReceiptHandle": "r"])
    }

    @Test("a message goes to a topic with its attributes, and topics are listed page by page")
    func topics() async throws {
        let transport = FakeTransport(
            .response(200, "<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>"),
            .response(200, "<ListTopicsResponse><ListTopicsResult><Topics><member><TopicArn>a</TopicArn></member></Topics><NextToken>n</NextToken></ListTopicsResult></ListTopicsResponse>"),
            .response(200, "<ListTopicsResponse><ListTopicsResult><Topics><member><TopicArn>b</TopicArn></member></Topics></ListTopicsResult></ListTopicsResponse>"))
        let sns = client(transport).sns
        let id = try await sns.publish(
            "hi", to: "arn:t", subject: "s", structure: "raw", attributes: ["b": .init(type: "String", value: "1"), "a": .init(type: "Binary", value: "AA==")])
        #expect(id == "m")
        #expect(form(transport) == "Action=Publish&Version=2010-03-31&TopicArn=arn%3At&Message=hi&Subject=s&MessageStructure=raw"
            + "&MessageAttributes.entry.1.Name=a&MessageAttributes.entry.1.Value.DataType=Binary&MessageAttributes.entry.1.Value.BinaryValue=AA%3D%3D"
            + "&MessageAttributes.entry.2.Name=b&MessageAttributes.entry.2.Value.DataType=String&MessageAttributes.entry.2.Value.StringValue=1")
        #expect(try await sns.allTopics() == ["a", "b"])
        #expect(form(transport) == "Action=ListTopics&Version=2010-03-31&NextToken=n")
    }

    @Test("events are put and state machines started")
    func eventsAndMachines() async throws {
        let transport = FakeTransport(
            .response(200, #"{"FailedEntryCount":1,"Entries":[{"EventId":"e"},{"ErrorCode":"InternalFailure","ErrorMessage":"no"}]}"#),
            .response(200, #"{"executionArn":"arn:x","startDate":1.5}"#), .response(200, "{}"), .response(200, "{}"))
        let client = client(transport)
        let entry = EventBridgeClient.Entry(source: "shop", detailType: "Order", detail: ["id": 1], bus: "b", resources: ["arn:r"])
        #expect(try await client.eventBridge.putEvents([entry, entry]) == [.accepted(eventID: "e"), .failed(code: "InternalFailure", message: "no")])
        #expect(sent(transport)["Entries"]?[0] == [
            "Source": "shop", "DetailType": "Order", "Detail": #"{"id":1}"#, "EventBusName": "b", "Resources": ["arn:r"],
        ])
        #expect(transport.requests.last?.request.headers["X-Amz-Target"] == "AWSEvents.PutEvents")
        #expect(transport.requests.last?.request.headers["Content-Type"] == "application/x-amz-json-1.1")
        #expect(try await client.stepFunctions.startExecution(of: "arn:m", input: "[1]", name: "n") == "arn:x")
        #expect(sent(transport) == ["stateMachineArn": "arn:m", "name": "n", "input": "[1]"])
        try await client.stepFunctions.sendTaskSuccess("t", output: ["ok": true])
        #expect(sent(transport) == ["taskToken": "t", "output": #"{"ok":true}"#])
        try await client.stepFunctions.sendTaskFailure("t", error: "E", cause: "c")
        #expect(sent(transport) == ["taskToken": "t", "error": "E", "cause": "c"])
    }

    @Test("an update answers the attributes that were asked for")
    func returnValues() async throws {
        let transport = FakeTransport(.response(200, #"{"Attributes":{"n":{"N":"7"}}}"#))
        #expect(try await client(transport).dynamoDB.updateItem("t", key: ["k": "a"], update: "ADD n :n", .init(values: [":n": 7]), returning: .updatedNew) == ["n": 7])
        #expect(sent(transport)["ReturnValues"] == "UPDATED_NEW")
    }

    @Test("plain values and DynamoDB's become each other")
    func plain() {
        let plain: Document = ["s": "a", "n": .number("1.50"), "b": true, "z": nil, "l": [1, ["x": []]]]
        #expect(AttributeValue(plain: plain).plain == plain)
        #expect(AttributeValue.numberSet(["1", "2"]).plain == [1, 2])
        #expect(AttributeValue.binarySet([[0]]).plain == ["AA=="])
    }

    @Test("the same client calls another region, another partition too")
    func region() async throws {
        let transport = FakeTransport()
        _ = try await client(transport).region("cn-northwest-1").dynamoDB.call("ListTables", [:])
        #expect(transport.requests.last?.request.headers["Authorization"]?.contains("/cn-northwest-1/dynamodb/") == true)
        await #expect(throws: AWSServiceError(
            code: "InvalidConfiguration",
            message: "Apus's HTTP client does not implement TLS yet: can't send to 'https://sns.cn-northwest-1.amazonaws.com.cn'.")
        ) {
            _ = try await client(transport, ["AWS_ENDPOINT_URL": ""]).region("cn-northwest-1").sns.listTopics()
        }
    }

    @Test("a REST service's operation needs its method and path")
    func restWithoutPath() async {
        let error = await #expect(throws: AWSServiceError.self) { _ = try await client(FakeTransport()).call(.lambda, "Invoke", [:]) }
        #expect(error?.code == "InvalidConfiguration")
        #expect(error?.message.hasPrefix("Invoke is of a REST service") == true)
    }
}

/// REST services over real connections: a server that answers as they do.
@Suite("REST services")
@CloudActor
struct RESTServiceTests {
    private func withServer<Result>(
        _ handler: @escaping @CloudActor (HTTPRequest) -> HTTPResponse, _ body: (AWSClient) async throws -> Result
    ) async throws -> Result {
        let server = WebServer(now: { noon }) { request, responder in responder.respond(handler(request)) }
        let port = try server.listen(port: 0)
        let client = AWSClient(
            environment: [
                "AWS_REGION": "us-west-2", "AWS_ACCESS_KEY_ID": "440939667227", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_ENDPOINT_URL": "http://127.0.0.1:\(port)/",
            ], trace: nil, transport: LoopTransport(), clock: { noon }, random: RandomSource(seed: 7), pause: { _ in })
        let result: Result
        do { result = try await body(client) } catch {
            await server.shutdown(within: .zero)
            throw error
        }
        await server.shutdown(within: .zero)
        return result
    }

    @Test("a function's answer, version and log come back; its failure is a value")
    func invoke() async throws {
        var requests: [HTTPRequest] = []
        let (answer, failed, event) = try await withServer { request in
            requests.append(request)
            switch requests.count {
            case 1:
                let headers = HTTPHeaders([("X-Amz-Executed-Version", "$LATEST"), ("X-Amz-Log-Result", Base64.encode(Array("START\nEND\n".utf8)))])
                return HTTPResponse(status: 200, headers: headers, body: Array(#"{"seats":3}"#.utf8))
            case 2:
                return HTTPResponse(
                    status: 200, headers: HTTPHeaders([("X-Amz-Function-Error", "Unhandled")]), body: Array(#"{"errorMessage":"no seats","errorType":"SoldOut"}"#.utf8))
            default: return HTTPResponse(status: 202)
            }
        } _: { client in
            let lambda = client.lambda
            return (
                try await lambda.invoke("arn:aws:lambda:us-west-2:1:function:f", ["a": 1], qualifier: "live", wantsLog: true, clientContext: ["c": 1]),
                try await lambda.invoke("f"), try await lambda.invoke("f", type: .event)
            )
        }
        #expect((answer.document, answer.logTail, answer.executedVersion, answer.failure) == (["seats": 3], "START\nEND\n", "$LATEST", nil))
        #expect(failed.failure == LambdaError(type: "SoldOut", message: "no seats"))
        #expect((event.status, event.payload, event.document) == (202, [], nil))
        #expect(requests.map(\.target) == [
            "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-west-2%3A1%3Afunction%3Af/invocations?Qualifier=live", "/2015-03-31/functions/f/invocations",
            "/2015-03-31/functions/f/invocations",
        ])
        #expect(requests.map { $0.headers["X-Amz-Invocation-Type"] } == ["RequestResponse", "RequestResponse", "Event"])
        #expect((requests[0].headers["X-Amz-Log-Type"], requests[0].headers["X-Amz-Client-Context"]) == ("Tail", Base64.encode(Array(#"{"c":1}"#.utf8))))
        #expect(requests[0].headers["Authorization"]?.contains("/us-west-2/lambda/aws4_request") == true)
    }

    @Test("an error's name is in a header or the body; throttling and failures of the server are tried again")
    func errors() async throws {
        var count = 0
        let throttled = await #expect(throws: AWSServiceError.self) {
            try await withServer { _ in
                count += 1
                return HTTPResponse(
                    status: 429, headers: HTTPHeaders([("x-amzn-ErrorType", "TooManyRequestsException"), ("x-amzn-RequestId", "r")]),
                    body: Array(#"{"Type":"User","message":"Rate Exceeded."}"#.utf8))
            } _: { _ = try await $0.lambda.invoke("f") }
        }
        #expect((throttled?.code, throttled?.message, throttled?.requestID, count) == ("TooManyRequestsException", "Rate Exceeded.", "r", 3))
        let missing = await #expect(throws: AWSServiceError.self) {
            try await withServer { _ in
                HTTPResponse(status: 404, headers: HTTPHeaders([("x-amzn-ErrorType", "NotFoundException:http://internal.amazon.com/coral/")]), body: Array(#"{"message":"m"}"#.utf8))
            } _: { _ = try await $0.send(.apiGateway, "GET", "/restapis/x", json: nil) }
        }
        #expect((missing?.code, missing?.status) == ("NotFoundException", 404))
    }

    @Test("JSON goes to and comes from a REST service")
    func restJSON() async throws {
        let answer = try await withServer { request in
            HTTPResponse(status: 201, body: Document.object(["got": .string(String(decoding: request.body, as: UTF8.self)), "at": .string(request.target)]).json())
        } _: { try await $0.send(.apiGateway, "POST", "/restapis", json: ["name": "n"]) }
        #expect(answer == ["got": #"{"name":"n"}"#, "at": "/restapis"])
    }

    @Test("objects are put, looked at and got, by path")
    func objects() async throws {
        var stored: [String: (body: [UInt8], type: String?, metadata: String?)] = [:]
        var targets: [String] = []
        try await withServer { request in
            targets.append("\(request.method) \(request.target)")
            #expect(request.headers["X-Amz-Content-Sha256"]?.utf8.count == 64)
            switch (request.method, stored[request.target]) {
            case ("PUT", _):
                stored[request.target] = (request.body, request.headers["Content-Type"], request.headers["x-amz-meta-owner"])
                return HTTPResponse(status: 200, headers: HTTPHeaders([("ETag", "\"e\"")]))
            case (_, let object?):
                let headers = HTTPHeaders([("Content-Type", object.type ?? ""), ("ETag", "\"e\""), ("x-amz-meta-owner", object.metadata ?? "")])
                return HTTPResponse(status: 200, headers: headers, body: object.body)
            case ("HEAD", nil): return HTTPResponse(status: 404)
            default:
                let error = "<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><RequestId>r</RequestId></Error>"
                return HTTPResponse(status: 404, body: Array(error.utf8))
            }
        } _: { client in
            let s3 = client.s3
            #expect(try await s3.putObject("b", "dir/my file+ñ.txt", Array("hi".utf8), contentType: "text/plain", metadata: ["Owner": "me"]).eTag == "\"e\"")
            let object = try await s3.getObject("b", "dir/my file+ñ.txt")
            #expect(object.body == Array("hi".utf8))
            #expect(object.attributes == .init(size: 2, contentType: "text/plain", eTag: "\"e\"", versionID: nil, lastModified: nil, metadata: ["owner": "me"]))
            #expect(try await s3.headObject("b", "dir/my file+ñ.txt").eTag == "\"e\"")
            let missing = await #expect(throws: AWSServiceError.self) { _ = try await s3.getObject("b", "x", versionID: "v 1") }
            #expect((missing?.code, missing?.requestID) == ("NoSuchKey", "r"))
            let unseen = await #expect(throws: AWSServiceError.self) { _ = try await s3.headObject("b", "x") }
            #expect((unseen?.code, unseen?.status) == ("NotFound", 404))
        }
        let path = "/b/dir/my%20file%2B%C3%B1.txt"
        #expect(targets == ["PUT \(path)", "GET \(path)", "HEAD \(path)", "GET /b/x?versionId=v%201", "HEAD /b/x"])
    }

    @Test("a custom resource's answer is PUT to its address, unsigned; https is refused loudly")
    func customResource() async throws {
        var requests: [HTTPRequest] = []
        func event(_ url: String) throws -> CustomResourceEvent {
            try CustomResourceEvent(event: [
                "RequestType": "Delete", "ResponseURL": .string(url), "StackId": "s", "RequestId": "r", "LogicalResourceId": "l", "PhysicalResourceId": "p",
            ])
        }
        let server = WebServer(now: { noon }) { request, responder in
            requests.append(request)
            responder.respond(HTTPResponse(status: request.target == "/full" ? 403 : 200))
        }
        let port = try server.listen(port: 0)
        let client = AWSClient(environment: [:])
        let delete = try event("http://127.0.0.1:\(port)/answer?signature=x")
        try await client.respond(to: delete, with: .success(delete, physicalResourceID: "p"))
        #expect(requests.map(\.target) == ["/answer?signature=x"])
        #expect((requests[0].method, requests[0].headers["Authorization"], requests[0].headers["Content-Type"]) == ("PUT", nil, ""))
        #expect(try Document(json: requests[0].body)["Status"] == "SUCCESS")
        let refused = await #expect(throws: AWSServiceError.self) {
            let full = try event("http://127.0.0.1:\(port)/full")
            try await client.respond(to: full, with: .failure(full, reason: "no"))
        }
        #expect(refused?.status == 403)
        let tls = await #expect(throws: AWSServiceError.self) { try await client.respond(to: event("https://example.com/"), with: .success(delete, physicalResourceID: "p")) }
        #expect(tls?.message == "Apus's HTTP client does not implement TLS yet: can't send to 'https://example.com/'.")
        await server.shutdown(within: .zero)
    }
}
