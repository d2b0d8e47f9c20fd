import JSON
import Kernel
import Testing
@testable import DynamoDB

private let prefix = "One or more parameter values were invalid: "

@Suite("Encryption and warm throughput")
@CloudActor
struct EncryptionTests {
    let cloud = TestCloud()

    func table() async throws -> Document? { try await cloud.call("DescribeTable", ["TableName": "things"])["Table"] }

    func update(_ members: Members) async throws -> Document? {
        var input: Members = ["TableName": "things"]
        for member in members { input.append(member.name, member.value) }
        return try await cloud.call("UpdateTable", .object(input))["TableDescription"]
    }

    func refusal(_ members: Members) async -> String? {
        var input: Members = ["TableName": "things"]
        for member in members { input.append(member.name, member.value) }
        return await cloud.message("UpdateTable", .object(input))
    }

    @Test("specifications that contradict themselves", arguments: [
        (["Enabled": false, "SSEType": "KMS"], prefix + "SSEType can not be specified if Enabled is false"),
        (["Enabled": false, "KMSMasterKeyId": "alias/aws/dynamodb"], prefix + "KMSMasterKeyId can not be specified if Enabled is false"),
        (["Enabled": true, "SSEType": "AES256"], prefix + "SSEType AES256 is not supported"),
        (["Enabled": true, "KMSMasterKeyId": "alias/mine"], prefix + "SSEType KMS is required if KMSMasterKeyId is specified"),
        (["SSEType": "kms"], "1 validation error detected: Value 'kms' at 'sSESpecification.sSEType' failed to satisfy constraint: Member must satisfy enum value set: [AES256, KMS]"),
        (["KMSMasterKeyId": ""], "1 validation error detected: Value '' at 'sSESpecification.kMSMasterKeyId' failed to satisfy constraint: Member must have length greater than or equal to 1"),
    ] as [(Document, String)])
    func refused(specification: Document, message: String) async throws {
        try await cloud.makeTable("other")
        #expect(await cloud.message("UpdateTable", ["TableName": "other", "SSESpecification": specification]) == message)
        await #expect { try await cloud.makeTable("things", ["SSESpecification": specification]) } throws: { ($0 as? AWSError)?.message == message }
    }

    @Test("a table is encrypted with DynamoDB's key unless it says otherwise")
    func creation() async throws {
        for (index, specification) in ([[:], ["Enabled": false]] as [Document]).enumerated() {
            try await cloud.makeTable("plain\(index)", ["SSESpecification": specification])
            #expect(try await cloud.call("DescribeTable", ["TableName": .string("plain\(index)")])["Table"]?["SSEDescription"] == nil)
        }
        try await cloud.makeTable("things", ["SSESpecification": ["SSEType": "KMS"]])
        let description = try await table()?["SSEDescription"]
        #expect(description?["Status"] == "ENABLED")
        #expect(description?["SSEType"] == "KMS")
        #expect(description?["KMSMasterKeyArn"]?.string?.hasPrefix("arn:aws:kms:us-west-2:440939667227:key/") == true)
        #expect(await refusal(["SSESpecification": ["SSEType": "KMS", "KMSMasterKeyId": description?["KMSMasterKeyArn"] ?? .null]])
            == prefix + "Table is already encrypted with given KMSMasterKeyId. Use KMSMasterKeyId parameter if you want to change Master Key")
        #expect(await refusal(["SSESpecification": ["SSEType": "KMS", "KMSMasterKeyId": "arn:aws:kms:eu-west-1:440939667227:key/1"]])?
            .hasPrefix("KMS validation error: com.amazonaws.services.kms.model.NotFoundException: Invalid arn eu-west-1 (Service: AWSKMS; ") == true)
    }

    @Test("another key: the table stays active, its encryption is updating")
    func change() async throws {
        cloud.environment.hasRealisticStatus = true
        try await cloud.makeTable()
        cloud.environment.advance(to: noon + .seconds(5))
        #expect(await refusal(["SSESpecification": ["Enabled": false]]) == prefix + "Table is already encrypted by default")
        let answer = try await update(["SSESpecification": ["Enabled": true]])
        #expect(answer?["TableStatus"] == "ACTIVE")
        #expect(answer?["SSEDescription"] == ["Status": "UPDATING"])
        let start = "Attempt to change a resource which is still in use: "
        #expect(await refusal(["SSESpecification": ["Enabled": true]]) == start + "Server-Side Encryption is still being updated")
        #expect(await cloud.message("DeleteTable", ["TableName": "things"]) == start + "Table: things is in the process of being updated.")
        cloud.environment.advance(to: noon + .seconds(10))
        #expect(try await table()?["SSEDescription"]?["Status"] == "ENABLED")
        _ = try await update(["SSESpecification": ["Enabled": false]])
        cloud.environment.advance(to: noon + .seconds(15))
        #expect(try await table()?["SSEDescription"] == nil)
    }

    func units(_ read: Int, _ write: Int, _ status: Document = "ACTIVE") -> Document {
        ["ReadUnitsPerSecond": .int(read), "WriteUnitsPerSecond": .int(write), "Status": status]
    }

    @Test("warm throughput begins with what the table has, and only grows")
    func warm() async throws {
        try await cloud.makeTable()
        #expect(try await table()?["WarmThroughput"] == units(12000, 4000))
        #expect(await refusal(["WarmThroughput": ["ReadUnitsPerSecond": 1]])
            == prefix + "Requested ReadUnitsPerSecond for WarmThroughput for table is lower than current WarmThroughput, decreasing WarmThroughput is not supported")
        let answer = try await update(["WarmThroughput": ["WriteUnitsPerSecond": 5000]])
        #expect(answer?["TableStatus"] == "ACTIVE")
        #expect(answer?["WarmThroughput"] == units(12000, 4000, "UPDATING"))
        #expect(try await table()?["WarmThroughput"] == units(12000, 5000))
        #expect(await refusal(["WarmThroughput": ["ReadUnitsPerSecond": 40001]])
            == "Subscriber limit exceeded: Requested ReadUnitsPerSecond for WarmThroughput for table exceeds TableMaxReadCapacityUnits of the account in region us-west-2")
        await #expect { try await cloud.makeTable("low", ["WarmThroughput": ["ReadUnitsPerSecond": 1]]) } throws: {
            ($0 as? AWSError)?.message == prefix + "Requested ReadUnitsPerSecond for WarmThroughput for table is lower than initial throughput for OnDemand. "
                + "See: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html#on-demand-capacity-mode-initial"
        }
    }

    @Test("provisioned throughput raises it, and so does going on demand")
    func provisioned() async throws {
        try await cloud.makeTable("things", ["BillingMode": "PROVISIONED", "ProvisionedThroughput": ["ReadCapacityUnits": 1, "WriteCapacityUnits": 2]])
        #expect(try await table()?["WarmThroughput"] == units(1, 2))
        for (read, write) in [(5, 5), (1, 1)] { _ = try await update(["ProvisionedThroughput": ["ReadCapacityUnits": .int(read), "WriteCapacityUnits": .int(write)]]) }
        #expect(try await table()?["WarmThroughput"] == units(5, 5))
        _ = try await update(["BillingMode": "PAY_PER_REQUEST"])
        #expect(try await table()?["WarmThroughput"] == units(12000, 4000))
    }
}

@Suite("Combinations of UpdateTable")
@CloudActor
struct UpdateCombinationTests {
    let cloud = TestCloud()

    nonisolated static let index: Document = [
        "IndexName": "by-g", "KeySchema": [["AttributeName": "g", "KeyType": "HASH"]], "Projection": ["ProjectionType": "ALL"],
    ]
    nonisolated static let stream: Document = ["StreamEnabled": true, "StreamViewType": "KEYS_ONLY"]
    nonisolated static let one: Document = ["ReadCapacityUnits": 1, "WriteCapacityUnits": 1]

    func message(_ members: Members) async -> String? {
        var input: Members = ["TableName": "things", "AttributeDefinitions": [["AttributeName": "g", "AttributeType": "N"]]]
        for member in members { input.append(member.name, member.value) }
        return await cloud.message("UpdateTable", .object(input))
    }

    @Test("what must come alone", arguments: [
        ([:], "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, "
            + "MultiAccountReplicaReady, ReplicaTransitRoleArn, MultiRegionConsistency, DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or "
            + "TableClass is required"),
        (["GlobalSecondaryIndexUpdates": [], "DeletionProtectionEnabled": true], prefix + "List of GlobalSecondaryIndexUpdates is empty"),
        (["SSESpecification": ["Enabled": true], "TableClass": "STANDARD"], prefix + "Server-Side Encryption modification must be the only operation in the request"),
        (["WarmThroughput": ["ReadUnitsPerSecond": 13000], "DeletionProtectionEnabled": true], prefix + "DeletionProtection modification must be the only operation in the request"),
        (["WarmThroughput": ["ReadUnitsPerSecond": 13000], "BillingMode": "PAY_PER_REQUEST"], prefix + "WarmThroughput must be the only operation in the request"),
        (["WarmThroughput": ["ReadUnitsPerSecond": 13000], "GlobalSecondaryIndexUpdates": [["Create": index]]],
            prefix + "Create global secondary index cannot be specified when updating WarmThroughput"),
        (["WarmThroughput": ["ReadUnitsPerSecond": 13000], "OnDemandThroughput": ["MaxReadRequestUnits": 5]],
            prefix + "OnDemandThroughput can only be combined with BillingMode in an UpdateTable request"),
        (["BillingMode": "PROVISIONED", "ProvisionedThroughput": one, "StreamSpecification": stream], prefix + "You cannot modify stream status while updating table IOPS"),
        (["StreamSpecification": stream, "GlobalSecondaryIndexUpdates": [["Create": index]]], prefix + "You cannot create or delete index while changing stream status"),
        (["GlobalSecondaryIndexUpdates": [["Update": ["IndexName": "nope", "WarmThroughput": [:]]]]],
            prefix + "WarmThroughput must have at least one of ReadUnitsPerSecond or WriteUnitsPerSecond specified for index: nope"),
        (["GlobalSecondaryIndexUpdates": [["Delete": ["IndexName": "nope"]]]], "Requested resource not found: Index nope for table things"),
        (["GlobalSecondaryIndexUpdates": [["Update": ["IndexName": "nope", "OnDemandThroughput": [:]]]]], "Requested resource not found: Index nope for table things"),
        (["BillingMode": "PROVISIONED"], prefix + "ProvisionedThroughput must be specified when BillingMode is PROVISIONED"),
    ] as [(Members, String)])
    func refused(members: Members, message: String) async throws {
        try await cloud.makeTable()
        let before = try await cloud.call("DescribeTable", ["TableName": "things"])
        #expect(await self.message(members) == message)
        #expect(try await cloud.call("DescribeTable", ["TableName": "things"]) == before)
    }

    @Test("going from on demand to provisioned says how much for every index, and back again needs nothing")
    func billing() async throws {
        try await cloud.makeTable("things", ["AttributeDefinitions": [["AttributeName": "g", "AttributeType": "N"]], "GlobalSecondaryIndexes": [Self.index]])
        let update: Document = ["Update": ["IndexName": "by-g", "ProvisionedThroughput": Self.one]]
        #expect(await message(["BillingMode": "PROVISIONED", "ProvisionedThroughput": Self.one]) == prefix + "ProvisionedThroughput must be specified for index: by-g")
        #expect(await message(["GlobalSecondaryIndexUpdates": [["Update": ["IndexName": "by-g"]]]])
            == prefix + "The only Updates for index: by-g when TableThroughputMode is PAY_PER_REQUEST can be to OnDemandThroughput, WarmThroughput")
        #expect(await message(["BillingMode": "PROVISIONED", "ProvisionedThroughput": Self.one, "GlobalSecondaryIndexUpdates": [update]]) == nil)
        let same = "The provisioned throughput for the index by-g will not change. The requested value equals the current value. "
            + "Current ReadCapacityUnits provisioned for index by-g: 1. Requested ReadCapacityUnits: 1."
        #expect(await message(["GlobalSecondaryIndexUpdates": [update]])?.hasPrefix(same) == true)
        #expect(await message(["BillingMode": "PROVISIONED", "ProvisionedThroughput": Self.one])?.hasPrefix("The provisioned throughput for the table will not change.") == true)
        let answer = try await cloud.call("UpdateTable", ["TableName": "things", "BillingMode": "PAY_PER_REQUEST"])["TableDescription"]
        #expect(answer?["BillingModeSummary"] == ["BillingMode": "PAY_PER_REQUEST"])
        #expect(answer?["GlobalSecondaryIndexes"]?[0]?["ProvisionedThroughput"]?["ReadCapacityUnits"] == 0)
    }

    @Test("throughput goes down four times a day, then once an hour; the next day begins anew")
    func decreases() async throws {
        try await cloud.makeTable("things", ["BillingMode": "PROVISIONED", "ProvisionedThroughput": ["ReadCapacityUnits": 9, "WriteCapacityUnits": 9]])
        func lower(_ units: Int) async -> AWSError? {
            await cloud.error("UpdateTable", ["TableName": "things", "ProvisionedThroughput": ["ReadCapacityUnits": .int(units), "WriteCapacityUnits": 9]])
        }
        for units in [8, 7, 6, 5] { #expect(await lower(units) == nil) }
        #expect(await lower(4) == AWSError(
            "LimitExceededException",
            "Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC day. After the first 4 decreases, each subsequent decrease "
                + "in the same UTC day can be performed at most once every 3600 seconds. Number of decreases today: 4. "
                + "Last decrease at Saturday, November 21, 2026 at 8:00:00 AM Coordinated Universal Time. Next decrease can be made at Saturday, November 21, 2026 at 9:00:00 AM Coordinated Universal Time"))
        cloud.environment.clock.freeze(at: noon + .seconds(3600))
        #expect(await lower(4) == nil)
        func count() async throws -> Document? { try await cloud.call("DescribeTable", ["TableName": "things"])["Table"]?["ProvisionedThroughput"]?["NumberOfDecreasesToday"] }
        #expect(try await count() == 5)
        cloud.environment.clock.freeze(at: noon + .seconds(16 * 3600))
        #expect(try await count() == 0)
        #expect(await lower(3) == nil)
    }

    @Test("more than an account may have")
    func limits() async throws {
        func provision(_ name: String, _ units: Int) async -> AWSError? {
            await cloud.error("CreateTable", [
                "TableName": .string(name), "AttributeDefinitions": [["AttributeName": "pk", "AttributeType": "S"]], "KeySchema": [["AttributeName": "pk", "KeyType": "HASH"]],
                "ProvisionedThroughput": ["ReadCapacityUnits": .int(units), "WriteCapacityUnits": 1],
            ])
        }
        let guide = "Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits."
        #expect(await provision("one", 40001) == AWSError(
            "LimitExceededException",
            "The requested ReadCapacityUnits, 40001, is above the per table maximum for the account in us-west-2. Per table maximum: 40000. \(guide)"))
        #expect(await provision("one", 40000) == nil)
        #expect(await provision("two", 40000) == nil)
        #expect(await provision("three", 5) == AWSError(
            "LimitExceededException",
            "This request would have caused the ReadCapacityUnits limit to be exceeded for the account in us-west-2. "
                + "Current ReadCapacityUnits reserved by the account: 80000. Limit: 80000. Requested: 5. \(guide)"))
    }
}

@Suite("Changes under way")
@CloudActor
struct ChangesUnderWayTests {
    let cloud = TestCloud()
    let start = "Attempt to change a resource which is still in use: "

    func after(_ seconds: Int64) { cloud.environment.advance(to: noon + .seconds(seconds)) }

    func change(_ members: Members) async -> String? {
        var input: Members = ["TableName": "things"]
        for member in members { input.append(member.name, member.value) }
        return await cloud.message("UpdateTable", .object(input))
    }

    @Test("an index that is added gets its resources, takes in the items, and is there")
    func addedIndex() async throws {
        cloud.environment.hasRealisticStatus = true
        try await cloud.makeTable()
        after(5)
        try await cloud.put("things", item("a", "1", ["g": n(1)]))
        let create: Members = ["AttributeDefinitions": [["AttributeName": "g", "AttributeType": "N"]], "GlobalSecondaryIndexUpdates": [["Create": UpdateCombinationTests.index]]]
        #expect(await change(create) == nil)
        func status() async throws -> [Document?] {
            let table = try await cloud.call("DescribeTable", ["TableName": "things"])["Table"]
            let index = table?["GlobalSecondaryIndexes"]?[0]
            return [table?["TableStatus"], index?["IndexStatus"], index?["Backfilling"]]
        }
        #expect(try await status() == ["UPDATING", "CREATING", false])
        let query: Document = ["TableName": "things", "IndexName": "by-g", "KeyConditionExpression": "g = :g", "ExpressionAttributeValues": [":g": n(1)]]
        #expect(await cloud.message("Query", query) == "The table does not have the specified index: by-g")
        let remove: Members = ["GlobalSecondaryIndexUpdates": [["Delete": ["IndexName": "by-g"]]]]
        #expect(await change(remove) == start + "Index creation is in resource allocation phase. Retry deletion during backfilling phase or when the index is active. Table: things Index: by-g")
        #expect(await cloud.message("DeleteTable", ["TableName": "things"]) == start + "Cannot delete table while indexes are being created, updated, or deleted.")
        #expect(await change(["StreamSpecification": UpdateCombinationTests.stream])
            == start + "Can't change stream status when an index is being created. Table: things Indexes: [by-g]")
        after(10)
        #expect(try await status() == ["ACTIVE", "CREATING", true])
        #expect(await cloud.message("Query", query) == "Cannot read from backfilling global secondary index: by-g")
        var second = UpdateCombinationTests.index.object ?? Members()
        second["IndexName"] = "again"
        #expect(await change(["AttributeDefinitions": [["AttributeName": "g", "AttributeType": "N"]], "GlobalSecondaryIndexUpdates": [["Create": .object(second)]]])
            == "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table")
        after(15)
        #expect(try await status() == ["ACTIVE", "ACTIVE", nil])
        #expect(try await cloud.call("Query", query)["Count"] == 1)
        #expect(await change(remove) == nil)
        #expect(try await status() == ["UPDATING", "DELETING", nil])
        after(20)
        #expect(try await status() == ["ACTIVE", nil, nil])
    }

    @Test("while one thing changes another can't, in each its own words")
    func conflicts() async throws {
        cloud.environment.hasRealisticStatus = true
        try await cloud.makeTable()
        #expect(await cloud.message("CreateTable", [
            "TableName": "things", "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": [["AttributeName": "pk", "AttributeType": "S"]],
            "KeySchema": [["AttributeName": "pk", "KeyType": "HASH"]],
        ]) == start + "Table is being created: things")
        after(5)
        #expect(await change(["StreamSpecification": UpdateCombinationTests.stream]) == nil)
        #expect(await cloud.message("DeleteTable", ["TableName": "things"]) == start + "Cannot delete table while stream is being enabled/disabled.")
        let place = "Table: things Stream: 2026-11-21T08:00:05.000 Operation: ENABLE"
        #expect(await change(["TableClass": "STANDARD_INFREQUENT_ACCESS"]) == start + "Can't update table class when stream status is being updated. \(place)")
        #expect(await change(["DeletionProtectionEnabled": true]) == nil)
        after(10)
        #expect(await change(["TableClass": "STANDARD_INFREQUENT_ACCESS"]) == nil)
        #expect(await change(["StreamSpecification": ["StreamEnabled": false]])
            == start + "Can't change stream status when a table class update is in progress. Table: things TableClassUpdateInProgress: STANDARD_INFREQUENT_ACCESS")
        after(15)
        #expect(try await cloud.call("DescribeTable", ["TableName": "things"])["Table"]?["TableClassSummary"]
            == ["TableClass": "STANDARD_INFREQUENT_ACCESS", "LastUpdateDateTime": 1_795_248_010])
        #expect(await change(["BillingMode": "PROVISIONED", "ProvisionedThroughput": UpdateCombinationTests.one]) == nil)
        #expect(await change(["ProvisionedThroughput": ["ReadCapacityUnits": 2, "WriteCapacityUnits": 2]]) == start + "Table IOPS are currently being updated. Table: things")
        #expect(await change(["DeletionProtectionEnabled": false]) == nil)
        #expect(await cloud.message("DeleteTable", ["TableName": "things"]) == start + "Table: things is in the process of being updated.")
        after(20)
        #expect(await cloud.message("DeleteTable", ["TableName": "things"]) == nil)
        #expect(await change(["DeletionProtectionEnabled": false]) == start + "Table is being deleted: things")
    }
}
