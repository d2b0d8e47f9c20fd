import Collections
import JSON
import Kernel

/// Amazon Simple Queue Service.
/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/Welcome.html
@CloudActor
package final class SQSService: CloudService {
    package struct State: Sendable {
        var queues: [QueueName: Queue] = [:]
        /// When something next happens by itself in which queue.
        var deadlines = SortedMap<Deadline, QueueName>()
        /// Of the queue, for ids.
        var lastID: UInt64 = 0
        /// Queues deleted in the last minute.
        var deleted: [QueueName: Timestamp] = [:]
        var moveTasks = MoveTaskList()
    }

    struct Deadline: Comparable, Sendable {
        var time: Timestamp
        var queue: UInt64

        static func < (left: Deadline, right: Deadline) -> Bool { left.time != right.time ? left.time < right.time : left.queue < right.queue }
    }

    package nonisolated var name: String { "sqs" }
    package var state = State()
    package var emptyState: State { State() }
    let environment: Environment
    /// The receives that wait for a message. They belong to their clients' connections, not to the state.
    let pollers = Pollers()
    /// The queue that entries of the journal were last read into.
    var lastLoaded: (id: UInt64, name: QueueName)?
    /// Whether a deleted queue's name is taken for another sixty seconds, as at AWS.
    package var keepsDeletedNames: Bool
    /// So many messages of a queue may be in flight, of a FIFO queue too.
    package var inFlightLimit = 120_000
    /// Whether receives that wait also end by the machine's time, for clients of a cloud whose time stands still. Where the machine is so busy that seconds go by
    /// between two steps, as in tests, they had better not.
    package var endsWaitsByMachineTime = true
    /// How many receives wait for messages.
    package var waitingReceives: Int { pollers.count }

    package init(_ environment: Environment, keepsDeletedNames: Bool = false) {
        self.environment = environment
        self.keepsDeletedNames = keepsDeletedNames
    }

    package lazy var endpoints = [
        Endpoint(
            "sqs", Self.model, service: self,
            operations: queueOperations + attributeOperations + messageOperations + batchOperations + tagOperations + permissionOperations + moveTaskOperations)
    ]

    /// ReceiveMessage as a look that changes nothing.
    package lazy var peekEndpoint = Endpoint("sqs", Self.model, service: self, operations: [OperationEntry(Peek.ReceiveMessage.self)])

    /// JSON since 2023; before it the query protocol, which is still spoken.
    private static var model: ServiceModel {
        var model = ServiceModel(
            signingName: "sqs", hostPrefixes: ["sqs", "queue"], protocols: [.awsJSON10, .query], targetPrefix: "AmazonSQS", apiVersion: "2012-11-05",
            xmlNamespace: "http://queue.amazonaws.com/doc/2012-11-05/", errorNamespace: "com.amazonaws.sqs", queryErrorCodes: queryErrorCodes)
        model.addressMember = "QueueUrl"
        model.flatMembers = flatMembers
        model.nullableMembers = nullableMembers
        model.queryJSONNames = ["Messages": "messages", "QueueUrls": "queueUrls"]
        model.operationsWithoutResult = operationsWithoutResult
        model.queryErrorMessages = ["QueueDoesNotExist": "The specified queue does not exist for this wsdl version."]
        model.hasErrorDetail = true
        return model
    }

    /// The query protocol's names.
    private static let flatMembers: [FlatMember] = [
        .map("Attributes", of: "Attribute", "Name", "Value"), .map("MessageAttributes", of: "MessageAttribute", "Name", "Value"),
        .map("MessageSystemAttributes", of: "MessageSystemAttribute", "Name", "Value"), .map("Tags", of: "Tag", "Key", "Value"),
        .list("AttributeNames", of: "AttributeName"), .list("MessageAttributeNames", of: "MessageAttributeName"),
        .list("MessageSystemAttributeNames", of: "MessageSystemAttributeName"), .list("TagKeys", of: "TagKey"), .list("AWSAccountIds", of: "AWSAccountId"),
        .list("Actions", of: "ActionName"), .list("StringListValues", of: "StringListValue"), .list("BinaryListValues", of: "BinaryListValue"),
        .list("Entries", of: "{}RequestEntry"), .answered("Successful", as: "{}ResultEntry"), .answered("Failed", as: "BatchResultErrorEntry"),
        .answered("QueueUrls", as: "QueueUrl"), .answered("queueUrls", as: "QueueUrl"), .answered("Messages", as: "Message"),
        .answered("Results", as: "ListMessageMoveTasksResultEntry"),
    ]

    private static let operationsWithoutResult: Set<String> = [
        "AddPermission", "ChangeMessageVisibility", "DeleteMessage", "DeleteQueue", "PurgeQueue", "RemovePermission", "SetQueueAttributes", "TagQueue",
        "UntagQueue",
    ]

    /// Recorded of SendMessage, ReceiveMessage and ListQueues; the others are alike.
    private static let nullableMembers = [
        "SendMessage": ["MD5OfMessageAttributes", "MD5OfMessageBody", "MD5OfMessageSystemAttributes", "MessageId", "SequenceNumber"],
        "ReceiveMessage": ["messages"], "messages": ["Attributes", "MD5OfMessageAttributes", "MessageAttributes"],
        "ListQueues": ["NextExclusiveStartQueueName", "NextToken", "queueUrls"], "ListDeadLetterSourceQueues": ["NextToken", "queueUrls"],
        "GetQueueAttributes": ["Attributes"], "ListQueueTags": ["Tags"],
        "SendMessageBatch": ["Failed", "Successful"], "DeleteMessageBatch": ["Failed", "Successful"], "ChangeMessageVisibilityBatch": ["Failed", "Successful"],
    ]

    // MARK: Queues

    /// The name of the queue that a URL means.
    /// - Throws: `QueueDoesNotExist`.
    func find(_ url: String, _ call: Call) throws(AWSError) -> QueueName {
        // Asking for its value would copy a queue.
        guard let name = QueueName(url: url, call.scope), state.queues.index(forKey: name) != nil else { throw .queueDoesNotExist }
        return name
    }

    /// Changes a queue in place; what is due in it happens before, its next deadline is known after.
    func withQueue<Result>(_ name: QueueName, at now: Timestamp, _ change: (inout Queue) throws(AWSError) -> Result) throws(AWSError) -> Result {
        guard let index = state.queues.index(forKey: name) else { throw .queueDoesNotExist }
        let expired = state.queues.values[index].advance(to: now)
        if !expired.isEmpty { forget(expired, of: state.queues.values[index].id) }
        defer {
            schedule(index)
            announce(index)
        }
        return try change(&state.queues.values[index])
    }

    /// Tells who observes a queue that messages of it can be received.
    func announce(_ index: Dictionary<QueueName, Queue>.Index) {
        guard environment.fabric.hasObservers, state.queues.values[index].hasReceivable, state.queues.values[index].inFlightCount < inFlightLimit else { return }
        environment.fabric.signal(state.queues.values[index].arn.description)
    }

    func schedule(_ index: Dictionary<QueueName, Queue>.Index) {
        let next = state.queues.values[index].nextDeadline
        let scheduled = state.queues.values[index].scheduled
        guard next != scheduled else { return }
        let id = state.queues.values[index].id
        if let scheduled { state.deadlines[Deadline(time: scheduled, queue: id)] = nil }
        if let next { state.deadlines[Deadline(time: next, queue: id)] = state.queues.keys[index] }
        state.queues.values[index].scheduled = next
    }

    /// A new queue, in the state and the journal.
    func create(_ name: QueueName, _ attributes: QueueAttributes, tags: [String: String], at now: Timestamp) {
        state.lastID += 1
        var queue = Queue(id: state.lastID, name: name, attributes: attributes, created: now)
        queue.tags = tags
        state.queues[name] = queue
        keep(queue)
    }

    /// A queue with its messages is gone.
    func delete(_ name: QueueName, at now: Timestamp) {
        guard let queue = state.queues.removeValue(forKey: name) else { return }
        if let scheduled = queue.scheduled { state.deadlines[Deadline(time: scheduled, queue: queue.id)] = nil }
        if keepsDeletedNames { noteDeleted(name, at: now) }
        for task in state.moveTasks.tasks(of: queue.arn.description) { forget(task) }
        environment.journal.delete(self.name, JournalKey.queue(queue.id))
        environment.journal.deletePrefix(self.name, JournalKey.messages(of: queue.id))
        environment.journal.deletePrefix(self.name, JournalKey.deduplication(of: queue.id))
        environment.journal.deletePrefix(self.name, JournalKey.attempts(of: queue.id))
        pollers.refuse(name, .queueDoesNotExist)
    }

    /// A deleted queue's name is taken for a minute.
    private func noteDeleted(_ name: QueueName, at now: Timestamp) {
        for (old, time) in state.deleted where time + .seconds(60) <= now { forgetDeleted(old) }
        state.deleted[name] = now
        environment.journal.put(self.name, JournalKey.deleted(name), Document.int(now.microseconds).json())
    }

    func forgetDeleted(_ name: QueueName) {
        state.deleted[name] = nil
        environment.journal.delete(self.name, JournalKey.deleted(name))
    }

    // MARK: Time

    package var nextDeadline: Timestamp? {
        let queue = state.deadlines.first?.key.time
        guard let move = state.moveTasks.nextMove else { return queue }
        return queue.map { min($0, move) } ?? move
    }

    package var patience: Timestamp? { pollers.nextEnd }

    package func advance(to now: Timestamp) {
        while let next = state.deadlines.first, next.key.time <= now {
            try? withQueue(next.value, at: now) { _ in }
            serve(next.value, at: now)
            // A deadline that stays would stop the clock.
            if state.deadlines.first?.key == next.key { break }
        }
        moveDue(at: now)
        pollers.answerDue(at: now)
    }
}
