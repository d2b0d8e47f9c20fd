import JSON
import Kernel

@CloudActor let permissionOperations: [OperationEntry<LambdaService>] = [
    OperationEntry(
        AddPermission.self, http: HTTPBinding("POST", "/2015-03-31/functions/{FunctionName}/policy", query: ["Qualifier": "Qualifier"], status: 201)),
    OperationEntry(
        RemovePermission.self,
        http: HTTPBinding(
            "DELETE", "/2015-03-31/functions/{FunctionName}/policy/{StatementId}", query: ["Qualifier": "Qualifier", "RevisionId": "RevisionId"], status: 204)),
    OperationEntry(GetPolicy.self, http: HTTPBinding("GET", "/2015-03-31/functions/{FunctionName}/policy", query: ["Qualifier": "Qualifier"])),
]

/// One statement of a resource policy, as `AddPermission` makes it. Kept and shown; nothing is refused because of it.
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

    /// The most bytes that a policy may have.
    /// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    static let policyLimit = 20_480

    /// The policy as text, which both functions and layers answer.
    static func policy(_ statements: [PolicyStatement]) -> String {
        let document: Document = ["Version": "2012-10-17", "Id": "default", "Statement": .array(statements.map(\.document))]
        return document.jsonString()
    }
}

extension [PolicyStatement] {
    /// Adds a statement, unless it is there already or one too many.
    mutating func add(_ statement: PolicyStatement) throws(AWSError) {
        guard !contains(where: { $0.id == statement.id }) else {
            throw .conflict("The statement id (\(statement.id)) provided already exists. Please provide a new statement id, or remove the existing statement.")
        }
        let size = PolicyStatement.policy(self + [statement]).utf8.count
        guard size <= PolicyStatement.policyLimit else {
            throw .lambda(
                "PolicyLengthExceededException", "The final policy size (\(size)) is bigger than the limit (\(PolicyStatement.policyLimit)).", status: 400)
        }
        append(statement)
    }

    mutating func remove(_ id: String) throws(AWSError) {
        guard let index = firstIndex(where: { $0.id == id }) else { throw .notFound("Statement \(id) is not found in resource policy.") }
        remove(at: index)
    }
}

/// Whom a statement allows.
enum PolicyPrincipal {
    /// - Returns: as a policy names it; `nil` where it is nobody.
    static func document(_ text: String, in scope: Scope) -> Document? {
        if text == "*" { return "*" }
        if text.utf8.count == 12, FunctionReference.isNumber(text) {
            return ["AWS": .string("arn:\(Partition(region: scope.region).rawValue):iam::\(text):root")]
        }
        if text.hasPrefix("arn:") {
            guard let arn = ARN(text), arn.service == "iam" || arn.service == "sts" else { return nil }
            return ["AWS": .string(text)]
        }
        let domains = [".amazonaws.com", ".amazonaws.com.cn", ".amazon.com", ".aws.internal"]
        return domains.contains(where: text.hasSuffix) ? ["Service": .string(text)] : nil
    }
}

extension LambdaService {
    /// Keeps the policy of a function, a version or an alias, which has a new revision with it.
    func keepPolicy(_ statements: [PolicyStatement], of target: Target) {
        var function = target.function
        function.policies[target.qualifier ?? ""] = statements.isEmpty ? nil : statements
        let revisionID = environment.random.uuid()
        if let alias = target.alias {
            function.aliases[alias.name]?.revisionID = revisionID
            return keep(function)
        }
        guard let index = function.versions.firstIndex(where: { $0.version == target.version.version }) else {
            function.latest.revisionID = revisionID
            return keep(function)
        }
        function.versions[index].revisionID = revisionID
        keep(function.versions[index], of: function)
    }
}

extension LambdaService.Target {
    /// Of what the request names: the alias's own, else the version's.
    var revisionID: String { alias?.revisionID ?? version.revisionID }

    var policy: [PolicyStatement]? { function.policies[qualifier ?? ""] }
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
        var eventSourceToken: String?
        var revisionID: String?
        var organization: String?
        var urlAuthentication: String?
        var isInvokedThroughURL: Bool?
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
        return Input(
            function: function, id: id, action: action, principal: principal,
            sourceARN: try fields.string(
                "SourceArn", .pattern("arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:([a-z]{2}(-gov)?-[a-z]+-\\d{1})?:(\\d{12})?:(.*)", Self.isSource)),
            sourceAccount: try fields.string("SourceAccount", .length(max: 12), .pattern("\\d{12}") { $0.utf8.count == 12 && FunctionReference.isNumber($0) }),
            eventSourceToken: try fields.string("EventSourceToken", .length(max: 256), .pattern("[a-zA-Z0-9._\\-]+") { text in
                !text.isEmpty && text.utf8.allSatisfy { ($0 | 0x20) &- 97 < 26 || $0 &- 48 < 10 || "._-".utf8.contains($0) }
            }),
            revisionID: try fields.string("RevisionId"),
            organization: try fields.string("PrincipalOrgID", .length(min: 12, max: 34), .pattern("o-[a-z0-9]{10,32}", Self.isOrganization)),
            urlAuthentication: try fields.string("FunctionUrlAuthType", .oneOf(["NONE", "AWS_IAM"])),
            isInvokedThroughURL: try fields.bool("InvokedViaFunctionUrl"))
    }

    nonisolated static func isOrganization(_ text: String) -> Bool {
        let name = text.utf8.dropFirst(2)
        return text.hasPrefix("o-") && (10...32).contains(name.count) && name.allSatisfy { $0 &- 97 < 26 || $0 &- 48 < 10 }
    }

    private nonisolated static func isSource(_ text: String) -> Bool {
        let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", parts[1].hasPrefix("aws"), !parts[2].isEmpty else { return false }
        return (parts[3].isEmpty || FunctionReference.isRegion(parts[3])) && (parts[4].isEmpty || parts[4].utf8.count == 12 && FunctionReference.isNumber(String(parts[4])))
    }

    static func run(_ input: Input, on lambda: LambdaService, _ call: Call) throws(AWSError) -> Document {
        guard try input.function.agreedQualifier() != FunctionReference.latest else {
            throw .invalidParameter("We currently do not support adding policies for $LATEST.")
        }
        guard let principal = PolicyPrincipal.document(input.principal, in: call.scope) else {
            throw .invalidParameter("The provided principal was invalid. Please check the principal and try again.")
        }
        let target = try input.function.find(in: lambda, namesAliases: true, call)
        if let expected = input.revisionID, expected != target.revisionID { throw .staleRevision() }
        let statement = PolicyStatement(id: input.id, document: document(input, principal, of: target))
        var statements = target.policy ?? []
        try statements.add(statement)
        lambda.keepPolicy(statements, of: target)
        return statement.document
    }

    private static func document(_ input: Input, _ principal: Document, of target: LambdaService.Target) -> Document {
        var statement: Members = [
            "Sid": .string(input.id), "Effect": "Allow", "Principal": principal, "Action": .string(input.action), "Resource": .string(target.arn),
        ]
        var equal = Members()
        if let type = input.urlAuthentication { equal.append("lambda:FunctionUrlAuthType", .string(type)) }
        if let token = input.eventSourceToken { equal.append("lambda:EventSourceToken", .string(token)) }
        if let organization = input.organization { equal.append("aws:PrincipalOrgID", .string(organization)) }
        if let account = input.sourceAccount { equal.append("AWS:SourceAccount", .string(account)) }
        var conditions = Members()
        if !equal.isEmpty { conditions.append("StringEquals", .object(equal)) }
        if let isInvoked = input.isInvokedThroughURL { conditions.append("Bool", ["lambda:InvokedViaFunctionUrl": .string(isInvoked ? "true" : "false")]) }
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
        if let reference = FunctionReference(input.function.name), try lambda.function(reference, call) == nil {
            throw .notFound("No policy found for: \(reference.arn(for: call))")
        }
        let target = try input.function.find(in: lambda, namesAliases: true, call)
        guard var statements = target.policy else { throw .notFound("No policy is associated with the given resource.") }
        if let expected = input.revisionID, expected != target.revisionID { throw .staleRevision() }
        try statements.remove(input.id)
        lambda.keepPolicy(statements, of: target)
    }

    static func write(_ output: Void) -> Reply { Reply() }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_GetPolicy.html
enum GetPolicy: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> FunctionSelection { try FunctionSelection(&fields) }

    static func run(_ input: FunctionSelection, on lambda: LambdaService, _ call: Call) throws(AWSError) -> (statements: [PolicyStatement], revisionID: String) {
        let absent = AWSError.notFound("The resource you requested does not exist.")
        if try input.agreedQualifier() != nil, let reference = FunctionReference(input.name), try lambda.function(reference, call) != nil,
            (try? input.find(in: lambda, call)) == nil
        {
            throw absent
        }
        let target = try input.find(in: lambda, call)
        guard let statements = target.policy else { throw absent }
        return (statements, target.revisionID)
    }

    static func write(_ output: (statements: [PolicyStatement], revisionID: String)) -> Reply {
        Reply(["Policy": .string(PolicyStatement.policy(output.statements)), "RevisionId": .string(output.revisionID)])
    }
}
