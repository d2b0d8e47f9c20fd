import Cloud
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

    private static func invoke(_ connection: Queues.Connection) {
        let body = "{\"n\":1}"
        let head = """
            POST /2015-03-31/functions/echo/invocations HTTP/1.1\r\nHost: localhost:4566\r\nX-Amz-Date: 20261121T080000Z\r\n\
            Authorization: AWS4-HMAC-SHA256 Credential=test/20261121/us-east-1/lambda/aws4_request, SignedHeaders=host;x-amz-date, Signature=00\r\n\
            Content-Length: \(body.utf8.count)\r\n\r\n
            """
        let request = Array((head + body).utf8)
        for _ in 0..<500 { _ = connection.exchange(request) }
        var times: [Double] = []
        for _ in 0..<5000 {
            let start = nanoseconds()
            _ = connection.exchange(request)
            times.append(Double(nanoseconds() - start) / 1e6)
        }
        report("Invoke, registered handler", times)
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
