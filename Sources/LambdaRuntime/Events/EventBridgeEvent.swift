/// An event of EventBridge: what a rule or a schedule gives a function.
/// https://docs.aws.amazon.com/eventbridge/latest/userguide/aws-events-structure.html
public struct EventBridgeEvent<Detail: LambdaEvent>: LambdaEvent {
    public var id: String
    /// `aws.s3`, `my.application`
    public var source: String
    /// `Object Created`
    public var detailType: String
    public var account: String
    /// RFC 3339: `2017-12-22T18:43:48Z`
    public var time: String
    public var region: String
    /// The ARNs of what the event is about; of a scheduled event, its rule's.
    public var resources: [String]
    public var detail: Detail
    /// Where the event comes from an archive.
    public var replayName: String?

    public init(event: Document) throws(LambdaError) {
        let fields = try EventFields(event)
        id = try fields.string("id") ?? ""
        source = try fields.requiredString("source")
        detailType = try fields.requiredString("detail-type")
        account = try fields.string("account") ?? ""
        time = try fields.string("time") ?? ""
        region = try fields.string("region") ?? ""
        resources = try fields.strings("resources")
        replayName = try fields.string("replay-name")
        do throws(LambdaError) {
            detail = try Detail(event: fields.document("detail"))
        } catch {
            throw error.inside("detail")
        }
    }
}

/// What a scheduled rule gives a function: `detail-type` is `Scheduled Event`, `source` is `aws.events`, and the detail is empty.
/// https://docs.aws.amazon.com/lambda/latest/dg/with-eventbridge-scheduler.html
public typealias ScheduledEvent = EventBridgeEvent<Document>
