import JSON
import Kernel
import Testing
@testable import DynamoDB

@Suite("Strongly consistent global tables")
@CloudActor
struct StrongConsistencyTests {
    private func strong(_ regions: [String], witness: String? = nil) -> Document {
        var members: Members = [
            "TableName": "things", "MultiRegionConsistency": "STRONG", "ReplicaUpdates": .array(regions.map { ["Create": ["RegionName": .string($0)]] }),
        ]
        if let witness { members.append("GlobalTableWitnessUpdates", [["Create": ["RegionName": .string(witness)]]]) }
        return .object(members)
    }

    @Test("a group of three is made in one call and taken apart in one")
    func life() async throws {
        let cloud = TestCloud()
        try await cloud.makeTable()
        let answer = try await cloud.call("UpdateTable", strong(["us-east-1"], witness: "us-east-2"))
        #expect(answer["TableDescription"]?["MultiRegionConsistency"] == "STRONG")
        for region in ["us-west-2", "us-east-1"] {
            let table = try await cloud.describe(at: region)
            #expect(table["MultiRegionConsistency"] == "STRONG")
            #expect(table["GlobalTableWitnesses"] == [["RegionName": "us-east-2", "WitnessStatus": "ACTIVE"]])
            #expect(table["StreamSpecification"] == nil)
        }
        #expect(await cloud.message("DescribeTable", ["TableName": "things"], at: "us-east-2") == "Requested resource not found: Table: things not found")
        try await cloud.put("things", item("a", "s"))
        #expect(try await cloud.item("a", at: "us-east-1") == item("a", "s"))
        #expect(await cloud.message("DeleteTable", ["TableName": "things"]) == "Deletion of only one table replica is not supported for global tables with MultiRegionConsistency set to STRONG.")
        #expect(await cloud.message("UpdateTable", ["TableName": "things", "ReplicaUpdates": [["Delete": ["RegionName": "us-east-1"]]]])
            == "Update table delete operation does not include all witnesses.")
        #expect(await cloud.message("UpdateTable", ["TableName": "things", "ReplicaUpdates": [["Create": ["RegionName": "eu-west-1"]]]])
            == "Cannot add replicas to a global table with strong MultiRegionConsistency")
        try await cloud.call("UpdateTable", [
            "TableName": "things", "ReplicaUpdates": [["Delete": ["RegionName": "us-east-1"]]], "GlobalTableWitnessUpdates": [["Delete": ["RegionName": "us-east-2"]]],
        ])
        let left = try await cloud.describe()
        for member in ["Replicas", "GlobalTableWitnesses", "MultiRegionConsistency", "GlobalTableVersion"] { #expect(left[member] == nil) }
        try await cloud.call("DeleteTable", ["TableName": "things"])
    }

    @Test("what AWS refuses of a strong group")
    func refusals() async throws {
        let cloud = TestCloud()
        try await cloud.makeTable()
        func refusal(_ input: Document) async -> String? { await cloud.message("UpdateTable", input) }
        #expect(await refusal(strong(["us-east-1"])) == "Unsupported replica count for global tables with MultiRegionConsistency set to STRONG.")
        #expect(await refusal(strong(["us-east-1"], witness: "us-east-1")) == "Cannot target multiple regions with the same action")
        #expect(await refusal(strong(["us-east-1"], witness: "us-west-2"))
            == "Cannot add a witness in the same region as an existing replica when creating a global table with MultiRegionConsistency set to STRONG.")
        #expect(await refusal(strong(["us-west-1"], witness: "us-east-2")) == "Unsupported Region(s) specified for global tables with MultiRegionConsistency set to STRONG: [us-west-1].")
        #expect(await refusal(["TableName": "things", "ReplicaUpdates": [["Create": ["RegionName": "us-east-1"]]], "GlobalTableWitnessUpdates": [["Create": ["RegionName": "us-east-2"]]]])
            == "MultiRegionConsistency must be set as STRONG when GlobalTableWitnessUpdates parameter is present.")
        #expect(await refusal(["TableName": "things", "MultiRegionConsistency": "STRONG"])?.contains("ReplicaTransitRoleArn, DeletionProtectionEnabled") == true)
        #expect(await refusal(["TableName": "things", "GlobalTableWitnessUpdates": [["Create": ["RegionName": "us-east-2"]]]])?.contains("ReplicaTransitRoleArn, MultiRegionConsistency, ") == true)
        #expect(await refusal(["TableName": "things", "MultiRegionConsistency": "STRONG", "ReplicaUpdates": [["Delete": ["RegionName": "us-east-1"]]]])
            == "Only Replica Create actions are supported when MultiRegionConsistency parameter is provided.")
        try await cloud.call("UpdateTable", strong(["us-east-1", "us-east-2"]))
        #expect(await refusal(["TableName": "things", "ReplicaUpdates": [["Delete": ["RegionName": "us-east-1"]]]])
            == "Deletion of only one table replica is not supported for global tables with MultiRegionConsistency set to STRONG.")
        #expect(await refusal(["TableName": "things", "MultiRegionConsistency": "EVENTUAL", "ReplicaUpdates": [["Create": ["RegionName": "eu-west-1"]]]])
            == "MultiRegionConsistency parameter is unsupported on existing global table")
        #expect(await cloud.message("TransactWriteItems", ["TransactItems": [["Put": ["TableName": "things", "Item": item("a", "s")]]]])
            == "Transactions are not supported for global tables with MultiRegionConsistency set to STRONG.")
        try await cloud.call("UpdateTable", [
            "TableName": "things", "ReplicaUpdates": [["Delete": ["RegionName": "us-east-1"]], ["Delete": ["RegionName": "us-east-2"]]],
        ])
        #expect(try await cloud.describe()["Replicas"] == nil)
    }
}
