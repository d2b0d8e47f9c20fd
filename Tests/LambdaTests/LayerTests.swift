import Compression
import JSON
import Kernel
@testable import Lambda
import Testing

@Suite("Layers")
@CloudActor
struct LayerTests {
    nonisolated static let arn = "arn:aws:lambda:us-west-2:440939667227:layer:tools"

    private nonisolated func archive(_ name: String) -> Document {
        var writer = ZipWriter()
        writer.addFile(name, Array(name.utf8))
        return .string(Base64.encode(writer.finished()))
    }

    @discardableResult
    private func publish(_ cloud: TestCloud, _ name: String = "tools", _ members: Members = [:]) async throws -> Document {
        var input: Members = ["LayerName": .string(name), "Content": ["ZipFile": archive("python/\(name).py")]]
        for member in members { input[member.name] = member.value }
        return try await cloud.call("PublishLayerVersion", .object(input)).document
    }

    @Test("versions are published, read, listed newest first and deleted; numbers aren't used again")
    func lifecycle() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        let first = try await publish(cloud, "tools", ["Description": "d", "LicenseInfo": "MIT", "CompatibleRuntimes": ["python3.12"], "CompatibleArchitectures": ["arm64"]])
        #expect(first["LayerArn"]?.string == Self.arn)
        #expect(first["LayerVersionArn"]?.string == Self.arn + ":1")
        #expect(first["Version"] == 1)
        #expect(first["CreatedDate"] == "2021-12-06T02:01:51.000+0000")
        #expect(first["LicenseInfo"] == "MIT")
        #expect(try await cloud.call("GetLayerVersion", ["LayerName": "tools", "VersionNumber": 1]).document == first)
        #expect(try await cloud.call("GetLayerVersionByArn", ["Arn": .string(Self.arn + ":1")]).document == first)
        let content = cloud.lambda.deploymentPackage(Self.arn + ":1")
        #expect(content?.count == first["Content"]?["CodeSize"]?.int)
        let second = try await publish(cloud)
        #expect(second["Version"] == 2)
        #expect(second["CompatibleRuntimes"] == nil && second["LicenseInfo"] == nil)
        let all = try await cloud.call("ListLayerVersions", ["LayerName": "tools"]).document["LayerVersions"]?.array ?? []
        #expect(all.compactMap { $0["Version"]?.int } == [2, 1])
        let page = try await cloud.call("ListLayerVersions", ["LayerName": "tools", "MaxItems": 1]).document
        let rest = try await cloud.call("ListLayerVersions", ["LayerName": "tools", "MaxItems": 1, "Marker": page["NextMarker"] ?? .null]).document
        #expect(rest["LayerVersions"]?.array?.compactMap { $0["Version"]?.int } == [1])
        try await publish(cloud, "other")
        let layers = try await cloud.call("ListLayers", [:]).document["Layers"]?.array ?? []
        #expect(layers.compactMap { $0["LayerName"]?.string } == ["other", "tools"])
        let matching = try await cloud.call("ListLayers", ["CompatibleRuntime": "python3.12"]).document["Layers"]?.array ?? []
        #expect(matching.compactMap { $0["LatestMatchingVersion"]?["Version"]?.int } == [1])
        for number in 1...2 { try await cloud.call("DeleteLayerVersion", ["LayerName": "tools", "VersionNumber": .int(number)]) }
        try await cloud.call("DeleteLayerVersion", ["LayerName": "tools", "VersionNumber": 1])
        #expect(try await cloud.call("ListLayerVersions", ["LayerName": "tools"]).document == ["LayerVersions": []])
        #expect(try await publish(cloud)["Version"] == 3)
        #expect(cloud.lambda.state.layerContents.count == 2)
    }

    @Test("what AWS refuses is refused in its words")
    func errors() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        try await publish(cloud)
        let absent = "The resource you requested does not exist."
        let cases: [(String, Document, String)] = [
            ("GetLayerVersion", ["LayerName": "gone", "VersionNumber": 1], absent),
            ("GetLayerVersion", ["LayerName": "tools", "VersionNumber": 2], absent),
            ("GetLayerVersion", ["LayerName": "tools", "VersionNumber": 0], "Layer Version Cannot be less than 1"),
            ("DeleteLayerVersion", ["LayerName": "tools", "VersionNumber": -1], "Layer Version Cannot be less than 1"),
            ("GetLayerVersionByArn", ["Arn": .string(Self.arn + ":9")], absent),
            (
                "GetLayerVersionByArn", ["Arn": .string(Self.arn)],
                "1 validation error detected: Value '\(Self.arn)' at 'arn' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+"
            ),
            ("PublishLayerVersion", ["LayerName": "new", "Content": [:]], "Please provide a source for layer content."),
            ("GetLayerVersionPolicy", ["LayerName": "tools", "VersionNumber": 1], "No policy is associated with the given resource."),
            ("GetLayerVersionPolicy", ["LayerName": "tools", "VersionNumber": 2], "Layer version \(Self.arn):2 does not exist."),
        ]
        for (operation, input, message) in cases { #expect(await cloud.error(operation, input)?.message == message) }
        let both = await cloud.error(
            "PublishLayerVersion", ["LayerName": "new", "Content": ["ZipFile": "UEs="], "CompatibleRuntimes": ["x"], "CompatibleArchitectures": ["y", "x86_64"]])
        #expect(both?.message?.hasPrefix("2 validation errors detected: Value '[x]' at 'compatibleRuntimes' failed to satisfy constraint: Member must satisfy enum value set: [") == true)
        #expect(
            both?.message?.hasSuffix(
                "; Value '[y, x86_64]' at 'compatibleArchitectures' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64]]"
            ) == true)
        #expect(try await cloud.call("ListLayerVersions", ["LayerName": "gone"]).document == ["LayerVersions": []])
    }

    @Test("policies of versions are added to, shown and taken away")
    func policies() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        try await publish(cloud)
        let grant: Members = ["LayerName": "tools", "VersionNumber": 1, "StatementId": "s1", "Action": "lambda:GetLayerVersion", "Principal": "*"]
        let added = try await cloud.call("AddLayerVersionPermission", .object(grant)).document
        #expect(
            added["Statement"]?.string
                == #"{"Sid":"s1","Effect":"Allow","Principal":"*","Action":"lambda:GetLayerVersion","Resource":"\#(Self.arn):1"}"#)
        let policy = try await cloud.call("GetLayerVersionPolicy", ["LayerName": "tools", "VersionNumber": 1]).document
        #expect(policy["RevisionId"] == added["RevisionId"])
        #expect(policy["Policy"]?.string?.hasPrefix(#"{"Version":"2012-10-17","Id":"default","Statement":[{"Sid":"s1""#) == true)
        #expect(await cloud.error("AddLayerVersionPermission", .object(grant))?.code == "ResourceConflictException")
        var wrong = grant
        wrong["Action"] = "*"
        #expect(
            await cloud.error("AddLayerVersionPermission", .object(wrong))?.message
                == "1 validation error detected: Value '*' at 'action' failed to satisfy constraint: Member must satisfy regular expression pattern: lambda:GetLayerVersion")
        var stale = grant
        stale["StatementId"] = "s2"
        stale["RevisionId"] = "x"
        #expect(
            await cloud.error("AddLayerVersionPermission", .object(stale))?.message
                == "The Revision Id provided does not match the latest Revision Id. Call the GetLayerPolicy API to retrieve the latest Revision Id")
        let missing = await cloud.error("RemoveLayerVersionPermission", ["LayerName": "tools", "VersionNumber": 1, "StatementId": "zz"])
        #expect(missing?.message == "Statement zz is not found in resource policy.")
        try await cloud.call("RemoveLayerVersionPermission", ["LayerName": "tools", "VersionNumber": 1, "StatementId": "s1"])
        #expect(await cloud.error("GetLayerVersionPolicy", ["LayerName": "tools", "VersionNumber": 1])?.status == 404)
    }

    @Test("functions have layers, which stay for them when they are deleted")
    func functions() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        let layer = try await publish(cloud)
        let other = try await publish(cloud, "other")
        let arns: Document = [layer["LayerVersionArn"] ?? .null, other["LayerVersionArn"] ?? .null]
        try await cloud.function("f", ["Layers": arns]) { payload, _ in payload }
        let function = try await cloud.call("GetFunctionConfiguration", ["FunctionName": "f"]).document
        let shown: Document = ["Arn": layer["LayerVersionArn"] ?? .null, "CodeSize": layer["Content"]?["CodeSize"] ?? .null]
        #expect(function["Layers"]?.array?.first == shown)
        try await cloud.call("DeleteLayerVersion", ["LayerName": "tools", "VersionNumber": 1])
        #expect(await cloud.error("GetLayerVersion", ["LayerName": "tools", "VersionNumber": 1])?.status == 404)
        #expect(try cloud.lambda.contents(of: cloud.lambda.state.functions.values.first?.latest.settings.layers ?? []).count == 2)
        cloud.register("g") { payload, _ in payload }
        #expect(await cloud.error("CreateFunction", creation("g", ["Layers": arns]))?.message == "Layer version \(Self.arn):1 does not exist.")
        let none = try await cloud.call("UpdateFunctionConfiguration", ["FunctionName": "f", "Layers": []]).document
        #expect(none["Layers"] == nil)
        #expect(cloud.lambda.state.layerContents.count == 1)
    }

    @Test("a function's layers are checked together", arguments: [
        (["tools:1", "tools:2"], "Two different versions of the same layer are not allowed to be referenced in the same function. \(prefix)tools:1 and \(prefix)tools:2 are versions of the same layer."),
        (["gone:1"], "Layer version \(prefix)gone:1 does not exist."),
        (["tools:9"], "Layer version \(prefix)tools:9 does not exist."),
        (["a:1", "b:1", "c:1", "d:1", "e:1", "f:1"], "Cannot reference more than 5 layers."),
    ])
    func combinations(layers: [String], message: String) async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        cloud.register("f") { payload, _ in payload }
        try await publish(cloud)
        try await publish(cloud)
        let input = creation("f", ["Layers": .array(layers.map { .string(Self.prefix + $0) })])
        #expect(await cloud.error("CreateFunction", input)?.message == message)
    }

    private nonisolated static let prefix = "arn:aws:lambda:us-west-2:440939667227:layer:"

    @Test("layers of another region and ARNs without a version are refused")
    func references() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        cloud.register("f") { payload, _ in payload }
        let elsewhere = await cloud.error("CreateFunction", creation("f", ["Layers": ["arn:aws:lambda:eu-west-1:440939667227:layer:tools:1"]]))
        #expect(elsewhere?.message == "Layers are not in the same region as the function. Layers are expected to be in region us-west-2.")
        let whole = await cloud.error("CreateFunction", creation("f", ["Layers": [.string(Self.arn)]]))
        #expect(whole?.message?.hasPrefix("1 validation error detected: Value '[\(Self.arn)]' at 'layers' failed to satisfy constraint: Member must satisfy constraint: [") == true)
    }

    @Test("layers survive a restart and a restored snapshot")
    func restart() async throws {
        let store = MemoryStore()
        let before = TestCloud(store: store)
        try await publish(before, "tools", ["Description": "d", "CompatibleRuntimes": ["python3.12"]])
        try await publish(before)
        let grant: Document = ["LayerName": "tools", "VersionNumber": 1, "StatementId": "s1", "Action": "lambda:GetLayerVersion", "Principal": "*"]
        try await before.call("AddLayerVersionPermission", grant)
        try await before.function("f", ["Layers": [.string(Self.arn + ":2")]]) { payload, _ in payload }
        try await before.call("DeleteLayerVersion", ["LayerName": "tools", "VersionNumber": 2])
        before.environment.takeSnapshot("s")
        let (layers, contents) = (before.lambda.state.layers, before.lambda.state.layerContents)
        try await before.call("DeleteFunction", ["FunctionName": "f"])
        #expect(before.lambda.state.layerContents.count == 1)
        #expect(before.environment.restoreSnapshot("s"))
        #expect(before.lambda.state.layers == layers)
        await before.environment.journal.commit()
        before.close()
        let after = TestCloud(store: store)
        defer { after.close() }
        try after.environment.load()
        #expect(after.lambda.state.layers == layers)
        #expect(after.lambda.state.layerContents == contents)
        #expect(try await publish(after)["Version"] == 3)
    }
}
