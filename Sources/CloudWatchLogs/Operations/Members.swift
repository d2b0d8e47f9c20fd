import JSON
import Kernel

/// Members that many operations have, with the rules of the service model.
extension Fields {
    private static let groupNamePattern = Constraint.pattern("[\\.\\-_/#A-Za-z0-9]+", isGroupName)
    private static let streamNamePattern = Constraint.pattern("[^:*]*", isStreamName)

    static func isGroupName(_ text: String) -> Bool {
        !text.isEmpty && isGroupNamePart(text)
    }

    static func isGroupNamePart(_ text: String) -> Bool {
        text.utf8.allSatisfy { ($0 | 0x20) &- 97 < 26 || $0 &- 48 < 10 || [0x2E, 0x2D, 0x5F, 0x2F, 0x23].contains($0) }
    }

    static func isStreamName(_ text: String) -> Bool { !text.utf8.contains { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "*") } }

    static func isIdentifier(_ text: String) -> Bool {
        text.utf8.allSatisfy { ($0 | 0x20) &- 97 < 26 || $0 &- 48 < 10 || "_#+=/:,.@-".utf8.contains($0) }
    }

    mutating func groupName(_ name: String = "logGroupName") throws(AWSError) -> String {
        let value = try requiredString(name, .length(min: 1), Self.groupNamePattern)
        try Self.checkLength(value)
        return value
    }

    mutating func optionalGroupName(_ name: String) throws(AWSError) -> String? {
        guard let value = try string(name, .length(min: 1), Self.groupNamePattern) else { return nil }
        try Self.checkLength(value)
        return value
    }

    mutating func streamName(_ name: String = "logStreamName") throws(AWSError) -> String {
        let value = try requiredString(name, .length(min: 1), Self.streamNamePattern)
        try Self.checkLength(value)
        return value
    }

    mutating func optionalStreamName(_ name: String) throws(AWSError) -> String? {
        try string(name, .length(min: 1, max: 512), Self.streamNamePattern)
    }

    /// A filter's name has a stream name's form.
    mutating func filterName() throws(AWSError) -> String { try requiredString("filterName", .length(min: 1, max: 512), Self.streamNamePattern) }

    mutating func optionalFilterName(_ name: String) throws(AWSError) -> String? { try optionalStreamName(name) }

    private static func checkLength(_ name: String) throws(AWSError) {
        guard name.utf8.count <= 512 else { throw .invalidParameter("Invalid LogGroup or LogStream, both must have length less than or equal to 512.") }
    }

    /// The group that a request names by its name or by an identifier.
    mutating func group() throws(AWSError) -> GroupReference {
        let name = try optionalGroupName("logGroupName")
        let identifier = try string("logGroupIdentifier", .length(min: 1, max: 2048), .pattern("[\\w#+=/:,.@-]*", Self.isIdentifier))
        return GroupReference(name: name, identifier: identifier)
    }

    /// A time in milliseconds.
    mutating func time(_ name: String) throws(AWSError) -> Int64? { try int(name, .range(min: 0)).map { Int64($0) } }

    mutating func limit(most: Int) throws(AWSError) -> Int? { try int("limit", .range(min: 1, max: most)) }

    mutating func token(_ name: String = "nextToken") throws(AWSError) -> String? { try string(name, .length(min: 1)) }

    mutating func requiredBool(_ name: String) throws(AWSError) -> Bool {
        guard let value = try bool(name) else {
            missing(name)
            return false
        }
        return value
    }
}

/// A group by its name, or by its name or ARN.
struct GroupReference: Sendable {
    var name: String?
    var identifier: String?

    /// - Throws: where there are both or neither.
    func resolve(_ call: Call) throws(AWSError) -> GroupName {
        if let name {
            guard identifier == nil else {
                throw AWSError("ValidationException", "LogGroup name and LogGroup ARN are mutually exclusive parameters.")
            }
            return GroupName(name, in: call.scope)
        }
        guard let identifier else { throw AWSError("ValidationException", "Either LogGroup name or LogGroup ARN must be provided.") }
        return try GroupName(identifier: identifier, call)
    }
}

extension GroupName {
    /// - Parameter identifier: a name or an ARN, with or without `:*`.
    init(identifier: String, _ call: Call) throws(AWSError) {
        guard identifier.hasPrefix("arn:") else {
            self.init(identifier, in: call.scope)
            return
        }
        guard let group = GroupName(arn: identifier), group.scope.region == call.region else { throw .noSuchGroup }
        self = group
    }

    /// `nil` for what is no group's ARN.
    init?(arn text: String) {
        guard let arn = ARN(text), arn.service == "logs", arn.resource.hasPrefix("log-group:") else { return nil }
        var name = arn.resource.dropFirst(10)
        if name.hasSuffix(":*") { name = name.dropLast(2) }
        guard Fields.isGroupName(String(name)) else { return nil }
        self.init(String(name), in: arn.scope)
    }
}

/// A page of a list that is ordered by names: it goes on behind the name in its token.
struct Page<Element> {
    var elements: [Element]
    var next: String?

    /// - Parameter rest: what stands behind the token's name; no more of it is looked at than the page needs.
    init(_ rest: some Sequence<Element>, limit: Int, name: (Element) -> String) {
        elements = []
        for element in rest {
            guard elements.count < limit else {
                next = elements.last.map { PageToken.encode(name($0)) }
                return
            }
            elements.append(element)
        }
    }

    func reply(_ name: String, _ document: (Element) -> Document) -> Reply {
        var members: Members = [name: .array(elements.map(document))]
        members["nextToken"] = next.map { .string($0) }
        return Reply(.object(members))
    }
}

/// Where a list goes on: a text that nobody needs to understand.
enum PageToken {
    static func encode(_ text: String) -> String { Base64.encode(Array("1|\(text)".utf8)) }

    /// - Throws: where it isn't one.
    static func decode(_ token: String?) throws(AWSError) -> String? {
        guard let token else { return nil }
        guard let bytes = try? Base64.decode(token), bytes.starts(with: Array("1|".utf8)) else { throw .invalidToken }
        return String(decoding: bytes.dropFirst(2), as: UTF8.self)
    }
}
