import JSON
import Kernel
import Testing

@Suite("Events") @CloudActor struct EventTests {
    @Test("What was put comes back, with when it came")
    func roundTrip() async throws {
        let cloud = TestCloud()
        try await cloud.stream()
        try await cloud.put("one", "two")
        let now = cloud.now
        #expect(try await cloud.page()["events"] == [
            ["timestamp": .int(now), "message": "one", "ingestionTime": .int(now)], ["timestamp": .int(now + 1), "message": "two", "ingestionTime": .int(now)],
        ])
    }

    @Test("A put answers the next sequence token, which nobody has to give back")
    func sequenceTokens() async throws {
        let cloud = TestCloud()
        try await cloud.stream()
        let first = try await cloud.put("one")["nextSequenceToken"]?.string ?? ""
        #expect(first.count == 56)
        let events: Document = [["timestamp": .int(cloud.now), "message": "two"]]
        let second = try await cloud("PutLogEvents", ["logGroupName": "g", "logStreamName": "s", "logEvents": events, "sequenceToken": "nobody's"])["nextSequenceToken"]?.string
        #expect(second != nil && second != first)
        #expect(try await cloud.messages() == ["one", "two"])
        let stream = try await cloud("DescribeLogStreams", ["logGroupName": "g"])["logStreams"]?[0]
        #expect(stream?["uploadSequenceToken"]?.string == second)
    }

    @Test("Batches in any order are read in the order of their times")
    func order() async throws {
        let cloud = TestCloud()
        try await cloud.stream()
        try await cloud.put("late", at: 100)
        try await cloud.put("early", at: -100)
        try await cloud.put("late too", at: 100)
        #expect(try await cloud.messages() == ["early", "late", "late too"])
        let stream = try await cloud("DescribeLogStreams", ["logGroupName": "g"])["logStreams"]?[0]
        #expect(stream?["firstEventTimestamp"] == .int(cloud.now - 100))
        #expect(stream?["lastEventTimestamp"] == .int(cloud.now + 100))
        #expect(stream?["lastIngestionTime"] == .int(cloud.now))
    }

    @Test("The first time is part of a range, and the last one isn't")
    func range() async throws {
        let cloud = TestCloud()
        try await cloud.stream()
        try await cloud.put("a", "b", "c", "d")
        let now = cloud.now
        #expect(try await cloud.messages(["startTime": .int(now + 1), "endTime": .int(now + 3)]) == ["b", "c"])
        // FilterLogEvents has the last one too.
        #expect(try await cloud.filtered(["startTime": .int(now + 1), "endTime": .int(now + 3)]) == ["b", "c", "d"])
    }

    @Test("Pages go forwards and backwards, and a token repeats itself at the end")
    func paging() async throws {
        let cloud = TestCloud()
        try await cloud.stream()
        try await cloud.put("0", "1", "2", "3", "4")
        let tail = try await cloud.page(["limit": 2])
        #expect(tail.messages == ["3", "4"])
        let before = try await cloud.page(["limit": 2, "nextToken": tail["nextBackwardToken"] ?? .null])
        #expect(before.messages == ["1", "2"])
        let first = try await cloud.page(["limit": 2, "nextToken": before["nextBackwardToken"] ?? .null])
        #expect(first.messages == ["0"])
        let none = try await cloud.page(["limit": 2, "nextToken": first["nextBackwardToken"] ?? .null])
        #expect(none.messages == [])
        #expect(none["nextBackwardToken"] == first["nextBackwardToken"])

        let head = try await cloud.page(["limit": 3, "startFromHead": true])
        #expect(head.messages == ["0", "1", "2"])
        let rest = try await cloud.page(["limit": 3, "nextToken": head["nextForwardToken"] ?? .null, "startFromHead": true])
        #expect(rest.messages == ["3", "4"])
        let end = try await cloud.page(["limit": 3, "nextToken": rest["nextForwardToken"] ?? .null, "startFromHead": true])
        #expect(end.messages == [])
        #expect(end["nextForwardToken"] == rest["nextForwardToken"])
        // What comes later stands behind it.
        try await cloud.put("5", at: 10)
        #expect(try await cloud.page(["nextToken": end["nextForwardToken"] ?? .null]).messages == ["5"])
    }

    @Test("A stream without events has tokens that lead to its first ones")
    func empty() async throws {
        let cloud = TestCloud()
        try await cloud.stream()
        let page = try await cloud.page()
        #expect(page.messages == [])
        try await cloud.put("first")
        #expect(try await cloud.page(["nextToken": page["nextForwardToken"] ?? .null]).messages == ["first"])
        #expect(try await cloud.page(["nextToken": page["nextBackwardToken"] ?? .null]).messages == [])
    }

    @Test("A token is an event's, forwards or backwards", arguments: [
        "nonsense", "x/38000000000000000000000000000000000000000000000000000000/s", "f/3800000000000000000000000000000000000000000000000000000/s",
        "f/99999999999999999999999999999999999999999999999999999999/s", "f/3800000000000000000000000000000000000000000000000000000x/s", "//",
    ])
    func invalidTokens(_ token: String) async throws {
        let cloud = TestCloud()
        try await cloud.stream()
        await cloud.refused(
            "GetLogEvents", ["logGroupName": "g", "logStreamName": "s", "nextToken": .string(token)], "InvalidParameterException", "The specified nextToken is invalid.")
        await cloud.refused(
            "FilterLogEvents", ["logGroupName": "g", "nextToken": .string(token)], "InvalidParameterException", "The specified nextToken is invalid.")
    }

    @Test("A page is no more than a megabyte")
    func pageBytes() async throws {
        let cloud = TestCloud()
        try await cloud.stream()
        let long = String(repeating: "x", count: 400_000)
        for index in 0..<4 { try await cloud.put(long, at: index) }
        #expect(try await cloud.messages().count == 2)
        let page = try await cloud("FilterLogEvents", ["logGroupName": "g"])
        #expect(page["events"]?.array?.count == 3)
        let rest = try await cloud("FilterLogEvents", ["logGroupName": "g", "nextToken": page["nextToken"] ?? .null])
        #expect(rest["events"]?.array?.count == 1)
        #expect(rest["nextToken"] == nil)
    }

    @Test("A time is a number in whatever form it is written")
    func numberForms() async throws {
        let cloud = TestCloud()
        try await cloud.stream()
        try await cloud("PutLogEvents", [
            "logGroupName": "g", "logStreamName": "s", "logEvents": [["timestamp": .number("1.7e12"), "message": "a"], ["timestamp": .number("1700000000001.0"), "message": "b"]],
        ])
        #expect(try await cloud.page()["events"]?.array?.map { $0["timestamp"] } == [1_700_000_000_000, 1_700_000_000_001])
    }

    // MARK: Batches

    @Test("A batch is in the order of its times, within a day and no more than a megabyte")
    func batches() async throws {
        let cloud = TestCloud()
        try await cloud.stream()
        func put(_ events: Document...) -> Document { ["logGroupName": "g", "logStreamName": "s", "logEvents": .array(events)] }
        func event(_ time: Int, _ message: String = "m") -> Document { ["timestamp": .int(cloud.now + time), "message": .string(message)] }
        await cloud.refused(
            "PutLogEvents", put(event(1), event(0)), "InvalidParameterException",
            "Log events in a single PutLogEvents request must be in chronological order.")
        await cloud.refused(
            "PutLogEvents", put(event(-86_400_001), event(0)), "InvalidParameterException",
            "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")
        await cloud.refused(
            "PutLogEvents", put(event(0, String(repeating: "x", count: 1_048_551))), "InvalidParameterException",
            "Log event too large: 1048577 bytes exceeds limit of 1048576")
        await cloud.refused(
            "PutLogEvents", put(event(0, String(repeating: "x", count: 1_048_500)), event(0, String(repeating: "x", count: 26))), "InvalidParameterException",
            "Upload too large: 1048578 bytes exceeds limit of 1048576")
        #expect(try await cloud.messages() == [])
        _ = try await cloud("PutLogEvents", put(event(-86_400_000), event(0)))
        _ = try await cloud("PutLogEvents", put(event(0, String(repeating: "x", count: 1_048_550))))
    }

    @Test("Events need a time and a message")
    func members() async throws {
        let cloud = TestCloud()
        try await cloud.stream()
        func put(_ events: Document) -> Document { ["logGroupName": "g", "logStreamName": "s", "logEvents": events] }
        await cloud.refused(
            "PutLogEvents", put([["message": "m"], ["timestamp": 1, "message": ""]]), "InvalidParameterException",
            "2 validation errors detected: Value null at 'logEvents.1.member.timestamp' failed to satisfy constraint: Member must not be null; "
                + "Value '' at 'logEvents.2.member.message' failed to satisfy constraint: Member must have length greater than or equal to 1")
        await cloud.refused(
            "PutLogEvents", put([["timestamp": -1, "message": "m"]]), "InvalidParameterException",
            "1 validation error detected: Value '-1' at 'logEvents.1.member.timestamp' failed to satisfy constraint: "
                + "Member must have value greater than or equal to 0")
        await cloud.refused(
            "PutLogEvents", put([]), "InvalidParameterException",
            "1 validation error detected: Value '[]' at 'logEvents' failed to satisfy constraint: Member must have length greater than or equal to 1")
    }

    @Test("Too old, expired and too new events are rejected, and the others taken")
    func rejected() async throws {
        let cloud = TestCloud()
        try await cloud.stream()
        let day = 86_400_000
        #expect(try await cloud.put("old", at: -14 * day - 1)["rejectedLogEventsInfo"] == ["tooOldLogEventEndIndex": 1])
        #expect(try await cloud.put("new", at: 2 * 3_600_000 + 1)["rejectedLogEventsInfo"] == ["tooNewLogEventStartIndex": 0])
        #expect(try await cloud.put("old", "kept", at: -14 * day - 1)["rejectedLogEventsInfo"] == ["tooOldLogEventEndIndex": 1])
        #expect(try await cloud.put("kept too", "new", at: 2 * 3_600_000)["rejectedLogEventsInfo"] == ["tooNewLogEventStartIndex": 1])
        try await cloud("PutRetentionPolicy", ["logGroupName": "g", "retentionInDays": 3])
        #expect(try await cloud.put("expired", "in time", at: -3 * day - 1)["rejectedLogEventsInfo"] == ["expiredLogEventEndIndex": 1])
        #expect(try await cloud.put("expired", at: -15 * day)["rejectedLogEventsInfo"] == ["tooOldLogEventEndIndex": 1, "expiredLogEventEndIndex": 1])
        #expect(try await cloud.messages() == ["in time", "kept too"])
    }

    @Test("Groups and streams must be there")
    func missing() async throws {
        let cloud = TestCloud()
        let noGroup = "The specified log group does not exist."
        let noStream = "The specified log stream does not exist."
        let event: Document = [["timestamp": .int(cloud.now), "message": "m"]]
        await cloud.refused("PutLogEvents", ["logGroupName": "g", "logStreamName": "s", "logEvents": event], "ResourceNotFoundException", noGroup)
        await cloud.refused("GetLogEvents", ["logGroupName": "g", "logStreamName": "s"], "ResourceNotFoundException", noGroup)
        await cloud.refused("FilterLogEvents", ["logGroupName": "g"], "ResourceNotFoundException", noGroup)
        try await cloud("CreateLogGroup", ["logGroupName": "g"])
        await cloud.refused("PutLogEvents", ["logGroupName": "g", "logStreamName": "s", "logEvents": event], "ResourceNotFoundException", noStream)
        await cloud.refused("GetLogEvents", ["logGroupName": "g", "logStreamName": "s"], "ResourceNotFoundException", noStream)
        await cloud.refused("FilterLogEvents", ["logGroupName": "g", "logStreamNames": ["s"]], "ResourceNotFoundException", noStream)
    }

    // MARK: FilterLogEvents

    @Test("The events of all streams come in the order of their times, page by page")
    func interleaved() async throws {
        let cloud = TestCloud()
        for name in ["a", "b", "c"] { try await cloud.stream(name) }
        for index in 0..<9 { try await cloud.put("\(index)", into: ["a", "b", "c"][index % 3], at: index / 2) }
        var found: [String] = []
        var token: Document?
        repeat {
            var input: Members = ["logGroupName": "g", "limit": 2]
            input["nextToken"] = token
            let page = try await cloud("FilterLogEvents", .object(input))
            #expect(page["searchedLogStreams"] == [])
            found += page.messages
            token = page["nextToken"]
        } while token != nil
        #expect(found.sorted() == (0..<9).map(String.init))
        #expect(found.compactMap { Int($0) }.map { $0 / 2 } == (0..<9).map { $0 / 2 })
        #expect(try await cloud.filtered(["logStreamNames": ["a", "c"]]).sorted() == ["0", "2", "3", "5", "6", "8"])
        #expect(try await cloud.filtered(["logStreamNamePrefix": "b"]) == ["1", "4", "7"])
    }

    @Test("An event's id grows with its time")
    func ids() async throws {
        let cloud = TestCloud()
        try await cloud.stream("a")
        try await cloud.stream("b")
        try await cloud.put("1", into: "b", at: 0)
        try await cloud.put("2", into: "a", at: 1)
        let events = try await cloud("FilterLogEvents", ["logGroupName": "g"])["events"]?.array ?? []
        let ids = events.compactMap { $0["eventId"]?.string }
        #expect(ids.allSatisfy { $0.count == 56 })
        #expect(ids == ids.sorted())
        // As AWS: the time is the number's upper part.
        #expect(ids.first?.hasPrefix("37911") == true)
    }

    @Test("Names and a prefix of streams exclude each other")
    func exclusive() async throws {
        let cloud = TestCloud()
        try await cloud.stream()
        await cloud.refused(
            "FilterLogEvents", ["logGroupName": "g", "logStreamNames": ["s"], "logStreamNamePrefix": "s"], "InvalidParameterException",
            "logStreamNamePrefix and logStreamNames are mutually exclusive parameters.")
    }
}

extension Document {
    var messages: [String] { self["events"]?.array?.compactMap { $0["message"]?.string } ?? [] }
}
