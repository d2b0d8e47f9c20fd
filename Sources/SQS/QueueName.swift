import Kernel

/// Which queue: its name, account and region.
struct QueueName: Hashable, Comparable, Sendable {
    var scope: Scope
    var name: String

    static func < (left: QueueName, right: QueueName) -> Bool { left.scope == right.scope ? left.name < right.name : left.scope < right.scope }

    init(_ name: String, in scope: Scope) {
        self.name = name
        self.scope = scope
    }

    /// The queue of an ARN; `nil` where it isn't one of SQS.
    init?(arn text: String) {
        guard let arn = ARN(text), arn.service == "sqs", !arn.resource.isEmpty else { return nil }
        self.init(arn.resource, in: arn.scope)
    }

    /// The queue that a queue URL means: `https://host/account/name`, with whatever host and path before it (`/queue/us-east-1/...`). A bare name means a queue
    /// of the caller. Where the host or the path names a region, that is the queue's.
    init?(url: String, _ caller: Scope) {
        let parts = url.utf8.split(separator: UInt8(ascii: "/"))
        guard let name = parts.last.flatMap({ String($0) }) else { return nil }
        guard parts[0].last == UInt8(ascii: ":") else {
            // No address: a name, or an account and a name.
            guard parts.count <= 2, let account = parts.count == 2 ? String(parts[0]) : caller.account else { return nil }
            self.init(name, in: Scope(account: account, region: caller.region))
            return
        }
        guard parts.count >= 4, let account = String(parts[parts.count - 2]) else { return nil }
        guard account.utf8.count == 12, account.utf8.allSatisfy({ $0 &- 48 < 10 }) else { return nil }
        var region = caller.region
        if parts.count >= 6, parts[parts.count - 4].elementsEqual("queue".utf8), let named = String(parts[parts.count - 3]) { region = named }
        if let named = String(parts[1]).flatMap({ Self.region(ofHost: $0) }) { region = named }
        self.init(name, in: Scope(account: account, region: region))
    }

    /// `sqs.eu-west-1.amazonaws.com`, `eu-west-1.queue.amazonaws.com`, `sqs.eu-west-1.localhost.localstack.cloud:4566`
    private static func region(ofHost host: String) -> String? {
        let labels = host.split(separator: ".")
        guard labels.count >= 3 else { return nil }
        if labels[0] == "sqs", labels[1].contains("-") { return String(labels[1]) }
        if labels[1] == "queue" { return String(labels[0]) }
        return nil
    }
}
