import JSON
import Kernel

@CloudActor let functionURLOperations: [OperationEntry<LambdaService>] = [
    OperationEntry(CreateFunctionUrlConfig.self, http: HTTPBinding("POST", "/2021-10-31/functions/{FunctionName}/url", query: ["Qualifier": "Qualifier"], status: 201)),
    OperationEntry(GetFunctionUrlConfig.self, http: HTTPBinding("GET", "/2021-10-31/functions/{FunctionName}/url", query: ["Qualifier": "Qualifier"])),
    OperationEntry(UpdateFunctionUrlConfig.self, http: HTTPBinding("PUT", "/2021-10-31/functions/{FunctionName}/url", query: ["Qualifier": "Qualifier"])),
    OperationEntry(DeleteFunctionUrlConfig.self, http: HTTPBinding("DELETE", "/2021-10-31/functions/{FunctionName}/url", query: ["Qualifier": "Qualifier"], status: 204)),
    OperationEntry(
        ListFunctionUrlConfigs.self,
        http: HTTPBinding("GET", "/2021-10-31/functions/{FunctionName}/urls", query: ["Marker": "Marker", "MaxItems": "MaxItems"])),
]

/// The function, or the alias of it, that a request about addresses names.
struct FunctionURLSelection {
    var name: String
    var qualifier: String?

    init(_ fields: inout Fields) throws(AWSError) {
        name = try fields.requiredString("FunctionName", .length(min: 1, max: 140), FunctionReference.constraint)
        qualifier = try fields.string("Qualifier", .length(min: 1, max: 128), .pattern("((?!^\\d+$)^[0-9a-zA-Z-_]+$)", Alias.isName))
    }

    /// - Parameter missing: the error's text where there is no such function or alias.
    @CloudActor
    func find(in lambda: LambdaService, _ call: Call, missing: String = FunctionURLSelection.noFunction) throws(AWSError) -> (function: Function, alias: String) {
        guard let reference = FunctionReference(name) else { throw .notFound(missing) }
        if let derived = reference.qualifier, let qualifier, derived != qualifier { throw .qualifierMismatch }
        guard let function = try lambda.function(reference, call) else { throw .notFound(missing) }
        guard let alias = qualifier ?? reference.qualifier else { return (function, "") }
        guard function.aliases[alias] != nil else { throw .notFound(missing) }
        return (function, alias)
    }

    /// The address that it has.
    @CloudActor
    func url(in lambda: LambdaService, _ call: Call, missing: String) throws(AWSError) -> FunctionURL {
        let (function, alias) = try find(in: lambda, call, missing: missing)
        guard let url = lambda.urls(of: function.key).first(where: { $0.alias == alias }) else { throw .notFound(Self.noURL) }
        return url
    }

    static let noFunction = "Function does not exist"
    static let noURL = "The resource you requested does not exist."
}

extension LambdaService {
    func urls(of function: FunctionKey) -> [FunctionURL] { state.urls.values.filter { $0.function == function }.sorted { $0.alias < $1.alias } }

    func keep(_ url: FunctionURL) {
        state.urls[url.id] = url
        environment.journal.put(name, url.entry, url.encoded)
    }

    func drop(_ url: FunctionURL) {
        state.urls[url.id] = nil
        environment.journal.delete(name, url.entry)
    }

    /// Drops the addresses of what is gone.
    /// - Parameter isThere: asked with an alias, or the empty text for the function itself.
    func dropURLs(of function: FunctionKey, unless isThere: (String) -> Bool) {
        for url in urls(of: function) where !isThere(url.alias) { drop(url) }
    }

    /// A new address's id: drawn, or what the function's tag `_custom_id_` asks for, with the alias behind it.
    fileprivate func newURLID(_ function: Function, _ alias: String) throws(AWSError) -> String {
        guard let asked = function.tags.first(where: { $0.name == "_custom_id_" })?.value else { return environment.random.lowercaseAlphanumeric(32) }
        let id = alias.isEmpty ? asked : "\(asked)-\(alias.lowercased())"
        guard (1...63).contains(id.utf8.count), id.utf8.allSatisfy({ $0 &- 97 < 26 || $0 &- 48 < 10 || $0 == UInt8(ascii: "-") }), !id.hasPrefix("-"), !id.hasSuffix("-") else {
            throw .invalidParameter("The tag _custom_id_ asks for '\(id)', which is no label of a host name.")
        }
        guard state.urls[id] == nil else { throw .conflict("The tag _custom_id_ asks for '\(id)', which another function URL has.") }
        return id
    }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunctionUrlConfig.html
enum CreateFunctionUrlConfig: Operation {
    struct Input {
        var function: FunctionURLSelection
        var authentication: FunctionURL.Authentication
        var cors: CORS?
        var mode: FunctionURL.InvokeMode?
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let function = try FunctionURLSelection(&fields)
        let authentication = try fields.requiredString("AuthType", .oneOf(FunctionURL.Authentication.allCases.map(\.rawValue)))
        let cors = try fields.structure("Cors") { (inner) throws(AWSError) in try CORS(&inner) }
        let mode = try fields.string("InvokeMode", .oneOf(FunctionURL.InvokeMode.allCases.map(\.rawValue)))
        return Input(
            function: function, authentication: FunctionURL.Authentication(rawValue: authentication) ?? .iam, cors: cors,
            mode: mode.flatMap { FunctionURL.InvokeMode(rawValue: $0) })
    }

    static func run(_ input: Input, on lambda: LambdaService, _ call: Call) throws(AWSError) -> Members {
        let (function, alias) = try input.function.find(in: lambda, call)
        if let url = lambda.urls(of: function.key).first(where: { $0.alias == alias }) {
            throw .conflict("Failed to create function url config for [functionArn = \(url.functionARN)]. Error message:  FunctionUrlConfig exists for this Lambda function")
        }
        let url = FunctionURL(
            id: try lambda.newURLID(function, alias), function: function.key, alias: alias, authentication: input.authentication, mode: input.mode,
            cors: input.cors, created: call.now, modified: call.now)
        lambda.keep(url)
        return url.configuration(for: call, isNew: true)
    }

    static func write(_ output: Members) -> Reply { Reply(.object(output)) }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionUrlConfig.html
enum GetFunctionUrlConfig: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> FunctionURLSelection { try FunctionURLSelection(&fields) }

    static func run(_ input: FunctionURLSelection, on lambda: LambdaService, _ call: Call) throws(AWSError) -> Members {
        try input.url(in: lambda, call, missing: FunctionURLSelection.noURL).configuration(for: call)
    }

    static func write(_ output: Members) -> Reply { Reply(.object(output)) }
}

/// What isn't named stays as it is.
/// https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionUrlConfig.html
enum UpdateFunctionUrlConfig: Operation {
    struct Input {
        var function: FunctionURLSelection
        var authentication: FunctionURL.Authentication?
        var cors: CORS?
        var mode: FunctionURL.InvokeMode?
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        Input(
            function: try FunctionURLSelection(&fields),
            authentication: try fields.string("AuthType", .oneOf(FunctionURL.Authentication.allCases.map(\.rawValue))).flatMap { FunctionURL.Authentication(rawValue: $0) },
            cors: try fields.structure("Cors") { (inner) throws(AWSError) in try CORS(&inner) },
            mode: try fields.string("InvokeMode", .oneOf(FunctionURL.InvokeMode.allCases.map(\.rawValue))).flatMap { FunctionURL.InvokeMode(rawValue: $0) })
    }

    static func run(_ input: Input, on lambda: LambdaService, _ call: Call) throws(AWSError) -> Members {
        var url = try input.function.url(in: lambda, call, missing: FunctionURLSelection.noFunction)
        url.authentication = input.authentication ?? url.authentication
        url.cors = input.cors ?? url.cors
        url.mode = input.mode ?? url.mode
        url.modified = call.now
        lambda.keep(url)
        return url.configuration(for: call)
    }

    static func write(_ output: Members) -> Reply { Reply(.object(output)) }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionUrlConfig.html
enum DeleteFunctionUrlConfig: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> FunctionURLSelection { try FunctionURLSelection(&fields) }

    static func run(_ input: FunctionURLSelection, on lambda: LambdaService, _ call: Call) throws(AWSError) {
        lambda.drop(try input.url(in: lambda, call, missing: FunctionURLSelection.noURL))
    }

    static func write(_ output: Void) -> Reply { Reply() }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionUrlConfigs.html
enum ListFunctionUrlConfigs: Operation {
    struct Input {
        var function: String
        var marker: String?
        var maxItems: Int?
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        Input(
            function: try fields.requiredString("FunctionName", .length(min: 1, max: 140), FunctionReference.constraint), marker: try fields.string("Marker"),
            maxItems: try fields.int("MaxItems", .range(min: 1, max: 50)))
    }

    static func run(_ input: Input, on lambda: LambdaService, _ call: Call) throws(AWSError) -> (urls: [Members], next: String?) {
        guard let reference = FunctionReference(input.function), let function = try lambda.function(reference, call) else {
            throw .notFound(FunctionURLSelection.noFunction)
        }
        // The address of the function itself comes first, and no marker names it.
        let name = { (url: FunctionURL) in url.alias.isEmpty ? "\u{1}" : url.alias }
        let (page, next) = try Page.take(lambda.urls(of: function.key), after: input.marker, limit: input.maxItems ?? 50, name: name)
        return (page.map { $0.configuration(for: call) }, next)
    }

    static func write(_ output: (urls: [Members], next: String?)) -> Reply {
        var answer: Members = ["FunctionUrlConfigs": .array(output.urls.map { .object($0) })]
        if let next = output.next { answer.append("NextMarker", .string(next)) }
        return Reply(.object(answer))
    }
}
