import JSON
import Kernel

/// `SSESpecification`: which key encrypts a table, as CreateTable, UpdateTable and the restores ask for it.
/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_SSESpecification.html
struct EncryptionSpecification: Sendable {
    var isEnabled: Bool?
    var type: String?
    var key: String?

    static func read(_ fields: inout Fields) throws(AWSError) -> EncryptionSpecification {
        let isEnabled = try fields.bool("Enabled")
        let type = try fields.string("SSEType", .oneOf(["AES256", "KMS"]))
        return EncryptionSpecification(isEnabled: isEnabled, type: type, key: try fields.string("KMSMasterKeyId", .length(min: 1)))
    }

    /// What its members may not be together.
    func check() throws(AWSError) {
        if isEnabled == false {
            if type != nil { throw .invalidParameter("SSEType can not be specified if Enabled is false") }
            if key != nil { throw .invalidParameter("KMSMasterKeyId can not be specified if Enabled is false") }
        }
        if type == "AES256" { throw .invalidParameter("SSEType AES256 is not supported") }
        if key != nil, type == nil { throw .invalidParameter("SSEType KMS is required if KMSMasterKeyId is specified") }
    }

    /// The ARN of the key that it names; `nil` is the key that DynamoDB owns, which is never shown. There is no KMS to ask: keys and aliases of
    /// this account and region are taken for granted.
    func keyARN(_ call: Call) throws(AWSError) -> String? {
        guard isEnabled ?? (type != nil) else { return nil }
        let key = key ?? Self.defaultAlias
        if key.hasPrefix("arn:") {
            guard let arn = ARN(key), arn.service == "kms" else { throw Self.notFound("Invalid arn \(key)", call) }
            guard arn.region == call.region else { throw Self.notFound("Invalid arn \(arn.region)", call) }
            return arn.resource.hasPrefix("alias/") ? Self.arn(ofAlias: arn.resource, call) : key
        }
        return key.hasPrefix("alias/") ? Self.arn(ofAlias: key, call) : ARN("kms", "key/\(key)", in: call.scope).description
    }

    /// The key that AWS manages for DynamoDB in each account and region.
    private static let defaultAlias = "alias/aws/dynamodb"

    /// An alias stands for one key, always the same.
    private static func arn(ofAlias alias: String, _ call: Call) -> String {
        let fingerprint = Fingerprint.of(.string("\(call.account) \(call.region) \(alias)"))
        return ARN("kms", "key/\(fingerprint.uuid)", in: call.scope).description
    }

    private static func notFound(_ what: String, _ call: Call) -> AWSError {
        .validation(
            "KMS validation error: com.amazonaws.services.kms.model.NotFoundException: \(what) (Service: AWSKMS; Status Code: 400; "
                + "Error Code: NotFoundException; Request ID: \(call.requestID.uuid); Proxy: null)")
    }
}

extension Fields {
    mutating func encryption(_ name: String = "SSESpecification") throws(AWSError) -> EncryptionSpecification? {
        try structure(name, EncryptionSpecification.read)
    }
}

/// A table's key, and the one that it changes to.
package struct Encryption: Sendable, Equatable {
    /// The key's ARN; `nil` where DynamoDB owns it.
    package var key: String?
    /// While the table is encrypted anew: with what, and until when.
    var change: Change?

    struct Change: Sendable, Equatable {
        var key: String?
        var ends: Timestamp
    }

    mutating func settle(at now: Timestamp) {
        guard let change, change.ends <= now else { return }
        key = change.key
        self.change = nil
    }

    /// The change that a request asks for.
    mutating func begin(_ specification: EncryptionSpecification, _ call: Call, ends: Timestamp) throws(AWSError) {
        let wanted = try specification.keyARN(call)
        if wanted == nil, key == nil { throw .invalidParameter("Table is already encrypted by default") }
        // Only a key named by its ARN is known to be the same one; AWS takes an alias or an id for a change.
        if let named = specification.key, named == key {
            throw .invalidParameter("Table is already encrypted with given KMSMasterKeyId. Use KMSMasterKeyId parameter if you want to change Master Key")
        }
        change = Change(key: wanted, ends: ends)
    }

    /// `SSEDescription`: nothing for the key that DynamoDB owns.
    var document: Document? {
        guard key != nil || change != nil else { return nil }
        var members: Members = ["Status": change == nil ? "ENABLED" : "UPDATING"]
        if let key {
            members.append("SSEType", "KMS")
            members.append("KMSMasterKeyArn", .string(key))
        }
        return .object(members)
    }
}

/// In the journal.
extension Encryption {
    var stored: Document {
        var members = Members()
        if let key { members.append("key", .string(key)) }
        if let change {
            members.append("ends", .int(change.ends.microseconds))
            if let next = change.key { members.append("next", .string(next)) }
        }
        return .object(members)
    }

    init(stored document: Document) {
        key = document["key"]?.string
        change = document["ends"]?.int.map { Change(key: document["next"]?.string, ends: Timestamp(microseconds: Int64($0))) }
    }
}
