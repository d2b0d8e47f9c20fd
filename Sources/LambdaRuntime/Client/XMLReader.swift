import JSON

/// Reads the XML that AWS's query services answer into documents: elements become members, `member` elements a list, `entry` elements with
/// `key` and `value` a map. Attributes, comments and declarations are passed over; there is no DTD and no namespace.
enum XMLReader {
    private static let depthLimit = 64

    private struct Element {
        var name: String
        var text: [UInt8] = []
        var children: [(name: String, value: Document)] = []

        var value: Document {
            guard let first = children.first else { return .string(String(decoding: text, as: UTF8.self)) }
            if first.name == "member" { return .array(children.map(\.value)) }
            if first.name == "entry" {
                return .object(Members(children.compactMap { child in
                    guard let key = child.value["key"]?.string, let value = child.value["value"] else { return nil }
                    return Members.Member(name: key, value: value)
                }))
            }
            return .object(Members(children.map { Members.Member(name: $0.name, value: $0.value) }))
        }
    }

    /// The root element's name and content. `nil` where the bytes aren't one well-formed element.
    static func read(_ bytes: [UInt8]) -> (name: String, value: Document)? {
        var open: [Element] = []
        var rest = bytes[...]
        while let start = rest.firstIndex(of: UInt8(ascii: "<")) {
            if !open.isEmpty { unescape(rest[..<start], to: &open[open.count - 1].text) }
            rest = rest[start...].dropFirst()
            if rest.starts(with: "!--".utf8) {
                guard skip("-->", &rest) else { return nil }
            } else if rest.starts(with: "![CDATA[".utf8) {
                let content = rest.dropFirst(8)
                guard !open.isEmpty, skip("]]>", &rest) else { return nil }
                open[open.count - 1].text += content[..<(rest.startIndex - 3)]
            } else if rest.first == UInt8(ascii: "?") || rest.first == UInt8(ascii: "!") {
                guard skip(">", &rest) else { return nil }
            } else {
                guard let tag = takeTag(&rest) else { return nil }
                var closed: Element?
                if tag.isEnd {
                    guard let element = open.popLast(), element.name == tag.name else { return nil }
                    closed = element
                } else if tag.isEmpty {
                    closed = Element(name: tag.name)
                } else {
                    guard open.count < depthLimit else { return nil }
                    open.append(Element(name: tag.name))
                }
                guard let closed else { continue }
                if open.isEmpty { return (closed.name, closed.value) }
                open[open.count - 1].children.append((closed.name, closed.value))
            }
        }
        return nil
    }

    private static func skip(_ end: String, _ rest: inout ArraySlice<UInt8>) -> Bool {
        let end = Array(end.utf8)
        while !rest.isEmpty {
            if rest.starts(with: end) {
                rest = rest.dropFirst(end.count)
                return true
            }
            rest = rest.dropFirst()
        }
        return false
    }

    /// Takes what stands between `<` and `>`, quoted attributes whole.
    private static func takeTag(_ rest: inout ArraySlice<UInt8>) -> (name: String, isEnd: Bool, isEmpty: Bool)? {
        var quote: UInt8?
        guard let end = rest.indices.first(where: { index in
            let byte = rest[index]
            if let open = quote {
                if byte == open { quote = nil }
                return false
            }
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") { quote = byte }
            return byte == UInt8(ascii: ">")
        }) else { return nil }
        var tag = rest[..<end]
        rest = rest[end...].dropFirst()
        let isEnd = tag.first == UInt8(ascii: "/")
        if isEnd { tag = tag.dropFirst() }
        let isEmpty = tag.last == UInt8(ascii: "/")
        if isEmpty { tag = tag.dropLast() }
        let name = tag.prefix { $0 > 32 }
        return name.isEmpty ? nil : (String(decoding: name, as: UTF8.self), isEnd, isEmpty)
    }

    private static let entities: [(name: String, text: String)] = [("amp;", "&"), ("lt;", "<"), ("gt;", ">"), ("quot;", "\""), ("apos;", "'")]

    private static func unescape(_ bytes: ArraySlice<UInt8>, to text: inout [UInt8]) {
        var rest = bytes
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "&") else {
                text.append(byte)
                continue
            }
            if let entity = entities.first(where: { rest.starts(with: $0.name.utf8) }) {
                text += entity.text.utf8
                rest = rest.dropFirst(entity.name.utf8.count)
            } else if rest.first == UInt8(ascii: "#"), let end = rest.prefix(10).firstIndex(of: UInt8(ascii: ";")), let scalar = scalar(rest[..<end].dropFirst()) {
                text += String(Character(scalar)).utf8
                rest = rest[end...].dropFirst()
            } else {
                text.append(byte)
            }
        }
    }

    private static func scalar(_ digits: ArraySlice<UInt8>) -> Unicode.Scalar? {
        let text = String(decoding: digits, as: UTF8.self)
        let value = text.first == "x" || text.first == "X" ? UInt32(text.dropFirst(), radix: 16) : UInt32(text)
        return value.flatMap { Unicode.Scalar($0) }
    }
}
