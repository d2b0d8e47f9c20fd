import JSON
import Kernel

/// A queue's policy: who may do what with it. Kept and answered; evaluated once there is IAM.
/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-creating-custom-policies.html
struct QueuePolicy {
    private var members: Members
    private(set) var statements: [Document]

    static let statementLimit = 20

    private static let memberNames: Set<String> = ["Version", "Id", "Statement"]
    private static let statementNames: Set<String> = [
        "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
    ]

    /// Reads what somebody sets.
    /// - Throws: `InvalidAttributeValue`, `OverLimit`.
    init(_ text: String) throws(AWSError) {
        guard let members = (try? Document(json: text))?.object else { throw .invalidAttributeValue("Policy") }
        self.members = members
        // One statement needn't stand in a list.
        statements = members["Statement"].map { $0.array ?? [$0] } ?? []
        guard members.allSatisfy({ Self.memberNames.contains($0.name) }), !statements.isEmpty, statements.allSatisfy(Self.isStatement) else {
            throw .invalidAttributeValue("Policy")
        }
        if let version = members["Version"], version.string != "2012-10-17" && version.string != "2008-10-17" { throw .invalidAttributeValue("Policy") }
        guard statements.count <= Self.statementLimit else {
            throw .overLimit("\(statements.count) statements were found in the submitted policy, max allowed is \(Self.statementLimit)")
        }
    }

    /// The policy that AddPermission begins with.
    init(of queue: ARN) {
        members = ["Version": "2008-10-17", "Id": .string("\(queue)/SQSDefaultPolicy")]
        statements = []
    }

    private static func isStatement(_ document: Document) -> Bool {
        guard let members = document.object, members.allSatisfy({ statementNames.contains($0.name) }) else { return false }
        guard members["Effect"]?.string == "Allow" || members["Effect"]?.string == "Deny" else { return false }
        return (members["Principal"] ?? members["NotPrincipal"]) != nil && (members["Action"] ?? members["NotAction"]) != nil
    }

    /// `nil` where nothing is left of it.
    var text: String? {
        guard !statements.isEmpty else { return nil }
        var members = members
        members["Statement"] = .array(statements)
        return String(decoding: Document.object(members).json(), as: UTF8.self)
    }

    /// Allows accounts some actions. The same again changes nothing.
    /// - Throws: `InvalidParameterValue` where the label stands for something else, `OverLimit`.
    mutating func add(_ label: String, accounts: [String], actions: [String], on queue: ARN) throws(AWSError) {
        let statement: Document = [
            "Sid": .string(label), "Effect": "Allow", "Principal": ["AWS": Self.oneOrMany(accounts.map { "arn:\(queue.partition):iam::\($0):root" })],
            "Action": Self.oneOrMany(actions.map { "SQS:\($0)" }), "Resource": .string(queue.description),
        ]
        if let known = statements.first(where: { $0["Sid"]?.string == label }) {
            guard known == statement else { throw .invalidValue("Value \(label) for parameter Label is invalid. Reason: Already exists.") }
            return
        }
        guard statements.count < Self.statementLimit else {
            throw .overLimit("\(statements.count + 1) Statements were found, maximum allowed is \(Self.statementLimit).")
        }
        statements.append(statement)
    }

    /// - Returns: whether there was a statement of that label.
    mutating func remove(_ label: String) -> Bool {
        guard let index = statements.firstIndex(where: { $0["Sid"]?.string == label }) else { return false }
        statements.remove(at: index)
        return true
    }

    private static func oneOrMany(_ texts: [String]) -> Document {
        texts.count == 1 ? .string(texts[0]) : .array(texts.map { .string($0) })
    }
}
