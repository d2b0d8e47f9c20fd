import JSON

/// Mail.
public struct SESClient: Sendable {
    let client: AWSClient

    /// Sends a plain text in UTF-8.
    /// - Returns: the message's id.
    @discardableResult
    public func sendEmail(from source: String, to addresses: [String], subject: String, text: String) async throws(AWSServiceError) -> String {
        let input: Document = [
            "Source": .string(source), "Destination": ["ToAddresses": .array(addresses.map { .string($0) })],
            "Message": ["Subject": ["Data": .string(subject), "Charset": "UTF-8"], "Body": ["Text": ["Data": .string(text), "Charset": "UTF-8"]]],
        ]
        return try await client.call(.ses, "SendEmail", input)["MessageId"]?.string ?? ""
    }
}
