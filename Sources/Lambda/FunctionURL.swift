import JSON
import Kernel

/// An address at which a function, or one of its aliases, answers plain HTTP requests.
/// https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html
package struct FunctionURL: Sendable, Equatable {
    package enum Authentication: String, Sendable, CaseIterable {
        case none = "NONE"
        case iam = "AWS_IAM"
    }

    enum InvokeMode: String, Sendable, CaseIterable {
        case buffered = "BUFFERED"
        case stream = "RESPONSE_STREAM"
    }

    /// The first label of its host name.
    package var id: String
    var function: LambdaService.FunctionKey
    /// The alias; empty where it is the function itself.
    var alias: String
    package var authentication: Authentication
    /// `nil` where nobody has said it: then it is buffered, and answers don't tell.
    var mode: InvokeMode?
    var cors: CORS?
    var created: Timestamp
    var modified: Timestamp

    package var scope: Scope { function.scope }

    var functionARN: String { ARN("lambda", "function:\(function.name)" + (alias.isEmpty ? "" : ":\(alias)"), in: scope).description }

    /// The host's name at AWS.
    var domainName: String { "\(id).lambda-url.\(scope.region).on.aws" }

    /// Where the client that asks finds it: by a host name where it uses one of those that lead here, else by a path of the address that it uses,
    /// as not every resolver knows names below `localhost`.
    func address(for call: Call) -> String {
        let name = call.host.prefix { $0 != ":" }.lowercased()
        let port = call.host.dropFirst(name.utf8.count)
        if name.hasSuffix("localhost.localstack.cloud") {
            return "\(call.isSecure ? "https" : "http")://\(id).lambda-url.\(scope.region).localhost.localstack.cloud\(port)/"
        }
        if name.hasSuffix(".amazonaws.com") || name.hasSuffix(".on.aws") { return "https://\(domainName)/" }
        return "\(call.baseURL)/_apus/lambda-url/\(id)/"
    }

    /// AWS's `FunctionUrlConfig`.
    /// - Parameter isNew: what makes one doesn't say when it was changed.
    func configuration(for call: Call, isNew: Bool = false) -> Members {
        var members: Members = ["FunctionUrl": .string(address(for: call)), "FunctionArn": .string(functionARN), "AuthType": .string(authentication.rawValue)]
        if let cors { members.append("Cors", cors.document) }
        members.append("CreationTime", .string(created.iso8601Microseconds))
        if !isNew { members.append("LastModifiedTime", .string(modified.iso8601Microseconds)) }
        if let mode { members.append("InvokeMode", .string(mode.rawValue)) }
        return members
    }
}

/// What browsers are told about requests from pages of other origins.
package struct CORS: Sendable, Equatable {
    var allowsCredentials: Bool?
    var headers: [String]?
    var methods: [String]?
    var origins: [String]?
    var exposedHeaders: [String]?
    /// Seconds.
    var maximumAge: Int?

    var document: Document {
        func list(_ texts: [String]?) -> Document? { texts.map { .array($0.map { .string($0) }) } }
        var members = Members()
        members["AllowCredentials"] = allowsCredentials.map { .bool($0) }
        members["AllowHeaders"] = list(headers)
        members["AllowMethods"] = list(methods)
        members["AllowOrigins"] = list(origins)
        members["ExposeHeaders"] = list(exposedHeaders)
        members["MaxAge"] = maximumAge.map { .int($0) }
        return .object(members)
    }

    init?(document: Document?) {
        guard case .object(let members)? = document else { return nil }
        func list(_ name: String) -> [String]? { members[name]?.array?.compactMap(\.string) }
        allowsCredentials = members["AllowCredentials"]?.bool
        headers = list("AllowHeaders")
        methods = list("AllowMethods")
        origins = list("AllowOrigins")
        exposedHeaders = list("ExposeHeaders")
        maximumAge = members["MaxAge"]?.int
    }

    init(_ fields: inout Fields) throws(AWSError) {
        allowsCredentials = try fields.bool("AllowCredentials")
        headers = try Self.list(&fields, "AllowHeaders", most: 100, lengths: 0...1024)
        methods = try Self.list(&fields, "AllowMethods", most: 6, lengths: 0...6)
        origins = try Self.list(&fields, "AllowOrigins", most: 100, lengths: 1...253)
        exposedHeaders = try Self.list(&fields, "ExposeHeaders", most: 100, lengths: 0...1024)
        maximumAge = try fields.int("MaxAge", .range(min: 0, max: 86_400))
    }

    private static func list(_ fields: inout Fields, _ name: String, most: Int, lengths: ClosedRange<Int>) throws(AWSError) -> [String]? {
        guard let texts = try fields.strings(name, .length(max: most)) else { return nil }
        if !texts.allSatisfy({ lengths.contains($0.unicodeScalars.count) }) {
            fields.violate(
                "[\(texts.joined(separator: ", "))]", name,
                "Member must satisfy constraint: [Member must have length less than or equal to \(lengths.upperBound), Member must have length greater than or "
                    + "equal to \(lengths.lowerBound), Member must satisfy regular expression pattern: .*, Member must not be null]")
        }
        return texts
    }
}

// MARK: The journal's form

extension FunctionURL {
    var entry: [UInt8] { Array("url/\(id)".utf8) }

    var encoded: [UInt8] {
        var members: Members = [
            "id": .string(id), "account": .string(scope.account), "region": .string(scope.region), "function": .string(function.name), "alias": .string(alias),
            "authentication": .string(authentication.rawValue), "created": .int(created.microseconds), "modified": .int(modified.microseconds),
        ]
        members["mode"] = mode.map { .string($0.rawValue) }
        members["cors"] = cors?.document
        return Document.object(members).json()
    }

    init?(encoded: [UInt8]) {
        guard let document = try? Document(json: encoded), let id = document["id"]?.string, let account = document["account"]?.string,
            let region = document["region"]?.string, let name = document["function"]?.string,
            let authentication = document["authentication"]?.string.flatMap({ Authentication(rawValue: $0) }), let created = document["created"]?.int,
            let modified = document["modified"]?.int
        else { return nil }
        self.init(
            id: id, function: LambdaService.FunctionKey(scope: Scope(account: account, region: region), name: name), alias: document["alias"]?.string ?? "",
            authentication: authentication, mode: document["mode"]?.string.flatMap { InvokeMode(rawValue: $0) }, cors: CORS(document: document["cors"]),
            created: Timestamp(microseconds: Int64(created)), modified: Timestamp(microseconds: Int64(modified)))
    }
}

extension Timestamp {
    /// `2022-04-07T18:06:21.391534Z`
    fileprivate var iso8601Microseconds: String { "\(iso8601Seconds).\(CalendarTime.padded(CalendarTime(self).microsecond, 6))Z" }
}
