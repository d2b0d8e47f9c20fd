import Kernel
import Testing

@testable import SNS

@Suite("HTTP delivery policies") struct HTTPDeliveryPolicyTests {
    @Test("Without a policy there are three retries, twenty seconds apart")
    func defaults() {
        let policy = HTTPDeliveryPolicy(topic: nil, subscription: nil)
        #expect(policy.pauses == Array(repeating: .seconds(20), count: 3))
        #expect(policy.contentType == "text/plain; charset=UTF-8")
        #expect(policy.receivesPerSecond == nil)
    }

    @Test("Retries come without delay, at the least, growing, and at the greatest delay")
    func phases() {
        let policy = HTTPDeliveryPolicy(
            topic: nil,
            subscription: """
                {"healthyRetryPolicy":{"minDelayTarget":1,"maxDelayTarget":9,"numRetries":7,"numNoDelayRetries":1,"numMinDelayRetries":2,"numMaxDelayRetries":1,
                "backoffFunction":"linear"}}
                """)
        #expect(policy.pauses == [.zero, .seconds(1), .seconds(1), .seconds(1), .seconds(5), .seconds(9), .seconds(9)])
    }

    @Test("A subscription's policy overrides its topic's, unless the topic forbids it")
    func overriding() {
        let subscription = #"{"healthyRetryPolicy":{"numRetries":1},"throttlePolicy":{"maxReceivesPerSecond":5},"requestPolicy":{"headerContentType":"application/xml"}}"#
        let open = HTTPDeliveryPolicy(topic: #"{"http":{"defaultHealthyRetryPolicy":{"numRetries":2,"minDelayTarget":5}}}"#, subscription: subscription)
        #expect(open.pauses == [.seconds(5)])
        #expect(open.receivesPerSecond == 5)
        #expect(open.contentType == "application/xml")
        let closed = HTTPDeliveryPolicy(topic: #"{"http":{"defaultHealthyRetryPolicy":{"numRetries":2},"disableSubscriptionOverrides":true}}"#, subscription: subscription)
        #expect(closed.pauses == [.seconds(20), .seconds(20)])
        #expect(closed.receivesPerSecond == nil)
    }

    @Test("Pauses grow from the least to the greatest", arguments: [
        (HTTPDeliveryPolicy.Backoff.linear, [10, 20, 30, 40]), (.arithmetic, [10, 15, 25, 40]), (.exponential, [10, 20, 40, 40]),
    ])
    func growth(_ backoff: HTTPDeliveryPolicy.Backoff, seconds: [Int]) {
        #expect(HTTPDeliveryPolicy.growing(4, from: 10, to: 40, backoff) == seconds.map { .seconds($0) })
    }

    @Test("A geometric series multiplies by the same each time")
    func geometric() {
        let pauses = HTTPDeliveryPolicy.growing(4, from: 1, to: 27, .geometric).map { Double($0.components.seconds) + Double($0.components.attoseconds) * 1e-18 }
        for (pause, expected) in zip(pauses, [1.0, 3, 9, 27]) { #expect(abs(pause - expected) < 0.001) }
    }

    @Test("Nothing is tried for longer than an hour")
    func anHour() {
        let policy = HTTPDeliveryPolicy(topic: nil, subscription: #"{"healthyRetryPolicy":{"minDelayTarget":1000,"maxDelayTarget":1000,"numRetries":100}}"#)
        #expect(policy.pauses.count == 3)
    }
}
