import Kernel

/// What a table or an index may still use of its throughput.
///
/// It fills at the rate that is set, and keeps what was not used for 300 seconds, as documented of burst capacity. A request is let in while there is
/// anything left, and may take more than there is: so an item larger than the rate can be written, and what follows waits until the debt is paid.
/// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/burst-adaptive-capacity.html
package struct TokenBucket: Sendable, Equatable {
    /// Seconds for which unused capacity is kept.
    static let burst = 300.0

    private(set) var units = 0.0
    private var filled: Timestamp?

    /// Adds what came since it was last asked.
    /// - Parameters:
    ///   - rate: units a second.
    ///   - created: when its resource was made; a new one has the units of one second.
    mutating func fill(rate: Double, since created: Timestamp, now: Timestamp) {
        let elapsed = max(.zero, now - (filled ?? created))
        if filled == nil { units = rate }
        units = min(Self.burst * rate, units + elapsed / .seconds(1) * rate)
        filled = now
    }

    mutating func take(_ units: Double) { self.units -= units }
}

/// The two throughputs of a table or an index.
package struct ThroughputMeter: Sendable, Equatable {
    var read = TokenBucket()
    var write = TokenBucket()
}
