import Synchronization

/// What expressions say, kept by their texts: clients send the same few again and again, with other names and values.
///
/// Only what was parsed without fault is kept, and it is a value that nobody can change.
final class ExpressionCache<Syntax: Sendable>: Sendable {
    /// Most expressions kept: when there are as many, all are let go. Clients that write values into their texts get no further.
    static var limit: Int { 512 }
    /// Longer texts are parsed each time, which bounds what is kept.
    static var textLimit: Int { 512 }

    private struct Entry: Sendable {
        var syntax: Syntax
        /// Strings are equal where they are equivalent, too; bytes that say the same in two ways differ in their number.
        var count: Int
    }

    private let entries = Mutex<[String: Entry]>([:])

    func syntax<Failure: Error>(of text: String, parse: (String) throws(Failure) -> Syntax) throws(Failure) -> Syntax {
        let count = text.utf8.count
        guard count <= Self.textLimit else { return try parse(text) }
        if let entry = entries.withLock({ $0[text] }), entry.count == count { return entry.syntax }
        let syntax = try parse(text)
        entries.withLock { entries in
            if entries.count >= Self.limit { entries.removeAll(keepingCapacity: true) }
            entries[text] = Entry(syntax: syntax, count: count)
        }
        return syntax
    }

    /// How many it keeps.
    var count: Int { entries.withLock { $0.count } }
}

/// One for each grammar.
enum ExpressionCaches {
    /// Conditions and filters: what is right says the same in both.
    static let conditions = ExpressionCache<ConditionSyntax>()
    static let keyConditions = ExpressionCache<ConditionSyntax>()
    static let updates = ExpressionCache<[ActionSyntax]>()
    static let projections = ExpressionCache<[PathSyntax]>()
}
