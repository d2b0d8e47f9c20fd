import Compression
import JSON
import Kernel

/// Events on their way to the function of a subscription filter.
/// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html#LambdaFunctionExample
extension CloudWatchLogsService: Receiver {
    /// A function that is throttled, or a service that can't, has it tried again for a day.
    private static let retries = RetryPolicy(pauses: [.seconds(1), .seconds(2), .seconds(5), .seconds(10), .seconds(30), .seconds(60)], repeats: 1440, maximumAge: .seconds(86_400))

    /// Sends what a filter picks of a batch on its way, with the commit of the batch.
    func deliver(
        _ batch: ArraySlice<InputLogEvent>, number: UInt64, of streamID: UInt64, _ stream: String, in group: GroupName, to filter: SubscriptionFilter, _ call: Call
    ) {
        var events: [Document] = []
        for (index, event) in batch.enumerated() where filter.compiled.matches(event.message) {
            let position = EventPosition(timestamp: event.timestamp, batch: number, index: index, isLast: index == batch.count - 1)
            var members: Members = [
                "id": .string(EventID(position, in: streamID).text), "timestamp": .int(event.timestamp), "message": .string(event.message),
            ]
            let fields = filter.compiled.fields(of: event.message)
            if !fields.isEmpty { members["extractedFields"] = .object(Members(fields.map { .init(name: $0.key, value: .string($0.value)) })) }
            events.append(.object(members))
        }
        guard !events.isEmpty else { return }
        let message: Document = [
            "messageType": "DATA_MESSAGE", "owner": .string(group.scope.account), "logGroup": .string(group.name), "logStream": .string(stream),
            "subscriptionFilters": [.string(filter.name)], "logEvents": .array(events),
        ]
        let payload: Document = ["function": .string(filter.destination), "data": .string(Base64.encode(Gzip.compress(message.json())))]
        let source = ARN("logs", "log-group:\(group.name)", in: group.scope).description
        // It goes to this service, which is there.
        try? environment.fabric.deliver(payload.json(), to: source, from: source, scope: group.scope, policy: Self.retries, trace: call.trace)
    }

    /// Invokes the function as an event.
    package func receive(_ delivery: Delivery) async throws(AWSError) {
        guard let payload = try? Document(json: delivery.payload), let function = payload["function"]?.string, let data = payload["data"], let arn = ARN(function)
        else { throw AWSError("InternalFailure", "The delivery \(delivery.id) can't be read.", status: 400) }
        let event: Document = ["awslogs": ["data": data]]
        _ = try await environment.endpoint("lambda").call(
            "Invoke", ["FunctionName": .string(function), "InvocationType": "Event"], payload: event.json(),
            environment.call(in: arn.scope, source: delivery.source, trace: delivery.trace))
    }

    /// What can't be delivered is told of in the outbox.
    package func giveUp(_ delivery: Delivery, _ error: AWSError) {
        guard let payload = try? Document(json: delivery.payload) else { return }
        let content: Members = [
            "LogGroup": .string(delivery.source), "DestinationArn": payload["function"] ?? .null, "ErrorCode": .string(error.code),
            "ErrorMessage": .string(error.message ?? ""), "Body": .string("{\"awslogs\":{\"data\":\"\(payload["data"]?.string ?? "")\"}}"),
        ]
        environment.outbox.put(OutboxMessage(
            kind: "undelivered", id: environment.random.uuid(), scope: delivery.scope, sent: environment.clock.now, content: .object(content)))
    }
}
