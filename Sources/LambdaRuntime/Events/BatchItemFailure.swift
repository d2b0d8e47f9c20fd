/// One record of a batch that a function couldn't handle.
/// https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
public struct BatchItemFailure: Sendable, Equatable {
    /// A message's id, or a record's sequence number.
    public var itemIdentifier: String

    public init(_ itemIdentifier: String) { self.itemIdentifier = itemIdentifier }

    /// `{"batchItemFailures": [{"itemIdentifier": ...}]}`
    static func members(_ failures: [BatchItemFailure]) -> Members {
        ["batchItemFailures": .array(failures.map { ["itemIdentifier": .string($0.itemIdentifier)] })]
    }
}

/// What a function that is mapped to a stream with `ReportBatchItemFailures` answers: Lambda tries again from the lowest of the sequence numbers on.
/// https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
public struct StreamsEventResponse: LambdaAnswer, Equatable {
    public var batchItemFailures: [BatchItemFailure]

    /// - Parameter failures: the sequence numbers of the records that failed; none where the whole batch succeeded.
    public init(failures: [String] = []) { batchItemFailures = failures.map { BatchItemFailure($0) } }

    public var answer: Document { .object(BatchItemFailure.members(batchItemFailures)) }
}

/// What a function that is mapped to a queue with `ReportBatchItemFailures` answers: these messages become visible again, the others are deleted.
/// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
public struct SQSBatchResponse: LambdaAnswer, Equatable {
    public var batchItemFailures: [BatchItemFailure]

    /// - Parameter failures: the ids of the messages that failed; none where the whole batch succeeded.
    public init(failures: [String] = []) { batchItemFailures = failures.map { BatchItemFailure($0) } }

    public var answer: Document { .object(BatchItemFailure.members(batchItemFailures)) }
}
