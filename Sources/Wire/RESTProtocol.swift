import JSON
import Kernel

/// REST with JSON: members in path, query, headers and body.
/// https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html
enum RESTProtocol {
    static func read(_ match: Route.Match, _ request: HTTPRequest, _ body: [UInt8]) throws(AWSError) -> (Endpoint.BoundOperation, Fields) {
        let binding = match.route.binding
        var members = Members()
        if !binding.hasBlobPayload, !body.isEmpty {
            let document: Document
            do throws(JSONError) { document = try Document(json: body) } catch {
                throw .serialization("Could not parse request body into json: \(error.reason) (line \(error.line), column \(error.column))")
            }
            switch document {
            case .object(let object): members = object
            case .null: break
            default: throw .serialization("The request's body must be a JSON object.")
            }
        }
        for label in match.labels { members[label.name] = .string(label.value) }
        if !binding.query.isEmpty { readQuery(request, match.route, into: &members) }
        for (header, member) in binding.headers {
            if let value = request.headers[header] { members[member] = .string(value) }
        }
        return (match.route.operation, Fields(members: members, payload: binding.hasBlobPayload ? body : nil))
    }

    private static func readQuery(_ request: HTTPRequest, _ route: Route, into members: inout Members) {
        let bindings = route.binding.query
        var rest = Members()
        for (name, value) in Form.pairs(Array(request.query.utf8)) {
            guard let member = bindings[name] else {
                // Neither what chose the route nor a presigned signature is a member of anything.
                if !route.requires(name), !name.hasPrefix("X-Amz-") { rest.append(name, .string(value)) }
                continue
            }
            let list = member.hasSuffix("[]")
            let key = list ? String(member.dropLast(2)) : member
            switch members[key] {
            case .array(let values): members[key] = .array(values + [.string(value)])
            case .string(let first)?: members[key] = .array([.string(first), .string(value)])
            default: members[key] = list ? .array([.string(value)]) : .string(value)
            }
        }
        if let member = bindings["*"], !rest.isEmpty { members[member] = .object(rest) }
    }

    static func response(_ reply: Reply, _ binding: HTTPBinding?, _ model: ServiceModel, _ requestID: RequestID) -> HTTPResponse {
        var status = binding?.status ?? 200
        var headers = headers(model, requestID)
        var document = reply.document
        if let binding, case .object(var members) = document {
            if let member = binding.responseStatus, let value = members[member]?.int {
                status = value
                members[member] = nil
            }
            for (member, header) in binding.responseHeaders {
                if let value = members[member]?.headerText { headers.append(header, value) }
                members[member] = nil
            }
            document = .object(members)
        }
        for header in reply.headers { headers.append(header.name, header.value) }
        if reply.events != nil {
            headers.append("Content-Type", EventStream.contentType)
            return HTTPResponse(status: status, headers: headers)
        }
        if !headers.contains("Content-Type") { headers.append("Content-Type", "application/json") }
        return HTTPResponse(status: status, headers: headers, body: reply.payload ?? body(document, status))
    }

    /// An answer without members has no body where its status promises none.
    private static func body(_ document: Document, _ status: Int) -> [UInt8] {
        if status == 202 || status == 204, document.object?.isEmpty ?? true { return [] }
        return document.json()
    }

    static func response(_ error: AWSError, _ model: ServiceModel?, _ requestID: RequestID) -> HTTPResponse {
        var members = error.members
        // A service that spells it otherwise (`Message`) has put it there itself.
        if let message = error.message, members["message"] == nil, members["Message"] == nil { members.append("message", .string(message)) }
        var headers = headers(model, requestID)
        headers.append("x-amzn-ErrorType", error.code)
        headers.append("Content-Type", "application/json")
        // So the service models have it, wherever they have it.
        if let seconds = members["retryAfterSeconds"]?.string {
            headers.append("Retry-After", seconds)
            members["retryAfterSeconds"] = nil
        }
        return HTTPResponse(status: error.status, headers: headers, body: Document.object(members).json())
    }

    private static func headers(_ model: ServiceModel?, _ requestID: RequestID) -> HTTPHeaders {
        var headers = HTTPHeaders()
        headers.append("x-amzn-RequestId", model?.text(of: requestID) ?? requestID.uuid)
        return headers
    }
}

extension Document {
    /// A scalar as a header carries it.
    fileprivate var headerText: String? {
        switch self {
        case .string(let text), .number(let text): text
        case .bool(let value): value ? "true" : "false"
        case .null, .array, .object: nil
        }
    }
}
