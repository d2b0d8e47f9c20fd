import JSON
import Kernel

/// The dotted names of form parameters as a document: `ToAddresses.member.1=a` is a list, `Tags.entry.1.key=k` a map,
/// `Message.Subject.Data=x` structures, `Attribute.1.Name=n` a flattened list.
///
/// No model says which is which; the names do. Every scalar is a string.
struct FormTree {
    private struct Node {
        var value: String?
        var children: [(name: String, node: Int)] = []
        var index: [String: Int] = [:]
    }

    /// No input of AWS's goes deeper, or has as many parts.
    private static let depthLimit = 32
    private static let nodeLimit = 200_000

    /// The first node is the root.
    private var nodes = [Node()]

    static func document(_ parameters: [(name: String, value: String)]) throws(AWSError) -> Document {
        var tree = FormTree()
        for parameter in parameters { try tree.insert(parameter.name, parameter.value) }
        return tree.object(0)
    }

    private mutating func insert(_ name: String, _ value: String) throws(AWSError) {
        var node = 0
        var depth = 0
        for part in name.split(separator: ".", omittingEmptySubsequences: false) {
            depth += 1
            guard depth <= Self.depthLimit, nodes.count < Self.nodeLimit, !part.isEmpty else {
                throw AWSError("MalformedQueryString", "The parameter '\(name.prefix(200))' is malformed.")
            }
            node = child(of: node, String(part))
        }
        nodes[node].value = value
    }

    private mutating func child(of parent: Int, _ name: String) -> Int {
        if let child = nodes[parent].index[name] { return child }
        nodes.append(Node())
        let child = nodes.count - 1
        nodes[parent].index[name] = child
        nodes[parent].children.append((name, child))
        return child
    }

    private func document(_ index: Int) -> Document {
        let node = nodes[index]
        guard let first = node.children.first else { return .string(node.value ?? "") }
        if node.children.count == 1 {
            if first.name == "member", let elements = numbered(first.node) { return .array(elements.map { document($0) }) }
            if first.name == "entry", let elements = numbered(first.node), let map = map(elements) { return .object(map) }
        }
        if let elements = numbered(index) { return .array(elements.map { document($0) }) }
        return object(index)
    }

    private func object(_ index: Int) -> Document {
        .object(Members(nodes[index].children.map { .init(name: $0.name, value: document($0.node)) }))
    }

    /// The children in the order of their numbers, where all are numbers. Gaps count for nothing, as with AWS.
    private func numbered(_ index: Int) -> [Int]? {
        var elements: [(position: Int, node: Int)] = []
        for child in nodes[index].children {
            guard let position = Int(child.name), position >= 0 else { return nil }
            elements.append((position, child.node))
        }
        guard !elements.isEmpty else { return nil }
        return elements.sorted { $0.position < $1.position }.map(\.node)
    }

    private func map(_ elements: [Int]) -> Members? {
        var members = Members()
        for element in elements {
            // SNS's message attributes have their names with capitals.
            guard let key = nodes[element].index["key"] ?? nodes[element].index["Name"], let name = nodes[key].value else { return nil }
            members.append(name, (nodes[element].index["value"] ?? nodes[element].index["Value"]).map { document($0) } ?? .string(""))
        }
        return members
    }
}
