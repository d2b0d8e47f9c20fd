import JSON
import Kernel
@testable import Lambda
import Testing

@Suite("Functions")
@CloudActor
struct FunctionTests {
    static let arn = "arn:aws:lambda:us-west-2:440939667227:function:findAll"

    @Test("a function is answered with every member that AWS answers")
    func create() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        cloud.register("findAll") { payload, _ in payload }
        let answer = try await cloud.call(
            "CreateFunction", creation("findAll", ["Environment": ["Variables": ["TABLE": "eventos"]], "Description": "d", "Timeout": 5])
        ).document
        let expected: Members = [
            "FunctionName": "findAll", "FunctionArn": .string(Self.arn), "Runtime": "provided.al2023", "Role": "arn:aws:iam::440939667227:role/lambda",
            "Handler": "findAll", "CodeSize": 100, "Description": "d", "Timeout": 5, "MemorySize": 128, "LastModified": "2021-12-06T02:01:51.000+0000",
            "CodeSha256": "2jaQbLTBXO5RJs5Gmv+FuGRkDn+9hfylwp8AfLZd/DI=", "Version": "$LATEST",
            "Environment": ["Variables": ["TABLE": "eventos"]], "TracingConfig": ["Mode": "PassThrough"],
            "RevisionId": answer["RevisionId"] ?? .null, "State": "Active", "LastUpdateStatus": "Successful", "PackageType": "Zip",
            "Architectures": ["x86_64"], "EphemeralStorage": ["Size": 512], "SnapStart": ["ApplyOn": "None", "OptimizationStatus": "Off"],
            "LoggingConfig": ["LogFormat": "Text", "LogGroup": "/aws/lambda/findAll"],
            "RuntimeVersionConfig": [
                "RuntimeVersionArn": "arn:aws:lambda:us-west-2::runtime:0c7a6b68ae8de5940afe217dbb81f77b9fcad26466e440a79ad48af42a49669c"
            ],
        ]
        #expect(answer == .object(expected))
        #expect(answer["RevisionId"]?.string?.utf8.count == 36)
        #expect(try await cloud.call("GetFunctionConfiguration", ["FunctionName": "findAll"]).document == answer)
        #expect(try await cloud.call("GetFunction", ["FunctionName": .string(Self.arn)]).document["Configuration"] == answer)
    }

    @Test("a function for which no handler is registered isn't made, and the error says so")
    func unregistered() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        let error = await cloud.error("CreateFunction", creation("findAll", ["Handler": "index.main"]))
        #expect(error?.code == "InvalidParameterValueException")
        #expect(
            error?.message
                == "No Swift handler is registered in this Apus under 'index.main' or 'findAll', and it runs no processes.")
        #expect(cloud.lambda.state.functions.isEmpty)
    }

    @Test("names that are taken or free are told as AWS tells them")
    func conflicts() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        try await cloud.function("findAll") { payload, _ in payload }
        let taken = await cloud.error("CreateFunction", creation("findAll"))
        let conflict = AWSError("ResourceConflictException", "Function already exist: findAll", status: 409, members: ["Type": "User"])
        #expect(taken == conflict)
        let free = await cloud.error("GetFunction", ["FunctionName": "nope"])
        #expect(free?.code == "ResourceNotFoundException")
        #expect(free?.message == "Function not found: arn:aws:lambda:us-west-2:440939667227:function:nope")
        #expect(free?.status == 404)
        let version = await cloud.error("GetFunction", ["FunctionName": "findAll", "Qualifier": "7"])
        #expect(version?.message == "Function not found: \(Self.arn):7")
        let mismatch = await cloud.error("GetFunction", ["FunctionName": .string(Self.arn + ":7"), "Qualifier": "$LATEST"])
        #expect(mismatch?.message == "The derived qualifier from the function name does not match the specified qualifier.")
        let elsewhere = await cloud.error("GetFunction", ["FunctionName": "arn:aws:lambda:eu-west-1:440939667227:function:findAll"])
        #expect(elsewhere?.message == "Functions from 'eu-west-1' are not reachable in this region ('us-west-2')")
    }

    @Test("broken constraints of the service model are reported together")
    func constraints() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        let error = await cloud.error("CreateFunction", creation("find all", ["Handler": "f", "Timeout": 901, "MemorySize": 64]))
        let expected =
            "3 validation errors detected: Value 'find all' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: "
            + "\(FunctionReference.pattern); Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900; "
            + "Value '64' at 'memorySize' failed to satisfy constraint: Member must have value greater than or equal to 128"
        #expect(error?.message == expected)
        let long = await cloud.error("CreateFunction", creation(String(repeating: "a", count: 65)))
        #expect(long?.message?.hasSuffix("at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64") == true)
        let reserved = await cloud.error("CreateFunction", creation("a", ["Environment": ["Variables": ["AWS_REGION": "x"]]]))
        #expect(reserved?.message?.hasSuffix("Reserved keys used in this request: AWS_REGION") == true)
        let runtime = await cloud.error("CreateFunction", creation("a", ["Runtime": "cobol"]))
        #expect(runtime?.message?.hasPrefix("Value cobol at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [nodejs, ") == true)
    }

    @Test("what isn't implemented is refused by name", arguments: [
        #"{"Code":{"S3Bucket":"bucket","S3Key":"key"}}"#, #"{"DurableConfig":{"ExecutionTimeout":1}}"#, #"{"TenancyConfig":{"TenantIsolationMode":"PER_TENANT"}}"#,
        #"{"PublishTo":"LATEST_PUBLISHED"}"#,
    ])
    func unimplemented(settings: String) async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        cloud.register("a") { payload, _ in payload }
        let members = try #require(try Document(json: settings).object)
        let error = await cloud.error("CreateFunction", creation("a", members))
        #expect(error?.code == "NotImplementedException")
        #expect(cloud.lambda.state.functions.isEmpty)
    }

    @Test("functions are listed by name, page by page")
    func list() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        for name in ["c", "a", "b"] { try await cloud.function(name) { payload, _ in payload } }
        let first = try await cloud.call("ListFunctions", ["MaxItems": "2"]).document
        #expect(first["Functions"]?.array?.compactMap { $0["FunctionName"]?.string } == ["a", "b"])
        let second = try await cloud.call("ListFunctions", ["MaxItems": "2", "Marker": first["NextMarker"] ?? .null]).document
        #expect(second["Functions"]?.array?.compactMap { $0["FunctionName"]?.string } == ["c"])
        #expect(second["NextMarker"] == nil)
    }

    @Test("a configuration changes where members are given, with a new revision")
    func update() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        try await cloud.function("findAll", ["Timeout": 5]) { payload, _ in payload }
        let before = try await cloud.call("GetFunctionConfiguration", ["FunctionName": "findAll"]).document
        cloud.environment.advance(to: noon + .seconds(1))
        let after = try await cloud.call("UpdateFunctionConfiguration", ["FunctionName": "findAll", "MemorySize": 512]).document
        #expect(after["MemorySize"] == 512)
        #expect(after["Timeout"] == 5)
        #expect(after["LastModified"] == "2021-12-06T02:01:52.000+0000")
        #expect(after["RevisionId"] != before["RevisionId"])
        let stale = await cloud.error("UpdateFunctionConfiguration", ["FunctionName": "findAll", "RevisionId": before["RevisionId"] ?? .null])
        #expect(stale?.code == "PreconditionFailedException")
    }

    @Test("a deleted function is gone")
    func delete() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        try await cloud.function("findAll") { payload, _ in payload }
        let latest = await cloud.error("DeleteFunction", ["FunctionName": "findAll", "Qualifier": "$LATEST"])
        #expect(latest?.message == "$LATEST version cannot be deleted without deleting the function.")
        #expect(try await cloud.call("DeleteFunction", ["FunctionName": "findAll"]).document == ["StatusCode": 204])
        #expect(await cloud.error("DeleteFunction", ["FunctionName": "findAll"])?.message == "Function not found: \(Self.arn)")
    }

    @Test("permissions are kept and shown as a policy")
    func permissions() async throws {
        let cloud = TestCloud()
        defer { cloud.close() }
        try await cloud.function("findAll") { payload, _ in payload }
        #expect(await cloud.error("GetPolicy", ["FunctionName": "findAll"])?.message == "The resource you requested does not exist.")
        let grant: Document = [
            "FunctionName": "findAll", "StatementId": "api", "Action": "lambda:InvokeFunction", "Principal": "apigateway.amazonaws.com",
            "SourceArn": "arn:aws:execute-api:us-west-2:440939667227:oy7rgdejtk/*/GET/eventos",
        ]
        let statement = try await cloud.call("AddPermission", grant).document["Statement"]?.string
        let expected =
            #"{"Sid":"api","Effect":"Allow","Principal":{"Service":"apigateway.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"\#(Self.arn)","Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:execute-api:us-west-2:440939667227:oy7rgdejtk/*/GET/eventos"}}}"#
        #expect(statement == expected)
        let policy = try await cloud.call("GetPolicy", ["FunctionName": "findAll"]).document["Policy"]?.string
        let wrapped = #"{"Version":"2012-10-17","Id":"default","Statement":["# + expected + "]}"
        #expect(policy == wrapped)
        #expect(await cloud.error("AddPermission", grant)?.code == "ResourceConflictException")
        try await cloud.call("RemovePermission", ["FunctionName": "findAll", "StatementId": "api"])
        #expect(await cloud.error("GetPolicy", ["FunctionName": "findAll"])?.status == 404)
    }

    @Test("functions are named in four ways", arguments: [
        "f", "f:$LATEST", "440939667227:function:f", "function:f", "arn:aws:lambda:us-west-2:440939667227:function:f:$LATEST",
        "arn:aws-us-gov:lambda:us-gov-west-1:440939667227:function:f",
    ])
    func references(text: String) { #expect(FunctionReference(text)?.name == "f") }

    @Test("what isn't a function's name isn't read as one", arguments: ["", "a b", "a:b:c", "arn:aws:s3:::bucket", "a:", "é"])
    func badReferences(text: String) { #expect(FunctionReference(text) == nil) }

    @Test("operations that AWS has and Apus hasn't say so by name")
    func notImplemented() async {
        let cloud = TestCloud()
        defer { cloud.close() }
        #expect(await cloud.error("StopDurableExecution", [:])?.message == "Apus does not implement lambda StopDurableExecution yet.")
        #expect(LambdaService.operations.count + LambdaService.unimplemented.count == 85)
    }
}
