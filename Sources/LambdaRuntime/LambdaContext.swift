import HTTPServer
import Kernel

/// What a handler knows of its invocation, and its way to AWS.
/// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html#runtimes-api-next
public struct LambdaContext: Sendable {
    /// The invocation's id; the retries of an asynchronous invocation share it.
    public let requestID: String
    public let functionARN: String
    public let functionName: String
    /// Megabytes.
    public let memorySize: Int
    /// The value of `X-Amzn-Trace-Id`.
    public let trace: String
    /// The function's variables: those of its configuration and those that Lambda sets.
    public let environment: [String: String]
    /// The JSON that the caller sent, as base64, in `X-Amz-Client-Context`.
    public let clientContext: String?
    /// AWS, called with the function's own credentials.
    public let client: AWSClient

    package let deadline: Timestamp
    package let clock: @Sendable () -> Timestamp
    private let random: RandomSource
    private let write: @Sendable (String) -> Void

    package init(
        requestID: String, functionARN: String, functionName: String, memorySize: Int, trace: String, environment: [String: String],
        clientContext: String? = nil, deadline: Timestamp, clock: @escaping @Sendable () -> Timestamp,
        seed: UInt64 = Randomness.systemSeed(), transport: any HTTPTransport = LoopTransport(), write: @escaping @Sendable (String) -> Void
    ) {
        self.requestID = requestID
        self.functionARN = functionARN
        self.functionName = functionName
        self.memorySize = memorySize
        self.trace = trace
        self.environment = environment
        self.clientContext = clientContext
        random = RandomSource(seed: seed)
        client = AWSClient(environment: environment, trace: trace.isEmpty ? nil : trace, transport: transport, clock: clock, random: random)
        self.deadline = deadline
        self.clock = clock
        self.write = write
    }

    /// How long the handler may still run; never less than nothing.
    public var remainingTime: Duration { max(.zero, deadline - clock()) }

    /// Whole seconds since 1970-01-01T00:00:00Z, by the clock of the cloud that the function runs in.
    public var secondsSinceEpoch: Int64 { clock().seconds }

    /// That many random bytes: the same ones again where the cloud runs with the same seed.
    public func randomBytes(_ count: Int) -> [UInt8] { random.bytes(count) }

    /// Writes a line to the function's log.
    public func log(_ line: String) { write(line) }
}
