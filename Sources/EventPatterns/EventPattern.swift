import JSON

/// A compiled pattern: of an EventBridge rule, an SNS subscription's filter policy, or an event source mapping's filter.
///
/// Compiling checks it as the service does; matching then parses nothing and, but for rare patterns with `exists: false` below arrays, allocates nothing.
///
/// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
package struct EventPattern: Sendable {
    /// Whose pattern it is: the services differ in operators, limits and errors.
    package enum Dialect: Sendable, CaseIterable {
        case eventBridge
        case snsMessageAttributes
        case snsMessageBody
        case eventSourceMapping
    }

    /// Rules that the alternatives of `$or` may make at most.
    package static let combinationLimit = 1_000

    package let dialect: Dialect
    private let rules: [FieldTree]

    /// - Parameter text: the pattern's JSON.
    /// - Throws: ``EventPatternError`` with the service's reason.
    package init(_ text: String, dialect: Dialect) throws(EventPatternError) {
        var compiler = PatternCompiler(text, dialect: dialect)
        do throws(CompileError) {
            try compiler.compile()
            try Self.checkWildcards(compiler.matches, dialect)
        } catch {
            throw EventPatternError(dialect: dialect, kind: error.isLimit ? .limit : .invalid, reason: error.reason)
        }
        self.dialect = dialect
        let matches = compiler.matches
        rules = compiler.rules.map { FieldTree($0, matches) }
    }

    /// A pattern given as an object, as in a template.
    package init(_ document: Document, dialect: Dialect) throws(EventPatternError) {
        try self.init(document.jsonString(), dialect: dialect)
    }

    /// Whether the event matches. What is no object matches nothing.
    package func matches(_ event: Document) -> Bool {
        guard case .object(let members) = event else { return false }
        // SNS: "exists: false" asks for one other attribute at least.
        if dialect == .snsMessageAttributes, members.isEmpty { return false }
        for rule in rules where rule.matches(event) { return true }
        return false
    }

    /// What the pattern asks of a member of the event itself.
    enum TopLevel {
        case nothing
        /// Values, as of a text.
        case values
        /// Members of an object.
        case object
    }

    func topLevel(_ name: String) -> TopLevel {
        var result = TopLevel.nothing
        for rule in rules {
            let (isField, isObject) = rule.topLevel(name)
            if isObject { return .object }
            if isField { result = .values }
        }
        return result
    }

    /// Too many beginnings of one field's wildcards that one text can match at once.
    private static func checkWildcards(_ matches: [FieldMatch], _ dialect: Dialect) throws(CompileError) {
        for match in matches {
            let wildcards = match.matchers.flatMap(\.wildcards)
            guard !wildcards.isEmpty, WildcardComplexity.reaches(WildcardComplexity.limit, in: wildcards) else { continue }
            throw CompileError(
                reason: dialect.isSNS
                    ? FilterPolicy.tooComplex
                    : "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character")
        }
    }
}

extension EventPattern.Dialect {
    var isSNS: Bool { self == .snsMessageAttributes || self == .snsMessageBody }

    /// Whether the dialect knows the operator. Event source mappings have no wildcards.
    func allows(_ name: String) -> Bool { self != .eventSourceMapping || name != "wildcard" }

    /// Whether `prefix` and `suffix` may hold `equals-ignore-case`.
    var allowsCaselessAffixes: Bool { !isSNS }

    /// Whether the operator may stand inside `anything-but`.
    func allowsInAnythingBut(_ name: String) -> Bool {
        switch self {
        case .eventBridge: ["equals-ignore-case", "prefix", "suffix", "wildcard"].contains(name)
        case .snsMessageAttributes, .snsMessageBody: name == "prefix"
        case .eventSourceMapping: ["equals-ignore-case", "prefix", "suffix"].contains(name)
        }
    }

    /// The words for too many `$or` combinations.
    var combinationComplaint: String {
        isSNS ? FilterPolicy.tooComplex : "The event pattern has more than \(EventPattern.combinationLimit) combinations of $or."
    }
}

extension Matcher {
    /// The wildcard patterns in it.
    fileprivate var wildcards: [Wildcard] {
        switch self {
        case .wildcard(let wildcard): [wildcard]
        case .anythingBut(let matchers): matchers.flatMap(\.wildcards)
        default: []
        }
    }
}
