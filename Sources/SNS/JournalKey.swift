import Kernel

/// The keys of SNS in the journal: what it is, then which.
enum JournalKey {
    static func topic(_ arn: String) -> [UInt8] { Array("topic|\(arn)".utf8) }
    static func subscription(_ arn: String) -> [UInt8] { Array("subscription|\(arn)".utf8) }
    static func deactivated(_ arn: String) -> [UInt8] { Array("deactivated|\(arn)".utf8) }
    static func deduplication(_ topic: String, _ key: String) -> [UInt8] { Array("taken|\(topic)|\(key)".utf8) }
    static func account(_ scope: Scope) -> [UInt8] { Array("account|\(scope.account)|\(scope.region)".utf8) }
    static func application(_ arn: String) -> [UInt8] { Array("application|\(arn)".utf8) }
    static func endpoint(_ arn: String) -> [UInt8] { Array("endpoint|\(arn)".utf8) }
}
