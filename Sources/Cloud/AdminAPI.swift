import JSON
import Kernel
import Lambda
import SES

/// Everything of Apus's own, under `/_apus/`, and the paths by which people who come from other emulators expect it.
/// Answers are JSON; a mistake is answered with `{"message": ...}` and changes nothing.
@CloudActor
struct AdminAPI {
    let environment: Environment
    let lambda: LambdaService
    /// What health shows.
    let version: String

    /// Whether a path is one of these.
    nonisolated static func isAdministrative(_ target: String) -> Bool {
        // Asked of every request, and most go to the root.
        guard target.utf8.count > 1 else { return false }
        return target.utf8.starts(with: "/_apus/".utf8) || target.utf8.starts(with: "/_localstack/".utf8)
            || target.utf8.starts(with: "/_aws/ses".utf8) || target.utf8.starts(with: "/moto-api/".utf8) || target == "/_apus"
    }

    /// Whether a path is one at which queues are looked into: `/_apus/sqs/messages`, and LocalStack's.
    nonisolated static func isQueuePeek(_ target: String) -> Bool {
        guard target.utf8.count > 1, target.utf8.starts(with: "/_a".utf8) else { return false }
        return target.utf8.starts(with: "/_apus/sqs/messages".utf8) || target.utf8.starts(with: "/_aws/sqs/messages".utf8)
    }

    func handle(_ request: HTTPRequest) async -> HTTPResponse {
        var request = request
        // The HTTP server leaves out the body of what answers HEAD.
        if request.method == "HEAD" { request.method = "GET" }
        do throws(AdminError) {
            if let package = try deploymentPackage(request) { return package }
            return Self.json(200, try await answer(request))
        } catch {
            return Self.json(error.status, ["message": .string(error.message)])
        }
    }

    static func json(_ status: Int, _ document: Document) -> HTTPResponse {
        HTTPResponse(status: status, headers: HTTPHeaders([("Content-Type", "application/json")]), body: document.json() + [UInt8(ascii: "\n")])
    }

    private func answer(_ request: HTTPRequest) async throws(AdminError) -> Document {
        let path = request.path.split(separator: "/").map(String.init)
        switch (request.method, path.count > 1 ? path[1] : "", path.count) {
        case _ where path.first == "_localstack": return try localStack(request, path)
        case ("POST", "reset", 2) where path.first == "moto-api": return reset()
        case _ where path.first == "moto-api": throw AdminError(404, "Of moto's own paths Apus has POST /moto-api/reset.")
        case ("GET", "ses", 2) where path.first == "_aws": return mails(request)
        case ("DELETE", "ses", 2) where path.first == "_aws":
            environment.outbox.removeAll()
            return [:]
        case ("POST", "reset", 2): return reset()
        case ("GET", "health", 2): return health()
        case ("GET", "clock", 2): return clock()
        case ("POST", "clock", 2): return try setClock(try body(request))
        case ("POST", "settle", 2): return try await settle(try body(request))
        case (_, "snapshots", 2...4): return try snapshots(request.method, Array(path.dropFirst(2)))
        case ("GET", "outbox", 2): return ["messages": .array(environment.outbox.state.messages.map(\.document))]
        case ("DELETE", "outbox", 2):
            environment.outbox.removeAll()
            return [:]
        default: throw AdminError(404, "There is no \(request.method) \(request.path) here. Apus's own paths: \(Self.paths)")
        }
    }

    private static let paths = """
        GET /_apus/health, POST /_apus/reset, GET and POST /_apus/clock, POST /_apus/settle, GET /_apus/snapshots, \
        POST and DELETE /_apus/snapshots/{name}, POST /_apus/snapshots/{name}/restore, GET and DELETE /_apus/outbox, \
        GET /_apus/sqs/messages?QueueUrl=...
        """

    private func body(_ request: HTTPRequest) throws(AdminError) -> Members {
        guard !request.body.isEmpty else { return Members() }
        let document: Document
        do throws(JSONError) { document = try Document(json: request.body) } catch { throw AdminError(400, "The body is no JSON: \(error)") }
        guard case .object(let members) = document else { throw AdminError(400, "The body must be a JSON object.") }
        return members
    }

    /// A function's code, where `GetFunction` says that it is.
    private func deploymentPackage(_ request: HTTPRequest) throws(AdminError) -> HTTPResponse? {
        let prefix = "/_apus/lambda/packages/"
        guard request.method == "GET", request.path.hasPrefix(prefix) else { return nil }
        let arn = PercentEncoding.text(request.path.dropFirst(prefix.count).utf8)
        guard let package = lambda.deploymentPackage(arn) else { throw AdminError(404, "There is no function '\(arn)'.") }
        return HTTPResponse(status: 200, headers: HTTPHeaders([("Content-Type", "application/zip")]), body: package)
    }

    // MARK: Health and reset

    private func health() -> Document {
        let services = environment.endpoints.keys.sorted().map { Members.Member(name: $0, value: "running") }
        return [
            "status": "running", "version": .string(version), "services": .object(Members(services)),
            "persistent": .bool(environment.journal.isDurable), "idle": .bool(environment.fabric.isIdle),
            "underway": .array(environment.fabric.underway.map { .string($0) }),
        ]
    }

    private func reset() -> Document {
        environment.reset()
        return ["status": "reset"]
    }

    private func localStack(_ request: HTTPRequest, _ path: [String]) throws(AdminError) -> Document {
        guard request.method == "GET" || request.method == "HEAD" else { throw AdminError(405, "Only GET is answered at \(request.path).") }
        switch path.dropFirst().joined(separator: "/") {
        case "health": return ["services": health()["services"] ?? [:], "edition": "apus", "version": .string(version)]
        case "init", "init/ready": return ["completed": ["BOOT": true, "START": true, "READY": true, "SHUTDOWN": false], "scripts": []]
        default: throw AdminError(404, "Apus has no \(request.path).")
        }
    }

    /// The mails as LocalStack shows them, `?id=` and `?email=` choose.
    private func mails(_ request: HTTPRequest) -> Document {
        var choice: [String: String] = [:]
        for pair in request.query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1).map { PercentEncoding.text($0.utf8, plusIsSpace: true) }
            if parts.count == 2 { choice[parts[0]] = parts[1] }
        }
        return SentMail.localStackForm(environment.outbox.state.messages, id: choice["id"], email: choice["email"])
    }

    // MARK: Time

    private func clock() -> Document {
        let clock = environment.clock
        return [
            "now": .string(clock.now.iso8601Milliseconds), "epoch": .double(Double(clock.now.milliseconds) / 1000), "frozen": .bool(clock.isFrozen),
            "nextDeadline": environment.nextDeadline.map { .string($0.iso8601Milliseconds) } ?? .null,
        ]
    }

    /// `freeze` (true, false, or the time to stand at), `advance` (a duration), `to` (a time), `reset`: in this order.
    private func setClock(_ members: Members) throws(AdminError) -> Document {
        let known: Set = ["freeze", "advance", "to", "reset"]
        guard let first = members.first else { throw AdminError(400, "Say what to do with the clock: \(known.sorted().joined(separator: ", ")).") }
        if let unknown = members.first(where: { !known.contains($0.name) }) { throw AdminError(400, "Unknown member '\(unknown.name)' (\(first.name) ...).") }
        let advance = try members["advance"].map(Self.duration)
        let target = try members["to"].map(Self.time)
        let freeze = try members["freeze"].map(Self.freeze)
        if let target, target < environment.clock.now { throw AdminError(400, "'to' lies in the past; only 'freeze' may set the time back.") }
        if let advance, advance < .zero { throw AdminError(400, "'advance' must not be negative; only 'freeze' may set the time back.") }

        var start = environment.clock.now
        if members["reset"]?.bool == true { start = CloudClock.systemTime }
        if case .at(let time) = freeze { start = time }
        if let advance { _ = try Self.checked(start + advance) }

        if members["reset"]?.bool == true { environment.clock.reset() }
        switch freeze {
        case .at(let time): environment.clock.freeze(at: time)
        case .here: environment.clock.freeze()
        case .no: environment.clock.run()
        case nil: break
        }
        environment.rearm()
        if let advance { environment.advance(to: environment.clock.now + advance) }
        if let target { environment.advance(to: target) }
        return clock()
    }

    private enum Freeze { case here, no, at(Timestamp) }

    private static func freeze(_ value: Document) throws(AdminError) -> Freeze {
        switch value {
        case .bool(let isFrozen): isFrozen ? .here : .no
        default: .at(try time(value))
        }
    }

    /// 1970-01-01T00:00:00Z to 9999-12-31T23:59:59Z: what every client's calendar has, and far from where deadlines would no longer fit.
    private static let times = Timestamp(seconds: 0)...Timestamp(seconds: 253_402_300_799)

    private static func time(_ value: Document) throws(AdminError) -> Timestamp {
        if case .string(let text) = value, let time = Timestamp(iso8601: text) { return try checked(time) }
        if case .number = value, let seconds = value.double, abs(seconds) < 1e12 { return try checked(Timestamp(microseconds: Int64(seconds * 1e6))) }
        throw AdminError(400, "A time is written as 2021-12-06T02:01:51Z or as seconds since the epoch.")
    }

    private static func checked(_ time: Timestamp) throws(AdminError) -> Timestamp {
        guard times.contains(time) else { throw AdminError(400, "The clock goes from \(times.lowerBound.iso8601) to \(times.upperBound.iso8601).") }
        return time
    }

    /// Seconds as a number, or text like `90s`, `15m`, `2h`, `3d`, `250ms`.
    static func duration(_ value: Document) throws(AdminError) -> Duration {
        if let seconds = value.double, abs(seconds) < 1e10 { return .microseconds(Int64(seconds * 1e6)) }
        let units: [(String, Int64)] = [("ms", 1000), ("s", 1_000_000), ("m", 60_000_000), ("h", 3_600_000_000), ("d", 86_400_000_000)]
        if case .string(let text) = value, let (unit, size) = units.first(where: { text.hasSuffix($0.0) }), let count = Int64(text.dropLast(unit.count)),
            abs(count) < 1_000_000_000
        {
            let (microseconds, overflow) = count.multipliedReportingOverflow(by: size)
            if !overflow { return .microseconds(microseconds) }
        }
        throw AdminError(400, "A duration is a number of seconds, or text like 90s, 15m, 2h, 3d, 250ms.")
    }

    /// Waits until nothing is under way; `jump` is how far the time may be moved to reach deadlines on the way.
    private func settle(_ members: Members) async throws(AdminError) -> Document {
        if let unknown = members.first(where: { $0.name != "jump" }) { throw AdminError(400, "Unknown member '\(unknown.name)'; settle takes 'jump'.") }
        var bound = try members["jump"].map(Self.duration)
        if let jump = bound { bound = min(jump, Self.times.upperBound - environment.clock.now) }
        let moved = await environment.settle(jumping: bound)
        return [
            "idle": true, "moved": .double(Double(moved.wholeMicroseconds) / 1e6), "now": .string(environment.clock.now.iso8601Milliseconds),
            "nextDeadline": environment.nextDeadline.map { .string($0.iso8601Milliseconds) } ?? .null,
        ]
    }

    // MARK: Snapshots

    private func snapshots(_ method: String, _ path: [String]) throws(AdminError) -> Document {
        switch (method, path.count, path.last ?? "") {
        case ("GET", 0, _): return ["snapshots": .array(environment.allSnapshots.map(Self.describe))]
        case ("POST", 1, let name): return Self.describe(environment.takeSnapshot(name))
        case ("DELETE", 1, let name):
            guard environment.deleteSnapshot(name) else { throw Self.noSnapshot(name) }
            return [:]
        case ("POST", 2, "restore"):
            guard environment.restoreSnapshot(path[0]) else { throw Self.noSnapshot(path[0]) }
            return ["restored": .string(path[0])]
        default: throw AdminError(405, "Snapshots are taken by POST /_apus/snapshots/{name}, restored by POST .../{name}/restore, deleted by DELETE, listed by GET.")
        }
    }

    private static func noSnapshot(_ name: String) -> AdminError { AdminError(404, "There is no snapshot '\(name)'.") }

    private static func describe(_ snapshot: Environment.Snapshot) -> Document {
        ["name": .string(snapshot.name), "taken": .string(snapshot.taken.iso8601Milliseconds)]
    }
}

/// What went wrong with a request to Apus's own paths.
struct AdminError: Error {
    let status: Int
    let message: String

    init(_ status: Int, _ message: String) {
        self.status = status
        self.message = message
    }
}
