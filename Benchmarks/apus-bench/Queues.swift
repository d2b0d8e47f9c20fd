import CLinux
import Foundation
import Glibc

/// What queues cost: `apus-bench --apus PATH --queues [--messages N]`.
enum Queues {
    private static let account = "000000000000"

    static func request(_ operation: String, _ body: String) -> [UInt8] { Requests.dynamoDB(operation, body, target: "AmazonSQS") }

    private static func url(_ name: String) -> String { "http://localhost:4566/\(account)/\(name)" }

    private static func send(_ queue: String, _ number: Int) -> [UInt8] {
        request("SendMessage", "{\"QueueUrl\":\"\(url(queue))\",\"MessageBody\":\"message \(number) \(String(repeating: "x", count: 100))\"}")
    }

    private static func sendTen(_ queue: String, _ number: Int) -> [UInt8] {
        let entries = (0..<10).map { "{\"Id\":\"\($0)\",\"MessageBody\":\"message \(number * 10 + $0)\"}" }.joined(separator: ",")
        return request("SendMessageBatch", "{\"QueueUrl\":\"\(url(queue))\",\"Entries\":[\(entries)]}")
    }

    private static func receive(_ queue: String, _ limit: Int = 1, wait: Int = 0) -> [UInt8] {
        request("ReceiveMessage", "{\"QueueUrl\":\"\(url(queue))\",\"MaxNumberOfMessages\":\(limit),\"WaitTimeSeconds\":\(wait),\"VisibilityTimeout\":43200}")
    }

    static func run(_ apus: String, port: UInt16, messages: Int) throws {
        let server = try startBeside(apus, ["serve", "--port", "\(port)"] + (option("--data").map { ["--data", $0] } ?? []))
        guard waitUntilAnswering(port) else { fatalError("apus doesn't answer") }
        defer {
            kill(server.processIdentifier, SIGTERM)
            server.waitUntilExit()
        }
        let client = LoadClient<HTTPFraming>(port: port)
        for queue in ["sends", "cycle", "wake", "idle", "large"] {
            precondition(client.run(connections: 1, requests: 1) { _ in request("CreateQueue", "{\"QueueName\":\"\(queue)\"}") }.failures == 0)
        }
        measure("SendMessage", 1, 20_000, client, of: server) { send("sends", $0) }
        measure("SendMessage", 32, 100_000, client, of: server) { send("sends", $0) }
        measure("SendMessageBatch of ten", 32, 10_000, client, of: server) { sendTen("sends", $0) }
        measure("ReceiveMessage of ten", 32, 10_000, client, of: server) { _ in receive("sends", 10) }
        cycle(port, of: server)
        wakeUp(port)
        try idle(port, of: server)
        growth(client, of: server, largest: messages)
    }

    /// One message after the other is sent, received and deleted on one connection.
    private static func cycle(_ port: UInt16, of server: Process) {
        guard let connection = Connection(port) else { return }
        let before = processorSeconds(server)
        let start = nanoseconds()
        let count = 10_000
        for number in 0..<count {
            _ = connection.exchange(send("cycle", number))
            guard let handle = text("ReceiptHandle", in: connection.exchange(receive("cycle"))) else { fatalError("no message") }
            _ = connection.exchange(request("DeleteMessage", "{\"QueueUrl\":\"\(url("cycle"))\",\"ReceiptHandle\":\"\(handle)\"}"))
        }
        let seconds = Double(nanoseconds() - start) / 1e9
        print(String(format: "send, receive, delete         1 connection  %9.0f cycles/s   server %5.1f us each", Double(count) / seconds, (processorSeconds(server) - before) / Double(count) * 1e6))
    }

    /// From the send's leaving to the arrival of the answer at the one who waits.
    private static func wakeUp(_ port: UInt16) {
        guard let sender = Connection(port), let waiter = Connection(port) else { return }
        var latencies: [Double] = []
        for number in 0..<2000 {
            waiter.write(receive("wake", wait: 20))
            // An answer on the other connection means that the server has read the first.
            _ = sender.exchange(request("GetQueueUrl", "{\"QueueName\":\"wake\"}"))
            let start = nanoseconds()
            sender.write(send("wake", number))
            let answer = waiter.read()
            latencies.append(Double(nanoseconds() - start) / 1e6)
            _ = sender.read()
            guard let handle = text("ReceiptHandle", in: answer) else { fatalError("no message") }
            _ = sender.exchange(request("DeleteMessage", "{\"QueueUrl\":\"\(url("wake"))\",\"ReceiptHandle\":\"\(handle)\"}"))
        }
        latencies.sort()
        print(String(format: "long poll, send to arrival    p50 %7.3f ms   p99 %7.3f ms   longest %7.3f ms", latencies[1000], latencies[1980], latencies[1999]))
    }

    /// A thousand receives that wait, and nothing comes.
    private static func idle(_ port: UInt16, of server: Process) throws {
        let connections = (0..<1000).compactMap { _ in Connection(port) }
        for connection in connections { connection.write(receive("idle", wait: 20)) }
        if let connection = Connection(port) { _ = connection.exchange(request("ListQueues", "{}")) }
        let before = processorSeconds(server)
        sleep(10)
        print(String(format: "1,000 receives that wait      %.2f %% of a processor over ten seconds (%d connections)", (processorSeconds(server) - before) * 10, connections.count))
    }

    private static func growth(_ client: LoadClient<HTTPFraming>, of server: Process, largest: Int) {
        let idle = residentMegabytes(server)
        var present = 0
        for size in [1000, 10_000, 100_000, 1_000_000] where size <= largest {
            let batches = (size - present) / 10
            precondition(client.run(connections: 8, requests: batches) { sendTen("large", $0) }.failures == 0)
            present = size
            print(String(format: "a queue of %d messages: %.1f MB, %.0f bytes each", size, residentMegabytes(server), (residentMegabytes(server) - idle) * 1_048_576 / Double(size)))
            measure("  SendMessage", 1, 5000, client, of: server) { send("large", $0) }
            measure("  ReceiveMessage", 1, 5000, client, of: server) { _ in receive("large") }
            present += 5000
        }
        // A snapshot shares everything; the first change after it copies what it touches.
        let snapshot = Array("POST /_apus/snapshots/x HTTP/1.1\r\nHost: localhost:4566\r\nContent-Length: 2\r\n\r\n{}".utf8)
        let taken = client.run(connections: 1, requests: 1) { _ in snapshot }
        let first = client.run(connections: 1, requests: 1) { _ in send("large", 0) }
        let second = client.run(connections: 1, requests: 1) { _ in receive("large") }
        precondition(taken.failures + first.failures + second.failures == 0)
        print(String(format: "snapshot %.3f ms, first SendMessage after it %.3f ms, first ReceiveMessage %.3f ms", taken.percentile(0.5), first.percentile(0.5), second.percentile(0.5)))
    }

    /// The value of a member of a JSON answer that has no escapes in it.
    private static func text(_ member: String, in answer: [UInt8]) -> String? {
        let text = String(decoding: answer, as: UTF8.self)
        guard let start = text.range(of: "\"\(member)\":\"")?.upperBound, let end = text[start...].firstIndex(of: "\"") else { return nil }
        return String(text[start..<end])
    }

    /// One connection, used by one request after the other.
    final class Connection {
        private let descriptor: Int32
        private var buffer = [UInt8](repeating: 0, count: 1 << 16)

        init?(_ port: UInt16) {
            guard let descriptor = LoadClient<HTTPFraming>.connect(port) else { return nil }
            self.descriptor = descriptor
        }

        deinit { close(descriptor) }

        func write(_ bytes: [UInt8]) { bytes.withUnsafeBytes { _ = Glibc.write(descriptor, $0.baseAddress, $0.count) } }

        func read() -> [UInt8] {
            var count = 0
            while true {
                let got = buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress! + count, $0.count - count) }
                guard got > 0 else { fatalError("the server is gone") }
                count += got
                if let length = buffer.withUnsafeBytes({ HTTPFraming.length(of: UnsafeRawBufferPointer(rebasing: $0[0..<count])) }) { return Array(buffer[0..<length]) }
            }
        }

        func exchange(_ bytes: [UInt8]) -> [UInt8] {
            write(bytes)
            return read()
        }
    }
}
