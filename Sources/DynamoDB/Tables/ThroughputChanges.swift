import Kernel

/// How often provisioned throughput may go down.
/// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html#decreasing-provisioned-throughput
extension Throughput {
    /// So many decreases a day of UTC are free; each further one must be an hour after the last.
    private static let freeDecreases = 4
    private static let decreaseInterval = Duration.seconds(3600)

    /// Decreases on the day of `now`.
    func decreases(on now: Timestamp) -> Int {
        guard let lastDecrease, lastDecrease.day == now.day else { return 0 }
        return decreasesToday
    }

    mutating func change(to wanted: Throughput, now: Timestamp) throws(AWSError) {
        if wanted.read < read || wanted.write < write {
            let today = decreases(on: now)
            if let lastDecrease, today >= Self.freeDecreases, now < lastDecrease + Self.decreaseInterval { throw Self.tooMany(today, lastDecrease) }
            lastDecrease = now
            decreasesToday = today + 1
        }
        if wanted.read > read || wanted.write > write { lastIncrease = now }
        read = wanted.read
        write = wanted.write
    }

    private static func tooMany(_ count: Int, _ last: Timestamp) -> AWSError {
        .subscriberLimit(
            "Provisioned throughput decreases are limited within a given UTC day. After the first \(freeDecreases) decreases, each subsequent decrease in the "
                + "same UTC day can be performed at most once every 3600 seconds. Number of decreases today: \(count). "
                + "Last decrease at \(last.spelled). Next decrease can be made at \(min(last + decreaseInterval, last.nextDay).spelled)")
    }

    /// - Parameter index: the index that it is of.
    func unchanged(index: String?) -> AWSError {
        let (what, place) = index.map { ("the index \($0)", "index \($0)") } ?? ("the table", "the table")
        return .validation(
            "The provisioned throughput for \(what) will not change. The requested value equals the current value. "
                + "Current ReadCapacityUnits provisioned for \(place): \(read). Requested ReadCapacityUnits: \(read). "
                + "Current WriteCapacityUnits provisioned for \(place): \(write). Requested WriteCapacityUnits: \(write). "
                + "Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.")
    }

    /// What an answer shows while it changes: the units, and the count of decreases, that it had.
    mutating func show(_ old: Throughput, at now: Timestamp) {
        read = old.read
        write = old.write
        decreasesToday = old.decreases(on: now)
    }
}

extension Timestamp {
    /// Days since the epoch.
    fileprivate var day: Int64 { (seconds - (seconds < 0 ? 86_399 : 0)) / 86_400 }

    /// The midnight after it: then the count begins anew.
    fileprivate var nextDay: Timestamp { Timestamp(seconds: (day + 1) * 86_400) }

    /// `Thursday, October 8, 2026 at 11:09:29 PM Coordinated Universal Time`
    fileprivate var spelled: String {
        let time = CalendarTime(self)
        let days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
        let months = [
            "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
        ]
        let clock = "\((time.hour + 11) % 12 + 1):\(CalendarTime.padded(time.minute, 2)):\(CalendarTime.padded(time.second, 2)) \(time.hour < 12 ? "AM" : "PM")"
        return "\(days[time.weekday]), \(months[time.month - 1]) \(time.day), \(time.year) at \(clock) Coordinated Universal Time"
    }
}
