import JSON
import Kernel

@CloudActor let tagOperations: [OperationEntry<LambdaService>] = [
    OperationEntry(TagResource.self, http: HTTPBinding("POST", "/2017-03-31/tags/{Resource}", status: 204)),
    OperationEntry(UntagResource.self, http: HTTPBinding("DELETE", "/2017-03-31/tags/{Resource}", query: ["tagKeys": "TagKeys[]"], status: 204)),
    OperationEntry(ListTags.self, http: HTTPBinding("GET", "/2017-03-31/tags/{Resource}")),
]

/// Tags are the same for all that has any.
/// https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html#tag-restrictions
enum Tag {
    static let limit = 50

    /// Throws where these are tags that nothing may have.
    static func check(_ tags: [FunctionVersion.Variable]) throws(AWSError) {
        guard Set(tags.map(\.name)).count <= limit else { throw .invalidParameter("Number of tags exceeds resource tag limit.") }
        for tag in tags {
            guard (1...128).contains(tag.name.unicodeScalars.count), tag.value.unicodeScalars.count <= 256 else {
                throw .invalidParameter("Tag keys must have 1 to 128 characters and tag values at most 256.")
            }
            guard !tag.name.lowercased().hasPrefix("aws:") else { throw .invalidParameter("Tag keys that begin with aws: are reserved: \(tag.name)") }
        }
    }

    /// The tags with others, which take the places of those with their names.
    static func merged(_ tags: [FunctionVersion.Variable], with others: [FunctionVersion.Variable]) -> [FunctionVersion.Variable] {
        var merged = tags
        for tag in others {
            if let index = merged.firstIndex(where: { $0.name == tag.name }) { merged[index] = tag } else { merged.append(tag) }
        }
        return merged
    }
}

/// What a request tags.
struct TagTarget {
    var arn: String

    init(_ fields: inout Fields) throws(AWSError) {
        arn = try fields.requiredString("Resource", .length(min: 1, max: 256), .pattern(Self.pattern) { TagTarget.names($0) })
    }

    /// As `TaggableResource` of the service model has it.
    private static let pattern =
        "arn:(aws[a-zA-Z-]*):lambda:[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:(function:[a-zA-Z0-9-_]+(:(\\$LATEST|[a-zA-Z0-9-_]+))?"
        + "|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
        + "|capacity-provider:[a-zA-Z0-9-_]+)"

    private static func names(_ text: String) -> Bool {
        guard let arn = ARN(text), arn.partition.hasPrefix("aws"), arn.service == "lambda", FunctionReference.isRegion(arn.region[...]), arn.account.utf8.count == 12,
            FunctionReference.isNumber(arn.account)
        else { return false }
        let kinds = ["function", "code-signing-config", "event-source-mapping", "capacity-provider"]
        let parts = arn.resource.split(separator: ":", omittingEmptySubsequences: false)
        guard let kind = parts.first, kinds.contains(String(kind)) else { return false }
        return kind == "function" ? FunctionReference(text) != nil : parts.count == 2 && LayerReference.isName(parts[1])
    }

    @CloudActor
    func tags(in lambda: LambdaService, _ call: Call) throws(AWSError) -> [FunctionVersion.Variable] {
        switch try resource(in: lambda, call) {
        case .function(let function): function.tags
        case .mapping(let mapping): mapping.tags
        case .codeSigning(let config): config.tags
        }
    }

    @CloudActor
    func change(in lambda: LambdaService, _ call: Call, _ body: (inout [FunctionVersion.Variable]) throws(AWSError) -> Void) throws(AWSError) {
        switch try resource(in: lambda, call) {
        case .function(var function):
            try body(&function.tags)
            lambda.keep(function)
        case .mapping(var mapping):
            try body(&mapping.tags)
            lambda.keep(mapping)
        case .codeSigning(var config):
            try body(&config.tags)
            lambda.keep(config)
        }
    }

    private enum Resource {
        case function(Function)
        case mapping(EventSourceMapping)
        case codeSigning(CodeSigningConfig)
    }

    @CloudActor
    private func resource(in lambda: LambdaService, _ call: Call) throws(AWSError) -> Resource {
        let parts = ARN(arn)?.resource.split(separator: ":") ?? []
        switch parts.first {
        case "function":
            guard FunctionReference(arn)?.qualifier == nil else {
                throw .invalidParameter("Tags on function aliases and versions are not supported. Please specify a function ARN.")
            }
            return .function(try lambda.target(arn, call).function)
        case "event-source-mapping":
            guard let mapping = lambda.state.mappings[String(parts.last ?? "")], mapping.scope == call.scope else { throw LayerSelection.absent }
            return .mapping(mapping)
        case "code-signing-config":
            guard let config = lambda.state.codeSigningConfigs[arn], config.scope == call.scope else { throw LayerSelection.absent }
            return .codeSigning(config)
        default: throw .notImplemented("Lambda tags of \(parts.first ?? "that")")
        }
    }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_TagResource.html
enum TagResource: Operation {
    struct Input {
        var target: TagTarget
        var tags: [FunctionVersion.Variable]
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let target = try TagTarget(&fields)
        if fields["Tags"] == nil { fields.missing("Tags") }
        return Input(target: target, tags: (try fields.stringMap("Tags") ?? []).map { FunctionVersion.Variable(name: $0.key, value: $0.value) })
    }

    static func run(_ input: Input, on lambda: LambdaService, _ call: Call) throws(AWSError) {
        guard !input.tags.isEmpty else { throw .invalidParameter("An error occurred and the request cannot be processed.") }
        try input.target.change(in: lambda, call) { (tags) throws(AWSError) in
            tags = Tag.merged(tags, with: input.tags)
            try Tag.check(tags)
        }
    }

    static func write(_ output: Void) -> Reply { Reply() }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_UntagResource.html
enum UntagResource: Operation {
    struct Input {
        var target: TagTarget
        var keys: [String]
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let target = try TagTarget(&fields)
        let keys = try fields.strings("TagKeys")
        if keys == nil { fields.missing("TagKeys") }
        return Input(target: target, keys: keys ?? [])
    }

    static func run(_ input: Input, on lambda: LambdaService, _ call: Call) throws(AWSError) {
        try input.target.change(in: lambda, call) { (tags) throws(AWSError) in tags.removeAll { input.keys.contains($0.name) } }
    }

    static func write(_ output: Void) -> Reply { Reply() }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_ListTags.html
enum ListTags: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> TagTarget { try TagTarget(&fields) }
    static func run(_ input: TagTarget, on lambda: LambdaService, _ call: Call) throws(AWSError) -> [FunctionVersion.Variable] { try input.tags(in: lambda, call) }
    static func write(_ tags: [FunctionVersion.Variable]) -> Reply { Reply(["Tags": .object(Members(tags))]) }
}
