import Collections
import JSON
import Kernel

@CloudActor let groupOperations: [OperationEntry<CloudWatchLogsService>] = [
    .logs(CreateLogGroup.self), .logs(DeleteLogGroup.self), .logs(DescribeLogGroups.self), .logs(ListLogGroups.self),
    .logs(PutLogGroupDeletionProtection.self), .logs(AssociateKmsKey.self), .logs(DisassociateKmsKey.self),
]

extension Fields {
    fileprivate mutating func logClass() throws(AWSError) -> LogGroup.Class? {
        try string("logGroupClass", .oneOf(LogGroup.Class.allCases.map(\.rawValue))).flatMap { LogGroup.Class(rawValue: $0) }
    }

    fileprivate mutating func accounts() throws(AWSError) -> AccountSelection {
        let accounts = try strings("accountIdentifiers", .length(min: 0, max: 20)) ?? []
        return AccountSelection(accounts: accounts, isLinked: try bool("includeLinkedAccounts") ?? false)
    }
}

/// Whose groups are asked for. No account is linked, so it is the caller's own or nobody's.
struct AccountSelection: Sendable {
    var accounts: [String]
    var isLinked: Bool

    func includes(_ account: String) -> Bool { !isLinked || accounts.isEmpty || accounts.contains(account) }
}

/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
enum CreateLogGroup: Operation {
    struct Input {
        var name: String
        var kmsKeyID: String?
        var tags: [String: String]
        var logClass: LogGroup.Class
        var isProtected: Bool
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let name = try fields.groupName()
        let key = try fields.string("kmsKeyId", .length(max: 256))
        let tags = try fields.tags("tags") ?? [:]
        return Input(
            name: name, kmsKeyID: key, tags: tags, logClass: try fields.logClass() ?? .standard, isProtected: try fields.bool("deletionProtectionEnabled") ?? false)
    }

    static func run(_ input: Input, on logs: CloudWatchLogsService, _ call: Call) throws(AWSError) {
        let name = GroupName(input.name, in: call.scope)
        guard !input.name.lowercased().hasPrefix("aws/") else { throw .invalidParameter("Log groups starting with AWS/ are reserved for AWS.") }
        if let key = input.kmsKeyID { try EncryptionKey.check(key) }
        guard !(logs.state.groups[name.scope]?.contains(name.key) ?? false) else { throw .groupExists }
        var group = LogGroup(id: logs.newID(), name: input.name, scope: call.scope, created: call.now.milliseconds)
        group.kmsKeyID = input.kmsKeyID
        group.tags = input.tags
        group.logClass = input.logClass
        group.isProtected = input.isProtected
        // Nobody can change it: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch_Logs_Log_Classes.html
        if input.logClass == .delivery { group.retentionDays = 2 }
        logs.add(group)
    }

    static func write(_ output: Void) -> Reply { Reply() }
}

/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogGroup.html
enum DeleteLogGroup: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> String { try fields.groupName() }

    static func run(_ name: String, on logs: CloudWatchLogsService, _ call: Call) throws(AWSError) {
        let group = try logs.group(GroupName(name, in: call.scope))
        guard !group.isProtected else {
            throw AWSError("ValidationException", "Cannot delete log group with deletion protection enabled. Disable deletion protection and try again.")
        }
        logs.remove(group)
    }

    static func write(_ output: Void) -> Reply { Reply() }
}

/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html
enum DescribeLogGroups: Operation {
    struct Input {
        var prefix: String?
        var pattern: String?
        var identifiers: [String]?
        var logClass: LogGroup.Class?
        var accounts: AccountSelection
        var token: String?
        var limit: Int
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let accounts = try fields.accounts()
        let prefix = try fields.string("logGroupNamePrefix", .length(min: 1, max: 512), .pattern("[\\.\\-_/#A-Za-z0-9]+", Fields.isGroupName))
        let pattern = try fields.string("logGroupNamePattern", .length(min: 0, max: 512), .pattern("[\\.\\-_/#A-Za-z0-9]*", Fields.isGroupNamePart))
        let token = try fields.token()
        let limit = try fields.limit(most: 50) ?? 50
        return Input(
            prefix: prefix, pattern: pattern, identifiers: try fields.strings("logGroupIdentifiers", .length(min: 1, max: 50)), logClass: try fields.logClass(),
            accounts: accounts, token: token, limit: limit)
    }

    static func run(_ input: Input, on logs: CloudWatchLogsService, _ call: Call) throws(AWSError) -> (Page<LogGroup>, isSearch: Bool) {
        if input.prefix != nil, input.pattern?.isEmpty == false {
            throw .invalidParameter("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
        }
        let after = try PageToken.decode(input.token)
        let pattern = input.pattern.map { TextSearch($0) }
        var names: Set<String>?
        if let identifiers = input.identifiers {
            names = []
            for identifier in identifiers { names?.insert(try GroupName(identifier: identifier, call).name) }
        }
        guard input.accounts.includes(call.account) else { return (Page([], limit: 1) { $0.name }, false) }
        let found = logs.groups(in: call.scope, prefix: input.prefix, after: after).lazy.filter { group in
            (names?.contains(group.name) ?? true) && (input.logClass.map { $0 == group.logClass } ?? true)
                && (pattern.map { $0.isIn(group.name) } ?? true)
        }
        var page = Page(found, limit: input.limit) { $0.name }
        for index in page.elements.indices where page.elements[index].retentionDays != nil {
            let name = GroupName(page.elements[index].name, in: call.scope)
            logs.expire(name, at: call.now.milliseconds)
            page.elements[index] = try logs.group(name)
        }
        return (page, input.pattern?.isEmpty == false)
    }

    static func write(_ output: (Page<LogGroup>, isSearch: Bool)) -> Reply {
        output.0.reply("logGroups") { group in
            var members: Members = [
                "logGroupName": .string(group.name), "creationTime": .int(group.created), "metricFilterCount": .int(group.metricFilters.count),
                "arn": .string("\(group.arn):*"), "logGroupClass": .string(group.logClass.rawValue), "logGroupArn": .string(group.arn.description),
            ]
            members["retentionInDays"] = group.retentionDays.map { .int($0) }
            members["kmsKeyId"] = group.kmsKeyID.map { .string($0) }
            // A search by a pattern tells less, as recorded.
            if !output.isSearch {
                members["storedBytes"] = .int(group.storedBytes)
                members["deletionProtectionEnabled"] = .bool(group.isProtected)
            }
            return .object(members)
        }
    }
}

extension CloudWatchLogsService {
    /// Groups in the order of their names.
    /// - Parameters:
    ///   - prefix: what their names begin with.
    ///   - name: behind which they begin.
    func groups(in scope: Scope, prefix: String?, after name: String?) -> some Sequence<LogGroup> {
        let prefix = prefix.map { Bytes(utf8: $0) }
        var start = SortedMap<Bytes, LogGroup>.Bound.unbounded
        if let prefix { start = .including(prefix) }
        if let name, prefix.map({ $0 < Bytes(utf8: name) }) ?? true { start = .excluding(Bytes(utf8: name)) }
        let end = prefix?.prefixSuccessor.map { SortedMap<Bytes, LogGroup>.Bound.excluding($0) } ?? .unbounded
        return (state.groups[scope] ?? SortedMap()).ascending(from: start, to: end).lazy.map(\.value)
    }
}

/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListLogGroups.html
enum ListLogGroups: Operation {
    struct Input {
        var pattern: [String]
        var logClass: LogGroup.Class?
        var accounts: AccountSelection
        var token: String?
        var limit: Int
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let pattern = try fields.string(
            "logGroupNamePattern", .length(min: 3, max: 129),
            .pattern("(\\^?[\\.\\-_\\/#A-Za-z0-9]{3,24})(\\|\\^?[\\.\\-_\\/#A-Za-z0-9]{3,24}){0,4}") { text in
                let parts = text.split(separator: "|", omittingEmptySubsequences: false)
                return (1...5).contains(parts.count) && parts.allSatisfy { part in
                    let word = part.hasPrefix("^") ? part.dropFirst() : part
                    return (3...24).contains(word.utf8.count) && Fields.isGroupNamePart(String(word))
                }
            })
        for name in ["dataSources", "fieldIndexNames", "logGroupTags"] where fields[name] != nil { throw .notImplemented("logs ListLogGroups \(name)") }
        return Input(
            pattern: pattern?.split(separator: "|").map(String.init) ?? [], logClass: try fields.logClass(),
            accounts: try fields.accounts(),
            token: try fields.token(), limit: try fields.limit(most: 1000) ?? 50)
    }

    static func run(_ input: Input, on logs: CloudWatchLogsService, _ call: Call) throws(AWSError) -> Page<LogGroup> {
        let after = try PageToken.decode(input.token)
        guard input.accounts.includes(call.account) else { return Page([], limit: 1) { $0.name } }
        let found = logs.groups(in: call.scope, prefix: nil, after: after).lazy.filter { group in
            (input.logClass.map { $0 == group.logClass } ?? true)
                && (input.pattern.isEmpty || input.pattern.contains { $0.hasPrefix("^") ? group.name.hasPrefix($0.dropFirst()) : TextSearch($0).isIn(group.name) })
        }
        return Page(found, limit: input.limit) { $0.name }
    }

    static func write(_ page: Page<LogGroup>) -> Reply {
        page.reply("logGroups") {
            ["logGroupName": .string($0.name), "logGroupArn": .string($0.arn.description), "logGroupClass": .string($0.logClass.rawValue)]
        }
    }
}

/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogGroupDeletionProtection.html
enum PutLogGroupDeletionProtection: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> (identifier: String, isProtected: Bool) {
        let identifier = try fields.requiredString("logGroupIdentifier", .length(min: 1, max: 2048), .pattern("[\\w#+=/:,.@-]*", Fields.isIdentifier))
        return (identifier, try fields.requiredBool("deletionProtectionEnabled"))
    }

    static func run(_ input: (identifier: String, isProtected: Bool), on logs: CloudWatchLogsService, _ call: Call) throws(AWSError) {
        let name = try GroupName(identifier: input.identifier, call)
        logs.keep(try logs.withGroup(name) { group in
            group.isProtected = input.isProtected
            return group
        })
    }

    static func write(_ output: Void) -> Reply { Reply() }
}

/// Keys by which groups are encrypted: kept, and that is all.
enum EncryptionKey {
    /// - Throws: where it isn't a key's ARN.
    static func check(_ key: String) throws(AWSError) {
        guard let arn = ARN(key), arn.service == "kms", arn.resource.hasPrefix("key/") else {
            throw .invalidParameter("The specified KMS Key Id could not be found.")
        }
    }
}

extension Fields {
    fileprivate mutating func encryptedGroup(_ operation: String) throws(AWSError) -> String {
        guard self["resourceIdentifier"] == nil else { throw .notImplemented("logs \(operation) resourceIdentifier") }
        return try groupName()
    }
}

/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html
enum AssociateKmsKey: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> (group: String, key: String) {
        let group = try fields.encryptedGroup("AssociateKmsKey")
        return (group, try fields.requiredString("kmsKeyId", .length(max: 256)))
    }

    static func run(_ input: (group: String, key: String), on logs: CloudWatchLogsService, _ call: Call) throws(AWSError) {
        try EncryptionKey.check(input.key)
        logs.keep(try logs.withGroup(GroupName(input.group, in: call.scope)) { group in
            group.kmsKeyID = input.key
            return group
        })
    }

    static func write(_ output: Void) -> Reply { Reply() }
}

/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DisassociateKmsKey.html
enum DisassociateKmsKey: Operation {
    static func read(_ fields: inout Fields) throws(AWSError) -> String { try fields.encryptedGroup("DisassociateKmsKey") }

    static func run(_ name: String, on logs: CloudWatchLogsService, _ call: Call) throws(AWSError) {
        logs.keep(try logs.withGroup(GroupName(name, in: call.scope)) { group in
            group.kmsKeyID = nil
            return group
        })
    }

    static func write(_ output: Void) -> Reply { Reply() }
}
