import JSON
import Kernel

/// What an extension subscribed to by the Telemetry API or the older Logs API: events are gathered and posted to an address of the extension's own.
/// https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api-reference.html
struct TelemetrySubscription {
    enum Kind: String, Sendable, CaseIterable {
        case platform, function
        case companion = "extension"
    }

    var kinds: Set<Kind>
    var url: String
    /// So many are posted at once, and no more are kept back.
    var maximumItems: Int
    /// `2020-08-15` of the Logs API has `platform.logsSubscription` where the Telemetry API has `platform.telemetrySubscription`.
    var isLogsAPI: Bool
    var pending: [Document] = []
}

extension ExecutionEnvironment {
    func handleTelemetry(_ request: HTTPRequest, isLogsAPI: Bool, _ responder: RuntimeResponder) {
        guard request.method == "PUT" else { return responder.respond(.runtimeError(404, "NotFound", "There is no \(request.method) \(request.path).")) }
        guard let companion = companion(of: request, responder) else { return }
        guard let document = try? Document(json: request.body), let destination = document["destination"], let types = document["types"]?.array,
            let url = destination["URI"]?.string ?? destination["port"]?.int.map({ "http://sandbox.localdomain:\($0)" })
        else { return responder.respond(.runtimeError(400, "ValidationError", "destination and types are required")) }
        guard destination["protocol"]?.string?.uppercased() == "HTTP" else {
            return responder.respond(.runtimeError(400, "ValidationError", "Apus sends telemetry by HTTP only"))
        }
        let kinds = types.compactMap { $0.string.flatMap { TelemetrySubscription.Kind(rawValue: $0) } }
        guard kinds.count == types.count, !kinds.isEmpty else { return responder.respond(.runtimeError(400, "ValidationError", "types must be platform, function or extension")) }
        telemetry[companion.id] = TelemetrySubscription(
            // The name that AWS gives the environment itself.
            kinds: Set(kinds), url: url.replacing("sandbox.localdomain", with: "127.0.0.1"), maximumItems: document["buffering"]?["maxItems"]?.int ?? 10_000,
            isLogsAPI: isLogsAPI)
        responder.respond(HTTPResponse(status: 200, headers: HTTPHeaders([("Content-Type", "application/json")]), body: Array(#""OK""#.utf8)))
        let type = isLogsAPI ? "platform.logsSubscription" : "platform.telemetrySubscription"
        report(.platform, type, ["name": .string(companion.name), "state": "Subscribed", "types": .array(types)])
    }

    /// Tells the subscribers of something.
    func report(_ kind: TelemetrySubscription.Kind, _ type: String, _ record: Document) {
        guard !telemetry.isEmpty else { return }
        let event: Document = ["time": .string(now.iso8601Milliseconds), "type": .string(type), "record": record]
        for id in telemetry.keys where telemetry[id]?.kinds.contains(kind) == true {
            telemetry[id]?.pending.append(event)
            if let subscription = telemetry[id], subscription.pending.count >= subscription.maximumItems { post(id) }
        }
    }

    /// Posts what was gathered: when an invocation is over, and before the end.
    func postTelemetry() { for id in telemetry.keys { post(id) } }

    private func post(_ id: String) {
        guard let subscription = telemetry[id], !subscription.pending.isEmpty else { return }
        telemetry[id]?.pending = []
        let body = Document.array(subscription.pending).json()
        Task { @CloudActor [host] in await host.post(body, to: subscription.url) }
    }
}
