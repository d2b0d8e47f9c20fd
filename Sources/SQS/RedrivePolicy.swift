import JSON
import Kernel

/// When a message that nobody could handle goes to which queue.
/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
struct RedrivePolicy: Sendable, Equatable {
    /// The dead-letter queue's ARN.
    var deadLetterTargetARN: String
    /// So often may a message be received before: 1 to 1,000.
    var maxReceiveCount: Int
    /// As it was written, for errors.
    let given: String

    static func == (left: RedrivePolicy, right: RedrivePolicy) -> Bool { left.text == right.text }

    /// As GetQueueAttributes answers it, however it was written when it was set.
    var text: String {
        String(decoding: Document.object(["deadLetterTargetArn": .string(deadLetterTargetARN), "maxReceiveCount": .int(maxReceiveCount)]).json(), as: UTF8.self)
    }

    init(_ text: String) throws(AWSError) {
        func invalid(_ reason: String) -> AWSError { .invalidRedrivePolicy(text, reason) }
        guard let members = (try? Document(json: text))?.object else {
            throw .invalidAttributeValue("RedrivePolicy", "Reason: Redrive policy is not a valid JSON map.")
        }
        guard let count = members["maxReceiveCount"] else { throw invalid("Redrive policy does not contain mandatory attribute: maxReceiveCount.") }
        guard let target = members["deadLetterTargetArn"] else { throw invalid("Redrive policy does not contain mandatory attribute: deadLetterTargetArn.") }
        for member in members where member.name != "deadLetterTargetArn" && member.name != "maxReceiveCount" {
            throw invalid("Only following attributes are supported: [deadLetterTargetArn, maxReceiveCount].")
        }
        guard let limit = count.int ?? count.string.flatMap({ Int($0) }), (1...1000).contains(limit) else {
            throw invalid("Invalid value for maxReceiveCount: \(count.coralText), valid values are from 1 to 1000 both inclusive.")
        }
        guard let arn = target.string.flatMap({ ARN($0) }) else { throw invalid("Invalid value for deadLetterTargetArn.") }
        guard arn.service == "sqs" else { throw invalid("Only SQS queues are valid resources for deadLetterTargetArn.") }
        deadLetterTargetARN = arn.description
        maxReceiveCount = limit
        given = text
    }
}

extension AWSError {
    static func invalidRedrivePolicy(_ text: String, _ reason: String) -> AWSError {
        .invalidValue("Value \(text) for parameter RedrivePolicy is invalid. Reason: \(reason)")
    }
}

/// Which queues may name a queue as their dead-letter queue.
struct RedriveAllowPolicy: Sendable, Equatable {
    enum Permission: String, Sendable { case allowAll, denyAll, byQueue }

    var permission: Permission
    /// ARNs of at most ten queues.
    var sources: [String]
    /// As it was set.
    var text: String

    init(_ text: String) throws(AWSError) {
        func refused(_ reason: String) -> AWSError {
            .invalidValue("Value \(text) for parameter RedriveAllowPolicy is invalid. Reason: Amazon SQS can't create the redrive allow policy. \(reason)")
        }
        guard let members = (try? Document(json: text))?.object, let permission = members["redrivePermission"]?.string.flatMap({ Permission(rawValue: $0) }),
            let sources = Self.sources(members["sourceQueueArns"]),
            members.allSatisfy({ $0.name == "redrivePermission" || $0.name == "sourceQueueArns" })
        else {
            throw .invalidAttributeValue(
                "RedriveAllowPolicy", "Reason: Amazon SQS can't create the redrive allow policy, as it\u{2019}s in an unsupported format.")
        }
        if permission == .byQueue {
            guard !sources.isEmpty else { throw refused("When you specify the byQueue permission type, you must also specify one or more sourceQueueArns values.") }
            guard sources.count <= 10 else { throw refused("The maximum number of source queue ARNs you can specify is 10.") }
        } else if members["sourceQueueArns"] != nil {
            throw refused("To specify one or more source queue ARNs, you must set redrivePermission to byQueue.")
        }
        self.permission = permission
        self.sources = sources
        self.text = text
    }

    /// `nil` where it isn't a list of texts.
    private static func sources(_ document: Document?) -> [String]? {
        guard let document else { return [] }
        guard let elements = document.array else { return nil }
        let texts = elements.compactMap(\.string)
        return texts.count == elements.count ? texts : nil
    }

    func allows(_ source: ARN) -> Bool {
        switch permission {
        case .allowAll: true
        case .denyAll: false
        case .byQueue: sources.contains(source.description)
        }
    }
}
