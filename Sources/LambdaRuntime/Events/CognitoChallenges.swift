/// One step of a sign-in by challenges.
public struct CognitoChallengeResult: Sendable, Equatable {
    /// `CUSTOM_CHALLENGE`, `PASSWORD_VERIFIER`, `SRP_A` ...
    public var name: String
    /// Whether the user passed.
    public var result: Bool
    /// What ``CreateAuthChallenge`` noted.
    public var metadata: String?

    init(_ fields: EventFields) throws(LambdaError) {
        name = try fields.requiredString("challengeName")
        result = try fields.bool("challengeResult") ?? false
        metadata = try fields.string("challengeMetadata")
    }
}

/// What comes next in a sign-in by challenges.
/// https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-define-auth-challenge.html
public enum DefineAuthChallenge: CognitoTrigger {
    public static let sources = ["DefineAuthChallenge_"]

    public struct Request: LambdaEvent, Equatable {
        public var userAttributes: [String: String]
        public var clientMetadata: [String: String]
        /// The challenges so far.
        public var session: [CognitoChallengeResult]
        public var userNotFound: Bool

        public init(event: Document) throws(LambdaError) {
            let fields = try EventFields(event)
            userAttributes = try fields.stringMap("userAttributes")
            clientMetadata = try fields.stringMap("clientMetadata")
            session = []
            for step in try fields.objects("session") { session.append(try CognitoChallengeResult(step)) }
            userNotFound = try fields.bool("userNotFound") ?? false
        }
    }

    public struct Response: CognitoTriggerResponse, Equatable {
        /// `CUSTOM_CHALLENGE`; `nil` where the sign-in ends.
        public var challengeName: String?
        public var issueTokens = false
        public var failAuthentication = false

        public init() {}

        public var answer: Document {
            var members: Members = [:]
            if let challengeName { members.append("challengeName", .string(challengeName)) }
            members.append("issueTokens", .bool(issueTokens))
            members.append("failAuthentication", .bool(failAuthentication))
            return .object(members)
        }
    }
}

/// What the user is asked.
/// https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-create-auth-challenge.html
public enum CreateAuthChallenge: CognitoTrigger {
    public static let sources = ["CreateAuthChallenge_"]

    public struct Request: LambdaEvent, Equatable {
        public var userAttributes: [String: String]
        public var clientMetadata: [String: String]
        public var challengeName: String
        public var session: [CognitoChallengeResult]
        public var userNotFound: Bool

        public init(event: Document) throws(LambdaError) {
            let fields = try EventFields(event)
            userAttributes = try fields.stringMap("userAttributes")
            clientMetadata = try fields.stringMap("clientMetadata")
            challengeName = try fields.requiredString("challengeName")
            session = []
            for step in try fields.objects("session") { session.append(try CognitoChallengeResult(step)) }
            userNotFound = try fields.bool("userNotFound") ?? false
        }
    }

    public struct Response: CognitoTriggerResponse, Equatable {
        /// For the app.
        public var publicChallengeParameters: [String: String] = [:]
        /// For ``VerifyAuthChallenge``: the right answer.
        public var privateChallengeParameters: [String: String] = [:]
        /// What the session shows of the challenge afterwards.
        public var challengeMetadata: String?

        public init() {}

        public var answer: Document {
            var members: Members = [
                "publicChallengeParameters": .strings(publicChallengeParameters), "privateChallengeParameters": .strings(privateChallengeParameters),
            ]
            if let challengeMetadata { members.append("challengeMetadata", .string(challengeMetadata)) }
            return .object(members)
        }
    }
}

/// Whether the user's answer is right.
/// https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-verify-auth-challenge-response.html
public enum VerifyAuthChallenge: CognitoTrigger {
    public static let sources = ["VerifyAuthChallengeResponse_"]

    public struct Request: LambdaEvent, Equatable {
        public var userAttributes: [String: String]
        public var clientMetadata: [String: String]
        /// As ``CreateAuthChallenge`` set them.
        public var privateChallengeParameters: [String: String]
        public var challengeAnswer: String
        public var userNotFound: Bool

        public init(event: Document) throws(LambdaError) {
            let fields = try EventFields(event)
            userAttributes = try fields.stringMap("userAttributes")
            clientMetadata = try fields.stringMap("clientMetadata")
            privateChallengeParameters = try fields.stringMap("privateChallengeParameters")
            challengeAnswer = try fields.string("challengeAnswer") ?? ""
            userNotFound = try fields.bool("userNotFound") ?? false
        }
    }

    public struct Response: CognitoTriggerResponse, Equatable {
        public var answerCorrect = false

        public init() {}

        public var answer: Document { ["answerCorrect": .bool(answerCorrect)] }
    }
}
