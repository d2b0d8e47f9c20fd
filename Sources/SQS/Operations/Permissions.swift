import JSON
import Kernel

@CloudActor let permissionOperations: [OperationEntry<SQSService>] = [OperationEntry(AddPermission.self), OperationEntry(RemovePermission.self)]

/// Adds a statement to the queue's policy. Kept and answered; evaluated once there is IAM.
/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_AddPermission.html
enum AddPermission: Operation {
    struct Input {
        var url: String
        var label: String
        var accounts: [String]
        var actions: [String]
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let url = try fields.queueURL()
        let label = try fields.required("Label")
        guard let accounts = try fields.strings("AWSAccountIds"), !accounts.isEmpty else { throw .missingParameter("AWSAccountIds") }
        guard let actions = try fields.strings("Actions"), !actions.isEmpty else { throw .missingParameter("ActionName") }
        return Input(url: url, label: label, accounts: accounts, actions: actions)
    }

    static func run(_ input: Input, on sqs: SQSService, _ call: Call) throws(AWSError) {
        let name = try sqs.find(input.url, call)
        try check(input)
        try sqs.changePolicy(of: name, call) { (policy, queue) throws(AWSError) in
            try policy.add(input.label, accounts: input.accounts, actions: input.actions, on: queue)
        }
    }

    private static func check(_ input: Input) throws(AWSError) {
        guard (1...80).contains(input.label.utf8.count), input.label.utf8.allSatisfy(\.isNameByte) else {
            throw .invalidValue("Value \(input.label) for parameter Label is invalid. Reason: Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length.")
        }
        for action in input.actions where !granted.contains(action) {
            throw .invalidValue("Value SQS:\(action) for parameter ActionName is invalid. Reason: "
                + (ownersAlone.contains(action) ? "Only the queue owner is allowed to invoke this action." : "Please refer to the appropriate WSDL for a list of valid actions."))
        }
        guard input.actions.count <= 7 else { throw .overLimit("\(input.actions.count) Actions were found, maximum allowed is 7.") }
        for account in input.accounts where account.utf8.count != 12 || !account.utf8.allSatisfy({ $0 &- 48 < 10 }) {
            throw .invalidValue("Value [\(account)] for parameter PrincipalId is invalid. Reason: Unable to verify.")
        }
    }

    private static let granted: Set<String> = [
        "*", "SendMessage", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "GetQueueAttributes", "GetQueueUrl", "ListDeadLetterSourceQueues",
        "PurgeQueue",
    ]
    private static let ownersAlone: Set<String> = [
        "AddPermission", "CancelMessageMoveTask", "CreateQueue", "DeleteQueue", "ListMessageMoveTasks", "ListQueues", "ListQueueTags", "RemovePermission",
        "SetQueueAttributes", "StartMessageMoveTask", "TagQueue", "UntagQueue",
    ]

    static func write(_ output: Void) -> Reply { .none }
}

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_RemovePermission.html
enum RemovePermission: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> (url: String, label: String) {
        (try fields.queueURL(), try fields.required("Label"))
    }

    static func run(_ input: (url: String, label: String), on sqs: SQSService, _ call: Call) throws(AWSError) {
        let name = try sqs.find(input.url, call)
        let reason = sqs.state.queues[name]?.attributes.policy == nil ? "can't find label." : "can't find label on existing policy."
        try sqs.changePolicy(of: name, call) { (policy, _) throws(AWSError) in
            guard policy.remove(input.label) else { throw .invalidValue("Value \(input.label) for parameter Label is invalid. Reason: \(reason)") }
        }
    }

    static func write(_ output: Void) -> Reply { .none }
}

extension SQSService {
    fileprivate func changePolicy(of name: QueueName, _ call: Call, _ change: (inout QueuePolicy, ARN) throws(AWSError) -> Void) throws(AWSError) {
        try withQueue(name, at: call.now) { (queue) throws(AWSError) in
            var policy = if let text = queue.attributes.policy { try QueuePolicy(text) } else { QueuePolicy(of: queue.arn) }
            try change(&policy, queue.arn)
            queue.attributes.policy = policy.text
            queue.modified = call.now
            keep(queue)
        }
    }
}

extension UInt8 {
    /// A letter, a digit, a hyphen or an underscore.
    var isNameByte: Bool { self &- 48 < 10 || (self | 0x20) &- 97 < 26 || self == UInt8(ascii: "_") || self == UInt8(ascii: "-") }
}
