import JSON
import Kernel
import SigV4

/// One request and its answer in one protocol with one service.
@CloudActor
struct Exchange {
    /// The protocol, with what the request said in it about itself.
    enum Dialect {
        /// awsJson: the operation's name, and the version that the client speaks.
        case json(operation: String, JSONVersion)
        /// The query protocol, with its parameters decoded.
        case query(Form)
        case rest(Route.Match?)
    }

    let endpoint: Endpoint
    let dialect: Dialect

    struct Input {
        var exchange: Exchange
        var operation: Endpoint.BoundOperation
        var fields: Fields
    }

    /// awsJson services read a body before they look at the signature, as DynamoDB shows.
    var readsBeforeAuthentication: Bool { if case .json = dialect { true } else { false } }

    var errorFamily: ErrorFamily {
        switch dialect {
        case .json: .json
        case .query: .query
        case .rest: .rest
        }
    }

    func read(_ request: HTTPRequest, _ body: [UInt8]) throws(AWSError) -> Input {
        switch dialect {
        case .json(let name, _):
            let (operation, fields) = try JSONProtocol.read(name, body, endpoint)
            return Input(exchange: self, operation: operation, fields: fields)
        case .query(let form):
            let (operation, fields) = try QueryProtocol.read(form, endpoint)
            return Input(exchange: self, operation: operation, fields: fields)
        case .rest(let match):
            guard let match else {
                throw AWSError("UnknownOperationException", "Unknown operation: \(request.method) \(request.rawPath)", status: 404,
                               namespace: "com.amazon.coral.service")
            }
            let (operation, fields) = try RESTProtocol.read(match, request, body)
            return Input(exchange: self, operation: operation, fields: fields)
        }
    }

    func response(_ reply: Reply, _ requestID: RequestID) -> HTTPResponse {
        switch dialect {
        case .json(_, let version): JSONProtocol.response(reply, endpoint.model, version, requestID)
        case .query(let form): QueryProtocol.response(reply, form, endpoint.model, requestID)
        case .rest(let match): RESTProtocol.response(reply, match?.route.binding, endpoint.model, requestID)
        }
    }

    func response(_ error: AWSError, _ requestID: RequestID) -> HTTPResponse {
        switch dialect {
        case .json(_, let version): JSONProtocol.response(error, endpoint.model, version, requestID)
        case .query(let form): QueryProtocol.response(error, wantsJSON: form.wantsJSON, endpoint.model, requestID)
        case .rest: RESTProtocol.response(error, endpoint.model, requestID)
        }
    }
}

extension ServiceModel {
    func text(of requestID: RequestID) -> String {
        switch requestIDForm {
        case .uuid: requestID.uuid
        case .base32: requestID.base32
        }
    }
}
