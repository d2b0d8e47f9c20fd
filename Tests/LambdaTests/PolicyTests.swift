import JSON
import Kernel
@testable import Lambda
import Testing

@Suite("Resource policies")
@CloudActor
struct PolicyTests {
    nonisolated static let arn = "arn:aws:lambda:us-west-2:440939667227:function:f"

    private func cloud() async throws -> TestCloud {
        let cloud = TestCloud()
        try await cloud.function("f", ["Publish": true]) { payload, _ in payload }
        try await cloud.call("CreateAlias", ["FunctionName": "f", "Name": "live", "FunctionVersion": "1"])
        return cloud
    }

    private func grant(_ name: String = "f", _ id: String = "s", _ members: Members = [:]) -> Document {
        var input: Members = ["FunctionName": .string(name), "StatementId": .string(id), "Action": "lambda:InvokeFunction", "Principal": "sns.amazonaws.com"]
        for member in members { input[member.name] = member.value }
        return .object(input)
    }

    @Test("every condition stands in its statement", arguments: [
        (
            #"{"Principal":"*","Action":"lambda:InvokeFunctionUrl","FunctionUrlAuthType":"NONE","PrincipalOrgID":"o-1234567890","SourceAccount":"123456789012","SourceArn":"arn:aws:s3:::b"}"#,
            #"{"StringEquals":{"lambda:FunctionUrlAuthType":"NONE","aws:PrincipalOrgID":"o-1234567890","AWS:SourceAccount":"123456789012"},"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::b"}}"#
        ),
        (#"{"EventSourceToken":"amzn1.ask.skill.x"}"#, #"{"StringEquals":{"lambda:EventSourceToken":"amzn1.ask.skill.x"}}"#),
        (#"{"InvokedViaFunctionUrl":true}"#, #"{"Bool":{"lambda:InvokedViaFunctionUrl":"true"}}"#),
    ])
    func conditions(input: String, condition: String) async throws {
        let cloud = try await cloud()
        defer { cloud.close() }
        let members = try #require(try Document(json: input).object)
        let text = try await cloud.call("AddPermission", grant("f", "s", members)).document["Statement"]?.string ?? ""
        #expect(try Document(json: text)["Condition"] == Document(json: condition))
    }

    @Test("each version and alias has a policy of its own, with the resource's revision")
    func qualifiers() async throws {
        let cloud = try await cloud()
        defer { cloud.close() }
        let before = try await cloud.call("GetFunctionConfiguration", ["FunctionName": "f"]).document["RevisionId"]
        try await cloud.call("AddPermission", grant("f", "own"))
        let own = try await cloud.call("GetPolicy", ["FunctionName": "f"]).document
        #expect(own["RevisionId"] != before)
        #expect(own["RevisionId"] == (try await cloud.call("GetFunctionConfiguration", ["FunctionName": "f"]).document["RevisionId"]))
        try await cloud.call("AddPermission", grant("f:1", "numbered"))
        try await cloud.call("AddPermission", grant("f:live", "named"))
        for (name, id, resource) in [("f", "own", Self.arn), ("f:1", "numbered", Self.arn + ":1"), ("f:live", "named", Self.arn + ":live")] {
            let policy = try await cloud.call("GetPolicy", ["FunctionName": .string(name)]).document["Policy"]?.string ?? ""
            let statements = try Document(json: policy)["Statement"]?.array ?? []
            #expect(statements.compactMap { $0["Sid"]?.string } == [id])
            #expect(statements.first?["Resource"]?.string == resource)
        }
        let alias = try await cloud.call("GetAlias", ["FunctionName": "f", "Name": "live"]).document["RevisionId"]
        #expect(try await cloud.call("GetPolicy", ["FunctionName": "f:live"]).document["RevisionId"] == alias)
        let stale = await cloud.error("RemovePermission", ["FunctionName": "f:live", "StatementId": "named", "RevisionId": "x"])
        #expect(stale == .staleRevision())
        try await cloud.call("RemovePermission", ["FunctionName": "f:live", "StatementId": "named", "RevisionId": alias ?? .null])
        #expect(await cloud.error("GetPolicy", ["FunctionName": "f:live"])?.message == "The resource you requested does not exist.")
        try await cloud.call("DeleteFunction", ["FunctionName": "f"])
        #expect(await cloud.error("GetPolicy", ["FunctionName": "f"])?.message == "Function not found: \(Self.arn)")
    }

    @Test("what AWS refuses is refused in its words")
    func errors() async throws {
        let cloud = try await cloud()
        defer { cloud.close() }
        let cases: [(String, Document, String)] = [
            ("AddPermission", grant("f:$LATEST"), "We currently do not support adding policies for $LATEST."),
            ("AddPermission", grant("f", "s", ["Principal": "invalid.nonaws.com"]), "The provided principal was invalid. Please check the principal and try again."),
            ("AddPermission", grant("g"), "Function not found: arn:aws:lambda:us-west-2:440939667227:function:g"),
            ("AddPermission", grant("f", "s", ["Qualifier": "gone"]), "Cannot find alias arn: \(Self.arn):gone"),
            ("AddPermission", grant("f", "s", ["Qualifier": "42"]), "Function not found: \(Self.arn):42"),
            ("AddPermission", grant("f", "s", ["Qualifier": "a-$-b"]), "Function not found: \(Self.arn):a-$-b"),
            ("AddPermission", grant("f:1", "s", ["Qualifier": "2"]), "The derived qualifier from the function name does not match the specified qualifier."),
            (
                "AddPermission", grant("f", "example.com"),
                "1 validation error detected: Value 'example.com' at 'statementId' failed to satisfy constraint: Member must satisfy regular expression pattern: ([a-zA-Z0-9-_]+)"
            ),
            ("RemovePermission", ["FunctionName": "g", "StatementId": "s"], "No policy found for: arn:aws:lambda:us-west-2:440939667227:function:g"),
            ("RemovePermission", ["FunctionName": "f", "StatementId": "s"], "No policy is associated with the given resource."),
            ("RemovePermission", ["FunctionName": "f:gone", "StatementId": "s"], "Cannot find alias arn: \(Self.arn):gone"),
            ("GetPolicy", ["FunctionName": "f", "Qualifier": "42"], "The resource you requested does not exist."),
        ]
        for (operation, input, message) in cases { #expect(await cloud.error(operation, input)?.message == message) }
        try await cloud.call("AddPermission", grant())
        #expect(await cloud.error("RemovePermission", ["FunctionName": "f", "StatementId": "t"])?.message == "Statement t is not found in resource policy.")
        var error: AWSError?
        for number in 0..<200 where error == nil { error = await cloud.error("AddPermission", grant("f", "statement-\(number)")) }
        #expect(error?.code == "PolicyLengthExceededException")
        #expect(error?.message?.hasSuffix("is bigger than the limit (20480).") == true)
    }
}
