import EventPatterns
import JSON
import Kernel

/// How SQS finds a queue of an ARN.
enum QueueAddress {
    static func url(_ arn: ARN) -> String { "https://sqs.\(arn.region).amazonaws.com/\(arn.account)/\(arn.resource)" }
}

/// What is known of a queue's consumer only while it runs. The messages that it has are in flight in their queue: where it ends, they come back.
struct QueueConsumer {
    /// How many batches are with the function.
    var underway = 0
    /// Received and not with the function yet.
    var held: [QueueMessage] = []
    /// Bytes of their events.
    var size = 0
    /// When they go, however few they are.
    var deadline: Timestamp?
    /// Until when nothing is received, because the function could not be run so often in a row.
    var pause: Timestamp?
    var refusals = 0
    var isReceiving = false
    /// Something has come while it was receiving.
    var isWanted = false

    var nextWake: Timestamp? { [deadline, pause].compactMap(\.self).min() }

    /// Takes out the next batch.
    mutating func takeBatch(_ limit: Int) -> [QueueMessage] {
        var count = 0
        var bytes = StreamBatch.envelope
        for message in held.prefix(limit) {
            bytes += message.event.count + 1
            if count > 0, bytes > LambdaService.payloadLimit { break }
            count += 1
        }
        let batch = Array(held.prefix(count))
        held.removeFirst(count)
        size -= batch.reduce(0) { $0 + $1.event.count }
        deadline = nil
        return batch
    }
}

/// A message in the form in which functions receive it.
/// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
struct QueueMessage {
    var id: String
    var handle: String
    /// JSON.
    var event: [UInt8]
    /// As its sender, a function, passed it on.
    var trace: TraceID?

    private static let attributes = [
        "ApproximateReceiveCount", "AWSTraceHeader", "SentTimestamp", "SequenceNumber", "MessageGroupId", "SenderId", "MessageDeduplicationId",
        "ApproximateFirstReceiveTimestamp", "DeadLetterQueueSourceArn",
    ]

    /// The event of a message as `ReceiveMessage` gives it.
    static func event(_ message: Document, from queue: ARN) -> Members {
        var event: Members = ["messageId": message["MessageId"] ?? .null, "receiptHandle": message["ReceiptHandle"] ?? .null, "body": message["Body"] ?? .null]
        let given = message["Attributes"]?.object ?? Members()
        event.append("attributes", .object(Members(attributes.compactMap { name in given[name].map { .init(name: name, value: $0) } })))
        let custom = message["MessageAttributes"]?.object ?? Members()
        event.append("messageAttributes", .object(Members(custom.map { .init(name: $0.name, value: .object(attribute($0.value))) })))
        if let md5 = message["MD5OfMessageAttributes"] { event.append("md5OfMessageAttributes", md5) }
        event.append("md5OfBody", message["MD5OfBody"] ?? .null)
        event.append("eventSource", "aws:sqs")
        event.append("eventSourceARN", .string(queue.description))
        event.append("awsRegion", .string(queue.region))
        return event
    }

    private static func attribute(_ value: Document) -> Members {
        var members = Members()
        if let text = value["StringValue"] { members.append("stringValue", text) }
        if let bytes = value["BinaryValue"] { members.append("binaryValue", bytes) }
        members.append("stringListValues", value["StringListValues"] ?? [])
        members.append("binaryListValues", value["BinaryListValues"] ?? [])
        members.append("dataType", value["DataType"] ?? .null)
        return members
    }

    static func payload(_ messages: [QueueMessage]) -> [UInt8] {
        var json = Array(#"{"Records":["#.utf8)
        json.reserveCapacity(messages.reduce(16) { $0 + $1.event.count + 1 })
        for (index, message) in messages.enumerated() {
            if index > 0 { json.append(UInt8(ascii: ",")) }
            json += message.event
        }
        json += Array("]}".utf8)
        return json
    }
}

/// How mappings feed functions from queues: a signal of the queue (never a timer) makes the consumer receive what is there, for as many batches as may be with
/// the function at once. Messages of a batch that succeeded are deleted, the others come back after their queue's visibility timeout.
extension LambdaService {
    /// So many batches of a queue are with the function at once where `MaximumConcurrency` doesn't say otherwise: what AWS begins with.
    static let queueConcurrency = 5

    func feedQueue(_ uuid: String) {
        guard queueConsumers[uuid]?.isReceiving != true else {
            queueConsumers[uuid]?.isWanted = true
            return
        }
        let activity = environment.fabric.begin("messages for event source mapping \(uuid)")
        queueConsumers[uuid, default: QueueConsumer()].isReceiving = true
        let epoch = epoch
        Task.immediate { @CloudActor in
            repeat {
                queueConsumers[uuid]?.isWanted = false
                while epoch == self.epoch, await receive(uuid, epoch) {}
            } while epoch == self.epoch && queueConsumers[uuid]?.isWanted == true
            if epoch == self.epoch {
                queueConsumers[uuid]?.isReceiving = false
                wakes.set(.queue(uuid), queueConsumers[uuid]?.nextWake)
            }
            environment.fabric.end(activity)
        }
    }

    /// Receives once, and gives the function what is enough for a batch.
    /// - Returns: whether there may be more.
    private func receive(_ uuid: String, _ epoch: UInt64) async -> Bool {
        guard let mapping = state.mappings[uuid], mapping.isActive, let queue = ARN(mapping.sourceARN), let consumer = queueConsumers[uuid],
            consumer.pause.map({ $0 <= environment.clock.now }) ?? true, isThere(mapping)
        else { return false }
        queueConsumers[uuid]?.pause = nil
        let options = mapping.options
        guard consumer.underway < options.maximumConcurrency ?? Self.queueConcurrency else { return false }
        var hasMore = false
        let room = options.batchSize - consumer.held.count
        if room > 0, consumer.size < Self.payloadLimit {
            let input: Document = [
                "QueueUrl": .string(QueueAddress.url(queue)), "MaxNumberOfMessages": .int(min(room, 10)), "WaitTimeSeconds": 0,
                "MessageSystemAttributeNames": ["All"], "MessageAttributeNames": ["All"],
            ]
            let call = environment.call(in: queue.scope, source: mapping.arn)
            let reply = try? await environment.endpoints["sqs"]?.call("ReceiveMessage", input, call)
            guard epoch == self.epoch else { return false }
            let messages = reply?.document["Messages"]?.array ?? []
            take(messages, mapping, queue)
            hasMore = !messages.isEmpty
        }
        guard let consumer = queueConsumers[uuid], !consumer.held.isEmpty else { return hasMore }
        let isFull = consumer.held.count >= options.batchSize || consumer.size >= Self.payloadLimit
        guard isFull || options.batchingWindow == 0 || consumer.deadline.map({ $0 <= environment.clock.now }) ?? false else { return hasMore }
        if let batch = queueConsumers[uuid]?.takeBatch(options.batchSize) { start(batch, mapping, queue) }
        return true
    }

    /// Takes up messages that were received; those that the function doesn't want are deleted.
    private func take(_ messages: [Document], _ mapping: EventSourceMapping, _ queue: ARN) {
        let filter = filter(of: mapping)
        var unwanted: [String] = []
        for message in messages {
            let event = Document.object(QueueMessage.event(message, from: queue))
            guard let id = event["messageId"]?.string, let handle = event["receiptHandle"]?.string else { continue }
            if let filter, !filter.matches(event, payload: .body, text: event["body"]?.string ?? "") {
                unwanted.append(handle)
                continue
            }
            let json = event.json()
            queueConsumers[mapping.uuid]?.held.append(QueueMessage(
                id: id, handle: handle, event: json, trace: event["attributes"]?["AWSTraceHeader"]?.string.flatMap { TraceID(header: $0) }))
            queueConsumers[mapping.uuid]?.size += json.count
        }
        delete(unwanted, from: queue, mapping)
        guard mapping.options.batchingWindow > 0, let consumer = queueConsumers[mapping.uuid], !consumer.held.isEmpty, consumer.deadline == nil else { return }
        queueConsumers[mapping.uuid]?.deadline = environment.clock.now + .seconds(mapping.options.batchingWindow)
    }

    private func start(_ batch: [QueueMessage], _ mapping: EventSourceMapping, _ queue: ARN) {
        queueConsumers[mapping.uuid]?.underway += 1
        let activity = environment.fabric.begin("batch of \(mapping.sourceARN) for \(mapping.functionARN)")
        let epoch = epoch
        Task.immediate { @CloudActor in
            let done = await hand(batch, to: mapping)
            if epoch == self.epoch {
                delete(done ?? [], from: queue, mapping)
                finishBatch(mapping.uuid, isRefused: done == nil)
            }
            environment.fabric.end(activity)
        }
    }

    private func finishBatch(_ uuid: String, isRefused: Bool) {
        guard var consumer = queueConsumers[uuid] else { return }
        consumer.underway -= 1
        consumer.refusals = isRefused ? consumer.refusals + 1 : 0
        if isRefused { consumer.pause = environment.clock.now + Self.pause(after: consumer.refusals) }
        queueConsumers[uuid] = consumer
        wakes.set(.queue(uuid), consumer.nextWake)
        feed(uuid)
    }

    /// Whether the mapping's function is there: without it messages stay where they are.
    private func isThere(_ mapping: EventSourceMapping) -> Bool {
        (try? target(mapping.functionARN, environment.call(in: ARN(mapping.functionARN)?.scope ?? mapping.scope))) != nil
    }

    /// - Returns: the receipt handles of the messages that the function is done with; `nil` where it could not be run.
    private func hand(_ batch: [QueueMessage], to mapping: EventSourceMapping) async -> [String]? {
        let call = environment.call(in: ARN(mapping.functionARN)?.scope ?? mapping.scope, source: mapping.arn)
        guard let target = try? target(mapping.functionARN, call) else { return nil }
        // Of many messages the one that comes from the longest loop.
        let trace = batch.compactMap(\.trace).max { ($0.lineage?.repetitions ?? 0) < ($1.lineage?.repetitions ?? 0) } ?? call.trace
        let outcome: InvocationOutcome
        do throws(AWSError) {
            outcome = try await invoke(target, QueueMessage.payload(batch), requestID: call.requestID.uuid, trace: trace)
        } catch {
            // A loop has come to its end: that is no reason to wait.
            return error.code == "RecursiveInvocationException" ? [] : nil
        }
        guard outcome.functionError == nil else { return [] }
        guard mapping.options.reportsItemFailures else { return batch.map(\.handle) }
        switch ItemFailures(answer: outcome.payload) {
        case .none: return batch.map(\.handle)
        case .all: return []
        case .some(let identifiers):
            let failed = Set(identifiers)
            // Who names a message that isn't there has lost count.
            guard failed.isSubset(of: batch.map(\.id)) else { return [] }
            return batch.filter { !failed.contains($0.id) }.map(\.handle)
        }
    }

    private func delete(_ handles: [String], from queue: ARN, _ mapping: EventSourceMapping) {
        guard let sqs = environment.endpoints["sqs"] else { return }
        for start in stride(from: 0, to: handles.count, by: 10) {
            let entries = handles[start..<min(start + 10, handles.count)].enumerated().map { index, handle -> Document in
                ["Id": .string("\(index)"), "ReceiptHandle": .string(handle)]
            }
            let call = environment.call(in: queue.scope, source: mapping.arn)
            _ = try? sqs.callNow("DeleteMessageBatch", ["QueueUrl": .string(QueueAddress.url(queue)), "Entries": .array(entries)], call)
        }
    }
}
