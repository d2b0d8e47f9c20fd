import JSON
import Kernel

/// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
enum Invoke: WaitingOperation {
    enum Kind: String, CaseIterable {
        case event = "Event"
        case requestResponse = "RequestResponse"
        case dryRun = "DryRun"
    }

    struct Input {
        var function: FunctionSelection
        var kind: Kind
        var wantsLog: Bool
        var clientContext: String?
        var payload: [UInt8]
    }

    struct Output {
        var status: Int
        var version = ""
        var functionError: String?
        var log: String?
        var payload: [UInt8]
        var trace: TraceID
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let function = try FunctionSelection(&fields)
        let kind = try fields.string("InvocationType", .oneOf(Kind.allCases.map(\.rawValue)))
        let logType = try fields.string("LogType", .oneOf(["None", "Tail"]))
        try fields.refuse("Invoke", "DurableExecutionName", "TenantId")
        return Input(
            function: function, kind: kind.flatMap { Kind(rawValue: $0) } ?? .requestResponse, wantsLog: logType == "Tail",
            clientContext: try fields.string("ClientContext"), payload: fields.payload ?? [])
    }

    static func run(_ input: Input, on lambda: LambdaService, _ call: Call) async throws(AWSError) -> Output {
        let target = try input.function.find(in: lambda, call)
        let payload = try Self.checked(input.payload, kind: input.kind)
        if case .pending = target.version.status { try lambda.checkSettled(target.version) }
        try Self.check(clientContext: input.clientContext)
        switch input.kind {
        case .dryRun:
            return Output(status: 204, payload: [], trace: call.trace)
        case .event:
            try lambda.enqueue(payload, for: target, PendingEvent(requestID: call.requestID.uuid, clientContext: input.clientContext), call)
            await lambda.environment.journal.commit()
            return Output(status: 202, payload: [], trace: call.trace)
        case .requestResponse:
            let outcome = try await lambda.invoke(
                target, payload, requestID: call.requestID.uuid, trace: call.trace, clientContext: input.clientContext)
            return Output(
                status: 200, version: outcome.executedVersion, functionError: outcome.functionError, log: input.wantsLog ? outcome.log : nil,
                payload: outcome.payload, trace: outcome.trace)
        }
    }

    /// An absent payload is an empty object; any other must be JSON, and not too long.
    static func checked(_ payload: [UInt8], kind: Kind) throws(AWSError) -> [UInt8] {
        let limit = kind == .event ? LambdaService.eventPayloadLimit : LambdaService.payloadLimit
        guard payload.count <= limit else {
            throw .lambda(
                "RequestEntityTooLargeException",
                "\(payload.count) byte payload is too large for the \(kind.rawValue) invocation type (limit \(limit) bytes)", status: 413)
        }
        guard !payload.isEmpty else { return Array("{}".utf8) }
        do {
            _ = try Document(json: payload)
        } catch {
            throw .lambda(
                "InvalidRequestContentException",
                "Could not parse request body into json: Could not parse payload into json: \(JacksonError.text(payload) ?? String(describing: error))", status: 400)
        }
        return payload
    }

    /// The most bytes of base64 that a client context may have.
    private static let clientContextLimit = 3583

    private static func check(clientContext: String?) throws(AWSError) {
        guard let clientContext else { return }
        guard clientContext.utf8.count <= clientContextLimit else {
            throw .lambda(
                "InvalidRequestContentException",
                "Client context must be at most \(clientContextLimit) bytes of base64, not \(clientContext.utf8.count).", status: 400)
        }
        guard let json = try? Base64.decode(clientContext), let context = try? Document(json: json), context.object != nil else {
            let message = "Client context must be a valid Base64-encoded JSON object."
            throw AWSError("InvalidRequestContentException", message, status: 400, members: ["Type": .null])
        }
    }

    static func write(_ output: Output) -> Reply {
        var members: Members = ["StatusCode": .int(output.status)]
        if let error = output.functionError { members.append("FunctionError", .string(error)) }
        if let log = output.log { members.append("LogResult", .string(Base64.encode(Array(log.utf8)))) }
        if output.status == 200 { members.append("ExecutedVersion", .string(output.version)) }
        var reply = Reply(.object(members), payload: output.payload)
        reply.headers = [("X-Amzn-Trace-Id", output.trace.header)]
        return reply
    }
}

/// What AWS's parser says of a payload that is no JSON.
enum JacksonError {
    /// Where the payload begins with a word that JSON doesn't have; `nil` for any other mistake, of which the words aren't known.
    static func text(_ payload: [UInt8]) -> String? {
        let isSpace = { (byte: UInt8) in byte == 0x20 || 0x09...0x0D ~= byte }
        let isWord = { (byte: UInt8) in (byte | 0x20) &- 97 < 26 || byte &- 48 < 10 || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "$") }
        let before = payload.prefix(while: isSpace)
        let word = payload[before.endIndex...].prefix(while: isWord)
        guard let first = word.first, !(first &- 48 < 10), !["null", "true", "false"].contains(String(decoding: word, as: UTF8.self)) else { return nil }
        let line = 1 + before.count { $0 == 0x0A }
        let column = payload[..<word.endIndex].count - (before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0) + 1
        return "Unrecognized token '\(String(decoding: word, as: UTF8.self))': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')\n"
            + " at [Source: (byte[])\"\(String(decoding: payload.prefix(500), as: UTF8.self))\"; line: \(line), column: \(column)]"
    }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_InvokeAsync.html
enum InvokeAsync: WaitingOperation {
    static func read(_ fields: inout Fields) throws(AWSError) -> Invoke.Input {
        let name = try fields.requiredString("FunctionName", .length(min: 1, max: 256), FunctionReference.constraint)
        return Invoke.Input(function: FunctionSelection(name: name), kind: .event, wantsLog: false, payload: fields.payload ?? [])
    }

    static func run(_ input: Invoke.Input, on lambda: LambdaService, _ call: Call) async throws(AWSError) -> Invoke.Output {
        try await Invoke.run(input, on: lambda, call)
    }

    static func write(_ output: Invoke.Output) -> Reply { Reply(["Status": .int(output.status)]) }
}
