import Kernel

/// What S3 gives a function that a bucket notifies.
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
public struct S3Event: LambdaEvent {
    public struct Record: Sendable, Equatable {
        /// `ObjectCreated:Put`
        public var eventName: String
        /// `1970-01-01T00:00:00.000Z`
        public var eventTime: String
        public var region: String
        /// Who caused the event.
        public var principalID: String?
        public var sourceIPAddress: String?
        /// `x-amz-request-id`, `x-amz-id-2`
        public var responseElements: [String: String]
        /// The notification's id in the bucket's configuration.
        public var configurationID: String?
        public var bucket: Bucket
        public var object: Object
    }

    public struct Bucket: Sendable, Equatable {
        public var name: String
        public var arn: String
        public var ownerPrincipalID: String?
    }

    public struct Object: Sendable, Equatable {
        /// As it stands in the event, encoded as in a form: `my+file.txt`.
        public var encodedKey: String
        /// Bytes. Absent for deletions.
        public var size: Int?
        public var eTag: String?
        /// Where the bucket has versions.
        public var versionID: String?
        /// Orders the events of one key: hexadecimal digits, to be compared right-aligned.
        public var sequencer: String?

        /// The key itself: `my file.txt`.
        public var key: String { PercentEncoding.text(encodedKey.utf8, plusIsSpace: true) }
    }

    public var records: [Record]

    public init(event: Document) throws(LambdaError) {
        records = []
        for record in try EventFields(event).requiredObjects("Records") { records.append(try Record(record)) }
    }
}

extension S3Event.Record {
    fileprivate init(_ fields: EventFields) throws(LambdaError) {
        eventName = try fields.requiredString("eventName")
        eventTime = try fields.string("eventTime") ?? ""
        region = try fields.string("awsRegion") ?? ""
        principalID = try fields.object("userIdentity")?.string("principalId")
        sourceIPAddress = try fields.object("requestParameters")?.string("sourceIPAddress")
        responseElements = try fields.stringMap("responseElements")
        let s3 = try fields.requiredObject("s3")
        configurationID = try s3.string("configurationId")
        let bucket = try s3.requiredObject("bucket")
        self.bucket = S3Event.Bucket(
            name: try bucket.requiredString("name"), arn: try bucket.string("arn") ?? "",
            ownerPrincipalID: try bucket.object("ownerIdentity")?.string("principalId"))
        let object = try s3.requiredObject("object")
        self.object = S3Event.Object(
            encodedKey: try object.requiredString("key"), size: try object.int("size"), eTag: try object.string("eTag"),
            versionID: try object.string("versionId"), sequencer: try object.string("sequencer"))
    }
}
