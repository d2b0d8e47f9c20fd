import JSON
import Kernel

@CloudActor let endpointOperations: [OperationEntry<SNSService>] = [
    OperationEntry(CreatePlatformEndpoint.self), OperationEntry(DeleteEndpoint.self), OperationEntry(GetEndpointAttributes.self),
    OperationEntry(SetEndpointAttributes.self), OperationEntry(ListEndpointsByPlatformApplication.self),
]

extension PlatformEndpoint {
    /// - Throws: `InvalidParameter`.
    mutating func set(_ name: String, to value: String) throws(AWSError) {
        func invalid(_ reason: String) -> AWSError { .invalidParameter("Attributes Reason: Invalid value for attribute: \(name): \(reason)") }
        switch name {
        case "Token":
            guard !value.isEmpty else { throw invalid("cannot be empty") }
            attributes[name] = value
        case "Enabled":
            guard ["true", "false"].contains(value.lowercased()) else { throw invalid("must be true or false") }
            attributes[name] = value.lowercased()
        case "CustomUserData":
            guard value.utf8.count <= 2048 else { throw invalid("must be at most 2048 bytes long in UTF-8 encoding") }
            attributes[name] = value
        default: throw .invalidParameter("Attributes Reason: Invalid attribute name: \(name)")
        }
    }
}

/// Creating an endpoint that is there with the same attributes answers its ARN.
/// https://docs.aws.amazon.com/sns/latest/api/API_CreatePlatformEndpoint.html
enum CreatePlatformEndpoint: Operation {
    struct Input {
        var application: String
        var token: String
        var userData: String?
        var attributes: [(key: String, value: String)]
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let application = try fields.requiredString("PlatformApplicationArn")
        let token = try fields.requiredString("Token")
        let userData = try fields.string("CustomUserData")
        return Input(application: application, token: token, userData: userData, attributes: try fields.stringMap("Attributes") ?? [])
    }

    static func run(_ input: Input, on sns: SNSService, _ call: Call) throws(AWSError) -> String {
        try sns.checkApplicationARN(input.application)
        guard !input.token.isEmpty else { throw .invalidParameter("Token Reason: cannot be empty") }
        if let data = input.userData, data.utf8.count > 2048 {
            throw .invalidParameter("CustomUserData Reason: must be at most 2048 bytes long in UTF-8 encoding")
        }
        let application = try sns.application(input.application)
        let id = sns.environment.random.uuid()
        var endpoint = PlatformEndpoint(
            arn: ARN("sns", "endpoint/\(application.platform)/\(application.name)/\(id)", in: application.arn.scope), application: input.application,
            attributes: ["Enabled": "true", "Token": input.token])
        endpoint.attributes["CustomUserData"] = input.userData
        for (name, value) in input.attributes { try endpoint.set(name, to: value) }
        if let arn = application.endpoints[endpoint.token], let known = sns.state.endpoints[arn] {
            guard known.attributes == endpoint.attributes else {
                throw .invalidParameter("Token Reason: Endpoint \(arn) already exists with the same Token, but different attributes.")
            }
            return arn
        }
        sns.keep(endpoint)
        return endpoint.arn.description
    }

    static func write(_ arn: String) -> Reply { Reply(["EndpointArn": .string(arn)]) }
}

/// Deleting what isn't there succeeds. https://docs.aws.amazon.com/sns/latest/api/API_DeleteEndpoint.html
enum DeleteEndpoint: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> String { try fields.requiredString("EndpointArn") }

    static func run(_ arn: String, on sns: SNSService, _ call: Call) throws(AWSError) {
        try sns.checkEndpointARN(arn)
        if let endpoint = sns.state.endpoints[arn] { sns.remove(endpoint) }
    }

    static func write(_ output: Void) -> Reply { Reply() }
}

extension SNSService {
    /// - Throws: `InvalidParameter` for what is no endpoint's ARN, `NotFound` where there is none.
    fileprivate func endpoint(_ arn: String) throws(AWSError) -> PlatformEndpoint {
        try checkEndpointARN(arn)
        guard let endpoint = state.endpoints[arn] else { throw .notFound("Endpoint does not exist") }
        return endpoint
    }
}

/// https://docs.aws.amazon.com/sns/latest/api/API_GetEndpointAttributes.html
enum GetEndpointAttributes: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> String { try fields.requiredString("EndpointArn") }
    static func run(_ arn: String, on sns: SNSService, _ call: Call) throws(AWSError) -> Members { try sns.endpoint(arn).description }
    static func write(_ attributes: Members) -> Reply { Reply(["Attributes": .object(attributes)]) }
}

/// https://docs.aws.amazon.com/sns/latest/api/API_SetEndpointAttributes.html
enum SetEndpointAttributes: Operation {
    typealias Input = (arn: String, attributes: [(key: String, value: String)])

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        (try fields.requiredString("EndpointArn"), try fields.requiredAttributes("Attributes"))
    }

    static func run(_ input: Input, on sns: SNSService, _ call: Call) throws(AWSError) {
        var endpoint = try sns.endpoint(input.arn)
        for (name, value) in input.attributes { try endpoint.set(name, to: value) }
        if let other = sns.state.applications[endpoint.application]?.endpoints[endpoint.token], other != input.arn {
            throw .invalidParameter("Token Reason: Endpoint \(other) already exists with the same Token, but different attributes.")
        }
        sns.keep(endpoint)
    }

    static func write(_ output: Void) -> Reply { Reply() }
}

/// https://docs.aws.amazon.com/sns/latest/api/API_ListEndpointsByPlatformApplication.html
enum ListEndpointsByPlatformApplication: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> (application: String, after: String?) {
        (try fields.requiredString("PlatformApplicationArn"), try fields.pageStart())
    }

    static func run(_ input: (application: String, after: String?), on sns: SNSService, _ call: Call) throws(AWSError) -> Page<PlatformEndpoint> {
        let endpoints = try sns.application(input.application).endpoints.values.compactMap { sns.state.endpoints[$0] }
        return Page(endpoints.sorted { $0.arn.description < $1.arn.description }, after: input.after, name: \.arn.description)
    }

    static func write(_ page: Page<PlatformEndpoint>) -> Reply {
        page.reply("Endpoints") { ["EndpointArn": .string($0.arn.description), "Attributes": .object($0.description)] }
    }
}
