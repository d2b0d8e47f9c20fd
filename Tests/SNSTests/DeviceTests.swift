import JSON
import Kernel
import Testing

@Suite("Applications and devices") @CloudActor struct DeviceTests {
    let cloud = TestCloud()

    private func application(_ name: Document = "app", _ platform: Document = "GCM", _ attributes: Document = ["PlatformCredential": "key"]) -> Document {
        ["Name": name, "Platform": platform, "Attributes": attributes]
    }

    private func endpoint(_ token: Document = "token", _ attributes: Document = [:]) async throws -> String {
        let arn = try await cloud("CreatePlatformApplication", application())["PlatformApplicationArn"] ?? .null
        return try await cloud("CreatePlatformEndpoint", ["PlatformApplicationArn": arn, "Token": token, "Attributes": attributes])["EndpointArn"]?.string ?? ""
    }

    @Test("An application answers what it was given, save its credentials")
    func applications() async throws {
        let arn: Document = "arn:aws:sns:us-east-1:000000000000:app/ADM/app"
        let input = application("app", "ADM", ["PlatformCredential": "c", "PlatformPrincipal": "p", "SuccessFeedbackSampleRate": "5"])
        #expect(try await cloud("CreatePlatformApplication", input) == ["PlatformApplicationArn": arn])
        #expect(try await cloud("CreatePlatformApplication", input) == ["PlatformApplicationArn": arn])
        await cloud.refused(
            "CreatePlatformApplication", application("app", "ADM", ["PlatformCredential": "c", "PlatformPrincipal": "p"]), "InvalidParameter",
            "Invalid parameter: Name Reason: An application with the same name but different properties already exists")
        let told: Document = ["Enabled": "true", "SuccessFeedbackSampleRate": "5"]
        #expect(try await cloud("GetPlatformApplicationAttributes", ["PlatformApplicationArn": arn]) == ["Attributes": told])
        #expect(try await cloud("ListPlatformApplications", [:]) == ["PlatformApplications": [["PlatformApplicationArn": arn, "Attributes": told]]])
        await cloud.refused(
            "SetPlatformApplicationAttributes", ["PlatformApplicationArn": arn, "Attributes": ["SuccessFeedbackSampleRate": "101"]], "InvalidParameter",
            "Invalid parameter: Attributes Reason: Invalid value for attribute: SuccessFeedbackSampleRate: 101 value provided is not an integer between 0-100")
        try await cloud("DeletePlatformApplication", ["PlatformApplicationArn": arn])
        try await cloud("DeletePlatformApplication", ["PlatformApplicationArn": arn])
        await cloud.refused("GetPlatformApplicationAttributes", ["PlatformApplicationArn": arn], "NotFound", "PlatformApplication does not exist", status: 404)
    }

    @Test("What an application must have")
    func applicationRefusals() async throws {
        await cloud.refused("CreatePlatformApplication", application("app", "XYZ"), "InvalidParameter", "Invalid parameter: Platform Reason: XYZ is not supported")
        await cloud.refused(
            "CreatePlatformApplication", application("app", "ADM"), "InvalidParameter",
            "Invalid parameter: Attributes Reason: PlatformCredential attribute provided without PlatformPrincipal")
        await cloud.refused(
            "CreatePlatformApplication", application("app", "GCM", [:]), "ValidationException",
            "1 validation error detected: Value null at 'attributes' failed to satisfy constraint: Member must not be null")
        await cloud.refused(
            "CreatePlatformEndpoint", ["PlatformApplicationArn": "arn:aws:sns:us-east-1:000000000000:app/GCM/a/b", "Token": "t"], "InvalidParameter",
            "Invalid parameter: PlatformApplicationArn Reason: Wrong number of slashes in relative portion of the ARN.")
    }

    @Test("A token has one endpoint")
    func endpoints() async throws {
        let arn = try await endpoint("token", ["CustomUserData": "mine"])
        #expect(try await endpoint("token", ["CustomUserData": "mine"]) == arn)
        await cloud.refused(
            "CreatePlatformEndpoint", ["PlatformApplicationArn": "arn:aws:sns:us-east-1:000000000000:app/GCM/app", "Token": "token"], "InvalidParameter",
            "Invalid parameter: Token Reason: Endpoint \(arn) already exists with the same Token, but different attributes.")
        let named: Document = ["EndpointArn": .string(arn)]
        try await cloud("SetEndpointAttributes", ["EndpointArn": .string(arn), "Attributes": ["Token": "other"]])
        #expect(try await cloud("GetEndpointAttributes", named) == ["Attributes": ["CustomUserData": "mine", "Enabled": "true", "Token": "other"]])
        #expect(try await endpoint("token") != arn)
        let list = try await cloud("ListEndpointsByPlatformApplication", ["PlatformApplicationArn": "arn:aws:sns:us-east-1:000000000000:app/GCM/app"])
        #expect(list["Endpoints"]?.array?.count == 2)
        try await cloud("DeleteEndpoint", named)
        await cloud.refused("GetEndpointAttributes", named, "NotFound", "Endpoint does not exist", status: 404)
        await cloud.refused(
            "GetEndpointAttributes", ["EndpointArn": .string(arn + "x")], "InvalidParameter",
            "Invalid parameter: EndpointArn Reason: ARN specifies an invalid endpointId: UUID must be encoded in exactly 36 characters.")
    }

    @Test("A message to a device, by itself or by its topic, is a push in the outbox")
    func pushes() async throws {
        let arn = try await endpoint()
        let id = try await cloud("Publish", ["TargetArn": .string(arn), "Message": #"{"GCM":"{}"}"#, "MessageStructure": "json"])["MessageId"]
        let topic = try await cloud.topic("t")
        try await cloud("Subscribe", ["TopicArn": .string(topic), "Protocol": "application", "Endpoint": .string(arn)])
        try await cloud("Publish", ["TopicArn": .string(topic), "Message": "hello"])
        let pushes = cloud.environment.outbox.state.messages.filter { $0.kind == "push" }
        #expect(pushes.map(\.content) == [
            ["TargetArn": .string(arn), "Platform": "GCM", "Token": "token", "Message": "{}"],
            ["TargetArn": .string(arn), "Platform": "GCM", "Token": "token", "Message": "hello", "Topic": .string(topic)],
        ])
        #expect(pushes.first?.id == id?.string)
        try await cloud("SetEndpointAttributes", ["EndpointArn": .string(arn), "Attributes": ["Enabled": "false"]])
        await cloud.refused("Publish", ["TargetArn": .string(arn), "Message": "m"], "EndpointDisabled", "Endpoint is disabled")
        try await cloud("DeleteEndpoint", ["EndpointArn": .string(arn)])
        await cloud.refused(
            "Publish", ["TargetArn": .string(arn), "Message": "m"], "InvalidParameter",
            "Invalid parameter: TargetArn Reason: No endpoint found for the target arn specified")
    }
}
