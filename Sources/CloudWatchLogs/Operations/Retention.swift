import JSON
import Kernel

@CloudActor let retentionOperations: [OperationEntry<CloudWatchLogsService>] = [.logs(PutRetentionPolicy.self), .logs(DeleteRetentionPolicy.self)]

/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
enum PutRetentionPolicy: Operation {
    static let days = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]

    static func read(_ fields: inout Fields) throws(AWSError) -> (group: String, days: Int) {
        let group = try fields.groupName()
        let days = try fields.requiredInt("retentionInDays")
        if fields["retentionInDays"] != nil, !Self.days.contains(days) {
            fields.violate("\(days)", "retentionInDays", "Member must satisfy enum value set: [\(Self.days.map(String.init).joined(separator: ", "))]")
        }
        return (group, days)
    }

    static func run(_ input: (group: String, days: Int), on logs: CloudWatchLogsService, _ call: Call) throws(AWSError) {
        try logs.setRetention(input.days, of: input.group, call)
    }

    static func write(_ output: Void) -> Reply { Reply() }
}

/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteRetentionPolicy.html
enum DeleteRetentionPolicy: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> String { try fields.groupName() }

    static func run(_ name: String, on logs: CloudWatchLogsService, _ call: Call) throws(AWSError) { try logs.setRetention(nil, of: name, call) }

    static func write(_ output: Void) -> Reply { Reply() }
}

extension CloudWatchLogsService {
    fileprivate func setRetention(_ days: Int?, of name: String, _ call: Call) throws(AWSError) {
        let name = GroupName(name, in: call.scope)
        // What the old retention has expired doesn't come back.
        expire(name, at: call.now.milliseconds)
        keep(try withGroup(name) { (group) throws(AWSError) in
            guard group.logClass != .delivery else {
                throw .invalidParameter("Retention policy cannot be changed for log groups of the DELIVERY log class.")
            }
            group.retentionDays = days
            return group
        })
    }
}
