import Kernel

/// The members of one object of an event, and where it stands, so that what can't be read is named: `Records[0].s3.bucket.name`.
///
/// What is absent or `null` is nothing; what has another type than documented is an error.
struct EventFields {
    let members: Members
    /// `Records[0].s3`; empty for the event itself.
    let path: String

    init(_ event: Document) throws(LambdaError) { try self.init(event, "") }

    private init(members: Members, path: String) {
        self.members = members
        self.path = path
    }

    private init(_ document: Document, _ path: String) throws(LambdaError) {
        guard case .object(let members) = document else {
            throw .unreadable(path.isEmpty ? "it is no object" : "\(path) is no object")
        }
        self.members = members
        self.path = path
    }

    var document: Document { .object(members) }

    func place(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    private func value(_ name: String) -> Document? {
        guard let value = members[name], !value.isNull else { return nil }
        return value
    }

    private func required<Value>(_ name: String, _ value: Value?) throws(LambdaError) -> Value {
        guard let value else { throw .unreadable("\(place(name)) is missing") }
        return value
    }

    private func typed<Value>(_ name: String, _ type: String, _ read: (Document) -> Value?) throws(LambdaError) -> Value? {
        guard let document = value(name) else { return nil }
        guard let value = read(document) else { throw .unreadable("\(place(name)) is no \(type)") }
        return value
    }

    // MARK: Scalars

    func string(_ name: String) throws(LambdaError) -> String? { try typed(name, "string", \.string) }
    func bool(_ name: String) throws(LambdaError) -> Bool? { try typed(name, "boolean", \.bool) }
    func int(_ name: String) throws(LambdaError) -> Int? { try typed(name, "whole number", \.int) }
    func double(_ name: String) throws(LambdaError) -> Double? { try typed(name, "number", \.double) }

    func requiredString(_ name: String) throws(LambdaError) -> String { try required(name, string(name)) }

    /// One of the words that AWS documents for the member.
    func word<Word: RawRepresentable<String>>(_ name: String, _: Word.Type = Word.self) throws(LambdaError) -> Word {
        let text = try requiredString(name)
        guard let word = Word(rawValue: text) else { throw .unreadable("\(place(name)) is '\(text)', which is none of its values") }
        return word
    }

    /// Whatever stands there; an empty object where nothing does.
    func document(_ name: String) -> Document { value(name) ?? [:] }

    // MARK: Lists and maps

    func strings(_ name: String) throws(LambdaError) -> [String] {
        try typed(name, "list of strings") { list in
            guard let elements = list.array else { return nil }
            let strings = elements.compactMap(\.string)
            return strings.count == elements.count ? strings : nil
        } ?? []
    }

    /// An object of strings; members that are `null` are left out.
    func stringMap(_ name: String) throws(LambdaError) -> [String: String] {
        var map: [String: String] = [:]
        guard let fields = try object(name) else { return map }
        for member in fields.members { map[member.name] = try fields.string(member.name) }
        return map
    }

    /// An object of lists of strings.
    func stringLists(_ name: String) throws(LambdaError) -> [String: [String]] {
        var map: [String: [String]] = [:]
        guard let fields = try object(name) else { return map }
        for member in fields.members where !member.value.isNull { map[member.name] = try fields.strings(member.name) }
        return map
    }

    // MARK: Objects

    func object(_ name: String) throws(LambdaError) -> EventFields? {
        guard let document = value(name) else { return nil }
        return try EventFields(document, place(name))
    }

    /// Without members where there is none.
    func objectOrEmpty(_ name: String) throws(LambdaError) -> EventFields { try object(name) ?? EventFields(members: Members(), path: place(name)) }

    func requiredObject(_ name: String) throws(LambdaError) -> EventFields { try required(name, object(name)) }

    /// The objects of a list.
    func objects(_ name: String) throws(LambdaError) -> [EventFields] {
        guard let document = value(name) else { return [] }
        guard let elements = document.array else { throw .unreadable("\(place(name)) is no list") }
        var objects: [EventFields] = []
        objects.reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() { objects.append(try EventFields(element, "\(place(name))[\(index)]")) }
        return objects
    }

    /// The objects of a list that has to be there.
    func requiredObjects(_ name: String) throws(LambdaError) -> [EventFields] {
        if value(name) == nil { throw .unreadable("\(place(name)) is missing") }
        return try objects(name)
    }

    // MARK: DynamoDB

    /// An item of DynamoDB JSON.
    func item(_ name: String) throws(LambdaError) -> Item? {
        guard let fields = try object(name) else { return nil }
        var item: Item = [:]
        for member in fields.members {
            guard let value = AttributeValue(member.value) else { throw .unreadable("\(fields.place(member.name)) is no value of DynamoDB") }
            item[member.name] = value
        }
        return item
    }

    func requiredItem(_ name: String) throws(LambdaError) -> Item { try required(name, item(name)) }
}

extension EventFields {
    /// Bytes that travel as base64.
    func bytes(_ name: String) throws(LambdaError) -> [UInt8]? {
        guard let text = try string(name) else { return nil }
        guard let bytes = try? Base64.decode(text) else { throw .unreadable("\(place(name)) is no base64") }
        return bytes
    }
}

extension LambdaError {
    private static let opening = "The event can't be read: "

    static func unreadable(_ reason: String) -> LambdaError { LambdaError(type: "Runtime.UnmarshalError", message: opening + reason) }

    /// The same error where what couldn't be read stands inside a member of the event.
    func inside(_ member: String) -> LambdaError {
        guard message.hasPrefix(Self.opening) else { return self }
        let reason = message.dropFirst(Self.opening.count)
        return .unreadable(reason.hasPrefix("it ") ? member + reason.dropFirst(2) : "\(member).\(reason)")
    }
}
