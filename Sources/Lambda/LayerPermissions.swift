import JSON
import Kernel

/// Kept and shown; no use of a layer is refused because of it.
/// https://docs.aws.amazon.com/lambda/latest/api/API_AddLayerVersionPermission.html
enum AddLayerVersionPermission: Operation {
    struct Input {
        var layer: LayerSelection
        var id: String
        var action: String
        var principal: String
        var organization: String?
        var revisionID: String?
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let layer = try LayerSelection(&fields)
        let id = try fields.requiredString("StatementId", .length(min: 1, max: 100), .pattern("([a-zA-Z0-9-_]+)") { LayerReference.isName($0) })
        let action = try fields.requiredString("Action", .length(max: 22), .pattern("lambda:GetLayerVersion") { $0 == "lambda:GetLayerVersion" })
        let principal = try fields.requiredString("Principal", .pattern("\\d{12}|\\*|arn:(aws[a-zA-Z-]*):iam::\\d{12}:root", Self.isPrincipal))
        return Input(
            layer: layer, id: id, action: action, principal: principal,
            organization: try fields.string("OrganizationId", .length(max: 34), .pattern("o-[a-z0-9]{10,32}", AddPermission.isOrganization)),
            revisionID: try fields.string("RevisionId"))
    }

    private nonisolated static func isPrincipal(_ text: String) -> Bool {
        if text == "*" || text.utf8.count == 12 && FunctionReference.isNumber(text) { return true }
        guard let arn = ARN(text) else { return false }
        return arn.service == "iam" && arn.region.isEmpty && arn.account.utf8.count == 12 && arn.resource == "root"
    }

    static func run(_ input: Input, on lambda: LambdaService, _ call: Call) throws(AWSError) -> (statement: Document, revisionID: String) {
        var (layer, version) = try input.layer.find(in: lambda, call, missing: LayerVersion.missing)
        if let expected = input.revisionID, expected != version.policyRevisionID { throw .staleRevision("GetLayerPolicy") }
        if input.organization != nil, input.principal != "*" {
            throw .invalidParameter("OrganizationId can only be specified when principal is *")
        }
        var members: Members = [
            "Sid": .string(input.id), "Effect": "Allow", "Principal": PolicyPrincipal.document(input.principal, in: call.scope) ?? "*",
            "Action": .string(input.action), "Resource": .string("\(layer.arn):\(version.number)"),
        ]
        if let organization = input.organization { members.append("Condition", ["StringEquals": ["aws:PrincipalOrgID": .string(organization)]]) }
        try version.policy.add(PolicyStatement(id: input.id, document: .object(members)))
        version.policyRevisionID = lambda.environment.random.uuid()
        lambda.keep(version, of: layer)
        return (.object(members), version.policyRevisionID)
    }

    static func write(_ output: (statement: Document, revisionID: String)) -> Reply {
        Reply(["Statement": .string(output.statement.jsonString()), "RevisionId": .string(output.revisionID)])
    }
}

extension LayerVersion {
    static func missing(_ arn: String) -> AWSError { .notFound("Layer version \(arn) does not exist.") }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_RemoveLayerVersionPermission.html
enum RemoveLayerVersionPermission: Operation {
    struct Input {
        var layer: LayerSelection
        var id: String
        var revisionID: String?
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        Input(
            layer: try LayerSelection(&fields),
            id: try fields.requiredString("StatementId", .length(min: 1, max: 100), .pattern("([a-zA-Z0-9-_]+)") { LayerReference.isName($0) }),
            revisionID: try fields.string("RevisionId"))
    }

    static func run(_ input: Input, on lambda: LambdaService, _ call: Call) throws(AWSError) {
        var (layer, version) = try input.layer.find(in: lambda, call, missing: LayerVersion.missing)
        if let expected = input.revisionID, expected != version.policyRevisionID { throw .staleRevision("GetLayerPolicy") }
        try version.policy.remove(input.id)
        version.policyRevisionID = lambda.environment.random.uuid()
        lambda.keep(version, of: layer)
    }

    static func write(_ output: Void) -> Reply { Reply() }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersionPolicy.html
enum GetLayerVersionPolicy: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> LayerSelection { try LayerSelection(&fields) }

    static func run(_ input: LayerSelection, on lambda: LambdaService, _ call: Call) throws(AWSError) -> LayerVersion {
        let (_, version) = try input.find(in: lambda, call, missing: LayerVersion.missing)
        guard !version.policy.isEmpty else { throw .notFound("No policy is associated with the given resource.") }
        return version
    }

    static func write(_ version: LayerVersion) -> Reply {
        Reply(["Policy": .string(PolicyStatement.policy(version.policy)), "RevisionId": .string(version.policyRevisionID)])
    }
}
