import Kernel

/// The regular expressions of queries, with groups: run as a set of states, so that they take time in proportion to the text whatever they are.
/// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Filter.html
struct QueryRegex: Sendable {
    private enum Instruction: Sendable {
        case scalar(UInt32)
        case set(RegularExpression.Characters)
        /// Goes on at both, at the first one rather.
        case split(Int, Int)
        case jump(Int)
        case save(Int)
        case start
        case end
        case boundary(Bool)
        case match
    }

    private indirect enum Node {
        case scalar(UInt32)
        case set(RegularExpression.Characters)
        case sequence([Node])
        case alternatives([Node])
        case repeated(Node, least: Int, most: Int?, isLazy: Bool)
        case group(Node, Int)
        case start
        case end
        case boundary(Bool)
    }

    private var program: [Instruction] = []
    private var ignoresCase = false
    /// The names of the groups, in their order; `nil` for those without.
    private(set) var groups: [String?] = []

    private static let programLimit = 4000
    /// So many places a match may be at, at once.
    private static let choiceLimit = 300

    /// - Throws: where it can't be.
    init(_ text: some StringProtocol) throws(QueryMistake) {
        var reader = Reader(scalars: Array(text.unicodeScalars.map(\.value)))
        let node = try reader.alternatives()
        guard reader.place == reader.scalars.count else { throw QueryMistake("Invalid regular expression") }
        groups = reader.groups
        ignoresCase = reader.ignoresCase
        try compile(node)
        program.append(.match)
        let choices = program.count { if case .split = $0 { true } else { false } }
        guard choices <= Self.choiceLimit else { throw QueryMistake("Invalid regular expression: it is too long") }
    }

    private mutating func compile(_ node: Node) throws(QueryMistake) {
        guard program.count <= Self.programLimit else { throw QueryMistake("Invalid regular expression: it is too long") }
        switch node {
        case .scalar(let scalar): program.append(.scalar(ignoresCase ? Self.folded(scalar) : scalar))
        case .set(let set): program.append(.set(set))
        case .start: program.append(.start)
        case .end: program.append(.end)
        case .boundary(let isOne): program.append(.boundary(isOne))
        case .sequence(let nodes): for node in nodes { try compile(node) }
        case .group(let node, let number):
            program.append(.save(number * 2))
            try compile(node)
            program.append(.save(number * 2 + 1))
        case .alternatives(let nodes): try compile(alternatives: nodes)
        case .repeated(let node, let least, let most, let isLazy): try compile(node, least, most, isLazy)
        }
    }

    private mutating func compile(alternatives nodes: [Node]) throws(QueryMistake) {
        var ends: [Int] = []
        for (index, node) in nodes.enumerated() {
            guard index < nodes.count - 1 else {
                try compile(node)
                break
            }
            let split = program.count
            program.append(.split(split + 1, 0))
            try compile(node)
            ends.append(program.count)
            program.append(.jump(0))
            program[split] = .split(split + 1, program.count)
        }
        for end in ends { program[end] = .jump(program.count) }
    }

    private mutating func compile(_ node: Node, _ least: Int, _ most: Int?, _ isLazy: Bool) throws(QueryMistake) {
        for _ in 0..<least { try compile(node) }
        guard let most else {
            let split = program.count
            program.append(.split(0, 0))
            try compile(node)
            program.append(.jump(split))
            program[split] = isLazy ? .split(program.count, split + 1) : .split(split + 1, program.count)
            return
        }
        var splits: [Int] = []
        for _ in 0..<max(0, most - least) {
            splits.append(program.count)
            program.append(.split(0, 0))
            try compile(node)
        }
        for split in splits { program[split] = isLazy ? .split(program.count, split + 1) : .split(split + 1, program.count) }
    }

    private static func folded(_ scalar: UInt32) -> UInt32 { scalar &- 65 < 26 ? scalar | 0x20 : scalar }

    // MARK: Matching

    func matches(_ text: String) -> Bool { search(text, captures: false) != nil }

    /// What the groups hold at the first match; `nil` where there is none.
    func captures(in text: String) -> [String?]? {
        guard let places = search(text, captures: true) else { return nil }
        let scalars = Array(text.unicodeScalars)
        return groups.indices.map { group in
            let (start, end) = (places[group * 2], places[group * 2 + 1])
            guard start >= 0, end >= start else { return nil }
            var found = String.UnicodeScalarView()
            found.append(contentsOf: scalars[start..<end])
            return String(found)
        }
    }

    private struct Thread {
        var place: Int
        var saved: [Int]
    }

    /// Where the groups of the first match begin and end.
    private func search(_ text: String, captures: Bool) -> [Int]? {
        let none = captures ? [Int](repeating: -1, count: groups.count * 2) : []
        var present: [Thread] = []
        var marks = [Int](repeating: -1, count: program.count)
        var found: [Int]?
        var previous: UInt32?
        var position = 0
        var scalars = text.unicodeScalars.makeIterator()
        var next = scalars.next()?.value
        while true {
            let current = next
            let around = Around(previous: previous, next: current)
            // Threads that stood here before begin anew only behind those that are under way.
            if found == nil { add(0, none, position, around, &present, &marks) }
            var following: [Thread] = []
            next = current == nil ? nil : scalars.next()?.value
            let after = Around(previous: current, next: next)
            scan: for thread in present {
                switch program[thread.place] {
                case .match:
                    found = thread.saved
                    if !captures { return found }
                    break scan
                case .scalar(let scalar):
                    if let current, scalar == (ignoresCase ? Self.folded(current) : current) {
                        add(thread.place + 1, thread.saved, position + 1, after, &following, &marks)
                    }
                case .set(let set):
                    if let current, contains(set, current) { add(thread.place + 1, thread.saved, position + 1, after, &following, &marks) }
                default: break
                }
            }
            guard current != nil else { return found }
            if following.isEmpty, found != nil { return found }
            present = following
            previous = current
            position += 1
        }
    }

    private func contains(_ set: RegularExpression.Characters, _ scalar: UInt32) -> Bool {
        if set.contains(scalar) { return true }
        guard ignoresCase, (scalar | 0x20) &- 97 < 26 else { return false }
        return set.contains(scalar ^ 0x20)
    }

    /// What stands at both sides of a place.
    private struct Around {
        var previous: UInt32?
        var next: UInt32?

        var isBoundary: Bool { Self.isWord(previous) != Self.isWord(next) }

        private static func isWord(_ scalar: UInt32?) -> Bool { scalar.map { RegularExpression.Characters.word.contains($0) } ?? false }
    }

    /// Adds a thread, and those that it leads to without a character, once for each place of the program.
    private func add(_ start: Int, _ saved: [Int], _ position: Int, _ around: Around, _ threads: inout [Thread], _ marks: inout [Int]) {
        var stack = [Thread(place: start, saved: saved)]
        while var thread = stack.popLast() {
            guard marks[thread.place] != position else { continue }
            marks[thread.place] = position
            switch program[thread.place] {
            case .jump(let target):
                thread.place = target
                stack.append(thread)
            case .split(let first, let second):
                stack.append(Thread(place: second, saved: thread.saved))
                stack.append(Thread(place: first, saved: thread.saved))
            case .save(let slot):
                if slot < thread.saved.count { thread.saved[slot] = position }
                thread.place += 1
                stack.append(thread)
            case .start where around.previous == nil, .end where around.next == nil:
                thread.place += 1
                stack.append(thread)
            case .boundary(let isOne) where around.isBoundary == isOne:
                thread.place += 1
                stack.append(thread)
            case .start, .end, .boundary: break
            case .scalar, .set, .match: threads.append(thread)
            }
        }
    }
}

extension QueryRegex {
    private struct Reader {
        var scalars: [UInt32]
        var place = 0
        var groups: [String?] = []
        var ignoresCase = false
        private var depth = 0

        init(scalars: [UInt32]) { self.scalars = scalars }

        private static let mistake = QueryMistake("Invalid regular expression")

        var peek: UInt32? { place < scalars.count ? scalars[place] : nil }

        func isAt(_ text: StaticString) -> Bool {
            text.withUTF8Buffer { bytes in scalars[place...].starts(with: bytes.map { UInt32($0) }) }
        }

        mutating func take(_ text: StaticString) -> Bool {
            guard isAt(text) else { return false }
            place += text.utf8CodeUnitCount
            return true
        }

        mutating func alternatives() throws(QueryMistake) -> Node {
            var nodes = [try sequence()]
            while take("|") { nodes.append(try sequence()) }
            return nodes.count == 1 ? nodes[0] : .alternatives(nodes)
        }

        private mutating func sequence() throws(QueryMistake) -> Node {
            var nodes: [Node] = []
            while let scalar = peek, scalar != 0x7C, scalar != 0x29 {
                if take("(?i)") {
                    ignoresCase = true
                    continue
                }
                nodes.append(try quantified(try atom()))
            }
            return .sequence(nodes)
        }

        private mutating func quantified(_ node: Node) throws(QueryMistake) -> Node {
            var node = node
            while true {
                var bounds: (Int, Int?)
                if take("*") { bounds = (0, nil) } else if take("+") { bounds = (1, nil) } else if take("?") { bounds = (0, 1) } else if isAt("{"), let found = braces() {
                    bounds = found
                } else {
                    return node
                }
                guard bounds.0 <= 500, (bounds.1 ?? 0) <= 500, bounds.0 <= bounds.1 ?? .max else { throw Self.mistake }
                node = .repeated(node, least: bounds.0, most: bounds.1, isLazy: take("?"))
            }
        }

        /// `{m}`, `{m,}` or `{m,n}`; anything else is the brace itself.
        private mutating func braces() -> (Int, Int?)? {
            guard let end = scalars[place...].firstIndex(of: 0x7D) else { return nil }
            let text = String(String.UnicodeScalarView(scalars[(place + 1)..<end].compactMap { Unicode.Scalar($0) }))
            let parts = text.split(separator: ",", omittingEmptySubsequences: false)
            guard let least = parts.first.flatMap({ Int($0) }), least >= 0, parts.count <= 2 else { return nil }
            var most: Int? = least
            if parts.count == 2 {
                most = parts[1].isEmpty ? nil : Int(parts[1])
                guard parts[1].isEmpty || most != nil else { return nil }
            }
            place = end + 1
            return (least, most)
        }

        private mutating func atom() throws(QueryMistake) -> Node {
            guard let scalar = peek else { throw Self.mistake }
            place += 1
            switch scalar {
            case 0x28: return try group()
            case 0x5B: return .set(try characterClass())
            case 0x2E: return .set(.any)
            case 0x5E: return .start
            case 0x24: return .end
            case 0x5C: return try escaped()
            case 0x2A, 0x2B, 0x3F: throw Self.mistake
            default: return .scalar(scalar)
            }
        }

        private mutating func group() throws(QueryMistake) -> Node {
            depth += 1
            defer { depth -= 1 }
            guard depth <= 50 else { throw Self.mistake }
            var number: Int?
            if !take("?:") {
                var name: String?
                if take("?<") || take("?P<") {
                    guard let end = scalars[place...].firstIndex(of: 0x3E), peek != 0x3D, peek != 0x21 else { throw QueryMistake("Invalid regular expression: it looks behind") }
                    name = String(String.UnicodeScalarView(scalars[place..<end].compactMap { Unicode.Scalar($0) }))
                    place = end + 1
                } else if isAt("?") {
                    throw QueryMistake("Invalid regular expression: this kind of group is unknown")
                }
                number = groups.count
                groups.append(name)
            }
            let node = try alternatives()
            guard take(")") else { throw Self.mistake }
            return number.map { .group(node, $0) } ?? node
        }

        private mutating func escaped() throws(QueryMistake) -> Node {
            guard let scalar = peek else { throw Self.mistake }
            place += 1
            switch scalar {
            case 0x62: return .boundary(true)
            case 0x42: return .boundary(false)
            case 0x6E: return .scalar(0x0A)
            case 0x74: return .scalar(0x09)
            case 0x72: return .scalar(0x0D)
            default:
                if let set = Self.characterClass(scalar) { return .set(set) }
                guard !((scalar | 0x20) &- 97 < 26), !(scalar &- 48 < 10) else { throw Self.mistake }
                return .scalar(scalar)
            }
        }

        private static func characterClass(_ letter: UInt32) -> RegularExpression.Characters? {
            switch letter {
            case 0x64: .digits
            case 0x44: RegularExpression.Characters.digits.inverted
            case 0x73: .spaces
            case 0x53: RegularExpression.Characters.spaces.inverted
            case 0x77: .word
            case 0x57: RegularExpression.Characters.word.inverted
            default: nil
            }
        }

        private mutating func characterClass() throws(QueryMistake) -> RegularExpression.Characters {
            var set = RegularExpression.Characters()
            let isInverted = take("^")
            var isFirst = true
            while let scalar = peek, scalar != 0x5D || isFirst {
                isFirst = false
                place += 1
                var low = scalar
                if scalar == 0x5C {
                    guard let letter = peek else { throw Self.mistake }
                    place += 1
                    if let known = Self.characterClass(letter) {
                        set.formUnion(known)
                        continue
                    }
                    low = letter == 0x6E ? 0x0A : letter == 0x74 ? 0x09 : letter == 0x72 ? 0x0D : letter
                }
                var high = low
                if peek == 0x2D, place + 1 < scalars.count, scalars[place + 1] != 0x5D {
                    high = scalars[place + 1]
                    place += 2
                }
                guard let first = UInt8(exactly: low), let last = UInt8(exactly: high), last < 128, first <= last else {
                    throw QueryMistake("Invalid regular expression: only ASCII characters can be in a class")
                }
                set.insert(first...last)
            }
            guard take("]") else { throw Self.mistake }
            return isInverted ? set.inverted : set
        }
    }
}
