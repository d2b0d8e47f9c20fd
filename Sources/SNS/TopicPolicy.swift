import JSON
import Kernel

/// A topic's policy: who may do what with it.
/// https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html
struct TopicPolicy {
    private let topic: ARN
    private var members: Members
    private var statements: [Document]

    init(of topic: Topic) {
        self.topic = topic.arn
        members = (try? Document(json: topic.policy))?.object ?? Members()
        statements = Self.statements(members)
    }

    var text: String {
        var members = members
        members["Statement"] = .array(statements)
        return String(decoding: Document.object(members).json(), as: UTF8.self)
    }

    mutating func add(_ label: String, accounts: [String], actions: [String]) throws(AWSError) {
        guard !statements.contains(where: { $0["Sid"]?.string == label }) else { throw .invalidParameter("Statement already exists") }
        for account in accounts where account.utf8.count != 12 || !account.utf8.allSatisfy({ $0 &- 48 < 10 }) {
            throw .invalidParameter("Policy Error: PrincipalNotFound")
        }
        for action in actions where !Self.isInScope("SNS:\(action)") { throw Self.outOfScope(isNew: false) }
        statements.append([
            "Sid": .string(label), "Effect": "Allow", "Principal": ["AWS": Self.one(accounts.map { "arn:\(topic.partition):iam::\($0):root" })],
            "Action": Self.one(actions.map { "SNS:\($0)" }), "Resource": .string(topic.description),
        ])
    }

    mutating func remove(_ label: String) throws(AWSError) {
        guard let index = statements.firstIndex(where: { $0["Sid"]?.string == label }) else { throw .notFound("Statement does not exist") }
        statements.remove(at: index)
    }

    /// One needn't stand in a list.
    private static func one(_ texts: [String]) -> Document { texts.count == 1 ? .string(texts[0]) : .array(texts.map { .string($0) }) }

    private static func statements(_ policy: Members) -> [Document] {
        switch policy["Statement"] {
        case .array(let list): list
        case .some(let one): [one]
        case nil: []
        }
    }

    // MARK: Checking

    /// Checks a policy that somebody sets.
    /// - Throws: `InvalidParameter`.
    static func check(_ text: String, isNew: Bool) throws(AWSError) {
        guard let policy = (try? Document(json: text))?.object, policy["Statement"] != nil else { throw .invalidAttribute("Policy Error: null", isNew: isNew) }
        for statement in statements(policy) {
            guard let statement = statement.object, ["Allow", "Deny"].contains(statement["Effect"]?.string ?? ""),
                statement["Principal"] != nil || statement["NotPrincipal"] != nil
            else { throw .invalidAttribute("Policy Error: null", isNew: isNew) }
            let actions: [String]
            switch statement["Action"] ?? statement["NotAction"] {
            case .string(let one): actions = [one]
            case .array(let list): actions = list.map { $0.string ?? "" }
            default: throw .invalidAttribute("Policy Error: null", isNew: isNew)
            }
            guard actions.allSatisfy(isInScope) else { throw outOfScope(isNew: isNew) }
        }
    }

    private static func outOfScope(isNew: Bool) -> AWSError { .invalidAttribute("Policy statement action out of service scope!", isNew: isNew) }

    /// Whether an action is one on a topic; patterns are.
    private static func isInScope(_ action: String) -> Bool {
        let action = action.lowercased()
        guard action != "*" else { return true }
        guard action.hasPrefix("sns:") else { return false }
        return action.contains("*") || action.contains("?") || actions.contains(String(action.dropFirst(4)))
    }

    private static let actions: Set<String> = [
        "addpermission", "confirmsubscription", "deletetopic", "getdataprotectionpolicy", "gettopicattributes", "listsubscriptionsbytopic", "listtagsforresource",
        "publish", "putdataprotectionpolicy", "receive", "removepermission", "settopicattributes", "subscribe", "tagresource", "untagresource",
    ]
}
