import Cloud
import Compression
import Foundation
import JSON
import Kernel
import LambdaRuntime

/// A cloud of its own that listens, and AWS's client for it.
@CloudActor
struct Deployed {
    static let account = "123456789012"

    let cloud: LocalCloud
    let client: AWSClient
    let url: String
    let region: String

    init(_ applications: [LambdaApplication], region: String) async throws {
        var options = CloudOptions()
        options.account = Self.account
        options.seed = 2017
        cloud = try LocalCloud(options)
        self.region = region
        for application in applications { cloud.register(application) }
        url = "http://127.0.0.1:\(try cloud.listen(port: 0))"
        client = AWSClient(environment: [
            "AWS_ENDPOINT_URL": url, "AWS_REGION": region, "AWS_ACCESS_KEY_ID": Self.account, "AWS_SECRET_ACCESS_KEY": "test",
        ])
    }

    func createTable(_ name: String, hash: String, range: String? = nil, stream: String? = nil) async throws -> Document {
        let keys = [hash] + (range.map { [$0] } ?? [])
        var input: Members = [
            "TableName": .string(name), "AttributeDefinitions": .array(keys.map { ["AttributeName": .string($0), "AttributeType": "S"] }),
            "KeySchema": .array(zip(keys, ["HASH", "RANGE"]).map { ["AttributeName": .string($0), "KeyType": .string($1)] }),
            "ProvisionedThroughput": ["ReadCapacityUnits": 5, "WriteCapacityUnits": 5],
        ]
        if let stream { input.append("StreamSpecification", ["StreamEnabled": true, "StreamViewType": .string(stream)]) }
        return try await client.call(.dynamoDB, "CreateTable", .object(input))["TableDescription"] ?? .null
    }

    /// - Parameter files: the package's, which may all be executed; without any an empty one, as where the code is registered.
    func createFunction(_ name: String, handler: String, timeout: Int = 3, variables: Document = [:], files: [String: [UInt8]] = [:]) async throws {
        var package = ZipWriter()
        for (path, content) in files.isEmpty ? ["empty": []] : files { package.addFile(path, content, permissions: 0o755) }
        let archive = Data(package.finished()).base64EncodedString()
        _ = try await client.send(.lambda, "POST", "/2015-03-31/functions", json: [
            "FunctionName": .string(name), "Runtime": "provided.al2023", "Handler": .string(handler), "Timeout": .int(timeout),
            "Role": .string("arn:aws:iam::\(Self.account):role/lab"), "Code": ["ZipFile": .string(archive)], "Environment": ["Variables": variables],
        ])
    }

    /// Invokes a function and waits for everything that it causes.
    func invoke(_ function: String, _ payload: Document) async throws -> LambdaClient.Invocation {
        let answer = try await client.lambda.invoke(function, payload, wantsLog: true)
        await cloud.settle()
        return answer
    }

    static func fixture(_ path: String) throws -> [UInt8] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return Array(try Data(contentsOf: root.appending(path: "fixtures/\(path)")))
    }
}
