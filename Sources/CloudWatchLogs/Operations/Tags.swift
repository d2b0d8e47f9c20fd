import JSON
import Kernel

@CloudActor let tagOperations: [OperationEntry<CloudWatchLogsService>] = [
    .logs(TagLogGroup.self), .logs(UntagLogGroup.self), .logs(ListTagsLogGroup.self), .logs(TagResource.self), .logs(UntagResource.self),
    .logs(ListTagsForResource.self),
]

extension Fields {
    /// - Throws: where a member isn't a text.
    mutating func tags(_ name: String) throws(AWSError) -> [String: String]? {
        guard let pairs = try stringMap(name) else { return nil }
        if pairs.isEmpty { violate("{}", name, "Member must have length greater than or equal to 1") }
        if pairs.count > 50 { violate(self[name]?.coralText, name, "Member must have length less than or equal to 50") }
        for (key, value) in pairs {
            let keyRule = "Map keys must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1,"
                + " Member must satisfy regular expression pattern: ^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+)$]"
            if !(1...128).contains(key.unicodeScalars.count) || !Self.isTagText(key) { violate(self[name]?.coralText, name, keyRule) }
            let valueRule = "Map value must satisfy constraint: [Member must have length less than or equal to 256, Member must have length greater than or equal to 0,"
                + " Member must satisfy regular expression pattern: ^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$]"
            if value.unicodeScalars.count > 256 || !Self.isTagText(value) { violate(self[name]?.coralText, name, valueRule) }
        }
        return Dictionary(pairs.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
    }

    private static func isTagText(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber, .letterNumber, .otherNumber, .spaceSeparator,
                .lineSeparator, .paragraphSeparator:
                true
            default: "_.:/=+-@".unicodeScalars.contains(scalar)
            }
        }
    }

    fileprivate mutating func requiredTags() throws(AWSError) -> [String: String] {
        guard let tags = try tags("tags") else {
            missing("tags")
            return [:]
        }
        return tags
    }

    fileprivate mutating func keys(_ name: String, _ constraint: Constraint) throws(AWSError) -> [String] {
        guard let keys = try strings(name, constraint) else {
            missing(name)
            return []
        }
        return keys
    }

    fileprivate mutating func taggedARN() throws(AWSError) -> String {
        try requiredString("resourceArn", .length(min: 1, max: 1011), .pattern("[\\w+=/:,.@-]*", Self.isIdentifier))
    }
}

extension GroupName {
    /// The group that has tags.
    fileprivate init(tagged arn: String, _ call: Call) throws(AWSError) {
        guard ARN(arn) != nil else { throw .invalidParameter("The specified resource ARN is not valid.") }
        guard let name = GroupName(arn: arn), name.scope.region == call.region else { throw .notFound("The specified resource does not exist.") }
        self = name
    }
}

extension CloudWatchLogsService {
    fileprivate func tag(_ name: GroupName, _ tags: [String: String], isResource: Bool) throws(AWSError) {
        keep(try withGroup(name) { (group) throws(AWSError) in
            let merged = group.tags.merging(tags) { $1 }
            guard merged.count <= 50 else {
                throw AWSError(isResource ? "TooManyTagsException" : "InvalidParameterException", "The maximum number of tags for a log group is 50.")
            }
            group.tags = merged
            return group
        })
    }

    fileprivate func untag(_ name: GroupName, _ keys: [String]) throws(AWSError) {
        keep(try withGroup(name) { group in
            for key in keys { group.tags[key] = nil }
            return group
        })
    }
}

/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagLogGroup.html
enum TagLogGroup: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> (group: String, tags: [String: String]) {
        let group = try fields.groupName()
        return (group, try fields.requiredTags())
    }

    static func run(_ input: (group: String, tags: [String: String]), on logs: CloudWatchLogsService, _ call: Call) throws(AWSError) {
        try logs.tag(GroupName(input.group, in: call.scope), input.tags, isResource: false)
    }

    static func write(_ output: Void) -> Reply { Reply() }
}

/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_UntagLogGroup.html
enum UntagLogGroup: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> (group: String, keys: [String]) {
        let group = try fields.groupName()
        return (group, try fields.keys("tags", .length(min: 1)))
    }

    static func run(_ input: (group: String, keys: [String]), on logs: CloudWatchLogsService, _ call: Call) throws(AWSError) {
        try logs.untag(GroupName(input.group, in: call.scope), input.keys)
    }

    static func write(_ output: Void) -> Reply { Reply() }
}

/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListTagsLogGroup.html
enum ListTagsLogGroup: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> String { try fields.groupName() }

    static func run(_ name: String, on logs: CloudWatchLogsService, _ call: Call) throws(AWSError) -> [String: String] {
        try logs.group(GroupName(name, in: call.scope)).tags
    }

    static func write(_ tags: [String: String]) -> Reply { Reply(["tags": .tags(tags)]) }
}

/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagResource.html
enum TagResource: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> (arn: String, tags: [String: String]) {
        let arn = try fields.taggedARN()
        return (arn, try fields.requiredTags())
    }

    static func run(_ input: (arn: String, tags: [String: String]), on logs: CloudWatchLogsService, _ call: Call) throws(AWSError) {
        try logs.tag(GroupName(tagged: input.arn, call), input.tags, isResource: true)
    }

    static func write(_ output: Void) -> Reply { Reply() }
}

/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_UntagResource.html
enum UntagResource: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> (arn: String, keys: [String]) {
        let arn = try fields.taggedARN()
        return (arn, try fields.keys("tagKeys", .length(min: 0, max: 50)))
    }

    static func run(_ input: (arn: String, keys: [String]), on logs: CloudWatchLogsService, _ call: Call) throws(AWSError) {
        try logs.untag(GroupName(tagged: input.arn, call), input.keys)
    }

    static func write(_ output: Void) -> Reply { Reply() }
}

/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListTagsForResource.html
enum ListTagsForResource: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> String { try fields.taggedARN() }

    static func run(_ arn: String, on logs: CloudWatchLogsService, _ call: Call) throws(AWSError) -> [String: String] {
        try logs.group(GroupName(tagged: arn, call)).tags
    }

    static func write(_ tags: [String: String]) -> Reply { Reply(["tags": .tags(tags)]) }
}
