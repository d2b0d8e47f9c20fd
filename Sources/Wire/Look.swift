import JSON
import Kernel

/// Addresses of the cloud's own at which one operation of an endpoint is answered, in whichever of the endpoint's protocols it is asked for, a plain
/// GET included: `/_aws/sqs/messages?QueueUrl=...`, `/_aws/sqs/messages/us-east-1/000000000000/orders`.
extension RequestDispatcher {
    /// Answers a request to such an address.
    /// - Parameter operation: the only one that there is, and what is meant where none is named.
    package func look(_ request: HTTPRequest, at endpoint: Endpoint, as operation: String, respond: @escaping Respond) {
        let call = call(for: request)
        let json = request.headers["X-Amz-Target"].flatMap { $0.split(separator: ".").last.map(String.init) }
        let isForm = request.headers["Content-Type"]?.hasPrefix("application/x-www-form-urlencoded") == true
        let query = "Action=\(operation)&" + request.query
        var form = Form(query: isForm ? [] : Array(query.utf8), body: isForm ? Array(request.query.utf8) + [UInt8(ascii: "&")] + request.body : [])
        form?.address = Self.queue(named: request.rawPath, call)
        do throws(AWSError) {
            guard json ?? form?.action ?? operation == operation else { throw AWSError("InvalidRequest", "This endpoint only accepts \(operation) calls") }
            var reply: (operation: Endpoint.BoundOperation, fields: Fields)
            if json != nil {
                reply = try JSONProtocol.read(operation, request.body, endpoint)
            } else {
                guard let form else { throw .serialization(nil) }
                reply = try QueryProtocol.read(form, endpoint)
            }
            guard case .immediate(let run) = reply.operation.body else { throw .notImplemented(operation) }
            let answer = try run(&reply.fields, call)
            finish(Self.response(.success(answer), json != nil, form, request, endpoint.model, call), respond)
        } catch {
            finish(Self.response(.failure(error), json != nil, form, request, endpoint.model, call), respond)
        }
    }

    /// The address of the queue that the end of a path names by region, account and name.
    private static func queue(named path: Substring, _ call: Call) -> String? {
        let parts = path.split(separator: "/").dropFirst(3)
        return parts.count == 3 ? "\(call.baseURL)/queue/\(parts.joined(separator: "/"))" : nil
    }

    private static func response(
        _ result: Result<Reply, AWSError>, _ isJSON: Bool, _ form: Form?, _ request: HTTPRequest, _ model: ServiceModel, _ call: Call
    ) -> HTTPResponse {
        let id = call.requestID
        if isJSON {
            switch result {
            case .success(let reply): return JSONProtocol.response(reply, model, .v10, id)
            case .failure(let error): return JSONProtocol.response(error, model, .v10, id)
            }
        }
        let wantsJSON = request.headers["Accept"]?.hasPrefix("application/json") == true
        switch result {
        case .success(let reply):
            guard let form else { return QueryProtocol.response(.serialization(nil), model, id) }
            guard wantsJSON else { return QueryProtocol.response(reply, form, model, id) }
            let answer = FlatMembers(model, form.action).converted(reply.document)
            let name = form.action
            return json(200, [
                "\(name)Response": ["\(name)Result": answer, "ResponseMetadata": ["RequestId": .string(model.text(of: id))]],
            ])
        case .failure(let error):
            guard wantsJSON else { return QueryProtocol.response(error, model, id) }
            let code = model.queryErrorCodes?[error.code] ?? error.code
            let inner: Document = ["Type": "Sender", "Code": .string(code), "Message": error.message.map { .string($0) } ?? .null]
            return json(error.status, ["ErrorResponse": ["Error": inner, "RequestId": .string(model.text(of: id))]])
        }
    }

    private static func json(_ status: Int, _ document: Document) -> HTTPResponse {
        HTTPResponse(status: status, headers: HTTPHeaders([("Content-Type", "application/json")]), body: document.json())
    }
}

extension FlatMembers {
    /// An answer as its XML reads when it is turned into JSON: by the names of elements, a list where an element stands more than once.
    fileprivate func converted(_ document: Document) -> Document {
        guard let members = document.object else { return document }
        var result = Members()
        for member in members {
            guard let laid = laid(member.name, member.value) else {
                result.append(member.name, converted(member.value))
                continue
            }
            let values = laid.values.map { converted($0) }
            if let first = values.first { result.append(laid.element, values.count == 1 ? first : .array(values)) }
        }
        return .object(result)
    }
}
