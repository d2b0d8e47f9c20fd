import JSON
import Kernel

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutResourcePolicy.html
enum PutResourcePolicy: Operation {
    struct Input {
        var arn: String
        var policy: String
        var expected: String?
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let arn = try fields.requiredString("ResourceArn", .length(min: 1, max: 1283))
        let policy = try fields.requiredString("Policy")
        _ = try fields.bool("ConfirmRemoveSelfResourceAccess")
        return Input(arn: arn, policy: policy, expected: try fields.string("ExpectedRevisionId", .length(min: 1, max: 255)))
    }

    static func run(_ input: Input, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        let (table, arn) = try service.policyOwner(input.arn, call)
        try table.checkNotInUse()
        let current = table.policies[arn.text]
        try ResourcePolicy.checkRevision(input.expected, of: current, table: table.name)
        let policy = try ResourcePolicy.revised(input.policy, after: current, now: call.now)
        service.state.regions[arn.scope]?.tables[table.name]?.policies[arn.text] = policy
        service.journalTable(table.name, in: arn.scope)
        return ["RevisionId": .string(String(policy.revision))]
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetResourcePolicy.html
enum GetResourcePolicy: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> String { try fields.requiredString("ResourceArn", .length(min: 1, max: 1283)) }

    static func run(_ input: String, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        let (table, arn) = try service.policyOwner(input, call)
        guard let policy = table.policies[arn.text] else { throw ResourcePolicy.notFound(arn.text) }
        return ["Policy": .string(policy.text), "RevisionId": .string(String(policy.revision))]
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteResourcePolicy.html
enum DeleteResourcePolicy: Operation {
    struct Input {
        var arn: String
        var expected: String?
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let arn = try fields.requiredString("ResourceArn", .length(min: 1, max: 1283))
        return Input(arn: arn, expected: try fields.string("ExpectedRevisionId", .length(min: 1, max: 255)))
    }

    static func run(_ input: Input, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        let (table, arn) = try service.policyOwner(input.arn, call)
        try table.checkNotInUse()
        let current = table.policies[arn.text]
        try ResourcePolicy.checkRevision(input.expected, of: current, table: table.name)
        // Deleting what isn't there is no error.
        guard let current else { return .object(Members()) }
        service.state.regions[arn.scope]?.tables[table.name]?.policies[arn.text] = nil
        service.journalTable(table.name, in: arn.scope)
        return ["RevisionId": .string(String(current.revision))]
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

extension DynamoDBService {
    /// The table whose policy, or whose stream's policy, an ARN is about.
    fileprivate func policyOwner(_ text: String, _ call: Call) throws(AWSError) -> (Table, ResourceARN) {
        let arn = try ResourceARN(text)
        guard arn.scope.account == call.scope.account else {
            throw .otherAccount
        }
        guard arn.scope.region == call.region else { throw .invalidParameter("Invalid resource Arn: \(text)") }
        let name: String
        switch arn.resource {
        case .index: throw ResourceARN.neither(text)
        case .table(let table), .stream(let table, _): name = table
        }
        guard let table = state.regions[arn.scope]?.tables[name], table.status != .creating else { throw .noSuchTable(name) }
        if case .stream(_, let stream) = arn.resource, state.regions[arn.scope]?.streams[stream] == nil {
            throw AWSError("ResourceNotFoundException", "Requested resource not found: Stream: \(Stream.label(of: stream)) not found for Table: \(name)")
        }
        return (table, arn)
    }
}

extension AWSError {
    static let otherAccount = validation("This action is only supported by accounts that match the resource owner’s account.")
}
