import Kernel

/// The regular expressions of filter patterns: no groups, and time in proportion to the text, whatever the expression.
/// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/regex-expressions.html
struct RegularExpression: Sendable {
    /// A set of characters: bits of the ASCII ones, and whether the others are in it.
    struct Characters: Sendable {
        var low: UInt64 = 0
        var high: UInt64 = 0
        var hasOthers = false

        func contains(_ scalar: UInt32) -> Bool {
            if scalar < 64 { return low >> UInt64(scalar) & 1 == 1 }
            return scalar < 128 ? high >> UInt64(scalar - 64) & 1 == 1 : hasOthers
        }

        mutating func insert(_ byte: UInt8) {
            if byte < 64 { low |= 1 << UInt64(byte) } else if byte < 128 { high |= 1 << UInt64(byte - 64) }
        }

        mutating func insert(_ range: ClosedRange<UInt8>) { for byte in range { insert(byte) } }

        mutating func formUnion(_ other: Characters) {
            low |= other.low
            high |= other.high
            hasOthers = hasOthers || other.hasOthers
        }

        var inverted: Characters { Characters(low: ~low, high: ~high, hasOthers: !hasOthers) }

        static func of(_ bytes: some Sequence<UInt8>) -> Characters {
            var set = Characters()
            for byte in bytes { set.insert(byte) }
            return set
        }

        static let digits = of(UInt8(ascii: "0")...UInt8(ascii: "9"))
        static let spaces = of([0x20, 0x09, 0x0A, 0x0B, 0x0C, 0x0D])
        static let word: Characters = {
            var set = digits
            set.insert(UInt8(ascii: "a")...UInt8(ascii: "z"))
            set.insert(UInt8(ascii: "A")...UInt8(ascii: "Z"))
            set.insert(UInt8(ascii: "_"))
            return set
        }()
        /// Every one but the end of a line.
        static let any = of([0x0A]).inverted
    }

    /// One character of what is matched.
    fileprivate struct Step: Sendable {
        enum Kind { case characters, start, end }

        var kind = Kind.characters
        var set = Characters()
        var isOptional = false
        /// Whether it may come again and again.
        var repeats = false
    }

    fileprivate struct Alternative: Sendable {
        var steps: [Step] = []
    }

    private var alternatives: [Alternative] = []

    /// An expression takes no more steps than that when its repetitions are written out, and no more of those that may be left out: so many places a
    /// match may be at, at once.
    private static let stepLimit = 2000
    private static let choiceLimit = 300

    /// - Parameter text: what stands between the percent signs.
    /// - Throws: `InvalidParameterException`.
    init(_ text: Substring) throws(AWSError) {
        var reader = Reader(bytes: Array(text.utf8))
        var alternative = Alternative()
        while let byte = reader.next() {
            if byte == UInt8(ascii: "|") {
                alternatives.append(alternative)
                alternative = Alternative()
                continue
            }
            let step = try reader.step(byte)
            if step.kind != .characters {
                alternative.steps.append(step)
                continue
            }
            try alternative.append(step, try reader.quantifier())
            guard alternative.steps.count <= Self.stepLimit else { throw .invalidPattern }
        }
        alternatives.append(alternative)
        guard alternatives.reduce(0, { $0 + $1.steps.count { $0.isOptional } }) <= Self.choiceLimit else { throw .invalidPattern }
    }

    // MARK: Matching

    /// Whether it matches somewhere in a text.
    func matches(_ text: String) -> Bool { alternatives.contains { $0.matches(text) } }
}

extension RegularExpression.Alternative {
    fileprivate mutating func append(_ step: RegularExpression.Step, _ count: (least: Int, most: Int?)) throws(AWSError) {
        guard count.least <= 1000, (count.most ?? 0) <= 1000 else { throw .invalidPattern }
        steps += Array(repeating: step, count: count.least)
        guard let most = count.most else {
            if count.least > 0 {
                steps[steps.count - 1].repeats = true
            } else {
                var step = step
                (step.isOptional, step.repeats) = (true, true)
                steps.append(step)
            }
            return
        }
        var step = step
        step.isOptional = true
        steps += Array(repeating: step, count: max(0, most - count.least))
    }

    fileprivate func matches(_ text: String) -> Bool {
        // Native strings are contiguous; another one is copied into one that is.
        let found: Bool? = text.utf8.withContiguousStorageIfAvailable { matches($0) }
        return found ?? Array(text.utf8).withUnsafeBufferPointer { matches($0) }
    }

    /// What the first character of a match must be; `nil` where a match may begin otherwise.
    private var first: RegularExpression.Characters? {
        guard let step = steps.first, step.kind == .characters, !step.isOptional else { return nil }
        return step.set
    }

    private func matches(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var index = 0
        if let first {
            // No step is taken before a character that can be a match's first.
            while index < text.count, !first.contains(UInt32(text[index])) { index += 1 }
            if index == text.count { return false }
            // A character of several bytes is looked at from its first one.
            while index > 0, text[index] & 0xC0 == 0x80 { index -= 1 }
        }
        var present = StepSet(count: steps.count + 1)
        var next = StepSet(count: steps.count + 1)
        while true {
            // A match may begin anywhere.
            enter(0, &present, isStart: index == 0, isEnd: index == text.count)
            if present.contains(steps.count) { return true }
            guard index < text.count else { return false }
            let character = UInt32(text[index])
            index += 1
            while index < text.count, text[index] & 0xC0 == 0x80 { index += 1 }
            next.removeAll()
            for step in present.members {
                guard step < steps.count, steps[step].kind == .characters, steps[step].set.contains(character) else { continue }
                if steps[step].repeats { enter(step, &next, isStart: false, isEnd: index == text.count) }
                enter(step + 1, &next, isStart: false, isEnd: index == text.count)
            }
            swap(&present, &next)
        }
    }

    /// Stands before a step, and before those behind it that can be reached without a character.
    private func enter(_ index: Int, _ set: inout StepSet, isStart: Bool, isEnd: Bool) {
        var index = index
        while set.insert(index), index < steps.count {
            switch steps[index].kind {
            case .characters: guard steps[index].isOptional else { return }
            case .start: guard isStart else { return }
            case .end: guard isEnd else { return }
            }
            index += 1
        }
    }

    /// The steps before which a match stands.
    fileprivate struct StepSet {
        private var marks: [Bool]
        private(set) var members: [Int] = []

        init(count: Int) { marks = Array(repeating: false, count: count) }

        func contains(_ index: Int) -> Bool { marks[index] }

        mutating func insert(_ index: Int) -> Bool {
            guard !marks[index] else { return false }
            marks[index] = true
            members.append(index)
            return true
        }

        mutating func removeAll() {
            for index in members { marks[index] = false }
            members.removeAll(keepingCapacity: true)
        }
    }
}

extension RegularExpression {
    /// Reads an expression byte by byte.
    fileprivate struct Reader {
        var bytes: [UInt8]
        var place = 0

        mutating func next() -> UInt8? {
            guard place < bytes.count else { return nil }
            place += 1
            return bytes[place - 1]
        }

        var peek: UInt8? { place < bytes.count ? bytes[place] : nil }

        mutating func step(_ byte: UInt8) throws(AWSError) -> Step {
            switch byte {
            case UInt8(ascii: "^"): return Step(kind: .start)
            case UInt8(ascii: "$"): return Step(kind: .end)
            case UInt8(ascii: "."): return Step(set: .any)
            case UInt8(ascii: "["): return Step(set: try characterClass())
            case UInt8(ascii: "\\"): return Step(set: try escaped())
            case UInt8(ascii: "?"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "]"): throw .invalidPattern
            default:
                try check(byte)
                return Step(set: .of([byte]))
            }
        }

        /// Letters, digits and some symbols stand for themselves.
        private func check(_ byte: UInt8) throws(AWSError) {
            guard (byte | 0x20) &- 97 < 26 || byte &- 48 < 10 || " :_#=@/;,-".utf8.contains(byte) else {
                throw .invalidTerm(String(decoding: [byte], as: UTF8.self))
            }
        }

        mutating func escaped() throws(AWSError) -> Characters {
            guard let byte = next() else { throw .invalidPattern }
            switch byte {
            case UInt8(ascii: "d"): return .digits
            case UInt8(ascii: "D"): return Characters.digits.inverted
            case UInt8(ascii: "s"): return .spaces
            case UInt8(ascii: "S"): return Characters.spaces.inverted
            case UInt8(ascii: "w"): return .word
            case UInt8(ascii: "W"): return Characters.word.inverted
            case UInt8(ascii: "x"):
                guard let first = next().flatMap(Self.hex), let second = next().flatMap(Self.hex), first < 8 else { throw .invalidPattern }
                return .of([first << 4 | second])
            default:
                // What is neither a letter nor a digit stands for itself.
                guard byte < 128, !((byte | 0x20) &- 97 < 26), !(byte &- 48 < 10) else { throw .invalidPattern }
                return .of([byte])
            }
        }

        private static func hex(_ byte: UInt8) -> UInt8? {
            if byte &- 48 < 10 { return byte - 48 }
            let letter = (byte | 0x20) &- 97
            return letter < 6 ? letter + 10 : nil
        }

        mutating func characterClass() throws(AWSError) -> Characters {
            var set = Characters()
            let isInverted = peek == UInt8(ascii: "^")
            if isInverted { place += 1 }
            var isEmpty = true
            while let byte = next(), byte != UInt8(ascii: "]") {
                isEmpty = false
                if byte == UInt8(ascii: "\\") {
                    set.formUnion(try escaped())
                } else if peek == UInt8(ascii: "-"), place + 1 < bytes.count, bytes[place + 1] != UInt8(ascii: "]") {
                    let last = bytes[place + 1]
                    guard byte < 128, last < 128, byte <= last else { throw .invalidPattern }
                    set.insert(byte...last)
                    place += 2
                } else {
                    guard byte < 128 else { throw .invalidPattern }
                    set.insert(byte)
                }
            }
            guard !isEmpty, bytes[place - 1] == UInt8(ascii: "]") else { throw .invalidPattern }
            return isInverted ? set.inverted : set
        }

        mutating func quantifier() throws(AWSError) -> (least: Int, most: Int?) {
            switch peek {
            case UInt8(ascii: "?"):
                place += 1
                return (0, 1)
            case UInt8(ascii: "*"):
                place += 1
                return (0, nil)
            case UInt8(ascii: "+"):
                place += 1
                return (1, nil)
            case UInt8(ascii: "{"):
                place += 1
                return try bounds()
            default: return (1, 1)
            }
        }

        /// What stands between braces: `m`, `m,` or `m,n`.
        private mutating func bounds() throws(AWSError) -> (least: Int, most: Int?) {
            guard let end = bytes[place...].firstIndex(of: UInt8(ascii: "}")) else { throw .invalidPattern }
            let parts = String(decoding: bytes[place..<end], as: UTF8.self).split(separator: ",", omittingEmptySubsequences: false)
            place = end + 1
            guard let first = parts.first.flatMap({ Int($0.drop { $0 == " " }) }), first >= 0, parts.count <= 2 else { throw .invalidPattern }
            guard parts.count == 2 else { return (first, first) }
            let last = parts[1].drop { $0 == " " }
            if last.isEmpty { return (first, nil) }
            guard let most = Int(last), most >= first else { throw .invalidPattern }
            return (first, most)
        }
    }
}
