import JSON
import Kernel
import Testing

@Suite("What SNS keeps") @CloudActor struct RestartTests {
    private static let named: [(operation: String, input: Document)] = [
        ("GetSMSAttributes", [:]), ("ListSMSSandboxPhoneNumbers", [:]), ("ListPlatformApplications", [:]),
        ("ListEndpointsByPlatformApplication", ["PlatformApplicationArn": "arn:aws:sns:us-east-1:000000000000:app/GCM/app"]),
        ("ListTagsForResource", ["ResourceArn": "arn:aws:sns:us-east-1:000000000000:t"]), ("GetTopicAttributes", ["TopicArn": "arn:aws:sns:us-east-1:000000000000:t"]),
        ("GetDataProtectionPolicy", ["ResourceArn": "arn:aws:sns:us-east-1:000000000000:t"]),
    ]

    private func fill(_ cloud: TestCloud) async throws {
        let topic = try await cloud.topic("t", ["DeliveryPolicy": #"{"http":{"defaultThrottlePolicy":{"maxReceivesPerSecond":5}}}"#])
        try await cloud("TagResource", ["ResourceArn": .string(topic), "Tags": [["Key": "k", "Value": "v"]]])
        try await cloud("AddPermission", ["TopicArn": .string(topic), "Label": "L", "AWSAccountId": ["111122223333"], "ActionName": ["Publish"]])
        try await cloud("SetSMSAttributes", ["attributes": ["DefaultSenderID": "apus"]])
        try await cloud("CreateSMSSandboxPhoneNumber", ["PhoneNumber": "+15551234567"])
        let arn = try await cloud("CreatePlatformApplication", ["Name": "app", "Platform": "GCM", "Attributes": ["PlatformCredential": "key"]])["PlatformApplicationArn"]
        try await cloud("CreatePlatformEndpoint", ["PlatformApplicationArn": arn ?? .null, "Token": "token"])
    }

    private func answers(_ cloud: TestCloud) async throws -> [Document] {
        var answers: [Document] = []
        for (operation, input) in Self.named { answers.append(try await cloud(operation, input)) }
        return answers
    }

    @Test("A restart changes nothing")
    func restart() async throws {
        let store = MemoryStore()
        let cloud = TestCloud(store: store)
        cloud.environment.attach()
        try await fill(cloud)
        await cloud.environment.journal.commit()
        cloud.environment.detach()
        let again = TestCloud(store: store)
        try again.environment.load()
        #expect(try await answers(again) == answers(cloud))
        // The token finds its endpoint.
        let application: Document = "arn:aws:sns:us-east-1:000000000000:app/GCM/app"
        let known = try await cloud("CreatePlatformEndpoint", ["PlatformApplicationArn": application, "Token": "token"])
        #expect(try await again("CreatePlatformEndpoint", ["PlatformApplicationArn": application, "Token": "token"]) == known)
    }

    @Test("A snapshot brings everything back")
    func snapshot() async throws {
        let cloud = TestCloud()
        try await fill(cloud)
        let before = try await answers(cloud)
        _ = cloud.environment.takeSnapshot("s")
        try await cloud("DeletePlatformApplication", ["PlatformApplicationArn": "arn:aws:sns:us-east-1:000000000000:app/GCM/app"])
        try await cloud("DeleteSMSSandboxPhoneNumber", ["PhoneNumber": "+15551234567"])
        try await cloud("DeleteTopic", ["TopicArn": "arn:aws:sns:us-east-1:000000000000:t"])
        #expect(cloud.environment.restoreSnapshot("s"))
        #expect(try await answers(cloud) == before)
    }
}
