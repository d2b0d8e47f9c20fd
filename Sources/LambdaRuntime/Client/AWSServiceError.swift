import JSON

/// What a service answered instead, or why it could not be asked.
public struct AWSServiceError: Error, Sendable, Equatable, CustomStringConvertible {
    /// As the service names it: `ConditionalCheckFailedException`. Of the client's own: `RequestFailed`, `InvalidConfiguration`, `UnreadableResponse`, `Cancelled`.
    public var code: String
    public var message: String
    /// The HTTP status; 0 where there was no answer.
    public var status: Int
    public var requestID: String?
    /// The whole of the error that the service answered (`CancellationReasons`).
    public var document: Document

    public init(code: String, message: String, status: Int = 0, requestID: String? = nil, document: Document = [:]) {
        self.code = code
        self.message = message
        self.status = status
        self.requestID = requestID
        self.document = document
    }

    public var description: String { "\(code): \(message)" }

    /// Whether the same request may succeed later.
    /// https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
    package var isRetryable: Bool { [500, 502, 503, 504].contains(status) || status == 429 || Self.throttling.contains(code) }

    private static let throttling: Set<String> = [
        "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException", "RequestThrottled", "TooManyRequestsException",
        "ProvisionedThroughputExceededException", "TransactionInProgressException", "RequestLimitExceeded", "BandwidthLimitExceeded",
        "LimitExceededException", "SlowDown", "PriorRequestNotComplete", "EC2ThrottledException", "RequestTimeout", "RequestTimeoutException",
    ]
}
