import JSON
import Kernel
import Testing
@testable import DynamoDB

@Suite("The journal of settings")
@CloudActor
struct SettingsJournalTests {
    /// Operations of every kind at random on a handful of tables; many are refused, which must leave no trace.
    @CloudActor
    final class Storm {
        let cloud: TestCloud
        let random: Randomness
        var time = noon
        private(set) var refused = 0
        private(set) var done: [String: Int] = [:]

        init(_ store: MemoryStore, seed: UInt64) {
            cloud = TestCloud(store: store)
            random = Randomness(seed: seed)
        }

        func pick(_ count: Int) -> Int { Int(random.next() % UInt64(count)) }
        func pick<Element>(_ list: [Element]) -> Element { list[pick(list.count)] }
        func arn(_ name: String) -> Document { .string("arn:aws:dynamodb:us-west-2:440939667227:table/\(name)") }
        static let names = ["one", "two", "three", "four"]

        func call(_ operation: String, _ input: Document) async -> Document? {
            do throws(AWSError) {
                let answer = try await cloud.call(operation, input)
                done[operation, default: 0] += 1
                return answer
            } catch {
                refused += 1
                return nil
            }
        }

        func step() async {
            let name = pick(Self.names)
            let table: Document = .string(name)
            let units: Document = ["ReadCapacityUnits": .int(pick(4) + 1), "WriteCapacityUnits": .int(pick(4) + 1)]
            let index: Document = [
                "IndexName": .string(pick(["by-g", "by-h"])), "KeySchema": [["AttributeName": "g", "KeyType": "HASH"]], "Projection": ["ProjectionType": "ALL"],
            ]
            switch pick(22) {
            case 0, 1:
                var input: Members = [
                    "TableName": table, "AttributeDefinitions": [["AttributeName": "pk", "AttributeType": "S"]],
                    "KeySchema": [["AttributeName": "pk", "KeyType": "HASH"]], "Tags": [["Key": "made", "Value": .string("\(pick(9))")]],
                ]
                if pick(2) == 0 { input["BillingMode"] = "PAY_PER_REQUEST" } else { input["ProvisionedThroughput"] = units }
                if pick(2) == 0 { input["StreamSpecification"] = ["StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"] }
                if pick(2) == 0 { input["SSESpecification"] = ["Enabled": true] }
                if pick(2) == 0 { input["TableClass"] = "STANDARD" }
                if pick(2) == 0 { input["WarmThroughput"] = ["ReadUnitsPerSecond": 13000, "WriteUnitsPerSecond": 5000] }
                _ = await call("CreateTable", .object(input))
            case 2: _ = await call("DeleteTable", ["TableName": table])
            case 3, 4, 5, 6: await write(table)
            case 7: await update(table, ["ProvisionedThroughput": units])
            case 8: await update(table, pick(2) == 0 ? ["BillingMode": "PAY_PER_REQUEST"] : ["BillingMode": "PROVISIONED", "ProvisionedThroughput": units])
            case 9: await update(table, ["StreamSpecification": pick(2) == 0 ? ["StreamEnabled": false] : ["StreamEnabled": true, "StreamViewType": "KEYS_ONLY"]])
            case 10:
                await update(table, ["SSESpecification": pick([["Enabled": true], ["Enabled": false], ["SSEType": "KMS", "KMSMasterKeyId": "alias/mine"]] as [Document])])
            case 11: await update(table, pick([["TableClass": "STANDARD_INFREQUENT_ACCESS"], ["TableClass": "STANDARD"], ["DeletionProtectionEnabled": .bool(pick(4) == 0)]] as [Members]))
            case 12: await update(table, ["WarmThroughput": ["ReadUnitsPerSecond": .int(12000 + pick(9))]])
            case 13: await update(table, ["OnDemandThroughput": ["MaxReadRequestUnits": .int(pick(3) == 0 ? -1 : pick(90) + 1)]])
            case 14:
                var create = index.object ?? Members()
                if pick(2) == 0 { create["ProvisionedThroughput"] = units }
                await update(table, ["AttributeDefinitions": [["AttributeName": "g", "AttributeType": "N"]], "GlobalSecondaryIndexUpdates": [["Create": .object(create)]]])
            case 15: await update(table, ["GlobalSecondaryIndexUpdates": [["Delete": ["IndexName": index["IndexName"] ?? .null]]]])
            case 16: _ = await call("UpdateTimeToLive", ["TableName": table, "TimeToLiveSpecification": ["AttributeName": "t", "Enabled": .bool(pick(3) > 0)]])
            case 17: _ = await call("UpdateContinuousBackups", ["TableName": table, "PointInTimeRecoverySpecification": ["PointInTimeRecoveryEnabled": .bool(pick(4) > 0)]])
            case 18: await tagOrPolicy(name)
            case 19: _ = await call("UpdateContributorInsights", ["TableName": table, "ContributorInsightsAction": .string(pick(["ENABLE", "DISABLE"]))])
            case 20: await backUp(table)
            default:
                time = time + .seconds(Int64(pick(4000)))
                cloud.environment.advance(to: time)
            }
        }

        private func update(_ table: Document, _ members: Members) async {
            var input: Members = ["TableName": table]
            for member in members { input.append(member.name, member.value) }
            _ = await call("UpdateTable", .object(input))
        }

        private func write(_ table: Document) async {
            let key: Document = ["pk": s("p\(pick(9))")]
            if pick(4) == 0 {
                _ = await call("DeleteItem", ["TableName": table, "Key": key])
            } else {
                let item: Document = ["pk": key["pk"] ?? .null, "g": n(pick(3)), "t": n(Int(time.seconds) + pick(9000)), "x": n(pick(99))]
                _ = await call("PutItem", ["TableName": table, "Item": item])
            }
        }

        private func tagOrPolicy(_ name: String) async {
            let policy = "{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"\(pick(9))\",\"Resource\":\"*\"}}"
            switch pick(4) {
            case 0: _ = await call("TagResource", ["ResourceArn": arn(name), "Tags": [["Key": .string("k\(pick(5))"), "Value": .string("\(pick(9))")]]])
            case 1: _ = await call("UntagResource", ["ResourceArn": arn(name), "TagKeys": [.string("k\(pick(5))")]])
            case 2: _ = await call("PutResourcePolicy", ["ResourceArn": arn(name), "Policy": .string(policy)])
            default: _ = await call("DeleteResourcePolicy", ["ResourceArn": arn(name)])
            }
        }

        private func backUp(_ table: Document) async {
            let target: Document = .string(pick(Self.names))
            let backups = await call("ListBackups", ["BackupType": "ALL"])?["BackupSummaries"]?.array ?? []
            let backup = backups.isEmpty ? Document.null : pick(backups)["BackupArn"] ?? .null
            switch pick(5) {
            case 0, 1: _ = await call("CreateBackup", ["TableName": table, "BackupName": "kept"])
            case 2: _ = await call("DeleteBackup", ["BackupArn": backup])
            case 3: _ = await call("RestoreTableFromBackup", ["BackupArn": backup, "TargetTableName": target])
            default: _ = await call("RestoreTableToPointInTime", ["SourceTableName": table, "TargetTableName": target, "UseLatestRestorableTime": true])
            }
        }
    }

    /// Everything that can be asked, by question.
    static func answers(_ cloud: TestCloud) async -> [String: Document] {
        var questions: [(String, Document)] = [
            ("ListTables", [:]), ("ListBackups", ["BackupType": "ALL"]), ("ListStreams", [:]), ("ListContributorInsights", [:]),
        ]
        for name in Storm.names {
            let table: Document = ["TableName": .string(name)]
            let arn: Document = ["ResourceArn": .string("arn:aws:dynamodb:us-west-2:440939667227:table/\(name)")]
            for operation in ["DescribeTable", "DescribeTimeToLive", "DescribeContinuousBackups", "DescribeContributorInsights", "Scan"] { questions.append((operation, table)) }
            for operation in ["ListTagsOfResource", "GetResourcePolicy"] { questions.append((operation, arn)) }
            for index in ["by-g", "by-h"] { questions.append(("Scan", ["TableName": .string(name), "IndexName": .string(index)])) }
        }
        var answers: [String: Document] = [:]
        func ask(_ operation: String, _ input: Document) async {
            do throws(AWSError) { answers["\(operation) \(input.coralText)"] = try await cloud.call(operation, input) } catch {
                answers["\(operation) \(input.coralText)"] = ["error": .string(error.code), "message": .string(error.message ?? "")]
            }
        }
        for (operation, input) in questions { await ask(operation, input) }
        for backup in answers["ListBackups {BackupType=ALL}"]?["BackupSummaries"]?.array ?? [] { await ask("DescribeBackup", ["BackupArn": backup["BackupArn"] ?? .null]) }
        for stream in answers["ListStreams {}"]?["Streams"]?.array ?? [] { await ask("DescribeStream", ["StreamArn": stream["StreamArn"] ?? .null]) }
        return answers
    }

    static func storm(_ store: MemoryStore, seed: UInt64, realistic: Bool) async -> Storm {
        let storm = Storm(store, seed: seed)
        storm.cloud.environment.hasRealisticStatus = realistic
        storm.cloud.environment.attach()
        defer { storm.cloud.environment.detach() }
        for _ in 0..<900 { await storm.step() }
        await storm.cloud.environment.journal.commit()
        return storm
    }

    @Test("whatever happened, everything that can be asked is answered the same after a restart", arguments: [1, 2, 3, 4] as [UInt64])
    func restart(seed: UInt64) async throws {
        let store = MemoryStore()
        let storm = await Self.storm(store, seed: seed, realistic: seed % 2 == 0)
        #expect(storm.done.count > 12, "what was done: \(storm.done), refused \(storm.refused)")
        let second = TestCloud(store: store)
        second.environment.hasRealisticStatus = seed % 2 == 0
        second.environment.clock.freeze(at: storm.cloud.environment.clock.now)
        try second.environment.load()
        let (before, after) = (await Self.answers(storm.cloud), await Self.answers(second))
        for (question, answer) in before where after[question] != answer { Issue.record("\(question): \(answer.coralText) became \(after[question]?.coralText ?? "nothing")") }
        #expect(before.count == after.count)
        var entries: [String] = []
        storm.cloud.dynamoDB.entries { key, value in entries.append("\(key) \(String(decoding: value, as: UTF8.self))") }
        #expect(Set(entries).symmetricDifference(store.all).sorted() == [])
        #expect(second.dynamoDB.nextDeadline == storm.cloud.dynamoDB.state.regions.values.compactMap(\.nextDeadline).min())
    }

    @Test("a snapshot brings every setting back")
    func snapshot() async throws {
        let storm = await Self.storm(MemoryStore(), seed: 11, realistic: false)
        let kept = storm.cloud.dynamoDB.state
        let before = await Self.answers(storm.cloud)
        for _ in 0..<200 { await storm.step() }
        storm.cloud.dynamoDB.state = kept
        storm.cloud.dynamoDB.stateWasReplaced()
        storm.cloud.environment.clock.freeze(at: noon)
        let after = await Self.answers(storm.cloud)
        // What depends on the time alone is left out.
        for (question, answer) in before where !question.hasPrefix("DescribeContinuousBackups") && !question.hasPrefix("DescribeTable") {
            if after[question] != answer { Issue.record("\(question): \(answer.coralText) became \(after[question]?.coralText ?? "nothing")") }
        }
    }
}
