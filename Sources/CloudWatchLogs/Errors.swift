import Kernel

/// The errors of CloudWatch Logs. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/CommonErrors.html
extension AWSError {
    static func invalidParameter(_ message: String) -> AWSError { AWSError("InvalidParameterException", message) }

    static var noSuchGroup: AWSError { AWSError("ResourceNotFoundException", "The specified log group does not exist.") }
    static var noSuchStream: AWSError { AWSError("ResourceNotFoundException", "The specified log stream does not exist.") }
    static var groupExists: AWSError { AWSError("ResourceAlreadyExistsException", "The specified log group already exists") }
    static var streamExists: AWSError { AWSError("ResourceAlreadyExistsException", "The specified log stream already exists") }
    static var invalidToken: AWSError { invalidParameter("The specified nextToken is invalid.") }

    static func notFound(_ message: String) -> AWSError { AWSError("ResourceNotFoundException", message) }
    static func limitExceeded(_ message: String) -> AWSError { AWSError("LimitExceededException", message) }

    /// What breaks a constraint of the model is an invalid parameter here.
    var asInvalidParameter: AWSError {
        guard code == "ValidationException", namespace != nil else { return self }
        return .invalidParameter(message ?? code)
    }
}

extension OperationEntry {
    /// The operation with errors as this service has them.
    static func logs<O: Operation>(_ type: O.Type) -> OperationEntry where O.Service == Service {
        OperationEntry(type).guarded { (_, error) throws(AWSError) in
            if let error { throw error.asInvalidParameter }
        }
    }
}
