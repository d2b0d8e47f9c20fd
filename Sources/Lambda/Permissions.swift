import JSON
import Kernel

/// One statement of a function's resource policy, as `AddPermission` makes it. Kept and shown; nothing is refused because of it.
struct PolicyStatement: Sendable, Equatable {
    var id: String
    var document: Document

    init(id: String, document: Document) {
        self.id = id
        self.document = document
    }

    init?(document: Document) {
        guard let id = document["Sid"]?.string else { return nil }
        self.init(id: id, document: document)
    }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html
enum AddPermission: Operation {
    struct Input {
        var function: FunctionSelection
        var id: String
        var action: String
        var principal: String
        var sourceARN: String?
        var sourceAccount: String?
        var revisionID: String?
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let function = try FunctionSelection(&fields)
        let id = try fields.requiredString("StatementId", .length(min: 1, max: 100), .pattern("([a-zA-Z0-9-_]+)") { text in
            !text.isEmpty && text.utf8.allSatisfy { ($0 | 0x20) &- 97 < 26 || $0 &- 48 < 10 || "-_".utf8.contains($0) }
        })
        let action = try fields.requiredString("Action", .pattern("(lambda:[*]|lambda:[a-zA-Z]+|[*])") { text in
            text == "*" || text == "lambda:*" || text.hasPrefix("lambda:") && text.utf8.count > 7 && text.utf8.dropFirst(7).allSatisfy { ($0 | 0x20) &- 97 < 26 }
        })
        let principal = try fields.requiredString("Principal", .pattern("[^\\s]+") { !$0.isEmpty && !$0.contains(where: \.isWhitespace) })
        try fields.refuse("AddPermission", "EventSourceToken", "PrincipalOrgID", "FunctionUrlAuthType", "InvokedViaFunctionUrl")
        return Input(
            function: function, id: id, action: action, principal: principal, sourceARN: try fields.string("SourceArn"),
            sourceAccount: try fields.string("SourceAccount", .length(max: 12)), revisionID: try fields.string("RevisionId"))
    }

    static func run(_ input: Input, on lambda: LambdaService, _ call: Call) throws(AWSError) -> Document {
        let target = try input.function.find(in: lambda, call)
        var function = target.function
        var policy = function.policies[target.qualifier ?? ""] ?? ResourcePolicy(revisionID: "")
        try policy.check(input.revisionID)
        guard !policy.statements.contains(where: { $0.id == input.id }) else {
            throw .conflict("The statement id (\(input.id)) provided already exists. Please provide a new statement id, or remove the existing statement.")
        }
        let statement = PolicyStatement(id: input.id, document: document(input, of: target))
        policy.statements.append(statement)
        policy.revisionID = lambda.environment.random.uuid()
        function.policies[target.qualifier ?? ""] = policy
        lambda.keep(function)
        return statement.document
    }

    private static func document(_ input: Input, of target: LambdaService.Target) -> Document {
        let principal: Document =
            if input.principal == "*" {
                "*"
            } else if input.principal.utf8.count == 12, input.principal.utf8.allSatisfy({ $0 &- 48 < 10 }) {
                ["AWS": .string("arn:\(Partition(region: target.function.scope.region).rawValue):iam::\(input.principal):root")]
            } else if input.principal.hasPrefix("arn:") {
                ["AWS": .string(input.principal)]
            } else {
                ["Service": .string(input.principal)]
            }
        var statement: Members = [
            "Sid": .string(input.id), "Effect": "Allow", "Principal": principal, "Action": .string(input.action), "Resource": .string(target.arn),
        ]
        var conditions = Members()
        if let account = input.sourceAccount { conditions.append("StringEquals", ["AWS:SourceAccount": .string(account)]) }
        if let arn = input.sourceARN { conditions.append("ArnLike", ["AWS:SourceArn": .string(arn)]) }
        if !conditions.isEmpty { statement.append("Condition", .object(conditions)) }
        return .object(statement)
    }

    static func write(_ statement: Document) -> Reply { Reply(["Statement": .string(statement.jsonString())]) }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_RemovePermission.html
enum RemovePermission: Operation {
    struct Input {
        var function: FunctionSelection
        var id: String
        var revisionID: String?
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        Input(
            function: try FunctionSelection(&fields), id: try fields.requiredString("StatementId", .length(min: 1, max: 100)),
            revisionID: try fields.string("RevisionId"))
    }

    static func run(_ input: Input, on lambda: LambdaService, _ call: Call) throws(AWSError) {
        let target = try input.function.find(in: lambda, call)
        var function = target.function
        guard var policy = function.policies[target.qualifier ?? ""] else { throw .notFound("No policy is associated with the given resource.") }
        try policy.check(input.revisionID)
        guard policy.statements.contains(where: { $0.id == input.id }) else {
            throw .notFound("Statement \(input.id) is not found in resource policy.")
        }
        policy.statements.removeAll { $0.id == input.id }
        policy.revisionID = lambda.environment.random.uuid()
        function.policies[target.qualifier ?? ""] = policy.statements.isEmpty ? nil : policy
        lambda.keep(function)
    }

    static func write(_ output: Void) -> Reply { Reply() }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_GetPolicy.html
enum GetPolicy: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> FunctionSelection { try FunctionSelection(&fields) }

    static func run(_ input: FunctionSelection, on lambda: LambdaService, _ call: Call) throws(AWSError) -> ResourcePolicy {
        let target = try input.find(in: lambda, call)
        guard let policy = target.function.policies[target.qualifier ?? ""] else { throw .notFound("The resource you requested does not exist.") }
        return policy
    }

    static func write(_ policy: ResourcePolicy) -> Reply {
        let document: Document = ["Version": "2012-10-17", "Id": "default", "Statement": .array(policy.statements.map(\.document))]
        return Reply(["Policy": .string(document.jsonString()), "RevisionId": .string(policy.revisionID)])
    }
}

extension ResourcePolicy {
    func check(_ expected: String?) throws(AWSError) {
        guard let expected, expected != revisionID else { return }
        throw .lambda(
            "PreconditionFailedException",
            "The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to retrieve the latest Revision Id", status: 412)
    }
}
