/// How a cloud is set up. The defaults are an empty cloud in memory that listens nowhere.
public struct CloudOptions: Sendable {
    /// Where the journal lives (a folder, made when missing); `nil` keeps everything in memory.
    public var dataDirectory: String?
    /// The account of calls whose access key id isn't twelve digits.
    public var account = "000000000000"
    /// Makes ids and every other choice repeatable: same seed, same calls, same bytes.
    public var seed: UInt64?
    /// Whether requests must carry a right SigV4 signature. Where no `secrets` are given, every access key id has the secret `test`; else other
    /// ids are unknown, but those of twelve digits, which name an account.
    public var requiresSignatures = false
    public var secrets: [String: String] = [:]
    /// Whether statuses pass through CREATING, UPDATING and DELETING as on AWS, instead of being final at once.
    public var hasRealisticStatus = false
    /// Whether DynamoDB refuses what goes beyond a table's throughput: provisioned units, maxima of on-demand tables, the account's quota.
    public var throttles = false
    /// Most bytes that DynamoDB lets an item collection of a table with local secondary indexes hold.
    public var collectionLimit = 10 << 30
    /// Whether the name of a deleted SQS queue is taken for another sixty seconds, as at AWS.
    public var keepsDeletedQueueNames = false
    /// Commands that run functions of a runtime, by its name or the beginning of several names (`java`): the program and its arguments. They speak Lambda's
    /// Runtime API.
    public var runtimes: [String: [String]] = [:]
    /// Local programs that run in the place of images, by the image's URI or its name.
    public var images: [String: String] = [:]
    /// Told once when the data directory can no longer be written (a full disk). From then on nothing that changes state is
    /// acknowledged, so the process should report it and end. Called on any thread.
    public var onStoreFailure: @Sendable (CloudError) -> Void = { _ in }

    public init() {}
}

/// Why a cloud could not start or do what was asked.
public struct CloudError: Error, Sendable, CustomStringConvertible {
    /// AWS's error code, or `CloudError` where the trouble isn't AWS's (a port that is taken).
    public let code: String
    public let message: String

    public var description: String { code == "CloudError" ? message : "\(code): \(message)" }

    package init(_ message: String, code: String = "CloudError") {
        self.code = code
        self.message = message
    }
}
