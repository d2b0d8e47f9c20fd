import Collections
import Kernel

/// When which mapping has something to do by itself. Its first is known at once, however many mappings there are.
struct WakeSchedule {
    enum Wake: Hashable {
        /// A state that it passes through ends.
        case mapping(String)
        case shard(ConsumerKey)
        case queue(String)
    }

    private struct Due: Comparable {
        var time: Timestamp
        /// In the order in which they were set.
        var number: UInt64

        static func < (left: Due, right: Due) -> Bool { left.time != right.time ? left.time < right.time : left.number < right.number }
    }

    private var order = SortedMap<Due, Wake>()
    private var times: [Wake: Due] = [:]
    private var lastNumber: UInt64 = 0

    var next: Timestamp? { order.first?.key.time }

    /// Sets or takes away the one time of a wake.
    mutating func set(_ wake: Wake, _ time: Timestamp?) {
        if let known = times[wake] {
            guard known.time != time else { return }
            order[known] = nil
            times[wake] = nil
        }
        guard let time else { return }
        lastNumber += 1
        let due = Due(time: time, number: lastNumber)
        order[due] = wake
        times[wake] = due
    }

    mutating func popDue(_ now: Timestamp) -> Wake? {
        guard let first = order.first, first.key.time <= now else { return nil }
        order[first.key] = nil
        times[first.value] = nil
        return first.value
    }
}
