import JSON
import Kernel

/// A table as a request names it: by name or by ARN.
package struct TableReference: Sendable, Hashable {
    var name: String
    /// The account and region of an ARN; `nil` means the caller's.
    var scope: Scope?
    /// As the request has it, and as answers show it.
    var text: String

    /// - Throws: where the text is neither.
    init(_ text: String) throws(AWSError) {
        self.text = text
        guard text.hasPrefix("arn:") else {
            guard Self.isName(text) else { throw Self.invalidName }
            name = text
            return
        }
        guard let arn = ARN(text), arn.service == "dynamodb", arn.resource.hasPrefix("table/") else { throw Self.invalidName }
        let name = String(arn.resource.dropFirst("table/".count))
        guard Self.isName(name) else { throw Self.invalidName }
        self.name = name
        scope = arn.scope
    }

    /// A name that was checked already.
    init(plain name: String) {
        self.name = name
        text = name
    }

    /// The account and region of the table. An ARN must be of the region that is asked.
    func scope(_ call: Call) throws(AWSError) -> Scope {
        guard let scope else { return call.scope }
        guard scope.region == call.region else {
            throw .validation("1 validation error detected: Invalid AWS region in '\(ARN("dynamodb", "table/\(name)", in: scope))'")
        }
        return scope
    }

    static let invalidName = AWSError.validation(
        "Invalid table/index name.  Table/index names must be between 3 and 255 characters long, and may contain only the characters a-z, A-Z, 0-9, '_', '-', and '.'")

    static func isName(_ text: String) -> Bool {
        let count = text.utf8.count
        return count >= 3 && count <= 255 && isMadeOfNameCharacters(text)
    }

    @Sendable
    static func isMadeOfNameCharacters(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 &- 48 < 10 || ($0 | 0x20) &- 97 < 26 || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }
    }
}

extension Constraint {
    static var namePattern: Constraint { .pattern("[a-zA-Z0-9_.-]+", TableReference.isMadeOfNameCharacters) }
}

/// Members that many operations have. Values are read at once, so that what can't be read is said first; what they may not
/// be is said when the request's constraints hold.
extension Fields {
    /// `TableName` of data-plane operations: its text, to be taken apart when all constraints hold.
    mutating func tableName() throws(AWSError) -> String { try requiredString("TableName", .length(min: 1, max: 1024)) }

    /// `TableName` where it is looked at before all else: what is wrong with it is told alone, as recorded of PutItem and UpdateItem in 2026.
    mutating func leadingTableName() throws(AWSError) -> String {
        let name = try tableName()
        try check()
        return name
    }

    /// An item or a key.
    mutating func item(_ name: String, _ wording: ValueWording) throws(AWSError) -> Result<Item, AWSError>? {
        guard let document = self[name] else { return nil }
        return try .reading(document, wording)
    }

    mutating func requiredItem(_ name: String, _ wording: ValueWording) throws(AWSError) -> Result<Item, AWSError> {
        if let item = try item(name, wording) { return item }
        missing(name)
        return .success(Item())
    }

    mutating func indexName() throws(AWSError) -> String? { try string("IndexName", .namePattern, .length(min: 3, max: 255)) }

    mutating func capacityReport() throws(AWSError) -> CapacityReport {
        try string("ReturnConsumedCapacity", .oneOf(CapacityReport.values)).flatMap(CapacityReport.init) ?? .none
    }

    /// Whether `ReturnItemCollectionMetrics` asks for them.
    mutating func collectionMetrics() throws(AWSError) -> Bool {
        try string("ReturnItemCollectionMetrics", .oneOf(["SIZE", "NONE"])) == "SIZE"
    }

    /// Whether `ReturnValuesOnConditionCheckFailure` asks for the item.
    mutating func returnsItemOnFailure() throws(AWSError) -> Bool {
        try string("ReturnValuesOnConditionCheckFailure", .oneOf(["ALL_OLD", "NONE"])) == "ALL_OLD"
    }

    /// Parameters that aren't there yet: named aloud instead of passed over.
    func refuse(_ parameters: [String], of operation: String) throws(AWSError) {
        for parameter in parameters where self[parameter] != nil {
            throw .notImplemented("the parameter \(parameter) of \(operation)")
        }
    }
}

extension Result where Success == Item, Failure == AWSError {
    /// Reads an item. JSON of the wrong type throws; a value that isn't allowed is kept for later.
    static func reading(_ document: Document, _ wording: ValueWording) throws(AWSError) -> Self {
        do throws(AWSError) {
            return .success(try Item(document, wording))
        } catch {
            guard error.code == "ValidationException" else { throw error }
            return .failure(error)
        }
    }
}

extension AWSError {
    private static let oneViolation = "1 validation error detected: "

    /// AWS says what is wrong with a request in itself, before it looks at the table, in the envelope of broken constraints:
    /// recorded of PutItem, UpdateItem, DeleteItem and Query, not of the others.
    static func enveloped<Value>(_ body: () throws(AWSError) -> Value) throws(AWSError) -> Value {
        do throws(AWSError) {
            return try body()
        } catch {
            guard error.code == "ValidationException", var message = error.message, !message.contains("validation error") else { throw error }
            let noExpressions = "ExpressionAttributeValues can only be specified when using expressions"
            // Without the names of the expressions that are missing, which it has elsewhere.
            if message.hasPrefix(noExpressions) { message = noExpressions }
            throw .validation(oneViolation + message)
        }
    }
}

/// `ReturnValues`
enum ReturnValues: String, Sendable {
    case none = "NONE", allOld = "ALL_OLD", updatedOld = "UPDATED_OLD", allNew = "ALL_NEW", updatedNew = "UPDATED_NEW"

    static func read(_ fields: inout Fields) throws(AWSError) -> ReturnValues {
        try fields.string("ReturnValues", .oneOf(["ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW"])).flatMap(ReturnValues.init) ?? .none
    }

    /// PutItem and DeleteItem know nothing but the item before.
    func checkOldOnly() throws(AWSError) {
        guard self == .none || self == .allOld else { throw .validation("ReturnValues can only be ALL_OLD or NONE") }
    }
}
