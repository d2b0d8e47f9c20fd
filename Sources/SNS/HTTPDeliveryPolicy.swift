import JSON
import Kernel

/// How messages reach addresses: how often they are tried, how many a second, and as what. A topic's policy, which a subscription's overrides.
/// https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html#creating-delivery-policy
struct HTTPDeliveryPolicy: Equatable {
    enum Backoff: String { case linear, arithmetic, geometric, exponential }

    /// Seconds.
    var minimumDelay = 20
    var maximumDelay = 20
    /// All of them.
    var retries = 3
    var retriesWithoutDelay = 0
    var retriesAtMinimum = 0
    var retriesAtMaximum = 0
    var backoff = Backoff.linear
    /// Messages a second; `nil` means as they come.
    var receivesPerSecond: Int?
    var contentType = "text/plain; charset=UTF-8"

    /// No delivery is tried for longer.
    static let longest = Duration.seconds(3600)

    /// - Parameters: the `DeliveryPolicy` of both, checked when they were set.
    init(topic: String?, subscription: String?) {
        let topic = topic.flatMap { try? Document(json: $0) }?["http"]
        take(retry: topic?["defaultHealthyRetryPolicy"], throttle: topic?["defaultThrottlePolicy"], request: topic?["defaultRequestPolicy"])
        guard topic?["disableSubscriptionOverrides"]?.bool != true, let own = subscription.flatMap({ try? Document(json: $0) }) else { return }
        take(retry: own["healthyRetryPolicy"], throttle: own["throttlePolicy"], request: own["requestPolicy"])
    }

    private mutating func take(retry: Document?, throttle: Document?, request: Document?) {
        func seconds(_ value: Document?) -> Int? { value?.int.map { min(max($0, 0), 3600) } }
        if let retry {
            minimumDelay = seconds(retry["minDelayTarget"]) ?? minimumDelay
            maximumDelay = max(seconds(retry["maxDelayTarget"]) ?? maximumDelay, minimumDelay)
            retries = retry["numRetries"]?.int.map { min(max($0, 0), 100) } ?? retries
            retriesWithoutDelay = retry["numNoDelayRetries"]?.int.map { max($0, 0) } ?? retriesWithoutDelay
            retriesAtMinimum = retry["numMinDelayRetries"]?.int.map { max($0, 0) } ?? retriesAtMinimum
            retriesAtMaximum = retry["numMaxDelayRetries"]?.int.map { max($0, 0) } ?? retriesAtMaximum
            backoff = retry["backoffFunction"]?.string.flatMap { Backoff(rawValue: $0) } ?? backoff
        }
        if let rate = throttle?["maxReceivesPerSecond"]?.int, rate > 0 { receivesPerSecond = rate }
        if let type = request?["headerContentType"]?.string, !type.isEmpty { contentType = type }
    }

    /// Without pause, at the least pause, growing, at the greatest: as many as there are retries in all, and within an hour.
    var pauses: [Duration] {
        var pauses = Array(repeating: Duration.zero, count: min(retriesWithoutDelay, retries))
        pauses += Array(repeating: .seconds(minimumDelay), count: min(retriesAtMinimum, retries - pauses.count))
        let last = min(retriesAtMaximum, retries - pauses.count)
        pauses += Self.growing(retries - pauses.count - last, from: minimumDelay, to: maximumDelay, backoff)
        pauses += Array(repeating: .seconds(maximumDelay), count: last)
        var sum = Duration.zero
        return Array(pauses.prefix { pause in
            sum += pause
            return sum <= Self.longest
        })
    }

    /// So many pauses from the least to the greatest. How AWS's functions grow isn't written down: this is what their names say.
    static func growing(_ count: Int, from least: Int, to greatest: Int, _ backoff: Backoff) -> [Duration] {
        guard count > 0 else { return [] }
        let (least, greatest) = (Double(least), Double(greatest))
        return (0..<count).map { index in
            let part = count == 1 ? 0 : Double(index) / Double(count - 1)
            let seconds =
                switch backoff {
                case .linear: least + (greatest - least) * part
                case .arithmetic: least + (greatest - least) * part * Double(index + 1) / Double(count)
                case .geometric: power(of: max(greatest, 1) / max(least, 1), index, count, least)
                case .exponential: min(max(least, 1) * Double(1 << min(index, 40)), greatest)
                }
            return .microseconds(Int64((min(max(seconds, least), greatest) * 1_000_000).rounded()))
        }
    }

    /// The term of a geometric series that begins with `first` and grows by `ratio` over all of its terms: the root by halving, since no library of
    /// mathematics is at hand.
    private static func power(of ratio: Double, _ index: Int, _ count: Int, _ first: Double) -> Double {
        guard count > 1, ratio > 1 else { return first }
        var (low, high) = (1.0, ratio)
        for _ in 0..<60 {
            let middle = (low + high) / 2
            var product = 1.0
            for _ in 1..<count where product <= ratio { product *= middle }
            if product > ratio { high = middle } else { low = middle }
        }
        return (0..<index).reduce(max(first, 1)) { product, _ in product * low }
    }
}
