import JSON
import Kernel

/// When a message that nobody could handle goes to which queue.
/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
struct RedrivePolicy: Sendable, Equatable {
    /// The dead-letter queue's ARN.
    var deadLetterTargetARN: String
    /// So often may a message be received before.
    var maxReceiveCount: Int
    /// As it was given.
    var text: String

    init(_ text: String) throws(AWSError) {
        func invalid(_ reason: String) -> AWSError { .invalidValue("Value \(text) for parameter RedrivePolicy is invalid. Reason: \(reason)") }
        guard let document = try? Document(json: text), let members = document.object else { throw invalid("Redrive policy is not a valid JSON map.") }
        for member in members where member.name != "deadLetterTargetArn" && member.name != "maxReceiveCount" {
            throw invalid("Only following attributes are supported: [deadLetterTargetArn, maxReceiveCount].")
        }
        guard let target = members["deadLetterTargetArn"]?.string else { throw invalid("Redrive policy does not contain mandatory attribute: deadLetterTargetArn.") }
        guard let count = members["maxReceiveCount"] else { throw invalid("Redrive policy does not contain mandatory attribute: maxReceiveCount.") }
        guard let limit = count.int ?? count.string.flatMap({ Int($0) }), (1...1000).contains(limit) else {
            throw invalid("Invalid value for maxReceiveCount: \(count.coralText), valid values are from 1 to 1000 both inclusive.")
        }
        guard QueueName(arn: target) != nil else { throw invalid("Invalid value for deadLetterTargetArn.") }
        deadLetterTargetARN = target
        maxReceiveCount = limit
        self.text = text
    }
}

/// Which queues may name a queue as their dead-letter queue.
struct RedriveAllowPolicy: Sendable, Equatable {
    enum Permission: String, Sendable { case allowAll, denyAll, byQueue }

    var permission: Permission
    var sources: [String]
    var text: String

    init(_ text: String) throws(AWSError) {
        func invalid(_ reason: String) -> AWSError { .invalidValue("Value \(text) for parameter RedriveAllowPolicy is invalid. Reason: \(reason)") }
        guard let members = (try? Document(json: text))?.object else { throw invalid("Amazon SQS can't create the redrive allow policy, as it's not a valid JSON map.") }
        guard let permission = members["redrivePermission"]?.string.flatMap({ Permission(rawValue: $0) }) else {
            throw invalid("Amazon SQS can't create the redrive allow policy. Specify one of these values for redrivePermission: [allowAll, denyAll, byQueue].")
        }
        let sources = members["sourceQueueArns"]?.array?.compactMap(\.string)
        if permission == .byQueue {
            guard let sources, (1...10).contains(sources.count) else {
                throw invalid("Amazon SQS can't create the redrive allow policy. When you specify the byQueue permission type, you must also specify one or more sourceQueueArns values, and at most 10.")
            }
        } else if sources != nil {
            throw invalid("Amazon SQS can't create the redrive allow policy. You can't specify sourceQueueArns when the permission type is \(permission.rawValue).")
        }
        self.permission = permission
        self.sources = sources ?? []
        self.text = text
    }

    func allows(_ source: ARN) -> Bool {
        switch permission {
        case .allowAll: true
        case .denyAll: false
        case .byQueue: sources.contains(source.description)
        }
    }
}
