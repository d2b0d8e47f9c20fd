import JSON

/// How a delivery stands in the journal.
extension Delivery {
    var encoded: [UInt8] {
        var members: Members = [
            "id": .int(id), "target": .string(target), "source": .string(source), "account": .string(scope.account), "region": .string(scope.region),
            "payload": .string(Base64.encode(payload)), "pauses": .array(policy.pauses.map { .int($0.wholeMicroseconds) }),
            "trace": .string(trace.header), "created": .int(created.microseconds), "attempts": .int(attempts), "nextAttempt": .int(nextAttempt.microseconds),
        ]
        members["maximumAge"] = policy.maximumAge.map { .int($0.wholeMicroseconds) }
        if policy.repeats > 0 { members.append("repeats", .int(policy.repeats)) }
        members["deadLetterTarget"] = deadLetterTarget.map { .string($0) }
        if !notes.isEmpty { members.append("notes", .string(Base64.encode(notes))) }
        return Document.object(members).json()
    }

    init?(encoded: [UInt8]) {
        guard let document = try? Document(json: encoded),
            let id = document["id"]?.int, let target = document["target"]?.string, let source = document["source"]?.string,
            let account = document["account"]?.string, let region = document["region"]?.string,
            let payload = document["payload"]?.string.flatMap({ try? Base64.decode($0) }), let pauses = document["pauses"]?.array,
            let trace = document["trace"]?.string.flatMap({ TraceID(header: $0) }), let created = document["created"]?.int,
            let attempts = document["attempts"]?.int, let nextAttempt = document["nextAttempt"]?.int
        else { return nil }
        self.init(
            id: UInt64(clamping: id), target: target, source: source, scope: Scope(account: account, region: region), payload: payload,
            policy: RetryPolicy(
                pauses: pauses.map { .microseconds($0.int ?? 0) }, repeats: document["repeats"]?.int ?? 0,
                maximumAge: document["maximumAge"]?.int.map { .microseconds($0) }),
            deadLetterTarget: document["deadLetterTarget"]?.string, trace: trace, created: Timestamp(microseconds: Int64(created)),
            attempts: attempts, nextAttempt: Timestamp(microseconds: Int64(nextAttempt)),
            notes: document["notes"]?.string.flatMap { try? Base64.decode($0) } ?? [])
    }
}
