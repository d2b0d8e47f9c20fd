import JSON
import Kernel

/// Who else may write: kept, not enforced.
/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ResourcePolicy.html
struct ResourcePolicy: Sendable {
    /// Of an account's policy.
    var name: String?
    /// Of a group's policy.
    var resource: String?
    /// JSON, as it was sent.
    var text: String
    /// Milliseconds since the epoch.
    var updated: Int64
    /// Of a group's policy: changes with each change.
    var revision: String?

    /// As AWS writes it, and as the journal has it.
    var document: Document {
        var members = Members()
        members["policyName"] = name.map { .string($0) }
        members["policyDocument"] = .string(text)
        members["lastUpdatedTime"] = .int(updated)
        members["policyScope"] = resource == nil ? "ACCOUNT" : "RESOURCE"
        members["resourceArn"] = resource.map { .string($0) }
        members["revisionId"] = revision.map { .string($0) }
        return .object(members)
    }

    init(name: String?, resource: String?, text: String, updated: Int64, revision: String?) {
        (self.name, self.resource, self.text, self.updated, self.revision) = (name, resource, text, updated, revision)
    }

    init?(_ document: Document) {
        guard let text = document["policyDocument"]?.string, let updated = document["lastUpdatedTime"]?.int else { return nil }
        self.init(
            name: document["policyName"]?.string, resource: document["resourceArn"]?.string, text: text, updated: Int64(updated),
            revision: document["revisionId"]?.string)
    }
}
