import JSON
import Kernel

/// A plain HTTP request to a function URL, as far as it is understood.
struct FunctionURLRequest {
    let url: FunctionURL
    let address: FunctionURLAddress
    let request: HTTPRequest
    let call: Call
    /// Who signed it, where the address asks for that.
    let signer: FunctionURLSigner?

    var sourceIP: String { request.remoteAddress ?? "127.0.0.1" }
}

/// Whose signature a request has.
package struct FunctionURLSigner: Sendable, Equatable {
    package var accessKeyID: String
    package var account: String

    package init(accessKeyID: String, account: String) {
        self.accessKeyID = accessKeyID
        self.account = account
    }
}

/// The event that a function gets: payload format 2.0.
/// https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-request-payload
extension FunctionURLRequest {
    func event() -> Document {
        var event: Members = ["version": "2.0", "routeKey": "$default", "rawPath": .string(address.path), "rawQueryString": .string(String(request.query))]
        let cookies = request.headers.all("cookie").flatMap { $0.split(separator: ";").map { $0.drop { $0 == " " } } }.filter { !$0.isEmpty }
        if !cookies.isEmpty { event.append("cookies", .array(cookies.map { .string(String($0)) })) }
        event.append("headers", headers())
        if let parameters = queryParameters() { event.append("queryStringParameters", parameters) }
        event.append("requestContext", context())
        let text = self.text
        if !request.body.isEmpty { event.append("body", .string(text ?? Base64.encode(request.body))) }
        event.append("isBase64Encoded", .bool(!request.body.isEmpty && text == nil))
        return .object(event)
    }

    /// The body where its type says that it is text; all others are sent as base64, forms too.
    private var text: String? {
        let type = (request.headers["Content-Type"] ?? "").lowercased()
        guard ["text", "json", "xml", "javascript"].contains(where: type.contains) else { return nil }
        return String(validating: request.body, as: UTF8.self)
    }

    /// In lower case, several of one name joined by commas, with those that AWS adds. Cookies have a member of their own.
    private func headers() -> Document {
        let ended: Set<String> = ["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "expect", "cookie"]
        var values: [String: String] = [:]
        for (name, value) in request.headers.pairs where !ended.contains(name.lowercased()) {
            let name = name.lowercased()
            values[name] = values[name].map { "\($0),\(value)" } ?? value
        }
        let port = call.host.split(separator: ":", omittingEmptySubsequences: false).dropFirst().last.flatMap { Int($0) } ?? (call.isSecure ? 443 : 80)
        values["x-amzn-trace-id"] = "Root=\(call.trace.root)"
        values["x-forwarded-proto"] = call.isSecure ? "https" : "http"
        values["x-forwarded-port"] = "\(port)"
        values["x-forwarded-for"] = values["x-forwarded-for"].map { "\($0), \(sourceIP)" } ?? sourceIP
        return .object(Members(values.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: .string($0.value)) }))
    }

    private func queryParameters() -> Document? {
        var members = Members()
        for pair in request.query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = PercentEncoding.text(parts[0].utf8, plusIsSpace: true)
            let value = parts.count > 1 ? PercentEncoding.text(parts[1].utf8, plusIsSpace: true) : ""
            members[name] = .string(members[name]?.string.map { "\($0),\(value)" } ?? value)
        }
        return members.isEmpty ? nil : .object(members)
    }

    private func context() -> Document {
        let domainName = address.domainName ?? url.domainName
        var context: Members = ["accountId": .string(signer?.account ?? "anonymous"), "apiId": .string(url.id)]
        if let signer {
            // Of IAM there is only each account's root.
            let root = "arn:\(Partition(region: url.scope.region).rawValue):iam::\(signer.account):root"
            context.append("authorizer", [
                "iam": [
                    "accessKey": .string(signer.accessKeyID), "accountId": .string(signer.account), "callerId": .string(signer.account), "cognitoIdentity": nil,
                    "principalOrgId": nil, "userArn": .string(root), "userId": .string(signer.account),
                ]
            ])
        }
        context.append("domainName", .string(domainName))
        context.append("domainPrefix", .string(url.id))
        var http: Members = ["method": .string(request.method), "path": .string(address.path), "protocol": "HTTP/1.1", "sourceIp": .string(sourceIP)]
        if let agent = request.headers["User-Agent"] { http.append("userAgent", .string(agent)) }
        context.append("http", .object(http))
        context.append("requestId", .string(call.requestID.uuid))
        context.append("routeKey", "$default")
        context.append("stage", "$default")
        context.append("time", .string(Self.time(call.now)))
        context.append("timeEpoch", .int(call.now.milliseconds))
        return .object(context)
    }

    /// `12/Mar/2020:19:03:58 +0000`
    private static func time(_ now: Timestamp) -> String {
        let time = CalendarTime(now)
        let clock = [time.hour, time.minute, time.second].map { CalendarTime.padded($0, 2) }.joined(separator: ":")
        return "\(CalendarTime.padded(time.day, 2))/\(CalendarTime.monthNames[time.month - 1])/\(CalendarTime.padded(time.year, 4)):\(clock) +0000"
    }
}
