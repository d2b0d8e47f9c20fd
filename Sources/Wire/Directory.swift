import Kernel

/// Which service and operation a request means.
///
/// Asked in this order: `X-Amz-Target`; `Action` and `Version`; then, for REST, the scope of the signature, the host, and the path.
@CloudActor
struct Directory {
    private struct Target {
        var prefix: [UInt8]
        var endpoint: Endpoint
    }

    /// How many services it was made of.
    let count: Int
    let largestBody: Int
    private let endpoints: [Endpoint]
    private let targets: [Target]
    /// Of each service that speaks REST.
    private let routes: [(endpoint: Endpoint, routes: [Route])]

    init(_ endpoints: [Endpoint]) {
        count = endpoints.count
        largestBody = endpoints.map(\.model.bodyLimit).max() ?? 0
        self.endpoints = endpoints.sorted { $0.name < $1.name }
        targets = endpoints.compactMap { endpoint in endpoint.model.targetPrefix.map { Target(prefix: Array($0.utf8), endpoint: endpoint) } }
        routes = self.endpoints.filter(\.model.speaksREST).map { endpoint in
            (endpoint, (endpoint.operations.values + endpoint.refusals).sorted { $0.name < $1.name }.compactMap { Route($0) }.sorted { $0.precedes($1) })
        }
    }

    func detect(_ request: HTTPRequest, _ caller: Caller) -> Result<Exchange, Undetected> {
        if let target = request.headers.bytes(of: "X-Amz-Target") { return detect(target: target, request, caller) }
        if let form = form(request) { return detect(form, caller) }
        return detectREST(request, caller)
    }

    // MARK: awsJson

    private func detect(target: ArraySlice<UInt8>, _ request: HTTPRequest, _ caller: Caller) -> Result<Exchange, Undetected> {
        guard let endpoint = endpoint(target: target), let dot = target.lastIndex(of: UInt8(ascii: ".")) else {
            return .failure(unknownTarget(target, request, caller))
        }
        let contentType = request.headers.bytes(of: "Content-Type") ?? []
        guard request.method == "POST", let version = version(contentType, request.body, endpoint.model) else { return .failure(.notJSON(endpoint.model)) }
        let operation = String(decoding: target[target.index(after: dot)...], as: UTF8.self)
        return .success(Exchange(endpoint: endpoint, dialect: .json(operation: operation, version)))
    }

    /// The service whose prefix stands before the last dot of an `X-Amz-Target`.
    func endpoint(target: ArraySlice<UInt8>) -> Endpoint? {
        guard let dot = target.lastIndex(of: UInt8(ascii: ".")) else { return nil }
        for index in targets.indices where targets[index].prefix.isAll(of: target[..<dot]) { return targets[index].endpoint }
        return nil
    }

    /// The JSON of a content type that the service takes; `application/json` where there is neither a type nor a body.
    private func version(_ contentType: ArraySlice<UInt8>, _ body: [UInt8], _ model: ServiceModel) -> JSONVersion? {
        guard let version = JSONVersion(contentType: contentType) else { return body.isEmpty ? .plain : nil }
        switch version {
        case .plain: return .plain
        case .v10: return model.protocols.contains(.awsJSON10) ? version : nil
        case .v11: return model.protocols.contains(.awsJSON11) ? version : nil
        }
    }

    private func unknownTarget(_ target: ArraySlice<UInt8>, _ request: HTTPRequest, _ caller: Caller) -> Undetected {
        let text = String(decoding: target.prefix(200), as: UTF8.self)
        let version = JSONVersion(contentType: request.headers.bytes(of: "Content-Type") ?? []) ?? .plain
        if let missing = missingService(caller) { return .json(.notImplemented("\(missing) (\(text))"), nil, version) }
        return .json(.unknownOperation(text), endpoint(of: caller)?.model, version)
    }

    // MARK: Query

    private func form(_ request: HTTPRequest) -> Form? {
        var body: [UInt8] = []
        if request.method == "POST", request.headers.bytes(of: "Content-Type")?.starts(with: "application/x-www-form-urlencoded".utf8) == true {
            // Which service's limit counts isn't known yet.
            body = (try? RequestBody.decoded(request, limit: 16 << 20)) ?? request.body
        }
        guard !body.isEmpty || request.target.utf8.contains(UInt8(ascii: "?")) else { return nil }
        guard var form = Form(query: request.query.utf8, body: body) else { return nil }
        form.wantsJSON = request.headers["Accept"]?.hasPrefix("application/json") == true
        if request.rawPath.utf8.count > 1 { form.address = "http://\(request.headers["Host"] ?? "localhost")\(request.rawPath)" }
        return form
    }

    private func detect(_ form: Form, _ caller: Caller) -> Result<Exchange, Undetected> {
        if let missing = missingService(caller) { return .failure(.query(.notImplemented("\(missing) (\(form.action))"))) }
        let speaking = endpoints.filter { $0.model.protocols.contains(.query) }
        let steps: [(Endpoint) -> Bool] = [
            { $0.model.signingName == caller.signingName },
            { $0.isAddressed(by: caller.host) },
            { $0.model.apiVersion == form.version && $0.knows(form.action) },
            { $0.knows(form.action) },
            { $0.model.apiVersion == form.version },
        ]
        for step in steps {
            let found = speaking.filter(step)
            // Several services share a signing name: what else the request says decides.
            if let endpoint = found.first(where: { $0.model.apiVersion == form.version && $0.knows(form.action) }) ?? found.first {
                return .success(Exchange(endpoint: endpoint, dialect: .query(form)))
            }
        }
        return .failure(.query(AWSError("InvalidAction", "Could not find operation \(form.action) for version \(form.version.isEmpty ? "NO_VERSION_SPECIFIED" : form.version)")))
    }

    // MARK: REST

    private func detectREST(_ request: HTTPRequest, _ caller: Caller) -> Result<Exchange, Undetected> {
        let path = Route.split(request.rawPath.utf8)
        let query = request.query.utf8
        if let endpoint = endpoint(of: caller) {
            if endpoint.model.speaksREST {
                let match = routes.first { $0.endpoint === endpoint }?.routes.lazy.compactMap { $0.match(request.method, path, query) }.first
                return .success(Exchange(endpoint: endpoint, dialect: .rest(match)))
            }
            guard endpoint.model.targetPrefix != nil else { return .failure(.query(AWSError("MissingAction", "The request must contain the parameter Action."))) }
            // DynamoDB reads the body first; then it misses the target.
            guard request.method == "POST", let version = version(request.headers.bytes(of: "Content-Type") ?? [], request.body, endpoint.model) else {
                return .failure(.notJSON(endpoint.model))
            }
            return .success(Exchange(endpoint: endpoint, dialect: .json(operation: "", version)))
        }
        if let missing = missingService(caller) {
            let error = AWSError.notImplemented("\(missing) (\(request.method) \(request.rawPath.prefix(200)))")
            return .failure(Undetected.speakXML.contains(caller.signingName ?? "") ? .restXML(error) : .rest(error))
        }
        for (endpoint, routes) in routes {
            for route in routes {
                if let match = route.match(request.method, path, query) { return .success(Exchange(endpoint: endpoint, dialect: .rest(match))) }
            }
        }
        return .failure(.rest(Undetected.unknown(request, endpoints.map(\.name))))
    }

    // MARK: By caller

    /// The service that the signature's scope or the host names.
    func endpoint(of caller: Caller) -> Endpoint? {
        if let name = caller.signingName { return endpoints.first { $0.model.signingName == name } }
        return endpoints.first { $0.isAddressed(by: caller.host) }
    }

    /// A service that the signature names and that isn't here.
    private func missingService(_ caller: Caller) -> String? {
        guard let name = caller.signingName, !endpoints.contains(where: { $0.model.signingName == name }) else { return nil }
        return "the service \(name.prefix(64))"
    }
}

extension ServiceModel {
    var speaksREST: Bool { protocols.contains(.restJSON) || protocols.contains(.restXML) }
}

extension Endpoint {
    fileprivate func knows(_ operation: String) -> Bool { operations[operation] != nil || unimplemented.contains(operation) }

    /// Whether a host name begins with one of the service's: `email.us-east-1.amazonaws.com`, `dynamodb.localhost.localstack.cloud:4566`.
    fileprivate nonisolated func isAddressed(by host: String) -> Bool {
        model.hostPrefixes.contains { prefix in
            host.utf8.count > prefix.utf8.count + 1 && host.utf8.dropFirst(prefix.utf8.count).first == UInt8(ascii: ".")
                && zip(host.utf8, prefix.utf8).allSatisfy { $0.asciiLowercased == $1.asciiLowercased }
        }
    }
}
