import Collections
import EventLoop
import JSON
import Kernel

/// What a receive asks for.
struct ReceiveRequest: Sendable {
    /// 1 to 10.
    var limit: Int
    /// `nil` means the queue's.
    var visibility: Duration?
    var systemAttributes: SystemAttributeSelection
    var attributes: MessageAttributeSelection
    var attemptID: String?
}

/// A message as it is handed out.
struct ReceivedMessage: JSONWritable {
    var message: Message
    var handle: ReceiptHandle
    var systemAttributes: SystemAttributeSelection
    var attributes: MessageAttributeSelection

    /// As ReceiveMessage answers it.
    var document: Document {
        let sent = message.sent
        var members: Members = [
            "MessageId": .string(sent.id), "ReceiptHandle": .string(handle.text), "MD5OfBody": .string(sent.md5OfBody), "Body": .string(sent.body),
        ]
        appendAttributes(to: &members)
        return .object(members)
    }

    private func appendAttributes(to members: inout Members) {
        let values = systemAttributes.document(message)
        if !values.isEmpty { members.append("Attributes", .object(values)) }
        let (all, chosen) = (message.sent.attributes, attributes.chosen(message.sent.attributes))
        guard !chosen.isEmpty else { return }
        members["MD5OfMessageAttributes"] = (chosen.count == all.count ? message.sent.md5OfAttributes : chosen.md5).map { .string($0) }
        members.append("MessageAttributes", chosen.document)
    }

    /// The same, without a document of what every message has.
    func write(to json: inout JSONWriter) {
        json.write(raw: "{\"MessageId\":")
        json.write(string: message.sent.id)
        json.write(raw: ",\"ReceiptHandle\":")
        json.write(string: handle.text)
        json.write(raw: ",\"MD5OfBody\":")
        json.write(string: message.sent.md5OfBody)
        json.write(raw: ",\"Body\":")
        json.write(string: message.sent.body)
        var others = Members()
        if !systemAttributes.isEmpty || !message.sent.attributes.isEmpty { appendAttributes(to: &others) }
        for member in others {
            json.write(raw: ",")
            json.write(string: member.name)
            json.write(raw: ":")
            json.write(member.value)
        }
        json.write(raw: "}")
    }
}

extension SQSService {
    /// Hands out what there is now, and moves messages that were received as often as their queue allows to its dead-letter queue.
    func receive(_ request: ReceiveRequest, from name: QueueName, at now: Timestamp) throws(AWSError) -> [ReceivedMessage] {
        var targets: Set<QueueName> = []
        var buriesDead = true
        while true {
            let step = try withQueue(name, at: now) { (queue) throws(AWSError) in try receive(request, from: &queue, buryingDead: buriesDead, at: now) }
            switch step {
            case .received(let messages):
                for target in targets { serve(target, at: now) }
                return messages
            case .dead(let orders, let target):
                // Without the queue that they should go to they are as others.
                guard state.queues[target] != nil else {
                    buriesDead = false
                    continue
                }
                for order in orders { try bury(order, of: name, in: target, at: now) }
                targets.insert(target)
            }
        }
    }

    private enum ReceiveStep {
        case received([ReceivedMessage])
        /// These must go before anything can be received: dead letters take no place in an answer that others could fill.
        case dead([UInt64], QueueName)
    }

    private func receive(_ request: ReceiveRequest, from queue: inout Queue, buryingDead: Bool, at now: Timestamp) throws(AWSError) -> ReceiveStep {
        if request.attemptID != nil { try checkAttempt(request, queue) }
        let visibility = request.visibility ?? queue.attributes.visibilityTimeout
        if let id = request.attemptID, let orders = receiveAgain(id, from: &queue, visibility, at: now) {
            return .received(received(orders, request, of: queue))
        }
        // A FIFO queue says nothing where a standard queue says that it is too much.
        let room = inFlightLimit - queue.inFlightCount
        guard room > 0 || queue.isFIFO else { throw AWSError("OverLimit", "The maximum number of in flight messages is reached.", status: 403) }
        let orders = queue.receivable(max(min(request.limit, room), 0))
        if buryingDead, let policy = queue.attributes.redrivePolicy, let target = QueueName(arn: policy.deadLetterTargetARN) {
            let dead = orders.filter { (queue.messages[$0]?.receiveCount ?? 0) >= policy.maxReceiveCount }
            if !dead.isEmpty { return .dead(dead, target) }
        }
        for order in orders {
            queue.receive(order, visibility: visibility, at: now)
            keepPlace(order, of: queue)
        }
        if let id = request.attemptID, !orders.isEmpty { remember(id, orders, in: &queue, until: now + visibility, at: now) }
        return .received(received(orders, request, of: queue))
    }

    private func received(_ orders: [UInt64], _ request: ReceiveRequest, of queue: Queue) -> [ReceivedMessage] {
        orders.compactMap { order in
            guard let message = queue.messages[order] else { return nil }
            return ReceivedMessage(
                message: message, handle: ReceiptHandle(queue: queue.id, order: order, message), systemAttributes: request.systemAttributes,
                attributes: request.attributes)
        }
    }

    /// Waits for a message where there is none.
    func receive(_ request: ReceiveRequest, from name: QueueName, waiting wait: Duration, at now: Timestamp) async throws(AWSError) -> [ReceivedMessage] {
        let messages = try receive(request, from: name, at: now)
        guard messages.isEmpty, wait > .zero, !Task.isCancelled else { return messages }
        let number = pollers.newNumber()
        let timer = Loop.Timer(on: CloudActor.loop) { [pollers] in CloudActor.assumeIsolated { pollers.answer(number, .success([])) } }
        if endsWaitsByMachineTime { timer.arm(after: wait) }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { answer in
                pollers.add(Pollers.Poller(request: request, end: now + wait, timer: timer, answer: answer), number, name)
            }
        } onCancel: {
            // The client is gone: a message must not go with it, not even one that is sent before this turn of the loop ends.
            let leave: @Sendable () -> Void = { [pollers] in CloudActor.assumeIsolated { pollers.answer(number, .success([])) } }
            if CloudActor.loop.isOnLoop { leave() } else { CloudActor.loop.execute(leave) }
        }
        return try result.get()
    }

    /// Gives what is available at a queue to those who wait for it, first come first served.
    func serve(_ name: QueueName, at now: Timestamp) {
        guard !pollers.isEmpty else { return }
        while let (number, poller) = pollers.first(name), let index = state.queues.index(forKey: name), state.queues.values[index].hasReceivable {
            do throws(AWSError) {
                let messages = try receive(poller.request, from: name, at: now)
                guard !messages.isEmpty else { return }
                pollers.answer(number, .success(messages))
            } catch {
                pollers.answer(number, .failure(error))
            }
        }
    }
}
