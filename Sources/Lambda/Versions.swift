import Crypto
import JSON
import Kernel

@CloudActor let versionOperations: [OperationEntry<LambdaService>] = [
    OperationEntry(PublishVersion.self, http: HTTPBinding("POST", "/2015-03-31/functions/{FunctionName}/versions", status: 201)),
    OperationEntry(
        ListVersionsByFunction.self,
        http: HTTPBinding("GET", "/2015-03-31/functions/{FunctionName}/versions", query: ["Marker": "Marker", "MaxItems": "MaxItems"])),
]

/// https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html
enum PublishVersion: Operation {
    struct Input {
        var name: String
        var codeSHA256: String?
        var description: String?
        var revisionID: String?
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let input = Input(
            name: try fields.requiredString("FunctionName", .length(min: 1, max: 140), FunctionReference.constraint),
            codeSHA256: try fields.string("CodeSha256"), description: try fields.string("Description", .length(max: 256)),
            revisionID: try fields.string("RevisionId"))
        try fields.refuse("PublishVersion", "PublishTo")
        return input
    }

    static func run(_ input: Input, on lambda: LambdaService, _ call: Call) throws(AWSError) -> FunctionVersion {
        var function = try lambda.target(input.name, call).function
        try function.latest.check(input.revisionID)
        try lambda.checkSettled(function.latest)
        if let expected = input.codeSHA256, !expected.isEmpty, expected != function.latest.codeSHA256 {
            throw .invalidParameter(
                "CodeSHA256 (\(expected)) is different from current CodeSHA256 in $LATEST (\(function.latest.codeSHA256)). "
                    + "Please try again with the CodeSHA256 in $LATEST.")
        }
        return lambda.publish(&function, description: input.description, status: .active)
    }

    static func write(_ version: FunctionVersion) -> Reply { Reply(.object(version.configuration())) }
}

extension LambdaService {
    /// Publishes `$LATEST` as it is, unless the last version is the same already.
    /// - Parameter status: what the version is when it is a new one.
    /// - Returns: the version that has what `$LATEST` has.
    func publish(_ function: inout Function, description: String? = nil, status: FunctionStatus) -> FunctionVersion {
        let fingerprint = function.latest.fingerprint
        if function.publishedFingerprint == fingerprint, let last = function.version(String(function.lastVersion)) { return last }
        function.lastVersion += 1
        function.publishedFingerprint = fingerprint
        var version = function.latest
        version.version = String(function.lastVersion)
        version.revisionID = environment.random.uuid()
        version.description = description ?? version.description
        version.status = status
        function.versions.append(version)
        function.latest.revisionID = environment.random.uuid()
        keep(version, of: function)
        return version
    }
}

extension FunctionVersion {
    /// Tells configurations and code apart, whatever they are called.
    var fingerprint: String {
        var bare = self
        bare.version = ""
        bare.revisionID = ""
        bare.lastModified = Timestamp(microseconds: 0)
        bare.deployment = 0
        bare.status = .active
        return Base64.encode(SHA256.hash(bare.encoded))
    }
}

/// https://docs.aws.amazon.com/lambda/latest/api/API_ListVersionsByFunction.html
enum ListVersionsByFunction: Operation {
    struct Input {
        var name: String
        var marker: String?
        var maxItems: Int?
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        Input(
            name: try fields.requiredString("FunctionName", .length(min: 1, max: 256), FunctionReference.constraint), marker: try fields.string("Marker"),
            maxItems: try fields.int("MaxItems", .range(min: 1, max: 10_000)))
    }

    static func run(_ input: Input, on lambda: LambdaService, _ call: Call) throws(AWSError) -> (versions: [FunctionVersion], next: String?) {
        let function = try lambda.target(input.name, call).function
        let (page, next) = try Page.take([function.latest] + function.versions, after: input.marker, limit: min(input.maxItems ?? 50, 50), name: \.orderedVersion)
        return (page, next)
    }

    static func write(_ output: (versions: [FunctionVersion], next: String?)) -> Reply {
        var answer: Members = ["Versions": .array(output.versions.map { .object($0.configuration(qualifier: $0.version, isListed: true)) })]
        if let next = output.next { answer.append("NextMarker", .string(next)) }
        return Reply(.object(answer))
    }
}

extension FunctionVersion {
    /// The version as text that is ordered as the versions are: `$LATEST` first.
    var orderedVersion: String { isLatest ? version : String(repeating: "0", count: max(0, 20 - version.utf8.count)) + version }
}
