import JSON

/// One rule of a pattern, its fields arranged by their names as the event's are: matching walks both together, once.
///
/// Fields below an array of objects must match in one and the same element, as in AWS's engine (array consistency). A field of an array of plain
/// values matches where any of them does. The work is bounded by the part of the event that the pattern names, times the fields below it:
/// no combination of elements is ever tried.
struct FieldTree: Sendable {
    struct Node: Sendable {
        var name: String
        /// Children lie together, after their parent.
        var children: Range<Int> = 0..<0
        /// What the value must be, where the pattern has a field here.
        var match: FieldMatch?
        /// The fields at and below this node in order of their names, which is the order in which AWS's engine takes them.
        var fields: Range<Int> = 0..<0
        /// `exists: false` would do for all of them.
        var mayBeAbsent = true
        /// It would do for some of them.
        var hasAbsence = false
    }

    private(set) var nodes: [Node]

    /// An array in which no element is settled yet: `exists: false` then asks about all of it.
    private struct Unsettled {
        var first: Int
        /// Whether each field below the array's node, from `first` on, has a value anywhere in the array.
        var isPresent: [Bool]
    }

    /// Thrown away in favour of a slower way: a name in the event has points in it and may be a path.
    private struct HasPoints: Error {}

    init(_ rule: PatternCompiler.Rule, _ matches: [FieldMatch]) {
        nodes = [Node(name: "")]
        let paths = rule.map { (path: $0.key.split(separator: ".", omittingEmptySubsequences: false).map(String.init), match: matches[$0.value]) }
        fill(0, paths.map { (path: $0.path[...], match: $0.match) })
        var count = 0
        number(0, &count)
    }

    private mutating func fill(_ node: Int, _ paths: [(path: ArraySlice<String>, match: FieldMatch)]) {
        var below: [[UInt8]: [(path: ArraySlice<String>, match: FieldMatch)]] = [:]
        for entry in paths {
            if let name = entry.path.first { below[Array(name.utf8), default: []].append((entry.path.dropFirst(), entry.match)) } else { nodes[node].match = entry.match }
        }
        let names = below.keys.sorted { $0.lexicographicallyPrecedes($1) }
        let first = nodes.count
        nodes += names.map { Node(name: String(decoding: $0, as: UTF8.self)) }
        nodes[node].children = first..<nodes.count
        for (index, name) in names.enumerated() { fill(first + index, below[name] ?? []) }
    }

    private mutating func number(_ node: Int, _ count: inout Int) {
        let first = count
        if let match = nodes[node].match {
            count += 1
            nodes[node].mayBeAbsent = match.mayBeAbsent
            nodes[node].hasAbsence = match.mayBeAbsent
        }
        for child in nodes[node].children {
            number(child, &count)
            if !nodes[child].mayBeAbsent { nodes[node].mayBeAbsent = false }
            if nodes[child].hasAbsence { nodes[node].hasAbsence = true }
        }
        nodes[node].fields = first..<count
    }

    func matches(_ event: Document) -> Bool {
        var unsettled: Unsettled?
        do throws(HasPoints) {
            return try matches(0, event, &unsettled)
        } catch {
            unsettled = nil
            return (try? matches(0, event.withPathsUnfolded, &unsettled)) ?? false
        }
    }

    /// What stands at the top level under that name: a field, or an object with fields below.
    func topLevel(_ name: String) -> (isField: Bool, isObject: Bool) {
        guard let root = nodes.first, let child = root.children.first(where: { nodes[$0].name.hasSameBytes(as: name) }) else { return (false, false) }
        return (nodes[child].match != nil, !nodes[child].children.isEmpty)
    }

    // MARK: Matching

    /// Whether every field at and below the node matches in the value.
    private func matches(_ node: Int, _ value: Document, _ unsettled: inout Unsettled?) throws(HasPoints) -> Bool {
        if let match = nodes[node].match {
            guard fieldMatches(node, match, value, &unsettled) else { return false }
            if nodes[node].children.isEmpty { return true }
        }
        return try belowMatches(node, value, &unsettled)
    }

    private func belowMatches(_ node: Int, _ value: Document, _ unsettled: inout Unsettled?) throws(HasPoints) -> Bool {
        switch value {
        case .object(let members):
            for child in nodes[node].children {
                guard try childMatches(child, members, &unsettled) else { return false }
            }
            return true
        case .array(let elements): return try anyMatches(node, value, elements, &unsettled)
        case .null, .bool, .number, .string: return nodes[node].children.allSatisfy { absenceDoes($0, unsettled) }
        }
    }

    private func childMatches(_ child: Int, _ members: Members, _ unsettled: inout Unsettled?) throws(HasPoints) -> Bool {
        var isThere = false
        // A name that is written twice is two values, either of which will do.
        for index in members.indices {
            guard try isNamed(child, members[index].name) else { continue }
            isThere = true
            if try matches(child, members[index].value, &unsettled) { return true }
        }
        guard isThere else { return absenceDoes(child, unsettled) }
        guard let match = nodes[child].match, !nodes[child].children.isEmpty else { return false }
        // `a` and `a.b` are both fields: one value may be the first's and the other lie above the second's.
        var isMatched = false
        var isMatchedBelow = false
        for index in members.indices where try isNamed(child, members[index].name) {
            if !isMatched { isMatched = fieldMatches(child, match, members[index].value, &unsettled) }
            if !isMatchedBelow { isMatchedBelow = try belowMatches(child, members[index].value, &unsettled) }
        }
        return isMatched && isMatchedBelow
    }

    /// One element must match all of it.
    private func anyMatches(_ node: Int, _ value: Document, _ elements: [Document], _ unsettled: inout Unsettled?) throws(HasPoints) -> Bool {
        let before = unsettled
        var context = before
        if before == nil, nodes[node].hasAbsence {
            var isPresent = [Bool](repeating: false, count: nodes[node].fields.count)
            try notePresent(node, value, first: nodes[node].fields.lowerBound, &isPresent)
            context = Unsettled(first: nodes[node].fields.lowerBound, isPresent: isPresent)
        }
        // Where the node is a field too, that was asked about the whole array already: elements only have what is below.
        for element in elements {
            var attempt = context
            if try childrenMatch(node, element, &attempt) {
                // What was unsettled before is settled by a value found here.
                if before != nil { unsettled = attempt }
                return true
            }
        }
        return nodes[node].children.allSatisfy { absenceDoes($0, context) }
    }

    private func childrenMatch(_ node: Int, _ value: Document, _ unsettled: inout Unsettled?) throws(HasPoints) -> Bool {
        switch value {
        case .object(let members):
            for child in nodes[node].children {
                guard try childMatches(child, members, &unsettled) else { return false }
            }
            return true
        case .array(let elements): return try anyMatches(node, value, elements, &unsettled)
        case .null, .bool, .number, .string: return false
        }
    }

    /// Whether the field's own value will do, be it absent.
    private func fieldMatches(_ node: Int, _ match: FieldMatch, _ value: Document, _ unsettled: inout Unsettled?) -> Bool {
        if match.mayBeAbsent, !Self.isPresent(value), isAbsent(nodes[node].fields.lowerBound, unsettled) { return true }
        guard Self.anyValue(in: value, is: match.matchers) else { return false }
        unsettled = nil
        return true
    }

    /// Whether `exists: false` is enough for each field at the node and below, none of which has a value in the object at hand.
    private func absenceDoes(_ node: Int, _ unsettled: Unsettled?) -> Bool {
        guard nodes[node].mayBeAbsent else { return false }
        return unsettled == nil || nodes[node].fields.allSatisfy { isAbsent($0, unsettled) }
    }

    private func isAbsent(_ field: Int, _ unsettled: Unsettled?) -> Bool {
        guard let unsettled else { return true }
        let index = field - unsettled.first
        return !unsettled.isPresent.indices.contains(index) || !unsettled.isPresent[index]
    }

    /// Marks the fields that have a value anywhere in this one.
    private func notePresent(_ node: Int, _ value: Document, first: Int, _ isPresent: inout [Bool]) throws(HasPoints) {
        if nodes[node].match != nil, Self.isPresent(value) { isPresent[nodes[node].fields.lowerBound - first] = true }
        switch value {
        case .object(let members):
            for child in nodes[node].children {
                for index in members.indices where try isNamed(child, members[index].name) {
                    try notePresent(child, members[index].value, first: first, &isPresent)
                }
            }
        case .array(let elements):
            for element in elements { try notePresent(node, element, first: first, &isPresent) }
        case .null, .bool, .number, .string: return
        }
    }

    /// Whether a member's name is the node's. One that goes on after it with a point might be a path through it.
    @inline(__always)
    private func isNamed(_ node: Int, _ name: String) throws(HasPoints) -> Bool {
        let wanted = nodes[node].name.utf8.count
        let count = name.utf8.count
        if count == wanted { return name.hasSameBytes(as: nodes[node].name) }
        guard count > wanted else { return false }
        let isPath = name.withBytes { bytes in bytes[wanted] == UInt8(ascii: ".") && nodes[node].name.withBytes { bytes.holds($0, at: 0) } }
        if isPath { throw HasPoints() }
        return false
    }

    /// Whether there is any value here that is no object: `exists` knows leaves only, and an empty array has none.
    private static func isPresent(_ value: Document) -> Bool {
        switch value {
        case .object: false
        case .array(let elements): elements.contains(where: isPresent)
        case .null, .bool, .number, .string: true
        }
    }

    private static func anyValue(in value: Document, is matchers: [Matcher]) -> Bool {
        switch value {
        case .object: return false
        case .array(let elements):
            for element in elements where anyValue(in: element, is: matchers) { return true }
            return false
        case .null, .bool, .number, .string:
            for matcher in matchers where matcher.matches(value) { return true }
            return false
        }
    }
}

extension Document {
    /// With each name that has points in it as objects within objects: `{"a.b": 1}` as `{"a": {"b": 1}}`. To AWS's engine, which knows a field
    /// by its names joined with points, they are the same.
    fileprivate var withPathsUnfolded: Document {
        switch self {
        case .array(let elements): return .array(elements.map(\.withPathsUnfolded))
        case .object(let members):
            var unfolded = Members()
            for member in members {
                let names = member.name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
                unfolded.add(names[...], member.value.withPathsUnfolded)
            }
            return .object(unfolded)
        case .null, .bool, .number, .string: return self
        }
    }
}

extension Members {
    /// Adds a value at the end of a path, inside the objects that are there already. Whatever else is there stays, under the same name.
    fileprivate mutating func add(_ path: ArraySlice<String>, _ value: Document) {
        guard let name = path.first else { return }
        let rest = path.dropFirst()
        if case .object(var inner)? = self[name] {
            if !rest.isEmpty {
                inner.add(rest, value)
                return self[name] = .object(inner)
            }
            if case .object(let members) = value {
                for member in members { inner.append(member.name, member.value) }
                return self[name] = .object(inner)
            }
        }
        var nested = value
        for name in rest.reversed() {
            var members = Members()
            members.append(name, nested)
            nested = .object(members)
        }
        append(name, nested)
    }
}
