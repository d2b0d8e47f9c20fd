import Collections
import JSON
import Kernel

/// How SQS stands in the journal: queues, what was sent to them, where each message stands, what FIFO queues have taken lately, and move tasks.
extension SQSService {
    func keep(_ queue: Queue) {
        environment.journal.put(name, JournalKey.queue(queue.id), queue.document.json())
    }

    /// A message that came in.
    func keep(_ order: UInt64, of queue: Queue) {
        guard environment.journal.isDurable, let message = queue.messages[order] else { return }
        environment.journal.put(name, JournalKey.message(queue.id, order), message.sent.document.json())
        if message.place != .available { keepPlace(order, of: queue) }
    }

    /// A message that stands elsewhere now.
    func keepPlace(_ order: UInt64, of queue: Queue) {
        guard environment.journal.isDurable, let message = queue.messages[order] else { return }
        environment.journal.put(name, JournalKey.place(queue.id, order), message.standing.json())
    }

    func keep(_ taken: TakenMessage, _ key: String, _ begun: Timestamp, of queue: UInt64) {
        environment.journal.put(name, JournalKey.deduplication(queue, key), taken.document(begun).json())
    }

    func keep(_ attempt: ReceiveAttempt, _ id: String, _ begun: Timestamp, of queue: UInt64) {
        environment.journal.put(name, JournalKey.attempt(queue, id), attempt.document(begun).json())
    }

    /// Messages that are gone.
    func forget(_ orders: [UInt64], of queue: UInt64) {
        guard environment.journal.isDurable else { return }
        for order in orders { environment.journal.deletePrefix(name, JournalKey.messages(of: queue) + order.bigEndianBytes) }
    }

    func keep(_ task: MoveTask) { environment.journal.put(name, JournalKey.moveTask(task.handle), task.document.json()) }

    package func load(key: [UInt8], value: [UInt8]) throws(AWSError) {
        guard let document = try? Document(json: value), let kind = key.first, take(kind, key.dropFirst(), document) else {
            throw AWSError("InternalFailure", "The store's entry of SQS can't be read: \(String(decoding: value.prefix(100), as: UTF8.self))", status: 500)
        }
    }

    private func take(_ kind: UInt8, _ key: ArraySlice<UInt8>, _ document: Document) -> Bool {
        switch kind {
        case 1:
            guard let id = UInt64(bigEndianBytes: key), let queue = Queue(id: id, document) else { return false }
            state.lastID = max(state.lastID, id)
            state.queues[queue.name] = queue
            return true
        case 2:
            guard key.count == 17, let order = UInt64(bigEndianBytes: key.dropFirst(8).prefix(8)) else { return false }
            return takeMessage(key.prefix(8), order, isStanding: key.last == 1, document)
        case 3:
            guard let taken = TakenMessage(document), let begun = Timestamp(begun: document) else { return false }
            return inQueue(key.prefix(8)) { queue in
                queue.passed(taken.sequenceNumber)
                queue.taken.keep(taken, String(decoding: key.dropFirst(8), as: UTF8.self), since: begun)
            }
        case 4:
            guard let task = MoveTask(document) else { return false }
            state.moveTasks.keep(task)
            return true
        case 5:
            guard let attempt = ReceiveAttempt(document), let begun = Timestamp(begun: document) else { return false }
            return inQueue(key.prefix(8)) { $0.attempts.keep(attempt, String(decoding: key.dropFirst(8), as: UTF8.self), since: begun) }
        case 6:
            guard let name = QueueName(deleted: String(decoding: key, as: UTF8.self)), let time = document.int else { return false }
            state.deleted[name] = Timestamp(microseconds: Int64(time))
            return true
        default: return false
        }
    }

    private func takeMessage(_ queue: ArraySlice<UInt8>, _ order: UInt64, isStanding: Bool, _ document: Document) -> Bool {
        if isStanding {
            return inQueue(queue) { queue in
                guard var message = queue.remove(order) else { return }
                message.stand(document)
                queue.insert(message, order)
            }
        }
        guard let sent = SentMessage(document) else { return false }
        return inQueue(queue) { queue in
            if let number = sent.sequenceNumber { queue.passed(number) }
            queue.insert(Message(sent: sent, place: .available), order)
        }
    }

    /// Queues have their ids in keys; names are what finds them.
    private func inQueue(_ id: ArraySlice<UInt8>, _ change: (inout Queue) -> Void) -> Bool {
        guard let id = UInt64(bigEndianBytes: id), let index = loadingIndex(id) else { return false }
        change(&state.queues.values[index])
        return true
    }

    private func loadingIndex(_ id: UInt64) -> Dictionary<QueueName, Queue>.Index? {
        if let last = lastLoaded, last.id == id, let index = state.queues.index(forKey: last.name) { return index }
        guard let index = state.queues.indices.first(where: { state.queues[$0].value.id == id }) else { return nil }
        lastLoaded = (id, state.queues[index].key)
        return index
    }

    package func entries(_ body: ([UInt8], [UInt8]) -> Void) {
        for queue in state.queues.values {
            body(JournalKey.queue(queue.id), queue.document.json())
            for (order, message) in queue.messages {
                body(JournalKey.message(queue.id, order), message.sent.document.json())
                if message.hasStanding { body(JournalKey.place(queue.id, order), message.standing.json()) }
            }
            for (key, taken, begun) in queue.taken.all { body(JournalKey.deduplication(queue.id, key), taken.document(begun).json()) }
            for (id, attempt, begun) in queue.attempts.all { body(JournalKey.attempt(queue.id, id), attempt.document(begun).json()) }
        }
        for task in state.moveTasks.all { body(JournalKey.moveTask(task.handle), task.document.json()) }
        for (name, time) in state.deleted { body(JournalKey.deleted(name), Document.int(time.microseconds).json()) }
    }

    package func stateWasReplaced() {
        lastLoaded = nil
        for name in pollers.names where state.queues[name] == nil { pollers.refuse(name, .queueDoesNotExist) }
        for index in state.queues.indices { schedule(index) }
        for name in pollers.names { serve(name, at: environment.clock.now) }
    }
}

extension Queue {
    var document: Document {
        var members: Members = [
            "name": .string(name.name), "account": .string(name.scope.account), "region": .string(name.scope.region), "attributes": attributes.document,
            "tags": .object(Members(tags.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: .string($0.value)) })),
            "created": .int(created.microseconds), "modified": .int(modified.microseconds),
        ]
        members["purged"] = lastPurge.map { .int($0.microseconds) }
        return .object(members)
    }

    init?(id: UInt64, _ document: Document) {
        guard let name = document["name"]?.string, let account = document["account"]?.string, let region = document["region"]?.string,
            let attributes = document["attributes"].flatMap({ QueueAttributes($0) }), let created = document["created"]?.int,
            let modified = document["modified"]?.int
        else { return nil }
        self.init(id: id, name: QueueName(name, in: Scope(account: account, region: region)), attributes: attributes, created: Timestamp(microseconds: Int64(created)))
        self.modified = Timestamp(microseconds: Int64(modified))
        lastPurge = document["purged"]?.int.map { Timestamp(microseconds: Int64($0)) }
        for member in document["tags"]?.object ?? Members() { tags[member.name] = member.value.string }
    }
}

extension SentMessage {
    var document: Document {
        var members: Members = ["id": .string(id), "body": .string(body), "sender": .string(senderID), "sent": .int(sent.microseconds), "md5": .string(md5OfBody)]
        if !attributes.isEmpty { members["attributes"] = attributes.document }
        members["md5Attributes"] = md5OfAttributes.map { .string($0) }
        members["trace"] = traceHeader.map { .string($0) }
        members["group"] = groupID.map { .string($0) }
        members["deduplication"] = deduplicationID.map { .string($0) }
        members["sequence"] = sequenceNumber.map { .string($0) }
        members["deadLetterSource"] = deadLetterSource.map { .string($0) }
        if earlierReceives > 0 { members["receives"] = .int(earlierReceives) }
        return .object(members)
    }

    convenience init?(_ document: Document) {
        guard let id = document["id"]?.string, let body = document["body"]?.string, let sender = document["sender"]?.string,
            let sent = document["sent"]?.int, let md5 = document["md5"]?.string
        else { return nil }
        var attributes: [MessageAttribute] = []
        for member in document["attributes"]?.object ?? Members() {
            guard let attribute = MessageAttribute(member.name, kept: member.value) else { return nil }
            attributes.append(attribute)
        }
        self.init(
            id: id, body: body, attributes: attributes, traceHeader: document["trace"]?.string, senderID: sender, sent: Timestamp(microseconds: Int64(sent)),
            groupID: document["group"]?.string, deduplicationID: document["deduplication"]?.string, sequenceNumber: document["sequence"]?.string,
            md5OfBody: md5, md5OfAttributes: document["md5Attributes"]?.string, deadLetterSource: document["deadLetterSource"]?.string,
            earlierReceives: document["receives"]?.int ?? 0)
    }
}

extension MessageAttribute {
    /// `nil` where an entry of the journal can't be read.
    init?(_ name: String, kept document: Document) {
        guard let dataType = document["DataType"]?.string else { return nil }
        if let text = document["StringValue"]?.string {
            self.init(name: name, dataType: dataType, value: .string(text))
        } else {
            guard let bytes = document["BinaryValue"]?.string.flatMap({ try? Base64.decode($0) }) else { return nil }
            self.init(name: name, dataType: dataType, value: .binary(bytes))
        }
    }
}

extension Message {
    /// Whether it stands otherwise than a message that just came in.
    var hasStanding: Bool { place != .available || receiveCount > 0 }

    var standing: Document {
        var members: Members = ["count": .int(receiveCount)]
        members["first"] = firstReceived.map { .int($0.microseconds) }
        members["last"] = lastReceived.map { .int($0.microseconds) }
        switch place {
        case .available: break
        case .delayed(let end): members["delayed"] = .int(end.microseconds)
        case .inFlight(let end): members["inFlight"] = .int(end.microseconds)
        }
        return .object(members)
    }

    mutating func stand(_ document: Document) {
        receiveCount = document["count"]?.int ?? 0
        firstReceived = document["first"]?.int.map { Timestamp(microseconds: Int64($0)) }
        lastReceived = document["last"]?.int.map { Timestamp(microseconds: Int64($0)) }
        if let end = document["delayed"]?.int { place = .delayed(until: Timestamp(microseconds: Int64(end))) }
        if let end = document["inFlight"]?.int { place = .inFlight(until: Timestamp(microseconds: Int64(end))) }
    }
}

extension TakenMessage {
    func document(_ begun: Timestamp) -> Document { ["message": .string(messageID), "sequence": .string(sequenceNumber), "begun": .int(begun.microseconds)] }

    /// `nil` where an entry of the journal can't be read.
    init?(_ document: Document) {
        guard let id = document["message"]?.string, let sequence = document["sequence"]?.string else { return nil }
        self.init(messageID: id, sequenceNumber: sequence)
    }
}

extension ReceiveAttempt {
    func document(_ begun: Timestamp) -> Document {
        let messages = messages.map { Document.array([.string("\($0.order)"), .int($0.receive)]) }
        return ["begun": .int(begun.microseconds), "end": .int(end.microseconds), "messages": .array(messages)]
    }

    /// `nil` where an entry of the journal can't be read.
    init?(_ document: Document) {
        guard let end = document["end"]?.int, let list = document["messages"]?.array else { return nil }
        var messages: [Message] = []
        for entry in list {
            guard let order = entry[0]?.string.flatMap({ UInt64($0) }), let receive = entry[1]?.int else { return nil }
            messages.append(Message(order: order, receive: receive))
        }
        self.init(end: Timestamp(microseconds: Int64(end)), messages: messages)
    }
}

extension Timestamp {
    /// When something of a ``Window`` began.
    fileprivate init?(begun document: Document) {
        guard let begun = document["begun"]?.int else { return nil }
        self.init(microseconds: Int64(begun))
    }
}

extension QueueName {
    /// As ``JournalKey/deleted(_:)`` has it.
    fileprivate init?(deleted text: String) {
        let parts = text.split(separator: "/").map(String.init)
        guard parts.count == 3 else { return nil }
        self.init(parts[2], in: Scope(account: parts[0], region: parts[1]))
    }
}
