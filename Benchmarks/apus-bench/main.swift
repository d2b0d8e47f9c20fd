import Foundation
import Glibc

// Measures Apus over loopback beside Redis:
// `apus-bench --apus PATH [--items N] [--requests N] [--data DIR] [--only NAME] [--connections N]`.
// Beside what the client sees it says how much processor time the server took for each request: on a busy machine only that is comparable.

func option(_ name: String) -> String? {
    guard let index = CommandLine.arguments.firstIndex(of: name), index + 1 < CommandLine.arguments.count else { return nil }
    return CommandLine.arguments[index + 1]
}

let apus = option("--apus") ?? ".build/release/apus"
let items = option("--items").flatMap(Int.init) ?? 100_000
let requests = option("--requests").flatMap(Int.init) ?? 100_000
let port: UInt16 = option("--port").flatMap(UInt16.init) ?? 14566

func start(_ command: String, _ arguments: [String]) throws -> Process {
    let process = Process()
    process.executableURL = URL(filePath: command)
    process.arguments = arguments
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    return process
}

/// Starts a server on the second processor; the client stays on the first. Left alone, the scheduler often puts both on the same one, where
/// they preempt each other at every answer, and the figures say more about that than about either. A server with a store has threads of
/// its own, and both processors.
func startBeside(_ command: String, _ arguments: [String]) throws -> Process {
    let taskset = "/usr/bin/taskset"
    guard sysconf(Int32(_SC_NPROCESSORS_ONLN)) > 1, option("--data") == nil, FileManager.default.isExecutableFile(atPath: taskset) else {
        return try start(command, arguments)
    }
    try start(taskset, ["-p", "-c", "0", "\(getpid())"]).waitUntilExit()
    return try start(taskset, ["-c", "1", command] + arguments)
}

/// Connects as soon as something listens. A minute at most: a million items come back from a store first.
func waitUntilAnswering(_ port: UInt16) -> Bool {
    let end = nanoseconds() + 60_000_000_000
    while nanoseconds() < end {
        if let descriptor = LoadClient<HTTPFraming>.connect(port) {
            close(descriptor)
            return true
        }
        sched_yield()
    }
    return false
}

func residentMegabytes(_ process: Process) -> Double {
    guard let status = try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8),
        let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") }),
        let kilobytes = line.split(separator: " ").dropLast().last.flatMap({ Double($0.trimmingCharacters(in: .whitespaces)) })
    else { return 0 }
    return kilobytes / 1024
}

/// Seconds of processor time that a process has used, user's and system's.
func processorSeconds(_ process: Process) -> Double {
    guard let text = try? String(contentsOfFile: "/proc/\(process.processIdentifier)/stat", encoding: .utf8), let end = text.lastIndex(of: ")") else { return 0 }
    // Behind the name in brackets come the fields from the third on; the 14th and 15th are in ticks.
    let fields = text[end...].split(separator: " ")
    guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else { return 0 }
    return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
}

/// Puts a load on a server and prints what was measured. The requests are made before the time runs.
@discardableResult
func measure<Framing: ResponseFraming>(
    _ name: String, _ connections: Int, _ requests: Int, _ client: LoadClient<Framing>, of process: Process, request: (Int) -> [UInt8]
) -> Measurement {
    if let only = option("--only"), !name.hasPrefix(only), !name.hasPrefix("load") { return Measurement(requests: 1, seconds: 1, latencies: [], failures: 0) }
    let prepared = (0..<requests).map(request)
    let before = processorSeconds(process)
    let result = client.run(connections: connections, requests: requests) { prepared[$0] }
    let processor = (processorSeconds(process) - before) / Double(requests) * 1e6
    let failures = result.failures == 0 ? "" : "   \(result.failures) FAILED"
    print(
        name.padding(toLength: 28, withPad: " ", startingAt: 0)
            + String(format: "%3d connections %9.0f requests/s   p50 %7.3f ms   p99 %7.3f ms   server %5.1f us each", connections, result.perSecond, result.percentile(0.5), result.percentile(0.99), processor)
            + failures)
    return result
}

if CommandLine.arguments.contains("--scale") {
    try Scale.run(apus, port: port, largest: option("--largest").flatMap(Int.init) ?? 1_000_000)
    exit(0)
}

if CommandLine.arguments.contains("--queues") {
    try Queues.run(apus, port: port, messages: option("--messages").flatMap(Int.init) ?? 1_000_000)
    exit(0)
}

if CommandLine.arguments.contains("--topics") {
    try Topics.run(apus, port: port, messages: option("--messages").flatMap(Int.init) ?? 10_000)
    exit(0)
}

if CommandLine.arguments.contains("--functions") {
    Functions.run(messages: option("--messages").flatMap(Int.init) ?? 50_000)
    exit(0)
}

let json = JSONSpeed.measure()
print(String(format: "JSON, five usual texts        read %.0f MB/s, written %.0f MB/s", json.read, json.write))

// Start to the first answer.
var starts: [Double] = []
for _ in 0..<11 {
    let begin = nanoseconds()
    let process = try start(apus, ["serve", "--port", "\(port)"])
    guard waitUntilAnswering(port) else { fatalError("apus doesn't answer") }
    let first = LoadClient<HTTPFraming>(port: port).run(connections: 1, requests: 1) { _ in Requests.listTables }
    precondition(first.failures == 0)
    starts.append(Double(nanoseconds() - begin) / 1e6)
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
}
print(String(format: "start to first answer         median %.1f ms (of 11, %.1f to %.1f)", starts.sorted()[5], starts.min()!, starts.max()!))

// Everything else against one process.
let server = try startBeside(apus, ["serve", "--port", "\(port)"] + (option("--data").map { ["--data", $0] } ?? []))
guard waitUntilAnswering(port) else { fatalError("apus doesn't answer") }
let client = LoadClient<HTTPFraming>(port: port)
_ = client.run(connections: 1, requests: 1) { _ in Requests.listTables }
print(String(format: "resident memory idle          %.1f MB", residentMegabytes(server)))
precondition(client.run(connections: 1, requests: 1) { _ in Requests.createTable }.failures == 0)

measure("load PutItem (1 KB)", 32, items, client, of: server) { Requests.put($0) }
print(String(format: "resident memory, %6d items %.1f MB", items, residentMegabytes(server)))

var getRate = 0.0
for connections in option("--connections").flatMap({ Int($0) }).map({ [$0] }) ?? [1, 32] {
    let count = connections == 1 ? requests / 4 : requests
    getRate = measure("GetItem", connections, count, client, of: server) { Requests.get(($0 &* 7919) % items) }.perSecond
    measure("PutItem (1 KB)", connections, count, client, of: server) { Requests.put(($0 &* 7919) % items, version: 1 + $0) }
    measure("Query on a GSI (10 items)", connections, count / 4, client, of: server) { Requests.query(($0 &* 7919) % (items / 10)) }
    measure("TransactWriteItems of two", connections, count / 2, client, of: server) { Requests.transact(($0 &* 7919) % items) }
}

// Redis in the same run, by the same client: as many values of the size that GetItem reads.
if let path = ["/usr/bin/redis-server", "/usr/local/bin/redis-server"].first(where: { FileManager.default.isExecutableFile(atPath: $0) }) {
    let redis = try startBeside(path, ["--port", "\(port + 1)", "--save", "", "--appendonly", "no"])
    if waitUntilAnswering(port + 1) {
        let client = LoadClient<RedisFraming>(port: port + 1)
        let value = String(repeating: "x", count: 1000)
        func command(_ parts: String...) -> [UInt8] {
            Array(("*\(parts.count)\r\n" + parts.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined()).utf8)
        }
        _ = client.run(connections: 32, requests: items) { command("SET", "item-\($0)", value) }
        for connections in option("--connections").flatMap({ Int($0) }).map({ [$0] }) ?? [1, 32] {
            let count = connections == 1 ? requests / 4 : requests
            let result = measure("redis GET (1 KB)", connections, count, client, of: redis) { command("GET", "item-\(($0 &* 7919) % items)") }
            if connections == 32 { print(String(format: "GetItem / redis GET at 32     %.2f", getRate / result.perSecond)) }
        }
    }
    kill(redis.processIdentifier, SIGKILL)
} else {
    print("redis-server isn't installed: no comparison")
}
kill(server.processIdentifier, SIGTERM)
server.waitUntilExit()
