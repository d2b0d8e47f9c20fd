import JSON
import Kernel
import SNS
import SQS

/// A cloud with SNS and the queues that it delivers to, at a time that stands still.
@CloudActor
final class TestCloud {
    let environment: Environment
    let sns: SNSService

    init(store: (any JournalStore)? = nil) {
        environment = Environment(store: store, seed: 1)
        sns = SNSService(environment)
        environment.add(sns)
        environment.add(SQSService(environment))
        environment.clock.freeze(at: Timestamp(seconds: 1_700_000_000))
    }

    @discardableResult
    func callAsFunction(_ operation: String, _ input: Document) async throws -> Document { try await call("sns", operation, input) }

    func call(_ service: String, _ operation: String, _ input: Document) async throws -> Document {
        try await environment.endpoint(service).call(operation, input, environment.call(in: Scope(account: "000000000000", region: "us-east-1"))).document
    }

    /// A new topic.
    /// - Returns: its ARN.
    func topic(_ name: String, _ attributes: Document = [:]) async throws -> String {
        try await self("CreateTopic", ["Name": .string(name), "Attributes": attributes])["TopicArn"]?.string ?? ""
    }

    /// A new queue that a topic delivers to.
    /// - Returns: the queue's URL.
    func queue(_ name: String, of topic: String, _ attributes: Document = [:]) async throws -> String {
        let url = try await call("sqs", "CreateQueue", ["QueueName": .string(name)])["QueueUrl"]?.string ?? ""
        try await self("Subscribe", [
            "TopicArn": .string(topic), "Protocol": "sqs", "Endpoint": .string("arn:aws:sqs:us-east-1:000000000000:\(name)"), "Attributes": attributes,
        ])
        return url
    }

    /// The bodies of the messages that are available in a queue.
    func bodies(_ url: String) async throws -> [String] {
        let answer = try await call("sqs", "ReceiveMessage", ["QueueUrl": .string(url), "MaxNumberOfMessages": 10])
        return answer["Messages"]?.array?.compactMap { $0["Body"]?.string } ?? []
    }

    func advance(by duration: Duration) { environment.advance(to: environment.clock.now + duration) }
}
