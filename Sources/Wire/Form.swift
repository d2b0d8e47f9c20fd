import JSON
import Kernel

/// The parameters of a query-protocol request, `application/x-www-form-urlencoded`.
struct Form: Sendable {
    var action: String
    var version: String
    /// Name and value in the order in which they came, without `Action` and `Version`.
    var parameters: [(name: String, value: String)]
    /// The address that the request was sent to, where its path names something: `http://localhost:4566/000000000000/orders`.
    var address: String?
    /// Whether the client asks for its answer as JSON.
    var wantsJSON = false

    /// `nil` where there is no `Action`.
    init?(query: some Collection<UInt8>, body: some Collection<UInt8>) {
        var action: String?
        version = ""
        parameters = []
        for part in [Array(query), Array(body)] where !part.isEmpty {
            for (name, value) in Self.pairs(part) {
                switch name {
                case "Action": action = value
                case "Version": version = value
                // A presigned request carries its signature among its parameters.
                case let name where name.hasPrefix("X-Amz-"): continue
                default: parameters.append((name, value))
                }
            }
        }
        guard let action else { return nil }
        self.action = action
    }

    /// Names and values, decoded.
    static func pairs(_ bytes: [UInt8]) -> [(name: String, value: String)] {
        bytes.split(separator: UInt8(ascii: "&")).map { pair in
            let equals = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
            let value = equals == pair.endIndex ? pair[equals...] : pair[(equals + 1)...]
            return (decode(pair[..<equals]), decode(value))
        }
    }

    /// The first value of a parameter.
    static func value(of name: String, in query: some Collection<UInt8>) -> String? {
        for pair in query.split(separator: UInt8(ascii: "&")) {
            let key = pair.prefix { $0 != UInt8(ascii: "=") }
            if key.elementsEqual(name.utf8) { return decode(pair.dropFirst(key.count + 1)) }
        }
        return nil
    }

    /// Percent-decoded, `+` as a space. What isn't UTF-8 becomes replacement characters.
    static func decode(_ bytes: some Collection<UInt8>) -> String { PercentEncoding.text(bytes, plusIsSpace: true) }
}
