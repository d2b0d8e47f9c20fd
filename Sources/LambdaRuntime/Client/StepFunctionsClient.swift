import JSON

/// State machines. https://docs.aws.amazon.com/step-functions/latest/apireference/Welcome.html
public struct StepFunctionsClient: Sendable {
    let client: AWSClient

    /// Starts an execution.
    /// - Parameter name: unique in its state machine for 90 days; one that AWS makes where it is `nil`.
    /// - Returns: the execution's ARN.
    @discardableResult
    public func startExecution(of stateMachineARN: String, input: String = "{}", name: String? = nil) async throws(AWSServiceError) -> String {
        var members: Members = ["stateMachineArn": .string(stateMachineARN)]
        if let name { members.append("name", .string(name)) }
        members.append("input", .string(input))
        return try await client.call(.stepFunctions, "StartExecution", .object(members))["executionArn"]?.string ?? ""
    }

    /// Says that the task with that token has succeeded.
    public func sendTaskSuccess(_ token: String, output: Document) async throws(AWSServiceError) {
        _ = try await client.call(.stepFunctions, "SendTaskSuccess", ["taskToken": .string(token), "output": .string(output.jsonString())])
    }

    /// Says that the task with that token has failed.
    public func sendTaskFailure(_ token: String, error: String, cause: String) async throws(AWSServiceError) {
        _ = try await client.call(.stepFunctions, "SendTaskFailure", ["taskToken": .string(token), "error": .string(error), "cause": .string(cause)])
    }
}
