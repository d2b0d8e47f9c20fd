import JSON
import Kernel

/// The figures at the end of an invocation's log.
struct InvocationReport {
    let requestID: String
    let duration: Duration
    let memorySize: Int
    let initialization: Duration?
    /// Bytes; `nil` where it can't be told, as for a closure of this process.
    var memory: Int?
    /// `timeout`, or `error` and its type.
    var status: String?
    /// The function has answered an error.
    var hasFailed = false

    @CloudActor
    init(_ invocation: RunningInvocation, ended: Timestamp) {
        requestID = invocation.requestID
        duration = invocation.started.map { max(.zero, ended - $0) } ?? .zero
        memorySize = invocation.version.memorySize
        initialization = invocation.initialization
    }

    /// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html
    var line: String {
        let billed = (duration + (initialization ?? .zero)).wholeMicroseconds
        var line = "REPORT RequestId: \(requestID)\tDuration: \(Self.milliseconds(duration)) ms\tBilled Duration: \((billed + 999) / 1000) ms\tMemory Size: \(memorySize) MB\t"
        if let memory { line += "Max Memory Used: \((memory + 1 << 20 - 1) >> 20) MB\t" }
        if let initialization { line += "Init Duration: \(Self.milliseconds(initialization)) ms\t" }
        if let status { line += "Status: \(status)" }
        return line
    }

    /// The same as JSON.
    /// https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
    var record: Document {
        let number = { (duration: Duration) in Document.number(Self.milliseconds(duration)) }
        let billed = (duration + (initialization ?? .zero)).wholeMicroseconds
        var metrics: Members = [
            "durationMs": number(duration), "billedDurationMs": .int((billed + 999) / 1000), "memorySizeMB": .int(memorySize),
        ]
        if let memory { metrics.append("maxMemoryUsedMB", .int((memory + 1 << 20 - 1) >> 20)) }
        if let initialization { metrics.append("initDurationMs", number(initialization)) }
        var members: Members = ["requestId": .string(requestID), "metrics": .object(metrics)]
        // `error`, and behind it the type.
        let parts = status?.split(separator: "\t", maxSplits: 1) ?? [hasFailed ? "error" : "success"]
        members.append("status", .string(String(parts[0])))
        if parts.count == 2, let type = parts[1].split(separator: " ").last { members.append("errorType", .string(String(type))) }
        return .object(members)
    }

    /// With two decimals.
    static func milliseconds(_ duration: Duration) -> String {
        let microseconds = max(0, duration.wholeMicroseconds)
        return "\(microseconds / 1000).\(CalendarTime.padded(Int(microseconds / 10 % 100), 2))"
    }
}

/// The log stream of one execution environment: gathers lines and hands them to CloudWatch Logs when the turn is over.
@CloudActor
final class LogStreamWriter {
    let scope: Scope
    let group: String
    /// `2021/12/06/[$LATEST]0123456789abcdef0123456789abcdef`
    let name: String
    private let logging: LoggingSettings
    private let environment: Environment
    private var pending: [Document] = []
    private var isScheduled = false
    private var exists = false

    init(_ version: FunctionVersion, _ environment: Environment) {
        scope = version.scope
        group = version.effectiveLogGroup
        logging = version.logging
        let date = CalendarTime(environment.clock.now)
        let id = Hex.text(environment.random.next(), digits: 16) + Hex.text(environment.random.next(), digits: 16)
        let day = "\(CalendarTime.padded(date.year, 4))/\(CalendarTime.padded(date.month, 2))/\(CalendarTime.padded(date.day, 2))"
        // A group of the user's choice may have the streams of several functions.
        name = "\(day)/\(version.logging.group == nil ? "" : version.name)[\(version.version)]\(id)"
        self.environment = environment
    }

    /// A line that is no invocation's.
    func write(_ line: String) {
        guard environment.endpoints["logs"] != nil else { return }
        pending.append(["timestamp": .int(Int(environment.clock.now.milliseconds)), "message": .string(line)])
        guard !isScheduled else { return }
        isScheduled = true
        // The answer of the invocation needn't wait for its log to be written and committed.
        environment.fabric.inNextTurn("log of \(group)") { [self] in flush() }
    }

    /// Forgets what is pending: the state that it belongs to is gone.
    func discard() { pending = [] }

    /// Writes an invocation's beginning.
    func begin(_ invocation: RunningInvocation) {
        if let line = start(invocation) { write(line) }
    }

    /// Writes an invocation's end.
    /// - Returns: the end of its log, at most 4 KB.
    func end(_ invocation: RunningInvocation, _ report: InvocationReport, logged: String?) -> String {
        // In JSON the report says it.
        let logged = logging.isJSON ? nil : logged
        var own = invocation.log.all
        if let logged { own.append(logged) }
        let last = end(report)
        let first = start(invocation).map { [$0] } ?? []
        // Lines of a process were written as they came.
        for line in invocation.isLogged ? (logged.map { [$0] } ?? []) + last : first + own + last { write(line) }
        var text = ""
        for line in first + own + last { text += line + "\n" }
        return String(decoding: text.utf8.suffix(4096), as: UTF8.self)
    }

    private func start(_ invocation: RunningInvocation) -> String? {
        guard logging.isJSON else { return "START RequestId: \(invocation.requestID) Version: \(invocation.version.version)" }
        guard logging.systemLevel != "WARN" else { return nil }
        return platform(
            "platform.start",
            [
                "requestId": .string(invocation.requestID), "functionArn": .string(invocation.version.functionARN),
                "version": .string(invocation.version.version),
            ])
    }

    private func end(_ report: InvocationReport) -> [String] {
        guard logging.isJSON else { return ["END RequestId: \(report.requestID)", report.line] }
        guard logging.systemLevel != "WARN" || report.status != nil || report.hasFailed else { return [] }
        return [platform("platform.report", report.record)]
    }

    /// An execution environment starts.
    func initializationBegan(_ version: FunctionVersion) {
        let runtime = version.runtime ?? "image"
        guard logging.isJSON else { return write("INIT_START Runtime Version: \(runtime)") }
        guard logging.systemLevel != "WARN" else { return }
        write(platform(
            "platform.initStart",
            [
                "initializationType": "on-demand", "phase": "init", "runtimeVersion": .string(runtime), "functionName": .string(version.name),
                "functionVersion": .string(version.version),
            ]))
    }

    /// An execution environment could not start.
    func initializationFailed(after lasted: Duration, phase: String, status: String, type: String? = nil) {
        let duration = InvocationReport.milliseconds(lasted)
        guard logging.isJSON else {
            return write("INIT_REPORT Init Duration: \(duration) ms\tPhase: \(phase)\tStatus: \(status)" + (type.map { "\tError Type: \($0)" } ?? ""))
        }
        var record: Members = [
            "initializationType": "on-demand", "phase": .string(phase), "status": .string(status), "metrics": ["durationMs": .number(duration)],
        ]
        record["errorType"] = type.map { .string($0) }
        write(platform("platform.initReport", .object(record)))
    }

    private func platform(_ type: String, _ record: Document) -> String {
        Document.object(["time": .string(environment.clock.now.iso8601Milliseconds), "type": .string(type), "record": record]).jsonString()
    }

    /// Hands over what is pending. A log that can't be written is the function's no more than on AWS: it is lost.
    func flush() {
        isScheduled = false
        guard !pending.isEmpty, let logs = environment.endpoints["logs"] else { return }
        let call = environment.call(in: scope, source: "lambda")
        if !exists {
            exists = true
            _ = try? logs.callNow("CreateLogGroup", ["logGroupName": .string(group)], call)
            _ = try? logs.callNow("CreateLogStream", ["logGroupName": .string(group), "logStreamName": .string(name)], call)
        }
        let events = pending
        pending = []
        for start in stride(from: 0, to: events.count, by: 1000) {
            let batch = Array(events[start..<min(start + 1000, events.count)])
            put(batch, logs, call)
        }
    }

    private func put(_ batch: [Document], _ logs: Endpoint, _ call: Call) {
        let input: Document = ["logGroupName": .string(group), "logStreamName": .string(name), "logEvents": .array(batch)]
        do throws(AWSError) {
            _ = try logs.callNow("PutLogEvents", input, call)
        } catch {
            // Somebody deleted the group or the stream: Lambda makes them anew.
            guard error.code == "ResourceNotFoundException" else { return }
            _ = try? logs.callNow("CreateLogGroup", ["logGroupName": .string(group)], call)
            _ = try? logs.callNow("CreateLogStream", ["logGroupName": .string(group), "logStreamName": .string(name)], call)
            _ = try? logs.callNow("PutLogEvents", input, call)
        }
    }
}
