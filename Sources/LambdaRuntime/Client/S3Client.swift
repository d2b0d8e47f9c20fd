import Kernel

/// Objects, by path: `/bucket/key`. https://docs.aws.amazon.com/AmazonS3/latest/API/Welcome.html
public struct S3Client: Sendable {
    let client: AWSClient

    /// What is known of an object.
    public struct Attributes: Sendable, Equatable {
        /// Bytes.
        public var size: Int
        public var contentType: String?
        /// With its quotation marks.
        public var eTag: String?
        public var versionID: String?
        /// As HTTP writes it.
        public var lastModified: String?
        /// What was stored as `x-amz-meta-...`.
        public var metadata: [String: String]
    }

    public struct Object: Sendable, Equatable {
        public var attributes: Attributes
        public var body: [UInt8]
    }

    /// An object, whole.
    public func getObject(_ bucket: String, _ key: String, versionID: String? = nil) async throws(AWSServiceError) -> Object {
        let response = try await client.send(.s3, "GET", Self.path(bucket, key), query: Self.version(versionID))
        return Object(attributes: Self.attributes(response, size: response.body.count), body: response.body)
    }

    /// What is known of an object, without its bytes.
    public func headObject(_ bucket: String, _ key: String, versionID: String? = nil) async throws(AWSServiceError) -> Attributes {
        let response = try await client.send(.s3, "HEAD", Self.path(bucket, key), query: Self.version(versionID))
        return Self.attributes(response, size: response.header("Content-Length").flatMap { Int($0) } ?? 0)
    }

    /// Keeps an object under a key, in place of the one that was there.
    /// - Returns: its ETag and, where the bucket has versions, which one it is.
    @discardableResult
    public func putObject(
        _ bucket: String, _ key: String, _ body: [UInt8], contentType: String? = nil, metadata: [String: String] = [:]
    ) async throws(AWSServiceError) -> (eTag: String?, versionID: String?) {
        var headers: [(name: String, value: String)] = []
        if let contentType { headers.append(("Content-Type", contentType)) }
        for (name, value) in metadata.sorted(by: { $0.key < $1.key }) { headers.append(("x-amz-meta-\(name.lowercased())", value)) }
        let response = try await client.send(.s3, "PUT", Self.path(bucket, key), headers: headers, body: body)
        return (response.header("ETag"), response.header("x-amz-version-id"))
    }

    private static func path(_ bucket: String, _ key: String) -> String { "/\(bucket)/\(ServiceRequest.label(key, keepingSlash: true))" }

    private static func version(_ id: String?) -> [(name: String, value: String)] { id.map { [("versionId", $0)] } ?? [] }

    private static func attributes(_ response: ServiceResponse, size: Int) -> Attributes {
        Attributes(
            size: size, contentType: response.header("Content-Type"), eTag: response.header("ETag"), versionID: response.header("x-amz-version-id"),
            lastModified: response.header("Last-Modified"), metadata: response.headers(beginning: "x-amz-meta-"))
    }
}
