import JSON
import Kernel

@CloudActor let applicationOperations: [OperationEntry<SNSService>] = [
    OperationEntry(CreatePlatformApplication.self), OperationEntry(DeletePlatformApplication.self), OperationEntry(ListPlatformApplications.self),
    OperationEntry(GetPlatformApplicationAttributes.self), OperationEntry(SetPlatformApplicationAttributes.self),
]

extension PlatformApplication {
    /// - Throws: `InvalidParameter`.
    mutating func set(_ name: String, to value: String) throws(AWSError) {
        func invalid(_ reason: String) -> AWSError { .invalidParameter("Attributes Reason: Invalid value for attribute: \(name): \(reason)") }
        switch name {
        case "PlatformCredential", "PlatformPrincipal":
            guard !value.isEmpty else { throw invalid("cannot be empty") }
        case "SuccessFeedbackSampleRate":
            guard let rate = Int(value), (0...100).contains(rate) else { throw invalid("\(value) value provided is not an integer between 0-100") }
        case "SuccessFeedbackRoleArn", "FailureFeedbackRoleArn":
            guard value.isEmpty || ARN.isRole(value) else { throw invalid("\(value) is not a valid role to allow SNS to write to Cloudwatch Logs") }
        case "EventEndpointCreated", "EventEndpointDeleted", "EventEndpointUpdated", "EventDeliveryFailure":
            guard value.isEmpty || ARN(value)?.service == "sns" else { throw invalid("\(value) is not a valid topic ARN") }
        case "Enabled":
            guard ["true", "false"].contains(value.lowercased()) else { throw invalid("must be true or false") }
            attributes[name] = value.lowercased()
            return
        case "ApplePlatformTeamID", "ApplePlatformBundleID": break
        default: throw .invalidParameter("Attributes Reason: Invalid attribute name: \(name)")
        }
        attributes[name] = value.isEmpty ? nil : value
    }
}

/// Creating an application that is there with the same attributes answers its ARN. Credentials are kept; no platform is asked about them.
/// https://docs.aws.amazon.com/sns/latest/api/API_CreatePlatformApplication.html
enum CreatePlatformApplication: Operation {
    struct Input {
        var name: String
        var platform: String
        var attributes: [(key: String, value: String)]
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let name = try fields.requiredString("Name")
        let platform = try fields.requiredString("Platform")
        return Input(name: name, platform: platform, attributes: try fields.requiredAttributes("Attributes"))
    }

    static func run(_ input: Input, on sns: SNSService, _ call: Call) throws(AWSError) -> String {
        try checkName(input.name)
        guard PlatformApplication.platforms.contains(input.platform) else { throw .invalidParameter("Platform Reason: \(input.platform) is not supported") }
        var application = PlatformApplication(arn: ARN("sns", "app/\(input.platform)/\(input.name)", in: call.scope), attributes: ["Enabled": "true"])
        for (name, value) in input.attributes { try application.set(name, to: value) }
        try checkCredentials(application)
        if let known = sns.state.applications[application.arn.description] {
            guard known.attributes == application.attributes else {
                throw .invalidParameter("Name Reason: An application with the same name but different properties already exists")
            }
            return known.arn.description
        }
        sns.keep(application)
        return application.arn.description
    }

    static func write(_ arn: String) -> Reply { Reply(["PlatformApplicationArn": .string(arn)]) }

    private static func checkName(_ name: String) throws(AWSError) {
        guard !name.isEmpty else { throw .invalidParameter("\(name) Reason: cannot be empty") }
        guard name.unicodeScalars.count <= 256 else { throw .invalidParameter("\(name) Reason: must be at most 256 characters long") }
        guard name.utf8.allSatisfy({ $0 &- 48 < 10 || ($0 | 0x20) &- 97 < 26 || "._-".utf8.contains($0) }) else {
            throw .invalidParameter("\(name) Reason: must contain only characters 'a'-'z', 'A'-'Z', '0'-'9', '_', '-', and '.'")
        }
    }

    /// Google's has a credential alone, others a principal too.
    private static func checkCredentials(_ application: PlatformApplication) throws(AWSError) {
        let (hasCredential, hasPrincipal) = (application.attributes["PlatformCredential"] != nil, application.attributes["PlatformPrincipal"] != nil)
        guard hasCredential || !hasPrincipal else {
            throw .invalidParameter("Attributes Reason: PlatformPrincipal attribute provided without PlatformCredential")
        }
        guard hasCredential else { throw .invalidParameter("Attributes Reason: Invalid value for attribute: PlatformCredential: cannot be empty") }
        guard hasPrincipal || application.platform == "GCM" else {
            throw .invalidParameter("Attributes Reason: PlatformCredential attribute provided without PlatformPrincipal")
        }
    }
}

/// Deleting what isn't there succeeds. https://docs.aws.amazon.com/sns/latest/api/API_DeletePlatformApplication.html
enum DeletePlatformApplication: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> String { try fields.requiredString("PlatformApplicationArn") }

    static func run(_ arn: String, on sns: SNSService, _ call: Call) throws(AWSError) {
        try sns.checkApplicationARN(arn)
        if let application = sns.state.applications[arn] { sns.remove(application) }
    }

    static func write(_ output: Void) -> Reply { Reply() }
}

/// https://docs.aws.amazon.com/sns/latest/api/API_ListPlatformApplications.html
enum ListPlatformApplications: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> String? { try fields.pageStart() }

    static func run(_ after: String?, on sns: SNSService, _ call: Call) throws(AWSError) -> Page<PlatformApplication> {
        let own = sns.state.applications.values.filter { $0.arn.scope == call.scope }
        return Page(own.sorted { $0.arn.description < $1.arn.description }, after: after, name: \.arn.description)
    }

    static func write(_ page: Page<PlatformApplication>) -> Reply {
        page.reply("PlatformApplications") { ["PlatformApplicationArn": .string($0.arn.description), "Attributes": .object($0.description)] }
    }
}

/// https://docs.aws.amazon.com/sns/latest/api/API_GetPlatformApplicationAttributes.html
enum GetPlatformApplicationAttributes: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> String { try fields.requiredString("PlatformApplicationArn") }
    static func run(_ arn: String, on sns: SNSService, _ call: Call) throws(AWSError) -> Members { try sns.application(arn).description }
    static func write(_ attributes: Members) -> Reply { Reply(["Attributes": .object(attributes)]) }
}

/// https://docs.aws.amazon.com/sns/latest/api/API_SetPlatformApplicationAttributes.html
enum SetPlatformApplicationAttributes: Operation {
    typealias Input = (arn: String, attributes: [(key: String, value: String)])

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        (try fields.requiredString("PlatformApplicationArn"), try fields.requiredAttributes("Attributes"))
    }

    static func run(_ input: Input, on sns: SNSService, _ call: Call) throws(AWSError) {
        var application = try sns.application(input.arn)
        for (name, value) in input.attributes { try application.set(name, to: value) }
        sns.keep(application)
    }

    static func write(_ output: Void) -> Reply { Reply() }
}
