import Compression
import Crypto
import JSON
import Kernel

/// An archive that was checked: code that runs, or a layer.
struct DeploymentPackage {
    var bytes: [UInt8]
    /// Bytes of what is in it.
    var unzippedSize: Int
    /// Base64.
    var sha256: String { Base64.encode(SHA256.hash(bytes)) }

    /// Bytes of an archive in a request, of an archive in S3, and of what may be in either.
    /// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    static let zippedLimit = 50 << 20, unzippedLimit = 250 << 20

    static let architectures = ["x86_64", "arm64"]

    /// Throws where the bytes are no archive of files that AWS would unpack.
    init(_ bytes: [UInt8]) throws(AWSError) {
        guard !bytes.isEmpty else { throw Self.empty }
        let archive: ZipArchive
        do throws(ZipArchive.Failure) {
            archive = try ZipArchive(bytes, limit: Self.unzippedLimit)
        } catch {
            if case .tooLarge = error { throw .invalidParameter("Unzipped size must be smaller than \(Self.unzippedLimit) bytes") }
            throw .invalidParameter("Could not unzip uploaded file. Please check your file, then try to upload again.")
        }
        guard !archive.entries.isEmpty else { throw Self.empty }
        self.bytes = bytes
        unzippedSize = archive.entries.reduce(0) { $0 + $1.size }
    }

    private static let empty = AWSError.invalidParameter("Uploaded file must be a non-empty zip")

    /// An architecture that a request names, checked.
    static func architecture(_ fields: inout Fields) throws(AWSError) -> String? {
        guard let names = try fields.strings("Architectures", .length(min: 1, max: 1)) else { return nil }
        if !names.allSatisfy(architectures.contains) {
            fields.violate(
                "[\(names.joined(separator: ", "))]", "Architectures",
                "Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]")
        }
        return names.first
    }
}

/// Where a request says that an archive or an image is.
/// https://docs.aws.amazon.com/lambda/latest/api/API_FunctionCode.html
struct CodeSource {
    var zip: [UInt8]?
    var bucket: String?
    var key: String?
    var objectVersion: String?
    var imageURI: String?
    var keyARN: String?

    init(_ fields: inout Fields) throws(AWSError) {
        if let text = try fields.string("ZipFile") {
            guard let bytes = try? Base64.decode(text) else { throw .serialization("Invalid length for a base64-encoded blob") }
            zip = bytes
        }
        bucket = try fields.string("S3Bucket", .length(min: 3, max: 63), .pattern("[0-9A-Za-z\\.\\-_]*(?<!\\.)") { text in
            text.utf8.last != UInt8(ascii: ".") && text.utf8.allSatisfy { ($0 | 0x20) &- 97 < 26 || $0 &- 48 < 10 || ".-_".utf8.contains($0) }
        })
        key = try fields.string("S3Key", .length(min: 1, max: 1024))
        objectVersion = try fields.string("S3ObjectVersion", .length(min: 1, max: 1024))
        imageURI = try fields.string("ImageUri")
        keyARN = try fields.string("SourceKMSKeyArn")
    }

    /// The archive, checked: from the request, or from S3.
    /// - Parameters:
    ///   - operation: for messages.
    ///   - what: what is missing where there is none: `function code`, `layer content`.
    @CloudActor
    func package(_ lambda: LambdaService, _ call: Call, for operation: String, of what: String = "function code") throws(AWSError) -> DeploymentPackage {
        if let zip {
            guard bucket == nil, key == nil, objectVersion == nil, imageURI == nil else {
                throw .invalidParameter("Please do not provide other FunctionCode parameters when providing a ZipFile.")
            }
            guard zip.count <= DeploymentPackage.zippedLimit else {
                throw .lambda("RequestEntityTooLargeException", "Zipped size must be smaller than \(DeploymentPackage.zippedLimit) bytes", status: 413)
            }
            return try DeploymentPackage(zip)
        }
        guard let bucket, let key else { throw .invalidParameter("Please provide a source for \(what).") }
        guard let storage = lambda.environment.endpoints["s3"] else { throw .notImplemented("S3, where Lambda \(operation) is to find its \(what),") }
        var input: Members = ["Bucket": .string(bucket), "Key": .string(key)]
        if let objectVersion { input.append("VersionId", .string(objectVersion)) }
        let reply: Reply
        do throws(AWSError) {
            reply = try storage.callNow("GetObject", .object(input), call)
        } catch {
            throw .invalidParameter("Error occurred while GetObject. S3 Error Code: \(error.code). S3 Error Message: \(error.message ?? "")")
        }
        return try DeploymentPackage(reply.payload ?? [])
    }
}

extension FunctionVersion {
    /// Takes other code.
    mutating func take(_ package: DeploymentPackage) {
        codeSize = package.bytes.count
        codeSHA256 = package.sha256
        settings.unzippedSize = package.unzippedSize
    }

    /// Takes another image. There is none to look into: what its digest would be follows from its name.
    mutating func take(imageURI: String) {
        settings.imageURI = imageURI
        codeSize = 0
        codeSHA256 = imageURI.firstRange(of: "@sha256:").map { String(imageURI[$0.upperBound...]) } ?? Hexadecimal.encode(SHA256.hash(Array(imageURI.utf8)))
    }

    /// The image by its digest.
    var resolvedImageURI: String? {
        guard let uri = settings.imageURI else { return nil }
        let bare = uri.split(separator: "@", maxSplits: 1).first ?? ""
        // A colon behind the last slash begins a tag; before it, a port.
        let slash = bare.lastIndex(of: "/") ?? bare.startIndex
        let repository = bare[slash...].lastIndex(of: ":").map { bare[..<$0] } ?? bare
        return "\(repository)@sha256:\(codeSHA256)"
    }

    /// Of the runtime that AWS would run: there is one version of each here.
    static func runtimeVersionARN(_ runtime: String, in scope: Scope) -> String {
        "arn:\(Partition(region: scope.region).rawValue):lambda:\(scope.region)::runtime:\(Hexadecimal.encode(SHA256.hash(Array(runtime.utf8))))"
    }

    @CloudActor
    mutating func touch(_ lambda: LambdaService, _ now: Timestamp) {
        revisionID = lambda.environment.random.uuid()
        lastModified = now
        deployment &+= 1
        status = lambda.updated(now)
    }
}
