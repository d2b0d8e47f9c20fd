import Kernel

/// The errors of SNS. https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html
extension AWSError {
    static func invalidParameter(_ reason: String) -> AWSError { AWSError("InvalidParameter", "Invalid parameter: \(reason)") }
    static func authorization(_ reason: String) -> AWSError { AWSError("AuthorizationError", reason, status: 403) }

    /// Of an attribute: CreateTopic and Subscribe name their parameter `Attributes`, which SetTopicAttributes and SetSubscriptionAttributes don't.
    static func invalidAttribute(_ reason: String, isNew: Bool) -> AWSError { invalidParameter((isNew ? "Attributes Reason: " : "") + reason) }

    /// Of what is part of a message.
    static func invalidValue(_ message: String) -> AWSError { AWSError("ParameterValueInvalid", message) }
    static func notFound(_ message: String) -> AWSError { AWSError("NotFound", message, status: 404) }
    static func resourceNotFound(_ message: String) -> AWSError { AWSError("ResourceNotFound", message, status: 404) }
}
