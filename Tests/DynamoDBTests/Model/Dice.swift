import Kernel

/// Random items, conditions and updates: the same seed, the same ones.
@CloudActor
struct Dice {
    let randomness: Randomness

    init(seed: UInt64) { randomness = Randomness(seed: seed) }

    func below(_ bound: Int) -> Int { Int(truncatingIfNeeded: randomness.next() % UInt64(max(bound, 1))) }
    func isLucky(_ chances: Int) -> Bool { below(chances) == 0 }
    func one<T>(_ choices: [T]) -> T { choices[below(choices.count)] }
    func some<T>(_ choices: [T], atMost count: Int) -> [T] { (0..<1 + below(count)).map { _ in one(choices) } }

    var partition: String { one(["p0", "p1", "p2"]) }
    var sort: String { one(["a", "ab", "abc", "b", "ba", "c", "cab", "d", "é", "z"]) }
    var key: ModelTable.Key { .init(partition: partition, sort: sort) }
    var text: String { one(["", "a", "ab", "b", "abc", "ba"]) }
    var number: Int { below(9) - 4 }

    var scalar: ModelValue {
        switch below(6) {
        case 0, 1: .string(text)
        case 2, 3: .number(number)
        case 4: .bool(isLucky(2))
        default: .null
        }
    }

    /// What may be compared by `<`.
    var ordered: ModelValue { isLucky(2) ? .string(text) : .number(number) }

    var set: ModelValue {
        isLucky(2) ? .strings(Set(some(["a", "ab", "b", "c"], atMost: 3))) : .numbers(Set((0...below(3)).map { _ in number }))
    }

    var list: [ModelValue] { (0..<below(4)).map { _ in isLucky(5) ? set : scalar } }

    /// A value that suits an attribute, mostly.
    func value(of attribute: String) -> ModelValue {
        if isLucky(12) { return scalar }
        switch attribute {
        case "g": return .string(one(["x", "y"]))
        case "n": return .number(number)
        case "t": return .string(text)
        case "f": return scalar
        case "l": return .list(list)
        case "m": return .map(Dictionary(uniqueKeysWithValues: ["k", "q"].filter { _ in isLucky(2) }.map { ($0, scalar) }))
        default: return set
        }
    }

    static let attributes = ["g", "n", "t", "f", "l", "m", "s", "u"]

    func item(_ key: ModelTable.Key) -> ModelItem {
        var item = key.item
        for attribute in Self.attributes where isLucky(2) { item[attribute] = value(of: attribute) }
        return item
    }

    func path(_ attribute: String) -> ModelPath {
        switch attribute {
        case "m" where !isLucky(3): ModelPath(attribute: attribute, element: .name(one(["k", "q"])))
        case "l" where !isLucky(3): ModelPath(attribute: attribute, element: .index(below(4)))
        default: ModelPath(attribute: attribute)
        }
    }

    func path(without excluded: Set<String> = []) -> ModelPath {
        path(one((Self.attributes + ["pk", "sk"]).filter { !excluded.contains($0) }))
    }

    func condition(without excluded: Set<String> = [], depth: Int = 2) -> ModelCondition {
        let path = path(without: excluded)
        let sign = one(["=", "<>", "<", "<=", ">", ">="])
        switch below(depth > 0 ? 16 : 10) {
        case 0: return .compare(path, one(["=", "<>"]), isLucky(3) ? set : scalar)
        case 1: return .compare(path, sign, ordered)
        case 2: return .between(path, .number(number - 3), .number(number + 6))
        case 3: return .isIn(path, some([scalar, scalar, set], atMost: 3))
        case 4: return isLucky(2) ? .exists(path) : .missing(path)
        case 5: return .type(path, one(["S", "N", "BOOL", "NULL", "L", "M", "SS", "NS"]))
        case 6: return .begins(path, one(["a", "b", "ab", "p"]))
        case 7: return .contains(path, scalar)
        case 8: return .size(path, sign, below(4))
        case 9:
            let other = self.path(without: excluded)
            return other == path ? .exists(path) : .comparePaths(path, sign, other)
        case 10, 11: return .and(condition(without: excluded, depth: depth - 1), condition(without: excluded, depth: depth - 1))
        case 12, 13: return .or(condition(without: excluded, depth: depth - 1), condition(without: excluded, depth: depth - 1))
        default: return .not(condition(without: excluded, depth: depth - 1))
        }
    }

    /// Where writes have one at all.
    var perhapsCondition: ModelCondition? { isLucky(2) ? condition() : nil }

    var update: ModelUpdate {
        var actions: [ModelAction] = []
        for attribute in Self.attributes where isLucky(3) { actions.append(action(attribute)) }
        return ModelUpdate(actions: actions.isEmpty ? [action("n")] : actions)
    }

    private func action(_ attribute: String) -> ModelAction {
        let path = path(attribute)
        switch below(10) {
        case 0, 1: return path.element == nil ? .set(path, value(of: attribute)) : .set(path, scalar)
        case 2: return .copy(path, from: self.path())
        case 3: return .plus(path, ModelPath(attribute: isLucky(4) ? "t" : "n"), number)
        case 4: return .ifMissing(path, self.path(), path.element == nil ? value(of: attribute) : scalar)
        case 5: return .append(path, ModelPath(attribute: "l"), list)
        case 6, 7: return .remove(path)
        case 8: return .add(path, attribute == "n" || isLucky(6) ? .number(number) : set)
        default: return .delete(path, set)
        }
    }
}
