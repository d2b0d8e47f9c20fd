/// What Lambda gives a function that is mapped to a DynamoDB stream.
/// https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
public struct DynamoDBStreamEvent: LambdaEvent {
    public struct Record: Sendable, Equatable {
        public enum Change: String, Sendable {
            case insert = "INSERT"
            case modify = "MODIFY"
            case remove = "REMOVE"
        }

        public var eventID: String
        public var change: Change
        public var region: String
        /// The stream's ARN.
        public var eventSourceARN: String
        public var sequenceNumber: String
        /// When the item was written: seconds since the epoch, as exact as the stream is. `nil` where the event doesn't say.
        public var approximateCreation: Double?
        public var sizeBytes: Int?
        /// `NEW_IMAGE`, `KEYS_ONLY` ...
        public var viewType: String?
        public var keys: Item
        /// Where the stream's view has it.
        public var newImage: Item?
        /// Where the stream's view has it.
        public var oldImage: Item?
        /// Who wrote, where that was a service: items that Time to Live deletes are `Service`, `dynamodb.amazonaws.com`.
        public var userIdentity: UserIdentity?

        /// Whether Time to Live deleted the item.
        /// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html
        public var isExpiry: Bool { change == .remove && userIdentity == UserIdentity(type: "Service", principalID: "dynamodb.amazonaws.com") }
    }

    public struct UserIdentity: Sendable, Equatable {
        public var type: String
        public var principalID: String

        public init(type: String, principalID: String) {
            self.type = type
            self.principalID = principalID
        }
    }

    public var records: [Record]
    /// Where the mapping has a tumbling window.
    public var window: TimeWindow?

    public init(records: [Record], window: TimeWindow? = nil) {
        self.records = records
        self.window = window
    }

    public init(event: Document) throws(LambdaError) {
        let fields = try EventFields(event)
        records = []
        for record in try fields.requiredObjects("Records") { records.append(try Record(record)) }
        window = try TimeWindow(fields)
    }
}

extension DynamoDBStreamEvent.Record {
    fileprivate init(_ fields: EventFields) throws(LambdaError) {
        let data = try fields.requiredObject("dynamodb")
        eventID = try fields.string("eventID") ?? ""
        change = try fields.word("eventName")
        region = try fields.string("awsRegion") ?? ""
        eventSourceARN = try fields.string("eventSourceARN") ?? ""
        sequenceNumber = try data.string("SequenceNumber") ?? ""
        approximateCreation = try data.double("ApproximateCreationDateTime")
        sizeBytes = try data.int("SizeBytes")
        viewType = try data.string("StreamViewType")
        keys = try data.requiredItem("Keys")
        newImage = try data.item("NewImage")
        oldImage = try data.item("OldImage")
        userIdentity = try fields.object("userIdentity").map { (identity) throws(LambdaError) in
            // Lambda has the members in lower case, GetRecords in upper case.
            let (type, principal) = identity.members["type"] == nil ? ("Type", "PrincipalId") : ("type", "principalId")
            return DynamoDBStreamEvent.UserIdentity(type: try identity.string(type) ?? "", principalID: try identity.string(principal) ?? "")
        }
    }
}

/// What a function of a mapping with a tumbling window is told beside its records.
/// https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-windows.html
public struct TimeWindow: Sendable, Equatable {
    /// RFC 3339: `2020-07-30T17:00:00Z`.
    public var start: String
    public var end: String
    /// What the invocation before answered as its state.
    public var state: Document
    public var shardID: String
    public var isFinalInvocation: Bool
    public var isTerminatedEarly: Bool

    init?(_ fields: EventFields) throws(LambdaError) {
        guard let window = try fields.object("window") else { return nil }
        start = try window.requiredString("start")
        end = try window.requiredString("end")
        state = fields.document("state")
        shardID = try fields.string("shardId") ?? ""
        isFinalInvocation = try fields.bool("isFinalInvokeForWindow") ?? false
        isTerminatedEarly = try fields.bool("isWindowTerminatedEarly") ?? false
    }
}

/// What a function of a mapping with a tumbling window answers: the state that its next invocation in the window is given.
public struct TimeWindowResponse: LambdaAnswer, Equatable {
    public var state: Document
    public var batchItemFailures: [BatchItemFailure]

    /// - Parameter failures: the sequence numbers of the records that failed.
    public init(state: Document, failures: [String] = []) {
        self.state = state
        batchItemFailures = failures.map { BatchItemFailure($0) }
    }

    public var answer: Document {
        var members: Members = ["state": state]
        for member in BatchItemFailure.members(batchItemFailures) { members.append(member.name, member.value) }
        return .object(members)
    }
}
