import JSON
import Kernel
@testable import Lambda
import Synchronization

let noon = Timestamp(seconds: 1_638_756_111)
let scope = Scope(account: "440939667227", region: "us-west-2")

/// A cloud with Lambda and a stream that tests write into.
@CloudActor
final class TestCloud {
    let environment: Environment
    let lambda: LambdaService
    let streams: FakeStreams

    init(store: (any JournalStore)? = nil, frozen: Bool = true) {
        environment = Environment(store: store, seed: 7)
        lambda = LambdaService(environment)
        streams = FakeStreams(environment)
        environment.add(streams)
        environment.add(lambda)
        if frozen { environment.clock.freeze(at: noon) }
        environment.attach()
    }

    func close() { environment.detach() }

    var call: Call { environment.call(in: scope) }

    @discardableResult
    func call(_ operation: String, _ input: Document, payload: [UInt8]? = nil) async throws(AWSError) -> Reply {
        try await environment.endpoint("lambda").call(operation, input, payload: payload, call)
    }

    /// The error that an operation answers, or `nil` where it succeeds.
    func error(_ operation: String, _ input: Document, payload: [UInt8]? = nil) async -> AWSError? {
        do throws(AWSError) { try await call(operation, input, payload: payload) } catch { return error }
        return nil
    }

    func register(_ name: String, _ body: @escaping @Sendable ([UInt8], InvocationContext) async throws -> [UInt8]) {
        lambda.register(name, RegisteredHandler(body))
    }

    /// Registers a handler and makes a function of it.
    func function(_ name: String, _ settings: Members = [:], _ body: @escaping @Sendable ([UInt8], InvocationContext) async throws -> [UInt8]) async throws(AWSError) {
        register(name, body)
        try await call("CreateFunction", creation(name, settings))
    }

    func mapping(_ function: String, _ settings: Members = [:]) async throws(AWSError) -> Document {
        var input: Members = ["EventSourceArn": .string(FakeStreams.arn), "FunctionName": .string(function), "StartingPosition": "LATEST"]
        for member in settings { input[member.name] = member.value.isNull ? nil : member.value }
        return try await call("CreateEventSourceMapping", .object(input)).document
    }
}

func creation(_ name: String, _ settings: Members = [:]) -> Document {
    var input: Members = [
        "FunctionName": .string(name), "Runtime": "provided.al2023", "Role": "arn:aws:iam::440939667227:role/lambda", "Handler": .string(name),
        "Code": ["ZipFile": "UEsDBBQAAAAAAAAAhlMAAAAAAAAAAAAAAAABAAAAZlBLAQIUAxQAAAAAAAAAhlMAAAAAAAAAAAAAAAABAAAAAAAAAAAAAACAAQAAAABmUEsFBgAAAAABAAEALwAAAB8AAAAAAA=="],
    ]
    for member in settings { input[member.name] = member.value.isNull ? nil : member.value }
    return .object(input)
}

/// What handlers saw, in order.
final class Seen<Value: Sendable>: Sendable {
    private let values = Mutex<[Value]>([])
    func append(_ value: Value) { values.withLock { $0.append(value) } }
    @discardableResult
    func count(_ value: Value) -> Int { values.withLock { $0.append(value); return $0.count } }
    var all: [Value] { values.withLock { $0 } }
}

/// A gate that handlers wait at.
final class Gate: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation
    init() { (stream, continuation) = AsyncStream.makeStream() }
    func open() { continuation.yield() }
    func pass() async { for await _ in stream { return } }
}

/// The store that a restarted cloud is loaded from.
final class MemoryStore: JournalStore, Sendable {
    private struct Key: Hashable { var service: String; var key: [UInt8] }
    private let entries = Mutex<[Key: [UInt8]]>([:])
    private let batches = Mutex<[[Change]]>([])
    /// What was committed, commit by commit.
    var commits: [[Change]] { batches.withLock { $0 } }

    func load(_ entry: (String, [UInt8], [UInt8]) throws(AWSError) -> Void) throws(AWSError) {
        let all = entries.withLock { $0 }.sorted { ($0.key.service, Array($0.key.key)) < ($1.key.service, Array($1.key.key)) }
        for (key, value) in all { try entry(key.service, key.key, value) }
    }

    func commit(_ changes: [Change], completion: @escaping @Sendable () -> Void) {
        batches.withLock { $0.append(changes) }
        entries.withLock { entries in
            for change in changes {
                switch change {
                case .put(let service, let key, let value): entries[Key(service: service, key: key)] = value
                case .delete(let service, let key): entries[Key(service: service, key: key)] = nil
                case .deletePrefix(let service, let prefix):
                    entries = entries.filter { $0.key.service != service || !$0.key.key.starts(with: prefix) }
                }
            }
        }
        completion()
    }

    func close() {}
}

private func < (left: (String, [UInt8]), right: (String, [UInt8])) -> Bool {
    left.0 == right.0 ? left.1.lexicographicallyPrecedes(right.1) : left.0 < right.0
}
