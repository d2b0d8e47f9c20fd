import JSON
import Kernel

@CloudActor let aliasOperations: [OperationEntry<LambdaService>] = [
    OperationEntry(CreateAlias.self, http: HTTPBinding("POST", "/2015-03-31/functions/{FunctionName}/aliases", status: 201)),
    OperationEntry(GetAlias.self, http: HTTPBinding("GET", "/2015-03-31/functions/{FunctionName}/aliases/{Name}")),
    OperationEntry(UpdateAlias.self, http: HTTPBinding("PUT", "/2015-03-31/functions/{FunctionName}/aliases/{Name}")),
    OperationEntry(DeleteAlias.self, http: HTTPBinding("DELETE", "/2015-03-31/functions/{FunctionName}/aliases/{Name}", status: 204)),
    OperationEntry(
        ListAliases.self,
        http: HTTPBinding(
            "GET", "/2015-03-31/functions/{FunctionName}/aliases",
            query: ["FunctionVersion": "FunctionVersion", "Marker": "Marker", "MaxItems": "MaxItems"])),
]

extension Alias {
    /// AWS's `AliasConfiguration`.
    func configuration(of function: Function) -> Members {
        var members: Members = [
            "AliasArn": .string("\(function.arn):\(name)"), "Name": .string(name), "FunctionVersion": .string(version), "Description": .string(description),
        ]
        if !weights.isEmpty {
            let shares = Members(weights.map { Members.Member(name: $0.version, value: .double($0.share)) })
            members.append("RoutingConfig", ["AdditionalVersionWeights": .object(shares)])
        }
        members.append("RevisionId", .string(revisionID))
        return members
    }

    /// Throws where the alias leads to versions that aren't there, or shares them out as AWS doesn't.
    func check(against function: Function) throws(AWSError) {
        guard function.version(version) != nil else { throw .functionNotFound("\(function.arn):\(version)") }
        guard weights.count <= 1 else { throw .invalidParameter("Number of items in AdditionalVersionWeights cannot be greater than 1") }
        for weight in weights {
            guard weight.version != version else {
                throw .invalidParameter("Invalid function version \(version). Function version \(version) is already included in routing configuration.")
            }
            guard version != FunctionReference.latest else {
                // The one error of Lambda's own that says nothing of its type.
                throw AWSError("InvalidParameterValueException", "$LATEST is not supported for an alias pointing to more than 1 version")
            }
            guard function.version(weight.version) != nil else { throw .functionNotFound("\(function.arn):\(weight.version)") }
        }
    }

    static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { ($0 | 0x20) &- 97 < 26 || $0 &- 48 < 10 || "-_".utf8.contains($0) } && !FunctionReference.isNumber(text)
    }
}

extension FunctionReference {
    static func isNumber(_ text: String) -> Bool { !text.isEmpty && text.utf8.allSatisfy { $0 &- 48 < 10 } }

    /// The names of versions, as the service model has them.
    static let version = Constraint.pattern("(\\$LATEST(\\.PUBLISHED)?|[0-9]+)") { $0 == latest || $0 == "$LATEST.PUBLISHED" || isNumber($0) }
}

/// What names an alias.
struct AliasSelection {
    var function: String
    var name: String

    init(_ fields: inout Fields) throws(AWSError) {
        function = try fields.requiredString("FunctionName", .length(min: 1, max: 140), FunctionReference.constraint)
        name = try fields.requiredString("Name", .length(min: 1, max: 128), .pattern("(?!^[0-9]+$)([a-zA-Z0-9-_]+)", Alias.isName))
    }

    /// - Parameter missing: what stands before the ARN in the error where there is no such alias.
    @CloudActor
    func find(in lambda: LambdaService, _ call: Call, missing: String = "Cannot find alias arn:") throws(AWSError) -> (function: Function, alias: Alias) {
        guard let reference = FunctionReference(function) else { throw .functionNotFound(function) }
        guard let function = try lambda.function(reference, call), let alias = function.aliases[name] else {
            throw .notFound("\(missing) \(reference.arn(for: call, qualifier: name))")
        }
        return (function, alias)
    }
}

/// The settings of an alias; `nil` where absent.
struct AliasSettings {
    var version: String?
    var description: String?
    var weights: [Alias.Weight]?

    init(_ fields: inout Fields, requiresVersion: Bool) throws(AWSError) {
        version =
            requiresVersion
            ? try fields.requiredString("FunctionVersion", .length(min: 1, max: 1024), FunctionReference.version)
            : try fields.string("FunctionVersion", .length(min: 1, max: 1024), FunctionReference.version)
        description = try fields.string("Description", .length(max: 256))
        weights = try fields.structure("RoutingConfig") { (inner) throws(AWSError) in try Self.weights(&inner) }
    }

    private static func weights(_ fields: inout Fields) throws(AWSError) -> [Alias.Weight] {
        var weights: [Alias.Weight] = []
        for member in try fields.object("AdditionalVersionWeights") ?? Members() {
            guard let share = member.value.double else { throw .serialization("\(member.value.coralTokenName) cannot be converted to Double") }
            weights.append(Alias.Weight(version: member.name, share: share))
        }
        // As Java prints a map of doubles.
        let shown = "{" + weights.map { "\($0.version)=\($0.share)" }.joined(separator: ", ") + "}"
        if !weights.allSatisfy({ FunctionReference.isNumber($0.version) && $0.version.utf8.count <= 1024 }) {
            fields.violate(
                shown, "AdditionalVersionWeights",
                "Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, "
                    + "Member must satisfy regular expression pattern: [0-9]+, Member must not be null]")
        }
        if !weights.allSatisfy({ (0...1).contains($0.share) }) {
            fields.violate(
                shown, "AdditionalVersionWeights",
                "Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, "
                    + "Member must not be null]")
        }
        return weights
    }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html
enum CreateAlias: Operation {
    struct Input {
        var alias: AliasSelection
        var settings: AliasSettings
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        Input(alias: try AliasSelection(&fields), settings: try AliasSettings(&fields, requiresVersion: true))
    }

    static func run(_ input: Input, on lambda: LambdaService, _ call: Call) throws(AWSError) -> Members {
        let version = input.settings.version ?? FunctionReference.latest
        guard let reference = FunctionReference(input.alias.function), var function = try lambda.function(reference, call) else {
            throw .functionNotFound((FunctionReference(input.alias.function)?.arn(for: call) ?? input.alias.function) + ":\(version)")
        }
        let alias = Alias(
            name: input.alias.name, version: version, description: input.settings.description ?? "", weights: input.settings.weights ?? [],
            revisionID: lambda.environment.random.uuid())
        try alias.check(against: function)
        guard function.aliases[alias.name] == nil else { throw .conflict("Alias already exists: \(function.arn):\(alias.name)") }
        function.aliases[alias.name] = alias
        lambda.keep(function)
        return alias.configuration(of: function)
    }

    static func write(_ output: Members) -> Reply { Reply(.object(output)) }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_GetAlias.html
enum GetAlias: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> AliasSelection { try AliasSelection(&fields) }

    static func run(_ input: AliasSelection, on lambda: LambdaService, _ call: Call) throws(AWSError) -> Members {
        let (function, alias) = try input.find(in: lambda, call)
        return alias.configuration(of: function)
    }

    static func write(_ output: Members) -> Reply { Reply(.object(output)) }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_UpdateAlias.html
enum UpdateAlias: Operation {
    struct Input {
        var alias: AliasSelection
        var settings: AliasSettings
        var revisionID: String?
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        Input(alias: try AliasSelection(&fields), settings: try AliasSettings(&fields, requiresVersion: false), revisionID: try fields.string("RevisionId"))
    }

    static func run(_ input: Input, on lambda: LambdaService, _ call: Call) throws(AWSError) -> Members {
        var (function, alias) = try input.alias.find(in: lambda, call, missing: "Alias not found:")
        if let expected = input.revisionID, expected != alias.revisionID { throw .staleRevision() }
        alias.version = input.settings.version ?? alias.version
        alias.description = input.settings.description ?? alias.description
        alias.weights = input.settings.weights ?? alias.weights
        try alias.check(against: function)
        alias.revisionID = lambda.environment.random.uuid()
        function.aliases[alias.name] = alias
        lambda.keep(function)
        return alias.configuration(of: function)
    }

    static func write(_ output: Members) -> Reply { Reply(.object(output)) }
}

/// Deletes an alias and what hangs on it; where there is none, it is gone as well.
/// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteAlias.html
enum DeleteAlias: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> AliasSelection { try AliasSelection(&fields) }

    static func run(_ input: AliasSelection, on lambda: LambdaService, _ call: Call) throws(AWSError) {
        guard let reference = FunctionReference(input.function), var function = try lambda.function(reference, call),
            function.aliases.removeValue(forKey: input.name) != nil
        else { return }
        function.forget(qualifier: input.name)
        lambda.keep(function)
    }

    static func write(_ output: Void) -> Reply { Reply() }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_ListAliases.html
enum ListAliases: Operation {
    struct Input {
        var function: String
        var version: String?
        var marker: String?
        var maxItems: Int?
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        Input(
            function: try fields.requiredString("FunctionName", .length(min: 1, max: 140), FunctionReference.constraint),
            version: try fields.string("FunctionVersion", .length(min: 1, max: 1024), FunctionReference.version), marker: try fields.string("Marker"),
            maxItems: try fields.int("MaxItems", .range(min: 1, max: 10_000)))
    }

    static func run(_ input: Input, on lambda: LambdaService, _ call: Call) throws(AWSError) -> (function: Function, aliases: [Alias], next: String?) {
        let function = try lambda.target(input.function, call).function
        var aliases = function.aliases.values.sorted { $0.name < $1.name }
        if let version = input.version { aliases.removeAll { $0.version != version && !$0.weights.contains { $0.version == version } } }
        let (page, next) = try Page.take(aliases, after: input.marker, limit: min(input.maxItems ?? 50, 50), name: \.name)
        return (function, page, next)
    }

    static func write(_ output: (function: Function, aliases: [Alias], next: String?)) -> Reply {
        var answer: Members = ["Aliases": .array(output.aliases.map { .object($0.configuration(of: output.function)) })]
        if let next = output.next { answer.append("NextMarker", .string(next)) }
        return Reply(.object(answer))
    }
}
