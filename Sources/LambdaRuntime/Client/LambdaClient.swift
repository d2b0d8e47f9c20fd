import JSON
import Kernel

/// Functions. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
public struct LambdaClient: Sendable {
    let client: AWSClient

    public enum InvocationType: String, Sendable {
        /// Waits for the function's answer.
        case requestResponse = "RequestResponse"
        /// Lambda keeps the event and tries the function later.
        case event = "Event"
        /// Only looks whether the function could be invoked.
        case dryRun = "DryRun"
    }

    /// What came of an invocation. A function that failed is a value too: see ``failure``.
    public struct Invocation: Sendable, Equatable {
        /// 200, of an event 202, of a dry run 204.
        public var status: Int
        /// The function's answer, or its error's document.
        public var payload: [UInt8]
        /// `Unhandled` or `Handled` where the function failed.
        public var functionError: String?
        public var executedVersion: String?
        /// The end of the log, at most 4 KB, where it was asked for.
        public var logTail: String?

        /// The payload as JSON. `nil` where it is none.
        public var document: Document? { try? Document(json: payload) }

        /// What the function said of its failure; `nil` where it succeeded.
        public var failure: LambdaError? {
            guard functionError != nil else { return nil }
            let document = document
            return LambdaError(type: document?["errorType"]?.string ?? functionError ?? "", message: document?["errorMessage"]?.string ?? "")
        }
    }

    /// Invokes a function.
    /// - Parameters:
    ///   - function: its name or ARN, with or without a qualifier.
    ///   - clientContext: for `RequestResponse`: what the function's context shows, at most 3,583 bytes as base64.
    /// - Throws: where the function could not be invoked.
    public func invoke(
        _ function: String, _ payload: Document = [:], type: InvocationType = .requestResponse, qualifier: String? = nil, wantsLog: Bool = false,
        clientContext: Document? = nil
    ) async throws(AWSServiceError) -> Invocation {
        var headers: [(name: String, value: String)] = [("Content-Type", "application/octet-stream"), ("X-Amz-Invocation-Type", type.rawValue)]
        if wantsLog { headers.append(("X-Amz-Log-Type", "Tail")) }
        if let clientContext { headers.append(("X-Amz-Client-Context", Base64.encode(clientContext.json()))) }
        // A function may take a quarter of an hour.
        let response = try await client.send(
            .lambda, "POST", "/2015-03-31/functions/\(ServiceRequest.label(function))/invocations", query: qualifier.map { [("Qualifier", $0)] } ?? [],
            headers: headers, body: payload.json(), timeout: .seconds(16 * 60))
        let log = response.header("X-Amz-Log-Result").flatMap { try? Base64.decode($0) }
        return Invocation(
            status: response.status, payload: response.body, functionError: response.header("X-Amz-Function-Error"),
            executedVersion: response.header("X-Amz-Executed-Version"), logTail: log.map { String(decoding: $0, as: UTF8.self) })
    }
}
