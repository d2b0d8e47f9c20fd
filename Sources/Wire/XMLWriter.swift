import JSON

/// Writes XML straight into bytes, indented by two spaces as AWS's answers are.
struct XMLWriter {
    private(set) var bytes: [UInt8] = []
    /// The members that are maps rather than structures.
    private let maps: Set<String>
    /// What is laid flat.
    private let flat: FlatMembers?
    private var depth = 0

    init(maps: Set<String> = [], flat: FlatMembers? = nil) {
        self.maps = maps
        self.flat = flat
    }

    mutating func open(_ name: String, namespace: String? = nil) {
        indent()
        bytes.append(UInt8(ascii: "<"))
        bytes += name.utf8
        if let namespace {
            bytes += " xmlns=\"".utf8
            escape(namespace)
            bytes.append(UInt8(ascii: "\""))
        }
        bytes += ">\n".utf8
        depth += 1
    }

    mutating func close(_ name: String) {
        depth -= 1
        indent()
        bytes += "</".utf8
        bytes += name.utf8
        bytes += ">\n".utf8
    }

    /// An element with a document inside; nothing where that is `null`.
    mutating func write(_ name: String, _ document: Document) {
        if let laid = flat?.laid(name, document) {
            for element in laid.values { write(laid.element, element) }
            return
        }
        switch document {
        case .null: return
        case .bool(let value): leaf(name, value ? "true" : "false")
        case .number(let text), .string(let text): leaf(name, text)
        case .array(let elements): list(name, elements)
        case .object(let members) where maps.contains(name): map(name, members)
        case .object(let members):
            guard !members.isEmpty else { return empty(name) }
            open(name)
            for member in members { write(member.name, member.value) }
            close(name)
        }
    }

    private mutating func list(_ name: String, _ elements: [Document]) {
        guard !elements.isEmpty else { return empty(name) }
        open(name)
        for element in elements { write("member", element) }
        close(name)
    }

    private mutating func map(_ name: String, _ members: Members) {
        guard !members.isEmpty else { return empty(name) }
        open(name)
        for member in members {
            open("entry")
            leaf("key", member.name)
            write("value", member.value)
            close("entry")
        }
        close(name)
    }

    private mutating func empty(_ name: String) {
        indent()
        bytes.append(UInt8(ascii: "<"))
        bytes += name.utf8
        bytes += "/>\n".utf8
    }

    private mutating func leaf(_ name: String, _ text: String) {
        indent()
        bytes.append(UInt8(ascii: "<"))
        bytes += name.utf8
        bytes.append(UInt8(ascii: ">"))
        escape(text)
        bytes += "</".utf8
        bytes += name.utf8
        bytes += ">\n".utf8
    }

    private mutating func indent() { bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: depth * 2)) }

    /// Besides the five of XML: a carriage return, which a parser would turn into a line feed, as a reference. What XML 1.0 has no place for,
    /// not even as a reference, becomes the replacement character: clients couldn't read the rest of the answer.
    private mutating func escape(_ text: String) {
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": bytes += "&amp;".utf8
            case "<": bytes += "&lt;".utf8
            case ">": bytes += "&gt;".utf8
            case "\"": bytes += "&quot;".utf8
            case "\r": bytes += "&#xD;".utf8
            case "\n", "\t": bytes.append(UInt8(ascii: scalar))
            case "\0"..<" ", "\u{FFFE}", "\u{FFFF}": bytes += "\u{FFFD}".utf8
            default: bytes += scalar.utf8
            }
        }
    }
}
