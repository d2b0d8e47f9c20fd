import Cloud
import JSON
import Kernel
import LambdaRuntime
import Testing

/// `cloud.register` takes a closure of any of AWS's events, and what it throws is the function's error.
@CloudActor
@Suite("Registered closures")
struct RegisteredEventsTests {
    struct SoldOut: Error, CustomStringConvertible { var description: String { "no seats" } }

    private func invoke(_ deployed: Deployed, _ name: String, _ event: Document) async throws -> LambdaClient.Invocation {
        try await deployed.createFunction(name, handler: name)
        return try await deployed.invoke(name, event)
    }

    @Test("events of streams, queues, topics, buckets, buses, logs and custom resources")
    func sources() async throws {
        let deployed = try await Deployed([], region: "us-east-1")
        let cloud = deployed.cloud
        cloud.register("stream") { (event: DynamoDBStreamEvent, _: LambdaContext) in StreamsEventResponse(failures: event.records.map(\.sequenceNumber)) }
        cloud.register("queue") { (event: SQSEvent, _: LambdaContext) in SQSBatchResponse(failures: event.records.map(\.messageID)) }
        cloud.register("topic") { (event: SNSEvent, context: LambdaContext) in context.log(event.records[0].message.message) }
        cloud.register("bucket") { (event: S3Event, _: LambdaContext) in event.records[0].object.key }
        cloud.register("bus") { (event: EventBridgeEvent<Document>, _: LambdaContext) in event.detail }
        cloud.register("schedule") { (event: ScheduledEvent, _: LambdaContext) in event.resources[0] }
        cloud.register("resource") { (event: CustomResourceEvent, _: LambdaContext) in CustomResourceResponse.success(event, physicalResourceID: "p") }
        cloud.register("logs") { (event: CloudWatchLogsEvent, _: LambdaContext) in event.logGroup }
        let stream: Document = ["Records": [["eventName": "INSERT", "dynamodb": ["Keys": [:], "SequenceNumber": "7"]]]]
        #expect(try await invoke(deployed, "stream", stream).document == ["batchItemFailures": [["itemIdentifier": "7"]]])
        #expect(try await invoke(deployed, "queue", ["Records": [["messageId": "m", "body": ""]]]).document == ["batchItemFailures": [["itemIdentifier": "m"]]])
        let topic = try await invoke(deployed, "topic", ["Records": [["Sns": ["MessageId": "m", "TopicArn": "t", "Message": "hello"]]]])
        #expect(topic.document == .null)
        #expect(topic.logTail?.contains("\nhello\n") == true)
        let bucket: Document = ["Records": [["eventName": "ObjectCreated:Put", "s3": ["bucket": ["name": "b"], "object": ["key": "a+b"]]]]]
        #expect(try await invoke(deployed, "bucket", bucket).document == "a b")
        #expect(try await invoke(deployed, "bus", ["source": "s", "detail-type": "d", "detail": [1]]).document == [1])
        #expect(try await invoke(deployed, "schedule", ["source": "aws.events", "detail-type": "Scheduled Event", "resources": ["r"]]).document == "r")
        let resource: Document = ["RequestType": "Create", "ResponseURL": "u", "StackId": "s", "RequestId": "r", "LogicalResourceId": "l"]
        #expect(try await invoke(deployed, "resource", resource).document?["Status"] == "SUCCESS")
        let unreadable = try await invoke(deployed, "logs", ["awslogs": ["data": "*"]])
        #expect(unreadable.failure == LambdaError(type: "Runtime.UnmarshalError", message: "The event can't be read: awslogs.data is no base64"))
        await cloud.shutdown()
    }

    @Test("requests of API Gateway and function URLs, triggers of user pools, and answers in pieces")
    func requests() async throws {
        let deployed = try await Deployed([], region: "us-east-1")
        let cloud = deployed.cloud
        cloud.register("rest") { (request: APIGatewayProxyRequest, _: LambdaContext) in APIGatewayProxyResponse.text(200, request.path) }
        cloud.register("http") { (request: HTTPAPIRequest, _: LambdaContext) in HTTPAPIResponse.text(200, request.method) }
        cloud.register("url") { (request: FunctionURLRequest, _: LambdaContext) in request.rawPath }
        cloud.register("signup") { (event: CognitoTriggerEvent<PreSignUp>, _: LambdaContext) in
            var event = event
            event.response.autoConfirmUser = true
            return event
        }
        cloud.register("pieces", LambdaHandler(streaming: { (event: Document, response: LambdaResponseStream, _: LambdaContext) in
            for word in event.array ?? [] { try await response.write(word.json()) }
        }))
        #expect(try await invoke(deployed, "rest", ["httpMethod": "GET", "path": "/a"]).document?["body"] == "/a")
        let request: Document = ["version": "2.0", "rawPath": "/b", "requestContext": ["http": ["method": "PUT"]]]
        #expect(try await invoke(deployed, "http", request).document?["body"] == "PUT")
        #expect(try await invoke(deployed, "url", request).document == "/b")
        let signUp: Document = ["userPoolId": "p", "triggerSource": "PreSignUp_SignUp", "request": ["userAttributes": [:]], "response": [:]]
        #expect(try await invoke(deployed, "signup", signUp).document?["response"]?["autoConfirmUser"] == true)
        #expect(try await invoke(deployed, "pieces", [1, 2, 3]).payload == Array("123".utf8))
        await cloud.shutdown()
    }

    @Test("what is thrown is the function's error, by its type's name or its own; the caller's context is read")
    func errors() async throws {
        let deployed = try await Deployed([], region: "us-east-1")
        deployed.cloud.register("throws") { (_: Document, _: LambdaContext) -> Document in throw SoldOut() }
        deployed.cloud.register("names") { (_: Document, _: LambdaContext) in throw LambdaError(type: "Shop.Closed", message: "until nine") }
        deployed.cloud.register("context") { (_: Document, context: LambdaContext) in context.clientContext ?? "none" }
        let thrown = try await invoke(deployed, "throws", [:])
        #expect(thrown.functionError == "Unhandled")
        #expect(String(decoding: thrown.payload, as: UTF8.self) == #"{"errorMessage":"no seats","errorType":"SoldOut"}"#)
        #expect(try await invoke(deployed, "names", [:]).failure == LambdaError(type: "Shop.Closed", message: "until nine"))
        try await deployed.createFunction("context", handler: "context")
        #expect(try await deployed.client.lambda.invoke("context", clientContext: ["custom": [:]]).document == #"{"custom":{}}"#)
        await deployed.cloud.shutdown()
    }
}
