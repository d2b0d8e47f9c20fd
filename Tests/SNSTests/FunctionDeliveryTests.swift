import JSON
import Kernel
import Lambda
import Synchronization
import Testing

@testable import SNS

@Suite("Deliveries to functions") @CloudActor struct FunctionDeliveryTests {
    /// The events that a function got; the first ones fail.
    final class Events: Sendable {
        private let state: Mutex<(events: [Document], failures: Int)>
        init(failures: Int = 0) { state = Mutex(([], failures)) }
        var all: [Document] { state.withLock { $0.events } }

        func take(_ payload: [UInt8]) throws -> [UInt8] {
            let event = try Document(json: payload)
            let fails = state.withLock { state in
                state.events.append(event)
                return state.events.count <= state.failures
            }
            if fails { throw FunctionError(type: "Error", message: "no") }
            return Array("null".utf8)
        }
    }

    private func function(_ cloud: TestCloud, _ events: Events) async throws -> Document {
        let lambda = LambdaService(cloud.environment)
        cloud.environment.add(lambda)
        lambda.register("handler", RegisteredHandler { payload, _ in try events.take(payload) })
        let answer = try await cloud.call("lambda", "CreateFunction", [
            "FunctionName": "handler", "Runtime": "provided.al2023", "Role": "arn:aws:iam::000000000000:role/lambda", "Handler": "handler",
            "Code": ["ZipFile": "UEsDBBQAAAAAAAAAhlMAAAAAAAAAAAAAAAABAAAAZlBLAQIUAxQAAAAAAAAAhlMAAAAAAAAAAAAAAAABAAAAAAAAAAAAAACAAQAAAABmUEsFBgAAAAABAAEALwAAAB8AAAAAAA=="],
        ])
        return try #require(answer["FunctionArn"])
    }

    @Test("A function gets the message as a record, with every member that AWS sends")
    func event() async throws {
        let cloud = TestCloud()
        let events = Events()
        let function = try await function(cloud, events)
        let topic = try await cloud.topic("alerts")
        let arn = try #require(try await cloud("Subscribe", ["TopicArn": .string(topic), "Protocol": "lambda", "Endpoint": function])["SubscriptionArn"])
        let attributes: Document = ["k": ["DataType": "String", "StringValue": "v"], "b": ["DataType": "Binary", "BinaryValue": "AAE="]]
        let id = try #require(try await cloud("Publish", ["TopicArn": .string(topic), "Message": "hello", "MessageAttributes": attributes])["MessageId"])
        _ = await cloud.environment.settle()
        let event = try #require(events.all.first)
        let signature = try #require(event["Records"]?[0]?["Sns"]?["Signature"])
        #expect(event == ["Records": [[
            "EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": arn,
            "Sns": [
                "Type": "Notification", "MessageId": id, "TopicArn": .string(topic), "Subject": .null, "Message": "hello", "Timestamp": "2023-11-14T22:13:20.000Z",
                "SignatureVersion": "1", "Signature": signature, "SigningCertUrl": "http://localhost:4566/SimpleNotificationService-apus.pem",
                "UnsubscribeUrl": .string("http://localhost:4566/?Action=Unsubscribe&SubscriptionArn=\(arn.string ?? "")"),
                "MessageAttributes": ["b": ["Type": "Binary", "Value": "AAE="], "k": ["Type": "String", "Value": "v"]],
            ],
        ]]])
    }

    @Test("A function that fails is tried again by Lambda, after one and after two minutes")
    func retries() async throws {
        let cloud = TestCloud()
        let events = Events(failures: 3)
        let function = try await function(cloud, events)
        let topic = try await cloud.topic("alerts")
        try await cloud("Subscribe", ["TopicArn": .string(topic), "Protocol": "lambda", "Endpoint": function])
        try await cloud("Publish", ["TopicArn": .string(topic), "Message": "hello"])
        _ = await cloud.environment.settle()
        #expect(events.all.count == 1)
        #expect(await cloud.environment.settle(jumping: .seconds(60)) == .seconds(60))
        #expect(events.all.count == 2)
        #expect(await cloud.environment.settle(jumping: .seconds(3600)) == .seconds(120))
        #expect(events.all.count == 3)
        #expect(cloud.environment.outbox.state.messages.isEmpty)
    }
}
