import Kernel

/// What AWS says of statements. The details of badly formed ones are those of the parser that it publishes (PartiQL's reference implementation).
extension AWSError {
    /// - Parameter detail: empty where something can't be taken apart into words at all.
    static func statement(_ detail: String) -> AWSError {
        .validation("Statement wasn't well formed, can't be processed: \(detail)")
    }

    static let duplicateItem = AWSError("DuplicateItemException", "Duplicate primary key exists in table")
}

enum StatementErrors {
    static let incompleteKey = AWSError.validation("Where clause does not contain a mandatory equality on all key attributes")
    static let parameters = AWSError.validation("Number of parameters in request and statement don't match.")
    static let overlap = AWSError.validation("Overlapping conditions with range keys are not supported in where clause")
    static let tooManyReads = AWSError.validation("Too many decomposed read operations for a given query.")
    static let indexWrite = AWSError.validation("This operation is not supported on an index")
    static let existsOutside = AWSError.validation("EXISTS can only be used in ExecuteTransaction write requests.")
    static let tableName = AWSError.validation(
        "Table name should be within the length [3, 255] and only contain 'a-z', 'A-Z', '0-9', '-', '_', '.'.")

    static func keyMissing(_ name: String) -> AWSError { .validation("Key attribute should be present in the item: Key \(name)") }

    private static let keyTypeMismatch = "Key attribute's data type should match its data type in table's schema"

    static func keyType(_ name: String) -> AWSError {
        .validation("\(keyTypeMismatch): Key \(name)")
    }

    static func severalConditions(_ name: String) -> AWSError {
        .validation("Multiple conditions on same key \(name). Only single item Update/Insert/Delete are supported")
    }

    static func keyPath(_ name: String) -> AWSError {
        .validation("Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key \(name)")
    }

    /// Whether the statement names no key of its table.
    static func isOfKey(_ error: AWSError) -> Bool {
        guard let message = error.message else { return false }
        return error == incompleteKey || message.hasPrefix(keyTypeMismatch) || message.hasPrefix("Multiple conditions on same key")
    }

    /// What is wrong with one statement of several.
    static func member(_ number: Int, of list: String, _ error: AWSError) -> AWSError {
        guard error.code == "ValidationException" else { return error }
        return .validation("Validation failed in \(list)[\(number)]: \(error.message ?? "")")
    }

    /// Runs what the expressions of other operations share: their messages begin with the parameter's name, which a statement hasn't.
    static func unprefixed<Result>(_ body: () throws(AWSError) -> Result) throws(AWSError) -> Result {
        do throws(AWSError) {
            return try body()
        } catch {
            for kind in [ExpressionKind.condition, .update] {
                let prefix = "Invalid \(kind.rawValue): "
                if let message = error.message, message.hasPrefix(prefix) { throw .validation(String(message.dropFirst(prefix.count))) }
            }
            throw error
        }
    }
}
