/// Before tokens are made: the first version, which changes identity tokens only.
/// https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-token-generation.html
public enum PreTokenGeneration: CognitoTrigger {
    public static let sources = ["TokenGeneration_"]
    public typealias Request = CognitoTokenRequest

    public struct Response: CognitoTriggerResponse, Equatable {
        public var claimsToAddOrOverride: [String: String] = [:]
        public var claimsToSuppress: [String] = []
        /// `nil` leaves the groups as they are.
        public var groups: CognitoGroups?

        public init() {}

        public var answer: Document {
            var details: Members = [
                "claimsToAddOrOverride": .strings(claimsToAddOrOverride), "claimsToSuppress": .array(claimsToSuppress.map { .string($0) }),
            ]
            if let groups { details.append("groupOverrideDetails", groups.document) }
            return ["claimsOverrideDetails": .object(details)]
        }
    }
}

/// Before tokens are made: the second version, which changes access tokens and scopes too, and the third one, for machines.
/// https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-token-generation.html
public enum PreTokenGenerationV2: CognitoTrigger {
    public static let sources = ["TokenGeneration_"]
    public typealias Request = CognitoTokenRequest

    public struct Response: CognitoTriggerResponse, Equatable {
        public struct Token: Sendable, Equatable {
            /// Of any type: objects too.
            public var claimsToAddOrOverride = Members()
            public var claimsToSuppress: [String] = []
            /// Access tokens only.
            public var scopesToAdd: [String] = []
            /// Access tokens only.
            public var scopesToSuppress: [String] = []

            public init() {}

            fileprivate func document(hasScopes: Bool) -> Document {
                let list = { (values: [String]) -> Document in .array(values.map { .string($0) }) }
                var members: Members = ["claimsToAddOrOverride": .object(claimsToAddOrOverride), "claimsToSuppress": list(claimsToSuppress)]
                if hasScopes {
                    members.append("scopesToAdd", list(scopesToAdd))
                    members.append("scopesToSuppress", list(scopesToSuppress))
                }
                return .object(members)
            }
        }

        public var idToken = Token()
        public var accessToken = Token()
        /// `nil` leaves the groups as they are.
        public var groups: CognitoGroups?

        public init() {}

        public var answer: Document {
            var details: Members = [
                "idTokenGeneration": idToken.document(hasScopes: false), "accessTokenGeneration": accessToken.document(hasScopes: true),
            ]
            if let groups { details.append("groupOverrideDetails", groups.document) }
            return ["claimsAndScopeOverrideDetails": .object(details)]
        }
    }
}

/// The user for whom tokens are made.
public struct CognitoTokenRequest: LambdaEvent, Equatable {
    public var userAttributes: [String: String]
    public var clientMetadata: [String: String]
    public var groups: CognitoGroups
    /// From the second version on.
    public var scopes: [String]

    public init(event: Document) throws(LambdaError) {
        let fields = try EventFields(event)
        userAttributes = try fields.stringMap("userAttributes")
        clientMetadata = try fields.stringMap("clientMetadata")
        groups = CognitoGroups()
        if let configuration = try fields.object("groupConfiguration") {
            groups.groups = try configuration.strings("groupsToOverride")
            groups.roles = try configuration.strings("iamRolesToOverride")
            groups.preferredRole = try configuration.string("preferredRole")
        }
        scopes = try fields.strings("scopes")
    }
}

/// Groups of a user, and the roles that come with them.
public struct CognitoGroups: Sendable, Equatable {
    public var groups: [String] = []
    /// ARNs.
    public var roles: [String] = []
    public var preferredRole: String?

    public init(groups: [String] = [], roles: [String] = [], preferredRole: String? = nil) {
        self.groups = groups
        self.roles = roles
        self.preferredRole = preferredRole
    }

    var document: Document {
        var members: Members = ["groupsToOverride": .array(groups.map { .string($0) }), "iamRolesToOverride": .array(roles.map { .string($0) })]
        if let preferredRole { members.append("preferredRole", .string(preferredRole)) }
        return .object(members)
    }
}
