import JSON
import Kernel

/// What is told of an event when it is done with.
/// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
struct InvocationRecord {
    enum Condition: String {
        case success = "Success"
        case retriesExhausted = "RetriesExhausted"
        case eventAgeExceeded = "EventAgeExceeded"
    }

    var time: Timestamp
    var requestID: String
    /// With the qualifier.
    var functionARN: String
    var condition: Condition
    var runs: Int
    var request: [UInt8]
    /// `nil` where the function never ran.
    var response: PendingEvent.Response?

    /// - Parameter hasPayloads: what was asked and answered is left out where there is no room for it.
    func json(hasPayloads: Bool = true) -> [UInt8] {
        var members: Members = [
            "version": "1.0", "timestamp": .string(time.iso8601Milliseconds),
            "requestContext": [
                "requestId": .string(requestID), "functionArn": .string(functionARN), "condition": .string(condition.rawValue),
                "approximateInvokeCount": .int(runs),
            ],
        ]
        if hasPayloads { members.append("requestPayload", Self.document(request)) }
        guard let response else { return Document.object(members).json() }
        var context: Members = ["statusCode": 200, "executedVersion": .string(response.version)]
        context["functionError"] = response.functionError.map { .string($0) }
        members.append("responseContext", .object(context))
        if hasPayloads { members.append("responsePayload", Self.document(response.payload)) }
        return Document.object(members).json()
    }

    /// What isn't JSON stands there as text.
    private static func document(_ bytes: [UInt8]) -> Document {
        if bytes.isEmpty { return .null }
        return (try? Document(json: bytes)) ?? .string(String(decoding: bytes, as: UTF8.self))
    }
}

/// Where it is told what became of events. All of it is part of the commit in which the event is forgotten.
extension LambdaService {
    /// The function has succeeded.
    func report(_ outcome: InvocationOutcome, of delivery: Delivery) {
        guard let target = try? target(of: delivery), let destination = config(of: target)?.onSuccess else { return }
        let response = PendingEvent.Response(version: outcome.executedVersion, functionError: nil, payload: outcome.payload)
        // AWS counts one here, however often the function was tried before.
        send(record(.success, runs: 1, response, delivery, target), to: destination, delivery, target)
    }

    /// An event is given up: its record goes to the destination of failures, and the event itself to the dead letters.
    package func giveUp(_ delivery: Delivery, _ error: AWSError) {
        // Of a function that is gone nobody is told.
        guard let target = try? target(of: delivery) else { return }
        let event = PendingEvent(delivery)
        let config = config(of: target)
        let retries = config?.maximumRetryAttempts ?? EventInvokeConfig.defaultRetryAttempts
        let isTooOld = error.isEventAgeExceeded || error.response != nil && event.runs <= retries
        if let destination = config?.onFailure {
            let condition: InvocationRecord.Condition = isTooOld ? .eventAgeExceeded : .retriesExhausted
            send(record(condition, runs: event.runs, event.last, delivery, target), to: destination, delivery, target)
        }
        let version = event.last.flatMap { target.function.version($0.version) } ?? target.version
        if let deadLetters = version.deadLetterTarget { bury(delivery, event, error, in: deadLetters, target) }
    }

    private func record(
        _ condition: InvocationRecord.Condition, runs: Int, _ response: PendingEvent.Response?, _ delivery: Delivery, _ target: Target
    ) -> InvocationRecord {
        InvocationRecord(
            time: environment.clock.now, requestID: PendingEvent(delivery).requestID, functionARN: "\(target.function.arn):\(Self.eventQualifier(target))",
            condition: condition, runs: runs, request: delivery.payload, response: response)
    }

    private func send(_ record: InvocationRecord, to destination: String, _ delivery: Delivery, _ target: Target) {
        do throws(AWSError) {
            do throws(AWSError) {
                try send(record.json(), [:], to: destination, delivery, target)
            } catch {
                // Where it was too large: https://docs.aws.amazon.com/lambda/latest/api/API_OnFailure.html
                guard record.condition != .success, record.request.count + (record.response?.payload.count ?? 0) > 200 << 10 else { throw error }
                try send(record.json(hasPayloads: false), [:], to: destination, delivery, target)
            }
        } catch {
            undelivered("destination", destination, record.json(), error, record.requestID, target)
        }
    }

    /// As the event was, with attributes that tell what happened.
    private func bury(_ delivery: Delivery, _ event: PendingEvent, _ error: AWSError, in deadLetters: String, _ target: Target) {
        let status = event.last == nil ? error.status : 200
        var message = error.message ?? error.code
        if let last = event.last { message = (try? Document(json: last.payload))?["errorMessage"]?.string ?? String(decoding: last.payload, as: UTF8.self) }
        var attributes: Members = [
            "RequestID": ["DataType": "String", "StringValue": .string(event.requestID)], "ErrorCode": ["DataType": "Number", "StringValue": .string(String(status))],
        ]
        // An attribute may not be empty.
        if !message.isEmpty { attributes.append("ErrorMessage", ["DataType": "String", "StringValue": .string(message.prefix(bytes: 1024))]) }
        do throws(AWSError) {
            try send(delivery.payload, attributes, to: deadLetters, delivery, target)
        } catch {
            undelivered("dead letters", deadLetters, delivery.payload, error, event.requestID, target)
        }
    }

    private func send(_ body: [UInt8], _ attributes: Members, to destination: String, _ delivery: Delivery, _ target: Target) throws(AWSError) {
        guard let arn = ARN(destination) else { throw .invalidParameter("The destination ARN \(destination) is invalid.") }
        let text = String(decoding: body, as: UTF8.self)
        let call = environment.call(in: arn.scope, source: target.function.arn, trace: delivery.trace)
        switch arn.service {
        case "sqs":
            var input: Members = ["QueueUrl": .string("\(arn.account)/\(arn.resource)"), "MessageBody": .string(text)]
            if !attributes.isEmpty { input.append("MessageAttributes", .object(attributes)) }
            _ = try environment.endpoint("sqs").callNow("SendMessage", .object(input), call)
        case "sns":
            var input: Members = ["TopicArn": .string(destination), "Message": .string(text)]
            if !attributes.isEmpty { input.append("MessageAttributes", .object(attributes)) }
            _ = try environment.endpoint("sns").callNow("Publish", .object(input), call)
        case "lambda":
            let there = try self.target(destination, call)
            try enqueue(body, for: there, PendingEvent(requestID: call.requestID.uuid), call)
        default: throw .notImplemented("Lambda destinations of the service \(arn.service)")
        }
    }

    /// AWS counts what can't be told as a metric (`DestinationDeliveryFailures`, `DeadLetterErrors`); here the outbox shows it.
    private func undelivered(_ kind: String, _ destination: String, _ body: [UInt8], _ error: AWSError, _ requestID: String, _ target: Target) {
        environment.outbox.put(OutboxMessage(
            kind: "undelivered", id: requestID, scope: target.function.scope, sent: environment.clock.now,
            content: [
                "FunctionArn": .string(target.arn), "Protocol": .string("lambda \(kind)"), "Endpoint": .string(destination), "ErrorCode": .string(error.code),
                "ErrorMessage": .string(error.message ?? ""), "Body": .string(String(decoding: body, as: UTF8.self)),
            ]))
    }
}

extension String {
    /// The beginning of it that has at most so many bytes, without half a character.
    fileprivate func prefix(bytes count: Int) -> String {
        guard utf8.count > count else { return self }
        var end = utf8.index(startIndex, offsetBy: count)
        while end > startIndex, end.samePosition(in: unicodeScalars) == nil { end = utf8.index(before: end) }
        return String(self[..<end])
    }
}
