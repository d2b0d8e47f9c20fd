import Crypto
import JSON
import Kernel

/// A layer: archives that functions find unpacked beside their code, one a version.
/// https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html
struct Layer: Sendable, Equatable {
    let key: LambdaService.FunctionKey
    /// Oldest first; with deleted ones that functions still use.
    var versions: [LayerVersion] = []
    /// The number of the last version: numbers aren't used again.
    var lastVersion = 0

    var arn: String { Self.arn(key.name, in: key.scope) }

    init(_ key: LambdaService.FunctionKey) { self.key = key }

    static func arn(_ name: String, in scope: Scope) -> String { ARN("lambda", "layer:\(name)", in: scope).description }

    /// What wasn't deleted, newest first.
    var present: [LayerVersion] { versions.filter { !$0.isDeleted }.reversed() }

    subscript(number: Int) -> LayerVersion? { versions.first { $0.number == number } }

    mutating func keep(_ version: LayerVersion) {
        if let index = versions.firstIndex(where: { $0.number == version.number }) {
            versions[index] = version
        } else {
            versions.insert(version, at: versions.firstIndex { $0.number > version.number } ?? versions.endIndex)
        }
    }
}

struct LayerVersion: Sendable, Equatable {
    var number: Int
    var description = ""
    var license: String?
    /// `nil` where it was made without; then answers have none.
    var runtimes: [String]?
    var architectures: [String]?
    var created: Timestamp
    /// Base64.
    var codeSHA256: String
    var codeSize: Int
    /// Bytes of what is in the archive.
    var unzippedSize: Int
    var policy: [PolicyStatement] = []
    var policyRevisionID = ""
    /// No longer shown; functions that have it keep it.
    var isDeleted = false

    // MARK: The journal's form

    var encoded: [UInt8] {
        var members: Members = [
            "number": .int(number), "description": .string(description), "created": .int(created.microseconds), "codeSHA256": .string(codeSHA256),
            "codeSize": .int(codeSize), "unzippedSize": .int(unzippedSize), "policy": .array(policy.map(\.document)),
            "policyRevisionID": .string(policyRevisionID), "isDeleted": .bool(isDeleted),
        ]
        members["license"] = license.map { .string($0) }
        members["runtimes"] = runtimes.map { .array($0.map { .string($0) }) }
        members["architectures"] = architectures.map { .array($0.map { .string($0) }) }
        return Document.object(members).json()
    }

    init(number: Int, created: Timestamp, _ package: DeploymentPackage) {
        self.number = number
        self.created = created
        codeSHA256 = package.sha256
        codeSize = package.bytes.count
        unzippedSize = package.unzippedSize
    }

    init?(encoded: [UInt8]) {
        guard let document = try? Document(json: encoded), let number = document["number"]?.int, let created = document["created"]?.int,
            let codeSHA256 = document["codeSHA256"]?.string
        else { return nil }
        self.number = number
        self.created = Timestamp(microseconds: Int64(created))
        self.codeSHA256 = codeSHA256
        description = document["description"]?.string ?? ""
        license = document["license"]?.string
        runtimes = document["runtimes"]?.array?.compactMap(\.string)
        architectures = document["architectures"]?.array?.compactMap(\.string)
        codeSize = document["codeSize"]?.int ?? 0
        unzippedSize = document["unzippedSize"]?.int ?? 0
        policy = (document["policy"]?.array ?? []).compactMap { PolicyStatement(document: $0) }
        policyRevisionID = document["policyRevisionID"]?.string ?? ""
        isDeleted = document["isDeleted"] == .bool(true)
    }
}

extension LayerReference {
    /// The parts of a layer version's ARN; `nil` where a text is none.
    static func names(_ text: String) -> (key: LambdaService.FunctionKey, number: Int)? {
        guard let arn = ARN(text), arn.service == "lambda", arn.account.utf8.count == 12, FunctionReference.isNumber(arn.account) else { return nil }
        let parts = arn.resource.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "layer", isName(parts[1]), FunctionReference.isNumber(String(parts[2])), let number = Int(parts[2]) else { return nil }
        return (LambdaService.FunctionKey(scope: arn.scope, name: String(parts[1])), number)
    }

    static func isName(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { ($0 | 0x20) &- 97 < 26 || $0 &- 48 < 10 || "-_".utf8.contains($0) }
    }
}

// MARK: Of functions

extension LambdaService {
    /// The most layers that a function may have.
    /// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    static let layerLimit = 5

    /// The layers that a function is to have, found and checked.
    func layers(_ arns: [String], of version: FunctionVersion) throws(AWSError) -> [LayerReference] {
        guard arns.count <= Self.layerLimit else { throw .invalidParameter("Cannot reference more than \(Self.layerLimit) layers.") }
        var references: [LayerReference] = []
        var seen: [FunctionKey: String] = [:]
        for arn in arns {
            guard let (key, number) = LayerReference.names(arn) else { throw Self.noLayer(arn) }
            guard key.scope.region == version.scope.region else {
                throw .invalidParameter("Layers are not in the same region as the function. Layers are expected to be in region \(version.scope.region).")
            }
            // What a function has already it keeps, also where it was deleted.
            let isHeld = version.settings.layers.contains { $0.arn == arn }
            guard let layer = state.layers[key]?[number], !layer.isDeleted || isHeld else { throw Self.noLayer(arn) }
            if let other = seen.updateValue(arn, forKey: key) {
                throw .invalidParameter(
                    "Two different versions of the same layer are not allowed to be referenced in the same function. \(other) and \(arn) are versions of the same layer.")
            }
            references.append(LayerReference(arn: arn, codeSize: layer.codeSize))
        }
        var whole = version
        whole.settings.layers = references
        try checkSize(of: whole)
        return references
    }

    private static func noLayer(_ arn: String) -> AWSError { .invalidParameter("Layer version \(arn) does not exist.") }

    /// Throws where code and layers are more than AWS unpacks.
    func checkSize(of version: FunctionVersion) throws(AWSError) {
        let layers = version.settings.layers.compactMap { LayerReference.names($0.arn) }.compactMap { state.layers[$0.key]?[$0.number]?.unzippedSize }
        let size = layers.reduce(version.settings.unzippedSize, +)
        guard size <= DeploymentPackage.unzippedLimit else {
            throw .invalidParameter(
                "Function code combined with layers exceeds the maximum allowed size of \(DeploymentPackage.unzippedLimit) bytes. The actual size is \(size) bytes.")
        }
    }

    /// The archives of layers, in their order.
    func contents(of layers: [LayerReference]) throws(AWSError) -> [(sha256: String, bytes: [UInt8])] {
        var contents: [(sha256: String, bytes: [UInt8])] = []
        for layer in layers {
            guard let (key, number) = LayerReference.names(layer.arn), let version = state.layers[key]?[number],
                let bytes = state.layerContents[LayerVersionKey(layer: key, number: number)]
            else { throw .lambda("ServiceException", "The layer \(layer.arn) is gone.", status: 500) }
            contents.append((version.codeSHA256, bytes))
        }
        return contents
    }
}

// MARK: Keeping

extension LambdaService {
    package struct LayerVersionKey: Hashable, Sendable {
        var layer: FunctionKey
        var number: Int
    }

    /// Keeps a version that is new or has changed.
    func keep(_ version: LayerVersion, of layer: Layer, content: [UInt8]? = nil) {
        var layer = layer
        layer.keep(version)
        keep(layer)
        environment.journal.put(name, Self.entry("layerversion", layer.key, version.number), version.encoded)
        guard let content else { return }
        state.layerContents[LayerVersionKey(layer: layer.key, number: version.number)] = content
        environment.journal.put(name, Self.entry("layercontent", layer.key, version.number), content)
    }

    private func keep(_ layer: Layer) {
        state.layers[layer.key] = layer
        environment.journal.put(name, Self.entry("layer", layer.key), Array(String(layer.lastVersion).utf8))
    }

    /// Deletes a version. Where functions have it, it stays for them.
    func delete(_ version: LayerVersion, of layer: Layer) {
        var version = version
        version.isDeleted = true
        version.policy = []
        keep(version, of: layer)
        dropUnusedLayers()
    }

    /// Removes deleted versions that no function has any more.
    func dropUnusedLayers() {
        let deleted = state.layers.values.filter { $0.versions.contains(where: \.isDeleted) }
        guard !deleted.isEmpty else { return }
        let used = Set(state.functions.values.flatMap { ([$0.latest] + $0.versions).flatMap(\.settings.layers) }.map(\.arn))
        for var layer in deleted {
            for version in layer.versions where version.isDeleted && !used.contains("\(layer.arn):\(version.number)") {
                layer.versions.removeAll { $0.number == version.number }
                state.layerContents[LayerVersionKey(layer: layer.key, number: version.number)] = nil
                environment.journal.delete(name, Self.entry("layerversion", layer.key, version.number))
                environment.journal.delete(name, Self.entry("layercontent", layer.key, version.number))
            }
            state.layers[layer.key] = layer
        }
    }

    private static func entry(_ kind: String, _ key: FunctionKey, _ number: Int? = nil) -> [UInt8] {
        Array("\(kind)/\(key.scope.account)/\(key.scope.region)/\(key.name)\(number.map { "/\($0)" } ?? "")".utf8)
    }

    /// Reads an entry of the store.
    /// - Returns: whether it is one of layers.
    func loadLayer(_ parts: [String], _ value: [UInt8]) -> Bool {
        guard parts.count >= 4, parts[0].hasPrefix("layer") else { return false }
        let key = FunctionKey(scope: Scope(account: parts[1], region: parts[2]), name: parts[3])
        switch (parts[0], parts.count) {
        case ("layer", 4):
            guard let last = Int(String(decoding: value, as: UTF8.self)) else { return false }
            state.layers[key, default: Layer(key)].lastVersion = last
            return true
        case ("layerversion", 5):
            guard let version = LayerVersion(encoded: value) else { return false }
            state.layers[key, default: Layer(key)].keep(version)
            return true
        case ("layercontent", 5):
            guard let number = Int(parts[4]) else { return false }
            state.layerContents[LayerVersionKey(layer: key, number: number)] = value
            return true
        default: return false
        }
    }

    func layerEntries(_ body: ([UInt8], [UInt8]) -> Void) {
        for (key, layer) in state.layers {
            body(Self.entry("layer", key), Array(String(layer.lastVersion).utf8))
            for version in layer.versions { body(Self.entry("layerversion", key, version.number), version.encoded) }
        }
        for (key, bytes) in state.layerContents { body(Self.entry("layercontent", key.layer, key.number), bytes) }
    }
}
