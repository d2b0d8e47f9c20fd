import JSON

/// A list or a map that a service's query protocol lays flat under a name of its own: `Attribute.1.Name=a&Attribute.1.Value=b` in a form, and
/// `<Attribute>` again and again in XML, for the map that JSON calls `Attributes`.
package struct FlatMember: Sendable {
    /// As JSON has it.
    package var member: String
    /// As forms and XML have it. `{}` stands for the operation's name.
    package var element: String
    /// What a map's key and value are called; `nil` for a list.
    package var entry: Entry?
    /// Whether requests have no such member; one of the element's name is something else there.
    package var isOnlyInAnswers = false

    package struct Entry: Sendable {
        package var key: String
        package var value: String
    }

    package static func list(_ member: String, of element: String) -> FlatMember { FlatMember(member: member, element: element) }

    package static func answered(_ member: String, as element: String) -> FlatMember { FlatMember(member: member, element: element, isOnlyInAnswers: true) }

    package static func map(_ member: String, of element: String, _ key: String, _ value: String) -> FlatMember {
        FlatMember(member: member, element: element, entry: Entry(key: key, value: value))
    }

    package func element(of operation: String) -> String {
        element.utf8.first == UInt8(ascii: "{") ? operation + element.dropFirst(2) : element
    }
}

/// How a service speaks: the facts of its service model (`metadata` in botocore) that the wire needs.
package struct ServiceModel: Sendable {
    package enum WireProtocol: Sendable, Hashable { case awsJSON10, awsJSON11, query, restJSON, restXML }

    /// The form of `x-amzn-RequestId`.
    package enum RequestIDForm: Sendable { case uuid, base32 }

    /// The service in ARNs, credential scopes and host names: `dynamodb`.
    package var signingName: String
    /// Where host names begin with something else: `streams.dynamodb`, `email`.
    package var hostPrefixes: [String]
    package var protocols: [WireProtocol]
    /// What stands before the dot in `X-Amz-Target`: `DynamoDB_20120810`.
    package var targetPrefix: String?
    /// `2012-08-10`
    package var apiVersion: String
    package var xmlNamespace: String?
    /// What stands before `#` in the `__type` of the service's own errors: `com.amazonaws.dynamodb.v20120810`.
    package var errorNamespace: String?
    /// The most bytes that a request's body may have.
    package var bodyLimit: Int
    package var requestIDForm: RequestIDForm
    /// Whether answers carry `x-amz-crc32`.
    package var sendsChecksum: Bool
    /// Members of XML answers that are maps: they are written as `entry` elements with `key` and `value`.
    package var xmlMaps: Set<String>
    /// What the query protocol lays flat.
    package var flatMembers: [FlatMember] = []
    /// The members that answers of the query protocol have in JSON even where they have no value, by operation, or by the member of the structures
    /// that have them: `null` then.
    package var nullableMembers: [String: [String]] = [:]
    /// Members of those answers that are called something else there.
    package var queryJSONNames: [String: String] = [:]
    /// Operations whose answers in XML have no element for a result.
    package var operationsWithoutResult: Set<String> = []
    /// The words of errors that the query protocol says otherwise, by code.
    package var queryErrorMessages: [String: String] = [:]
    /// Whether errors in XML have an element `Detail`, which is empty.
    package var hasErrorDetail = false
    /// The member that the address of a request of the query protocol gives, where the request itself doesn't: a queue's URL.
    package var addressMember: String?
    /// Operations of the query protocol that anybody may call: links in messages lead to them.
    package var unsignedOperations: Set<String> = []
    /// A JSON service that used to speak the query protocol: the codes that its errors had there. `nil` where it sends no `x-amzn-query-error`.
    package var queryErrorCodes: [String: String]?

    package init(
        signingName: String, hostPrefixes: [String]? = nil, protocols: [WireProtocol], targetPrefix: String? = nil, apiVersion: String,
        xmlNamespace: String? = nil, errorNamespace: String? = nil, bodyLimit: Int = 16 << 20, requestIDForm: RequestIDForm = .uuid, sendsChecksum: Bool = false,
        xmlMaps: Set<String> = [], queryErrorCodes: [String: String]? = nil
    ) {
        self.signingName = signingName
        self.hostPrefixes = hostPrefixes ?? [signingName]
        self.protocols = protocols
        self.targetPrefix = targetPrefix
        self.apiVersion = apiVersion
        self.xmlNamespace = xmlNamespace
        self.errorNamespace = errorNamespace
        self.bodyLimit = bodyLimit
        self.requestIDForm = requestIDForm
        self.sendsChecksum = sendsChecksum
        self.xmlMaps = xmlMaps
        self.queryErrorCodes = queryErrorCodes
    }
}

/// A service and its operations: the only door to it. HTTP, other services and tests all call through it, and none of them
/// knows what is behind.
@CloudActor
package final class Endpoint {
    /// An operation bound to its service.
    package struct BoundOperation {
        package enum Body {
            case immediate(@CloudActor (inout Fields, Call) throws(AWSError) -> Reply)
            case waiting(@CloudActor (inout Fields, Call) async throws(AWSError) -> Reply)
        }

        package let name: String
        package let http: HTTPBinding?
        package let body: Body
    }

    /// The name by which other services ask ``Environment`` for it: `dynamodb`, `dynamodbstreams`, `lambda`, as botocore names it.
    package nonisolated let name: String
    package nonisolated let model: ServiceModel
    package private(set) var operations: [String: BoundOperation] = [:]
    /// Operations that AWS has and Apus doesn't yet.
    package let unimplemented: Set<String>
    /// Those of them whose place in HTTP is known, each refusing by name: a REST client names an operation by its place alone.
    package let refusals: [BoundOperation]

    package init<Service>(
        _ name: String, _ model: ServiceModel, service: Service, operations list: [OperationEntry<Service>], unimplemented: [String] = [],
        unimplementedPlaces: [(name: String, http: HTTPBinding)] = []
    ) {
        self.name = name
        self.model = model
        self.unimplemented = Set(unimplemented)
        refusals = unimplementedPlaces.map { place in
            BoundOperation(name: place.name, http: place.http, body: .immediate { (_, _) throws(AWSError) in throw .notImplemented("\(name) \(place.name)") })
        }
        for entry in list {
            let body: BoundOperation.Body
            switch entry.body {
            case .immediate(let run):
                body = .immediate { (fields, call) throws(AWSError) in try run(&fields, service, call) }
            case .waiting(let run):
                body = .waiting { (fields, call) async throws(AWSError) in try await run(&fields, service, call) }
            }
            operations[entry.name] = BoundOperation(name: entry.name, http: entry.http, body: body)
        }
    }

    /// The operation of that name, or the loud error: unknown to AWS, or not implemented by Apus.
    package func operation(_ name: String) throws(AWSError) -> BoundOperation {
        if let operation = operations[name] { return operation }
        if unimplemented.contains(name) { throw .notImplemented("\(self.name) \(name)") }
        throw .unknownOperation(name)
    }

    /// Calls an operation as a client would.
    package func call(_ name: String, _ input: Document, payload: [UInt8]? = nil, _ call: Call) async throws(AWSError) -> Reply {
        var fields = try Fields(input, payload: payload)
        switch try operation(name).body {
        case .immediate(let run): return try run(&fields, call)
        case .waiting(let run): return try await run(&fields, call)
        }
    }

    /// Calls an operation that doesn't wait, in the same step and so in the same commit as the caller's own changes.
    package func callNow(_ name: String, _ input: Document, payload: [UInt8]? = nil, _ call: Call) throws(AWSError) -> Reply {
        guard case .immediate(let run) = try operation(name).body else {
            throw AWSError("InternalFailure", "\(name) waits: it can't be part of another operation's commit.", status: 500)
        }
        var fields = try Fields(input, payload: payload)
        return try run(&fields, call)
    }
}
