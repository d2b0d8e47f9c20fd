import CloudWatchLogs
import JSON
import Kernel
import Lambda
import Testing

/// A cloud with CloudWatch Logs and functions, at a time that stands still.
@CloudActor
final class TestCloud {
    nonisolated static let start = Timestamp(seconds: 1_700_000_000)

    let environment: Environment
    let lambda: LambdaService

    init(store: (any JournalStore)? = nil) {
        environment = Environment(store: store, seed: 1)
        lambda = LambdaService(environment)
        lambda.register("f", RegisteredHandler { bytes, _ in bytes })
        environment.add(lambda)
        environment.add(CloudWatchLogsService(environment))
        environment.clock.freeze(at: Self.start)
    }

    /// Milliseconds since the epoch.
    var now: Int { Int(environment.clock.now.milliseconds) }

    @discardableResult
    func callAsFunction(_ operation: String, _ input: Document = [:]) async throws -> Document { try await call("logs", operation, input) }

    @discardableResult
    func call(_ service: String, _ operation: String, _ input: Document) async throws -> Document {
        try await environment.endpoint(service).call(operation, input, environment.call(in: Scope(account: "000000000000", region: "us-east-1"))).document
    }

    /// A new group with a stream.
    func stream(_ stream: String = "s", of group: String = "g") async throws {
        _ = try? await self("CreateLogGroup", ["logGroupName": .string(group)])
        try await self("CreateLogStream", ["logGroupName": .string(group), "logStreamName": .string(stream)])
    }

    /// Puts messages into a stream, each a millisecond after the one before.
    /// - Parameter time: of the first one, in milliseconds from now.
    @discardableResult
    func put(_ messages: String..., into stream: String = "s", of group: String = "g", at time: Int = 0) async throws -> Document {
        let events = messages.enumerated().map { Document.object(["timestamp": .int(now + time + $0.offset), "message": .string($0.element)]) }
        return try await self("PutLogEvents", ["logGroupName": .string(group), "logStreamName": .string(stream), "logEvents": .array(events)])
    }

    /// The messages that GetLogEvents answers.
    func messages(_ members: Members = [:], of stream: String = "s", in group: String = "g") async throws -> [String] {
        try await page(members, of: stream, in: group)["events"]?.array?.compactMap { $0["message"]?.string } ?? []
    }

    func page(_ members: Members = [:], of stream: String = "s", in group: String = "g") async throws -> Document {
        var input: Members = ["logGroupName": .string(group), "logStreamName": .string(stream)]
        for member in members { input.append(member.name, member.value) }
        return try await self("GetLogEvents", .object(input))
    }

    /// The messages that FilterLogEvents answers.
    func filtered(_ members: Members = [:], in group: String = "g") async throws -> [String] {
        var input: Members = ["logGroupName": .string(group)]
        for member in members { input.append(member.name, member.value) }
        return try await self("FilterLogEvents", .object(input))["events"]?.array?.compactMap { $0["message"]?.string } ?? []
    }

    /// What makes a function. There is a handler for "f".
    nonisolated static func function(_ name: String) -> Document {
        [
            "FunctionName": .string(name), "Role": "arn:aws:iam::000000000000:role/r", "Runtime": "provided.al2023", "Handler": .string(name),
            "Code": ["ZipFile": .string(archive)],
        ]
    }

    /// A zip with an empty file.
    private nonisolated static let archive =
        "UEsDBBQAAAAAAAAAhlMAAAAAAAAAAAAAAAABAAAAZlBLAQIUAxQAAAAAAAAAhlMAAAAAAAAAAAAAAAABAAAAAAAAAAAAAACAAQAAAABmUEsFBgAAAAABAAEALwAAAB8AAAAAAA=="

    func advance(by duration: Duration) { environment.advance(to: environment.clock.now + duration) }

    /// What is called within must be refused so; the message is the whole text.
    func refused(
        _ operation: String, _ input: Document, _ code: String, _ message: String, status: Int = 400, sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        do {
            try await self(operation, input)
            Issue.record("\(operation) was taken", sourceLocation: sourceLocation)
        } catch let error as AWSError {
            #expect(error.code == code, sourceLocation: sourceLocation)
            #expect(error.message == message, sourceLocation: sourceLocation)
            #expect(error.status == status, sourceLocation: sourceLocation)
        } catch { Issue.record("\(error)", sourceLocation: sourceLocation) }
    }
}
