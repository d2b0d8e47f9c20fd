import JSON

/// The filter criteria of a Lambda event source mapping: a record goes to the function where one of the filters matches it.
///
/// https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
package struct EventSourceFilter: Sendable {
    /// Filters of a mapping (the quota can be raised to this).
    package static let countLimit = 10
    /// Characters of a filter's pattern.
    package static let sizeLimit = 4_096

    /// The records' payload: the member that the filters may look into, which the record carries as text.
    package enum Payload: String, Sendable {
        /// SQS.
        case body
        /// Kinesis and MQ. The caller decodes its base64.
        case data
    }

    private let patterns: [EventPattern]

    /// - Parameter patterns: `FilterCriteria.Filters[].Pattern`; none lets every record through.
    package init(_ patterns: [String]) throws(EventPatternError) {
        var compiled: [EventPattern] = []
        for text in patterns {
            guard text.utf8.count <= Self.sizeLimit else { throw EventPatternError(dialect: .eventSourceMapping, kind: .invalid, reason: "Pattern is too long") }
            compiled.append(try EventPattern(text, dialect: .eventSourceMapping))
        }
        self.patterns = compiled
    }

    /// Whether a record goes to the function: one of DynamoDB, which is JSON throughout.
    package func matches(_ record: Document) -> Bool { patterns.isEmpty || patterns.contains { $0.matches(record) } }

    /// Whether a record goes to the function, with its payload as text.
    ///
    /// A filter that looks into the payload drops a record whose payload is no JSON object, one that takes it for a text drops a record whose payload is one;
    /// a filter that doesn't name it goes by the record's other members.
    package func matches(_ record: Document, payload: Payload, text: String) -> Bool {
        guard !patterns.isEmpty else { return true }
        let name = payload.rawValue
        let parsed = (try? Document(json: text)).flatMap { $0.object == nil ? nil : $0 }
        return patterns.contains { pattern in
            switch pattern.topLevel(name) {
            case .nothing: return pattern.matches(record)
            case .object:
                guard let parsed else { return false }
                return pattern.matches(record.setting(name, parsed))
            case .values:
                guard parsed == nil else { return false }
                return pattern.matches(record.setting(name, .string(text)))
            }
        }
    }
}

extension Document {
    fileprivate func setting(_ name: String, _ value: Document) -> Document {
        var members = object ?? Members()
        members[name] = value
        return .object(members)
    }
}
