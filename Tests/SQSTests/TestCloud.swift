import JSON
import Kernel
import SQS

/// A cloud with nothing in it but SQS, at a time that stands still.
@CloudActor
final class TestCloud {
    let environment: Environment
    let sqs: SQSService

    init(store: (any JournalStore)? = nil) {
        environment = Environment(store: store, seed: 1)
        sqs = SQSService(environment)
        environment.add(sqs)
        environment.clock.freeze(at: Timestamp(seconds: 1_700_000_000))
    }

    @discardableResult
    func callAsFunction(_ operation: String, _ input: Document) async throws -> Document {
        try await environment.endpoint("sqs").call(operation, input, environment.call(in: Scope(account: "000000000000", region: "us-east-1"))).document
    }

    /// A new queue.
    /// - Returns: its URL.
    func queue(_ name: String, _ attributes: Document = [:]) async throws -> String {
        try await self("CreateQueue", ["QueueName": .string(name), "Attributes": attributes])["QueueUrl"]?.string ?? ""
    }

    func advance(by duration: Duration) { environment.advance(to: environment.clock.now + duration) }
}
