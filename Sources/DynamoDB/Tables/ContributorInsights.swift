import JSON
import Kernel

/// Contributor Insights of a table or of one of its indexes: a setting that is kept; nothing is counted.
/// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/contributorinsights.html
package struct ContributorInsights: Sendable, Equatable {
    package enum Mode: String, Sendable { case all = "ACCESSED_AND_THROTTLED_KEYS", throttled = "THROTTLED_KEYS" }

    package var isEnabled: Bool
    package var mode: Mode
    package var changed: Timestamp
    /// Is part of the rules' names.
    package var enabled: Timestamp

    /// The rules in CloudWatch that AWS makes for it: of partition keys and of sort keys, accessed and throttled.
    func rules(_ table: String, hasSort: Bool) -> [String] {
        let kinds = (mode == .all ? ["PKC", "SKC"] : []) + ["PKT", "SKT"]
        return kinds.filter { hasSort || $0.hasPrefix("PK") }.map { "DynamoDBContributorInsights-\($0)-\(table)-\(enabled.milliseconds)" }
    }
}

extension ContributorInsights {
    var stored: Document {
        ["enabled": .bool(isEnabled), "mode": .string(mode.rawValue), "changed": .int(changed.microseconds), "since": .int(enabled.microseconds)]
    }

    init?(stored document: Document) {
        guard let isEnabled = document["enabled"]?.bool, let mode = document["mode"]?.string.flatMap(Mode.init), let changed = document["changed"]?.int,
            let since = document["since"]?.int
        else { return nil }
        self.init(isEnabled: isEnabled, mode: mode, changed: Timestamp(microseconds: Int64(changed)), enabled: Timestamp(microseconds: Int64(since)))
    }
}
