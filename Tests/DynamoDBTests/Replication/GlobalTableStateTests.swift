import JSON
import Kernel
import Testing
@testable import DynamoDB

@Suite("The state of global tables")
@CloudActor
struct GlobalTableStateTests {
    @Test("what a journal holds of replicas is what was there")
    func journal() async throws {
        let store = MemoryStore()
        let cloud = TestCloud(store: store)
        cloud.environment.attach()
        try await cloud.makeTable("things", ["StreamSpecification": ["StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"]])
        try await cloud.put("things", item("a", "s"))
        try await cloud.addReplica("us-east-1")
        try await cloud.addReplica("eu-west-1", at: "us-east-1")
        try await cloud.put("things", item("b", "s"))
        try await cloud.call("DeleteItem", ["TableName": "things", "Key": key("a", "s")], at: "eu-west-1")
        await cloud.environment.journal.commit()
        var entries: [String] = []
        cloud.dynamoDB.entries { entries.append("\($0) \(String(decoding: $1, as: UTF8.self))") }
        #expect(Set(entries).symmetricDifference(store.all).sorted() == [])
        cloud.environment.detach()

        let again = TestCloud(store: store)
        try again.environment.load()
        for region in ["us-west-2", "us-east-1", "eu-west-1"] {
            #expect(try await again.item("a", at: region) == nil)
            #expect(try await again.item("b", at: region) == item("b", "s"))
            #expect(try await again.describe(at: region) == cloud.describe(at: region))
            #expect(try await again.records(at: region) == cloud.records(at: region))
        }
        // The group goes on, and remembers who was made from whom.
        try await again.call("PutItem", ["TableName": "things", "Item": item("c", "s")], at: "us-east-1")
        #expect(try await again.item("c", at: "us-west-2") == item("c", "s"))
        #expect(await again.message("DeleteTable", ["TableName": "things"], at: "us-east-1")
            == "Replica cannot be deleted because it has acted as a source region for new replica(s) being added to the table in the last 24 hours.")
    }

    @Test("a snapshot has the group as it was")
    func snapshot() async throws {
        let cloud = TestCloud()
        try await cloud.makeTable()
        try await cloud.addReplica("us-east-1")
        try await cloud.put("things", item("a", "s"))
        let snapshot = cloud.dynamoDB.state
        try await cloud.call("UpdateTable", ["TableName": "things", "ReplicaUpdates": [["Delete": ["RegionName": "us-east-1"]]]])
        cloud.dynamoDB.state = snapshot
        cloud.dynamoDB.stateWasReplaced()
        try await cloud.put("things", item("b", "s"))
        #expect(try await cloud.describe(at: "us-east-1")["ItemCount"] == 2)
        #expect(try await cloud.describe()["Replicas"]?[0]?["RegionName"] == "us-east-1")
    }
}

@Suite("Version 2017.11.29 of global tables, and auto scaling of replicas")
@CloudActor
struct LegacyGlobalTableTests {
    @Test("there is no global table of the old version, and none is made")
    func legacy() async throws {
        let cloud = TestCloud()
        try await cloud.makeTable()
        try await cloud.addReplica("us-east-1")
        let unsupported = "One or more parameter values were invalid: DynamoDB global tables version 2017.11.29 is not supported. "
            + "We recommend using DynamoDB global tables version 2019.11.21, instead of version 2017.11.29 (Legacy)."
        #expect(await cloud.message("CreateGlobalTable", ["GlobalTableName": "things", "ReplicationGroup": [["RegionName": "us-east-1"]]]) == unsupported)
        #expect(await cloud.message("UpdateGlobalTable", ["GlobalTableName": "things", "ReplicaUpdates": [["Create": ["RegionName": "us-east-1"]]]]) == unsupported)
        #expect(await cloud.message("UpdateGlobalTable", ["GlobalTableName": "things", "ReplicaUpdates": []]) == "One or more parameter values were invalid")
        #expect(await cloud.error("DescribeGlobalTable", ["GlobalTableName": "things"])?.code == "GlobalTableNotFoundException")
        #expect(await cloud.message("DescribeGlobalTable", ["GlobalTableName": "things"]) == "Global table not found: Global table with name: 'things' does not exist.")
        #expect(await cloud.message("DescribeGlobalTableSettings", ["GlobalTableName": "things"]) == "Global table with name: 'things' does not exist.")
        #expect(await cloud.message("UpdateGlobalTableSettings", ["GlobalTableName": "things"]) == "Global table with name: 'things' does not exist.")
        #expect(try await cloud.call("ListGlobalTables", [:]) == ["GlobalTables": []])
        #expect(await cloud.error("ListGlobalTables", ["RegionName": "us-fake-9"])?.status == 500)
    }

    @Test("no replica is scaled")
    func autoScaling() async throws {
        let cloud = TestCloud()
        try await cloud.makeTable()
        #expect(await cloud.message("DescribeTableReplicaAutoScaling", ["TableName": "things"]) == "Global table with name: 'things' does not exist.")
        try await cloud.addReplica("us-east-1")
        let answer = try await cloud.call("DescribeTableReplicaAutoScaling", ["TableName": "things"])["TableAutoScalingDescription"]
        #expect(answer?["Replicas"]?.array?.map { $0["RegionName"]?.string } == ["us-east-1", "us-west-2"])
        #expect(answer?["Replicas"]?[0]?["ReplicaProvisionedReadCapacityAutoScalingSettings"] == ["AutoScalingDisabled": true, "ScalingPolicies": []])
        let settings: Document = ["MinimumUnits": 1, "MaximumUnits": 10, "ScalingPolicyUpdate": ["TargetTrackingScalingPolicyConfiguration": ["TargetValue": 70]]]
        #expect(await cloud.message("UpdateTableReplicaAutoScaling", ["TableName": "things", "ProvisionedWriteCapacityAutoScalingUpdate": settings])
            == "Failed to update global table with name \u{2018}things\u{2018}. Replicas 'US-EAST-1', 'US-WEST-2' BillingMode is PayPerRequest. "
                + "You must convert table's BillingMode to PROVISIONED to set parameters: 'GlobalTableProvisionedWriteCapacityAutoScalingSettingsUpdate'.")
        #expect(await cloud.message("UpdateTableReplicaAutoScaling", ["TableName": "things"])
            == "Failed to update settings for global table with name: \u{2018}things\u{2019} because at least one update parameter must be specified.")
        try await cloud.call("UpdateTableReplicaAutoScaling", ["TableName": "things", "ProvisionedWriteCapacityAutoScalingUpdate": ["AutoScalingDisabled": true]])
    }
}
