import JSON
import Kernel

@CloudActor let moveTaskOperations: [OperationEntry<SQSService>] = [
    OperationEntry(StartMessageMoveTask.self), OperationEntry(ListMessageMoveTasks.self), OperationEntry(CancelMessageMoveTask.self),
]

extension AWSError {
    static func moveTaskSource(_ message: String) -> AWSError { AWSError("ResourceNotFoundException", message, status: 404) }
}

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
enum StartMessageMoveTask: Operation {
    struct Input {
        var source: String
        var destination: String?
        /// 1 to 500 messages a second.
        var rate: Int?
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        guard let source = try fields.string("SourceArn") else { throw .missingParameter("SourceArn") }
        let destination = try fields.string("DestinationArn")
        let rate = try fields.number("MaxNumberOfMessagesPerSecond")
        if let rate, !(1...500).contains(rate) {
            throw .invalidValue("Value for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: You must enter a number that's between 1 and 500.")
        }
        return Input(source: source, destination: destination, rate: rate)
    }

    static func run(_ input: Input, on sqs: SQSService, _ call: Call) throws(AWSError) -> String {
        let queue = try sqs.moveTaskQueue(input.source, "SourceArn")
        if let destination = input.destination {
            guard destination != input.source else { throw .invalidValue("Source queue arn and destination queue arn cannot be the same.") }
            guard try sqs.moveTaskQueue(destination, "DestinationArn").isFIFO == queue.isFIFO else {
                throw .invalidValue("The source queue and destination queue must be of the same queue type.")
            }
        }
        let isDeadLetterQueue = sqs.state.queues.values.contains { $0.attributes.redrivePolicy?.deadLetterTargetARN == input.source }
        guard isDeadLetterQueue else { throw .invalidValue("Source queue must be configured as a Dead Letter Queue.") }
        guard !sqs.state.moveTasks.tasks(of: input.source).contains(where: { $0.status == .running }) else {
            throw .invalidValue("There is already a task running. Only one active task is allowed for a source queue arn at a given time.")
        }
        let task = MoveTask(
            handle: sqs.moveTaskHandle(input.source), source: input.source, destination: input.destination, rate: input.rate,
            toMove: queue.availableCount, last: queue.lastOrder, started: call.now, next: call.now)
        sqs.state.moveTasks.keep(task)
        sqs.keep(task)
        sqs.forgetOldTasks(of: input.source)
        return task.handle
    }

    static func write(_ handle: String) -> Reply { Reply(["TaskHandle": .string(handle)]) }
}

extension SQSService {
    /// The queue that a parameter names.
    /// - Throws: `InvalidParameterValue`, `ResourceNotFoundException`.
    fileprivate func moveTaskQueue(_ arn: String, _ parameter: String) throws(AWSError) -> Queue {
        guard ARN(arn) != nil else {
            throw .invalidValue("You must use this format to specify the \(parameter): arn:<partition>:<service>:<region>:<account-id>:<resource-id>")
        }
        guard let name = QueueName(arn: arn), let queue = state.queues[name] else {
            throw .moveTaskSource("The resource that you specified for the \(parameter) parameter doesn't exist.")
        }
        return queue
    }

    /// At AWS the base 64 text of a document that names the task and its source.
    fileprivate func moveTaskHandle(_ source: String) -> String {
        Base64.encode(Document.object(["taskId": .string(environment.random.uuid()), "sourceArn": .string(source)]).json())
    }
}

/// The latest first. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListMessageMoveTasks.html
enum ListMessageMoveTasks: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> (source: String, limit: Int) {
        guard let source = try fields.string("SourceArn") else { throw .missingParameter("SourceArn") }
        let limit = try fields.number("MaxResults") ?? 1
        guard (1...10).contains(limit) else {
            throw .invalidValue("Value for parameter MaxResults is invalid. Reason: You must enter a number that's between 1 and 10.")
        }
        return (source, limit)
    }

    static func run(_ input: (source: String, limit: Int), on sqs: SQSService, _ call: Call) throws(AWSError) -> [MoveTask] {
        _ = try sqs.moveTaskQueue(input.source, "SourceArn")
        return Array(sqs.state.moveTasks.tasks(of: input.source).prefix(input.limit))
    }

    static func write(_ tasks: [MoveTask]) -> Reply { Reply(["Results": .array(tasks.map(\.result))]) }
}

extension MoveTask {
    /// As ListMessageMoveTasks answers it: the handle only while the task can be cancelled.
    fileprivate var result: Document {
        var members = Members()
        if status == .running { members.append("TaskHandle", .string(handle)) }
        members.append("Status", .string(status.rawValue))
        members.append("SourceArn", .string(source))
        members["DestinationArn"] = destination.map { .string($0) }
        members["MaxNumberOfMessagesPerSecond"] = rate.map { .int($0) }
        members.append("ApproximateNumberOfMessagesMoved", .int(moved))
        members.append("ApproximateNumberOfMessagesToMove", .int(toMove))
        members["FailureReason"] = failureReason.map { .string($0) }
        members.append("StartedTimestamp", .int(started.milliseconds))
        return .object(members)
    }
}

/// What was moved stays moved. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CancelMessageMoveTask.html
enum CancelMessageMoveTask: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> String { try fields.required("TaskHandle") }

    static func run(_ handle: String, on sqs: SQSService, _ call: Call) throws(AWSError) -> Int {
        guard let document = (try? Base64.decode(handle)).flatMap({ try? Document(json: $0) }), document["taskId"]?.string != nil,
            let source = document["sourceArn"]?.string
        else { throw .invalidValue("Value for parameter TaskHandle is invalid.") }
        guard let source = QueueName(arn: source), sqs.state.queues[source] != nil else {
            throw .moveTaskSource("The resource that you specified for the SourceArn parameter doesn't exist.")
        }
        guard var task = sqs.state.moveTasks[handle] else { throw .moveTaskSource("Task does not exist.") }
        guard task.status == .running else { throw AWSError("UnsupportedOperation", "Only active tasks can be cancelled.") }
        task.status = .cancelled
        sqs.state.moveTasks.keep(task)
        sqs.keep(task)
        return task.moved
    }

    static func write(_ moved: Int) -> Reply { Reply(["ApproximateNumberOfMessagesMoved": .int(moved)]) }
}
