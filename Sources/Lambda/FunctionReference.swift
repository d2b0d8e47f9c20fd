import Kernel

/// The ways in which a request may name a function: `name`, `name:qualifier`, `123456789012:function:name`, or an ARN with or without a qualifier.
/// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_RequestParameters
struct FunctionReference: Equatable {
    var region: String?
    var account: String?
    var name: String
    var qualifier: String?

    static let latest = "$LATEST"

    /// The service model's pattern for it, as AWS prints it.
    static let pattern =
        "(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?"

    static let constraint = Constraint.pattern(pattern) { FunctionReference($0) != nil }

    init?(_ text: String) {
        var parts = text.split(separator: ":", omittingEmptySubsequences: false)[...]
        if parts.first == "arn" {
            guard parts.count >= 3, parts[1].isEmpty || Self.isPartition(parts[1]), parts[2] == "lambda" else { return nil }
            parts = parts.dropFirst(3)
        }
        if let first = parts.first, parts.count > 1, Self.isRegion(first) {
            region = String(first)
            parts = parts.dropFirst()
        }
        if let first = parts.first, parts.count > 1, first.utf8.count == 12, first.utf8.allSatisfy({ $0 &- 48 < 10 }) {
            account = String(first)
            parts = parts.dropFirst()
        }
        if parts.first == "function", parts.count > 1 { parts = parts.dropFirst() }
        guard let name = parts.first, parts.count <= 2, Self.isName(name) else { return nil }
        self.name = String(name)
        guard parts.count == 2, let last = parts.last else { return }
        guard last == Self.latest || Self.isName(last) else { return nil }
        qualifier = String(last)
    }

    private static func isPartition(_ text: Substring) -> Bool {
        text.hasPrefix("aws") && text.utf8.allSatisfy { ($0 | 0x20) &- 97 < 26 || $0 == UInt8(ascii: "-") }
    }

    private static func isName(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { ($0 | 0x20) &- 97 < 26 || $0 &- 48 < 10 || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
    }

    static func isRegion(_ text: Substring) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard (3...4).contains(parts.count), parts[0].utf8.count == 2, let last = parts.last, last.utf8.count == 1 else { return false }
        return last.utf8.allSatisfy { $0 &- 48 < 10 } && parts.dropLast().allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { $0 &- 97 < 26 } }
    }
}

extension FunctionReference {
    /// The ARN by which AWS names the function in errors: with the qualifier where one was given.
    func arn(for call: Call, qualifier: String? = nil) -> String {
        FunctionReference.arn(name, in: Scope(account: account ?? call.account, region: call.region)) + (qualifier.map { ":\($0)" } ?? "")
    }

    static func arn(_ name: String, in scope: Scope) -> String { ARN("lambda", "function:\(name)", in: scope).description }
}
