import JSON
import Kernel

@CloudActor let permissionOperations: [OperationEntry<SNSService>] = [OperationEntry(AddPermission.self), OperationEntry(RemovePermission.self)]

/// Adds a statement to the topic's policy. Kept and answered; nothing evaluates it yet.
/// https://docs.aws.amazon.com/sns/latest/api/API_AddPermission.html
enum AddPermission: Operation {
    struct Input {
        var topic: String
        var label: String
        var accounts: [String]
        var actions: [String]
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let topic = try fields.requiredString("TopicArn")
        let label = try fields.requiredString("Label")
        let accounts = try fields.requiredStrings("AWSAccountId")
        let actions = try fields.requiredStrings("ActionName")
        return Input(topic: topic, label: label, accounts: accounts, actions: actions)
    }

    static func run(_ input: Input, on sns: SNSService, _ call: Call) throws(AWSError) {
        var topic = try sns.topic(input.topic, call)
        guard !input.label.isEmpty else { throw .invalidParameter("Label") }
        guard !input.accounts.isEmpty else { throw .invalidParameter("AWSAccountId") }
        guard !input.actions.isEmpty else { throw .invalidParameter("ActionName") }
        var policy = TopicPolicy(of: topic)
        try policy.add(input.label, accounts: input.accounts, actions: input.actions)
        topic.attributes["Policy"] = policy.text
        sns.keep(topic)
    }

    static func write(_ output: Void) -> Reply { Reply() }
}

/// https://docs.aws.amazon.com/sns/latest/api/API_RemovePermission.html
enum RemovePermission: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> (topic: String, label: String) {
        (try fields.requiredString("TopicArn"), try fields.requiredString("Label"))
    }

    static func run(_ input: (topic: String, label: String), on sns: SNSService, _ call: Call) throws(AWSError) {
        var topic = try sns.topic(input.topic, call)
        var policy = TopicPolicy(of: topic)
        try policy.remove(input.label)
        topic.attributes["Policy"] = policy.text
        sns.keep(topic)
    }

    static func write(_ output: Void) -> Reply { Reply() }
}

extension Fields {
    /// A list of strings that must be there.
    mutating func requiredStrings(_ name: String) throws(AWSError) -> [String] {
        guard let strings = try strings(name) else {
            missing(name)
            return []
        }
        return strings
    }
}
