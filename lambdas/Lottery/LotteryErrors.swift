import LambdaRuntime

/// The error that the state machine catches by its name.
struct CustomError: Error, Equatable, CustomStringConvertible {
    let description: String
}

/// A member that isn't there: the error of the documented handlers, by its name.
struct KeyError: Error, Equatable, CustomStringConvertible {
    let key: String

    init(_ key: String) { self.key = key }

    var description: String { "'\(key)'" }
}

/// No employee has the serial that was drawn.
struct IndexError: Error, Equatable, CustomStringConvertible {
    var description: String { "list index out of range" }
}

/// A value of another type than the handlers can use.
struct TypeError: Error, Equatable, CustomStringConvertible {
    let description: String
}

/// More winners than employees. The documented handler draws on until its time is over.
struct TooManyWinners: Error, Equatable, CustomStringConvertible {
    let count: Int

    var description: String { "\(count) winners can't be drawn from \(Draw.participants) employees." }
}

extension Document {
    /// - Throws: where there is no such member.
    func member(_ name: String) throws(KeyError) -> Document {
        guard let value = self[name] else { throw KeyError(name) }
        return value
    }

    /// That member of each element of a list.
    func members(_ name: String) throws -> [Document] {
        guard let elements = array else { throw TypeError(description: "'\(pythonType)' object is not iterable") }
        return try elements.map { (element) throws(KeyError) in try element.member(name) }
    }

    /// A whole number, or a truth value as 1 or 0.
    func wholeNumber() throws(TypeError) -> Int {
        switch self {
        case .bool(let value): return value ? 1 : 0
        case .number(let text):
            if let number = Int(text) { return number }
            guard text.contains(where: { ".eE".contains($0) }) else { return text.hasPrefix("-") ? .min : .max }
            fallthrough
        default: throw TypeError(description: "'\(pythonType)' object cannot be interpreted as an integer")
        }
    }

    /// What the documented handlers call a value's type in their errors.
    var pythonType: String {
        switch self {
        case .null: "NoneType"
        case .bool: "bool"
        case .number(let text): text.contains { ".eE".contains($0) } ? "float" : "int"
        case .string: "str"
        case .array: "list"
        case .object: "dict"
        }
    }
}
