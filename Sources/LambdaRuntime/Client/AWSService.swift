import SigV4

/// How a service of AWS is spoken to.
public struct AWSService: Sendable {
    public enum Dialect: Sendable {
        /// JSON in both directions.
        case json(version: String, targetPrefix: String)
        /// A form there and XML back.
        case query(apiVersion: String)
        /// An address for each resource, JSON in both directions.
        case restJSON
        /// An address for each resource, XML in both directions.
        case restXML
    }

    /// What stands in `AWS_ENDPOINT_URL_<SERVICE>`.
    public var environmentName: String
    public var signingName: String
    /// What the host's name begins with.
    public var hostPrefix: String
    public var dialect: Dialect

    public init(environmentName: String, signingName: String, hostPrefix: String, dialect: Dialect) {
        self.environmentName = environmentName
        self.signingName = signingName
        self.hostPrefix = hostPrefix
        self.dialect = dialect
    }

    /// S3 signs its paths as they are.
    var canonicalForm: CanonicalForm { signingName == "s3" ? .s3 : .standard }

    public static let apiGateway = AWSService(environmentName: "API_GATEWAY", signingName: "apigateway", hostPrefix: "apigateway", dialect: .restJSON)
    public static let dynamoDB = AWSService(
        environmentName: "DYNAMODB", signingName: "dynamodb", hostPrefix: "dynamodb", dialect: .json(version: "1.0", targetPrefix: "DynamoDB_20120810"))
    public static let dynamoDBStreams = AWSService(
        environmentName: "DYNAMODB_STREAMS", signingName: "dynamodb", hostPrefix: "streams.dynamodb",
        dialect: .json(version: "1.0", targetPrefix: "DynamoDBStreams_20120810"))
    public static let lambda = AWSService(environmentName: "LAMBDA", signingName: "lambda", hostPrefix: "lambda", dialect: .restJSON)
    public static let s3 = AWSService(environmentName: "S3", signingName: "s3", hostPrefix: "s3", dialect: .restXML)
    public static let ses = AWSService(environmentName: "SES", signingName: "ses", hostPrefix: "email", dialect: .query(apiVersion: "2010-12-01"))
    public static let sns = AWSService(environmentName: "SNS", signingName: "sns", hostPrefix: "sns", dialect: .query(apiVersion: "2010-03-31"))
    public static let sqs = AWSService(
        environmentName: "SQS", signingName: "sqs", hostPrefix: "sqs", dialect: .json(version: "1.0", targetPrefix: "AmazonSQS"))
    public static let stepFunctions = AWSService(
        environmentName: "SFN", signingName: "states", hostPrefix: "states", dialect: .json(version: "1.0", targetPrefix: "AWSStepFunctions"))
    public static let eventBridge = AWSService(
        environmentName: "EVENTBRIDGE", signingName: "events", hostPrefix: "events", dialect: .json(version: "1.1", targetPrefix: "AWSEvents"))
    public static let sts = AWSService(environmentName: "STS", signingName: "sts", hostPrefix: "sts", dialect: .query(apiVersion: "2011-06-15"))
}
