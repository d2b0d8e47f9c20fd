import JSON
import Kernel

@CloudActor let policyOperations: [OperationEntry<CloudWatchLogsService>] = [
    .logs(PutResourcePolicy.self), .logs(DescribeResourcePolicies.self), .logs(DeleteResourcePolicy.self),
]

extension CloudWatchLogsService {
    /// Policies of an account by their names, then those of its groups by their ARNs.
    fileprivate func setPolicies(_ policies: [ResourcePolicy], in scope: Scope) {
        let key: (ResourcePolicy) -> (Int, String) = { ($0.resource == nil ? 0 : 1, $0.resource ?? $0.name ?? "") }
        state.policies[scope] = policies.isEmpty ? nil : policies.sorted { key($0) < key($1) }
        keepPolicies(in: scope)
    }

    /// - Throws: where the revision isn't the present one.
    fileprivate static func check(_ revision: String?, of policy: ResourcePolicy?) throws(AWSError) {
        guard let revision, revision != policy?.revision else { return }
        throw AWSError("OperationAbortedException", "The revision id that was expected isn't that of the resource policy.")
    }
}

/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutResourcePolicy.html
enum PutResourcePolicy: Operation {
    struct Input {
        var name: String?
        var text: String?
        var resource: String?
        var revision: String?
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let name = try fields.string("policyName")
        let text = try fields.string("policyDocument", .length(min: 1, max: 51_200))
        return Input(name: name, text: text, resource: try fields.string("resourceArn"), revision: try fields.string("expectedRevisionId", .length(min: 1)))
    }

    static func run(_ input: Input, on logs: CloudWatchLogsService, _ call: Call) throws(AWSError) -> ResourcePolicy {
        guard let text = input.text else { throw .invalidParameter("The policy document is required.") }
        guard (try? Document(json: text))?.object != nil else { throw .invalidParameter("The policy document is not valid JSON.") }
        var policies = logs.state.policies[call.scope] ?? []
        var policy = ResourcePolicy(name: input.name, resource: nil, text: text, updated: call.now.milliseconds, revision: nil)
        if let resource = input.resource {
            guard input.name == nil else { throw .invalidParameter("policyName and resourceArn are mutually exclusive parameters.") }
            guard let name = GroupName(arn: resource), name.scope == call.scope else { throw .invalidParameter("The specified resource ARN is not valid.") }
            let arn = try logs.group(name).arn.description
            let known = policies.firstIndex { $0.resource == arn }
            try CloudWatchLogsService.check(input.revision, of: known.map { policies[$0] })
            policy.resource = arn
            policy.revision = logs.environment.random.uuid()
            if let known { policies.remove(at: known) }
        } else {
            guard let name = input.name, !name.isEmpty else { throw .invalidParameter("The policy name is required.") }
            if let known = policies.firstIndex(where: { $0.resource == nil && $0.name == name }) {
                policies.remove(at: known)
            } else if policies.count(where: { $0.resource == nil }) >= 10 {
                throw .limitExceeded("Resource limit exceeded.")
            }
        }
        logs.setPolicies(policies + [policy], in: call.scope)
        return policy
    }

    static func write(_ policy: ResourcePolicy) -> Reply {
        var members: Members = ["resourcePolicy": policy.document]
        members["revisionId"] = policy.revision.map { .string($0) }
        return Reply(.object(members))
    }
}

/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeResourcePolicies.html
enum DescribeResourcePolicies: Operation {
    struct Input {
        var resource: String?
        var isOfResources: Bool
        var token: String?
        var limit: Int
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let token = try fields.token()
        let limit = try fields.limit(most: 50) ?? 50
        let resource = try fields.string("resourceArn")
        let scope = try fields.string("policyScope", .oneOf(["ACCOUNT", "RESOURCE"]))
        return Input(resource: resource, isOfResources: scope == "RESOURCE" || resource != nil, token: token, limit: limit)
    }

    static func run(_ input: Input, on logs: CloudWatchLogsService, _ call: Call) throws(AWSError) -> Page<ResourcePolicy> {
        let after = try PageToken.decode(input.token)
        let resource = input.resource.flatMap { GroupName(arn: $0) }.map { ARN("logs", "log-group:\($0.name)", in: $0.scope).description } ?? input.resource
        let found = (logs.state.policies[call.scope] ?? []).filter { policy in
            guard (policy.resource != nil) == input.isOfResources, resource.map({ $0 == policy.resource }) ?? true else { return false }
            return after.map { $0 < key(policy) } ?? true
        }
        return Page(found, limit: input.limit, name: key)
    }

    private static func key(_ policy: ResourcePolicy) -> String { policy.resource ?? policy.name ?? "" }

    static func write(_ page: Page<ResourcePolicy>) -> Reply { page.reply("resourcePolicies") { $0.document } }
}

/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteResourcePolicy.html
enum DeleteResourcePolicy: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> (name: String?, resource: String?, revision: String?) {
        let name = try fields.string("policyName")
        return (name, try fields.string("resourceArn"), try fields.string("expectedRevisionId", .length(min: 1)))
    }

    static func run(_ input: (name: String?, resource: String?, revision: String?), on logs: CloudWatchLogsService, _ call: Call) throws(AWSError) {
        var policies = logs.state.policies[call.scope] ?? []
        let resource = input.resource.flatMap { GroupName(arn: $0) }.map { ARN("logs", "log-group:\($0.name)", in: $0.scope).description } ?? input.resource
        let index = policies.firstIndex { resource == nil ? $0.resource == nil && $0.name == input.name : $0.resource == resource }
        guard let index else {
            throw .notFound(resource.map { "Policy for resource [\($0)] does not exist." } ?? "Policy with name [\(input.name ?? "")] does not exist.")
        }
        try CloudWatchLogsService.check(input.revision, of: policies[index])
        policies.remove(at: index)
        logs.setPolicies(policies, in: call.scope)
    }

    static func write(_ output: Void) -> Reply { Reply() }
}
