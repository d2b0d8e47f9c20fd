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
        let limit = input.kind == .event ? LambdaService.eventPayloadLimit : LambdaService.payloadLimit
        guard input.payload.count <= limit else {
            throw .lambda(
                "RequestEntityTooLargeException",
                "\(input.payload.count) byte payload is too large for the \(input.kind.rawValue) invocation type (limit \(limit) bytes)", status: 413)
        }
        let payload = try Self.checked(input.payload)
        if case .pending = target.version.status { try lambda.checkSettled(target.version) }
        switch input.kind {
        case .dryRun:
            return Output(status: 204, payload: [])
        case .event:
            try lambda.environment.fabric.deliver(
                payload, to: target.arn, from: call.source ?? target.arn, scope: call.scope, policy: LambdaService.eventRetries, trace: call.trace)
            await lambda.environment.journal.commit()
            return Output(status: 202, payload: [])
        case .requestResponse:
            let outcome = try await lambda.invoke(
                target, payload, requestID: call.requestID.uuid, trace: call.trace, clientContext: input.clientContext)
            return Output(status: 200, version: outcome.executedVersion, functionError: outcome.functionError, log: input.wantsLog ? outcome.log : nil, payload: outcome.payload)
        }
    }

    /// An absent payload is an empty object; any other must be JSON.
    private static func checked(_ payload: [UInt8]) throws(AWSError) -> [UInt8] {
        guard !payload.isEmpty else { return Array("{}".utf8) }
        do {
            _ = try Document(json: payload)
        } catch {
            // What follows the two prefixes is Jackson's text on AWS; here it is our own parser's.
            throw .lambda(
                "InvalidRequestContentException", "Could not parse request body into json: Could not parse payload into json: \(error)", status: 400)
        }
        return payload
    }

    static func write(_ output: Output) -> Reply {
        var members: Members = ["StatusCode": .int(output.status)]
        if let error = output.functionError { members.append("FunctionError", .string(error)) }
        if let log = output.log { members.append("LogResult", .string(Base64.encode(Array(log.utf8)))) }
        if output.status == 200 { members.append("ExecutedVersion", .string(output.version)) }
        return Reply(.object(members), payload: output.payload)
    }
}
