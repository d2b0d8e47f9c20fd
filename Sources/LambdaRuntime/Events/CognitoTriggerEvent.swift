/// What a user pool of Cognito gives the function of one of its triggers; answered with its ``response`` filled in.
///
/// ```swift
/// LambdaHandler { (event: CognitoTriggerEvent<PreSignUp>, _: LambdaContext) in
///     var event = event
///     event.response.autoConfirmUser = event.request.userAttributes["email"]?.hasSuffix("@example.com") == true
///     return event
/// }
/// ```
/// https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html
public struct CognitoTriggerEvent<Trigger: CognitoTrigger>: LambdaEvent, LambdaAnswer {
    /// The trigger's version: `1`, `2`, `3`.
    public var version: String
    public var region: String
    public var userPoolID: String
    /// Empty where there is no user yet.
    public var userName: String
    /// What the user is doing: `PreSignUp_AdminCreateUser`.
    public var triggerSource: String
    public var clientID: String
    public var sdkVersion: String
    public var request: Trigger.Request
    /// What the function changes.
    public var response: Trigger.Response

    /// The event as it came: Cognito wants it back whole.
    private var event: Members

    public init(event: Document) throws(LambdaError) {
        let fields = try EventFields(event)
        self.event = fields.members
        // A number, or the same as text.
        version = try fields.text("version")
        region = try fields.string("region") ?? ""
        userPoolID = try fields.requiredString("userPoolId")
        userName = try fields.string("userName") ?? ""
        let source = try fields.requiredString("triggerSource")
        triggerSource = source
        guard Trigger.sources.contains(where: { source.hasPrefix($0) }) else {
            throw .unreadable("triggerSource is '\(source)', which is none of \(Trigger.sources.joined(separator: ", "))")
        }
        let caller = try fields.object("callerContext")
        clientID = try caller?.string("clientId") ?? ""
        sdkVersion = try caller?.string("awsSdkVersion") ?? ""
        do throws(LambdaError) {
            request = try Trigger.Request(event: .object(try fields.requiredObject("request").members))
        } catch {
            throw error.inside("request")
        }
        response = Trigger.Response()
    }

    public var answer: Document {
        var event = event
        event["response"] = response.answer
        return .object(event)
    }
}

/// One of the moments at which a user pool asks a function.
public protocol CognitoTrigger: Sendable {
    associatedtype Request: LambdaEvent
    associatedtype Response: CognitoTriggerResponse
    /// What `triggerSource` begins with.
    static var sources: [String] { get }
}

/// What a function says back to a user pool.
public protocol CognitoTriggerResponse: LambdaAnswer {
    /// As long as the function says nothing.
    init()
}

extension CognitoTriggerEvent: Equatable where Trigger.Request: Equatable, Trigger.Response: Equatable {}

extension EventFields {
    /// A text, or the text of a number; empty where there is none.
    func text(_ name: String) throws(LambdaError) -> String {
        if case .number(let text)? = members[name] { return text }
        return try string(name) ?? ""
    }
}
