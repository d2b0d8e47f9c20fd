import Collections

/// The available messages of a FIFO queue: in order within each message group, and no group while a message of it is in flight.
struct FIFOGroups: Sendable {
    private struct Place: Comparable, Sendable {
        var group: String
        var order: UInt64

        static func < (left: Place, right: Place) -> Bool {
            left.group == right.group ? left.order < right.order : left.group < right.group
        }
    }

    private var waiting = SortedMap<Place, Void>()
    /// How many messages of a group are in flight.
    private var inFlight = SortedMap<String, Int>()
    /// The first waiting message of each group that isn't locked.
    private var heads = SortedMap<UInt64, String>()
    private var headOfGroup = SortedMap<String, UInt64>()

    var isEmpty: Bool { heads.isEmpty }
    var count: Int { waiting.count }

    mutating func insert(_ order: UInt64, group: String) {
        waiting.updateValue((), forKey: Place(group: group, order: order))
        refresh(group)
    }

    mutating func remove(_ order: UInt64, group: String) {
        guard waiting.removeValue(forKey: Place(group: group, order: order)) != nil else { return }
        refresh(group)
    }

    /// The next group that a message can be received of, behind those already seen, and its messages that wait, in their order.
    func next(after head: UInt64?) -> (head: UInt64, group: String)? {
        var groups = heads.ascending(from: head.map { .excluding($0) } ?? .unbounded)
        return groups.next().map { ($0.key, $0.value) }
    }

    /// The first messages of a group that wait.
    func waiting(in group: String, limit: Int) -> [UInt64] {
        var orders: [UInt64] = []
        var places = waiting.ascending(from: .including(Place(group: group, order: 0)))
        while orders.count < limit, let place = places.next()?.key, place.group == group { orders.append(place.order) }
        return orders
    }

    /// A message of the group is in flight.
    mutating func lock(_ group: String) {
        inFlight[group, default: 0] += 1
        refresh(group)
    }

    /// A message of the group is no longer in flight.
    mutating func unlock(_ group: String) {
        guard let count = inFlight[group] else { return }
        inFlight[group] = count > 1 ? count - 1 : nil
        refresh(group)
    }

    private mutating func refresh(_ group: String) {
        let head = inFlight.contains(group) ? nil : waiting(in: group, limit: 1).first
        let known = headOfGroup[group]
        guard head != known else { return }
        if let known { heads[known] = nil }
        if let head { heads[head] = group }
        headOfGroup[group] = head
    }
}
