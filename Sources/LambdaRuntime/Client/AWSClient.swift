import EventLoop
import HTTPServer
import JSON
import Kernel
import SigV4

/// Calls AWS, or a local one, as the environment says: `AWS_ENDPOINT_URL_<SERVICE>`, `AWS_ENDPOINT_URL`, `AWS_REGION` or `AWS_DEFAULT_REGION`,
/// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_MAX_ATTEMPTS`. Requests are signed with Signature Version 4 and tried again,
/// with growing pauses, after failures of the server or the connection and when throttled.
public struct AWSClient: Sendable {
    let environment: [String: String]
    /// Goes along as `X-Amzn-Trace-Id`.
    private let trace: String?
    let transport: any HTTPTransport
    private let clock: @Sendable () -> Timestamp
    private let pause: @Sendable (Duration) async -> Void
    let random: RandomSource

    /// - Parameter environment: the variables to go by; the process's own where there are none given.
    public init(environment: [String: String]? = nil) {
        self.init(environment: environment ?? Self.processEnvironment, trace: nil, transport: LoopTransport(), clock: { CloudClock.systemTime }, random: RandomSource())
    }

    init(
        environment: [String: String], trace: String?, transport: any HTTPTransport, clock: @escaping @Sendable () -> Timestamp, random: RandomSource,
        pause: @escaping @Sendable (Duration) async -> Void = { await AWSClient.pause($0) }
    ) {
        self.environment = environment
        self.trace = trace
        self.transport = transport
        self.clock = clock
        self.pause = pause
        self.random = random
    }

    /// The same client in another region, as SDKs have it by `region_name`.
    public func region(_ region: String) -> AWSClient {
        var environment = environment
        environment["AWS_REGION"] = region
        return AWSClient(environment: environment, trace: trace, transport: transport, clock: clock, random: random, pause: pause)
    }

    /// Calls an operation of a JSON or query service with AWS's member names and answers what the service answered.
    /// - Parameter timeout: for each attempt.
    public func call(_ service: AWSService, _ operation: String, _ input: Document, timeout: Duration = .seconds(60)) async throws(AWSServiceError) -> Document {
        let request = try ServiceRequest(service, operation, input)
        return try await attempt(service, request, timeout: timeout) { (response) throws(AWSServiceError) in
            try ServiceAnswer.document(response, service, operation)
        }
    }

    /// Sends a request and reads its answer, as often as it takes and is allowed.
    func attempt<Output>(
        _ service: AWSService, _ request: ServiceRequest, timeout: Duration = .seconds(60), read: (HTTPResponse) throws(AWSServiceError) -> Output
    ) async throws(AWSServiceError) -> Output {
        let target = try Target(service, environment)
        let attempts = max(1, environment["AWS_MAX_ATTEMPTS"].flatMap { Int($0) } ?? 3)
        var attempt = 1
        while true {
            let failure: AWSServiceError
            do throws(AWSServiceError) {
                return try read(try await send(request, target, service, timeout))
            } catch {
                failure = error
            }
            guard attempt < attempts, failure.isRetryable || failure.code == AWSServiceError.connectionFailure else { throw failure }
            // Full jitter over 50 ms, 100 ms, 200 ms ..., at most 20 s.
            await pause(.microseconds(random.next(below: min(20_000_000, 50_000 << Int64(min(attempt - 1, 9))))))
            guard !Task.isCancelled else { throw AWSServiceError(code: "Cancelled", message: "The call was cancelled.") }
            attempt += 1
        }
    }

    private func send(_ request: ServiceRequest, _ target: Target, _ service: AWSService, _ timeout: Duration) async throws(AWSServiceError) -> HTTPResponse {
        let path = target.path == "/" ? request.path : target.path + request.path.dropFirst(target.path.hasSuffix("/") ? 1 : 0)
        var headers = request.headers
        if let trace { headers.append(("X-Amzn-Trace-Id", trace)) }
        let signable = SignableRequest(
            method: request.method, path: path, query: request.query,
            headers: [.init("Host", target.origin.authority)] + headers.map { .init($0.name, $0.value) }, body: request.body)
        let signer = Signer(region: target.region, service: service.signingName, form: service.canonicalForm)
        for header in signer.headers(for: signable, with: target.credentials, at: clock()) { headers.append((header.name, header.value)) }
        let message = HTTPRequest(
            method: request.method, target: request.query.isEmpty ? path : "\(path)?\(request.query)",
            headers: HTTPHeaders(headers.map { ($0.name, $0.value) }), body: request.body)
        do throws(HTTPClientError) {
            return try await transport.send(message, to: target.origin, timeout: timeout)
        } catch {
            throw AWSServiceError(error)
        }
    }

    /// A timer of the event loop.
    @CloudActor
    private static func pause(_ duration: Duration) async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            Loop.Timer(on: CloudActor.loop) { continuation.resume() }.arm(after: duration)
        }
    }
}

/// The services that handlers mostly call, with values instead of documents.
extension AWSClient {
    public var dynamoDB: DynamoDBClient { DynamoDBClient(client: self) }
    public var eventBridge: EventBridgeClient { EventBridgeClient(client: self) }
    public var lambda: LambdaClient { LambdaClient(client: self) }
    public var s3: S3Client { S3Client(client: self) }
    /// Simple Email Service.
    public var ses: SESClient { SESClient(client: self) }
    public var sns: SNSClient { SNSClient(client: self) }
    public var sqs: SQSClient { SQSClient(client: self) }
    public var stepFunctions: StepFunctionsClient { StepFunctionsClient(client: self) }
}

extension AWSServiceError {
    static let connectionFailure = "ConnectionFailure"

    init(_ error: HTTPClientError) {
        self.init(code: error == .cancelled ? "Cancelled" : error.isRetryable ? Self.connectionFailure : "RequestFailed", message: "\(error)")
    }
}

/// Where a service is, and as whom it is called.
struct Target {
    var origin: HTTPOrigin
    var path: String
    var region: String
    var credentials: Credentials

    init(_ service: AWSService, _ environment: [String: String]) throws(AWSServiceError) {
        guard let region = Self.value("AWS_REGION", environment) ?? Self.value("AWS_DEFAULT_REGION", environment) else {
            throw AWSServiceError(code: "InvalidConfiguration", message: "No region: set AWS_REGION.")
        }
        guard let id = Self.value("AWS_ACCESS_KEY_ID", environment), let secret = Self.value("AWS_SECRET_ACCESS_KEY", environment) else {
            throw AWSServiceError(code: "InvalidConfiguration", message: "No credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.")
        }
        self.region = region
        credentials = Credentials(accessKeyID: id, secretAccessKey: secret, sessionToken: Self.value("AWS_SESSION_TOKEN", environment))
        let url =
            Self.value("AWS_ENDPOINT_URL_\(service.environmentName)", environment) ?? Self.value("AWS_ENDPOINT_URL", environment)
            ?? "https://\(service.hostPrefix).\(region).\(Partition(region: region).dnsSuffix)"
        do throws(HTTPClientError) {
            (origin, path) = try HTTPOrigin.parse(url)
        } catch {
            throw AWSServiceError(code: "InvalidConfiguration", message: "\(error)")
        }
    }

    /// An empty variable is as good as none.
    private static func value(_ name: String, _ environment: [String: String]) -> String? {
        environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}
