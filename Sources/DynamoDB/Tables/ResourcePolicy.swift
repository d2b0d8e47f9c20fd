import JSON
import Kernel

/// A resource-based policy of a table or a stream. It is kept, not enforced.
/// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/access-control-resource-based.html
package struct ResourcePolicy: Sendable, Equatable {
    package var text: String
    /// Revisions are times, and grow.
    package var revision: Int64

    /// Most bytes of a policy.
    static let limit = 20480

    /// The next revision of a policy; the same policy stays the same revision.
    static func revised(_ text: String, after current: ResourcePolicy?, now: Timestamp) throws(AWSError) -> ResourcePolicy {
        try check(text)
        if let current, ByteOrder.equal(current.text, text) { return current }
        return ResourcePolicy(text: text, revision: max(now.milliseconds, (current?.revision ?? 0) + 1))
    }

    private static func invalid(_ what: String) -> AWSError { .invalidParameter("Invalid policy document: \(what)") }

    private static func check(_ text: String) throws(AWSError) {
        guard text.utf8.count <= limit else { throw .invalidParameter("Maximum policy size of \(limit) bytes exceeded") }
        let document: Document
        do throws(JSONError) { document = try Document(json: Array(text.utf8)) } catch {
            throw invalid("This policy contains invalid Json")
        }
        switch document {
        case .object(let members):
            guard !members.isEmpty else { throw invalid("Syntax error at position (1,3)") }
        case .null: throw invalid("This text appears not to be a policy")
        default: throw invalid("This policy contains invalid Json")
        }
        let statements = document["Statement"].map { $0.array ?? [$0] } ?? []
        guard !statements.isEmpty else { throw invalid("Could not parse the policy: Statement is empty!") }
        for statement in statements {
            for (field, other) in [("Effect", "Effect"), ("Principal", "NotPrincipal"), ("Action", "NotAction"), ("Resource", "NotResource")]
            where statement[field] == nil && statement[other] == nil { throw invalid("Missing required field \(field)") }
        }
    }

    /// Checks the revision that a request expects to find.
    static func checkRevision(_ expected: String?, of current: ResourcePolicy?, table: String) throws(AWSError) {
        guard let expected else { return }
        switch current {
        case nil where expected == "NO_POLICY": return
        case nil:
            // Guessed from the text for a policy of another revision.
            throw notFound("Requested update for policy with revision id \(expected), but no policy is associated to target table \(table).")
        case let current? where expected == "NO_POLICY":
            throw notFound(
                "Requested policy update expecting none to be present for table \(table), but a policy exists with revision id \(current.revision).")
        case let current? where expected != String(current.revision):
            throw notFound(
                "Requested update for policy with revision id \(expected), but the policy associated to target table \(table) has revision id \(current.revision).")
        default: return
        }
    }

    static func notFound(_ what: String) -> AWSError {
        AWSError("PolicyNotFoundException", "Resource-based policy not found for the provided ResourceArn: \(what)")
    }
}
