import JSON
import Kernel

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TagResource.html
enum TagResource: Operation {
    struct Input {
        var arn: String
        var tags: [(key: String?, value: String?)]
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let arn = try fields.resourceARN()
        let tags = try fields.tags()
        if tags == nil { fields.missing("Tags") }
        return Input(arn: arn, tags: tags ?? [])
    }

    static func run(_ input: Input, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        let arn = try ResourceARN(input.arn)
        let name = try arn.table(call)
        guard !input.tags.isEmpty else { throw .validation("Atleast one Tag needs to be provided as Input.") }
        let tags = try Tags.checked(input.tags)
        guard let table = service.state.regions[arn.scope]?.tables[name] else { throw arn.notFound }
        try table.checkNotInUse()
        var all = table.tags
        try all.add(tags)
        service.state.regions[arn.scope]?.tables[name]?.tags = all
        service.journalTable(name, in: arn.scope)
        return .object(Members())
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UntagResource.html
enum UntagResource: Operation {
    struct Input {
        var arn: String
        var keys: [String]
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        let arn = try fields.resourceARN()
        let keys = try fields.strings("TagKeys")
        if keys == nil { fields.missing("TagKeys") }
        return Input(arn: arn, keys: keys ?? [])
    }

    static func run(_ input: Input, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        let arn = try ResourceARN(input.arn)
        let name = try arn.table(call)
        guard !input.keys.isEmpty else { throw .validation("Atleast one Tag Key needs to be provided as Input.") }
        try Tags.checkKeys(input.keys)
        guard let table = service.state.regions[arn.scope]?.tables[name] else { throw arn.notFound }
        try table.checkNotInUse()
        service.state.regions[arn.scope]?.tables[name]?.tags.remove(input.keys)
        service.journalTable(name, in: arn.scope)
        return .object(Members())
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

/// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListTagsOfResource.html
///
/// A table has 50 tags at most: one page.
enum ListTagsOfResource: Operation {
    struct Input {
        var arn: String
        var token: String?
    }

    static func read(_ fields: inout Fields) throws(AWSError) -> Input {
        Input(arn: try fields.resourceARN(), token: try fields.string("NextToken"))
    }

    static func run(_ input: Input, on service: DynamoDBService, _ call: Call) throws(AWSError) -> Document {
        let arn = try ResourceARN(input.arn)
        let name = try arn.table(call)
        // Guessed: no answer here ever gives a token, so none can be right.
        guard input.token == nil else { throw .validation("Invalid NextToken") }
        guard let table = service.state.regions[arn.scope]?.tables[name], table.status != .creating else { throw arn.notFound }
        return ["Tags": .array(table.tags.all.map { ["Key": .string($0.key), "Value": .string($0.value)] })]
    }

    static func write(_ output: Document) -> Reply { Reply(output) }
}

extension Fields {
    /// A list of tags; their rules are ``Tags``'s, for AWS words them without the service model's constraints.
    mutating func tags() throws(AWSError) -> [(key: String?, value: String?)]? {
        try structures("Tags") { (fields) throws(AWSError) in (key: try fields.string("Key"), value: try fields.string("Value")) }
    }
}
