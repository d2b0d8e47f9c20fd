import JSON
import Kernel

@CloudActor let dataProtectionOperations: [OperationEntry<SNSService>] = [
    OperationEntry(GetDataProtectionPolicy.self), OperationEntry(PutDataProtectionPolicy.self),
]

/// A topic's data protection policy: kept, and checked as far as its statements' form goes.
/// https://docs.aws.amazon.com/sns/latest/dg/sns-message-data-protection-policies.html
enum DataProtectionPolicy {
    /// - Returns: the policy, `nil` for an empty text, which takes it away.
    /// - Throws: `InvalidParameter`.
    static func check(_ text: String) throws(AWSError) -> String? {
        func invalid(_ reason: String) -> AWSError { .invalidParameter("DataProtectionPolicy Reason: \(reason)") }
        guard !text.isEmpty else { return nil }
        guard text.unicodeScalars.count <= 30_720 else { throw invalid("Policy must be at most 30720 characters long") }
        guard let policy = (try? Document(json: text))?.object else { throw invalid("Policy must be valid JSON") }
        guard policy["Name"]?.string?.isEmpty == false else { throw invalid("Policy must contain a Name") }
        guard policy["Version"]?.string == "2021-06-01" else { throw invalid("Policy Version must be 2021-06-01") }
        guard let statements = policy["Statement"]?.array, !statements.isEmpty else { throw invalid("Policy must contain at least one Statement") }
        for statement in statements {
            guard let direction = statement["DataDirection"]?.string, ["Inbound", "Outbound"].contains(direction) else {
                throw invalid("Statement DataDirection must be either Inbound or Outbound")
            }
            guard statement["DataIdentifier"]?.array?.isEmpty == false else { throw invalid("Statement must contain a DataIdentifier") }
            guard statement["Operation"]?.object?.isEmpty == false else { throw invalid("Statement must contain an Operation") }
        }
        return text
    }
}

/// https://docs.aws.amazon.com/sns/latest/api/API_GetDataProtectionPolicy.html
enum GetDataProtectionPolicy: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> String { try fields.requiredString("ResourceArn") }

    static func run(_ arn: String, on sns: SNSService, _ call: Call) throws(AWSError) -> String? {
        try sns.topic(arn, parameter: "ResourceArn", call).dataProtectionPolicy
    }

    static func write(_ policy: String?) -> Reply { Reply(["DataProtectionPolicy": .string(policy ?? "")]) }
}

/// https://docs.aws.amazon.com/sns/latest/api/API_PutDataProtectionPolicy.html
enum PutDataProtectionPolicy: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> (arn: String, policy: String) {
        (try fields.requiredString("ResourceArn"), try fields.requiredString("DataProtectionPolicy"))
    }

    static func run(_ input: (arn: String, policy: String), on sns: SNSService, _ call: Call) throws(AWSError) {
        var topic = try sns.topic(input.arn, parameter: "ResourceArn", call)
        topic.dataProtectionPolicy = try DataProtectionPolicy.check(input.policy)
        sns.keep(topic)
    }

    static func write(_ output: Void) -> Reply { Reply() }
}
