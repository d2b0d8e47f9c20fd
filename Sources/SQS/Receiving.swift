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
struct ReceivedMessage: Sendable {
    var message: Message
    var handle: ReceiptHandle
    var request: ReceiveRequest

    /// As ReceiveMessage answers it.
    var document: Document {
        let sent = message.sent
        var members: Members = [
            "MessageId": .string(sent.id), "ReceiptHandle": .string(handle.text), "MD5OfBody": .string(sent.md5OfBody), "Body": .string(sent.body),
        ]
        let systemAttributes = request.systemAttributes.document(message)
        if !systemAttributes.isEmpty { members.append("Attributes", .object(systemAttributes)) }
        let chosen = request.attributes.chosen(sent.attributes)
        if !chosen.isEmpty {
            members["MD5OfMessageAttributes"] = (chosen.count == sent.attributes.count ? sent.md5OfAttributes : chosen.md5).map { .string($0) }
            members.append("MessageAttributes", chosen.document)
        }
        return .object(members)
    }
}

extension SQSService {
    /// Hands out what there is now, and moves messages that were received too often to their dead-letter queue.
    func receive(_ request: ReceiveRequest, from name: QueueName, at now: Timestamp) throws(AWSError) -> [ReceivedMessage] {
        let visibility: Duration
        let policy: RedrivePolicy?
        let orders: [UInt64]
        (visibility, policy, orders) = try withQueue(name, at: now) { (queue) throws(AWSError) in
            guard queue.inFlightCount < Queue.inFlightLimit else {
                throw AWSError("OverLimit", "The maximum number of in flight messages is reached.")
            }
            return (request.visibility ?? queue.attributes.visibilityTimeout, queue.attributes.redrivePolicy, queue.receivable(request.limit))
        }
        guard !orders.isEmpty else { return [] }
        let dead = policy.map { deadLetters(orders, of: name, $0) } ?? []
        for order in dead { try bury(order, of: name, at: now) }
        let received = try withQueue(name, at: now) { (queue) throws(AWSError) in
            var received: [ReceivedMessage] = []
            for order in orders where !dead.contains(order) {
                queue.receive(order, receipt: environment.random.next(), visibility: visibility, at: now)
                guard let message = queue.messages[order] else { continue }
                let handle = ReceiptHandle(queue: queue.id, order: order, receipt: message.receipt)
                received.append(ReceivedMessage(message: message, handle: handle, request: request))
                keepPlace(order, of: queue)
            }
            return received
        }
        // Dead letters take no place in an answer that others could fill.
        return received.isEmpty && !dead.isEmpty ? try receive(request, from: name, at: now) : received
    }

    /// Waits for a message where there is none.
    func receive(_ request: ReceiveRequest, from name: QueueName, waiting wait: Duration, at now: Timestamp) async throws(AWSError) -> [ReceivedMessage] {
        let messages = try receive(request, from: name, at: now)
        guard messages.isEmpty, wait > .zero, !Task.isCancelled else { return messages }
        let number = pollers.newNumber()
        let timer = Loop.Timer(on: CloudActor.loop) { [pollers] in CloudActor.assumeIsolated { pollers.answer(number, .success([])) } }
        timer.arm(after: wait)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { answer in
                pollers.add(Pollers.Poller(request: request, end: now + wait, timer: timer, answer: answer), number, name)
            }
        } onCancel: {
            // The client is gone: a message must not go with it.
            CloudActor.loop.execute { [pollers] in CloudActor.assumeIsolated { pollers.answer(number, .success([])) } }
        }
        return try result.get()
    }

    /// Gives what is available at a queue to those who wait for it, first come first served.
    func serve(_ name: QueueName, at now: Timestamp) {
        while let (number, poller) = pollers.first(name), state.queues[name]?.hasReceivable == true {
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
