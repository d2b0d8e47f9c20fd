import Foundation
import Glibc

/// What fan-out costs: `apus-bench --apus PATH --topics [--messages N]`.
enum Topics {
    private static func request(_ service: String, _ form: String) -> [UInt8] {
        let head = """
            POST / HTTP/1.1\r\nHost: localhost:4566\r\nContent-Type: application/x-www-form-urlencoded; charset=utf-8\r\nUser-Agent: apus-bench\r\n\
            X-Amz-Date: 20261121T080000Z\r\nAuthorization: AWS4-HMAC-SHA256 Credential=test/20261121/us-east-1/\(service)/aws4_request, \
            SignedHeaders=content-type;host;x-amz-date, Signature=0000000000000000000000000000000000000000000000000000000000000000\r\n\
            Content-Length: \(form.utf8.count)\r\n\r\n
            """
        return Array(head.utf8) + Array(form.utf8)
    }

    private static func topic(_ name: String) -> String { "arn:aws:sns:us-east-1:000000000000:\(name)" }

    private static func publish(_ name: String, _ number: Int) -> [UInt8] {
        request(
            "sns",
            "Action=Publish&Version=2010-03-31&TopicArn=\(topic(name))&Message=message+\(number)+\(String(repeating: "x", count: 100))"
                + "&MessageAttributes.entry.1.Name=kind&MessageAttributes.entry.1.Value.DataType=String&MessageAttributes.entry.1.Value.StringValue=order")
    }

    static func run(_ apus: String, port: UInt16, messages: Int) throws {
        let server = try startBeside(apus, ["serve", "--port", "\(port)"] + (option("--data").map { ["--data", $0] } ?? []))
        guard waitUntilAnswering(port) else { fatalError("apus doesn't answer") }
        defer {
            kill(server.processIdentifier, SIGTERM)
            server.waitUntilExit()
        }
        let client = LoadClient<HTTPFraming>(port: port)
        func set(_ service: String, _ form: String) { precondition(client.run(connections: 1, requests: 1) { _ in request(service, form) }.failures == 0, form) }
        for (name, attribute) in [
            ("raw", "&Attributes.entry.1.key=RawMessageDelivery&Attributes.entry.1.value=true"), ("enveloped", ""),
            (
                "filtered",
                "&Attributes.entry.1.key=RawMessageDelivery&Attributes.entry.1.value=true&Attributes.entry.2.key=FilterPolicy&Attributes.entry.2.value=%7B%22kind%22:[%22order%22]%7D"
            ),
        ] {
            set("sns", "Action=CreateTopic&Version=2010-03-31&Name=\(name)")
            for number in 0..<10 {
                set("sqs", "Action=CreateQueue&Version=2012-11-05&QueueName=\(name)\(number)")
                set(
                    "sns",
                    "Action=Subscribe&Version=2010-03-31&TopicArn=\(topic(name))&Protocol=sqs&Endpoint=arn:aws:sqs:us-east-1:000000000000:\(name)\(number)\(attribute)")
            }
        }
        set("sns", "Action=CreateTopic&Version=2010-03-31&Name=empty")
        for connections in [1, 32] {
            measure("publish to no queue", connections, messages, client, of: server) { publish("empty", $0) }
            measure("publish to ten, raw", connections, messages, client, of: server) { publish("raw", $0) }
            measure("publish to ten, filtered", connections, messages, client, of: server) { publish("filtered", $0) }
            measure("publish to ten, enveloped", connections, messages, client, of: server) { publish("enveloped", $0) }
        }
    }
}
