import JSON
import Kernel
@testable import Lambda
import Testing

@Suite("Versions and aliases")
@CloudActor
struct VersionTests {
    nonisolated static let arn = "arn:aws:lambda:us-west-2:440939667227:function:f"

    private func cloud() async throws -> TestCloud {
        let cloud = TestCloud()
        try await cloud.function("f") { _, context in Array("\"\(context.environment["AWS_LAMBDA_FUNCTION_VERSION"] ?? "")\"".utf8) }
        return cloud
    }

    /// Makes version 2 differ from version 1.
    private func twoVersions(_ cloud: TestCloud) async throws {
        try await cloud.call("PublishVersion", ["FunctionName": "f"])
        try await cloud.call("UpdateFunctionConfiguration", ["FunctionName": "f", "Timeout": 9])
        try await cloud.call("PublishVersion", ["FunctionName": "f"])
    }

    @Test("a version is what $LATEST was; publishing the same again makes none")
    func publish() async throws {
        let cloud = try await cloud()
        defer { cloud.close() }
        let latest = try await cloud.call("GetFunctionConfiguration", ["FunctionName": "f"]).document
        let first = try await cloud.call("PublishVersion", ["FunctionName": "f", "Description": "one", "CodeSha256": latest["CodeSha256"] ?? .null]).document
        #expect(first["FunctionArn"]?.string == Self.arn + ":1")
        #expect(first["Version"] == "1")
        #expect(first["Description"] == "one")
        #expect(first["State"] == "Active")
        #expect(first["RevisionId"] != latest["RevisionId"])
        let after = try await cloud.call("GetFunctionConfiguration", ["FunctionName": "f"]).document
        #expect(after["RevisionId"] != latest["RevisionId"])
        #expect(after["Description"] == "")
        #expect(try await cloud.call("PublishVersion", ["FunctionName": "f", "Description": "again"]).document == first)
        try await cloud.call("UpdateFunctionConfiguration", ["FunctionName": "f", "Description": "two"])
        let second = try await cloud.call("PublishVersion", ["FunctionName": "f"]).document
        #expect(second["Version"] == "2")
        #expect(second["Description"] == "two")
        #expect(try await cloud.call("GetFunctionConfiguration", ["FunctionName": "f", "Qualifier": "1"]).document == first)
    }

    @Test("a version isn't published from another code or another revision than the one that is meant")
    func expectations() async throws {
        let cloud = try await cloud()
        defer { cloud.close() }
        let code = await cloud.error("PublishVersion", ["FunctionName": "f", "CodeSha256": "x"])
        #expect(code?.code == "InvalidParameterValueException")
        #expect(
            code?.message
                == "CodeSHA256 (x) is different from current CodeSHA256 in $LATEST (2jaQbLTBXO5RJs5Gmv+FuGRkDn+9hfylwp8AfLZd/DI=). "
                + "Please try again with the CodeSHA256 in $LATEST.")
        let revision = await cloud.error("PublishVersion", ["FunctionName": "f", "RevisionId": "x"])
        #expect(revision?.status == 412)
        #expect(revision == .staleRevision())
        #expect(cloud.lambda.state.functions.values.first?.versions.isEmpty == true)
    }

    @Test("versions are listed after $LATEST, with their qualifiers and without their states")
    func list() async throws {
        let cloud = try await cloud()
        defer { cloud.close() }
        try await twoVersions(cloud)
        let all = try await cloud.call("ListVersionsByFunction", ["FunctionName": "f"]).document["Versions"]?.array ?? []
        #expect(all.compactMap { $0["FunctionArn"]?.string } == [Self.arn + ":$LATEST", Self.arn + ":1", Self.arn + ":2"])
        #expect(all.allSatisfy { $0["State"] == nil && $0["LastUpdateStatus"] == nil })
        let first = try await cloud.call("ListVersionsByFunction", ["FunctionName": "f", "MaxItems": 2]).document
        #expect(first["Versions"]?.array?.count == 2)
        let second = try await cloud.call("ListVersionsByFunction", ["FunctionName": "f", "MaxItems": 2, "Marker": first["NextMarker"] ?? .null]).document
        #expect(second["Versions"]?.array?.compactMap { $0["Version"]?.string } == ["2"])
        #expect(second["NextMarker"] == nil)
        let functions = try await cloud.call("ListFunctions", ["FunctionVersion": "ALL"]).document["Functions"]?.array ?? []
        #expect(functions.compactMap { $0["FunctionArn"]?.string } == [Self.arn + ":$LATEST", Self.arn + ":1", Self.arn + ":2"])
        #expect(try await cloud.call("ListFunctions", ["FunctionVersion": "ALL", "MasterRegion": "us-east-1"]).document == ["Functions": []])
        let master = await cloud.error("ListFunctions", ["MasterRegion": "us-east-1"])
        #expect(master?.code == "InvalidParameterValueException")
    }

    @Test("a function can be published as it is made and as its code is changed")
    func publishAtOnce() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        cloud.register("f") { payload, _ in payload }
        let made = try await cloud.call("CreateFunction", creation("f", ["Publish": true])).document
        #expect(made["Version"] == "1")
        #expect(made["FunctionArn"]?.string == Self.arn)
        let same = try await cloud.call("UpdateFunctionCode", ["FunctionName": "f", "ZipFile": "UEsDBBQAAAAAAAAAhlMAAAAAAAAAAAAAAAABAAAAZlBLAQIUAxQAAAAAAAAAhlMAAAAAAAAAAAAAAAABAAAAAAAAAAAAAACAAQAAAABmUEsFBgAAAAABAAEALwAAAB8AAAAAAA==", "Publish": true]).document
        #expect(same["Version"] == "1")
        let changed = try await cloud.call("UpdateFunctionCode", ["FunctionName": "f", "ZipFile": "UEsDBBQAAAAAAAAAhlMAAAAAAAAAAAAAAAABAAAAZ1BLAQIUAxQAAAAAAAAAhlMAAAAAAAAAAAAAAAABAAAAAAAAAAAAAACAAQAAAABnUEsFBgAAAAABAAEALwAAAB8AAAAAAA==", "Publish": true]).document
        #expect(changed["Version"] == "2")
        #expect(changed["FunctionArn"]?.string == Self.arn + ":2")
        #expect(cloud.lambda.state.packages.count == 2)
    }

    @Test("versions are deleted one by one, but not under an alias; their numbers aren't used again")
    func deletion() async throws {
        let cloud = try await cloud()
        defer { cloud.close() }
        try await twoVersions(cloud)
        try await cloud.call("CreateAlias", ["FunctionName": "f", "Name": "live", "FunctionVersion": "1"])
        let held = await cloud.error("DeleteFunction", ["FunctionName": "f", "Qualifier": "1"])
        #expect(held?.code == "ResourceConflictException")
        #expect(held?.message == "Unable to delete version because the following aliases reference it: [live]")
        #expect(await cloud.error("DeleteFunction", ["FunctionName": "f:live"])?.message == "Deletion of aliases is not currently supported.")
        #expect(await cloud.error("DeleteFunction", ["FunctionName": "f", "Qualifier": "99"]) == nil)
        #expect(await cloud.error("DeleteFunction", ["FunctionName": "f", "Qualifier": "2"]) == nil)
        #expect(await cloud.error("GetFunction", ["FunctionName": "f", "Qualifier": "2"])?.message == "Function not found: \(Self.arn):2")
        #expect(try await cloud.call("PublishVersion", ["FunctionName": "f"]).document["Version"] == "3")
        try await cloud.call("DeleteFunction", ["FunctionName": "f"])
        #expect(cloud.lambda.state.functions.isEmpty)
        #expect(cloud.lambda.state.packages.isEmpty)
    }

    @Test("aliases are made, read, changed and deleted")
    func aliases() async throws {
        let cloud = try await cloud()
        defer { cloud.close() }
        try await twoVersions(cloud)
        let made = try await cloud.call(
            "CreateAlias",
            ["FunctionName": "f", "Name": "live", "FunctionVersion": "1", "Description": "d", "RoutingConfig": ["AdditionalVersionWeights": ["2": .double(0.2)]]]
        ).document
        let expected: Members = [
            "AliasArn": .string(Self.arn + ":live"), "Name": "live", "FunctionVersion": "1", "Description": "d",
            "RoutingConfig": ["AdditionalVersionWeights": ["2": .double(0.2)]], "RevisionId": made["RevisionId"] ?? .null,
        ]
        #expect(made == .object(expected))
        #expect(try await cloud.call("GetAlias", ["FunctionName": "f", "Name": "live"]).document == made)
        let stale = await cloud.error("UpdateAlias", ["FunctionName": "f", "Name": "live", "RevisionId": "x"])
        #expect(stale == .staleRevision())
        let changed = try await cloud.call("UpdateAlias", ["FunctionName": "f", "Name": "live", "FunctionVersion": "2", "RoutingConfig": [:]]).document
        #expect(changed["RoutingConfig"] == nil)
        #expect(changed["FunctionVersion"] == "2")
        #expect(changed["Description"] == "d")
        #expect(changed["RevisionId"] != made["RevisionId"])
        try await cloud.call("CreateAlias", ["FunctionName": "f", "Name": "old", "FunctionVersion": "1"])
        let listed = try await cloud.call("ListAliases", ["FunctionName": "f", "FunctionVersion": "1"]).document["Aliases"]?.array ?? []
        #expect(listed.compactMap { $0["Name"]?.string } == ["old"])
        let first = try await cloud.call("ListAliases", ["FunctionName": "f", "MaxItems": 1]).document
        let second = try await cloud.call("ListAliases", ["FunctionName": "f", "MaxItems": 1, "Marker": first["NextMarker"] ?? .null]).document
        #expect([first, second].compactMap { $0["Aliases"]?.array?.first?["Name"]?.string } == ["live", "old"])
        try await cloud.call("DeleteAlias", ["FunctionName": "f", "Name": "live"])
        try await cloud.call("DeleteAlias", ["FunctionName": "f", "Name": "live"])
        #expect(await cloud.error("GetAlias", ["FunctionName": "f", "Name": "live"])?.message == "Cannot find alias arn: \(Self.arn):live")
        #expect(await cloud.error("UpdateAlias", ["FunctionName": "f", "Name": "live"])?.message == "Alias not found: \(Self.arn):live")
    }

    @Test("an alias that AWS refuses isn't made", arguments: [
        (#"{"FunctionVersion":"1","RoutingConfig":{"AdditionalVersionWeights":{"1":0.1,"2":0.1}}}"#, "Number of items in AdditionalVersionWeights cannot be greater than 1"),
        (#"{"FunctionVersion":"1","RoutingConfig":{"AdditionalVersionWeights":{"1":0.5}}}"#, "Invalid function version 1. Function version 1 is already included in routing configuration."),
        (#"{"FunctionVersion":"10"}"#, "Function not found: \(arn):10"),
        (#"{"FunctionVersion":"1","RoutingConfig":{"AdditionalVersionWeights":{"10":0.5}}}"#, "Function not found: \(arn):10"),
        (#"{"FunctionVersion":"$LATEST","RoutingConfig":{"AdditionalVersionWeights":{"1":0.5}}}"#, "$LATEST is not supported for an alias pointing to more than 1 version"),
        (
            #"{"FunctionVersion":"1","RoutingConfig":{"AdditionalVersionWeights":{"2":2}}}"#,
            "1 validation error detected: Value '{2=2.0}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]"
        ),
        (
            #"{"FunctionVersion":"1","RoutingConfig":{"AdditionalVersionWeights":{"$LATEST":0.5}}}"#,
            "1 validation error detected: Value '{$LATEST=0.5}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+, Member must not be null]"
        ),
        (
            #"{"FunctionVersion":"1","Name":"2024"}"#,
            "1 validation error detected: Value '2024' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)"
        ),
        (#"{"FunctionVersion":"1","Name":"taken"}"#, "Alias already exists: \(arn):taken"),
        (#"{"FunctionVersion":"1","FunctionName":"g"}"#, "Function not found: arn:aws:lambda:us-west-2:440939667227:function:g:1"),
    ])
    func refusedAliases(input: String, message: String) async throws {
        let cloud = try await cloud()
        defer { cloud.close() }
        try await twoVersions(cloud)
        try await cloud.call("CreateAlias", ["FunctionName": "f", "Name": "taken", "FunctionVersion": "$LATEST"])
        var members: Members = ["FunctionName": "f", "Name": "new"]
        for member in try Document(json: input).object ?? Members() { members[member.name] = member.value }
        #expect(await cloud.error("CreateAlias", .object(members))?.message == message)
        #expect(cloud.lambda.state.functions.values.first?.aliases.count == 1)
    }

    @Test("versions and aliases run what they name")
    func invoke() async throws {
        let cloud = try await cloud()
        defer { cloud.close() }
        try await twoVersions(cloud)
        try await cloud.call("CreateAlias", ["FunctionName": "f", "Name": "live", "FunctionVersion": "1"])
        let runs: [(String, String)] = [("f", "$LATEST"), ("f:2", "2"), ("f:live", "1"), (Self.arn + ":live", "1")]
        for (name, version) in runs {
            let reply = try await cloud.call("Invoke", ["FunctionName": .string(name)])
            #expect(String(decoding: reply.payload ?? [], as: UTF8.self) == "\"\(version)\"")
            #expect(reply.document["ExecutedVersion"]?.string == version)
        }
        #expect(try await cloud.call("GetFunctionConfiguration", ["FunctionName": "f:live"]).document["FunctionArn"]?.string == Self.arn + ":live")
        try await cloud.call(
            "UpdateAlias", ["FunctionName": "f", "Name": "live", "RoutingConfig": ["AdditionalVersionWeights": ["2": .double(1)]]])
        #expect(try await cloud.call("Invoke", ["FunctionName": "f:live"]).document["ExecutedVersion"] == "2")
        #expect(await cloud.error("Invoke", ["FunctionName": "f:gone"])?.message == "Function not found: \(Self.arn):gone")
    }

    @Test("versions and aliases survive a restart and a restored snapshot")
    func restart() async throws {
        let store = MemoryStore()
        let before = TestCloud(store: store)
        try await before.function("f", ["Publish": true]) { payload, _ in payload }
        try await before.call("UpdateFunctionConfiguration", ["FunctionName": "f", "Timeout": 9])
        try await before.call("PublishVersion", ["FunctionName": "f"])
        try await before.call(
            "CreateAlias",
            ["FunctionName": "f", "Name": "live", "FunctionVersion": "2", "RoutingConfig": ["AdditionalVersionWeights": ["1": .double(0.25)]]])
        try await before.call(
            "AddPermission", ["FunctionName": "f:live", "StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "sns.amazonaws.com"])
        before.environment.takeSnapshot("s")
        let state = before.lambda.state.functions
        try await before.call("DeleteAlias", ["FunctionName": "f", "Name": "live"])
        try await before.call("DeleteFunction", ["FunctionName": "f", "Qualifier": "2"])
        #expect(before.environment.restoreSnapshot("s"))
        #expect(before.lambda.state.functions == state)
        await before.environment.journal.commit()
        before.close()
        let after = TestCloud(store: store)
        defer { after.close() }
        try after.environment.load()
        #expect(after.lambda.state.functions == state)
    }

    @Test("with realistic statuses a function is made and changed by the clock")
    func statuses() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        cloud.environment.hasRealisticStatus = true
        try await cloud.function("f") { payload, _ in payload }
        let pending = try await cloud.call("GetFunctionConfiguration", ["FunctionName": "f"]).document
        #expect(pending["State"] == "Pending")
        #expect(pending["StateReason"] == "The function is being created.")
        #expect(pending["StateReasonCode"] == "Creating")
        #expect(pending["LastUpdateStatus"] == nil)
        let early = await cloud.error("UpdateFunctionConfiguration", ["FunctionName": "f", "Timeout": 9])
        #expect(early?.code == "ResourceConflictException")
        #expect(early?.message == "The operation cannot be performed at this time. The function is currently in the following state: Pending")
        #expect(await cloud.error("Invoke", ["FunctionName": "f"])?.message == early?.message)
        cloud.environment.advance(to: noon + .seconds(2))
        let active = try await cloud.call("GetFunctionConfiguration", ["FunctionName": "f"]).document
        #expect(active["State"] == "Active")
        #expect(active["LastUpdateStatus"] == "Successful")
        #expect(active["RevisionId"] != pending["RevisionId"])
        let updating = try await cloud.call("UpdateFunctionConfiguration", ["FunctionName": "f", "Timeout": 9]).document
        #expect(updating["State"] == "Active")
        #expect(updating["LastUpdateStatus"] == "InProgress")
        #expect(updating["LastUpdateStatusReasonCode"] == "Creating")
        let busy = await cloud.error("PublishVersion", ["FunctionName": "f"])
        #expect(busy?.message == "The operation cannot be performed at this time. An update is in progress for resource: \(Self.arn)")
        #expect(await cloud.error("Invoke", ["FunctionName": "f"]) == nil)
        cloud.environment.advance(to: noon + .seconds(4))
        let updated = try await cloud.call("UpdateFunctionCode", ["FunctionName": "f", "ZipFile": "UEsDBBQAAAAAAAAAhlMAAAAAAAAAAAAAAAABAAAAZlBLAQIUAxQAAAAAAAAAhlMAAAAAAAAAAAAAAAABAAAAAAAAAAAAAACAAQAAAABmUEsFBgAAAAABAAEALwAAAB8AAAAAAA==", "Publish": true]).document
        #expect(updated["Version"] == "1")
        #expect(updated["State"] == "Pending")
        cloud.environment.advance(to: noon + .seconds(6))
        #expect(try await cloud.call("GetFunctionConfiguration", ["FunctionName": "f", "Qualifier": "1"]).document["State"] == "Active")
    }
}
