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
    private let environment: Environment
    private var pending: [Document] = []
    private var isScheduled = false
    private var exists = false

    init(_ version: FunctionVersion, _ environment: Environment) {
        scope = version.scope
        group = version.effectiveLogGroup
        let date = CalendarTime(environment.clock.now)
        let id = Hex.text(environment.random.next(), digits: 16) + Hex.text(environment.random.next(), digits: 16)
        let day = "\(CalendarTime.padded(date.year, 4))/\(CalendarTime.padded(date.month, 2))/\(CalendarTime.padded(date.day, 2))"
        // A group of the user's choice may have the streams of several functions.
        name = "\(day)/\(version.logGroup == nil ? "" : version.name)[\(version.version)]\(id)"
        self.environment = environment
    }

    /// A line that is no invocation's.
    func write(_ line: String) {
        guard environment.endpoints["logs"] != nil else { return }
        pending.append(["timestamp": .int(Int(environment.clock.now.milliseconds)), "message": .string(line)])
        guard !isScheduled else { return }
        isScheduled = true
        let activity = environment.fabric.begin("log of \(group)")
        Task { @CloudActor in
            flush()
            environment.fabric.end(activity)
        }
    }

    /// Writes an invocation's end.
    /// - Returns: the end of its log, at most 4 KB.
    func end(_ invocation: RunningInvocation, _ report: InvocationReport, logged: String?) -> String {
        let id = invocation.requestID
        var lines = invocation.log.all
        if let logged { lines.append(logged) }
        let last = ["END RequestId: \(id)", report.line]
        let start = Self.start(invocation)
        // Lines of a process were written as they came.
        for line in invocation.isLogged ? (logged.map { [$0] } ?? []) + last : [start] + lines + last { write(line) }
        let text = ([start] + lines + last).joined(separator: "\n") + "\n"
        return String(decoding: text.utf8.suffix(4096), as: UTF8.self)
    }

    static func start(_ invocation: RunningInvocation) -> String { "START RequestId: \(invocation.requestID) Version: \(invocation.version.version)" }

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
