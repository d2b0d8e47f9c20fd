import JSON
import Kernel

/// Turns what one operation's query protocol lays flat into lists and maps, and back.
struct FlatMembers {
    private var byElement: [String: FlatMember] = [:]
    private var byMember: [String: (element: String, entry: FlatMember.Entry?)] = [:]

    init(_ model: ServiceModel, _ operation: String) {
        for flat in model.flatMembers {
            let element = flat.element(of: operation)
            if !flat.isOnlyInAnswers { byElement[element] = flat }
            byMember[flat.member] = (element, flat.entry)
        }
    }

    /// A request's members by the names that JSON has for them.
    func gathered(_ document: Document) -> Document {
        switch document {
        case .object(let members): .object(Members(members.map { gathered($0) }))
        case .array(let elements): .array(elements.map { gathered($0) })
        default: document
        }
    }

    private func gathered(_ member: Members.Member) -> Members.Member {
        guard let flat = byElement[member.name] else { return .init(name: member.name, value: gathered(member.value)) }
        // One alone needn't have a number.
        let elements = member.value.array ?? [member.value]
        guard let entry = flat.entry else { return .init(name: flat.member, value: .array(elements.map { gathered($0) })) }
        var map = Members()
        for element in elements {
            guard let key = element[entry.key]?.string else { continue }
            map.append(key, element[entry.value].map { gathered($0) } ?? .string(""))
        }
        return .init(name: flat.member, value: .object(map))
    }

    /// What stands for an answer's member in XML: elements of one name, one after the other. `nil` where it isn't laid flat.
    func laid(_ name: String, _ document: Document) -> (element: String, values: [Document])? {
        guard let (element, entry) = byMember[name] else { return nil }
        guard let entry else { return document.array.map { (element, $0) } }
        return document.object.map { members in (element, members.map { [entry.key: .string($0.name), entry.value: $0.value] }) }
    }

    /// The same in JSON: maps are lists of names and values.
    func listed(_ document: Document) -> Document {
        switch document {
        case .object(let members):
            return .object(Members(members.map { member in
                guard let entry = byMember[member.name]?.entry, let map = member.value.object else { return .init(name: member.name, value: listed(member.value)) }
                return .init(name: member.name, value: .array(map.map { [entry.key: .string($0.name), entry.value: listed($0.value)] }))
            }))
        case .array(let elements): return .array(elements.map { listed($0) })
        default: return document
        }
    }
}


/// The answers of the query protocol as JSON, for who asks with `Accept: application/json`: members in the order of their names, and `null` for
/// those without a value.
enum QueryJSON {
    static func answer(_ document: Document, _ operation: String, _ model: ServiceModel, _ id: String) -> Document {
        let result = shaped(FlatMembers(model, operation).listed(document), operation, model).object ?? Members()
        var members: Members = ["ResponseMetadata": ["RequestId": .string(id)]]
        if !result.isEmpty { members.append("\(operation)Result", .object(result)) }
        return .object(["\(operation)Response": sorted(.object(members))])
    }

    static func error(_ code: String, _ message: String?, _ type: String, _ id: String) -> Document {
        ["Error": ["Code": .string(code), "Message": message.map { .string($0) } ?? .null, "Type": .string(type)], "RequestId": .string(id)]
    }

    /// - Parameter owner: the operation or the member that this is the value of.
    private static func shaped(_ document: Document, _ owner: String, _ model: ServiceModel) -> Document {
        switch document {
        case .object(let members):
            var shaped = Members(members.map { member in
                let name = model.queryJSONNames[member.name] ?? member.name
                return .init(name: name, value: Self.shaped(member.value, name, model))
            })
            for name in model.nullableMembers[owner] ?? [] where shaped[name] == nil { shaped.append(name, .null) }
            return .object(shaped)
        case .array(let elements): return .array(elements.map { shaped($0, owner, model) })
        default: return document
        }
    }

    private static func sorted(_ document: Document) -> Document {
        switch document {
        case .object(let members):
            .object(Members(members.map { .init(name: $0.name, value: sorted($0.value)) }.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }))
        case .array(let elements): .array(elements.map { sorted($0) })
        default: document
        }
    }
}
