import JSON
import Kernel

@CloudActor let layerOperations: [OperationEntry<LambdaService>] = [
    OperationEntry(PublishLayerVersion.self, http: HTTPBinding("POST", "/2018-10-31/layers/{LayerName}/versions", status: 201)),
    OperationEntry(GetLayerVersion.self, http: HTTPBinding("GET", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}")),
    OperationEntry(GetLayerVersionByArn.self, http: HTTPBinding("GET", "/2018-10-31/layers?find=LayerVersion", query: ["Arn": "Arn"])),
    OperationEntry(ListLayers.self, http: HTTPBinding("GET", "/2018-10-31/layers", query: LayerFilter.query)),
    OperationEntry(ListLayerVersions.self, http: HTTPBinding("GET", "/2018-10-31/layers/{LayerName}/versions", query: LayerFilter.query)),
    OperationEntry(DeleteLayerVersion.self, http: HTTPBinding("DELETE", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}", status: 204)),
    OperationEntry(AddLayerVersionPermission.self, http: HTTPBinding("POST", policyURI, query: ["RevisionId": "RevisionId"], status: 201)),
    OperationEntry(
        RemoveLayerVersionPermission.self, http: HTTPBinding("DELETE", policyURI + "/{StatementId}", query: ["RevisionId": "RevisionId"], status: 204)),
    OperationEntry(GetLayerVersionPolicy.self, http: HTTPBinding("GET", policyURI)),
]

private let policyURI = "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy"

/// A layer by its name or its ARN.
struct LayerName {
    var text: String

    init(_ fields: inout Fields) throws(AWSError) {
        text = try fields.requiredString(
            "LayerName", .length(min: 1, max: 140), .pattern("(arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\\d{12}:layer:[a-zA-Z0-9-_]+)|[a-zA-Z0-9-_]+") { text in
                LayerReference.isName(text) || LayerReference.names(text + ":1") != nil
            })
    }

    func key(_ call: Call) -> LambdaService.FunctionKey {
        LayerReference.names(text + ":1")?.key ?? LambdaService.FunctionKey(scope: call.scope, name: text)
    }
}

/// One version of a layer.
struct LayerSelection {
    var layer: LayerName
    var number: Int

    init(_ fields: inout Fields) throws(AWSError) {
        layer = try LayerName(&fields)
        // From the path.
        switch fields["VersionNumber"] {
        case .string(let text): number = Int(text) ?? 0
        default: number = try fields.requiredInt("VersionNumber")
        }
    }

    /// - Parameter missing: the error where there is none.
    @CloudActor
    func find(in lambda: LambdaService, _ call: Call, missing: (String) -> AWSError) throws(AWSError) -> (layer: Layer, version: LayerVersion) {
        guard number >= 1 else { throw .invalidParameter("Layer Version Cannot be less than 1") }
        let key = layer.key(call)
        guard let layer = lambda.state.layers[key], let version = layer[number], !version.isDeleted else {
            throw missing("\(Layer.arn(key.name, in: key.scope)):\(number)")
        }
        return (layer, version)
    }

    static let absent = AWSError.notFound("The resource you requested does not exist.")
}

extension LayerVersion {
    /// AWS's `LayerVersionsListItem`.
    func item(of layer: Layer) -> Members {
        var members: Members = [
            "LayerVersionArn": .string("\(layer.arn):\(number)"), "Version": .int(number), "Description": .string(description),
            "CreatedDate": .string(created.iso8601Milliseconds.dropLast() + "+0000"),
        ]
        members["CompatibleRuntimes"] = runtimes.map { .array($0.map { .string($0) }) }
        members["LicenseInfo"] = license.map { .string($0) }
        members["CompatibleArchitectures"] = architectures.map { .array($0.map { .string($0) }) }
        return members
    }

    /// The answer that describes it whole.
    func configuration(of layer: Layer, _ call: Call) -> Members {
        let content: Document = [
            "Location": .string("\(call.baseURL)/_apus/lambda/packages/\(layer.arn):\(number)"), "CodeSha256": .string(codeSHA256), "CodeSize": .int(codeSize),
        ]
        var members: Members = ["Content": content, "LayerArn": .string(layer.arn)]
        for member in item(of: layer) { members.append(member.name, member.value) }
        return members
    }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_PublishLayerVersion.html
enum PublishLayerVersion: Operation {
    struct Input {
        var layer: LayerName
        var description: String?
        var content: CodeSource?
        var runtimes: [String]?
        var license: String?
        var architectures: [String]?
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let layer = try LayerName(&fields)
        if fields["Content"] == nil { fields.missing("Content") }
        let description = try fields.string("Description", .length(max: 256))
        let content = try fields.structure("Content") { (inner) throws(AWSError) in try CodeSource(&inner) }
        let runtimes = try fields.strings("CompatibleRuntimes", .length(max: 15))
        if let runtimes, !runtimes.allSatisfy(FunctionSettings.runtimes.contains) {
            fields.violate(
                "[\(runtimes.joined(separator: ", "))]", "CompatibleRuntimes",
                "Member must satisfy enum value set: [\(FunctionSettings.runtimes.joined(separator: ", "))]")
        }
        let architectures = try fields.strings("CompatibleArchitectures", .length(max: 2))
        if let architectures, !architectures.allSatisfy(DeploymentPackage.architectures.contains) {
            fields.violate(
                "[\(architectures.joined(separator: ", "))]", "CompatibleArchitectures",
                "Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64]]")
        }
        return Input(
            layer: layer, description: description, content: content, runtimes: runtimes, license: try fields.string("LicenseInfo", .length(max: 512)),
            architectures: architectures)
    }

    static func run(_ input: Input, on lambda: LambdaService, _ call: Call) throws(AWSError) -> Members {
        let key = input.layer.key(call)
        guard let content = input.content else { throw .invalidParameter("Please provide a source for layer content.") }
        let package = try content.package(lambda, call, for: "PublishLayerVersion", of: "layer content")
        var layer = lambda.state.layers[key] ?? Layer(key)
        layer.lastVersion += 1
        var version = LayerVersion(number: layer.lastVersion, created: call.now, package)
        version.description = input.description ?? ""
        version.license = input.license
        version.runtimes = input.runtimes
        version.architectures = input.architectures
        lambda.keep(version, of: layer, content: package.bytes)
        return version.configuration(of: layer, call)
    }

    static func write(_ output: Members) -> Reply { Reply(.object(output)) }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersion.html
enum GetLayerVersion: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> LayerSelection { try LayerSelection(&fields) }

    static func run(_ input: LayerSelection, on lambda: LambdaService, _ call: Call) throws(AWSError) -> Members {
        let (layer, version) = try input.find(in: lambda, call) { _ in LayerSelection.absent }
        return version.configuration(of: layer, call)
    }

    static func write(_ output: Members) -> Reply { Reply(.object(output)) }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersionByArn.html
enum GetLayerVersionByArn: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> String {
        try fields.requiredString(
            "Arn", .length(min: 1, max: 140), .pattern("arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+") { LayerReference.names($0) != nil })
    }

    static func run(_ arn: String, on lambda: LambdaService, _ call: Call) throws(AWSError) -> Members {
        guard let (key, number) = LayerReference.names(arn), let layer = lambda.state.layers[key], let version = layer[number], !version.isDeleted else {
            throw LayerSelection.absent
        }
        return version.configuration(of: layer, call)
    }

    static func write(_ output: Members) -> Reply { Reply(.object(output)) }
}

/// Which layers are listed, and from where on.
struct LayerFilter {
    var runtime: String?
    var architecture: String?
    var marker: String?
    var maxItems: Int?

    static let query = [
        "CompatibleRuntime": "CompatibleRuntime", "CompatibleArchitecture": "CompatibleArchitecture", "Marker": "Marker", "MaxItems": "MaxItems",
    ]

    init(_ fields: inout Fields) throws(AWSError) {
        runtime = try fields.string("CompatibleRuntime", .oneOf(FunctionSettings.runtimes))
        architecture = try fields.string("CompatibleArchitecture", .oneOf(DeploymentPackage.architectures))
        marker = try fields.string("Marker")
        maxItems = try fields.int("MaxItems", .range(min: 1, max: 50))
    }

    func takes(_ version: LayerVersion) -> Bool {
        runtime.map { version.runtimes?.contains($0) ?? false } ?? true && architecture.map { version.architectures?.contains($0) ?? false } ?? true
    }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_ListLayers.html
enum ListLayers: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> LayerFilter { try LayerFilter(&fields) }

    static func run(_ input: LayerFilter, on lambda: LambdaService, _ call: Call) throws(AWSError) -> (layers: [(Layer, LayerVersion)], next: String?) {
        let layers = lambda.state.layers.values.filter { $0.key.scope == call.scope }.sorted { $0.key.name < $1.key.name }
        let matching = layers.compactMap { layer in layer.present.first(where: input.takes).map { (layer, $0) } }
        let (page, next) = try Page.take(matching, after: input.marker, limit: input.maxItems ?? 50) { $0.0.key.name }
        return (page, next)
    }

    static func write(_ output: (layers: [(Layer, LayerVersion)], next: String?)) -> Reply {
        let layers = output.layers.map { (layer, version) -> Document in
            ["LayerName": .string(layer.key.name), "LayerArn": .string(layer.arn), "LatestMatchingVersion": .object(version.item(of: layer))]
        }
        var answer: Members = ["Layers": .array(layers)]
        if let next = output.next { answer.append("NextMarker", .string(next)) }
        return Reply(.object(answer))
    }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_ListLayerVersions.html
enum ListLayerVersions: Operation {
    struct Input {
        var layer: LayerName
        var filter: LayerFilter
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input { Input(layer: try LayerName(&fields), filter: try LayerFilter(&fields)) }

    static func run(_ input: Input, on lambda: LambdaService, _ call: Call) throws(AWSError) -> (versions: [Members], next: String?) {
        guard let layer = lambda.state.layers[input.layer.key(call)] else { return ([], nil) }
        // Newest first: the marker counts down.
        let versions = layer.present.filter(input.filter.takes)
        let (page, next) = try Page.take(versions, after: input.filter.marker, limit: input.filter.maxItems ?? 50) { version in
            let rest = String(Int.max - version.number)
            return String(repeating: "0", count: max(0, 20 - rest.utf8.count)) + rest
        }
        return (page.map { $0.item(of: layer) }, next)
    }

    static func write(_ output: (versions: [Members], next: String?)) -> Reply {
        var answer: Members = ["LayerVersions": .array(output.versions.map { .object($0) })]
        if let next = output.next { answer.append("NextMarker", .string(next)) }
        return Reply(.object(answer))
    }
}

/// Where there is no such version it is deleted already.
/// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteLayerVersion.html
enum DeleteLayerVersion: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> LayerSelection { try LayerSelection(&fields) }

    static func run(_ input: LayerSelection, on lambda: LambdaService, _ call: Call) throws(AWSError) {
        guard input.number >= 1 else { throw .invalidParameter("Layer Version Cannot be less than 1") }
        guard let layer = lambda.state.layers[input.layer.key(call)], let version = layer[input.number], !version.isDeleted else { return }
        lambda.delete(version, of: layer)
    }

    static func write(_ output: Void) -> Reply { Reply() }
}
