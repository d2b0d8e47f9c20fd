import JSON
import Kernel
import Testing
@testable import DynamoDB

@Suite("Backups")
@CloudActor
struct BackupTests {
    let cloud = TestCloud()

    func backUp(_ name: String = "nightly") async throws -> Document {
        try await cloud.call("CreateBackup", ["TableName": "things", "BackupName": .string(name)])["BackupDetails"]?["BackupArn"] ?? .null
    }

    func sortKeys(_ table: String) async throws -> [String]? {
        try await cloud.call("Scan", ["TableName": .string(table)])["Items"]?.texts("sk")
    }

    @Test("a backup keeps the table as it was")
    func life() async throws {
        try await cloud.makeTable("things", ["Tags": [["Key": "a", "Value": "b"]]])
        try await cloud.put("things", item("a", "1"))
        let made = try await cloud.call("CreateBackup", ["TableName": "things", "BackupName": "nightly"])["BackupDetails"]
        let arn = made?["BackupArn"] ?? .null
        #expect(made == [
            "BackupArn": arn, "BackupName": "nightly", "BackupSizeBytes": 6, "BackupStatus": "CREATING", "BackupType": "USER", "BackupCreationDateTime": 1_795_248_000,
        ])
        #expect(arn.string?.hasPrefix("arn:aws:dynamodb:us-west-2:440939667227:table/things/backup/01795248000000-") == true)
        try await cloud.put("things", item("a", "2"))
        let described = try await cloud.call("DescribeBackup", ["BackupArn": arn])["BackupDescription"]
        #expect(described?["BackupDetails"]?["BackupStatus"] == "AVAILABLE")
        #expect(described?["SourceTableDetails"]?["ItemCount"] == 1)
        #expect(described?["SourceTableFeatureDetails"] == [:])
        try await cloud.call("DeleteTable", ["TableName": "things"])
        let restored = try await cloud.call("RestoreTableFromBackup", ["BackupArn": arn, "TargetTableName": "again"])["TableDescription"]
        #expect(restored?["TableStatus"] == "CREATING")
        #expect(restored?["RestoreSummary"] == [
            "SourceBackupArn": arn, "SourceTableArn": "arn:aws:dynamodb:us-west-2:440939667227:table/things", "RestoreDateTime": 1_795_248_000,
            "RestoreInProgress": true,
        ])
        #expect(try await sortKeys("again") == ["1"])
        try await cloud.put("again", item("a", "3"))
        #expect(try await cloud.call("ListTagsOfResource", ["ResourceArn": "arn:aws:dynamodb:us-west-2:440939667227:table/again"]) == ["Tags": []])
        #expect(try await cloud.call("DeleteBackup", ["BackupArn": arn])["BackupDescription"]?["BackupDetails"]?["BackupStatus"] == "DELETED")
        #expect(await cloud.error("DescribeBackup", ["BackupArn": arn]) == AWSError("BackupNotFoundException", "Backup not found: \(arn.string ?? "")"))
        #expect(try await sortKeys("again") == ["1", "3"])
    }

    @Test("backups are listed by table, kind and time, a page at a time")
    func list() async throws {
        try await cloud.makeTable()
        try await cloud.makeTable("others")
        let first = try await backUp()
        cloud.environment.advance(to: noon + .seconds(10))
        let second = try await backUp()
        try await cloud.call("CreateBackup", ["TableName": "others", "BackupName": "nightly"])
        func arns(_ input: Document) async throws -> [Document?]? { try await cloud.call("ListBackups", input)["BackupSummaries"]?.array?.map { $0["BackupArn"] } }
        #expect(try await arns(["TableName": "things"]) == [first, second])
        #expect(try await arns([:])?.count == 3)
        #expect(try await arns(["TableName": "things", "TimeRangeUpperBound": .int(Int(noon.seconds) + 10)]) == [first])
        #expect(try await arns(["TableName": "things", "TimeRangeLowerBound": .int(Int(noon.seconds) + 10)]) == [second])
        #expect(try await arns(["BackupType": "SYSTEM"]) == [])
        let page = try await cloud.call("ListBackups", ["TableName": "things", "Limit": 1])
        #expect(page["LastEvaluatedBackupArn"] == first)
        #expect(try await arns(["TableName": "things", "Limit": 1, "ExclusiveStartBackupArn": first]) == [second])
        #expect(try await cloud.call("ListBackups", ["TableName": "things", "Limit": 2])["LastEvaluatedBackupArn"] == nil)
        #expect(await cloud.message("ListBackups", ["TimeRangeLowerBound": 2, "TimeRangeUpperBound": 1])
            == "One or more parameter values were invalid: Time range lower bound must be less than or equal to upper bound")
    }

    @Test("a restore may leave indexes out and change the capacity")
    func overrides() async throws {
        let index: Document = ["IndexName": "by-g", "KeySchema": [["AttributeName": "g", "KeyType": "HASH"]], "Projection": ["ProjectionType": "ALL"]]
        try await cloud.makeTable("things", ["AttributeDefinitions": [["AttributeName": "g", "AttributeType": "N"]], "GlobalSecondaryIndexes": .array([index])])
        let arn = try await backUp()
        func restore(_ name: String, _ members: Members) async throws -> Document? {
            var input: Members = ["BackupArn": arn, "TargetTableName": .string(name)]
            for member in members { input[member.name] = member.value }
            return try await cloud.call("RestoreTableFromBackup", .object(input))["TableDescription"]
        }
        #expect(try await restore("one", [:])?["GlobalSecondaryIndexes"]?.array?.count == 1)
        let bare = try await restore("two", ["GlobalSecondaryIndexOverride": []])
        #expect(bare?["GlobalSecondaryIndexes"] == nil)
        #expect(bare?["AttributeDefinitions"]?.array?.count == 2)
        func message(_ members: Members) async -> String? {
            do { _ = try await restore("three", members) } catch { return (error as? AWSError)?.message }
            return nil
        }
        #expect(await message(["BillingModeOverride": "PROVISIONED"]) == "Invalid Request: Must override ProvisionedThroughput if BillingMode is overridden to PROVISIONED")
        #expect(await message(["ProvisionedThroughputOverride": ["ReadCapacityUnits": 1, "WriteCapacityUnits": 1]])
            == "Invalid Request: Cannot override ProvisionedThroughput unless BillingMode is PROVISIONED")
        #expect(await message(["BillingModeOverride": "PROVISIONED", "ProvisionedThroughputOverride": ["ReadCapacityUnits": 1, "WriteCapacityUnits": 1]])
            == "Invalid Request: Must specify provisioned throughput for index by-g")
        #expect(await message(["TargetTableName": "one"]) == "Table already exists: one")
    }

    @Test("a backup restores one table at a time, where statuses are realistic")
    func inUse() async throws {
        try await cloud.makeTable()
        let arn = try await backUp()
        cloud.environment.hasRealisticStatus = true
        try await cloud.call("RestoreTableFromBackup", ["BackupArn": arn, "TargetTableName": "one"])
        #expect(await cloud.error("RestoreTableFromBackup", ["BackupArn": arn, "TargetTableName": "two"])
            == AWSError("BackupInUseException", "Backup is being used to restore another table: \(arn.string ?? "")"))
        #expect(await cloud.error("DeleteBackup", ["BackupArn": arn]) == AWSError("BackupInUseException", "Backup is being used to restore table: \(arn.string ?? "")"))
        cloud.environment.advance(to: noon + .seconds(5))
        #expect(try await cloud.call("DescribeTable", ["TableName": "one"])["Table"]?["RestoreSummary"] == nil)
        #expect(await cloud.error("DeleteBackup", ["BackupArn": arn]) == nil)
    }

    @Test("what isn't there")
    func absent() async throws {
        #expect(await cloud.error("CreateBackup", ["TableName": "nope", "BackupName": "abc"]) == AWSError("TableNotFoundException", "Table not found: nope"))
        #expect(await cloud.message("DescribeBackup", ["BackupArn": .string(String(repeating: "x", count: 40))]) == "Invalid Backup ARN")
        #expect(await cloud.error("DescribeContinuousBackups", ["TableName": "nope"]) == AWSError("TableNotFoundException", "Table not found: nope"))
    }
}

@Suite("Point-in-time recovery")
@CloudActor
struct PointInTimeRecoveryTests {
    let cloud = TestCloud()

    func set(_ isEnabled: Bool, days: Int? = nil) -> Document {
        var specification: Members = ["PointInTimeRecoveryEnabled": .bool(isEnabled)]
        if let days { specification.append("RecoveryPeriodInDays", .int(days)) }
        return ["TableName": "things", "PointInTimeRecoverySpecification": .object(specification)]
    }

    func restore(to seconds: Int64?, _ name: String) async throws(AWSError) -> [String]? {
        var input: Members = ["SourceTableName": "things", "TargetTableName": .string(name)]
        if let seconds { input.append("RestoreDateTime", .int(Int(seconds))) } else { input.append("UseLatestRestorableTime", true) }
        try await cloud.call("RestoreTableToPointInTime", .object(input))
        return try await cloud.call("Scan", ["TableName": .string(name)])["Items"]?.array?.map { "\($0["sk"]?["S"]?.string ?? "")\($0["a"]?["N"]?.string ?? "")" }
    }

    @Test("the setting")
    func setting() async throws {
        try await cloud.makeTable()
        let off: Document = ["ContinuousBackupsDescription": ["ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": ["PointInTimeRecoveryStatus": "DISABLED"]]]
        #expect(try await cloud.call("DescribeContinuousBackups", ["TableName": "things"]) == off)
        let now = Document.int(Int(noon.seconds))
        #expect(try await cloud.call("UpdateContinuousBackups", set(true)) == ["ContinuousBackupsDescription": [
            "ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": [
                "PointInTimeRecoveryStatus": "ENABLED", "RecoveryPeriodInDays": 35, "EarliestRestorableDateTime": now, "LatestRestorableDateTime": now,
            ],
        ]])
        #expect(await cloud.message("UpdateContinuousBackups", set(false, days: 7))
            == "Invalid Request: Cannot specify RecoveryPeriodInDays when disabling point-in-time recovery.")
        #expect(try await cloud.call("UpdateContinuousBackups", set(false)) == off)
    }

    @Test("a table is restored as it was at any instant")
    func restoring() async throws {
        try await cloud.makeTable()
        try await cloud.put("things", item("p", "x", ["a": n(0)]))
        try await cloud.call("UpdateContinuousBackups", set(true))
        cloud.environment.advance(to: noon + .seconds(10))
        try await cloud.put("things", item("p", "x", ["a": n(1)]))
        cloud.environment.advance(to: noon + .seconds(20))
        try await cloud.put("things", item("p", "y", ["a": n(2)]))
        cloud.environment.advance(to: noon + .seconds(30))
        try await cloud.call("DeleteItem", ["TableName": "things", "Key": key("p", "x")])
        #expect(try await restore(to: nil, "now") == ["y2"])
        #expect(try await restore(to: noon.seconds + 29, "at-29") == ["x1", "y2"])
        #expect(try await restore(to: noon.seconds + 20, "at-20") == ["x1", "y2"])
        #expect(try await restore(to: noon.seconds + 10, "at-10") == ["x1"])
        #expect(try await restore(to: noon.seconds, "at-0") == ["x0"])
        #expect(await cloud.error("RestoreTableToPointInTime", ["SourceTableName": "things", "TargetTableName": "late", "RestoreDateTime": .int(Int(noon.seconds) + 31)])?.code
            == "InvalidRestoreTimeException")
        #expect(await cloud.error("RestoreTableToPointInTime", ["SourceTableName": "things", "TargetTableName": "now", "UseLatestRestorableTime": true])
            == AWSError("TableAlreadyExistsException", "Table already exists: now"))
    }

    @Test("what can't be restored")
    func refused() async throws {
        try await cloud.makeTable()
        #expect(await cloud.message("RestoreTableToPointInTime", ["SourceTableName": "things", "TargetTableName": "new"])
            == "Invalid Request: Either one of RestoreDateTime or UseLatestRestorableTime must be specified, but not both")
        #expect(await cloud.error("RestoreTableToPointInTime", ["SourceTableName": "things", "TargetTableName": "things", "UseLatestRestorableTime": true])
            == AWSError("PointInTimeRecoveryUnavailableException", "Point in time recovery is not enabled for table 'things'"))
    }

    @Test("what is older than the period is forgotten")
    func period() async throws {
        try await cloud.makeTable()
        try await cloud.call("UpdateContinuousBackups", set(true, days: 1))
        try await cloud.put("things", item("p", "x"))
        cloud.environment.advance(to: noon + .seconds(86400 + 7200))
        #expect(cloud.dynamoDB.state.regions[scope]?.tables["things"]?.recovery?.nextDeadline == nil)
        let described = try await cloud.call("DescribeContinuousBackups", ["TableName": "things"])["ContinuousBackupsDescription"]
        #expect(described?["PointInTimeRecoveryDescription"]?["EarliestRestorableDateTime"] == .int(Int(noon.seconds) + 7200))
    }

    @Test("a deleted table with recovery leaves a backup that goes by itself")
    func deletedTable() async throws {
        try await cloud.makeTable()
        try await cloud.call("UpdateContinuousBackups", set(true))
        try await cloud.put("things", item("p", "x"))
        try await cloud.call("DeleteTable", ["TableName": "things"])
        let summary = try await cloud.call("ListBackups", ["BackupType": "SYSTEM"])["BackupSummaries"]?[0]
        #expect(summary?["BackupName"] == "things$DeletedTableBackup")
        #expect(summary?["BackupExpiryDateTime"] == .int(Int(noon.seconds) + 35 * 86400))
        let arn = summary?["BackupArn"] ?? .null
        #expect(await cloud.message("DeleteBackup", ["BackupArn": arn])?.hasPrefix("Invalid Request: User is not allowed to delete the system backup with arn ") == true)
        try await cloud.call("RestoreTableFromBackup", ["BackupArn": arn, "TargetTableName": "again"])
        #expect(try await cloud.call("Scan", ["TableName": "again"])["Count"] == 1)
        cloud.environment.advance(to: noon + .seconds(35 * 86400))
        #expect(try await cloud.call("ListBackups", ["BackupType": "ALL"]) == ["BackupSummaries": []])
    }

    @Test("backups, recovery, policies and insights are there after a restart")
    func restart() async throws {
        let store = MemoryStore()
        let first = TestCloud(store: store)
        first.environment.attach()
        defer { first.environment.detach() }
        try await first.makeTable()
        try await first.call("UpdateContinuousBackups", set(true))
        try await first.put("things", item("p", "x"))
        try await first.call("CreateBackup", ["TableName": "things", "BackupName": "nightly"])
        let table: Document = "arn:aws:dynamodb:us-west-2:440939667227:table/things"
        try await first.call("PutResourcePolicy", ["ResourceArn": table, "Policy": "{\"Statement\": [{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"dynamodb:GetItem\",\"Resource\":\"*\"}]}"])
        try await first.call("UpdateContributorInsights", ["TableName": "things", "ContributorInsightsAction": "ENABLE"])
        first.environment.clock.move(to: noon + .seconds(10))
        try await first.call("DeleteItem", ["TableName": "things", "Key": key("p", "x")])
        let backup = try await first.call("ListBackups", [:])["BackupSummaries"]?[0]?["BackupArn"] ?? .null
        try await first.call("RestoreTableFromBackup", ["BackupArn": backup, "TargetTableName": "again"])
        await first.environment.journal.commit()
        let second = TestCloud(store: store)
        try second.environment.load()
        second.environment.clock.freeze(at: noon + .seconds(10))
        let questions: [(String, Document)] = [
            ("ListBackups", [:]), ("DescribeBackup", ["BackupArn": backup]), ("DescribeContinuousBackups", ["TableName": "things"]),
            ("GetResourcePolicy", ["ResourceArn": table]), ("DescribeContributorInsights", ["TableName": "things"]), ("Scan", ["TableName": "again"]),
            ("DescribeTable", ["TableName": "again"]),
        ]
        for (operation, input) in questions { #expect(try await second.call(operation, input) == first.call(operation, input)) }
        let restored: Document = ["SourceTableName": "things", "TargetTableName": "walked-back", "RestoreDateTime": .int(Int(noon.seconds) + 5)]
        try await second.call("RestoreTableToPointInTime", restored)
        #expect(try await second.call("Scan", ["TableName": "walked-back"])["Count"] == 1)
        try await second.call("RestoreTableFromBackup", ["BackupArn": backup, "TargetTableName": "third"])
        #expect(try await second.call("Scan", ["TableName": "third"])["Count"] == 1)
        var entries: [String] = []
        first.dynamoDB.entries { key, value in entries.append("\(key) \(String(decoding: value, as: UTF8.self))") }
        #expect(Set(entries).symmetricDifference(store.all).sorted() == [])
    }
}
