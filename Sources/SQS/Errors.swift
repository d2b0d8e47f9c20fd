import Kernel

/// The errors of SQS. Those that the query protocol called differently are in ``queryErrorCodes``.
/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
extension AWSError {
    static func invalidValue(_ message: String) -> AWSError { AWSError("InvalidParameterValueException", message, namespace: "com.amazon.coral.service") }

    static func invalidAttributeName(_ message: String) -> AWSError { AWSError("InvalidAttributeName", message) }

    /// - Parameter reason: what else AWS says, beginning with `Reason: `.
    static func invalidAttributeValue(_ name: String, _ reason: String? = nil) -> AWSError {
        AWSError("InvalidAttributeValue", "Invalid value for the parameter \(name)." + (reason.map { " \($0)" } ?? ""))
    }

    static func missingParameter(_ name: String) -> AWSError {
        AWSError("MissingRequiredParameterException", "The request must contain the parameter \(name).", namespace: "com.amazon.coral.service")
    }

    static let queueDoesNotExist = AWSError("QueueDoesNotExist", "The specified queue does not exist.")

    /// The query protocol's answer to what is sent to no queue.
    static func invalidAddress(_ url: String) -> AWSError {
        AWSError("InvalidAddress", "The address \(url.isEmpty ? "/" : url) is not valid for this endpoint.", status: 404)
    }

    static func overLimit(_ message: String) -> AWSError { AWSError("OverLimit", message, status: 403) }

    static let invalidCharacters =
        "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF"

    static func invalidReceiptHandle(_ handle: String) -> AWSError {
        AWSError("ReceiptHandleIsInvalid", "The input receipt handle \"\(handle)\" is not a valid receipt handle.", status: 404)
    }

    /// A handle of a message that is gone, or of an earlier receive.
    static func deadReceiptHandle(_ handle: String, _ reason: String) -> AWSError {
        .invalidValue("Value \(handle) for parameter ReceiptHandle is invalid. Reason: \(reason)")
    }
}

/// What SDKs that speak the query protocol, or read `x-amzn-query-error`, match on.
let queryErrorCodes: [String: String] = [
    "InvalidParameterValueException": "InvalidParameterValue",
    "MissingRequiredParameterException": "MissingParameter",
    "SerializationException": "MalformedInput",
    "UnknownOperationException": "InvalidAction",
    "ValidationException": "ValidationError",
    "QueueDoesNotExist": "AWS.SimpleQueueService.NonExistentQueue",
    "QueueNameExists": "QueueAlreadyExists",
    "QueueDeletedRecently": "AWS.SimpleQueueService.QueueDeletedRecently",
    "PurgeQueueInProgress": "AWS.SimpleQueueService.PurgeQueueInProgress",
    "UnsupportedOperation": "AWS.SimpleQueueService.UnsupportedOperation",
    "MessageNotInflight": "AWS.SimpleQueueService.MessageNotInflight",
    "TooManyEntriesInBatchRequest": "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
    "EmptyBatchRequest": "AWS.SimpleQueueService.EmptyBatchRequest",
    "BatchEntryIdsNotDistinct": "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
    "BatchRequestTooLong": "AWS.SimpleQueueService.BatchRequestTooLong",
    "InvalidBatchEntryId": "AWS.SimpleQueueService.InvalidBatchEntryId",
    // How the query protocol calls what is wrong with a signature.
    "MissingAuthenticationTokenException": "MissingAuthenticationToken",
    "IncompleteSignatureException": "IncompleteSignature",
    "InvalidSignatureException": "SignatureDoesNotMatch",
    "UnrecognizedClientException": "InvalidClientTokenId",
]
