import Collections
@testable import Kernel
import Testing

@CloudActor
@Suite("Fabric")
struct FabricTests {
    let unavailable = AWSError("ServiceUnavailable", nil, status: 503)

    @Test("a delivery starts after the commit of the change that caused it, and not with the commit of an earlier one")
    func startsAfterCommit() async throws {
        let store = ManualStore()
        let environment = Environment.frozen(store: store)
        let inbox = Inbox("lambda", in: environment)
        try environment.deliver("one")
        environment.endTurn()
        try environment.deliver("two")
        environment.endTurn()
        #expect(environment.nextDeadline == nil)
        await turn()
        #expect(inbox.texts == [])
        #expect(store.batches.count == 1)
        await store.complete()
        await turn()
        #expect(inbox.texts == ["one"])
        environment.act()
        await turn()
        #expect(inbox.texts == ["one"])
        await store.complete()
        await turn()
        #expect(inbox.texts == ["one", "two"])
        environment.detach()
    }

    @Test("a failed delivery is tried again at its times, then goes to the dead letters")
    func retries() async throws {
        let environment = Environment.frozen()
        let inbox = Inbox("lambda", in: environment)
        let dead = Inbox("sqs", in: environment)
        inbox.failures = Array(repeating: unavailable, count: 3)
        try environment.deliver("x", policy: RetryPolicy(pauses: [.seconds(60), .seconds(120)]), deadLetterTarget: "arn:aws:sqs:us-west-2:123456789012:dlq")
        #expect(await environment.settle() == .zero)
        #expect(inbox.times == [0])
        #expect(environment.nextDeadline == start + .seconds(60))
        #expect(await environment.settle(jumping: .seconds(59)) == .zero)
        #expect(inbox.times == [0])
        #expect(await environment.settle(jumping: .seconds(600)) == .seconds(180))
        #expect(inbox.times == [0, 60, 180])
        #expect(inbox.received.map(\.attempts) == [0, 1, 2])
        #expect(dead.texts == ["x"])
        #expect(dead.times == [180])
        #expect(environment.fabric.state.deliveries.isEmpty)
        #expect(environment.nextDeadline == nil)
        environment.detach()
    }

    @Test("a receiver may decide itself when a delivery is tried again, and keeps notes with it that outlive the process")
    func receiversDecision() async throws {
        let store = ManualStore()
        let environment = Environment.frozen(store: store)
        let counter = Counter("lambda", in: environment)
        try environment.deliver("x")
        environment.endTurn()
        await store.complete()
        await turn()
        #expect(counter.seen == [""])
        #expect(environment.nextDeadline == start + .seconds(7))
        environment.endTurn()
        let kept = try #require(store.batches.last?.compactMap { change -> (String, [UInt8], [UInt8])? in
            if case .put("fabric", let key, let value) = change { ("fabric", key, value) } else { nil }
        }.last)
        environment.detach()

        let again = Environment(store: ManualStore([kept]), seed: 2)
        again.clock.freeze(at: start)
        let other = Counter("lambda", in: again)
        try again.load()
        again.attach()
        again.advance(to: start + .seconds(7))
        await turn()
        #expect(other.seen == ["1"])
        #expect(other.givenUp == ["11"])
        again.detach()
    }

    @Test("an error that another attempt can't mend is final", arguments: [400, 404, 403])
    func finalErrors(_ status: Int) async throws {
        let environment = Environment.frozen()
        let inbox = Inbox("lambda", in: environment)
        inbox.failures = [AWSError("X", nil, status: status)]
        try environment.deliver("x", policy: RetryPolicy(pauses: [.zero, .zero]))
        await environment.fabric.idle()
        #expect(inbox.texts == ["x"])
        #expect(environment.fabric.state.deliveries.isEmpty)
        environment.detach()
    }

    @Test("being throttled is worth another attempt, and a pause of nothing is no idleness")
    func throttled() async throws {
        let environment = Environment.frozen()
        let inbox = Inbox("lambda", in: environment)
        inbox.failures = [AWSError("TooManyRequestsException", nil, status: 429), unavailable]
        try environment.deliver("x", policy: RetryPolicy(pauses: [.zero, .zero, .zero]))
        await environment.fabric.idle()
        #expect(inbox.times == [0, 0, 0])
        #expect(environment.fabric.state.deliveries.isEmpty)
        environment.detach()
    }

    @Test("a delivery that is too old is given up before its attempts are used up")
    func maximumAge() async throws {
        let environment = Environment.frozen()
        let inbox = Inbox("lambda", in: environment)
        inbox.failures = Array(repeating: unavailable, count: 9)
        try environment.deliver("x", policy: RetryPolicy(pauses: Array(repeating: .seconds(60), count: 8), maximumAge: .seconds(120)))
        _ = await environment.settle(jumping: .seconds(3600))
        #expect(inbox.times == [0, 60, 120])
        #expect(environment.fabric.state.deliveries.isEmpty)
        environment.detach()
    }

    @Test("where nobody receives, at the target or at the dead letters', the sender is told at once")
    func nobodyReceives() {
        let environment = Environment.frozen()
        #expect(throws: AWSError.notImplemented("deliveries to arn:aws:lambda:us-west-2:123456789012:function:f")) { try environment.deliver("x") }
        _ = Inbox("lambda", in: environment)
        #expect(throws: AWSError.notImplemented("deliveries to arn:aws:sqs:us-west-2:123456789012:q")) {
            try environment.deliver("x", deadLetterTarget: "arn:aws:sqs:us-west-2:123456789012:q")
        }
        #expect(environment.fabric.state.deliveries.isEmpty)
        environment.detach()
    }

    @Test("deliveries that were pending are pending again after loading, with their attempts and times")
    func load() async throws {
        let environment = Environment.frozen()
        let inbox = Inbox("lambda", in: environment)
        inbox.failures = [unavailable, unavailable]
        for text in ["a", "b"] { try environment.deliver(text, policy: RetryPolicy(pauses: [.seconds(30)], maximumAge: .seconds(90)), deadLetterTarget: nil) }
        await environment.fabric.idle()
        var entries: [(String, [UInt8], [UInt8])] = []
        environment.fabric.entries { entries.append(("fabric", $0, $1)) }
        environment.detach()

        let store = ManualStore(entries)
        let again = Environment.frozen(store: store)
        let second = Inbox("lambda", in: again)
        try again.load()
        #expect(Array(again.fabric.state.deliveries.map(\.value)) == Array(environment.fabric.state.deliveries.map(\.value)))
        #expect(again.fabric.state.lastID == 2)
        #expect(again.nextDeadline == start + .seconds(30))
        again.advance(to: start + .seconds(31))
        await turn()
        await turn()
        #expect(second.texts == ["a", "b"])
        #expect(second.received.map(\.attempts) == [1, 1])
        #expect(store.batches.flatMap { $0 } == entries.map { .delete(service: "fabric", key: $0.1) })
        again.detach()
    }

    @Test("an attempt that was under way when the state was replaced changes nothing in the new one")
    func replacedWhileUnderWay() async throws {
        let environment = Environment.frozen()
        let inbox = Inbox("lambda", in: environment)
        inbox.isHeld = true
        inbox.failures = [unavailable]
        try environment.deliver("old", policy: RetryPolicy(pauses: [.seconds(1)]))
        await turn()
        #expect(inbox.texts == ["old"])
        environment.reset()
        environment.clock.freeze(at: start)
        inbox.letGo()
        await environment.fabric.idle()
        #expect(environment.fabric.state.deliveries.isEmpty)
        #expect(environment.nextDeadline == nil)
        environment.detach()
    }

    @Test("many deliveries at many times are each made at their time, in the order of their times")
    func manyDeliveries() async throws {
        let environment = Environment.frozen()
        let inbox = Inbox("lambda", in: environment)
        let count = 2000
        inbox.failures = Array(repeating: unavailable, count: count)
        for number in 0..<count { try environment.deliver("\(number)", policy: RetryPolicy(pauses: [.seconds(number * 7919 % count + 1)])) }
        #expect(await environment.settle(jumping: .seconds(count)) == .seconds(count))
        #expect(inbox.times.suffix(count) == ArraySlice((1...Int64(count)).map { $0 }))
        environment.detach()
    }

    @Test("what changed is signalled once a turn, after the commit, to those who still want to know")
    func signals() async {
        let store = ManualStore()
        let environment = Environment.frozen(store: store)
        let ticker = Ticker("ticker", in: environment)
        var told: [String] = []
        let second = Watched()
        _ = environment.fabric.observe("a") {
            told.append("first")
            if let observation = second.observation { environment.fabric.cancel(observation) }
        }
        second.observation = environment.fabric.observe("a") { told.append("second") }
        ticker.note("k", "v")
        environment.fabric.signal("a")
        environment.fabric.signal("a")
        environment.fabric.signal("nobody")
        #expect(!environment.fabric.isIdle)
        environment.endTurn()
        await turn()
        #expect(told == [])
        #expect(environment.fabric.underway == ["signals"])
        await store.complete()
        #expect(told == ["first"])
        #expect(environment.fabric.isIdle)
        environment.detach()
    }

    @Test("idle returns when the last thing under way has ended and everything is committed")
    func idle() async {
        let environment = Environment.frozen()
        let first = environment.fabric.begin("first")
        let second = environment.fabric.begin("second")
        #expect(environment.fabric.underway == ["first", "second"])
        var isIdle = false
        let waiting = Task { @CloudActor in
            await environment.fabric.idle()
            isIdle = true
        }
        await turn()
        environment.fabric.end(first)
        await turn()
        #expect(!isIdle)
        environment.fabric.end(second)
        await waiting.value
        #expect(isIdle)
        environment.detach()
    }
}

/// An observation that a closure made before it can reach.
@CloudActor
private final class Watched {
    var observation: Fabric.Observation?
}

@Suite("Retry policies") struct RetryPolicyTests {
    @Test("The last pause comes again as often as the policy says")
    func repeats() {
        let policy = RetryPolicy(pauses: [.zero, .seconds(20)], repeats: 2)
        #expect((1...5).map { policy.pause(after: $0) } == [.zero, .seconds(20), .seconds(20), .seconds(20), nil])
        #expect(RetryPolicy.once.pause(after: 1) == nil)
    }
}

/// Fails always, and counts on the delivery how often: tries again after seven seconds, once.
@CloudActor
private final class Counter: Receiver {
    private(set) var seen: [String] = []
    private(set) var givenUp: [String] = []

    init(_ service: String, in environment: Environment) { environment.fabric.register(self, forService: service) }

    func receive(_ delivery: Delivery) async throws(AWSError) {
        seen.append(String(decoding: delivery.notes, as: UTF8.self))
        throw AWSError("Final", nil, status: 400)
    }

    func retry(_ delivery: inout Delivery, after error: AWSError, at now: Timestamp) -> Timestamp? {
        delivery.notes.append(UInt8(ascii: "1"))
        return delivery.attempts < 2 ? now + .seconds(7) : nil
    }

    func giveUp(_ delivery: Delivery, _ error: AWSError) { givenUp.append(String(decoding: delivery.notes, as: UTF8.self)) }
}
