import JSON
import Kernel

/// The query protocol from the client's side: a form there, XML back.
enum QueryDialect {
    /// `Action=SendEmail&Version=2010-12-01&Destination.ToAddresses.member.1=...`
    static func form(_ operation: String, _ apiVersion: String, _ input: Document) -> [UInt8] {
        var form: [UInt8] = []
        append("Action", operation, to: &form)
        append("Version", apiVersion, to: &form)
        flatten(input, "", depth: 0, to: &form)
        return form
    }

    /// Structures by dots, lists by `.member.N`. What nests deeper than any shape of AWS is left out.
    private static func flatten(_ value: Document, _ name: String, depth: Int, to form: inout [UInt8]) {
        guard depth < 32 else { return }
        switch value {
        case .null: break
        case .bool(let value): append(name, value ? "true" : "false", to: &form)
        case .number(let text), .string(let text): append(name, text, to: &form)
        case .array(let elements):
            for (index, element) in elements.enumerated() { flatten(element, "\(name).member.\(index + 1)", depth: depth + 1, to: &form) }
        case .object(let members):
            for member in members { flatten(member.value, name.isEmpty ? member.name : "\(name).\(member.name)", depth: depth + 1, to: &form) }
        }
    }

    /// A map as the query protocol has it: `entry.N.Name` and `entry.N.Value`, by name.
    static func entries(_ map: [String: Document], key: String, value: String) -> Document {
        var members = Members()
        for (index, entry) in map.sorted(by: { $0.key < $1.key }).enumerated() {
            members.append("entry.\(index + 1).\(key)", .string(entry.key))
            members.append("entry.\(index + 1).\(value)", entry.value)
        }
        return .object(members)
    }

    private static func append(_ name: String, _ value: String, to form: inout [UInt8]) {
        if !form.isEmpty { form.append(UInt8(ascii: "&")) }
        PercentEncoding.encode(name.utf8, to: &form)
        form.append(UInt8(ascii: "="))
        PercentEncoding.encode(value.utf8, to: &form)
    }

    /// What is inside `<SendEmailResponse><SendEmailResult>`; an empty object where there is nothing. `nil` where the body is no XML.
    static func result(of operation: String, _ body: [UInt8]) -> Document? {
        guard let root = XMLReader.read(body) else { return nil }
        guard case .object? = root.value["\(operation)Result"] else { return [:] }
        return root.value["\(operation)Result"]
    }

    /// `<ErrorResponse><Error><Code>`.
    static func error(_ body: [UInt8], status: Int) -> AWSServiceError? {
        guard let root = XMLReader.read(body), let error = root.value["Error"], let code = error["Code"]?.string else { return nil }
        return AWSServiceError(
            code: code, message: error["Message"]?.string ?? "", status: status, requestID: root.value["RequestId"]?.string, document: error)
    }
}
