import JSON
import Kernel

/// An application on a service for push notifications.
/// https://docs.aws.amazon.com/sns/latest/dg/sns-mobile-application-as-subscriber.html
struct PlatformApplication: Sendable {
    let arn: ARN
    /// With its credentials, which nobody gets to see again.
    var attributes: [String: String]
    /// The devices' endpoints by token.
    var endpoints: [String: String] = [:]

    static let platforms: Set<String> = [
        "ADM", "APNS", "APNS_SANDBOX", "APNS_VOIP", "APNS_VOIP_SANDBOX", "BAIDU", "GCM", "MACOS", "MACOS_SANDBOX", "MPNS", "WNS",
    ]

    /// `GCM` of `app/GCM/name`.
    var platform: String { arn.resource.split(separator: "/").dropFirst().first.map(String.init) ?? "" }
    var name: String { arn.resource.split(separator: "/").last.map(String.init) ?? "" }
    var isEnabled: Bool { attributes["Enabled"] != "false" }

    /// As GetPlatformApplicationAttributes answers it.
    var description: Members {
        let shown = attributes.filter { $0.key != "PlatformCredential" && $0.key != "PlatformPrincipal" }
        return Members(shown.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: .string($0.value)) })
    }
}

/// An application on one device.
struct PlatformEndpoint: Sendable {
    let arn: ARN
    let application: String
    /// `Token`, `Enabled` and, where it was given, `CustomUserData`.
    var attributes: [String: String]

    var token: String { attributes["Token"] ?? "" }
    var isEnabled: Bool { attributes["Enabled"] != "false" }
    var description: Members { Members(attributes.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: .string($0.value)) }) }
}

extension PlatformApplication {
    var document: Document {
        ["arn": .string(arn.description), "attributes": .object(Members(attributes.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: .string($0.value)) }))]
    }

    /// Its endpoints are entries of their own.
    init?(_ document: Document) {
        guard let arn = document["arn"]?.string.flatMap({ ARN($0) }), let attributes = document["attributes"]?.object else { return nil }
        self.init(arn: arn, attributes: [:])
        for member in attributes { self.attributes[member.name] = member.value.string }
    }
}

extension PlatformEndpoint {
    var document: Document { ["arn": .string(arn.description), "application": .string(application), "attributes": .object(description)] }

    init?(_ document: Document) {
        guard let arn = document["arn"]?.string.flatMap({ ARN($0) }), let application = document["application"]?.string,
            let attributes = document["attributes"]?.object
        else { return nil }
        self.init(arn: arn, application: application, attributes: [:])
        for member in attributes { self.attributes[member.name] = member.value.string }
    }
}

extension SNSService {
    // MARK: Finding

    /// - Throws: `InvalidParameter` for what is no application's ARN, `NotFound` where there is none.
    func application(_ text: String) throws(AWSError) -> PlatformApplication {
        try checkApplicationARN(text)
        guard let application = state.applications[text] else { throw .notFound("PlatformApplication does not exist") }
        return application
    }

    func checkApplicationARN(_ text: String) throws(AWSError) {
        let arn = try ARN.read(text, "PlatformApplicationArn")
        guard arn.resource.utf8.count(where: { $0 == UInt8(ascii: "/") }) == 2 else {
            throw .invalidParameter("PlatformApplicationArn Reason: Wrong number of slashes in relative portion of the ARN.")
        }
        guard arn.resource.hasPrefix("app/") else { throw .invalidParameter("PlatformApplicationArn") }
    }

    /// - Throws: `InvalidParameter` for what is no endpoint's ARN.
    func checkEndpointARN(_ text: String, parameter: String = "EndpointArn") throws(AWSError) {
        let parts = try ARN.read(text, parameter).resource.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 4 else { throw .invalidParameter("\(parameter) Reason: Wrong number of slashes in relative portion of the ARN.") }
        guard parts[0] == "endpoint" else { throw .invalidParameter(parameter) }
        guard parts[3].utf8.count == 36 else {
            throw .invalidParameter("\(parameter) Reason: ARN specifies an invalid endpointId: UUID must be encoded in exactly 36 characters.")
        }
    }

    // MARK: Changes

    func keep(_ application: PlatformApplication) {
        state.applications[application.arn.description] = application
        environment.journal.put(name, JournalKey.application(application.arn.description), application.document.json())
    }

    /// Keeps an endpoint as it is now; its application finds it by its token.
    func keep(_ endpoint: PlatformEndpoint) {
        let arn = endpoint.arn.description
        if let old = state.endpoints[arn], old.token != endpoint.token { state.applications[endpoint.application]?.endpoints[old.token] = nil }
        state.endpoints[arn] = endpoint
        state.applications[endpoint.application]?.endpoints[endpoint.token] = arn
        environment.journal.put(name, JournalKey.endpoint(arn), endpoint.document.json())
    }

    func remove(_ endpoint: PlatformEndpoint) {
        let arn = endpoint.arn.description
        state.endpoints[arn] = nil
        state.applications[endpoint.application]?.endpoints[endpoint.token] = nil
        environment.journal.delete(name, JournalKey.endpoint(arn))
    }

    /// An application is gone with all of its endpoints.
    func remove(_ application: PlatformApplication) {
        for arn in application.endpoints.values {
            state.endpoints[arn] = nil
            environment.journal.delete(name, JournalKey.endpoint(arn))
        }
        state.applications[application.arn.description] = nil
        environment.journal.delete(name, JournalKey.application(application.arn.description))
    }
}

extension ARN {
    /// An ARN of SNS that a parameter holds.
    /// - Throws: `InvalidParameter` in AWS's words.
    static func read(_ text: String, _ parameter: String) throws(AWSError) -> ARN {
        let count = text.split(separator: ":", omittingEmptySubsequences: false).count
        guard count >= 6 else { throw .invalidParameter("\(parameter) Reason: An ARN must have at least 6 elements, not \(count)") }
        guard let arn = ARN(text), arn.service == "sns" else { throw .invalidParameter(parameter) }
        return arn
    }
}
