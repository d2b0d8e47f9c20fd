import JSON
import Kernel

/// Lambda's own errors: each carries `Type`, which is `User` where the caller is at fault.
extension AWSError {
    static func lambda(_ code: String, _ message: String, status: Int) -> AWSError {
        var members: Members = ["Type": status >= 500 ? "Service" : "User"]
        // Of Lambda's errors some spell it so, as their shapes in the service model do.
        if capitalised.contains(code) { members.append("Message", .string(message)) }
        return AWSError(code, message, status: status, members: members)
    }

    private static let capitalised: Set<String> = [
        "ResourceNotFoundException", "ServiceException", "CodeSigningConfigNotFoundException", "CodeVerificationFailedException", "InvalidCodeSignatureException",
        "InvalidRuntimeException", "InvalidZipFileException", "ResourceInUseException", "RecursiveInvocationException",
    ]

    static func invalidParameter(_ message: String) -> AWSError { lambda("InvalidParameterValueException", message, status: 400) }
    static func notFound(_ message: String) -> AWSError { lambda("ResourceNotFoundException", message, status: 404) }
    static func conflict(_ message: String) -> AWSError { lambda("ResourceConflictException", message, status: 409) }
    static func functionNotFound(_ arn: String) -> AWSError { notFound("Function not found: \(arn)") }

    /// - Parameter operations: those that tell the present revision.
    static func staleRevision(_ operations: String = "GetFunction/GetAlias") -> AWSError {
        lambda(
            "PreconditionFailedException",
            "The Revision Id provided does not match the latest Revision Id. Call the \(operations) API to retrieve the latest Revision Id", status: 412)
    }

    /// A constraint that the service checks after the service model's own, in the same words.
    static func constraint(_ value: String, _ member: String, _ rule: String) -> AWSError {
        validation("1 validation error detected: Value '\(value)' at '\(member)' failed to satisfy constraint: \(rule)")
    }
}

extension Fields {
    /// Throws where a member is present that Apus has no behaviour for.
    func refuse(_ operation: String, _ names: String...) throws(AWSError) {
        for name in names {
            guard let value = self[name] else { continue }
            switch value {
            // An empty structure or list asks for nothing.
            case .object(let members) where members.isEmpty: continue
            case .array(let elements) where elements.isEmpty: continue
            case .bool(false): continue
            default: throw .notImplemented("Lambda \(operation) with \(name)")
            }
        }
    }
}
