import Compression

/// What a subscription filter of CloudWatch Logs gives a function.
/// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html#LambdaFunctionExample
public struct CloudWatchLogsEvent: LambdaEvent {
    public struct LogEvent: Sendable, Equatable {
        public var id: String
        /// Since the epoch.
        public var milliseconds: Int
        public var message: String
        /// What the filter's pattern found, where it names fields.
        public var extractedFields: [String: String]
    }

    /// `DATA_MESSAGE`, or `CONTROL_MESSAGE` by which CloudWatch Logs looks whether the function can be reached.
    public var messageType: String
    /// The account of the log group.
    public var owner: String
    public var logGroup: String
    public var logStream: String
    public var subscriptionFilters: [String]
    public var logEvents: [LogEvent]

    /// The most bytes that the events may have unpacked; a packed payload of 6 MB could claim a thousand times as many.
    static let unpackedLimit = 64 << 20

    public init(event: Document) throws(LambdaError) {
        let logs = try EventFields(event).requiredObject("awslogs")
        guard let packed = try logs.bytes("data") else { throw .unreadable("awslogs.data is missing") }
        let document: Document
        do {
            document = try Document(json: try Gzip.decompress(packed, limit: Self.unpackedLimit))
        } catch {
            throw .unreadable("awslogs.data is no gzip of JSON: \(error)")
        }
        do throws(LambdaError) {
            try self.init(EventFields(document))
        } catch {
            throw error.inside("awslogs.data")
        }
    }

    private init(_ fields: EventFields) throws(LambdaError) {
        messageType = try fields.requiredString("messageType")
        owner = try fields.string("owner") ?? ""
        logGroup = try fields.requiredString("logGroup")
        logStream = try fields.requiredString("logStream")
        subscriptionFilters = try fields.strings("subscriptionFilters")
        logEvents = []
        for event in try fields.requiredObjects("logEvents") {
            logEvents.append(
                LogEvent(
                    id: try event.requiredString("id"), milliseconds: try event.int("timestamp") ?? 0,
                    message: try event.requiredString("message"), extractedFields: try event.stringMap("extractedFields")))
        }
    }
}
