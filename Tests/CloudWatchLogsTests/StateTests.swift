@testable import CloudWatchLogs
import JSON
import Kernel
import Testing

@Suite("What CloudWatch Logs keep") @CloudActor struct StateTests {
    private static let named: [(operation: String, input: Document)] = [
        ("DescribeLogGroups", [:]), ("DescribeLogStreams", ["logGroupName": "g"]), ("ListTagsLogGroup", ["logGroupName": "g"]),
        ("GetLogEvents", ["logGroupName": "g", "logStreamName": "s", "startFromHead": true]), ("FilterLogEvents", ["logGroupName": "g"]),
        ("DescribeMetricFilters", [:]), ("DescribeSubscriptionFilters", ["logGroupName": "g"]), ("DescribeResourcePolicies", [:]),
        ("DescribeResourcePolicies", ["policyScope": "RESOURCE"]), ("DescribeLogGroups", ["logGroupNamePrefix": "other"]),
    ]

    private func fill(_ cloud: TestCloud) async throws {
        try await cloud("CreateLogGroup", ["logGroupName": "g", "tags": ["k": "v"], "kmsKeyId": "arn:aws:kms:us-east-1:000000000000:key/k"])
        try await cloud("CreateLogGroup", ["logGroupName": "other", "logGroupClass": "INFREQUENT_ACCESS", "deletionProtectionEnabled": true])
        try await cloud.stream("s")
        try await cloud.stream("ü")
        try await cloud.put("one", "zwölf", "  spaces ")
        try await cloud.put("earlier", at: -50)
        try await cloud.put("elsewhere", into: "ü")
        try await cloud("PutRetentionPolicy", ["logGroupName": "g", "retentionInDays": 7])
        try await cloud("PutMetricFilter", [
            "logGroupName": "g", "filterName": "m", "filterPattern": "{ $.a = 1 }",
            "metricTransformations": [["metricName": "n", "metricNamespace": "s", "metricValue": "$.v", "dimensions": ["d": "$.d"], "unit": "Count"]],
        ])
        try await cloud.call("lambda", "CreateFunction", TestCloud.function("f"))
        try await cloud("PutSubscriptionFilter", [
            "logGroupName": "g", "filterName": "f", "filterPattern": "ERROR", "destinationArn": "arn:aws:lambda:us-east-1:000000000000:function:f",
        ])
        try await cloud("PutResourcePolicy", ["policyName": "p", "policyDocument": "{}"])
        try await cloud("PutResourcePolicy", ["resourceArn": "arn:aws:logs:us-east-1:000000000000:log-group:g", "policyDocument": "{}"])
    }

    private func answers(_ cloud: TestCloud) async throws -> [Document] {
        var answers: [Document] = []
        for (operation, input) in Self.named { answers.append(try await cloud(operation, input)) }
        return answers
    }

    @Test("A restart changes nothing")
    func restart() async throws {
        let store = MemoryStore()
        let cloud = TestCloud(store: store)
        cloud.environment.attach()
        try await fill(cloud)
        await cloud.environment.journal.commit()
        cloud.environment.detach()
        let again = TestCloud(store: store)
        try again.environment.load()
        #expect(try await answers(again) == answers(cloud))
        // Numbers go on where they were.
        try await again.put("after", at: 60)
        #expect(try await again.messages() == ["earlier", "one", "zwölf", "  spaces ", "after"])
        #expect(try await again("FilterLogEvents", ["logGroupName": "g"])["events"]?.array.map { Set($0.compactMap { $0["eventId"]?.string }).count } == 6)
    }

    @Test("A restored snapshot is in the store as the state is")
    func restoredSnapshot() async throws {
        let store = MemoryStore()
        let cloud = TestCloud(store: store)
        cloud.environment.attach()
        try await fill(cloud)
        let before = try await answers(cloud)
        _ = cloud.environment.takeSnapshot("s")
        try await cloud("PutLogGroupDeletionProtection", ["logGroupIdentifier": "other", "deletionProtectionEnabled": false])
        try await cloud("DeleteLogGroup", ["logGroupName": "other"])
        try await cloud.put("more", at: 70)
        try await cloud("DeleteLogStream", ["logGroupName": "g", "logStreamName": "ü"])
        try await cloud("DeleteResourcePolicy", ["policyName": "p"])
        #expect(try await cloud.messages().last == "more")
        #expect(cloud.environment.restoreSnapshot("s"))
        #expect(try await answers(cloud) == before)
        await cloud.environment.journal.commit()
        cloud.environment.detach()
        let again = TestCloud(store: store)
        try again.environment.load()
        #expect(try await answers(again) == before)
    }

    @Test("What was deleted is gone from the store too")
    func deleted() async throws {
        let store = MemoryStore()
        let cloud = TestCloud(store: store)
        cloud.environment.attach()
        try await cloud.stream("s")
        try await cloud.stream("t")
        try await cloud.put("one")
        try await cloud.put("two", into: "t")
        try await cloud("DeleteLogStream", ["logGroupName": "g", "logStreamName": "s"])
        await cloud.environment.journal.commit()
        #expect(store.keys(of: "logs").map { $0.first } == [1, 2, 3])
        try await cloud("DeleteLogGroup", ["logGroupName": "g"])
        await cloud.environment.journal.commit()
        #expect(store.keys(of: "logs") == [])
        cloud.environment.detach()
    }

    @Test("Reset empties everything")
    func reset() async throws {
        let cloud = TestCloud()
        try await fill(cloud)
        cloud.environment.reset()
        #expect(try await cloud("DescribeLogGroups")["logGroups"] == [])
        #expect(try await cloud("DescribeResourcePolicies")["resourcePolicies"] == [])
    }

    // MARK: Retention

    @Test("Events that have outlived their group's retention aren't read, and leave the store")
    func retention() async throws {
        let store = MemoryStore()
        let cloud = TestCloud(store: store)
        cloud.environment.attach()
        try await cloud.stream()
        try await cloud.put("a", "b")
        try await cloud("PutRetentionPolicy", ["logGroupName": "g", "retentionInDays": 1])
        cloud.advance(by: .seconds(43_200))
        try await cloud.put("c")
        #expect(try await cloud.messages() == ["a", "b", "c"])
        cloud.advance(by: .seconds(43_200))
        // An event of exactly that age is there yet.
        #expect(try await cloud.filtered() == ["a", "b", "c"])
        cloud.advance(by: .milliseconds(1))
        #expect(try await cloud.filtered() == ["b", "c"])
        #expect(try await cloud.messages() == ["b", "c"])
        await cloud.environment.journal.commit()
        // "b" is of the same batch as "a".
        #expect(store.keys(of: "logs").count { $0.first == 3 } == 2)
        cloud.advance(by: .milliseconds(1))
        #expect(try await cloud.messages() == ["c"])
        let group = try await cloud("DescribeLogGroups")["logGroups"]?[0]
        #expect(group?["storedBytes"] == 27)
        await cloud.environment.journal.commit()
        #expect(store.keys(of: "logs").count { $0.first == 3 } == 1)
        cloud.advance(by: .seconds(86_400))
        #expect(try await cloud.messages() == [])
        let stream = try await cloud("DescribeLogStreams", ["logGroupName": "g"])["logStreams"]?[0]
        #expect(stream?["firstEventTimestamp"] == nil)
        #expect(stream?["lastEventTimestamp"] == .int(TestCloud.start.milliseconds + 43_200_000))
        await cloud.environment.journal.commit()
        cloud.environment.detach()
        // When there was a last event is known after a restart too.
        let again = TestCloud(store: store)
        try again.environment.load()
        again.environment.clock.freeze(at: cloud.environment.clock.now)
        #expect(try await again("DescribeLogStreams", ["logGroupName": "g"])["logStreams"]?[0] == stream)
    }

    @Test("Retention is nothing that a settled cloud waits for")
    func settling() async throws {
        let cloud = TestCloud()
        try await cloud.stream()
        try await cloud("PutRetentionPolicy", ["logGroupName": "g", "retentionInDays": 1])
        try await cloud.put("a")
        #expect(await cloud.environment.settle(jumping: .seconds(86_400 * 30)) == .zero)
    }

    @Test("A longer retention doesn't bring back what is expired")
    func longer() async throws {
        let cloud = TestCloud()
        try await cloud.stream()
        try await cloud.put("a")
        try await cloud("PutRetentionPolicy", ["logGroupName": "g", "retentionInDays": 1])
        cloud.advance(by: .seconds(90_000))
        try await cloud("DeleteRetentionPolicy", ["logGroupName": "g"])
        #expect(try await cloud.messages() == [])
        await cloud.refused(
            "PutRetentionPolicy", ["logGroupName": "g", "retentionInDays": 2], "InvalidParameterException",
            "1 validation error detected: Value '2' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: "
                + "[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]")
    }

    @Test("Many events are dropped a part at a time, and none of them is read")
    func manyExpired() async throws {
        let cloud = TestCloud()
        try await cloud.stream()
        for batch in 0..<3 {
            let events = (0..<5000).map { Document.object(["timestamp": .int(cloud.now + batch), "message": .string("\($0)")]) }
            try await cloud("PutLogEvents", ["logGroupName": "g", "logStreamName": "s", "logEvents": .array(events)])
        }
        try await cloud("PutRetentionPolicy", ["logGroupName": "g", "retentionInDays": 1])
        cloud.advance(by: .seconds(90_000))
        #expect(try await cloud.messages() == [])
        #expect(try await cloud.filtered() == [])
    }
}
