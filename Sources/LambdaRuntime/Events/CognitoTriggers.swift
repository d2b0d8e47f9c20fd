/// Nothing to say: the function only throws, or doesn't.
public struct NoCognitoResponse: CognitoTriggerResponse, Equatable {
    public init() {}
    public var answer: Document { [:] }
}

/// What every trigger is told of a user.
public struct CognitoUserRequest: LambdaEvent, Equatable {
    public var userAttributes: [String: String]
    /// What the app sent along with the call that led to the trigger.
    public var clientMetadata: [String: String]
    /// What the app sent to be validated: sign-up, sign-in.
    public var validationData: [String: String]
    /// Sign-in on a device that the user pool hasn't seen.
    public var newDeviceUsed: Bool
    /// The pool hides that there is no such user.
    public var userNotFound: Bool

    public init(event: Document) throws(LambdaError) {
        let fields = try EventFields(event)
        userAttributes = try fields.stringMap("userAttributes")
        clientMetadata = try fields.stringMap("clientMetadata")
        validationData = try fields.stringMap("validationData")
        newDeviceUsed = try fields.bool("newDeviceUsed") ?? false
        userNotFound = try fields.bool("userNotFound") ?? false
    }
}

/// Before a user is signed up: an error refuses it.
/// https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-sign-up.html
public enum PreSignUp: CognitoTrigger {
    public static let sources = ["PreSignUp_"]
    public typealias Request = CognitoUserRequest

    public struct Response: CognitoTriggerResponse, Equatable {
        public var autoConfirmUser = false
        public var autoVerifyEmail = false
        public var autoVerifyPhone = false

        public init() {}

        public var answer: Document {
            ["autoConfirmUser": .bool(autoConfirmUser), "autoVerifyEmail": .bool(autoVerifyEmail), "autoVerifyPhone": .bool(autoVerifyPhone)]
        }
    }
}

/// After a user is confirmed, or has a new password.
/// https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-post-confirmation.html
public enum PostConfirmation: CognitoTrigger {
    public static let sources = ["PostConfirmation_"]
    public typealias Request = CognitoUserRequest
    public typealias Response = NoCognitoResponse
}

/// Before a user is signed in: an error refuses it.
/// https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-authentication.html
public enum PreAuthentication: CognitoTrigger {
    public static let sources = ["PreAuthentication_"]
    public typealias Request = CognitoUserRequest
    public typealias Response = NoCognitoResponse
}

/// After a user is signed in.
/// https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-post-authentication.html
public enum PostAuthentication: CognitoTrigger {
    public static let sources = ["PostAuthentication_"]
    public typealias Request = CognitoUserRequest
    public typealias Response = NoCognitoResponse
}

/// Before a code or link is sent.
/// https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-custom-message.html
public enum CustomMessage: CognitoTrigger {
    public static let sources = ["CustomMessage_"]

    public struct Request: LambdaEvent, Equatable {
        public var userAttributes: [String: String]
        public var clientMetadata: [String: String]
        /// What stands in the message for the code: `{####}`.
        public var codeParameter: String
        /// What stands in the message for the link: `{##Click Here##}`.
        public var linkParameter: String?
        /// What stands in an invitation for the user's name.
        public var usernameParameter: String?

        public init(event: Document) throws(LambdaError) {
            let fields = try EventFields(event)
            userAttributes = try fields.stringMap("userAttributes")
            clientMetadata = try fields.stringMap("clientMetadata")
            codeParameter = try fields.string("codeParameter") ?? ""
            linkParameter = try fields.string("linkParameter")
            usernameParameter = try fields.string("usernameParameter")
        }
    }

    /// What is `nil` is the pool's own text.
    public struct Response: CognitoTriggerResponse, Equatable {
        public var smsMessage: String?
        public var emailMessage: String?
        public var emailSubject: String?

        public init() {}

        public var answer: Document {
            let text = { (value: String?) -> Document in value.map { .string($0) } ?? .null }
            return ["smsMessage": text(smsMessage), "emailMessage": text(emailMessage), "emailSubject": text(emailSubject)]
        }
    }
}

/// A user who isn't in the pool yet signs in or has forgotten a password: the function looks elsewhere.
/// https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-migrate-user.html
public enum UserMigration: CognitoTrigger {
    public static let sources = ["UserMigration_"]

    public struct Request: LambdaEvent, Equatable {
        /// With sign-ins only.
        public var password: String?
        public var validationData: [String: String]
        public var clientMetadata: [String: String]

        public init(event: Document) throws(LambdaError) {
            let fields = try EventFields(event)
            password = try fields.string("password")
            validationData = try fields.stringMap("validationData")
            clientMetadata = try fields.stringMap("clientMetadata")
        }
    }

    public struct Response: CognitoTriggerResponse, Equatable {
        /// The new user's; there has to be one.
        public var userAttributes: [String: String] = [:]
        /// `CONFIRMED`, `RESET_REQUIRED`.
        public var finalUserStatus: String?
        /// `SUPPRESS` sends no welcome.
        public var messageAction: String?
        /// `EMAIL`, `SMS`
        public var desiredDeliveryMediums: [String] = []
        public var forceAliasCreation = false

        public init() {}

        public var answer: Document {
            var members: Members = ["userAttributes": .strings(userAttributes)]
            if let finalUserStatus { members.append("finalUserStatus", .string(finalUserStatus)) }
            if let messageAction { members.append("messageAction", .string(messageAction)) }
            if !desiredDeliveryMediums.isEmpty { members.append("desiredDeliveryMediums", .array(desiredDeliveryMediums.map { .string($0) })) }
            members.append("forceAliasCreation", .bool(forceAliasCreation))
            return .object(members)
        }
    }
}
