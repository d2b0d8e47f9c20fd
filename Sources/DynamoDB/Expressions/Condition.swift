/// A condition on an item, its names and values put in and its types checked.
package struct Condition: Sendable {
    let root: Node

    indirect enum Node: Sendable {
        case and([Node])
        case or([Node])
        case not(Node)
        case comparison(Comparator, Operand, Operand)
        case between(Operand, Operand, Operand)
        case isIn(Operand, [Operand])
        case exists(DocumentPath)
        case notExists(DocumentPath)
        case isType(Operand, AttributeType)
        case beginsWith(Operand, Operand)
        case contains(Operand, Operand)
    }

    indirect enum Operand: Sendable {
        case path(DocumentPath)
        case value(AttributeValue)
        case size(Operand)
        /// Of PartiQL: whether a condition holds, true or false.
        case condition(Node)

        var path: DocumentPath? { if case .path(let path) = self { path } else { nil } }

        /// The type, where it is known before any item is seen.
        var type: AttributeType? {
            switch self {
            case .path: nil
            case .value(let value): value.type
            case .size: .number
            case .condition: .bool
            }
        }

        var immediate: AttributeValue? { if case .value(let value) = self { value } else { nil } }
    }

    /// The top-level attributes that the condition names.
    package var attributes: [String] {
        var attributes: [String] = []
        root.visitPaths { attributes.append($0.attribute) }
        return attributes
    }

    /// All paths in the order in which they are written.
    package var paths: [DocumentPath] {
        var paths: [DocumentPath] = []
        root.visitPaths { paths.append($0) }
        return paths
    }
}

extension Condition.Node {
    func visitPaths(_ visit: (DocumentPath) -> Void) {
        switch self {
        case .and(let nodes), .or(let nodes): nodes.forEach { $0.visitPaths(visit) }
        case .not(let node): node.visitPaths(visit)
        case .comparison(_, let left, let right), .beginsWith(let left, let right), .contains(let left, let right):
            left.visitPaths(visit)
            right.visitPaths(visit)
        case .between(let operand, let lower, let upper): [operand, lower, upper].forEach { $0.visitPaths(visit) }
        case .isIn(let operand, let choices): ([operand] + choices).forEach { $0.visitPaths(visit) }
        case .exists(let path), .notExists(let path): visit(path)
        case .isType(let operand, _): operand.visitPaths(visit)
        }
    }
}

extension Condition.Operand {
    func visitPaths(_ visit: (DocumentPath) -> Void) {
        switch self {
        case .path(let path): visit(path)
        case .value: break
        case .size(let operand): operand.visitPaths(visit)
        case .condition(let node): node.visitPaths(visit)
        }
    }
}
