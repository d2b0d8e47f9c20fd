import Kernel
import Synchronization

/// Chance for one invocation: repeatable where the cloud that runs it is.
final class RandomSource: Sendable {
    private let state: Mutex<UInt64>

    init(seed: UInt64) { state = Mutex(seed) }

    convenience init() { self.init(seed: Randomness.systemSeed()) }

    /// 64 random bits (SplitMix64).
    func next() -> UInt64 {
        state.withLock { state in
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    /// Less than the bound, which is positive; evenly for bounds far below 2^64.
    func next(below bound: Int64) -> Int64 { bound > 0 ? Int64(truncatingIfNeeded: next() >> 1) % bound : 0 }

    func bytes(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let word = next()
            for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(8 * shift))) }
        }
        return Array(bytes.prefix(max(count, 0)))
    }
}
