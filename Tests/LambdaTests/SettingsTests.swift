import Compression
import JSON
import Kernel
@testable import Lambda
import Testing

@Suite("Settings of functions")
@CloudActor
struct SettingsTests {
    private func cloud() -> TestCloud {
        let cloud = TestCloud()
        cloud.register("f") { payload, _ in payload }
        return cloud
    }

    private nonisolated static func members(_ json: String) throws -> Members { try #require(try Document(json: json).object) }

    @Test("settings are answered as they were given, and with what follows from them", arguments: [
        (#"{"DeadLetterConfig":{"TargetArn":"arn:aws:sqs:us-west-2:440939667227:q"}}"#, "DeadLetterConfig", #"{"TargetArn":"arn:aws:sqs:us-west-2:440939667227:q"}"#),
        (#"{"TracingConfig":{"Mode":"Active"}}"#, "TracingConfig", #"{"Mode":"Active"}"#),
        (#"{"Architectures":["arm64"]}"#, "Architectures", #"["arm64"]"#),
        (#"{"EphemeralStorage":{"Size":1024}}"#, "EphemeralStorage", #"{"Size":1024}"#),
        (#"{"KMSKeyArn":"arn:aws:kms:us-west-2:440939667227:key/k"}"#, "KMSKeyArn", #""arn:aws:kms:us-west-2:440939667227:key/k""#),
        (#"{"Runtime":"java21","SnapStart":{"ApplyOn":"PublishedVersions"}}"#, "SnapStart", #"{"ApplyOn":"PublishedVersions","OptimizationStatus":"Off"}"#),
        (
            #"{"LoggingConfig":{"LogFormat":"JSON","SystemLogLevel":"WARN"}}"#, "LoggingConfig",
            #"{"LogFormat":"JSON","ApplicationLogLevel":"INFO","SystemLogLevel":"WARN","LogGroup":"/aws/lambda/f"}"#
        ),
        (
            #"{"VpcConfig":{"SubnetIds":["subnet-1"],"SecurityGroupIds":["sg-1"]}}"#, "VpcConfig",
            #"{"SubnetIds":["subnet-1"],"SecurityGroupIds":["sg-1"],"VpcId":"vpc-bbe0a3ff5e4d5bc19","Ipv6AllowedForDualStack":false}"#
        ),
    ])
    func stored(settings: String, member: String, answer: String) async throws {
        let cloud = cloud()
        defer { cloud.close() }
        let made = try await cloud.call("CreateFunction", creation("f", Self.members(settings))).document
        let expected = try Document(json: answer)
        if member == "VpcConfig" {
            #expect(made[member]?["SubnetIds"] == expected["SubnetIds"])
            #expect(made[member]?["VpcId"]?.string?.hasPrefix("vpc-") == true)
            #expect(made[member]?["VpcId"]?.string?.utf8.count == 21)
        } else {
            #expect(made[member] == expected)
        }
        #expect(try await cloud.call("GetFunctionConfiguration", ["FunctionName": "f"]).document[member] == made[member])
    }

    @Test("a function that AWS refuses isn't made", arguments: [
        (#"{"Runtime":null}"#, "Runtime and Handler are mandatory parameters for functions created with deployment packages."),
        (#"{"VpcConfig":{"SubnetIds":["subnet-1"]}}"#, "SubnetIds and SecurityGroupIds must coexist or be both empty list."),
        (
            #"{"FileSystemConfigs":[{"Arn":"arn:aws:elasticfilesystem:us-west-2:440939667227:access-point/fsap-0123456789abcdef0","LocalMountPath":"/mnt/a"}]}"#,
            "Function must be configured to execute in a VPC to reference access point arn:aws:elasticfilesystem:us-west-2:440939667227:access-point/fsap-0123456789abcdef0."
        ),
        (#"{"Runtime":"python3.9","SnapStart":{"ApplyOn":"PublishedVersions"}}"#, "python3.9 is not supported for SnapStart enabled functions."),
        (
            #"{"SnapStart":{"ApplyOn":"x"}}"#,
            "1 validation error detected: Value 'x' at 'snapStart.applyOn' failed to satisfy constraint: Member must satisfy enum value set: [PublishedVersions, None]"
        ),
        (
            #"{"LoggingConfig":{"LogFormat":"Text","ApplicationLogLevel":"INFO"}}"#,
            "LogLevel is not supported when LogFormat is set to \"Text\". Remove LogLevel from your request or change the LogFormat to \"Json\" and try again."
        ),
        (
            #"{"Architectures":["X86_64"]}"#,
            "1 validation error detected: Value '[X86_64]' at 'architectures' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]"
        ),
        (
            #"{"Architectures":["x86_64","arm64"]}"#,
            "1 validation error detected: Value '[x86_64, arm64]' at 'architectures' failed to satisfy constraint: Member must have length less than or equal to 1"
        ),
        (#"{"PackageType":"Image","Code":{"ImageUri":"repo:1"}}"#, "Please don't provide Handler or Runtime or Layer when the intended function PackageType is Image."),
        (#"{"Code":{"ImageUri":"repo:1"}}"#, "Please don't provide ImageUri when creating a function with packageType Zip."),
        (#"{"ImageConfig":{"Command":["x"]}}"#, "Please don't provide ImageConfig when the intended function PackageType is Zip."),
        (#"{"Code":{}}"#, "Please provide a source for function code."),
        (#"{"Code":{"ZipFile":""}}"#, "Uploaded file must be a non-empty zip"),
        (#"{"Code":{"ZipFile":"UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA=="}}"#, "Uploaded file must be a non-empty zip"),
        (#"{"Code":{"ZipFile":"bm8gemlw"}}"#, "Could not unzip uploaded file. Please check your file, then try to upload again."),
        (#"{"Code":{"ZipFile":"bm8gemlw","S3Bucket":"bucket"}}"#, "Please do not provide other FunctionCode parameters when providing a ZipFile."),
    ])
    func refused(settings: String, message: String) async throws {
        let cloud = cloud()
        defer { cloud.close() }
        #expect(await cloud.error("CreateFunction", creation("f", try Self.members(settings)))?.message == message)
        #expect(cloud.lambda.state.functions.isEmpty)
    }

    @Test("an archive that unpacks to more than AWS takes is refused")
    func oversized() async throws {
        let cloud = cloud()
        defer { cloud.close() }
        var writer = ZipWriter()
        writer.addFile("big", [UInt8](repeating: 0, count: 250 << 20))
        let error = await cloud.error("CreateFunction", creation("f", ["Code": ["ZipFile": .string(Base64.encode(writer.finished()))]]))
        #expect(error?.code == "InvalidParameterValueException")
        #expect(error?.message == "Unzipped size must be smaller than 262144000 bytes")
    }

    @Test("an update changes what it names, and empty settings take away")
    func updates() async throws {
        let cloud = cloud()
        defer { cloud.close() }
        let settings = #"{"Environment":{"Variables":{"AA":"1","BB":"2"}},"DeadLetterConfig":{"TargetArn":"arn:aws:sns:us-west-2:440939667227:t"},"KMSKeyArn":"arn:aws:kms:us-west-2:440939667227:key/k","LoggingConfig":{"LogFormat":"JSON"},"VpcConfig":{"SubnetIds":["subnet-1"],"SecurityGroupIds":["sg-1"]}}"#
        try await cloud.call("CreateFunction", creation("f", Self.members(settings)))
        let kept = try await cloud.call("UpdateFunctionConfiguration", ["FunctionName": "f", "Timeout": 9]).document
        #expect(kept["DeadLetterConfig"] != nil && kept["KMSKeyArn"] != nil)
        let update = #"{"FunctionName":"f","Environment":{"Variables":{"CC":"3"}},"DeadLetterConfig":{},"KMSKeyArn":"","LoggingConfig":{"LogFormat":"Text"},"VpcConfig":{"SubnetIds":[],"SecurityGroupIds":[]}}"#
        let changed = try await cloud.call("UpdateFunctionConfiguration", Document(json: update)).document
        #expect(changed["Environment"] == ["Variables": ["CC": "3"]])
        #expect(changed["DeadLetterConfig"] == nil && changed["KMSKeyArn"] == nil)
        #expect(changed["LoggingConfig"] == ["LogFormat": "Text", "LogGroup": "/aws/lambda/f"])
        #expect(changed["VpcConfig"] == ["SubnetIds": [], "SecurityGroupIds": [], "VpcId": "", "Ipv6AllowedForDualStack": false])
        let refused = await cloud.error("UpdateFunctionConfiguration", ["FunctionName": "f", "Timeout": 4, "SnapStart": ["ApplyOn": "PublishedVersions"]])
        #expect(refused?.message == "provided.al2023 is not supported for SnapStart enabled functions.")
        #expect(try await cloud.call("GetFunctionConfiguration", ["FunctionName": "f"]).document == changed)
    }

    @Test("an image function has neither runtime nor handler, and its image's digest")
    func image() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        cloud.register("f") { payload, _ in payload }
        let settings = #"{"Runtime":null,"Handler":null,"PackageType":"Image","Code":{"ImageUri":"host:5000/repo:latest"},"ImageConfig":{"EntryPoint":["sh"],"Command":["-c","x"],"WorkingDirectory":"/a"}}"#
        let made = try await cloud.call("CreateFunction", creation("f", Self.members(settings))).document
        #expect(made["PackageType"] == "Image")
        #expect(made["Runtime"] == nil && made["Handler"] == nil && made["RuntimeVersionConfig"] == nil)
        #expect(made["CodeSize"] == 0)
        #expect(made["ImageConfigResponse"] == ["ImageConfig": ["EntryPoint": ["sh"], "Command": ["-c", "x"], "WorkingDirectory": "/a"]])
        let digest = made["CodeSha256"]?.string ?? ""
        let code = try await cloud.call("GetFunction", ["FunctionName": "f"]).document["Code"]
        #expect(code == ["RepositoryType": "ECR", "ImageUri": "host:5000/repo:latest", "ResolvedImageUri": .string("host:5000/repo@sha256:\(digest)")])
        let selection = cloud.lambda.state.functions.values.first?.latest.selection([])
        #expect(selection == RuntimeSelection(imageURI: "host:5000/repo:latest", entryPoint: ["sh"], imageCommand: ["-c", "x"]))
        let zip = await cloud.error("UpdateFunctionCode", ["FunctionName": "f", "ZipFile": "UEsFBg=="])
        #expect(zip?.message == "Please provide ImageUri when updating a function with packageType Image.")
        let other = try await cloud.call("UpdateFunctionCode", ["FunctionName": "f", "ImageUri": "repo@sha256:00"]).document
        #expect(other["CodeSha256"] == "00")
        #expect(try await cloud.call("UpdateFunctionConfiguration", ["FunctionName": "f", "ImageConfig": [:]]).document["ImageConfigResponse"] == nil)
    }

    @Test("a function with a JSON log is told its format and level")
    func logVariables() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        try await cloud.function("f", ["LoggingConfig": ["LogFormat": "JSON", "ApplicationLogLevel": "DEBUG"]]) { _, context in
            Array("\"\(context.environment["AWS_LAMBDA_LOG_FORMAT"] ?? "") \(context.environment["AWS_LAMBDA_LOG_LEVEL"] ?? "")\"".utf8)
        }
        let reply = try await cloud.call("Invoke", ["FunctionName": "f"])
        #expect(String(decoding: reply.payload ?? [], as: UTF8.self) == "\"JSON DEBUG\"")
    }

    @Test("every setting survives a restart")
    func restart() async throws {
        let store = MemoryStore()
        let before = TestCloud(store: store)
        before.environment.hasRealisticStatus = true
        let settings = #"{"Runtime":"java21","DeadLetterConfig":{"TargetArn":"arn:aws:sns:us-west-2:440939667227:t"},"LoggingConfig":{"LogFormat":"JSON","LogGroup":"g"},"VpcConfig":{"SubnetIds":["subnet-1"],"SecurityGroupIds":["sg-1"],"Ipv6AllowedForDualStack":true},"FileSystemConfigs":[{"Arn":"arn:aws:elasticfilesystem:us-west-2:440939667227:access-point/fsap-0123456789abcdef0","LocalMountPath":"/mnt/a"}],"SnapStart":{"ApplyOn":"PublishedVersions"}}"#
        try await before.function("f", Self.members(settings)) { payload, _ in payload }
        before.register("image") { payload, _ in payload }
        let image = #"{"Runtime":null,"Handler":null,"PackageType":"Image","Code":{"ImageUri":"repo:latest"},"ImageConfig":{"EntryPoint":["sh"]}}"#
        try await before.call("CreateFunction", creation("image", Self.members(image)))
        await before.environment.journal.commit()
        before.close()
        let after = TestCloud(store: store)
        defer { after.close() }
        after.environment.hasRealisticStatus = true
        try after.environment.load()
        #expect(after.lambda.state.functions == before.lambda.state.functions)
        after.environment.advance(to: noon + .seconds(3))
        #expect(try await after.call("GetFunctionConfiguration", ["FunctionName": "f"]).document["State"] == "Active")
    }

    @Test("tags are added, replaced and removed; functions have at most 50")
    func tags() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        try await cloud.function("f", ["Tags": ["a": "1"]]) { payload, _ in payload }
        let arn: Document = "arn:aws:lambda:us-west-2:440939667227:function:f"
        try await cloud.call("TagResource", ["Resource": arn, "Tags": ["a": "2", "b": "3"]])
        #expect(try await cloud.call("ListTags", ["Resource": arn]).document == ["Tags": ["a": "2", "b": "3"]])
        try await cloud.call("UntagResource", ["Resource": arn, "TagKeys": ["a", "zz"]])
        #expect(try await cloud.call("GetFunction", ["FunctionName": "f"]).document["Tags"] == ["b": "3"])
        let many = Members((0..<50).map { Members.Member(name: "k\($0)", value: "v") })
        #expect(await cloud.error("TagResource", ["Resource": arn, "Tags": .object(many)])?.message == "Number of tags exceeds resource tag limit.")
        let cases: [(String, Document, String)] = [
            ("TagResource", ["Resource": arn, "Tags": [:]], "An error occurred and the request cannot be processed."),
            (
                "TagResource", ["Resource": "arn:aws:lambda:us-west-2:440939667227:function:f:1", "Tags": ["a": "b"]],
                "Tags on function aliases and versions are not supported. Please specify a function ARN."
            ),
            ("ListTags", ["Resource": "arn:aws:lambda:us-west-2:440939667227:function:g"], "Function not found: arn:aws:lambda:us-west-2:440939667227:function:g"),
            ("UntagResource", ["Resource": arn], "1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: Member must not be null"),
        ]
        for (operation, input, message) in cases { #expect(await cloud.error(operation, input)?.message == message) }
        #expect(await cloud.error("ListTags", ["Resource": "arn:aws:something"])?.code == "ValidationException")
        #expect(await cloud.error("TagResource", ["Resource": arn, "Tags": ["aws:x": "y"]])?.code == "InvalidParameterValueException")
    }
}
