import Kernel

/// The tags of a table.
/// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Tagging.html
package struct Tags: Sendable {
    package struct Tag: Sendable, Equatable {
        package var key: String
        package var value: String
    }

    /// In the order in which their keys came.
    package private(set) var all: [Tag] = []

    package init(_ tags: [Tag] = []) { all = tags }

    /// Most tags of one table.
    static let limit = 50

    /// Adds tags; a value replaces the one that the key had.
    /// - Throws: where there would be too many.
    mutating func add(_ tags: [Tag]) throws(AWSError) {
        var merged = all
        for tag in tags {
            if let position = merged.firstIndex(where: { ByteOrder.equal($0.key, tag.key) }) { merged[position] = tag } else { merged.append(tag) }
        }
        guard merged.count <= Self.limit else { throw Self.tooMany }
        all = merged
    }

    mutating func remove(_ keys: [String]) { all.removeAll { tag in keys.contains { ByteOrder.equal($0, tag.key) } } }

    private static let tooMany = AWSError.validation("Number of Tags exceed the current limit for the provided ResourceArn")

    /// Checks tags as a request has them, absent members included.
    static func checked(_ tags: [(key: String?, value: String?)]) throws(AWSError) -> [Tag] {
        guard tags.count <= limit else { throw tooMany }
        var checked: [Tag] = []
        for (key, value) in tags {
            let key = try self.key(key)
            guard let value, value.unicodeScalars.count <= 256, isText(value) else { throw .validation("The Tag Value provided is invalid, Value: \(value ?? "null")") }
            guard !checked.contains(where: { ByteOrder.equal($0.key, key) }) else {
                throw .validation("Duplicate Tag Keys provided as input: Duplicate Tag Key found \(key)")
            }
            checked.append(Tag(key: key, value: value))
        }
        return checked
    }

    /// Checks keys that are to be taken away.
    static func checkKeys(_ keys: [String]) throws(AWSError) {
        guard keys.count <= limit else { throw tooMany }
        for key in keys { _ = try self.key(key) }
    }

    /// Checks one key.
    static func key(_ key: String?) throws(AWSError) -> String {
        guard let key, !key.isEmpty, key.unicodeScalars.count <= 128, isText(key) else { throw .validation("The Tag Key provided is invalid, Key: \(key ?? "null")") }
        if key.utf8.count >= 4, key.prefix(4).lowercased() == "aws:" { throw .validation("Tag Key cannot be prefixed with aws:, Key: \(key)") }
        return key
    }

    /// Letters, spaces and numbers of any script, and a few signs.
    private static func isText(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber, .letterNumber, .otherNumber, .spaceSeparator: true
            default: "+-=._:/@".unicodeScalars.contains(scalar)
            }
        }
    }
}
