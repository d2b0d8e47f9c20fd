import Collections
import Kernel

/// A point in time at which something becomes of a message by itself.
struct Due: Comparable, Sendable {
    var time: Timestamp
    var order: UInt64

    static func < (left: Due, right: Due) -> Bool { left.time != right.time ? left.time < right.time : left.order < right.order }
}

/// A queue: its settings, its messages, and where each of these stands. It knows no other queue and no clock.
///
/// Messages have numbers in the order in which they came; a message that becomes available again takes its old place.
struct Queue: Sendable {
    /// Unlike that of any other queue: receipt handles and the journal have it.
    let id: UInt64
    let name: QueueName
    var attributes: QueueAttributes
    var tags: [String: String] = [:]
    var created: Timestamp
    var modified: Timestamp
    var lastPurge: Timestamp?
    /// The deadline that the service knows of.
    var scheduled: Timestamp?

    private(set) var messages = SortedMap<UInt64, Message>()
    private var available = SortedMap<UInt64, Void>()
    private var groups = FIFOGroups()
    /// The messages that aren't available, by when they will be.
    private var due = SortedMap<Due, Void>()
    /// All messages, by when they were sent.
    private var bySent = SortedMap<Due, Void>()
    private(set) var inFlightCount = 0
    private(set) var delayedCount = 0
    /// The number of the message that came last.
    private(set) var lastOrder: UInt64 = 0
    var taken = Window<TakenMessage>()
    var attempts = Window<ReceiveAttempt>()
    /// What the latest message's `SequenceNumber` was made of, in a FIFO queue.
    var lastSequence: UInt64 = 0

    init(id: UInt64, name: QueueName, attributes: QueueAttributes, created: Timestamp) {
        self.id = id
        self.name = name
        self.attributes = attributes
        self.created = created
        modified = created
    }

    var isFIFO: Bool { attributes.isFIFO }
    var arn: ARN { ARN("sqs", name.name, in: name.scope) }
    /// Neither delayed nor in flight.
    var availableCount: Int { messages.count - inFlightCount - delayedCount }
    var hasReceivable: Bool { isFIFO ? !groups.isEmpty : !available.isEmpty }

    // MARK: In and out

    /// Takes a message in.
    /// - Returns: its number.
    mutating func put(_ sent: SentMessage, delay: Duration, at now: Timestamp) -> UInt64 {
        lastOrder += 1
        let isDelayed = delay > .zero
        insert(Message(sent: sent, place: isDelayed ? .delayed(until: now + delay) : .available), lastOrder)
        return lastOrder
    }

    /// Takes a message in as it stood, from the journal.
    mutating func insert(_ message: Message, _ order: UInt64) {
        lastOrder = max(lastOrder, order)
        messages[order] = message
        bySent.updateValue((), forKey: Due(time: message.sent.sent, order: order))
        enter(message, order)
    }

    /// Takes a message out for good.
    @discardableResult
    mutating func remove(_ order: UInt64) -> Message? {
        guard let message = messages.removeValue(forKey: order) else { return nil }
        bySent.removeValue(forKey: Due(time: message.sent.sent, order: order))
        leave(message, order)
        return message
    }

    /// Takes every message out. Numbers go on from where they are.
    mutating func removeAll() {
        messages.removeAll()
        available.removeAll()
        groups = FIFOGroups()
        due.removeAll()
        bySent.removeAll()
        attempts.removeAll()
        inFlightCount = 0
        delayedCount = 0
    }

    // MARK: Places

    /// Puts a message into another place.
    mutating func move(_ order: UInt64, to place: Message.Place, _ change: (inout Message) -> Void = { _ in }) {
        guard var message = messages[order] else { return }
        leave(message, order)
        message.place = place
        change(&message)
        messages[order] = message
        enter(message, order)
    }

    private mutating func enter(_ message: Message, _ order: UInt64) {
        switch message.place {
        case .available:
            if let group = fifoGroup(message) { groups.insert(order, group: group) } else { available.updateValue((), forKey: order) }
        case .delayed(let end):
            delayedCount += 1
            due.updateValue((), forKey: Due(time: end, order: order))
        case .inFlight(let end):
            inFlightCount += 1
            due.updateValue((), forKey: Due(time: end, order: order))
            if let group = fifoGroup(message) { groups.lock(order, group: group) }
        }
    }

    private mutating func leave(_ message: Message, _ order: UInt64) {
        switch message.place {
        case .available:
            if let group = fifoGroup(message) { groups.remove(order, group: group) } else { available.removeValue(forKey: order) }
        case .delayed(let end):
            delayedCount -= 1
            due.removeValue(forKey: Due(time: end, order: order))
        case .inFlight(let end):
            inFlightCount -= 1
            due.removeValue(forKey: Due(time: end, order: order))
            if let group = fifoGroup(message) { groups.unlock(order, group: group) }
        }
    }

    /// The group whose order a message keeps: none in a standard queue, whatever the message says.
    private func fifoGroup(_ message: Message) -> String? { isFIFO ? message.sent.groupID ?? "" : nil }

    // MARK: Receiving

    /// The numbers of the messages that a receive gets, at most `limit`: the oldest available ones; of a FIFO queue as many as possible of one group,
    /// then of the next.
    func receivable(_ limit: Int) -> [UInt64] {
        guard isFIFO else { return available.prefix(limit).map(\.key) }
        var orders: [UInt64] = []
        var turn: UInt64?
        while orders.count < limit, let next = groups.next(after: turn) {
            orders += groups.receivable(in: next.group, limit: limit - orders.count)
            turn = next.turn
        }
        return orders
    }

    /// Marks a message as received.
    /// - Parameter visibility: how long nobody else gets it; zero leaves it available.
    mutating func receive(_ order: UInt64, visibility: Duration, at now: Timestamp) {
        move(order, to: visibility > .zero ? .inFlight(until: now + visibility) : .available) { message in
            message.receiveCount += 1
            message.firstReceived = message.firstReceived ?? now
            message.lastReceived = now
        }
    }

    // MARK: Time

    /// When something becomes of a message by itself.
    var nextDeadline: Timestamp? {
        let expiry = bySent.first.map { $0.key.time + attributes.messageRetentionPeriod }
        guard let due = due.first?.key.time else { return expiry }
        return expiry.map { min($0, due) } ?? due
    }

    /// Lets delayed messages arrive, received ones come back, and old ones go.
    /// - Returns: the numbers of those that are gone.
    mutating func advance(to now: Timestamp) -> [UInt64] {
        var expired: [UInt64] = []
        while let oldest = bySent.first?.key, oldest.time + attributes.messageRetentionPeriod <= now {
            remove(oldest.order)
            expired.append(oldest.order)
        }
        while let next = due.first?.key, next.time <= now { move(next.order, to: .available) }
        return expired
    }

    /// A FIFO queue's delay holds for the messages that are in it, too; a standard queue's only for those that come.
    /// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-delay-queues.html
    /// - Returns: the numbers of the messages that stand elsewhere now.
    mutating func delayChanged(at now: Timestamp) -> [UInt64] {
        guard isFIFO else { return [] }
        var changed: [UInt64] = []
        for (order, message) in messages where message.receiveCount == 0 {
            let end = message.sent.sent + attributes.delay
            let place: Message.Place = end > now ? .delayed(until: end) : .available
            guard place != message.place else { continue }
            move(order, to: place)
            changed.append(order)
        }
        return changed
    }
}
