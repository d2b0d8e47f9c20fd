import Kernel
import Synchronization

/// What a handler is told about the invocation, as AWS's context object does.
/// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
package struct InvocationContext: Sendable {
    package let requestID: String
    package let functionARN: String
    package let functionName: String
    /// Megabytes.
    package let memorySize: Int
    /// When the function's timeout ends, by the cloud's clock.
    package let deadline: Timestamp
    /// The cloud's time at which the invocation began.
    package let started: Timestamp
    /// The value of `X-Amzn-Trace-Id`.
    package let trace: String
    /// The function's variables and those that Lambda sets.
    package let environment: [String: String]
    /// The base64 of `X-Amz-Client-Context`, as it was sent.
    package let clientContext: String?
    package let log: InvocationLog
    /// The cloud's time, as its clock stood when the invocation began.
    package let clock: @Sendable () -> Timestamp
    /// What the handler's own chance begins with: the cloud's.
    package let seed: UInt64
}

/// What one invocation writes to its log.
package final class InvocationLog: Sendable {
    private struct Lines {
        var lines: [String] = []
        var bytes = 0
    }

    /// The tail that `LogType: Tail` asks for has 4 KB: of what is written elsewhere as it comes, no more is kept.
    private static let tail = 4096
    private let lines = Mutex(Lines())

    package init() {}

    package func write(_ line: String) { lines.withLock { $0.lines.append(line) } }

    /// Adds a line that is in the log stream already.
    func note(_ line: String) {
        lines.withLock { lines in
            lines.lines.append(line)
            lines.bytes += line.utf8.count + 1
            guard lines.bytes > 4 * Self.tail else { return }
            while lines.bytes > Self.tail, lines.lines.count > 1 { lines.bytes -= lines.lines.removeFirst().utf8.count + 1 }
        }
    }

    package var all: [String] { lines.withLock { $0.lines } }
}

/// A Swift closure that runs a function: the payload's bytes go in, the answer's come out.
///
/// It runs off the cloud's actor, any number of times at once. Past the function's timeout its task is cancelled and its result dropped.
package struct RegisteredHandler: Sendable {
    package let run: @Sendable ([UInt8], InvocationContext) async throws -> [UInt8]

    package init(_ run: @escaping @Sendable ([UInt8], InvocationContext) async throws -> [UInt8]) { self.run = run }
}

/// What all runs of closures as one version have in common.
struct RegisteredEnvironment {
    let log: LogStreamWriter
    /// What a handler finds in its environment.
    let variables: [String: String]
}

/// An error that a handler names itself; of any other error the Swift type's name is the type.
package struct FunctionError: Error, Sendable, Equatable {
    package var type: String
    package var message: String

    package init(type: String, message: String) {
        self.type = type
        self.message = message
    }
}
