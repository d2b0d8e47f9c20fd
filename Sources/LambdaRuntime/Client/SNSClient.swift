import JSON

/// Topics. https://docs.aws.amazon.com/sns/latest/api/welcome.html
public struct SNSClient: Sendable {
    let client: AWSClient

    /// Publishes a message.
    /// - Parameters:
    ///   - structure: `json` where the message has a text for each protocol; any other value is as good as none.
    ///   - groupID: FIFO topics.
    ///   - deduplicationID: FIFO topics without deduplication by content.
    /// - Returns: the message's id.
    @discardableResult
    public func publish(
        _ message: String, to topicARN: String, subject: String? = nil, structure: String? = nil, attributes: [String: SNSEvent.Attribute] = [:],
        groupID: String? = nil, deduplicationID: String? = nil
    ) async throws(AWSServiceError) -> String {
        var input: Members = ["TopicArn": .string(topicARN), "Message": .string(message)]
        if let subject { input.append("Subject", .string(subject)) }
        if let structure { input.append("MessageStructure", .string(structure)) }
        if let groupID { input.append("MessageGroupId", .string(groupID)) }
        if let deduplicationID { input.append("MessageDeduplicationId", .string(deduplicationID)) }
        if !attributes.isEmpty {
            let values = attributes.mapValues { attribute -> Document in
                let name = attribute.type.hasPrefix("Binary") ? "BinaryValue" : "StringValue"
                return .object(["DataType": .string(attribute.type), name: .string(attribute.value)])
            }
            input.append("MessageAttributes", QueryDialect.entries(values, key: "Name", value: "Value"))
        }
        return try await client.call(.sns, "Publish", .object(input))["MessageId"]?.string ?? ""
    }

    /// The ARNs of one page of topics: at most 100.
    /// - Parameter token: where the page before ended.
    public func listTopics(from token: String? = nil) async throws(AWSServiceError) -> (topicARNs: [String], next: String?) {
        let answer = try await client.call(.sns, "ListTopics", token.map { ["NextToken": .string($0)] } ?? [:])
        let next = answer["NextToken"]?.string
        return ((answer["Topics"]?.array ?? []).compactMap { $0["TopicArn"]?.string }, next?.isEmpty == false ? next : nil)
    }

    /// The ARNs of all topics, page after page.
    public func allTopics() async throws(AWSServiceError) -> [String] {
        var (all, next) = try await listTopics()
        while let token = next {
            let page = try await listTopics(from: token)
            all += page.topicARNs
            next = page.next
        }
        return all
    }
}
