import JSON
import Kernel

/// How events for a function, one of its versions or an alias are tried, and where is told what became of them.
/// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html
struct EventInvokeConfig: Sendable, Equatable {
    /// How often a function that has failed is tried again, from 0 to 2; `nil` stands for 2.
    var maximumRetryAttempts: Int?
    /// Seconds that an event may wait, from 60 to 21,600; `nil` stands for 21,600.
    var maximumEventAge: Int?
    /// ARNs.
    var onSuccess: String?
    var onFailure: String?
    var lastModified: Timestamp

    static let defaultRetryAttempts = 2
    static let defaultEventAge = 21_600

    /// AWS's `FunctionEventInvokeConfig`.
    /// - Parameter arn: of the function, with the qualifier.
    func answer(_ arn: String) -> Document {
        var members: Members = ["LastModified": .double(Double(lastModified.milliseconds) / 1000), "FunctionArn": .string(arn)]
        members["MaximumRetryAttempts"] = maximumRetryAttempts.map { .int($0) }
        members["MaximumEventAgeInSeconds"] = maximumEventAge.map { .int($0) }
        let destination = { (arn: String?) -> Document in arn.map { ["Destination": .string($0)] } ?? [:] }
        members.append("DestinationConfig", ["OnSuccess": destination(onSuccess), "OnFailure": destination(onFailure)])
        return .object(members)
    }

    // MARK: The journal's form

    func document(_ qualifier: String) -> Document {
        var members: Members = ["qualifier": .string(qualifier), "lastModified": .int(lastModified.microseconds)]
        members["retries"] = maximumRetryAttempts.map { .int($0) }
        members["age"] = maximumEventAge.map { .int($0) }
        members["onSuccess"] = onSuccess.map { .string($0) }
        members["onFailure"] = onFailure.map { .string($0) }
        return .object(members)
    }
}

extension EventInvokeConfig {
    init?(document: Document) {
        guard let lastModified = document["lastModified"]?.int else { return nil }
        self.lastModified = Timestamp(microseconds: Int64(lastModified))
        maximumRetryAttempts = document["retries"]?.int
        maximumEventAge = document["age"]?.int
        onSuccess = document["onSuccess"]?.string
        onFailure = document["onFailure"]?.string
    }
}

/// What the operations that set one share; `nil` where absent.
struct EventInvokeSettings {
    var function: FunctionSelection
    var maximumRetryAttempts: Int?
    var maximumEventAge: Int?
    /// Empty where there is to be none.
    var onSuccess: String?
    var onFailure: String?
    private var hasDestinations = false

    /// The service model's pattern, as AWS prints it.
    private static let pattern =
        "^$|kafka://([^.]([a-zA-Z0-9\\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1})?:(\\d{12})?:(.*)"

    init(_ fields: inout Fields) throws(AWSError) {
        function = try FunctionSelection(&fields)
        maximumRetryAttempts = try fields.int("MaximumRetryAttempts", .range(min: 0, max: 2))
        maximumEventAge = try fields.int("MaximumEventAgeInSeconds", .range(min: 60, max: 21_600))
        let destinations = try fields.structure("DestinationConfig") { (inner) throws(AWSError) in
            (success: try Self.destination("OnSuccess", &inner), failure: try Self.destination("OnFailure", &inner))
        }
        guard let destinations else { return }
        hasDestinations = true
        onSuccess = destinations.success
        onFailure = destinations.failure
    }

    private static func destination(_ name: String, _ fields: inout Fields) throws(AWSError) -> String? {
        try fields.structure(name) { (inner) throws(AWSError) in
            try inner.string("Destination", .length(min: 0, max: 350), .pattern(pattern, matches)) ?? ""
        }
    }

    private static func matches(_ text: String) -> Bool {
        if text.isEmpty { return true }
        if text.hasPrefix("kafka://") {
            let name = text.dropFirst(8)
            return (1...249).contains(name.utf8.count) && !name.hasPrefix(".")
        }
        let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", parts[1].hasPrefix("aws"), !parts[2].isEmpty else { return false }
        let isWord = { (part: Substring) in part.utf8.allSatisfy { ($0 | 0x20) &- 97 < 26 || $0 &- 48 < 10 || $0 == UInt8(ascii: "-") } }
        let account = parts[4].utf8
        return isWord(parts[1]) && isWord(parts[2]) && (parts[3].isEmpty || FunctionReference.isRegion(parts[3]))
            && (account.isEmpty || account.count == 12 && account.allSatisfy { $0 &- 48 < 10 })
    }

    /// The function, where all is right that AWS checks.
    @CloudActor
    func check(_ lambda: LambdaService, _ call: Call) throws(AWSError) -> LambdaService.Target {
        guard maximumRetryAttempts != nil || maximumEventAge != nil || hasDestinations else {
            throw .invalidParameter("You must specify at least one of error handling or destination setting.")
        }
        let target = try lambda.targetForEvents(function, call)
        guard isDestination(onSuccess, canBeBucket: false), isDestination(onFailure, canBeBucket: true) else {
            let text = { (name: String, arn: String?) in arn.map { $0.isEmpty ? "\(name)(destination=null)" : "\(name)(destination=\($0))" } ?? "null" }
            throw .invalidParameter(
                "The provided destination config DestinationConfig(onSuccess=\(text("OnSuccess", onSuccess)), onFailure=\(text("OnFailure", onFailure))) is invalid.")
        }
        for arn in [onSuccess, onFailure] {
            if let arn, !arn.isEmpty { try lambda.checkDestination(arn, of: target.function, call) }
        }
        return target
    }

    private func isDestination(_ arn: String?, canBeBucket: Bool) -> Bool {
        guard let arn, !arn.isEmpty else { return true }
        guard let service = ARN(arn)?.service else { return false }
        return ["sqs", "sns", "lambda", "events"].contains(service) || canBeBucket && service == "s3"
    }

    func apply(to config: inout EventInvokeConfig) {
        if let maximumRetryAttempts { config.maximumRetryAttempts = maximumRetryAttempts }
        if let maximumEventAge { config.maximumEventAge = maximumEventAge }
        if let onSuccess { config.onSuccess = onSuccess.isEmpty ? nil : onSuccess }
        if let onFailure { config.onFailure = onFailure.isEmpty ? nil : onFailure }
    }
}

extension LambdaService {
    /// The function, version or alias whose events are meant.
    fileprivate func targetForEvents(_ selection: FunctionSelection, _ call: Call) throws(AWSError) -> Target {
        do throws(AWSError) { return try selection.find(in: self, call) } catch {
            // These operations say it in words of their own.
            throw error.message?.hasPrefix("Function not found: ") == true ? .notFound("The function doesn't exist.") : error
        }
    }

    /// Throws where nothing can be told there.
    fileprivate func checkDestination(_ text: String, of function: Function, _ call: Call) throws(AWSError) {
        guard let arn = ARN(text) else { throw .invalidParameter("The destination ARN \(text) is invalid.") }
        var call = call
        call.scope = arn.scope
        switch arn.service {
        case "lambda":
            guard let target = try? target(text, call) else { throw .invalidParameter("The destination ARN \(text) is invalid.") }
            guard target.function.key != function.key else { throw .invalidParameter("You can't specify the function as a destination for itself.") }
        case "sqs":
            let queues = try environment.endpoint("sqs")
            let input: Document = ["QueueName": .string(arn.resource), "QueueOwnerAWSAccountId": .string(arn.account)]
            do throws(AWSError) { _ = try queues.callNow("GetQueueUrl", input, call) } catch { throw .invalidParameter("The destination ARN \(text) is invalid.") }
        case "sns":
            let topics = try environment.endpoint("sns")
            do throws(AWSError) { _ = try topics.callNow("GetTopicAttributes", ["TopicArn": .string(text)], call) } catch {
                throw .invalidParameter("The destination ARN \(text) is invalid.")
            }
        default: throw .notImplemented("Lambda destinations of the service \(arn.service)")
        }
    }

    /// The qualifier under which events of a target are configured.
    nonisolated static func eventQualifier(_ target: Target) -> String { target.qualifier ?? FunctionReference.latest }

    fileprivate func config(_ selection: FunctionSelection, _ call: Call) throws(AWSError) -> (function: Function, qualifier: String, config: EventInvokeConfig) {
        let found: (Function, String)?
        do throws(AWSError) {
            let target = try selection.find(in: self, call)
            found = (target.function, Self.eventQualifier(target))
        } catch {
            guard error.code == "ResourceNotFoundException" else { throw error }
            found = nil
        }
        if let (function, qualifier) = found, let config = function.eventInvokeConfigs[qualifier] { return (function, qualifier, config) }
        let reference = FunctionReference(selection.name)
        let qualifier = selection.qualifier ?? reference?.qualifier ?? FunctionReference.latest
        let arn = reference?.arn(for: call, qualifier: qualifier) ?? selection.name
        throw .notFound("The function \(arn) doesn't have an EventInvokeConfig")
    }
}

// MARK: Operations

/// https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html
enum PutFunctionEventInvokeConfig: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> EventInvokeSettings { try EventInvokeSettings(&fields) }

    static func run(_ input: EventInvokeSettings, on lambda: LambdaService, _ call: Call) throws(AWSError) -> Document {
        let target = try input.check(lambda, call)
        var config = EventInvokeConfig(lastModified: call.now)
        input.apply(to: &config)
        return lambda.keep(config, of: target)
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionEventInvokeConfig.html
enum UpdateFunctionEventInvokeConfig: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> EventInvokeSettings { try EventInvokeSettings(&fields) }

    static func run(_ input: EventInvokeSettings, on lambda: LambdaService, _ call: Call) throws(AWSError) -> Document {
        let target = try input.check(lambda, call)
        var config = try lambda.config(input.function, call).config
        input.apply(to: &config)
        config.lastModified = call.now
        return lambda.keep(config, of: target)
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

extension LambdaService {
    fileprivate func keep(_ config: EventInvokeConfig, of target: Target) -> Document {
        let qualifier = Self.eventQualifier(target)
        var function = target.function
        function.eventInvokeConfigs[qualifier] = config
        keep(function)
        return config.answer("\(function.arn):\(qualifier)")
    }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionEventInvokeConfig.html
enum GetFunctionEventInvokeConfig: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> FunctionSelection { try FunctionSelection(&fields) }

    static func run(_ input: FunctionSelection, on lambda: LambdaService, _ call: Call) throws(AWSError) -> Document {
        let found = try lambda.config(input, call)
        return found.config.answer("\(found.function.arn):\(found.qualifier)")
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionEventInvokeConfig.html
enum DeleteFunctionEventInvokeConfig: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> FunctionSelection { try FunctionSelection(&fields) }

    static func run(_ input: FunctionSelection, on lambda: LambdaService, _ call: Call) throws(AWSError) {
        var found = try lambda.config(input, call)
        found.function.eventInvokeConfigs[found.qualifier] = nil
        lambda.keep(found.function)
    }

    static func write(_ output: Void) -> Reply { Reply() }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionEventInvokeConfigs.html
enum ListFunctionEventInvokeConfigs: Operation {
    struct Input {
        var name: String
        var marker: String?
        var maxItems: Int?
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        Input(
            name: try fields.requiredString("FunctionName", .length(min: 1, max: 256), FunctionReference.constraint), marker: try fields.string("Marker"),
            maxItems: try fields.int("MaxItems", .range(min: 1, max: 50)))
    }

    static func run(_ input: Input, on lambda: LambdaService, _ call: Call) throws(AWSError) -> (configs: [Document], next: String?) {
        let function = try lambda.targetForEvents(FunctionSelection(name: input.name), call).function
        let all = function.eventInvokeConfigs.sorted { $0.key < $1.key }
        let (page, next) = try Page.take(all, after: input.marker, limit: input.maxItems ?? 50, name: \.key)
        return (page.map { $0.value.answer("\(function.arn):\($0.key)") }, next)
    }

    static func write(_ output: (configs: [Document], next: String?)) -> Reply {
        var answer: Members = ["FunctionEventInvokeConfigs": .array(output.configs)]
        if let next = output.next { answer.append("NextMarker", .string(next)) }
        return Reply(.object(answer))
    }
}
