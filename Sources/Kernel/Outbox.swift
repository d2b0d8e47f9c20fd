import JSON

/// A message that leaves the cloud for a person: a mail, a text message, a push notification. It is never sent; it is kept to be read.
package struct OutboxMessage: Sendable, Equatable {
    /// `email`, `sms` or `push`.
    package var kind: String
    package var id: String
    package var scope: Scope
    package var sent: Timestamp
    /// What the service knows of it, with AWS's names (`Source`, `Destination`, `Subject`, `Body`).
    package var content: Document

    package init(kind: String, id: String, scope: Scope, sent: Timestamp, content: Document) {
        self.kind = kind
        self.id = id
        self.scope = scope
        self.sent = sent
        self.content = content
    }

    /// What `/_apus/outbox` shows.
    package var document: Document {
        var members: Members = [
            "Kind": .string(kind), "Id": .string(id), "Account": .string(scope.account), "Region": .string(scope.region), "SentAt": .double(Double(sent.milliseconds) / 1000),
        ]
        for member in content.object ?? Members() { members[member.name] = member.value }
        return .object(members)
    }
}

/// Where mails and text messages end up, in the order in which they were sent.
@CloudActor
package final class Outbox: CloudService {
    package struct State: Sendable {
        package var messages: [OutboxMessage] = []
    }

    package nonisolated var name: String { "outbox" }
    package var state = State()
    package var emptyState: State { State() }
    private let journal: Journal

    init(journal: Journal) { self.journal = journal }

    package func put(_ message: OutboxMessage) {
        journal.put(name, Self.key(state.messages.count), Self.encode(message))
        state.messages.append(message)
    }

    package func removeAll() {
        state.messages = []
        journal.deletePrefix(name, [])
    }

    package func load(key: [UInt8], value: [UInt8]) throws(AWSError) {
        guard let message = Self.decode(value) else {
            throw AWSError("InternalFailure", "The store's entry of an outgoing message can't be read.", status: 500)
        }
        state.messages.append(message)
    }

    package func entries(_ body: ([UInt8], [UInt8]) -> Void) {
        for (index, message) in state.messages.enumerated() { body(Self.key(index), Self.encode(message)) }
    }

    private static func key(_ index: Int) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: index >> (56 - 8 * $0)) } }

    private static func encode(_ message: OutboxMessage) -> [UInt8] {
        Document.object([
            "kind": .string(message.kind), "id": .string(message.id), "account": .string(message.scope.account),
            "region": .string(message.scope.region), "sent": .int(message.sent.microseconds), "content": message.content,
        ]).json()
    }

    private static func decode(_ bytes: [UInt8]) -> OutboxMessage? {
        guard let document = try? Document(json: bytes), let kind = document["kind"]?.string, let id = document["id"]?.string,
            let account = document["account"]?.string, let region = document["region"]?.string, let sent = document["sent"]?.int,
            let content = document["content"]
        else { return nil }
        return OutboxMessage(kind: kind, id: id, scope: Scope(account: account, region: region), sent: Timestamp(microseconds: Int64(sent)), content: content)
    }
}
