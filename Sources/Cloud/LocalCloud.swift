import APIGateway
import CloudWatchLogs
import DynamoDB
import EventLoop
import JSON
import HTTPServer
import Kernel
import Lambda
import Processes
import SES
import SNS
import SQS
import SigV4
import Storage
import Wire

/// A whole AWS in this process: services with their state, a clock of their own, and, once it listens, the address that
/// the AWS CLI, SDKs and curl talk to.
///
/// ```swift
/// let cloud = try await LocalCloud()
/// let port = try await cloud.listen(port: 0)
/// _ = try await cloud.call("dynamodb", "ListTables")
/// await cloud.shutdown()
/// ```
@CloudActor
public final class LocalCloud {
    /// What `/_apus/health` and `apus version` say.
    public nonisolated static let version = "0.1.0"

    let environment: Environment
    let lambda: LambdaService
    private let apiGateway: APIGatewayService
    private let sqs: SQSService
    let wire: RequestDispatcher
    let verifier: Verifier?
    private let admin: AdminAPI
    private let functions: FunctionHost
    private var server: WebServer?
    private let store: SQLiteStore?

    /// Builds the cloud and, with a data directory, takes up what the journal there holds.
    /// - Throws: where the directory can't be used: in use by another program, not writable, of a newer version.
    public init(_ options: CloudOptions = CloudOptions()) throws(CloudError) {
        do throws(AWSError) {
            var store: SQLiteStore?
            if let directory = options.dataDirectory {
                let report = options.onStoreFailure
                store = try SQLiteStore(directory: directory) { report(CloudError($0.message ?? $0.code)) }
            }
            self.store = store
        } catch {
            throw CloudError(error.message ?? error.code)
        }
        environment = Environment(store: store, seed: options.seed, defaultAccount: options.account)
        environment.hasRealisticStatus = options.hasRealisticStatus
        lambda = LambdaService(environment)
        functions = FunctionHost(clock: environment.clock, runtimes: Runtimes(commands: options.runtimes, images: options.images))
        lambda.host = functions
        apiGateway = APIGatewayService(environment)
        environment.add(
            DynamoDBService(environment, limits: DynamoDBService.Limits(isThrottled: options.throttles, collectionBytes: options.collectionLimit)))
        environment.add(lambda)
        environment.add(apiGateway)
        environment.add(CloudWatchLogsService(environment))
        environment.add(SESService(environment))
        sqs = SQSService(environment, keepsDeletedNames: options.keepsDeletedQueueNames)
        environment.add(sqs)
        let sns = SNSService(environment)
        var timeouts = HTTPClient.Configuration()
        // So long an address has for its answer at AWS.
        timeouts.requestTimeout = .seconds(15)
        let client = HTTPClient(timeouts)
        sns.post = { (url, headers, body) throws(AWSError) in
            do throws(HTTPClientError) {
                return try await client.send("POST", url, headers: HTTPHeaders(headers), body: body).status
            } catch .tlsUnavailable {
                throw AWSError("NotImplementedException", "\(HTTPClientError.tlsUnavailable(url))", status: 400)
            } catch .invalidURL, .invalidRequest {
                throw AWSError("DeliveryFailed", "'\(url)' is no address that can be posted to.", status: 400)
            } catch {
                throw AWSError("DeliveryFailed", "\(error)", status: 500)
            }
        }
        environment.add(sns)
        verifier = Self.verifier(options)
        wire = RequestDispatcher(environment: environment, verifier: verifier)
        admin = AdminAPI(environment: environment, lambda: lambda, version: Self.version)
        let secrets = options.secrets
        lambda.secretAccessKey = { secrets[$0] ?? Self.defaultSecret }
        // What the store has pending for functions waits for their handlers, and for the address by which these reach the cloud.
        if store != nil { lambda.hold() }
        do throws(AWSError) { try environment.load() } catch { throw CloudError(error.message ?? error.code) }
        environment.attach()
    }

    /// The secret of every access key id that has none of its own.
    private nonisolated static let defaultSecret = "test"

    /// Where secrets were given, every other access key is unknown; twelve digits name an account and have a secret all the same, for functions
    /// sign with their account's.
    private static func verifier(_ options: CloudOptions) -> Verifier? {
        guard options.requiresSignatures else { return nil }
        let secrets = options.secrets
        return Verifier { accessKeyID, _ in
            secrets[accessKeyID] ?? (secrets.isEmpty || isAccount(accessKeyID) ? defaultSecret : nil)
        }
    }

    private nonisolated static func isAccount(_ accessKeyID: String) -> Bool {
        accessKeyID.utf8.count == 12 && accessKeyID.utf8.allSatisfy { $0 &- 48 < 10 }
    }

    // MARK: The address

    /// Answers HTTP at an address from now on. Register handlers before: what a store has pending for them begins here.
    /// - Parameter port: 0 for any free one.
    /// - Returns: the port.
    @discardableResult
    public func listen(host: String = "127.0.0.1", port: UInt16 = 4566) throws(CloudError) -> UInt16 {
        let server = server ?? WebServer(
            now: { [environment] in environment.clock.now },
            bodyLimit: { [wire] head in wire.bodyLimit(for: head) },
            handler: { [weak self] request, responder in self?.answer(request, responder) })
        do throws(HTTPServerError) {
            let bound = try server.listen(host: host, port: port)
            self.server = server
            lambda.endpointURL = "http://\(host == "0.0.0.0" || host == "::" ? "127.0.0.1" : host):\(bound)"
            lambda.resume()
            return bound
        } catch {
            throw CloudError(error.description)
        }
    }

    private func answer(_ request: HTTPRequest, _ responder: HTTPResponder) {
        // Calls of APIs first: some have addresses below /_apus/.
        if let address = apiGateway.route(request) {
            switch apiGateway.begin(address, request) {
            case .answered(let response): send(response, responder)
            case .waiting(let execution): Task.immediate { @CloudActor in send(await apiGateway.finish(execution), responder) }
            }
        } else if let address = FunctionURLAddress(request) {
            answer(address, request, responder)
        } else if AdminAPI.isQueuePeek(request.target) {
            wire.look(request, at: sqs.peekEndpoint, as: "ReceiveMessage", respond: { responder.respond($0) })
        } else if request.target == SigningKey.certificatePath, request.method == "GET" || request.method == "HEAD" {
            let headers = HTTPHeaders([("Content-Type", "application/x-pem-file")])
            responder.respond(HTTPResponse(status: 200, headers: headers, body: Array(SigningKey.certificate.utf8)))
        } else if AdminAPI.isAdministrative(request.target) {
            Task.immediate { @CloudActor in send(await admin.handle(request), responder) }
        } else {
            guard let task = wire.handle(request, stream: { responder.stream($0, $1) }, respond: { responder.respond($0) }) else { return }
            responder.onClientGone { task.cancel() }
        }
    }

    /// An answer leaves when what it tells of is in the store.
    func send(_ response: HTTPResponse, _ responder: HTTPResponder) {
        environment.journal.afterCommit { responder.respond(response) }
    }

    /// Finishes what is in flight, writes everything to the store, and stops.
    /// - Parameter deadline: requests that take longer are cut off.
    public func shutdown(within deadline: Duration = .seconds(10)) async {
        await server?.shutdown(within: deadline)
        server = nil
        lambda.endEnvironments()
        functions.close()
        await environment.journal.commit()
        environment.detach()
        store?.close()
    }

    /// Ends every process of functions that is left, of any cloud, and waits for that. Nothing can be started any more: for the end of the program.
    public static func endProcesses() { ChildProcess.endAll() }

    // MARK: The door in process

    /// Calls an operation as an SDK would, without HTTP.
    /// - Parameters:
    ///   - service: as botocore names it: `dynamodb`, `dynamodbstreams`, `lambda`, `apigateway`, `ses`.
    ///   - input: with AWS's member names.
    ///   - payload: the body of operations that take a blob (`Invoke`, `ImportRestApi`).
    /// - Throws: AWS's error.
    public func call(_ service: String, _ operation: String, _ input: Document = [:], payload: [UInt8]? = nil, region: String = "us-east-1", account: String? = nil) async throws(CloudError) -> Document {
        let scope = Scope(account: account ?? environment.defaultAccount, region: region)
        do throws(AWSError) {
            let reply = try await environment.endpoint(service).call(operation, input, payload: payload, environment.call(in: scope))
            await environment.journal.commit()
            return reply.document
        } catch {
            throw CloudError(error.message ?? error.code, code: error.code)
        }
    }

    // MARK: Time, state

    /// The cloud's time.
    public var now: Timestamp { environment.clock.now }

    /// Stops the time, now or at a point.
    public func freeze(at time: Timestamp? = nil) {
        environment.clock.freeze(at: time)
        environment.rearm()
    }

    /// Moves the time forward; everything that is due on the way happens at its time.
    public func advance(by duration: Duration) { environment.advance(to: environment.clock.now + max(duration, .zero)) }

    /// Waits until nothing is under way.
    /// - Parameter bound: how far the time may be moved to reach what waits for a deadline; `nil` moves it not at all.
    /// - Returns: how far it was moved.
    @discardableResult
    public func settle(jumping bound: Duration? = nil) async -> Duration { await environment.settle(jumping: bound) }

    /// Keeps the whole state under a name. Costs the same however much there is.
    public func takeSnapshot(_ name: String) { environment.takeSnapshot(name) }

    /// Makes a snapshot the present state.
    /// - Returns: whether there is one of that name.
    @discardableResult
    public func restoreSnapshot(_ name: String) -> Bool { environment.restoreSnapshot(name) }

    /// Removes every resource and sets the clock to the system's time.
    public func reset() { environment.reset() }

    /// The mails and text messages that were sent, oldest first, as `/_apus/outbox` shows them.
    public var outbox: [Document] { environment.outbox.state.messages.map(\.document) }
}
