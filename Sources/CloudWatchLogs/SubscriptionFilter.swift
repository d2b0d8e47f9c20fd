import JSON
import Kernel

/// What picks events of a group and where they go.
/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_SubscriptionFilter.html
struct SubscriptionFilter: Sendable {
    var name: String
    var pattern: String
    /// The ARN of a function.
    var destination: String
    var distribution: String
    /// Milliseconds since the epoch.
    var created: Int64
    /// The pattern, ready to match.
    var compiled: FilterPattern

    /// - Throws: where the pattern can't be.
    init(name: String, pattern: String, destination: String, distribution: String, created: Int64) throws(AWSError) {
        self.name = name
        self.pattern = pattern
        self.destination = destination
        self.distribution = distribution
        self.created = created
        compiled = try FilterPattern(pattern)
    }

    var document: Document {
        [
            "name": .string(name), "pattern": .string(pattern), "destination": .string(destination), "distribution": .string(distribution),
            "created": .int(created),
        ]
    }

    init?(_ document: Document) {
        guard let name = document["name"]?.string, let pattern = document["pattern"]?.string, let destination = document["destination"]?.string,
            let distribution = document["distribution"]?.string, let created = document["created"]?.int
        else { return nil }
        try? self.init(name: name, pattern: pattern, destination: destination, distribution: distribution, created: Int64(created))
    }
}
