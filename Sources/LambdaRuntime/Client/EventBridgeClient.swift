import JSON

/// Event buses. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
public struct EventBridgeClient: Sendable {
    let client: AWSClient

    public struct Entry: Sendable {
        public var source: String
        public var detailType: String
        public var detail: Document
        /// Name or ARN; the default bus where it is `nil`.
        public var bus: String?
        public var resources: [String]

        public init(source: String, detailType: String, detail: Document, bus: String? = nil, resources: [String] = []) {
            self.source = source
            self.detailType = detailType
            self.detail = detail
            self.bus = bus
            self.resources = resources
        }
    }

    /// What became of one event.
    public enum Result: Sendable, Equatable {
        case accepted(eventID: String)
        case failed(code: String, message: String)
    }

    /// Puts up to ten events.
    /// - Returns: what became of each, in the events' order.
    @discardableResult
    public func putEvents(_ entries: [Entry]) async throws(AWSServiceError) -> [Result] {
        let list = entries.map { entry in
            var members: Members = ["Source": .string(entry.source), "DetailType": .string(entry.detailType), "Detail": .string(entry.detail.jsonString())]
            if let bus = entry.bus { members.append("EventBusName", .string(bus)) }
            if !entry.resources.isEmpty { members.append("Resources", .array(entry.resources.map { .string($0) })) }
            return Document.object(members)
        }
        let answer = try await client.call(.eventBridge, "PutEvents", ["Entries": .array(list)])
        return (answer["Entries"]?.array ?? []).map { entry in
            if let id = entry["EventId"]?.string { return .accepted(eventID: id) }
            return .failed(code: entry["ErrorCode"]?.string ?? "", message: entry["ErrorMessage"]?.string ?? "")
        }
    }
}
