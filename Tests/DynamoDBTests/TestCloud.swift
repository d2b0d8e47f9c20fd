import JSON
import Kernel
import Testing
@testable import DynamoDB

let noon = Timestamp(milliseconds: 1_795_248_000_000)
let scope = Scope(account: "440939667227", region: "us-west-2")

/// A cloud with nothing but DynamoDB, at a frozen time.
@CloudActor
final class TestCloud {
    let environment: Environment
    let dynamoDB: DynamoDBService

    init(store: (any JournalStore)? = nil, limits: DynamoDBService.Limits = DynamoDBService.Limits()) {
        environment = Environment(store: store, seed: 7)
        dynamoDB = DynamoDBService(environment, limits: limits)
        environment.add(dynamoDB)
        environment.clock.freeze(at: noon)
    }

    @discardableResult
    func call(_ operation: String, _ input: Document, source: String? = nil) async throws(AWSError) -> Document {
        let name = ["ListStreams", "DescribeStream", "GetShardIterator", "GetRecords"].contains(operation) ? "dynamodbstreams" : "dynamodb"
        return try await environment.endpoint(name).call(operation, input, environment.call(in: scope, source: source)).document
    }

    /// The error that an operation answers, or `nil` where it succeeds.
    func error(_ operation: String, _ input: Document) async -> AWSError? {
        do throws(AWSError) { try await call(operation, input) } catch { return error }
        return nil
    }

    func message(_ operation: String, _ input: Document) async -> String? { await error(operation, input)?.message }

    func put(_ table: String, _ item: Document) async throws(AWSError) {
        try await call("PutItem", ["TableName": .string(table), "Item": item])
    }

    func get(_ table: String, _ key: Document) async throws(AWSError) -> Document? {
        try await call("GetItem", ["TableName": .string(table), "Key": key])["Item"]
    }

    /// A table `things` with a partition key `pk`, a sort key `sk`, both strings, and further members.
    func makeTable(_ name: String = "things", sort: String? = "S", _ members: Members = [:]) async throws(AWSError) {
        var definitions: [Document] = [["AttributeName": "pk", "AttributeType": "S"]]
        var keys: [Document] = [["AttributeName": "pk", "KeyType": "HASH"]]
        if let sort {
            definitions.append(["AttributeName": "sk", "AttributeType": .string(sort)])
            keys.append(["AttributeName": "sk", "KeyType": "RANGE"])
        }
        definitions += members["AttributeDefinitions"]?.array ?? []
        var input: Members = ["TableName": .string(name), "BillingMode": "PAY_PER_REQUEST", "KeySchema": .array(keys)]
        for member in members { input[member.name] = member.value }
        input["AttributeDefinitions"] = .array(definitions)
        try await call("CreateTable", .object(input))
    }

    /// All records of the table's stream.
    func records(_ table: String = "things") async throws(AWSError) -> [Document] {
        let arn = try await call("DescribeTable", ["TableName": .string(table)])["Table"]?["LatestStreamArn"] ?? .null
        let shard = try await call("DescribeStream", ["StreamArn": arn])["StreamDescription"]?["Shards"]?[0]?["ShardId"] ?? .null
        let iterator = try await call("GetShardIterator", ["StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"])["ShardIterator"] ?? .null
        return try await call("GetRecords", ["ShardIterator": iterator])["Records"]?.array ?? []
    }
}

func s(_ text: String) -> Document { ["S": .string(text)] }
func n(_ number: Int) -> Document { ["N": .string("\(number)")] }
func key(_ pk: String, _ sk: String) -> Document { ["pk": s(pk), "sk": s(sk)] }

/// An item with more attributes than its key.
func item(_ pk: String, _ sk: String, _ attributes: Members = [:]) -> Document {
    var members: Members = ["pk": s(pk), "sk": s(sk)]
    for attribute in attributes { members[attribute.name] = attribute.value }
    return .object(members)
}

extension Document {
    /// The texts of one string attribute of each element.
    func texts(_ attribute: String) -> [String] { (array ?? []).compactMap { $0[attribute]?["S"]?.string } }
}
