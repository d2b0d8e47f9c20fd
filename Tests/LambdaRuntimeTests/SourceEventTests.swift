import Compression
import JSON
import Kernel
@testable import LambdaRuntime
import Testing

/// Events as AWS documents them for each source, with values of our own.
@Suite("Events of streams, queues, topics, buckets, buses and logs")
struct SourceEventTests {
    private func unreadable(_ reason: String) -> LambdaError { LambdaError(type: "Runtime.UnmarshalError", message: "The event can't be read: \(reason)") }

    @Test("a record of a stream has its change, keys, images and who wrote it")
    func stream() throws {
        let event = try DynamoDBStreamEvent(event: Document(json: """
            {"Records":[{"eventID":"7","eventName":"MODIFY","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"us-west-2",
            "dynamodb":{"ApproximateCreationDateTime":1638756111.5,"Keys":{"PK":{"S":"a"}},"NewImage":{"PK":{"S":"a"},"Capacidad":{"N":"30"},
            "L":{"L":[{"NULL":true},{"B":"emlw"},{"SS":["x"]}]}},"OldImage":{"PK":{"S":"a"},"Capacidad":{"N":"31"}},
            "SequenceNumber":"100","SizeBytes":12,"StreamViewType":"NEW_AND_OLD_IMAGES"},
            "eventSourceARN":"arn:aws:dynamodb:us-west-2:440939667227:table/eventos/stream/2021"},
            {"eventID":"8","eventName":"REMOVE","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"us-west-2",
            "dynamodb":{"Keys":{"PK":{"S":"b"}},"SequenceNumber":"101","SizeBytes":3,"StreamViewType":"KEYS_ONLY"},
            "userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"},
            "eventSourceARN":"arn:aws:dynamodb:us-west-2:440939667227:table/eventos/stream/2021"}]}
            """))
        let record = try #require(event.records.first)
        #expect(record.change == .modify)
        #expect(record.keys == ["PK": "a"])
        #expect(record.newImage == ["PK": "a", "Capacidad": 30, "L": .list([.null, .binary(Array("zip".utf8)), .stringSet(["x"])])])
        #expect(record.oldImage?["Capacidad"]?.int == 31)
        #expect(record.approximateCreation == 1_638_756_111.5)
        #expect((record.sequenceNumber, record.sizeBytes, record.viewType) == ("100", 12, "NEW_AND_OLD_IMAGES"))
        #expect(record.eventSourceARN == "arn:aws:dynamodb:us-west-2:440939667227:table/eventos/stream/2021")
        #expect(record.userIdentity == nil && !record.isExpiry)
        let expired = try #require(event.records.last)
        #expect(expired.userIdentity == .init(type: "Service", principalID: "dynamodb.amazonaws.com"))
        #expect(expired.isExpiry && expired.newImage == nil && expired.oldImage == nil)
        #expect(event.window == nil)
    }

    @Test("a window of a stream comes with its state, and the state goes back")
    func window() throws {
        let event = try DynamoDBStreamEvent(event: [
            "Records": [], "window": ["start": "2020-07-30T17:00:00Z", "end": "2020-07-30T17:05:00Z"], "state": ["C1": 598],
            "shardId": "shardId-1", "eventSourceARN": "arn", "isFinalInvokeForWindow": true, "isWindowTerminatedEarly": false,
        ])
        let window = try #require(event.window)
        #expect((window.start, window.end, window.state, window.shardID) == ("2020-07-30T17:00:00Z", "2020-07-30T17:05:00Z", ["C1": 598], "shardId-1"))
        #expect(window.isFinalInvocation && !window.isTerminatedEarly)
        let answer = TimeWindowResponse(state: ["C1": 599], failures: ["7"]).answer.jsonString()
        #expect(answer == #"{"state":{"C1":599},"batchItemFailures":[{"itemIdentifier":"7"}]}"#)
    }

    @Test("what can't be read of a stream's event is named", arguments: [
        ("{\"a\":1}", "Records is missing"), ("[]", "it is no object"), (#"{"Records":{}}"#, "Records is no list"),
        (#"{"Records":[7]}"#, "Records[0] is no object"), (#"{"Records":[{"eventName":"INSERT"}]}"#, "Records[0].dynamodb is missing"),
        (#"{"Records":[{"eventName":"MOVE","dynamodb":{"Keys":{}}}]}"#, "Records[0].eventName is 'MOVE', which is none of its values"),
        (#"{"Records":[{"eventName":"INSERT","dynamodb":{}}]}"#, "Records[0].dynamodb.Keys is missing"),
        (#"{"Records":[{"eventName":"INSERT","dynamodb":{"Keys":{"a":{"S":1}}}}]}"#, "Records[0].dynamodb.Keys.a is no value of DynamoDB"),
        (#"{"Records":[{"eventName":"INSERT","dynamodb":{"Keys":{},"SizeBytes":"1"}}]}"#, "Records[0].dynamodb.SizeBytes is no whole number"),
    ])
    func unreadableStream(text: String, reason: String) throws {
        let document = try Document(json: text)
        #expect(throws: unreadable(reason)) { try DynamoDBStreamEvent(event: document) }
    }

    @Test("records that failed are named by what identifies them")
    func batchFailures() {
        #expect(StreamsEventResponse(failures: ["100", "101"]).answer == ["batchItemFailures": [["itemIdentifier": "100"], ["itemIdentifier": "101"]]])
        #expect(SQSBatchResponse(failures: ["id"]).answer == ["batchItemFailures": [["itemIdentifier": "id"]]])
        #expect(SQSBatchResponse().answer.jsonString() == #"{"batchItemFailures":[]}"#)
    }

    @Test("messages of a queue have their attributes, the queue's and the sender's")
    func queue() throws {
        let event = try SQSEvent(event: Document(json: """
            {"Records":[{"messageId":"059f36b4-87a3-44ab-83d2-661975830a7d","receiptHandle":"AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a","body":"{\\"a\\": 1}",
            "attributes":{"ApproximateReceiveCount":"2","SentTimestamp":"1545082649183","SenderId":"AIDAIENQZJOLO23YVJ4VO",
            "ApproximateFirstReceiveTimestamp":"1545082649185","SequenceNumber":"18849496460467696128","MessageGroupId":"1","MessageDeduplicationId":"d"},
            "messageAttributes":{"kind":{"stringValue":"order","stringListValues":[],"binaryListValues":[],"dataType":"String"},
            "blob":{"binaryValue":"AAE=","dataType":"Binary.png"}},"md5OfBody":"e4e68fb7bd0e697a0ae8f1bb342846b3","eventSource":"aws:sqs",
            "eventSourceARN":"arn:aws:sqs:us-east-2:123456789012:my-queue.fifo","awsRegion":"us-east-2"}]}
            """))
        let message = try #require(event.records.first)
        #expect(message.messageID == "059f36b4-87a3-44ab-83d2-661975830a7d")
        #expect(message.json == ["a": 1])
        #expect((message.receiveCount, message.sentMilliseconds, message.messageGroupID) == (2, 1_545_082_649_183, "1"))
        #expect((message.deduplicationID, message.sequenceNumber, message.region) == ("d", "18849496460467696128", "us-east-2"))
        #expect(message.messageAttributes == [
            "kind": .init(dataType: "String", stringValue: "order"), "blob": .init(dataType: "Binary.png", binaryValue: [0, 1]),
        ])
        #expect(throws: unreadable("Records[0].body is missing")) { try SQSEvent(event: ["Records": [["messageId": "1"]]]) }
        #expect(throws: unreadable("Records[0].messageAttributes.a.binaryValue is no base64")) {
            try SQSEvent(event: ["Records": [["messageId": "1", "body": "", "messageAttributes": ["a": ["dataType": "Binary", "binaryValue": "*"]]]]])
        }
    }

    @Test("a message of a topic has its subject, attributes and signature")
    func topic() throws {
        let event = try SNSEvent(event: Document(json: """
            {"Records":[{"EventVersion":"1.0","EventSubscriptionArn":"arn:aws:sns:us-east-1:123456789012:sns-lambda:21be56ed","EventSource":"aws:sns",
            "Sns":{"SignatureVersion":"1","Timestamp":"2019-01-02T12:45:07.000Z","Signature":"tcc6faL2yUC6dgZdmrwh1Y4cGa",
            "SigningCertUrl":"https://sns.us-east-1.amazonaws.com/cert.pem","MessageId":"95df01b4-ee98-5cb9-9903-4c221d41eb5e","Message":"Hello from SNS!",
            "MessageAttributes":{"Test":{"Type":"String","Value":"TestString"},"TestBinary":{"Type":"Binary","Value":"VGVzdA=="}},"Type":"Notification",
            "UnsubscribeUrl":"https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe","TopicArn":"arn:aws:sns:us-east-1:123456789012:sns-lambda","Subject":null}}]}
            """))
        let record = try #require(event.records.first)
        #expect(record.subscriptionARN == "arn:aws:sns:us-east-1:123456789012:sns-lambda:21be56ed")
        #expect((record.message.message, record.message.subject, record.message.type) == ("Hello from SNS!", nil, "Notification"))
        #expect(record.message.attributes == ["Test": .init(type: "String", value: "TestString"), "TestBinary": .init(type: "Binary", value: "VGVzdA==")])
        #expect(record.message.topicARN == "arn:aws:sns:us-east-1:123456789012:sns-lambda")
        #expect(record.message.json == nil)
        #expect(throws: unreadable("Records[0].Sns is missing")) { try SNSEvent(event: ["Records": [[:]]]) }
        #expect(throws: unreadable("Records[0].Sns.Message is no string")) {
            try SNSEvent(event: ["Records": [["Sns": ["MessageId": "1", "TopicArn": "t", "Message": 7]]]])
        }
    }

    @Test("an object's key comes encoded as in a form, and is there decoded too")
    func bucket() throws {
        let event = try S3Event(event: Document(json: """
            {"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"us-east-2","eventTime":"2019-09-03T19:37:27.192Z",
            "eventName":"ObjectCreated:Put","userIdentity":{"principalId":"AWS:AIDAINPONIXQXHT3IKHL2"},"requestParameters":{"sourceIPAddress":"205.255.255.255"},
            "responseElements":{"x-amz-request-id":"D82B88E5F771F645","x-amz-id-2":"vlR7PnpV2Ce81l0PRw6jlUpck7Jo5ZsQ"},
            "s3":{"s3SchemaVersion":"1.0","configurationId":"828aa6fc","bucket":{"name":"inputs3bucketfortransact","ownerIdentity":{"principalId":"A3I5XTEXAMAI3E"},
            "arn":"arn:aws:s3:::inputs3bucketfortransact"},"object":{"key":"my+file%2Bni%C3%B1o.txt","size":1305107,"eTag":"b21b84d653bb07b05b1e6b33684dc11b",
            "sequencer":"0C0F6F405D6ED209E1"}}}]}
            """))
        let record = try #require(event.records.first)
        #expect((record.bucket.name, record.bucket.arn, record.bucket.ownerPrincipalID) == ("inputs3bucketfortransact", "arn:aws:s3:::inputs3bucketfortransact", "A3I5XTEXAMAI3E"))
        #expect((record.object.encodedKey, record.object.key) == ("my+file%2Bni%C3%B1o.txt", "my file+niño.txt"))
        #expect((record.object.size, record.object.versionID, record.object.sequencer) == (1_305_107, nil, "0C0F6F405D6ED209E1"))
        #expect((record.eventName, record.sourceIPAddress, record.principalID) == ("ObjectCreated:Put", "205.255.255.255", "AWS:AIDAINPONIXQXHT3IKHL2"))
        #expect(record.responseElements["x-amz-request-id"] == "D82B88E5F771F645")
        #expect(throws: unreadable("Records[0].s3.bucket.name is missing")) {
            try S3Event(event: ["Records": [["eventName": "x", "s3": ["bucket": [:], "object": [:]]]]])
        }
    }

    struct OrderDetail: LambdaEvent, Equatable {
        var orderID: String

        init(event: Document) throws(LambdaError) {
            guard let id = event["orderId"]?.string else { throw LambdaError(type: "NoOrder", message: "There is no order.") }
            orderID = id
        }
    }

    @Test("an event of a bus has a detail of any type; a schedule's is empty")
    func bus() throws {
        let event: Document = [
            "version": "0", "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718", "detail-type": "Order Placed", "source": "shop", "account": "111122223333",
            "time": "2017-12-22T18:43:48Z", "region": "us-west-1", "resources": ["arn:aws:s3:::b"], "detail": ["orderId": "o-1"],
        ]
        let order = try EventBridgeEvent<OrderDetail>(event: event)
        #expect((order.detail.orderID, order.source, order.detailType, order.resources) == ("o-1", "shop", "Order Placed", ["arn:aws:s3:::b"]))
        #expect(try EventBridgeEvent<Document>(event: event).detail == ["orderId": "o-1"])
        let schedule = try ScheduledEvent(event: [
            "version": "0", "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa", "detail-type": "Scheduled Event", "source": "aws.events", "account": "123456789012",
            "time": "2015-10-08T16:53:06Z", "region": "us-east-1", "resources": ["arn:aws:events:us-east-1:123456789012:rule/my-scheduled-rule"], "detail": [:],
        ])
        #expect((schedule.source, schedule.time, schedule.detail) == ("aws.events", "2015-10-08T16:53:06Z", [:]))
        #expect(throws: unreadable("detail-type is missing")) { try ScheduledEvent(event: ["source": "a"]) }
        #expect(throws: unreadable("detail.Records is missing")) { try EventBridgeEvent<SQSEvent>(event: ["source": "a", "detail-type": "b", "detail": [:]]) }
        #expect(throws: LambdaError(type: "NoOrder", message: "There is no order.")) {
            try EventBridgeEvent<OrderDetail>(event: ["source": "a", "detail-type": "b"])
        }
    }

    @Test("log events come out of their gzip")
    func logs() throws {
        let data: Document = [
            "messageType": "DATA_MESSAGE", "owner": "123456789012", "logGroup": "/aws/lambda/echo", "logStream": "2020/01/01/[$LATEST]1",
            "subscriptionFilters": ["LambdaStream"],
            "logEvents": [
                ["id": "34622316099697884706540976068822859012661220141643892546", "timestamp": 1_552_518_348_220, "message": "REPORT", "extractedFields": ["a": "b"]],
            ],
        ]
        let event = try CloudWatchLogsEvent(event: ["awslogs": ["data": .string(Base64.encode(Gzip.compress(data.json())))]])
        #expect((event.messageType, event.logGroup, event.subscriptionFilters) == ("DATA_MESSAGE", "/aws/lambda/echo", ["LambdaStream"]))
        let line = try #require(event.logEvents.first)
        #expect((line.milliseconds, line.message, line.extractedFields) == (1_552_518_348_220, "REPORT", ["a": "b"]))
        #expect(throws: unreadable("awslogs is missing")) { try CloudWatchLogsEvent(event: [:]) }
        #expect(throws: unreadable("awslogs.data is no gzip of JSON: corrupt")) { try CloudWatchLogsEvent(event: ["awslogs": ["data": "AAAA"]]) }
        let empty = Base64.encode(Gzip.compress(Array("{}".utf8)))
        #expect(throws: unreadable("awslogs.data.messageType is missing")) { try CloudWatchLogsEvent(event: ["awslogs": ["data": .string(empty)]]) }
    }

    @Test("a custom resource's function reads what is asked and answers in full")
    func customResource() throws {
        var members: Members = [
            "RequestType": "Create", "ResponseURL": "http://example.com/answer?signature=x", "StackId": "arn:aws:cloudformation:us-east-2:1:stack/s/guid",
            "RequestId": "unique", "ResourceType": "Custom::Thing", "LogicalResourceId": "Thing", "ServiceToken": "arn:aws:lambda:us-east-2:1:function:f",
            "ResourceProperties": ["ServiceToken": "arn:aws:lambda:us-east-2:1:function:f", "List": ["1", "2"]],
        ]
        let create = try CustomResourceEvent(event: .object(members))
        #expect((create.requestType, create.physicalResourceID, create.oldProperties) == (.create, nil, nil))
        #expect(create.properties["List"] == ["1", "2"])
        let success = CustomResourceResponse.success(create, physicalResourceID: "thing-1", data: ["Name": "n"]).answer.jsonString()
        let expected =
            #"{"Status":"SUCCESS","PhysicalResourceId":"thing-1","StackId":"arn:aws:cloudformation:us-east-2:1:stack/s/guid","#
            + #""RequestId":"unique","LogicalResourceId":"Thing","Data":{"Name":"n"}}"#
        #expect(success == expected)
        let failure = CustomResourceResponse.failure(create, reason: "no").answer
        #expect((failure["Status"], failure["Reason"], failure["PhysicalResourceId"]) == ("FAILED", "no", "unique"))
        members["RequestType"] = "Update"
        #expect(throws: unreadable("PhysicalResourceId is missing")) { try CustomResourceEvent(event: .object(members)) }
        members["PhysicalResourceId"] = "thing-1"
        members["OldResourceProperties"] = ["List": ["1"]]
        let update = try CustomResourceEvent(event: .object(members))
        #expect((update.requestType, update.oldProperties, update.physicalResourceID) == (.update, ["List": ["1"]], "thing-1"))
        members["RequestType"] = "Replace"
        #expect(throws: unreadable("RequestType is 'Replace', which is none of its values")) { try CustomResourceEvent(event: .object(members)) }
    }
}
