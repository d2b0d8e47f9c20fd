import JSON
import Kernel
import Testing
@testable import DynamoDB

extension TestCloud {
    /// Calls an operation in another region of the same account.
    @discardableResult
    func call(_ operation: String, _ input: Document, at region: String) async throws(AWSError) -> Document {
        let name = ["ListStreams", "DescribeStream", "GetShardIterator", "GetRecords"].contains(operation) ? "dynamodbstreams" : "dynamodb"
        let there = Scope(account: scope.account, region: region)
        return try await environment.endpoint(name).call(operation, input, environment.call(in: there)).document
    }

    func message(_ operation: String, _ input: Document, at region: String) async -> String? {
        do throws(AWSError) { try await call(operation, input, at: region) } catch { return error.message }
        return nil
    }

    @discardableResult
    func addReplica(_ region: String, _ members: Members = [:], of table: String = "things", at source: String = scope.region) async throws(AWSError) -> Document {
        var action = members
        action["RegionName"] = .string(region)
        return try await call("UpdateTable", ["TableName": .string(table), "ReplicaUpdates": [["Create": .object(action)]]], at: source)
    }

    func describe(_ table: String = "things", at region: String = scope.region) async throws(AWSError) -> Document {
        try await call("DescribeTable", ["TableName": .string(table)], at: region)["Table"] ?? .null
    }

    func item(_ pk: String, at region: String, of table: String = "things") async throws(AWSError) -> Document? {
        try await call("GetItem", ["TableName": .string(table), "Key": key(pk, "s")], at: region)["Item"]
    }

    func records(at region: String) async throws(AWSError) -> [Document] {
        let arn = try await describe(at: region)["LatestStreamArn"] ?? .null
        let shard = try await call("DescribeStream", ["StreamArn": arn], at: region)["StreamDescription"]?["Shards"]?[0]?["ShardId"] ?? .null
        let iterator = try await call("GetShardIterator", ["StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"], at: region)["ShardIterator"] ?? .null
        return try await call("GetRecords", ["ShardIterator": iterator], at: region)["Records"]?.array ?? []
    }
}

@Suite("Global tables")
@CloudActor
struct GlobalTableTests {
    private func update(_ actions: Document...) -> Document { ["TableName": "things", "ReplicaUpdates": .array(actions)] }

    @Test("a replica is a table of its own with the items of its source")
    func creation() async throws {
        let cloud = TestCloud()
        try await cloud.makeTable("things", ["Tags": [["Key": "a", "Value": "b"]], "DeletionProtectionEnabled": true])
        try await cloud.put("things", item("a", "s"))
        let answer = try await cloud.addReplica("us-east-1")
        // The answer shows the stream that AWS turns on, and not the replica yet.
        #expect(answer["TableDescription"]?["TableStatus"] == "UPDATING")
        #expect(answer["TableDescription"]?["Replicas"] == [])
        #expect(answer["TableDescription"]?["GlobalTableVersion"] == "2019.11.21")
        #expect(answer["TableDescription"]?["StreamSpecification"] == ["StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"])
        let source = try await cloud.describe()
        let replica = try await cloud.describe(at: "us-east-1")
        let warm: Document = ["ReadUnitsPerSecond": 12000, "WriteUnitsPerSecond": 4000, "Status": "ACTIVE"]
        #expect(source["Replicas"] == [["RegionName": "us-east-1", "ReplicaStatus": "ACTIVE", "WarmThroughput": warm, "GlobalTableSettingsReplicationMode": "ENABLED_WITH_OVERRIDES"]])
        #expect(replica["Replicas"]?[0]?["RegionName"] == "us-west-2")
        #expect(source["GlobalTableSettingsReplicationMode"] == "ENABLED_WITH_OVERRIDES")
        #expect(source["MultiRegionConsistency"] == nil)
        #expect(replica["TableStatus"] == "ACTIVE")
        #expect(replica["ItemCount"] == 1)
        #expect(replica["TableArn"] == "arn:aws:dynamodb:us-east-1:440939667227:table/things")
        #expect(replica["TableId"] != source["TableId"])
        #expect(replica["LatestStreamArn"] != source["LatestStreamArn"])
        // Tags and protection are each region's own.
        #expect(replica["DeletionProtectionEnabled"] == false)
        #expect(try await cloud.call("ListTagsOfResource", ["ResourceArn": replica["TableArn"] ?? .null], at: "us-east-1")["Tags"] == [])
        #expect(try await cloud.call("ListTables", [:], at: "us-east-1")["TableNames"] == ["things"])
        #expect(try await cloud.call("ListTables", [:], at: "eu-west-1")["TableNames"] == [])
    }

    @Test("what is written in any replica is in all, and in the streams of all")
    func writes() async throws {
        let cloud = TestCloud()
        try await cloud.makeTable()
        try await cloud.addReplica("us-east-1")
        // A replica can be made from any other.
        try await cloud.addReplica("eu-west-1", at: "us-east-1")
        let regions = ["us-west-2", "us-east-1", "eu-west-1"]
        try await cloud.put("things", item("a", "s", ["n": n(1)]))
        try await cloud.call(
            "UpdateItem", ["TableName": "things", "Key": key("a", "s"), "UpdateExpression": "SET n = n + :one", "ExpressionAttributeValues": [":one": n(1)]], at: "eu-west-1")
        try await cloud.call(
            "TransactWriteItems", ["TransactItems": [["Put": ["TableName": "things", "Item": item("b", "s")]], ["Put": ["TableName": "things", "Item": item("c", "s")]]]],
            at: "us-east-1")
        try await cloud.call("BatchWriteItem", ["RequestItems": ["things": [["DeleteRequest": ["Key": key("b", "s")]]]]], at: "us-east-1")
        for region in regions {
            #expect(try await cloud.item("a", at: region) == item("a", "s", ["n": n(2)]), "\(region)")
            #expect(try await cloud.item("b", at: region) == nil)
            #expect(try await cloud.item("c", at: region) == item("c", "s"))
            let records = try await cloud.records(at: region)
            #expect(records.map { $0["eventName"]?.string } == ["INSERT", "MODIFY", "INSERT", "INSERT", "REMOVE"], "\(region)")
            #expect(records.allSatisfy { $0["userIdentity"] == nil && $0["awsRegion"] == .string(region) })
        }
        #expect(try await cloud.describe(at: "eu-west-1")["Replicas"]?.array?.map { $0["RegionName"]?.string } == ["us-west-2", "us-east-1"])
        #expect(try await cloud.describe()["Replicas"]?.array?.map { $0["RegionName"]?.string } == ["us-east-1", "eu-west-1"])
    }

    @Test("a write counts once, where it is made")
    func capacity() async throws {
        let cloud = TestCloud()
        try await cloud.makeTable()
        try await cloud.addReplica("us-east-1")
        let answer = try await cloud.call("PutItem", ["TableName": "things", "Item": item("a", "s"), "ReturnConsumedCapacity": "TOTAL"])
        #expect(answer["ConsumedCapacity"] == ["TableName": "things", "CapacityUnits": .number("1.0")])
    }

    @Test("time to live is shared, and its deletions are DynamoDB's only where they are made")
    func timeToLive() async throws {
        let cloud = TestCloud()
        try await cloud.makeTable()
        try await cloud.addReplica("us-west-1")
        try await cloud.call("UpdateTimeToLive", ["TableName": "things", "TimeToLiveSpecification": ["AttributeName": "t", "Enabled": true]], at: "us-west-1")
        #expect(try await cloud.call("DescribeTimeToLive", ["TableName": "things"])["TimeToLiveDescription"]?["TimeToLiveStatus"] == "ENABLED")
        // A replica that is made later has it too.
        try await cloud.addReplica("us-east-2")
        try await cloud.put("things", item("a", "s", ["t": n(Int(noon.seconds) + 60)]))
        cloud.environment.clock.freeze(at: noon + .seconds(61))
        cloud.dynamoDB.advance(to: noon + .seconds(61))
        var services = 0
        for region in ["us-west-2", "us-west-1", "us-east-2"] {
            #expect(try await cloud.item("a", at: region) == nil)
            let last = try await cloud.records(at: region).last
            #expect(last?["eventName"] == "REMOVE")
            if last?["userIdentity"] != nil { services += 1 }
        }
        #expect(services == 1)
    }

    @Test("indexes, limits and table class are shared; what a replica has of its own stays")
    func settings() async throws {
        let cloud = TestCloud()
        try await cloud.makeTable()
        try await cloud.put("things", item("a", "s", ["g": s("x")]))
        try await cloud.addReplica("us-east-1", ["OnDemandThroughputOverride": ["MaxReadRequestUnits": 50]])
        try await cloud.call("UpdateTable", [
            "TableName": "things", "AttributeDefinitions": [["AttributeName": "g", "AttributeType": "S"]],
            "GlobalSecondaryIndexUpdates": [["Create": ["IndexName": "by-g", "KeySchema": [["AttributeName": "g", "KeyType": "HASH"]], "Projection": ["ProjectionType": "ALL"]]]],
        ], at: "us-east-1")
        let query: Document = ["TableName": "things", "IndexName": "by-g", "KeyConditionExpression": "g = :g", "ExpressionAttributeValues": [":g": s("x")]]
        #expect(try await cloud.call("Query", query)["Count"] == 1)
        #expect(try await cloud.describe()["Replicas"]?[0]?["GlobalSecondaryIndexes"]?[0]?["IndexName"] == "by-g")
        try await cloud.call("UpdateTable", ["TableName": "things", "OnDemandThroughput": ["MaxReadRequestUnits": 100, "MaxWriteRequestUnits": 70]])
        #expect(try await cloud.describe(at: "us-east-1")["OnDemandThroughput"] == ["MaxReadRequestUnits": 50, "MaxWriteRequestUnits": 70])
        #expect(try await cloud.describe()["Replicas"]?[0]?["OnDemandThroughputOverride"] == ["MaxReadRequestUnits": 50])
        #expect(try await cloud.describe(at: "us-east-1")["Replicas"]?[0]?["OnDemandThroughputOverride"] == ["MaxReadRequestUnits": 100])
        // An override that equals what the others have is none.
        try await cloud.call("UpdateTable", update(["Update": ["RegionName": "us-east-1", "OnDemandThroughputOverride": ["MaxReadRequestUnits": 100]]]))
        #expect(try await cloud.describe()["Replicas"]?[0]?["OnDemandThroughputOverride"] == nil)
        try await cloud.call("UpdateTable", update(["Update": ["RegionName": "us-east-1", "TableClassOverride": "STANDARD_INFREQUENT_ACCESS"]]))
        #expect(try await cloud.describe()["Replicas"]?[0]?["ReplicaTableClassSummary"]?["TableClass"] == "STANDARD_INFREQUENT_ACCESS")
        #expect(try await cloud.describe()["TableClassSummary"] == nil)
        try await cloud.call("UpdateTable", ["TableName": "things", "GlobalSecondaryIndexUpdates": [["Delete": ["IndexName": "by-g"]]]])
        #expect(try await cloud.describe(at: "us-east-1")["GlobalSecondaryIndexes"] == nil)
        #expect(
            await cloud.message("UpdateTable", ["TableName": "things", "StreamSpecification": ["StreamEnabled": false]], at: "us-east-1")
                == "One or more parameter values were invalid: Disabling Stream is not allowed for a Global Table replica.")
        #expect(
            await cloud.message("UpdateTable", ["TableName": "things", "BillingMode": "PROVISIONED", "ProvisionedThroughput": ["ReadCapacityUnits": 1, "WriteCapacityUnits": 1]])
                == "Table write capacity should either be Pay-Per-Request or AutoScaled.")
    }

    @Test("a stream that shows less stays as it is, and the replica has one like it")
    func streamView() async throws {
        let cloud = TestCloud()
        try await cloud.makeTable("things", ["StreamSpecification": ["StreamEnabled": true, "StreamViewType": "KEYS_ONLY"]])
        try await cloud.addReplica("us-east-1")
        for region in ["us-west-2", "us-east-1"] {
            #expect(try await cloud.describe(at: region)["StreamSpecification"]?["StreamViewType"] == "KEYS_ONLY")
        }
    }

    @Test("deleting a replica takes its table away, and leaves the last one an ordinary table")
    func deletion() async throws {
        let cloud = TestCloud()
        try await cloud.makeTable()
        try await cloud.addReplica("us-east-1")
        try await cloud.put("things", item("a", "s"))
        try await cloud.call("UpdateTable", ["TableName": "things", "DeletionProtectionEnabled": true], at: "us-east-1")
        let protected = "Cannot delete table things in region us-east-1 because it has deletion protection enabled. Disable deletion protection first."
        #expect(await cloud.message("UpdateTable", update(["Delete": ["RegionName": "us-east-1"]])) == protected)
        #expect(await cloud.message("DeleteTable", ["TableName": "things"], at: "us-east-1") == protected)
        try await cloud.call("UpdateTable", ["TableName": "things", "DeletionProtectionEnabled": false], at: "us-east-1")
        let wasSource = "Replica cannot be deleted because it has acted as a source region for new replica(s) being added to the table in the last 24 hours."
        #expect(await cloud.message("DeleteTable", ["TableName": "things"]) == wasSource)
        #expect(await cloud.message("UpdateTable", update(["Delete": ["RegionName": "us-west-2"]]), at: "us-east-1") == wasSource)
        let answer = try await cloud.call("UpdateTable", update(["Delete": ["RegionName": "us-east-1"]]))
        #expect(answer["TableDescription"]?["Replicas"]?[0]?["ReplicaStatus"] == "ACTIVE")
        let left = try await cloud.describe()
        for member in ["Replicas", "GlobalTableVersion", "GlobalTableSettingsReplicationMode"] { #expect(left[member] == nil) }
        #expect(left["StreamSpecification"] != nil)
        #expect(await cloud.message("DescribeTable", ["TableName": "things"], at: "us-east-1") == "Requested resource not found: Table: things not found")
        try await cloud.put("things", item("b", "s"))
        // Where it went it can come back to.
        try await cloud.addReplica("us-east-1")
        #expect(try await cloud.describe(at: "us-east-1")["ItemCount"] == 2)
        try await cloud.call("DeleteTable", ["TableName": "things"], at: "us-east-1")
        #expect(try await cloud.describe()["Replicas"] == nil)
        try await cloud.call("DeleteTable", ["TableName": "things"])
    }

    @Test("a source can go a day after its last replica was made; the others stay")
    func sourceAfterADay() async throws {
        let cloud = TestCloud()
        try await cloud.makeTable()
        try await cloud.addReplica("us-east-1")
        try await cloud.put("things", item("a", "s"))
        cloud.environment.clock.freeze(at: noon + .seconds(24 * 60 * 60))
        try await cloud.call("DeleteTable", ["TableName": "things"])
        #expect(try await cloud.item("a", at: "us-east-1") == item("a", "s"))
        #expect(try await cloud.describe(at: "us-east-1")["GlobalTableVersion"] == nil)
    }

    @Test("what AWS refuses of replicas")
    func refusals() async throws {
        let cloud = TestCloud()
        try await cloud.makeTable()
        try await cloud.call("CreateTable", [
            "TableName": "things", "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": [["AttributeName": "pk", "AttributeType": "S"]],
            "KeySchema": [["AttributeName": "pk", "KeyType": "HASH"]],
        ], at: "eu-west-1")
        func create(_ region: Document) -> Document { ["Create": ["RegionName": region]] }
        func refusal(_ actions: Document...) async -> String? {
            await cloud.message("UpdateTable", ["TableName": "things", "ReplicaUpdates": .array(actions)])
        }
        let local = "Cannot add or delete the local region through ReplicaUpdates. Use CreateTable, DeleteTable, or UpdateTable as required."
        #expect(await refusal(create("us-west-2")) == local)
        #expect(await refusal(["Delete": ["RegionName": "us-west-2"]]) == local)
        #expect(await refusal(create("us-fake-1"))?.hasPrefix(
            "Region us-fake-1 is not supported. The latest version of global tables are only supported in the following regions: [ap-south-2, ap-south-1, ") == true)
        #expect(await refusal(create("eu-west-1")) == "Failed to create a the new replica of table with name: \u{2018}things\u{2019} because one or more replicas already existed as tables.")
        #expect(await refusal(create("us-east-1"), create("us-east-2")) == "Update table operation with more than one create or delete replica actions not allowed")
        #expect(await refusal(["Create": ["RegionName": "us-east-1"], "Delete": ["RegionName": "us-east-1"]]) == "Update table operation with more than one type of replica actions not allowed.")
        #expect(await refusal([:]) == "There are no actions specified in the Replica Update Action of the request.")
        #expect(await refusal(["Update": ["RegionName": "us-east-1"]]) == "There are no actions specified in the Replica Update Action of the request.")
        #expect(await refusal(["Create": [:]]) == "One or more parameter values were invalid")
        #expect(await refusal(["Update": [:]]) == "1 validation error detected: Value null at 'replicaUpdates.1.member.update.regionName' failed to satisfy constraint: Member must not be null")
        #expect(await refusal() == "1 validation error detected: Value '[]' at 'replicaUpdates' failed to satisfy constraint: Member must have length greater than or equal to 1")
        let unknown = "Update global table operation failed because one or more replicas were not part of the global table. Please retry the request without these replicas: [ca-central-1]."
        #expect(await refusal(["Delete": ["RegionName": "ca-central-1"]]) == unknown)
        #expect(await refusal(["Update": ["RegionName": "ca-central-1", "TableClassOverride": "STANDARD"]]) == unknown)
        #expect(await refusal(["Create": ["RegionName": "us-east-1", "KMSMasterKeyId": "alias/aws/dynamodb"]]) == "One or more parameter values were invalid: KMSMasterKeyId must be specified for each replica.")
        #expect(await cloud.message("UpdateTable", ["TableName": "things", "ReplicaUpdates": [create("us-east-1")], "DeletionProtectionEnabled": true])
            == "One or more parameter values were invalid: Replica modification must be the only operation in the request")
        #expect(await cloud.message("UpdateTable", ["TableName": "none", "ReplicaUpdates": [create("us-east-1")]]) == "Requested resource not found: Table: none not found")
        // Nothing of all that has left a trace.
        #expect(try await cloud.describe()["Replicas"] == nil)
        #expect(try await cloud.describe()["LatestStreamArn"] == nil)
        try await cloud.makeTable("provisioned", ["BillingMode": "PROVISIONED", "ProvisionedThroughput": ["ReadCapacityUnits": 1, "WriteCapacityUnits": 1]])
        #expect(await cloud.message("UpdateTable", ["TableName": "provisioned", "ReplicaUpdates": [create("us-east-1")]]) == "Table write capacity should either be Pay-Per-Request or AutoScaled.")
        // The same region twice is once.
        #expect(await refusal(create("us-east-1"), create("us-east-1")) == nil)
        #expect(await refusal(["Update": ["RegionName": "us-east-1", "ProvisionedThroughputOverride": ["ReadCapacityUnits": 1]]])
            == "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST")
    }

    @Test("keys are of one kind, each of its own region")
    func keys() async throws {
        let cloud = TestCloud()
        try await cloud.makeTable("things", ["SSESpecification": ["Enabled": true, "SSEType": "KMS", "KMSMasterKeyId": "11111111-2222-3333-4444-555555555555"]])
        #expect(await cloud.message("UpdateTable", update(["Create": ["RegionName": "us-east-1"]])) == "One or more parameter values were invalid: KMSMasterKeyId must be specified for each replica.")
        #expect(await cloud.message("UpdateTable", update(["Create": ["RegionName": "us-east-1", "KMSMasterKeyId": "alias/aws/dynamodb"]]))
            == "One or more parameter values were invalid: All replica keys must either be Customer Managed CMK or AWS Managed CMK.")
        try await cloud.addReplica("us-east-1", ["KMSMasterKeyId": "66666666-2222-3333-4444-555555555555"])
        #expect(try await cloud.describe()["Replicas"]?[0]?["KMSMasterKeyId"] == "arn:aws:kms:us-east-1:440939667227:key/66666666-2222-3333-4444-555555555555")
        #expect(try await cloud.describe(at: "us-east-1")["SSEDescription"]?["KMSMasterKeyArn"] == "arn:aws:kms:us-east-1:440939667227:key/66666666-2222-3333-4444-555555555555")
    }

    @Test("with realistic statuses a replica is made and goes by the clock")
    func statuses() async throws {
        let cloud = TestCloud()
        cloud.environment.hasRealisticStatus = true
        func pass(_ seconds: Int64) {
            cloud.environment.clock.freeze(at: noon + .seconds(seconds))
            cloud.dynamoDB.advance(to: noon + .seconds(seconds))
        }
        try await cloud.makeTable()
        pass(10)
        try await cloud.addReplica("us-east-1")
        #expect(try await cloud.describe()["TableStatus"] == "UPDATING")
        #expect(try await cloud.describe()["Replicas"]?[0]?["ReplicaStatus"] == "CREATING")
        #expect(try await cloud.describe(at: "us-east-1")["TableStatus"] == "CREATING")
        #expect(await cloud.error("UpdateTable", update(["Create": ["RegionName": "eu-west-1"]]))?.message == "The resource which you are attempting to change is in use.")
        // What is written meanwhile comes along.
        try await cloud.put("things", item("a", "s"))
        pass(20)
        #expect(try await cloud.describe()["TableStatus"] == "ACTIVE")
        #expect(try await cloud.describe()["Replicas"]?[0]?["ReplicaStatus"] == "ACTIVE")
        #expect(try await cloud.item("a", at: "us-east-1") == item("a", "s"))
        try await cloud.call("UpdateTable", update(["Delete": ["RegionName": "us-east-1"]]))
        #expect(try await cloud.describe()["Replicas"]?[0]?["ReplicaStatus"] == "DELETING")
        pass(30)
        #expect(try await cloud.describe()["Replicas"] == nil)
        #expect(try await cloud.describe()["TableStatus"] == "ACTIVE")
    }
}
