/// A PartiQL statement as it is written, before its parameters are put in.
/// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.statements.html
indirect enum StatementSyntax: Sendable {
    case select(Select)
    case insert(table: Source, item: Expression)
    case update(Update)
    case delete(Delete)
    /// `EXISTS (SELECT ...)`: a transaction's condition check.
    case exists(Select)

    /// A table, or an index of one.
    struct Source: Sendable {
        var table: String
        var index: String?
    }

    struct Select: Sendable {
        /// `nil` is `*`.
        var paths: [DocumentPath]?
        var source: Source
        var condition: Expression?
        var order: [(path: DocumentPath, isDescending: Bool)] = []
    }

    struct Update: Sendable {
        var source: Source
        var actions: [Action]
        var condition: Expression?
        var returning: Returning?
    }

    struct Delete: Sendable {
        var source: Source
        var condition: Expression?
        var returning: Returning?
    }

    struct Action: Sendable {
        var path: DocumentPath
        /// `nil` removes.
        var value: Expression?
    }

    /// `RETURNING ALL OLD *`
    struct Returning: Sendable, Equatable {
        var isModified: Bool
        var isNew: Bool

        var text: String { "\(isModified ? "MODIFIED" : "ALL") \(isNew ? "NEW" : "OLD") *" }
    }

    indirect enum Expression: Sendable {
        case literal(AttributeValue)
        /// With its text.
        case number(DynamoDBNumber, String)
        /// The parameter's number, from 0.
        case parameter(Int, StatementLocation)
        case missing
        case path(DocumentPath)
        case list([Expression])
        case tuple([(name: String, value: Expression)])
        case bag([Expression])
        case and([Expression])
        case or([Expression])
        case not(Expression)
        case comparison(Comparator, Expression, Expression)
        case between(Expression, Expression, Expression)
        case isIn(Expression, Expression)
        /// `IS type`
        case isOf(Expression, String)
        case call(Call)
        case plus(Expression, Expression)
        case minus(Expression, Expression)
    }

    /// A function's call, its name in capitals.
    struct Call: Sendable {
        var name: String
        var arguments: [Expression]
        var location: StatementLocation
        /// Where the first argument begins.
        var argument: StatementLocation
    }

    var isRead: Bool { if case .select = self { true } else { false } }

    var source: Source {
        switch self {
        case .select(let select), .exists(let select): select.source
        case .insert(let source, _): source
        case .update(let update): update.source
        case .delete(let delete): delete.source
        }
    }
}
