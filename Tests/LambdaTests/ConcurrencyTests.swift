import JSON
import Kernel
@testable import Lambda
import Testing

@Suite("Concurrency and other configurations of functions")
@CloudActor
struct ConcurrencyTests {
    nonisolated static let arn = "arn:aws:lambda:us-west-2:440939667227:function:f"

    private func cloud(_ store: (any JournalStore)? = nil) async throws -> TestCloud {
        let cloud = TestCloud(store: store)
        try await cloud.function("f", ["Publish": true]) { payload, _ in payload }
        try await cloud.call("CreateAlias", ["FunctionName": "f", "Name": "live", "FunctionVersion": "1"])
        return cloud
    }

    private func message(_ cloud: TestCloud, _ operation: String, _ input: Document) async -> String? { await cloud.error(operation, input)?.message }

    @Test("concurrency is reserved, shown and given back")
    func reserved() async throws {
        let cloud = try await cloud()
        defer { cloud.close() }
        #expect(try await cloud.call("GetFunctionConcurrency", ["FunctionName": "f"]).document == [:])
        let put = try await cloud.call("PutFunctionConcurrency", ["FunctionName": "f", "ReservedConcurrentExecutions": 900]).document
        #expect(put == ["ReservedConcurrentExecutions": 900])
        #expect(try await cloud.call("GetFunctionConcurrency", ["FunctionName": "f"]).document == put)
        #expect(try await cloud.call("GetFunction", ["FunctionName": "f"]).document["Concurrency"] == put)
        try await cloud.function("g") { payload, _ in payload }
        let low = "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100]."
        #expect(await message(cloud, "PutFunctionConcurrency", ["FunctionName": "g", "ReservedConcurrentExecutions": 1]) == low)
        #expect(await message(cloud, "PutFunctionConcurrency", ["FunctionName": "f", "ReservedConcurrentExecutions": 901]) == low)
        let settings = try await cloud.call("GetAccountSettings", [:]).document
        #expect(
            settings["AccountLimit"] == [
                "TotalCodeSize": 80_530_636_800, "CodeSizeUnzipped": 262_144_000, "CodeSizeZipped": 52_428_800, "ConcurrentExecutions": 1000,
                "UnreservedConcurrentExecutions": 100,
            ])
        #expect(settings["AccountUsage"] == ["TotalCodeSize": 300, "FunctionCount": 2])
        try await cloud.call("DeleteFunctionConcurrency", ["FunctionName": "f"])
        #expect(try await cloud.call("GetFunctionConcurrency", ["FunctionName": "f"]).document == [:])
        #expect(
            await message(cloud, "PutFunctionConcurrency", ["FunctionName": "gone", "ReservedConcurrentExecutions": 1])
                == "Function not found: arn:aws:lambda:us-west-2:440939667227:function:gone:$LATEST")
        #expect(
            await message(cloud, "PutFunctionConcurrency", ["FunctionName": "f:1", "ReservedConcurrentExecutions": 1])
                == "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. "
                + "Please specify either a function name or an unqualified function ARN.")
    }

    @Test("environments are provisioned for versions and aliases, not for both")
    func provisioned() async throws {
        let cloud = try await cloud()
        defer { cloud.close() }
        let put: (String, Int) -> Document = { ["FunctionName": "f", "Qualifier": .string($0), "ProvisionedConcurrentExecutions": .int($1)] }
        let one = try await cloud.call("PutProvisionedConcurrencyConfig", put("1", 5)).document
        let expected: Document = [
            "RequestedProvisionedConcurrentExecutions": 5, "AvailableProvisionedConcurrentExecutions": 5, "AllocatedProvisionedConcurrentExecutions": 5,
            "Status": "READY", "LastModified": "2021-12-06T02:01:51.000+0000",
        ]
        #expect(one == expected)
        #expect(try await cloud.call("GetProvisionedConcurrencyConfig", ["FunctionName": "f", "Qualifier": "1"]).document == expected)
        #expect(
            await message(cloud, "PutProvisionedConcurrencyConfig", put("live", 1))
                == "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version")
        let listed = try await cloud.call("ListProvisionedConcurrencyConfigs", ["FunctionName": "f"]).document["ProvisionedConcurrencyConfigs"]?.array ?? []
        #expect(listed.compactMap { $0["FunctionArn"]?.string } == [Self.arn + ":1"])
        #expect(
            await message(cloud, "PutFunctionConcurrency", ["FunctionName": "f", "ReservedConcurrentExecutions": 4])
                == "ReservedConcurrentExecutions  4 should not be lower than function's total provisioned concurrency [5].")
        try await cloud.call("DeleteProvisionedConcurrencyConfig", ["FunctionName": "f", "Qualifier": "1"])
        try await cloud.call("DeleteProvisionedConcurrencyConfig", ["FunctionName": "f", "Qualifier": "1"])
        let gone = await cloud.error("GetProvisionedConcurrencyConfig", ["FunctionName": "f", "Qualifier": "1"])
        #expect(gone?.code == "ProvisionedConcurrencyConfigNotFoundException")
        #expect(gone?.status == 404)
        #expect(gone?.message == "No Provisioned Concurrency Config found for this function")
        try await cloud.call("PutProvisionedConcurrencyConfig", put("live", 2))
        #expect(await message(cloud, "PutProvisionedConcurrencyConfig", put("1", 1)) == "Version is pointed by a Provisioned Concurrency alias")
        try await cloud.call("DeleteAlias", ["FunctionName": "f", "Name": "live"])
        #expect(try await cloud.call("ListProvisionedConcurrencyConfigs", ["FunctionName": "f"]).document == ["ProvisionedConcurrencyConfigs": []])
    }

    @Test("what can't be provisioned is refused in AWS's words")
    func provisionedErrors() async throws {
        let cloud = try await cloud()
        defer { cloud.close() }
        let put: (String, String, Int) -> Document = {
            ["FunctionName": .string($0), "Qualifier": .string($1), "ProvisionedConcurrentExecutions": .int($2)]
        }
        let cases: [(String, Document, String)] = [
            ("PutProvisionedConcurrencyConfig", put("f", "$LATEST", 1), "Provisioned Concurrency Configs cannot be applied to unpublished function versions."),
            ("GetProvisionedConcurrencyConfig", put("f", "$LATEST", 1), "The function resource provided must be an alias or a published version."),
            ("DeleteProvisionedConcurrencyConfig", put("f", "noalias", 1), "Cannot find alias arn: \(Self.arn):noalias"),
            ("GetProvisionedConcurrencyConfig", put("gone", "noalias", 1), "Cannot find alias arn: arn:aws:lambda:us-west-2:440939667227:function:gone:noalias"),
            ("PutProvisionedConcurrencyConfig", put("f", "10", 1), "Function not found: \(Self.arn):10"),
            (
                "PutProvisionedConcurrencyConfig", put("f", "1", 0),
                "1 validation error detected: Value '0' at 'provisionedConcurrentExecutions' failed to satisfy constraint: Member must have value greater than or equal to 1"
            ),
            (
                "PutProvisionedConcurrencyConfig", put("f", "1", 1001),
                "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [1000]."
            ),
            (
                "PutProvisionedConcurrencyConfig", put("f", "1", 901),
                "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100]."
            ),
        ]
        for (operation, input, text) in cases { #expect(await message(cloud, operation, input) == text) }
        try await cloud.call("PutFunctionConcurrency", ["FunctionName": "f", "ReservedConcurrentExecutions": 3])
        #expect(
            await message(cloud, "PutProvisionedConcurrencyConfig", put("f", "1", 4))
                == "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function")
    }

    @Test("with realistic statuses environments become ready by the clock")
    func realistic() async throws {
        let cloud = try await cloud()
        defer { cloud.close() }
        cloud.environment.hasRealisticStatus = true
        let put: Document = ["FunctionName": "f", "Qualifier": "1", "ProvisionedConcurrentExecutions": 2]
        let begun = try await cloud.call("PutProvisionedConcurrencyConfig", put).document
        #expect(begun["Status"] == "IN_PROGRESS")
        #expect(begun["AllocatedProvisionedConcurrentExecutions"] == 0)
        cloud.environment.advance(to: noon + .seconds(2))
        #expect(try await cloud.call("GetProvisionedConcurrencyConfig", ["FunctionName": "f", "Qualifier": "1"]).document["Status"] == "READY")
    }

    @Test("runtimes, recursion and scaling are configured")
    func configurations() async throws {
        let cloud = try await cloud()
        defer { cloud.close() }
        #expect(
            try await cloud.call("GetRuntimeManagementConfig", ["FunctionName": "f"]).document
                == ["UpdateRuntimeOn": "Auto", "FunctionArn": .string(Self.arn + ":$LATEST")])
        let manual: Document = [
            "FunctionName": "f", "Qualifier": "1", "UpdateRuntimeOn": "Manual", "RuntimeVersionArn": "arn:aws:lambda:us-west-2::runtime:0123",
        ]
        let put = try await cloud.call("PutRuntimeManagementConfig", manual).document
        #expect(put == ["UpdateRuntimeOn": "Manual", "FunctionArn": .string(Self.arn + ":1"), "RuntimeVersionArn": "arn:aws:lambda:us-west-2::runtime:0123"])
        #expect(try await cloud.call("GetRuntimeManagementConfig", ["FunctionName": "f", "Qualifier": "1"]).document == put)
        #expect(await cloud.error("PutRuntimeManagementConfig", ["FunctionName": "f", "UpdateRuntimeOn": "Manual"])?.code == "InvalidParameterValueException")
        #expect(try await cloud.call("GetFunctionRecursionConfig", ["FunctionName": "f"]).document == ["RecursiveLoop": "Terminate"])
        try await cloud.call("PutFunctionRecursionConfig", ["FunctionName": "f", "RecursiveLoop": "Allow"])
        #expect(try await cloud.call("GetFunctionRecursionConfig", ["FunctionName": "f"]).document == ["RecursiveLoop": "Allow"])
        let scaling: Document = ["MinExecutionEnvironments": 1, "MaxExecutionEnvironments": 3]
        #expect(
            try await cloud.call("PutFunctionScalingConfig", ["FunctionName": "f", "Qualifier": "1", "FunctionScalingConfig": scaling]).document
                == ["FunctionState": "Active"])
        let got = try await cloud.call("GetFunctionScalingConfig", ["FunctionName": "f", "Qualifier": "1"]).document
        #expect(got["AppliedFunctionScalingConfig"] == scaling)
        #expect(got["FunctionArn"]?.string == Self.arn + ":1")
    }

    @Test("code signing configurations are made, changed, used and deleted")
    func codeSigning() async throws {
        let cloud = try await cloud()
        defer { cloud.close() }
        let publishers: Document = ["SigningProfileVersionArns": ["arn:aws:signer:us-west-2:440939667227:/signing-profiles/test"]]
        let made = try await cloud.call("CreateCodeSigningConfig", ["AllowedPublishers": publishers, "Tags": ["a": "b"]]).document["CodeSigningConfig"]
        let arn = made?["CodeSigningConfigArn"] ?? .null
        #expect(made?["CodeSigningPolicies"] == ["UntrustedArtifactOnDeployment": "Warn"])
        #expect(made?["AllowedPublishers"] == publishers)
        #expect(arn.string?.hasPrefix("arn:aws:lambda:us-west-2:440939667227:code-signing-config:csc-") == true)
        #expect(try await cloud.call("ListTags", ["Resource": arn]).document == ["Tags": ["a": "b"]])
        try await cloud.call("TagResource", ["Resource": arn, "Tags": ["c": "d"]])
        #expect(try await cloud.call("ListTags", ["Resource": arn]).document == ["Tags": ["a": "b", "c": "d"]])
        let changed = try await cloud.call(
            "UpdateCodeSigningConfig", ["CodeSigningConfigArn": arn, "CodeSigningPolicies": ["UntrustedArtifactOnDeployment": "Enforce"]]
        ).document["CodeSigningConfig"]
        #expect(changed?["CodeSigningPolicies"] == ["UntrustedArtifactOnDeployment": "Enforce"])
        #expect(try await cloud.call("GetCodeSigningConfig", ["CodeSigningConfigArn": arn]).document["CodeSigningConfig"] == changed)
        #expect(try await cloud.call("GetFunctionCodeSigningConfig", ["FunctionName": "f"]).document == [:])
        let put = try await cloud.call("PutFunctionCodeSigningConfig", ["FunctionName": "f", "CodeSigningConfigArn": arn]).document
        #expect(put == ["CodeSigningConfigArn": arn, "FunctionName": "f"])
        #expect(try await cloud.call("ListFunctionsByCodeSigningConfig", ["CodeSigningConfigArn": arn]).document == ["FunctionArns": [.string(Self.arn)]])
        #expect(try await cloud.call("ListCodeSigningConfigs", [:]).document["CodeSigningConfigs"]?.array?.count == 1)
        #expect(await cloud.error("DeleteCodeSigningConfig", ["CodeSigningConfigArn": arn])?.code == "ResourceConflictException")
        try await cloud.call("DeleteFunctionCodeSigningConfig", ["FunctionName": "f"])
        try await cloud.call("DeleteCodeSigningConfig", ["CodeSigningConfigArn": arn])
        #expect(
            await message(cloud, "GetCodeSigningConfig", ["CodeSigningConfigArn": arn])
                == "The Lambda code signing configuration \(arn.string ?? "") can not be found.")
        let missing = await cloud.error("PutFunctionCodeSigningConfig", ["FunctionName": "f", "CodeSigningConfigArn": arn])
        #expect(missing?.code == "CodeSigningConfigNotFoundException")
        #expect(
            missing?.message
                == "The code signing configuration cannot be found. Check that the provided configuration is not deleted: \(arn.string ?? "").")
        cloud.register("g") { payload, _ in payload }
        #expect(await cloud.error("CreateFunction", creation("g", ["CodeSigningConfigArn": arn]))?.code == "CodeSigningConfigNotFoundException")
    }

    @Test("an event can be sent in the old way")
    func invokeAsync() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        let seen = Seen<String>()
        try await cloud.function("f") { payload, _ in seen.append(String(decoding: payload, as: UTF8.self)); return [] }
        #expect(try await cloud.call("InvokeAsync", ["FunctionName": "f"], payload: Array("[1]".utf8)).document == ["Status": 202])
        _ = await cloud.environment.settle()
        #expect(seen.all == ["[1]"])
        #expect(await cloud.error("InvokeAsync", ["FunctionName": "f"], payload: Array("[".utf8))?.code == "InvalidRequestContentException")
        #expect(await cloud.error("InvokeAsync", ["FunctionName": "gone"], payload: Array("[]".utf8))?.status == 404)
    }

    @Test("everything of it survives a restart and a restored snapshot")
    func restart() async throws {
        let store = MemoryStore()
        let before = try await cloud(store)
        try await before.call("PutFunctionConcurrency", ["FunctionName": "f", "ReservedConcurrentExecutions": 10])
        try await before.call("PutProvisionedConcurrencyConfig", ["FunctionName": "f", "Qualifier": "live", "ProvisionedConcurrentExecutions": 2])
        try await before.call("PutRuntimeManagementConfig", ["FunctionName": "f", "UpdateRuntimeOn": "FunctionUpdate"])
        try await before.call("PutFunctionRecursionConfig", ["FunctionName": "f", "RecursiveLoop": "Allow"])
        try await before.call(
            "PutFunctionScalingConfig", ["FunctionName": "f", "Qualifier": "1", "FunctionScalingConfig": ["MinExecutionEnvironments": 1]])
        let publishers: Document = ["SigningProfileVersionArns": ["arn:aws:signer:us-west-2:440939667227:/signing-profiles/test"]]
        let config = try await before.call("CreateCodeSigningConfig", ["AllowedPublishers": publishers, "Description": "d", "Tags": ["a": "b"]])
            .document["CodeSigningConfig"]?["CodeSigningConfigArn"] ?? .null
        try await before.call("PutFunctionCodeSigningConfig", ["FunctionName": "f", "CodeSigningConfigArn": config])
        before.environment.takeSnapshot("s")
        let (functions, configs) = (before.lambda.state.functions, before.lambda.state.codeSigningConfigs)
        try await before.call("DeleteFunction", ["FunctionName": "f"])
        try await before.call("DeleteCodeSigningConfig", ["CodeSigningConfigArn": config])
        #expect(before.environment.restoreSnapshot("s"))
        #expect(before.lambda.state.codeSigningConfigs == configs)
        await before.environment.journal.commit()
        before.close()
        let after = TestCloud(store: store)
        defer { after.close() }
        try after.environment.load()
        #expect(after.lambda.state.functions == functions)
        #expect(after.lambda.state.codeSigningConfigs == configs)
    }
}
