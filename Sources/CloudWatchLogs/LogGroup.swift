import Collections
import Kernel

/// Log streams that share retention, tags and filters.
/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_LogGroup.html
struct LogGroup: Sendable {
    enum Class: String, Sendable, CaseIterable {
        case standard = "STANDARD"
        case infrequentAccess = "INFREQUENT_ACCESS"
        case delivery = "DELIVERY"
    }

    let id: UInt64
    let name: String
    let scope: Scope
    /// Milliseconds since the epoch.
    let created: Int64
    var logClass = Class.standard
    /// `nil`: events are kept for ever.
    var retentionDays: Int?
    var kmsKeyID: String?
    var isProtected = false
    var tags: [String: String] = [:]
    /// By name.
    var streams = SortedMap<Bytes, LogStream>()
    /// Of messages and what AWS counts beside them.
    var storedBytes = 0
    /// In the order of their names.
    var subscriptionFilters: [SubscriptionFilter] = []
    /// In the order of their names.
    var metricFilters: [MetricFilter] = []

    init(id: UInt64, name: String, scope: Scope, created: Int64) {
        self.id = id
        self.name = name
        self.scope = scope
        self.created = created
    }

    /// Without the `:*` that stands for its streams.
    var arn: ARN { ARN("logs", "log-group:\(name)", in: scope) }

    func arn(ofStream stream: String) -> ARN { ARN("logs", "log-group:\(name):log-stream:\(stream)", in: scope) }

    /// The time before which events are expired.
    func cutoff(at now: Int64) -> Int64 {
        retentionDays.map { max(0, now - Int64($0) * 86_400_000) } ?? 0
    }
}
