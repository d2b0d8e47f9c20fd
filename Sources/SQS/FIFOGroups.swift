import Collections

/// The messages of a FIFO queue that wait, in order within each message group, and which of them may go.
///
/// A message waits behind every earlier one of its group that is in flight. Groups take turns: whose first message has been waiting longest comes first,
/// so one that was handed out and has come back is behind those that haven't been.
struct FIFOGroups: Sendable {
    private struct Place: Comparable, Sendable {
        var group: String
        var order: UInt64

        static func < (left: Place, right: Place) -> Bool {
            left.group == right.group ? left.order < right.order : left.group < right.group
        }
    }

    /// With the turn that each took when it began to wait.
    private var waiting = SortedMap<Place, UInt64>()
    private var inFlight = SortedMap<Place, Void>()
    /// The groups of which a message may go, by the turn of their first.
    private var heads = SortedMap<UInt64, String>()
    private var headOfGroup = SortedMap<String, UInt64>()
    private var lastTurn: UInt64 = 0

    var isEmpty: Bool { heads.isEmpty }

    /// A message waits.
    mutating func insert(_ order: UInt64, group: String) {
        lastTurn += 1
        waiting.updateValue(lastTurn, forKey: Place(group: group, order: order))
        refresh(group)
    }

    mutating func remove(_ order: UInt64, group: String) {
        guard waiting.removeValue(forKey: Place(group: group, order: order)) != nil else { return }
        refresh(group)
    }

    /// A message is in flight.
    mutating func lock(_ order: UInt64, group: String) {
        inFlight.updateValue((), forKey: Place(group: group, order: order))
        refresh(group)
    }

    /// A message is no longer in flight.
    mutating func unlock(_ order: UInt64, group: String) {
        guard inFlight.removeValue(forKey: Place(group: group, order: order)) != nil else { return }
        refresh(group)
    }

    /// The next group of which a message may go, behind the one of that turn.
    func next(after turn: UInt64?) -> (turn: UInt64, group: String)? {
        var groups = heads.ascending(from: turn.map { .excluding($0) } ?? .unbounded)
        return groups.next().map { ($0.key, $0.value) }
    }

    /// The first messages of a group that may go.
    func receivable(in group: String, limit: Int) -> [UInt64] {
        let end = firstInFlight(group)
        var orders: [UInt64] = []
        var places = waiting.ascending(from: .including(Place(group: group, order: 0)))
        while orders.count < limit, let place = places.next()?.key, place.group == group, place.order < end { orders.append(place.order) }
        return orders
    }

    private func firstInFlight(_ group: String) -> UInt64 {
        guard !inFlight.isEmpty else { return .max }
        var places = inFlight.ascending(from: .including(Place(group: group, order: 0)))
        guard let first = places.next()?.key, first.group == group else { return .max }
        return first.order
    }

    private mutating func refresh(_ group: String) {
        var places = waiting.ascending(from: .including(Place(group: group, order: 0)))
        var turn: UInt64?
        if let first = places.next(), first.key.group == group, first.key.order < firstInFlight(group) { turn = first.value }
        let known = headOfGroup[group]
        guard turn != known else { return }
        if let known { heads[known] = nil }
        if let turn { heads[turn] = group }
        headOfGroup[group] = turn
    }
}
