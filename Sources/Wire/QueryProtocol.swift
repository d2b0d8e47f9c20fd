import JSON
import Kernel

/// The query protocol: form parameters in, XML out.
/// https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
enum QueryProtocol {
    @CloudActor
    static func read(_ form: Form, _ endpoint: Endpoint) throws(AWSError) -> (Endpoint.BoundOperation, Fields) {
        let operation: Endpoint.BoundOperation
        do throws(AWSError) {
            operation = try endpoint.operation(form.action)
        } catch {
            guard error.code == "UnknownOperationException" else { throw error }
            throw AWSError("InvalidAction", "Could not find operation \(form.action) for version \(form.version.isEmpty ? "NO_VERSION_SPECIFIED" : form.version)")
        }
        var document = try FormTree.document(form.parameters)
        if !endpoint.model.flatMembers.isEmpty { document = FlatMembers(endpoint.model, form.action).gathered(document) }
        if let member = endpoint.model.addressMember, let address = form.address, document[member] == nil, var members = document.object {
            members.append(member, .string(address))
            document = .object(members)
        }
        var fields = try Fields(document)
        fields.hasOnlyText = true
        return (operation, fields)
    }

    static func response(_ reply: Reply, _ form: Form, _ model: ServiceModel, _ requestID: RequestID) -> HTTPResponse {
        let (action, id) = (form.action, model.text(of: requestID))
        if form.wantsJSON { return json(200, QueryJSON.answer(reply.document, action, model, id), id) }
        var xml = XMLWriter(maps: model.xmlMaps, flat: FlatMembers(model, action))
        xml.open("\(action)Response", namespace: model.xmlNamespace)
        if !model.operationsWithoutResult.contains(action) { xml.write("\(action)Result", reply.document) }
        xml.open("ResponseMetadata")
        xml.write("RequestId", .string(id))
        xml.close("ResponseMetadata")
        xml.close("\(action)Response")
        return response(200, xml.bytes, id)
    }

    static func response(_ error: AWSError, wantsJSON: Bool = false, _ model: ServiceModel?, _ requestID: RequestID) -> HTTPResponse {
        let id = model?.text(of: requestID) ?? requestID.uuid
        let message = model?.queryErrorMessages[error.code] ?? error.message
        if wantsJSON {
            let code = model?.queryErrorCodes?[error.code] ?? code(of: error)
            return json(error.status, QueryJSON.error(code, message, error.fault == .client ? "Sender" : "Receiver", id), id)
        }
        var xml = XMLWriter(maps: model?.xmlMaps ?? [])
        xml.open("ErrorResponse", namespace: model?.xmlNamespace)
        xml.open("Error")
        xml.write("Type", error.fault == .client ? "Sender" : "Receiver")
        xml.write("Code", .string(model?.queryErrorCodes?[error.code] ?? code(of: error)))
        if let message { xml.write("Message", .string(message)) }
        if model?.hasErrorDetail == true { xml.write("Detail", [:]) }
        for member in error.members { xml.write(member.name, member.value) }
        xml.close("Error")
        xml.write("RequestId", .string(id))
        xml.close("ErrorResponse")
        return response(error.status, xml.bytes, id)
    }

    /// The generic errors have names of their own in this protocol.
    private static func code(of error: AWSError) -> String {
        switch (error.namespace, error.code) {
        case ("com.amazon.coral.validate", "ValidationException"): "ValidationError"
        case ("com.amazon.coral.service", "SerializationException"): "MalformedInput"
        default: error.code
        }
    }

    private static func json(_ status: Int, _ document: Document, _ id: String) -> HTTPResponse {
        HTTPResponse(status: status, headers: HTTPHeaders([("x-amzn-RequestId", id), ("Content-Type", "application/json")]), body: document.json())
    }

    private static func response(_ status: Int, _ body: [UInt8], _ id: String) -> HTTPResponse {
        var headers = HTTPHeaders()
        headers.append("x-amzn-RequestId", id)
        headers.append("Content-Type", "text/xml")
        return HTTPResponse(status: status, headers: headers, body: body)
    }
}
