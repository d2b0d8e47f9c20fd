import Compression
import JSON
import Kernel
import Lambda
import Synchronization
import Testing

@Suite("Subscription filters") @CloudActor struct SubscriptionTests {
    private static let function = "arn:aws:lambda:us-east-1:000000000000:function:f"

    /// What a function was invoked with, in the order of its invocations.
    private final class Events: Sendable {
        private let events = Mutex<[Document]>([])
        func append(_ event: Document) { events.withLock { $0.append(event) } }
        var all: [Document] { events.withLock { $0 } }
    }

    private func filter(_ pattern: String, _ name: String = "n") -> Document {
        ["logGroupName": "g", "filterName": .string(name), "filterPattern": .string(pattern), "destinationArn": .string(Self.function)]
    }

    private func subscribed(_ pattern: String) async throws -> (TestCloud, Events) {
        let cloud = TestCloud()
        let events = Events()
        cloud.lambda.register("f", RegisteredHandler { bytes, _ in
            if let event = try? Document(json: bytes) { events.append(event) }
            return Array("null".utf8)
        })
        try await cloud.call("lambda", "CreateFunction", TestCloud.function("f"))
        try await cloud.stream()
        try await cloud("PutSubscriptionFilter", filter(pattern))
        return (cloud, events)
    }

    /// What is within an event.
    private func unpacked(_ event: Document?) throws -> Document {
        let data = try Base64.decode(event?["awslogs"]?["data"]?.string ?? "")
        return try Document(json: Gzip.decompress(data, limit: 1 << 20))
    }

    @Test("A function gets the events that match, packed as AWS packs them")
    func delivery() async throws {
        let (cloud, events) = try await subscribed("?ERROR ?WARN")
        try await cloud.put("ERROR 1", "INFO", "WARN 2")
        try await cloud.put("INFO")
        _ = await cloud.environment.settle()
        #expect(events.all.count == 1)
        let message = try unpacked(events.all.first)
        let ids = try await cloud("FilterLogEvents", ["logGroupName": "g", "filterPattern": "?ERROR ?WARN"])["events"]?.array?.compactMap { $0["eventId"] } ?? []
        #expect(ids.count == 2)
        #expect(message == [
            "messageType": "DATA_MESSAGE", "owner": "000000000000", "logGroup": "g", "logStream": "s", "subscriptionFilters": ["n"],
            "logEvents": [
                ["id": ids.first ?? .null, "timestamp": .int(cloud.now), "message": "ERROR 1"],
                ["id": ids.last ?? .null, "timestamp": .int(cloud.now + 2), "message": "WARN 2"],
            ],
        ])
    }

    @Test("Fields between spaces come with the events")
    func extractedFields() async throws {
        let (cloud, events) = try await subscribed("[level=ERROR, code, ...]")
        try await cloud.put("ERROR 42 why")
        _ = await cloud.environment.settle()
        #expect(try unpacked(events.all.first)["logEvents"]?[0]?["extractedFields"] == ["level": "ERROR", "code": "42", "3": "why"])
    }

    @Test("A delivery survives a restart")
    func restart() async throws {
        let store = MemoryStore()
        let cloud = TestCloud(store: store)
        cloud.environment.attach()
        try await cloud.call("lambda", "CreateFunction", TestCloud.function("f"))
        try await cloud.stream()
        try await cloud("PutSubscriptionFilter", filter(""))
        cloud.lambda.hold()
        try await cloud.put("m")
        await cloud.environment.journal.commit()
        cloud.environment.detach()
        #expect(!store.keys(of: "logs").isEmpty)
        #expect(!store.keys(of: "fabric").isEmpty || !store.keys(of: "lambda").isEmpty)
    }

    @Test("A group has two of them, and a filter of the same name replaces the one before")
    func limits() async throws {
        let (cloud, _) = try await subscribed("")
        try await cloud("PutSubscriptionFilter", filter("[]"))
        #expect(try await cloud("DescribeSubscriptionFilters", ["logGroupName": "g"]) == [
            "subscriptionFilters": [
                [
                    "filterName": "n", "logGroupName": "g", "filterPattern": "[]", "destinationArn": .string(Self.function), "distribution": "ByLogStream",
                    "applyOnTransformedLogs": false, "creationTime": .int(cloud.now),
                ]
            ]
        ])
        try await cloud("PutSubscriptionFilter", filter("", "m"))
        await cloud.refused("PutSubscriptionFilter", filter("", "o"), "LimitExceededException", "Resource limit exceeded.")
        try await cloud("DeleteSubscriptionFilter", ["logGroupName": "g", "filterName": "m"])
        await cloud.refused(
            "DeleteSubscriptionFilter", ["logGroupName": "g", "filterName": "m"], "ResourceNotFoundException", "The specified subscription filter does not exist.")
        await cloud.refused(
            "DeleteSubscriptionFilter", ["logGroupName": "h", "filterName": "m"], "ResourceNotFoundException", "The specified log group does not exist.")
    }

    @Test("A destination must be a function of the account")
    func destinations() async throws {
        let (cloud, _) = try await subscribed("")
        func to(_ arn: String, role: String? = nil) -> Document {
            var members: Members = ["logGroupName": "g", "filterName": "x", "filterPattern": "", "destinationArn": .string(arn)]
            members["roleArn"] = role.map { .string($0) }
            return .object(members)
        }
        await cloud.refused(
            "PutSubscriptionFilter", to("arn:aws:lambda:us-east-1:111111111111:function:f"), "AccessDeniedException",
            "Cross-account lambda invocation passing is not allowed. You must use DestinationPolicies to create cross account lambda triggers.")
        await cloud.refused(
            "PutSubscriptionFilter", to("arn:aws:lambda:us-east-1:000000000000:function:nobody"), "InvalidParameterException",
            "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.")
        await cloud.refused(
            "PutSubscriptionFilter", to("arn:aws:kinesis:us-east-1:000000000000:stream/s"), "InvalidParameterException",
            "destinationArn for vendor kinesis cannot be used without roleArn")
        await cloud.refused(
            "PutSubscriptionFilter", to("arn:aws:firehose:us-east-1:000000000000:deliverystream/s", role: "arn:aws:iam::000000000000:role/r"),
            "NotImplementedException", "Apus does not implement logs subscription filters whose destination is firehose yet.", status: 501)
        await cloud.refused(
            "PutSubscriptionFilter", to(Self.function, role: "arn:aws:iam::000000000000:role/r"), "InvalidParameterException",
            "destinationArn for vendor lambda cannot be used with roleArn")
    }
}
