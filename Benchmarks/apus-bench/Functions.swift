import Cloud
import Compression
import Foundation
import JSON
import LambdaRuntime
import Synchronization

/// What functions cost: `apus-bench --functions [--messages N]`. The cloud runs in this process, so that a handler reads the client's clock; the requests come
/// over loopback all the same.
enum Functions {
    /// What the handler has seen.
    private final class Arrivals: Sendable {
        private let count = Mutex(0)
        private let latest = Mutex<Int64>(0)
        private let arrived = DispatchSemaphore(value: 0)

        func note(_ records: Int) {
            latest.withLock { $0 = nanoseconds() }
            count.withLock { $0 += records }
            arrived.signal()
        }

        /// Waits for the next one.
        /// - Returns: when the handler was entered.
        func next() -> Int64 {
            arrived.wait()
            return latest.withLock { $0 }
        }

        /// Waits until so many have come in all.
        func wait(for total: Int) {
            while count.withLock({ $0 }) < total { arrived.wait() }
        }
    }

    private static let account = "000000000000"

    static func run(messages: Int) {
        let (streams, queues) = (Arrivals(), Arrivals())
        let port = wait { try await start(streams, queues) }
        guard let connection = Queues.Connection(port) else { fatalError("the cloud doesn't listen") }
        invoke(connection)
        latency("PutItem to handler", connection, streams) { Requests.dynamoDB("PutItem", "{\"TableName\":\"bench\",\"Item\":{\"PK\":{\"S\":\"item-\($0)\"}}}") }
        latency("SendMessage to handler", connection, queues) { Queues.request("SendMessage", "{\"QueueUrl\":\"\(url)\",\"MessageBody\":\"message \($0)\"}") }
        throughput(port, queues, messages)
        for runtime in Runtime.all { processes(runtime, connection) }
    }

    /// A runtime of this machine, with a function that answers what it is given.
    private struct Runtime {
        var name: String
        var handler: String
        var file: String
        var mode: UInt16 = 0o644
        var source: String

        static let all = [
            Runtime(name: "python3.13", handler: "app.handler", file: "app.py", source: "def handler(event, context): return event"),
            Runtime(name: "nodejs22.x", handler: "index.handler", file: "index.js", source: "exports.handler = async event => event"),
            // The program that serves the documented systems' handlers, as it was built beside this one.
            Runtime(
                name: "provided.al2023", handler: "Boletia.findOne", file: "bootstrap", mode: 0o755,
                source: "#!/bin/sh\nexec \(Bundle.main.bundlePath)/bootstrap\n"),
        ]
    }

    /// How long the first invocation takes of a process that isn't there yet, and how long the others.
    private static func processes(_ runtime: Runtime, _ connection: Queues.Connection) {
        var archive = ZipWriter()
        archive.addFile(runtime.file, Array(runtime.source.utf8), permissions: runtime.mode)
        let name = "process-\(runtime.name.prefix(6))"
        let creation: Document = [
            "FunctionName": .string(name), "Runtime": .string(runtime.name), "Role": "arn:aws:iam::000000000000:role/bench", "Handler": .string(runtime.handler),
            "Code": ["ZipFile": .string(Data(archive.finished()).base64EncodedString())],
        ]
        let cloud = kept.withLock { $0 }
        _ = wait { try await cloud?.call("lambda", "CreateFunction", creation) }
        let request = invocation(of: name)
        var cold: [Double] = []
        for number in 0..<20 {
            // Another configuration is another process.
            _ = wait { try await cloud?.call("lambda", "UpdateFunctionConfiguration", ["FunctionName": .string(name), "Description": .string("\(number)")]) }
            cold.append(time(request, connection))
        }
        report("\(runtime.name), cold", cold)
        for _ in 0..<200 { _ = time(request, connection) }
        report("\(runtime.name), warm", (0..<2000).map { _ in time(request, connection) })
    }

    /// Milliseconds.
    private static func time(_ request: [UInt8], _ connection: Queues.Connection) -> Double {
        let start = nanoseconds()
        _ = connection.exchange(request)
        return Double(nanoseconds() - start) / 1e6
    }

    private static let url = "http://localhost:4566/\(account)/bench"

    /// A cloud with a table and a queue that feed a function each.
    private static func start(_ streams: Arrivals, _ queues: Arrivals) async throws -> UInt16 {
        let cloud = try await LocalCloud()
        let port = try await cloud.listen(port: 0)
        await cloud.register("echo", LambdaHandler(bytes: { payload, _ in payload }))
        await cloud.register("streams", LambdaHandler(bytes: { _, _ in streams.note(1); return [] }))
        await cloud.register("queues", LambdaHandler(bytes: { payload, _ in queues.note(try Document(json: payload)["Records"]?.array?.count ?? 0); return [] }))
        for name in ["echo", "streams", "queues"] {
            _ = try await cloud.call(
                "lambda", "CreateFunction",
                [
                    "FunctionName": .string(name), "Runtime": "provided.al2023", "Role": "arn:aws:iam::000000000000:role/bench", "Handler": .string(name),
                    "Code": ["ZipFile": "UEsDBBQAAAAAAAAAhlMAAAAAAAAAAAAAAAABAAAAZlBLAQIUAxQAAAAAAAAAhlMAAAAAAAAAAAAAAAABAAAAAAAAAAAAAACAAQAAAABmUEsFBgAAAAABAAEALwAAAB8AAAAAAA=="],
                ])
        }
        let table = try await cloud.call(
            "dynamodb", "CreateTable",
            [
                "TableName": "bench", "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": [["AttributeName": "PK", "AttributeType": "S"]],
                "KeySchema": [["AttributeName": "PK", "KeyType": "HASH"]], "StreamSpecification": ["StreamEnabled": true, "StreamViewType": "NEW_IMAGE"],
            ])
        _ = try await cloud.call("sqs", "CreateQueue", ["QueueName": "bench"])
        let stream = table["TableDescription"]?["LatestStreamArn"] ?? .null
        _ = try await cloud.call(
            "lambda", "CreateEventSourceMapping", ["EventSourceArn": stream, "FunctionName": "streams", "StartingPosition": "TRIM_HORIZON"])
        _ = try await cloud.call(
            "lambda", "CreateEventSourceMapping", ["EventSourceArn": "arn:aws:sqs:us-east-1:000000000000:bench", "FunctionName": "queues", "BatchSize": 10])
        kept.withLock { $0 = cloud }
        return port
    }

    private static let kept = Mutex<LocalCloud?>(nil)

    /// Runs what is asynchronous, and waits for it.
    private static func wait<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) -> Value {
        let done = DispatchSemaphore(value: 0)
        let result = Later<Value>()
        Task.detached {
            do { result.set(try await body()) } catch { fatalError("\(error)") }
            done.signal()
        }
        done.wait()
        guard let value = result.value else { fatalError("nothing came of it") }
        return value
    }

    // MARK: Figures

    private static func invocation(of function: String) -> [UInt8] {
        let body = "{\"n\":1}"
        let head = """
            POST /2015-03-31/functions/\(function)/invocations HTTP/1.1\r\nHost: localhost:4566\r\nX-Amz-Date: 20261121T080000Z\r\n\
            Authorization: AWS4-HMAC-SHA256 Credential=test/20261121/us-east-1/lambda/aws4_request, SignedHeaders=host;x-amz-date, Signature=00\r\n\
            Content-Length: \(body.utf8.count)\r\n\r\n
            """
        return Array((head + body).utf8)
    }

    private static func invoke(_ connection: Queues.Connection) {
        let request = invocation(of: "echo")
        for _ in 0..<500 { _ = time(request, connection) }
        report("Invoke, registered handler", (0..<5000).map { _ in time(request, connection) })
    }

    /// From the request's leaving to the handler's first instruction.
    private static func latency(_ name: String, _ connection: Queues.Connection, _ arrivals: Arrivals, _ request: (Int) -> [UInt8]) {
        var times: [Double] = []
        for number in 0..<2200 {
            let start = nanoseconds()
            connection.write(request(number))
            let end = arrivals.next()
            _ = connection.read()
            if number >= 200 { times.append(Double(end - start) / 1e6) }
        }
        report(name, times)
    }

    private static func report(_ name: String, _ times: [Double]) {
        let sorted = times.sorted()
        print(
            name.padding(toLength: 28, withPad: " ", startingAt: 0)
                + String(format: "p50 %7.3f ms   p99 %7.3f ms   longest %7.3f ms", sorted[sorted.count / 2], sorted[sorted.count * 99 / 100], sorted[sorted.count - 1]))
    }

    /// Messages sent ten by ten, and the handler is done with them ten by ten at most.
    private static func throughput(_ port: UInt16, _ arrivals: Arrivals, _ messages: Int) {
        let before = 2200
        let client = LoadClient<HTTPFraming>(port: port)
        let start = nanoseconds()
        let sent = client.run(connections: 8, requests: messages / 10) { number in
            let entries = (0..<10).map { "{\"Id\":\"\($0)\",\"MessageBody\":\"message \(number * 10 + $0)\"}" }.joined(separator: ",")
            return Queues.request("SendMessageBatch", "{\"QueueUrl\":\"\(url)\",\"Entries\":[\(entries)]}")
        }
        precondition(sent.failures == 0)
        arrivals.wait(for: before + messages / 10 * 10)
        let seconds = Double(nanoseconds() - start) / 1e9
        print(String(format: "SQS to Lambda               %9.0f events/s   (%d in %.2f s, batches of ten, five at once)", Double(messages / 10 * 10) / seconds, messages / 10 * 10, seconds))
    }
}

/// A value that comes later, from another thread.
private final class Later<Value: Sendable>: Sendable {
    private let result = Mutex<Value?>(nil)
    func set(_ value: Value) { result.withLock { $0 = value } }
    var value: Value? { result.withLock { $0 } }
}
