@testable import CloudWatchLogs
import JSON
import Kernel
import Testing

@Suite("Queries") @CloudActor struct QueryTests {
    /// Rows as lists of names and values, without pointers.
    private func rows(_ answer: Document) -> [[String]] {
        (answer["results"]?.array ?? []).map { row in
            (row.array ?? []).filter { $0["field"] != "@ptr" }.map { "\($0["field"]?.string ?? "")=\($0["value"]?.string ?? "")" }
        }
    }

    private func run(_ text: String, _ cloud: TestCloud, _ more: Members = [:]) async throws -> Document {
        var input: Members = ["logGroupName": "g", "startTime": .int(cloud.now / 1000 - 3600), "endTime": .int(cloud.now / 1000), "queryString": .string(text)]
        for member in more { input[member.name] = member.value }
        let id = try await cloud("StartQuery", .object(input))["queryId"] ?? .null
        _ = await cloud.environment.settle()
        return try await cloud("GetQueryResults", ["queryId": id])
    }

    private func filled() async throws -> TestCloud {
        let cloud = TestCloud()
        try await cloud.stream()
        try await cloud.put(
            #"{"level":"INFO","user":{"name":"a"},"latency":10,"tags":["x","y"]}"#, #"{"level":"ERROR","user":{"name":"b"},"latency":30}"#,
            #"{"level":"ERROR","user":{"name":"a"},"latency":2.5}"#, "user=c, method:get, latency := 7", at: -60_000)
        return cloud
    }

    @Test("Without commands the latest come first, with their times")
    func plain() async throws {
        let cloud = try await filled()
        let answer = try await run("fields @timestamp, @message | limit 2", cloud)
        #expect(answer["status"] == "Complete")
        #expect(rows(answer) == [
            ["@timestamp=2023-11-14 22:12:20.003", "@message=user=c, method:get, latency := 7"],
            ["@timestamp=2023-11-14 22:12:20.002", #"@message={"level":"ERROR","user":{"name":"a"},"latency":2.5}"#],
        ])
        #expect(answer["results"]?[0]?.array?.last?["field"] == "@ptr")
        #expect(answer["statistics"]?["recordsMatched"] == 4)
        #expect(answer["statistics"]?["recordsScanned"] == 4)
        #expect(try await rows(run("", cloud, ["limit": 1])).count == 1)
    }

    nonisolated static let queries: [(String, [[String]])] = [
        ("filter level = \"ERROR\" | fields user.name, latency | sort latency desc", [["user.name=b", "latency=30"], ["user.name=a", "latency=2.5"]]),
        ("filter level = 'ERROR' and latency > 5 | display latency", [["latency=30"]]),
        ("filter tags.0 = 'x' | display tags.1", [["tags.1=y"]]),
        ("filter @message like /(?i)error/ | stats count(*)", [["count(*)=2"]]),
        ("filter @message like 'method' | display @logStream, @log", [["@logStream=s", "@log=000000000000:g"]]),
        ("filter @message not like /level/ | stats count() as n", [["n=1"]]),
        ("filter level in ['INFO', 'WARN'] | display level", [["level=INFO"]]),
        ("filter not (level = 'ERROR' or ispresent(level)) | display @message", [["@message=user=c, method:get, latency := 7"]]),
        ("stats count(*) as n, avg(latency) by level | sort level", [["n=1"], ["level=ERROR", "n=2", "avg(latency)=16.25"], ["level=INFO", "n=1", "avg(latency)=10"]]),
        ("stats min(latency), max(latency), sum(latency), pct(latency, 50), count_distinct(user.name)",
            [["min(latency)=2.5", "max(latency)=30", "sum(latency)=42.5", "pct(latency, 50)=10", "count_distinct(user.name)=2"]]),
        ("stats count(*) by bin(5m)", [["bin(5m)=2023-11-14 22:10:00.000", "count(*)=4"]]),
        ("filter level = 'INFO' | fields latency * 2 + 1 as twice, concat(level, '-', user.name) as who | display twice, who", [["twice=21", "who=INFO-a"]]),
        ("parse @message 'user=*, method:*, latency := *' as who, method, took | filter took = 7 | display who, method, took",
            [["who=c", "method=get", "took=7"]]),
        ("parse @message /user=(?<who>\\w+), method:(?<how>\\w+)/ | filter ispresent(who) | display who, how", [["who=c", "how=get"]]),
        ("filter ispresent(level) | dedup level | display level", [["level=ERROR"], ["level=INFO"]]),
        ("filter latency > 1 | sort latency | limit 1 | display latency # the least", [["latency=2.5"]]),
        ("stats count(*) as n by level | filter n > 1 | display level", [["level=ERROR"]]),
        ("filter toupper(user.name) =~ /^A$/ | stats latest(latency), earliest(latency)", [["latest(latency)=2.5", "earliest(latency)=10"]]),
        ("filter `level` = 'INFO' | display strlen(level), substr(level, 1, 2), replace(level, 'N', 'n'), trim('  x '), coalesce(nothing, 'y')",
            [["strlen(level)=4", "substr(level, 1, 2)=NF", "replace(level, 'N', 'n')=InFO", "trim('  x ')=x", "coalesce(nothing, 'y')=y"]]),
        ("filter level = 'INFO' | display 7 % 4, 2 ^ 10, 1 / 3, -latency, abs(0 - 4), floor(2.7), 1 / 0",
            [["7 % 4=3", "2 ^ 10=1024", "1 / 3=0.3333", "-latency=-10", "abs(0 - 4)=4", "floor(2.7)=2"]]),
        ("filter level = 'INFO' | display datefloor(@timestamp, 1h) as hour, tomillis(@timestamp) as ms",
            [["hour=2023-11-14 22:00:00.000", "ms=1699999940000"]]),
    ]

    @Test("answer what they ask for", arguments: queries)
    func answers(_ text: String, _ expected: [[String]]) async throws {
        #expect(try await rows(run(text, filled())) == expected)
    }

    @Test("Lambda's lines have fields of their own")
    func lambdaFields() async throws {
        let cloud = TestCloud()
        try await cloud.stream()
        try await cloud.put(
            "START RequestId: 8f5 Version: $LATEST\n",
            "REPORT RequestId: 8f5\tDuration: 12.34 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\tMax Memory Used: 64 MB\tInit Duration: 100.5 ms\t\n", at: -100)
        #expect(try await rows(run("filter @type = 'REPORT' | stats max(@duration), max(@billedDuration), max(@maxMemoryUsed / 1000 / 1000) as mb, max(@initDuration) by @requestId", cloud)) == [
            ["@requestId=8f5", "max(@duration)=12.34", "max(@billedDuration)=13", "mb=64", "max(@initDuration)=100.5"]
        ])
    }

    @Test("What can't be read is refused with its place", arguments: [
        ("fields1 @message", "unexpected symbol found fields1 at line 1 and position 0"), ("fields @message | limit x", "unexpected symbol found x at line 1 and position 24"),
        ("filter (a = 1", "unexpected symbol found <EOF> at line 1 and position 13"), ("filter a =", "unexpected symbol found <EOF> at line 1 and position 10"),
        ("stats nothing(x)", "unexpected symbol found nothing at line 1 and position 6"), ("filter @message like /(/", "Invalid regular expression"),
        ("parse @message 'a * b' as x, y", "The number of names must be that of the asterisks"), ("filter a = 'open", "unexpected symbol found ' at line 1 and position 11"),
        ("limit 0", "unexpected symbol found 0 at line 1 and position 6"), ("fields @message ;", "unexpected symbol found ; at line 1 and position 16"),
    ])
    func malformed(_ text: String, _ message: String) async throws {
        let cloud = try await filled()
        await cloud.refused(
            "StartQuery", ["logGroupName": "g", "startTime": 0, "endTime": 1, "queryString": .string(text)], "MalformedQueryException", message)
        #expect(try await cloud("DescribeQueries") == ["queries": []])
    }

    @Test("What isn't there is named", arguments: [("pattern @message", "the command pattern"), ("fields now()", "the function now")])
    func unimplemented(_ text: String, _ what: String) async throws {
        let cloud = try await filled()
        await cloud.refused(
            "StartQuery", ["logGroupName": "g", "startTime": 0, "endTime": 1, "queryString": .string(text)], "NotImplementedException",
            "Apus does not implement logs StartQuery \(what) yet.", status: 501)
    }

    @Test("Expressions take time in proportion to the text", arguments: ["(a*)*b", "(a|a)*b", "(a?){200}a{200}b", "(x+x+)+y"])
    func regexTime(_ expression: String) throws {
        let regex = try QueryRegex(expression)
        #expect(!regex.matches(String(repeating: "a", count: 2000)))
        #expect(!regex.matches(String(repeating: "x", count: 2000)))
    }

    @Test("Numbers are written with four digits of a fraction at most", arguments: [
        (1.0, "1"), (2.5, "2.5"), (1.0 / 3, "0.3333"), (-0.00004, "0"), (-922_337_203_685_477.5808, "-922337203685477.5808"), (1e300, "1e+300"),
    ])
    func numbers(_ value: Double, _ text: String) { #expect(QueryValue.number(value).text == text) }

    @Test("Groups hold what they matched", arguments: [
        ("(a+)(b?)", "xaab", ["aa", "b"]), ("(a|ab)(c|bcd)", "abcd", ["a", "bcd"]), ("(.*?),(.*)", "1,2,3", ["1", "2,3"]), ("\\bfoo(\\d{2,3})\\b", "foo1 foo1234 foo12", ["12"]),
        ("^(?:x|y)([^=]+)=(\\S+)$", "xkey=value", ["key", "value"]), ("(?i)(ERR)", "an err", ["err"]), ("([a-c]+)(z)?", "abc", ["abc", nil]),
    ] as [(String, String, [String?])])
    func captures(_ expression: String, _ text: String, _ expected: [String?]) throws {
        #expect(try QueryRegex(expression).captures(in: text) == expected)
    }

    @Test("A query can be seen running, and be stopped")
    func stopping() async throws {
        let cloud = try await filled()
        let id = try await cloud("StartQuery", ["logGroupNames": ["g"], "startTime": 0, "endTime": .int(cloud.now / 1000), "queryString": "fields @message"])["queryId"] ?? .null
        #expect(try await cloud("StopQuery", ["queryId": id]) == ["success": true])
        _ = await cloud.environment.settle()
        let answer = try await cloud("GetQueryResults", ["queryId": id])
        #expect(answer["status"] == "Cancelled")
        #expect(answer["results"] == [])
        await cloud.refused(
            "StopQuery", ["queryId": id], "InvalidParameterException", "Query with id \(id.string ?? "") is not in a cancellable state: Cancelled.")
        await cloud.refused("GetQueryResults", ["queryId": "nobody's"], "ResourceNotFoundException", "Query with id nobody's does not exist.")
        #expect(try await cloud("DescribeQueries", ["status": "Cancelled", "logGroupName": "g"])["queries"]?[0]?["queryId"] == id)
        #expect(try await cloud("DescribeQueries", ["status": "Complete"]) == ["queries": []])
    }

    @Test("Results come in pages, outlive a restart, and are gone after a week")
    func keeping() async throws {
        let store = MemoryStore()
        let cloud = TestCloud(store: store)
        cloud.environment.attach()
        try await cloud.stream()
        try await cloud.put("a", "b", "c", at: -1000)
        let id = try await cloud("StartQuery", [
            "logGroupIdentifiers": ["arn:aws:logs:us-east-1:000000000000:log-group:g"], "startTime": 0, "endTime": .int(cloud.now / 1000), "queryString": "fields @message",
        ])["queryId"] ?? .null
        _ = await cloud.environment.settle()
        await cloud.environment.journal.commit()
        cloud.environment.detach()
        let again = TestCloud(store: store)
        try again.environment.load()
        #expect(try await again("GetQueryResults", ["queryId": id]) == cloud("GetQueryResults", ["queryId": id]))
        let page = try await again("GetQueryResults", ["queryId": id, "maxItems": 2])
        #expect(rows(page) == [["@message=c"], ["@message=b"]])
        #expect(try await rows(again("GetQueryResults", ["queryId": id, "nextToken": page["nextToken"] ?? .null])) == [["@message=a"]])
        again.advance(by: .seconds(7 * 86_400 + 1))
        await again.refused("GetQueryResults", ["queryId": id], "ResourceNotFoundException", "Query with id \(id.string ?? "") does not exist.")
    }

    @Test("A query names its groups once, and they are there")
    func groups() async throws {
        let cloud = try await filled()
        await cloud.refused(
            "StartQuery", ["startTime": 0, "endTime": 1, "queryString": ""], "InvalidParameterException",
            "Exactly one of the parameters logGroupName, logGroupNames, and logGroupIdentifiers must be given.")
        await cloud.refused(
            "StartQuery", ["logGroupNames": ["g", "h"], "startTime": 0, "endTime": 1, "queryString": ""], "ResourceNotFoundException",
            "The specified log group does not exist.")
        try await cloud.stream("s", of: "h")
        try await cloud.put("later", of: "h", at: -10)
        let answer = try await run("fields @message | limit 2", cloud, ["logGroupName": .null, "logGroupNames": ["g", "h"]])
        #expect(rows(answer) == [["@message=later"], ["@message=user=c, method:get, latency := 7"]])
        #expect(answer["statistics"]?["logGroupsScanned"] == 2)
    }
}
