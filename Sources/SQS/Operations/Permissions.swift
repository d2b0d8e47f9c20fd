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
        guard let actions = try fields.strings("Actions"), !actions.isEmpty else { throw .missingParameter("Actions") }
        return Input(url: url, label: label, accounts: accounts, actions: actions)
    }

    static func run(_ input: Input, on sqs: SQSService, _ call: Call) throws(AWSError) {
        try sqs.withQueue(sqs.find(input.url, call), at: call.now) { (queue) throws(AWSError) in
            var policy = QueuePolicy(queue.attributes.policy, queue.arn)
            try policy.add(input.label, accounts: input.accounts, actions: input.actions)
            queue.attributes.policy = policy.text
            queue.modified = call.now
            sqs.keep(queue)
        }
    }

    static func write(_ output: Void) -> Reply { Reply() }
}

/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_RemovePermission.html
enum RemovePermission: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> (url: String, label: String) {
        (try fields.queueURL(), try fields.required("Label"))
    }

    static func run(_ input: (url: String, label: String), on sqs: SQSService, _ call: Call) throws(AWSError) {
        try sqs.withQueue(sqs.find(input.url, call), at: call.now) { (queue) throws(AWSError) in
            var policy = QueuePolicy(queue.attributes.policy, queue.arn)
            try policy.remove(input.label)
            queue.attributes.policy = policy.text
            queue.modified = call.now
            sqs.keep(queue)
        }
    }

    static func write(_ output: Void) -> Reply { Reply() }
}

/// A queue's policy as AddPermission and RemovePermission see it: statements with labels.
struct QueuePolicy {
    private var members: Members
    private var statements: [Document]
    private let queue: ARN

    init(_ text: String?, _ queue: ARN) {
        members = text.flatMap { (try? Document(json: $0))?.object }
            ?? ["Version": "2012-10-17", "Id": .string("\(queue)/SQSDefaultPolicy")]
        // One statement needn't stand in a list.
        statements = switch members["Statement"] {
        case .array(let list): list
        case .some(let one): [one]
        case nil: []
        }
        self.queue = queue
    }

    /// The policy; `nil` without any statement.
    var text: String? {
        guard !statements.isEmpty else { return nil }
        var members = members
        members["Statement"] = .array(statements)
        return String(decoding: Document.object(members).json(), as: UTF8.self)
    }

    mutating func add(_ label: String, accounts: [String], actions: [String]) throws(AWSError) {
        guard (1...80).contains(label.utf8.count), label.utf8.allSatisfy({ $0 &- 48 < 10 || ($0 | 0x20) &- 97 < 26 || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }) else {
            throw .invalidValue("Value \(label) for parameter Label is invalid. Reason: Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length.")
        }
        guard !statements.contains(where: { $0["Sid"]?.string == label }) else {
            throw .invalidValue("Value \(label) for parameter Label is invalid. Reason: Already exists.")
        }
        for action in actions where action != "*" && !Self.actions.contains(action) {
            throw .invalidValue("Value SQS:\(action) for parameter ActionName is invalid. Reason: Please refer to the appropriate WSDL for a list of valid actions. ")
        }
        guard actions.count <= 7 else { throw AWSError("OverLimit", "\(actions.count) Actions were found, maximum allowed is 7.", status: 403) }
        for account in accounts where account.utf8.count != 12 || !account.utf8.allSatisfy({ $0 &- 48 < 10 }) {
            throw .invalidValue("Value \(account) for parameter PrincipalId is invalid. Reason: Unable to verify.")
        }
        let principals = accounts.map { Document.string("arn:\(queue.partition):iam::\($0):root") }
        let names = actions.map { Document.string("SQS:\($0)") }
        statements.append([
            "Sid": .string(label), "Effect": "Allow", "Principal": ["AWS": principals.count == 1 ? principals[0] : .array(principals)],
            "Action": names.count == 1 ? names[0] : .array(names), "Resource": .string(queue.description),
        ])
    }

    mutating func remove(_ label: String) throws(AWSError) {
        guard let index = statements.firstIndex(where: { $0["Sid"]?.string == label }) else {
            throw .invalidValue("Value \(label) for parameter Label is invalid. Reason: can't find label on existing policy.")
        }
        statements.remove(at: index)
    }

    private static let actions: Set<String> = [
        "SendMessage", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "GetQueueAttributes", "GetQueueUrl", "ListDeadLetterSourceQueues", "PurgeQueue",
    ]
}
